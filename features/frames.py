"""Frames that are written rather than held: every feature of as many people as a nation has.

The rule that must not break: the features are those of `features.assemble`, by the same
expressions; only where the rows come from and go to is different. Rows go to Parquet, parted by
person: all rows of a person are in one part, and which part is told by the id alone. What is for
audits only lies in a folder apart, never in a frame that a model is applied to.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Lookup
from pathlib import Path
from typing import Protocol

import ibis
import pyarrow.parquet as pq

from features.assemble import (
    CATALOGUE_WITH_LEAVE,
    PAIR,
    ROOMS,
    ROOMS_WITH_LEAVE,
    Room,
    all_features,
)
from features.catalogue import CATALOGUE, LEAVE, Catalogue
from features.errors import CatalogueError, FrameError
from features.tables.record import Record

#: First hexadecimal digit of the MD5 of the person's id: sixteen parts.
PART = "person_part"


class Engine(Protocol):
    """Where tables are computed and written: DuckDB on one machine, Spark on several."""

    def parts(self, pairs: ibis.Table) -> Iterator[ibis.Table]:
        """Pairs in parts that are computed and written one after another."""
        ...

    def stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Compute an intermediate table once and return it to go on with."""
        ...

    def write(self, rows: ibis.Table, folder: Path, by: str) -> None:
        """Write rows as Parquet into a folder, beside what was written there before.

        One folder inside it for each value of `by`.
        """
        ...


def write_frame(
    record: Record,
    pairs: ibis.Table,
    folder: Path,
    engine: Engine,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Lookup[str, Room] = ROOMS,
    only: Sequence[str] | None = None,
) -> None:
    """Write every catalogued feature of each pair, or some of them.

    Parameters
    ----------
    record : Record
        On the engine.
    pairs : ibis.Table
        `person_id`, `post_id`, `as_of`, each pair and date once; on the engine.
    folder : Path
        Becomes a folder of Parquet files, ``person_part=0`` to ``person_part=f``, with the columns
        `person_id`, `post_id`, `as_of` and the features, float64, missing as null; in no order.
    only : sequence of str, optional
        Names of the features that are wanted; what only others need is not computed.

    Raises
    ------
    CatalogueError
        If a room leaves out a feature, adds one, or does not exist.
    """
    names = catalogue.names if only is None else list(only)
    for some in engine.parts(pairs.select(*PAIR)):
        rows = all_features(record, some, engine.stage, catalogue, rooms, set(names))
        part = rows.person_id.hexdigest("md5").substr(0, 1)
        engine.write(rows.select(*PAIR, *names, **{PART: part}), folder, PART)


def write_leave(record: Record, frame: Path, folder: Path, engine: Engine) -> None:
    """Write the leave features of the rows of a written frame, for audits.

    Parameters
    ----------
    record : Record
        On DuckDB.
    frame : Path
        What `write_frame` wrote.
    folder : Path
        Becomes a folder of the same parts, with the columns of `PAIR` and the two features of
        `features.catalogue.LEAVE`, and no other.
    engine : Engine

    Raises
    ------
    CatalogueError
        If a value lies outside its range.
    """
    files = files_of(frame)
    if not files:
        return
    names = [feature.name for feature in LEAVE]
    asked = {"catalogue": CATALOGUE_WITH_LEAVE, "rooms": ROOMS_WITH_LEAVE, "only": names}
    write_frame(record, record.backend.read_parquet(files), folder, engine, **asked)
    rows = record.backend.read_parquet(files_of(folder))
    for feature in LEAVE:
        outside = (rows[feature.name] < feature.low) | (rows[feature.name] > feature.high)
        if rows.filter(outside).count().to_pyarrow().as_py():
            raise CatalogueError(
                "a value outside its range",
                where=f"feature {feature.name}",
                expected=f"{feature.low} to {feature.high} {feature.unit}",
            )


def require_only_catalogued(frame: Path) -> None:
    """Refuse a written frame with a column that no model may see.

    Raises
    ------
    FrameError
        Naming the columns.
    """
    known = {*PAIR, *CATALOGUE.names}
    seen = {name for file in files_of(frame) for name in pq.read_schema(file).names}
    if foreign := sorted(seen - known):
        leave = {feature.name for feature in LEAVE}
        why = "for audits only" if set(foreign) <= leave else "not in the catalogue"
        raise FrameError(
            f"columns that no model may see ({why}): {', '.join(foreign)}",
            where=str(frame),
            expected="the catalogued features alone",
            remedy="delete the folder and write it anew: suksesi features --as-of DATE",
        )


def files_of(folder: Path) -> list[Path]:
    """The Parquet files of a written folder, part by part."""
    return sorted(folder.glob(f"{PART}=*/*.parquet"))
