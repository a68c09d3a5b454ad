"""Rows of files whose cells arrive as values, such as workbooks and JSON, made into text.

The rule that must not break: a value has one text, whatever file it comes from, and a value that
the file has damaged does not look whole. Everything behind this module knows text only.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from features.agencies.numbered import BLANKS, ROW
from features.errors import IntakeError

#: Half of a character of two halves, which no text may hold alone.
HALF = re.compile("[\ud800-\udfff]")
#: Such a file is read into memory as a whole.
LARGEST_FILE = 200_000_000
#: Behind longer lines of CSV the engine loses its place, and may not say so.
LONGEST_LINE = 2_000_000
#: A NIP or a date among the names of columns: messages show these, so none may be one.
_VALUE = re.compile(
    r"[0-9]{8,}|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9][.,][0-9]+[eE][+][0-9]+"
)
#: A spreadsheet keeps so many digits of a number; the rest it has made up.
DIGITS_KEPT = 15


@dataclass(frozen=True)
class Malformed:
    """A row that cannot be split into the columns: why, and the row as sent."""

    reason: str
    raw: str


@dataclass(frozen=True)
class Cut:
    """A file cut into rows.

    Parameters
    ----------
    header : list of str
        Names of the columns.
    rows : iterable
        For each row in order its cells as text, one a column, None where there is none; or why it
        has none. Blank rows are left out.
    """

    header: list[str]
    rows: Iterable[Sequence[str | None] | Malformed]


def as_text(value: Any) -> str | None:
    """The text of a cell.

    Examples
    --------
    >>> as_text(3.0), as_text(0.5), as_text(True), as_text(date(2020, 1, 2))
    ('3', '0.5', 'true', '2020-01-02')
    >>> as_text({"a": [1, None]})
    '{"a":[1,null]}'
    >>> as_text(198001012005011001.0)
    '1.98001012005011e+17'
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        is_day = value.time() == time.min
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def column_names(names: Iterable[str], path: Path | str) -> list[str]:
    """Names of columns without the blanks around them.

    Raises
    ------
    IntakeError
        If there are none, or one is blank, stands twice or is no text.
    """
    cut = [column.strip(BLANKS) for column in names]
    if not cut:
        raise IntakeError(
            "the file is empty",
            where=str(path),
            expected="a header and rows",
            remedy="export it again",
        )
    if any("\x00" in column or HALF.search(column) for column in cut):
        raise IntakeError(
            "the header holds signs that are no text",
            where=str(path),
            expected="names of columns in the first row",
            remedy="export the file again; it may be of another kind than its name says",
        )
    if any(_VALUE.fullmatch(column) for column in cut):
        raise IntakeError(
            "the first row holds values and no names of columns",
            where=str(path),
            expected="a header",
            remedy="export the file again with a header; a number or date names no column",
        )
    lowered = [column.lower() for column in cut]
    wrong = sorted({c for c in lowered if lowered.count(c) > 1 or c in ("", ROW)})
    if wrong:
        raise IntakeError(
            f"the header cannot name columns: {', '.join(repr(column) for column in wrong)}",
            where=str(path),
            expected="a header in which every column has a name of its own",
            remedy="export the file again with such a header",
        )
    return cut


def require_content(path: Path) -> None:
    """Refuse a file that is empty.

    Raises
    ------
    IntakeError
    """
    if path.stat().st_size == 0:
        raise IntakeError(
            "the file is empty",
            where=str(path),
            expected="a header and rows",
            remedy="export it again",
        )


def require_size(path: Path) -> None:
    """Refuse a file that is empty, or larger than is read into memory.

    Raises
    ------
    IntakeError
    """
    require_content(path)
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise IntakeError(
            f"the file has {size:,} bytes",
            where=str(path),
            expected=f"at most {LARGEST_FILE:,} bytes of a workbook or of JSON",
            remedy="export it as CSV, JSON lines or Parquet, of any size, or in several files",
        )


def _number(value: float) -> str:
    if value % 1:
        return repr(value)
    if abs(value) < 10**DIGITS_KEPT:
        return str(int(value))
    return f"{value:.{DIGITS_KEPT - 1}e}"
