"""The catalogue as somebody reads it: a table of Markdown, or rows of JSON.

The rule that must not break: it says what the catalogue says, all of it, in the catalogue's order.
"""

from dataclasses import asdict
from math import inf

from features.catalogue import CATALOGUE, Catalogue, Feature

_DIRECTIONS = {1: "raises", -1: "lowers", 0: ""}
_HEADING = ("feature", "meaning", "unit", "range", "readiness", "reason group", "made of")


def as_rows(catalogue: Catalogue = CATALOGUE) -> dict[str, object]:
    """The version, the reason groups and the features, as JSON has them."""
    groups = [asdict(group) for group in catalogue.groups.values()]
    features = [_finite(asdict(feature)) for feature in catalogue]
    return {"version": catalogue.version, "groups": groups, "features": features}


def as_markdown(catalogue: Catalogue = CATALOGUE) -> str:
    """One line a feature.

    Examples
    --------
    >>> heading, _line, first = as_markdown().splitlines()[:3]
    >>> heading
    '| feature | meaning | unit | range | readiness | reason group | made of |'
    >>> first.split(" | ")[:3]
    ['| `is_in_post`', 'Holds a post', 'yes/no']
    """
    lines = [_line(_HEADING), "|" + "---|" * len(_HEADING)]
    return "\n".join([*lines, *(_line(_cells(feature)) for feature in catalogue)])


def _cells(feature: Feature) -> tuple[str, ...]:
    absent = f"; missing: {feature.absent_en}" if feature.absent_en else ""
    return (
        f"`{feature.name}`",
        f"{feature.label_en}{absent}",
        feature.unit,
        f"{feature.low:g} to {feature.high:g}",
        _DIRECTIONS[feature.direction],
        feature.group,
        ", ".join(feature.source),
    )


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _finite(told: dict[str, object]) -> dict[str, object]:
    """JSON knows no infinity: a range without an end has none."""
    return {name: None if value in (inf, -inf) else value for name, value in told.items()}
