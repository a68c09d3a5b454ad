"""What every kind of measure gives: points, or the range of all that the record leaves possible.

The measures of the match with a post stand in `test_match`. Shipped packs are asked where their
rubric has the boundary; on the axes the post that is asked about is the present one.
"""

from tests.lib.spec import expect_scores
from tests.lib.spec_packs import drawn_pack, shipped

KEPKA = "asn-kepka-411-2025"
POSTS = """
    post   | class  | unit  | fields
    desk   | staff  | ports | ports
    study  | expert | ports | law
    office | head   | ports | ports
    annex  | head   | sea   | -
    helm   | chief  | taxes | taxes
"""
OFFICE = """
    person | post   | start_on   | end_on
    ann    | office | 2020-01-01 | -
"""
PREDICATES = "{very_good: 100, good: 80, needs_improvement: 60, poor: 40, very_poor: 20}"


def test_predicates_weigh_60_and_40_and_a_missing_year_can_be_any():
    # 2025 weighs 60 and 2024 40: 0.6 * 80 + 0.4 * 100 is 88. Without 2024 it is 48 and 8 to 40.
    # With good and poor on one day in 2025 it is 24 to 48 and 40. due has no rating of 2025, which
    # is due from 31 March 2026 on: until then 2024 and 2023 are asked for (48 and 16), then it is
    # 12 to 60 and 32. early's rating of 2025 counts from the day that it is given.
    expect_scores(
        drawn_pack(
            performance=f"rated: {{kind: predicate, years: [60, 40], points: {PREDICATES}}}"
        ),
        """
        person | on         | rated
        ann    | 2026-06-30 | 88
        one    | 2026-06-30 | 56..88
        split  | 2026-06-30 | 64..88
        none   | 2026-06-30 | 20..100
        due    | 2026-03-30 | 64
        due    | 2026-03-31 | 44..92
        early  | 2026-01-19 | 100
        early  | 2026-01-20 | 76
        """,
        posts=POSTS,
        appraisal="""
        person | year | predicate         | appraised_on
        ann    | 2024 | very_good         | 2025-01-20
        ann    | 2025 | good              | 2026-01-20
        one    | 2025 | good              | 2026-01-20
        split  | 2024 | very_good         | 2025-01-20
        split  | 2025 | good              | 2026-01-20
        split  | 2025 | poor              | 2026-01-20
        due    | 2023 | poor              | 2024-01-20
        due    | 2024 | good              | 2025-01-20
        early  | 2023 | very_good         | 2024-01-20
        early  | 2024 | very_good         | 2025-01-20
        early  | 2025 | needs_improvement | 2026-01-20
        """,
    )


def test_a_rubric_may_give_a_better_predicate_fewer_points():
    # Whoever is rated very good has outgrown the post: 50. Of three ratings of a year, the one with
    # the most points and the one with the fewest are the ends, wherever they stand in the order.
    points = "{very_good: 50, good: 100, needs_improvement: 60, poor: 40, very_poor: 20}"
    expect_scores(
        drawn_pack(performance=f"rated: {{kind: predicate, years: [100], points: {points}}}"),
        """
        person | on         | rated
        two    | 2026-06-30 | 50..100
        three  | 2026-06-30 | 40..100
        none   | 2026-06-30 | 20..100
        """,
        posts=POSTS,
        appraisal="""
        person | year | predicate | appraised_on
        two    | 2025 | very_good | 2026-01-20
        two    | 2025 | good      | 2026-01-20
        three  | 2025 | very_good | 2026-01-20
        three  | 2025 | good      | 2026-01-20
        three  | 2025 | poor      | 2026-01-20
        """,
    )


AWARD = "kind: award, within_years: 5, categories: {medal: great, badge: small}"
AWARD_POINTS = "points: {great: 100, small: 50}"


