"""The identity store: issued ids, the ids of the sources that they stand for, NIPs and names.

The rule that must not break: an id is issued once and at random, and what has become of it is an
event that nobody can take back. Nothing of a source stands in the clear: a keyed digest finds it
again, and what is sealed is opened with the key only.

    SUKSESI_HOME/identity/identities.sqlite     the store, readable by its owner only
    SUKSESI_KEY_DIR/<id of the store>.json      its key, never under the home

A person who is known to one source by two ids, or twice to several, is merged; two people behind
one id are split. Events hold issued ids, a day, an account and a reason, and nothing that names.
"""

import contextlib
import hashlib
import hmac
import os
import pwd
import secrets
import sqlite3
from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from features.errors import IdentityError
from features.identity.keys import Key, KeyFile

#: Protected attributes that say who somebody is: they live here and not in a snapshot.
IDENTIFYING: Final = ("nip", "name")
FOLDER, FILE = "identity", "identities.sqlite"
_SOURCE: Final = "source"
_TOKENS: Final = "tokens"
_FORMAT: Final = "1"
_ID_BYTES: Final = 16
_SECRET_BYTES: Final = 32
_SECONDS_TO_WAIT: Final = 5.0
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE person (
  person_id TEXT PRIMARY KEY,
  merged_into TEXT REFERENCES person,
  issued_at TEXT NOT NULL
);
CREATE TABLE source (
  nr INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  sealed BLOB NOT NULL,
  person_id TEXT NOT NULL REFERENCES person,
  first_id TEXT NOT NULL
);
CREATE INDEX source_of ON source (person_id);
CREATE TABLE held (
  source INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
  attribute TEXT NOT NULL,
  digest TEXT NOT NULL,
  sealed BLOB NOT NULL,
  is_current INTEGER NOT NULL,
  PRIMARY KEY (source, attribute, digest)
);
CREATE INDEX held_by ON held (attribute, digest);
CREATE TABLE event (
  nr INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  person_id TEXT,
  other_id TEXT,
  why TEXT NOT NULL
);
CREATE TRIGGER event_stays BEFORE DELETE ON event
  BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER event_stays_as_it_is BEFORE UPDATE ON event
  BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
"""


@dataclass(frozen=True)
class SourceIdentity:
    """What one id of a source is known by.

    Parameters
    ----------
    number : int
        Its place among those of the person, from 1.
    source_id : str
    nips, names : tuple of str
        Those of the last exports that held the id.
    former_nips, former_names : tuple of str
        Those of earlier exports.
    """

    number: int
    source_id: str
    nips: tuple[str, ...]
    names: tuple[str, ...]
    former_nips: tuple[str, ...]
    former_names: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that was done to an identity, or that somebody was told of it."""

    nr: int
    at: str
    account: str
    kind: str
    person_id: str | None
    other_id: str | None
    why: str


