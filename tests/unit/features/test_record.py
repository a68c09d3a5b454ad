"""The record opens its tables by name, and the protected one by its own door only."""

from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import ProtectedAttributeError, SnapshotError
from features.tables.core import CORE_TABLES, Appointment, Person
from features.tables.dossier import Training
from features.tables.protected_attributes import (
    ProtectedAttribute,
    attribute_versions,
    attributes,
    held_on,
)
from features.tables.record import record_from_arrow, record_from_parquet
from tests.lib.careers import drawn_record
from tests.lib.papers import drawn_papers

CLASSES = (Person, Appointment, ProtectedAttribute)
PEOPLE = pa.table({"person_id": ["ann", "bob"]})
YEAR = [date(year, 1, 1) for year in range(2000, 2010)]


def traits(*rows: tuple) -> pa.Table:
    columns = list(ProtectedAttribute.columns)
    schema = ProtectedAttribute.ibis_schema().to_pyarrow()
    return pa.table({c: [row[i] for row in rows] for i, c in enumerate(columns)}, schema=schema)


TRAITS = traits(
    ("ann", "political_background", "left", YEAR[0], YEAR[0], YEAR[4], YEAR[5]),
    ("ann", "political_background", "right", YEAR[5], YEAR[6], None, None),
    ("ann", "sex", "female", None, None, None, None),
)


def days(*on: date) -> ibis.Table:
    return ibis.memtable(pa.table({"on": pa.array(on, pa.date32())}))


def record(**frames: pa.Table):
    return record_from_arrow({"person": PEOPLE, **frames}, CLASSES)


def test_a_table_is_opened_by_name():
    assert record().table("person").count().to_pyarrow().as_py() == 2


def test_a_table_without_rows_has_its_columns():
    appointments = record().table("appointment")
    assert list(appointments.columns) == list(Appointment.columns)
    assert appointments.count().to_pyarrow().as_py() == 0


def test_the_protected_table_stays_shut():
    with pytest.raises(ProtectedAttributeError, match="table protected_attribute"):
        record().table("protected_attribute")


def test_a_frame_without_a_column_is_refused():
    with pytest.raises(SnapshotError, match="columns are missing: person_id"):
        record_from_arrow({"person": pa.table({"id": ["ann"]})}, CLASSES)


def test_names_and_classes():
    assert record().names == ("person", "appointment", "protected_attribute")
    assert record().class_of("person") is Person


def test_a_table_can_be_replaced_without_touching_the_record():
    before = record()
    after = before.replaced("person", before.table("person").limit(1))
    assert after.table("person").count().to_pyarrow().as_py() == 1
    assert before.table("person").count().to_pyarrow().as_py() == 2


def test_blanked_forgets_what_was_recorded_later():
    blanked = record(protected_attribute=TRAITS).blanked(ibis.literal(YEAR[4]))
    rows = attributes(blanked).order_by("attribute").to_pyarrow().to_pylist()
    # The end of the first party was recorded in the year after; sex was always known.
    assert [(r["value"], r["until_on"]) for r in rows] == [("left", None), ("female", None)]


@pytest.mark.parametrize(
    ("on", "values"),
    [
        (date(1999, 1, 1), []),
        (YEAR[0], ["left"]),
        (YEAR[4], ["left"]),
        (date(2004, 6, 1), ["left"]),  # it ended, and nobody knew that yet
        (YEAR[5], []),
        (YEAR[6], ["right"]),
    ],
)
def test_held_on_is_what_the_record_knew(on, values):
    got = held_on(record(protected_attribute=TRAITS), "political_background", days(on))
    assert got.to_pyarrow()["value"].to_pylist() == values


def test_held_on_of_a_timeless_attribute_is_always_known():
    got = held_on(record(protected_attribute=TRAITS), "sex", days(date(1950, 1, 1)))
    assert got.to_pyarrow().to_pylist() == [
        {"on": date(1950, 1, 1), "person_id": "ann", "value": "female"}
    ]


def test_held_on_tells_several_days_apart():
    got = held_on(
        record(protected_attribute=TRAITS), "political_background", days(YEAR[0], YEAR[6])
    )
    assert got.order_by("on").to_pyarrow()["value"].to_pylist() == ["left", "right"]


def test_parquet_files_are_a_record(tmp_path: Path):
    for table in (*CORE_TABLES, ProtectedAttribute):
        empty = table.ibis_schema().to_pyarrow().empty_table()
        pq.write_table(PEOPLE if table is Person else empty, tmp_path / f"{table.name}.parquet")
    stored = record_from_parquet(tmp_path, (*CORE_TABLES, ProtectedAttribute))
    assert stored.table("person").count().to_pyarrow().as_py() == 2


