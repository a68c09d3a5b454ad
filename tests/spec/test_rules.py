"""What every kind of rule answers, on the day before and on the day of its boundary.

The rules of posts held stand in `test_careers`, those of ages in `test_ages`, the match with a post
in `test_match`, and which rules are asked for which post and route in `test_routes`.
"""

from tests.lib.spec import answers, drawn_record, expect_answers
from tests.lib.spec_packs import drawn_pack, shipped

POSTS = """
    post   | class
    desk   | staff
    target | chief
"""


def test_education_is_the_highest_on_record_and_counts_from_graduation():
    # ann graduates on 1 July 2020, and the day itself counts. bob's diploma is newer than his
    # master's degree, which is the higher one. dan's degree was recorded half a year after it.
    expect_answers(
        drawn_pack("schooled: {rule: education, at_least: bachelor}"),
        """
        person | on         | schooled
        ann    | 2020-06-30 | not met
        ann    | 2020-07-01 | met
        bob    | 2020-07-01 | met
        cid    | 2020-07-01 | needs checking
        dan    | 2020-12-31 | needs checking
        dan    | 2021-01-01 | met
        """,
        posts=POSTS,
        education="""
        person | level    | graduated_on | recorded_on
        ann    | diploma  | 2010-07-01   | 2010-07-01
        ann    | bachelor | 2020-07-01   | 2020-07-01
        bob    | master   | 2010-07-01   | 2010-07-01
        bob    | diploma  | 2015-07-01   | 2015-07-01
        dan    | bachelor | 2020-07-01   | 2021-01-01
        """,
    )


def test_rank_is_the_newest_and_one_step_below_needs_checking_where_it_is_tolerated():
    # National rule for a JPT pratama: IV/b, and one step below needs checking. Two ranks of one day
    # contradict each other: met only if both are enough, not met only if neither could be
    # tolerated.
    national, ministry = shipped("asn-kepka-411-2025"), shipped("pu-per-post")
    posts = "post | class \n target | jpt_pratama"
    ranks = """
        person  | rank  | from_on
        enough  | IV/b  | 2024-04-01
        below   | IV/a  | 2024-04-01
        lower   | III/d | 2024-04-01
        late    | III/d | 2020-04-01
        late    | IV/b  | 2026-04-01
        demoted | IV/c  | 2020-04-01
        demoted | III/d | 2024-04-01
        both    | IV/b  | 2024-04-01
        both    | IV/c  | 2024-04-01
        split   | III/d | 2024-04-01
        split   | IV/b  | 2024-04-01
        nearly  | III/d | 2024-04-01
        nearly  | IV/a  | 2024-04-01
        neither | III/c | 2024-04-01
        neither | III/d | 2024-04-01
        """
    expect_answers(
        national,
        """
        person  | on         | rank
        enough  | 2026-06-30 | met
        below   | 2026-06-30 | needs checking
        lower   | 2026-06-30 | not met
        late    | 2026-03-31 | not met
        late    | 2026-04-01 | met
        demoted | 2026-06-30 | not met
        both    | 2026-06-30 | met
        split   | 2026-06-30 | needs checking
        nearly  | 2026-06-30 | needs checking
        neither | 2026-06-30 | not met
        none    | 2026-06-30 | needs checking
        """,
        posts=posts,
        rank_history=ranks,
    )
    # The ministry tolerates no step below.
    expect_answers(
        ministry,
        """
        person  | on         | rank
        enough  | 2026-06-30 | met
        below   | 2026-06-30 | not met
        split   | 2026-06-30 | needs checking
        nearly  | 2026-06-30 | not met
        """,
        posts=posts,
        rank_history=ranks,
    )


