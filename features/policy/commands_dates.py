"""Commands about days: `dates` of one person for a post, and `risk` of posts that fall vacant.

The rule that must not break: people are ids, and no line holds a birth date or an age. A pack that
nobody has confirmed is told as such.
"""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table as Grid

from features.console import AsOfOption, JsonOption, day_of, print_json, settings_of, stdout
from features.errors import DateError, PersonNotFoundError, PostNotFoundError

if TYPE_CHECKING:
    import pandas as pd

    from features.packs.declaration import Pack
    from features.policy.windows import RuleWindow
    from features.settings import Settings
    from features.storage import Snapshot
    from features.tables.record import Record

dates_app = typer.Typer()

Language = Literal["id", "en"]
RouteName = Literal["succession_group", "lateral", "open_selection"]
PersonArgument = Annotated[str, typer.Argument(help="Id of the person.")]
PostArgument = Annotated[str, typer.Argument(help="Id of the post, or its title.")]
RouteOption = Annotated[
    RouteName | None,
    typer.Option(
        "--route",
        help="How the post is filled; if left out, that of its open vacancy, else of the pack.",
    ),
]
LanguageOption = Annotated[Language, typer.Option("--language", help="id or en.")]
ClassOption = Annotated[
    list[str] | None,
    typer.Option("--class", help="Class of posts; the strategic ones of the mapping if left out."),
]
WithinOption = Annotated[
    Literal["1", "3", "5", "10"] | None,
    typer.Option("--within", help="List the posts that fall vacant within so many years."),
]

#: Of what lies further ahead of the newest fact, nobody knows who holds which post.
MOST_DAYS_AHEAD = 3653
#: What stands around the days of an answer, in the language asked for.
WORDS = {
    "en": {
        "open": "open",
        "open if": "open if these are settled: {questions}",
        "opens": "opens on {day}, when {rule} is met",
        "opens if": "opens on {day}, when {rule} is met, if these are settled: {questions}",
        "blocked": "does not open by time alone, not met: {blocking}",
        "crossed": "does not open: {closing} closes it after {latest}, {rule} is met on {day} only",
        "over": "closed after {latest}: {closing}",
        "unsure": "surely open up to {closes}, by another reading up to {latest}: {closes_rule}",
        "unsure if": "surely open up to {closes}, by another reading up to {latest}: "
        "{closes_rule}; if these are settled: {questions}",
        "shut": "not open: see the rules below",
        "closes": "closes after {closes}: {closes_rule}",
        "latest": "at the latest, by another reading, after {latest}: {closing}",
        "states": "still to be settled, by no date: {rules}",
        "none": "no rule speaks of posts of this class on this route",
        "rule": "rule",
        "answer": "answer",
        "first": "first day",
        "last": "last day",
        "mover": "what would move it",
        "met": "met",
        "not met": "not met",
        "needs checking": "needs checking",
        "unverified": "UNVERIFIED",
    },
    "id": {
        "open": "terbuka",
        "open if": "terbuka jika ini selesai diperiksa: {questions}",
        "opens": "terbuka pada {day}, saat {rule} terpenuhi",
        "opens if": "terbuka pada {day}, saat {rule} terpenuhi, jika ini selesai diperiksa: "
        "{questions}",
        "blocked": "tidak terbuka oleh waktu saja, tidak memenuhi: {blocking}",
        "crossed": "tidak terbuka: {closing} menutupnya setelah {latest}, {rule} baru terpenuhi "
        "pada {day}",
        "over": "tertutup setelah {latest}: {closing}",
        "unsure": "pasti terbuka sampai {closes}, menurut cara baca lain sampai {latest}: "
        "{closes_rule}",
        "unsure if": "pasti terbuka sampai {closes}, menurut cara baca lain sampai {latest}: "
        "{closes_rule}; jika ini selesai diperiksa: {questions}",
        "shut": "tidak terbuka: lihat syarat di bawah",
        "closes": "tertutup setelah {closes}: {closes_rule}",
        "latest": "paling lambat, menurut cara baca lain, setelah {latest}: {closing}",
        "states": "masih harus diperiksa, tidak oleh waktu: {rules}",
        "none": "tidak ada syarat untuk jabatan jenjang ini pada jalur ini",
        "rule": "syarat",
        "answer": "jawaban",
        "first": "hari pertama",
        "last": "hari terakhir",
        "mover": "yang mengubahnya",
        "met": "memenuhi",
        "not met": "tidak memenuhi",
        "needs checking": "perlu diperiksa",
        "unverified": "BELUM DIVERIFIKASI",
    },
}


