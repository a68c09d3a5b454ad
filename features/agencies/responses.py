"""Responses of a service, one file a person: each holds a list of that person's rows.

The rule that must not break: a response is rows, or says that there are none, or is a malformed row
with its reason. None is passed over. Files are often named by the number of a person, so that a
message counts responses and names no file.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from features.agencies.cells import Cut, Malformed, require_few_columns
from features.agencies.json_records import (
    NotJsonError,
    ObjectHook,
    is_suspect,
    names_of,
    parsed,
    row_of,
)
from features.errors import IntakeError

#: A response about one person; each is read into memory as a whole.
LARGEST_RESPONSE = 20_000_000
MOST_RESPONSES = 2_000_000


def responses_in(folder: Path, pattern: str) -> list[Path]:
    """The files whose names fit a pattern, in order of their names.

    Raises
    ------
    IntakeError
        If a folder, a pipe or a link that leads nowhere is among them.
    """
    parent, wanted = folder / PurePath(pattern).parent, PurePath(pattern).name
    signs = {"*": ".*", "?": "."}
    fits = re.compile("".join(signs.get(sign, re.escape(sign)) for sign in wanted), re.S)
    there = parent.iterdir() if parent.is_dir() else ()
    paths = sorted(path for path in there if fits.fullmatch(path.name))
    for number, path in enumerate(paths, start=1):
        if not path.is_file():
            raise IntakeError(
                f"response {number} is no file",
                where=str(folder / pattern),
                remedy="take it out of the folder, or put the response there",
            )
    return paths


def cut_responses(
    paths: Sequence[Path],
    where: str,
    place: str | None,
    promised: Sequence[str],
    nothing_found: Sequence[str],
) -> Cut:
    """The rows of all responses, in order; their fields, in order of appearance, are the columns.

    Parameters
    ----------
    paths : sequence of Path
    where : str
        What messages call them.
    place : str, optional
        Names of the fields that lead to the list in each response, parted by dots. An object in
        place of the list is one row.
    promised : sequence of str
        Fields that are columns even where no object has them.
    nothing_found : sequence of str
        Texts that stand in place of the list where there are no rows.

    Raises
    ------
    IntakeError
        If there are too many, one is too large, or the objects have too many fields or none that
        can name columns.
    """
    if len(paths) > MOST_RESPONSES:
        raise IntakeError(
            f"there are {len(paths):,} responses",
            where=where,
            expected=f"at most {MOST_RESPONSES:,}",
            remedy="export them as one file, or in several folders",
        )
    for number, path in enumerate(paths, start=1):
        if path.stat().st_size > LARGEST_RESPONSE:
            raise IntakeError(
                f"response {number} has {path.stat().st_size:,} bytes",
                where=where,
                expected=f"at most {LARGEST_RESPONSE:,}, which is one person's rows",
                remedy="name a single large document in the mapping without *",
            )
    fields = dict.fromkeys(promised)
    for path in paths:
        for record in _Response(path, place, nothing_found).records:
            if isinstance(record, dict):
                fields.update(dict.fromkeys(record))
                require_few_columns(len(fields), where)
    return Cut(names_of(list(fields), where), _rows(paths, place, list(fields), nothing_found))


def _rows(
    paths: Sequence[Path], place: str | None, fields: Sequence[str], nothing_found: Sequence[str]
) -> Iterator[list[str | None] | Malformed]:
    for path in paths:
        response = _Response(path, place, nothing_found)
        if response.fault is not None:
            yield Malformed(response.fault, response.shown())
        for record in response.records:
            try:
                yield row_of(record, fields, suspect=response.suspect)
            except RecursionError:
                yield Malformed("is nested too deeply", response.shown())


class _Response:
    """What a file says: records, or why it says none.

    Attributes
    ----------
    records : list
    fault : str or None
    suspect : bool
        Whether a record may be malformed.
    """

    def __init__(self, path: Path, place: str | None, nothing_found: Sequence[str]) -> None:
        self._path, self._content = path, path.read_bytes()
        self.records: list[Any] = []
        self.fault: str | None = None
        self.suspect = False
        hook = ObjectHook()
        try:
            text = self._content.decode("utf-8-sig")
            document = parsed(text, hook)
            answer = _at(document, place)
        except UnicodeDecodeError:
            self.fault = "the response is not in UTF-8"
        except NotJsonError as error:
            self.fault = f"the response is not JSON: {error.what}"
        except _AbsentError:
            self.fault = "the response has nothing at the place of its rows"
        else:
            self.suspect = is_suspect(text, hook)
            if _says_error(document):
                self.fault = "the response tells an error"
            elif isinstance(answer, list):
                self.records = answer
            elif isinstance(answer, dict):
                self.records = [answer]
            elif not _says_nothing_found(answer, nothing_found):
                self.fault = "the response tells an error in place of rows"

    def shown(self) -> str:
        """Name and text of the file as one JSON text."""
        text = self._content.decode(errors="backslashreplace")
        name = self._path.name.encode(errors="surrogateescape").decode(errors="backslashreplace")
        return json.dumps({"file": name, "response": text}, ensure_ascii=False)


class _AbsentError(Exception):
    """A place that a document does not have."""


def _at(document: Any, place: str | None) -> Any:
    here = document
    for name in place.split(".") if place else ():
        if not isinstance(here, dict) or name not in here:
            raise _AbsentError
        here = here[name]
    return here


def _says_error(document: Any) -> bool:
    """Whether a status of HTTP that means failure stands beside the rows, or a word of an error."""
    if not isinstance(document, dict):
        return False
    code = document.get("code")
    failed = isinstance(code, int | str) and re.fullmatch("[45][0-9][0-9]", str(code)) is not None
    return failed or bool(document.get("error"))


def _says_nothing_found(answer: Any, texts: Sequence[str]) -> bool:
    said = answer.strip().casefold() if isinstance(answer, str) else None
    return said in {text.strip().casefold() for text in texts}
