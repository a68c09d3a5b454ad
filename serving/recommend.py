"""Recommendations: who is ready for a post, in which order, and why.

The rule that must not break: a person decides. The list ranks eligible people and those who need
checking, by readiness; it rejects nobody, and a list dated before the model's label cut-off is
given only to who asks for it, and says so.
"""

import contextlib
import gc
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import FeatureQuery
from features.errors import ChampionError, DateError, PersonNotFoundError, RetrospectiveError
from features.evidence import newest_facts, recorded_between, require_recorded
from features.policy.eligibility import gate, overall, rankable
from features.storage import Snapshot
from features.tables.record import Record
from models.artefact import Artefact
from models.explain import Explainer, Explanation
from models.ranking import ranking
from serving import answers
from serving.posts import Posts
from serving.schemas import Candidate, PersonReadiness, Post, PostList, Question, Recommendation

#: Dates whose candidates are kept in memory, the latest asked for.
KEPT_DATES = 8
#: Posts that are not strategic whose frames are kept for a date, the latest computed.
KEPT_OTHERS = 16
#: How long after the newest fact a question still makes sense.
MOST_DAYS_AHEAD = 3653


@dataclass(frozen=True)
class Pool:
    """Everybody who can be ranked on a date, the answers of the gate, and their features.

    `newest` is when the newest fact about each career was recorded; `features` holds the frame of
    each post that was asked for, rows in the order of `people`.
    """

    people: pd.DataFrame
    newest: pd.Series
    rules: pd.DataFrame
    status: pd.Series
    features: dict[str, pd.DataFrame]


