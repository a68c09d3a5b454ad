"""The reference of policy packs on cases worked out by hand, and the soundness of drawn cases."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from features.packs.pack import Pack
from tests.lib.policy_pack_strategies import pack_of, words
from tests.lib.policy_strategies import Case, cases, record_of
from tests.lib.reference_policy import (
    MET,
    NEEDS_CHECKING,
    NOT_MET,
    answers,
    axes,
    match,
    places,
    post_score,
    status,
)
from tests.lib.reference_policy_record import anniversary, due_year, plus_months, read_day

CITED: dict[str, Any] = {"cite": "law"}
LEVELS = [
    {"below": 60, "level": 0},
    {"at_least": 60, "below": 80, "level": 1},
    {"at_least": 80, "level": 2},
]
NOTHING = {"kind": "not_on_record", "lowest": 0, "highest": 0}
PREDICATE: dict[str, Any] = {
    "kind": "predicate",
    "years": [100],
    "points": {
        "very_good": 100,
        "good": 80,
        "needs_improvement": 60,
        "poor": 40,
        "very_poor": 20,
    },
}


def drawn_pack(
    *rules: dict[str, Any],
    performance: list[tuple[Any, dict[str, Any]]] | None = None,
    potential: list[tuple[Any, dict[str, Any]]] | None = None,
    **sections: Any,
) -> Pack:
    """A pack of some rules, with axes of weights and measures."""
    return pack_of(
        {
            "pack": "drawn",
            "version": 1,
            "title": words("Drawn"),
            "status": "reconstruction_unverified",
            "effective": {"from": date(2000, 1, 1)},
            "citations": {"law": {"text": "Law", "grade": "recalled"}},
            "ladder": {
                "steps": [{"post_class": c, "title": words(c)} for c in ("staff", "head")],
                **CITED,
            },
            "competencies": {
                "entries": [
                    {"competency": c, "group": "core", "title": words(c)} for c in ("drive", "care")
                ],
                "required_levels": {"of_class": {"head": 4}, **CITED},
                **CITED,
            },
            "assessment": {
                "methods": ["assessment_centre"],
                "valid_for": {"years": 3, **CITED},
                "formula": {"kind": "ratio_of_sums", **CITED},
                "selection": categories(),
                "mapping": categories(),
            },
            "rules": [
                {
                    "id": rule["rule"],
                    "classes": ["staff", "head"],
                    "sentence": words("Asked"),
                    "settled_by": words("Decree"),
                    **CITED,
                    **rule,
                }
                for rule in rules
            ],
            "nine_box": {
                "performance": axis(
                    "i", ("below", "meets", "above"), performance or [(100, NOTHING)]
                ),
                "potential": axis("j", ("low", "medium", "high"), potential or [(100, NOTHING)]),
                "boxes": {
                    "below": {"low": 1, "medium": 3, "high": 6},
                    "meets": {"low": 2, "medium": 5, "high": 8},
                    "above": {"low": 4, "medium": 7, "high": 9},
                    **CITED,
                },
                "succession": {"agency": [7, 8, 9], "national": [9], **CITED},
                "talent": {"performance": 50, "potential": 50, **CITED},
            },
            "post_score": {"of": "talent", **CITED},
            **sections,
        }
    )


def categories() -> dict[str, Any]:
    return {
        "bands": [
            {"at_least": 80, "category": "fit", "title": words("Fit")},
            {"below": 80, "category": "unfit", "title": words("Unfit")},
        ],
        **CITED,
    }


def axis(
    prefix: str, levels: tuple[str, ...], measures: list[tuple[Any, dict[str, Any]]]
) -> dict[str, Any]:
    """An axis whose component and indicators have names of its own, as both axes must."""
    return {
        "title": words("Axis"),
        "bands": [{**band, "level": levels[band["level"]]} for band in LEVELS],
        "components": [
            {
                "component": f"{prefix}_all",
                "title": words("All"),
                "weight": 100,
                "indicators": [
                    {
                        "indicator": f"{prefix}_{measure['kind']}",
                        "title": words("One"),
                        "weight": weight,
                        "measure": measure,
                        **CITED,
                    }
                    for weight, measure in measures
                ],
                **CITED,
            }
        ],
        **CITED,
    }


def record(**tables: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Ann in two posts of two classes; days of the record are the days themselves."""
    return {
        "person": [{"person_id": "ann"}, {"person_id": "bob"}],
        "post_class": [{"post_class": "staff", "step": 1}, {"post_class": "head", "step": 2}],
        "unit": [{"unit_id": "u"}],
        "post": [
            {"post_id": "desk", "title": "Desk", "unit_id": "u", "post_class": "staff"},
            {"post_id": "seat", "title": "Seat", "unit_id": "u", "post_class": "head"},
        ],
        "post_field": [],
        "appointment": [],
        **tables,
    }


