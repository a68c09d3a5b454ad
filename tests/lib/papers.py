"""Papers of a small agency, drawn by a number: ranks, ratings, measures, trainings, sanctions.

Enough of each that populations have a spread, on days that coincide and touch, with records that
are early and late.
"""

from datetime import date, timedelta

import numpy as np

from tests.lib.reference_dossier import (
    AKHLAK,
    ASPECTS,
    DEGREES,
    EXPECTED,
    LEADERSHIP,
    NINE,
    POINTS,
    RANKS,
)

FIRST, GRID = date(2000, 1, 1), 15
LAGS = (-60, 0, 0, 0, 45, 400, 1500)
#: Two of them twice, so that they are measured often enough for a spread on early days as well.
COMPETENCIES = (*NINE, *("literasi_digital", "teknis_pelabuhan") * 2)
METHODS = ("assessment_centre", "cact", "self_report")
SUBJECTS = ("BerAKHLAK", "Loyal", "Berorientasi Pelayanan", *AKHLAK[2:5], "kerja_sama")
RATERS = ("superior", "peer", "subordinate")
AWARDS = ("prestasi_kerja", "satyalancana_karya_satya_10", "teladan")
KINDS = ("technical", "structural", "other")
FIELDS = ("cargo", "bridges", "law", None)

Papers = dict[str, list[dict]]


class _Drawing:
    def __init__(self, seed: int, people: tuple[str, ...], known: tuple[int, int] | None) -> None:
        self._random = np.random.default_rng(seed)
        self._people = people
        self._known = known

    def one(self, values):
        return values[int(self._random.integers(len(values)))]

    def number(self, low: float, high: float, step: float) -> float:
        n = int(round((high - low) / step))
        return round(low + step * int(self._random.integers(n + 1)), 4)

    def person(self) -> str:
        return self.one(self._people)

    def day(self, last: int = 240) -> date:
        return FIRST + timedelta(days=GRID * int(self._random.integers(last + 1)))

    def recorded(self, on: date) -> date:
        if self._known is not None:
            low, high = self._known
            return FIRST + timedelta(days=GRID * int(self._random.integers(low, high + 1)))
        return on + timedelta(days=int(self.one(LAGS)))

    def is_so(self, share: float) -> bool:
        return bool(self._random.random() < share)


def drawn_papers(
    seed: int,
    people: tuple[str, ...],
    posts: tuple[str, ...],
    units: tuple[str, ...],
    *,
    known: tuple[int, int] | None = None,
    prefix: str = "",
    share: float = 1.0,
) -> Papers:
    """Rows of every table of papers.

    Parameters
    ----------
    seed : int
    known : (int, int), optional
        First and last day of the grid on which anything is recorded; None: early and late.
    prefix : str
        Stands before the ids, so that two drawings do not share any.
    share : float
        Of how many rows there usually are.
    """
    draw = _Drawing(seed, people, known)

    def of(n: int) -> range:
        return range(max(1, int(n * share)))

    papers: Papers = {
        "rank_history": [_rank(draw, f"{prefix}r{n}") for n in of(16)],
        "education": [_education(draw, f"{prefix}e{n}") for n in of(10)],
        "training": [_training(draw, f"{prefix}t{n}") for n in of(40)],
        "appraisal": [_appraisal(draw, f"{prefix}a{n}") for n in of(60)],
        "assessment": [_assessment(draw, f"{prefix}s{n}") for n in of(520)],
        "potential": _distinct(
            [_potential(draw) for _n in of(480)], ("person_id", "aspect", "assessed_on")
        ),
        "feedback": [_feedback(draw, n) for n in of(300)],
        "award": _distinct([_award(draw) for _n in of(12)], ("person_id", "kind", "awarded_on")),
        "assignment": [_assignment(draw, f"{prefix}{n}") for n in of(12)],
        "discipline": _distinct(
            [_sanction(draw) for _n in of(20)], ("person_id", "level", "sanctioned_on")
        ),
        "unit_result": _distinct([_unit_result(draw, units) for _n in of(30)], ("unit_id", "year")),
    }
    if not prefix:
        papers["post_requirement"] = [
            {
                "post_id": post,
                "competency": name,
                "level": int(draw.number(1, 5, 1)),
                "weight": None if post == posts[0] else draw.number(0.1, 1, 0.1),
                "critical": draw.one(("yes", "no", None)),
            }
            for post in posts[:-1]
            for name in dict.fromkeys(COMPETENCIES)
            if draw.is_so(0.5)
        ]
    return papers


