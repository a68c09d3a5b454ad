"""What a random split would flatter is measured of the same decisions, or shown as not measured."""

import numpy as np
import pandas as pd
import pytest

from tests.lib.labels import labels
from training import optimism
from training.optimism import BY_AUC, BY_LOG_LOSS, optimism_figures

MADE = labels(400, 7)
DAY = pd.to_datetime(MADE.day)
DECISIONS = pd.DataFrame(
    {
        "appointment_id": [f"a{n}" for n in range(400)],
        "success": MADE.y.astype(float),
        "decided_on": DAY,
        "window_end_on": DAY + pd.Timedelta(days=30),
    }
)
#: The latest quarter is tested, and known by its base rate only.
ROLLING = DECISIONS.iloc[300:].assign(probability=0.8, day=DAY, origin=DAY.dt.year)


def test_the_same_decisions_are_measured_with_as_many_labels_as_were_known(
    monkeypatch: pytest.MonkeyPatch,
):
    asked = []
    predicted = optimism._predicted

    def noted(labels, X, n_fit, draw):
        asked.append(n_fit)
        return predicted(labels, X, n_fit, draw)

    monkeypatch.setattr(optimism, "_predicted", noted)
    rows = {row.name: row for row in optimism_figures(ROLLING, DECISIONS, MADE.X)}
    known = [(DECISIONS["window_end_on"] <= f"{year}-01-01").sum() for year in ROLLING["origin"]]
    assert asked == [round(np.mean(known))] * optimism.N_SPLITS
    for name in (BY_LOG_LOSS, BY_AUC):
        row = rows[name]
        assert row.value is not None
        assert row.low is not None
        assert row.high is not None
        assert row.low <= row.value <= row.high


def test_what_was_not_measured_is_shown_without_a_value():
    only_successes = ROLLING.assign(success=1.0)
    few = DECISIONS.assign(success=np.where(np.arange(400) % 20 == 0, 0.0, 1.0))
    for rolling, decisions in ((only_successes, DECISIONS), (ROLLING, few)):
        rows = optimism_figures(rolling, decisions, MADE.X)
        assert [(row.name, row.value) for row in rows] == [(BY_LOG_LOSS, None), (BY_AUC, None)]
