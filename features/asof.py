"""The only door through which features see the record: what was known on a date.

The rule that must not break: a fact recorded after a row's date is not there. An appointment is
two facts, so its end shows only once the end itself was recorded. Whoever builds a feature takes
an `AsOf`, never a table.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import ibis

from features.lineage import dated_lineage, lineage_as_of
from features.prepared import Stage
from features.tables.core import Appointment, Membership, UnitLink
from features.tables.record import Record
from features.tables.schema import SUPERSEDED, known_by

DAYS_PER_YEAR = 365.25
#: The kind of an appointment to a post of one's own: it, and no acting post, is a rung held.
OWN = "definitive"


class AsOf:
    """What the record knew, for each row of a spine.

    Parameters
    ----------
    record : Record
    spine : ibis.Table
        `person_id` and `as_of`, a date; on the connection of the record, or in memory. If it has
        `nr` as well, each person and date stand in it once, under a number of their own, which
        tables of people then have too.
    stage : callable, optional
        Given a name and an intermediate table that several features share, returns the table to go
        on with. By default it is computed once and kept while the view is in use.
    wanted : collection of str, optional
        Names of the features that are asked for; all of them if left out.

    Notes
    -----
    Tables named ``…_of_people`` hold the people of the spine, each on their own dates; tables named
    ``…_of_everybody`` hold the whole agency on every date of the spine, for peer statistics. In all
    of them a person also has a number, `no`, by which they are grouped and joined sooner than by an
    id; it means nothing and leaves with the answer.
    """

    def __init__(
        self,
        record: Record,
        spine: ibis.Table,
        stage: Stage = lambda _name, rows: rows.cache(),
        wanted: Collection[str] | None = None,
    ) -> None:
        self._record = record
        self._stage = stage
        self._wanted = wanted
        self._shared: dict[str, ibis.Table] = {}
        is_numbered = "nr" in spine.columns
        keys = ("nr", "person_id", "as_of") if is_numbered else ("person_id", "as_of")
        rows = spine.select(*keys) if is_numbered else spine.select(*keys).distinct()
        self._numbers = stage("people", _numbered(record.table("person"), rows))
        # Computed, so that the engine knows how few dates there are before it crosses them.
        self.spine = stage("spine", rows.join(self._numbers, "person_id"))
        self.dates = stage("dates", self.spine.select("as_of").distinct())

    @cached_property
    def lineage(self) -> ibis.Table:
        """`as_of`, `unit_id`, `lineage_id`: which units are one organisation on that date."""
        return lineage_as_of(dated_lineage(self._record), self.dates)

    @cached_property
    def successions(self) -> ibis.Table:
        """Reorganisations at each date: `predecessor_id`, `successor_id`, `kind`, `linked_on`."""
        links = self.dates.cross_join(self._record.versions("unit_link"))
        links = known_by(UnitLink, links, links.as_of)
        columns = ("as_of", "predecessor_id", "successor_id", "kind", "linked_on")
        return links.filter(links.linked_on <= links.as_of).select(*columns)

    @cached_property
    def posts(self) -> ibis.Table:
        """Every post with its class's `step`, and its `lineage_id` at each date (`as_of`)."""
        posts = self._record.table("post").join(self._record.table("post_class"), "post_class")
        remote = self._record.table("unit").select("unit_id", "remote")
        posts = posts.select("post_id", "unit_id", "post_class", "step").join(remote, "unit_id")
        return self._stage("posts", self.lineage.join(posts, "unit_id"))

    @cached_property
    def starts(self) -> ibis.Table:
        """Every start of an appointment, with the unit of its post, whatever the date.

        Whoever reads it compares `start_recorded_on` with a day of their own: it is there for facts
        that stay as the record saw them when it learnt them.
        """
        posts = self._record.table("post").select("post_id", "unit_id")
        posts = posts.join(self.unit_numbers, "unit_id")
        rows = self._record.versions("appointment").join(posts, "post_id")
        return rows.select("person_id", "unit_no", "start_on", "start_recorded_on", "sequence")

    @cached_property
    def unit_numbers(self) -> ibis.Table:
        """`unit_no` of each `unit_id`, a number to keep and compare where a text takes too long."""
        units = self._record.table("unit").select("unit_id")
        return self._stage(
            "units", units.mutate(unit_no=ibis.row_number().over(order_by="unit_id"))
        )

    @cached_property
    def post_fields(self) -> ibis.Table:
        """The fields of work of each post: `post_id`, `field`."""
        return self._record.table("post_field")

    def holds(self, name: str) -> bool:
        """Whether the agency keeps a table at all; see `Record.holds`."""
        return self._record.holds(name)

    def known_of_people(self, name: str) -> ibis.Table:
        """Rows of a table about the people of the spine, as known by their own dates (`as_of`)."""
        rows = self.spine.join(self._record.versions(name), "person_id")
        return known_by(self._record.class_of(name), rows, rows.as_of)

    def known_of_everybody(self, name: str) -> ibis.Table:
        """Rows of a table about anybody, as known by each date of the spine."""
        rows = self.dates.cross_join(self._record.versions(name))
        rows = known_by(self._record.class_of(name), rows, rows.as_of)
        return self.with_person_numbers(rows) if "person_id" in rows.columns else rows

    def beside(
        self, *parts: ibis.Table, made_of: Mapping[str, Sequence[str]] | None = None
    ) -> ibis.Table:
        """The people of the spine, `no` and `as_of`, with what was computed of them beside them.

        Parameters
        ----------
        *parts : ibis.Table
            `no` and `as_of`, each person and date once, and further columns. A part of which no
            column is wanted is not computed: its columns are missing.
        made_of : mapping of str to sequence of str
            The columns that a feature is made of which the room adds to the answer.
        """
        wanted = None if self._wanted is None else set(self._wanted)
        for feature, columns in (made_of or {}).items():
            if wanted is not None and feature in wanted:
                wanted |= set(columns)
        rows = self.spine.select("no", "as_of")
        for part in parts:
            columns = [name for name in part.columns if name not in ("no", "as_of")]
            if wanted is None or wanted & set(columns):
                rows = rows.left_join(part, ["no", "as_of"]).drop("no_right", "as_of_right")
            else:
                rows = rows.mutate(**{name: ibis.null(part[name].type()) for name in columns})
        return rows

    def with_person_numbers(self, rows: ibis.Table) -> ibis.Table:
        """Rows about anybody on record, with the number of the person, `no`."""
        return rows.join(self._numbers, "person_id")

    def numbered(self, pairs: ibis.Table) -> ibis.Table:
        """Pairs of a person and a post with a number each, `pair`, and that of the person, `no`.

        Parameters
        ----------
        pairs : ibis.Table
            `person_id`, `post_id`, `as_of`, each pair and date once; always the same table.
        """
        place = ibis.row_number().over(order_by=["no", "post_id", "as_of"])
        rows = self.with_person_numbers(pairs).mutate(pair=place)
        return self.shared("pairs", lambda: rows)

    def learnt(self, name: str, happened: str) -> ibis.Table:
        """Rows of a table of single facts with the days between which they count.

        Parameters
        ----------
        name : str
        happened : str
            The column with the day on which it happened.

        Returns
        -------
        ibis.Table
            The columns of the table, `seen_on`, the first day on which a row can be seen, and
            `gone_on`, the day from which a correction stands in its place, empty where none does.

        Raises
        ------
        ValueError
            If rows of the table learn something later: then they differ from day to day.
        """
        table, rows = self._record.class_of(name), self._record.versions(name)
        recorded = table.recorded_of_row()
        if recorded is None or table.late_facts():
            raise ValueError(f"table {name} has no single dated fact in a row")
        seen = ibis.greatest(rows[recorded].coalesce(rows[happened]), rows[happened])
        gone = rows[SUPERSEDED] if SUPERSEDED in rows.columns else ibis.null("date")
        rows = rows.mutate(seen_on=seen, gone_on=gone)
        # A row that was corrected before it happened was never seen.
        return rows.filter(rows.gone_on.isnull() | (rows.gone_on > rows.seen_on))

    def shared(self, name: str, build: Callable[[], ibis.Table]) -> ibis.Table:
        """An intermediate table that several features read, put together and computed once."""
        if name not in self._shared:
            self._shared[name] = self._stage(name, build())
        return self._shared[name]

    def timeless(self, name: str) -> ibis.Table:
        """Rows of a table whose facts have no dates, such as the fields of posts.

        Raises
        ------
        ValueError
            If its facts have.
        """
        if self._record.class_of(name).facts:
            raise ValueError(f"table {name} has dated facts: read it as known by a date")
        return self._record.table(name)

    def timeless_names(self, name: str, column: str) -> ibis.Table:
        """The different names in a column, whenever they were recorded, for numbering them.

        That a name exists tells nothing of anybody.
        """
        return self._record.versions(name).select(column).distinct()

    @cached_property
    def held_of_people(self) -> ibis.Table:
        """Appointments begun by the people of the spine, each as of their own dates."""
        beyond = ("appointment_id", "start_recorded_on", "sequence", "unit_id", "post_class")
        held = self.held_of_everybody.drop(*beyond)
        rows = self.spine.select("no", "as_of").join(held, ["no", "as_of"])
        return self._stage("held_of_people", rows)

    @cached_property
    def held_of_everybody(self) -> ibis.Table:
        """Appointments begun by anybody, on every date of the spine."""
        rows = self.dates.cross_join(self._record.versions("appointment"))
        # What is known of each appointment's post, and how long it has lasted.
        rows = _begun(known_by(Appointment, rows, rows.as_of)).join(
            self.posts, ["as_of", "post_id"]
        )
        return self._stage("held_of_everybody", self.with_person_numbers(rows))

    @cached_property
    def in_service(self) -> ibis.Table:
        """Everybody in a post on each date of the spine, and where they stand.

        `has_own_post` tells whether one of their posts is their own, held neither for somebody else
        nor until there is somebody; `current_step` is that of the highest of these, and of whatever
        they hold where none is.
        """
        held = self.held_of_everybody
        is_own = held.kind == OWN
        rows = held.filter(held.is_open).group_by("no", "as_of")
        rows = rows.agg(
            has_own_post=is_own.any(),
            current_step=ibis._.step.max(where=is_own).coalesce(ibis._.step.max()),
        )
        return self._stage("in_service", rows)

    @cached_property
    def memberships_of_people(self) -> ibis.Table:
        """Memberships begun by the people of the spine, each as of their own dates."""
        rows = self.spine.join(self._record.versions("membership"), "person_id")
        return _begun(known_by(Membership, rows, rows.as_of))


