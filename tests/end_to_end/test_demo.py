"""The demonstration as a new user meets it: a process of its own, from nothing to an answer."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlparse

import httpx
import mlflow
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.packs.library import Library
from features.packs.rules import ROUTES
from features.policy.eligibility import eligibility
from features.policy.pool import rankable
from features.settings import Settings
from serving.champion import DeskInService
from serving.recommend import Desk
from simulation.ministry import EXPORTS, TRUTH
from suksesi.demo import AS_OF
from tests.lib.command import environment, succeeded, suksesi
from tests.lib.promoted import backtested_in

pytestmark = pytest.mark.xdist_group("demo")

#: Fewer than the demonstration has, enough labels to learn from.
PEOPLE = "1500"
SECONDS = 200


@contextmanager
def running(home: Path, log: Path) -> Generator[tuple[str, subprocess.Popen]]:
    """`suksesi demo` on a free port until it answers; stopped with Ctrl-C at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    others = ("SUKSESI_", "BENTOML_", "MLFLOW_", "PROMETHEUS_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    environ |= environment(home, SUKSESI_PORT=str(port), PYTHONUNBUFFERED="1")
    command = [sys.executable, "-m", "suksesi.cli", "demo", "--people", PEOPLE]
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environ, stdout=out, stderr=out)
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=SECONDS)


