"""Settings are what the environment says, or a default that works on any machine."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from features.errors import SettingsError
from features.settings import Settings


def test_everything_has_a_default():
    settings = Settings.from_environment({})
    home = Path.cwd() / "var"
    assert settings.home == home
    assert settings.keys == Path.home() / ".config" / "suksesi"
    assert settings.reference_data is None
    assert settings.tracking_uri == f"sqlite:///{home}/mlflow.db"
    assert settings.artefacts == home / "artefacts"
    assert (settings.intake_memory, settings.source_urls) == (1000, {})
    assert (settings.feature_memory, settings.spark_master) == (1000, "local[*]")
    assert settings.java_home is None
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 3000, "info")


def test_the_environment_decides():
    settings = Settings.from_environment(
        {
            "SUKSESI_HOME": "/srv/suksesi",
            "SUKSESI_KEY_DIR": "/srv/keys",
            "SUKSESI_REFERENCE_DATA": "/srv/reference",
            "MLFLOW_TRACKING_URI": "http://mlflow:5000",
            "SUKSESI_ARTEFACTS": "/srv/artefacts",
            "SUKSESI_HOST": "0.0.0.0",
            "SUKSESI_PORT": "8080",
            "SUKSESI_THREADS": "2",
            "SUKSESI_INTAKE_MEMORY": "512 mb",
            "SUKSESI_FEATURE_MEMORY": "3GB",
            "SUKSESI_SPARK_MASTER": "yarn",
            "JAVA_HOME": "/opt/java",
            "SUKSESI_SOURCE_SIMPEG_URL": "postgresql://reader:secret@db/simpeg",
            "SUKSESI_SOURCE_TIMEOUT": "60",
            "SUKSESI_LOG_LEVEL": "WARNING",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        home=Path("/srv/suksesi"),
        keys=Path("/srv/keys"),
        reference_data=Path("/srv/reference"),
        tracking_uri="http://mlflow:5000",
        artefacts=Path("/srv/artefacts"),
        host="0.0.0.0",
        port=8080,
        threads=2,
        intake_memory=512,
        feature_memory=3000,
        spark_master="yarn",
        java_home=Path("/opt/java"),
        source_urls={"simpeg": SecretStr("postgresql://reader:secret@db/simpeg")},
        source_timeout=60,
        log_level="warning",
    )


def test_an_empty_variable_counts_as_unset():
    assert Settings.from_environment({"SUKSESI_PORT": " "}).port == 3000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUKSESI_PORT", "eighty"),
        ("SUKSESI_PORT", "0"),
        ("SUKSESI_PORT", "65536"),
        ("SUKSESI_LOG_LEVEL", "loud"),
        ("SUKSESI_HOME", __file__),
    ],
)
def test_what_cannot_be_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})
