"""A small simulated ministry, its export files, and the snapshot that they become.

The rule that must not break: what a test changes is a copy of its own; tables are made once.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from features.intake import ingest
from features.storage import Snapshot
from simulation.agency import simulate
from simulation.exports import write_exports
from simulation.knobs import Knobs
from training.protocol.intake import PLANTED

SEED = 7
MAPPING = Path("features/agencies/siasn.yaml")
#: Few people, and years of both appraisal schemes.
SMALL = Knobs(people=400, first_year=2017, years=7)


@cache
def small_tables() -> dict[str, pd.DataFrame]:
    """The tables of a ministry of 400 people, the same for all who ask."""
    return dict(simulate(SMALL, SEED).tables)


def exported(folder: Path, knobs: Knobs = SMALL, seed: int = SEED) -> pd.DataFrame:
    """Write the export files of the small ministry; what was planted in them."""
    return write_exports(small_tables(), knobs, seed, folder)


def ingested(folder: Path, knobs: Knobs = SMALL) -> tuple[Snapshot, Path]:
    """The snapshot of the small ministry, and the folder with the list of what was planted."""
    truth = folder / "truth"
    truth.mkdir()
    exported(folder / "exports", knobs).to_parquet(truth / PLANTED)
    return ingest(MAPPING, folder / "exports", folder / "home"), truth
