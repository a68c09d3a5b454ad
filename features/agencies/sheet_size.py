"""How large the sheets of a workbook become in memory, told before they are read.

The rule that must not break: the reader of workbooks makes a whole rectangle out of a sheet, up to
its last filled row and column, and a file of a few kilobytes can ask for thousands of millions of
cells. What is refused here is refused by where the cells say that they stand, whatever the files of
the sheets are called, and not by what a sheet says of itself.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from features.errors import IntakeError

#: Each takes some 32 bytes, and its text besides.
MOST_CELLS = 25_000_000
#: Packed, a sheet of one repeated cell is small.
LARGEST_UNPACKED = 1_000_000_000
#: As many as the format has; the last column is XFD.
MOST_ROWS, LAST_COLUMN = 1_048_576, 16_384
#: What reading a damaged archive raises, or one with a password, or a part of it that is no XML.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    expat.ExpatError,
)
_PIECE = 1_000_000
_LONGEST_TAG = 1_000_000
#: Longer ones are beyond every sheet. The reader takes small letters too.
_PLACE = re.compile("([A-Za-z]{1,3})([0-9]{1,7})")
_DIGITS = "0123456789"
_Begin = Callable[[str, dict[str, str]], object]
"""Told the name of a tag that opens, and its attributes."""


def require_readable_size(path: Path) -> None:
    """Refuse a workbook whose sheets would not fit into memory.

    Raises
    ------
    IntakeError
        If it unpacks to too much, a sheet reaches over too many cells, or something in it says that
        it stands where no sheet has a place.
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
        sheets = _files_of_sheets(archive)
        for member in members:
            extent = _Extent(path)
            try:
                _go_through(archive, member, extent.begin)
            except expat.ExpatError:
                # Pictures and the like are no XML; what the reader takes for a sheet has to be.
                if _last_name(member.filename) in sheets or member.filename.endswith(".xml"):
                    raise
            extent.require_readable()


class _Extent:
    """How far a sheet reaches, told one tag after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_sheet = False
        self._last_row = self._width = 0
        #: Where the last cell stands, its row as written, and the farthest without a place.
        self._column, self._number, self._farthest = 0, "", 0
        self._columns: dict[str, int] = {}

    def begin(self, tag: str, said: dict[str, str]) -> None:
        """Take note of a tag that opens; there are some millions, the most frequent come first."""
        if self._is_sheet:
            if tag == "v":
                # A cell without a value may have a colour, and the reader leaves it out.
                if self._column > self._width:
                    self._width = self._column
            elif tag == "c":
                self._begin_cell(said.get("r"))
            elif tag == "row":
                self._begin_row(said.get("r"))
            elif tag == "is":
                self._width = max(self._width, self._column)
            elif ":" in tag:
                self.begin(tag.rpartition(":")[2], said)
            return
        # Other parts of a workbook have rows and cells of their own kind.
        local = tag.rpartition(":")[2]
        self._is_sheet = local == "sheetData"
        if local == "dimension":
            self._require_places(said.get("ref", "A1"))

    def _begin_cell(self, place: str | None) -> None:
        if place is None:
            # Cells that do not say where they are stand one behind the other in their row.
            self._farthest = max(self._farthest, self._column) + 1
            self._column = self._farthest
            return
        letters = place.rstrip(_DIGITS)
        if letters not in self._columns or place[len(letters) :] != self._number:
            self._require_places(place)
            self._columns[letters] = _column(letters)
            self._number = place[len(letters) :]
            self._last_row = max(self._last_row, int(self._number))
        self._column = self._columns[letters]

    def _begin_row(self, number: str | None) -> None:
        self.require_readable()
        number = str(self._last_row + 1) if number is None else number
        self._require_places(f"A{number}")
        self._last_row = max(self._last_row, int(number))
        self._column = self._farthest = 0

    def require_readable(self) -> None:
        """Refuse a sheet of too many cells."""
        if self._width > LAST_COLUMN:
            raise self._no_place()
        n_cells = self._last_row * self._width
        if n_cells > MOST_CELLS:
            raise IntakeError(
                f"a sheet of the workbook reaches over {n_cells:,} cells",
                where=str(self._path),
                expected=f"at most {MOST_CELLS:,}, filled or not",
                remedy="delete what stands far away from the table, or export it as CSV",
            )

    def _require_places(self, places: str) -> None:
        """Refuse a place, or a first and a last one, that no sheet has."""
        for place in places.split(":"):
            found = _PLACE.fullmatch(place)
            if (
                found is None
                or _column(found[1]) > LAST_COLUMN
                or not 1 <= int(found[2]) <= MOST_ROWS
            ):
                raise self._no_place()

    def _no_place(self) -> IntakeError:
        return IntakeError(
            "something in the workbook says that it stands where no sheet has a place",
            where=f"{self._path}, behind row {self._last_row:,} of a sheet",
            expected=f"columns A to XFD, rows 1 to {MOST_ROWS:,}, as in A1",
            remedy="save the workbook again in a spreadsheet program, or export it as CSV",
        )


def _files_of_sheets(archive: zipfile.ZipFile) -> set[str]:
    """Names of the files in which the workbook says that its sheets are.

    They stand without their folders, so that nobody has to know how the reader takes these; a file
    of the same name that is no sheet is well-formed too.
    """
    ids: set[str] = set()
    links: list[tuple[str, str]] = []

    def begin(tag: str, said: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "sheet":
            ids.update(value for name, value in said.items() if name.rpartition(":")[2] == "id")
        elif kind == "Relationship":
            links.append((said.get("Id", ""), said.get("Target", "")))

    for member in archive.infolist():
        if _last_name(member.filename) in ("workbook.xml", "workbook.xml.rels"):
            _go_through(archive, member, begin)
    return {_last_name(target) for link_id, target in links if link_id in ids}


def _go_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo, begin: _Begin) -> None:
    """Tell every tag of a file that opens; entities are not resolved, for the reader does not.

    Raises
    ------
    ExpatError
        If it is no XML, declares entities, or has a tag without an end.
    """
    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse_declarations
    n_bytes = 0
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            parser.Parse(piece)
            n_bytes += len(piece)
            if n_bytes - parser.CurrentByteIndex > _PIECE + _LONGEST_TAG:
                raise expat.ExpatError("a tag without an end")
    if n_bytes:
        parser.Parse(b"", True)


def _refuse_declarations(*_declared: object) -> None:
    raise expat.ExpatError("declarations have no place in a workbook")


def _last_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].casefold()


def _column(letters: str) -> int:
    """The number of a column.

    Examples
    --------
    >>> _column("A"), _column("ab"), _column("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
