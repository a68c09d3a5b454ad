"""Scores of a written frame: a stored model applied part by part, on this machine or on Spark.

The rule that must not break: a score is to the last bit what the model says of the same row alone,
and the frame is never in memory as a whole. Scores lie in parts by person, as the frame does.
"""

from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.assemble import PAIR
from features.frames import PART
from models.artefact import Artefact, load
from models.odds_bounds import ODDS_RATIOS_SHOWN, odds_bounds

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Of every file of scores.
SCORES = pa.schema(
    [
        ("person_id", pa.string()),
        ("post_id", pa.string()),
        ("as_of", pa.date32()),
        ("probability", pa.float64()),
        ("odds_ratio", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("model_version", pa.int32()),
        ("catalogue_version", pa.string()),
    ]
)
#: Rows in memory at a time: some 60 MB of features.
ROWS_AT_ONCE = 65_536


def scored(rows: pa.RecordBatch, stored: Artefact, version: int) -> pa.RecordBatch:
    """The scores of some rows of a frame, in their order.

    Parameters
    ----------
    rows : RecordBatch, shape (n_rows, 3 + n_features)
        `person_id`, `post_id`, `as_of` and the features of the model's catalogue; missing as null.
    stored : Artefact
    version : int
        Number of the model in its registry.

    Returns
    -------
    RecordBatch, shape (n_rows, 9)
        `SCORES`: `probability` is the calibrated probability of success, in (0, 1). Where selection
        is not identified, `low` and `high` are its bounds at `odds_ratio`, the largest that answers
        show, around the probability itself: an interval would take twenty models a row. Else these
        three are null.
    """
    model = stored.model
    names = model.catalogue.names
    # Where all of a column is missing, Spark may hand it to its workers under another type.
    numbers = pa.schema([(name, pa.float64()) for name in names])
    X = pa.Table.from_batches([rows]).select(names).cast(numbers).to_pandas()
    columns = [rows.column(name).cast(SCORES.field(name).type) for name in PAIR]
    probability = model.probability(X)
    columns += [
        pa.array(probability),
        *_bounded(probability, is_identified=stored.selection != "not identified"),
        pa.repeat(pa.scalar(version, pa.int32()), len(rows)),
        pa.repeat(pa.scalar(model.catalogue.version), len(rows)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCORES)


def _bounded(probability: np.ndarray, *, is_identified: bool) -> list[pa.Array]:
    """Odds ratio, lowest and highest probability; nulls where selection is identified."""
    if is_identified:
        return [pa.nulls(len(probability), pa.float64())] * 3
    (found,) = odds_bounds(probability, 0.0, ODDS_RATIOS_SHOWN[-1:])
    ratio = pa.repeat(pa.scalar(found.odds_ratio, pa.float64()), len(probability))
    return [ratio, pa.array(found.low), pa.array(found.high)]


def score_frame(frame: Path, stored: Artefact, version: int, folder: Path) -> int:
    """Write the scores of a written frame into a folder, and return how many there are.

    Parameters
    ----------
    frame : Path
        What `features.frames.write_frame` wrote.
    stored : Artefact
    version : int
        Number of the model in its registry.
    folder : Path
        Gets a folder for each part of the frame, with one file.
    """
    n_rows = 0
    for part in sorted(frame.glob(f"{PART}=*")):
        (folder / part.name).mkdir(parents=True)
        path = folder / part.name / "scores.parquet"
        with pq.ParquetWriter(path, SCORES, compression="zstd") as writer:
            for file in sorted(part.glob("*.parquet")):
                with pq.ParquetFile(file) as rows:
                    names = [*PAIR, *stored.model.catalogue.names]
                    for batch in rows.iter_batches(ROWS_AT_ONCE, columns=names):
                        writer.write_batch(scored(batch, stored, version))
                        n_rows += len(batch)
    return n_rows


def score_frame_on_spark(
    session: "SparkSession", frame: Path, model: Path, digest: str, version: int, folder: Path
) -> None:
    """Write the scores of a written frame by the workers of Spark.

    Each worker reads the model once, from its folder, which every machine must reach.

    Parameters
    ----------
    session : SparkSession
    frame : Path
        What `features.frames.write_frame` wrote.
    model : Path
        What `models.artefact.save` wrote.
    digest : str
        Of its files; other files are refused.
    version : int
        Number of the model in its registry.
    folder : Path
        Becomes a folder with a folder for each part of the frame.
    """
    types = {"string": "string", "date32[day]": "date", "double": "double", "int32": "int"}
    columns = [f"{field.name} {types[str(field.type)]}" for field in SCORES]
    rows = session.read.parquet(str(frame)).mapInArrow(
        partial(_scored_by_worker, str(model), digest, version),
        ", ".join([*columns, f"{PART} string"]),
    )
    written = rows.write.mode("overwrite").partitionBy(PART).option("compression", "zstd")
    written.parquet(str(folder))


def _scored_by_worker(
    model: str, digest: str, version: int, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The scores of what a worker is handed, with the part that each belongs to."""
    for rows in batches:
        scores = scored(rows, _loaded(model, digest), version)
        yield scores.append_column(PART, rows.column(PART).cast(pa.string()))


@cache
def _loaded(folder: str, digest: str) -> Artefact:
    """The model of a worker: read once in the life of its process."""
    return load(Path(folder), digest)
