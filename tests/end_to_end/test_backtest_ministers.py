"""The backtest on real careers: what it must print, what it must reach, and what it may not claim.

It runs once. Counts and figures of the plain references are worked out from the published files by
code that is written down here, so that a model is never compared with a straw man.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.lib.command import Done, suksesi

pytestmark = pytest.mark.xdist_group("ministers")

GUIDE = Path(__file__).parents[2] / "docs" / "method.md"
FIRST_DAY = pd.Timestamp("2010-01-01")
SIX_YEARS = pd.Timedelta(days=6 * 365.25)
MOVE_METHODS = ("popularity", "markov1", "factored")
MOVE_MEASURES = ("mrr", "hit1", "hit5", "hit10", "perplexity")
ORDERS = ("propensity", "readiness", "popularity", "seniority", "random")
BASELINES = ("popularity", "seniority", "random")
MEASURES = ("mrr", "hit5", "hit10")
CLAIM_FAILURES = 100


@pytest.fixture(scope="module")
def done(ministers_home: Path) -> Done:
    """Also where a bound is missed, so that each test says what it finds."""
    done = suksesi("backtest", "--json", home=ministers_home)
    assert done.out, done.err
    return done


@pytest.fixture(scope="module")
def figures(done: Done) -> dict[str, dict]:
    return {row["name"]: row for row in done.json}


@dataclass(frozen=True)
class Files:
    """The published files, in their order, days as days."""

    appointments: pd.DataFrame
    seats: pd.DataFrame
    parties: pd.DataFrame


@pytest.fixture(scope="module")
def files(ministers_exports: Path) -> Files:
    def read(name: str) -> pd.DataFrame:
        frame = pd.read_csv(ministers_exports / f"{name}.csv")
        days = [column for column in frame if column.endswith("_date")]
        return frame.assign(**{column: pd.to_datetime(frame[column]) for column in days})

    posts = read("post").merge(
        read("organisation")[["id", "short_name"]], left_on="organisation_id", right_on="id"
    )
    posts = posts.set_index("id_x")[["short_name", "rank_equivalence", "rank_equivalence_value"]]
    appointments = read("appointment").join(posts, on="post_id")
    # Two end before they begin: that they began is not in doubt, when they ended is not known.
    is_wrong = appointments["end_date"] < appointments["start_date"]
    appointments["end_date"] = appointments["end_date"].mask(is_wrong)
    seats = read("representation")
    of_seat = seats[["id", "person_id"]].rename(columns={"id": "representation_id"})
    return Files(appointments, seats, read("representation_characteristics").merge(of_seat))


def test_every_row_is_there_once_with_its_interval(done: Done, figures: dict[str, dict]):
    assert len(done.json) == len(figures)
    measured = [
        f"{table}.{method}.{measure}"
        for table in ("next_move", "next_move_lineage")
        for method in MOVE_METHODS
        for measure in MOVE_MEASURES
    ]
    measured += [
        f"{prefix}.{order}.{measure}"
        for prefix in ("vacancies", "vacancies.reachable")
        for order in ORDERS
        for measure in MEASURES
    ]
    measured += ["readiness.success_rate", "readiness.log_loss", "readiness.auc"]
    for name in measured:
        row = figures[name]
        assert row["low"] < row["value"] < row["high"], name


def test_every_promise_of_the_mapping_is_kept(done: Done):
    promised = {row["name"]: row["ok"] for row in done.json if row["bound"]}
    assert promised == dict.fromkeys(promised, True)
    assert {"next_move.factored.mrr", "vacancies.propensity_over_random.mrr"} <= set(promised)
    assert done.code == 0


def test_what_is_shown_is_kept_beside_the_record(done: Done, ministers_home: Path):
    kept = ministers_home / "figures" / "backtest.json"
    assert kept.read_text(encoding="utf-8") == done.out


def test_the_digest_of_the_frozen_settings_is_told(done: Done):
    assert len(re.findall(r"settings frozen, digest\s+[0-9a-f]{64}", done.err)) == 2


@dataclass(frozen=True)
class Moves:
    """The moves of the test years and, by method, rank and chance of the state that was next."""

    n_train: int
    n_destinations: int
    days: list[pd.Timestamp]
    places: dict[str, list[np.ndarray]]
    chances: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def moves(files: Files) -> Moves:
    """Popularity and Markov-1, move by move: counts of what began strictly before the day."""
    begun = files.appointments.reset_index(names="line")
    begun["state"] = list(zip(begun["short_name"], begun["rank_equivalence"], strict=True))
    order = ["person_id", "start_date", "rank_equivalence_value", "line"]
    states = begun.sort_values(order).drop_duplicates(["person_id", "start_date"])
    states["left"] = states.groupby("person_id")["state"].shift()
    told = states[states["left"].notna()].sort_values(["start_date", "line"])
    candidates = sorted(set(told["state"]))
    tested = told[told["start_date"] >= FIRST_DAY]
    places: dict[str, list[np.ndarray]] = {"popularity": [], "markov1": []}
    chances: dict[str, list[float]] = {"popularity": [], "markov1": []}
    for on, of_day in tested.groupby("start_date"):
        starts, past = begun["start_date"], told[told["start_date"] < on]
        recent = Counter(begun.loc[(starts < on) & (starts >= on - SIX_YEARS), "state"])
        popularity = np.array([recent[state] + 0.05 for state in candidates])
        popularity /= popularity.sum()
        for left, state in zip(of_day["left"], of_day["state"], strict=True):
            seen = Counter(past.loc[past["left"] == left, "state"])
            counts = np.array([seen[candidate] for candidate in candidates])
            markov = (counts + 5 * popularity) / (counts.sum() + 5)
            truth = candidates.index(state)
            for method, chance in (("popularity", popularity), ("markov1", markov)):
                is_tied = np.isclose(chance, chance[truth], rtol=1e-9, atol=0)
                n_above = int(((chance > chance[truth]) & ~is_tied).sum())
                # Each place that a random order of the tied could give.
                places[method].append(n_above + 1 + np.arange(is_tied.sum()))
                chances[method].append(chance[truth])
    return Moves(
        len(told) - len(tested),
        len(candidates),
        tested["start_date"].tolist(),
        places,
        {method: np.array(values) for method, values in chances.items()},
    )


def test_moves_are_those_of_the_published_files(figures: dict[str, dict], moves: Moves):
    told = [figures[f"next_move.{n}"]["value"] for n in ("n_train", "n_test", "n_destinations")]
    assert told == [moves.n_train, len(moves.days), moves.n_destinations] == [1189, 1037, 177]


@pytest.mark.parametrize("method", ["popularity", "markov1"])
def test_a_reference_is_as_good_as_counting_by_hand(figures, moves: Moves, method: str):
    places, chance = moves.places[method], moves.chances[method]
    expected = {"perplexity": math.exp(-np.log(chance).mean())}
    expected["mrr"] = np.mean([(1 / tied).mean() for tied in places])
    expected |= {f"hit{k}": np.mean([(tied <= k).mean() for tied in places]) for k in (1, 5, 10)}
    told = {measure: figures[f"next_move.{method}.{measure}"]["value"] for measure in expected}
    assert told == pytest.approx(expected, rel=1e-9)


def clustered_error(values: np.ndarray, days: list) -> float:
    """Standard error of a mean when all rows of a day are one event."""
    apart = pd.Series(values - values.mean()).groupby(list(days)).sum()
    return math.sqrt((apart**2).sum()) / len(values)


def test_intervals_take_a_reshuffle_day_as_one_event(figures: dict[str, dict], moves: Moves):
    values = np.array([(1 / tied).mean() for tied in moves.places["popularity"]])
    row = figures["next_move.popularity.mrr"]
    told = (row["high"] - row["low"]) / (2 * 1.96)
    assert told == pytest.approx(clustered_error(values, moves.days), rel=0.1)
    alone = values.std() / math.sqrt(len(values))
    assert told > 1.3 * alone


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("next_move.popularity.mrr", 0.162),
        ("next_move.markov1.mrr", 0.194),
        ("next_move.factored.mrr", 0.266),
        ("next_move.factored.hit10", 0.447),
    ],
)
def test_next_moves_are_told_as_well_as_the_published_reference(figures, name, at_least):
    assert figures[name]["value"] >= at_least


def test_factored_is_less_surprised_than_the_published_reference(figures: dict[str, dict]):
    assert figures["next_move.factored.perplexity"]["value"] <= 57


@pytest.mark.parametrize("table", ["next_move", "next_move_lineage"])
@pytest.mark.parametrize("reference", ["popularity", "markov1"])
def test_factored_beats_a_reference_beyond_chance(figures, table: str, reference: str):
    gain = figures[f"{table}.factored_over_{reference}.mrr"]
    own, other = (figures[f"{table}.{method}.mrr"] for method in ("factored", reference))
    assert gain["value"] == pytest.approx(own["value"] - other["value"])
    assert gain["low"] > 0


def on_day(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return rows[(rows["start_date"] <= day) & ~(rows["end_date"] < day)]


def pool(files: Files, day: pd.Timestamp) -> list[str]:
    """Who was appointed before, sits on the day, and is not known to be of another party."""
    appointed = files.appointments[files.appointments["start_date"] < day]["person_id"]
    sitting = on_day(files.seats, day)["person_id"]
    holders = on_day(files.appointments, day)
    holders = holders[holders["rank_equivalence"].isin(["PM", "DPM"])]["person_id"]
    party = on_day(files.parties, day)
    governing = party[party["person_id"].isin(holders)]["party"]
    supporters = party[party["party"].isin(governing)]["person_id"]
    opponents = set(party["person_id"]) - set(supporters)
    return sorted((set(appointed) & set(sitting)) - opponents)


@pytest.fixture(scope="module")
def vacancies(files: Files) -> pd.DataFrame:
    """Every vacancy: its day, how large its pool was, and where two plain orders put the choice."""
    begun = files.appointments
    filled = begun[(begun["rank_equivalence"] == "SoS") & (begun["start_date"] >= FIRST_DAY)]
    rows = []
    for day, of_day in filled.groupby("start_date"):
        people = pool(files, day)
        recent = begun[(begun["start_date"] < day) & (begun["rank_equivalence"] != "PM")]
        recent = recent[recent["start_date"] >= day - pd.DateOffset(years=6)]
        starts = Counter(recent["person_id"])
        counts = np.array([starts[person] for person in people])
        for person in of_day["person_id"]:
            if person in people:
                n_above = int((counts > starts[person]).sum())
                n_tied = int((counts == starts[person]).sum())
                orders = {"random": (0, len(people)), "popularity": (n_above, n_tied)}
            else:
                orders = dict.fromkeys(("random", "popularity"), (len(people), 1))
            measured = {
                f"{order}.{measure}": value
                for order, (above, tied) in orders.items()
                for measure, value in expected_measures(above, tied).items()
            }
            rows.append({"day": day, "reachable": person in people, **measured})
    return pd.DataFrame(rows)


def expected_measures(n_above: int, n_tied: int) -> dict[str, float]:
    """What is to be expected of somebody tied with others behind those above."""
    places = np.arange(n_above + 1, n_above + n_tied + 1)
    hits = {f"hit{k}": float((places <= k).mean()) for k in (5, 10)}
    return {"mrr": float((1 / places).mean()), **hits}


def test_vacancies_are_those_of_the_published_files(figures, vacancies: pd.DataFrame):
    told = [figures[f"vacancies.{name}"]["value"] for name in ("n", "unreachable")]
    assert told == [len(vacancies), int((~vacancies["reachable"]).sum())] == [258, 35]


@pytest.mark.parametrize("order", ["random", "popularity"])
def test_plain_orders_place_the_appointed_where_counting_does(figures, vacancies, order: str):
    parts = {"vacancies": vacancies, "vacancies.reachable": vacancies[vacancies["reachable"]]}
    for prefix, part in parts.items():
        for measure in MEASURES:
            told = figures[f"{prefix}.{order}.{measure}"]["value"]
            assert told == pytest.approx(part[f"{order}.{measure}"].mean(), rel=1e-9), prefix


@pytest.mark.parametrize("order", ORDERS)
def test_whoever_could_not_be_ranked_stands_behind_the_whole_pool(figures, vacancies, order: str):
    # What the figures without them leave of the figures with them are the unreachable alone.
    is_unreachable = ~vacancies["reachable"]
    for measure in MEASURES:
        everybody = figures[f"vacancies.{order}.{measure}"]["value"] * len(vacancies)
        reachable = figures[f"vacancies.reachable.{order}.{measure}"]["value"]
        left = everybody - reachable * int((~is_unreachable).sum())
        last = vacancies.loc[is_unreachable, f"random.{measure}"].sum()
        assert left == pytest.approx(last, abs=1e-9), measure


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("prefix", ["vacancies", "vacancies.reachable"])
def test_propensity_beats_a_baseline_beyond_chance(figures, prefix: str, baseline: str):
    gain = figures[f"{prefix}.propensity_over_{baseline}.mrr"]
    own, other = (figures[f"{prefix}.{order}.mrr"] for order in ("propensity", baseline))
    assert gain["value"] == pytest.approx(own["value"] - other["value"])
    assert gain["low"] > 0
    if prefix == "vacancies":
        assert (gain["bound"], gain["ok"]) == ("> 0", True)


@pytest.mark.parametrize("prefix", ["readiness", "readiness.strategic"])
def test_readiness_is_told_with_its_failures_against_the_base_rate(figures, prefix: str):
    told = {
        name.removeprefix(f"{prefix}."): row["value"]
        for name, row in figures.items()
        if name.startswith(f"{prefix}.")
    }
    assert 0 < told["n_failures"] < told["n"]
    assert told["success_rate"] == pytest.approx(1 - told["n_failures"] / told["n"])
    gain = told["log_loss_base_rate"] - told["log_loss"]
    assert told["log_loss_gain"] == pytest.approx(gain, abs=1e-9)
    assert 0 < told["auc"] < 1
    assert 0 < told["auc_within_origin"] < 1
    large = told["mean_probability"] - told["success_rate"]
    assert told["calibration_in_the_large"] == pytest.approx(large, abs=1e-9)
    # One number a year hardly tells anybody apart: its log-loss is near the entropy.
    rate = told["success_rate"]
    entropy = -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)
    assert told["log_loss_base_rate"] == pytest.approx(entropy, abs=0.02)


def test_calibrated_is_claimed_from_a_hundred_failures_on_and_if_borne_out(done, figures):
    claims = {name: row["value"] for name, row in figures.items() if "calibrated" in name}
    few = set()
    for name, value in claims.items():
        prefix = name.removesuffix(".may_be_called_calibrated")
        n_failures = figures[f"{prefix}.n_failures"]["value"]
        slope = figures[f"{prefix}.calibration_slope"]
        large = figures[f"{prefix}.calibration_in_the_large"]
        is_borne_out = slope["low"] <= 1 <= slope["high"] and large["low"] <= 0 <= large["high"]
        assert value == float(n_failures >= CLAIM_FAILURES and is_borne_out), name
        few |= {name} if n_failures < CLAIM_FAILURES else set()
    assert few == {"readiness.strategic.may_be_called_calibrated"}
    assert "calibrat" not in done.err
    assert done.out.count("calibrated") == len(claims) == 2


def number(cell: str) -> tuple[float, int]:
    """The first number of a cell, and how many digits it is rounded to."""
    (text,) = re.findall(r"^\**(\d+\.\d+)\**", cell)
    return float(text), len(text.split(".")[1])


def figures_in_guide(heading: str) -> list[dict[str, str]]:
    """The rows of the tables under a heading of the method guide."""
    section = GUIDE.read_text(encoding="utf-8").split(f"### {heading}\n")[1].split("\n### ")[0]
    header, rows = [], []
    for line in re.findall(r"^\| (.*) \|$", section, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if cells[1] == "MRR":
            header = cells
        else:
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def test_next_moves_in_the_method_guide_are_those_printed(figures: dict[str, dict]):
    rows = figures_in_guide("Next moves")
    assert len(rows) == 2 * len(MOVE_METHODS)
    for place, row in enumerate(rows):
        table = "next_move" if place < len(MOVE_METHODS) else "next_move_lineage"
        method = MOVE_METHODS[place % len(MOVE_METHODS)]
        for column, cell in list(row.items())[1:]:
            told, digits = number(cell)
            name = f"{table}.{method}.{column.lower().replace('@', '')}"
            assert told == pytest.approx(figures[name]["value"], abs=0.5001 * 10**-digits), name


def test_careers_as_vectors_in_the_method_guide_are_those_printed(figures: dict[str, dict]):
    section = GUIDE.read_text(encoding="utf-8").split("### Careers as vectors\n")[1]
    lines = re.findall(r"^\| (.*) \|$", section.split("\n### ")[0], re.MULTILINE)[1:]
    columns = (
        "factored.mrr", "embedded.mrr", "embedded_over_factored.mrr", "factored.hit10",
        "embedded.hit10", "factored.perplexity", "embedded.perplexity",
    )  # fmt: skip
    for table, line in zip(("next_move", "next_move_lineage"), lines, strict=True):
        assert figures[f"{table}.embedding_weight"]["value"] == 0
        for column, cell in zip(columns, line.split(" | ")[1:], strict=True):
            row = figures[f"{table}.{column}"]
            told = re.findall(r"-?[\d.]+", cell.replace("\N{MINUS SIGN}", "-"))
            printed = [row[name] for name in ("value", "low", "high")]
            for text, value in zip(told, printed[: len(told)], strict=True):
                digits = len(text.partition(".")[2])
                assert float(text) == pytest.approx(value, abs=0.5001 * 10**-digits), column
    # Without a weight the model is what it was: the one shown has had no say in any choice.
    assert figures["next_move.embedded_over_factored.mrr"]["bound"] is None


def test_appointments_in_the_method_guide_are_those_printed(figures: dict[str, dict]):
    rows = figures_in_guide("Who was appointed")
    assert len(rows) == len(ORDERS)
    for row in rows:
        order = re.split(r"\W", row["order by"])[0]
        for column, cell in list(row.items())[1:]:
            told, digits = number(cell)
            measure, _, only = column.partition(", ")
            prefix = f"vacancies.{only}" if only else "vacancies"
            name = f"{prefix}.{order}.{measure.lower().replace('@', '')}"
            assert told == pytest.approx(figures[name]["value"], abs=0.5001 * 10**-digits), name


def test_readiness_in_the_method_guide_is_that_printed(figures: dict[str, dict]):
    section = GUIDE.read_text(encoding="utf-8").split("### How good readiness is\n")[1]
    section = section.split("\n### ")[0]
    cells = [line.split(" | ") for line in re.findall(r"^\| (.*) \|$", section, re.MULTILINE)][1:]
    names = {
        "log-loss": "log_loss",
        "AUC over all": "auc",
        "AUC within each year's model": "auc_within_origin",
        "mean probability less share of successes": "calibration_in_the_large",
        "slope of outcomes on the logit shown": "calibration_slope",
    }
    assert [row[0] for row in cells] == list(names)
    for label, value, _against in cells:
        row = figures[f"readiness.{names[label]}"]
        told = [
            float(text.replace("\N{MINUS SIGN}", "-")) for text in re.findall(r"[−.\d]+", value)
        ]
        assert told == pytest.approx([row["value"], row["low"], row["high"]], abs=0.0005001)
    n, failed = (figures[f"readiness.{name}"]["value"] for name in ("n", "n_failures"))
    assert f"{n:.0f} appointments of people who could be ranked, {failed:.0f} of" in section


def test_random_split_in_the_method_guide_is_that_printed(figures: dict[str, dict]):
    section = GUIDE.read_text(encoding="utf-8").split("### What a random split would flatter\n")[1]
    told = dict(re.findall(r"^\| `(readiness\.\w+)`.* \| (.*) \|$", section, re.MULTILINE))
    assert set(told) == {name for name in figures if "random_split" in name}
    for name, cell in told.items():
        numbers = re.findall(r"-?[.\d]+", cell.replace("\N{MINUS SIGN}", "-"))
        row = figures[name]
        printed = [row["value"], row["low"], row["high"]]
        assert [float(text) for text in numbers] == pytest.approx(printed, abs=0.0005001)
    assert f"The same {figures['readiness.n']['value']:.0f} appointments" in section