class Identities:
    """The identity store of a home, opened with its key.

    Made by `open_identities`. What is changed is kept when the block of `changing` ends well.
    """

    def __init__(self, database: sqlite3.Connection, keys: KeyFile, key: Key) -> None:
        self._database, self._keys, self._key = database, keys, key
        self._secret_of_tokens: bytes | None = None

    @contextlib.contextmanager
    def changing(self) -> Generator[None]:
        """Keep all that is changed inside, or nothing.

        Raises
        ------
        IdentityError
            If somebody else is changing the store.
        """
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            raise IdentityError(
                "somebody else is changing the identity store",
                where="identity store",
                remedy="wait until the ingest or the command is done",
            ) from None
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            # One that was made inside is not in the store any more.
            self._secret_of_tokens = None
            raise
        self._database.execute("COMMIT")

    def issue(self, source_ids: Collection[str], *, simulated: bool = False) -> dict[str, str]:
        """The issued id of each id of the source; who has none yet is given one.

        Parameters
        ----------
        source_ids : collection of str
        simulated : bool
            Whether nobody behind them exists. Their ids are derived from those of the source, so
            that a seed gives the same bytes in every home; ids of people are random.

        Returns
        -------
        dict of str to str
        """
        known = self._of_sources()
        digests = {one: self._key.digest(_SOURCE, one) for one in sorted(source_ids)}
        new = {}
        for source_id, digest in digests.items():
            if digest not in known:
                fresh = _derived_id(source_id) if simulated else _random_id()
                known[digest], new[digest] = fresh, source_id
        now = _now()
        self._database.executemany(
            "INSERT INTO person VALUES (?, NULL, ?)", ((known[digest], now) for digest in new)
        )
        self._database.executemany(
            "INSERT INTO source (digest, sealed, person_id, first_id) VALUES (?, ?, ?, ?)",
            (
                (digest, self._key.seal(_SOURCE, source_id), known[digest], known[digest])
                for digest, source_id in new.items()
            ),
        )
        return {source_id: known[digest] for source_id, digest in digests.items()}

    def hold(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Keep the NIPs and names of the last exports; earlier ones stay as former ones.

        Parameters
        ----------
        rows : iterable of (str, str, str)
            Id of the source, attribute, value.
        """
        numbers = dict(self._database.execute("SELECT digest, nr FROM source"))
        digest_of = self._key.digest
        seen = {
            (numbers[digest_of(_SOURCE, source_id)], attribute, digest_of(attribute, value)): value
            for source_id, attribute, value in rows
        }
        question = "SELECT source, attribute, digest, is_current FROM held"
        there = {tuple(row[:3]): bool(row[3]) for row in self._database.execute(question)}
        told = {entry[:2] for entry in seen}
        change = "UPDATE held SET is_current = ? WHERE source = ? AND attribute = ? AND digest = ?"
        changed = [
            (entry in seen, *entry)
            for entry, is_current in there.items()
            if entry[:2] in told and is_current != (entry in seen)
        ]
        self._database.executemany(change, changed)
        self._database.executemany(
            "INSERT INTO held VALUES (?, ?, ?, ?, 1)",
            (
                (*entry, self._key.seal(entry[1], value))
                for entry, value in seen.items()
                if entry not in there
            ),
        )

    def person_ids(self, aliases: Collection[str]) -> dict[str, str]:
        """The issued ids behind ids of the source, NIPs and former NIPs.

        An alias that nobody has, and a NIP that two people have, is left out.
        """
        of_sources, digest_of = self._of_sources(), self._key.digest
        of_nips: dict[str, set[str]] = {}
        question = (
            "SELECT held.digest, person_id FROM held JOIN source ON nr = source WHERE attribute = ?"
        )
        for digest, person_id in self._database.execute(question, ("nip",)):
            of_nips.setdefault(digest, set()).add(person_id)
        found = {}
        for alias in aliases:
            person_id = of_sources.get(digest_of(_SOURCE, alias))
            behind = {person_id} if person_id else of_nips.get(digest_of("nip", alias), set())
            if len(behind) == 1:
                found[alias] = next(iter(behind))
        return found

    def present_id(self, person_id: str) -> str:
        """The id that somebody has now: that of whom an id was merged into.

        Raises
        ------
        IdentityError
            If the id was never issued, or was erased.
        """
        present, onwards = person_id, person_id
        while onwards is not None:
            found = self._database.execute(
                "SELECT person_id, merged_into FROM person WHERE person_id = ?", (onwards,)
            ).fetchone()
            if found is None:
                raise _refused(person_id, "is no issued id, or was erased", "look at the id")
            present, onwards = found
        return present

    def known_of(self, person_id: str) -> list[SourceIdentity]:
        """What an issued id stands for, one entry for each id of a source.

        Raises
        ------
        IdentityError
            If the id was never issued, or was erased.
        """
        present = self.present_id(person_id)
        entries = []
        for place, (number, sealed) in enumerate(self._sources(present), start=1):
            held: dict[tuple[str, bool], list[str]] = {}
            question = "SELECT attribute, is_current, sealed FROM held WHERE source = ?"
            for attribute, is_current, closed in self._database.execute(question, (number,)):
                value = self._key.opened(attribute, closed)
                held.setdefault((attribute, bool(is_current)), []).append(value)
            entries.append(
                SourceIdentity(
                    place,
                    self._key.opened(_SOURCE, sealed),
                    *(
                        tuple(sorted(held.get((attribute, is_current), [])))
                        for is_current in (True, False)
                        for attribute in IDENTIFYING
                    ),
                )
            )
        return entries

    def values(self) -> list[tuple[str, str, str]]:
        """Every NIP and name as (issued id, attribute, value), former ones too."""
        question = "SELECT person_id, attribute, held.sealed FROM held JOIN source ON nr = source"
        rows = self._database.execute(f"{question} ORDER BY 1, 2, held.digest")
        return [(person, kind, self._key.opened(kind, sealed)) for person, kind, sealed in rows]

    def doubles(self) -> list[tuple[str, str]]:
        """Pairs of issued ids that share a NIP: one person twice, or a mistake of the source."""
        pairs = self._database.execute(
            "SELECT DISTINCT a.person_id, b.person_id FROM held AS h "
            "JOIN held AS g ON g.attribute = h.attribute AND g.digest = h.digest "
            "JOIN source AS a ON a.nr = h.source JOIN source AS b ON b.nr = g.source "
            "WHERE h.attribute = 'nip' AND a.person_id < b.person_id ORDER BY 1, 2"
        )
        return list(pairs)

    def merge(self, person_id: str, into: str, why: str) -> None:
        """Make two issued ids one person; the next ingest knows `into` only.

        Raises
        ------
        IdentityError
            If one was never issued, was merged before, or both are the same.
        """
        for one in (person_id, into):
            if self.present_id(one) != one:
                raise _refused(one, "was merged into another id before", "name the other id")
        if person_id == into:
            raise _refused(into, "cannot be merged with itself", "name two ids")
        change = self._database.execute
        change("UPDATE source SET person_id = ? WHERE person_id = ?", (into, person_id))
        change("UPDATE person SET merged_into = ? WHERE person_id = ?", (into, person_id))
        self.record("merge", why, person_id, into)

    def split(self, person_id: str, number: int, why: str) -> str:
        """Part one id of the source of a person from the others: two people from now on.

        An issued id stays with the id of the source that it was issued for: where the present one
        is that of the entry, the others take back one of theirs.

        Parameters
        ----------
        number : int
            Of the id of the source, as `known_of` counts them.

        Returns
        -------
        str
            The issued id beside the present one: that of the entry, or that of the others.

        Raises
        ------
        IdentityError
            If there is no such entry, or it is the only one.
        """
        present = self.present_id(person_id)
        sources = self._sources(present)
        if len(sources) < 2:
            raise _refused(present, "has one id of a source only", "there is nothing to split")
        if not 1 <= number <= len(sources):
            expected = f"a number from 1 to {len(sources)}, as `identity show` counts them"
            raise IdentityError(
                "has no such id of a source", where=f"person {present}", expected=expected
            )
        entry = sources[number - 1][0]
        others = [source for source, _sealed in sources if source != entry]
        leave = others if self._issued_for(entry) == present else [entry]
        other = self._freed(leave[0], present)
        change = self._database.execute
        for source, _sealed in sources:
            has, first = other if source in leave else present, self._issued_for(source)
            change("UPDATE source SET person_id = ? WHERE nr = ?", (has, source))
            # An id that was merged leads to whoever has its id of the source now.
            leads = None if has == first else has
            change("UPDATE person SET merged_into = ? WHERE person_id = ?", (leads, first))
        self.record("split", why, present, other)
        return other

    def erase(self, person_id: str, why: str) -> None:
        """Forget who an issued id is; what is known of the id elsewhere is nobody's from now on.

        Raises
        ------
        IdentityError
            If the id was never issued, or was erased.
        """
        present = self.present_id(person_id)
        self._database.execute("DELETE FROM source WHERE person_id = ?", (present,))
        for gone in self._merged_into(present):
            self._database.execute("DELETE FROM person WHERE person_id = ?", (gone,))
        self.record("erase", why, present)

    def rotate(self, why: str) -> None:
        """Digest and seal everything with a new key; the former one is retired.

        The new key is in the file before the store needs it, and the old one stays for backups, so
        that nothing is lost wherever this is stopped.
        """
        new = Key.new()
        self._keys.add(new)
        with self.changing():
            for number, sealed in self._database.execute(
                "SELECT nr, sealed FROM source"
            ).fetchall():
                text = self._key.opened(_SOURCE, sealed)
                self._database.execute(
                    "UPDATE source SET digest = ?, sealed = ? WHERE nr = ?",
                    (new.digest(_SOURCE, text), new.seal(_SOURCE, text), number),
                )
            question = "SELECT source, attribute, digest, sealed FROM held"
            for source, attribute, digest, sealed in self._database.execute(question).fetchall():
                text = self._key.opened(attribute, sealed)
                self._database.execute(
                    "UPDATE held SET digest = ?, sealed = ? "
                    "WHERE source = ? AND attribute = ? AND digest = ?",
                    (new.digest(attribute, text), new.seal(attribute, text))
                    + (source, attribute, digest),
                )
            change = "UPDATE about SET value = ? WHERE name = ?"
            self._database.execute(change, (new.key_id, "key_id"))
            sealed = self._sealed_token_secret()
            if sealed is not None:
                secret = self._key.opened(_TOKENS, sealed)
                self._database.execute(change, (new.seal(_TOKENS, secret).hex(), _TOKENS))
            self.record("rotate", why)
        self._key = new

    def forget_retired_keys(self) -> int:
        """Drop keys that are not in use; backups made with them can be opened by nobody."""
        return self._keys.forget_all_but(self._key.key_id)

    def backup(self, path: Path) -> None:
        """Write a copy of the store, readable by its owner only; the key is not in it.

        Raises
        ------
        IdentityError
            If there is a file of that name.
        """
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise IdentityError(
                "is there already", where=str(path), remedy="name a new file"
            ) from None
        with contextlib.closing(sqlite3.connect(path)) as copy:
            self._database.backup(copy)

    def events(self, person_id: str | None = None) -> list[Event]:
        """What was done, in order; of one issued id, or of all."""
        rows = self._database.execute(
            "SELECT nr, at, account, kind, person_id, other_id, why FROM event "
            "WHERE ?1 IS NULL OR person_id = ?1 OR other_id = ?1 ORDER BY nr",
            (person_id,),
        )
        return [Event(*row) for row in rows]

    def record(
        self, kind: str, why: str, person_id: str | None = None, other_id: str | None = None
    ) -> None:
        """Add an event: now, and by the account that this process runs under."""
        self._database.execute(
            "INSERT INTO event (at, account, kind, person_id, other_id, why) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (_now(), _account(), kind, person_id, other_id, why),
        )

    def token_digest(self, text: str, *, simulated: bool = False) -> str:
        """A keyed digest of a NIP, for what stands in its place within a cell of a snapshot.

        Its secret is random, sealed in the store, and stays through rotations: keys of rows that
        hold a token, and corrections of these rows, are the same ones afterwards.

        Parameters
        ----------
        text : str
        simulated : bool
            Whether nobody has the NIP: then without a secret, as issued ids are.
        """
        secret = b"simulated" if simulated else self._token_secret()
        return hmac.digest(secret, text.encode(), "sha256").hex()

    def secret_for(self, purpose: str) -> bytes:
        """A secret of 32 bytes that is derived from the key: for what else holds people openly."""
        return self._key.secret_for(purpose)

    def _token_secret(self) -> bytes:
        """Made when it is asked for first."""
        if self._secret_of_tokens is None:
            sealed = self._sealed_token_secret()
            if sealed is None:
                secret = secrets.token_hex(_SECRET_BYTES)
                change = "INSERT INTO about VALUES (?, ?)"
                self._database.execute(change, (_TOKENS, self._key.seal(_TOKENS, secret).hex()))
            else:
                secret = self._key.opened(_TOKENS, sealed)
            self._secret_of_tokens = bytes.fromhex(secret)
        return self._secret_of_tokens

    def _sealed_token_secret(self) -> bytes | None:
        question = "SELECT value FROM about WHERE name = ?"
        found = self._database.execute(question, (_TOKENS,)).fetchone()
        return None if found is None else bytes.fromhex(found[0])

    def _of_sources(self) -> dict[str, str]:
        return dict(self._database.execute("SELECT digest, person_id FROM source"))

    def _sources(self, person_id: str) -> list[tuple[int, bytes]]:
        question = "SELECT nr, sealed FROM source WHERE person_id = ? ORDER BY nr"
        return self._database.execute(question, (person_id,)).fetchall()

    def _merged_into(self, person_id: str) -> list[str]:
        """An id and all that were merged into it, the last first: each refers to a later one."""
        rows = self._database.execute(
            "WITH RECURSIVE gone (person_id, depth) AS (SELECT ?, 0 UNION ALL "
            "SELECT p.person_id, depth + 1 FROM person AS p JOIN gone AS g "
            "ON p.merged_into = g.person_id) SELECT person_id FROM gone ORDER BY depth DESC",
            (person_id,),
        )
        return [row[0] for row in rows]

    def _issued_for(self, source: int) -> str:
        """The id that was issued for an id of a source, whoever has it now."""
        question = "SELECT first_id FROM source WHERE nr = ?"
        return str(self._database.execute(question, (source,)).fetchone()[0])

    def _freed(self, source: int, present: str) -> str:
        """The id that a source had before a merge, if nobody has it now; else a new one."""
        change, first = self._database.execute, self._issued_for(source)
        if first != present and not self._sources(first):
            change("UPDATE person SET merged_into = NULL WHERE person_id = ?", (first,))
            return first
        fresh = _random_id()
        change("INSERT INTO person VALUES (?, NULL, ?)", (fresh, _now()))
        return fresh


@contextlib.contextmanager
def open_identities(home: Path, keys: Path, *, create: bool = False) -> Generator[Identities]:
    """The identity store of a home.

    Parameters
    ----------
    home : Path
        ``SUKSESI_HOME``.
    keys : Path
        Folder of the key, outside the home.
    create : bool
        Whether store and key are made if there is no store.

    Raises
    ------
    IdentityError
        If there is no store, its key is absent or lies under the home, or it was damaged.
    """
    if keys.resolve().is_relative_to(home.resolve()):
        raise IdentityError(
            "a key under the home is copied with what it opens",
            where=str(keys),
            remedy="set SUKSESI_KEY_DIR to a folder outside SUKSESI_HOME",
        )
    path = home / FOLDER / FILE
    is_new = not path.exists()
    if is_new and not create:
        raise IdentityError(
            "there is no identity store",
            where=str(home),
            remedy="ingest exports with a mapping that has a section `identity`",
        )
    if is_new:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path, keys)
    with contextlib.closing(_connected(path)) as database:
        try:
            about = dict(database.execute("SELECT name, value FROM about"))
        except sqlite3.DatabaseError:
            about = {}
        if about.get("format") != _FORMAT:
            raise IdentityError(
                "is no identity store that this version knows, or was damaged",
                where=str(path),
                remedy="restore the store from a backup",
            )
        key_file = KeyFile(keys / f"{about['store_id']}.json")
        yield Identities(database, key_file, key_file.get(about["key_id"]))


def _make(path: Path, keys: Path) -> None:
    """Write an empty store; it has its name only when all of it and the key are there."""
    store_id = secrets.token_hex(8)
    key = KeyFile(keys / f"{store_id}.json").create()
    begun = path.with_name(f".{path.name}")
    begun.unlink(missing_ok=True)
    os.close(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(_connected(begun)) as database:
        database.executescript(_SCHEMA)
        about: Mapping[str, str] = {"format": _FORMAT, "store_id": store_id, "key_id": key.key_id}
        database.executemany("INSERT INTO about VALUES (?, ?)", about.items())
    begun.replace(path)


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    # What is erased is overwritten, and no second file keeps it.
    database.execute("PRAGMA secure_delete = ON")
    return database


def _random_id() -> str:
    return secrets.token_hex(_ID_BYTES)


def _derived_id(source_id: str) -> str:
    """An id for somebody who does not exist; 32 hexadecimal digits, as those of people."""
    return hashlib.sha256(f"simulated\0{source_id}".encode()).hexdigest()[: 2 * _ID_BYTES]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _account() -> str:
    """Name of the account that this process runs under, as the system knows it."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"account {number}"


def _refused(person_id: str, what: str, remedy: str) -> IdentityError:
    return IdentityError(what, where=f"person {person_id}", remedy=remedy)
