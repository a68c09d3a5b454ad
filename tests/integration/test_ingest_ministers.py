"""The real record: every minister's appointment is read, and what is broken says why."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from features.intake import ingest
from features.storage import Snapshot, current_snapshot
from tests.lib.ministers import MAPPING

pytestmark = pytest.mark.xdist_group("ministers")


@pytest.fixture(scope="module")
def ministers(ministers_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return ingest(MAPPING, ministers_exports, tmp_path_factory.mktemp("home"))


def ask(snapshot: Snapshot, question: str) -> list[tuple]:
    """Answer a question; `{table}` stands for the file of a table."""
    files = {path.stem: f"'{path}'" for path in snapshot.folder.glob("*.parquet")}
    return duckdb.execute(question.format(**files)).fetchall()


def test_rows_read_accepted_and_rejected(ministers: Snapshot):
    counts = {
        name: (count["read"], count["accepted"], count["rejected"], count["withheld"])
        for name, count in ministers.manifest["tables"].items()
    }
    assert counts == {
        "person": (1149, 1149, 0, 0),
        "post_class": (7, 7, 0, 0),
        "unit": (69, 69, 0, 0),
        "unit_link": (60, 60, 0, 0),
        "post": (926, 926, 0, 0),
        "post_field": (1559, 1559, 0, 0),
        "appointment": (3667, 3667, 0, 2),
        "membership": (4497, 4497, 0, 0),
        "protected_attribute": (1149 + 4684, 1149 + 4684, 0, 0),
    }


def test_two_ends_before_their_start_are_withheld_and_their_appointments_stay(ministers: Snapshot):
    assert ministers.manifest["rejections"] == [
        {
            "table": "appointment",
            "column": "end_on",
            "source": "appointment",
            "reason": "is before start_on; withheld, the row stays",
            "rows": 2,
        }
    ]


def test_no_line_of_a_file_is_lost(ministers: Snapshot, ministers_exports: Path):
    for source in ministers.manifest["sources"].values():
        if source["file"] is not None:
            with (ministers_exports / source["file"]).open("rb") as file:
                assert source["read"] == sum(1 for _line in file) - 1
            assert source["malformed"] == 0


def test_acting_appointments_are_those_that_began_so(ministers: Snapshot):
    kinds = ask(ministers, "SELECT kind, count(*) FROM {appointment} GROUP BY kind ORDER BY kind")
    assert kinds == [("acting", 11), ("definitive", 3656)]


def test_dates_and_recorded_dates(ministers: Snapshot):
    (row,) = ask(
        ministers,
        "SELECT min(start_on), max(start_on), count(end_on), "
        "count(*) FILTER (start_on IS DISTINCT FROM start_recorded_on "
        "OR end_on IS DISTINCT FROM end_recorded_on) FROM {appointment}",
    )
    assert row == (date(1979, 5, 4), date(2026, 6, 12), 3518, 0)


def test_every_unit_in_an_appointment_is_reached_by_its_post(ministers: Snapshot):
    (row,) = ask(
        ministers,
        "SELECT count(*), count(DISTINCT unit_id) FROM {appointment} JOIN {post} USING (post_id) "
        "JOIN {unit} USING (unit_id)",
    )
    assert row == (3667, 69)


def test_kinds_of_reorganisation(ministers: Snapshot):
    kinds = ask(ministers, "SELECT kind, count(*) FROM {unit_link} GROUP BY kind ORDER BY kind")
    assert kinds == [("demerger", 17), ("merger", 12), ("rename", 15), ("transfer", 16)]


def test_protected_attributes_are_in_their_own_table_only(ministers: Snapshot):
    attributes = ask(
        ministers,
        "SELECT attribute, count(*), count(DISTINCT person_id) FROM {protected_attribute} "
        "GROUP BY attribute ORDER BY attribute",
    )
    assert attributes == [("political_background", 4684, 1146), ("sex", 1149, 1149)]
    for path in ministers.folder.glob("*.parquet"):
        if path.stem != "protected_attribute":
            names = {row[0] for row in duckdb.execute(f"DESCRIBE FROM '{path}'").fetchall()}
            assert not names & {"gender", "party", "attribute"}


def test_the_snapshot_opens_as_a_record(ministers: Snapshot):
    found = current_snapshot(ministers.folder.parents[1])
    assert found.digest == ministers.digest
    assert found.record().table("appointment").count().to_pyarrow().as_py() == 3667
