"""Commands of the training floor: `train`, `backtest`, `promote`.

The rule that must not break: results on stdout, progress on stderr, exit code 1 when a bound is
missed.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column
from rich.table import Table as Grid

from features.console import (
    AsOfOption,
    JsonOption,
    day_of,
    print_json,
    say,
    settings_of,
    stdout,
)
from features.settings import Settings

if TYPE_CHECKING:
    from training.figures import Figure

app = typer.Typer()

#: Signs in a line of figures that are written to a file or a pipe.
FILE_WIDTH = 160

VersionArgument = Annotated[
    int, typer.Argument(help="The version to promote.", min=1, max=2**31 - 1)
]
BelowSwitchOption = Annotated[
    str,
    typer.Option(
        "--below-switch", help="Why a model of too few labels is to be served; kept with it."
    ),
]
FromYearOption = Annotated[
    int | None, typer.Option("--from-year", help="First year that is tested.")
]
KnownByOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Blank everything recorded later."),
]
PresetOption = Annotated[
    str,
    typer.Option("--preset", help="Presets of suksesi simulate, comma between; full for all."),
]
SeedsOption = Annotated[int, typer.Option("--seeds", min=1, max=1000, help="How many times.")]
PeopleOption = Annotated[
    int | None, typer.Option("--people", help="People of each ministry, for intake and horizon.")
]
OnlyOption = Annotated[
    str,
    typer.Option("--only", help="Topics, comma between: ranking, calibration and others."),
]
TrialsOption = Annotated[
    int,
    typer.Option(
        "--search", min=0, max=1000, help="Settings to try on the training period; 0: defaults."
    ),
]
HorizonOption = Annotated[
    bool,
    typer.Option("--horizon", help="Learn too when people become ready, for each strategic class."),
]
SearchMovesOption = Annotated[
    bool, typer.Option("--search-moves", help="Choose the settings of the career moves anew.")
]
SearchAtOriginsOption = Annotated[
    int,
    typer.Option(
        "--search",
        min=0,
        max=1000,
        help="Settings to try at each origin, for a model that was trained so; 0: defaults.",
    ),
]

ReadinessOnlyOption = Annotated[
    bool,
    typer.Option(
        "--readiness-only",
        help="No career moves and no propensity: sooner, and enough to promote and to audit.",
    ),
]
QuickOption = Annotated[
    bool, typer.Option("--quick", help="Readiness only, on the newest year that can be tested.")
]


@app.command(epilog="Example: suksesi train --as-of 2019-07-01")
def train(
    context: typer.Context,
    as_of: AsOfOption,
    search: TrialsOption = 0,
    horizon: HorizonOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fit, calibrate and register a readiness model; it becomes the challenger."""
    from training.pipeline import train as fit

    settings = settings_of(context)
    done = fit(settings, day_of(as_of), say, trials=search, with_horizons=horizon)
    if as_json:
        print_json(
            {
                "version": done.version.version,
                "digest": done.version.digest,
                "is_new": done.is_new,
                "label_cutoff_on": str(done.data.label_cutoff_on),
                "training_set": done.data.digest,
                "is_calibrated": done.model.is_calibrated_claim,
                "metrics": done.metrics,
            }
        )
        return
    for name, value in done.metrics.items():
        stdout.print(f"{name} {value:g}")
    note = "" if done.is_new else " (the same model was registered before)"
    stdout.print(f"version {done.version.version}, digest {done.version.digest[:12]}{note}")
    searched = f" --search {search}" if search else ""
    stdout.print(
        f"to put it in service: suksesi backtest --quick{searched}, "
        f"suksesi promote {done.version.version}",
        soft_wrap=True,
    )


@app.command(epilog="Example: suksesi promote 1")
def promote(
    context: typer.Context,
    version: VersionArgument,
    below_switch: BelowSwitchOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a registered version the champion that is served; a backtest must speak for it."""
    from models.registry import Registry

    settings = settings_of(context)
    registry = Registry(settings.tracking_uri, settings.artefacts)
    promoted = registry.promote(version, below_switch=below_switch)
    if as_json:
        print_json({"champion": promoted.version, "digest": promoted.digest})
    else:
        stdout.print(f"version {promoted.version} is champion, digest {promoted.digest[:12]}")


@app.command(
    epilog="Examples: suksesi protocol --preset full --seeds 5, or --preset tiny --seeds 2"
)
def protocol(
    context: typer.Context,
    preset: PresetOption = "realistic",
    seeds: SeedsOption = 1,
    people: PeopleOption = None,
    only: OnlyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Hold what the product says against the known truth of simulated ministries."""
    from training.protocol.run import run

    settings = settings_of(context)
    figures = run(preset, seeds, people, only, say, threads=settings.threads)
    tell_figures(figures, settings, "protocol", as_json=as_json, between="lowest to highest")


@app.command(epilog="Example: suksesi backtest --json")
def backtest(
    context: typer.Context,
    from_year: FromYearOption = None,
    as_of: KnownByOption = None,
    search: SearchAtOriginsOption = 0,
    search_moves: SearchMovesOption = False,
    readiness_only: ReadinessOnlyOption = False,
    quick: QuickOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what the models would have said of what then happened, origin by origin."""
    from training.backtest import run

    settings = settings_of(context)
    known_by = day_of(as_of) if as_of else None
    figures = run(
        settings,
        say,
        first_year=from_year,
        as_of=known_by,
        search_moves=search_moves,
        trials=search,
        readiness_only=readiness_only,
        quick=quick,
    )
    tell_figures(figures, settings, "backtest", as_json=as_json)


def tell_figures(
    figures: "list[Figure]",
    settings: Settings,
    topic: str,
    *,
    as_json: bool,
    between: str = "95 % interval",
) -> None:
    """Print figures and keep them under the home; a missed bound is a failed command.

    Parameters
    ----------
    topic : str
        Name of the file of figures.
    between : str
        What `low` and `high` are.
    """
    from training.figures import all_hold, write
    from training.figures import as_json as rows

    if as_json:
        print_json(rows(figures))
    else:
        whole = [Column(name, no_wrap=True) for name in ("figure", "value", between, "bound")]
        grid = Grid(*whole, "holds")
        for row in figures:
            interval = "" if row.low is None else f"{row.low:.3f} and more"
            if row.low is not None and row.high is not None:
                interval = f"{row.low:.3f} to {row.high:.3f}"
            value = "" if row.value is None else f"{row.value:.4g}"
            holds = {True: "yes", False: "NO", None: ""}[row.ok]
            grid.add_row(row.name, value, interval, row.bound or "", holds)
        # A file has no width: there every figure is written in full.
        wide = stdout if stdout.is_terminal else Console(file=stdout.file, width=FILE_WIDTH)
        wide.print(grid)
    # Last: figures that cannot be kept were worth telling.
    write(figures, settings.home, topic)
    if not all_hold(figures):
        raise typer.Exit(1)
