"""CSV export files, cut into rows by the engine line by line.

The rule that must not break: a file is never read up to the first line that fits badly. Every line
becomes a numbered row or a rejected one, or the whole file is refused.
"""

import csv
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.cells import LONGEST_LINE, cell, column_names
from features.agencies.engine import lacks_room
from features.agencies.loading import malformed_question, reject_nul
from features.agencies.numbered import ROW, name, text
from features.agencies.quarantine import Quarantine
from features.agencies.sources import Source
from features.errors import IntakeError

_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1"}
#: Encodings that the engine cannot read, and what a file is not of which a byte does not fit. Of
#: UTF-16 it reads one byte order only, and takes the other for an empty file.
_FOREIGN = {"utf-16": "UTF-16 with a byte-order mark", "cp1252": "Windows-1252"}
#: Characters of a file of rows that are read a second time.
SIZE_ASIDE = 16_000_000
#: No source can be called so: names of sources begin with a letter.
_AS_KEPT = "_as_kept"
_MALFORMED = {
    "MISSING COLUMNS": "has fewer fields than the header",
    "TOO MANY COLUMNS": "has more fields than the header",
    "UNQUOTED VALUE": "has text after a closing quote, or a quote that is not closed",
    "INVALID ENCODING": "holds bytes that are not valid in the encoding of the file",
}


def load_csv(
    backend: Backend,
    source_name: str,
    source: Source,
    path: Path,
    quarantine: Quarantine,
    workspace: Path,
) -> int:
    """Number the rows of a CSV file; how many lines were malformed.

    Raises
    ------
    IntakeError
        If the header cannot name columns, or where rows end cannot be told.
    """
    encoding, readable = source.encoding, path
    if encoding in _FOREIGN:
        readable = _in_utf8(path, encoding, workspace / f"{source_name}.csv")
        encoding = "utf-8"
    aside = _set_aside(readable, path, source.separator, workspace / f"{source_name}-aside")
    header = _header(readable, path, encoding, source.separator)
    try:
        backend.con.execute(_read_statement(source_name, source, readable, encoding, header))
    except duckdb.Error as error:
        if lacks_room(error):
            raise
        raise IntakeError(
            f"the file cannot be cut into rows ({type(error).__name__})",
            where=str(path),
            expected=f"CSV, separator {source.separator!r}, {source.encoding}, line ends all alike",
            remedy="export it again, or mend separator and encoding in the mapping",
        ) from None
    _refuse_swallowed_lines(backend, path)
    _count_malformed_lines(backend, source_name)
    malformed = quarantine.add(malformed_question(source_name, _malformed_lines()))
    malformed += _reject_slid_lines(backend, source_name, source, aside, header, quarantine)
    malformed += reject_nul(backend, source_name, header, quarantine)
    for table in ("csv_rejects", "csv_scans"):
        backend.con.execute(f"DROP TABLE {table}")
    return malformed


def _in_utf8(path: Path, encoding: str, copy: Path) -> Path:
    """A copy of a file in UTF-8; of UTF-16 the byte-order mark says which end comes first."""
    try:
        with (
            path.open(encoding=encoding, newline="") as file,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            shutil.copyfileobj(file, out)
    except UnicodeError:
        raise IntakeError(
            f"the file is not {_FOREIGN[encoding]}",
            where=str(path),
            remedy="export it again, or mend the encoding in the mapping",
        ) from None
    return copy


def _set_aside(readable: Path, path: Path, separator: str, folder: Path) -> list[Path]:
    """Refuse long lines, and copy the rows that end with a separator into files of a folder.

    Only these can have a field too many that is empty. A row that goes over several lines is copied
    whole; the engine holds the whole of a file in which no line fits, so each is kept small.
    """
    parts: list[Path] = []
    first, row, size, is_quoted, is_wanted = "", "", SIZE_ASIDE, False, False
    # Latin-1 takes any byte, and has its line ends where UTF-8 has them.
    with readable.open(encoding="latin-1", newline="") as file, ExitStack() as opened:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), ""), start=1):
            if len(line) > LONGEST_LINE:
                raise IntakeError(
                    f"a line is longer than {LONGEST_LINE:,} bytes",
                    where=f"{path}, line {number}",
                    remedy="export the file again; a quote may be open, or line ends be lost",
                )
            first = first or line
            row = row + line if is_quoted else line
            is_wanted |= line.rstrip("\r\n").endswith(separator) and number > 1
            is_quoted = is_quoted != (line.count('"') % 2 == 1) and len(row) <= LONGEST_LINE
            if is_quoted or not is_wanted:
                continue
            if size >= SIZE_ASIDE:
                opened.close()
                folder.mkdir(exist_ok=True)
                parts.append(folder / f"{len(parts)}.csv")
                out = opened.enter_context(parts[-1].open("w", encoding="latin-1", newline=""))
                size = out.write(first)
            size += out.write(row)
            is_wanted = False
    return parts


def _header(readable: Path, path: Path, encoding: str, separator: str) -> list[str]:
    with readable.open(encoding=_CODECS[encoding], errors="replace", newline="") as file:
        names = next(csv.reader(file, delimiter=separator), None)
    if names == []:
        raise IntakeError(
            "the first line is blank",
            where=str(path),
            expected="a header",
            remedy="take out what stands above the header, or export the file again",
        )
    return column_names(names or (), path)


