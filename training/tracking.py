"""Runs in MLflow: what was trained, on what, and how good it was.

The rule that must not break: a run names the digest of its data and of its model; nothing of a
person is logged.
"""

from pathlib import Path

from features.settings import Settings
from models import artefact
from models.registry import CHAMPION, Registry, Version
from training.dataset import TrainingSet

import mlflow  # isort: skip  after models.registry, which sets MLflow's environment

EXPERIMENT = "readiness"


def register(
    settings: Settings, folder: Path, data: TrainingSet, metrics: dict[str, float]
) -> tuple[Version, bool]:
    """Log a run and register its model as challenger; the same model again is not a new version.

    Parameters
    ----------
    settings : Settings
    folder : Path
        What `models.artefact.save` wrote.
    data : TrainingSet
        What the model was fitted on.
    metrics : dict of str to float

    Returns
    -------
    tuple of Version and bool
        The version, and whether it is a new one.
    """
    registry = Registry(settings.tracking_uri, settings.artefacts)
    stored = artefact.load(folder)
    known = registry.with_digest(stored.digest)
    if known is not None:
        if registry.holder(CHAMPION) != known.version:
            registry.set_challenger(known.version)
        return known, False
    with mlflow.start_run(experiment_id=registry.experiment(EXPERIMENT)):
        mlflow.log_params(_parameters(stored, data))
        mlflow.log_metrics(metrics)
        mlflow.log_dict(
            {"snapshot": stored.facts.snapshot_digest, "training_set": data.digest}, "dataset.json"
        )
        version = registry.register(folder)
    registry.set_challenger(version.version)
    return version, True


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
