"""A succession group (KRS): what is proposed from the boxes, what was approved, who came and went.

The rule that must not break: nobody comes in by a box that is only possible. A person is proposed
whose every possible box is one of the scope's; anybody else comes in by hand, with a reason, or not
at all. People are ids here and nothing else. No file is touched; `features.policy.register` keeps
what is made here.

An approval changes no answer about a day before it: who is a member on such a day is the same with
the version and without it.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal

import ibis
import pandas as pd
from ibis import _

from features.agencies.mapping import Mapping as AgencyMapping
from features.documents.written import Written
from features.errors import RegisterError
from features.packs.declaration import Pack
from features.policy.pool import rankable
from features.policy.scores import boxes_in, nine_box
from features.tables.core import Appointment
from features.tables.decisions import SuccessionGroup
from features.tables.record import Record
from features.tables.schema import known_by

Scope = Literal["agency", "national"]
SCOPES: Final[tuple[Scope, ...]] = ("agency", "national")
_DAY = timedelta(days=1)


class Boxed(Written):
    """A person and the boxes that are possible, the lowest first."""

    person_id: str
    boxes: tuple[int, ...]


class Run(Written):
    """Where boxes come from: the record, the pack and the day."""

    agency: str
    snapshot: str
    pack: str
    pack_digest: str
    pack_status: Literal["reconstruction_unverified", "confirmed"]
    as_of: date


class Draft(Written):
    """What the boxes of a day propose.

    Parameters
    ----------
    scope : {"agency", "national"}
    run : Run
    from_boxes : tuple of int
        The boxes that the pack draws the group of this scope from.
    people : tuple of Boxed
        Everybody who can be ranked on the day, in the order of ids.
    """

    scope: Scope
    run: Run
    from_boxes: tuple[int, ...]
    people: tuple[Boxed, ...]

    @property
    def proposed(self) -> tuple[Boxed, ...]:
        """Those whose every possible box is one of the scope's."""
        return tuple(p for p in self.people if set(p.boxes) <= set(self.from_boxes))

    @property
    def uncertain(self) -> tuple[Boxed, ...]:
        """Those of whom only some possible boxes are; none of them comes in by the draft alone."""
        group = set(self.from_boxes)
        return tuple(p for p in self.people if group & set(p.boxes) and not group >= set(p.boxes))


class Decision(Written):
    """The letter that approves: its number, who signed it (office), its day."""

    letter: str
    signed_by: str
    approved_on: date


class Member(Written):
    """A person with the possible boxes of the run; `why`: the stated reason, None for the box."""

    person_id: str
    boxes: tuple[int, ...]
    why: str | None = None


class Change(Written):
    """Somebody who came in or went out against the version before.

    `reason`: *box*, the boxes of the run say so; *stated*, somebody says why; *pool*, who cannot be
    ranked any more and so has no boxes.
    """

    person_id: str
    change: Literal["in", "out"]
    reason: Literal["box", "stated", "pool"]
    boxes: tuple[int, ...]
    why: str | None = None


class Version(Written):
    """An approved register of one scope.

    Parameters
    ----------
    number : int
        1, 2, ... within the scope.
    previous : str or None
        SHA-256 of the content of the version before.
    draft : str
        SHA-256 of the draft that was approved.
    run, from_boxes
        Those of the draft.
    decision : Decision
    valid_from, valid_until : date
        First and last day; a later version ends this one on the eve of its own first day.
    members, kept_out : tuple of Member
        Who is in, and who was kept out by hand, in the order of ids.
    changes : tuple of Change
        Against the version before; against nobody in the first one.
    """

    number: int
    scope: Scope
    previous: str | None
    draft: str
    run: Run
    from_boxes: tuple[int, ...]
    decision: Decision
    valid_from: date
    valid_until: date
    members: tuple[Member, ...]
    kept_out: tuple[Member, ...]
    changes: tuple[Change, ...]

    @property
    def put_in(self) -> tuple[Member, ...]:
        """The members who came in by hand."""
        return tuple(m for m in self.members if m.why is not None)

    @property
    def counts_from(self) -> date:
        """The first day of which an answer can know of this version in force."""
        return max(self.valid_from, self.decision.approved_on)


