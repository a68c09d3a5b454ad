"""Which rules are asked for which class of post by which route, and the status that follows.

An agency fills a post from its succession group, by a lateral move, or by open selection; what is
asked is that of the shipped pack of the national guideline.
"""

from tests.lib.spec import expect_answers
from tests.lib.spec_packs import drawn_pack, shipped

KEPKA = shipped("asn-kepka-411-2025")
POSTS = """
    post     | class         | fields
    dinas    | jpt_pratama   | jalan
    target   | jpt_pratama   | jalan
    bagian   | administrator | jalan
    kasubag  | pengawas      | jalan
    utama    | ahli_utama    | jalan
    madya    | ahli_madya    | jalan
    outside  | pelaksana     | jalan
"""
# Heads of a service since 2018 whom nothing bars but their age, named by the year of their birth.
DIRECTORS = ("born_1970", "born_1969", "born_1968", "born_1966")


def of_each(columns: str, *told: str) -> str:
    """A table that has the same rows for each of them."""
    lines = [f"{name} | {row}" for row in told for name in DIRECTORS]
    return "\n".join([f"person | {columns}", *lines])


REGISTERS = {
    "posts": POSTS,
    "appointment": of_each(
        "post | start_on | end_on", "bagian | 2012-01-01 | 2017-12-31", "dinas | 2018-01-01 | -"
    ),
    "protected_attribute": """
        person    | value
        born_1970 | 1970-03-15
        born_1969 | 1969-03-15
        born_1968 | 1968-03-15
        born_1966 | 1966-03-15
        """,
    "education": of_each("level | graduated_on", "bachelor | 1995-07-01"),
    "rank_history": of_each("rank | from_on", "IV/c | 2016-04-01"),
    "training": of_each("level | finished_on", "pka | 2013-06-30"),
    "assessment": of_each("competency | level | assessed_on", "all | 4 | 2025-01-15"),
    "appraisal": of_each(
        "year | predicate | appraised_on", "2024 | good | 2025-01-20", "2025 | good | 2026-01-20"
    ),
    "discipline": "person | level | sanctioned_on",
    "legal_status": of_each("status | from_on | until_on", "active | 1995-01-01 | -"),
    "succession_group": of_each("from_on | until_on", "2026-01-01 | -"),
}


def test_the_limit_of_56_bars_a_promotion_and_no_lateral_move():
    # Article 107 c limits the age at promotion. At 57 the lateral route asks for no age but that of
    # retirement, 60 for a JPT pratama, and everything that it asks for is met. At 56 and some
    # months the readings differ. Approval of BKN and the documents come before the appointment and
    # leave the list as it is. born_1966 served to 31 March 2026.
    expect_answers(
        KEPKA,
        """
        person    | on         | route            | age            | retirement | status
        born_1970 | 2026-03-15 | lateral          | -              | met        | met
        born_1970 | 2026-03-15 | open_selection   | met            | met        | met
        born_1970 | 2026-03-15 | succession_group | met            | met        | met
        born_1970 | 2026-03-16 | lateral          | -              | met        | met
        born_1970 | 2026-03-16 | open_selection   | needs checking | met        | needs checking
        born_1970 | 2026-03-16 | succession_group | needs checking | met        | needs checking
        born_1969 | 2026-03-14 | open_selection   | needs checking | met        | needs checking
        born_1969 | 2026-03-15 | open_selection   | not met        | met        | not met
        born_1969 | 2026-03-15 | succession_group | not met        | met        | not met
        born_1969 | 2026-03-15 | lateral          | -              | met        | met
        born_1968 | 2026-03-16 | lateral          | -              | met        | met
        born_1968 | 2026-03-16 | open_selection   | not met        | met        | not met
        born_1966 | 2026-03-31 | lateral          | -              | met        | met
        born_1966 | 2026-04-01 | lateral          | -              | not met    | not met
        """,
        **REGISTERS,
    )


def test_what_is_due_before_the_appointment_leaves_the_list_open():
    # BKN is asked where no open selection is held. What no record holds needs checking for ever,
    # and the status of the list does not wait for it.
    expect_answers(
        KEPKA,
        """
        person    | on         | route            | bkn            | health         | status
        born_1970 | 2026-03-15 | succession_group | needs checking | needs checking | met
        born_1970 | 2026-03-15 | lateral          | needs checking | needs checking | met
        born_1970 | 2026-03-15 | open_selection   | -              | needs checking | met
        """,
        **REGISTERS,
    )


