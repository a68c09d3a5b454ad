"""All features once more, slow and obvious: loops over plain rows, one person and post at a time.

The rule that must not break: nothing of `features` is used to compute anything, so that agreement
with the frame means something. Units and names are those of `features.catalogue`.
"""

from dataclasses import dataclass
from datetime import date
from math import log

from features.tables.record import Record

YEAR = 365.25
PAUSE = 30

Rows = dict[str, list[dict]]
Values = dict[str, float | None]


@dataclass(frozen=True)
class Held:
    """What is known of an appointment (or a membership) on a day."""

    person: str
    post: str
    kind: str
    start: date
    until: date
    lasts: bool
    step: int = 0
    line: str = ""
    reason: str | None = None
    remote: str | None = None

    @property
    def days(self) -> int:
        return (self.until - self.start).days


def plain(record: Record) -> Rows:
    """The open tables of a record as lists of rows."""
    names = ("unit", "unit_link", "post", "post_class", "post_field", "appointment", "membership")
    return {name: record.table(name).to_pyarrow().to_pylist() for name in names}


def features_of(rows: Rows, person: str, post: str, on: date) -> Values:
    """Every feature of one person for one post as of a day; None is a missing value."""
    everybody = held_on(rows, on)
    career = [h for h in everybody if h.person == person]
    sat = [h for h in sitting_on(rows, on) if h.person == person]
    return {
        **_counts(rows, career),
        **_tenures(career, on),
        **_present(everybody, person, on),
        **_moves(career, on),
        **_memberships(sat, career),
        **_match(rows, career, post, on),
        **_seat(rows, everybody, post, on),
    }


def held_on(rows: Rows, on: date) -> list[Held]:
    """Appointments that had begun and were recorded, with their ends as far as these were."""
    steps = {r["post_class"]: r["step"] for r in rows["post_class"]}
    posts = {r["post_id"]: r for r in rows["post"]}
    lines = lines_on(rows, on)
    remote = {r["unit_id"]: r["remote"] for r in rows["unit"]}
    return [
        Held(
            r["person_id"],
            r["post_id"],
            r["kind"],
            *_span(r, on),
            step=steps[posts[r["post_id"]]["post_class"]],
            line=lines[posts[r["post_id"]]["unit_id"]],
            reason=r["end_reason"] if _end_is_known(r, on) else None,
            remote=remote[posts[r["post_id"]]["unit_id"]],
        )
        for r in rows["appointment"]
        if r["start_recorded_on"] <= on and r["start_on"] <= on
    ]


def sitting_on(rows: Rows, on: date) -> list[Held]:
    """Memberships, likewise."""
    return [
        Held(r["person_id"], r["body"], "", *_span(r, on))
        for r in rows["membership"]
        if r["start_recorded_on"] <= on and r["start_on"] <= on
    ]


def lines_on(rows: Rows, on: date) -> dict[str, str]:
    """A name for the organisation of each unit: that of its smallest unit."""
    groups = [{r["unit_id"]} for r in rows["unit"]]
    for r in rows["unit_link"]:
        known = r["recorded_on"] <= on and r["linked_on"] <= on
        if known and r["kind"] in ("rename", "merger"):
            joined = [g for g in groups if g & {r["predecessor_id"], r["successor_id"]}]
            groups = [g for g in groups if g not in joined] + [set().union(*joined)]
    return {unit: min(group) for group in groups for unit in group}


def stretches(held: list[Held], pause: int = PAUSE) -> list[list[Held]]:
    """Rows that overlap, or follow each other after a pause of at most 30 days, together."""
    found: list[list[Held]] = []
    for row in sorted(held, key=lambda h: (h.start, h.until)):
        if found and (row.start - max(h.until for h in found[-1])).days <= pause:
            found[-1].append(row)
        else:
            found.append([row])
    return found


def years_covered(held: list[Held], pause: int = PAUSE) -> float:
    """Years of all stretches together."""
    ends = [(s[0].start, max(h.until for h in s)) for s in stretches(held, pause)]
    return sum((until - start).days for start, until in ends) / YEAR


def _end_is_known(row: dict, on: date) -> bool:
    return row["end_recorded_on"] is not None and row["end_recorded_on"] <= on


def _span(row: dict, on: date) -> tuple[date, date, bool]:
    end = row["end_on"] if _end_is_known(row, on) else None
    if end is None or end > on:
        return row["start_on"], on, True
    return row["start_on"], end, False


def _counts(rows: Rows, career: list[Held]) -> Values:
    posts = {h.post for h in career}
    return {
        "n_appointments": len(career),
        "n_acting": len([h for h in career if h.kind != "definitive"]),
        "n_caretaker": len([h for h in career if h.kind == "caretaker"]),
        **_postings(rows, career),
        "n_organisations": len({h.line for h in career}),
        "n_fields": len({r["field"] for r in rows["post_field"] if r["post_id"] in posts}),
    }


def _postings(rows: Rows, career: list[Held]) -> Values:
    acting = [h for h in career if h.kind != "definitive"]
    told = [h for h in career if h.remote is not None]
    away = [h for h in told if h.remote == "yes"]
    days = {}
    for field in {r["field"] for h in career for r in rows["post_field"] if r["post_id"] == h.post}:
        worked = [h for h in career if field in _fields(rows, h.post)]
        days[field] = years_covered(worked)
    whole = sum(days.values())
    shares = [d / whole for d in days.values() if d > 0]
    return {
        "years_acting": years_covered(acting, pause=0),
        "n_remote_posts": len(away) if told else None,
        "years_remote": sum(h.days for h in away) / YEAR if told else None,
        "field_entropy": sum(-p * log(p) for p in shares) if days else None,
    }


