import hashlib
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from features.errors import ArtefactError, CatalogueError, LabelError, ProtectedAttributeError
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES
from models.hazards import HazardSettings
from models.horizon import (
    CENSORED,
    LEFT,
    READY,
    YEARS,
    FollowUps,
    Horizon,
    HorizonSettings,
    incidence_of,
    refuse_protected,
)

QUICK = HazardSettings(learning_rate=0.2, most_trees=40, folds=3)
SETTINGS = HorizonSettings("gap", 0.1, ("years_in_class",), ready=QUICK, leaving=QUICK)


def hazards_of(gap: np.ndarray, year: int) -> tuple[np.ndarray, float]:
    """The truth: the nearer, the likelier; one in twenty leaves."""
    return 0.35 / (1 + np.exp(3 * (gap - 0.1 * year))), 0.05


def people(n: int, seed: int, *, watched: np.ndarray | None = None) -> FollowUps:
    """People whose gaps are known, followed for as many years as each was watched."""
    rng = np.random.default_rng(seed)
    gap = rng.normal(0.3, 0.6, n)
    years, outcome = np.full(n, YEARS), np.full(n, CENSORED)
    for year in range(YEARS, 0, -1):
        ready, leaving = hazards_of(gap, year)
        lot = rng.random(n)
        happens = np.select([lot < ready, lot < ready + leaving], [READY, LEFT], CENSORED)
        years = np.where(happens != CENSORED, year, years)
        outcome = np.where(happens != CENSORED, happens, outcome)
    if watched is not None:
        outcome = np.where(years > watched, CENSORED, outcome)
        years = np.minimum(years, watched)
    X = pd.DataFrame({"gap": gap, "years_in_class": rng.integers(0, 9, n).astype(float)})
    return FollowUps(X, np.arange(n), years, outcome)


def truth(gap: np.ndarray) -> np.ndarray:
    years = [hazards_of(gap, year) for year in range(1, YEARS + 1)]
    ready = np.column_stack([one for one, _leaving in years])
    return incidence_of(ready, np.full(ready.shape, 0.05), np.full(len(gap), np.inf)).ready


@pytest.fixture(scope="module")
def short() -> FollowUps:
    """Six in ten were watched for a year or two only."""
    watched = np.random.default_rng(5).choice([1, 2, 5], 4000, p=[0.3, 0.3, 0.4])
    return people(4000, 3, watched=watched)


@pytest.fixture(scope="module")
def model(short: FollowUps) -> Horizon:
    return Horizon.fit(short, SETTINGS)


# --- incidence


def test_incidence_is_that_worked_out_by_hand():
    ready, leaving = np.array([[0.5, 0.4, 0.0, 0.0, 1.0]]), np.array([[0.1, 0.2, 0.0, 0.5, 0.0]])
    found = incidence_of(ready, leaving, np.array([np.inf]))
    # 1 -> 0.4 left of them -> 0.16 -> 0.16 -> 0.08 -> 0
    assert found.ready[0] == pytest.approx([0.5, 0.66, 0.66, 0.66, 0.74])
    assert found.left[0] == pytest.approx([0.1, 0.18, 0.18, 0.26, 0.26])
    assert found.waiting[0] == pytest.approx([0.4, 0.16, 0.16, 0.08, 0.0])


def test_retirement_cuts_the_years_off_with_the_share_of_the_last():
    hazard = np.full((1, YEARS), 0.36)
    found = incidence_of(hazard, np.zeros((1, YEARS)), np.array([1.5]))
    # Half a year at 0.36 a year: 1 - 0.64 ** 0.5 = 0.2 of the 0.64 who waited.
    assert found.ready[0] == pytest.approx([0.36, 0.488, 0.488, 0.488, 0.488])
    assert found.retired[0] == pytest.approx([0.0, 0.512, 0.512, 0.512, 0.512])


def test_whoever_is_retired_today_becomes_nothing_any_more():
    hazard = np.full((1, YEARS), 0.3)
    found = incidence_of(hazard, hazard, np.array([0.0]))
    assert (found.ready == 0).all()
    assert (found.retired == 1).all()


