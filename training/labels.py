"""Labels: whether an appointment was a success, by the rule of the agency's mapping.

The rule that must not break: a label exists only once its whole window lies in the past, and what
it is made of was recorded by then. An early failure is not counted early: a cohort of which only
the failures are known yet would teach that everybody fails.
"""

from datetime import date

import ibis
import pandas as pd
from ibis import _

from features.agencies.rules import Label
from features.asof import AsOf
from features.prepared import Prepared, Stage
from features.tables.record import Record
from features.trajectory import spells

_ASKED = ibis.schema({"as_of": "date"})
_SPELL = ("person_id", "lineage_id", "step")
COLUMNS = ("appointment_id", "sequence", "person_id", "post_id", "kind", "start_on", "post_class")


class Outcomes:
    """The outcomes of a record by one rule, put together once and asked for many dates.

    Parameters
    ----------
    record : Record
    label : Label
        The label section of a mapping.
    """

    def __init__(self, record: Record, label: Label) -> None:
        self._asks_for_reasons = bool(label.censored_by_reason)
        self._prepared = Prepared(
            record,
            _ASKED,
            lambda asked, stage: _outcomes(record, label, asked, stage),
            ("outcomes", label.model_dump_json()),
        )

    def known_on(self, as_of: date) -> pd.DataFrame:
        """The outcome of every appointment, as known on a date.

        Parameters
        ----------
        as_of : date
            The label cut-off: facts recorded later are not seen.

        Returns
        -------
        DataFrame, one row an appointment, ordered by `start_on` and `sequence`
            `appointment_id`, `sequence`, `person_id`, `post_id`, `kind`, `start_on`, `post_class`;
            `window_end_on`; the components `stayed` and `was_promoted`; `state`, one of *matured*,
            *immature* (the window is still open) and *censored* (a holder named by the rule left
            inside it, or the person did for a reason named by the rule and without success);
            `success`, 1.0, 0.0, or NaN unless matured.
        """
        frame = self._prepared.ask(pd.DataFrame({"as_of": [pd.Timestamp(as_of)]}))
        frame = frame.sort_values(["start_on", "sequence"], ignore_index=True)
        for name in ("stayed", "was_promoted", "is_censored"):
            frame[name] = frame[name].astype("boolean").fillna(value=False).astype(bool)
        frame["state"] = "matured"
        frame.loc[frame["is_censored"], "state"] = "censored"
        if self._asks_for_reasons:
            excused = frame.pop("is_excused").astype("boolean").fillna(value=False).astype(bool)
            is_success = frame["stayed"] | frame["was_promoted"]
            frame.loc[excused & ~is_success, "state"] = "censored"
        frame.loc[~frame["is_mature"].astype(bool), "state"] = "immature"
        frame["success"] = (frame["stayed"] | frame["was_promoted"]).astype("float64")
        frame.loc[frame["state"] != "matured", "success"] = float("nan")
        for name in ("start_on", "window_end_on"):
            frame[name] = pd.to_datetime(frame[name])
        return frame.drop(columns=["is_mature", "is_censored"])


def in_words(label: Label) -> str:
    """The rule in one sentence, as it is stored with a model.

    >>> in_words(Label(months=12, censored_by_end_of=("PM",)))
    'in post at least 12 months or promoted; unknown where PM leaves inside the window'
    """
    rule = f"in post at least {label.months} months"
    if label.promotion_is_success:
        rule += " or promoted"
    if label.censored_by_end_of:
        rule += f"; unknown where {' or '.join(label.censored_by_end_of)} leaves inside the window"
    if label.censored_by_reason:
        reasons = " or ".join(label.censored_by_reason)
        rule += f"; unknown where it ends inside the window because {reasons}"
    return rule


def _outcomes(record: Record, label: Label, asked: ibis.Table, stage: Stage) -> ibis.Table:
    everybody = record.table("person").select("person_id").cross_join(asked)
    asof = AsOf(record, everybody, stage)
    held = stage("held_with_window", _with_window(asof.held_of_everybody, label))
    carried = _carried(held, asof.successions, label)
    rows = held.select(*COLUMNS, "window_end_on", "is_mature")
    parts = [_stayed(held, carried, label), _promoted(held, label), _censored(held, label)]
    if label.censored_by_reason:
        parts.append(_excused(held, carried, label))
    for part in parts:
        rows = rows.left_join(part, "appointment_id").drop("appointment_id_right")
    return rows


