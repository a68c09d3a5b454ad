"""Sources of an agency, read row by row as sent: files of every kind, and databases.

The rule that must not break: every row of a source becomes a numbered row or a rejected one, or
the whole source is refused. What the manifest says of a file is said of the bytes that were read: a
file that changes while it is read is refused.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from features.agencies import numbered
from features.agencies.csv_lines import load_csv
from features.agencies.engine import lacks_room
from features.agencies.json_lines import cut_json_lines
from features.agencies.json_records import cut_json
from features.agencies.loading import load_cut
from features.agencies.parquet_rows import load_parquet
from features.agencies.postgres import Databases
from features.agencies.quarantine import Quarantine
from features.agencies.responses import cut_responses, responses_in
from features.agencies.sources import Part, Source
from features.agencies.unchanged import Kept
from features.agencies.workbook import cut_workbook
from features.documents.document import Document
from features.errors import IntakeError


@dataclass(frozen=True)
class SourceCount:
    """What a source held: rows read, and how many of them were malformed lines.

    `sha256` is that of the file; of many files, of their names and digests; of a table or query of
    a database, of its rows.
    """

    file: str | None
    sha256: str | None
    read: int
    malformed: int


def require_files(sources: dict[str, Source], folder: Path, document: Document) -> None:
    """Refuse a folder that lacks a file of the mapping.

    Raises
    ------
    IntakeError
        Naming the file that is absent and those that are there.
    """
    wanted = {name: source for name, source in sources.items() if source.file is not None}
    if wanted and not folder.is_dir():
        raise IntakeError("no such folder of exports", where=str(folder), remedy="check the path")
    for source_name, source in wanted.items():
        where = f"{document.where(('sources', source_name))}, folder {folder}"
        path = folder / (source.file or "")
        if source.is_folder:
            _require_responses(source, folder, where)
        elif path.exists() and not path.is_file():
            raise IntakeError(
                f"the export file {source.file!r} is no file",
                where=f"folder {folder}",
                remedy="put the export there under that name",
            )
        elif not path.is_file():
            there = ", ".join(sorted(p.name for p in folder.iterdir() if p.is_file())[:20])
            raise IntakeError(
                f"the export file {source.file!r} is missing",
                where=where,
                expected=f"a file of that name; the folder holds {there or 'no file'}",
                remedy="add the file, or mend its name in the mapping",
            )


def require_header(
    backend: Backend, source_name: str, source: Source, parts: Iterable[Part], where: str
) -> None:
    """Refuse a file of which not one column is known to the mapping.

    Its first row is no header then, or its cells were not parted; so it is not shown.

    Raises
    ------
    IntakeError
        Naming the columns that the mapping reads.
    """
    read: list[str] = []
    for part in parts:
        if part.from_ == source_name:
            read += [name for rule in part.columns.values() for name in rule.names]
            read += [name for join in part.join for name in join.on]
    bare = [name.removeprefix(f"{source_name}.") for name in read]
    if bare and not set(bare) & set(numbered.columns(backend, source_name)):
        remedy = "check the first row"
        if source.kind == "csv" and source.file is not None:
            remedy += f" and the separator {source.separator!r}"
        raise IntakeError(
            "not one column that the mapping reads is there",
            where=where,
            expected=f"a header with {', '.join(dict.fromkeys(bare))}",
            remedy=f"{remedy}, or mend the names in the mapping",
        )


def load_file(
    backend: Backend,
    source_name: str,
    source: Source,
    folder: Path,
    quarantine: Quarantine,
    workspace: Path,
    kept: Kept | None,
    tell: Callable[[str], None],
) -> tuple[SourceCount, str]:
    """Read a file, or take its rows from those kept; malformed rows go to the quarantine.

    Returns
    -------
    SourceCount
    str
        Under which digest the rows are kept; empty where none are.

    Raises
    ------
    IntakeError
        If the file is empty, has a header that cannot name columns, cannot be cut into rows, or
        changes meanwhile.
    """
    file = source.file or ""
    where = str(folder / file)
    with _readable(where):
        paths = responses_in(folder, file) if source.is_folder else [folder / file]
        before = _states(paths)
        content = _content_digest(source, paths)
        entry = kept.digest_of(source, content) if kept else ""
        malformed = kept.load(backend, source_name, entry, quarantine) if kept else None
        if malformed is not None:
            tell(f"file {file}, unchanged")
        else:
            tell(f"file {file}")
            malformed = _load(backend, source_name, source, where, paths, quarantine, workspace)
            if source.is_folder:
                paths = responses_in(folder, file)
            if _states(paths) != before:
                raise IntakeError(
                    "the file changed while it was read",
                    where=where,
                    remedy="wait until the export is complete, and ingest again",
                )
            if kept:
                kept.keep(backend, source_name, entry)
    read = numbered.count(backend, source_name) + malformed
    return SourceCount(source.file, content, read, malformed), entry


def load_database(
    backend: Backend,
    source_name: str,
    source: Source,
    databases: Databases,
    quarantine: Quarantine,
    document: Document,
) -> SourceCount:
    """Read a table or query of a database.

    Raises
    ------
    IntakeError
        If it cannot be read, or its key does not tell its rows apart.
    """
    where = document.where(("sources", source_name))
    with databases.rows(source, where) as found:
        malformed = load_cut(backend, source_name, source.missing_values, found.cut, quarantine)
    read = numbered.count(backend, source_name)
    if source.key:
        key = ", ".join(numbered.name(column) for column in source.key)
        table = numbered.table(source_name)
        once = f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {table})"
        if backend.con.execute(once).fetchall()[0][0] != read:
            raise IntakeError(
                f"the key ({', '.join(source.key)}) repeats, so it does not order the rows",
                where=where,
                remedy="mend `key` in the mapping, or leave it out, so that all columns order them",
            )
    return SourceCount(None, found.sha256, read + malformed, malformed)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load(
    backend: Backend,
    source_name: str,
    source: Source,
    where: str,
    paths: Sequence[Path],
    quarantine: Quarantine,
    workspace: Path,
) -> int:
    """Number the rows of a file by its kind; how many were malformed."""
    (path, *_others) = paths
    if source.is_folder:
        cut = cut_responses(paths, where, source.records, source.fields, source.nothing_found)
    elif source.kind == "csv":
        return load_csv(backend, source_name, source, path, quarantine, workspace)
    elif source.kind == "parquet":
        return load_parquet(backend, source_name, source, path, quarantine)
    elif source.kind == "xlsx":
        cut = cut_workbook(path, source.sheet)
    elif source.kind == "jsonl":
        cut = cut_json_lines(path, source.fields)
    else:
        cut = cut_json(path, source.records, source.fields)
    return load_cut(backend, source_name, source.missing_values, cut, quarantine)


def _require_responses(source: Source, folder: Path, where: str) -> None:
    if not responses_in(folder, source.file or ""):
        raise IntakeError(
            f"no export file is called {source.file!r}",
            where=where,
            expected="at least one file of such a name",
            remedy="add the files, or mend their name in the mapping",
        )


def _content_digest(source: Source, paths: Sequence[Path]) -> str:
    if not source.is_folder:
        return file_digest(paths[0])
    digest = hashlib.sha256()
    for path in paths:
        name = path.name.encode(errors="surrogateescape")
        digest.update(hashlib.sha256(name).digest() + bytes.fromhex(file_digest(path)))
    return digest.hexdigest()


def _states(paths: Sequence[Path]) -> list[tuple[str, int, int, int, int]]:
    """What changes with a file: its name, which one it is, its size, when it was written."""
    told = [(path.name, path.stat()) for path in paths]
    return [(n, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for n, s in told]


@contextmanager
def _readable(where: str) -> Generator[None]:
    """Say what is wrong with a file that the machine does not hand over."""
    try:
        yield
    except FileNotFoundError:
        raise IntakeError(
            "the file vanished while it was read",
            where=where,
            remedy="wait until the export is complete, and ingest again",
        ) from None
    except (OSError, duckdb.IOException) as error:
        if lacks_room(error):
            raise
        raise IntakeError(
            f"the file cannot be read ({type(error).__name__})",
            where=where,
            remedy="let this account read it, and look after the disk that it lies on",
        ) from None
