"""Runs in MLflow: what was trained, on what, and how good it was.

The rule that must not break: a run names the digest of its data and of its model; nothing of a
person is logged.
"""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd

from features.settings import Settings
from models import artefact
from models.registry import BACKTEST, CHAMPION, Backtested, Registry, Version
from reporting.charts import lift_chart, reliability_chart, written
from training.backtest_rows import BacktestRows
from training.dataset import TrainingSet
from training.figures import Figure, as_json
from training.probability_bands import probability_bands

import mlflow  # isort: skip  after models.registry, which sets MLflow's environment

EXPERIMENT = "readiness"


def register(
    settings: Settings,
    folder: Path,
    data: TrainingSet,
    metrics: dict[str, float],
    kept_apart: pd.DataFrame | None = None,
    *,
    trials: int = 0,
) -> tuple[Version, bool]:
    """Log a run and register its model as challenger; the same model again is not a new version.

    The same model by another search is one: another backtest speaks for it.

    Parameters
    ----------
    settings : Settings
    folder : Path
        What `models.artefact.save` wrote.
    data : TrainingSet
        What the model was fitted on.
    metrics : dict of str to float
    kept_apart : DataFrame, optional
        `probability` before calibration, `success` and `day` of the rows kept apart, for the plots.
    trials : int
        Settings that were tried for it; 0 for the defaults.

    Returns
    -------
    tuple of Version and bool
        The version, and whether it is a new one.
    """
    registry = Registry(settings.tracking_uri, settings.artefacts)
    stored = artefact.load(folder)
    known = registry.with_digest(stored.digest, trials)
    if known is not None:
        if registry.holder(CHAMPION) != known.version:
            registry.set_challenger(known.version)
        return known, False
    with mlflow.start_run(experiment_id=registry.experiment(EXPERIMENT)):
        mlflow.log_params({**_parameters(stored, data), "trials": trials})
        mlflow.log_metrics(metrics)
        mlflow.log_dict(
            {"snapshot": stored.facts.snapshot_digest, "training_set": data.digest}, "dataset.json"
        )
        if kept_apart is not None:
            _log_plots(kept_apart, "rows kept apart, before calibration")
        version = registry.register(folder, trials=trials)
    registry.set_challenger(version.version)
    return version, True


def log_backtest(settings: Settings, rows: BacktestRows, figures: Sequence[Figure]) -> None:
    """Log the figures of a backtest, their plots, and the record and label rule that they are of.

    Only a run that was logged to its end speaks for a version that is to be promoted.
    """
    registry = Registry(settings.tracking_uri, settings.artefacts)
    made_of = rows.made_of
    as_of = None if made_of.as_of is None else date.fromisoformat(made_of.as_of)
    tags = Backtested(made_of.snapshot, made_of.label_rule, as_of, made_of.trials).tags()
    # Under a name of its own: MLflow would draw one.
    name = f"{made_of.agency} {made_of.snapshot[:12]}"
    with mlflow.start_run(experiment_id=registry.experiment(BACKTEST), run_name=name, tags=tags):
        told = {name: value for name, value in asdict(made_of).items() if name != "label"}
        mlflow.log_params({**told, "rows": rows.digest})
        mlflow.log_dict(made_of.label, "label_rule.json")
        mlflow.log_text(as_json(figures), "figures.json")
        _log_plots(rows.decisions, "decisions of the tested years")
        mlflow.log_metrics(_metrics(figures))


def _metrics(figures: Sequence[Figure]) -> dict[str, float]:
    """The values and ends of intervals that are numbers."""
    ends = {row.name: row.value for row in figures}
    ends |= {f"{row.name}.low": row.low for row in figures}
    ends |= {f"{row.name}.high": row.high for row in figures}
    return {name: end for name, end in ends.items() if end is not None and math.isfinite(end)}


def _log_plots(rows: pd.DataFrame, of_what: str) -> None:
    """Reliability and lift by band of readiness; nothing where nothing is known."""
    bands = probability_bands(rows)
    if bands.empty:
        return
    with tempfile.TemporaryDirectory() as space:
        for name, chart in (("reliability", reliability_chart), ("lift_by_band", lift_chart)):
            path = Path(space) / f"{name}.png"
            path.write_bytes(written(chart(bands, of_what)))
            mlflow.log_artifact(str(path), "plots")


def _parameters(stored: artefact.Artefact, data: TrainingSet) -> dict[str, object]:
    settings = stored.model.settings
    return {
        "agency": stored.facts.agency,
        "as_of": stored.facts.trained_as_of.isoformat(),
        "label_cutoff_on": stored.facts.label_cutoff_on.isoformat(),
        "label_rule": stored.facts.label_rule,
        "catalogue": stored.model.catalogue.version,
        "snapshot": stored.facts.snapshot_digest,
        "training_set": data.digest,
        "seed": settings.boosting.seed,
        "n_trees": settings.n_trees,
        "scorecard_c": settings.scorecard_c,
        "calibration": stored.model.calibration.kind,
    }
