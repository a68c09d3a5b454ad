"""The reference of all measures: the points that each gives at least and at most.

The rule that must not break: as in `tests.lib.reference_policy_record`. What the record does not
answer is the whole range, spelt out here measure by measure.
"""

import math
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

from features.packs.declaration import Pack
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
    LeadershipTrainingMeasure,
    MatchMeasure,
    Measure,
    NotOnRecordMeasure,
    OrganisationsMeasure,
    PotentialMeasure,
    PredicateMeasure,
    RankMeasure,
    TechnicalMeasure,
    YearsInClassMeasure,
)
from features.tables.dossier import EDUCATION_LEVELS, POTENTIAL_ASPECTS, RANKS
from tests.lib.reference_policy_match import (
    Range,
    any_band,
    band_points,
    exact,
    is_in_force,
    match_percent,
    measured_levels,
    ratio_of_sums,
    required_levels,
    span,
    technical_levels,
)
from tests.lib.reference_policy_record import (
    DAY,
    DEFINITIVE,
    Rows,
    Seen,
    Spell,
    due_year,
    time_of,
)

# Each kind of measure takes the reference post, which a person may be without.


def predicate(seen: Seen, measure: PredicateMeasure, person: str, post: str | None) -> Range:
    low, high = Fraction(0), Fraction(0)
    points = measure.points.model_dump()
    last = last_year(seen, person, measure.due_after_months)
    for back, weight in enumerate(measure.years):
        given = predicates_of(seen, person, last - back) or set(points)
        worst, best = span(points[name] for name in given)
        low += weight / 100 * Fraction(worst)
        high += weight / 100 * Fraction(best)
    return float(low), float(high)


def last_year(seen: Seen, person: str, due_after_months: int) -> int:
    years = [row["year"] for row in seen.of("appraisal", person)]
    return max([*years, due_year(seen.on, due_after_months)])


def predicates_of(seen: Seen, person: str, year: int) -> set[str]:
    return {row["predicate"] for row in seen.of("appraisal", person) if row["year"] == year}


def best_of(
    seen: Seen,
    table: str,
    found: list[Range],
    measure: AwardMeasure | AssignmentMeasure | ActingMeasure | LeadershipTrainingMeasure,
    possible: Iterable[float],
) -> Range:
    """The best of what is on record, and the best that may not be."""
    low = max([measure.none, *(low for low, _high in found)])
    if measure.unrecorded == "none" and seen.holds(table):
        return low, max([measure.none, *(high for _low, high in found)])
    return low, max([measure.none, *possible])


def award(seen: Seen, measure: AwardMeasure, person: str, post: str | None) -> Range:
    found = []
    for row in seen.of("award", person):
        if is_in_force(seen, row["awarded_on"], measure.within_years):
            category = measure.categories.get(row["kind"], measure.other)
            known = measure.points if category is None else {category: measure.points[category]}
            found.append(span(known.values()))
    return best_of(seen, "award", found, measure, measure.points.values())


def assignment(seen: Seen, measure: AssignmentMeasure, person: str, post: str | None) -> Range:
    points = measure.points.model_dump()
    found = []
    for row in seen.of("assignment", person):
        ended = row["ended_on"]
        if ended is None or is_in_force(seen, ended + DAY, measure.within_years):
            given = points[f"{row['role']}_{row['scope']}"]
            found.append((given, given))
    return best_of(seen, "assignment", found, measure, points.values())


def acting(seen: Seen, measure: ActingMeasure, person: str, post: str | None) -> Range:
    points = measure.points
    career = seen.career(person)
    found = []
    for spell in career:
        if spell.kind == "caretaker":
            found.append((points.caretaker, points.caretaker))
        if spell.kind == "acting":
            own = [
                seen.step_of(other.post)
                for other in career
                if other.kind == "definitive" and was_held(other, spell.start)
            ]
            if not own:
                given = [points.acting_higher, points.acting_same, points.acting_lower]
            elif seen.step_of(spell.post) > max(own):
                given = [points.acting_higher]
            elif seen.step_of(spell.post) == max(own):
                given = [points.acting_same]
            else:
                given = [points.acting_lower]
            found.append(span(given))
    return best_of(seen, "appointment", found, measure, points.model_dump().values())


def was_held(spell: Spell, day: date) -> bool:
    return spell.start <= day and (spell.lasts or day < spell.until)


def feedback(seen: Seen, measure: FeedbackMeasure, person: str, post: str | None) -> Range:
    scores = [
        exact(row["score"])
        for row in seen.of("feedback", person)
        if is_in_force(seen, row["given_on"], measure.within_years)
    ]
    if not scores:
        return any_band(measure.bands)
    mean = float(sum(scores, Fraction(0)) / len(scores))
    return band_points(measure.bands, mean, mean)


