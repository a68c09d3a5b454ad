"""Optimism of a random split: how much better readiness would look had time been ignored.

The rule that must not break: nothing here is a figure of how good readiness is. A random split
lets a model learn from the very days that it is tried on, and from later ones; what that would
flatter is printed beside the honest figures so that nobody mistakes one for the other.
"""

import numpy as np
import pandas as pd

from features.errors import LabelError
from models.readiness import ReadinessModel, ReadinessSettings
from training.dataset import reshuffle
from training.evaluate import auc_and_draws, interval_of, losses, mean_with_interval
from training.figures import Figure, figure

BY_LOG_LOSS = "readiness.random_split_optimism"
BY_AUC = "readiness.random_split_optimism_auc"
N_PARTS = 5
#: Random splits that are averaged: the luck of one draw is as large as the effect.
N_SPLITS = 2
SEED = 61


def optimism_figures(rolling: pd.DataFrame, labels: pd.DataFrame, X: pd.DataFrame) -> list[Figure]:
    """By how much a random split of the same labels flatters readiness.

    Each label is predicted by models fitted on as many others, drawn at random whatever their day,
    as were known at the rolling origins on average. The same decisions are measured both ways.

    Parameters
    ----------
    rolling : DataFrame
        Predictions at the rolling origins: `appointment_id`, `success`, `probability`, `origin` (a
        year), `day`.
    labels : DataFrame, shape (n_labels, ...)
        Every matured decision: `appointment_id`, `success`, `decided_on`, `window_end_on`.
    X : DataFrame, shape (n_labels, n_features)

    Returns
    -------
    list of Figure
        ``readiness.random_split_optimism``: log-loss at the rolling origin less that under the
        random split; ``readiness.random_split_optimism_auc``: AUC under the random split less that
        at the rolling origin. Above 0 the random split flatters. Without a value where only one
        outcome occurs, or too few of so many drawn at random fail to learn from.
    """
    if rolling["success"].nunique() < 2:
        return not_measured()
    draw = np.random.default_rng(SEED)
    n_fit = _known_at_origins(rolling, labels)
    try:
        guesses = [_predicted(labels, X, n_fit, draw) for _split in range(N_SPLITS)]
    except LabelError:
        return not_measured()
    random = [
        rolling.assign(probability=guess.loc[rolling["appointment_id"]].to_numpy())
        for guess in guesses
    ]
    success = rolling["success"].to_numpy()
    loss = sum(losses(success, rows["probability"]) for rows in random) / N_SPLITS
    gain = mean_with_interval(losses(success, rolling["probability"]) - loss, rolling["day"])
    auc = sum(auc_and_draws(rows.assign(origin=0)) for rows in random) / N_SPLITS
    auc_gain = auc - auc_and_draws(rolling.assign(origin=0))
    return [
        figure(BY_LOG_LOSS, *gain),
        figure(BY_AUC, *interval_of(auc_gain)),
    ]


def not_measured() -> list[Figure]:
    """The figures without a value: what was not measured is shown as such."""
    return [figure(BY_LOG_LOSS, None), figure(BY_AUC, None)]


def _known_at_origins(rolling: pd.DataFrame, labels: pd.DataFrame) -> int:
    """How many labels the models of the rolling origins had on average, over tested decisions."""
    ends = np.sort(labels["window_end_on"].to_numpy())
    origins = pd.to_datetime(rolling["origin"].astype(str) + "-01-01").to_numpy()
    return round(float(np.searchsorted(ends, origins, side="right").mean()))


def _predicted(
    labels: pd.DataFrame, X: pd.DataFrame, n_fit: int, draw: np.random.Generator
) -> pd.Series:
    """Probability of each label by a model that has not seen it, by `appointment_id`."""
    part = draw.permutation(len(labels)) % N_PARTS
    probability = np.full(len(labels), np.nan)
    days, groups = labels["decided_on"], reshuffle(labels)
    for tested in range(N_PARTS):
        others = np.flatnonzero(part != tested)
        fit = draw.choice(others, min(n_fit, len(others)), replace=False)
        model = ReadinessModel.fit(
            X.iloc[fit],
            labels["success"].iloc[fit],
            groups=groups.iloc[fit],
            day=days.iloc[fit],
            # As at the origins: the probability alone is compared.
            settings=ReadinessSettings(tells_uncertainty=False),
        )
        probability[part == tested] = model.probability(X[part == tested])
    return pd.Series(probability, index=labels["appointment_id"])
