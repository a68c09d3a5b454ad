"""What a ministry sends becomes its snapshot: every planted error is found, and nothing else is."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from features.agencies.consistency import MAPPED_TABLES
from features.storage import Snapshot
from features.tables.dossier import PREDICATES
from simulation.identity import names, nips, person_ids, record_ids
from simulation.tables import NEVER
from simulation.vocabulary import CLASSES
from tests.lib.simulated import SEED, SMALL, figures_of, ingested, issued_ids, small_tables
from training.figures import all_hold
from training.protocol.intake import REASONS, STRUCTURAL

PROTECTED = "protected_attribute"


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    return ingested(tmp_path_factory.mktemp("dirty"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return ingested(tmp_path_factory.mktemp("clean"), SMALL.changed(dirt=0.0))


def _table(snapshot: Snapshot, name: str) -> pd.DataFrame:
    return pd.read_parquet(snapshot.folder / f"{name}.parquet")


def test_every_structural_error_is_found_and_nothing_else(dirty):
    snapshot, truth = dirty
    figures = figures_of(snapshot, truth)
    values = {f.name: f.value for f in figures}
    assert {kind: values[f"intake.{kind}.recall"] for kind in STRUCTURAL} == dict.fromkeys(
        STRUCTURAL, 1.0
    )
    assert values["intake.swapped_dates.recall"] == 1.0
    assert values["intake.false_alarms"] == 0
    assert all_hold(figures)


def test_what_is_accepted_can_still_be_seen(dirty):
    snapshot, truth = dirty
    values = {f.name: f.value for f in figures_of(snapshot, truth)}
    assert values["intake.disagreeing_box.shown"] == 1.0
    assert values["intake.late_record.shown"] == 1.0
    assert values["intake.near_duplicate.shown"] == 1.0


def test_what_is_accepted_has_no_recall(dirty):
    snapshot, truth = dirty
    values = {f.name: f.value for f in figures_of(snapshot, truth)}
    said = {name.split(".")[1] for name in values if name.endswith((".recall", ".other_reason"))}
    assert said == set(REASONS)
    assert not [name for name in values if name.endswith(".other_reason") and values[name]]


def test_of_clean_exports_nothing_is_rejected(clean):
    snapshot, truth = clean
    assert _table(snapshot, "quarantine").empty
    figures = figures_of(snapshot, truth)
    assert {f.name: f.value for f in figures} == {
        "intake.false_alarms": 0,
        "intake.followed": 0,
    }


def test_every_table_but_two_is_filled(clean):
    # Units are not linked and nobody sits in a body: SIASN tells neither.
    empty = {
        name
        for name in MAPPED_TABLES
        if not (clean[0].folder / f"{name}.parquet").exists() or _table(clean[0], name).empty
    }
    assert empty == {"unit_link", "membership"}


def test_dirt_5_is_not_refused(tmp_path):
    snapshot, truth = ingested(tmp_path, SMALL.changed(dirt=5.0))
    assert all_hold(figures_of(snapshot, truth))


def test_ends_worked_out_are_the_ends_that_happened(clean):
    held = small_tables()["appointment"]
    of_exports = person_ids(SEED, len(small_tables()["person"])).to_pylist()
    ids = np.array(issued_ids(clean[1], of_exports))
    posts = record_ids(SEED, "post", np.arange(len(small_tables()["post"])))
    expected = pd.DataFrame(
        {
            "person_id": ids[held["person"]],
            "post_id": posts.to_numpy(zero_copy_only=False)[held["post"]],
            "start_on": _days(held["start"]),
            "end_on": _days(held["end"]),
        }
    )
    stored = _table(clean[0], "appointment")[list(expected)]
    stored = stored.astype({"start_on": "datetime64[s]", "end_on": "datetime64[s]"})
    key = ["person_id", "start_on", "post_id"]
    pd.testing.assert_frame_equal(
        stored.sort_values(key, ignore_index=True),
        expected.sort_values(key, ignore_index=True),
        check_dtype=False,
        check_column_type=False,
    )


def _days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column.where(column != NEVER), unit="D").astype("datetime64[s]")


def test_reasons_worked_out_are_those_that_count_for_the_label(clean):
    held = small_tables()["appointment"]
    held = held[held["kind"] == "definitive"]
    stored = _table(clean[0], "appointment")
    stored = stored[stored["kind"] == "definitive"]
    for reason in ("retired", "died", "resigned", "removed", "reorganised"):
        assert (stored["end_reason"] == reason).sum() == (held["reason"] == reason).sum(), reason


def test_no_end_tells_who_was_chosen(clean):
    """On the day of the choice the end that makes room for it is not on record."""
    stored = _table(clean[0], "appointment")
    days = clean[0].mapping.vacancies.decided_days_before
    stored = stored[stored["kind"] == "definitive"].sort_values(["person_id", "start_on"])
    following = stored.groupby("person_id")["start_on"].shift(-1)
    moved = following.notna() & stored["end_on"].notna()
    seen_on = pd.to_datetime(stored.loc[moved, "end_recorded_on"])
    chosen_on = pd.to_datetime(following[moved]) - pd.Timedelta(days=days)
    assert (seen_on > chosen_on).all()


def test_choices_lie_within_the_days_that_the_mapping_allows(clean):
    stored = _table(clean[0], "vacancy")
    lag = pd.to_datetime(stored["filled_on"]) - pd.to_datetime(stored["decided_on"])
    assert lag.dt.days.max() < clean[0].mapping.vacancies.decided_days_before


def test_posts_have_the_class_that_they_have(clean):
    posts = small_tables()["post"]
    expected = posts["post_class"].map(dict(enumerate(CLASSES))).value_counts()
    assert _table(clean[0], "post")["post_class"].value_counts().to_dict() == expected.to_dict()


def test_ratings_of_both_schemes_come_back(clean):
    rated = small_tables()["appraisal"]
    stored = _table(clean[0], "appraisal")
    ratings = {1: "below", 2: "meets", 3: "above"}
    predicates = dict(enumerate(PREDICATES, start=1))
    for name, words in (("results", ratings), ("behaviour", ratings), ("predicate", predicates)):
        expected = pd.crosstab(rated["year"], rated[name].map(words)).to_dict()
        assert pd.crosstab(stored["year"], stored[name]).to_dict() == expected, name


def test_no_name_no_nip_and_no_id_of_the_exports_reaches_a_table(dirty):
    person = small_tables()["person"]
    columns = (person[c].to_numpy(np.int64) for c in ("born", "entered", "woman"))
    secret = {*names(SEED, len(person)).to_pylist(), *nips(*columns).to_pylist()}
    secret |= set(person_ids(SEED, len(person)).to_pylist())
    for path in dirty[0].folder.glob("*.parquet"):
        if path.stem == "quarantine":
            continue
        cells = pd.read_parquet(path).select_dtypes(["object", "str"])
        for column in cells:
            found = set(cells[column].dropna().astype("str"))
            assert found.isdisjoint(secret), (path.stem, column)
    held = duckdb.sql(
        f"SELECT DISTINCT attribute FROM '{dirty[0].folder / (PROTECTED + '.parquet')}'"
    )
    attributes = {row[0] for row in held.fetchall()}
    assert attributes == {
        "sex", "birth_date", "religion", "marital_status", "origin", "disability",
    }  # fmt: skip