def job_person_match(seen: Seen, measure: MatchMeasure, person: str, post: str | None) -> Range:
    required = {} if post is None else required_levels(seen, post)
    if not required:
        return unasked(seen, measure.cap)
    return capped(match_percent(seen, required, measured_levels(seen, person)), measure.cap)


def technical_match(seen: Seen, measure: TechnicalMeasure, person: str, post: str | None) -> Range:
    required = {} if post is None else technical_levels(seen, post)
    if not required:
        return unasked(seen, measure.cap)
    assert seen.pack.competencies is not None
    unknown = (seen.pack.competencies.lowest_level, seen.pack.competencies.highest_level)
    measured = measured_levels(seen, person)
    low, high = (
        float(
            ratio_of_sums(
                {name: exact(measured.get(name, unknown)[end]) for name in required}, required
            )
        )
        for end in (0, 1)
    )
    return capped((low, high), measure.cap)


def unasked(seen: Seen, cap: float | None) -> Range:
    """A match for a post that asks for nothing."""
    if cap is not None:
        return 0.0, cap
    # The least level that a post can ask for is 1.
    dictionary = seen.pack.competencies
    assert dictionary is not None
    return 0.0, 100.0 * dictionary.highest_level


def capped(percent: Range, cap: float | None) -> Range:
    low, high = percent
    return (low, high) if cap is None else (min(low, cap), min(high, cap))


def training_hours(seen: Seen, measure: HoursMeasure, person: str, post: str | None) -> Range:
    found = [
        row
        for row in seen.of("training", person)
        if row["finished_on"] is not None
        and row["finished_on"] <= seen.on
        and is_in_force(seen, row["finished_on"], measure.within_years)
        and (measure.kinds is None or row["kind"] in measure.kinds)
    ]
    written = [row.get("hours") for row in found]
    hours = float(sum(exact(one) for one in written if one is not None))
    is_all = measure.unrecorded == "none" and seen.holds("training")
    is_known = is_all and None not in written
    return band_points(measure.bands, hours, hours if is_known else math.inf)


def years_in_class(
    seen: Seen, measure: YearsInClassMeasure, person: str, post: str | None
) -> Range:
    present = seen.present_post(person)
    if present is None:
        return any_band(measure.bands)
    in_class = [
        spell
        for spell in seen.career(person)
        if spell.kind == "definitive" and spell.post_class == seen.class_of(present)
    ]
    years = time_of(in_class, seen.on).whole_years
    return band_points(measure.bands, years, years)


def organisations(
    seen: Seen, measure: OrganisationsMeasure, person: str, post: str | None
) -> Range:
    units = {spell.unit for spell in seen.career(person) if spell.kind == "definitive"}
    if not units:
        return any_band(measure.bands)
    return band_points(measure.bands, len(units), len(units))


def experience(seen: Seen, measure: ExperienceMeasure, person: str, post: str | None) -> Range:
    if post is None or not seen.fields(post) or not seen.career(person):
        return any_band(measure.bands)
    sure, possible = spells_in_fields(seen, person, post, DEFINITIVE)
    # An appointment of today is no time, but may end the time of others in a leap year.
    years = [time_of(spells, seen.on).whole_years for spells in (sure, possible)]
    return band_points(measure.bands, min(years), max(years))


def spells_in_fields(
    seen: Seen, person: str, post: str, kinds: Iterable[str]
) -> tuple[list[Spell], list[Spell]]:
    """Spells in posts that share a field with a post; these, and those in posts of no field."""
    spells = [spell for spell in seen.career(person) if spell.kind in kinds]
    sure = [spell for spell in spells if seen.fields(spell.post) & seen.fields(post)]
    without = [spell for spell in spells if not seen.fields(spell.post)]
    return sure, sure + without


def potential(seen: Seen, measure: PotentialMeasure, person: str, post: str | None) -> Range:
    rows = [
        row
        for row in seen.of("potential", person)
        if is_in_force(seen, row["assessed_on"], measure.valid_for_years)
    ]
    if not rows:
        return 0.0, 100.0
    low, high = Fraction(0), Fraction(0)
    for aspect in POTENTIAL_ASPECTS:
        worst, best = newest_scores(rows, aspect) or (0.0, measure.highest)
        if worst < 0 or best > measure.highest:
            # No score on this scale: it says nothing.
            worst, best = 0.0, measure.highest
        low += exact(worst)
        high += exact(best)
    most = len(POTENTIAL_ASPECTS) * exact(measure.highest)
    return float(100 * low / most), float(100 * high / most)


def newest_scores(rows: Rows, aspect: str) -> Range | None:
    of_aspect = [row for row in rows if row["aspect"] == aspect]
    if not of_aspect:
        return None
    newest = max(row["assessed_on"] for row in of_aspect)
    return span(row["score"] for row in of_aspect if row["assessed_on"] == newest)


