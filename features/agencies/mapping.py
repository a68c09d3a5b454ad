"""The mapping of an agency: its exports, its ladder and its rules, as one YAML file.

The rule that must not break: a new agency is a new file and no code, so everything that can be
wrong in the file is reported here by file and line, before a row is read. `docs/mapping.md` is the
reference of the language.
"""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from features.agencies.consistency import check
from features.agencies.declaration import Mapping
from features.agencies.document import Document
from features.agencies.written import Written
from features.errors import MappingError

__all__ = ["Mapping", "load_mapping", "parse_mapping"]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    MappingError
        If the file is absent, is no UTF-8 text, or is wrong at a line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise MappingError(
            "no such mapping file", where=str(path), remedy="check the path"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(
            f"cannot be read: {type(error).__name__}", where=str(path), expected="a UTF-8 text file"
        ) from None
    return parse_mapping(text, path.name)


def parse_mapping(text: str, name: str) -> Mapping:
    """Read the text of a mapping file; `name` is what messages call it.

    Raises
    ------
    MappingError
        If it is wrong: file and line, what was found, what exists, the closest match.
    """
    document = Document(text, name)
    try:
        mapping = Mapping.model_validate(document.data)
    except ValidationError as error:
        raise _refusal(document, error) from None
    mapping._document, mapping._text = document, text
    check(mapping, document)
    return mapping


def _refusal(document: Document, error: ValidationError) -> MappingError:
    """An unknown key, which may explain the rest, else the first error and the others' lines."""
    unknown = "extra_forbidden"
    found = sorted(error.errors(), key=lambda e: (e["type"] != unknown, _line(document, e["loc"])))
    first, others = found[0], found[1:]
    path = tuple(first["loc"])
    if first["type"] == unknown:
        return document.unknown("key", str(path[-1]), _keys_at(path[:-1]), path)
    what = f"{'.'.join(map(str, path))}: {_sentence(first)}"
    if others:
        lines = ", ".join(str(_line(document, e["loc"])) for e in others)
        what += f" (and {len(others)} more, at line {lines})"
    return MappingError(what, where=document.where(path), remedy="see docs/mapping.md")


def _sentence(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ")
    found = error.get("input")
    return f"{message}; found {found!r}" if isinstance(found, str) else message


def _line(document: Document, path: tuple[str | int, ...]) -> int:
    return int(document.where(path).rsplit(" ", 1)[1])


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """Keys that exist at a place of the language, by the types of the models."""
    model: type[Written] = Mapping
    for step in path:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            model = next(_models_in(fields[str(step)].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[Written]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, Written):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)
