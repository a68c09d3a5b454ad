"""The registry on a real MLflow store: SQLite and files in a temporary folder."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import ArtefactError, ChampionError
from models import artefact
from models.readiness import ReadinessModel, ReadinessSettings
from models.registry import (
    BACKTEST,
    MODEL_NAME,
    Backtested,
    Registry,
    Version,
    _require_store,
    mlflow,
)
from models.switch import FEWEST_LABELS
from tests.lib.labels import candidates, labels
from tests.lib.promoted import backtested

FACTS = artefact.Facts(
    agency="invented",
    snapshot_digest="s" * 64,
    mapping_digest="m" * 64,
    trained_as_of=date(2024, 1, 1),
    label_cutoff_on=date(2022, 1, 1),
    label_rule="in the post after two years, or promoted",
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two stored models that differ in their seed."""
    folders = []
    for seed in (7, 8):
        enough = labels(FEWEST_LABELS, seed)
        model = ReadinessModel.fit(
            enough.X,
            enough.y,
            groups=enough.groups,
            day=enough.day,
            background=candidates(50, 1),
            settings=ReadinessSettings(n_trees=10, n_bags=2),
        )
        folders.append(tmp_path_factory.mktemp("stored") / f"model-{seed}")
        artefact.save(model, folders[-1], FACTS)
    return folders


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in them: to make one takes MLflow seconds."""
    path = tmp_path_factory.mktemp("empty") / "new" / "mlflow.db"
    _require_store(path)
    return path


@pytest.fixture
def registry(tmp_path: Path, empty_store: Path) -> Iterator[Registry]:
    """A registry without a version; the random state that MLflow names runs from is put back."""
    state = random.getstate()
    (tmp_path / "store").mkdir()
    shutil.copy(empty_store, tmp_path / "store" / "mlflow.db")
    yield Registry(f"sqlite:///{tmp_path}/store/mlflow.db", tmp_path / "artefacts")
    while mlflow.active_run():
        mlflow.end_run()
    random.setstate(state)


def registered(registry: Registry, folder: Path) -> Version:
    """A version that a backtest speaks for."""
    backtested(registry, FACTS.snapshot_digest, FACTS.label_rule)
    return registered_alone(registry, folder)


def registered_alone(registry: Registry, folder: Path, trials: int = 0) -> Version:
    with mlflow.start_run(experiment_id=registry.experiment("readiness")):
        return registry.register(folder, trials=trials)


def test_registry_gives_back_the_files_that_were_registered(registry, stored):
    version = registered(registry, stored[0])
    assert version.version == 1
    assert version.folder != stored[0]
    assert version.digest == artefact.digest(stored[0]) == artefact.digest(version.folder)


def test_registry_without_promotion_has_no_champion(registry, stored):
    with pytest.raises(ChampionError, match="no model has been promoted"):
        registry.champion()
    registered(registry, stored[0])
    with pytest.raises(ChampionError, match="no model has been promoted"):
        registry.champion()


def test_promotion_moves_the_champion_to_previous_and_ends_the_challenge(registry, stored):
    first, second = (registered(registry, folder) for folder in stored)
    registry.promote(first.version)
    registry.set_challenger(second.version)
    assert (registry.holder("champion"), registry.holder("challenger")) == (1, 2)
    registry.promote(second.version)
    assert registry.champion() == second
    assert (registry.holder("previous"), registry.holder("challenger")) == (1, None)


SPOKEN_FOR = (FACTS.snapshot_digest, FACTS.label_rule)


def test_version_without_backtest_figures_is_refused_with_the_remedy(registry, stored):
    version = registered_alone(registry, stored[0])
    with pytest.raises(ChampionError, match="no backtest figures.*run suksesi backtest"):
        registry.promote(version.version)
    assert registry.holder("champion") is None


@pytest.mark.parametrize(
    "of",
    [
        ("t" * 64, FACTS.label_rule),
        (FACTS.snapshot_digest, "in the post after one year"),
        (*SPOKEN_FOR, FACTS.trained_as_of - timedelta(days=1)),
    ],
    ids=["of another record", "by another label rule", "as of an earlier day"],
)
def test_a_backtest_of_something_else_does_not_speak_for_a_version(registry, stored, of):
    version = registered_alone(registry, stored[0])
    backtested(registry, *of)
    with pytest.raises(ChampionError, match="no backtest figures"):
        registry.promote(version.version)


@pytest.mark.parametrize("days", [0, 1, None])
def test_a_backtest_of_the_same_day_or_later_or_of_the_whole_record_does(registry, stored, days):
    version = registered_alone(registry, stored[0])
    as_of = None if days is None else FACTS.trained_as_of + timedelta(days=days)
    backtested(registry, *SPOKEN_FOR, as_of)
    assert registry.promote(version.version) == registry.champion()


@pytest.mark.parametrize(
    ("trained", "tried", "told"),
    [
        (
            2,
            (0, 3),
            "version 1 is of settings found in 2 trials, and what was backtested of the default "
            "settings and of settings found in 3 trials.*suksesi backtest --search 2 on",
        ),
        (
            0,
            (2,),
            "version 1 is of the default settings, and what was backtested of settings found in 2 "
            "trials.*suksesi backtest on",
        ),
    ],
)
def test_a_backtest_of_another_search_does_not_speak_for_a_version(
    registry, stored, trained, tried, told
):
    version = registered_alone(registry, stored[0], trained)
    for trials in tried:
        backtested(registry, *SPOKEN_FOR, trials=trials)
    with pytest.raises(ChampionError, match=told):
        registry.promote(version.version)
    assert registry.holder("champion") is None
    backtested(registry, *SPOKEN_FOR, trials=trained)
    assert registry.promote(version.version).trials == trained


def test_a_version_carries_its_search_and_the_same_files_of_another_are_another(registry, stored):
    searched = registered_alone(registry, stored[0], 2)
    tags = mlflow.MlflowClient().get_model_version(MODEL_NAME, "1").tags
    assert (searched.trials, tags["trials"]) == (2, "2")
    assert registry.with_digest(searched.digest) is None
    assert registry.with_digest(searched.digest, 2) == searched


def test_a_backtest_that_broke_off_or_has_no_figures_does_not_count(registry, stored):
    version = registered_alone(registry, stored[0])
    tags, place = Backtested(*SPOKEN_FOR, None).tags(), registry.experiment(BACKTEST)
    with (
        pytest.raises(RuntimeError, match="full disk"),
        mlflow.start_run(experiment_id=place, tags=tags),
    ):
        mlflow.log_metric("vacancies.n", 3)
        raise RuntimeError("full disk")
    with mlflow.start_run(experiment_id=place, tags=tags):
        pass
    assert registry.backtests(FACTS.snapshot_digest) == []
    with pytest.raises(ChampionError, match="no backtest figures"):
        registry.promote(version.version)


@pytest.fixture(scope="module")
def of_few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored model of one label fewer than the switch asks for."""
    few = labels(FEWEST_LABELS - 1, 7)
    settings = ReadinessSettings(n_trees=10, n_bags=2)
    model = ReadinessModel.fit(few.X, few.y, groups=few.groups, day=few.day, settings=settings)
    folder = tmp_path_factory.mktemp("few") / "model"
    artefact.save(model.with_background(candidates(50, 1)), folder, FACTS)
    return folder


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_model_below_the_switch_is_promoted_for_a_reason_alone(registry, of_few, reason):
    version = registered(registry, of_few)
    with pytest.raises(ChampionError, match="499 labels.*at least 500.*--below-switch"):
        registry.promote(version.version, below_switch=reason)
    assert not registry.was_promoted()
    assert registry.promote(version.version, below_switch="The minister asks for it.")
    tags = mlflow.MlflowClient().get_model_version(MODEL_NAME, str(version.version)).tags
    assert tags["below_switch"] == "The minister asks for it."


