"""Which decisions there are to learn from, and who could have been chosen for each."""

from datetime import date
from functools import cache

import pandas as pd

from features.agencies.mapping import Mapping, parse_mapping
from tests.lib.careers import drawn_record
from tests.lib.small_agency import MAPPING as SMALL
from training.cohorts import Decisions, Pools, matured, pools

# A harbour with a council: whoever decides must sit on it, and be of the party of the chief.
RULES = """\
ladder:
  - {post_class: staff, title: {id: Staf, en: Staff}}
  - {post_class: head, title: {id: Kepala, en: Head}}
  - {post_class: chief, title: {id: Pimpinan, en: Chief}}
label: {months: 12, censored_by_end_of: [chief]}
"""
COUNCIL = """\
pool: {member_of: [council]}
gate:
  - rule: shares_attribute_with_holder
    id: same_party
    attribute: political_background
    holder_of: [chief]
    sentence: {id: Satu partai., en: One party.}
    citation: The charter.
"""
EXTRA_TABLES = """\
  membership:
    from: people
    columns: {membership_id: id, person_id: id, body: {constant: council}, start_on: id}
  protected_attribute:
    from: people
    columns: {person_id: id, attribute: {constant: political_background}, value: party}
"""
HEADS = "vacancies: {classes: [head]}\n"
POSTS = """
    post  | unit  | class
    clerk | ports | staff
    head  | ports | head
    head2 | roads | head
    chief | roads | chief
"""
# Head falls vacant on 2010-05-01. Eve was chosen; bob and dan began on that very day.
CAREERS = """
    person | post  | start_on   | end_on     | kind       | start_recorded_on
    zoe    | chief | 2000-01-01 | -          | definitive | 2000-01-01
    ann    | clerk | 2005-01-01 | -          | definitive | 2005-01-01
    eve    | clerk | 2006-01-01 | 2010-05-01 | definitive | 2006-01-01
    off    | clerk | 2006-01-01 | -          | definitive | 2006-01-01
    opp    | clerk | 2006-01-01 | -          | definitive | 2006-01-01
    unk    | clerk | 2006-01-01 | -          | definitive | 2006-01-01
    bob    | clerk | 2010-05-01 | -          | definitive | 2010-05-01
    eve    | head  | 2010-05-01 | -          | definitive | 2010-05-01
    dan    | head2 | 2010-05-01 | 2010-08-01 | acting     | 2010-05-01
    late   | clerk | 2009-01-01 | -          | definitive | 2010-05-01
    ann    | head2 | 2010-08-01 | 2010-12-01 | definitive | 2010-08-01
"""
SEATS = """
    person | body    | start_on   | end_on
    zoe    | council | 2000-01-01 | -
    ann    | council | 2000-01-01 | -
    eve    | council | 2000-01-01 | -
    opp    | council | 2000-01-01 | -
    unk    | council | 2010-05-01 | -
    bob    | council | 2000-01-01 | -
    dan    | council | 2000-01-01 | -
    late   | council | 2000-01-01 | -
    off    | council | 2000-01-01 | 2010-04-30
"""
PARTIES = """
    person | attribute            | value | from_on    | until_on
    zoe    | political_background | red   | 2000-01-01 | -
    ann    | political_background | red   | 2000-01-01 | -
    eve    | political_background | red   | 2000-01-01 | -
    bob    | political_background | red   | 2000-01-01 | -
    dan    | political_background | red   | 2000-01-01 | -
    late   | political_background | red   | 2000-01-01 | -
    off    | political_background | red   | 2000-01-01 | -
    opp    | political_background | blue  | 2000-01-01 | -
"""
LATER = date(2015, 1, 1)


def mapping(vacancies: str = HEADS, rules: str = COUNCIL) -> Mapping:
    files = SMALL[: SMALL.index("ladder:")] + EXTRA_TABLES
    return parse_mapping(files + RULES + vacancies + rules, "harbour.yaml")


@cache
def asked(vacancies: str = HEADS, rules: str = COUNCIL) -> tuple[pd.DataFrame, Pools]:
    """All decisions of the record, and the pools of its vacancies."""
    record = drawn_record(posts=POSTS, appointments=CAREERS, memberships=SEATS, protected=PARTIES)
    decisions = Decisions(record, mapping(vacancies, rules)).known_on(LATER)
    return decisions, pools(record, mapping(vacancies, rules), decisions)


