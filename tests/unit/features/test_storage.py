"""A snapshot is whole and unchanged, or it is refused; the pointer moves last."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from features.agencies.mapping import Mapping, parse_mapping
from features.errors import IntakeError, SnapshotError
from features.storage import Snapshot, current_snapshot, keep, keep_refused, snapshot, workspace
from tests.lib.small_agency import MAPPING


@pytest.fixture
def mapping() -> Mapping:
    return parse_mapping(MAPPING, "small.yaml")


def stored(home: Path, mapping: Mapping, content: bytes = b"rows") -> Snapshot:
    with workspace(home) as space:
        folder = space / "snapshot"
        folder.mkdir()
        (folder / "person.parquet").write_bytes(content)
        return keep(home, folder, mapping=mapping, manifest={"agency": mapping.agency})


def test_a_snapshot_is_found_again(tmp_path: Path, mapping: Mapping):
    kept = stored(tmp_path, mapping)
    found = current_snapshot(tmp_path)
    assert found.digest == kept.digest
    assert found.folder == tmp_path / "snapshots" / kept.digest
    assert (found.folder / "person.parquet").read_bytes() == b"rows"
    assert found.mapping.text == mapping.text
    assert set(found.manifest["files"]) == {"mapping.yaml", "person.parquet"}


def test_no_snapshot_is_told_with_the_command_that_makes_one(tmp_path: Path):
    with pytest.raises(SnapshotError, match="there is no snapshot yet.*suksesi ingest"):
        current_snapshot(tmp_path)


@pytest.mark.parametrize("named", [b"\xff\xfe\x00", b"\x00", b"", b"no-such-snapshot"])
def test_a_pointer_that_names_no_snapshot_is_told(tmp_path: Path, named: bytes):
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "current").write_bytes(named)
    with pytest.raises(SnapshotError, match="the snapshot is not there"):
        current_snapshot(tmp_path)


def test_the_same_content_is_the_same_snapshot(tmp_path: Path, mapping: Mapping):
    assert stored(tmp_path / "a", mapping).digest == stored(tmp_path / "b", mapping).digest
    assert stored(tmp_path / "a", mapping).digest == stored(tmp_path / "a", mapping).digest


def test_an_older_snapshot_can_still_be_read(tmp_path: Path, mapping: Mapping):
    old, new = stored(tmp_path, mapping, b"old"), stored(tmp_path, mapping, b"new")
    assert current_snapshot(tmp_path).digest == new.digest
    assert (snapshot(tmp_path, old.digest).folder / "person.parquet").read_bytes() == b"old"


def test_nothing_but_snapshots_and_the_pointer_is_left(tmp_path: Path, mapping: Mapping):
    kept = stored(tmp_path, mapping)
    assert {p.name for p in (tmp_path / "snapshots").iterdir()} == {kept.digest, "current"}


@pytest.mark.parametrize(
    ("name", "damage", "found"),
    [
        ("person.parquet", b"r0ws", "person.parquet: a file of the snapshot was changed"),
        ("person.parquet", None, "person.parquet: a file of the snapshot is missing"),
        ("mapping.yaml", b"agency: other\n", "mapping.yaml: a file of the snapshot was changed"),
        ("manifest.json", b"{}", "the manifest was changed"),
        ("manifest.json", None, "the snapshot is not there"),
    ],
)
def test_damage_is_refused(tmp_path: Path, mapping: Mapping, name, damage, found):
    path = stored(tmp_path, mapping).folder / name
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    with pytest.raises(SnapshotError, match=found):
        current_snapshot(tmp_path)


def test_a_damaged_snapshot_is_mended_by_the_same_ingest(tmp_path: Path, mapping: Mapping):
    kept = stored(tmp_path, mapping)
    (kept.folder / "person.parquet").write_bytes(b"r0ws")
    assert stored(tmp_path, mapping).digest == kept.digest
    assert (kept.folder / "person.parquet").read_bytes() == b"rows"


def test_the_manifest_tells_no_time(tmp_path: Path, mapping: Mapping):
    manifest = json.loads((stored(tmp_path, mapping).folder / "manifest.json").read_text())
    assert set(manifest) == {"agency", "files"}


def test_leftovers_of_a_killed_ingest_are_cleared(tmp_path: Path):
    snapshots = tmp_path / "snapshots"
    for leftover in (".staging/snapshot", ".damaged"):
        (snapshots / leftover).mkdir(parents=True)
        (snapshots / leftover / "half.parquet").write_bytes(b"ha")
    (snapshots / ".current").write_bytes(b"0123")
    with workspace(tmp_path) as space:
        assert list(space.iterdir()) == []
        assert list(snapshots.iterdir()) == [space]


def test_a_workspace_is_cleared_when_its_ingest_fails(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), workspace(tmp_path) as space:
        (space / "half.parquet").write_bytes(b"ha")
        raise ZeroDivisionError
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_two_ingests_do_not_mix(tmp_path: Path):
    with workspace(tmp_path) as space:
        with pytest.raises(IntakeError, match="another ingest is at work"), workspace(tmp_path):
            pass
        assert space.is_dir()


def test_the_lock_holds_between_processes(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from features.storage import workspace\n"
        "try:\n    with workspace(Path(sys.argv[1])): pass\n"
        "except Exception as error: print(error.what)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with workspace(tmp_path):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "another ingest is at work"


def test_refused_rows_are_kept_apart(tmp_path: Path):
    with workspace(tmp_path) as space:
        rows = space / "quarantine.parquet"
        rows.write_bytes(b"bad rows")
        kept = keep_refused(tmp_path, rows)
    assert kept == tmp_path / "refused" / "quarantine.parquet"
    assert kept.read_bytes() == b"bad rows"
