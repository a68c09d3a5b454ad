"""Posts that fall vacant by retirement, by days worked out by hand."""

from datetime import date

import pandas as pd
import pytest

from features.packs.pack import Pack, parse_pack
from features.policy.incumbents import BUCKETS, incumbents, vacancy_risk
from features.tables.record import Record
from tests.lib.careers import drawn_record
from tests.lib.small_pack import PACK, changed_pack

#: Heads serve to 58, chiefs to 61; posts named after a doctor to 60.
DOCTORS = ("exceptions: [{classes: [expert], age: 65, cite: law}]",
           "exceptions: [{title_contains: doctor, age: 60, cite: law}]")  # fmt: skip
POSTS = """
    post      | unit  | class
    h_vacant  | ports | head
    h_within1 | ports | head
    h_edge1   | ports | head
    h_edge3   | ports | head
    h_doctor  | ports | head
    h_edge5   | ports | head
    h_edge10  | ports | head
    h_behind  | ports | head
    h_unborn  | ports | head
    h_acting  | ports | head
    chief     | ports | chief
    clerk     | ports | staff
"""
APPOINTMENTS = """
    person  | post      | kind       | start_on   | end_on     | end_recorded_on
    old     | h_vacant  | definitive | 2010-01-01 | 2027-01-31 | 2027-01-01
    within1 | h_within1 | definitive | 2010-01-01 | -          | -
    edge1   | h_edge1   | definitive | 2010-01-01 | -          | -
    edge3   | h_edge3   | definitive | 2010-01-01 | -          | -
    edge3   | h_doctor  | definitive | 2009-01-01 | 2015-01-01 | 2015-01-01
    doctor  | h_doctor  | definitive | 2010-01-01 | -          | -
    edge5   | h_edge5   | definitive | 2010-01-01 | -          | -
    edge10  | h_edge10  | definitive | 2010-01-01 | -          | -
    behind  | h_behind  | definitive | 2010-01-01 | -          | -
    unborn  | h_unborn  | definitive | 2010-01-01 | -          | -
    acting  | h_acting  | acting     | 2010-01-01 | -          | -
    within1 | chief     | acting     | 2026-01-01 | -          | -
    first   | chief     | definitive | 2010-01-01 | -          | -
    second  | chief     | definitive | 2012-01-01 | -          | -
    third   | chief     | definitive | 2027-02-01 | -          | -
    clerk   | clerk     | definitive | 2010-01-01 | -          | -
"""
BORN = """
    person  | attribute  | value      | from_on | until_on
    within1 | birth_date | 1969-12-31 | -       | -
    edge1   | birth_date | 1970-01-01 | -       | -
    edge3   | birth_date | 1972-01-01 | -       | -
    doctor  | birth_date | 1970-02-28 | -       | -
    edge5   | birth_date | 1974-01-31 | -       | -
    edge10  | birth_date | 1979-01-31 | -       | -
    behind  | birth_date | 1968-02-29 | -       | -
    acting  | birth_date | 1970-01-01 | -       | -
    second  | birth_date | 29-02-1968 | -       | -
    clerk   | birth_date | 1970-01-01 | -       | -
"""
AS_OF = date(2027, 1, 31)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return parse_pack(changed_pack(DOCTORS), "pack.yaml")


@pytest.fixture(scope="module")
def posts(pack: Pack) -> pd.DataFrame:
    of = drawn_record(posts=POSTS, appointments=APPOINTMENTS, protected=BORN)
    return incumbents(of, pack, AS_OF, ["head", "chief"])


