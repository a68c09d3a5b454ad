"""Unfamiliar people: whoever is unlike all that a model has learnt from.

A row is looked at in three ways: how far it lies as a whole from what usually goes together, how
far a single value lies from what the others foretell, and whether a figure exceeds another that it
never exceeded (years in a class, years in service). Besides, a category that was never seen.

The rule that must not break: nobody is taken for familiar because something is missing. Limits come
from rows that nothing was fitted on, and never from the rows that are judged.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.errors import LabelError
from models.factors import STORED_DECIMALS, Factors

#: Of familiar rows, the share that limits let pass: chance then carries few samples above 0.02.
FALSE_ALARMS = 0.015
N_FACTORS = 12
#: Rows that know both figures, below which no order between them is believed.
FEWEST_FOR_ORDER = 100
#: Rows that would break an order if both figures had nothing to do with each other: where fewer
#: would, that nobody does says nothing.
FEWEST_BROKEN_BY_CHANCE = 20
#: Quantiles of a column's residuals beyond which it stands out, on rows fitted on and kept apart.
OUT_FITTED, OUT_KEPT_APART = 0.999, 0.995
LEAST_OUT = 1.0
#: The ways of looking, in the order of `limits`.
WAYS = ("whole", "value", "order")


@dataclass(frozen=True, eq=False)
class Judgement:
    """What was found of some rows.

    Parameters
    ----------
    score : ndarray, shape (n_rows,)
        How far out, in limits: above 1 is unfamiliar; infinite where a category was never seen.
    column : ndarray of int, shape (n_rows,)
        Of an unfamiliar row the column that stands out most; -1 where it is the whole.
    n_comparable : ndarray of int, shape (n_rows,)
        Rows fitted on of the same categories, those of the rarest one where there are several; all
        rows where there is no category.
    """

    score: np.ndarray
    column: np.ndarray
    n_comparable: np.ndarray

    @property
    def is_unfamiliar(self) -> np.ndarray:
        """Which rows are unlike all that was learnt from, shape (n_rows,)."""
        return self.score > 1


@dataclass(frozen=True, eq=False)
class Unfamiliar:
    """What is familiar, as plain numbers.

    Parameters
    ----------
    n_rows : int
        Rows fitted on.
    n_columns : int
        Of the matrix, categories included.
    categories : dict of int to dict of float to int
        Columns whose numbers are names: the rows of each. A missing one is a name too, -inf.
    measured : ndarray of int
        The other columns.
    factors : Factors
        Over the measured columns.
    outlying : ndarray
        Residual of each column of `factors` from which it stands out.
    orders : ndarray of int, shape (n_orders, 2)
        Places among `measured`: the first figure was never above the second.
    spreads : ndarray, shape (n_orders,)
        Deviation of the difference.
    limits : tuple of float
        Of the whole, a value and an order.
    """

    n_rows: int
    n_columns: int
    categories: dict[int, dict[float, int]]
    measured: np.ndarray
    factors: Factors
    outlying: np.ndarray
    orders: np.ndarray
    spreads: np.ndarray
    limits: tuple[float, float, float]

    @classmethod
    def fit(
        cls,
        X: np.ndarray,
        kept_apart: np.ndarray,
        *,
        categories: Sequence[int] = (),
        false_alarms: float = FALSE_ALARMS,
    ) -> "Unfamiliar":
        """Learn what is familiar from some rows, and set the limits on others.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)
            What the model is fitted on; NaN where missing.
        kept_apart : ndarray, shape (n_others, n_columns)
            Rows of the kind that will be judged, and that nothing was fitted on. Every other one
            tells which orders hold at all; the limits come from the rest.
        categories : sequence of int
            Columns whose numbers are names, such as the class of a post.
        false_alarms : float
            Share of the rows kept apart that may lie beyond a limit.

        Raises
        ------
        LabelError
            If there is no row on either side.

        Examples
        --------
        >>> draw = np.random.default_rng(1)
        >>> known = draw.normal(size=(400, 3))
        >>> fitted = Unfamiliar.fit(known[:200], known[200:])
        >>> fitted.judge(np.array([[0.1, -0.2, 0.0], [0.1, 90.0, 0.0]])).is_unfamiliar.tolist()
        [False, True]
        """
        if len(X) == 0 or len(kept_apart) == 0:
            raise LabelError(
                "what is familiar cannot be told without rows to learn from and rows kept apart",
                where="unfamiliar people",
            )
        measured = np.setdiff1d(np.arange(X.shape[1]), np.array(categories, dtype=int))
        factors = Factors.fit(X[:, measured], N_FACTORS)
        # What one figure may be beside another is a matter of arithmetic, not of whom a panel took.
        both = np.vstack([X, kept_apart[1::2]])
        orders, spreads = _orders(both[:, measured])
        kept_apart = kept_apart[::2]
        of_fitted, of_others = factors.read(X[:, measured]), factors.read(kept_apart[:, measured])
        outlying = np.maximum(
            np.quantile(np.abs(of_fitted[1]), OUT_FITTED, axis=0),
            np.quantile(np.abs(of_others[1]), OUT_KEPT_APART, axis=0),
        )
        outlying = np.round(np.maximum(outlying, LEAST_OUT), STORED_DECIMALS)
        known = {column: _counts(X[:, column]) for column in map(int, categories)}
        size = len(X), X.shape[1]
        bare = cls(*size, known, measured, factors, outlying, orders, spreads, (1.0, 1.0, 1.0))
        # The rows fitted on lie nearer than any others: they may raise a limit, not lower it.
        fitted = _limits(bare._ways(X, of_fitted)[0], false_alarms)
        others = _limits(bare._ways(kept_apart, of_others)[0], false_alarms)
        whole, value, order = map(max, fitted, others)
        limits = max(whole, 1.0), max(value, 1.0), max(order, 0.0)
        return cls(*size, known, measured, factors, outlying, orders, spreads, limits)

    def judge(self, X: np.ndarray) -> Judgement:
        """Say of each row how unfamiliar it is.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)

        Returns
        -------
        Judgement
        """
        found, columns = self._ways(X, self.factors.read(X[:, self.measured]))
        whole, value, order = self.limits
        # An order that nobody breaks has the limit 0: whoever breaks it is beyond.
        over = np.column_stack(
            [
                found[:, 0] / whole,
                found[:, 1] / value,
                np.where(found[:, 2] > order, 1 + found[:, 2] - order, 0.0),
            ]
        )
        score, column = over.max(axis=1), np.full(len(X), -1)
        # Of several, the one that is said most easily is named.
        for way in range(over.shape[1]):
            column = np.where(over[:, way] > 1, columns[:, way], column)
        n_comparable = np.full(len(X), self.n_rows)
        for at, counts in self.categories.items():
            seen = np.array([counts.get(name, 0) for name in _names(X[:, at])], dtype=int)
            n_comparable = np.minimum(n_comparable, seen)
            score, column = np.where(seen == 0, np.inf, score), np.where(seen == 0, at, column)
        return Judgement(score, column, n_comparable)

    def to_json(self) -> str:
        """All numbers as JSON text, keys sorted."""
        document = {
            "n_rows": self.n_rows,
            "n_columns": self.n_columns,
            "categories": {
                str(column): [[None if np.isinf(name) else name, n] for name, n in counts.items()]
                for column, counts in self.categories.items()
            },
            "measured": self.measured.tolist(),
            "values": self.factors.values,
            "scores": self.factors.scores,
            "gaps": self.factors.gaps.tolist(),
            "centre": self.factors.centre.tolist(),
            "deviation": self.factors.deviation.tolist(),
            "loadings": self.factors.loadings.tolist(),
            "own": self.factors.own.tolist(),
            "outlying": self.outlying.tolist(),
            "orders": self.orders.tolist(),
            "spreads": self.spreads.tolist(),
            "limits": self.limits,
        }
        return json.dumps(document, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Unfamiliar":
        """What `to_json` wrote."""
        document = json.loads(text)
        own = np.array(document["own"], dtype=float)
        factors = Factors(
            *(tuple(tuple(column) for column in document[key]) for key in ("values", "scores")),
            np.array(document["gaps"], dtype=int),
            np.array(document["centre"], dtype=float),
            np.array(document["deviation"], dtype=float),
            np.array(document["loadings"], dtype=float).reshape(len(own), -1),
            own,
        )
        return cls(
            document["n_rows"],
            document["n_columns"],
            {
                int(column): {-np.inf if name is None else name: n for name, n in counts}
                for column, counts in document["categories"].items()
            },
            np.array(document["measured"], dtype=int),
            factors,
            np.array(document["outlying"], dtype=float),
            np.array(document["orders"], dtype=int).reshape(-1, 2),
            np.array(document["spreads"], dtype=float),
            tuple(document["limits"]),
        )

    def _ways(
        self, X: np.ndarray, read: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far out each row is, one column a way of looking; and which column stands out."""
        distance, residuals = read
        out = np.abs(residuals) / self.outlying
        loudest = out.argmax(axis=1) if out.shape[1] else np.zeros(len(X), dtype=int)
        value = out.max(axis=1, initial=0.0)
        # A column and its gaps are one column.
        of_column = np.concatenate([self.measured, self.measured[self.factors.gaps]])
        column = of_column[loudest] if len(of_column) else np.full(len(X), -1)
        broken, breaker = self._broken(X[:, self.measured])
        found = np.column_stack([np.maximum(distance, 0.0), value, broken])
        # A row alone and a row in a batch differ in their last bits; a limit must not see them.
        return np.round(found, STORED_DECIMALS), np.column_stack(
            [np.full(len(X), -1), column, breaker]
        )

    def _broken(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By how much each row breaks the order that it breaks most, and which column does."""
        if len(self.orders) == 0:
            return np.zeros(len(rows)), np.full(len(rows), -1)
        first, second = self.orders.T
        above = np.nan_to_num((rows[:, first] - rows[:, second]) / self.spreads, nan=0.0)
        most = above.argmax(axis=1)
        return np.maximum(above.max(axis=1), 0.0), self.measured[first[most]]


def _orders(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of columns of which the first was never above the second, though it might have been."""
    known = ~np.isnan(X)
    both = known.T.astype(float) @ known.astype(float)
    ascending = [np.sort(column[of]) for column, of in zip(X.T, known.T, strict=True)]
    orders, spreads = [], []
    for first, figures in enumerate(ascending):
        if len(figures) == 0:
            continue
        with np.errstate(invalid="ignore"):
            is_broken = (X[:, [first]] > X).any(axis=0)
        for second in np.flatnonzero(~is_broken & (both[first] >= FEWEST_FOR_ORDER)):
            others = ascending[second]
            if second == first or figures[-1] <= others[0]:
                continue
            below = np.searchsorted(others, figures, side="left").mean() / len(others)
            if below * both[first, second] >= FEWEST_BROKEN_BY_CHANCE:
                orders.append((first, int(second)))
                away = float(np.nanstd(X[:, second] - X[:, first]))
                spreads.append(max(away, 10.0**-STORED_DECIMALS))
    return np.array(orders, dtype=int).reshape(-1, 2), np.round(spreads, STORED_DECIMALS)


def _limits(found: np.ndarray, false_alarms: float) -> tuple[float, ...]:
    """One limit a way of looking, each as rarely passed, together by `false_alarms` of the rows.

    The rows are numbered from the furthest out, way by way; a row is as far out as its first place.
    """
    n, ways = found.shape
    descending = -np.sort(-found, axis=0)
    places = [
        np.searchsorted(-descending[:, way], -found[:, way], side="right") for way in range(ways)
    ]
    first = np.sort(np.min(places, axis=0))
    passed = int(false_alarms * n)
    # The largest place such that no more rows than may pass stand there or before it.
    last = int(first[passed]) - 1 if passed < n else n - 1
    return tuple(float(descending[min(last, n - 1), way]) for way in range(ways))


def _counts(column: np.ndarray) -> dict[float, int]:
    names, counts = np.unique(_names(column), return_counts=True)
    return {float(name): int(n) for name, n in zip(names, counts, strict=True)}


def _names(column: np.ndarray) -> np.ndarray:
    """A category as a number that equals itself: what is missing is a name too."""
    return np.where(np.isnan(column), -np.inf, column)
