"""A second list of planted errors, made without the first one: all found, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import load_workbook

from features.identity.store import open_identities
from features.storage import Snapshot, current_snapshot
from simulation.agency import simulate
from simulation.exports import write_exports
from simulation.knobs import Knobs
from tests.lib.command import succeeded, suksesi
from tests.lib.second_dirt import MUSTS, Planted, plant
from tests.lib.second_dirt_judged import KEPT_IDS, Judged, judged, lost_and_let_in, not_as_seen

MAPPING = Path("features/agencies/siasn.yaml")
CLEAN = Knobs(people=1500, dirt=0)
SEEDS = (11, 2026)

pytestmark = pytest.mark.xdist_group("second_dirt")


@dataclass(frozen=True)
class Taken:
    """Exports with the second list in them, and what they became."""

    planted: list[Planted]
    clean: Path
    dirty: Path
    home: Path
    snapshot: Snapshot
    verdict: Judged


@pytest.fixture(scope="module", params=SEEDS)
def taken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = tmp_path_factory.mktemp(f"second{request.param}")
    clean, dirty, home = folder / "clean", folder / "dirty", folder / "home"
    listed = write_exports(simulate(CLEAN, request.param).tables, CLEAN, request.param, clean)
    assert listed.empty
    planted = plant(clean, dirty, request.param)
    succeeded(suksesi("ingest", MAPPING, "--exports", dirty, home=home))
    snapshot = current_snapshot(home)
    return Taken(planted, clean, dirty, home, snapshot, judged(planted, snapshot))


def ids_of(folder: Path) -> dict[str, set[str]]:
    """The ids of the clean files, by file."""
    found = {}
    for file, _table, _column in KEPT_IDS:
        path = folder / file
        if path.suffix == ".csv":
            found[file] = set(pd.read_csv(path, dtype=str).iloc[:, 0])
        elif path.suffix == ".json":
            found[file] = {next(iter(one.values())) for one in json.loads(path.read_text())["data"]}
        else:
            rows = load_workbook(str(path)).get_sheet_by_name("Jabatan").to_python()
            found[file] = {str(row[0]) for row in rows[1:]}
    return found


def test_the_list_is_long(taken: Taken):
    kinds = {must: {one.kind for one in taken.planted if one.must == must} for must in MUSTS}
    assert len(kinds["rejected"]) >= 120
    assert len(kinds["kept"]) >= 60
    assert len({(one.file, one.sheet, one.row) for one in taken.planted}) == len(taken.planted)


def test_every_bad_row_is_found_for_a_reason_of_its_kind(taken: Taken):
    assert taken.verdict.missed() == {}
    assert min(taken.verdict.recall().values()) >= 0.99


def test_no_row_that_only_looks_wrong_is_rejected(taken: Taken):
    assert taken.verdict.trapped() == {}


def test_nothing_else_is_rejected(taken: Taken):
    assert len(taken.verdict.false_alarms) <= 0.01 * taken.verdict.quarantined, (
        taken.verdict.false_alarms[:20]
    )


def test_what_looks_wrong_and_is_right_stands_in_the_tables_as_it_was_sent(taken: Taken):
    assert not_as_seen(taken.planted, taken.snapshot.folder) == []


def test_good_rows_are_all_there_and_bad_ones_nowhere(taken: Taken):
    lost, let_in = lost_and_let_in(
        taken.planted, ids_of(taken.clean), taken.verdict, taken.snapshot
    )
    assert lost == []
    assert let_in == []


def test_lines_that_are_nobody_make_no_people(taken: Taken):
    people = set(pd.read_csv(taken.clean / "data-utama.csv", dtype=str)["id"])
    people -= {one.id for one in taken.planted if one.kind == "too_few_fields"}
    with open_identities(taken.home, taken.home.parent / "keys") as identities:
        issued = set(identities.person_ids(people).values())
    held = set(pd.read_parquet(taken.snapshot.folder / "person.parquet")["person_id"])
    assert held == issued


def test_what_is_accepted_and_contradicts_itself_is_told(taken: Taken):
    folder = taken.home / "reports" / taken.snapshot.digest
    told = pd.read_parquet(folder / "contradictions.parquet")
    for one in taken.planted:
        if one.shown:
            keys = told.loc[told["kind"] == one.shown, "row_key"]
            assert keys.str.contains(one.id).any(), one


def test_unknown_free_texts_wait_in_the_queue(taken: Taken):
    queue = succeeded(suksesi("normalise", "queue", "--json", home=taken.home)).out.lower()
    assert "xyzzyk wqrtplu" in queue
    assert "qwrtz plmokn vbxz" in queue
    assert "kemensim" not in queue
