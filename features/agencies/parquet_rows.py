"""Parquet export files, read by the engine.

The rule that must not break: a value has the text that it would have in any other file. A number
with more digits than its type keeps shows that, so that nobody takes it for a NIP.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from ibis.backends.duckdb import Backend
from pyarrow.parquet import read_schema

from features.agencies import numbered
from features.agencies.cells import DIGITS_KEPT, column_names, require_content, without_unseen
from features.agencies.engine import lacks_room
from features.agencies.loading import reject_nul
from features.agencies.numbered import BLANKS, ROW, name, text
from features.agencies.quarantine import Quarantine
from features.agencies.sources import Source
from features.errors import IntakeError

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def load_parquet(
    backend: Backend, source_name: str, source: Source, path: Path, quarantine: Quarantine
) -> int:
    """Number the rows of a Parquet file; how many were malformed.

    Raises
    ------
    IntakeError
        If the file is no Parquet, or its columns cannot name columns.
    """
    require_content(path)
    rows = f"read_parquet({text(str(path))}, hive_partitioning = false)"
    try:
        # The engine gives a name that stands twice another one; the file itself says what it has.
        names = column_names(read_schema(path).names, path)
        told = backend.con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        columns = {str(row[0]): str(row[1]) for row in told}
        cells = ", ".join(
            f"{_cell(column, kind, source.missing_values)} AS {name(called)}"
            for (column, kind), called in zip(columns.items(), names, strict=True)
        )
        backend.con.execute(
            f"CREATE TABLE {numbered.table(source_name)} AS "
            f"SELECT row_number() OVER ()::BIGINT AS {ROW}, {cells} FROM {rows}"
        )
    except (duckdb.Error, pa.ArrowException) as error:
        if lacks_room(error):
            raise
        raise IntakeError(
            f"the file cannot be read as Parquet ({type(error).__name__})",
            where=str(path),
            expected="a whole Parquet file, its texts in UTF-8",
            remedy="export it again, or mend its name in the mapping if it is of another kind",
        ) from None
    return reject_nul(backend, source_name, names, quarantine)


def _cell(column: str, kind: str, missing: Sequence[str]) -> str:
    """SQL of a cell as text without the blanks around it; NULL where it means nothing."""
    cut = f"trim({without_unseen(text_of(name(column), kind))}, {text(BLANKS)})"
    nothing = ", ".join(text(value) for value in dict.fromkeys(("", *missing)))
    return f"CASE WHEN {cut} IN ({nothing}) THEN NULL ELSE {cut} END"


def text_of(value: str, kind: str) -> str:
    """SQL of the text of a value of a type of the engine."""
    if kind in ("FLOAT", "DOUBLE"):
        most, digits = 10**DIGITS_KEPT, DIGITS_KEPT - 1
        return (
            f"CASE WHEN isfinite({value}) AND {value} = trunc({value}) THEN "
            f"CASE WHEN abs({value}) < {most} THEN {value}::BIGINT::VARCHAR "
            f"ELSE format('{{:.{digits}e}}', {value}::DOUBLE) END ELSE {value}::VARCHAR END"
        )
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"({value} AT TIME ZONE 'UTC')::VARCHAR || '+00:00'"
    if kind.startswith("TIMESTAMP"):
        moment = f"{value}::TIMESTAMP"
        return (
            f"CASE WHEN {moment} = date_trunc('day', {moment}) THEN {moment}::DATE::VARCHAR "
            f"ELSE {moment}::VARCHAR END"
        )
    if kind.endswith("]") or kind.startswith(_NESTED):
        return f"to_json({value})::VARCHAR"
    return f"{value}::VARCHAR"
