"""Issued ids in place of the ids of the exports; NIPs and names out of the tables and their cells.

The rule that must not break: behind this room nothing but the quarantine holds an id of the exports
for somebody, or a NIP, whatever cell it stood in. What is moved to the identity store is counted,
so that no row disappears.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.agencies import traces
from features.agencies.mapping import Mapping
from features.agencies.numbered import name as named
from features.agencies.numbered import text as literal
from features.errors import IdentityError
from features.identity.store import Identities, open_identities
from features.tables.core import Person
from features.tables.protected_attributes import ProtectedAttribute
from features.tables.schema import Table

_ISSUED, _SOURCE_ID = "issued_ids", "id_of_source"
_OWN_NAMES, _FOUND = "own_names", "cells_found"
#: Cells that are in memory beside the engine; it spills, and this does not.
_CELLS_AT_ONCE = 50_000
_PERSON_ID = "person.person_id"


class Pseudonyms:
    """The people of one ingest, on the connection that reads it.

    Parameters
    ----------
    backend : Backend
    mapping : Mapping
        With a section `identity`.
    identities : Identities
        Gives out ids, and takes NIPs and names.

    Attributes
    ----------
    n_kept_apart : int
        Accepted rows that went to the identity store and stand in no table.
    """

    def __init__(self, backend: Backend, mapping: Mapping, identities: Identities) -> None:
        assert mapping.identity is not None
        self._backend, self._identities = backend, identities
        self._apart = list(mapping.identity.attributes)
        self._simulated = mapping.simulated
        self.n_kept_apart = 0

    def put_in(self, table: type[Table], staged: ibis.Table) -> ibis.Table:
        """Rows that name people by issued ids; an id that no person has stays, to be rejected."""
        if table is Person:
            self._issue(staged)
        if table is ProtectedAttribute:
            staged = staged.mutate(**{_SOURCE_ID: staged.person_id})
        for name in naming_people(table):
            of_source = self._backend.table(_ISSUED)
            staged = staged.left_join(of_source, staged[name] == of_source.source_id)
            staged = staged.mutate(**{name: staged.issued_id.coalesce(staged[name])})
            staged = staged.drop("source_id", "issued_id")
        return staged

    def take_nips_out(self, table: type[Table], staged: str) -> None:
        """Put tokens in the place of NIPs in the cells of staged rows, before rows are judged.

        The token of a NIP is the same wherever it stands, so that keys and references still meet.

        Parameters
        ----------
        staged : str
            Name of the staged rows, as `put_in` made them, in the engine.
        """
        if table is ProtectedAttribute:
            return
        for column in free_columns(table):
            cell, as_written = named(column), tells_rows_apart(table, column)
            # Short ones first: the expressions are slow, and few cells are long.
            found = (
                f"SELECT DISTINCT {cell} AS cell FROM {staged} "
                f"WHERE strlen({cell}) >= {traces.N_DIGITS} AND {_may_hold_nip(cell)} ORDER BY cell"
            )

            def without(cell: str, as_written: bool = as_written) -> str:
                return self.without_nips(cell, as_written=as_written)

            self._replace(staged, column, found, without, f"{staged}.{cell} = {_FOUND}.cell")

    def without_nips(self, text: str, *, as_written: bool = False) -> str:
        """A text with tokens in the place of NIPs; see `features.agencies.traces`."""
        return traces.without_nips(text, self._token_of, as_written=as_written)

    def take_names_out(
        self, judged: Callable[[type[Table]], str], tables: Sequence[type[Table]]
    ) -> None:
        """Take people's own names out of the cells of the rows that are about them.

        Names are known when all tables are read. A cell by which rows are told apart keeps what it
        says: a table that is about nobody may say it of the same row.

        Parameters
        ----------
        judged : callable
            Given a table, the name of its judged rows in the engine.
        tables : sequence of Table
        """
        if "name" not in self._apart or not self._has_names():
            return
        for table in tables:
            columns = [c for c in free_columns(table) if not tells_rows_apart(table, c)]
            for column in columns if table is not ProtectedAttribute else ():
                for person in naming_people(table):
                    self._take_name_out(judged(table), column, person)

    def keep_apart(self, staged: ibis.Table, verdict: ibis.Table) -> ibis.Table:
        """The accepted protected rows without those that say who somebody is.

        Parameters
        ----------
        staged : ibis.Table
            As `put_in` made them.
        verdict : ibis.Table
            The same rows, with `breach` of those that are rejected.
        """
        accepted = verdict.filter(verdict.breach.isnull())
        origin = staged.select("row", _SOURCE_ID)
        moved = accepted.filter(accepted.attribute.isin(self._apart)).join(origin, "row")
        found = moved.order_by("row").select(_SOURCE_ID, "attribute", "value").to_pyarrow()
        self._identities.hold(zip(*(column.to_pylist() for column in found.columns), strict=True))
        self.n_kept_apart = len(found)
        names = moved.filter(moved.attribute == "name").select("person_id", "value").distinct()
        self._hold_names(names.to_pyarrow())
        rows = accepted.filter(~accepted.attribute.isin(self._apart))
        return rows.select(*ProtectedAttribute.columns)

    def _token_of(self, nip: str) -> str:
        return traces.token(self._identities.token_digest(nip, simulated=self._simulated))

    def _hold_names(self, names: pa.Table) -> None:
        """Names of two words or more; of one word nobody can say whether it is a name."""
        rows = [
            (person_id, value, traces.searched_by(bare))
            for person_id, value in zip(*(c.to_pylist() for c in names.columns), strict=True)
            if (bare := traces.bare_name(value)) is not None
        ]
        columns = ("person_id", "own_name", "searched_by")
        schema = pa.schema({column: pa.string() for column in columns})
        by_column = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in columns]
        self._backend.create_table(_OWN_NAMES, pa.table(by_column, schema=schema))

    def _has_names(self) -> bool:
        return _OWN_NAMES in self._backend.list_tables()

    def _take_name_out(self, judged: str, column: str, person: str) -> None:
        cell, who = f"{judged}.{named(column)}", f"{judged}.{named(person)}"
        # A run of plain letters sorts out nearly all cells; blanks and signs are left to Python.
        found = (
            f"SELECT {cell} AS cell, {who} AS who, list_sort(list(own_name)) AS names "
            f"FROM {judged} JOIN {_OWN_NAMES} AS n ON n.person_id = {who} "
            f"WHERE {_may_hold_name(cell)} "
            f"GROUP BY ALL ORDER BY who, cell"
        )
        meets = f"{cell} = {_FOUND}.cell AND {who} = {_FOUND}.who"
        self._replace(
            judged, column, found, lambda c, _who, names: traces.without_names(c, names), meets
        )

    def _replace(
        self, rows: str, column: str, found: str, new_cell: Callable[..., str], meets: str
    ) -> None:
        """Write new cells into a column of some rows.

        Parameters
        ----------
        found : str
            Question of the cells that may change, `cell` first and in an order.
        new_cell : callable
            Given what the question tells of a cell, what stands in its place.
        meets : str
            Condition under which a row has a cell that was found.
        """
        connection = self._backend.con
        connection.execute(f"CREATE TABLE {_FOUND} AS {found}")
        connection.execute(f"ALTER TABLE {_FOUND} ADD COLUMN new_cell VARCHAR")
        (n_found,) = connection.execute(f"SELECT count(*) FROM {_FOUND}").fetchall()[0]
        for first in range(0, n_found, _CELLS_AT_ONCE):
            within = f"rowid >= {first} AND rowid < {first + _CELLS_AT_ONCE}"
            some = connection.execute(
                f"SELECT rowid, * EXCLUDE (new_cell) FROM {_FOUND} WHERE {within}"
            ).fetchall()
            told = {
                "nth": pa.array([row[0] for row in some], pa.int64()),
                "told": pa.array([new_cell(*row[1:]) for row in some], pa.string()),
            }
            connection.register("cells_told", pa.table(told))
            connection.execute(
                f"UPDATE {_FOUND} SET new_cell = told FROM cells_told "
                f"WHERE {_FOUND}.rowid = nth AND cell <> told"
            )
            connection.unregister("cells_told")
        if n_found:
            connection.execute(
                f"UPDATE {rows} SET {named(column)} = new_cell FROM {_FOUND} "
                f"WHERE {meets} AND new_cell IS NOT NULL"
            )
        connection.execute(f"DROP TABLE {_FOUND}")

    def _issue(self, people: ibis.Table) -> None:
        rows = people.filter(people.person_id.notnull()).select("person_id").distinct()
        source_ids = rows.to_pyarrow()["person_id"].to_pylist()
        issued = self._identities.issue(source_ids, simulated=self._simulated)
        columns = {"source_id": list(issued), "issued_id": list(issued.values())}
        schema = pa.schema({name: pa.string() for name in columns})
        self._backend.create_table(_ISSUED, pa.table(columns, schema=schema))


def identifying_column(
    table: type[Table], cells: AnyMapping[str, object], names: Sequence[str]
) -> str | None:
    """The first column whose cell says who somebody is; None if there is none.

    Parameters
    ----------
    table : type[Table]
    cells : mapping of str to object
        By column, of one row; those of other columns are not asked.
    names : sequence of str
        Of the people whom the row names.
    """
    for column in free_columns(table):
        cell = cells.get(column)
        if isinstance(cell, str) and traces.identifies(cell, names):
            return column
    return None


def names_in_ingest(backend: Backend, person_ids: Collection[str]) -> list[str] | None:
    """Names of people as an ingest read them; None where people keep the ids of the exports."""
    tables = backend.list_tables()
    if _ISSUED not in tables:
        return None
    if _OWN_NAMES not in tables:
        return []
    held = backend.table(_OWN_NAMES)
    found = held.filter(held.person_id.isin(list(person_ids))).select("own_name").distinct()
    return sorted(found.to_pyarrow()["own_name"].to_pylist())


def names_in_store(home: Path, keys: Path, person_ids: Iterable[str]) -> list[str]:
    """Names held of people, former ones too; none for an account that cannot open the store."""
    names: set[str] = set()
    for person_id in person_ids:
        try:
            with open_identities(home, keys) as identities:
                entries = identities.known_of(person_id)
        except IdentityError:
            continue
        names.update(name for one in entries for name in (*one.names, *one.former_names))
    # Of one word nobody can say whether it is a name.
    return sorted(name for name in names if traces.bare_name(name) is not None)


def naming_people(table: type[Table]) -> list[str]:
    """Columns of a table that hold ids of people.

    Examples
    --------
    >>> from features.tables.dossier import Appraisal
    >>> naming_people(Appraisal)
    ['person_id', 'appraiser_id']
    """
    names = [name for name, column in table.columns.items() if column.references == _PERSON_ID]
    return ["person_id", *names] if table is Person else names


def free_columns(table: type[Table]) -> list[str]:
    """Columns of a table that hold texts which nobody foresaw: neither people nor closed lists.

    Examples
    --------
    >>> from features.tables.core import Unit
    >>> free_columns(Unit)[:2]
    ['unit_id', 'name_of_unit']
    """
    people = naming_people(table)
    return [
        name
        for name, column in table.columns.items()
        if column.type == "text" and not column.one_of and name not in people
    ]


def _may_hold_nip(cell: str) -> str:
    """A condition of the engine that every cell with a NIP meets, and few others."""
    ascii_alone = literal(traces.MAY_HOLD_NIP_ASCII)
    return (
        f"CASE WHEN strlen({cell}) = length({cell}) THEN regexp_matches({cell}, {ascii_alone}) "
        f"ELSE regexp_matches({cell}, {literal(traces.MAY_HOLD_NIP)}) END"
    )


def _may_hold_name(cell: str) -> str:
    """A condition of the engine that every cell with a name meets, and few others."""
    # Signs that nobody sees may stand within a word; cells with one of them are few.
    return (
        f"CASE WHEN strlen({cell}) = length({cell}) THEN contains(lower({cell}), searched_by) "
        f"ELSE contains(lower(strip_accents({cell})), searched_by) "
        rf"OR regexp_matches({cell}, '\p{{Cf}}') END"
    )


def tells_rows_apart(table: type[Table], column: str) -> bool:
    """Whether rows are told apart, or found, by what a column says."""
    return column in table.key or table.columns[column].references is not None
