"""The only door through which features see the record: what was known on a date.

The rule that must not break: a fact recorded after a row's date is not there. An appointment is
two facts, so its end shows only once the end itself was recorded. Whoever builds a feature takes
an `AsOf`, never a table.
"""

from functools import cached_property

import ibis
import ibis.expr.types as ir

from features.lineage import dated_lineage, lineage_as_of
from features.prepared import Stage
from features.tables.core import Appointment, Membership, UnitLink
from features.tables.record import Record
from features.tables.schema import known_by

DAYS_PER_YEAR = 365.25


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

    Notes
    -----
    Tables named ``…_of_people`` hold the people of the spine, each on their own dates; tables named
    ``…_of_everybody`` hold the whole agency on every date of the spine, for peer statistics.
    """

    def __init__(
        self, record: Record, spine: ibis.Table, stage: Stage = lambda _name, rows: rows.cache()
    ) -> None:
        self._record = record
        self._stage = stage
        is_numbered = "nr" in spine.columns
        keys = ("nr", "person_id", "as_of") if is_numbered else ("person_id", "as_of")
        self.spine = spine.select(*keys) if is_numbered else spine.select(*keys).distinct()
        self.dates = self.spine.select("as_of").distinct()

    @cached_property
    def lineage(self) -> ibis.Table:
        """`as_of`, `unit_id`, `lineage_id`: which units are one organisation on that date."""
        return lineage_as_of(dated_lineage(self._record), self.dates)

    @cached_property
    def successions(self) -> ibis.Table:
        """Reorganisations at each date: `predecessor_id`, `successor_id`, `kind`, `linked_on`."""
        links = self.dates.cross_join(self._record.table("unit_link"))
        links = known_by(UnitLink, links, links.as_of)
        columns = ("as_of", "predecessor_id", "successor_id", "kind", "linked_on")
        return links.filter(links.linked_on <= links.as_of).select(*columns)

    @cached_property
    def posts(self) -> ibis.Table:
        """Every post with its class's `step`, and its `lineage_id` at each date (`as_of`)."""
        posts = self._record.table("post").join(self._record.table("post_class"), "post_class")
        posts = posts.select("post_id", "unit_id", "post_class", "step")
        return self._stage("posts", self.lineage.join(posts, "unit_id"))

    @cached_property
    def post_fields(self) -> ibis.Table:
        """The fields of work of each post: `post_id`, `field`."""
        return self._record.table("post_field")

    def holds(self, name: str) -> bool:
        """Whether the agency keeps a table at all; see `Record.holds`."""
        return self._record.holds(name)

    def known_of_people(self, name: str) -> ibis.Table:
        """Rows of a table about the people of the spine, as known by their own dates (`as_of`)."""
        rows = self.spine.join(self._record.table(name), "person_id")
        return known_by(self._record.class_of(name), rows, rows.as_of)

    def known_of_everybody(self, name: str) -> ibis.Table:
        """Rows of a table about anybody, as known by each date of the spine."""
        rows = self.dates.cross_join(self._record.table(name))
        return known_by(self._record.class_of(name), rows, rows.as_of)

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

    @cached_property
    def held_of_people(self) -> ibis.Table:
        """Appointments begun by the people of the spine, each as of their own dates."""
        rows = self.spine.join(self.held_of_everybody, ["person_id", "as_of"])
        return self._stage("held_of_people", rows)

    @cached_property
    def held_of_everybody(self) -> ibis.Table:
        """Appointments begun by anybody, on every date of the spine."""
        rows = self.dates.cross_join(self._record.table("appointment"))
        # What is known of each appointment's post, and how long it has lasted.
        rows = _begun(known_by(Appointment, rows, rows.as_of)).join(
            self.posts, ["as_of", "post_id"]
        )
        return self._stage("held_of_everybody", rows)

    @cached_property
    def memberships_of_people(self) -> ibis.Table:
        """Memberships begun by the people of the spine, each as of their own dates."""
        rows = self.spine.join(self._record.table("membership"), "person_id")
        return _begun(known_by(Membership, rows, rows.as_of))


def days_between(start: ir.DateColumn, end: ir.DateColumn) -> ir.IntegerColumn:
    """Whole days from one date to another."""
    return end.delta(start, unit="day")


def years_between(start: ir.DateColumn, end: ir.DateColumn) -> ir.NumericColumn:
    """Years from one date to another, in units of 365.25 days.

    Sum or average `days_between` and divide once: whole days add up to the same number in any
    order, fractions do not, and a frame must come out equal to the last bit.
    """
    return days_between(start, end) / DAYS_PER_YEAR


def _begun(rows: ibis.Table) -> ibis.Table:
    """Rows that have begun, with `is_open` and `until_on` (the end, or the date while it lasts).

    As a day closes: who begins on it has begun, and whose last day it is has left.
    """
    rows = rows.filter(rows.start_on <= rows.as_of)
    is_open = rows.end_on.isnull() | (rows.end_on > rows.as_of)
    return rows.mutate(is_open=is_open, until_on=ibis.ifelse(is_open, rows.as_of, rows.end_on))
