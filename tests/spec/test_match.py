"""The job person match: its formulas, the ends of its categories, whose standard it goes by."""

from tests.lib.spec import expect_answers, expect_match, expect_scores
from tests.lib.spec_packs import drawn_pack, shipped

KEPKA = "asn-kepka-411-2025"
# A post that asks for integrity alone, at level 5: every level of it is worth 20.
OWN_STANDARD = {
    "posts": "post | class \n target | jpt_pratama",
    "post_requirement": "post | competency | level \n target | integritas | 5",
}
LEVELS = """
    person | competency | level  | assessed_on
    p67    | integritas | 3.3995 | 2025-01-15
    p68    | integritas | 3.4    | 2025-01-15
    p77    | integritas | 3.8995 | 2025-01-15
    p78    | integritas | 3.9    | 2025-01-15
    p79    | integritas | 3.9995 | 2025-01-15
    p80    | integritas | 4      | 2025-01-15
    p89    | integritas | 4.4995 | 2025-01-15
    p90    | integritas | 4.5    | 2025-01-15
    split  | integritas | 3.9995 | 2025-01-15
    split  | integritas | 4      | 2025-01-15
"""


def test_categories_begin_with_68_and_80_for_selection_and_with_78_and_90_for_mapping():
    # The lower end belongs to the category: 80 meets the requirements, 79.99 still meets them.
    # split has two levels of one day, on both sides of 80 and on one side of 68, 78 and 90.
    expect_match(
        shipped(KEPKA),
        """
        person | on         | match     | selection | mapping
        p67    | 2026-06-30 | 67.99     | kms       | kurang_optimal
        p68    | 2026-06-30 | 68        | mms       | kurang_optimal
        p77    | 2026-06-30 | 77.99     | mms       | kurang_optimal
        p78    | 2026-06-30 | 78        | mms       | cukup_optimal
        p79    | 2026-06-30 | 79.99     | mms       | cukup_optimal
        p80    | 2026-06-30 | 80        | ms        | cukup_optimal
        p89    | 2026-06-30 | 89.99     | ms        | cukup_optimal
        p90    | 2026-06-30 | 90        | ms        | optimal
        split  | 2026-06-30 | 79.99..80 | -         | cukup_optimal
        none   | 2026-06-30 | -         | -         | -
        """,
        assessment=LEVELS,
        **OWN_STANDARD,
    )


def test_a_match_that_is_exactly_a_limit_reaches_it_whatever_the_computer_adds_up():
    # Nine times 3.2 of nine times 4 is 80, though nine floating-point numbers add up to less. 68 is
    # nine times 2.72, 78 nine times 3.12 and 90 nine times 3.6.
    cases = """
        person | on         | match | selection | mapping
        p68    | 2026-06-30 | 68    | mms       | kurang_optimal
        p78    | 2026-06-30 | 78    | mms       | cukup_optimal
        p80    | 2026-06-30 | 80    | ms        | cukup_optimal
        p90    | 2026-06-30 | 90    | ms        | optimal
        """
    expect_match(
        shipped(KEPKA),
        cases,
        posts="post | class \n target | jpt_pratama",
        assessment="""
        person | competency | level | assessed_on
        p68    | all        | 2.72  | 2025-01-15
        p78    | all        | 3.12  | 2025-01-15
        p80    | all        | 3.2   | 2025-01-15
        p90    | all        | 3.6   | 2025-01-15
        """,
    )


def test_a_match_is_met_from_the_lower_end_of_the_category_on():
    # The shipped rule asks for mms, from 68 on; where ms is asked for, the range of split decides
    # nothing.
    cases = """
        person | on         | job_person_match
        p67    | 2026-06-30 | not met
        p68    | 2026-06-30 | met
        p79    | 2026-06-30 | met
        p80    | 2026-06-30 | met
        split  | 2026-06-30 | met
        none   | 2026-06-30 | needs checking
        """
    expect_answers(shipped(KEPKA), cases, assessment=LEVELS, **OWN_STANDARD)
    stricter = """
        person | on         | job_person_match
        p68    | 2026-06-30 | not met
        p79    | 2026-06-30 | not met
        p80    | 2026-06-30 | met
        split  | 2026-06-30 | needs checking
        """
    asks_for_ms = shipped(KEPKA, ("at_least: mms", "at_least: ms"))
    expect_answers(asks_for_ms, stricter, assessment=LEVELS, **OWN_STANDARD)


