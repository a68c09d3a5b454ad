"""Labels worked out slowly and in the obvious way, one appointment after the other.

The rule that must not break: nothing of the code that is tested is used here.
"""

from calendar import monthrange
from datetime import date, timedelta

from features.agencies.rules import LabelRule

Row = dict
#: Tables of rows: `appointment` (with `unit`, `step` and `post_class` of the post), `discipline`,
#: `unit_result` and `appraisal`.
Tables = dict[str, list[Row]]


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def labels_of(tables: Tables, rule: LabelRule, as_of: date) -> dict[str, tuple]:
    """Of each appointment: state, success or None, and the day on which it was settled or None."""
    begun = [_seen(row, as_of) for row in tables["appointment"] if _is_begun(row, as_of)]
    return {row["appointment_id"]: _label(row, begun, tables, rule, as_of) for row in begun}


def _is_begun(row: Row, as_of: date) -> bool:
    return max(row["start_on"], row["start_recorded_on"]) <= as_of


def _seen(row: Row, as_of: date) -> Row:
    is_told = row["end_on"] is not None and row["end_recorded_on"] <= as_of
    is_open = not is_told or row["end_on"] > as_of
    reason = row["end_reason"] if is_told else None
    return row | {"open": is_open, "until": as_of if is_open else row["end_on"], "why": reason}


def _label(row: Row, begun: list[Row], tables: Tables, rule: LabelRule, as_of: date) -> tuple:
    start, over = row["start_on"], months_after(row["start_on"], rule.months)
    own = [other for other in begun if other["person_id"] == row["person_id"]]
    spell = _spell(row, own, rule.gap_days)
    left = max(one["until"] for one in spell)
    stayed = left >= over

    promoted, early = [], []
    for other in own:
        is_higher = other["step"] > row["step"] and start < other["start_on"] < over
        if is_higher and (other["start_on"] - row["until"]).days <= rule.gap_days:
            is_late = other["start_on"] >= months_after(start, rule.promotion_after_months)
            (promoted if is_late else early).append(other["start_on"])
    went_well = stayed or bool(promoted)

    lost = [*early, *_ends(row, spell, left, rule.censored_by_reason, over)]
    failed = _ends(row, spell, left, rule.failed_by_reason, over)
    is_excused = bool(_ends(row, spell, left, rule.censored_by_reason, over))
    if not stayed and not is_excused and _is_demoted(row, own, left, rule.gap_days):
        failed.append(left)
    for sanction in tables["discipline"]:
        is_known = max(sanction["sanctioned_on"], sanction["sanctioned_recorded_on"]) <= as_of
        is_own = sanction["person_id"] == row["person_id"]
        if is_known and is_own and sanction["level"] in rule.failed_by_sanction:
            failed += [sanction["sanctioned_on"]] * (start <= sanction["sanctioned_on"] < over)
    of_unit = [r for r in tables["unit_result"] if r["unit_id"] == row["unit"]]
    if rule.unit_result_of is None or row["post_class"] in rule.unit_result_of:
        failed += _last_year(row, of_unit, rule.failed_by_unit_result, over, "resulted_on", as_of)
    ratings = [r for r in tables["appraisal"] if r["person_id"] == row["person_id"]]
    failed += _last_year(row, ratings, rule.failed_by_rating, over, "appraised_on", as_of)

    if over > as_of:
        return "immature", None, None
    leavers = [one for one in begun if one["post_class"] in rule.censored_by_end_of]
    if any(not one["open"] and start < one["until"] < over for one in leavers):
        return "censored", None, None
    if lost and not went_well and not (failed and min(failed) <= min(lost)):
        return "censored", None, min(lost)
    if went_well:
        return "matured", float(not failed), min(failed or promoted or [over])
    return "matured", 0.0, min([*failed, left])


def _spell(row: Row, own: list[Row], gap: int) -> list[Row]:
    """Everything that hangs together with the appointment, found by looking again and again."""
    alike = [r for r in own if (r["unit"], r["step"]) == (row["unit"], row["step"])]
    spell, found = [row], True
    while found:
        first, last = min(r["start_on"] for r in spell), max(r["until"] for r in spell)
        found = [
            r
            for r in alike
            if r not in spell
            and r["start_on"] <= last + timedelta(days=gap)
            and first <= r["until"] + timedelta(days=gap)
        ]
        spell += found
    return spell


def _ends(row: Row, spell: list[Row], left: date, reasons: tuple, over: date) -> list[date]:
    closing = [one for one in spell if one["until"] == left]
    ended = [one for one in (row, *closing) if one["why"] in reasons and not one["open"]]
    return [one["until"] for one in ended if one["until"] < over]


def _is_demoted(row: Row, own: list[Row], left: date, gap: int) -> bool:
    near = [
        one["step"]
        for one in own
        if one["kind"] == "definitive"
        and one["start_on"] > row["start_on"]
        and abs((one["start_on"] - left).days) <= gap
    ]
    return bool(near) and max(near) < row["step"]


def _last_year(
    row: Row, told: list[Row], failing: tuple, over: date, happened: str, as_of: date
) -> list[date]:
    closed: dict[date, list[str]] = {}
    for one in told:
        day = date(one["year"], 12, 31)
        is_inside = row["start_on"] <= day <= row["until"] and day < over
        if is_inside and max(one[happened], one["recorded_on"]) <= as_of:
            closed.setdefault(day, []).append(one["predicate"])
    if not closed or not set(closed[max(closed)]) & set(failing):
        return []
    return [max(closed)]
