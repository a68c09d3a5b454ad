import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE, Feature
from features.errors import ArtefactError
from models import artefact
from models.explain import Explainer
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.labels import candidates, labels

FACTS = artefact.Facts(
    agency="invented",
    snapshot_digest="s" * 64,
    mapping_digest="m" * 64,
    trained_as_of=date(2024, 1, 1),
    label_cutoff_on=date(2022, 1, 1),
    label_rule="in the post after two years, or promoted – “success”",
)
FILES = [
    "background.parquet",
    "bagged_boosters.txt",
    "bagged_scorecards.json",
    "booster.txt",
    "calibration.json",
    "model.json",
    "scorecard.json",
    "uncertainty.json",
]

# What another process does to save the same model again.
SAVE = """
import sys
from pathlib import Path
from models import artefact
from tests.unit.models.test_artefact import FACTS, made_model
print(artefact.save(made_model(), Path(sys.argv[1]), FACTS))
"""


def made_model() -> ReadinessModel:
    """A small model, the same each time."""
    made = labels(400, 7)
    return ReadinessModel.fit(
        made.X,
        made.y,
        groups=made.groups,
        day=made.day,
        background=candidates(60, 3),
        settings=ReadinessSettings(n_trees=20, n_bags=3),
    )


@pytest.fixture(scope="module")
def model() -> ReadinessModel:
    return made_model()


@pytest.fixture
def folder(model, tmp_path) -> Path:
    artefact.save(model, tmp_path / "model", FACTS)
    return tmp_path / "model"


def change(folder: Path, **entries: object) -> None:
    """Rewrite entries of model.json."""
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def test_artefact_is_a_folder_of_plain_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert not (folder.parent / "model.partial").exists()


def test_artefact_loads_the_same_model(model, folder):
    people = candidates(100, 9)
    people = pd.concat([people, 100 * people], ignore_index=True)
    loaded = artefact.load(folder)
    np.testing.assert_array_equal(loaded.model.probability(people), model.probability(people))
    assert loaded.facts == FACTS
    assert loaded.model.settings == model.settings
    assert loaded.model.counts == model.counts
    assert loaded.model.is_calibrated_claim == model.is_calibrated_claim
    assert Explainer(loaded.model).explain(people) == Explainer(model).explain(people)
    (doubts, bands), (expected, expected_bands) = loaded.model.shown(people), model.shown(people)
    for name in ("low", "high", "may_fail", "may_succeed", "flags", "column"):
        np.testing.assert_array_equal(getattr(doubts, name), getattr(expected, name))
    np.testing.assert_array_equal(bands, expected_bands)


def test_artefact_saved_again_has_the_same_digest(folder):
    loaded = artefact.load(folder)
    again = artefact.save(loaded.model, folder.parent / "again", loaded.facts)
    assert again == loaded.digest == artefact.digest(folder)


