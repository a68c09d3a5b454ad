"""Who can be ranked on a day, and what the gate says of each."""

from datetime import date

import pandas as pd
import pytest

from features.agencies.rules import GateRule, Pool
from features.policy.gate import gate, overall
from features.policy.pool import rankable
from features.policy.statuses import STATUSES
from features.tables.record import Record
from tests.lib.careers import drawn_record

POSTS = """
    post   | unit  | class
    head   | ports | head
    chief  | ports | chief
    chief2 | roads | chief
"""
ANYBODY = Pool(appointed_before=False)


def ranked(record: Record, day: str, pool: Pool) -> list[str]:
    """Names of those who can be ranked on a day."""
    rows = rankable(record, pool, [date.fromisoformat(day)])
    assert set(rows["on"]) <= {pd.Timestamp(day)}
    return rows["person_id"].tolist()


def careers(appointments: str, **drawn: str) -> Record:
    return drawn_record(posts=POSTS, appointments=appointments, **drawn)


APPOINTED = careers(
    """
    person | post | start_on   | start_recorded_on | end_on
    ann    | head | 2010-01-01 | 2010-01-01        | -
    bob    | head | 2010-01-01 | 2012-01-01        | -
    cid    | head | 2013-01-01 | 2012-01-01        | -
    """,
    people="dan",
)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2010-01-01", []),
        ("2010-01-02", ["ann"]),
        ("2012-01-01", ["ann"]),
        ("2012-01-02", ["ann", "bob"]),
        # cid was announced a year ahead: chosen, but not yet appointed to anything.
        ("2013-01-01", ["ann", "bob"]),
        ("2013-01-02", ["ann", "bob", "cid"]),
    ],
)
def test_an_appointment_counts_strictly_after_it_began_and_was_recorded(day: str, names: list):
    assert ranked(APPOINTED, day, Pool()) == names


def test_without_a_rule_everybody_in_the_record_can_be_ranked():
    assert ranked(APPOINTED, "2000-01-01", ANYBODY) == ["ann", "bob", "cid", "dan"]


SEATED = careers(
    "",
    people="dan",
    memberships="""
    person | body  | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | house | 2010-01-01 | 2010-06-01        | 2012-01-01 | 2013-01-01
    bob    | lords | 2010-01-01 | 2009-01-01        | 2012-01-01 | 2011-01-01
    cid    | court | 2010-01-01 | -                 | -          | -
    """,
)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2009-12-31", []),
        # bob sits from the first day; ann's start is not known yet.
        ("2010-01-01", ["bob"]),
        ("2010-05-31", ["bob"]),
        ("2010-06-01", ["ann", "bob"]),
        # The last day of both; the end of ann's is not known for another year.
        ("2012-01-01", ["ann", "bob"]),
        ("2012-01-02", ["ann"]),
        ("2012-12-31", ["ann"]),
        ("2013-01-01", []),
    ],
)
def test_a_membership_counts_on_the_day_as_known_by_the_day(day: str, names: list):
    pool = Pool(appointed_before=False, member_of=("house", "lords"))
    assert ranked(SEATED, day, pool) == names


LEFT = careers(
    """
    person | post | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | head | 2005-01-01 | -                 | 2010-01-01 | -
    bob    | head | 2005-01-01 | -                 | 2010-01-01 | 2014-06-01
    cid    | head | 2005-01-01 | -                 | -          | -
    dan    | head | 2015-01-01 | 2012-01-01        | -          | -
    """
)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        # Two years are 730 days: 2010-01-01 and 730 days is 2012-01-01.
        ("2012-01-01", ["ann", "bob", "cid"]),
        ("2012-01-02", ["bob", "cid"]),
        # That bob has left is known only later, and then it is long ago.
        ("2014-05-31", ["bob", "cid"]),
        ("2014-06-01", ["cid"]),
        # dan's post is announced; it is not held before it begins.
        ("2015-01-01", ["cid"]),
        ("2015-01-02", ["cid", "dan"]),
    ],
)
def test_a_post_counts_for_some_years_after_its_end_as_known_by_the_day(day: str, names: list):
    assert ranked(LEFT, day, Pool(in_post_within_years=2)) == names
    # The rule speaks for itself, whether or not an appointment is asked for as well.
    assert ranked(LEFT, day, Pool(appointed_before=False, in_post_within_years=2)) == names