def education(seen: Seen, measure: EducationMeasure, person: str, post: str | None) -> Range:
    points = measure.points.model_dump()
    level = highest_education(seen, person)
    return span(points.values()) if level is None else (points[level], points[level])


def highest_education(seen: Seen, person: str) -> str | None:
    levels = {row["level"] for row in seen.of("education", person)}
    return max(levels, key=EDUCATION_LEVELS.index) if levels else None


def field_of_study(
    seen: Seen, measure: FieldOfStudyMeasure, person: str, post: str | None
) -> Range:
    points = measure.points
    everything = span(points.model_dump().values())
    work = set() if post is None else seen.fields(post)
    if not work:
        return everything
    studied = {row["field"] for row in seen.of("education", person)} - {None}
    near = {field for name in work for field in measure.related.get(name, ())}
    if not studied:
        return everything
    if studied & work:
        return points.fits, points.fits
    if studied & near:
        return points.related, points.related
    return points.other, points.other


def discipline(seen: Seen, measure: DisciplineMeasure, person: str, post: str | None) -> Range:
    points = measure.points.model_dump()
    if not seen.holds("discipline"):
        return span(points.values())
    found = []
    for row in seen.of("discipline", person):
        until = row["until_on"]
        if until is None:
            found.append(span([points["running"], points[row["level"]]]))
        elif until >= seen.on:
            found.append((points["running"], points["running"]))
        elif measure.within_years is None or is_in_force(seen, until + DAY, measure.within_years):
            found.append((points[row["level"]], points[row["level"]]))
    if not found:
        return points["never"], points["never"]
    return min(low for low, _high in found), min(high for _low, high in found)


def leadership_training(
    seen: Seen, measure: LeadershipTrainingMeasure, person: str, post: str | None
) -> Range:
    found = [
        (measure.points[row["level"]], measure.points[row["level"]])
        for row in seen.of("training", person)
        if row["finished_on"] is not None
        and row["finished_on"] <= seen.on
        and row.get("level") in measure.points
    ]
    return best_of(seen, "training", found, measure, measure.points.values())


def rank(seen: Seen, measure: RankMeasure, person: str, post: str | None) -> Range:
    held = rank_held(seen, person)
    if held is None:
        return span([0.0, *measure.points.values()])
    return span(points_of_rank(measure, one) for one in held)


def rank_held(seen: Seen, person: str) -> tuple[str, str] | None:
    """The lowest and the highest rank among those of the newest day."""
    rows = seen.of("rank_history", person)
    if not rows:
        return None
    newest = max(row["from_on"] for row in rows)
    ranks = {row["rank"] for row in rows if row["from_on"] == newest}
    return min(ranks, key=RANKS.index), max(ranks, key=RANKS.index)


def points_of_rank(measure: RankMeasure, held: str) -> float:
    reached = [one for one in measure.points if RANKS.index(one) <= RANKS.index(held)]
    return measure.points[max(reached, key=RANKS.index)] if reached else 0.0


def not_on_record(seen: Seen, measure: NotOnRecordMeasure, person: str, post: str | None) -> Range:
    return measure.lowest, measure.highest


MEASURES: dict[str, Callable[..., Range]] = {
    "predicate": predicate,
    "award": award,
    "assignment": assignment,
    "acting": acting,
    "feedback": feedback,
    "job_person_match": job_person_match,
    "technical_match": technical_match,
    "training_hours": training_hours,
    "years_in_class": years_in_class,
    "organisations": organisations,
    "experience": experience,
    "potential": potential,
    "education": education,
    "field_of_study": field_of_study,
    "discipline": discipline,
    "leadership_training": leadership_training,
    "rank": rank,
    "not_on_record": not_on_record,
}


def measured(seen: Seen, measure: Measure, person: str, post: str | None) -> Range:
    """Points of one measure, with a reference post or without one."""
    return MEASURES[measure.kind](seen, measure, person, post)


def indicators(
    seen: Seen, components: Iterable[Component], person: str, post: str | None
) -> dict[str, Range]:
    """Points of each indicator."""
    return {
        indicator.indicator: measured(seen, indicator.measure, person, post)
        for component in components
        for indicator in component.indicators
    }


def weighed(components: Iterable[Component], points: dict[str, Range]) -> tuple[Fraction, Fraction]:
    """Weighted sums of the low and of the high ends."""
    low, high = Fraction(0), Fraction(0)
    for component in components:
        for indicator in component.indicators:
            least, most = points[indicator.indicator]
            low += indicator.weight / 100 * Fraction(least)
            high += indicator.weight / 100 * Fraction(most)
    return low, high


def axis_components(pack: Pack, axis: str) -> tuple[Component, ...]:
    assert pack.nine_box is not None
    return getattr(pack.nine_box, axis).components