class PresentPost(Written):
    """The class and the title of the post that a person holds."""

    post_class: str
    title: str


def draft_of(
    record: Record,
    pack: Pack,
    mapping: AgencyMapping,
    *,
    snapshot: str,
    as_of: date,
    scope: Scope,
) -> Draft:
    """What the boxes of everybody who can be ranked on a day propose.

    Parameters
    ----------
    record : Record
    pack : Pack
        The one in force on the day.
    mapping : Mapping
        Its pool says who can be ranked.
    snapshot : str
        Digest of the snapshot that `record` is.
    as_of : date
    scope : {"agency", "national"}

    Returns
    -------
    Draft
        The same for the same snapshot, pack and day.

    Raises
    ------
    RegisterError
        If the pack has no nine-box, or nobody can be ranked on the day.
    """
    if pack.nine_box is None:
        raise RegisterError(
            "draws no succession group",
            where=f"policy pack {pack.name}",
            expected="a section `nine_box`, which says from which boxes",
            remedy="name a pack that has one under `policy` in the mapping",
        )
    people = rankable(record, mapping.pool, [as_of]).rename(columns={"on": "as_of"})
    if people.empty:
        raise RegisterError(
            "nobody can be ranked on that day",
            where=f"as of {as_of}",
            expected="a day on which the pool of the mapping holds somebody",
        )
    boxes = nine_box(record, pack, people).frame["boxes"]
    found = [
        Boxed(person_id=str(person), boxes=boxes_in(int(mask)))
        for person, mask in zip(people["person_id"], boxes, strict=True)
    ]
    return Draft(
        scope=scope,
        run=Run(
            agency=mapping.agency,
            snapshot=snapshot,
            pack=pack.name,
            pack_digest=pack.digest,
            pack_status=pack.status,
            as_of=as_of,
        ),
        from_boxes=tuple(sorted(getattr(pack.nine_box.succession, scope))),
        people=tuple(sorted(found, key=lambda one: one.person_id)),
    )


def next_version(
    draft: Draft,
    before: Version | None,
    decision: Decision,
    *,
    valid_from: date,
    valid_until: date,
    put_in: Mapping[str, str] | None = None,
    keep_out: Mapping[str, str] | None = None,
    draft_digest: str,
    previous: str | None,
) -> Version:
    """The version that a decision makes of a draft.

    Parameters
    ----------
    draft : Draft
    before : Version or None
        The newest version of the scope.
    decision : Decision
    valid_from, valid_until : date
    put_in, keep_out : mapping of str to str
        By id of the person, the stated reason. Only who can be ranked can be put in.
    draft_digest, previous : str
        SHA-256 of the draft, and of the content of the version before.

    Raises
    ------
    RegisterError
        If a date, a text or a person does not fit.
    """
    by_hand_in, by_hand_out = dict(put_in or {}), dict(keep_out or {})
    _check_decision(draft, decision, valid_from, valid_until)
    if before is not None:
        _check_follows(draft, before, decision, valid_from)
    _check_put_in(draft, by_hand_in, by_hand_out)
    _check_kept_out(draft, before, by_hand_out)
    boxes = {one.person_id: one.boxes for one in draft.people}
    by_box = {one.person_id for one in draft.proposed} - by_hand_out.keys()
    members = tuple(
        Member(person_id=person, boxes=boxes[person], why=by_hand_in.get(person))
        for person in sorted(by_box | by_hand_in.keys())
    )
    kept_out = tuple(
        Member(person_id=person, boxes=boxes.get(person, ()), why=why)
        for person, why in sorted(by_hand_out.items())
    )
    return Version(
        number=before.number + 1 if before else 1,
        scope=draft.scope,
        previous=previous,
        draft=draft_digest,
        run=draft.run,
        from_boxes=draft.from_boxes,
        decision=decision,
        valid_from=valid_from,
        valid_until=valid_until,
        members=members,
        kept_out=kept_out,
        changes=_changes(before.members if before else (), members, boxes, by_hand_out),
    )