def test_predicates_of_the_last_years_are_asked_of_the_year_that_is_due_or_newer():
    # Three months after 31 December is 31 March: until 30 March 2026 the last two years are 2023
    # and 2024, from then on 2024 and 2025. early's rating of 2025 is on record before: it counts at
    # once. late's rating of 2025 was given in February and recorded in May. dull's was poor in
    # 2022, a year that is asked for until the rating of 2024 comes.
    expect_answers(
        drawn_pack("rated: {rule: predicate, at_least: good, years: 2}"),
        """
        person  | on         | rated
        due     | 2026-03-30 | met
        due     | 2026-03-31 | needs checking
        early   | 2026-01-19 | met
        early   | 2026-01-20 | not met
        late    | 2026-04-30 | needs checking
        late    | 2026-05-01 | met
        dull    | 2025-01-19 | not met
        dull    | 2025-01-20 | met
        """,
        posts=POSTS,
        appraisal="""
        person | year | predicate         | appraised_on | recorded_on
        due    | 2023 | good              | 2024-01-20   | 2024-01-20
        due    | 2024 | very_good         | 2025-01-20   | 2025-01-20
        early  | 2023 | good              | 2024-01-20   | 2024-01-20
        early  | 2024 | good              | 2025-01-20   | 2025-01-20
        early  | 2025 | needs_improvement | 2026-01-20   | 2026-01-20
        late   | 2024 | good              | 2025-01-20   | 2025-01-20
        late   | 2025 | good              | 2026-02-20   | 2026-05-01
        dull   | 2022 | poor              | 2023-01-20   | 2023-01-20
        dull   | 2023 | good              | 2024-01-20   | 2024-01-20
        dull   | 2024 | good              | 2025-01-20   | 2025-01-20
        """,
    )


def test_predicates_that_contradict_need_checking_unless_neither_is_enough():
    # A year that is surely too low outweighs one that is missing; good beside poor in one year is a
    # contradiction, and poor beside very poor is none.
    expect_answers(
        drawn_pack("rated: {rule: predicate, at_least: good, years: 2}"),
        """
        person   | on         | rated
        fine     | 2026-06-30 | met
        one_year | 2026-06-30 | needs checking
        low      | 2026-06-30 | not met
        split    | 2026-06-30 | needs checking
        twice    | 2026-06-30 | met
        worse    | 2026-06-30 | not met
        none     | 2026-06-30 | needs checking
        """,
        posts=POSTS,
        appraisal="""
        person   | year | predicate         | appraised_on
        fine     | 2024 | good              | 2025-01-20
        fine     | 2025 | good              | 2026-01-20
        one_year | 2025 | very_good         | 2026-01-20
        low      | 2025 | needs_improvement | 2026-01-20
        split    | 2024 | good              | 2025-01-20
        split    | 2025 | good              | 2026-01-20
        split    | 2025 | poor              | 2026-01-21
        twice    | 2024 | good              | 2025-01-20
        twice    | 2025 | good              | 2026-01-20
        twice    | 2025 | very_good         | 2026-01-21
        worse    | 2024 | good              | 2025-01-20
        worse    | 2025 | poor              | 2026-01-20
        worse    | 2025 | very_poor         | 2026-01-21
        """,
    )


def test_a_year_is_due_after_as_many_months_as_the_pack_says():
    # 31 December and two months would be 31 February: the first day of March. With none it is the
    # last day of the year itself.
    expect_answers(
        drawn_pack("""
            two_months: {rule: predicate, at_least: good, years: 1, due_after_months: 2}
            at_once: {rule: predicate, at_least: good, years: 1, due_after_months: 0}
        """),
        """
        person | on         | two_months     | at_once
        ann    | 2025-12-30 | met            | met
        ann    | 2025-12-31 | met            | needs checking
        ann    | 2026-02-28 | met            | needs checking
        ann    | 2026-03-01 | needs checking | needs checking
        """,
        posts=POSTS,
        appraisal="""
        person | year | predicate | appraised_on
        ann    | 2024 | good      | 2025-01-20
        """,
    )


