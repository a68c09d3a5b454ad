"""Policy packs once more, slow and obvious: one person, one post, one day, over plain rows.

The rule that must not break: nothing of the engine is used, and of `features` only what a pack and
the tables are, so that agreement with the engine means something. Tables are lists of rows with
days as `datetime.date`; a table that is left out is one that the agency does not keep.
"""

from datetime import date
from fractions import Fraction
from itertools import product

from features.packs.declaration import Pack
from tests.lib.reference_policy_match import Range, known_match, rounded, touched
from tests.lib.reference_policy_record import Seen, Tables
from tests.lib.reference_policy_rules import MET, NEEDS_CHECKING, NOT_MET, answer_to
from tests.lib.reference_policy_scores import axis_components, indicators, measured, weighed

__all__ = [
    "MET",
    "NEEDS_CHECKING",
    "NOT_MET",
    "Tables",
    "answers",
    "axes",
    "match",
    "places",
    "post_score",
    "status",
]

AXES = ("performance", "potential")
Exact = tuple[Fraction, Fraction]


def answers(
    tables: Tables, pack: Pack, person_id: str, post_id: str, as_of: date, route: str
) -> dict[str, int]:
    """The answer to each rule that is asked for the class of the post and the route."""
    seen = Seen(tables, pack, as_of)
    asked = pack.rules_for(seen.class_of(post_id), route)
    return {rule.id: answer_to(seen, rule, person_id, post_id) for rule in asked}


def status(
    tables: Tables, pack: Pack, person_id: str, post_id: str, as_of: date, route: str
) -> int:
    """What the answers come to; with no rule asked at all it needs checking."""
    found = answers(tables, pack, person_id, post_id, as_of, route)
    if not found:
        return NEEDS_CHECKING
    if NOT_MET in found.values():
        return NOT_MET
    asked = pack.rules_for(Seen(tables, pack, as_of).class_of(post_id), route)
    return max([MET, *(found[rule.id] for rule in asked if rule.due == "list")])


def match(
    tables: Tables, pack: Pack, person_id: str, post_id: str, as_of: date
) -> tuple[float, float] | None:
    """The job person match, not capped; None where the record does not tell it."""
    return known_match(Seen(tables, pack, as_of), person_id, post_id)


def axes(tables: Tables, pack: Pack, person_id: str, as_of: date) -> dict:
    """Both axes, the boxes that are possible, and each indicator; nothing without a nine-box."""
    if pack.nine_box is None:
        return {}
    seen = Seen(tables, pack, as_of)
    post = seen.present_post(person_id)
    points: dict[str, Range] = {}
    ranges: dict[str, Range] = {}
    levels: dict[str, list[str]] = {}
    for axis in AXES:
        components = axis_components(pack, axis)
        of_axis = indicators(seen, components, person_id, post)
        points |= {name: both(ends) for name, ends in of_axis.items()}
        ranges[axis] = both(weighed(components, of_axis))
        bands = touched(getattr(pack.nine_box, axis).bands, *ranges[axis])
        levels[axis] = [band.level for band in bands]
    boxes = {pack.nine_box.boxes.box(*pair) for pair in product(*(levels[axis] for axis in AXES))}
    return {**ranges, "boxes": frozenset(boxes), "indicators": points}


def post_score(
    tables: Tables, pack: Pack, person_id: str, post_id: str, as_of: date
) -> tuple[float, float] | None:
    """The score of a person for a post; None where the pack has none."""
    seen, score = Seen(tables, pack, as_of), pack.post_score
    if score is None:
        return None
    if score.of == "talent":
        total = _talent(seen, person_id)
    else:
        points = indicators(seen, score.components, person_id, post_id)
        total = weighed(score.components, points)
    technical = score.technical
    if technical is not None and seen.class_of(post_id) in technical.shares:
        share = technical.shares[seen.class_of(post_id)] / 100
        result = measured(seen, technical.measure, person_id, post_id)
        total = _mixed(total, 1 - share, (Fraction(result[0]), Fraction(result[1])), share)
    return both(total)


def places(
    tables: Tables, pack: Pack, people: list[str], post_id: str, as_of: date
) -> dict[str, tuple[int, int]]:
    """The best and the worst place of each person among some, for a post."""
    seen = Seen(tables, pack, as_of)
    scores = {p: post_score(tables, pack, p, post_id, as_of) for p in people}
    found = {}
    for person in people:
        best, worst = 1, len(people)
        for other in people:
            if other == person:
                continue
            order = _order(seen, person, other, scores)
            best += order > 0
            worst -= order < 0
        found[person] = (best, worst)
    return found


def both(ends: tuple[float | Fraction, float | Fraction]) -> Range:
    return rounded(ends[0]), rounded(ends[1])


def _order(seen: Seen, one: str, other: str, scores: dict[str, Range | None]) -> int:
    """1 if the other certainly stands before the one, -1 if behind, else 0."""
    mine, theirs = scores[one], scores[other]
    assert mine is not None and theirs is not None and seen.pack.post_score is not None
    if theirs[0] > mine[1]:
        return 1
    if theirs[1] < mine[0]:
        return -1
    if not mine[0] == mine[1] == theirs[0] == theirs[1]:
        return 0
    for name in seen.pack.post_score.tie_breakers:
        first, second = _tie_breaker(seen, name, one), _tie_breaker(seen, name, other)
        # One surely stands before the other, or nobody can tell, or the next one has to.
        if second[0] > first[1]:
            return 1
        if second[1] < first[0]:
            return -1
        if not first[0] == first[1] == second[0] == second[1]:
            return 0
    return 0


def _tie_breaker(seen: Seen, name: str, person: str) -> Range:
    return both(_talent(seen, person) if name == "talent" else _axis(seen, name, person))


def _axis(seen: Seen, axis: str, person: str) -> Exact:
    components = axis_components(seen.pack, axis)
    post = seen.present_post(person)
    return weighed(components, indicators(seen, components, person, post))


def _talent(seen: Seen, person: str) -> Exact:
    assert seen.pack.nine_box is not None
    shares = seen.pack.nine_box.talent
    performance, potential = (_axis(seen, axis, person) for axis in AXES)
    return _mixed(performance, shares.performance / 100, potential, shares.potential / 100)


def _mixed(one: Exact, share_of_one: Fraction, other: Exact, share_of_other: Fraction) -> Exact:
    low, high = (
        share_of_one * first + share_of_other * second
        for first, second in zip(one, other, strict=True)
    )
    return low, high
