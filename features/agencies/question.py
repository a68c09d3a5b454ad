"""SQL sources: a question over the sources above it.

The rule that must not break: a question reads the sources above it and nothing else, changes
nothing, and has the same answer every time. No file of the machine can be reached from a mapping
(`features.agencies.reading` closes the door before the first question), and words of the engine
that could hold a person's value stay out of messages.
"""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.exports import SourceCount
from features.agencies.numbered import ROW, cell, name
from features.agencies.sources import Source
from features.documents.document import Document
from features.errors import MappingError

#: Where sources and the engine's own functions are, if a place is written at all.
MAIN = "main"
#: Functions that make rows out of what they are given.
TABLE_FUNCTIONS = ("unnest", "range", "generate_series")
#: Words for the moment of asking that are written like columns.
MOMENTS = ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
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
        question = _only_question(backend, source.sql or "")
        backend.con.execute(f"CREATE TEMP TABLE answer AS SELECT * FROM ({question}\n)")
    except (duckdb.Error, _RefusedError) as error:
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


class _RefusedError(Exception):
    """A question that the engine would answer and must not."""


def _only_question(backend: Backend, sql: str) -> str:
    """The text of the one SELECT that was written."""
    statements = backend.con.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise _RefusedError("it is not one SELECT")
    question = statements[0].query.rstrip().rstrip(";")
    nodes = list(_nodes(_parsed(backend, question)))
    for node in nodes:
        _refuse(node)
    used = sorted({str(node["function_name"]).lower() for node in nodes if "function_name" in node})
    changing = backend.con.execute(
        "SELECT function_name FROM duckdb_functions() WHERE function_name IN "
        "(SELECT unnest(?)) AND stability <> 'CONSISTENT' ORDER BY ALL",
        [used],
    ).fetchall()
    if changing:
        raise _RefusedError(f"{changing[0][0]} gives another answer each time")
    return question


def _refuse(node: dict[str, Any]) -> None:
    """Refuse a piece of a question that reaches past the sources, or changes from run to run."""
    for key in ("schema_name", "catalog_name"):
        if node.get(key) and node[key] != MAIN:
            raise _RefusedError(f"{node[key]!r} is no source")
    if node.get("type") == "TABLE_FUNCTION":
        function = node["function"].get("function_name")
        if function not in TABLE_FUNCTIONS:
            raise _RefusedError(f"{function}() is no source")
    if node.get("sample"):
        raise _RefusedError("a sample gives another answer each time")
    if node.get("type") == "COLUMN_REF":
        written = ".".join(node["column_names"]).lower()
        if written in MOMENTS:
            raise _RefusedError(f"{written} gives another answer each time")


def _parsed(backend: Backend, question: str) -> Any:
    told = backend.con.execute("SELECT json_serialize_sql(?::VARCHAR)", [question]).fetchall()
    parsed = json.loads(told[0][0])
    if parsed["error"]:
        raise _RefusedError("it cannot be looked through; write it as a plain SELECT")
    return parsed


def _nodes(parsed: Any) -> Iterator[dict[str, Any]]:
    """Every piece of a question as the engine parsed it."""
    if isinstance(parsed, dict):
        yield parsed
        parsed = list(parsed.values())
    if isinstance(parsed, list):
        for part in parsed:
            yield from _nodes(part)


def _words(error: duckdb.Error | _RefusedError) -> str:
    """What the engine says, as far as it cannot quote a cell."""
    if isinstance(error, _RefusedError):
        return str(error)
    if isinstance(error, duckdb.ConversionException):
        return "a cell cannot be converted; TRY_CAST leaves such a cell empty"
    if not isinstance(error, _WITHOUT_VALUES):
        return type(error).__name__
    return " ".join(str(error).split("\n\nLINE")[0].split())