def test_an_assessment_is_in_force_until_the_eve_of_its_third_anniversary():
    # Expired is not failed: nobody knows the levels of today. What people say of themselves is no
    # method of the pack, and swimming is no competency of its dictionary.
    expect_answers(
        drawn_pack("assessed: {rule: assessment_in_force}"),
        """
        person | on         | assessed
        ann    | 2023-02-28 | needs checking
        ann    | 2023-03-01 | met
        ann    | 2026-02-28 | met
        ann    | 2026-03-01 | needs checking
        leap   | 2027-02-28 | met
        leap   | 2027-03-01 | needs checking
        self   | 2024-06-30 | needs checking
        swims  | 2024-06-30 | needs checking
        """,
        posts=POSTS,
        assessment="""
        person | competency | level | method            | assessed_on
        ann    | integrity  | 4     | cact              | 2023-03-01
        leap   | integrity  | 4     | assessment_centre | 2024-02-29
        self   | integrity  | 4     | self_report       | 2024-03-01
        swims  | swimming   | 4     | assessment_centre | 2024-03-01
        """,
    )


def test_leadership_training_is_met_by_a_certificate_and_never_not_met():
    # National rule for a JPT pratama: pka or higher. That of a pengawas is none of them; who lacks
    # the certificate on record may have it at home. begun has not finished; late handed it in late.
    expect_answers(
        shipped("asn-kepka-411-2025"),
        """
        person | on         | leadership_training
        ann    | 2026-02-27 | needs checking
        ann    | 2026-02-28 | met
        higher | 2026-06-30 | met
        lower  | 2026-06-30 | needs checking
        begun  | 2026-06-30 | needs checking
        late   | 2026-06-30 | needs checking
        late   | 2026-07-01 | met
        """,
        posts="post | class \n target | jpt_pratama",
        training="""
        person | level  | started_on | finished_on | finished_recorded_on
        ann    | pka    | 2025-11-01 | 2026-02-28  | 2026-02-28
        higher | pkn_ii | 2025-11-01 | 2026-02-28  | 2026-02-28
        lower  | pkp    | 2025-11-01 | 2026-02-28  | 2026-02-28
        begun  | pka    | 2025-11-01 | -           | -
        late   | pka    | 2025-11-01 | 2026-02-28  | 2026-07-01
        """,
    )


def test_a_sanction_bars_until_its_last_day_and_for_the_years_after_it():
    # Until 30 June 2025: that day is the last one, and the year after it ends with 30 June 2026.
    # open's end is not on record: running or not, nobody can say. late's end was recorded on
    # 1 August. worst has one without an end beside one that surely runs. light ones are not asked.
    expect_answers(
        drawn_pack("""
            clear: {rule: no_sanction, levels: [medium, heavy]}
            clear_for_a_year: {rule: no_sanction, levels: [medium, heavy], clear_for_years: 1}
        """),
        """
        person | on         | clear          | clear_for_a_year
        ann    | 2024-06-30 | met            | met
        ann    | 2024-07-01 | not met        | not met
        ann    | 2025-06-30 | not met        | not met
        ann    | 2025-07-01 | met            | not met
        ann    | 2026-06-30 | met            | not met
        ann    | 2026-07-01 | met            | met
        open   | 2030-01-01 | needs checking | needs checking
        late   | 2025-07-31 | needs checking | needs checking
        late   | 2025-08-01 | met            | not met
        worst  | 2025-06-30 | not met        | not met
        worst  | 2026-07-01 | needs checking | needs checking
        light  | 2025-01-01 | met            | met
        nobody | 2025-01-01 | met            | met
        """,
        posts=POSTS,
        discipline="""
        person | level  | sanctioned_on | until_on   | until_recorded_on
        ann    | medium | 2024-07-01    | 2025-06-30 | 2024-07-01
        open   | heavy  | 2024-07-01    | -          | -
        late   | heavy  | 2024-07-01    | 2025-06-30 | 2025-08-01
        worst  | heavy  | 2024-07-01    | 2025-06-30 | 2024-07-01
        worst  | medium | 2024-07-01    | -          | -
        light  | light  | 2024-07-01    | 2025-06-30 | 2024-07-01
        """,
    )


