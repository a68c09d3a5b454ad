"""What differs between two snapshots: rows by table and column, mapping, sources, rejected rows.

The rule that must not break: counts only, no value. The difference of A and B is that of B and A
with the sides exchanged, and that of A and itself is empty. Rows of protected tables are not
compared, for nothing but their own readers reads them: of these, only that the file differs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import ibis

from features.storage import Snapshot
from features.tables.record import Record

#: Where a row stood in its source: another order of rows is no change.
PLACE = "sequence"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class TableChange:
    """What differs in one table.

    Parameters
    ----------
    table : str
    added, removed : int
        Rows whose key is on the later side only, or on the earlier side only.
    changed : int
        Rows of one key that differ in a column.
    columns : dict of str to int
        By column, how many of the changed rows differ in it; columns without any are left out.
    """

    table: str
    added: int
    removed: int
    changed: int
    columns: dict[str, int]


def difference(before: Record, after: Record, same: Collection[str] = ()) -> list[TableChange]:
    """Tables that differ between two records, in the order of the record.

    A row is known by the key of its table. Where the place of a row in its source is a part of the
    key, the row is known by all else that it says: it comes or goes, and never changes.

    Parameters
    ----------
    before, after : Record
    same : collection of str
        Tables that are known not to differ; they are not looked at.
    """
    names = [name for name in after.names if not after.class_of(name).protected]
    found = [_compared(name, before, after) for name in names if name not in same]
    return [one for one in found if one.added or one.removed or one.changed]


def _compared(name: str, before: Record, after: Record) -> TableChange:
    table = after.class_of(name)
    told = [column for column in table.columns if column != PLACE]
    is_placed = PLACE in table.key
    key = told if is_placed else list(table.key)
    values = [column for column in told if column not in key]
    # The earlier rows come over to the connection of the later ones.
    sides = (ibis.memtable(before.table(name).select(*told).to_pyarrow()), after.table(name))
    left, right = (_side(rows.select(*told), key, is_placed=is_placed) for rows in sides)
    key = [*key, "nth"] if is_placed else key
    left = left.rename({f"{column}_{BEFORE}": column for column in left.columns})
    # Of columns that are never empty the engine compares the values alone, in half the time.
    filled = {c for c, column in table.columns.items() if column.required} | {"nth"}
    is_same = [
        left[f"{c}_{BEFORE}"] == right[c]
        if c in filled
        else left[f"{c}_{BEFORE}"].identical_to(right[c])
        for c in key
    ]
    rows = left.outer_join(right, is_same)
    is_left, is_right = rows.is_there_before.notnull(), rows.is_there.notnull()
    in_both = is_left & is_right
    differs = {c: in_both & ~rows[f"{c}_{BEFORE}"].identical_to(rows[c]) for c in values}
    is_changed = ibis.or_(*differs.values()) if differs else ibis.literal(value=False)
    counted = rows.agg(
        added=(is_right & ~is_left).sum().fill_null(0),
        removed=(is_left & ~is_right).sum().fill_null(0),
        changed=rows.count(where=is_changed),
        **{f"differs_{c}": one.sum().fill_null(0) for c, one in differs.items()},
    )
    count = counted.to_pyarrow().to_pylist()[0]
    columns = {c: count[f"differs_{c}"] for c in values if count[f"differs_{c}"]}
    return TableChange(name, count["added"], count["removed"], count["changed"], columns)


def _side(rows: ibis.Table, key: list[str], *, is_placed: bool) -> ibis.Table:
    if is_placed:
        rows = rows.mutate(nth=ibis.row_number().over(group_by=key))
    return rows.mutate(is_there=ibis.literal(value=True))


def between(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """What differs between two snapshots, as plain values.

    Returns
    -------
    dict
        `before`, `after`: digests. `tables`: those that differ, with rows on either side, `added`,
        `removed`, `changed`, and `columns`. `people`, `posts`: how many `came` and `went`.
        `protected`: protected tables that differ, with rows on either side. `kept`: tables that one
        side keeps and the other does not. `rejections`: counts of rejected rows that differ.
        `mapping`: sections of the mapping file that differ. `sources`: sources that differ.
    """
    files = (before.manifest["files"], after.manifest["files"])
    records = before.record(), after.record()
    names = records[1].names
    same = {n for n in names if files[0].get(_file(n)) == files[1].get(_file(n))}
    tables = difference(*records, same=same)
    by_name = {one.table: one for one in tables}
    return {
        BEFORE: before.digest,
        AFTER: after.digest,
        "tables": [_table(one, before, after) for one in tables],
        "people": _came_and_went(by_name.get("person")),
        "posts": _came_and_went(by_name.get("post")),
        "protected": [
            {"table": name, **_rows(name, before, after)}
            for name in names
            if records[1].class_of(name).protected and name not in same
        ],
        "kept": [
            {"table": name, BEFORE: _file(name) in files[0], AFTER: _file(name) in files[1]}
            for name in names
            if (_file(name) in files[0]) != (_file(name) in files[1])
        ],
        "rejections": _rejections(before, after),
        "mapping": _mapping(before, after),
        "sources": _sources(before, after),
    }


def is_empty(changes: dict[str, Any]) -> bool:
    """Whether nothing differs."""
    lists = ("tables", "protected", "kept", "rejections", "sources", "mapping")
    return not any(changes[name] for name in lists)


def _file(table: str) -> str:
    return f"{table}.parquet"


def _table(one: TableChange, before: Snapshot, after: Snapshot) -> dict[str, Any]:
    counts = {"added": one.added, "removed": one.removed, "changed": one.changed}
    return {"table": one.table, **_rows(one.table, before, after), **counts, "columns": one.columns}


def _rows(name: str, before: Snapshot, after: Snapshot) -> dict[str, int | None]:
    """Accepted rows on either side; null where the table is not kept."""
    counts = (one.manifest["tables"].get(name) for one in (before, after))
    rows = (count["accepted"] if count is not None else None for count in counts)
    return dict(zip((BEFORE, AFTER), rows, strict=True))


def _came_and_went(one: TableChange | None) -> dict[str, int]:
    return {"came": one.added if one else 0, "went": one.removed if one else 0}


def _rejections(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    fields = ("table", "column", "source", "reason")
    counts = []
    for one in (before, after):
        rows = one.manifest["rejections"]
        counts.append({tuple(row[f] for f in fields): row["rows"] for row in rows})
    keys = sorted(counts[0].keys() | counts[1].keys(), key=lambda key: [k or "" for k in key])
    sides = ((key, counts[0].get(key, 0), counts[1].get(key, 0)) for key in keys)
    return [
        {**dict(zip(fields, key, strict=True)), BEFORE: left, AFTER: right}
        for key, left, right in sides
        if left != right
    ]


def _mapping(before: Snapshot, after: Snapshot) -> list[str]:
    """Sections of the mapping that differ; `text` alone where only its words differ.

    Sections by name, such as `tables` and `sources`, are told entry by entry.
    """
    if before.mapping.digest == after.mapping.digest:
        return []
    left, right = (one.mapping.model_dump(mode="json") for one in (before, after))
    found = []
    for name in sorted(left.keys() | right.keys()):
        old, new = left.get(name), right.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            entries = sorted(old.keys() | new.keys())
            found += [f"{name}.{e}" for e in entries if old.get(e) != new.get(e)]
        else:
            found.append(name)
    return found or ["text"]


def _sources(before: Snapshot, after: Snapshot) -> list[dict[str, Any]]:
    """Sources that differ: rows read on either side, and whether the file is another one."""
    left, right = (one.manifest["sources"] for one in (before, after))
    found = []
    for name in sorted(left.keys() | right.keys()):
        old, new = left.get(name), right.get(name)
        if old == new:
            continue
        is_file_changed = (old or {}).get("sha256") != (new or {}).get("sha256")
        rows = {BEFORE: old["read"] if old else None, AFTER: new["read"] if new else None}
        found.append({"source": name, **rows, "file_changed": is_file_changed})
    return found
