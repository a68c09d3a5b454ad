"""NIPs and names inside other cells: none of them passes the door, and no row is lost."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from features.agencies import pseudonyms, traces
from features.agencies.normalising import Normalising
from features.intake import ingest
from features.intake_report.report import report_of, write_report
from features.storage import Snapshot
from tests.lib.command import succeeded, suksesi
from tests.lib.small_agency import changed_mapping, write_small

ANN, BOB = "197001012000011001", "198002022005022002"
#: The eleven digits that no other number of these exports has.
SECRETS = (ANN[:14], BOB[:14], "mercusuar", "dermaga")
PEOPLE = f"""
    id,nip,name
    ann,{ANN},"Dr. Ann Mercusuar, S.T."
    bob,{BOB},Bob Dermaga
    """
POSTS = f"""
    id,name,unit,class
    clerk,Clerk,u1,low
    seat/{ANN}/1,Seat of 19700101 200001 1 001,u1,high
    seat/{BOB}/1,Chief,u1,high
    """
TERMS = f"""
    id,person,post,kind,begun,ended
    {ANN}-01,ann,clerk,D,2001-01-01,2004-12-31
    19700101 200001 1 001-01,ann,seat/{ANN}/1,D,2005-01-01,
    {BOB}01,bob,seat/{BOB}/1,D,2005-02-01,
    """
COURSES = f"""
    id,person,title,about,day
    T{ANN},ann,Sertifikat a.n. {ANN},hukum pidana 19700101_200001_1_001,2010-01-01
    T{BOB},bob,Surat {BOB}; {ANN},{BOB},2011-01-01
    2,bob,Diklat a.n. BOB   dermaga,hukum pidana,2012-01-01
    3,ann,"Piagam Dr. Ann Mercusuar, S.T. (2019)",x,2013-01-01
    4,bob,Kunjungan Ann Mercusuar,x,2014-01-01
    5,ann,SK 198013012005011001,x,2015-01-01
    """
MAPPING = (
    changed_mapping("sources:\n", "identity: {attributes: [nip, name]}\nsources:\n")
    .replace(
        "  terms: {file: terms.csv}\n",
        "  terms: {file: terms.csv}\n  courses: {file: courses.csv}\n",
    )
    .replace(
        "ladder:\n",
        """\
  protected_attribute:
    - from: people
      columns:
        person_id: id
        attribute: {constant: nip}
        value: {column: nip, form: nip}
    - from: people
      columns: {person_id: id, attribute: {constant: name}, value: name}
  training:
    from: courses
    columns:
      training_id: id
      person_id: person
      kind: {constant: technical}
      title: title
      level: {column: about, normalise: subject}
      started_on: day
ladder:
""",
    )
    .replace(
        "sources:\n",
        """\
vocabularies:
  subject:
    title: {id: Pokok, en: Subject}
    threshold: 0.65
    values: {law: {title: {id: Hukum, en: Law}, examples: [hukum pidana]}}
    rules: [{has: [hukum], value: law}]
