"""Rows that were not accepted, each with the place that it came from and the reason.

The rule that must not break: no row disappears. What does not reach a canonical table is in here,
and raw values are in here only: never in a message, a log line or the manifest.
"""

from pathlib import Path
from typing import TypedDict

import ibis
from ibis.backends.duckdb import Backend

TABLE = "rejected_rows"
COLUMNS = {
    "table": "string",
    "column": "string",
    "source": "string",
    "row": "int64",
    "reason": "string",
    "raw": "string",
}


class Rejection(TypedDict):
    """How many rows of a source were rejected for one reason."""

    table: str | None
    column: str | None
    source: str
    reason: str
    rows: int


class Quarantine:
    """The rejected rows of one ingest, on the connection that reads it.

    `table` and `column` are empty for a line that could not be split into columns; `row` counts
    the rows of the source from 1, header and blank lines left out. `raw` is the row of the source
    as JSON, or the malformed line as it stands.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        backend.create_table(TABLE, schema=ibis.schema(COLUMNS))

    def add(self, question: str) -> int:
        """Add the answer to an SQL question that has the six columns; how many rows it had."""
        inserted = self._backend.con.execute(f"INSERT INTO {TABLE} BY NAME {question}")
        return int(inserted.fetchall()[0][0])

    def rows(self) -> ibis.Table:
        """The rejected rows."""
        return self._backend.table(TABLE)

    def rejections(self) -> list[Rejection]:
        """Counts by table, column, source and reason, the most frequent first."""
        counted = (
            self.rows()
            .group_by("table", "column", "source", "reason")
            .aggregate(rows=ibis._.count())
        )
        ordered = counted.order_by(ibis.desc("rows"), "source", "table", "column", "reason")
        return ordered.to_pyarrow().to_pylist()

    def write(self, path: Path) -> None:
        """Write the rows as Parquet, ordered by source, row and table; only the owner reads it."""
        ordered = self.rows().order_by("source", "row", "table", "column", "reason", "raw")
        self._backend.to_parquet(ordered, path, COMPRESSION="zstd")
        path.chmod(0o600)
