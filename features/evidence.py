"""Evidence: how fresh the record is, of one person's career as of a date, and as a whole.

The rule that must not break: only what had been recorded by the date counts, so a fact that came
later never makes a record look fresher than it was.
"""

from datetime import date

import ibis
import pandas as pd

from features.errors import DateError
from features.tables.core import Appointment
from features.tables.record import Record
from features.tables.schema import CORRECTION, known_by


def newest_facts(record: Record, people: pd.DataFrame) -> pd.Series:
    """The day on which the newest fact about each person's career was recorded.

    A fact is the start or the end of an appointment. Other tables say nothing here: a seat that is
    renewed every few years tells nothing new about a career that ended long ago.

    Parameters
    ----------
    record : Record
    people : DataFrame, shape (n_people, 2)
        `on`, `person_id`; one row a day and person.

    Returns
    -------
    Series of datetime64, shape (n_people,)
        Under the index of `people`; NaT where the record knew of no appointment by then.
    """
    keys = pd.DataFrame(
        {"on": pd.to_datetime(people["on"]), "person_id": people["person_id"].astype("str")}
    )
    asked = ibis.memtable(keys).mutate(on=ibis._["on"].cast("date"))
    rows = asked.join(record.versions(Appointment.name), "person_id")
    rows = known_by(Appointment, rows, rows.on)
    newest_on = ibis.greatest(rows.start_recorded_on.max(), rows.end_recorded_on.max())
    newest = rows.group_by("on", "person_id").agg(newest_on=newest_on).to_pandas()
    newest = newest.assign(on=pd.to_datetime(newest["on"])).astype(keys.dtypes)
    found = keys.merge(newest, how="left", on=["on", "person_id"], validate="many_to_one")
    return pd.to_datetime(found["newest_on"]).set_axis(people.index)


def recorded_between(record: Record) -> tuple[date, date] | None:
    """The days on which the oldest and the newest fact about appointments were recorded.

    None where nothing was recorded. An appointment that was announced and has not begun is a fact
    of the day on which it was announced.
    """
    rows = record.versions(Appointment.name)
    if CORRECTION in rows.columns:
        # What people corrected later says nothing of how far the exports reach.
        rows = rows.filter(rows[CORRECTION].isnull())
    began, ended = rows.start_recorded_on, rows.end_recorded_on
    found = rows.agg(oldest=began.min(), newest=ibis.greatest(began.max(), ended.max()))
    days = found.to_pyarrow().to_pylist()[0]
    return None if days["oldest"] is None else (days["oldest"], days["newest"])


def require_recorded(recorded: tuple[date, date] | None, as_of: date) -> date:
    """Refuse a date before which nothing was recorded; else the day of the newest fact.

    Parameters
    ----------
    recorded : tuple of date and date, or None
        What `recorded_between` returns.

    Raises
    ------
    DateError
    """
    if recorded is None or as_of <= recorded[0]:
        raise DateError(
            "nothing had been recorded by then",
            where=f"as of {as_of}",
            expected=f"a date after {recorded[0]}" if recorded else "a record of appointments",
        )
    return recorded[1]