@dates_app.command(epilog="Example: suksesi dates PERSON POST --as-of 2026-07-01 --route lateral")
def dates(
    context: typer.Context,
    person: PersonArgument,
    post: PostArgument,
    as_of: AsOfOption,
    route: RouteOption = None,
    language: LanguageOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Tell from when to when a person can be appointed to a post, if only the date changes."""
    import pandas as pd

    from features.policy.eligibility import eligibility
    from features.policy.register import with_registers
    from features.policy.vacancies import route_of, vacancies_of
    from features.policy.windows import rule_windows, windows

    settings, on = settings_of(context), day_of(as_of)
    snapshot, pack = _asked(settings, on)
    record = with_registers(snapshot.record(), settings.home)
    _require_person(record, person)
    wanted = post_named(record, post, on)
    way = route or route_of(vacancies_of(record), wanted["post_id"], on, pack.default_route)
    pair = {"person_id": [person], "post_id": [wanted["post_id"]], "route": [way]}
    found = eligibility(record, pack, pd.DataFrame(pair).assign(as_of=pd.Timestamp(on)))
    window, rules = windows(found).iloc[0], rule_windows(found, 0)
    if as_json:
        told = {"person_id": person, "post": wanted, "as_of": str(on), "route": way}
        print_json({**told, **_about(pack), **_window_report(window), "rules": _report(rules)})
        return
    title = escape(wanted["title"])
    stdout.print(f"{escape(person)}, {title}, {on}, {way}, {pack.name}", soft_wrap=True)
    _tell_unverified(pack, language)
    for sentence in _sentences(window, bool(rules), language):
        stdout.print(sentence, soft_wrap=True, markup=False)
    if rules:
        stdout.print(_grid(rules, language))


def risk(
    context: typer.Context,
    as_of: AsOfOption,
    classes: ClassOption = None,
    within: WithinOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the posts that fall vacant by retirement, and list those of the next years."""
    from features.policy.incumbents import BUCKETS, incumbents, vacancy_risk

    settings, on = settings_of(context), day_of(as_of)
    snapshot, pack = _asked(settings, on, most_days_ahead=MOST_DAYS_AHEAD)
    wanted = tuple(classes or snapshot.mapping.vacancies.classes)
    _require_classes(snapshot, wanted)
    posts = incumbents(snapshot.record(), pack, on, wanted)
    table = vacancy_risk(posts, wanted)
    listed = posts[posts["within_years"].fillna(99) <= int(within)] if within else posts
    listed = listed.sort_values(["last_day_of_service", "post_id"])
    if as_json:
        counts = [{"post_class": name, **row} for name, row in table.to_dict("index").items()]
        report = {"as_of": str(on), **_about(pack), "classes": counts}
        print_json({**report, "posts": [_post_report(row) for row in listed.to_dict("records")]})
        return
    stdout.print(f"as of {on}, {pack.name}")
    _tell_unverified(pack, "en")
    grid = Grid("class", "posts", *map(_heading, BUCKETS))
    for name, row in table.iterrows():
        grid.add_row(escape(str(name)), *(str(count) for count in row))
    stdout.print(grid)
    if within:
        grid = Grid("last day of service", "post", "id of post", "held by")
        for row in listed.to_dict("records"):
            told = (row["title"], row["post_id"], row["person_id"])
            grid.add_row(_day(row["last_day_of_service"]), *(escape(str(one)) for one in told))
        stdout.print(grid)


def post_named(record: "Record", asked: str, on: date) -> dict[str, str]:
    """The post of an id, or the only one of a title: `post_id`, `title`, `post_class`.

    Of several posts with a title, the one whose unit is open on the day is meant, if only one is.

    Raises
    ------
    PostNotFoundError
        If there is none, or several have the title.
    """
    posts = record.table("post")
    by_id = posts.post_id == asked
    named = posts.filter(by_id | (posts.title.lower() == asked.strip().lower()))
    units = record.table("unit").select("unit_id", "name_of_unit", "opened_on", "closed_on")
    rows = named.join(units, "unit_id").order_by("post_id").to_pyarrow()
    found = rows.to_pylist()
    chosen = [one for one in found if one["post_id"] == asked] or found
    if not chosen:
        raise PostNotFoundError(
            "no post has that id or title",
            where="post",
            expected="the id of a post, or a title as the record has it",
            remedy="see the table post of the snapshot",
        )
    if len(chosen) > 1:
        chosen = [one for one in chosen if _is_open(one, on)] or chosen
    if len(chosen) > 1:
        ids = "; ".join(f"{one['post_id']} ({_unit_in_words(one)})" for one in chosen)
        raise PostNotFoundError(
            "several posts have that title", where="post", expected=f"one of the ids {ids}"
        )
    return {name: chosen[0][name] for name in ("post_id", "title", "post_class")}


def _is_open(post: dict[str, Any], on: date) -> bool:
    """Whether the unit of a post exists on a day."""
    opened, closed = post["opened_on"], post["closed_on"]
    return (opened is None or opened <= on) and (closed is None or closed >= on)


def _unit_in_words(post: dict[str, Any]) -> str:
    """The unit with its days: a name may be used again by another unit."""
    ends = (("from", post["opened_on"]), ("to", post["closed_on"]))
    return " ".join([post["name_of_unit"], *(f"{word} {day}" for word, day in ends if day)])


def _heading(bucket: str) -> str:
    """What a column of posts by years is called."""
    if not bucket.startswith("within_"):
        return bucket
    years = bucket.removeprefix("within_")
    return f"within {years} year{'' if years == '1' else 's'}"


def _asked(
    settings: "Settings", on: date, *, most_days_ahead: int | None = None
) -> "tuple[Snapshot, Pack]":
    """The snapshot in force, and the pack that holds for its agency on a day."""
    from features.evidence import recorded_between, require_recorded
    from features.packs.library import Library
    from features.policy.binding import require_pack
    from features.storage import current_snapshot

    snapshot = current_snapshot(settings.home)
    newest = require_recorded(recorded_between(snapshot.record()), on)
    if most_days_ahead is not None and (on - newest).days > most_days_ahead:
        raise DateError(
            f"the newest fact on record is of {newest}",
            where=f"as of {on}",
            expected="a date at most ten years later",
            remedy="ask for an earlier date, or ingest newer exports",
        )
    return snapshot, require_pack(snapshot.mapping, Library(settings.home), on)


def _require_person(record: "Record", person: str) -> None:
    people = record.table("person")
    if not people.filter(people.person_id == person).count().execute():
        raise PersonNotFoundError(
            "the person is not in the record",
            where="person",
            expected="the id of a person, as the exports of the agency have it",
        )


def _require_classes(snapshot: "Snapshot", wanted: tuple[str, ...]) -> None:
    known = list(snapshot.mapping.steps)
    absent = [name for name in wanted if name not in known]
    if absent:
        raise typer.BadParameter(
            f"no class {absent[0]!r}; there are: {', '.join(known)}", param_hint="--class"
        )


def _about(pack: "Pack") -> dict[str, Any]:
    from features.policy.wording_packs import UNVERIFIED

    is_confirmed = pack.status == "confirmed"
    return {"pack": pack.name, "unverified": None if is_confirmed else UNVERIFIED.model_dump()}


def _tell_unverified(pack: "Pack", language: Language) -> None:
    sentence = _about(pack)["unverified"]
    if sentence:
        mark = WORDS[language]["unverified"]
        told = f"{mark}: {sentence[language]}"
        stdout.print(told, style="bold", soft_wrap=True, markup=False)


def _day(day: Any) -> str:
    """A day as it is shown; a dash for none."""
    return "-" if day != day or day is None else str(day)[:10]


def _or_null(day: Any) -> str | None:
    return None if day != day or day is None else str(day)[:10]


def _window_report(window: "pd.Series") -> dict[str, Any]:
    days = ("first_on", "closes_on", "closes_at_latest_on")
    return {
        **{name: _or_null(window[name]) for name in days},
        "first_rule": window["first_rule"],
        "closes_rule": window["closes_rule"],
        "closes_at_latest_rule": window["closes_at_latest_rule"],
        "is_open": bool(window["is_open"]),
        "never": bool(window["never"]),
        "state_rules": list(window["state_rules"]),
        "blocking_rules": list(window["blocking_rules"]),
        "open_questions": list(window["open_questions"]),
    }


def _report(rules: "list[RuleWindow]") -> list[dict[str, Any]]:
    days = ("first_on", "last_on", "at_earliest_on", "at_latest_on")
    return [
        {
            "rule": one.rule.id,
            "sentence": one.rule.sentence.model_dump(),
            "status": one.status,
            "due": one.rule.due,
            **{name: _or_null(getattr(one, name)) for name in days},
            "moved_by": one.moved_by.model_dump() if one.moved_by else None,
        }
        for one in rules
    ]


def _post_report(row: dict[str, Any]) -> dict[str, Any]:
    is_within = row["bucket"].startswith("within")
    return {
        **{name: row[name] for name in ("post_id", "title", "post_class", "person_id")},
        "last_day_of_service": _or_null(row["last_day_of_service"]),
        "within_years": int(row["within_years"]) if is_within else None,
        "bucket": row["bucket"],
    }


def _sentences(window: "pd.Series", is_asked: bool, language: Language) -> list[str]:
    """What a window says, in order: whether it is open, when it opens and closes, what is left."""
    words = WORDS[language]
    if not is_asked:
        return [words["none"]]
    parts = {
        "day": _day(window["first_on"]),
        "rule": window["first_rule"],
        "closes": _day(window["closes_on"]),
        "closes_rule": window["closes_rule"],
        "latest": _day(window["closes_at_latest_on"]),
        "closing": window["closes_at_latest_rule"],
        "blocking": ", ".join(window["blocking_rules"]),
        "questions": ", ".join(_questions(window)),
    }
    headline = _headline(window)
    told = [words[headline]]
    if headline not in ("crossed", "over", "unsure", "unsure if") and window["closes_rule"]:
        told.append(words["closes"])
        if window["closes_at_latest_on"] > window["closes_on"]:
            told[-1] += f"; {words['latest']}"
    named = {*window["blocking_rules"], *window["open_questions"]}
    left = [name for name in window["state_rules"] if name not in named]
    if headline in ("blocked", "crossed", "over"):
        left += _questions(window)
    if left:
        told.append(words["states"].format(rules=", ".join(left)))
    return [sentence.format(**parts) for sentence in told]


def _headline(window: "pd.Series") -> str:
    """The name of the sentence that says whether and when a window opens."""
    is_ahead = window["first_on"] > window["as_of"]
    condition = " if" if _questions(window) else ""
    if window["blocking_rules"]:
        return "blocked"
    if window["never"]:
        return "crossed" if is_ahead else "over"
    if is_ahead:
        return f"opens{condition}"
    if window["closes_on"] < window["as_of"]:
        return f"unsure{condition}"
    return f"open{condition}" if window["is_open"] or condition else "shut"


def _questions(window: "pd.Series") -> list[str]:
    """What has to be settled for the list, beside an age that is read in two ways."""
    is_over = window["closes_on"] < window["as_of"]
    by_reading = window["closes_rule"] if is_over else None
    return [name for name in window["open_questions"] if name != by_reading]


def _grid(rules: "list[RuleWindow]", language: Language) -> Grid:
    words = WORDS[language]
    grid = Grid(*(words[name] for name in ("rule", "answer", "first", "last", "mover")))
    for one in rules:
        moved_by = getattr(one.moved_by, language) if one.moved_by else ""
        days = (_day(one.first_on or one.at_earliest_on), _day(one.last_on))
        grid.add_row(escape(one.rule.id), words[one.status], *days, escape(moved_by))
    return grid
