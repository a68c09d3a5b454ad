"""Regression: the few maximum-likelihood fits that are asked for here, by Newton's method.

The rule that must not break: standard errors hold inside clusters of any kind (sandwich), and what
a column cannot say comes out as NaN, never as an effect of 0.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import expit

#: Values and standard errors, one of each for every column asked about.
Found = tuple[np.ndarray, np.ndarray]
_STEPS: Final = 50
_FURTHEST: Final = 3.0
_STILL: Final = 1e-9
_SILENT: Final = 1e-9


def about_mean(values: np.ndarray, vacancy: np.ndarray) -> np.ndarray:
    """Values less the mean of their vacancy, column by column.

    Examples
    --------
    >>> about_mean(np.array([1.0, 3.0, 7.0]), np.array([0, 0, 5])).tolist()
    [-1.0, 1.0, 0.0]
    """
    _, at, size = np.unique(vacancy, return_inverse=True, return_counts=True)
    flat = values.reshape(len(values), -1)
    means = [np.bincount(at, weights=column) / size for column in flat.T]
    return (flat - np.column_stack(means)[at]).reshape(values.shape)


def least_squares(design: np.ndarray, outcome: np.ndarray, cluster: np.ndarray) -> Found:
    """Least squares.

    Parameters
    ----------
    design : float64, shape (m, q)
        With a column of ones if there is to be a constant.
    outcome : float64, shape (m,)
    cluster : int, shape (m,)

    Examples
    --------
    >>> design = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    >>> least_squares(design, np.array([1.0, 3.0, 5.0]), np.arange(3))[0].round(6).tolist()
    [1.0, 2.0]
    """

    def at(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores = design * (outcome - design @ coefficients)[:, None]
        return scores, design.T @ design

    return _newton(design.shape[1], at, cluster, furthest=np.inf)


def logistic(design: np.ndarray, outcome: np.ndarray) -> Found:
    """Logistic regression of outcomes, or of probabilities, in 0 to 1; every row by itself.

    Examples
    --------
    >>> half = np.array([0.0, 1.0, 1.0, 1.0])
    >>> logistic(np.ones((4, 1)), half)[0].round(4).tolist()  # log(3)
    [1.0986]
    """

    def at(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = expit(design @ coefficients)
        information = (design * (mean * (1 - mean))[:, None]).T @ design
        return design * (outcome - mean)[:, None], information

    return _newton(design.shape[1], at, np.arange(len(outcome)))


def poisson(design: np.ndarray, outcome: np.ndarray) -> Found:
    """Poisson regression of counts, on the log of their rate; every row by itself.

    Examples
    --------
    >>> poisson(np.ones((2, 1)), np.array([1.0, 3.0]))[0].round(4).tolist()  # log(2)
    [0.6931]
    """

    def at(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = np.exp(design @ coefficients)
        return design * (outcome - mean)[:, None], (design * mean[:, None]).T @ design

    return _newton(design.shape[1], at, np.arange(len(outcome)))


def conditional_logit(design: np.ndarray, is_chosen: np.ndarray, vacancy: np.ndarray) -> Found:
    """Conditional logit: one is chosen of each vacancy, by a linear standing and Gumbel noise.

    With the bias reduction of Firth (1993), under which no coefficient runs away either.

    Parameters
    ----------
    design : float64, shape (m, q)
    is_chosen : bool, shape (m,)
    vacancy : int, shape (m,)

    Examples
    --------
    Of pairs that differ in one thing, three in four with it are chosen: 0.847, less than log(3), as
    Firth's term adds half a choice to each side.

    >>> design, vacancy = np.array([[1.0], [0.0]] * 4), np.repeat(np.arange(4), 2)
    >>> chosen = np.array([1, 0, 1, 0, 1, 0, 0, 1], dtype=bool)
    >>> conditional_logit(design, chosen, vacancy)[0].round(3).tolist()
    [0.847]
    """
    _, place = np.unique(vacancy, return_inverse=True)
    count = int(place.max()) + 1

    def at(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        standing = design @ coefficients
        highest = np.full(count, -np.inf)
        np.maximum.at(highest, place, standing)
        weight = np.exp(standing - highest[place])
        chance_of = weight / np.bincount(place, weights=weight)[place]
        means = np.column_stack(
            [np.bincount(place, weights=chance_of * column) for column in design.T]
        )
        away = design - means[place]
        information = (away * chance_of[:, None]).T @ away
        # Firth's term: without it every coefficient is too large by a few per cent of itself.
        leverage = chance_of * np.einsum("ij,ij->i", away @ np.linalg.pinv(information), away)
        return away * (is_chosen + 0.5 * leverage)[:, None], information

    return _newton(design.shape[1], at, place)


def _newton(
    size: int,
    at: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    cluster: np.ndarray,
    furthest: float = _FURTHEST,
) -> Found:
    """Where the scores add up to nothing, with errors that hold inside clusters of any kind.

    `at` gives the scores of the rows and the information at some coefficients. A column that says
    nothing (nobody of the group was there) comes out as NaN, never as a bias of 0.
    """
    coefficients = np.zeros(size)
    says = np.diag(at(coefficients)[1]) > _SILENT
    for _ in range(_STEPS):
        scores, information = at(coefficients)
        step = np.zeros(size)
        step[says] = np.linalg.solve(information[np.ix_(says, says)], scores.sum(axis=0)[says])
        # All of these are concave: steps that are cut short still arrive.
        step *= min(1.0, furthest / max(np.abs(step).max(), _SILENT))
        coefficients = coefficients + step
        if np.abs(step).max() < _STILL:
            break
    scores, information = at(coefficients)
    inverse = np.linalg.inv(information[np.ix_(says, says)])
    groups = np.column_stack([np.bincount(cluster, weights=column) for column in scores.T])
    groups = groups[np.bincount(cluster) > 0][:, says]
    spread = inverse @ (groups.T @ groups) @ inverse * len(groups) / (len(groups) - 1)
    value, error = np.full(size, np.nan), np.full(size, np.nan)
    value[says], error[says] = coefficients[says], np.sqrt(np.diag(spread))
    return value, error
