"""The outcome window of an appointment: what happened in it, each fact apart, as known on a date.

The rule that must not break: a fact counts that happened inside the window and was recorded by the
date, whichever way it tells; what the record does not hold is missing and is no failure. Nothing
here looks at rows while it is put together.
"""

import ibis
from ibis import _

from features.agencies.rules import LabelRule
from features.asof import OWN, AsOf
from features.prepared import Stage
from features.tables.record import Record
from features.trajectory import spells

ASKED = ibis.schema({"as_of": "date"})
COLUMNS = ("appointment_id", "sequence", "person_id", "post_id", "kind", "start_on", "post_class")
#: What is found out of each appointment: the type, and what it says.
FACTS = {
    "stayed": "boolean",
    "left_on": "date",
    "is_censored": "boolean",
    "promoted_on": "date",
    "promoted_early_on": "date",
    "excused_on": "date",
    "removed_on": "date",
    "is_unexplained": "boolean",
    "sanctioned_on": "date",
    "was_demoted": "boolean",
    "unit_result_held": "boolean",
    "unit_failed_on": "date",
    "rating_held": "boolean",
    "rating_failed_on": "date",
}
_SPELL = ("person_id", "lineage_id", "step")


def asks(rule: LabelRule, record: Record) -> dict[str, bool]:
    """Which facts a rule asks for and a record can tell, by what it is called in a label."""
    return {
        "excused": bool(rule.censored_by_reason),
        "removed": bool(rule.failed_by_reason),
        "sanctioned": bool(rule.failed_by_sanction) and record.holds("discipline"),
        "demoted": rule.failed_by_demotion,
        "unit_result": bool(rule.failed_by_unit_result) and record.holds("unit_result"),
        "rating": bool(rule.failed_by_rating) and record.holds("appraisal"),
    }


def facts(record: Record, rule: LabelRule, asked: ibis.Table, stage: Stage) -> ibis.Table:
    """All appointments begun by a date, with what happened in the window of each.

    Parameters
    ----------
    asked : ibis.Table
        One row, `as_of`.

    Returns
    -------
    ibis.Table, one row an appointment
        `COLUMNS`, `window_end_on` (the first day behind the window), `is_mature`, and `FACTS`:
        null where nothing of the kind happened or it was not asked for.
    """
    everybody = record.table("person").select("person_id").cross_join(asked)
    asof = AsOf(record, everybody, stage)
    held = stage("held_with_window", _with_window(asof.held_of_everybody, rule))
    carried = _carried(held, asof.successions, rule)
    in_spell = stage("in_spell", _in_spell(held, carried, rule))
    parts = [_stayed(in_spell), _promoted(held, rule), _censored(held, rule)]
    wanted = asks(rule, record)
    if wanted["excused"]:
        parts.append(_ended(held, carried, in_spell, rule.censored_by_reason, "excused_on"))
    if wanted["removed"]:
        parts.append(_ended(held, carried, in_spell, rule.failed_by_reason, "removed_on"))
        parts.append(_unexplained(held))
    if wanted["sanctioned"]:
        parts.append(_sanctioned(asof, held, rule))
    if wanted["demoted"]:
        parts.append(_demoted(held, in_spell, rule))
    if wanted["unit_result"]:
        parts.append(_unit_results(asof, held, rule))
    if wanted["rating"]:
        parts.append(_ratings(asof, held, rule))
    rows = held.select(*COLUMNS, "window_end_on", "is_mature")
    for part in parts:
        rows = rows.left_join(part, "appointment_id").drop("appointment_id_right")
    untold = {name: ibis.null(kind) for name, kind in FACTS.items() if name not in rows.columns}
    return rows.mutate(**untold)


def _with_window(held: ibis.Table, rule: LabelRule) -> ibis.Table:
    end = (held.start_on + ibis.interval(months=rule.months)).cast("date")
    held = held.mutate(window_end_on=end)
    return held.mutate(is_mature=held.window_end_on <= held.as_of)


