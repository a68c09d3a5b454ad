"""JSON export files: a list of objects somewhere inside a document, one object a row.

The rule that must not break: an object that says a thing twice is malformed; nobody chooses which
of the two was meant.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.agencies.cells import Cut, Malformed, as_text, column_names, require_size
from features.errors import IntakeError

#: Half of a character of two halves, which no text may hold alone.
_HALF = re.compile("[\ud800-\udfff]")
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
    hook = _ObjectHook()
    records = _found(_parsed(text, path, hook), place, path)
    found = (field for record in records if isinstance(record, dict) for field in record)
    fields = list(dict.fromkeys((*promised, *found)))
    if not fields:
        raise IntakeError(
            "the file holds no objects, so what its columns are cannot be told",
            where=str(path),
            expected="a list of objects with fields",
            remedy="name the `fields` in the mapping, so that the list may be empty",
        )
    names = column_names(fields, path)
    is_suspect = hook.saw_twice or _MAY_HOLD_HALVES.search(text) is not None
    return Cut(names, _rows(records, fields, is_suspect=is_suspect))


class _ObjectHook:
    """Makes objects, and remembers whether any of them said a thing twice."""

    def __init__(self) -> None:
        self.saw_twice = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self.saw_twice = True
        return _Twice(pairs)


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


def _parsed(text: str, path: Path, hook: _ObjectHook) -> Any:
    try:
        return json.loads(text, object_pairs_hook=hook, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        # What the parser says names signs of JSON and never quotes the text.
        what, where = error.msg, f"{path}, line {error.lineno}, column {error.colno}"
    except _NotANumberError:
        what, where = "NaN and Infinity are no JSON", str(path)
    except RecursionError:
        what, where = "it is nested too deeply", str(path)
    except ValueError:
        what, where = "a number has too many digits", str(path)
    raise IntakeError(
        f"the file is not JSON: {what}", where=where, remedy="export the file again"
    ) from None


class _NotANumberError(Exception):
    """A word for a number that is none."""


def _no_constant(_word: str) -> None:
    raise _NotANumberError


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
    records: list[Any], fields: list[str], *, is_suspect: bool
) -> Iterator[list[str | None] | Malformed]:
    for record in records:
        if not isinstance(record, dict):
            yield Malformed("is not an object", _raw(record))
        elif is_suspect and _holds_twice(record):
            yield Malformed("names a field twice", _raw(record))
        else:
            cells = [as_text(record.get(field)) for field in fields]
            if is_suspect and any(cell and _HALF.search(cell) for cell in cells):
                yield Malformed("holds half a character", _raw(record))
            else:
                yield cells


def _holds_twice(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value, _Twice) or any(_holds_twice(v) for v in value.values())
    return isinstance(value, list) and any(_holds_twice(v) for v in value)


def _raw(value: Any) -> str:
    """The JSON text of a record, with all that it says; halves of characters escaped."""
    if isinstance(value, _Twice):
        return f"{{{','.join(f'{_raw(k)}:{_raw(v)}' for k, v in value.pairs)}}}"
    if isinstance(value, dict):
        return f"{{{','.join(f'{_raw(k)}:{_raw(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(_raw(v) for v in value)}]"
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if _HALF.search(text) else text
