"""What an ingest leaves to read, and what tells two snapshots apart, as commands give it."""

import json
import random
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from features.documents.written import Words
from features.errors import SnapshotError
from features.intake import ingest
from features.intake_report.report import Section, report_of, write_report
from features.storage import current_snapshot, snapshot
from tests.lib.agencies import write_harbour
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.small_agency import FILES, MAPPING, write_small

MORE = FILES["terms"] + "\nt4,bob,chief,A,2006-01-01,"
#: Nobody's: names and NIPs as they could stand in any cell.
NIP, NAME = "198001012005011001", "Rangkuti Simarmata"


def took_in(folder: Path, home: Path, *options: str, **changed: str) -> Done:
    path = write_small(folder, **changed)
    return suksesi("ingest", path, "--exports", folder, *options, home=home)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports `old` and `new` and a home that took in both, one after the other.

    The new ones have one appointment more and one that ended earlier, and a post more.
    """
    folder = tmp_path_factory.mktemp("two")
    terms = MORE.replace("2004-12-31", "2004-12-30")
    posts = FILES["posts"] + "\ndeputy,Deputy,u1,low"
    old = succeeded(took_in(folder / "old", folder / "home", "--json")).json
    new = succeeded(
        took_in(folder / "new", folder / "home", "--json", terms=terms, posts=posts)
    ).json
    assert new["before"] == old["snapshot"]
    return folder


@pytest.fixture
def two(exports: Path, tmp_path: Path) -> tuple[Path, str, str]:
    """A copy of the home, and the digests of the earlier and the later snapshot."""
    home = tmp_path / "home"
    shutil.copytree(exports / "home", home)
    new = current_snapshot(home).digest
    return home, report(home, new)["before"], new


def report(home: Path, digest: str) -> dict:
    return json.loads((home / "reports" / digest / "report.json").read_text())


def test_an_ingest_writes_its_report_and_says_where(tmp_path: Path):
    done = succeeded(took_in(tmp_path / "exports", tmp_path / "home"))
    digest = current_snapshot(tmp_path / "home").digest
    folder = tmp_path / "home" / "reports" / digest
    assert str(folder / "report.html") in done.out.replace("\n", "")
    assert {path.name for path in folder.iterdir()} == {
        "report.json", "report.html", "people.parquet", "contradictions.parquet",
    }  # fmt: skip
    told = report(tmp_path / "home", digest)
    assert (told["snapshot"], told["before"], told["changes"]) == (digest, None, None)
    # The newest fact that began something; an end counts not, and no clock is read.
    assert (told["as_of"], told["as_of_is"]) == ("2005-02-01", "newest_fact")
    assert told["completeness"]["people_in_service"] == 2
    assert told["rows"]["tables"]["appointment"]["accepted"] == 3


def test_what_is_not_mapped_is_not_kept(tmp_path: Path):
    succeeded(took_in(tmp_path / "exports", tmp_path / "home"))
    told = report(tmp_path / "home", current_snapshot(tmp_path / "home").digest)
    kept = {one["table"]: one["kept"] for one in told["staleness"]["tables"]}
    assert (kept["appointment"], kept["membership"], kept["appraisal"]) == (True, False, False)


def test_the_same_exports_change_nothing_and_say_so(two: tuple[Path, str, str], exports: Path):
    home, old, new = two
    files = (home / "reports" / new).iterdir
    before = {path.name: path.read_bytes() for path in files()}
    path = exports / "new" / "small.yaml"
    again = succeeded(suksesi("ingest", path, "--exports", path.parent, home=home))
    assert f"nothing changed since snapshot {new[:12]}" in again.out
    assert current_snapshot(home).digest == new
    assert {path.name: path.read_bytes() for path in files()} == before
    done = succeeded(suksesi("ingest", path, "--exports", path.parent, "--json", home=home)).json
    assert (done["nothing_changed"], done["before"]) == (True, old)


def test_exports_of_an_older_snapshot_put_it_in_force_again(
    two: tuple[Path, str, str], exports: Path
):
    home, old, new = two
    path = exports / "old" / "small.yaml"
    back = succeeded(suksesi("ingest", path, "--exports", path.parent, "--json", home=home)).json
    assert (back["snapshot"], back["nothing_changed"], back["before"]) == (old, False, new)


def test_changes_are_counted_by_table_and_column(two: tuple[Path, str, str]):
    home, old, new = two
    changes = report(home, new)["changes"]
    assert changes == succeeded(suksesi("snapshots", "diff", old, new, "--json", home=home)).json
    assert changes["tables"] == [
        {"table": "post", "before": 2, "after": 3, "added": 1, "removed": 0, "changed": 0,
         "columns": {}},
        {"table": "appointment", "before": 3, "after": 4, "added": 1, "removed": 0, "changed": 1,
         "columns": {"end_on": 1, "end_recorded_on": 1}},
    ]  # fmt: skip
    assert changes["posts"] == {"came": 1, "went": 0}
    assert changes["people"] == {"came": 0, "went": 0}
    assert changes["mapping"] == []
    assert [(one["source"], one["before"], one["after"]) for one in changes["sources"]] == [
        ("posts", 2, 3), ("terms", 3, 4),
    ]  # fmt: skip


def test_a_diff_is_mirrored_and_that_with_itself_is_empty(two: tuple[Path, str, str]):
    home, old, new = two
    there = succeeded(suksesi("snapshots", "diff", old[:8], new[:8], "--json", home=home)).json
    back = succeeded(suksesi("snapshots", "diff", new[:8], old[:8], "--json", home=home)).json
    assert back == _mirrored(there)
    for digest in (old, new):
        done = succeeded(suksesi("snapshots", "diff", digest, digest, home=home))
        assert done.out.splitlines()[-1] == "nothing differs"


def _mirrored(value):
    other = {"before": "after", "added": "removed", "came": "went"}
    other |= {new: old for old, new in other.items()}
    if isinstance(value, dict):
        return {key: _mirrored(value[other.get(key, key)]) for key in value}
    return [_mirrored(one) for one in value] if isinstance(value, list) else value


def test_a_changed_mapping_is_told_by_its_sections(two: tuple[Path, str, str], tmp_path: Path):
    home, _old, new = two
    mapping = MAPPING.replace("refuse_above: 0.6", "refuse_above: 0.5")
    mapping = mapping.replace("columns: {unit_id: id, name", "columns: {unit_id: short, name")
    mapping = mapping.replace("unit_id: unit, post", "unit_id: {constant: HO}, post")
    path = write_small(tmp_path / "mapped", mapping=mapping)
    done = succeeded(suksesi("ingest", path, "--exports", path.parent, "--json", home=home)).json
    changes = report(home, done["snapshot"])["changes"]
    assert changes["before"] == new
    assert changes["mapping"] == ["refuse_above", "tables.post", "tables.unit"]
    units = next(one for one in changes["tables"] if one["table"] == "unit")
    assert (units["added"], units["removed"]) == (1, 1)


def test_snapshots_are_listed_and_looking_changes_nothing(two: tuple[Path, str, str]):
    home, old, new = two
    pointer = (home / "snapshots" / "current").read_bytes()
    listed = succeeded(suksesi("snapshots", "list", "--json", home=home)).json
    assert {(one["digest"], one["is_in_force"], one["damage"]) for one in listed} == {
        (old, False, None), (new, True, None),
    }  # fmt: skip
    succeeded(suksesi("snapshots", "list", home=home))
    succeeded(suksesi("snapshots", "diff", new, old, home=home))
    succeeded(suksesi("report", "--snapshot", old, home=home))
    assert (home / "snapshots" / "current").read_bytes() == pointer
    assert current_snapshot(home).digest == new


@pytest.mark.parametrize("name", ["0" * 64, "zz", "abc", "../..", ""])
def test_a_name_of_no_snapshot_is_refused(two: tuple[Path, str, str], name: str):
    done = suksesi("snapshots", "diff", name, name, home=two[0])
    assert done.code == 1
    assert "is no snapshot" in done.err.replace("\n", " ")


def test_a_beginning_of_two_digests_is_refused(two: tuple[Path, str, str]):
    home, old, _new = two
    twin = home / "snapshots" / (old[:60] + ("0000" if old[60:] != "0000" else "1111"))
    twin.mkdir()
    done = suksesi("snapshots", "diff", old[:10], old, home=home)
    assert (done.code, "names 2 snapshots" in done.err) == (1, True)
    listed = succeeded(suksesi("snapshots", "list", "--json", home=home)).json
    assert [one["digest"] for one in listed if one["damage"]] == [twin.name]


def test_without_a_snapshot_there_is_no_report(tmp_path: Path):
    done = suksesi("report", home=tmp_path)
    assert (done.code, "there is no snapshot yet" in done.err) == (1, True)
    assert succeeded(suksesi("snapshots", "list", "--json", home=tmp_path)).json == []


def test_a_changed_byte_in_any_file_is_noticed(two: tuple[Path, str, str]):
    home, old, _new = two
    files = sorted((home / "snapshots" / old).iterdir())
    assert len(files) > 10
    for path in files:
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SnapshotError, match="was changed"):
            snapshot(home, old)
        listed = succeeded(suksesi("snapshots", "list", "--json", home=home)).json
        assert [one["digest"] for one in listed if one["damage"]] == [old], path.name
        path.write_bytes(whole)
    assert snapshot(home, old).digest == old


def test_a_damaged_snapshot_before_leaves_a_report_without_changes(tmp_path: Path):
    home = tmp_path / "home"
    succeeded(took_in(tmp_path / "old", home))
    (current_snapshot(home).folder / "person.parquet").write_bytes(b"")
    done = succeeded(took_in(tmp_path / "new", home, "--json", terms=MORE))
    assert "no comparison with snapshot" in done.err
    assert done.json["before"] is None
    assert report(home, done.json["snapshot"])["changes"] is None


def test_a_snapshot_of_another_agency_is_not_compared_with(tmp_path: Path):
    home = tmp_path / "home"
    succeeded(took_in(tmp_path / "old", home))
    mapping = write_harbour(tmp_path / "harbour", n_people=8)
    done = succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, "--json", home=home))
    assert "another agency" in done.err
    assert done.json["before"] is None


def test_a_report_is_made_again_as_of_a_day_and_in_a_language(two: tuple[Path, str, str]):
    home, old, new = two
    day = ("--as-of", "2003-06-30", "--language", "id")
    told = succeeded(suksesi("report", *day, "--json", home=home)).json
    assert (told["as_of"], told["as_of_is"], told["before"]) == ("2003-06-30", "given", old)
    assert told["completeness"]["people_in_service"] == 1
    page = (home / "reports" / new / "report.html").read_text()
    assert '<html lang="id">' in page
    assert "Laporan setelah pengambilan data" in page
    first = (home / "reports" / new / "report.json").read_bytes()
    succeeded(suksesi("report", *day, home=home))
    assert (home / "reports" / new / "report.json").read_bytes() == first


def test_the_order_of_rows_in_the_exports_changes_no_report(tmp_path: Path):
    write_harbour(tmp_path / "one", n_people=30)
    mapping = write_harbour(tmp_path / "two", n_people=30)
    draw = random.Random(3)
    for path in mapping.parent.glob("*.csv"):
        header, *lines = path.read_text().splitlines()
        draw.shuffle(lines)
        path.write_text("\n".join([header, *lines]) + "\n")
    home = tmp_path / "home"
    first = ingest(tmp_path / "one" / "harbour.yaml", tmp_path / "one", home)
    second = ingest(mapping, mapping.parent, home)
    told = [report_of(one) for one in (first, second)]
    contents = [{**one.content, "snapshot": None} for one in told]
    for one, content in zip(told, contents, strict=True):
        content["rows"] = {**one.content["rows"], "sources": None}  # holds the hash of each file
    assert contents[0] == contents[1]
    for name in ("people", "contradictions"):
        tables = [getattr(one, name).to_pyarrow() for one in told]
        assert tables[0].equals(tables[1])
    assert report_of(second, first).content["changes"]["tables"] == []


class Page(HTMLParser):
    """What a reader meets: tags, and tables with their captions and headed cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_stands_alone_and_each_table_has_a_caption(
    two: tuple[Path, str, str], language: str
):
    home, _old, new = two
    succeeded(suksesi("report", "--language", language, home=home))
    text = (home / "reports" / new / "report.html").read_text()
    page = Page()
    page.feed(text)
    names = [tag for tag, _attributes in page.tags]
    assert names.count("table") == names.count("caption") > 5
    assert not {"script", "link", "img", "iframe"} & set(names)
    assert not [a for _tag, attrs in page.tags for a in attrs if a in ("src", "href", "style")]
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    levels = [int(tag[1]) for tag in names if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}
    assert page.tags[0] == ("html", {"lang": language})


