"""Success: the one equation of what becomes of a person in a post.

The rule that must not break: the agency, the sampler, stored truths and truths on demand all come
through `effects`. The latent performance is the truth; every label is its shadow.

What the models of the product cannot represent exactly is in here on purpose: surplus that
saturates at half a level, the worst gap among critical competencies, two smooth minima (one
strength does not make up for the other weakness), an optimum of experience, and motivation on no
record.
"""

from dataclasses import dataclass

import numpy as np

from simulation import chance
from simulation.knobs import Knobs
from simulation.structure import CRITICAL_WEIGHT, OFFICIAL
from simulation.vocabulary import (
    ANALYTICAL,
    CHANGE,
    DECISION,
    DIGITAL,
    LEVEL,
    REASON_GROUPS,
)

SURPLUS = 0.5
BEST_EXPERIENCE = 12.0
EXPERIENCE_SPREAD = 9.0
BREADTH_FROM_LEVEL = 3
#: What brings the mean of a pool to where about two in five would succeed.
INTERCEPT = (0.0, 0.0, -0.15, 0.25, 0.65, 1.1)


@dataclass(frozen=True)
class Effects:
    """What each reason group adds to the logit of success, and the whole.

    Attributes
    ----------
    groups : float64, shape (m, n_reason_groups)
        In the order of `REASON_GROUPS`.
    base : float64, shape (m,)
        What belongs to the post alone.
    """

    groups: np.ndarray
    base: np.ndarray

    @property
    def logit(self) -> np.ndarray:
        """Logit of success."""
        return self.base + self.groups.sum(axis=1)

    @property
    def probability(self) -> np.ndarray:
        """P(success if appointed): the truth that everything is measured against."""
        return 1.0 / (1.0 + np.exp(-self.logit))

    def of(self, group: str) -> np.ndarray:
        """Effect of one group."""
        return self.groups[:, REASON_GROUPS.index(group)]


def effects(
    knobs: Knobs,
    *,
    abilities: np.ndarray,
    conduct: np.ndarray,
    family_years: np.ndarray,
    units_served: np.ndarray,
    motivation: np.ndarray,
    required: np.ndarray,
    weight: np.ndarray,
    post_class: np.ndarray,
    changing: np.ndarray,
    difficulty: np.ndarray,
) -> Effects:
    """Effects of pairs of a person and a post, row by row.

    Parameters
    ----------
    abilities, required, weight : float64, shape (m, n_competencies)
        `abilities` as `people.for_post` gives them.
    family_years : float64, shape (m,)
        Years in the family of the post.
    motivation : float64, shape (m,)
        See `motivation`.

    Returns
    -------
    Effects
    """
    gap = abilities - required
    saturated = np.minimum(gap, SURPLUS)
    fit = (weight * saturated).sum(axis=1)
    official = np.zeros(weight.shape[1], dtype=bool)
    official[OFFICIAL] = True
    critical = (weight >= CRITICAL_WEIGHT) & official
    worst = np.where(critical, np.minimum(gap, 0.0), 0.0).min(axis=1)
    level = np.asarray(LEVEL)[post_class]
    away = (family_years - BEST_EXPERIENCE) / EXPERIENCE_SPREAD
    breadth = np.minimum(units_served, 5) / 2.0 - 1.0
    together = np.where(
        changing == 1,
        smooth_minimum(gap[:, CHANGE], gap[:, DIGITAL]),
        0.5 * smooth_minimum(gap[:, ANALYTICAL], gap[:, DECISION]),
    )
    groups = np.stack(
        [
            knobs.fit_weight * fit,
            knobs.critical_weight * worst,
            knobs.conduct_weight * conduct,
            knobs.experience_weight * (1.0 - np.minimum(away**2, 2.0)),
            knobs.breadth_weight * np.where(level >= BREADTH_FROM_LEVEL, breadth, 0.0),
            knobs.interaction_weight * together,
            knobs.unrecorded_weight * motivation,
        ],
        axis=1,
    )
    base = np.asarray(INTERCEPT)[level] - difficulty
    return Effects(knobs.steepness * groups, knobs.steepness * base)


def smooth_minimum(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The lesser of two gaps, with a rounded edge: rising in both, a product of neither.

    >>> float(np.round(smooth_minimum(np.array(-2.0), np.array(1.0)), 3))
    -2.001
    """
    return np.clip(-0.5 * np.logaddexp(-2.0 * first, -2.0 * second), -2.5, 1.5)


def motivation(seed: int, person_key: np.ndarray, post_key: np.ndarray) -> np.ndarray:
    """How much somebody wants that very post: standard normal, lasting, on no record."""
    return chance.normal(seed, "motivation", person_key, post_key)


def happens(
    seed: int,
    person_key: np.ndarray,
    post_key: np.ndarray,
    year: np.ndarray | int,
    logit: np.ndarray,
) -> np.ndarray:
    """Whether somebody appointed in a year would succeed: the potential outcome of every pair.

    Returns
    -------
    bool, shape (m,)
        True with probability `1 / (1 + exp(-logit))`, the same for the same keys in any order.
    """
    return latent_performance(seed, person_key, post_key, year, logit) > 0


def latent_performance(
    seed: int,
    person_key: np.ndarray,
    post_key: np.ndarray,
    year: np.ndarray | int,
    logit: np.ndarray,
) -> np.ndarray:
    """How well somebody appointed in a year would do: the logit of success and logistic luck.

    Returns
    -------
    float64, shape (m,)
        Above 0 exactly where `happens` says so.

    Examples
    --------
    >>> one = np.array([1]), np.array([2]), 2020
    >>> low, high = (latent_performance(7, *one, np.array([at])) for at in (0.0, 2.0))
    >>> happened = happens(7, *one, np.array([2.0]))
    >>> float(np.round(high - low, 9)[0]), bool(happened[0] == (high > 0)[0])
    (2.0, True)
    """
    return logit + chance.logistic(seed, "outcome", person_key, post_key, year)