def in_force(versions: Iterable[Version], scope: Scope, on: date) -> Version | None:
    """The version of a scope that is in force on a day, as it was known on that day.

    A version that was begun and has run out leaves nobody in force: the one before it ended when
    it began.
    """
    begun = [v for v in versions if v.scope == scope and v.counts_from <= on]
    newest = max(begun, key=lambda v: v.number, default=None)
    return newest if newest is not None and on <= newest.valid_until else None


def last_day(version: Version, versions: Iterable[Version], on: date) -> date:
    """The last day of a version, as it was known on a day.

    The eve of the first day of the version after it, if that one was approved by then and the term
    had not run out before; else the last day of its own term.
    """
    after = next(
        (v for v in versions if (v.scope, v.number) == (version.scope, version.number + 1)), None
    )
    end = _ended_by(version, after)
    return end[0] if end[1] <= on else version.valid_until


def spells(versions: Iterable[Version]) -> pd.DataFrame:
    """Spells in a group, in the shape of the canonical table.

    Parameters
    ----------
    versions : iterable of Version
        All versions of their scopes.

    Returns
    -------
    DataFrame, a row a version and member
        `person_id`, `scope`, `from_on`, `from_recorded_on`, `until_on`, `until_recorded_on`. A
        version is known from the day of its approval, its last day too; where a later version ends
        it sooner, the end is known from the day on which the later one was approved.

    Notes
    -----
    A row has room for one last day. Where a later version ends an earlier one sooner, the last day
    of the earlier term is not in the table, and a question about a day before the later approval
    finds the spell without a last day: membership on that day is what it was, its *end* is unknown.
    `last_day` still tells it.

    Examples
    --------
    >>> list(spells([]).columns)[:3]
    ['person_id', 'scope', 'from_on']
    """
    ordered = sorted(versions, key=lambda v: (v.scope, v.number))
    rows = []
    for version, after in itertools.zip_longest(ordered, ordered[1:]):
        until, told_on = _ended_by(version, after)
        rows += [
            (
                member.person_id,
                version.scope,
                version.valid_from,
                version.decision.approved_on,
                until,
                told_on,
            )
            for member in version.members
        ]
    frame = pd.DataFrame(rows, columns=list(SuccessionGroup.columns))
    types = {"text": "str", "date": "datetime64[s]"}
    return frame.astype({n: types[c.type] for n, c in SuccessionGroup.columns.items()})


def exports_count(versions: Iterable[Version], scope: Scope, on: date) -> bool:
    """Whether the agency's exported rows of a scope count on a day, as it was known on that day.

    They do while no version of the scope is in force or has been.
    """
    return all(v.scope != scope or on < v.counts_from for v in versions)


