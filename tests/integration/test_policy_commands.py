"""`suksesi policy` as somebody at a terminal runs it, on an agency of two people."""

import json
from pathlib import Path

import pytest

from features.packs.library import Library
from features.packs.published import schema_text
from features.policy.wording_packs import UNVERIFIED
from tests.lib.boxed_agency import boxed
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.small_agency import FILES, MAPPING, line_of, write_small

POLICY_MAPPING = (
    MAPPING.replace(
        "  terms: {file: terms.csv}\n",
        "  terms: {file: terms.csv}\n"
        "  ratings: {file: ratings.csv}\n"
        "  medals: {file: medals.csv}\n"
        "  schools: {file: schools.csv}\n"
        "  ranks: {file: ranks.csv}\n"
        "  boxes: {file: boxes.csv}\n",
    ).replace(
        "ladder:\n",
        """\
  appraisal:
    from: ratings
    columns: {appraisal_id: id, person_id: person, year: year, predicate: rating, appraised_on: on}
  award:
    from: medals
    columns: {person_id: person, kind: kind, awarded_on: on}
  education:
    from: schools
    columns: {education_id: id, person_id: person, level: level, graduated_on: on}
  rank_history:
    from: ranks
    columns: {rank_id: id, person_id: person, rank: rank, from_on: on}
  source_box:
    from: boxes
    columns:
      person_id: person
      year: year
      performance: performance
      potential: potential
      box: box
      boxed_on: on
ladder:
""",
    )
    + "policy: boxed\n"
)
# On 2005-06-30, ann: 48 + 40 = 88 and 30 + 20 = 50, box 7. bob: 12 to 60 and 20 + 20, box 3 or 5.
TABLES = {
    **FILES,
    "ratings": "id,person,year,rating,on\nr1,ann,2004,good,2005-01-31",
    "medals": "person,kind,on\nann,medal,2004-06-01",
    "schools": "id,person,level,on\ns1,ann,bachelor,1999-07-01\ns2,bob,diploma,1999-07-01",
    "ranks": "id,person,rank,on\nk1,ann,III/a,2003-04-01\nk2,bob,III/a,2003-04-01",
    "boxes": "person,year,performance,potential,box,on\nann,2004,meets,medium,5,2005-01-31",
}
DAY = ("--as-of", "2005-06-30")
CONFIRMED = (
    "status: reconstruction_unverified",
    "status: confirmed\n"
    "confirmation: {officer: Officer, office: Office, letter: 1, on: 2004-01-01}",
)


