"""XLSX export files, one sheet row by row.

The rule that must not break: a cell beyond the columns of the header is not dropped; its row is
malformed. Formulas count with the value that the spreadsheet program stored; a cell that holds an
error of the spreadsheet has no value.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from features.agencies.cells import Cut, Malformed, as_text, column_names, require_size, trimmed
from features.agencies.sheet_size import DAMAGED, MOST_ROWS, require_readable_size
from features.errors import IntakeError


def cut_workbook(path: Path, sheet_name: str | None) -> Cut:
    """The rows of a sheet, the first one if none is named; its first filled row is the header.

    Raises
    ------
    IntakeError
        If the file is no workbook, has no such sheet, is too large, or its header cannot name
        columns.
    """
    require_size(path)
    rows = _filled_rows(_sheet(path, sheet_name), path)
    header = next(rows, [])
    # Cells that only have a colour or a border count as part of the sheet.
    while header and header[-1] is None:
        header.pop()
    names = column_names((name or "" for name in header), path)
    return Cut(names, _fitted(rows, len(names)))


def _sheet(path: Path, sheet_name: str | None) -> CalamineSheet:
    try:
        require_readable_size(path)
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if sheet_name is not None and sheet_name not in names:
            raise IntakeError(
                f"the workbook has no sheet {sheet_name!r}",
                where=str(path),
                expected=f"one of: {', '.join(names)}",
                remedy="mend `sheet` in the mapping, or export the file again",
            )
        sheet = workbook.get_sheet_by_name(sheet_name or names[0])
    except (*DAMAGED, CalamineError, IndexError) as error:
        raise IntakeError(
            f"the file cannot be read as a workbook ({type(error).__name__})",
            where=str(path),
            expected="an XLSX workbook without a password",
            remedy="save it as such, or export it as CSV",
        ) from None
    n_rows = sheet.end[0] + 1 if sheet.end else 0
    if n_rows > MOST_ROWS:
        raise IntakeError(
            f"the sheet has {n_rows:,} rows",
            where=str(path),
            expected=f"at most {MOST_ROWS:,}",
            remedy="export it as CSV, or in several files",
        )
    return sheet


def _filled_rows(sheet: CalamineSheet, path: Path) -> Iterator[list[str | None]]:
    """Cells of each row in which there is any, as text, a blank one as None."""
    if sheet.start is None:
        return
    try:
        for row in sheet.iter_rows():
            cells = [_cell(value) for value in row]
            if any(cell is not None for cell in cells):
                yield cells
    except CalamineError as error:
        raise IntakeError(
            f"a sheet cannot be read ({type(error).__name__})",
            where=str(path),
            remedy="save the workbook again, or export it as CSV",
        ) from None


def _cell(value: Any) -> str | None:
    text = as_text(value)
    return text if text is not None and trimmed(text) else None


def _fitted(rows: Iterator[list[str | None]], width: int) -> Iterator[list[str | None] | Malformed]:
    for row in rows:
        if any(cell is not None for cell in row[width:]):
            raw = json.dumps(row, ensure_ascii=False)
            yield Malformed("has more fields than the header", raw)
        else:
            yield list(chain(row[:width], [None] * (width - len(row))))
