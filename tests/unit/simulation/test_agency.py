"""The whole agency: careers that can be, margins that hold, and a truth that can be asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulation.agency import Agency, simulate
from simulation.days import new_year
from simulation.errors import SimulationError
from simulation.margins import margin_rows, pooled_rows
from simulation.ministry import EXPORTS, FINGERPRINT, TRUTH, is_made_of, write_ministry
from simulation.presets import PRESETS, preset
from simulation.recommending import PAPERS, Learner
from simulation.tables import COLUMNS, NEVER
from simulation.truth import Truth, write_truth
from simulation.vocabulary import (
    ADMINISTRATOR,
    CLASS,
    FEEDERS,
    PENGAWAS,
    RETIREMENT_AGE,
    STRATEGIC,
)

NOTHING_PLANTED = pd.DataFrame({"kind": pd.Series(dtype="str")})


@cache
def agency(name: str = "realistic", people: int = 1200, seed: int = 7, **turned: float) -> Agency:
    return simulate(preset(name, people=people, **turned), seed)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("truth")
    write_truth(agency("drift"), folder, NOTHING_PLANTED)
    return Truth(folder)


def definitive(found: Agency) -> pd.DataFrame:
    rows = found.tables["appointment"]
    rows = rows[rows["kind"] == "definitive"]
    return rows.merge(found.tables["post"][["post", "post_class", "is_seat", "closed"]], on="post")


def test_the_same_seed_gives_the_same_agency_and_another_one_another():
    first, again = agency(), simulate(preset("realistic", people=1200), 7)
    other = agency(seed=8)
    for name in COLUMNS:
        pd.testing.assert_frame_equal(first.tables[name], again.tables[name])
    for name, frame in first.truth.items():
        pd.testing.assert_frame_equal(frame, again.truth[name])
    assert not first.tables["appointment"].equals(other.tables["appointment"])


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "small_agency"])
def test_every_preset_lives_through_its_years(name: str):
    people = 400 if name == "tiny" else 700
    found = agency(name, people)
    assert set(found.tables) == set(COLUMNS)
    assert all(tuple(found.tables[table].columns) == COLUMNS[table] for table in COLUMNS)
    assert len(found.tables["vacancy"]) > 5


def test_small_agency_has_some_thirty_strategic_posts():
    found = simulate(preset("small_agency"), 7)
    posts = found.tables["post"]
    strategic = posts["post_class"].isin(STRATEGIC) & (posts["is_seat"] == 1)
    there = strategic & (posts["closed"] == NEVER)
    assert found.knobs.people == 600
    assert 25 <= there.sum() <= 35


def test_nobody_holds_two_definitive_posts_and_no_seat_has_two_holders():
    rows = definitive(agency())
    end = rows["end"].where(rows["end"] != NEVER, 10**6)
    assert (end >= rows["start"]).all()
    for by in ("person", "post"):
        held = rows.assign(end=end)
        held = held[held["is_seat"] == 1] if by == "post" else held
        held = held.sort_values([by, "start"])
        same = held[by].to_numpy()[1:] == held[by].to_numpy()[:-1]
        assert (held["start"].to_numpy()[1:] > held["end"].to_numpy()[:-1])[same].all()


def test_nobody_serves_beyond_the_age_of_retirement_or_before_entry():
    found = agency()
    rows = definitive(found).merge(
        found.tables["person"][["person", "born", "entered"]], on="person"
    )
    age = np.asarray(RETIREMENT_AGE)[rows["post_class"]]
    last = new_year(found.knobs.last_year + 1)
    until = rows["end"].where(rows["end"] != NEVER, last)
    first = new_year(found.knobs.first_year)
    served_here = until > first + 366
    # The month after the birthday, and a year's grace for whoever loses a higher seat at the end.
    assert ((until - rows["born"]) / 365.25 < age + 1.1)[served_here].all()
    assert (rows["start"] >= rows["entered"]).all()


def test_promotions_come_from_the_classes_that_feed_a_post():
    found = agency()
    rows = definitive(found).sort_values(["person", "start"])
    before = rows.groupby("person")["post_class"].shift()
    filled = rows[(rows["vacancy"] != NEVER) & before.notna()].assign(before=before)
    allowed = [
        row.before == row.post_class or int(row.before) in FEEDERS[row.post_class]
        for row in filled.itertuples()
    ]
    assert len(filled) > 80
    assert all(allowed)


def test_posts_that_were_delayered_are_held_by_nobody_afterwards():
    rows = definitive(agency())
    closed = rows[rows["closed"] != NEVER]
    assert len(closed) > 10
    assert (closed["end"] != NEVER).all()
    assert (closed["end"] < closed["closed"]).all()
    ended = closed[closed["end"] == closed["closed"] - 1]
    assert set(ended["reason"]) == {"reorganised"}


def test_delayered_holders_become_functional():
    found = agency()
    rows = definitive(found).sort_values(["person", "start"])
    after = rows.groupby("person")["post_class"].shift(-1)
    gone = rows["reason"] == "reorganised"
    twin = {PENGAWAS: CLASS["ahli_muda"], ADMINISTRATOR: CLASS["ahli_madya"]}
    assert gone.sum() > 10
    assert (after[gone] == rows.loc[gone, "post_class"].map(twin)).all()


def test_every_vacancy_has_one_appointee_among_those_interviewed():
    found = agency()
    rows = found.tables["candidacy"].groupby("vacancy")
    assert (rows["appointed"].sum() == 1).all()
    appointed = found.tables["candidacy"].query("appointed == 1")
    assert (appointed["interviewed"] == 1).all()
    assert (rows.size() >= 3).all()
    assert (rows.size() <= found.knobs.pool_high).all()
    assert set(found.tables["vacancy"]["route"]) == {0, 1, 2}


def test_days_of_a_vacancy_follow_each_other():
    rows = agency().tables["vacancy"]
    assert (rows["opened"] < rows["decided"]).all()
    assert (rows["decided"] < rows["filled"]).all()


def test_appointees_do_better_than_their_pools():
    pairs = agency(people=3000).truth["pairs"]
    assert pairs.loc[pairs["is_appointed"] == 1, "p"].mean() > pairs["p"].mean() + 0.15


def test_followed_recommendations_change_who_is_appointed():
    alone, followed = agency(), agency(followed_share=1.0)
    assert alone.truth["pairs"]["is_followed"].sum() == 0
    assert (followed.truth["pairs"]["is_followed"] == 1).all()
    assert not alone.tables["appointment"].equals(followed.tables["appointment"])


class Seniority:
    """Puts whoever has served longest first, and remembers what it was told."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.taught: list[int] = []

    def score(self, papers: pd.DataFrame) -> np.ndarray:
        self.asked.append(len(papers))
        return papers["seniority"].to_numpy()

    def learn(self, papers: pd.DataFrame, stayed: np.ndarray) -> None:
        assert len(papers) == len(stayed)
        self.taught.append(len(stayed))