def test_a_legal_status_is_asked_of_every_status_of_the_day():
    # Both ends of a spell belong to it. On 31 December ann is active and suspended at once, which
    # contradicts; in the gap before February nothing is on record.
    expect_answers(
        drawn_pack("active: {rule: legal_status, allowed: [active, on_study]}"),
        """
        person | on         | active
        ann    | 2024-12-31 | needs checking
        ann    | 2025-01-01 | met
        ann    | 2025-12-31 | needs checking
        ann    | 2026-01-01 | not met
        ann    | 2026-01-15 | not met
        ann    | 2026-01-16 | needs checking
        ann    | 2026-02-01 | met
        bob    | 2026-02-01 | met
        """,
        posts=POSTS,
        legal_status="""
        person | status    | from_on    | until_on
        ann    | active    | 2025-01-01 | 2025-12-31
        ann    | suspended | 2025-12-31 | 2026-01-15
        ann    | active    | 2026-02-01 | -
        bob    | active    | 2020-01-01 | -
        bob    | on_study  | 2025-01-01 | -
        """,
    )


def test_a_succession_group_is_asked_only_while_somebody_is_in_one():
    # The group of 2025 lasts until 31 December. In January nobody is in any group, so that the
    # register says nothing of ann; from 1 February on bob alone is. cid's group is the national
    # one, which others keep: by it nobody is out of the agency's, and ann is out of the national
    # one. On 30 June 2026 the end of bob's spell is not recorded yet.
    expect_answers(
        drawn_pack("""
            any_group: {rule: succession_group}
            own_group: {rule: succession_group, scopes: [agency]}
            national: {rule: succession_group, scopes: [national]}
            turned: {rule: succession_group, scopes: [national, agency]}
        """),
        """
        person | on         | any_group      | own_group      | national       | turned
        ann    | 2024-12-31 | needs checking | needs checking | needs checking | needs checking
        ann    | 2025-01-01 | met            | met            | needs checking | met
        ann    | 2025-12-31 | met            | met            | needs checking | met
        ann    | 2026-01-01 | needs checking | needs checking | needs checking | needs checking
        ann    | 2026-02-01 | not met        | not met        | needs checking | not met
        bob    | 2025-12-31 | not met        | not met        | needs checking | not met
        bob    | 2026-06-30 | met            | met            | needs checking | met
        bob    | 2026-07-01 | needs checking | needs checking | needs checking | needs checking
        cid    | 2027-01-01 | met            | needs checking | met            | met
        ann    | 2027-01-01 | needs checking | needs checking | not met        | needs checking
        """,
        posts=POSTS,
        succession_group="""
        person | scope    | from_on    | until_on   | until_recorded_on
        ann    | agency   | 2025-01-01 | 2025-12-31 | 2025-01-01
        bob    | agency   | 2026-02-01 | 2026-05-31 | 2026-07-01
        cid    | national | 2027-01-01 | -          | -
        """,
    )


def test_a_membership_lasts_to_its_last_day_and_an_empty_register_says_nothing():
    # Before 2020 no membership of anybody is known. The council is none of the bodies asked for,
    # but it shows that memberships are kept.
    expect_answers(
        drawn_pack("seated: {rule: membership, bodies: [house, senate]}"),
        """
        person | on         | seated
        ann    | 2019-12-31 | needs checking
        ann    | 2020-01-01 | not met
        ann    | 2021-01-01 | met
        ann    | 2024-12-31 | met
        ann    | 2025-01-01 | not met
        bob    | 2024-12-31 | not met
        cid    | 2024-12-31 | not met
        """,
        posts=POSTS,
        membership="""
        person | body    | start_on   | end_on
        ann    | house   | 2021-01-01 | 2024-12-31
        bob    | council | 2020-01-01 | -
        """,
    )


