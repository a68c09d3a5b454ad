"""Planted cases that a model has never met, and what the plain forest makes of them."""

import numpy as np

from simulation.presets import preset
from training.protocol import familiarity


def test_planted_cases_are_caught_and_ordinary_people_are_not(monkeypatch):
    monkeypatch.setattr(familiarity, "VACANCIES", 250)
    monkeypatch.setattr(familiarity, "TREES", 20)
    figures = familiarity.familiarity_figures(preset("realistic"), 3)
    found = {row.name.removeprefix("familiarity."): row.value or 0.0 for row in figures}
    assert found["caught"] > 0.9
    assert 0.001 < found["false_alarms"] < 0.04
    assert found["isolation_forest.caught"] < 0.5
    assert found["new_family.caught"] == 1
    assert all(row.ok for row in figures if row.name == "familiarity.caught")


def test_an_alarm_that_never_rings_misses_the_bound():
    cases = {"new_family": {"posts": np.zeros((5, 2))}}
    silent = familiarity._caught("familiarity", lambda X: np.zeros(len(X)), cases, is_ours=True)
    assert [(row.value, row.ok) for row in silent] == [(0.0, None), (0.0, False)]