def test_the_best_award_of_five_years_counts_and_none_on_record_is_what_the_pack_says():
    # Five years from 1 March 2021 end on the eve of 1 March 2026. A cup is named by no category: it
    # can be any, or is small where the pack says what others are. Beside a badge there may be a
    # medal that nobody handed in, unless the agency vouches for its register. lowest: nothing gives
    # 60, which is more than a badge, and nobody has less than for nothing.
    expect_scores(
        drawn_pack(
            performance=f"""
            open: {{{AWARD}, {AWARD_POINTS}}}
            named: {{{AWARD}, other: small, {AWARD_POINTS}}}
            vouched: {{{AWARD}, unrecorded: none, {AWARD_POINTS}}}
            lowest: {{{AWARD}, none: 60, {AWARD_POINTS}}}
            """
        ),
        """
        person | on         | open    | named   | vouched | lowest
        ann    | 2021-02-28 | 0..100  | 0..100  | 0       | 60..100
        ann    | 2021-03-01 | 100     | 100     | 100     | 100
        ann    | 2026-02-28 | 100     | 100     | 100     | 100
        ann    | 2026-03-01 | 0..100  | 0..100  | 0       | 60..100
        badge  | 2025-06-30 | 50..100 | 50..100 | 50      | 60..100
        cup    | 2025-06-30 | 50..100 | 50..100 | 50..100 | 60..100
        both   | 2025-06-30 | 100     | 100     | 100     | 100
        none   | 2025-06-30 | 0..100  | 0..100  | 0       | 60..100
        late   | 2025-06-30 | 0..100  | 0..100  | 0       | 60..100
        """,
        posts=POSTS,
        award="""
        person | kind  | awarded_on | recorded_on
        ann    | medal | 2021-03-01 | 2021-03-01
        badge  | badge | 2024-03-01 | 2024-03-01
        cup    | cup   | 2024-03-01 | 2024-03-01
        both   | cup   | 2024-03-01 | 2024-03-01
        both   | medal | 2024-03-01 | 2024-03-01
        late   | medal | 2024-03-01 | 2025-07-01
        """,
    )


def test_an_assignment_counts_for_five_years_after_its_last_day():
    # The last day is 28 February 2021, the next one 1 March: five years later it has faded. One
    # that lasts counts however long ago it began. late's end was recorded in 2026 only. A better
    # one may not be on record, unless the register is vouched for.
    points = (
        "{lead_inter_agency: 100, lead_internal: 85, member_inter_agency: 70, member_internal: 50}"
    )
    kind = f"kind: assignment, within_years: 5, points: {points}"
    expect_scores(
        drawn_pack(performance=f"open: {{{kind}}}\nvouched: {{{kind}, unrecorded: none}}"),
        """
        person | on         | open    | vouched
        ann    | 2020-01-31 | 0..100  | 0
        ann    | 2020-02-01 | 85..100 | 85
        ann    | 2026-02-28 | 85..100 | 85
        ann    | 2026-03-01 | 0..100  | 0
        lasts  | 2026-03-01 | 70..100 | 70
        best   | 2026-03-01 | 100     | 100
        member | 2026-03-01 | 50..100 | 50
        late   | 2026-03-31 | 85..100 | 85
        late   | 2026-04-01 | 0..100  | 0
        none   | 2026-03-01 | 0..100  | 0
        """,
        posts=POSTS,
        assignment="""
        person | title | role   | scope        | started_on | ended_on   | ended_recorded_on
        ann    | a     | lead   | internal     | 2020-02-01 | 2021-02-28 | 2021-02-28
        lasts  | a     | member | inter_agency | 2010-01-01 | -          | -
        best   | a     | member | internal     | 2024-01-01 | -          | -
        best   | b     | lead   | inter_agency | 2024-01-01 | 2024-06-30 | 2024-06-30
        member | a     | member | internal     | 2024-01-01 | 2024-06-30 | 2024-06-30
        late   | a     | lead   | internal     | 2020-02-01 | 2021-02-28 | 2026-04-01
        """,
    )