sources:
""",
        1,
    )
)


def take_in(
    folder: Path, *, mapping: str = MAPPING, terms: str = TERMS, courses: str = COURSES
) -> Snapshot:
    exports = folder / "exports"
    path = write_small(
        exports, mapping=mapping, people=PEOPLE, posts=POSTS, terms=terms, courses=courses
    )
    return ingest(path, exports, folder / "home", keys=folder / "keys")


def table(snapshot: Snapshot, name: str) -> pd.DataFrame:
    return pd.read_parquet(snapshot.folder / f"{name}.parquet")


def told(snapshot: Snapshot) -> list[str]:
    """Every file of a snapshot but the quarantine, as texts without what parts digits."""
    found = []
    for path in snapshot.folder.iterdir():
        if path.stem == "quarantine":
            continue
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path).astype("str")
            text = frame.to_csv(index=False)
        else:
            text = path.read_text(encoding="utf-8")
        found.append(re.sub(r"[ ._-]", "", text.casefold()))
    return found


def shown(snapshot: Snapshot) -> set[str]:
    return {secret for secret in SECRETS if any(secret in text for text in told(snapshot))}


def test_no_file_but_the_quarantine_holds_a_nip_and_no_row_is_lost(tmp_path: Path):
    snapshot = take_in(tmp_path)
    # Of a name only that of another person, and only where a row is not about them.
    assert shown(snapshot) == {"mercusuar"}
    assert snapshot.manifest["rejections"] == [] or {
        r["reason"] for r in snapshot.manifest["rejections"]
    } == {
        "looks like a NIP, a NIK or an e-mail address, and is no free text; withheld, the row stays"
    }
    counts = snapshot.manifest["tables"]
    assert {name: counts[name]["accepted"] for name in ("post", "appointment", "training")} == {
        "post": 3,
        "appointment": 3,
        "training": 6,
    }


def test_keys_and_references_meet_by_the_same_token(tmp_path: Path):
    snapshot = take_in(tmp_path)
    posts, terms = table(snapshot, "post"), table(snapshot, "appointment")
    joined = terms.merge(posts, on="post_id")
    assert sorted(joined["title"]) == ["Chief", "Clerk", f"Seat of {token_in(posts['title'])}"]
    seats = set(posts["post_id"]) - {"clerk"}
    assert all(re.fullmatch(rf"seat/{traces.NIP_TOKEN}/1", seat) for seat in seats)
    assert len(seats) == 2
    ids = set(table(snapshot, "training")["training_id"])
    assert f"T{token_in(posts['title'])}" in ids


def token_in(cells: pd.Series) -> str:
    (found,) = {m[0] for cell in cells if (m := re.search(traces.NIP_TOKEN, cell))}
    return found


def test_two_keys_that_differ_by_how_a_nip_is_parted_stay_two(tmp_path: Path):
    ids = table(take_in(tmp_path), "appointment")["appointment_id"]
    assert ids.is_unique
    assert ids.str.fullmatch(rf"{traces.NIP_TOKEN}(-?01)").all()


def test_a_name_of_their_own_is_taken_out_of_peoples_rows(tmp_path: Path):
    titles = set(table(take_in(tmp_path), "training")["title"])
    assert f"Diklat a.n. {traces.NAME_REMOVED}" in titles
    assert f"Piagam {traces.NAME_REMOVED} (2019)" in titles
    # Whose name it is that stands in a row of somebody else is not asked.
    assert "Kunjungan Ann Mercusuar" in titles


def test_a_number_on_no_day_is_no_nip(tmp_path: Path):
    assert "SK 198013012005011001" in set(table(take_in(tmp_path), "training")["title"])


def test_a_free_text_is_looked_up_and_kept_without_the_nip(tmp_path: Path):
    snapshot = take_in(tmp_path)
    texts = table(snapshot, "normalised").set_index("value")["canonical"]
    assert texts["hukum pidana"] == "law"
    (parted,) = [text for text in texts.index if re.search(traces.NIP_TOKEN, text)]
    assert (parted[:12], texts[parted]) == ("hukum pidana", "law")
    # A text that looks personal to anybody is withheld as everywhere, and waits for nobody.
    assert not [text for text in texts.index if text.startswith("nip:")]


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("take_nips_out", {ANN[:14], BOB[:14], "mercusuar"}),
        ("take_names_out", {"mercusuar", "dermaga"}),
    ],
)
def test_without_its_guard_each_of_them_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str, expected: set[str]
):
    monkeypatch.setattr(pseudonyms.Pseudonyms, guard, lambda *_: None)
    assert shown(take_in(tmp_path)) == expected


def test_without_its_guard_a_free_text_keeps_the_nip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Normalising, "_asked", lambda _self, text: text)
    assert table(take_in(tmp_path), "normalised")["value"].str.contains(ANN[:8]).any()


def test_tokens_are_of_the_store_and_stay_through_a_rotation(tmp_path: Path):
    first = take_in(tmp_path / "one")
    assert take_in(tmp_path / "one").digest == first.digest
    rotated = ("identity", "rotate", "--why", "yearly", "--forget-retired")
    succeeded(suksesi(*rotated, home=tmp_path / "one" / "home"))
    assert take_in(tmp_path / "one").digest == first.digest
    other = take_in(tmp_path / "other")
    tokens = [token_in(table(one, "post")["title"]) for one in (first, other)]
    assert tokens[0] != tokens[1]


def test_cells_are_taken_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = take_in(tmp_path)
    monkeypatch.setattr(pseudonyms, "_CELLS_AT_ONCE", 1)
    assert take_in(tmp_path).digest == first.digest


def test_tokens_of_nobody_are_the_same_in_every_home(tmp_path: Path):
    invented = MAPPING.replace("licence:", "simulated: true\nlicence:")
    one, other = (take_in(tmp_path / name, mapping=invented) for name in ("one", "other"))
    assert one.digest == other.digest


def test_exports_without_such_cells_ask_for_no_token(tmp_path: Path, monkeypatch):
    clean = re.sub(rf"({ANN}|{BOB}|19700101 200001 1 001)", "x", TERMS)
    terms = "id,person,post,kind,begun,ended\nt1,ann,clerk,D,2001-01-01,\n"
    assert clean != TERMS
    courses = "id,person,title,about,day\n1,ann,Diklat,hukum,2010-01-01\n"
    path = write_small(
        tmp_path / "exports", mapping=MAPPING, people=PEOPLE, terms=terms, courses=courses
    )
    arguments = (path, tmp_path / "exports", tmp_path / "home")
    guarded = ingest(*arguments, keys=tmp_path / "keys")
    for guard in ("take_nips_out", "take_names_out"):
        monkeypatch.setattr(pseudonyms.Pseudonyms, guard, lambda *_: None)
    assert ingest(*arguments, keys=tmp_path / "keys").digest == guarded.digest


def test_the_report_counts_the_cells_by_table_and_column_and_shows_none(tmp_path: Path):
    snapshot = take_in(tmp_path)
    report = report_of(snapshot)
    counted = {
        (r["table"], r["column"]): (r["nips"], r["names"]) for r in report.content["taken_out"]
    }
    assert counted == {
        ("appointment", "appointment_id"): (3, 0),
        ("appointment", "post_id"): (2, 0),
        ("post", "post_id"): (2, 0),
        ("post", "title"): (1, 0),
        ("training", "title"): (2, 2),
        ("training", "training_id"): (2, 0),
    }
    folder = write_report(tmp_path / "home", report)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "NIPs and names taken out of cells" in page
    written = json.dumps(report.content) + page
    assert not re.search(traces.NIP_TOKEN, written)
    assert not [secret for secret in SECRETS if secret in written.casefold()]


def test_a_report_of_an_agency_without_identities_says_nothing_of_it(tmp_path: Path):
    path = write_small(tmp_path / "exports")
    snapshot = ingest(path, tmp_path / "exports", tmp_path / "home")
    assert report_of(snapshot).content["taken_out"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198001012005011001", ["198001012005011001"]),
        ("a.n. 19800101 200501 1 001.", ["198001012005011001"]),
        ("19800101-200501-1-001", ["198001012005011001"]),
        ("19800101\u00a0200501\u00a01\u00a0001", ["198001012005011001"]),
        ("1980 0101 2005 0110 01", ["198001012005011001"]),
        ("198001012005211001", ["198001012005211001"]),
        ("2019 19800101 200501 1 001", ["198001012005011001"]),
        ("198001012005011001-198002022005022002", ["198001012005011001", "198002022005022002"]),
        ("19800101200501100101", ["198001012005011001"]),
        # No day, no month, no sex, too short, entered before birth within a longer number.
        ("198002302005011001", []),
        ("198001012005131001", []),
        ("198001012005013001", []),
        ("19800101200501100", []),
        ("x3198001011960011001", []),
        ("2019-01-15 2020-01-15 10:30", []),
    ],
)
def test_the_shape_of_a_nip(text: str, expected: list[str]):
    assert [nip.digits for nip in traces.nips_in(text)] == expected


def test_the_engine_finds_whatever_python_finds(tmp_path: Path):
    import duckdb

    for text in ("19800101\u2007200501\u202f1\u00a0001", "19800101 - 200501 - 1 - 001", f"x{ANN}y"):
        assert list(traces.nips_in(text))
        question = "SELECT regexp_matches(?, ?)"
        assert duckdb.execute(question, [text, traces.MAY_HOLD_NIP]).fetchall() == [(True,)]


def test_without_a_section_cells_stay_as_they_are(tmp_path: Path):
    mapping = MAPPING.replace("identity: {attributes: [nip, name]}\n", "")
    assert set(SECRETS) <= shown(take_in(tmp_path, mapping=mapping))
