"""Settings are what the environment says, or a default that works on any machine."""

from pathlib import Path

import pytest

from features.errors import SettingsError
from features.settings import Settings


def test_everything_has_a_default():
    settings = Settings.from_environment({})
    home = Path.cwd() / "var"
    assert settings.home == home
    assert settings.reference_data is None
    assert settings.tracking_uri == f"sqlite:///{home}/mlflow.db"
    assert settings.artefacts == home / "artefacts"
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 3000, "info")


def test_the_environment_decides():
    settings = Settings.from_environment(
        {
            "SUKSESI_HOME": "/srv/suksesi",
            "SUKSESI_REFERENCE_DATA": "/srv/reference",
            "MLFLOW_TRACKING_URI": "http://mlflow:5000",
            "SUKSESI_ARTEFACTS": "/srv/artefacts",
            "SUKSESI_HOST": "0.0.0.0",
            "SUKSESI_PORT": "8080",
            "SUKSESI_THREADS": "2",
            "SUKSESI_LOG_LEVEL": "WARNING",
            "PATH": "/bin",
        }
    )
    assert settings == Settings(
        home=Path("/srv/suksesi"),
        reference_data=Path("/srv/reference"),
        tracking_uri="http://mlflow:5000",
        artefacts=Path("/srv/artefacts"),
        host="0.0.0.0",
        port=8080,
        threads=2,
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
