"""Measures of rankings and probabilities, with intervals over whole days of decision.

The rule that must not break: appointments of one day are one event (a reshuffle), so every
interval resamples days, never rows; ties count as what a random order of the tied would give.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

N_RESAMPLES = 2000
SEED = 20
HITS = (5, 10)


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
    own = score[is_target][0]
    above, tied = int((score > own).sum()), int((score == own).sum())
    places = np.arange(above + 1, above + tied + 1)
    hits = {f"hit{k}": float((places <= k).mean()) for k in HITS}
    return {"mrr": float((1 / places).mean()), **hits}


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
    weights = _day_weights(len(by_day))
    means = (weights @ by_day["sum"].to_numpy()) / (weights @ by_day["count"].to_numpy())
    return float(values.mean()), _percentiles(means)


@dataclass(frozen=True)
class ProbabilityMeasures:
    """Quality of probabilities of success, each with its interval where it has one."""

    n: int
    n_failures: int
    success_rate: tuple[float, tuple[float, float]]
    mean_probability: float
    log_loss: tuple[float, tuple[float, float]]
    log_loss_base_rate: float
    log_loss_gain: tuple[float, tuple[float, float]]
    auc: tuple[float, tuple[float, float]]


def probability_measures(rows: pd.DataFrame) -> ProbabilityMeasures | None:
    """Log-loss and AUC of predicted success, against the base rate known when it was predicted.

    Parameters
    ----------
    rows : DataFrame
        `success` (0 or 1), `probability`, `base_rate` (of the training rows), `day`.

    Returns
    -------
    ProbabilityMeasures or None
        None where only one outcome occurs: neither measure exists then.
    """
    success = rows["success"].to_numpy()
    if len(set(success)) < 2:
        return None
    loss = _losses(success, rows["probability"])
    base = _losses(success, rows["base_rate"])
    return ProbabilityMeasures(
        n=len(rows),
        n_failures=int((success == 0).sum()),
        success_rate=mean_with_interval(rows["success"], rows["day"]),
        mean_probability=float(rows["probability"].mean()),
        log_loss=mean_with_interval(loss, rows["day"]),
        log_loss_base_rate=float(log_loss(success, rows["base_rate"])),
        log_loss_gain=mean_with_interval(base - loss, rows["day"]),
        auc=_auc_with_interval(rows),
    )


def _losses(success: np.ndarray, probability: pd.Series) -> pd.Series:
    chosen = np.where(success == 1, probability, 1 - probability)
    return pd.Series(-np.log(np.clip(chosen, 1e-12, 1)))


def _auc_with_interval(rows: pd.DataFrame) -> tuple[float, tuple[float, float]]:
    """AUC and its interval; draws with one outcome only are left out."""
    day, n_days = pd.factorize(rows["day"], sort=True)[0], rows["day"].nunique()
    order = np.argsort(rows["probability"].to_numpy(), kind="stable")
    success = rows["success"].to_numpy()[order] == 1
    value = pd.factorize(rows["probability"].to_numpy()[order])[0]
    weights = _day_weights(n_days)[:, day[order]].astype(float)
    draws = _weighted_aucs(weights, success, value)
    score = float(roc_auc_score(rows["success"], rows["probability"]))
    return score, _percentiles(draws[np.isfinite(draws)])


def _weighted_aucs(weights: np.ndarray, success: np.ndarray, value: np.ndarray) -> np.ndarray:
    """AUC of each row of weights; NaN where only one outcome has weight.

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
    won = (succeeded * below).sum(axis=1)
    return np.divide(won, n_pairs, out=np.full(len(won), np.nan), where=n_pairs > 0)


def _day_weights(n_days: int) -> np.ndarray:
    """How often each day is drawn in each resample; shape (n_resamples, n_days)."""
    generator = np.random.default_rng(SEED)
    return generator.multinomial(n_days, np.full(n_days, 1 / n_days), size=N_RESAMPLES)


def _percentiles(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)