HOLDING = careers(
    """
    person | post   | start_on   | start_recorded_on | end_on     | end_recorded_on | kind
    ann    | head   | 2010-01-01 | -                 | 2012-01-01 | -               | definitive
    bob    | head   | 2010-01-01 | 2010-06-01        | 2012-01-01 | 2013-01-01      | definitive
    cid    | head   | 2010-01-01 | -                 | -          | -               | acting
    dan    | chief  | 2010-01-01 | -                 | -          | -               | definitive
    eve    | chief2 | 2009-01-01 | -                 | 2009-06-01 | -               | definitive
    eve    | head   | 2011-01-01 | -                 | -          | -               | caretaker
    """,
    people="fay",
)


@pytest.mark.parametrize(
    ("day", "heads", "anybody"),
    [
        # Whoever begins on the day was chosen for it and does not hold it yet.
        ("2010-01-01", [], []),
        ("2010-01-02", ["ann"], ["ann", "cid", "dan"]),
        ("2010-06-02", ["ann", "bob"], ["ann", "bob", "cid", "dan"]),
        # The last day of both; the end of bob's is not known for another year.
        ("2012-01-01", ["ann", "bob"], ["ann", "bob", "cid", "dan", "eve"]),
        ("2012-01-02", ["bob"], ["bob", "cid", "dan", "eve"]),
        ("2013-01-01", [], ["cid", "dan", "eve"]),
    ],
)
def test_a_post_is_held_on_the_day_as_known_by_the_day(day: str, heads: list, anybody: list):
    assert ranked(HOLDING, day, Pool(in_classes=("head",))) == heads
    assert ranked(HOLDING, day, Pool(in_service=True)) == anybody


def test_several_classes_may_be_named_and_all_rules_hold_at_once():
    assert ranked(HOLDING, "2011-06-01", Pool(in_classes=("head", "chief"))) == [
        "ann", "bob", "dan",
    ]  # fmt: skip
    assert ranked(HOLDING, "2011-06-01", Pool(in_classes=("chief",), in_service=True)) == ["dan"]


def test_rules_of_the_pool_are_all_to_be_met():
    record = careers(
        """
        person | post | start_on   | end_on
        ann    | head | 2010-01-01 | -
        bob    | head | 2010-01-01 | -
        """,
        memberships="""
        person | body  | start_on   | end_on
        ann    | house | 2010-01-01 | -
        cid    | house | 2010-01-01 | -
        """,
    )
    assert ranked(record, "2012-01-01", Pool(member_of=("house",))) == ["ann"]


def test_days_and_people_come_in_order_and_once():
    days = [date(2012, 1, 2), date(2010, 1, 2), date(2012, 1, 2)]
    rows = rankable(APPOINTED, Pool(), days)
    assert list(zip(rows["on"].dt.strftime("%Y-%m-%d"), rows["person_id"], strict=True)) == [
        ("2010-01-02", "ann"),
        ("2012-01-02", "ann"),
        ("2012-01-02", "bob"),
    ]


RULE = GateRule.model_validate(
    {
        "rule": "shares_attribute_with_holder",
        "id": "same_party",
        "attribute": "political_background",
        "holder_of": ["chief"],
        "sentence": {"id": "Separtai", "en": "Same party"},
        "citation": "invented",
    }
)
GOVERNED = """
    person | post  | start_on   | end_on     | end_recorded_on
    ann    | chief | 2010-01-01 | 2012-01-01 | 2012-06-01
    bob    | chief | 2013-01-01 | -          | -
"""
PARTIES = """
    person | attribute            | value | from_on    | until_on
    ann    | political_background | red   | -          | -
    bob    | political_background | blue  | 2005-01-01 | -
    cid    | political_background | red   | -          | -
    dan    | political_background | blue  | 2005-01-01 | 2013-06-01
    dan    | political_background | green | 2013-06-02 | -
    eve    | sex                  | f     | -          | -
"""
RECORD = careers(GOVERNED, protected=PARTIES)


