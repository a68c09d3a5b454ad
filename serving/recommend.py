"""Recommendations: who is ready for a post, in which order, and why.

The rule that must not break: a person decides. The list ranks eligible people and those who need
checking, by readiness; it rejects nobody, and a list dated before the model's label cut-off is
given only to who asks for it, and says so. Without a model (day one) nothing is estimated, and the
list is ordered as in `serving.day_one`.
"""

import contextlib
import gc
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import FeatureQuery, kept_features
from features.errors import ChampionError, PersonNotFoundError, RetrospectiveError
from features.evidence import newest_facts, recorded_between
from features.packs.declaration import Pack
from features.packs.library import Library
from features.policy.binding import pack_for
from features.policy.gate import gate, overall
from features.policy.pool import rankable
from features.policy.register import with_registers
from features.policy.statuses import NEEDS_CHECKING, NOT_MET, STATUSES
from features.policy.vacancies import route_of, vacancies_of
from features.storage import Snapshot
from features.tables.record import Record
from models.artefact import Artefact
from models.explain import Explainer, Explanation
from models.missing_papers import Spread, on_record, spreads
from models.ranking import ranking
from models.uncertainty import Doubts
from serving import answers, day_one, policy_answers
from serving.bench import Benches
from serving.chances import Foreseen
from serving.lanes import Lanes, PostLane
from serving.posts import Posts
from serving.schemas import (
    BenchOfPost,
    Candidate,
    Order,
    PersonReadiness,
    Post,
    PostList,
    Question,
    Readiness,
    ReadyNow,
    Recommendation,
    Route,
    Text,
)

#: Dates whose candidates are kept in memory, the latest asked for.
KEPT_DATES = 8
#: Posts that are not strategic whose frames are kept for a date, the latest computed.
KEPT_OTHERS = 16


@dataclass(frozen=True)
class Pool:
    """Everybody who can be ranked on a date, what rules say of them, and their features.

    `newest` is when the newest fact about each career was recorded; `rules` holds the answers of
    the mapping's gate and `gate` the worst of them, None without a rule; `lanes` what the policy
    pack says; `features` the frame of each post that was asked for, rows in the order of `people`.
    """

    people: pd.DataFrame
    newest: pd.Series
    rules: pd.DataFrame
    gate: np.ndarray | None
    lanes: Lanes | None
    features: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Look:
    """A pool looked at for one post by one route."""

    pool: Pool
    lane: PostLane | None
    features: pd.DataFrame
    status: np.ndarray


@dataclass(frozen=True)
class Listed:
    """Candidates in order, who is ready now, and what to bear in mind with this order."""

    candidates: tuple[Candidate, ...]
    ready_now: ReadyNow | None = None
    notices: tuple[Text, ...] = ()


