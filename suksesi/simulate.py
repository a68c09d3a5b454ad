"""`suksesi simulate`: a ministry that does not exist, with exports as one would send them.

The rule that must not break: what is written says that its people are invented, and a bound that is
missed in the report is a failed command.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as Grid

from features.console import JsonOption, print_json, progress_bar, settings_of, stdout
from features.errors import SuksesiError

if TYPE_CHECKING:
    from simulation.agency import Agency
    from simulation.knobs import Knobs

app = typer.Typer()

PresetOption = Annotated[str, typer.Option("--preset", help="A named setting of the knobs.")]
PeopleOption = Annotated[int | None, typer.Option("--people", help="People on the first day.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same seed, same bytes.")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for exports/ and truth/.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Turn a knob: NAME=VALUE; may be repeated.")
]
ReportOption = Annotated[
    bool, typer.Option("--report", help="Margins, bounds, validities and labels against the truth.")
]
PairsOption = Annotated[
    int,
    typer.Option(
        "--pairs", min=3000, help="That bounds are fitted on; fewer: quicker, less exact."
    ),
]
BiasOption = Annotated[
    bool, typer.Option("--bias", help="Whether each bias knob is found at its size; 50 seeds each.")
]
KnobsOption = Annotated[bool, typer.Option("--knobs", help="List presets and knobs, and stop.")]


@app.command(epilog="Example: suksesi simulate --preset realistic --people 5000 --seed 7 --out DIR")
def simulate(
    context: typer.Context,
    preset: PresetOption = "realistic",
    people: PeopleOption = None,
    seed: SeedOption = 7,
    out: OutOption = None,
    turned: SetOption = None,
    report: ReportOption = False,
    pairs: PairsOption = 400_000,
    bias: BiasOption = False,
    knobs: KnobsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate an agency whose truth is known. Nobody in it exists."""
    if knobs:
        _list_knobs(as_json=as_json)
        return
    if out is None and not (report or bias):
        raise typer.BadParameter(
            "give a folder with --out, or ask for a --report or for --bias", param_hint="--out"
        )
    settings, rows = settings_of(context), []
    with refused():
        chosen = _chosen(preset, people, turned or [])
        if report or out is not None:
            agency = _simulated(chosen, seed, out)
            if not as_json and out is not None:
                _tell_where(agency, out)
            if report:
                rows += _reported(agency, out, pairs, settings.threads)
        if bias:
            rows += _biases_found(chosen)
    if report or bias:
        from training.commands import tell_figures
        from training.figures import Figure

        figures = [Figure(**row) for row in rows]
        topic = "simulation" if report else "simulation_bias"
        tell_figures(figures, settings, topic, as_json=as_json)
    elif as_json:
        counts = {name: len(frame) for name, frame in agency.tables.items()}
        print_json({"simulated": True, "folder": str(out), "rows": counts})


@contextmanager
def refused() -> Generator[None]:
    """Tell what the simulator refuses as every other refusal: one sentence, no traceback.

    Raises
    ------
    SuksesiError
    """
    from simulation.errors import SimulationError

    try:
        yield
    except SimulationError as error:
        raise SuksesiError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy
        ) from error


def _chosen(name: str, people: int | None, turned: list[str]) -> "Knobs":
    from simulation.errors import SimulationError
    from simulation.presets import preset

    values: dict[str, Any] = {} if people is None else {"people": people}
    for one in turned:
        knob, equals, value = one.partition("=")
        if not equals:
            raise SimulationError(
                "is no setting of a knob",
                where=f"--set {one}",
                expected="NAME=VALUE, such as panel_bias=0.5",
                remedy="write it so",
            )
        values[knob.strip()] = value.strip()
    return preset(name, **values)


def _simulated(knobs: "Knobs", seed: int, out: Path | None) -> "Agency":
    from simulation.agency import simulate as live
    from simulation.ministry import write_ministry

    with progress_bar() as bar:
        task = bar.add_task("simulate", total=None)

        def told(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        if out is None:
            return live(knobs, seed, told)
        return write_ministry(knobs, seed, out, told)


def _biases_found(knobs: "Knobs") -> list[dict[str, Any]]:
    from simulation.report import bias_rows

    with progress_bar() as bar:
        bar.add_task("biases", total=None)
        return bias_rows(knobs)


def _reported(agency: "Agency", out: Path | None, pairs: int, threads: int) -> list[dict[str, Any]]:
    from simulation.ministry import TRUTH
    from simulation.report import report_rows

    with progress_bar() as bar:
        task = bar.add_task("report", total=None)
        return report_rows(
            agency,
            truth=None if out is None else out / TRUTH,
            pairs=pairs,
            vacancies=min(6000, pairs // 60),
            threads=threads,
            progress=lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )


def _tell_where(agency: "Agency", out: Path) -> None:
    told = f"{len(agency.tables['person'])} people, none of whom exists, in {out}"
    stdout.print(told, soft_wrap=True, markup=False)
    command = f"suksesi ingest features/agencies/siasn.yaml --exports {out / 'exports'}"
    stdout.print(f"to take them in: {command}", soft_wrap=True, markup=False)


def _list_knobs(*, as_json: bool) -> None:
    from simulation.knobs import Knobs
    from simulation.presets import PRESETS

    if as_json:
        print_json(
            {
                "presets": {
                    name: {"meaning": one.meaning, "knobs": dict(one.values)}
                    for name, one in PRESETS.items()
                },
                "knobs": {
                    one.name: {"default": one.default, **one.metadata} for one in fields(Knobs)
                },
            }
        )
        return
    grid = Grid("preset", "what it is for", "knobs turned")
    for name, one in PRESETS.items():
        turned = ", ".join(f"{knob}={value}" for knob, value in one.values.items())
        grid.add_row(name, one.meaning, turned)
    stdout.print(grid)
    grid = Grid("knob", "default", "range", "meaning")
    for one in fields(Knobs):
        low, high = one.metadata["low"], one.metadata["high"]
        grid.add_row(one.name, f"{one.default}", f"{low:g} to {high:g}", one.metadata["meaning"])
    stdout.print(grid)
