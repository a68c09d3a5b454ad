"""How far an estimate could move if a kind of paper came in that a person does not have.

The rule that must not break: a paper is absent where the record has no row of it, never where a
figure happens to be missing or nought; and what is told is no promise. What stands in for an absent
paper is what others have: whole rows of people of the same step, figures of one person together,
never a made-up value and never a mean; where fewer than 30 such people have it, nothing is said.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

import ibis
import numpy as np
import pandas as pd

from features.asof import AsOf
from features.catalogue import Catalogue
from features.tables.record import Record
from models.matrix import matrix
from models.readiness import ReadinessModel

FEWEST_DONORS: Final = 30
MOST_DONORS: Final = 400
#: Feature that tells who is comparable.
STEP: Final = "current_step"
#: Kinds of paper of a person, and the day from which one is there. What a feature reads besides,
#: such as posts, is no paper of a person; nor is a sanction, which nobody hands in.
PAPERS: Final = MappingProxyType(
    {
        "rank_history": "from_on",
        "education": "graduated_on",
        "training": "started_on",
        "appraisal": "appraised_on",
        "assessment": "assessed_on",
        "potential": "assessed_on",
        "feedback": "given_on",
        "award": "awarded_on",
        "assignment": "started_on",
    }
)
#: Kinds of which a person may truly have none: without a row nobody knows whether one is missing.
REGISTERS: Final = frozenset({"training", "award", "assignment"})
#: Why a kind is named: *missing*, everybody has one; *register*, one may or may not exist.
Absence = Literal["missing", "register"]


@dataclass(frozen=True)
class Spread:
    """Estimates of one person with the paper of each donor in place of the missing one.

    Parameters
    ----------
    kind : str
        The kind of paper.
    reason : {"missing", "register"}
        Why it is named.
    n_donors : int
    low, median, high : float or None
        10th, 50th and 90th percentile of the estimates; None with fewer than 30 donors.
    """

    kind: str
    reason: Absence
    n_donors: int
    low: float | None
    median: float | None
    high: float | None


def features_of(kind: str, catalogue: Catalogue) -> list[str]:
    """Features that are made of one kind of paper and of no other."""
    return [f.name for f in catalogue if set(f.source) & set(PAPERS) == {kind}]


def on_record(record: Record, person_ids: Sequence[str], on: date) -> dict[str, np.ndarray]:
    """Who has a paper of each kind on record: known by a day, and of a day that had come.

    Parameters
    ----------
    record : Record
    person_ids : sequence of str, shape (n_people,)
    on : date

    Returns
    -------
    dict of str to ndarray of bool, shape (n_people,)
        In the order of the ids; a kind that the agency does not keep is left out.
    """
    spine = ibis.memtable(
        {"person_id": list(person_ids), "as_of": [on] * len(person_ids)},
        schema={"person_id": "string", "as_of": "date"},
    )
    asof, ids = AsOf(record, spine), pd.Index(person_ids)
    found = {}
    for kind, day in PAPERS.items():
        if asof.holds(kind):
            rows = asof.known_of_people(kind)
            rows = rows.filter(rows[day] <= rows.as_of).select("person_id").distinct()
            found[kind] = ids.isin(rows.to_pyarrow()["person_id"].to_pylist())
    return found


def spreads(
    model: ReadinessModel,
    X: pd.DataFrame,
    person_ids: Sequence[str],
    row: int,
    *,
    held: Mapping[str, np.ndarray],
    vouched: Collection[str] = (),
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
    held : mapping of str to ndarray of bool, shape (n_people,)
        What `on_record` gives for them on that date. Of a kind that is not in it nothing is said.
    vouched : collection of str
        Registers that the agency vouches for: without a row there is none.

    Returns
    -------
    list of Spread
        One for each kind of paper that the model uses and of which the person has no row; the
        widest first, those with too few donors last. Empty where the person has all of them.

    Notes
    -----
    Donors are people of the same step who have a row, in the order of their ids; of more than 400,
    evenly spaced ones. The order of rows says nothing. Figures that are made of several kinds of
    paper, such as the share of them on record, stay as they are.
    """
    catalogue = model.catalogue
    rows, used = matrix(X, catalogue), _used(model)
    place = {name: n for n, name in enumerate(catalogue.names)}
    step = rows[:, place[STEP]]
    is_same = (step == step[row]) | (np.isnan(step) & np.isnan(step[row]))
    found = []
    for kind in PAPERS:
        columns = [place[name] for name in features_of(kind, catalogue)]
        if kind not in held or held[kind][row] or kind in vouched or not used[columns].any():
            continue
        donors = np.flatnonzero(is_same & held[kind])
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
    reason: Absence = "register" if kind in REGISTERS else "missing"
    if len(donors) < FEWEST_DONORS:
        return Spread(kind, reason, len(donors), None, None, None)
    ordered = sorted(donors.tolist(), key=lambda donor: person_ids[donor])
    n_chosen = min(len(ordered), MOST_DONORS)
    places = np.arange(n_chosen) * len(ordered) // n_chosen
    chosen = np.array(ordered)[places]
    filled = np.tile(rows[row], (len(chosen), 1))
    filled[:, columns] = rows[np.ix_(chosen, columns)]
    frame = pd.DataFrame(filled, columns=model.catalogue.names)
    low, median, high = np.quantile(model.probability(frame), [0.1, 0.5, 0.9])
    return Spread(kind, reason, len(chosen), float(low), float(median), float(high))


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
