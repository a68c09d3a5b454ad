"""Commands of the identity store: `identity show`, `find`, `merge`, `split`, `erase` and its care.

The rule that must not break: whatever names somebody is asked for on standard input, never as an
argument that a shell or a process list keeps, and whoever is told who somebody is leaves an event.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.console import JsonOption, print_json, say, settings_of, stdout
from features.errors import IdentityError

if TYPE_CHECKING:
    from features.identity.store import Identities

app = typer.Typer(
    name="identity",
    help="Who is behind an issued id: for those who hold the key of the identity store.",
    no_args_is_help=True,
)

PersonArgument = Annotated[str, typer.Argument(help="Issued id of the person.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason, kept with the event.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]


@app.command(epilog='Example: suksesi identity show PERSON --why "objection 14/2026"')
def show(
    context: typer.Context, person: PersonArgument, why: WhyOption, as_json: JsonOption = False
) -> None:
    """Tell who an issued id is: ids of the sources, NIPs, names, former ones too."""
    with _store(context) as identities:
        known = identities.known_of(person)
        present = identities.present_id(person)
        with identities.changing():
            identities.record("show", why, present)
        events = identities.events(present)
    if as_json:
        entries = [asdict(entry) for entry in known]
        print_json({"person_id": present, "known": entries, "events": [asdict(e) for e in events]})
        return
    lines = [f"person {present}"]
    for entry in known:
        lines.append(f"{entry.number}. id of the source {entry.source_id}")
        lines += [f"   NIP {one}" for one in entry.nips]
        lines += [f"   name {one}" for one in entry.names]
        lines += [f"   former NIP {one}" for one in entry.former_nips]
        lines += [f"   former name {one}" for one in entry.former_names]
    for line in lines:
        stdout.print(line, markup=False, soft_wrap=True)


@app.command(epilog='Example: suksesi identity find --why "objection 14/2026" < nip.txt')
def find(context: typer.Context, why: WhyOption, as_json: JsonOption = False) -> None:
    """Tell the issued id behind an id of the source or a NIP, which is read from standard input."""
    with _store(context) as identities:
        alias = str(typer.prompt("NIP or id of the source", err=True, hide_input=_at_terminal()))
        found = identities.person_ids([alias.strip()]).get(alias.strip())
        if found is None:
            raise IdentityError(
                "nobody is on file with it, or more than one person",
                where="identity store",
                remedy="look at the digits; pairs with one NIP: suksesi identity doubles",
            )
        with identities.changing():
            identities.record("find", why, found)
    if as_json:
        print_json({"person_id": found})
    else:
        stdout.print(found, markup=False)


@app.command(epilog="Example: suksesi identity doubles --json")
def doubles(context: typer.Context, as_json: JsonOption = False) -> None:
    """List pairs of issued ids that share a NIP: one person twice, or a mistake of the source."""
    with _store(context) as identities:
        pairs = identities.doubles()
    if as_json:
        print_json([list(pair) for pair in pairs])
        return
    for one, other in pairs:
        stdout.print(f"{one} {other}", markup=False, soft_wrap=True)
    say(f"{len(pairs)} pairs")


@app.command(epilog='Example: suksesi identity merge GONE --into KEPT --why "letter 8/2026"')
def merge(
    context: typer.Context,
    person: PersonArgument,
    into: Annotated[str, typer.Option("--into", help="Issued id that stays.")],
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Make two issued ids one person, from the next ingest on."""
    with _store(context) as identities, identities.changing():
        identities.merge(person, into, why)
    _done({"merged": person, "into": into}, as_json)
    say("ingest the exports again: the snapshot in force knows two people still")


@app.command(epilog='Example: suksesi identity split PERSON --entry 2 --why "letter 9/2026"')
def split(
    context: typer.Context,
    person: PersonArgument,
    entry: Annotated[int, typer.Option("--entry", help="Its number, as `show` counts.")],
    why: WhyOption,
    as_json: JsonOption = False,
) -> None:
    """Give one id of a source to somebody else, from the next ingest on; undoes a merge as well."""
    with _store(context) as identities, identities.changing():
        other = identities.split(person, entry, why)
    _done({"split": person, "other": other}, as_json)
    say("ingest the exports again: the snapshot in force knows one person still")


@app.command(epilog='Example: suksesi identity erase PERSON --why "request 3/2026"')
def erase(
    context: typer.Context,
    person: PersonArgument,
    why: WhyOption,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Forget who an issued id is. Exports and backups that hold the person are not reached."""
    if not yes:
        typer.confirm("Nobody can tell afterwards who this was. Erase?", abort=True, err=True)
    with _store(context) as identities, identities.changing():
        identities.erase(person, why)
    _done({"erased": person}, as_json)
    say("take the person out of the exports too, else the next ingest issues a new id")


@app.command(epilog='Example: suksesi identity rotate --why "yearly"')
def rotate(
    context: typer.Context,
    why: WhyOption,
    forget: Annotated[
        bool, typer.Option("--forget-retired", help="Drop retired keys; older backups stay shut.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Seal the store with a new key; the former one is kept for backups."""
    with _store(context) as identities:
        identities.rotate(why)
        forgotten = identities.forget_retired_keys() if forget else 0
    _done({"rotated": True, "forgotten_keys": forgotten}, as_json)
    say("back up store and key file, apart from each other")


@app.command(epilog="Example: suksesi identity backup /backup/identities-2026-01-31.sqlite")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file.")],
    as_json: JsonOption = False,
) -> None:
    """Write a copy of the store to a new file; the key is not in it."""
    with _store(context) as identities:
        identities.backup(file)
    _done({"backup": str(file)}, as_json)


@app.command(epilog="Example: suksesi identity events --person PERSON --json")
def events(
    context: typer.Context,
    person: Annotated[str | None, typer.Option("--person", help="Of one issued id.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was done to identities and who was told of them: when, by whom, why."""
    with _store(context) as identities:
        listed = identities.events(person)
    if as_json:
        print_json([asdict(event) for event in listed])
        return
    for event in listed:
        ids = " ".join(one for one in (event.person_id, event.other_id) if one)
        line = f"{event.at} {event.account} {event.kind} {ids}: {event.why}"
        stdout.print(line, markup=False, soft_wrap=True)


@contextmanager
def _store(context: typer.Context) -> "Generator[Identities]":
    from features.identity.store import open_identities

    settings = settings_of(context)
    with open_identities(settings.home, settings.keys) as identities:
        yield identities


def _at_terminal() -> bool:
    import sys

    return sys.stdin.isatty()


def _done(told: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        for what, value in told.items():
            stdout.print(f"{what}: {value}", markup=False, soft_wrap=True)
