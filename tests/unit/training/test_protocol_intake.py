"""What became of planted errors: by their rows, and for reasons of their kinds only."""

import json

import pandas as pd
import pytest

from features.agencies.sources import Source
from simulation.dirt import PLANS
from training.protocol.intake import ACCEPTED, REASONS, STRUCTURAL, Judgement, judged

SOURCES = {
    "rows": Source(file="rows.csv"),
    "sheet": Source(file="book.xlsx", sheet="One"),
    "asked": Source(sql="SELECT * FROM sheet"),
}
CODE, DATE = "is not in the map", "not a date in the format %d-%m-%Y"
KEY, NIP = "repeats the key (person_id)", "is not a possible NIP"


def judge(planted: list[tuple], rejected: list[tuple]) -> Judgement:
    """Planted: kind, row, and file and sheet if not rows.csv; rejected: source, row, reason."""
    errors = [(k, *(rest or ("rows.csv", "")), n, f"id{n}") for k, n, *rest in planted]
    rows = [(s, n, why, json.dumps({"id": f"id{n}"})) for s, n, why in rejected]
    return judged(
        pd.DataFrame(errors, columns=["kind", "file", "sheet", "row", "record"]),
        pd.DataFrame(rows, columns=["source", "row", "reason", "raw"]),
        SOURCES,
    )


def test_every_planted_kind_is_judged():
    assert {plan.kind for plan in PLANS} == {*REASONS, *ACCEPTED}
    assert set(STRUCTURAL) <= set(REASONS)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("duplicate", KEY),
        ("impossible_nip", NIP),
        ("unknown_code", CODE),
        ("unknown_code", "is none of: D, PLT"),
        ("impossible_date", DATE),
        ("impossible_date", "not between 1900-01-01 and 2100-12-31"),
        ("swapped_dates", "is before start_on"),
        ("swapped_dates", "is before start_on; withheld, the row stays"),
    ],
)
def test_a_reason_of_its_kind_finds_an_error(kind, reason):
    assert judge([(kind, 3)], [("rows", 3, reason)]) == Judgement([True], [False], 0, 0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("duplicate", DATE),
        ("impossible_nip", KEY),
        ("unknown_code", "is not in person.person_id"),
        ("impossible_date", "is before start_on"),
        ("impossible_date", "is not between 0 and 100"),
        ("swapped_dates", "is empty; a value is required"),
    ],
)
def test_another_reason_does_not_find_it_and_is_no_false_alarm(kind, reason):
    assert judge([(kind, 3)], [("rows", 3, reason)]) == Judgement([False], [True], 0, 0)


def test_one_reason_of_its_kind_among_others_is_enough():
    rejected = [("rows", 3, CODE), ("rows", 3, KEY), ("rows", 3, DATE)]
    assert judge([("duplicate", 3)], rejected) == Judgement([True], [False], 0, 0)


def test_what_is_not_rejected_is_not_found():
    assert judge([("duplicate", 3)], []) == Judgement([False], [False], 0, 0)


@pytest.mark.parametrize("kind", ACCEPTED)
def test_to_reject_what_is_accepted_is_a_false_alarm(kind):
    assert judge([(kind, 3)], [("rows", 3, KEY)]) == Judgement([False], [False], 1, 0)


def test_a_row_that_nobody_planted_is_one_false_alarm_however_often_it_is_rejected():
    rejected = [("rows", 4, KEY), ("rows", 4, DATE), ("rows", 5, CODE)]
    assert judge([("duplicate", 3)], rejected).false_alarms == 2


def test_a_row_that_refers_to_a_rejected_one_follows_and_an_unknown_code_does_not():
    rejected = [
        ("rows", 4, "is not in person.person_id"),
        ("rows", 5, CODE),
        ("rows", 6, "is not in person.person_id"),
        ("rows", 6, DATE),
    ]
    assert judge([], rejected) == Judgement([], [], 2, 1)


def test_a_row_of_another_file_or_sheet_is_another_row():
    planted = [("duplicate", 3, "book.xlsx", "One"), ("duplicate", 3, "book.xlsx", "Two")]
    assert judge(planted, [("sheet", 3, KEY)]) == Judgement([True, False], [False, False], 0, 0)
    assert judge(planted, [("rows", 3, KEY)]).false_alarms == 1


def test_of_a_question_the_id_stands_for_the_row():
    planted = [("duplicate", 3, "book.xlsx", "One")]
    assert judge(planted, [("asked", 3, KEY)]) == Judgement([True], [False], 0, 0)
    assert judge(planted, [("asked", 8, KEY)]) == Judgement([False], [False], 1, 0)
