"""Each kind of contradiction is found as drawn, and what only looks like one is not."""

from datetime import date

from features.intake_report.contradictions import (
    BOXES,
    CONTRADICTIONS,
    PREDICATES_OF_RATINGS,
    contradictions,
    contradictions_of_people,
)
from features.intake_report.present import Present
from features.intake_report.wording import CONTRADICTION_LABELS
from features.packs.pack import parse_pack
from features.tables.dossier import EXPECTATIONS, PREDICATES
from tests.lib.small_pack import PACK
from tests.lib.spec import drawn_record

ON = date(2026, 6, 30)
SMALL = parse_pack(PACK, "small.yaml")
PEOPLE = ("ann", "bob", "cid")
POSTS = "post | class | unit \n s1 | staff | north \n s2 | staff | south"
HELD = """
    person | post | start_on   | end_on
    ann    | s1   | 2010-01-01 | -
    bob    | s2   | 2015-01-01 | -
"""


def present(appointment: str = HELD, **tables: str) -> Present:
    people = "person | on \n" + "\n".join(f"{person} | {ON}" for person in PEOPLE)
    record = drawn_record(SMALL, people, posts=POSTS, appointment=appointment, **tables)
    return Present(record, ON)


def found(kind: str, appointment: str = HELD, **tables: str) -> list[str]:
    """Keys of the rows of one kind."""
    rows = contradictions_of_people(present(appointment, **tables)).to_pyarrow().to_pylist()
    return [row["row_key"] for row in rows if row["kind"] == kind]


def test_two_definitive_appointments_at_one_time():
    told = """
        appointment_id | person | post | start_on   | end_on     | kind
        a              | ann    | s1   | 2010-01-01 | 2012-12-31 | definitive
        b              | ann    | s2   | 2012-12-31 | 2015-12-31 | definitive
        c              | ann    | s1   | 2015-12-30 | -          | definitive
        d              | ann    | s2   | 2020-01-01 | 2020-06-30 | acting
        e              | ann    | s2   | 2021-01-01 | 2021-06-30 | definitive
        f              | bob    | s2   | 2012-01-01 | -          | definitive
    """
    # One day of change-over is none; an open one lasts; acting for somebody is none.
    assert found("definitive_appointments_overlap", told) == ["c", "e"]


def test_a_post_of_a_unit_that_was_closed():
    # Units are drawn without days: the table is replaced.
    one = present()
    units = one.record.table("unit")
    closing = units.mutate(closed_on=units.unit_id.cases(("north", date(2026, 6, 29))))
    closing = closing.mutate(closed_recorded_on=closing.closed_on)
    record = one.record.replaced("unit", closing.select(*units.columns))
    rows = contradictions_of_people(Present(record, ON)).to_pyarrow().to_pylist()
    assert [(r["person_id"], r["kind"]) for r in rows] == [("ann", "post_in_closed_unit")]


def test_a_status_without_a_post_and_an_appointment_after_the_last_status():
    statuses = """
        person | status | from_on    | until_on
        ann    | active | 2010-01-01 | 2020-12-31
        bob    | active | 2010-01-01 | 2012-12-31
        bob    | leave  | 2013-01-01 | -
        cid    | active | 2010-01-01 | -
    """
    late = HELD + "\n ann | s2 | 2021-01-01 | -"
    assert found("status_without_post", late, legal_status=statuses) == ["cid|active|2010-01-01"]
    assert found("appointment_after_service", late, legal_status=statuses) == ["2"]


def test_a_rank_or_education_that_falls():
    ranks = """
        rank_id | person | rank  | from_on
        r1      | ann    | III/a | 2010-04-01
        r2      | ann    | III/c | 2014-04-01
        r3      | ann    | III/b | 2018-04-01
        r4      | ann    | III/b | 2019-04-01
        r5      | bob    | II/d  | 2018-04-01
        r6      | bob    | III/a | 2019-04-01
    """
    assert found("rank_falls", rank_history=ranks) == ["r3"]
    levels = """
        education_id | person | level    | graduated_on
        e1           | ann    | bachelor | 2005-07-01
        e2           | ann    | diploma  | 2008-07-01
        e3           | bob    | diploma  | 2008-07-01
        e4           | bob    | bachelor | 2008-07-01
    """
    assert found("education_falls", education=levels) == ["e2"]


def test_appraisals_that_cannot_be():
    told = """
        appraisal_id | person | year | predicate | appraiser_id | appraised_on
        k1           | bob    | 2014 | good      | ann          | 2015-01-31
        k2           | bob    | 2015 | good      | bob          | 2016-01-31
        k3           | bob    | 2016 | good      | cid          | 2017-01-31
        k4           | bob    | 2017 | good      | -            | 2018-01-31
    """
    assert found("appraisal_before_entry", appraisal=told) == ["k1"]
    assert found("appraised_by_oneself", appraisal=told) == ["k2"]
    assert found("appraiser_without_post", appraisal=told) == ["k3"]
    ranked = "person | rank | from_on \n bob | I/a | 2014-12-01"
    assert found("appraisal_before_entry", appraisal=told, rank_history=ranked) == []


