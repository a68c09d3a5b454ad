"""Bulk: rows that come by the handful and by the thousand, arrays until they are a table.

The rule that must not break: rows stay in the order in which they came.
"""

from typing import Any

import numpy as np
import pandas as pd


class Bulk:
    """Named tables that grow.

    Examples
    --------
    >>> rows = Bulk()
    >>> rows.add("award", person=[3], day=[10])
    >>> rows.add("award", person=[4, 5], day=[11, 12])
    >>> rows.frames()["award"]["person"].tolist()
    [3, 4, 5]
    """

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, list[np.ndarray]]] = {}

    def add(self, table: str, **columns: Any) -> None:
        """Rows of a table, column by column."""
        parts = self._parts.setdefault(table, {name: [] for name in columns})
        for name, values in columns.items():
            parts[name].append(np.asarray(values))

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables."""
        return {
            table: pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})
            for table, columns in self._parts.items()
        }
