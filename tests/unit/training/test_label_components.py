"""What a label is made of, case by case: who did what, what is made of it, and from when on.

Every person is a case of their own, told by their name, in one record that all rules are asked of.
Windows begin on 2010-01-01 and last for two years, unless a row says otherwise.
"""

from datetime import date
from functools import cache

import pandas as pd
import pytest

from features.agencies.rules import LabelRule
from features.tables.record import Record
from tests.lib.careers import drawn_record, rows
from training.labels import Outcomes

POSTS = """
    post     | unit     | class
    desk     | roads    | staff
    head     | ports    | head
    head2    | roads    | head
    chief    | roads    | chief
    good     | good     | head
    low      | low      | head
    mended   | mended   | head
    fallen   | fallen   | head
    outside  | outside  | head
    late     | late     | head
    low_desk | low      | staff
"""
CAREERS = """
    person            | post     | start_on   | end_on     | end_reason  | kind
    stays             | head     | 2010-01-01 | -          | -           | definitive
    to_the_day        | head     | 2010-01-01 | 2012-01-01 | moved       | definitive
    a_day_less        | head     | 2010-01-01 | 2011-12-31 | moved       | definitive
    up_8_months_30    | head     | 2010-04-01 | 2010-12-30 | promoted    | definitive
    up_8_months_30    | chief    | 2010-12-31 | -          | -           | definitive
    up_9_months       | head     | 2010-04-01 | 2010-12-31 | promoted    | definitive
    up_9_months       | chief    | 2011-01-01 | -          | -           | definitive
    up_soon_and_stays | head     | 2010-01-01 | 2012-06-01 | -           | definitive
    up_soon_and_stays | chief    | 2010-03-01 | -          | -           | acting
    removed           | head     | 2010-01-01 | 2010-06-01 | removed     | definitive
    removed_late      | head     | 2010-01-01 | 2012-01-01 | removed     | definitive
    removed_to_seat   | head     | 2010-01-01 | 2010-06-01 | removed     | definitive
    removed_to_seat   | head     | 2010-06-02 | -          | -           | definitive
    no_reason         | head     | 2010-01-01 | 2010-06-01 | -           | definitive
    removed_in_second | head     | 2010-01-01 | 2010-03-01 | -           | definitive
    removed_in_second | head     | 2010-03-02 | 2010-06-01 | removed     | definitive
    retired           | head     | 2010-01-01 | 2010-06-01 | retired     | definitive
    retired_late      | head     | 2010-01-01 | 2012-01-01 | retired     | definitive
    s_eve             | head     | 2010-01-01 | -          | -           | definitive
    s_first_day       | head     | 2010-01-01 | -          | -           | definitive
    s_last_day        | head     | 2010-01-01 | -          | -           | definitive
    s_day_after       | head     | 2010-01-01 | -          | -           | definitive
    s_light           | head     | 2010-01-01 | -          | -           | definitive
    s_twice           | head     | 2010-01-01 | -          | -           | definitive
    s_told_late       | head     | 2010-01-01 | -          | -           | definitive
    s_after_promotion | head     | 2010-01-01 | 2011-01-01 | promoted    | definitive
    s_after_promotion | chief    | 2011-01-02 | -          | -           | definitive
    s_then_retired    | head     | 2010-01-01 | 2010-06-01 | retired     | definitive
    retired_then_s    | head     | 2010-01-01 | 2010-06-01 | retired     | definitive
    s_then_up_soon    | head     | 2010-01-01 | 2010-06-01 | promoted    | definitive
    s_then_up_soon    | chief    | 2010-06-02 | -          | -           | definitive
    s_after_leaving   | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down              | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down              | desk     | 2010-06-02 | -          | -           | definitive
    down_in_gap       | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down_in_gap       | desk     | 2010-07-01 | -          | -           | definitive
    down_too_late     | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down_too_late     | desk     | 2010-07-02 | -          | -           | definitive
    down_reorganised  | head     | 2010-01-01 | 2010-06-01 | reorganised | definitive
    down_reorganised  | desk     | 2010-06-02 | -          | -           | definitive
    down_and_level    | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down_and_level    | desk     | 2010-06-02 | -          | -           | definitive
    down_and_level    | head2    | 2010-06-02 | -          | -           | definitive
    down_acting       | head     | 2010-01-01 | 2010-06-01 | moved       | definitive
    down_acting       | desk     | 2010-06-02 | -          | -           | acting
    down_behind       | head     | 2010-01-01 | 2012-01-01 | moved       | definitive
    down_behind       | desk     | 2012-01-02 | -          | -           | definitive
    u_good            | good     | 2010-01-01 | -          | -           | definitive
    u_low             | low      | 2010-01-01 | -          | -           | definitive
    u_mended          | mended   | 2010-01-01 | -          | -           | definitive
    u_fallen          | fallen   | 2010-01-01 | -          | -           | definitive
    u_outside         | outside  | 2010-01-01 | -          | -           | definitive
    u_begun_after     | outside  | 2010-01-02 | -          | -           | definitive
    u_left_before     | low      | 2010-01-01 | 2010-12-30 | promoted    | definitive
    u_left_before     | chief    | 2010-12-31 | -          | -           | definitive
    u_left_on_it      | low      | 2010-01-01 | 2010-12-31 | promoted    | definitive
    u_left_on_it      | chief    | 2011-01-01 | -          | -           | definitive
    u_told_late       | late     | 2010-01-01 | -          | -           | definitive
    u_desk            | low_desk | 2010-01-01 | -          | -           | definitive
    r_good            | head     | 2010-01-01 | -          | -           | definitive
    r_low             | head     | 2010-01-01 | -          | -           | definitive
    r_other_year      | head     | 2010-01-01 | -          | -           | definitive
"""
SANCTIONS = """
    person            | level  | on         | recorded_on
    s_eve             | heavy  | 2009-12-31 | 2009-12-31
    s_first_day       | heavy  | 2010-01-01 | 2010-01-01
    s_last_day        | medium | 2011-12-31 | 2011-12-31
    s_day_after       | heavy  | 2012-01-01 | 2012-01-01
    s_light           | light  | 2011-01-01 | 2011-01-01
    s_twice           | light  | 2010-05-01 | 2010-05-01
    s_twice           | heavy  | 2010-04-01 | 2010-04-01
    s_told_late       | heavy  | 2010-04-01 | 2013-06-01
    s_after_promotion | heavy  | 2011-08-01 | 2011-08-01
    s_then_retired    | heavy  | 2010-06-01 | 2010-06-01
    retired_then_s    | heavy  | 2010-06-02 | 2010-06-02
    s_then_up_soon    | heavy  | 2010-03-01 | 2010-03-01
    s_after_leaving   | heavy  | 2011-03-01 | 2011-03-01
"""
RESULTS = """
    unit    | year | predicate         | recorded_on
    good    | 2010 | good              | 2011-03-01
    good    | 2011 | very_good         | 2012-03-01
    low     | 2010 | needs_improvement | 2011-03-01
    mended  | 2010 | poor              | 2011-03-01
    mended  | 2011 | good              | 2012-03-01
    fallen  | 2010 | good              | 2011-03-01
    fallen  | 2011 | very_poor         | 2012-03-01
    outside | 2009 | poor              | 2010-03-01
    outside | 2012 | poor              | 2013-03-01
    late    | 2011 | poor              | 2013-06-01
"""
RATINGS = """
    person       | year | predicate
    r_good       | 2010 | good
    r_low        | 2011 | needs_improvement
    r_other_year | 2009 | poor
"""
OBJECTIVE = LabelRule()
ALL_LEVELS = ("needs_improvement", "poor", "very_poor")
LATER = date(2015, 1, 1)


