"""The model of a whole policy pack; `features.packs.pack` reads one.

The rule that must not break: every number has a citation with a grade of evidence.
"""

import hashlib
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from features.documents.document import Document
from features.documents.written import Words, Written
from features.packs.measures import Component, Technical
from features.packs.quantities import CategoryBand, Cite, Identifier, LevelBand, Weight, Years
from features.packs.rules import Route, Rule

Performance = Literal["below", "meets", "above"]
Potential = Literal["low", "medium", "high"]
#: Levels of each axis, the lowest first.
PERFORMANCE: tuple[Performance, ...] = ("below", "meets", "above")
POTENTIAL: tuple[Potential, ...] = ("low", "medium", "high")
#: By what somebody becomes ready for a class of posts.
ReadyEventKind = Literal["board_decision", "probability_and_requirements", "appointment"]
PROBABILITY_OF_READY, MONTHS_OF_SUCCESS = 0.70, 24
Box = Annotated[int, Field(ge=1, le=9)]
ClassNames = Annotated[tuple[str, ...], Field(min_length=1)]
Level = Annotated[int, Field(ge=1, le=5)]


class Citation(Written):
    """Where a number comes from and how sure that is.

    `grade`: *verified* in a text of the rule, read in *public_code* of an agency that applies it,
    or *recalled* and to be confirmed.
    """

    text: str
    grade: Literal["verified", "public_code", "recalled"]
    note: Words | None = None


class Effective(Written):
    """First and last day in force; no last day: until further notice."""

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date | None, Field(alias="until")] = None


class Confirmation(Written):
    """Who has confirmed the pack for an agency, and by which letter."""

    officer: str
    office: str
    letter: str
    on: date


class Step(Written):
    """A class of posts; the lowest stands first."""

    post_class: str
    title: Words


