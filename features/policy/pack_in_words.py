"""A pack as somebody proofreads it: every section, every number, with its source, in plain lines.

The rule that must not break: nothing that a file says is left out, and what it does not say is
shown as the pack takes it.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel

from features.documents.written import Words
from features.packs.declaration import Pack
from features.packs.quantities import Band
from features.policy.changes import band_told

Language = Literal["id", "en"]
#: Sections in the order in which they are shown.
SECTIONS = tuple(
    name for name in Pack.model_fields if name not in ("pack", "version", "title", "status")
)
#: Ends of a band, which are told together.
_ENDS = tuple(Band.model_fields)


def section_lines(pack: Pack, section: str, language: Language) -> Iterator[str]:
    """One section of a pack in indented lines; none where the pack does not have it.

    Parameters
    ----------
    pack : Pack
    section : str
        One of `SECTIONS`.
    language : {"id", "en"}
        Of titles and sentences.

    Examples
    --------
    A band of the points from 60 up to but without 80 is told as ``scores: ≥ 60 < 80``.
    """
    value = getattr(pack, section)
    if value is not None and value != ():
        yield from _Told(pack, language).lines(section, value, "")


class _Told:
    """Lines of the pieces of one pack."""

    def __init__(self, pack: Pack, language: Language) -> None:
        self._pack, self._language = pack, language

    def lines(self, name: str, value: Any, indent: str) -> Iterator[str]:
        """A named piece, and below it the pieces that it is made of."""
        label = f"{indent}{name}"
        if name == "cite":
            source = self._pack.citations[value]
            yield f"{label}: {value}, {source.grade}: {source.text}"
            return
        one = self._scalar(value)
        if one is not None:
            yield f"{label}: {one}"
            return
        yield f"{label}:"
        below = f"{indent}  "
        if isinstance(value, BaseModel):
            yield from self._pieces(value, below)
        elif isinstance(value, dict):
            for key, piece in value.items():
                yield from self.lines(str(key), piece, below)
        else:
            for piece in value:
                first, *rest = self._pieces(piece, f"{below}  ")
                yield f"{below}- {first.strip()}"
                yield from rest

    def _pieces(self, value: BaseModel, indent: str) -> Iterator[str]:
        if isinstance(value, Band):
            yield f"{indent}scores: {band_told(value) or 'all'}"
        for name, field in type(value).model_fields.items():
            piece = getattr(value, name)
            is_told = isinstance(value, Band) and name in _ENDS
            if is_told or (piece is None and not field.is_required()):
                continue
            yield from self.lines(field.alias or name, piece, indent)

    def _scalar(self, value: Any) -> str | None:
        """A piece that needs one line only."""
        if isinstance(value, Words):
            return str(getattr(value, self._language))
        if isinstance(value, Fraction) or value is None:
            return "none" if value is None else str(value)
        if isinstance(value, dict | tuple) and not value:
            return "none"
        if isinstance(value, tuple):
            told = [self._scalar(one) for one in value]
            return None if None in told else ", ".join(map(str, told))
        return None if isinstance(value, BaseModel | dict) else str(value)
