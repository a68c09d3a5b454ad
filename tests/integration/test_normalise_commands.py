"""`suksesi normalise` as somebody at a terminal runs it, on an agency of two people."""

from pathlib import Path

import pytest

from tests.lib.command import Done, succeeded, suksesi
from tests.lib.corrected_agency import write_agency

SCHOOLS = """
    id,person,level,study,on
    s1,ann,bachelor,Tata Boga,1999-07-01
    s2,bob,diploma,TATA  boga,1999-07-01
    s3,bob,diploma,Hukm Pidana [sic],1999-07-01
    s4,bob,diploma,198001012005011001,1999-07-01
    """
SIGNED = ("--by", "Careers", "--why", "Known")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the agency in it, three of its texts unknown, one of them an identity."""
    folder = tmp_path_factory.mktemp("agency")
    mapping = write_agency(folder / "exports", schools=SCHOOLS)
    succeeded(suksesi("ingest", mapping, "--exports", folder / "exports", home=folder / "home"))
    return folder / "home"


def normalise(home: Path, *arguments: str | Path) -> Done:
    return suksesi("normalise", *arguments, home=home)


def test_a_text_goes_through_the_queue(home: Path):
    waiting = succeeded(normalise(home, "queue", "--json")).json["waiting"]
    assert [(one["vocabulary"], one["value"], one["rows"]) for one in waiting] == [
        ("study", "tata boga", 2),
        ("study", "hukm pidana [sic]", 1),
    ]
    assert waiting[1]["proposals"][0]["canonical"] == "law"
    assert 0 < waiting[1]["confidence"] < 0.6
    done = succeeded(normalise(home, "queue"))
    assert "2 values wait for a decision, in 3 rows" in done.out
    assert "1980" not in done.out + done.err
    told = succeeded(
        normalise(home, "decide", "study", "Tata Boga", "money", *SIGNED, "--json")
    ).json
    assert (told["number"], told["value"], told["canonical"]) == (1, "tata boga", "money")
    left = succeeded(normalise(home, "queue", "--vocabulary", "study", "--json")).json["waiting"]
    assert [one["value"] for one in left] == ["hukm pidana [sic]"]
    succeeded(normalise(home, "decide", "study", "hukm pidana [sic]", "--nothing", *SIGNED))
    assert "0 values wait" in succeeded(normalise(home, "queue")).out
    shown = succeeded(normalise(home, "show", "--vocabulary", "study", "--json")).json
    assert [(d["value"], d["canonical"], d["by"]) for d in shown["decisions"]] == [
        ("tata boga", "money", "Careers"),
        ("hukm pidana [sic]", None, "Careers"),
    ]
    assert list(shown["vocabularies"]) == ["study"]
    assert "[sic]" in succeeded(normalise(home, "show")).out
    succeeded(normalise(home, "undo", "study", "hukm pidana [sic]", *SIGNED))
    done = succeeded(normalise(home, "undo", "study", "TATA boga", *SIGNED))
    assert "undecided again" in done.out
    assert len(succeeded(normalise(home, "queue", "--json")).json["waiting"]) == 2


def test_a_vocabulary_is_evaluated(home: Path):
    told = succeeded(normalise(home, "evaluate", "study_field", "--json")).json
    own = [row for row in told["thresholds"] if row["threshold"] == told["threshold"]]
    assert len(own) == 1
    assert own[0]["right"] == own[0]["answered"]
    out = succeeded(normalise(home, "evaluate", "study")).out
    assert "0.6*" in out
    assert "*: the threshold of study" in out


def test_shipped_vocabularies_are_there_before_the_first_ingest(tmp_path: Path):
    told = succeeded(normalise(tmp_path, "show", "--json")).json
    assert {"study_field", "job_family", "course_kind"} <= set(told["vocabularies"])
    assert told["decisions"] == []
    succeeded(normalise(tmp_path, "decide", "study_field", "Ilmu Hukm", "hukum", *SIGNED))


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (("decide", "study", "Tata Boga", "money"), 2, "--by"),
        (("decide", "study", "Tata Boga", *SIGNED), 2, "--nothing"),
        (("decide", "study", "Tata Boga", "cooking", *SIGNED), 1, "no value 'cooking'"),
        (("decide", "cooking", "Tata Boga", "money", *SIGNED), 1, "no such vocabulary"),
        (("decide", "study", "198001012005011001", "money", *SIGNED), 1, "is not kept"),
        (("decide", "study", "x", "money", "--by", " ", "--why", "y"), 1, "by: is empty"),
        (("undo", "study", "never decided", *SIGNED), 1, "nothing is decided"),
        (("evaluate", "cooking"), 1, "no such vocabulary"),
        (("queue", "--vocabulary", "cooking"), 1, "no such vocabulary"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, arguments, code: int, found: str):
    done = normalise(home, *arguments)
    assert done.code == code
    assert found in " ".join(done.err.split())
    assert "198001012005011001" not in done.err


def test_there_is_no_queue_without_a_snapshot(tmp_path: Path):
    done = normalise(tmp_path, "queue")
    assert done.code == 1
    assert "no snapshot yet" in done.err