def test_whether_any_version_was_promoted_is_told_and_a_lost_champion_counts(registry, stored):
    first, second = (registered(registry, folder) for folder in stored)
    assert not registry.was_promoted()
    for version in (first, second):
        registry.promote(version.version)
    mlflow.MlflowClient().delete_registered_model_alias(MODEL_NAME, "champion")
    assert registry.was_promoted()
    with pytest.raises(ChampionError, match="no model has been promoted"):
        registry.champion()
    registry._file.unlink()
    with pytest.raises(ChampionError, match="is gone, and files of models are still there"):
        registry.was_promoted()


def test_a_store_that_never_was_has_promoted_nothing(tmp_path):
    assert not Registry(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "artefacts").was_promoted()


def test_promotion_of_the_champion_changes_nothing(registry, stored):
    first, second = (registered(registry, folder) for folder in stored)
    registry.promote(first.version)
    registry.promote(second.version)
    registry.promote(second.version)
    assert (registry.holder("champion"), registry.holder("previous")) == (2, 1)


def test_version_that_does_not_exist_is_refused_with_those_that_do(registry, stored):
    registered(registry, stored[0])
    with pytest.raises(ChampionError, match="there is no version 9.*one of 1"):
        registry.promote(9)


def test_version_is_found_by_the_digest_of_its_files(registry, stored):
    first, second = (registered(registry, folder) for folder in stored)
    assert registry.with_digest(second.digest) == second
    assert registry.with_digest("0" * 64) is None
    registered(registry, stored[0])
    assert registry.with_digest(first.digest) == first


def test_registry_on_a_server_makes_no_folder(tmp_path):
    Registry("http://127.0.0.1:1", tmp_path / "artefacts")
    assert list(tmp_path.iterdir()) == []


