"""Canonical tables: what a table may declare, what was known by a day, what a bad row is told."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from features.agencies.consistency import SNAPSHOT_TABLES, event_column
from features.tables.core import Appointment
from features.tables.schema import OVERLAY, Column, Fact, Table, checked, known_by


class Berth(Table):
    """A place for a ship."""

    name = "berth"
    key = ("berth_id",)

    berth_id = Column("text", "Identifier.", required=True)


class Stay(Table):
    """A ship at a berth: an arrival and a departure, learnt apart."""

    name = "stay"
    key = ("ship", "arrived_on")
    facts = (Fact("arrived_recorded_on"), Fact("left_recorded_on", ("left_on",)))

    ship = Column("text", "The ship.", required=True)
    berth_id = Column("text", "Where.", required=True, references="berth.berth_id")
    size = Column("text", "How large.", one_of=("small", "large"))
    arrived_on = Column("date", "First day.", required=True)
    arrived_recorded_on = Column("date", "When that was known.")
    left_on = Column("date", "Last day.", not_before="arrived_on")
    left_recorded_on = Column("date", "When that was known.")


def stays(*rows: tuple) -> ibis.Table:
    names = [*Stay.columns, "row"]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    schema = ibis.schema({**dict(Stay.ibis_schema().items()), "row": "int64"}).to_pyarrow()
    return ibis.memtable(pa.table(columns, schema=schema))


JAN, FEB, MAR, APR = (date(2020, month, 1) for month in (1, 2, 3, 4))
KNOWN = {"berth": ibis.memtable(pa.table({"berth_id": ["east"]}))}


def breaches(*rows: tuple) -> list[tuple]:
    found = checked(Stay, stays(*rows), KNOWN).order_by("row").to_pyarrow().to_pylist()
    return [(row["breach_column"], row["breach"]) for row in found]


def test_columns_are_those_of_the_class_in_order():
    assert list(Berth.columns) == ["berth_id"]
    assert dict(Stay.ibis_schema().items())["left_on"] == ibis.dtype("date")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ("nobody",)},
        {"facts": (Fact("someday"),)},
        {"facts": (Fact("known_on", ("gone",)),)},
        {"until": Column("date", "End.", not_before="start")},
    ],
)
def test_a_table_that_names_a_column_it_does_not_have_is_refused(wrong):
    body = {
        "name": "t",
        "key": ("k",),
        "k": Column("text", "Key."),
        "known_on": Column("date", "-"),
    }
    with pytest.raises(TypeError, match="columns that it does not have"):
        type("Wrong", (Table,), {**body, **wrong})


def test_every_dated_column_of_the_canonical_tables_belongs_to_a_fact():
    # A date that no fact accounts for would be visible before the record knew it.
    for table in SNAPSHOT_TABLES:
        dates = {name for name, column in table.columns.items() if column.type == "date"}
        recorded = {fact.recorded for fact in table.facts}
        late = {column for fact in table.late_facts() for column in fact.columns}
        of_the_row = {name for name in dates - recorded - late if table.recorded_of_row()}
        assert dates == recorded | (late & dates) | of_the_row


def test_known_by_drops_rows_recorded_later():
    rows = stays(
        ("a", "east", None, JAN, JAN, None, None, 1), ("b", "east", None, JAN, MAR, None, None, 2)
    )
    known = known_by(Stay, rows, ibis.literal(FEB)).to_pyarrow().to_pylist()
    assert [row["ship"] for row in known] == ["a"]


def test_known_by_blanks_what_was_filled_in_later():
    rows = stays(("a", "east", None, JAN, JAN, FEB, MAR, 1))
    (early,) = known_by(Stay, rows, ibis.literal(FEB)).to_pyarrow().to_pylist()
    assert (early["arrived_on"], early["left_on"], early["left_recorded_on"]) == (JAN, None, None)
    (later,) = known_by(Stay, rows, ibis.literal(MAR)).to_pyarrow().to_pylist()
    assert (later["left_on"], later["left_recorded_on"]) == (FEB, MAR)


def test_known_by_takes_a_row_without_recorded_date_as_always_known():
    rows = stays(("a", "east", None, JAN, None, FEB, None, 1))
    (row,) = known_by(Stay, rows, ibis.literal(JAN)).to_pyarrow().to_pylist()
    assert (row["ship"], row["left_on"]) == ("a", None)


def test_known_by_takes_a_date_of_each_row():
    rows = stays(
        ("a", "east", None, JAN, FEB, None, None, 1), ("b", "east", None, JAN, FEB, None, None, 2)
    )
    rows = rows.mutate(as_of=ibis.ifelse(rows.ship == "a", ibis.literal(JAN), ibis.literal(MAR)))
    assert known_by(Stay, rows, rows.as_of).to_pyarrow()["ship"].to_pylist() == ["b"]


def test_known_by_leaves_a_timeless_table_alone():
    rows = ibis.memtable(pa.table({"berth_id": ["east"]}))
    assert known_by(Berth, rows, ibis.literal(JAN)).to_pyarrow().num_rows == 1


def test_checked_passes_a_good_row():
    assert breaches(("a", "east", "small", JAN, JAN, JAN, JAN, 1)) == [(None, None)]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ((None, "east", None, JAN, JAN, None, None, 1), "ship", "is empty; a value is required"),
        (("a", "west", None, JAN, JAN, None, None, 1), "berth_id", "is not in berth.berth_id"),
        (("a", "east", "huge", JAN, JAN, None, None, 1), "size", "is none of: small, large"),
        (("a", "east", None, FEB, JAN, JAN, None, 1), "left_on", "is before arrived_on"),
    ],
)
def test_checked_names_column_and_reason(row, column, reason):
    assert breaches(row) == [(column, reason)]


class Tide(Table):
    """How high the water stood."""

    name = "tide"
    key = ("height",)

    height = Column("number", "In metres.", between=(0, 9.5))


@pytest.mark.parametrize(
    ("height", "reason"),
    [
        (-0.1, "is not between 0 and 9.5"),
        (0.0, None),
        (9.5, None),
        (9.6, "is not between 0 and 9.5"),
        (None, None),
    ],
)
def test_checked_holds_a_number_to_its_bounds(height, reason):
    rows = pa.table({"height": pa.array([height], pa.float64()), "row": [1]})
    (row,) = checked(Tide, ibis.memtable(rows), {}).to_pyarrow().to_pylist()
    assert row["breach"] == reason


def test_a_table_stands_behind_those_that_it_refers_to():
    seen: set[str] = set()
    for table in SNAPSHOT_TABLES:
        referred = {c.references.split(".")[0] for c in table.columns.values() if c.references}
        assert referred <= seen, table.name
        seen.add(table.name)


def test_every_recorded_date_stands_behind_its_event():
    # Where a recorded date is left out, it falls back on the date before it.
    for table in SNAPSHOT_TABLES:
        for fact in table.facts:
            event = event_column(table, fact.recorded)
            assert table.columns[event].type == "date", (table.name, fact.recorded)
            assert event in fact.columns or not fact.columns, (table.name, fact.recorded)


def test_checked_gives_the_first_reason_only():
    assert breaches((None, "west", "huge", FEB, JAN, JAN, None, 1)) == [
        ("ship", "is empty; a value is required")
    ]


def test_checked_rejects_the_later_row_of_a_key():
    first = ("a", "east", "large", JAN, JAN, None, None, 7)
    second = ("a", "east", "small", JAN, JAN, None, None, 3)
    other = ("a", "east", "small", FEB, JAN, None, None, 4)
    assert breaches(first, second, other) == [
        (None, None),
        (None, None),
        ("ship", "repeats the key (ship, arrived_on)"),
    ]


def test_checked_lets_a_bad_row_take_no_key():
    bad = ("a", "west", None, JAN, JAN, None, None, 1)
    good = ("a", "east", None, JAN, JAN, None, None, 2)
    assert breaches(bad, good) == [("berth_id", "is not in berth.berth_id"), (None, None)]


def test_appointments_are_two_facts():
    assert Appointment.recorded_of_row() == "start_recorded_on"
    assert [fact.columns for fact in Appointment.late_facts()] == [("end_on", "end_reason")]


def versions(*rows: tuple) -> ibis.Table:
    """Stays with the columns of corrections: ship, size, arrival recorded, and those two."""
    names = [*Stay.columns, *OVERLAY]
    cells = [
        dict(zip(("ship", "size", "arrived_recorded_on", *OVERLAY), row, strict=True))
        for row in rows
    ]
    schema = ibis.schema({**dict(Stay.ibis_schema().items()), **OVERLAY}).to_pyarrow()
    return ibis.memtable(
        pa.table({name: [row.get(name) for row in cells] for name in names}, schema=schema)
    )


def test_of_the_versions_of_a_row_the_one_is_seen_that_was_in_force():
    rows = versions(("ark", "small", JAN, MAR, None), ("ark", "large", MAR, None, 7))
    for on, size in ((JAN, "small"), (FEB, "small"), (MAR, "large"), (APR, "large")):
        found = known_by(Stay, rows, ibis.literal(on))
        assert found.columns == tuple(Stay.columns)
        assert found.to_pyarrow()["size"].to_pylist() == [size]


def test_a_row_that_was_withdrawn_is_seen_until_then():
    rows = versions(("ark", "small", JAN, MAR, None))
    counts = [known_by(Stay, rows, ibis.literal(on)).count().to_pyarrow().as_py() for on in
              (date(2019, 12, 31), JAN, FEB, MAR)]  # fmt: skip
    assert counts == [0, 1, 1, 0]


def test_versions_are_told_apart_by_the_date_of_each_row():
    rows = versions(("ark", "small", JAN, MAR, None), ("ark", "large", MAR, None, 7))
    asked = ibis.memtable(pa.table({"on": pa.array([FEB, APR], pa.date32())})).cross_join(rows)
    found = known_by(Stay, asked, asked.on).order_by("on").to_pyarrow()
    assert found["size"].to_pylist() == ["small", "large"]