def test_a_recommender_is_asked_obeyed_and_taught_what_has_matured():
    recommender = Seniority()
    found = simulate(preset("realistic", people=1200, followed_share=1.0), 7, None, recommender)
    rows = found.tables["candidacy"].merge(
        found.tables["person"][["person", "entered"]], on="person"
    )
    met = rows[rows["interviewed"] == 1]
    first = met.groupby("vacancy")["entered"].transform("min").reindex(rows.index)
    assert len(recommender.asked) == rows["vacancy"].nunique()
    assert (rows.loc[rows["appointed"] == 1, "entered"] == first[rows["appointed"] == 1]).all()
    assert recommender.taught == sorted(recommender.taught)
    assert 0 < recommender.taught[-1] < len(recommender.asked)


def test_the_learner_learns_from_what_its_own_advice_has_shaped():
    learner = Learner()
    found = simulate(preset("realistic", people=4000, followed_share=1.0), 7, None, learner)
    papers = pd.DataFrame({name: [-1.0, 1.0] for name in PAPERS})
    low, high = learner.score(papers)
    assert 0 < low < 1
    assert 0 < high < 1
    pairs = found.truth["pairs"]
    assert (pairs["is_followed"] == 1).all()
    assert pairs.loc[pairs["is_appointed"] == 1, "p"].mean() > pairs["p"].mean() + 0.05


