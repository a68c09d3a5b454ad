"""Readiness: the probability that an appointment succeeds, given that it is made.

The model is the mean of two logits, a scorecard on structural features and a monotone booster,
calibrated on later rows that neither half has seen. The same rows tell how uncertain it is.

The rule that must not break: fit, calibrate, predict, explain, in that order. A `ReadinessModel`
exists only when it is fitted and calibrated, and only one that was given a background of
candidates can be explained.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from features.catalogue import CATALOGUE, Catalogue
from features.errors import ArtefactError, LabelError
from models.bagging import Bags
from models.boosted import Boosted, BoostingSettings, best_n_trees
from models.calibration import Calibration, choose
from models.classifier import ReadinessClassifier, Selection
from models.interviewed import Carried, Interviewed, carried_bags, carry
from models.labels import Column, Labels, require_same_rows
from models.matrix import matrix
from models.misclassified import LabelRates
from models.panel_stage import PanelStage
from models.ranking import tie_bands
from models.scorecard import Scorecard
from models.uncertainty import Doubts, Uncertainty

__all__ = ["Counts", "ReadinessClassifier", "ReadinessModel", "ReadinessSettings", "kept_apart"]

CLAIM_FAILURES = 100
CLAIM_SUCCESSES = 100


@dataclass(frozen=True)
class ReadinessSettings:
    """How a readiness model is fitted.

    Parameters
    ----------
    scorecard_c : float
        Inverse L2 strength of the linear half, on standardised features.
    boosting : BoostingSettings
    n_trees : int, optional
        Number of trees; None chooses it on the latest groups of the fit part.
    most_trees : int
        Most trees that a choice may take.
    kept_apart_failures : int
        Failures wanted among the rows kept apart for calibration.
    kept_apart_share : float
        Share of groups kept apart where that many failures cannot be spared.
    most_background : int
        Most candidates kept in the background.
    tells_uncertainty : bool
        Whether intervals, sets and flags are learnt too; a backtest that shows none needs none.
    n_bags : int
        Bagged models behind the tie bands; 0 for none, and then no bands.
    """

    scorecard_c: float = 0.05
    boosting: BoostingSettings = field(default_factory=BoostingSettings)
    n_trees: int | None = 100
    most_trees: int = 400
    kept_apart_failures: int = 100
    kept_apart_share: float = 0.3
    most_background: int = 2000
    tells_uncertainty: bool = True
    n_bags: int = 20


@dataclass(frozen=True)
class Counts:
    """How many labels a model was made from."""

    n_labels: int
    n_failures: int
    n_calibration_rows: int
    n_calibration_failures: int


@dataclass(frozen=True, eq=False)
class ReadinessModel:
    """A fitted and calibrated readiness model; made by `fit` or `models.artefact.load`.

    Parameters
    ----------
    scorecard : Scorecard
    boosted : Boosted
    calibration : Calibration
    settings : ReadinessSettings
    counts : Counts
    background : ndarray, shape (n_candidates, n_features), optional
        Model matrix of the eligible candidates that explanations compare with.
    uncertainty : Uncertainty, optional
        None where the settings asked for none.
    panel : PanelStage, optional
        What interviews of past vacancies added; None where there were none, or too few.
    catalogue : Catalogue
    """

    scorecard: Scorecard
    boosted: Boosted
    calibration: Calibration
    settings: ReadinessSettings
    counts: Counts
    background: np.ndarray | None = None
    uncertainty: Uncertainty | None = None
    panel: PanelStage | None = None
    catalogue: Catalogue = CATALOGUE

    @classmethod
    def fit(
        cls,
        X: pd.DataFrame,
        y: Column,
        *,
        groups: Column,
        day: Column,
        weight: Column | None = None,
        background: pd.DataFrame | None = None,
        interviews: Interviewed | None = None,
        rates: LabelRates | None = None,
        settings: ReadinessSettings | None = None,
        num_threads: int = 1,
        catalogue: Catalogue = CATALOGUE,
    ) -> "ReadinessModel":
        """Fit both halves on the earlier groups and calibrate them on the latest.

        The order of the rows does not matter: the same rows and seed give the same bytes.

        Parameters
        ----------
        X : DataFrame, shape (n_labels, n_features)
            Columns of the catalogue; missing as NaN.
        y : sequence, array or Series of {0, 1}, shape (n_labels,)
            1 where the appointment succeeded, 0 where it failed.
        groups : sequence, array or Series of str, shape (n_labels,)
            Vacancy or reshuffle; rows of one group are never parted.
        day : sequence, array or Series of date, shape (n_labels,)
            First day of each appointment.
        weight : sequence, array or Series of float, shape (n_labels,), optional
            How much each outcome counts in both halves and in the calibration; only the ratios
            matter. All alike if left out. What is kept apart is counted in rows.
        background : DataFrame, shape (n_candidates, n_features), optional
            Eligible candidates; without them the model cannot be explained, and limits of what is
            familiar are set on the labels kept apart.
        interviews : Interviewed, optional
            Everybody interviewed for past vacancies. Where there are enough of them, and of their
            outcomes, the halves also carry what panels have learnt to see.
        rates : LabelRates, optional
            How far outcomes of people interviewed are believed.
        settings : ReadinessSettings, optional
        num_threads : int
            Threads of the booster, and bags at a time; they change no figure.
        catalogue : Catalogue

        Raises
        ------
        CatalogueError
            If the frame is not what the catalogue says.
        LabelError
            If outcomes are other than 0 and 1, fewer than 30 failed, all of one part are of one
            class, there is a single group, or weights are negative, missing or all 0; if a column
            has an index of its own that is not that of the features.
        """
        settings = settings or ReadinessSettings()
        require_same_rows(X, outcomes=y, groups=groups, days=day, weights=weight)
        labels = Labels.checked(matrix(X, catalogue), y, groups, day, weight)
        kept = labels.kept_apart(settings.kept_apart_failures, settings.kept_apart_share)
        early, late = labels.part(~kept), labels.part(kept)
        early.require_both_classes()
        boosting: dict[str, Any] = {
            "settings": settings.boosting,
            "num_threads": num_threads,
            "catalogue": catalogue,
        }
        n_trees = settings.n_trees or _chosen_n_trees(early, settings, boosting)
        halves = cls(
            *_halves(early, settings, n_trees, boosting),
            Calibration(),
            settings,
            Counts(len(labels), labels.n_failures, len(late), late.n_failures),
            catalogue=catalogue,
        )
        told: dict[str, Any] = {"rates": rates, **boosting}
        if interviews is not None and interviews.is_enough(early):
            model, carried = _carrying(halves, interviews, early, n_trees, told)
        else:
            chosen = choose(halves.blend_logit(late.X), late.y, late.groups, late.weight)
            model, carried = replace(halves, calibration=chosen), None
        model = model if background is None else model.with_background(background)
        if not settings.tells_uncertainty:
            return model
        bags = _bags(early, settings, n_trees, num_threads, catalogue)
        if carried is not None and bags is not None and interviews is not None:
            bags = carried_bags(bags, interviews, early, carried, **told)
        uncertainty = Uncertainty.fit(
            early,
            late,
            model.blend_logit(late.X),
            candidates=model.background,
            bags=bags,
            everybody=None if carried is None else model.everybody(late),
            catalogue=catalogue,
        )
        return replace(model, uncertainty=uncertainty)

    def everybody(self, late: Labels) -> np.ndarray:
        """Logits of people who might be appointed: the background, else the labels kept apart."""
        return self.blend_logit(late.X if self.background is None else self.background)

    def with_background(self, candidates: pd.DataFrame) -> "ReadinessModel":
        """The same model with eligible candidates to compare people with.

        Where there are more than `settings.most_background`, a sample of them drawn with the seed.
        """
        rows = matrix(candidates, self.catalogue)
        rows = rows[np.lexsort(rows.T[::-1])]
        if len(rows) > self.settings.most_background:
            draw = np.random.default_rng(self.settings.boosting.seed)
            chosen = draw.choice(len(rows), self.settings.most_background, replace=False)
            rows = rows[np.sort(chosen)]
        if len(rows) == 0:
            raise LabelError("the background holds no candidate", where="background")
        return replace(self, background=rows)

    def blend_logit(self, rows: np.ndarray) -> np.ndarray:
        """Mean of both halves' logits before calibration, for rows of a model matrix."""
        return (self.scorecard.logit(rows) + self.boosted.logit(rows)) / 2

    def logit(self, X: pd.DataFrame) -> np.ndarray:
        """Calibrated log-odds of success, shape (n_people,)."""
        return self.calibration.logit(self.blend_logit(matrix(X, self.catalogue)))

    def probability(self, X: pd.DataFrame) -> np.ndarray:
        """Calibrated probability of success, in (0, 1), shape (n_people,)."""
        return expit(self.logit(X))

    def doubts(self, X: pd.DataFrame) -> Doubts:
        """What is uncertain about each estimate: interval, set of outcomes, reasons to abstain.

        Raises
        ------
        ArtefactError
            If the model was fitted without.
        """
        return self.shown(X)[0]

    def shown(self, X: pd.DataFrame) -> tuple[Doubts, np.ndarray | None]:
        """Doubts about people on a list, and their tie bands; rows in the order of the list.

        The bands are None where the model has no bags.
        """
        if self.uncertainty is None:
            raise ArtefactError(
                "the model was fitted without its uncertainty",
                where="interval, set and flags",
                remedy="train again with tells_uncertainty",
            )
        rows = matrix(X, self.catalogue)
        blend = self.blend_logit(rows)
        bags = self.uncertainty.bags
        if bags is None:
            return self.uncertainty.doubts(rows, blend, self._calibrated(blend)), None
        bagged = self._calibrated(bags.logits(rows))
        doubts = self.uncertainty.doubts(rows, blend, self._calibrated(blend), bagged)
        return doubts, tie_bands(bagged)

    def _calibrated(self, blend: np.ndarray) -> np.ndarray:
        """Probability for logits of the blend, of any shape."""
        return expit(self.calibration.logit(blend.ravel())).reshape(blend.shape)

    def selection(self, *, is_vouched_for: bool) -> Selection:
        """How far outcomes of the appointed speak of everybody.

        Parameters
        ----------
        is_vouched_for : bool
            Whether somebody who knows the panels says that they use nothing but the record.
        """
        if self.panel is not None:
            return "recorded"
        return "ignorable" if is_vouched_for else "not identified"

    @property
    def n_labels(self) -> int:
        """Labels in all, those kept apart included."""
        return self.counts.n_labels

    @property
    def n_failures(self) -> int:
        """Failures among all labels."""
        return self.counts.n_failures

    @property
    def n_calibration_rows(self) -> int:
        """Labels kept apart for calibration."""
        return self.counts.n_calibration_rows

    @property
    def n_calibration_failures(self) -> int:
        """Failures among the labels kept apart."""
        return self.counts.n_calibration_failures

    @property
    def has_enough_to_claim(self) -> bool:
        """Whether 100 rows of each class were kept apart: fewer make any calibration look fine."""
        successes = self.n_calibration_rows - self.n_calibration_failures
        return self.n_calibration_failures >= CLAIM_FAILURES and successes >= CLAIM_SUCCESSES

    @property
    def is_calibrated_claim(self) -> bool:
        """Whether the probability may be called calibrated: enough rows, and they bear it out."""
        is_borne = self.calibration.is_checked and not self.calibration.is_contradicted
        return self.has_enough_to_claim and is_borne


