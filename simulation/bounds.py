"""Bounds: how well anybody could rank, from knowing the truth down to drawing lots.

The rule that must not break: everything is measured on vacancies that nothing was fitted on, with
the true probability as gain; ties are broken by a keyed draw, never by the order of rows.

- *Oracle*: sorts by the true probability.
- *Observable Bayes*: sorts by the best function of what is on record, fitted on the truth itself
  (no label, no selection): what a perfect model of the product would come to. It is a fit, so its
  distance from its own limit is measured and printed beside it.
- *Panel*: those interviewed by standing, the one appointed first; the others by documents.
- *Weighted gap*, *rating*: what is on record, as it stands; *random*: lots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from scipy.special import expit

from simulation import chance
from simulation.knobs import Knobs
from simulation.regression import logistic
from simulation.rows import Row, middle_95, resampled_sums, resamples, row
from simulation.sampler import Sample, sample

#: What the preset `realistic` promises.
PROMISED: Final[Mapping[str, str]] = {
    "auc.observable_bayes": "0.75 to 0.83",
    "observable_bayes.ece": "<= 0.005",
    "observable_bayes.doubling_gain": "<= 0.003",
}
RANKINGS: Final = ("oracle", "observable_bayes", "weighted_gap", "panel", "rating", "random")
SHOWN: Final = 5
BINS: Final = 15
#: Vacancies of one size, so that a sample is asked for by pairs.
POOL: Final = 30
ROUNDS: Final = 400
_SETTINGS: Final[Mapping[str, Any]] = {
    "objective": "cross_entropy",
    "num_leaves": 15,
    "learning_rate": 0.08,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True)
class ObservableBayes:
    """The best function of what is on record, as far as it was fitted.

    Attributes
    ----------
    booster : lightgbm.Booster
    curve : float64, shape (2,) or (4,)
        Powers of the booster's logit, from 0 on: trees that are held back say too little at both
        ends. It rises throughout, so that the order of candidates is the booster's.
    """

    booster: lightgbm.Booster
    curve: np.ndarray

    def predict(self, x: np.ndarray, threads: int = 1) -> np.ndarray:
        """Expected true probability of pairs.

        Parameters
        ----------
        x : float32, shape (m, n_observables)
            In the order of `observables.NAMES`.

        Returns
        -------
        float64, shape (m,)
        """
        return expit(_powers(self.booster, x, threads, len(self.curve)) @ self.curve)


def fit(
    x: np.ndarray, p: np.ndarray, *, seed: int = 0, threads: int = 1, rounds: int = ROUNDS
) -> ObservableBayes:
    """Fit the true probability on what is on record, by cross-entropy.

    The last tenth of the pairs is kept from the trees and gives the curve over them.

    Parameters
    ----------
    x : float32, shape (m, n_observables)
    p : float64, shape (m,)
        True probabilities, not outcomes.
    threads : int
        Changes the time, not the result.

    Returns
    -------
    ObservableBayes
    """
    settings = {**_SETTINGS, "seed": seed, "num_threads": threads}
    grown = len(p) - len(p) // 10
    data = lightgbm.Dataset(x[:grown], label=p[:grown], params=settings)
    booster = lightgbm.train(settings, data, rounds)
    powers = _powers(booster, x[grown:], threads, 4)
    curve, _ = logistic(powers, p[grown:])
    lowest, highest = powers[:, 1].min() - 1, powers[:, 1].max() + 1
    slope = np.polynomial.Polynomial(curve).deriv()(np.linspace(lowest, highest, 200))
    if not (slope > 0).all():
        curve, _ = logistic(powers[:, :2], p[grown:])
    return ObservableBayes(booster, curve)


def _powers(booster: lightgbm.Booster, x: np.ndarray, threads: int, count: int) -> np.ndarray:
    predicted = booster.predict(x, num_threads=threads, raw_score=True)
    return np.vander(np.asarray(predicted, dtype=np.float64), count, increasing=True)


def measure(
    knobs: Knobs,
    seed: int = 0,
    *,
    pairs: int = 400_000,
    vacancies: int = 6000,
    pool: int | None = POOL,
    threads: int = 1,
    rounds: int = ROUNDS,
    promised: Mapping[str, str] | None = None,
) -> list[Row]:
    """All bounds of a setting, on vacancies that nothing was fitted on.

    Parameters
    ----------
    knobs : Knobs
    seed : int
        The same rows for the same seed, on any number of threads.
    pairs : int
        Freshly drawn pairs that observable Bayes is fitted on.
    vacancies, pool : int
        Measured on; pools of any size if `pool` is None.
    threads : int
        Changes the time, not the rows.
    rounds : int
        Trees of observable Bayes.
    promised : mapping of str to str, optional
        Bounds by row; `PROMISED` on the preset `realistic`.

    Returns
    -------
    list of rows
        `ndcg5.{ranking}` and `first_choice.{ranking}` (true success of the first) for each of
        `RANKINGS`, `auc.observable_bayes`, and the rows of `fit_error`.
    """
    seeds = chance.stream(seed, "bounds").integers(2**31, size=2)
    fitted_on = sample(knobs, int(seeds[0]), -(-pairs // POOL), POOL)
    fresh = sample(knobs, int(seeds[1]), vacancies, pool)
    whole = fit(fitted_on.x, fitted_on.p, seed=seed, threads=threads, rounds=rounds)
    half = len(fitted_on.p) // 2
    part = fit(fitted_on.x[:half], fitted_on.p[:half], seed=seed, threads=threads, rounds=rounds)
    del fitted_on
    predicted = whole.predict(fresh.x, threads)
    places = rankings(fresh, predicted, seed)
    places["half"] = ranked(part.predict(fresh.x, threads), fresh, seed)
    bounds = promised or {}
    rows = [
        *_ranking_rows(fresh, places, seed, bounds),
        _auc_row(fresh, predicted, seed, bounds),
        *fit_error(fresh, predicted, places, seed, bounds),
    ]
    absent = set(bounds) - {one["name"] for one in rows}
    if absent:
        raise ValueError(f"bounds are promised for rows that do not exist: {sorted(absent)}")
    return rows


def rankings(drawn: Sample, predicted: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Place of every candidate in the pool, 0 the first, by each of `RANKINGS`.

    Parameters
    ----------
    drawn : Sample
    predicted : float64, shape (m,)
        Of observable Bayes.
    seed : int
        Of the draw that breaks ties.

    Returns
    -------
    dict of int arrays, shape (m,)
    """
    lots = _lots(drawn, seed)
    return {
        "oracle": ranked(drawn.p, drawn, seed),
        "observable_bayes": ranked(predicted, drawn, seed),
        "weighted_gap": ranked(drawn.weighted_gap, drawn, seed),
        "panel": panel_places(drawn, seed),
        "rating": ranked(drawn.rating, drawn, seed),
        "random": places_by((lots,), drawn.vacancy),
    }