def _read_statement(
    source_name: str, source: Source, path: Path, encoding: str, header: Sequence[str]
) -> str:
    aside = "store_rejects = true, rejects_table = 'csv_rejects', rejects_scan = 'csv_scans'"
    return (
        f"CREATE TABLE {numbered.table(source_name)} AS "
        f"SELECT row_number() OVER ()::BIGINT AS {ROW}, {_cells(header, source)} "
        f"FROM {_lines(source, path, encoding, header, aside)}"
    )


def _cells(header: Sequence[str], source: Source) -> str:
    return ", ".join(f"{cell(c, source.missing_values)} AS {name(c)}" for c in header)


def _lines(source: Source, path: Path, encoding: str, columns: Sequence[str], misfits: str) -> str:
    """SQL of the lines of a file; `misfits` is what to do with those of other columns."""
    types = ", ".join(f"{text(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({text(str(path))}, auto_detect = false, header = true, "
        f"delim = {text(source.separator)}, quote = '\"', escape = '\"', "
        f"encoding = {text(encoding)}, columns = {{{types}}}, {misfits})"
    )


def _reject_slid_lines(
    backend: Backend,
    source_name: str,
    source: Source,
    parts: Sequence[Path],
    header: Sequence[str],
    quarantine: Quarantine,
) -> int:
    """Put lines with a field too many into quarantine of which the last one is empty; how many.

    The engine takes such a line for one that fits. Yet a separator too many in its middle moves all
    cells behind it by one, out of an empty last column. Where every line of a file ends with a
    separator too many, nothing slid. `parts` are files of the lines that end with a separator.
    """
    if not parts:
        return 0
    encoding = "utf-8" if source.encoding in _FOREIGN else source.encoding
    beyond = "_" * (1 + max(len(column) for column in header))
    # Where no line fits, as here, several readers at once cannot tell where their first one begins.
    misfits = "ignore_errors = true, parallel = false"
    for part in parts:
        lines = _lines(source, part, encoding, (*header, beyond), misfits)
        into = "CREATE TEMP TABLE slid AS" if part == parts[0] else "INSERT INTO slid"
        backend.con.execute(
            f"{into} SELECT {_cells(header, source)} FROM {lines} "
            f"WHERE coalesce({name(beyond)}, '') = ''"
        )
    n_slid = backend.con.execute("SELECT count(*) FROM slid").fetchall()[0][0]
    rejected = 0
    if 0 < n_slid < numbered.count(backend, source_name):
        rejected = _reject_alike(backend, source_name, header, quarantine)
    backend.con.execute("DROP TABLE slid")
    return rejected


def _reject_alike(
    backend: Backend, source_name: str, header: Sequence[str], quarantine: Quarantine
) -> int:
    """Put the rows of the lines in `slid` into quarantine; of lines alike, the last ones."""
    table, names = numbered.table(source_name), ", ".join(name(c) for c in header)
    same = " AND ".join(f"t.{name(c)} IS NOT DISTINCT FROM s.{name(c)}" for c in header)
    backend.con.execute(
        f"CREATE TEMP TABLE slid_rows AS "
        f"WITH s AS (SELECT {names}, count(*) AS n, row_number() OVER () AS kind FROM slid "
        f"GROUP BY ALL) "
        f"SELECT t.{ROW} AS place FROM {table} AS t JOIN s ON {same} "
        f"QUALIFY row_number() OVER (PARTITION BY s.kind ORDER BY t.{ROW} DESC) <= s.n"
    )
    which = f"{ROW} IN (SELECT place FROM slid_rows)"
    found = (
        f'SELECT {ROW} AS "row", {text(_MALFORMED["TOO MANY COLUMNS"])} AS reason, '
        f"{numbered.raw_row(header)} AS raw FROM {table} WHERE {which}"
    )
    rejected = quarantine.add(malformed_question(source_name, f"({found}) AS found"))
    backend.con.execute(f"DELETE FROM {table} WHERE {which}")
    backend.con.execute("DROP TABLE slid_rows")
    return rejected


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


def _count_malformed_lines(backend: Backend, source_name: str) -> None:
    """Give each good row its place among all rows of the file, the malformed ones counted."""
    if not backend.con.execute("SELECT count(*) FROM csv_rejects").fetchall()[0][0]:
        return
    table = numbered.table(source_name)
    backend.con.execute(f"ALTER TABLE {table} RENAME TO {_AS_KEPT}")
    backend.con.execute(
        f"CREATE TABLE {table} AS "
        "WITH bad AS (SELECT line - 1 AS place, row_number() OVER (ORDER BY line) AS nth "
        "             FROM (SELECT DISTINCT line FROM csv_rejects)), "
        "steps AS (SELECT place - nth AS kept_before, max(nth) AS n FROM bad GROUP BY ALL) "
        f"SELECT {_AS_KEPT}.* REPLACE (({ROW} + coalesce(n, 0))::BIGINT AS {ROW}) "
        f"FROM {numbered.SCHEMA}.{_AS_KEPT} ASOF LEFT JOIN steps ON {ROW} > kept_before "
        f"ORDER BY {ROW}"
    )
    backend.con.execute(f"DROP TABLE {numbered.SCHEMA}.{_AS_KEPT}")


def _malformed_lines() -> str:
    """SQL of the malformed lines: `row`, `reason` and `raw` of each."""
    kinds = " ".join(f"WHEN {text(k)} THEN {text(why)}" for k, why in _MALFORMED.items())
    reason = f"CASE error_type::VARCHAR {kinds} ELSE 'cannot be read' END"
    return (
        f'(SELECT (line - 1)::BIGINT AS "row", min({reason}) AS reason, min(csv_line) AS raw '
        "FROM csv_rejects GROUP BY line) AS malformed"
    )
