"""Commands of the succession register: `register draft`, `approve`, `show`, `verify`.

The rule that must not break: nothing is approved that was not drafted, and nobody comes in or goes
out without a reason on file. People are ids; a pack that nobody has confirmed is told as such.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
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

if TYPE_CHECKING:
    from features.packs.declaration import Pack
    from features.policy.succession import Boxed, Change, Draft, Member, Run, Version
    from features.storage import Snapshot

app = typer.Typer(
    name="register",
    help="Succession registers (KRS): draft, approve, show, verify.",
    no_args_is_help=True,
)

#: Digits of a digest that are shown.
SHOWN = 12
_DAYS = ["%Y-%m-%d"]

ScopeName = Literal["agency", "national"]
ScopeOption = Annotated[ScopeName, typer.Option("--scope", help="Whose group.")]
DraftArgument = Annotated[str, typer.Argument(help="Digest of the draft, or how it begins.")]
LetterOption = Annotated[str, typer.Option("--letter", help="Number of the decision letter.")]
SignedByOption = Annotated[str, typer.Option("--signed-by", help="Office that signed it.")]
ApprovedOption = Annotated[
    datetime, typer.Option("--on", formats=_DAYS, help="Day of the approval.")
]
FromOption = Annotated[datetime, typer.Option("--valid-from", formats=_DAYS, help="First day.")]
UntilOption = Annotated[datetime, typer.Option("--valid-until", formats=_DAYS, help="Last day.")]
PutInOption = Annotated[
    list[str] | None,
    typer.Option("--put-in", metavar="ID=WHY", help="Somebody put in by hand, and why."),
]
KeepOutOption = Annotated[
    list[str] | None,
    typer.Option("--keep-out", metavar="ID=WHY", help="Somebody kept out by hand, and why."),
]
ShownOnOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=_DAYS, help="The day; today if left out."),
]
ShownScopeOption = Annotated[
    ScopeName | None, typer.Option("--scope", help="Whose group; both if left out.")
]


@app.command(epilog="Example: suksesi register draft --as-of 2026-01-31 --scope agency")
def draft(
    context: typer.Context, as_of: AsOfOption, scope: ScopeOption, as_json: JsonOption = False
) -> None:
    """Propose who comes into the group, from the boxes of a day; nothing is in force by that."""
    from features.policy.register import keep_draft
    from features.policy.succession import draft_of
    from features.storage import current_snapshot

    settings, on = settings_of(context), day_of(as_of)
    snapshot = current_snapshot(settings.home)
    pack = _pack_in_force(snapshot, settings.home, on)
    say("computing")
    made = draft_of(
        snapshot.record(), pack, snapshot.mapping, snapshot=snapshot.digest, as_of=on, scope=scope
    )
    path = keep_draft(settings.home, made)
    if as_json:
        print_json({"draft": path.stem, "file": str(path), **_draft_report(made)})
        return
    shown = path.stem[:SHOWN]
    stdout.print(f"draft {shown}: {_headline(made.scope, made.run, made.from_boxes)}")
    _tell_unverified(made.run)
    stdout.print(
        f"{len(made.proposed)} proposed, {len(made.uncertain)} uncertain, of {len(made.people)} "
        "who can be ranked"
    )
    grid = Grid("person", "possible boxes", "draft")
    _add(grid, made.proposed, "proposed")
    _add(grid, made.uncertain, "uncertain: comes in by hand only")
    stdout.print(grid)
    stdout.print(f"next: suksesi register approve {shown} --letter ... (see --help)", markup=False)


@app.command(
    epilog=(
        "Example: suksesi register approve 0a1b2c3d4e5f --letter 800/12/2026 --signed-by Sekda "
        "--on 2026-02-10 --valid-from 2026-03-01 --valid-until 2027-02-28"
    )
)
def approve(
    context: typer.Context,
    draft: DraftArgument,
    letter: LetterOption,
    signed_by: SignedByOption,
    on: ApprovedOption,
    valid_from: FromOption,
    valid_until: UntilOption,
    put_in: PutInOption = None,
    keep_out: KeepOutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a draft the next version of its scope, by a decision letter."""
    from features.policy.register import approve as make_version
    from features.policy.register import digest_of, draft_named
    from features.policy.succession import Decision

    settings = settings_of(context)
    version = make_version(
        settings.home,
        draft_named(settings.home, draft),
        Decision(letter=letter, signed_by=signed_by, approved_on=day_of(on)),
        valid_from=day_of(valid_from),
        valid_until=day_of(valid_until),
        put_in=_by_person(put_in, "--put-in"),
        keep_out=_by_person(keep_out, "--keep-out"),
    )
    if as_json:
        print_json({"sha256": digest_of(version), **_version_report(version)})
    else:
        _show_version(version)


