"""Snapshots: the canonical tables of an agency as hashed Parquet files, swapped in whole.

The rule that must not break: whoever looks sees the old snapshot or the new one, complete, never a
mixture, wherever an ingest dies. A snapshot is written into a folder beside the others, synced,
renamed to the digest of its content, and only then named by the pointer, which is replaced in one
step. The same exports and the same mapping give the same bytes and the same digest: nothing in a
snapshot tells the time.

    SUKSESI_HOME/
    ├── ingest.lock             held while an ingest is at work
    ├── refused/                rejected rows of the last ingest that was refused
    └── snapshots/
        ├── current             digest of the snapshot in force
        └── <digest>/           <table>.parquet, quarantine.parquet, mapping.yaml, manifest.json
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.agencies.consistency import SNAPSHOT_TABLES
from features.agencies.mapping import Mapping, load_mapping
from features.errors import IntakeError, SnapshotError
from features.tables.record import Record, record_from_parquet

QUARANTINE = "quarantine.parquet"
MAPPING, MANIFEST, POINTER = "mapping.yaml", "manifest.json", "current"
_WORKSPACE = ".staging"
_REMEDY = "ingest the exports: suksesi ingest MAPPING.yaml --exports DIR"


@dataclass(frozen=True)
class Snapshot:
    """One state of the record of an agency.

    Parameters
    ----------
    digest : str
        SHA-256 of the manifest, 64 hexadecimal digits.
    folder : Path
    manifest : dict
        `agency`; `mapping`, its digest; `sources` and `tables`, rows read, accepted and rejected;
        `rejections`, counts by table, column, source and reason; `files`, SHA-256 of each file.
    mapping : Mapping
        The mapping that the exports were read with.
    """

    digest: str
    folder: Path
    manifest: dict[str, Any]
    mapping: Mapping

    def record(self) -> Record:
        """The canonical tables, on a connection of their own."""
        return record_from_parquet(self.folder, SNAPSHOT_TABLES)


@contextlib.contextmanager
def workspace(home: Path) -> Generator[Path]:
    """An empty folder in the file system of the snapshots, for one ingest at a time.

    What a killed ingest left behind is cleared away first.

    Raises
    ------
    IntakeError
        If another ingest is at work in this home.
    """
    snapshots = home / "snapshots"
    snapshots.mkdir(parents=True, exist_ok=True)
    with (home / "ingest.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IntakeError(
                "another ingest is at work", where=str(home), remedy="wait until it is done"
            ) from None
        for leftover in snapshots.glob(".*"):
            _remove(leftover)
        folder = snapshots / _WORKSPACE
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def keep(home: Path, folder: Path, *, mapping: Mapping, manifest: dict[str, Any]) -> Snapshot:
    """Make the files of a folder the snapshot in force.

    Parameters
    ----------
    home : Path
    folder : Path
        Holds the Parquet files and nothing else; inside the workspace.
    mapping : Mapping
        Its text is stored beside the tables.
    manifest : dict
        What there is to say about the snapshot; the hashes of the files are added here.
    """
    (folder / MAPPING).write_text(mapping.text, encoding="utf-8", newline="")
    files = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    text = json.dumps({**manifest, "files": files}, indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="")
    digest = hashlib.sha256(text.encode()).hexdigest()
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)
    snapshots = home / "snapshots"
    _put_in_place(folder, snapshots / digest, aside=snapshots / ".damaged")
    _sync(snapshots)
    pointer = snapshots / f".{POINTER}"
    pointer.write_text(digest, encoding="utf-8")
    _sync(pointer)
    pointer.replace(snapshots / POINTER)
    _sync(snapshots)
    return current_snapshot(home)


def current_snapshot(home: Path) -> Snapshot:
    """The snapshot in force, every file compared with its hash.

    Raises
    ------
    SnapshotError
        If there is none, or one of its files is absent or changed.
    """
    try:
        named = (home / "snapshots" / POINTER).read_bytes()
        digest = named.decode(errors="replace").strip()
    except FileNotFoundError:
        raise SnapshotError("there is no snapshot yet", where=str(home), remedy=_REMEDY) from None
    return snapshot(home, digest)


def snapshot(home: Path, digest: str) -> Snapshot:
    """The snapshot with a digest, every file compared with its hash.

    Raises
    ------
    SnapshotError
        If there is no such snapshot, or one of its files is absent or changed.
    """
    folder = home / "snapshots" / digest
    manifest = _intact_manifest(folder)
    return Snapshot(digest, folder, manifest, load_mapping(folder / MAPPING))


def keep_refused(home: Path, quarantine: Path) -> Path:
    """Keep the rejected rows of a refused ingest where the operator can look at them."""
    refused = home / "refused"
    refused.mkdir(exist_ok=True)
    return quarantine.replace(refused / quarantine.name)


def _intact_manifest(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / MANIFEST).read_bytes()
    except (OSError, ValueError):  # no such folder, or no name that a folder can have
        raise SnapshotError(
            "the snapshot is not there", where=str(folder), remedy=_REMEDY
        ) from None
    if hashlib.sha256(text).hexdigest() != folder.name:
        raise SnapshotError(
            "the manifest was changed", where=str(folder / MANIFEST), remedy=_REMEDY
        )
    manifest = json.loads(text)
    for name, expected in manifest["files"].items():
        path = folder / name
        if name == QUARANTINE and path.is_file() and not os.access(path, os.R_OK):
            continue  # of another account, such as that which serves: raw rows are not for it
        if not path.is_file() or _digest(path) != expected:
            state = "was changed" if path.is_file() else "is missing"
            raise SnapshotError(f"a file of the snapshot {state}", where=str(path), remedy=_REMEDY)
    return manifest


def _put_in_place(folder: Path, target: Path, *, aside: Path) -> None:
    """Rename a folder to its digest; the same snapshot, if it is there and whole, stays."""
    if target.exists():
        with contextlib.suppress(SnapshotError):
            _intact_manifest(target)
            return
        target.rename(aside)
    folder.rename(target)
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Ask the disk to have a file or folder before anything later."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
