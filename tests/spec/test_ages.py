"""Rules that follow from a day of birth: limits of age in each reading, and the end of service."""

from tests.lib.spec import expect_answers
from tests.lib.spec_packs import drawn_pack, shipped

POSTS = """
    post   | class
    desk   | staff
    study  | expert
    office | head
    helm   | chief
    target | chief
"""


def test_at_most_56_is_read_as_the_birthday_or_as_the_eve_of_the_next_one():
    # Born on 15 March 1970, ann is 56 on 15 March 2026 and 57 on 15 March 2027. Between the two the
    # reading decides, and an agency that has not decided on one needs to check. leap, born on a
    # 29 February, is 57 on 1 March 2025: the eve of it is 28 February.
    expect_answers(
        drawn_pack("""
            birthday: {rule: age, at_most: 56, reading: birthday}
            completed: {rule: age, at_most: 56, reading: completed_years}
            undecided: {rule: age, at_most: 56, reading: undecided}
        """),
        """
        person | on         | birthday | completed | undecided
        ann    | 2026-03-14 | met      | met       | met
        ann    | 2026-03-15 | met      | met       | met
        ann    | 2026-03-16 | not met  | met       | needs checking
        ann    | 2027-03-14 | not met  | met       | needs checking
        ann    | 2027-03-15 | not met  | not met   | not met
        leap   | 2024-02-29 | met      | met       | met
        leap   | 2024-03-01 | not met  | met       | needs checking
        leap   | 2025-02-28 | not met  | met       | needs checking
        leap   | 2025-03-01 | not met  | not met   | not met
        """,
        posts=POSTS,
        protected_attribute="""
        person | value
        ann    | 1970-03-15
        leap   | 1968-02-29
        """,
    )


def test_a_birthday_of_29_february_is_1_march_in_other_years():
    # 58 years after 1968 there is no 29 February.
    expect_answers(
        drawn_pack("age: {rule: age, at_most: 58, reading: birthday}"),
        """
        person | on         | age
        leap   | 2026-02-28 | met
        leap   | 2026-03-01 | met
        leap   | 2026-03-02 | not met
        """,
        posts=POSTS,
        protected_attribute="""
        person | value
        leap   | 1968-02-29
        """,
    )


def test_a_day_of_birth_has_to_be_one_day_that_exists():
    # The same day written both ways is one day. 1970 was no leap year. late's second day is on
    # record from 2026 on only; before, the first one stands alone.
    expect_answers(
        drawn_pack("age: {rule: age, at_most: 56, reading: birthday}"),
        """
        person | on         | age
        other  | 2026-12-31 | met
        other  | 2027-01-01 | not met
        same   | 2025-06-30 | met
        two    | 2025-06-30 | needs checking
        wrong  | 2025-06-30 | needs checking
        text   | 2025-06-30 | needs checking
        none   | 2025-06-30 | needs checking
        late   | 2025-12-31 | met
        late   | 2026-01-01 | needs checking
        """,
        posts=POSTS,
        protected_attribute="""
        person | value      | recorded_on
        other  | 31-12-1970 | -
        same   | 1970-12-31 | -
        same   | 31-12-1970 | -
        two    | 1970-12-31 | -
        two    | 1971-12-31 | -
        wrong  | 1970-02-29 | -
        text   | unknown    | -
        late   | 1970-12-31 | -
        late   | 1950-12-31 | 2026-01-01
        """,
    )


