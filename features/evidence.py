"""Evidence: how fresh the record of a person's career is, as of a date.

The rule that must not break: only what had been recorded by the date counts, so a fact that came
later never makes a record look fresher than it was.
"""

import ibis
import pandas as pd

from features.tables.core import Appointment
from features.tables.record import Record
from features.tables.schema import known_by


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
    rows = asked.join(record.table(Appointment.name), "person_id")
    rows = known_by(Appointment, rows, rows.on)
    newest_on = ibis.greatest(rows.start_recorded_on.max(), rows.end_recorded_on.max())
    newest = rows.group_by("on", "person_id").agg(newest_on=newest_on).to_pandas()
    newest = newest.assign(on=pd.to_datetime(newest["on"])).astype(keys.dtypes)
    found = keys.merge(newest, how="left", on=["on", "person_id"], validate="many_to_one")
    return pd.to_datetime(found["newest_on"]).set_axis(people.index)
