"""The search for settings: how strictly the halves are fitted, chosen inside the training period.

The rule that must not break: only labels that a model is fitted on are looked at, each judged by
halves that knew earlier decisions only; what a backtest tests is never seen. The same labels, seed
and number of trials give the same settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import optuna
import pandas as pd

from features.catalogue import CATALOGUE, Catalogue
from models.boosted import Boosted
from models.calibration import log_loss
from models.labels import Labels, require_same_rows
from models.matrix import matrix
from models.readiness import ReadinessSettings, kept_apart
from models.scorecard import Scorecard

#: Parts of the training period; each but the first is judged by halves of those before it.
PARTS = 4
SEED = 20


@dataclass(frozen=True)
class Found:
    """Settings, and what they are worth.

    Parameters
    ----------
    settings : ReadinessSettings
        The defaults where nothing did better.
    log_loss, default_log_loss : float
        Mean over the parts judged, of what was found and of the defaults; before calibration.
    n_trials : int
    """

    settings: ReadinessSettings
    log_loss: float
    default_log_loss: float
    n_trials: int


def search(
    X: pd.DataFrame,
    y: pd.Series,
    *,
    groups: pd.Series,
    day: pd.Series,
    weight: pd.Series | None = None,
    trials: int,
    default: ReadinessSettings | None = None,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> Found:
    """Try settings on the training period, the latest parts of it foretold by those before.

    Parameters
    ----------
    X : DataFrame, shape (n_labels, n_features)
    y : Series of {0, 1}, shape (n_labels,)
    groups : Series of str, shape (n_labels,)
        Rows of one are never parted.
    day : Series of datetime64, shape (n_labels,)
    weight : Series, shape (n_labels,), optional
        How much each outcome counts.
    trials : int
        The defaults are the first of them.
    default : ReadinessSettings, optional
        What is not searched for is taken from it.

    Returns
    -------
    Found

    Raises
    ------
    LabelError
        If there are too few labels, or all of one class.

    Source
    ------
    Bergstra and others (2011), tree-structured Parzen estimators, as Optuna has them.
    """
    require_same_rows(X, outcomes=y, groups=groups, days=day, weights=weight)
    labels = Labels.checked(matrix(X, catalogue), y, groups, day, weight)
    folds = list(_folds(labels))
    default = default or ReadinessSettings()
    losses: dict[int, float] = {}

    def judged(trial: optuna.Trial) -> float:
        settings = _suggested(trial, default)
        told = [_loss(early, late, settings, num_threads, catalogue) for early, late in folds]
        losses[trial.number] = float(np.mean(told))
        return losses[trial.number]

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED))
        study.enqueue_trial(_as_suggested(default))
        study.optimize(judged, n_trials=trials)
    finally:
        optuna.logging.set_verbosity(verbosity)
    best = study.best_trial
    # Of two that do alike the default is taken, which nobody chose by these labels.
    chosen = (
        default if best.number == 0 else _suggested(optuna.trial.FixedTrial(best.params), default)
    )
    return Found(chosen, losses[best.number], losses[0], trials)


def search_what_is_fitted(
    X: pd.DataFrame,
    y: pd.Series,
    *,
    groups: pd.Series,
    day: pd.Series,
    weight: pd.Series,
    trials: int,
    default: ReadinessSettings | None = None,
    num_threads: int = 1,
) -> Found:
    """Search on the labels that a model is fitted on: what it keeps apart chooses nothing.

    Training and backtest search by this function alone, so that a backtest of so many trials speaks
    for a model of as many.

    Parameters
    ----------
    X, y, groups, day, weight
        Of all labels of the model, as `search` takes them.
    trials : int
    default : ReadinessSettings, optional

    Raises
    ------
    LabelError
        If there are too few labels, or all of one class.
    """
    default = default or ReadinessSettings()
    is_fit = ~kept_apart(y.to_numpy(), groups.to_numpy(str), day.to_numpy("M8[D]"), default)
    return search(
        X[is_fit],
        y[is_fit],
        groups=groups[is_fit],
        day=day[is_fit],
        weight=weight[is_fit],
        trials=trials,
        default=default,
        num_threads=num_threads,
    )


def _folds(labels: Labels) -> Iterator[tuple[Labels, Labels]]:
    """Everything before a part and the part, whole groups by their latest day."""
    names, index = np.unique(labels.groups, return_inverse=True)
    latest = np.full(len(names), labels.days.min())
    np.maximum.at(latest, index, labels.days)
    order = np.empty(len(names), dtype=int)
    order[np.lexsort((names, latest))] = np.arange(len(names))
    part = order[index] * PARTS // len(names)
    for k in range(1, PARTS):
        early, late = labels.part(part < k), labels.part(part == k)
        early.require_both_classes()
        if len(late):
            yield early, late


def _suggested(trial: optuna.trial.BaseTrial, default: ReadinessSettings) -> ReadinessSettings:
    boosting = replace(
        default.boosting,
        learning_rate=trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        min_leaf_rows=trial.suggest_int("min_leaf_rows", 10, 100),
        leaf_l2=trial.suggest_float("leaf_l2", 1.0, 100.0, log=True),
        feature_share=trial.suggest_float("feature_share", 0.4, 1.0),
    )
    return replace(
        default,
        boosting=boosting,
        n_trees=trial.suggest_int("n_trees", 25, 300, step=25),
        scorecard_c=trial.suggest_float("scorecard_c", 0.002, 1.0, log=True),
    )


def _as_suggested(settings: ReadinessSettings) -> dict[str, float | int | None]:
    boosting = settings.boosting
    return {
        "learning_rate": boosting.learning_rate,
        "min_leaf_rows": boosting.min_leaf_rows,
        "leaf_l2": boosting.leaf_l2,
        "feature_share": boosting.feature_share,
        "n_trees": settings.n_trees,
        "scorecard_c": settings.scorecard_c,
    }


def _loss(
    early: Labels, late: Labels, settings: ReadinessSettings, num_threads: int, catalogue: Catalogue
) -> float:
    """Log-loss of the mean of both halves' logits on the later part."""
    scorecard = Scorecard.fit(
        early.X, early.y, C=settings.scorecard_c, weight=early.weight, catalogue=catalogue
    )
    boosted = Boosted.fit(
        early.X,
        early.y,
        n_trees=settings.n_trees or 100,
        settings=settings.boosting,
        weight=early.weight,
        num_threads=num_threads,
        catalogue=catalogue,
    )
    z = (scorecard.logit(late.X) + boosted.logit(late.X)) / 2
    return log_loss(z, late.y, late.weight)
