"""People interviewed for past vacancies, as a readiness model takes them in.

The rule that must not break: outcomes of rows that the model keeps apart are not looked at here,
and what the halves say of a row comes from halves that have not seen it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from features.catalogue import CATALOGUE, Catalogue
from features.errors import LabelError
from models.bagging import Bags
from models.boosted import Boosted, BoostingSettings
from models.calibration import Calibration, misfit
from models.labels import Labels
from models.matrix import matrix
from models.misclassified import LabelRates
from models.panel_score import FEWEST_INTERVIEWED, FEWEST_VACANCIES, Interviews, expected_score
from models.panel_stage import PanelStage, fit_panel_stage, refitted
from models.scorecard import Scorecard
from models.two_stage import FEWEST_FAILURES, FEWEST_LABELS

FOLDS = 3

Halves = tuple[Scorecard, Boosted]
#: Fits both halves on some labels.
Fit = Callable[[Labels], Halves]


@dataclass(frozen=True, eq=False)
class Interviewed:
    """Everybody interviewed, one row a vacancy and person, in an order of their own.

    Parameters
    ----------
    X : ndarray, shape (n_pairs, n_features)
    score : ndarray, shape (n_pairs,)
    vacancy : ndarray of str, shape (n_pairs,)
    outcome : ndarray of {0, 1, NaN}, shape (n_pairs,)
    groups : ndarray of str, shape (n_pairs,)
        The group of the label of those with an outcome; anything of the others.
    weight : ndarray, shape (n_pairs,)
    """

    X: np.ndarray
    score: np.ndarray
    vacancy: np.ndarray
    outcome: np.ndarray
    groups: np.ndarray
    weight: np.ndarray

    @classmethod
    def checked(
        cls,
        X: pd.DataFrame,
        *,
        score: pd.Series,
        vacancy: pd.Series,
        outcome: pd.Series,
        groups: pd.Series,
        weight: pd.Series,
        catalogue: Catalogue = CATALOGUE,
    ) -> "Interviewed":
        """Rows by vacancy, score and figures: the order of the caller's rows is forgotten.

        Raises
        ------
        CatalogueError
            If the frame is not what the catalogue says.
        LabelError
            If lengths differ, or an outcome is neither 0 nor 1 nor missing.
        """
        rows = matrix(X, catalogue)
        columns = [
            score.to_numpy(float),
            vacancy.to_numpy(str),
            outcome.to_numpy(float),
            groups.fillna("").to_numpy(str),
            weight.to_numpy(float),
        ]
        if any(len(one) != len(rows) for one in columns):
            raise LabelError("features, scores and outcomes differ in length", where="interviews")
        known = columns[2][~np.isnan(columns[2])]
        if not np.isin(known, (0, 1)).all():
            raise LabelError("an outcome is neither 0 nor 1", where="interviews")
        order = np.lexsort((*rows.T[::-1], columns[2], columns[0], columns[1]))
        return cls(rows[order], *(one[order] for one in columns))

    def fitted_on(self, early: Labels) -> np.ndarray:
        """Whose outcome belongs to labels that are not kept apart, shape (n_pairs,)."""
        return ~np.isnan(self.outcome) & np.isin(self.groups, early.groups)

    def is_enough(self, early: Labels) -> bool:
        """Whether there are interviews and outcomes enough to learn from."""
        n_vacancies = len(np.unique(self.vacancy))
        heard = len(self.score) >= FEWEST_INTERVIEWED and n_vacancies >= FEWEST_VACANCIES
        differ = heard and float(np.ptp(self.score)) > 0
        return differ and are_enough(self.outcome[self.fitted_on(early)])


def are_enough(y: np.ndarray) -> bool:
    """Whether so many outcomes of people interviewed can be learnt from.

    >>> are_enough(np.array([1] * 90 + [0] * 10)), are_enough(np.array([1] * 95 + [0] * 5))
    (True, False)
    """
    fewest = min(int((y == 0).sum()), int((y == 1).sum()))
    return len(y) >= FEWEST_LABELS and fewest >= FEWEST_FAILURES


@dataclass(frozen=True, eq=False)
class Carried:
    """Halves that carry what panels have learnt to see, and how they came about.

    Parameters
    ----------
    halves : tuple of Scorecard and Boosted
    stage : PanelStage
    surprise, record_logit : ndarray, shape (n_pairs,)
        Of everybody interviewed; the latter of those with an outcome.
    expected : ndarray, shape (n_pairs,)
        Scores expected by models that have not seen the vacancy.
    """

    halves: Halves
    stage: PanelStage
    surprise: np.ndarray
    record_logit: np.ndarray
    expected: np.ndarray

    def checked(
        self, interviews: Interviewed, early: Labels, rates: LabelRates | None = None
    ) -> Calibration:
        """No curve, and how badly interviewed people who were kept apart contradict the stage.

        They were chosen for their surprise, so they are judged with it; by their labels, so what
        labels show of success is held against them.
        """
        apart = ~np.isnan(interviews.outcome) & ~interviews.fitted_on(early)
        if not apart.any():
            return Calibration()
        z = self.stage.heard(self.expected[apart], self.record_logit[apart], self.surprise[apart])
        shown = (rates or LabelRates()).shown(expit(z))
        told = interviews.outcome[apart], interviews.groups[apart], interviews.weight[apart]
        return Calibration(misfit=misfit(logit(np.clip(shown, 1e-9, 1 - 1e-9)), *told))


def carry(
    interviews: Interviewed,
    early: Labels,
    halves: Halves,
    fit: Fit,
    *,
    settings: BoostingSettings,
    rates: LabelRates | None = None,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> Carried:
    """Let halves carry what interviews tell.

    Parameters
    ----------
    interviews : Interviewed
        Enough of them: see `Interviewed.is_enough`.
    early : Labels
        What the halves were fitted on.
    halves : tuple of Scorecard and Boosted
    fit : callable
        Fits halves on some of the labels, for rows that must not be seen.

    Raises
    ------
    LabelError
        If panels write nothing but what the record says.
    """
    told = interviews.fitted_on(early)
    record_logit = _record_logit(interviews, early, halves, fit)
    heard = Interviews(interviews.X, interviews.score, interviews.vacancy)
    stage, trees, fitted = fit_panel_stage(
        heard,
        np.where(told, interviews.outcome, np.nan),
        record_logit,
        settings=settings,
        rates=rates,
        weight=interviews.weight,
        num_threads=num_threads,
        catalogue=catalogue,
    )
    return Carried(
        stage.joined(*halves, trees), stage, fitted.surprise, record_logit, fitted.expected
    )


def carried_bags(
    bags: Bags,
    interviews: Interviewed,
    early: Labels,
    carried: Carried,
    *,
    settings: BoostingSettings,
    rates: LabelRates | None = None,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> Bags:
    """Bagged halves that carry interviews too, each those of as many vacancies drawn anew."""
    told = interviews.fitted_on(early)
    names, index = np.unique(interviews.vacancy, return_inverse=True)
    cards, boosters = [], []
    for number, halves in enumerate(zip(bags.scorecards, bags.boosters, strict=True)):
        draw = np.random.default_rng([settings.seed, number, 1])
        times = np.bincount(draw.integers(len(names), size=len(names)), minlength=len(names))[index]
        rows = np.repeat(np.arange(len(index)), times)
        drawn = Interviews(interviews.X[rows], interviews.score[rows], interviews.vacancy[rows])
        trees = expected_score(
            drawn,
            n_trees=carried.stage.n_trees,
            settings=replace(settings, seed=settings.seed + 1 + number),
            num_threads=num_threads,
            catalogue=catalogue,
        )
        counts = times[told] * interviews.weight[told]
        stage = refitted(
            carried.stage,
            interviews.outcome[told],
            expected=carried.expected[told],
            record_logit=carried.record_logit[told],
            surprise=carried.surprise[told],
            weight=counts,
            rates=rates,
        )
        card, booster = stage.joined(*halves, trees)
        cards.append(card)
        boosters.append(booster)
    return Bags(tuple(cards), tuple(boosters))


def _record_logit(interviews: Interviewed, early: Labels, halves: Halves, fit: Fit) -> np.ndarray:
    """What the halves say of those with an outcome, by halves that have not seen their group."""
    found = np.zeros(len(interviews.score))
    known = ~np.isnan(interviews.outcome)
    seen = interviews.fitted_on(early)
    found[known & ~seen] = _mean(halves, interviews.X[known & ~seen])
    names = np.unique(early.groups)
    fold = {name: place % FOLDS for place, name in enumerate(names)}
    of_label = np.array([fold[name] for name in early.groups])
    of_pair = np.array([fold.get(name, -1) for name in interviews.groups])
    for k in range(FOLDS):
        asked = seen & (of_pair == k)
        if asked.any():
            part = early.part(of_label != k)
            part.require_both_classes()
            found[asked] = _mean(fit(part), interviews.X[asked])
    return found


def _mean(halves: Halves, rows: np.ndarray) -> np.ndarray:
    if len(rows) == 0:
        return np.zeros(0)
    return (halves[0].logit(rows) + halves[1].logit(rows)) / 2
