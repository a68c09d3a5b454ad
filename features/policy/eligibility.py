"""Who can be ranked on a day, and who meets the rules of the gate.

The rules are an agency's own, written in its mapping. Each answers *met*, *not met* or *needs
checking*; what the record does not hold is *needs checking*, never *not met*. The rule that must
not break: the values of a protected attribute are compared in here and never leave.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import ibis
import pandas as pd
from ibis import _

from features.agencies.rules import GateRule, Pool
from features.asof import DAYS_PER_YEAR
from features.tables.core import Appointment, Membership
from features.tables.protected_attributes import held_on
from features.tables.record import Record
from features.tables.schema import known_by

Status = Literal["met", "not met", "needs checking"]
STATUSES: tuple[Status, ...] = ("met", "needs checking", "not met")


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
    everybody = _days(days).cross_join(record.table("person").select("person_id"))
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
    asked = ibis.memtable(_keys(people).drop_duplicates()).mutate(on=_.on.cast("date"))
    found = _keys(_who_can(record, pool, asked).to_pandas())
    is_among = pd.MultiIndex.from_frame(_keys(people)).isin(pd.MultiIndex.from_frame(found))
    return pd.Series(is_among, index=people.index)


def _who_can(record: Record, pool: Pool, people: ibis.Table) -> ibis.Table:
    """Those of some people and days (`on`, `person_id`) who can be ranked."""
    appointed = people.join(record.table("appointment"), "person_id")
    appointed = appointed.filter(_.start_recorded_on < _.on, _.start_on < _.on)
    kept = people
    if pool.appointed_before:
        kept = kept.semi_join(appointed, ["on", "person_id"])
    if pool.in_post_within_years is not None:
        known = known_by(Appointment, appointed, appointed.on)
        days_ago = int(pool.in_post_within_years * DAYS_PER_YEAR)
        recent = known.end_on.isnull() | (known.on.delta(known.end_on, unit="day") <= days_ago)
        kept = kept.semi_join(known.filter(recent), ["on", "person_id"])
    if pool.in_service or pool.in_classes is not None:
        known = known_by(Appointment, appointed, appointed.on)
        held = known.filter(known.end_on.isnull() | (known.end_on >= known.on))
        if pool.in_service:
            kept = kept.semi_join(held, ["on", "person_id"])
        if pool.in_classes is not None:
            posts = record.table("post").filter(_.post_class.isin(pool.in_classes))
            held = held.filter(_.kind == "definitive").semi_join(posts, "post_id")
            kept = kept.semi_join(held, ["on", "person_id"])
    if pool.member_of is not None:
        kept = kept.semi_join(_sitting(record, pool.member_of, people), ["on", "person_id"])
    return kept


def gate(record: Record, rules: tuple[GateRule, ...], people: pd.DataFrame) -> pd.DataFrame:
    """What each rule says of each person on each day.

    Parameters
    ----------
    record : Record
    rules : tuple of GateRule
        The gate section of a mapping.
    people : DataFrame
        `on`, `person_id`.

    Returns
    -------
    DataFrame under the index of `people`
        One column a rule, named by its id, with *met*, *not met* or *needs checking*.
    """
    answers = {rule.id: _shares_attribute_with_holder(record, rule, people) for rule in rules}
    return pd.DataFrame(answers, index=people.index)


def overall(answers: pd.DataFrame) -> pd.Series:
    """One status for all rules of each person: the worst; without rules, *needs checking*.

    >>> overall(pd.DataFrame({"a": ["met", "met"], "b": ["met", "not met"]})).tolist()
    ['met', 'not met']
    """
    if answers.shape[1] == 0:
        return pd.Series("needs checking", index=answers.index)
    worst = answers.apply(lambda rule: rule.map(STATUSES.index)).max(axis=1)
    return worst.map(lambda place: STATUSES[place])


def _shares_attribute_with_holder(
    record: Record, rule: GateRule, people: pd.DataFrame
) -> pd.Series:
    """Whether each person's value is that of somebody who holds a post of the classes named."""
    on = _days(people["on"].unique())
    values = held_on(record, rule.attribute, on).to_pandas()
    holders = _holders(record, rule.holder_of, on).to_pandas()
    of_holders = values.merge(holders, on=["on", "person_id"])[["on", "value"]].drop_duplicates()
    shared = values.merge(of_holders, on=["on", "value"])
    wanted = pd.MultiIndex.from_frame(_keys(people))
    status = pd.Series("not met", index=people.index)
    status[wanted.isin(pd.MultiIndex.from_frame(_keys(shared)))] = "met"
    unknown = ~wanted.isin(pd.MultiIndex.from_frame(_keys(values)))
    no_holder = ~pd.to_datetime(people["on"]).isin(pd.to_datetime(of_holders["on"]))
    status[unknown | no_holder.to_numpy()] = "needs checking"
    return status


def _holders(record: Record, classes: tuple[str, ...], on: ibis.Table) -> ibis.Table:
    """People who hold a post of the classes on each day."""
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(classes)).select("post_id")
    held = on.cross_join(record.table("appointment").semi_join(posts, "post_id"))
    held = known_by(Appointment, held.filter(_.start_on <= _.on), held.on)
    lasting = held.filter(_.end_on.isnull() | (_.end_on >= _.on))
    return lasting.select("on", "person_id").distinct()


def _sitting(record: Record, bodies: tuple[str, ...], people: ibis.Table) -> ibis.Table:
    """Those of some people and days who are members of the bodies."""
    spells = people.join(record.table("membership").filter(_.body.isin(bodies)), "person_id")
    spells = known_by(Membership, spells.filter(_.start_on <= _.on), spells.on)
    return spells.filter(_.end_on.isnull() | (_.end_on >= _.on))


def _days(days: Iterable[date]) -> ibis.Table:
    frame = pd.DataFrame({"on": pd.to_datetime(pd.Series(list(days)).drop_duplicates())})
    return ibis.memtable(frame).mutate(on=_.on.cast("date"))


def _in_order(rows: ibis.Table) -> pd.DataFrame:
    return _keys(rows.distinct().order_by("on", "person_id").to_pandas())


def _keys(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"on": pd.to_datetime(rows["on"]), "person_id": rows["person_id"].astype("str")}
    )
