"""Likeness of careers stays out of readiness: no feature of it, and the same bytes without it."""

import subprocess
import sys
from pathlib import Path

import pytest
from scipy.sparse import csr_array

from features.assemble import ROOMS, FeatureQuery
from features.catalogue import CATALOGUE
from models import artefact
from tests.lib.careers import drawn_record, pairs
from tests.unit.models.test_artefact import FACTS, made_model

ROOT = Path(__file__).parents[3]
POSTS = "post | unit | class\nclerk | ports | staff\nhead | ports | head\nchief | docks | chief"
CAREERS = """
    person | post  | start_on   | end_on
    ann    | clerk | 2000-01-01 | 2002-01-01
    ann    | head  | 2002-01-01 | -
    bob    | clerk | 2001-01-01 | -
"""
ASKED = "person | post | as_of\nann | chief | 2010-01-01\nbob | head | 2010-01-01"
# What another process does in which the modules cannot be imported at all.
WITHOUT = """
import sys
from pathlib import Path
sys.modules["models.embedding"] = sys.modules["models.similar"] = None
from models import artefact
from tests.unit.models.test_artefact import FACTS, made_model
print(artefact.save(made_model(), Path(sys.argv[1]), FACTS))
from tests.unit.models.test_embedding_apart import frame
print(frame())
"""


def frame() -> str:
    """The feature frame of two invented careers as text, every digit of it."""
    made = FeatureQuery(drawn_record(posts=POSTS, appointments=CAREERS)).frame(pairs(ASKED))
    return str(made.to_json(double_precision=15))


def digest(folder: Path) -> str:
    return artefact.save(made_model(), folder, FACTS)


def test_every_catalogued_feature_is_computed_by_a_room_of_the_ground_floor():
    asked = pairs(ASKED)
    made = FeatureQuery(drawn_record(posts=POSTS, appointments=CAREERS)).frame(asked)
    assert set(CATALOGUE.names) <= set(made.columns)
    rooms = {f"features.{room}" for room in ROOMS}
    reached = {name for name in sys.modules if name in rooms}
    assert reached == rooms
    words = ("embed", "cosine")
    assert [name for name in CATALOGUE.names if any(word in name for word in words)] == []


def test_features_and_model_come_out_the_same_where_the_modules_are_absent(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path / "without")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [digest(tmp_path / "with"), frame()]


def test_model_comes_out_the_same_where_the_modules_are_altered(tmp_path: Path, monkeypatch):
    # Not above: the other process, which takes `frame` from this file, has no such modules.
    from models import embedding, similar

    plain = digest(tmp_path / "plain"), frame()

    def broken(*_arguments, **_options):
        raise AssertionError("likeness of careers was asked for")

    for module in (embedding, similar):
        for name, value in vars(module).items():
            if callable(value) and getattr(value, "__module__", "") == module.__name__:
                monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError, match="was asked for"):
        embedding.ppmi(csr_array((1, 1)))
    assert (digest(tmp_path / "altered"), frame()) == plain
