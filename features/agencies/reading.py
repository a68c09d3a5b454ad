"""Export files into canonical tables, on one DuckDB connection.

The rule that must not break: for every part of every table, rows read = rows accepted + rows
rejected, and for every file, rows read = rows numbered + lines rejected. It is checked in every
run, not only in tests.
"""

from collections.abc import Callable
from collections.abc import Mapping as Mapped
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import ibis

from features.agencies import numbered
from features.agencies.consistency import SNAPSHOT_TABLES
from features.agencies.engine import Means, open_engine
from features.agencies.exports import (
    SourceCount,
    load_database,
    load_file,
    require_files,
    require_header,
)
from features.agencies.mapping import Mapping
from features.agencies.normalising import WAITS, Normalising
from features.agencies.parts import part_rows
from features.agencies.postgres import Databases
from features.agencies.pseudonyms import Pseudonyms
from features.agencies.quarantine import Quarantine
from features.agencies.question import load_question
from features.agencies.sources import Part
from features.agencies.unchanged import Kept
from features.identity.store import Identities
from features.normalisation.decisions import Decision
from features.normalisation.library import known
from features.tables.core import PostClass
from features.tables.protected_attributes import ProtectedAttribute
from features.tables.record import laid_down
from features.tables.schema import OVERLAY, Table, checked

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""


@dataclass(frozen=True)
class TableCount:
    """Rows of a canonical table: those read, and what became of them.

    `withheld` of the accepted ones lost a cell, such as a date that contradicted another; it is in
    quarantine.
    """

    read: int
    accepted: int
    rejected: int
    withheld: int = 0


