"""A mapping and export files small enough to read on one screen, for tests of the intake."""

from pathlib import Path

MAPPING = """\
agency: small
title: {id: Kecil, en: Small}
licence: invented
refuse_above: 0.6
sources:
  people: {file: people.csv}
  units: {file: units.csv}
  posts: {file: posts.csv}
  terms: {file: terms.csv}
tables:
  person:
    from: people
    columns: {person_id: id}
  unit:
    from: units
    columns: {unit_id: id, name_of_unit: name, short_name: short}
  post:
    from: posts
    columns: {post_id: id, title: name, unit_id: unit, post_class: class}
  appointment:
    from: terms
    columns:
      appointment_id: id
      person_id: person
      post_id: post
      kind: {column: kind, map: {D: definitive, A: acting}}
      start_on: begun
      end_on: ended
ladder:
  - {post_class: low, title: {id: Rendah, en: Low}}
  - {post_class: high, title: {id: Tinggi, en: High}}
vacancies: {classes: [high]}
"""

FILES = {
    "people": """
        id
        ann
        bob
        """,
    "units": """
        id,name,short
        u1,Harbour Office,HO
        """,
    "posts": """
        id,name,unit,class
        clerk,Clerk,u1,low
        chief,Chief,u1,high
        """,
    "terms": """
        id,person,post,kind,begun,ended
        t1,ann,clerk,D,2001-01-01,2004-12-31
        t2,ann,chief,D,2005-01-01,
        t3,bob,clerk,A,2005-02-01,2005-06-30
        """,
}


def write_small(folder: Path, *, mapping: str = MAPPING, **changed: str | bytes | None) -> Path:
    """Write mapping and files; a file can be changed or, with None, left out.

    Lines of a changed text are stripped of their indentation; bytes are written as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**FILES, **changed}.items():
        if isinstance(content, str):
            lines = [line.strip() for line in content.strip().splitlines()]
            content = ("\n".join(lines) + "\n").encode()
        if content is not None:
            (folder / f"{name}.csv").write_bytes(content)
    path = folder / "small.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path


def changed_mapping(old: str, new: str) -> str:
    """The mapping with one piece written otherwise."""
    assert MAPPING.count(old) == 1, f"{old!r} stands {MAPPING.count(old)} times in the mapping"
    return MAPPING.replace(old, new)


def line_of(mapping: str, piece: str) -> int:
    """The number of the first line that holds a piece."""
    return next(n for n, line in enumerate(mapping.splitlines(), start=1) if piece in line)
