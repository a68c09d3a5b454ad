"""When eligibility opens and closes, by days worked out by hand."""

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from features.packs.pack import Pack, parse_pack
from features.policy.eligibility import eligibility
from features.policy.windows import rule_windows, windows
from features.tables.record import Record
from features.tables.schema import Table
from tests.lib.careers import LADDER, rows
from tests.lib.policy_strategies import SNAPSHOT_TABLES, record_of
from tests.lib.small_pack import PACK

POSTS = """
    post_id | title        | unit_id | post_class
    clerk   | Clerk        | u       | staff
    head    | Head         | u       | head
    head2   | Second head  | u       | head
    doctor  | Chief doctor | u       | head
    chief   | Chief        | u       | chief
"""
RECORDED = {
    "start_recorded_on": "start_on",
    "end_recorded_on": "start_on",
    "until_recorded_on": "from_on",
    "from_recorded_on": "from_on",
    "sanctioned_recorded_on": "sanctioned_on",
    "recorded_on": "assessed_on",
}


def drawn(table: type[Table], text: str) -> list[dict]:
    """Rows of a table drawn as text; numbered, and recorded when they began, ends included."""
    found = []
    for place, told in enumerate(rows(text)):
        row: dict[str, Any] = {
            "sequence": place,
            "appointment_id": f"{place}",
            "kind": "definitive",
            **told,
        }
        row |= {name: row.get(of) for name, of in RECORDED.items() if not row.get(name)}
        row |= {f"{one}_id": f"{place}" for one in ("assessment", "membership")}
        for field in table.ibis_schema().to_pyarrow():
            text_of = row.get(field.name)
            if isinstance(text_of, str) and pa.types.is_date(field.type):
                row[field.name] = date.fromisoformat(text_of)
            if isinstance(text_of, str) and pa.types.is_floating(field.type):
                row[field.name] = float(text_of)
        found.append(row)
    return found


def record(born: dict[str, str] | None = None, **tables: str) -> Record:
    """A record of those whom its tables name; a table that is left out is not kept.

    `born`: days of birth by person.
    """
    by_name = {table.name: table for table in SNAPSHOT_TABLES}
    told = {name: drawn(by_name[name], text) for name, text in tables.items()}
    attributes = [
        {"person_id": person, "attribute": "birth_date", "value": day}
        for person, day in (born or {}).items()
    ]
    everybody = [row["person_id"] for table in told.values() for row in table if "person_id" in row]
    found = {
        "person": [{"person_id": one} for one in dict.fromkeys(["ann", "bob", *everybody])],
        "post_class": [
            {"post_class": name, "step": n, "title_id": name, "title_en": name}
            for n, name in enumerate(LADDER)
        ],
        "unit": [{"unit_id": "u", "name_of_unit": "u", "short_name": "u"}],
        "post": rows(POSTS),
        "protected_attribute": attributes,
        "appointment": [],
    }
    return record_of({**found, **told})


def pack(*rules: dict, **sections: object) -> Pack:
    """The small pack with other rules, which are asked of every chief; named after their kind."""
    written = yaml.safe_load(PACK)
    shared = {
        "classes": ["chief"],
        "sentence": {"id": "S", "en": "S"},
        "settled_by": {"id": "Surat.", "en": "A letter."},
        "cite": "law",
    }
    written["rules"] = [{"id": rule["rule"], **shared, **rule} for rule in rules]
    return parse_pack(yaml.safe_dump({**written, **sections}), "pack.yaml")


def told_of(of: Record, by: Pack, asked: list[tuple[str, str]]) -> pd.DataFrame:
    """Windows for the chief's post of people on days, with days as text, in the order asked."""
    people, days = zip(*asked, strict=True)
    pairs = pd.DataFrame({"person_id": people, "as_of": pd.to_datetime(list(days))})
    told = windows(eligibility(of, by, pairs.assign(post_id="chief", route="open_selection")))
    for name in ("first_on", "closes_on", "closes_at_latest_on"):
        in_text = told[name].dt.strftime("%Y-%m-%d").astype(object)
        told[name] = in_text.where(told[name].notna(), None)
    return told


def window(of: Record, by: Pack, as_of: str, person: str = "ann") -> pd.Series:
    """The window of somebody for the chief's post."""
    return told_of(of, by, [(person, as_of)]).iloc[0]


