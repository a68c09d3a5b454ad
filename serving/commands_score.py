"""The command `score`: the champion on everybody who can be ranked, for every strategic post.

The rule that must not break: a score is what the service would say of the same person and post; it
is no recommendation, for no rule of any policy has been asked.
"""

import json
from typing import TYPE_CHECKING

import typer

from features.commands import EngineOption, frame_written
from features.console import (
    AsOfOption,
    JsonOption,
    day_of,
    print_json,
    say,
    settings_of,
    stdout,
)
from serving.commands import LookBackOption

if TYPE_CHECKING:
    from datetime import date

    from models.artefact import Artefact

app = typer.Typer()

MADE_OF = "_made_of.json"


@app.command(epilog="Example: suksesi score --as-of 2026-01-01")
def score(
    context: typer.Context,
    as_of: AsOfOption,
    engine: EngineOption = "duckdb",
    retrospective: LookBackOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the champion's estimate of everybody who can be ranked, for every strategic post."""
    from features.storage import current_snapshot
    from features.strategic import on_spark
    from features.whole_folders import made_anew
    from models import artefact
    from models.registry import Registry
    from models.scoring import score_frame, score_frame_on_spark

    settings, on = settings_of(context), day_of(as_of)
    champion = Registry(settings.tracking_uri, settings.artefacts).champion()
    stored = artefact.load(champion.folder, champion.digest)
    agency = current_snapshot(settings.home).mapping.agency
    _require_asked_rightly(stored, agency, on, retrospective=retrospective)
    frame = frame_written(settings, on, engine, anew=False)
    target = settings.home / "scores" / str(on)
    say("scoring")
    with made_anew(target) as making:
        if engine == "duckdb":
            score_frame(frame.folder, stored, champion.version, making.folder)
        else:
            with on_spark(making.space, settings) as session:
                score_frame_on_spark(
                    session,
                    frame.folder,
                    champion.folder,
                    champion.digest,
                    champion.version,
                    making.folder,
                )
        told = {
            "as_of": str(on),
            "rows": frame.rows,
            "people": frame.people,
            "posts": frame.posts,
            "snapshot": frame.snapshot,
            "catalogue": frame.catalogue,
            "model_version": champion.version,
            "model": champion.digest,
            "is_calibrated_claim": stored.model.is_calibrated_claim,
            "selection": stored.selection,
            "engine": engine,
        }
        text = json.dumps(told, indent=2) + "\n"
        (making.folder / MADE_OF).write_text(text, encoding="utf-8")
    if as_json:
        print_json({"folder": str(target), "frame": str(frame.folder), **told})
        return
    counts = f"{frame.rows} scores ({frame.people} people, {frame.posts} posts)"
    stdout.print(f"{counts} of model version {champion.version} in {target}", soft_wrap=True)


def _require_asked_rightly(
    stored: "Artefact", agency: str, on: "date", *, retrospective: bool
) -> None:
    """Refuse what the service refuses: another agency's record, a date that looks back unsaid."""
    from features.errors import ChampionError, RetrospectiveError

    facts = stored.facts
    if facts.agency != agency:
        raise ChampionError(
            f"the champion was trained for agency {facts.agency!r}",
            where=f"snapshot of agency {agency!r}",
            remedy="train and promote a model on this record",
        )
    if on < facts.label_cutoff_on and not retrospective:
        raise RetrospectiveError(
            f"the model knows outcomes up to {facts.label_cutoff_on}",
            where=f"as of {on}",
            expected=f"a date from {facts.label_cutoff_on} on",
            remedy="ask for a later date, or say that you look back (--retrospective)",
        )
