"""Rows: figures as plain dicts, and their intervals by drawing whole vacancies again.

The rule that must not break: a row with a bound says whether it holds, and an interval is made by
drawing what is independent (vacancies), never single pairs.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from simulation import chance

Row = dict[str, Any]

#: Resamples of an interval.
RESAMPLES: Final = 2000
_BLOCK: Final = 100


def row(
    name: str,
    value: float,
    interval: tuple[float, float] | None = None,
    *,
    unit: str = "",
    bound: str | None = None,
) -> Row:
    """A figure, its bound checked.

    Parameters
    ----------
    value : float
        NaN, what cannot be said, becomes None; a bound on it is missed.
    bound : str, optional
        ``">= 0.9"``, ``"<= 0.01"`` or ``"0.2 to 0.45"`` speak of the value; ``"holds 0.4"`` says
        that the interval does.

    Returns
    -------
    dict
        `name`, `value`, `low`, `high`, `unit`, `bound`, `ok`.

    Examples
    --------
    >>> row("validity.rating", 0.3, bound="0.2 to 0.45")["ok"]
    True
    >>> row("auc", 0.9, (0.8, 0.95))["low"], row("auc", float("nan"), bound=">= 0")["ok"]
    (0.8, False)
    """
    low, high = interval if interval else (None, None)
    ok = None if bound is None else _holds(float(value), interval, bound)
    return {
        "name": name,
        "value": None if np.isnan(value) else float(value),
        "low": None if low is None else float(low),
        "high": None if high is None else float(high),
        "unit": unit,
        "bound": bound,
        "ok": ok,
    }


def _holds(value: float, interval: tuple[float, float] | None, bound: str) -> bool:
    if " to " in bound:
        least, most = bound.split(" to ")
        return float(least) <= value <= float(most)
    sign, limit = bound.split()
    if sign == "holds":
        low, high = interval or (value, value)
        return low <= float(limit) <= high
    return value >= float(limit) if sign == ">=" else value <= float(limit)


def resamples(count: int, seed: int, times: int = RESAMPLES) -> Iterator[np.ndarray]:
    """How often each of some vacancies is drawn, in blocks of resamples.

    Yields
    ------
    float64, shape (block, count)
        Each row adds up to `count`.

    Examples
    --------
    >>> [block.sum(axis=1).tolist() for block in resamples(3, seed=7, times=2)]
    [[3.0, 3.0]]
    """
    rng = chance.stream(seed, "resamples")
    for first in range(0, times, _BLOCK):
        rows = min(_BLOCK, times - first)
        drawn = rng.integers(0, count, size=(rows, count)) + count * np.arange(rows)[:, None]
        counted = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counted.reshape(rows, count).astype(np.float64)


def resampled_sums(sums: np.ndarray, seed: int, times: int = RESAMPLES) -> np.ndarray:
    """Sums over the vacancies of each resample.

    Parameters
    ----------
    sums : float64, shape (vacancies, q)
        What each vacancy adds.

    Returns
    -------
    float64, shape (times, q)

    Examples
    --------
    >>> resampled_sums(np.ones((4, 1)), seed=7, times=2).tolist()
    [[4.0], [4.0]]
    """
    return np.concatenate([block @ sums for block in resamples(len(sums), seed, times)])


def middle_95(draws: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of resampled values.

    >>> middle_95(np.arange(41.0))
    (1.0, 39.0)
    """
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)
