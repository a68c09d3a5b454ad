"""The difference of two records: none with itself, mirrored with its sides, and complete."""

from collections import Counter
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.intake_report.changes import TableChange, difference
from features.tables.core import Appointment, Person
from features.tables.dossier import Assignment, Feedback
from features.tables.record import Record, record_from_arrow
from features.tables.schema import Table

TABLES = (Person, Appointment, Assignment, Feedback)
days = st.dates(date(2020, 1, 1), date(2020, 1, 4))
maybe = st.none() | days
names = st.sampled_from("ab")

appointments = st.fixed_dictionaries(
    {
        "appointment_id": st.sampled_from("123"),
        "sequence": st.integers(1, 3),
        "person_id": names,
        "post_id": names,
        "kind": st.sampled_from(("definitive", "acting")),
        "start_on": days,
        "start_recorded_on": days,
        "end_on": maybe,
    }
)
# Its key has a column that may be empty.
assignments = st.fixed_dictionaries(
    {
        "person_id": names,
        "title": st.none() | names,
        "role": st.just("lead"),
        "scope": st.just("internal"),
        "started_on": days,
        "started_recorded_on": days,
        "ended_on": maybe,
    }
)
# Its key has the place of the row in its source.
feedback = st.fixed_dictionaries(
    {
        "person_id": names,
        "subject": st.just("service"),
        "rater": st.just("peer"),
        "sequence": st.integers(1, 4),
        "score": st.sampled_from((1.0, 2.0)),
        "given_on": st.just(date(2020, 1, 1)),
        "recorded_on": st.just(date(2020, 1, 1)),
    }
)
people = st.fixed_dictionaries({"person_id": names})

Rows = dict[str, list[dict]]


def of_key(table: type[Table], rows: st.SearchStrategy[dict]) -> st.SearchStrategy[list[dict]]:
    """Rows of a table, each key once."""
    return st.lists(rows, max_size=4, unique_by=lambda row: tuple(row[k] for k in table.key))


drawn: st.SearchStrategy[Rows] = st.fixed_dictionaries(
    {
        "person": of_key(Person, people),
        "appointment": of_key(Appointment, appointments),
        "assignment": of_key(Assignment, assignments),
        "feedback": of_key(Feedback, feedback),
    }
)


def record(rows: Rows) -> Record:
    frames = {}
    for table in TABLES:
        schema = table.ibis_schema().to_pyarrow()
        told = [{name: row.get(name) for name in schema.names} for row in rows[table.name]]
        frames[table.name] = pa.Table.from_pylist(told, schema=schema)
    return record_from_arrow(frames, TABLES)


def expected(table: type[Table], before: list[dict], after: list[dict]) -> TableChange | None:
    """The difference of one table, row by row."""
    told = [name for name in table.columns if name != "sequence"]
    if "sequence" in table.key:
        left, right = (
            Counter(tuple(row.get(name) for name in told) for row in rows)
            for rows in (before, after)
        )
        added, removed = (right - left).total(), (left - right).total()
        return TableChange(table.name, added, removed, 0, {}) if added or removed else None
    left, right = ({tuple(r[k] for k in table.key): r for r in rows} for rows in (before, after))
    columns = Counter(
        name
        for key in left.keys() & right.keys()
        for name in told
        if left[key].get(name) != right[key].get(name)
    )
    changed = sum(
        any(left[key].get(name) != right[key].get(name) for name in told)
        for key in left.keys() & right.keys()
    )
    added, removed = len(right.keys() - left.keys()), len(left.keys() - right.keys())
    if not (added or removed or changed):
        return None
    return TableChange(table.name, added, removed, changed, dict(columns))


@settings(max_examples=25, deadline=None)
@given(before=drawn, after=drawn)
def test_the_difference_is_what_a_slow_look_finds_and_is_mirrored(before: Rows, after: Rows):
    left, right = record(before), record(after)
    found = difference(left, right)
    by_name = {one.table: one for one in found}
    for table in TABLES:
        assert by_name.get(table.name) == expected(table, before[table.name], after[table.name])
    assert difference(right, left) == [
        TableChange(one.table, one.removed, one.added, one.changed, one.columns) for one in found
    ]


@settings(max_examples=15, deadline=None)
@given(rows=drawn, data=st.data())
def test_nothing_differs_from_itself_in_any_order_of_rows(rows: Rows, data: st.DataObject):
    shuffled: Rows = {}
    for name, told in rows.items():
        places = data.draw(st.permutations(range(1, len(told) + 1)))
        dealt = [
            {**row, "sequence": place} if "sequence" in row else row
            for row, place in zip(told, places, strict=True)
        ]
        shuffled[name] = list(data.draw(st.permutations(dealt)))
    same = record(rows)
    assert difference(same, same) == []
    assert difference(same, record(shuffled)) == []
