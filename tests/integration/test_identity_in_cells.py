"""NIPs and names inside other cells: none of them passes the door, and no row is lost."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from features.agencies import pseudonyms, traces
from features.agencies.normalising import Normalising
from features.corrections import making
from features.corrections.journal import journal
from features.corrections.making import Signature, add, correct
from features.errors import CorrectionError
from features.intake import ingest
from features.intake_report.report import report_of, write_report
from features.journal import Entry
from features.normalisation import normaliser
from features.normalisation.folding import looks_personal
from features.storage import Snapshot, current_snapshot
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


#: What people, spreadsheets and web pages put between the digits of a NIP.
SIGNS = (
    "", "\u2013", "\u2011", "\u2212", "\u00ad", "\u200b", "\ufeff", "\u2009", "\u3000", "\u00b7",
    ":", "|", ";", "+", "*", "=", ") (", " . ", " / ", "    ", "          ", "_",
)  # fmt: skip
WIDE = "".join(chr(ord("\uff10") + int(digit)) for digit in ANN)


def parted(sign: str) -> str:
    return sign.join((ANN[:8], ANN[8:14], ANN[14], ANN[15:]))


def take_in(
    folder: Path, *, mapping: str = MAPPING, terms: str = TERMS, courses: str = COURSES
) -> Snapshot:
    exports = folder / "exports"
    path = write_small(
        exports, mapping=mapping, people=PEOPLE, posts=POSTS, terms=terms, courses=courses
    )
    return ingest(path, exports, folder / "home", keys=folder / "keys")


@pytest.fixture(scope="module")
def identified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exports, home and key of an agency whose people have issued ids."""
    folder = tmp_path_factory.mktemp("identified")
    take_in(folder)
    return folder


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


def test_without_its_guard_a_free_text_with_a_nip_is_withheld_and_without_both_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Normalising, "_asked", lambda _self, text: text)
    values = table(take_in(tmp_path / "one"), "normalised")["value"]
    assert set(values) == {"hukum pidana", "x"}
    monkeypatch.setattr(normaliser, "looks_personal", lambda _text: False)
    values = table(take_in(tmp_path / "other"), "normalised")["value"]
    assert values.str.contains(ANN[:8]).any()


@pytest.mark.parametrize("sign", SIGNS)
def test_whatever_parts_a_nip_it_is_seen_alike_by_everybody(sign: str):
    text = f"a.n. {parted(sign)} (2019)"
    assert [nip.digits for nip in traces.nips_in(text)] == [ANN]
    assert traces.without_nips(text, lambda _nip: "TOKEN") == "a.n. TOKEN (2019)"
    assert looks_personal(parted(sign))
    question = f"SELECT {pseudonyms._may_hold_nip('cell')} FROM (SELECT ? AS cell)"
    assert duckdb.execute(question, [text]).fetchall() == [(True,)]


def test_no_writing_of_a_nip_passes_the_door_or_waits_in_the_queue(tmp_path: Path):
    rows = [f't{i},ann,"{i}: {parted(sign)}","Kursus {parted(sign)}",2010-01-01'
            for i, sign in enumerate(SIGNS) if sign != "_"]  # fmt: skip
    rows += [f"digits,ann,{WIDE},Kursus {WIDE},2010-01-01"]
    snapshot = take_in(tmp_path, courses="\n".join(["id,person,title,about,day", *rows]))
    titles = table(snapshot, "training")["title"]
    assert len(titles) == len(rows)
    assert titles.str.contains(traces.NIP_TOKEN).all()
    # Parted or not, in a title it is the same NIP.
    assert titles.str.extract(f"({traces.NIP_TOKEN})")[0].nunique() == 1
    assert (
        "normalised" not in {path.stem for path in snapshot.folder.iterdir()}
        or table(snapshot, "normalised").empty
    )


NAMES = f"""
    id,nip,name
    ann,{ANN},"Prof Dr Ann Mercusuar, M.Si."
    bob,{BOB},H. Ma'ruf Dermaga
    cici,198102022005022002,Hj Cici Pelabuhan
    siti,198202022005022002,SITI SUAR SH MSI
    jose,198302022005021002,José Pantai
    """
WRITTEN = {
    "ann": ["Ann Mercusuar", "ANN\u00a0MERCUSUAR", "Ann_Mercusuar", "Ann\u00ad Mercu\u00adsuar"],
    "bob": ["Ma'ruf Dermaga", "Ma\u2019ruf Dermaga", "Maruf Dermaga", "H. Ma'ruf Dermaga"],
    "cici": ["Cici Pelabuhan", "Hj. Cici Pelabuhan"],
    "siti": ["Siti Suar", "Siti Suar S.H.", "SITI SUAR SH MSI"],
    "jose": ["José Pantai", "Jose\u0301 Pantai", "JOSE PANTAI"],
}


def test_a_name_is_found_however_it_and_its_titles_are_written(tmp_path: Path):
    rows = [f'{who}{i},{who},"Piagam {text} 2019",x,2010-01-01'
            for who, texts in WRITTEN.items() for i, text in enumerate(texts)]  # fmt: skip
    exports = tmp_path / "exports"
    courses = "\n".join(["id,person,title,about,day", *rows])
    path = write_small(exports, mapping=MAPPING, people=NAMES, courses=courses)
    snapshot = ingest(path, exports, tmp_path / "home", keys=tmp_path / "keys")
    titles = list(table(snapshot, "training")["title"])
    assert len(titles) == len(rows)
    assert [title for title in titles if traces.NAME_REMOVED not in title] == []
    shown = " ".join(titles).casefold()
    secrets = ("mercusuar", "dermaga", "pelabuhan", "suar", "pantai")
    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hj Cici Pelabuhan", "cici pelabuhan"),
        ("SITI SUAR SH MSI", "siti suar"),
        ("Dr.Ir.Budi Teluk S. Tr. I. P. M.Si", "budi teluk"),
        ("Prof Dr Dedi Ombak, M.Si.", "dedi ombak"),
        # A word that may be a name stays where a single word would be left.
        ("Putri Dea", "putri dea"),
        ("Moh. Yusuf", "moh. yusuf"),
        ("Dr. Budi", None),
        ("Budi, S.T.", None),
        ("", None),
    ],
)
def test_a_bare_name_has_no_titles_and_two_words_or_more(name: str, expected: str | None):
    assert traces.bare_name(name) == expected


