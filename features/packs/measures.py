"""The kinds of measure that an indicator can be made of, each with its rubric.

The rule that must not break: a measure that the record cannot answer is the range from its lowest
to its highest points, never its lowest. *unrecorded* says what a register without a row means:
that nobody knows (`unknown`), or that there was nothing (`none`), which an agency may say only of
a register that it vouches for.
"""

from typing import Annotated, Literal

from pydantic import Field

from features.documents.written import Words, Written
from features.packs.quantities import Cite, Identifier, PointBand, Points, Weight, Years

Unrecorded = Literal["unknown", "none"]
PointBands = Annotated[tuple[PointBand, ...], Field(min_length=1)]


class PredicatePoints(Written):
    """Points of each predicate."""

    very_good: Points
    good: Points
    needs_improvement: Points
    poor: Points
    very_poor: Points


class PredicateMeasure(Written):
    """Points of the predicate of the newest years; `years`: weight of each, the newest first."""

    kind: Literal["predicate"]
    years: Annotated[tuple[Weight, ...], Field(min_length=1)]
    points: PredicatePoints
    due_after_months: Annotated[int, Field(ge=0, le=24)] = 3


class AwardMeasure(Written):
    """The best award of the last years; `categories` names the awards of the record.

    An award that `categories` does not name is of the category `other`; without one it can be any.
    """

    kind: Literal["award"]
    within_years: Years
    categories: dict[str, Identifier]
    other: Identifier | None = None
    points: Annotated[dict[Identifier, Points], Field(min_length=1)]
    none: Points = 0
    unrecorded: Unrecorded = "unknown"


class AssignmentPoints(Written):
    """Points of leading or belonging to a team, of the agency or beyond."""

    lead_inter_agency: Points
    lead_internal: Points
    member_inter_agency: Points
    member_internal: Points


class AssignmentMeasure(Written):
    """The best assignment to a team that lasted into the last years."""

    kind: Literal["assignment"]
    within_years: Years
    points: AssignmentPoints
    none: Points = 0
    unrecorded: Unrecorded = "unknown"


class ActingPoints(Written):
    """Points of a caretaker (Pj), and of acting above, at or below one's own class."""

    caretaker: Points
    acting_higher: Points
    acting_same: Points
    acting_lower: Points


class ActingMeasure(Written):
    """The best non-definitive post held, by its place against the definitive one of that time."""

    kind: Literal["acting"]
    points: ActingPoints
    none: Points = 0
    unrecorded: Unrecorded = "unknown"


class FeedbackMeasure(Written):
    """The mean of all feedback of the last years, by bands."""

    kind: Literal["feedback"]
    within_years: Years
    bands: PointBands


class MatchMeasure(Written):
    """The job person match for the reference post; `cap`: the most points, or null."""

    kind: Literal["job_person_match"]
    cap: Points | None


class TechnicalMeasure(Written):
    """Measured level over required level of the post's technical competencies, in percent."""

    kind: Literal["technical_match"]
    cap: Points | None


class HoursMeasure(Written):
    """Hours of the trainings completed in the last years, by bands; `kinds`: of some kinds only."""

    kind: Literal["training_hours"]
    within_years: Years
    kinds: tuple[str, ...] | None = None
    bands: PointBands
    unrecorded: Unrecorded = "unknown"


class YearsInClassMeasure(Written):
    """Years in the class of the present definitive post, by bands."""

    kind: Literal["years_in_class"]
    bands: PointBands


class OrganisationsMeasure(Written):
    """Organisations that definitive posts were held in, by bands."""

    kind: Literal["organisations"]
    bands: PointBands


class ExperienceMeasure(Written):
    """Years in definitive posts that share a field of work with the reference post, by bands."""

    kind: Literal["experience"]
    bands: PointBands


class PotentialMeasure(Written):
    """Sum of the aspects of potential over the greatest possible, in percent."""

    kind: Literal["potential"]
    highest: Annotated[float, Field(gt=0, le=1000)]
    valid_for_years: Years


class EducationPoints(Written):
    """Points of each level of education."""

    primary_secondary: Points
    diploma: Points
    bachelor: Points
    master: Points
    doctorate: Points


class EducationMeasure(Written):
    """The highest education on record."""

    kind: Literal["education"]
    points: EducationPoints


class FieldOfStudyPoints(Written):
    """Points of a field of study that fits, that fits in part, and of none that does."""

    fits: Points
    related: Points
    other: Points


class FieldOfStudyMeasure(Written):
    """Whether a field of study on record is one of the fields of work of the reference post.

    `related` names, for a field of work, fields of study that fit it in part.
    """

    kind: Literal["field_of_study"]
    points: FieldOfStudyPoints
    related: dict[str, tuple[str, ...]] = {}


class DisciplinePoints(Written):
    """Points without a sanction, after one of each level, and while one runs."""

    never: Points
    light: Points
    medium: Points
    heavy: Points
    running: Points


class DisciplineMeasure(Written):
    """The sanction that counts least in a person's favour.

    `within_years`: sanctions that ended longer ago do not count; null: all count.
    """

    kind: Literal["discipline"]
    within_years: Years | None
    points: DisciplinePoints


class LeadershipTrainingMeasure(Written):
    """The best leadership training completed, by its level."""

    kind: Literal["leadership_training"]
    points: Annotated[dict[str, Points], Field(min_length=1)]
    none: Points = 0
    unrecorded: Unrecorded = "unknown"


class RankMeasure(Written):
    """The rank on record, by ranks from which points are given: the highest that is reached."""

    kind: Literal["rank"]
    points: Annotated[dict[str, Points], Field(min_length=1)]


class NotOnRecordMeasure(Written):
    """What no record holds: always the whole range, until a person settles it."""

    kind: Literal["not_on_record"]
    lowest: Points
    highest: Points


Measure = Annotated[
    PredicateMeasure
    | AwardMeasure
    | AssignmentMeasure
    | ActingMeasure
    | FeedbackMeasure
    | MatchMeasure
    | TechnicalMeasure
    | HoursMeasure
    | YearsInClassMeasure
    | OrganisationsMeasure
    | ExperienceMeasure
    | PotentialMeasure
    | EducationMeasure
    | FieldOfStudyMeasure
    | DisciplineMeasure
    | LeadershipTrainingMeasure
    | RankMeasure
    | NotOnRecordMeasure,
    Field(discriminator="kind"),
]


class Indicator(Written):
    """One measured thing and its weight, a share of the whole axis in percent."""

    indicator: Identifier
    title: Words
    weight: Weight
    measure: Measure
    cite: Cite
    alternative: Words | None = None


class Component(Written):
    """Some indicators; its weight is theirs together."""

    component: Identifier
    title: Words
    weight: Weight
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    cite: Cite


class Technical(Written):
    """How much of a score for a post a technical result makes up, by class of the post."""

    measure: TechnicalMeasure
    shares: Annotated[dict[str, Weight], Field(min_length=1)]
    cite: Cite
    alternative: Words | None = None
