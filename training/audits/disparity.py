"""Disparity: how often candidates of each group stand among the first, and whether rates differ.

The rule that must not break: where the interval holds the line, the verdict is "cannot tell". Four
fifths is a reason to look closer, no pass mark: no verdict says fair or unfair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2

from features.errors import AuditError
from training.evaluate import draws

Verdict = Literal["below 0.8", "cannot tell", "at or above 0.8"]
SHOWN: Final = 5
LINE: Final = 0.8
#: Groups with a smaller share of candidates are counted and not judged (6 RCNY 5-301).
SMALLEST_SHARE: Final = 0.02
#: With fewer vacancies an interval that draws them says nothing.
FEWEST_VACANCIES: Final = 10
#: With fewer among the first, drawing the same ones again does not tell how few there might be.
FEWEST_AMONG_FIRST: Final = 10


@dataclass(frozen=True)
class GroupRate:
    """How a group fares beside the group with the highest rate.

    Attributes
    ----------
    group : str
    n_candidates : int
    rate : float
        Share of its candidates who stand among the first.
    ratio : float
        Its rate over that of `Disparity.reference`; 1 for the reference itself.
    low, high : float
        95 % percentile interval of the ratio, whole vacancies drawn; without an upper end where
        so few stand among the first that the reference may come away with nothing. Of a group with
        fewer than `FEWEST_AMONG_FIRST` of them it reaches at least to what a count of rare events
        allows; of fewer than `FEWEST_VACANCIES` vacancies it holds every ratio.
    """

    group: str
    n_candidates: int
    rate: float
    ratio: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """On which side of four fifths the ratio lies, if that can be told."""
        if self.high < LINE:
            return "below 0.8"
        return "at or above 0.8" if self.low >= LINE else "cannot tell"


@dataclass(frozen=True)
class Disparity:
    """Rates of all groups that are large enough, the lowest ratio first.

    Attributes
    ----------
    groups : tuple of GroupRate
    reference : str
        The group with the highest rate.
    left_out : mapping of str to int
        Candidates of the groups that are too small to be judged.
    n_vacancies : int
    """

    groups: tuple[GroupRate, ...]
    reference: str
    left_out: Mapping[str, int]
    n_vacancies: int

    @property
    def impact_ratio(self) -> GroupRate:
        """The group with the lowest ratio: its ratio is the impact ratio."""
        return self.groups[0]


def disparity(rows: pd.DataFrame, *, shown: int = SHOWN) -> Disparity:
    """How often candidates of each group stand among the first of their vacancies.

    Parameters
    ----------
    rows : DataFrame, one row a vacancy and candidate
        `vacancy`, `score` (the higher the better) and `group`; a candidate without a group is left
        out of every rate and keeps the place in the list.
    shown : int
        How many stand among the first.

    Returns
    -------
    Disparity

    Raises
    ------
    AuditError
        If a score or a vacancy is missing, or fewer than two groups can be compared.

    Source
    ------
    The impact ratio of the Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D.
    The upper limit of a count of rare events is that of Garwood (1936), Biometrika 28.

    Examples
    --------
    Of two women one stands first, of two men one does.

    >>> rows = pd.DataFrame({"vacancy": [1, 1, 2, 2], "score": [0.9, 0.1, 0.2, 0.8],
    ...                      "group": ["woman", "man", "woman", "man"]})
    >>> [(one.group, one.rate, one.ratio) for one in disparity(rows, shown=1).groups]
    [('man', 0.5, 1.0), ('woman', 0.5, 1.0)]
    """
    require_pools(rows)
    share = share_shown(rows["vacancy"], rows["score"], shown)
    counts = rows["group"].value_counts()
    is_small = counts < SMALLEST_SHARE * counts.sum()
    names = sorted(counts.index[~is_small])
    if len(names) < 2:
        raise AuditError(
            f"{len(names)} groups can be compared",
            where="disparity",
            expected=f"two groups of at least {SMALLEST_SHARE:.0%} of the candidates each",
        )
    vacancy = pd.factorize(rows["vacancy"])[0]
    n_vacancies = int(vacancy.max()) + 1
    sums = np.zeros((n_vacancies, len(names), 2))
    for place, name in enumerate(names):
        of_group = (rows["group"] == name).to_numpy()
        counted = {"weights": share[of_group], "minlength": n_vacancies}
        sums[:, place, 0] = np.bincount(vacancy[of_group], **counted)
        sums[:, place, 1] = np.bincount(vacancy[of_group], minlength=n_vacancies)
    rates = sums[:, :, 0].sum(axis=0) / sums[:, :, 1].sum(axis=0)
    best = int(np.argmax(rates))
    if rates[best] == 0:
        raise AuditError("nobody stands among the first", where="disparity")
    drawn = _resampled_rates(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = drawn / drawn[:, [best]]
    # Where the reference comes away with nothing a ratio has no end, and nothing lies between.
    low, high = np.nanquantile(ratios, [0.025, 0.975], axis=0, method="nearest")
    low, high = _widened(sums.sum(axis=0), rates[best], n_vacancies, low, high)
    groups = [
        GroupRate(
            name,
            int(counts[name]),
            *(float(n) for n in (rates[k], rates[k] / rates[best], low[k], high[k])),
        )
        for k, name in enumerate(names)
    ]
    groups.sort(key=lambda one: one.ratio)
    left_out = {str(name): int(counts[name]) for name in sorted(counts.index[is_small])}
    return Disparity(tuple(groups), names[best], left_out, n_vacancies)


def require_pools(rows: pd.DataFrame) -> None:
    """Refuse candidates without a score, or of no vacancy.

    Raises
    ------
    AuditError

    Examples
    --------
    >>> require_pools(pd.DataFrame({"vacancy": [1, 2], "score": [0.9, None]}))
    Traceback (most recent call last):
    ...
    features.errors.AuditError: disparity: a candidate has no score. Expected: a number for ...
    """
    if rows["score"].isna().any():
        raise AuditError(
            "a candidate has no score",
            where="disparity",
            expected="a number for everybody in the pool, since all of them took a place or none",
        )
    if rows["vacancy"].isna().any():
        raise AuditError(
            "a candidate is of no vacancy",
            where="disparity",
            expected="the vacancy of each row, since places are counted within one",
            remedy="name the vacancy, or leave out who was in no pool",
        )


def share_shown(vacancy: pd.Series, score: pd.Series, shown: int) -> np.ndarray:
    """Chance of each candidate to stand among the first, those tied in a random order.

    Parameters
    ----------
    vacancy, score : Series, shape (n_rows,)
    shown : int

    Returns
    -------
    float64, shape (n_rows,)

    Examples
    --------
    Two share the last of two places.

    >>> share_shown(pd.Series([1, 1, 1]), pd.Series([0.9, 0.5, 0.5]), 2).tolist()
    [1.0, 0.5, 0.5]
    """
    pools = pd.DataFrame({"vacancy": vacancy.to_numpy(), "score": score.to_numpy()})
    place = pools.groupby("vacancy")["score"].rank(method="min", ascending=False) - 1
    tied = pools.groupby(["vacancy", "score"])["score"].transform("size")
    return np.asarray(((shown - place) / tied).clip(0, 1), dtype=np.float64)


def _widened(
    counts: np.ndarray, best: float, n_vacancies: int, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of intervals that are as far apart as so few vacancies and people ask for.

    Parameters
    ----------
    counts : ndarray, shape (n_groups, 2)
        Candidates among the first, and all.
    best : float
        Rate of the reference.
    """
    if n_vacancies < FEWEST_VACANCIES:
        return np.zeros_like(low), np.full_like(high, np.inf)
    first, everybody = counts[:, 0], counts[:, 1]
    most = chi2.ppf(0.975, 2 * (first + 1)) / 2 / everybody / best
    return low, np.where(first < FEWEST_AMONG_FIRST, np.maximum(high, most), high)


def _resampled_rates(sums: np.ndarray) -> np.ndarray:
    """Rates of the groups over vacancies drawn with replacement, shape (n_resamples, n_groups)."""
    drawn = draws(len(sums)) @ sums.reshape(len(sums), -1)
    drawn = drawn.reshape(len(drawn), -1, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return drawn[:, :, 0] / drawn[:, :, 1]
