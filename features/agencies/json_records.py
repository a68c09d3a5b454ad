"""JSON export files: a list of objects somewhere inside a document, one object a row.

The rule that must not break: an object that says a thing twice is malformed; nobody chooses which
of the two was meant.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.agencies.cells import HALF, Cut, Malformed, as_text, column_names, require_size
from features.errors import IntakeError

_MAY_HOLD_HALVES = re.compile(r"\\u[dD][89abcdefABCDEF]")


class _Twice(dict):
    """An object that names a field twice, with all that it says."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def cut_json(path: Path, place: str | None, promised: Sequence[str] = ()) -> Cut:
    """The objects of a list in a document; their fields, in order of appearance, are the columns.

    Parameters
    ----------
    path : Path
    place : str, optional
        Names of the fields that lead to the list, parted by dots; None: the document is the list.
    promised : sequence of str
        Fields that are columns even where no object has them.

    Raises
    ------
    IntakeError
        If the file is no JSON in UTF-8, there is no list of objects at the place, or their fields
        cannot name columns.
    """
    require_size(path)
    text = _text(path)
    hook = ObjectHook()
    records = _found(_document(text, path, hook), place, path)
    found = (field for record in records if isinstance(record, dict) for field in record)
    fields = list(dict.fromkeys((*promised, *found)))
    names = names_of(fields, path)
    return Cut(names, _rows(records, fields, path, suspect=is_suspect(text, hook)))


def names_of(fields: Sequence[str], where: Path | str) -> list[str]:
    """The columns that fields of objects make.

    Raises
    ------
    IntakeError
        If there are none, or they cannot name columns.
    """
    if not fields:
        raise IntakeError(
            "it holds no objects, so what its columns are cannot be told",
            where=str(where),
            expected="objects with fields",
            remedy="name the `fields` in the mapping, so that the list may be empty",
        )
    return column_names(fields, where)


class ObjectHook:
    """Makes objects, and remembers whether any of them said a thing twice."""

    def __init__(self) -> None:
        self.saw_twice = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these fields."""
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self.saw_twice = True
        return _Twice(pairs)


class NotJsonError(Exception):
    """A text that is no JSON: what is wrong, and the line and column where that can be told.

    What the parser says names signs of JSON and never quotes the text.
    """

    def __init__(self, what: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(what)
        self.what, self.line, self.column = what, line, column


def parsed(text: str, hook: ObjectHook) -> Any:
    """What a JSON text says.

    Raises
    ------
    NotJsonError
    """
    try:
        return json.loads(text, object_pairs_hook=hook, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None
    except ValueError:
        raise NotJsonError("a number has too many digits") from None


def is_suspect(text: str, hook: ObjectHook) -> bool:
    """Whether a record of a text may be malformed, so that each must be looked through."""
    return hook.saw_twice or _MAY_HOLD_HALVES.search(text) is not None


def row_of(record: Any, fields: Sequence[str], *, suspect: bool) -> list[str | None] | Malformed:
    """The cells of a record, or why it has none."""
    if not isinstance(record, dict):
        return Malformed("is not an object", raw_text(record))
    if suspect and _holds_twice(record):
        return Malformed("names a field twice", raw_text(record))
    cells = [as_text(record.get(field)) for field in fields]
    if suspect and any(cell and HALF.search(cell) for cell in cells):
        return Malformed("holds half a character", raw_text(record))
    return cells


def raw_text(value: Any) -> str:
    """The JSON text of a record, with all that it says; halves of characters escaped."""
    if isinstance(value, _Twice):
        return f"{{{','.join(f'{raw_text(k)}:{raw_text(v)}' for k, v in value.pairs)}}}"
    if isinstance(value, dict):
        return f"{{{','.join(f'{raw_text(k)}:{raw_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(raw_text(v) for v in value)}]"
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if HALF.search(text) else text


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntakeError(
            "the file is not in UTF-8",
            where=f"{path}, byte {error.start + 1:,}",
            remedy="export it again in UTF-8",
        ) from None
    if not text.strip():
        raise IntakeError("the file is empty", where=str(path), expected="a list of objects")
    return text


def _document(text: str, path: Path, hook: ObjectHook) -> Any:
    try:
        return parsed(text, hook)
    except NotJsonError as error:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        raise IntakeError(
            f"the file is not JSON: {error.what}",
            where=f"{path}{place}",
            remedy="export the file again",
        ) from None


def _no_constant(_word: str) -> None:
    raise NotJsonError("NaN and Infinity are no JSON")


def _found(document: Any, place: str | None, path: Path) -> list[Any]:
    here, trodden = document, "the document"
    for name in place.split(".") if place else ():
        if not isinstance(here, dict) or name not in here:
            existing = ", ".join(list(here)[:20]) if isinstance(here, dict) else "no field"
            raise IntakeError(
                f"{trodden} has no field {name!r}",
                where=str(path),
                expected=f"one of: {existing or 'no field'}",
                remedy="mend `records` in the mapping, or export the file again",
            )
        here, trodden = here[name], f"the field {name!r}"
    if isinstance(here, list):
        return here
    lists = [f for f, v in here.items() if isinstance(v, list)] if isinstance(here, dict) else []
    raise IntakeError(
        f"{trodden} is no list of records",
        where=str(path),
        expected=f"a list; there are some at: {', '.join(lists[:20])}" if lists else "a list",
        remedy="say where it is with `records` in the mapping, or export the file again",
    )


def _rows(
    records: list[Any], fields: list[str], path: Path, *, suspect: bool
) -> Iterator[list[str | None] | Malformed]:
    try:
        for record in records:
            yield row_of(record, fields, suspect=suspect)
    except RecursionError:
        raise IntakeError(
            "a record is nested too deeply", where=str(path), remedy="export the file again"
        ) from None


def _holds_twice(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value, _Twice) or any(_holds_twice(v) for v in value.values())
    return isinstance(value, list) and any(_holds_twice(v) for v in value)
