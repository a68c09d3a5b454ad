"""The linear half of the readiness model: L2 logistic regression on the structural features.

The rule that must not break: a missing value adds nothing through its value. It counts only
through an indicator of its own, only where the training rows had values missing as well, and only
downwards: what is missing never flatters.

Two more things it does not do. It does not extrapolate: a line fitted on appointees, hardly one of
whom had been out of office for twenty years, says nothing of somebody who has, so every value is
held within what the training rows spanned. And where the catalogue gives a direction, it does not
go the other way: a feature that the data would turn round is left out, however strong it is.
"""

import json
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from features.catalogue import CATALOGUE, Catalogue

# Name in the stored document, and the attribute it stands for.
_COLUMNS = {
    "low": "lows",
    "high": "highs",
    "mean": "means",
    "scale": "scales",
    "weight": "weights",
    "missing_weight": "missing_weights",
}
# Far below what changes a probability, far above the last bits in which two machines differ.
STORED_DECIMALS = 9
# Values are held between these quantiles of the training rows.
LOW_QUANTILE, HIGH_QUANTILE = 0.01, 0.99


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Plain numbers of a fitted logistic regression.

    Parameters
    ----------
    features : tuple of str
        Structural features, in catalogue order.
    positions : ndarray of int, shape (n_features,)
        Their columns in the model matrix.
    lows, highs : ndarray, shape (n_features,)
        What the training rows spanned, their outermost hundredths left out; values are held
        within.
    means, scales : ndarray, shape (n_features,)
        Mean and standard deviation of the values seen in training, so held.
    weights : ndarray, shape (n_features,)
        Logit a standard deviation; 0 for a feature that never varied between its edges, or whose
        weight would have gone against its direction.
    missing_weights : ndarray, shape (n_features,)
        Logit where the value is missing, never above 0; 0 where training never saw that.
    intercept : float
        Logit of a row with every value at its mean.
    """

    features: tuple[str, ...]
    positions: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    means: np.ndarray
    scales: np.ndarray
    weights: np.ndarray
    missing_weights: np.ndarray
    intercept: float

    @classmethod
    def fit(
        cls,
        X: np.ndarray,
        y: np.ndarray,
        *,
        C: float,
        weight: np.ndarray | None = None,
        catalogue: Catalogue = CATALOGUE,
    ) -> "Scorecard":
        """Fit on a model matrix and outcomes in {0, 1}; `C` is the inverse L2 strength.

        `weight` is how much each outcome counts, 1 in the mean; what was seen counts alike.
        """
        structural = [f for f in catalogue if f.structural]
        features = tuple(f.name for f in structural)
        positions = np.array([catalogue.names.index(name) for name in features], dtype=int)
        lows, highs = _span(X[:, positions])
        means, scales, varies = _centre_and_scale(X[:, positions].clip(lows, highs))
        values, missing = _design(X[:, positions], lows, highs, means, scales)
        # A missing value may lower the estimate, never flatter it.
        directions = np.array([*(f.direction for f in structural), *(-1 for _ in structural)])
        coefficients, intercept = _directed(
            np.hstack([values, missing]),
            y,
            usable=np.concatenate([varies, _tells_apart(missing)]),
            directions=directions,
            C=C,
            weight=weight,
        )
        weights, missing_weights = np.split(coefficients, 2)
        return cls(
            features, positions, lows, highs, means, scales, weights, missing_weights, intercept
        )

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """What each structural feature adds to the intercept, shape (n_rows, n_features)."""
        values, missing = _design(
            X[:, self.positions], self.lows, self.highs, self.means, self.scales
        )
        return values * self.weights + missing * self.missing_weights

    def logit(self, X: np.ndarray) -> np.ndarray:
        """Log-odds of success for each row of a model matrix, shape (n_rows,)."""
        # Sums along rows that lie in one piece, not a BLAS product: a row alone and a row in a
        # batch give the same bits.
        return np.ascontiguousarray(self.contributions(X)).sum(axis=1) + self.intercept

    def to_json(self) -> str:
        """All numbers as JSON text, keys sorted."""
        columns = [getattr(self, name) for name in _COLUMNS.values()]
        document = {
            "intercept": self.intercept,
            "features": [
                {"name": name, **dict(zip(_COLUMNS, map(float, row), strict=True))}
                for name, *row in zip(self.features, *columns, strict=True)
            ],
        }
        return json.dumps(document, sort_keys=True, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, catalogue: Catalogue = CATALOGUE) -> "Scorecard":
        """The scorecard that `to_json` wrote."""
        document = json.loads(text)
        rows = document["features"]
        names = tuple(row["name"] for row in rows)
        columns = [np.array([row[key] for row in rows], dtype=float) for key in _COLUMNS]
        positions = np.array([catalogue.names.index(name) for name in names], dtype=int)
        return cls(names, positions, *columns, intercept=float(document["intercept"]))


def _centre_and_scale(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and deviation of the values seen (0 and 1 where there are none), and which vary."""
    seen = ~np.isnan(X)
    n = np.maximum(seen.sum(axis=0), 1)
    means = np.where(seen, X, 0.0).sum(axis=0) / n
    variances = (np.where(seen, X - means, 0.0) ** 2).sum(axis=0) / n
    varies = variances > 1e-24 * np.maximum(means**2, 1.0)
    return means, np.where(varies, np.sqrt(variances), 1.0), varies


