"""Corrections laid over the accepted rows of an ingest, and compared with what the exports say now.

The rule that must not break: a corrected value obeys the constraints that every row obeys, or is
refused with a reason, as is one that says who somebody is where people are known by issued ids. The
exports are never changed; what they say by now decides the state of a correction and never what the
record shows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features.agencies.consistency import SNAPSHOT_TABLES
from features.agencies.pseudonyms import identifying_column, names_in_ingest, naming_people
from features.corrections.journal import Cell, Correction, Key, as_text, digest_of, typed
from features.corrections.versions import Row, RowVersion, added_row, agrees, versions_of
from features.tables.schema import (
    CORRECTION,
    IBIS_TYPES,
    OVERLAY,
    SUPERSEDED,
    Table,
    checked,
)

FILE = "corrections.parquet"
#: *pending*: the exports say what they said; *reconciled*: they say what the correction says;
#: *contradicted*: they say a third thing; *replaced*: a later correction of the cell counts.
State = Literal["pending", "reconciled", "contradicted", "row_missing", "replaced", "refused"]
STATES: tuple[State, ...] = (
    "pending",
    "reconciled",
    "contradicted",
    "row_missing",
    "replaced",
    "refused",
)
_NEEDED = "other rows refer to it"
_IDENTIFYING = "holds what identifies a person"
_Called = tuple[tuple[str, Cell], ...]
"""Columns of a key with their cells."""
_STORED = pa.schema(
    [
        ("number", pa.int64()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("source_value", pa.string()),
    ]
)


@dataclass(frozen=True)
class Outcome:
    """What became of a correction.

    Parameters
    ----------
    number : int
    state : str
    reason : str or None
        Why it was refused; without any value.
    source_value : str or None
        What the exports say of the corrected cell now.
    """

    number: int
    state: State
    reason: str | None = None
    source_value: str | None = None


@dataclass(frozen=True)
class Overlay:
    """Corrections as one ingest laid them over its rows.

    Parameters
    ----------
    tables : dict of str to ibis.Table
        Tables of which a row was corrected, with the columns of `OVERLAY`.
    outcomes : tuple of Outcome
        In the order of numbers.
    sha256 : str
        Of what the corrections do; see `features.corrections.journal.digest_of`.
    """

    tables: dict[str, ibis.Table]
    outcomes: tuple[Outcome, ...]
    sha256: str

    def report(self) -> dict[str, Any]:
        """Numbers of corrections by state, and why some were refused; no values."""
        by_state = {s: [o.number for o in self.outcomes if o.state == s] for s in STATES}
        refused = {str(o.number): o.reason for o in self.outcomes if o.state == "refused"}
        return {"sha256": self.sha256, "states": by_state, "refused": refused}

    def write(self, folder: Path) -> None:
        """Write the outcomes as Parquet."""
        rows = [vars(outcome) for outcome in self.outcomes]
        pq.write_table(pa.Table.from_pylist(rows, schema=_STORED), folder / FILE)


def lay_over(
    backend: Backend,
    tables: Mapping[str, ibis.Table],
    stored: Mapping[str, Sequence[str]],
    corrections: Sequence[Correction],
) -> Overlay:
    """Lay corrections over the rows of an ingest.

    Parameters
    ----------
    backend : Backend
        The connection that the tables are on.
    tables : mapping of str to ibis.Table
        Accepted rows of every canonical table.
    stored : mapping of str to sequence of str
        The columns that are kept of each table that is kept.
    corrections : sequence of Correction
        Those in force, in the order in which they were made.
    """
    known = dict(tables)
    changed: dict[str, ibis.Table] = {}
    outcomes: list[Outcome] = []
    # A table stands behind those that it refers to, so that these are corrected already.
    for table in SNAPSHOT_TABLES:
        of_table = [one for one in corrections if one.table == table.name]
        if not of_table:
            continue
        layer = _Layer(backend, table, known, stored.get(table.name, ()), of_table)
        outcomes += layer.outcomes()
        if layer.is_changed:
            changed[table.name] = layer.rows()
            known[table.name] = _present(table, changed[table.name])
    names = {table.name for table in SNAPSHOT_TABLES}
    outcomes += [_refused(c, "there is no such table") for c in corrections if c.table not in names]
    in_order = tuple(sorted(outcomes, key=lambda outcome: outcome.number))
    return Overlay(changed, in_order, digest_of(corrections))


class _Layer:
    """The corrections of one table."""

    def __init__(
        self,
        backend: Backend,
        table: type[Table],
        known: Mapping[str, ibis.Table],
        stored: Collection[str],
        corrections: Sequence[Correction],
    ) -> None:
        self._backend, self._table, self._known = backend, table, known
        self._rows = known[table.name]
        self._refused: dict[int, str] = {}
        self._groups: dict[Key, list[Correction]] = {}
        for one in corrections:
            self._groups.setdefault(one.key, []).append(one)
        for group in self._groups.values():
            group.sort(key=lambda one: (one.known_on, one.number))
        for one in corrections:
            self._refuse_unfit(one, stored)
        self._found = self._found_rows()
        self._sources = {key: self._source(key) for key in self._groups}
        self._refuse_needed()
        self._refuse_identifying()
        self._versions = self._without_breaches()

    @property
    def is_changed(self) -> bool:
        """Whether any correction has an effect."""
        return any(
            self._counting(key) and (self._sources[key] is not None or self._versions[key])
            for key in self._groups
        )

    def rows(self) -> ibis.Table:
        """The rows of the table, those that no correction speaks of first, then versions."""
        touched = self._touched()
        nothing = {name: ibis.null(kind) for name, kind in OVERLAY.items()}
        untouched = self._untouched(touched).select(*self._table.columns).mutate(**nothing)
        schema = ibis.schema({**dict(self._table.ibis_schema().items()), **OVERLAY})
        written = [
            {**version.row, SUPERSEDED: version.superseded_on, CORRECTION: version.correction}
            for key in touched
            for version in self._versions[key]
        ]
        versions = pa.Table.from_pylist(
            [{name: row[name] for name in schema} for row in written],
            schema=schema.to_pyarrow(),
        )
        own = self._backend.create_table(f"corrected_{self._table.name}", versions)
        return untouched.union(own)

    def outcomes(self) -> list[Outcome]:
        """What became of each correction."""
        return [self._outcome(one) for group in self._groups.values() for one in group]

    # -- which row is meant ------------------------------------------------------------------------

    def _source(self, key: Key) -> Row | None:
        """The row of the exports that corrections of a key speak of, whatever its key is by now."""
        named = self._named(key)
        if named is None:
            return None
        meant, renamed = named
        as_sent = self._found.get(_lasting(meant, {}), [])
        found = self._found.get(_lasting(meant, renamed)) or as_sent
        for wanted in (meant, {**meant, **renamed}):
            for row in found:
                if all(row[name] == cell for name, cell in wanted.items()):
                    return row
        # The exports have neither: if one row is left that can be meant, they say a third thing.
        return found[0] if renamed and len(found) == 1 else None

    def _named(self, key: Key) -> tuple[Row, Row] | None:
        """What a row is called, and which cells of that corrections change."""
        columns, names = self._table.columns, self._table.key
        try:
            meant = dict(zip(names, self._typed_key(key), strict=True))
        except (ValueError, KeyError):
            return None
        renamed = {
            one.column: typed(columns[one.column], one.value)
            for one in self._groups[key]
            if one.column in names and one.number not in self._refused
        }
        return meant, renamed

    def _typed_key(self, key: Key) -> tuple[Cell, ...]:
        columns = self._table.columns
        return tuple(
            typed(columns[name], text) for name, text in zip(self._table.key, key, strict=True)
        )

    def _found_rows(self) -> dict[_Called, list[Row]]:
        """Rows that corrections can mean, by the cells of their keys that no correction changes."""
        asked: dict[tuple[str, ...], set[_Called]] = {}
        for key, group in self._groups.items():
            counting = [one for one in group if one.number not in self._refused]
            # Where a new name is refused later, the row is found by the old one alone.
            for named in (self._named(key), self._named_as_sent(key)) if counting else ():
                if named is not None:
                    called = _lasting(*named)
                    asked.setdefault(tuple(name for name, _cell in called), set()).add(called)
        found: dict[_Called, list[Row]] = {}
        for names, many in asked.items():
            for row in self._matching(names, many):
                found.setdefault(tuple((name, row[name]) for name in names), []).append(row)
        return found

    def _named_as_sent(self, key: Key) -> tuple[Row, Row] | None:
        named = self._named(key)
        return None if named is None else (named[0], {})

    def _matching(self, names: tuple[str, ...], many: Collection[_Called]) -> list[Row]:
        """Rows with one of many sets of cells, in the order of their keys."""
        schema = ibis.schema({name: IBIS_TYPES[self._table.columns[name].type] for name in names})
        meant = ibis.memtable(
            pa.Table.from_pylist([dict(called) for called in many], schema=schema.to_pyarrow())
        )
        same = [self._rows[name].identical_to(meant[name]) for name in names]
        rows = self._rows.semi_join(meant, same).order_by(*self._table.key)
        return rows.select(*self._table.columns).to_pyarrow().to_pylist()

    # -- what is refused ---------------------------------------------------------------------------

    def _refuse_unfit(self, one: Correction, stored: Collection[str]) -> None:
        """Refuse what the table does not have, and cells that no value can be made of."""
        told = {**one.values, **({one.column: one.value} if one.column else {})}
        if not stored:
            self._refused[one.number] = "the mapping does not fill the table"
        elif len(one.key) != len(self._table.key):
            self._refused[one.number] = f"the key of the table is {', '.join(self._table.key)}"
        for name, text in told.items():
            column = self._table.columns.get(name)
            if column is None or (name not in stored and text is not None):
                self._refused.setdefault(one.number, f"{name}: the mapping does not fill it")
                continue
            try:
                typed(column, text)
            except (ValueError, KeyError):
                self._refused.setdefault(one.number, f"{name}: is not of the type {column.type}")

    def _refuse_needed(self) -> None:
        """Refuse to withdraw a row, or to rename it, that rows of other tables refer to."""
        for key, group in self._groups.items():
            for one in group:
                source = self._sources[key]
                names_row = one.action == "withdraw" or one.column in self._table.key
                if source is not None and names_row and self._is_referred_to(source):
                    self._refused[one.number] = _NEEDED

    def _refuse_identifying(self) -> None:
        """Refuse cells with a NIP, or with a name of the person of the row.

        Such a correction was made before the exports had a section `identity`, or by an account
        that does not know the names.
        """
        for key, group in self._groups.items():
            of_group = [one for one in group if one.action != "withdraw"]
            names = names_in_ingest(self._backend, self._people_of(key, of_group))
            if names is None:
                return
            for one in of_group:
                # What the exports said then is shown for the days before the correction.
                told = [dict(one.values)]
                told += [{one.column: cell} for cell in (one.value, one.was) if one.column]
                found = [identifying_column(self._table, cells, names) for cells in told]
                if (column := next(filter(None, found), None)) is not None:
                    self._refused.setdefault(one.number, f"{column}: {_IDENTIFYING}")
                    self._sources[key] = self._source(key)

    def _people_of(self, key: Key, group: Sequence[Correction]) -> set[str]:
        """Whom a row names, by the exports and by corrections of it."""
        rows = [self._sources[key] or {}, *(one.values for one in group)]
        rows += [{one.column: one.value} for one in group if one.column]
        cells = (row.get(name) for row in rows for name in naming_people(self._table))
        return {cell for cell in cells if isinstance(cell, str)}

    def _is_referred_to(self, row: Row) -> bool:
        for other in SNAPSHOT_TABLES:
            for name, column in other.columns.items():
                table, _dot, key = (column.references or "").partition(".")
                if table == self._table.name and row[key] is not None:
                    rows = self._known[other.name]
                    if rows.filter(rows[name] == row[key]).limit(1).count().to_pyarrow().as_py():
                        return True
        return False

    def _without_breaches(self) -> dict[Key, list[RowVersion]]:
        """The versions of each row, of corrections whose rows obey every constraint."""
        while True:
            versions = {key: self._versions_of(key) for key in self._groups}
            breaches = self._breaches(versions)
            if not breaches:
                return versions
            for key, (column, why) in breaches.items():
                counting = self._counting(key)
                to_blame = [one for one in counting if one.column == column] or counting
                self._refused[to_blame[-1].number] = f"{column}: {why}"
                self._sources[key] = self._source(key)

    def _versions_of(self, key: Key) -> list[RowVersion]:
        source, counting = self._sources[key], self._counting(key)
        if source is None and not any(one.action == "add" for one in counting):
            return []
        return versions_of(self._table, source, counting)

    def _counting(self, key: Key) -> list[Correction]:
        return [one for one in self._groups[key] if one.number not in self._refused]

    def _touched(self) -> list[Key]:
        return [key for key in self._groups if self._counting(key)]

    def _untouched(self, keys: Iterable[Key]) -> ibis.Table:
        """Rows of the table that are none of those that corrections speak of."""
        sources = [source for key in keys if (source := self._sources[key]) is not None]
        if not sources:
            return self._rows
        schema = self._table.ibis_schema()
        names = {name: schema[name] for name in self._table.key}
        meant = pa.Table.from_pylist(
            [{name: row[name] for name in names} for row in sources],
            schema=ibis.schema(names).to_pyarrow(),
        )
        meant_rows = ibis.memtable(meant)
        same = [self._rows[name].identical_to(meant_rows[name]) for name in names]
        return self._rows.anti_join(meant_rows, same)

    def _breaches(self, versions: Mapping[Key, Sequence[RowVersion]]) -> dict[Key, tuple[str, str]]:
        """By key, column and reason of the first constraint that a row as it is now breaks."""
        present = [
            (key, version.row)
            for key in versions
            for version in versions[key]
            if version.superseded_on is None and version.correction is not None
        ]
        if not present:
            return {}
        schema = ibis.schema({**dict(self._table.ibis_schema().items()), "row": "int64"})
        rows = [{**row, "row": nth} for nth, (_key, row) in enumerate(present)]
        judged = self._backend.create_table(
            f"judged_{self._table.name}",
            pa.Table.from_pylist(
                [{n: row[n] for n in schema} for row in rows], schema=schema.to_pyarrow()
            ),
            overwrite=True,
        )
        verdict = checked(self._table, judged, self._known)
        verdict = verdict.filter(verdict.breach.notnull()).select("row", "breach_column", "breach")
        found = {
            present[one["row"]][0]: (one["breach_column"], one["breach"])
            for one in verdict.order_by("row").to_pyarrow().to_pylist()
        }
        others = self._untouched(key for key in versions if self._counting(key))
        same = [judged[name].identical_to(others[name]) for name in self._table.key]
        repeated = judged.semi_join(others, same).order_by("row").select("row")
        for nth in repeated.to_pyarrow()["row"].to_pylist():
            why = f"repeats the key ({', '.join(self._table.key)})"
            found.setdefault(present[nth][0], (self._table.key[0], why))
        return found

    # -- what became of it -------------------------------------------------------------------------

    def _outcome(self, one: Correction) -> Outcome:
        source = self._sources[one.key]
        if one.number in self._refused:
            return _refused(one, self._refused[one.number])
        if one.action == "add":
            return self._outcome_of_added(one, source)
        if one.action == "withdraw":
            return self._outcome_of_withdrawn(one, source)
        assert one.column is not None
        if source is None:
            added = [c for c in self._counting(one.key) if c.action == "add"]
            if not added:
                return Outcome(one.number, "row_missing")
            source = added_row(self._table, added[0])
        says = as_text(source[one.column])
        newest = [c for c in self._counting(one.key) if c.column == one.column][-1]
        if newest is not one:
            return Outcome(one.number, "replaced", source_value=says)
        column = self._table.columns[one.column]
        if source[one.column] == typed(column, one.value):
            return Outcome(one.number, "reconciled", source_value=says)
        is_as_it_was = source[one.column] == typed(column, one.was)
        state: State = "pending" if is_as_it_was else "contradicted"
        return Outcome(one.number, state, source_value=says)

    def _outcome_of_added(self, one: Correction, source: Row | None) -> Outcome:
        if source is None:
            return Outcome(one.number, "pending")
        is_same = agrees(self._table, source, one)
        return Outcome(one.number, "reconciled" if is_same else "contradicted")

    def _outcome_of_withdrawn(self, one: Correction, source: Row | None) -> Outcome:
        if source is None:
            return Outcome(one.number, "reconciled")
        columns = self._table.columns
        is_same = all(
            source[name] == typed(columns[name], text) for name, text in one.values.items()
        )
        return Outcome(one.number, "pending" if is_same else "contradicted")


def _lasting(meant: Row, renamed: Row) -> _Called:
    """The cells of a key that no correction changes."""
    return tuple((name, cell) for name, cell in meant.items() if name not in renamed)


def _present(table: type[Table], rows: ibis.Table) -> ibis.Table:
    return rows.filter(rows[SUPERSEDED].isnull()).select(*table.columns)


def _refused(one: Correction, reason: str) -> Outcome:
    return Outcome(one.number, "refused", reason)
