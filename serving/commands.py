"""Commands of the serving floor: `recommend`, `explain`, `serve`.

The rule that must not break: the command line gives what the service gives, field by field.
"""

import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.table import Table as Grid

from features.catalogue import CATALOGUE
from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from features.errors import SettingsError
from features.settings import Settings

if TYPE_CHECKING:
    from serving.recommend import Desk
    from serving.schemas import Candidate, Question

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
LanguageOption = Annotated[Literal["id", "en"], typer.Option("--language", help="id or en.")]


#: What stands around the sentences of an answer, in the language asked for.
WORDS = {
    "en": {
        "as of": "as of",
        "counts": "{rankable} people can be ranked; {turned_away} of them do not meet a rule",
        "outputs": "readiness {probability:.2f}  eligibility: {eligibility}  policy: {policy}  "
        "evidence: {missing} of {features} missing, newest career fact of {newest}",
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
        "outputs": "kesiapan {probability:.2f}  kelayakan: {eligibility}  kebijakan: {policy}  "
        "bukti: {missing} dari {features} tidak tercatat, fakta karier terbaru {newest}",
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
    retrospective: LookBackOption = False,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Rank the people who can be appointed to a post, with reasons. A person decides."""
    answer = _desk(context).recommendation(
        post, day_of(as_of), top=top, retrospective=retrospective
    )
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _print_question(answer, language)
    counts = {"rankable": answer.n_rankable, "turned_away": answer.n_turned_away}
    _tell(WORDS[language]["counts"].format(**counts))
    for candidate in answer.candidates:
        _print_candidate(candidate, language)


@app.command(epilog="Example: suksesi explain PERSON POST --as-of 2019-07-01")
def explain(
    context: typer.Context,
    person: PersonArgument,
    post: PostArgument,
    as_of: AsOfOption,
    retrospective: LookBackOption = False,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Tell one person's readiness for a post, and what it is made of."""
    answer = _desk(context).readiness(person, post, day_of(as_of), retrospective=retrospective)
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _print_question(answer, language)
    _print_candidate(answer.candidate, language)
    readiness = answer.candidate.readiness
    words = WORDS[language]
    grid = Grid(words["part"], "logit")
    grid.add_row(words["base"], f"{readiness.base:+.3f}")
    for name, contribution in readiness.contributions.items():
        grid.add_row(getattr(CATALOGUE.groups[name], f"label_{language}"), f"{contribution:+.3f}")
    grid.add_row(words["calibration"], f"{readiness.calibration_term:+.3f}")
    grid.add_row(words["sum"], f"{readiness.logit:+.3f}")
    stdout.print(grid)


@app.command(epilog="Example: SUKSESI_PORT=3100 suksesi serve")
def serve(context: typer.Context) -> None:
    """Serve the champion over HTTP until stopped: /v1, BentoML's native APIs, probes, metrics."""
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
    heading = f"{answer.post.title}, {answer.post.unit}, {WORDS[language]['as of']} {answer.as_of}"
    _tell(heading, style="bold")
    for notice in (*answer.notices, answer.model.statement):
        _tell(getattr(notice, language))


def _print_candidate(candidate: "Candidate", language: str) -> None:
    place = f"{candidate.position:>3}. " if candidate.position else ""
    words, evidence = WORDS[language], candidate.evidence
    outputs = words["outputs"].format(
        probability=candidate.readiness.probability,
        eligibility=words[candidate.eligibility.status],
        policy=words[candidate.policy_lane.status],
        missing=evidence.n_missing,
        features=evidence.n_features,
        newest=evidence.newest_career_fact_on or words["no date"],
    )
    _tell(f"{place}{candidate.person_id}  {outputs}")
    for reason in candidate.readiness.reasons:
        _tell(f"      {getattr(reason.sentence, language)}")


def _tell(line: str, style: str | None = None) -> None:
    """Print a line as it is: no wrapping for who reads it by program, no markup in a title."""
    stdout.print(line, style=style, markup=False, soft_wrap=True)