def candidates(post: str, on: str, **given) -> list[str]:
    rows = asked(**given)[1].candidates
    rows = rows[(rows["post_id"] == post) & (rows["on"] == pd.Timestamp(on))]
    return rows["person_id"].tolist()


def test_features_of_a_decision_are_taken_on_the_day_before_it():
    decisions, pool = asked()
    of_eve = decisions[decisions["post_id"] == "head"].iloc[0]
    assert of_eve["decided_on"] == pd.Timestamp("2010-05-01")
    assert of_eve["as_of"] == pd.Timestamp("2010-04-30")
    rows = pool.candidates
    assert (rows["as_of"] == rows["on"] - pd.Timedelta(days=1)).all()


def test_choices_made_earlier_move_decision_and_eve_but_not_the_window():
    decisions, pool = asked("vacancies: {classes: [head], decided_days_before: 31}\n")
    of_eve = decisions[decisions["post_id"] == "head"].iloc[0]
    assert of_eve["start_on"] == pd.Timestamp("2010-05-01")
    assert of_eve["window_end_on"] == pd.Timestamp("2011-05-01")
    assert of_eve["decided_on"] == pd.Timestamp("2010-04-01")
    assert of_eve["as_of"] == pd.Timestamp("2010-03-31")
    assert set(pool.vacancies["on"].astype("str")) == {"2010-04-01", "2010-07-02"}


def test_elected_classes_are_not_decisions_to_learn_from():
    assert "chief" not in set(asked()[0]["post_class"])


def test_only_strategic_definitive_appointments_fill_a_vacancy():
    vacancies = asked()[1].vacancies
    filled = vacancies[["post_id", "person_id"]].values.tolist()
    assert filled == [["head", "eve"], ["head2", "ann"]]


def test_acting_appointments_fill_a_vacancy_where_the_mapping_says_so():
    vacancies = asked("vacancies: {classes: [head], kinds: [definitive, acting]}\n")[1].vacancies
    assert vacancies["person_id"].tolist() == ["eve", "dan", "ann"]


def test_pool_holds_those_appointed_before_who_sit_on_the_day_and_are_not_turned_away():
    # Bob and dan began on the day, late was recorded on it, off had left the council the day
    # before, opp is of another party; of unk, who came to the council that day, it is unknown.
    assert candidates("head", "2010-05-01") == ["ann", "eve", "unk", "zoe"]


def test_who_began_on_the_day_can_be_ranked_for_the_next_vacancy():
    assert candidates("head2", "2010-08-01") == ["ann", "bob", "dan", "eve", "late", "unk", "zoe"]


def test_without_rules_nobody_is_turned_away():
    expected = ["ann", "eve", "off", "opp", "unk", "zoe"]
    assert candidates("head", "2010-05-01", rules="") == expected


def test_the_person_appointed_is_marked_once_in_the_pool():
    rows = asked()[1].candidates
    chosen = rows[rows["is_appointed"]]
    assert chosen[["post_id", "person_id"]].values.tolist() == [["head", "eve"], ["head2", "ann"]]


def test_somebody_appointed_from_outside_is_in_no_pool():
    # Dan's first post ever is the acting one, and the pool does not bend to hold him.
    vacancies = "vacancies: {classes: [head], kinds: [definitive, acting]}\n"
    assert candidates("head2", "2010-05-01", vacancies=vacancies) == ["ann", "eve", "unk", "zoe"]
    rows = asked(vacancies)[1].candidates
    assert not rows[(rows["post_id"] == "head2") & (rows["on"] == "2010-05-01")][
        "is_appointed"
    ].any()


def test_pool_is_the_same_whoever_was_chosen():
    vacancies = "vacancies: {classes: [head], kinds: [definitive, acting]}\n"
    day = "2010-05-01"
    assert candidates("head", day, vacancies=vacancies) == candidates(
        "head2", day, vacancies=vacancies
    )


def test_rows_to_learn_from_are_definitive_known_and_of_rankable_people():
    rows = pd.DataFrame(
        {
            "person_id": ["a", "b", "c", "d", "e"],
            "state": ["matured", "immature", "censored", "matured", "matured"],
            "kind": ["definitive", "definitive", "definitive", "acting", "definitive"],
            "is_rankable": [True, True, True, True, False],
        }
    )
    assert matured(rows)["person_id"].tolist() == ["a"]
