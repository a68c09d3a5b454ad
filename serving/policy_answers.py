"""Eligibility and policy lane of one person, from codes and ranges to what a reader is shown.

The rule that must not break: what is not known is a range or is said to be unknown, and a pack that
nobody has confirmed says so with every answer.
"""

from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from features.agencies.rules import GateRule
from features.documents.written import Words
from features.packs.declaration import Pack
from features.packs.measures import Component as PackComponent
from features.packs.rules import RuleBase
from features.policy.ready_events import is_reached
from features.policy.scores import AXES, Scores, boxes_in
from features.policy.statuses import STATUSES
from features.policy.wording import found
from features.policy.wording_packs import UNVERIFIED, said
from serving.lanes import Lanes, PostLane
from serving.schemas import (
    Component,
    Eligibility,
    Match,
    Places,
    Policy,
    PolicyLane,
    Range,
    ReadyNow,
    Rule,
    SourceBox,
    Status,
    Text,
)

Of = Literal["performance", "potential", "score"]
NO_PACK = Text(
    id="Perlu diperiksa: tidak ada paket kebijakan.", en="Needs checking: no policy pack."
)
NO_PACK_THEN = Text(
    id="Perlu diperiksa: tidak ada paket kebijakan yang berlaku pada tanggal ini.",
    en="Needs checking: no policy pack is in force on this date.",
)
NO_RULES_HERE = Text(
    id="Perlu diperiksa: paket kebijakan tidak memuat aturan untuk jenjang dan jalur ini.",
    en="Needs checking: the policy pack has no rules for this class and route.",
)
NO_POLICY_LANE = PolicyLane(
    status="unknown",
    sentence=Text(id="Tidak ada paket kebijakan yang berlaku.", en="No policy pack is in force."),
)
NO_SCORES = PolicyLane(
    status="unknown",
    sentence=Text(
        id="Paket kebijakan ini tidak memuat nilai dan kotak.",
        en="This policy pack has no scores and no boxes.",
    ),
)
TALENT = Text(id="Nilai talenta", en="Talent score")
TECHNICAL = Text(id="Kompetensi teknis", en="Technical competencies")
ALL_KNOWN = Text(id="Semua komponen ada dalam catatan.", en="Every component is on record.")
SOME_MISSING = Text(
    id="Catatan tidak lengkap: {n} dari {of} indikator berupa rentang.",
    en="The record is not complete: {n} of {of} indicators are ranges.",
)


def policy(pack: Pack) -> Policy:
    """The pack in force, and whether anybody has confirmed it."""
    return Policy(
        pack=pack.name,
        title=_text(pack.title),
        digest=pack.digest,
        status=pack.status,
        statement=_text(_confirmed(pack)),
    )


def _confirmed(pack: Pack) -> Words:
    """Who has confirmed a pack, or that nobody has."""
    by = pack.confirmation
    if by is None:
        return UNVERIFIED
    return said(
        "Paket kebijakan ini ditegaskan oleh {officer}, {office}, surat {letter}.",
        "This policy pack was confirmed by {officer}, {office}, letter {letter}.",
        officer=by.officer,
        office=by.office,
        letter=by.letter,
    )


def eligibility(
    rules: tuple[GateRule, ...],
    gate: pd.Series,
    status: Status,
    lane: PostLane | None,
    person: int,
    *,
    has_packs: bool,
) -> Eligibility:
    """What every rule says of one person: those of the pack, and those of the mapping's gate.

    Parameters
    ----------
    rules : tuple of GateRule
    gate : Series
        Answers of the gate by id of the rule.
    status : str
        Of both together.
    lane : PostLane or None
        None where no pack is in force.
    person : int
        Place in the pool.
    has_packs : bool
        Whether the mapping names any pack.
    """
    told = [_rule_of_gate(rule, gate[rule.id]) for rule in rules]
    if lane is not None:
        told += _rules_of_pack(lane, int(lane.rows[person]))
    nothing = None
    if not told:
        absent = NO_PACK_THEN if has_packs else NO_PACK
        nothing = absent if lane is None else NO_RULES_HERE
    return Eligibility(status=status, rules=tuple(told), sentence=nothing)


