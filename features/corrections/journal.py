"""Corrections as they are kept: what was wrong, what is right, from which day that is known.

The rule that must not break: a correction is added and never changed; taking one back is one more
entry. The exports stay as they were sent.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from features.journal import Entry, Journal
from features.tables.schema import Column

FOLDER, NAME = "corrections", "corrections"
Action = Literal["correct", "withdraw", "add"]
Cell = str | int | float | bool | date | None
Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Correction:
    """A correction that was not taken back.

    Parameters
    ----------
    number : int
    action : {"correct", "withdraw", "add"}
        Another value in one cell; a row that should not be there; a row that is missing.
    table : str
    key : tuple of str or None
        Of the row as the exports have it, in the order of the table's key; cells as text.
    column : str or None
    value, was : str or None
        What is right, and what the exports said when the correction was made; of one cell.
    values : mapping of str to str or None
        Of the whole row: what to add, or what the exports said when the correction was made.
    known_on : date
        The day from which the record knows it.
    evidence : str
        The document that shows it.
    at, by, why : str
    """

    number: int
    action: Action
    table: str
    key: Key
    column: str | None
    value: str | None
    was: str | None
    known_on: date
    evidence: str
    at: str
    by: str
    why: str
    values: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def row(self) -> tuple[str, Key]:
        """Which row is meant."""
        return self.table, self.key


def journal(home: Path) -> Journal:
    """The journal of corrections of a home."""
    return Journal(home, FOLDER, NAME)


def in_force(entries: Iterable[Entry]) -> tuple[Correction, ...]:
    """The corrections that were not taken back, in the order in which they were made."""
    found: dict[int, Correction] = {}
    for entry in entries:
        content = entry.content
        if content["action"] == "undo":
            found.pop(content["undoes"], None)
        else:
            found[entry.number] = _correction(entry, content)
    return tuple(found.values())


def digest_of(corrections: Iterable[Correction]) -> str:
    """SHA-256 of what corrections do to a snapshot, 64 hexadecimal digits."""
    told = [
        [c.number, c.action, c.table, c.key, c.column, c.value, c.was,
         dict(sorted(c.values.items())), c.known_on.isoformat()]
        for c in corrections
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def as_text(cell: Cell) -> str | None:
    """The text of a cell of a canonical table.

    >>> as_text(date(2020, 1, 2)), as_text(3), as_text(None)
    ('2020-01-02', '3', None)
    """
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat() if isinstance(cell, date) else repr(cell)


def typed(column: Column, text: str | None) -> Cell:
    """The value that a text has in a column.

    Raises
    ------
    ValueError
        If it has none.

    Examples
    --------
    >>> typed(Column("date", "Day."), "2020-01-02")
    datetime.date(2020, 1, 2)
    """
    if text is None:
        return None
    if column.type == "date":
        return date.fromisoformat(text)
    if column.type == "integer":
        return int(text)
    if column.type == "number":
        number = float(text)
        if number - number != 0:
            raise ValueError("no number")
        return number
    if column.type == "boolean":
        return {"true": True, "false": False}[text]
    return text


def _correction(entry: Entry, content: Mapping[str, Any]) -> Correction:
    return Correction(
        number=entry.number,
        action=content["action"],
        table=content["table"],
        key=tuple(content["key"]),
        column=content.get("column"),
        value=content.get("value"),
        was=content.get("was"),
        values=content.get("values", {}),
        known_on=date.fromisoformat(content["known_on"]),
        evidence=content["evidence"],
        at=entry.at,
        by=entry.by,
        why=entry.why,
    )
