"""Writing: one export file in memory, and the formats that agencies send.

The rule that must not break: the same rows give the same bytes, in workbooks too; a workbook is
dated with a fixed day, and rows stand in the order in which they are given.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from simulation.errors import SimulationError
from simulation.identity import day_texts
from simulation.tables import NEVER

SIASN_DAY = "%d-%m-%Y"
_MOST_ROWS = 1_048_576
#: What a workbook says of its making, whenever it is made.
_MADE_ON = datetime(2026, 1, 1)  # noqa: DTZ001, a workbook knows no zone


@dataclass
class Export:
    """The records of one file, or of one sheet of a workbook, all as text.

    Parameters
    ----------
    file : str
    columns : dict of str to pa.StringArray
    person : int, shape (n,)
        Whom each record is about, `NEVER` for nobody.
    record : str, optional
        The column that names a record.
    sheet : str
        Of a workbook.
    numbers : frozenset of str
        Columns that a workbook or JSON holds as numbers.
    """

    file: str
    columns: dict[str, pa.StringArray]
    person: np.ndarray
    record: str = "id"
    sheet: str = ""
    numbers: frozenset[str] = frozenset()

    def __len__(self) -> int:
        """How many records."""
        return len(self.person)

    def taken(self, rows: np.ndarray) -> "Export":
        """The same with these records in this order, some of them more than once."""
        columns = {name: cells.take(rows) for name, cells in self.columns.items()}
        return Export(self.file, columns, self.person[rows], self.record, self.sheet, self.numbers)

    def overwrite(self, column: str, rows: np.ndarray, texts: Sequence[str]) -> None:
        """Other texts in some cells of a column; `rows` in ascending order."""
        mask = np.zeros(len(self), dtype=bool)
        mask[rows] = True
        self.columns[column] = pc.call_function(
            "replace_with_mask",
            [self.columns[column], pa.array(mask), pa.array(texts, pa.string())],
        )

    def texts(self, column: str, rows: np.ndarray) -> list[str]:
        """The texts of some cells."""
        return [text or "" for text in self.columns[column].take(rows).to_pylist()]


def days(column: np.ndarray) -> pa.StringArray:
    """Days as SIASN writes them, `NEVER` as nothing."""
    return day_texts(column, SIASN_DAY, NEVER)


def known_days(column: np.ndarray) -> pa.StringArray:
    """Days that are all known, that before the epoch too, whose number is that of `NEVER`."""
    return day_texts(column, SIASN_DAY, None)


def words(vocabulary: Sequence[str | None], places: np.ndarray) -> pa.StringArray:
    """Words by their places; a negative place is nothing."""
    places = np.asarray(places, dtype=np.int64)
    return pa.array(list(vocabulary), pa.string()).take(pa.array(places, mask=places < 0))


def constant(text: str | None, n: int) -> pa.StringArray:
    """The same text in every row, or nothing."""
    return pa.nulls(n, pa.string()) if text is None else pa.repeat(pa.scalar(text), n)


def whole(numbers: np.ndarray) -> pa.StringArray:
    """Whole numbers as texts, `NEVER` as nothing."""
    numbers = np.asarray(numbers, dtype=np.int64)
    return pa.array(numbers, mask=numbers == NEVER).cast(pa.string())


def decimals(numbers: np.ndarray, places: int = 2) -> pa.StringArray:
    """Decimal numbers as texts, NaN as nothing.

    >>> decimals(np.array([1.5, np.nan])).to_pylist()
    ['1.5', None]
    """
    rounded = np.round(np.asarray(numbers, dtype=np.float64), places)
    return pa.array(rounded, from_pandas=True).cast(pa.string())


def write_files(folder: Path, exports: Iterable[Export]) -> None:
    """Write all files; sheets of one workbook go into one file."""
    files: dict[str, list[Export]] = {}
    for export in exports:
        files.setdefault(export.file, []).append(export)
    for name, parts in files.items():
        path = folder / name
        if path.suffix == ".xlsx":
            _write_workbook(path, parts)
        elif path.suffix == ".json":
            _write_json(path, parts[0])
        else:
            table = pa.table(parts[0].columns)
            pyarrow.csv.write_csv(table, path)


def _write_json(path: Path, export: Export) -> None:
    """A response of the web service, dumped: one record a line, all fields named."""
    records = pa.table(export.columns).to_pylist()
    lines = ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
    path.write_text(f'{{"code":1,"data":[\n{lines}\n]}}\n', encoding="utf-8")


def _write_workbook(path: Path, sheets: Sequence[Export]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": _MADE_ON, "author": "Suksesi, data simulasi"})
        for export in sheets:
            if len(export) >= _MOST_ROWS:
                raise SimulationError(
                    f"a sheet would need {len(export):,} rows",
                    where=f"{path}, sheet {export.sheet}",
                    expected=f"fewer than {_MOST_ROWS:,}, which a workbook can hold",
                    remedy="simulate fewer people or fewer years",
                )
            sheet = workbook.add_worksheet(export.sheet)
            for place, name in enumerate(export.columns):
                sheet.write_string(0, place, name)
            _write_cells(sheet, export.columns, export.numbers)


def _write_cells(
    sheet: Worksheet,
    columns: Mapping[str, pa.StringArray],
    numbers: frozenset[str],
) -> None:
    cells = [column.to_pylist() for column in columns.values()]
    is_number = [name in numbers for name in columns]
    for row, texts in enumerate(zip(*cells, strict=True), start=1):
        for place, text in enumerate(texts):
            if text is None:
                continue
            if is_number[place]:
                sheet.write_number(row, place, float(text))
            else:
                sheet.write_string(row, place, text)