def eve(day: str, days: int = -1) -> str:
    """A day before or after another, as text."""
    return str((pd.Timestamp(day) + pd.Timedelta(days=days)).date())


HELD = {"rule": "held", "of": ["head"], "years": 2}
PRESENT = {"rule": "present", "of": ["head"], "years": 2}


def test_years_in_a_class_are_full_on_a_day():
    served = """
        person_id | post_id | start_on   | end_on
        leap      | head    | 2024-02-29 | -
        march     | head    | 2024-03-01 | -
        january   | head    | 2024-01-31 | -
        in2020    | head    | 2020-01-01 | 2020-12-31
        in2020    | head2   | 2025-01-01 | -
        in2021    | head    | 2021-01-01 | 2021-12-31
        in2021    | head2   | 2025-01-01 | -
        overlap   | head    | 2024-01-01 | 2025-03-31
        overlap   | head2   | 2025-01-01 | -
        leaving   | head    | 2024-01-01 | 2025-12-31
        too_soon  | head    | 2024-01-01 | 2025-12-30
        relieved  | head    | 2024-01-01 | 2025-12-30
        relieved  | head2   | 2025-03-01 | 2026-02-01
        on_eve    | head    | 2024-01-01 | 2025-12-31
        on_eve    | head2   | 2025-03-01 | -
        over      | head    | 2020-01-01 | 2021-12-30
        clerk     | clerk   | 2024-01-01 | -
    """
    first_on = {
        # Since 29 February: a year is over on 1 March, where there is no 29th.
        "leap": "2026-03-01",
        "march": "2026-03-01",
        "january": "2026-01-31",
        # 366 days of 2020 leave those of 2025; 365 of 2021 one more, as 731 make two years here.
        "in2020": "2026-01-01",
        "in2021": "2026-01-02",
        "overlap": "2026-01-01",
        # The last day in post, known ahead, completes the years as it closes. A day less does not.
        "leaving": "2025-12-31",
        "too_soon": None,
        "relieved": "2026-01-01",
        "on_eve": "2025-12-31",
        # Over, and not enough.
        "over": None,
        "clerk": None,
    }
    asked = [(person, "2025-06-30") for person in first_on]
    told = told_of(record(appointment=served), pack(HELD), asked).set_index("person_id")
    assert told["first_on"].to_dict() == first_on
    assert told["never"].to_dict() == {who: day is None for who, day in first_on.items()}
    assert set(told["first_rule"]) == {"held"}
    assert not told["is_open"].any()
    assert set(told["closes_on"]) == {None} and set(told["state_rules"]) == {()}


def test_what_is_met_already_opens_on_the_date_and_waits_for_nothing():
    text = "person_id | post_id | start_on | end_on \n ann | head | 2020-01-01 | -"
    told = window(record(appointment=text), pack(HELD, PRESENT), "2025-06-30")
    assert (told["first_on"], told["first_rule"]) == ("2025-06-30", None)
    assert told["is_open"] and not told["never"]


def test_a_present_post_closes_the_day_before_its_last():
    served = """
        person_id | post_id | start_on   | end_on
        stays     | head    | 2024-02-29 | -
        leaves    | head    | 2024-02-29 | 2026-06-30
        one_day   | head    | 2024-02-29 | 2026-03-02
        none      | head    | 2024-02-29 | 2026-03-01
        follows   | head    | 2024-02-29 | 2025-03-31
        follows   | head2   | 2025-04-01 | -
        pauses    | head    | 2024-02-29 | 2025-03-31
        pauses    | head2   | 2025-04-02 | -
    """
    expected = {
        "stays": ("2026-03-01", None),
        # On its last day a post is over as the day closes.
        "leaves": ("2026-03-01", "2026-06-29"),
        "one_day": ("2026-03-01", "2026-03-01"),
        "none": (None, None),
        "follows": ("2026-03-01", None),
        "pauses": ("2027-04-02", None),
    }
    asked = [(person, "2025-06-30") for person in expected]
    told = told_of(record(appointment=served), pack(PRESENT), asked)
    days = zip(told["first_on"], told["closes_on"], strict=True)
    assert dict(zip(expected, days, strict=True)) == expected
    assert told["never"].tolist() == [who == "none" for who in expected]
    assert set(told["first_rule"]) == {"present"}
    assert told["closes_rule"].tolist() == [last and "present" for _, last in expected.values()]


