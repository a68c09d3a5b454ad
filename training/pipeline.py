"""From the snapshot in force to a registered challenger, or to the figures of a backtest.

The rule that must not break: the same snapshot and date give the same model, byte for byte.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from features.assemble import FeatureQuery
from features.errors import DateError
from features.evidence import recorded_between, require_recorded
from features.packs.library import Library
from features.policy.binding import require_pack
from features.policy.register import with_registers
from features.settings import Settings
from features.storage import Snapshot, current_snapshot
from features.tables.record import Record
from models import artefact
from models.matrix import matrix
from models.readiness import ReadinessModel, ReadinessSettings, kept_apart
from models.registry import Version
from models.switch import fewest_labels
from training.dataset import TrainingSet, training_set
from training.labels import in_words, rates
from training.plausibility import is_too_good
from training.search import search_what_is_fitted
from training.tracking import register
from training.watching import Watching

Progress = Callable[[str], None]

#: How long after the newest fact the record still counts as up to date.
MOST_DAYS_AHEAD = 366


@dataclass(frozen=True)
class Trained:
    """What a training gave."""

    version: Version
    is_new: bool
    model: ReadinessModel
    data: TrainingSet
    metrics: dict[str, float]


def train(
    settings: Settings,
    as_of: date,
    say: Progress,
    *,
    trials: int = 0,
    with_horizons: bool = False,
) -> Trained:
    """Train on everything known on a date and register the model as challenger.

    Parameters
    ----------
    trials : int
        Settings to try on the training period before; 0 takes the defaults. The version carries
        the number, and is promoted on a backtest of as many.
    with_horizons : bool
        Whether it is learnt too when people become ready, class by class.

    Raises
    ------
    SnapshotError, DateError, LabelError, LeakageError, ProtectedAttributeError
        If there is nothing to train on, or it must not be trained on.
    PackError
        If horizons are wanted and no policy pack is in force.
    """
    snapshot = current_snapshot(settings.home)
    record = snapshot.record()
    require_within(record, as_of)
    library = Library(settings.home)
    pack = require_pack(snapshot.mapping, library, as_of) if with_horizons else None
    say("features and labels, with the leak guard")
    data = training_set(record, snapshot.mapping, as_of)
    chosen = _chosen(data, trials, settings, say)
    say(f"fitting on {len(data.y)} labels")
    model = ReadinessModel.fit(
        data.X,
        data.y,
        groups=data.reshuffle,
        day=data.day,
        weight=data.weight,
        background=data.background,
        interviews=data.interviewed,
        rates=rates(snapshot.mapping.label),
        settings=chosen,
        num_threads=settings.threads,
    )
    apart = _kept_apart(model, data)
    metrics = _metrics(model, apart)
    _warn_if_too_good(metrics, say)
    _warn_if_too_few(model, say)
    horizons = None
    if pack is not None:
        ruled = with_registers(record, settings.home)
        watching = Watching(ruled, snapshot.mapping, pack, model, FeatureQuery(record), as_of)
        horizons = watching.horizons(say)
        metrics |= horizons.figures()
        for reason in horizons.without.values():
            say(f"no horizon of {reason}")
    say("registering")
    with tempfile.TemporaryDirectory(dir=settings.home) as space:
        folder = Path(space) / "readiness"
        artefact.save(model, folder, _facts(snapshot, as_of, data), horizons)
        version, is_new = register(settings, folder, data, metrics, apart, trials=trials)
    return Trained(version, is_new, model, data, metrics)


def _chosen(data: TrainingSet, trials: int, settings: Settings, say: Progress) -> ReadinessSettings:
    """Settings found by so many trials, or the defaults."""
    if trials == 0:
        return ReadinessSettings()
    say(f"trying {trials} settings on the training period")
    found = search_what_is_fitted(
        data.X,
        data.y,
        groups=data.reshuffle,
        day=data.day,
        weight=data.weight,
        trials=trials,
        num_threads=settings.threads,
    )
    say(f"log-loss {found.log_loss:.4f}, of the defaults {found.default_log_loss:.4f}")
    return found.settings


def require_within(record: Record, as_of: date) -> None:
    """Refuse a date before anything was recorded, or long after the record ends.

    Behind its end every open appointment looks as if it lasted: all would be successes.

    Raises
    ------
    DateError
    """
    newest = require_recorded(recorded_between(record), as_of)
    if (as_of - newest).days > MOST_DAYS_AHEAD:
        raise DateError(
            f"the newest fact on record is of {newest}",
            where=f"as of {as_of}",
            expected="a date at most a year later",
            remedy="ingest newer exports, or train as of an earlier date",
        )


def _kept_apart(model: ReadinessModel, data: TrainingSet) -> pd.DataFrame:
    """What the two halves together said of the rows kept apart, before calibration.

    Calibration has seen those rows, so no calibrated probability is told of them: the backtest has
    it.
    """
    kept = kept_apart(
        data.y.to_numpy(), data.reshuffle.to_numpy(str), data.day.to_numpy("M8[D]"), model.settings
    )
    score = expit(model.blend_logit(matrix(data.X.loc[kept], model.catalogue)))
    rows = {"probability": score, "success": data.y.to_numpy()[kept]}
    return pd.DataFrame({**rows, "day": data.day.to_numpy()[kept]})


def _metrics(model: ReadinessModel, apart: pd.DataFrame) -> dict[str, float]:
    """Counts, and how the two halves together did on the rows kept apart."""
    metrics = {
        "n_labels": model.n_labels,
        "n_failures": model.n_failures,
        "n_kept_apart": model.n_calibration_rows,
        "n_kept_apart_failures": model.n_calibration_failures,
    }
    success, score = apart["success"].to_numpy(), apart["probability"].to_numpy()
    if len(np.unique(success)) == 2:
        metrics["kept_apart_auc"] = float(roc_auc_score(success, score))
        metrics["is_suspected_leak"] = is_too_good(metrics["kept_apart_auc"])
        metrics["kept_apart_log_loss_uncalibrated"] = float(log_loss(success, score))
    return {name: float(value) for name, value in metrics.items()}


def _warn_if_too_good(metrics: dict[str, float], say: Progress) -> None:
    """A warning and no refusal: a model may be right, and its figures are kept with the doubt."""
    if metrics.get("is_suspected_leak"):
        auc = metrics["kept_apart_auc"]
        say(f"an AUC of {auc:.3f} on rows kept apart: treat as leakage until shown otherwise")


def _warn_if_too_few(model: ReadinessModel, say: Progress) -> None:
    """A warning and no refusal: who trains may look at any model; `promote` asks for a reason."""
    n_labels = model.n_labels
    least = fewest_labels(with_interview_scores=model.panel is not None)
    if n_labels < least:
        say(
            f"{n_labels} labels are fewer than the {least} from which models were measured to "
            "order better than the policy score: stay in day-one mode until there are more"
        )


def _facts(snapshot: Snapshot, as_of: date, data: TrainingSet) -> artefact.Facts:
    return artefact.Facts(
        agency=snapshot.mapping.agency,
        snapshot_digest=snapshot.digest,
        mapping_digest=snapshot.mapping.digest,
        trained_as_of=as_of,
        label_cutoff_on=data.label_cutoff_on,
        label_rule=in_words(snapshot.mapping.label),
        is_ignorable=snapshot.mapping.vacancies.chosen_by_record,
    )
