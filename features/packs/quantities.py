"""Numbers of a pack: weights that add up exactly, and bands whose ends are stated.

The rule that must not break: a threshold says which side it belongs to. `at_least: 80` holds the
80, `above: 80` does not; bands of one list leave no number out and hold none twice.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from features.documents.written import Written

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
#: A key of the table of citations.
Cite = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Years = Annotated[int, Field(ge=0, le=60)]
Points = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Threshold = Annotated[float, Field(allow_inf_nan=False)]


_WEIGHT = r"^[0-9]+(\.[0-9]+|/[1-9][0-9]*)?$"


def _fraction(value: Any) -> Fraction:
    if not re.fullmatch(_WEIGHT, str(value)):
        raise ValueError("is no number and no fraction such as 10/3")
    return Fraction(str(value))


#: A share in percent: `60`, `12.5` or `10/3`, kept exactly.
Weight = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    Field(ge=0, le=100),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": _WEIGHT},
            ]
        }
    ),
]


class Band(Written):
    """A stretch of numbers; an end that is left out is open.

    Parameters
    ----------
    at_least, above : float, optional
        The lower end: held, or not held by the band.
    below, at_most : float, optional
        The upper end: not held, or held.

    Examples
    --------
    >>> [Band(at_least=60, below=80).holds(x) for x in (59.99, 60, 79.99, 80)]
    [False, True, True, False]
    """

    at_least: Threshold | None = None
    above: Threshold | None = None
    below: Threshold | None = None
    at_most: Threshold | None = None

    @model_validator(mode="after")
    def _one_end_each(self) -> "Band":
        if self.at_least is not None and self.above is not None:
            raise ValueError("has two lower ends: at_least and above")
        if self.below is not None and self.at_most is not None:
            raise ValueError("has two upper ends: below and at_most")
        low, high = self.lower, self.upper
        if low is not None and high is not None:
            is_point = low == high and self.at_least is not None and self.at_most is not None
            if low > high or (low == high and not is_point):
                raise ValueError("holds no number: its ends are the wrong way round")
        return self

    @property
    def lower(self) -> float | None:
        """The lower end, held or not."""
        return self.at_least if self.at_least is not None else self.above

    @property
    def upper(self) -> float | None:
        """The upper end, held or not."""
        return self.below if self.below is not None else self.at_most

    def holds(self, number: float) -> bool:
        """Whether the band holds a number."""
        low = (self.at_least is None or number >= self.at_least) and (
            self.above is None or number > self.above
        )
        high = (self.below is None or number < self.below) and (
            self.at_most is None or number <= self.at_most
        )
        return low and high


class PointBand(Band):
    """Points for the numbers of a band."""

    points: Points


class LevelBand(Band):
    """A level for the scores of a band."""

    level: Identifier


class TitleWords(Written):
    """A title in both languages, and the abbreviation that forms use."""

    id: str
    en: str
    short: str | None = None


class CategoryBand(Band):
    """A named category for the scores of a band, such as *Memenuhi Syarat*."""

    category: Identifier
    title: TitleWords


Fault = tuple[int, Literal["overlap", "gap", "open"]]


def fault_of(bands: Sequence[Band]) -> Fault | None:
    """The first band that overlaps the one below it or leaves numbers out, and which it does.

    Bands may stand in any order. *open*: the lowest band has a lower end, or the highest an upper.

    Examples
    --------
    >>> fault_of([Band(at_least=80), Band(below=80)]) is None
    True
    >>> fault_of([Band(at_least=80), Band(at_most=80)])
    (0, 'overlap')
    >>> fault_of([Band(above=80), Band(below=80)])
    (0, 'gap')
    """
    order = sorted(range(len(bands)), key=lambda i: (_low(bands[i]), _high(bands[i])))
    if bands[order[0]].lower is not None:
        return order[0], "open"
    for under, over in zip(order, order[1:], strict=False):
        low, high = bands[over], bands[under]
        if low.lower is None or high.upper is None or low.lower < high.upper:
            return over, "overlap"
        if low.lower > high.upper:
            return over, "gap"
        held = (low.at_least is not None) + (high.at_most is not None)
        if held != 1:
            return over, "overlap" if held else "gap"
    return (order[-1], "open") if bands[order[-1]].upper is not None else None


def _low(band: Band) -> tuple[float, bool]:
    return (float("-inf") if band.lower is None else band.lower, band.above is not None)


def _high(band: Band) -> tuple[float, bool]:
    return (float("inf") if band.upper is None else band.upper, band.at_most is not None)