def year(row: dict[str, str | None]) -> int:
    return int(row["year"] or 0)


def papers() -> dict[str, list[dict]]:
    sanctions = [
        {
            "person_id": row["person"],
            "level": row["level"],
            "sanctioned_on": row["on"],
            "sanctioned_recorded_on": row["recorded_on"],
        }
        for row in rows(SANCTIONS)
    ]
    results = [
        {
            "unit_id": row["unit"],
            "year": year(row),
            "predicate": row["predicate"],
            "resulted_on": f"{row['year']}-12-31",
            "recorded_on": row["recorded_on"],
        }
        for row in rows(RESULTS)
    ]
    ratings = [
        {
            "appraisal_id": f"{place}",
            "person_id": row["person"],
            "year": year(row),
            "predicate": row["predicate"],
            "appraised_on": f"{row['year']}-12-31",
            "recorded_on": f"{row['year']}-12-31",
        }
        for place, row in enumerate(rows(RATINGS))
    ]
    return {"discipline": sanctions, "unit_result": results, "appraisal": ratings}


@cache
def record(with_papers: bool = True) -> Record:
    drawn = papers() if with_papers else None
    return drawn_record(posts=POSTS, appointments=CAREERS, papers=drawn)


@cache
def told(rule: LabelRule = OBJECTIVE, as_of: date = LATER, *, papers: bool = True) -> pd.DataFrame:
    """The first appointment of everybody."""
    found = asked_of(rule, papers).known_on(as_of).sort_values(["start_on", "sequence"])
    return found.drop_duplicates("person_id").set_index("person_id")