def _with_window(held: ibis.Table, label: Label) -> ibis.Table:
    end = (held.start_on + ibis.interval(months=label.months)).cast("date")
    held = held.mutate(window_end_on=end)
    return held.mutate(is_mature=held.window_end_on <= held.as_of)


def _carried(held: ibis.Table, successions: ibis.Table, label: Label) -> ibis.Table:
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
    is_near = rows.start_on.delta(rows.linked_on, unit="day").abs() <= label.gap_days
    rows = rows.filter(is_near)
    columns = ("person_id", "step", "start_on", "until_on", "is_open", "end_reason")
    return rows.select(*columns, lineage_id="line")


def _stayed(held: ibis.Table, carried: ibis.Table, label: Label) -> ibis.Table:
    """In the same class of the same organisation, without a break, until the window's end."""
    rows = _in_spell(held, carried, label)
    return rows.group_by("appointment_id").agg(
        stayed=(rows.spell_until_on >= rows.window_end_on).any()
    )


def _in_spell(held: ibis.Table, carried: ibis.Table, label: Label) -> ibis.Table:
    """Each appointment with the unbroken spell that it belongs to, and the spell's last day.

    Neither a renamed department nor a seat under another title ends a spell, nor functions that
    move with their holder.
    """
    columns = (*_SPELL, "start_on", "until_on", "is_open")
    unbroken = spells(
        ibis.union(held.select(*columns), carried.select(*columns)),
        by=_SPELL,
        pause_days=label.gap_days,
    )
    unbroken = unbroken.rename(spell_start_on="start_on", spell_until_on="until_on")
    rows = held.join(unbroken.drop("is_open"), list(_SPELL))
    inside = (rows.start_on >= rows.spell_start_on) & (rows.start_on <= rows.spell_until_on)
    return rows.filter(inside)


def _excused(held: ibis.Table, carried: ibis.Table, label: Label) -> ibis.Table:
    """Ended for one of the rule's reasons: nobody knows how it would have gone.

    What counts is the end of the appointment, and the end of the spell that it belongs to: who is
    given another seat and dies in it has not failed in the first. An end behind the window needs no
    excuse, since whoever was there until then has stayed.
    """
    columns = (*_SPELL, "until_on", "is_open", "end_reason")
    ends = ibis.union(held.select(*columns), carried.select(*columns))
    ends = ends.filter(ends.end_reason.isin(label.censored_by_reason) & ~ends.is_open)
    ends = ends.select(*_SPELL, spell_until_on=ends.until_on).distinct()
    in_spell = _in_spell(held, carried, label).semi_join(ends, [*_SPELL, "spell_until_on"])
    own = held.filter(held.end_reason.isin(label.censored_by_reason) & ~held.is_open)
    rows = ibis.union(in_spell.select("appointment_id"), own.select("appointment_id"))
    return rows.distinct().mutate(is_excused=ibis.literal(value=True))


def _promoted(held: ibis.Table, label: Label) -> ibis.Table:
    """A higher class begun inside the window, at most the gap after leaving."""
    later = held.select("person_id", later_on=_.start_on, later_step=_.step)
    rows = held.join(later, "person_id")
    higher = (rows.later_step > rows.step) & (rows.later_on > rows.start_on)
    in_window = rows.later_on < rows.window_end_on
    soon = rows.later_on.delta(rows.until_on, unit="day") <= label.gap_days
    promoted = higher & in_window & soon & ibis.literal(label.promotion_is_success)
    return rows.filter(promoted).group_by("appointment_id").agg(was_promoted=ibis.literal(True))


def _censored(held: ibis.Table, label: Label) -> ibis.Table:
    """A holder of one of the rule's classes left inside the window, before its end."""
    leavers = held.filter(held.post_class.isin(label.censored_by_end_of) & ~held.is_open)
    leavers = leavers.select(left_on=_.until_on).distinct()
    rows = held.join(
        leavers, [held.start_on < leavers.left_on, held.window_end_on > leavers.left_on]
    )
    return rows.group_by("appointment_id").agg(is_censored=ibis.literal(True))
