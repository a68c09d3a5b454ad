"""`suksesi features` and `suksesi score` write whole folders, or leave those that stood there."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features import strategic
from features.catalogue import CATALOGUE
from features.duck import OnDuckDB
from features.errors import FrameError
from features.frames import Engine, write_frame
from features.storage import current_snapshot
from features.tables.record import Record
from features.whole_folders import made_anew, standing
from models import artefact
from models.registry import Registry
from models.scoring import scored
from tests.lib.agencies import write_harbour
from tests.lib.command import environment, succeeded, suksesi
from tests.lib.promoted import promote_invented
from tests.lib.written import KEYS, differing, parts_of, read_written, rewrite

pytestmark = pytest.mark.xdist_group("written")

AS_OF = "2020-01-01"
CUT_OFF = date(2019, 1, 1)
DIES = """
import os, signal, sys
from pathlib import Path
from features import strategic
honest = strategic.write_frame
def dies(*arguments, **options):
    honest(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
strategic.write_frame = dies
from suksesi.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A harbour authority with a champion that knows outcomes up to 2019."""
    folder = tmp_path_factory.mktemp("harbour")
    path = write_harbour(folder)
    home = folder / "home"
    succeeded(suksesi("ingest", path, "--exports", folder, home=home))
    promote_invented(home, "harbour", CUT_OFF, n_trees=10)
    return home


@pytest.fixture
def home(untouched: Path) -> Iterator[Path]:
    """The same, with neither frames nor scores, before and after."""
    yield untouched
    for name in ("features", "scores"):
        shutil.rmtree(untouched / name, ignore_errors=True)


def test_the_frame_holds_everybody_for_every_strategic_post(home: Path):
    told = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    rows = read_written(Path(told["folder"]))
    assert list(rows.columns) == [*KEYS, *CATALOGUE.names]
    assert not rows.duplicated(KEYS).any()
    assert (len(rows), rows["person_id"].nunique(), rows["post_id"].nunique()) == (
        told["rows"],
        told["people"],
        told["posts"],
    )
    assert told["rows"] == told["people"] * told["posts"] > 0
    assert told["catalogue"] == CATALOGUE.version
    assert told["snapshot"] == (home / "snapshots" / "current").read_text()
    assert set(told["linted_posts"]) <= set(rows["post_id"])
    assert len(parts_of(Path(told["folder"]))) == told["people"]
    made_of = json.loads((Path(told["folder"]) / "_made_of.json").read_text())
    assert made_of.items() <= told.items()


def test_a_frame_that_is_written_in_parts_is_the_same_frame(home: Path, tmp_path: Path):
    whole = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    assert whole["posts"] > 1
    record = current_snapshot(home).record()
    with duckdb.connect() as con:
        files = f"read_parquet('{whole['folder']}/person_part=*/*.parquet')"
        asked = con.sql(f"SELECT person_id, post_id, as_of FROM {files}").to_arrow_table()
    with closing(OnDuckDB(record, tmp_path, pairs_at_once=whole["people"])) as engine:
        pairs = record.beside("asked_in_parts", asked)
        n_parts = len(list(engine.parts(pairs)))
        write_frame(record, pairs, tmp_path / "frame", engine)
    # Everybody for one post is nothing that could be parted; each further post is a part here.
    assert n_parts == whole["posts"] - 1 > 1
    assert len({path.name for path in tmp_path.rglob("*.parquet")}) >= n_parts
    assert differing(read_written(Path(whole["folder"])), read_written(tmp_path / "frame"), 0) == {}


def test_too_little_memory_is_told_with_what_to_do(home: Path, tmp_path: Path):
    record = current_snapshot(home).record()
    with closing(OnDuckDB(record, tmp_path, memory=10)) as engine:
        rows = ibis.range(0, 4_000_000).unnest().name("n").as_table()
        record.backend.raw_sql("SET max_temp_directory_size = '1MB'")
        with pytest.raises(FrameError, match="set SUKSESI_FEATURE_MEMORY higher"):
            engine.stage("much", rows.order_by(rows.n.hash()))


def test_a_killed_run_leaves_the_old_frame_and_the_next_clears_up(home: Path):
    told = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    before = read_written(Path(told["folder"]))
    killed = subprocess.run(
        [sys.executable, "-c", DIES, "features", "--as-of", AS_OF],
        env={**os.environ, **environment(home)},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert any((home / "features" / ".making").rglob("*.parquet"))
    pd.testing.assert_frame_equal(before, read_written(Path(told["folder"])))
    succeeded(suksesi("features", "--as-of", AS_OF, home=home))
    assert sorted(p.name for p in (home / "features").iterdir()) == [".lock", AS_OF]


def test_a_run_that_dies_between_two_renamings_loses_nothing(tmp_path: Path):
    target = tmp_path / "2020"
    with made_anew(target) as making:
        (making.folder / "old").touch()
    target.rename(tmp_path / ".former-2020")
    assert standing(target) == tmp_path / ".former-2020"
    with pytest.raises(ZeroDivisionError), made_anew(target):
        _ = 1 / 0
    assert standing(target) == target
    assert [path.name for path in target.iterdir()] == ["old"]


def test_two_runs_do_not_write_at_once(tmp_path: Path):
    with (
        made_anew(tmp_path / "2020"),
        pytest.raises(FrameError, match="another run is writing here"),
        made_anew(tmp_path / "2021"),
    ):
        pass


def test_a_value_outside_its_range_is_refused_by_feature(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    honest = strategic.write_frame

    def spoilt(record: Record, pairs: ibis.Table, folder: Path, engine: Engine):
        honest(record, pairs, folder, engine)
        rewrite(folder, "* REPLACE (-3.0 AS is_in_post)")

    monkeypatch.setattr(strategic, "write_frame", spoilt)
    done = suksesi("features", "--as-of", AS_OF, home=home)
    assert (done.code, done.out) == (1, "")
    assert "feature is_in_post: a value outside its range. Expected: 0.0 to 1.0" in done.err
    assert standing(home / "features" / AS_OF) is None


def test_a_date_or_the_catalogue_is_asked_for(home: Path):
    assert suksesi("features", home=home).code == 2
    assert suksesi("features", "--catalogue", "--as-of", AS_OF, home=home).code == 2
    told = succeeded(suksesi("features", "--catalogue", "--json", home=home)).json
    assert [feature["name"] for feature in told["features"]] == CATALOGUE.names


def test_scores_are_those_of_the_champion_and_the_frame_is_written_once(home: Path):
    first = succeeded(suksesi("score", "--as-of", AS_OF, "--json", home=home))
    assert "computing" in first.err
    told = first.json
    frame, scores = (read_written(Path(told[name])) for name in ("frame", "folder"))
    champion = Registry(f"sqlite:///{home}/mlflow.db", home / "artefacts").champion()
    model = artefact.load(champion.folder).model
    assert (scores["probability"].to_numpy() == model.probability(frame[CATALOGUE.names])).all()
    pd.testing.assert_frame_equal(scores[KEYS], frame[KEYS])
    # Nobody vouches for the panels of this agency: no number stands without its bounds.
    odds = (scores["probability"] / (1 - scores["probability"])).to_numpy()
    for end, times in (("low", 1 / 8), ("high", 8)):
        moved = (scores[end] / (1 - scores[end])).to_numpy()
        np.testing.assert_allclose(moved, odds * times, rtol=1e-9)
    assert set(scores["odds_ratio"]) == {8.0}
    assert told["selection"] == "not identified"
    assert set(scores["model_version"]) == {told["model_version"]} == {champion.version}
    assert len(scores) == told["rows"]
    again = succeeded(suksesi("score", "--as-of", AS_OF, "--json", home=home))
    assert "computing" not in again.err
    assert again.json == told


def test_scores_where_panels_are_vouched_for_have_no_bounds(home: Path):
    champion = Registry(f"sqlite:///{home}/mlflow.db", home / "artefacts").champion()
    stored = artefact.load(champion.folder)
    vouched = replace(stored, facts=replace(stored.facts, is_ignorable=True))
    keys = {"person_id": ["a"], "post_id": ["b"], "as_of": [CUT_OFF]}
    rows = pa.RecordBatch.from_pydict({**keys, **{name: [1.0] for name in CATALOGUE.names}})
    told, bounded = (scored(rows, one, 1).to_pylist()[0] for one in (vouched, stored))
    nothing = dict.fromkeys(("odds_ratio", "low", "high"))
    assert told == {**bounded, **nothing}
    assert None not in bounded.values()


@pytest.mark.parametrize("stale", ["snapshot", "catalogue"])
def test_a_frame_of_another_record_or_catalogue_is_written_anew(home: Path, stale: str):
    told = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    path = Path(told["folder"]) / "_made_of.json"
    made_of = json.loads(path.read_text())
    path.write_text(json.dumps({**made_of, stale: "another"}))
    done = succeeded(suksesi("score", "--as-of", AS_OF, "--json", home=home))
    assert "computing" in done.err
    assert json.loads(path.read_text()) == made_of


def test_a_frame_that_does_not_say_what_it_was_made_of_is_refused(home: Path):
    told = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    (Path(told["folder"]) / "_made_of.json").write_text("{}")
    done = suksesi("score", "--as-of", AS_OF, home=home)
    assert done.code == 1
    assert "does not say what it was made of" in done.err


def test_scores_before_the_label_cut_off_must_be_meant(home: Path):
    done = suksesi("score", "--as-of", "2018-06-01", home=home)
    assert done.code == 1
    assert "the model knows outcomes up to 2019-01-01" in done.err
    assert standing(home / "features" / "2018-06-01") is None
    succeeded(suksesi("score", "--as-of", "2018-06-01", "--retrospective", home=home))


def test_on_spark_the_commands_write_the_same_and_nothing_else_on_the_terminal(home: Path):
    ours = succeeded(suksesi("score", "--as-of", AS_OF, "--json", home=home)).json
    frame, scores = (read_written(Path(ours[name])) for name in ("frame", "folder"))
    shutil.rmtree(home / "features")
    told = {"SUKSESI_SPARK_MASTER": "local[1]", "JAVA_HOME": ""}
    # A process of its own: there is one Spark a process, and its Java writes past Python.
    done = subprocess.run(
        [sys.executable, "-m", "suksesi.cli", "score", "--as-of", AS_OF]
        + ["--engine", "spark", "--json"],
        env={**os.environ, **environment(home, **told)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-3:] == [
        "computing",
        "comparing with what is protected",
        "scoring",
    ]
    assert "WARN" not in done.stderr
    assert "java" not in done.stderr.lower()
    answer = json.loads(done.stdout)
    assert answer == {**ours, "engine": "spark"}
    assert differing(frame, read_written(Path(answer["frame"]))) == {}
    theirs = read_written(Path(answer["folder"]))
    assert set(theirs.pop("catalogue_version")) == set(scores.pop("catalogue_version"))
    assert differing(scores, theirs) == {}


def test_without_java_nothing_is_written(home: Path):
    done = suksesi(
        "features", "--as-of", AS_OF, "--engine", "spark", home=home, JAVA_HOME=str(home)
    )
    assert (done.code, done.out) == (1, "")
    assert "there is no Java" in done.err
    assert "To mend it: correct JAVA_HOME" in done.err
    assert standing(home / "features" / AS_OF) is None
