"""Free texts find to their values by people, examples, rules and likeness, or wait."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.agencies.mapping import parse_mapping
from features.errors import IntakeError, MappingError, VocabularyError
from features.intake import ingest
from features.normalisation.decisions import decide, decided_of, in_force, journal, undo
from features.normalisation.evaluation import evaluate
from features.normalisation.folding import folded, looks_personal
from features.normalisation.library import parse_vocabulary, shipped
from features.normalisation.likeness import Likely, Likeness
from features.normalisation.normaliser import meanings
from features.storage import Snapshot
from simulation.titles import FAMILY_NAMES, STUDIES, TITLES
from tests.lib.corrected_agency import CORRECTED_MAPPING, taken_in, write_agency
from tests.lib.small_agency import line_of

AT = datetime(2024, 5, 6, tzinfo=UTC)
SIGNED: Any = {"by": "Careers", "why": "Known", "at": AT}
VOCABULARY = """\
vocabulary: craft
title: {id: Kriya, en: Craft}
threshold: 0.5
values:
  wood:
    title: {id: Kayu, en: Wood}
    examples: [Carpentry, Joinery of doors]
  metal:
    title: {id: Logam, en: Metal}
    examples: [Welding]
  other: {title: {id: Lain, en: Other}}
rules:
  - {is: [smith, Farrier], value: metal}
  - {has: [wood], value: wood}
  - {matches: "^iron", value: metal}
  - {has: [wood stove], value: metal}
