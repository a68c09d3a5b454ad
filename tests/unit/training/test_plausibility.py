"""Features that tell the outcome too well are refused by name, and no honest one is."""

import numpy as np
import pandas as pd
import pytest

from features.errors import LeakageError
from training.plausibility import (
    FEWEST_LABELS,
    FEWEST_OF_EACH,
    MOST_OF_ONE_FEATURE,
    auc_of_one,
    require_plausible,
)

N = 400
DRAW = np.random.default_rng(5)
SUCCESS = pd.Series((np.arange(N) % 4 > 0).astype(float))
NOISE = DRAW.normal(size=N)


def shifted(by: float) -> np.ndarray:
    """Noise that lies higher where the outcome is a success."""
    return NOISE + by * SUCCESS.to_numpy()


def test_suspects_are_named_with_their_auc_and_no_others():
    X = pd.DataFrame(
        {
            "honest": shifted(1.0),
            "rising": shifted(4.0),
            "falling": -shifted(4.0),
            # Who failed has left, and only of those is there an end.
            "ended_on": np.where(SUCCESS == 1, np.nan, 1.0),
            "unknown": np.full(N, np.nan),
        }
    )
    with pytest.raises(LeakageError, match="rising.*falling.*ended_on \\(AUC 1.000\\)") as error:
        require_plausible(X, SUCCESS)
    assert "honest" not in str(error.value)
    assert "unknown" not in str(error.value)
    require_plausible(X[["honest", "unknown"]], SUCCESS)


def test_the_bound_is_one_of_the_auc():
    for by in (1.5, 2.0, 2.5, 3.0):
        X = pd.DataFrame({"one": shifted(by)})
        if auc_of_one(shifted(by), SUCCESS.to_numpy() == 1) > MOST_OF_ONE_FEATURE:
            with pytest.raises(LeakageError):
                require_plausible(X, SUCCESS)
        else:
            require_plausible(X, SUCCESS)


def test_auc_is_the_share_of_pairs_told_right():
    values, success = shifted(0.7).round(1), SUCCESS.to_numpy() == 1
    above = values[success][:, None] - values[~success][None]
    assert auc_of_one(values, success) == pytest.approx((np.sign(above).mean() + 1) / 2)


@pytest.mark.parametrize(
    ("n_failures", "n_successes", "is_judged"),
    [
        (FEWEST_OF_EACH, FEWEST_LABELS - FEWEST_OF_EACH, True),
        (FEWEST_OF_EACH - 1, FEWEST_LABELS, False),
        (FEWEST_OF_EACH, FEWEST_LABELS - FEWEST_OF_EACH - 1, False),
    ],
)
def test_nothing_is_judged_by_too_few_labels(n_failures: int, n_successes: int, is_judged: bool):
    success = np.arange(n_failures + n_successes) >= n_failures
    assert (auc_of_one(success.astype(float), success) == 1.0) is is_judged
