"""JSON lines export files: one object a line, read line by line.

The rule that must not break: a line that is no object is a malformed row of its own; the lines
around it stay. Only a line of which nobody can tell where it ends refuses the file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from features.agencies.cells import LONGEST_LINE, Cut, Malformed, require_few_columns
from features.agencies.json_records import (
    NotJsonError,
    ObjectHook,
    is_suspect,
    names_of,
    parsed,
    row_of,
)
from features.errors import IntakeError

_MARK = b"\xef\xbb\xbf"


def cut_json_lines(path: Path, promised: Sequence[str] = ()) -> Cut:
    """The objects of a file; their fields, in order of appearance, are the columns.

    The file is read twice, first for the fields and then for the rows, so that no more than a line
    of it is in memory.

    Parameters
    ----------
    path : Path
    promised : sequence of str
        Fields that are columns even where no object has them.

    Raises
    ------
    IntakeError
        If a line is too long, or the objects have too many fields or none that can name columns.
    """
    fields = dict.fromkeys(promised)
    for line in _lines(path):
        record, _suspect = _record(line)
        if isinstance(record, dict):
            fields.update(dict.fromkeys(record))
            require_few_columns(len(fields), path)
    return Cut(names_of(list(fields), path), _rows(path, list(fields)))


def _rows(path: Path, fields: Sequence[str]) -> Iterator[list[str | None] | Malformed]:
    for line in _lines(path):
        record, suspect = _record(line)
        if isinstance(record, Malformed):
            yield record
            continue
        try:
            yield row_of(record, fields, suspect=suspect)
        except RecursionError:
            yield Malformed("is not JSON: it is nested too deeply", _shown(line))


def _record(line: bytes) -> tuple[Any, bool]:
    """What a line says, or why it says nothing; and whether it must be looked through."""
    hook = ObjectHook()
    try:
        text = line.decode()
        return parsed(text, hook), is_suspect(text, hook)
    except UnicodeDecodeError:
        reason = "holds bytes that are not valid in the encoding of the file"
    except NotJsonError as error:
        reason = f"is not JSON: {error.what}"
    return Malformed(reason, _shown(line)), False


def _shown(line: bytes) -> str:
    return line.decode(errors="backslashreplace")


def _lines(path: Path) -> Iterator[bytes]:
    """The lines that hold anything, without what ends them."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), start=1):
            if len(line) > LONGEST_LINE:
                raise IntakeError(
                    f"a line is longer than {LONGEST_LINE:,} bytes",
                    where=f"{path}, line {number}",
                    expected="one object a line",
                    remedy="export the file as JSON lines, or name it .json if it is one document",
                )
            bare = line.strip()
            # Another one stands where a second file was pasted behind the first.
            while bare.startswith(_MARK):
                bare = bare.removeprefix(_MARK).strip()
            if bare:
                yield bare
