"""Ministry: a simulated agency written out, its exports in one folder and its truth in another.

The rule that must not break: the folder is either whole or not there; nothing is written over.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from simulation.agency import Agency, Progress, simulate
from simulation.errors import SimulationError
from simulation.exports import write_exports
from simulation.knobs import Knobs
from simulation.truth import write_truth

EXPORTS, TRUTH = "exports", "truth"
FINGERPRINT = "made-of.txt"


def write_ministry(
    knobs: Knobs, seed: int, folder: Path, progress: Progress | None = None
) -> Agency:
    """Simulate an agency and write what it would send, and the truth of it.

    Parameters
    ----------
    knobs : Knobs
    seed : int
    folder : Path
        Not there yet, or empty. Afterwards it holds `exports/` and `truth/`.
    progress : callable, optional
        Called with what is being done, steps done and steps in all.

    Returns
    -------
    Agency

    Raises
    ------
    SimulationError
        If something is in the folder, or nothing can be written there.
    """
    require_empty(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        space = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise SimulationError(
            f"cannot be written to ({error.strerror})",
            where=str(folder),
            expected="a folder that can be written to",
            remedy="choose another one with --out",
        ) from error
    try:
        agency = simulate(knobs, seed, progress)
        (space / EXPORTS).mkdir()
        (space / TRUTH).mkdir()
        if progress:
            progress("write exports", knobs.years, knobs.years)
        planted = write_exports(agency.tables, knobs, seed, space / EXPORTS)
        if progress:
            progress("write truth", knobs.years, knobs.years)
        write_truth(agency, space / TRUTH, planted)
        (space / FINGERPRINT).write_text(fingerprint(knobs, seed) + "\n", encoding="utf-8")
        space.chmod(0o755)
        if folder.is_dir():
            folder.rmdir()
        space.rename(folder)
    except BaseException:
        shutil.rmtree(space, ignore_errors=True)
        raise
    return agency


def fingerprint(knobs: Knobs, seed: int) -> str:
    """SHA-256 of everything that a ministry is made of: knobs, seed, and the simulator itself."""
    digest = hashlib.sha256(f"{knobs} {seed}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_made_of(folder: Path, knobs: Knobs, seed: int) -> bool:
    """Whether a folder holds the very ministry that would be written."""
    path = folder / FINGERPRINT
    return path.is_file() and path.read_text(encoding="utf-8").strip() == fingerprint(knobs, seed)


def require_empty(folder: Path) -> None:
    """Refuse a folder with something in it, before anything is simulated.

    Raises
    ------
    SimulationError
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimulationError(
            "is not empty" if folder.is_dir() else "is no folder",
            where=str(folder),
            expected="a folder that is empty or not there yet",
            remedy="choose another one with --out, or remove what is in it",
        )
