"""A succession register: drafted from boxes, approved by a letter, kept in a chain, read by day."""

import fcntl
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import RegisterError
from features.policy.eligibility import eligibility
from features.policy.register import (
    approve,
    digest_of,
    draft_named,
    drafts,
    keep_draft,
    registers,
    spells,
    with_registers,
)
from features.policy.succession import (
    Boxed,
    Decision,
    Draft,
    Member,
    Run,
    Scope,
    Version,
    draft_of,
    give_way,
    in_force,
    last_day,
)
from features.tables.decisions import SuccessionGroup
from features.tables.record import Record, record_from_arrow
from features.tables.schema import known_by
from tests.lib.careers import rows
from tests.lib.succession import AS_OF, BOXES, PEOPLE, boxed_record, drafted, mapping, pack

ROOT = Path(__file__).parents[3]
LETTER = Decision(letter="12/2026", signed_by="Secretary", approved_on=date(2026, 2, 10))


def day(text: str) -> date:
    return date.fromisoformat(text)


def drawn(
    scope: Scope = "agency", agency: str = "small", as_of: date = AS_OF, **boxes: Any
) -> Draft:
    """A draft of people whose boxes are given: one, or several."""
    run = Run(
        agency=agency,
        snapshot="5" * 64,
        pack="boxes@1",
        pack_digest="9" * 64,
        pack_status="reconstruction_unverified",
        as_of=as_of,
    )
    people = tuple(
        Boxed(person_id=name, boxes=b if isinstance(b, tuple) else (b,))
        for name, b in sorted(boxes.items())
    )
    return Draft(scope=scope, run=run, from_boxes=(7, 8, 9), people=people)


def approved(
    home: Path,
    draft: Draft,
    *,
    on: str = "2026-02-10",
    valid: tuple[str, str] = ("2026-03-01", "2027-02-28"),
    **by_hand: dict[str, str],
) -> Version:
    """The next version; letters are numbered by their day."""
    decision = Decision(letter=f"letter of {on}", signed_by="Secretary", approved_on=day(on))
    first, last = map(day, valid)
    return approve(home, draft, decision, valid_from=first, valid_until=last, **by_hand)


def names(people: tuple[Boxed, ...] | tuple[Member, ...]) -> list[str]:
    return [one.person_id for one in people]


def members(rows_known: list[dict], on: date) -> list[str]:
    """Who is in the group on a day, by the spells that were known on it."""
    return sorted(
        {
            row["person_id"]
            for row in rows_known
            if row["from_recorded_on"] <= on
            and row["from_on"] <= on
            and not (
                row["until_on"] is not None
                and row["until_recorded_on"] is not None
                and row["until_recorded_on"] <= on
                and row["until_on"] < on
            )
        }
    )


def changes(version: Version) -> list[tuple]:
    return [(c.person_id, c.change, c.reason, c.boxes, c.why) for c in version.changes]


# -- drafts --------------------------------------------------------------------------------------


def test_a_draft_proposes_whose_every_box_is_one_of_the_scope():
    draft = drafted()
    assert {one.person_id: one.boxes for one in draft.people} == {
        name: boxes for name, (_rating, _rank, boxes) in PEOPLE.items()
    }
    assert draft.from_boxes == (7, 8, 9)
    assert names(draft.proposed) == ["ann", "bob", "fay"]
    assert names(draft.uncertain) == ["cid", "eve", "gus"]


def test_another_scope_has_boxes_of_its_own():
    draft = drafted("national")
    assert names(draft.proposed) == ["ann"]
    assert names(draft.uncertain) == ["cid", "eve", "gus"]


def test_a_draft_says_what_it_comes_from():
    run = drafted().run
    assert (run.agency, run.snapshot, run.as_of) == ("small", "5" * 64, AS_OF)
    assert (run.pack, run.pack_digest) == ("boxes@1", pack().digest)
    assert run.pack_status == "reconstruction_unverified"


def test_a_draft_knows_what_was_known_on_its_day():
    # Ratings of 2025 are recorded on 10 January: the day before, nobody has one.
    draft = drafted(as_of=date(2026, 1, 9))
    assert draft.proposed == ()
    assert "ann" in names(draft.uncertain)


