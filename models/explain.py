"""Explanations: what a person's estimate is made of, reason group by reason group.

The rule that must not break: base, reason groups and calibration term add up to the logit of the
probability that is shown, to 1e-6; an explanation that does not is not given.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from features.errors import ArtefactError
from models.attribution import LinearAttribution, TreeAttribution
from models.matrix import matrix
from models.readiness import ReadinessModel

TOLERANCE = 1e-6
# A blend this near the typical candidate's has no slope of its own.
TINY = 1e-9


@dataclass(frozen=True)
class LeadingFeature:
    """The feature that weighs most in a reason group, in the direction of the group.

    Parameters
    ----------
    name : str
    value : float or None
        The person's value; None where it is missing.
    typical : float or None
        Median of the background; None where most of the background has no value.
    contribution : float
        Logit that the feature moves the estimate by.
    """

    name: str
    value: float | None
    typical: float | None
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """One person's estimate for one post, taken apart.

    Parameters
    ----------
    base : float
        Mean logit of the blend over the background: the typical candidate, before calibration.
    calibration_term : float
        What calibration adds to the base; the same for everybody whom a model estimates.
    groups : dict of reason group to float
        Logit that each group moves the shown estimate by: what it moves the blend by, times the
        slope of the calibration between the typical candidate and this one. Every group of the
        catalogue is there.
    leading : dict of reason group to LeadingFeature
    logit, probability : float
        As shown.
    """

    base: float
    calibration_term: float
    groups: dict[str, float]
    leading: dict[str, LeadingFeature]
    logit: float
    probability: float


class Explainer:
    """Explains a model's estimates against its background; tables are set up once.

    Raises
    ------
    ArtefactError
        If the model was given no background.
    """

    def __init__(self, model: ReadinessModel) -> None:
        if model.background is None:
            raise ArtefactError(
                "the model has no background of candidates to compare with",
                where="explanation",
                remedy="fit it with a background, or call with_background",
            )
        self._model = model
        self._trees = TreeAttribution(model.boosted.booster, model.background)
        self._linear = LinearAttribution(model.scorecard, model.background)
        self._typical = _typical(model.background)
        group_of = np.array([feature.group for feature in model.catalogue])
        self._positions = {
            name: np.flatnonzero(group_of == name)
            for name in model.catalogue.groups
            if name in group_of
        }
        self.base = (self._trees.base + self._linear.base) / 2
        self.calibration_term = float(model.calibration.logit(np.array([self.base]))[0]) - self.base

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Each feature's contribution to the logit shown, shape (n_people, n_features)."""
        values = self._contributions(matrix(X, self._model.catalogue))
        return pd.DataFrame(values, columns=self._model.catalogue.names, index=X.index)

    def explain(self, X: pd.DataFrame) -> list[Explanation]:
        """An explanation of each row of a feature frame, in the order of its rows."""
        rows = matrix(X, self._model.catalogue)
        contributions = self._contributions(rows)
        logit = self._model.calibration.logit(self._model.blend_logit(rows))
        probability = expit(logit)
        _require_additive(self.base + contributions.sum(axis=1) + self.calibration_term, logit)
        positions = self._positions
        return [
            Explanation(
                self.base,
                self.calibration_term,
                {name: float(contributions[i, at].sum()) for name, at in positions.items()},
                {n: self._leading(rows[i], contributions[i], at) for n, at in positions.items()},
                float(logit[i]),
                float(probability[i]),
            )
            for i in range(len(rows))
        ]

    def _contributions(self, rows: np.ndarray) -> np.ndarray:
        blend = (self._trees.contributions(rows) + self._linear.contributions(rows)) / 2
        total = blend.sum(axis=1)
        shown = self._model.calibration.logit(self.base + total) - self.base - self.calibration_term
        # Along a curve every part is stretched alike: by the slope from the typical candidate on.
        stretch = np.divide(shown, total, out=np.ones_like(total), where=np.abs(total) > TINY)
        return stretch[:, None] * blend

    def _leading(
        self, row: np.ndarray, contributions: np.ndarray, positions: np.ndarray
    ) -> LeadingFeature:
        """The feature to be named: one that pulls as the group does, the strongest of them.

        One whose value is the typical one is named only where no other pulls that way: a value
        can be the commonest and still lie off the mean.
        """
        of_group = contributions[positions]
        pull = of_group if of_group.sum() >= 0 else -of_group
        value, typical = row[positions], self._typical[positions]
        differs = ~((value == typical) | (np.isnan(value) & np.isnan(typical)))
        telling = np.where(differs, pull, -np.inf)
        at = int(positions[np.argmax(telling if telling.max() > 0 else pull)])
        return LeadingFeature(
            self._model.catalogue.names[at],
            _or_none(row[at]),
            _or_none(self._typical[at]),
            float(contributions[at]),
        )


def _typical(background: np.ndarray) -> np.ndarray:
    """Median of each column, NaN where more than half of the column is missing."""
    missing = np.isnan(background)
    mostly = missing.mean(axis=0) > 0.5
    filled = np.where(mostly, 0.0, background)
    return np.where(mostly, np.nan, np.nanmedian(filled, axis=0))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _require_additive(total: np.ndarray, logit: np.ndarray) -> None:
    """Refuse an explanation whose parts are not the whole: a defect, not a user's mistake."""
    if len(total) and float(np.abs(total - logit).max()) > TOLERANCE:
        raise ArithmeticError("contributions do not add up to the logit that is shown")