def test_acting_counts_by_the_place_of_the_post_against_the_own_one_of_its_first_day():
    # Ladder: staff, expert, head, chief. last: on the last day of the own post it still is the own
    # one; after: the day after there is none, and the post acted in can be higher, same or lower.
    # Of two own posts the higher one counts. risen: a head of later on was staff on that day.
    kind = "kind: acting"
    points = "points: {caretaker: 100, acting_higher: 80, acting_same: 60, acting_lower: 40}"
    expect_scores(
        drawn_pack(
            performance=f"""
            open: {{{kind}, {points}}}
            vouched: {{{kind}, {points}, unrecorded: none}}
            """
        ),
        """
        person    | on         | open    | vouched
        higher    | 2026-06-30 | 80..100 | 80
        same      | 2026-06-30 | 60..100 | 60
        lower     | 2026-06-30 | 40..100 | 40
        caretaker | 2026-06-30 | 100     | 100
        last      | 2026-06-30 | 80..100 | 80
        after     | 2026-06-30 | 40..100 | 40..80
        two       | 2026-06-30 | 60..100 | 60
        risen     | 2026-06-30 | 80..100 | 80
        best      | 2026-06-30 | 60..100 | 60..80
        none      | 2026-06-30 | 0..100  | 0
        before    | 2022-12-30 | 0..100  | 0
        before    | 2022-12-31 | 80..100 | 80
        """,
        posts=POSTS,
        appointment="""
        person    | post   | kind       | start_on   | end_on
        higher    | office | definitive | 2020-01-01 | -
        higher    | helm   | acting     | 2022-12-31 | 2023-06-30
        same      | office | definitive | 2020-01-01 | -
        same      | annex  | acting     | 2022-12-31 | 2023-06-30
        lower     | office | definitive | 2020-01-01 | -
        lower     | desk   | acting     | 2022-12-31 | 2023-06-30
        caretaker | office | definitive | 2020-01-01 | -
        caretaker | desk   | caretaker  | 2022-12-31 | 2023-06-30
        last      | office | definitive | 2020-01-01 | 2022-12-31
        last      | helm   | acting     | 2022-12-31 | 2023-06-30
        after     | office | definitive | 2020-01-01 | 2022-12-30
        after     | helm   | acting     | 2022-12-31 | 2023-06-30
        two       | desk   | definitive | 2021-01-01 | -
        two       | office | definitive | 2020-01-01 | -
        two       | annex  | acting     | 2022-12-31 | 2023-06-30
        risen     | desk   | definitive | 2020-01-01 | 2023-12-31
        risen     | office | definitive | 2024-01-01 | -
        risen     | study  | acting     | 2022-12-31 | 2023-06-30
        best      | helm   | acting     | 2019-01-01 | 2019-06-30
        best      | office | definitive | 2020-01-01 | -
        best      | annex  | acting     | 2022-12-31 | 2023-06-30
        none      | office | definitive | 2020-01-01 | -
        before    | office | definitive | 2020-01-01 | -
        before    | helm   | acting     | 2022-12-31 | 2023-06-30
        """,
    )


def test_feedback_is_the_mean_of_a_year_by_the_limits_of_the_national_guideline():
    # 4.5, 3.5 and 2.5 belong to the band above them. (4.4 + 4.5 + 4.6) / 3 is 4.5, whatever the
    # computer makes of it. Feedback of 1 July 2025 counts until 30 June 2026.
    expect_scores(
        shipped(KEPKA),
        """
        person  | on         | umpan_balik_360
        p45     | 2026-06-30 | 100
        p44     | 2026-06-30 | 85
        p35     | 2026-06-30 | 85
        p34     | 2026-06-30 | 70
        p25     | 2026-06-30 | 70
        p24     | 2026-06-30 | 40
        thirds  | 2026-06-30 | 100
        p45     | 2025-06-30 | 40..100
        p45     | 2026-07-01 | 40..100
        none    | 2026-06-30 | 40..100
        """,
        posts="post | class \n dinas | jpt_pratama",
        feedback="""
        person | score | given_on
        p45    | 4     | 2025-07-01
        p45    | 5     | 2025-07-01
        p44    | 4.49  | 2025-07-01
        p35    | 3.5   | 2025-07-01
        p34    | 3.49  | 2025-07-01
        p25    | 2.5   | 2025-07-01
        p24    | 2.49  | 2025-07-01
        thirds | 4.4   | 2025-07-01
        thirds | 4.5   | 2025-08-01
        thirds | 4.6   | 2025-09-01
        """,
    )


