"""Careers of one or two people, every expected number workable by hand."""

from functools import cache

import pandas as pd
import pytest

from features.asof import AsOf
from features.trajectory import trajectory
from tests.lib.careers import asked, drawn_record

POSTS = """
    post   | unit  | class | fields
    clerk  | ports | staff | cargo
    clerk2 | ports | staff | cargo rail
    head   | ports | head  | cargo
    head2  | roads | head  | bridges
    chief  | roads | chief | bridges
"""


def value(name: str, appointments: str, as_of: str, **drawn: str) -> float:
    """One feature of person `ann`."""
    return features_of_ann(appointments, as_of, **drawn)[name]


@cache
def features_of_ann(appointments: str, as_of: str, **drawn: str) -> pd.Series:
    record = drawn_record(posts=POSTS, appointments=appointments, **drawn)
    spine = asked(f"person | post | as_of\nann | chief | {as_of}")
    return trajectory(AsOf(record, spine)).to_pandas().iloc[0]


CAREER = """
    person | post   | start_on   | end_on
    ann    | clerk  | 2010-01-01 | 2012-01-01
    ann    | head   | 2012-01-10 | 2016-01-01
    ann    | head2  | 2016-01-01 | -
"""


def test_years_in_class_runs_across_posts_of_one_class():
    # Head from 2012-01-10, in two posts: to 2018-01-10 that is six years.
    assert value("years_in_class", CAREER, "2018-01-10") == pytest.approx(6.0, abs=0.01)


def test_years_in_post_starts_with_the_present_post():
    assert value("years_in_post", CAREER, "2018-01-01") == pytest.approx(2.0, abs=0.01)


def test_years_in_class_starts_again_after_a_break():
    career = """
        person | post  | start_on   | end_on
        ann    | head  | 2010-01-01 | 2012-01-01
        ann    | head2 | 2013-01-01 | -
    """
    assert value("years_in_class", career, "2014-01-01") == pytest.approx(1.0, abs=0.01)


def test_years_in_class_bridges_the_days_of_a_handover():
    career = """
        person | post  | start_on   | end_on
        ann    | head  | 2010-01-01 | 2012-01-01
        ann    | head2 | 2012-01-31 | -
    """
    assert value("years_in_class", career, "2014-01-01") == pytest.approx(4.0, abs=0.01)


def test_an_end_that_is_not_yet_recorded_leaves_the_person_in_post():
    late = """
        person | post | start_on   | end_on     | end_recorded_on
        ann    | head | 2010-01-01 | 2012-01-01 | 2014-01-01
    """
    assert value("is_in_post", late, "2013-01-01") == 1
    assert value("is_in_post", late, "2014-01-01") == 0


def test_a_start_that_is_not_yet_recorded_is_not_there():
    late = """
        person | post | start_on   | end_on | start_recorded_on
        ann    | head | 2010-01-01 | -      | 2012-01-01
    """
    assert value("n_appointments", late, "2011-12-31") == 0
    assert value("n_appointments", late, "2012-01-01") == 1


def test_a_start_announced_but_not_begun_is_not_held():
    early = """
        person | post | start_on   | end_on | start_recorded_on
        ann    | head | 2012-01-01 | -      | 2010-01-01
    """
    assert value("n_appointments", early, "2011-06-01") == 0


def test_service_counts_concurrent_posts_once():
    both = """
        person | post  | start_on   | end_on
        ann    | head  | 2010-01-01 | 2012-01-01
        ann    | head2 | 2011-01-01 | 2013-01-01
    """
    assert value("years_in_service", both, "2020-01-01") == pytest.approx(3.0, abs=0.01)


def test_moves_promotions_and_laterals():
    # Two moves: clerk to head (up), head to head (level).
    assert value("n_moves", CAREER, "2018-01-01") == 2
    assert value("n_promotions", CAREER, "2018-01-01") == 1
    assert value("lateral_share", CAREER, "2018-01-01") == 0.5