def answer(person: str, day: str, record: Record = RECORD) -> str:
    """What the gate says of a person on a day."""
    people = pd.DataFrame({"on": pd.to_datetime([day]), "person_id": [person]})
    return gate(record, (RULE,), people)["same_party"].iloc[0]


def test_who_shares_the_value_of_the_holder_meets_the_rule():
    assert answer("cid", "2011-01-01") == "met"
    assert answer("ann", "2011-01-01") == "met"


def test_who_has_another_value_does_not_meet_the_rule():
    assert answer("dan", "2011-01-01") == "not met"


def test_who_has_no_value_needs_checking():
    # eve's value of another attribute is none of this one.
    assert answer("eve", "2011-01-01") == "needs checking"
    assert answer("zoe", "2011-01-01") == "needs checking"


def test_everybody_needs_checking_on_a_day_without_a_holder():
    assert answer("cid", "2009-12-31") == "needs checking"
    assert answer("cid", "2012-12-31") == "needs checking"


def test_everybody_needs_checking_while_the_value_of_the_holder_is_unknown():
    record = careers(
        "person | post | start_on | end_on\nfay | chief | 2010-01-01 | -", protected=PARTIES
    )
    assert answer("cid", "2011-01-01", record) == "needs checking"


def test_a_holder_whose_end_is_not_known_yet_still_holds():
    assert answer("cid", "2012-05-31") == "met"
    assert answer("cid", "2012-06-01") == "needs checking"


def test_a_holder_holds_on_the_first_day_and_on_the_last():
    ended = "person | post | start_on | end_on\nann | chief | 2010-01-01 | 2012-01-01"
    record = careers(ended, protected=PARTIES)
    assert answer("cid", "2010-01-01", record) == "met"
    assert answer("cid", "2012-01-01", record) == "met"
    assert answer("cid", "2012-01-02", record) == "needs checking"


def test_holders_of_other_classes_do_not_count():
    record = careers(
        "person | post | start_on | end_on\nann | head | 2010-01-01 | -", protected=PARTIES
    )
    assert answer("cid", "2011-01-01", record) == "needs checking"


def test_a_value_counts_in_its_period():
    assert answer("dan", "2013-06-01") == "met"
    assert answer("dan", "2013-06-02") == "not met"


def test_two_holders_open_two_doors():
    both = """
        person | post   | start_on   | end_on
        ann    | chief  | 2010-01-01 | -
        bob    | chief2 | 2010-01-01 | -
    """
    record = careers(both, protected=PARTIES)
    assert answer("cid", "2011-01-01", record) == "met"
    assert answer("dan", "2011-01-01", record) == "met"
    assert answer("dan", "2014-01-01", record) == "not met"


def test_answers_keep_the_order_and_index_of_the_people_and_hold_no_value():
    people = pd.DataFrame(
        {
            "on": pd.to_datetime(["2013-06-02", "2011-01-01", "2011-01-01"]),
            "person_id": ["dan", "eve", "cid"],
        },
        index=pd.Index(["x", "y", "z"]),
    )
    answers = gate(RECORD, (RULE,), people)
    assert answers.index.tolist() == ["x", "y", "z"]
    assert answers.columns.tolist() == ["same_party"]
    assert answers["same_party"].tolist() == ["not met", "needs checking", "met"]
    assert set(answers["same_party"]) <= set(STATUSES)


def test_the_worst_answer_speaks_for_all_rules():
    answers = pd.DataFrame(
        {
            "one": ["met", "met", "needs checking", "not met"],
            "two": ["met", "needs checking", "not met", "met"],
        },
        index=pd.Index(list("abcd")),
    )
    told = overall(answers)
    assert told.tolist() == ["met", "needs checking", "not met", "not met"]
    assert told.index.tolist() == list("abcd")


def test_without_rules_everybody_needs_checking():
    people = pd.DataFrame({"on": pd.to_datetime(["2011-01-01"]), "person_id": ["cid"]})
    answers = gate(RECORD, (), people)
    assert overall(answers).tolist() == ["needs checking"]
