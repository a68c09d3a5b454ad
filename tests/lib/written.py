"""Frames and scores read back from the disk.

The rule that must not break: rows come in the order of post and person, whoever wrote them.
"""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

KEYS = ["person_id", "post_id", "as_of"]


def read_written(folder: Path) -> pd.DataFrame:
    """All parts of a folder, without the part that each row lies in."""
    files = f"read_parquet('{folder}/person_part=*/*.parquet', hive_partitioning = false)"
    with duckdb.connect() as con:
        return con.sql(f"FROM {files} ORDER BY post_id, person_id, as_of").df()


def parts_of(folder: Path) -> dict[str, str]:
    """Each person of a folder with the part that their rows lie in; refused if in two."""
    files = f"read_parquet('{folder}/*/*.parquet', hive_types = {{'person_part': VARCHAR}})"
    with duckdb.connect() as con:
        rows = con.sql(f"SELECT DISTINCT person_id, person_part FROM {files}").fetchall()
    parts = dict(rows)
    assert len(parts) == len(rows)
    return parts


def differing(one: pd.DataFrame, other: pd.DataFrame, tolerance: float = 1e-9) -> dict[str, str]:
    """Columns in which two frames of the same rows differ, and how."""
    pd.testing.assert_frame_equal(one[KEYS], other[KEYS])
    pd.testing.assert_series_equal(one.dtypes, other.dtypes)
    found = {}
    for name in one.columns.drop(KEYS):
        a, b = one[name].to_numpy("float64"), other[name].to_numpy("float64")
        if (np.isnan(a) != np.isnan(b)).any():
            found[name] = f"{(np.isnan(a) != np.isnan(b)).sum()} missing in one alone"
        elif not np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True):
            found[name] = f"up to {np.nanmax(np.abs(a - b)):g} apart"
    return found


def rewrite(folder: Path, columns: str) -> None:
    """Write the files of a folder anew with other columns, in the words of SQL."""
    for path in sorted(folder.glob("person_part=*/*.parquet")):
        spoilt = path.with_suffix(".spoilt")
        file = f"read_parquet('{path}', hive_partitioning = false)"
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT {columns} FROM {file}) TO '{spoilt}' (FORMAT parquet)")
        spoilt.replace(path)
