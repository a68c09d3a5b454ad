"""The model matrix: the feature frame as plain numbers, columns in the order of the catalogue.

The rule that must not break: a column that the catalogue does not know never enters a model, nor
does one that is for audits only, and a missing value stays missing; it is not filled in here.
"""

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, LEAVE, Catalogue
from features.errors import CatalogueError


def matrix(X: pd.DataFrame, catalogue: Catalogue = CATALOGUE) -> np.ndarray:
    """The frame as float64, one column a feature in catalogue order, missing as NaN.

    Parameters
    ----------
    X : DataFrame, shape (n_people, n_features)
        Exactly the columns of the catalogue, in any order.
    catalogue : Catalogue

    Returns
    -------
    ndarray of float64, shape (n_people, n_features)
        A fresh array: the frame is left as it is.

    Raises
    ------
    CatalogueError
        If a column is unknown, absent, repeated, for audits only, not numeric or infinite.

    Examples
    --------
    >>> frame = pd.DataFrame({name: [0.5, None] for name in CATALOGUE.names})
    >>> matrix(frame).shape == (2, len(CATALOGUE.names))
    True
    """
    _require_catalogued(list(X.columns), catalogue)
    values = _values(X, catalogue.names)
    infinite = np.isinf(values).any(axis=0)
    if infinite.any():
        name = catalogue.names[int(np.argmax(infinite))]
        raise CatalogueError(
            "a value is infinite",
            where=f"feature {name}",
            expected="a finite number, or missing",
        )
    return values


def _values(X: pd.DataFrame, names: list[str]) -> np.ndarray:
    """The columns as float64, rows in one piece."""
    if (X.dtypes == np.float64).all():  # as frames of features are: at once, not one by one
        return np.array(X[names].to_numpy(), order="C")
    for name in names:
        dtype = X[name].dtype
        is_number = pd.api.types.is_numeric_dtype(dtype)
        if not is_number or pd.api.types.is_complex_dtype(dtype):
            raise CatalogueError(
                "values are not numbers",
                where=f"feature {name}",
                expected="a column of numbers or truth values, missing as NaN",
                remedy="convert the column, for example with pandas.to_numeric",
            )
    return np.column_stack([X[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])


def _require_catalogued(columns: list[str], catalogue: Catalogue) -> None:
    for_audits = [feature.name for feature in LEAVE if feature.name in catalogue]
    if for_audits:
        raise CatalogueError(
            f"features are for audits only: {', '.join(for_audits)}",
            where="catalogue of the model",
            remedy="fit with the catalogue that is shipped; no model may see these",
        )
    unknown = [str(name) for name in columns if name not in catalogue]
    if unknown:
        raise CatalogueError(
            f"the catalogue does not know: {', '.join(unknown)}",
            where="feature frame",
            remedy="drop the columns; only catalogued features may enter a model",
        )
    absent = [name for name in catalogue.names if name not in columns]
    if absent:
        raise CatalogueError(
            f"features are absent: {', '.join(absent)}",
            where="feature frame",
            expected="one column for every feature of the catalogue",
        )
    if len(columns) != len(catalogue.names):
        raise CatalogueError("a feature stands in two columns", where="feature frame")
