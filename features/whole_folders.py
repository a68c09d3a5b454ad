"""Folders that are swapped in whole: written frames and scores.

The rule that must not break: whoever looks sees the old folder or the new one, complete, never a
mixture, wherever the writing dies. A folder is written beside the others under a name that begins
with a dot, and renamed when it is whole; the one that stood in its place is taken away last.

    SUKSESI_HOME/features/
    ├── .lock                   held while a folder is being written
    ├── .making/                what is being written, and what its writing needs besides
    ├── .former-2026-01-01      for the moment between two renamings
    └── 2026-01-01/             a whole folder
"""

import contextlib
import fcntl
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from features.errors import FrameError

_LOCK, _MAKING, _FORMER = ".lock", ".making", ".former-"


@dataclass(frozen=True)
class Making:
    """A folder that is being written, and space that goes away with the writing."""

    folder: Path
    space: Path


@contextlib.contextmanager
def made_anew(target: Path) -> Generator[Making]:
    """An empty folder that stands at `target` if the block ends well, and nowhere if it does not.

    What a killed run left behind is cleared away first.

    Raises
    ------
    FrameError
        If another run is writing beside it.
    """
    beside = target.parent
    beside.mkdir(parents=True, exist_ok=True)
    with (beside / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FrameError(
                "another run is writing here", where=str(beside), remedy="wait until it is done"
            ) from None
        _clear_away(beside)
        making = Making(beside / _MAKING / target.name, beside / _MAKING / "space")
        making.folder.mkdir(parents=True)
        making.space.mkdir()
        try:
            yield making
            _swap(making.folder, target)
        finally:
            shutil.rmtree(beside / _MAKING, ignore_errors=True)


def standing(target: Path) -> Path | None:
    """The whole folder of that name, even between two renamings; None where there is none."""
    former = target.with_name(f"{_FORMER}{target.name}")
    return next((path for path in (target, former) if path.is_dir()), None)


def _swap(folder: Path, target: Path) -> None:
    former = target.with_name(f"{_FORMER}{target.name}")
    if target.exists():
        target.rename(former)
    folder.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def _clear_away(beside: Path) -> None:
    shutil.rmtree(beside / _MAKING, ignore_errors=True)
    for former in beside.glob(f"{_FORMER}*"):
        target = beside / former.name.removeprefix(_FORMER)
        if target.exists():
            shutil.rmtree(former, ignore_errors=True)
        else:
            former.rename(target)
