"""Export files (CSV, XLSX, JSON), read row by row as sent.

The rule that must not break: every row of a file becomes a numbered row or a rejected one, or the
whole file is refused. A file is never read up to the first row that fits badly.
"""

import csv
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.cells import Cut, Malformed, column_names
from features.agencies.json_records import cut_json
from features.agencies.numbered import ROW, cell, name, text
from features.agencies.quarantine import Quarantine
from features.agencies.sources import Source
from features.agencies.workbook import cut_workbook
from features.documents.document import Document
from features.errors import IntakeError

_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1"}
#: Behind longer ones the engine loses its place, and may not say so.
LONGEST_LINE = 2_000_000
_ROWS_AT_ONCE = 20_000
_MALFORMED = {
    "MISSING COLUMNS": "has fewer fields than the header",
    "TOO MANY COLUMNS": "has more fields than the header",
    "UNQUOTED VALUE": "has text after a closing quote, or a quote that is not closed",
    "INVALID ENCODING": "holds bytes that are not valid in the encoding of the file",
}


@dataclass(frozen=True)
class SourceCount:
    """What a source held: rows read, and how many of them were malformed lines."""

    file: str | None
    sha256: str | None
    read: int
    malformed: int


def require_files(sources: dict[str, Source], folder: Path, document: Document) -> None:
    """Refuse a folder that lacks a file of the mapping.

    Raises
    ------
    IntakeError
        Naming the file that is absent and those that are there.
    """
    if not folder.is_dir():
        raise IntakeError("no such folder of exports", where=str(folder), remedy="check the path")
    for source_name, source in sources.items():
        path = folder / (source.file or "")
        if source.file is not None and path.exists() and not path.is_file():
            raise IntakeError(
                f"the export file {source.file!r} is no file", where=f"folder {folder}"
            )
        if source.file is not None and not path.is_file():
            there = ", ".join(sorted(p.name for p in folder.iterdir() if p.is_file())[:20])
            raise IntakeError(
                f"the export file {source.file!r} is missing",
                where=f"{document.where(('sources', source_name))}, folder {folder}",
                expected=f"a file of that name; the folder holds {there or 'no file'}",
                remedy="add the file, or mend its name in the mapping",
            )


def load_file(
    backend: Backend,
    source_name: str,
    source: Source,
    path: Path,
    quarantine: Quarantine,
    workspace: Path,
) -> SourceCount:
    """Read a file; malformed rows go to the quarantine.

    Raises
    ------
    IntakeError
        If the file is empty, has a header that cannot name columns, or cannot be cut into rows.
    """
    if source.kind == "xlsx":
        cut = cut_workbook(path, source.sheet)
        return _load_cut(backend, source_name, source, path, quarantine, cut)
    if source.kind == "json":
        cut = cut_json(path, source.records, source.fields)
        return _load_cut(backend, source_name, source, path, quarantine, cut)
    return _load_csv(backend, source_name, source, path, quarantine, workspace)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_csv(
    backend: Backend,
    source_name: str,
    source: Source,
    path: Path,
    quarantine: Quarantine,
    workspace: Path,
) -> SourceCount:
    encoding, readable = source.encoding, path
    if encoding == "utf-16":
        # The engine reads one byte order only, and takes the other for an empty file.
        encoding, readable = "utf-8", _in_utf8(path, workspace / f"{source_name}.csv")
    _refuse_long_lines(readable, path)
    header = _header(readable, path, encoding, source.separator)
    try:
        backend.con.execute(_read_statement(source, readable, encoding, header))
    except duckdb.Error as error:
        raise IntakeError(
            f"the file cannot be cut into rows ({type(error).__name__})",
            where=str(path),
            expected=f"CSV, separator {source.separator!r}, {source.encoding}, line ends all alike",
            remedy="export it again, or mend separator and encoding in the mapping",
        ) from None
    _refuse_swallowed_lines(backend, path)
    _number_rows(backend, source_name, header)
    malformed = quarantine.add(_malformed_question(source_name))
    malformed += _reject_nul(backend, source_name, header, quarantine)
    for table in ("csv_lines", "csv_rejects", "csv_scans"):
        backend.con.execute(f"DROP TABLE {table}")
    read = numbered.count(backend, source_name) + malformed
    return SourceCount(source.file, file_digest(path), read, malformed)


