"""Which units are one organisation for a career, as of any date.

A renamed or merged unit goes on as its successor; a demerger or a transfer of functions starts
something new. The rule that must not break: a link counts from the day on which the record knew
it, so two units that merge tomorrow are still two today.
"""

import hashlib
from datetime import date

import ibis
import pyarrow as pa

from features.tables.record import Record
from features.tables.schema import SUPERSEDED

JOINING_KINDS = ("rename", "merger")
BEFORE_EVERYTHING = date(1, 1, 1)


def dated_lineage(record: Record) -> ibis.Table:
    """Every unit's lineage, and the day from which it holds.

    Returns
    -------
    ibis.Table, one row a unit and change
        `change`, a number in the order of the changes; `unit_id`; `lineage_id`, the id of the unit
        that the line goes back to; `from_on`, a date, the first possible one for the unit alone.
        Where two lines merge, the one that the successor belonged to already keeps its name.
    """
    units = record.table("unit").select("unit_id").order_by("unit_id").to_pyarrow()
    root = {unit: unit for unit in units["unit_id"].to_pylist()}
    rows = [(unit, unit, BEFORE_EVERYTHING) for unit in root]
    links = _joining_links(record)
    if any(link["gone_on"] for link in links):
        rows += _told_again(root, links)
    else:
        for link in links:
            rows += [(unit, root[unit], link["known_on"]) for unit in _join(root, link)]
    of_units, lines, days = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "change": pa.array(range(len(rows)), pa.int64()),
        "unit_id": pa.array(of_units, pa.string()),
        "lineage_id": pa.array(lines, pa.string()),
        "from_on": pa.array(days, pa.date32()),
    }
    # Named after what it holds: asked for again on one connection, it takes no more room.
    name = f"lineage_{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"
    return record.beside(name, pa.table(columns))


def lineage_as_of(lineage: ibis.Table, dates: ibis.Table) -> ibis.Table:
    """The lineage of every unit at each date: `as_of`, `unit_id`, `lineage_id`.

    Parameters
    ----------
    lineage : ibis.Table
        What `dated_lineage` returns.
    dates : ibis.Table
        One column, `as_of`.
    """
    known = dates.join(lineage, lineage.from_on <= dates.as_of)
    return known.group_by("as_of", "unit_id").agg(lineage_id=known.lineage_id.argmax(known.change))


def _join(root: dict[str, str], link: dict) -> list[str]:
    """Join the lines of a link's units; the units that are of another line now."""
    older, newer = root[link["predecessor_id"]], root[link["successor_id"]]
    # A unit that was never joined to anything is new: it goes on under its predecessor's line.
    is_new = newer == link["successor_id"] and list(root.values()).count(newer) == 1
    kept, renamed = (older, newer) if is_new else (newer, older)
    if kept == renamed:
        return []
    moved = sorted(unit for unit, line in root.items() if line == renamed)
    root.update(dict.fromkeys(moved, kept))
    return moved


def _told_again(root: dict[str, str], links: list[dict]) -> list[tuple[str, str, date]]:
    """Changes of lines where corrections put an end to links: each day is told from its links."""
    rows: list[tuple[str, str, date]] = []
    before = root
    for day in sorted({link[on] for link in links for on in ("known_on", "gone_on") if link[on]}):
        now = {unit: unit for unit in root}
        for link in links:
            if link["known_on"] <= day and (link["gone_on"] is None or link["gone_on"] > day):
                _join(now, link)
        rows += [(unit, now[unit], day) for unit in sorted(now) if now[unit] != before[unit]]
        before = now
    return rows


def _joining_links(record: Record) -> list[dict]:
    links = record.versions("unit_link")
    gone_on = links[SUPERSEDED] if SUPERSEDED in links.columns else ibis.null("date")
    links = links.mutate(gone_on=gone_on)
    links = links.filter(links.kind.isin(JOINING_KINDS))
    links = links.mutate(known_on=ibis.greatest(links.linked_on, links.recorded_on))
    return links.order_by("known_on", "link_id").to_pyarrow().to_pylist()