def test_champion_whose_files_were_changed_is_refused(registry, stored):
    version = registered(registry, stored[0])
    registry.promote(version.version)
    with (version.folder / "scorecard.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ArtefactError, match="not those that were registered"):
        registry.champion()


def test_reading_the_champion_writes_nothing(registry, stored, tmp_path):
    registry.promote(registered(registry, stored[0]).version)
    before = sorted(tmp_path.rglob("*"))
    registry.champion()
    assert sorted(tmp_path.rglob("*")) == before


def test_version_whose_registration_was_cut_short_is_refused(registry, stored):
    version = registered(registry, stored[0])
    client = mlflow.MlflowClient()
    client.delete_model_version_tag(MODEL_NAME, str(version.version), "folder")
    with pytest.raises(ChampionError, match="version 1 was never registered to the end"):
        registry.promote(version.version)
    # A training afterwards makes a version that can be promoted.
    assert registry.promote(registered(registry, stored[1]).version).version == 2


def test_store_that_does_not_answer_is_no_store_without_a_champion(tmp_path):
    (tmp_path / "mlflow.db").write_text("junk")
    with pytest.raises(ChampionError, match="cannot be read"):
        Registry(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "artefacts").champion()


def test_server_that_does_not_answer_is_no_store_without_a_champion(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ChampionError, match="cannot be read"):
        Registry("http://127.0.0.1:1", tmp_path / "artefacts").champion()


def test_store_is_made_whole_or_not_at_all(tmp_path):
    # What a killed process leaves behind: half of the tables, under a name that nobody opens.
    store = tmp_path / "mlflow.db"
    with sqlite3.connect(tmp_path / ".mlflow.db.partial") as half:
        half.execute("CREATE TABLE experiments (experiment_id INTEGER)")
    registry = Registry(f"sqlite:///{store}", tmp_path / "artefacts")
    registry.experiment("readiness")
    assert registry.numbers() == []
    assert registry.holder("champion") is None
    assert {path.name for path in tmp_path.iterdir()} == {
        "artefacts",
        "mlflow.db",
        "mlflow.db.lock",
    }


def test_register_without_a_run_is_refused(registry, stored):
    with pytest.raises(ArtefactError, match="no run is active"):
        registry.register(stored[0])


def test_register_refuses_a_damaged_model(registry, tmp_path):
    with (
        mlflow.start_run(experiment_id=registry.experiment("readiness")),
        pytest.raises(ArtefactError, match="no stored model"),
    ):
        registry.register(tmp_path)
    assert registry.numbers() == []


def test_pyfunc_of_the_champion_predicts_what_the_model_does(registry, stored):
    registry.promote(registered(registry, stored[0]).version)
    people = candidates(20, 4)
    loaded = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}@champion")
    got = loaded.predict(people)
    expected = artefact.load(stored[0]).model.probability(people)
    assert isinstance(got, pd.DataFrame)
    assert list(got.columns) == ["probability"]
    np.testing.assert_array_equal(got["probability"].to_numpy(), expected)


def test_another_registry_on_the_same_store_sees_the_champion(registry, stored, tmp_path):
    version = registered(registry, stored[0])
    registry.promote(version.version)
    other = Registry(f"sqlite:///{tmp_path}/store/mlflow.db", tmp_path / "artefacts")
    assert other.champion() == version
    assert other.experiment("readiness") == registry.experiment("readiness")


def test_store_that_was_moved_does_not_go_on_writing_where_it_came_from(registry, tmp_path):
    registry.experiment("readiness")
    moved = Registry(f"sqlite:///{tmp_path}/store/mlflow.db", tmp_path / "elsewhere")
    with pytest.raises(ArtefactError, match="copied or moved"):
        moved.experiment("readiness")


def test_reading_where_there_is_no_store_makes_none(tmp_path):
    registry = Registry(f"sqlite:///{tmp_path}/home/mlflow.db", tmp_path / "artefacts")
    assert (registry.numbers(), registry.with_digest("0" * 64)) == ([], None)
    with pytest.raises(ChampionError, match="no model has been promoted"):
        registry.champion()
    with pytest.raises(ChampionError, match="there is no version 1.*none yet"):
        registry.promote(1)
    assert list(tmp_path.iterdir()) == []


def test_model_whose_files_were_lost_is_registered_anew(registry, stored):
    lost, damaged = registered(registry, stored[0]), registered(registry, stored[1])
    shutil.rmtree(lost.folder)
    (damaged.folder / "scorecard.json").write_text("{}")
    for version in (lost, damaged):
        assert registry.with_digest(version.digest) is None
    again = registered(registry, stored[0])
    assert registry.with_digest(again.digest) == again


def test_store_that_may_not_be_written_is_told_in_a_sentence(registry, stored):
    version = registered(registry, stored[0])
    with sqlite3.connect(registry._file) as store:
        store.execute(
            "CREATE TRIGGER closed BEFORE INSERT ON registered_model_aliases "
            "BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END"
        )
    with pytest.raises(ChampionError, match="cannot be read or written"):
        registry.promote(version.version)


def test_registered_model_carries_no_lock_file_and_no_pickle(registry, stored):
    version = registered(registry, stored[0])
    names = {path.name for path in version.folder.parent.parent.rglob("*") if path.is_file()}
    assert "MLmodel" in names
    assert not [name for name in names if name.endswith((".pkl", ".skops", ".lock"))]
