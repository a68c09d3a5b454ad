"""The served model is measured with its interviews, and figures fall where they are not carried."""

from dataclasses import replace

import numpy as np
import pytest

from models.columns import Columns
from models.interviewed import Interviewed
from simulation.knobs import Knobs
from simulation.presets import preset
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.calibration import plain_figures
from training.protocol.served import Heard, TriedServed, as_recorded, served_figures
from training.protocol.vacancies import Drawn, Sizes, drawn

SEED = 7
SMALL = Sizes(labels=(400,), trial=200, pairs=3000, rounds=10, most_trees=25)
#: What holds of the small run, wide enough for another machine.
PROMISED = {
    "served.says_recorded": ">= 1",
    "served.gain_on_policy_score_400": ">= 0.12",
    "served.gain_on_weighted_gap_400": ">= 0.15",
    "served.first_choice_gain_400": ">= 0.07",
    "served.coverage_success": ">= 0.8",
    "served.ece_all_400": "<= 0.12",
}


@pytest.fixture(scope="module")
def given() -> Drawn:
    return drawn(preset("tiny"), SEED, SMALL)


def measured(given: Drawn, heard: Heard, n_bags: int = 0) -> dict[str, float | None]:
    found = TriedServed(given, SMALL, heard, n_bags=n_bags)
    return by_name(served_figures(found, SEED))


def by_name(rows: list[Figure]) -> dict[str, float | None]:
    names = [one.name for one in rows]
    assert len(set(names)) == len(names)
    return {one.name: one.value for one in rows}


def missed(told: dict[str, float | None]) -> set[str]:
    # What was not measured has not held.
    held = {name: figure(name, told.get(name), bound=PROMISED[name]).ok for name in PROMISED}
    return {name for name in PROMISED if not held[name]}


def nobody(_past: Sample, _knobs: Knobs, _columns: Columns) -> None:
    """Scores are on record, and no model takes them in."""


def dealt_anew(past: Sample, knobs: Knobs, columns: Columns) -> Interviewed | None:
    """Scores of others: what a panel wrote of somebody says nothing of them."""
    told = as_recorded(past, knobs, columns)
    assert told is not None
    return replace(told, score=np.random.default_rng(7).permutation(told.score))


def test_the_served_model_keeps_what_is_promised(given: Drawn) -> None:
    told = measured(given, as_recorded, n_bags=5)
    assert missed(told) == set()
    within, across = told["served.right_within_bands_400"], told["served.right_across_bands_400"]
    assert within is not None and across is not None
    assert across > within + 0.1


@pytest.mark.parametrize("heard", [nobody, dealt_anew])
def test_promises_break_where_interviews_are_not_carried(given: Drawn, heard: Heard) -> None:
    broken = missed(measured(given, heard))
    assert set(PROMISED) - {"served.says_recorded", "served.coverage_success"} <= broken
    assert ("served.says_recorded" in broken) == (heard is nobody)


def test_where_no_score_is_recorded_no_number_speaks_of_everybody(given: Drawn) -> None:
    unrecorded = replace(given, knobs=replace(given.knobs, interview_recorded=False))
    told = measured(unrecorded, as_recorded)
    assert told["served.says_not_identified"] == 1
    assert "served.coverage" not in told


def test_a_plain_model_is_fitted_without_the_scores(given: Drawn) -> None:
    vouched = replace(given, knobs=replace(given.knobs, private_information=0, network_weight=0))
    told = by_name(plain_figures(vouched, SMALL, SEED))
    assert told["plain.says_ignorable"] == 1
    assert told["plain.says_recorded"] == 0
    assert told["plain.ndcg5_share_400"] is not None
    assert told["plain.ece_all_400"] is not None
