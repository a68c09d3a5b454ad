"""Exact relations between a column and an attribute, each with its chance of being a coincidence.

The rule that must not break: a relation is exact or it is none. Its chance is an upper bound of the
share of all ways to deal the attribute out among the same people under which it would hold as well,
so that a coincidence among few people is never taken for a copy.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, log

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: Days by which a birth date may be off and still be a copy of it.
SLACK_DAYS = 2.0
#: Shares of the spread of a column. A copy that was written with six digits is off by half of the
#: last of them: of an age, by minutes. What is honest is further off, by days at least.
_RELATIVE_ERROR, _RELATIVE_ERROR_OF_FEW = 1e-6, 1e-3
#: A spread of fewer steps from one machine number to the next is rounding: a sum of shares that is
#: 1 but for its last bits. And by one step of ten thousand an age is off by no more than two days.
_FEWEST_STEPS = 10_000


@dataclass(frozen=True)
class Levels:
    """Values as codes of their distinct levels; levels of numbers are in order.

    Parameters
    ----------
    codes : array of int, shape (n_people,)
    n_levels : int
    """

    codes: Codes
    n_levels: int

    @classmethod
    def of(cls, values: npt.NDArray) -> "Levels":
        """The levels of an array without missing values."""
        levels, codes = np.unique(values, return_inverse=True)
        return cls(codes.reshape(-1), len(levels))

    @classmethod
    def of_codes(cls, codes: Codes) -> "Levels":
        """The same of codes from 0, without sorting them."""
        is_there = np.zeros(codes.max(initial=-1) + 1, dtype=bool)
        is_there[codes] = True
        places = np.cumsum(is_there) - 1
        return cls(places[codes], int(is_there.sum()))

    @cached_property
    def sizes(self) -> Codes:
        """How many people have each level."""
        return np.bincount(self.codes, minlength=self.n_levels)

    @cached_property
    def first(self) -> Codes:
        """Place of the first person of each level."""
        places = np.empty(self.n_levels, dtype=np.intp)
        places[self.codes[::-1]] = np.arange(len(self.codes) - 1, -1, -1)
        return places

    @cached_property
    def log_ways(self) -> float:
        """Log of the number of ways to deal the levels out among the people."""
        return float(gammaln(len(self.codes) + 1) - gammaln(self.sizes + 1.0).sum())


def determines(one: Levels, other: Levels) -> float:
    """Log of the chance that one column tells the other exactly; infinite where it does not.

    With `m` levels that tell and `k` that are told there are at most `k**m` ways to be exact. And
    each two people of one level must be dealt the same: see `_chance_of_pairs`.

    Examples
    --------
    Forty people, twenty of each sex: two in C(40, 20) ways are exact, at most four are counted.

    >>> sexes = Levels.of(np.repeat(["f", "m"], 20))
    >>> codes = Levels.of(np.repeat([7.0, 3.0], 20))
    >>> round(float(np.exp(determines(codes, sexes))), 13)
    2.9e-11

    Six hundred people of whom some were born on one day, and days that were scrambled:

    >>> draw = np.random.default_rng(1)
    >>> days = Levels.of(draw.integers(0, 12_000, 600))
    >>> scrambled = Levels.of(draw.permutation(12_000)[days.codes])
    >>> determines(days, scrambled) < -50.0
    True
    """
    if other.n_levels < 2 or one.n_levels < 2:
        return inf
    told = other.codes[one.first]
    if not np.array_equal(told[one.codes], other.codes):
        return inf
    by_levels = one.n_levels * log(other.n_levels) - other.log_ways
    return min(0.0, by_levels, _chance_of_pairs(one, other))


def _chance_of_pairs(one: Levels, other: Levels) -> float:
    """Log of a bound of the chance that pairs of one level have the same in the other.

    It tells a birth date that was scrambled in whatever way, for some people share one: of two
    thousand a hundred and fifty pairs. Each pair in turn is dealt two of those that are left, and
    those that are the same are no more than there were at first.
    """
    n_people, n_pairs = len(one.codes), int((one.sizes // 2).sum())
    n_same = int((other.sizes * (other.sizes - 1)).sum())
    if n_pairs == 0 or n_same == 0:
        return 0.0
    left = n_people - 2.0 * np.arange(n_pairs)
    chances = log(n_same) - np.log(np.maximum(left * (left - 1), 1.0))
    return float(chances[chances < 0.0].sum())


def follows(values: Numbers, along: Numbers, slack: float = 0.0) -> float:
    """Log of the chance that values only rise, or only fall, along another quantity.

    Whoever stands within the slack of each other may stand in any order. Rounding, any monotone
    transformation and any bands of the quantity are caught by it.

    Parameters
    ----------
    values, along : array of float, shape (n_people,)
    slack : float
        In units of `along`.
    """
    levels = Levels.of(values)
    if levels.n_levels < 2:
        return inf
    order = np.argsort(along, kind="stable")
    ranked, codes = along[order], levels.codes[order]
    earlier = np.searchsorted(ranked, ranked - slack, side="left")
    crowd = int((np.searchsorted(ranked, ranked + slack, side="right") - earlier).max())
    for signed in (codes, levels.n_levels - 1 - codes):
        highest = np.maximum.accumulate(signed)
        bound = np.where(earlier > 0, highest[np.maximum(earlier - 1, 0)], -1)
        if (signed >= bound).all():
            # Each may change places with those of the same crowd only.
            loose = len(codes) * log(crowd) if crowd > 1 else 0.0
            return min(0.0, log(2.0) + loose - levels.log_ways)
    return inf


def banded(levels: Levels, along: Numbers) -> float:
    """Log of the chance that each level is one band of another quantity, or the wrap of a circle.

    However the bands are called: a decade of birth as a letter, a sign of the zodiac.
    """
    places = Levels.of(along)
    if levels.n_levels < 2 or places.n_levels <= levels.n_levels:
        return inf
    told = levels.codes[places.first]
    if not np.array_equal(told[places.codes], levels.codes):
        return inf
    n_runs = 1 + int((np.diff(told) != 0).sum())
    if n_runs > levels.n_levels + 1:
        return inf
    cuts = _log_choose(places.n_levels - 1, n_runs - 1)
    names = log(levels.n_levels) + (n_runs - 1) * log(max(levels.n_levels - 1, 1))
    return min(0.0, cuts + names - levels.log_ways)


def linear(values: Numbers, coding: Numbers) -> float:
    """Log of the chance that values are a coding but for zero point and unit.

    The coding has to explain how the values differ: they are held against their spread, never
    against their size, for beside its size nothing matters of a column that is nearly constant.

    Examples
    --------
    >>> birth_years = np.arange(1960.0, 1990.0)
    >>> linear((birth_years - 1970.0) / 10.0, birth_years) < log(1e-9)
    True

    Thirty sums of shares, which are one but for rounding, are no line of anything:

    >>> linear(1.0 + np.resize([0.0, 1.0, -1.0, 2.0], 30) * 2.0**-52, birth_years)
    inf
    """
    leeway = _leeway(values)
    if not leeway or not np.ptp(coding) or _off_a_line(values, coding) > leeway:
        return inf
    levels = Levels.of(values)
    ranked = np.unique(values)
    # Values that are nearer to each other than that may change places.
    is_apart = np.diff(ranked, prepend=ranked[0]) > 2.0 * leeway
    levels = Levels.of_codes(is_apart.cumsum(dtype=np.intp)[levels.codes])
    if levels.n_levels < 3:
        return inf
    return min(0.0, log(2.0) - levels.log_ways)


def may_be_linear(values: Numbers, coding: Numbers, spread: float) -> bool:
    """Whether a few people leave it open that values are a coding but for zero point and unit.

    Parameters
    ----------
    values, coding : array of float, shape (n_people,)
        Of the few.
    spread : float
        Of the whole column: they may all lie near the middle, or be equal but for rounding.
    """
    return len(values) == 0 or _off_a_line(values, coding) <= _RELATIVE_ERROR_OF_FEW * spread


def _leeway(values: Numbers) -> float:
    """By how much values may be off a line: by the last of the digits that they carry.

    None at all where they differ by rounding only.
    """
    spread, largest = float(np.ptp(values)), float(np.abs(values).max())
    if not isfinite(spread) or spread < _FEWEST_STEPS * np.spacing(largest):
        return 0.0
    step = float(np.spacing(largest))
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
        coarse = float(np.spacing(np.float32(largest)))
    if np.array_equal(single, values) and spread >= _FEWEST_STEPS * coarse:
        step = coarse
    return max(_RELATIVE_ERROR * spread, step)


def _off_a_line(values: Numbers, coding: Numbers) -> float:
    """How far the values are, at most, from the line that fits them best."""
    # The mean of large numbers is off by more than they differ: one of them is taken off first.
    moved = values - values[0]
    spread, centred = coding - coding.mean(), moved - moved.mean()
    size = float(spread @ spread)
    slope = float(centred @ spread) / size if size else 0.0
    return float(np.abs(centred - slope * spread).max())


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