def test_a_category_that_does_not_hold_its_lower_end_is_not_reached_by_it():
    # Above 80, and 80 itself is near.
    expect_answers(
        drawn_pack(
            """
            fit: {rule: job_person_match, at_least: fit}
            any: {rule: job_person_match, at_least: unfit}
            """,
            selection="{unfit: {at_most: 68}, near: {above: 68, at_most: 80}, fit: {above: 80}}",
        ),
        """
        person | on         | fit            | any
        at_80  | 2026-06-30 | not met        | met
        above  | 2026-06-30 | met            | met
        none   | 2026-06-30 | needs checking | needs checking
        """,
        posts="post | class \n target | chief",
        assessment="""
        person | competency | level | assessed_on
        at_80  | integrity  | 4     | 2025-01-15
        at_80  | teamwork   | 2.4   | 2025-01-15
        above  | integrity  | 4     | 2025-01-15
        above  | teamwork   | 2.401 | 2025-01-15
        """,
    )


MIXED = {
    "posts": """
        post   | class
        target | chief
        """,
    "post_requirement": """
        post   | competency | level
        target | integrity  | 3
        target | teamwork   | 1
        """,
    "assessment": """
        person | competency | level | assessed_on
        ann    | integrity  | 2     | 2025-01-15
        ann    | teamwork   | 1     | 2025-01-15
        bob    | integrity  | 3     | 2025-01-15
        bob    | teamwork   | 3     | 2025-01-15
        half   | integrity  | 2     | 2025-01-15
        """,
}


def test_the_formulas_tell_one_person_differently():
    # ann: 2 of 3 and 1 of 1. Sums: 3 of 4. Ratios: the mean of 66.67 and 100; the first of them
    # rounded to one decimal is 0.7. bob exceeds one of two levels: 6 of 4 is not capped by either.
    # half's teamwork was not measured and lies anywhere from 0 to 5.
    cases = {
        "{kind: ratio_of_sums}": """
            person | on         | match    | measured
            ann    | 2026-06-30 | 75       | 2
            bob    | 2026-06-30 | 150      | 2
            half   | 2026-06-30 | 50..175  | 1
            """,
        "{kind: mean_of_ratios}": """
            person | on         | match         | measured
            ann    | 2026-06-30 | 83.33         | 2
            bob    | 2026-06-30 | 200           | 2
            half   | 2026-06-30 | 33.33..283.33 | 1
            """,
        "{kind: mean_of_ratios, round_ratios_to: 1}": """
            person | on         | match         | measured
            ann    | 2026-06-30 | 85            | 2
            bob    | 2026-06-30 | 200           | 2
            half   | 2026-06-30 | 35..285       | 1
            """,
    }
    for formula, drawn in cases.items():
        expect_match(drawn_pack(formula=formula), drawn, **MIXED)


def test_both_formulas_differ_under_the_national_guideline_too():
    # A director whose own standard asks for 5 and 2, with 4 of 5 and 2 of 2. Sums: 6 of 7 is 85.71
    # and sufficiently optimal; ratios: the mean of 0.8 and 1 is 90 and optimal.
    case = """
        person | on         | match | selection | mapping
        ann    | 2026-06-30 | {}
        """
    ratios = ("kind: ratio_of_sums", "kind: mean_of_ratios\n    round_ratios_to: 2")
    told = {
        "85.71 | ms | cukup_optimal": shipped(KEPKA),
        "90 | ms | optimal": shipped(KEPKA, ratios),
    }
    for answer, pack in told.items():
        expect_match(
            pack,
            case.format(answer),
            posts="post | class \n target | jpt_pratama",
            post_requirement="""
            post   | competency | level
            target | integritas | 5
            target | kerja_sama | 2
            """,
            assessment="""
            person | competency | level | assessed_on
            ann    | integritas | 4     | 2025-01-15
            ann    | kerja_sama | 2     | 2025-01-15
            """,
        )