def test_only_who_can_be_ranked_is_in_a_draft():
    record = boxed_record()
    posts = record.table("appointment").filter(ibis._["person_id"] != "ann")
    draft = draft_of(
        record.replaced("appointment", posts),
        pack(),
        mapping(),
        snapshot="5" * 64,
        as_of=AS_OF,
        scope="agency",
    )
    assert names(draft.people) == [name for name in PEOPLE if name != "ann"]
    assert names(draft.proposed) == ["bob", "fay"]


def test_a_day_on_which_nobody_can_be_ranked_is_refused():
    with pytest.raises(RegisterError, match="as of 2001-01-01: nobody can be ranked"):
        drafted(as_of=date(2001, 1, 1))


def test_a_pack_without_boxes_draws_no_group():
    from features.packs.pack import parse_pack

    without = parse_pack(BOXES.partition("nine_box:")[0], "boxes.yaml")
    with pytest.raises(RegisterError, match="boxes@1: draws no succession group.*nine_box"):
        draft_of(boxed_record(), without, mapping(), snapshot="5" * 64, as_of=AS_OF, scope="agency")


def test_a_draft_is_found_by_its_digest_and_by_how_that_begins(tmp_path: Path):
    draft = drawn(ann=9)
    path = keep_draft(tmp_path, draft)
    assert path == tmp_path / "registers" / "drafts" / f"{digest_of(draft)}.json"
    assert draft_named(tmp_path, path.stem) == draft_named(tmp_path, path.stem[:8]) == draft
    assert drafts(tmp_path) == {path.stem: draft}
    before = path.read_bytes()
    assert keep_draft(tmp_path, draft) == path
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "0a1b2c3", "0" * 64, "../../etc", "*", "zzzzzzzz"])
def test_what_names_no_draft_is_told(tmp_path: Path, name: str):
    keep_draft(tmp_path, drawn(ann=9))
    with pytest.raises(RegisterError, match="is no draft.*suksesi register draft"):
        draft_named(tmp_path, name)


def test_a_changed_draft_is_refused(tmp_path: Path):
    path = keep_draft(tmp_path, drawn(ann=9, bob=5))
    path.write_text(path.read_text().replace("5\n", "9\n"))
    with pytest.raises(RegisterError, match=f"{path}: the draft was changed"):
        draft_named(tmp_path, path.stem)
    with pytest.raises(RegisterError, match="the draft was changed"):
        drafts(tmp_path)


# -- approval ------------------------------------------------------------------------------------


def test_a_version_says_what_was_decided(tmp_path: Path):
    draft = drawn(ann=9, bob=(5, 8), cid=5)
    version = approved(tmp_path, draft)
    assert (version.number, version.scope, version.previous) == (1, "agency", None)
    assert version.draft == digest_of(draft)
    assert version.run == draft.run
    assert version.decision.letter == "letter of 2026-02-10"
    assert (version.valid_from, version.valid_until) == (day("2026-03-01"), day("2027-02-28"))
    assert registers(tmp_path) == (version,)


def test_nobody_comes_in_by_a_box_that_is_only_possible(tmp_path: Path):
    version = approved(tmp_path, drawn(ann=9, bob=(5, 8), cid=5, dan=(7, 8)))
    assert names(version.members) == ["ann", "dan"]


def test_people_come_in_and_go_out_by_hand_with_the_reason(tmp_path: Path):
    version = approved(
        tmp_path,
        drawn(ann=9, bob=(5, 8), cid=5, dan=8),
        put_in={"bob": "Rated by letter 3", "cid": "Study leave counted"},
        keep_out={"dan": "Asked to be left out"},
    )
    assert [(m.person_id, m.boxes, m.why) for m in version.members] == [
        ("ann", (9,), None),
        ("bob", (5, 8), "Rated by letter 3"),
        ("cid", (5,), "Study leave counted"),
    ]
    assert [(m.person_id, m.boxes, m.why) for m in version.kept_out] == [
        ("dan", (8,), "Asked to be left out")
    ]
    assert changes(version) == [
        ("ann", "in", "box", (9,), None),
        ("bob", "in", "stated", (5, 8), "Rated by letter 3"),
        ("cid", "in", "stated", (5,), "Study leave counted"),
    ]