def answered(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the demonstration never answered:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home in which the demonstration has run, and what it said."""
    space = tmp_path_factory.mktemp("demo")
    home, log = space / "home", space / "log"
    with running(home, log) as (url, process):
        answered(url, process, log)
        posts = httpx.get(f"{url}/v1/posts", timeout=60).json()["posts"]
        post = next(one["post_id"] for one in posts if one["post_class"] == "jpt_pratama")
        asked = {"post": post, "as_of": str(AS_OF)}
        found = httpx.get(f"{url}/v1/recommendation", params=asked, timeout=60)
        assert found.status_code == 200
        answer = found.json()
        assert "invented" in answer["notices"][0]["en"]
        assert "rekaan" in answer["notices"][0]["id"]
        assert 1 <= len(answer["candidates"]) <= 10
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/livez", timeout=5)
    return home / f"demo-{PEOPLE}", log.read_text()


def test_it_says_where_it_is_what_to_try_and_that_nobody_exists(shown: tuple[Path, str]):
    home, said = shown
    assert said.count("SIMULATED") >= 3
    assert "The people on this list are invented" in said
    # A ministry of so few people has too few interviews for an estimate that speaks of everybody.
    assert len(re.findall(r"readiness 0\.\d\d \[\d?\.\d\d-\d?\.\d\d\]  eligibility", said)) == 3
    assert "cannot be learnt from any data" in said
    assert f"export SUKSESI_HOME={home}" in said
    assert "/v1/recommendation?post=" in said
    assert "Traceback" not in said


def test_a_second_run_reuses_what_is_there(shown: tuple[Path, str], tmp_path: Path):
    home, _said = shown
    with running(home.parent, tmp_path / "log") as (url, process):
        answered(url, process, tmp_path / "log")
    assert (tmp_path / "log").read_text().count("is there already") == 3


@pytest.mark.parametrize("stage", ["1 of 4", "2 of 4", "with the leak guard", "Serving on"])
def test_stopped_half_way_it_says_so_and_nothing_half_done_is_left(
    stage: str, shown: tuple[Path, str], tmp_path: Path
):
    home, log = tmp_path / "home", tmp_path / "log"
    own = home / shown[0].name
    # What was done before the stage is there already; where all of it was, in the home itself.
    if stage in ("2 of 4", "with the leak guard"):
        shutil.copytree(shown[0] / "ministry", own / "ministry")
    if stage == "with the leak guard":
        shutil.copytree(shown[0] / "snapshots", own / "snapshots")
    if stage == "Serving on":
        home = shown[0].parent
    with running(home, log) as (_url, process):
        deadline = time.monotonic() + 90
        while stage not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=SECONDS)
    said = log.read_text()
    assert stage in said
    assert "Traceback" not in said
    # A shell shows 130 for both: Python ends by the signal itself if it came during some imports,
    # and so does the server as long as it has not come up.
    stopped = (130, -signal.SIGINT)
    assert process.returncode in ((0, 1, *stopped) if stage == "Serving on" else stopped)
    if stage == "1 of 4":
        assert not (home / shown[0].name / "ministry").exists()
        assert list((home / shown[0].name).glob(".ministry*")) == []


@pytest.fixture(scope="module")
def desk(shown: tuple[Path, str]) -> Desk:
    """What answers in the home of the demonstration."""
    return DeskInService(Settings.from_environment(environment(shown[0]))).desk()


def test_gate_and_policy_lane_stand_beside_readiness(shown: tuple[Path, str]):
    (post,) = re.findall(r"recommendation\?post=(\w+)&", shown[1])
    asked = ("recommend", post, "--as-of", str(AS_OF), "--top", "5")
    listed = succeeded(suksesi(*asked, "--json", home=shown[0])).json
    assert listed["policy"]["pack"] == "asn-kepka-411-2025@1"
    assert "no officer has confirmed" in listed["policy"]["statement"]["en"]
    for candidate in listed["candidates"]:
        assert candidate["eligibility"]["status"] in ("met", "needs checking")
        rules = {rule["rule"]: rule for rule in candidate["eligibility"]["rules"]}
        assert {"education", "post_before", "rank", "health"} <= set(rules)
        assert "on record" in rules["education"]["found"]["en"]
        assert {rule["grade"] for rule in rules.values()} <= {"verified", "public_code", "recalled"}
        lane = candidate["policy_lane"]
        assert lane["boxes"]
        assert lane["performance"]["low"] <= lane["performance"]["high"] <= 100
        assert lane["places"]["best"] <= lane["places"]["worst"] <= lane["places"]["of"]
        parts = {"performance": 0.0, "potential": 0.0, "score": 0.0}
        for part in lane["components"]:
            parts[part["of"]] += part["adds"]["low"]
        for name, total in parts.items():
            assert total == pytest.approx(lane[name]["low"], abs=1e-4)
        assert 0 < candidate["readiness"]["probability"] < 1
    said = succeeded(suksesi(*asked, "--language", "id", home=shown[0])).out
    assert "belum diverifikasi" in said
    assert re.search(r"kebijakan: (kotak|salah satu dari kotak)", said)


@settings(max_examples=6, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_nobody_whom_a_rule_turns_away_is_ranked_or_ready_now(desk: Desk, data: st.DataObject):
    posts = desk.posts().posts
    post = data.draw(st.sampled_from([one.post_id for one in posts]), "post")
    route = data.draw(st.sampled_from(ROUTES), "route")
    later = data.draw(st.integers(0, 1), "years later")
    on = AS_OF.replace(year=AS_OF.year + later)
    listed = desk.recommendation(post, on, top=1000, route=route)
    record = desk.snapshot.record()
    people = rankable(record, desk.snapshot.mapping.pool, [on])
    pairs = people.rename(columns={"on": "as_of"}).assign(post_id=post, route=route)
    statuses = eligibility(record, Library().get("asn-kepka-411-2025"), pairs).statuses
    by_person = dict(zip(pairs["person_id"], statuses, strict=True))
    ranked = [candidate.person_id for candidate in listed.candidates]
    assert set(ranked) == {person for person, said in by_person.items() if said != "not met"}
    assert listed.n_turned_away == len(by_person) - len(ranked)
    assert listed.ready_now is not None
    assert {by_person[person] for person in listed.ready_now.people} <= {"met"}
    likely = {
        one.person_id
        for one in listed.candidates
        if one.readiness is not None
        and one.readiness.probability >= listed.ready_now.probability_at_least
    }
    assert set(listed.ready_now.people) == {p for p in likely if by_person[p] == "met"}


@pytest.fixture(scope="module")
def without_truth(shown: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home made of the same exports after the truth was deleted."""
    ministry, home = shown[0] / "ministry", tmp_path_factory.mktemp("without") / "home"
    shutil.rmtree(ministry / TRUTH)
    taken = ("ingest", "features/agencies/siasn.yaml", "--exports", ministry / EXPORTS)
    succeeded(suksesi(*taken, home=home))
    succeeded(suksesi("train", "--as-of", str(AS_OF), home=home))
    refused = suksesi("promote", "1", home=home)
    assert (refused.code, refused.out) == (1, "")
    assert "run suksesi backtest" in " ".join(refused.err.split())
    backtested_in(home)
    # Of 1,500 people there are fewer labels than the demonstration has.
    succeeded(suksesi("promote", "1", "--below-switch", "nobody exists", home=home))
    return home


def test_without_the_truth_everything_is_the_same(shown: tuple[Path, str], without_truth: Path):
    """Nothing that takes in, trains or serves has read the truth folder: the model's bytes too."""
    (post,) = re.findall(r"recommendation\?post=(\w+)&", shown[1])
    asked = ("recommend", post, "--as-of", str(AS_OF), "--top", "20", "--json")
    with_truth = succeeded(suksesi(*asked, home=shown[0]))
    assert succeeded(suksesi(*asked, home=without_truth)).out == with_truth.out
    assert with_truth.json["candidates"]
    assert re.fullmatch(r"[0-9a-f]{64}", with_truth.json["model"]["digest"])


def test_the_audit_is_a_page_that_needs_nothing_else_and_its_figures_are_told(
    shown: tuple[Path, str],
):
    home, _said = shown
    told = succeeded(suksesi("audit", "--json", home=home)).json
    page = Path(told["page"])
    assert page.is_relative_to(home)
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|iframe|object)\b|@import|url\(", text)
    outside = re.findall(r'(?:src|href)="(?!data:image/png;base64,)([^"]*)"', text)
    assert outside == []
    assert text.count('src="data:image/png') >= 2
    assert told["snapshot"] in text
    assert told["backtest"] in text
    for finding in told["findings"]:
        assert finding["finding"] in unescape(text)
        assert finding["limit"] in unescape(text)
    figures = {row["name"]: row for row in told["figures"]}
    women, men = (figures[f"audit.sex.pool.{sex}.n"]["value"] for sex in ("female", "male"))
    candidates = pd.read_parquet(home / "backtests" / told["snapshot"] / "candidates.parquet")
    assert women + men == len(candidates)
    assert not {"sex", "age_band", "birth_date"} & set(candidates)
    alone = succeeded(suksesi("audit", "--figures", "--json", home=home)).json
    assert alone == told["figures"]
    assert json.loads((home / "figures" / "audit.json").read_text()) == alone


def test_training_and_backtest_logged_figures_plots_and_the_label_rule(shown: tuple[Path, str]):
    home, _said = shown
    client = mlflow.MlflowClient(f"sqlite:///{home}/mlflow.db")
    for name, figure in (("readiness", "n_labels"), ("backtest", "vacancies.n")):
        experiment = client.get_experiment_by_name(name)
        assert experiment is not None
        (run,) = client.search_runs([experiment.experiment_id])
        assert run.data.metrics[figure] > 0
        assert "in post at least 24 months" in run.data.params["label_rule"]
        plots = Path(unquote(urlparse(run.info.artifact_uri).path)) / "plots"
        if name == "readiness":
            assert {p.name for p in plots.iterdir()} == {"reliability.png", "lift_by_band.png"}


def test_without_a_backtest_nothing_is_promoted_and_nothing_audited(without_truth: Path):
    refused = suksesi("audit", home=without_truth)
    assert (refused.code, refused.out) == (1, "")
    assert "run suksesi backtest first" in " ".join(refused.err.split())
