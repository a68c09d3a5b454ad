"""A dossier with gaps, and every document that could fill one, in the order of its outcomes.

The rule that must not break: documents are rows of the record, as an intake would store them; what
they do to a box is left to the engine.
"""

import itertools
from collections.abc import Iterable
from datetime import date, timedelta

from features.packs.pack import Pack
from features.tables.dossier import POTENTIAL_ASPECTS, PREDICATES
from features.tables.record import Record
from tests.lib.policy_strategies import record_of

ON = date(2026, 6, 1)
FIELD = "hukum"
Rows = dict[str, list[dict]]
CLASSES = ("pengawas", "administrator", "jpt_pratama")
DEGREES = ("primary_secondary", "diploma", "bachelor", "master", "doctorate")
POINTS = {"very_good": 100, "good": 80, "needs_improvement": 60, "poor": 40, "very_poor": 20}
FEEDBACK = {"asn-kepka-411-2025": (4.6, 4.0, 3.0, 1.0), "manado": (4.2, 3.3, 1.0)}
AWARDS = {
    "asn-kepka-411-2025": ("unnamed", "satyalancana_karya_satya_10", "prestasi_kerja"),
    "manado": ("unnamed", "satyalancana_karya_satya_10", "prestasi_kerja"),
}
HOURS = {"asn-kepka-411-2025": (0.5, 1.0, 5.0, 10.0, 20.0), "manado": (0.5, 20.0)}
RANKS = ("I/a", "II/a", "III/a", "III/c", "IV/a", "IV/b", "IV/c")
TEAMS = (
    ("lead", "inter_agency"), ("lead", "internal"), ("member", "inter_agency"),
    ("member", "internal"),
)  # fmt: skip


def appraisal(year: int, predicate: str) -> dict:
    return {
        "appraisal_id": f"a{year}", "year": year, "predicate": predicate,
        "appraised_on": date(year + 1, 1, 10),
    }  # fmt: skip


def degree(level: str, field: str | None) -> dict:
    return {
        "education_id": f"e{level}", "level": level, "field": field,
        "graduated_on": date(2010, 1, 1),
    }  # fmt: skip


def training(name: str, hours: float | None, level: str | None = None) -> dict:
    return {
        "training_id": name, "kind": "technical", "hours": hours, "level": level,
        "started_on": date(2026, 2, 1), "finished_on": date(2026, 2, 3),
        "finished_recorded_on": date(2026, 2, 3),
    }  # fmt: skip


def level(competency: str, measured: float, on: date = date(2025, 3, 1)) -> dict:
    return {
        "assessment_id": f"c{competency}{on}", "competency": competency, "level": measured,
        "method": "assessment_centre", "assessed_on": on,
    }  # fmt: skip


def aspects(total: float, names: Iterable[str] = POTENTIAL_ASPECTS) -> list[dict]:
    """Scores of some aspects that add up to a total."""
    told = list(names)
    each = total / len(told)
    return [{"aspect": name, "score": each, "assessed_on": date(2025, 3, 1)} for name in told]


def acting(kind: str, post: str) -> dict:
    return {
        "appointment_id": "acts", "sequence": 2, "post_id": post, "kind": kind,
        "start_on": date(2024, 1, 1), "start_recorded_on": date(2024, 1, 1),
        "end_on": date(2024, 6, 30), "end_recorded_on": date(2024, 6, 30),
    }  # fmt: skip


def feedback(score: float, on: date = date(2026, 1, 1)) -> dict:
    return {"subject": "s", "rater": "peer", "sequence": 1, "score": score, "given_on": on}


#: Dossiers by name. *stale* holds papers that the packs do not count any more.
DOSSIERS: dict[str, Rows] = {
    "nothing": {},
    "some": {
        "appraisal": [appraisal(2025, "good")],
        "award": [{"kind": "satyalancana_karya_satya_10", "awarded_on": date(2024, 5, 1)}],
        "training": [training("t0", 6.0)],
        "education": [degree("bachelor", None)],
        "potential": aspects(9.0, POTENTIAL_ASPECTS[:3]),
        "rank_history": [{"rank_id": "r", "rank": "III/d", "from_on": date(2020, 4, 1)}],
    },
    "stale": {
        "appraisal": [appraisal(2025, "good"), appraisal(2024, "poor")],
        "award": [{"kind": "prestasi_kerja", "awarded_on": date(2020, 5, 1)}],
        "feedback": [feedback(4.9, date(2025, 5, 1))],
        "potential": [{**row, "assessed_on": date(2023, 3, 1)} for row in aspects(40.0)],
        "assessment": [level("integritas", 5.0, date(2023, 5, 1))],
        "education": [degree("master", FIELD)],
    },
}


