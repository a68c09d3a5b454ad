"""Sources on a PostgreSQL database: tables and queries, read in batches on one snapshot.

The rule that must not break: nothing is written there, all that an ingest reads of a database is
as of one moment, and no message shows the address or a value. The same content gives the same rows
in the same order, whatever order the server keeps them in.
"""

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from features.agencies.cells import Cut, column_names
from features.agencies.engine import Means
from features.agencies.sources import Source
from features.errors import IntakeError

_ROWS_AT_ONCE = 5_000
_SECONDS_TO_CONNECT = 10
#: Type numbers of PostgreSQL.
_TIMESTAMP, _INSTANT = 1114, 1184
#: How the server writes values as text, whatever its own settings are.
_WRITTEN = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmloption": "content",
}
#: SQLSTATE classes whose words are about the question and cannot quote a cell.
_ABOUT_THE_QUESTION = ("42", "3F")
_TOO_LONG = "57014"


class DatabaseRows:
    """The rows of a table or query; they can be gone through once.

    Parameters
    ----------
    header : list of str
    rows : iterator of sequence of str or None
    """

    def __init__(self, header: list[str], rows: Iterator[Sequence[str | None]]) -> None:
        self._digest = hashlib.sha256(_line(header))
        self.cut = Cut(header, self._noted(rows))

    @property
    def sha256(self) -> str:
        """SHA-256 of header and rows gone through so far, 64 hexadecimal digits."""
        return self._digest.hexdigest()

    def _noted(self, rows: Iterator[Sequence[str | None]]) -> Iterator[Sequence[str | None]]:
        for row in rows:
            self._digest.update(_line(row))
            yield row


class Databases:
    """The databases of an ingest, each on one connection with one snapshot.

    Parameters
    ----------
    means : Means
        Knows their addresses.
    stack : ExitStack
        Closes the connections when the ingest has read its sources.
    """

    def __init__(self, means: Means, stack: ExitStack) -> None:
        self._means, self._stack = means, stack
        self._connections: dict[str, psycopg.Connection[Any]] = {}

    @contextmanager
    def rows(self, source: Source, where: str) -> Generator[DatabaseRows]:
        """The rows of a source, ordered by its key or by all columns as bytes of UTF-8.

        Raises
        ------
        IntakeError
            If the database cannot be reached, refuses the question, or takes too long.
        """
        where = f"{where}, database {source.database}"
        with _in_our_words(where):
            connection = self._connection(source.database or "", where)
            asked = _asked(source)
            with connection.cursor() as cursor:
                # Prepared, so that the server takes one statement and no second one behind it.
                cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(asked), prepare=True)
                described = [(c.name, c.type_code) for c in cursor.description or ()]
            header = column_names((column for column, _kind in described), where)
            _require_key(source, [column for column, _kind in described], where)
            with connection.cursor(name="source") as cursor:
                cursor.execute(_ordered(asked, described, source.key))
                yield DatabaseRows(header, _fetched(cursor, where))

    def _connection(self, name: str, where: str) -> psycopg.Connection[Any]:
        if name not in self._connections:
            address = self._means.databases.get(name)
            if address is None:
                raise IntakeError(
                    f"nobody told where the database {name!r} is",
                    where=where,
                    remedy=f"set SUKSESI_SOURCE_{name.upper()}_URL to its address",
                )
            milliseconds = self._means.statement_seconds * 1000
            connection = psycopg.connect(
                address.get_secret_value(),
                connect_timeout=_SECONDS_TO_CONNECT,
                client_encoding="UTF8",
                application_name="suksesi ingest",
                autocommit=False,
            )
            self._stack.callback(connection.close)
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for setting, value in {**_WRITTEN, "statement_timeout": str(milliseconds)}.items():
                connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
            self._connections[name] = connection
        return self._connections[name]


def _asked(source: Source) -> sql.Composable:
    """What stands behind FROM."""
    if source.table is not None:
        return sql.Identifier(*source.table.split("."))
    # Whoever wrote the mapping may ask what the role may read; it is no value from outside.
    question = cast("LiteralString", (source.query or "").rstrip().rstrip(";"))
    # A line of its own, so that a comment at the end of the query ends there.
    return sql.SQL("({}\n) AS asked").format(sql.SQL(question))


def _ordered(
    asked: sql.Composable, described: Sequence[tuple[str, int]], key: Sequence[str]
) -> sql.Composed:
    cells = {column: _text(column, kind) for column, kind in described}
    order = [sql.SQL('{} COLLATE "C"').format(cells[column]) for column in key or cells]
    return sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(cells.values()), asked, sql.SQL(", ").join(order)
    )


def _text(column: str, kind: int) -> sql.Composed:
    """SQL of a value as text: a moment at midnight is a day, as in every other file."""
    value = sql.Identifier(column)
    if kind == _TIMESTAMP:
        return sql.SQL(
            "CASE WHEN {0} = date_trunc('day', {0}) THEN {0}::date::text ELSE {0}::text END"
        ).format(value)
    if kind == _INSTANT:
        return sql.SQL("({} AT TIME ZONE 'UTC')::text || '+00:00'").format(value)
    return sql.SQL("{}::text").format(value)


def _require_key(source: Source, columns: Sequence[str], where: str) -> None:
    unknown = [column for column in source.key if column not in columns]
    if unknown:
        raise IntakeError(
            f"the key names a column {unknown[0]!r} that is not there",
            where=where,
            expected=f"some of: {', '.join(columns)}",
            remedy="mend `key` in the mapping",
        )


def _fetched(cursor: psycopg.ServerCursor[Any], where: str) -> Iterator[Sequence[str | None]]:
    with _in_our_words(where):
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows


@contextmanager
def _in_our_words(where: str) -> Generator[None]:
    """Say what went wrong without the words of the driver, which hold addresses and values."""
    try:
        yield
    except (psycopg.Error, UnicodeError) as error:
        raise IntakeError(
            _what(error),
            where=where,
            remedy=_remedy(error),
        ) from None


def _what(error: psycopg.Error | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "a text of the database is not valid in its encoding"
    state = error.sqlstate
    if state == _TOO_LONG:
        return "the database took longer over a statement than it may"
    if state is not None and state.startswith(_ABOUT_THE_QUESTION):
        return f"the database refuses the question: {error.diag.message_primary}"
    if state is None:
        return "the database cannot be reached, or the connection broke"
    return f"the database stopped with {type(error).__name__} ({state})"


def _remedy(error: psycopg.Error | UnicodeError) -> str:
    state = None if isinstance(error, UnicodeError) else error.sqlstate
    if state == _TOO_LONG:
        return "give it an index or a narrower query, or set SUKSESI_SOURCE_TIMEOUT"
    if state is None or state.startswith(("08", "28", "3D")):
        return "check the address in the environment, and that this machine may connect"
    return "mend the table or query in the mapping, or what the role may read"


def _line(cells: Sequence[str | None]) -> bytes:
    return json.dumps(list(cells), ensure_ascii=False).encode() + b"\n"
