"""Routes by which posts are filled: as their vacancies say, as of a day.

The rule that must not break: a vacancy is seen from the day on which the record knew of it to the
day on which the record knew the choice.
"""

from collections.abc import Mapping
from datetime import date

from features.packs.rules import Route
from features.tables.record import Record

#: Route of a vacancy, the day on which it was opened, and that on which it ceased to be open.
Spell = tuple[Route, date, date | None]


def vacancies_of(record: Record) -> dict[str, tuple[Spell, ...]]:
    """Vacancies by post, the latest opened first; of one never decided, the end is None."""
    found: dict[str, list[Spell]] = {}
    for row in record.table("vacancy").to_pyarrow().to_pylist():
        opened = max(row["opened_on"], row["opened_recorded_on"])
        decided = row["decided_recorded_on"] if row["decided_on"] is not None else None
        found.setdefault(row["post_id"], []).append((row["route"], opened, decided))
    return {
        post: tuple(sorted(spells, key=lambda spell: spell[1], reverse=True))
        for post, spells in found.items()
    }


def route_of(
    vacancies: Mapping[str, tuple[Spell, ...]], post_id: str, on: date, default: Route
) -> Route:
    """How a post is filled on a day: by the route of its open vacancy, else by another one.

    >>> spells = {"a": (("lateral", date(2026, 1, 5), date(2026, 3, 1)),)}
    >>> [route_of(spells, "a", date(2026, m, 1), "open_selection") for m in (1, 2, 3)]
    ['open_selection', 'lateral', 'open_selection']
    """
    for route, opened_on, closed_on in vacancies.get(post_id, ()):
        if opened_on <= on and (closed_on is None or on < closed_on):
            return route
    return default
