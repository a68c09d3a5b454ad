"""The registry of readiness models: which version is champion, and that its files are its files.

MLflow keeps versions and aliases; the files are ours, and plain. Aliases: `champion` is what is
served, `previous` the champion before it, `challenger` a version that waits for promotion.

The rule that must not break: no version is handed out or promoted unless its files have the digest
that was written down when it was registered, and none is promoted that no backtest speaks for, or
that has too few labels without a reason on record.
"""

import contextlib
import fcntl
import os
import warnings

# Read by MLflow when it is imported: send nothing anywhere, look for no git, and do not copy the
# lock file of the current folder into a model.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from urllib.parse import unquote, urlparse

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from sqlalchemy.exc import SQLAlchemyError

from features.catalogue import CATALOGUE
from features.errors import ArtefactError, ChampionError
from models import artefact
from models.readiness import ReadinessModel
from models.switch import fewest_labels

MODEL_NAME = "suksesi-readiness"
#: The experiment whose runs are backtests.
BACKTEST = "backtest"
#: The tag of versions and of backtests that says how many settings were tried. Without it the
#: defaults are meant: every backtest was of those before there was one.
TRIALS = "trials"
CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"
#: What MLflow answers where a version, a model or an alias does not exist.
_ABSENT = {ErrorCode.Name(code) for code in (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)}
REQUIREMENTS = ("lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Version:
    """A registered version: its number, the folder with its files, and their digest.

    `trials` is how many settings were tried for it, 0 for the defaults.
    """

    version: int
    folder: Path
    digest: str
    trials: int = 0


@dataclass(frozen=True)
class Backtested:
    """What the figures of a backtest are of.

    Parameters
    ----------
    snapshot : str
        Digest of the record.
    label_rule : str
        In words, as a model's facts have it.
    as_of : date or None
        The day up to which the record was read; None for all of it.
    trials : int
        Settings that were tried at each origin; 0 for the defaults.

    Examples
    --------
    >>> whole = Backtested("a1", "in post at least 12 months", None)
    >>> whole.speaks_for("a1", "in post at least 12 months", date(2026, 1, 1))
    True
    >>> whole.speaks_for("b2", "in post at least 12 months", date(2026, 1, 1))
    False
    """

    snapshot: str
    label_rule: str
    as_of: date | None
    trials: int = 0

    def speaks_for(self, snapshot: str, label_rule: str, trained_as_of: date) -> bool:
        """Whether it tried models of this record and rule, on a day no earlier than a model's.

        Whether their settings were chosen in the same way is another question: `trials`.
        """
        is_late_enough = self.as_of is None or self.as_of >= trained_as_of
        return (self.snapshot, self.label_rule) == (snapshot, label_rule) and is_late_enough

    def tags(self) -> dict[str, str]:
        """What marks its run in MLflow."""
        as_of = "" if self.as_of is None else self.as_of.isoformat()
        told = {"snapshot": self.snapshot, "label_rule": self.label_rule, "as_of": as_of}
        return {**told, TRIALS: str(self.trials)}


class Registry:
    """Versions of the readiness model in one MLflow store.

    Parameters
    ----------
    tracking_uri : str
        ``sqlite:///…/mlflow.db``, PostgreSQL or an MLflow server; MLflow's own global address is
        set to it, so that ``models:/suksesi-readiness@champion`` means the same everywhere.
    artefact_root : Path
        Folder that models of new experiments are stored under.

    Notes
    -----
    Reading makes nothing: a database of SQLite that is not there is a store without a version, and
    is made by the first `experiment`.
    """

    def __init__(self, tracking_uri: str, artefact_root: Path) -> None:
        mlflow.set_tracking_uri(tracking_uri)
        mlflow.set_registry_uri(tracking_uri)
        self._uri, self._artefact_root = tracking_uri, artefact_root
        is_file = tracking_uri.startswith("sqlite:///")
        self._file = Path(tracking_uri.removeprefix("sqlite:///")) if is_file else None

    @cached_property
    def _client(self) -> mlflow.MlflowClient:
        with reached():
            return mlflow.MlflowClient(self._uri, self._uri)

    @property
    def _is_there(self) -> bool:
        return self._file is None or self._file.exists()

    def experiment(self, name: str) -> str:
        """Id of an experiment whose models lie under `artefact_root`; made where it is new.

        Raises
        ------
        ChampionError
            If the store cannot be read or written.
        ArtefactError
            If it is an old one whose models lie in another folder of this machine: a home that was
            copied or moved would go on writing into the home that it came from.
        """
        if self._file is not None:
            _require_store(self._file)
        root = self._artefact_root.resolve() / name
        with reached():
            found = self._client.get_experiment_by_name(name)
        if found is not None:
            _require_place(found.artifact_location, root)
            return found.experiment_id
        root.parent.mkdir(parents=True, exist_ok=True)
        with reached():
            return self._client.create_experiment(name, artifact_location=root.as_uri())

    def register(self, folder: Path, *, trials: int = 0) -> Version:
        """Log a stored model in the active run and make it a new version.

        Parameters
        ----------
        folder : Path
            What `models.artefact.save` wrote; it is copied.
        trials : int
            Settings that were tried for it; a backtest of as many is asked for at its promotion.

        Raises
        ------
        ArtefactError
            If the folder holds no model of this catalogue, or a damaged one.
        """
        stored = artefact.load(folder)
        if mlflow.active_run() is None:
            raise ArtefactError(
                "no run is active to log the model in",
                where="registry",
                remedy="register within a run of training",
            )
        logged = _logged(folder)
        number = str(logged.registered_model_version)
        # First: a version that was cut short of it would pass for one of the defaults.
        tags = {TRIALS: str(trials), "digest": stored.digest, "folder": folder.name}
        tags |= _tags(stored)
        with reached():
            for key, value in tags.items():
                self._client.set_model_version_tag(MODEL_NAME, number, key, value)
        return self.version(int(number))

    def version(self, number: int) -> Version:
        """A version by its number, after its files were checked.

        Raises
        ------
        ChampionError
            If there is no such version.
        ArtefactError
            If its files are not those that were registered.
        """
        try:
            with reached():
                if not self._is_there:
                    raise _AbsentError
                found = self._client.get_model_version(MODEL_NAME, str(number))
                uri = self._client.get_model_version_download_uri(MODEL_NAME, str(number))
        except _AbsentError as absent:
            raise ChampionError(
                f"there is no version {number}",
                where=f"model {MODEL_NAME}",
                expected=f"one of {', '.join(map(str, self.numbers())) or 'none yet'}",
            ) from absent
        return _checked(found, uri)

    def with_digest(self, digest: str, trials: int = 0) -> Version | None:
        """The first version by so many trials whose files have a digest and are there, or None."""
        alike = [
            int(one.version)
            for one in self._versions()
            if (one.tags.get("digest"), _trials(one.tags)) == (digest, trials)
        ]
        for number in sorted(alike):
            # Lost or damaged files are no reason not to train the same model again.
            with contextlib.suppress(ArtefactError, ChampionError):
                return self.version(number)
        return None

    def numbers(self) -> Sequence[int]:
        """Numbers of all versions, ascending."""
        return sorted(int(version.version) for version in self._versions())

    def champion(self) -> Version:
        """The version that is served.

        Raises
        ------
        ChampionError
            If none was promoted.
        ArtefactError
            If its files are not those that were registered.
        """
        number = self.holder(CHAMPION)
        if number is None:
            raise ChampionError(
                "no model has been promoted",
                where=f"model {MODEL_NAME}",
                remedy="train a model and promote its version",
            )
        return self.version(number)

    def holder(self, alias: str) -> int | None:
        """Number of the version that holds an alias, or None."""
        if not self._is_there:
            return None
        try:
            with reached():
                return int(self._client.get_model_version_by_alias(MODEL_NAME, alias).version)
        except _AbsentError:
            return None

    def was_promoted(self) -> bool:
        """Whether any version was ever made champion, as far as the store tells.

        Raises
        ------
        ChampionError
            If the store cannot be read, or is gone while the files of models are still there.
        """
        if not self._is_there and any(self._artefact_root.glob("*/*")):
            raise ChampionError(
                "the registry of models is gone, and files of models are still there",
                where=str(self._artefact_root),
                expected=f"the database {self._file}",
                remedy="restore it from a backup, or set SUKSESI_ARTEFACTS to an empty folder and "
                "train again",
            )
        return self.holder(CHAMPION) is not None or self.holder(PREVIOUS) is not None

    def set_challenger(self, number: int) -> None:
        """Let a version wait for promotion."""
        self._point(CHALLENGER, self.version(number).version)

    def promote(self, number: int, *, below_switch: str = "") -> Version:
        """Make a version champion; the champion until now keeps the alias `previous`.

        Parameters
        ----------
        number : int
        below_switch : str
            Why a model with too few labels is to be served all the same; kept with the version.

        Raises
        ------
        ChampionError
            If there is no such version, no backtest tried models of its record and label rule whose
            settings were chosen by as many trials, or it has fewer labels than the switch asks for
            and no reason is given.
        ArtefactError
            If its files are not those that were registered.
        """
        promoted, former = self.version(number), self.holder(CHAMPION)
        if former == number:
            return promoted
        stored = artefact.load(promoted.folder, promoted.digest)
        self._require_backtest(promoted, stored.facts)
        self._require_labels(number, stored.model, below_switch.strip())
        if former is not None:
            self._point(PREVIOUS, former)
        self._point(CHAMPION, number)
        if self.holder(CHALLENGER) == number:
            with reached():
                self._client.delete_registered_model_alias(MODEL_NAME, CHALLENGER)
        return promoted

    def backtests(self, snapshot: str) -> Sequence[Backtested]:
        """What backtests of a snapshot were logged to the end, with figures, newest first."""
        if not self._is_there:
            return []
        with reached():
            experiment = self._client.get_experiment_by_name(BACKTEST)
            if experiment is None:
                return []
            of_it = f"tags.snapshot = '{snapshot}' AND attributes.status = 'FINISHED'"
            runs = self._client.search_runs([experiment.experiment_id], of_it)
        tags = [run.data.tags for run in runs if run.data.metrics]
        return [_backtested(one) for one in tags if {"label_rule", "as_of"} <= one.keys()]

    def _require_backtest(self, promoted: Version, facts: artefact.Facts) -> None:
        of = (facts.snapshot_digest, facts.label_rule, facts.trained_as_of)
        tried = [one for one in self.backtests(facts.snapshot_digest) if one.speaks_for(*of)]
        if any(one.trials == promoted.trials for one in tried):
            return
        searched = f" --search {promoted.trials}" if promoted.trials else ""
        expected = (
            f"a backtest of snapshot {facts.snapshot_digest[:12]} by the label rule "
            f"{facts.label_rule!r}, as of {facts.trained_as_of} or later"
        )
        what = f"version {promoted.version} has no backtest figures"
        if tried:
            others = " and of ".join(_settings(one) for one in sorted({t.trials for t in tried}))
            what = (
                f"version {promoted.version} is of {_settings(promoted.trials)}, "
                f"and what was backtested of {others}"
            )
            expected += f", of {_settings(promoted.trials)} as well"
        raise ChampionError(
            what,
            where=f"model {MODEL_NAME}",
            expected=expected,
            remedy=f"run suksesi backtest{searched} on the snapshot that it was trained on, then "
            "promote",
        )

    def _require_labels(self, number: int, model: ReadinessModel, reason: str) -> None:
        """Refuse a model of so few labels that rules may order better, unless there is a reason."""
        n_labels = model.n_labels
        least = fewest_labels(with_interview_scores=model.panel is not None)
        if n_labels >= least:
            return
        if not reason:
            raise ChampionError(
                f"version {number} was trained on {n_labels} labels",
                where=f"model {MODEL_NAME}",
                expected=f"at least {least}: with fewer the policy score may order better",
                remedy="stay in day-one mode until more outcomes are known, or say why it is to be "
                "served all the same (--below-switch)",
            )
        with reached():
            self._client.set_model_version_tag(MODEL_NAME, str(number), "below_switch", reason)

    def _versions(self) -> Sequence[ModelVersion]:
        if not self._is_there:
            return []
        with reached():
            return list(self._client.search_model_versions(f"name='{MODEL_NAME}'"))

    def _point(self, alias: str, number: int) -> None:
        with reached():
            self._client.set_registered_model_alias(MODEL_NAME, alias, str(number))


def _backtested(tags: Mapping[str, str]) -> Backtested:
    as_of = date.fromisoformat(tags["as_of"]) if tags["as_of"] else None
    return Backtested(tags["snapshot"], tags["label_rule"], as_of, _trials(tags))


def _trials(tags: Mapping[str, str]) -> int:
    """How many settings were tried for a version or at the origins of a backtest."""
    return int(tags.get(TRIALS, "0"))


def _settings(trials: int) -> str:
    """How settings were chosen, in words.

    >>> _settings(0), _settings(50)
    ('the default settings', 'settings found in 50 trials')
    """
    return f"settings found in {trials} trials" if trials else "the default settings"


class _AbsentError(Exception):
    """MLflow knows of no such version, model or alias."""


@contextlib.contextmanager
def reached() -> Generator[None]:
    """Tell a store that does not answer, or answers nonsense, from a bug.

    Raises
    ------
    ChampionError
        If the store cannot be read or written. Its address is not told: it may hold a password.
    """
    try:
        yield
    except MlflowException as error:
        if error.error_code in _ABSENT:
            raise _AbsentError from error
        raise _unreachable(error) from error
    except SQLAlchemyError as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> ChampionError:
    return ChampionError(
        f"the registry of models cannot be read or written ({type(error).__name__})",
        where="MLFLOW_TRACKING_URI",
        expected="a database or server of MLflow that answers, and may be written by who trains",
        remedy="start the server, mend the permissions, or put a damaged mlflow.db aside and train "
        "again",
    )


def _require_store(path: Path) -> None:
    """Make the database where there is none: whole, or not at all, wherever making it dies."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return
        partial = path.with_name(f".{path.name}.partial")
        partial.unlink(missing_ok=True)
        with reached():
            mlflow.MlflowClient(f"sqlite:///{partial}").search_experiments()
        partial.replace(path)


def _require_place(location: str, root: Path) -> None:
    """Refuse to write models of this home into a folder of another."""
    place = urlparse(location)
    if place.scheme in ("", "file") and Path(unquote(place.path)) != root:
        raise ArtefactError(
            "the registry keeps its models in another folder: it was copied or moved here",
            where=str(root),
            expected=unquote(place.path),
            remedy="set SUKSESI_ARTEFACTS to the folder above it if that is meant, or begin with "
            "an empty SUKSESI_HOME",
        )


def _checked(found: ModelVersion, uri: str) -> Version:
    """A version with the local folder of its files, refused if their digest is another."""
    if not {"digest", "folder"} <= found.tags.keys():
        raise ChampionError(
            f"version {found.version} was never registered to the end",
            where=f"model {MODEL_NAME}",
            remedy="train again: that makes a version of its own",
        )
    folder = _local(uri) / "data" / found.tags["folder"]
    if not folder.is_dir():
        raise ArtefactError(
            f"the files of version {found.version} are not where they were stored",
            where=str(folder),
            remedy="put them back (a home that holds models cannot be moved), or train anew",
        )
    digest = artefact.digest(folder)
    if digest != found.tags["digest"]:
        raise ArtefactError(
            f"the files of version {found.version} are not those that were registered",
            where=str(folder),
            expected=f"digest {found.tags['digest'][:12]}, found {digest[:12]}",
            remedy="restore the folder from a backup, train again, or promote another version",
        )
    return Version(int(found.version), folder, digest, _trials(found.tags))


def _local(uri: str) -> Path:
    """The folder of a model: where it lies if that is this machine, else a copy."""
    parsed = urlparse(uri)
    if parsed.scheme in ("", "file"):
        return Path(unquote(parsed.path))
    try:
        return Path(mlflow.artifacts.download_artifacts(uri))
    except (MlflowException, OSError) as error:
        raise ArtefactError(
            f"the files of the model cannot be fetched ({type(error).__name__})",
            where="MLFLOW_TRACKING_URI",
            remedy="see that the store of artefacts can be reached",
        ) from error


def _logged(folder: Path) -> ModelInfo:
    """Log the files as a `pyfunc` model; the signature is given, not inferred from an example."""
    with warnings.catch_warnings():
        # An example would be a row of somebody's figures.
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        # MLflow says this of its own classes, when it reads its module for the first time.
        warnings.filterwarnings("ignore", message=".*Any type hint is inferred as AnyType")
        return mlflow.pyfunc.log_model(
            name="model",
            loader_module="models.artefact",
            data_path=str(folder),
            signature=_signature(),
            pip_requirements=[f"{name}=={installed(name)}" for name in REQUIREMENTS],
            registered_model_name=MODEL_NAME,
        )


def _signature() -> ModelSignature:
    """Every feature of the catalogue as a number in, a probability out."""
    features: list[ColSpec | TensorSpec] = [ColSpec(DataType.double, n) for n in CATALOGUE.names]
    return ModelSignature(Schema(features), Schema([ColSpec(DataType.double, "probability")]))


def _tags(stored: artefact.Artefact) -> dict[str, str]:
    """What a reader of the registry wants to know of a version without opening it."""
    return {
        "agency": stored.facts.agency,
        "catalogue": stored.model.catalogue.version,
        "snapshot": stored.facts.snapshot_digest,
        "label_cutoff_on": stored.facts.label_cutoff_on.isoformat(),
        "is_calibrated_claim": str(stored.model.is_calibrated_claim).lower(),
    }
