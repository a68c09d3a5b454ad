"""Commands of the ground floor: `ingest` and `features`.

The rule that must not break: no line names a person; counts and ids of files only.
"""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table as Grid

from features.console import (
    JsonOption,
    day_of,
    print_json,
    progress_bar,
    say,
    settings_of,
    stdout,
)
from features.intake_report.wording import Language
from features.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from features.agencies.mapping import Mapping
    from features.strategic import EngineName, StrategicFrame

app = typer.Typer()

COUNTS = ("read", "accepted", "rejected", "withheld")
FOR_AUDITS = "for audits only, no model may be trained on it or score by it"

MappingArgument = Annotated[Path, typer.Argument(help="The mapping file of the agency.")]
LanguageOption = Annotated[
    Language, typer.Option("--language", help="Of the page of the report: id or en.")
]
ExportsOption = Annotated[Path, typer.Option("--exports", help="Folder with the export files.")]
AnyDayOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The date as of which the record is read."),
]
EngineOption = Annotated[
    Literal["duckdb", "spark"], typer.Option("--engine", help="What computes: duckdb or spark.")
]
LeaveOption = Annotated[
    bool,
    typer.Option(
        "--with-leave", help="Write leave beside the frame, for audits: no model may see it."
    ),
]
CatalogueOption = Annotated[
    bool, typer.Option("--catalogue", help="List the features that there are, and stop.")
]


