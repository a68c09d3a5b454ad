"""DuckDB as the engine of written frames: one machine, as much memory as it is given.

The rule that must not break: what does not fit into the memory that was given goes to disk, and
what was computed on the way is gone when the engine is closed.
"""

import itertools
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import duckdb
import ibis
from ibis.backends.duckdb import Backend

from features.errors import FrameError
from features.tables.record import Record

_NUMBERS = itertools.count()
#: Rows that wait in memory to be written, a thread; the engine's own half million go to disk first.
ROWS_BEFORE_WRITING = 131_072
#: Pairs of somebody and one more post that are computed at once, for each megabyte: half of what
#: fitted where people had seven appointments.
PAIRS_A_MEGABYTE = 700


class OnDuckDB:
    """The engine on the connection of a record.

    Parameters
    ----------
    record : Record
    space : Path
        A folder for what does not fit into memory.
    memory : int
        How many megabytes the engine may take.
    pairs_at_once : int, optional
        How many pairs more than people are computed at once; by the memory if left out.
    """

    def __init__(
        self, record: Record, space: Path, memory: int = 2500, pairs_at_once: int | None = None
    ) -> None:
        self._backend: Backend = record.backend
        self._pairs_at_once = pairs_at_once or memory * PAIRS_A_MEGABYTE
        self._space = space
        self._n_written = 0
        self._prefix = f"frame_{next(_NUMBERS)}"
        self._staged: list[str] = []
        self._backend.raw_sql(f"SET temp_directory = '{space}'")
        self._backend.raw_sql(f"SET memory_limit = '{memory}MB'")
        self._backend.raw_sql("SET preserve_insertion_order = false")
        self._backend.raw_sql(f"SET partitioned_write_flush_threshold = {ROWS_BEFORE_WRITING}")

    def parts(self, pairs: ibis.Table) -> Iterator[ibis.Table]:
        """Pairs in parts of so many posts as fit into memory; what one leaves behind is dropped.

        Everybody is computed anew in each part, so that there are as few as can be.
        """
        n_pairs, n_people, n_posts = self._counted(pairs)
        n_parts = max(1, min(ceil((n_pairs - n_people) / self._pairs_at_once), n_posts))
        if n_parts == 1:
            yield pairs
            return
        first = len(self._staged)
        numbered = pairs.select("post_id").distinct()
        numbered = numbered.mutate(place=ibis.row_number().over(order_by="post_id") % n_parts)
        numbered = self.stage("posts_in_parts", numbered)
        for place in range(n_parts):
            yield pairs.semi_join(numbered.filter(numbered.place == place), "post_id")
            self._drop(first + 1)
        self._drop(first)

    def stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Compute an intermediate table once."""
        staged = f"{self._prefix}_{name}"
        self._run(f"CREATE TEMP TABLE {staged} AS {self._backend.compile(rows)}")
        self._staged.append(staged)
        return self._backend.table(staged)

    def write(self, rows: ibis.Table, folder: Path, by: str) -> None:
        """Write rows as Parquet into a folder, beside what was written there before.

        One folder inside it for each value of `by`.
        """
        sql, named = self._backend.compile(rows), f"FILENAME_PATTERN 'part{self._n_written}_{{i}}'"
        self._run(f"COPY ({sql}) TO '{folder}' {self.written_as(by, named)}")
        self._n_written += 1

    @staticmethod
    def written_as(by: str, *more: str) -> str:
        """How a frame is written, in the words of DuckDB."""
        told = ("FORMAT parquet", "COMPRESSION zstd", f"PARTITION_BY ({by})")
        return f"({', '.join((*told, 'OVERWRITE_OR_IGNORE', *more))})"

    def close(self) -> None:
        """Drop what was computed on the way."""
        self._drop(0)

    def _run(self, sql: str) -> None:
        try:
            self._backend.raw_sql(sql)
        except duckdb.OutOfMemoryException as error:
            raise FrameError(
                "features need more memory, or more room to spill on the disk, than there is",
                where=str(self._space),
                remedy="make room on the disk, or set SUKSESI_FEATURE_MEMORY higher",
            ) from error

    def _drop(self, first: int) -> None:
        """Drop what was staged from some place on."""
        for name in self._staged[first:]:
            self._backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
        del self._staged[first:]

    def _counted(self, pairs: ibis.Table) -> tuple[int, int, int]:
        """Pairs, people and posts."""
        counts = pairs.agg(
            pairs=pairs.count(), people=pairs.person_id.nunique(), posts=pairs.post_id.nunique()
        )
        found = counts.to_pyarrow().to_pylist()[0]
        return found["pairs"], found["people"], found["posts"]
