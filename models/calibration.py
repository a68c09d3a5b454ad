"""Calibration: from the blend's logit to the logit that is shown.

The rule that must not break: calibration never changes an order. Every curve rises throughout, or
it is not offered; beyond the rows that it was fitted on it goes on as a straight line.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

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
# A spline bends where it likes: on fewer rows it follows chance.
FEWEST_FOR_SPLINE = 10_000
SPLINE_KNOTS = 5
# Points of the fitted range at which a curve must rise.
GRID = 200
RIDGE = 1e-9
#: How much each row counts; None where all count alike.
Weight = np.ndarray | None
#: From the simplest to the most supple; of two that do alike, the earlier is taken.
KINDS: Final = ("none", "platt", "quadratic", "beta", "spline")


@dataclass(frozen=True)
class Calibration:
    """A rising curve over the blend's logit.

    Parameters
    ----------
    kind : str
        One of `KINDS`. *none* leaves the logit alone; *platt* is a straight line in it, *quadratic*
        a parabola, *beta* a line in the logs of both probabilities, *spline* a natural cubic.
    coefficients : tuple of float
        Weights of the terms of the kind, the intercept first; none for *none*.
    low, high : float
        The range of logits that it was fitted on; outside, the curve goes on straight.
    knots : tuple of float
        Of the spline.
    misfit : float, optional
        How badly the rows that it was chosen on contradict it, each judged by a calibration that
        had not seen its group; None where that could not be judged; see `misfit`.

    Examples
    --------
    >>> Calibration("platt", (-1.0, 2.0)).logit(np.array([0.5, 1.0])).tolist()
    [0.0, 1.0]
    """

    kind: str = "none"
    coefficients: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    knots: tuple[float, ...] = ()
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
        if self.kind == "none":
            return z
        if self.kind == "platt":
            return self.coefficients[1] * z + self.coefficients[0]
        held = np.clip(z, self.low, self.high)
        terms = TERMS[self.kind](held, self.knots)
        outside = z - held
        steps = np.zeros_like(held)
        if outside.any():
            at_edges = SLOPES[self.kind](np.array([self.low, self.high]), self.knots)
            below, above = at_edges @ np.array(self.coefficients)
            steps = outside * np.where(z < self.low, below, above)
        return terms @ np.array(self.coefficients) + steps

    def to_json(self) -> str:
        """The calibration as JSON text, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """The calibration that `to_json` wrote."""
        document = json.loads(text)
        for name in ("coefficients", "knots"):
            document[name] = tuple(document[name])
        return cls(**document)


def log_loss(z: np.ndarray, y: np.ndarray, weight: Weight = None) -> float:
    """Mean negative log-likelihood of outcomes in {0, 1} at logits `z`, weighted where asked.

    Examples
    --------
    >>> round(log_loss(np.array([0.0, 0.0]), np.array([0, 1])), 6)
    0.693147
    """
    return float(np.average(np.logaddexp(0.0, z) - y * z, weights=weight))


