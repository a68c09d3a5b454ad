"""The tables that sources are read into: all text, every row numbered; and how SQL is quoted.

Each source is a table in the schema `numbered`: its columns, and `__row`, counted from 1 without
header and blank lines. A view of the source's own name leaves the number out; SQL sources see it.
"""

from collections.abc import Sequence

import ibis
from ibis.backends.duckdb import Backend

ROW = "__row"
SCHEMA = "numbered"
BLANKS = " \t\r\n\u00a0"


def open_database(backend: Backend) -> None:
    """Prepare a connection for sources."""
    backend.con.execute(f"CREATE SCHEMA {SCHEMA}")


def publish(backend: Backend, source: str) -> None:
    """Let the SQL sources further down see a source."""
    backend.con.execute(
        f"CREATE VIEW {name(source)} AS SELECT * EXCLUDE ({ROW}) FROM {table(source)}"
    )


def rows(backend: Backend, source: str) -> ibis.Table:
    """The rows of a source with their numbers."""
    return backend.table(source, database=SCHEMA)


def count(backend: Backend, source: str) -> int:
    """How many rows a source has."""
    return int(backend.con.execute(f"SELECT count(*) FROM {table(source)}").fetchall()[0][0])


def columns(backend: Backend, source: str) -> list[str]:
    """Names of the columns of a source, in order."""
    # Asked for past Ibis, which needs five times as long: this is asked often.
    told = backend.con.execute(f"SELECT * FROM {table(source)} LIMIT 0").description
    return [column for column, *_types in told if column != ROW]


def table(source: str) -> str:
    """SQL name of the table of a source."""
    return f"{SCHEMA}.{name(source)}"


def name(identifier: str) -> str:
    """An SQL identifier in quotes.

    Examples
    --------
    >>> print(name("post"))
    "post"
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """An SQL text in quotes.

    Examples
    --------
    >>> print(text("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def cell(column: str, missing: Sequence[str] = ()) -> str:
    """SQL of a cell without the blanks around it; NULL where what is left means nothing."""
    cut = f"trim({name(column)}::VARCHAR, {text(BLANKS)})"
    nothing = ", ".join(text(value) for value in dict.fromkeys(("", *missing)))
    return f"CASE WHEN {cut} IN ({nothing}) THEN NULL ELSE {cut} END"


def raw_row(column_names: Sequence[str]) -> str:
    """SQL of a whole row as JSON text."""
    cells = ", ".join(f"{text(column)}: {name(column)}" for column in column_names)
    return f"to_json({{{cells}}})::VARCHAR"
