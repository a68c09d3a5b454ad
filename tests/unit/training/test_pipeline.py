"""What training tells of a model besides the model: figures, and doubts where they are too good."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.labels import labels
from training.dataset import TrainingSet
from training.pipeline import _kept_apart, _metrics, _warn_if_too_good
from training.plausibility import MOST_OF_A_MODEL


def trained_on(y: np.ndarray) -> tuple[dict[str, float], list[str]]:
    """Figures and warnings of a model of invented people with these outcomes."""
    made = labels(600, 7)
    data = TrainingSet(
        X=made.X,
        pairs=pd.DataFrame(index=made.X.index),
        weight=pd.Series(1.0, index=made.X.index),
        y=pd.Series(y.astype(float)),
        day=pd.to_datetime(made.day),
        reshuffle=made.groups,
        background=made.X,
        label_cutoff_on=date(2016, 1, 1),
    )
    settings = ReadinessSettings(n_trees=20)
    model = ReadinessModel.fit(
        data.X, data.y, groups=data.reshuffle, day=data.day, settings=settings
    )
    metrics, said = _metrics(model, _kept_apart(model, data)), []
    _warn_if_too_good(metrics, said.append)
    return metrics, said


def test_a_model_too_good_to_be_true_is_trained_with_a_warning():
    made = labels(600, 7)
    metrics, said = trained_on(made.logit > np.quantile(made.logit, 0.4))
    assert metrics["kept_apart_auc"] > MOST_OF_A_MODEL
    assert metrics["is_suspected_leak"] == 1.0
    assert said == [
        f"an AUC of {metrics['kept_apart_auc']:.3f} on rows kept apart: "
        "treat as leakage until shown otherwise"
    ]


@pytest.mark.parametrize("seed", [7, 8])
def test_an_honest_model_is_not_suspected(seed: int):
    metrics, said = trained_on(labels(600, seed).y.to_numpy())
    assert metrics["is_suspected_leak"] == 0.0
    assert metrics["kept_apart_auc"] <= MOST_OF_A_MODEL
    assert said == []
