import json

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from features.errors import ArtefactError
from models.class_horizons import (
    GAP,
    READINESS,
    SHORTFALL,
    TO_SETTLE,
    ClassHorizon,
    ClassHorizons,
    columns_of,
    directions,
    names,
)
from models.hazards import HazardSettings
from models.horizon import Horizon, HorizonSettings
from tests.lib.labels import candidates
from tests.unit.models.test_horizon import people

QUICK = HazardSettings(learning_rate=0.3, most_trees=20, folds=3)


@pytest.fixture(scope="module")
def horizons() -> ClassHorizons:
    settings = HorizonSettings("gap", 0.1, ready=QUICK, leaving=QUICK)
    horizon = Horizon.fit(people(800, 3), settings)
    one = ClassHorizon(
        horizon,
        event="probability_and_requirements",
        probability_at_least=0.7,
        pack="harbour@1",
        route="open_selection",
        n_people=800,
        n_ready=300,
        n_left=90,
        measured={"cif_ece_1": 0.01},
    )
    return ClassHorizons({"high": one}, {"higher": "higher: 2 people became ready"})


def test_columns_are_those_of_the_catalogue_with_the_gap_turned_round():
    X = candidates(5, 1)
    told = columns_of(X, np.arange(5.0), np.array([0, 1, 2, 3, 4]))
    assert list(told) == names()
    assert GAP not in told
    pd.testing.assert_series_equal(told[SHORTFALL], -X[GAP], check_names=False)
    assert told[READINESS].tolist() == told[TO_SETTLE].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_directions_are_those_of_the_catalogue():
    found = directions()
    assert GAP not in found
    assert (found[READINESS], found[TO_SETTLE]) == (1, -1)
    assert {n: d for n, d in found.items() if n in CATALOGUE.names} == {
        one.name: one.direction for one in CATALOGUE if one.direction and one.name != GAP
    }


def test_stored_horizons_say_the_same(horizons: ClassHorizons):
    again = ClassHorizons.from_text(horizons.to_text())
    assert again.to_text() == horizons.to_text()
    assert again.without == horizons.without
    X, ends = people(50, 1).X, np.full(50, np.inf)
    found, kept = again.by_class["high"], horizons.by_class["high"]
    assert (found.horizon.incidence(X, ends).ready == kept.horizon.incidence(X, ends).ready).all()
    assert vars(found).keys() == vars(kept).keys()
    for name in ("event", "probability_at_least", "pack", "route", "n_people", "n_ready", "n_left"):
        assert getattr(found, name) == getattr(kept, name)
    assert found.measured == kept.measured


def test_a_horizon_foretells_its_own_event_under_its_own_pack(horizons: ClassHorizons):
    one = horizons.by_class["high"]
    event, pack, route = "probability_and_requirements", "harbour@1", "open_selection"
    assert one.foretells(event, 0.7, pack, route)
    assert not one.foretells("appointment", 0.7, pack, route)
    assert not one.foretells(event, 0.6, pack, route)
    assert not one.foretells(event, 0.7, "harbour@2", route)
    assert not one.foretells(event, 0.7, pack, "lateral")


def test_figures_are_named_by_class(horizons: ClassHorizons):
    assert horizons.figures() == {
        "horizon.high.n_people": 800.0,
        "horizon.high.n_ready": 300.0,
        "horizon.high.n_left": 90.0,
        "horizon.high.cif_ece_1": 0.01,
    }


def test_another_format_is_refused(horizons: ClassHorizons):
    document = {**json.loads(horizons.to_text()), "format": 9}
    with pytest.raises(ArtefactError, match="format 9"):
        ClassHorizons.from_text(json.dumps(document))
