"""The page about features is true: its table is the catalogue, its settings and files exist."""

from pathlib import Path

import pytest

from features.strategic import LINTER, MADE_OF
from models.scoring import SCORES
from tests.lib.command import succeeded, suksesi

GUIDE = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")


def test_the_table_is_what_the_command_prints(tmp_path: Path):
    printed = succeeded(suksesi("features", "--catalogue", home=tmp_path)).out
    assert GUIDE.endswith(f"\n\n{printed}"), "refresh it: suksesi features --catalogue"


@pytest.mark.parametrize("name", [MADE_OF, LINTER, *SCORES.names])
def test_files_and_columns_are_those_that_are_written(name: str):
    assert name in GUIDE