class Reading:
    """One look at the exports of an agency, on a DuckDB connection of its own.

    Parameters
    ----------
    mapping : Mapping
    workspace : Path
        The one folder that the engine may write to.
    identities : Identities, optional
        Who gives out ids, and takes NIPs and names; needed where the mapping has the section.
    means : Means, optional
        Memory and databases that it may use.
    kept : Kept, optional
        Rows of the files that were read last time; without it every file is read.
    decisions : mapping, optional
        What people decided about free texts.

    Attributes
    ----------
    sources : dict of str to SourceCount
    counts : dict of str to TableCount
        Of the tables that are stored.
    tables : dict of str to ibis.Table
        The accepted rows of each canonical table.
    quarantine : Quarantine
    normalising : Normalising
        What free texts mean.
    n_waiting : dict of str to int
        Rejected rows of a table that wait for what a free text means; they are not wrong.
    pseudonyms : Pseudonyms or None
        None where the ids of the exports stay.
    """

    def __init__(
        self,
        mapping: Mapping,
        workspace: Path,
        identities: Identities | None = None,
        means: Means | None = None,
        kept: Kept | None = None,
        decisions: Mapped[tuple[str, str], Decision] | None = None,
    ) -> None:
        self._mapping = mapping
        self._workspace = workspace
        self._means = means or Means()
        self._kept = kept
        self._backend = open_engine(workspace, self._means)
        self.pseudonyms = (
            None if identities is None else Pseudonyms(self._backend, mapping, identities)
        )
        self.sources: dict[str, SourceCount] = {}
        self.counts: dict[str, TableCount] = {}
        self.tables: dict[str, ibis.Table] = {}
        self.quarantine = Quarantine(self._backend)
        vocabularies = known(mapping.vocabularies)
        self.normalising = Normalising(
            self._backend,
            vocabularies,
            decisions or {},
            None if self.pseudonyms is None else self.pseudonyms.without_nips,
        )
        self.n_waiting: dict[str, int] = {}

    def write(self, folder: Path) -> None:
        """Write every canonical table, ordered by its key, and the rejected rows as Parquet.

        What is stored only if it is mapped stays out where it is not, so that a snapshot does not
        change because the language has learnt a word.
        """
        for table in SNAPSHOT_TABLES:
            if not self.stored_columns(table):
                continue
            rows = self.tables[table.name]
            overlay = [name for name in OVERLAY if name in rows.columns]
            rows = rows.order_by(*table.key, *overlay).select(*self._stored(table), *overlay)
            self._backend.to_parquet(
                rows, folder / f"{table.name}.parquet", COMPRESSION="zstd", ROW_GROUP_SIZE=122880
            )
        self.normalising.write(folder)
        self.quarantine.write(folder / "quarantine.parquet")

    def close(self) -> None:
        """Let go of the connection and of what it spilled."""
        self._backend.disconnect()

    def load_sources(self, exports: Path, tell: Callable[[str], None]) -> None:
        """Read files and databases; then none can be opened any more, and questions are asked."""
        mapping = self._mapping
        counts = self._read_outside(exports, tell)
        self._backend.raw_sql("SET enable_external_access = false")
        for name, source in mapping.sources.items():
            if source.sql is not None:
                tell(f"source {name}")
                counts[name] = load_question(self._backend, name, source, mapping.document)
            numbered.publish(self._backend, name)
        self.sources = {name: counts[name] for name in mapping.sources}

    def _read_outside(self, exports: Path, tell: Callable[[str], None]) -> dict[str, SourceCount]:
        """Number the rows of all sources that are not questions."""
        counts, used = {}, []
        with ExitStack() as stack:
            databases = Databases(self._means, stack)
            for name, source in self._mapping.sources.items():
                if source.database is not None:
                    tell(f"database {source.database}, source {name}")
                    counts[name] = load_database(
                        self._backend,
                        name,
                        source,
                        databases,
                        self.quarantine,
                        self._mapping.document,
                    )
                elif source.file is not None:
                    counts[name], entry = load_file(
                        self._backend,
                        name,
                        source,
                        exports,
                        self.quarantine,
                        self._workspace,
                        self._kept,
                        tell,
                    )
                    used.append(entry)
                else:
                    continue
                where = str(exports / (source.file or source.database or ""))
                parts = [part for listed in self._mapping.tables.values() for part in listed]
                require_header(self._backend, name, source, parts, where)
        if self._kept is not None:
            self._kept.prune(used)
        return counts

    def staged(self, table: type[Table]) -> ibis.Table | None:
        """All rows of a table, right or wrong; None for a table that the mapping leaves out."""
        offset, parts = 0, []
        for place, part in enumerate(self._parts(table)):
            path = ("tables", table.name, place)
            document = self._mapping.document
            parts.append(
                part_rows(self._backend, table, part, path, document, offset, self.normalising)
            )
            offset += self.sources[part.from_].read
        return ibis.union(*parts) if parts else None

    def accept(self, table: type[Table], staged: ibis.Table | None) -> None:
        """Keep the rows that obey every constraint, and put the others into quarantine."""
        if staged is None:
            self._accept_unmapped(table)
            return
        if self.pseudonyms is not None:
            staged = self.pseudonyms.put_in(table, staged)
        rows = self._backend.create_table(_stage(table), staged)
        if self.pseudonyms is not None:
            self.pseudonyms.take_nips_out(table, _stage(table))
        clean = rows.filter(rows.breach.isnull()).select(*table.columns, "row")
        verdict = self._backend.create_table(_verdict(table), checked(table, clean, self.tables))
        self.tables[table.name] = verdict.filter(verdict.breach.isnull()).select(*table.columns)
        rejected = self._quarantine(
            table,
            " UNION ALL ".join(
                f"SELECT row, breach_column, breach FROM {judged} WHERE breach IS NOT NULL"
                for judged in (_stage(table), _verdict(table))
            ),
        )
        withheld = self._quarantine(
            table,
            f"SELECT row, withheld_column AS breach_column, withheld AS breach "
            f"FROM {_stage(table)} WHERE withheld IS NOT NULL AND row IN "
            f"(SELECT row FROM {_verdict(table)} WHERE breach IS NULL)",
        )
        read = sum(numbered.count(self._backend, part.from_) for part in self._parts(table))
        accepted = self._count(f"{_verdict(table)} WHERE breach IS NULL")
        if read != accepted + rejected:
            raise AssertionError(f"{table.name}: {read} read, {accepted} + {rejected} found again")
        self.counts[table.name] = TableCount(read, accepted, rejected, withheld)
        self.n_waiting[table.name] = self._count(
            f"{_stage(table)} WHERE breach = {numbered.text(WAITS)}"
        )
        if self.pseudonyms is not None and table is ProtectedAttribute:
            judged = self._backend.table(_verdict(table))
            self.tables[table.name] = self.pseudonyms.keep_apart(rows, judged)
        self._backend.drop_table(_stage(table))

    def take_names_out(self) -> None:
        """Take people's own names out of their rows, once every table is accepted."""
        if self.pseudonyms is not None:
            mapped = [table for table in SNAPSHOT_TABLES if self._parts(table)]
            self.pseudonyms.take_names_out(_verdict, mapped)

    def _accept_unmapped(self, table: type[Table]) -> None:
        """The ladder for the post classes; no rows for a table that the mapping leaves out."""
        rows = laid_down(self._backend, _verdict(table), table.ibis_schema())
        if table is PostClass:
            steps = enumerate(self._mapping.ladder, start=1)
            ladder = [(s.post_class, place, s.title.id, s.title.en) for place, s in steps]
            self._backend.con.executemany(
                f"INSERT INTO {_verdict(table)} VALUES (?, ?, ?, ?)", ladder
            )
        self.tables[table.name] = rows
        n_rows = self._count(_verdict(table))
        if not table.stored_if_mapped:
            self.counts[table.name] = TableCount(n_rows, n_rows, 0)

    def _quarantine(self, table: type[Table], bad: str) -> int:
        """Quarantine rows of each part, with the raw row of their source; how many.

        `bad` is a question that gives `row`, `breach_column` and `breach`.
        """
        offset = found = 0
        for part in self._parts(table):
            raw = numbered.raw_row(numbered.columns(self._backend, part.from_))
            found += self.quarantine.add(
                f'SELECT {numbered.text(table.name)} AS "table", breach_column AS "column", '
                f'{numbered.text(part.from_)} AS "source", place AS "row", breach AS reason, raw '
                f"FROM (SELECT {numbered.ROW} AS place, {raw} AS raw "
                f"      FROM {numbered.table(part.from_)}) AS origin "
                f"JOIN ({bad}) AS bad ON bad.row = place + {offset}"
            )
            offset += self.sources[part.from_].read
        return found

    def stored_columns(self, table: type[Table]) -> list[str]:
        """The columns that a snapshot keeps of a table; none of a table that it leaves out."""
        if table.stored_if_mapped and not self._parts(table):
            return []
        return self._stored(table)

    def _stored(self, table: type[Table]) -> list[str]:
        mapped = {column for part in self._parts(table) for column in part.columns}
        return [n for n, c in table.columns.items() if n in mapped or not c.stored_if_mapped]

    def _parts(self, table: type[Table]) -> tuple[Part, ...]:
        return self._mapping.tables.get(table.name, ())

    def _count(self, rows: str) -> int:
        return int(self._backend.con.execute(f"SELECT count(*) FROM {rows}").fetchall()[0][0])