def test_an_unknown_day_of_retirement_gives_no_chance():
    hazard = np.full((2, YEARS), 0.3)
    found = incidence_of(hazard, hazard, np.array([np.nan, 9.0]))
    assert np.isnan(found.ready[0]).all()
    assert np.isfinite(found.ready[1]).all()


def test_what_can_become_of_somebody_adds_up_to_one():
    rng = np.random.default_rng(1)
    ready, leaving = rng.random((50, YEARS)), rng.random((50, YEARS))
    found = incidence_of(ready, leaving, rng.uniform(0, 7, 50))
    sums = found.ready + found.left + found.retired + found.waiting
    assert sums == pytest.approx(1.0)
    assert (np.diff(found.ready, axis=1) >= -1e-12).all()


# --- fitting


def test_rows_of_people_watched_too_short_are_kept():
    follow = FollowUps(
        pd.DataFrame({"gap": [1.0, 0.0, 2.0]}),
        np.array(["a", "b", "c"]),
        np.array([2, 0, 5]),
        np.array([CENSORED, CENSORED, LEFT]),
    )
    place, year = follow.rows()
    assert place.tolist() == [0, 0, 2, 2, 2, 2, 2]
    assert year.tolist() == [1, 2, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("years", "outcome"), [(0, READY), (6, CENSORED), (-1, CENSORED)])
def test_follow_ups_refuse_years_that_cannot_be(years, outcome):
    with pytest.raises(LabelError, match="years watched"):
        FollowUps(
            pd.DataFrame({"gap": [1.0]}), np.array([1]), np.array([years]), np.array([outcome])
        )


def test_incidence_is_right_although_most_were_watched_too_short(model: Horizon):
    others = people(4000, 11).X
    found = model.incidence(others, np.full(len(others), np.inf)).ready
    off = found.mean(axis=0) - truth(others["gap"].to_numpy()).mean(axis=0)
    assert np.abs(off).max() < 0.02


def test_a_greater_gap_never_makes_anybody_ready_sooner(model: Horizon):
    gaps = np.repeat(np.linspace(-2, 3, 60), 9)
    X = pd.DataFrame({"gap": gaps, "years_in_class": np.tile(np.arange(9.0), 60)})
    ready, _leaving = model.hazards(X)
    by_gap = ready.reshape(60, 9, YEARS)
    assert (np.diff(by_gap, axis=0) <= 1e-12).all()
    assert by_gap[0].mean() > by_gap[-1].mean() + 0.1


def test_a_gap_is_put_in_as_it_will_be(short: FollowUps):
    still = HorizonSettings("gap", 0.0, ("years_in_class",), ready=QUICK, leaving=QUICK)
    X = pd.DataFrame({"gap": [0.4], "years_in_class": [3.0]})
    model = Horizon.fit(short, still)
    moved = Horizon(model.columns, SETTINGS, model.ready, model.leaving)
    nearer, _ = model.hazards(X.assign(gap=0.4 - 0.1 * YEARS))
    assert moved.hazards(X)[0][0, -1] == nearer[0, -1]


def test_too_few_events_are_refused(short: FollowUps):
    few = FollowUps(
        short.X, short.person, short.years, np.where(short.outcome == READY, 0, short.outcome)
    )
    with pytest.raises(LabelError, match="0 events"):
        Horizon.fit(few, SETTINGS)


# --- years that a rule keeps closed


@pytest.fixture(scope="module")
def ruled() -> FollowUps:
    """Of whom half are kept waiting for two years, then are ready nine times in ten."""
    rng = np.random.default_rng(9)
    n = 3000
    closed = rng.choice([0, 2], n)
    first = np.where(closed == 2, 3, rng.integers(1, 9, n))
    is_ready = (rng.random(n) < 0.9) & (first <= YEARS)
    years = np.where(is_ready, np.minimum(first, YEARS), YEARS)
    outcome = np.where(is_ready, READY, CENSORED)
    # Some leave, so that leaving can be learnt.
    leaves = ~is_ready & (rng.random(n) < 0.5)
    X = pd.DataFrame({"gap": rng.normal(size=n), "years_in_class": np.where(closed == 2, 1.0, 9.0)})
    return FollowUps(X, np.arange(n), years, np.where(leaves, LEFT, outcome), closed)


