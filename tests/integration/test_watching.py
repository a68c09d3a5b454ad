"""Horizons on a record: who is watched, what is learnt of them, and what a bench then tells."""

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.agencies.mapping import load_mapping
from features.assemble import FeatureQuery
from features.intake import ingest
from features.packs.declaration import ReadyEventKind
from features.packs.pack import parse_pack
from features.policy.ready_events import first_ready, ready_event, written_spells
from features.storage import Snapshot, current_snapshot
from features.tables.record import Record
from models import artefact
from models.artefact import Artefact
from models.bands import BANDS
from models.hazards import HazardSettings
from models.horizon import LEFT
from models.readiness import ReadinessModel, ReadinessSettings
from serving.chances import (
    ANOTHER_EVENT,
    LOOKS_BACK,
    NO_MODEL,
    NOT_STRATEGIC,
    NOT_TRAINED,
    TOO_FEW,
)
from serving.recommend import Desk
from serving.schemas import BenchOfPost
from tests.integration.test_policy_dates import NAMED
from tests.integration.test_policy_dates import PACK as FIVE_YEARS
from tests.lib.labels import candidates, labels
from tests.lib.ministers import MAPPING as MINISTERS
from tests.lib.small_agency import changed_mapping, write_small
from training.horizons import follow_ups
from training.watching import Watching

AS_OF = date(2024, 3, 1)
N_PEOPLE, YEARS_AS_CLERK = 400, 5
MAPPING = NAMED.replace("vacancies: {classes", "pool: {in_service: true}\nvacancies: {classes")
QUICK = HazardSettings(learning_rate=0.2, most_trees=50, folds=3)
BY_APPOINTMENT = "\nready:\n  - {classes: [high], event: appointment, cite: law}\n"
BY_PROBABILITY = (
    "\nready:\n"
    "  - {classes: [high], event: probability_and_requirements, probability_at_least: 0.05,"
    " cite: law}\n"
)


def day(lot: random.Random, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=lot.randrange(365 * (last - first + 1)))


def terms(
    lot: random.Random, n: int, born: date | None
) -> list[tuple[str, str, date, date | None]]:
    """Clerks; some leave or retire, and some become chief, the sooner the earlier they came."""
    begun = day(lot, 2009, 2022)
    if born is not None and born.year < 1966:
        begun = begun.replace(year=2009 + n % 4, day=1)
        retires = first_of_next_month(born.replace(year=born.year + 58, day=1))
        return [(f"p{n:03}", "clerk", begun, retires - timedelta(days=1))]
    if lot.random() < 0.3:
        return [(f"p{n:03}", "clerk", begun, begun + timedelta(days=lot.randrange(100, 2500)))]
    later = begun + timedelta(days=lot.randrange(int(365.25 * YEARS_AS_CLERK), 365 * 9))
    if lot.random() < 0.5 and later < AS_OF:
        until = later - timedelta(days=1)
        return [(f"p{n:03}", "clerk", begun, until), (f"p{n:03}", "chief", later, None)]
    return [(f"p{n:03}", "clerk", begun, None)]


def first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def birth(lot: random.Random, n: int) -> date | None:
    """Unknown of one in 25; so early for one in eight that they retire in the years looked at."""
    if n % 25 == 0:
        return None
    return day(lot, 1957, 1964) if n % 8 == 0 else day(lot, 1968, 1990)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lot = random.Random(5)
    folder = tmp_path_factory.mktemp("watching")
    born = {f"p{n:03}": birth(lot, n) for n in range(N_PEOPLE)}
    held = [one for n, on in enumerate(born.values()) for one in terms(lot, n, on)]
    files = {
        "people": "id,born\n" + "\n".join(f"{one},{on or ''}" for one, on in born.items()),
        "posts": "id,name,unit,class\nclerk,Clerk,u1,low\nchief,Chief,u1,high",
        "terms": "id,person,post,kind,begun,ended\n"
        + "\n".join(
            f"t{n},{person},{post},D,{begun},{ended or ''}"
            for n, (person, post, begun, ended) in enumerate(held)
        ),
    }
    (folder / "home" / "packs").mkdir(parents=True)
    (folder / "home" / "packs" / "harbour.yaml").write_text(FIVE_YEARS + BY_APPOINTMENT)
    exports = folder / "exports"
    ingest(write_small(exports, mapping=MAPPING, **files), exports, folder / "home")
    return folder / "home"


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    return current_snapshot(home)


