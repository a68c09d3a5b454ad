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
    for link in _joining_links(record):
        older, newer = root[link["predecessor_id"]], root[link["successor_id"]]
        # A unit that was never joined to anything is new: it goes on under its predecessor's line.
        is_new = newer == link["successor_id"] and list(root.values()).count(newer) == 1
        kept, renamed = (older, newer) if is_new else (newer, older)
        if kept == renamed:
            continue
        for unit in sorted(u for u, line in root.items() if line == renamed):
            root[unit] = kept
            rows.append((unit, kept, link["known_on"]))
    of_units, lines, days = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "change": pa.array(range(len(rows)), pa.int64()),
        "unit_id": pa.array(of_units, pa.string()),
        "lineage_id": pa.array(lines, pa.string()),
        "from_on": pa.array(days, pa.date32()),
    }
    # Named after what it holds: asked for again on one connection, it takes no more room.
    name = f"lineage_{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"
    return record.backend.create_table(name, pa.table(columns), temp=True, overwrite=True)


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


def _joining_links(record: Record) -> list[dict]:
    links = record.table("unit_link")
    links = links.filter(links.kind.isin(JOINING_KINDS))
    links = links.mutate(known_on=ibis.greatest(links.linked_on, links.recorded_on))
    return links.order_by("known_on", "link_id").to_pyarrow().to_pylist()