@pytest.mark.parametrize(
    "text", ["Ann\u00ad Mercu\u00adsuar", "A\u0301nn Mercusuar\u0301", "ann \u200b\u3000mercusuar"]
)
def test_signs_that_nobody_sees_part_no_word_of_a_name(text: str):
    found = traces.without_names(f"a.n. {text} (2019)", ["Ann Mercusuar"])
    assert found == f"a.n. {traces.NAME_REMOVED} (2019)"


def test_another_name_with_the_same_beginning_stays():
    for text in ("Ann Mercusuari", "Joann Mercusuar", "Ann dan Mercusuar", "AnnMercusuar"):
        assert traces.without_names(text, ["Ann Mercusuar"]) == text


SIGNED = Signature(
    by="Careers", why="Upgraded", evidence="Letter 1", at=datetime(2026, 3, 1, tzinfo=UTC)
)
IDENTIFYING = [f"Sertifikat {ANN}", f"Sertifikat {parted(':')}", "Sertifikat BOB dermaga"]


def corrected(folder: Path, title: str) -> Entry:
    arguments = (folder / "home", "training", {"training_id": "2"}, "title", title, SIGNED)
    return correct(*arguments, keys=folder / "keys")


def added(folder: Path, title: str) -> Entry:
    rows = table(current_snapshot(folder / "home"), "training").set_index("training_id")
    person_id = str(rows.loc["2", "person_id"])
    cells = {
        "training_id": "new", "person_id": person_id, "kind": "technical", "title": title,
        "started_on": "2010-01-01",
    }  # fmt: skip
    return add(folder / "home", "training", cells, SIGNED, keys=folder / "keys")


@pytest.mark.parametrize("make", [corrected, added])
@pytest.mark.parametrize("title", IDENTIFYING)
def test_a_correction_that_says_who_somebody_is_is_refused_and_not_kept(
    identified: Path, make: Callable[[Path, str], Entry], title: str
):
    with pytest.raises(CorrectionError, match="holds what identifies a person") as caught:
        make(identified, title)
    assert "training.title" in str(caught.value)
    assert not [secret for secret in ("1970", "dermaga") if secret in str(caught.value).casefold()]
    assert journal(identified / "home").entries() == ()


def test_a_correction_at_a_terminal_is_refused_by_the_same_key(identified: Path):
    done = suksesi(
        "correct", "training", "2", "title", "Sertifikat Bob Dermaga", "--by", "Careers",
        "--why", "x", "--evidence", "Letter 1",
        home=identified / "home", SUKSESI_KEY_DIR=str(identified / "keys"),
    )  # fmt: skip
    assert (done.code, done.out) == (1, "")
    assert "identifies a person" in " ".join(done.err.split())
    assert "Dermaga" not in done.err


@pytest.mark.parametrize("make", [corrected, added])
@pytest.mark.parametrize("title", IDENTIFYING)
def test_one_that_was_made_all_the_same_is_refused_at_the_ingest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path, str], Entry], title: str
):
    take_in(tmp_path)
    monkeypatch.setattr(making, "_require_nobody_named", lambda *_: None)
    make(tmp_path, title)
    snapshot = take_in(tmp_path)
    assert snapshot.manifest["corrections"]["refused"] == {
        "1": "title: holds what identifies a person"
    }
    assert title not in set(table(snapshot, "training")["title"])


def test_a_correction_that_names_nobody_counts(tmp_path: Path):
    take_in(tmp_path)
    corrected(tmp_path, "Sertifikat Ann Mercusuar 2019")
    snapshot = take_in(tmp_path)
    assert snapshot.manifest["corrections"]["states"]["pending"] == [1]
    # As at the door: of another person a name is not asked.
    assert "Sertifikat Ann Mercusuar 2019" in set(table(snapshot, "training")["title"])


def test_without_the_key_a_name_is_seen_at_the_ingest_only(identified: Path, tmp_path: Path):
    home = shutil.copytree(identified / "home", tmp_path / "home")
    arguments = (home, "training", {"training_id": "2"}, "title")
    assert correct(*arguments, "Sertifikat Bob Dermaga", SIGNED, keys=tmp_path / "none").number == 1
    with pytest.raises(CorrectionError, match="identifies"):
        correct(*arguments, f"Sertifikat {ANN}", SIGNED)


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
    for text in ("19800101\u2007200501\u202f1\u00a0001", "19800101 - 200501 - 1 - 001", f"x{ANN}y"):
        assert list(traces.nips_in(text))
        question = "SELECT regexp_matches(?, ?)"
        assert duckdb.execute(question, [text, traces.MAY_HOLD_NIP]).fetchall() == [(True,)]


def test_without_a_section_cells_stay_as_they_are(tmp_path: Path):
    mapping = MAPPING.replace("identity: {attributes: [nip, name]}\n", "")
    assert set(SECRETS) <= shown(take_in(tmp_path, mapping=mapping))