def test_nobody_is_ready_in_a_year_that_a_rule_keeps_closed(ruled: FollowUps):
    model = Horizon.fit(ruled, SETTINGS)
    assert ruled.closed is not None
    held_back = ruled.closed == 2
    X = ruled.X[held_back].head(50)
    shut = model.incidence(X, np.full(50, np.inf), np.full(50, 2)).ready
    assert (shut[:, :2] == 0).all()
    # In the first open year most are; nothing was learnt from the years before it.
    assert shut[:, 2].mean() == pytest.approx(0.9, abs=0.05)
    free = ruled.X[~held_back].head(50)
    freely = model.incidence(free, np.full(50, np.inf), np.zeros(50, int)).ready
    assert 0.05 < freely[:, 0].mean() < 0.25
    assert (model.incidence(free, np.full(50, np.inf)).ready == freely).all()


def test_a_closed_year_in_which_somebody_was_ready_is_refused(ruled: FollowUps):
    with pytest.raises(LabelError, match="closed"):
        replace(ruled, closed=ruled.years)


# --- what is no follow-up

THREE: dict[str, Any] = {
    "X": pd.DataFrame({"gap": [1.0, 0.0, np.nan]}),
    "person": np.array(["a", "b", "c"]),
    "years": np.array([2, 0, 5]),
    "outcome": np.array([CENSORED, CENSORED, LEFT]),
}


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"outcome": np.array([CENSORED, 3, LEFT])}, "an outcome is none that there is"),
        ({"outcome": np.array([CENSORED, 0.5, LEFT])}, "outcomes are no whole numbers"),
        ({"outcome": np.array(["0", "1", "2"])}, "outcomes are no whole numbers"),
        ({"years": np.array([2, 0.5, 5])}, "years watched are no whole numbers"),
        ({"years": np.array([2, np.nan, 5])}, "years watched are no whole numbers"),
        ({"years": np.array([2, 0])}, "differ in length"),
        ({"person": np.array(["a", "b"])}, "differ in length"),
        ({"person": np.array(["a", None, "c"])}, "a row is nobody's"),
    ],
)
def test_what_is_no_follow_up_is_refused(wrong, what):
    with pytest.raises(LabelError, match=f"follow-ups: .*{what}.*Expected: "):
        FollowUps(**{**THREE, **wrong})


@pytest.mark.parametrize(
    ("X", "what"),
    [
        (pd.DataFrame({"gap": [1.0, np.inf, 0.0]}), "column gap: a value is infinite"),
        (pd.DataFrame({"gap": ["1.0", "2.0", "0.0"]}), "column gap: values are not numbers"),
        (pd.DataFrame([[1.0, 2.0]] * 3, columns=["gap", "gap"]), "two columns share a name: gap"),
    ],
)
def test_columns_that_hold_no_numbers_are_refused_in_fitting_and_in_asking(X, what, model: Horizon):
    with pytest.raises(CatalogueError, match=what):
        FollowUps(**{**THREE, "X": X})
    with pytest.raises(CatalogueError, match=what):
        model.incidence(X.assign(years_in_class=1.0), np.full(3, 9.0))


def test_numbers_of_any_type_are_followed(short: FollowUps, model: Horizon):
    told = FollowUps(
        short.X.astype("Float64"),
        short.person,
        short.years.astype(float),
        short.outcome.astype("int8"),
    )
    assert Horizon.fit(told, SETTINGS).to_text() == model.to_text()


def test_the_order_of_rows_and_how_people_are_named_changes_nothing(
    short: FollowUps, model: Horizon
):
    order = np.random.default_rng(2).permutation(len(short.years))
    other = FollowUps(
        short.X.iloc[order], short.person[order], short.years[order], short.outcome[order]
    )
    assert Horizon.fit(other, SETTINGS).to_text() == model.to_text()


