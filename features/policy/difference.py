"""What another pack would change for a whole agency: boxes, eligibility, and ranks for posts.

The rule that must not break: both packs are asked about the same people, posts and day, and what is
said to cause a change is what differs between the two answers, never a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.documents.written import Words
from features.packs.declaration import Pack, PostScore
from features.packs.measures import Indicator
from features.packs.rules import Rule
from features.policy.changes import (
    Answers,
    BoxDifference,
    EligibilityDifference,
    Movable,
    RankDifference,
    Side,
    Threshold,
)
from features.policy.eligibility import eligibility
from features.policy.levels import LEVELS, possible_boxes, possible_levels
from features.policy.scores import (
    AXES,
    Scores,
    nine_box,
    post_scores,
    rank_bands,
)
from features.policy.statuses import NOT_ASKED, NOT_MET, STATUSES
from features.policy.wording_packs import (
    AXIS,
    LEVEL,
    NOTHING,
    STATUS,
    boxes_in_words,
    joined,
    notice_of,
    said,
)
from features.tables.record import Record

#: Indicators that an explanation names.
NAMED = 3
#: Sums of fractions that differ by less are the same.
SMALLEST = 1e-9
#: Sections that measures read besides their own.
_STANDARDS = ("ladder", "equivalence", "competencies", "assessment")
#: Sections that rules of a kind read besides themselves; the others read none.
_READ_BY_RULE = {
    "held": ("equivalence",),
    "present": ("equivalence",),
    "retirement": ("retirement",),
    "assessment_in_force": _STANDARDS,
    "job_person_match": _STANDARDS,
}


@dataclass(frozen=True)
class Difference:
    """What pack B would change against pack A, as of a day.

    Parameters
    ----------
    a, b : Pack
    on : date
    routes : DataFrame, shape (n_posts, 4)
        `post_id`, `post_class`; `route_a`, `route_b`, by which each pack was asked.
    boxes : BoxDifference
    eligibility : EligibilityDifference
    ranks : RankDifference

    Notes
    -----
    A rule *causes* a worse status if its answer in B is that status and was better in A, and a
    better status if its answer in A was the old status and is better in B. What is settled only
    before an appointment counts where it is *not met*. A pair of whom one pack has no rule at all
    can change without a cause.
    """

    a: Pack
    b: Pack
    on: date
    routes: pd.DataFrame
    boxes: BoxDifference
    eligibility: EligibilityDifference
    ranks: RankDifference

    @property
    def renamed(self) -> dict[str, str]:
        """Names of rules of B that ask what rules of A do under another name, with those."""
        return _renamed(self.a, self.b)

    @property
    def notice(self) -> Words | None:
        """That a pack is not confirmed, to be shown beside everything here."""
        return notice_of(self.a, self.b)

    def box_sentence(self, person_id: str) -> Words:
        """What changes in the boxes of a person, and why.

        Raises
        ------
        KeyError
            If the person was not asked about.
        """
        row = _row(self.boxes.frame, person_id=person_id)
        one = self.boxes.frame.iloc[row]
        if self.boxes.without:
            return said(
                "{packs} tidak memuat kotak sembilan.",
                "{packs} has no nine-box.",
                packs=", ".join(self.boxes.without),
            )
        before, after = (boxes_in_words(int(one[side])) for side in ("boxes_a", "boxes_b"))
        if not one["is_changed"]:
            return said("Tetap {box}.", "Remains {box}.", box=after)
        told = [said("Dari {a} menjadi {b}.", "From {a} to {b}.", a=before, b=after)]
        if one["by_scores"] or not one["by_thresholds"]:
            told.append(self._moves_in_words(row))
        if one["by_thresholds"] or not one["by_scores"]:
            told.append(self._thresholds_in_words())
        return joined(told)

    def status_sentence(self, person_id: str, post_id: str) -> Words:
        """What changes in the eligibility of a pair, and which rules answer otherwise.

        Raises
        ------
        KeyError
            If the pair was not asked about.
        """
        row = _row(self.eligibility.frame, person_id=person_id, post_id=post_id)
        one = self.eligibility.frame.iloc[row]
        before, after = (STATUS[STATUSES[one[side]]] for side in ("status_a", "status_b"))
        if one["is_changed"]:
            told = said("Dari {a} menjadi {b}.", "From {a} to {b}.", a=before, b=after)
        else:
            told = said("Tetap {b}.", "Remains {b}.", b=after)
        rules = [
            said("{rule}: {a} → {b}", "{rule}: {a} → {b}", rule=r, a=STATUS[a], b=STATUS[b])
            for r, a, b in self.eligibility.answers_of(row)[["rule", "a", "b"]].itertuples(
                index=False
            )
        ]
        if not rules:
            return told
        listed = joined(rules, "; ")
        return joined(
            [told, said("Jawaban yang berbeda: {r}.", "Answers that differ: {r}.", r=listed)]
        )

    def rank_sentence(self, person_id: str, post_id: str) -> Words:
        """The places of a person for a post under both packs.

        Raises
        ------
        KeyError
            If the pair was not asked about, or a pack has no score for a post.
        """
        one = self.ranks.frame.iloc[_row(self.ranks.frame, person_id=person_id, post_id=post_id)]
        places = {side: _places(one[f"best_{side}"], one[f"worst_{side}"]) for side in ("a", "b")}
        return said(
            "Peringkat menurut {pack_a}: {a}; menurut {pack_b}: {b}.",
            "Rank under {pack_a}: {a}; under {pack_b}: {b}.",
            pack_a=self.a.name,
            pack_b=self.b.name,
            **places,
        )

    def _moves_in_words(self, row: int) -> Words:
        """The indicators that move a person most."""
        size = {key: max(abs(low[row]), abs(high[row])) for key, (low, high) in self._moves}
        largest = sorted((k for k in size if size[k] > SMALLEST), key=lambda k: -size[k])[:NAMED]
        titles = _titles(self.a) | _titles(self.b)
        told = []
        for axis, name in largest:
            low, high = self.boxes.moves[axis, name]
            by = f"{low[row]:+.2f}"
            if abs(high[row] - low[row]) > SMALLEST:
                by = f"{by} / {high[row]:+.2f}"
            told.append(
                said("{title} {by} ({axis})", "{title} {by} ({axis})",
                     title=titles[axis, name], by=by, axis=AXIS[axis])
            )  # fmt: skip
        listed = joined(told, "; ") if told else NOTHING
        return said(
            "Nilai yang paling berbeda: {listed}.",
            "Scores that differ most: {listed}.",
            listed=listed,
        )

    @property
    def _moves(self) -> list[tuple[Movable, tuple[np.ndarray, np.ndarray]]]:
        return list(self.boxes.moves.items())

    def _thresholds_in_words(self) -> Words:
        told = [
            said(
                "{axis} {level}: {a} menjadi {b}",
                "{axis} {level}: {a} becomes {b}",
                axis=AXIS[one.axis],
                level=LEVEL[one.level],
                a=one.a_told,
                b=one.b_told,
            )
            for one in self.boxes.thresholds
        ]
        if self.boxes.is_renumbered:
            told.append(said("penomoran kotak berbeda", "boxes are numbered otherwise"))
        listed = joined(told, "; ") if told else NOTHING
        return said("Batas yang berbeda: {told}.", "Thresholds that differ: {told}.", told=listed)


def difference(
    record: Record,
    a: Pack,
    b: Pack,
    people: pd.DataFrame,
    posts: pd.DataFrame,
    on: date,
    *,
    route_of: Mapping[str, str] | None = None,
) -> Difference:
    """Compare two packs for people and posts as of a day.

    Parameters
    ----------
    record : Record
    a, b : Pack
        The pack that holds, and the one that would.
    people : DataFrame, shape (n_people, 1)
        `person_id` of whoever can be ranked, each once.
    posts : DataFrame, shape (n_posts, 2)
        `post_id`, `post_class`, each post once.
    on : date
    route_of : mapping of str to str, optional
        Route by post. A post that it does not name is filled by each pack's default route.

    Returns
    -------
    Difference
        Boxes in the order of `people`; pairs by post, in the order of `posts`, and person.

    Raises
    ------
    ValueError
        If a post is not in the record, or a route does not exist.

    Examples
    --------
    B asks for three years where A asks for two, and nothing else. Of a head for two and a half
    years the status goes from *met* to *not met*, and that rule is its only cause; boxes and the
    order of everybody else stay.
    """
    as_of = pd.Timestamp(on)
    persons = pd.DataFrame({"person_id": people["person_id"].to_numpy(), "as_of": as_of})
    routes = _routes(a, b, posts, route_of or {})
    pairs = routes.merge(persons, how="cross")
    asked = {side: pairs.rename(columns={f"route_{side}": "route"}) for side in ("a", "b")}
    boxes = _boxes(record, a, b, persons)
    answered = _eligibility(record, a, b, asked["a"], asked["b"])
    ranks = _ranks(record, a, b, pairs, answered)
    return Difference(a, b, on, routes, boxes, answered, ranks)


def _routes(a: Pack, b: Pack, posts: pd.DataFrame, route_of: Mapping[str, str]) -> pd.DataFrame:
    columns = {
        f"route_{side}": [route_of.get(post, pack.default_route) for post in posts["post_id"]]
        for side, pack in (("a", a), ("b", b))
    }
    return posts[["post_id", "post_class"]].reset_index(drop=True).assign(**columns)


def _is_same(a: Pack, b: Pack, sections: Iterable[str]) -> bool:
    return all(getattr(a, name) == getattr(b, name) for name in sections)


def _boxes(record: Record, a: Pack, b: Pack, persons: pd.DataFrame) -> BoxDifference:
    without = tuple(pack.name for pack in (a, b) if pack.nine_box is None)
    scores: dict[Side, Scores] = {}
    if a.nine_box is not None:
        scores["a"] = nine_box(record, a, persons)
    if b.nine_box is not None:
        is_known = _is_same(a, b, ("nine_box", *_STANDARDS))
        scores["b"] = scores["a"] if is_known else nine_box(record, b, persons)
    frame = persons[["person_id"]].copy()
    for side in ("a", "b"):
        for name, column in (("boxes", f"boxes_{side}"), ("box", f"box_{side}")):
            known = side in scores
            values = scores[side].frame[name] if known else pd.array([None] * len(frame), "Int64")
            frame[column] = pd.Series(values, index=frame.index).astype("Int64")
    if without:
        # Of one nine-box nothing can be compared: whoever had boxes, or gets them, changes.
        frame["is_changed"] = len(without) == 1
        frame["by_scores"] = frame["by_thresholds"] = False
        frame["moved_by"] = pd.array([None] * len(frame), dtype="str")
        return BoxDifference(frame, {}, (), False, without)
    frame["is_changed"] = (frame["boxes_a"] != frame["boxes_b"]).astype(bool)
    frame["by_scores"] = _placed(a, scores["b"]) != frame["boxes_a"].to_numpy("int64")
    frame["by_thresholds"] = _placed(b, scores["a"]) != frame["boxes_a"].to_numpy("int64")
    moves = _moves(a, b, scores["a"], scores["b"])
    frame["moved_by"] = _largest(moves)
    return BoxDifference(frame, moves, _thresholds(a, b), _is_renumbered(a, b), ())


def _placed(pack: Pack, scores: Scores) -> np.ndarray:
    """Boxes of scores of any pack at the thresholds of one."""
    assert pack.nine_box is not None
    levels = [
        possible_levels(
            getattr(pack.nine_box, axis),
            LEVELS[axis],
            *(scores.frame[f"{axis}_{end}"].to_numpy() for end in ("low", "high")),
        )
        for axis in AXES
    ]
    return possible_boxes(pack.nine_box, *levels).astype("int64")


def _indicators(pack: Pack) -> dict[Movable, Indicator]:
    if pack.nine_box is None:
        return {}
    return {
        (axis, indicator.indicator): indicator
        for axis in AXES
        for component in getattr(pack.nine_box, axis).components
        for indicator in component.indicators
    }


def _titles(pack: Pack) -> dict[Movable, Words]:
    return {key: indicator.title for key, indicator in _indicators(pack).items()}


def _moves(a: Pack, b: Pack, in_a: Scores, in_b: Scores) -> dict[Movable, tuple]:
    """By how much the least and the most that each indicator adds to its axis changes."""
    added = []
    for pack, scores in ((a, in_a), (b, in_b)):
        found = {}
        for key, indicator in _indicators(pack).items():
            share = float(indicator.weight) / 100
            low, high = scores.indicators[indicator.indicator]
            found[key] = (share * low, share * high)
        added.append(found)
    nothing = (np.zeros(len(in_a.frame)), np.zeros(len(in_a.frame)))
    before, after = added
    moves = {}
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, nothing), after.get(key, nothing)
        moves[key] = (new[0] - old[0], new[1] - old[1])
    return moves


def _largest(moves: dict[Movable, tuple]) -> pd.api.extensions.ExtensionArray:
    """The indicator that moves each person most; missing where nothing does."""
    names = np.array([name for _axis, name in moves], dtype=object)
    sizes = np.stack([np.maximum(np.abs(low), np.abs(high)) for low, high in moves.values()])
    largest = names[sizes.argmax(axis=0)]
    largest[sizes.max(axis=0) <= SMALLEST] = None
    return pd.array(largest, dtype="str")


def _thresholds(a: Pack, b: Pack) -> tuple[Threshold, ...]:
    assert a.nine_box is not None
    assert b.nine_box is not None
    found = []
    for axis in AXES:
        bands = [
            {band.level: band for band in getattr(pack.nine_box, axis).bands} for pack in (a, b)
        ]
        for level in LEVELS[axis]:
            if bands[0][level] != bands[1][level]:
                found.append(Threshold(axis, level, bands[0][level], bands[1][level]))
    return tuple(found)


def _is_renumbered(a: Pack, b: Pack) -> bool:
    assert a.nine_box is not None
    assert b.nine_box is not None
    return any(
        a.nine_box.boxes.box(row, column) != b.nine_box.boxes.box(row, column)
        for row in LEVELS["performance"]
        for column in LEVELS["potential"]
    )


def _eligibility(
    record: Record, a: Pack, b: Pack, asked_a: pd.DataFrame, asked_b: pd.DataFrame
) -> EligibilityDifference:
    before = Answers(a, eligibility(record, a, asked_a).by_rule)
    is_alike = a.classes == b.classes and asked_a["route"].equals(asked_b["route"])
    after = Answers(_named_as(a, b), _answers_of_b(record, before, b, asked_b, is_alike=is_alike))
    frame = pd.DataFrame(
        {
            "person_id": asked_a["person_id"],
            "post_id": asked_a["post_id"],
            "status_a": before.status,
            "status_b": after.status,
            "is_changed": before.status != after.status,
        }
    )
    return EligibilityDifference(before, after, frame)


def _answers_of_b(
    record: Record, known: Answers, b: Pack, asked: pd.DataFrame, *, is_alike: bool
) -> np.ndarray:
    """Answers of the second pack; rules that ask the same in the first are not asked again."""
    places = {_asks(rule): n for n, rule in enumerate(known.pack.rules)} if is_alike else {}
    shared = {}
    for n, rule in enumerate(b.rules):
        is_same = _is_same(known.pack, b, _READ_BY_RULE.get(rule.rule, ()))
        if is_same and _asks(rule) in places:
            shared[n] = places[_asks(rule)]
    others = [n for n in range(len(b.rules)) if n not in shared]
    by_rule = np.full((len(asked), len(b.rules)), NOT_ASKED, dtype="int8")
    if shared:
        by_rule[:, list(shared)] = known.by_rule[:, list(shared.values())]
    if others:
        rest = b.model_copy(update={"rules": tuple(b.rules[n] for n in others)})
        by_rule[:, others] = eligibility(record, rest, asked).by_rule
    return by_rule


def _renamed(a: Pack, b: Pack) -> dict[str, str]:
    """For each rule of B that A has under another name only, that name."""
    in_a, in_b = _by_name(a), _by_name(b)
    known = {asks: name for name, asks in in_a.items() if name not in in_b}
    return {name: known[asks] for name, asks in in_b.items() if name not in in_a and asks in known}


def _by_name(pack: Pack) -> dict[str, tuple[str, ...]]:
    """All that the rules of each name ask."""
    found: dict[str, list[str]] = {}
    for rule in pack.rules:
        found.setdefault(rule.id, []).append(_asks(rule))
    return {name: tuple(sorted(asks)) for name, asks in found.items()}


def _named_as(a: Pack, b: Pack) -> Pack:
    """Pack B with the names of A for rules that ask the same."""
    names = _renamed(a, b)
    rules = [rule.model_copy(update={"id": names.get(rule.id, rule.id)}) for rule in b.rules]
    return b.model_copy(update={"rules": tuple(rules)})


def _asks(rule: Rule) -> str:
    """All that the answer to a rule depends on, without its name and texts."""
    return rule.model_dump_json(exclude={"id", "sentence", "settled_by", "cite", "alternative"})


def _ranks(
    record: Record, a: Pack, b: Pack, pairs: pd.DataFrame, answered: EligibilityDifference
) -> RankDifference:
    without = tuple(pack.name for pack in (a, b) if pack.post_score is None)
    frame = pairs[["person_id", "post_id"]].copy()
    if without:
        frame = frame.iloc[:0]
    is_known = _is_same(a, b, ("nine_box", "post_score", *_STANDARDS))
    scores = pd.DataFrame()
    for side, pack in (("a", a), ("b", b)):
        best = worst = np.full(len(frame), np.nan)
        if pack.post_score is not None and not without:
            if side == "a" or not is_known:
                scores = post_scores(record, pack, pairs[["person_id", "post_id", "as_of"]]).frame
            is_ranked = getattr(answered, side).status != NOT_MET
            best, worst = _places_of(pack.post_score, scores, pairs["post_id"], is_ranked)
        frame[f"best_{side}"] = pd.array(best).astype("Int64")
        frame[f"worst_{side}"] = pd.array(worst).astype("Int64")
    is_apart = (frame["worst_b"] < frame["best_a"]) | (frame["best_b"] > frame["worst_a"])
    frame["is_changed"] = is_apart.fillna(False).astype(bool)
    middle = (frame["best_b"] + frame["worst_b"]) - (frame["best_a"] + frame["worst_a"])
    frame["moved"] = middle.astype("Float64") / 2
    return RankDifference(frame, without)


def _places_of(
    section: PostScore, scores: pd.DataFrame, post_id: pd.Series, is_ranked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The best and the worst place of each pair among those of its post that are ranked."""
    best = np.full(len(scores), np.nan)
    worst = best.copy()
    ranges = {
        name: (scores[f"{name}_low"].to_numpy(), scores[f"{name}_high"].to_numpy())
        for name in ("score", *section.tie_breakers)
    }
    for group in post_id.groupby(post_id, sort=False).indices.values():
        rows = group[is_ranked[group]]
        ties = [(ranges[n][0][rows], ranges[n][1][rows]) for n in section.tie_breakers]
        best[rows], worst[rows] = rank_bands(*(end[rows] for end in ranges["score"]), ties)
    return best, worst


def _row(frame: pd.DataFrame, **keys: str) -> int:
    """The row of a person, or of a pair."""
    is_it = np.ones(len(frame), dtype=bool)
    for name, value in keys.items():
        is_it &= (frame[name] == value).to_numpy()
    rows = np.flatnonzero(is_it)
    if not len(rows):
        raise KeyError(f"not among those compared: {', '.join(keys)}")
    return int(rows[0])


def _places(best: int, worst: int) -> Words:
    if pd.isna(best):
        return said("tidak diperingkat", "not ranked")
    told = f"{best}" if best == worst else f"{best}-{worst}"
    return Words(id=told, en=told)
