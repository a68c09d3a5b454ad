"""Conformal sets: which outcomes cannot be shut out for a person, class by class.

The rule that must not break: each outcome is judged against calibration rows of that outcome only.
A set over all rows together may hold nine in ten and still miss one success in five.
"""

from dataclasses import dataclass

import numpy as np

from features.errors import LabelError

#: Rows that stand for everybody of an outcome where outcomes are imputed.
IMPUTED_ROWS = 2000


@dataclass(frozen=True, eq=False)
class LabelConditional:
    """Split conformal prediction with a class of rows for each outcome.

    Parameters
    ----------
    failures, successes : ndarray
        Probabilities of success of the calibration rows that failed and that succeeded, ascending.
    """

    failures: np.ndarray
    successes: np.ndarray

    @classmethod
    def fit(cls, probability: np.ndarray, y: np.ndarray) -> "LabelConditional":
        """Keep the probabilities of rows that the model was not fitted on.

        Parameters
        ----------
        probability : ndarray, shape (n_rows,)
            Of success.
        y : ndarray of {0, 1}, shape (n_rows,)

        Raises
        ------
        LabelError
            If one of the outcomes does not occur: nothing could ever be shut out.
        """
        if len(np.unique(y)) < 2:
            raise LabelError(
                "the rows kept apart all have the same outcome",
                where="conformal sets",
                expected="both successes and failures",
            )
        return cls(np.sort(probability[y == 0]), np.sort(probability[y == 1]))

    @classmethod
    def imputed(cls, probability: np.ndarray) -> "LabelConditional":
        """Rows of both outcomes, made from the probabilities of people whose outcome is unknown.

        Each person counts as a success as often as they are expected to succeed, and else as a
        failure. The sets then speak of everybody who might be appointed, where the appointed alone
        would speak of people whom panels chose; they are as good as the probabilities are.

        Parameters
        ----------
        probability : ndarray, shape (n_people,)
            Of success.

        Examples
        --------
        Of those expected to succeed, most stand high.

        >>> rows = LabelConditional.imputed(np.array([0.1, 0.9]))
        >>> float(np.median(rows.failures)), float(np.median(rows.successes))
        (0.1, 0.9)
        """
        if len(probability) == 0:
            raise LabelError("nobody to make a set from", where="conformal sets")
        return cls(_quantiles(probability, 1 - probability), _quantiles(probability, probability))

    def p_values(self, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How ordinary each person would be among the failures, and among the successes.

        Parameters
        ----------
        probability : ndarray, shape (n_people,)

        Returns
        -------
        failure, success : ndarray, shape (n_people,)
            Share of the rows of that outcome that fit it no better, the person counted in.

        Source
        ------
        Vovk, Gammerman and Shafer (2005), label-conditional (Mondrian) conformal predictors, with
        one minus the probability of the outcome as nonconformity.

        Examples
        --------
        >>> rows = LabelConditional.fit(np.array([0.2, 0.4, 0.7]), np.array([0, 0, 1]))
        >>> failure, success = rows.p_values(np.array([0.3]))
        >>> failure.round(3).tolist(), success.tolist()
        ([0.667], [0.5])
        """
        above = len(self.failures) - np.searchsorted(self.failures, probability, side="left")
        below = np.searchsorted(self.successes, probability, side="right")
        return (above + 1) / (len(self.failures) + 1), (below + 1) / (len(self.successes) + 1)

    def sets(self, probability: np.ndarray, coverage: float) -> tuple[np.ndarray, np.ndarray]:
        """Whether failure and success belong to the set that holds the outcome so often.

        Parameters
        ----------
        probability : ndarray, shape (n_people,)
        coverage : float
            Share of people, within each outcome, whose outcome is to be in their set.

        Returns
        -------
        may_fail, may_succeed : ndarray of bool, shape (n_people,)
            Both: the model cannot tell. Neither: nobody like this was among the rows.
        """
        failure, success = self.p_values(probability)
        return failure > 1 - coverage, success > 1 - coverage


def _quantiles(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """So many values, ascending, that each stands for the same weight."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    at = (np.arange(IMPUTED_ROWS) + 0.5) / IMPUTED_ROWS
    return values[order][np.minimum(np.searchsorted(reached, at), len(values) - 1)]
