"""Small policy packs for Hypothesis: any rule and any measure of the language, with any numbers.

The rule that must not break: a pack is valid by construction, and is read from its text like any
other, so that a fault of the strategy fails at once. Points, weights and thresholds are few and
round: scores meet thresholds exactly as often as they miss them.
"""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import yaml
from hypothesis import strategies as st

from features.packs.pack import Pack, parse_pack
from features.packs.rules import ROUTES
from features.tables.dossier import EDUCATION_LEVELS, PREDICATES, RANKS

#: Classes of the ladder, the lowest first; posts of the last one are beyond the pack.
CLASSES = ("staff", "head", "deputy", "chief", "visitor")
IN_PACK = CLASSES[:-1]
FIELDS = ("law", "money", "health")
STUDIES = (*FIELDS, "economics", "medicine")
COMPETENCIES = ("integrity", "teamwork", "results")
TECHNICAL = ("audit", "budget")
METHODS = ("assessment_centre", "cact", "self_report")
RANKS_USED = ("III/c", "III/d", "IV/a", "IV/b", "IV/c")
BODIES = ("house", "council")
STATUSES = ("active", "suspended", "on_leave")
LEADERSHIP = ("pka", "pkn_2", "pkn_1")
TRAININGS = ("structural", "technical", "functional")
AWARDS = ("medal", "plaque", "letter")
SANCTIONS = ("light", "medium", "heavy")
KINDS = ("definitive", "acting", "caretaker")
SCOPES = ("agency", "national")

POINTS = (0, 25, 40, 50, 60, 70, 75, 80, 85, 90, 100)
THRESHOLDS = (50, 56, 56.5, 60, 68, 70, 78, 80, 85, 90)

Draw = Callable[[st.SearchStrategy[Any]], Any]
Written = dict[str, Any]

points = st.sampled_from(POINTS)
years = st.sampled_from((0, 1, 2, 3, 5))
flags = st.booleans()


def some(names: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=least, max_size=len(names), unique=True)


def points_of(*names: str) -> st.SearchStrategy[Written]:
    return st.fixed_dictionaries(dict.fromkeys(names, points))


def words(text: str) -> Written:
    return {"id": text, "en": text}


def bands_between(draw: Draw, ends: list[float], payloads: list[Written]) -> list[Written]:
    """Bands parted by rising ends; each end belongs to the band above it or to the one below."""
    found = [dict(payload) for payload in payloads]
    for place, end in enumerate(ends):
        is_held_above = draw(flags)
        found[place]["below" if is_held_above else "at_most"] = end
        found[place + 1]["at_least" if is_held_above else "above"] = end
    return list(reversed(found)) if draw(flags) else found


def point_bands(draw: Draw, ends: tuple[float, ...]) -> list[Written]:
    parted = sorted(draw(st.lists(st.sampled_from(ends), max_size=3, unique=True)))
    payloads = [{"points": draw(points)} for _band in range(len(parted) + 1)]
    return bands_between(draw, parted, payloads)


def three_bands(draw: Draw, payloads: list[Written]) -> list[Written]:
    ends = st.lists(st.sampled_from(THRESHOLDS), min_size=2, max_size=2, unique=True)
    return bands_between(draw, sorted(draw(ends)), payloads)


def weights(draw: Draw, n: int) -> list[Fraction]:
    """Weights that add up to a hundred: multiples of five, or equal ones that no decimal tells."""
    if draw(st.integers(0, 3)) == 0:
        return [Fraction(100, n)] * n
    cuts = sorted(draw(st.lists(st.integers(0, 20), min_size=n - 1, max_size=n - 1)))
    return [Fraction(5 * (b - a)) for a, b in zip([0, *cuts], [*cuts, 20], strict=True)]