@pytest.fixture(scope="module")
def model() -> ReadinessModel:
    few, settings = labels(300, 7), ReadinessSettings(n_trees=20, n_bags=0)
    model = ReadinessModel.fit(few.X, few.y, groups=few.groups, day=few.day, settings=settings)
    return model.with_background(candidates(50, 3))


@pytest.fixture(scope="module", params=[BY_APPOINTMENT, BY_PROBABILITY], ids=["chosen", "rules"])
def watching(request, snapshot: Snapshot, model: ReadinessModel) -> Watching:
    record = snapshot.record()
    pack = parse_pack(FIVE_YEARS + request.param, "harbour.yaml")
    return Watching(
        record, snapshot.mapping, pack, model, FeatureQuery(record), AS_OF, QUICK, QUICK
    )


@pytest.fixture(scope="module")
def stored(watching: Watching, tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    horizons = watching.horizons(lambda _told: None)
    assert horizons.without == {}
    folder = tmp_path_factory.mktemp("stored") / "model"
    facts = artefact.Facts("small", "s" * 64, "m" * 64, AS_OF, AS_OF, "in the post still")
    artefact.save(watching.model, folder, facts, horizons)
    return artefact.load(folder)


@pytest.fixture(scope="module")
def rows(watching: Watching) -> pd.DataFrame:
    return watching.rows("high", ready_event(watching.pack, "high"), watching.pool())


@pytest.fixture(scope="module")
def desk(home: Path, snapshot: Snapshot, stored: Artefact, watching: Watching) -> Desk:
    (home / "packs" / "harbour.yaml").write_text(watching.pack.text)
    return Desk(snapshot, stored, home)


@pytest.fixture(scope="module")
def bench(desk: Desk) -> BenchOfPost:
    return desk.bench("chief", AS_OF)


def test_everybody_is_followed_from_the_same_day_of_each_year(rows: pd.DataFrame):
    assert set(rows["as_of"].dt.strftime("%m-%d")) == {"03-01"}
    assert rows["as_of"].max() == pd.Timestamp("2023-03-01")
    assert not rows.duplicated(["person_id", "as_of"]).any()
    assert (rows["ready_on"].isna() | (rows["ready_on"] >= rows["as_of"])).all()
    assert (rows["left_on"].isna() | (rows["left_on"] > rows["as_of"])).all()
    assert rows["left_on"].notna().any()


def test_who_is_ready_is_told_by_the_event_of_the_pack(
    snapshot: Snapshot, watching: Watching, rows: pd.DataFrame
):
    held = snapshot.record().table("appointment").to_pandas()
    begun = held[held["post_id"] == "clerk"].set_index("person_id")["start_on"]
    chiefs = held[held["post_id"] == "chief"].set_index("person_id")["start_on"]
    if watching.pack.ready[0].event == "appointment":
        expected = rows["person_id"].map(pd.to_datetime(chiefs))
        is_ahead = expected > rows["as_of"]
        assert (rows["ready_on"][is_ahead] == expected[is_ahead]).all()
        assert rows["ready_on"][expected.isna()].isna().all()
        assert "closed" not in rows
        return
    # The first 1 March from five years as a clerk on.
    first = pd.to_datetime(rows["person_id"].map(begun)) + pd.DateOffset(years=YEARS_AS_CLERK)
    told = rows["ready_on"].notna()
    assert (rows["ready_on"][told] >= first[told]).all()
    ahead = told & (rows["ready_on"] > rows["as_of"])
    assert (rows["ready_on"][ahead] < first[ahead] + pd.DateOffset(years=1)).all()
    years = (first[ahead] - rows["as_of"][ahead]).dt.days / 365.25
    assert np.abs(rows["closed"][ahead] - (np.ceil(years) - 1)).max() <= 1
    assert (rows["closed"][ahead] >= 1).any()


def test_whoever_is_not_seen_again_has_left(snapshot: Snapshot, rows: pd.DataFrame):
    held = snapshot.record().table("appointment").to_pandas()
    is_open = held["end_on"].isna().groupby(held["person_id"]).any()
    last = pd.to_datetime(held["end_on"]).groupby(held["person_id"]).max()
    ends = rows["person_id"].map(last.where(~is_open))
    gone = ends.notna() & (ends < pd.Timestamp(AS_OF))
    left = rows["left_on"]
    gone &= rows["years_to_end"].notna()
    assert left[gone].notna().all()
    assert (left[gone] > ends[gone]).all()
    assert (left[gone] <= ends[gone] + pd.DateOffset(years=1, days=1)).all()
    assert left[~gone & (rows["retires_on"] > pd.Timestamp(AS_OF))].isna().all()


def test_nobody_who_retires_or_may_have_retired_is_learnt_to_leave(rows: pd.DataFrame):
    record = follow_ups(rows, ["readiness"], AS_OF)
    left = set(record.person[record.outcome == LEFT])
    numbers = rows["person_id"].str[1:].astype(int)
    retired, unknown = numbers % 8 == 0, numbers % 25 == 0
    assert rows["person_id"][retired & ~unknown].nunique() > 20
    assert rows["person_id"][unknown].nunique() > 10
    assert not left & set(rows["person_id"][retired | unknown])
    assert len(left) > 30


def test_nothing_is_learnt_from_a_gate_that_reads_protected_attributes(
    watching: Watching, rows: pd.DataFrame
):
    gate = load_mapping(MINISTERS).gate
    assert gate
    gated = replace(watching, mapping=watching.mapping.model_copy(update={"gate": gate}))
    again = gated.rows("high", ready_event(watching.pack, "high"), watching.pool())
    pd.testing.assert_frame_equal(again, rows)


def test_who_became_ready_is_counted_once(rows: pd.DataFrame, stored: Artefact):
    assert stored.horizons is not None
    ahead = rows[rows["ready_on"] > rows["as_of"]]
    assert stored.horizons.by_class["high"].n_ready <= len(
        ahead.drop_duplicates(["person_id", "ready_on"])
    )


def test_the_same_record_and_seed_give_the_same_horizons(watching: Watching, stored: Artefact):
    assert stored.horizons is not None
    if watching.pack.ready[0].event == "appointment":
        again = watching.horizons(lambda _told: None)
        assert stored.horizons.to_text() == again.to_text()
    one = stored.horizons.by_class["high"]
    assert min(one.n_people, one.n_ready, one.n_left) >= 30
    assert {"cif_ece_1", "ready_share_2", "chance_mean_5"} <= set(one.measured)
    assert one.route == "open_selection"


def test_a_horizon_is_worth_something_for_later_days(stored: Artefact):
    assert stored.horizons is not None
    measured = stored.horizons.by_class["high"].measured
    for years in (1, 2, 5):
        assert measured[f"cif_ece_{years}"] < 0.12
    assert measured["ready_share_1"] < measured["ready_share_2"] < measured["ready_share_5"]


def test_a_bench_tells_chances_beside_the_first_day(bench: BenchOfPost):
    assert bench.no_horizon is None
    assert bench.horizon is not None
    told = [one for one in bench.people if one.chances is not None]
    assert len(told) > 20
    for one in told:
        assert one.chances is not None
        assert list(one.chances.bands) == list(BANDS)
        assert sum(one.chances.bands.values()) == pytest.approx(1, abs=1e-5)
        assert one.chances.gone <= one.chances.bands["beyond"] + 1e-6
    # Whose last day of service is not known has none, and is counted as such.
    unknown = [one for one in bench.people if one.last_day_of_service is None]
    assert unknown
    assert all(one.chances is None for one in unknown)
    assert bench.horizon.shares["unknown"] > 0
    assert sum(bench.horizon.shares.values()) == pytest.approx(1, abs=1e-5)
    assert str(bench.horizon.n_ready) in bench.horizon.statement.en


def test_nobody_is_foretold_before_a_first_day(watching: Watching, bench: BenchOfPost):
    if watching.pack.ready[0].event == "appointment":
        assert "likely to be appointed" in bench.ready_event.title.en
        return
    far = [one for one in bench.people if one.band == "3-5" and one.chances is not None]
    near = [one for one in bench.people if one.band == "1-2" and one.chances is not None]
    assert far
    assert all(one.chances is not None and one.chances.bands["1-2"] == 0 for one in far)
    # Whom nothing but time holds back becomes ready when it is over.
    assert np.mean([one.chances.bands["1-2"] for one in near if one.chances]) > 0.6
    assert np.mean([one.chances.bands["3-5"] for one in far if one.chances]) > 0.5


def test_why_there_are_no_chances_is_told(
    desk: Desk, stored: Artefact, monkeypatch: pytest.MonkeyPatch
):
    def told(stored: Artefact | None) -> str:
        monkeypatch.setattr(desk, "artefact", stored)
        answer = desk.bench("chief", AS_OF)
        assert answer.horizon is None
        assert all(one.chances is None for one in answer.people)
        assert answer.no_horizon is not None
        return answer.no_horizon.en

    assert stored.horizons is not None
    assert told(None) == NO_MODEL.en
    assert told(replace(stored, horizons=None)) == NOT_TRAINED.en
    nothing = replace(stored.horizons, by_class={}, without={"high": "few"})
    assert told(replace(stored, horizons=nothing)) == TOO_FEW.en
    never = replace(stored.horizons, by_class={})
    assert told(replace(stored, horizons=never)) == NOT_STRATEGIC.en
    one = stored.horizons.by_class["high"]
    for changed in (
        replace(one, event="board_decision"),
        replace(one, probability_at_least=0.9),
        replace(one, pack="harbour@2"),
    ):
        another = replace(stored, horizons=replace(stored.horizons, by_class={"high": changed}))
        assert told(another) == ANOTHER_EVENT.en.format(pack=changed.pack, route=changed.route)
    later = replace(stored.facts, label_cutoff_on=date(2024, 6, 1))
    assert told(replace(stored, facts=later)) == LOOKS_BACK.en.format(cutoff="2024-06-01")


def test_a_class_that_hardly_anybody_became_ready_for_has_no_horizon(watching: Watching):
    early = replace(watching, as_of=date(2011, 3, 1))
    found = early.horizons(lambda _told: None)
    assert found.by_class == {}
    assert "have become ready" in found.without["high"]


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """An agency whose talent board has lists, and posts of a class held one after another."""
    folder = tmp_path_factory.mktemp("boards")
    mapping = changed_mapping(
        "  appointment:\n",
        "  succession_group:\n    from: lists\n    columns:\n      person_id: id\n"
        "      scope: {constant: agency}\n      from_on: begun\n      until_on: ended\n"
        "  appointment:\n",
    ).replace(
        "  terms: {file: terms.csv}", "  terms: {file: terms.csv}\n  lists: {file: lists.csv}"
    )
    lists = "id,begun,ended\nbob,2006-01-01,2006-12-31\nbob,2008-01-01,\nann,2004-05-01,2004-12-31"
    exports = folder / "exports"
    path = write_small(exports, mapping=mapping, lists=lists)
    return ingest(path, exports, folder / "home").record()


def spells(record: Record, kind: ReadyEventKind, known_by: date) -> set[tuple[str, str, str]]:
    found = written_spells(record, kind, "high", known_by)
    return {
        (row["person_id"], str(row["from_on"])[:10], str(row["until_on"])[:10])
        for row in found.to_dict("records")
    }


def test_a_board_has_decided_from_the_day_of_its_list_as_long_as_it_is_known(boards: Record):
    assert spells(boards, "board_decision", date(2009, 1, 1)) == {
        ("ann", "2004-05-01", "2004-12-31"),
        ("bob", "2006-01-01", "2006-12-31"),
        ("bob", "2008-01-01", "NaT"),
    }
    # A list that is not written yet, and an end that nobody knows yet.
    assert spells(boards, "board_decision", date(2006, 6, 1)) == {
        ("ann", "2004-05-01", "2004-12-31"),
        ("bob", "2006-01-01", "NaT"),
    }


def test_whoever_is_appointed_is_so_for_as_long_as_the_post_is_held(boards: Record):
    assert spells(boards, "appointment", date(2009, 1, 1)) == {("ann", "2005-01-01", "NaT")}
    assert spells(boards, "appointment", date(2004, 6, 1)) == set()
    with pytest.raises(ValueError, match="written down"):
        written_spells(boards, "probability_and_requirements", "high", AS_OF)


def test_the_first_day_of_being_ready_is_that_of_the_next_spell(boards: Record):
    asked = pd.DataFrame(
        {
            "person_id": ["bob", "bob", "bob", "ann", "cid"],
            "as_of": pd.to_datetime(
                ["2005-01-01", "2006-06-01", "2007-01-01", "2005-01-01", "2005-01-01"]
            ),
        }
    )
    held = written_spells(boards, "board_decision", "high", date(2009, 1, 1))
    found = first_ready(asked, held).dt.strftime("%Y-%m-%d").fillna("").tolist()
    assert found == ["2006-01-01", "2006-06-01", "2008-01-01", "", ""]
