"""A hazard: the chance that something happens in a year, of those to whom nothing happened before.

The rule that must not break: a row is one year of one person, and a person belongs to one fold:
trees and curve are judged on people whom they have not seen. Where a direction is given, more of
the column never moves the hazard the other way.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from features.errors import LabelError
from models.calibration import Calibration, choose

#: Fewer events than these, and a hazard is a guess.
FEWEST_EVENTS = 30


@dataclass(frozen=True)
class HazardSettings:
    """How the trees of a hazard are grown.

    Parameters
    ----------
    most_trees : int
        As many are tried; the number with the least log-loss on people left out is taken.
    learning_rate : float
    leaves : int
    min_leaf_rows : int
        Fewest years of people in a leaf.
    leaf_l2 : float
    feature_share, row_share : float
        Share of columns and of rows that a tree draws.
    most_bins : int
        As finely are values of a column told apart.
    folds : int
        Parts that people are dealt into.
    seed : int
    num_threads : int
        Changes no tree.
    """

    most_trees: int = 400
    learning_rate: float = 0.05
    leaves: int = 8
    min_leaf_rows: int = 60
    leaf_l2: float = 20.0
    feature_share: float = 0.5
    row_share: float = 0.8
    most_bins: int = 63
    folds: int = 4
    seed: int = 20
    num_threads: int = 1


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard: trees and the curve over their logit.

    Parameters
    ----------
    names : tuple of str
        Columns, in order.
    booster : str
        LightGBM's text.
    calibration : Calibration
    n_rows, n_events : int
        Years of people that it was fitted on, and those of them with the event.
    """

    names: tuple[str, ...]
    booster: str
    calibration: Calibration
    n_rows: int
    n_events: int
    _trees: lgb.Booster = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the trees: a hazard just fitted and one read again are the same thing."""
        object.__setattr__(self, "_trees", lgb.Booster(model_str=self.booster))

    @classmethod
    def fit(
        cls,
        X: np.ndarray,
        y: np.ndarray,
        people: np.ndarray,
        names: Sequence[str],
        *,
        directions: Mapping[str, int],
        settings: HazardSettings,
        what: str,
    ) -> "Hazard":
        """Grow trees on years of people, and choose a curve over their logit.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)
            NaN where the record does not say.
        y : ndarray of {0, 1}, shape (n_rows,)
            Whether it happened in the year.
        people : ndarray, shape (n_rows,)
            Whose year it is.
        names : sequence of str
            Of the columns.
        directions : mapping of str to {-1, 1}
            Columns of which more can only lower, or only raise, the hazard.
        settings : HazardSettings
        what : str
            The event in a word or two, for messages.

        Raises
        ------
        LabelError
            If there are too few events, nothing but events, or events of too few people.
        """
        n_events = int(y.sum())
        if n_events < FEWEST_EVENTS or n_events == len(y):
            raise LabelError(
                f"{n_events} events in {len(y)} years of people",
                where=what,
                expected=f"{FEWEST_EVENTS} events at least, and years without one",
                remedy="take in a longer record",
            )
        growing = _Growing(tuple(names), directions, settings)
        if not growing.can_judge(y, people):
            n_people = len(np.unique(people))
            raise LabelError(
                f"{n_people} people have these {n_events} events and years without one",
                where=what,
                expected=f"enough people to leave each of {settings.folds} parts of them out",
                remedy="take in a record of more people",
            )
        crossed, n_trees = growing.crossed(X, y, people)
        return cls(
            names=tuple(names),
            booster=growing.text(X, y, n_trees),
            calibration=choose(crossed, y, people),
            n_rows=len(y),
            n_events=n_events,
        )

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The chance of each row, in [0, 1], shape (n_rows,)."""
        z = np.asarray(self._trees.predict(X, raw_score=True, num_threads=1))
        return expit(self.calibration.logit(z))

    def to_text(self) -> str:
        """The hazard as JSON, keys sorted; the same bytes in every process."""
        document = {
            "names": list(self.names),
            "booster": self.booster,
            "calibration": json.loads(self.calibration.to_json()),
            "n_rows": self.n_rows,
            "n_events": self.n_events,
        }
        return json.dumps(document, sort_keys=True, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Hazard":
        """The hazard that `to_text` wrote."""
        document = json.loads(text)
        curve = Calibration.from_json(json.dumps(document.pop("calibration")))
        return cls(
            names=tuple(document["names"]),
            booster=document["booster"],
            calibration=curve,
            n_rows=document["n_rows"],
            n_events=document["n_events"],
        )


class _Growing:
    """Trees by one setting."""

    def __init__(
        self, names: tuple[str, ...], directions: Mapping[str, int], settings: HazardSettings
    ) -> None:
        self._names, self._settings = names, settings
        self._parameters = {
            "objective": "binary",
            "metric": "binary_logloss",
            "num_leaves": settings.leaves,
            "learning_rate": settings.learning_rate,
            "min_data_in_leaf": settings.min_leaf_rows,
            "lambda_l2": settings.leaf_l2,
            "feature_fraction": settings.feature_share,
            "bagging_fraction": settings.row_share,
            "bagging_freq": 1 if settings.row_share < 1 else 0,
            "monotone_constraints": [directions.get(name, 0) for name in names],
            "monotone_constraints_method": "intermediate",
            "seed": settings.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": settings.num_threads,
            "max_bin": settings.most_bins,
            "feature_pre_filter": False,
            "verbosity": -1,
        }

    def can_judge(self, y: np.ndarray, people: np.ndarray) -> bool:
        """Whether there is somebody in each part, and years of either kind in what is left."""
        fold = self._folds(people)
        parts = [(fold == k, y[fold != k]) for k in range(self._settings.folds)]
        return all(out.any() and len(np.unique(left)) > 1 for out, left in parts)

    def crossed(self, X: np.ndarray, y: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, int]:
        """The logit of each row by trees that have not seen the person, and how many trees."""
        most, fold = self._settings.most_trees, self._folds(people)
        losses, grown = np.zeros(most), []
        for k in range(self._settings.folds):
            out = fold == k
            history: dict[str, dict[str, list[float]]] = {}
            grown.append(self._grown(X[~out], y[~out], most, (X[out], y[out]), history))
            losses += out.sum() * np.array(history["left_out"]["binary_logloss"])
        n_trees = int(np.argmin(losses)) + 1
        crossed = np.empty(len(y))
        for k, trees in enumerate(grown):
            out = fold == k
            crossed[out] = trees.predict(X[out], raw_score=True, num_iteration=n_trees)
        return crossed, n_trees

    def text(self, X: np.ndarray, y: np.ndarray, n_trees: int) -> str:
        """Trees on all rows, as LightGBM's text."""
        text = self._grown(X, y, n_trees).model_to_string()
        return re.sub(r"\[num_threads: \d+\]", "[num_threads: 1]", text)

    def _grown(
        self,
        X: np.ndarray,
        y: np.ndarray,
        n_trees: int,
        left_out: tuple[np.ndarray, np.ndarray] | None = None,
        history: dict[str, dict[str, list[float]]] | None = None,
    ) -> lgb.Booster:
        data = lgb.Dataset(X, label=y, feature_name=list(self._names), params=self._parameters)
        if left_out is None or history is None:
            return lgb.train(self._parameters, data, num_boost_round=n_trees)
        others = lgb.Dataset(left_out[0], label=left_out[1], reference=data)
        return lgb.train(
            self._parameters,
            data,
            num_boost_round=n_trees,
            valid_sets=[others],
            valid_names=["left_out"],
            callbacks=[lgb.record_evaluation(history)],
        )

    def _folds(self, people: np.ndarray) -> np.ndarray:
        """The part of each row; people are dealt out by chance, the same for the same seed."""
        names, index = np.unique(people, return_inverse=True)
        dealt = np.random.default_rng(self._settings.seed).permutation(len(names))
        return (dealt % self._settings.folds)[np.reshape(index, -1)]
