"""The command `missing`: which absent document would move a box or an estimate most.

The rule that must not break: what nobody can hand in is told apart from what somebody can, and no
figure is told as a promise.
"""

from typing import Annotated, Any

import typer

from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from serving.commands import LanguageOption, LookBackOption

app = typer.Typer()

#: People who are listed if nobody says how many.
MOST_PEOPLE = 20
WORDS = {
    "en": {
        "now": "{person}: possible boxes now {boxes}; performance {performance}, "
        "potential {potential}",
        "nothing": "no document of this person is open",
        "not handed in": "open as well, and not by a document of this person:",
        "leads to": "      {boxes}: {n} outcomes",
        "estimate": "readiness for {post}: {probability:.2f}",
        "bounds": "  from {low:.2f} to {high:.2f} at an odds ratio of {odds_ratio:g}",
        "no paper": "no kind of paper is missing that the model uses",
        "people": "{people} people can be ranked, {one} in one box for certain",
        "worst": "whose box an absent document would change in most of its outcomes:",
        "box": "box {boxes}",
        "boxes": "one of the boxes {boxes}",
        "no boxes": "no policy pack with a nine-box is in force: nothing is told of boxes",
        "to": "to",
    },
    "id": {
        "now": "{person}: kotak yang kini mungkin {boxes}; kinerja {performance}, "
        "potensial {potential}",
        "nothing": "tidak ada berkas orang ini yang terbuka",
        "not handed in": "terbuka juga, dan bukan karena berkas orang ini:",
        "leads to": "      {boxes}: {n} hasil",
        "estimate": "kesiapan untuk {post}: {probability:.2f}",
        "bounds": "  dari {low:.2f} sampai {high:.2f} pada rasio peluang {odds_ratio:g}",
        "no paper": "tidak ada jenis berkas yang kurang di antara yang dipakai model",
        "people": "{people} orang dapat diperingkat, {one} pasti berada dalam satu kotak",
        "worst": "yang kotaknya berubah pada bagian terbesar hasil suatu berkas yang belum ada:",
        "box": "kotak {boxes}",
        "boxes": "salah satu dari kotak {boxes}",
        "no boxes": "tidak ada paket kebijakan dengan kotak yang berlaku: kotak tidak dibahas",
        "to": "sampai",
    },
}

SomebodyArgument = Annotated[str | None, typer.Argument(help="Id of a person.")]
ForPostArgument = Annotated[
    str | None, typer.Argument(help="Id or title of a post: tells of readiness for it as well.")
]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Everybody in a unit, by its id or name.")
]
WorstOption = Annotated[
    int | None,
    typer.Option("--worst", min=1, max=1000, help="Everybody, and so many people by id."),
]


@app.command(
    epilog="Examples: suksesi missing PERSON POST --as-of 2026-01-31, or for HR officers "
    "suksesi missing --worst 20 --as-of 2026-01-31"
)
def missing(
    context: typer.Context,
    as_of: AsOfOption,
    person: SomebodyArgument = None,
    post: ForPostArgument = None,
    unit: UnitOption = None,
    worst: WorstOption = None,
    retrospective: LookBackOption = False,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Tell which absent document would move a person's box most, and how far an estimate."""
    is_many = unit is not None or worst is not None
    if (person is None) != is_many:
        raise typer.BadParameter("give a person, or --unit or --worst, and not both")
    from serving.missing import (
        found_of,
        has_boxes,
        of_everybody,
        of_person,
        of_readiness,
        people_of_unit,
        person_in,
        room_of,
    )

    settings, on = settings_of(context), day_of(as_of)
    if person is None:
        room = room_of(settings.home, on)
        people = room.people if unit is None else people_of_unit(room, unit)
        answer = of_everybody(found_of(room, people), worst or MOST_PEOPLE)
        if as_json:
            print_json(answer)
        else:
            _print_everybody(answer, language)
        return
    answer: dict[str, Any] = {"person_id": person, "as_of": str(on), "pack": None}
    # Without a nine-box there is still an estimate to be told of, where a post is named.
    if post is None or has_boxes(settings.home, on):
        room = room_of(settings.home, on)
        answer = of_person(found_of(room, person_in(room, person)), person)
    if post is not None:
        from serving.champion import DeskInService

        desk = DeskInService(settings).desk()
        answer["readiness"] = of_readiness(
            desk, settings.home, person, post, on, retrospective=retrospective
        )
    if as_json:
        print_json(answer)
    else:
        _print_person(answer, language)


def _print_head(answer: dict[str, Any], language: str) -> None:
    _tell(f"{answer['pack']}, {answer['as_of']}", style="bold")
    if answer["notice"] is not None:
        _tell(answer["notice"][language])


def _print_person(answer: dict[str, Any], language: str) -> None:
    if answer["pack"] is None:
        _tell(WORDS[language]["no boxes"])
    else:
        _print_boxes(answer, language)
    if "readiness" in answer:
        _print_readiness(answer["readiness"], language)


def _print_boxes(answer: dict[str, Any], language: str) -> None:
    words = WORDS[language]
    _print_head(answer, language)
    axes = {axis: _range(answer[axis], words) for axis in ("performance", "potential")}
    _tell(words["now"].format(person=answer["person_id"], boxes=_listed(answer["boxes"]), **axes))
    for one in answer["missing_record"]:
        _tell(f"  {one['sentence'][language]}")
        for way in one["leads_to"] if one["n_changed"] else ():
            told = words["box" if len(way["boxes"]) == 1 else "boxes"]
            boxes = told.format(boxes=_listed(way["boxes"]))
            _tell(words["leads to"].format(boxes=boxes, n=way["n_outcomes"]))
    _tell(answer["outcomes"][language] if answer["missing_record"] else words["nothing"])
    if answer["not_handed_in"]:
        _tell(words["not handed in"])
        for one in answer["not_handed_in"]:
            _tell(f"  {one['sentence'][language]}")


def _print_readiness(readiness: dict[str, Any], language: str) -> None:
    words = WORDS[language]
    told = {"post": readiness["post_id"], "probability": readiness["probability"]}
    _tell(words["estimate"].format(**told))
    for one in readiness["bounds"] or ():
        _tell(words["bounds"].format(**one))
    if readiness["bounds_statement"] is not None:
        _tell(f"  {readiness['bounds_statement'][language]}")
    if not readiness["papers"]:
        _tell(f"  {words['no paper']}")
        return
    for one in readiness["papers"]:
        _tell(f"  {one['sentence'][language]}")
    _tell(readiness["notice"][language])


def _print_everybody(answer: dict[str, Any], language: str) -> None:
    words = WORDS[language]
    _print_head(answer, language)
    _tell(words["people"].format(people=answer["people"], one=answer["in_one_box"]))
    for one in answer["kinds"]:
        _tell(f"  {one['sentence'][language]}")
    _tell(answer["outcomes"][language])
    if answer["worst"]:
        _tell(words["worst"])
    for one in answer["worst"]:
        _tell(f"  {one['person_id']} ({_listed(one['boxes'])})  {one['sentence'][language]}")


def _range(ends: dict[str, float], words: dict[str, str]) -> str:
    low, high = f"{ends['low']:.2f}", f"{ends['high']:.2f}"
    return low if low == high else f"{low} {words['to']} {high}"


def _listed(boxes: list[int]) -> str:
    return ", ".join(map(str, boxes))


def _tell(line: str, style: str | None = None) -> None:
    stdout.print(line, style=style, markup=False, soft_wrap=True)
