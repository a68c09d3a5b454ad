"""The versions of one row: as the exports have it, and as each correction leaves it.

The rule that must not break: a correction is not seen on a day before the one on which it was
known, and what was seen on such a day before the correction was made is seen on it afterwards. A
table whose rows have no day on which the record knew them has one version, for every day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from features.corrections.journal import Cell, Correction, typed
from features.tables.schema import Fact, Table

Row = Mapping[str, Cell]
LONG_AGO = date(1, 1, 1)


@dataclass(frozen=True)
class RowVersion:
    """A row as it stands from one day to another.

    Parameters
    ----------
    row : mapping of str to cell
    correction : int or None
        The correction that it comes from; None: the exports.
    begins_on : date
        The day from which it stands in place of the version before.
    superseded_on : date or None
        The day from which it does not stand any more.
    """

    row: Row
    correction: int | None = None
    begins_on: date = LONG_AGO
    superseded_on: date | None = None


def has_versions(table: type[Table]) -> bool:
    """Whether rows of a table have a day on which the record knew them."""
    return table.recorded_of_row() is not None


def versions_of(
    table: type[Table], source: Row | None, corrections: Sequence[Correction]
) -> list[RowVersion]:
    """All versions of a row that can be seen on some day.

    Parameters
    ----------
    table : type[Table]
    source : mapping of str to cell, optional
        The row as the exports have it now, if they have.
    corrections : sequence of Correction
        Of this row, in the order in which they count.

    Returns
    -------
    list of RowVersion
        At most one of them without `superseded_on`: the row as it is now.
    """
    versions: list[RowVersion] = []
    if source is not None:
        versions = [RowVersion(_as_it_was(table, source, corrections))]
    done: set[str] = set()
    for one in corrections:
        if one.action == "add":
            versions = _added(table, source, one)
        elif not has_versions(table):
            versions = [_replaced(table, version, one) for version in versions]
            versions = [] if one.action == "withdraw" else versions
        elif one.action == "withdraw":
            versions = _ended(versions, one.known_on)
        else:
            told = _told_with(table, one, source, done)
            versions = [v for version in versions for v in _corrected(table, version, one, told)]
        done.add(one.column or "")
    return [version for version in versions if _can_be_seen(table, version)]


def added_row(table: type[Table], one: Correction) -> Row:
    """The row that a correction adds, known from its own day."""
    row: dict[str, Cell] = {
        name: typed(column, one.values.get(name)) for name, column in table.columns.items()
    }
    for fact in table.facts:
        is_told = not fact.columns or any(row[column] is not None for column in fact.columns)
        row[fact.recorded] = one.known_on if is_told else None
    if "sequence" in table.columns and row["sequence"] is None:
        row["sequence"] = one.number
    return row


def fact_of(table: type[Table], column: str) -> Fact | None:
    """The fact that a column belongs to: a late one that fills it in, or that of the row."""
    late = next((fact for fact in table.late_facts() if column in fact.columns), None)
    return late or next((fact for fact in table.facts if not fact.columns), None)


def _as_it_was(table: type[Table], source: Row, corrections: Sequence[Correction]) -> Row:
    """The row of the exports with what they said of corrected cells when that was corrected."""
    row = dict(source)
    if not has_versions(table):
        return row
    seen: set[str] = set()
    for one in corrections:
        if one.action != "correct" or one.column is None or one.column in seen:
            continue
        seen.add(one.column)
        was = typed(table.columns[one.column], one.was)
        if row[one.column] != was:
            row[one.column] = was
            fact = fact_of(table, one.column)
            # What the exports tell with it by now, they did not tell then.
            for name in (*fact.columns, fact.recorded) if fact else ():
                row[name] = typed(table.columns[name], one.values.get(name))
    return row


def _added(table: type[Table], source: Row | None, one: Correction) -> list[RowVersion]:
    """An added row, and the one that the exports have of the same key by now."""
    own = RowVersion(added_row(table, one), one.number, one.known_on)
    if source is None:
        return [own]
    recorded = table.recorded_of_row()
    if agrees(table, source, one):
        known_on = source[recorded] if recorded else None
        if not isinstance(known_on, date) or known_on <= one.known_on:
            return [RowVersion(source)]
        # The exports learn it later than the correction did.
        return [replace(own, superseded_on=known_on), RowVersion(source, None, known_on)]
    if recorded is None:
        return [own]
    return [RowVersion(source, superseded_on=one.known_on), own]


def agrees(table: type[Table], source: Row, one: Correction) -> bool:
    """Whether the exports say of a row what a correction adds."""
    return all(
        source[name] == typed(table.columns[name], text)
        for name, text in one.values.items()
        if text is not None
    )


def _ended(versions: Sequence[RowVersion], on: date) -> list[RowVersion]:
    """Versions that a row has until it is withdrawn."""
    begun = [version for version in versions if version.begins_on < on]
    return [
        version
        if version.superseded_on is not None and version.superseded_on <= on
        else replace(version, superseded_on=on)
        for version in begun
    ]


def _told_with(
    table: type[Table], one: Correction, source: Row | None, done: Collection[str]
) -> Row | None:
    """What the exports tell by now with the late fact that a correction is about, and since when.

    Cells that were corrected before are left out: they are known by their own corrections.
    """
    fact = fact_of(table, one.column or "")
    if fact is None or not fact.columns or source is None:
        return None
    others = [name for name in fact.columns if name != one.column and name not in done]
    return {name: source[name] for name in (*others, fact.recorded)}


def _corrected(
    table: type[Table], version: RowVersion, one: Correction, told: Row | None
) -> list[RowVersion]:
    """A version that a correction leaves as it is, changes, or cuts in two."""
    on = one.known_on
    if version.superseded_on is not None and version.superseded_on <= on:
        return [version]
    if version.begins_on >= on:
        return [replace(version, row=_with_value(table, version.row, one), correction=one.number)]
    before = replace(version, superseded_on=on)
    later = RowVersion(
        _raised(table, _with_value(table, version.row, one), on),
        one.number,
        on,
        version.superseded_on,
    )
    return [before, *_known_with_it(table, later, one, told)]


def _known_with_it(
    table: type[Table], later: RowVersion, one: Correction, told: Row | None
) -> list[RowVersion]:
    """The corrected version, with the day on which the corrected late fact is known.

    What the exports tell with the same fact, such as the reason of an end, they may tell later than
    the correction: until then it is not seen.
    """
    fact = fact_of(table, one.column or "")
    if fact is None or not fact.columns:
        return [later]
    told = told or {}
    others = [name for name in told if name != fact.recorded]
    hidden = {**later.row, **dict.fromkeys(others), fact.recorded: one.known_on}
    shown = {**later.row, **told}
    told_on = told.get(fact.recorded)
    if not isinstance(told_on, date):
        return [replace(later, row=hidden)]
    if told_on <= one.known_on:
        return [replace(later, row={**shown, fact.recorded: one.known_on})]
    is_over = later.superseded_on is not None and later.superseded_on <= told_on
    if is_over or all(told[name] is None for name in others):
        return [replace(later, row=hidden)]
    until_told = replace(later, row=hidden, superseded_on=told_on)
    from_then = replace(later, row=_raised(table, shown, told_on), begins_on=told_on)
    return [until_told, from_then]


def _replaced(table: type[Table], version: RowVersion, one: Correction) -> RowVersion:
    """The one version of a row whose table has no versions."""
    if one.action == "withdraw":
        return version
    row = dict(_with_value(table, version.row, one))
    fact = fact_of(table, one.column or "")
    if fact is not None:
        row[fact.recorded] = one.known_on
    return replace(version, row=row, correction=one.number)


def _with_value(table: type[Table], row: Row, one: Correction) -> Row:
    assert one.column is not None
    return {**row, one.column: typed(table.columns[one.column], one.value)}


def _raised(table: type[Table], row: Row, on: date) -> Row:
    """A row that the record does not know before a day."""
    recorded = table.recorded_of_row()
    assert recorded is not None
    known_on = row[recorded]
    return {**row, recorded: max(known_on, on) if isinstance(known_on, date) else on}


def _can_be_seen(table: type[Table], version: RowVersion) -> bool:
    recorded = table.recorded_of_row()
    known_on = version.row[recorded] if recorded else None
    if version.superseded_on is None or not isinstance(known_on, date):
        return True
    return known_on < version.superseded_on
