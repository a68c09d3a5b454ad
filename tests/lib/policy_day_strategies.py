"""Days to ask a pack about: those on which an answer can change, and their neighbours.

The rule that must not break: nothing here says what the answer is. Days come from the record and
from the numbers of the pack; one too many does no harm, and one too few hides a fault.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from hypothesis import strategies as st

from features.packs.pack import Pack
from tests.lib.reference_policy_record import DATED, Tables, anniversary, plus_months, read_day

DAY = timedelta(days=1)
#: Nothing is asked about before the first day or after the last one.
FIRST, LAST = date(2017, 1, 1), date(2027, 12, 31)

#: Days of the record that move each kind of rule or measure.
MOVED_BY: dict[str, tuple[str, tuple[str, ...]]] = {
    "education": ("education", ("graduated_on",)),
    "experience": ("appointment", ("start_on", "end_on")),
    "held": ("appointment", ("start_on", "end_on")),
    "present": ("appointment", ("start_on", "end_on")),
    "rank": ("rank_history", ("from_on",)),
    "predicate": ("appraisal", ("appraised_on",)),
    "job_person_match": ("assessment", ("assessed_on",)),
    "technical_match": ("assessment", ("assessed_on",)),
    "assessment_in_force": ("assessment", ("assessed_on",)),
    "leadership_training": ("training", ("finished_on",)),
    "no_sanction": ("discipline", ("sanctioned_on", "until_on")),
    "legal_status": ("legal_status", ("from_on", "until_on")),
    "succession_group": ("succession_group", ("from_on", "until_on")),
    "membership": ("membership", ("start_on", "end_on")),
    "award": ("award", ("awarded_on",)),
    "assignment": ("assignment", ("started_on", "ended_on")),
    "acting": ("appointment", ("start_on", "end_on")),
    "feedback": ("feedback", ("given_on",)),
    "training_hours": ("training", ("finished_on",)),
    "years_in_class": ("appointment", ("start_on", "end_on")),
    "organisations": ("appointment", ("start_on",)),
    "potential": ("potential", ("assessed_on",)),
    "field_of_study": ("education", ("graduated_on",)),
    "discipline": ("discipline", ("sanctioned_on", "until_on")),
}
#: Kinds that add up days in posts.
ADDED_UP = ("experience", "held", "years_in_class")
#: Keys of rules and measures under which years stand; those of bands are years for some measures.
YEARS = ("years", "within_years", "valid_for_years", "clear_for_years")
ENDS = ("at_least", "above")


def boundaries(rows: Tables, pack: Pack) -> list[date]:
    """Days on which an answer can change, with the day before and the day after.

    Anniversaries of what moves a rule or a measure, by the years that it speaks of; days on which
    days in posts add up to so many years; birthdays; ends of service, earlier by the months asked;
    due days of appraisals; days on which something became known. A day stands twice if two answers
    can change on it.
    """
    found = []
    for day in _days_that_matter(rows, pack):
        found += [day + n * DAY for n in (-1, 0, 1)]
    return sorted(day for day in found if FIRST <= day <= LAST) or [FIRST]


def _days_that_matter(rows: Tables, pack: Pack) -> Iterator[date]:
    for piece in _asked_of(pack):
        kind = piece.get("rule") or piece["kind"]
        if kind in MOVED_BY:
            yield from _days_of_kind(rows, pack, kind, piece)
        if kind == "predicate":
            months = piece["due_after_months"]
            years = range(FIRST.year - 1, LAST.year)
            yield from (plus_months(date(year, 12, 31), months) for year in years)
        if kind in ("age", "retirement"):
            for row in rows.get("protected_attribute", []):
                born = read_day(row["value"])
                if born is not None and row["attribute"] == "birth_date":
                    yield from _days_of_birth(born, pack, piece)
                yield from (day for day in row.values() if isinstance(day, date))


def _asked_of(pack: Pack) -> list[dict]:
    """Rules and measures as plain data."""
    assert pack.nine_box is not None and pack.post_score is not None
    found = [rule.model_dump() for rule in pack.rules]
    for components in (
        pack.nine_box.performance.components,
        pack.nine_box.potential.components,
        pack.post_score.components,
    ):
        found += [i.measure.model_dump() for part in components for i in part.indicators]
    if pack.post_score.technical is not None:
        found.append(pack.post_score.technical.measure.model_dump())
    return found


def _days_of_kind(rows: Tables, pack: Pack, kind: str, piece: dict) -> Iterator[date]:
    assert pack.assessment is not None
    table, columns = MOVED_BY[kind]
    counted = {piece[key] for key in YEARS if isinstance(piece.get(key), int)}
    if kind in ("experience", "years_in_class"):
        counted |= {int(band[end] or 0) for band in piece.get("bands", ()) for end in ENDS}
    if table == "assessment":
        counted |= {pack.assessment.valid_for.years}
    for row in rows.get(table, []):
        told = [row[column] for column in columns if row[column] is not None]
        # A closed spell is over on the day after its last one.
        for day in {*told, *(day + DAY for day in told[1:] or told)}:
            for n in counted | {0}:
                # Where 29 February does not exist two days can be meant.
                yield from [anniversary(day, n)] * (4 if (day.month, day.day) == (2, 29) else 1)
        recorded, _begins, late = DATED[table]
        yield from (row[c] for c in (recorded, *late.values()) if row[c] is not None)
    if kind in ADDED_UP:
        yield from _sums_of_days(rows, counted)


def _sums_of_days(rows: Tables, counted: set[int]) -> Iterator[date]:
    """Days on which an open post completes years together with one or all of those that ended."""
    for row in rows["appointment"]:
        ended = [
            (other["end_on"] - other["start_on"]).days + 1
            for other in rows["appointment"]
            if other["person_id"] == row["person_id"]
            and other["end_on"] is not None
            and other["end_on"] < row["start_on"]
        ]
        for n in counted - {0}:
            for days in {*ended, sum(ended)}:
                yield row["start_on"] + (365 * n + n // 4 - days) * DAY


def _days_of_birth(born: date, pack: Pack, piece: dict) -> Iterator[date]:
    if piece.get("rule") == "age":
        yield anniversary(born, piece["at_most"])
        yield anniversary(born, piece["at_most"] + 1)
        return
    assert pack.retirement is not None
    ages = {*pack.retirement.age_of_class.values(), *(e.age for e in pack.retirement.exceptions)}
    for age in ages:
        last = plus_months(anniversary(born.replace(day=1), age), 1) - DAY
        # The last day of some month or the one before: days are added to both.
        month = last.year * 12 + last.month - 1 - piece["months"]
        first_of_next = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
        yield from (first_of_next, first_of_next - 3 * DAY)


def days_near_boundaries(rows: Tables, pack: Pack, most: int = 24) -> st.SearchStrategy[list[date]]:
    """Days to ask about, mostly near a boundary: many, since asking is cheaper than a record."""
    near = st.sampled_from(boundaries(rows, pack))
    return st.lists(
        near | near | near | st.dates(FIRST, LAST), min_size=min(8, most), max_size=most
    )
