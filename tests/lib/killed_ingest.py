"""Ingests that end themselves with SIGKILL at their n-th file-system event under the home.

Run as a program of its own: it imports once, forks an ingest for each n, and prints what each of
them left behind as JSON. The kill comes before the event happens: no handler, no `finally`, no
flush.

    python -m tests.lib.killed_ingest OLD_MAPPING NEW_MAPPING WORKSPACE EVERY
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from features.errors import SuksesiError
from features.intake import ingest
from features.storage import current_snapshot

NEVER = 0


def events_under(home: Path, *, kill_at: int) -> list[str]:
    """Note each event that names a path under the home; at the n-th, end this process."""
    seen: list[str] = []

    def note(event: str, args: tuple[Any, ...]) -> None:
        if event == "open" or event.startswith(("os.", "shutil.", "fcntl.")):
            paths = [a for a in args if isinstance(a, str | os.PathLike)]
            if any(os.fspath(path).startswith(str(home)) for path in paths):
                seen.append(event)
                if len(seen) == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    return seen


def forked_ingest(mapping: Path, home: Path, *, kill_at: int = NEVER) -> list[str] | None:
    """Ingest in a child; the events that it lived to see, or None if it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        seen = events_under(home, kill_at=kill_at)
        ingest(mapping, mapping.parent, home)
        os.write(write_end, json.dumps(seen).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        seen_by_child = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    return json.loads(seen_by_child)


def moments(events: list[str], every: int) -> list[int]:
    """Every n-th event, and each of those around a rename: there the snapshot changes."""
    renames = [place for place, event in enumerate(events, start=1) if event == "os.rename"]
    around = {place + step for place in renames for step in (0, 1)}
    return sorted(around | set(range(1, len(events) + 1, every)))


def digest_in_force(home: Path) -> str | None:
    """The digest of the snapshot in force, or None where there is none that is whole."""
    try:
        return current_snapshot(home).digest
    except SuksesiError:
        return None


def main(old: Path, new: Path, workspace: Path, every: int) -> dict[str, Any]:
    """Kill an ingest at many moments over an older snapshot; let a third be followed by another."""
    before, after = workspace / "before", workspace / "after"
    forked_ingest(old, before)
    shutil.copytree(before, after)
    events = forked_ingest(new, after) or []
    rounds: list[dict[str, Any]] = []
    for place, n in enumerate(moments(events, every)):
        home = workspace / f"killed_{n}"
        shutil.copytree(before, home)
        killed = forked_ingest(new, home, kill_at=n) is None
        rounds.append({"n": n, "killed": killed, "left": digest_in_force(home)})
        if place % 3 == 0:
            forked_ingest(new, home)
            there = sorted(path.name for path in (home / "snapshots").iterdir())
            rounds[-1]["next"] = {"digest": digest_in_force(home), "there": there}
    return {
        "old": digest_in_force(before),
        "new": digest_in_force(after),
        "events": events,
        "rounds": rounds,
    }


if __name__ == "__main__":
    mappings = Path(sys.argv[1]), Path(sys.argv[2])
    json.dump(main(*mappings, Path(sys.argv[3]), int(sys.argv[4])), sys.stdout)
