"""The command `similar`: careers like somebody's, or like those that led to a post.

The rule that must not break: every answer says that it is no recommendation.
"""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column
from rich.table import Table as Grid

from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from serving.commands import LanguageOption, TopOption

if TYPE_CHECKING:
    from serving.similar import Place, SimilarToPerson, SimilarToPost

app = typer.Typer()

SomebodyArgument = Annotated[str | None, typer.Argument(help="Id of a person.")]
TowardsOption = Annotated[
    str | None, typer.Option("--post", help="Id or title of a post, in place of a person.")
]

WORDS = {
    "en": {
        "person": "person",
        "similarity": "similarity",
        "stood": "stood in",
        "went": "went to",
        "stands": "last went to",
        "nothing further": "nothing further on record",
        "to state": "to the post",
        "to holders": "to its holders",
        "unknown": "unknown",
        "compared": "{n_compared} careers compared in {n_dimensions} dimensions; "
        "{n_states} states on record before {as_of}",
    },
    "id": {
        "person": "orang",
        "similarity": "kemiripan",
        "stood": "ketika di",
        "went": "lalu ke",
        "stands": "terakhir ke",
        "nothing further": "tidak ada catatan selanjutnya",
        "to state": "ke jabatan",
        "to holders": "ke pemangkunya",
        "unknown": "tidak diketahui",
        "compared": "{n_compared} karier dibandingkan dalam {n_dimensions} dimensi; "
        "{n_states} keadaan tercatat sebelum {as_of}",
    },
}


@app.command(epilog="Example: suksesi similar PERSON --as-of 2019-07-01")
def similar(
    context: typer.Context,
    as_of: AsOfOption,
    person: SomebodyArgument = None,
    post: TowardsOption = None,
    top: TopOption = 10,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Show careers like somebody's and where they led. Similarity is no recommendation."""
    if (person is None) == (post is None):
        raise typer.BadParameter("give a person, or a post with --post, and not both")
    from features.storage import current_snapshot
    from serving.similar import CareerDesk

    desk = CareerDesk(current_snapshot(settings_of(context).home), day_of(as_of))
    answer: SimilarToPerson | SimilarToPost
    if person is not None:
        answer = desk.like_person(person, top)
        grid = _careers(answer, language)
    else:
        answer = desk.like_post(str(post), top)
        grid = _towards(answer, language)
    if as_json:
        print_json(answer.model_dump_json(indent=2))
        return
    _tell(getattr(answer.statement, language))
    _tell(WORDS[language]["compared"].format(**answer.model_dump()))
    stdout.print(grid)


def _tell(sentence: str) -> None:
    stdout.print(sentence, soft_wrap=True, markup=False)


def _careers(answer: "SimilarToPerson", language: str) -> Grid:
    words = WORDS[language]
    grid = _grid(words["person"], words["similarity"], words["stood"], words["went"])
    for career in answer.careers:
        stood, went = (
            _in_words(place, language) if place else words["nothing further"]
            for place in (career.place, career.went_to)
        )
        grid.add_row(career.person_id, f"{career.similarity:.3f}", stood, went)
    return grid


def _towards(answer: "SimilarToPost", language: str) -> Grid:
    words = WORDS[language]
    compared = ("similarity", "to state", "to holders", "stands")
    grid = _grid(words["person"], *(words[name] for name in compared))
    for career in answer.careers:
        cosines = (career.similarity, career.to_state, career.to_holders)
        told = [words["unknown"] if one is None else f"{one:.3f}" for one in cosines]
        grid.add_row(career.person_id, *told, _in_words(career.place, language))
    return grid


def _grid(person: str, *columns: str) -> Grid:
    # An id that is cut short finds nobody.
    return Grid(Column(person, no_wrap=True, overflow="fold"), *columns)


def _in_words(place: "Place", language: str) -> str:
    return f"{place.unit}, {getattr(place.title, language)} ({place.since})"
