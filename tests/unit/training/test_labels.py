"""Outcomes of a handful of appointments, each told by reading the dates.

To put a question to a record together takes half a second, so people whose careers do not touch
share one; every one of them is a case of its own.
"""

from datetime import date
from functools import cache

import pandas as pd
import pytest

from features.agencies.rules import Label, LabelRule, Reviewed
from models.misclassified import LabelRates
from tests.lib.careers import drawn_record
from training.labels import Outcomes, in_words, rates

POSTS = """
    post   | unit  | class
    clerk  | ports | staff
    clerk2 | ports | staff
    clerk3 | docks | staff
    clerk4 | roads | staff
    head   | ports | head
    head2  | roads | head
    chief  | roads | chief
"""
#: A rule that asks for time in post and promotions alone; what it asks besides is added to it.
PLAIN = Label(
    months=12,
    promotion_after_months=0,
    gap_days=30,
    censored_by_reason=(),
    failed_by_reason=(),
    failed_by_sanction=(),
    failed_by_demotion=False,
    failed_by_unit_result=(),
)


def plain(**asked) -> Label:
    return PLAIN.model_copy(update=asked)


LABEL = plain(censored_by_end_of=("chief",))
LATER = "2015-01-01"


@cache
def asked_of(appointments: str, label: Label, links: str) -> Outcomes:
    return Outcomes(drawn_record(posts=POSTS, appointments=appointments, links=links), label)


def outcomes(
    appointments: str, as_of: str = LATER, *, label: Label = LABEL, links: str = ""
) -> pd.DataFrame:
    return asked_of(appointments, label, links).known_on(date.fromisoformat(as_of))


def outcome(person: str, appointments: str, as_of: str = LATER, **given) -> float | str:
    """1.0 or 0.0 for the first appointment of a person, or why it has no outcome."""
    rows = outcomes(appointments, as_of, **given)
    row = rows[rows["person_id"] == person].sort_values("sequence").iloc[0]
    if row["state"] == "matured":
        return row["success"]
    assert pd.isna(row["success"]), "an outcome that is not known must have no figure"
    return row["state"]


STAYS = """
    person       | post   | start_on   | end_on
    year_to_day  | clerk  | 2010-01-01 | 2011-01-01
    day_less     | clerk  | 2010-01-01 | 2010-12-31
    years        | clerk  | 2010-01-01 | 2014-06-01
    lasting      | clerk  | 2010-01-01 | -
    out_at_once  | clerk  | 2010-01-01 | 2010-02-01
    other_seat   | clerk  | 2010-01-01 | 2010-06-01
    other_seat   | clerk2 | 2010-07-01 | 2011-03-01
    long_pause   | clerk  | 2010-01-01 | 2010-06-01
    long_pause   | clerk2 | 2010-07-02 | 2011-03-01
    docks_next   | clerk  | 2010-01-01 | 2010-06-01
    docks_next   | clerk3 | 2010-06-01 | 2011-03-01
    away_between | clerk  | 2010-01-01 | 2010-04-20
    away_between | clerk4 | 2010-06-01 | 2013-01-01
    elsewhere    | clerk  | 2010-01-01 | 2010-06-01
    elsewhere    | clerk4 | 2010-06-01 | 2013-01-01
    demoted      | head   | 2010-01-01 | 2010-06-01
    demoted      | clerk4 | 2010-06-01 | 2013-01-01
    up_at_once   | clerk  | 2010-01-01 | 2010-06-01
    up_at_once   | head2  | 2010-06-01 | 2013-01-01
    up_in_gap    | clerk  | 2010-01-01 | 2010-06-01
    up_in_gap    | head2  | 2010-07-01 | 2013-01-01
    up_too_late  | clerk  | 2010-01-01 | 2010-06-01
    up_too_late  | head2  | 2010-07-02 | 2013-01-01
    up_last_day  | clerk  | 2010-01-01 | 2010-12-20
    up_last_day  | head2  | 2010-12-31 | 2013-01-01
    up_behind    | clerk  | 2010-01-01 | 2010-12-20
    up_behind    | head2  | 2011-01-01 | 2013-01-01
    up_before    | clerk  | 2010-01-01 | 2010-06-01
    up_before    | head2  | 2009-06-01 | 2013-01-01
"""


@pytest.mark.parametrize("person", ["year_to_day", "years", "lasting"])
def test_twelve_months_in_post_are_a_success(person):
    assert outcome(person, STAYS) == 1.0


@pytest.mark.parametrize("person", ["day_less", "out_at_once"])
def test_leaving_before_the_window_ends_is_a_failure(person):
    assert outcome(person, STAYS) == 0.0