WIDE = """\
agency: planted
title: {id: Uji, en: Probe}
licence: invented
refuse_above: 0.9
sources:
  rows: {file: rows.csv}
  seats: {file: seats.csv}
tables:
  person: {from: rows, columns: {person_id: person}}
  unit: {from: seats, columns: {unit_id: unit, name_of_unit: text, short_name: text}}
  post:
    from: seats
    columns: {post_id: post, title: text, unit_id: unit, post_class: class}
  post_field: {from: seats, columns: {post_id: post, field: text}}
  appointment:
    from: rows
    columns:
      {appointment_id: key, person_id: person, post_id: post, kind: kind, start_on: day}
  membership:
    from: rows
    columns: {membership_id: key, person_id: person, body: text, start_on: day}
  rank_history: {from: rows, columns: {rank_id: key, person_id: person, rank: rank, from_on: day}}
  education:
    from: rows
    columns:
      {education_id: key, person_id: person, level: level, field: text, school: text,
       graduated_on: day}
  training:
    from: rows
    columns:
      {training_id: key, person_id: person, kind: text, title: text, level: text, started_on: day}
  appraisal:
    from: rows
    columns:
      {appraisal_id: key, person_id: person, year: year, predicate: predicate, results: results,
       behaviour: results, appraiser_id: person, appraised_on: day}
  assessment:
    from: rows
    columns:
      {assessment_id: key, person_id: person, competency: text, level: number,
       method: {constant: cact}, assessed_on: day}
  feedback:
    from: rows
    columns:
      {person_id: person, subject: text, rater: {constant: peer}, sequence: number, score: number,
       given_on: day}
  award: {from: rows, columns: {person_id: person, kind: text, awarded_on: day}}
  assignment:
    from: rows
    columns:
      {person_id: person, title: text, role: {constant: lead}, scope: {constant: internal},
       started_on: day}
  legal_status: {from: rows, columns: {person_id: person, status: text, from_on: day}}
  post_requirement: {from: seats, columns: {post_id: post, competency: text, level: number}}
  protected_attribute:
    from: rows
    columns: {person_id: person, attribute: {constant: name}, value: name}
ladder:
  - {post_class: low, title: {id: Rendah, en: Low}}
vacancies: {classes: [low]}
"""