def test_posts_fall_vacant_by_the_last_day_of_service_of_who_holds_them(posts):
    told = [
        (r["post_id"], r["person_id"], None if pd.isna(d) else str(d.date()), r["bucket"])
        for r, d in zip(posts.to_dict("records"), posts["last_day_of_service"], strict=True)
    ]
    assert told == [
        # second came after first, and third has not begun. 61 in February, which has no 29th.
        ("chief", "second", "2029-02-28", "within_3"),
        # Somebody acts for nobody; who should have retired long ago is still in post.
        ("h_acting", None, None, "vacant"),
        ("h_behind", "behind", "2026-02-28", "within_1"),
        # 60 on 28 February 2030, as the title of the post says.
        ("h_doctor", "doctor", "2030-02-28", "within_5"),
        # The anniversary itself is not within the year.
        ("h_edge1", "edge1", "2028-01-31", "within_3"),
        ("h_edge10", "edge10", "2037-01-31", "later"),
        ("h_edge3", "edge3", "2030-01-31", "within_5"),
        ("h_edge5", "edge5", "2032-01-31", "within_10"),
        ("h_unborn", "unborn", None, "unknown"),
        # The last day in post is the date: as it closes, the post is vacant.
        ("h_vacant", None, None, "vacant"),
        ("h_within1", "within1", "2027-12-31", "within_1"),
    ]


def test_years_are_told_where_a_day_lies_within_some(posts):
    told = posts.set_index("post_id")["within_years"]
    assert str(told.dtype) == "Int64"
    assert told.dropna().to_dict() == {
        "chief": 3, "h_behind": 1, "h_doctor": 5, "h_edge1": 3, "h_edge3": 5, "h_edge5": 10,
        "h_within1": 1,
    }  # fmt: skip


def test_no_column_holds_a_birth_date_or_an_age(posts):
    assert posts.columns.tolist() == [
        "post_id", "title", "post_class", "person_id", "last_day_of_service", "within_years",
        "bucket",
    ]  # fmt: skip
    assert set(posts["bucket"]) <= set(BUCKETS)


def test_counts_of_a_class_add_those_of_shorter_times(posts):
    table = vacancy_risk(posts, ["chief", "head", "staff"])
    assert table.columns.tolist() == ["posts", *BUCKETS]
    # posts, vacant, within 1, 3, 5 and 10 years, later, unknown
    assert table.loc["head"].tolist() == [10, 2, 2, 3, 5, 6, 1, 1]
    assert table.loc["chief"].tolist() == [1, 0, 0, 1, 1, 1, 0, 0]
    assert table.loc["staff"].tolist() == [0] * 8


def test_a_post_of_a_closed_unit_is_left_out_unless_somebody_holds_it(pack):
    of = drawn_record(
        posts="post | unit | class \n held | old | head \n empty | old | head \n new | now | head",
        appointments="person | post | start_on | end_on \n ann | held | 2010-01-01 | -",
    )
    assert ids(incumbents(closed(of, "2026-12-31"), pack, AS_OF, ["head"])) == ["held", "new"]
    everyone = ["empty", "held", "new"]
    # Its last day is a day of the unit; one that is closed later is open.
    assert ids(incumbents(closed(of, "2027-01-31"), pack, AS_OF, ["head"])) == everyone


def ids(posts: pd.DataFrame) -> list[str]:
    return posts["post_id"].tolist()


def closed(of: Record, last: str) -> Record:
    """The record with the unit `old` closed on a day, as the record knew ahead."""
    units = of.table("unit")
    day = date.fromisoformat(last)
    is_old = units.unit_id == "old"
    rows = units.mutate(
        closed_on=is_old.ifelse(day, None).cast("date"),
        closed_recorded_on=is_old.ifelse(date(2020, 1, 1), None).cast("date"),
    )
    return of.replaced("unit", rows)


def test_without_ages_of_retirement_nobody_knows(pack):
    text = PACK[: PACK.index("retirement:\n")] + PACK[PACK.index("ready:\n") :]
    rule = text[text.index("  - rule: retirement") : text.index("nine_box:")]
    silent = parse_pack(text.replace(rule, ""), "pack.yaml")
    of = drawn_record(posts=POSTS, appointments=APPOINTMENTS, protected=BORN)
    told = incumbents(of, silent, AS_OF, ["head", "chief"])
    assert told["last_day_of_service"].isna().all() and told["within_years"].isna().all()
    assert set(told["bucket"]) == {"vacant", "unknown"}


def test_a_class_without_posts_is_an_empty_table(pack):
    of = drawn_record(posts=POSTS, appointments=APPOINTMENTS, protected=BORN)
    told = incumbents(of, pack, AS_OF, ["expert"])
    assert told.empty
    assert vacancy_risk(told, ["expert"]).loc["expert"].tolist() == [0] * 8
