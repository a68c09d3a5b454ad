"""Validity: how far each thing on record goes along with how well people would do.

The rule that must not break: a predictor is compared with latent performance inside one vacancy,
never across vacancies, and only where it is on record; nothing is corrected for what is not there.

The scale of comparison is that of validity studies of selection: on the preset
`realistic` each predictor alone lies between 0.2 and 0.45.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulation.observables import PLACE
from simulation.rows import Row, middle_95, resampled_sums, row
from simulation.sampler import Sample
from simulation.vocabulary import POTENTIAL

#: What the preset `realistic` promises of each.
PROMISED: Final = "0.2 to 0.45"


def predictors(drawn: Sample) -> dict[str, np.ndarray]:
    """Single predictors of pairs, NaN where there is nothing.

    Returns
    -------
    dict of float64 arrays, shape (m,)
        `interview`: mean score of those interviewed; `weighted_gap`: against the official standard;
        `technical`: assessed gap in the family of the post; `potential`: mean of its eight
        aspects; `rating`: mean of the ratings of three years; `feedback`: of all around.
    """
    aspects = drawn.x[:, [PLACE[f"potential_{name}"] for name in POTENTIAL]]
    return {
        "interview": drawn.mean_score,
        "weighted_gap": drawn.weighted_gap,
        "technical": drawn.x[:, PLACE["gap_teknis"]].astype(np.float64),
        "potential": aspects.astype(np.float64).mean(axis=1),
        "rating": drawn.rating,
        "feedback": drawn.x[:, PLACE["feedback"]].astype(np.float64),
    }


def moments(predictor: np.ndarray, outcome: np.ndarray, vacancy: np.ndarray) -> np.ndarray:
    """What each vacancy adds to the variances and the covariance within vacancies.

    Parameters
    ----------
    predictor, outcome : float64, shape (m,)
        Pairs without a predictor (NaN) are left out.
    vacancy : int, shape (m,)

    Returns
    -------
    float64, shape (vacancies, 3)
        Sums of squares of the predictor, of the outcome, and of products, each about the means of
        the vacancy.

    Examples
    --------
    >>> moments(np.array([1., 3., 9.]), np.array([2., 0., 5.]), np.array([0, 0, 1])).tolist()
    [[2.0, 2.0, -2.0], [0.0, 0.0, 0.0]]
    """
    known = ~np.isnan(predictor)
    at, count = vacancy[known], int(vacancy.max()) + 1
    size = np.maximum(np.bincount(at, minlength=count), 1)

    def about_mean(values: np.ndarray) -> np.ndarray:
        return values - (np.bincount(at, weights=values, minlength=count) / size)[at]

    first, second = about_mean(predictor[known]), about_mean(outcome[known])
    products = (first**2, second**2, first * second)
    return np.column_stack([np.bincount(at, weights=one, minlength=count) for one in products])


def correlation(sums: np.ndarray) -> np.ndarray:
    """Correlations from sums of `moments`.

    >>> correlation(np.array([[2.0, 2.0, -2.0]])).tolist()
    [-1.0]
    """
    return sums[:, 2] / np.sqrt(sums[:, 0] * sums[:, 1])


def validity_rows(drawn: Sample, seed: int, promised: str | None = None) -> list[Row]:
    """Validity of every predictor alone, with intervals over vacancies.

    Parameters
    ----------
    promised : str, optional
        Bound that each has to keep; `PROMISED` on the preset `realistic`.

    Returns
    -------
    list of rows
        `validity.{predictor}`.
    """
    return rows_of(predictors(drawn), drawn.latent, drawn.vacancy, seed, promised)


def rows_of(
    found: Mapping[str, np.ndarray],
    latent: np.ndarray,
    vacancy: np.ndarray,
    seed: int,
    promised: str | None = None,
) -> list[Row]:
    """As `validity_rows`, of arrays from anywhere.

    Parameters
    ----------
    found : mapping of str to float64 arrays, shape (m,)
    latent : float64, shape (m,)
        Latent performance, see `success.latent_performance`.
    vacancy : int, shape (m,)

    Examples
    --------
    >>> one = np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(rows_of({"rating": one}, one, np.array([0, 0, 1, 1]), seed=7)[0]["value"], 6)
    1.0
    """
    rows = []
    for name, predictor in found.items():
        sums = moments(predictor, latent, vacancy)
        value = correlation(sums.sum(axis=0, keepdims=True))[0]
        interval = middle_95(correlation(resampled_sums(sums, seed)))
        rows.append(row(f"validity.{name}", value, interval, unit="correlation", bound=promised))
    return rows
