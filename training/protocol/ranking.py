"""Ranking against known truth: how far from what is attainable, and from every rival.

The rule that must not break: success is what would happen, as the simulator knows it, and never
what a label shows; a rival is given the same candidates and the same record.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np

from models.readiness import ReadinessClassifier
from simulation import bounds
from simulation.knobs import Knobs
from simulation.observables import PLACE
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.policy_score import policy_score
from training.protocol.vacancies import (
    HONEST,
    Drawn,
    Procedure,
    Sizes,
    drawn,
    first_vacancies,
    fitted,
)

SHOWN: Final = bounds.SHOWN


class Judged(Protocol):
    """Models of several sizes, fitted on the past of a seed and asked about its trial."""

    @property
    def given(self) -> Drawn:
        """What was drawn."""
        ...

    @property
    def past(self) -> Sample:
        """What was learnt from."""
        ...

    @property
    def trial(self) -> Sample:
        """What they are tried on."""
        ...

    @property
    def models(self) -> Mapping[int, Any]:
        """By number of labels."""
        ...

    def order(self, count: int) -> np.ndarray:
        """Numbers that candidates of the trial are ordered by."""
        ...

    def probability(self, count: int) -> np.ndarray:
        """Probabilities of success of the trial's pairs."""
        ...


class Tried:
    """A procedure on one seed's vacancies, with models of every size.

    Parameters
    ----------
    given : Drawn
    sizes : Sizes
    procedure : Procedure
    threads : int
        Changes no figure.
    """

    def __init__(
        self, given: Drawn, sizes: Sizes, procedure: Procedure = HONEST, threads: int = 1
    ) -> None:
        self.given, self.procedure = procedure.divided(given), procedure
        self.past, self.trial = self.given.past, self.given.trial
        self.table = procedure.on_record(self.trial.x)
        self.models: dict[int, ReadinessClassifier] = {
            count: fitted(first_vacancies(self.past, count), given.knobs, sizes, procedure, threads)
            for count in sizes.labels
        }

    def order(self, count: int) -> np.ndarray:
        """Numbers that candidates of the trial are ordered by, with so many labels."""
        return self.procedure.order(self.models[count], self.trial, self.table)

    def probability(self, count: int) -> np.ndarray:
        """Probabilities of success of the trial's pairs, with so many labels."""
        return self.procedure.probability(self.models[count], self.table)


@lru_cache(maxsize=2)
def tried(knobs: Knobs, seed: int, sizes: Sizes, threads: int = 1) -> Tried:
    """The procedure as it is on the vacancies of a seed; kept for the topics that follow."""
    return Tried(drawn(knobs, seed, sizes, threads), sizes, threads=threads)


def ranking_figures(found: Judged, seed: int) -> list[Figure]:
    """How models and rivals put candidates in order.

    Returns
    -------
    list of Figure
        `ndcg5.{rival}` and `first_choice.{rival}` (true success of the first) for each rival;
        of models with so many labels `ndcg5_{labels}`, `ndcg5_share_{labels}` (of what is
        attainable), `above_attainable_{labels}` (beyond the error of that fit),
        `gain_on_{rival}_{labels}` (in NDCG@5) and `first_choice_gain_{labels}` over the panel;
        `shared_vacancies`, `shared_people`: shares of the trial that models had seen.
    """
    trial = found.trial
    places = {name: of(trial, found.given, seed) for name, of in RIVALS.items()}
    reached = {name: _ndcg(place, trial) for name, place in places.items()}
    firsts = {name: _first(place, trial) for name, place in places.items()}
    rows = [
        *(figure(f"ndcg5.{name}", value, unit="NDCG@5") for name, value in reached.items()),
        *(figure(f"first_choice.{name}", one, unit="probability") for name, one in firsts.items()),
    ]
    for count in found.models:
        place = bounds.ranked(found.order(count), trial, seed)
        ours = _ndcg(place, trial)
        attainable = reached["attainable"]
        told = {
            f"ndcg5_{count}": ours,
            f"ndcg5_share_{count}": ours / attainable,
            f"first_choice_gain_{count}": _first(place, trial) - firsts["panel"],
        }
        if found.given.fit_error is not None:
            told[f"above_attainable_{count}"] = ours - attainable - found.given.fit_error
        for name in ("weighted_gap", "policy_score"):
            told[f"gain_on_{name}_{count}"] = ours - reached[name]
        rows += [figure(name, value) for name, value in told.items()]
    return [*rows, *_shared(found)]


def _shared(found: Judged) -> list[Figure]:
    """What the trial has in common with what models learnt from; anything flatters them."""
    vacancies = np.isin(_vacancy_names(found.trial), _vacancy_names(found.past))
    people = np.isin(found.trial.person, found.past.person)
    return [
        figure("shared_vacancies", float(vacancies.mean()), unit="share"),
        figure("shared_people", float(people.mean()), unit="share"),
    ]


def _vacancy_names(drawn: Sample) -> np.ndarray:
    """What names a vacancy however a sample is parted: the leniency of its panel is its own."""
    return drawn.mean_leniency


def _ndcg(places: np.ndarray, trial: Sample) -> float:
    return float(bounds.ndcg(places, trial.p, trial.vacancy).mean())


def _first(places: np.ndarray, trial: Sample) -> float:
    return float(trial.p[places == 0].mean())


def _scored(of: Callable[[Sample], np.ndarray]) -> Callable[[Sample, Drawn, int], np.ndarray]:
    return lambda trial, _given, seed: bounds.ranked(of(trial), trial, seed)


def _seniority(trial: Sample) -> np.ndarray:
    """Rank, then years in service."""
    rank, years = trial.x[:, PLACE["rank"]], trial.x[:, PLACE["service_years"]]
    return rank.astype(np.float64) * 100 + years


def _attainable(trial: Sample, given: Drawn, seed: int) -> np.ndarray:
    return bounds.ranked(given.attainable, trial, seed)


def _lots(trial: Sample, _given: Drawn, seed: int) -> np.ndarray:
    return bounds.ranked(np.zeros(len(trial.p)), trial, seed)


#: Who is compared: places of all candidates, 0 the first.
RIVALS: Final[Mapping[str, Callable[[Sample, Drawn, int], np.ndarray]]] = {
    "oracle": _scored(lambda trial: trial.p),
    "attainable": _attainable,
    "panel": lambda trial, _given, seed: bounds.panel_places(trial, seed),
    "policy_score": _scored(lambda trial: policy_score(trial.x)),
    "weighted_gap": _scored(lambda trial: trial.weighted_gap),
    "rating": _scored(lambda trial: trial.rating),
    "seniority": _scored(_seniority),
    "random": _lots,
}
