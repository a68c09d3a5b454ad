"""What the record knew on a date: each fact shows from the day on which it was recorded."""

from datetime import date

import ibis
import pandas as pd
import pytest

from features.asof import AsOf
from features.tables.record import Record
from tests.lib.careers import asked, drawn_record

POSTS = """
    post | unit  | class
    head | ports | head
    boss | roads | chief
"""
#: Begun in 2010, known in 2011; ended in 2012, known in 2014.
LATE = """
    person | post | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | head | 2010-01-01 | 2011-01-01        | 2012-01-01 | 2014-01-01
"""


def view(record: Record, *days: str, people: str = "ann") -> AsOf:
    """The view of some people on some days."""
    lines = [f"{person} | head | {day}" for person in people.split() for day in days]
    return AsOf(record, asked("\n".join(["person | post | as_of", *lines])))


def only(rows: ibis.Table) -> dict:
    """The one row of a table, its dates as text."""
    (row,) = rows.to_pyarrow().to_pylist()
    return {name: str(v) if isinstance(v, date) else v for name, v in row.items()}


def held(day: str, appointments: str = LATE) -> ibis.Table:
    """What is held by `ann` as of a day."""
    return view(drawn_record(posts=POSTS, appointments=appointments), day).held_of_people


def n(rows: ibis.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def test_a_start_shows_from_the_day_on_which_it_was_recorded():
    assert n(held("2010-12-31")) == 0
    assert n(held("2011-01-01")) == 1


def test_an_end_shows_from_the_day_on_which_it_was_recorded():
    before, after = only(held("2013-12-31")), only(held("2014-01-01"))
    assert (before["is_open"], before["until_on"]) == (True, "2013-12-31")
    assert (after["is_open"], after["until_on"]) == (False, "2012-01-01")


def test_an_end_that_is_not_known_leaves_no_trace_of_its_date():
    before = only(held("2013-12-31"))
    assert before["end_on"] is None
    assert before["end_recorded_on"] is None


def test_an_end_without_a_recorded_day_is_never_known():
    # The drawing fills a recorded day in; here it is taken away again.
    drawn = drawn_record(posts=POSTS, appointments=LATE)
    rows = drawn.table("appointment").mutate(end_recorded_on=ibis.null("date"))
    late = view(drawn.replaced("appointment", rows), "2030-01-01").held_of_people
    assert only(late)["is_open"]


def test_an_end_recorded_ahead_is_no_end_yet():
    ahead = """
        person | post | start_on   | end_on     | end_recorded_on
        ann    | head | 2010-01-01 | 2015-01-01 | 2012-01-01
    """
    row = only(held("2013-01-01", ahead))
    assert (row["is_open"], row["until_on"]) == (True, "2013-01-01")
    assert not only(held("2015-01-01", ahead))["is_open"]


def test_an_end_recorded_before_its_start_shows_nothing():
    swapped = """
        person | post | start_on   | start_recorded_on | end_on     | end_recorded_on
        ann    | head | 2010-01-01 | 2014-01-01        | 2012-01-01 | 2012-01-01
    """
    assert n(held("2013-01-01", swapped)) == 0
    assert only(held("2014-01-01", swapped))["until_on"] == "2012-01-01"


def test_a_start_recorded_ahead_is_not_held_before_it_begins():
    ahead = """
        person | post | start_on   | start_recorded_on | end_on
        ann    | head | 2012-01-01 | 2010-01-01        | -
    """
    assert n(held("2011-12-31", ahead)) == 0
    assert n(held("2012-01-01", ahead)) == 1


SAT = """
    person | body  | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | house | 2010-01-01 | 2011-01-01        | 2012-01-01 | 2014-01-01
    ann    | lords | 2020-01-01 | 2010-01-01        | -          | -
"""


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        ("2010-12-31", []),
        ("2011-01-01", [("house", True, "2011-01-01")]),
        ("2013-12-31", [("house", True, "2013-12-31")]),
        ("2014-01-01", [("house", False, "2012-01-01")]),
    ],
)
def test_a_membership_is_two_facts_as_well(day: str, seen: list):
    rows = view(drawn_record(posts=POSTS, memberships=SAT), day).memberships_of_people
    frame = rows.to_pandas()
    until = pd.to_datetime(frame["until_on"]).dt.strftime("%Y-%m-%d")
    assert list(zip(frame["body"], frame["is_open"], until, strict=True)) == seen


def test_a_link_joins_units_from_the_day_on_which_it_was_recorded():
    links = "from | to | kind | on | recorded_on\nports | roads | rename | 2010-01-01 | 2013-01-01"
    rows = view(drawn_record(posts=POSTS, links=links), "2012-12-31", "2013-01-01")
    frame = rows.posts.to_pandas().pivot(index="as_of", columns="post_id", values="lineage_id")
    assert frame["boss"].tolist() == ["roads", "ports"]
    assert frame["head"].tolist() == ["ports", "ports"]


TWO = """
    person | post | start_on   | end_on
    ann    | head | 2010-01-01 | -
    bob    | boss | 2011-01-01 | -
"""


def keys(rows: ibis.Table) -> list[tuple[str, str]]:
    frame = rows.to_pandas()
    days = pd.to_datetime(frame["as_of"]).dt.strftime("%Y-%m-%d")
    return sorted(zip(days, frame["person_id"], strict=True))


def test_everybody_is_there_on_every_date_and_people_on_their_own():
    record = drawn_record(posts=POSTS, appointments=TWO)
    spine = "person | post | as_of\nann | head | 2012-01-01\nbob | head | 2013-01-01"
    rows = AsOf(record, asked(spine))
    assert keys(rows.held_of_people) == [("2012-01-01", "ann"), ("2013-01-01", "bob")]
    assert keys(rows.held_of_everybody) == [
        ("2012-01-01", "ann"),
        ("2012-01-01", "bob"),
        ("2013-01-01", "ann"),
        ("2013-01-01", "bob"),
    ]


def test_everybody_is_seen_as_of_each_date_of_the_spine():
    rows = view(drawn_record(posts=POSTS, appointments=TWO), "2010-06-01", "2012-01-01")
    assert keys(rows.held_of_everybody) == [
        ("2010-06-01", "ann"),
        ("2012-01-01", "ann"),
        ("2012-01-01", "bob"),
    ]


def test_a_spine_row_that_comes_again_counts_once():
    record = drawn_record(posts=POSTS, appointments=TWO)
    twice = view(record, "2012-01-01", "2012-01-01", people="ann ann")
    assert keys(twice.held_of_people) == [("2012-01-01", "ann")]
    assert len(keys(twice.held_of_everybody)) == 2


def test_the_view_of_one_person_needs_nobody_else():
    rows = view(drawn_record(posts=POSTS, appointments=TWO), "2012-01-01", people="bob")
    row = only(rows.held_of_people)
    assert (row["post_id"], row["step"], row["lineage_id"]) == ("boss", 3, "roads")
