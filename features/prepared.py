"""A question to a record that is put together once and asked often.

Putting Ibis expressions together takes most of a second; asking takes a tenth of that. The rule
that must not break: nothing of one asking is left for the next; what was asked and every table
computed on the way are gone when the answer is given.
"""

import itertools
from collections.abc import Callable

import ibis
import pandas as pd
import pyarrow as pa

from features.tables.record import Record

#: Given a name and an intermediate table, returns the table to go on with.
Stage = Callable[[str, ibis.Table], ibis.Table]

#: Names of temporary tables must not meet on one connection.
_NUMBERS = itertools.count()


class Prepared:
    """A prepared question.

    Parameters
    ----------
    record : Record
    schema : ibis.Schema
        Columns of what is asked about.
    build : callable
        Given the table of what is asked about and a `Stage`, returns the answer as an expression.
        What is handed to the stage is computed once each time the question is asked.
    """

    def __init__(
        self,
        record: Record,
        schema: ibis.Schema,
        build: Callable[[ibis.Table, Stage], ibis.Table],
    ) -> None:
        self._backend = record.backend
        self._name = f"prepared_{next(_NUMBERS)}"
        self._asked = f"{self._name}_asked"
        self._schema = schema.to_pyarrow()
        self._stages: list[tuple[str, str]] = []
        asked = self._backend.create_table(self._asked, schema=schema, temp=True)
        try:
            self._sql = self._backend.compile(build(asked, self._stage))
        except Exception:
            self.close()
            raise
        finally:
            self._drop_stages()

    def ask(self, about: pd.DataFrame) -> pd.DataFrame:
        """The answer for some rows; dates come back as the engine gives them."""
        rows = pa.Table.from_pandas(about, self._schema, preserve_index=False)
        try:
            self._insert(rows)
            for name, sql in self._stages:
                self._backend.raw_sql(f"CREATE TEMP TABLE {name} AS {sql}")
            return self._backend.raw_sql(self._sql).to_arrow_table().to_pandas()
        finally:
            self._backend.raw_sql(f"DELETE FROM {self._asked}")
            self._drop_stages()

    def close(self) -> None:
        """Take the question off the connection; it cannot be asked again."""
        self._backend.raw_sql(f"DROP TABLE IF EXISTS {self._asked}")

    def _insert(self, rows: pa.Table) -> None:
        # By hand: an Ibis insert puts an expression together each time.
        self._backend.con.register(f"{self._asked}_rows", rows)
        self._backend.raw_sql(f"INSERT INTO {self._asked} SELECT * FROM {self._asked}_rows")
        self._backend.con.unregister(f"{self._asked}_rows")

    def _stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        staged, sql = f"{self._name}_{name}", self._backend.compile(rows)
        self._backend.raw_sql(f"CREATE TEMP TABLE {staged} AS {sql}")
        self._stages.append((staged, sql))
        return self._backend.table(staged)

    def _drop_stages(self) -> None:
        for name, _sql in self._stages:
            self._backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
