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
from training.figures import Figure, figure
from training.protocol.calibration import calibration_figures, plain_figures
from training.protocol.challengers import challenger_figures
from training.protocol.fairness import fairness_figures
from training.protocol.familiarity import familiarity_figures
from training.protocol.horizon import horizon_figures
from training.protocol.intake import intake_figures
from training.protocol.promises import PROMISES
from training.protocol.ranking import Tried, ranking_figures, tried
from training.protocol.served import TriedServed, served_figures
from training.protocol.switch import switch_figures
from training.protocol.vacancies import SIZES, Drawn, Sizes, drawn

Progress = Callable[[str], None]
#: What measures a topic: the name of a preset, its knobs, a seed and a number of threads.
Topic = Callable[[str, Knobs, int, int], list[Figure]]
MAPPING: Final = Path(features.agencies.__file__).parent / "siasn.yaml"
FIRST_SEED: Final = 7
#: Of a preset, what is measured of it unless something else is asked for.
TOPICS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "realistic": (
        "ranking",
        "calibration",
        "fairness",
        "served",
        "familiarity",
        "horizon",
        "switch",
        "intake",
    ),
    "small_agency": ("ranking",),
    "ignorable": ("ranking", "calibration", "plain", "served"),
    "confounded": ("ranking", "calibration", "served"),
    "unrecorded": ("ranking", "calibration", "served"),
    "biased": ("ranking", "fairness", "served"),
    "tiny": ("ranking", "calibration", "fairness"),
}
#: The presets of the whole protocol.
FULL: Final = tuple(name for name in TOPICS_OF if name != "tiny")


def run(
    presets: str, seeds: int, people: int | None, only: str, say: Progress, *, threads: int = 1
) -> list[Figure]:
    """The figures of some presets over some seeds.

    Parameters
    ----------
    presets : str
        Presets of the simulator, a comma between them; *full* for those of the whole protocol.
    seeds : int
        How many times; seeds are counted from `FIRST_SEED`.
    people : int, optional
        Of each ministry, where a topic needs one; as the preset says if left out.
    only : str
        Topics, a comma between them; those of `TOPICS_OF` where empty.
    threads : int
        Changes the time and no figure.

    Returns
    -------
    list of Figure
        Named `{preset}.…`; bounds of `PROMISES` are held against the mean over the seeds.

    Raises
    ------
    SettingsError
        If a topic does not exist.
    SuksesiError
        If there is no such preset.
    """
    asked = [one.strip() for one in only.split(",") if one.strip()]
    for one in asked:
        if one not in TOPICS:
            raise SettingsError(
                f"no topic {one!r}", where="--only", expected=f"of: {', '.join(sorted(TOPICS))}"
            )
    names = FULL if presets == "full" else tuple(one.strip() for one in presets.split(","))
    found: list[Figure] = []
    for name in names:
        knobs = _knobs(name, people)
        topics = asked or TOPICS_OF.get(name, ("ranking", "calibration"))
        of_topics: dict[str, list[list[Figure]]] = {one: [] for one in topics}
        # Seed by seed: topics that ask the same vacancies and models share them.
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            for one in topics:
                say(f"{one}: preset {name}, seed {seed}")
                of_topics[one].append(TOPICS[one](name, knobs, seed, threads))
        for rows in of_topics.values():
            found += over_seeds(name, rows, PROMISES.get(name, {}))
    return found


def _knobs(name: str, people: int | None) -> Knobs:
    try:
        return preset(name) if people is None else preset(name, people=people)
    except SimulationError as error:
        raise SuksesiError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy
        ) from error


def over_seeds(
    name: str, of_seeds: Sequence[Sequence[Figure]], promises: Mapping[str, str] | None = None
) -> list[Figure]:
    """Means over seeds, the lowest and the highest as low and high.

    A bound that a row brings along holds for the worst seed, one that is promised for the mean.

    >>> from training.figures import figure
    >>> rows = [[figure("recall", 1.0, bound=">= 0.9")], [figure("recall", 0.8, bound=">= 0.9")]]
    >>> (row,) = over_seeds("realistic", rows)
    >>> row.name, row.value, row.low, row.high, row.ok
    ('realistic.recall', 0.9, 0.8, 1.0, False)
    >>> rows = [[figure("share", 1.0)], [figure("share", 0.8)]]
    >>> over_seeds("realistic", rows, {"share": ">= 0.9"})[0].ok
    True
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
        promised = (promises or {}).get(key)
        if promised is not None:
            # What could not be measured has not held.
            ok = mean is not None and bool(figure(key, mean, bound=promised).ok)
            joined.append(Figure(f"{name}.{key}", mean, low, high, rows[0].unit, promised, ok))
        else:
            ok = all(held) if held else None
            joined.append(Figure(f"{name}.{key}", mean, low, high, rows[0].unit, rows[0].bound, ok))
    return joined


def _intake(_name: str, knobs: Knobs, seed: int, _threads: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="suksesi-protocol-") as space:
        ministry = Path(space) / "ministry"
        write_ministry(knobs, seed, ministry)
        home, keys = Path(space) / "home", Path(space) / "keys"
        snapshot = ingest(MAPPING, ministry / EXPORTS, home, keys=keys)
        with open_identities(home, keys) as identities:
            return intake_figures(ministry / TRUTH, snapshot, identities)


def _of_models(figures: Callable[[Tried, int], list[Figure]]) -> Topic:
    def measured(name: str, knobs: Knobs, seed: int, threads: int) -> list[Figure]:
        return figures(tried(knobs, seed, SIZES.get(name, Sizes()), threads), seed)

    return measured


def _of_vacancies(figures: Callable[[Drawn, Sizes, int, int], list[Figure]]) -> Topic:
    def measured(name: str, knobs: Knobs, seed: int, threads: int) -> list[Figure]:
        sizes = SIZES.get(name, Sizes())
        return figures(drawn(knobs, seed, sizes, threads), sizes, seed, threads)

    return measured


def _served(given: Drawn, sizes: Sizes, seed: int, threads: int) -> list[Figure]:
    return served_figures(TriedServed(given, sizes, threads=threads), seed)


TOPICS: Final[Mapping[str, Topic]] = {
    "intake": _intake,
    "familiarity": lambda _name, knobs, seed, _threads: familiarity_figures(knobs, seed),
    "horizon": lambda _name, knobs, seed, _threads: horizon_figures(knobs, seed),
    "ranking": _of_models(ranking_figures),
    "calibration": _of_models(calibration_figures),
    "fairness": _of_models(fairness_figures),
    "plain": _of_vacancies(plain_figures),
    "served": _of_vacancies(_served),
    "challengers": lambda _name, knobs, seed, threads: challenger_figures(knobs, seed, threads),
    "switch": lambda _name, knobs, seed, threads: switch_figures(knobs, seed, threads),
}
