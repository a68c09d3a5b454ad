"""The gate of a mapping: the one documented door from a protected attribute to the pool.

Each rule answers *met*, *not met* or *needs checking*; what the record does not hold is *needs
checking*, never *not met*. The rule that must not break: the values of a protected attribute are
compared in here and never leave.
"""

import ibis
import pandas as pd
from ibis import _

from features.agencies.rules import GateRule
from features.policy.pool import days_table, keys
from features.policy.statuses import STATUSES
from features.tables.core import Appointment
from features.tables.protected_attributes import held_on
from features.tables.record import Record
from features.tables.schema import known_by


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
    on = days_table(people["on"].unique())
    values = held_on(record, rule.attribute, on).to_pandas()
    holders = _holders(record, rule.holder_of, on).to_pandas()
    of_holders = values.merge(holders, on=["on", "person_id"])[["on", "value"]].drop_duplicates()
    shared = values.merge(of_holders, on=["on", "value"])
    wanted = pd.MultiIndex.from_frame(keys(people))
    status = pd.Series("not met", index=people.index)
    status[wanted.isin(pd.MultiIndex.from_frame(keys(shared)))] = "met"
    unknown = ~wanted.isin(pd.MultiIndex.from_frame(keys(values)))
    no_holder = ~pd.to_datetime(people["on"]).isin(pd.to_datetime(of_holders["on"]))
    status[unknown | no_holder.to_numpy()] = "needs checking"
    return status


def _holders(record: Record, classes: tuple[str, ...], on: ibis.Table) -> ibis.Table:
    """People who hold a post of the classes on each day."""
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(classes)).select("post_id")
    held = on.cross_join(record.versions("appointment").semi_join(posts, "post_id"))
    held = known_by(Appointment, held.filter(_.start_on <= _.on), held.on)
    lasting = held.filter(_.end_on.isnull() | (_.end_on >= _.on))
    return lasting.select("on", "person_id").distinct()
