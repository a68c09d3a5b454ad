"""What a pack has to be beyond the shape of its sections; each fault is told with its line.

The rule that must not break: weights add up exactly, bands leave nothing out and hold nothing
twice, and every class, competency, category and citation that is named exists.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from features.documents.document import Document, Path
from features.documents.written import Written
from features.errors import DocumentError
from features.packs.declaration import PERFORMANCE, POTENTIAL, Axis, Dictionary, NineBox, Pack
from features.packs.measures import (
    AwardMeasure,
    Component,
    MatchMeasure,
    Measure,
    PredicateMeasure,
    RankMeasure,
    TechnicalMeasure,
)
from features.packs.quantities import Band, fault_of
from features.packs.rules import MatchRule, RankRule, RetirementRule
from features.tables.dossier import RANKS

HUNDRED = Fraction(100)
#: What the technical result is called among the indicators of a score for a post.
TECHNICAL = "technical"
_FAULTS = {
    "overlap": "overlaps the band below it",
    "gap": "leaves numbers out between it and the band below it",
    "open": "ends, although no band lies beyond it",
}


def check(pack: Pack, document: Document) -> None:
    """Refuse a pack that contradicts itself.

    Raises
    ------
    PackError
        At the line of the first fault.
    """
    sections = (_dates, _citations, _classes, _rules, _competencies, _axes, _post_score)
    for section in (*sections, _settled_once):
        section(pack, document)


def _refuse(
    document: Document, path: Path, what: str, expected: str | None = None
) -> DocumentError:
    return document.error(
        what, where=document.where(path), expected=expected, remedy=f"see {document.guide}"
    )


def _dates(pack: Pack, document: Document) -> None:
    last = pack.effective.last
    if last is not None and last < pack.effective.first:
        raise _refuse(document, ("effective", "until"), "the last day is before the first one")
    if (pack.status == "confirmed") != (pack.confirmation is not None):
        raise _refuse(
            document,
            ("status",),
            "a pack is confirmed by a named officer, and by nothing else",
            "`status: confirmed` together with the section `confirmation`, or neither",
        )


def _citations(pack: Pack, document: Document) -> None:
    for path, piece in _pieces(pack, ()):
        cite = getattr(piece, "cite", None)
        if cite is not None:
            _known(document, "citation", cite, pack.citations, (*path, "cite"))


def _pieces(piece: Any, path: Path) -> Iterator[tuple[Path, Written]]:
    """Every section of a pack with its place in the document."""
    if isinstance(piece, Written):
        yield path, piece
        for name, field in type(piece).model_fields.items():
            yield from _pieces(getattr(piece, name), (*path, field.alias or name))
    elif isinstance(piece, tuple):
        for place, item in enumerate(piece):
            yield from _pieces(item, (*path, place))
    elif isinstance(piece, dict):
        for key, item in piece.items():
            yield from _pieces(item, (*path, key))


def _classes(pack: Pack, document: Document) -> None:
    _once(document, pack.classes, lambda i: ("ladder", "steps", i, "post_class"), "class")
    for path, name in _classes_named(pack):
        _known(document, "class", name, pack.classes, path)


def _classes_named(pack: Pack) -> Iterator[tuple[Path, str]]:
    """Every place that names a class of posts."""
    if pack.equivalence is not None:
        for table in ("competency_levels", "careers"):
            for name, same in getattr(pack.equivalence, table).equals.items():
                here: Path = ("equivalence", table, "equals", name)
                yield here, name
                yield from (((*here, i), other) for i, other in enumerate(same))
    for place, rule in enumerate(pack.rules):
        for key in ("classes", "of"):
            names = getattr(rule, key, ())
            if isinstance(names, tuple):
                yield from ((("rules", place, key, i), name) for i, name in enumerate(names))
    if pack.competencies is not None:
        levels = pack.competencies.required_levels
        for key in ("of_class", "exceptions"):
            here = ("competencies", "required_levels", key)
            yield from (((*here, name), name) for name in getattr(levels, key))
    if pack.post_score is not None and pack.post_score.technical is not None:
        here = ("post_score", "technical", "shares")
        yield from (((*here, name), name) for name in pack.post_score.technical.shares)
    if pack.retirement is not None:
        here = ("retirement", "age_of_class")
        yield from (((*here, name), name) for name in pack.retirement.age_of_class)
    for key, sections in (
        (("ready",), pack.ready),
        (("retirement", "exceptions"), pack.retirement.exceptions if pack.retirement else ()),
    ):
        for place, section in enumerate(sections):
            for i, name in enumerate(section.classes or ()):
                yield (*key, place, "classes", i), name


def _rules(pack: Pack, document: Document) -> None:
    seen: set[tuple[str, str, str]] = set()
    for place, rule in enumerate(pack.rules):
        here: Path = ("rules", place)
        for name in rule.classes:
            for route in rule.routes:
                if (rule.id, name, route) in seen:
                    raise _refuse(
                        document,
                        (*here, "id"),
                        f"a second rule {rule.id!r} for {name} by {route}",
                        "one rule of a name for each class and route",
                    )
                seen.add((rule.id, name, route))
        if isinstance(rule, RetirementRule) and pack.retirement is None:
            raise _refuse(document, here, "asks for retirement, and the pack has no such section")
        if rule.rule in ("job_person_match", "assessment_in_force"):
            _needs_assessment(pack, document, here)
        if isinstance(rule, MatchRule) and pack.assessment is not None:
            names = [band.category for band in pack.assessment.selection.bands]
            _known(document, "category", rule.at_least, names, (*here, "at_least"))
        if isinstance(rule, RankRule):
            _known(document, "rank", rule.at_least, RANKS, (*here, "at_least"))


def _needs_assessment(pack: Pack, document: Document, path: Path) -> None:
    if pack.assessment is None or pack.competencies is None:
        raise _refuse(
            document, path, "needs the sections `assessment` and `competencies`, and one is absent"
        )


def _competencies(pack: Pack, document: Document) -> None:
    if pack.competencies is not None:
        here: Path = ("competencies", "entries")
        names = pack.competency_names
        _once(document, names, lambda i: (*here, i, "competency"), "competency")
        if pack.competencies.lowest_level >= pack.competencies.highest_level:
            raise _refuse(
                document, ("competencies", "lowest_level"), "is not below the highest level"
            )
        _required_levels(pack.competencies, names, document)
    if pack.assessment is not None:
        for purpose in ("selection", "mapping"):
            bands = getattr(pack.assessment, purpose).bands
            _whole(document, bands, ("assessment", purpose, "bands"))
            _once(
                document,
                [band.category for band in bands],
                lambda i, p=purpose: ("assessment", p, "bands", i, "category"),
                "category",
            )


def _required_levels(dictionary: Dictionary, names: Collection[str], document: Document) -> None:
    here: Path = ("competencies", "required_levels")
    levels_of = dictionary.required_levels
    asked: list[tuple[Path, int]] = [
        ((*here, "of_class", name), level) for name, level in levels_of.of_class.items()
    ]
    for post_class, levels in levels_of.exceptions.items():
        for name, level in levels.items():
            place = (*here, "exceptions", post_class, name)
            _known(document, "competency", name, names, place)
            asked.append((place, level))
    for place, level in asked:
        if not dictionary.lowest_level <= level <= dictionary.highest_level:
            raise _refuse(document, place, f"level {level} is none of the dictionary's")


def _settled_once(pack: Pack, document: Document) -> None:
    """What is *ready*, and until when a step is taken, is said once."""
    places = [(i, j) for i, ready in enumerate(pack.ready) for j in range(len(ready.classes))]
    _once(
        document,
        [pack.ready[i].classes[j] for i, j in places],
        lambda n: ("ready", places[n][0], "classes", places[n][1]),
        "class",
    )
    steps = [deadline.step for deadline in pack.deadlines]
    _once(document, steps, lambda i: ("deadlines", i, "step"), "step")


def _axes(pack: Pack, document: Document) -> None:
    if pack.nine_box is None:
        return
    for name, levels in (("performance", PERFORMANCE), ("potential", POTENTIAL)):
        axis: Axis = getattr(pack.nine_box, name)
        _axis(pack, document, axis, ("nine_box", name), levels)
    _once_on_both_axes(pack.nine_box, document)
    _boxes(pack, document)
    talent = pack.nine_box.talent
    _adds_up(document, [talent.performance, talent.potential], ("nine_box", "talent"))


def _once_on_both_axes(section: NineBox, document: Document) -> None:
    """Answers name components and indicators without their axis, so that a name means one thing."""
    for kind in ("component", "indicator"):
        names: list[str] = []
        places: list[Path] = []
        for axis in ("performance", "potential"):
            for place, component in enumerate(getattr(section, axis).components):
                here: Path = ("nine_box", axis, "components", place)
                if kind == "component":
                    names.append(component.component)
                    places.append((*here, kind))
                    continue
                for i, indicator in enumerate(component.indicators):
                    names.append(indicator.indicator)
                    places.append((*here, "indicators", i, kind))
        _once(document, names, places.__getitem__, kind)


def _axis(pack: Pack, document: Document, axis: Axis, path: Path, levels: Sequence[str]) -> None:
    _whole(document, axis.bands, (*path, "bands"))
    rising = sorted(axis.bands, key=lambda b: (b.lower is not None, b.lower or 0.0))
    if [band.level for band in rising] != list(levels):
        raise _refuse(
            document,
            (*path, "bands"),
            "the levels do not rise with the score",
            f"from low to high: {', '.join(levels)}",
        )
    _components(pack, document, axis.components, (*path, "components"))


def _boxes(pack: Pack, document: Document) -> None:
    assert pack.nine_box is not None
    boxes, here = pack.nine_box.boxes, ("nine_box", "boxes")
    grid = [[boxes.box(row, column) for column in POTENTIAL] for row in PERFORMANCE]
    if sorted(box for row in grid for box in row) != list(range(1, 10)):
        raise _refuse(document, here, "a box is missing or stands twice", "each of 1 to 9 once")
    rises = all(a < b for row in grid for a, b in zip(row, row[1:], strict=False))
    climbs = all(
        low < high
        for a, b in zip(grid, grid[1:], strict=False)
        for low, high in zip(a, b, strict=True)
    )
    if not (rises and climbs):
        raise _refuse(document, here, "a higher level gives a lower box")


def _post_score(pack: Pack, document: Document) -> None:
    score, here = pack.post_score, ("post_score",)
    if score is None:
        return
    if (score.of == "components") != bool(score.components):
        raise _refuse(
            document, (*here, "of"), "components are listed with `of: components`, and only then"
        )
    if pack.nine_box is None and (score.of == "talent" or score.tie_breakers):
        raise _refuse(document, here, "speaks of the nine-box, and the pack has no such section")
    if score.components:
        _components(pack, document, score.components, (*here, "components"))
    for place, component in enumerate(score.components):
        for i, indicator in enumerate(component.indicators):
            if indicator.indicator == TECHNICAL:
                raise _refuse(
                    document,
                    (*here, "components", place, "indicators", i, "indicator"),
                    f"{TECHNICAL!r} is the name of the technical result",
                    "another name",
                )
    if score.technical is not None:
        _needs_assessment(pack, document, (*here, "technical"))


def _components(
    pack: Pack, document: Document, components: tuple[Component, ...], path: Path
) -> None:
    names = [i.indicator for component in components for i in component.indicators]
    places: list[Path] = [
        (*path, place, "indicators", i, "indicator")
        for place, component in enumerate(components)
        for i in range(len(component.indicators))
    ]
    _once(document, names, places.__getitem__, "indicator")
    _once(
        document,
        [component.component for component in components],
        lambda i: (*path, i, "component"),
        "component",
    )
    for place, component in enumerate(components):
        inside = sum((i.weight for i in component.indicators), Fraction(0))
        if inside != component.weight:
            raise _refuse(
                document,
                (*path, place, "weight"),
                f"component {component.component!r} weighs {_told(component.weight)}, its "
                f"indicators weigh {_told(inside)} together",
                "weights of indicators are shares of the whole, not of the component",
            )
        for i, indicator in enumerate(component.indicators):
            _measure(pack, document, indicator.measure, (*path, place, "indicators", i, "measure"))
    _adds_up(document, [component.weight for component in components], path)


def _measure(pack: Pack, document: Document, measure: Measure, path: Path) -> None:
    bands = getattr(measure, "bands", None)
    if bands is not None:
        _whole(document, bands, (*path, "bands"))
    if isinstance(measure, PredicateMeasure):
        _adds_up(document, measure.years, (*path, "years"))
    if isinstance(measure, MatchMeasure | TechnicalMeasure):
        _needs_assessment(pack, document, path)
    if isinstance(measure, AwardMeasure):
        named = {**measure.categories, "other": measure.other}
        for name, category in named.items():
            if category is not None:
                place = (*path, "other") if name == "other" else (*path, "categories", name)
                _known(document, "category", category, measure.points, place)
    if isinstance(measure, RankMeasure):
        for rank in measure.points:
            _known(document, "rank", rank, RANKS, (*path, "points", rank))


def _known(document: Document, kind: str, name: str, existing: Collection[str], path: Path) -> None:
    if name not in existing:
        raise document.unknown(kind, name, existing, path)


def _once(
    document: Document, names: Sequence[str], place: Callable[[int], Path], kind: str
) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            raise _refuse(document, place(i), f"{kind} {name!r} stands twice")


def _whole(document: Document, bands: Sequence[Band], path: Path) -> None:
    fault = fault_of(bands)
    if fault is not None:
        place, kind = fault
        raise _refuse(
            document,
            (*path, place),
            f"this band {_FAULTS[kind]}",
            "every number in one band: `at_least` or `above`, `below` or `at_most`, or no end",
        )


def _adds_up(document: Document, weights: Iterable[Fraction], path: Path) -> None:
    total = sum(weights, Fraction(0))
    if total != HUNDRED:
        raise _refuse(document, path, f"the weights add up to {_told(total)}", "100")


def _told(weight: Fraction) -> str:
    decimal = f"{float(weight):g}"
    return decimal if Fraction(decimal) == weight else str(weight)
