"""The simulated ministry: how long it takes to write, how that grows, and the demonstration.

Time is that of whole processes, imports included, as in `benchmarks.main_job`; of the smaller
ministries the least of several, so that what else the machine does bends no slope. Memory of the
demonstration is summed over all processes of its session, five times a second, as PSS: pages that
workers share count once, where RSS counts them for each. Linux only.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from benchmarks.main_job import run_alone
from training.figures import Figure, figure

#: People, how often they are simulated, and what is promised of them: seconds, GB.
SIZES = {5_000: (3, "<= 20", None), 20_000: (2, None, None), 50_000: (1, "<= 300", "<= 6")}
#: Where cost grows with the number of people and not with its square, with room for noise.
LINEAR = "<= 1.2"
STEPS_REUSED = 3
EVERY = 0.2
LONGEST = 900.0


def measure(space: Path) -> list[Figure]:
    """All figures of the simulator and of the demonstration.

    Parameters
    ----------
    space : Path
        An empty folder.
    """
    return [*_ministries(space), *_demonstration(space)]


def _ministries(space: Path) -> list[Figure]:
    figures, seconds = [], {}
    environ = {**os.environ, "SUKSESI_HOME": str(space / "unused")}
    for people, (times, within, memory_within) in SIZES.items():
        command = ["simulate", "--preset", "realistic", "--people", str(people)]
        outs = [space / f"ministry-{people}-{nth}" for nth in range(times)]
        runs = [run_alone([*command, "--out", str(out)], environ) for out in outs]
        taken, memory = min(spent for spent, _ in runs), max(memory for _, memory in runs)
        seconds[people] = taken
        name = f"simulation.{people}"
        written = sum(one.stat().st_size for one in outs[0].rglob("*") if one.is_file()) / 1e9
        figures += [
            figure(f"{name}.seconds", taken, unit="s", bound=within),
            figure(f"{name}.seconds_per_thousand", 1000 * taken / people, unit="s"),
            figure(f"{name}.peak_memory", memory, unit="GB", bound=memory_within),
            figure(f"{name}.written", written, unit="GB"),
        ]
    size, spent = np.log(list(seconds)), np.log(list(seconds.values()))
    slope = np.polyfit(size, spent, 1)[0]
    # Imports cost the same at any size and make the slope over all look smaller than it is.
    steepest = (spent[-1] - spent[-2]) / (size[-1] - size[-2])
    return [
        *figures,
        figure("simulation.exponent", float(slope), unit="exponent", bound=LINEAR),
        figure("simulation.exponent_of_the_two_largest", float(steepest), unit="exponent"),
    ]


def _demonstration(space: Path) -> list[Figure]:
    """From nothing to a recommendation over HTTP, and once more with everything there."""
    home = space / "demo"
    first, again = (_demo_started(home, space / f"demo-{nth}.log") for nth in (1, 2))
    name = "simulation.demo"
    return [
        figure(f"{name}.seconds", first["seconds"], unit="s", bound="<= 180"),
        figure(f"{name}.peak_memory", first["pss"], unit="GB", bound="<= 2"),
        figure(f"{name}.peak_memory_shared_pages_counted_again", first["rss"], unit="GB"),
        figure(f"{name}.seconds_to_stop", first["stopping"], unit="s"),
        figure(f"{name}.processes_left", first["left"], unit="processes", bound="<= 0"),
        figure(f"{name}.second_start.seconds", again["seconds"], unit="s"),
        figure(f"{name}.second_start.peak_memory", again["pss"], unit="GB"),
        figure(f"{name}.second_start.steps_reused", again["reused"], bound=f">= {STEPS_REUSED}"),
        figure(f"{name}.second_start.processes_left", again["left"], bound="<= 0"),
    ]


def _demo_started(home: Path, log: Path) -> dict[str, float]:
    """One start of `suksesi demo`: until a recommendation is answered, then Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "SUKSESI_HOME": str(home), "SUKSESI_PORT": str(port)}
    started = time.perf_counter()
    with log.open("wb") as told:
        demo = subprocess.Popen(
            [sys.executable, "-m", "suksesi.cli", "demo"],
            env=environ,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with _watched(demo.pid) as peak:
            _wait_for_recommendation(demo, log)
            seconds = time.perf_counter() - started
        os.killpg(demo.pid, signal.SIGINT)
        asked = time.perf_counter()
        while _session(demo.pid) and time.perf_counter() - asked < 30:
            demo.poll()
            time.sleep(EVERY / 4)
        stopping, left = time.perf_counter() - asked, len(_session(demo.pid))
    finally:
        for process in _session(demo.pid):
            os.kill(process, signal.SIGKILL)
        demo.wait(10)
    reused = log.read_text(encoding="utf-8").count("is there already")
    return {
        "seconds": seconds,
        "pss": peak["Pss"] / 1e6,
        "rss": peak["Rss"] / 1e6,
        "stopping": stopping,
        "left": left,
        "reused": reused,
    }


def _wait_for_recommendation(demo: subprocess.Popen, log: Path) -> None:
    """Ask for what the demonstration itself invites to, until it is answered."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8", errors="replace")
        if demo.poll() is not None:
            raise RuntimeError(f"suksesi demo ended with {demo.returncode}:\n{said[-2000:]}")
        invited = re.search(r'curl "(http\S+/v1/recommendation\S+)"', said)
        if invited:
            try:
                with urlopen(invited[1], timeout=60) as answer:
                    if answer.status == 200 and b'"candidates"' in answer.read():
                        return
            except (URLError, ConnectionError):
                pass
        time.sleep(EVERY)
    raise RuntimeError(f"suksesi demo gave no recommendation in {LONGEST:.0f} s")


@contextmanager
def _watched(session: int) -> Generator[dict[str, int]]:
    """Peaks of memory summed over a session, in kB."""
    peak, done = {"Pss": 0, "Rss": 0}, threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            held = [_memory(process) for process in _session(session)]
            for kind in peak:
                peak[kind] = max(peak[kind], sum(one.get(kind, 0) for one in held))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _session(session: int) -> list[int]:
    """Processes started in a session and not ended yet, whoever their parents are by now."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The name in brackets may hold anything; what follows it does not.
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        state, _parent, _group, its = stat.rpartition(")")[2].split()[:4]
        if int(its) == session and state not in "ZX":
            found.append(int(folder.name))
    return found


def _memory(process: int) -> dict[str, int]:
    """Memory of a process in kB, by kind; nothing of one that has just ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {kind.rstrip(":"): int(kilobytes) for kind, kilobytes, *_ in map(str.split, lines)}
