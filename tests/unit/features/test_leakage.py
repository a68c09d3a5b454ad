"""The leak guard catches what was planted, names it and nothing else, and lets our rooms pass.

Every planted room reaches past the as-of view on purpose; nothing else may.
"""

from functools import cache

import ibis
import pytest
from ibis import _

from features import leakage
from features.asof import AsOf, days_between
from features.errors import LeakageError, ProtectedAttributeError
from features.leakage import (
    require_no_names,
    require_no_protected_attribute,
    require_point_in_time,
)
from features.tables.record import Record
from tests.lib.careers import drawn_record, pairs
from tests.lib.planted import (
    appointments,
    each,
    future_posts,
    looked_up,
    planted_alone,
    value_of,
    with_planted,
)

POSTS = """
    post  | unit  | class | fields
    clerk | ports | staff | cargo
    head  | ports | head  | cargo rail
    boss  | roads | chief | rail
"""
#: On 2013-01-01: ann's post as head began in 2012 and was recorded later; her end as a clerk lies
#: behind and is known; bob's end lies ahead; dan has not begun anything.
CAREERS = """
    person | post  | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | clerk | 2010-01-01 | -                 | 2012-01-01 | -
    ann    | head  | 2012-06-01 | 2013-06-01        | -          | -
    bob    | head  | 2011-01-01 | -                 | 2016-01-01 | -
    cid    | boss  | 2009-01-01 | -                 | 2015-01-01 | -
    dan    | clerk | 2014-01-01 | -                 | -          | -
    dan    | boss  | 2015-06-01 | -                 | -          | -
"""
PROTECTED = """
    person | attribute            | value | from_on
    ann    | sex                  | f     | -
    bob    | sex                  | m     | -
    cid    | sex                  | m     | -
    dan    | sex                  | f     | -
    ann    | political_background | red   | -
    bob    | political_background | blue  | -
"""
MEMBERS = """
    person | body  | start_on   | end_on
    bob    | house | 2005-01-01 | 2008-01-01
    cid    | house | 2014-06-01 | -
"""
LINKS = "from | to | kind | on\nports | roads | merger | 2014-06-01"
ASKED = """
    person | post | as_of
    ann    | boss | 2013-01-01
    bob    | boss | 2013-01-01
    cid    | head | 2013-01-01
    dan    | head | 2013-01-01
    ann    | boss | 2014-02-01
    bob    | head | 2014-02-01
    cid    | head | 2014-02-01
    dan    | head | 2014-02-01
"""


@cache
def record() -> Record:
    return drawn_record(
        posts=POSTS, appointments=CAREERS, links=LINKS, memberships=MEMBERS, protected=PROTECTED
    )


def begun_but_not_recorded(asof: AsOf, people: ibis.Table) -> ibis.Table:
    rows = appointments(asof, people)
    return each(rows.filter(rows.start_on <= rows.as_of), _.count())


def end_ahead(asof: AsOf, people: ibis.Table) -> ibis.Table:
    rows = appointments(asof, people)
    rows = rows.filter((rows.start_on <= rows.as_of) & (rows.end_on > rows.as_of))
    return each(rows, days_between(rows.as_of, rows.end_on).max())


def future_of_the_body(asof: AsOf, people: ibis.Table) -> ibis.Table:
    return each(people.join(asof._record.table("membership"), "person_id"), _.count())


def links_to_come(asof: AsOf, people: ibis.Table) -> ibis.Table:
    return each(people.cross_join(asof._record.table("unit_link")), _.count())


