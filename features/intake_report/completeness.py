"""Which documents are on record for people in service, by person, by unit and in all.

The rule that must not break: a document that the agency does not keep, or that is not due of
somebody, counts neither for nor against: it is null, never "not on record". Whole weights are added
up and divided once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
from ibis import _

from features.intake_report.present import Present

#: Years for which an assessment holds; no rule was found that says so, practice does.
VALID_YEARS = 3
#: Years back to which a training counts.
TRAINING_YEARS = 3
#: Months after its end from which the appraisal of a year is due.
APPRAISAL_DUE_MONTHS = 3
#: Decimals of a share.
DECIMALS = 4
#: Steps of the distribution; the last one is "everything is on record".
N_STEPS = 10


@dataclass(frozen=True)
class Document:
    """One kind of document about a person or about the post that the person holds.

    Parameters
    ----------
    name : str
    table : str
        The table that holds it; where the agency does not keep it, the document is not kept.
    weight : int
        How much it counts. The weights are ours, in this one place: what two axes of a nine-box
        are made of counts double.
    day : str, optional
        The column with the day of the document; a day to come is none yet.
    years : int, optional
        How many years back the day may lie.
    years_ago : int, optional
        Of appraisals: 0 for the newest year that is due, 1 for the year before.
    """

    name: str
    table: str
    weight: int
    day: str | None = None
    years: int | None = None
    years_ago: int | None = None


DOCUMENTS = (
    Document("rank", "rank_history", 1, day="from_on"),
    Document("education", "education", 1, day="graduated_on"),
    Document("appraisal_newest_year", "appraisal", 2, day="appraised_on", years_ago=0),
    Document("appraisal_year_before", "appraisal", 1, day="appraised_on", years_ago=1),
    Document("assessment", "assessment", 2, day="assessed_on", years=VALID_YEARS),
    Document("potential", "potential", 2, day="assessed_on"),
    Document("feedback", "feedback", 1, day="given_on"),
    Document("training", "training", 1, day="started_on", years=TRAINING_YEARS),
    Document("legal_status", "legal_status", 1, day="from_on"),
    Document("post_requirement", "post_requirement", 1),
)


def due_year(on: date) -> int:
    """The newest year of which the appraisal is due on a day.

    >>> due_year(date(2025, 3, 30)), due_year(date(2025, 3, 31))
    (2023, 2024)
    """
    # The year ends on the last day of its month, and so does the time until it is due.
    is_due = (on.month, on.day) >= (APPRAISAL_DUE_MONTHS, 31)
    return on.year - (1 if is_due else 2)


def completeness_of_people(present: Present) -> ibis.Table:
    """What is on record of each person in service.

    Returns
    -------
    ibis.Table
        `person_id`, `unit_id`, `post_id`; for each document whether it is on record, null where it
        is not kept or not due; `due` and `on_record`, sums of weights; `share`, on record over due,
        null where nothing is due; `has_old_assessment`, assessed, and each time too long ago.
    """
    kept = [document for document in DOCUMENTS if present.keeps(document.table)]
    people = present.people
    flags: dict[str, Any] = {d.name: ibis.null("boolean") for d in DOCUMENTS}
    if kept:
        held = ibis.union(
            *(
                _holders(present, document)
                .select("person_id")
                .distinct()
                .mutate(document=ibis.literal(document.name))
                for document in kept
            ),
            _nobody(present),
        )
        found = held.group_by("person_id").agg(
            **{f"holds_{d.name}": (_.document == d.name).any() for d in kept}
        )
        people = people.left_join(found, "person_id").drop("person_id_right")
        for document in kept:
            is_held = people[f"holds_{document.name}"].fill_null(ibis.literal(value=False))
            is_due = _is_due(present, document, people)
            flags[document.name] = ibis.ifelse(is_due, is_held, ibis.null("boolean"))
    rows = people.select("person_id", "unit_id", "post_id", **flags)
    no = ibis.literal(value=False)
    due = _weighed({d: rows[d.name].notnull() for d in kept})
    on_record = _weighed({d: rows[d.name].fill_null(no) for d in kept})
    rows = rows.mutate(due=due, on_record=on_record)
    rows = rows.mutate(share=(rows.on_record / rows.due.nullif(0)).round(DECIMALS))
    assessed = present.table("assessment").select("person_id").distinct()
    assessed = assessed.mutate(was_assessed=ibis.literal(value=True))
    rows = rows.left_join(assessed, "person_id").drop("person_id_right")
    has_old = rows.was_assessed.fill_null(no) & ~rows.assessment
    rows = rows.mutate(has_old_assessment=has_old).drop("was_assessed")
    return rows.order_by("person_id").cache()


def completeness(people: ibis.Table, present: Present) -> dict[str, Any]:
    """Completeness in all, by document, as a distribution and by unit, as plain values.

    Parameters
    ----------
    people : ibis.Table
        What `completeness_of_people` returns.
    present : Present
    """
    whole = people.agg(**_sums(people)).to_pyarrow().to_pylist()[0]
    units = people.group_by("unit_id").agg(**_sums(people)).order_by("unit_id")
    return {
        "people_in_service": whole["people"],
        "share": _share(whole["on_record"], whole["due"]),
        "appraisal_year": due_year(present.on),
        "documents": [
            {
                "document": document.name,
                "table": document.table,
                "weight": document.weight,
                "kept": present.keeps(document.table),
                **_of_document(whole, document, present),
            }
            for document in DOCUMENTS
        ],
        "distribution": _distribution(people),
        "units": [_of_unit(unit, present) for unit in units.to_pyarrow().to_pylist()],
    }


def _of_unit(unit: dict[str, Any], present: Present) -> dict[str, Any]:
    documents = {
        one.name: {"due": unit[f"due_{one.name}"], "on_record": unit[f"held_{one.name}"]}
        for one in DOCUMENTS
        if present.keeps(one.table)
    }
    share = _share(unit["on_record"], unit["due"])
    return {"unit_id": unit["unit_id"], "people": unit["people"], "share": share} | {
        "documents": documents
    }


def _of_document(sums: dict[str, Any], document: Document, present: Present) -> dict[str, Any]:
    """People of whom it is due and on record; null where the agency does not keep it."""
    if not present.keeps(document.table):
        return {"due": None, "on_record": None, "share": None}
    due, held = sums[f"due_{document.name}"], sums[f"held_{document.name}"]
    return {"due": due, "on_record": held, "share": _share(held, due)}


def _sums(people: ibis.Table) -> dict[str, Any]:
    sums: dict[str, Any] = {
        "people": people.count(),
        "due": people.due.sum().fill_null(0),
        "on_record": people.on_record.sum().fill_null(0),
    }
    for document in DOCUMENTS:
        sums[f"due_{document.name}"] = people[document.name].count()
        sums[f"held_{document.name}"] = people[document.name].sum().fill_null(0)
    return sums


def _weighed(held: dict[Document, Any]) -> Any:
    """The sum of the weights of some documents, for each person."""
    total: Any = ibis.literal(0, "int64")
    for document, is_held in held.items():
        total = total + is_held.cast("int64") * document.weight
    return total


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DECIMALS) if whole else None


def _distribution(people: ibis.Table) -> list[dict[str, Any]]:
    """How many people have how much on record, in tenths; `step` is null where nothing is due."""
    step = (people.on_record * N_STEPS) // people.due.nullif(0)
    counted = people.group_by(step=step.cast("int64")).agg(people=_.count())
    found = {row["step"]: row["people"] for row in counted.to_pyarrow().to_pylist()}
    steps = [{"at_least": n / N_STEPS, "people": found.get(n, 0)} for n in range(N_STEPS + 1)]
    return [*steps, {"at_least": None, "people": found.get(None, 0)}]


def _holders(present: Present, document: Document) -> ibis.Table:
    """People who have a document."""
    rows, day = present.table(document.table), present.day
    if document.table == "post_requirement":
        return present.people.semi_join(rows, "post_id")
    if document.table == "legal_status":
        return rows.filter(
            (rows.from_on <= day) & (rows.until_on.isnull() | (rows.until_on >= day))
        )
    assert document.day is not None
    rows = rows.filter(rows[document.day] <= day)
    if document.table == "training":
        rows = rows.mutate(dated_on=rows.finished_on.coalesce(rows.started_on))
        return rows.filter(rows.dated_on > _years_before(present.on, document.years))
    if document.years is not None:
        return rows.filter(rows[document.day] > _years_before(present.on, document.years))
    if document.years_ago is not None:
        return rows.filter(rows.year == due_year(present.on) - document.years_ago)
    return rows


def _is_due(present: Present, document: Document, people: ibis.Table) -> Any:
    """An appraisal is due of who was in service when its year began; all else of everybody."""
    if document.years_ago is None:
        return ibis.literal(value=True)
    year = due_year(present.on) - document.years_ago
    return people.entered_on <= ibis.date(year, 1, 1)


def _nobody(present: Present) -> ibis.Table:
    """No rows: a union needs two sides."""
    nobody = present.people.select("person_id").limit(0)
    return nobody.mutate(document=ibis.literal(""))


def _years_before(on: date, years: int | None) -> Any:
    """The same day so many years earlier; of 29 February, the 28th."""
    assert years is not None
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return ibis.date(on.year - years, on.month, day)
