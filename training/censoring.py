"""Censoring: how likely an outcome was to be seen at all, and what a seen one stands for.

The rule that must not break: weights are made of days and post classes alone, never of anything
that tells who somebody is; and where nothing is censored every weight is 1.

Somebody who retires in the first year of a window has no label. Those who fail early had hardly a
chance to be lost, those who stayed to the end had all of it: without weights there are too many
failures among the labels. A label counts for as many as were lost before its outcome was settled.
"""

import numpy as np
import pandas as pd

#: Fewest appointments of a post class that have a curve of their own.
FEWEST_OF_CLASS = 200
#: No label counts for more than so many.
HEAVIEST = 10.0


def weights(settled: np.ndarray, is_lost: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Inverse probability of still being observed when the outcome was settled.

    Parameters
    ----------
    settled : ndarray of int, shape (n,)
        Days from the start to the outcome, or to the day on which it was lost.
    is_lost : ndarray of bool, shape (n,)
        Whether the outcome is lost (censored).
    group : ndarray of str, shape (n,)
        Post class; one with fewer than 200 appointments takes the curve of everybody.

    Returns
    -------
    ndarray, shape (n,)
        At most 10; NaN where the outcome is lost.

    Source
    ------
    Robins and Rotnitzky (1992), inverse probability of censoring weights.

    Examples
    --------
    Four begin. One fails on day 10, one is lost on day 20, two stay for 100 days: these two stand
    for the three who were there on day 20.

    >>> days, lost = np.array([10, 20, 100, 100]), np.array([False, True, False, False])
    >>> weights(days, lost, np.array(["head"] * 4))
    array([1. , nan, 1.5, 1.5])
    """
    found = 1 / np.maximum(still_observed(settled, is_lost, settled), 1 / HEAVIEST)
    for rows in pd.Series(np.arange(len(group))).groupby(group).indices.values():
        if len(rows) >= FEWEST_OF_CLASS:
            own = still_observed(settled[rows], is_lost[rows], settled[rows])
            found[rows] = 1 / np.maximum(own, 1 / HEAVIEST)
    return np.where(is_lost, np.nan, found)


def still_observed(settled: np.ndarray, is_lost: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Probability that an outcome has not been lost before a day, by Kaplan and Meier.

    What is settled and what is lost on the same day: the settled comes first.

    Parameters
    ----------
    settled : ndarray of int, shape (n,)
    is_lost : ndarray of bool, shape (n,)
    at : ndarray of int, shape (n_asked,)
        Days from the start.

    Returns
    -------
    ndarray, shape (n_asked,)

    Source
    ------
    Kaplan and Meier (1958), of the time to censoring.

    Examples
    --------
    One of the three who are there on day 20 is lost on it.

    >>> still_observed(np.array([10, 20, 100, 100]), np.array([False, True, False, False]),
    ...                np.array([20, 21])).round(3).tolist()
    [1.0, 0.667]
    """
    day, n_lost = np.unique(settled[is_lost], return_counts=True)
    n_settled_later = (~is_lost).sum() - np.searchsorted(np.sort(settled[~is_lost]), day, "right")
    n_lost_since = n_lost[::-1].cumsum()[::-1]
    kept = np.cumprod(np.append(1.0, 1 - n_lost / (n_settled_later + n_lost_since)))
    return kept[np.searchsorted(day, at, "left")]
