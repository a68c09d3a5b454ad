"""Leave is in no frame unless it was asked for by name."""

from datetime import date

import pandas as pd
import pytest

from features.assemble import CATALOGUE_WITH_LEAVE, ROOMS_WITH_LEAVE, FeatureQuery
from features.catalogue import CATALOGUE, LEAVE
from tests.lib.careers import drawn_record, pairs

POSTS = "post | unit | class\np1 | ports | staff"
ASKED = pairs("person | post | as_of\nann | p1 | 2012-01-01\nbob | p1 | 2012-01-01")


def standing(status: str, from_on: str, until_on: str | None, known: str | None = None) -> dict:
    return {
        "person_id": "ann",
        "status": status,
        "from_on": date.fromisoformat(from_on),
        "from_recorded_on": date.fromisoformat(known or from_on),
        "until_on": until_on and date.fromisoformat(until_on),
        "until_recorded_on": until_on and date.fromisoformat(until_on),
    }


def leave_of(*standings: dict) -> pd.DataFrame:
    papers = {"legal_status": list(standings)} if standings else {}
    record = drawn_record(posts=POSTS, people="ann bob", papers=papers)
    query = FeatureQuery(record, catalogue=CATALOGUE_WITH_LEAVE, rooms=ROOMS_WITH_LEAVE)
    return query.frame(ASKED)[[feature.name for feature in LEAVE]]


def test_no_frame_has_leave_by_default():
    names = {feature.name for feature in LEAVE}
    assert not names & set(CATALOGUE.names)
    assert names <= set(CATALOGUE_WITH_LEAVE.names)
    frame = FeatureQuery(drawn_record(posts=POSTS, people="ann bob")).frame(ASKED)
    assert not names & set(frame.columns)


def test_leave_is_counted_and_its_years_are_added_up_as_far_as_they_are_known():
    frame = leave_of(
        standing("active", "2000-01-01", None),
        standing("cltn", "2005-01-01", "2006-01-01"),
        standing("Maternity_Leave", "2011-01-01", None),
        standing("cltn", "2011-06-01", None, known="2012-06-01"),
    )
    assert frame["n_leaves"].tolist() == [2, 0]
    assert frame["years_on_leave"].tolist() == pytest.approx([2 * 365 / 365.25, 0])


def test_leave_is_missing_where_no_standing_is_kept():
    assert leave_of().isna().all(axis=None)


def test_a_record_that_tells_of_no_leave_at_all_does_not_tell_that_there_was_none():
    known_later = standing("cltn", "2011-06-01", None, known="2012-06-01")
    frame = leave_of(standing("active", "2000-01-01", None), known_later)
    assert frame.isna().all(axis=None)
