"""The run of the protocol: ministries are simulated, taken in and judged, seed by seed.

The rule that must not break: each ministry lives in a folder that is gone afterwards, and a figure
over several seeds is their mean with the lowest and the highest beside it.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import features.agencies
from features.errors import SettingsError, SuksesiError
from features.identity.store import open_identities
from features.intake import ingest
from simulation.errors import SimulationError
from simulation.knobs import Knobs
from simulation.ministry import EXPORTS, TRUTH, write_ministry
from simulation.presets import preset
from training.figures import Figure
from training.protocol.horizon import horizon_figures
from training.protocol.intake import intake_figures

Progress = Callable[[str], None]
MAPPING: Final = Path(features.agencies.__file__).parent / "siasn.yaml"
FIRST_SEED: Final = 7


def run(name: str, seeds: int, people: int | None, only: str, say: Progress) -> list[Figure]:
    """The figures of a preset over some seeds.

    Parameters
    ----------
    name : str
        Preset of the simulator.
    seeds : int
        How many ministries; their seeds are counted from `FIRST_SEED`.
    people : int, optional
        Of each ministry; as the preset says if left out.
    only : str
        Topics, a comma between them.

    Returns
    -------
    list of Figure
        Named `{preset}.{topic}.…`.

    Raises
    ------
    SettingsError
        If a topic does not exist.
    SuksesiError
        If there is no such preset.
    """
    topics = [one.strip() for one in only.split(",")]
    for one in topics:
        if one not in TOPICS:
            raise SettingsError(
                f"no topic {one!r}", where="--only", expected=f"of: {', '.join(sorted(TOPICS))}"
            )
    try:
        knobs = preset(name) if people is None else preset(name, people=people)
    except SimulationError as error:
        raise SuksesiError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy
        ) from error
    found: list[Figure] = []
    for one in topics:
        of_seeds = []
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            say(f"{one}: preset {name}, seed {seed}")
            of_seeds.append(TOPICS[one](knobs, seed))
        found += over_seeds(name, of_seeds)
    return found


def over_seeds(name: str, of_seeds: Sequence[Sequence[Figure]]) -> list[Figure]:
    """Means over seeds, the lowest and the highest as low and high; a bound holds for the worst.

    >>> from training.figures import figure
    >>> rows = [[figure("recall", 1.0, bound=">= 0.9")], [figure("recall", 0.8, bound=">= 0.9")]]
    >>> (row,) = over_seeds("realistic", rows)
    >>> row.name, row.value, row.low, row.high, row.ok
    ('realistic.recall', 0.9, 0.8, 1.0, False)
    """
    by_name: dict[str, list[Figure]] = {}
    for rows in of_seeds:
        for one in rows:
            by_name.setdefault(one.name, []).append(one)
    joined = []
    for key, rows in by_name.items():
        values = [one.value for one in rows if one.value is not None]
        held = [one.ok for one in rows if one.ok is not None]
        mean = sum(values) / len(values) if values else None
        low, high = (min(values), max(values)) if values else (None, None)
        ok = all(held) if held else None
        joined.append(Figure(f"{name}.{key}", mean, low, high, rows[0].unit, rows[0].bound, ok))
    return joined


def _intake(knobs: Knobs, seed: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="suksesi-protocol-") as space:
        ministry = Path(space) / "ministry"
        write_ministry(knobs, seed, ministry)
        home, keys = Path(space) / "home", Path(space) / "keys"
        snapshot = ingest(MAPPING, ministry / EXPORTS, home, keys=keys)
        with open_identities(home, keys) as identities:
            return intake_figures(ministry / TRUTH, snapshot, identities)


TOPICS: Final[Mapping[str, Callable[[Knobs, int], list[Figure]]]] = {
    "intake": _intake,
    "horizon": horizon_figures,
}
