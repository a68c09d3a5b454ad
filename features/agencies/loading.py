"""Rows cut out of a file, put into the engine some at a time; how rows are put aside on the way.

The rule that must not break: what a file holds is never in memory as a whole because of this
module. It takes rows as they are cut, and keeps no more than one handful of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.cells import Cut, Malformed, cell
from features.agencies.numbered import ROW, name, text
from features.agencies.quarantine import Quarantine

_ROWS_AT_ONCE = 20_000
_SIGNS_AT_ONCE = 16_000_000


def load_cut(
    backend: Backend,
    source_name: str,
    missing_values: Sequence[str],
    cut: Cut,
    quarantine: Quarantine,
) -> int:
    """Number the rows of a source whose cells are text already; how many were malformed."""
    table = numbered.table(source_name)
    columns = ", ".join(f"{name(column)} VARCHAR" for column in cut.header)
    backend.con.execute(f"CREATE TABLE {table} ({ROW} BIGINT, {columns})")
    cells = ", ".join(f"{cell(c, missing_values)} AS {name(c)}" for c in cut.header)
    types = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in cut.header)])
    n_malformed = 0
    for handful in _handfuls(cut):
        backend.con.register("rows_sent", pa.table(handful.columns, schema=types))
        backend.con.execute(f"INSERT INTO {table} SELECT {ROW}, {cells} FROM rows_sent")
        backend.con.unregister("rows_sent")
        n_malformed += reject_malformed(backend, source_name, handful.malformed, quarantine)
    return n_malformed + reject_nul(backend, source_name, cut.header, quarantine)


def reject_malformed(
    backend: Backend,
    source_name: str,
    malformed: Sequence[tuple[int, Malformed]],
    quarantine: Quarantine,
) -> int:
    """Put rows that could not be split into columns into quarantine; how many."""
    if not malformed:
        return 0
    rows = pa.table(
        {
            "row": pa.array([number for number, _row in malformed], pa.int64()),
            "reason": pa.array([row.reason for _number, row in malformed], pa.string()),
            "raw": pa.array([row.raw for _number, row in malformed], pa.string()),
        }
    )
    backend.con.register("malformed_sent", rows)
    n_rejected = quarantine.add(malformed_question(source_name, "malformed_sent"))
    backend.con.unregister("malformed_sent")
    return n_rejected


def malformed_question(source_name: str, rows: str) -> str:
    """SQL of the six columns of quarantine, from `row`, `reason` and `raw` of a relation."""
    return (
        'SELECT NULL::VARCHAR AS "table", NULL::VARCHAR AS "column", '
        f'{text(source_name)} AS "source", "row", reason, raw FROM {rows}'
    )


def reject_nul(
    backend: Backend, source_name: str, header: Sequence[str], quarantine: Quarantine
) -> int:
    """Put rows with a NUL byte in a cell into quarantine; how many."""
    table = numbered.table(source_name)
    holds_nul = " OR ".join(f"contains({name(column)}, chr(0))" for column in header)
    found = (
        f"SELECT {ROW} AS \"row\", 'holds a NUL byte' AS reason, "
        f"{numbered.raw_row(header)} AS raw FROM {table} WHERE {holds_nul}"
    )
    rejected = quarantine.add(malformed_question(source_name, f"({found}) AS found"))
    if rejected:
        backend.con.execute(f"DELETE FROM {table} WHERE {holds_nul}")
    return rejected


@dataclass
class _Handful:
    """Some rows column by column, their numbers first, and those that are malformed."""

    columns: list[list]
    malformed: list[tuple[int, Malformed]] = field(default_factory=list)
    n_signs: int = 0

    def is_full(self) -> bool:
        n_rows = len(self.columns[0]) + len(self.malformed)
        return n_rows >= _ROWS_AT_ONCE or self.n_signs >= _SIGNS_AT_ONCE


def _handfuls(cut: Cut) -> Iterator[_Handful]:
    handful = _Handful([[] for _ in (ROW, *cut.header)])
    for number, row in enumerate(cut.rows, start=1):
        if isinstance(row, Malformed):
            handful.malformed.append((number, row))
            handful.n_signs += len(row.raw)
        else:
            for column, value in zip(handful.columns, (number, *row), strict=True):
                column.append(value)
            handful.n_signs += sum(len(value) for value in row if value is not None)
        if handful.is_full():
            yield handful
            handful = _Handful([[] for _ in (ROW, *cut.header)])
    yield handful