@pytest.mark.parametrize("n_people", [1, 2])
def test_events_of_too_few_people_are_refused(short: FollowUps, n_people: int):
    whose = np.arange(len(short.years)) % n_people
    with pytest.raises(LabelError, match=f"being ready: {n_people} people have these"):
        Horizon.fit(FollowUps(short.X, whose, short.years, short.outcome), SETTINGS)


def test_people_named_by_numbers_and_texts_are_refused(short: FollowUps):
    whose = np.array([str(n) if n % 2 else n for n in short.person], dtype=object)
    with pytest.raises(LabelError, match="numbers and by texts"):
        Horizon.fit(FollowUps(short.X, whose, short.years, short.outcome), SETTINGS)


@pytest.mark.parametrize(
    "settings",
    [
        HorizonSettings("distance", 0.1),
        HorizonSettings("gap", 0.1, ("years_in_town",)),
        HorizonSettings("gap", 0.1, ready_directions={"rank": 1}),
    ],
)
def test_settings_of_a_column_that_is_not_there_are_refused(settings, short: FollowUps):
    with pytest.raises(CatalogueError, match="the table has no column"):
        Horizon.fit(short, settings)


def test_a_column_called_as_one_that_is_made_is_refused(short: FollowUps):
    told = FollowUps(short.X.assign(year_ahead=1.0), short.person, short.years, short.outcome)
    with pytest.raises(CatalogueError, match="year_ahead"):
        Horizon.fit(told, SETTINGS)


def test_of_a_table_without_the_columns_nothing_is_foretold(model: Horizon):
    with pytest.raises(CatalogueError, match=r"columns are absent: years_in_class\. Expected"):
        model.incidence(pd.DataFrame({"gap": [0.1]}), np.array([9.0]))
    # Others may stand beside them.
    told = pd.DataFrame({"name": ["x"], "years_in_class": [2.0], "gap": [0.1]})
    assert np.isfinite(model.incidence(told, np.array([9.0])).ready).all()


@pytest.mark.parametrize("ends", [np.array([9.0]), ["9", "9"], np.array([[9.0], [9.0]])])
def test_years_to_retirement_are_a_number_for_each_person(model: Horizon, ends):
    told = pd.DataFrame({"years_in_class": [2.0, 3.0], "gap": [0.1, 0.2]})
    with pytest.raises(CatalogueError, match="years to retirement are no numbers, or not one"):
        model.incidence(told, ends)


# --- what must stay out


@pytest.mark.parametrize("name", [*PROTECTED_ATTRIBUTES, "age", "age_band", "born_on", "bup_years"])
def test_a_protected_column_is_refused(name: str, short: FollowUps):
    told = FollowUps(short.X.assign(**{name: 1.0}), short.person, short.years, short.outcome)
    with pytest.raises(ProtectedAttributeError, match=name):
        Horizon.fit(told, SETTINGS)


def test_features_of_the_catalogue_may_all_be_learnt_from():
    refuse_protected(CATALOGUE.names)


# --- storage


def test_a_stored_horizon_says_the_same(model: Horizon, short: FollowUps):
    again = Horizon.from_text(model.to_text())
    ends = np.full(len(short.X), 3.5)
    assert (again.incidence(short.X, ends).ready == model.incidence(short.X, ends).ready).all()
    assert again.to_text() == model.to_text()


def test_a_horizon_of_another_format_is_refused(model: Horizon):
    with pytest.raises(ArtefactError, match="format 9"):
        Horizon.from_text(model.to_text().replace('"format": 1', '"format": 9'))


def test_another_process_grows_the_same_horizon(model: Horizon):
    code = (
        "import hashlib, numpy as np\n"
        "from tests.unit.models.test_horizon import SETTINGS, people\n"
        "from models.horizon import Horizon\n"
        "watched = np.random.default_rng(5).choice([1, 2, 5], 4000, p=[0.3, 0.3, 0.4])\n"
        "text = Horizon.fit(people(4000, 3, watched=watched), SETTINGS).to_text()\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(model.to_text().encode()).hexdigest()
