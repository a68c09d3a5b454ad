"""Measures of rankings and probabilities, with intervals over whole days of decision.

The rule that must not break: appointments of one day are one event (a reshuffle), so every
interval resamples days, never rows; ties count as what a random order of the tied would give.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from models.move_search import placings

N_RESAMPLES = 2000
#: Draws of so many events, 16 MB, are kept.
MOST_KEPT = 1000
SEED = 20
HITS = (5, 10)
NEWTON_STEPS = 12
RIDGE = 1e-3


def placing(score: np.ndarray, is_target: np.ndarray) -> dict[str, float]:
    """Where the one target stands when candidates are sorted by score, highest first.

    Parameters
    ----------
    score : ndarray, shape (n_candidates,)
    is_target : ndarray of bool, shape (n_candidates,)
        Exactly one is true.

    Returns
    -------
    dict
        `mrr`, `hit5`, `hit10`: expectations over a random order of those tied with the target.

    Examples
    --------
    Second of three: reciprocal rank 1/2.

    >>> placing(np.array([0.9, 0.5, 0.1]), np.array([False, True, False]))
    {'mrr': 0.5, 'hit5': 1.0, 'hit10': 1.0}
    """
    place = placings(score[None], np.flatnonzero(is_target)).iloc[0]
    return {"mrr": float(place["mrr"]), **{f"hit{k}": float(place[f"hit{k}"]) for k in HITS}}


def share_of_first(score: np.ndarray, has: np.ndarray, k: int = 10) -> float:
    """Share of the first `k` by score who have something; NaN where there is nobody.

    Of those tied for the last places, each counts by its chance of being among them.

    Examples
    --------
    The first is in; of the two tied behind, one has it, and either may come second.

    >>> share_of_first(np.array([0.9, 0.5, 0.5]), np.array([1.0, 1.0, 0.0]), k=2)
    0.75
    """
    if len(score) == 0:
        return float("nan")
    k = min(k, len(score))
    edge = np.sort(score)[-k]
    above, tied = score > edge, score == edge
    return float((has[above].sum() + (k - above.sum()) * has[tied].mean()) / k)


def last_place(n_candidates: int) -> dict[str, float]:
    """The placing of somebody who is not in the pool: behind everybody in it.

    Behind nobody is no place at all: where the pool is empty, every measure is zero.

    >>> last_place(4)
    {'mrr': 0.2, 'hit5': 1.0, 'hit10': 1.0}
    """
    if n_candidates == 0:
        return {"mrr": 0.0, **{f"hit{k}": 0.0 for k in HITS}}
    place = n_candidates + 1
    return {"mrr": 1 / place, **{f"hit{k}": float(place <= k) for k in HITS}}


def mean_with_interval(values: pd.Series, days: pd.Series) -> tuple[float, tuple[float, float]]:
    """Mean over rows, with a 95 % percentile interval by bootstrap over days.

    Parameters
    ----------
    values : Series, shape (n_rows,)
    days : Series, shape (n_rows,)
        The day of each row; all rows of a day are drawn together.
    """
    by_day = values.groupby(days.to_numpy()).agg(["sum", "count"])
    weights = draws(len(by_day))
    means = (weights @ by_day["sum"].to_numpy()) / (weights @ by_day["count"].to_numpy())
    return float(values.mean()), _percentiles(means)


#: A value and its 95 % interval.
Measure = tuple[float, tuple[float, float]]


@dataclass(frozen=True)
class ProbabilityMeasures:
    """Quality of probabilities of success, each with its interval where it has one.

    `auc` compares all rows with each other, across models of different origins; `auc_within_origin`
    only those that one model estimated. `calibration_slope` is that of success on the logit shown,
    1 where it is right; `calibration_in_the_large` the mean probability less the share of
    successes, 0 where it is right.
    """

    n: int
    n_failures: int
    success_rate: Measure
    mean_probability: float
    log_loss: Measure
    log_loss_base_rate: float
    log_loss_gain: Measure
    auc: Measure
    auc_within_origin: Measure
    calibration_slope: Measure
    calibration_in_the_large: Measure

    @property
    def is_compatible_with_calibrated(self) -> bool:
        """Whether neither interval shuts out a calibrated probability."""
        _slope, (low, high) = self.calibration_slope
        _large, (lowest, highest) = self.calibration_in_the_large
        return low <= 1 <= high and lowest <= 0 <= highest


def probability_measures(rows: pd.DataFrame) -> ProbabilityMeasures | None:
    """Log-loss and AUC of predicted success, against the base rate known when it was predicted.

    Parameters
    ----------
    rows : DataFrame
        `success` (0 or 1), `probability`, `base_rate` (of the training rows), `day`, `origin` (of
        the model).

    Returns
    -------
    ProbabilityMeasures or None
        None where only one outcome occurs: neither measure exists then.
    """
    success = rows["success"].to_numpy()
    if len(set(success)) < 2:
        return None
    loss = losses(success, rows["probability"])
    base = losses(success, rows["base_rate"])
    return ProbabilityMeasures(
        n=len(rows),
        n_failures=int((success == 0).sum()),
        success_rate=mean_with_interval(rows["success"], rows["day"]),
        mean_probability=float(rows["probability"].mean()),
        log_loss=mean_with_interval(loss, rows["day"]),
        log_loss_base_rate=float(log_loss(success, rows["base_rate"])),
        log_loss_gain=mean_with_interval(base - loss, rows["day"]),
        auc=interval_of(auc_and_draws(rows.assign(origin=0))),
        auc_within_origin=interval_of(auc_and_draws(rows)),
        calibration_slope=_slope_with_interval(rows),
        calibration_in_the_large=mean_with_interval(
            rows["probability"] - rows["success"], rows["day"]
        ),
    )


def losses(success: np.ndarray, probability: pd.Series) -> pd.Series:
    """Log-loss of each row.

    >>> losses(np.array([1, 0]), pd.Series([0.5, 0.75])).round(3).tolist()
    [0.693, 1.386]
    """
    chosen = np.where(success == 1, probability, 1 - probability)
    return pd.Series(-np.log(np.clip(chosen, 1e-12, 1)))


def auc_and_draws(rows: pd.DataFrame) -> np.ndarray:
    """AUC over all pairs of one origin: of the rows, then of each resample of whole days.

    Parameters
    ----------
    rows : DataFrame
        `success`, `probability`, `origin`, `day`.

    Returns
    -------
    ndarray, shape (1 + n_resamples,)
        NaN without a pair of both outcomes.
    """
    day, n_days = pd.factorize(rows["day"], sort=True)[0], rows["day"].nunique()
    # The first line is the sample itself.
    weights = np.vstack([np.ones(n_days, dtype=int), draws(n_days)])
    won, n_pairs = np.zeros((2, len(weights)))
    for places in rows.groupby("origin").indices.values():
        order = places[np.argsort(rows["probability"].to_numpy()[places], kind="stable")]
        success = rows["success"].to_numpy()[order] == 1
        value = pd.factorize(rows["probability"].to_numpy()[order])[0]
        pairs = _weighted_pairs(weights[:, day[order]].astype(float), success, value)
        won, n_pairs = won + pairs[0], n_pairs + pairs[1]
    return np.divide(won, n_pairs, out=np.full(len(won), np.nan), where=n_pairs > 0)


def interval_of(values: np.ndarray) -> Measure:
    """The first of the values, with the interval of the others; draws without a value are left out.

    Parameters
    ----------
    values : ndarray, shape (1 + n_resamples,)
        As of `auc_and_draws`, or a difference of two of these.
    """
    if np.isnan(values[0]):
        return float("nan"), (float("nan"), float("nan"))
    return float(values[0]), _percentiles(values[1:][np.isfinite(values[1:])])


def _slope_with_interval(rows: pd.DataFrame) -> Measure:
    """Slope of a logistic line of success on the logit shown, and its interval."""
    day, n_days = pd.factorize(rows["day"], sort=True)[0], rows["day"].nunique()
    weights = np.vstack([np.ones(n_days, dtype=int), draws(n_days)])[:, day]
    shown = logit(rows["probability"].to_numpy().clip(1e-12, 1 - 1e-12))
    slopes = _weighted_slopes(weights, shown, rows["success"].to_numpy())
    return float(slopes[0]), _percentiles(slopes[1:])


def _weighted_slopes(weights: np.ndarray, z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slope of the logistic line of `y` on `z` for each row of weights, by Newton's method.

    A little is taken off for steepness (a ridge of a thousandth of a row), so that a draw in which
    a line parts successes from failures has a slope too.
    """
    slope, intercept = np.zeros((2, len(weights), 1))
    for _step in range(NEWTON_STEPS):
        p = expit(slope * z + intercept)
        off, spread = weights * (y - p), weights * p * (1 - p)
        g1 = (off * z).sum(axis=1, keepdims=True) - RIDGE * slope
        g0 = off.sum(axis=1, keepdims=True) - RIDGE * intercept
        h11 = (spread * z * z).sum(axis=1, keepdims=True) + RIDGE
        h10 = (spread * z).sum(axis=1, keepdims=True)
        h00 = spread.sum(axis=1, keepdims=True) + RIDGE
        determinant = h11 * h00 - h10**2
        slope = slope + np.clip((h00 * g1 - h10 * g0) / determinant, -1, 1)
        intercept = intercept + np.clip((h11 * g0 - h10 * g1) / determinant, -1, 1)
    return slope[:, 0]


