"""Why a document is refused: the line, what was found, what exists, the closest match.

The rule that must not break: one sentence that a person can act on, never a list of a parser's.
"""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from features.documents.document import Document
from features.documents.written import Written
from features.errors import DocumentError


def read_text(path: Path, kind: str, error: type[DocumentError]) -> str:
    """The text of a document.

    Raises
    ------
    DocumentError
        If the file is absent or is no UTF-8 text.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise error(f"no such {kind} file", where=str(path), remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as found:
        raise error(
            f"cannot be read: {type(found).__name__}", where=str(path), expected="a UTF-8 text file"
        ) from None


def refusal(document: Document, error: ValidationError, model: type[Written]) -> DocumentError:
    """An unknown key, which may explain the rest, else the first error and the others' lines.

    Parameters
    ----------
    document : Document
    error : ValidationError
        What the models found.
    model : type[Written]
        The model of the whole document.
    """
    unknown = "extra_forbidden"
    errors: list[Any] = [{**e, "loc": document.path_of(e["loc"])} for e in error.errors()]
    errors = [e for e in errors if not (e["type"] == "too_short" and _is_above(e["loc"], errors))]
    found = sorted(errors, key=lambda e: (e["type"] != unknown, _line(document, e["loc"])))
    first, others = found[0], found[1:]
    path = first["loc"]
    if first["type"] == unknown:
        return document.unknown("key", str(path[-1]), _keys_at(model, document, path[:-1]), path)
    what = f"{'.'.join(map(str, path))}: {_sentence(first)}"
    if others:
        lines = ", ".join(str(_line(document, e["loc"])) for e in others)
        what += f" (and {len(others)} more, at line {lines})"
    return document.error(what, where=document.where(path), remedy=f"see {document.guide}")


def _is_above(path: tuple[str | int, ...], errors: list[Any]) -> bool:
    """Whether a list is too short only because items of it are wrong."""
    return any(e["loc"][: len(path)] == path != e["loc"] for e in errors)


def _sentence(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ")
    found = error.get("input")
    return f"{message}; found {found!r}" if isinstance(found, str) else message


def _line(document: Document, path: tuple[str | int, ...]) -> int:
    return int(document.where(path).rsplit(" ", 1)[1])


def _keys_at(model: type[Written], document: Document, path: tuple[str | int, ...]) -> list[str]:
    """Keys that exist at a place of the language, by the types of the models."""
    for place, step in enumerate(path, start=1):
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            models = list(_models_in(fields[str(step)].annotation))
            is_list = isinstance(document.at(path[:place]), list)
            model = _meant(models, document, path[: place + is_list]) or model
        elif isinstance(step, int):
            model = _meant([model], document, path[:place]) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _meant(
    models: list[type[Written]], document: Document, path: tuple[str | int, ...]
) -> type[Written] | None:
    """Of several kinds of a thing, the one whose fixed keys the document has there."""
    written = document.at(path)
    for model in models:
        for name, field in model.model_fields.items():
            fixed = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            if len(fixed) == 1 and isinstance(written, dict) and written.get(name) == fixed[0]:
                return model
    return models[0] if models else None


def _models_in(annotation: Any) -> Iterator[type[Written]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, Written):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)
