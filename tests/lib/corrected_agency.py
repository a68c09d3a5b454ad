"""A small agency with a dossier, free texts and birth dates, for tests of what people decide."""

from datetime import UTC, date, datetime
from pathlib import Path

from features.corrections.making import Signature
from features.intake import ingest
from features.storage import Snapshot
from tests.lib.small_agency import FILES, MAPPING, write_small

SOURCES = """\
  terms: {file: terms.csv}
  schools: {file: schools.csv}
  sanctions: {file: sanctions.csv}
  fields: {file: fields.csv}
  births: {file: births.csv}
  groups: {file: groups.csv}
"""
TABLES = """\
  education:
    from: schools
    columns:
      education_id: id
      person_id: person
      level: level
      field: {column: study, normalise: study}
      graduated_on: on
  discipline:
    from: sanctions
    columns:
      person_id: person
      level: level
      sanctioned_on: on
      until_on: until
      until_recorded_on: on
  post_field:
    from: fields
    columns: {post_id: post, field: {column: name, normalise: study}}
  protected_attribute:
    from: births
    columns: {person_id: person, attribute: {constant: birth_date}, value: born}
  succession_group:
    from: groups
    columns: {person_id: person, scope: {constant: agency}, from_on: from, until_on: until}
ladder:
"""
VOCABULARY = """\
vocabularies:
  study:
    title: {id: Bidang, en: Field}
    threshold: 0.6
    values:
      law: {title: {id: Hukum, en: Law}, examples: [Ilmu Hukum, Hukum Pidana]}
      money: {title: {id: Uang, en: Money}, examples: [Akuntansi]}
    rules:
      - {has: [perpajakan], value: money}
sources:
"""
CORRECTED_MAPPING = (
    MAPPING.replace("sources:\n", VOCABULARY)
    .replace("  terms: {file: terms.csv}\n", SOURCES)
    .replace("ladder:\n", TABLES)
)
DOSSIER = {
    "terms": """
        id,person,post,kind,begun,ended
        t1,ann,clerk,D,2001-01-01,2004-12-31
        t2,ann,chief,D,2005-01-01,
        t3,bob,clerk,D,2001-02-01,2004-12-31
        t4,bob,clerk,A,2005-02-01,2005-06-30
        """,
    "schools": """
        id,person,level,study,on
        s1,ann,bachelor,ILMU  hukum,1999-07-01
        s2,bob,diploma,Perpajakan dan Cukai,1999-07-01
        """,
    "sanctions": """
        person,level,on,until
        bob,light,2003-05-01,2003-11-01
        """,
    "fields": """
        post,name
        clerk,Akuntansi
        chief,Ilmu Hukum
        """,
    "births": """
        person,born
        ann,1970-03-02
        bob,1975-08-09
        """,
    "groups": """
        person,from,until
        ann,2003-01-01,
        """,
}
MADE_ON = datetime(2006, 3, 1, 9, 30, tzinfo=UTC)
BY_HAND = Signature(by="Careers", why="A document", evidence="Letter 1", at=MADE_ON)


def known_on(day: date) -> Signature:
    """Somebody's correction, known from a day."""
    return Signature("Careers", "A document", "Letter 1", datetime(2024, 1, 1, tzinfo=UTC), day)


def write_agency(folder: Path, **changed: str) -> Path:
    """Write mapping and files; the mapping."""
    files = {**FILES, **DOSSIER, **changed}
    return write_small(folder, mapping=CORRECTED_MAPPING, **files)


def taken_in(folder: Path, home: Path, **changed: str) -> Snapshot:
    """The snapshot of the agency, some of its files changed."""
    return ingest(write_agency(folder, **changed), folder, home)
