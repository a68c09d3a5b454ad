"""Contributions: by how much each feature moves a logit away from the background's mean.

Shapley values with a background of candidates (interventional), exact for both halves. For trees
they come from tables: a leaf with d distinct features above it has 2^d patterns of features that
a row satisfies; against the patterns of the background, each pattern has a fixed contribution a
feature. Explaining a row is finding its pattern in every leaf and adding up.

The rule that must not break: base plus contributions is the logit, to 1e-9.

Source
------
Lundberg et al. (2020), "From local explanations to global understanding with explainable AI for
trees", interventional game; written leaf by leaf.
"""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import factorial
from typing import Any

import lightgbm as lgb
import numpy as np

from models.scorecard import Scorecard

ROWS_AT_ONCE = 512
# LightGBM takes a number this close to zero for zero.
ZERO = 1e-35


class LinearAttribution:
    """Contributions of the scorecard: each term against its mean over the background."""

    def __init__(self, scorecard: Scorecard, background: np.ndarray) -> None:
        self._scorecard = scorecard
        self._means = scorecard.contributions(background).mean(axis=0)
        self.base = scorecard.intercept + float(self._means.sum())

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Shape (n_rows, n_features); a feature's missing indicator belongs to the feature."""
        found = np.zeros_like(X)
        found[:, self._scorecard.positions] = self._scorecard.contributions(X) - self._means
        return found


class TreeAttribution:
    """Contributions of a LightGBM booster with numerical splits, tabulated once a background."""

    def __init__(self, booster: lgb.Booster, background: np.ndarray) -> None:
        self._splits = _Splits()
        leaves: list[_Leaf] = []
        for tree in booster.dump_model()["tree_info"]:
            leaves += _leaves(tree["tree_structure"], (), self._splits)
        self.base = sum(leaf.value for leaf in leaves if not leaf.path)
        self._lay_out([leaf for leaf in leaves if leaf.path])
        self._tabulate(background)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Shape (n_rows, n_features)."""
        found = np.zeros_like(X)
        if len(self._slot_features) == 0:
            return found
        by_feature = np.argsort(self._slot_features, kind="stable")
        features, starts = np.unique(self._slot_features[by_feature], return_index=True)
        offsets, leaves = self._slot_offsets[by_feature, None], self._slot_leaves[by_feature]
        for start in range(0, len(X), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            values = self._table[offsets + self._patterns(X[rows])[leaves]]
            found[rows, features] = np.add.reduceat(values, starts, axis=0).T
        return found

    def _lay_out(self, leaves: list["_Leaf"]) -> None:
        """Flat arrays: steps of paths, in slots (one a leaf and feature), in leaves."""
        steps, slot_starts, slots, leaf_starts = [], [], [], []
        for number, leaf in enumerate(leaves):
            leaf_starts.append(len(slots))
            by_feature = sorted(leaf.path, key=lambda step: self._splits.features[step[0]])
            grouped = groupby(by_feature, key=lambda step: self._splits.features[step[0]])
            for position, (feature, part) in enumerate(grouped):
                slot_starts.append(len(steps))
                slots.append((feature, number, 1 << position))
                steps += part
        self._values = np.array([leaf.value for leaf in leaves])
        self._step_splits, self._step_sides = np.array(steps, dtype=int).reshape(-1, 2).T
        self._slot_features, self._slot_leaves, self._slot_bits = (
            np.array(slots, dtype=int).reshape(-1, 3).T
        )
        self._slot_starts, self._leaf_starts = np.array(slot_starts), np.array(leaf_starts)

    def _tabulate(self, background: np.ndarray) -> None:
        """The contribution of every pattern of every leaf against the background."""
        depths = np.bincount(self._slot_leaves, minlength=len(self._values))
        tables: list[np.ndarray] = []
        self._slot_offsets = np.concatenate([[0], np.cumsum(2 ** depths[self._slot_leaves])[:-1]])
        patterns = self._patterns(background) if len(depths) else np.empty((0, 0), dtype=int)
        for value, depth, seen in zip(self._values, depths, patterns, strict=True):
            share = np.bincount(seen, minlength=2**depth) / len(background)
            self.base += float(value * share[-1])
            tables.append(value * np.tensordot(_weights(int(depth)), share, axes=(1, 0)).T.ravel())
        self._table = np.concatenate(tables) if tables else np.empty(0)

    def _patterns(self, X: np.ndarray) -> np.ndarray:
        """For each leaf and row, which of the leaf's features the row satisfies, as bits."""
        follows = self._splits.go_left(X)[self._step_splits] == self._step_sides[:, None]
        satisfied = np.logical_and.reduceat(follows, self._slot_starts, axis=0)
        return np.add.reduceat(satisfied * self._slot_bits[:, None], self._leaf_starts, axis=0)


@dataclass(frozen=True)
class _Leaf:
    """A leaf's value and its path: (number of the split, 1 for left and 0 for right)."""

    value: float
    path: tuple[tuple[int, int], ...]


class _Splits:
    """All splits of all trees, side by side."""

    def __init__(self) -> None:
        self.features: list[int] = []
        self._thresholds: list[float] = []
        self._defaults: list[bool] = []
        self._missing: list[str] = []

    def add(self, node: dict[str, Any]) -> int:
        """Take one split from a dumped tree and return its number."""
        self.features.append(node["split_feature"])
        self._thresholds.append(node["threshold"])
        self._defaults.append(node["default_left"])
        self._missing.append(node["missing_type"])
        return len(self.features) - 1

    def go_left(self, X: np.ndarray) -> np.ndarray:
        """Whether each row goes left at each split, shape (n_splits, n_rows)."""
        missing = np.array(self._missing)[:, None]
        values = X.T[self.features]
        is_nan = np.isnan(values)
        # LightGBM: where a split knows no missing value, a missing value counts as zero.
        values = np.where(is_nan & (missing != "NaN"), 0.0, values)
        by_default = np.where(missing == "Zero", np.abs(values) <= ZERO, is_nan)
        by_default &= missing != "None"
        defaults, thresholds = np.array(self._defaults), np.array(self._thresholds)
        return np.where(by_default, defaults[:, None], values <= thresholds[:, None])


def _leaves(node: dict[str, Any], path: tuple, splits: _Splits) -> list[_Leaf]:
    if "split_feature" not in node:
        return [_Leaf(node["leaf_value"], path)]
    split = splits.add(node)
    left = _leaves(node["left_child"], (*path, (split, 1)), splits)
    return left + _leaves(node["right_child"], (*path, (split, 0)), splits)


@cache
def _weights(d: int) -> np.ndarray:
    """Share of a leaf's value that each feature gets, shape (2^d rows, 2^d background, d).

    A leaf is reached by some mixture of the two rows only if each feature is satisfied by one of
    them. Of p features that only the row satisfies and q that only the background row does, each
    of the p gets (p-1)! q! / (p+q)! and each of the q loses p! (q-1)! / (p+q)!.
    """
    bits = (np.arange(2**d)[:, None] >> np.arange(d)) & 1 == 1
    row, other = bits[:, None, :], bits[None, :, :]
    only_row, only_other = row & ~other, other & ~row
    p, q = only_row.sum(axis=2, keepdims=True), only_other.sum(axis=2, keepdims=True)
    f = np.array([factorial(k) for k in range(d + 1)], dtype=float)
    gain = f[np.maximum(p - 1, 0)] * f[q] / f[p + q]
    loss = f[p] * f[np.maximum(q - 1, 0)] / f[p + q]
    return (row | other).all(axis=2, keepdims=True) * (only_row * gain - only_other * loss)
