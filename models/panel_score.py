"""The panel's interview score, as far as the record foretells it, and what is left of it.

Everybody interviewed has a score and only one of them an outcome, so far more is known of how
panels score than of how appointments go. The score that the record leads one to expect carries
what panels have learnt; what is left of it is what this panel heard and the record does not say.

The rule that must not break: a score is an input of training and never of a ranking; nobody is
ranked by what a panel said of them, only by what their record leads one to expect.
"""

from dataclasses import dataclass

import numpy as np

from features.catalogue import CATALOGUE, Catalogue
from features.errors import LabelError
from models.boosted import Boosted, BoostingSettings

FOLDS = 3
#: Trees between two numbers of trees that are tried.
STEP = 25
LEAST_SPREAD = 1e-9
#: Fewer interviewed people than these tell nothing of how panels score.
FEWEST_INTERVIEWED = 100
FEWEST_VACANCIES = 20


@dataclass(frozen=True)
class Interviews:
    """Everybody interviewed, appointed or not.

    Parameters
    ----------
    X : ndarray, shape (n_pairs, n_features)
        Model matrix.
    score : ndarray, shape (n_pairs,)
        Mean of the panel's interview scores, the higher the better.
    vacancy : ndarray, shape (n_pairs,)
        Who was heard by one panel for one post.

    Raises
    ------
    LabelError
        If a score is missing, all are the same, or there are too few.
    """

    X: np.ndarray
    score: np.ndarray
    vacancy: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what nothing can be learnt from."""
        if not np.isfinite(self.score).all():
            raise LabelError("somebody interviewed has no score", where="interviews")
        n_vacancies = len(np.unique(self.vacancy))
        if len(self.score) < FEWEST_INTERVIEWED or n_vacancies < FEWEST_VACANCIES:
            raise LabelError(
                f"{len(self.score)} interview scores of {n_vacancies} vacancies are too few",
                where="interviews",
                expected=f"at least {FEWEST_INTERVIEWED} of {FEWEST_VACANCIES} vacancies",
                remedy="fit without interview scores until more are on record",
            )
        if np.ptp(self.score) == 0:
            raise LabelError("all interview scores are the same", where="interviews")


def expected_score(
    interviews: Interviews,
    *,
    n_trees: int,
    settings: BoostingSettings,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> Boosted:
    """The interview score that a record leads one to expect, monotone as the catalogue says.

    Parameters
    ----------
    interviews : Interviews
    n_trees : int
    settings : BoostingSettings
    num_threads : int
        Changes no figure.
    catalogue : Catalogue

    Returns
    -------
    Boosted
        Its `logit` is the expected score, for any row of a model matrix.
    """
    return Boosted.fit(
        interviews.X,
        interviews.score,
        n_trees=n_trees,
        settings=settings,
        num_threads=num_threads,
        catalogue=catalogue,
        objective="regression",
    )


@dataclass(frozen=True)
class LeftOut:
    """What is expected of each score by models that have not seen its vacancy.

    Parameters
    ----------
    expected : ndarray, shape (n_pairs,)
    n_trees : int
        How many trees foretell scores that were left out best.
    """

    expected: np.ndarray
    n_trees: int


def left_out(
    interviews: Interviews,
    *,
    most_trees: int,
    settings: BoostingSettings,
    num_threads: int = 1,
    catalogue: Catalogue = CATALOGUE,
) -> LeftOut:
    """Expected scores of vacancies left out in turn, and the number of trees that does best there.

    Parameters
    ----------
    interviews : Interviews
    most_trees : int
        The choice is among every `STEP` trees up to these.
    """
    if most_trees < STEP:
        raise ValueError(f"at least {STEP} trees foretell a score")
    index = np.unique(interviews.vacancy, return_inverse=True)[1]
    fold = index % FOLDS
    steps = np.arange(STEP, most_trees + 1, STEP)
    told = np.empty((len(steps), len(fold)))
    for k in range(FOLDS):
        seen, out = fold != k, fold == k
        part = Interviews(interviews.X[seen], interviews.score[seen], interviews.vacancy[seen])
        fitted = expected_score(
            part, n_trees=most_trees, settings=settings, num_threads=num_threads,
            catalogue=catalogue,
        )  # fmt: skip
        for place, first in enumerate(steps - STEP):
            more = fitted.booster.predict(
                interviews.X[out], start_iteration=int(first), num_iteration=STEP, num_threads=1
            )
            told[place, out] = more
    told = np.cumsum(told, axis=0)
    best = int(np.argmin(((told - interviews.score) ** 2).mean(axis=1)))
    return LeftOut(told[best], int(steps[best]))


def surprise(interviews: Interviews, expected: np.ndarray) -> np.ndarray:
    """What each panel wrote above what was expected of the record, in standard deviations.

    The mean of the vacancy is taken off: a lenient panel has surprised nobody.

    Parameters
    ----------
    interviews : Interviews
    expected : ndarray, shape (n_pairs,)
        By models that have not seen the vacancy.

    Returns
    -------
    ndarray, shape (n_pairs,)

    Raises
    ------
    LabelError
        If panels write nothing but what the record says.

    Examples
    --------
    Two panels of which one gives everybody two points more.

    >>> heard = Interviews(np.zeros((100, 1)), np.tile([1.0, 2.0, 3.0, 4.0], 25),
    ...                    np.repeat(np.arange(50), 2))
    >>> surprise(heard, np.zeros(100))[:4].round(3).tolist()
    [-0.707, 0.707, -0.707, 0.707]
    """
    names, index = np.unique(interviews.vacancy, return_inverse=True)
    away = interviews.score - expected
    count = np.bincount(index, minlength=len(names))
    away = away - (np.bincount(index, weights=away) / count)[index]
    # The mean of each vacancy was fitted: as many rows say nothing of the spread.
    spread = np.sqrt((away**2).sum() / max(len(away) - len(names), 1))
    if spread < LEAST_SPREAD:
        raise LabelError(
            "interview scores say nothing that the record does not",
            where="interviews",
            expected="several people heard by one panel, each with a score of their own",
        )
    return away / spread
