"""Commands of the serving floor: `recommend`, `explain`, `serve`.

The rule that must not break: the command line gives what the service gives, field by field.
"""

import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from rich.table import Table as Grid

from features.catalogue import CATALOGUE
from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from features.errors import SettingsError
from features.packs.rules import Route
from features.settings import Settings

if TYPE_CHECKING:
    from serving.recommend import Desk
    from serving.schemas import Candidate, PolicyLane, Question, Readiness, Recommendation

app = typer.Typer()

#: BentoML's own command. Until it has set its handlers, Ctrl-C ends the process without a word:
#: Python's own handler would show a traceback of whatever is being imported.
START = """\
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.argv[0] = "bentoml"
runpy.run_module("bentoml", run_name="__main__", alter_sys=True)
"""

PostArgument = Annotated[str, typer.Argument(help="Id or title of the post.")]
PersonArgument = Annotated[str, typer.Argument(help="Id of the person.")]
TopOption = Annotated[int, typer.Option("--top", min=1, max=1000, help="Candidates to show.")]
LookBackOption = Annotated[
    bool, typer.Option("--retrospective", help="Allow a date before the model's label cut-off.")
]
RouteOption = Annotated[
    Route | None,
    typer.Option("--route", help="How the post is filled; as its vacancy says if left out."),
]
LanguageOption = Annotated[Literal["id", "en"], typer.Option("--language", help="id or en.")]


#: People who are ready now and named; the rest is counted.
MOST_READY = 10
#: What stands around the sentences of an answer, in the language asked for.
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "as of": "as of",
        "counts": "{rankable} people can be ranked; {turned_away} of them do not meet a rule",
        "readiness": "readiness {probability:.2f}",
        "no readiness": "no readiness estimated",
        "gap": ", weighted gap {gap:+.2f}",
        "nothing to explain": "There is nothing to explain yet: no model is in service.",
        "outputs": "{readiness}{interval}  eligibility: {eligibility}  policy: {policy}  "
        "evidence: {missing} of {features} missing, newest career fact of {newest}",
        "interval": " ({low:.2f} to {high:.2f})",
        "bounds beneath": "[low-high]: bounds at an odds ratio of {ratio:g}. {statement}",
        "odds ratio": "odds ratio",
        "lowest": "lowest",
        "highest": "highest",
        "tie band": ", tie band {band}",
        "abstains": "not to be relied on",
        "route": {
            "succession_group": "route: from the succession group",
            "lateral": "route: lateral move",
            "open_selection": "route: open selection",
        },
        "ready now": "ready now ({at_least:.0%} within {months} months): {people}",
        "nobody": "nobody",
        "and more": " and {n} more",
        "alternative": "alternative",
        "settled by": "settled by",
        "of": {"performance": "performance", "potential": "potential", "score": "score"},
        "box": "box {box}",
        "boxes": "one of the boxes {boxes}",
        "score": "score {low}",
        "scores": "score {low} to {high}",
        "place": "place {best} of {of}",
        "places": "place {best} to {worst} of {of}",
        "source box": "box of the agency's own system {box}",
        "at the appointment": "before the appointment",
        "no date": "no date",
        "met": "met",
        "not met": "not met",
        "needs checking": "needs checking",
        "unknown": "unknown",
        "part": "part",
        "base": "typical candidate",
        "calibration": "calibration",
        "sum": "sum",
    },
    "id": {
        "as of": "per",
        "counts": "{rankable} orang dapat diperingkat; {turned_away} di antaranya tidak memenuhi "
        "suatu aturan",
        "readiness": "kesiapan {probability:.2f}",
        "no readiness": "kesiapan tidak diperkirakan",
        "gap": ", kesenjangan tertimbang {gap:+.2f}",
        "nothing to explain": "Belum ada yang dapat dijelaskan: belum ada model yang diberlakukan.",
        "outputs": "{readiness}{interval}  kelayakan: {eligibility}  kebijakan: {policy}  "
        "bukti: {missing} dari {features} tidak tercatat, fakta karier terbaru {newest}",
        "interval": " ({low:.2f} sampai {high:.2f})",
        "bounds beneath": "[rendah-tinggi]: batas pada rasio peluang {ratio:g}. {statement}",
        "odds ratio": "rasio peluang",
        "lowest": "terendah",
        "highest": "tertinggi",
        "tie band": ", kelompok setara {band}",
        "abstains": "jangan dijadikan pegangan",
        "route": {
            "succession_group": "jalur: dari kelompok rencana suksesi",
            "lateral": "jalur: mutasi atau rotasi",
            "open_selection": "jalur: seleksi terbuka",
        },
        "ready now": "siap sekarang ({at_least:.0%} dalam {months} bulan): {people}",
        "nobody": "tidak ada",
        "and more": " dan {n} orang lagi",
        "alternative": "sumber lain",
        "settled by": "dibuktikan dengan",
        "of": {"performance": "kinerja", "potential": "potensial", "score": "nilai"},
        "box": "kotak {box}",
        "boxes": "salah satu dari kotak {boxes}",
        "score": "nilai {low}",
        "scores": "nilai {low} sampai {high}",
        "place": "urutan {best} dari {of}",
        "places": "urutan {best} sampai {worst} dari {of}",
        "source box": "kotak menurut sistem instansi {box}",
        "at the appointment": "sebelum pelantikan",
        "no date": "tanpa tanggal",
        "met": "memenuhi",
        "not met": "tidak memenuhi",
        "needs checking": "perlu diperiksa",
        "unknown": "tidak diketahui",
        "part": "bagian",
        "base": "kandidat pada umumnya",
        "calibration": "kalibrasi",
        "sum": "jumlah",
    },
}


