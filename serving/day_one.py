"""The order of a list while no model is in service: by the policy score, else by the weighted gap.

The rule that must not break: nothing here is a probability, and what is not on record is never
nought. A score that is a range keeps the middle of its possible places; whoever has neither a score
nor a gap stands last, all in one place, and is flagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.ranking import EQUAL_WITHIN
from serving.lanes import Lanes, PostLane
from serving.schemas import Order, OrderedBy, Text

#: The feature that stands in where there is no score, and parts people with the same score.
GAP = "gap_weighted"
#: What people are ordered by; those of an earlier one stand before those of a later one.
BASES: tuple[OrderedBy, ...] = ("policy_score", "weighted_gap", "nothing")
SCORE, BY_GAP, NOTHING = range(3)

NO_READINESS = Text(
    id="Kesiapan tidak diperkirakan: hasil pengangkatan yang diketahui masih terlalu sedikit, atau "
    "belum ada model yang diberlakukan.",
    en="No readiness is estimated: too few outcomes are known, or no model was put in service.",
)
SENTENCES: dict[OrderedBy, Text] = {
    "policy_score": Text(
        id="Urut menurut nilai kebijakan untuk jabatan ini.",
        en="Ordered by the policy score for this post.",
    ),
    "weighted_gap": Text(
        id="Tidak ada nilai kebijakan dalam catatan: urut menurut kesenjangan kompetensi "
        "tertimbang, setelah yang memiliki nilai.",
        en="No policy score on record: ordered by the weighted competency gap, behind those who "
        "have a score.",
    ),
    "nothing": Text(
        id="Tidak ada catatan untuk mengurutkan: tempat terakhir tidak berarti apa-apa tentang "
        "orang ini.",
        en="Nothing on record to order by: the last place says nothing about this person.",
    ),
}
ORDERED = Text(
    id="Urutan menurut nilai kebijakan untuk jabatan ini; kesenjangan kompetensi tertimbang "
    "memisahkan yang nilainya sama dan menggantikan nilai yang tidak ada.",
    en="The order is by the policy score for this post; the weighted competency gap parts equal "
    "scores, and stands in where there is no score.",
)
NO_SCORES_AT_ALL = Text(
    id="Tidak seorang pun memiliki nilai kebijakan untuk jabatan ini.",
    en="Nobody has a policy score for this post.",
)
NO_ORDER_AT_ALL = Text(
    id="Tidak ada nilai dan tidak ada kesenjangan dalam catatan: daftar ini tidak berurutan.",
    en="Neither scores nor gaps are on record: this list has no order.",
)


@dataclass(frozen=True, eq=False)
class Standing:
    """What people of a pool can be ordered by for one post.

    Parameters
    ----------
    basis : ndarray of int64, shape (n_people,)
        Place in `BASES`.
    low, high : ndarray of float64, shape (n_people,)
        Ends of the policy score; NaN where it is not what people are ordered by.
    best, worst : ndarray of int64, shape (n_people,)
        The official places that the score allows; 0 where a rule turns somebody away.
    gap : ndarray of float64, shape (n_people,)
        Weighted gap in levels, below 0 a shortfall; NaN where nothing is known.
    """

    basis: np.ndarray
    low: np.ndarray
    high: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    gap: np.ndarray

    def of(self, rows: np.ndarray) -> "Standing":
        """Some of the people, by mask or position."""
        return Standing(**{name: column[rows] for name, column in vars(self).items()})

    def order_of(self, person: int) -> Order:
        """What one person is ordered by, in words."""
        basis, gap = BASES[self.basis[person]], float(self.gap[person])
        known = None if np.isnan(gap) else gap
        return Order(by=basis, weighted_gap=known, sentence=SENTENCES[basis])


def standing(
    lanes: Lanes | None, lane: PostLane | None, post_id: str, features: pd.DataFrame
) -> Standing:
    """What everybody in a pool can be ordered by for a post.

    Parameters
    ----------
    lanes : Lanes or None
        None where no policy pack is in force.
    lane : PostLane or None
    post_id : str
    features : DataFrame, shape (n_people, n_features)
    """
    n_people, gap = len(features), features[GAP].to_numpy(dtype="float64")
    low = high = np.full(n_people, np.nan)
    best = worst = np.zeros(n_people, dtype="int64")
    is_scored = np.zeros(n_people, dtype=bool)
    if lanes is not None and lane is not None and lane.scores is not None:
        ends = lane.scores.frame.iloc[lane.rows]
        is_scored = lanes.is_scored(lane, post_id)
        low, high = (np.where(is_scored, ends[f"score_{end}"], np.nan) for end in ("low", "high"))
        best, worst = lane.best, lane.worst
    basis = np.select([is_scored, ~np.isnan(gap)], [SCORE, BY_GAP], NOTHING)
    return Standing(basis, low, high, best, worst, gap)


def ordered(person_id: Sequence[str], those: Standing) -> pd.DataFrame:
    """People in the order of day one.

    Scores first, by the middle of the official places that they allow, which never puts anybody
    before whom the score is surely higher of; then gaps, the smallest shortfall first; then those
    of whom nothing is known. Equal scores are parted by the gap, where it is known.

    Parameters
    ----------
    person_id : sequence of str, shape (n_people,)
        Those whom no rule turns away.
    those : Standing
        Of the same people.

    Returns
    -------
    DataFrame, one row a person, ordered
        `position`, from 1, shared by those whom nothing parts, the next position then left free;
        `tie_band`, a stretch of the list of whom nobody's score is surely below that of its first
        (for numbers: equal scores), or whose gaps are equal; `person_id`; `row`, the place among
        those given.

    Examples
    --------
    Of *d* nothing is known, of *c* a gap alone; *a* and *b* have one score, and *b* the better gap.

    >>> nan, places = np.nan, np.array([1, 1, 3, 3])
    >>> those = Standing(
    ...     basis=np.array([0, 0, 1, 2]),
    ...     low=np.array([70, 70, nan, nan]), high=np.array([70, 70, nan, nan]),
    ...     best=places, worst=places + 1, gap=np.array([-1.0, 0.5, 1.0, nan]))
    >>> ordered(["a", "b", "c", "d"], those)[["position", "tie_band", "person_id"]].values.tolist()
    [[1, 1, 'b'], [2, 1, 'a'], [3, 2, 'c'], [4, 3, 'd']]
    """
    rows = pd.DataFrame(
        {
            "person_id": list(person_id),
            "basis": those.basis,
            "place": np.where(those.basis == SCORE, those.best + those.worst, 0),
            "gap": those.gap,
            "low": those.low,
            "high": those.high,
        }
    )
    rows = rows.rename_axis("row").reset_index()
    keys = ["basis", "place", "gap", "person_id"]
    # Whose gap is not known comes behind equals whose gap is; their tie band is the same.
    rows = rows.sort_values(keys, ascending=[True, True, False, True], ignore_index=True)
    rows["position"] = _positions(rows)
    rows["tie_band"] = _bands(rows)
    return rows[["position", "tie_band", "person_id", "row"]]


def _positions(rows: pd.DataFrame) -> list[int]:
    """Positions of sorted rows; whoever is level with the first of a run shares its position."""
    basis, middle, gap = (rows[name].to_numpy() for name in ("basis", "place", "gap"))
    told, first = [], 0
    for place in range(len(rows)):
        is_level = basis[first] == basis[place] and middle[first] == middle[place]
        if not (is_level and _is_same(gap[first], gap[place])):
            first = place
        told.append(first + 1)
    return told


def _bands(rows: pd.DataFrame) -> list[int]:
    """Bands of sorted rows, from 1: a new one where somebody is surely behind its first."""
    basis, low, high, gap = (rows[name].to_numpy() for name in ("basis", "low", "high", "gap"))
    told, first, band = [], 0, 1
    for place in range(len(rows)):
        is_behind = {
            SCORE: low[first] > high[place],
            BY_GAP: not _is_same(gap[first], gap[place]),
            NOTHING: False,
        }
        if basis[first] != basis[place] or is_behind[basis[place]]:
            first, band = place, band + 1
        told.append(band)
    return told


def _is_same(one: float, other: float) -> bool:
    """Whether two gaps are equal, or both unknown."""
    if np.isnan(one) or np.isnan(other):
        return bool(np.isnan(one) and np.isnan(other))
    return bool(abs(one - other) <= EQUAL_WITHIN)


def notices(those: Standing) -> tuple[Text, ...]:
    """What to bear in mind with an order of day one.

    Parameters
    ----------
    those : Standing
        Of all on the list.
    """
    if not len(those.basis):
        return (NO_READINESS, ORDERED)
    best = int(those.basis.min())
    told = {SCORE: (ORDERED,), BY_GAP: (ORDERED, NO_SCORES_AT_ALL), NOTHING: (NO_ORDER_AT_ALL,)}
    return (NO_READINESS, *told[best])