def _carried(held: ibis.Table, successions: ibis.Table, rule: LabelRule) -> ibis.Table:
    """Posts that somebody was carried over to in a reorganisation, under the line they came from.

    Where functions move to another unit and their holder moves with them, at the same step and at
    most the gap around that day, the spell has not ended: nobody fails by a reorganisation. That
    the holder left no earlier than a gap before is for `spells` to see.
    """
    before = held.select("as_of", "person_id", "step", from_unit="unit_id", line="lineage_id")
    moves = successions.select(
        "as_of", "linked_on", from_unit="predecessor_id", unit_id="successor_id"
    )
    rows = held.join(moves, ["as_of", "unit_id"])
    rows = rows.join(before, ["as_of", "person_id", "step", "from_unit"])
    is_near = rows.start_on.delta(rows.linked_on, unit="day").abs() <= rule.gap_days
    rows = rows.filter(is_near)
    columns = ("person_id", "step", "start_on", "until_on", "is_open", "end_reason")
    return rows.select(*columns, lineage_id="line")


def _in_spell(held: ibis.Table, carried: ibis.Table, rule: LabelRule) -> ibis.Table:
    """Each appointment with the unbroken spell that it belongs to, and the spell's last day.

    Neither a renamed department nor a seat under another title ends a spell, nor functions that
    move with their holder.
    """
    columns = (*_SPELL, "start_on", "until_on", "is_open")
    unbroken = spells(
        ibis.union(held.select(*columns), carried.select(*columns)),
        by=_SPELL,
        pause_days=rule.gap_days,
    )
    unbroken = unbroken.rename(spell_start_on="start_on", spell_until_on="until_on")
    rows = held.join(unbroken.drop("is_open"), list(_SPELL))
    inside = (rows.start_on >= rows.spell_start_on) & (rows.start_on <= rows.spell_until_on)
    rows = rows.filter(inside)
    return rows.select(*COLUMNS, "lineage_id", "step", "window_end_on", "spell_until_on")


def _stayed(in_spell: ibis.Table) -> ibis.Table:
    """In the same class of the same organisation, without a break, until the window's end."""
    return in_spell.group_by("appointment_id").agg(
        stayed=(_.spell_until_on >= _.window_end_on).any(), left_on=_.spell_until_on.max()
    )


def _promoted(held: ibis.Table, rule: LabelRule) -> ibis.Table:
    """A higher class begun inside the window, at most the gap after leaving: soon, or late."""
    later = held.select("person_id", later_on=_.start_on, later_step=_.step)
    rows = held.join(later, "person_id")
    higher = (rows.later_step > rows.step) & (rows.later_on > rows.start_on)
    in_window = rows.later_on < rows.window_end_on
    soon = rows.later_on.delta(rows.until_on, unit="day") <= rule.gap_days
    promoted = higher & in_window & soon & ibis.literal(rule.promotion_is_success)
    enough_on = (rows.start_on + ibis.interval(months=rule.promotion_after_months)).cast("date")
    rows = rows.mutate(is_late=rows.later_on >= enough_on).filter(promoted)
    return rows.group_by("appointment_id").agg(
        promoted_on=_.later_on.min(where=_.is_late),
        promoted_early_on=_.later_on.min(where=~_.is_late),
    )


def _censored(held: ibis.Table, rule: LabelRule) -> ibis.Table:
    """A holder of one of the rule's classes left inside the window, before its end."""
    leavers = held.filter(held.post_class.isin(rule.censored_by_end_of) & ~held.is_open)
    leavers = leavers.select(left_on=_.until_on).distinct()
    rows = held.join(
        leavers, [held.start_on < leavers.left_on, held.window_end_on > leavers.left_on]
    )
    return rows.group_by("appointment_id").agg(is_censored=ibis.literal(True))


def _ended(
    held: ibis.Table,
    carried: ibis.Table,
    in_spell: ibis.Table,
    reasons: tuple[str, ...],
    name: str,
) -> ibis.Table:
    """The first day inside the window on which it ended for one of some reasons.

    What counts is the end of the appointment, and the end of the spell that it belongs to: who is
    given another seat and dies in it has not failed in the first. An end behind the window says
    nothing of it, since whoever was there until then has stayed.
    """
    columns = (*_SPELL, "until_on", "is_open", "end_reason")
    ends = ibis.union(held.select(*columns), carried.select(*columns))
    ends = ends.filter(ends.end_reason.isin(reasons) & ~ends.is_open)
    ends = ends.select(*_SPELL, spell_until_on=ends.until_on).distinct()
    of_spell = in_spell.semi_join(ends, [*_SPELL, "spell_until_on"])
    own = held.filter(held.end_reason.isin(reasons) & ~held.is_open)
    columns = ("appointment_id", "window_end_on")
    rows = ibis.union(
        of_spell.select(*columns, ended_on=_.spell_until_on),
        own.select(*columns, ended_on=_.until_on),
    )
    rows = rows.filter(rows.ended_on < rows.window_end_on)
    return rows.group_by("appointment_id").agg(**{name: _.ended_on.min()})


