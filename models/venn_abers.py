"""Venn-Abers: how far the share of successes at a score could lie from what is shown.

The rule that must not break: both ends come from calibration rows that the model was not fitted
on, each with the person asked about added once as a failure and once as a success. The interval is
wide where few rows lie near, and it is never narrowed by hand.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from features.errors import LabelError


@dataclass(frozen=True, eq=False)
class VennAbers:
    """Lower and upper share of successes over all scores, as two staircases.

    Parameters
    ----------
    scores : ndarray, shape (n_scores,)
        The distinct scores of the calibration rows, ascending.
    at_low, at_high : ndarray, shape (n_scores,)
        The interval of somebody with exactly that score.
    between_low, between_high : ndarray, shape (n_scores + 1,)
        The interval of somebody below the first score, between two, or above the last.
    """

    scores: np.ndarray
    at_low: np.ndarray
    at_high: np.ndarray
    between_low: np.ndarray
    between_high: np.ndarray

    @classmethod
    def fit(cls, score: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> "VennAbers":
        """Work out both staircases once, for every place where a score may fall.

        Parameters
        ----------
        score : ndarray, shape (n_rows,)
            Any number that rises with readiness.
        y : ndarray of {0, 1}, shape (n_rows,)
        weight : ndarray, shape (n_rows,), optional
            How much each row counts, the person asked about counting 1; all alike if left out.

        Raises
        ------
        LabelError
            If there is no row.

        Source
        ------
        Vovk, Petej and Fedorova (2015), inductive Venn-Abers predictors.

        Examples
        --------
        One failure below one success: between them nothing is known.

        >>> low, high = VennAbers.fit(np.array([0.0, 1.0]), np.array([0, 1])).interval(
        ...     np.array([-1.0, 0.5, 1.0]))
        >>> low.tolist(), high.tolist()
        ([0.0, 0.0, 0.5], [0.5, 1.0, 1.0])
        """
        if len(score) == 0:
            raise LabelError("an interval needs rows that were kept apart", where="Venn-Abers")
        if weight is not None:
            score, y, weight = score[weight > 0], y[weight > 0], weight[weight > 0]
        scores, index = np.unique(score, return_inverse=True)
        counts = np.ones(len(score)) if weight is None else weight
        weight = np.bincount(index, weights=counts)
        mean = np.bincount(index, weights=y * counts) / weight
        n = len(scores)
        at = np.array([[_with_row(mean, weight, k, y=one) for k in range(n)] for one in (0, 1)])
        between = np.array(
            [[_with_row_between(mean, weight, k, y=one) for k in range(n + 1)] for one in (0, 1)]
        )
        return cls(scores, at[0], at[1], between[0], between[1])

    def interval(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper share of successes at each score.

        Parameters
        ----------
        score : ndarray, shape (n_people,)

        Returns
        -------
        low, high : ndarray, shape (n_people,)
            Between 0 and 1, the lower never above the higher.
        """
        place = np.searchsorted(self.scores, score)
        exact = np.minimum(place, len(self.scores) - 1)
        is_known = self.scores[exact] == score
        low = np.where(is_known, self.at_low[exact], self.between_low[place])
        high = np.where(is_known, self.at_high[exact], self.between_high[place])
        return low, high

    def to_json(self) -> str:
        """The staircases as JSON text, keys sorted."""
        document = {name: numbers.tolist() for name, numbers in asdict(self).items()}
        return json.dumps(document, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "VennAbers":
        """The staircases that `to_json` wrote."""
        return cls(**{name: np.array(numbers) for name, numbers in json.loads(text).items()})


def _with_row(mean: np.ndarray, weight: np.ndarray, place: int, *, y: int) -> float:
    """The isotonic share at a score after one row more, of that score."""
    means, weights = mean.copy(), weight.copy()
    weights[place] += 1
    means[place] += (y - means[place]) / weights[place]
    return float(isotonic_regression(means, weights=weights).x[place])


def _with_row_between(mean: np.ndarray, weight: np.ndarray, place: int, *, y: int) -> float:
    """The isotonic share at a new score after one row there."""
    means, weights = np.insert(mean, place, y), np.insert(weight, place, 1.0)
    return float(isotonic_regression(means, weights=weights).x[place])
