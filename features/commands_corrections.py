"""Commands of corrections by hand: `correct`, and `corrections list`, `withdraw`, `add`, `undo`.

The rule that must not break: who, why and by which document stand beside every correction, and the
exports stay as they were sent. A cell is printed only to who asks for the list.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as Grid

from features.console import JsonOption, day_of, print_json, settings_of, stdout
from features.errors import SnapshotError

if TYPE_CHECKING:
    from features.corrections.making import Signature
    from features.journal import Entry

app = typer.Typer()
corrections_app = typer.Typer(
    name="corrections",
    help="Corrections by hand: list, withdraw or add a row, undo.",
    no_args_is_help=True,
)

_DAYS = ["%Y-%m-%d"]
AGAIN = "it counts from the next ingest on"

TableArgument = Annotated[str, typer.Argument(help="The canonical table.")]
KeyArgument = Annotated[
    str,
    typer.Argument(help="Key of the row: JSON, or column=value pairs, or the value alone."),
]
ColumnArgument = Annotated[str, typer.Argument(help="The column that is wrong.")]
ValueArgument = Annotated[str | None, typer.Argument(help="The right value.")]
RowArgument = Annotated[str, typer.Argument(help="Cells: JSON, or column=value pairs.")]
NumberArgument = Annotated[int, typer.Argument(help="Number of the correction.")]
EmptyOption = Annotated[
    bool, typer.Option("--empty", help="There is no value: the cell shall be empty.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who corrects.")]
WhyOption = Annotated[str, typer.Option("--why", help="For what reason.")]
EvidenceOption = Annotated[
    str, typer.Option("--evidence", help="The document that shows what is right.")
]
KnownOnOption = Annotated[
    datetime | None,
    typer.Option(
        "--known-on", formats=_DAYS, help="Day on which the document came in; today if left out."
    ),
]


@app.command(
    epilog=(
        "Example: suksesi correct education s1 level master --by Careers --why Upgraded "
        '--evidence "Diploma 12/2024"'
    )
)
def correct(
    context: typer.Context,
    table: TableArgument,
    key: KeyArgument,
    column: ColumnArgument,
    by: ByOption,
    why: WhyOption,
    evidence: EvidenceOption,
    value: ValueArgument = None,
    empty: EmptyOption = False,
    known_on: KnownOnOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct one cell of the record, as known from today or from the day of the document."""
    from features.corrections.making import correct as make
    from features.corrections.making import parsed_key

    if (value is None) != empty:
        raise typer.BadParameter("give the right value, or --empty", param_hint="VALUE")
    signature = _signature(by, why, evidence, known_on)
    settings = settings_of(context)
    entry = make(
        settings.home,
        table,
        parsed_key(table, key),
        column,
        value,
        signature,
        keys=settings.keys,
    )
    _tell(entry, as_json)


@corrections_app.command(
    epilog=(
        "Example: suksesi corrections withdraw education s1 --by Careers "
        '--why "Of another person" --evidence "Letter 7/2024"'
    )
)
def withdraw(
    context: typer.Context,
    table: TableArgument,
    key: KeyArgument,
    by: ByOption,
    why: WhyOption,
    evidence: EvidenceOption,
    known_on: KnownOnOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a row that should not be there."""
    from features.corrections.making import parsed_key
    from features.corrections.making import withdraw as make

    signature = _signature(by, why, evidence, known_on)
    home = settings_of(context).home
    _tell(make(home, table, parsed_key(table, key), signature), as_json)


@corrections_app.command(
    epilog=(
        "Example: suksesi corrections add education education_id=x1,person_id=p7,level=master,"
        'graduated_on=2021-08-30 --by Careers --why "Never sent" --evidence "Diploma 9/2021"'
    )
)
def add(
    context: typer.Context,
    table: TableArgument,
    row: RowArgument,
    by: ByOption,
    why: WhyOption,
    evidence: EvidenceOption,
    known_on: KnownOnOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a row that is missing, such as that of a document that never came in."""
    from features.corrections.making import add as make
    from features.corrections.making import parsed_row

    signature = _signature(by, why, evidence, known_on)
    settings = settings_of(context)
    cells = parsed_row(table, row)
    _tell(make(settings.home, table, cells, signature, keys=settings.keys), as_json)


@corrections_app.command(
    epilog='Example: suksesi corrections undo 3 --by Careers --why "The document was forged"'
)
def undo(
    context: typer.Context,
    number: NumberArgument,
    by: ByOption,
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Take a correction back; it stays on file, and the next ingest is as if it had never been."""
    from features.corrections.making import undo as take_back

    home = settings_of(context).home
    entry = take_back(home, number, by=by, why=why, at=datetime.now(UTC))
    if as_json:
        print_json({"number": entry.number, "at": entry.at, **entry.content})
        return
    stdout.print(f"correction {number} is taken back; {AGAIN}")


@corrections_app.command(name="list", epilog="Example: suksesi corrections list --json")
def list_corrections(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the corrections in force, and what the exports said of each at the last ingest."""
    from features.corrections.journal import in_force, journal

    home = settings_of(context).home
    corrections = in_force(journal(home).entries())
    outcomes = _outcomes(home)
    told: list[dict[str, Any]] = [
        {
            "number": one.number,
            "action": one.action,
            "table": one.table,
            "key": one.key,
            "column": one.column,
            "value": one.value,
            "was": one.was,
            "values": dict(one.values),
            "known_on": str(one.known_on),
            "at": one.at,
            "by": one.by,
            "why": one.why,
            "evidence": one.evidence,
            "state": outcomes.get(one.number, {}).get("state", "not ingested yet"),
            "reason": outcomes.get(one.number, {}).get("reason"),
            "source_value": outcomes.get(one.number, {}).get("source_value"),
        }
        for one in corrections
    ]
    if as_json:
        print_json({"corrections": told})
        return
    stdout.print(f"{len(told)} corrections are in force")
    if not told:
        return
    grid = Grid("number", "what", "row", "was", "is", "known on", "state", "by", "why", "evidence")
    for one in told:
        what = f"{one['action']} {one['table']}" + (f".{one['column']}" if one["column"] else "")
        row = ", ".join("-" if cell is None else cell for cell in one["key"])
        state = one["state"] + (f": {one['reason']}" if one["reason"] else "")
        cells = (what, row, one["was"] or "", one["value"] or "", one["known_on"], state,
                 one["by"], one["why"], one["evidence"])  # fmt: skip
        grid.add_row(str(one["number"]), *map(escape, cells))
    stdout.print(grid)


def _outcomes(home: Path) -> dict[int, dict[str, Any]]:
    from features.corrections.making import outcomes_of
    from features.storage import current_snapshot

    try:
        return outcomes_of(current_snapshot(home))
    except SnapshotError:
        return {}


def _signature(by: str, why: str, evidence: str, known_on: datetime | None) -> "Signature":
    from features.corrections.making import Signature

    day = None if known_on is None else day_of(known_on)
    return Signature(by=by, why=why, evidence=evidence, at=datetime.now(UTC), known_on=day)


def _tell(entry: "Entry", as_json: bool) -> None:
    """Say what was kept, without the cells of the record."""
    content = entry.content
    if as_json:
        told = {k: content[k] for k in ("action", "table", "column", "known_on") if k in content}
        print_json({"number": entry.number, "at": entry.at, **told})
        return
    place = content["table"] + (f".{content['column']}" if "column" in content else "")
    stdout.print(
        f"correction {entry.number}: {content['action']} {place}, known on "
        f"{content['known_on']}; {AGAIN}",
        soft_wrap=True,
    )