def test_a_technical_match_is_over_what_the_post_asks_for_beside_the_dictionary():
    # office asks for auditing at 4 and budgets at 2: 4 and 1 are 5 of 6. A missing one lies from 0
    # to 5: 4 to 9 of 6, of which the cap cuts what exceeds it. annex asks for nothing technical:
    # at most it is 5 where 1 is asked for, 500 where no cap cuts it.
    expect_scores(
        drawn_pack(
            performance="""
            capped: {kind: technical_match, cap: 100}
            open: {kind: technical_match, cap: null}
            """
        ),
        """
        person | on         | capped     | open
        ann    | 2026-06-30 | 83.33      | 83.33
        above  | 2026-06-30 | 100        | 166.67
        half   | 2026-06-30 | 66.67..100 | 66.67..150
        none   | 2026-06-30 | 0..100     | 0..166.67
        annex  | 2026-06-30 | 0..100     | 0..500
        """,
        posts=POSTS,
        post_requirement="""
        post   | competency | level
        office | auditing   | 4
        office | budgets    | 2
        annex  | integrity  | 4
        """,
        appointment="""
        person | post   | start_on   | end_on
        ann    | office | 2020-01-01 | -
        above  | office | 2020-01-01 | -
        half   | office | 2020-01-01 | -
        none   | office | 2020-01-01 | -
        annex  | annex  | 2020-01-01 | -
        """,
        assessment="""
        person | competency | level | assessed_on
        ann    | auditing   | 4     | 2025-01-15
        ann    | budgets    | 1     | 2025-01-15
        above  | auditing   | 5     | 2025-01-15
        above  | budgets    | 5     | 2025-01-15
        half   | auditing   | 4     | 2025-01-15
        none   | integrity  | 4     | 2025-01-15
        annex  | auditing   | 4     | 2025-01-15
        """,
    )


def test_hours_of_training_of_a_year_add_up_to_the_twenty_that_are_a_duty():
    # 20, 10, 5 and 1 belong to the band above them. Trainings of 30 June 2025 count until
    # 29 June 2026. Trainings on record are the least: others may not have been handed in, and hours
    # that nobody wrote down can be any. A training that has not ended adds none.
    expect_scores(
        shipped(KEPKA),
        """
        person | on         | pengembangan_kompetensi
        h20    | 2026-06-29 | 100
        h20    | 2026-06-30 | 60..100
        h19    | 2026-06-29 | 80..100
        h10    | 2026-06-29 | 80..100
        h9     | 2026-06-29 | 60..100
        h5     | 2026-06-29 | 60..100
        h4     | 2026-06-29 | 40..100
        h1     | 2026-06-29 | 40..100
        half   | 2026-06-29 | 0..100
        blank  | 2026-06-29 | 0..100
        begun  | 2026-06-29 | 0..100
        none   | 2026-06-29 | 0..100
        """,
        posts="post | class \n dinas | jpt_pratama",
        training="""
        person | hours | started_on | finished_on
        h20    | 12    | 2025-06-01 | 2025-06-30
        h20    | 8     | 2025-12-01 | 2025-12-31
        h19    | 19.99 | 2025-12-01 | 2025-12-31
        h10    | 10    | 2025-12-01 | 2025-12-31
        h9     | 9.99  | 2025-12-01 | 2025-12-31
        h5     | 5     | 2025-12-01 | 2025-12-31
        h4     | 4.99  | 2025-12-01 | 2025-12-31
        h1     | 1     | 2025-12-01 | 2025-12-31
        half   | 0.5   | 2025-12-01 | 2025-12-31
        blank  | -     | 2025-12-01 | 2025-12-31
        begun  | 40    | 2025-12-01 | -
        """,
    )


