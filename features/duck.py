"""DuckDB as the engine of written frames: one machine, as much memory as it is given.

The rule that must not break: what does not fit into the memory that was given goes to disk, and
what was computed on the way is gone when the engine is closed.
"""

import itertools
from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend

from features.tables.record import Record

_NUMBERS = itertools.count()
#: Rows that wait in memory to be written, a thread; the engine's own half million go to disk first.
ROWS_BEFORE_WRITING = 131_072


class OnDuckDB:
    """The engine on the connection of a record.

    Parameters
    ----------
    record : Record
    space : Path
        A folder for what does not fit into memory.
    memory : str
        How much memory the engine may take, as DuckDB writes it.
    """

    def __init__(self, record: Record, space: Path, memory: str = "2500MB") -> None:
        self._backend: Backend = record.backend
        self._prefix = f"frame_{next(_NUMBERS)}"
        self._staged: list[str] = []
        self._backend.raw_sql(f"SET temp_directory = '{space}'")
        self._backend.raw_sql(f"SET memory_limit = '{memory}'")
        self._backend.raw_sql("SET preserve_insertion_order = false")
        self._backend.raw_sql(f"SET partitioned_write_flush_threshold = {ROWS_BEFORE_WRITING}")

    def stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Compute an intermediate table once."""
        staged = f"{self._prefix}_{name}"
        self._backend.raw_sql(f"CREATE TEMP TABLE {staged} AS {self._backend.compile(rows)}")
        self._staged.append(staged)
        return self._backend.table(staged)

    def write(self, rows: ibis.Table, folder: Path, by: str) -> None:
        """Write rows as Parquet into a folder, one folder inside it for each value of `by`."""
        sql = self._backend.compile(rows)
        self._backend.raw_sql(f"COPY ({sql}) TO '{folder}' {self.written_as(by)}")

    @staticmethod
    def written_as(by: str) -> str:
        """How a frame is written, in the words of DuckDB."""
        return f"(FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({by}), OVERWRITE_OR_IGNORE)"

    def close(self) -> None:
        """Drop what was computed on the way."""
        for name in self._staged:
            self._backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
        self._staged.clear()
