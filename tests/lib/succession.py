"""A pack of two measures, so that a box can be worked out by hand, and people who stand in them.

The rating of a year gives the row (very good: above, good: meets, else below), the rank the column
(IV/a: high, III/a: medium, below: low). Whoever lacks one of the two has all of its levels.
"""

from datetime import date

import ibis
import pandas as pd

from features.agencies.mapping import Mapping, parse_mapping
from features.packs.declaration import Pack
from features.packs.pack import parse_pack
from features.policy.succession import Draft, Scope, draft_of
from features.tables.dossier import Appraisal, RankHistory
from features.tables.record import Record
from tests.lib.careers import drawn_record
from tests.lib.small_agency import FILES, changed_mapping

BOXES = """\
pack: boxes
version: 1
title: {id: Kotak, en: Boxes}
status: reconstruction_unverified
effective: {from: 2020-01-01, until: 2029-12-31}
citations: {law: {text: Law 1, grade: verified}}
ladder:
  steps:
    - {post_class: low, title: {id: Rendah, en: Low}}
    - {post_class: high, title: {id: Tinggi, en: High}}
    - {post_class: chief, title: {id: Pemimpin, en: Chief}}
  cite: law
rules:
  - rule: succession_group
    id: succession_group
    classes: [high, chief]
    routes: [succession_group]
    scopes: [agency]
    sentence: {id: Anggota KRS., en: Is in a succession group.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: law
nine_box:
  performance:
    title: {id: Kinerja, en: Performance}
    bands:
      - {at_least: 80, level: above}
      - {at_least: 60, below: 80, level: meets}
      - {below: 60, level: below}
    components:
      - component: main
        title: {id: Utama, en: Main}
        weight: 100
        cite: law
        indicators:
          - indicator: predicate
            title: {id: Predikat, en: Predicate}
            weight: 100
            cite: law
            measure:
              kind: predicate
              years: [100]
              points: {very_good: 90, good: 70, needs_improvement: 40, poor: 20, very_poor: 10}
    cite: law
  potential:
    title: {id: Potensial, en: Potential}
    bands:
      - {at_least: 80, level: high}
      - {at_least: 60, below: 80, level: medium}
      - {below: 60, level: low}
    components:
      - component: person
        title: {id: Orang, en: Person}
        weight: 100
        cite: law
        indicators:
          - indicator: rank
            title: {id: Pangkat, en: Rank}
            weight: 100
            cite: law
            measure: {kind: rank, points: {II/a: 40, III/a: 70, IV/a: 90}}
    cite: law
  boxes:
    below: {low: 1, medium: 3, high: 6}
    meets: {low: 2, medium: 5, high: 8}
    above: {low: 4, medium: 7, high: 9}
    cite: law
  succession: {agency: [7, 8, 9], national: [9], cite: law}
  talent: {performance: 50, potential: 50, cite: law}
"""
AS_OF = date(2026, 1, 31)
RATED = date(2026, 1, 10)

#: Rating of 2025 and rank of each person, and the boxes that follow; a dash is not on record.
PEOPLE = {
    "ann": ("very_good", "IV/a", (9,)),
    "bob": ("good", "IV/a", (8,)),
    "cid": (None, "IV/a", (6, 8, 9)),
    "dan": ("good", "III/a", (5,)),
    "eve": ("very_good", None, (4, 7, 9)),
    "fay": ("very_good", "III/a", (7,)),
    "gus": (None, "IV/a", (6, 8, 9)),
    "hal": ("poor", "II/a", (1,)),
}
POSTS = "post | unit | class\nclerk | ports | staff\nhead | ports | chief"


def boxed_record(**others: tuple[str | None, str | None]) -> Record:
    """The people, each a clerk since 2015; ratings and ranks of some of them may be others."""
    told = {name: (rating, rank) for name, (rating, rank, _boxes) in PEOPLE.items()} | others
    drawn = "\n".join(f"{name} | clerk | 2015-01-01 | -" for name in told)
    record = drawn_record(posts=POSTS, appointments=f"person | post | start_on | end_on\n{drawn}")
    ratings = [
        {
            "appraisal_id": name,
            "person_id": name,
            "year": 2025,
            "predicate": rating,
            "appraised_on": RATED,
            "recorded_on": RATED,
        }
        for name, (rating, _rank) in told.items()
        if rating
    ]
    ranks = [
        {
            "rank_id": name,
            "person_id": name,
            "rank": rank,
            "from_on": date(2015, 1, 1),
            "recorded_on": date(2015, 1, 1),
        }
        for name, (_rating, rank) in told.items()
        if rank
    ]
    for table, rows in ((Appraisal, ratings), (RankHistory, ranks)):
        frame = pd.DataFrame(rows, columns=list(table.columns))
        record = record.replaced(table.name, ibis.memtable(frame).cast(table.ibis_schema()))
    return record


def pack() -> Pack:
    """The pack of two measures."""
    return parse_pack(BOXES, "boxes.yaml")


def mapping() -> Mapping:
    """The mapping of the small agency, which names the pack."""
    return parse_mapping(MAPPING_WITH_PACK, "small.yaml")


def drafted(scope: Scope = "agency", as_of: date = AS_OF, **others) -> Draft:
    """The draft of a day; see `boxed_record` for `others`."""
    record = boxed_record(**others)
    return draft_of(record, pack(), mapping(), snapshot="5" * 64, as_of=as_of, scope=scope)


MAPPING_WITH_PACK = changed_mapping("vacancies:", "policy: boxes\nvacancies:")

#: The same mapping with the registers that the pack reads, and the files for them.
MAPPING_WITH_BOXES = MAPPING_WITH_PACK.replace(
    "  terms: {file: terms.csv}\n",
    "  terms: {file: terms.csv}\n  ratings: {file: ratings.csv}\n  ranks: {file: ranks.csv}\n"
    "  groups: {file: groups.csv}\n",
).replace(
    "ladder:\n",
    """\
  appraisal:
    from: ratings
    columns:
      appraisal_id: id
      person_id: person
      year: year
      predicate: {column: predicate, map: {A: very_good, B: good}}
      appraised_on: day
  rank_history:
    from: ranks
    columns: {rank_id: id, person_id: person, rank: rank, from_on: day}
  succession_group:
    from: groups
    columns: {person_id: person, scope: scope, from_on: from, until_on: until}
ladder:
""",
    1,
)
#: ann: box 9, bob: 8, cid (not rated): 6, 8 or 9, dan: 5.
FILES_WITH_BOXES = {
    "people": FILES["people"] + "\ncid\ndan",
    "terms": FILES["terms"] + "\nt4,cid,clerk,D,2006-01-01,\nt5,dan,clerk,D,2007-01-01,",
    "ratings": """
        id,person,year,predicate,day
        a1,ann,2025,A,2026-01-10
        a2,bob,2025,B,2026-01-10
        a3,dan,2025,B,2026-01-10
        """,
    "ranks": """
        id,person,rank,day
        r1,ann,IV/a,2015-01-01
        r2,bob,IV/a,2015-01-01
        r3,cid,IV/a,2015-01-01
        r4,dan,III/a,2015-01-01
        """,
    # What the agency says itself: dan has been in the group for years.
    "groups": """
        person,scope,from,until
        bob,agency,2024-01-01,2025-12-31
        dan,agency,2025-01-01,
        """,
}
