"""What a measure could give once a document came in that is not there yet.

The rule that must not break: an outcome is what the pack makes of a document that somebody can hand
in, and nothing else; a register that nobody vouches for is not made complete by one paper. What no
document of a person settles is told apart, with its reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Final, Literal

import ibis
import numpy as np
from ibis import _
from pydantic import BaseModel

from features.packs.declaration import NineBox
from features.packs.measures import (
    ActingMeasure,
    AssignmentMeasure,
    AwardMeasure,
    DisciplineMeasure,
    EducationMeasure,
    ExperienceMeasure,
    FeedbackMeasure,
    FieldOfStudyMeasure,
    HoursMeasure,
    LeadershipTrainingMeasure,
    MatchMeasure,
    NotOnRecordMeasure,
    OrganisationsMeasure,
    PotentialMeasure,
    PredicateMeasure,
    RankMeasure,
    TechnicalMeasure,
    YearsInClassMeasure,
)
from features.packs.quantities import PointBand
from features.policy.anniversaries import Expression
from features.policy.facts import Facts
from features.policy.matching import Matching
from features.policy.measures import DECIMALS, Points, points
from features.tables.dossier import POTENTIAL_ASPECTS, RANKS

#: Why a range is open. *missing*: a document of the person would close it; *register*: one would
#: raise its lower end, if there is one, and only who vouches for the register closes it;
#: *not_kept*: the agency keeps no such record; *unclear*: what is on record contradicts itself or
#: is not complete; *post*: posts or appointments do not say enough; *judgement*: the pack leaves it
#: to a person.
Reason = Literal["missing", "register", "not_kept", "unclear", "post", "judgement"]
REASONS: tuple[Reason, ...] = (
    "missing", "register", "not_kept", "unclear", "post", "judgement",
)  # fmt: skip
#: Reasons that a document of the person does something about.
HANDED_IN: tuple[Reason, ...] = ("missing", "register")
#: Kinds of documents by the measures of their register.
_REGISTERS: Final[dict[type[BaseModel], str]] = {
    AwardMeasure: "award",
    AssignmentMeasure: "assignment",
    LeadershipTrainingMeasure: "training",
    HoursMeasure: "training",
}
_IN_REGISTERS = (AwardMeasure, AssignmentMeasure, LeadershipTrainingMeasure, HoursMeasure)
#: A percentage is looked at in so many places, from the least to the most.
PLACES: Final = 101

Ends = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Seen:
    """What the record says of one part of a measure, a row a person.

    Parameters
    ----------
    low, high : ndarray of float, shape (n_people,)
        The least and the most points.
    facts : mapping of str to ndarray of float, shape (n_people,)
        What else was asked for.
    posts : ndarray of object, shape (n_people,)
        The present post of each; None where there is none.
    """

    low: np.ndarray
    high: np.ndarray
    facts: Mapping[str, np.ndarray]
    posts: np.ndarray

    def of(self, rows: np.ndarray) -> "Seen":
        """Some of the people."""
        facts = {name: values[rows] for name, values in self.facts.items()}
        return Seen(self.low[rows], self.high[rows], facts, self.posts[rows])


#: The least and the most points of each outcome, shape (n_people, n_outcomes); NaN where a person
#: cannot come to it.
Outcomes = Callable[[Seen], Ends]


@dataclass(frozen=True)
class Part:
    """One part of a measure: what it gives now, and what its document could make of it.

    Parameters
    ----------
    kind : str
        The kind of document.
    points : Points
        What the part gives, as expressions.
    share : float
        Share of the part in the measure.
    absent : ibis.Expression of bool
        Whether a document of the kind is not there, or not any more.
    when_absent, otherwise : Reason
        Why the part is open then, and why it is open else.
    outcomes : callable
    facts : mapping of str to ibis.Expression
        What the outcomes need to know besides.
    """

    kind: str
    points: Points
    absent: Expression
    when_absent: Reason
    otherwise: Reason
    outcomes: Outcomes
    share: float = 1.0
    facts: Mapping[str, Expression] = field(default_factory=dict)

    def reasons(self, seen: Seen) -> np.ndarray:
        """The place of each person's reason in `REASONS`; -1 where the part is closed."""
        absent = seen.facts["absent"]
        code = np.where(absent == 1, REASONS.index(self.when_absent), REASONS.index(self.otherwise))
        # Where a post lacks what the measure compares with, no paper of the person says anything.
        code[np.isnan(absent)] = REASONS.index("post")
        return np.where(seen.high > seen.low, code, -1)