def test_failures_show_as_often_whenever_in_the_year_they_begin():
    halves = {0: [], 1: []}
    for seed in range(4):
        rows = simulate(preset("realistic", people=4000), seed).truth["labels"]
        rows = rows[(rows["is_censored"] == 0) & (rows["is_success"] == 0)]
        month = rows["start"].to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype(int)
        for half in halves:
            halves[half].append(rows.loc[month % 12 // 6 == half, "adverse_exit"])
    shown = [float(pd.concat(halves[half]).mean()) for half in halves]
    size = min(len(pd.concat(halves[half])) for half in halves)
    assert size > 150
    assert abs(shown[0] - shown[1]) < 3 * np.sqrt(2 * 0.24 / size)
    # Retirement and resignation get in before some of what would have shown.
    assert 0.5 < np.mean(shown) < 0.65


@pytest.mark.parametrize(
    ("table", "start", "end"),
    [
        ("training", "start", None),
        ("assessment", "day", None),
        ("award", "day", None),
        ("assignment", "start", "end"),
        ("discipline", "day", None),
        ("succession_group", "start", "end"),
        ("rank_history", "start", None),
    ],
)
def test_nothing_is_recorded_of_people_before_they_enter_or_after_they_leave(
    table: str, start: str, end: str | None
):
    found = agency(people=3000)
    rows = found.tables[table].merge(
        found.tables["person"][["person", "entered", "left"]], on="person"
    )
    assert (rows[start] >= rows["entered"]).all()
    left = rows["left"].where(rows["left"] != NEVER, 10**6)
    assert (rows[start] <= left).all()
    if end is not None:
        assert (rows[end] <= left).all()


def biased(**turned: float) -> dict[str, pd.DataFrame]:
    found = simulate(preset("realistic", people=4000, **turned), 7)
    person = found.tables["person"][["person", "woman"]]
    return {name: found.truth[name].merge(person, on="person") for name in ("ratings", "coverage")}


def coefficient(outcome: pd.Series, *columns: pd.Series) -> float:
    """Of the last column, by least squares."""
    design = np.column_stack([np.ones(len(outcome)), *columns])
    return float(np.linalg.lstsq(design, outcome.to_numpy(), rcond=None)[0][-1])


def test_biases_act_in_the_agency_as_in_the_sampler():
    still = biased()
    rated = biased(rating_bias=0.5)["ratings"]
    covered = biased(coverage_bias=0.5)["coverage"]
    trained = biased(unequal_opportunity=0.5)["coverage"]

    def of_ratings(rows: pd.DataFrame) -> float:
        return coefficient(
            rows["results_before_rounding"], rows["performance"], rows["leniency"], rows["woman"]
        )

    assert of_ratings(rated) == pytest.approx(-0.5, abs=0.03)
    assert of_ratings(still["ratings"]) == pytest.approx(0, abs=0.03)
    for rows, column, wanted in ((covered, "log_odds", 0.5), (trained, "training_rate", None)):
        by_sex = rows.groupby("woman")[column].mean()
        usual = still["coverage"].groupby("woman")[column].mean()
        if wanted is not None:
            assert (by_sex[1] - usual[1]) == pytest.approx(-wanted, abs=0.05)
        else:
            assert by_sex[1] / usual[1] == pytest.approx(np.exp(-0.5), abs=0.05)
        assert by_sex[0] == pytest.approx(usual[0], abs=0.08)


def test_drift_asks_for_more_digital_skill_raises_ratings_and_delays_entry():
    drifting, still = agency("drift", 1500), agency("realistic", 1500)

    def above(found: Agency, years: range) -> float:
        rows = found.tables["appraisal"]
        return float((rows.loc[rows["year"].isin(years), "results"] == 3).mean())

    rise = {
        found.knobs.drift_year: above(found, range(2021, 2026)) - above(found, range(2014, 2021))
        for found in (drifting, still)
    }
    assert rise[2021] > rise[0] + 0.1
    rows = drifting.tables["appointment"]
    late = (rows["recorded"] - rows["start"]) > 100
    in_years = (rows["start"] >= new_year(2021)) & (rows["start"] < new_year(2023))
    assert late[in_years].mean() > 0.25
    assert late[~in_years].mean() == 0


def test_recorded_never_lies_behind_the_last_simulated_day():
    found = agency()
    assert found.tables["appointment"]["recorded"].max() < new_year(found.knobs.last_year + 1)


def test_margins_hold_over_agencies_and_fall_from_class_to_class():
    rows = pooled_rows([agency(people=5000, seed=seed) for seed in range(5)])
    assert [row["name"] for row in rows if row["ok"] is False] == []
    assert len(rows) == 6


def test_margins_of_the_realistic_preset_hold():
    rows = margin_rows(simulate(preset("realistic", people=20_000), 11))
    missed = [(row["name"], row["value"], row["bound"]) for row in rows if row["ok"] is False]
    assert missed == []
    assert sum(row["ok"] is True for row in rows) >= 22


@pytest.mark.parametrize(
    ("name", "column", "wrong"),
    [
        ("women.administrator", "woman", 1),
        ("education.s1", "education", 0),
        ("age.46_50", "born", 0),
    ],
)
def test_margins_see_a_population_that_is_not_like_ours(name: str, column: str, wrong: int):
    found = agency(people=3000)
    people = found.tables["person"].assign(**{column: wrong})
    spoilt = replace(found, tables={**found.tables, "person": people})
    (row,) = [one for one in margin_rows(spoilt) if one["name"] == f"margins.{name}"]
    assert row["ok"] is False


def ids(found: Truth, kind: str) -> np.ndarray:
    name = {"person": "people", "post": "posts"}[kind]
    return found.table(name)[f"{kind}_id"].to_numpy()


def staying(found: Truth) -> np.ndarray:
    """Who serves from the first day to the last."""
    left = found.table("people")["left"].to_numpy()
    return np.flatnonzero(left[: found.knobs.people] == NEVER)


def test_truth_on_demand_is_the_truth_that_was_at_work(truth: Truth):
    pairs = truth.table("pairs")
    person, post = ids(truth, "person"), ids(truth, "post")
    for year in pairs["year"].unique():
        rows = pairs[pairs["year"] == year]
        found = truth.success(person[rows["person"]], post[rows["post"]], date(int(year), 5, 17))
        np.testing.assert_array_equal(found.probability, rows["p"])
        np.testing.assert_array_equal(found.succeeds, rows["succeeds"] == 1)
        effects = found.effects.sum(axis=1) + rows["base"].to_numpy()
        np.testing.assert_allclose(effects, np.log(rows["p"] / (1 - rows["p"])), atol=1e-9)


def test_an_agency_in_which_nothing_happens_is_refused():
    with pytest.raises(SimulationError, match="no vacancy was filled"):
        simulate(preset("realistic", people=200, years=1, first_year=2025), 1)


def test_truth_can_be_asked_of_any_pair(truth: Truth):
    there = staying(truth)[:50]
    person, post = ids(truth, "person")[there], ids(truth, "post")[-50:]
    found = truth.success(person, post, date(2014, 6, 1))
    assert ((found.probability > 0) & (found.probability < 1)).all()
    turned = np.arange(50)[::-1]
    again = truth.success(person[turned], post[turned], date(2014, 6, 1))
    np.testing.assert_array_equal(again.probability[turned], found.probability)
    np.testing.assert_array_equal(again.succeeds[turned], found.succeeds)


def test_drift_lowers_the_truth_of_posts_from_its_year_on(truth: Truth):
    there = staying(truth)[:400]
    person, post = ids(truth, "person")[there], ids(truth, "post")[:400]
    match = [
        truth.success(person, post, date(year, 1, 1)).effects["competency_match"].mean()
        for year in (2019, 2020, 2021, 2022)
    ]
    assert truth.knobs.drift_year == 2021
    usual, drifted, after = np.diff(match)
    assert drifted < usual - 0.01
    assert drifted < after - 0.01


def gone(found: Truth) -> int:
    """Somebody who left in the first year."""
    left = found.table("people")["left"]
    return int(np.flatnonzero((left != NEVER) & (left < new_year(2015)))[0])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda t: t.success(
                [ids(t, "person")[gone(t)]], [ids(t, "post")[0]], date(2025, 12, 31)
            ),
            "left",
        ),
        (
            lambda t: t.success(["nobody"], [ids(t, "post")[0]], date(2015, 1, 1)),
            "a person is not of",
        ),
        (
            lambda t: t.success([ids(t, "person")[0]], ["none"], date(2015, 1, 1)),
            "a post is not of",
        ),
        (
            lambda t: t.success([ids(t, "person")[0]], [ids(t, "post")[0]], date(2013, 1, 1)),
            "outside",
        ),
        (
            lambda t: t.success([ids(t, "person")[-1]], [ids(t, "post")[0]], date(2014, 1, 1)),
            "entered",
        ),
    ],
)
def test_truth_refuses_what_it_does_not_know(truth: Truth, ask: Callable, says: str):
    with pytest.raises(SimulationError, match=says):
        ask(truth)