def _load_cut(
    backend: Backend,
    source_name: str,
    source: Source,
    path: Path,
    quarantine: Quarantine,
    cut: Cut,
) -> SourceCount:
    """Number the rows of a file whose cells are text already."""
    columns = ", ".join(f"{name(column)} VARCHAR" for column in cut.header)
    backend.con.execute(f"CREATE TABLE cut_rows ({ROW} BIGINT, {columns})")
    malformed: list[tuple[int, Malformed]] = []
    types = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in cut.header)])
    for batch in _batches(cut, malformed):
        _insert(backend, "cut_rows", pa.table(batch, schema=types))
    cells = ", ".join(f"{cell(c, source.missing_values)} AS {name(c)}" for c in cut.header)
    backend.con.execute(
        f"CREATE TABLE {numbered.table(source_name)} AS SELECT {ROW}, {cells} FROM cut_rows"
    )
    backend.con.execute("DROP TABLE cut_rows")
    n_malformed = _reject_malformed(backend, source_name, malformed, quarantine)
    n_malformed += _reject_nul(backend, source_name, cut.header, quarantine)
    read = numbered.count(backend, source_name) + n_malformed
    return SourceCount(source.file, file_digest(path), read, n_malformed)


def _batches(cut: Cut, malformed: list[tuple[int, Malformed]]) -> Iterator[list[list]]:
    """Columns of some rows at a time, their numbers first; what is malformed is put aside."""
    columns: list[list] = [[] for _ in (ROW, *cut.header)]
    for number, row in enumerate(cut.rows, start=1):
        if isinstance(row, Malformed):
            malformed.append((number, row))
            continue
        for column, value in zip(columns, (number, *row), strict=True):
            column.append(value)
        if len(columns[0]) == _ROWS_AT_ONCE:
            yield columns
            columns = [[] for _ in columns]
    yield columns


def _insert(backend: Backend, table: str, rows: pa.Table) -> None:
    backend.con.register(f"{table}_sent", rows)
    backend.con.execute(f"INSERT INTO {table} SELECT * FROM {table}_sent")
    backend.con.unregister(f"{table}_sent")


def _reject_malformed(
    backend: Backend,
    source_name: str,
    malformed: list[tuple[int, Malformed]],
    quarantine: Quarantine,
) -> int:
    rows = pa.table(
        {
            "row": pa.array([number for number, _row in malformed], pa.int64()),
            "reason": pa.array([row.reason for _number, row in malformed], pa.string()),
            "raw": pa.array([row.raw for _number, row in malformed], pa.string()),
        }
    )
    backend.con.register("malformed_sent", rows)
    n_rejected = quarantine.add(
        'SELECT NULL::VARCHAR AS "table", NULL::VARCHAR AS "column", '
        f'{text(source_name)} AS "source", "row", reason, raw FROM malformed_sent'
    )
    backend.con.unregister("malformed_sent")
    return n_rejected


def _in_utf8(path: Path, copy: Path) -> Path:
    """A copy of a UTF-16 file in UTF-8; its byte-order mark says which end comes first."""
    try:
        with (
            path.open(encoding="utf-16", newline="") as file,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            shutil.copyfileobj(file, out)
    except UnicodeError:
        raise IntakeError(
            "the file is not UTF-16 with a byte-order mark",
            where=str(path),
            remedy="export it again, or mend the encoding in the mapping",
        ) from None
    return copy


def _refuse_long_lines(readable: Path, path: Path) -> None:
    # Latin-1 takes any byte, and has its line ends where UTF-8 has them.
    with readable.open(encoding="latin-1") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), ""), start=1):
            if len(line) > LONGEST_LINE:
                raise IntakeError(
                    f"a line is longer than {LONGEST_LINE:,} bytes",
                    where=f"{path}, line {number}",
                    remedy="export the file again; a quote may be open, or line ends be lost",
                )


