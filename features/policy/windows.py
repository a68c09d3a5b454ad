"""From when to when somebody can be appointed to a post, if nothing but the date changes.

The rule that must not break: a window rests on what the record knew on the date of the question.
Days that it names are days of the calendar: on the first one every rule that time moves is met, on
the eve of it one is not. What no date mends is named as such, never dated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.documents.written import Words
from features.packs.rules import (
    AgeRule,
    ExperienceRule,
    HeldRule,
    PresentRule,
    RetirementRule,
    RuleBase,
    SanctionRule,
)
from features.policy.eligibility import PAIR, Eligibility
from features.policy.movers import mover
from features.policy.statuses import MET, NEEDS_CHECKING, NOT_ASKED, NOT_MET, STATUSES, Status

#: What adds up while time passes: where that is not so, time alone does not mend it.
_ADDED_UP = (ExperienceRule, HeldRule, PresentRule, SanctionRule)
#: What ends for good on a day, whether that day lies ahead or behind.
_ENDED_BY_BIRTH = (AgeRule, RetirementRule)
_NEVER = np.datetime64("NaT", "D")


def windows(found: Eligibility) -> pd.DataFrame:
    """When eligibility opens and closes for each pair.

    Parameters
    ----------
    found : Eligibility
        Answers for some pairs, as of their dates.

    Returns
    -------
    DataFrame, shape (n_pairs, 15), under the index of the pairs
        `person_id`, `post_id`, `as_of`, `route`, and

        - `first_on`: the first day from the date on with every rule met that time moves; NaT where
          time alone does not bring it, or no rule speaks of the pair. `first_rule`: the name of
          the rule that it waits for, None where it waits for none.
        - `closes_on`: the last day on which all rules are surely met that will be over one day,
          NaT where none will; `closes_rule`: the first of them. `closes_at_latest_on` and
          `closes_at_latest_rule`: the same by the later reading of rules that have two.
        - `is_open`: on the date every rule that is due for the list is met, and no other is *not
          met*.
        - `never`: time alone does not open it, or it closes, by any reading, before it opens.
        - `state_rules`: names of rules that are not met, or need checking, and that no known day
          mends: a decree, a certificate or an assessment does.
        - `blocking_rules`: names of rules that are not met and that time alone does not mend.
          `open_questions`: names of rules due for the list that need checking, and that no known
          day settles.

    Notes
    -----
    Counted is what had been recorded, and had begun, by the date; ends that were known ahead count.
    A predicate is taken as it stands: each year needs one of its own.

    Examples
    --------
    Of whoever became a head on 1 March 2025, where a chief must have been a head for two years,
    `first_on` is 1 March 2027.
    """
    table = _Windows(found)
    for place, rule in enumerate(found.pack.rules):
        table.add(place, rule)
    return table.frame()


@dataclass(frozen=True)
class RuleWindow:
    """What time does to one rule.

    Parameters
    ----------
    rule : RuleBase
    status : {"met", "needs checking", "not met"}
        On the date.
    first_on : date or None
        The first day on which it is met: the date itself, where it is.
    last_on : date or None
        The last day on which it is surely met; None where none is known.
    at_earliest_on, at_latest_on : date or None
        The same by the reading that is kinder to the person, where there are two.
    moved_by : Words or None
        What would move it beside time; None where nothing has to.
    """

    rule: RuleBase
    status: Status
    first_on: date | None
    last_on: date | None
    at_earliest_on: date | None
    at_latest_on: date | None
    moved_by: Words | None


def rule_windows(found: Eligibility, row: int) -> list[RuleWindow]:
    """What time does to each rule that was asked about one pair, in the order of the file.

    Parameters
    ----------
    found : Eligibility
    row : int
        Place of the pair.
    """
    return list(_rule_windows(found, row))


def _rule_windows(found: Eligibility, row: int) -> Iterator[RuleWindow]:
    as_of: date = pd.to_datetime(found.pairs["as_of"]).dt.date.iloc[row]
    for place, rule in found.rules_of(row):
        code = int(found.by_rule[row, place])
        values = found.values(place, row)
        days = {name: _date(values.get(name)) for name in _DAYS}
        first_on, last_on = as_of if code == MET else _after(days["first_on"], as_of), None
        if first_on is not None or isinstance(rule, _ENDED_BY_BIRTH):
            last_on = days["last_on"]
        yield RuleWindow(
            rule=rule,
            status=STATUSES[code],
            first_on=first_on,
            last_on=last_on,
            at_earliest_on=None if first_on is not None else _after(days["at_earliest_on"], as_of),
            at_latest_on=days["at_latest_on"],
            moved_by=mover(rule, found.pack, STATUSES[code]) if code != MET or last_on else None,
        )


_DAYS = ("first_on", "last_on", "at_earliest_on", "at_latest_on")


def _date(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _after(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day > as_of else None


class _Windows:
    """Windows of all pairs, rule by rule."""

    def __init__(self, found: Eligibility) -> None:
        self._found, n = found, len(found.pairs)
        as_of = pd.to_datetime(found.pairs["as_of"]).to_numpy()
        self._as_of: np.ndarray = as_of.astype("datetime64[D]")
        self._first_on = self._as_of.copy()
        self._closes_on = np.full(n, _NEVER)
        self._closes_at_latest_on = np.full(n, _NEVER)
        # Numbers of rules by place; -1 for none.
        self._first_rule = np.full(n, -1)
        self._closes_rule = np.full(n, -1)
        self._closes_at_latest_rule = np.full(n, -1)
        self._is_blocked = np.zeros(n, dtype=bool)
        shape = (n, len(found.pack.rules))
        self._is_state = np.zeros(shape, dtype=bool)
        self._is_blocking = np.zeros(shape, dtype=bool)
        self._is_question = np.zeros(shape, dtype=bool)

    def add(self, place: int, rule: RuleBase) -> None:
        """Narrow the windows by one rule."""
        code = self._found.by_rule[:, place]
        if (code == NOT_ASKED).all():
            return
        is_met = code == MET
        first_on = self._days(place, "first_on")
        comes = ((code == NEEDS_CHECKING) | (code == NOT_MET)) & (first_on > self._as_of)
        self._open(place, np.where(comes, first_on, _NEVER))
        is_over = isinstance(rule, _ENDED_BY_BIRTH) & (code != NOT_ASKED)
        self._close(place, is_met | comes | is_over)
        stands = (code != NOT_ASKED) & ~is_met & ~comes
        if isinstance(rule, _ADDED_UP):
            may_come = self._days(place, "at_earliest_on") > self._as_of
            is_blocked = stands & (code == NOT_MET) & ~may_come
            self._first_rule[is_blocked & ~self._is_blocked] = place
            self._is_blocked |= is_blocked
            self._is_blocking[:, place] = is_blocked
            stands &= ~is_blocked
        if isinstance(rule, _ENDED_BY_BIRTH):
            stands &= code != NOT_MET
        self._is_state[:, place] = stands
        self._is_blocking[:, place] |= stands & (code == NOT_MET)
        is_question = (code == NEEDS_CHECKING) & (rule.due == "list")
        self._is_question[:, place] = stands & is_question

    def _open(self, place: int, first_on: np.ndarray) -> None:
        is_later = first_on > self._first_on
        self._first_on = np.where(is_later, first_on, self._first_on)
        self._first_rule[is_later & ~self._is_blocked] = place

    def _close(self, place: int, counts: np.ndarray) -> None:
        last_on = np.where(counts, self._days(place, "last_on"), _NEVER)
        latest_on = self._days(place, "at_latest_on")
        latest_on = np.where(np.isnat(latest_on), last_on, latest_on)
        is_earlier = ~np.isnat(last_on) & ~(last_on >= self._closes_on)
        self._closes_rule[is_earlier] = place
        self._closes_on = np.fmin(self._closes_on, last_on)
        at_latest_on = np.where(counts, latest_on, _NEVER)
        is_earlier = ~np.isnat(at_latest_on) & ~(at_latest_on >= self._closes_at_latest_on)
        self._closes_at_latest_rule[is_earlier] = place
        self._closes_at_latest_on = np.fmin(self._closes_at_latest_on, at_latest_on)

    def _days(self, place: int, name: str) -> np.ndarray:
        column = self._found.column(place, name)
        if column is None or column.dtype.kind != "M":
            return np.full(len(self._as_of), _NEVER)
        return column.astype("datetime64[D]")

    def frame(self) -> pd.DataFrame:
        """The windows as a table."""
        by_rule = self._found.by_rule
        is_asked = (by_rule != NOT_ASKED).any(axis=1)
        first_on = np.where(self._is_blocked | ~is_asked, _NEVER, self._first_on)
        closes_early = self._closes_at_latest_on < first_on
        names = [rule.id for rule in self._found.pack.rules]
        columns = {
            "first_on": first_on.astype("datetime64[s]"),
            "first_rule": _named(names, self._first_rule),
            "closes_on": self._closes_on.astype("datetime64[s]"),
            "closes_rule": _named(names, self._closes_rule),
            "closes_at_latest_on": self._closes_at_latest_on.astype("datetime64[s]"),
            "closes_at_latest_rule": _named(names, self._closes_at_latest_rule),
            "is_open": is_asked & (self._found.status == MET),
            "never": self._is_blocked | closes_early,
            "state_rules": _sets(names, self._is_state),
            "blocking_rules": _sets(names, self._is_blocking),
            "open_questions": _sets(names, self._is_question),
        }
        pairs = self._found.pairs
        return pairs.loc[:, list(PAIR)].assign(
            **{
                name: pd.Series(column, index=pairs.index, dtype=column.dtype)
                for name, column in columns.items()
            }
        )


def _named(names: list[str], places: np.ndarray) -> np.ndarray:
    """Names by place; None for -1."""
    return np.array([*names, None], dtype=object)[places]


def _sets(names: list[str], chosen: np.ndarray) -> np.ndarray:
    """The names that are chosen in each row, as tuples that alike rows share."""
    packed = np.packbits(chosen, axis=1)
    alike, row_of = np.unique(packed, axis=0, return_inverse=True)
    told = np.empty(len(alike), dtype=object)
    for place, bits in enumerate(alike):
        held: Iterable[int] = np.flatnonzero(np.unpackbits(bits, count=len(names)))
        told[place] = tuple(names[one] for one in held)
    return told[np.reshape(row_of, -1)]
