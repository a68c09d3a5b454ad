"""Notebooks executed without anybody at a screen, and made into one page.

The rule that must not break: a page is whole in itself (no script, no link, no image from
elsewhere), and a notebook that fails leaves no page.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader, select_autoescape
from jupyter_client.manager import KernelManager
from markupsafe import Markup
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from features.errors import AuditError

#: Seconds that one cell may take.
CELL_SECONDS = 600


def executed(notebook: Path, environ: Mapping[str, str]) -> NotebookNode:
    """A notebook with what its cells said, run in a process of its own.

    Parameters
    ----------
    notebook : Path
        An `.ipynb` file without output; it is not changed.
    environ : mapping of str to str
        Variables that the notebook sees beside those of this process.

    Raises
    ------
    AuditError
        If a cell fails.
    """
    cells = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory(prefix="suksesi-") as space:
        # Nothing of it goes into the home of whoever runs it, and no port is opened.
        own = {"IPYTHONDIR": space, "JUPYTER_RUNTIME_DIR": space, "MPLCONFIGDIR": space}
        quiet = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONPATH": _path()}
        manager = KernelManager(
            kernel_name="python3",
            transport="ipc",
            ip=f"{space}/kernel",
            connection_file=f"{space}/kernel.json",
        )
        client = NotebookClient(
            cells,
            km=manager,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": space}},
            extra_arguments=["--HistoryManager.enabled=False"],
        )
        try:
            client.execute(env={**os.environ, **own, **quiet, **environ}, cleanup_kc=True)
        except CellExecutionError as error:
            raise AuditError(
                f"the notebook failed: {error.ename}: {error.evalue}",
                where=notebook.name,
                remedy="see the message; nothing was written",
            ) from error
        finally:
            with contextlib.suppress(RuntimeError):
                manager.shutdown_kernel(now=True)
    return cells


def page(cells: NotebookNode, title: str) -> str:
    """What an executed notebook says as one HTML page, without its code."""
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_anchor_links=True)
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    body, _resources = exporter.from_notebook_node(cells)
    places = Environment(
        loader=PackageLoader("reporting", ""), autoescape=select_autoescape(["jinja"])
    )
    # The body was escaped text by text when it was made.
    return places.get_template("page.html.jinja").render(title=title, body=Markup(body))


def _path() -> str:
    """Where the rooms are found by a process that starts in another folder."""
    root = str(Path(__file__).parents[1])
    return os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
