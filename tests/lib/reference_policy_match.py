"""The reference of bands and of the job person match, as least and greatest percent.

The rule that must not break: as in `tests.lib.reference_policy_record`. A level that was not
measured can be any level; fractions are exact until a band is asked.
"""

import math
from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from tests.lib.reference_policy_record import Seen, anniversary

Range = tuple[float, float]
Levels = dict[str, Range]

#: What is left of arithmetic is rounded away before a band is asked.
DECIMALS = 9


def rounded(number: float | Fraction) -> float:
    return round(float(number), DECIMALS)


def span(points: Iterable[float]) -> Range:
    """The least and the greatest."""
    points = list(points)
    return min(points), max(points)


def touched(bands: Iterable, low: float, high: float) -> list:
    """The bands that hold a number between two."""
    low, high = rounded(low), rounded(high)
    found = []
    for band in bands:
        is_under = (band.at_least is not None and high < band.at_least) or (
            band.above is not None and high <= band.above
        )
        is_over = (band.below is not None and low >= band.below) or (
            band.at_most is not None and low > band.at_most
        )
        if not is_under and not is_over:
            found.append(band)
    return found


def band_points(bands: Iterable, low: float, high: float) -> Range:
    return span(band.points for band in touched(bands, low, high))


def any_band(bands: Iterable) -> Range:
    return span(band.points for band in bands)


def is_in_force(seen: Seen, since: date, years: int) -> bool:
    """Whether the anniversary is still to come."""
    return seen.on < anniversary(since, years)


def required_levels(seen: Seen, post: str) -> dict[str, int]:
    """What a post asks for of the dictionary, or what its class does if it has no standard."""
    names = seen.pack.competency_names
    own = {
        row["competency"]: row["level"]
        for row in seen.tables.get("post_requirement", [])
        if row["post_id"] == post and row["competency"] in names
    }
    return own or seen.pack.required_levels(seen.class_of(post))


def technical_levels(seen: Seen, post: str) -> dict[str, int]:
    """What a post asks for beyond the dictionary."""
    names = seen.pack.competency_names
    return {
        row["competency"]: row["level"]
        for row in seen.tables.get("post_requirement", [])
        if row["post_id"] == post and row["competency"] not in names
    }


def measured_levels(seen: Seen, person: str) -> Levels:
    """The newest level in force of each competency; two of one day are a range."""
    if seen.pack.assessment is None:
        return {}
    in_force = [
        row
        for row in seen.of("assessment", person)
        if row["method"] in seen.pack.assessment.methods
        and is_in_force(seen, row["assessed_on"], seen.pack.assessment.valid_for.years)
    ]
    found = {}
    for name in {row["competency"] for row in in_force}:
        rows = [row for row in in_force if row["competency"] == name]
        newest = max(row["assessed_on"] for row in rows)
        found[name] = span(row["level"] for row in rows if row["assessed_on"] == newest)
    return found


def match_percent(seen: Seen, required: dict[str, int], measured: Levels) -> Range:
    """Both ends of the match for some required levels; what was not measured can be any level."""
    assert seen.pack.competencies is not None and seen.pack.assessment is not None
    unknown = (seen.pack.competencies.lowest_level, seen.pack.competencies.highest_level)
    formula = seen.pack.assessment.formula
    ends = []
    for end in (0, 1):
        levels = {name: exact(measured.get(name, unknown)[end]) for name in required}
        if formula.kind == "ratio_of_sums":
            ends.append(ratio_of_sums(levels, required))
        else:
            ratios = [levels[name] / required[name] for name in required]
            if formula.round_ratios_to is not None:
                ratios = [half_up(ratio, formula.round_ratios_to) for ratio in ratios]
            ends.append(100 * sum(ratios, Fraction(0)) / len(ratios))
    return float(ends[0]), float(ends[1])


def ratio_of_sums(levels: dict[str, Fraction], required: dict[str, int]) -> Fraction:
    return 100 * sum(levels.values(), Fraction(0)) / sum(required.values())


def exact(number: float) -> Fraction:
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def half_up(number: Fraction, decimals: int) -> Fraction:
    """Rounded as forms do it by hand: a five rounds up."""
    scale = 10**decimals
    return Fraction(math.floor(number * scale + Fraction(1, 2)), scale)


def known_match(seen: Seen, person: str, post: str) -> Range | None:
    """The match for a post; None if it asks for nothing or nothing of it was measured."""
    required, measured = required_levels(seen, post), measured_levels(seen, person)
    if not required or not set(required) & set(measured):
        return None
    low, high = match_percent(seen, required, measured)
    return rounded(low), rounded(high)