def test_a_match_above_100_is_cut_where_the_pack_caps_it():
    # Present posts are asked about on the axes: a head for 3 of both. 4 of 3 is 133.33. A missing
    # level lies from 0 to 5, and nothing is asked of staff: it could be 5 where 1 is asked for,
    # 500.
    expect_scores(
        drawn_pack(
            performance="""
            capped: {kind: job_person_match, cap: 100}
            capped_above: {kind: job_person_match, cap: 120}
            open: {kind: job_person_match, cap: null}
            """
        ),
        """
        person | on         | capped | capped_above | open
        above  | 2026-06-30 | 100    | 120          | 133.33
        below  | 2026-06-30 | 83.33  | 83.33        | 83.33
        half   | 2026-06-30 | 50..100 | 50..120     | 50..133.33
        none   | 2026-06-30 | 0..100 | 0..120       | 0..166.67
        clerk  | 2026-06-30 | 0..100 | 0..120       | 0..500
        jobless | 2026-06-30 | 0..100 | 0..120      | 0..500
        """,
        posts="""
        post   | class
        office | head
        desk   | staff
        """,
        appointment="""
        person  | post   | start_on   | end_on
        above   | office | 2020-01-01 | -
        below   | office | 2020-01-01 | -
        half    | office | 2020-01-01 | -
        none    | office | 2020-01-01 | -
        clerk   | desk   | 2020-01-01 | -
        jobless | desk   | 2020-01-01 | 2025-12-31
        """,
        assessment="""
        person  | competency | level | assessed_on
        above   | all        | 4     | 2025-01-15
        below   | all        | 2.5   | 2025-01-15
        half    | integrity  | 3     | 2025-01-15
        clerk   | all        | 3     | 2025-01-15
        jobless | all        | 3     | 2025-01-15
        """,
    )


def test_a_post_asks_for_its_own_standard_and_else_for_that_of_its_class():
    # A JPT pratama is asked for 4 of everything, an administrator for 3. Ahli Madya counts as a JPT
    # pratama for competencies, though as an administrator in a career. A standard of its own goes
    # first, and one of technical competencies alone leaves that of the class as it is.
    expect_match(
        shipped(KEPKA),
        """
        person | on         | post    | match | measured
        ann    | 2026-06-30 | dinas   | 75    | 9
        ann    | 2026-06-30 | madya   | 75    | 9
        ann    | 2026-06-30 | bagian  | 100   | 9
        ann    | 2026-06-30 | own     | 60    | 1
        ann    | 2026-06-30 | audit   | 100   | 9
        """,
        posts="""
        post   | class
        dinas  | jpt_pratama
        madya  | ahli_madya
        bagian | administrator
        own    | administrator
        audit  | administrator
        """,
        post_requirement="""
        post  | competency | level
        own   | integritas | 5
        audit | auditing   | 5
        """,
        assessment="""
        person | competency | level | assessed_on
        ann    | all        | 3     | 2025-01-15
        """,
    )


def test_ahli_madya_is_asked_for_level_4_and_has_the_career_of_an_administrator():
    # madya has held such a post for two years, as article 107 asks of an administrator; muda equals
    # an administrator in competencies only, and is the peer of a supervisor in a career.
    expect_answers(
        shipped(KEPKA),
        """
        person | on         | post_before
        madya  | 2026-02-28 | not met
        madya  | 2026-03-01 | met
        admin  | 2026-03-01 | met
        muda   | 2030-03-01 | not met
        """,
        posts="""
        post   | class
        madya  | ahli_madya
        muda   | ahli_muda
        bagian | administrator
        target | jpt_pratama
        """,
        appointment="""
        person | post   | start_on   | end_on
        madya  | madya  | 2024-03-01 | -
        admin  | bagian | 2024-03-01 | -
        muda   | muda   | 2010-03-01 | -
        """,
    )


