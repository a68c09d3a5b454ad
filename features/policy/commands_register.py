"""Commands of the succession register: `register draft`, `approve`, `show`, `verify`.

The rule that must not break: nothing is approved that was not drafted, and nobody comes in or goes
out without a reason on file. What was decided by hand is told again and never carried over in
silence. People are ids; a pack that nobody has confirmed is told as such.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
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
from features.errors import SuksesiError

if TYPE_CHECKING:
    from features.packs.declaration import Pack
    from features.policy.succession import (
        Boxed,
        Change,
        Draft,
        Member,
        PresentPost,
        Run,
        Scope,
        Version,
    )
    from features.storage import Snapshot
    from features.tables.record import Record

    #: Present posts by person; None where there is no snapshot to look them up in.
    Posts = Mapping[str, PresentPost] | None

app = typer.Typer(
    name="register",
    help="Succession registers (KRS): draft, approve, show, verify.",
    no_args_is_help=True,
)

#: Digits of a digest that are shown.
SHOWN = 12
#: With more people than this, a draft or a version is summed up unless all are asked for.
LISTED = 40
_DAYS = ["%Y-%m-%d"]
_GONE = "cannot be ranked any more"
#: The reasons of changes, as a summary tells them.
_REASONS = {"box": "by box", "stated": "by hand", "pool": _GONE}

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
AllOption = Annotated[
    bool, typer.Option("--all", help=f"List everybody, also if there are more than {LISTED}.")
]
SummaryOption = Annotated[
    bool, typer.Option("--summary", help="Print counts, and no line for each person.")
]


@app.command(epilog="Example: suksesi register draft --as-of 2026-01-31 --scope agency")
def draft(
    context: typer.Context,
    as_of: AsOfOption,
    scope: ScopeOption,
    everybody: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Propose who comes into the group, from the boxes of a day; nothing is in force by that."""
    from features.policy.register import keep_draft, registers
    from features.policy.succession import draft_of, present_posts
    from features.storage import current_snapshot

    settings, on = settings_of(context), day_of(as_of)
    snapshot = current_snapshot(settings.home)
    pack = _pack_in_force(snapshot, settings.home, on)
    before = next((v for v in reversed(registers(settings.home)) if v.scope == scope), None)
    say("computing")
    record = snapshot.record()
    made = draft_of(record, pack, snapshot.mapping, snapshot=snapshot.digest, as_of=on, scope=scope)
    path = keep_draft(settings.home, made)
    by_hand = (*before.kept_out, *before.put_in) if before else ()
    told_of = (*made.proposed, *made.uncertain, *by_hand)
    posts = present_posts(record, (one.person_id for one in told_of), on)
    if as_json:
        again = before and _by_hand_report(made, before)
        told = {"draft": path.stem, "file": str(path), **_draft_report(made)}
        print_json({**told, "by_hand_before": again, "posts": _posts_report(posts)})
        return
    shown = path.stem[:SHOWN]
    stdout.print(f"draft {shown}: {_headline(made.scope, made.run, made.from_boxes)}")
    _tell_unverified(made.run)
    stdout.print(
        f"{len(made.proposed)} proposed, {len(made.uncertain)} uncertain, of {len(made.people)} "
        "who can be ranked"
    )
    if everybody or len(made.proposed) + len(made.uncertain) <= LISTED:
        stdout.print(_draft_grid(made, posts))
    else:
        _print_classes("proposed", made.proposed, posts)
        _print_classes("uncertain", made.uncertain, posts)
        stdout.print("everybody: --all")
    if before and by_hand:
        _print_by_hand(made, before, posts)
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
    everybody: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a draft the next version of its scope, by a decision letter."""
    from features.policy.register import approve as make_version
    from features.policy.register import digest_of, draft_named, registers
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
    versions = registers(settings.home)
    back = _back_in(version, versions)
    posts = _posts_of(_record_at_hand(settings.home), [version], version.decision.approved_on)
    if as_json:
        told = {"sha256": digest_of(version), **_version_report(version, posts)}
        print_json({**told, "kept_out_before": [m.model_dump(mode="json") for m in back]})
        return
    n_people = len(version.members) + len(version.kept_out)
    summed_up = n_people > LISTED and not everybody
    _show_version(version, posts, summed_up=summed_up)
    if summed_up:
        stdout.print(f"everybody: suksesi register show --as-of {version.counts_from}")
    if back:
        stdout.print(
            f"notice: {len(back)} kept out by hand in version {version.number - 1}, in now:"
        )
        grid = _grid("person", "present post", "why kept out before")
        for one in back:
            grid.add_row(escape(one.person_id), _post(one.person_id, posts), _why(one))
        stdout.print(grid)


@app.command(epilog="Example: suksesi register show --as-of 2026-06-30 --scope agency")
def show(
    context: typer.Context,
    as_of: ShownOnOption = None,
    scope: ShownScopeOption = None,
    summary: SummaryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show who is in force on a day, by which letter, and who came in and went out and why."""
    from features.policy.register import registers
    from features.policy.succession import SCOPES, exports_count, in_force, n_exported

    on = day_of(as_of) if as_of is not None else datetime.now(UTC).date()
    home = settings_of(context).home
    versions = registers(home)
    scopes = [one for one in SCOPES if scope in (None, one)]
    found = {one: in_force(versions, one, on) for one in scopes}
    record = _record_at_hand(home)
    posts = _posts_of(record, [v for v in found.values() if v], on)
    exports: dict[Scope, dict[str, Any]] = {
        one: {
            "members": n_exported(record, one, on) if record else None,
            "count": exports_count(versions, one, on),
        }
        for one in scopes
    }
    if as_json:
        in_words = {
            s: v and _version_report(v, posts, known_on=on, all_of=versions)
            for s, v in found.items()
        }
        print_json({"as_of": str(on), "in_force": in_words, "exports": exports})
        return
    for name, version in found.items():
        if version is None:
            stdout.print(f"{name}: no version is in force on {on}")
        else:
            _show_version(version, posts, known_on=on, all_of=versions, summed_up=summary)
        if record:
            stdout.print(_exports_told(name, on, **exports[name]), soft_wrap=True)


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


