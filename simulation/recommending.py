"""Recommending: who is put first where a panel follows a recommender, and what that one learns.

The rule that must not break: a recommender sees documents and outcomes that have matured, as an
agency's own file would show them, and nothing of the truth.
"""

from typing import Final, Protocol

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

#: Matured appointments, and failures among them, from which on something is learnt.
FEWEST, FEWEST_FAILURES = 60, 10
PAPERS: Final = ("gap", "rating", "seniority", "education", "course")


class Recommender(Protocol):
    """Whatever can put candidates in order, and look at what became of those appointed."""

    def score(self, papers: pd.DataFrame) -> np.ndarray:
        """A number for each candidate of a vacancy, the highest first; columns as in `PAPERS`."""
        ...

    def learn(self, papers: pd.DataFrame, stayed: np.ndarray) -> None:
        """Look at all appointments that have matured: their papers, and whether they lasted."""
        ...


class Learner:
    """A recommender that learns from appointments which its own advice has shaped: the loop closed.

    Until enough has matured it puts the smallest weighted gap first; then a logistic regression on
    documents, fitted anew each year.

    Examples
    --------
    >>> papers = pd.DataFrame({name: [0.0, 1.0, np.nan] for name in PAPERS})
    >>> Learner().score(papers).argmax()
    np.int64(1)
    """

    def __init__(self) -> None:
        self._model: LogisticRegression | None = None
        self._mean = np.zeros(len(PAPERS))
        self._spread = np.ones(len(PAPERS))

    def score(self, papers: pd.DataFrame) -> np.ndarray:
        """Probability of lasting, or the weighted gap as long as nothing was learnt."""
        if self._model is None:
            return np.nan_to_num(papers["gap"].to_numpy(dtype=np.float64), nan=-1e9)
        return self._model.predict_proba(self._standardised(papers))[:, 1]

    def learn(self, papers: pd.DataFrame, stayed: np.ndarray) -> None:
        """Fit anew on everything that has matured."""
        failures = int((stayed == 0).sum())
        if len(stayed) < FEWEST or failures < FEWEST_FAILURES or failures == len(stayed):
            return
        values = papers[list(PAPERS)].to_numpy(dtype=np.float64)
        self._mean = np.nan_to_num(np.nanmean(values, axis=0))
        spread = np.nan_to_num(np.nanstd(values, axis=0))
        self._spread = np.where(spread > 0, spread, 1.0)
        self._model = LogisticRegression().fit(self._standardised(papers), stayed)

    def _standardised(self, papers: pd.DataFrame) -> np.ndarray:
        values = papers[list(PAPERS)].to_numpy(dtype=np.float64)
        # What is missing stands at the mean: it speaks for nobody and against nobody.
        return np.nan_to_num((values - self._mean) / self._spread)
