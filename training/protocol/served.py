"""The served model against known truth: scorecard and booster, carrying what interviews tell.

The rule that must not break: a model is fitted here as the pipeline fits one, on what files show,
and is asked as the service asks; the truth is read by what judges it, and by nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from models.columns import Columns
from models.interviewed import Interviewed
from models.misclassified import LabelRates
from models.readiness import ReadinessModel, ReadinessSettings
from simulation.knobs import Knobs
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.calibration import coverage, errors
from training.protocol.fairness import fairness_figures
from training.protocol.ranking import ranking_figures
from training.protocol.vacancies import MONOTONE, Drawn, Sizes, first_vacancies, on_record

#: Vacancies are filled one a day from here on.
FIRST_DAY: Final = date(2000, 1, 1)
#: Candidates of the vacancies filled last are the background, as in training.
RECENT: Final = 100
#: More labels cost more time than they tell.
MOST_LABELS: Final = 8000
#: Bagged models are fitted for the most labels up to these; tie bands are read of so many lists.
MOST_BAGGED: Final = 500
LISTS: Final = 100

#: Everybody heard for some past vacancies, as a model of these columns takes them in; or None.
Heard = Callable[[Sample, Knobs, Columns], Interviewed | None]


def as_recorded(past: Sample, knobs: Knobs, columns: Columns) -> Interviewed | None:
    """Everybody interviewed, with the labels of those appointed; None where nothing is recorded."""
    if not knobs.interview_recorded:
        return None
    rows = past.is_interviewed
    vacancy = pd.Series(past.vacancy[rows].astype(str))
    told = pd.Series(past.is_appointed[rows])
    return Interviewed.checked(
        as_columns(columns, past.x[rows]),
        score=pd.Series(past.mean_score[rows]),
        vacancy=vacancy,
        outcome=pd.Series(past.label[rows]).where(told),
        groups=vacancy.where(told, ""),
        weight=pd.Series(np.ones(len(vacancy))),
        catalogue=columns.catalogue,
    )


def as_columns(columns: Columns, x: np.ndarray) -> pd.DataFrame:
    """What is on record of pairs, under the names of the model's catalogue; missing as NaN."""
    return pd.DataFrame(columns.matrix(on_record(x)), columns=columns.catalogue.names)


@dataclass(frozen=True, eq=False)
class Served:
    """A readiness model of simulated vacancies, and how what is on record enters it."""

    model: ReadinessModel
    columns: Columns

    @classmethod
    def fit(
        cls,
        past: Sample,
        knobs: Knobs,
        *,
        settings: ReadinessSettings,
        heard: Heard = as_recorded,
        threads: int = 1,
    ) -> "Served":
        """Fit on the appointed of past vacancies and on everybody heard for them.

        Parameters
        ----------
        past : Sample
        knobs : Knobs
            Whether scores are recorded, and how far labels tell what happened.
        settings : ReadinessSettings
        heard : callable
        threads : int
            Changes no figure.
        """
        chosen = past.is_appointed
        columns = Columns.fit(on_record(past.x[chosen]), MONOTONE)
        is_recent = past.vacancy >= past.n_vacancies - RECENT
        model = ReadinessModel.fit(
            as_columns(columns, past.x[chosen]),
            past.label[chosen],
            groups=past.vacancy[chosen].astype(str),
            day=pd.Timestamp(FIRST_DAY) + pd.to_timedelta(past.vacancy[chosen], unit="D"),
            background=as_columns(columns, past.x[is_recent]),
            interviews=heard(past, knobs, columns),
            rates=LabelRates(knobs.failure_shown, knobs.success_broken),
            settings=settings,
            num_threads=threads,
            catalogue=columns.catalogue,
        )
        return cls(model, columns)


