"""`suksesi demo`: the main job on a simulated ministry, from nothing to a served recommendation.

The rule that must not break: it says everywhere that the people are simulated, keeps to a home of
its own, and what is stopped half way is done again and not taken for done.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer

import features.agencies
from features.console import progress_bar, say, settings_of, stdout
from features.errors import ArtefactError, ChampionError, SnapshotError
from features.settings import Settings
from suksesi.simulate import refused

app = typer.Typer()

PRESET, SEED, PEOPLE = "realistic", 7, 5000
#: The day after the simulated years.
AS_OF = date(2026, 1, 1)
SHOWN_CLASS = "jpt_pratama"
SIMULATED = "SIMULATED: no person in it exists."
_Done = TypeVar("_Done")

#: Fewer leave too few labels to learn from.
FEWEST = 1500
PeopleOption = Annotated[
    int, typer.Option("--people", min=FEWEST, help="People in the simulated ministry.")
]
ServeOption = Annotated[bool, typer.Option("--serve/--no-serve", help="Serve at the end.")]


@app.command(epilog="Example: SUKSESI_PORT=3100 suksesi demo")
def demo(context: typer.Context, people: PeopleOption = PEOPLE, serve: ServeOption = True) -> None:
    """Simulate a ministry, take it in, train, promote and serve. Nobody in it exists."""
    from serving.commands import require_free

    asked = settings_of(context)
    settings = _own_home(asked, people)
    if serve:
        # Before minutes of work, not after them.
        require_free(settings)
    begun = time.perf_counter()
    stdout.print(f"Suksesi, a demonstration on a simulated ministry. {SIMULATED}", soft_wrap=True)
    ministry = settings.home / "ministry"
    _step(f"1 of 4: simulate {people} people over 12 years", lambda: _simulate(ministry, people))
    _step("2 of 4: take in the exports", lambda: _ingest(settings, ministry))
    _step("3 of 4: train, backtest and promote", lambda: _train(settings))
    post = _step("4 of 4: a first recommendation", lambda: _recommend(settings))
    say(f"ready after {time.perf_counter() - begun:.0f} s")
    _invite(settings, post, serve=serve)
    if serve:
        _serve(settings)


def _own_home(settings: Settings, people: int) -> Settings:
    """The settings of the demonstration: a home inside the home; nothing else is touched."""
    home = settings.home / ("demo" if people == PEOPLE else f"demo-{people}")
    home.mkdir(parents=True, exist_ok=True)
    return replace(
        settings,
        home=home,
        tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        artefacts=home / "artefacts",
    )


def _step(what: str, work: Callable[[], _Done]) -> _Done:
    say(what)
    begun = time.perf_counter()
    done = work()
    say(f"        {time.perf_counter() - begun:.1f} s")
    return done


def _simulate(folder: Path, people: int) -> None:
    from simulation.ministry import is_made_of, write_ministry
    from simulation.presets import preset

    with refused(), progress_bar() as bar:
        knobs = preset(PRESET, people=people)
        if is_made_of(folder, knobs, SEED):
            say("        is there already")
            return
        # One that an earlier simulator made, or that somebody has changed.
        shutil.rmtree(folder, ignore_errors=True)
        task = bar.add_task("simulate", total=None)
        write_ministry(
            knobs,
            SEED,
            folder,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )


def _ingest(settings: Settings, ministry: Path) -> None:
    from features.agencies.mapping import load_mapping
    from features.intake import ingest
    from features.storage import current_snapshot

    mapping = Path(features.agencies.__file__).parent / "siasn.yaml"
    try:
        snapshot = current_snapshot(settings.home)
        is_newer = snapshot.folder.stat().st_mtime >= (ministry / "exports").stat().st_mtime
        if is_newer and snapshot.mapping.digest == load_mapping(mapping).digest:
            say("        is there already")
            return
    except SnapshotError:
        pass
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        ingest(
            mapping,
            ministry / "exports",
            settings.home,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
            keys=settings.keys,
        )


def _train(settings: Settings) -> None:
    from features.storage import current_snapshot
    from models import artefact
    from models.registry import Registry
    from training.backtest import run
    from training.pipeline import train

    registry = Registry(settings.tracking_uri, settings.artefacts)
    try:
        champion = registry.champion()
        facts = artefact.load(champion.folder, champion.digest).facts
        if facts.snapshot_digest == current_snapshot(settings.home).digest:
            say("        is there already")
            return
    except (ChampionError, ArtefactError):
        pass
    done = train(settings, AS_OF, _told)
    run(settings, _told, quick=True, learnt=done.data)
    registry.promote(done.version.version, below_switch=f"a demonstration. {SIMULATED}")


def _told(line: str) -> None:
    say(f"        {line}")


def _recommend(settings: Settings) -> str:
    """Show who stands first for a post; the id of the post."""
    from serving.champion import DeskInService
    from serving.commands import print_what_bounds_rest_on, widest_bounds

    desk = DeskInService(settings).desk()
    post = next(one for one in desk.posts().posts if one.post_class == SHOWN_CLASS)
    answer = desk.recommendation(post.post_id, AS_OF, top=3)
    stdout.print(f"\n{answer.post.title}, {answer.post.unit}, as of {AS_OF}", markup=False)
    told = answer.notices if answer.policy is None else (*answer.notices, answer.policy.statement)
    for notice in told:
        stdout.print(notice.en, markup=False, soft_wrap=True)
    for one in answer.candidates:
        assert one.readiness is not None
        line = f"{one.position:>3}. {one.person_id}  readiness {one.readiness.probability:.2f}"
        line += widest_bounds(one.readiness)
        boxes = ", ".join(map(str, one.policy_lane.boxes)) or "unknown"
        line = f"{line}  eligibility {one.eligibility.status}  possible boxes {boxes}"
        stdout.print(line, markup=False, soft_wrap=True)
    print_what_bounds_rest_on(answer, answer.candidates, "en")
    return post.post_id


def _invite(settings: Settings, post: str, *, serve: bool) -> None:
    host = f"http://{settings.host}:{settings.port}"
    lines = [
        "",
        f"Try, in another terminal ({SIMULATED})" if serve else f"Try ({SIMULATED})",
        f"  export SUKSESI_HOME={settings.home}",
        "  unset MLFLOW_TRACKING_URI SUKSESI_ARTEFACTS",
        f"  .venv/bin/suksesi recommend {post} --as-of {AS_OF} --top 10",
        f"  .venv/bin/suksesi policy boxes --as-of {AS_OF}",
    ]
    if serve:
        lines += [
            f'  curl "{host}/v1/recommendation?post={post}&as_of={AS_OF}"',
            f"  {host}/v1/posts lists the posts, {host}/docs the contract",
            "",
            f"Serving on {host} until Ctrl-C. {SIMULATED}",
        ]
    for line in lines:
        stdout.print(line, markup=False, soft_wrap=True)


def _serve(settings: Settings) -> None:
    from serving.commands import run_service

    run_service(
        settings,
        SUKSESI_HOME=str(settings.home),
        SUKSESI_ARTEFACTS=str(settings.artefacts),
        MLFLOW_TRACKING_URI=settings.tracking_uri,
    )
