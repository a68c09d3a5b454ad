"""Readiness bands: now, in one or two years, in three to five, beyond; with the chance of each.

The rule that must not break: a band never goes without its chances, and whose chances are not known
has no band.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.errors import LabelError

#: From the nearest to the furthest; people are in the first whose end they reach more likely
#: than not.
BANDS: Final = ("now", "1-2", "3-5", "beyond")
#: Years at the end of each band but the last.
ENDS: Final = (0, 2, 5)
UNKNOWN: Final = -1
MORE_LIKELY_THAN_NOT: Final = 0.5


def band_probabilities(ready: np.ndarray, is_ready_now: np.ndarray) -> np.ndarray:
    """The chance of becoming ready within each band, and of not becoming so within five years.

    Parameters
    ----------
    ready : ndarray, shape (n, 5)
        Cumulative incidence by the end of each year ahead; NaN where it is not known.
    is_ready_now : ndarray of bool, shape (n,)
        Of whom the event has been seen already.

    Returns
    -------
    ndarray, shape (n, 4)
        By `BANDS`, adding up to 1.

    Raises
    ------
    LabelError
        If there are fewer than five years.

    Examples
    --------
    >>> band_probabilities(np.array([[0.1, 0.3, 0.4, 0.5, 0.6]]), np.array([False])).round(3)
    array([[0. , 0.3, 0.3, 0.4]])
    """
    if ready.shape[1] < ENDS[-1]:
        raise LabelError(f"{ready.shape[1]} years", where="bands", expected=f"{ENDS[-1]} years")
    at_ends = np.column_stack([np.zeros(len(ready)), *(ready[:, end - 1] for end in ENDS[1:])])
    at_ends = np.where(is_ready_now[:, None], 1.0, at_ends)
    return np.diff(at_ends, axis=1, prepend=0.0, append=1.0)


def band_of(probabilities: np.ndarray) -> np.ndarray:
    """Place in `BANDS` of each person: the first by whose end 0.5 is reached; -1 where unknown.

    Examples
    --------
    >>> band_of(np.array([[0.0, 0.3, 0.3, 0.4], [0.0, 0.5, 0.1, 0.4]])).tolist()
    [2, 1]
    """
    reached = np.cumsum(probabilities, axis=1) >= MORE_LIKELY_THAN_NOT - 1e-12
    reached[:, -1] = True
    return np.where(np.isnan(probabilities).any(axis=1), UNKNOWN, reached.argmax(axis=1))


def shares(probabilities: np.ndarray) -> dict[str, float]:
    """How a pool is spread over bands by its chances: the expected share of people in each.

    Parameters
    ----------
    probabilities : ndarray, shape (n, 4)
        Of those whose chances are known; the others are counted under *unknown*.

    Returns
    -------
    dict of str to float
        Each of `BANDS`, and *unknown*; adding up to 1, empty for an empty pool.

    Examples
    --------
    >>> shares(np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.25, 0.25]]))
    {'now': 0.5, '1-2': 0.25, '3-5': 0.125, 'beyond': 0.125, 'unknown': 0.0}
    """
    if not len(probabilities):
        return {}
    is_known = ~np.isnan(probabilities).any(axis=1)
    spread: Sequence[float] = probabilities[is_known].sum(axis=0) / len(probabilities)
    told = {name: float(share) for name, share in zip(BANDS, spread, strict=True)}
    return {**told, "unknown": float(1 - is_known.mean())}