class TriedServed:
    """Served models of several sizes on one seed's vacancies.

    Parameters
    ----------
    given : Drawn
    sizes : Sizes
    heard : callable
        Whose interviews models take in.
    n_bags : int
        Bagged models behind tie bands; 0 for none, and then bands are not judged.
    threads : int
        Changes no figure.
    """

    def __init__(
        self,
        given: Drawn,
        sizes: Sizes,
        heard: Heard = as_recorded,
        n_bags: int = 20,
        threads: int = 1,
    ) -> None:
        self.given, self.past, self.trial = given, given.past, given.trial
        counts = [one for one in sizes.labels if one <= MOST_LABELS]
        few = [one for one in counts if one <= MOST_BAGGED and n_bags]
        self.bagged = max(few, default=None)
        self.models: dict[int, Served] = {
            count: Served.fit(
                first_vacancies(given.past, count),
                given.knobs,
                settings=ReadinessSettings(n_bags=n_bags if count == self.bagged else 0),
                heard=heard,
                threads=threads,
            )
            for count in counts
        }

    def table(self, count: int) -> pd.DataFrame:
        """The trial's pairs as the model with so many labels takes them in."""
        return as_columns(self.models[count].columns, self.trial.x)

    def order(self, count: int) -> np.ndarray:
        """Log-odds that candidates of the trial are ordered by."""
        return self.models[count].model.logit(self.table(count))

    def probability(self, count: int) -> np.ndarray:
        """Probabilities that the trial's pairs would be shown."""
        return self.models[count].model.probability(self.table(count))


def served_figures(found: TriedServed, seed: int) -> list[Figure]:
    """How served models order, and what their probabilities, sets and tie bands are worth.

    Returns
    -------
    list of Figure
        All named `served.…`: of each size what `ranking_figures` tells and the errors of
        probabilities; of the largest what it says of selection, coverage unless that is not
        identified, and fairness; of the one with bagged models how its tie bands fit the truth.
    """
    most, knobs = max(found.models), found.given.knobs
    sized = tuple(f"_{count}" for count in found.models)
    rows = [one for one in ranking_figures(found, seed) if one.name.endswith(sized)]
    for count in found.models:
        rows += errors(found, count, seed)
    model = found.models[most].model
    is_vouched_for = knobs.private_information == 0 and knobs.network_weight == 0
    says = model.selection(is_vouched_for=is_vouched_for)
    rows += [
        figure(f"says_{kind.replace(' ', '_')}", float(says == kind), unit="yes/no")
        for kind in ("recorded", "ignorable", "not identified")
    ]
    if says != "not identified":
        doubts = model.doubts(found.table(most))
        rows += coverage(found.trial, doubts.may_fail, doubts.may_succeed)
    rows += [one for one in fairness_figures(found, seed) if one.name in _FAIRNESS]
    if found.bagged is not None:
        rows += _bands(found, found.bagged)
    return [replace(one, name=f"served.{one.name}") for one in rows]


_FAIRNESS: Final = ("impact_ratio5", "calibration_gap_sex")


def _bands(found: TriedServed, count: int) -> list[Figure]:
    """Whether the truth has two people of a list in its order, within a tie band and across."""
    trial, (score, table) = found.trial, (found.order(count), found.table(count))
    within: list[np.ndarray] = []
    across: list[np.ndarray] = []
    bands_of_lists = []
    for vacancy in range(min(LISTS, trial.n_vacancies)):
        rows = np.flatnonzero(trial.vacancy == vacancy)
        rows = rows[np.argsort(-score[rows], kind="stable")]
        _, bands = found.models[count].model.shown(table.iloc[rows])
        assert bands is not None
        above, below = np.triu_indices(len(rows), 1)
        is_right = trial.p[rows][above] > trial.p[rows][below]
        is_tied = bands[above] == bands[below]
        within.append(is_right[is_tied])
        across.append(is_right[~is_tied])
        bands_of_lists.append(bands[-1])
    return [
        figure(f"right_within_bands_{count}", _share(within), unit="share"),
        figure(f"right_across_bands_{count}", _share(across), unit="share"),
        figure(f"bands_{count}", float(np.mean(bands_of_lists)), unit="bands a list"),
    ]


def _share(of_lists: list[np.ndarray]) -> float | None:
    joined = np.concatenate(of_lists)
    return float(joined.mean()) if len(joined) else None
