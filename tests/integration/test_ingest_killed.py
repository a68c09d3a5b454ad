"""An ingest that is killed at any moment leaves the old snapshot or the new one, whole."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lib.small_agency import FILES, write_small

ROOT = Path(__file__).parents[2]
EVERY = 4


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    workspace = tmp_path_factory.mktemp("killed")
    old = write_small(workspace / "old")
    new = write_small(workspace / "new", terms=FILES["terms"] + "\nt4,bob,chief,A,2006-01-01,")
    command = [sys.executable, "-m", "tests.lib.killed_ingest", old, new, workspace, str(EVERY)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_the_kills_cover_the_whole_ingest(told: dict[str, Any]):
    n_events = len(told["events"])
    assert n_events > 40
    # The rows of the file that changed, the folder, then the pointer.
    assert told["events"].count("os.rename") == 3
    assert told["rounds"][0]["n"] == 1
    assert told["rounds"][-1]["n"] > n_events - EVERY
    assert all(round_["killed"] for round_ in told["rounds"])


def test_a_killed_ingest_leaves_the_old_snapshot_or_the_new_one(told: dict[str, Any]):
    left = [round_["left"] for round_ in told["rounds"]]
    pointer_moves = [i for i, event in enumerate(told["events"], 1) if event == "os.rename"][-1]
    turn = sum(round_["n"] <= pointer_moves for round_ in told["rounds"])
    assert left == [told["old"]] * turn + [told["new"]] * (len(left) - turn)


def test_the_next_ingest_works_and_clears_up(told: dict[str, Any]):
    followed = [round_["next"] for round_ in told["rounds"] if "next" in round_]
    assert len(followed) >= 5
    for after in followed:
        assert after["digest"] == told["new"]
        assert after["there"] == sorted([told["old"], told["new"], "current"])
