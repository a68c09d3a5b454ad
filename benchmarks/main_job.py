"""The main job on the careers of ministers: exports to backtest, and the live service.

Time is that of whole processes, imports included. The service answers over HTTP at one connection;
its time stands beside that of the bare model on the same rows, measured in the same run.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from scipy.special import expit

from features.assemble import strategic_frame
from features.settings import Settings
from models.matrix import matrix
from serving.champion import DeskInService
from serving.recommend import Desk
from training.figures import Figure, figure

AS_OF = date(2019, 7, 1)
N_REQUESTS = 300
STEPS = (
    ("ingest", ["features/agencies/uk_ministers.yaml", "--exports", "{exports}"]),
    ("features", ["--as-of", f"{AS_OF}"]),
    ("train", ["--as-of", f"{AS_OF}"]),
    ("backtest", ["--json"]),
    ("promote", ["1"]),
)


def measure(space: Path, reference: Path) -> list[Figure]:
    """All figures of the main job.

    Parameters
    ----------
    space : Path
        An empty folder.
    reference : Path
        Folder of third-party data.
    """
    environ = {**os.environ, "SUKSESI_HOME": str(space / "home")}
    figures, seconds, peak = [], 0.0, 0.0
    for command, arguments in STEPS:
        filled = [part.format(exports=reference / "uk_ministers") for part in arguments]
        taken, memory = run_alone([command, *filled], environ)
        figures.append(figure(f"main_job.{command}.seconds", taken, unit="s"))
        figures.append(figure(f"main_job.{command}.peak_memory", memory, unit="GB"))
        seconds, peak = seconds + taken, max(peak, memory)
    figures.append(figure("main_job.seconds", seconds, unit="s", bound="< 60"))
    figures.append(figure("main_job.peak_memory", peak, unit="GB", bound="< 1.5"))
    return [*figures, *_service(environ)]


def run_alone(arguments: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory in GB of one command of ours in a process of its own."""
    return run_command([sys.executable, "-m", "suksesi.cli", *arguments], environ)


def run_command(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak memory in GB of a program in a process of its own."""
    probe = (
        "import resource, sys, subprocess as s; code = s.run(sys.argv[1:]).returncode; "
        "sys.stderr.write(f'PEAK {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n'); "
        "sys.exit(code)"
    )
    started = time.perf_counter()
    probed = [sys.executable, "-c", probe, *command]
    done = subprocess.run(probed, env=environ, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])} failed:\n{done.stderr[-2000:]}")
    kilobytes = int(done.stderr.rsplit("PEAK ", 1)[1])
    return taken, kilobytes / 1e6


def _service(environ: dict[str, str]) -> list[Figure]:
    """Time of a recommendation over the live service, and of the bare model on the same rows."""
    desk = DeskInService(Settings.from_environment(environ)).desk()
    posts = [post.post_id for post in desk.posts().posts]
    with _served(environ) as port:
        connection = HTTPConnection("127.0.0.1", port)
        cold = _ask(connection, posts[0])
        warm = [_ask(connection, posts[i % len(posts)]) for i in range(N_REQUESTS)]
    bare = _bare_seconds(desk, posts)
    p50, p95 = statistics.median(warm), statistics.quantiles(warm, n=20)[-1]
    return [
        figure("service.recommendation.first_of_a_date", 1000 * cold, unit="ms"),
        figure("service.recommendation.p50", 1000 * p50, unit="ms", bound="< 30"),
        figure("service.recommendation.p95", 1000 * p95, unit="ms"),
        figure("service.bare_model_predict.p50", 1000 * bare, unit="ms"),
        figure("service.recommendation_to_bare_model", p50 / bare, unit="ratio"),
    ]


def _bare_seconds(desk: Desk, posts: list[str]) -> float:
    """Median time of LightGBM's own predict and the linear half on the rows of each post."""
    model, snapshot = desk.champion.model, desk.snapshot
    frame = strategic_frame(snapshot.record(), snapshot.mapping, AS_OF)
    times = []
    for post_id in posts:
        rows = frame.loc[frame["post_id"] == post_id, model.catalogue.names]
        values = matrix(rows, model.catalogue)
        started = time.perf_counter()
        trees = model.boosted.booster.predict(values, raw_score=True, num_threads=1)
        probability = expit(model.calibration.logit((trees + model.scorecard.logit(values)) / 2))
        times.append(time.perf_counter() - started)
        if abs(probability - model.probability(rows)).max() > 1e-12:
            raise RuntimeError("the bare model and the model differ")
    return statistics.median(times)


@contextmanager
def _served(environ: dict[str, str]) -> Generator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**environ, "SUKSESI_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "suksesi.cli", "serve"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the service did not become ready in 60 s")


def _ask(connection: HTTPConnection, post: str) -> float:
    started = time.perf_counter()
    connection.request("GET", f"/v1/recommendation?post={quote(post)}&as_of={AS_OF}&top=10")
    answer = connection.getresponse()
    body = answer.read()
    taken = time.perf_counter() - started
    if answer.status != 200 or not json.loads(body)["candidates"]:
        raise RuntimeError(f"the service answered {answer.status}")
    return taken
