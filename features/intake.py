"""Intake: the exports of an agency become its snapshot, or nothing changes.

The rule that must not break: a refused ingest leaves the last good snapshot in force. What is
refused is decided before the first byte is stored.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from features.agencies.consistency import NEEDED_TABLES
from features.agencies.mapping import Mapping, load_mapping
from features.agencies.reading import Progress, Reading, read_exports
from features.errors import IntakeError
from features.storage import Snapshot, keep, keep_refused, workspace


def ingest(
    mapping_path: Path, exports: Path, home: Path, progress: Progress | None = None
) -> Snapshot:
    """Read the exports of an agency and make them the snapshot in force.

    Parameters
    ----------
    mapping_path : Path
        The mapping file of the agency.
    exports : Path
        Folder with the files that the mapping names; read only.
    home : Path
        ``SUKSESI_HOME``.
    progress : callable, optional
        Called with what is being done, steps done and steps in all.

    Raises
    ------
    MappingError
        If the mapping is wrong at a line.
    IntakeError
        If a file is missing or cannot be cut into rows, too many rows were rejected, a table that
        every command needs is empty, or another ingest is at work.
    """
    mapping = load_mapping(mapping_path)
    with workspace(home) as space, _disk_needed(home):
        reading = read_exports(mapping, exports, space, progress)
        try:
            _refuse(mapping, reading, home, space)
            folder = space / "snapshot"
            folder.mkdir()
            reading.write(folder)
            manifest = _manifest(mapping, reading)
        finally:
            reading.close()
        return keep(home, folder, mapping=mapping, manifest=manifest)


@contextmanager
def _disk_needed(home: Path) -> Generator[None]:
    """Tell a full disk from a bug."""
    try:
        yield
    except duckdb.IOException as error:
        if "No space left" not in str(error):
            raise
        raise IntakeError(
            "no space is left on the disk",
            where=str(home),
            remedy="make room and ingest again; the snapshot in force stays as it was",
        ) from error


def _refuse(mapping: Mapping, reading: Reading, home: Path, space: Path) -> None:
    """Refuse exports of which too much is wrong; their rejected rows are kept for the operator."""
    reason = _too_many(mapping, reading) or _nothing_there(reading)
    if reason is None:
        _require_bodies(mapping, reading)
        _require_attributes(mapping, reading)
        return
    what, where = reason
    quarantine = space / "quarantine.parquet"
    reading.quarantine.write(quarantine)
    kept = keep_refused(home, quarantine)
    raise IntakeError(
        what,
        where=where,
        expected=f"rows, and at most {mapping.refuse_above:.2%} of them rejected (refuse_above)",
        remedy=f"see the rejected rows in {kept}; the snapshot in force stays as it was",
    )


def _too_many(mapping: Mapping, reading: Reading) -> tuple[str, str] | None:
    shares = [(f"source {n}", c.malformed, c.read) for n, c in reading.sources.items()]
    shares += [(f"table {n}", c.rejected, c.read) for n, c in reading.counts.items()]
    for where, rejected, read in shares:
        if rejected > mapping.refuse_above * read:
            name = where.split()[1]
            worst = next(
                r for r in reading.quarantine.rejections() if name in (r["table"], r["source"])
            )
            place = f"{worst['column']}: " if worst["column"] else ""
            most = f"most often ({worst['rows']}) {place}{worst['reason']}"
            return f"{rejected} of {read} rows were rejected, {most}", where
    return None


def _nothing_there(reading: Reading) -> tuple[str, str] | None:
    empty = [name for name in NEEDED_TABLES if reading.counts[name].accepted == 0]
    return ("no row was accepted", f"table {empty[0]}") if empty else None


def _require_bodies(mapping: Mapping, reading: Reading) -> None:
    """A pool of members of a body that nobody ever sat in would be empty without a word."""
    bodies = reading.tables["membership"].select("body").distinct().to_pyarrow()["body"].to_pylist()
    for place, body in enumerate(mapping.pool.member_of or ()):
        if body not in bodies:
            raise mapping.document.unknown("body", body, bodies, ("pool", "member_of", place))


def _require_attributes(mapping: Mapping, reading: Reading) -> None:
    """A rule about an attribute of which nothing is known would leave everybody to be checked."""
    rows = reading.tables["protected_attribute"].select("attribute").distinct()
    known = rows.to_pyarrow()["attribute"].to_pylist()
    for place, rule in enumerate(mapping.gate):
        if rule.attribute not in known:
            path = ("gate", place, "attribute")
            raise mapping.document.unknown("attribute of anybody", rule.attribute, known, path)


def _manifest(mapping: Mapping, reading: Reading) -> dict[str, Any]:
    return {
        "format": 1,
        "agency": mapping.agency,
        "mapping": mapping.digest,
        "sources": {name: asdict(count) for name, count in reading.sources.items()},
        "tables": {name: asdict(count) for name, count in reading.counts.items()},
        "rejections": reading.quarantine.rejections(),
    }
