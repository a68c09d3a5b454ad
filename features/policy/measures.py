"""What each kind of measure gives, as the least and the most points that the record allows.

The rule that must not break: a missing record is the whole range of what its rubric can give, never
the lowest and never a kind default; once it is there, the range can only be narrower.
`docs/policy-packs.md` tells the same in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce, singledispatch
from operator import add
from typing import Any
from zlib import crc32

import ibis
from ibis import _
from pydantic import BaseModel

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
from features.packs.quantities import Band, PointBand
from features.policy.anniversaries import Expression, anniversary, shifted
from features.policy.facts import Facts, within
from features.policy.matching import Matching
from features.tables.dossier import EDUCATION_LEVELS, POTENTIAL_ASPECTS, PREDICATES, RANKS

Measure = BaseModel
#: Scores are compared with thresholds after so many decimals: sums of fractions end somewhere.
DECIMALS = 9
#: More than anybody can be trained.
MOST_HOURS = 1e9


@dataclass(frozen=True)
class Points:
    """The least and the most points, as expressions over facts.

    Parameters
    ----------
    low, high : ibis.Expression of float
    side : str, optional
        Side of the reference post that they read facts of; see `Matching`.
    widest : (float, float)
        What they are for a post without that side, or for nobody's post.
    """

    low: Expression
    high: Expression
    side: str | None = None
    widest: tuple[float, float] = (0.0, 0.0)


def points(measure: Measure, facts: Facts, matching: Matching) -> Points:
    """What a measure gives, as expressions; the facts that it reads are asked for on the way."""
    return _points(measure, facts, matching)


@singledispatch
def _points(measure: Measure, _facts: Facts, _matching: Matching) -> Points:
    raise TypeError(f"no points for measures of the kind {type(measure).__name__}")


def widest(points_given: Iterable[float]) -> tuple[float, float]:
    """The least and the most of what a rubric can give."""
    given = list(points_given)
    return float(min(given)), float(max(given))


def _or_all(
    low: Expression, high: Expression, points_given: Iterable[float]
) -> tuple[Expression, Expression]:
    """A range, or where there is none all that the rubric can give."""
    least, most = widest(points_given)
    return low.coalesce(least), high.coalesce(most)


def _of_table(value: Expression, table: Mapping[Any, float]) -> Expression:
    if not table:
        return ibis.null("float64")
    return ibis.cases(*((value == key, float(p)) for key, p in table.items()), else_=None)


def touches(band: Band, low: Expression, high: Expression) -> Expression:
    """Whether a band holds any number from low to high."""
    found: Expression = ibis.literal(True)
    if band.at_least is not None:
        found = high >= band.at_least
    elif band.above is not None:
        found = high > band.above
    if band.below is not None:
        found &= low < band.below
    elif band.at_most is not None:
        found &= low <= band.at_most
    return found


def _by_bands(
    low: Expression, high: Expression, bands: tuple[PointBand, ...]
) -> tuple[Expression, Expression]:
    """The least and the most points of the bands that a range of numbers touches."""
    touched = [(touches(band, low, high), float(band.points)) for band in bands]
    if len(touched) == 1:
        # One band holds every number.
        constant = ibis.ifelse(low.notnull(), touched[0][1], None)
        return _or_all(constant, constant, [touched[0][1]])
    least, most = widest(p for _touch, p in touched)
    lows = ibis.least(*(ibis.ifelse(touch, p, most) for touch, p in touched))
    highs = ibis.greatest(*(ibis.ifelse(touch, p, least) for touch, p in touched))
    is_known = low.notnull()
    return ibis.ifelse(is_known, lows, least), ibis.ifelse(is_known, highs, most)


@_points.register
def _predicate(measure: PredicateMeasure, facts: Facts, _matching: Matching) -> Points:
    prefix = facts.predicates(len(measure.years), measure.due_after_months)
    table = {PREDICATES.index(n): p for n, p in measure.points.model_dump().items()}
    lows, highs = [], []
    for n, weight in enumerate(measure.years):
        worst, best = _of_year(_[f"{prefix}_given_{n}"], table)
        year_low, year_high = _or_all(worst, best, table.values())
        lows.append(year_low * (float(weight) / 100))
        highs.append(year_high * (float(weight) / 100))
    return Points(reduce(add, lows), reduce(add, highs))


def _of_year(given: Expression, table: Mapping[int, float]) -> tuple[Expression, Expression]:
    """The least and the most points of the predicates of a year, given as bits by their places.

    A rubric may give a better predicate fewer points.
    """
    least, most = widest(table.values())
    held = [((given & (1 << place)) > 0, float(p)) for place, p in table.items()]
    low = ibis.least(*(ibis.ifelse(one, p, most) for one, p in held))
    high = ibis.greatest(*(ibis.ifelse(one, p, least) for one, p in held))
    return ibis.ifelse(given.notnull(), low, None), ibis.ifelse(given.notnull(), high, None)


def _best_of(
    facts: Facts,
    prefix: str,
    *,
    given: Iterable[float],
    none: float,
    is_complete: bool,
) -> Points:
    """The best points on record, and the best that may not have been handed in.

    `is_complete`: what is not on record was not.
    """
    # Whatever else there is beside the record, it can be worth anything, and not less than nothing.
    most = float(max([*given, none]))
    low: Expression = ibis.greatest(_[f"{prefix}_low"], none)
    high: Expression = ibis.greatest(_[f"{prefix}_high"], none)
    if is_complete:
        return Points(low.fill_null(none), high.fill_null(none))
    return Points(low.fill_null(float(none)), ibis.literal(most))


@_points.register
def _award(measure: AwardMeasure, facts: Facts, _matching: Matching) -> Points:
    known = {kind: measure.points[c] for kind, c in measure.categories.items()}
    least, most = widest(measure.points.values())
    other = None if measure.other is None else measure.points[measure.other]
    rows = within(facts.awards, "awarded_on", measure.within_years)
    value = _of_table(rows.kind, dict(known))
    rows = rows.mutate(
        low=value.coalesce(float(least if other is None else other)),
        high=value.coalesce(float(most if other is None else other)),
    )
    prefix = facts.best(_unlike("award", measure), rows)
    is_complete = measure.unrecorded == "none" and facts.holds("award")
    given = measure.points.values()
    return _best_of(facts, prefix, given=given, none=measure.none, is_complete=is_complete)


@_points.register
def _assignment(measure: AssignmentMeasure, facts: Facts, _matching: Matching) -> Points:
    rows = facts.assignments
    until = anniversary(shifted(rows.ended_on, 1), measure.within_years)
    rows = rows.filter(rows.ended_on.isnull() | (rows.as_of < until))
    part = rows.role + "_" + rows.scope
    value = _of_table(part, measure.points.model_dump())
    prefix = facts.best(_unlike("assignment", measure), rows.mutate(low=value, high=value))
    given = measure.points.model_dump().values()
    is_complete = measure.unrecorded == "none" and facts.holds("assignment")
    return _best_of(facts, prefix, given=given, none=measure.none, is_complete=is_complete)


@_points.register
def _acting(measure: ActingMeasure, facts: Facts, _matching: Matching) -> Points:
    p, rows = measure.points, facts.acting
    acted = (p.acting_higher, p.acting_same, p.acting_lower)
    by_step = [
        (rows.step > rows.own_step, p.acting_higher),
        (rows.step == rows.own_step, p.acting_same),
        (rows.step < rows.own_step, p.acting_lower),
    ]
    is_caretaker = (rows.kind == "caretaker", p.caretaker)
    branches = [(condition, float(given)) for condition, given in (is_caretaker, *by_step)]
    rows = rows.mutate(
        low=ibis.cases(*branches, else_=float(min(acted))),
        high=ibis.cases(*branches, else_=float(max(acted))),
    )
    prefix = facts.best(_unlike("acting", measure), rows)
    is_complete = measure.unrecorded == "none"
    given = (p.caretaker, *acted)
    return _best_of(facts, prefix, given=given, none=measure.none, is_complete=is_complete)


@_points.register
def _leadership(measure: LeadershipTrainingMeasure, facts: Facts, _matching: Matching) -> Points:
    rows = facts.trainings.filter(_.level.isin(list(measure.points)))
    value = _of_table(rows.level, dict(measure.points))
    prefix = facts.best(_unlike("leadership", measure), rows.mutate(low=value, high=value))
    given = measure.points.values()
    is_complete = measure.unrecorded == "none" and facts.holds("training")
    return _best_of(facts, prefix, given=given, none=measure.none, is_complete=is_complete)


@_points.register
def _feedback(measure: FeedbackMeasure, facts: Facts, _matching: Matching) -> Points:
    mean = _[f"{facts.mean_feedback(measure.within_years)}_mean"].round(DECIMALS)
    return Points(*_by_bands(mean, mean, measure.bands))


@_points.register
def _match(measure: MatchMeasure, facts: Facts, matching: Matching) -> Points:
    prefix = matching.person_match()
    return _capped(facts, prefix, measure.cap, "behavioural")


@_points.register
def _technical(measure: TechnicalMeasure, facts: Facts, matching: Matching) -> Points:
    prefix = matching.technical_match()
    return _capped(facts, prefix, measure.cap, "technical")


def _capped(facts: Facts, prefix: str, cap: float | None, side: str) -> Points:
    """A match in percent, at most the cap; a post that asks for nothing leaves it open."""
    dictionary = facts.pack.competencies
    assert dictionary is not None
    # The least level that a post can ask for is 1.
    most = 100 * dictionary.highest_level if cap is None else float(cap)
    low, high = _[f"{prefix}_low"].coalesce(0.0), _[f"{prefix}_high"].coalesce(most)
    if cap is not None:
        return Points(ibis.least(low, most), ibis.least(high, most), side, (0.0, most))
    return Points(low, high, side, (0.0, most))


@_points.register
def _hours(measure: HoursMeasure, facts: Facts, _matching: Matching) -> Points:
    prefix = facts.training_hours(measure.within_years, measure.kinds)
    least = _[f"{prefix}_hours"].fill_null(0.0)
    is_all = measure.unrecorded == "none" and facts.holds("training")
    # Hours that nobody wrote down, and trainings that nobody handed in, can be any.
    is_open = _[f"{prefix}_n_blank"].fill_null(0) > 0 if is_all else ibis.literal(True)
    most = ibis.ifelse(is_open, MOST_HOURS, least)
    return Points(*_by_bands(least, most, measure.bands))


@_points.register
def _years_in_class(measure: YearsInClassMeasure, facts: Facts, _matching: Matching) -> Points:
    years = _[f"{facts.time_in_present_class()}_years"]
    return Points(*_by_bands(years, years, measure.bands))


@_points.register
def _organisations(measure: OrganisationsMeasure, facts: Facts, _matching: Matching) -> Points:
    n = _[f"{facts.organisations()}_n"]
    return Points(*_by_bands(n, n, measure.bands))


@_points.register
def _experience(measure: ExperienceMeasure, facts: Facts, matching: Matching) -> Points:
    known = _[f"{facts.has_career()}_rows"]
    prefix = matching.experience(("definitive",))
    is_open = known.isnull() | _[f"{prefix}_asks"].isnull()
    sure = ibis.ifelse(is_open, None, _[f"{prefix}_sure_years"].coalesce(0))
    possible = ibis.ifelse(is_open, None, _[f"{prefix}_possible_years"].coalesce(0))
    given = widest(band.points for band in measure.bands)
    return Points(*_by_bands(sure, possible, measure.bands), "fields", given)


@_points.register
def _potential(measure: PotentialMeasure, facts: Facts, _matching: Matching) -> Points:
    prefix = facts.potential(measure.valid_for_years, measure.highest)
    scale = 100 / (len(POTENTIAL_ASPECTS) * measure.highest)
    low, high = _[f"{prefix}_low"] * scale, _[f"{prefix}_high"] * scale
    return Points(low.coalesce(0.0), high.coalesce(100.0))


@_points.register
def _education(measure: EducationMeasure, facts: Facts, _matching: Matching) -> Points:
    table = {EDUCATION_LEVELS.index(n): p for n, p in measure.points.model_dump().items()}
    value = _of_table(_[f"{facts.education()}_level"], table)
    return Points(*_or_all(value, value, table.values()))


@_points.register
def _field_of_study(measure: FieldOfStudyMeasure, _facts: Facts, matching: Matching) -> Points:
    table = {2: measure.points.fits, 1: measure.points.related, 0: measure.points.other}
    value = _of_table(_[f"{matching.study(measure.related)}_fit"], table)
    return Points(*_or_all(value, value, table.values()), "fields", widest(table.values()))


@_points.register
def _discipline(measure: DisciplineMeasure, facts: Facts, _matching: Matching) -> Points:
    p = measure.points
    if not facts.holds("discipline"):
        least, most = widest((p.never, p.light, p.medium, p.heavy, p.running))
        return Points(ibis.literal(least), ibis.literal(most))
    rows = facts.sanctions
    after = _of_table(rows.level, {n: getattr(p, n) for n in ("light", "medium", "heavy")})
    running = ibis.literal(float(p.running))
    is_open, is_running = rows.until_on.isnull(), rows.until_on >= rows.as_of
    if measure.within_years is not None:
        counts = rows.as_of < anniversary(shifted(rows.until_on, 1), measure.within_years)
        rows = rows.filter(is_open | is_running | counts)
    rows = rows.mutate(
        low=ibis.cases((is_open, ibis.least(running, after)), (is_running, running), else_=after),
        high=ibis.cases(
            (is_open, ibis.greatest(running, after)), (is_running, running), else_=after
        ),
    )
    prefix = facts.worst(_unlike("sanctions", measure), rows)
    low, high = _[f"{prefix}_low"], _[f"{prefix}_high"]
    return Points(low.fill_null(float(p.never)), high.fill_null(float(p.never)))


@_points.register
def _rank(measure: RankMeasure, facts: Facts, _matching: Matching) -> Points:
    prefix = facts.rank()
    steps = sorted(((RANKS.index(r), float(p)) for r, p in measure.points.items()), reverse=True)
    low, high = (
        ibis.cases(
            *((_[f"{prefix}_{end}"] >= place, given) for place, given in steps),
            (_[f"{prefix}_{end}"].notnull(), 0.0),
            else_=None,
        )
        for end in ("low", "high")
    )
    given = (0.0, *measure.points.values())
    return Points(*_or_all(ibis.least(low, high), ibis.greatest(low, high), given))


@_points.register
def _not_on_record(measure: NotOnRecordMeasure, _facts: Facts, _matching: Matching) -> Points:
    return Points(ibis.literal(float(measure.lowest)), ibis.literal(float(measure.highest)))


def _unlike(name: str, measure: BaseModel) -> str:
    """A prefix that two measures share only if their rubrics are the same."""
    return f"{name}_{crc32(measure.model_dump_json().encode()):x}"
