"""Report: what a setting of the simulator is like, as figures that can be checked.

The rule that must not break: figures are held against what the preset `realistic` promises, and
against nothing where another setting was asked for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd

from simulation import bias, bounds, validity
from simulation.agency import Agency, simulate
from simulation.errors import SimulationError
from simulation.knobs import Knobs
from simulation.labels import label_report
from simulation.margins import margin_rows, pooled_rows
from simulation.presets import preset
from simulation.rows import Row, row
from simulation.sampler import sample
from simulation.truth import Truth

Progress = Callable[[str, int, int], None]
STEPS: Final = 4
#: Agencies of further seeds over which shares of few seats are counted.
POOLED: Final = 7
#: Who must rank better than whom, by NDCG@5.
ORDER: Final = (
    ("oracle", "observable_bayes"),
    ("observable_bayes", "weighted_gap"),
    ("observable_bayes", "panel"),
    ("weighted_gap", "random"),
    ("panel", "random"),
)
#: Most "Baik" people must not be called failures by the default rule.
LABELS_PROMISED: Final = {"labels.default.baik_failed": "<= 0.5"}


def report_rows(
    agency: Agency,
    *,
    truth: Path | None = None,
    pairs: int = 400_000,
    vacancies: int = 6000,
    threads: int = 1,
    progress: Progress | None = None,
) -> list[Row]:
    """Margins of the agency, labels against its truth, and bounds and validities of its equations.

    Parameters
    ----------
    agency : Agency
    truth : Path, optional
        The truth folder that was written with it; the agency's own in memory if left out.
    pairs, vacancies : int
        Of the sampler, for bounds and validities.
    threads : int
        Changes the time and no figure.

    Returns
    -------
    list of rows
        `margins.*`, `labels.*`, `ndcg5.*`, `first_choice.*`, `auc.observable_bayes`,
        `observable_bayes.*`, `validity.*`. Bounds stand where the setting is `realistic`.
    """
    is_realistic = agency.knobs == preset("realistic", people=agency.knobs.people)
    told = progress or (lambda _what, _done, _total: None)
    told("margins and labels", 0, STEPS)
    labels: pd.DataFrame = agency.truth["labels"] if truth is None else Truth(truth).table("labels")
    others = [simulate(agency.knobs, agency.seed + 1 + k) for k in range(POOLED)]
    rows = [*margin_rows(agency), *pooled_rows([agency, *others])]
    del others
    rows += label_report(labels, agency.seed)
    rows = [{**one, **_promise(one, LABELS_PROMISED.get(one["name"]))} for one in rows]
    told("bounds", 1, STEPS)
    found = bounds.measure(
        agency.knobs,
        agency.seed,
        pairs=pairs,
        vacancies=vacancies,
        threads=threads,
        promised=bounds.PROMISED,
    )
    rows += [*found, *_order(found)]
    told("validities", 3, STEPS)
    drawn = sample(agency.knobs, agency.seed + 1, vacancies, bounds.POOL)
    rows += validity.validity_rows(drawn, agency.seed, validity.PROMISED)
    told("done", STEPS, STEPS)
    return rows if is_realistic else [{**one, "bound": None, "ok": None} for one in rows]


def bias_rows(knobs: Knobs, seeds: int = 50) -> list[Row]:
    """Whether each bias knob is found at its set size, and none where there is none.

    Parameters
    ----------
    knobs : Knobs
        Everything else; without a bias of its own.

    Returns
    -------
    list of rows
        See `simulation.bias.check`.

    Raises
    ------
    SimulationError
        If a bias is turned already.
    """
    if any(getattr(knobs, one) for one in bias.BIASES):
        raise SimulationError(
            "has a bias already",
            where="--bias",
            expected="a setting in which no bias knob is turned: each is turned alone",
            remedy="take another preset, or leave the bias knobs",
        )
    return bias.check(seeds, knobs=knobs)


def _promise(one: Row, bound: str | None) -> Row:
    if bound is None:
        return {}
    interval = None if one["low"] is None else (one["low"], one["high"])
    return row(one["name"], one["value"], interval, unit=one["unit"], bound=bound)


def _order(found: list[Row]) -> list[Row]:
    value = {one["name"]: one["value"] for one in found}
    return [
        row(
            f"ndcg5.{better}_over_{worse}",
            value[f"ndcg5.{better}"] - value[f"ndcg5.{worse}"],
            unit="difference",
            bound=">= 0.001",
        )
        for better, worse in ORDER
    ]
