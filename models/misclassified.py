"""Labels that are shadows: some failures stay in their post, some successes leave it.

The rule that must not break: the rates come from appointments that somebody reviewed, never from
the labels that they correct. Without them a probability is that of the label, and is called so.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from features.errors import LabelError

STORED_DECIMALS = 9


@dataclass(frozen=True)
class LabelRates:
    """How often the label tells what happened.

    Parameters
    ----------
    failure_shown : float
        Share of those who failed of whom the label says so, in (0, 1].
    success_broken : float
        Share of those who succeeded whom the label calls failures, in [0, `failure_shown`).

    Raises
    ------
    LabelError
        If the label would say nothing, or the contrary.

    Source
    ------
    Hausman, Abrevaya and Scott-Morton (1998), misclassification of a binary outcome.

    Examples
    --------
    Of a hundred, 20 of the 30 who fail show it, and 5 of the 70 who succeed leave: 75 look well.

    >>> rates = LabelRates(failure_shown=2 / 3, success_broken=1 / 14)
    >>> round(float(rates.shown(np.array(0.7))), 3)
    0.75
    """

    failure_shown: float = 1.0
    success_broken: float = 0.0

    def __post_init__(self) -> None:
        """Refuse rates of a label that says nothing."""
        if not 0 <= self.success_broken < self.failure_shown <= 1:
            raise LabelError(
                "the label would say nothing of success",
                where=f"label rates {self.failure_shown} and {self.success_broken}",
                expected="failures shown more often than successes broken, both between 0 and 1",
                remedy="review more appointments, or choose another label rule",
            )

    @property
    def are_perfect(self) -> bool:
        """Whether the label is what happened."""
        return self.failure_shown == 1 and self.success_broken == 0

    @property
    def span(self) -> float:
        """How much further a success is from a failure by the label than if it said nothing."""
        return self.failure_shown - self.success_broken

    def shown(self, p: np.ndarray) -> np.ndarray:
        """Probability that the label says success, given that of success."""
        return (1 - self.failure_shown) + self.span * p

    def behind(self, shown: np.ndarray) -> np.ndarray:
        """Probability of success behind that of a label that says so; held between 0 and 1.

        >>> rates = LabelRates(failure_shown=0.6, success_broken=0.0)
        >>> rates.behind(np.array([0.3, 0.7, 1.0])).round(3).tolist()
        [0.0, 0.5, 1.0]
        """
        return np.clip((shown - (1 - self.failure_shown)) / self.span, 0.0, 1.0)

    def believed(self, p: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Probability of success after the label was seen.

        Parameters
        ----------
        p : ndarray, shape (n_rows,)
            Probability of success before.
        y : ndarray of {0, 1}, shape (n_rows,)

        Examples
        --------
        Of ten, five succeed and stay, and two of the five others do: five of the seven succeeded.

        >>> float(LabelRates(0.6, 0.0).believed(np.array([0.5]), np.array([1])).round(3)[0])
        0.714
        """
        shown = self.shown(p)
        if_success = p * (1 - self.success_broken) / np.maximum(shown, 1e-12)
        if_failure = p * self.success_broken / np.maximum(1 - shown, 1e-12)
        return np.where(y == 1, if_success, if_failure)


def regress(
    design: np.ndarray,
    y: np.ndarray,
    *,
    penalty: np.ndarray,
    rates: LabelRates | None = None,
    offset: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Coefficients of the logit of success, fitted on labels that are its shadows.

    Parameters
    ----------
    design : ndarray, shape (n_rows, n_terms)
        Without an intercept unless a column of it holds one.
    y : ndarray of {0, 1}, shape (n_rows,)
        What the label says.
    penalty : ndarray, shape (n_terms,)
        L2 on each coefficient: half of it times its square is added to the loss.
    rates : LabelRates, optional
        Perfect if left out: a plain logistic regression.
    offset : ndarray, shape (n_rows,), optional
        Logit that is there already.
    weight : ndarray, shape (n_rows,), optional
        How often each row counts.

    Returns
    -------
    ndarray, shape (n_terms,)

    Examples
    --------
    Three labels of four say success and two failures of three stay: hardly anybody succeeded.

    >>> y = np.array([1, 1, 1, 0] * 25)
    >>> told = regress(np.ones((100, 1)), y, penalty=np.zeros(1), rates=LabelRates(1 / 3, 0.0))
    >>> round(float(expit(told[0])), 3)
    0.25
    """
    told = rates or LabelRates()
    there = np.zeros(len(y)) if offset is None else offset
    counts = np.ones(len(y)) if weight is None else weight
    lowest = 1 - told.failure_shown

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = there + design @ theta
        if told.are_perfect:
            value, slope = np.logaddexp(0, z) - y * z, expit(z) - y
        else:
            p = expit(z)
            shown = np.clip(lowest + told.span * p, 1e-12, 1 - 1e-12)
            value = -np.where(y == 1, np.log(shown), np.log1p(-shown))
            slope = (shown - y) / (shown * (1 - shown)) * told.span * p * (1 - p)
        total = float(counts @ value + penalty @ theta**2 / 2)
        return total, design.T @ (counts * slope) + penalty * theta

    fitted = minimize(
        loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-8},
    )  # fmt: skip
    return np.round(fitted.x, STORED_DECIMALS)
