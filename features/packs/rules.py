"""The kinds of rule that a gate can be made of.

The rule that must not break: every rule names its law and the document that would settle it, and
what the record does not hold is *needs checking* under all of them. `docs/policy-packs.md` tells
what each kind asks of the record.
"""

from typing import Annotated, Literal

from pydantic import Field

from features.documents.written import Words, Written
from features.packs.quantities import Cite, Identifier, Years

Route = Literal["succession_group", "lateral", "open_selection"]
ROUTES: tuple[Route, ...] = ("succession_group", "lateral", "open_selection")
Kinds = Annotated[tuple[Literal["definitive", "acting", "caretaker"], ...], Field(min_length=1)]
Names = Annotated[tuple[str, ...], Field(min_length=1)]


class RuleBase(Written):
    """What every rule has.

    Parameters
    ----------
    id : str
        Name of the rule in answers; a pack has it once for each class and route.
    classes : tuple of str
        Classes of the target posts that it speaks of.
    routes : tuple of str
        Ways of filling them that it speaks of; all, if left out.
    due : {"list", "appointment"}
        Whether it decides on the list, or is settled only before the appointment. The second kind
        is shown, and an answer that needs checking leaves the status on the list as it is.
    sentence, settled_by : Words
        What is asked, and which document would settle it.
    cite : str
        Key of the table of citations.
    alternative : Words, optional
        What other sources say, where they conflict.
    """

    id: Identifier
    classes: Names
    routes: Annotated[tuple[Route, ...], Field(min_length=1)] = ROUTES
    due: Literal["list", "appointment"] = "list"
    sentence: Words
    settled_by: Words
    cite: Cite
    alternative: Words | None = None


class EducationRule(RuleBase):
    """The highest education on record is at least a level."""

    rule: Literal["education"]
    at_least: Literal["primary_secondary", "diploma", "bachelor", "master", "doctorate"]


class ExperienceRule(RuleBase):
    """So many years in posts that share a field of work with the target post.

    `other_fields`: whether years in other fields need checking, because a person judges which
    fields are related, or do not count.
    """

    rule: Literal["experience"]
    years: Years
    kinds: Kinds = ("definitive",)
    other_fields: Literal["do_not_count", "need_checking"] = "do_not_count"


class HeldRule(RuleBase):
    """So many years in posts of some classes, now or earlier, overlaps counted once.

    `or_equal` adds the classes that the table of careers holds equal to them.
    """

    rule: Literal["held"]
    of: Names
    or_equal: bool = False
    years: Years
    kinds: Kinds = ("definitive",)


class PresentRule(RuleBase):
    """Holds a post of some classes on the day, without a break for so many years."""

    rule: Literal["present"]
    of: Names
    or_equal: bool = False
    years: Years = 0
    kinds: Kinds = ("definitive",)


class AgeRule(RuleBase):
    """Is at most so old on the day.

    `reading`: *birthday*, the birthday itself is the last day; *completed_years*, the day before
    the next one is; *undecided*, agencies differ, and between the two it needs checking.
    """

    rule: Literal["age"]
    at_most: Annotated[int, Field(ge=18, le=100)]
    reading: Literal["birthday", "completed_years", "undecided"]


class RetirementRule(RuleBase):
    """The last day of service lies at least so many months ahead."""

    rule: Literal["retirement"]
    months: Annotated[int, Field(ge=0, le=600)] = 0


class RankRule(RuleBase):
    """The rank on record is at least one; `tolerated_below`: so many steps less need checking."""

    rule: Literal["rank"]
    at_least: str
    tolerated_below: Annotated[int, Field(ge=0, le=4)] = 0


class PredicateRule(RuleBase):
    """The predicates of the last years are at least one.

    The last year is the newest on record, and at least the year that is due: `due_after_months`
    months after its end.
    """

    rule: Literal["predicate"]
    at_least: Literal["very_good", "good", "needs_improvement", "poor", "very_poor"]
    years: Annotated[int, Field(ge=1, le=10)]
    due_after_months: Annotated[int, Field(ge=0, le=24)] = 3


class MatchRule(RuleBase):
    """The job person match for the target post is at least of a category of selection."""

    rule: Literal["job_person_match"]
    at_least: Identifier


class AssessmentRule(RuleBase):
    """An assessment of the competencies of the dictionary is in force."""

    rule: Literal["assessment_in_force"]


class TrainingRule(RuleBase):
    """A leadership training of one of some levels is completed."""

    rule: Literal["leadership_training"]
    levels: Names


class SanctionRule(RuleBase):
    """No sanction of some levels runs, and none has ended less than so many years ago."""

    rule: Literal["no_sanction"]
    levels: Annotated[tuple[Literal["light", "medium", "heavy"], ...], Field(min_length=1)]
    clear_for_years: Years = 0


class LegalStatusRule(RuleBase):
    """The legal status on the day is one of some."""

    rule: Literal["legal_status"]
    allowed: Names


class SuccessionGroupRule(RuleBase):
    """Is in a succession group that is in force; `scopes`: whose."""

    rule: Literal["succession_group"]
    scopes: Annotated[tuple[Literal["agency", "national"], ...], Field(min_length=1)] = (
        "agency",
        "national",
    )


class MembershipRule(RuleBase):
    """Sits in one of some bodies on the day."""

    rule: Literal["membership"]
    bodies: Names


class ApprovalRule(RuleBase):
    """Somebody has to approve; no record holds it beforehand."""

    rule: Literal["approval"]
    of: Words


class DocumentRule(RuleBase):
    """A document has to be shown; no record holds it."""

    rule: Literal["document"]


Rule = Annotated[
    EducationRule
    | ExperienceRule
    | HeldRule
    | PresentRule
    | AgeRule
    | RetirementRule
    | RankRule
    | PredicateRule
    | MatchRule
    | AssessmentRule
    | TrainingRule
    | SanctionRule
    | LegalStatusRule
    | SuccessionGroupRule
    | MembershipRule
    | ApprovalRule
    | DocumentRule,
    Field(discriminator="rule"),
]