def rule_parameters(draw: Draw, kind: str) -> Written:
    """What a rule of a kind asks for."""
    of_classes = {
        "of": some(IN_PACK),
        "or_equal": flags,
        "years": years,
        "kinds": some(KINDS),
    }
    recipes: dict[str, dict[str, st.SearchStrategy]] = {
        "education": {"at_least": st.sampled_from(EDUCATION_LEVELS)},
        "experience": {
            "years": years,
            "kinds": some(KINDS),
            "other_fields": st.sampled_from(["do_not_count", "need_checking"]),
        },
        "held": of_classes,
        "present": of_classes,
        "age": {
            "at_most": st.sampled_from((40, 45, 56)),
            "reading": st.sampled_from(("birthday", "completed_years", "undecided")),
        },
        "retirement": {"months": st.sampled_from((0, 1, 6, 12, 24))},
        "rank": {
            "at_least": st.sampled_from(RANKS_USED),
            "tolerated_below": st.integers(0, 2),
        },
        "predicate": {
            "at_least": st.sampled_from(PREDICATES),
            "years": st.integers(1, 3),
            "due_after_months": st.sampled_from((0, 2, 3, 6)),
        },
        "job_person_match": {"at_least": st.sampled_from(("low", "middle", "top"))},
        "assessment_in_force": {},
        "leadership_training": {"levels": some(LEADERSHIP)},
        "no_sanction": {"levels": some(SANCTIONS), "clear_for_years": years},
        "legal_status": {"allowed": some(STATUSES)},
        "succession_group": {"scopes": some(SCOPES)},
        "membership": {"bodies": some(BODIES)},
        "approval": {"of": st.just(words("The minister"))},
        "document": {},
    }
    return draw(st.fixed_dictionaries(recipes[kind]))


RULE_KINDS = (
    "education",
    "experience",
    "held",
    "present",
    "age",
    "retirement",
    "rank",
    "predicate",
    "job_person_match",
    "assessment_in_force",
    "leadership_training",
    "no_sanction",
    "legal_status",
    "succession_group",
    "membership",
    "approval",
    "document",
)


def measure_of(draw: Draw, kind: str) -> Written:
    """A measure of a kind with its rubric."""
    or_nothing = {"none": points, "unrecorded": st.sampled_from(("unknown", "none"))}
    cap = st.sampled_from((None, 80, 100))
    recipes: dict[str, dict[str, st.SearchStrategy]] = {
        "predicate": {
            "points": points_of(*PREDICATES),
            "due_after_months": st.sampled_from((0, 2, 3, 6)),
        },
        "award": {
            "within_years": years,
            "categories": st.dictionaries(
                st.sampled_from(AWARDS), st.sampled_from(("great", "small"))
            ),
            "other": st.sampled_from((None, "small")),
            "points": points_of("great", "small"),
            **or_nothing,
        },
        "assignment": {
            "within_years": years,
            "points": points_of(
                "lead_inter_agency", "lead_internal", "member_inter_agency", "member_internal"
            ),
            **or_nothing,
        },
        "acting": {
            "points": points_of("caretaker", "acting_higher", "acting_same", "acting_lower"),
            **or_nothing,
        },
        "feedback": {"within_years": years},
        "job_person_match": {"cap": cap},
        "technical_match": {"cap": cap},
        "training_hours": {
            "within_years": years,
            "kinds": st.none() | some(TRAININGS),
            "unrecorded": st.sampled_from(("unknown", "none")),
        },
        "years_in_class": {},
        "organisations": {},
        "experience": {},
        "potential": {"highest": st.sampled_from((5, 7.5)), "valid_for_years": years},
        "education": {"points": points_of(*EDUCATION_LEVELS)},
        "field_of_study": {
            "points": points_of("fits", "related", "other"),
            "related": st.dictionaries(st.sampled_from(FIELDS), some(STUDIES), max_size=2),
        },
        "discipline": {
            "within_years": st.none() | years,
            "points": points_of("never", *SANCTIONS, "running"),
        },
        "leadership_training": {
            "points": st.dictionaries(st.sampled_from(LEADERSHIP), points, min_size=1),
            **or_nothing,
        },
        "rank": {"points": st.dictionaries(st.sampled_from(RANKS), points, min_size=1, max_size=4)},
        "not_on_record": {"lowest": st.sampled_from((0, 40)), "highest": st.sampled_from((40, 90))},
    }
    measure = {"kind": kind, **draw(st.fixed_dictionaries(recipes[kind]))}
    if kind == "predicate":
        measure["years"] = [str(w) for w in weights(draw, draw(st.integers(1, 3)))]
    if kind in BAND_ENDS:
        measure["bands"] = point_bands(draw, BAND_ENDS[kind])
    return measure


