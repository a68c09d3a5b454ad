"""Two stages: from appointments, of which panels chose a few, to everybody who might be appointed.

Panels hear what no record says, and appoint by it. A model of the appointed alone takes their good
hearing for a good record, and promises too much of everybody else. So the first stage learns from
appointments how success goes with two things: what was expected of the record, and how far the
panel's score surprised. The second forgets the surprise again: it is averaged over all the
surprises that there are, since nobody knows yet what a panel will hear.

The rule that must not break: the score of a candidate's own interview is never asked for. The order
is that of the expected score alone, so that an error of the first stage moves the probability and
no place in a list.
"""

import json
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from features.catalogue import CATALOGUE, Catalogue
from features.errors import LabelError
from models.boosted import Boosted, BoostingSettings
from models.misclassified import LabelRates, regress
from models.panel_score import Interviews, expected_score, left_out, surprise

#: Fewer appointments with a known outcome, or fewer failures by their labels, tell nothing.
FEWEST_LABELS = 100
FEWEST_FAILURES = 10
#: Half of it times the square of each coefficient is added to the loss: next to nothing.
PENALTY = 1e-3
#: Points of the Gauss-Hermite sum over surprises: exact to the sixth decimal.
_POINTS, _MASSES = np.polynomial.hermite_e.hermegauss(15)
_MASSES = _MASSES / _MASSES.sum()
STORED_DECIMALS = 9


@dataclass(frozen=True, eq=False)
class TwoStage:
    """A fitted success model of everybody, learnt from interviews and from the appointed.

    Parameters
    ----------
    expected : Boosted
        The expected interview score.
    centre, scale : float
        Mean and deviation of the expected score among those appointed.
    intercept, slope, surprise : float
        Logit of success of somebody whose expected score is `centre` and who surprised nobody; what
        a deviation of the expected score adds, and what one of surprise does.
    surprise_error : float
        Standard error of `surprise`.
    rates : LabelRates
        How far the labels were believed.
    n_interviewed, n_labels : int
    """

    expected: Boosted
    centre: float
    scale: float
    intercept: float
    slope: float
    surprise: float
    surprise_error: float
    rates: LabelRates
    n_interviewed: int
    n_labels: int

    @classmethod
    def fit(
        cls,
        interviews: Interviews,
        outcome: np.ndarray,
        *,
        settings: BoostingSettings,
        most_trees: int = 400,
        rates: LabelRates | None = None,
        weight: np.ndarray | None = None,
        num_threads: int = 1,
        catalogue: Catalogue = CATALOGUE,
    ) -> "TwoStage":
        """Fit both stages.

        Parameters
        ----------
        interviews : Interviews
            Everybody interviewed, n_pairs of them.
        outcome : ndarray of {0, 1, NaN}, shape (n_pairs,)
            What the label says of those appointed; NaN of the others.
        settings : BoostingSettings
            Of the trees for the expected score.
        most_trees : int
            The number is chosen on vacancies left out.
        rates : LabelRates, optional
            From appointments that somebody reviewed; left out, the probability is of the label.
        weight : ndarray, shape (n_pairs,), optional
            How often each label counts.

        Raises
        ------
        LabelError
            If there are too few labels, or all say the same.

        Source
        ------
        Coston, Kennedy and Chouldechova (2020), counterfactual predictions under runtime
        confounding; here with the recorded confounder reduced to what the record does not foretell.
        """
        told = ~np.isnan(outcome)
        y = outcome[told]
        require_labels(y)
        boosting = {"settings": settings, "num_threads": num_threads, "catalogue": catalogue}
        crossed = left_out(interviews, most_trees=most_trees, **boosting)
        above = surprise(interviews, crossed.expected)[told]
        expected = crossed.expected[told]
        centre = round(float(expected.mean()), STORED_DECIMALS)
        scale = round(float(expected.std()), STORED_DECIMALS)
        if scale == 0:
            raise LabelError("the record foretells no score", where="two-stage training")
        design = np.column_stack([np.ones(len(y)), (expected - centre) / scale, above])
        believed = rates or LabelRates()
        counted = None if weight is None else weight[told]
        theta = regress(design, y, penalty=np.full(3, PENALTY), rates=believed, weight=counted)
        if theta[1] <= 0:
            raise LabelError(
                "those of whom the record promised more succeeded less",
                where="two-stage training",
                expected="success that rises with the expected interview score",
                remedy="look at how scores were recorded, or fit without them",
            )
        return cls(
            expected_score(interviews, n_trees=crossed.n_trees, **boosting),
            centre,
            scale,
            *(float(one) for one in theta),
            surprise_error=float(errors(design, theta, believed, np.full(3, PENALTY), counted)[2]),
            rates=believed,
            n_interviewed=len(interviews.score),
            n_labels=len(y),
        )

    def score(self, X: np.ndarray) -> np.ndarray:
        """Expected score in deviations from the appointed; what candidates are ordered by.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_features)
            Model matrix.

        Returns
        -------
        ndarray, shape (n_rows,)
        """
        return (self.expected.logit(X) - self.centre) / self.scale

    def probability(self, X: np.ndarray) -> np.ndarray:
        """Probability of success of anybody, shape (n_rows,); rises with `score`."""
        return self.curve(self.score(X))

    def curve(self, score: np.ndarray) -> np.ndarray:
        """Probability of success at an expected score, over all surprises that there are.

        Parameters
        ----------
        score : ndarray, shape (n_rows,)

        Returns
        -------
        ndarray, shape (n_rows,)
        """
        line = self.intercept + self.slope * score
        total = np.zeros_like(line)
        for point, mass in zip(_POINTS, _MASSES, strict=True):
            total += mass * expit(line + self.surprise * point)
        return total

    def logit(self, X: np.ndarray) -> np.ndarray:
        """Log-odds of `probability`, shape (n_rows,)."""
        return logit(np.clip(self.probability(X), 1e-12, 1 - 1e-12))

    @property
    def panels_knew_more(self) -> bool:
        """Whether surprises went with outcomes beyond chance: selection was not by the record."""
        return self.surprise > 1.96 * self.surprise_error

    def to_json(self) -> str:
        """Everything but the trees, as JSON text, keys sorted."""
        document = {name: getattr(self, name) for name in _NUMBERS}
        document["failure_shown"] = self.rates.failure_shown
        document["success_broken"] = self.rates.success_broken
        return json.dumps(document, sort_keys=True, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, trees: str) -> "TwoStage":
        """The model that `to_json` and `expected.text` wrote."""
        document = json.loads(text)
        rates = LabelRates(document.pop("failure_shown"), document.pop("success_broken"))
        return cls(expected=Boosted(trees), rates=rates, **document)


