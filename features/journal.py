"""Journals: what people decide, entry behind entry, in a file that is only ever added to.

The rule that must not break: no entry is lost, changed or taken away in silence. Each carries the
SHA-256 of the one before it; a file beside names the newest. Whoever writes holds a lock and waits
for it, so that of two people who decide at the same time both are heard. Wherever a writer dies,
the journal is as it was before or holds the whole entry.

    SUKSESI_HOME/<folder>/
    ├── <name>.lock        held while somebody writes
    ├── <name>.jsonl       one entry a line
    └── <name>.newest      number and SHA-256 of the newest entry

Chain and `newest` tell damage and careless edits; they are no signature: who rewrites both files
can rewrite the journal.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.errors import JournalError

_RESTORE = "put the file back from a backup"
_NEWEST = re.compile(r"([1-9][0-9]{0,8}) ([0-9a-f]{64})\n")
#: Keys of a line beside what was decided.
_OWN = ("number", "at", "by", "why", "previous", "sha256")


@dataclass(frozen=True)
class Entry:
    """One thing that somebody decided.

    Parameters
    ----------
    number : int
        From 1, in the order of writing.
    at : str
        The moment of writing, in UTC, to the second.
    by, why : str
        Who decided, and for what reason.
    content : dict
        What was decided.
    sha256 : str
        Of the line without this value; the next entry repeats it.
    """

    number: int
    at: str
    by: str
    why: str
    content: dict[str, Any]
    sha256: str


class Journal:
    """A journal under a home.

    Parameters
    ----------
    home : Path
        ``SUKSESI_HOME``.
    folder, name : str
    """

    def __init__(self, home: Path, folder: str, name: str) -> None:
        self.path = home / folder / f"{name}.jsonl"
        self._lock = home / folder / f"{name}.lock"
        self._newest = home / folder / f"{name}.newest"

    def entries(self) -> tuple[Entry, ...]:
        """All entries, each compared with its hash and with the one before it.

        Raises
        ------
        JournalError
            If one was changed or is missing.
        """
        # Named before read: an entry that comes in between adds a line and takes none away.
        named = self._named()
        found: list[Entry] = []
        for line in self._lines():
            found.append(self._entry(line, found[-1] if found else None))
        if named is None:
            if len(found) > 1:
                raise JournalError("is missing", where=str(self._newest), remedy=_RESTORE)
            return tuple(found)
        number, digest = named
        if len(found) < number:
            raise JournalError(
                f"ends before entry {number}",
                where=str(self.path),
                expected=f"the entries that are named in {self._newest}",
                remedy=_RESTORE,
            )
        if found[number - 1].sha256 != digest:
            raise self._changed(number)
        return tuple(found)

    def append(
        self,
        *,
        at: datetime,
        by: str,
        why: str,
        decide: Callable[[tuple[Entry, ...]], dict[str, Any]],
    ) -> Entry:
        """Add an entry; whoever else is writing is waited for.

        Parameters
        ----------
        at : datetime
            With a time zone.
        by, why : str
        decide : callable
            Given all entries so far, what to write; it may refuse. Called under the lock, so that
            nothing comes between what it saw and what it wrote.

        Raises
        ------
        JournalError
            If a text is empty, or the journal was changed.
        """
        for where, text in (("by", by), ("why", why)):
            if not text.strip():
                raise JournalError("is empty", where=where, expected="who decides, and a reason")
        with self._writing():
            before = self.entries()
            if before:
                # Where a writer died between an entry and its name.
                self._name(before[-1])
            content = decide(before)
            line = {
                **content,
                "number": len(before) + 1,
                "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "by": by.strip(),
                "why": why.strip(),
                "previous": before[-1].sha256 if before else None,
            }
            line["sha256"] = _digest(_canonical(line))
            text = "".join(f"{one}\n" for one in (*self._lines(), _canonical(line)))
            _write(self.path, text)
            entry = self._entry(_canonical(line), before[-1] if before else None)
            self._name(entry)
        return entry

    def _lines(self) -> list[str]:
        try:
            text = self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            raise JournalError("was changed", where=str(self.path), remedy=_RESTORE) from None
        return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")

    def _entry(self, line: str, before: Entry | None) -> Entry:
        number = before.number + 1 if before else 1
        try:
            held = json.loads(line)
            digest = _digest(_canonical({k: v for k, v in held.items() if k != "sha256"}))
            is_whole = (held["sha256"], held["number"]) == (digest, number)
            follows = held["previous"] == (before.sha256 if before else None)
            if not is_whole or not follows or line != _canonical(held):
                raise self._changed(number)
            content = {key: value for key, value in held.items() if key not in _OWN}
            return Entry(number, held["at"], held["by"], held["why"], content, digest)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._changed(number) from None

    def _changed(self, number: int) -> JournalError:
        return JournalError(
            f"entry {number} was changed, or one before it is missing",
            where=str(self.path),
            expected="the lines that were written when it was decided",
            remedy=_RESTORE,
        )

    def _named(self) -> tuple[int, str] | None:
        try:
            text = self._newest.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return None
        found = _NEWEST.fullmatch(text)
        if not found:
            raise JournalError("was changed", where=str(self._newest), remedy=_RESTORE)
        return int(found[1]), found[2]

    def _name(self, entry: Entry) -> None:
        text = f"{entry.number} {entry.sha256}\n"
        if not self._newest.exists() or self._newest.read_text(encoding="utf-8") != text:
            _write(self._newest, text)

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _canonical(value: Any) -> str:
    """The one way in which an entry is written."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Write a file beside its place, have the disk keep it, and only then put it there."""
    fresh = path.with_name(f".{path.name}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        fresh.chmod(0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