def test_a_version_tells_what_changed_against_the_one_before(tmp_path: Path):
    first = drawn(ann=9, bob=8, cid=7, dan=8, eve=5, fay=9, hal=8)
    approved(tmp_path, first, put_in={"eve": "A reason"})
    second = drawn(ann=9, bob=5, cid=(5, 8), dan=8, eve=5, gus=9, hal=8)
    version = approved(
        tmp_path,
        second,
        on="2027-02-01",
        valid=("2027-03-01", "2028-02-29"),
        keep_out={"dan": "On leave"},
    )
    assert version.number == 2
    assert names(version.members) == ["ann", "gus", "hal"]
    assert changes(version) == [
        ("bob", "out", "box", (5,), None),
        ("cid", "out", "box", (5, 8), None),
        ("dan", "out", "stated", (8,), "On leave"),
        # Put in by hand the last time, and not this time.
        ("eve", "out", "box", (5,), None),
        # Cannot be ranked any more.
        ("fay", "out", "pool", (), None),
        ("gus", "in", "box", (9,), None),
    ]


def test_who_left_the_pool_can_be_kept_out_with_a_reason(tmp_path: Path):
    approved(tmp_path, drawn(ann=9, bob=9))
    version = approved(
        tmp_path,
        drawn(ann=9),
        on="2027-02-01",
        valid=("2027-03-01", "2028-02-29"),
        keep_out={"bob": "Retired"},
    )
    assert changes(version) == [("bob", "out", "stated", (), "Retired")]


def test_scopes_are_numbered_apart(tmp_path: Path):
    approved(tmp_path, drawn(ann=9))
    version = approved(tmp_path, drawn("national", ann=9), valid=("2026-02-15", "2026-12-31"))
    assert (version.number, version.previous) == (1, None)
    assert [(v.scope, v.number) for v in registers(tmp_path)] == [("agency", 1), ("national", 1)]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "ends before it begins": (
        {"valid": ("2026-03-01", "2026-02-28")},
        "valid until 2026-02-28: lies before 2026-03-01, the first day",
    ),
    "begins before the run": (
        {"valid": ("2026-01-30", "2026-12-31")},
        "valid from 2026-01-30: lies before 2026-01-31, the day of the draft's run",
    ),
    "approved before the run": (
        {"on": "2026-01-30"},
        "approved on 2026-01-30: lies before 2026-01-31",
    ),
    "over before it is approved": (
        {"on": "2027-03-01"},
        "valid until 2027-02-28: lies before 2027-03-01, the day of the approval",
    ),
    "unknown person put in": (
        {"put_in": {"bob": "Rated", "zoe": "Rated"}},
        "person to be put in, number 2: is unknown to the draft",
    ),
    "unknown person kept out": (
        {"keep_out": {"zoe": "Gone"}},
        "person to be kept out, number 1: would not be in anyway, or is unknown",
    ),
    "kept out without being proposed": (
        {"keep_out": {"cid": "Gone"}},
        "person to be kept out, number 1: would not be in anyway",
    ),
    "put in though proposed": (
        {"put_in": {"ann": "Good"}},
        "person to be put in, number 1: is proposed by the box already",
    ),
    "put in and kept out": (
        {"put_in": {"bob": "Good"}, "keep_out": {"bob": "Bad"}},
        "person to be put in, number 1: is to be kept out as well",
    ),
    "put in without a reason": (
        {"put_in": {"bob": " "}},
        "person to be put in, number 1: has no reason",
    ),
    "kept out without a reason": (
        {"keep_out": {"ann": ""}},
        "person to be kept out, number 1: has no reason",
    ),
}