def standardised_over_everybody_ever(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """A known count, measured against a mean over people who have not begun yet."""
    counts = asof._record.table("appointment").group_by("person_id").agg(n=_.count())
    mean = counts.agg(mean=_.n.mean())
    known = asof.held_of_people.group_by("person_id", "as_of").agg(n=_.count())
    return known.cross_join(mean).mutate(value=_.n - _.mean)


def standardised_over_later_rows(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """A known count, measured against a mean over all rows that are asked about, later ones too."""
    known = asof.held_of_people.group_by("person_id", "as_of").agg(n=_.count())
    return known.mutate(value=_.n - _.n.mean().over(ibis.window()))


def future_posts_on_the_connection(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The table itself, which lies under whatever view of it the guard hands out."""
    rows = people.join(asof.spine.get_backend().table("appointment"), "person_id")
    return each(rows, (rows.start_on > rows.as_of).sum())


LATE = {
    "begun_but_not_recorded": begun_but_not_recorded,
    "end_ahead": end_ahead,
    "future_posts": future_posts,
    "future_posts_on_the_connection": future_posts_on_the_connection,
    "future_of_the_body": future_of_the_body,
    "links_to_come": links_to_come,
    "standardised_over_everybody_ever": standardised_over_everybody_ever,
    "standardised_over_later_rows": standardised_over_later_rows,
}


def names_in(error: pytest.ExceptionInfo) -> str:
    """The features that a message names."""
    return error.value.what.split(": ", 1)[1]


def test_features_that_look_past_their_date_are_named_and_no_others():
    with pytest.raises(LeakageError) as error:
        require_point_in_time(record(), pairs(ASKED), **with_planted(**LATE))
    assert names_in(error) == ", ".join(LATE)
    assert error.value.where == "as of 2013-01-01"


def test_a_leak_on_a_later_date_alone_is_found_and_dated():
    def on_one_date(asof: AsOf, people: ibis.Table) -> ibis.Table:
        return future_posts(asof, people.filter(_.as_of == ibis.date(2014, 2, 1)))

    with pytest.raises(LeakageError) as error:
        require_point_in_time(record(), pairs(ASKED), **planted_alone(on_one_date=on_one_date))
    assert error.value.where == "as of 2014-02-01"


def test_our_rooms_pass():
    require_point_in_time(record(), pairs(ASKED))
    require_no_protected_attribute(record(), pairs(ASKED))
    require_no_names(record(), pairs(ASKED))


def shares_party_with_somebody(asof: AsOf, people: ibis.Table) -> ibis.Table:
    rows = asof._record.protected_table("protected_attribute")
    rows = rows.filter(rows.attribute == "political_background")
    sizes = rows.group_by("value").agg(n=_.count())
    return each(people.join(rows, "person_id").join(sizes, "value"), _.n.max())


def sex_on_the_connection(asof: AsOf, people: ibis.Table) -> ibis.Table:
    rows = asof.spine.get_backend().table("protected_attribute")
    rows = people.left_join(rows.filter(rows.attribute == "sex"), "person_id")
    return each(rows, (rows.value == "f").any().fill_null(False).cast("int64"))


PROTECTED_PLANTS = {
    "sex": value_of("sex", "f"),
    "party": value_of("political_background", "red"),
    "size_of_party": shares_party_with_somebody,
    "sex_on_the_connection": sex_on_the_connection,
}


def test_features_that_listen_to_a_protected_attribute_are_named_and_no_others():
    with pytest.raises(ProtectedAttributeError) as error:
        require_no_protected_attribute(record(), pairs(ASKED), **with_planted(**PROTECTED_PLANTS))
    assert names_in(error) == ", ".join(PROTECTED_PLANTS)
    # Nor any value of anybody.
    assert not any(word in str(error.value) for word in ("red", "blue", "ann", "bob"))


def test_a_value_that_nobody_asked_about_has_is_found_by_dealing_it_out():
    # bob is no woman, and no woman is asked about: taking all values away changes nothing.
    asked = pairs("person | post | as_of\nbob | head | 2014-02-01\ncid | head | 2014-02-01")
    with pytest.raises(ProtectedAttributeError, match="sex"):
        require_no_protected_attribute(
            record(), asked, **planted_alone(sex=PROTECTED_PLANTS["sex"])
        )


def test_a_value_that_everybody_has_is_found_by_taking_it_away():
    alike = drawn_record(
        posts=POSTS,
        appointments=CAREERS,
        protected="person | attribute | value\nann | sex | f\nbob | sex | f\ncid | sex | f",
    )
    planted = planted_alone(sex=PROTECTED_PLANTS["sex"])
    with pytest.raises(ProtectedAttributeError, match="sex"):
        require_no_protected_attribute(alike, pairs(ASKED), **planted)


def test_without_the_blanking_the_guard_finds_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Record, "blanked", lambda self, on: self)
    monkeypatch.setattr(leakage, "_begun_by", lambda record, _day: record)
    plants = {name: LATE[name] for name in ("future_posts", "end_ahead")}
    require_point_in_time(record(), pairs(ASKED), **planted_alone(**plants))


def announced_posts(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """Appointments that somebody knew of before they began: what the panel decided."""
    rows = appointments(asof, people)
    return each(rows, ((rows.start_recorded_on <= rows.as_of) & (rows.start_on > rows.as_of)).sum())


def test_an_appointment_that_was_announced_and_has_not_begun_is_no_feature():
    head, *lines = CAREERS.strip().splitlines()
    told = [line.replace("2015-06-01 | -   ", "2015-06-01 | 2012-06-01") for line in lines]
    early = drawn_record(posts=POSTS, appointments="\n".join([head, *told]))
    planted = planted_alone(announced=announced_posts)
    with pytest.raises(LeakageError, match="announced") as error:
        require_point_in_time(early, pairs(ASKED), **planted)
    assert names_in(error) == "announced"
    require_point_in_time(early, pairs(ASKED))


def by_unit(asof: AsOf, people: ibis.Table) -> ibis.Table:
    names = asof._record.table("unit").select("unit_id", "short_name")
    held = asof.held_of_everybody.join(names, "unit_id")
    held = held.select("person_id", "as_of", "short_name")
    rows = people.join(held, ["person_id", "as_of"])
    return each(rows, looked_up(rows.short_name, {"ports": 0.2, "roads": 0.9}).max())


def by_person(_asof: AsOf, people: ibis.Table) -> ibis.Table:
    return each(people, looked_up(people.person_id, {"ann": 0.2, "bob": 0.9}).max())


def held_as_head(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """What an agency's own room may ask for: a class is no name of a unit or post."""
    held = asof.held_of_everybody
    held = held.filter(held.post_class == "head").select("person_id", "as_of", "start_on")
    return each(people.join(held, ["person_id", "as_of"]), _.count())


def test_features_that_look_up_by_name_what_was_fitted_elsewhere_are_named_and_no_others():
    planted = planted_alone(by_unit=by_unit, by_person=by_person, held_as_head=held_as_head)
    # Nothing in the record changes them, so that no blanking finds them.
    require_point_in_time(record(), pairs(ASKED), **planted)
    with pytest.raises(LeakageError) as error:
        require_no_names(record(), pairs(ASKED), **planted)
    assert names_in(error) == "by_unit, by_person"
    # Nor any name of anybody.
    assert not any(word in str(error.value) for word in ("ann", "bob", "ports"))


def test_without_other_names_the_guard_finds_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leakage, "_called_otherwise", lambda record: record)
    monkeypatch.setattr(leakage, "RENAMED", "")
    require_no_names(record(), pairs(ASKED), **planted_alone(by_unit=by_unit, by_person=by_person))


def test_without_the_dealing_out_the_guard_misses_a_value(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leakage, "_dealt_out_anew", leakage.attributes)
    asked = pairs("person | post | as_of\nbob | head | 2014-02-01\ncid | head | 2014-02-01")
    planted = planted_alone(sex=PROTECTED_PLANTS["sex"])
    require_no_protected_attribute(record(), asked, **planted)


def test_dealing_out_keeps_how_often_each_value_occurs():
    before = leakage.attributes(record()).to_pandas()
    after = leakage._dealt_out_anew(record()).to_pandas()
    for attribute in ("sex", "political_background"):
        rows = [frame[frame["attribute"] == attribute] for frame in (before, after)]
        one, other = (r.set_index("person_id")["value"] for r in rows)
        assert sorted(one) == sorted(other)
        assert (one != other.reindex(one.index)).any()


def test_every_plant_says_something():
    planted = planted_alone(**LATE, **PROTECTED_PLANTS)
    frame = leakage.feature_frame(record(), pairs(ASKED), **planted)
    assert frame[[*LATE, *PROTECTED_PLANTS]].notna().any().all()
