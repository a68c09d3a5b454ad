"""How large the sheets of a workbook become in memory, told before they are read.

The rule that must not break: the reader of workbooks makes a whole rectangle out of a sheet, up to
its last filled row and column, and a file of a few kilobytes can ask for thousands of millions of
cells. What is refused here is refused by what the sheet holds, not by what it says of itself.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from features.errors import IntakeError

#: Each takes some 32 bytes, and its text besides.
MOST_CELLS = 25_000_000
#: Packed, a sheet of one repeated cell is small.
LARGEST_UNPACKED = 1_000_000_000
#: What reading a damaged archive raises, or one with a password.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
_PIECE = 4_000_000
_LONGEST_TAG = 1_000_000
_ROW_NUMBER = re.compile(rb'\sr="([0-9]{1,9})"')


def require_readable_size(path: Path) -> None:
    """Refuse a workbook whose sheets would not fit into memory.

    Raises
    ------
    IntakeError
        If it unpacks to too much, or a sheet reaches over too many cells.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > LARGEST_UNPACKED:
            raise IntakeError(
                f"the workbook unpacks to {unpacked:,} bytes",
                where=str(path),
                expected=f"at most {LARGEST_UNPACKED:,}",
                remedy="export it as CSV, or in several files",
            )
        for member in members:
            n_cells = _rectangle(archive, member) if member.filename.endswith(".xml") else 0
            if n_cells > MOST_CELLS:
                raise IntakeError(
                    f"a sheet of the workbook reaches over {n_cells:,} cells",
                    where=str(path),
                    expected=f"at most {MOST_CELLS:,}, filled or not",
                    remedy="delete what stands far away from the table, or export it as CSV",
                )


def _rectangle(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Rows up to the last one, times columns up to the last filled one."""
    last_row = n_rows = width = run = 0
    rest = b""
    with archive.open(member) as file:
        while read := file.read(_PIECE):
            piece, rest = _whole_tags(rest + read)
            tags = _PLAIN if _is_plain(piece) else _ANY
            for tag in tags.row.findall(piece):
                n_rows += 1
                number = _ROW_NUMBER.search(tag)
                last_row = max(last_row, n_rows, int(number[1]) if number else 0)
            width = max([width, *map(_place, set(tags.filled.findall(piece)))])
            if tags is _ANY:
                # Cells that do not say where they are stand one behind the other in their row.
                first, *others = (len(tags.unplaced.findall(r)) for r in tags.row.split(piece))
                width = max([width, run + first, *others])
                run = others[-1] if others else run + first
            else:
                run = 0
    return last_row * width


@dataclass(frozen=True)
class _Tags:
    """How tags of a sheet are found: rows, places of filled cells, cells without a place."""

    row: re.Pattern[bytes]
    filled: re.Pattern[bytes]
    unplaced: re.Pattern[bytes]


_NO_PLACE = rb'(?![^>]*\sr=")[^>]*(?<!/)>'
#: As nearly every program writes them; these begin with what can be looked for fast.
_PLAIN = _Tags(
    re.compile(rb"<row(?=[\s/>])[^>]*>"),
    re.compile(rb'<c r="([A-Z]{1,3})[0-9]+"[^>]*(?<!/)>'),
    re.compile(rb"<c(?=[\s>])" + _NO_PLACE),
)
_ANY = _Tags(
    re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^>]*>"),
    re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})[0-9]+"[^>]*(?<!/)>'),
    re.compile(rb"<(?:\w+:)?c(?=[\s>])" + _NO_PLACE),
)


def _is_plain(piece: bytes) -> bool:
    """Whether every cell says first where it is, and no tag has a prefix."""
    if any(piece.count(sign) for sign in (b":c ", b":c>", b":row ", b":row>", b"<c>")):
        return False
    return piece.count(b"<c ") == piece.count(b'<c r="')


def _whole_tags(read: bytes) -> tuple[bytes, bytes]:
    """What is complete of a piece of XML, and the tag that it breaks off in."""
    end = read.rfind(b">") + 1
    begun = read.find(b"<", end)
    rest = read[begun:] if begun >= 0 else b""
    if len(rest) > _LONGEST_TAG:
        raise zipfile.BadZipFile("a tag without an end")
    return read[:end], rest


def _place(letters: bytes) -> int:
    """The number of a column.

    Examples
    --------
    >>> _place(b"A"), _place(b"AB")
    (1, 28)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - ord("A") + 1
    return place
