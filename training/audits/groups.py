"""Groups of people on the day of a decision: sex and band of age, for audits and nothing else.

The rule that must not break: this is the one room of training that reads the table of protected
attributes; what leaves it is the name of a group beside a row that a model has long scored, and
who is of no known group is in none: there is no group "unknown" that anybody could be judged as.
"""

from typing import Final

import ibis
import pandas as pd
from ibis import _

from features.policy.dates import birthdays
from features.tables.protected_attributes import ProtectedAttribute, attribute_versions
from features.tables.record import Record
from features.tables.schema import known_by

#: The attributes that audits tell apart, in this order.
ATTRIBUTES: Final = ("sex", "age_band")
#: The ages at which a band ends, and the names of the bands.
AGES: Final = (35, 45, 55)
BANDS: Final = ("under 35", "35-44", "45-54", "55 and over")


def groups(record: Record, rows: pd.DataFrame) -> pd.DataFrame:
    """The sex and the band of age of each person on a day, as the record knew them by that day.

    Parameters
    ----------
    record : Record
    rows : DataFrame, one row a person and day
        `person_id`, `on`.

    Returns
    -------
    DataFrame, under the index of `rows`
        `sex`, as the record writes it, and `age_band`, one of `BANDS`; missing where the record
        does not say, or says two things.
    """
    asked = pd.DataFrame(
        {"person_id": rows["person_id"].astype("str"), "on": pd.to_datetime(rows["on"])}
    )
    once = asked.drop_duplicates(ignore_index=True)
    spine = ibis.memtable(once.rename(columns={"on": "as_of"}).assign(nr=range(len(once))))
    spine = spine.mutate(as_of=_.as_of.cast("date"))
    found = once.assign(
        sex=_sex(record, spine).reindex(once.index),
        age_band=_age_band(record, spine).reindex(once.index),
    )
    joined = asked.merge(found, how="left", on=["person_id", "on"], validate="many_to_one")
    return joined[list(ATTRIBUTES)].set_axis(rows.index)


def _sex(record: Record, spine: ibis.Table) -> pd.Series:
    """The one value on record for each number of the spine that has one."""
    held = attribute_versions(record).filter(_.attribute == "sex")
    rows = spine.join(held, "person_id")
    rows = known_by(ProtectedAttribute, rows, rows.as_of)
    begun = rows.from_on.isnull() | (rows.from_on <= rows.as_of)
    lasting = rows.until_on.isnull() | (rows.until_on >= rows.as_of)
    told = rows.filter(begun & lasting).group_by("nr")
    told = told.agg(n=_.value.nunique(), value=_.value.min()).filter(_.n == 1)
    return told.to_pandas().set_index("nr")["value"].astype(object)


def _age_band(record: Record, spine: ibis.Table) -> pd.Series:
    """The band of age for each number of the spine whose birth date is known."""
    reached = birthdays(record, spine, AGES).join(spine.select("nr", "as_of"), "nr")
    columns = [f"reaches_{age}_on" for age in AGES]
    told = reached.select("nr", "as_of", *columns).to_pandas()
    day = pd.to_datetime(told["as_of"])
    told["n_reached"] = sum((pd.to_datetime(told[c]) <= day).astype(int) for c in columns)
    return told.set_index("nr")["n_reached"].map(dict(enumerate(BANDS))).astype(object)