@pytest.mark.parametrize("planted", [NIP, NAME, "<script>alert(1)</script>"])
def test_nothing_of_a_cell_is_in_the_report(tmp_path: Path, planted: str):
    """Every column but the codes of units and posts holds it somewhere, right or wrong."""
    good = {
        "person": "p1",
        "key": "k1",
        "post": "s1",
        "kind": "definitive",
        "day": "2020-01-01",
        "level": "master",
        "rank": "III/a",
        "year": "2019",
        "predicate": "very_good",
        "results": "meets",
        "number": "3",
        "text": planted,
        "name": planted,
    }
    header = list(good)
    rows = [good, {**good, "key": f"{planted} 2", "day": "2020-02-01", "level": "diploma"}]
    rows += [{**good, "person": f"{planted} {n}", "key": f"{planted} {n}"} for n in (3, 4)]
    rows += [{**good, "key": f"{column} {planted}", column: planted} for column in header[3:]]
    lines = [",".join(header), *(",".join(row[name] for name in header) for row in rows)]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    seats = f"post,unit,text,class,number\ns1,u1,{planted},low,3\ns2,u1,x,{planted},{planted}\n"
    (tmp_path / "seats.csv").write_text(seats)
    (tmp_path / "planted.yaml").write_text(WIDE)
    home = tmp_path / "home"
    mapping = tmp_path / "planted.yaml"
    outputs = []
    for _turn in range(2):
        done = succeeded(suksesi("ingest", mapping, "--exports", tmp_path, home=home))
        outputs += [done.out, done.err]
        # The second time all of it has changed.
        (tmp_path / "rows.csv").write_text("\n".join([*lines[:-1], lines[1] + "x"]) + "\n")
    folder = home / "reports" / current_snapshot(home).digest
    told = [(folder / name).read_text() for name in ("report.json", "report.html")]
    content = json.loads(told[0])
    assert content["completeness"]["people_in_service"] >= 3
    assert content["rows"]["rejections"]
    assert {one["kind"] for one in content["contradictions"]["kinds"] if one["rows"]} >= {
        "education_falls", "appraised_by_oneself", "predicate_differs_from_ratings",
    }  # fmt: skip
    assert content["changes"]["tables"]
    parts = [planted, *(planted.split() if planted == NAME else [])]
    for text in (*told, *outputs):
        assert not [part for part in parts if part in text]
        assert "alert(1)" not in text
    # Rows by their keys are in the files of people, and nowhere else.
    path = folder / "contradictions.parquet"
    keys = [row[0] for row in duckdb.execute(f"SELECT row_key FROM '{path}'").fetchall()]
    assert any(planted in key for key in keys)


