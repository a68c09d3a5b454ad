"""Calibration: from the blend's logit to the logit that is shown.

The rule that must not break: calibration never changes an order. Its slope is positive, or it
leaves the logit alone.
"""

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.special import expit

FOLDS = 5
# A dozen are enough as a rule; more change nothing.
NEWTON_STEPS = 50
STORED_DECIMALS = 9
# The 95 % point of chi-squared with two degrees of freedom: an intercept and a slope.
MOST_MISFIT = 5.991
# Fewer events than these tell nothing of how much events differ (Cameron and Miller 2015).
FEWEST_GROUPS = 10


@dataclass(frozen=True)
class Calibration:
    """`slope * logit + intercept`; kind ``none`` has slope 1 and intercept 0.

    `misfit` says how badly the rows that it was chosen on contradict it, each judged by a
    calibration that had not seen its group; None where that could not be judged; see `misfit`.

    Examples
    --------
    >>> Calibration("platt", slope=2.0, intercept=-1.0).logit(np.array([0.5, 1.0])).tolist()
    [0.0, 1.0]
    """

    kind: str = "none"
    slope: float = 1.0
    intercept: float = 0.0
    misfit: float | None = None

    @property
    def is_checked(self) -> bool:
        """Whether there were groups enough to judge it by."""
        return self.misfit is not None

    @property
    def is_contradicted(self) -> bool:
        """Whether the rows that it was chosen on bear witness against it."""
        return self.misfit is not None and self.misfit > MOST_MISFIT

    def logit(self, z: np.ndarray) -> np.ndarray:
        """The logit shown for each logit of the blend."""
        return self.slope * z + self.intercept

    def to_json(self) -> str:
        """The calibration as JSON text, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """The calibration that `to_json` wrote."""
        return cls(**json.loads(text))


def log_loss(z: np.ndarray, y: np.ndarray) -> float:
    """Mean negative log-likelihood of outcomes in {0, 1} at logits `z`.

    Examples
    --------
    >>> round(log_loss(np.array([0.0, 0.0]), np.array([0, 1])), 6)
    0.693147
    """
    return float(np.mean(np.logaddexp(0.0, z) - y * z))


def platt(z: np.ndarray, y: np.ndarray) -> Calibration | None:
    """Platt scaling on the logit, or None where it cannot be fitted with a positive slope.

    Parameters
    ----------
    z : ndarray, shape (n_rows,)
        Logits of rows that the model was not fitted on.
    y : ndarray of {0, 1}, shape (n_rows,)

    Source
    ------
    Platt (1999), with its smoothed targets, so that separable rows do not run away; solved by
    Newton steps as in Lin, Lin and Weng (2007).
    """
    theta = _line(z, y)
    if theta is None or theta[0] <= 0:
        return None
    slope, intercept = theta
    return Calibration("platt", slope, intercept)


def _line(z: np.ndarray, y: np.ndarray) -> tuple[float, float] | None:
    """Slope and intercept of Platt's line, whichever way it runs; None where a class is absent."""
    n_success = int(y.sum())
    n_failure = len(y) - n_success
    if n_success == 0 or n_failure == 0:
        return None
    target = np.where(y == 1, (n_success + 1) / (n_success + 2), 1 / (n_failure + 2))
    design = np.column_stack([z, np.ones_like(z)])
    theta = np.array([0.0, np.log((n_success + 1) / (n_failure + 1))])
    for _step in range(NEWTON_STEPS):
        theta = _newton_step(theta, design, target)
    slope, intercept = (round(float(number), STORED_DECIMALS) for number in theta)
    return slope, intercept


def misfit(z: np.ndarray, y: np.ndarray, groups: np.ndarray) -> float | None:
    """How badly rows left out contradict their logits: a Wald statistic, groups as single events.

    A line through the rows should have slope 1 and intercept 0. The statistic is how far it is from
    that, in units of its own spread between groups; chi-squared with two degrees of freedom where
    the logits are right. None where all rows came out alike, or are of fewer than ten groups.

    Parameters
    ----------
    z, y : ndarray, shape (n_rows,)
    groups : ndarray of str, shape (n_rows,)
        Rows of one group succeed or fail together, to some degree.

    Source
    ------
    Liang and Zeger (1986), the robust ("sandwich") variance of a regression on clustered rows.
    """
    line = _line(z, y)
    names, index = np.unique(groups, return_inverse=True)
    if line is None or len(names) < FEWEST_GROUPS:
        return None
    p = expit(line[0] * z + line[1])
    design = np.column_stack([z, np.ones_like(z)])
    pull = np.zeros((len(names), 2))
    np.add.at(pull, index, design * (y - p)[:, None])
    bread = np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2))
    spread = bread @ (pull.T @ pull) @ bread + 1e-12 * np.eye(2)
    off = np.array(line) - [1.0, 0.0]
    return round(float(off @ np.linalg.solve(spread, off)), STORED_DECIMALS)


def choose(z: np.ndarray, y: np.ndarray, groups: np.ndarray) -> Calibration:
    """No calibration or Platt's, whichever has the lower log-loss on groups left out.

    Parameters
    ----------
    z, y : ndarray, shape (n_rows,)
        Logits of rows that the model was not fitted on, and their outcomes.
    groups : ndarray of str, shape (n_rows,)
        Rows of one group are left out together.
    """
    plain = Calibration(misfit=misfit(z, y, groups))
    candidate = platt(z, y)
    names, index = np.unique(groups, return_inverse=True)
    n_folds = min(FOLDS, len(names))
    if candidate is None:
        return plain
    fold = index % n_folds
    crossed = np.empty_like(z)
    for k in range(n_folds):
        fitted = platt(z[fold != k], y[fold != k])
        if fitted is None:
            return plain
        crossed[fold == k] = fitted.logit(z[fold == k])
    if log_loss(crossed, y) < log_loss(z, y):
        return replace(candidate, misfit=misfit(crossed, y, groups))
    return plain


def _newton_step(theta: np.ndarray, design: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Slope and intercept after one Newton step on the log-loss."""
    p = expit(design @ theta)
    hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
    return theta - np.linalg.solve(hessian, design.T @ (p - target))
