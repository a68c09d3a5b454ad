"""`suksesi features --with-leave` for audits; no model may see what it writes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.assemble import CATALOGUE_WITH_LEAVE
from features.catalogue import CATALOGUE, LEAVE
from features.errors import CatalogueError
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.command import succeeded, suksesi
from tests.lib.labels import labels
from tests.lib.promoted import promote_invented
from tests.lib.small_agency import FILES, MAPPING, write_small
from tests.lib.written import KEYS, read_written, rewrite

pytestmark = pytest.mark.xdist_group("leave_frames")

AS_OF = "2005-06-29"
NAMES = [feature.name for feature in LEAVE]
WITH_LEAVE = MAPPING.replace(
    "  terms: {file: terms.csv}\n",
    "  terms: {file: terms.csv}\n  standings: {file: standings.csv}\n",
).replace(
    "ladder:\n",
    """\
  legal_status:
    from: standings
    columns: {person_id: person, status: status, from_on: begun, until_on: ended}
ladder:
""",
)
STANDINGS = "person,status,begun,ended\nann,cltn,2002-01-01,2003-01-01\nbob,active,2001-01-01,"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann was on leave without pay for a year; bob never."""
    folder = tmp_path_factory.mktemp("leave")
    mapping = write_small(
        folder / "agency", mapping=WITH_LEAVE, **{**FILES, "standings": STANDINGS}
    )
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=folder / "home"))
    promote_invented(folder / "home", "small", date(2004, 1, 1))
    return folder / "home"


def test_leave_stands_apart_beside_the_frame_row_by_row_and_says_what_it_is_for(home: Path):
    plain = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    assert "leave" not in plain
    assert not (home / "audits").exists()
    done = suksesi("features", "--as-of", AS_OF, "--with-leave", "--json", home=home)
    told = succeeded(done).json
    assert told.items() >= plain.items()
    frame, leave = (read_written(Path(told[name])) for name in ("folder", "leave"))
    assert list(frame.columns) == [*KEYS, *CATALOGUE.names]
    assert list(leave.columns) == [*KEYS, *NAMES]
    pd.testing.assert_frame_equal(frame[KEYS], leave[KEYS])
    of = leave.set_index("person_id")
    assert of["n_leaves"].to_dict() == {"ann": 1, "bob": 0}
    assert of["years_on_leave"].to_dict() == pytest.approx({"ann": 365 / 365.25, "bob": 0})
    made_of = json.loads((Path(told["leave"]) / "_made_of.json").read_text())
    assert made_of["features"] == NAMES
    assert "no model may be trained on it" in made_of["use"]
    assert made_of["snapshot"] == told["snapshot"]
    printed = succeeded(suksesi("features", "--as-of", AS_OF, "--with-leave", home=home)).out
    assert "for audits only" in printed


def test_leave_is_asked_for_with_a_date(home: Path):
    done = suksesi("features", "--catalogue", "--with-leave", home=home)
    assert done.code == 2
    assert "leave is not in the catalogue" in done.err


def test_scoring_refuses_a_frame_that_leave_was_put_into(home: Path):
    told = succeeded(suksesi("features", "--as-of", AS_OF, "--json", home=home)).json
    succeeded(suksesi("score", "--as-of", AS_OF, home=home))
    rewrite(Path(told["folder"]), "*, 1.0 AS n_leaves")
    done = suksesi("score", "--as-of", AS_OF, home=home)
    assert (done.code, done.out) == (1, "")
    assert "columns that no model may see (for audits only): n_leaves" in done.err
    rewrite(Path(told["folder"]), "* EXCLUDE (n_leaves)")
    succeeded(suksesi("score", "--as-of", AS_OF, home=home))


def test_training_refuses_leave_whatever_catalogue_is_given():
    few = labels(300, 7)
    X = few.X.assign(n_leaves=1.0, years_on_leave=[n % 7 for n in range(len(few.X))])
    told: dict[str, Any] = {
        "groups": few.groups,
        "day": few.day,
        "settings": ReadinessSettings(n_trees=10, tells_uncertainty=False),
    }
    with pytest.raises(CatalogueError, match="does not know: n_leaves, years_on_leave"):
        ReadinessModel.fit(X, few.y, **told)
    with pytest.raises(CatalogueError, match="for audits only: n_leaves, years_on_leave"):
        ReadinessModel.fit(X, few.y, **told, catalogue=CATALOGUE_WITH_LEAVE)