def test_a_longer_window_asks_for_a_longer_stay():
    two_years = plain(months=24)
    assert outcome("year_to_day", STAYS, label=two_years) == 0.0
    assert outcome("years", STAYS, label=two_years) == 1.0


def test_the_window_matures_on_the_day_it_ends():
    assert outcome("lasting", STAYS, "2010-12-31") == "immature"
    assert outcome("lasting", STAYS, "2011-01-01") == 1.0


def test_an_early_failure_is_not_counted_early():
    # Out after a month, and everybody knows it; but those who stay are known only in 2011.
    assert outcome("out_at_once", STAYS, "2010-12-31") == "immature"
    assert outcome("out_at_once", STAYS, "2011-01-01") == 0.0


def test_a_seat_under_another_title_in_the_same_class_does_not_end_a_spell():
    assert outcome("other_seat", STAYS) == 1.0


def test_the_second_seat_of_a_spell_is_measured_from_its_own_start():
    # The spell ends in March: fourteen months after the first seat, eight after the second.
    rows = outcomes(STAYS)
    assert rows[rows["person_id"] == "other_seat"]["success"].tolist() == [1.0, 0.0]


def test_a_pause_longer_than_the_gap_ends_a_spell():
    assert outcome("long_pause", STAYS) == 0.0


def test_a_renamed_organisation_does_not_end_a_spell():
    renamed = "from | to | kind | on\nports | docks | rename | 2010-06-01"
    assert outcome("docks_next", STAYS) == 0.0
    assert outcome("docks_next", STAYS, links=renamed) == 1.0


@pytest.mark.parametrize("kind", ["transfer", "demerger"])
def test_functions_that_move_with_their_holder_do_not_end_a_spell(kind):
    link = "from | to | kind | on\nports | roads | {} | {}"
    assert outcome("elsewhere", STAYS, links=link.format(kind, "2010-06-01")) == 1.0
    # A gap around the day, no more: the move must be part of the reorganisation.
    assert outcome("elsewhere", STAYS, links=link.format(kind, "2010-07-01")) == 1.0
    assert outcome("elsewhere", STAYS, links=link.format(kind, "2010-07-02")) == 0.0
    assert outcome("elsewhere", STAYS, links=link.format(kind, "2010-05-01")) == 0.0


def test_a_reorganisation_carries_nobody_down_nor_back():
    moved = "from | to | kind | on\nports | roads | transfer | 2010-06-01"
    assert outcome("demoted", STAYS, links=moved) == 0.0
    assert outcome("day_less", STAYS, links=moved) == 0.0
    assert outcome("away_between", STAYS, links=moved) == 0.0
    back = "from | to | kind | on\nroads | ports | transfer | 2010-06-01"
    assert outcome("elsewhere", STAYS, links=back) == 0.0


def test_a_reorganisation_that_was_not_known_yet_carries_nobody():
    late = "from | to | kind | on | recorded_on\nports | roads | transfer | 2010-06-01 | 2012-01-01"
    assert outcome("elsewhere", STAYS, "2011-12-31", links=late) == 0.0
    assert outcome("elsewhere", STAYS, "2012-01-01", links=late) == 1.0


def test_a_move_to_the_same_class_elsewhere_is_a_failure():
    assert outcome("elsewhere", STAYS) == 0.0


def test_a_lower_post_is_a_failure():
    assert outcome("demoted", STAYS) == 0.0


@pytest.mark.parametrize("person", ["up_at_once", "up_in_gap", "up_last_day"])
def test_promotion_inside_the_window_and_the_gap_is_a_success(person):
    assert outcome(person, STAYS) == 1.0


@pytest.mark.parametrize("person", ["up_too_late", "up_behind", "up_before"])
def test_promotion_after_the_gap_behind_the_window_or_before_the_post_is_none(person):
    assert outcome(person, STAYS) == 0.0


def test_promotion_counts_only_where_the_rule_says_so():
    no_promotion = plain(promotion_is_success=False)
    assert outcome("up_at_once", STAYS, label=no_promotion) == 0.0
    assert outcome("lasting", STAYS, label=no_promotion) == 1.0


