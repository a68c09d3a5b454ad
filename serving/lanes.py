"""Eligibility and policy lane of everybody in a pool on a date, worked out for many posts at once.

The rule that must not break: these are the pack's answers and scores as they are; nothing here
looks at readiness, and nothing of readiness looks here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.policy.eligibility import Eligibility, eligibility
from features.policy.scores import Scores, nine_box, person_match, post_scores, rank_bands
from features.policy.source import Agreement, agreement
from features.policy.statuses import NOT_MET
from features.tables.record import Record

#: An id that no record holds.
NOBODY = ""


@dataclass(frozen=True)
class PostLane:
    """What the pack says of the people of a pool for one post by one route.

    Parameters
    ----------
    post_class : str
    eligibility : Eligibility
        Answers for several posts; those of this post stand in `rows`.
    rows : ndarray of int64, shape (n_people,)
    scores : Scores or None
        Scores for several posts, in the same rows.
    match : DataFrame or None
        Job person match, in the same rows.
    best, worst : ndarray of int64, shape (n_people,)
        The place by the score for the post among those whom no rule turns away; 0 for the others.
    n_ranked : int
    """

    post_class: str
    eligibility: Eligibility
    rows: np.ndarray
    scores: Scores | None
    match: pd.DataFrame | None
    best: np.ndarray
    worst: np.ndarray
    n_ranked: int

    @property
    def status(self) -> np.ndarray:
        """Status of each person, as in `features.policy.statuses`."""
        return self.eligibility.status[self.rows]


class Lanes:
    """The policy of one date for one pool.

    Parameters
    ----------
    record : Record
    pack : Pack
        In force on the date.
    people : DataFrame, shape (n_people, 2)
        `on`, `person_id`, the pool.
    """

    def __init__(self, record: Record, pack: Pack, people: pd.DataFrame) -> None:
        self.pack, self._record = pack, record
        self._people = people.rename(columns={"on": "as_of"})[["person_id", "as_of"]]
        posts = record.table("post").select("post_id", "post_class").to_pyarrow().to_pylist()
        self._class_of = {post["post_id"]: post["post_class"] for post in posts}
        self._posts: dict[tuple[str, str], PostLane] = {}
        self._nobody: dict[str, np.ndarray] = {}
        self.boxes: Scores | None = None
        self.source: Agreement | None = None
        if pack.nine_box is not None and len(people):
            self.boxes = nine_box(record, pack, self._people)
            self.source = agreement(
                record, pack, self._people, people["on"].iloc[0].date(), ours=self.boxes
            )

    def known(self, post_id: str, route: str) -> PostLane | None:
        """The lane of one post, if it has been worked out."""
        return self._posts.get((post_id, route))

    def lane(self, post_id: str, route: str, together_with: list[tuple[str, str]]) -> PostLane:
        """The lane of one post, worked out with others: many cost little more than one.

        Parameters
        ----------
        post_id, route : str
        together_with : list of (str, str)
            Posts and routes to work out at the same time, if this one is not known yet.
        """
        if (post_id, route) not in self._posts:
            asked = dict.fromkeys([(post_id, route), *together_with])
            self._work_out([one for one in asked if one not in self._posts])
        return self._posts[post_id, route]

    def is_scored(self, lane: PostLane, post_id: str) -> np.ndarray:
        """Whose score for a post is a number, or is narrowed by anything on record.

        The others have the range of somebody of whom the record says nothing at all: it tells them
        apart from nobody.

        Returns
        -------
        ndarray of bool, shape (n_people,)
        """
        if lane.scores is None or not len(self._people):
            return np.zeros(len(lane.rows), dtype=bool)
        nobody = self._range_of_nobody(post_id)
        ends = lane.scores.frame[["score_low", "score_high"]].iloc[lane.rows].to_numpy()
        return (ends != nobody).any(axis=1) | (ends[:, 0] == ends[:, 1])

    def _range_of_nobody(self, post_id: str) -> np.ndarray:
        """The score for a post of somebody whom the record does not know."""
        if post_id not in self._nobody:
            pair = {"person_id": [NOBODY], "post_id": [post_id]}
            pairs = pd.DataFrame(pair).assign(as_of=self._people["as_of"].iloc[0])
            frame = post_scores(self._record, self.pack, pairs).frame
            self._nobody[post_id] = frame[["score_low", "score_high"]].to_numpy()[0]
        return self._nobody[post_id]

    def _work_out(self, asked: list[tuple[str, str]]) -> None:
        posts = pd.DataFrame(asked, columns=["post_id", "route"])
        pairs = self._people.merge(posts, how="cross")
        answers = eligibility(self._record, self.pack, pairs)
        has_scores = self.pack.post_score is not None and len(pairs)
        scores = self._scores(pairs) if has_scores else None
        has_match = self.pack.assessment is not None and len(pairs)
        match = person_match(self._record, self.pack, pairs) if has_match else None
        for place, one in enumerate(asked):
            rows = np.arange(place, len(pairs), len(asked))
            best, worst, n_ranked = self._places(scores, rows, answers.status[rows] != NOT_MET)
            self._posts[one] = PostLane(
                self._class_of[one[0]], answers, rows, scores, match, best, worst, n_ranked
            )

    def _scores(self, pairs: pd.DataFrame) -> Scores:
        of_people = None if self.boxes is None else (self._people, self.boxes)
        return post_scores(self._record, self.pack, pairs, of_people=of_people)

    def _places(
        self, scores: Scores | None, rows: np.ndarray, is_ranked: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """Places by the score for a post among those who may be ranked; 0 for the others."""
        best, worst = np.zeros(len(rows), dtype="int64"), np.zeros(len(rows), dtype="int64")
        if scores is None or self.pack.post_score is None:
            return best, worst, 0
        frame = scores.frame.iloc[rows[is_ranked]]
        breakers = [
            (frame[f"{name}_low"].to_numpy(), frame[f"{name}_high"].to_numpy())
            for name in self.pack.post_score.tie_breakers
        ]
        low, high = frame["score_low"].to_numpy(), frame["score_high"].to_numpy()
        best[is_ranked], worst[is_ranked] = rank_bands(low, high, breakers)
        return best, worst, int(is_ranked.sum())
