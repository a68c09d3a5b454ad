"""Features planted to reach past the as-of view: what the leak guard must find."""

from collections.abc import Callable, Mapping
from typing import Any

import ibis
from ibis import _

from features.asof import AsOf
from features.assemble import ROOMS
from features.catalogue import CATALOGUE, GROUPS, Catalogue, Feature

Plant = Callable[[AsOf, ibis.Table], ibis.Table]


def with_planted(**plants: Plant) -> dict:
    """Our catalogue and rooms with some more rooms of one feature each."""
    return {
        "catalogue": CATALOGUE.with_features(*map(_feature, plants)),
        "rooms": {**ROOMS, **{name: _room(name, plant) for name, plant in plants.items()}},
    }


def planted_alone(**plants: Plant) -> dict:
    """A catalogue of nothing but the planted, which is asked in a twentieth of the time."""
    return {
        "catalogue": Catalogue(GROUPS, tuple(map(_feature, plants))),
        "rooms": {name: _room(name, plant) for name, plant in plants.items()},
    }


def _feature(name: str) -> Feature:
    return Feature(name, "count", -1e9, 1e9, 0, "pace", name, name, name, ("appointment",))


def _room(name: str, plant: Plant) -> Plant:
    def room(asof: AsOf, asked: ibis.Table) -> ibis.Table:
        people = asked.select("person_id", "as_of").distinct()
        rows = plant(asof, people).select("person_id", "as_of", planted="value")
        return people.left_join(rows, ["person_id", "as_of"]).select(
            "person_id", "as_of", **{name: _.planted}
        )

    return room


def each(rows: ibis.Table, value: ibis.Value | ibis.Deferred) -> ibis.Table:
    return rows.group_by("person_id", "as_of").agg(value=value)


def appointments(asof: AsOf, people: ibis.Table) -> ibis.Table:
    """The appointments of people straight from the record, past the door."""
    return people.join(asof._record.table("appointment"), "person_id")


def future_posts(asof: AsOf, people: ibis.Table) -> ibis.Table:
    rows = appointments(asof, people)
    return each(rows, (rows.start_on > rows.as_of).sum())


def value_of(attribute: str, coded: str) -> Plant:
    """A feature that is 1 for people with one value of a protected attribute."""

    def plant(asof: AsOf, people: ibis.Table) -> ibis.Table:
        rows = asof._record.protected_table("protected_attribute")
        rows = people.left_join(rows.filter(rows.attribute == attribute), "person_id")
        return each(rows, (rows.value == coded).any().fill_null(False).cast("int64"))

    return plant


def looked_up(name: ibis.Value, fitted: Mapping[str, float]) -> Any:
    """A number that was fitted elsewhere and is looked up by a name."""
    return ibis.cases(*((name == key, value) for key, value in fitted.items()), else_=None)