def test_hours_of_some_kinds_of_training_only_where_the_pack_says_so():
    # Nothing of that kind on record: nobody knows, or none where the register is vouched for. There
    # too a training whose hours nobody wrote down can be of any length; of another kind it says
    # nothing.
    bands = "bands: [{below: 20, points: 50}, {at_least: 20, points: 100}]"
    kind = f"kind: training_hours, within_years: 1, kinds: [technical], {bands}"
    expect_scores(
        drawn_pack(performance=f"open: {{{kind}}}\nvouched: {{{kind}, unrecorded: none}}"),
        """
        person | on         | open    | vouched
        ann    | 2026-06-30 | 100     | 100
        some   | 2026-06-30 | 50..100 | 50
        other  | 2026-06-30 | 50..100 | 50
        blank  | 2026-06-30 | 50..100 | 50..100
        aside  | 2026-06-30 | 50..100 | 50
        """,
        posts=POSTS,
        training="""
        person | kind       | hours | finished_on
        ann    | technical  | 20    | 2025-12-31
        some   | technical  | 10    | 2025-12-31
        other  | functional | 40    | 2025-12-31
        blank  | technical  | 10    | 2025-12-31
        blank  | technical  | -     | 2025-12-31
        aside  | technical  | 10    | 2025-12-31
        aside  | functional | -     | 2025-12-31
        """,
    )


def test_years_in_the_class_of_the_present_post_are_whole_years():
    # 1, 3 and 5 years are full on the anniversary. two_posts: two years in two posts of the class,
    # and the years as Ahli Madya, an equal of the career, are of another class. jobless left.
    expect_scores(
        shipped(KEPKA),
        """
        person    | on         | lama_jabatan
        ann       | 2021-02-28 | 40
        ann       | 2021-03-01 | 60
        ann       | 2023-02-28 | 60
        ann       | 2023-03-01 | 80
        ann       | 2025-02-28 | 80
        ann       | 2025-03-01 | 100
        two_posts | 2025-12-31 | 60
        jobless   | 2025-12-31 | 40..100
        none      | 2025-12-31 | 40..100
        """,
        posts="""
        post   | class
        bagian | administrator
        bidang | administrator
        madya  | ahli_madya
        """,
        appointment="""
        person    | post   | start_on   | end_on
        ann       | bagian | 2020-03-01 | -
        two_posts | madya  | 2010-01-01 | 2021-12-31
        two_posts | bidang | 2022-01-01 | 2022-12-31
        two_posts | bagian | 2025-01-01 | -
        jobless   | bagian | 2010-01-01 | 2025-06-30
        """,
    )


def test_variety_is_how_many_units_definitive_posts_were_held_in():
    # A second post in one unit adds nothing, nor does acting, nor a post that has not begun.
    expect_scores(
        shipped(KEPKA),
        """
        person | on         | ragam_jabatan
        one    | 2025-12-31 | 60
        two    | 2025-12-31 | 80
        three  | 2025-12-31 | 100
        three  | 2024-12-31 | 80
        acting | 2025-12-31 | 60
        none   | 2025-12-31 | 60..100
        """,
        posts="""
        post   | class         | unit
        bagian | administrator | setda
        umum   | administrator | setda
        bidang | administrator | dinas
        kabid  | administrator | badan
        """,
        appointment="""
        person | post   | kind       | start_on   | end_on
        one    | bagian | definitive | 2020-01-01 | 2021-12-31
        one    | umum   | definitive | 2022-01-01 | -
        two    | bagian | definitive | 2020-01-01 | 2021-12-31
        two    | bidang | definitive | 2022-01-01 | -
        three  | bagian | definitive | 2020-01-01 | 2021-12-31
        three  | bidang | definitive | 2022-01-01 | 2024-12-31
        three  | kabid  | definitive | 2025-01-01 | -
        acting | bagian | definitive | 2020-01-01 | -
        acting | bidang | acting     | 2022-01-01 | 2022-12-31
        """,
    )


def test_experience_is_in_whole_years_and_a_post_without_a_field_leaves_it_open():
    # Ministry: 5 years give 100, 3 give 80, less 60. unknown has 2 years in the field and 2 in a
    # post without one: 2 to 4 years, 60 or 80. fieldless holds a post without a field: anything.
    expect_scores(
        shipped("pu-per-post"),
        """
        person    | on         | pengalaman
        ann       | 2022-12-31 | 60
        ann       | 2023-01-01 | 80
        ann       | 2024-12-31 | 80
        ann       | 2025-01-01 | 100
        unknown   | 2024-01-01 | 60..80
        other     | 2024-01-01 | 60
        fieldless | 2024-01-01 | 60..100
        none      | 2024-01-01 | 60..100
        """,
        posts="""
        post   | class         | fields
        jalan  | administrator | jalan
        tanpa  | pengawas      | -
        air    | pengawas      | air
        kosong | administrator | -
        """,
        appointment="""
        person    | post   | start_on   | end_on
        ann       | jalan  | 2020-01-01 | -
        unknown   | tanpa  | 2020-01-01 | 2021-12-31
        unknown   | jalan  | 2022-01-01 | -
        other     | air    | 2010-01-01 | 2021-12-31
        other     | jalan  | 2022-01-01 | -
        fieldless | kosong | 2010-01-01 | -
        """,
    )


