"""Levels and boxes that ranges of scores can lie in, for scores that are not those of a record.

The rule that must not break: a level is possible if its band holds any number of the range,
compared after as many decimals as the scores themselves.
"""

from collections.abc import Sequence

import numpy as np

from features.packs.declaration import PERFORMANCE, POTENTIAL, Axis, NineBox
from features.packs.quantities import Band
from features.policy.measures import DECIMALS

#: Levels of each axis, the lowest first.
LEVELS: dict[str, tuple[str, ...]] = {"performance": PERFORMANCE, "potential": POTENTIAL}


def touched(band: Band, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whether a band holds any number from low to high.

    Parameters
    ----------
    band : Band
    low, high : ndarray of float, of one shape

    Returns
    -------
    ndarray of bool, of that shape

    Examples
    --------
    >>> touched(Band(at_least=80), np.array([70.0, 70.0]), np.array([80.0, 79.9])).tolist()
    [True, False]
    """
    least, most = np.round(low, DECIMALS), np.round(high, DECIMALS)
    is_touched = np.ones(least.shape, dtype=bool)
    if band.at_least is not None:
        is_touched &= most >= band.at_least
    elif band.above is not None:
        is_touched &= most > band.above
    if band.below is not None:
        is_touched &= least < band.below
    elif band.at_most is not None:
        is_touched &= least <= band.at_most
    return is_touched


def possible_levels(
    axis: Axis, levels: Sequence[str], low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Which levels of an axis each range can lie in.

    Parameters
    ----------
    axis : Axis
    levels : sequence of str
        Names of its levels, the lowest first.
    low, high : ndarray of float, shape (n_people,)

    Returns
    -------
    ndarray of bool, shape (n_people, n_levels)

    Examples
    --------
    >>> from features.packs.library import Library
    >>> axis = Library().get("asn-kepka-411-2025").nine_box.performance
    >>> possible_levels(axis, PERFORMANCE, np.array([59.0]), np.array([60.0])).tolist()
    [[True, True, False]]
    """
    band_of = {band.level: band for band in axis.bands}
    return np.stack([touched(band_of[level], low, high) for level in levels], axis=-1)


def possible_boxes(section: NineBox, performance: np.ndarray, potential: np.ndarray) -> np.ndarray:
    """Boxes of every pair of possible levels, as nine bits, that of box 1 the lowest.

    Parameters
    ----------
    section : NineBox
    performance, potential : ndarray of bool, shape (n_people, 3)
        Possible levels of each axis.

    Returns
    -------
    ndarray of int, shape (n_people,)

    Examples
    --------
    >>> from features.packs.library import Library
    >>> section = Library().get("asn-kepka-411-2025").nine_box
    >>> above, any_level = np.array([[False, False, True]]), np.array([[True, True, True]])
    >>> bin(possible_boxes(section, above, any_level)[0])
    '0b101001000'
    """
    masks = np.zeros(len(performance), dtype="int16")
    for row, level in enumerate(PERFORMANCE):
        for column, other in enumerate(POTENTIAL):
            bit = np.int16(1 << (section.boxes.box(level, other) - 1))
            masks |= np.where(performance[:, row] & potential[:, column], bit, np.int16(0))
    return masks