# A chief leaves in every third year, on another day; clerks begin on the first of January.
CHIEFS = """
    person        | post  | start_on   | end_on
    eve           | clerk | 2001-01-01 | 2001-06-01
    chief_eve     | chief | 1990-01-01 | 2000-12-31
    first_day     | clerk | 2004-01-01 | 2004-06-01
    chief_first   | chief | 1990-01-01 | 2004-01-01
    second_day    | clerk | 2007-01-01 | 2007-06-01
    chief_second  | chief | 1990-01-01 | 2007-01-02
    middle        | clerk | 2010-01-01 | 2010-06-01
    stayed        | clerk | 2010-01-01 | 2012-06-01
    chief_middle  | chief | 1990-01-01 | 2010-09-01
    last_day      | clerk | 2013-01-01 | 2013-06-01
    chief_last    | chief | 1990-01-01 | 2013-12-31
    window_end    | clerk | 2016-01-01 | 2016-06-01
    chief_end     | chief | 1990-01-01 | 2017-01-01
    no_leaver     | clerk | 2019-01-01 | 2019-06-01
    chief_lasting | chief | 1990-01-01 | -
"""


@pytest.mark.parametrize("person", ["second_day", "middle", "last_day"])
def test_the_chief_leaving_inside_the_window_censors(person):
    assert outcome(person, CHIEFS, "2025-01-01") == "censored"


def test_who_stayed_through_a_change_at_the_top_is_censored_too():
    # Otherwise its successes would be kept and its failures dropped.
    assert outcome("stayed", CHIEFS, "2025-01-01") == "censored"


@pytest.mark.parametrize("person", ["eve", "first_day", "window_end", "no_leaver"])
def test_the_chief_leaving_outside_on_the_first_day_or_at_the_end_censors_nothing(person):
    assert outcome(person, CHIEFS, "2025-01-01") == 0.0


def test_a_class_that_the_rule_does_not_name_censors_nothing():
    assert outcome("middle", CHIEFS, "2025-01-01", label=PLAIN) == 0.0


def test_a_window_that_is_open_is_immature_even_if_the_chief_has_left():
    assert outcome("middle", CHIEFS, "2010-12-01") == "immature"


# Every window is 2010; `why` of an end is known with it.
REASONS = """
    person     | post   | start_on   | end_on     | end_recorded_on | end_reason
    died       | clerk  | 2010-01-01 | 2010-06-01 | -               | died
    moved      | clerk  | 2010-01-01 | 2010-06-01 | -               | moved
    silent     | clerk  | 2010-01-01 | 2010-06-01 | -               | -
    last_day   | clerk  | 2010-01-01 | 2010-12-31 | -               | died
    at_the_end | clerk  | 2010-01-01 | 2011-01-01 | -               | died
    promoted   | clerk  | 2010-01-01 | 2010-06-01 | -               | retired
    promoted   | head2  | 2010-06-10 | -          | -               | -
    other_seat | clerk  | 2010-01-01 | 2010-06-01 | -               | moved
    other_seat | clerk2 | 2010-06-10 | 2010-09-01 | -               | died
    came_back  | clerk  | 2010-01-01 | 2010-03-01 | -               | moved
    came_back  | clerk2 | 2010-06-10 | 2010-09-01 | -               | died
    elsewhere  | clerk  | 2010-01-01 | 2010-06-01 | -               | moved
    elsewhere  | clerk4 | 2010-06-10 | 2010-09-01 | -               | died
    heard_late | clerk  | 2010-01-01 | 2010-06-01 | 2012-01-01      | died
"""
EXCUSING = plain(censored_by_reason=("died", "retired"))


@pytest.mark.parametrize("person", ["died", "last_day"])
def test_an_end_for_a_reason_of_the_rule_censors(person):
    assert outcome(person, REASONS, label=EXCUSING) == "censored"


@pytest.mark.parametrize("person", ["moved", "silent"])
def test_another_reason_or_none_is_a_failure(person):
    assert outcome(person, REASONS, label=EXCUSING) == 0.0


@pytest.mark.parametrize("person", ["at_the_end", "promoted"])
def test_a_success_stays_one_whatever_the_reason_of_its_end(person):
    assert outcome(person, REASONS, label=EXCUSING) == 1.0


def test_the_reason_of_the_end_of_the_spell_counts_for_its_earlier_seats():
    assert outcome("other_seat", REASONS, label=EXCUSING) == "censored"


@pytest.mark.parametrize("person", ["came_back", "elsewhere"])
def test_the_reason_of_another_spell_counts_for_nothing(person):
    assert outcome(person, REASONS, label=EXCUSING) == 0.0


def test_a_holder_carried_over_who_dies_there_is_censored_too():
    moved = "from | to | kind | on\nports | roads | transfer | 2010-06-10"
    assert outcome("elsewhere", REASONS, label=EXCUSING, links=moved) == "censored"


def test_a_reason_is_known_with_its_end_and_not_before():
    assert outcome("heard_late", REASONS, "2011-12-31", label=EXCUSING) == 1.0
    assert outcome("heard_late", REASONS, "2012-01-01", label=EXCUSING) == "censored"
    assert outcome("died", REASONS, "2010-12-31", label=EXCUSING) == "immature"


