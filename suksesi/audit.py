"""`suksesi audit`: the notebook of the audit, executed on the latest backtest and made into a page.

The rule that must not break: the page and the figures are of the same rows, and whoever asks is
told which; an audit that finds something is no failed command.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features.console import JsonOption, print_json, say, settings_of, stdout
from features.errors import AuditError
from features.settings import Settings
from features.whole_folders import made_anew
from training.commands import tell_figures

app = typer.Typer()

NOTEBOOK = "audit_selection_rates"
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FiguresOption = Annotated[
    bool, typer.Option("--figures", help="Print the figures alone; no page is made.")
]


@app.command(epilog="Example: suksesi audit --figures")
def audit(
    context: typer.Context, figures: FiguresOption = False, as_json: JsonOption = False
) -> None:
    """Hold the latest backtest against sex and age: tables, pictures and findings on one page."""
    from training.audits import wording
    from training.audits.selection_rates import latest_audit
    from training.figures import write

    settings = settings_of(context)
    found = latest_audit(settings.home)
    if figures:
        tell_figures(found.figures, settings, "audit", as_json=as_json)
        return
    say("executing the notebook")
    page = _page(settings, found.rows.digest)
    findings = wording.findings(found)
    if as_json:
        made_of = found.rows.made_of
        print_json(
            {
                "page": str(page),
                "snapshot": made_of.snapshot,
                "backtest": found.rows.digest,
                "label_rule": made_of.label_rule,
                "findings": findings,
                "figures": [asdict(row) for row in found.figures],
            }
        )
    else:
        for one in findings:
            stdout.print(f"{one['attribute']}, {one['about']}: {one['verdict']}", markup=False)
        stdout.print(f"the page: {page}", markup=False, soft_wrap=True)
    # Last: what cannot be kept was worth telling.
    write(found.figures, settings.home, "audit")


def _page(settings: Settings, backtest: str) -> Path:
    """Execute the notebook and keep its page under the digest of the rows that it is of."""
    from reporting.notebooks import executed, page
    from training.audits.wording import TITLE

    notebook = NOTEBOOKS / f"{NOTEBOOK}.ipynb"
    if not notebook.is_file():
        raise AuditError(
            "the notebook is not there", where=str(notebook), remedy="install suksesi whole"
        )
    target = settings.home / "audits" / backtest
    with made_anew(target) as making:
        cells = executed(notebook, {"SUKSESI_HOME": str(settings.home)})
        written = making.folder / f"{NOTEBOOK}.html"
        written.write_text(page(cells, TITLE), encoding="utf-8")
    return target / written.name
