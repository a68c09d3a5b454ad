"""The written frame of an agency: everybody who can be ranked, for every strategic post, on a date.

The rule that must not break: no frame stands on the disk that holds a copy of what is protected, or
that does not say which record and which catalogue it was made from.

    SUKSESI_HOME/features/2026-01-01/
    ├── _made_of.json           date, snapshot, catalogue, engine, counts
    ├── _linter.csv             what the identity linter saw
    └── person_part=0/ … f/     Parquet: person_id, post_id, as_of and the features
"""

import contextlib
import json
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import ibis
import pandas as pd
import pyarrow as pa

from features.agencies.consistency import SNAPSHOT_TABLES
from features.assemble import PAIR
from features.catalogue import CATALOGUE
from features.duck import OnDuckDB
from features.errors import CatalogueError, FrameError
from features.frames import PART, Engine, write_frame
from features.identity_linter.lint import require_no_copies
from features.policy.pool import rankable
from features.settings import Settings
from features.storage import Snapshot
from features.tables.record import Record
from features.whole_folders import made_anew, standing

EngineName = Literal["duckdb", "spark"]
MADE_OF, LINTER = "_made_of.json", "_linter.csv"
#: Posts whose lists the linter sees, and rows of all of them together, one list excepted.
MOST_LINTED_POSTS, MOST_LINTED_ROWS = 3, 1_000_000
_PEOPLE = pa.schema([("person_id", pa.string()), ("as_of", pa.date32())])


@dataclass(frozen=True)
class StrategicFrame:
    """A frame on the disk and what it was made of.

    Parameters
    ----------
    folder : Path
    as_of : str
        A date as ISO 8601 has it.
    snapshot : str
        Digest of the record.
    catalogue : str
        Version of the catalogue.
    engine : str
    rows, people, posts : int
    linted_posts : tuple of str
        Posts whose lists the identity linter saw.
    not_auditable : tuple of str
        Attributes that it could not compare.
    """

    folder: Path
    as_of: str
    snapshot: str
    catalogue: str
    engine: str
    rows: int
    people: int
    posts: int
    linted_posts: tuple[str, ...]
    not_auditable: tuple[str, ...]

    @property
    def linter(self) -> Path:
        """The report of the identity linter."""
        return self.folder / LINTER

    def is_of(self, snapshot: Snapshot) -> bool:
        """Whether it would come out the same today from a snapshot."""
        return (self.snapshot, self.catalogue) == (snapshot.digest, CATALOGUE.version)

    def told(self) -> dict[str, object]:
        """All of it as JSON has it."""
        return {**asdict(self), "folder": str(self.folder)}


def frame_on(home: Path, on: date) -> StrategicFrame | None:
    """The frame that was written for a date, or None.

    Raises
    ------
    FrameError
        If it does not say what it was made of.
    """
    folder = standing(home / "features" / str(on))
    if folder is None:
        return None
    try:
        told = json.loads((folder / MADE_OF).read_text(encoding="utf-8"))
        told |= {name: tuple(told[name]) for name in ("linted_posts", "not_auditable")}
        return StrategicFrame(folder, **told)
    except (OSError, ValueError, TypeError, KeyError):
        raise FrameError(
            "the frame does not say what it was made of",
            where=str(folder),
            remedy="delete the folder and write it anew: suksesi features --as-of DATE",
        ) from None


def write_strategic_frame(
    snapshot: Snapshot,
    on: date,
    settings: Settings,
    *,
    engine: EngineName = "duckdb",
    identities: pd.DataFrame | None = None,
    tell: Callable[[str], None] = lambda _what: None,
) -> StrategicFrame:
    """Write every feature of everybody who can be ranked on a date, for every strategic post.

    The frame of the same date that stood there stays until the new one is whole and was found
    without a copy.

    Parameters
    ----------
    snapshot : Snapshot
    on : date
    settings : Settings
        Home, memory, and where Spark is.
    engine : {"duckdb", "spark"}
    identities : DataFrame, optional
        NIPs and names, for the identity linter.
    tell : callable
        Takes what is being done, in a word.

    Raises
    ------
    ProtectedAttributeError
        If a column copies what is protected.
    CatalogueError
        If a value lies outside its range.
    FrameError
        If another run is writing in this home.
    DependencyError
        If Spark was asked for and is not there, or has no Java.
    """
    target = settings.home / "features" / str(on)
    with made_anew(target) as making:
        tell("computing")
        record = snapshot.record()
        with _engine(engine, snapshot, record, making.space, settings) as (held, computing):
            write_frame(held, _pairs(held, snapshot, record, on), making.folder, computing)
        tell("comparing with what is protected")
        with closing(_reading(making.folder, making.space, settings.feature_memory)) as rows:
            counts = _counts(rows)
            _require_ranges(rows)
            posts, linted = _some_lists(rows, counts)
        found = require_no_copies(record, linted, identities=identities)
        found.report.to_csv(making.folder / LINTER, index=False)
        made = StrategicFrame(
            target,
            str(on),
            snapshot.digest,
            CATALOGUE.version,
            engine,
            *counts,
            tuple(posts),
            tuple(found.not_auditable),
        )
        told = {name: value for name, value in made.told().items() if name != "folder"}
        text = json.dumps(told, indent=2) + "\n"
        (making.folder / MADE_OF).write_text(text, encoding="utf-8")
    return made