def test_potential_is_the_sum_of_eight_aspects_and_a_missing_one_can_be_any():
    # Eight aspects up to 5: 8 * 4 of 40 is 80. seven: 28 and 0 to 5. split: 28 and 3 or 5. newer:
    # one aspect was assessed again, and lower. Three years from 1 March 2023 end on the eve.
    expect_scores(
        shipped(KEPKA),
        """
        person | on         | penilaian_potensi
        ann    | 2026-02-28 | 80
        ann    | 2026-03-01 | 0..100
        seven  | 2026-02-28 | 70..82.5
        split  | 2026-02-28 | 77.5..82.5
        newer  | 2024-12-31 | 80
        newer  | 2025-01-01 | 72.5
        none   | 2026-02-28 | 0..100
        """,
        posts="post | class \n dinas | jpt_pratama",
        potential="""
        person | aspect                    | score | assessed_on
        ann    | all                       | 4     | 2023-03-01
        seven  | intelektual               | 4     | 2024-03-01
        seven  | interpersonal             | 4     | 2024-03-01
        seven  | kesadaran_diri            | 4     | 2024-03-01
        seven  | berpikir_kritis_strategis | 4     | 2024-03-01
        seven  | menyelesaikan_masalah     | 4     | 2024-03-01
        seven  | kecerdasan_emosional      | 4     | 2024-03-01
        seven  | belajar_cepat             | 4     | 2024-03-01
        split  | all                       | 4     | 2024-03-01
        split  | motivasi_komitmen         | 3     | 2024-04-01
        split  | motivasi_komitmen         | 5     | 2024-04-01
        newer  | all                       | 4     | 2024-03-01
        newer  | motivasi_komitmen         | 1     | 2025-01-01
        """,
    )


def test_a_score_off_the_scale_says_nothing_of_its_aspect():
    # Aspects are scored up to 5: 8 * 4 of 40 is 80. A score of 80 or of -1 is of another scale, and
    # leaves the aspect open: 28, and 0 to 5. So does one of two of a day; a newer one settles it.
    expect_scores(
        shipped(KEPKA),
        """
        person | on         | penilaian_potensi
        over   | 2026-02-28 | 70..82.5
        under  | 2026-02-28 | 70..82.5
        one    | 2026-02-28 | 70..82.5
        newer  | 2024-12-31 | 70..82.5
        newer  | 2025-01-01 | 80
        all    | 2026-02-28 | 0..100
        most   | 2026-02-28 | 100
        """,
        posts="post | class \n dinas | jpt_pratama",
        potential="""
        person | aspect            | score | assessed_on
        over   | all               | 4     | 2024-03-01
        over   | motivasi_komitmen | 80    | 2024-04-01
        under  | all               | 4     | 2024-03-01
        under  | motivasi_komitmen | -1    | 2024-04-01
        one    | all               | 4     | 2024-03-01
        one    | motivasi_komitmen | 4     | 2024-04-01
        one    | motivasi_komitmen | 5.5   | 2024-04-01
        newer  | all               | 4     | 2024-03-01
        newer  | motivasi_komitmen | 80    | 2024-04-01
        newer  | motivasi_komitmen | 4     | 2025-01-01
        all    | all               | 80    | 2024-03-01
        most   | all               | 5     | 2024-03-01
        """,
    )