#: Ends of the bands of each measure that has some.
BAND_ENDS: dict[str, tuple[float, ...]] = {
    "feedback": (50, 75, 80, 87.5),
    "training_hours": (0, 20, 40, 60),
    "years_in_class": (1, 2, 4),
    "organisations": (1, 2, 3),
    "experience": (1, 2, 4),
}
MEASURE_KINDS = (
    "predicate",
    "award",
    "assignment",
    "acting",
    "feedback",
    "job_person_match",
    "technical_match",
    "training_hours",
    "years_in_class",
    "organisations",
    "experience",
    "potential",
    "education",
    "field_of_study",
    "discipline",
    "leadership_training",
    "rank",
    "not_on_record",
)


def rules_of(draw: Draw, kinds: tuple[str, ...], most: int) -> list[Written]:
    found = []
    for place, kind in enumerate(
        draw(st.lists(st.sampled_from(kinds), min_size=min(2, most), max_size=most))
    ):
        rule = {
            "rule": kind,
            "id": f"r{place}",
            "classes": draw(st.just(list(IN_PACK)) | some(IN_PACK)),
            "due": draw(st.sampled_from(("list", "list", "list", "appointment"))),
            "sentence": words("Asked"),
            "settled_by": words("Decree"),
            "cite": "law",
            **rule_parameters(draw, kind),
        }
        if draw(st.integers(0, 3)) == 0:
            rule["routes"] = draw(some(ROUTES))
        found.append(rule)
    return found


def components_of(draw: Draw, kinds: tuple[str, ...], most: int, prefix: str) -> list[Written]:
    """One or two components of indicators, whose weights add up."""
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=most))
    indicators: list[Written] = [
        {
            "indicator": f"{prefix}{place}",
            "title": words(kind),
            "weight": weight,
            "measure": measure_of(draw, kind),
            "cite": "law",
        }
        for place, (kind, weight) in enumerate(zip(chosen, weights(draw, len(chosen)), strict=True))
    ]
    cut = draw(st.integers(0, len(indicators) - 1))
    parts = [part for part in (indicators[:cut], indicators[cut:]) if part]
    return [
        {
            "component": f"{prefix}_part{place}",
            "title": words("Part"),
            "weight": str(sum((i["weight"] for i in part), Fraction(0))),
            "indicators": [{**i, "weight": str(i["weight"])} for i in part],
            "cite": "law",
        }
        for place, part in enumerate(parts)
    ]


def competencies_of(draw: Draw) -> Written:
    level = st.integers(1, 5)
    return {
        "entries": [
            {"competency": name, "group": "managerial", "title": words(name)}
            for name in COMPETENCIES
        ],
        "lowest_level": draw(st.sampled_from((0, 1))),
        "required_levels": {
            "of_class": draw(st.dictionaries(st.sampled_from(IN_PACK), level, min_size=2)),
            "exceptions": draw(
                st.dictionaries(
                    st.sampled_from(IN_PACK),
                    st.dictionaries(st.sampled_from(COMPETENCIES), level, min_size=1),
                    max_size=2,
                )
            ),
            "cite": "law",
        },
        "cite": "law",
    }


def assessment_of(draw: Draw) -> Written:
    def categories() -> Written:
        payloads = [{"category": c, "title": words(c)} for c in ("low", "middle", "top")]
        return {"bands": three_bands(draw, payloads), "cite": "law"}

    is_mean = draw(flags)
    rounding = draw(st.sampled_from((None, 0, 1, 2))) if is_mean else None
    return {
        "methods": draw(st.just(list(METHODS)) | some(METHODS)),
        "valid_for": {"years": draw(st.sampled_from((1, 2, 3, 5))), "cite": "law"},
        "formula": {
            "kind": "mean_of_ratios" if is_mean else "ratio_of_sums",
            "round_ratios_to": rounding,
            "cite": "law",
        },
        "selection": categories(),
        "mapping": categories(),
    }


