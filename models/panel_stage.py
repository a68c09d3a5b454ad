"""Interviews in a readiness model: halves that also carry what panels have learnt to see.

Everybody interviewed teaches which score a record leads one to expect; the appointed teach how
success goes with that, with what the halves say already, and with the panel's surprise. Then the
surprise is averaged out, and what is left is a sum of trees and of a scorecard again: the same two
halves, scaled and joined, so that reasons, storage and batches stay as they are.

The rule that must not break: nobody is ranked by a score of their own, and the rows kept apart
from the halves are kept apart from this stage too.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from features.catalogue import CATALOGUE, Catalogue
from models.boosted import Boosted, BoostingSettings, joined
from models.misclassified import LabelRates, regress
from models.panel_score import Interviews, expected_score, left_out, surprise
from models.scorecard import Scorecard
from models.two_stage import errors, require_labels

#: Half of it times the square of a coefficient is added to the loss: next to nothing for expected
#: score and surprise, since what is held too small there makes everybody else look too good; more
#: for what the halves say already, which is of people whom panels chose.
PENALTY, PENALTY_OF_RECORD = 1e-3, 1.0
#: Trees for the expected score; where all of them are wanted it may be `MOST_TREES`.
FEW_TREES, MOST_TREES = 200, 400
STORED_DECIMALS = 9


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a stage was fitted on, of each pair.

    Parameters
    ----------
    expected : ndarray, shape (n_pairs,)
        Scores expected by models that have not seen the vacancy.
    surprise : ndarray, shape (n_pairs,)
    """

    expected: np.ndarray
    surprise: np.ndarray


