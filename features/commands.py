"""Commands of the ground floor: `ingest` and `features`.

The rule that must not break: no line names a person; counts and ids of files only.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as Grid

from features.console import (
    AsOfOption,
    JsonOption,
    day_of,
    print_json,
    progress_bar,
    say,
    settings_of,
    stdout,
)

app = typer.Typer()

COUNTS = ("read", "accepted", "rejected", "withheld")

MappingArgument = Annotated[Path, typer.Argument(help="The mapping file of the agency.")]
ExportsOption = Annotated[Path, typer.Option("--exports", help="Folder with the export files.")]


@app.command(epilog="Example: suksesi ingest features/agencies/uk_ministers.yaml --exports DIR")
def ingest(
    context: typer.Context,
    mapping: MappingArgument,
    exports: ExportsOption,
    as_json: JsonOption = False,
) -> None:
    """Read an agency's exports into a snapshot; rejected rows are kept with their reasons."""
    from features.agencies.mapping import load_mapping
    from features.evidence import recorded_between
    from features.intake import ingest as take_in
    from features.packs.library import Library
    from features.policy.binding import require_packs_fit

    settings = settings_of(context)
    require_packs_fit(load_mapping(mapping), Library(settings.home))
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        snapshot = take_in(
            mapping,
            exports,
            settings.home,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )
    recorded = recorded_between(snapshot.record())
    if recorded is not None and recorded[1] > datetime.now(UTC).date():
        say(
            f"a fact about an appointment is recorded on {recorded[1]}, a day to come: is a year "
            "wrong? Outcomes are read up to there"
        )
    if as_json:
        keys = ("agency", "tables", "sources", "rejections")
        report = {key: snapshot.manifest[key] for key in keys}
        oldest, newest = map(str, recorded) if recorded else (None, None)
        days = {"oldest_fact_on": oldest, "newest_fact_on": newest}
        print_json({"snapshot": snapshot.digest, "folder": str(snapshot.folder), **days, **report})
        return
    grid = Grid("table", *COUNTS)
    for name, count in snapshot.manifest["tables"].items():
        grid.add_row(name, *(str(count[key]) for key in COUNTS))
    stdout.print(grid)
    for rejection in snapshot.manifest["rejections"]:
        place = f"{rejection['table'] or rejection['source']}.{rejection['column'] or 'row'}"
        stdout.print(f"{rejection['rows']} in quarantine: {place} {rejection['reason']}")
    if recorded is not None:
        stdout.print(f"appointments recorded from {recorded[0]} to {recorded[1]}")
    stdout.print(f"snapshot {snapshot.digest[:12]} is in force")


@app.command(epilog="Example: suksesi features --as-of 2019-07-01")
def features(context: typer.Context, as_of: AsOfOption, as_json: JsonOption = False) -> None:
    """Write the feature frame of everybody who can be ranked, for every strategic post."""
    from features.assemble import strategic_frame
    from features.evidence import recorded_between, require_recorded
    from features.storage import current_snapshot

    settings, on = settings_of(context), day_of(as_of)
    snapshot = current_snapshot(settings.home)
    record = snapshot.record()
    require_recorded(recorded_between(record), on)
    say("computing")
    frame = strategic_frame(record, snapshot.mapping, on)
    path = settings.home / "features" / f"{on}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
    n_people, n_posts = frame["person_id"].nunique(), frame["post_id"].nunique()
    if as_json:
        counts = {"rows": len(frame), "people": n_people, "posts": n_posts}
        print_json({"file": str(path), "as_of": str(on), **counts})
    else:
        stdout.print(f"{len(frame)} rows ({n_people} people, {n_posts} posts) in {path}")
