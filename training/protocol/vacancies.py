"""Vacancies with known truth: what models are fitted on, what they are tried on, and the bound.

The rule that must not break: no vacancy and no person of the trial is among those that a model
learns from, and the truth is read by what judges a model, never by what fits it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from models.misclassified import LabelRates
from models.readiness import ReadinessClassifier
from simulation import bounds, chance
from simulation.knobs import Knobs
from simulation.observables import NAMES
from simulation.sampler import CHUNK, Sample, sample

POOL: Final = 30
_UP: Final = ("gap_", "deficit_", "potential_")
_ALSO_UP: Final = (
    "weighted_gap", "worst_critical_gap", "results_mean", "behaviour_mean", "years_above",
    "feedback", "hours", "course", "awards", "assignments", "education", "field_fits",
    "same_family",
)  # fmt: skip
#: Of which more may only raise readiness, or only lower it.
MONOTONE: Final = {
    **{name: 1 for name in NAMES if name.startswith(_UP) or name in _ALSO_UP},
    "sanctioned": -1,
}


@dataclass(frozen=True)
class Sizes:
    """How much is drawn for one seed.

    Parameters
    ----------
    labels : tuple of int
        Vacancies, hence labels, that models are fitted on.
    trial : int
        Vacancies that they are tried on.
    pairs, rounds : int
        Pairs and trees for observable Bayes.
    most_trees : int
        For the expected interview score.
    tells_fit_error : bool
        Whether observable Bayes is fitted on half the pairs as well, to see what it is short of.
    """

    labels: tuple[int, ...] = (500, 2000, 8000)
    trial: int = 2000
    pairs: int = 400_000
    rounds: int = bounds.ROUNDS
    most_trees: int = 400
    tells_fit_error: bool = False


SIZES: Final = {
    "tiny": Sizes(labels=(400, 1600), trial=400, pairs=60_000, rounds=120, most_trees=200),
    "realistic": Sizes(tells_fit_error=True),
    "small_agency": Sizes(labels=(300,)),
    "ignorable": Sizes(labels=(8000,)),
    "confounded": Sizes(labels=(8000, 24_000)),
    "unrecorded": Sizes(labels=(8000,)),
    "biased": Sizes(labels=(8000,)),
}


@dataclass(frozen=True)
class Drawn:
    """One seed's vacancies.

    Attributes
    ----------
    knobs : Knobs
    past : Sample
        Vacancies to learn from.
    trial : Sample
        Later ones, of other people.
    attainable : float64, shape (m,)
        Expected true probability of the trial's pairs by the best function of what is on record.
    fit_error : float, optional
        NDCG@5 that this function may still be short of its limit; None where it was not measured.
    """

    knobs: Knobs
    past: Sample
    trial: Sample
    attainable: np.ndarray
    fit_error: float | None


@lru_cache(maxsize=4)
def drawn(knobs: Knobs, seed: int, sizes: Sizes, threads: int = 1) -> Drawn:
    """Draw the vacancies of a seed, and fit the bound.

    Parameters
    ----------
    threads : int
        Changes the time, not the result.
    """
    past, trial = past_and_trial(knobs, seed, max(sizes.labels), sizes.trial)
    fitted_on = sample(knobs, int(_seeds(seed)[1]), -(-sizes.pairs // POOL), POOL)
    told = {"seed": seed, "threads": threads, "rounds": sizes.rounds}
    attainable = bounds.fit(fitted_on.x, fitted_on.p, **told).predict(trial.x, threads)
    if not sizes.tells_fit_error:
        return Drawn(knobs, past, trial, attainable, None)
    half = len(fitted_on.p) // 2
    with_half = bounds.fit(fitted_on.x[:half], fitted_on.p[:half], **told)
    gained = _ndcg(attainable, trial, seed) - _ndcg(
        with_half.predict(trial.x, threads), trial, seed
    )
    return Drawn(knobs, past, trial, attainable, max(gained, 0.0))


def past_and_trial(knobs: Knobs, seed: int, labels: int, trial: int) -> tuple[Sample, Sample]:
    """Vacancies to learn from, at least as many as labels are wanted, and later ones to try on.

    Whole chunks are learnt from: nobody of the trial stands in one of them.
    """
    first = -(-labels // CHUNK) * CHUNK
    everything = sample(knobs, int(_seeds(seed)[0]), first + trial, POOL)
    is_past = everything.vacancy < first
    return part(everything, is_past), part(everything, ~is_past)


def _seeds(seed: int) -> np.ndarray:
    """Of what models see, and of what the bound is fitted on."""
    return chance.stream(seed, "protocol").integers(2**31, size=2)


def part(drawn: Sample, rows: np.ndarray) -> Sample:
    """Some rows of a sample, vacancies counted from 0 again.

    Parameters
    ----------
    rows : bool, shape (m,)
    """
    arrays = {
        name: getattr(drawn, name)[rows]
        for name in Sample.__dataclass_fields__
        if name not in ("records", "vacancy")
    }
    vacancy = np.unique(drawn.vacancy[rows], return_inverse=True)[1]
    return replace(drawn, vacancy=vacancy, **arrays)


def first_vacancies(drawn: Sample, count: int) -> Sample:
    """The first vacancies of a sample, as many as there are labels wanted."""
    return part(drawn, drawn.vacancy < count)


def _ndcg(score: np.ndarray, trial: Sample, seed: int) -> float:
    places = bounds.ranked(score, trial, seed)
    return float(bounds.ndcg(places, trial.p, trial.vacancy).mean())


@dataclass(frozen=True)
class Targets:
    """What a model is taught: rows of the past, outcomes and scores, missing where not known."""

    rows: np.ndarray
    outcome: np.ndarray
    panel_score: np.ndarray | None


def recorded_targets(past: Sample, knobs: Knobs) -> Targets:
    """As the file has them: labels of those appointed, scores of those interviewed if recorded."""
    if knobs.interview_recorded:
        return Targets(np.ones(len(past.p), dtype=bool), past.label, past.mean_score)
    return Targets(past.is_appointed, past.label[past.is_appointed], None)


def on_record(x: np.ndarray) -> pd.DataFrame:
    """What is on record of pairs, as a table; missing as NaN."""
    return pd.DataFrame(x, columns=list(NAMES))


def as_drawn(given: Drawn) -> Drawn:
    """Past and trial by whole vacancies, as they were drawn."""
    return given


@dataclass(frozen=True)
class Procedure:
    """How models are made and used in the protocol; each step can be taken out to see it matter.

    Parameters
    ----------
    divided : callable
        Into past and trial, from what was drawn.
    targets : callable
        What is taught.
    on_record : callable
        The table of some pairs.
    order : callable
        Numbers that candidates are ordered by, from a model and the trial.
    probability : callable
        Probabilities, from a model and the trial's table.
    """

    divided: Callable[[Drawn], Drawn] = as_drawn
    targets: Callable[[Sample, Knobs], Targets] = recorded_targets
    on_record: Callable[[np.ndarray], pd.DataFrame] = on_record
    order: Callable[[ReadinessClassifier, Sample, pd.DataFrame], np.ndarray] = (
        lambda model, _trial, table: model.decision_function(table)
    )
    probability: Callable[[ReadinessClassifier, pd.DataFrame], np.ndarray] = lambda model, table: (
        model.predict_proba(table)[:, 1]
    )


HONEST: Final = Procedure()


def fitted(
    past: Sample, knobs: Knobs, sizes: Sizes, procedure: Procedure, threads: int = 1
) -> ReadinessClassifier:
    """A model of some past vacancies.

    The rates of the labels are those of the simulated ministry, as a reviewed sample of
    appointments would find them; they are not learnt from the labels.
    """
    targets = procedure.targets(past, knobs)
    model = ReadinessClassifier(
        monotone=MONOTONE,
        rates=LabelRates(knobs.failure_shown, knobs.success_broken),
        is_ignorable=knobs.private_information == 0 and knobs.network_weight == 0,
        most_trees=sizes.most_trees,
        num_threads=threads,
    )
    return model.fit(
        procedure.on_record(past.x[targets.rows]),
        targets.outcome,
        groups=past.vacancy[targets.rows],
        panel_score=targets.panel_score,
    )