def _record_at_hand(home: Path) -> "Record | None":
    """The record of the snapshot in force; where there is none to be read, that is told."""
    from features.storage import current_snapshot

    try:
        return current_snapshot(home).record()
    except SuksesiError as error:
        say(f"exports and present posts are left out: {error}")
        return None


def _posts_of(record: "Record | None", versions: Iterable["Version"], on: date) -> "Posts":
    from features.policy.succession import present_posts

    named = [
        one.person_id
        for version in versions
        for one in (*version.members, *version.kept_out, *version.changes)
    ]
    return present_posts(record, named, on) if record else None


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


def _grid(*columns: str) -> Grid:
    """A grid whose first column, the ids, is not broken into lines."""
    grid = Grid(*columns)
    grid.columns[0].no_wrap = True
    return grid


def _post(person: str, posts: "Posts") -> str:
    """Title and class of the post that somebody holds."""
    held = (posts or {}).get(person)
    return f"{escape(held.title)} ({escape(held.post_class)})" if held else ""


def _draft_grid(made: "Draft", posts: "Posts") -> Grid:
    grid = _grid("person", "present post", "possible boxes", "draft")
    told = {"proposed": made.proposed, "uncertain: comes in by hand only": made.uncertain}
    for state, people in told.items():
        for one in people:
            post = _post(one.person_id, posts)
            grid.add_row(escape(one.person_id), post, _listed(one.boxes), state)
    return grid


def _print_counts(name: str, counts: Mapping[str, int]) -> None:
    told = ", ".join(f"{one} {n}" for one, n in counts.items() if n)
    stdout.print(f"{name}: {told or 'nobody'}", soft_wrap=True, markup=False)


def _print_classes(name: str, people: Iterable["Member | Boxed"], posts: "Posts") -> None:
    """How many of some people hold a post of each class."""
    if posts is None:
        return
    held = [posts.get(one.person_id) for one in people]
    counts = Counter(post.post_class for post in held if post)
    by_class = {**dict(sorted(counts.items())), "without a definitive post": held.count(None)}
    _print_counts(f"{name} by class of present post", by_class)


def _by_hand_report(made: "Draft", before: "Version") -> dict[str, Any]:
    states = _states(made)

    def told(people: Iterable["Member"]) -> list[dict[str, Any]]:
        return [
            {"person_id": m.person_id, "why": m.why, "draft": states.get(m.person_id, _GONE)}
            for m in people
        ]

    return {
        "version": before.number,
        "kept_out": told(before.kept_out),
        "put_in": told(before.put_in),
    }