def _header(readable: Path, path: Path, encoding: str, separator: str) -> list[str]:
    with readable.open(encoding=_CODECS[encoding], errors="replace", newline="") as file:
        names = next(csv.reader(file, delimiter=separator), [])
    return column_names(names, path)


def _read_statement(source: Source, path: Path, encoding: str, header: Sequence[str]) -> str:
    types = ", ".join(f"{text(column)}: 'VARCHAR'" for column in header)
    cells = ", ".join(f"{cell(c, source.missing_values)} AS {name(c)}" for c in header)
    return (
        f"CREATE TABLE csv_lines AS SELECT row_number() OVER () AS kept, {cells} "
        f"FROM read_csv({text(str(path))}, auto_detect = false, header = true, "
        f"delim = {text(source.separator)}, quote = '\"', escape = '\"', "
        f"encoding = {text(encoding)}, columns = {{{types}}}, "
        "store_rejects = true, rejects_table = 'csv_rejects', rejects_scan = 'csv_scans')"
    )


def _refuse_swallowed_lines(backend: Backend, path: Path) -> None:
    """A quote that is not closed swallows the lines behind it: refuse the file, lose no row."""
    found = backend.con.execute(
        "SELECT min(line) FROM csv_rejects WHERE error_type = 'LINE SIZE OVER MAXIMUM' "
        r"OR (error_type = 'UNQUOTED VALUE' AND regexp_matches(csv_line, '[\r\n]\s*\S'))"
    ).fetchall()[0][0]
    if found is not None:
        raise IntakeError(
            "a quote is opened and not closed, so where rows end cannot be told",
            where=f"{path}, near line {found}",
            remedy="mend the quotes of that line, or export the file again",
        )


def _number_rows(backend: Backend, source_name: str, header: Sequence[str]) -> None:
    """Give each good row its place among all rows of the file, the malformed ones counted."""
    cells = ", ".join(name(column) for column in header)
    backend.con.execute(
        f"CREATE TABLE {numbered.table(source_name)} AS "
        "WITH bad AS (SELECT line - 1 AS place, row_number() OVER (ORDER BY line) AS nth "
        "             FROM (SELECT DISTINCT line FROM csv_rejects)), "
        "steps AS (SELECT place - nth AS kept_before, max(nth) AS n FROM bad GROUP BY ALL) "
        f"SELECT (kept + coalesce(n, 0))::BIGINT AS {ROW}, {cells} "
        "FROM csv_lines ASOF LEFT JOIN steps ON kept > kept_before"
    )


def _malformed_question(source_name: str) -> str:
    kinds = " ".join(f"WHEN {text(k)} THEN {text(why)}" for k, why in _MALFORMED.items())
    reason = f"CASE error_type::VARCHAR {kinds} ELSE 'cannot be read' END"
    return (
        'SELECT NULL::VARCHAR AS "table", NULL::VARCHAR AS "column", '
        f'{text(source_name)} AS "source", (line - 1)::BIGINT AS "row", '
        f"min({reason}) AS reason, min(csv_line) AS raw FROM csv_rejects GROUP BY line"
    )


def _reject_nul(
    backend: Backend, source_name: str, header: Sequence[str], quarantine: Quarantine
) -> int:
    table = numbered.table(source_name)
    holds_nul = " OR ".join(f"contains({name(column)}, chr(0))" for column in header)
    question = (
        'SELECT NULL::VARCHAR AS "table", NULL::VARCHAR AS "column", '
        f'{text(source_name)} AS "source", {ROW} AS "row", \'holds a NUL byte\' AS reason, '
        f"{numbered.raw_row(header)} AS raw FROM {table} WHERE {holds_nul}"
    )
    rejected = quarantine.add(question)
    if rejected:
        backend.con.execute(f"DELETE FROM {table} WHERE {holds_nul}")
    return rejected