@pytest.mark.parametrize(
    ("reading", "closes_on", "at_latest"),
    [
        # Born on 29 February 1968: 58 on 1 March 2026, 59 on 1 March 2027.
        ("birthday", "2026-03-01", "2026-03-01"),
        ("completed_years", "2027-02-28", "2027-02-28"),
        ("undecided", "2026-03-01", "2027-02-28"),
    ],
)
def test_an_age_ends_on_a_day_by_each_reading(reading: str, closes_on: str, at_latest: str):
    asked = pack({"rule": "age", "at_most": 58, "reading": reading})
    days = ["2026-01-01", closes_on, eve(closes_on, 1), at_latest, "2027-03-01"]
    told = told_of(record({"ann": "1968-02-29"}), asked, [("ann", day) for day in days])
    assert set(told["closes_on"]) == {closes_on}
    assert set(told["closes_at_latest_on"]) == {at_latest}
    assert set(told["closes_rule"]) == {"age"}
    is_sure = closes_on == at_latest
    assert told["is_open"].tolist() == [True, True, False, is_sure, False]
    assert told["never"].tolist() == [False, False, is_sure, False, True]
    assert told["state_rules"].iloc[-1] == ()


def test_between_two_readings_of_an_age_it_is_neither_open_nor_over():
    asked = pack({"rule": "age", "at_most": 58, "reading": "undecided"})
    told = window(record({"ann": "1968-02-29"}), asked, "2026-07-01")
    assert not told["is_open"] and not told["never"]
    assert told["state_rules"] == ("age",)


AGES = {"age_of_class": {"head": 58, "chief": 61}, "cite": "law"}
DOCTORS = {"title_contains": "DOCTOR", "age": 60, "cite": "law"}


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        # 58 in February: the last day of that month, for who was born on the 29th as well.
        # Doctors serve up to 60, by an exception; in 2028 there is a 29 February.
        (0, ["2026-02-28", "2026-02-28", "2026-03-31", "2026-04-30", "2028-03-31"]),
        # From 29 to 31 January, and from 31 March, a month is not over by the end of the next.
        (1, ["2026-01-28", "2026-01-28", "2026-02-28", "2026-03-30", "2028-02-29"]),
        (12, ["2025-02-28", "2025-02-28", "2025-03-31", "2025-04-30", "2027-03-31"]),
        (13, ["2025-01-28", "2025-01-28", "2025-02-28", "2025-03-30", "2027-02-28"]),
    ],
)
def test_service_ends_with_the_month_of_the_age_of_the_post_held(months: int, expected: list):
    asked = pack(
        {"rule": "retirement", "months": months}, retirement={**AGES, "exceptions": [DOCTORS]}
    )
    born = dict(zip("abcd", ("1968-02-28", "1968-02-29", "1968-03-31", "1968-04-30"), strict=True))
    served = "person_id | post_id | start_on | end_on\n"
    served += "\n".join(f"{person} | head | 2020-01-01 | -" for person in "abcd")
    of = record({**born, "e": "1968-03-01"}, appointment=served + "\ne | doctor | 2020-01-01 | -")
    told = told_of(of, asked, [(person, "2024-06-30") for person in "abcde"])
    assert told["closes_on"].tolist() == expected
    assert set(told["closes_rule"]) == {"retirement"}
    last = told_of(of, asked, list(zip("abcde", expected, strict=True)))
    assert last["is_open"].all() and not last["never"].any()
    after = told_of(of, asked, [(who, eve(d, 1)) for who, d in zip("abcde", expected, strict=True)])
    assert after["never"].all() and not after["is_open"].any()


def test_a_post_that_is_left_makes_room_for_the_one_beside_it():
    asked = pack({"rule": "retirement"}, retirement={**AGES, "exceptions": [DOCTORS]})
    served = """
        person_id | post_id | start_on   | end_on
        stays     | head    | 2020-01-01 | -
        alone     | head    | 2020-01-01 | 2026-02-01
        doctor    | head    | 2020-01-01 | 2026-02-01
        doctor    | doctor  | 2010-01-01 | -
        both      | head    | 2020-01-01 | 2026-02-01
        both      | doctor  | 2010-01-01 | 2027-01-01
        too_late  | head    | 2020-01-01 | 2026-06-01
        too_late  | doctor  | 2010-01-01 | -
        clerk     | head    | 2020-01-01 | 2026-02-01
        clerk     | clerk   | 2010-01-01 | -
        long_over | doctor  | 2020-01-01 | 2027-01-01
        long_over | head    | 2010-01-01 | -
    """
    expected = {
        "stays": "2026-02-28",
        # What follows after the post nobody knows.
        "alone": "2026-01-31",
        "doctor": "2028-02-29",
        "both": "2026-12-31",
        "too_late": "2026-02-28",
        # A post of staff has no age of retirement.
        "clerk": "2026-01-31",
        # As a head, service would have ended before the doctor's post is left.
        "long_over": "2026-12-31",
    }
    of = record(dict.fromkeys(expected, "1968-02-29"), appointment=served)
    told = told_of(of, asked, [(person, "2025-01-01") for person in expected])
    assert dict(zip(expected, told["closes_on"], strict=True)) == expected


