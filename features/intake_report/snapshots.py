"""The snapshots that a home holds: which there are, and one by how its digest begins.

The rule that must not break: looking changes nothing, least of all which snapshot is in force.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.errors import SnapshotError, SuksesiError
from features.storage import MANIFEST, POINTER, Snapshot, snapshot

#: Fewest digits by which a snapshot may be named.
FEWEST = 4
_NAME = re.compile(rf"[0-9a-f]{{{FEWEST},64}}")
_FOLDER = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """A snapshot that is in the home.

    Parameters
    ----------
    digest : str
    is_in_force : bool
    stored_at : datetime
        When its manifest was written, as the file system has it: a copied home may say otherwise.
    damage : str or None
        Why it cannot be used; a file that was changed or lost, or a mapping that is refused now.
    agency : str or None
    rows : int or None
        Accepted rows of all tables.
    """

    digest: str
    is_in_force: bool
    stored_at: datetime
    damage: str | None
    agency: str | None
    rows: int | None


def digest_in_force(home: Path) -> str | None:
    """The digest that the pointer names; None where nothing was ingested yet."""
    try:
        return (home / "snapshots" / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def kept_snapshots(home: Path) -> list[Kept]:
    """Every snapshot of a home, the newest first; each file is compared with its hash."""
    in_force = digest_in_force(home)
    found = [_kept(home, digest, digest == in_force) for digest in _digests(home)]
    return sorted(found, key=lambda one: (-one.stored_at.timestamp(), one.digest))


def snapshot_named(home: Path, name: str | None = None) -> Snapshot:
    """The snapshot whose digest is or begins with a name; that in force if none is given.

    Raises
    ------
    SnapshotError
        If there is none or more than one, or one of its files is absent or changed.
    """
    if name is None:
        digest = digest_in_force(home)
        if digest is None:
            raise SnapshotError(
                "there is no snapshot yet",
                where=str(home),
                remedy="ingest the exports: suksesi ingest MAPPING.yaml --exports DIR",
            )
        return snapshot(home, digest)
    found = [d for d in _digests(home) if d.startswith(name)] if _NAME.fullmatch(name) else []
    if len(found) != 1:
        raise SnapshotError(
            f"names {len(found)} snapshots" if found else "is no snapshot",
            where=f"snapshot {name!r}",
            expected=f"a digest, or its first {FEWEST} digits or more if no other begins so",
            remedy="see them: suksesi snapshots list",
        )
    return snapshot(home, found[0])


def _digests(home: Path) -> list[str]:
    folder = home / "snapshots"
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(name for name in names if _FOLDER.fullmatch(name))


def _kept(home: Path, digest: str, is_in_force: bool) -> Kept:
    folder = home / "snapshots" / digest
    manifest = folder / MANIFEST
    stored = (manifest if manifest.exists() else folder).stat().st_mtime
    at = datetime.fromtimestamp(stored, UTC)
    try:
        one = snapshot(home, digest)
    except SuksesiError as error:
        return Kept(digest, is_in_force, at, error.what, None, None)
    rows = sum(count["accepted"] for count in one.manifest["tables"].values())
    return Kept(digest, is_in_force, at, None, one.manifest["agency"], rows)
