"""Broken files, as agencies send them: refused with a remedy, or every good row is accepted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lib.broken_files import BROKEN, SECRET

ROOT = Path(__file__).parents[2]
#: Imports alone take a fifth of a gigabyte.
MOST_MEMORY = 1_000_000_000

pytestmark = pytest.mark.xdist_group("broken_files")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What became of each file, every one ingested in a process of its own."""
    command = [sys.executable, "-m", "tests.lib.broken_ingest", tmp_path_factory.mktemp("broken")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_there_are_many_of_them(told: dict[str, dict[str, Any]]):
    assert len(told) == len(BROKEN) >= 80


@pytest.mark.parametrize("name", [name for name, case in BROKEN.items() if case.refused])
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(name, told):
    case, answer = BROKEN[name], told[name]
    assert answer.get("kind") == "IntakeError", answer
    assert case.refused is not None
    assert case.refused in answer["refused"]
    assert answer["cause"] == "None"  # the words of a library would stand there
    assert SECRET not in answer["refused"]
    # What, where and what to do.
    assert ": " in answer["refused"]
    assert "To mend it: " in answer["refused"]


@pytest.mark.parametrize("name", [name for name, case in BROKEN.items() if not case.refused])
def test_no_good_row_is_lost_and_every_bad_one_has_its_reason(name, told):
    case, answer = BROKEN[name], told[name]
    assert sorted(answer.get("accepted", ())) == sorted(case.good), answer
    assert answer["reasons"] == case.reasons


@pytest.mark.parametrize("name", list(BROKEN))
def test_memory_stays_small(name, told):
    assert told[name]["peak"] < MOST_MEMORY