def test_an_assessment_expires_on_its_third_anniversary():
    tests = """
        person_id | competency | level | method | assessed_on
        leap      | integrity  | 4     | cact   | 2024-02-29
        march     | integrity  | 4     | cact   | 2024-03-31
        own       | integrity  | 4     | self_report | 2024-03-31
    """
    asked = [("leap", "2024-02-29"), ("leap", "2027-02-28"), ("leap", "2027-03-01"),
             ("march", "2025-01-01"), ("own", "2025-01-01")]  # fmt: skip
    told = told_of(record(assessment=tests), pack({"rule": "assessment_in_force"}), asked)
    # Expired, or by a method that does not count: a new one opens it, time does not.
    expected = ["2027-02-28", "2027-02-28", None, "2027-03-30", None]
    assert told["closes_on"].tolist() == expected
    named = [() if last else ("assessment_in_force",) for last in expected]
    assert told["state_rules"].tolist() == named
    # Without one nobody can tell: not shut for ever, and not open.
    assert told["is_open"].tolist() == [True, True, False, True, False]
    assert not told["never"].any()


@pytest.mark.parametrize("kind", ["ratio_of_sums", "mean_of_ratios"])
def test_a_match_lasts_until_the_levels_left_are_too_few(kind: str):
    # A chief needs 4 of each; 80 percent of 8 are 6.4. The scale ends at 5, the sums do not.
    tests = """
        person_id | competency | level | method | assessed_on
        both      | integrity  | 3     | cact   | 2024-08-01
        both      | teamwork   | 4     | cact   | 2022-06-01
        late      | integrity  | 7     | cact   | 2024-08-01
        late      | teamwork   | 4     | cact   | 2022-06-01
        early     | integrity  | 4     | cact   | 2024-08-01
        early     | teamwork   | 7     | cact   | 2022-06-01
        together  | integrity  | 4     | cact   | 2024-02-29
        together  | teamwork   | 4     | cact   | 2024-02-29
        weak      | integrity  | 3     | cact   | 2024-08-01
        weak      | teamwork   | 3     | cact   | 2024-08-01
    """
    expected = {
        "both": "2025-05-31",
        # What was measured last is enough alone.
        "late": "2027-07-31",
        "early": "2025-05-31",
        "together": "2027-02-28",
        "weak": None,
    }
    sections = yaml.safe_load(PACK)["assessment"]
    asked = pack(
        {"rule": "job_person_match", "at_least": "fit"},
        assessment={**sections, "formula": {"kind": kind, "cite": "law"}},
    )
    of = record(assessment=tests)
    told = told_of(of, asked, [(person, "2025-01-01") for person in expected])
    assert dict(zip(expected, told["closes_on"], strict=True)) == expected
    assert told["is_open"].tolist() == [last is not None for last in expected.values()]


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (0, ["2026-03-01", "2028-02-29", "2025-06-30"]),
        # A year after 29 February is over on 1 March.
        (1, ["2027-03-01", "2029-03-01", "2026-01-01"]),
    ],
)
def test_a_sanction_ends_and_is_forgotten_on_a_day(years: int, expected: list[str]):
    asked = pack({"rule": "no_sanction", "levels": ["heavy"], "clear_for_years": years})
    sanctions = """
        person_id | level | sanctioned_on | until_on   | until_recorded_on
        a         | heavy | 2024-01-01    | 2026-02-28 | 2024-01-01
        b         | heavy | 2024-01-01    | 2028-02-28 | 2024-01-01
        b         | heavy | 2024-02-01    | 2027-01-01 | 2024-01-01
        b         | light | 2024-02-01    | 2030-01-01 | 2024-01-01
        c         | heavy | 2024-01-01    | 2024-12-31 | 2024-01-01
    """
    told = told_of(record(discipline=sanctions), asked, [(who, "2025-06-30") for who in "abc"])
    assert told["first_on"].tolist() == expected
    assert told["is_open"].tolist() == [day == "2025-06-30" for day in expected]
    assert not told["never"].any()