def test_posts_begun_on_one_day_are_one_state_the_most_senior():
    same_day = """
        person | post  | start_on   | end_on
        ann    | clerk | 2010-01-01 | -
        ann    | head  | 2010-01-01 | -
    """
    assert value("n_moves", same_day, "2012-01-01") == 0
    assert value("highest_step", same_day, "2012-01-01") == 2


def test_steps_per_year_is_missing_in_the_first_year():
    assert pd.isna(value("steps_per_year", CAREER, "2010-06-01"))
    # One step up from clerk to head over eight years.
    assert value("steps_per_year", CAREER, "2018-01-01") == pytest.approx(1 / 8, abs=0.001)


def test_finished_posts_alone_make_mean_tenure_and_short_share():
    career = """
        person | post  | start_on   | end_on
        ann    | clerk | 2010-01-01 | 2010-07-01
        ann    | head  | 2011-01-01 | 2014-01-01
        ann    | head2 | 2014-01-01 | -
    """
    days = (181 + 1096) / 2
    assert value("mean_tenure_years", career, "2016-01-01") == pytest.approx(days / 365.25)
    assert value("share_short_posts", career, "2016-01-01") == 0.5


def test_tenure_is_missing_while_nothing_is_finished():
    assert pd.isna(value("mean_tenure_years", CAREER, "2011-01-01"))
    assert pd.isna(value("share_short_posts", CAREER, "2011-01-01"))


def test_years_since_last_post_is_nothing_while_in_post_and_grows_after():
    ended = "person | post | start_on | end_on\nann | head | 2010-01-01 | 2012-01-01"
    assert value("years_since_last_post", ended, "2011-01-01") == 0
    assert value("years_since_last_post", ended, "2015-01-01") == pytest.approx(3.0, abs=0.01)


def test_acting_posts_are_counted_apart():
    acting = """
        person | post | start_on   | end_on     | kind
        ann    | head | 2010-01-01 | 2010-06-01 | acting
        ann    | head | 2010-06-01 | -          | definitive
    """
    assert value("n_acting", acting, "2012-01-01") == 1


def test_acting_beside_a_post_of_ones_own_is_no_rise_and_its_end_no_fall():
    beside = """
        person | post  | start_on   | end_on     | kind
        ann    | head  | 2010-01-01 | 2016-01-01 | definitive
        ann    | chief | 2012-01-01 | 2012-06-01 | acting
        ann    | head2 | 2016-01-01 | -          | definitive
    """
    during, after = "2012-03-01", "2018-01-01"
    assert value("n_moves", beside, during) == 0
    assert value("n_promotions", beside, during) == 0
    assert value("current_step", beside, during) == 2
    assert value("years_in_post", beside, during) == pytest.approx(2.16, abs=0.01)
    assert value("n_moves", beside, after) == 1
    assert value("n_demotions", beside, after) == 0
    assert value("lateral_share", beside, after) == 1
    assert value("highest_step", beside, after) == 2
    assert value("steps_per_year", beside, after) == 0


def test_acting_between_posts_of_ones_own_leaves_one_rise_between_them():
    between = """
        person | post  | start_on   | end_on     | kind
        ann    | clerk | 2010-01-01 | 2012-01-01 | definitive
        ann    | chief | 2012-01-01 | 2012-06-01 | caretaker
        ann    | head  | 2012-06-01 | -          | definitive
    """
    assert value("n_moves", between, "2014-01-01") == 1
    assert value("n_promotions", between, "2014-01-01") == 1
    assert value("n_demotions", between, "2014-01-01") == 0
    # Only what was one's own has a tenure: two years, and no short post.
    assert value("mean_tenure_years", between, "2014-01-01") == pytest.approx(2.0, abs=0.01)
    assert value("share_short_posts", between, "2014-01-01") == 0