def appointment(start: date, end: date | None = None, **more: Any) -> dict[str, Any]:
    return {
        "appointment_id": f"{start}",
        "sequence": 0,
        "person_id": "ann",
        "post_id": "desk",
        "kind": "definitive",
        "start_on": start,
        "start_recorded_on": start,
        "end_on": end,
        "end_recorded_on": end,
        **more,
    }


def row(dated: str, on: date, **values: Any) -> dict[str, Any]:
    return {"person_id": "ann", dated: on, "recorded_on": on, **values}


def born(*values: str) -> list[dict[str, Any]]:
    return [
        {
            "person_id": "ann",
            "attribute": "birth_date",
            "value": value,
            "from_on": None,
            "recorded_on": None,
            "until_on": None,
            "until_recorded_on": None,
        }
        for value in values
    ]


def answer(tables: dict[str, list[dict]], on: date, **rule: Any) -> int:
    """The answer to one rule for Ann and the seat."""
    (code,) = answers(tables, drawn_pack(rule), "ann", "seat", on, "lateral").values()
    return code


def test_an_anniversary_of_29_february_is_1_march_where_there_is_none():
    assert anniversary(date(2020, 2, 29), 1) == date(2021, 3, 1)
    assert anniversary(date(2020, 2, 29), 4) == date(2024, 2, 29)
    assert plus_months(date(2023, 1, 31), 1) == date(2023, 3, 1)
    assert plus_months(date(2022, 12, 31), 2) == date(2023, 3, 1)
    assert plus_months(date(2022, 12, 15), 12) == date(2023, 12, 15)


def test_a_year_is_due_some_months_after_its_end():
    assert due_year(date(2024, 3, 30), 3) == 2022
    assert due_year(date(2024, 3, 31), 3) == 2023
    # 31 June does not exist.
    assert due_year(date(2024, 6, 30), 6) == 2022
    assert due_year(date(2024, 7, 1), 6) == 2023


def test_a_day_is_read_in_two_forms():
    assert read_day("1980-02-29") == read_day("29-02-1980") == date(1980, 2, 29)
    assert read_day("1981-02-29") is read_day("1980-2-1") is read_day("") is None


@pytest.mark.parametrize(
    ("start", "on", "expected"),
    [
        (date(2020, 2, 29), date(2022, 2, 28), NOT_MET),
        (date(2020, 2, 29), date(2022, 3, 1), MET),
        (date(2020, 5, 10), date(2022, 5, 9), NOT_MET),
        (date(2020, 5, 10), date(2022, 5, 10), MET),
    ],
)
@pytest.mark.parametrize("kind", ["held", "present"])
def test_two_years_are_full_on_their_anniversary(start, on, expected, kind):
    tables = record(appointment=[appointment(start)])
    assert answer(tables, on, rule=kind, of=["staff"], years=2) == expected


def test_two_closed_years_are_full_with_their_last_day():
    on = date(2023, 1, 1)
    full = record(appointment=[appointment(date(2020, 5, 10), date(2022, 5, 9))])
    short = record(appointment=[appointment(date(2020, 5, 10), date(2022, 5, 8))])
    assert answer(full, on, rule="held", of=["staff"], years=2) == MET
    assert answer(short, on, rule="held", of=["staff"], years=2) == NOT_MET
    assert answer(full, on, rule="present", of=["staff"]) == NOT_MET
    assert answer(record(), on, rule="held", of=["staff"], years=2) == NEEDS_CHECKING


def test_overlaps_count_once_and_a_gap_breaks_the_stretch():
    overlapping = record(
        appointment=[
            appointment(date(2020, 1, 1), date(2021, 6, 30)),
            appointment(date(2021, 1, 1)),
        ]
    )
    assert answer(overlapping, date(2021, 12, 31), rule="held", of=["staff"], years=2) == NOT_MET
    assert answer(overlapping, date(2022, 1, 1), rule="present", of=["staff"], years=2) == MET
    broken = record(
        appointment=[
            appointment(date(2020, 1, 1), date(2020, 12, 30)),
            appointment(date(2021, 1, 1)),
        ]
    )
    assert answer(broken, date(2022, 1, 1), rule="present", of=["staff"], years=2) == NOT_MET


