"""What holds for every test: capped threads, no litter, no moved random state, timed folders."""

import gc
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

# Before numpy, LightGBM and MLflow are imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["SUKSESI_THREADS"] = "1"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["BENTOML_DO_NOT_TRACK"] = "True"
# Whatever looks at the environment during the tests finds a home that is thrown away.
os.environ["SUKSESI_HOME"] = tempfile.mkdtemp(prefix="suksesi-tests-")
os.environ["BENTOML_HOME"] = str(Path(os.environ["SUKSESI_HOME"]) / "bentoml")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="suksesi-metrics-")
# Java that Spark runs on compiles as if it had hours to gain by it; a test lasts seconds.
os.environ["SPARK_SUBMIT_OPTS"] = "-XX:TieredStopAtLevel=1"
os.environ.pop("MLFLOW_TRACKING_URI", None)

import random
from collections.abc import Iterator

import numpy as np
import pytest

# Expressions are made of many small objects that point at each other: looking through all of them
# after every 700 new ones takes a fifth of the time of the tests.
gc.set_threshold(100_000, 50, 50)

FOLDER_SECONDS: defaultdict[str, float] = defaultdict(float)


@pytest.fixture(autouse=True)
def _unmoved_random_state() -> Iterator[None]:
    """Fail a test that moves the global random state: others would depend on it."""
    before, numpy_before = (
        random.getstate(),
        np.random.get_state(legacy=False)["state"]["key"].copy(),
    )
    yield
    assert random.getstate() == before, "the global state of random was moved"
    numpy_after = np.random.get_state(legacy=False)["state"]["key"]
    assert (numpy_after == numpy_before).all(), "numpy's global state was moved"


@pytest.fixture(scope="session")
def ministers_exports() -> Path:
    """The folder with the careers of ministers; without it the test is skipped."""
    folder = os.environ.get("SUKSESI_REFERENCE_DATA")
    if not folder:
        pytest.skip("set SUKSESI_REFERENCE_DATA to the folder that holds uk_ministers/")
    exports = Path(folder) / "uk_ministers"
    if not exports.is_dir():
        pytest.skip(f"no folder uk_ministers in SUKSESI_REFERENCE_DATA ({folder})")
    return exports


@pytest.fixture(scope="session")
def ministers_home(tmp_path_factory: pytest.TempPathFactory, ministers_exports: Path) -> Path:
    """Ingested, trained as of mid 2019, promoted. Tests read it; who changes it takes a copy."""
    # Not above: a run that needs none of it must not wait for MLflow.
    from tests.lib.command import succeeded, suksesi
    from tests.lib.ministers import MAPPING, TRAINED_AS_OF
    from tests.lib.promoted import backtested_in

    home = tmp_path_factory.mktemp("ministers") / "home"
    succeeded(suksesi("ingest", MAPPING, "--exports", ministers_exports, home=home))
    succeeded(suksesi("train", "--as-of", TRAINED_AS_OF, "--horizon", home=home))
    backtested_in(home)
    succeeded(suksesi("promote", "1", home=home))
    return home


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests of a file on one worker, as well as those of a group."""
    if config.getoption("dist") != "loadgroup":
        return None
    from tests.lib.by_file import ByFile

    return ByFile(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long each folder of tests takes."""
    parts = Path(report.nodeid.split("::")[0]).parts
    folder = "/".join(parts[:2]) if parts[0] == "tests" else f"doctests of {parts[0]}"
    FOLDER_SECONDS[folder] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the time of each folder, and the digests of frozen choices."""
    from training.moves import frozen_digests

    terminalreporter.section("time of each folder of tests, in seconds of one worker")
    for folder, seconds in sorted(FOLDER_SECONDS.items()):
        terminalreporter.write_line(f"{seconds:8.1f}  {folder}")
    terminalreporter.section("frozen choices")
    for name, digest in frozen_digests().items():
        terminalreporter.write_line(f"{digest}  {name}")