@cache
def asked_of(rule: LabelRule, papers: bool) -> Outcomes:
    return Outcomes(record(papers), rule)


def label(person: str, **given) -> float | str:
    row = told(**given).loc[person]
    return row["success"] if row["state"] == "matured" else row["state"]


def component(name: str, person: str, **given) -> bool | None:
    value = told(**given).loc[person, name]
    return None if pd.isna(value) else bool(value)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("stays", 1.0),
        ("to_the_day", 1.0),
        ("a_day_less", 0.0),
        ("up_8_months_30", "censored"),
        ("up_9_months", 1.0),
        ("up_soon_and_stays", 1.0),
        ("removed", 0.0),
        ("removed_late", 1.0),
        ("removed_to_seat", 0.0),
        ("no_reason", 0.0),
        ("retired", "censored"),
        ("retired_late", 1.0),
        ("s_eve", 1.0),
        ("s_first_day", 0.0),
        ("s_last_day", 0.0),
        ("s_day_after", 1.0),
        ("s_light", 0.0),
        ("s_after_promotion", 0.0),
        ("s_then_retired", 0.0),
        ("retired_then_s", "censored"),
        ("s_then_up_soon", 0.0),
        ("down", 0.0),
        ("down_reorganised", "censored"),
        ("down_behind", 1.0),
        ("u_good", 1.0),
        ("u_low", 0.0),
        ("u_mended", 1.0),
        ("u_fallen", 0.0),
        ("u_outside", 1.0),
        ("u_left_before", 1.0),
        ("u_left_on_it", 0.0),
        ("u_desk", 0.0),
        ("r_low", 1.0),
    ],
)
def test_the_objective_rule(person, expected):
    assert label(person) == expected


@pytest.mark.parametrize(
    ("name", "yes", "no", "unknown"),
    [
        ("was_promoted", ["up_9_months"], ["up_8_months_30", "stays"], []),
        ("was_promoted_early", ["up_8_months_30"], ["up_9_months", "stays"], []),
        ("was_excused", ["retired", "down_reorganised"], ["removed", "retired_late"], []),
        (
            "was_removed",
            ["removed", "removed_to_seat", "removed_in_second"],
            ["removed_late", "retired", "stays"],
            ["no_reason"],
        ),
        ("was_sanctioned", ["s_light", "s_first_day", "s_last_day"], ["s_eve", "s_day_after"], []),
        (
            "was_demoted",
            ["down", "down_in_gap", "down_reorganised"],
            ["down_too_late", "down_and_level", "down_acting", "down_behind", "removed"],
            [],
        ),
        (
            "adverse_exit",
            ["removed", "s_light", "down"],
            ["retired", "down_reorganised", "a_day_less", "u_low"],
            ["no_reason"],
        ),
        ("unit_result_held", ["u_good", "u_low"], ["u_outside", "u_left_before", "stays"], []),
        ("unit_result_met", ["u_good", "u_mended"], ["u_low", "u_fallen"], ["u_outside", "stays"]),
        ("rating_held", [], [], ["r_good", "r_low"]),
        ("rating_met", [], [], ["r_good", "r_low"]),
    ],
)
def test_components_stand_apart(name, yes, no, unknown):
    found = {person: component(name, person) for person in (*yes, *no, *unknown)}
    assert found == dict.fromkeys(yes, True) | dict.fromkeys(no, False) | dict.fromkeys(unknown)


