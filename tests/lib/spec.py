"""The specification of the policy engine as tables drawn in text: a record, cases, what comes out.

A case is a row with a `person` and a day (`on`), and may name a `post` and a `route`. Its other
columns are named after rules, indicators or scores and hold the answer that has to come out; a dash
is no answer. The column `because` is for readers. All cases of a table are asked about at once.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.agencies.consistency import SNAPSHOT_TABLES, event_column, recorded_columns
from features.packs.declaration import PERFORMANCE, POTENTIAL
from features.packs.pack import Pack
from features.policy.eligibility import eligibility
from features.policy.scores import Scores, boxes_in, nine_box, person_match, post_scores
from features.policy.statuses import NOT_ASKED, STATUSES
from features.tables.dossier import POTENTIAL_ASPECTS
from features.tables.record import Record, record_from_arrow
from features.tables.schema import Table
from tests.lib.careers import rows

Row = dict[str, Any]
Answer = str | None
Cases = Sequence[Mapping[str, Answer]]

#: Columns that are drawn under shorter names.
SHORT = {"person": "person_id", "post": "post_id", "class": "post_class", "unit": "unit_id"}
#: What a row holds where its table is drawn without the column.
USUAL: dict[str, Row] = {
    "appointment": {"kind": "definitive"},
    "assessment": {"method": "assessment_centre"},
    "feedback": {"subject": "service", "rater": "superior"},
    "protected_attribute": {"attribute": "birth_date"},
    "succession_group": {"scope": "agency"},
    "training": {"kind": "technical"},
}
#: Columns of a case that are no answers.
ASKED = ("person", "on", "post", "route", "because")


def drawn_record(pack: Pack, cases: str, *, posts: str, **tables: str) -> Record:
    """The record of an agency that keeps the tables that are drawn, and no others.

    Parameters
    ----------
    pack : Pack
        Its ladder is that of the agency.
    cases : str
        Whoever has a case is on record, if without any row.
    posts : str
        `post`, `class`, and if need be `title`, `unit` and `fields`, parted by blanks.
    **tables : str
        By name, with the columns of the table, `person` and `post` for the identifiers. Days of the
        record that are not drawn are the days of the facts themselves. ``all`` in place of a
        competency or an aspect of potential stands for every one of them.
    """
    seats = [{"unit_id": "unit", "title": r["post"], **_renamed(r)} for r in rows(posts)]
    told = {
        name: [each for row in rows(text) for each in _each({**USUAL.get(name, {}), **row}, pack)]
        for name, text in tables.items()
    }
    people = [r["person_id"] for table in told.values() for r in table if "person_id" in r]
    people += [r["person"] for r in rows(cases)]
    told |= {
        "person": [{"person_id": person} for person in dict.fromkeys(people)],
        "post_class": [
            {"post_class": name, "step": step, "title_id": name, "title_en": name}
            for step, name in enumerate(pack.classes, start=1)
        ],
        "unit": [
            {"unit_id": unit, "name_of_unit": unit, "short_name": unit}
            for unit in dict.fromkeys(seat["unit_id"] for seat in seats)
        ],
        "unit_link": [],
        "post": seats,
        "post_field": [
            {"post_id": seat["post_id"], "field": field}
            for seat in seats
            for field in (seat.get("fields") or "").split()
        ],
    }
    told.setdefault("appointment", [])
    kept = [table for table in SNAPSHOT_TABLES if table.name in told]
    frames = {table.name: _typed(told[table.name], table) for table in kept}
    return record_from_arrow(frames, SNAPSHOT_TABLES)


def expect_answers(
    pack: Pack, cases: str, *, post: str = "target", route: str = "open_selection", **tables: str
) -> None:
    """Rules answer as drawn: *met*, *not met*, *needs checking*, a dash where they are not asked.

    Columns are names of rules, and `status` for that of the pair. `post` and `route` are those of
    cases that do not name their own.
    """
    wanted = rows(cases)
    record = drawn_record(pack, cases, **tables)
    _compare(wanted, answers(pack, record, wanted, post, route))


def answers(
    pack: Pack, record: Record, cases: Cases, post: str, route: str
) -> list[dict[str, Answer]]:
    """What every rule says of every case, and the status of the pair."""
    pairs = _pairs(cases, post).assign(route=[case.get("route") or route for case in cases])
    judged = eligibility(record, pack, pairs)
    told = judged.codes.to_dict("records")
    return [
        {
            "status": status,
            **{str(k): None if c == NOT_ASKED else STATUSES[c] for k, c in codes.items()},
        }
        for codes, status in zip(told, judged.statuses, strict=True)
    ]


def expect_scores(pack: Pack, cases: str, **tables: str) -> None:
    """Indicators, both axes and boxes are as drawn: a number, or the range ``low..high``.

    Columns are names of indicators, `performance`, `potential`, `talent`, their levels
    `performance_level` and `potential_level`, and `boxes`, every possible one.
    """
    wanted = rows(cases)
    record = drawn_record(pack, cases, **tables)
    scores = nine_box(record, pack, _pairs(wanted)[["person_id", "as_of"]])
    found = _ranges(scores, wanted)
    for n, row in enumerate(scores.frame.to_dict("records")):
        for axis, levels in (("performance", PERFORMANCE), ("potential", POTENTIAL)):
            ends = [levels[int(row[f"{axis}_{end}"])] for end in ("from", "to")]
            found[n][f"{axis}_level"] = "..".join(dict.fromkeys(ends))
        possible = boxes_in(int(row["boxes"]))
        found[n]["boxes"] = " ".join(map(str, possible))
        only = None if pd.isna(row["box"]) else int(row["box"])
        assert only == (possible[0] if len(possible) == 1 else None)
    _compare(wanted, found)


def expect_post_scores(pack: Pack, cases: str, *, post: str = "target", **tables: str) -> None:
    """Scores for a post are as drawn: `score`, `before` the technical blend, indicators, axes."""
    wanted = rows(cases)
    record = drawn_record(pack, cases, **tables)
    _compare(wanted, _ranges(post_scores(record, pack, _pairs(wanted, post)), wanted))


def expect_match(pack: Pack, cases: str, *, post: str = "target", **tables: str) -> None:
    """The job person match is as drawn: `match`, its categories `selection` and `mapping`."""
    wanted = rows(cases)
    record = drawn_record(pack, cases, **tables)
    frame = person_match(record, pack, _pairs(wanted, post))
    found: list[dict[str, Answer]] = [
        {
            "match": _range(row["low"], row["high"], case.get("match")),
            **{name: _or_nothing(row[name]) for name in ("selection", "mapping")},
            "measured": f"{row['n_measured']:g}",
        }
        for case, row in zip(wanted, frame.to_dict("records"), strict=True)
    ]
    _compare(wanted, found)


def _compare(wanted: Cases, found: Cases) -> None:
    wrong = [
        f"{case['person']} on {case['on']}: {name} is {answer.get(name, 'unknown')}, not {cell}"
        for case, answer in zip(wanted, found, strict=True)
        for name, cell in case.items()
        if name not in ASKED and (name not in answer or answer[name] != cell)
    ]
    assert not wrong, "\n".join(wrong)


def _pairs(cases: Cases, post: str = "target") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": [case["person"] for case in cases],
            "post_id": [case.get("post") or post for case in cases],
            "as_of": pd.to_datetime([case["on"] for case in cases]),
        }
    )


def _ranges(scores: Scores, cases: Cases) -> list[dict[str, Answer]]:
    """Every range of every case, written as its cell is."""
    frame = scores.frame
    names = [str(c).removesuffix("_low") for c in frame.columns if str(c).endswith("_low")]
    both = {n: (frame[f"{n}_low"].to_numpy(), frame[f"{n}_high"].to_numpy()) for n in names}
    both |= scores.indicators
    return [
        {name: _range(low[n], high[n], case.get(name)) for name, (low, high) in both.items()}
        for n, case in enumerate(cases)
    ]


def _range(low: float, high: float, cell: Answer) -> Answer:
    """A number or a range, to as many decimals as the cell has, and two at least."""
    if np.isnan(low) or np.isnan(high):
        return None
    places = max(2, *(len(end.partition(".")[2]) for end in (cell or "").split("..")))
    ends = [f"{round(float(end), places):.12g}" for end in (low, high)]
    return ends[0] if abs(high - low) < 1e-9 else "..".join(ends)


def _or_nothing(value: Any) -> Answer:
    return None if pd.isna(value) else str(value)


def _renamed(row: Row) -> Row:
    return {SHORT.get(name, name): value for name, value in row.items()}


def _each(row: Row, pack: Pack) -> list[Row]:
    """The row, or one for every competency or aspect that it speaks of."""
    row = _renamed(row)
    if row.get("competency") == "all":
        return [{**row, "competency": name} for name in pack.competency_names]
    if row.get("aspect") == "all":
        return [{**row, "aspect": name} for name in POTENTIAL_ASPECTS]
    return [row]


def _typed(drawn: list[Row], table: type[Table]) -> pa.Table:
    schema = table.ibis_schema().to_pyarrow()
    whole = [_whole(row, place, table) for place, row in enumerate(drawn)]
    columns = {
        field.name: pa.array([_read(row.get(field.name), field.type) for row in whole], field.type)
        for field in schema
    }
    return pa.table(columns, schema=schema)


def _whole(row: Row, place: int, table: type[Table]) -> Row:
    """A row with the columns that nobody wants to draw."""
    found: Row = {
        "sequence": place,
        **{key: str(place) for key in table.key if key.endswith("_id")},
    }
    found |= row
    if table.name == "training":
        found.setdefault("started_on", found.get("finished_on"))
    for recorded in recorded_columns(table):
        found.setdefault(recorded, found.get(event_column(table, recorded)))
    return found


def _read(value: Any, kind: pa.DataType) -> Any:
    if not isinstance(value, str) or pa.types.is_string(kind):
        return value
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return int(value) if pa.types.is_integer(kind) else float(value)
