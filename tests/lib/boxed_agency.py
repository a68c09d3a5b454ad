"""An agency of two classes, and a pack whose scores can be added up in the head.

Performance: predicate of one year, 12 to 60, and award, 0, 20 or 40; levels from 60 and from 80.
Potential: education, 10 to 50, and rank, 0, 20 or 50; levels from 40 and from 70.
"""

from datetime import date
from typing import Any

import pyarrow as pa

from features.agencies.consistency import SNAPSHOT_TABLES
from features.packs.pack import Pack, parse_pack
from features.tables.record import Record, record_from_arrow
from tests.lib.careers import rows

ON = date(2024, 6, 30)

BOXED = """\
pack: boxed
version: 1
title: {id: Berkotak, en: Boxed}
status: reconstruction_unverified
effective: {from: 2000-01-01, until: 2029-12-31}
citations:
  law: {text: Law 1, grade: verified}
  habit: {text: Habit, grade: recalled}
ladder:
  steps:
    - {post_class: low, title: {id: Rendah, en: Low}}
    - {post_class: high, title: {id: Tinggi, en: High}}
  cite: law
default_route: lateral
rules:
  - rule: held
    id: post_before
    classes: [high]
    of: [low]
    years: 2
    sentence: {id: Pernah menjabat 2 tahun., en: Has held a lower post for 2 years.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: law
  - rule: education
    id: schooled
    classes: [high]
    routes: [lateral]
    at_least: bachelor
    sentence: {id: Sarjana., en: Is a bachelor.}
    settled_by: {id: Ijazah., en: The diploma.}
    cite: habit
  - rule: approval
    id: minister
    classes: [high]
    due: appointment
    of: {id: Menteri, en: The minister}
    sentence: {id: Disetujui menteri., en: The minister agrees.}
    settled_by: {id: Surat., en: The letter.}
    cite: law
nine_box:
  performance:
    title: {id: Kinerja, en: Performance}
    bands:
      - {at_least: 80, level: above}
      - {at_least: 60, below: 80, level: meets}
      - {below: 60, level: below}
    components:
      - component: rating
        title: {id: Penilaian, en: Rating}
        weight: 60
        cite: law
        indicators:
          - indicator: predicate
            title: {id: Predikat, en: Predicate}
            weight: 60
            cite: law
            measure:
              kind: predicate
              years: [100]
              points: {very_good: 100, good: 80, needs_improvement: 60, poor: 40, very_poor: 20}
      - component: honours
        title: {id: Kehormatan, en: Honours}
        weight: 40
        cite: law
        indicators:
          - indicator: award
            title: {id: Penghargaan, en: Award}
            weight: 40
            cite: law
            measure:
              kind: award
              within_years: 5
              categories: {medal: best, cup: fair}
              points: {best: 100, fair: 50}
              unrecorded: none
    cite: law
  potential:
    title: {id: Potensial, en: Potential}
    bands:
      - {at_least: 70, level: high}
      - {at_least: 40, below: 70, level: medium}
      - {below: 40, level: low}
    components:
      - component: schooling
        title: {id: Pendidikan, en: Schooling}
        weight: 50
        cite: law
        indicators:
          - indicator: education
            title: {id: Pendidikan, en: Education}
            weight: 50
            cite: law
            measure:
              kind: education
              points: {primary_secondary: 20, diploma: 40, bachelor: 60, master: 80, doctorate: 100}
      - component: standing
        title: {id: Kedudukan, en: Standing}
        weight: 50
        cite: law
        indicators:
          - indicator: rank
            title: {id: Pangkat, en: Rank}
            weight: 50
            cite: law
            measure: {kind: rank, points: {II/a: 40, IV/a: 100}}
    cite: law
  boxes:
    below: {low: 1, medium: 3, high: 6}
    meets: {low: 2, medium: 5, high: 8}
    above: {low: 4, medium: 7, high: 9}
    cite: law
  succession: {agency: [8, 9], national: [9], cite: law}
  talent: {performance: 50, potential: 50, cite: law}
post_score:
  of: talent
  tie_breakers: [performance]
  cite: law
"""


def boxed(*changes: tuple[str, str]) -> str:
    """The pack with some pieces written otherwise; each stands once in it."""
    text = BOXED
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the pack"
        text = text.replace(old, new)
    return text


def boxed_pack(*changes: tuple[str, str]) -> Pack:
    """The pack, read."""
    return parse_pack(boxed(*changes), "boxed.yaml")


def without_nine_box(*changes: tuple[str, str]) -> Pack:
    """The pack as far as its rules go."""
    text = boxed(*changes)
    return parse_pack(text[: text.index("nine_box:")], "boxed.yaml")


def kept(**tables: str) -> Record:
    """The record of an agency that keeps these tables, drawn as text.

    A recorded day that is left out is never asked for: such a row was always known.
    """
    drawn = {name: rows(text) for name, text in tables.items()}
    people = {r["person_id"] for table in drawn.values() for r in table if r.get("person_id")}
    posts = drawn.get("post", [])
    drawn |= {
        "person": [{"person_id": person} for person in sorted(filter(None, people))],
        "post_class": [
            {"post_class": name, "step": f"{step}", "title_id": name, "title_en": name}
            for step, name in enumerate(("low", "high"), start=1)
        ],
        "unit": [{"unit_id": "u", "name_of_unit": "u", "short_name": "u"}],
        "unit_link": [],
        "post": [{"title": r["post_id"], "unit_id": "u", **r} for r in posts],
        "post_field": [],
        "appointment": [
            {"appointment_id": f"{n}", "sequence": f"{n}", "kind": "definitive", **r}
            for n, r in enumerate(drawn.get("appointment", []))
        ],
    }
    frames = {}
    for table in SNAPSHOT_TABLES:
        if table.name in drawn:
            schema = table.ibis_schema().to_pyarrow()
            columns = {
                field.name: pa.array(
                    [_typed(row.get(field.name), field.type) for row in drawn[table.name]],
                    field.type,
                )
                for field in schema
            }
            frames[table.name] = pa.table(columns, schema=schema)
    return record_from_arrow(frames, SNAPSHOT_TABLES)


def _typed(value: str | None, kind: pa.DataType) -> Any:
    if value is None or pa.types.is_string(kind):
        return value
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return int(value) if pa.types.is_integer(kind) else float(value)
