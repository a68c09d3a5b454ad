"""Sex and band of age on the day of a decision."""

from datetime import date

import pandas as pd
import pytest

from features.tables.record import Record
from tests.lib.careers import drawn_record
from training.audits.groups import BANDS, groups

PROTECTED = """
    person | attribute  | value      | from_on    | until_on
    ann    | sex        | female     | -          | -
    ann    | birth_date | 1985-06-15 | -          | -
    bob    | sex        | male       | -          | -
    bob    | birth_date | 15-06-1965 | -          | -
    two    | sex        | male       | -          | -
    two    | sex        | female     | -          | -
    two    | birth_date | 1985-06-15 | -          | -
    two    | birth_date | 1986-06-15 | -          | -
    new    | sex        | male       | -          | 2019-12-31
    new    | sex        | female     | 2020-01-01 | -
    odd    | birth_date | unknown    | -          | -
"""


def record() -> Record:
    return drawn_record(
        posts="post | unit | class\nhead | ports | head", protected=PROTECTED, people="nobody"
    )


def of(person: str, on: str) -> tuple[object, object]:
    rows = pd.DataFrame({"person_id": [person], "on": [pd.Timestamp(on)]}, index=[9])
    found = groups(record(), rows)
    assert list(found.index) == [9]
    sex, band = (None if pd.isna(value) else value for value in found.iloc[0])
    return sex, band


@pytest.mark.parametrize(
    ("on", "band"),
    [
        ("2020-06-14", "under 35"),
        ("2020-06-15", "35-44"),
        ("2030-06-14", "35-44"),
        ("2030-06-15", "45-54"),
        ("2040-06-15", "55 and over"),
    ],
)
def test_a_band_begins_on_the_birthday(on: str, band: str):
    assert of("ann", on) == ("female", band)


def test_a_day_may_be_written_first():
    assert of("bob", "2020-01-01") == ("male", "45-54")


def test_what_is_not_on_record_is_no_group():
    assert of("nobody", "2020-01-01") == (None, None)
    assert of("stranger", "2020-01-01") == (None, None)
    assert of("odd", "2020-01-01") == (None, None)


def test_two_values_are_none():
    assert of("two", "2020-01-01") == (None, None)


def test_what_held_on_the_day_counts():
    assert of("new", "2019-12-31") == ("male", None)
    assert of("new", "2020-01-01") == ("female", None)


def test_rows_keep_their_order_and_their_number():
    people = ["bob", "ann", "nobody", "ann", "bob"]
    rows = pd.DataFrame({"person_id": people, "on": pd.Timestamp(date(2021, 1, 1))})
    assert groups(record(), rows)["sex"].fillna("").tolist() == [
        "male", "female", "", "female", "male",
    ]  # fmt: skip
    assert set(groups(record(), rows)["age_band"].dropna()) <= set(BANDS)
    assert groups(record(), rows.iloc[:0]).empty