@app.command(epilog='Example: suksesi recommend "Secretary of State for Education" --as-of DATE')
def recommend(
    context: typer.Context,
    post: PostArgument,
    as_of: AsOfOption,
    top: TopOption = 10,
    route: RouteOption = None,
    retrospective: LookBackOption = False,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Rank the people who can be appointed to a post, with reasons. A person decides."""
    answer = _desk(context).recommendation(
        post, day_of(as_of), top=top, route=route, retrospective=retrospective
    )
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _print_question(answer, language)
    counts = {"rankable": answer.n_rankable, "turned_away": answer.n_turned_away}
    _tell(WORDS[language]["counts"].format(**counts))
    _print_ready(answer, language)
    for candidate in answer.candidates:
        _print_candidate(candidate, language)
    print_what_bounds_rest_on(answer, answer.candidates, language)


@app.command(epilog="Example: suksesi explain PERSON POST --as-of 2019-07-01")
def explain(
    context: typer.Context,
    person: PersonArgument,
    post: PostArgument,
    as_of: AsOfOption,
    route: RouteOption = None,
    retrospective: LookBackOption = False,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Tell one person's readiness for a post, and what it is made of, once there is a model."""
    answer = _desk(context).readiness(
        person, post, day_of(as_of), route=route, retrospective=retrospective
    )
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _print_question(answer, language)
    _print_candidate(answer.candidate, language)
    print_what_bounds_rest_on(answer, (answer.candidate,), language)
    _print_rules(answer.candidate, language)
    _print_components(answer.candidate, language)
    if answer.candidate.readiness is None:
        _tell(WORDS[language]["nothing to explain"])
        return
    _print_parts(answer.candidate.readiness, language)
    _print_bounds(answer.candidate.readiness, language)


def _print_parts(readiness: "Readiness", language: str) -> None:
    """What an estimate is made of, in logit."""
    words = WORDS[language]
    grid = Grid(words["part"], "logit")
    grid.add_row(words["base"], f"{readiness.base:+.3f}")
    for name, contribution in readiness.contributions.items():
        grid.add_row(getattr(CATALOGUE.groups[name], f"label_{language}"), f"{contribution:+.3f}")
    grid.add_row(words["calibration"], f"{readiness.calibration_term:+.3f}")
    grid.add_row(words["sum"], f"{readiness.logit:+.3f}")
    stdout.print(grid)


def _print_bounds(readiness: "Readiness", language: str) -> None:
    """Lowest and highest readiness for each odds ratio, where selection is not identified."""
    if readiness.bounds is None:
        return
    words = WORDS[language]
    grid = Grid(words["odds ratio"], words["lowest"], words["highest"])
    for bound in readiness.bounds:
        grid.add_row(f"{bound.odds_ratio:g}", f"{bound.low:.3f}", f"{bound.high:.3f}")
    stdout.print(grid)


def print_what_bounds_rest_on(
    answer: "Question", candidates: "tuple[Candidate, ...]", language: str
) -> None:
    """The sentence beneath bounds, where any were shown."""
    told = [one.readiness.bounds for one in candidates if one.readiness is not None]
    if answer.model is None or answer.model.bounds_statement is None or not told or not told[0]:
        return
    statement = getattr(answer.model.bounds_statement, language)
    ratio = told[0][-1].odds_ratio
    _tell(WORDS[language]["bounds beneath"].format(ratio=ratio, statement=statement))


@app.command(epilog="Example: SUKSESI_PORT=3100 suksesi serve")
def serve(context: typer.Context) -> None:
    """Serve over HTTP until stopped: /v1, BentoML's native APIs, probes, metrics."""
    run_service(settings_of(context))


def run_service(settings: Settings, **variables: str) -> NoReturn:
    """Become the server, with these settings; `variables` are added to its environment.

    Raises
    ------
    SettingsError
        If the address cannot be served on.
    """
    require_free(settings)
    command = [sys.executable, "-c", START, "serve", "serving.service:Suksesi"]
    command += ["--host", settings.host, "--port", str(settings.port)]
    environ = {**os.environ, **variables, "BENTOML_DO_NOT_TRACK": "True"}
    environ["BENTOML_HOME"] = str(_files(settings))
    environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    # The server takes this process's place, so that a signal reaches it and nothing else.
    os.execve(sys.executable, command, environ)


def _files(settings: Settings) -> Path:
    """A folder for BentoML: one a service, because the folder of metrics is emptied at a start.

    Under the home; elsewhere if the home may only be read, which is enough for serving.
    """
    folder = settings.home / "bentoml" / str(settings.port)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.mkdtemp(prefix="suksesi-bentoml-"))