def _tells_apart(missing: np.ndarray) -> np.ndarray:
    """Which indicators differ between rows: what nobody has is a property of the agency."""
    return np.logical_and(missing.any(axis=0), ~missing.all(axis=0))


def _span(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The range within which values are held; 0 to 0 for a column without values."""
    empty = np.isnan(X).all(axis=0)
    filled = np.where(empty, 0.0, X)
    low, high = np.nanquantile(filled, [LOW_QUANTILE, HIGH_QUANTILE], axis=0)
    return low, high


def _design(
    X: np.ndarray, lows: np.ndarray, highs: np.ndarray, means: np.ndarray, scales: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Held and standardised values, 0 where missing; and the indicators of what is missing."""
    missing = np.isnan(X)
    held = (X.clip(lows, highs) - means) / scales
    return np.where(missing, 0.0, held), missing.astype(float)


def _directed(
    design: np.ndarray,
    y: np.ndarray,
    *,
    usable: np.ndarray,
    directions: np.ndarray,
    C: float,
    weight: np.ndarray | None,
) -> tuple[np.ndarray, float]:
    """Coefficients of all columns, 0 for those left out, and the intercept.

    While coefficients go against their direction, the one furthest off is taken out and the rest
    fitted again. One at a time: without it another may well go the right way.
    """
    has_weight = usable.copy()
    while True:
        fitted, intercept = _regression(design[:, has_weight], y, C, weight)
        along = fitted * directions[has_weight]
        if not (along < 0).any():
            coefficients = np.zeros(design.shape[1])
            coefficients[has_weight] = fitted
            return coefficients, intercept
        has_weight[np.flatnonzero(has_weight)[np.argmin(along)]] = False


def _regression(
    design: np.ndarray, y: np.ndarray, C: float, weight: np.ndarray | None
) -> tuple[np.ndarray, float]:
    """Coefficients and intercept as they are stored."""
    if design.shape[1] == 0:  # scikit-learn refuses what is the plain log-odds
        return np.empty(0), round(float(logit(np.average(y, weights=weight))), STORED_DECIMALS)
    regression = LogisticRegression(C=C, tol=1e-10, max_iter=10_000, solver="newton-cholesky")
    regression.fit(design, y, sample_weight=weight)
    coefficients = np.round(regression.coef_[0], STORED_DECIMALS)
    return coefficients, round(float(regression.intercept_[0]), STORED_DECIMALS)
