"""The report of one snapshot: made of it, of the one before, and of a stated day.

The rule that must not break: the same snapshot, the one before and the day give the same bytes, and
no name, NIP or cell of the record is in `report.json` or `report.html`: codes of units and posts,
counts and days only. Rows by their keys are in the files of people alone.

    SUKSESI_HOME/reports/<digest of the snapshot>/
    ├── report.json               the report
    ├── report.html               the same as a page
    ├── people.parquet            what is on record of each person in service
    └── contradictions.parquet    rows that contradict others, by person
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import pyarrow.parquet as pq

from features.agencies.pseudonyms import free_columns
from features.agencies.traces import NAME_REMOVED, NIP_TOKEN
from features.documents.written import Words
from features.intake_report.changes import between
from features.intake_report.completeness import completeness, completeness_of_people
from features.intake_report.contradictions import contradictions, contradictions_of_people
from features.intake_report.page import Language, page
from features.intake_report.present import Present, newest_fact
from features.intake_report.staleness import staleness
from features.storage import Snapshot
from features.tables.record import Record

REPORTS = "reports"
REPORT, PAGE = "report.json", "report.html"
PEOPLE, CONTRADICTIONS = "people.parquet", "contradictions.parquet"
GIVEN, NEWEST = "given", "newest_fact"


class Section(NamedTuple):
    """Counts that something else tells about the snapshot, such as a queue of waiting values."""

    title: Words
    rows: Sequence[tuple[Words, int]]


@dataclass(frozen=True)
class Report:
    """What there is to say of a snapshot.

    Parameters
    ----------
    content : dict
        Plain values, as in `report.json`.
    people : ibis.Table
        See `completeness_of_people`; with `n_contradictions`.
    contradictions : ibis.Table
        See `contradictions_of_people`.
    """

    content: dict[str, Any]
    people: ibis.Table
    contradictions: ibis.Table


def report_of(
    snapshot: Snapshot,
    before: Snapshot | None = None,
    as_of: date | None = None,
    sections: Sequence[Section] = (),
) -> Report:
    """Make the report of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    before : Snapshot, optional
        The one that was in force before; without it the report tells no changes.
    as_of : date, optional
        The day of which it speaks; if left out, that of the newest fact that began something.
    sections : sequence of Section
        Counts of others, told at the end as they are given.

    Raises
    ------
    DateError
        If no day is given and nothing in the record has one.
    """
    record = snapshot.record()
    on = as_of or newest_fact(record)
    unmapped = [name for name in record.names if name not in snapshot.mapping.tables]
    present = Present(record, on, unmapped)
    people, found = completeness_of_people(present), contradictions_of_people(present)
    content = {
        "format": 1,
        "agency": snapshot.manifest["agency"],
        "simulated": snapshot.mapping.simulated,
        "snapshot": snapshot.digest,
        "before": before.digest if before else None,
        "as_of": str(on),
        "as_of_is": NEWEST if as_of is None else GIVEN,
        "rows": {key: snapshot.manifest[key] for key in ("sources", "tables", "rejections")},
        "taken_out": taken_out(record) if snapshot.mapping.identity is not None else None,
        "completeness": completeness(people, present),
        "staleness": staleness(people, present),
        "contradictions": contradictions(found, present),
        "changes": between(before, snapshot) if before else None,
        "sections": [_section(one) for one in sections],
    }
    return Report(content, _with_contradictions(people, found), found)


def taken_out(record: Record) -> list[dict[str, Any]]:
    """Cells from which NIPs and people's own names were taken out, by table and column."""
    found = []
    for name in sorted(record.names):
        table = record.class_of(name)
        columns = [] if table.protected else free_columns(table)
        if not columns:
            continue
        rows = record.table(name)
        counts = rows.agg(
            **{f"nips {c}": rows[c].re_search(NIP_TOKEN).sum().fill_null(0) for c in columns},
            **{f"names {c}": rows[c].contains(NAME_REMOVED).sum().fill_null(0) for c in columns},
        )
        (told,) = counts.to_pyarrow().to_pylist()
        for column in columns:
            n_nips, n_names = told[f"nips {column}"], told[f"names {column}"]
            if n_nips or n_names:
                found.append({"table": name, "column": column, "nips": n_nips, "names": n_names})
    return found


def folder_of(home: Path, digest: str) -> Path:
    """Where the report of a snapshot is."""
    return home / REPORTS / digest


def written_report(home: Path, digest: str) -> dict[str, Any] | None:
    """The report of a snapshot as it was written last; None if there is none that can be read."""
    try:
        return json.loads((folder_of(home, digest) / REPORT).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write_report(home: Path, report: Report, language: Language = "en") -> Path:
    """Write a report beside those of other snapshots; the folder that it is in.

    Each file is written whole and then put in the place of the one before.
    """
    folder = folder_of(home, report.content["snapshot"])
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in ((PEOPLE, report.people), (CONTRADICTIONS, report.contradictions)):
        draft = folder / f".{name}"
        pq.write_table(table.to_pyarrow(), draft, compression="zstd")
        draft.replace(folder / name)
    _write(folder / PAGE, page(report.content, language))
    _write(folder / REPORT, json.dumps(report.content, ensure_ascii=False) + "\n")
    return folder


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)


def _section(one: Section) -> dict[str, Any]:
    rows = [{"label": label.model_dump(), "count": count} for label, count in one.rows]
    return {"title": one.title.model_dump(), "rows": rows}


def _with_contradictions(people: ibis.Table, found: ibis.Table) -> ibis.Table:
    counted = found.group_by("person_id").agg(n_contradictions=found.count())
    rows = people.left_join(counted, "person_id").drop("person_id_right")
    rows = rows.mutate(n_contradictions=rows.n_contradictions.fill_null(0))
    return rows.order_by("person_id")
