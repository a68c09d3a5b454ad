"""The succession register (KRS) as files: drafts, and approved versions in a chain.

The rule that must not break: a version that was approved stays as it is, to the byte. Each carries
the SHA-256 of its content and of the version before; one that was damaged, edited or taken away is
refused by name, and nothing of its scope is read. Whoever looks sees a version whole or not at all,
wherever an approval dies.

    SUKSESI_HOME/
    ├── registers.lock          held while somebody writes
    └── registers/
        ├── drafts/<sha256>.json
        ├── agency/             one folder a scope
        │   ├── 0001.json       content and its SHA-256; 0002.json, ...
        │   └── newest          number and SHA-256 of the newest version
        └── national/

Chain and `newest` tell damage and careless edits; they are no signature: who rewrites every file of
a scope can rewrite the register.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Generator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ibis
from pydantic import ValidationError

from features.errors import RegisterError
from features.policy.succession import (
    SCOPES,
    Decision,
    Draft,
    Version,
    give_way,
    next_version,
    spells,
)
from features.tables.decisions import SuccessionGroup
from features.tables.record import Record
from features.tables.schema import OVERLAY

__all__ = [
    "approve",
    "digest_of",
    "draft_named",
    "drafts",
    "keep_draft",
    "registers",
    "spells",
    "with_registers",
]

REGISTERS, DRAFTS, NEWEST, LOCK = "registers", "drafts", "newest", "registers.lock"
_VERSION = re.compile(r"[0-9]{4,}\.json")
_DRAFT = re.compile(r"[0-9a-f]{8,64}")
_RESTORE = "put the file back from a backup"


def digest_of(content: Draft | Version) -> str:
    """SHA-256 of a draft, or of the content of a version, 64 hexadecimal digits."""
    return _digest(_canonical(content.model_dump(mode="json")))


def keep_draft(home: Path, draft: Draft) -> Path:
    """Write a draft under its digest; the same run gives the same file.

    Raises
    ------
    RegisterError
        If somebody else is writing to the registers of this home.
    """
    text = _canonical(draft.model_dump(mode="json"))
    path = home / REGISTERS / DRAFTS / f"{_digest(text)}.json"
    with _writing(home):
        _write(path, text)
    return path


def draft_named(home: Path, name: str) -> Draft:
    """A draft by its digest or the first eight digits or more of it.

    Raises
    ------
    RegisterError
        If there is none or several of that name, or the file was changed.
    """
    folder = home / REGISTERS / DRAFTS
    found = sorted(folder.glob(f"{name}*.json")) if _DRAFT.fullmatch(name) else []
    if len(found) != 1:
        raise RegisterError(
            "names several drafts" if found else "is no draft",
            where=f"draft {name!r}",
            expected="the digest of a draft, or its first eight digits or more",
            remedy="make one: suksesi register draft --as-of DATE --scope SCOPE",
        )
    return _read_draft(found[0])


def drafts(home: Path) -> dict[str, Draft]:
    """All drafts by digest.

    Raises
    ------
    RegisterError
        If one was changed.
    """
    files = sorted((home / REGISTERS / DRAFTS).glob("[0-9a-f]*.json"))
    return {path.stem: _read_draft(path) for path in files}


def approve(
    home: Path,
    draft: Draft,
    decision: Decision,
    *,
    valid_from: date,
    valid_until: date,
    put_in: Mapping[str, str] | None = None,
    keep_out: Mapping[str, str] | None = None,
) -> Version:
    """Make a draft the next version of its scope.

    Parameters
    ----------
    home : Path
    draft : Draft
    decision : Decision
        Letter, who signed, day of the approval.
    valid_from, valid_until : date
        First and last day. A version ends the one before it on the eve of its own first day.
    put_in, keep_out : mapping of str to str
        By id of the person, the stated reason.

    Returns
    -------
    Version

    Raises
    ------
    RegisterError
        If a date, a text or a person does not fit, an earlier version was changed, or somebody
        else is writing to the registers of this home.
    """
    with _writing(home):
        folder = home / REGISTERS / draft.scope
        earlier = _read_scope(folder)
        before, previous = earlier[-1] if earlier else (None, None)
        version = next_version(
            draft,
            before,
            decision,
            valid_from=valid_from,
            valid_until=valid_until,
            put_in=put_in,
            keep_out=keep_out,
            draft_digest=digest_of(draft),
            previous=previous,
        )
        if before is not None and previous is not None:
            # Where an approval died between a version and its name.
            _name_newest(folder, before.number, previous)
        _write(folder / f"{version.number:04d}.json", _file_text(version))
        _name_newest(folder, version.number, digest_of(version))
    return version


def registers(home: Path) -> tuple[Version, ...]:
    """All versions by scope and number, each compared with its hash and with the chain.

    Raises
    ------
    RegisterError
        If one is damaged, edited or missing.
    """
    scopes = (_read_scope(home / REGISTERS / scope) for scope in SCOPES)
    return tuple(version for kept in scopes for version, _digest_of_it in kept)


def with_registers(record: Record, home: Path) -> Record:
    """The record with the spells of the registers in place of those of its own exports.

    From the first day of the first version of a scope on, the register of that scope says who is a
    member, and the exports do not; before that day, and of a scope without a version, they do. An
    answer as of a day before an approval is what it was; see `give_way`. Without registers, the
    record itself is returned.

    Raises
    ------
    RegisterError
        If a version is damaged, edited or missing.
    """
    versions = registers(home)
    if not versions:
        return record
    ours = ibis.memtable(spells(versions)).cast(SuccessionGroup.ibis_schema())
    theirs = give_way(record.versions(SuccessionGroup.name), versions)
    overlay = {name: kind for name, kind in OVERLAY.items() if name in theirs.columns}
    ours = ours.mutate(**{name: ibis.null(kind) for name, kind in overlay.items()})
    columns = [*SuccessionGroup.columns, *overlay]
    rows = theirs.select(*columns).union(ours.select(*columns), distinct=True)
    return record.replaced(SuccessionGroup.name, rows)


@contextlib.contextmanager
def _writing(home: Path) -> Generator[None]:
    """One writer at a time."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RegisterError(
                "somebody else is writing to the registers",
                where=str(home),
                remedy="wait until it is done",
            ) from None
        yield


