"""The sections of a mapping that speak about posts and people rather than about files.

What they say is read by the rooms that rank, label and explain; here they only have a shape.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from features.documents.written import Words, Written
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES


class Step(Written):
    """A class of posts on the ladder; its place in the list is its step."""

    post_class: str
    title: Words


class Vacancies(Written):
    """The strategic classes: an appointment that begins in one of them fills a vacancy.

    Parameters
    ----------
    classes : tuple of str
    kinds : tuple of str
        Kinds of appointment that count; definitive ones only, if left out.
    decided_days_before : int
        How many days before the first day in post the choice was made. What was recorded from then
        on is not seen: where posts end on the day before the next begins, the end would tell who
        was chosen. 1: on the eve, so that only facts up to the eve are seen.
    """

    classes: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[Literal["definitive", "acting", "caretaker"], ...] = ("definitive",)
    decided_days_before: int = Field(default=1, ge=1, le=366)


class Label(Written):
    """When an appointment was a success.

    Parameters
    ----------
    months : int
        In post (same class, same lineage of organisations, no break) at least so long = success.
    promotion_is_success : bool
        So is a higher class begun inside the window, at most `gap_days` after leaving.
    gap_days : int
        Days between leaving and the next post that count as no gap.
    censored_by_end_of : tuple of str
        Classes; the outcome is unknown where a holder of one of them leaves inside the window.
    censored_by_reason : tuple of str
        Reasons of an end (`end_reason` of an appointment); the outcome is unknown where somebody
        leaves for one of them inside the window, unless it is a success already.
    """

    months: int = Field(default=12, ge=1, le=120)
    promotion_is_success: bool = True
    gap_days: int = Field(default=30, ge=0, le=366)
    censored_by_end_of: tuple[str, ...] = ()
    censored_by_reason: tuple[str, ...] = ()


class Pool(Written):
    """Who can be ranked on a date.

    Parameters
    ----------
    appointed_before : bool
        At least one appointment recorded before the date.
    member_of : tuple of str, optional
        Sits in one of these bodies on the date; None: no such rule.
    in_post_within_years : float, optional
        Held a post at most so many years ago; None: no such rule.
    in_classes : tuple of str, optional
        Holds a post of one of these classes on the date, definitively; None: no such rule.
    in_service : bool
        Holds any post on the date, in whatever capacity.
    """

    appointed_before: bool = True
    member_of: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    in_post_within_years: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    in_classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    in_service: bool = False


class GateRule(Written):
    """The one documented door from a protected attribute to the pool.

    A person passes who has the value of `attribute` that a holder of one of the `holder_of` classes
    has on that day.
    """

    rule: Literal["shares_attribute_with_holder"]
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    attribute: str
    holder_of: tuple[str, ...] = Field(min_length=1)
    sentence: Words
    citation: str

    @field_validator("attribute")
    @classmethod
    def _protected(cls, value: str) -> str:
        if value not in PROTECTED_ATTRIBUTES:
            raise ValueError(f"is none of: {', '.join(PROTECTED_ATTRIBUTES)}")
        return value


Bound = Annotated[str, Field(pattern=r"^(>=|<=|>|<) -?[0-9]+(\.[0-9]+)?$")]


class Backtest(Written):
    """Where the past that is learnt from ends and the past that is tested begins.

    Parameters
    ----------
    first_year : int, optional
        First year that a backtest tests; None: the year by which six in ten decisions lie before.
    bounds : dict of str to str
        What this record is promised to show: name of a figure to a bound such as ``> 0``. A missed
        bound fails the command. Bounds of differences (``…_over_…``) speak of the interval's low.
    """

    first_year: int | None = Field(default=None, ge=1900, le=2100)
    bounds: dict[str, Bound] = {}


Share = Annotated[float, Field(ge=0, le=1)]