def test_an_end_is_not_known_before_it_is_recorded():
    ended = date(2021, 3, 1)
    late = appointment(date(2020, 1, 1), ended, end_recorded_on=date(2021, 9, 1))
    tables = record(appointment=[late])
    assert answer(tables, date(2021, 8, 31), rule="present", of=["staff"]) == MET
    assert answer(tables, date(2021, 9, 1), rule="present", of=["staff"]) == NOT_MET


@pytest.mark.parametrize(
    ("field", "expected"), [("law", MET), ("money", NOT_MET), (None, NEEDS_CHECKING)]
)
def test_experience_in_a_post_without_fields_needs_checking(field, expected):
    fields = [{"post_id": "seat", "field": "law"}]
    if field:
        fields.append({"post_id": "desk", "field": field})
    tables = record(post_field=fields, appointment=[appointment(date(2020, 1, 1))])
    assert answer(tables, date(2022, 1, 1), rule="experience", years=2) == expected


@pytest.mark.parametrize(
    ("reading", "last_day"),
    [("birthday", date(2026, 5, 10)), ("completed_years", date(2027, 5, 9))],
)
def test_both_readings_of_56_have_a_last_day(reading, last_day):
    tables = record(protected_attribute=born("10-05-1970"))
    rule = {"rule": "age", "at_most": 56, "reading": reading}
    assert answer(tables, last_day, **rule) == MET
    assert answer(tables, date.fromordinal(last_day.toordinal() + 1), **rule) == NOT_MET


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 5, 10), MET),
        (date(2026, 5, 11), NEEDS_CHECKING),
        (date(2027, 5, 9), NEEDS_CHECKING),
        (date(2027, 5, 10), NOT_MET),
    ],
)
def test_between_both_readings_of_56_it_needs_checking(on, expected):
    tables = record(protected_attribute=born("1970-05-10"))
    assert answer(tables, on, rule="age", at_most=56, reading="undecided") == expected


@pytest.mark.parametrize(
    "values", [(), ("1970-05-10", "1971-05-10"), ("1970-05-10", "unknown"), ("1970-02-30",)]
)
def test_no_one_birth_date_needs_checking(values):
    tables = record(protected_attribute=born(*values))
    code = answer(tables, date(2020, 1, 1), rule="age", at_most=56, reading="birthday")
    assert code == NEEDS_CHECKING


def test_retirement_begins_with_the_month_after_that_of_the_birthday():
    tables = record(
        appointment=[appointment(date(2010, 1, 1))], protected_attribute=born("1968-02-29")
    )
    section = {"age_of_class": {"staff": 58}, **CITED}
    rule = {"rule": "retirement", "months": 12}

    def code(on: date) -> int:
        pack = drawn_pack(rule, retirement=section)
        return answers(tables, pack, "ann", "seat", on, "lateral")["retirement"]

    # Born in February: service ends on 28 February 2026, although that year has no 29th.
    assert code(date(2025, 2, 28)) == MET
    assert code(date(2025, 3, 1)) == NOT_MET
    exceptions = [{"title_contains": "DESK", "age": 60, **CITED}]
    pack = drawn_pack(rule, retirement={**section, "exceptions": exceptions})
    assert answers(tables, pack, "ann", "seat", date(2025, 4, 1), "lateral")["retirement"] == MET
    exceptions = [{"title_contains": "des", "age": 60, **CITED}]
    pack = drawn_pack(rule, retirement={**section, "exceptions": exceptions})
    assert (
        answers(tables, pack, "ann", "seat", date(2025, 4, 1), "lateral")["retirement"] == NOT_MET
    )


def test_ranks_of_one_day_contradict_and_some_steps_are_tolerated():
    day = date(2020, 4, 1)
    both = record(rank_history=[row("from_on", day, rank=r) for r in ("III/d", "IV/b")])
    low = record(rank_history=[row("from_on", day, rank="III/d")])
    assert answer(both, day, rule="rank", at_least="IV/a") == NEEDS_CHECKING
    assert answer(low, day, rule="rank", at_least="IV/a") == NOT_MET
    assert answer(low, day, rule="rank", at_least="IV/a", tolerated_below=1) == NEEDS_CHECKING