def test_a_sanction_without_an_end_is_a_matter_of_a_decision():
    asked = pack({"rule": "no_sanction", "levels": ["heavy"]})
    text = """person_id | level | sanctioned_on | until_on   | until_recorded_on
              ann       | heavy | 2024-01-01    | -          | -
              ann       | heavy | 2024-02-01    | 2026-01-01 | 2024-02-01"""
    told = window(record(discipline=text), asked, "2025-06-30")
    assert told["state_rules"] == told["blocking_rules"] == ("no_sanction",)
    assert not told["never"] and not told["is_open"]


def test_registers_close_on_the_last_day_that_they_know():
    asked = pack(
        {"rule": "succession_group"},
        {"rule": "membership", "bodies": ["house"]},
        {"rule": "legal_status", "allowed": ["active"]},
    )
    of = record(
        succession_group="""person_id | scope | from_on | until_on
            ann | agency | 2025-01-01 | 2026-12-31""",
        membership="""person_id | body | start_on | end_on
            ann | house | 2025-01-01 | 2026-06-30""",
        legal_status="""person_id | status | from_on | until_on
            ann | active | 2025-01-01 | 2026-09-30
            ann | leave  | 2025-02-01 | 2025-08-31""",
    )
    told = window(of, asked, "2025-06-30")
    # The leave is over on 1 September, and until then both are on record.
    assert (told["first_on"], told["first_rule"]) == ("2025-09-01", "legal_status")
    assert (told["closes_on"], told["closes_rule"]) == ("2026-06-30", "membership")
    assert not told["is_open"]
    # bob is in none of them, and no day is known on which that changes.
    others = window(of, asked, "2025-06-30", "bob")
    assert others["state_rules"] == ("succession_group", "membership", "legal_status")
    assert others["first_on"] == "2025-06-30" and not others["is_open"] and not others["never"]


def test_time_that_may_come_from_posts_without_a_field_is_not_never():
    asked = pack({"rule": "experience", "years": 2})
    text = "person_id | post_id | start_on | end_on \n ann | head | 2024-03-01 | -"
    fields = "post_id | field \n chief | law"
    of = record(appointment=text, post_field=fields)
    told = window(of, asked, "2025-06-30")
    assert not told["never"] and not told["is_open"]
    assert told["state_rules"] == ("experience",)
    of = record(appointment=text, post_field="post_id | field \n head | law")
    told = window(of, asked, "2025-06-30")
    # Nobody knows the field of the chief's post.
    assert told["state_rules"] == ("experience",) and not told["never"]
    of = record(appointment=text, post_field=fields + "\n head | money")
    assert window(of, asked, "2025-06-30")["never"]
    of = record(appointment=text, post_field=fields + "\n head | law")
    assert window(of, asked, "2025-06-30")["first_on"] == "2026-03-01"


def test_what_closes_before_it_opens_never_opens():
    asked = pack(HELD, {"rule": "age", "at_most": 58, "reading": "undecided"})
    served = """
        person_id | post_id | start_on   | end_on
        early     | head    | 2024-03-01 | -
        between   | head    | 2025-02-28 | -
        late      | head    | 2025-03-01 | -
    """
    people = ("early", "between", "late")
    of = record(dict.fromkeys(people, "1968-02-29"), appointment=served)
    told = told_of(of, asked, [(person, "2025-06-30") for person in people])
    # By the later reading, 28 February 2027 is the last day: for *between* the first as well.
    assert set(told["closes_on"]) == {"2026-03-01"}
    assert set(told["closes_at_latest_on"]) == {"2027-02-28"}
    assert told["first_on"].tolist() == ["2026-03-01", "2027-02-28", "2027-03-01"]
    assert told["never"].tolist() == [False, False, True]
    assert not told["is_open"].any()
    assert set(told["closes_at_latest_rule"]) == {"age"} and set(told["blocking_rules"]) == {()}


