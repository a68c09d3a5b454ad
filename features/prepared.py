"""A question to a record that is put together once and asked often.

Putting Ibis expressions together takes seconds; asking takes a tenth of that. The rule that must
not break: nothing of one asking is left for the next; what was asked and every table computed on
the way are gone when the answer is given.

A question with a name is remembered, without the rows of any record: asked of another record of
the same tables and columns it is not put together again. That holds only of what is put together
without looking at rows; of the lineage of units, which is made of rows, the name alone is left
open.
"""

import itertools
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

import ibis
import pandas as pd
import pyarrow as pa

from features.lineage import dated_lineage
from features.tables.record import Record

#: Given a name and an intermediate table, returns the table to go on with.
Stage = Callable[[str, ibis.Table], ibis.Table]

#: Names of temporary tables must not meet on one connection.
_NUMBERS = itertools.count()
#: What stands in a remembered question where a record has a name of its own.
_OURS, _LINEAGE = "@prepared@", "@lineage@"
_MOST_REMEMBERED = 32


@dataclass(frozen=True)
class _Question:
    """SQL of the intermediate tables, each with its name, and of the answer."""

    stages: tuple[tuple[str, str], ...]
    answer: str

    def renamed(self, names: dict[str, str]) -> "_Question":
        """The same question with other names of tables."""

        def of(text: str) -> str:
            for old, new in names.items():
                text = text.replace(old, new)
            return text

        return _Question(tuple((of(name), of(sql)) for name, sql in self.stages), of(self.answer))


_REMEMBERED: dict[Hashable, _Question] = {}


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
    name : hashable, optional
        Under which the question is remembered. Whoever gives one says that `build` looks at no row
        of the record and is the same for the same name.
    """

    def __init__(
        self,
        record: Record,
        schema: ibis.Schema,
        build: Callable[[ibis.Table, Stage], ibis.Table],
        name: Hashable = None,
    ) -> None:
        self._backend = record.backend
        self._name = f"prepared_{next(_NUMBERS)}_"
        self._asked = f"{self._name}asked"
        self._schema = schema.to_pyarrow()
        asked = self._backend.create_table(self._asked, schema=schema, temp=True)
        try:
            self._question = self._put_together(record, asked, build, name)
        except Exception:
            self.close()
            raise

    def _put_together(
        self,
        record: Record,
        asked: ibis.Table,
        build: Callable[[ibis.Table, Stage], ibis.Table],
        name: Hashable,
    ) -> _Question:
        if name is None or record.shape is None:
            return self._built(asked, build)
        own = {self._name: _OURS, dated_lineage(record).op().name: _LINEAGE}
        key = (name, record.shape)
        question = _REMEMBERED.get(key)
        if question is None:
            question = self._built(asked, build).renamed(own)
            # Another thread may remember or forget at the same time.
            too_many = max(len(_REMEMBERED) + 1 - _MOST_REMEMBERED, 0)
            for oldest in list(_REMEMBERED)[:too_many]:
                _REMEMBERED.pop(oldest, None)
            _REMEMBERED[key] = question
        return question.renamed({ours: its for its, ours in own.items()})

    def _built(
        self, asked: ibis.Table, build: Callable[[ibis.Table, Stage], ibis.Table]
    ) -> _Question:
        stages: list[tuple[str, str]] = []

        def stage(name: str, rows: ibis.Table) -> ibis.Table:
            staged, sql = f"{self._name}{name}", self._backend.compile(rows)
            self._backend.raw_sql(f"CREATE TEMP TABLE {staged} AS {sql}")
            stages.append((staged, sql))
            return self._backend.table(staged)

        try:
            answer = self._backend.compile(build(asked, stage))
            return _Question(tuple(stages), answer)
        finally:
            self._drop(stages)

    def ask(self, about: pd.DataFrame) -> pd.DataFrame:
        """The answer for some rows; dates come back as the engine gives them."""
        rows = pa.Table.from_pandas(about, self._schema, preserve_index=False)
        question = self._question
        try:
            self._insert(rows)
            for name, sql in question.stages:
                self._backend.raw_sql(f"CREATE TEMP TABLE {name} AS {sql}")
            return self._backend.raw_sql(question.answer).to_arrow_table().to_pandas()
        finally:
            self._backend.raw_sql(f"DELETE FROM {self._asked}")
            self._drop(question.stages)

    def close(self) -> None:
        """Take the question off the connection; it cannot be asked again."""
        self._backend.raw_sql(f"DROP TABLE IF EXISTS {self._asked}")

    def _insert(self, rows: pa.Table) -> None:
        # By hand: an Ibis insert puts an expression together each time.
        self._backend.con.register(f"{self._asked}_rows", rows)
        self._backend.raw_sql(f"INSERT INTO {self._asked} SELECT * FROM {self._asked}_rows")
        self._backend.con.unregister(f"{self._asked}_rows")

    def _drop(self, stages: Iterable[tuple[str, str]]) -> None:
        for name, _sql in stages:
            self._backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
