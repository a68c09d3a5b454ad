"""A correction changes features from its day on, of everybody that it concerns, and none before."""

from datetime import date
from functools import cache

import ibis
import pandas as pd
import pytest

from features.assemble import FeatureQuery
from features.tables.record import Record
from tests.lib.careers import drawn_record
from tests.lib.papers import drawn_papers

PEOPLE, UNITS, POSTS = ("ann", "bob", "cid"), ("ports", "roads"), ("p1", "p2")
DRAWN_POSTS = "post | unit | class | fields\np1 | ports | staff | cargo\np2 | roads | head | law"
CAREERS = """
person | post | start_on | end_on
ann | p1 | 2001-01-01 | -
bob | p1 | 2002-01-01 | -
cid | p2 | 2003-01-01 | -
"""
MADE_ON, BEFORE, AFTER = date(2008, 1, 1), date(2007, 12, 31), date(2008, 1, 1)


def record_of(seed: int = 3) -> Record:
    papers = drawn_papers(seed, PEOPLE, POSTS, UNITS)
    return drawn_record(
        posts=DRAWN_POSTS, appointments=CAREERS, people=" ".join(PEOPLE), papers=papers
    )


def corrected(record: Record, name: str, column: str, value: str | float) -> Record:
    """The record with ann's rows of a table corrected on the day, in two versions each."""
    rows = record.versions(name)
    is_hers = (rows.person_id == "ann") & (rows.recorded_on < MADE_ON)
    ended = rows.mutate(
        superseded_on=ibis.ifelse(is_hers, ibis.literal(MADE_ON), ibis.null("date")),
        correction=ibis.null("int64"),
    )
    anew = rows.filter(is_hers).mutate(
        **{column: ibis.literal(value).cast(rows[column].type())},
        recorded_on=ibis.literal(MADE_ON),
        superseded_on=ibis.null("date"),
        correction=ibis.literal(1, "int64"),
    )
    return record.replaced(name, ended.union(anew))


def frame(record: Record, on: date) -> pd.DataFrame:
    asked = pd.DataFrame([(p, q, on) for p in PEOPLE for q in POSTS])
    # On tables of its own, so that records of the same columns share one question.
    return FeatureQuery(record.apart()).frame(
        asked.set_axis(["person_id", "post_id", "as_of"], axis=1)
    )


@cache
def uncorrected(on: date) -> pd.DataFrame:
    return frame(record_of(), on)


def test_a_correction_changes_no_feature_of_an_earlier_day():
    record, as_it_was = record_of(), uncorrected(BEFORE)
    for name, column, value in (
        ("appraisal", "predicate", "very_good"),
        ("assessment", "level", 5.0),
        ("potential", "score", 5.0),
        ("feedback", "score", 5.0),
    ):
        pd.testing.assert_frame_equal(
            frame(corrected(record, name, column, value), BEFORE), as_it_was
        )


def test_from_its_day_on_a_corrected_row_counts_once_and_as_corrected():
    record, as_it_was = record_of(), uncorrected(AFTER)
    mended = frame(corrected(record, "appraisal", "predicate", "very_good"), AFTER)
    assert (mended["n_years_rated"] == as_it_was["n_years_rated"]).all()
    assert mended["share_very_good"].iloc[0] == 1.0 > as_it_was["share_very_good"].iloc[0]


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("appraisal", "predicate", "very_good"),
        ("assessment", "level", 5.0),
        ("potential", "score", 5.0),
        ("feedback", "score", 5.0),
    ],
)
def test_from_its_day_on_a_corrected_record_is_one_that_never_was_wrong(name, column, value):
    record = record_of()
    mended = corrected(record, name, column, value)
    rows = mended.versions(name)
    right = record.replaced(
        name, rows.filter(rows.superseded_on.isnull()).drop("superseded_on", "correction")
    )
    after = frame(mended, AFTER)
    pd.testing.assert_frame_equal(after, frame(right, AFTER))
    # Everybody is measured against everybody, and so against her as well.
    assert not after.iloc[2:].equals(uncorrected(AFTER).iloc[2:])
