"""Readiness on any table, in the manner of scikit-learn.

The rule that must not break: the same two halves and the same treatment of what is missing as in
the product. With interviews the order is that of the expected score alone; a served model, which
has labels of other postings too, carries it beside what its halves say (`models.panel_stage`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from features.catalogue import Catalogue
from features.errors import LabelError
from models.boosted import Boosted, BoostingSettings
from models.calibration import FOLDS, Calibration, choose
from models.columns import Columns
from models.conformal import LabelConditional
from models.labels import FEWEST_FAILURES, Column
from models.misclassified import LabelRates
from models.odds_bounds import OddsBounds, odds_bounds
from models.panel_score import Interviews
from models.scorecard import Scorecard
from models.two_stage import TwoStage
from models.venn_abers import VennAbers

Selection = Literal["recorded", "ignorable", "not identified"]


@dataclass(frozen=True, eq=False)
class Blend:
    """Mean of the logits of a scorecard and a booster, and the curve over it."""

    scorecard: Scorecard
    boosted: Boosted
    calibration: Calibration = Calibration()

    def blend_logit(self, rows: np.ndarray) -> np.ndarray:
        """Before the curve, shape (n_rows,)."""
        return (self.scorecard.logit(rows) + self.boosted.logit(rows)) / 2

    def logit(self, rows: np.ndarray) -> np.ndarray:
        """Log-odds of success, shape (n_rows,)."""
        return self.calibration.logit(self.blend_logit(rows))


class ReadinessClassifier(ClassifierMixin, BaseEstimator):
    """Readiness on a table of one's own, as a scikit-learn estimator.

    Numbers, truth values, texts and categories are taken as they are; what is missing stays
    missing. Where past vacancies were recorded with everybody interviewed, `panel_score` lets the
    model learn from people who were not appointed as well.

    Parameters
    ----------
    monotone : mapping of str to {1, -1}, optional
        Columns of which more may only raise readiness, or only lower it.
    rates : LabelRates, optional
        How far the outcomes are to be believed; from appointments that somebody reviewed.
    is_ignorable : bool
        Whether panels used nothing but what the columns say. Only who knows the panels can say so:
        it is believed where no interview score is given, and changes what `selection_` says.
    calibrates : bool
        Whether a curve is chosen by cross-fitted log-loss; without interview scores only.
    scorecard_c : float
        Inverse L2 strength of the linear half.
    boosting : BoostingSettings, optional
    n_trees : int
        Trees of the boosted half.
    most_trees : int
        Most trees for the expected interview score; how many is chosen on vacancies left out.
    fewest_per_class : int
        Fewer labels of one class are refused.
    num_threads : int
        Changes no figure.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The second is success.
    selection_ : {"recorded", "ignorable", "not identified"}
        How far the outcomes of the appointed speak of everybody: interview scores were recorded;
        panels are said to have used nothing but the columns; or neither, and then `bounds` says
        what can be said.
    columns_ : Columns
        How each column enters the model.
    feature_names_in_ : ndarray of str
        Where the table that was fitted on named its columns.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> gap = rng.normal(size=400)
    >>> table = pd.DataFrame({"gap": gap, "family": rng.choice(["hukum", "teknis"], size=400)})
    >>> success = gap + rng.normal(size=400) > 0
    >>> model = ReadinessClassifier(monotone={"gap": 1}).fit(table, success)
    >>> low, high = model.predict_proba(table.assign(gap=[-2.0] * 200 + [2.0] * 200))[[0, -1], 1]
    >>> bool(low < 0.2), bool(high > 0.8)
    (True, True)
    """

    def __init__(
        self,
        monotone: Mapping[str, int] | None = None,
        rates: LabelRates | None = None,
        is_ignorable: bool = False,
        calibrates: bool = True,
        scorecard_c: float = 0.05,
        boosting: BoostingSettings | None = None,
        n_trees: int = 100,
        most_trees: int = 400,
        fewest_per_class: int = FEWEST_FAILURES,
        num_threads: int = 1,
    ) -> None:
        self.monotone = monotone
        self.rates = rates
        self.is_ignorable = is_ignorable
        self.calibrates = calibrates
        self.scorecard_c = scorecard_c
        self.boosting = boosting
        self.n_trees = n_trees
        self.most_trees = most_trees
        self.fewest_per_class = fewest_per_class
        self.num_threads = num_threads

    def fit(
        self,
        X: Any,
        y: Column,
        groups: Column | None = None,
        panel_score: Column | None = None,
    ) -> "ReadinessClassifier":
        """Fit on appointments, or on everybody who was considered for past vacancies.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
        y : shape (n_rows,)
            Outcome, two classes of which the second in order is success. With `panel_score`: 1, 0,
            and missing (NaN or None) of those not appointed.
        groups : shape (n_rows,), optional
            Vacancy of each row; rows of one are never parted. Needed with `panel_score`.
        panel_score : shape (n_rows,), optional
            Mean interview score; missing of those not interviewed.

        Returns
        -------
        ReadinessClassifier
            Itself.

        Raises
        ------
        LabelError
            If there are too few labels, one class only, or scores without vacancies.
        CatalogueError
            If a column cannot be used.
        """
        _require_same_rows(X, y, groups, panel_score)
        table = self._table(X, reset=True)
        self.columns_ = Columns.fit(table, self.monotone)
        rows = self.columns_.matrix(table)
        self.boosting_ = self.boosting or BoostingSettings()
        if panel_score is None:
            self._fit_plain(rows, y, groups)
        else:
            self._fit_two_stage(rows, y, groups, panel_score)
        return self

    def _fit_plain(self, rows: np.ndarray, y: Column, groups: Column | None) -> None:
        outcome = self._outcome(y, len(rows))
        check_consistent_length(rows, outcome)
        vacancy = np.zeros(len(rows), dtype=int) if groups is None else _coded(groups, len(rows))
        # In an order of their own: how the caller's rows stand changes nothing.
        order = np.lexsort((*rows.T[::-1], outcome, vacancy))
        rows, outcome, vacancy = rows[order], outcome[order], vacancy[order]
        if groups is None:
            vacancy = np.arange(len(rows))
        crossed = self._crossed(rows, outcome, vacancy)
        blend = self._blend(rows, outcome)
        if crossed is None:
            self.interval_, self.sets_ = None, None
        else:
            if self.calibrates:
                blend = replace(blend, calibration=choose(crossed, outcome, vacancy))
            shown = blend.calibration.logit(crossed)
            self.interval_ = VennAbers.fit(_thinned(shown), outcome)
            self.sets_ = (
                LabelConditional.fit(expit(shown), outcome)
                if self.rates is None
                else LabelConditional.imputed(self.rates.behind(expit(shown)))
            )
        self.model_: Blend | TwoStage = blend
        self.selection_: Selection = "ignorable" if self.is_ignorable else "not identified"

    def _fit_two_stage(
        self, rows: np.ndarray, y: Column, groups: Column | None, panel_score: Column
    ) -> None:
        if groups is None:
            raise LabelError(
                "interview scores without vacancies",
                where="groups",
                expected="the vacancy of each row, since a panel's scores are compared within it",
            )
        score = _numbers(panel_score, "panel_score", len(rows))
        outcome = _numbers(y, "y", len(rows))
        vacancy = _coded(groups, len(rows))
        order = np.lexsort((*rows.T[::-1], outcome, score, vacancy))
        rows, outcome = rows[order], outcome[order]
        score, vacancy = score[order], vacancy[order]
        heard = ~np.isnan(score)
        if (~np.isnan(outcome) & ~heard).any():
            raise LabelError(
                "somebody has an outcome and no interview score",
                where="panel_score",
                expected="scores of everybody appointed; rows without one left out",
            )
        self.model_ = TwoStage.fit(
            Interviews(rows[heard], score[heard], vacancy[heard]),
            outcome[heard],
            settings=self.boosting_,
            most_trees=self.most_trees,
            rates=self.rates,
            num_threads=self.num_threads,
            catalogue=self._catalogue,
        )
        self.classes_ = np.array([0, 1])
        self.interval_ = None
        self.sets_ = LabelConditional.imputed(self.model_.probability(rows))
        self.selection_ = "recorded"

    def _outcome(self, y: Column, n_rows: int) -> np.ndarray:
        values = column_or_1d(y, warn=True)
        if len(values) == n_rows and pd.isna(values).any():
            raise LabelError(
                "Input y contains NaN: an outcome is not known",
                where="y",
                expected="known outcomes only, or interview scores of all who were considered",
            )
        if values.dtype.kind == "f":
            assert_all_finite(values, input_name="y")
        check_classification_targets(values)
        kind = type_of_target(values, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise LabelError(
                f"Only binary classification is supported. The type of the target is {kind}",
                where="y",
                expected="two outcomes",
            )
        self.classes_, coded = np.unique(values, return_inverse=True)
        if len(self.classes_) < 2:
            raise LabelError(
                "all labels are of one class", where="y", expected="successes and failures"
            )
        fewest = int(np.bincount(coded).min())
        if fewest < self.fewest_per_class:
            raise LabelError(
                f"{fewest} labels of one class are too few to learn from",
                where="y",
                expected=f"at least {self.fewest_per_class}",
                remedy="collect more outcomes, or rank by the policy score until then",
            )
        return coded.astype(np.float64)

    def _crossed(
        self, rows: np.ndarray, outcome: np.ndarray, vacancy: np.ndarray
    ) -> np.ndarray | None:
        """The logit of each row by a blend that has not seen its vacancy; None where one fails."""
        fold = np.unique(vacancy, return_inverse=True)[1] % FOLDS
        crossed = np.empty(len(rows))
        for k in np.unique(fold):
            seen = fold != k
            if len(np.unique(outcome[seen])) < 2:
                return None
            crossed[~seen] = self._blend(rows[seen], outcome[seen]).blend_logit(rows[~seen])
        return crossed

    def _blend(self, rows: np.ndarray, outcome: np.ndarray) -> Blend:
        catalogue = self._catalogue
        return Blend(
            Scorecard.fit(rows, outcome, C=self.scorecard_c, catalogue=catalogue),
            Boosted.fit(
                rows,
                outcome,
                n_trees=self.n_trees,
                settings=self.boosting_,
                num_threads=self.num_threads,
                catalogue=catalogue,
            ),
        )

    @property
    def _catalogue(self) -> Catalogue:
        return self.columns_.catalogue

    def decision_function(self, X: Any) -> np.ndarray:
        """What candidates are ordered by, shape (n_rows,); above 0 success is the likelier.

        Log-odds of success, unless outcomes are corrected by `rates` without interview scores:
        then those of the label less the label's at even odds, since what is behind a label has no
        order where the label says all or nothing.
        """
        z = self._logit(X)
        return z if self._behind is None else z - logit(self._behind.shown(np.array(0.5)))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of failure and of success, shape (n_rows, 2)."""
        success = expit(self._logit(X))
        if self._behind is not None:
            success = self._behind.behind(success)
        return np.column_stack([1 - success, success])

    def _logit(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.model_.logit(self.columns_.matrix(self._table(X, reset=False)))

    @property
    def _behind(self) -> LabelRates | None:
        """Rates that are still to be applied: two-stage training has applied them already."""
        return None if isinstance(self.model_, TwoStage) else self.rates

    def predict(self, X: Any) -> np.ndarray:
        """The likelier class, shape (n_rows,); nobody is turned away by it."""
        succeeds = self.decision_function(X) > 0
        return self.classes_[succeeds.astype(int)]

    def predict_set(self, X: Any, coverage: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
        """Whether failure and success can be shut out, each in a share of 1 - `coverage`.

        Returns
        -------
        may_fail, may_succeed : ndarray of bool, shape (n_rows,)

        Raises
        ------
        LabelError
            If there were too few vacancies to leave some out.
        """
        success = self.predict_proba(X)[:, 1]
        if self.sets_ is None:
            raise LabelError("no rows were left out to make sets from", where="predict_set")
        return self.sets_.sets(success, coverage)

    def predict_interval(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Venn-Abers interval of the share of successes at each estimate; plain models only.

        Of somebody with a category that was never seen, or of whom nothing is known, it is all
        from 0 to 1: the rows of training say nothing of them.

        Returns
        -------
        low, high : ndarray, shape (n_rows,)

        Raises
        ------
        LabelError
            If the model was fitted on interview scores, whose outcomes are of those appointed only,
            or if there were too few vacancies to leave some out.
        """
        z = self._logit(X)
        if self.interval_ is None:
            raise LabelError("no rows were left out to make an interval from", where="interval")
        low, high = self.interval_.interval(_thinned(z))
        shown = expit(z)
        low, high = np.minimum(low, shown), np.maximum(high, shown)
        table = self._table(X, reset=False)
        unknown = self.columns_.unseen(table) | table.isna().to_numpy().all(axis=1)
        low, high = np.where(unknown, 0.0, low), np.where(unknown, 1.0, high)
        return (
            (low, high) if self.rates is None else (self.rates.behind(low), self.rates.behind(high))
        )

    def bounds(self, X: Any, appointed: np.ndarray | float = 0.0) -> list[OddsBounds]:
        """What can be said of everybody where selection is not identified, sampling error included.

        Parameters
        ----------
        appointed : ndarray, shape (n_rows,), or float
            Probability that a panel appoints somebody with such a record.
        """
        interval = None if self.interval_ is None else self.predict_interval(X)
        return odds_bounds(self.predict_proba(X)[:, 1], appointed, interval=interval)

    def unseen(self, X: Any) -> np.ndarray:
        """Which rows hold a category that was never seen in training, shape (n_rows,)."""
        check_is_fitted(self)
        return self.columns_.unseen(self._table(X, reset=False))

    def _table(self, X: Any, *, reset: bool) -> pd.DataFrame:
        if isinstance(X, pd.DataFrame):
            _check_feature_names(self, X, reset=reset)
            _check_n_features(self, X, reset=reset)
            if len(X) == 0 or X.shape[1] == 0:
                raise LabelError(
                    f"Found array with {len(X)} sample(s) and {X.shape[1]} feature(s)",
                    where="table",
                    expected="at least one row and one column",
                )
            return X
        values = validate_data(
            self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return pd.DataFrame(values, columns=[f"x{n}" for n in range(values.shape[1])])

    def __sklearn_tags__(self) -> Tags:
        """Two classes; missing values and categories are taken as they are."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags


def _require_same_rows(X: Any, *columns: Column | None) -> None:
    """Refuse a column whose rows are those of the table in another order."""
    if not isinstance(X, pd.DataFrame):
        return
    for column in columns:
        if isinstance(column, pd.Series) and len(column) == len(X):
            same = column.index.equals(X.index)
            if not same and column.index.sort_values().equals(X.index.sort_values()):
                raise LabelError(
                    "rows stand in another order than those of the table",
                    where=str(column.name or "a column beside the table"),
                    expected="one order",
                    remedy="reindex it like the table",
                )


def _coded(groups: Column, n_rows: int) -> np.ndarray:
    """Groups as numbers in the order of their names."""
    names = pd.Series(list(groups), dtype="object")
    if len(names) != n_rows or names.isna().any():
        raise LabelError(
            "a row has no vacancy", where="groups", expected=f"one name for each of {n_rows} rows"
        )
    return np.unique(names.astype(str).to_numpy(dtype=str), return_inverse=True)[1]


def _numbers(values: Column, where: str, n_rows: int) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(list(values), dtype="object"), errors="coerce")
    lost = numbers.isna() & pd.Series(list(values), dtype="object").notna()
    if len(numbers) != n_rows or lost.any():
        raise LabelError(
            "values are not numbers, one a row", where=where, expected=f"{n_rows} numbers or NaN"
        )
    return numbers.to_numpy(dtype=np.float64)


def _thinned(z: np.ndarray) -> np.ndarray:
    """Logits to the second decimal: as many steps of a staircase as anybody can tell apart."""
    return np.round(z, 2)