def test_the_newest_level_in_force_counts_and_an_expired_one_is_as_good_as_none():
    # Three years from 1 March 2023 end on the eve of 1 March 2026. newer: the newer level counts,
    # be it lower. self: what people say of themselves is no method of the pack. late: recorded
    # later. part: integrity was measured again, teamwork expired: 0 to 5 of it again.
    expect_match(
        drawn_pack(),
        """
        person | on         | match    | selection | measured
        ann    | 2026-02-28 | 100      | fit       | 2
        ann    | 2026-03-01 | -        | -         | 0
        newer  | 2026-02-28 | 75       | near      | 2
        self   | 2026-02-28 | 100      | fit       | 2
        late   | 2025-12-31 | 100      | fit       | 2
        late   | 2026-01-01 | 75       | near      | 2
        part   | 2026-03-01 | 50..112.5 | -        | 1
        """,
        posts="post | class \n target | chief",
        assessment="""
        person | competency | level | method            | assessed_on | recorded_on
        ann    | all        | 4     | assessment_centre | 2023-03-01  | 2023-03-01
        newer  | all        | 4     | cact              | 2024-03-01  | 2024-03-01
        newer  | integrity  | 2     | assessment_centre | 2025-03-01  | 2025-03-01
        self   | all        | 4     | cact              | 2024-03-01  | 2024-03-01
        self   | integrity  | 5     | self_report       | 2025-03-01  | 2025-03-01
        late   | all        | 4     | cact              | 2024-03-01  | 2024-03-01
        late   | integrity  | 2     | cact              | 2025-03-01  | 2026-01-01
        part   | all        | 4     | cact              | 2023-03-01  | 2023-03-01
        part   | integrity  | 4     | cact              | 2025-03-01  | 2025-03-01
        """,
    )


def test_what_was_not_measured_decides_only_if_it_cannot_matter():
    # A chief is asked for 4 and 4. sure: 5 of one is 62.5 of 100 whatever the other is, unfit or
    # not: open. 1 of one can be 75 with a 5: never fit, but perhaps near.
    expect_answers(
        drawn_pack("""
            near: {rule: job_person_match, at_least: near}
            fit: {rule: job_person_match, at_least: fit}
            any: {rule: job_person_match, at_least: unfit}
        """),
        """
        person | on         | near           | fit            | any
        five   | 2026-06-30 | needs checking | needs checking | met
        one    | 2026-06-30 | needs checking | not met        | met
        nought | 2026-06-30 | not met        | not met        | met
        none   | 2026-06-30 | needs checking | needs checking | needs checking
        """,
        posts="post | class \n target | chief",
        assessment="""
        person | competency | level | assessed_on
        five   | integrity  | 5     | 2025-01-15
        one    | integrity  | 1     | 2025-01-15
        nought | integrity  | 0     | 2025-01-15
        """,
    )


def test_a_post_that_asks_for_nothing_can_be_matched_with_nobody():
    # Staff have no level in the table of the pack, and this post has no standard of its own; an
    # assessment of both competencies is in force all the same.
    nothing_asked = {
        "posts": "post | class \n target | staff",
        "assessment": "person | competency | level | assessed_on \n ann | all | 5 | 2025-01-15",
    }
    expect_answers(
        drawn_pack("""
            any: {rule: job_person_match, at_least: unfit}
            assessed: {rule: assessment_in_force}
        """),
        """
        person | on         | any            | assessed
        ann    | 2026-06-30 | needs checking | met
        """,
        **nothing_asked,
    )
    expect_match(
        drawn_pack(),
        """
        person | on         | match | selection | mapping
        ann    | 2026-06-30 | -     | -         | -
        """,
        **nothing_asked,
    )