def fit(kind: str, z: np.ndarray, y: np.ndarray, weight: Weight = None) -> Calibration | None:
    """A calibration of one kind, or None where it cannot be fitted or would not rise throughout.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    z : ndarray, shape (n_rows,)
        Logits of rows that the model was not fitted on.
    y : ndarray of {0, 1}, shape (n_rows,)
    weight : ndarray, shape (n_rows,), optional
        How much each row counts, 1 in the mean; all alike if left out.

    Source
    ------
    Platt (1999), with its smoothed targets for every kind, so that separable rows do not run away;
    solved by Newton steps as in Lin, Lin and Weng (2007). Beta: Kull, Silva Filho and Flach (2017).
    Spline: natural cubic, knots at quantiles, as in Harrell (2001).

    Examples
    --------
    >>> fit("platt", np.array([-1.0, -0.5, 0.5, 1.0]), np.array([1, 1, 0, 0])) is None
    True
    """
    if kind == "none":
        return Calibration()
    target = _smoothed(y, weight)
    if target is None or np.ptp(z) == 0:
        return None
    knots = _knots(z) if kind == "spline" else ()
    if kind == "spline" and len(set(knots)) < SPLINE_KNOTS:
        return None
    # A line needs no edges; the other curves are held within what they have seen.
    low, high = (0.0, 0.0) if kind == "platt" else (float(z.min()), float(z.max()))
    terms = TERMS[kind](z, knots)
    start = np.zeros(terms.shape[1])
    start[0] = np.log((y.sum() + 1) / (len(y) - y.sum() + 1))
    coefficients = _newton(terms, target, start, weight)
    slopes = SLOPES[kind](np.linspace(low, high, GRID), knots) @ coefficients
    if not np.isfinite(coefficients).all() or not (slopes > 0).all():
        return None
    stored = tuple(round(float(number), STORED_DECIMALS) for number in coefficients)
    return Calibration(kind, stored, low, high, knots)


def choose(z: np.ndarray, y: np.ndarray, groups: np.ndarray, weight: Weight = None) -> Calibration:
    """The kind with the lowest log-loss on groups left out, fitted on all rows.

    None is among the kinds, so that calibration never makes a log-loss worse that was not seen; of
    two that do alike the simpler is taken. A kind that some part of the rows cannot give is not
    judged.

    Parameters
    ----------
    z, y : ndarray, shape (n_rows,)
        Logits of rows that the model was not fitted on, and their outcomes.
    groups : ndarray of str, shape (n_rows,)
        Rows of one group are left out together.
    weight : ndarray, shape (n_rows,), optional
        How much each row counts, 1 in the mean; all alike if left out.
    """
    chosen, crossed = Calibration(), z
    for kind in KINDS[1:]:
        candidate = fit(kind, z, y, weight)
        if candidate is None or (kind == "spline" and len(z) < FEWEST_FOR_SPLINE):
            continue
        left_out = cross_fitted(kind, z, y, groups, weight)
        if left_out is None:
            continue
        if log_loss(left_out, y, weight) < log_loss(crossed, y, weight):
            chosen, crossed = candidate, left_out
    return replace(chosen, misfit=misfit(crossed, y, groups, weight))


def cross_fitted(
    kind: str, z: np.ndarray, y: np.ndarray, groups: np.ndarray, weight: Weight = None
) -> np.ndarray | None:
    """The logit of each row by a calibration that has not seen its group; None where one fails."""
    names, index = np.unique(groups, return_inverse=True)
    n_folds = min(FOLDS, len(names))
    fold = index % n_folds
    crossed = np.empty_like(z)
    for k in range(n_folds):
        fitted_on = fold != k
        weighed = None if weight is None else weight[fitted_on]
        fitted = fit(kind, z[fitted_on], y[fitted_on], weighed)
        if fitted is None:
            return None
        crossed[fold == k] = fitted.logit(z[fold == k])
    return crossed