def give_way(exported: ibis.Table, versions: Iterable[Version]) -> ibis.Table:
    """The exported spells, ended where the register of their scope stands in their place.

    From the first day of the first version of a scope on, the register says who is a member and the
    exports do not: whoever was kept out is out, and whoever is in the exports only is out.

    Parameters
    ----------
    exported : ibis.Table
        Rows of the canonical table.
    versions : iterable of Version

    Returns
    -------
    ibis.Table
        Rows of a scope without versions as they are. A spell that would last into the time of the
        register ends on the eve of the first day, as known from the approval; one that was over by
        then, and known to be, is left alone. A spell that begins in that time is left out; if the
        first version is dated back, one that began and was recorded before the approval stays for
        questions about the days up to then, and ends on its own first day, as known from the
        approval. As in `spells`, a later end that was known before the approval is not seen any
        more by questions about those days.
    """
    by_scope: dict[str, Version] = {}
    for version in sorted(versions, key=lambda v: v.number):
        by_scope.setdefault(version.scope, version)
    rows = exported
    for scope, first in by_scope.items():
        begins, counts = ibis.literal(first.valid_from), ibis.literal(first.counts_from)
        eve = ibis.literal(first.valid_from - _DAY)
        is_other = rows.scope != scope
        was_seen = (rows.from_on < counts) & (rows.from_recorded_on < counts)
        rows = rows.filter(is_other | (rows.from_on < begins) | was_seen)
        # Over before the register counts, and known to be: that end is true whoever asks.
        is_over = (rows.until_on < counts) & (rows.until_recorded_on <= counts)
        stays = (rows.scope != scope) | is_over.fill_null(False)
        told_on = ibis.literal(first.decision.approved_on)
        rows = rows.mutate(
            until_on=ibis.ifelse(stays, rows.until_on, ibis.greatest(rows.from_on, eve)),
            until_recorded_on=ibis.ifelse(stays, rows.until_recorded_on, told_on),
        )
    return rows


def n_exported(record: Record, scope: Scope, on: date) -> int | None:
    """How many members the agency's exports hold on a day; None where it keeps no such table."""
    if not record.holds(SuccessionGroup.name):
        return None
    day = ibis.literal(on)
    rows = known_by(SuccessionGroup, record.versions(SuccessionGroup.name), day)
    lasts = rows.until_on.isnull() | (rows.until_on >= day)
    held = rows.filter((rows.scope == scope) & (rows.from_on <= day) & lasts)
    return int(held.person_id.nunique().to_pyarrow().as_py())


def present_posts(record: Record, people: Iterable[str], on: date) -> dict[str, PresentPost]:
    """By id, the post that each person holds on a day; nobody who holds none.

    The newest definitive one, the highest of several.
    """
    asked = sorted(set(people))
    day = ibis.literal(on)
    rows = record.versions(Appointment.name).filter(_.person_id.isin(asked))
    rows = known_by(Appointment, rows, day)
    is_open = rows.end_on.isnull() | (rows.end_on > day)
    rows = rows.filter((rows.kind == "definitive") & (rows.start_on <= day) & is_open)
    steps = record.table("post_class").select("post_class", "step")
    posts = record.table("post").select("post_id", "title", "post_class").join(steps, "post_class")
    order = [ibis.desc("start_on"), ibis.desc("step"), "sequence", "post_id"]
    nth = ibis.row_number().over(group_by="person_id", order_by=order)
    held = rows.join(posts, "post_id").mutate(nth=nth).filter(_.nth == 0)
    told = held.select("person_id", "post_class", "title").to_pyarrow().to_pylist()
    return {
        row["person_id"]: PresentPost(post_class=row["post_class"], title=row["title"])
        for row in told
    }


def _ended_by(version: Version, after: Version | None) -> tuple[date, date]:
    """The last day of a version, and the day from which it is known."""
    own = version.valid_until, version.decision.approved_on
    if after is None or after.scope != version.scope:
        return own
    eve = after.valid_from - _DAY
    # One that had run out before the later one was approved ended of itself.
    cuts = eve < version.valid_until and after.decision.approved_on <= version.valid_until
    return (eve, after.decision.approved_on) if cuts else own


def _check_decision(draft: Draft, decision: Decision, valid_from: date, valid_until: date) -> None:
    for name, text in (("letter", decision.letter), ("signed by", decision.signed_by)):
        if not text.strip():
            raise RegisterError(
                "is empty", where=name, expected="the text of the decision letter's own head"
            )
    run_on = draft.run.as_of
    for name, day in (("approved on", decision.approved_on), ("valid from", valid_from)):
        if day < run_on:
            raise RegisterError(
                f"lies before {run_on}, the day of the draft's run",
                where=f"{name} {day}",
                expected="that day or a later one",
                remedy="make the draft as of an earlier day, or correct the date",
            )
    if valid_until < valid_from:
        raise RegisterError(
            f"lies before {valid_from}, the first day",
            where=f"valid until {valid_until}",
            expected="the first day or a later one",
        )
    if valid_until < decision.approved_on:
        raise RegisterError(
            f"lies before {decision.approved_on}, the day of the approval",
            where=f"valid until {valid_until}",
            expected="a register that is in force for a day at least",
        )


