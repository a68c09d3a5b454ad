"""Where a service keeps its files."""

from pathlib import Path

from features.settings import Settings
from serving.commands import _files


def settings(home: Path, port: str) -> Settings:
    return Settings.from_environment({"SUKSESI_HOME": str(home), "SUKSESI_PORT": port})


def test_each_port_has_a_folder_of_its_own_under_the_home(tmp_path):
    folders = [_files(settings(tmp_path, port)) for port in ("3000", "3100")]
    assert folders == [tmp_path / "bentoml" / "3000", tmp_path / "bentoml" / "3100"]
    assert all(folder.is_dir() for folder in folders)


def test_home_that_cannot_be_written_is_left_alone(tmp_path, monkeypatch):
    # Whoever runs the tests may be allowed everything: a file where the folder would be stops all.
    (tmp_path / "bentoml").write_text("")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    folder = _files(settings(tmp_path, "3000"))
    assert folder.is_dir()
    assert folder.parent == elsewhere