def test_service_ends_with_the_month_of_the_age_of_retirement():
    # 58 for an administrator, 60 for a JPT pratama, 65 for an Ahli Utama: the last day of service
    # is that of the month of the birthday, whether it is its first day or its last. leap, born on a
    # 29 February, serves to the end of February, although 2026 has no such birthday.
    expect_answers(
        shipped("asn-kepka-411-2025"),
        """
        person    | on         | retirement
        first     | 2026-06-30 | met
        first     | 2026-07-01 | not met
        last      | 2026-06-30 | met
        last      | 2026-07-01 | not met
        middle    | 2026-06-30 | met
        middle    | 2026-07-01 | not met
        leap      | 2026-02-28 | met
        leap      | 2026-03-01 | not met
        december  | 2026-12-31 | met
        december  | 2027-01-01 | not met
        february  | 2028-02-29 | met
        february  | 2028-03-01 | not met
        pratama   | 2026-03-31 | met
        pratama   | 2026-04-01 | not met
        utama     | 2026-01-31 | met
        utama     | 2026-02-01 | not met
        nobody    | 2026-01-31 | needs checking
        left      | 2026-01-31 | needs checking
        undated   | 2026-01-31 | needs checking
        """,
        route="lateral",
        posts=SHIPPED_POSTS,
        appointment="""
        person    | post    | start_on   | end_on
        first     | bagian  | 2020-01-01 | -
        last      | bagian  | 2020-01-01 | -
        middle    | bagian  | 2020-01-01 | -
        leap      | bagian  | 2020-01-01 | -
        december  | bagian  | 2020-01-01 | -
        february  | bagian  | 2020-01-01 | -
        pratama   | dinas   | 2020-01-01 | -
        utama     | ahli    | 2020-01-01 | -
        left      | bagian  | 2020-01-01 | 2025-12-31
        undated   | bagian  | 2020-01-01 | -
        """,
        protected_attribute="""
        person   | value
        first    | 1968-06-01
        last     | 1968-06-30
        middle   | 1968-06-15
        leap     | 1968-02-29
        december | 1968-12-31
        february | 1970-02-01
        pratama  | 1966-03-15
        utama    | 1961-01-31
        nobody   | 1968-06-15
        left     | 1968-06-15
        """,
    )


SHIPPED_POSTS = """
    post    | class         | title
    bagian  | administrator | Kepala Bagian Umum
    dinas   | jpt_pratama   | Kepala Dinas
    ahli    | ahli_utama    | Analis Kebijakan Ahli Utama
    guru    | ahli_muda     | Guru Ahli Muda
    analis  | ahli_muda     | Analis Ahli Muda
    neliti  | ahli_utama    | PENELITI AHLI UTAMA
    profesi | ahli_madya    | Dosen (Guru Besar)
    target  | jpt_pratama   | Kepala Badan
"""


def test_exceptions_of_the_age_of_retirement_go_by_what_they_name_and_the_first_counts():
    # All were born on 15 June 1968. An Ahli Muda retires at 58, a teacher (guru) of that class at
    # 60. A researcher (peneliti) who is Ahli Utama does at 70, capitals or not. A professor (guru
    # besar) is a guru besides, and of both exceptions, 70 and 60, the first one counts.
    expect_answers(
        shipped("asn-kepka-411-2025"),
        """
        person  | on         | retirement
        analyst | 2026-06-30 | met
        analyst | 2026-07-01 | not met
        teacher | 2028-06-30 | met
        teacher | 2028-07-01 | not met
        scholar | 2038-06-30 | met
        scholar | 2038-07-01 | not met
        prof    | 2038-06-30 | met
        prof    | 2038-07-01 | not met
        """,
        route="lateral",
        posts=SHIPPED_POSTS,
        appointment="""
        person  | post    | start_on   | end_on
        analyst | analis  | 2020-01-01 | -
        teacher | guru    | 2020-01-01 | -
        scholar | neliti  | 2020-01-01 | -
        prof    | profesi | 2020-01-01 | -
        """,
        protected_attribute="""
        person  | value
        analyst | 1968-06-15
        teacher | 1968-06-15
        scholar | 1968-06-15
        prof    | 1968-06-15
        """,
    )


def test_an_exception_names_whole_words_of_a_title():
    # Guru is a word of its own, next to signs and at either end. Pengurus is an administrator and a
    # Guruh is no teacher. Of several words each counts in its place, and a point is a point.
    titles = {
        "word": "Guru",
        "first": "Guru Madya",
        "last": "Koordinator (guru)",
        "second": "Gurus and GURU/Wali",
        "inside": "Pengurus Barang",
        "begins": "Guruh Muda",
        "several": "Ahli Gizi dr. Umum",
        "no_point": "Ahli Gizi drs Umum",
    }
    posts = [f"{post} | staff | {title}" for post, title in titles.items()]
    held = [f"{post} | {post} | 2020-01-01 | -" for post in titles]
    born = [f"{post} | 1968-06-15" for post in titles]
    expect_answers(
        drawn_pack(
            "serves: {rule: retirement}",
            retirement="""
            age_of_class: {staff: 58}
            exceptions:
              - {title_contains: guru, age: 60, cite: law}
              - {title_contains: gizi dr., age: 60, cite: law}
            """,
        ),
        """
        person   | on         | serves
        word     | 2028-06-30 | met
        first    | 2028-06-30 | met
        last     | 2028-06-30 | met
        second   | 2028-06-30 | met
        inside   | 2026-06-30 | met
        inside   | 2026-07-01 | not met
        begins   | 2026-07-01 | not met
        several  | 2028-06-30 | met
        no_point | 2026-07-01 | not met
        """,
        posts="\n".join(["post | class | title", *posts, "target | chief | Target"]),
        appointment="\n".join(["person | post | start_on | end_on", *held]),
        protected_attribute="\n".join(["person | value", *born]),
    )