def test_education_and_field_of_study_take_the_best_on_record():
    # ports is a field of work of the office; for ports shipping fits in part. A degree without a
    # field says nothing of it, nor does any for a post without a field of work.
    expect_scores(
        drawn_pack(
            performance="""
            level:
              kind: education
              points: {primary_secondary: 60, diploma: 70, bachelor: 80, master: 90, doctorate: 100}
            study:
              kind: field_of_study
              points: {fits: 100, related: 75, other: 50}
              related: {ports: [shipping], law: [history]}
            """
        ),
        """
        person  | on         | level   | study
        fits    | 2026-06-30 | 80      | 100
        related | 2026-06-30 | 90      | 75
        other   | 2026-06-30 | 70      | 50
        best    | 2026-06-30 | 90      | 100
        unnamed | 2026-06-30 | 80      | 50..100
        none    | 2026-06-30 | 60..100 | 50..100
        annex   | 2026-06-30 | 100     | 50..100
        student | 2026-06-29 | 60..100 | 50..100
        student | 2026-06-30 | 80      | 100
        """,
        posts=POSTS,
        appointment="""
        person  | post   | start_on   | end_on
        fits    | office | 2020-01-01 | -
        related | office | 2020-01-01 | -
        other   | office | 2020-01-01 | -
        best    | office | 2020-01-01 | -
        unnamed | office | 2020-01-01 | -
        none    | office | 2020-01-01 | -
        annex   | annex  | 2020-01-01 | -
        student | office | 2020-01-01 | -
        """,
        education="""
        person  | level     | field    | graduated_on
        fits    | bachelor  | ports    | 2010-07-01
        related | master    | shipping | 2010-07-01
        other   | diploma   | history  | 2010-07-01
        best    | bachelor  | ports    | 2010-07-01
        best    | master    | history  | 2015-07-01
        unnamed | bachelor  | -        | 2010-07-01
        annex   | doctorate | ports    | 2010-07-01
        student | bachelor  | ports    | 2026-06-30
        """,
    )


def test_packs_differ_in_how_long_a_sanction_lowers_the_score():
    # The same people under three packs: all sanctions count, those that run only, and those that
    # ended less than five years ago. Heavy until 28 February 2021: five years end on the eve of
    # 1 March 2026. open has no end on record: running (0), or over (medium, 50).
    expected = {
        KEPKA: """
            person | on         | rekam_jejak_disiplin
            ann    | 2020-02-29 | 100
            ann    | 2020-03-01 | 0
            ann    | 2021-02-28 | 0
            ann    | 2021-03-01 | 25
            ann    | 2026-02-28 | 25
            ann    | 2026-03-01 | 25
            open   | 2026-03-01 | 0..50
            light  | 2026-03-01 | 75
            worst  | 2026-03-01 | 50
            late   | 2026-03-31 | 0..25
            late   | 2026-04-01 | 25
            none   | 2026-03-01 | 100
            """,
        "pu-per-post": """
            person | on         | rekam_jejak_disiplin
            ann    | 2021-02-28 | 0
            ann    | 2021-03-01 | 100
            open   | 2026-03-01 | 0..50
            worst  | 2026-03-01 | 100
            late   | 2026-03-31 | 0..25
            late   | 2026-04-01 | 100
            none   | 2026-03-01 | 100
            """,
        "manado": """
            person | on         | disiplin
            ann    | 2021-02-28 | 0
            ann    | 2026-02-28 | 25
            ann    | 2026-03-01 | 100
            open   | 2026-03-01 | 0..50
            worst  | 2026-03-01 | 50
            none   | 2026-03-01 | 100
            """,
    }
    for name, cases in expected.items():
        expect_scores(
            shipped(name),
            cases,
            posts="post | class \n dinas | jpt_pratama",
            discipline="""
            person | level  | sanctioned_on | until_on   | until_recorded_on
            ann    | heavy  | 2020-03-01    | 2021-02-28 | 2020-03-01
            open   | medium | 2025-03-01    | -          | -
            light  | light  | 2024-03-01    | 2024-12-31 | 2024-03-01
            worst  | light  | 2024-03-01    | 2024-12-31 | 2024-03-01
            worst  | medium | 2023-03-01    | 2023-12-31 | 2023-03-01
            late   | heavy  | 2024-03-01    | 2024-12-31 | 2026-04-01
            """,
        )


