"""Answers about absent documents: of one person, of a unit, and of everybody who can be ranked.

The rule that must not break: policy box and readiness stay apart, and what could happen to a box or
an estimate is told as a possibility, never as a promise and never as somebody's fault.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.documents.written import Words
from features.errors import NotFoundError, PackError, PersonNotFoundError
from features.evidence import recorded_between, require_recorded
from features.packs.declaration import Pack
from features.packs.library import Library
from features.policy.asking import Asked
from features.policy.binding import pack_for, require_pack
from features.policy.facts import Facts
from features.policy.handed_in import HANDED_IN, Reason, vouched_registers
from features.policy.missing_record import MissingRecord, missing_record
from features.policy.pool import rankable
from features.policy.register import with_registers
from features.policy.scores import AXES, boxes_in
from features.policy.wording_missing import (
    DOCUMENT,
    NO_PROBABILITY,
    told_of_document,
    told_of_kind,
)
from features.policy.wording_packs import notice_of, said
from features.storage import current_snapshot
from features.tables.record import Record
from models.missing_papers import FEWEST_DONORS, Absence, Spread
from serving.recommend import Desk

NO_PROMISE = Words(
    id="Perkiraan dengan berkas orang lain yang setingkat sebagai pengganti: bukan janji, dan "
    "bukan nilai orang ini.",
    en="Estimates with the papers of others of the same step standing in: no promise, and no "
    "figure of this person.",
)
#: Why a kind of paper is named, where the record has no row of it.
ABSENT: dict[Absence, Words] = {
    "missing": Words(id="tidak ada yang tercatat", en="none on record"),
    "register": Words(
        id="tidak ada yang tercatat, dan mungkin memang tidak ada",
        en="none on record, and there may be none",
    ),
}


@dataclass(frozen=True)
class Room:
    """A record on a day, the pack in force, and everybody who can be ranked."""

    record: Record
    pack: Pack
    people: pd.DataFrame
    on: date


def has_boxes(home: Path, on: date) -> bool:
    """Whether a pack with a nine-box is in force on a day."""
    pack = pack_for(current_snapshot(home).mapping, Library(home), on)
    return pack is not None and pack.nine_box is not None


def room_of(home: Path, on: date) -> Room:
    """The snapshot in force as of a day.

    Raises
    ------
    DateError
        If nothing had been recorded by then.
    PackError
        If no pack with a nine-box is in force.
    """
    snapshot = current_snapshot(home)
    record = with_registers(snapshot.record(), home)
    require_recorded(recorded_between(record), on)
    pack = require_pack(snapshot.mapping, Library(home), on)
    if pack.nine_box is None:
        raise PackError(
            "has no nine-box",
            where=pack.name,
            expected="a section `nine_box`",
            remedy="see docs/policy-packs.md",
        )
    return Room(record, pack, rankable(record, snapshot.mapping.pool, [on])[["person_id"]], on)


def found_of(room: Room, people: pd.DataFrame) -> MissingRecord:
    """Absent documents of some people of a room."""
    return missing_record(room.record, room.pack, people, room.on)


def person_in(room: Room, person: str) -> pd.DataFrame:
    """One person of a room.

    Raises
    ------
    PersonNotFoundError
        If nobody of that id can be ranked on the day.
    """
    people = room.people[room.people["person_id"] == person]
    if people.empty:
        raise PersonNotFoundError(
            "nobody of that id can be ranked",
            where=f"as of {room.on}",
            expected="an id of the record, of somebody in the agency's pool on that day",
        )
    return people


def people_of_unit(room: Room, unit: str) -> pd.DataFrame:
    """People of a room whose present post is in a unit, told by id or name.

    Raises
    ------
    NotFoundError
        If no unit is called that.
    """
    units = room.record.table("unit")
    is_named = (units.unit_id == unit) | (units.name_of_unit == unit) | (units.short_name == unit)
    ids = units.filter(is_named).select("unit_id").to_pyarrow()["unit_id"].to_pylist()
    if not ids:
        raise NotFoundError(
            "no unit is called that",
            where="--unit",
            expected="an id, name or short name of a unit of the record",
        )
    day = pd.Series(pd.Timestamp(room.on), index=room.people.index)
    spine = Asked(room.people["person_id"], room.people["person_id"], day).spine
    held = Facts(room.record, room.pack, spine).present_posts
    inside = held.filter(held.unit_id.isin(ids)).select("person_id").to_pyarrow()
    return room.people[room.people["person_id"].isin(inside["person_id"].to_pylist())]


def of_person(found: MissingRecord, person: str) -> dict[str, Any]:
    """Everything about the absent documents of one person."""
    row = found.row_of(person)
    now = found.scores.frame.iloc[row]
    documents = [_document(found, one) for _n, one in found.of_person(person).iterrows()]
    return {
        "person_id": person,
        **_head(found),
        "boxes": list(boxes_in(int(now["boxes"]))),
        **{axis: _ends(now, axis) for axis in AXES},
        "missing_record": [one for one in documents if one["reason"] in HANDED_IN],
        "not_handed_in": [one for one in documents if one["reason"] not in HANDED_IN],
    }


def of_everybody(found: MissingRecord, top: int) -> dict[str, Any]:
    """Kinds of document by how many people they matter to, and whose matter most."""
    kinds = found.by_kind()
    n_settled = int(found.scores.frame["box"].notna().sum())
    people = []
    for person in found.worst(top):
        first = found.of_person(person).iloc[0]
        mask = int(found.scores.frame["boxes"].iloc[found.row_of(person)])
        people.append(
            {
                "person_id": person,
                "boxes": list(boxes_in(mask)),
                "kind": first["kind"],
                "n_outcomes": int(first["n_outcomes"]),
                "n_changed": int(first["n_changed"]),
                "n_settled": int(first["n_settled"]),
                "sentence": _both(told_of_document(first)),
            }
        )
    return {
        **_head(found),
        "people": len(found.people),
        "in_one_box": n_settled,
        "kinds": [
            {
                **_plain(one),
                "title": _both(DOCUMENT[one["kind"]]),
                "sentence": _both(told_of_kind(one)),
            }
            for _n, one in kinds.iterrows()
        ],
        "worst": people,
    }


def of_readiness(
    desk: Desk, home: Path, person: str, post: str, on: date, *, retrospective: bool
) -> dict[str, Any]:
    """How far papers of which a person has no row could move an estimate.

    Raises
    ------
    PersonNotFoundError
        If nobody heard of the person, or they cannot be ranked on the date.
    PostNotFoundError, DateError, RetrospectiveError
        As `Desk.missing_papers` does.
    """
    pack = pack_for(desk.snapshot.mapping, Library(home), on)
    section = None if pack is None else pack.nine_box
    vouched = () if section is None else vouched_registers(section)
    question, estimate, found = desk.missing_papers(
        person, post, on, vouched=vouched, retrospective=retrospective
    )
    model, bounds = question.model, estimate.bounds
    rest_on = None if model is None else model.bounds_statement
    return {
        "post_id": question.post.post_id,
        "probability": estimate.probability,
        "bounds": None if bounds is None else [one.model_dump() for one in bounds],
        "bounds_statement": None if rest_on is None else rest_on.model_dump(),
        "notice": _both(NO_PROMISE),
        "papers": [
            {
                "kind": one.kind,
                "reason": one.reason,
                "title": _both(DOCUMENT[one.kind]),
                "n_donors": one.n_donors,
                "low": one.low,
                "median": one.median,
                "high": one.high,
                "sentence": _both(_of_spread(one)),
            }
            for one in found
        ],
    }


def _of_spread(one: Spread) -> Words:
    kind, absent = DOCUMENT[one.kind], ABSENT[one.reason]
    if one.low is None or one.median is None or one.high is None:
        return said(
            "{kind}: {absent}. Hanya {n} orang setingkat memiliki berkas ini, kurang dari "
            "{fewest}; tidak ada yang dapat dikatakan.",
            "{kind}: {absent}. Only {n} people of the same step have this paper, fewer than "
            "{fewest}; nothing can be said.",
            kind=kind,
            absent=absent,
            n=one.n_donors,
            fewest=FEWEST_DONORS,
        )
    return said(
        "{kind}: {absent}. Dengan berkas dari {n} orang setingkat, perkiraan berada antara {low} "
        "dan {high} pada delapan dari sepuluh orang, tengahnya {median}.",
        "{kind}: {absent}. With the paper of each of {n} people of the same step, the estimate "
        "lies between {low} and {high} for eight in ten of them, the middle at {median}.",
        kind=kind,
        absent=absent,
        n=one.n_donors,
        low=f"{one.low:.2f}",
        median=f"{one.median:.2f}",
        high=f"{one.high:.2f}",
    )


def _head(found: MissingRecord) -> dict[str, Any]:
    notice = notice_of(found.pack)
    return {
        "pack": found.pack.name,
        "status": found.pack.status,
        "notice": None if notice is None else _both(notice),
        "as_of": str(found.on),
        "outcomes": _both(NO_PROBABILITY),
    }


def _document(found: MissingRecord, one: pd.Series) -> dict[str, Any]:
    told = {**_plain(one), "title": _both(DOCUMENT[one["kind"]])}
    told.pop("row")
    told["leads_to"] = []
    if one["reason"] in HANDED_IN:
        reason: Reason = one["reason"]
        outcomes = found.outcomes(one["kind"], reason, np.array([one["row"]], dtype="int64"))
        masks, counts = np.unique(outcomes.boxes[outcomes.boxes > 0], return_counts=True)
        told["leads_to"] = [
            {"boxes": list(boxes_in(int(mask))), "n_outcomes": int(count)}
            for mask, count in zip(masks, counts, strict=True)
        ]
    told["sentence"] = _both(told_of_document(one))
    return told


def _plain(one: pd.Series) -> dict[str, Any]:
    """A row as plain values, figures with six decimals."""
    found: dict[str, Any] = {}
    for name, value in one.items():
        if isinstance(value, str):
            found[str(name)] = value
        elif isinstance(value, float | np.floating):
            found[str(name)] = round(float(value), 6)
        else:
            found[str(name)] = int(value)
    return found


def _ends(now: pd.Series, axis: str) -> dict[str, float]:
    return {end: round(float(now[f"{axis}_{end}"]), 6) for end in ("low", "high")}


def _both(words: Words) -> dict[str, str]:
    return {"id": words.id, "en": words.en}