def test_what_no_date_moves_is_named():
    asked = pack(
        {"rule": "education", "at_least": "bachelor"},
        {"rule": "rank", "at_least": "IV/a"},
        {"rule": "document", "due": "appointment"},
    )
    told = window(record(), asked, "2025-06-30")
    assert told["state_rules"] == ("education", "rank", "document")
    assert (told["first_on"], told["closes_on"]) == ("2025-06-30", None)
    # What needs checking for the list is open only once it is settled.
    assert told["open_questions"] == ("education", "rank") and told["blocking_rules"] == ()
    assert not told["is_open"] and not told["never"]
    later = window(record(), pack({"rule": "document", "due": "appointment"}), "2025-06-30")
    assert later["is_open"] and later["open_questions"] == ()


def test_a_post_that_no_rule_speaks_of_has_no_window():
    told = window(record(), pack({**HELD, "classes": ["head"]}), "2025-06-30")
    assert (told["first_on"], told["closes_on"], told["state_rules"]) == (None, None, ())
    assert not told["is_open"] and not told["never"]


def test_many_pairs_come_in_their_order_and_under_their_index():
    asked = pack(HELD, {"rule": "age", "at_most": 58, "reading": "birthday"})
    text = """person_id | post_id | start_on | end_on
        ann | head | 2024-03-01 | -
        bob | head | 2020-03-01 | -"""
    of = record({"ann": "1968-02-29"}, appointment=text)
    pairs = pd.DataFrame(
        {
            "person_id": ["bob", "ann", "ann", "bob"],
            "post_id": ["chief", "chief", "head", "chief"],
            "as_of": pd.to_datetime(["2021-01-01", "2025-06-30", "2025-06-30", "2025-06-30"]),
            "route": "lateral",
        },
        index=pd.Index(list("wxyz")),
    )
    told = windows(eligibility(of, asked, pairs))
    assert told.index.tolist() == list("wxyz")
    assert told["first_on"].dt.strftime("%Y-%m-%d").fillna("-").tolist() == [
        "2022-03-01", "2026-03-01", "-", "2025-06-30",
    ]  # fmt: skip
    assert told["first_rule"].tolist() == ["held", "held", None, None]
    # Nothing is known of the day on which bob was born.
    assert told["state_rules"].tolist() == [("age",), (), (), ("age",)]
    assert told["never"].tolist() == [False] * 4
    assert not told["is_open"].any()
    assert windows(eligibility(of, asked, pairs.iloc[:0])).empty


def test_each_rule_tells_its_days_and_what_would_move_it():
    exceptions = {"id": "Presiden dapat menyetujui.", "en": "The President may approve."}
    asked = pack(
        HELD,
        {"rule": "age", "at_most": 58, "reading": "undecided", "alternative": exceptions},
        {"rule": "assessment_in_force"},
        {"rule": "leadership_training", "levels": ["pka"]},
        {"rule": "succession_group"},
        {"rule": "present", "of": ["head"], "id": "now"},
    )
    text = "person_id | post_id | start_on | end_on \n ann | head | 2024-03-01 | -"
    pairs = {"person_id": ["ann"], "post_id": ["chief"], "route": ["lateral"]}
    of = record({"ann": "1968-02-29"}, appointment=text)
    found = eligibility(of, asked, pd.DataFrame(pairs).assign(as_of=pd.Timestamp("2025-06-30")))
    told = {one.rule.id: one for one in rule_windows(found, 0)}
    assert list(told) == [rule.id for rule in asked.rules]
    held, age = told["held"], told["age"]
    assert (held.status, held.first_on, held.last_on) == ("not met", date(2026, 3, 1), None)
    assert held.moved_by is not None and held.moved_by.en == "An appointment to: Head."
    assert (age.status, age.first_on) == ("met", date(2025, 6, 30))
    assert (age.last_on, age.at_latest_on) == (date(2026, 3, 1), date(2027, 2, 28))
    assert age.moved_by is not None
    assert age.moved_by.en == "Nothing: no decision changes an age. The President may approve."
    assert age.moved_by.id.endswith("Presiden dapat menyetujui.")
    assessed = told["assessment_in_force"]
    assert (assessed.status, assessed.first_on, assessed.last_on) == ("needs checking", None, None)
    assert assessed.moved_by is not None
    assert assessed.moved_by.en == "A new assessment of the competencies."
    # What needs checking is settled by the document that the pack names.
    trained = told["leadership_training"].moved_by
    assert trained is not None and trained.en == "A letter."
    assert told["now"].status == "met" and told["now"].moved_by is None
