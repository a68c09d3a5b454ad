"""Bounds on readiness where panels chose by what nobody recorded.

The rule that must not break: where selection is not identified no single number is given. How much
better the appointed are than others with the same record cannot be learnt from any data; it is
assumed, as an odds ratio, and the assumption is shown beside every bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit

#: Odds ratios that are shown, from *as the record says* to *panels know nearly everything*.
ODDS_RATIOS: Final = (1.0, 1.25, 1.5, 2.0, 4.0, 8.0)
#: Of these, the ones in answers: the last holds what simulated panels know that nobody recorded.
ODDS_RATIOS_SHOWN: Final = (2.0, 4.0, 8.0)


@dataclass(frozen=True, eq=False)
class OddsBounds:
    """Lowest and highest probability of success under one assumption.

    Attributes
    ----------
    odds_ratio : float
        The odds of success of the appointed over those of others with the same record lie between
        its inverse and it.
    low, high : ndarray, shape (n_people,)
    """

    odds_ratio: float
    low: np.ndarray
    high: np.ndarray


def odds_bounds(
    probability: np.ndarray,
    appointed: np.ndarray | float,
    odds_ratios: Sequence[float] = ODDS_RATIOS,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
) -> list[OddsBounds]:
    """What a model of the appointed allows to be said of everybody.

    Parameters
    ----------
    probability : ndarray, shape (n_people,)
        Of success, by a model of those appointed.
    appointed : ndarray, shape (n_people,), or float
        Probability that a panel appoints somebody with such a record.
    odds_ratios : sequence of float
        Each at least 1.
    interval : tuple of ndarray, shape (n_people,), optional
        Lowest and highest probability that the labels themselves allow: the bounds then hold the
        error of sampling as well.

    Returns
    -------
    list of OddsBounds
        In the order of `odds_ratios`.

    Raises
    ------
    ValueError
        If an odds ratio is below 1, or a probability none.

    Source
    ------
    Rambachan, Coston and Kennedy (2022), robust bounds under unmeasured confounding.

    Examples
    --------
    Even odds of the appointed, of whom there are none to speak of: at a ratio of 4, others have
    odds between one to four and four to one.

    >>> (found,) = odds_bounds(np.array([0.5]), 0.0, [4.0])
    >>> found.low.round(3).tolist(), found.high.round(3).tolist()
    ([0.2], [0.8])
    """
    if not all(ratio >= 1 for ratio in odds_ratios):
        raise ValueError("an odds ratio of panels' knowledge is at least 1")
    for chance in (np.asarray(probability), np.asarray(appointed)):
        if not ((chance >= 0) & (chance <= 1)).all():
            raise ValueError("a probability lies between 0 and 1")
    lowest, highest = (probability, probability) if interval is None else interval
    found = []
    for ratio in odds_ratios:
        low, high = _moved(lowest, -np.log(ratio)), _moved(highest, np.log(ratio))
        found.append(
            OddsBounds(
                ratio,
                appointed * lowest + (1 - appointed) * low,
                appointed * highest + (1 - appointed) * high,
            )
        )
    return found


def _moved(probability: np.ndarray, step: float) -> np.ndarray:
    """Probabilities with so much added to their logit."""
    return expit(logit(np.clip(probability, 1e-9, 1 - 1e-9)) + step)
