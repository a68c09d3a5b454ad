"""A champion of invented labels, for what the commands do with one.

The rule that must not break: nothing is learnt from the agency that it is promoted for, so that no
test depends on how well it knows anybody.
"""

import random
from datetime import date
from pathlib import Path

import mlflow

from features.storage import current_snapshot
from models import artefact
from models.readiness import ReadinessModel, ReadinessSettings
from models.registry import BACKTEST, Backtested, Registry
from tests.lib.labels import candidates, labels
from training.labels import in_words


def promote_invented(home: Path, agency: str, known_until: date, *, n_trees: int = 60) -> None:
    """Make such a model the champion of a home, with outcomes known until a day."""
    few, settings = labels(300, 7), ReadinessSettings(n_trees=n_trees, n_bags=4)
    model = ReadinessModel.fit(few.X, few.y, groups=few.groups, day=few.day, settings=settings)
    until = (known_until, known_until)
    facts = artefact.Facts(agency, "s" * 64, "m" * 64, *until, "in the post still")
    folder = home.parent / f"{home.name}-model"
    artefact.save(model.with_background(candidates(100, 3)), folder, facts)
    # Names of runs are drawn, and no test may draw because of another.
    state = random.getstate()
    registry = Registry(f"sqlite:///{home}/mlflow.db", home / "artefacts")
    with mlflow.start_run(experiment_id=registry.experiment("readiness")):
        version = registry.register(folder)
    backtested(registry, facts.snapshot_digest, facts.label_rule)
    registry.promote(version.version, below_switch="labels are invented")
    random.setstate(state)


def backtested(
    registry: Registry,
    snapshot: str,
    label_rule: str,
    as_of: date | None = None,
    *,
    trials: int = 0,
) -> None:
    """Log a backtest of one invented figure, as far as a promotion asks for one."""
    tags = Backtested(snapshot, label_rule, as_of, trials).tags()
    # Also in a home that was copied: a number alone writes no file.
    found = mlflow.get_experiment_by_name(BACKTEST)
    place = found.experiment_id if found else registry.experiment(BACKTEST)
    with mlflow.start_run(experiment_id=place, run_name="invented", tags=tags):
        mlflow.log_metric("vacancies.n", 1)


def backtested_in(home: Path) -> None:
    """The same for the snapshot and the label rule in force in a home."""
    snapshot = current_snapshot(home)
    state = random.getstate()
    registry = Registry(f"sqlite:///{home}/mlflow.db", home / "artefacts")
    backtested(registry, snapshot.digest, in_words(snapshot.mapping.label))
    random.setstate(state)