def require_free(settings: Settings) -> None:
    """Refuse an address that cannot be served on, in one sentence and before anything is loaded."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingsError(
            f"cannot be served on ({error.strerror})",
            where=f"{settings.host}, port {settings.port}",
            remedy="set SUKSESI_PORT to a free port, SUKSESI_HOST to an address of this machine",
        ) from error


def _desk(context: typer.Context) -> "Desk":
    from serving.champion import DeskInService

    return DeskInService(settings_of(context)).desk()


def _print_question(answer: "Question", language: str) -> None:
    words = WORDS[language]
    heading = f"{answer.post.title}, {answer.post.unit}, {words['as of']} {answer.as_of}"
    _tell(heading, style="bold")
    if answer.policy is not None:
        told = f"{answer.policy.pack} ({words['route'][answer.route]})"
        _tell(f"{told}. {getattr(answer.policy.statement, language)}")
    model = answer.model
    statements = () if model is None else (model.statement, model.selection_statement)
    for notice in (*answer.notices, *statements):
        _tell(getattr(notice, language))


def _print_candidate(candidate: "Candidate", language: str) -> None:
    place = f"{candidate.position:>3}. " if candidate.position else ""
    words, evidence = WORDS[language], candidate.evidence
    outputs = words["outputs"].format(
        readiness=_readiness_in_words(candidate, words),
        interval=_uncertainty_in_words(candidate, words),
        eligibility=words[candidate.eligibility.status],
        policy=_lane_in_words(candidate.policy_lane, words),
        missing=evidence.n_missing,
        features=evidence.n_features,
        newest=evidence.newest_career_fact_on or words["no date"],
    )
    _tell(f"{place}{candidate.person_id}  {outputs}")
    if candidate.readiness is None:
        if candidate.order.by != "policy_score":
            _tell(f"      {getattr(candidate.order.sentence, language)}")
        return
    for reason in candidate.readiness.reasons:
        _tell(f"      {getattr(reason.sentence, language)}")
    for flag in candidate.readiness.flags:
        _tell(f"      {words['abstains']}: {getattr(flag.sentence, language)}")


def _readiness_in_words(candidate: "Candidate", words: dict[str, Any]) -> str:
    """The probability, or that there is none."""
    if candidate.readiness is None:
        return words["no readiness"]
    return words["readiness"].format(probability=candidate.readiness.probability)


def _uncertainty_in_words(candidate: "Candidate", words: dict[str, Any]) -> str:
    """Interval, bounds at the largest odds ratio, gap and tie band, as far as there are any."""
    told = ""
    if candidate.readiness is not None and candidate.readiness.interval is not None:
        told += words["interval"].format(**candidate.readiness.interval.model_dump())
    if candidate.readiness is not None:
        told += widest_bounds(candidate.readiness)
    if candidate.order.weighted_gap is not None:
        told += words["gap"].format(gap=candidate.order.weighted_gap)
    if candidate.tie_band is not None:
        told += words["tie band"].format(band=candidate.tie_band)
    return told


def widest_bounds(readiness: "Readiness") -> str:
    """Bounds at the largest odds ratio, such as `` [.41-.83]``; nothing where there are none."""
    if readiness.bounds is None:
        return ""
    widest = readiness.bounds[-1]
    return f" [{_short(widest.low)}-{_short(widest.high)}]"


def _short(probability: float) -> str:
    """Two decimals and no leading zero.

    >>> _short(0.414), _short(0.999)
    ('.41', '1.00')
    """
    return f"{probability:.2f}".removeprefix("0")


def _lane_in_words(lane: "PolicyLane", words: dict[str, Any]) -> str:
    """Box, score and place of a lane, as far as there are any."""
    told = []
    if lane.boxes:
        one = "box" if len(lane.boxes) == 1 else "boxes"
        told.append(words[one].format(box=lane.boxes[0], boxes=_listed(lane.boxes)))
    if lane.score is not None:
        low, high = f"{lane.score.low:.1f}", f"{lane.score.high:.1f}"
        told.append(words["score" if low == high else "scores"].format(low=low, high=high))
    if lane.places is not None:
        one = "place" if lane.places.best == lane.places.worst else "places"
        told.append(words[one].format(**lane.places.model_dump()))
    if lane.source_box is not None and lane.source_box.box is not None:
        told.append(words["source box"].format(box=lane.source_box.box))
    return ", ".join(told) or words["unknown"]


def _listed(boxes: tuple[int, ...]) -> str:
    return ", ".join(map(str, boxes))


def _print_ready(answer: "Recommendation", language: str) -> None:
    words, ready = WORDS[language], answer.ready_now
    if ready is None:
        return
    told = {"at_least": ready.probability_at_least, "months": ready.within_months}
    people = ", ".join(ready.people[:MOST_READY]) or words["nobody"]
    if len(ready.people) > MOST_READY:
        people += words["and more"].format(n=len(ready.people) - MOST_READY)
    _tell(words["ready now"].format(**told, people=people))


def _print_rules(candidate: "Candidate", language: str) -> None:
    """Every rule with its answer, what it rests on, and where it is written."""
    words = WORDS[language]
    for rule in candidate.eligibility.rules:
        due = f", {words['at the appointment']}" if rule.due == "appointment" else ""
        _tell(f"  {words[rule.status]}{due}: {getattr(rule.sentence, language)}")
        if rule.found is not None:
            _tell(f"      {getattr(rule.found, language)}")
        if rule.settled_by is not None and rule.status != "met":
            _tell(f"      {words['settled by']}: {getattr(rule.settled_by, language)}")
        if rule.alternative is not None:
            _tell(f"      {words['alternative']}: {getattr(rule.alternative, language)}")
        _tell(f"      [{rule.citation}]")


def _print_components(candidate: "Candidate", language: str) -> None:
    of = WORDS[language]["of"]
    for part in candidate.policy_lane.components:
        low, high = f"{part.adds.low:.2f}", f"{part.adds.high:.2f}"
        adds = low if low == high else f"{low} - {high}"
        _tell(f"  {getattr(part.title, language)} ({of[part.of]}, {part.weight:g}): {adds}")


def _tell(line: str, style: str | None = None) -> None:
    """Print a line as it is: no wrapping for who reads it by program, no markup in a title."""
    stdout.print(line, style=style, markup=False, soft_wrap=True)
