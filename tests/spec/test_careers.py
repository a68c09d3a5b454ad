"""Rules of posts held, now or earlier: how long is long enough, and what is known of it on a day.

A post held on a day has been held up to that day; a post that was left has been held to its last
day, that one included.
"""

from tests.lib.spec import expect_answers
from tests.lib.spec_packs import drawn_pack

POSTS = """
    post   | class  | fields
    desk   | staff  | ports
    study  | expert | ports law
    office | head   | ports
    annex  | head   | law
    attic  | head   | -
    target | chief  | ports
    harbor | chief  | ports taxes
    nobody | chief  | -
"""
HELD = drawn_pack("""
    ever: {rule: held, of: [head], years: 0}
    one: {rule: held, of: [head], years: 1}
    two: {rule: held, of: [head], years: 2}
    four: {rule: held, of: [head], years: 4}
    acting: {rule: held, of: [head], years: 2, kinds: [definitive, acting]}
    equal: {rule: held, of: [head], or_equal: true, years: 2}
""")


def test_two_years_in_post_are_full_on_the_anniversary_and_not_the_day_before():
    # Who began on 1 March 2024 has two years on 1 March 2026. Of 29 February the anniversary is
    # 1 March, and 29 February itself in a leap year. On the first day nothing was served yet, which
    # is enough where no years are asked for. eve's office was acting only, mia's post is an equal.
    expect_answers(
        HELD,
        """
        person | on         | ever    | two     | four    | acting  | equal
        ann    | 2024-03-01 | met     | not met | not met | not met | not met
        ann    | 2026-02-28 | met     | not met | not met | not met | not met
        ann    | 2026-03-01 | met     | met     | not met | met     | met
        ann    | 2028-02-29 | met     | met     | not met | met     | met
        ann    | 2028-03-01 | met     | met     | met     | met     | met
        leap   | 2022-02-28 | met     | not met | not met | not met | not met
        leap   | 2022-03-01 | met     | met     | not met | met     | met
        leap   | 2024-02-28 | met     | met     | not met | met     | met
        leap   | 2024-02-29 | met     | met     | met     | met     | met
        eve    | 2026-03-01 | not met | not met | not met | met     | not met
        mia    | 2026-02-28 | not met | not met | not met | not met | not met
        mia    | 2026-03-01 | not met | not met | not met | not met | met
        nan    | 2026-03-01 | not met | not met | not met | not met | not met
        """,
        posts=POSTS,
        appointment="""
        person | post   | kind       | start_on   | end_on
        ann    | office | definitive | 2024-03-01 | -
        leap   | office | definitive | 2020-02-29 | -
        eve    | office | acting     | 2024-03-01 | -
        mia    | study  | definitive | 2024-03-01 | -
        nan    | desk   | definitive | 2010-03-01 | -
        """,
    )


def test_spells_are_added_up_and_days_in_two_of_them_count_once():
    # whole: 2022 and 2023 in full. short: one day less, and the years that follow add nothing. lap:
    # two years in two posts that overlap by half a year. touch: two years on end. gap: a day lost
    # between; 2020 had 366 days, and 366 + 364 days before 1 January 2022 reach back to
    # 2 January 2020 only. far: two full years with a day of 2021 to 2023 between them.
    expect_answers(
        HELD,
        """
        person | on         | one     | two
        whole  | 2023-12-30 | met     | not met
        whole  | 2023-12-31 | met     | met
        whole  | 2030-01-01 | met     | met
        short  | 2024-01-01 | met     | not met
        short  | 2030-01-01 | met     | not met
        lap    | 2024-01-01 | met     | not met
        touch  | 2021-12-30 | met     | not met
        touch  | 2021-12-31 | met     | met
        gap    | 2024-01-01 | met     | not met
        far    | 2022-12-31 | met     | not met
        far    | 2023-01-01 | met     | met
        inside | 2024-01-01 | met     | not met
        """,
        posts=POSTS,
        appointment="""
        person | post   | start_on   | end_on
        whole  | office | 2022-01-01 | 2023-12-31
        short  | office | 2022-01-01 | 2023-12-30
        lap    | office | 2020-01-01 | 2020-12-31
        lap    | annex  | 2020-07-01 | 2021-06-30
        touch  | office | 2020-01-01 | 2020-12-31
        touch  | annex  | 2021-01-01 | 2021-12-31
        gap    | office | 2020-01-01 | 2020-12-31
        gap    | annex  | 2021-01-02 | 2021-12-31
        far    | office | 2021-01-01 | 2021-12-31
        far    | annex  | 2022-01-02 | 2023-01-01
        inside | office | 2020-01-01 | 2021-06-30
        inside | annex  | 2020-03-01 | 2020-09-30
        """,
    )