def appraised(**predicates: str) -> list[dict[str, Any]]:
    return [
        row("appraised_on", date(int(year[1:]) + 1, 1, 31), year=int(year[1:]), predicate=predicate)
        for year, predicate in predicates.items()
    ]


def test_predicates_of_the_last_years():
    rule = {"rule": "predicate", "at_least": "good", "years": 2}
    on = date(2024, 3, 31)
    good = record(appraisal=appraised(y2022="good", y2023="very_good"))
    assert answer(good, on, **rule) == MET
    missing = record(appraisal=appraised(y2022="good"))
    assert answer(missing, on, **rule) == NEEDS_CHECKING
    # The year 2023 is not due: 2021 and 2022 are asked for.
    assert answer(good, date(2024, 1, 30), **rule) == NEEDS_CHECKING
    poor = record(appraisal=appraised(y2023="poor"))
    assert answer(poor, on, **rule) == NOT_MET
    contradictory = record(
        appraisal=[*appraised(y2022="good", y2023="good"), *appraised(y2023="poor")]
    )
    assert answer(contradictory, on, **rule) == NEEDS_CHECKING


def assessed(on: date, **levels: float) -> list[dict[str, Any]]:
    return [
        row("assessed_on", on, competency=c, level=level, method="assessment_centre")
        for c, level in levels.items()
    ]


def test_an_assessment_expires_on_its_anniversary():
    tables = record(assessment=assessed(date(2020, 2, 29), drive=4, care=3))
    last_day, expired = date(2023, 2, 28), date(2023, 3, 1)
    assert answer(tables, last_day, rule="assessment_in_force") == MET
    assert answer(tables, expired, rule="assessment_in_force") == NEEDS_CHECKING
    assert match(tables, drawn_pack(), "ann", "seat", last_day) == (87.5, 87.5)
    assert match(tables, drawn_pack(), "ann", "seat", expired) is None
    # The class of the desk asks for nothing.
    assert match(tables, drawn_pack(), "ann", "desk", last_day) is None


def test_a_match_of_79_99_is_not_one_of_80():
    on = date(2021, 1, 1)
    rule = {"rule": "job_person_match", "at_least": "fit"}
    just = record(assessment=assessed(on, drive=3.2, care=3.2))
    short = record(assessment=assessed(on, drive=3.2, care=3.1992))
    half = record(assessment=assessed(on, drive=3.2))
    assert match(short, drawn_pack(), "ann", "seat", on) == (79.99, 79.99)
    assert match(half, drawn_pack(), "ann", "seat", on) == (40.0, 102.5)
    assert answer(just, on, **rule) == MET
    assert answer(short, on, **rule) == NOT_MET
    assert answer(half, on, **rule) == NEEDS_CHECKING


def test_ratios_are_rounded_as_by_hand():
    on = date(2021, 1, 1)
    tables = record(
        assessment=assessed(on, drive=2.5, care=4),
    )
    written = {"kind": "mean_of_ratios", "round_ratios_to": 2, **CITED}
    pack = drawn_pack(
        assessment={
            "methods": ["assessment_centre"],
            "valid_for": {"years": 3, **CITED},
            "formula": written,
            "selection": categories(),
            "mapping": categories(),
        }
    )
    # 2.5 / 4 is 0.625, rounded 0.63.
    assert match(tables, pack, "ann", "seat", on) == (81.5, 81.5)


def test_a_sanction_without_an_end_needs_checking():
    rule = {"rule": "no_sanction", "levels": ["medium"], "clear_for_years": 1}
    sanction = {
        "person_id": "ann",
        "level": "medium",
        "sanctioned_on": date(2020, 1, 1),
        "sanctioned_recorded_on": date(2020, 1, 1),
        "until_on": date(2020, 12, 31),
        "until_recorded_on": date(2020, 6, 1),
    }
    tables = record(discipline=[sanction])
    assert answer(tables, date(2020, 5, 31), **rule) == NEEDS_CHECKING
    assert answer(tables, date(2020, 6, 1), **rule) == NOT_MET
    assert answer(tables, date(2021, 12, 31), **rule) == NOT_MET
    assert answer(tables, date(2022, 1, 1), **rule) == MET
    assert answer(record(discipline=[]), date(2020, 1, 1), **rule) == MET
    assert answer(record(), date(2020, 1, 1), **rule) == NEEDS_CHECKING