_NUMBERS = (
    "centre", "scale", "intercept", "slope", "surprise", "surprise_error",
    "n_interviewed", "n_labels",
)  # fmt: skip


def require_labels(y: np.ndarray) -> None:
    """Refuse outcomes of people interviewed of which nothing can be learnt.

    Raises
    ------
    LabelError
        If there are too few, too few of one kind, or others than 0 and 1.
    """
    if not np.isin(y, (0, 1)).all():
        raise LabelError("an outcome is neither 0 nor 1", where="two-stage training")
    n_failures, n_successes = int((y == 0).sum()), int((y == 1).sum())
    if len(y) < FEWEST_LABELS or min(n_failures, n_successes) < FEWEST_FAILURES:
        raise LabelError(
            f"{len(y)} labels of people interviewed, {n_failures} of them failures, are too few",
            where="two-stage training",
            expected=f"at least {FEWEST_LABELS}, of each outcome at least {FEWEST_FAILURES}",
            remedy="train at a later date, or fit without interview scores",
        )


def errors(
    design: np.ndarray,
    theta: np.ndarray,
    rates: LabelRates,
    penalty: np.ndarray,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Standard errors of coefficients, by the information of the labels, shape (n_terms,)."""
    p = expit(design @ theta)
    shown = np.clip(rates.shown(p), 1e-12, 1 - 1e-12)
    pull = (rates.span * p * (1 - p)) ** 2 / (shown * (1 - shown))
    if weight is not None:
        pull = pull * weight
    information = (design * pull[:, None]).T @ design + np.diag(penalty)
    return np.round(np.sqrt(np.diag(np.linalg.inv(information))), STORED_DECIMALS)