def parts(measure: BaseModel, facts: Facts, matching: Matching) -> list[Part]:
    """A measure, taken apart into what one document each would settle."""
    return _parts(measure, facts, matching)


@singledispatch
def _parts(measure: BaseModel, _facts: Facts, _matching: Matching) -> list[Part]:
    raise TypeError(f"no outcomes for measures of the kind {type(measure).__name__}")


def vouched_registers(section: NineBox) -> frozenset[str]:
    """Kinds of documents whose register is complete, by every measure that reads it.

    Where one measure vouches for it and another does not, nobody does.
    """
    vouched: dict[str, bool] = {}
    for axis in (section.performance, section.potential):
        for component in axis.components:
            for indicator in component.indicators:
                measure = indicator.measure
                if isinstance(measure, _IN_REGISTERS):
                    kind = _REGISTERS[type(measure)]
                    vouched[kind] = vouched.get(kind, True) and measure.unrecorded == "none"
    return frozenset(kind for kind, is_vouched in vouched.items() if is_vouched)


def _each(values: Iterable[float]) -> Outcomes:
    """One outcome for each number of points."""
    row = np.array(list(values), dtype=float)

    def outcomes(seen: Seen) -> Ends:
        every = np.tile(row, (len(seen.low), 1))
        return every, every

    return outcomes


def _raised(values: Iterable[float]) -> Outcomes:
    """The least is raised to each number of points, or there is none; the most stays possible."""
    row = np.array([-np.inf, *values], dtype=float)

    def outcomes(seen: Seen) -> Ends:
        low = np.maximum(seen.low[:, None], row)
        return low, np.tile(seen.high[:, None], (1, len(row)))

    return outcomes


def _along(low: np.ndarray, high: np.ndarray, stays: np.ndarray, most: float) -> Ends:
    """Evenly spaced points of what is not measured yet.

    `stays` is how much of the way from low to high no document settles; nothing exceeds `most`.
    """
    last = np.minimum(np.maximum(high - stays, low), most)
    first = np.minimum(low, most)
    at = first[:, None] + (last - first)[:, None] * np.linspace(0.0, 1.0, PLACES)
    return at, np.minimum(at + stays[:, None], most)


def _closed(seen: Seen) -> Ends:
    """No document does anything."""
    return seen.low[:, None], seen.high[:, None]


def _paper(kind: str, facts: Facts, given: Points, absent: Expression, outcomes: Outcomes) -> Part:
    """A document that says what is asked for, once it is there."""
    if not facts.holds(kind):
        return Part(kind, given, absent, "not_kept", "not_kept", _closed)
    return Part(kind, given, absent, "missing", "unclear", outcomes)


def _register(
    kind: str, table: str, facts: Facts, given: Points, unrecorded: str, outcomes: Outcomes
) -> list[Part]:
    """A document of a register that may hold others besides."""
    absent = ibis.literal(value=True)
    if not facts.holds(table):
        return [Part(kind, given, absent, "not_kept", "not_kept", _closed)]
    if unrecorded == "none":
        return [Part(kind, given, ibis.literal(value=False), "unclear", "unclear", _closed)]
    return [Part(kind, given, absent, "register", "register", outcomes)]


def _never(kind: str, given: Points, reason: Reason) -> list[Part]:
    return [Part(kind, given, ibis.literal(value=False), reason, reason, _closed)]