def _rule_of_gate(rule: GateRule, status: Status) -> Rule:
    return Rule(
        rule=rule.id,
        status=status,
        sentence=_text(rule.sentence),
        found=None,
        settled_by=None,
        due="list",
        citation=rule.citation,
        grade=None,
        alternative=None,
    )


def _rules_of_pack(lane: PostLane, row: int) -> list[Rule]:
    answers = lane.eligibility
    return [
        _rule_of_pack(
            answers.pack, rule, int(answers.by_rule[row, place]), answers.values(place, row)
        )
        for place, rule in answers.rules_of(row)
    ]


def _rule_of_pack(pack: Pack, rule: RuleBase, code: int, values: dict[str, object]) -> Rule:
    citation = pack.citations[rule.cite]
    return Rule(
        rule=rule.id,
        status=STATUSES[code],
        sentence=_text(rule.sentence),
        found=_text(found(rule, values)),
        settled_by=_text(rule.settled_by),
        due=rule.due,
        citation=citation.text,
        grade=citation.grade,
        alternative=None if rule.alternative is None else _text(rule.alternative),
    )


def policy_lane(lanes: Lanes | None, lane: PostLane | None, person: int) -> PolicyLane:
    """The official scores of one person for one post."""
    if lanes is None or lane is None:
        return NO_POLICY_LANE
    row = int(lane.rows[person])
    boxes, scores = lanes.boxes, lane.scores
    if boxes is None and scores is None:
        return NO_SCORES
    ranges = {name: _range_of(boxes, name, person) for name in (*AXES, "talent")}
    measured = _indicators(boxes, person) + _indicators(scores, row)
    n_open = sum(low != high for low, high in measured)
    score = _range_of(scores, "score", row)
    known = [one for one in (*ranges.values(), score) if one is not None]
    is_known = all(one.low == one.high for one in known)
    missing = {"n": n_open, "of": len(measured)}
    return PolicyLane(
        status="known" if is_known else "range",
        sentence=ALL_KNOWN
        if not n_open
        else Text(id=SOME_MISSING.id.format(**missing), en=SOME_MISSING.en.format(**missing)),
        performance=ranges["performance"],
        potential=ranges["potential"],
        talent=ranges["talent"],
        box=_box(boxes, person),
        boxes=() if boxes is None else boxes_in(int(boxes.frame["boxes"].iloc[person])),
        match=_match(lane.match, row),
        score=score,
        places=_places(lane, person),
        components=_components(lanes.pack, boxes, person, lane, row),
        source_box=_source_box(lanes, person),
    )


def ready_now(
    pack: Pack | None, lane: PostLane | None, post_class: str, *, label_months: int
) -> ReadyNow | None:
    """What the pack calls ready for posts of a class; nobody is in it yet.

    None where the pack speaks of other months than the model has learnt to foresee, or calls ready
    by another event.
    """
    ready = None if pack is None else pack.ready_for(post_class)
    if ready is not None and ready.event != "probability_and_requirements":
        return None
    if ready is None or pack is None or lane is None or ready.within_months != label_months:
        return None
    citation = pack.citations[ready.cite]
    return ReadyNow(
        probability_at_least=ready.probability_at_least,
        within_months=ready.within_months,
        citation=citation.text,
        grade=citation.grade,
        people=(),
    )


def with_people(
    ready: ReadyNow | None, people: np.ndarray, status: np.ndarray, probability: np.ndarray
) -> ReadyNow | None:
    """Those whom no rule holds back and whose probability is high enough, the highest first."""
    if ready is None:
        return None
    is_ready = is_reached(status, probability, ready.probability_at_least)
    order = np.lexsort((people[is_ready], -probability[is_ready]))
    return ready.model_copy(update={"people": tuple(map(str, people[is_ready][order]))})


def _text(words: Words) -> Text:
    return Text(id=words.id, en=words.en)


