"""Small records for Hypothesis, and whole cases: a record, a pack, days to ask about.

The rule that must not break: rows keep the constraints of their tables (keys, order of days), and
nothing else: what is missing, late, contradictory or unreadable in a real record is so in here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from features.agencies.consistency import SNAPSHOT_TABLES
from features.packs.pack import Pack
from features.packs.rules import ROUTES
from features.tables.dossier import EDUCATION_LEVELS, POTENTIAL_ASPECTS, PREDICATES
from features.tables.record import Record, record_from_arrow
from tests.lib.policy_day_strategies import boundaries, days_near_boundaries
from tests.lib.policy_pack_strategies import (
    AWARDS,
    BODIES,
    CLASSES,
    COMPETENCIES,
    FIELDS,
    KINDS,
    LEADERSHIP,
    MEASURE_KINDS,
    METHODS,
    RANKS_USED,
    RULE_KINDS,
    SANCTIONS,
    SCOPES,
    STATUSES,
    STUDIES,
    TECHNICAL,
    TRAININGS,
    Draw,
    pack_of,
    packs,
)
from tests.lib.reference_policy_record import DATED

__all__ = [
    "MEASURE_KINDS",
    "RULE_KINDS",
    "Case",
    "boundaries",
    "cases",
    "days_near_boundaries",
    "pack_of",
    "packs",
    "record_of",
    "tables",
]

Row = dict[str, Any]
Tables = dict[str, list[Row]]

DAY = timedelta(days=1)

#: Days at which months and years have different lengths.
ODD_DAYS = (
    date(2015, 12, 31),
    date(2016, 2, 29),
    date(2017, 3, 1),
    date(2018, 1, 31),
    date(2019, 7, 1),
    date(2020, 2, 28),
    date(2020, 2, 29),
    date(2021, 2, 28),
    date(2022, 3, 31),
    date(2022, 12, 31),
)
#: Two rows often begin on one day, last a whole year, or touch.
LENGTHS = (0, 1, 27, 182, 364, 365, 366, 729, 730, 731, 1095, 1460, 1461, 2000)
#: Days by which the record is late; it can know of something ahead.
LAGS = (-40, -1, 0, 0, 0, 0, 0, 1, 31, 400)
BIRTHS = (
    "1964-02-29",
    "1968-02-29",
    "1970-01-31",
    "29-02-1972",
    "31-12-1975",
    "1980-02-29",
    "1980-06-30",
    "15-08-1969",
)
#: Other ways to write days that are no days.
UNREADABLE = ("1970-02-30", "29-02-1970", "31-04-1980", "unknown", "1970", "1970/01/31", "")
#: Words of exceptions stand in some of them whole, in some as a piece of another word.
TITLES = (
    "Head of Law",
    "Expert",
    "Legal expert",
    "Secretary",
    "Experts of law",
    "Ahead (expert2)",
    "Head of Lawyers",
    "Éexpert",
)
UNITS = ("u1", "u2", "u3")
FIELDS_OF_POSTS = ((), FIELDS[:1], FIELDS[:1], FIELDS[:2], FIELDS[1:2], FIELDS[1:])

begins = st.sampled_from(ODD_DAYS) | st.dates(date(2015, 6, 1), date(2022, 12, 31))
lengths = st.sampled_from(LENGTHS)
lags = st.sampled_from(LAGS).map(lambda n: timedelta(days=n))

#: Tables that an agency may not keep.
OPTIONAL = (
    "post_field",
    "membership",
    "rank_history",
    "education",
    "training",
    "appraisal",
    "assessment",
    "potential",
    "feedback",
    "award",
    "assignment",
    "discipline",
    "legal_status",
    "post_requirement",
    "succession_group",
    "protected_attribute",
)

#: What the rows of each table say beside whom they speak of and when.
SAYINGS: dict[str, dict[str, st.SearchStrategy]] = {
    "membership": {"body": st.sampled_from(BODIES)},
    "rank_history": {"rank": st.sampled_from(RANKS_USED)},
    "education": {
        "level": st.sampled_from(EDUCATION_LEVELS),
        "field": st.sampled_from((None, *STUDIES, *STUDIES)),
    },
    "training": {
        "kind": st.sampled_from(TRAININGS),
        "hours": st.sampled_from((None, None, 0.0, 5.5, 20.0, 40.0)),
        "level": st.none() | st.sampled_from(LEADERSHIP),
    },
    "appraisal": {"predicate": st.sampled_from(PREDICATES)},
    "assessment": {
        "competency": st.sampled_from((*COMPETENCIES, *TECHNICAL)),
        "level": st.integers(0, 10).map(lambda n: n / 2),
        "method": st.sampled_from((METHODS[0],) * 3 + METHODS),
    },
    "potential": {
        "aspect": st.sampled_from(POTENTIAL_ASPECTS),
        # Off the scale of one pack, or of any.
        "score": st.sampled_from((0.0, 2.5, 4.0, 4.0, 5.0, 6.0, -0.5, 80.0)),
    },
    "feedback": {
        "subject": st.just("service"),
        "rater": st.sampled_from(("superior", "peer")),
        "score": st.sampled_from((50.0, 75.0, 80.0, 87.5, 100.0)),
    },
    "award": {"kind": st.sampled_from((*AWARDS, "cup"))},
    "assignment": {
        "title": st.sampled_from(("team", None)),
        "role": st.sampled_from(("lead", "member")),
        "scope": st.sampled_from(("internal", "inter_agency")),
    },
    "discipline": {"level": st.sampled_from(SANCTIONS)},
    "legal_status": {"status": st.sampled_from(STATUSES)},
    "succession_group": {"scope": st.sampled_from(SCOPES)},
}
#: At least and at most so many rows; of what is written for a whole year or a whole test at once,
#: so many of these.
FEW = (0, 8)
MANY = {
    "appointment": (3, 14),
    "appraisal": (1, 5),
    "assessment": (2, 8),
    "potential": (1, 6),
    "rank_history": (2, 10),
    "education": (2, 10),
}


@dataclass(frozen=True)
class Case:
    """A record, a pack, and what to ask of them."""

    tables: Tables
    pack: Pack
    days: tuple[date, ...]
    route: str

    @property
    def people(self) -> list[str]:
        return [row["person_id"] for row in self.tables["person"]]

    @property
    def posts(self) -> list[str]:
        return [row["post_id"] for row in self.tables["post"]]


def record_of(rows: Tables) -> Record:
    """The record that holds these tables; a table that is left out is one that is not kept."""
    frames = {}
    for table in SNAPSHOT_TABLES:
        if table.name in rows:
            schema = table.ibis_schema().to_pyarrow()
            columns = {
                field.name: pa.array([row.get(field.name) for row in rows[table.name]], field.type)
                for field in schema
            }
            frames[table.name] = pa.table(columns, schema=schema)
    return record_from_arrow(frames, SNAPSHOT_TABLES)


@st.composite
def tables(draw: Draw) -> Tables:
    """Three to six people, four to eight posts in up to three units, and what is kept on them."""
    people = [f"p{n}" for n in range(1, draw(st.integers(3, 6)) + 1)]
    seats = [f"s{n}" for n in range(1, draw(st.integers(4, 8)) + 1)]
    found: Tables = {
        "person": [{"person_id": person} for person in people],
        "post_class": [
            {"post_class": name, "step": step, "title_id": name, "title_en": name}
            for step, name in enumerate(CLASSES, start=1)
        ],
        "unit": [{"unit_id": u, "name_of_unit": u, "short_name": u} for u in UNITS],
        "unit_link": [],
        "post": [
            {
                "post_id": seat,
                "title": draw(st.sampled_from(TITLES)),
                "unit_id": draw(st.sampled_from(UNITS)),
                "post_class": draw(st.sampled_from(CLASSES)),
            }
            for seat in seats
        ],
        "post_field": [
            {"post_id": seat, "field": field}
            for seat in seats
            for field in draw(st.sampled_from(FIELDS_OF_POSTS))
        ],
        "post_requirement": [
            {"post_id": seat, "competency": name, "level": draw(st.integers(1, 5))}
            for seat in seats
            for name in draw(
                st.lists(st.sampled_from((*COMPETENCIES, *TECHNICAL)), max_size=3, unique=True)
            )
        ],
        "appointment": appointments(draw, people, seats),
        "protected_attribute": births(draw, people),
    }
    for name in SAYINGS:
        rows = [
            row for person in spoken_of(draw, name, people) for row in sayings(draw, name, person)
        ]
        found[name] = [numbered(row, name, place) for place, row in enumerate(rows)]
    not_kept = draw(st.lists(st.sampled_from(OPTIONAL), max_size=3, unique=True))
    return {
        table.name: without_repeats(found[table.name], table.key)
        for table in SNAPSHOT_TABLES
        if table.name in found and table.name not in not_kept
    }


def spoken_of(draw: Draw, name: str, people: list[str]) -> list[str]:
    """Whom the rows of a table speak of: everybody, and the first two more than the others."""
    least, most = MANY.get(name, FEW)
    n = draw(st.integers(least, most))
    return [draw(st.sampled_from((*people[:2], *people))) for _row in range(n)]


def without_repeats(rows: list[Row], key: tuple[str, ...]) -> list[Row]:
    first: dict[tuple, Row] = {}
    for row in rows:
        first.setdefault(tuple(row[column] for column in key), row)
    return list(first.values())


def appointments(draw: Draw, people: list[str], seats: list[str]) -> list[Row]:
    rows = []
    for place, person in enumerate(spoken_of(draw, "appointment", people)):
        row = {
            "appointment_id": f"a{place}",
            "sequence": place,
            "person_id": person,
            "post_id": draw(st.sampled_from(seats)),
            "kind": draw(st.sampled_from(("definitive", "definitive", *KINDS))),
        }
        before = [r for r in rows if r["person_id"] == person and r["end_on"] is not None]
        start = None
        if before and draw(st.booleans()):
            # One follows another: on its last day, the day after, or a day too late.
            start = before[-1]["end_on"] + draw(st.integers(0, 2)) * DAY
        rows.append({**row, **dated(draw, "appointment", start)})
    return rows


def sayings(draw: Draw, name: str, person: str) -> list[Row]:
    """Rows of one table on one person: one, or those of a test or of years that belong together."""
    row = {"person_id": person, **draw(st.fixed_dictionaries(SAYINGS[name])), **dated(draw, name)}
    if name == "assessment":
        return parts_measured(draw, row, "competency", (*COMPETENCIES, *TECHNICAL), "level")
    if name == "potential":
        return parts_measured(draw, row, "aspect", POTENTIAL_ASPECTS, "score")
    return years_of(draw, row) if name == "appraisal" else [row]


def parts_measured(
    draw: Draw, row: Row, part: str, parts: tuple[str, ...], result: str
) -> list[Row]:
    """What a test of one day measured: mostly all of its parts."""
    name = "assessment" if part == "competency" else "potential"
    left_out = draw(st.just([]) | st.lists(st.sampled_from(parts), max_size=2))
    return [
        {**row, part: one, result: draw(SAYINGS[name][result])}
        for one in parts
        if one not in left_out
    ]


def years_of(draw: Draw, row: Row) -> list[Row]:
    """Appraisals of some years in a row, mostly one a year, early or late in the next one."""
    first = draw(st.integers(2015, 2020))
    rows = []
    for year in range(first, first + draw(st.integers(1, 6))):
        on = date(year + 1, 1, 1) + draw(st.sampled_from((-5, 0, 89, 90, 150))) * DAY
        predicate = draw(st.just(row["predicate"]) | SAYINGS["appraisal"]["predicate"])
        known_on = on + draw(lags)
        rows.append(
            {
                **row,
                "year": year,
                "predicate": predicate,
                "appraised_on": on,
                "recorded_on": known_on,
            }
        )
    return rows


def numbered(row: Row, name: str, place: int) -> Row:
    """A row with a name of its own."""
    ids = ("rank", "education", "training", "appraisal", "assessment", "membership")
    return {**row, **{f"{one}_id": f"{name}{place}" for one in ids}, "sequence": place}


def dated(draw: Draw, name: str, start: date | None = None) -> Row:
    """When it began and, where the table says so, ended, and when the record knew either."""
    recorded, begins_on, late = DATED[name]
    start = start or draw(begins)
    row: Row = {begins_on: start, recorded: start + draw(lags)}
    for column, learnt in late.items():
        row[column] = row[learnt] = None
        # Half of the appointments last, and a third of all else.
        if draw(st.integers(0, 5)) >= (3 if name == "appointment" else 2):
            row[column] = start + draw(lengths) * DAY
            # Known when it came, known from the start, or never: an end without such a day.
            known_since = draw(st.sampled_from((row[column],) * 6 + (start,) * 5 + (None,)))
            row[learnt] = known_since and known_since + draw(lags)
    return row


def births(draw: Draw, people: list[str]) -> list[Row]:
    """Days of birth: one, none, two that contradict, unreadable ones, some known late or over."""
    rows = []
    for person in people:
        texts = [draw(st.sampled_from(BIRTHS))]
        fate = draw(st.integers(0, 11))
        if fate == 0:
            texts = []
        if fate == 1:
            texts = [draw(st.sampled_from(UNREADABLE))]
        if fate == 2:
            texts.append(draw(st.sampled_from(UNREADABLE)))
        if fate == 3:
            texts.append(draw(st.sampled_from(BIRTHS)))
        if fate == 4:
            # One day, written both ways.
            texts = ["1970-01-31", "31-01-1970"]
        for value in texts:
            row: Row = {
                "person_id": person,
                "attribute": "birth_date",
                "value": value,
                "from_on": None,
                "recorded_on": None,
                "until_on": None,
                "until_recorded_on": None,
            }
            if fate == 5:
                row |= {"recorded_on": draw(begins)}
            if fate == 6 or (fate == 3 and draw(st.booleans())):
                row |= dated(draw, "protected_attribute")
            rows.append(row)
        rows.append({**NO_BIRTH, "person_id": person})
    return rows


#: Another attribute, which no rule may take for a day of birth.
NO_BIRTH: Row = {
    "attribute": "origin",
    "value": "1999-01-01",
    "from_on": None,
    "recorded_on": None,
    "until_on": None,
    "until_recorded_on": None,
}


@st.composite
def cases(
    draw: Draw,
    rule_kinds: tuple[str, ...] = RULE_KINDS,
    measure_kinds: tuple[str, ...] = MEASURE_KINDS,
    most_days: int = 24,
) -> Case:
    """A record, a pack, days near their boundaries and a route."""
    rows = draw(tables())
    pack = draw(packs(rule_kinds, measure_kinds))
    days = draw(days_near_boundaries(rows, pack, most_days))
    return Case(rows, pack, tuple(dict.fromkeys(days)), draw(st.sampled_from(ROUTES)))
