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

from features.agencies.consistency import NEEDED_TABLES, SNAPSHOT_TABLES
from features.agencies.engine import Means, lacks_room
from features.agencies.mapping import Mapping, load_mapping
from features.agencies.normalising import WAITS
from features.agencies.reading import Progress, Reading, read_exports
from features.agencies.unchanged import Kept
from features.corrections.journal import in_force as corrections_in_force
from features.corrections.journal import journal as journal_of_corrections
from features.corrections.overlay import Overlay, lay_over
from features.errors import IdentityError, IntakeError
from features.identity.store import Identities, open_identities
from features.normalisation.decisions import in_force, journal
from features.storage import Snapshot, keep, keep_refused, workspace


def ingest(
    mapping_path: Path,
    exports: Path,
    home: Path,
    progress: Progress | None = None,
    *,
    keys: Path | None = None,
    means: Means | None = None,
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
    keys : Path, optional
        ``SUKSESI_KEY_DIR``; needed where the mapping has a section `identity`.
    means : Means, optional
        Memory that the ingest may take and databases that it may read.

    Raises
    ------
    MappingError
        If the mapping is wrong at a line.
    IdentityError
        If the mapping has a section `identity` and the store of identities cannot be opened.
    IntakeError
        If a file is missing or cannot be cut into rows, too many rows were rejected, a table that
        every command needs is empty, or another ingest is at work.
    """
    mapping = load_mapping(mapping_path)
    with workspace(home) as space, _disk_needed(home):
        # Ids are on file before a table that holds them is in force, and only if it will be.
        with _identities(mapping, home, keys) as identities:
            # Where people are known by issued ids, no row of theirs lies open in the home.
            secret = None if identities is None else identities.secret_for("sources")
            kept = Kept(home / "sources", space, secret)
            decisions = in_force(journal(home).entries())
            reading = read_exports(
                mapping, exports, space, progress, identities, means, kept, decisions
            )
            try:
                _refuse(mapping, reading, home, space)
                folder = space / "snapshot"
                folder.mkdir()
                corrected = _corrected(reading, home)
                reading.write(folder)
                if corrected is not None:
                    corrected.write(folder)
                manifest = _manifest(mapping, reading, corrected)
            finally:
                reading.close()
        return keep(home, folder, mapping=mapping, manifest=manifest)


@contextmanager
def _identities(mapping: Mapping, home: Path, keys: Path | None) -> Generator[Identities | None]:
    """The identity store, changed as a whole or not at all; None for a mapping without it."""
    if mapping.identity is None:
        yield None
        return
    if keys is None:
        raise IdentityError(
            "no folder is named for the key of the identity store",
            where=mapping.document.where(("identity",)),
            remedy="set SUKSESI_KEY_DIR to a folder outside SUKSESI_HOME",
        )
    with open_identities(home, keys, create=True) as identities, identities.changing():
        yield identities


@contextmanager
def _disk_needed(home: Path) -> Generator[None]:
    """Tell a full disk or memory that is too small from a bug."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise IntakeError(
            "the engine needs more memory, or more room to spill on the disk, than it has",
            where=str(home),
            remedy="make room, or set SUKSESI_INTAKE_MEMORY higher, and ingest again; the snapshot "
            "in force stays as it was",
        ) from error
    except (duckdb.IOException, OSError) as error:
        if not lacks_room(error):
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
    # Rows that wait for what a free text means are not wrong, and nobody could decide if refused.
    shares += [
        (f"table {n}", c.rejected - reading.n_waiting.get(n, 0), c.read)
        for n, c in reading.counts.items()
    ]
    for where, rejected, read in shares:
        if rejected > mapping.refuse_above * read:
            name = where.split()[1]
            worst = next(
                r
                for r in reading.quarantine.rejections()
                if name in (r["table"], r["source"]) and r["reason"] != WAITS
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


def _corrected(reading: Reading, home: Path) -> Overlay | None:
    """Corrections laid over the accepted rows; None where there are none."""
    corrections = corrections_in_force(journal_of_corrections(home).entries())
    if not corrections:
        return None
    stored = {table.name: reading.stored_columns(table) for table in SNAPSHOT_TABLES}
    backend = reading.tables["person"].get_backend()
    overlay = lay_over(backend, reading.tables, stored, corrections)
    reading.tables.update(overlay.tables)
    return overlay


def _manifest(mapping: Mapping, reading: Reading, corrected: Overlay | None) -> dict[str, Any]:
    pseudonyms = reading.pseudonyms
    identity = {} if pseudonyms is None else {"identity": {"kept_apart": pseudonyms.n_kept_apart}}
    normalised = reading.normalising.counted
    return {
        **({"normalisation": normalised} if normalised else {}),
        **({"corrections": corrected.report()} if corrected else {}),
        **identity,
        "format": 1,
        "agency": mapping.agency,
        "mapping": mapping.digest,
        "sources": {name: asdict(count) for name, count in reading.sources.items()},
        "tables": {name: asdict(count) for name, count in reading.counts.items()},
        "rejections": reading.quarantine.rejections(),
    }
