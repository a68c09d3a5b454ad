"""Small records drawn as text, so that a test shows its data on the page."""

from datetime import date
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis import _

from features.agencies.consistency import SNAPSHOT_TABLES
from features.tables.record import Record, record_from_arrow
from features.tables.schema import Table

LADDER = ("staff", "head", "chief")


def rows(text: str) -> list[dict[str, str | None]]:
    """Rows of a table drawn with bars; an empty cell or a dash is nothing.

    >>> rows("a | b\\n1 | -")
    [{'a': '1', 'b': None}]
    """
    lines = [line.split("|") for line in text.strip().splitlines() if line.strip()]
    header, *body = [[cell.strip() for cell in line] for line in lines]
    return [
        {key: None if cell in ("", "-") else cell for key, cell in zip(header, line, strict=True)}
        for line in body
    ]


def drawn_record(
    *,
    posts: str,
    appointments: str = "",
    links: str = "",
    memberships: str = "",
    protected: str = "",
    people: str = "",
    papers: Any = None,
) -> Record:
    """A record from tables drawn as text.

    Parameters
    ----------
    posts : str
        `post`, `unit`, `class` and optionally `fields` (parted by blanks) and `remote` (of the
        unit; the last row of a unit tells).
    appointments : str
        `person`, `post`, `start_on`, `end_on` and optionally `kind`, `end_reason`,
        `start_recorded_on`, `end_recorded_on`; recorded days default to the days themselves.
    links : str
        `from`, `to`, `kind`, `on`.
    memberships : str
        `person`, `body`, `start_on`, `end_on`.
    protected : str
        `person`, `attribute`, `value`, `from_on`, `until_on`.
    people : str
        Names parted by blanks of people without any row elsewhere.
    papers : mapping of str to list of dict, optional
        Rows of further tables, by their name; the agency keeps no others.
    """
    seats = rows(posts)
    careers = rows(appointments) if appointments else []
    spells = rows(memberships) if memberships else []
    hidden = rows(protected) if protected else []
    persons = {r["person"] for r in (*careers, *spells, *hidden)} | set(people.split())
    joined = rows(links) if links else []
    remote = {r["unit"]: r.get("remote") for r in seats}
    units = {r["unit"] for r in seats} | {r[end] for r in joined for end in ("from", "to")}
    frames = {
        "person": [{"person_id": person} for person in sorted(filter(None, persons))],
        "post_class": [
            {"post_class": name, "step": step, "title_id": name, "title_en": name}
            for step, name in enumerate(LADDER, start=1)
        ],
        "unit": [
            {
                "unit_id": unit,
                "name_of_unit": unit,
                "short_name": unit,
                "remote": remote.get(unit),
            }
            for unit in sorted(filter(None, units))
        ],
        "unit_link": [
            {
                "link_id": f"{place}",
                "predecessor_id": r["from"],
                "successor_id": r["to"],
                "kind": r["kind"],
                "linked_on": r["on"],
                "recorded_on": r.get("recorded_on") or r["on"],
            }
            for place, r in enumerate(joined)
        ],
        "post": [
            {
                "post_id": r["post"],
                "title": r["post"],
                "unit_id": r["unit"],
                "post_class": r["class"],
            }
            for r in seats
        ],
        "post_field": [
            {"post_id": r["post"], "field": field}
            for r in seats
            for field in (r.get("fields") or "").split()
        ],
        "appointment": [_appointment(place, r) for place, r in enumerate(careers)],
        "membership": [_membership(place, r) for place, r in enumerate(spells)],
        "protected_attribute": [
            {
                "person_id": r["person"],
                "attribute": r["attribute"],
                "value": r["value"],
                "from_on": r.get("from_on"),
                "recorded_on": r.get("from_on"),
                "until_on": r.get("until_on"),
                "until_recorded_on": r.get("until_on"),
            }
            for r in hidden
        ],
    }
    frames |= papers or {}
    drawn = [t for t in SNAPSHOT_TABLES if t.name in frames or not t.stored_if_mapped]
    return record_from_arrow(
        {table.name: _typed(frames.get(table.name, []), table) for table in drawn},
        SNAPSHOT_TABLES,
    )


def pairs(text: str) -> pd.DataFrame:
    """Pairs drawn as text: `person`, `post`, `as_of`."""
    drawn = rows(text)
    return pd.DataFrame(
        {
            "person_id": [r["person"] for r in drawn],
            "post_id": [r["post"] for r in drawn],
            "as_of": pd.to_datetime([r["as_of"] for r in drawn]),
        }
    )


def asked(text: str) -> ibis.Table:
    """Pairs drawn as text, as rooms of features take them."""
    return ibis.memtable(pairs(text)).mutate(as_of=_.as_of.cast("date"))


def _appointment(place: int, row: dict[str, str | None]) -> dict:
    return {
        "appointment_id": f"{place}",
        "sequence": place,
        "person_id": row["person"],
        "post_id": row["post"],
        "kind": row.get("kind") or "definitive",
        "start_on": row["start_on"],
        "start_recorded_on": row.get("start_recorded_on") or row["start_on"],
        "end_on": row["end_on"],
        "end_recorded_on": row.get("end_recorded_on") or row["end_on"],
        "end_reason": row.get("end_reason"),
    }


def _membership(place: int, row: dict[str, str | None]) -> dict:
    return {
        "membership_id": f"{place}",
        "person_id": row["person"],
        "body": row["body"],
        "start_on": row["start_on"],
        "start_recorded_on": row.get("start_recorded_on") or row["start_on"],
        "end_on": row["end_on"],
        "end_recorded_on": row.get("end_recorded_on") or row["end_on"],
    }


def _typed(drawn: list[dict], table: type[Table]) -> pa.Table:
    schema = table.ibis_schema().to_pyarrow()
    columns = {}
    for field in schema:
        values = [row.get(field.name) for row in drawn]
        if pa.types.is_date(field.type):
            values = [date.fromisoformat(v) if isinstance(v, str) else v for v in values]
        columns[field.name] = pa.array(values, field.type)
    return pa.table(columns, schema=schema)