def test_leadership_training_and_rank_count_by_the_highest_that_is_reached():
    # Points of a rank hold from it on to the next one that is named. Whoever has a leadership
    # training on record, or none, may have a higher one; a technical course is none. Ranks of one
    # day are a range.
    expect_scores(
        shipped("manado"),
        """
        person | on         | diklat_kepemimpinan | pangkat
        ann    | 2026-06-30 | 80..100             | 80
        below  | 2026-06-30 | 60..100             | 70
        exact  | 2026-06-30 | 100                 | 70
        under  | 2026-06-30 | 0..100              | 60
        top    | 2026-06-30 | 0..100              | 100
        split  | 2026-06-30 | 80..100             | 70..90
        none   | 2026-06-30 | 0..100              | 0..100
        late   | 2026-03-31 | 0..100              | 80
        late   | 2026-04-01 | 80..100             | 90
        """,
        posts="post | class \n dinas | jpt_pratama",
        training="""
        person | level  | finished_on
        ann    | pka    | 2025-12-31
        below  | pkp    | 2015-12-31
        exact  | pkn_ii | 2025-12-31
        under  | -      | 2025-12-31
        split  | pka    | 2025-12-31
        split  | pkp    | 2015-12-31
        late   | pka    | 2026-04-01
        """,
        rank_history="""
        person | rank  | from_on
        ann    | IV/a  | 2024-04-01
        below  | III/d | 2024-04-01
        exact  | III/c | 2024-04-01
        under  | III/b | 2024-04-01
        top    | IV/e  | 2024-04-01
        split  | III/d | 2024-04-01
        split  | IV/b  | 2024-04-01
        late   | IV/a  | 2020-04-01
        late   | IV/b  | 2026-04-01
        """,
    )


def test_a_rank_below_all_that_are_named_gives_nothing():
    # What no record holds stays the whole range, whoever it is asked of.
    expect_scores(
        drawn_pack(
            performance="""
            rank: {kind: rank, points: {III/a: 60, IV/a: 80}}
            view: {kind: not_on_record, lowest: 20, highest: 70}
            """
        ),
        """
        person | on         | rank   | view
        low    | 2026-06-30 | 0      | 20..70
        enough | 2026-06-30 | 60     | 20..70
        none   | 2026-06-30 | 0..80  | 20..70
        """,
        posts=POSTS,
        rank_history="""
        person | rank  | from_on
        low    | II/d  | 2024-04-01
        enough | III/a | 2024-04-01
        """,
    )


def test_a_register_that_is_not_kept_vouches_for_nothing():
    # The same measures of a register that is kept and empty, and of one that the agency does not
    # have. Appointments are always kept: whoever acted in none has acted in none.
    pack = drawn_pack(
        performance=f"""
        award: {{{AWARD}, {AWARD_POINTS}, unrecorded: none}}
        team:
          kind: assignment
          within_years: 5
          points:
            lead_inter_agency: 90
            lead_internal: 80
            member_inter_agency: 70
            member_internal: 60
          unrecorded: none
        acting:
          kind: acting
          points: {{caretaker: 100, acting_higher: 80, acting_same: 60, acting_lower: 40}}
          unrecorded: none
        hours:
          kind: training_hours
          within_years: 1
          bands: [{{below: 1, points: 10}}, {{at_least: 1, points: 90}}]
          unrecorded: none
        lead: {{kind: leadership_training, points: {{pka: 70}}, none: 5, unrecorded: none}}
        clean:
          kind: discipline
          within_years: null
          points: {{never: 100, light: 75, medium: 50, heavy: 25, running: 0}}
        """
    )
    kept = {
        "award": "person | kind | awarded_on",
        "assignment": "person | role | scope | started_on",
        "training": "person | level | finished_on",
        "discipline": "person | level | sanctioned_on",
    }
    expect_scores(
        pack,
        """
        person | on         | award | team | acting | hours | lead | clean
        ann    | 2026-06-30 | 0     | 0    | 0      | 10    | 5    | 100
        """,
        posts=POSTS,
        appointment=OFFICE,
        **kept,
    )
    expect_scores(
        pack,
        """
        person | on         | award  | team  | acting | hours  | lead  | clean
        ann    | 2026-06-30 | 0..100 | 0..90 | 0      | 10..90 | 5..70 | 0..100
        """,
        posts=POSTS,
        appointment=OFFICE,
    )
