"""What is on record of people in service, as drawn: what is not kept is not counted."""

from datetime import date

import pytest

from features.errors import DateError
from features.intake_report.completeness import (
    DOCUMENTS,
    completeness,
    completeness_of_people,
)
from features.intake_report.present import Present, newest_fact
from features.intake_report.staleness import staleness
from features.packs.pack import parse_pack
from features.tables.record import Record
from tests.lib.small_pack import PACK
from tests.lib.spec import drawn_record

ON = date(2026, 6, 30)
SMALL = parse_pack(PACK, "small.yaml")
POSTS = """
    post | class | unit
    s1   | staff | north
    s2   | staff | south
    h1   | head  | north
"""
CAREERS = """
    person | post | start_on   | end_on     | kind
    ann    | s1   | 2010-01-01 | 2019-12-31 | definitive
    ann    | h1   | 2020-01-01 | -          | definitive
    ann    | s2   | 2026-01-01 | -          | acting
    bob    | s2   | 2025-03-01 | -          | definitive
    cid    | s1   | 2010-01-01 | 2026-06-29 | definitive
    dan    | s1   | 2010-01-01 | 2026-06-30 | definitive
    eve    | s1   | 2026-07-01 | -          | definitive
"""


def drawn(**tables: str) -> Record:
    people = "person | on \n" + "\n".join(f"{p} | {ON}" for p in ("ann", "bob", "cid", "dan"))
    return drawn_record(SMALL, people, posts=POSTS, appointment=CAREERS, **tables)


def of_people(on: date = ON, **tables: str) -> dict[str, dict]:
    rows = completeness_of_people(Present(drawn(**tables), on)).to_pyarrow().to_pylist()
    return {row["person_id"]: row for row in rows}


def test_people_in_service_hold_a_post_on_the_day_and_have_the_unit_of_their_own():
    found = of_people()
    assert {p: row["unit_id"] for p, row in found.items()} == {
        "ann": "north",  # the definitive post, though the acting one is newer
        "bob": "south",
        "dan": "north",  # the last day is a day in post
    }


def test_what_the_agency_does_not_keep_is_not_counted():
    row = of_people()["ann"]
    assert {row[document.name] for document in DOCUMENTS} == {None}
    assert (row["due"], row["on_record"], row["share"]) == (0, 0, None)
    told = completeness(*_both())
    assert told["share"] is None
    assert {one["kept"] for one in told["documents"]} == {False}
    assert {one["on_record"] for one in told["documents"]} == {None}
    assert told["distribution"][-1] == {"at_least": None, "people": 3}


def _both(**tables: str):
    present = Present(drawn(**tables), ON)
    return completeness_of_people(present), present


def test_a_table_that_is_kept_and_empty_is_a_zero():
    rows = of_people(rank_history="person | rank | from_on")
    assert [row["rank"] for row in rows.values()] == [False, False, False]
    assert rows["ann"]["share"] == 0.0


def test_each_document_counts_for_its_years_only():
    rows = of_people(
        rank_history="person | rank | from_on \n ann | III/a | 2010-01-01",
        assessment="""
            person | competency | level | assessed_on
            ann    | integrity  | 3     | 2023-07-01
            bob    | integrity  | 3     | 2023-06-30
        """,
        training="""
            person | started_on | finished_on
            ann    | 2023-01-01 | 2023-07-01
            bob    | 2023-06-30 | -
            dan    | 2026-07-01 | -
        """,
    )
    named = ("rank", "assessment", "training")
    assert [[rows[p][name] for name in named] for p in ("ann", "bob", "dan")] == [
        [True, True, True],
        [False, False, False],
        [False, False, False],
    ]
    # Weights 1, 2 and 1.
    assert (rows["ann"]["on_record"], rows["ann"]["due"]) == (4, 4)
    assert [rows[p]["has_old_assessment"] for p in ("ann", "bob", "dan")] == [False, True, False]