class Ladder(Written):
    """The classes that the pack speaks of, the lowest first."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    cite: Cite


class Equals(Written):
    """For a structural class, the functional classes that count as equal to it."""

    equals: dict[str, ClassNames]
    cite: Cite
    alternative: Words | None = None


class Equivalence(Written):
    """Two tables: the level that a standard asks for is one thing, what a career counts another."""

    competency_levels: Equals
    careers: Equals


class Competency(Written):
    """A competency of the dictionary."""

    competency: str
    group: Identifier
    title: Words


class RequiredLevels(Written):
    """The level that a class asks for, where a post has no standard of its own.

    `exceptions`: for a class, competencies that ask for another level.
    """

    of_class: dict[str, Level]
    exceptions: dict[str, dict[str, Level]] = {}
    cite: Cite
    alternative: Words | None = None


class Dictionary(Written):
    """The competencies that the job person match is made of, and the least and greatest level."""

    entries: Annotated[tuple[Competency, ...], Field(min_length=1)]
    lowest_level: Annotated[float, Field(ge=0, le=5)] = 0
    highest_level: Annotated[float, Field(ge=1, le=5)] = 5
    required_levels: RequiredLevels
    cite: Cite


class Categories(Written):
    """Categories of a job person match for one purpose."""

    bands: Annotated[tuple[CategoryBand, ...], Field(min_length=1)]
    cite: Cite
    alternative: Words | None = None


class Formula(Written):
    """How a job person match is computed.

    *ratio_of_sums*: sum of the levels over the sum of those required; *mean_of_ratios*: mean of
    level over required, each rounded to `round_ratios_to` decimals. In percent, both not capped.
    """

    kind: Literal["ratio_of_sums", "mean_of_ratios"]
    round_ratios_to: Annotated[int, Field(ge=0, le=6)] | None = None
    cite: Cite
    alternative: Words | None = None


class Validity(Written):
    """For how many years an assessment is in force, its anniversary not included."""

    years: Years
    cite: Cite
    alternative: Words | None = None


class Assessment(Written):
    """Which assessments count, for how long, and what they come to."""

    methods: Annotated[
        tuple[Literal["assessment_centre", "cact", "self_report"], ...], Field(min_length=1)
    ]
    valid_for: Validity
    formula: Formula
    selection: Categories
    mapping: Categories


class Axis(Written):
    """One axis of the nine-box: components, their weights, and the levels of the score."""

    title: Words
    bands: Annotated[tuple[LevelBand, ...], Field(min_length=1)]
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    cite: Cite
    alternative: Words | None = None


class BoxesOfPerformance(Written):
    """Boxes by level of potential."""

    low: Box
    medium: Box
    high: Box


class Boxes(Written):
    """Boxes by level of performance and of potential; numbers run diagonally."""

    below: BoxesOfPerformance
    meets: BoxesOfPerformance
    above: BoxesOfPerformance
    cite: Cite

    def box(self, performance: str, potential: str) -> int:
        """The box of two levels."""
        return int(getattr(getattr(self, performance), potential))


class SuccessionBoxes(Written):
    """Boxes from which a succession group is drawn."""

    agency: Annotated[tuple[Box, ...], Field(min_length=1)]
    national: Annotated[tuple[Box, ...], Field(min_length=1)]
    cite: Cite


class Talent(Written):
    """Share of each axis in the talent score, in percent."""

    performance: Weight
    potential: Weight
    cite: Cite


class NineBox(Written):
    """Both axes, the boxes, and what is drawn from them."""

    performance: Axis
    potential: Axis
    boxes: Boxes
    succession: SuccessionBoxes
    talent: Talent


class PostScore(Written):
    """The score of a person for one post: the talent score, or components of its own.

    `tie_breakers`: what stands first among equal scores, in order.
    """

    of: Literal["talent", "components"]
    components: tuple[Component, ...] = ()
    technical: Technical | None = None
    tie_breakers: tuple[Literal["performance", "potential", "talent"], ...] = ()
    cite: Cite
    alternative: Words | None = None


class RetirementException(Written):
    """Another age for posts of some classes, of some fields or with some word in the title."""

    classes: ClassNames | None = None
    fields: ClassNames | None = None
    title_contains: str | None = None
    age: Annotated[int, Field(ge=40, le=100)]
    cite: Cite


class Retirement(Written):
    """Age of retirement (BUP) by class. The first day of retirement is that of the next month.

    Of several exceptions that fit a post, the first one counts.
    """

    age_of_class: dict[str, Annotated[int, Field(ge=40, le=100)]]
    exceptions: tuple[RetirementException, ...] = ()
    cite: Cite
    alternative: Words | None = None


class Ready(Written):
    """What *ready* means for some classes: the event by which somebody becomes so.

    *board_decision*: a talent board places the person in a succession group.
    *probability_and_requirements*: the calibrated probability of success within `within_months`
    reaches `probability_at_least`, and every rule is met. *appointment*: somebody is appointed to
    the class; told as likely to be appointed, never as ready, since it holds the panels' choices.
    """

    classes: ClassNames
    event: ReadyEventKind
    within_months: Annotated[int, Field(ge=1, le=120)] = MONTHS_OF_SUCCESS
    probability_at_least: Annotated[float, Field(ge=0, le=1)] = PROBABILITY_OF_READY
    cite: Cite


class Deadline(Written):
    """Until when a step of an objection is taken."""

    step: Identifier
    title: Words
    days: Annotated[int, Field(ge=1, le=3660)]
    days_are: Literal["working", "calendar"]
    counted_from: Words
    cite: Cite


class Pack(Written):
    """A policy pack; see `docs/policy-packs.md` for every section.

    Sections that an agency does not have are left out; what would be read from them is *unknown*.
    """

    pack: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    title: Words
    status: Literal["reconstruction_unverified", "confirmed"]
    confirmation: Confirmation | None = None
    effective: Effective
    citations: Annotated[dict[Cite, Citation], Field(min_length=1)]
    ladder: Ladder
    equivalence: Equivalence | None = None
    competencies: Dictionary | None = None
    assessment: Assessment | None = None
    rules: tuple[Rule, ...] = ()
    default_route: Route = "open_selection"
    nine_box: NineBox | None = None
    post_score: PostScore | None = None
    retirement: Retirement | None = None
    ready: tuple[Ready, ...] = ()
    deadlines: tuple[Deadline, ...] = ()

    _document: Document = PrivateAttr()
    _text: str = PrivateAttr()

    @property
    def document(self) -> Document:
        """The file as read, for messages that name a line."""
        return self._document

    @property
    def text(self) -> str:
        """The file as written."""
        return self._text

    @property
    def digest(self) -> str:
        """SHA-256 of the text, 64 hexadecimal digits."""
        return hashlib.sha256(self._text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Id and version, as in ``asn-kepka-411-2025@1``."""
        return f"{self.pack}@{self.version}"

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes of the ladder, the lowest first."""
        return tuple(step.post_class for step in self.ladder.steps)

    def is_in_force(self, on: date) -> bool:
        """Whether a day lies between the first and the last one of the pack."""
        last = self.effective.last
        return self.effective.first <= on and (last is None or on <= last)

    def rules_for(self, post_class: str, route: str) -> tuple[Rule, ...]:
        """The rules of one class of posts and one way of filling them, in the order of the file."""
        return tuple(r for r in self.rules if post_class in r.classes and route in r.routes)

    def same_career(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Classes and those that count as equal to them in a career."""
        equals = self.equivalence.careers.equals if self.equivalence else {}
        return _with_equals(classes, equals)

    def required_levels(self, post_class: str) -> dict[str, int]:
        """The level that posts of a class ask for of each competency of the dictionary.

        A class without a level of its own has that of the class that the table of competency
        levels holds it equal to; one without either asks for nothing.
        """
        if self.competencies is None:
            return {}
        asked = self.competencies.required_levels
        equals = self.equivalence.competency_levels.equals if self.equivalence else {}
        alike = [post_class, *(c for c, same in equals.items() if post_class in same)]
        like = next((one for one in alike if one in asked.of_class), None)
        if like is None:
            return {}
        levels = dict.fromkeys(self.competency_names, asked.of_class[like])
        return {**levels, **asked.exceptions.get(like, {})}

    @property
    def competency_names(self) -> tuple[str, ...]:
        """Names of the competencies of the dictionary."""
        entries = self.competencies.entries if self.competencies else ()
        return tuple(entry.competency for entry in entries)

    def ready_for(self, post_class: str) -> Ready | None:
        """What *ready now* means for a class, where the pack says it."""
        return next((ready for ready in self.ready if post_class in ready.classes), None)


def _with_equals(classes: tuple[str, ...], equals: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Classes, those equal to them, and those that they are equal to."""
    found = dict.fromkeys(classes)
    for one in classes:
        found |= dict.fromkeys(equals.get(one, ()))
        found |= dict.fromkeys(c for c, same in equals.items() if one in same)
    return tuple(found)
