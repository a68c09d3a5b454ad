"""Settings of an installation, read from the environment at the door and handed inwards.

The rule that must not break: nothing but `Settings.from_environment` reads the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """Where things are and how they are reached.

    Parameters
    ----------
    home : Path
        `SUKSESI_HOME`: snapshots, models and records; ``var`` if unset.
    reference_data : Path or None
        `SUKSESI_REFERENCE_DATA`: folder of third-party data sets.
    tracking_uri : str
        `MLFLOW_TRACKING_URI`; a SQLite file under the home if unset.
    artefacts : Path
        `SUKSESI_ARTEFACTS`: folder of the stored models; under the home if unset.
    host : str
        `SUKSESI_HOST`: the address to serve on; this machine only if unset.
    port : int
        `SUKSESI_PORT`; 3000 if unset.
    threads : int
        `SUKSESI_THREADS`: threads of the boosters; every core that this process may use if unset.
        No figure depends on it.
    log_level : str
        `SUKSESI_LOG_LEVEL`: debug, info, warning or error; info if unset.

    Examples
    --------
    >>> Settings.from_environment({"SUKSESI_HOME": "/srv/suksesi"}).tracking_uri
    'sqlite:////srv/suksesi/mlflow.db'
    """

    home: Path
    reference_data: Path | None
    tracking_uri: str
    artefacts: Path
    host: str
    port: int
    threads: int
    log_level: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that an environment asks for; an empty variable counts as unset.

        Raises
        ------
        SettingsError
            If a variable asks for something that cannot be.
        """
        asked = {name: value.strip() for name, value in environ.items() if value.strip()}
        home = Path(asked.get("SUKSESI_HOME", "var")).expanduser().absolute()
        if home.exists() and not home.is_dir():
            raise SettingsError(
                "is not a folder", where="SUKSESI_HOME", expected="a folder, or a path for one"
            )
        reference = asked.get("SUKSESI_REFERENCE_DATA")
        return cls(
            home=home,
            reference_data=Path(reference).expanduser().absolute() if reference else None,
            tracking_uri=asked.get("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}"),
            artefacts=Path(asked.get("SUKSESI_ARTEFACTS", home / "artefacts")).absolute(),
            host=asked.get("SUKSESI_HOST", "127.0.0.1"),
            port=_port(asked.get("SUKSESI_PORT", "3000")),
            threads=_threads(asked.get("SUKSESI_THREADS")),
            log_level=_log_level(asked.get("SUKSESI_LOG_LEVEL", "info")),
        )


def _port(value: str) -> int:
    if value.isdecimal() and 1 <= int(value) <= 65535:
        return int(value)
    raise SettingsError("is no port", where="SUKSESI_PORT", expected="a number from 1 to 65535")


def _threads(value: str | None) -> int:
    if value is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if value.isdecimal() and 1 <= int(value) <= 1024:
        return int(value)
    raise SettingsError(
        "is no number of threads", where="SUKSESI_THREADS", expected="a number from 1 to 1024"
    )


def _log_level(value: str) -> str:
    if value.lower() in LOG_LEVELS:
        return value.lower()
    expected = f"one of {', '.join(LOG_LEVELS)}"
    raise SettingsError("is no log level", where="SUKSESI_LOG_LEVEL", expected=expected)