def kept_apart(
    y: np.ndarray, groups: np.ndarray, days: np.ndarray, settings: ReadinessSettings
) -> np.ndarray:
    """Which of these rows `ReadinessModel.fit` keeps apart for calibration, in their order.

    Parameters
    ----------
    y : ndarray of {0, 1}, shape (n_labels,)
    groups : ndarray of str, shape (n_labels,)
    days : ndarray of datetime64[D], shape (n_labels,)
    settings : ReadinessSettings

    Returns
    -------
    ndarray of bool, shape (n_labels,)
    """
    labels = Labels(np.empty((len(y), 0)), y, groups, days)
    return labels.kept_apart(settings.kept_apart_failures, settings.kept_apart_share)


def _halves(
    labels: Labels, settings: ReadinessSettings, n_trees: int, boosting: dict[str, Any]
) -> tuple[Scorecard, Boosted]:
    """Both halves of some labels."""
    X, y, weight = labels.X, labels.y, labels.weight
    catalogue = boosting["catalogue"]
    return (
        Scorecard.fit(X, y, C=settings.scorecard_c, weight=weight, catalogue=catalogue),
        Boosted.fit(X, y, n_trees=n_trees, weight=weight, **boosting),
    )


def _carrying(
    halves: ReadinessModel,
    interviews: Interviewed,
    early: Labels,
    n_trees: int,
    told: dict[str, Any],
) -> tuple[ReadinessModel, Carried]:
    """Fitted halves that carry what panels have learnt to see, and how they came about."""
    boosting = {name: value for name, value in told.items() if name != "rates"}
    carried = carry(
        interviews,
        early,
        (halves.scorecard, halves.boosted),
        lambda part: _halves(part, halves.settings, n_trees, boosting),
        **told,
    )
    scorecard, boosted = carried.halves
    model = replace(
        halves,
        scorecard=scorecard,
        boosted=boosted,
        calibration=carried.checked(interviews, early, told["rates"]),
        panel=carried.stage,
    )
    return model, carried


def _bags(
    early: Labels, settings: ReadinessSettings, n_trees: int, num_threads: int, catalogue: Catalogue
) -> Bags | None:
    if not settings.n_bags:
        return None
    return Bags.fit(
        early,
        settings.n_bags,
        scorecard_c=settings.scorecard_c,
        n_trees=n_trees,
        boosting=settings.boosting,
        num_threads=num_threads,
        catalogue=catalogue,
    )


def _chosen_n_trees(labels: Labels, settings: ReadinessSettings, boosting: dict[str, Any]) -> int:
    """Number of trees that predicts the latest groups of the fit part best."""
    is_held_out = labels.latest_share(settings.kept_apart_share)
    labels.part(~is_held_out).require_both_classes()
    return best_n_trees(
        labels.X,
        labels.y,
        is_held_out,
        most=settings.most_trees,
        weight=labels.weight,
        **boosting,
    )
