"""Frames that are written rather than held: every feature of as many people as a nation has.

The rule that must not break: the features are those of `features.assemble`, by the same
expressions; only where the rows come from and go to is different. Rows go to Parquet, parted by
person: all rows of a person are in one part, and which part is told by the id alone.
"""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import ibis

from features.assemble import PAIR, ROOMS, Room, all_features
from features.catalogue import CATALOGUE, Catalogue
from features.tables.record import Record

#: First hexadecimal digit of the MD5 of the person's id: sixteen parts.
PART = "person_part"


class Engine(Protocol):
    """Where tables are computed and written: DuckDB on one machine, Spark on several."""

    def stage(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Compute an intermediate table once and return it to go on with."""
        ...

    def write(self, rows: ibis.Table, folder: Path, by: str) -> None:
        """Write rows as Parquet into a folder, one folder inside it for each value of `by`."""
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
    rows = all_features(record, pairs.select(*PAIR), engine.stage, catalogue, rooms, set(names))
    part = rows.person_id.hexdigest("md5").substr(0, 1)
    engine.write(rows.select(*PAIR, *names, **{PART: part}), folder, PART)