def ranked(score: np.ndarray, drawn: Sample, seed: int) -> np.ndarray:
    """Place of every candidate in the pool by a score, 0 the highest.

    Parameters
    ----------
    score : float64, shape (m,)
        What is unknown (NaN) counts as the mean of the pool: nobody gains or loses by it.

    Returns
    -------
    int, shape (m,)
    """
    return places_by((filled(score, drawn.vacancy), _lots(drawn, seed)), drawn.vacancy)


def panel_places(drawn: Sample, seed: int) -> np.ndarray:
    """Place of every candidate as the panel has it: the one appointed, those interviewed, the rest.

    Returns
    -------
    int, shape (m,)
    """
    keys = (
        drawn.is_appointed,
        drawn.is_interviewed,
        np.where(drawn.is_interviewed, drawn.standing, 0.0),
        drawn.documents,
        _lots(drawn, seed),
    )
    return places_by(keys, drawn.vacancy)


def places_by(keys: tuple[np.ndarray, ...], vacancy: np.ndarray) -> np.ndarray:
    """Place in the pool by several keys, the first counting most, the highest first.

    Examples
    --------
    >>> first, then = np.array([1.0, 1.0, 2.0, 5.0]), np.array([0.0, 3.0, 0.0, 0.0])
    >>> places_by((first, then), np.array([0, 0, 0, 1])).tolist()
    [2, 1, 0, 0]
    """
    order = np.lexsort((*(-key.astype(np.float64) for key in reversed(keys)), vacancy))
    ordered = vacancy[order]
    starts = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]
    lengths = np.diff(np.r_[starts, len(order)])
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    return places


