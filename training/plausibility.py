"""Plausibility: results too good to be true are taken for leaks.

The rule that must not break: a feature that all but tells the outcome is refused by name before
anything is learnt from it. Single predictors of success in a post reach a validity of about 0.4 at
their best (Sackett et al. 2022), which is an AUC near 0.75; whatever does much better has most
likely seen the outcome. This guard needs no knowledge of where a feature comes from, so it also
sees what no blanking can: numbers that were fitted elsewhere.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from features.errors import LeakageError

#: AUC of one feature, in either direction, above which it is refused.
MOST_OF_ONE_FEATURE = 0.95
#: Labels that have a value, and labels of each outcome among them, below which nothing is judged:
#: of some hundred features one could come near the bound by chance.
FEWEST_LABELS = 100
FEWEST_OF_EACH = 10
#: AUC of a whole model on rows kept apart above which it is to be taken for a leak.
MOST_OF_A_MODEL = 0.85


def require_plausible(X: pd.DataFrame, y: pd.Series) -> None:
    """Refuse features that tell the outcome too well, by their values or by being missing.

    Parameters
    ----------
    X : DataFrame, shape (n_labels, n_features)
    y : Series of {0, 1}, shape (n_labels,)

    Raises
    ------
    LeakageError
        Naming each suspected feature and its AUC.
    """
    success = y.to_numpy() == 1
    found = {name: auc_of_one(X[name].to_numpy(dtype=float), success) for name in X.columns}
    suspected = {name: auc for name, auc in found.items() if auc > MOST_OF_ONE_FEATURE}
    if suspected:
        told = ", ".join(f"{name} (AUC {auc:.3f})" for name, auc in suspected.items())
        raise LeakageError(
            f"suspected leak, features that tell the outcome too well: {told}",
            where=f"{len(y)} labels",
            expected=f"an AUC of at most {MOST_OF_ONE_FEATURE} for a single feature",
            remedy="find out how the feature knows the outcome, and take it out",
        )


def auc_of_one(values: np.ndarray, success: np.ndarray) -> float:
    """AUC of one feature in its better direction, or of its being missing if that tells more.

    Parameters
    ----------
    values : ndarray of float, shape (n_labels,)
        Missing as NaN.
    success : ndarray of bool, shape (n_labels,)

    Returns
    -------
    float
        From 0.5 on; 0.5 where there are too few labels to say.

    Examples
    --------
    Who has no value has failed, always.

    >>> success = np.arange(100) < 80
    >>> auc_of_one(np.where(success, 1.0, np.nan), success)
    1.0
    """
    is_there = ~np.isnan(values)
    return max(
        _either_way(values[is_there], success[is_there]),
        _either_way(is_there.astype(float), success),
    )


def is_too_good(auc: float) -> bool:
    """Whether a model's AUC on rows kept apart is to be taken for a leak until shown otherwise.

    >>> is_too_good(0.74), is_too_good(0.93)
    (False, True)
    """
    return auc > MOST_OF_A_MODEL


def _either_way(values: np.ndarray, success: np.ndarray) -> float:
    n_successes = int(success.sum())
    n_failures = len(success) - n_successes
    if len(success) < FEWEST_LABELS or min(n_successes, n_failures) < FEWEST_OF_EACH:
        return 0.5
    won = rankdata(values)[success].sum() - n_successes * (n_successes + 1) / 2
    auc = float(won / (n_successes * n_failures))
    return max(auc, 1 - auc)
