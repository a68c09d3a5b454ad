"""Conformal sets: which outcomes cannot be shut out for a person, class by class.

The rule that must not break: each outcome is judged against calibration rows of that outcome only.
A set over all rows together may hold nine in ten and still miss one success in five.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np

from features.errors import LabelError


@dataclass(frozen=True, eq=False)
class LabelConditional:
    """Split conformal prediction with a class of rows for each outcome.

    Parameters
    ----------
    failures, successes : ndarray
        Probabilities of success of the calibration rows that failed and that succeeded, ascending.
        Their logits do as well: only the order matters.
    failure_weights, success_weights : ndarray
        How much each of them counts.
    """

    failures: np.ndarray
    successes: np.ndarray
    failure_weights: np.ndarray
    success_weights: np.ndarray

    @classmethod
    def fit(
        cls, probability: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None
    ) -> "LabelConditional":
        """Keep the probabilities of rows that the model was not fitted on.

        Parameters
        ----------
        probability : ndarray, shape (n_rows,)
            Of success.
        y : ndarray of {0, 1}, shape (n_rows,)
        weight : ndarray, shape (n_rows,), optional
            How much each row counts, the person asked about counting 1; all alike if left out.

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
        weight = np.ones(len(y)) if weight is None else weight
        order = np.argsort(probability, kind="stable")
        probability, y, weight = probability[order], y[order], weight[order]
        parts = [(probability[y == outcome], weight[y == outcome]) for outcome in (0, 1)]
        (failures, of_failures), (successes, of_successes) = parts
        return cls(failures, successes, of_failures, of_successes)

    @classmethod
    def imputed(
        cls, probability: np.ndarray, score: np.ndarray | None = None
    ) -> "LabelConditional":
        """Rows of both outcomes, made from the probabilities of people whose outcome is unknown.

        Each person counts as a success as often as they are expected to succeed, and else as a
        failure. The sets then speak of everybody who might be appointed, where the appointed alone
        would speak of people whom panels chose; they are as good as the probabilities are.

        Parameters
        ----------
        probability : ndarray, shape (n_people,)
            Of success.
        score : ndarray, shape (n_people,), optional
            What people will be told apart by, where it is not the probability itself but rises
            with it.

        Examples
        --------
        Of those expected to succeed, most stand high.

        >>> rows = LabelConditional.imputed(np.array([0.1, 0.9]))
        >>> rows.failure_weights.round(3).tolist(), rows.success_weights.round(3).tolist()
        ([0.9, 0.1], [0.1, 0.9])
        """
        if len(probability) == 0:
            raise LabelError("nobody to make a set from", where="conformal sets")
        order = np.argsort(probability, kind="stable")
        chance = probability[order]
        row = chance if score is None else score[order]
        return cls(row, row, 1 - chance, chance)

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
        of_failures = np.append(0.0, np.cumsum(self.failure_weights))
        of_successes = np.append(0.0, np.cumsum(self.success_weights))
        below = of_failures[np.searchsorted(self.failures, probability, side="left")]
        up_to = of_successes[np.searchsorted(self.successes, probability, side="right")]
        return (
            (of_failures[-1] - below + 1) / (of_failures[-1] + 1),
            (up_to + 1) / (of_successes[-1] + 1),
        )

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
        if not 0 < coverage < 1:
            raise ValueError("a coverage lies between 0 and 1")
        failure, success = self.p_values(probability)
        return failure > 1 - coverage, success > 1 - coverage

    def to_json(self) -> str:
        """The rows as JSON text, keys sorted."""
        document = {name: numbers.tolist() for name, numbers in asdict(self).items()}
        return json.dumps(document, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "LabelConditional":
        """The rows that `to_json` wrote."""
        return cls(**{name: np.array(numbers) for name, numbers in json.loads(text).items()})
