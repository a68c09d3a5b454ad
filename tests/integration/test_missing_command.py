"""`suksesi missing` as somebody at a terminal runs it."""

from pathlib import Path

import pytest

from tests.integration.test_policy_commands import DAY, POLICY_MAPPING, TABLES, pack_file
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.ministers import POST, TRAINED_AS_OF
from tests.lib.small_agency import write_small


def ask(home: Path, *arguments: str) -> Done:
    return suksesi("missing", *arguments, *DAY, home=home)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann's dossier is whole; bob's rating is missing, and boxes 3 and 5 are possible."""
    folder = tmp_path_factory.mktemp("missing")
    home = folder / "home"
    succeeded(suksesi("policy", "add", pack_file(folder), home=home))
    mapping = write_small(folder / "agency", mapping=POLICY_MAPPING, **TABLES)
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=home))
    return home


def test_one_person_is_told_which_document_moves_the_box_and_to_where(home):
    told = succeeded(ask(home, "bob", "--json")).json
    assert told["boxes"] == [3, 5]
    (document,) = told["missing_record"]
    assert (document["kind"], document["reason"]) == ("appraisal", "missing")
    assert document["width_performance"] == document["surely_performance"] == 48
    # Of 12, 24, 36, 48 and 60 only the last is as expected.
    assert document["leads_to"] == [
        {"boxes": [3], "n_outcomes": 4},
        {"boxes": [5], "n_outcomes": 1},
    ]
    assert told["not_handed_in"] == []
    assert told["status"] == "reconstruction_unverified"
    assert "no officer has confirmed" in told["notice"]["en"]
    assert "readiness" not in told


def test_a_whole_dossier_has_nothing_open(home):
    assert succeeded(ask(home, "ann", "--json")).json["missing_record"] == []
    assert "no document of this person is open" in succeeded(ask(home, "ann")).out


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The possible boxes change in 5 of 5 outcomes; one box is left in 5."),
        ("id", "Kotak yang mungkin berubah pada 5 dari 5 hasil; tinggal satu kotak pada 5."),
    ],
)
def test_a_person_is_told_in_either_language(home, language, sentence):
    out = succeeded(ask(home, "bob", "--language", language)).out
    assert sentence in out
    assert ("no probability" in out) == (language == "en")


def test_officers_see_kinds_and_whose_matter_most(home):
    told = succeeded(ask(home, "--worst", "5", "--json")).json
    assert (told["people"], told["in_one_box"]) == (2, 1)
    (worst,) = told["worst"]
    assert (worst["person_id"], worst["boxes"], worst["kind"]) == ("bob", [3, 5], "appraisal")
    (kind,) = told["kinds"]
    assert (kind["kind"], kind["people"], kind["settles"]) == ("appraisal", 1, 1)
    out = succeeded(ask(home, "--worst", "5")).out
    assert "whose box it would settle: 1, could settle: 1." in out
    assert "bob (3, 5)" in out


@pytest.mark.parametrize("name", ["u1", "Harbour Office", "HO"])
def test_a_unit_holds_those_whose_present_post_is_in_it(home, name):
    # Bob acts, and holds no definitive post.
    told = succeeded(ask(home, "--unit", name, "--json")).json
    assert (told["people"], told["in_one_box"], told["worst"]) == (1, 1, [])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "give a person"),
        (("bob", "--worst", "3"), 2, "give a person"),
        (("nobody",), 1, "nobody of that id can be ranked"),
        (("--unit", "nowhere"), 1, "no unit is called that"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(home, arguments, code, told):
    done = ask(home, *arguments)
    assert done.code == code
    assert told in done.err
    assert "Traceback" not in done.err


@pytest.mark.xdist_group("ministers")
def test_without_a_nine_box_readiness_is_told_alone_and_no_paper_is_invented(
    ministers_home, ministers_exports
):
    day = ("--as-of", TRAINED_AS_OF)
    listed = suksesi("recommend", POST, *day, "--top", "1", "--json", home=ministers_home)
    (first,) = succeeded(listed).json["candidates"]
    person = first["person_id"]
    told = succeeded(suksesi("missing", person, POST, *day, "--json", home=ministers_home)).json
    assert told["pack"] is None
    assert "missing_record" not in told
    assert told["readiness"]["probability"] == first["readiness"]["probability"]
    # This record keeps no papers, so nobody has one that could stand in.
    assert told["readiness"]["papers"] == []
    refused = suksesi("missing", person, *day, home=ministers_home)
    assert refused.code == 1
    assert "nine-box" in refused.err