class Desk:
    """One snapshot and one model, ready to be asked.

    Parameters
    ----------
    snapshot : Snapshot
    artefact : Artefact or None
        None while no model has been promoted: day one.
    home : Path, optional
        Where packs and registers of the agency lie; those that come with the program if left out.

    Raises
    ------
    ChampionError
        If the model was trained on another agency's record.
    """

    def __init__(
        self, snapshot: Snapshot, artefact: Artefact | None, home: Path | None = None
    ) -> None:
        if artefact is not None and artefact.facts.agency != snapshot.mapping.agency:
            raise ChampionError(
                f"the champion was trained for agency {artefact.facts.agency!r}",
                where=f"snapshot of agency {snapshot.mapping.agency!r}",
                remedy="train and promote a model on this record",
            )
        self.snapshot, self.artefact, self._home = snapshot, artefact, home
        self._explainer = None if artefact is None else Explainer(artefact.model)
        self._record: Record = snapshot.record()
        self._ruled = self._record if home is None else with_registers(self._record, home)
        self._library = Library(home)
        # Read now: a pack that is wrong keeps the desk from opening, and the probe from saying yes.
        _ = self._library.packs
        self._vacancies = vacancies_of(self._record)
        self._query = FeatureQuery(self._record)
        self._kept = kept_features(self._record)
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
        self,
        post: str,
        as_of: date,
        *,
        top: int = 10,
        route: Route | None = None,
        retrospective: bool = False,
    ) -> Recommendation:
        """The ranked list for a post.

        Parameters
        ----------
        post : str
            Id or title of the post.
        as_of : date
        top : int
            How many candidates to show.
        route : str, optional
            How the post is filled; as its vacancy says on that date, else as the pack says, if
            left out.
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
        question = self._question(post, as_of, route, retrospective=retrospective)
        look = self._look(as_of, question.post, question.route)
        eligible = look.status != NOT_MET
        in_order = self._day_one if self.artefact is None else self._by_readiness
        listed = in_order(look, question, eligible, top)
        return Recommendation(
            **dict(_with(question, listed.notices)),
            n_rankable=len(eligible),
            n_turned_away=int((~eligible).sum()),
            ready_now=listed.ready_now,
            candidates=listed.candidates,
        )

    def _by_readiness(
        self, look: Look, question: Question, eligible: np.ndarray, top: int
    ) -> Listed:
        """Candidates in the order of their readiness, and who is ready now."""
        people, X = look.pool.people["person_id"][eligible], look.features[eligible]
        probability = self.champion.model.probability(X)
        order = ranking(people.tolist(), probability.tolist()).head(top)
        rows = pd.Series(X.index, index=people.to_numpy()).loc[order["person_id"]]
        shown = X.loc[rows]
        estimates, bands = self._estimates(shown)
        candidates = tuple(
            self._candidate(
                look,
                shown.iloc[nth],
                estimates[nth],
                answers.BY_READINESS,
                position=int(position),
                tie_band=None if bands is None else int(bands[nth]),
            )
            for nth, position in enumerate(order["position"])
        )
        ready_now = policy_answers.with_people(
            policy_answers.ready_now(
                self._pack(question.as_of),
                look.lane,
                question.post.post_class,
                label_months=self._mapping.label.months,
            ),
            people.to_numpy(),
            look.status[eligible],
            probability,
        )
        return Listed(candidates, ready_now)

    def _day_one(self, look: Look, question: Question, eligible: np.ndarray, top: int) -> Listed:
        """Candidates in the order of day one, and what to bear in mind with it."""
        people, X = look.pool.people["person_id"][eligible], look.features[eligible]
        those = self._standing(look, question.post).of(eligible)
        order = day_one.ordered(people.tolist(), those).head(top)
        candidates = tuple(
            self._candidate(
                look,
                X.iloc[row],
                None,
                those.order_of(row),
                position=int(position),
                tie_band=int(band),
            )
            for position, band, row in zip(
                order["position"], order["tie_band"], order["row"], strict=True
            )
        )
        return Listed(candidates, notices=day_one.notices(those))

    def _standing(self, look: Look, post: Post) -> day_one.Standing:
        """What everybody in a pool can be ordered by without a model."""
        with self._lock:
            return day_one.standing(look.pool.lanes, look.lane, post.post_id, look.features)

    def readiness(
        self,
        person: str,
        post: str,
        as_of: date,
        *,
        route: Route | None = None,
        retrospective: bool = False,
    ) -> PersonReadiness:
        """One person for one post, whether or not a rule turns them away.

        Raises
        ------
        PersonNotFoundError
            If nobody heard of the person, or they cannot be ranked on the date.
        """
        question = self._question(post, as_of, route, retrospective=retrospective)
        look = self._look(as_of, question.post, question.route)
        rows = self._rows_of(look.pool.people, person, as_of)
        X, told, order = look.features.loc[rows], None, answers.BY_READINESS
        if self.artefact is None:
            order = self._standing(look, question.post).order_of(int(rows[0]))
            question = _with(question, (day_one.NO_READINESS,))
        else:
            told = self._estimates(X)[0][0]
        candidate = self._candidate(look, X.iloc[0], told, order, position=None, tie_band=None)
        return PersonReadiness(**dict(question), candidate=candidate)

    @property
    def champion(self) -> Artefact:
        """The model in service.

        Raises
        ------
        ChampionError
            On day one.
        """
        if self.artefact is None:
            raise ChampionError(
                "no model has been promoted, so there is no estimate",
                where=f"agency {self._mapping.agency!r}, day one",
                remedy="train a model and promote its version; until then ask for lists alone",
            )
        return self.artefact

    def _estimates(self, X: pd.DataFrame) -> tuple[list[Readiness], np.ndarray | None]:
        """Readiness of people in the order of a list, and their tie bands."""
        explained, (doubts, bands) = self._explained(X), self._doubts(X)
        told = np.array([one.probability for one in explained])
        bounds = answers.bounds(self.champion, told, doubts)
        return [
            answers.readiness(one, doubts, bounds, place) for place, one in enumerate(explained)
        ], bands

    def _explained(self, X: pd.DataFrame) -> list[Explanation]:
        """Estimates taken apart."""
        assert self._explainer is not None
        return self._explainer.explain(X)

    def _doubts(self, X: pd.DataFrame) -> tuple[Doubts | None, np.ndarray | None]:
        """What is uncertain about people in the order of a list, and their tie bands."""
        model = self.champion.model
        return (None, None) if model.uncertainty is None else model.shown(X)

    @cached_property
    def benches(self) -> Benches:
        """Answers about benches on the same snapshot."""
        return Benches(self.snapshot, self._home)

    def bench(self, post: str, as_of: date, *, route: Route | None = None) -> BenchOfPost:
        """The bench of a post, with chances where the champion has a horizon of its class.

        Raises
        ------
        PostNotFoundError, DateError, PackError
            If there is no such post, no record of the day, or no pack in force on it.
        """
        foreseen = None
        if self.artefact is not None:
            X, away = None, None
            answers.require_within(self._recorded, as_of)
            if self.artefact.horizons is not None:
                pool, rows = self._pool(as_of, self._posts.find(post, as_of))
                people = pool.people["person_id"].to_numpy()
                X = rows.set_axis(people)
                away = None if pool.gate is None else pd.Series(pool.gate, index=people)
            foreseen = Foreseen(self.artefact, X, away)
        return self.benches.bench(post, as_of, route=route, foreseen=foreseen)

    def missing_papers(
        self,
        person: str,
        post: str,
        as_of: date,
        *,
        vouched: Collection[str],
        retrospective: bool = False,
    ) -> tuple[Question, Readiness, list[Spread]]:
        """What was asked, a person's estimate, and how far papers that are missing could move it.

        Parameters
        ----------
        vouched : collection of str
            Registers in which whoever has no row has nothing.

        Raises
        ------
        PersonNotFoundError
            If nobody heard of the person, or they cannot be ranked on the date.
        """
        model = self.champion.model
        question = self._question(post, as_of, None, retrospective=retrospective)
        pool, features = self._pool(as_of, question.post)
        row = int(self._rows_of(pool.people, person, as_of)[0])
        (estimate,), _bands = self._estimates(features.loc[[row]])
        ids = pool.people["person_id"].tolist()
        held = on_record(self._record, ids, as_of)
        found = spreads(model, features, ids, row, held=held, vouched=vouched)
        return question, estimate, found

    def _rows_of(self, people: pd.DataFrame, person: str, as_of: date) -> pd.Index:
        """The row of a person in a pool."""
        rows = people.index[people["person_id"] == person]
        if rows.empty:
            raise PersonNotFoundError(
                "the person is not in the record, or cannot be ranked on that date",
                where=f"as of {as_of}",
                expected=answers.who_can_be_ranked(self._mapping.pool),
            )
        return rows

    def _question(
        self, post: str, as_of: date, route: Route | None, *, retrospective: bool
    ) -> Question:
        newest_on = answers.require_within(self._recorded, as_of)
        found = self._posts.find(post, as_of)
        is_early = self._looks_back(as_of, is_meant=retrospective)
        notices = answers.notices(
            found,
            as_of,
            newest_on,
            is_open=self._posts.is_open(found, as_of),
            retrospective=is_early,
            simulated=self._mapping.simulated,
            n_labels=None if self.artefact is None else self.artefact.model.n_labels,
        )
        pack = self._pack(as_of)
        return answers.question(
            self.snapshot,
            self.artefact,
            found,
            as_of,
            route=route or self._route(found.post_id, as_of, pack),
            pack=pack,
            retrospective=is_early,
            notices=notices,
        )

    def _looks_back(self, as_of: date, *, is_meant: bool) -> bool:
        """Whether a date lies before the label cut-off; refused where that is not meant."""
        if self.artefact is None or as_of >= self.artefact.facts.label_cutoff_on:
            return False
        if not is_meant:
            cutoff = self.artefact.facts.label_cutoff_on
            raise RetrospectiveError(
                f"the model knows outcomes up to {cutoff}",
                where=f"as of {as_of}",
                expected=f"a date from {cutoff} on",
                remedy="ask for a later date, or say that you look back (retrospective)",
            )
        return True

    def _pack(self, as_of: date) -> Pack | None:
        """The policy pack in force on a date."""
        return pack_for(self._mapping, self._library, as_of)

    def _route(self, post_id: str, as_of: date, pack: Pack | None) -> Route:
        """How a post is filled: as its vacancy says on the date, else as the pack says."""
        default = "open_selection" if pack is None else pack.default_route
        return route_of(self._vacancies, post_id, as_of, default)

    def _look(self, as_of: date, post: Post, route: Route) -> Look:
        """The pool of a date, what rules say of it for a post, and its features for it."""
        pool, features = self._pool(as_of, post)
        if pool.lanes is None:
            status = np.full(len(pool.people), NEEDS_CHECKING) if pool.gate is None else pool.gate
            return Look(pool, None, features, status)
        lane = pool.lanes.known(post.post_id, route)
        if lane is None:
            with self._lock:
                lane = pool.lanes.lane(post.post_id, route, self._lanes_with(post, as_of))
        status = lane.status if pool.gate is None else np.maximum(lane.status, pool.gate)
        return Look(pool, lane, features, status)

    def _lanes_with(self, post: Post, as_of: date) -> list[tuple[str, str]]:
        """Posts and routes to work out in one go."""
        pack = self._pack(as_of)
        return [(one, self._route(one, as_of, pack)) for one in self._together_with(post)]

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
        worst = overall(rules).map(STATUSES.index).to_numpy() if self._mapping.gate else None
        pack = self._pack(as_of)
        lanes = None if pack is None else Lanes(self._ruled, pack, people)
        return Pool(people, newest_facts(self._record, people), rules, worst, lanes, {})

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
        self,
        look: Look,
        features: pd.Series,
        readiness: Readiness | None,
        order: Order,
        *,
        position: int | None,
        tie_band: int | None,
    ) -> Candidate:
        row, pool = features.name, look.pool
        # People of a pool are numbered from 0.
        person = int(str(row))
        return Candidate(
            position=position,
            tie_band=tie_band,
            person_id=pool.people.at[row, "person_id"],
            order=order,
            eligibility=policy_answers.eligibility(
                self._mapping.gate,
                pool.rules.loc[row],
                STATUSES[int(look.status[person])],
                look.lane,
                person,
                has_packs=bool(self._mapping.policy),
            ),
            policy_lane=policy_answers.policy_lane(pool.lanes, look.lane, person),
            readiness=readiness,
            no_readiness=day_one.NO_READINESS if readiness is None else None,
            evidence=answers.evidence(features, pool.newest.at[row], self._kept),
        )


def _with(question: Question, notices: tuple[Text, ...]) -> Question:
    """A question with more to bear in mind."""
    return question.model_copy(update={"notices": (*question.notices, *notices)})
