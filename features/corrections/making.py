"""Making a correction: which row is meant, what the exports say of it, and whether it may be.

The rule that must not break: nothing is corrected that is not there, nothing is added that is, and
what no row may hold is refused before it is kept. No message holds a value of the record, and no
value says who somebody is where people are known by issued ids.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from features.agencies.consistency import MAPPED_TABLES
from features.agencies.pseudonyms import identifying_column, names_in_store, naming_people
from features.corrections.journal import (
    Action,
    Cell,
    Correction,
    Key,
    as_text,
    in_force,
    journal,
    typed,
)
from features.corrections.overlay import FILE
from features.corrections.versions import Row, added_row
from features.errors import CorrectionError
from features.journal import Entry
from features.storage import Snapshot, current_snapshot
from features.tables.core import Person
from features.tables.record import connection
from features.tables.schema import CORRECTION, OVERLAY, SUPERSEDED, Table, checked

#: In the identity store, where a mapping has one.
APART = ("nip", "name")


@dataclass(frozen=True)
class Signature:
    """Who makes a correction, why, by which document, and from when it is known.

    Parameters
    ----------
    by, why, evidence : str
    at : datetime
        The moment of making, with a time zone.
    known_on : date, optional
        The day of making, if left out.
    """

    by: str
    why: str
    evidence: str
    at: datetime
    known_on: date | None = None

    @property
    def day(self) -> date:
        """The day from which the correction is known.

        Raises
        ------
        CorrectionError
            If it lies after the day of making, or no document is named.
        """
        if not self.evidence.strip():
            raise CorrectionError(
                "is empty", where="evidence", expected="the document that shows what is right"
            )
        made_on = self.at.date()
        day = self.known_on or made_on
        if day > made_on:
            raise CorrectionError(
                f"lies after {made_on}, the day on which the correction is made",
                where=f"known on {day}",
                expected="that day, or the earlier one on which the document came in",
            )
        return day


def parsed_key(table_name: str, text: str) -> dict[str, str | None]:
    """The key of a row, given as JSON, as pairs, or as the one value that there is.

    Raises
    ------
    CorrectionError
        If there is no such table, or the text names other columns than those of its key.

    Examples
    --------
    >>> parsed_key("education", "s1")
    {'education_id': 's1'}
    >>> parsed_key("post_field", "post_id=p1, field=law")
    {'post_id': 'p1', 'field': 'law'}
    """
    table = _table(table_name)
    cells = _cells(text, table.key)
    unknown = sorted(set(cells) - set(table.key))
    absent = [n for n in table.key if n not in cells and table.columns[n].required]
    if unknown or absent:
        raise CorrectionError(
            f"names {', '.join(unknown) or 'too few columns'}",
            where="key",
            expected=f"the key of {table_name}: {', '.join(table.key)}",
        )
    return {name: cells.get(name) for name in table.key}


def parsed_row(table_name: str, text: str) -> dict[str, str | None]:
    """Cells of a row to add, given as JSON or as pairs.

    Raises
    ------
    CorrectionError
        If there is no such table or column, or a column that says when the record knew something.
    """
    table = _table(table_name)
    cells = _cells(text, ())
    for name in cells:
        _column(table, name)
    return cells


def correct(
    home: Path,
    table_name: str,
    key: Mapping[str, str | None],
    column: str,
    value: str | None,
    signature: Signature,
    *,
    keys: Path | None = None,
) -> Entry:
    """Correct one cell of a row; None: there is no value.

    Parameters
    ----------
    keys : Path, optional
        ``SUKSESI_KEY_DIR``: with the key in it the names of the person of the row are looked for
        too, as they are at the next ingest.

    Raises
    ------
    CorrectionError
        If there is no such row, the value cannot be or says who somebody is, or it stands there
        already.
    JournalError
    SnapshotError
    """
    snapshot, table = current_snapshot(home), _table(table_name)
    _column(table, column)
    if table.key == (column,):
        raise CorrectionError(
            f"{column} names the row and cannot be corrected",
            where=f"table {table_name}",
            remedy="withdraw the row, and add the right one",
        )
    _require_open(snapshot, table, {**key, column: value})

    def decided(before: tuple[Entry, ...]) -> dict[str, Any]:
        rows = _Rows(snapshot, table)
        made = [one for one in in_force(before) if one.table == table_name]
        origin = _origin(table, key, made)
        earlier = [one for one in made if one.key == origin]
        row = rows.now(key, origin, earlier)
        cell = _typed(table, column, value)
        _require_later(earlier, signature.day)
        same = [one for one in earlier if one.column == column]
        stands = _typed(table, column, same[-1].value) if same else row[column]
        if stands == cell:
            raise CorrectionError(
                "holds this value already", where=f"{table_name}.{column}", expected="another value"
            )
        corrected = {**row, column: cell}
        _require_nobody_named(snapshot, table, {column: cell}, corrected, keys)
        rows.require_possible(corrected, is_renamed=column in table.key)
        original = rows.original(origin, row)
        values = {name: as_text(cell) for name, cell in original.items()}
        return {
            **_told("correct", table_name, origin, signature),
            "column": column,
            "value": as_text(cell),
            "was": rows.said(same) if same else as_text(row[column]),
            "values": dict(same[0].values) if same else values,
        }

    return _append(home, signature, decided)


def withdraw(
    home: Path, table_name: str, key: Mapping[str, str | None], signature: Signature
) -> Entry:
    """Withdraw a row that should not be there.

    Raises
    ------
    CorrectionError
        If there is no such row.
    JournalError
    SnapshotError
    """
    snapshot, table = current_snapshot(home), _table(table_name)
    _require_open(snapshot, table, key)

    def decided(before: tuple[Entry, ...]) -> dict[str, Any]:
        made = [one for one in in_force(before) if one.table == table_name]
        origin = _origin(table, key, made)
        earlier = [one for one in made if one.key == origin]
        row = _Rows(snapshot, table).now(key, origin, earlier)
        _require_later(earlier, signature.day)
        values = {name: as_text(cell) for name, cell in row.items()}
        return {**_told("withdraw", table_name, origin, signature), "values": values}

    return _append(home, signature, decided)


def add(
    home: Path,
    table_name: str,
    cells: Mapping[str, str | None],
    signature: Signature,
    *,
    keys: Path | None = None,
) -> Entry:
    """Add a row that is missing, such as that of a document that never came in.

    Parameters
    ----------
    keys : Path, optional
        See `correct`.

    Raises
    ------
    CorrectionError
        If there is such a row already, or it cannot be, or a cell says who somebody is.
    JournalError
    SnapshotError
    """
    snapshot, table = current_snapshot(home), _table(table_name)
    if table is Person:
        raise CorrectionError(
            "people come from the exports",
            where=f"table {table_name}",
            remedy="have the register of staff exported again",
        )
    _require_open(snapshot, table, cells)

    def decided(before: tuple[Entry, ...]) -> dict[str, Any]:
        rows = _Rows(snapshot, table)
        values = {name: as_text(_typed(table, name, text)) for name, text in cells.items()}
        number = len(before) + 1
        row = added_row(
            table,
            Correction(number, "add", table_name, (), None, None, None,
                       signature.day, "", "", "", "", values),
        )  # fmt: skip
        origin = tuple(as_text(row[name]) for name in table.key)
        made = [one for one in in_force(before) if (one.table, one.key) == (table_name, origin)]
        if rows.has(row) or made:
            raise CorrectionError(
                "there is such a row already",
                where=f"table {table_name}",
                expected="a key that no row has",
                remedy="correct the row",
            )
        _require_nobody_named(snapshot, table, row, row, keys)
        rows.require_possible(row, is_renamed=False)
        if "sequence" in table.columns:
            values = {**values, "sequence": as_text(row["sequence"])}
        return {**_told("add", table_name, origin, signature), "values": values}

    return _append(home, signature, decided)


def undo(home: Path, number: int, *, by: str, why: str, at: datetime) -> Entry:
    """Take a correction back; the next ingest is as if it had never been made.

    Raises
    ------
    CorrectionError
        If no correction of that number is in force.
    JournalError
    """

    def decided(before: tuple[Entry, ...]) -> dict[str, Any]:
        numbers = [one.number for one in in_force(before)]
        if number not in numbers:
            raise CorrectionError(
                "is not in force",
                where=f"correction {number}",
                expected=f"one of {', '.join(map(str, numbers))}" if numbers else "a correction",
                remedy="see suksesi corrections list",
            )
        return {"action": "undo", "undoes": number}

    return journal(home).append(at=at, by=by, why=why, decide=decided)


def outcomes_of(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    """By number, what became of corrections in the ingest of a snapshot."""
    path = snapshot.folder / FILE
    if not path.exists():
        return {}
    rows = connection().read_parquet(path).to_pyarrow().to_pylist()
    return {row["number"]: row for row in rows}


class _Rows:
    """The rows of one table in a snapshot, whatever was corrected in them."""

    def __init__(self, snapshot: Snapshot, table: type[Table]) -> None:
        self._snapshot, self._table = snapshot, table
        path = snapshot.folder / f"{table.name}.parquet"
        if not path.exists():
            raise CorrectionError(
                "the mapping of the agency does not fill the table",
                where=f"table {table.name}",
                expected="a table that the exports have",
            )
        rows = connection().read_parquet(path)
        self._has_overlay = SUPERSEDED in rows.columns
        self._stored = [name for name in rows.columns if name not in OVERLAY]
        self._rows = rows

    def now(self, key: Mapping[str, str | None], origin: Key, earlier: list[Correction]) -> Row:
        """The row that a key names, with what was corrected since the ingest."""
        table = self._table
        added = [one for one in earlier if one.action == "add"]
        if any(one.action == "withdraw" for one in earlier):
            raise self._missing()
        by_origin = dict(zip(table.key, origin, strict=True))
        found = self._named(key) or self._named(by_origin)
        if found is None and not added:
            raise self._missing()
        row = dict(found if found is not None else added_row(table, added[0]))
        for one in earlier:
            if one.action == "correct" and one.column is not None:
                row[one.column] = typed(table.columns[one.column], one.value)
        return row

    def original(self, origin: Key, row: Row) -> Row:
        """The row as the exports have it, where the snapshot keeps it beside a corrected one."""
        by_origin = dict(zip(self._table.key, origin, strict=True))
        return self._named(by_origin, CORRECTION) or row

    def has(self, row: Row) -> bool:
        """Whether a row of the same key is there."""
        return self._named({name: as_text(row[name]) for name in self._table.key}) is not None

    def said(self, same: list[Correction]) -> str | None:
        """What the exports said of a corrected cell, as of the last ingest."""
        told = outcomes_of(self._snapshot)
        newest = [one for one in same if one.number in told]
        if newest and told[newest[-1].number]["state"] != "row_missing":
            return told[newest[-1].number]["source_value"]
        return same[-1].was

    def require_possible(self, row: Row, *, is_renamed: bool) -> None:
        """Refuse a row that breaks a constraint, or cells that the snapshot has no column for."""
        table = self._table
        unfilled = [n for n, cell in row.items() if cell is not None and n not in self._stored]
        if unfilled:
            raise CorrectionError(
                f"the mapping of the agency does not fill {', '.join(unfilled)}",
                where=f"table {table.name}",
            )
        record = self._snapshot.record()
        schema = ibis.schema({**dict(table.ibis_schema().items()), "row": "int64"})
        one = pa.Table.from_pylist([{**row, "row": 0}], schema=schema.to_pyarrow())
        refers = {c.references.partition(".")[0] for c in table.columns.values() if c.references}
        known = {name: record.table(name) for name in refers}
        judged = record.backend.create_table("judged_correction", one, temp=True)
        verdict = checked(table, judged, known).to_pyarrow().to_pylist()[0]
        if verdict["breach"] is not None:
            raise CorrectionError(
                verdict["breach"], where=f"{table.name}.{verdict['breach_column']}"
            )
        if is_renamed and self.has(row):
            raise CorrectionError(
                "another row has this key",
                where=f"table {table.name}",
                remedy="withdraw one of the two",
            )

    def _named(self, key: Mapping[str, str | None], last: str = SUPERSEDED) -> Row | None:
        """A row with a key: of its versions one in which a column of the overlay is empty."""
        rows = self._rows
        for name, text in key.items():
            cell = _typed(self._table, name, text)
            rows = rows.filter(rows[name].isnull() if cell is None else rows[name] == cell)
        if self._has_overlay:
            # One that was renamed is found by what it was called, too.
            order = (rows[last].notnull(), ibis.desc(SUPERSEDED), ibis.desc(CORRECTION))
            rows = rows.order_by(*order).drop(*OVERLAY)
        found = rows.limit(1).to_pyarrow().to_pylist()
        return {**dict.fromkeys(self._table.columns), **found[0]} if found else None

    def _missing(self) -> CorrectionError:
        return CorrectionError(
            "there is no such row",
            where=f"table {self._table.name}",
            expected="the key of a row of the snapshot in force",
            remedy="ingest first, or look the key up in the snapshot",
        )


def _origin(table: type[Table], key: Mapping[str, str | None], made: list[Correction]) -> Key:
    """The key of a row as the exports have it, where corrections renamed it since."""
    wanted = tuple(as_text(_typed(table, name, key.get(name))) for name in table.key)
    for one in made:
        renamed = dict(zip(table.key, one.key, strict=True))
        for other in made:
            if other.key == one.key and other.column in table.key:
                renamed[other.column] = other.value
        if tuple(renamed.values()) == wanted:
            return one.key
    return wanted


def _require_later(earlier: list[Correction], day: date) -> None:
    latest = max((one.known_on for one in earlier), default=day)
    if day < latest:
        raise CorrectionError(
            f"lies before {latest}, from which an earlier correction of the row is known",
            where=f"known on {day}",
            expected="that day or a later one",
            remedy="undo the earlier correction, and make both again in their order",
        )


def _require_open(snapshot: Snapshot, table: type[Table], cells: Mapping[str, str | None]) -> None:
    """Refuse what the identity store keeps."""
    if snapshot.mapping.identity and table.protected and cells.get("attribute") in APART:
        raise CorrectionError(
            "NIPs and names are in the identity store",
            where=f"table {table.name}",
            remedy="see suksesi identity --help",
        )


def _require_nobody_named(
    snapshot: Snapshot, table: type[Table], cells: Row, row: Row, keys: Path | None
) -> None:
    """Refuse cells that say who somebody is where people are known by issued ids."""
    if snapshot.mapping.identity is None:
        return
    people = [cell for name in naming_people(table) if isinstance(cell := row[name], str)]
    names = [] if keys is None else names_in_store(snapshot.folder.parents[1], keys, people)
    column = identifying_column(table, cells, names)
    if column is not None:
        raise CorrectionError(
            "holds what identifies a person",
            where=f"{table.name}.{column}",
            expected="a text without a NIP and without the name of the person of the row",
            remedy="leave them out of the value",
        )


def _table(name: str) -> type[Table]:
    if name not in MAPPED_TABLES:
        raise CorrectionError(
            "there is no such table",
            where=f"table {name!r}",
            expected=f"one of {', '.join(sorted(MAPPED_TABLES))}",
        )
    return MAPPED_TABLES[name]


def _column(table: type[Table], name: str) -> None:
    if name not in table.columns:
        raise CorrectionError(
            f"has no column {name!r}",
            where=f"table {table.name}",
            expected=f"one of {', '.join(table.columns)}",
        )
    if name in [fact.recorded for fact in table.facts]:
        raise CorrectionError(
            "says when the record knew something, which no correction changes",
            where=f"{table.name}.{name}",
            remedy="a correction is known from its own day, or from the day given as known_on",
        )


def _typed(table: type[Table], name: str, text: str | None) -> Cell:
    column = table.columns[name]
    try:
        return typed(column, text)
    except (ValueError, KeyError):
        raise CorrectionError(
            f"is not of the type {column.type}",
            where=f"{table.name}.{name}",
            expected="a date is YYYY-MM-DD" if column.type == "date" else f"a {column.type}",
        ) from None


def _cells(text: str, alone: tuple[str, ...]) -> dict[str, str | None]:
    """Cells by column; a value alone belongs to the one column that there is."""
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if isinstance(held, dict):
        return {
            str(name): value if isinstance(value, str) or value is None else json.dumps(value)
            for name, value in held.items()
        }
    if len(alone) == 1 and "=" not in text:
        return {alone[0]: text.strip()}
    cells: dict[str, str | None] = {}
    for pair in text.split(","):
        name, parted, value = pair.partition("=")
        if not parted:
            raise CorrectionError(
                "cannot be read",
                where="key or row",
                expected='JSON such as {"column": "value"}, or column=value, column=value',
            )
        cells[name.strip()] = value.strip() or None
    return cells


def _told(action: Action, table_name: str, key: Key, signature: Signature) -> dict[str, Any]:
    return {
        "action": action,
        "table": table_name,
        "key": list(key),
        "known_on": signature.day.isoformat(),
        "evidence": signature.evidence.strip(),
    }


def _append(home: Path, signature: Signature, decided: Any) -> Entry:
    return journal(home).append(at=signature.at, by=signature.by, why=signature.why, decide=decided)
