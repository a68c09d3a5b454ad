"""A small simulated ministry, its export files, and the snapshot that they become.

The rule that must not break: what a test changes is a copy of its own; tables are made once.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from features.identity.store import open_identities
from features.intake import ingest
from features.storage import Snapshot
from simulation.agency import simulate
from simulation.exports import write_exports
from simulation.knobs import Knobs
from training.figures import Figure
from training.protocol.intake import PLANTED, intake_figures

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
    snapshot = ingest(MAPPING, folder / "exports", folder / "home", keys=folder / "keys")
    return snapshot, truth


def figures_of(snapshot: Snapshot, truth: Path) -> list[Figure]:
    """The figures of the intake of the small ministry."""
    with open_identities(truth.parent / "home", truth.parent / "keys") as identities:
        return intake_figures(truth, snapshot, identities)


def issued_ids(truth: Path, source_ids: list[str]) -> list[str]:
    """The issued ids of people of the small ministry, in the order of the ids of the exports."""
    with open_identities(truth.parent / "home", truth.parent / "keys") as identities:
        found = identities.person_ids(set(source_ids))
    return [found[one] for one in source_ids]