def documents(pack: Pack, dossier: Rows, kind: str) -> list[Rows]:
    """Rows that each outcome of a kind of document adds to a dossier, in its order."""
    name = pack.pack
    if kind == "appraisal":
        held = {row["year"] for row in dossier.get("appraisal", [])}
        years = (2025,) if name == "asn-kepka-411-2025" else (2025, 2024)
        missing = [year for year in years if year not in held]
        return [
            {"appraisal": [appraisal(y, p) for y, p in zip(missing, told, strict=True)]}
            for told in itertools.product(PREDICATES, repeat=len(missing))
        ]
    if kind == "award":
        papers = [{"kind": one, "awarded_on": date(2025, 5, 1)} for one in AWARDS[name]]
        return [{}, *({"award": [one]} for one in papers)]
    if kind == "assignment":
        papers = [
            {"title": "u", "role": r, "scope": s, "started_on": date(2025, 1, 1)} for r, s in TEAMS
        ]
        return [{}, *({"assignment": [one]} for one in papers)]
    if kind == "acting":
        posts = (("caretaker", "post"), ("acting", "above"), ("acting", "other"))
        papers = [acting(*one) for one in (*posts, ("acting", "below"))]
        return [{}, *({"appointment": [one]} for one in papers)]
    if kind == "feedback":
        return [{"feedback": [feedback(score)]} for score in FEEDBACK[name]]
    if kind == "education":
        return _educations(name, dossier)
    if kind == "training":
        return _trainings(name, dossier)
    if kind == "rank_history":
        rows = [{"rank_id": "r", "rank": one, "from_on": date(2020, 4, 1)} for one in RANKS]
        return [{"rank_history": [row]} for row in rows]
    if kind == "potential":
        held = [row["aspect"] for row in dossier.get("potential", []) if _holds(row)]
        missing = [one for one in POTENTIAL_ASPECTS if one not in held]
        return [
            {"potential": aspects(5.0 * len(missing) * place / 100, missing)}
            for place in range(101)
        ]
    assert kind == "assessment"
    return _assessments(pack)


def _holds(row: dict) -> bool:
    return row["assessed_on"] > ON - timedelta(days=3 * 365)


def _educations(name: str, dossier: Rows) -> list[Rows]:
    held = dossier.get("education")
    if held:
        # A degree is there, and not its field: a second paper says no more than its field.
        return [{"education": [degree("primary_secondary", one)]} for one in (FIELD, "other")]
    fields = (FIELD, "other") if name == "asn-kepka-411-2025" else (None,)
    return [{"education": [degree(*one)]} for one in itertools.product(DEGREES, fields)]


def _trainings(name: str, dossier: Rows) -> list[Rows]:
    held = sum(row["hours"] for row in dossier.get("training", []))
    hours = [n - held for n in HOURS[name] if n > held]
    if len(hours) < len(HOURS[name]) and held:
        # Some more hours, of the band that is come to already.
        hours = [0.0, *hours]
    if name == "asn-kepka-411-2025":
        return [{"training": [training("t1", one)]} for one in hours]
    levels = (None, "pkp", "pka", "pkn_ii", "pkn_i")
    return [
        {"training": [training("t1", more, one)]} for one, more in itertools.product(levels, hours)
    ]


def _assessments(pack: Pack) -> list[Rows]:
    """Levels of every competency, the same of each, that come to evenly spaced percentages."""
    required = pack.required_levels("administrator")
    assert pack.competencies is not None
    names, out_of = list(required), sum(required.values())
    lowest = pack.competencies.lowest_level
    first = 100 * lowest * len(names) / out_of
    percents = [first + (100 - first) * place / 100 for place in range(101)]
    return [
        {"assessment": [level(one, p * out_of / 100 / len(names)) for one in names]}
        for p in percents
    ]


def record_with(dossiers: list[Rows], *, without: tuple[str, ...] = ()) -> Record:
    """A record of people `p0`, `p1` and so on, each in the same post, with a dossier each."""
    found: Rows = {
        "person": [],
        "post_class": [
            {"post_class": name, "step": step, "title_id": name, "title_en": name}
            for step, name in enumerate(CLASSES, start=1)
        ],
        "unit": [{"unit_id": "unit", "name_of_unit": "unit", "short_name": "unit"}],
        "post": [
            {"post_id": one, "title": one, "unit_id": "unit", "post_class": post_class}
            for one, post_class in (
                ("post", "administrator"), ("other", "administrator"), ("above", "jpt_pratama"),
                ("below", "pengawas"),
            )
        ],
        "post_field": [{"post_id": "post", "field": FIELD}],
        "appointment": [], "discipline": [],
        "appraisal": [], "award": [], "assignment": [], "feedback": [], "education": [],
        "training": [], "rank_history": [], "potential": [], "assessment": [],
    }  # fmt: skip
    held = {
        "appointment_id": "x", "sequence": 1, "post_id": "post", "kind": "definitive",
        "start_on": date(2021, 3, 1), "start_recorded_on": date(2021, 3, 1),
    }  # fmt: skip
    recorded = dict.fromkeys(("recorded_on", "started_recorded_on"), date(2026, 3, 1))
    for place, dossier in enumerate(dossiers):
        person = f"p{place}"
        found["person"].append({"person_id": person})
        for name, rows in {**dossier, "appointment": dossier.get("appointment", [])}.items():
            told = [held, *rows] if name == "appointment" else rows
            for row in told:
                own = {
                    key: f"{value}{place}" if key.endswith("_id") and key != "post_id" else value
                    for key, value in row.items()
                }
                found[name].append({"person_id": person, **recorded, **own})
    return record_of({name: rows for name, rows in found.items() if name not in without})


def together(one: Rows, other: Rows) -> Rows:
    """The rows of both dossiers."""
    names = dict.fromkeys((*one, *other))
    return {name: [*one.get(name, []), *other.get(name, [])] for name in names}
