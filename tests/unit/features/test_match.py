"""A person's career against one post, every expected number workable by hand."""

from functools import cache

import pandas as pd
import pytest

from features.asof import AsOf
from features.match import match
from tests.lib.careers import asked, drawn_record

POSTS = """
    post  | unit  | class | fields
    clerk | ports | staff | cargo
    head  | ports | head  | cargo rail
    head2 | roads | head  | bridges
    boss  | ports | chief | cargo rail
    blank | ports | chief | -
"""
CAREER = """
    person | post  | start_on   | end_on
    ann    | clerk | 2010-01-01 | 2012-01-01
    ann    | head2 | 2012-01-01 | 2016-01-01
    ann    | clerk | 2016-01-01 | -
"""


def value(name: str, post: str, as_of: str, appointments: str = CAREER, **drawn: str) -> float:
    """One feature of person `ann` for a post."""
    return features_of_ann(post, as_of, appointments, **drawn)[name]


@cache
def features_of_ann(post: str, as_of: str, appointments: str, **drawn: str) -> pd.Series:
    record = drawn_record(posts=POSTS, appointments=appointments, **drawn)
    rows = asked(f"person | post | as_of\nann | {post} | {as_of}")
    return match(AsOf(record, rows), rows).to_pandas().iloc[0]


def test_same_organisation_is_about_now():
    assert value("is_same_organisation", "boss", "2011-01-01") == 1
    assert value("is_same_organisation", "boss", "2013-01-01") == 0
    assert value("is_same_organisation", "boss", "2017-01-01") == 1


def test_years_in_organisation_add_up_over_returns():
    # Two years from 2010 and one from 2016.
    assert value("years_in_organisation", "boss", "2017-01-01") == pytest.approx(3.0, abs=0.01)


def test_years_in_organisation_follow_its_line_from_the_day_of_the_link():
    link = {"links": "from | to | kind | on\nroads | ports | merger | 2017-06-01"}
    assert value("years_in_organisation", "boss", "2017-01-01", **link) == pytest.approx(
        3.0, abs=0.01
    )
    assert value("years_in_organisation", "boss", "2018-01-01", **link) == pytest.approx(
        8.0, abs=0.01
    )


def test_share_and_years_of_fields():
    # Of cargo and rail, ann has worked in cargo, as a clerk.
    assert value("share_fields_held", "boss", "2011-01-01") == 0.5
    assert value("years_in_fields", "boss", "2011-01-01") == pytest.approx(1.0, abs=0.01)


def test_fields_are_missing_for_a_post_without_fields_and_zero_for_strange_ones():
    assert pd.isna(value("share_fields_held", "blank", "2011-01-01"))
    assert pd.isna(value("years_in_fields", "blank", "2011-01-01"))
    assert value("share_fields_held", "head2", "2011-01-01") == 0


def test_rise_is_from_the_highest_step_ever_held():
    assert value("step_rise", "boss", "2017-01-01") == 1
    assert value("step_rise", "boss", "2011-01-01") == 2


def test_years_at_or_above_the_step_of_the_post():
    assert value("years_at_or_above_step", "head", "2017-01-01") == pytest.approx(4.0, abs=0.01)
    assert value("years_at_or_above_step", "boss", "2017-01-01") == 0


def test_former_incumbent_is_about_that_very_post():
    assert value("has_held_post", "head2", "2017-01-01") == 1
    assert value("has_held_post", "head", "2017-01-01") == 0


def test_incumbents_of_the_seat_and_how_long_they_lasted():
    career = """
        person | post | start_on   | end_on
        bob    | boss | 2000-01-01 | 2001-01-01
        cid    | boss | 2001-01-01 | 2004-01-01
        dan    | boss | 2004-01-01 | -
        ann    | head | 2000-01-01 | -
    """
    assert value("n_incumbents", "boss", "2006-01-01", career) == 3
    # One year and three years; dan's is not finished.
    tenure = value("post_mean_tenure_years", "boss", "2006-01-01", career)
    assert tenure == pytest.approx(2.0, abs=0.01)
    assert pd.isna(value("post_mean_tenure_years", "boss", "2000-06-01", career))


def test_step_of_the_post():
    assert value("post_step", "boss", "2011-01-01") == 3