def test_without_the_rule_a_reason_changes_nothing():
    assert outcome("died", REASONS) == 0.0


LATE = """
    person   | post  | start_on   | end_on     | start_recorded_on | end_recorded_on
    left     | clerk | 2010-01-01 | 2010-06-01 | 2010-01-01        | 2012-01-01
    promoted | clerk | 2010-01-01 | 2010-06-01 | 2010-01-01        | 2010-06-01
    promoted | head2 | 2010-06-01 | -          | 2012-01-01        | -
    censored | clerk | 2007-01-01 | 2007-06-01 | 2007-01-01        | 2007-06-01
    zoe      | chief | 2000-01-01 | 2007-09-01 | 2000-01-01        | 2012-01-01
    unheard  | clerk | 2010-01-01 | -          | 2012-01-01        | -
"""


@pytest.mark.parametrize(
    ("person", "before", "after"),
    [("left", 1.0, 0.0), ("promoted", 0.0, 1.0), ("censored", 0.0, "censored")],
)
def test_a_fact_recorded_after_the_date_is_not_seen(person, before, after):
    assert outcome(person, LATE, "2011-12-31") == before
    assert outcome(person, LATE, "2012-01-01") == after


def test_an_appointment_recorded_after_the_date_has_no_row():
    assert "unheard" not in set(outcomes(LATE, "2011-12-31")["person_id"])
    assert "unheard" in set(outcomes(LATE, "2012-01-01")["person_id"])


def test_rows_are_told_in_order_with_their_window():
    career = """
        person | post  | start_on   | end_on     | kind
        bob    | clerk | 2012-02-29 | 2014-01-01 | acting
        ann    | head  | 2010-01-01 | 2014-01-01 | definitive
    """
    rows = outcomes(career)
    assert rows["person_id"].tolist() == ["ann", "bob"]
    assert rows["kind"].tolist() == ["definitive", "acting"]
    assert rows["post_class"].tolist() == ["head", "staff"]
    assert rows["window_end_on"].astype("str").tolist() == ["2011-01-01", "2013-02-28"]


def test_one_question_leaves_nothing_behind_for_the_next():
    for as_of, expected in (("2010-07-01", "immature"), (LATER, 0.0), ("2010-07-01", "immature")):
        assert outcome("elsewhere", STAYS, as_of) == expected
    assert outcomes(STAYS, "2009-01-01").empty


REVIEWED = Reviewed(
    failure_shown=0.6, success_broken=0.06, n_reviewed=240, source="drawn by lot in 2024."
)


def test_rates_are_those_that_were_reviewed_and_of_that_rule_alone():
    label = Label(reviewed=REVIEWED, months=30, alternatives={"other": LabelRule(gap_days=9)})
    assert rates(label) == LabelRates(failure_shown=0.6, success_broken=0.06)
    assert rates(PLAIN) is None
    other = label.rules["other"]
    assert (other.months, other.gap_days, rates(other)) == (30, 9, None)
    # Rates say how to learn from labels, and change none of them.
    reviewed = plain(reviewed=REVIEWED)
    pd.testing.assert_frame_equal(outcomes(STAYS, label=reviewed), outcomes(STAYS, label=PLAIN))


def test_the_rule_in_words():
    no_promotion = plain(months=6, promotion_is_success=False)
    assert in_words(no_promotion) == "in post at least 6 months"
    assert in_words(PLAIN) == "in post at least 12 months or promoted"
    assert in_words(EXCUSING) == (
        "in post at least 12 months or promoted"
        "; unknown where it ends inside the window because died or retired"
        "; labels weighted by the chance that they were not lost"
    )
    whole = LabelRule(
        failed_by_sanction=("heavy",),
        failed_by_unit_result=("poor", "very_poor"),
        unit_result_of=("head", "chief"),
        failed_by_rating=("very_poor",),
        reviewed=REVIEWED,
    )
    assert in_words(whole) == (
        "in post at least 24 months or promoted after at least 9"
        "; failed where on record by an end because removed, or a sanction (heavy), or a unit "
        "result of head or chief that is poor or very_poor, or a rating that is very_poor, or a "
        "demotion; unknown where promoted sooner"
        "; unknown where it ends inside the window because retired or died or reorganised"
        "; labels weighted by the chance that they were not lost"
        "; of failures 0.6 are called so, and of successes 0.06, in 240 reviewed appointments "
        "(drawn by lot in 2024)"
    )
    assert in_words(LABEL) == (
        "in post at least 12 months or promoted; unknown where chief leaves inside the window"
    )