def _numbered(people: ibis.Table, spine: ibis.Table) -> ibis.Table:
    """Everybody on record or asked about, with a number."""
    rows = people.select("person_id").union(spine.select("person_id"), distinct=True)
    return rows.mutate(no=ibis.row_number().over(order_by="person_id"))


def days_between(start: Any, end: Any) -> Any:
    """Whole days from one date to another."""
    return end.delta(start, unit="day")


def years_between(start: Any, end: Any) -> Any:
    """Years from one date to another, in units of 365.25 days.

    Sum or average `days_between` and divide once: whole days add up to the same number in any
    order, fractions do not, and a frame must come out equal to the last bit.
    """
    return in_years(days_between(start, end))


def in_years(days: Any) -> Any:
    """Days as years; made a fraction first, for engines differ in how they divide whole numbers."""
    return days.cast("float64") / DAYS_PER_YEAR


def _begun(rows: ibis.Table) -> ibis.Table:
    """Rows that have begun, with `is_open` and `until_on` (the end, or the date while it lasts).

    As a day closes: who begins on it has begun, and whose last day it is has left.
    """
    rows = rows.filter(rows.start_on <= rows.as_of)
    is_open = rows.end_on.isnull() | (rows.end_on > rows.as_of)
    return rows.mutate(is_open=is_open, until_on=ibis.ifelse(is_open, rows.as_of, rows.end_on))