@dataclass(frozen=True)
class PanelStage:
    """How expected scores and the halves make up readiness.

    Parameters
    ----------
    centre, scale : float
        Mean and deviation of the expected score among those appointed.
    intercept, of_expected, of_record : float
        Logit of success at the centre, what a deviation of the expected score adds, and how much of
        the halves' logit counts; for everybody, surprises averaged out.
    of_surprise, surprise_error : float
        What a deviation of surprise adds for one who was heard, and its standard error.
    n_trees : int
        Trees of the expected score.
    n_interviewed, n_vacancies, n_labels, n_failures : int
    """

    centre: float
    scale: float
    intercept: float
    of_expected: float
    of_record: float
    of_surprise: float
    surprise_error: float
    n_trees: int
    n_interviewed: int
    n_vacancies: int
    n_labels: int
    n_failures: int

    @property
    def panels_knew_more(self) -> bool:
        """Whether surprises went with outcomes beyond chance: selection was not by the record."""
        return self.of_surprise > 1.96 * self.surprise_error

    def heard(
        self, expected: np.ndarray, record_logit: np.ndarray, surprise: np.ndarray
    ) -> np.ndarray:
        """Logit of success of people whom a panel has heard, shape (n_people,)."""
        steeper = np.sqrt(1 + np.pi * self.of_surprise**2 / 8)
        line = self.intercept + self.of_expected * (expected - self.centre) / self.scale
        return (line + self.of_record * record_logit) * steeper + self.of_surprise * surprise

    def joined(
        self, scorecard: Scorecard, boosted: Boosted, expected: Boosted
    ) -> tuple[Scorecard, Boosted]:
        """Halves whose mean is readiness: both scaled, the trees of the expected score added.

        Parameters
        ----------
        scorecard : Scorecard
        boosted, expected : Boosted
            Of outcomes, and of interview scores.
        """
        of_score = self.of_expected / self.scale
        moved = self.intercept - of_score * self.centre
        card = replace(
            scorecard,
            weights=np.round(self.of_record * scorecard.weights, STORED_DECIMALS),
            missing_weights=np.round(self.of_record * scorecard.missing_weights, STORED_DECIMALS),
            intercept=round(self.of_record * scorecard.intercept + 2 * moved, STORED_DECIMALS),
        )
        return card, joined(((boosted, self.of_record), (expected, 2 * of_score)))

    def to_json(self) -> str:
        """All numbers as JSON text, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "PanelStage":
        """The stage that `to_json` wrote."""
        return cls(**json.loads(text))


def fit_panel_stage(
    interviews: Interviews,
    outcome: np.ndarray,
    record_logit: np.ndarray,
    *,
    settings: BoostingSettings,
    rates: LabelRates | None = None,
    weight: np.ndarray | None = None,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> tuple[PanelStage, Boosted, Fitted]:
    """Fit the stage on everybody interviewed and on those of them with a known outcome.

    Parameters
    ----------
    interviews : Interviews
    outcome : ndarray of {0, 1, NaN}, shape (n_pairs,)
        What the label says of those appointed; NaN of the others and of rows kept apart.
    record_logit : ndarray, shape (n_pairs,)
        What halves that have not seen the row say of those with an outcome; else anything.
    settings : BoostingSettings
    rates : LabelRates, optional
    weight : ndarray, shape (n_pairs,), optional
        How much each outcome counts.

    Returns
    -------
    PanelStage, Boosted, Fitted
        The stage, the trees of the expected score, and what it was fitted on.

    Raises
    ------
    LabelError
        If there are too few outcomes of people interviewed, or interviews.

    Source
    ------
    Coston, Kennedy and Chouldechova (2020). A logistic curve averaged over a normal surprise is
    nearly one with a smaller slope (MacKay 1992).
    """
    told = ~np.isnan(outcome)
    require_labels(outcome[told])
    grown: dict[str, Any] = {
        "settings": settings,
        "num_threads": num_threads,
        "catalogue": catalogue,
    }
    crossed = left_out(interviews, most_trees=FEW_TREES, **grown)
    if crossed.n_trees == FEW_TREES:
        crossed = left_out(interviews, most_trees=MOST_TREES, **grown)
    fitted = Fitted(crossed.expected, surprise(interviews, crossed.expected))
    empty = PanelStage(
        centre=round(float(crossed.expected[told].mean()), STORED_DECIMALS),
        scale=round(float(crossed.expected[told].std()), STORED_DECIMALS),
        intercept=0.0,
        of_expected=0.0,
        of_record=0.0,
        of_surprise=0.0,
        surprise_error=0.0,
        n_trees=crossed.n_trees,
        n_interviewed=len(interviews.score),
        n_vacancies=len(np.unique(interviews.vacancy)),
        n_labels=int(told.sum()),
        n_failures=int((outcome == 0).sum()),
    )
    stage = refitted(
        empty,
        outcome[told],
        expected=crossed.expected[told],
        record_logit=record_logit[told],
        surprise=fitted.surprise[told],
        weight=None if weight is None else weight[told],
        rates=rates,
    )
    return stage, expected_score(interviews, n_trees=crossed.n_trees, **grown), fitted


def refitted(
    stage: PanelStage,
    y: np.ndarray,
    *,
    expected: np.ndarray,
    record_logit: np.ndarray,
    surprise: np.ndarray,
    weight: np.ndarray | None = None,
    rates: LabelRates | None = None,
) -> PanelStage:
    """A stage with the same centre and scale, fitted on some outcomes.

    Parameters
    ----------
    stage : PanelStage
    y : ndarray of {0, 1}, shape (n_labels,)
    expected, record_logit, surprise : ndarray, shape (n_labels,)
    weight : ndarray, shape (n_labels,), optional
    rates : LabelRates, optional
    """
    away = (expected - stage.centre) / stage.scale
    design = np.column_stack([np.ones(len(y)), away, record_logit, surprise])
    theta, spread = _directed(design, y, rates or LabelRates(), weight)
    # Over all surprises, a standard normal times its coefficient.
    flatter = 1 / np.sqrt(1 + np.pi * theta[3] ** 2 / 8)
    numbers = [round(float(n), STORED_DECIMALS) for n in (*(theta[:3] * flatter), theta[3])]
    return replace(
        stage,
        intercept=numbers[0],
        of_expected=numbers[1],
        of_record=numbers[2],
        of_surprise=numbers[3],
        surprise_error=round(float(spread[3]), STORED_DECIMALS),
    )


def _directed(
    design: np.ndarray, y: np.ndarray, rates: LabelRates, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of intercept, expected score, record and surprise, and their errors.

    Neither a better expected score nor a better record may lower readiness: what would is left out.
    """
    penalty = np.array([0.0, PENALTY, PENALTY_OF_RECORD, PENALTY])
    kept = np.ones(4, dtype=bool)
    while True:
        fitted = regress(design[:, kept], y, penalty=penalty[kept], rates=rates, weight=weight)
        theta = np.zeros(4)
        theta[kept] = fitted
        wrong = kept & (theta < 0) & np.array([False, True, True, False])
        if not wrong.any():
            break
        kept[np.flatnonzero(wrong)[np.argmin(theta[wrong])]] = False
    found = np.zeros(4)
    found[kept] = errors(design[:, kept], fitted, rates, penalty[kept], weight)
    return theta, found