ONE_OF_EACH_KIND = """
    education: {rule: education, at_least: bachelor}
    experience: {rule: experience, years: 2}
    held: {rule: held, of: [staff], years: 2}
    present: {rule: present, of: [staff]}
    age: {rule: age, at_most: 56, reading: birthday}
    retirement: {rule: retirement}
    rank: {rule: rank, at_least: III/a}
    predicate: {rule: predicate, at_least: good, years: 2}
    assessment: {rule: assessment_in_force}
    match: {rule: job_person_match, at_least: near}
    leadership: {rule: leadership_training, levels: [pka]}
    discipline: {rule: no_sanction, levels: [heavy]}
    standing: {rule: legal_status, allowed: [active]}
    group: {rule: succession_group}
    seat: {rule: membership, bodies: [house]}
    approval: {rule: approval, of: {id: Menteri, en: The minister}}
    document: {rule: document}
"""
EVERY_REGISTER = {
    "education": "person | level | graduated_on",
    "appointment": "person | post | start_on | end_on",
    "protected_attribute": "person | value",
    "rank_history": "person | rank | from_on",
    "appraisal": "person | year | predicate | appraised_on",
    "assessment": "person | competency | level | assessed_on",
    "training": "person | level | finished_on",
    "discipline": "person | level | sanctioned_on | until_on",
    "legal_status": "person | status | from_on | until_on",
    "succession_group": "person | from_on | until_on",
    "membership": "person | body | start_on | end_on",
}


def test_whoever_has_nothing_on_record_is_refused_by_no_rule():
    # A register of sanctions that is kept and holds nothing of somebody is the one thing that
    # speaks in their favour; without it, and under every other rule, what is missing is missing.
    pack = drawn_pack(ONE_OF_EACH_KIND)
    cases = "person | on \n ann | 2026-06-30"
    posts = "post | class | fields \n target | chief | ports"
    asked = [{"person": "ann", "on": "2026-06-30"}]
    nothing = drawn_record(pack, cases, posts=posts)
    (unkept,) = answers(pack, nothing, asked, "target", "lateral")
    assert set(unkept.values()) == {"needs checking"}
    assert len(unkept) == 17 + 1
    empty = drawn_record(pack, cases, posts=posts, **EVERY_REGISTER)
    (kept,) = answers(pack, empty, asked, "target", "lateral")
    assert kept == {**unkept, "discipline": "met"}


def test_a_record_that_contradicts_itself_needs_checking_under_every_rule_that_can():
    # Two days of birth, two ranks of one day, two predicates of one year, two levels of one day,
    # two legal statuses: one of each is enough, and one is not. What does not contradict is
    # answered.
    pack = drawn_pack("""
        age: {rule: age, at_most: 56, reading: birthday}
        retirement: {rule: retirement}
        rank: {rule: rank, at_least: III/b}
        predicate: {rule: predicate, at_least: good, years: 1}
        match: {rule: job_person_match, at_least: near}
        standing: {rule: legal_status, allowed: [active]}
        staff: {rule: held, of: [staff], years: 2}
        assessed: {rule: assessment_in_force}
    """)
    record = drawn_record(pack, "person | on \n ann | 2026-06-30", **CONTRADICTIONS)
    asked = [{"person": "ann", "on": "2026-06-30"}]
    (found,) = answers(pack, record, asked, "target", "lateral")
    contradictory = ("age", "retirement", "rank", "predicate", "match", "standing", "status")
    assert found == {
        **dict.fromkeys(contradictory, "needs checking"),
        "staff": "met",
        "assessed": "met",
    }


# A chief is asked for 4 of both: (2 + 3) / 8 is 62.5 and unfit, (2 + 4) / 8 is 75 and near.
CONTRADICTIONS = {
    "posts": POSTS,
    "appointment": """
        person | post | start_on   | end_on
        ann    | desk | 2020-01-01 | -
        """,
    "protected_attribute": """
        person | value
        ann    | 1960-01-01
        ann    | 1980-01-01
        """,
    "rank_history": """
        person | rank  | from_on
        ann    | III/a | 2024-04-01
        ann    | III/b | 2024-04-01
        """,
    "appraisal": """
        person | year | predicate | appraised_on
        ann    | 2025 | good      | 2026-01-20
        ann    | 2025 | poor      | 2026-01-20
        """,
    "assessment": """
        person | competency | level | assessed_on
        ann    | integrity  | 2     | 2025-01-20
        ann    | teamwork   | 3     | 2025-01-20
        ann    | teamwork   | 4     | 2025-01-20
        """,
    "legal_status": """
        person | status    | from_on    | until_on
        ann    | active    | 2025-01-01 | -
        ann    | suspended | 2025-06-01 | -
        """,
}