def _tenures(career: list[Held], on: date) -> Values:
    own = _own(career)
    ended = [h.days for h in own if not h.lasts]
    return {
        "highest_step": max((h.step for h in own), default=None),
        "mean_tenure_years": sum(ended) / len(ended) / YEAR if ended else None,
        "share_short_posts": len([d for d in ended if d < 365]) / len(ended) if ended else None,
        "years_since_first_post": max(((on - h.start).days / YEAR for h in career), default=None),
        "years_since_last_post": min(((on - h.until).days / YEAR for h in career), default=None),
        "years_in_service": years_covered(career),
    }


def _own(held: list[Held]) -> list[Held]:
    return [h for h in held if h.kind == "definitive"]


def _standing(held: list[Held]) -> list[Held]:
    """What tells where somebody stands now: posts of their own, or else whatever they hold."""
    now = [h for h in held if h.lasts]
    return _own(now) or now


def _present(everybody: list[Held], person: str, on: date) -> Values:
    careers: dict[str, list[Held]] = {}
    for h in everybody:
        careers.setdefault(h.person, []).append(h)
    steps = {p: max(h.step for h in _standing(c)) for p, c in careers.items() if _standing(c)}
    if person not in steps:
        names = ("current_step", "years_in_post", "years_in_class", "pace_percentile")
        return {"is_in_post": 0, **dict.fromkeys(names)}
    step = steps[person]
    pace = {peer: _days_in_class(careers[peer], step, on) for peer in steps if steps[peer] == step}
    quicker = len([peer for peer in pace if pace[peer] < pace[person]])
    latest = max(h.start for h in _standing(careers[person]) if h.step == step)
    return {
        "is_in_post": 1,
        "current_step": step,
        "years_in_post": (on - latest).days / YEAR,
        "years_in_class": pace[person] / YEAR,
        "pace_percentile": quicker / (len(pace) - 1) if len(pace) > 1 else None,
    }


def _days_in_class(career: list[Held], step: int, on: date) -> int:
    counts = _own(career) if _own([h for h in career if h.lasts]) else career
    in_class = stretches([h for h in counts if h.step == step])
    (now,) = [s for s in in_class if any(h.lasts for h in s)]
    return (on - now[0].start).days


def _moves(career: list[Held], on: date) -> Values:
    career = _own(career)
    days = sorted({h.start for h in career})
    steps = [max(h.step for h in career if h.start == day) for day in days]
    turns = list(zip(steps, steps[1:], strict=False))
    reformed = [any(h.reason == "reorganised" for h in career if h.start == d) for d in days]
    real = [not was for was, _turn in zip(reformed, turns, strict=False)]
    equalised = len(turns) - sum(real)
    rises = [
        day
        for day, is_real, (before, after) in zip(days[1:], real, turns, strict=True)
        if is_real and after > before
    ]
    turns = [turn for turn, is_real in zip(turns, real, strict=True) if is_real]
    level = len([1 for before, after in turns if before == after])
    span = (on - days[0]).days / YEAR if days else 0
    climbed = max(h.step for h in career) - steps[0] if career else 0
    return {
        "n_moves": len(turns),
        "n_promotions": len(rises),
        "n_demotions": len([1 for before, after in turns if after < before]),
        "n_equalisations": equalised,
        "lateral_share": level / len(turns) if turns else None,
        "steps_per_year": climbed / span if span >= 1 else None,
    }


def _memberships(sat: list[Held], career: list[Held]) -> Values:
    first = min((h.start for h in career), default=date.max)
    before = [
        Held(h.person, h.post, h.kind, h.start, min(h.until, first), h.lasts)
        for h in sat
        if h.start < first
    ]
    return {
        "years_as_member": years_covered(sat) if sat else None,
        "years_member_before_office": years_covered(before) if before else None,
    }


def _match(rows: Rows, career: list[Held], post: str, on: date) -> Values:
    line, step = _line_and_step(rows, post, on)
    there = [h for h in career if h.line == line]
    wanted = _fields(rows, post)
    worked = [h for h in career if _fields(rows, h.post) & wanted]
    shared = {field for h in career for field in _fields(rows, h.post)} & wanted
    return {
        "is_same_organisation": int(any(h.lasts for h in there)),
        "years_in_organisation": years_covered(there),
        "years_at_or_above_step": years_covered([h for h in career if h.step >= step]),
        "share_fields_held": len(shared) / len(wanted) if wanted else None,
        "years_in_fields": years_covered(worked) if wanted else None,
        "has_held_post": int(any(h.post == post for h in career)),
        "step_rise": step - max(h.step for h in _own(career)) if _own(career) else None,
        "post_step": step,
    }


def _seat(rows: Rows, everybody: list[Held], post: str, on: date) -> Values:
    holders = [h for h in _own(everybody) if (h.line, h.step) == _line_and_step(rows, post, on)]
    ended = [h.days for h in holders if not h.lasts]
    return {
        "n_incumbents": len({h.person for h in holders}),
        "post_mean_tenure_years": sum(ended) / len(ended) / YEAR if ended else None,
    }


def _line_and_step(rows: Rows, post: str, on: date) -> tuple[str, int]:
    (row,) = [r for r in rows["post"] if r["post_id"] == post]
    (step,) = [r["step"] for r in rows["post_class"] if r["post_class"] == row["post_class"]]
    return lines_on(rows, on)[row["unit_id"]], step


def _fields(rows: Rows, post: str) -> set[str]:
    return {r["field"] for r in rows["post_field"] if r["post_id"] == post}
