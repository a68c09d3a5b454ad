"""The small protocol holds as it is, and breaks a promise whatever is taken out of it."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.readiness import ReadinessClassifier
from models.two_stage import TwoStage
from simulation import bounds
from simulation.knobs import Knobs
from simulation.observables import NAMES
from simulation.presets import preset
from simulation.sampler import Sample
from tests.lib.command import suksesi
from training.figures import Figure
from training.protocol.calibration import calibration_figures
from training.protocol.promises import PROMISES
from training.protocol.ranking import Tried, ranking_figures, tried
from training.protocol.run import FIRST_SEED, over_seeds
from training.protocol.vacancies import (
    HONEST,
    SIZES,
    Drawn,
    Procedure,
    Sizes,
    Targets,
    drawn,
    part,
)

SEEDS = (FIRST_SEED, FIRST_SEED + 1)

pytestmark = pytest.mark.xdist_group("protocol")


def broken(procedure: Procedure) -> set[str]:
    """Promises of the small run that do not hold."""
    knobs, sizes = preset("tiny"), SIZES["tiny"]
    rows: list[list[Figure]] = []
    for seed in SEEDS:
        found = made_by(procedure, knobs, seed, sizes)
        rows.append([*ranking_figures(found, seed), *calibration_figures(found, seed)])
    judged = over_seeds("tiny", rows, PROMISES["tiny"])
    measured = {one.name.removeprefix("tiny.") for one in judged}
    missed = {one.name.removeprefix("tiny.") for one in judged if one.ok is False}
    return missed | (set(PROMISES["tiny"]) - measured)


def made_by(procedure: Procedure, knobs: Knobs, seed: int, sizes: Sizes) -> Tried:
    """The small run of a procedure; one that fits what the honest one fits uses its models."""
    if replace(procedure, order=HONEST.order, probability=HONEST.probability) != HONEST:
        return Tried(drawn(knobs, seed, sizes, 1), sizes, procedure)
    found = copy(tried(knobs, seed, sizes, 1))
    found.procedure = procedure
    return found


def imitation(past: Sample, _knobs: Knobs) -> Targets:
    everybody = np.ones(len(past.p), dtype=bool)
    return Targets(everybody, past.is_appointed.astype(float), None)


def first_stage_only(past: Sample, _knobs: Knobs) -> Targets:
    return Targets(past.is_appointed, past.label[past.is_appointed], None)


def at_random(given: Drawn) -> Drawn:
    """Half of the pairs of each vacancy of the trial are learnt from as well."""
    rows = np.random.default_rng(7).random(len(given.trial.p)) < 0.5
    moved, left = part(given.trial, rows), part(given.trial, ~rows)
    arrays = {
        name: np.concatenate([getattr(moved, name), getattr(given.past, name)])
        for name in Sample.__dataclass_fields__
        if name not in ("records", "vacancy")
    }
    vacancy = np.concatenate([moved.vacancy, given.past.vacancy + moved.n_vacancies])
    past = replace(given.past, vacancy=vacancy, **arrays)
    return replace(given, past=past, trial=left, attainable=given.attainable[~rows])


def uncalibrated(model: ReadinessClassifier, table: pd.DataFrame) -> np.ndarray:
    """The expected interview score as if it were a logit already."""
    assert isinstance(model.model_, TwoStage)
    return expit(model.model_.score(model.columns_.matrix(table)))


def noughts(x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(np.nan_to_num(x), columns=list(NAMES))


SABOTAGES: dict[str, tuple[Procedure, str]] = {
    "rank by rating": (
        replace(HONEST, order=lambda _m, trial, _t: bounds.filled(trial.rating, trial.vacancy)),
        "ndcg5_share_1600",
    ),
    "no calibration": (
        replace(HONEST, probability=uncalibrated),
        "ece_all_1600",
    ),
    "imitation of past choices": (replace(HONEST, targets=imitation), "ece_all_1600"),
    "random split": (replace(HONEST, divided=at_random), "shared_vacancies"),
    "missing as zero": (replace(HONEST, on_record=noughts), "missing_moves"),
    "second stage off": (replace(HONEST, targets=first_stage_only), "ndcg5_share_400"),
}


def test_nothing_is_broken_as_it_is(tmp_path: Path) -> None:
    done = suksesi("protocol", "--preset", "tiny", "--seeds", "2", "--json", home=tmp_path)
    assert done.code == 0, done.out
    assert {f"tiny.{name}" for name in PROMISES["tiny"]} <= {row["name"] for row in done.json}


@pytest.mark.parametrize("name", SABOTAGES)
def test_each_sabotage_breaks_a_promise(name: str) -> None:
    procedure, promise = SABOTAGES[name]
    assert promise in broken(procedure)
