"""How commands speak: results on stdout, everything else on stderr.

The rule that must not break: with ``--json``, stdout holds one JSON value and nothing else.
"""

import json
import sys
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from features.settings import Settings

stderr = Console(stderr=True, highlight=False)
stdout = Console(highlight=False)

AsOfOption = Annotated[
    datetime,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date as of which the record is read."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]


def settings_of(context: typer.Context) -> Settings:
    """The settings that the door put into the context."""
    settings = context.obj
    if not isinstance(settings, Settings):
        raise TypeError("the command was started without settings")
    return settings


def day_of(moment: datetime) -> date:
    """The day of an option that Typer hands over as a moment."""
    return moment.date()


def say(sentence: str) -> None:
    """Tell the person at the terminal what is going on."""
    stderr.print(sentence, style="dim", soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """One JSON value on stdout, keys in the order given."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def progress_bar() -> Progress:
    """A bar on stderr that disappears when the work is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=stderr,
        transient=True,
    )
