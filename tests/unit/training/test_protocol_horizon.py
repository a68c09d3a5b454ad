import numpy as np
import pandas as pd
import pytest

from models.horizon import YEARS
from simulation.agency import Agency, simulate
from simulation.observables import NAMES
from simulation.presets import preset
from training.figures import Figure
from training.horizons import calibration_error
from training.protocol import horizon
from training.protocol.horizon import COLUMNS, horizon_figures

KNOBS = preset("realistic", people=300)


@pytest.fixture(scope="module")
def agency() -> Agency:
    knobs = KNOBS.changed(people=600, first_year=horizon.BEGINS, years=24)
    return simulate(knobs, 3, papers_of=(2005, 2014))


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {one.name.removeprefix("horizon."): one for one in horizon_figures(KNOBS, 3)}


def test_error_is_that_worked_out_by_hand():
    chance = np.array([0.1, 0.3, 0.9, 0.5])
    # Bins (0.1, 0.3) and (0.5, 0.9): off by 0.3 and by 0.2.
    assert calibration_error(chance, np.array([1, 0, 1, 0]), bins=2) == pytest.approx(0.25)


def test_inputs_are_what_files_show():
    assert set(COLUMNS) - set(NAMES) == {"gap", "potential_mean"}


def test_days_of_events_are_those_of_the_truth(agency: Agency):
    boards = agency.truth["hazards"].set_index(["person", "year"])["is_ready"]
    above = horizon._next_class()
    rows = horizon._followed(agency)
    for row in rows.sample(200, random_state=1).to_dict("records"):
        first, year = row["as_of"].year, row["as_of"].year
        target = above[agency.states[first]["post_class"][row["person_id"]]]
        expected = pd.NaT
        while (row["person_id"], year) in boards.index:
            if above[agency.states[year]["post_class"][row["person_id"]]] == target and (
                boards[row["person_id"], year] == 1
            ):
                expected = pd.Timestamp(year, 1, 1)
                break
            year += 1
        assert (row["ready_on"] == expected) or (pd.isna(row["ready_on"]) and expected is pd.NaT)


def test_nobody_is_said_to_have_left_for_having_retired(agency: Agency):
    rows = horizon._followed(agency)
    left = agency.people["left"].to_numpy()
    reasons = agency.tables["person"].set_index("person")["left_reason"]
    gone = rows[rows["person_id"].map(reasons).eq("retired") & rows["left_on"].notna()]
    days = pd.to_datetime(left[gone["person_id"]].astype("datetime64[D]"))
    assert (gone["left_on"].to_numpy() != days.to_numpy()).mean() > 0.9


def test_every_figure_is_there_and_bounds_are_those_promised(figures: dict[str, Figure]):
    for years in (1, 2, YEARS):
        assert figures[f"cif_ece_{years}"].bound == "<= 0.02"
        for name in ("cif_bias", "chance_ece", "naive_ece"):
            assert figures[f"{name}_{years}"].bound is None
    assert figures["people"].value == pytest.approx(300 * 1.2, rel=0.2)


def test_chances_are_near_what_happens(figures: dict[str, Figure]):
    # A small ministry: what is left is chance.
    for years in (1, 2, YEARS):
        found, by_chance = figures[f"cif_ece_{years}"].value, figures[f"chance_ece_{years}"].value
        assert found is not None
        assert by_chance is not None
        assert found < by_chance + 0.06
    assert 0.8 < (figures["within_one_band"].value or 0) <= 1


def test_who_drops_the_censored_is_further_off(figures: dict[str, Figure]):
    assert (figures["naive_ece_5"].value or 0) > (figures["cif_ece_5"].value or 1)