def test_an_appraiser_who_left_in_the_year_held_a_post_in_it():
    left = """
        person | post | start_on   | end_on
        bob    | s2   | 2015-01-01 | -
        cid    | s1   | 2010-01-01 | 2016-01-15
    """
    told = """
        appraisal_id | person | year | predicate | appraiser_id | appraised_on
        k1           | bob    | 2016 | good      | cid          | 2017-01-31
        k2           | bob    | 2017 | good      | cid          | 2018-01-31
    """
    assert found("appraiser_without_post", left, appraisal=told) == ["k2"]


def test_a_predicate_that_is_not_that_of_its_ratings():
    told = """
        appraisal_id | person | year | results | behaviour | predicate         | appraised_on
        k1           | ann    | 2020 | above   | above     | very_good         | 2021-01-31
        k2           | ann    | 2021 | meets   | meets     | very_good         | 2022-01-31
        k3           | ann    | 2022 | below   | meets     | needs_improvement | 2023-01-31
        k4           | ann    | 2023 | below   | meets     | poor              | 2024-01-31
        k5           | ann    | 2024 | below   | below     | poor              | 2025-01-31
        k6           | ann    | 2025 | -       | below     | very_good         | 2026-01-31
    """
    assert found("predicate_differs_from_ratings", appraisal=told) == ["k2", "k5"]


def test_both_tables_of_levels_are_whole():
    assert {pair[0] for pair in BOXES} == set(EXPECTATIONS)
    assert sorted(BOXES.values()) == list(range(1, 10))
    pairs = {(a, b) for a in EXPECTATIONS for b in EXPECTATIONS}
    assert PREDICATES_OF_RATINGS.keys() == pairs
    assert {word for words in PREDICATES_OF_RATINGS.values() for word in words} == set(PREDICATES)


def test_boxes_are_numbered_as_the_packs_have_them():
    assert SMALL.nine_box is not None
    boxes = SMALL.nine_box.boxes
    assert {pair: boxes.box(*pair) for pair in BOXES} == BOXES


def test_a_box_that_is_not_that_of_its_levels():
    told = """
        person | year | performance | potential | box | boxed_on
        ann    | 2024 | above       | high      | 9   | 2025-01-31
        ann    | 2025 | above       | low       | 7   | 2026-01-31
    """
    assert found("box_differs_from_levels", source_box=told) == ["ann|2025|2026-01-31"]


def test_a_score_of_somebody_who_was_no_candidate():
    vacancy = """
        vacancy_id | post | route          | opened_on
        v1         | s1   | open_selection | 2025-01-01
        v2         | s2   | open_selection | 2026-01-01
    """
    candidacy = """
        vacancy_id | person | interviewed | outcome   | decided_on
        v1         | ann    | yes         | appointed | 2025-03-01
    """
    scores = """
        vacancy_id | person | assessor | criterion | score | scored_on
        v1         | ann    | A        | ideas     | 80    | 2025-02-01
        v1         | bob    | A        | ideas     | 80    | 2025-02-01
        v2         | bob    | A        | ideas     | 80    | 2026-02-01
    """
    told = {"vacancy": vacancy, "candidacy": candidacy, "interview_score": scores}
    # Of the second vacancy, nothing is decided yet.
    assert found("score_without_candidacy", **told) == ["v1|bob|A|ideas"]


def test_counts_are_by_kind_and_by_unit_and_what_is_not_kept_has_none():
    told = """
        person | year | performance | potential | box | boxed_on
        ann    | 2024 | above       | high      | 8   | 2025-01-31
        ann    | 2025 | above       | low       | 7   | 2026-01-31
        cid    | 2025 | above       | low       | 7   | 2026-01-31
    """
    one = present(source_box=told)
    counted = contradictions(contradictions_of_people(one), one)
    kinds = {
        kind["kind"]: (kind["kept"], kind["rows"], kind["people"]) for kind in counted["kinds"]
    }
    assert kinds["box_differs_from_levels"] == (True, 3, 2)
    assert kinds["definitive_appointments_overlap"] == (True, 0, 0)
    assert kinds["rank_falls"] == (False, None, None)
    assert counted["units"] == [
        {"unit_id": "north", "rows": 2, "kinds": {"box_differs_from_levels": 2}},
        {"unit_id": None, "rows": 1, "kinds": {"box_differs_from_levels": 1}},
    ]


def test_every_kind_has_a_label_in_both_languages():
    assert CONTRADICTION_LABELS.keys() == {one.kind for one in CONTRADICTIONS}