@app.command(epilog="Example: suksesi register show --as-of 2026-06-30 --scope agency")
def show(
    context: typer.Context,
    as_of: ShownOnOption = None,
    scope: ShownScopeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is in force on a day, by which letter, and who came in and went out and why."""
    from features.policy.register import registers
    from features.policy.succession import SCOPES, in_force

    on = day_of(as_of) if as_of is not None else datetime.now(UTC).date()
    versions = registers(settings_of(context).home)
    scopes = [one for one in SCOPES if scope in (None, one)]
    found = {one: in_force(versions, one, on) for one in scopes}
    if as_json:
        in_words = {
            s: v and _version_report(v, known_on=on, all_of=versions) for s, v in found.items()
        }
        print_json({"as_of": str(on), "in_force": in_words})
        return
    for name, version in found.items():
        if version is None:
            stdout.print(f"{name}: nobody is in force on {on}")
        else:
            _show_version(version, known_on=on, all_of=versions)


@app.command(epilog="Example: suksesi register verify")
def verify(context: typer.Context, as_json: JsonOption = False) -> None:
    """Compare every draft and version with its hash, and every version with the one before it."""
    from features.policy.register import digest_of, drafts, registers
    from features.policy.succession import SCOPES

    home = settings_of(context).home
    versions, kept = registers(home), drafts(home)
    chains: dict[str, dict[str, Any]] = {}
    for scope in SCOPES:
        chain = [v for v in versions if v.scope == scope]
        chains[scope] = {"versions": len(chain), "newest": digest_of(chain[-1]) if chain else None}
    if as_json:
        print_json({"whole": True, "drafts": len(kept), "scopes": chains})
        return
    for name, chain in chains.items():
        newest = f", newest {chain['newest'][:SHOWN]}" if chain["newest"] else ""
        stdout.print(f"{name}: chain of {chain['versions']}, whole{newest}")
    stdout.print(f"{len(kept)} drafts, whole")


def _pack_in_force(snapshot: "Snapshot", home: Any, on: date) -> "Pack":
    from features.packs.library import Library
    from features.policy.binding import require_pack

    return require_pack(snapshot.mapping, Library(home), on)


def _by_person(given: list[str] | None, option: str) -> dict[str, str]:
    """Reasons by person; wrong usage where there is no `=`, or a person stands twice."""
    found: dict[str, str] = {}
    for place, one in enumerate(given or (), start=1):
        person, parted, why = one.partition("=")
        if not parted or not person.strip():
            raise typer.BadParameter(f"number {place} is not ID=WHY", param_hint=option)
        if person.strip() in found:
            raise typer.BadParameter(f"number {place} names a person again", param_hint=option)
        found[person.strip()] = why.strip()
    return found


def _headline(scope: str, run: "Run", boxes: Sequence[int]) -> str:
    return f"{scope}, as of {run.as_of}, {run.pack}, boxes {_listed(boxes)}"


def _listed(boxes: Sequence[int]) -> str:
    return ", ".join(map(str, boxes))


def _unverified(run: "Run") -> dict[str, str] | None:
    """What has to be said beside the results of a pack, in both languages."""
    from features.policy.wording_packs import UNVERIFIED

    return None if run.pack_status == "confirmed" else UNVERIFIED.model_dump()


def _tell_unverified(run: "Run") -> None:
    sentence = _unverified(run)
    if sentence:
        stdout.print(f"{run.pack}: {sentence['en']}", soft_wrap=True)


def _add(grid: Grid, people: Sequence["Boxed"], state: str) -> None:
    for one in people:
        grid.add_row(escape(one.person_id), _listed(one.boxes), state)


def _draft_report(made: "Draft") -> dict[str, Any]:
    told = made.model_dump(mode="json", exclude={"people"})
    people = {
        "proposed": [one.model_dump(mode="json") for one in made.proposed],
        "uncertain": [one.model_dump(mode="json") for one in made.uncertain],
    }
    return {**told, **people, "n_people": len(made.people), "unverified": _unverified(made.run)}


def _last_day(version: "Version", known_on: date | None, all_of: Sequence["Version"]) -> date:
    """The last day of a version, as it was known on a day."""
    from features.policy.succession import last_day

    return version.valid_until if known_on is None else last_day(version, all_of, known_on)


def _version_report(
    version: "Version", known_on: date | None = None, all_of: Sequence["Version"] = ()
) -> dict[str, Any]:
    told = version.model_dump(mode="json")
    ends = str(_last_day(version, known_on, all_of))
    return {**told, "last_day": ends, "unverified": _unverified(version.run)}


def _show_version(
    version: "Version", known_on: date | None = None, all_of: Sequence["Version"] = ()
) -> None:
    letter, by = escape(version.decision.letter), escape(version.decision.signed_by)
    head = _headline(version.scope, version.run, version.from_boxes)
    stdout.print(f"version {version.number} of {head}")
    stdout.print(
        f"letter {letter}, signed by {by}, approved on {version.decision.approved_on}",
        soft_wrap=True,
    )
    last = _last_day(version, known_on, all_of)
    cut = f" (ended by a later version; it said {version.valid_until})"
    stdout.print(
        f"in force from {version.valid_from} to {last}{'' if last == version.valid_until else cut}",
        soft_wrap=True,
    )
    _tell_unverified(version.run)
    stdout.print(f"{len(version.members)} members, {len(version.kept_out)} kept out by hand")
    grid = Grid("person", "possible boxes", "state", "why")
    for one in version.members:
        grid.add_row(*_row(one, "member"))
    for one in version.kept_out:
        grid.add_row(*_row(one, "kept out"))
    stdout.print(grid)
    changes = Grid("person", "change", "why")
    for change in version.changes:
        changes.add_row(escape(change.person_id), change.change, _reason(change))
    stdout.print(f"against the version before: {len(version.changes)} changes")
    if version.changes:
        stdout.print(changes)


def _row(one: "Member", state: str) -> tuple[str, str, str, str]:
    why = escape(one.why) if one.why is not None else "box"
    return escape(one.person_id), _listed(one.boxes), state, why


def _reason(change: "Change") -> str:
    if change.reason == "stated":
        return escape(change.why or "")
    if change.reason == "pool":
        return "cannot be ranked any more"
    return f"possible boxes: {_listed(change.boxes)}"
