"""A home with the careers of ministers in it, a model trained on them and promoted."""

from pathlib import Path

import pytest

from tests.lib.command import succeeded, suksesi
from tests.lib.ministers import MAPPING, TRAINED_AS_OF


@pytest.fixture(scope="session")
def ministers_home(tmp_path_factory: pytest.TempPathFactory, ministers_exports: Path) -> Path:
    """Ingested, trained as of mid 2019, promoted. Tests read it; who changes it takes a copy."""
    home = tmp_path_factory.mktemp("ministers") / "home"
    succeeded(suksesi("ingest", MAPPING, "--exports", ministers_exports, home=home))
    succeeded(suksesi("train", "--as-of", TRAINED_AS_OF, home=home))
    succeeded(suksesi("promote", "1", home=home))
    return home