def misfit(z: np.ndarray, y: np.ndarray, groups: np.ndarray, weight: Weight = None) -> float | None:
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
    line = _line(z, y, weight)
    names, index = np.unique(groups, return_inverse=True)
    if line is None or len(names) < FEWEST_GROUPS:
        return None
    p = expit(line[0] * z + line[1])
    counts = 1.0 if weight is None else weight
    design = np.column_stack([z, np.ones_like(z)])
    pull = np.zeros((len(names), 2))
    np.add.at(pull, index, design * (counts * (y - p))[:, None])
    bread = np.linalg.inv((design * (counts * p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2))
    spread = bread @ (pull.T @ pull) @ bread + 1e-12 * np.eye(2)
    off = np.array(line) - [1.0, 0.0]
    return round(float(off @ np.linalg.solve(spread, off)), STORED_DECIMALS)


def _line(z: np.ndarray, y: np.ndarray, weight: Weight) -> tuple[float, float] | None:
    """Slope and intercept of Platt's line, whichever way it runs; None where a class is absent."""
    target = _smoothed(y, weight)
    if target is None:
        return None
    start = np.array([np.log((y.sum() + 1) / (len(y) - y.sum() + 1)), 0.0])
    intercept, slope = _newton(_powers(z, 2), target, start, weight)
    return round(float(slope), STORED_DECIMALS), round(float(intercept), STORED_DECIMALS)


def _smoothed(y: np.ndarray, weight: Weight) -> np.ndarray | None:
    """Platt's targets, a little inside 0 and 1; None where a class is absent."""
    n_success = float(y.sum() if weight is None else weight @ y)
    n_failure = float((len(y) if weight is None else weight.sum()) - n_success)
    if n_success <= 0 or n_failure <= 0:
        return None
    return np.where(y == 1, (n_success + 1) / (n_success + 2), 1 / (n_failure + 2))


def _newton(terms: np.ndarray, target: np.ndarray, theta: np.ndarray, weight: Weight) -> np.ndarray:
    """Coefficients with the least log-loss."""
    counts = 1.0 if weight is None else weight
    ridge = RIDGE * np.eye(terms.shape[1])
    for _step in range(NEWTON_STEPS):
        p = expit(terms @ theta)
        hessian = (terms * (counts * p * (1 - p))[:, None]).T @ terms + ridge
        theta = theta - np.linalg.solve(hessian, terms.T @ (counts * (p - target)))
    return theta


def _powers(z: np.ndarray, count: int) -> np.ndarray:
    return np.vander(z, count, increasing=True)


def _beta_terms(z: np.ndarray) -> np.ndarray:
    """One, the log of the probability of success, and less the log of that of failure."""
    return np.column_stack([np.ones_like(z), -np.logaddexp(0, -z), np.logaddexp(0, z)])


def _knots(z: np.ndarray) -> tuple[float, ...]:
    """Quantiles, the outermost a twentieth from the ends, to as many digits as are stored."""
    at = np.quantile(z, np.linspace(0.05, 0.95, SPLINE_KNOTS))
    return tuple(round(float(knot), STORED_DECIMALS) for knot in at)


def _natural(z: np.ndarray, knots: tuple[float, ...], power: int) -> np.ndarray:
    """Truncated cubes of a natural spline, or their slopes (`power` 2), scaled by the span."""
    t = np.array(knots)
    span = (t[-1] - t[0]) ** 2
    factor = 1 if power == 3 else 3

    def cut(knot: float) -> np.ndarray:
        return factor * np.maximum(z - knot, 0) ** power

    last, before = t[-1], t[-2]
    columns = [
        (cut(one) - cut(before) * (last - one) / (last - before)
         + cut(last) * (before - one) / (last - before)) / span
        for one in t[:-2]
    ]  # fmt: skip
    return np.column_stack(columns)


Terms = Callable[[np.ndarray, tuple[float, ...]], np.ndarray]
TERMS: Final[Mapping[str, Terms]] = {
    "platt": lambda z, _knots: _powers(z, 2),
    "quadratic": lambda z, _knots: _powers(z, 3),
    "beta": lambda z, _knots: _beta_terms(z),
    "spline": lambda z, knots: np.hstack([_powers(z, 2), _natural(z, knots, 3)]),
}
SLOPES: Final[Mapping[str, Terms]] = {
    "platt": lambda z, _knots: np.column_stack([0 * z, np.ones_like(z)]),
    "quadratic": lambda z, _knots: np.column_stack([0 * z, np.ones_like(z), 2 * z]),
    "beta": lambda z, _knots: np.column_stack([0 * z, expit(-z), expit(z)]),
    "spline": lambda z, knots: np.hstack(
        [0 * z[:, None], np.ones((len(z), 1)), _natural(z, knots, 2)]
    ),
}