def _states(made: "Draft") -> dict[str, str]:
    """By id, what a draft says of everybody who can be ranked."""
    states = {one.person_id: "not proposed" for one in made.people}
    states |= {one.person_id: "uncertain" for one in made.uncertain}
    return states | {one.person_id: "proposed" for one in made.proposed}


def _print_by_hand(made: "Draft", before: "Version", posts: "Posts") -> None:
    stdout.print(
        f"decided by hand in version {before.number}, and not carried over: decide again "
        "(--keep-out, --put-in)",
        soft_wrap=True,
    )
    states = _states(made)
    grid = _grid("person", "present post", f"version {before.number}", "why", "draft")
    for state, people in (("kept out", before.kept_out), ("put in", before.put_in)):
        for one in people:
            now = states.get(one.person_id, _GONE)
            post = _post(one.person_id, posts)
            grid.add_row(escape(one.person_id), post, state, _why(one), now)
    stdout.print(grid)


def _back_in(version: "Version", versions: Iterable["Version"]) -> list["Member"]:
    """Those who were kept out of the version before and are members of this one."""
    are = {one.person_id for one in version.members}
    place = (version.scope, version.number - 1)
    before = [v for v in versions if (v.scope, v.number) == place]
    return [one for v in before for one in v.kept_out if one.person_id in are]


def _exports_told(scope: str, on: date, *, members: int | None, count: bool) -> str:
    if members is None:
        return f"{scope}: the agency's exports hold no succession groups"
    why = (
        "they count, for no version of this scope is in force or has been"
        if count
        else "they do not count: the register stands in their place"
    )
    return f"{scope}: members in force on {on} by the agency's exports: {members}; {why}"


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


def _posts_report(posts: "Posts") -> dict[str, Any] | None:
    """Present posts by person, in the order of ids."""
    if posts is None:
        return None
    return {person: posts[person].model_dump(mode="json") for person in sorted(posts)}


def _version_report(
    version: "Version",
    posts: "Posts",
    known_on: date | None = None,
    all_of: Sequence["Version"] = (),
) -> dict[str, Any]:
    told = version.model_dump(mode="json")
    ends = str(_last_day(version, known_on, all_of))
    named = {one.person_id for one in (*version.members, *version.kept_out, *version.changes)}
    held = None if posts is None else {p: post for p, post in posts.items() if p in named}
    unverified = _unverified(version.run)
    return {**told, "last_day": ends, "posts": _posts_report(held), "unverified": unverified}


def _show_version(
    version: "Version",
    posts: "Posts",
    known_on: date | None = None,
    all_of: Sequence["Version"] = (),
    *,
    summed_up: bool,
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
    if not summed_up:
        stdout.print(_version_grid(version, posts))
    else:
        n_put_in = len(version.put_in)
        by_box = {"by box": len(version.members) - n_put_in, "put in by hand": n_put_in}
        _print_counts("members", by_box)
        _print_classes("members", version.members, posts)
    stdout.print(f"against the version before: {len(version.changes)} changes")
    if summed_up:
        for name, change in (("came in", "in"), ("went out", "out")):
            reasons = Counter[str](c.reason for c in version.changes if c.change == change)
            _print_counts(name, {_REASONS[reason]: reasons[reason] for reason in _REASONS})
    elif version.changes:
        changes = _grid("person", "present post", "change", "why")
        for one in version.changes:
            post = _post(one.person_id, posts)
            changes.add_row(escape(one.person_id), post, one.change, _reason(one))
        stdout.print(changes)


def _version_grid(version: "Version", posts: "Posts") -> Grid:
    grid = _grid("person", "present post", "possible boxes", "state", "why")
    for state, people in (("member", version.members), ("kept out", version.kept_out)):
        for one in people:
            post = _post(one.person_id, posts)
            grid.add_row(escape(one.person_id), post, _listed(one.boxes), state, _why(one))
    return grid


def _why(one: "Member") -> str:
    return escape(one.why) if one.why is not None else "box"


def _reason(change: "Change") -> str:
    if change.reason == "stated":
        return escape(change.why or "")
    if change.reason == "pool":
        return _GONE
    return f"possible boxes: {_listed(change.boxes)}"
