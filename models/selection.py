"""Who tends to be appointed: a diagnostic of past selection.

The rule that must not break: this ranks nobody. It imitates the choices that panels made, with
whatever they preferred, so it is printed in the backtest beside readiness and read nowhere else; a
contract of import-linter keeps every other room away from it.
"""

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.catalogue import CATALOGUE, Catalogue
from models.matrix import matrix

N_TREES = 100


class Propensity:
    """Order of candidates by how much they resemble those appointed before (LambdaMART)."""

    def __init__(self, booster: lgb.Booster, told: np.ndarray, catalogue: Catalogue) -> None:
        self._booster = booster
        self._told = told
        self._catalogue = catalogue

    @classmethod
    def fit(
        cls,
        X: pd.DataFrame,
        is_appointed: pd.Series,
        *,
        vacancy: pd.Series,
        seed: int = 20,
        num_threads: int = 1,
        catalogue: Catalogue = CATALOGUE,
    ) -> "Propensity":
        """Fit on the pools of past vacancies.

        Parameters
        ----------
        X : DataFrame, shape (n_candidates, n_features)
        is_appointed : Series of bool, shape (n_candidates,)
        vacancy : Series, shape (n_candidates,)
            Vacancy of each row; rows of one vacancy stand together.
        """
        begins = vacancy.ne(vacancy.shift()).to_numpy()
        sizes = np.diff(np.append(np.flatnonzero(begins), len(vacancy)))
        figures = matrix(X, catalogue)
        # Columns in which nothing is told change no tree and take their time.
        told = np.asarray(~np.isnan(figures).all(axis=0))
        rows = lgb.Dataset(figures[:, told], is_appointed.astype("int64"), group=sizes)
        parameters = {
            "objective": "lambdarank",
            "num_leaves": 8,
            "learning_rate": 0.05,
            "min_data_in_leaf": 100,
            "max_bin": 63,
            "lambda_l2": 5.0,
            "lambdarank_truncation_level": 20,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": num_threads,
            "seed": seed,
            "verbose": -1,
        }
        return cls(lgb.train(parameters, rows, N_TREES), told, catalogue)

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """A number a candidate, comparable within one vacancy only; shape (n_candidates,)."""
        return np.asarray(self._booster.predict(matrix(X, self._catalogue)[:, self._told]))