def _range_of(scores: Scores | None, name: str, row: int) -> Range | None:
    if scores is None or f"{name}_low" not in scores.frame:
        return None
    low, high = (float(scores.frame[f"{name}_{end}"].iloc[row]) for end in ("low", "high"))
    return Range(low=low, high=high)


def _indicators(scores: Scores | None, row: int) -> list[tuple[float, float]]:
    if scores is None:
        return []
    return [(float(low[row]), float(high[row])) for low, high in scores.indicators.values()]


def _box(boxes: Scores | None, person: int) -> int | None:
    box = None if boxes is None else boxes.frame["box"].iloc[person]
    return None if box is None or pd.isna(box) else int(box)


def _match(match: pd.DataFrame | None, row: int) -> Match | None:
    if match is None:
        return None
    found_row = match.iloc[row]
    jpm = None
    if not pd.isna(found_row["low"]):
        jpm = Range(low=round(float(found_row["low"]), 6), high=round(float(found_row["high"]), 6))
    categories = {
        purpose: None if pd.isna(found_row[purpose]) else str(found_row[purpose])
        for purpose in ("selection", "mapping")
    }
    return Match(jpm=jpm, **categories)


def _places(lane: PostLane, person: int) -> Places | None:
    if lane.scores is None or not lane.best[person]:
        return None
    return Places(best=int(lane.best[person]), worst=int(lane.worst[person]), of=lane.n_ranked)


def _components(
    pack: Pack, boxes: Scores | None, person: int, lane: PostLane, row: int
) -> tuple[Component, ...]:
    told = []
    if boxes is not None and pack.nine_box is not None:
        told += [
            _component(axis, one, boxes, person)
            for axis in AXES
            for one in getattr(pack.nine_box, axis).components
        ]
    if lane.scores is not None and pack.post_score is not None:
        told += _of_score(pack, lane, row)
    return tuple(told)


def _of_score(pack: Pack, lane: PostLane, row: int) -> list[Component]:
    """What the score for a post is made of: parts that add up to it, the technical one included."""
    assert pack.post_score is not None
    assert lane.scores is not None
    technical = pack.post_score.technical
    share = 0.0
    if technical is not None:
        share = float(technical.shares.get(lane.post_class, Fraction(0))) / 100
    told = [
        _component("score", one, lane.scores, row, left=1 - share)
        for one in pack.post_score.components
    ]
    if pack.post_score.of == "talent":
        before = _range_of(lane.scores, "before", row)
        assert before is not None
        adds = Range(low=_told(before.low * (1 - share)), high=_told(before.high * (1 - share)))
        told.append(_part("talent", TALENT, 100 * (1 - share), adds))
    if technical is not None and share:
        low, high = (float(end[row]) * share for end in lane.scores.indicators["technical"])
        told.append(
            _part("technical", TECHNICAL, 100 * share, Range(low=_told(low), high=_told(high)))
        )
    return told


def _part(name: str, title: Text, weight: float, adds: Range) -> Component:
    return Component(of="score", component=name, title=title, weight=_told(weight), adds=adds)


def _told(number: float) -> float:
    return round(number, 6)


def _component(
    of: Of, part: PackComponent, scores: Scores, row: int, *, left: float = 1.0
) -> Component:
    """One component; `left`: the share of the score that is not the technical result."""
    low, high = scores.components[part.component]
    return Component(
        of=of,
        component=part.component,
        title=_text(part.title),
        weight=_told(float(part.weight) * left),
        adds=Range(low=_told(float(low[row]) * left), high=_told(float(high[row]) * left)),
    )


def _source_box(lanes: Lanes, person: int) -> SourceBox | None:
    """The newest box of the agency's own system; None where it has none."""
    if lanes.source is None:
        return None
    one = lanes.source.frame.iloc[person]
    if one["agreement"] == "absent":
        return None
    told = None
    if one["agreement"] != "same":
        told = _text(lanes.source.explanation(str(one["person_id"])))
    is_one = one["agreement"] != "contradictory"
    return SourceBox(
        box=int(one["source_box"]) if is_one else None,
        on=one["boxed_on"].date() if is_one else None,
        agreement=one["agreement"],
        sentence=told,
    )