@app.command(epilog="Example: suksesi ingest features/agencies/uk_ministers.yaml --exports DIR")
def ingest(
    context: typer.Context,
    mapping: MappingArgument,
    exports: ExportsOption,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Read an agency's exports into a snapshot, and write a report of what it holds and lacks.

    Rejected rows are kept with their reasons.
    """
    from features.agencies.engine import Means
    from features.agencies.mapping import load_mapping
    from features.evidence import recorded_between
    from features.intake import ingest as take_in
    from features.intake_report.commands import earlier_of, make_report, tell_report, usable
    from features.intake_report.snapshots import digest_in_force
    from features.packs.library import Library
    from features.policy.binding import require_packs_fit

    settings = settings_of(context)
    require_packs_fit(load_mapping(mapping), Library(settings.home))
    before = digest_in_force(settings.home)
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        snapshot = take_in(
            mapping,
            exports,
            settings.home,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
            keys=settings.keys,
            means=Means(settings.intake_memory, settings.source_urls, settings.source_timeout),
        )
    is_same = snapshot.digest == before
    agency = snapshot.manifest["agency"]
    earlier = (
        earlier_of(settings.home, snapshot) if is_same else usable(settings.home, before, agency)
    )
    made, folder = make_report(settings.home, snapshot, earlier, language=language)
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
        told = {"nothing_changed": is_same, "before": made.content["before"]}
        told |= {"report": str(folder), "as_of": made.content["as_of"]}
        print_json(
            {"snapshot": snapshot.digest, "folder": str(snapshot.folder), **told, **days, **report}
        )
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
    tell_report(made.content, folder)
    if is_same:
        stdout.print(f"nothing changed since snapshot {snapshot.digest[:12]}")
    stdout.print(f"snapshot {snapshot.digest[:12]} is in force")


@app.command(epilog="Example: suksesi features --as-of 2019-07-01")
def features(
    context: typer.Context,
    as_of: AnyDayOption = None,
    engine: EngineOption = "duckdb",
    catalogue: CatalogueOption = False,
    with_leave: LeaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the feature frame of everybody who can be ranked, for every strategic post."""
    if catalogue == (as_of is not None):
        raise typer.BadParameter("give a date with --as-of, or --catalogue, and not both")
    if catalogue and with_leave:
        raise typer.BadParameter("--with-leave goes with --as-of: leave is not in the catalogue")
    if as_of is None:
        from features.catalogue_in_words import as_markdown, as_rows

        print_json(as_rows()) if as_json else stdout.print(
            as_markdown(), markup=False, soft_wrap=True
        )
        return
    settings = settings_of(context)
    frame = frame_written(settings, day_of(as_of), engine)
    leave = leave_written(settings, frame) if with_leave else None
    if as_json:
        told = {} if leave is None else {"leave": str(leave)}
        print_json({**frame.told(), "linter": str(frame.linter), **told})
        return
    counts = f"{frame.rows} rows ({frame.people} people, {frame.posts} posts)"
    stdout.print(f"{counts} in {frame.folder}", soft_wrap=True)
    seen = f"all people on the lists of {len(frame.linted_posts)} posts"
    resemblances = f"resemblances are in {frame.linter}"
    stdout.print(f"no column copies a protected attribute ({seen}); {resemblances}", soft_wrap=True)
    if frame.not_auditable:
        stdout.print(f"not held, so not compared: {', '.join(frame.not_auditable)}")
    if leave is not None:
        stdout.print(f"leave of the same rows is in {leave}: {FOR_AUDITS}", soft_wrap=True)


def frame_written(
    settings: Settings, on: date, engine: "EngineName", *, anew: bool = True
) -> "StrategicFrame":
    """The written frame of a date, made of the snapshot in force and today's catalogue.

    Parameters
    ----------
    settings : Settings
    on : date
    engine : {"duckdb", "spark"}
    anew : bool
        Whether it is written where one that would come out the same is there already.
    """
    from features.evidence import recorded_between, require_recorded
    from features.frames import require_only_catalogued
    from features.storage import current_snapshot
    from features.strategic import frame_on, write_strategic_frame

    snapshot = current_snapshot(settings.home)
    if not anew:
        there = frame_on(settings.home, on)
        if there is not None and there.is_of(snapshot):
            require_only_catalogued(there.folder)
            return there
    require_recorded(recorded_between(snapshot.record()), on)
    identities = _identities(settings, snapshot.mapping)
    return write_strategic_frame(
        snapshot, on, settings, engine=engine, identities=identities, tell=say
    )


def leave_written(settings: Settings, frame: "StrategicFrame") -> Path:
    """Leave of the rows of a written frame, in a folder of its own: for audits, for no model.

    Parameters
    ----------
    settings : Settings
    frame : StrategicFrame
        Of the snapshot in force.

    Raises
    ------
    ProtectedAttributeError
        If one of the columns copies what is protected.
    """
    from features.catalogue import LEAVE
    from features.duck import OnDuckDB
    from features.frames import files_of, write_leave
    from features.identity_linter.lint import require_no_copies
    from features.storage import current_snapshot
    from features.strategic import MADE_OF
    from features.whole_folders import made_anew

    snapshot = current_snapshot(settings.home)
    record, target = snapshot.record(), settings.home / "audits" / frame.as_of
    say("leave, for audits")
    with made_anew(target) as making:
        with closing(OnDuckDB(record, making.space, settings.feature_memory)) as duck:
            write_leave(record, frame.folder, making.folder, duck)
            if files := files_of(making.folder):
                rows = record.backend.read_parquet(files)
                seen = rows.filter(rows.post_id.isin(frame.linted_posts))
                # Counts and years hold no name; what the record itself holds is compared.
                require_no_copies(record, seen.to_pandas(), where="leave, for audits")
        told = {
            "as_of": frame.as_of,
            "snapshot": snapshot.digest,
            "features": [feature.name for feature in LEAVE],
            "use": FOR_AUDITS,
        }
        text = json.dumps(told, indent=2) + "\n"
        (making.folder / MADE_OF).write_text(text, encoding="utf-8")
    return target


def _identities(settings: Settings, mapping: "Mapping") -> "pd.DataFrame | None":
    """NIPs and names, where there is a store of them and this account may open it."""
    import pandas as pd

    from features.errors import IdentityError
    from features.identity.store import open_identities

    if mapping.identity is None:
        return None
    try:
        with open_identities(settings.home, settings.keys) as identities:
            values = identities.values()
    except IdentityError as error:
        say(f"NIPs and names are not compared: {error.what}")
        return None
    return pd.DataFrame(values, columns=["person_id", "attribute", "value"])