def test_no_truth_where_none_was_written(tmp_path: Path):
    with pytest.raises(SimulationError, match="holds no truth"):
        Truth(tmp_path)


def test_plan_gains_are_what_a_course_adds(truth: Truth):
    gains = truth.table("plan_gains").drop(columns=["vacancy", "person"])
    assert (gains.to_numpy() >= -1e-7).all()
    mean = gains.mean().sort_values(ascending=False)
    assert mean.index[0] in ("course_literasi_digital", "course_teknis")
    assert mean.max() < 0.2


def test_a_ministry_is_written_the_same_twice_and_never_over_anything(tmp_path: Path):
    knobs = preset("tiny", people=300)
    for name in ("a", "b"):
        write_ministry(knobs, 7, tmp_path / name)
    write_ministry(knobs, 8, tmp_path / "c")

    def files(name: str) -> dict[str, bytes]:
        root = tmp_path / name
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    assert files("a") == files("b")
    assert files("a") != files("c")
    assert {Path(name).parts[0] for name in files("a")} == {EXPORTS, TRUTH, FINGERPRINT}
    assert is_made_of(tmp_path / "a", knobs, 7)
    assert not is_made_of(tmp_path / "a", knobs, 8)
    assert not is_made_of(tmp_path / "nowhere", knobs, 7)
    with pytest.raises(SimulationError, match="is not empty"):
        write_ministry(knobs, 7, tmp_path / "a")
    assert files("a") == files("b")


def test_what_was_stopped_leaves_nothing(tmp_path: Path):
    def stop(_what: str, done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_ministry(preset("tiny", people=300), 7, tmp_path / "ministry", stop)
    assert list(tmp_path.iterdir()) == []
