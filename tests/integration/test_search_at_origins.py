"""A backtest that searches does so at each origin, on what was known by then, as training does."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from models.readiness import ReadinessSettings, kept_apart
from tests.integration.test_planted_leaks import FIRST_TESTED, of_the_backtest
from training import backtest
from training.cohorts import matured
from training.dataset import reshuffle
from training.search import Found, search_what_is_fitted
from training.splits import Origin, yearly_origins


@pytest.fixture(scope="module")
def origin() -> Origin:
    """The newest, by which failures enough are known for a search."""
    return list(yearly_origins(of_the_backtest().decisions["decided_on"], FIRST_TESTED))[-1]


def test_settings_are_those_found_on_what_was_known_at_the_origin(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
):
    given, seen = of_the_backtest(), {}

    def told(X: pd.DataFrame, y: pd.Series, **rest: Any) -> Found:
        found = search_what_is_fitted(X, y, **rest)
        # Others than the defaults, which may be what was found.
        found = replace(found, settings=replace(found.settings, n_trees=26))
        seen.update(rest, found=found, n=len(X))
        return found

    monkeypatch.setattr(backtest, "search_what_is_fitted", told)
    model, _base_rate = backtest._readiness_at(given, origin, trials=2)
    known = matured(given.known_on(origin.on))
    assert (seen["trials"], seen["n"]) == (2, len(known))
    assert seen["day"].max() < pd.Timestamp(origin.on)
    assert model.settings == seen["found"].settings
    assert seen["found"].n_trials == 2
    assert model.settings.tells_uncertainty is False


def test_without_a_search_settings_are_the_defaults(origin: Origin):
    model, _base_rate = backtest._readiness_at(of_the_backtest(), origin)
    assert model.settings == ReadinessSettings(tells_uncertainty=False)


def test_what_a_model_keeps_apart_chooses_nothing(origin: Origin):
    given = of_the_backtest()
    known = matured(given.known_on(origin.on)).reset_index(drop=True)
    X, groups, day = given.features_of(known), reshuffle(known), known["decided_on"]
    y = known["success"]
    apart = kept_apart(
        y.to_numpy(), groups.to_numpy(str), day.to_numpy("M8[D]"), ReadinessSettings()
    )
    assert 0 < apart.sum() < len(apart)
    unknown = X.copy()
    unknown.loc[apart] = float("nan")
    found, again = (
        search_what_is_fitted(one, y, groups=groups, day=day, weight=known["weight"], trials=2)
        for one in (X, unknown)
    )
    assert found == again