def test_membership_of_a_succession_group_is_asked_on_that_route_only():
    # The group of 2025 ended with the year. Until another one is set up in February 2026 nobody is
    # in any, and whoever asks needs to check; from then on, whoever is not in it is told so.
    cases = """
        person | on         | route            | succession_group
        old    | 2025-12-31 | succession_group | met
        old    | 2025-12-31 | lateral          | -
        old    | 2025-12-31 | open_selection   | -
        new    | 2025-12-31 | succession_group | not met
        old    | 2026-01-01 | succession_group | needs checking
        new    | 2026-01-01 | succession_group | needs checking
        old    | 2026-02-01 | succession_group | not met
        new    | 2026-02-01 | succession_group | met
        """
    groups = """
        person | from_on    | until_on   | until_recorded_on
        old    | 2025-01-01 | 2025-12-31 | 2025-01-01
        new    | 2026-02-01 | -          | -
        """
    expect_answers(KEPKA, cases, posts=POSTS, succession_group=groups)


def test_rules_of_promotion_and_of_lateral_moves_are_asked_by_class_and_route():
    # A JPT pratama by promotion: held a post of administrator (or Ahli Madya). By a lateral move:
    # holds a JPT pratama or its equal, Ahli Utama. There is no rule at all for a class that the
    # pack does not gate, so that somebody has to check.
    expect_answers(
        KEPKA,
        """
        person | on         | post    | route          | post_before | same_level | status
        head   | 2026-06-30 | target  | open_selection | met         | -          | needs checking
        head   | 2026-06-30 | target  | lateral        | -           | not met    | not met
        head   | 2026-06-30 | bagian  | lateral        | -           | met        | needs checking
        head   | 2026-06-30 | bagian  | open_selection | not met     | -          | not met
        expert | 2026-06-30 | target  | lateral        | -           | met        | needs checking
        expert | 2026-06-30 | target  | open_selection | not met     | -          | not met
        middle | 2026-06-30 | target  | open_selection | met         | -          | needs checking
        middle | 2026-06-30 | target  | lateral        | -           | not met    | not met
        middle | 2026-06-30 | bagian  | lateral        | -           | met        | needs checking
        head   | 2026-06-30 | outside | lateral        | -           | -          | needs checking
        """,
        posts=POSTS,
        appointment="""
        person | post   | start_on   | end_on
        head   | bagian | 2020-01-01 | -
        expert | utama  | 2020-01-01 | -
        middle | madya  | 2020-01-01 | -
        """,
    )


def test_years_asked_of_the_post_before_go_by_the_class_of_the_target():
    # Two years for a JPT pratama, three for an administrator, four for a pengawas. Whoever began on
    # 1 March 2022 has two in 2024, three in 2025, four in 2026.
    expect_answers(
        KEPKA,
        """
        person    | on         | post    | post_before
        head      | 2024-02-29 | target  | not met
        head      | 2024-03-01 | target  | met
        section   | 2025-02-28 | bagian  | not met
        section   | 2025-03-01 | bagian  | met
        clerk     | 2026-02-28 | kasubag | not met
        clerk     | 2026-03-01 | kasubag | met
        """,
        posts=POSTS,
        appointment="""
        person  | post    | start_on   | end_on
        head    | bagian  | 2022-03-01 | -
        section | kasubag | 2022-03-01 | -
        clerk   | outside | 2022-03-01 | -
        """,
    )


def test_the_status_is_the_worst_answer_and_a_later_rule_counts_only_where_it_is_not_met():
    # open: what needs checking later does not count now; barred: what is known to fail later does.
    expect_answers(
        drawn_pack("""
            diploma: {rule: education, at_least: diploma}
            bachelor: {rule: education, at_least: bachelor, due: appointment}
            letter: {rule: document, due: appointment}
        """),
        """
        person   | on         | diploma        | bachelor       | letter         | status
        bachelor | 2026-06-30 | met            | met            | needs checking | met
        diploma  | 2026-06-30 | met            | not met        | needs checking | not met
        school   | 2026-06-30 | not met        | not met        | needs checking | not met
        none     | 2026-06-30 | needs checking | needs checking | needs checking | needs checking
        """,
        posts=POSTS_OF_DRAWN,
        education="""
        person   | level             | graduated_on
        bachelor | bachelor          | 2010-07-01
        diploma  | diploma           | 2010-07-01
        school   | primary_secondary | 2000-07-01
        """,
    )


def test_rules_that_are_all_due_later_leave_the_list_met_and_no_rule_needs_checking():
    # A head's post has one paper to be shown before the appointment; of staff nothing is asked.
    expect_answers(
        drawn_pack("letter: {rule: document, due: appointment, classes: [head]}"),
        """
        person | on         | post   | letter         | status
        ann    | 2026-06-30 | office | needs checking | met
        ann    | 2026-06-30 | desk   | -              | needs checking
        """,
        posts=POSTS_OF_DRAWN,
    )


POSTS_OF_DRAWN = """
    post   | class
    desk   | staff
    office | head
    target | chief
"""
