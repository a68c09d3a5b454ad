"""The record as it was known on one day, and who was in service then.

The rule that must not break: no clock is read. The day is given, or it is the day of the newest
fact that began something.
"""

from collections.abc import Collection
from datetime import date
from functools import cached_property

import ibis
from ibis import _

from features.errors import DateError
from features.tables.record import Record

#: Of several posts held, the present one stands first: definitive, the newest, the highest.
_ORDER_OF_PRESENT = [
    ibis.desc("is_definitive"),
    ibis.desc("start_on"),
    ibis.desc("step"),
    "post_id",
]


class Present:
    """What was on record on a day.

    Parameters
    ----------
    record : Record
    on : date
    unmapped : collection of str
        Tables of the record that no export fills; what is in none of the files is not kept.
    """

    def __init__(self, record: Record, on: date, unmapped: Collection[str] = ()) -> None:
        self.on = on
        self.day = ibis.date(on.year, on.month, on.day)
        self._record, self._unmapped = record.blanked(self.day), frozenset(unmapped)

    @property
    def record(self) -> Record:
        """The record without what was recorded after the day."""
        return self._record

    @cached_property
    def open_tables(self) -> tuple[str, ...]:
        """Tables that are not protected, in the order of the record."""
        names = self._record.names
        return tuple(name for name in names if not self._record.class_of(name).protected)

    def keeps(self, *names: str) -> bool:
        """Whether the agency keeps all of some tables; one that it keeps may be empty."""
        return all(self._record.holds(name) and name not in self._unmapped for name in names)

    def table(self, name: str) -> ibis.Table:
        """Rows of a table as known on the day."""
        return self._record.table(name)

    @cached_property
    def appointments(self) -> ibis.Table:
        """Appointments begun by the day; `is_open`: its last day had not passed."""
        rows = self.table("appointment").filter(_.start_on <= self.day)
        rows = rows.mutate(is_open=rows.end_on.isnull() | (rows.end_on >= self.day))
        columns = ("appointment_id", "person_id", "post_id", "kind", "start_on", "end_on")
        return rows.select(*columns, "is_open").cache()

    @cached_property
    def people(self) -> ibis.Table:
        """Who held a post on the day: `person_id`, `post_id`, `unit_id`, `entered_on`.

        Of several posts, a definitive one counts before any other, then the one begun last, then
        the highest. `entered_on` is the first day of the first appointment on record.
        """
        steps = self.table("post_class").select("post_class", "step")
        posts = self.table("post").select("post_id", "unit_id", "post_class")
        posts = posts.left_join(steps, "post_class").select("post_id", "unit_id", "step")
        held = self.appointments.filter(_.is_open).join(posts, "post_id")
        held = held.mutate(is_definitive=held.kind == "definitive")
        nth = ibis.row_number().over(group_by="person_id", order_by=_ORDER_OF_PRESENT)
        held = held.mutate(nth=nth).filter(_.nth == 0).select("person_id", "post_id", "unit_id")
        entered = self.appointments.group_by("person_id").agg(entered_on=_.start_on.min())
        return held.join(entered, "person_id").order_by("person_id").cache()


def newest_fact(record: Record) -> date:
    """The day on which the newest fact that began something was recorded.

    Ends and completions do not count: a source that does not say when it learnt of an end is taken
    to have known it on the day itself, which may lie years ahead.

    Raises
    ------
    DateError
        If nothing in the record has a date.
    """
    newest = []
    for name in record.names:
        table = record.class_of(name)
        recorded = table.recorded_of_row()
        if table.protected or recorded is None or not record.holds(name):
            continue
        newest.append(record.table(name)[recorded].max().to_pyarrow().as_py())
    known = [day for day in newest if day is not None]
    if not known:
        raise DateError(
            "nothing in the record has a date",
            where="report",
            remedy="say as of which day the report is made: --as-of DATE",
        )
    return max(known)