def test_what_is_due_before_the_appointment_leaves_the_list_alone():
    tables, on = record(), date(2020, 1, 1)
    later = {"rule": "document", "due": "appointment"}
    assert status(tables, drawn_pack(later), "ann", "seat", on, "lateral") == MET
    assert status(tables, drawn_pack({"rule": "document"}), "ann", "seat", on, "lateral") == 1
    assert status(tables, drawn_pack(), "ann", "seat", on, "lateral") == NEEDS_CHECKING
    held = record(appointment=[appointment(on, person_id="ann")])
    failed = {"rule": "held", "of": ["head"], "years": 1, "due": "appointment"}
    assert status(held, drawn_pack(later, failed), "ann", "seat", on, "lateral") == NOT_MET


AWARD = {"kind": "award", "within_years": 5, "categories": {"medal": "national"}}
AWARD_POINTS = {"points": {"national": 85, "internal": 50}}
TEAM = {
    "kind": "assignment",
    "within_years": 5,
    "points": {
        "lead_inter_agency": 100,
        "lead_internal": 85,
        "member_inter_agency": 70,
        "member_internal": 50,
    },
}
FEEDBACK = {
    "kind": "feedback",
    "within_years": 1,
    "bands": [{"below": 75, "points": 50}, {"at_least": 75, "points": 85}],
}


def good_person() -> dict[str, list[dict[str, Any]]]:
    """Appraised as good, with feedback worth 85 points and nothing else on record."""
    given = date(2024, 1, 15)
    return record(
        appraisal=appraised(y2023="good"),
        feedback=[row("given_on", given, score=s) for s in (70, 80)],
        award=[],
        assignment=[],
    )


def performance_of(unrecorded: str) -> list[tuple[Any, dict[str, Any]]]:
    return [
        (60, PREDICATE),
        (15, {**AWARD, **AWARD_POINTS, "unrecorded": unrecorded}),
        (15, {**TEAM, "unrecorded": unrecorded}),
        (10, FEEDBACK),
    ]


def test_the_same_good_person_stands_in_three_boxes():
    on = date(2024, 6, 1)
    none = axes(good_person(), drawn_pack(performance=performance_of("none")), "ann", on)
    # 0.6 * 80 + 0.1 * 85
    assert none["performance"] == (56.5, 56.5)
    assert none["boxes"] == {1}

    alone = axes(good_person(), drawn_pack(performance=[(100, PREDICATE)]), "ann", on)
    assert alone["performance"] == (80.0, 80.0)
    assert alone["boxes"] == {4}

    fewer = {**PREDICATE, "points": {**PREDICATE["points"], "good": 70}}
    seventy = axes(good_person(), drawn_pack(performance=[(100, fewer)]), "ann", on)
    assert seventy["performance"] == (70.0, 70.0)
    assert seventy["boxes"] == {2}


def test_what_nobody_recorded_is_a_range_over_boxes():
    on = date(2024, 6, 1)
    pack = drawn_pack(performance=performance_of("unknown"))
    found = axes(good_person(), pack, "ann", on)
    assert found["indicators"]["i_award"] == (0.0, 85.0)
    assert found["indicators"]["i_assignment"] == (0.0, 100.0)
    # 56.5 + 0.15 * 85 + 0.15 * 100
    assert found["performance"] == (56.5, 84.25)
    assert found["boxes"] == {1, 2, 4}

    awarded = {**good_person(), "award": [row("awarded_on", date(2020, 1, 1), kind="medal")]}
    assert axes(awarded, pack, "ann", on)["indicators"]["i_award"] == (85.0, 85.0)
    unnamed = {**good_person(), "award": [row("awarded_on", date(2020, 1, 1), kind="cup")]}
    assert axes(unnamed, pack, "ann", on)["indicators"]["i_award"] == (50.0, 85.0)
    assert axes(unnamed, pack, "ann", date(2025, 1, 1))["indicators"]["i_award"] == (0.0, 85.0)

    kept = drawn_pack(performance=performance_of("none"))
    not_kept = {name: rows for name, rows in good_person().items() if name != "award"}
    assert axes(not_kept, kept, "ann", on)["indicators"]["i_award"] == (0.0, 85.0)


