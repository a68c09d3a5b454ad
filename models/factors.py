"""What usually goes together: a few factors behind many columns, fitted and read with gaps.

Each column becomes normal scores, and columns are related through a few factors and a variance of
their own. What is missing takes no part in a row, so two rows with other gaps can be compared.

The rule that must not break: a missing value is left out, never filled in; where it is missing is a
column of its own, so that a gap where there never was one shows.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.special import ndtri

#: Places at which a continuous column is tabulated.
KNOTS = 41
#: A value is at most so many deviations out: one column alone cannot say more.
FURTHEST = 12.0
#: Of the correlations, the share that is replaced by independence.
SHRINKAGE = 0.02
#: Least deviation of a column: one that never varied would make every other value infinite.
LEAST_DEVIATION = 0.1
STEPS = 8
STORED_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Factors:
    """Columns as normal scores, and what relates them.

    Parameters
    ----------
    values, scores : tuple of tuple of float, one a column
        The tabulated values of each column, ascending, and their normal scores; empty where the
        rows held none.
    gaps : ndarray of int, shape (n_gaps,)
        Columns of which any value was known: their gaps are columns too.
    centre, deviation : ndarray, shape (n_columns + n_gaps,)
    loadings : ndarray, shape (n_columns + n_gaps, n_factors)
    own : ndarray, shape (n_columns + n_gaps,)
        Variance that a column does not share, of 1 in all.
    """

    values: tuple[tuple[float, ...], ...]
    scores: tuple[tuple[float, ...], ...]
    gaps: np.ndarray
    centre: np.ndarray
    deviation: np.ndarray
    loadings: np.ndarray
    own: np.ndarray

    @classmethod
    def fit(cls, X: np.ndarray, n_factors: int) -> "Factors":
        """Fit on rows of a matrix, shape (n_rows, n_columns), NaN where missing.

        Source
        ------
        Principal axis factoring of the correlations of what is known of both columns.
        """
        tables = [_table(column) for column in X.T]
        gaps = np.flatnonzero(~np.isnan(X).all(axis=0))
        plain = np.zeros(X.shape[1] + len(gaps))
        bare = cls(
            tuple(values for values, _scores in tables),
            tuple(scores for _values, scores in tables),
            gaps,
            plain,
            plain + 1,
            plain[:, None],
            plain + 1,
        )
        wide = bare._wide(X)
        known = ~np.isnan(wide)
        n = np.maximum(known.sum(axis=0), 1)
        centre = np.where(known, wide, 0.0).sum(axis=0) / n
        away = np.where(known, wide - centre, 0.0)
        deviation = np.maximum(np.sqrt((away**2).sum(axis=0) / n), LEAST_DEVIATION)
        away = away / deviation
        both = known.T.astype(float) @ known.astype(float)
        related = (away.T @ away) / np.maximum(both, 1.0)
        loadings, own = _axes(related, min(n_factors, len(related)))
        return cls(
            bare.values,
            bare.scores,
            gaps,
            # Nought has one sign only, or two machines would store different texts.
            *(np.round(part, STORED_DECIMALS) + 0.0 for part in (centre, deviation, loadings, own)),
        )

    def read(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far rows lie from what usually goes together, as a whole and column by column.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)

        Returns
        -------
        distance : ndarray, shape (n_rows,)
            Mahalanobis distance over what is known, as a normal score: rows with many and with few
            known values compare.
        residuals : ndarray, shape (n_rows, n_columns + n_gaps)
            Each column less what the others foretell, in its deviations; 0 where missing.

        Source
        ------
        Woodbury's identity, row by row over the columns that are known; Wilson and Hilferty (1931)
        for the normal score of a chi-squared sum.
        """
        away = (self._wide(X) - self.centre) / self.deviation
        known = ~np.isnan(away)
        away = np.where(known, away, 0.0)
        n_factors = self.loadings.shape[1]
        squares = (self.loadings[:, :, None] * self.loadings[:, None, :]).reshape(
            len(self.own), n_factors**2
        )
        squares = squares / self.own[:, None]
        inner = np.eye(n_factors) + (known @ squares).reshape(len(X), n_factors, n_factors)
        inverse = np.linalg.inv(inner)
        pull = (away / self.own) @ self.loadings
        factors = np.einsum("nij,nj->ni", inverse, pull)
        squared = (away**2 / self.own).sum(axis=1) - (pull * factors).sum(axis=1)
        precision = 1 / self.own - (inverse.reshape(len(X), n_factors**2) @ squares.T) / self.own
        residuals = (away - factors @ self.loadings.T) / self.own
        residuals = residuals / np.sqrt(np.maximum(precision, 1e-9))
        n_known = np.maximum(known.sum(axis=1), 1)
        spread = 2 / (9 * n_known)
        distance = (np.cbrt(np.maximum(squared, 0) / n_known) - (1 - spread)) / np.sqrt(spread)
        return distance, np.where(known, residuals, 0.0)

    def _wide(self, X: np.ndarray) -> np.ndarray:
        """Normal scores, NaN where missing, and beside them 1 where a value is missing."""
        scored = np.empty((len(X), len(self.values) + len(self.gaps)))
        for place, (values, scores) in enumerate(zip(self.values, self.scores, strict=True)):
            scored[:, place] = _scored(X[:, place], values, scores)
        scored[:, len(self.values) :] = np.isnan(X[:, self.gaps])
        return scored


def _table(column: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Values of a column and their normal scores, ties at the middle of their ranks."""
    known = column[~np.isnan(column)]
    if len(known) == 0:
        return (), ()
    values, counts = np.unique(known, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / len(known)
    if len(values) > KNOTS:
        knots = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS)))
        values, middle = knots, np.interp(knots, values, middle)
    scores = np.round(ndtri(middle), STORED_DECIMALS)
    return tuple(map(float, values)), tuple(map(float, scores))


def _scored(column: np.ndarray, values: tuple[float, ...], scores: tuple[float, ...]) -> np.ndarray:
    """Normal scores of a column; beyond the table they go on at its mean slope."""
    if not values:  # nobody had any: whoever has is as far out as can be
        return np.where(np.isnan(column), np.nan, FURTHEST)
    span = values[-1] - values[0] or max(1.0, abs(values[0]))
    slope = max(scores[-1] - scores[0], 1.0) / span
    beyond = np.maximum(column - values[-1], 0) + np.minimum(column - values[0], 0)
    inside = np.interp(column, values, scores)
    return np.clip(inside + slope * beyond, -FURTHEST, FURTHEST)


def _axes(related: np.ndarray, n_factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Loadings of the strongest factors, and what is left to each column."""
    size = len(related)
    related = (1 - SHRINKAGE) * related
    related[np.diag_indices(size)] = 1.0
    own = np.full(size, 0.5)
    loadings = np.zeros((size, n_factors))
    for _step in range(STEPS):
        strengths, axes = eigh(related - np.diag(own), subset_by_index=(size - n_factors, size - 1))
        loadings = axes * np.sqrt(np.maximum(strengths, 0.0))
        own = np.clip(1 - (loadings**2).sum(axis=1), SHRINKAGE, 1.0)
    # An axis has no sign of its own; the stored numbers need one.
    strongest = np.abs(loadings).argmax(axis=0)
    signs = np.sign(loadings[strongest, np.arange(n_factors)])
    return loadings * np.where(signs == 0, 1.0, signs), own
