"""The sections of a mapping that speak about posts and people rather than about files.

What they say is read by the rooms that rank, label and explain; here they only have a shape.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

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
    chosen_by_record : bool
        Whether the agency vouches that panels use nothing but what is on record. No data can tell;
        where interview scores are on record it is not asked.
    """

    classes: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[Literal["definitive", "acting", "caretaker"], ...] = ("definitive",)
    decided_days_before: int = Field(default=1, ge=1, le=366)
    chosen_by_record: bool = False


class Reviewed(Written):
    """What became of appointments that somebody looked into, beside what the label said of them.

    Parameters
    ----------
    failure_shown : float
        Share of those who failed whom the label calls failures, in (0, 1].
    success_broken : float
        Share of those who succeeded whom the label calls failures, in [0, `failure_shown`).
    n_reviewed : int
        How many appointments were looked into.
    source : str
        A sentence: who looked into which, and when.
    """

    failure_shown: float = Field(gt=0, le=1, allow_inf_nan=False)
    success_broken: float = Field(ge=0, lt=1, allow_inf_nan=False)
    n_reviewed: int = Field(ge=1)
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.success_broken >= self.failure_shown:
            raise ValueError(
                "success_broken must be below failure_shown: the label would say nothing"
            )
        return self


#: How severe a sanction is.
Severity = Literal["light", "medium", "heavy"]
#: Predicates worse than *good* (Baik), which nearly everybody has: none of them may be asked for.
BelowGood = Literal["needs_improvement", "poor", "very_poor"]


class LabelRule(Written):
    """When an appointment was a success; what is left out is the objective rule.

    Success is to be in post for the window or to be promoted after a while, without an adverse exit
    and without a unit's result below expectation where one is held. What the record does not hold
    is not asked.

    Parameters
    ----------
    months : int
        The window: in post (same class, same lineage of organisations, no break) at least so long =
        success.
    promotion_is_success : bool
        So is a higher class begun inside the window, at most `gap_days` after leaving.
    promotion_after_months : int
        But not sooner than so long after the start: then the outcome is unknown.
    gap_days : int
        Days between leaving and the next post that count as no gap.
    censored_by_end_of : tuple of str
        Classes; the outcome is unknown where a holder of one of them leaves inside the window.
    censored_by_reason : tuple of str
        Reasons of an end (`end_reason` of an appointment); the outcome is unknown where somebody
        leaves for one of them inside the window, unless it is a success already.
    failed_by_reason : tuple of str
        Reasons of an end; where it ends inside the window for one of them, it has failed.
    failed_by_sanction : tuple of str
        Levels; a sanction of one of them begun inside the window is a failure.
    failed_by_demotion : bool
        So is a lower class begun at most `gap_days` from the end, where nothing excuses it.
    failed_by_unit_result : tuple of str
        Predicates; one of them for the unit's last year that closed in the post and inside the
        window is a failure. A result that is not on record makes none.
    unit_result_of : tuple of str, optional
        Classes whose holders answer for the result of their unit; None: every class.
    failed_by_rating : tuple of str
        The same of the person's own rating; in an alternative rule only.
    reviewed : Reviewed, optional
        How often the label tells what happened.
    """

    months: int = Field(default=24, ge=1, le=120)
    promotion_is_success: bool = True
    promotion_after_months: int = Field(default=9, ge=0, le=120)
    gap_days: int = Field(default=30, ge=0, le=366)
    censored_by_end_of: tuple[str, ...] = ()
    censored_by_reason: tuple[str, ...] = ("retired", "died", "reorganised")
    failed_by_reason: tuple[str, ...] = ("removed",)
    failed_by_sanction: tuple[Severity, ...] = ("light", "medium", "heavy")
    failed_by_demotion: bool = True
    failed_by_unit_result: tuple[BelowGood, ...] = ("needs_improvement", "poor", "very_poor")
    unit_result_of: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    failed_by_rating: tuple[BelowGood, ...] = ()
    reviewed: Reviewed | None = None


class Label(LabelRule):
    """The label rule of an agency, and others to hold its labels against.

    Parameters
    ----------
    alternatives : dict of str to LabelRule
        Rules by name; what one leaves out is as in the rule above it.
    """

    alternatives: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], LabelRule] = {}

    def __hash__(self) -> int:
        """Of what is written: a dict of alternatives has none of its own."""
        return hash(self.model_dump_json())

    @property
    def rules(self) -> dict[str, LabelRule]:
        """The alternatives, each written out.

        Rates that were reviewed are those of the rule that they were reviewed for, and of no other.

        Examples
        --------
        >>> year = Label(months=12, alternatives={"stay": LabelRule(promotion_is_success=False)})
        >>> year.rules["stay"].months, year.rules["stay"].promotion_is_success
        (12, False)
        """
        shared = [n for n in LabelRule.model_fields if n != "reviewed"]
        own = {name: getattr(self, name) for name in shared if name in self.model_fields_set}
        return {
            name: LabelRule(**own | {key: getattr(other, key) for key in other.model_fields_set})
            for name, other in self.alternatives.items()
        }


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
