"""Where the record contradicts itself: rows that cannot both be right, or not without explanation.

The rule that must not break: nothing is mended and nothing is judged. A contradiction is a question
to whoever keeps the record; some have good answers (a demotion lowers a rank). What cannot be
asked, because a table is not kept, is not answered with zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
from ibis import _

from features.intake_report.present import Present
from features.tables.dossier import EDUCATION_LEVELS, RANKS
from features.tables.record import Record

#: Boxes by level of performance and of potential, as the agency's own system numbers them
#: (PermenPANRB 3/2020): along the diagonal, 9 the highest.
BOXES = {
    ("below", "low"): 1,
    ("meets", "low"): 2,
    ("below", "medium"): 3,
    ("above", "low"): 4,
    ("meets", "medium"): 5,
    ("below", "high"): 6,
    ("above", "medium"): 7,
    ("meets", "high"): 8,
    ("above", "high"): 9,
}
#: Predicates by rating of results and of behaviour (PermenPANRB 6/2022). Where one rating alone is
#: below expectation, sources disagree which predicate is whose: both are let stand.
PREDICATES_OF_RATINGS = {
    ("above", "above"): ("very_good",),
    ("above", "meets"): ("good",),
    ("meets", "above"): ("good",),
    ("meets", "meets"): ("good",),
    ("above", "below"): ("needs_improvement", "poor"),
    ("meets", "below"): ("needs_improvement", "poor"),
    ("below", "above"): ("needs_improvement", "poor"),
    ("below", "meets"): ("needs_improvement", "poor"),
    ("below", "below"): ("very_poor",),
}
#: The last day of what has no last day on record.
_FOREVER = ibis.date(9999, 12, 31)
#: Stands between the columns of a key.
_BETWEEN = "|"


@dataclass(frozen=True)
class Contradiction:
    """One kind of contradiction.

    Parameters
    ----------
    kind : str
    table : str
        The table whose rows are told.
    needs : tuple of str
        Tables that must be kept for the question to have an answer.
    rows : callable
        Rows of `table` that contradict; they have its key and `person_id`.
    """

    kind: str
    table: str
    needs: tuple[str, ...]
    rows: Callable[[Present], ibis.Table]


def contradictions_of_people(present: Present) -> ibis.Table:
    """Every contradiction: `person_id`, `kind`, `table`, `row_key`; a row may be of many kinds."""
    found = [
        _told(one, one.rows(present), present.record)
        for one in CONTRADICTIONS
        if present.keeps(*one.needs)
    ]
    rows = ibis.union(*found, found[0].limit(0))
    return rows.order_by("person_id", "kind", "row_key").cache()


def contradictions(found: ibis.Table, present: Present) -> dict[str, Any]:
    """Counts by kind and by unit, as plain values.

    Parameters
    ----------
    found : ibis.Table
        What `contradictions_of_people` returns.
    present : Present

    Returns
    -------
    dict
        `kinds`: `kind`, `table`, `kept`, `rows`, `people`, both null where a table that is needed
        is not kept. `units`: `unit_id`, that of the person on the day, null for who holds no post;
        `rows`, and `kinds`, rows by kind.
    """
    by_kind = found.group_by("kind").agg(rows=_.count(), people=_.person_id.nunique())
    counted = {row["kind"]: row for row in by_kind.to_pyarrow().to_pylist()}
    kinds = []
    for one in CONTRADICTIONS:
        kept = present.keeps(*one.needs)
        count = counted.get(one.kind, {"rows": 0, "people": 0})
        told = {name: count[name] if kept else None for name in ("rows", "people")}
        kinds.append({"kind": one.kind, "table": one.table, "kept": kept, **told})
    units = found.left_join(present.people.select("person_id", "unit_id"), "person_id")
    by_unit = units.group_by("unit_id", "kind").agg(rows=_.count())
    ordered = by_unit.order_by(_.unit_id.isnull(), "unit_id", "kind").to_pyarrow().to_pylist()
    told_units: dict[str | None, dict[str, int]] = {}
    for row in ordered:
        told_units.setdefault(row["unit_id"], {})[row["kind"]] = row["rows"]
    return {
        "kinds": kinds,
        "units": [
            {"unit_id": unit, "rows": sum(rows.values()), "kinds": rows}
            for unit, rows in told_units.items()
        ],
    }


def _told(one: Contradiction, rows: ibis.Table, record: Record) -> ibis.Table:
    key = [rows[name].cast("string").fill_null("") for name in record.class_of(one.table).key]
    return rows.select(
        person_id=rows.person_id,
        kind=ibis.literal(one.kind),
        table=ibis.literal(one.table),
        row_key=reduce(lambda left, right: left + _BETWEEN + right, key),
    )


def _box_differs(present: Present) -> ibis.Table:
    rows = present.table("source_box")
    return rows.filter(rows.box != _looked_up(rows.performance, rows.potential, BOXES))


def _predicate_differs(present: Present) -> ibis.Table:
    """The predicate is none of those that its two ratings allow; both must be on record."""
    rows = present.table("appraisal")
    allowed = {pair: _BETWEEN.join(words) for pair, words in PREDICATES_OF_RATINGS.items()}
    rows = rows.mutate(allowed=_looked_up(rows.results, rows.behaviour, allowed))
    return rows.filter(~rows.allowed.split(_BETWEEN).contains(rows.predicate))


def _looked_up(first: Any, second: Any, table: dict[tuple[str, str], Any]) -> Any:
    branches = (((first == a) & (second == b), value) for (a, b), value in table.items())
    return ibis.cases(*branches, else_=None)


def _definitive_overlap(present: Present) -> ibis.Table:
    """The later of two definitive appointments that share more than a day of change-over."""
    rows = present.table("appointment").filter(_.kind == "definitive")
    earlier = ibis.window(
        group_by="person_id",
        order_by=["start_on", "appointment_id"],
        preceding=(None, 1),
    )
    lasts_until = rows.end_on.coalesce(_FOREVER).max().over(earlier)
    rows = rows.mutate(lasts_until=lasts_until)
    return rows.filter(rows.lasts_until > rows.start_on)


def _rank_falls(present: Present) -> ibis.Table:
    rows = present.table("rank_history")
    return _falls(rows.mutate(place=_place(rows["rank"], RANKS)), "from_on", "rank_id")


def _education_falls(present: Present) -> ibis.Table:
    rows = present.table("education")
    rows = rows.mutate(place=_place(rows.level, EDUCATION_LEVELS))
    return _falls(rows, "graduated_on", "education_id")


def _falls(rows: ibis.Table, day: str, key: str) -> ibis.Table:
    """Rows whose place lies below that of the row before; of one day, the lower stands first."""
    earlier = rows.place.lag().over(
        group_by="person_id", order_by=[rows[day], rows.place, rows[key]]
    )
    rows = rows.mutate(place_before=earlier)
    return rows.filter(rows.place < rows.place_before)


def _place(value: Any, order: tuple[str, ...]) -> Any:
    return ibis.cases(*((value == word, place) for place, word in enumerate(order)), else_=None)


def _appraised_before_entry(present: Present) -> ibis.Table:
    """Appraisals of a year that was over before the first appointment or rank on record."""
    firsts = [present.table("appointment").select("person_id", day="start_on")]
    if present.keeps("rank_history"):
        firsts.append(present.table("rank_history").select("person_id", day="from_on"))
    first = ibis.union(*firsts, firsts[0].limit(0))
    entered = first.group_by("person_id").agg(entered_in=_.day.min().year())
    rows = present.table("appraisal").join(entered, "person_id")
    return rows.filter(rows.year < rows.entered_in)


def _appraised_by_oneself(present: Present) -> ibis.Table:
    rows = present.table("appraisal")
    return rows.filter(rows.appraiser_id == rows.person_id)


def _appraiser_without_post(present: Present) -> ibis.Table:
    """Appraisers who held no post on record from the start of the year to the appraisal."""
    rows = present.table("appraisal").filter(_.appraiser_id.notnull())
    asked = ["appraiser_id", "year", "appraised_on"]
    # Most appraisers rate many on one day: each of their days is looked up once.
    days = rows.select(*asked).distinct()
    held = present.table("appointment").select("person_id", "start_on", "end_on")
    held = days.join(held, days.appraiser_id == held.person_id)
    is_over = held.end_on.fill_null(_FOREVER) < ibis.date(held.year.cast("int32"), 1, 1)
    known = held.filter((held.start_on <= held.appraised_on) & ~is_over)
    return rows.anti_join(known.select(*asked).distinct(), asked)


def _status_without_post(present: Present) -> ibis.Table:
    """Standings in the service that last on the day, of people who hold no post."""
    rows = present.table("legal_status")
    lasts = (rows.from_on <= present.day) & (
        rows.until_on.isnull() | (rows.until_on >= present.day)
    )
    return rows.filter(lasts).anti_join(present.people, "person_id")


def _post_in_closed_unit(present: Present) -> ibis.Table:
    """Appointments that last on the day, to posts of a unit that was closed before it."""
    closed = present.table("unit").filter(_.closed_on < present.day)
    posts = present.table("post").semi_join(closed, "unit_id")
    return present.appointments.filter(_.is_open).semi_join(posts, "post_id")


def _appointed_after_service(present: Present) -> ibis.Table:
    """Appointments that begin after the last day of the last standing on record."""
    lasts = present.table("legal_status").group_by("person_id")
    lasts = lasts.agg(until_on=_.until_on.max(), n_unended=_.until_on.isnull().sum())
    ended = lasts.filter(lasts.n_unended == 0).select("person_id", "until_on")
    rows = present.table("appointment").join(ended, "person_id")
    return rows.filter(rows.start_on > rows.until_on)


def _score_without_candidacy(present: Present) -> ibis.Table:
    """Interview scores of people who were no candidates; undecided vacancies have none yet."""
    decided = present.table("candidacy").select("vacancy_id").distinct()
    rows = present.table("interview_score").semi_join(decided, "vacancy_id")
    return rows.anti_join(present.table("candidacy"), ["vacancy_id", "person_id"])


CONTRADICTIONS = (
    Contradiction(
        "definitive_appointments_overlap", "appointment", ("appointment",), _definitive_overlap
    ),
    Contradiction(
        "post_in_closed_unit", "appointment", ("appointment", "unit"), _post_in_closed_unit
    ),
    Contradiction(
        "appointment_after_service",
        "appointment",
        ("appointment", "legal_status"),
        _appointed_after_service,
    ),
    Contradiction("status_without_post", "legal_status", ("legal_status",), _status_without_post),
    Contradiction("rank_falls", "rank_history", ("rank_history",), _rank_falls),
    Contradiction("education_falls", "education", ("education",), _education_falls),
    Contradiction("appraisal_before_entry", "appraisal", ("appraisal",), _appraised_before_entry),
    Contradiction("appraised_by_oneself", "appraisal", ("appraisal",), _appraised_by_oneself),
    Contradiction("appraiser_without_post", "appraisal", ("appraisal",), _appraiser_without_post),
    Contradiction(
        "predicate_differs_from_ratings", "appraisal", ("appraisal",), _predicate_differs
    ),
    Contradiction("box_differs_from_levels", "source_box", ("source_box",), _box_differs),
    Contradiction(
        "score_without_candidacy",
        "interview_score",
        ("interview_score", "candidacy"),
        _score_without_candidacy,
    ),
)