def together(one: Papers, other: Papers) -> Papers:
    """The rows of both; what repeats a key of the first is left out."""
    keys = {
        "potential": ("person_id", "aspect", "assessed_on"),
        "award": ("person_id", "kind", "awarded_on"),
        "discipline": ("person_id", "level", "sanctioned_on"),
        "unit_result": ("unit_id", "year"),
    }
    return {
        name: _distinct([*rows, *other.get(name, [])], keys[name])
        if name in keys
        else [*rows, *other.get(name, [])]
        for name, rows in one.items()
    }


def _distinct(rows: list[dict], key: tuple[str, ...]) -> list[dict]:
    first: dict[tuple, dict] = {}
    for row in rows:
        first.setdefault(tuple(row[name] for name in key), row)
    return list(first.values())


def _rank(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    return {
        "rank_id": name,
        "person_id": draw.person(),
        "rank": draw.one(RANKS[8:13]),
        "from_on": on,
        "recorded_on": draw.recorded(on),
    }


def _education(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    return {
        "education_id": name,
        "person_id": draw.person(),
        "level": draw.one(DEGREES),
        "field": draw.one(FIELDS),
        "graduated_on": on,
        "recorded_on": draw.recorded(on),
    }


def _training(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    finished = on + timedelta(days=int(draw.number(0, 60, 15))) if draw.is_so(0.9) else None
    return {
        "training_id": name,
        "person_id": draw.person(),
        "kind": draw.one(KINDS),
        "hours": None if draw.is_so(0.2) else draw.number(8, 200, 0.5),
        "level": draw.one((None, None, *LEADERSHIP)),
        "started_on": on,
        "started_recorded_on": draw.recorded(on),
        "finished_on": finished,
        "finished_recorded_on": finished and draw.recorded(finished),
    }


def _appraisal(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    return {
        "appraisal_id": name,
        "person_id": draw.person(),
        "year": on.year,
        "results": draw.one((None, *EXPECTED)),
        "behaviour": draw.one((None, *EXPECTED)),
        "predicate": draw.one(tuple(POINTS)),
        "appraiser_id": None if draw.is_so(0.2) else draw.person(),
        "appraised_on": on,
        "recorded_on": draw.recorded(on),
    }


def _assessment(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    return {
        "assessment_id": name,
        "person_id": draw.person(),
        "competency": draw.one(COMPETENCIES),
        "level": draw.number(0, 5, 0.25),
        "method": draw.one(METHODS),
        "assessed_on": on,
        "recorded_on": draw.recorded(on),
    }


def _potential(draw: _Drawing) -> dict:
    on = draw.day()
    return {
        "person_id": draw.person(),
        "aspect": draw.one(ASPECTS),
        "score": draw.number(0, 5, 0.5),
        "assessed_on": on,
        "recorded_on": draw.recorded(on),
    }


def _feedback(draw: _Drawing, place: int) -> dict:
    on = draw.day()
    return {
        "person_id": draw.person(),
        "subject": draw.one(SUBJECTS),
        "rater": draw.one(RATERS),
        "sequence": place,
        "score": draw.number(1, 5, 0.05),
        "given_on": on,
        "recorded_on": draw.recorded(on),
    }


def _award(draw: _Drawing) -> dict:
    on = draw.day()
    return {
        "person_id": draw.person(),
        "kind": draw.one(AWARDS),
        "awarded_on": on,
        "recorded_on": draw.recorded(on),
    }


def _assignment(draw: _Drawing, name: str) -> dict:
    on = draw.day()
    return {
        "person_id": draw.person(),
        "title": name,
        "role": draw.one(("lead", "member")),
        "scope": draw.one(("internal", "inter_agency")),
        "started_on": on,
        "started_recorded_on": draw.recorded(on),
    }


def _sanction(draw: _Drawing) -> dict:
    on = draw.day()
    until = on + timedelta(days=int(draw.number(0, 1440, 15))) if draw.is_so(0.8) else None
    return {
        "person_id": draw.person(),
        "level": draw.one(("light", "medium", "heavy")),
        "sanctioned_on": on,
        "sanctioned_recorded_on": draw.recorded(on),
        "until_on": until,
        # As a decision tells it ahead, or when it is over.
        "until_recorded_on": until and draw.recorded(draw.one((on, until))),
    }


def _unit_result(draw: _Drawing, units: tuple[str, ...]) -> dict:
    on = draw.day()
    return {
        "unit_id": draw.one(units),
        "year": on.year,
        "predicate": draw.one(tuple(POINTS)),
        "resulted_on": on,
        "recorded_on": draw.recorded(on),
    }