@pytest.mark.parametrize(
    ("points", "boxes"), [(59.99, {1}), (60, {2}), (79.99, {2}), (80, {4}), (80.001, {4})]
)
def test_a_threshold_belongs_to_the_level_above_it(points, boxes):
    certain = {"kind": "not_on_record", "lowest": points, "highest": points}
    found = axes(record(), drawn_pack(performance=[(100, certain)]), "ann", date(2024, 1, 1))
    assert found["boxes"] == boxes


def test_thirds_add_up_at_a_threshold():
    on = date(2024, 1, 1)
    certain = {"kind": "not_on_record", "lowest": 80, "highest": 80}
    thirds = [
        ("100/3", {**PREDICATE, "points": dict.fromkeys(PREDICATE["points"], 80)}),
        ("100/3", {"kind": "education", "points": dict.fromkeys(EDUCATION, 80)}),
        ("100/3", certain),
    ]
    found = axes(record(), drawn_pack(performance=thirds), "ann", on)
    assert found["performance"] == (80.0, 80.0)
    assert found["boxes"] == {4}


EDUCATION = ("primary_secondary", "diploma", "bachelor", "master", "doctorate")


def test_acting_counts_by_the_post_held_on_its_first_day():
    measure = {
        "kind": "acting",
        "points": {"caretaker": 100, "acting_higher": 80, "acting_same": 60, "acting_lower": 40},
    }
    pack = drawn_pack(performance=[(100, measure)])
    on = date(2022, 1, 1)

    def points(*appointments: dict[str, Any]) -> tuple[float, float]:
        return axes(record(appointment=list(appointments)), pack, "ann", on)["performance"]

    acts = appointment(date(2021, 1, 1), post_id="seat", kind="acting")
    assert points(appointment(date(2020, 1, 1)), acts) == (80.0, 100.0)
    assert points(appointment(date(2020, 1, 1), date(2021, 1, 1)), acts) == (80.0, 100.0)
    assert points(appointment(date(2020, 1, 1), date(2020, 12, 31)), acts) == (40.0, 100.0)
    assert points(appointment(date(2020, 1, 1), post_id="seat"), acts) == (60.0, 100.0)
    assert points() == (0.0, 100.0)
    pack = drawn_pack(performance=[(100, {**measure, "unrecorded": "none"})])
    assert points(appointment(date(2020, 1, 1), date(2020, 12, 31)), acts) == (40.0, 80.0)
    assert points() == (0.0, 0.0)


def test_a_technical_result_is_blended_into_the_score_for_a_post():
    measure = {"kind": "technical_match", "cap": 100}
    technical = {"measure": measure, "shares": {"head": 20}, **CITED}
    pack = drawn_pack(
        performance=[(100, PREDICATE)],
        post_score={"of": "talent", "technical": technical, **CITED},
    )
    on = date(2024, 6, 1)
    tables = record(
        appraisal=appraised(y2023="good"),
        assessment=assessed(date(2024, 1, 1), audit=2),
        post_requirement=[{"post_id": "seat", "competency": "audit", "level": 4}],
    )
    # Talent is (80 + 0) / 2; the technical match is 50.
    assert post_score(tables, pack, "ann", "desk", on) == (40.0, 40.0)
    assert post_score(tables, pack, "ann", "seat", on) == (42.0, 42.0)
    # Of Bob nothing is known: 0.8 * (10 .. 50) + 0.2 * (0 .. 100).
    assert post_score(tables, pack, "bob", "seat", on) == (8.0, 60.0)
    assert places(tables, pack, ["ann", "bob"], "seat", on) == {"ann": (1, 2), "bob": (1, 2)}
    assert places(tables, pack, ["ann"], "seat", on) == {"ann": (1, 1)}


@given(cases(most_days=2))
@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_drawn_case_is_answered(case: Case):
    record = record_of(case.tables)
    assert {name for name in record.names if record.holds(name)} == set(case.tables)
    for day in case.days:
        for person in case.people:
            found = axes(case.tables, case.pack, person, day)
            assert found["boxes"]
            assert all(low <= high for low, high in found["indicators"].values())
            for post in case.posts:
                codes = answers(case.tables, case.pack, person, post, day, case.route)
                worst = status(case.tables, case.pack, person, post, day, case.route)
                assert worst <= max([NEEDS_CHECKING, *codes.values()])
                low, high = post_score(case.tables, case.pack, person, post, day) or (0.0, 0.0)
                assert low <= high