def test_an_appraisal_is_due_of_who_was_there_when_its_year_began():
    table = """
        person | year | predicate | appraised_on
        ann    | 2025 | good      | 2026-02-01
        ann    | 2023 | good      | 2024-02-01
        bob    | 2024 | good      | 2025-02-01
    """
    rows = of_people(appraisal=table)
    named = ("appraisal_newest_year", "appraisal_year_before")
    assert [rows["ann"][name] for name in named] == [True, False]
    assert [rows["bob"][name] for name in named] == [None, None]  # entered in March 2025
    assert rows["bob"]["share"] is None
    assert rows["ann"]["share"] == pytest.approx(2 / 3, abs=1e-4)
    on_time = of_people(date(2026, 3, 31), appraisal=table)["ann"]
    assert [on_time[name] for name in named] == [True, False]
    early = of_people(date(2026, 3, 30), appraisal=table)["ann"]
    assert [early[name] for name in named] == [False, True]  # of 2025, nothing is due yet


def test_nothing_counts_that_was_not_recorded_by_the_day():
    late = "person | rank | from_on | recorded_on \n ann | III/a | 2010-01-01 | 2026-07-01"
    assert of_people(rank_history=late)["ann"]["rank"] is False


def test_the_requirement_is_that_of_the_post_held():
    rows = of_people(post_requirement="post | competency | level \n h1 | integrity | 3")
    assert [rows[p]["post_requirement"] for p in ("ann", "bob", "dan")] == [True, False, False]


def test_a_legal_status_counts_while_it_lasts():
    table = """
        person | status | from_on    | until_on
        ann    | active | 2010-01-01 | -
        bob    | active | 2010-01-01 | 2026-06-29
        dan    | active | 2010-01-01 | 2026-06-30
    """
    rows = of_people(legal_status=table)
    assert [rows[p]["legal_status"] for p in ("ann", "bob", "dan")] == [True, False, True]


def test_units_and_the_whole_are_sums_of_people():
    told = completeness(*_both(rank_history="person | rank | from_on \n ann | III/a | 2010-01-01"))
    assert told["share"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["units"] == [
        {
            "unit_id": "north",
            "people": 2,
            "share": 0.5,
            "documents": {"rank": {"due": 2, "on_record": 1}},
        },
        {
            "unit_id": "south",
            "people": 1,
            "share": 0.0,
            "documents": {"rank": {"due": 1, "on_record": 0}},
        },
    ]
    assert [one["people"] for one in told["distribution"]] == [2, *[0] * 9, 1, 0]


def test_the_age_of_a_table_is_that_of_its_newest_fact():
    people, present = _both(
        rank_history="""
            person | rank  | from_on
            ann    | III/a | 2026-06-20
            bob    | I/a   | 2026-06-01
        """,
        award="person | kind | awarded_on",
    )
    told = staleness(people, present)
    tables = {one["table"]: (one["kept"], one["days"]) for one in told["tables"]}
    assert tables["rank_history"] == (True, 10)
    assert tables["appointment"] == (True, 0)  # the end of dan's, on the day
    assert tables["award"] == (True, None)
    assert tables["education"] == (False, None)
    days = {one["unit_id"]: one["days"]["rank_history"] for one in told["units"]}
    assert days == {"north": 10, "south": 29}
    assert told["old_assessments"] is None


def test_old_assessments_are_counted_by_unit():
    people, present = _both(
        assessment="person | competency | level | assessed_on \n bob | integrity | 3 | 2020-01-01"
    )
    assert staleness(people, present)["old_assessments"] == {
        "people": 1,
        "units": [{"unit_id": "south", "people": 1}],
    }


def test_the_day_is_that_of_the_newest_fact_that_began_something():
    record = drawn(
        discipline="""
            person | level | sanctioned_on | until_on
            ann    | light | 2026-08-01    | 2031-01-01
        """
    )
    assert newest_fact(record) == date(2026, 8, 1)


def test_a_record_without_a_day_asks_for_one():
    nothing = drawn_record(SMALL, f"person | on \n ann | {ON}", posts=POSTS)
    with pytest.raises(DateError, match="nothing in the record has a date.*--as-of"):
        newest_fact(nothing)
