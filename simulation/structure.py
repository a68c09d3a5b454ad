"""Posts and units: what each post asks for, and how hard it is.

The rule that must not break: an official standard names behavioural and technical competencies
only; what a post needs of emerging skills is part of the truth and on no record.
"""

from dataclasses import dataclass, fields

import numpy as np

from simulation.knobs import Knobs
from simulation.vocabulary import (
    CHANGE,
    CLASSES,
    DIGITAL,
    LEVEL,
    N_BEHAVIOURAL,
    N_COMPETENCIES,
    N_FAMILIES,
    N_GENERAL,
    TECHNICAL,
)

#: Competencies that a standard names.
OFFICIAL = np.r_[np.arange(N_BEHAVIOURAL), TECHNICAL]
#: A competency with at least this weight is critical.
CRITICAL_WEIGHT = 0.12
#: Surplus counts up to half a level, in official scores too.
SURPLUS_SHOWN = 0.5
#: A standard asks for emerging skills tacitly, half a level below the class.
TACIT = 0.5


@dataclass
class Posts:
    """Posts as arrays, one row each.

    Attributes
    ----------
    key : int64, shape (m,)
    post_class, family, unit : int, shape (m,)
    required : float64, shape (m, n_competencies)
        Levels; columns outside `OFFICIAL` are tacit.
    weight : float64, shape (m, n_competencies)
        What each counts for; adds up to 1.
    changing : int8, shape (m,)
        A post of change: competencies work together there.
    difficulty : float64, shape (m,)
        Taken off the logit of everybody.
    """

    key: np.ndarray
    post_class: np.ndarray
    family: np.ndarray
    unit: np.ndarray
    required: np.ndarray
    weight: np.ndarray
    changing: np.ndarray
    difficulty: np.ndarray

    def __len__(self) -> int:
        """How many posts."""
        return len(self.key)

    def at(self, rows: np.ndarray) -> "Posts":
        """Some of them, in the order asked for."""
        return Posts(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    @property
    def official_weight(self) -> np.ndarray:
        """Weights of the official standard: 0 for what it does not name, adding up to 1."""
        weight = np.zeros_like(self.weight)
        weight[:, OFFICIAL] = self.weight[:, OFFICIAL]
        return weight / weight.sum(axis=1, keepdims=True)


def draw_posts(
    rng: np.random.Generator, post_class: np.ndarray, units: int, first_key: int = 0
) -> Posts:
    """Posts of given classes, with what they ask for.

    Returns
    -------
    Posts
    """
    m = len(post_class)
    level = np.asarray(LEVEL)[post_class]
    required = level[:, None] + rng.choice([-1, 0, 0, 0, 0, 1], size=(m, N_COMPETENCIES))
    required = np.clip(required, 1, 5).astype(np.float64)
    required[:, N_BEHAVIOURAL:N_GENERAL] = np.maximum(level[:, None] - TACIT, 1.0)
    # A few official competencies stand out by chance, the technical one by far.
    weight = rng.gamma(2.0, 1.0, size=(m, N_COMPETENCIES)) + 0.3
    weight[:, TACIT_COLUMNS] *= 0.7
    weight[:, TECHNICAL] *= np.where(level <= 3, 2.6, 2.0)
    changing = (rng.random(m) < 0.35).astype(np.int8)
    weight[:, CHANGE] *= 1 + 0.8 * changing
    weight[:, DIGITAL] *= 1 + 0.8 * changing
    return Posts(
        key=np.arange(first_key, first_key + m, dtype=np.int64),
        post_class=np.asarray(post_class),
        family=rng.integers(0, N_FAMILIES, m),
        unit=rng.integers(0, units, m),
        required=required,
        weight=weight / weight.sum(axis=1, keepdims=True),
        changing=changing,
        difficulty=rng.normal(0.0, 0.35, m),
    )


TACIT_COLUMNS = np.arange(N_BEHAVIOURAL, N_GENERAL)


def plain_posts(rng: np.random.Generator, first_key: int) -> Posts:
    """One post for each class and family: the work of those who hold no post of their own.

    Row `class * n_families + family`.
    """
    post_class = np.repeat(np.arange(len(CLASSES)), N_FAMILIES)
    posts = draw_posts(rng, post_class, 1, first_key)
    posts.family = np.tile(np.arange(N_FAMILIES), len(CLASSES))
    posts.required = np.round(np.asarray(LEVEL)[post_class][:, None] * np.ones(N_COMPETENCIES))
    posts.required[:, TACIT_COLUMNS] = np.maximum(posts.required[:, TACIT_COLUMNS] - TACIT, 1.0)
    return posts


def unit_quality(rng: np.random.Generator, units: int) -> np.ndarray:
    """How well units are run: standard normal, lasting."""
    return rng.normal(size=units)


def required_in(posts: Posts, knobs: Knobs, year: int) -> np.ndarray:
    """Required levels in a year; from the year of drift on, more digital skill is asked for."""
    if not knobs.drift_year or year < knobs.drift_year:
        return posts.required
    required = posts.required.copy()
    required[:, DIGITAL] += knobs.drift_requirement
    return required
