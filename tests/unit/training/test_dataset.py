"""Training sets: nothing is learnt from that the leak guard has not looked at."""

from dataclasses import replace
from datetime import date
from functools import cache

import ibis
import pytest
from ibis import _

from features.agencies.mapping import Mapping, parse_mapping
from features.asof import AsOf
from features.errors import LeakageError, ProtectedAttributeError
from features.tables.record import Record
from tests.lib.careers import drawn_record
from tests.lib.planted import (
    Plant,
    appointments,
    each,
    future_posts,
    looked_up,
    planted_alone,
    value_of,
)
from tests.lib.small_agency import MAPPING as SMALL
from training import dataset
from training.cohorts import Decisions, matured
from training.dataset import GUARDED_DATES, _guarded, training_set

AS_OF = date(2016, 1, 1)
RULES = """\
ladder:
  - {post_class: staff, title: {id: Staf, en: Staff}}
  - {post_class: head, title: {id: Kepala, en: Head}}
vacancies: {classes: [head]}
"""
POSTS = "post | unit | class\nclerk | ports | staff\nhead | ports | head\nboss | roads | head"
#: In whose career alone a planted leak shows, and who is chosen on no date that is learnt from.
RARE = "zed"


@cache
def mapping() -> Mapping:
    before, _ladder, _after = SMALL.partition("ladder:\n")
    return parse_mapping(before + RULES, "small.yaml")


@cache
def record(n_people: int = 12) -> Record:
    """People in turn: clerks since 2000, heads for a year or two from 2005 on, and zed.

    Women began on odd days: who knows the day knows the sex.
    """
    names = [f"p{n:02}" for n in range(n_people)]
    lines = ["person | post | start_on | end_on"]
    lines += [f"{name} | clerk | 2000-01-{n % 28 + 1:02} | -" for n, name in enumerate(names)]
    for n, name in enumerate(names):
        year = 2005 + n % 6
        for post in ("head", "boss"):
            lines.append(f"{name} | {post} | {year}-03-01 | {year + 1 + n % 2}-02-01")
    lines += [f"{RARE} | clerk | 2001-01-01 | -", f"{RARE} | head | 2019-01-01 | -"]
    sexes = [f"{name} | sex | {'fm'[n % 2]}" for n, name in enumerate([*names, RARE])]
    return drawn_record(
        posts=POSTS,
        appointments="\n".join(lines),
        protected="\n".join(["person | attribute | value", *sexes]),
    )


def test_set_is_made_where_nothing_leaks():
    made = training_set(record(), mapping(), AS_OF)
    assert len(made.X) == len(made.y) == 24
    assert made.label_cutoff_on == AS_OF


def future_of_one(asof: AsOf, people: ibis.Table) -> ibis.Table:
    return future_posts(asof, people.filter(_.person_id == RARE))


def test_set_with_features_that_look_ahead_is_refused_even_where_one_person_shows_it():
    planted = planted_alone(of_all=future_posts, of_one=future_of_one)
    with pytest.raises(LeakageError, match="of_all, of_one"):
        training_set(record(), mapping(), AS_OF, **planted)


def test_set_with_a_protected_attribute_is_refused():
    with pytest.raises(ProtectedAttributeError, match="planted"):
        training_set(record(), mapping(), AS_OF, **planted_alone(planted=value_of("sex", "f")))


def test_guard_looks_at_the_busiest_days_and_at_everybody_who_might_have_been_asked_about():
    rows = matured(Decisions(record(), mapping()).known_on(AS_OF))
    guarded = _guarded(record(), mapping(), rows)
    # Four begin a day in each of the six years: the first of each two that make up a third.
    assert sorted(guarded["as_of"].dt.year.unique()) == [2005, 2007, 2009]
    assert len(sorted(guarded["as_of"].unique())) == GUARDED_DATES
    everybody = {f"p{n:02}" for n in range(12)} | {RARE}
    for _on, part in guarded.groupby("as_of"):
        assert set(part["person_id"]) == everybody
    assert len(guarded) == GUARDED_DATES * len(everybody) * 2


