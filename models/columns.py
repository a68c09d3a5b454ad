"""Columns of any table as numbers: what lets a readiness model be fitted on a table of one's own.

The rule that must not break: what is missing stays missing, and so does a category that was never
seen in training; neither becomes a number, and both are told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, Catalogue, Feature
from features.errors import CatalogueError, ProtectedAttributeError
from models.protected_names import protected_names

#: Categories of a column that get a place of their own, the most frequent first.
MOST_CATEGORIES = 30
_PLAIN = re.compile(r"[A-Za-z0-9_.=-]+")


@dataclass(frozen=True)
class Columns:
    """How each column of a table enters a model.

    Parameters
    ----------
    names : tuple of str
        Columns, in the order of the table that was fitted on.
    categories : mapping of str to tuple
        Of the columns that hold no numbers: the categories that have a place.
    known : mapping of str to frozenset
        Every category that was seen, those without a place included.
    catalogue : Catalogue
        One feature for each number and for each category that has a place.
    """

    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    known: Mapping[str, frozenset[str]]
    catalogue: Catalogue

    @classmethod
    def fit(cls, X: pd.DataFrame, monotone: Mapping[str, int] | None = None) -> "Columns":
        """Look at the table that a model is fitted on.

        Parameters
        ----------
        X : DataFrame, shape (n_rows, n_columns)
            Numbers, truth values, texts or categories; missing as NaN or None.
        monotone : mapping of str to {1, -1, 0}, optional
            Columns of which more may only raise readiness (1), or only lower it (-1).

        Raises
        ------
        ProtectedAttributeError
            If a column is named after a protected attribute.
        CatalogueError
            If a column is named twice, holds what is neither a number nor a category, or a
            direction is given for a column that is not there or holds no numbers.

        Examples
        --------
        >>> table = pd.DataFrame({"gap": [0.5, None], "family": ["hukum", "teknis"]})
        >>> columns = Columns.fit(table, {"gap": 1})
        >>> columns.catalogue.names
        ['gap', 'family=hukum', 'family=teknis']
        >>> columns.matrix(table.tail(1)).tolist()
        [[nan, 0.0, 1.0]]
        """
        names = tuple(str(name) for name in X.columns)
        if len(set(names)) != len(names):
            raise CatalogueError("two columns share a name", where="table of the model")
        protected = protected_names(names)
        if protected:
            raise ProtectedAttributeError(
                f"columns are named after protected attributes: {', '.join(protected)}",
                where="table of the model",
                expected="a table without them",
                remedy="leave them out, or rename what is none",
            )
        directions = dict(monotone or {})
        numeric = {name: _is_number(column) for name, column in _columns(X)}
        for name, direction in directions.items():
            if not numeric.get(name, False) or direction not in (-1, 0, 1):
                raise CatalogueError(
                    "a direction needs a column of numbers",
                    where=f"monotone[{name!r}]",
                    expected="1, -1 or 0 for a column of the table that holds numbers",
                )
        categories, known, features = {}, {}, []
        for name, column in _columns(X):
            if numeric[name]:
                features.append(_feature(name, directions.get(name, 0), len(features)))
                continue
            counts = _texts(column).value_counts()
            counts = counts.sort_index().sort_values(ascending=False, kind="stable")
            known[name] = frozenset(counts.index)
            categories[name] = tuple(sorted(counts.index[:MOST_CATEGORIES]))
            for one in categories[name]:
                features.append(_feature(f"{name}={one}", 0, len(features)))
        groups = tuple(CATALOGUE.groups.values())
        return cls(names, categories, known, Catalogue(groups, tuple(features)))

    def matrix(self, X: pd.DataFrame) -> np.ndarray:
        """The table as float64, one column a feature of `catalogue`, missing as NaN.

        Raises
        ------
        CatalogueError
            If a column is absent or unknown, a number is infinite, or a column that held numbers
            holds something else now.
        """
        self._require_same(X)
        parts = []
        for name, column in _columns(X):
            if name in self.categories:
                texts = _texts(column)
                is_told = texts.isin(self.categories[name]).to_numpy()
                # Rare categories have no place, and are known for what they are: none of those.
                rare = texts.isin(self.known[name]).to_numpy() & ~is_told
                for one in self.categories[name]:
                    says = np.where(is_told | rare, (texts == one).to_numpy(), np.nan)
                    parts.append(says.astype(np.float64))
            else:
                parts.append(_numbers(name, column))
        return np.column_stack(parts) if parts else np.empty((len(X), 0))

    def unseen(self, X: pd.DataFrame) -> np.ndarray:
        """Whether a row holds a category that was never seen in training, shape (n_rows,).

        Examples
        --------
        >>> columns = Columns.fit(pd.DataFrame({"family": ["hukum", "teknis"]}))
        >>> columns.unseen(pd.DataFrame({"family": ["hukum", "kesehatan", None]})).tolist()
        [False, True, False]
        """
        self._require_same(X)
        found = np.zeros(len(X), dtype=bool)
        for name, column in _columns(X):
            if name in self.categories:
                texts = _texts(column)
                found |= (texts.notna() & ~texts.isin(self.known[name])).to_numpy()
        return found

    def _require_same(self, X: pd.DataFrame) -> None:
        names = [str(name) for name in X.columns]
        absent = [name for name in self.names if name not in names]
        unknown = [name for name in names if name not in self.names]
        if absent or unknown or len(names) != len(self.names):
            said = [f"absent: {', '.join(absent)}"] if absent else []
            said += [f"unknown: {', '.join(unknown)}"] if unknown else []
            raise CatalogueError(
                f"the table has other columns than the model was fitted on; {'; '.join(said)}",
                where="table of the model",
                expected=f"the columns {', '.join(self.names)}",
            )
        if names != list(self.names):
            raise CatalogueError(
                "the columns stand in another order than the model was fitted on",
                where="table of the model",
                expected=f"the columns {', '.join(self.names)}",
            )


def _columns(X: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    return [(str(name), X.iloc[:, place]) for place, name in enumerate(X.columns)]


def _is_number(column: pd.Series) -> bool:
    if pd.api.types.is_complex_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column):
        raise CatalogueError(
            "the column holds neither numbers nor categories",
            where=f"column {column.name}",
            expected="numbers, truth values, texts or categories",
        )
    if pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all():
        # A column in which nothing is told, of whatever type, is a number that is missing.
        return True
    known = [one for one in column if not _is_missing(one)]
    if all(isinstance(one, Number) for one in known):
        return True
    if not all(isinstance(one, str | bool) for one in known):
        raise CatalogueError(
            "the column holds neither numbers nor categories, or both",
            where=f"column {column.name}",
            expected="numbers, truth values, texts or categories",
        )
    return False


def _is_missing(value: object) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _numbers(name: str, column: pd.Series) -> np.ndarray:
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise CatalogueError(
            "values are not numbers", where=f"column {name}", expected="numbers, as in training"
        ) from error
    if np.isinf(values).any():
        raise CatalogueError(
            "a value is infinite", where=f"column {name}", expected="a finite number, or missing"
        )
    return values


def _texts(column: pd.Series) -> pd.Series:
    """Categories as texts, missing as missing."""
    return column.astype("object").map(str, na_action="ignore").astype("object")


def _feature(name: str, direction: int, place: int) -> Feature:
    return Feature(
        # Boosters write names into their text, parted by blanks: others are numbered.
        name=name if _PLAIN.fullmatch(name) else f"column_{place}",
        unit="count",
        low=-np.inf,
        high=np.inf,
        direction=direction,
        group=next(iter(CATALOGUE.groups)),
        room="table",
        label_id=name,
        label_en=name,
        source=(),
        structural=True,
    )