def pack_file(folder: Path, *changes: tuple[str, str], name: str = "boxed.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(boxed(*changes), encoding="utf-8")
    return path


def version(number: int, first: str, last: str | None) -> tuple[tuple[str, str], ...]:
    until = f", until: {last}" if last else ""
    return (
        ("version: 1", f"version: {number}"),
        ("{from: 2000-01-01, until: 2029-12-31}", f"{{from: {first}{until}}}"),
    )


def policy(home: Path, *arguments: str | Path) -> Done:
    return suksesi("policy", *arguments, home=home)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the agency in it, and with its pack."""
    folder = tmp_path_factory.mktemp("agency")
    mapping = write_small(folder / "exports", mapping=POLICY_MAPPING, **TABLES)
    succeeded(policy(folder / "home", "add", pack_file(folder / "ours")))
    succeeded(suksesi("ingest", mapping, "--exports", folder / "exports", home=folder / "home"))
    return folder / "home"


def test_packs_are_listed_with_their_days_and_that_nobody_has_confirmed_them(home: Path):
    done = succeeded(policy(home, "list"))
    assert "boxed@1" in done.out
    assert "2000-01-01 to" in done.out
    assert UNVERIFIED.en in done.out
    listed = {one["pack"]: one for one in succeeded(policy(home, "list", "--json")).json}
    assert set(listed) == {pack.name for pack in Library(home).packs}
    assert listed["boxed@1"]["effective"] == {"from": "2000-01-01", "until": "2029-12-31"}
    assert listed["boxed@1"]["status"] == "reconstruction_unverified"
    assert listed["boxed@1"]["notice"] == {"id": UNVERIFIED.id, "en": UNVERIFIED.en}


def test_a_pack_is_shown_with_its_rules_by_class_and_route(home: Path):
    done = succeeded(policy(home, "show", "boxed"))
    assert "status: RECONSTRUCTION, UNVERIFIED" in done.out
    assert UNVERIFIED.en in done.out
    assert "absent, so unknown: equivalence, competencies, assessment, retirement" in done.out
    assert "recalled" in done.out
    shown = succeeded(policy(home, "show", "boxed@1", "--json")).json
    assert shown["sections"]["nine_box"] is True
    assert shown["sections"]["retirement"] is False
    groups = {
        (group["post_class"], *group["routes"]): [rule["id"] for rule in group["rules"]]
        for group in shown["rules"]
    }
    assert groups == {
        ("high", "succession_group", "open_selection"): ["post_before", "minister"],
        ("high", "lateral"): ["post_before", "schooled", "minister"],
    }
    (schooled,) = [r for g in shown["rules"] for r in g["rules"] if r["id"] == "schooled"]
    assert schooled["grade"] == "recalled"
    assert schooled["citation"] == "Habit"
    assert schooled["sentence"] == {"id": "Sarjana.", "en": "Is a bachelor."}
    declared = shown["declared"]
    assert declared["nine_box"]["talent"] == {"performance": "50", "potential": "50", "cite": "law"}
    assert declared["effective"] == {"from": "2000-01-01", "until": "2029-12-31"}


@pytest.mark.parametrize(
    "line",
    [
        "  from: 2000-01-01",
        "    settled_by: The diploma.",
        "    cite: habit, recalled: Habit",
        "      - scores: ≥ 60 < 80",
        "        level: meets",
        "            weight: 60",
        "                very_good: 100.0",
        "    meets:",
        "    agency: 8, 9",
        "  tie_breakers: performance",
    ],
)
def test_everything_that_is_proofread_is_shown(home: Path, line: str):
    assert line in succeeded(policy(home, "show", "boxed")).out.splitlines()


def test_one_section_is_shown_in_one_language(home: Path):
    done = succeeded(policy(home, "show", "boxed", "--section", "rules", "--language", "id"))
    assert "    settled_by: Ijazah." in done.out.splitlines()
    assert "tie_breakers" not in done.out
    only = succeeded(policy(home, "show", "boxed", "--section", "post_score", "--json")).json
    assert list(only["declared"]) == ["post_score"]
    assert "nine_box" in policy(home, "show", "boxed", "--section", "nine-box").err


@pytest.mark.parametrize("pack", [pack.name for pack in Library().packs])
def test_every_number_of_a_shipped_pack_is_shown(home: Path, pack: str):
    shown = succeeded(policy(home, "show", pack)).out
    (found,) = [one for one in Library().packs if one.name == pack]
    assert all(rule.settled_by.en in shown for rule in found.rules)
    for citation in found.citations.values():
        assert citation.text in shown


def test_an_unknown_pack_is_told_with_those_that_exist(home: Path):
    done = policy(home, "show", "bxed")
    assert done.code == 1
    assert "no policy pack 'bxed'" in done.err
    assert "boxed@1" in done.err


def test_a_file_is_checked_and_the_line_of_its_fault_is_told(home: Path, tmp_path: Path):
    good = pack_file(tmp_path)
    done = succeeded(policy(home, "check", good))
    assert "boxed@1 is well formed, 3 rules" in done.out
    assert UNVERIFIED.en in done.out
    assert succeeded(policy(home, "check", good, "--json")).json["pack"] == "boxed@1"
    bad = pack_file(tmp_path, ("at_least: bachelor", "at_least: batchelor"), name="bad.yaml")
    for more in ((), ("--json",)):
        done = policy(home, "check", bad, *more)
        assert done.code == 1
        assert done.out == ""
        assert f"bad.yaml, line {line_of(bad.read_text(), 'batchelor')}" in done.err
        assert "Traceback" not in done.err
    done = policy(home, "check", tmp_path / "none.yaml")
    assert done.code == 1
    assert "no such policy pack file" in done.err


def test_a_confirmed_pack_needs_no_notice(home: Path, tmp_path: Path):
    file = pack_file(tmp_path, CONFIRMED)
    assert UNVERIFIED.en not in succeeded(policy(home, "check", file)).out
    assert succeeded(policy(home, "check", file, "--json")).json["notice"] is None


def test_the_schema_is_the_published_one(home: Path):
    done = succeeded(policy(home, "schema"))
    assert done.out == schema_text()
    assert json.loads(done.out)["title"] == "Pack"


def test_a_pack_is_kept_under_its_name_and_version(tmp_path: Path):
    home = tmp_path / "home"
    file = pack_file(tmp_path, *version(1, "2000-01-01", "2009-12-31"), name="mine.yaml")
    done = succeeded(policy(home, "add", file))
    assert "boxed@1 is kept" in done.out
    assert UNVERIFIED.en in done.out
    assert [path.name for path in (home / "packs").iterdir()] == ["boxed@1.yaml"]
    assert (home / "packs" / "boxed@1.yaml").read_bytes() == file.read_bytes()
    # Once more is no fault.
    assert succeeded(policy(home, "add", file, "--json")).json["pack"] == "boxed@1"
    later = pack_file(tmp_path, *version(2, "2010-01-01", None), name="later.yaml")
    succeeded(policy(home, "add", later))
    assert Library(home).get("boxed").name == "boxed@2"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (version(2, "2029-12-31", None), "while boxed@1 is in force"),
        (version(2, "1990-01-01", None), "while boxed@2 is in force"),
        ((("Is a bachelor.", "Holds a degree."),), "mine.yaml: boxed@1 is kept already"),
        ((("pack: boxed", "pack: manado"),), "a second file of manado@1"),
        ((("at_least: bachelor", "at_least: batchelor"),), "mine.yaml, line"),
    ],
)
def test_a_pack_that_does_not_go_with_the_others_is_refused_and_not_kept(
    tmp_path: Path, changes: tuple, says: str
):
    home = tmp_path / "home"
    succeeded(policy(home, "add", pack_file(tmp_path)))
    before = {path.name: path.read_bytes() for path in (home / "packs").iterdir()}
    done = policy(home, "add", pack_file(tmp_path, *changes, name="mine.yaml"))
    assert done.code == 1
    assert says in done.err
    assert "Traceback" not in done.err
    assert {path.name: path.read_bytes() for path in (home / "packs").iterdir()} == before


def test_an_end_comes_later_and_makes_room_for_the_next_version(tmp_path: Path):
    home = tmp_path / "home"
    succeeded(policy(home, "add", pack_file(tmp_path, *version(1, "2000-01-01", None))))
    newer = pack_file(tmp_path, *version(2, "2010-01-01", None), name="newer.yaml")
    done = policy(home, "add", newer)
    assert done.code == 1
    assert "newer.yaml, line" in done.err
    assert "add boxed@1 again with `until: 2009-12-31` first" in done.err
    ended = pack_file(tmp_path, *version(1, "2000-01-01", "2009-12-31"), name="ended.yaml")
    assert "now it ends on 2009-12-31" in succeeded(policy(home, "add", ended)).out
    assert (home / "packs" / "boxed@1.yaml").read_bytes() == ended.read_bytes()
    assert succeeded(policy(home, "add", newer, "--json")).json["replaced"] is False
    assert Library(home).get("boxed").name == "boxed@2"
    # An end that reaches into the next version is none.
    beyond = pack_file(tmp_path, *version(1, "2000-01-01", "2010-01-01"), name="beyond.yaml")
    assert policy(home, "add", beyond).code == 1


def test_boxes_are_counted_by_class_certain_and_possible(home: Path):
    done = succeeded(policy(home, "boxes", *DAY))
    assert "boxed@1 as of 2005-06-30: 2 people can be ranked, 1 in one box for certain" in done.out
    assert UNVERIFIED.en in done.out
    report = succeeded(policy(home, "boxes", *DAY, "--json")).json
    assert report["notice"] == {"id": UNVERIFIED.id, "en": UNVERIFIED.en}
    assert (report["people"], report["in_one_box"]) == (2, 1)
    counts = {one["box"]: (one["certain"], one["possible"]) for one in report["boxes"]}
    assert counts == dict.fromkeys(range(1, 10), (0, 0)) | {3: (0, 1), 5: (0, 1), 7: (1, 1)}
    classes = {one["post_class"]: one for one in report["classes"]}
    # bob's post is an acting one.
    assert list(classes) == ["high", None]
    assert classes["high"]["people"] == 1
    assert classes["high"]["boxes"][6] == {"box": 7, "certain": 1, "possible": 1}
    assert classes[None]["boxes"][6] == {"box": 7, "certain": 0, "possible": 0}


def test_differences_from_the_agency_s_own_boxes_are_counted_and_listed(home: Path):
    done = succeeded(policy(home, "boxes", *DAY))
    counted = "same 0, possible 0, differs 1, contradictory 0, absent 1"
    assert f"the agency's own boxes beside these: {counted}" in done.out
    assert "The agency's own box of" not in done.out
    listed = succeeded(policy(home, "boxes", *DAY, "--differences"))
    assert "ann  The agency's own box of 31 January 2005 is 5" in listed.out
    source = succeeded(policy(home, "boxes", *DAY, "--differences", "--json")).json["source"]
    assert source["counts"]["differs"] == 1
    assert [one["person_id"] for one in source["differences"]] == ["ann"]
    explains = {one["cause"]: one["people"] for one in source["causes"] if one["people"]}
    assert explains == {"rating": 1, "honours": 1}


def test_one_box_is_shown_with_what_it_is_made_of_and_the_agency_s_own(home: Path):
    done = succeeded(policy(home, "boxes", *DAY, "--person", "ann"))
    assert "possible boxes 7" in done.out
    assert UNVERIFIED.en in done.out
    assert "The agency's own box of 31 January 2005 is 5; this pack gives box 7." in done.out
    report = succeeded(policy(home, "boxes", *DAY, "--person", "ann", "--json")).json
    assert report["notice"] == {"id": UNVERIFIED.id, "en": UNVERIFIED.en}
    assert report["boxes"] == [7]
    assert report["post_class"] == "high"
    assert (report["performance"]["low"], report["performance"]["high"]) == (88, 88)
    adds = {
        one["component"]: (one["low"], one["high"]) for one in report["performance"]["components"]
    }
    assert adds == {"rating": (48, 48), "honours": (40, 40)}
    assert report["source"]["box"] == 5
    assert report["source"]["agreement"] == "differs"
    bob = succeeded(policy(home, "boxes", *DAY, "--person", "bob", "--json")).json
    assert bob["boxes"] == [3, 5]
    assert bob["post_class"] is None
    (rating, _honours) = bob["performance"]["components"]
    assert rating["indicators"][0]["points"] == {"low": 20, "high": 100}
    assert bob["source"]["box"] is None
    assert bob["source"]["agreement"] == "absent"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("boxes", *DAY, "--person", "zoe"), "nobody of that id can be ranked"),
        (("boxes", "--as-of", "2001-01-01"), "nothing had been recorded by then"),
        (("diff", "boxed", "boxed", "--as-of", "1990-01-01"), "nothing had been recorded by then"),
        (("boxes", "--as-of", "2031-01-01"), "no policy pack is in force"),
        (("diff", "boxed", "bxed", *DAY), "no policy pack 'bxed'"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(home: Path, arguments: tuple, says: str):
    done = policy(home, *arguments)
    assert done.code == 1
    assert says in done.err
    assert "zoe" not in done.err
    assert "Traceback" not in done.err


def test_boxes_of_a_pack_without_a_nine_box_are_refused(home: Path, tmp_path: Path):
    mapping = write_small(
        tmp_path / "exports", mapping=POLICY_MAPPING.replace("policy: boxed", "policy: ruled"),
        **TABLES,
    )  # fmt: skip
    other = tmp_path / "home"
    text = boxed(("pack: boxed", "pack: ruled"))
    file = tmp_path / "ruled.yaml"
    file.write_text(text[: text.index("nine_box:")], encoding="utf-8")
    succeeded(policy(other, "add", file))
    succeeded(suksesi("ingest", mapping, "--exports", tmp_path / "exports", home=other))
    done = policy(other, "boxes", *DAY)
    assert done.code == 1
    assert "ruled@1: has no nine-box" in done.err


def test_two_packs_are_compared(home: Path, tmp_path: Path):
    stricter = pack_file(
        tmp_path,
        ("pack: boxed", "pack: stricter"),
        ("    years: 2\n", "    years: 5\n"),
        ("- {at_least: 80, level: above}", "- {at_least: 90, level: above}"),
        ("{at_least: 60, below: 80, level: meets}", "{at_least: 60, below: 90, level: meets}"),
    )
    succeeded(policy(home, "add", stricter))
    done = succeeded(policy(home, "diff", "boxed", "stricter", *DAY))
    assert "boxes: 1 of 2 people change" in done.out
    assert "eligibility: 1 of 2 pairs change" in done.out
    assert "A boxed@1 is in force on that day" in done.out
    assert "1 posts are filled by lateral" in done.out
    assert UNVERIFIED.en in done.out
    report = succeeded(policy(home, "diff", "boxed", "stricter", *DAY, "--json")).json
    assert report["notice"] == {"id": UNVERIFIED.id, "en": UNVERIFIED.en}
    assert (report["people"], report["posts"]) == (2, 1)
    assert report["routes"] == [{"a": "lateral", "b": "lateral", "posts": 1}]
    assert report["boxes"]["changes"] == [{"a": [7], "b": [5], "people": 1}]
    assert report["boxes"]["thresholds"] == [
        {"axis": "performance", "level": "meets", "a": "≥ 60 < 80", "b": "≥ 60 < 90"},
        {"axis": "performance", "level": "above", "a": "≥ 80", "b": "≥ 90"},
    ]
    # ann was a clerk for four years; bob never was, by a definitive appointment.
    assert report["eligibility"]["changes"] == [{"a": "met", "b": "not met", "pairs": 1}]
    assert report["eligibility"]["rules"] == [
        {"rule": "post_before", "a": "met", "b": "not met", "pairs": 1, "causes": 1}
    ]
    assert report["ranks"]["only_a"] == 1
    assert report["ranks"]["movers"] == []
    assert len(succeeded(policy(home, "diff", "boxed", "stricter", *DAY, "--top", "1", "--json"))
               .json["boxes"]["thresholds"]) == 2  # fmt: skip


def test_a_rule_of_another_name_is_the_same_rule(home: Path, tmp_path: Path):
    renamed = pack_file(
        tmp_path, ("pack: boxed", "pack: renamed"), ("    id: post_before", "    id: served"),
        version(1, "2006-01-01", None)[1],
    )  # fmt: skip
    succeeded(policy(home, "add", renamed))
    report = succeeded(policy(home, "diff", "boxed", "renamed", *DAY, "--json")).json
    assert report["renamed"] == [{"a": "post_before", "b": "served"}]
    assert report["eligibility"]["rules"] == []
    assert (report["a"]["in_force"], report["b"]["in_force"]) == (True, False)


def test_a_pack_without_boxes_and_scores_is_compared_as_far_as_it_goes(home: Path):
    done = succeeded(policy(home, "diff", "boxed", "uk-ministers", *DAY))
    assert "uk-ministers@1 has no nine-box" in done.out
    assert "uk-ministers@1 has no score for a post" in done.out
    report = succeeded(policy(home, "diff", "boxed", "uk-ministers", *DAY, "--json")).json
    assert report["boxes"]["without"] == ["uk-ministers@1"]
    assert report["boxes"]["changes"][0]["b"] is None
    assert report["ranks"]["without"] == ["uk-ministers@1"]