def test_artefact_of_another_process_has_the_same_bytes(folder, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "3", "OMP_NUM_THREADS": "2"}
    digests = [
        subprocess.run(
            [sys.executable, "-c", SAVE, str(tmp_path / name)],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout.strip()
        for name in ("first", "second")
    ]
    assert digests == [artefact.digest(folder)] * 2


def test_artefact_holds_no_background_that_was_not_given(model, tmp_path):
    artefact.save(replace(model, background=None), tmp_path / "bare", FACTS)
    assert not (tmp_path / "bare" / "background.parquet").exists()
    assert artefact.load(tmp_path / "bare").model.background is None


def test_artefact_holds_no_uncertainty_and_no_bags_that_were_not_asked_for(model, tmp_path):
    artefact.save(replace(model, uncertainty=None), tmp_path / "bare", FACTS)
    assert len(list((tmp_path / "bare").iterdir())) == len(FILES) - 3
    assert artefact.load(tmp_path / "bare").model.uncertainty is None
    bagless = replace(model, uncertainty=replace(model.uncertainty, bags=None))
    artefact.save(bagless, tmp_path / "bagless", FACTS)
    doubts, bands = artefact.load(tmp_path / "bagless").model.shown(candidates(5, 1))
    assert bands is None
    assert len(doubts.low) == 5


def test_artefact_background_holds_figures_of_the_catalogue_and_nothing_else(folder):
    background = pd.read_parquet(folder / "background.parquet")
    assert list(background.columns) == CATALOGUE.names
    assert set(background.dtypes.astype(str)) == {"float64"}


def test_artefact_says_what_it_was_made_of(folder):
    document = json.loads((folder / "model.json").read_text())
    assert document["catalogue"] == CATALOGUE.version
    assert document["facts"]["label_cutoff_on"] == "2022-01-01"
    assert document["counts"]["n_labels"] == 400
    assert document["settings"]["boosting"]["seed"] == 20
    assert document["is_calibrated_claim"] is False


def test_artefact_digest_follows_from_names_and_contents(tmp_path):
    for name, text in (("a", "1"), ("b", "2")):
        (tmp_path / name).write_text(text)
    first = artefact.digest(tmp_path)
    (tmp_path / "b").rename(tmp_path / "c")
    renamed = artefact.digest(tmp_path)
    (tmp_path / "c").write_text("3")
    assert len({first, renamed, artefact.digest(tmp_path)}) == 3


def test_artefact_digest_changes_with_the_facts(model, folder, tmp_path):
    other = artefact.save(model, tmp_path / "other", replace(FACTS, agency="another"))
    assert other != artefact.digest(folder)


def test_save_refuses_a_folder_that_exists(model, folder):
    with pytest.raises(ArtefactError, match="exists already"):
        artefact.save(model, folder, FACTS)


def test_load_takes_the_digest_that_was_expected(folder):
    assert artefact.load(folder, artefact.digest(folder)).digest == artefact.digest(folder)


def test_load_refuses_another_digest(folder):
    with pytest.raises(ArtefactError, match="not those of the model that was asked for"):
        artefact.load(folder, "0" * 64)


@pytest.mark.parametrize("name", [name for name in FILES if name != "model.json"])
def test_load_refuses_a_file_that_was_changed(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ArtefactError, match="changed, added or lost"):
        artefact.load(folder)


def test_load_refuses_a_file_that_was_lost(folder):
    (folder / "calibration.json").unlink()
    with pytest.raises(ArtefactError, match="changed, added or lost"):
        artefact.load(folder)


def test_load_refuses_a_file_that_was_added(folder):
    (folder / "more.txt").write_text("")
    with pytest.raises(ArtefactError, match="changed, added or lost"):
        artefact.load(folder)


def test_load_refuses_a_folder_without_a_model(tmp_path):
    with pytest.raises(ArtefactError, match="no stored model"):
        artefact.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}'])
def test_load_refuses_what_is_not_a_description_of_a_model(folder, text):
    (folder / "model.json").write_text(text)
    with pytest.raises(ArtefactError, match="cannot be read"):
        artefact.load(folder)


def test_load_refuses_another_catalogue(folder):
    more = CATALOGUE.with_features(
        Feature("x", "count", 0, 9, 0, "pace", "trajectory", "X", "X", ("appointment",))
    )
    change(folder, catalogue=more.version)
    with pytest.raises(ArtefactError, match=f"catalogue {more.version}") as refused:
        artefact.load(folder)
    assert "train again" in str(refused.value)


def test_load_refuses_another_format(folder):
    change(folder, format=1)
    with pytest.raises(ArtefactError, match="format 1"):
        artefact.load(folder)


def test_pyfunc_gives_a_probability_a_row(model, folder):
    people = candidates(10, 9).set_index(pd.Index(range(100, 110)))
    got = artefact._load_pyfunc(str(folder)).predict(people)
    assert list(got.columns) == ["probability"]
    assert got.index.tolist() == list(range(100, 110))
    np.testing.assert_array_equal(got["probability"], model.probability(people))