@pytest.mark.parametrize(("given", "found"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    tmp_path: Path, given: dict[str, Any], found: str
):
    with pytest.raises(RegisterError, match=found) as caught:
        approved(tmp_path, drawn(ann=9, bob=(5, 8), cid=5), **given)
    assert not {"ann", "bob", "cid", "zoe"} & set(str(caught.value).split())
    assert registers(tmp_path) == ()


@pytest.mark.parametrize(("letter", "by", "found"), [(" ", "S", "letter"), ("1", "", "signed by")])
def test_an_empty_letter_or_office_is_refused(tmp_path: Path, letter: str, by: str, found: str):
    decision = Decision(letter=letter, signed_by=by, approved_on=LETTER.approved_on)
    with pytest.raises(RegisterError, match=f"{found}: is empty"):
        approve(
            tmp_path,
            drawn(ann=9),
            decision,
            valid_from=day("2026-03-01"),
            valid_until=day("2027-02-28"),
        )


@pytest.mark.parametrize(
    ("given", "agency", "found"),
    [
        (
            {"on": "2026-02-10", "valid": ("2026-03-01", "2028-01-01")},
            "small",
            "does not lie after",
        ),
        ({"on": "2026-02-09", "valid": ("2027-03-01", "2028-01-01")}, "small", "lies before"),
        ({"on": "2026-02-10", "valid": ("2027-03-01", "2028-01-01")}, "other", "agency 'other'"),
    ],
)
def test_a_version_follows_the_one_before_it(tmp_path: Path, given: dict, agency: str, found: str):
    approved(tmp_path, drawn(ann=9))
    with pytest.raises(RegisterError, match=found):
        approved(tmp_path, drawn(ann=9, agency=agency), **given)
    assert len(registers(tmp_path)) == 1


def test_two_approvals_do_not_mix(tmp_path: Path):
    with (tmp_path / "registers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RegisterError, match="somebody else is writing"):
            approved(tmp_path, drawn(ann=9))
        with pytest.raises(RegisterError, match="somebody else is writing"):
            keep_draft(tmp_path, drawn(ann=9))
    assert approved(tmp_path, drawn(ann=9)).number == 1


# -- the chain -----------------------------------------------------------------------------------


def chain(home: Path, n: int = 3) -> Path:
    """Some versions of a scope, a year each; the folder that they are in."""
    for year in range(2026, 2026 + n):
        approved(
            home,
            drawn(ann=9, bob=8),
            on=f"{year}-02-10",
            valid=(f"{year}-03-01", f"{year + 1}-02-28"),
        )
    return home / "registers" / "agency"


def test_each_version_holds_the_hash_of_its_content_and_of_the_one_before(tmp_path: Path):
    folder = chain(tmp_path)
    held = [json.loads((folder / f"000{n}.json").read_text()) for n in (1, 2, 3)]
    assert [one["content"]["previous"] for one in held] == [
        None,
        held[0]["sha256"],
        held[1]["sha256"],
    ]
    assert held[0]["sha256"] == digest_of(registers(tmp_path)[0])
    assert (folder / "newest").read_text() == f"3 {held[2]['sha256']}\n"


def test_an_earlier_version_stays_as_it_is(tmp_path: Path):
    folder = chain(tmp_path, 1)
    before = (folder / "0001.json").read_bytes()
    approved(tmp_path, drawn(bob=9), on="2026-06-01", valid=("2026-07-01", "2027-06-30"))
    assert (folder / "0001.json").read_bytes() == before


def test_keys_are_sorted_and_nothing_but_ids_tells_of_people(tmp_path: Path):
    text = (chain(tmp_path, 1) / "0001.json").read_text()
    held = json.loads(text)
    assert text == json.dumps(held, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert set(held["content"]["members"][0]) == {"person_id", "boxes", "why"}


def edited(folder: Path, name: str, change: Callable[[dict], None]) -> None:
    """Change a version and make its hash fit again."""
    from features.policy.register import _canonical, _digest

    held = json.loads((folder / name).read_text())
    change(held["content"])
    held["sha256"] = _digest(_canonical(held["content"]))
    (folder / name).write_text(_canonical(held))


def without_bob(content: dict) -> None:
    content["members"] = [m for m in content["members"] if m["person_id"] != "bob"]


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte": (
        lambda f: (f / "0002.json").write_text(
            (f / "0002.json").read_text().replace("Secretary", "Secretari")
        ),
        "0002.json: the version was changed",
    ),
    "a blank": (
        lambda f: (f / "0003.json").write_text((f / "0003.json").read_text() + "\n"),
        "0003.json: the version was changed",
    ),
    "half a file": (
        lambda f: (f / "0002.json").write_text((f / "0002.json").read_text()[:200]),
        "0002.json: the version was changed",
    ),
    "an empty file": (
        lambda f: (f / "0003.json").write_bytes(b""),
        "0003.json: the version was changed",
    ),
    "no text": (
        lambda f: (f / "0003.json").write_bytes(b"\xff\xfe"),
        "0003.json: the version was changed",
    ),
    "other JSON": (
        lambda f: (f / "0001.json").write_text("[1]\n"),
        "0001.json: the version was changed",
    ),
    "content and hash of an earlier one": (
        lambda f: edited(f, "0001.json", without_bob),
        "0002.json: does not follow the version before it",
    ),
    "content and hash of the newest one": (
        lambda f: edited(f, "0003.json", without_bob),
        "0003.json: is not the version that was approved",
    ),
    "one taken away in the middle": (
        lambda f: (f / "0002.json").unlink(),
        "0002.json: a version is missing",
    ),
    "the first one taken away": (
        lambda f: (f / "0001.json").unlink(),
        "0001.json: a version is missing",
    ),
    "the newest one taken away": (
        lambda f: (f / "0003.json").unlink(),
        "0003.json: a version is missing",
    ),
    "all taken away but the name": (
        lambda f: [path.unlink() for path in f.glob("*.json")],
        "0001.json: a version is missing",
    ),
    "the name of the newest": (
        lambda f: (f / "newest").write_text("3 abc\n"),
        "newest: the file was changed",
    ),
    "the name taken away": (
        lambda f: (f / "newest").unlink(),
        "newest: the file is missing",
    ),
    "one copied over another": (
        lambda f: (f / "0003.json").write_bytes((f / "0002.json").read_bytes()),
        "0003.json: holds version 2",
    ),
}


@pytest.mark.parametrize(("tamper", "found"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_is_caught_and_nothing_is_approved_upon_it(
    tmp_path: Path, tamper: Callable[[Path], object], found: str
):
    folder = chain(tmp_path)
    tamper(folder)
    with pytest.raises(RegisterError, match=found):
        registers(tmp_path)
    with pytest.raises(RegisterError, match=found):
        with_registers(boxed_record(), tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RegisterError, match=found):
        approved(tmp_path, drawn(ann=9), on="2030-02-01", valid=("2030-03-01", "2031-03-01"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_of_another_scope_is_refused(tmp_path: Path):
    folder = chain(tmp_path, 1)
    other = tmp_path / "registers" / "national"
    other.mkdir()
    (other / "0001.json").write_bytes((folder / "0001.json").read_bytes())
    with pytest.raises(RegisterError, match="holds version 1 of scope agency"):
        registers(tmp_path)


def test_an_approval_that_is_killed_leaves_no_half_version(tmp_path: Path):
    before = tmp_path / "before"
    keep_draft(before, drawn(ann=9))
    approved(before, drawn(ann=9), on="2026-02-01", valid=("2026-03-01", "2027-02-28"))
    # As an approval left it that died just before the last step.
    (before / "registers" / "agency" / "newest").unlink()
    workspace = tmp_path / "rounds"
    workspace.mkdir()
    command = [sys.executable, "-m", "tests.lib.killed_approval", before, workspace]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    old, new = ["letter of 2026-02-01"], ["letter of 2026-02-01", "2027"]
    assert told["whole"] == new
    renames = [n for n, event in enumerate(told["events"], start=1) if event == "os.rename"]
    assert len(renames) == 3  # the name of the first version, the second version, its name
    assert len(told["rounds"]) > 8
    assert all(one["killed"] for one in told["rounds"])
    left = [one["left"] for one in told["rounds"]]
    turn = renames[1]
    assert left == [old] * turn + [new] * (len(left) - turn)
    for one in told["rounds"]:
        n = len(one["left"]) + 1
        assert one["next"] == [*one["left"], str(2025 + n)]
        assert one["there"] == [*(f"{i:04d}.json" for i in range(1, n + 1)), "newest"]


# -- who is in force on a day --------------------------------------------------------------------


def test_without_versions_there_are_no_spells():
    frame = spells([])
    assert list(frame.columns) == list(SuccessionGroup.columns)
    assert frame.empty


def spell_rows(home: Path) -> list[dict]:
    frame = spells(registers(home))
    days = [name for name in frame.columns if name.endswith("_on")]
    for name in days:
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    return frame.to_dict("records")


def test_a_later_version_ends_the_earlier_one_on_its_eve_as_known_from_its_approval(
    tmp_path: Path,
):
    approved(tmp_path, drawn(ann=9, bob=9))
    approved(tmp_path, drawn(ann=9), on="2026-08-20", valid=("2026-09-01", "2027-08-31"))
    assert spell_rows(tmp_path) == rows(
        """
        person_id | scope  | from_on    | from_recorded_on | until_on   | until_recorded_on
        ann       | agency | 2026-03-01 | 2026-02-10       | 2026-08-31 | 2026-08-20
        bob       | agency | 2026-03-01 | 2026-02-10       | 2026-08-31 | 2026-08-20
        ann       | agency | 2026-09-01 | 2026-08-20       | 2027-08-31 | 2026-08-20
        """
    )


def test_a_version_that_had_run_out_ended_of_itself(tmp_path: Path):
    approved(tmp_path, drawn(ann=9), valid=("2026-03-01", "2026-12-31"))
    # Dated back: nobody knew of it while the first one was in force.
    approved(tmp_path, drawn(bob=9), on="2027-02-01", valid=("2026-06-01", "2027-12-31"))
    first, _second = spell_rows(tmp_path)
    assert (first["until_on"], first["until_recorded_on"]) == ("2026-12-31", "2026-02-10")


def met(record: Record, *days: str) -> dict[str, list[str] | str]:
    """By day, who meets the gate rule for the chief's post; else the one answer that all have."""
    pairs = pd.DataFrame({"as_of": pd.to_datetime(list(days))}).merge(
        pd.DataFrame({"person_id": list(PEOPLE)}), how="cross"
    )
    pairs = pairs.assign(post_id="head", route="succession_group")
    answers = eligibility(record, pack(), pairs).statuses
    found: dict[str, list[str] | str] = {}
    for on, rows_of_day in pairs.groupby("as_of"):
        of_day = answers[rows_of_day.index]
        members = rows_of_day.loc[of_day == "met", "person_id"].tolist()
        only = set(of_day) - {"met"}
        assert only <= {"not met"} if members else len(only) == 1
        found[str(on)[:10]] = members or only.pop()
    return found


def test_the_gate_reads_the_register_of_the_day(tmp_path: Path):
    approved(tmp_path, drawn(ann=9, bob=8))
    approved(tmp_path, drawn(ann=9, cid=9), on="2026-08-20", valid=("2026-09-01", "2027-08-31"))
    expected = {
        "2026-02-28": "needs checking",  # approved, and not begun
        "2026-03-01": ["ann", "bob"],
        "2026-08-31": ["ann", "bob"],  # the last day of the first version
        "2026-09-01": ["ann", "cid"],
        "2027-08-31": ["ann", "cid"],  # the last day of the second one
        "2027-09-01": "needs checking",  # nobody is in force: that says nothing of anybody
    }
    assert met(with_registers(boxed_record(), tmp_path), *expected) == expected


def test_a_version_that_is_dated_back_is_known_from_its_approval(tmp_path: Path):
    approved(tmp_path, drawn(ann=9), on="2026-04-01", valid=("2026-03-01", "2027-02-28"))
    approved(tmp_path, drawn(bob=9), on="2026-10-01", valid=("2026-08-01", "2027-07-31"))
    expected = {
        "2026-03-31": "needs checking",  # begun, and approved only tomorrow
        "2026-04-01": ["ann"],
        "2026-09-30": ["ann"],  # a version that began in August is not known yet
        "2026-10-01": ["bob"],
    }
    assert met(with_registers(boxed_record(), tmp_path), *expected) == expected


def test_another_scope_is_not_that_of_the_rule(tmp_path: Path):
    approved(tmp_path, drawn("national", ann=9))
    found = met(with_registers(boxed_record(), tmp_path), "2026-06-01")
    assert found == {"2026-06-01": "needs checking"}


VERSIONS = st.lists(
    st.tuples(
        st.integers(1, 30),  # days from one first day to the next
        st.integers(0, 40),  # how long
        st.integers(-20, 20),  # approved so many days after the first day
        st.sets(st.sampled_from("abc"), min_size=1),
    ),
    min_size=1,
    max_size=4,
)


def versions_of(told: list[tuple[int, int, int, set[str]]]) -> list[Version]:
    """Versions that could have been approved one after the other."""
    found: list[Version] = []
    first, approved_on = day("2026-03-01"), day("2026-02-01")
    for number, (step, length, late, members) in enumerate(told, start=1):
        first += timedelta(days=step)
        approved_on = max(approved_on, first + timedelta(days=late))
        found.append(
            Version(
                number=number,
                scope="agency",
                previous=None,
                draft="",
                run=drawn(ann=9).run,
                from_boxes=(9,),
                decision=Decision(letter="1", signed_by="S", approved_on=approved_on),
                valid_from=first,
                valid_until=max(first + timedelta(days=length), approved_on),
                members=tuple(Member(person_id=name, boxes=(9,)) for name in sorted(members)),
                kept_out=(),
                changes=(),
            )
        )
    return found


@settings(max_examples=60, deadline=None)
@given(VERSIONS)
def test_spells_and_the_version_in_force_tell_the_same_on_every_day(told):
    versions = versions_of(told)
    table = [
        {name: v.date() if isinstance(v, pd.Timestamp) else v for name, v in row.items()}
        for row in spells(versions).to_dict("records")
    ]
    for n in range(220):
        on = day("2026-02-01") + timedelta(days=n)
        version = in_force(versions, "agency", on)
        assert members(table, on) == (names(version.members) if version else [])
        if version:
            assert version.valid_from <= on <= last_day(version, versions, on)


def test_the_last_day_of_a_version_is_told_as_known_on_the_day(tmp_path: Path):
    approved(tmp_path, drawn(ann=9))
    approved(tmp_path, drawn(ann=9), on="2026-08-20", valid=("2026-09-01", "2027-08-31"))
    versions = registers(tmp_path)
    assert last_day(versions[0], versions, day("2026-08-19")) == day("2027-02-28")
    assert last_day(versions[0], versions, day("2026-08-20")) == day("2026-08-31")
    assert last_day(versions[1], versions, day("2026-08-20")) == day("2027-08-31")


# -- the record ----------------------------------------------------------------------------------


def test_a_record_without_registers_is_the_same_object(tmp_path: Path):
    record = boxed_record()
    assert with_registers(record, tmp_path) is record
    assert list(tmp_path.iterdir()) == []
    keep_draft(tmp_path, drawn(ann=9))
    assert with_registers(record, tmp_path) is record


def test_registers_are_held_though_the_agency_has_no_such_table(tmp_path: Path):
    record = record_from_arrow({}, (SuccessionGroup,))
    assert not record.holds("succession_group")
    approved(tmp_path, drawn(ann=9))
    both = with_registers(record, tmp_path)
    assert both.holds("succession_group")
    assert both.table("succession_group").count().execute() == 1


def exported(told: list[tuple]) -> ibis.Table:
    """Rows of the agency's own exports, in the order of the columns of the table."""
    frame = pd.DataFrame(told, columns=list(SuccessionGroup.columns), dtype=object)
    for name, column in SuccessionGroup.columns.items():
        if column.type == "date":
            frame[name] = pd.to_datetime(frame[name])
    return ibis.memtable(frame).cast(SuccessionGroup.ibis_schema())


def with_exports(home: Path, drawn_rows: str) -> Record:
    """The record with exported spells, and the registers of a home in their place."""
    told = [tuple(row[name] for name in SuccessionGroup.columns) for row in rows(drawn_rows)]
    return with_registers(boxed_record().replaced("succession_group", exported(told)), home)


def seen_spells(record: Record) -> list[tuple]:
    found = record.table("succession_group").to_pyarrow().to_pylist()
    told = [tuple(None if v is None else str(v) for v in row.values()) for row in found]
    return sorted(told, key=str)


HEAD = "person_id | scope | from_on | from_recorded_on | until_on | until_recorded_on\n"


def test_the_register_stands_in_place_of_the_exports_from_its_first_day(tmp_path: Path):
    approved(tmp_path, drawn(ann=9, bob=9, cid=9), keep_out={"cid": "On leave"})
    own = """\
        cid | agency   | 2025-01-01 | 2025-01-01 | -          | -
        dan | agency   | 2025-01-01 | 2025-01-01 | -          | -
        dan | agency   | 2026-03-01 | 2026-02-01 | -          | -
        ann | agency   | 2024-03-01 | 2024-02-01 | 2025-02-28 | 2025-02-28
        ann | agency   | 2026-03-01 | 2026-05-01 | -          | -
        eve | agency   | 2026-04-01 | 2026-02-01 | -          | -
        fay | national | 2026-04-01 | 2026-02-01 | -          | -
        """
    both = with_exports(tmp_path, HEAD + own)
    assert both.table("succession_group").schema() == SuccessionGroup.ibis_schema()
    assert seen_spells(both) == [
        ("ann", "agency", "2024-03-01", "2024-02-01", "2025-02-28", "2025-02-28"),
        ("ann", "agency", "2026-03-01", "2026-02-10", "2027-02-28", "2026-02-10"),
        ("bob", "agency", "2026-03-01", "2026-02-10", "2027-02-28", "2026-02-10"),
        ("cid", "agency", "2025-01-01", "2025-01-01", "2026-02-28", "2026-02-10"),
        ("dan", "agency", "2025-01-01", "2025-01-01", "2026-02-28", "2026-02-10"),
        ("fay", "national", "2026-04-01", "2026-02-01", None, None),
    ]
    expected = {
        "2026-02-09": ["cid", "dan"],
        "2026-02-28": ["cid", "dan"],  # approved, and not begun
        "2026-03-01": ["ann", "bob"],
        "2027-02-28": ["ann", "bob"],
        "2027-03-01": "needs checking",  # run out: the exports do not come back
    }
    assert met(both, *expected) == expected


def test_a_first_version_that_is_dated_back_leaves_the_days_before_its_approval(tmp_path: Path):
    approved(tmp_path, drawn(ann=9), on="2026-04-01", valid=("2026-03-01", "2027-02-28"))
    own = """\
        bob | agency | 2025-01-01 | 2025-01-01 | -          | -
        cid | agency | 2026-03-10 | 2026-03-05 | -          | -
        dan | agency | 2025-01-01 | 2025-01-01 | 2026-03-20 | 2026-03-15
        eve | agency | 2026-03-10 | 2026-04-01 | -          | -
        fay | agency | 2026-04-01 | 2026-03-01 | -          | -
        gus | agency | 2025-01-01 | 2025-01-01 | 2026-04-01 | 2026-03-15
        hal | agency | 2025-01-01 | 2025-01-01 | 2026-03-25 | 2026-05-01
        """
    both = with_exports(tmp_path, HEAD + own)
    assert [row for row in seen_spells(both) if row[0] != "ann"] == [
        ("bob", "agency", "2025-01-01", "2025-01-01", "2026-02-28", "2026-04-01"),
        ("cid", "agency", "2026-03-10", "2026-03-05", "2026-03-10", "2026-04-01"),
        ("dan", "agency", "2025-01-01", "2025-01-01", "2026-03-20", "2026-03-15"),
        ("gus", "agency", "2025-01-01", "2025-01-01", "2026-02-28", "2026-04-01"),
        ("hal", "agency", "2025-01-01", "2025-01-01", "2026-02-28", "2026-04-01"),
    ]
    expected = {
        "2026-03-09": ["bob", "dan", "gus", "hal"],
        "2026-03-20": ["bob", "cid", "dan", "gus", "hal"],
        "2026-03-31": ["bob", "cid", "gus", "hal"],
        "2026-04-01": ["ann"],
    }
    assert met(both, *expected) == expected


OFFSETS = st.integers(0, 120)
EXPORTS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        OFFSETS,  # first day
        OFFSETS,  # recorded
        st.none() | OFFSETS,  # how long
        st.none() | OFFSETS,  # the end recorded
    ),
    max_size=8,
    unique_by=lambda told: told[:2],
)


@settings(max_examples=60, deadline=None)
@given(VERSIONS, EXPORTS)
def test_an_approval_changes_nothing_about_the_days_before_it(told, exports):
    origin = day("2026-02-01")

    def later(n: int | None) -> date | None:
        return None if n is None else origin + timedelta(days=n)

    own = [
        (
            person,
            "agency",
            later(first),
            later(known),
            None if length is None else later(first + length),
            later(end_known),
        )
        for person, first, known, length, end_known in exports
    ]
    versions = versions_of(told)
    without = exported(own).to_pyarrow().to_pylist()
    before = without
    for n, newest in enumerate(versions, start=1):
        ours = [
            {name: v.date() if isinstance(v, pd.Timestamp) else v for name, v in row.items()}
            for row in spells(versions[:n]).to_dict("records")
        ]
        after = give_way(exported(own), versions[:n]).to_pyarrow().to_pylist() + ours
        assert all(r["until_on"] is None or r["until_on"] >= r["from_on"] for r in after)
        for on in (origin + timedelta(days=k) for k in range(260)):
            if on < newest.decision.approved_on:
                assert members(after, on) == members(before, on), on
            if on < versions[0].counts_from:
                assert members(after, on) == members(without, on), on
            else:  # the register alone says who is a member
                found = in_force(versions[:n], "agency", on)
                assert members(after, on) == (names(found.members) if found else []), on
        before = after


def test_a_record_with_registers_can_be_taken_apart_and_blanked(tmp_path: Path):
    approved(tmp_path, drawn(ann=9))
    both = with_registers(boxed_record(), tmp_path)
    assert both.apart().table("succession_group").count().execute() == 1
    known = known_by(SuccessionGroup, both.table("succession_group"), ibis.date(2026, 2, 9))
    assert known.count().execute() == 0