"""
CRAFT = parse_vocabulary(VOCABULARY, "craft.yaml")


def meaning(text: str, decided: dict[str, str | None] | None = None):
    return meanings(CRAFT, decided or {}, [text])[text]


@pytest.mark.parametrize(
    ("text", "canonical", "how"),
    [
        ("  CARPENTRY ", "wood", "example"),
        ("Farrier", "metal", "rule"),
        ("Farrier of horses", None, "waits"),
        ("Carving of Wood, soft", "wood", "rule"),
        ("Woodland", None, "waits"),  # a word is a whole word
        ("Ironmongery", "metal", "rule"),
        ("Gridiron", None, "waits"),
        ("A wood stove", "wood", "rule"),  # the first rule that fits counts
        ("Carpentri", "wood", "likeness"),
        ("Singing", None, "waits"),
        ("Smith, 198001012005011001", None, "personal"),
        ("smith@example.org", None, "personal"),
    ],
)
def test_a_text_means_what_the_first_that_knows_it_says(text, canonical, how):
    found = meaning(text)
    assert (found.canonical, found.how) == (canonical, how)


def test_what_a_rule_or_example_says_has_full_confidence_and_what_waits_has_little():
    assert (meaning("Carpentry").confidence, meaning("Ironmongery").confidence) == (1.0, 1.0)
    likely, waiting = meaning("Carpentri"), meaning("Singing")
    assert CRAFT.threshold <= likely.confidence < 1
    assert waiting.confidence < CRAFT.threshold
    assert likely.proposals[0][0] == "wood"


def test_a_person_stands_above_rules_and_examples():
    decided = {"carpentry": "metal", "ironmongery": "other", "farrier": None}
    assert meaning("Carpentry", decided).canonical == "metal"
    assert meaning("IRONMONGERY", decided).canonical == "other"
    left_missing = meaning("farrier", decided)
    assert (left_missing.canonical, left_missing.how) == (None, "decided")


def test_what_was_decided_speaks_for_what_is_like_it():
    assert meaning("Basket weaving, coarse").how == "waits"
    found = meaning("Basket weaving, coarse", {"basket weaving": "other"})
    assert (found.canonical, found.how) == ("other", "likeness")


def test_a_text_means_the_same_in_whatever_company():
    texts = ["Carpentri", "Singing", "Weldng", "Ironmongery", "Joinery of windows"]
    together = meanings(CRAFT, {}, texts)
    assert together == {text: meaning(text) for text in texts}
    assert together == meanings(CRAFT, {}, texts[::-1])


def test_confidence_falls_with_the_second_best():
    assert Likely((("a", 0.8),)).confidence == 0.8
    assert Likely((("a", 0.8), ("b", 0.4))).confidence == 0.6
    assert Likely((("a", 0.8), ("b", 0.8))).confidence == 0
    assert Likely(()).confidence == 0


def test_letters_that_no_known_text_has_count_against_a_text():
    likeness = Likeness({"law": "law", "tax office": "tax"})
    alone, with_more = likeness.of(["law", "law zzzzzzzzzz qqqqqqqq"])
    assert alone.confidence == 1
    assert with_more.confidence < 0.5


def test_a_known_text_does_not_speak_for_itself_nor_do_its_other_spellings():
    found = Likeness({"law": "law", "(law)": "law", "tax": "tax"}).of_known_without_themselves()
    assert dict(found["law"].proposals)["law"] == 0
    assert dict(found["(law)"].proposals)["law"] == 0


def test_evaluation_can_be_counted_by_hand():
    text = VOCABULARY.replace("[Carpentry, Joinery of doors]", "[abcdef, abcdeg]")
    text = text.replace("[Welding]", "[abcdex, iron works]")
    craft = parse_vocabulary(text, "craft.yaml")
    rows = {row.threshold: row for row in evaluate(craft, {}, [0.01])}
    assert set(rows) == {0.01, 0.5}
    # Of four known texts the rule speaks for one, and rightly; three are asked by likeness, of
    # which abcdef and abcdeg are as near to the wrong value as to each other: a tie, no answer.
    assert (rows[0.01].asked, rows[0.01].answered, rows[0.01].right) == (3, 1, 0)
    assert rows[0.01].coverage == pytest.approx(1 / 3)
    assert rows[0.01].accuracy == 0
    assert rows[0.01].coverage_with_rules == 0.5
    assert rows[0.01].accuracy_with_rules == 0.5


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_vocabulary_is_right_about_its_own_texts(name: str):
    vocabulary = shipped()[name]
    wrong = {t for t, v in vocabulary.examples.items() if vocabulary.by_rule(t) not in (None, v)}
    assert wrong == set()
    (own,) = [r for r in evaluate(vocabulary, {}) if r.threshold == vocabulary.threshold]
    assert own.right == own.answered
    assert own.accuracy_with_rules == 1


def test_every_study_programme_of_the_simulated_ministry_has_the_family_of_its_posts():
    families = [name.lower() for name in FAMILY_NAMES]
    wanted = {s: family for family, many in zip(families, STUDIES, strict=True) for s in many}
    wanted |= {study.swapcase(): family for study, family in wanted.items()}
    found = meanings(shipped()["study_field"], {}, wanted)
    assert {study: one.canonical for study, one in found.items()} == wanted


def test_every_title_of_the_simulated_ministry_has_its_family():
    families = [name.lower() for name in FAMILY_NAMES]
    found = meanings(shipped()["job_family"], {}, TITLES)
    of_title = {t: next(f for f in families if t.lower().find(f) >= 0) for t in TITLES
                if any(t.lower().find(f) >= 0 for f in families)}  # fmt: skip
    assert {title: found[title].canonical for title in of_title} == of_title
    assert len(of_title) == len(TITLES)


@pytest.mark.parametrize(
    ("vocabulary", "text", "canonical"),
    [
        ("course_kind", "PELATIHAN Teknis Perencanaan", "technical"),
        ("course_kind", "Bimtek Teknis Hukum", "technical_guidance"),
        ("course_kind", "pelatihan INTEGRITAS", "managerial"),
        ("course_kind", "Diklatpim Tk. III", "structural"),
        ("leadership_level", "PKA / PIM III", "pka"),
        ("leadership_level", "Diklat Kepemimpinan Tingkat II Angkatan IV", "pkn_ii"),
        ("leadership_level", "PKN Tk I", "pkn_i"),
        ("study_field", "S-1 Pendidikan Dokter", "kesehatan"),
        ("study_field", "Teknik Komputer dan Jaringan", "teknologi informasi"),
        ("job_family", "Guru Ahli Madya Matematika", "pendidikan"),
    ],
)
def test_titles_that_agencies_write_are_known(vocabulary: str, text: str, canonical: str):
    assert meanings(shipped()[vocabulary], {}, [text])[text].canonical == canonical


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("value: wood}", "value: straw}", "'straw', which is none of the values"),
        ("{is: [smith, Farrier]", "{is: [smith], has: [x]", "exactly one of is, has, matches"),
        ('"^iron"', '"^(iron"', "no regular expression"),
        ("[Welding]", "[CARPENTRY]", "example of two values"),
        ("[Welding]", "[198001012005011001]", "looks like a NIP"),
        ("threshold: 0.5", "threshold: 0", "greater than 0"),
        ("title: {id: Kayu", "titel: {id: Kayu", "titel"),
    ],
)
def test_a_vocabulary_that_is_wrong_is_refused_with_its_line(old, new, found):
    with pytest.raises(VocabularyError, match="craft.yaml, line") as caught:
        parse_vocabulary(VOCABULARY.replace(old, new, 1), "craft.yaml")
    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("normalise: study}", "normalise: studdy}", "unknown vocabulary 'studdy'"),
        ("{column: study, normalise: study}", "{column: study, normalise: study, default: law}",
         "both normalise and default"),
        ("{column: study, normalise: study}", "{column: study, normalise: study, map: {a: b}}",
         "both normalise and map"),
        ("{column: study, normalise: study}", "{constant: law, normalise: study}", "no column"),
        ("level: level\n      field", "level: {column: level, normalise: study}\n      field",
         "unknown value of education.level in vocabulary study"),
        ("graduated_on: on", "graduated_on: {column: on, normalise: study}", "is for text"),
        ("education_id: id", "education_id: {column: id, normalise: study}", "no free text"),
    ],
)  # fmt: skip
def test_a_mapping_with_a_wrong_vocabulary_is_refused(old, new, found):
    assert CORRECTED_MAPPING.count(old) >= 1
    with pytest.raises(MappingError) as caught:
        parse_mapping(CORRECTED_MAPPING.replace(old, new, 1), "small.yaml")
    assert found in str(caught.value)


def test_a_wrong_value_of_a_later_rule_is_told_by_its_line():
    rule = "level: {column: level, otherwise: {column: study, map: {x: wrong}}}"
    text = CORRECTED_MAPPING.replace("level: level\n      field", f"{rule}\n      field", 1)
    with pytest.raises(MappingError, match=f"line {line_of(text, 'x: wrong')}"):
        parse_mapping(text, "small.yaml")


def rows_of(snapshot: Snapshot, table: str, columns: str) -> list[tuple]:
    path = snapshot.folder / f"{table}.parquet"
    return duckdb.execute(f"SELECT {columns} FROM '{path}' ORDER BY ALL").fetchall()


def test_an_ingest_gives_each_text_its_value(tmp_path: Path):
    made = taken_in(tmp_path / "x", tmp_path / "home")
    assert rows_of(made, "education", "education_id, field") == [("s1", "law"), ("s2", "money")]
    assert rows_of(made, "post_field", "post_id, field") == [("chief", "law"), ("clerk", "money")]
    # Akuntansi and Ilmu Hukum, which stands in two rows, are examples; a rule knows the third.
    assert made.manifest["normalisation"]["study"]["values"] == {"example": 2, "rule": 1}
    assert rows_of(made, "normalised", "value, rows, canonical, how") == [
        ("akuntansi", 1, "money", "example"),
        ("ilmu hukum", 2, "law", "example"),
        ("perpajakan dan cukai", 1, "money", "rule"),
    ]


SCHOOLS = """
    id,person,level,study,on
    s1,ann,bachelor,Tata Boga,1999-07-01
    s2,bob,diploma,tata  boga,1999-07-01
    s3,bob,diploma,,1999-07-01
    s4,bob,diploma,198001012005011001,1999-07-01
    """


def test_what_nobody_knows_is_missing_and_waits_and_what_is_personal_goes_nowhere(tmp_path: Path):
    made = taken_in(tmp_path / "x", tmp_path / "home", schools=SCHOOLS)
    fields = rows_of(made, "education", "education_id, field")
    assert fields == [("s1", None), ("s2", None), ("s3", None), ("s4", None)]
    counted = made.manifest["normalisation"]["study"]
    assert counted["values"] == {"example": 2, "personal": 1, "waits": 1}
    assert counted["rows_waiting"] == 2
    assert "decisions" not in counted
    waiting = rows_of(made, "normalised", "value, rows, how")
    assert ("tata boga", 2, "waits") in waiting
    assert not [value for value, _rows, _how in waiting if "1980" in value]
    assert made.manifest["tables"]["education"]["withheld"] == 1
    (reason,) = [r["reason"] for r in made.manifest["rejections"] if r["table"] == "education"]
    assert "looks like a NIP" in reason
    assert "1980" not in (made.folder / "manifest.json").read_text()


FIELDS = "post,name\nclerk,Tata Boga\nchief,Ilmu Hukum"


def test_a_row_that_needs_a_value_waits_and_is_not_wrong(tmp_path: Path):
    strict = CORRECTED_MAPPING.replace("refuse_above: 0.6", "refuse_above: 0.1")
    path = write_agency(tmp_path / "x", fields=FIELDS)
    path.write_text(strict, encoding="utf-8")
    made = ingest(path, tmp_path / "x", tmp_path / "home")
    assert rows_of(made, "post_field", "post_id, field") == [("chief", "law")]
    (rejection,) = made.manifest["rejections"]
    assert rejection["reason"].startswith("waits for a person")
    # One that is wrong beside it is refused for what is wrong, and not for what waits.
    path = write_agency(tmp_path / "y", fields=FIELDS + "\nnobody,Ilmu Hukum")
    path.write_text(strict, encoding="utf-8")
    with pytest.raises(IntakeError, match=r"1 of 3 rows were rejected.*is not in post"):
        ingest(path, tmp_path / "y", tmp_path / "home")


def test_a_row_that_needs_a_value_and_holds_an_identity_is_rejected(tmp_path: Path):
    fields = "post,name\nclerk,198001012005011001\nchief,Ilmu Hukum"
    made = taken_in(tmp_path / "x", tmp_path / "home", fields=fields)
    (rejection,) = made.manifest["rejections"]
    assert rejection["reason"].startswith("looks like a NIP")


def test_a_decision_counts_from_the_next_ingest_on_and_an_undo_gives_the_bytes_before(
    tmp_path: Path,
):
    home = tmp_path / "home"
    before = taken_in(tmp_path / "x", home, schools=SCHOOLS)
    vocabulary = before.mapping.vocabularies["study"]
    decide(home, "study", vocabulary, " TATA Boga", "money", **SIGNED)
    decided = taken_in(tmp_path / "x", home, schools=SCHOOLS)
    fields = rows_of(decided, "education", "education_id, field")
    assert fields[:2] == [("s1", "money"), ("s2", "money")]
    assert decided.manifest["normalisation"]["study"]["decisions"]["n"] == 1
    undo(home, "study", "tata boga", **SIGNED)
    assert taken_in(tmp_path / "x", home, schools=SCHOOLS).digest == before.digest


def test_a_text_left_missing_does_not_wait(tmp_path: Path):
    home = tmp_path / "home"
    before = taken_in(tmp_path / "x", home, schools=SCHOOLS)
    decide(home, "study", before.mapping.vocabularies["study"], "tata boga", None, **SIGNED)
    made = taken_in(tmp_path / "x", home, schools=SCHOOLS)
    assert made.manifest["normalisation"]["study"]["rows_waiting"] == 0
    assert rows_of(made, "education", "education_id, field")[0] == ("s1", None)


def test_an_agency_without_free_texts_has_no_word_of_them(tmp_path: Path):
    text = CORRECTED_MAPPING.replace("{column: study, normalise: study}", "study")
    text = text.replace("{column: name, normalise: study}", "name")
    path = write_agency(tmp_path / "x")
    path.write_text(text, encoding="utf-8")
    made = ingest(path, tmp_path / "x", tmp_path / "home")
    assert "normalisation" not in made.manifest
    assert not (made.folder / "normalised.parquet").exists()


OTHERWISE = "{column: level, map: {d: diploma}, otherwise: {column: study, map: {x: bachelor}}}"


@pytest.mark.parametrize(
    ("cells", "level", "reason"),
    [
        ("d,y", "diploma", None),
        (",x", "bachelor", None),
        (",y", None, "is not in the map"),
        ("e,x", None, "is not in the map"),
        (",", None, "is empty; a value is required"),
    ],
)
def test_otherwise_is_for_rows_whose_cell_is_empty(tmp_path: Path, cells, level, reason):
    text = CORRECTED_MAPPING.replace(
        "level: level\n      field", f"level: {OTHERWISE}\n      field"
    )
    path = write_agency(
        tmp_path / "x", schools=f"id,person,level,study,on\ns1,ann,{cells},1999-07-01"
    )
    path.write_text(text.replace("refuse_above: 0.6", "refuse_above: 1"), encoding="utf-8")
    made = ingest(path, tmp_path / "x", tmp_path / "home")
    assert [row[0] for row in rows_of(made, "education", "level")] == ([level] if level else [])
    reasons = [r["reason"] for r in made.manifest["rejections"]]
    assert reasons == ([reason] if reason else [])


def test_otherwise_looks_up_only_texts_of_rows_that_need_it(tmp_path: Path):
    rule = "field: {column: level, otherwise: {column: study, normalise: study}}"
    text = CORRECTED_MAPPING.replace("field: {column: study, normalise: study}", rule)
    text = text.replace("level: level\n      field", "level: {constant: diploma}\n      field")
    schools = """
        id,person,level,study,on
        s1,ann,known,Tata Boga,1999-07-01
        s2,bob,,Akuntansi,1999-07-01
        """
    path = write_agency(tmp_path / "x", schools=schools)
    path.write_text(text, encoding="utf-8")
    made = ingest(path, tmp_path / "x", tmp_path / "home")
    assert rows_of(made, "education", "education_id, field") == [("s1", "known"), ("s2", "money")]
    assert made.manifest["normalisation"]["study"]["rows_waiting"] == 0


def test_decisions_are_checked(tmp_path: Path):
    home = tmp_path / "home"
    with pytest.raises(VocabularyError, match="no value 'straw'"):
        decide(home, "craft", CRAFT, "thatching", "straw", **SIGNED)
    with pytest.raises(VocabularyError, match="is empty"):
        decide(home, "craft", CRAFT, "  ", "wood", **SIGNED)
    with pytest.raises(VocabularyError, match="not kept") as caught:
        decide(home, "craft", CRAFT, "19800101 200501 1 001", "wood", **SIGNED)
    assert "1980" not in str(caught.value)
    with pytest.raises(VocabularyError, match="nothing is decided"):
        undo(home, "craft", "thatching", **SIGNED)
    assert journal(home).entries() == ()


def test_a_decision_for_a_value_that_the_vocabulary_lost_does_not_count(tmp_path: Path):
    home = tmp_path / "home"
    decide(home, "craft", CRAFT, "thatching", "other", **SIGNED)
    fewer = parse_vocabulary(
        VOCABULARY.replace("  other: {title: {id: Lain, en: Other}}\n", ""), "craft.yaml"
    )
    decisions = in_force(journal(home).entries())
    assert decided_of(decisions, "craft", CRAFT) == {"thatching": "other"}
    assert decided_of(decisions, "craft", fewer) == {}


@pytest.mark.parametrize(
    "text",
    [
        "198001012005011001", "'19800101 200501 1 001", "3171.0123.4567.0001", "a@b.co",
        "19800101\u2013200501\u20131\u2013001", "3171:0123:4567:0001", "3171\u200b012345670001",
        "３１７１０１２３４５６７０００１", "19800101_200501_1_001", "a＠b.co",
        "3171    01234567    0001",
    ],
)  # fmt: skip
def test_identities_are_seen_in_whatever_form(text: str):
    assert looks_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Diklat 2019/2020, 40 JP", "D-3 2001-2004", "PIM III @ Jakarta",
        "12/03/2019 sampai 15/04/2019", "2001 ........ 2004 ........ 2007 ........ 2010",
    ],
)  # fmt: skip
def test_other_numbers_are_no_identity(text: str):
    assert not looks_personal(text)


def test_folding_is_done_once():
    assert folded(folded("  Ilmu   HUKUM ")) == folded("ilmu hukum")