def test_codes_of_the_agency_are_escaped(tmp_path: Path):
    units = 'id,name,short\n"<b>u1</b>",Harbour Office,HO'
    posts = 'id,name,unit,class\nclerk,Clerk,"<b>u1</b>",low\nchief,Chief,"<b>u1</b>",high'
    succeeded(took_in(tmp_path / "exports", tmp_path / "home", units=units, posts=posts))
    made = report_of(current_snapshot(tmp_path / "home"))
    made.content["completeness"]["units"][0]["share"] = 0.5  # so that the page lists it
    page = write_report(tmp_path, made) / "report.html"
    assert "<code>&lt;b&gt;u1&lt;/b&gt;</code>" in page.read_text()
    assert "<b>" not in page.read_text()


def test_counts_of_others_are_told_at_the_end(tmp_path: Path):
    succeeded(took_in(tmp_path / "exports", tmp_path / "home"))
    title, label = Words(id="Antrean", en="Queue"), Words(id="Menunggu", en="Waiting")
    made = report_of(
        current_snapshot(tmp_path / "home"), sections=[Section(title, [(label, 1234)])]
    )
    page = (write_report(tmp_path, made, "id") / "report.html").read_text()
    assert "<h2>Antrean</h2>" in page
    assert "1.234" in page
    assert made.content["sections"] == [
        {
            "title": {"id": "Antrean", "en": "Queue"},
            "rows": [{"label": {"id": "Menunggu", "en": "Waiting"}, "count": 1234}],
        }
    ]


