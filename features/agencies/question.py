"""SQL sources: a question over the sources above it.

The rule that must not break: a question sees tables and nothing else. No file of the machine can
be reached from a mapping (`features.agencies.reading` closes the door before the first question),
and words of the engine that could hold a person's value stay out of messages.
"""

import duckdb
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.document import Document
from features.agencies.exports import SourceCount
from features.agencies.numbered import ROW, cell, name
from features.agencies.sources import Source
from features.errors import MappingError

_WITHOUT_VALUES = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.PermissionException,
)


def load_question(
    backend: Backend, source_name: str, source: Source, document: Document
) -> SourceCount:
    """Answer an SQL source; its rows are numbered in the order of their values.

    Raises
    ------
    MappingError
        If the engine refuses the question.
    """
    try:
        backend.con.execute(f"CREATE TEMP TABLE answer AS SELECT * FROM ({source.sql}\n)")
    except duckdb.Error as error:
        raise MappingError(
            f"the SQL of source {source_name} is refused: {_words(error)}",
            where=document.where(("sources", source_name, "sql")),
            expected="one SELECT over the sources above it",
        ) from None
    columns = [str(row[0]) for row in backend.con.execute("DESCRIBE answer").fetchall()]
    order = ", ".join(name(column) for column in columns)
    cells = ", ".join(f"{cell(column)} AS {name(column)}" for column in columns)
    backend.con.execute(
        f"CREATE TABLE {numbered.table(source_name)} AS "
        f"SELECT row_number() OVER (ORDER BY {order}) AS {ROW}, {cells} FROM answer"
    )
    backend.con.execute("DROP TABLE answer")
    return SourceCount(None, None, numbered.count(backend, source_name), 0)


def _words(error: duckdb.Error) -> str:
    """What the engine says, as far as it cannot quote a cell."""
    if not isinstance(error, _WITHOUT_VALUES):
        return type(error).__name__
    return " ".join(str(error).split("\n\nLINE")[0].split())
