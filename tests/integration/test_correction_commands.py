"""`suksesi correct` and `suksesi corrections` as somebody at a terminal runs them."""

from pathlib import Path

import pytest

from tests.lib.command import Done, succeeded, suksesi
from tests.lib.corrected_agency import write_agency

SIGNED = ("--by", "Careers", "--why", "Upgraded", "--evidence", "Letter 1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agency")
    ingest(folder / "exports", folder / "home")
    return folder / "home"


def ingest(exports: Path, home: Path) -> dict:
    mapping = write_agency(exports)
    return succeeded(suksesi("ingest", mapping, "--exports", exports, "--json", home=home)).json


def corrections(home: Path, *arguments: str) -> Done:
    return suksesi("corrections", *arguments, home=home)


def test_corrections_are_made_listed_and_undone(home: Path):
    before = ingest(home.parent / "exports", home)
    done = succeeded(
        suksesi("correct", "education", "s2", "level", "bachelor", *SIGNED,
                "--known-on", "2005-05-05", home=home)
    )  # fmt: skip
    assert "correction 1: correct education.level, known on 2005-05-05" in done.out
    assert "bachelor" not in done.out
    row = '{"person_id": "bob", "level": "light", "sanctioned_on": "2003-05-01"}'
    succeeded(corrections(home, "withdraw", "discipline", row, *SIGNED))
    cells = "education_id=x,person_id=bob,level=master,graduated_on=2004-07-01"
    told = succeeded(corrections(home, "add", "education", cells, *SIGNED, "--json")).json
    assert (told["number"], told["action"], told["table"]) == (3, "add", "education")
    assert succeeded(
        suksesi("correct", "appointment", "t1", "end_on", "--empty", *SIGNED, home=home)
    )
    listed = succeeded(corrections(home, "list", "--json")).json["corrections"]
    assert [one["state"] for one in listed] == ["not ingested yet"] * 4
    ingest(home.parent / "exports", home)
    listed = succeeded(corrections(home, "list", "--json")).json["corrections"]
    assert [(one["number"], one["action"], one["state"]) for one in listed] == [
        (1, "correct", "pending"),
        (2, "withdraw", "pending"),
        (3, "add", "pending"),
        (4, "correct", "pending"),
    ]
    assert (listed[0]["was"], listed[0]["value"], listed[0]["key"]) == (
        "diploma", "bachelor", ["s2"],
    )  # fmt: skip
    assert (listed[3]["was"], listed[3]["value"]) == ("2004-12-31", None)
    shown = succeeded(corrections(home, "list"))
    assert "4 corrections are in force" in shown.out
    for number in "4321":
        succeeded(corrections(home, "undo", number, "--by", "Careers", "--why", "No"))
    assert "0 corrections are in force" in succeeded(corrections(home, "list")).out
    assert ingest(home.parent / "exports", home)["snapshot"] == before["snapshot"]


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (("correct", "education", "s2", "level", "master"), 2, "--by"),
        (("correct", "education", "s2", "level", *SIGNED), 2, "--empty"),
        (("correct", "education", "s2", "level", "x", "--empty", *SIGNED), 2, "--empty"),
        (("correct", "education", "s2", "level", "wizard", *SIGNED), 1, "is none of"),
        (("correct", "education", "s9", "level", "master", *SIGNED), 1, "no such row"),
        (("correct", "education", "s2", "level", "master", *SIGNED, "--known-on", "2100-01-01"),
         1, "lies after"),
        (("corrections", "withdraw", "discipline", "bob", *SIGNED), 1, "cannot be read"),
        (("corrections", "add", "education", "grade=1", *SIGNED), 1, "no column 'grade'"),
        (("corrections", "undo", "99", "--by", "x", "--why", "y"), 1, "not in force"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(home: Path, arguments, code: int, found: str):
    done = suksesi(*arguments, home=home)
    assert done.code == code
    assert found in " ".join(done.err.split())


def test_there_is_nothing_to_correct_without_a_snapshot(tmp_path: Path):
    done = suksesi("correct", "education", "s2", "level", "master", *SIGNED, home=tmp_path)
    assert done.code == 1
    assert "no snapshot yet" in done.err
    assert "0 corrections" in succeeded(corrections(tmp_path, "list")).out
