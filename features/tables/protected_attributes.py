"""The table of protected attributes, and the one way to read it.

The rule that must not break: nothing in here reaches a feature, a label, a weight or a target.
Only `features.agencies` writes it; only the gate of a mapping (`features.policy.gate`), the days of
age and retirement (`features.policy.dates`, which gives out days of rules and nothing else), the
leak guard (`features.leakage`, which shuffles it to prove that nothing listens), the identity
linter (`features.identity_linter`, which refuses tables that copy it) and the groups of audits
(`training.audits.groups`) may import this module: a contract of import-linter says so. NIPs and
names of an agency with an identity store are not in it.
"""

import ibis

from features.tables.record import Record
from features.tables.schema import Column, Fact, Table, known_by

PROTECTED_ATTRIBUTES = (
    "sex",
    "birth_date",
    "race",
    "colour",
    "ethnicity",
    "religion",
    "political_background",
    "marital_status",
    "origin",
    "disability",
    "name",
    "nip",
)


class ProtectedAttribute(Table):
    """One attribute of one person for a period; the period is empty where it never changes."""

    name = "protected_attribute"
    key = ("person_id", "attribute", "value", "from_on")
    facts = (Fact("recorded_on"), Fact("until_recorded_on", ("until_on",)))
    protected = True

    person_id = Column("text", "The person.", required=True, references="person.person_id")
    attribute = Column("text", "Which attribute.", required=True, one_of=PROTECTED_ATTRIBUTES)
    value = Column("text", "Its value.", required=True)
    from_on = Column("date", "First day of the value; empty: always.")
    recorded_on = Column("date", "When the record knew it; empty: always.")
    until_on = Column("date", "Last day of the value; empty: until now.", not_before="from_on")
    until_recorded_on = Column("date", "When the record knew the end.")


def attributes(record: Record) -> ibis.Table:
    """All rows of the table, for those who may read it."""
    return record.protected_table(ProtectedAttribute.name)


def attribute_versions(record: Record) -> ibis.Table:
    """All rows of the table with those that a correction has put an end to; see `known_by`."""
    return record.protected_versions(ProtectedAttribute.name)


def held_on(record: Record, attribute: str, days: ibis.Table) -> ibis.Table:
    """Each person's value of one attribute on each day, as the record knew it by that day.

    Parameters
    ----------
    days : ibis.Table
        One column, `on`.

    Returns
    -------
    ibis.Table
        `on`, `person_id`, `value`; a person with two values on a day has two rows.
    """
    rows = attribute_versions(record)
    rows = rows.mutate(recorded_on=rows.recorded_on.coalesce(rows.from_on, ibis.date(1, 1, 1)))
    rows = days.cross_join(rows.filter(rows.attribute == attribute))
    rows = known_by(ProtectedAttribute, rows, rows.on)
    begun = rows.from_on.isnull() | (rows.from_on <= rows.on)
    lasting = rows.until_on.isnull() | (rows.until_on >= rows.on)
    return rows.filter(begun & lasting).select("on", "person_id", "value").distinct()
