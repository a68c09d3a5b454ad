"""Commands of policy packs: `policy list`, `show`, `check`, `schema`, `add`, `boxes`, `diff`.

The rule that must not break: what an unconfirmed pack says is never printed without saying that
nobody has confirmed it. People are ids.
"""

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from features.console import (
    AsOfOption,
    JsonOption,
    day_of,
    print_json,
    say,
    settings_of,
    stdout,
)
from features.errors import PackError, PersonNotFoundError
from features.policy.commands_dates import risk

if TYPE_CHECKING:
    import pandas as pd

    from features.packs.declaration import Pack
    from features.storage import Snapshot
    from features.tables.record import Record

app = typer.Typer(
    name="policy",
    help="Policy packs: list, show, check, add; boxes under one, differences between two.",
    no_args_is_help=True,
)

PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="Id of a pack, or id@version.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A pack file.")]
PersonOption = Annotated[str | None, typer.Option("--person", help="Id of one person.")]
TopOption = Annotated[int, typer.Option("--top", min=1, help="Lines of each list.")]


app.command(epilog="Example: suksesi policy risk --as-of 2026-01-31 --within 3")(risk)


@app.command("list", epilog="Example: suksesi policy list")
def list_packs(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the packs that this installation knows."""
    from features.packs.library import Library
    from features.policy.reports_packs import STATUS, about, effective, grid_of, tell

    packs = Library(settings_of(context).home).packs
    if as_json:
        print_json([about(pack) for pack in packs])
        return
    grid = grid_of("pack", "in force", "status", "title")
    for pack in packs:
        grid.add_row(pack.name, effective(pack), STATUS[pack.status], escape(pack.title.en))
    stdout.print(grid)
    tell(*packs)


@app.command(epilog="Example: suksesi policy show asn-kepka-411-2025")
def show(context: typer.Context, pack: PackArgument, as_json: JsonOption = False) -> None:
    """Show the sections of a pack, and its rules with the evidence for each."""
    from features.packs.library import Library
    from features.policy.reports_packs import (
        STATUS,
        about,
        about_rule,
        effective,
        grid_of,
        rules_by_class,
        sections_of,
        tell,
    )

    found = Library(settings_of(context).home).get(pack)
    groups = rules_by_class(found)
    if as_json:
        rules = [
            {
                "post_class": post_class,
                "routes": list(routes),
                "rules": [about_rule(found, rule) for rule in rules],
            }
            for post_class, routes, rules in groups
        ]
        print_json({**about(found), "sections": sections_of(found), "rules": rules})
        return
    stdout.print(f"{found.name}: {found.title.en}", markup=False)
    stdout.print(f"status: {STATUS[found.status].upper()}")
    tell(found)
    stdout.print(f"in force: {effective(found)}")
    sections = sections_of(found)
    stdout.print(f"sections: {', '.join(name for name, is_there in sections.items() if is_there)}")
    absent = [name for name, is_there in sections.items() if not is_there]
    if absent:
        stdout.print(f"absent, so unknown: {', '.join(absent)}")
    for post_class, routes, rules in groups:
        grid = grid_of("rule", "asks", "due", "grade", "citation")
        grid.title = escape(f"{post_class}, by {', '.join(routes)}")
        for rule in rules:
            one = about_rule(found, rule)
            cells = (one["id"], one["sentence"]["en"], one["due"], one["grade"], one["citation"])
            grid.add_row(*map(escape, cells))
        stdout.print(grid)


@app.command(epilog="Example: suksesi policy check our-pack.yaml")
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a pack file; exit code 1 and the line of the first fault if it is wrong."""
    from features.packs.pack import load_pack
    from features.policy.reports_packs import about, tell

    pack = load_pack(file)
    if as_json:
        print_json({"file": str(file), **about(pack)})
        return
    stdout.print(f"{file}: {pack.name} is well formed, {len(pack.rules)} rules", markup=False)
    tell(pack)


@app.command(epilog="Example: suksesi policy schema > policy-pack.schema.json")
def schema() -> None:
    """Print the JSON Schema of packs, for editors."""
    from features.packs.published import schema_text

    print_json(schema_text())


@app.command(epilog="Example: suksesi policy add our-pack.yaml")
def add(context: typer.Context, file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a pack file and keep a copy; refused if another version is in force in its time."""
    from features.packs.pack import load_pack
    from features.policy.reports_packs import about, effective, tell

    pack = load_pack(file)
    path = _keep(settings_of(context).home, file, pack)
    if as_json:
        print_json({"file": str(path), **about(pack)})
        return
    stdout.print(f"{pack.name} is kept as {path}", markup=False)
    stdout.print(f"in force: {effective(pack)}, for mappings that name it: `policy: {pack.pack}`")
    tell(pack)


@app.command(
    epilog="Examples: suksesi policy boxes --as-of 2026-01-31, or the same with --person ID"
)
def boxes(
    context: typer.Context,
    as_of: AsOfOption,
    person: PersonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count who is in which box under the pack in force; with --person, show what one box is of."""
    from features.policy.distribution import boxes_of
    from features.policy.reports_packs import show_boxes, show_person

    home, on = settings_of(context).home, day_of(as_of)
    snapshot, record = _snapshot_as_of(home, on)
    pack = _pack_in_force(snapshot, home, on)
    people = _rankable(snapshot, record, on)
    if person is not None:
        people = people[people["person_id"] == person]
        if people.empty:
            raise PersonNotFoundError(
                "nobody of that id can be ranked",
                where=f"--person, as of {on}",
                expected="an id of the record, of somebody in the agency's pool on that day",
            )
    say("computing")
    frame, scores = boxes_of(record, pack, people, on)
    if person is not None:
        show_person(record, pack, frame, scores, on, as_json=as_json)
    else:
        show_boxes(pack, frame, on, as_json=as_json)


@app.command(epilog="Example: suksesi policy diff asn-kepka-411-2025 our-pack --as-of 2026-01-31")
def diff(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help="The pack that holds.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The pack that would.")],
    as_of: AsOfOption,
    top: TopOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show what pack B would change against pack A: boxes, eligibility, ranks."""
    from features.packs.library import Library
    from features.policy.difference import difference
    from features.policy.reports_packs import difference_report, show_difference

    home, on = settings_of(context).home, day_of(as_of)
    library = Library(home)
    packs = library.get(a), library.get(b)
    snapshot, record = _snapshot_as_of(home, on)
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(snapshot.mapping.vacancies.classes))
    strategic = posts.select("post_id", "post_class").order_by("post_id").to_pandas()
    people = _rankable(snapshot, record, on)
    say("computing")
    found = difference(record, *packs, people, strategic, on)
    report = difference_report(found, top)
    if as_json:
        print_json(report)
    else:
        show_difference(found, report)


# -- reading ---------------------------------------------------------------------------------------


def _snapshot_as_of(home: Path, on: date) -> "tuple[Snapshot, Record]":
    """The snapshot in force and its record; refused on a day before which nothing was recorded."""
    from features.evidence import recorded_between, require_recorded
    from features.policy.register import with_registers
    from features.storage import current_snapshot

    snapshot = current_snapshot(home)
    record = with_registers(snapshot.record(), home)
    require_recorded(recorded_between(record), on)
    return snapshot, record


def _rankable(snapshot: "Snapshot", record: "Record", on: date) -> "pd.DataFrame":
    from features.policy.pool import rankable

    return rankable(record, snapshot.mapping.pool, [on])[["person_id"]]


def _pack_in_force(snapshot: "Snapshot", home: Path, on: date) -> "Pack":
    """The agency's pack of a day, with a nine-box."""
    from features.packs.library import Library
    from features.policy.binding import require_pack

    pack = require_pack(snapshot.mapping, Library(home), on)
    if pack.nine_box is None:
        raise PackError(
            "has no nine-box",
            where=pack.name,
            expected="a section `nine_box`",
            remedy="see docs/policy-packs.md",
        )
    return pack


def _keep(home: Path, file: Path, pack: "Pack") -> Path:
    """Copy a pack into the home, once the library with it has been found to be in order."""
    from features.packs.library import Library

    folder = home / "packs"
    path = folder / f"{pack.name}.yaml"
    if path.exists():
        if path.read_bytes() == file.read_bytes():
            return path
        raise PackError(
            "is kept already, with another text",
            where=pack.name,
            expected="a number of its own for every version",
            remedy="raise `version`, and end the older one with `effective: {until: ...}`",
        )
    with tempfile.TemporaryDirectory() as trial:
        beside = Path(trial) / "packs"
        beside.mkdir()
        for other in folder.glob("*.yaml"):
            shutil.copyfile(other, beside / other.name)
        shutil.copyfile(file, beside / path.name)
        # Read for what it refuses.
        _ = Library(Path(trial)).packs
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{path.name}.part"
    shutil.copyfile(file, unfinished)
    unfinished.replace(path)
    return path
