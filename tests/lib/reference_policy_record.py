"""What the reference of policy packs sees on a day, and how it counts time: loops over plain rows.

The rule that must not break: nothing of the engine is used. Which day makes a row known, and which
day makes it begin, are written down here once more and by hand.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from features.packs.declaration import Pack

Rows = list[dict]
Tables = dict[str, Rows]

DAY = timedelta(days=1)
DEFINITIVE = ("definitive",)

#: For each table: the day that makes a row known, the day on which what it tells begins, and the
#: columns that are filled in later, each with the day on which the record knew it.
DATED: dict[str, tuple[str, str, dict[str, str]]] = {
    "appointment": ("start_recorded_on", "start_on", {"end_on": "end_recorded_on"}),
    "membership": ("start_recorded_on", "start_on", {"end_on": "end_recorded_on"}),
    "rank_history": ("recorded_on", "from_on", {}),
    "education": ("recorded_on", "graduated_on", {}),
    "training": ("started_recorded_on", "started_on", {"finished_on": "finished_recorded_on"}),
    "appraisal": ("recorded_on", "appraised_on", {}),
    "assessment": ("recorded_on", "assessed_on", {}),
    "potential": ("recorded_on", "assessed_on", {}),
    "feedback": ("recorded_on", "given_on", {}),
    "award": ("recorded_on", "awarded_on", {}),
    "assignment": ("started_recorded_on", "started_on", {"ended_on": "ended_recorded_on"}),
    "discipline": ("sanctioned_recorded_on", "sanctioned_on", {"until_on": "until_recorded_on"}),
    "legal_status": ("from_recorded_on", "from_on", {"until_on": "until_recorded_on"}),
    "succession_group": ("from_recorded_on", "from_on", {"until_on": "until_recorded_on"}),
    "protected_attribute": ("recorded_on", "from_on", {"until_on": "until_recorded_on"}),
}


@dataclass(frozen=True)
class Spell:
    """A begun appointment as known on a day: first day, the day after its last, open or not."""

    start: date
    until: date
    lasts: bool
    kind: str
    post: str
    post_class: str
    unit: str


@dataclass(frozen=True)
class Time:
    """Days of several spells together, overlaps once, and the day after the last of them."""

    n_spells: int
    days: int
    end: date

    def is_long_enough(self, years: int) -> bool:
        """Whether the days, laid end to end before the last one, reach back so many years."""
        if self.n_spells == 0:
            return False
        return years == 0 or anniversary(self.end - self.days * DAY, years) <= self.end

    @property
    def whole_years(self) -> int:
        """The most years that it is long enough for."""
        years = 0
        while self.n_spells and self.is_long_enough(years + 1):
            years += 1
        return years


class Seen:
    """The record of a pack's questions as it stood when a day closed.

    Parameters
    ----------
    tables : dict of table name to rows
        A table that is left out is one that the agency does not keep.
    pack : Pack
    on : date
    """

    def __init__(self, tables: Tables, pack: Pack, on: date) -> None:
        self.tables, self.pack, self.on = tables, pack, on

    def holds(self, table: str) -> bool:
        return table in self.tables

    def rows(self, table: str) -> Rows:
        """Rows that were known and had begun, blank where something was learnt later."""
        recorded, begins, late = DATED[table]
        seen = []
        for row in self.tables.get(table, []):
            known_on, begun_on = row.get(recorded), row.get(begins)
            if known_on is not None and known_on > self.on:
                continue
            if begun_on is not None and begun_on > self.on:
                continue
            row = dict(row)
            for column, learnt in late.items():
                if row.get(learnt) is None or row[learnt] > self.on:
                    row[column] = None
            seen.append(row)
        return seen

    def of(self, table: str, person: str) -> Rows:
        return [row for row in self.rows(table) if row["person_id"] == person]

    @cached_property
    def steps(self) -> dict[str, int]:
        return {row["post_class"]: row["step"] for row in self.tables["post_class"]}

    def post(self, post: str) -> dict:
        (row,) = [row for row in self.tables["post"] if row["post_id"] == post]
        return row

    def class_of(self, post: str) -> str:
        return self.post(post)["post_class"]

    def step_of(self, post: str) -> int:
        return self.steps[self.class_of(post)]

    def fields(self, post: str) -> set[str]:
        rows = self.tables.get("post_field", [])
        return {row["field"] for row in rows if row["post_id"] == post}

    def career(self, person: str) -> list[Spell]:
        """Everything that the person was appointed to, of any kind."""
        found = []
        for row in self.of("appointment", person):
            end = row["end_on"]
            lasts = end is None or end > self.on
            until = self.on if lasts else end + DAY
            post = self.post(row["post_id"])
            found.append(
                Spell(
                    start=row["start_on"],
                    until=until,
                    lasts=lasts,
                    kind=row["kind"],
                    post=row["post_id"],
                    post_class=post["post_class"],
                    unit=post["unit_id"],
                )
            )
        return found

    def present_post(self, person: str) -> str | None:
        """The definitive post that the person holds; of several the one begun last, or highest."""
        open_rows = [
            row
            for row in self.of("appointment", person)
            if row["kind"] == "definitive" and (row["end_on"] is None or row["end_on"] > self.on)
        ]
        if not open_rows:
            return None
        first = min(
            open_rows,
            key=lambda row: (
                -row["start_on"].toordinal(),
                -self.step_of(row["post_id"]),
                row["sequence"],
                row["post_id"],
            ),
        )
        return first["post_id"]

    def birth_day(self, person: str) -> date | None:
        """The one day of birth on record; None if there is none, several, or an unreadable one."""
        written = {
            row["value"]
            for row in self.of("protected_attribute", person)
            if row["attribute"] == "birth_date"
            and (row["until_on"] is None or row["until_on"] >= self.on)
        }
        days = {read_day(value) for value in written}
        return days.pop() if len(days) == 1 else None


def read_day(value: str) -> date | None:
    """A day written as 1980-02-29 or 29-02-1980; None for anything else."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        year, month, day = value.split("-")
    elif re.fullmatch(r"\d{2}-\d{2}-\d{4}", value, re.ASCII):
        day, month, year = value.split("-")
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def plus_months(day: date, months: int) -> date:
    """The same day of a later month; where it does not exist, the first day of the month after.

    >>> plus_months(date(2023, 1, 31), 1)
    datetime.date(2023, 3, 1)
    """
    month = day.month + months
    year = day.year
    while month > 12:
        month -= 12
        year += 1
    try:
        return date(year, month, day.day)
    except ValueError:
        return date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)


def anniversary(day: date, years: int) -> date:
    """The same day of a later year; 1 March where it was 29 February and that does not exist.

    >>> anniversary(date(2020, 2, 29), 1)
    datetime.date(2021, 3, 1)
    """
    return plus_months(day, 12 * years)


def time_of(spells: list[Spell], on: date) -> Time:
    """How long spells last together: each day that one of them holds is counted once."""
    days = {
        spell.start + n * DAY for spell in spells for n in range((spell.until - spell.start).days)
    }
    return Time(len(spells), len(days), max((spell.until for spell in spells), default=on))


def stretch_open_since(spells: list[Spell]) -> date | None:
    """First day of the stretch without a gap that still lasts; None if nothing does."""
    lasting = [spell.start for spell in spells if spell.lasts]
    if not lasting:
        return None
    since = min(lasting)
    while True:
        before = [s.start for s in spells if s.start < since <= s.until]
        if not before:
            return since
        since = min(before)


def due_year(on: date, after_months: int) -> int:
    """The newest year whose appraisal has to be there."""
    year = on.year
    while plus_months(date(year, 12, 31), after_months) > on:
        year -= 1
    return year