def _check_follows(draft: Draft, before: Version, decision: Decision, valid_from: date) -> None:
    name = f"version {before.number} ({before.scope})"
    if draft.run.agency != before.run.agency:
        raise RegisterError(
            f"speaks of agency {draft.run.agency!r}",
            where="draft",
            expected=f"{before.run.agency!r}, as in {name}",
            remedy="keep every agency in a SUKSESI_HOME of its own",
        )
    if valid_from <= before.valid_from:
        raise RegisterError(
            f"does not lie after {before.valid_from}, the first day of {name}",
            where=f"valid from {valid_from}",
            expected=f"{before.valid_from + _DAY} or later: a version ends the one before it",
        )
    if decision.approved_on < before.decision.approved_on:
        raise RegisterError(
            f"lies before {before.decision.approved_on}, the approval of {name}",
            where=f"approved on {decision.approved_on}",
            expected="versions in the order in which they were approved",
        )


def _check_put_in(draft: Draft, put_in: Mapping[str, str], keep_out: Mapping[str, str]) -> None:
    can_be_ranked = {one.person_id for one in draft.people}
    proposed = {one.person_id for one in draft.proposed}
    for place, (person, why) in enumerate(put_in.items(), start=1):
        where = f"person to be put in, number {place}"
        _check_stated(where, why)
        if person not in can_be_ranked:
            raise RegisterError(
                "is unknown to the draft",
                where=where,
                expected=f"somebody who can be ranked on {draft.run.as_of}",
                remedy="look the id up in the record",
            )
        if person in keep_out:
            raise RegisterError("is to be kept out as well", where=where, expected="one of the two")
        if person in proposed:
            raise RegisterError(
                "is proposed by the box already",
                where=where,
                expected="somebody whom the draft does not propose",
                remedy="leave this person out of the list",
            )


def _check_kept_out(draft: Draft, before: Version | None, keep_out: Mapping[str, str]) -> None:
    could_be_in = {one.person_id for one in (*draft.proposed, *draft.uncertain)}
    could_be_in |= {one.person_id for one in (before.members if before else ())}
    for place, (person, why) in enumerate(keep_out.items(), start=1):
        where = f"person to be kept out, number {place}"
        _check_stated(where, why)
        if person not in could_be_in:
            raise RegisterError(
                "would not be in anyway, or is unknown to the draft",
                where=where,
                expected="somebody proposed, uncertain, or a member of the version before",
                remedy="look the id up in the draft",
            )


def _check_stated(where: str, why: str) -> None:
    if not why.strip():
        raise RegisterError("has no reason", where=where, expected="a sentence that says why")


def _changes(
    before: Sequence[Member],
    members: Sequence[Member],
    boxes: Mapping[str, tuple[int, ...]],
    kept_out: Mapping[str, str],
) -> tuple[Change, ...]:
    """Who came in and who went out, each with the reason, in the order of ids."""
    were, are = {m.person_id for m in before}, {m.person_id for m in members}
    found = [
        Change(
            person_id=m.person_id,
            change="in",
            reason="box" if m.why is None else "stated",
            boxes=m.boxes,
            why=m.why,
        )
        for m in members
        if m.person_id not in were
    ]
    for person in were - are:
        why = kept_out.get(person)
        by_box: Literal["box", "pool"] = "box" if person in boxes else "pool"
        found.append(
            Change(
                person_id=person,
                change="out",
                reason=by_box if why is None else "stated",
                boxes=boxes.get(person, ()),
                why=why,
            )
        )
    return tuple(sorted(found, key=lambda change: (change.person_id, change.change)))
