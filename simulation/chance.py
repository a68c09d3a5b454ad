"""Chance: seeded streams for what is drawn in order, and keyed draws for what is asked on demand.

The rule that must not break: a keyed draw depends on the seed and its key and on nothing else, so
that the outcome of a pair is the same whether it is stored with a pool or asked for years later.
"""

import zlib

import numpy as np
from scipy.special import ndtri

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A generator of its own for one purpose, so that one knob does not shift the draws of another.

    >>> bool(stream(7, "panels").integers(10) == stream(7, "panels").integers(10))
    True
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def uniform(seed: int, purpose: str, *keys: np.ndarray | int) -> np.ndarray:
    """Uniform draws strictly between 0 and 1, one for each combination of integer keys.

    SplitMix64 (Steele, Lea and Flood 2014) over the keys one after another.

    >>> a = uniform(7, "outcome", np.array([1, 2]), 5)
    >>> b = uniform(7, "outcome", np.array([2]), 5)
    >>> bool(a[1] == b[0]), bool(a[0] != a[1])
    (True, True)
    """
    state = np.uint64(zlib.crc32(purpose.encode())) + np.uint64(seed)
    with np.errstate(over="ignore"):
        state = _mixed(np.atleast_1d(np.asarray(state)))
        for key in keys:
            state = _mixed(
                state ^ (np.atleast_1d(np.asarray(key)).astype(np.int64).view(np.uint64))
            )
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def normal(seed: int, purpose: str, *keys: np.ndarray | int) -> np.ndarray:
    """Standard normal draws by key; see `uniform`."""
    return ndtri(uniform(seed, purpose, *keys))


def logistic(seed: int, purpose: str, *keys: np.ndarray | int) -> np.ndarray:
    """Standard logistic draws by key; see `uniform`."""
    drawn = uniform(seed, purpose, *keys)
    return np.log(drawn) - np.log1p(-drawn)


def _mixed(state: np.ndarray) -> np.ndarray:
    state = state + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