def test_acting_beside_a_post_that_a_reform_ends_makes_no_demotion_of_what_follows():
    reformed = """
        person | post  | start_on   | end_on     | kind       | end_reason
        ann    | head  | 2010-01-01 | 2021-12-31 | definitive | reorganised
        ann    | chief | 2021-06-01 | 2021-12-31 | acting     | -
        ann    | clerk | 2022-01-01 | -          | definitive | -
    """
    assert value("n_equalisations", reformed, "2023-01-01") == 1
    assert value("n_moves", reformed, "2023-01-01") == 0
    assert value("n_demotions", reformed, "2023-01-01") == 0


def test_whoever_only_acts_stands_where_they_act_and_has_no_rung_of_their_own():
    acting = "person | post | start_on | end_on | kind\nann | head | 2010-01-01 | - | acting"
    assert value("is_in_post", acting, "2012-01-01") == 1
    assert value("current_step", acting, "2012-01-01") == 2
    assert value("years_in_class", acting, "2012-01-01") == pytest.approx(2.0, abs=0.01)
    assert value("n_moves", acting, "2012-01-01") == 0
    assert pd.isna(value("highest_step", acting, "2012-01-01"))
    assert pd.isna(value("mean_tenure_years", acting, "2012-01-01"))


def test_organisations_of_one_line_count_once_from_the_day_of_the_link():
    career = """
        person | post  | start_on   | end_on
        ann    | head  | 2010-01-01 | 2012-01-01
        ann    | head2 | 2012-01-01 | -
    """
    merged = {"links": "from | to | kind | on\nports | roads | rename | 2014-01-01"}
    assert value("n_organisations", career, "2013-12-31", **merged) == 2
    assert value("n_organisations", career, "2014-01-01", **merged) == 1
    apart = {"links": "from | to | kind | on\nports | roads | demerger | 2014-01-01"}
    assert value("n_organisations", career, "2015-01-01", **apart) == 2


def test_fields_of_all_posts_are_counted_once_each():
    career = """
        person | post   | start_on   | end_on
        ann    | clerk  | 2010-01-01 | 2012-01-01
        ann    | clerk2 | 2012-01-01 | -
    """
    assert value("n_fields", career, "2013-01-01") == 2


def test_membership_before_and_beside_office():
    career = "person | post | start_on | end_on\nann | head | 2012-01-01 | -"
    sat = {
        "memberships": """
            person | body  | start_on   | end_on
            ann    | house | 2008-01-01 | 2010-01-01
            ann    | house | 2010-01-01 | -
        """
    }
    years = value("years_as_member", career, "2014-01-01", **sat)
    before = value("years_member_before_office", career, "2014-01-01", **sat)
    assert years == pytest.approx(6.0, abs=0.01)
    assert before == pytest.approx(4.0, abs=0.01)


def test_membership_is_missing_where_none_is_recorded():
    career = "person | post | start_on | end_on\nann | head | 2012-01-01 | -"
    assert pd.isna(value("years_as_member", career, "2014-01-01"))


def test_pace_is_measured_against_everybody_in_the_class_not_against_candidates():
    # Only ann is asked about; bob and cid are her peers all the same.
    career = """
        person | post  | start_on   | end_on
        bob    | head  | 2008-01-01 | -
        ann    | head2 | 2010-01-01 | -
        cid    | head  | 2012-01-01 | -
        dan    | clerk | 2000-01-01 | -
    """
    assert value("pace_percentile", career, "2014-01-01") == 0.5


def test_pace_is_missing_without_a_peer():
    assert pd.isna(value("pace_percentile", CAREER, "2018-01-01"))


def test_somebody_without_any_appointment_has_zero_counts_and_nothing_else():
    career = "person | post | start_on | end_on\nbob | head | 2012-01-01 | -"
    frame = features_of_ann(career, "2014-01-01", people="ann")
    assert frame["n_appointments"] == 0
    assert frame["years_in_service"] == 0
    assert pd.isna(frame["highest_step"])
    assert pd.isna(frame["years_since_last_post"])
