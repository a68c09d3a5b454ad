"""The record of one agency: all its canonical tables, as Ibis tables on one connection.

The rule that must not break: `Record.table` never returns a protected table, and never a row that a
correction has put an end to; whoever asks about a day that is past reads `Record.versions`.
"""

import contextlib
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.sql.datatypes import DuckDBType

from features.errors import ProtectedAttributeError, SnapshotError
from features.tables.schema import CORRECTION, OVERLAY, SUPERSEDED, Table, known_by

#: Its abstract members are fields, which the type checker does not see.
_TABLE: Callable[..., Any] = ops.DatabaseTable


class Record:
    """Canonical tables of one agency.

    Parameters
    ----------
    tables : mapping of name to ibis.Table
        One entry a canonical table, all on one backend.
    classes : mapping of name to type[Table]
        The class of each.
    absent : collection of str
        Tables that the agency does not have: empty, which says nothing of anybody.
    columns : hashable, optional
        What columns the tables have, where they lie on the connection as they are and under their
        own names; left out where a table is a view of others.
    """

    def __init__(
        self,
        tables: Mapping[str, ibis.Table],
        classes: Mapping[str, type[Table]],
        absent: Collection[str] = (),
        columns: Hashable = None,
    ) -> None:
        self._tables = dict(tables)
        self._classes = dict(classes)
        self._absent = frozenset(absent)
        self._columns = columns

    @cached_property
    def backend(self) -> Backend:
        """The connection that all tables are on."""
        return next(iter(self._tables.values())).get_backend()

    @property
    def shape(self) -> Hashable:
        """Equal for two records of which the same question reads the same; None if unlike any."""
        return None if self._columns is None else (self._columns, self._absent)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all tables, the protected ones included."""
        return tuple(self._tables)

    def table(self, name: str) -> ibis.Table:
        """Rows of a table that is not protected, as they are now."""
        return _present(self.versions(name))

    def versions(self, name: str) -> ibis.Table:
        """Rows of a table that is not protected, with those that a correction has put an end to.

        Where there are corrections, `superseded_on` is the day from which a row counts no more, and
        `correction` the number of the correction that it comes from. A row stands in it once for
        each of its versions; hand them to `known_by`, which keeps one.
        """
        if self._classes[name].protected:
            raise ProtectedAttributeError(
                "a protected table was asked for through the open door",
                where=f"table {name}",
                remedy="read it through features.tables.protected_attributes, if you may",
            )
        return self._tables[name]

    def protected_table(self, name: str) -> ibis.Table:
        """Rows of a protected table; called by `features.tables.protected_attributes` only."""
        return _present(self._tables[name])

    def protected_versions(self, name: str) -> ibis.Table:
        """As `versions`; called by `features.tables.protected_attributes` only."""
        return self._tables[name]

    def holds(self, name: str) -> bool:
        """Whether the agency keeps a table; one that it keeps may be empty."""
        return name not in self._absent

    def class_of(self, name: str) -> type[Table]:
        """The class that describes a table."""
        return self._classes[name]

    def beside(self, name: str, rows: pa.Table) -> ibis.Table:
        """A small table on the connection of the record; one of that name is replaced."""
        return self.backend.create_table(name, rows, temp=True, overwrite=True)

    def replaced(self, name: str, rows: ibis.Table) -> "Record":
        """The same record with other rows in one table."""
        return Record({**self._tables, name: rows}, self._classes, self._absent - {name})

    def blanked(self, on: ibis.Value) -> "Record":
        """The record with every fact blanked that was recorded after `on`, corrections too.

        `on` is one day, the same for all rows.
        """
        tables = {n: _blanked(self._classes[n], rows, on) for n, rows in self._tables.items()}
        return Record(tables, self._classes, self._absent)

    def apart(self) -> "Record":
        """A copy on a connection of its own, on which nothing else lies.

        `replaced` and `blanked` are views of the whole record; whoever reaches through one of them
        to its connection finds what it hides. Here there is nothing to be found.
        """
        rows = {n: table.to_pyarrow() for n, table in self._tables.items() if self.holds(n)}
        return record_from_arrow(rows, tuple(self._classes.values()))


def _present(rows: ibis.Table) -> ibis.Table:
    """Rows without those that a correction has put an end to."""
    if SUPERSEDED not in rows.columns:
        return rows
    return rows.filter(rows[SUPERSEDED].isnull()).drop(*OVERLAY)


def _blanked(table: type[Table], rows: ibis.Table, on: ibis.Value) -> ibis.Table:
    """Versions as the record had them on a day, with those that were over by then."""
    if SUPERSEDED not in rows.columns:
        return known_by(table, rows, on)
    # Ends of versions that lie ahead are not known yet; `known_by` alone would drop the past ones.
    ended_on = ibis.ifelse(rows[SUPERSEDED] <= on, rows[SUPERSEDED], ibis.null("date"))
    kept = rows.mutate(ended_on=ended_on, made_by=rows[CORRECTION]).drop(*OVERLAY)
    return known_by(table, kept, on).rename(**{SUPERSEDED: "ended_on", CORRECTION: "made_by"})


def held_schema(table: type[Table], present: Collection[str]) -> ibis.Schema:
    """The schema of a table, with the columns of corrections where they are present."""
    overlay = OVERLAY if SUPERSEDED in present else {}
    return ibis.schema({**dict(table.ibis_schema().items()), **overlay})


def connection() -> Backend:
    """A DuckDB connection in memory, quiet and single-purpose."""
    backend = ibis.duckdb.connect()
    # In a notebook that cannot show a bar DuckDB refuses even to switch it off.
    with contextlib.suppress(duckdb.InvalidInputException):
        backend.raw_sql("SET enable_progress_bar = false")
    return backend


def record_from_arrow(frames: Mapping[str, pa.Table], classes: tuple[type[Table], ...]) -> Record:
    """A record held in memory; tables that `frames` leaves out are empty.

    Raises
    ------
    SnapshotError
        If a frame lacks a column of its table.
    """
    backend = connection()
    tables: dict[str, ibis.Table] = {}
    for table in classes:
        schema = table.ibis_schema()
        frame = frames.get(table.name)
        if frame is None:
            frame = schema.to_pyarrow().empty_table()
        for name in _absent_columns(table, frame.column_names):
            nothing = pa.nulls(len(frame), schema.to_pyarrow().field(name).type)
            frame = frame.append_column(name, nothing)
        held = held_schema(table, frame.column_names)
        tables[table.name] = laid_down(backend, table.name, held, frame.select(list(held)))
    absent = [table.name for table in classes if table.name not in frames]
    columns = tuple((name, str(rows.schema())) for name, rows in tables.items())
    return Record(tables, {table.name: table for table in classes}, absent, columns)


def laid_down(
    backend: Backend, name: str, schema: ibis.Schema, rows: pa.Table | None = None
) -> ibis.Table:
    """A new table of a connection, with the very columns of a schema; empty unless rows are given.

    As `Backend.create_table` does it, which puts three statements together and then asks for the
    columns that it was given: for all tables of a record a fifth of a second, each time.
    """
    if rows is not None and len(rows):
        backend.con.register("laid_down", rows.cast(schema.to_pyarrow()))
        try:
            backend.con.execute(f'CREATE TABLE "{name}" AS FROM laid_down')
        finally:
            backend.con.unregister("laid_down")
    else:
        columns = ", ".join(f'"{one}" {_sql_type(str(dtype))}' for one, dtype in schema.items())
        backend.con.execute(f'CREATE TABLE "{name}" ({columns})')
    return _TABLE(name=name, schema=schema, source=backend).to_expr()


@cache
def _sql_type(dtype: str) -> str:
    return DuckDBType.to_string(ibis.dtype(dtype))


def record_from_parquet(folder: Path, classes: tuple[type[Table], ...]) -> Record:
    """A record whose tables are Parquet files named after them.

    A table or column that is stored only if it was mapped is empty where the files lack it.

    Raises
    ------
    SnapshotError
        If a file is absent or lacks a column of its table.
    """
    backend = connection()
    tables: dict[str, ibis.Table] = {}
    absent_tables = []
    columns = []
    for table in classes:
        path = folder / f"{table.name}.parquet"
        if table.stored_if_mapped and not path.exists():
            tables[table.name] = laid_down(backend, table.name, table.ibis_schema())
            absent_tables.append(table.name)
            columns.append((table.name, str(table.ibis_schema()), ()))
            continue
        if not path.exists():
            raise SnapshotError(
                "a table of the snapshot is missing",
                where=str(path),
                remedy="ingest the exports again",
            )
        rows = backend.read_parquet(path, table_name=table.name)
        types = table.ibis_schema()
        absent = {c: ibis.null(types[c]) for c in _absent_columns(table, rows.columns)}
        tables[table.name] = rows.mutate(**absent).select(*held_schema(table, rows.columns))
        columns.append((table.name, str(rows.schema()), tuple(absent)))
    classes_by_name = {table.name: table for table in classes}
    return Record(tables, classes_by_name, absent_tables, ("files", *columns))


def _absent_columns(table: type[Table], present: list[str] | tuple[str, ...]) -> list[str]:
    """Columns that were not stored because nobody mapped them; any other must be there."""
    absent = [name for name in table.columns if name not in present]
    missing = [name for name in absent if not table.columns[name].stored_if_mapped]
    if missing:
        raise SnapshotError(
            f"columns are missing: {', '.join(missing)}",
            where=f"table {table.name}",
            expected=", ".join(table.columns),
        )
    return absent