class Desk:
    """One snapshot and one model, ready to be asked.

    Parameters
    ----------
    snapshot : Snapshot
    artefact : Artefact

    Raises
    ------
    ChampionError
        If the model was trained on another agency's record.
    """

    def __init__(self, snapshot: Snapshot, artefact: Artefact) -> None:
        if artefact.facts.agency != snapshot.mapping.agency:
            raise ChampionError(
                f"the champion was trained for agency {artefact.facts.agency!r}",
                where=f"snapshot of agency {snapshot.mapping.agency!r}",
                remedy="train and promote a model on this record",
            )
        self.snapshot, self.artefact = snapshot, artefact
        self._explainer = Explainer(artefact.model)
        self._record: Record = snapshot.record()
        self._query = FeatureQuery(self._record)
        self._posts = Posts(self._record, self._mapping)
        self._recorded = recorded_between(self._record)
        self._pools: OrderedDict[date, Pool] = OrderedDict()
        # One connection, one question at a time; figures in memory are read without the lock.
        self._lock = threading.Lock()

    @property
    def _mapping(self) -> Mapping:
        return self.snapshot.mapping

    def posts(self) -> PostList:
        """The posts of the strategic classes."""
        return PostList(posts=self._posts.strategic)

    def recommendation(
        self, post: str, as_of: date, *, top: int = 10, retrospective: bool = False
    ) -> Recommendation:
        """The ranked list for a post.

        Parameters
        ----------
        post : str
            Id or title of the post.
        as_of : date
        top : int
            How many candidates to show.
        retrospective : bool
            Whether a date before the label cut-off is meant.

        Raises
        ------
        PostNotFoundError
            If nobody heard of the post, or its title means several.
        DateError
            If the date lies before the record, or far behind it.
        RetrospectiveError
            If the date is before the label cut-off and that was not asked for.
        """
        question = self._question(post, as_of, retrospective=retrospective)
        pool, features = self._pool(as_of, question.post)
        eligible = (pool.status != "not met").to_numpy()
        people, X = pool.people["person_id"][eligible], features[eligible]
        probability = self.artefact.model.probability(X)
        order = ranking(people.tolist(), probability.tolist()).head(top)
        rows = pd.Series(X.index, index=people.to_numpy()).loc[order["person_id"]]
        explained = self._explainer.explain(X.loc[rows])
        candidates = tuple(
            self._candidate(pool, features.loc[row], explanation, int(position))
            for row, explanation, position in zip(rows, explained, order["position"], strict=True)
        )
        return Recommendation(
            **dict(question),
            n_rankable=len(pool.people),
            n_turned_away=int((~eligible).sum()),
            candidates=candidates,
        )

    def readiness(
        self, person: str, post: str, as_of: date, *, retrospective: bool = False
    ) -> PersonReadiness:
        """One person for one post, whether or not a rule turns them away.

        Raises
        ------
        PersonNotFoundError
            If nobody heard of the person, or they cannot be ranked on the date.
        """
        question = self._question(post, as_of, retrospective=retrospective)
        pool, features = self._pool(as_of, question.post)
        rows = pool.people.index[pool.people["person_id"] == person]
        if rows.empty:
            raise PersonNotFoundError(
                "the person is not in the record, or cannot be ranked on that date",
                where=f"as of {as_of}",
                expected=answers.who_can_be_ranked(self._mapping.pool),
            )
        X = features.loc[rows]
        candidate = self._candidate(pool, X.iloc[0], self._explainer.explain(X)[0], None)
        return PersonReadiness(**dict(question), candidate=candidate)

    def _question(self, post: str, as_of: date, *, retrospective: bool) -> Question:
        newest_on = self._require_within(as_of)
        found = self._posts.find(post, as_of)
        facts = self.artefact.facts
        is_early = as_of < facts.label_cutoff_on
        if is_early and not retrospective:
            raise RetrospectiveError(
                f"the model knows outcomes up to {facts.label_cutoff_on}",
                where=f"as of {as_of}",
                expected=f"a date from {facts.label_cutoff_on} on",
                remedy="ask for a later date, or say that you look back (retrospective)",
            )
        notices = answers.notices(
            found,
            as_of,
            newest_on,
            is_open=self._posts.is_open(found, as_of),
            retrospective=is_early,
            simulated=self._mapping.simulated,
        )
        return answers.question(
            self.snapshot, self.artefact, found, as_of, retrospective=is_early, notices=notices
        )

    def _require_within(self, as_of: date) -> date:
        """Refuse a date that the record cannot say anything of; else the day of its newest fact."""
        newest = require_recorded(self._recorded, as_of)
        if (as_of - newest).days > MOST_DAYS_AHEAD:
            raise DateError(
                f"the newest fact on record is of {newest}",
                where=f"as of {as_of}",
                expected="a date at most ten years later",
                remedy="ask for an earlier date, or ingest newer exports",
            )
        return newest

    def _pool(self, as_of: date, post: Post) -> tuple[Pool, pd.DataFrame]:
        """The pool of a date, and its features for a post."""
        pool = self._pools.get(as_of)
        features = pool.features.get(post.post_id) if pool is not None else None
        if pool is not None and features is not None:
            with contextlib.suppress(KeyError):  # thrown out meanwhile, which harms nobody
                self._pools.move_to_end(as_of)
            return pool, features
        with self._lock:
            pool = self._pools.get(as_of) or self._new_pool(as_of)
            if post.post_id not in pool.features:
                pool.features.update(self._frames(pool.people, self._together_with(post)))
            features = pool.features[post.post_id]
            self._throw_out_others(pool)
            self._pools[as_of] = pool
            self._pools.move_to_end(as_of)
            while len(self._pools) > KEPT_DATES:
                self._pools.popitem(last=False)
            # Expressions point at each other; left to itself, the collector comes late for them.
            gc.collect()
        return pool, features

    def _throw_out_others(self, pool: Pool) -> None:
        """Keep memory bounded: of posts that are not strategic, those computed last."""
        strategic = {post.post_id for post in self._posts.strategic}
        others = [post_id for post_id in pool.features if post_id not in strategic]
        for post_id in others[:-KEPT_OTHERS]:
            del pool.features[post_id]

    def _new_pool(self, as_of: date) -> Pool:
        people = rankable(self._record, self._mapping.pool, [as_of])
        rules = gate(self._record, self._mapping.gate, people)
        return Pool(people, newest_facts(self._record, people), rules, overall(rules), {})

    def _together_with(self, post: Post) -> list[str]:
        """Posts to compute in one go: one question costs nearly what a hundred cost."""
        if post.is_strategic:
            return [other.post_id for other in self._posts.strategic]
        return [post.post_id]

    def _frames(self, people: pd.DataFrame, post_ids: list[str]) -> dict[str, pd.DataFrame]:
        pairs = people.assign(as_of=people["on"]).merge(
            pd.DataFrame({"post_id": post_ids}), how="cross"
        )
        frame = self._query.frame(pairs)
        rows_of = pairs.groupby("post_id").indices
        nobody = np.array([], dtype=int)
        return {
            post_id: frame.iloc[rows_of.get(post_id, nobody)].set_axis(people.index)
            for post_id in post_ids
        }

    def _candidate(
        self, pool: Pool, features: pd.Series, explanation: Explanation, position: int | None
    ) -> Candidate:
        row = features.name
        return Candidate(
            position=position,
            person_id=pool.people.at[row, "person_id"],
            eligibility=answers.eligibility(
                self._mapping.gate, pool.rules.loc[row], pool.status.at[row]
            ),
            policy_lane=answers.NO_POLICY_LANE,
            readiness=answers.readiness(explanation),
            evidence=answers.evidence(features, pool.newest.at[row]),
        )
