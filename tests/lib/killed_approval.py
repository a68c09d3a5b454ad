"""Approvals that end themselves with SIGKILL at their n-th file-system event under the home.

Run as a program of its own: it forks an approval for each n, and prints what each of them left
behind as JSON. The kill comes before the event happens: no handler, no `finally`, no flush.

    python -m tests.lib.killed_approval HOME WORKSPACE

HOME holds one draft and any versions of its scope.
"""

import json
import os
import shutil
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from features.errors import SuksesiError
from features.policy.register import approve, drafts, registers
from features.policy.succession import Decision
from tests.lib.killed_ingest import NEVER, events_under


def forked_approval(home: Path, *, kill_at: int = NEVER) -> list[str] | None:
    """Approve in a child; the events that it lived to see, or None if it was killed."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        seen = events_under(home, kill_at=kill_at)
        next_approval(home)
        os.write(write_end, json.dumps(seen).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        seen_by_child = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    return json.loads(seen_by_child)


def next_approval(home: Path) -> None:
    """Approve the draft from the year after that of the newest version."""
    (draft,) = drafts(home).values()
    year = 2026 + len(registers(home))
    decision = Decision(letter=f"{year}", signed_by="Secretary", approved_on=date(year, 2, 1))
    approve(
        home,
        draft,
        decision,
        valid_from=date(year, 3, 1),
        valid_until=date(year + 1, 2, 28),
    )


def read(home: Path) -> list[str] | str:
    """Letters of the versions that are there, or why they are refused."""
    try:
        return [version.decision.letter for version in registers(home)]
    except SuksesiError as error:
        return str(error)


def main(before: Path, workspace: Path) -> dict[str, Any]:
    """Kill an approval at every event; let another one follow each."""
    whole = workspace / "whole"
    shutil.copytree(before, whole)
    events = forked_approval(whole) or []
    rounds = []
    for n in range(1, len(events) + 1):
        home = workspace / f"killed_{n}"
        shutil.copytree(before, home)
        lived = forked_approval(home, kill_at=n)
        left = read(home)
        next_approval(home)
        names = sorted(path.name for path in (home / "registers" / "agency").iterdir())
        rounds.append({"killed": lived is None, "left": left, "next": read(home), "there": names})
    return {"events": events, "whole": read(whole), "rounds": rounds}


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
