"""Commands of the report and of snapshots: `report`, `snapshots list`, `snapshots diff`.

The rule that must not break: no line names a person, and no command here changes which snapshot is
in force.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as Grid

from features.console import JsonOption, day_of, print_json, say, settings_of, stdout
from features.intake_report.wording import Language

if TYPE_CHECKING:
    from features.intake_report.report import Report, Section
    from features.storage import Snapshot

app = typer.Typer()
snapshots_app = typer.Typer(
    name="snapshots",
    help="Snapshots that this home holds: list them, tell what differs between two.",
    no_args_is_help=True,
)

#: Digits of a digest that are shown.
SHOWN = 12

SnapshotOption = Annotated[
    str | None,
    typer.Option("--snapshot", help="Digest, or how it begins; the one in force if left out."),
]
BeforeOption = Annotated[
    str | None,
    typer.Option(
        "--before",
        help="Snapshot to compare with; that of the report as it was written last if left out.",
    ),
]
ReportedOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="The day of the report; that of the newest recorded fact if left out.",
    ),
]
LanguageOption = Annotated[Language, typer.Option("--language", help="Of the page: id or en.")]
FirstArgument = Annotated[str, typer.Argument(help="Digest of the earlier one, or its beginning.")]
SecondArgument = Annotated[str, typer.Argument(help="Digest of the later one, or its beginning.")]


@app.command(epilog="Example: suksesi report --as-of 2026-01-31 --language id")
def report(
    context: typer.Context,
    snapshot: SnapshotOption = None,
    before: BeforeOption = None,
    as_of: ReportedOption = None,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Make the report of a snapshot again: completeness, age, contradictions, changes."""
    from features.intake_report.snapshots import snapshot_named

    home = settings_of(context).home
    shown = snapshot_named(home, snapshot)
    made, folder = make_report(
        home,
        shown,
        snapshot_named(home, before) if before else earlier_of(home, shown),
        on=day_of(as_of) if as_of else None,
        language=language,
    )
    if as_json:
        print_json({**made.content, "folder": str(folder)})
    else:
        tell_report(made.content, folder)


@snapshots_app.command(name="list", epilog="Example: suksesi snapshots list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the snapshots of this home, the newest first, each compared with its hashes."""
    from features.intake_report.snapshots import kept_snapshots

    kept = kept_snapshots(settings_of(context).home)
    if as_json:
        print_json([{**asdict(one), "stored_at": one.stored_at.isoformat()} for one in kept])
        return
    grid = Grid("snapshot", "in force", "stored at (UTC)", "agency", "rows", "whole")
    for one in kept:
        rows = "" if one.rows is None else str(one.rows)
        grid.add_row(
            one.digest[:SHOWN],
            "yes" if one.is_in_force else "",
            f"{one.stored_at:%Y-%m-%d %H:%M}",
            one.agency or "",
            rows,
            "yes" if one.damage is None else f"no: {one.damage}",
        )
    stdout.print(grid)


@snapshots_app.command(epilog="Example: suksesi snapshots diff 3f2a91c0 b77e05d1")
def diff(
    context: typer.Context,
    first: FirstArgument,
    second: SecondArgument,
    as_json: JsonOption = False,
) -> None:
    """Tell what differs between two snapshots: rows by table and column, mapping, sources."""
    from features.intake_report.changes import between, is_empty
    from features.intake_report.snapshots import snapshot_named

    home = settings_of(context).home
    changes = between(snapshot_named(home, first), snapshot_named(home, second))
    if as_json:
        print_json(changes)
        return
    stdout.print(f"{changes['before'][:SHOWN]} → {changes['after'][:SHOWN]}")
    if is_empty(changes):
        stdout.print("nothing differs")
        return
    _tell_changes(changes)


def make_report(
    home: Path,
    snapshot: "Snapshot",
    before: "Snapshot | None",
    *,
    on: date | None = None,
    language: Language = "en",
    sections: Sequence["Section"] = (),
) -> tuple["Report", Path]:
    """Make the report of a snapshot and write it; the report and the folder that it is in."""
    from features.intake_report.report import report_of, write_report

    made = report_of(snapshot, before, on, sections)
    return made, write_report(home, made, language)


def earlier_of(home: Path, snapshot: "Snapshot") -> "Snapshot | None":
    """The snapshot that the last report of this one compares it with; None if it is not there."""
    from features.intake_report.report import written_report

    written = written_report(home, snapshot.digest)
    return usable(home, written["before"] if written else None, snapshot.manifest["agency"])


def usable(home: Path, digest: str | None, agency: str) -> "Snapshot | None":
    """A snapshot of an agency to compare with; none, and why, where there is no such one."""
    from features.errors import SuksesiError
    from features.storage import snapshot

    if digest is None:
        return None
    try:
        found, why = snapshot(home, digest), "it is of another agency"
    except SuksesiError as error:
        found, why = None, error.what
    if found is not None and found.manifest["agency"] == agency:
        return found
    say(f"no comparison with snapshot {digest[:SHOWN]}: {why}")
    return None


def tell_report(content: dict[str, Any], folder: Path) -> None:
    """Print a report in few lines, and where all of it is."""
    complete, kinds = content["completeness"], content["contradictions"]["kinds"]
    share = "nothing is due" if complete["share"] is None else f"{complete['share']:.1%} on record"
    stdout.print(
        f"as of {content['as_of']}: {complete['people_in_service']} people in service, "
        f"documents due of them: {share}",
        soft_wrap=True,
    )
    not_kept = [one["document"] for one in complete["documents"] if not one["kept"]]
    if not_kept:
        stdout.print(f"not kept: {', '.join(not_kept)}", soft_wrap=True)
    for one in kinds:
        if one["rows"]:
            stdout.print(f"{one['rows']} rows contradict: {one['kind']} ({one['people']} people)")
    if content["changes"] is not None:
        stdout.print(f"since snapshot {content['before'][:SHOWN]}:")
        _tell_changes(content["changes"])
    stdout.print(f"report: {folder / 'report.html'}", soft_wrap=True, markup=False)


def _tell_changes(changes: dict[str, Any]) -> None:
    if changes["tables"]:
        grid = Grid("table", "added", "removed", "changed", "columns")
        for one in changes["tables"]:
            columns = ", ".join(f"{name} {rows}" for name, rows in one["columns"].items())
            counts = (str(one[key]) for key in ("added", "removed", "changed"))
            grid.add_row(one["table"], *counts, columns)
        stdout.print(grid)
    else:
        stdout.print("no row of an open table differs")
    for one in changes["protected"]:
        stdout.print(f"{one['table']} differs; its rows are not compared")
    for one in changes["kept"]:
        stdout.print(f"{one['table']}: {'no longer kept' if one['before'] else 'kept now'}")
    for name in ("people", "posts"):
        count = changes[name]
        stdout.print(f"{name}: {count['came']} came, {count['went']} went")
    for one in changes["rejections"]:
        place = f"{one['table'] or one['source']}.{one['column'] or 'row'}"
        told = f"{place} {one['reason']}: {one['before']} → {one['after']} rejected"
        stdout.print(told, soft_wrap=True, markup=False)
    if changes["mapping"]:
        stdout.print(f"mapping: {', '.join(changes['mapping'])}", soft_wrap=True, markup=False)
    if changes["sources"]:
        names = ", ".join(one["source"] for one in changes["sources"])
        stdout.print(f"sources: {names}", soft_wrap=True, markup=False)
