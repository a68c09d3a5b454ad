"""Files that were read before, kept as rows, so that an unchanged file is not cut a second time.

The rule that must not break: whether a file was read or taken from here, the rows are the same, and
nothing in a snapshot tells which. An entry that is not what was put there is not used. Where people
are known by issued ids, the rows are sealed with a key that lies outside the home.

    SUKSESI_HOME/sources/        open to this account only: raw rows lie here
    └── <digest>/                rows.parquet, malformed.parquet, entry.json with their SHA-256

The digest is that of the file's content and of all that the mapping says about how to read it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.loading import malformed_question
from features.agencies.numbered import text
from features.agencies.quarantine import TABLE, Quarantine
from features.agencies.sealed_files import DamagedError, seal, unseal
from features.agencies.sources import Source

#: To be raised whenever the same file would give other rows than before.
READING_VERSION = 3
_READERS = ("duckdb", "python-calamine", "pyarrow")
_DECLARED = {
    "separator",
    "encoding",
    "sheet",
    "records",
    "fields",
    "nothing_found",
    "missing_values",
}
_ROWS, _MALFORMED, _ENTRY = "rows.parquet", "malformed.parquet", "entry.json"


class Kept:
    """The rows of files that the last ingest read.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    workspace : Path
        Where rows lie open as long as the ingest takes.
    secret : bytes, optional
        32 bytes with which the rows are sealed; without it they lie open.
    """

    def __init__(self, folder: Path, workspace: Path, secret: bytes | None = None) -> None:
        self._folder, self._workspace, self._secret = folder, workspace, secret
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)

    def digest_of(self, source: Source, content: str) -> str:
        """Under what the rows of a file with such a content are kept, 64 hexadecimal digits."""
        digest = hashlib.sha256(_declaration(source, content))
        if self._secret is not None:
            digest.update(hashlib.sha256(self._secret).digest())
        return digest.hexdigest()

    def load(
        self, backend: Backend, source_name: str, digest: str, quarantine: Quarantine
    ) -> int | None:
        """Number the rows of an entry; how many were malformed, or None without a whole entry."""
        entry = self._folder / digest
        if not _is_whole(entry):
            return None
        try:
            rows, malformed = (self._opened(entry, name) for name in (_ROWS, _MALFORMED))
        except DamagedError:
            return None
        backend.con.execute(
            f"CREATE TABLE {numbered.table(source_name)} AS "
            f"SELECT * FROM read_parquet({text(str(rows))})"
        )
        told = malformed_question(source_name, f"read_parquet({text(str(malformed))})")
        n_malformed = quarantine.add(told)
        if self._secret is not None:
            rows.unlink()
            malformed.unlink()
        return n_malformed

    def keep(self, backend: Backend, source_name: str, digest: str) -> None:
        """Keep the rows of a source that was read just now."""
        made = self._workspace / f"kept_{source_name}"
        made.mkdir(mode=0o700)
        _copy(backend, f"SELECT * FROM {numbered.table(source_name)}", made / _ROWS)
        malformed = (
            f'SELECT "row", reason, raw FROM {TABLE} WHERE "source" = {text(source_name)} '
            'AND "table" IS NULL ORDER BY ALL'
        )
        _copy(backend, malformed, made / _MALFORMED)
        if self._secret is not None:
            for name in (_ROWS, _MALFORMED):
                plain = (made / name).rename(self._workspace / f"plain_{name}")
                seal(plain, made / name, self._secret, f"{digest}/{name}")
                plain.unlink()
        (made / _ENTRY).write_text(json.dumps(_hashes(made)), encoding="utf-8")
        for path in made.iterdir():
            path.chmod(0o600)
        shutil.rmtree(self._folder / digest, ignore_errors=True)
        made.rename(self._folder / digest)

    def prune(self, used: Iterable[str]) -> None:
        """Drop every entry but those that were used."""
        kept = set(used)
        for entry in self._folder.iterdir():
            if entry.name not in kept:
                shutil.rmtree(entry, ignore_errors=True)

    def _opened(self, entry: Path, name: str) -> Path:
        """Where a file of an entry lies open."""
        if self._secret is None:
            return entry / name
        plain = self._workspace / f"opened_{name}"
        unseal(entry / name, plain, self._secret, f"{entry.name}/{name}")
        return plain


def _declaration(source: Source, content: str) -> bytes:
    """The content of a file and all that is said and done to read it."""
    how = {
        "content": content,
        "kind": source.kind,
        "many": source.is_folder,
        "declared": source.model_dump(mode="json", include=_DECLARED),
        "version": READING_VERSION,
        "readers": {reader: version(reader) for reader in _READERS},
    }
    return json.dumps(how, sort_keys=True).encode()


def _copy(backend: Backend, question: str, path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    backend.con.execute(
        f"COPY ({question}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _is_whole(entry: Path) -> bool:
    try:
        return json.loads((entry / _ENTRY).read_bytes()) == _hashes(entry)
    except (OSError, ValueError):
        return False


def _hashes(entry: Path) -> dict[str, str]:
    found = {}
    for name in (_ROWS, _MALFORMED):
        with (entry / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