def _unexplained(held: ibis.Table) -> ibis.Table:
    """Ended inside the window, and the record does not say why."""
    rows = held.filter(held.end_reason.isnull(), ~held.is_open, held.until_on < held.window_end_on)
    return rows.select("appointment_id", is_unexplained=ibis.literal(True))


def _sanctioned(asof: AsOf, held: ibis.Table, rule: LabelRule) -> ibis.Table:
    """The first day of the first sanction of one of the rule's levels begun inside the window."""
    begun = asof.known_of_everybody("discipline")
    begun = begun.filter(begun.level.isin(rule.failed_by_sanction))
    begun = begun.filter(begun.sanctioned_on <= begun.as_of)
    rows = held.join(begun.select("person_id", day="sanctioned_on"), "person_id")
    rows = rows.filter(rows.day >= rows.start_on, rows.day < rows.window_end_on)
    return rows.group_by("appointment_id").agg(sanctioned_on=_.day.min())


def _demoted(held: ibis.Table, in_spell: ibis.Table, rule: LabelRule) -> ibis.Table:
    """The highest class of one's own begun around the end of the spell is a lower one."""
    later = held.filter(held.kind == OWN)
    later = later.select("person_id", later_on=_.start_on, later_step=_.step)
    left = in_spell.group_by("appointment_id", "person_id", "step", "start_on", "window_end_on")
    left = left.agg(left_on=_.spell_until_on.max())
    rows = left.filter(left.left_on < left.window_end_on).join(later, "person_id")
    near = rows.later_on.delta(rows.left_on, unit="day").abs() <= rule.gap_days
    rows = rows.filter(near, rows.later_on > rows.start_on)
    return rows.group_by("appointment_id").agg(was_demoted=(_.later_step < _.step).all())


def _unit_results(asof: AsOf, held: ibis.Table, rule: LabelRule) -> ibis.Table:
    """Results of the unit of the post in years that closed in it, of those who answer for them."""
    if rule.unit_result_of is not None:
        held = held.filter(held.post_class.isin(rule.unit_result_of))
    results = asof.known_of_everybody("unit_result")
    results = results.filter(results.resulted_on <= results.as_of)
    rows = held.join(results.select("unit_id", "year", "predicate"), "unit_id")
    return _closed(rows, rule.failed_by_unit_result, "unit_result_held", "unit_failed_on")


def _ratings(asof: AsOf, held: ibis.Table, rule: LabelRule) -> ibis.Table:
    """The person's own ratings of years that closed in the post."""
    rated = asof.known_of_everybody("appraisal")
    rated = rated.filter(rated.appraised_on <= rated.as_of)
    rows = held.join(rated.select("person_id", "year", "predicate"), "person_id")
    return _closed(rows, rule.failed_by_rating, "rating_held", "rating_failed_on")


def _closed(rows: ibis.Table, failing: tuple[str, ...], held: str, failed_on: str) -> ibis.Table:
    """Whether any year closed in the post and inside the window, and whether the last one failed.

    The last is the one that the holder had most to do with; the first may be the predecessor's.
    """
    rows = rows.mutate(closed_on=ibis.date(rows.year.cast("int32"), 12, 31))
    last_on = ibis.least(rows.until_on, rows.window_end_on - ibis.interval(days=1))
    rows = rows.filter(rows.closed_on >= rows.start_on, rows.closed_on <= last_on)
    newest_on = rows.closed_on.max().over(group_by="appointment_id")
    rows = rows.mutate(is_newest=rows.closed_on == newest_on)
    has_failed = rows.is_newest & rows.predicate.isin(failing)
    rows = rows.mutate(has_failed=has_failed)
    return rows.group_by("appointment_id").agg(
        **{held: _.count() > 0, failed_on: _.closed_on.min(where=_.has_failed)}
    )