def _weighted_pairs(
    weights: np.ndarray, success: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a success and a failure, for each row of weights: those told right, and all.

    Parameters
    ----------
    weights : ndarray, shape (n_draws, n_rows)
    success : ndarray of bool, shape (n_rows,)
    value : ndarray of int, shape (n_rows,)
        Rank of the prediction, ascending, equal ones equal.
    """
    first = np.flatnonzero(np.diff(value, prepend=-1))
    failed = np.add.reduceat(weights * ~success, first, axis=1)
    succeeded = np.add.reduceat(weights * success, first, axis=1)
    below = failed.cumsum(axis=1) - failed / 2
    n_pairs = failed.sum(axis=1) * succeeded.sum(axis=1)
    return (succeeded * below).sum(axis=1), n_pairs


def draws(n_events: int) -> np.ndarray:
    """How often each event is drawn in each resample, the same for the same number of them.

    Parameters
    ----------
    n_events : int
        What is drawn as a whole: days of decision, or vacancies.

    Returns
    -------
    ndarray of int, shape (n_resamples, n_events)
        Of few events it is kept for the measures that follow, and cannot be written to.

    Examples
    --------
    >>> set(draws(3).sum(axis=1).tolist())
    {3}
    """
    return (_kept if n_events <= MOST_KEPT else _drawn)(n_events, N_RESAMPLES)


def _drawn(n_events: int, n_resamples: int) -> np.ndarray:
    generator = np.random.default_rng(SEED)
    found = generator.multinomial(n_events, np.full(n_events, 1 / n_events), size=n_resamples)
    found.setflags(write=False)
    return found


#: A backtest asks for the same draws a hundred times.
_kept = lru_cache(maxsize=4)(_drawn)


def _percentiles(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
