"""What a canonical table is: typed columns with meanings and constraints, and dated facts.

The rule that must not break: a row is one or several *facts*, each with the date on which the
record knew it. A table that forgets to say when one of its columns was filled in would let the
future into every feature, so a table is checked when its class is created.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import ibis
from ibis import _

ColumnType = Literal["text", "date", "integer", "number", "boolean"]

#: The day from which a corrected row, or none, stands in place of this one, and the number of the
#: correction that a row comes from; only tables with corrections have the two columns.
SUPERSEDED, CORRECTION = "superseded_on", "correction"
OVERLAY = {SUPERSEDED: "date", CORRECTION: "int64"}

IBIS_TYPES = {
    "text": "string",
    "date": "date",
    "integer": "int64",
    "number": "float64",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, its meaning, and what its values must obey.

    Parameters
    ----------
    type : {"text", "date", "integer", "number", "boolean"}
    meaning : str
        One sentence for the reader of the record.
    required : bool
        Whether a row without a value is rejected.
    one_of : tuple of str
        The only values allowed, where the list is closed.
    references : str, optional
        ``table.column`` that must hold the value.
    not_before : str, optional
        Another date column of the same row that must not be later.
    between : (float, float), optional
        The least and the greatest value of a number column.
    stored_if_mapped : bool
        Whether files leave the column out where no mapping fills it: a column that came to a table
        later changes neither the snapshots nor the digests of those who do not have it.
    """

    type: ColumnType
    meaning: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    references: str | None = None
    not_before: str | None = None
    between: tuple[float, float] | None = None
    stored_if_mapped: bool = False


@dataclass(frozen=True)
class Fact:
    """Something that the record learnt on one day.

    `recorded` is the column with that day. `columns` are the columns that it filled in; empty
    means the row itself. Columns of no late fact belong to the row.
    """

    recorded: str
    columns: tuple[str, ...] = ()


class Table:
    """A canonical table. Subclass it with `name`, `key`, `facts` and `Column` attributes.

    A table that is `stored_if_mapped` is left out of the snapshots of agencies that do not have it,
    and read from them as empty.
    """

    name: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    facts: ClassVar[tuple[Fact, ...]] = ()
    protected: ClassVar[bool] = False
    stored_if_mapped: ClassVar[bool] = False
    columns: ClassVar[dict[str, Column]]

    def __init_subclass__(cls) -> None:
        """Collect the columns and refuse a table whose facts or keys name none of them."""
        cls.columns = {k: v for k, v in vars(cls).items() if isinstance(v, Column)}
        named = [*cls.key, *(c for fact in cls.facts for c in (fact.recorded, *fact.columns))]
        named += [c.not_before for c in cls.columns.values() if c.not_before]
        absent = sorted(set(named) - set(cls.columns))
        if absent:
            raise TypeError(f"table {cls.name!r} names columns that it does not have: {absent}")

    @classmethod
    def ibis_schema(cls) -> ibis.Schema:
        """The Ibis schema of the table, columns in the order of the class."""
        return ibis.schema({name: IBIS_TYPES[c.type] for name, c in cls.columns.items()})

    @classmethod
    def recorded_of_row(cls) -> str | None:
        """The column that says when a row became known, or None for a timeless list."""
        return next((fact.recorded for fact in cls.facts if not fact.columns), None)

    @classmethod
    def late_facts(cls) -> tuple[Fact, ...]:
        """The facts that fill in columns of a row already known."""
        return tuple(fact for fact in cls.facts if fact.columns)


def known_by(table: type[Table], rows: ibis.Table, on: ibis.Value) -> ibis.Table:
    """The rows as the record knew them by `on`: later rows gone, later columns blank.

    A row without a recorded date was always known; a late fact without one is not known yet. Of a
    row that was corrected, the version is seen that was in force on the day.

    Parameters
    ----------
    table : type[Table]
    rows : ibis.Table
        Rows of that table, or its versions; further columns pass through, `OVERLAY` does not.
    on : ibis.Value of type date
        A literal, or a column of `rows`.
    """
    if SUPERSEDED in rows.columns:
        rows = rows.filter(rows[SUPERSEDED].isnull() | (rows[SUPERSEDED] > on)).drop(*OVERLAY)
    recorded = table.recorded_of_row()
    if recorded:
        rows = rows.filter(rows[recorded].isnull() | (rows[recorded] <= on))
    blanks = {
        column: ibis.ifelse(rows[fact.recorded] <= on, rows[column], ibis.null(rows[column].type()))
        for fact in table.late_facts()
        for column in (*fact.columns, fact.recorded)
    }
    return rows.mutate(**blanks) if blanks else rows


def checked(table: type[Table], rows: ibis.Table, known: Mapping[str, ibis.Table]) -> ibis.Table:
    """Add `breach_column` and `breach` to each row: the first constraint it breaks, else null.

    Parameters
    ----------
    table : type[Table]
    rows : ibis.Table
        The table's columns, and `row`, an integer that orders them (the row of the source).
    known : mapping of table name to ibis.Table
        The accepted rows of the tables that this one refers to.
    """
    for name, column in table.columns.items():
        if column.references:
            other, key = column.references.split(".")
            ids = known[other].select(**{f"{name}__known": _[key]}).distinct()
            rows = rows.left_join(ids, rows[name] == ids[f"{name}__known"])
    branches = _breaches(table)
    rows = rows.mutate(
        breach_column=ibis.cases(*((b, name) for b, name, _why in branches), else_=None),
        breach=ibis.cases(*((b, why) for b, _name, why in branches), else_=None),
    ).drop(*[f"{n}__known" for n, c in table.columns.items() if c.references])
    # A row that is rejected anyway takes no key away from a good one.
    good = _["breach"].isnull()
    nth = ibis.row_number().over(group_by=[*(_[k] for k in table.key), good], order_by=_["row"])
    repeats = good & (_["key_occurrence"] > 0)
    return (
        rows.mutate(key_occurrence=nth)
        .mutate(
            breach_column=ibis.ifelse(repeats, table.key[0], _["breach_column"]),
            breach=ibis.ifelse(repeats, f"repeats the key ({', '.join(table.key)})", _["breach"]),
        )
        .drop("key_occurrence")
    )


def _breaches(table: type[Table]) -> list[tuple[ibis.Deferred, str, str]]:
    """Each constraint as (condition that a bad row meets, column, sentence), worst first."""
    found = []
    for name, column in table.columns.items():
        if column.required:
            found.append((_[name].isnull(), name, "is empty; a value is required"))
        if column.one_of:
            sentence = f"is none of: {', '.join(column.one_of)}"
            found.append((~_[name].isin(column.one_of), name, sentence))
        if column.between:
            least, most = column.between
            outside = (_[name] < least) | (_[name] > most)
            found.append((outside, name, f"is not between {least:g} and {most:g}"))
        if column.not_before:
            found.append((_[name] < _[column.not_before], name, f"is before {column.not_before}"))
        if column.references:
            missing = _[name].notnull() & _[f"{name}__known"].isnull()
            found.append((missing, name, f"is not in {column.references}"))
    return found
