"""Shapley values by their definition: every coalition of features, predicted by the model itself.

Slow and plain on purpose: the reference that the fast attributions are compared with.
"""

from collections.abc import Callable
from itertools import product
from math import factorial

import numpy as np


def shapley_values(
    predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, background: np.ndarray
) -> np.ndarray:
    """Interventional Shapley values, shape (n_rows, n_features); 2^n_features predictions a row.

    The worth of a coalition is the mean prediction when its features come from the row and the
    others from each background row in turn.
    """
    n = X.shape[1]
    worth = {
        members: np.array(
            [predict(np.where(np.array(members, bool), row, background)).mean() for row in X]
        )
        for members in product((0, 1), repeat=n)
    }
    values = np.zeros(X.shape)
    for members, before in worth.items():
        size = sum(members)
        for j in range(n):
            if not members[j]:
                after = worth[(*members[:j], 1, *members[j + 1 :])]
                share = factorial(size) * factorial(n - size - 1) / factorial(n)
                values[:, j] += share * (after - before)
    return values
