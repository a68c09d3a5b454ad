"""How old the newest recorded facts are, by table and by unit, and assessments past validity.

The rule that must not break: a table that is not kept, or that holds nothing of a unit, has no age.
"""

from datetime import date
from typing import Any

import ibis
from ibis import _

from features.intake_report.present import Present


def staleness(people: ibis.Table, present: Present) -> dict[str, Any]:
    """Days since the newest recorded fact of each table and of each unit, as plain values.

    Parameters
    ----------
    people : ibis.Table
        What `completeness_of_people` returns.
    present : Present

    Returns
    -------
    dict
        `tables`: `table`, `kept`, `newest_recorded_on`, `days`; days are null where nothing is on
        record or the table is not kept. `units`: `unit_id` and `days` by table, of the facts about
        people who are in service there. `old_assessments`: people who were assessed, and each time
        too long ago, in all and by unit; null where assessments are not kept.
    """
    dated = [name for name in present.open_tables if present.record.class_of(name).facts]
    newest = {
        name: _newest(present.table(name), present, name) if present.keeps(name) else None
        for name in dated
    }
    return {
        "tables": [
            {
                "table": name,
                "kept": present.keeps(name),
                "newest_recorded_on": str(newest[name]) if newest[name] else None,
                "days": _days(present, newest[name]),
            }
            for name in dated
        ],
        "units": _units(people, present, dated),
        "old_assessments": _old_assessments(people, present),
    }


def _newest(rows: ibis.Table, present: Present, name: str) -> date | None:
    return rows.agg(newest=_latest(rows, present, name)).to_pyarrow().to_pylist()[0]["newest"]


def _latest(rows: ibis.Table, present: Present, name: str) -> Any:
    """The newest day on which any fact of the rows was recorded."""
    days = [rows[fact.recorded].max() for fact in present.record.class_of(name).facts]
    return ibis.greatest(*days) if len(days) > 1 else days[0]


def _days(present: Present, newest: date | None) -> int | None:
    return None if newest is None else (present.on - newest).days


def _units(people: ibis.Table, present: Present, dated: list[str]) -> list[dict[str, Any]]:
    of_people = people.select("person_id", "unit_id")
    names = people.select("unit_id").distinct().order_by("unit_id").to_pyarrow()
    units: dict[str, dict[str, int | None]] = {unit: {} for unit in names["unit_id"].to_pylist()}
    for name in dated:
        if not present.keeps(name) or "person_id" not in present.table(name).columns:
            continue
        rows = present.table(name).join(of_people, "person_id")
        found = rows.group_by("unit_id").agg(newest=_latest(rows, present, name)).to_pyarrow()
        newest = {row["unit_id"]: row["newest"] for row in found.to_pylist()}
        for unit, days in units.items():
            days[name] = _days(present, newest.get(unit))
    return [{"unit_id": unit, "days": days} for unit, days in units.items()]


def _old_assessments(people: ibis.Table, present: Present) -> dict[str, Any] | None:
    if not present.keeps("assessment"):
        return None
    old = people.filter(people.has_old_assessment)
    counted = old.group_by("unit_id").agg(people=_.count()).order_by("unit_id")
    units = counted.to_pyarrow().to_pylist()
    return {"people": sum(unit["people"] for unit in units), "units": units}