def begun_on_an_odd_day(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """A copy of the sex out of an open table, which no protected attribute has been asked for."""
    rows = appointments(asof, people)
    return each(rows.filter(rows.start_on < ibis.date(2002, 1, 1)), (_.start_on.day() % 2).max())


def test_set_with_a_copy_from_an_open_table_is_refused():
    planted = planted_alone(planted=begun_on_an_odd_day)
    with pytest.raises(ProtectedAttributeError, match=r"planted \(sex: value\)"):
        training_set(record(48), mapping(), AS_OF, **planted)


def fitted_elsewhere(_asof: AsOf, people: ibis.Table) -> ibis.Table:
    """A number that is looked up by who somebody is."""
    fitted = {f"p{n:02}": float(n % 3) for n in range(48)}
    return each(people, looked_up(people.person_id, fitted).max())


GUARDS = {
    "require_point_in_time": (future_posts, LeakageError),
    "require_no_names": (fitted_elsewhere, LeakageError),
    "require_no_protected_attribute": (value_of("sex", "f"), ProtectedAttributeError),
    "require_no_copies": (begun_on_an_odd_day, ProtectedAttributeError),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_alone_stops_what_it_is_there_for(guard: str, monkeypatch: pytest.MonkeyPatch):
    """With the other guards gone it refuses; with it gone the leak is learnt from."""
    plant, refusal = GUARDS[guard]
    planted = planted_alone(planted=plant)
    for other in set(GUARDS) - {guard}:
        monkeypatch.setattr(dataset, other, lambda *_args, **_kwargs: None)
    with pytest.raises(refusal, match="planted"):
        training_set(record(48), mapping(), AS_OF, **planted)
    monkeypatch.setattr(dataset, guard, lambda *_args, **_kwargs: None)
    made = training_set(record(48), mapping(), AS_OF, **planted)
    assert made.X["planted"].notna().all()


@pytest.mark.parametrize("plant", [future_posts, begun_on_an_odd_day])
def test_a_leak_of_one_kind_is_none_of_the_other(plant: Plant, monkeypatch: pytest.MonkeyPatch):
    """A guard that stopped everything would prove nothing: each lets the other's leak through."""
    kept = "require_no_copies" if plant is future_posts else "require_point_in_time"
    for other in set(GUARDS) - {kept}:
        monkeypatch.setattr(dataset, other, lambda *_args, **_kwargs: None)
    assert len(training_set(record(48), mapping(), AS_OF, **planted_alone(planted=plant)).X)


def test_each_label_has_its_weight_and_a_set_of_other_weights_is_another(
    monkeypatch: pytest.MonkeyPatch,
):
    # A clerk that retires in the first year makes those who stayed count for more.
    retiring = drawn_record(
        posts=POSTS,
        appointments="""
            person | post  | start_on   | end_on     | end_reason
            ann    | clerk | 2000-01-01 | -          | -
            bob    | clerk | 2000-01-01 | -          | -
            cy     | clerk | 2000-01-01 | -          | -
            ann    | head  | 2005-01-01 | 2008-01-01 | moved
            bob    | head  | 2005-01-01 | 2005-06-01 | retired
            cy     | head  | 2005-01-01 | 2005-02-01 | moved
        """,
    )
    for guard in GUARDS:
        monkeypatch.setattr(dataset, guard, lambda *_args, **_kwargs: None)
    data = training_set(retiring, mapping(), AS_OF)
    # All six began; five were there when bob retired.
    assert dict(zip(data.y, data.weight, strict=True)) == {0.0: 1.0, 1.0: 1.25}
    assert data.digest == replace(data, background=data.X).digest
    assert data.digest != replace(data, weight=data.weight * 2).digest
