"""Ingests of broken files, each in a process of its own that may not hang or eat the memory.

Run as a program: it imports once, forks an ingest for each file, and prints as JSON what became of
each. An ingest that aborts, dies of a signal or takes too long is an answer too.

    python -m tests.lib.broken_ingest WORKSPACE
"""

import ctypes
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features.errors import SuksesiError
from features.intake import ingest
from tests.lib.broken_files import BROKEN, Broken
from tests.lib.small_agency import MAPPING, write_small

SECONDS = 120
_CAPABILITIES_VERSION_3 = 0x20080522
_KEPT_IN = {
    "people": ("person", "person_id"),
    "nips": ("protected_attribute", "person_id"),
    "terms": ("appointment", "appointment_id"),
}
_NIP = """\
  protected_attribute:
    from: people
    columns: {person_id: id, attribute: {constant: nip}, value: {column: nip, form: nip}}
ladder:
"""


def mapping_of(case: Broken) -> str:
    """The small agency with one of its files in another form."""
    says = f", {case.says}" if case.says else ""
    source = f"{{file: {json.dumps(case.name)}{says}}}"
    mapping = MAPPING.replace("refuse_above: 0.6", "refuse_above: 0.99")
    mapping = mapping.replace(f"{{file: {case.source}.csv}}", source)
    if case.holds == "terms":
        mapping = mapping.replace("end_on: ended\n", "end_on: ended\n      sequence: nr\n")
    return mapping.replace("ladder:\n", _NIP) if case.holds == "nips" else mapping


def prepare(case: Broken, folder: Path) -> Path:
    """Write the mapping and the files of a case; the mapping file."""
    changed: dict[str, str | bytes | None] = {case.source: None}
    if case.holds == "terms":
        changed["people"] = "id\nann\nbob\n007"
    mapping = write_small(folder, mapping=mapping_of(case), **changed)
    case.write(folder / case.name)
    return mapping


def answer(case: Broken, mapping: Path, home: Path) -> dict[str, Any]:
    """What an ingest makes of a case."""

    def tell(what: str, _done: int, _total: int) -> None:
        if case.meanwhile is not None and what == f"file {case.name}":
            case.meanwhile(mapping.parent / case.name)

    give_up_reading_everything()
    try:
        snapshot = ingest(mapping, mapping.parent, home, tell)
    except SuksesiError as error:
        kept = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return {"refused": str(error), "kind": type(error).__name__, "cause": repr(kept)}
    table, key = _KEPT_IN[case.holds]
    accepted = pq.read_table(snapshot.folder / f"{table}.parquet")[key].to_pylist()
    mine = [r for r in snapshot.manifest["rejections"] if r["source"] == case.source]
    return {"accepted": accepted, "reasons": {r["reason"]: r["rows"] for r in mine}}


def give_up_reading_everything() -> None:
    """Let permissions hold for root too: lay down all its capabilities."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
        none = (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(header, none) != 0:
            raise OSError(ctypes.get_errno(), "capset")


def forked(case: Broken, mapping: Path, home: Path) -> dict[str, Any]:
    """The answer of a child, what it was killed by, and how much memory it took at most."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        try:
            told = answer(case, mapping, home)
        except BaseException:
            told = {"crashed": traceback.format_exc()}
        os.write(write_end, json.dumps(told).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        told_by_child = pipe.read()
    _pid, status, used = os.wait4(child, 0)
    told = json.loads(told_by_child) if told_by_child else {"killed": os.WTERMSIG(status)}
    return {**told, "peak": used.ru_maxrss * 1024}


def main(workspace: Path) -> dict[str, Any]:
    """What became of each broken file, by its name."""
    told = {}
    for name, case in BROKEN.items():
        mapping = prepare(case, workspace / name)
        told[name] = forked(case, mapping, workspace / name / "home")
    return told


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