def test_what_nobody_mapped_is_read_as_empty(tmp_path: Path):
    terms = Appointment.ibis_schema().to_pyarrow().empty_table().drop_columns(["end_reason"])
    pq.write_table(terms, tmp_path / "appointment.parquet")
    stored = record_from_parquet(tmp_path, (Appointment, Training))
    for table in (Appointment, Training):
        got = stored.table(table.name)
        assert got.schema() == table.ibis_schema()
        assert got.count().to_pyarrow().as_py() == 0


def test_a_record_in_memory_fills_up_a_column_that_nobody_mapped():
    terms = pa.table({"appointment_id": ["t1"]})
    for field in Appointment.ibis_schema().to_pyarrow():
        if field.name not in ("appointment_id", "end_reason"):
            terms = terms.append_column(field, pa.nulls(1, field.type))
    got = record_from_arrow({"appointment": terms}, (Appointment,)).table("appointment")
    assert got.select("appointment_id", "end_reason").to_pyarrow().to_pylist() == [
        {"appointment_id": "t1", "end_reason": None}
    ]


def test_a_missing_parquet_file_is_refused(tmp_path: Path):
    with pytest.raises(SnapshotError, match="person.parquet"):
        record_from_parquet(tmp_path, CLASSES)


def corrected_traits() -> pa.Table:
    """A birth date, and the other one that a correction put in its place in 2005."""
    rows = traits(
        ("ann", "birth_date", "1970-01-01", None, None, None, None),
        ("ann", "birth_date", "1971-01-01", None, YEAR[5], None, None),
    )
    rows = rows.append_column("superseded_on", pa.array([YEAR[5], None], pa.date32()))
    return rows.append_column("correction", pa.array([None, 3], pa.int64()))


def test_a_table_is_as_it_is_now_and_its_versions_are_kept():
    kept = record(protected_attribute=corrected_traits())
    assert attributes(kept).to_pyarrow()["value"].to_pylist() == ["1971-01-01"]
    assert attributes(kept).columns == tuple(ProtectedAttribute.columns)
    assert len(attribute_versions(kept).to_pyarrow()) == 2
    untouched = record()
    assert untouched.versions("person") is untouched.table("person")
    got = held_on(kept, "birth_date", days(YEAR[4], YEAR[5]))
    assert got.order_by("on").to_pyarrow()["value"].to_pylist() == ["1970-01-01", "1971-01-01"]


def test_blanked_knows_no_correction_of_later_and_keeps_those_of_earlier():
    kept = record(protected_attribute=corrected_traits())
    before, after = (kept.blanked(ibis.literal(on)).apart() for on in (YEAR[4], YEAR[6]))
    assert attributes(before).to_pyarrow()["value"].to_pylist() == ["1970-01-01"]
    assert attributes(after).to_pyarrow()["value"].to_pylist() == ["1971-01-01"]
    got = held_on(after, "birth_date", days(YEAR[4]))
    assert got.to_pyarrow()["value"].to_pylist() == ["1970-01-01"]


def test_the_versions_of_a_protected_table_stay_shut():
    with pytest.raises(ProtectedAttributeError, match="table protected_attribute"):
        record().versions("protected_attribute")


def test_versions_come_back_from_parquet(tmp_path: Path):
    pq.write_table(PEOPLE, tmp_path / "person.parquet")
    nobody = Appointment.ibis_schema().to_pyarrow().empty_table()
    pq.write_table(nobody, tmp_path / "appointment.parquet")
    pq.write_table(corrected_traits(), tmp_path / "protected_attribute.parquet")
    stored = record_from_parquet(tmp_path, CLASSES)
    assert attributes(stored).to_pyarrow()["value"].to_pylist() == ["1971-01-01"]
    assert attribute_versions(stored).to_pyarrow()["correction"].to_pylist() == [None, 3]


def test_a_table_is_on_the_connection_what_the_record_says_that_it_is():
    # It is laid down past Ibis, which is not asked what it became.
    papers = drawn_papers(3, ("ann",), ("head",), ("ports",))
    kept = drawn_record(
        posts="post | unit | class\nhead | ports | head",
        appointments="person | post | start_on | end_on\nann | head | 2001-01-01 | -",
        papers=papers,
    )
    for name in kept.names:
        there = kept.backend.table(name)
        assert there.schema() == kept.class_of(name).ibis_schema()
        assert there.op() == kept._tables[name].op()
    assert kept.table("appointment").count().to_pyarrow().as_py() == 1
    assert kept.table("membership").count().to_pyarrow().as_py() == 0
