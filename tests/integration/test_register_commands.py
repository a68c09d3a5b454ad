"""`suksesi register` from draft to approval, as somebody at a terminal runs it."""

import shutil
from pathlib import Path

import pytest

from features.policy import commands_register
from features.policy.wording_packs import UNVERIFIED
from tests.lib.command import Done, succeeded
from tests.lib.command import suksesi as command
from tests.lib.small_agency import write_small
from tests.lib.succession import BOXES, FILES_WITH_BOXES, MAPPING_WITH_BOXES

TERM = ("--on", "2026-02-10", "--valid-from", "2026-03-01", "--valid-until", "2027-02-28")
LETTER = ("--letter", "800/12/2026", "--signed-by", "Secretary [of all]")


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the small agency, and the pack that it names."""
    folder = tmp_path_factory.mktemp("small")
    mapping = write_small(folder, mapping=MAPPING_WITH_BOXES, **FILES_WITH_BOXES)
    home = folder / "home"
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "boxes.yaml").write_text(BOXES, encoding="utf-8")
    succeeded(command("ingest", mapping, "--exports", folder, home=home))
    return home


@pytest.fixture
def home(ingested: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    return Path(shutil.copytree(ingested, tmp_path / "home"))


def drafted(home: Path, *more: str) -> Done:
    return command(
        "register", "draft", "--as-of", "2026-01-31", "--scope", "agency", *more, home=home
    )


def approved(home: Path, *more: str) -> Done:
    name = succeeded(drafted(home, "--json")).json["draft"]
    return command("register", "approve", name[:12], *LETTER, *TERM, *more, home=home)


def test_a_draft_proposes_and_shows_the_uncertain_ones(home: Path):
    told = succeeded(drafted(home, "--json")).json
    assert told["proposed"] == [
        {"person_id": "ann", "boxes": [9]},
        {"person_id": "bob", "boxes": [8]},
    ]
    assert told["uncertain"] == [{"person_id": "cid", "boxes": [6, 8, 9]}]
    assert (told["scope"], told["n_people"], told["from_boxes"]) == ("agency", 4, [7, 8, 9])
    assert (told["run"]["pack"], told["run"]["as_of"]) == ("boxes@1", "2026-01-31")
    assert told["unverified"] == UNVERIFIED.model_dump()
    assert Path(told["file"]).is_file()
    shown = succeeded(drafted(home)).out
    assert f"draft {told['draft'][:12]}: agency, as of 2026-01-31, boxes@1, boxes 7, 8, 9" in shown
    assert "2 proposed, 1 uncertain, of 4 who can be ranked" in shown
    assert UNVERIFIED.en in shown


def test_approval_makes_a_version_that_is_shown_while_it_is_in_force(home: Path):
    told = succeeded(
        approved(home, "--put-in", "cid=Letter 3 = rated", "--keep-out", "bob=On leave", "--json")
    ).json
    assert [(m["person_id"], m["why"]) for m in told["members"]] == [
        ("ann", None),
        ("cid", "Letter 3 = rated"),
    ]
    assert told["unverified"] == UNVERIFIED.model_dump()
    show = ("register", "show", "--json", "--as-of")
    before = succeeded(command(*show, "2026-02-28", home=home)).json
    assert before == {
        "as_of": "2026-02-28",
        "in_force": {"agency": None, "national": None},
        "exports": {
            "agency": {"members": 1, "count": True},
            "national": {"members": 0, "count": True},
        },
    }
    during = succeeded(command(*show, "2026-03-01", "--scope", "agency", home=home)).json
    version = during["in_force"]["agency"]
    assert version == {key: told[key] for key in told if key not in ("sha256", "kept_out_before")}
    assert version["posts"] == {
        "ann": {"post_class": "high", "title": "Chief"},
        "cid": {"post_class": "low", "title": "Clerk"},
    }
    assert during["exports"] == {"agency": {"members": 1, "count": False}}
    assert version["decision"]["letter"] == "800/12/2026"
    assert [c["person_id"] for c in version["changes"]] == ["ann", "cid"]
    after = succeeded(command(*show, "2027-03-01", home=home)).json
    assert after["in_force"] == {"agency": None, "national": None}
    # The register has run out, and still stands in their place.
    assert after["exports"]["agency"] == {"members": 1, "count": False}


def test_what_is_in_force_is_told_in_words(home: Path):
    done = succeeded(approved(home, "--put-in", "cid=Said [so]", "--keep-out", "bob=On leave"))
    shown = succeeded(command("register", "show", "--as-of", "2026-06-01", home=home)).out
    for text in (done.out, shown):
        assert "letter 800/12/2026, signed by Secretary [of all], approved on 2026-02-10" in text
        assert "in force from 2026-03-01 to 2027-02-28" in text
        assert "2 members, 1 kept out by hand" in text
        assert UNVERIFIED.en in text
        assert "Said [so]" in text
        assert "On leave" in text
        assert "Chief (high)" in text
    assert "national: no version is in force on 2026-06-01" in shown
    assert (
        "agency: members in force on 2026-06-01 by the agency's exports: 1; they do not count"
    ) in shown
    early = succeeded(command("register", "show", "--as-of", "2026-02-28", home=home)).out
    assert "in force on 2026-02-28 by the agency's exports: 1; they count" in early


def test_what_was_decided_by_hand_is_told_again_and_not_carried_over(home: Path):
    first = succeeded(drafted(home, "--json")).json
    assert first["by_hand_before"] is None
    assert "decided by hand" not in succeeded(drafted(home)).out
    out = ("--keep-out", "ann=Asked", "--keep-out", "bob=On leave")
    told = approved(home, "--put-in", "cid=Rated [late]", *out, "--json")
    assert succeeded(told).json["kept_out_before"] == []
    again = succeeded(drafted(home, "--json")).json
    assert again["draft"] == first["draft"]
    assert again["by_hand_before"] == {
        "version": 1,
        "kept_out": [
            {"person_id": "ann", "why": "Asked", "draft": "proposed"},
            {"person_id": "bob", "why": "On leave", "draft": "proposed"},
        ],
        "put_in": [{"person_id": "cid", "why": "Rated [late]", "draft": "uncertain"}],
    }
    shown = succeeded(drafted(home)).out
    assert "decided by hand in version 1, and not carried over: decide again" in shown
    assert "On leave" in shown
    term = ("--on", "2026-08-20", "--valid-from", "2026-09-01", "--valid-until", "2027-08-31")
    still = ("--keep-out", "ann=Asked again")
    command_line = ("register", "approve", first["draft"], *LETTER, *term, *still)
    other = Path(shutil.copytree(home, home.parent / "other"))
    in_json = succeeded(command(*command_line, "--json", home=other)).json
    assert [(m["person_id"], m["why"]) for m in in_json["kept_out_before"]] == [("bob", "On leave")]
    in_words = succeeded(command(*command_line, home=home)).out
    assert "notice: 1 kept out by hand in version 1, in now:" in in_words


def test_many_people_are_summed_up_unless_all_are_asked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(commands_register, "LISTED", 2)
    short, long = succeeded(drafted(home)).out, succeeded(drafted(home, "--all")).out
    assert "proposed by class of present post: high 1, without a definitive post 1" in short
    assert "uncertain by class of present post: low 1" in short
    assert "ann" not in short
    assert "ann" in long
    done = succeeded(approved(home, "--put-in", "cid=Rated", "--keep-out", "bob=On leave"))
    assert "everybody: suksesi register show --as-of 2026-03-01" in done.out
    summary = command("register", "show", "--as-of", "2026-06-01", "--summary", home=home)
    for text in (done.out, succeeded(summary).out):
        assert "members: by box 1, put in by hand 1" in text
        assert "members by class of present post: high 1, low 1" in text
        assert "came in: by box 1, by hand 1" in text
        assert "went out: nobody" in text
        assert not {"ann", "bob", "cid"} & set(text.replace("│", " ").split())
    full = succeeded(command("register", "show", "--as-of", "2026-06-01", home=home)).out
    assert {"ann", "bob", "cid"} <= set(full.replace("│", " ").split())


def test_the_register_is_shown_without_a_snapshot(home: Path):
    succeeded(approved(home))
    (home / "snapshots" / "current").unlink()
    done = succeeded(command("register", "show", "--as-of", "2026-06-01", "--json", home=home))
    assert done.json["in_force"]["agency"]["posts"] is None
    assert done.json["exports"]["agency"] == {"members": None, "count": False}
    assert "exports and present posts are left out" in done.err


def test_a_later_version_tells_who_came_and_went(home: Path):
    succeeded(approved(home, "--put-in", "cid=Rated"))
    name = succeeded(drafted(home, "--json")).json["draft"]
    term = ("--on", "2026-08-20", "--valid-from", "2026-09-01", "--valid-until", "2027-08-31")
    told = command("register", "approve", name, *LETTER, *term, "--json", home=home).json
    assert (told["number"], told["changes"]) == (
        2,
        [
            {
                "person_id": "cid",
                "change": "out",
                "reason": "box",
                "boxes": [6, 8, 9],
                "why": None,
            }
        ],
    )
    first = command("register", "show", "--as-of", "2026-08-31", "--json", home=home).json
    assert first["in_force"]["agency"]["last_day"] == "2026-08-31"
    assert first["in_force"]["agency"]["valid_until"] == "2027-02-28"
    shown = command("register", "show", "--as-of", "2026-08-31", home=home).out
    assert "to 2026-08-31 (ended by a later version; it said 2027-02-28)" in shown


def test_verify_tells_whether_the_chain_is_whole(home: Path):
    nothing = succeeded(command("register", "verify", "--json", home=home)).json
    assert nothing["scopes"]["agency"] == {"versions": 0, "newest": None}
    told = succeeded(approved(home, "--json")).json
    whole = succeeded(command("register", "verify", "--json", home=home)).json
    assert whole["scopes"]["agency"] == {"versions": 1, "newest": told["sha256"]}
    assert (whole["whole"], whole["drafts"]) == (True, 1)
    in_words = succeeded(command("register", "verify", home=home)).out
    assert f"agency: chain of 1, whole, newest {told['sha256'][:12]}" in in_words
    path = home / "registers" / "agency" / "0001.json"
    path.write_text(path.read_text().replace("800/12/2026", "801/12/2026"))
    for asked in ("verify", "show"):
        done = command("register", asked, home=home)
        assert done.code == 1
        assert f"{path}: the version was changed" in done.err.replace("\n", "")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (("--put-in", "cid"), "number 1 is not ID=WHY"),
        (("--put-in", "=why"), "number 1 is not ID=WHY"),
        (("--keep-out", "ann=a", "--keep-out", "ann=b"), "number 2 names a person again"),
    ],
)
def test_a_reason_that_is_not_one_is_wrong_usage(home: Path, more: tuple[str, ...], found: str):
    done = approved(home, *more)
    assert done.code == 2
    assert found in done.err


def test_what_does_not_fit_is_one_sentence(home: Path):
    done = approved(home, "--put-in", "zoe=Rated")
    assert (done.code, done.out) == (1, "")
    assert "person to be put in, number 1: is unknown to the draft" in done.err
    assert "zoe" not in done.err
    unknown = command("register", "approve", "0a1b2c3d", *LETTER, *TERM, home=home)
    assert unknown.code == 1
    assert "is no draft" in unknown.err


@pytest.mark.parametrize("as_of", ["2019-06-30", "2030-01-01"])
def test_a_day_without_a_pack_in_force_is_told_with_what_to_do(home: Path, as_of: str):
    done = command("register", "draft", "--as-of", as_of, "--scope", "agency", home=home)
    assert done.code == 1
    assert "no policy pack is in force" in done.err
    assert "`policy`" in done.err
    assert not (home / "registers").exists()


def test_a_home_without_a_snapshot_is_told(tmp_path: Path):
    done = drafted(tmp_path)
    assert done.code == 1
    assert "suksesi ingest" in done.err