def equivalence_of(draw: Draw) -> Written:
    equals = st.dictionaries(st.sampled_from(IN_PACK), some(IN_PACK), max_size=2)
    return {
        name: {"equals": draw(equals), "cite": "law"} for name in ("competency_levels", "careers")
    }


def nine_box_of(draw: Draw, kinds: tuple[str, ...], most: int) -> Written:
    share = draw(st.sampled_from((0, 40, 50, 60, 100)))

    def axis(prefix: str, *levels: str) -> Written:
        return {
            "title": words(prefix),
            "bands": three_bands(draw, [{"level": level} for level in levels]),
            "components": components_of(draw, kinds, most, prefix),
            "cite": "law",
        }

    return {
        "performance": axis("work", "below", "meets", "above"),
        "potential": axis("gift", "low", "medium", "high"),
        "boxes": {
            "below": {"low": 1, "medium": 3, "high": 6},
            "meets": {"low": 2, "medium": 5, "high": 8},
            "above": {"low": 4, "medium": 7, "high": 9},
            "cite": "law",
        },
        "succession": {"agency": [7, 8, 9], "national": [9], "cite": "law"},
        "talent": {"performance": share, "potential": 100 - share, "cite": "law"},
    }


def post_score_of(draw: Draw, kinds: tuple[str, ...], most: int) -> Written:
    score: Written = {
        "of": draw(st.sampled_from(("talent", "components"))),
        "tie_breakers": draw(some(("performance", "potential", "talent"), least=0)),
        "cite": "law",
    }
    if score["of"] == "components":
        score["components"] = components_of(draw, kinds, most, "fit")
    if draw(flags):
        shares = st.dictionaries(
            st.sampled_from(IN_PACK), st.sampled_from(("0", "20", "100/3", "50")), min_size=1
        )
        score["technical"] = {
            "measure": measure_of(draw, "technical_match"),
            "shares": draw(shares),
            "cite": "law",
        }
    return score


def retirement_of(draw: Draw) -> Written:
    ages = st.sampled_from((45, 58, 60))
    exceptions = []
    for _exception in range(draw(st.integers(0, 2))):
        exception = {"age": draw(st.sampled_from((44, 59, 62))), "cite": "law"}
        if draw(flags):
            exception["classes"] = draw(some(IN_PACK))
        if draw(flags):
            exception["fields"] = draw(some(FIELDS))
        if draw(flags):
            exception["title_contains"] = draw(st.sampled_from(("expert", "HEAD", "of law")))
        exceptions.append(exception)
    return {
        "age_of_class": draw(st.dictionaries(st.sampled_from(IN_PACK), ages, min_size=2)),
        "exceptions": exceptions,
        "cite": "law",
    }


@st.composite
def packs(
    draw: Draw,
    rule_kinds: tuple[str, ...] = RULE_KINDS,
    measure_kinds: tuple[str, ...] = MEASURE_KINDS,
    most_rules: int = 8,
    most_indicators: int = 4,
) -> Pack:
    """Packs with every section but those that the record has no say in.

    Parameters
    ----------
    rule_kinds, measure_kinds : tuple of str
        Kinds to choose from: one alone tests it without the noise of the others.
    most_rules, most_indicators : int
        At most so many rules in all, and indicators of each axis and of a score of its own.
    """
    written = {
        "pack": "drawn",
        "version": 1,
        "title": words("Drawn"),
        "status": "reconstruction_unverified",
        "effective": {"from": date(2000, 1, 1)},
        "citations": {"law": {"text": "Law", "grade": "recalled"}},
        "ladder": {
            "steps": [{"post_class": name, "title": words(name)} for name in IN_PACK],
            "cite": "law",
        },
        "equivalence": equivalence_of(draw),
        "competencies": competencies_of(draw),
        "assessment": assessment_of(draw),
        "rules": rules_of(draw, rule_kinds, most_rules),
        "nine_box": nine_box_of(draw, measure_kinds, most_indicators),
        "post_score": post_score_of(draw, measure_kinds, most_indicators),
        "retirement": retirement_of(draw),
    }
    return pack_of(written)


def pack_of(written: Written) -> Pack:
    """A pack from its sections, read from their text like any other."""
    return parse_pack(yaml.safe_dump(written, sort_keys=False), "drawn.yaml")
