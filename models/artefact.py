"""A stored model: a folder of plain files that another program can read, and no pickle.

The rule that must not break: what is loaded is what was saved. Every file is checked against the
digest in `model.json`, and a model that was made with another catalogue is refused.

Files: `booster.txt` (LightGBM's text), `scorecard.json`, `calibration.json`,
`background.parquet` (figures of candidates, without any identifier; absent if the model was given
none), `uncertainty.json` (intervals, sets, what is familiar), `bagged_boosters.txt` and
`bagged_scorecards.json` (the bagged models, one after another), `panel.json` (what interviews of
past vacancies added), `horizons.json` (when people become ready for posts of a class), `model.json`
(what it was made of). Where a model was fitted without its uncertainty, without bags, without
interviews or without horizons, those files are absent.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import CATALOGUE
from features.errors import ArtefactError
from models.bagging import Bags
from models.boosted import Boosted, BoostingSettings
from models.calibration import Calibration
from models.class_horizons import ClassHorizons
from models.classifier import Selection
from models.panel_stage import PanelStage
from models.readiness import Counts, ReadinessModel, ReadinessSettings
from models.scorecard import Scorecard
from models.uncertainty import Uncertainty

FORMAT = 6


@dataclass(frozen=True)
class Facts:
    """Where a model comes from.

    Parameters
    ----------
    agency : str
    snapshot_digest, mapping_digest : str
        Of the record that its labels and features were read from.
    trained_as_of : date
        The day that the record was looked at.
    label_cutoff_on : date
        The day up to which outcomes were read: the model knows nothing later.
    label_rule : str
        The rule that told success from failure, in words.
    is_ignorable : bool
        Whether the agency vouches that panels use nothing but the record.
    """

    agency: str
    snapshot_digest: str
    mapping_digest: str
    trained_as_of: date
    label_cutoff_on: date
    label_rule: str
    is_ignorable: bool = False


@dataclass(frozen=True)
class Artefact:
    """A model as it was loaded, where it comes from, and the digest of its files.

    `horizons` is None where none were trained with it.
    """

    model: ReadinessModel
    facts: Facts
    digest: str
    horizons: ClassHorizons | None = None

    @property
    def selection(self) -> Selection:
        """How far outcomes of the appointed speak of everybody."""
        return self.model.selection(is_vouched_for=self.facts.is_ignorable)


def save(
    model: ReadinessModel, folder: Path, facts: Facts, horizons: ClassHorizons | None = None
) -> str:
    """Write a model into a new folder and return the digest of its files.

    The same model and facts give the same bytes: no clock, no path and no order of insertion is
    written.

    Raises
    ------
    ArtefactError
        If the folder exists already.
    """
    if folder.exists():
        raise ArtefactError(
            "the folder exists already", where=str(folder), remedy="choose a new folder"
        )
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _write(partial / "booster.txt", model.boosted.text)
    _write(partial / "scorecard.json", model.scorecard.to_json())
    _write(partial / "calibration.json", model.calibration.to_json())
    if model.background is not None:
        columns = dict(zip(model.catalogue.names, model.background.T, strict=True))
        pq.write_table(pa.table(columns), partial / "background.parquet")
    if model.panel is not None:
        _write(partial / "panel.json", model.panel.to_json())
    if horizons is not None:
        _write(partial / "horizons.json", horizons.to_text())
    if model.uncertainty is not None:
        _write(partial / "uncertainty.json", model.uncertainty.to_json())
        if model.uncertainty.bags is not None:
            _write(partial / "bagged_boosters.txt", model.uncertainty.bags.boosters_text())
            _write(partial / "bagged_scorecards.json", model.uncertainty.bags.scorecards_json())
    document = {
        "format": FORMAT,
        "catalogue": model.catalogue.version,
        "facts": {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(facts).items()},
        "settings": asdict(model.settings),
        "counts": asdict(model.counts),
        "is_calibrated_claim": model.is_calibrated_claim,
        "files": _file_digests(partial),
    }
    _write(
        partial / "model.json",
        json.dumps(document, sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False) + "\n",
    )
    partial.rename(folder)
    return digest(folder)


def load(folder: Path, expected_digest: str | None = None) -> Artefact:
    """Read a model back.

    Parameters
    ----------
    folder : Path
    expected_digest : str, optional
        The digest that `save` returned; other files are refused.

    Raises
    ------
    ArtefactError
        If files are absent, were changed, have another digest than expected, or were made with
        another catalogue.
    """
    document = _checked_document(folder)
    found = digest(folder)
    if expected_digest is not None and found != expected_digest:
        raise ArtefactError(
            "the files are not those of the model that was asked for",
            where=str(folder),
            expected=f"digest {expected_digest[:12]}, found {found[:12]}",
            remedy="restore the folder from a backup, or train again",
        )
    settings = dict(document["settings"])
    boosting = BoostingSettings(**settings.pop("boosting"))
    facts = dict(document["facts"])
    for name in ("trained_as_of", "label_cutoff_on"):
        facts[name] = date.fromisoformat(facts[name])
    model = ReadinessModel(
        Scorecard.from_json(_read(folder / "scorecard.json")),
        Boosted(_read(folder / "booster.txt")),
        Calibration.from_json(_read(folder / "calibration.json")),
        ReadinessSettings(**settings, boosting=boosting),
        Counts(**document["counts"]),
        _read_background(folder / "background.parquet"),
        _read_uncertainty(folder),
        _read_panel(folder / "panel.json"),
    )
    return Artefact(model, Facts(**facts), found, _read_horizons(folder / "horizons.json"))


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files, sorted by name."""
    text = json.dumps({**_file_digests(folder)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _checked_document(folder: Path) -> dict[str, Any]:
    """`model.json`, after its format, catalogue and files were found right."""
    path = folder / "model.json"
    if not path.is_file():
        raise ArtefactError("there is no stored model", where=str(folder), remedy="train one")
    try:
        document = json.loads(_read(path))
        made_of, files = (document["format"], document["catalogue"]), document["files"]
    except (ValueError, KeyError, TypeError) as damage:
        raise ArtefactError("model.json cannot be read", where=str(path)) from damage
    if made_of != (FORMAT, CATALOGUE.version):
        raise ArtefactError(
            f"the model was made with format {made_of[0]} and catalogue {made_of[1]}",
            where=str(path),
            expected=f"format {FORMAT} and catalogue {CATALOGUE.version}",
            remedy="train again with this version of the program",
        )
    present = {name: d for name, d in _file_digests(folder).items() if name != "model.json"}
    if present != files:
        raise ArtefactError(
            "files of the stored model were changed, added or lost",
            where=str(folder),
            remedy="restore the folder from a backup, or train again",
        )
    return document


def _file_digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _read_background(path: Path) -> np.ndarray | None:
    if not path.exists():
        return None
    table = pq.read_table(path)
    return np.column_stack([table[name].to_numpy() for name in CATALOGUE.names])


def _read_panel(path: Path) -> PanelStage | None:
    return PanelStage.from_json(_read(path)) if path.exists() else None


def _read_horizons(path: Path) -> ClassHorizons | None:
    return ClassHorizons.from_text(_read(path)) if path.exists() else None


def _read_uncertainty(folder: Path) -> Uncertainty | None:
    if not (folder / "uncertainty.json").exists():
        return None
    bags = None
    if (folder / "bagged_boosters.txt").exists():
        boosters, scorecards = "bagged_boosters.txt", "bagged_scorecards.json"
        bags = Bags.from_texts(_read(folder / boosters), _read(folder / scorecards))
    return Uncertainty.from_json(_read(folder / "uncertainty.json"), bags)


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _read(path: Path) -> str:
    return path.read_bytes().decode()


class Prediction:
    """What MLflow's `pyfunc` calls: a feature frame in, a frame with `probability` out."""

    def __init__(self, model: ReadinessModel) -> None:
        self._model = model

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, object] | None = None
    ) -> pd.DataFrame:
        """Probability of success for each row of a feature frame."""
        return pd.DataFrame(
            {"probability": self._model.probability(model_input)}, index=model_input.index
        )


def _load_pyfunc(data_path: str) -> Prediction:
    """Read a model for MLflow, which knows this function by its name."""
    return Prediction(load(Path(data_path)).model)