@pytest.mark.parametrize(
    ("person", "settled_on"),
    [
        ("stays", "2012-01-01"),
        ("a_day_less", "2011-12-31"),
        ("up_9_months", "2011-01-01"),
        ("up_8_months_30", "2010-12-31"),
        ("retired", "2010-06-01"),
        ("removed", "2010-06-01"),
        ("s_twice", "2010-04-01"),
        ("s_after_promotion", "2011-08-01"),
        ("s_after_leaving", "2010-06-01"),
        ("s_then_retired", "2010-06-01"),
        ("down_in_gap", "2010-06-01"),
        ("u_fallen", "2011-12-31"),
        ("u_low", "2010-12-31"),
    ],
)
def test_an_outcome_is_settled_by_what_came_first(person, settled_on):
    assert told().loc[person, "settled_on"] == pd.Timestamp(settled_on)


@pytest.mark.parametrize("person", ["s_told_late", "u_told_late"])
def test_what_was_recorded_late_is_not_known_yet(person):
    assert label(person, as_of=date(2013, 5, 31)) == 1.0
    assert label(person, as_of=date(2013, 6, 1)) == 0.0


def test_a_window_that_is_open_has_neither_outcome_nor_weight():
    row = told(as_of=date(2011, 12, 31)).loc["removed"]
    assert row["state"] == "immature"
    assert row[["success", "settled_on", "weight"]].isna().all()


def test_what_an_agency_does_not_keep_is_missing_and_makes_no_failure():
    for name in ("was_sanctioned", "unit_result_held", "unit_result_met"):
        assert component(name, "u_low", papers=False) is None
    assert label("s_light", papers=False) == label("u_low", papers=False) == 1.0
    assert component("was_demoted", "down", papers=False) is True


FEW = LabelRule(
    promotion_after_months=0,
    failed_by_reason=("ended",),
    failed_by_sanction=("heavy",),
    failed_by_demotion=False,
    failed_by_unit_result=("very_poor",),
    unit_result_of=("head",),
)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("up_8_months_30", 1.0),
        ("removed_to_seat", 1.0),
        ("s_light", 1.0),
        ("s_first_day", 0.0),
        ("down_reorganised", "censored"),
        ("u_low", 1.0),
        ("u_fallen", 0.0),
        ("u_desk", 1.0),
    ],
)
def test_a_rule_asks_what_it_says(person, expected):
    assert label(person, rule=FEW) == expected


def test_a_unit_s_result_is_of_those_who_answer_for_it():
    assert component("unit_result_held", "u_desk") is True
    assert component("unit_result_held", "u_desk", rule=FEW) is False
    assert component("unit_result_met", "u_desk", rule=FEW) is None
    assert component("was_demoted", "down", rule=FEW) is None


def test_an_alternative_rule_may_ask_for_ratings_below_good():
    rated = LabelRule(failed_by_rating=ALL_LEVELS)
    assert [label(p, rule=rated) for p in ("r_good", "r_low", "r_other_year")] == [1.0, 0.0, 1.0]
    held = [component("rating_held", p, rule=rated) for p in ("r_good", "r_low", "r_other_year")]
    assert held == [True, True, False]
    met = [component("rating_met", p, rule=rated) for p in ("r_good", "r_low", "r_other_year")]
    assert met == [True, False, None]


def test_components_do_not_come_from_each_other():
    # The label follows from its components alone, whatever else is on record.
    rows = told()[lambda t: t["state"] == "matured"]
    failed = rows["adverse_exit"].fillna(value=False) | (~rows["unit_result_met"]).fillna(
        value=False
    )
    went_well = rows["stayed"] | rows["was_promoted"]
    assert (rows["success"] == (went_well & ~failed).astype(float)).all()
    assert (rows["settled_on"] <= rows["window_end_on"]).all()
