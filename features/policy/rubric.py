"""Every value that a rubric can give, whatever a record holds.

The rule that must not break: a value that the rubric cannot give explains nothing. Values are
stretches, of one number where the rubric lists points and of many where it computes a percentage.
"""

from collections.abc import Iterable, Mapping
from functools import singledispatch

from pydantic import BaseModel

from features.packs.declaration import Dictionary
from features.packs.measures import (
    ActingMeasure,
    AssignmentMeasure,
    AwardMeasure,
    Component,
    DisciplineMeasure,
    EducationMeasure,
    ExperienceMeasure,
    FeedbackMeasure,
    FieldOfStudyMeasure,
    HoursMeasure,
    Indicator,
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

Stretch = tuple[float, float]
#: Sums that differ by less are one: far below what scores are rounded to.
_DECIMALS = 12


def values_of(component: Component, dictionary: Dictionary | None) -> list[Stretch]:
    """What a component can add to its axis: every sum of what its indicators can add.

    Parameters
    ----------
    component : Component
    dictionary : Dictionary or None
        Competencies of the pack: a match without a cap reaches as far as their highest level.

    Returns
    -------
    list of (float, float)
        Stretches from low to high that do not touch, the lowest first.

    Examples
    --------
    >>> from features.packs.library import Library
    >>> component = Library().get("asn-kepka-411-2025").nine_box.potential.components[-1]
    >>> values_of(component, None)
    [(0.0, 0.0), (3.75, 3.75), (7.5, 7.5), (11.25, 11.25), (15.0, 15.0)]
    """
    sums: list[Stretch] = [(0.0, 0.0)]
    for indicator in component.indicators:
        share = float(indicator.weight) / 100
        given = _given(indicator, dictionary)
        sums = _joined(
            (low + share * least, high + share * most)
            for low, high in sums
            for least, most in given
        )
    return sums


def _given(indicator: Indicator, dictionary: Dictionary | None) -> list[Stretch]:
    """The points that the rubric of an indicator can give."""
    measure = indicator.measure
    if isinstance(measure, MatchMeasure | TechnicalMeasure) and measure.cap is None:
        # No post asks for less than level 1.
        highest = dictionary.highest_level if dictionary is not None else 1
        return [(0.0, 100.0 * highest)]
    return _joined(_points(measure))


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch made one."""
    found: list[Stretch] = []
    rounded = ((round(low, _DECIMALS), round(high, _DECIMALS)) for low, high in stretches)
    for low, high in sorted(rounded):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _each(points: Iterable[float]) -> list[Stretch]:
    return [(float(one), float(one)) for one in points]


@singledispatch
def _points(measure: BaseModel) -> list[Stretch]:
    raise TypeError(f"no rubric for measures of the kind {type(measure).__name__}")


@_points.register
def _predicate(measure: PredicateMeasure) -> list[Stretch]:
    points, sums = measure.points.model_dump().values(), {0.0}
    for weight in measure.years:
        sums = {round(s + float(weight) / 100 * p, _DECIMALS) for s in sums for p in points}
    return _each(sums)


@_points.register
def _award(measure: AwardMeasure | LeadershipTrainingMeasure) -> list[Stretch]:
    return _best_of(measure.points, measure.none)


@_points.register
def _part(measure: AssignmentMeasure | ActingMeasure) -> list[Stretch]:
    return _best_of(measure.points.model_dump(), measure.none)


def _best_of(points: Mapping[str, float], none: float) -> list[Stretch]:
    """Points of the best on record, which are never fewer than those of nothing."""
    return _each({max(p, none) for p in points.values()} | {none})


@_points.register
def _banded(
    measure: FeedbackMeasure
    | HoursMeasure
    | YearsInClassMeasure
    | OrganisationsMeasure
    | ExperienceMeasure,
) -> list[Stretch]:
    return _each(band.points for band in measure.bands)


@_points.register
def _match(measure: MatchMeasure | TechnicalMeasure) -> list[Stretch]:
    return [(0.0, 100.0 if measure.cap is None else float(measure.cap))]


@_points.register
def _potential(_measure: PotentialMeasure) -> list[Stretch]:
    return [(0.0, 100.0)]


@_points.register
def _named(measure: EducationMeasure | FieldOfStudyMeasure | DisciplineMeasure) -> list[Stretch]:
    return _each(measure.points.model_dump().values())


@_points.register
def _rank(measure: RankMeasure) -> list[Stretch]:
    return _each({0.0, *measure.points.values()})


@_points.register
def _not_on_record(measure: NotOnRecordMeasure) -> list[Stretch]:
    return [(float(measure.lowest), float(measure.highest))]