def _read_draft(path: Path) -> Draft:
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != path.stem:
        raise RegisterError(
            "the draft was changed",
            where=str(path),
            expected="a file whose name is the SHA-256 of what it holds",
            remedy="make it again: suksesi register draft",
        )
    return Draft.model_validate_json(text)


def _read_scope(folder: Path) -> list[tuple[Version, str]]:
    """The versions of a scope with their hashes, the first one first, the chain unbroken."""
    # Named before listed: an approval that comes in between adds a version and takes none away.
    named = _newest(folder)
    numbers = sorted(int(p.stem) for p in folder.glob("*.json") if _VERSION.fullmatch(p.name))
    kept: list[tuple[Version, str]] = []
    for number in range(1, max([*numbers, named[0] if named else 0], default=0) + 1):
        path = folder / f"{number:04d}.json"
        if number not in numbers:
            raise RegisterError("a version is missing", where=str(path), remedy=_RESTORE)
        version, digest = _read_version(path)
        _check_place(version, number, kept[-1][1] if kept else None, path)
        kept.append((version, digest))
    if named is None and len(kept) > 1:
        raise RegisterError("the file is missing", where=str(folder / NEWEST), remedy=_RESTORE)
    if named is not None and kept[named[0] - 1][1] != named[1]:
        raise RegisterError(
            "is not the version that was approved",
            where=str(folder / f"{named[0]:04d}.json"),
            expected=f"the content whose SHA-256 is in {folder / NEWEST}",
            remedy=_RESTORE,
        )
    return kept


def _newest(folder: Path) -> tuple[int, str] | None:
    """Number and digest of the newest version as named; None where none is."""
    path = folder / NEWEST
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    found = re.fullmatch(rb"([1-9][0-9]{0,8}) ([0-9a-f]{64})\n", text)
    if not found:
        raise RegisterError("the file was changed", where=str(path), remedy=_RESTORE)
    return int(found[1]), found[2].decode()


def _name_newest(folder: Path, number: int, digest: str) -> None:
    text = f"{number} {digest}\n"
    path = folder / NEWEST
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        _write(path, text)


def _read_version(path: Path) -> tuple[Version, str]:
    """A version whose content is what its hash says, and the hash."""
    changed = RegisterError(
        "the version was changed",
        where=str(path),
        expected="the bytes that were written when it was approved",
        remedy=_RESTORE,
    )
    try:
        text = path.read_text(encoding="utf-8")
        held: dict[str, Any] = json.loads(text)
        digest = _digest(_canonical(held["content"]))
        if held["sha256"] != digest or text != _canonical(held):
            raise changed
        return Version.model_validate(held["content"]), digest
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
        raise changed from None


def _check_place(version: Version, number: int, previous: str | None, path: Path) -> None:
    if (version.number, version.scope) != (number, path.parent.name):
        raise RegisterError(
            f"holds version {version.number} of scope {version.scope}",
            where=str(path),
            expected=f"version {number} of scope {path.parent.name}",
            remedy=_RESTORE,
        )
    if version.previous != previous:
        raise RegisterError(
            "does not follow the version before it",
            where=str(path),
            expected="the SHA-256 of that version, by which one of the two was changed",
            remedy=_RESTORE,
        )


def _file_text(version: Version) -> str:
    return _canonical({"content": version.model_dump(mode="json"), "sha256": digest_of(version)})


def _canonical(value: Any) -> str:
    """The one way in which a value is written."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Write a file beside its place, have the disk keep it, and only then put it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