def read_exports(
    mapping: Mapping,
    exports: Path,
    workspace: Path,
    progress: Progress | None = None,
    identities: Identities | None = None,
    means: Means | None = None,
    kept: Kept | None = None,
    decisions: Mapped[tuple[str, str], Decision] | None = None,
) -> Reading:
    """Read the exports of an agency; whoever asked closes the reading.

    Parameters
    ----------
    mapping : Mapping
    exports : Path
        Folder with the files that the mapping names.
    workspace : Path
        The one folder that the engine may write to.
    progress : callable, optional
        Called with what is being done, steps done and steps in all.
    identities : Identities, optional
        Needed where the mapping has a section `identity`.
    means : Means, optional
        Memory and databases that it may use.
    kept : Kept, optional
        Rows of the files that were read last time; without it every file is read.
    decisions : mapping, optional
        What people decided about free texts; see `features.normalisation.decisions.in_force`.

    Raises
    ------
    IntakeError
        If a file is missing or cannot be cut into rows, or a database cannot be read.
    MappingError
        If a rule names a column that does not exist, or a question is refused.
    """
    require_files(mapping.sources, exports, mapping.document)
    n_steps = len(mapping.sources) + len(SNAPSHOT_TABLES)
    places = iter(range(n_steps))

    def tell(what: str) -> None:
        if progress is not None:
            progress(what, next(places), n_steps)

    reading = Reading(mapping, workspace, identities, means, kept, decisions)
    try:
        reading.load_sources(exports, tell)
        staged = {table: reading.staged(table) for table in SNAPSHOT_TABLES}
        for table, rows in staged.items():
            tell(f"table {table.name}")
            reading.accept(table, rows)
        reading.take_names_out()
    except BaseException:
        reading.close()
        raise
    return reading


def _stage(table: type[Table]) -> str:
    return f"staged_{table.name}"


def _verdict(table: type[Table]) -> str:
    return f"verdict_{table.name}"
