"""Observables: what a file shows of a person and a post, and nothing of the truth.

The rule that must not break: no protected attribute, nothing latent and nothing that is not in the
exports is in here. What is not on record is NaN.
"""

import numpy as np

from simulation.measurement import NEVER, Dossier
from simulation.people import DAYS_PER_YEAR, People
from simulation.structure import CRITICAL_WEIGHT, OFFICIAL, SURPLUS_SHOWN, Posts
from simulation.vocabulary import COMPETENCIES, LEVEL, POTENTIAL, TECHNICAL

GAPS = tuple(f"gap_{name}" for name in COMPETENCIES)
DEFICITS = tuple(f"deficit_{name}" for name in COMPETENCIES)
NAMES = (
    *GAPS,
    *DEFICITS,
    *(f"potential_{name}" for name in POTENTIAL),
    "weighted_gap",
    "worst_critical_gap",
    "coverage",
    "assessment_years",
    "by_centre",
    "results_mean",
    "behaviour_mean",
    "years_above",
    "feedback",
    "hours",
    "course",
    "awards",
    "assignments",
    "sanctioned",
    "education",
    "field_fits",
    "service_years",
    "class_years",
    "family_years",
    "same_family",
    "units_served",
    "same_unit",
    "rank",
    "level",
    "post_level",
    "level_rise",
    "changing",
    "post_family",
    "unit_head_count",
)
PLACE = {name: place for place, name in enumerate(NAMES)}


def assessed_for_post(dossier: Dossier, who: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Assessed levels; the technical one only where the post is of the family assessed."""
    levels = dossier.assessed[who].copy()
    other = dossier.assessed_family[who] != family
    levels[other, TECHNICAL] = np.nan
    return levels


def official_gap(
    levels: np.ndarray, required: np.ndarray, official_weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted gap over what is covered, and the weight that is.

    Returns
    -------
    gap : float64, shape (m,)
        Surplus counts up to half a level; NaN where nothing is covered.
    coverage : float64, shape (m,)
        0 to 1.
    """
    known = ~np.isnan(levels)
    weight = np.where(known, official_weight, 0.0)
    coverage = weight.sum(axis=1)
    gap = np.where(known, np.minimum(levels - required, SURPLUS_SHOWN), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weight * gap).sum(axis=1) / coverage, coverage


def observables(
    people: People,
    dossier: Dossier,
    posts: Posts,
    who: np.ndarray,
    which: np.ndarray,
    day: int,
    head_count: np.ndarray,
) -> np.ndarray:
    """What the file shows of pairs.

    Parameters
    ----------
    who, which : int, shape (m,)
        Rows of people and of posts.
    day : int
        The day of the decision.
    head_count : shape (units,)

    Returns
    -------
    float32, shape (m, len(NAMES))
    """
    family = posts.family[which]
    levels = assessed_for_post(dossier, who, family)
    level = np.asarray(LEVEL)[posts.post_class[which]]
    asked = posts.required[which].copy()
    asked[:, ~np.isin(np.arange(len(COMPETENCIES)), OFFICIAL)] = level[:, None]
    gaps = levels - asked
    weight = posts.official_weight[which]
    weighted, coverage = official_gap(levels, asked, weight)
    official = np.isin(np.arange(len(COMPETENCIES)), OFFICIAL)
    critical = (posts.weight[which] >= CRITICAL_WEIGHT) & official & ~np.isnan(gaps)
    worst = np.where(critical, gaps, np.inf).min(axis=1)
    shown = np.where(np.isin(np.arange(len(COMPETENCIES)), OFFICIAL), weight, 0.05)
    with np.errstate(invalid="ignore"):
        results = _mean(dossier.results[who])
        behaviour = _mean(dossier.behaviour[who])
    known_class = np.asarray(LEVEL)[people.post_class[who]]
    age = np.where(
        dossier.assessed_on[who] == NEVER, np.nan, (day - dossier.assessed_on[who]) / DAYS_PER_YEAR
    )
    columns = [
        gaps,
        shown * np.minimum(gaps, SURPLUS_SHOWN),
        dossier.potential[who],
        weighted,
        np.where(np.isinf(worst), np.nan, worst),
        coverage,
        age,
        np.where(dossier.method[who] == NEVER, np.nan, dossier.method[who] == 0),
        results,
        behaviour,
        (dossier.results[who] == 3).sum(axis=1) + (dossier.behaviour[who] == 3).sum(axis=1),
        dossier.feedback[who],
        dossier.hours[who],
        dossier.course[who],
        dossier.awards[who],
        dossier.assignments[who],
        dossier.sanctioned[who],
        people.education[who],
        people.field[who] == family,
        people.service_years(day)[who],
        (day - people.class_since[who]) / DAYS_PER_YEAR,
        people.family_years[who, family],
        people.family[who] == family,
        people.units_served[who],
        people.unit[who] == posts.unit[which],
        people.rank[who],
        known_class,
        level,
        level - known_class,
        posts.changing[which],
        family,
        head_count[posts.unit[which]],
    ]
    return np.column_stack([np.asarray(column, dtype=np.float32) for column in columns])


def _mean(ratings: np.ndarray) -> np.ndarray:
    known = ~np.isnan(ratings)
    return np.where(known, ratings, 0).sum(axis=1) / np.where(
        known.any(axis=1), known.sum(axis=1), np.nan
    )
