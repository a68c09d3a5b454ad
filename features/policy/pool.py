"""Who can be ranked on a day: the pool of an agency's mapping.

The rule that must not break: nobody is a candidate because of having been chosen, on the day itself
or ahead of it.
"""

from collections.abc import Iterable
from datetime import date

import ibis
import pandas as pd
from ibis import _

from features.agencies.rules import Pool
from features.asof import DAYS_PER_YEAR
from features.tables.core import Appointment, Membership
from features.tables.record import Record
from features.tables.schema import known_by


def rankable(record: Record, pool: Pool, days: Iterable[date]) -> pd.DataFrame:
    """People who can be ranked on each day of decision.

    Parameters
    ----------
    record : Record
    pool : Pool
        The pool section of a mapping.
    days : iterable of date
        Days of decision. An appointment counts if it began and was recorded *before* the day, so
        that nobody is a candidate because of having been chosen, on the day itself or ahead of it;
        its end counts if it was known by the day, and its last day is a day in post. A membership
        counts if it was known by the day and lasts on it.

    Returns
    -------
    DataFrame, one row a day and person, in that order
        `on` (datetime64), `person_id`.
    """
    everybody = days_table(days).cross_join(record.table("person").select("person_id"))
    return _in_order(_who_can(record, pool, everybody))


def can_be_ranked(record: Record, pool: Pool, people: pd.DataFrame) -> pd.Series:
    """Whether each person could be ranked on a day; see `rankable`.

    Parameters
    ----------
    record : Record
    pool : Pool
    people : DataFrame, shape (n_rows, 2)
        `on`, `person_id`.

    Returns
    -------
    Series of bool, shape (n_rows,)
        Under the index of `people`.
    """
    asked = ibis.memtable(keys(people).drop_duplicates()).mutate(on=_.on.cast("date"))
    found = keys(_who_can(record, pool, asked).to_pandas())
    is_among = pd.MultiIndex.from_frame(keys(people)).isin(pd.MultiIndex.from_frame(found))
    return pd.Series(is_among, index=people.index)


def _who_can(record: Record, pool: Pool, people: ibis.Table) -> ibis.Table:
    """Those of some people and days (`on`, `person_id`) who can be ranked."""
    appointed = people.join(record.versions("appointment"), "person_id")
    appointed = known_by(Appointment, appointed, appointed.on)
    appointed = appointed.filter(_.start_recorded_on < _.on, _.start_on < _.on)
    kept = people
    if pool.appointed_before:
        kept = kept.semi_join(appointed, ["on", "person_id"])
    if pool.in_post_within_years is not None:
        days_ago = int(pool.in_post_within_years * DAYS_PER_YEAR)
        recent = _.end_on.isnull() | (_.on.delta(_.end_on, unit="day") <= days_ago)
        kept = kept.semi_join(appointed.filter(recent), ["on", "person_id"])
    if pool.in_service or pool.in_classes is not None:
        held = appointed.filter(_.end_on.isnull() | (_.end_on >= _.on))
        if pool.in_service:
            kept = kept.semi_join(held, ["on", "person_id"])
        if pool.in_classes is not None:
            posts = record.table("post").filter(_.post_class.isin(pool.in_classes))
            held = held.filter(_.kind == "definitive").semi_join(posts, "post_id")
            kept = kept.semi_join(held, ["on", "person_id"])
    if pool.member_of is not None:
        kept = kept.semi_join(_sitting(record, pool.member_of, people), ["on", "person_id"])
    return kept


def _sitting(record: Record, bodies: tuple[str, ...], people: ibis.Table) -> ibis.Table:
    """Those of some people and days who are members of the bodies."""
    spells = people.join(record.versions("membership").filter(_.body.isin(bodies)), "person_id")
    spells = known_by(Membership, spells.filter(_.start_on <= _.on), spells.on)
    return spells.filter(_.end_on.isnull() | (_.end_on >= _.on))


def days_table(days: Iterable[date]) -> ibis.Table:
    """Days as a table of one column, `on`, each once."""
    frame = pd.DataFrame({"on": pd.to_datetime(pd.Series(list(days)).drop_duplicates())})
    return ibis.memtable(frame).mutate(on=_.on.cast("date"))


def _in_order(rows: ibis.Table) -> pd.DataFrame:
    return keys(rows.distinct().order_by("on", "person_id").to_pandas())


def keys(rows: pd.DataFrame) -> pd.DataFrame:
    """`on` and `person_id` of rows, as the engine takes them."""
    return pd.DataFrame(
        {"on": pd.to_datetime(rows["on"]), "person_id": rows["person_id"].astype("str")}
    )
