"""Each notebook is a script and a twin that say the same; neither holds what it once printed."""

from pathlib import Path

import jupytext
import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCRIPTS = sorted(NOTEBOOKS.glob("*.py"))


def cells(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_there_is_a_twin_for_every_script_and_no_other():
    twins = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert twins == {path.stem for path in SCRIPTS} >= {"audit_selection_rates"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_and_twin_say_the_same(script: Path):
    twin = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert cells(jupytext.read(script)) == cells(twin), "make notebooks writes it anew"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_twin_holds_no_output(script: Path):
    twin = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(twin)
    code = [cell for cell in twin.cells if cell.cell_type == "code"]
    assert code
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
