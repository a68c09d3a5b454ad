"""Labels as a model may learn from them: checked, in an order of their own, parted by time.

The rule that must not break: a group is never parted, and what is kept apart is later than what is
fitted on, so that rows of one vacancy or one reshuffle never stand on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from features.errors import LabelError

# One value a row, however the caller holds it.
Column = Sequence[Any] | np.ndarray | pd.Series

FEWEST_FAILURES = 30
# Failures to fit on for each failure kept apart.
LEAST_FIT_RATIO = 1.5


@dataclass(frozen=True, eq=False)
class Labels:
    """Features, outcomes, groups and days of appointments.

    Parameters
    ----------
    X : ndarray, shape (n_labels, n_features)
        Model matrix.
    y : ndarray of {0, 1}, shape (n_labels,)
        1 where the appointment succeeded.
    groups : ndarray of str, shape (n_labels,)
    days : ndarray of datetime64[D], shape (n_labels,)
    weight : ndarray, shape (n_labels,), optional
        How much each outcome counts, 1 in the mean; None where all count alike.
    """

    X: np.ndarray
    y: np.ndarray
    groups: np.ndarray
    days: np.ndarray
    weight: np.ndarray | None = None

    @classmethod
    def checked(
        cls, X: np.ndarray, y: Column, groups: Column, day: Column, weight: Column | None = None
    ) -> "Labels":
        """Labels by day, group, outcome and figures: the order of the caller's rows is forgotten.

        Raises
        ------
        LabelError
            If lengths differ, outcomes are other than 0 and 1 or all the same, fewer than 30
            failed, a label has no day or no group, or weights are negative, missing or all 0; if
            outcomes or weights are texts, or days are none.
        """
        if not len(y) == len(groups) == len(day) == len(X):
            raise LabelError("features, outcomes, groups and days differ in length", where="labels")
        outcome = _numbers(y, "outcomes", "0 or 1 for each label")
        if not np.isin(outcome, (0, 1)).all():
            raise LabelError("an outcome is neither 0 nor 1", where="labels")
        days = _days(day)
        group = pd.Series(list(groups), dtype="object")
        if np.isnat(days).any() or group.isna().any():
            raise LabelError("a label has no day or no group", where="labels")
        names = group.astype(str).to_numpy(dtype=str)
        weights = None if weight is None else _checked_weights(weight, len(X))
        last = () if weights is None else (weights,)
        order = np.lexsort((*last, *X.T[::-1], outcome, names, days))
        labels = cls(X, outcome, names, days, weights).part(order)
        labels._require_failures()
        labels.require_both_classes()
        return labels

    def __len__(self) -> int:
        """Number of labels."""
        return len(self.y)

    @property
    def n_failures(self) -> int:
        """Number of appointments that failed."""
        return int((self.y == 0).sum())

    def part(self, rows: np.ndarray) -> "Labels":
        """Some of the labels, by mask or position."""
        weight = None if self.weight is None else self.weight[rows]
        return Labels(self.X[rows], self.y[rows], self.groups[rows], self.days[rows], weight)

    def kept_apart(self, failures: int, share: float) -> np.ndarray:
        """Which rows to keep apart for calibration: whole groups, the latest ones.

        As few groups as hold `failures`, if one and a half times as many failures are left to fit
        on; else the latest `share` of the groups.

        Returns
        -------
        ndarray of bool, shape (n_labels,)
        """
        age = self._age_of_group()
        held = np.cumsum(np.bincount(age, weights=1 - self.y))
        n_latest = int(np.searchsorted(held, failures)) + 1
        if n_latest < len(held):
            kept = held[n_latest - 1]
            if held[-1] - kept >= LEAST_FIT_RATIO * kept:
                return age < n_latest
        return self.latest_share(share)

    def latest_share(self, share: float) -> np.ndarray:
        """Which rows belong to the latest share of the groups; at least one group, never all.

        Raises
        ------
        LabelError
            If there is a single group.
        """
        age = self._age_of_group()
        n_groups = int(age.max()) + 1
        if n_groups < 2:
            raise LabelError(
                "all labels belong to one group",
                where="labels",
                expected="at least two vacancies or reshuffles, to fit on one and judge by another",
            )
        return age < min(max(round(share * n_groups), 1), n_groups - 1)

    def require_both_classes(self) -> None:
        """Refuse labels that all have the same outcome."""
        if len(np.unique(self.y)) < 2:
            raise LabelError(
                "all labels to fit on have the same outcome",
                where="labels",
                expected="both successes and failures",
            )

    def _require_failures(self) -> None:
        if self.n_failures < FEWEST_FAILURES:
            raise LabelError(
                f"{self.n_failures} failures among {len(self)} labels are too few to learn from",
                where="labels",
                expected=f"at least {FEWEST_FAILURES} failures",
                remedy="train at a later date, or on more posts",
            )

    def _age_of_group(self) -> np.ndarray:
        """For each row the rank of its group by its latest day, 0 the latest group of all."""
        names, index = np.unique(self.groups, return_inverse=True)
        latest = np.full(len(names), self.days.min())
        np.maximum.at(latest, index, self.days)
        rank = np.empty(len(names), dtype=int)
        rank[np.lexsort((names, latest))[::-1]] = np.arange(len(names))
        return rank[index]


def require_same_rows(X: pd.DataFrame, **columns: Column | None) -> None:
    """Refuse columns that name their rows otherwise than the features do.

    Rows are put together by their place. What has an index of its own says which row it means, and
    where that is another one the outcome of somebody else would be learnt.

    Parameters
    ----------
    X : DataFrame, shape (n_labels, n_features)
    **columns : Series, or anything without an index
        By what each is called in the message.

    Raises
    ------
    LabelError

    Examples
    --------
    >>> X = pd.DataFrame({"gap": [0.5, 1.0]}, index=["ann", "bob"])
    >>> require_same_rows(X, outcomes=pd.Series([1, 0], index=["ann", "bob"]), days=[1, 2])
    >>> require_same_rows(X, outcomes=pd.Series([0, 1], index=["bob", "ann"]))
    Traceback (most recent call last):
    ...
    features.errors.LabelError: labels: the index of the outcomes is not that of the features. ...
    """
    for name, column in columns.items():
        alike = not isinstance(column, pd.Series) or len(column) != len(X)
        if not alike and not column.index.equals(X.index):
            raise LabelError(
                f"the index of the {name} is not that of the features",
                where="labels",
                expected="the same rows in the same order",
                remedy="bring them into one order, then drop the index of either (reset_index)",
            )


def _numbers(values: Column, what: str, expected: str) -> np.ndarray:
    """A column as float64, missing as NaN; texts are no numbers."""
    column = pd.Series(values) if getattr(values, "ndim", 1) == 1 else None
    if column is not None and not pd.api.types.is_complex_dtype(column.dtype):
        if pd.api.types.is_numeric_dtype(column.dtype):
            return column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        column = column.astype("object")
        known = column[column.notna()]
        if all(isinstance(one, Real | Decimal | np.bool_) for one in known):
            return column.where(column.notna(), np.nan).to_numpy(dtype=np.float64)
    raise LabelError(
        f"{what} are not numbers",
        where="labels",
        expected=expected,
        remedy="convert them, for example with pandas.to_numeric",
    )


def _days(day: Column) -> np.ndarray:
    """Days as datetime64[D]; a number is no day."""
    column = pd.Series(list(day))
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all():
        try:
            return pd.to_datetime(column).to_numpy(dtype="datetime64[D]")
        except (TypeError, ValueError):
            pass
    raise LabelError(
        "days are none that can be read",
        where="labels",
        expected="dates, timestamps, or texts such as 2024-03-01",
        remedy="convert them, for example with pandas.to_datetime",
    )


def _checked_weights(weight: Column, n_labels: int) -> np.ndarray:
    """Weights as numbers with a mean of 1."""
    weights = _numbers(weight, "weights", "one number a label, 0 or more")
    if len(weights) != n_labels:
        raise LabelError("features and weights differ in length", where="labels")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise LabelError(
            "a weight is missing, infinite or below 0, or all are 0",
            where="labels",
            expected="one number a label, 0 or more",
        )
    return weights / weights.mean()
