"""The identity store: ids that say nothing, events that stay, and nothing in the clear."""

import json
import sqlite3
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.errors import IdentityError
from features.identity.keys import Key
from features.identity.store import FILE, FOLDER, Identities, open_identities

ANN_NIP, BOB_NIP, OTHER_NIP = "197001012000011001", "198002022005022002", "197001012000011002"
HELD = [
    ("ann", "nip", ANN_NIP),
    ("ann", "name", "ANN OF ELSEWHERE"),
    ("bob", "nip", BOB_NIP),
    ("bob", "name", "BOB OF NOWHERE"),
]
SECRETS = ("ann", ANN_NIP, "ANN OF ELSEWHERE", "bob", BOB_NIP, "BOB OF NOWHERE")


@contextmanager
def opened(folder: Path, *, create: bool = False) -> Generator[Identities]:
    with open_identities(folder / "home", folder / "keys", create=create) as identities:
        yield identities


def file_of(folder: Path) -> Path:
    return folder / "home" / FOLDER / FILE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store that knows ann and bob."""
    with opened(tmp_path, create=True) as identities, identities.changing():
        identities.issue(["ann", "bob"])
        identities.hold(HELD)
    return tmp_path


def ids(folder: Path) -> dict[str, str]:
    with opened(folder) as identities:
        return identities.person_ids(["ann", "bob"])


def test_an_id_is_issued_once_and_says_nothing(folder: Path, tmp_path_factory):
    with opened(folder) as identities, identities.changing():
        again = identities.issue(["bob", "ann", "cid"])
    assert {name: again[name] for name in ("ann", "bob")} == ids(folder)
    assert len(set(again.values())) == 3
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in again.values())
    with opened(tmp_path_factory.mktemp("other"), create=True) as other, other.changing():
        assert set(other.issue(["ann", "bob"]).values()).isdisjoint(again.values())


def test_of_people_who_do_not_exist_the_ids_are_the_same_everywhere(tmp_path: Path):
    found = []
    for name in ("one", "other"):
        with opened(tmp_path / name, create=True) as identities, identities.changing():
            found.append(identities.issue(["x", "y"], simulated=True))
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 2


def test_an_alias_is_an_id_of_the_source_or_a_nip_old_or_new(folder: Path):
    ann = ids(folder)["ann"]
    with opened(folder) as identities, identities.changing():
        identities.hold([("ann", "nip", OTHER_NIP)])
        assert identities.person_ids([ANN_NIP, OTHER_NIP, "ann", "nobody", "ANN OF ELSEWHERE"]) == {
            ANN_NIP: ann,
            OTHER_NIP: ann,
            "ann": ann,
        }
        (known,) = identities.known_of(ann)
    assert (known.source_id, known.nips, known.former_nips) == ("ann", (OTHER_NIP,), (ANN_NIP,))
    assert (known.names, known.former_names) == (("ANN OF ELSEWHERE",), ())


def test_a_nip_of_two_people_is_nobodys_and_is_listed(folder: Path):
    with opened(folder) as identities, identities.changing():
        identities.issue(["eve"])
        identities.hold([("eve", "nip", ANN_NIP)])
        both = identities.person_ids(["ann", "eve"])
        assert identities.person_ids([ANN_NIP]) == {}
        assert identities.doubles() == [tuple(sorted(both.values()))]


def test_nothing_of_anybody_stands_in_the_files_in_the_clear(folder: Path):
    with opened(folder) as identities:
        identities.backup(folder / "backup")
    for path in (file_of(folder), folder / "backup", *(folder / "keys").iterdir()):
        content = path.read_bytes().lower()
        for secret in SECRETS:
            if len(secret) > 3:
                assert secret.lower().encode() not in content, path


def test_files_are_for_their_owner_only(folder: Path):
    with opened(folder) as identities:
        identities.backup(folder / "backup")
    (key,) = (folder / "keys").iterdir()
    for path in (file_of(folder), key, folder / "backup"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (file_of(folder).parent, folder / "keys"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


def test_a_merge_moves_everything_and_old_ids_lead_to_the_new_one(folder: Path):
    ann, bob = ids(folder).values()
    with opened(folder) as identities, identities.changing():
        identities.merge(bob, ann, "letter 1")
        assert identities.person_ids(["ann", "bob", BOB_NIP]) == dict.fromkeys(
            ["ann", "bob", BOB_NIP], ann
        )
        assert identities.present_id(bob) == ann
        assert [one.source_id for one in identities.known_of(bob)] == ["ann", "bob"]
        assert identities.issue(["bob"]) == {"bob": ann}
        with pytest.raises(IdentityError, match="was merged into another id before"):
            identities.merge(bob, ann, "again")
        with pytest.raises(IdentityError, match="merged with itself"):
            identities.merge(ann, ann, "with itself")


def test_a_split_undoes_a_merge_with_the_ids_of_before(folder: Path):
    before = ids(folder)
    with opened(folder) as identities, identities.changing():
        identities.merge(before["bob"], before["ann"], "letter 1")
        assert identities.split(before["ann"], 2, "letter 2") == before["bob"]
        assert [e.kind for e in identities.events(before["bob"])] == ["merge", "split"]
    assert ids(folder) == before


@pytest.mark.parametrize(("gone", "kept"), [("ann", "bob"), ("bob", "ann")])
@pytest.mark.parametrize("entry", [1, 2])
def test_whichever_entry_is_split_off_nobody_gets_the_id_of_another(
    folder: Path, gone: str, kept: str, entry: int
):
    before = ids(folder)
    with opened(folder) as identities, identities.changing():
        identities.merge(before[gone], before[kept], "letter 1")
        assert identities.split(before[kept], entry, "letter 2") == before[gone]
        assert {one: identities.present_id(one) for one in before.values()} == {
            one: one for one in before.values()
        }
    assert ids(folder) == before


@pytest.mark.parametrize("entry", [1, 2, 3])
def test_of_three_that_were_one_two_stay_together_under_an_id_of_theirs(folder: Path, entry: int):
    ids(folder)
    names = ["ann", "bob", "cid"]
    with opened(folder) as identities, identities.changing():
        before = identities.issue(names)
        identities.merge(before["cid"], before["bob"], "letter 1")
        identities.merge(before["bob"], before["ann"], "letter 2")
        identities.split(before["ann"], entry, "letter 3")
        after = identities.issue(names)
        parted = names[entry - 1]
        assert after[parted] == before[parted]
        (together,) = {after[name] for name in names if name != parted}
        assert together in {before[name] for name in names if name != parted}
        # An id that is nobody's any more leads to whoever its entry is now.
        assert {name: identities.present_id(before[name]) for name in names} == after


@pytest.mark.parametrize("entry", [0, 3, -1])
def test_there_is_no_split_without_an_entry(folder: Path, entry: int):
    ann, bob = ids(folder).values()
    with opened(folder) as identities, identities.changing():
        with pytest.raises(IdentityError, match="one id of a source only"):
            identities.split(ann, 1, "alone")
        identities.merge(bob, ann, "letter 1")
        with pytest.raises(IdentityError, match="no such id of a source"):
            identities.split(ann, entry, "beside")


def test_who_is_erased_is_gone_and_what_was_merged_with_them(folder: Path):
    ann, bob = ids(folder).values()
    with opened(folder) as identities, identities.changing():
        identities.issue(["cid"])
        identities.merge(bob, ann, "letter 1")
        identities.erase(ann, "request 3")
        for gone in (ann, bob):
            with pytest.raises(IdentityError, match="was erased"):
                identities.known_of(gone)
        assert identities.values() == []
        assert set(identities.person_ids(["ann", "bob", "cid", ANN_NIP])) == {"cid"}
    with sqlite3.connect(file_of(folder)) as database:
        counts = [database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("held",)]
    assert counts == [0]
    with opened(folder) as identities, identities.changing():
        assert identities.issue(["ann"])["ann"] not in (ann, bob)


def test_what_is_erased_is_overwritten_on_the_disk(folder: Path):
    with sqlite3.connect(file_of(folder)) as database:
        sealed = [bytes(row[0]) for row in database.execute("SELECT sealed FROM held")]
    assert all(one in file_of(folder).read_bytes() for one in sealed)
    with opened(folder) as identities, identities.changing():
        for person in ids(folder).values():
            identities.erase(person, "request")
    content = file_of(folder).read_bytes()
    assert not any(one in content for one in sealed)


def test_events_tell_when_who_and_why_and_nobody_can_take_one_back(folder: Path):
    ann, bob = ids(folder).values()
    with opened(folder) as identities, identities.changing():
        identities.merge(bob, ann, "letter 1")
        (event,) = identities.events(ann)
    assert (event.kind, event.person_id, event.other_id, event.why) == (
        "merge",
        bob,
        ann,
        "letter 1",
    )
    assert event.at.endswith("+00:00")
    assert event.account
    with sqlite3.connect(file_of(folder)) as database:
        for change in ("DELETE FROM event", "UPDATE event SET why = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="only added"):
                database.execute(change)


def test_a_change_that_fails_leaves_nothing(folder: Path):
    ann, bob = ids(folder).values()
    with opened(folder) as identities, pytest.raises(ZeroDivisionError), identities.changing():
        identities.merge(bob, ann, "letter 1")
        identities.issue(["eve"])
        raise ZeroDivisionError
    assert ids(folder) == {"ann": ann, "bob": bob}
    with opened(folder) as identities:
        assert identities.events() == []
        assert identities.person_ids(["eve"]) == {}


def test_two_cannot_change_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("features.identity.store._SECONDS_TO_WAIT", 0.01)
    with opened(folder) as one, opened(folder) as other, one.changing():
        with pytest.raises(IdentityError, match="somebody else is changing"), other.changing():
            pass
        assert other.person_ids(["ann"])


def test_a_new_key_opens_everything_and_the_old_one_nothing_but_backups(folder: Path):
    before = ids(folder)
    (key,) = (folder / "keys").iterdir()
    with opened(folder) as identities:
        identities.backup(folder / "backup")
        identities.rotate("yearly")
        assert identities.person_ids(["ann", BOB_NIP]) == {
            "ann": before["ann"],
            BOB_NIP: before["bob"],
        }
    old, new = json.loads(key.read_text())["keys"]
    assert ids(folder) == before
    with opened(folder) as identities:
        assert identities.known_of(before["ann"])[0].nips == (ANN_NIP,)
    file_of(folder).write_bytes((folder / "backup").read_bytes())
    assert ids(folder) == before
    with opened(folder) as identities:
        identities.rotate("again")
        assert identities.forget_retired_keys() == 2
    assert set(json.loads(key.read_text())["keys"]).isdisjoint({old, new})
    assert ids(folder) == before
    file_of(folder).write_bytes((folder / "backup").read_bytes())
    with pytest.raises(IdentityError, match="is not in the file"):
        ids(folder)


def test_a_rotation_that_is_stopped_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch):
    before = ids(folder)

    def stopped(*_: object) -> bytes:
        raise KeyboardInterrupt

    with opened(folder) as identities:
        monkeypatch.setattr(Key, "seal", stopped)
        with pytest.raises(KeyboardInterrupt):
            identities.rotate("yearly")
    monkeypatch.undo()
    assert ids(folder) == before


def test_a_token_is_of_the_store_and_stays_whatever_becomes_of_the_key(
    folder: Path, tmp_path: Path
):
    with opened(folder) as identities, identities.changing():
        token = identities.token_digest(ANN_NIP)
        assert identities.token_digest(BOB_NIP) != token
    with opened(folder) as identities:
        identities.rotate("yearly")
        identities.forget_retired_keys()
        assert identities.token_digest(ANN_NIP) == token
    with opened(folder) as identities:
        assert identities.token_digest(ANN_NIP) == token
        assert identities.token_digest(ANN_NIP, simulated=True) != token
    with opened(tmp_path / "other", create=True) as other:
        assert other.token_digest(ANN_NIP) != token
        # Nobody has it, and a seed gives the same bytes in every home.
        nobodys = other.token_digest(ANN_NIP, simulated=True)
    with opened(folder) as identities:
        assert identities.token_digest(ANN_NIP, simulated=True) == nobodys


def test_a_secret_of_tokens_that_was_made_in_vain_is_not_kept(folder: Path):
    with opened(folder) as identities:
        with pytest.raises(KeyboardInterrupt), identities.changing():
            in_vain = identities.token_digest(ANN_NIP)
            raise KeyboardInterrupt
        with identities.changing():
            kept = identities.token_digest(ANN_NIP)
    with opened(folder) as identities:
        assert identities.token_digest(ANN_NIP) == kept
    assert in_vain


def test_without_its_key_a_store_stays_shut_and_no_new_key_is_made(folder: Path):
    (key,) = (folder / "keys").iterdir()
    kept = key.read_bytes()
    key.unlink()
    for create in (False, True):
        with pytest.raises(IdentityError, match="is not there"), opened(folder, create=create):
            pass
    assert list((folder / "keys").iterdir()) == []
    for content in ("{}", "no json", '{"keys": []}', '{"keys": {"a": 1}}'):
        key.write_text(content)
        key.chmod(0o600)
        with pytest.raises(IdentityError), opened(folder):
            pass
    key.write_bytes(kept)
    assert ids(folder)


def test_a_key_that_others_may_read_is_refused(folder: Path):
    (key,) = (folder / "keys").iterdir()
    key.chmod(0o640)
    with pytest.raises(IdentityError, match="chmod 600"), opened(folder):
        pass


def test_a_key_under_the_home_is_refused(tmp_path: Path):
    home = tmp_path / "home"
    with (
        pytest.raises(IdentityError, match="outside SUKSESI_HOME"),
        open_identities(home, home / "keys", create=True),
    ):
        pass
    assert not home.exists()


def test_no_store_and_a_damaged_one_are_told_apart(folder: Path, tmp_path_factory):
    other = tmp_path_factory.mktemp("nothing")
    with pytest.raises(IdentityError, match="there is no identity store"), opened(other):
        pass
    file_of(folder).write_bytes(b"SQLite format 3\0 and then nothing")
    with pytest.raises(IdentityError, match="was damaged"), opened(folder, create=True):
        pass


def test_an_entry_put_elsewhere_does_not_open(folder: Path):
    """Who may write to the file cannot turn a name into a NIP."""
    with sqlite3.connect(file_of(folder)) as database:
        database.execute(
            "UPDATE held SET sealed = (SELECT sealed FROM held WHERE attribute = 'name' LIMIT 1) "
            "WHERE attribute = 'nip'"
        )
    ann = ids(folder)["ann"]
    with opened(folder) as identities, pytest.raises(IdentityError, match="cannot be opened"):
        identities.known_of(ann)


def test_a_backup_never_writes_over_a_file(folder: Path):
    target = folder / "backup"
    target.write_text("mine")
    with opened(folder) as identities, pytest.raises(IdentityError, match="is there already"):
        identities.backup(target)
    assert target.read_text() == "mine"