def test_an_exception_fits_a_post_that_fits_all_of_what_it_names():
    # Heads of ports and of the sea retire at 55, other heads at 60; desks of ports are no heads.
    expect_answers(
        drawn_pack(
            "serves: {rule: retirement}",
            retirement="""
            age_of_class: {staff: 58, head: 60}
            exceptions: [{classes: [head], fields: [ports, sea], age: 55, cite: law}]
            """,
        ),
        """
        person | on         | serves
        ports  | 2025-06-30 | met
        ports  | 2025-07-01 | not met
        taxes  | 2030-06-30 | met
        taxes  | 2030-07-01 | not met
        desk   | 2028-06-30 | met
        desk   | 2028-07-01 | not met
        """,
        posts="""
        post   | class | fields
        quay   | head  | law ports
        toll   | head  | taxes
        desk   | staff | ports
        target | chief | -
        """,
        appointment="""
        person | post | start_on   | end_on
        ports  | quay | 2020-01-01 | -
        taxes  | toll | 2020-01-01 | -
        desk   | desk | 2020-01-01 | -
        """,
        protected_attribute="""
        person | value
        ports  | 1970-06-15
        taxes  | 1970-06-15
        desk   | 1970-06-15
        """,
    )


def test_months_of_service_left_are_counted_to_the_last_day_of_it():
    # june serves to 30 June 2026: twelve months from 30 June 2025 end on it. february serves to 28
    # February 2026: a month from 28 January ends on it, one from 29 January would on a 29 February
    # that does not exist, so on 1 March.
    expect_answers(
        drawn_pack("""
            a_month: {rule: retirement, months: 1}
            a_year: {rule: retirement, months: 12}
        """),
        """
        person   | on         | a_month        | a_year
        june     | 2025-06-30 | met            | met
        june     | 2025-07-01 | met            | not met
        june     | 2026-05-30 | met            | not met
        june     | 2026-05-31 | not met        | not met
        february | 2026-01-28 | met            | not met
        february | 2026-01-29 | not met        | not met
        expert   | 2026-01-28 | needs checking | needs checking
        """,
        posts=POSTS,
        appointment="""
        person   | post  | start_on   | end_on
        june     | desk  | 2020-01-01 | -
        february | desk  | 2020-01-01 | -
        expert   | study | 2020-01-01 | -
        """,
        protected_attribute="""
        person   | value
        june     | 1968-06-15
        february | 1968-02-15
        expert   | 1968-02-15
        """,
    )


def test_the_present_post_is_the_newest_and_of_one_day_the_highest():
    # All were born on 15 June 1966 and are 58 in June 2024 and 60 in June 2026. ann's desk is newer
    # than her office; bob began in both on one day. Whoever acts is no holder.
    expect_answers(
        drawn_pack("serves: {rule: retirement}"),
        """
        person | on         | serves
        ann    | 2024-06-30 | met
        ann    | 2024-07-01 | not met
        bob    | 2024-07-01 | met
        bob    | 2026-07-01 | not met
        cid    | 2024-07-01 | not met
        dan    | 2024-12-30 | met
        dan    | 2024-12-31 | not met
        """,
        posts=POSTS,
        appointment="""
        person | post   | kind       | start_on   | end_on
        ann    | office | definitive | 2020-01-01 | -
        ann    | desk   | definitive | 2021-01-01 | -
        bob    | desk   | definitive | 2020-01-01 | -
        bob    | office | definitive | 2020-01-01 | -
        cid    | desk   | definitive | 2020-01-01 | -
        cid    | office | acting     | 2021-01-01 | -
        dan    | desk   | definitive | 2020-01-01 | -
        dan    | office | definitive | 2021-01-01 | 2024-12-31
        """,
        protected_attribute="""
        person | value
        ann    | 1966-06-15
        bob    | 1966-06-15
        cid    | 1966-06-15
        dan    | 1966-06-15
        """,
    )