def filled(score: np.ndarray, vacancy: np.ndarray) -> np.ndarray:
    """A score with the mean of the pool where it is unknown; 0 if all of the pool is.

    Examples
    --------
    >>> filled(np.array([1.0, np.nan, 3.0, np.nan]), np.array([0, 0, 0, 1])).tolist()
    [1.0, 2.0, 3.0, 0.0]
    """
    known = ~np.isnan(score)
    count = np.bincount(vacancy, weights=known)
    total = np.bincount(vacancy, weights=np.where(known, score, 0.0))
    return np.where(known, score, (total / np.maximum(count, 1))[vacancy])


def ndcg(places: np.ndarray, p: np.ndarray, vacancy: np.ndarray, shown: int = SHOWN) -> np.ndarray:
    """NDCG of each vacancy, with the true probability as gain.

    Parameters
    ----------
    places : int, shape (m,)
        Place in the pool, 0 the first.
    p : float64, shape (m,)
        True probability of success.
    vacancy : int, shape (m,)
        Counted from 0.

    Returns
    -------
    float64, shape (vacancies,)

    Examples
    --------
    Of 0.9 and 0.3 the wrong one stands first: (0.3 + 0.9 / log2(3)) / (0.9 + 0.3 / log2(3)).

    >>> ndcg(np.array([1, 0]), np.array([0.9, 0.3]), np.array([0, 0])).round(4).tolist()
    [0.7967]
    """
    best = places_by((p,), vacancy)

    def gain(places: np.ndarray) -> np.ndarray:
        discounted = np.where(places < shown, p / np.log2(places + 2.0), 0.0)
        return np.bincount(vacancy, weights=discounted)

    return gain(places) / gain(best)