@_parts.register
def _predicate(measure: PredicateMeasure, facts: Facts, matching: Matching) -> list[Part]:
    prefix = facts.predicates(len(measure.years), measure.due_after_months)
    found = []
    for n, weight in enumerate(measure.years):
        alone = tuple(100 if place == n else 0 for place in range(len(measure.years)))
        of_year = points(measure.model_copy(update={"years": alone}), facts, matching)
        absent = _[f"{prefix}_given_{n}"].isnull()
        outcomes = _each(measure.points.model_dump().values())
        part = _paper("appraisal", facts, of_year, absent, outcomes)
        found.append(replace(part, share=float(weight) / 100))
    return found


@_parts.register
def _award(measure: AwardMeasure, facts: Facts, matching: Matching) -> list[Part]:
    # Categories that no award of the record is of cannot be come to.
    values = {measure.points[category] for category in measure.categories.values()}
    values.add(
        min(measure.points.values()) if measure.other is None else measure.points[measure.other]
    )
    given = points(measure, facts, matching)
    raised = _raised(sorted(values))
    return _register("award", "award", facts, given, measure.unrecorded, raised)


@_parts.register
def _assignment(measure: AssignmentMeasure, facts: Facts, matching: Matching) -> list[Part]:
    given = points(measure, facts, matching)
    raised = _raised(measure.points.model_dump().values())
    return _register("assignment", "assignment", facts, given, measure.unrecorded, raised)


@_parts.register
def _acting(measure: ActingMeasure, facts: Facts, matching: Matching) -> list[Part]:
    given = points(measure, facts, matching)
    raised = _raised(measure.points.model_dump().values())
    return _register("acting", "appointment", facts, given, measure.unrecorded, raised)


@_parts.register
def _leadership(measure: LeadershipTrainingMeasure, facts: Facts, matching: Matching) -> list[Part]:
    given = points(measure, facts, matching)
    raised = _raised(measure.points.values())
    return _register("training", "training", facts, given, measure.unrecorded, raised)


@_parts.register
def _hours(measure: HoursMeasure, facts: Facts, matching: Matching) -> list[Part]:
    prefix = facts.training_hours(measure.within_years, measure.kinds)
    given = points(measure, facts, matching)
    outcomes = _more_hours(_ascending(measure.bands))
    (part,) = _register("training", "training", facts, given, measure.unrecorded, outcomes)
    return [replace(part, facts={"hours": _[f"{prefix}_hours"].fill_null(0.0)})]


def _ascending(bands: Iterable[PointBand]) -> list[PointBand]:
    def lower_end(band: PointBand) -> float:
        end = band.at_least if band.at_least is not None else band.above
        return -np.inf if end is None else float(end)

    return sorted(bands, key=lower_end)


def _more_hours(bands: list[PointBand]) -> Outcomes:
    """Hours that come to each band, that of the hours on record too; more stay possible."""
    given = [float(band.points) for band in bands]
    least = np.array([min(given[place:]) for place in range(len(given))])
    most = np.array([max(given[place:]) for place in range(len(given))])

    def outcomes(seen: Seen) -> Ends:
        hours = seen.facts["hours"]
        is_there = np.stack([_is_ahead(band, hours) for band in bands], axis=1)
        return np.where(is_there, least, np.nan), np.where(is_there, most, np.nan)

    return outcomes


def _is_ahead(band: PointBand, hours: np.ndarray) -> np.ndarray:
    """Whether a band holds the hours on record, or more."""
    if band.below is not None:
        return hours < band.below
    if band.at_most is not None:
        return hours <= band.at_most
    return np.ones(len(hours), dtype=bool)


@_parts.register
def _feedback(measure: FeedbackMeasure, facts: Facts, matching: Matching) -> list[Part]:
    absent = _[f"{facts.mean_feedback(measure.within_years)}_mean"].isnull()
    outcomes = _each(band.points for band in measure.bands)
    return [_paper("feedback", facts, points(measure, facts, matching), absent, outcomes)]


