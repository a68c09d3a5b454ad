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

from features.agencies.numbered import BLANKS, ROW, name, text
from features.errors import IntakeError

#: Half of a character of two halves, which no text may hold alone.
HALF = re.compile("[\ud800-\udfff]")
#: Signs that nobody sees: marks of byte order where two files were pasted together, hyphens that
#: show at the end of a line only, joints and directions of writing. Ids meet without them.
UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
#: Such a file is read into memory as a whole.
LARGEST_FILE = 200_000_000
#: Behind longer lines of CSV the engine loses its place, and may not say so.
LONGEST_LINE = 2_000_000
#: What every row is asked grows with the columns, and the time for it faster than they do.
MOST_COLUMNS = 2_000
_WITHOUT_UNSEEN = str.maketrans("", "", UNSEEN)
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


def trimmed(value: str) -> str:
    r"""A text without the signs that nobody sees, and the blanks around it.

    Examples
    --------
    >>> trimmed("\ufeff id\u200b ")
    'id'
    """
    seen = value if value.isascii() else value.translate(_WITHOUT_UNSEEN)
    return seen.strip(BLANKS)


def cell(column: str, missing: Sequence[str] = ()) -> str:
    """SQL of a cell, trimmed; NULL where what is left means nothing."""
    cut = f"trim({without_unseen(f'{name(column)}::VARCHAR')}, {text(BLANKS)})"
    nothing = ", ".join(text(value) for value in dict.fromkeys(("", *missing)))
    return f"CASE WHEN {cut} IN ({nothing}) THEN NULL ELSE {cut} END"


def without_unseen(value: str) -> str:
    """SQL of a text without the signs that nobody sees."""
    # Nearly every text has as many bytes as signs, and none of these: to count costs nothing.
    has_others = f"strlen({value}) <> length({value})"
    return f"CASE WHEN {has_others} THEN translate({value}, {text(UNSEEN)}, '') ELSE {value} END"


def require_few_columns(n_columns: int, where: Path | str) -> None:
    """Refuse rows of more columns than an ingest can go through.

    Raises
    ------
    IntakeError
    """
    if n_columns > MOST_COLUMNS:
        raise IntakeError(
            f"there are more than {MOST_COLUMNS:,} columns",
            where=str(where),
            expected=f"at most {MOST_COLUMNS:,} columns or different fields, used or not",
            remedy="export only the columns that the mapping names; of JSON, fields whose names "
            "are data, such as dates or ids, belong into rows",
        )


def column_names(names: Iterable[str], path: Path | str) -> list[str]:
    """Names of columns, trimmed.

    Raises
    ------
    IntakeError
        If there are none or too many, or one is blank, stands twice or is no text.
    """
    cut = [trimmed(column) for column in names]
    require_few_columns(len(cut), path)
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
