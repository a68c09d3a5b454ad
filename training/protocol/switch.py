"""The switch: from how many labels a model puts candidates in a better order than rules do.

The rule that must not break: a model is compared with the better of both rules, the official policy
score and the weighted gap, on the same vacancies; a size that a model refuses has no figure.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from features.errors import LabelError
from simulation import bounds
from simulation.knobs import Knobs
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.policy_score import policy_score
from training.protocol.vacancies import (
    HONEST,
    Procedure,
    Sizes,
    Targets,
    first_vacancies,
    fitted,
    past_and_trial,
)

LABELS: Final = (100, 150, 200, 300, 500, 800, 1200)
TRIAL: Final = 1200


def of_appointed(past: Sample, _knobs: Knobs) -> Targets:
    """Labels of those appointed alone, as where no interview score is on record."""
    return Targets(past.is_appointed, past.label[past.is_appointed], None)


#: With interview scores on record, and without.
PROCEDURES: Final[dict[str, Procedure]] = {
    "recorded": HONEST,
    "unrecorded": replace(HONEST, targets=of_appointed),
}


def switch_figures(knobs: Knobs, seed: int, threads: int) -> list[Figure]:
    """How much better than the better rule models are, by number of labels.

    Returns
    -------
    list of Figure
        `gain_on_rules_{recorded or unrecorded}_{labels}`, in NDCG@5.
    """
    past, trial = past_and_trial(knobs, seed, max(LABELS), TRIAL)
    rules = max(_ndcg(score, trial, seed) for score in (policy_score(trial.x), trial.weighted_gap))
    sizes, rows = Sizes(), []
    for name, procedure in PROCEDURES.items():
        for count in LABELS:
            gain = None
            try:
                some = first_vacancies(past, count)
                model = fitted(some, knobs, sizes, procedure, threads)
            except LabelError:
                pass
            else:
                table = procedure.on_record(trial.x)
                gain = _ndcg(model.decision_function(table), trial, seed) - rules
            rows.append(figure(f"gain_on_rules_{name}_{count}", gain, unit="NDCG@5"))
    return rows


def _ndcg(score: np.ndarray, trial: Sample, seed: int) -> float:
    places = bounds.ranked(score, trial, seed)
    return float(bounds.ndcg(places, trial.p, trial.vacancy).mean())
