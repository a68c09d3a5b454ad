"""Proxies: how well a column tells an attribute without being a copy of it.

The rule that must not break: a resemblance is a figure with its number of people and its interval;
it refuses nothing and names no group and nobody.
"""

from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
import pandas as pd

from features.identity_linter.relations import Levels, Numbers

_Z = 1.959963984540054
#: Fewer people in a group say nothing that could be told of it.
FEWEST = 20


@dataclass(frozen=True)
class Resemblance:
    """A figure with its interval (95 %) and the number of people behind it."""

    measure: str
    value: float
    low: float
    high: float
    n_people: int


def separation(values: Numbers, groups: Levels) -> Resemblance | None:
    """The area under the curve by which a column tells a group from all others, above a half.

    Of several groups the one that is told best; None where no two sides are large enough. The
    interval is that of Hanley and McNeil (1982).

    Examples
    --------
    >>> sexes = Levels.of(np.repeat([0, 1], 50))
    >>> separation(np.arange(100.0), sexes).value
    1.0
    """
    ranks, n_people = _ranks(values), len(values)
    found: Resemblance | None = None
    for level, size in enumerate(groups.sizes):
        n_in, n_out = int(size), n_people - int(size)
        if min(n_in, n_out) < FEWEST:
            continue
        above = float(ranks[groups.codes == level].sum()) - n_in * (n_in + 1) / 2
        area = above / (n_in * n_out)
        area = max(area, 1.0 - area)
        one, two = area / (2 - area), 2 * area**2 / (1 + area)
        spread = area * (1 - area) + (n_in - 1) * (one - area**2) + (n_out - 1) * (two - area**2)
        reach = _Z * sqrt(max(spread, 0.0) / (n_in * n_out))
        if found is None or area > found.value:
            low, high = max(area - reach, 0.0), min(area + reach, 1.0)
            found = Resemblance("AUC", area, low, high, n_people)
    return found


def rank_correlation(values: Numbers, along: Numbers) -> Resemblance | None:
    """Spearman's rank correlation, its interval by Fisher's transformation.

    Examples
    --------
    >>> rank_correlation(np.arange(30.0), np.arange(30.0) ** 3).value
    1.0
    """
    n_people = len(values)
    if n_people < FEWEST or np.ptp(values) == 0 or np.ptp(along) == 0:
        return None
    value = float(np.corrcoef(_ranks(values), _ranks(along))[0, 1])
    value = min(1.0, max(-1.0, value))
    if abs(value) > 1 - 1e-12:
        whole = float(round(value))
        return Resemblance("rank correlation", whole, whole, whole, n_people)
    # 1.06: Fieller, Hartley and Pearson (1957).
    reach = _Z * sqrt(1.06 / (n_people - 3))
    low, high = tanh(atanh(value) - reach), tanh(atanh(value) + reach)
    return Resemblance("rank correlation", value, low, high, n_people)


def _ranks(values: Numbers) -> Numbers:
    """Ranks from 1; equal values share the mean of theirs."""
    return pd.Series(values).rank().to_numpy()
