"""The command `bench`: who will be eligible for a post within five years, and from which day.

The rule that must not break: a day is told as no promise, and chances stand beside it.
"""

from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table as Grid

from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from serving.commands import LanguageOption, PostArgument, RouteOption

if TYPE_CHECKING:
    from serving.schemas import BenchOfPost, OnBench

app = typer.Typer()

WORDS = {
    "en": {
        "as of": "as of",
        "event": "by which somebody becomes ready here: {title}",
        "pool": "{n} people can be ranked: {near} in 1-2 years, {far} in 3-5 years; others: {rest}",
        "eligible_now": "eligible now",
        "beyond": "beyond five years",
        "not_by_time": "not by time alone",
        "retires_before": "retires before",
        "no_rule": "no rule speaks of them",
        "columns": ("person", "years ahead", "first day", "waits for", "serves until", "to settle"),
        "chances": ("ready in 1-2", "3-5", "beyond"),
        "shares": "expected of the pool, by the event: {shares}",
        "unknown": "not known",
        "now": "ready now",
    },
    "id": {
        "as of": "per",
        "event": "yang membuat seseorang siap di sini: {title}",
        "pool": "{n} orang dapat diperingkat: {near} dalam 1-2 tahun, {far} dalam 3-5 tahun; "
        "lainnya: {rest}",
        "eligible_now": "memenuhi syarat sekarang",
        "beyond": "lebih dari lima tahun",
        "not_by_time": "tidak oleh waktu saja",
        "retires_before": "pensiun sebelumnya",
        "no_rule": "tidak ada syarat tentang mereka",
        "columns": (
            *("orang", "tahun ke depan", "hari pertama", "menunggu", "berdinas sampai"),
            "harus diperiksa",
        ),
        "chances": ("siap dalam 1-2", "3-5", "lebih lama"),
        "shares": "perkiraan di antara mereka, menurut peristiwa itu: {shares}",
        "unknown": "tidak diketahui",
        "now": "siap sekarang",
    },
}


@app.command(epilog="Example: suksesi bench POST --as-of 2026-07-01")
def bench(
    context: typer.Context,
    post: PostArgument,
    as_of: AsOfOption,
    route: RouteOption = None,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Tell who cannot be appointed to a post yet, and can from a day within five years."""
    from serving.champion import DeskInService

    desk = DeskInService(settings_of(context)).desk()
    answer = desk.bench(post, day_of(as_of), route=route)
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _print_head(answer, language)
    if answer.people:
        stdout.print(_grid(answer, language))


def _print_head(answer: "BenchOfPost", language: str) -> None:
    words = WORDS[language]
    _tell(f"{answer.post.title}, {answer.post.unit}, {words['as of']} {answer.as_of}", "bold")
    told = f"{answer.policy.pack} ({answer.route})"
    _tell(f"{told}. {getattr(answer.policy.statement, language)}")
    event = answer.ready_event
    _tell(str(words["event"]).format(title=getattr(event.title, language)))
    for notice in (*([event.notice] if event.notice else []), *answer.notices):
        _tell(getattr(notice, language))
    rest = [f"{n} {words[reason]}" for reason, n in answer.n_others.items() if n]
    counts = {"n": answer.n_pool, "rest": ", ".join(rest) or "-"}
    counts |= {"near": answer.n_by_band["1-2"], "far": answer.n_by_band["3-5"]}
    _tell(str(words["pool"]).format(**counts))
    if answer.no_horizon is not None:
        _tell(getattr(answer.no_horizon, language))
    if answer.horizon is not None:
        named = [(str(words.get(name, name)), n) for name, n in answer.horizon.shares.items() if n]
        told = ", ".join(f"{name} {share:.1%}" for name, share in named)
        _tell(str(words["shares"]).format(shares=told))
        _tell(getattr(answer.horizon.statement, language))


def _grid(answer: "BenchOfPost", language: str) -> Grid:
    words, has_chances = WORDS[language], answer.horizon is not None
    grid = Grid(*words["columns"], *(words["chances"] if has_chances else ()))
    for one in answer.people:
        days = (str(one.first_on), one.waits_for or "", str(one.last_day_of_service or "?"))
        told = (one.person_id, one.band, *days, ", ".join(one.to_settle))
        chances = _chances(one) if has_chances else ()
        grid.add_row(*(escape(cell) for cell in (*told, *chances)))
    return grid


def _chances(one: "OnBench") -> tuple[str, ...]:
    """The chances of the bands ahead; a question mark each where they are not known."""
    if one.chances is None:
        return ("?",) * 3
    return tuple(f"{one.chances.bands[name]:.0%}" for name in ("1-2", "3-5", "beyond"))


def _tell(line: str, style: str | None = None) -> None:
    stdout.print(line, style=style, markup=False, soft_wrap=True)