def test_what_was_recorded_later_than_the_day_is_not_known_on_it():
    # late_end left on the last day of 2022, and the record knew it on 1 June 2024: until then the
    # office is held, and its two years are full on 1 January 2024. late_start is on record from
    # 1 March 2024 on. ahead's end is known long before it comes. future has not begun.
    expect_answers(
        HELD,
        """
        person     | on         | two
        late_end   | 2023-12-31 | not met
        late_end   | 2024-01-01 | met
        late_end   | 2024-05-31 | met
        late_end   | 2024-06-01 | not met
        late_start | 2024-02-29 | needs checking
        late_start | 2024-03-01 | met
        ahead      | 2023-12-31 | not met
        ahead      | 2024-01-01 | met
        future     | 2024-12-31 | needs checking
        future     | 2025-01-01 | not met
        never      | 2030-01-01 | met
        """,
        posts=POSTS,
        appointment="""
        person     | post   | start_on   | start_recorded_on | end_on     | end_recorded_on
        late_end   | office | 2022-01-01 | 2022-01-01        | 2022-12-31 | 2024-06-01
        late_start | office | 2022-01-01 | 2024-03-01        | -          | -
        ahead      | office | 2022-01-01 | 2022-01-01        | 2024-06-30 | 2022-01-01
        future     | office | 2025-01-01 | 2024-06-01        | -          | -
        never      | office | 2022-01-01 | 2022-01-01        | 2022-12-31 | -
        """,
    )


def test_a_present_post_is_asked_for_without_a_break():
    # moved: from one head's post to another on the next day: one stretch since 2022. break: a day
    # between them begins a new one. left: on the last day of an appointment, as the day closes,
    # the post is held no more. risen: was a head for ten years and is a chief now.
    expect_answers(
        drawn_pack("""
            now: {rule: present, of: [head]}
            two: {rule: present, of: [head], years: 2}
            equal: {rule: present, of: [head], or_equal: true, years: 2}
        """),
        """
        person | on         | now            | two            | equal
        ann    | 2024-02-29 | needs checking | needs checking | needs checking
        ann    | 2024-03-01 | met            | not met        | not met
        ann    | 2026-02-28 | met            | not met        | not met
        ann    | 2026-03-01 | met            | met            | met
        leap   | 2022-02-28 | met            | not met        | not met
        leap   | 2022-03-01 | met            | met            | met
        moved  | 2023-12-31 | met            | not met        | not met
        moved  | 2024-01-01 | met            | met            | met
        break  | 2024-01-01 | met            | not met        | not met
        break  | 2025-01-01 | met            | not met        | not met
        break  | 2025-01-02 | met            | met            | met
        left   | 2023-06-29 | met            | met            | met
        left   | 2023-06-30 | not met        | not met        | not met
        risen  | 2026-01-01 | not met        | not met        | not met
        expert | 2024-01-01 | met            | not met        | met
        acting | 2026-01-01 | not met        | not met        | not met
        """,
        posts=POSTS,
        appointment="""
        person | post   | kind       | start_on   | end_on
        ann    | office | definitive | 2024-03-01 | -
        leap   | office | definitive | 2020-02-29 | -
        moved  | office | definitive | 2022-01-01 | 2022-12-31
        moved  | annex  | definitive | 2023-01-01 | -
        break  | office | definitive | 2022-01-01 | 2022-12-31
        break  | annex  | definitive | 2023-01-02 | -
        left   | office | definitive | 2020-01-01 | 2023-06-30
        risen  | office | definitive | 2010-01-01 | 2019-12-31
        risen  | target | definitive | 2020-01-01 | -
        expert | study  | definitive | 2022-01-01 | 2022-12-31
        expert | annex  | definitive | 2023-01-01 | -
        acting | office | acting     | 2020-01-01 | -
        """,
    )


def test_experience_counts_posts_that_share_a_field_and_leaves_unknown_fields_open():
    # study works in ports and law: one field in common is enough. attic has no field on record: it
    # may be of ports or not. other has law only, for ever: a person judges whether law is related,
    # where the pack leaves that to one. Nobody's time can tell whether it fits a post without a
    # field.
    expect_answers(
        drawn_pack("""
            worked: {rule: experience, years: 2}
            related: {rule: experience, years: 2, other_fields: need_checking}
        """),
        """
        person | on         | post   | worked         | related
        ann    | 2025-12-31 | target | not met        | not met
        ann    | 2026-01-01 | target | met            | met
        ann    | 2026-01-01 | nobody | needs checking | needs checking
        ann    | 2026-01-01 | harbor | met            | met
        both   | 2026-01-01 | target | met            | met
        half   | 2024-12-31 | target | not met        | not met
        half   | 2025-12-31 | target | needs checking | needs checking
        half   | 2030-01-01 | target | needs checking | needs checking
        attic  | 2024-12-31 | target | not met        | not met
        attic  | 2025-01-01 | target | needs checking | needs checking
        other  | 2030-01-01 | target | not met        | needs checking
        acting | 2030-01-01 | target | not met        | not met
        none   | 2026-01-01 | target | needs checking | needs checking
        """,
        posts=POSTS,
        appointment="""
        person | post   | kind       | start_on   | end_on
        ann    | office | definitive | 2024-01-01 | -
        both   | desk   | definitive | 2022-01-01 | 2022-12-31
        both   | study  | definitive | 2024-01-01 | 2024-12-31
        half   | office | definitive | 2024-01-01 | 2024-12-31
        half   | attic  | definitive | 2025-01-01 | 2025-12-31
        attic  | attic  | definitive | 2023-01-01 | -
        other  | annex  | definitive | 2000-01-01 | -
        acting | office | acting     | 2020-01-01 | -
        """,
    )
