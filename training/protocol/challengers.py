"""Challengers: other ways to make a model, on the same vacancies, so that what lost is known.

The rule that must not break: every challenger learns from the same past and is judged by the same
truth; none is tuned on the trial, and neither is the procedure that it is compared with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import lightgbm
import numpy as np
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from models.calibration import FOLDS
from models.misclassified import LabelRates
from models.readiness import ReadinessClassifier
from simulation import bounds
from simulation.knobs import Knobs
from simulation.observables import NAMES
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.vacancies import (
    HONEST,
    MONOTONE,
    Sizes,
    drawn,
    first_vacancies,
    fitted,
    on_record,
)

SIZES: Final = Sizes(pairs=240_000, rounds=300)
TREES: Final = 100
RANKING_TREES: Final = 200
#: Grades of an interview score for LambdaRank, and the places that it looks at.
GRADES: Final = 20
PLACES: Final = 8
#: Propensities below are taken for this: their weights would say nothing else.
LEAST_PROPENSITY: Final = 0.02
_PARAMETERS: Final[Mapping[str, Any]] = {
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_data_in_leaf": 30,
    "lambda_l2": 20.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 20,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
_MONOTONE: Final[Mapping[str, Any]] = {
    "monotone_constraints": [MONOTONE.get(name, 0) for name in NAMES],
    "monotone_constraints_method": "intermediate",
}


@dataclass(frozen=True)
class Told:
    """What a challenger says of the trial's pairs.

    Parameters
    ----------
    order : ndarray, shape (m,)
    probability : ndarray, shape (m,), optional
        None where it says no probability.
    """

    order: np.ndarray
    probability: np.ndarray | None = None


class Challengers:
    """All challengers on one past and one trial.

    Parameters
    ----------
    past, trial : Sample
    knobs : Knobs
    threads : int
        Changes no figure.
    """

    def __init__(self, past: Sample, trial: Sample, knobs: Knobs, threads: int = 1) -> None:
        self.past, self.trial, self.knobs, self.threads = past, trial, knobs, threads
        self.rates = LabelRates(knobs.failure_shown, knobs.success_broken)
        self._x = past.x[past.is_appointed]
        self._y = past.label[past.is_appointed]
        self._vacancy = past.vacancy[past.is_appointed]

    def told(self) -> dict[str, Told]:
        """What each says, by its name."""
        return {
            "two_stage": self._of(self._two_stage),
            "blend": self._of(self._blend),
            "blend_isotonic": self._isotonic(),
            "lightgbm": self._boosted(),
            "lightgbm_monotone": self._boosted(_MONOTONE),
            "lightgbm_ipw": self._boosted(_MONOTONE, weight=self._inverse_propensity()),
            "imitation": self._imitation(),
            "lambdarank": Told(self._ranked),
            "two_stage_and_lambdarank": self._both(),
        }

    @cached_property
    def _two_stage(self) -> ReadinessClassifier:
        return fitted(self.past, self.knobs, SIZES, HONEST, self.threads)

    @cached_property
    def _blend(self) -> ReadinessClassifier:
        """A model of the appointed alone."""
        model = ReadinessClassifier(
            monotone=MONOTONE, rates=self.rates, num_threads=self.threads, fewest_per_class=5
        )
        return model.fit(on_record(self._x), self._y, groups=self._vacancy)

    def _of(self, model: ReadinessClassifier) -> Told:
        table = on_record(self.trial.x)
        return Told(model.decision_function(table), model.predict_proba(table)[:, 1])

    def _isotonic(self) -> Told:
        """The blend under a staircase, fitted on logits of vacancies left out."""
        fold = self._vacancy % FOLDS
        crossed = np.empty(len(self._y))
        for k in range(FOLDS):
            model = ReadinessClassifier(monotone=MONOTONE, calibrates=False, fewest_per_class=5)
            model.fit(on_record(self._x[fold != k]), self._y[fold != k])
            crossed[fold == k] = model.decision_function(on_record(self._x[fold == k]))
        stairs = IsotonicRegression(out_of_bounds="clip").fit(crossed, self._y)
        plain = ReadinessClassifier(monotone=MONOTONE, calibrates=False, fewest_per_class=5)
        plain.fit(on_record(self._x), self._y, groups=self._vacancy)
        shown = stairs.predict(plain.decision_function(on_record(self.trial.x)))
        return Told(shown, self.rates.behind(shown))

    def _boosted(
        self, more: Mapping[str, Any] | None = None, weight: np.ndarray | None = None
    ) -> Told:
        booster = self._grown("binary", self._x, self._y, more, weight)
        z = self._predicted(booster, self.trial.x)
        return Told(z, self.rates.behind(expit(z)))

    def _inverse_propensity(self) -> np.ndarray:
        """Weights by which the appointed stand for everybody, 1 in the mean."""
        y = self.past.is_appointed.astype(float)
        chance = expit(self._predicted(self._grown("binary", self.past.x, y), self._x))
        weight = 1 / np.clip(chance, LEAST_PROPENSITY, 1)
        return weight / weight.mean()

    def _imitation(self) -> Told:
        """Who was appointed is taken for a success, everybody else for a failure."""
        y = self.past.is_appointed.astype(float)
        z = self._predicted(self._grown("binary", self.past.x, y, _MONOTONE), self.trial.x)
        return Told(z, expit(z))

    @cached_property
    def _ranked(self) -> np.ndarray:
        """LambdaRank on interview scores in grades: outcomes have no contrast within a vacancy."""
        heard = self.past.is_interviewed
        score, vacancy = self.past.mean_score[heard], self.past.vacancy[heard]
        low, high = np.quantile(score, [0.02, 0.98])
        grade = np.clip((score - low) / (high - low) * GRADES, 0, GRADES).astype(int)
        more = {
            **_MONOTONE,
            "label_gain": list(range(GRADES + 1)),
            "lambdarank_truncation_level": PLACES,
        }
        group = np.bincount(np.unique(vacancy, return_inverse=True)[1])
        x = self.past.x[heard]
        booster = self._grown("lambdarank", x, grade, more, group=group, trees=RANKING_TREES)
        return self._predicted(booster, self.trial.x)

    def _both(self) -> Told:
        first = self._of(self._two_stage).order
        return Told(_standardised(first) + _standardised(self._ranked))

    def _grown(
        self,
        objective: str,
        x: np.ndarray,
        y: np.ndarray,
        more: Mapping[str, Any] | None = None,
        weight: np.ndarray | None = None,
        group: np.ndarray | None = None,
        trees: int = TREES,
    ) -> lightgbm.Booster:
        told = {**_PARAMETERS, **(more or {}), "objective": objective}
        told["num_threads"] = self.threads
        return lightgbm.train(told, lightgbm.Dataset(x, y, weight=weight, group=group), trees)

    def _predicted(self, booster: lightgbm.Booster, x: np.ndarray) -> np.ndarray:
        return np.asarray(booster.predict(x, raw_score=True, num_threads=self.threads))


def challenger_figures(knobs: Knobs, seed: int, threads: int) -> list[Figure]:
    """How far each challenger comes.

    Returns
    -------
    list of Figure
        `challenger.{name}.share_{labels}` of the attainable NDCG@5, and `challenger.{name}.ece_all_
        {labels}` against the truth of all candidates.
    """
    given = drawn(knobs, seed, SIZES, threads)
    trial = given.trial
    reached = _ndcg(given.attainable, trial, seed)
    rows = []
    for count in SIZES.labels:
        found = Challengers(first_vacancies(given.past, count), trial, knobs, threads).told()
        for name, told in found.items():
            share = _ndcg(told.order, trial, seed) / reached
            rows.append(figure(f"challenger.{name}.share_{count}", share))
            if told.probability is not None:
                error = bounds.calibration_error(told.probability, trial.p)
                rows.append(figure(f"challenger.{name}.ece_all_{count}", error))
    return rows


def _ndcg(score: np.ndarray, trial: Sample, seed: int) -> float:
    places = bounds.ranked(score, trial, seed)
    return float(bounds.ndcg(places, trial.p, trial.vacancy).mean())


def _standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()
