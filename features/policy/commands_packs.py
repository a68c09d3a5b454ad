"""Commands of policy packs: `policy list`, `show`, `check`, `schema`, `add`, `boxes`, `diff`.

The rule that must not break: what an unconfirmed pack says is never printed without saying that
nobody has confirmed it. People are ids.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from features.policy.commands_dates import LanguageOption, risk

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
DifferencesOption = Annotated[
    bool,
    typer.Option(
        "--differences", help="List everybody whose box by the agency's own system differs."
    ),
]
SectionOption = Annotated[
    str | None, typer.Option("--section", help="Show one section only, such as nine_box.")
]
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


@app.command(
    epilog="Examples: suksesi policy show manado, or the same with --section nine_box --language id"
)
def show(
    context: typer.Context,
    pack: PackArgument,
    section: SectionOption = None,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Show all that a pack says, with the source of each number and how sure it is."""
    from features.packs.library import Library
    from features.policy.pack_in_words import SECTIONS, section_lines
    from features.policy.reports_packs import STATUS, effective, sections_of, show_report, tell

    found = Library(settings_of(context).home).get(pack)
    if section is not None and section not in SECTIONS:
        raise typer.BadParameter(
            f"no section {section!r}; there are: {', '.join(SECTIONS)}", param_hint="--section"
        )
    chosen = SECTIONS if section is None else (section,)
    if as_json:
        print_json(show_report(found, chosen))
        return
    title = getattr(found.title, language)
    stdout.print(f"{found.name}: {title}", markup=False, soft_wrap=True)
    stdout.print(f"status: {STATUS[found.status].upper()}")
    tell(found)
    stdout.print(f"in force: {effective(found)}")
    sections = sections_of(found)
    stdout.print(
        f"sections: {', '.join(name for name, is_there in sections.items() if is_there)}",
        soft_wrap=True,
    )
    absent = [name for name, is_there in sections.items() if not is_there]
    if absent:
        stdout.print(f"absent, so unknown: {', '.join(absent)}", soft_wrap=True)
    for name in chosen:
        for line in section_lines(found, name, language):
            stdout.print(line, markup=False, soft_wrap=True)


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
    path, is_ended = _keep(settings_of(context).home, file, pack)
    if as_json:
        print_json({"file": str(path), "replaced": is_ended, **about(pack)})
        return
    if is_ended:
        last = pack.effective.last
        told = f"ends on {last}" if last else "has no last day any more"
        stdout.print(f"{pack.name} was kept before; now it {told}, and nothing else is changed")
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
    differences: DifferencesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count who is in which box under the pack in force; with --person, show what one box is of."""
    from features.policy.distribution import boxes_of
    from features.policy.reports_packs import show_boxes, show_person
    from features.policy.source import agreement

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
    source = agreement(record, pack, frame[["person_id"]], on, ours=scores)
    if person is not None:
        show_person(pack, frame, scores, source, on, as_json=as_json)
    else:
        show_boxes(pack, frame, source, on, with_differences=differences, as_json=as_json)


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
    route_of = _routes_of_vacancies(record, list(strategic["post_id"]), on)
    found = difference(record, *packs, people, strategic, on, route_of=route_of)
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


def _routes_of_vacancies(record: "Record", posts: list[str], on: date) -> dict[str, str]:
    """The routes of the posts that have an open vacancy on a day."""
    from features.policy.vacancies import route_of, vacancies_of

    vacancies = vacancies_of(record)
    found: dict[str, str] = {}
    for post in posts:
        way = route_of(vacancies, post, on, "lateral")
        # Without an open vacancy it is whatever is handed over.
        if way == route_of(vacancies, post, on, "open_selection"):
            found[post] = way
    return found


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


def _keep(home: Path, file: Path, pack: "Pack") -> tuple[Path, bool]:
    """Copy a pack into the home, once the library with it has been found to be in order.

    Returns where it is kept, and whether that replaced the same version without its last day.
    """
    from features.packs.library import Library
    from features.packs.pack import load_pack

    folder = home / "packs"
    path = folder / f"{pack.name}.yaml"
    is_ended = False
    if path.exists():
        if path.read_text(encoding="utf-8") == pack.text:
            return path, False
        is_ended = _without_end(load_pack(path)) == _without_end(pack)
        if not is_ended:
            raise PackError(
                f"{pack.name} is kept already, with another text",
                where=str(file),
                expected="a number of its own for every version; only `until` may come later",
                remedy="raise `version`, and add the older one again with its `until` first",
            )
    # Asked for what it refuses.
    _ = Library(home).with_pack(pack)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{path.name}.part"
    unfinished.write_bytes(pack.text.encode())
    unfinished.replace(path)
    return path, is_ended


def _without_end(pack: "Pack") -> dict[str, Any]:
    """All that a pack says but for its last day."""
    told = pack.model_dump(mode="json", by_alias=True)
    return {**told, "effective": {**told["effective"], "until": None}}