def auc(score: np.ndarray, succeeds: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Area under the ROC curve: how often the one who would succeed has the higher score.

    Parameters
    ----------
    score : float64, shape (m,)
    succeeds : bool, shape (m,)
    weight : float64, shape (m,), optional
        How often each pair counts.

    Examples
    --------
    >>> auc(np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    order = np.argsort(score, kind="stable")
    counted = np.ones(len(score)) if weight is None else weight
    return _auc_of_sorted(_tie_groups(score[order]), succeeds[order], counted[order])


def calibration_error(predicted: np.ndarray, p: np.ndarray, bins: int = BINS) -> float:
    """ECE against the true probability, in bins of equal mass.

    Examples
    --------
    >>> calibration_error(np.array([0.2, 0.2, 0.6, 0.6]), np.array([0.1, 0.3, 0.6, 0.8]), 2)
    0.05
    """
    gaps = _bin_gaps(np.argsort(predicted, kind="stable"), p - predicted, bins)
    return float(np.round(np.abs(gaps).sum(), 15))


def fit_error(
    fresh: Sample,
    predicted: np.ndarray,
    places: Mapping[str, np.ndarray],
    seed: int,
    promised: Mapping[str, str],
) -> list[Row]:
    """How far observable Bayes is from the limit of what is on record.

    Parameters
    ----------
    places : mapping of str to int arrays, shape (m,)
        Those of the whole fit (`observable_bayes`) and of a fit on half the pairs (`half`).

    Returns
    -------
    list of rows
        `observable_bayes.ece`: against the true probability; `observable_bayes.ece_by_chance`:
        what a fit without error would show on as many pairs, since the truth scatters around
        anything that is on record; `observable_bayes.doubling_gain`: NDCG@5 gained from the last
        doubling of the pairs. If errors fall with the number of pairs, no more than about as much
        again is left to gain.
    """
    gained = ndcg(places["observable_bayes"], fresh.p, fresh.vacancy) - ndcg(
        places["half"], fresh.p, fresh.vacancy
    )
    unit = "probability"
    figures = {
        "ece": (calibration_error(predicted, fresh.p), None, unit),
        "ece_by_chance": (_error_by_chance(fresh, predicted, seed), None, unit),
        "doubling_gain": (float(gained.mean()), _mean_interval(gained, seed), "NDCG@5"),
    }
    return [
        row(f"observable_bayes.{name}", value, interval, unit=unit,
            bound=promised.get(f"observable_bayes.{name}"))
        for name, (value, interval, unit) in figures.items()
    ]  # fmt: skip


def _error_by_chance(fresh: Sample, predicted: np.ndarray, seed: int, times: int = 50) -> float:
    """Mean ECE if all that is off were the scatter of whole vacancies: their signs drawn anew."""
    order = np.argsort(predicted, kind="stable")
    scatter = fresh.p - predicted
    for rows in np.array_split(order, BINS):
        scatter[rows] -= scatter[rows].mean()
    rng = chance.stream(seed, "scatter")
    signs = rng.choice([-1.0, 1.0], size=(times, fresh.n_vacancies))
    errors = [np.abs(_bin_gaps(order, scatter * one[fresh.vacancy], BINS)).sum() for one in signs]
    return float(np.mean(errors))


def _bin_gaps(order: np.ndarray, away: np.ndarray, bins: int) -> np.ndarray:
    return np.array([away[rows].sum() for rows in np.array_split(order, bins)]) / len(order)


def _ranking_rows(
    fresh: Sample, places: Mapping[str, np.ndarray], seed: int, promised: Mapping[str, str]
) -> list[Row]:
    def rows_of(topic: str, unit: str, of: Callable[[np.ndarray], np.ndarray]) -> list[Row]:
        found = []
        for name in RANKINGS:
            values = of(places[name])
            interval = _mean_interval(values, seed)
            title = f"{topic}.{name}"
            bound = promised.get(title)
            found.append(row(title, values.mean(), interval, unit=unit, bound=bound))
        return found

    def first(places: np.ndarray) -> np.ndarray:
        return np.bincount(fresh.vacancy, weights=np.where(places == 0, fresh.p, 0.0))

    return [
        *rows_of("ndcg5", "NDCG@5", lambda places: ndcg(places, fresh.p, fresh.vacancy)),
        *rows_of("first_choice", "probability", first),
    ]


def _mean_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    return middle_95(resampled_sums(values[:, None], seed)[:, 0] / len(values))


def _auc_row(
    fresh: Sample, predicted: np.ndarray, seed: int, promised: Mapping[str, str], times: int = 400
) -> Row:
    order = np.argsort(predicted, kind="stable")
    groups, succeeds = _tie_groups(predicted[order]), fresh.succeeds[order]
    vacancy = fresh.vacancy[order]
    draws = [
        _auc_of_sorted(groups, succeeds, drawn[vacancy])
        for block in resamples(fresh.n_vacancies, seed, times)
        for drawn in block
    ]
    name = "auc.observable_bayes"
    value = _auc_of_sorted(groups, succeeds, np.ones(len(order)))
    return row(name, value, middle_95(np.array(draws)), unit="AUC", bound=promised.get(name))


def _tie_groups(ordered: np.ndarray) -> np.ndarray:
    """Where each run of equal scores begins."""
    return np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]


def _auc_of_sorted(groups: np.ndarray, succeeds: np.ndarray, weight: np.ndarray) -> float:
    won = np.add.reduceat(np.where(succeeds, weight, 0.0), groups)
    lost = np.add.reduceat(np.where(succeeds, 0.0, weight), groups)
    below = np.cumsum(lost) - 0.5 * lost
    return float((won * below).sum() / (won.sum() * lost.sum()))


def _lots(drawn: Sample, seed: int) -> np.ndarray:
    return chance.uniform(seed, "lots", drawn.person, drawn.vacancy)
