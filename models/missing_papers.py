"""How far an estimate could move if a kind of paper came in that a person does not have.

The rule that must not break: it is no promise. What stands in for a missing paper is what others
have: whole rows of people of the same step, figures of one person together, never a made-up value
and never a mean; and where fewer than 30 such people have the paper, nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from features.catalogue import Catalogue
from models.matrix import matrix
from models.readiness import ReadinessModel

FEWEST_DONORS: Final = 30
MOST_DONORS: Final = 400
#: Feature that tells who is comparable.
STEP: Final = "current_step"
#: Kinds of paper; what a feature reads besides, such as posts, is no paper of a person.
PAPERS: Final = (
    "rank_history", "education", "training", "appraisal", "assessment", "potential", "feedback",
    "award", "assignment", "discipline",
)  # fmt: skip
_EVIDENCE: Final = "evidence"


@dataclass(frozen=True)
class Spread:
    """Estimates of one person with the paper of each donor in place of the missing one.

    Parameters
    ----------
    kind : str
        The kind of paper.
    n_donors : int
    low, median, high : float or None
        10th, 50th and 90th percentile of the estimates; None with fewer than 30 donors.
    """

    kind: str
    n_donors: int
    low: float | None
    median: float | None
    high: float | None


def features_of(kind: str, catalogue: Catalogue) -> list[str]:
    """Features that are made of one kind of paper and of no other."""
    return [f.name for f in catalogue if set(f.source) & set(PAPERS) == {kind}]


def telling(kind: str, catalogue: Catalogue) -> list[str]:
    """Features of a kind of paper that are missing if it is.

    Left out are those that describe the record, such as how many competencies were measured, and
    those that are missing for a reason of their own, such as *no award yet*.
    """
    return [
        name
        for name in features_of(kind, catalogue)
        if catalogue[name].group != _EVIDENCE and catalogue[name].absent_en is None
    ]


def spreads(
    model: ReadinessModel, X: pd.DataFrame, person_ids: Sequence[str], row: int
) -> list[Spread]:
    """What papers that a person does not have could do to the estimate.

    Parameters
    ----------
    model : ReadinessModel
    X : DataFrame, shape (n_people, n_features)
        The feature frame of everybody who can be ranked on a date, for one post.
    person_ids : sequence of str, shape (n_people,)
    row : int
        Place of the person.

    Returns
    -------
    list of Spread
        One for each kind of paper that the model uses and of which the person has nothing; the
        widest first, those with too few donors last. Empty where the person has all of them.

    Notes
    -----
    Donors are people of the same step who have the paper, in the order of their ids; of more than
    400, evenly spaced ones. The order of rows says nothing.
    """
    catalogue = model.catalogue
    rows, used = matrix(X, catalogue), _used(model)
    place = {name: n for n, name in enumerate(catalogue.names)}
    step = rows[:, place[STEP]]
    is_same = (step == step[row]) | (np.isnan(step) & np.isnan(step[row]))
    is_same[row] = False
    found = []
    for kind in PAPERS:
        columns = [place[name] for name in features_of(kind, catalogue)]
        tell = [place[name] for name in telling(kind, catalogue)]
        if not tell or not used[columns].any() or not np.isnan(rows[row, tell]).all():
            continue
        donors = np.flatnonzero(is_same & ~np.isnan(rows[:, tell]).all(axis=1))
        found.append(_spread(model, rows, person_ids, row, kind, columns, donors))
    return sorted(found, key=lambda one: (-_width(one), one.kind))


def _spread(
    model: ReadinessModel,
    rows: np.ndarray,
    person_ids: Sequence[str],
    row: int,
    kind: str,
    columns: list[int],
    donors: np.ndarray,
) -> Spread:
    if len(donors) < FEWEST_DONORS:
        return Spread(kind, len(donors), None, None, None)
    ordered = sorted(donors.tolist(), key=lambda donor: person_ids[donor])
    n_chosen = min(len(ordered), MOST_DONORS)
    places = np.arange(n_chosen) * len(ordered) // n_chosen
    chosen = np.array(ordered)[places]
    filled = np.tile(rows[row], (len(chosen), 1))
    filled[:, columns] = rows[np.ix_(chosen, columns)]
    frame = pd.DataFrame(filled, columns=model.catalogue.names)
    low, median, high = np.quantile(model.probability(frame), [0.1, 0.5, 0.9])
    return Spread(kind, len(chosen), float(low), float(median), float(high))


def _width(spread: Spread) -> float:
    if spread.low is None or spread.high is None:
        return -1.0
    return spread.high - spread.low


def _used(model: ReadinessModel) -> np.ndarray:
    """Whether either half of a model looks at each feature, in the order of the catalogue."""
    used = model.boosted.booster.feature_importance("split") > 0
    scorecard = model.scorecard
    weighs = (scorecard.weights != 0) | (scorecard.missing_weights != 0)
    used[scorecard.positions[weighs]] = True
    return used