@_parts.register
def _match(
    measure: MatchMeasure | TechnicalMeasure, facts: Facts, matching: Matching
) -> list[Part]:
    is_person = isinstance(measure, MatchMeasure)
    side = "behavioural" if is_person else "technical"
    prefix = matching.person_match() if is_person else matching.technical_match()
    stays = _[f"{matching.match_spread(side)}_spread"]
    absent = _[f"{prefix}_n_measured"] < _[f"{prefix}_n_asked"]
    cap = np.inf if measure.cap is None else float(measure.cap)

    def outcomes(seen: Seen) -> Ends:
        return _along(*(seen.facts[name] for name in asked), cap)

    part = _paper("assessment", facts, points(measure, facts, matching), absent, outcomes)
    asked = {"percent_low": _[f"{prefix}_low"], "percent_high": _[f"{prefix}_high"], "stays": stays}
    return [replace(part, facts=asked)]


@_parts.register
def _potential(measure: PotentialMeasure, facts: Facts, matching: Matching) -> list[Part]:
    prefix = facts.potential(measure.valid_for_years, measure.highest)
    n_aspects = _[f"{prefix}_n_aspects"].fill_null(0)
    of_one = 100 / len(POTENTIAL_ASPECTS)

    def outcomes(seen: Seen) -> Ends:
        absent = (len(POTENTIAL_ASPECTS) - seen.facts["n_aspects"]) * of_one
        # What two assessments of one day, or one off the scale, leave open.
        stays = np.maximum(np.round(seen.high - seen.low - absent, DECIMALS), 0.0)
        return _along(seen.low, seen.high, stays, 100.0)

    given = points(measure, facts, matching)
    part = _paper("potential", facts, given, n_aspects < len(POTENTIAL_ASPECTS), outcomes)
    return [replace(part, facts={"n_aspects": n_aspects})]


@_parts.register
def _education(measure: EducationMeasure, facts: Facts, matching: Matching) -> list[Part]:
    absent = _[f"{facts.education()}_level"].isnull()
    outcomes = _each(measure.points.model_dump().values())
    return [_paper("education", facts, points(measure, facts, matching), absent, outcomes)]


@_parts.register
def _field_of_study(measure: FieldOfStudyMeasure, facts: Facts, matching: Matching) -> list[Part]:
    absent = _[f"{matching.study(measure.related)}_fit"].isnull()
    fields = facts.asof.post_fields
    named = fields.filter(fields.field.isin(list(measure.related))).select("post_id").distinct()
    has_related = set(named.to_pyarrow()["post_id"].to_pylist())
    p = measure.points

    def outcomes(seen: Seen) -> Ends:
        row = np.array([p.fits, p.related, p.other], dtype=float)
        every = np.tile(row, (len(seen.low), 1))
        # No field of study fits in part where the pack names none for the post.
        every[[post not in has_related for post in seen.posts], 1] = np.nan
        return every, every

    return [_paper("education", facts, points(measure, facts, matching), absent, outcomes)]


@_parts.register
def _rank(measure: RankMeasure, facts: Facts, matching: Matching) -> list[Part]:
    absent = _[f"{facts.rank()}_low"].isnull()
    steps = sorted((RANKS.index(name), float(given)) for name, given in measure.points.items())
    values = [given for _place, given in steps]
    # Ranks below the lowest that is named give nothing, where there are any.
    below = [0.0] if steps[0][0] > 0 else []
    given = points(measure, facts, matching)
    return [_paper("rank_history", facts, given, absent, _each([*below, *values]))]


@_parts.register
def _discipline(measure: DisciplineMeasure, facts: Facts, matching: Matching) -> list[Part]:
    reason: Reason = "unclear" if facts.holds("discipline") else "not_kept"
    return _never("discipline", points(measure, facts, matching), reason)


@_parts.register
def _of_career(
    measure: YearsInClassMeasure | OrganisationsMeasure | ExperienceMeasure,
    facts: Facts,
    matching: Matching,
) -> list[Part]:
    return _never("appointment", points(measure, facts, matching), "post")


@_parts.register
def _not_on_record(measure: NotOnRecordMeasure, facts: Facts, matching: Matching) -> list[Part]:
    return _never("judgement", points(measure, facts, matching), "judgement")
