"""Invented labels: people who never lived, features of the catalogue, a known readiness.

The rule that must not break: everything follows from the seed, and nothing from a real record.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, Catalogue, Feature

# Known logit: its terms, each on a feature scaled to [0, 1].
TERMS = {
    "years_in_fields": 1.6,
    "share_fields_held": 1.2,
    "n_organisations": 0.8,
    "step_rise": -1.4,
    "share_short_posts": -1.2,
}
MISSING_TERM = {"mean_tenure_years": -0.6}
TOPS = {
    "years": 15.0,
    "count": 12.0,
    "share": 1.0,
    "percentile": 1.0,
    "yes/no": 1.0,
    "steps": 5.0,
    "levels": 1.0,
    "deviations": 3.0,
    "points": 1.0,
    "expectation": 1.0,
    "severity": 1.0,
    "hours": 200.0,
    "nats": 1.0,
}
#: Features of careers that came later; drawn apart, so that the labels stay as they are.
ADDED = (
    *("n_caretaker", "years_acting", "n_demotions", "n_equalisations", "field_entropy"),
    *("n_remote_posts", "years_remote", "has_studied_field"),
)
SHARE_MISSING = {"mean_tenure_years": 0.3, "years_since_last_post": 0.6, "years_in_post": 0.2}


@dataclass(frozen=True)
class Labels:
    """Invented appointments in order of their day.

    Parameters
    ----------
    X : DataFrame, shape (n, n_features)
    y : Series of {0, 1}
    groups : Series of str
        Four appointments a reshuffle.
    day : Series of date
    logit : ndarray
        The known log-odds that the outcomes were drawn with.
    """

    X: pd.DataFrame
    y: pd.Series
    groups: pd.Series
    day: pd.Series
    logit: np.ndarray


def candidates(n: int, seed: int, catalogue: Catalogue = CATALOGUE) -> pd.DataFrame:
    """A feature frame of `n` invented people, some of their values missing."""
    draw, beside = np.random.default_rng(seed), np.random.default_rng([seed, 2])
    values = {f.name: _values(f, n, draw) for f in catalogue if _counts(f)}
    values |= {f.name: _values(f, n, beside) for f in catalogue if not _counts(f)}
    frame = pd.DataFrame(values)[catalogue.names]
    for name, share in SHARE_MISSING.items():
        frame.loc[draw.random(n) < share, name] = np.nan
    return frame


def _counts(feature: Feature) -> bool:
    """Whether it was in the catalogue when these labels were invented; the others are noise."""
    return feature.room in ("trajectory", "match") and feature.name not in ADDED


def known_logit(X: pd.DataFrame) -> np.ndarray:
    """The log-odds of success that invented outcomes are drawn with."""
    total = np.full(len(X), 0.7)
    for name, weight in TERMS.items():
        total += weight * X[name].to_numpy() / TOPS[CATALOGUE[name].unit]
    for name, weight in MISSING_TERM.items():
        total += weight * X[name].isna().to_numpy()
    return total


def labels(n: int = 1000, seed: int = 7, first: date = date(2001, 1, 1)) -> Labels:
    """`n` invented appointments, one a week, four to a reshuffle, about a fifth of them failed."""
    X = candidates(n, seed)
    logit = known_logit(X)
    draw = np.random.default_rng([seed, 1])
    y = (draw.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    reshuffle = np.arange(n) // 4
    day = [first + timedelta(weeks=int(k)) for k in reshuffle]
    return Labels(
        X,
        pd.Series(y),
        pd.Series([f"reshuffle-{k:04d}" for k in reshuffle]),
        pd.Series(day),
        logit,
    )


def _values(feature: Feature, n: int, draw: np.random.Generator) -> np.ndarray:
    top = TOPS[feature.unit]
    if feature.unit == "yes/no":
        return (draw.random(n) < 0.4).astype(float)
    if feature.unit in ("count", "steps"):
        return np.floor(draw.random(n) * top) + max(feature.low, 0)
    low = max(feature.low, -top)
    return np.round(low + draw.random(n) * (min(feature.high, top) - low), 3)