@contextlib.contextmanager
def on_spark(space: Path, settings: Settings) -> Generator:
    """A Spark session as the settings ask for it, without what its library warns of."""
    from features.spark import spark_session

    asked = {"master": settings.spark_master, "memory": settings.feature_memory}
    with warnings.catch_warnings():
        # It says so of itself each time; what it does with frames of pandas is not used here.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        with spark_session(space, **asked, java_home=settings.java_home) as session:
            yield session


@contextlib.contextmanager
def _engine(
    name: EngineName, snapshot: Snapshot, record: Record, space: Path, settings: Settings
) -> Generator[tuple[Record, Engine]]:
    """The record on an engine, and the engine."""
    # Also beside Spark: who can be ranked is asked of the record itself.
    with closing(OnDuckDB(record, space, settings.feature_memory)) as duck:
        if name == "duckdb":
            yield record, duck
            return
        from features.spark import OnSpark, SparkRecord

        with on_spark(space, settings) as session:
            held = SparkRecord(session, snapshot.folder, SNAPSHOT_TABLES, space)
            yield held, OnSpark(held, space)


def _pairs(held: Record, snapshot: Snapshot, record: Record, on: date) -> ibis.Table:
    """Everybody who can be ranked, for every post of the strategic classes; on the engine."""
    people = rankable(record, snapshot.mapping.pool, [on])["person_id"].astype(object)
    told = pa.table([pa.array(people, pa.string()), [on] * len(people)], schema=_PEOPLE)
    posts = held.table("post")
    posts = posts.filter(posts.post_class.isin(snapshot.mapping.vacancies.classes))
    asked = held.beside("people_asked_about", told)
    return asked.cross_join(posts.select("post_id")).select(*PAIR)


def _reading(folder: Path, space: Path, memory: int) -> duckdb.DuckDBPyConnection:
    """A connection with the rows of a frame as `frame`, empty where nobody is in it."""
    con = duckdb.connect(config={"memory_limit": f"{memory}MB", "temp_directory": str(space)})
    con.execute("SET enable_progress_bar = false")
    names = ", ".join(f"NULL::DOUBLE AS {name}" for name in CATALOGUE.names)
    rows = f"SELECT ''::VARCHAR AS person_id, '' AS post_id, NULL::DATE AS as_of, {names} LIMIT 0"
    if any(folder.glob(f"{PART}=*/*.parquet")):
        files = f"read_parquet('{folder}/{PART}=*/*.parquet', hive_partitioning = false)"
        rows = f"FROM {files}"
    con.execute(f"CREATE VIEW frame AS {rows}")
    return con


def _counts(rows: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Rows, people and posts."""
    counted = "count(*), count(DISTINCT person_id), count(DISTINCT post_id)"
    n_rows, n_people, n_posts = rows.execute(f"SELECT {counted} FROM frame").fetchall()[0]
    return n_rows, n_people, n_posts


def _require_ranges(rows: duckdb.DuckDBPyConnection) -> None:
    """Refuse a value that its feature cannot have; no number is greater than all numbers here."""
    asked = ", ".join(f"min({n}), max({n})" for n in CATALOGUE.names)
    seen = rows.execute(f"SELECT {asked} FROM frame").fetchall()[0]
    for feature, low, high in zip(CATALOGUE, seen[::2], seen[1::2], strict=True):
        if low is not None and not (feature.low <= low and high <= feature.high):
            raise CatalogueError(
                "a value outside its range",
                where=f"feature {feature.name}",
                expected=f"{feature.low} to {feature.high} {feature.unit}",
            )


def _some_lists(
    rows: duckdb.DuckDBPyConnection, counts: tuple[int, int, int]
) -> tuple[Sequence[str], pd.DataFrame]:
    """The whole lists of some posts, far apart in the order of their ids, in a fixed order."""
    _n_rows, n_people, _n_posts = counts
    found = rows.execute("SELECT DISTINCT post_id FROM frame ORDER BY post_id").fetchall()
    ids = [post_id for (post_id,) in found]
    n_seen = max(1, min(MOST_LINTED_POSTS, MOST_LINTED_ROWS // max(n_people, 1), len(ids)))
    posts = sorted({ids[i * (len(ids) - 1) // max(n_seen - 1, 1)] for i in range(n_seen) if ids})
    asked = "FROM frame WHERE list_contains($posts, post_id) ORDER BY post_id, person_id"
    return posts, rows.execute(asked, {"posts": posts}).df()