def test_people_have_a_row_each_by_id_and_no_name(tmp_path: Path):
    succeeded(took_in(tmp_path / "exports", tmp_path / "home"))
    home = tmp_path / "home"
    path = home / "reports" / current_snapshot(home).digest / "people.parquet"
    rows = duckdb.execute(f"SELECT person_id, unit_id, share FROM '{path}'").fetchall()
    assert rows == [("ann", "u1", None), ("bob", "u1", None)]


def test_the_page_of_many_units_lists_the_worst_and_stays_small(tmp_path: Path):
    n_units = 700
    units = "id,name,short\n" + "\n".join(f"u{n:04d},Unit {n},U{n}" for n in range(n_units))
    seats = [f"s{n},Seat,u{n:04d},{'high' if n % 2 else 'low'}" for n in range(n_units)]
    terms = [f"t{n},p{n},s{n},D,2001-01-01," for n in range(n_units)]
    people = "id\n" + "\n".join(f"p{n}" for n in range(n_units))
    mapping = MAPPING.replace(
        "ladder:",
        """\
  rank_history:
    from: terms
    columns: {rank_id: id, person_id: person, rank: {constant: III/a}, from_on: begun}
  education:
    from: terms
    columns:
      education_id: id
      person_id: person
      level: {constant: master}
      graduated_on: ended
ladder:""",
    ).replace("refuse_above: 0.6", "refuse_above: 1.0")
    path = write_small(
        tmp_path / "many",
        mapping=mapping,
        units=units,
        people=people,
        posts="\n".join(["id,name,unit,class", *seats]),
        terms="\n".join(["id,person,post,kind,begun,ended", *terms]),
    )
    succeeded(suksesi("ingest", path, "--exports", path.parent, home=tmp_path / "home"))
    folder = tmp_path / "home" / "reports" / current_snapshot(tmp_path / "home").digest
    assert (folder / "report.html").stat().st_size < 100_000
    assert (folder / "report.json").stat().st_size < 1_000_000
    assert len(json.loads((folder / "report.json").read_text())["completeness"]["units"]) == n_units
