"""Readiness models: how long they take to fit, and what an estimate costs with all that it says.

Invented people with the features of the catalogue, on one thread, in seconds of one core: what else
the machine does is left out. The point estimate stands beside a bare booster and a hand-written
logistic regression on the same matrix, with the same result.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit
from threadpoolctl import threadpool_limits

from features.catalogue import CATALOGUE
from models.matrix import matrix
from models.readiness import ReadinessModel, ReadinessSettings
from training.figures import Figure, figure

N_LABELS, N_CANDIDATES, N_PAIRS = 10_000, 2_000, 20_000
TO_A_GROUP = 4
REPEATS = 5
#: A draw stays within so much of a feature's range: counts and hours have none to speak of.
MOST = 20.0


def measure(_space: Path) -> list[Figure]:
    """Seconds of a training and of a full refit, and pairs a second.

    Returns
    -------
    list of Figure
        `models.training_10000`: both halves and calibration; `models.refit_10000`: with intervals,
        sets, bags and flags; `models.record`: interval, set, tie bands and flags of each pair.
    """
    labels, plain = invented(N_LABELS, 1), ReadinessSettings(tells_uncertainty=False)
    y = outcomes(labels, 2)
    first = date(2001, 1, 1)
    group = np.arange(N_LABELS) // TO_A_GROUP
    told: dict[str, Any] = {
        "groups": [f"vacancy-{number}" for number in group],
        "day": [first + timedelta(days=int(number)) for number in group],
        "background": invented(N_CANDIDATES, 3),
    }
    training = seconds(lambda: ReadinessModel.fit(labels, y, **told, settings=plain), 1)
    fitted: list[ReadinessModel] = []
    refit = seconds(lambda: fitted.append(ReadinessModel.fit(labels, y, **told)), 1)
    pairs = invented(N_PAIRS, 4)
    record = seconds(lambda: fitted[0].shown(pairs), 2)
    return [
        figure("models.training_10000.seconds", training, unit="s", bound="< 60"),
        figure("models.refit_10000.seconds", refit, unit="s", bound="< 300"),
        figure("models.record.pairs", N_PAIRS / record, unit="pairs/s", bound=">= 5000"),
        *_point(fitted[0], pairs),
    ]


def invented(n: int, seed: int) -> pd.DataFrame:
    """Rows of the feature frame by chance, a tenth of the values missing."""
    draw, columns = np.random.default_rng(seed), {}
    for feature in CATALOGUE:
        low = max(feature.low, -MOST)
        values = low + draw.random(n) * (min(feature.high, MOST) - low)
        if feature.unit in ("count", "steps", "yes/no"):
            values = np.round(values)
        columns[feature.name] = np.where(draw.random(n) < 0.1, np.nan, values)
    return pd.DataFrame(columns)


def outcomes(X: pd.DataFrame, seed: int) -> np.ndarray:
    """Success by chance, likelier with more experience in the field; three in four succeed."""
    logit = 1.1 + 1.5 * (X["share_fields_held"].fillna(0.5) - 0.5)
    return (np.random.default_rng(seed).random(len(X)) < expit(logit.to_numpy())).astype(float)


def seconds(run: Callable[[], object], times: int) -> float:
    """Shortest of some runs, in seconds of one core, linear algebra on one thread."""
    taken = []
    with threadpool_limits(1, user_api="blas"):
        for _ in range(times):
            started = time.process_time()
            run()
            taken.append(time.process_time() - started)
    return min(taken)


def _point(model: ReadinessModel, pairs: pd.DataFrame) -> list[Figure]:
    """The probability against a bare booster and logistic regression on the same matrix."""
    rows = matrix(pairs)
    booster, card = lgb.Booster(model_str=model.boosted.text), model.scorecard
    weights = np.append(card.weights, card.missing_weights)

    def bare() -> np.ndarray:
        values = rows[:, card.positions]
        missing = np.isnan(values)
        scaled = (np.clip(values, card.lows, card.highs) - card.means) / card.scales
        design = np.hstack([np.where(missing, 0.0, scaled), missing])
        linear = design @ weights + card.intercept
        return (linear + booster.predict(rows, raw_score=True, num_threads=1)) / 2

    def ours() -> np.ndarray:
        return expit(model.calibration.logit(model.blend_logit(rows)))

    expected = expit(model.calibration.logit(bare()))
    np.testing.assert_allclose(ours(), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.probability(pairs), expected, rtol=0, atol=1e-9)
    ratio = seconds(ours, REPEATS) / seconds(bare, REPEATS)
    return [figure("models.point.ratio_to_bare", ratio, unit="ratio", bound="<= 1.25")]
