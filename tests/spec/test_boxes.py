"""Axes, boxes and scores for posts: where a level begins, and what a range leaves possible."""

import numpy as np

from features.policy.scores import rank_bands
from tests.lib.careers import rows
from tests.lib.spec import expect_post_scores, expect_scores
from tests.lib.spec_packs import drawn_pack, shipped

KEPKA = "asn-kepka-411-2025"
# A head's office that asks for integrity and for auditing at level 5, so that every level is worth
# 20: the first is the performance of these tests, the second the potential.
OFFICE = {
    "posts": "post | class \n office | head",
    "post_requirement": """
        post   | competency | level
        office | integrity  | 5
        office | auditing   | 5
        """,
}
BY_LEVELS = {
    "performance": "work: {kind: job_person_match, cap: 100}",
    "potential": "gift: {kind: technical_match, cap: 100}",
}


def expect_boxes(cases: str, bands: str) -> None:
    """Boxes of people whose scores on both axes are drawn."""
    drawn = rows(cases)
    appointments = [f"{case['person']} | office | 2020-01-01 | -" for case in drawn]
    levels = [
        f"{case['person']} | {name} | {float(case[axis] or 0) / 20} | 2025-01-15"
        for case in drawn
        for axis, name in (("performance", "integrity"), ("potential", "auditing"))
    ]
    expect_scores(
        drawn_pack(bands=bands, **BY_LEVELS),
        cases,
        appointment="\n".join(["person | post | start_on | end_on", *appointments]),
        assessment="\n".join(["person | competency | level | assessed_on", *levels]),
        **OFFICE,
    )


def test_levels_begin_with_60_and_80_where_the_lower_end_belongs_to_them():
    # National guideline: from 80 on above and high, from 60 on meets and medium. All nine boxes.
    expect_boxes(
        """
        person | on         | performance | potential | performance_level | potential_level | boxes
        a1     | 2026-06-30 | 59.99       | 59.99     | below             | low             | 1
        a2     | 2026-06-30 | 60          | 59.99     | meets             | low             | 2
        a3     | 2026-06-30 | 59.99       | 60        | below             | medium          | 3
        a4     | 2026-06-30 | 80          | 59.99     | above             | low             | 4
        a5     | 2026-06-30 | 60          | 60        | meets             | medium          | 5
        b5     | 2026-06-30 | 79.99       | 79.99     | meets             | medium          | 5
        c5     | 2026-06-30 | 79.99       | 60        | meets             | medium          | 5
        a6     | 2026-06-30 | 59.99       | 80        | below             | high            | 6
        a7     | 2026-06-30 | 80          | 79.99     | above             | medium          | 7
        b7     | 2026-06-30 | 80          | 60        | above             | medium          | 7
        a8     | 2026-06-30 | 79.99       | 80        | meets             | high            | 8
        b8     | 2026-06-30 | 60          | 80        | meets             | high            | 8
        a9     | 2026-06-30 | 80          | 80        | above             | high            | 9
        b9     | 2026-06-30 | 100         | 100       | above             | high            | 9
        b1     | 2026-06-30 | 0           | 0         | below             | low             | 1
        """,
        bands="[{below: 60}, {at_least: 60, below: 80}, {at_least: 80}]",
    )


def test_levels_begin_above_60_and_80_where_the_upper_end_belongs_to_them():
    # As in an agency that writes 0-60, 61-80, 81-100 and means it of decimals, too.
    expect_boxes(
        """
        person | on         | performance | potential | performance_level | potential_level | boxes
        a1     | 2026-06-30 | 60          | 60        | below             | low             | 1
        a2     | 2026-06-30 | 60.01       | 60        | meets             | low             | 2
        a3     | 2026-06-30 | 60          | 60.01     | below             | medium          | 3
        a4     | 2026-06-30 | 80.01       | 60        | above             | low             | 4
        a5     | 2026-06-30 | 80          | 80        | meets             | medium          | 5
        a6     | 2026-06-30 | 60          | 80.01     | below             | high            | 6
        a7     | 2026-06-30 | 80.01       | 80        | above             | medium          | 7
        a8     | 2026-06-30 | 80          | 80.01     | meets             | high            | 8
        a9     | 2026-06-30 | 80.01       | 80.01     | above             | high            | 9
        """,
        bands="[{at_most: 60}, {above: 60, at_most: 80}, {above: 80}]",
    )


def test_a_sum_of_thirds_meets_its_threshold_exactly():
    # Three times a third of 80 is 80, and a tenth, two tenths and seven tenths of 60 are 60,
    # although no computer holds these fractions.
    eighty = "\n".join(
        f"{n}: {{kind: not_on_record, lowest: 80, highest: 80}}" for n in ("a", "b", "c")
    )
    sixty = "\n".join(
        f"{n}: {{kind: not_on_record, weight: {w}, lowest: 60, highest: 60}}"
        for n, w in (("d", 10), ("e", 20), ("f", 70))
    )
    expect_scores(
        drawn_pack(performance=eighty, potential=sixty, talent="{performance: 45, potential: 55}"),
        """
        person | on         | performance | performance_level | potential | boxes | talent
        ann    | 2026-06-30 | 80          | above             | 60        | 7     | 69
        """,
        **OFFICE,
    )


def test_ranges_leave_every_box_that_they_touch():
    # Two levels of one day are a range. Its ends count like numbers: 80 at the upper end can be
    # above, 79.99 cannot. Of nothing on record all is possible. The talent score is the mean of
    # both axes, at either end.
    expect_scores(
        drawn_pack(**BY_LEVELS),
        """
        person | on         | performance | potential | talent     | boxes
        up     | 2026-06-30 | 60..80      | 60        | 60..70     | 5 7
        middle | 2026-06-30 | 60..79.99   | 60        | 60..69.995 | 5
        all    | 2026-06-30 | 59.99..80   | 60        | 59.995..70 | 3 5 7
        low    | 2026-06-30 | 59.99..60   | 60        | 59.995..60 | 3 5
        both   | 2026-06-30 | 60..80      | 59.99..60 | 59.995..70 | 2 4 5 7
        half   | 2026-06-30 | 0..100      | 60..80    | 30..90     | 3 5 6 7 8 9
        none   | 2026-06-30 | 0..100      | 0..100    | 0..100     | 1 2 3 4 5 6 7 8 9
        """,
        appointment="""
        person | post   | start_on   | end_on
        up     | office | 2020-01-01 | -
        middle | office | 2020-01-01 | -
        all    | office | 2020-01-01 | -
        low    | office | 2020-01-01 | -
        both   | office | 2020-01-01 | -
        half   | office | 2020-01-01 | -
        none   | office | 2020-01-01 | -
        """,
        assessment="""
        person | competency | level  | assessed_on
        up     | integrity  | 3      | 2025-01-15
        up     | integrity  | 4      | 2025-01-15
        up     | auditing   | 3      | 2025-01-15
        middle | integrity  | 3      | 2025-01-15
        middle | integrity  | 3.9995 | 2025-01-15
        middle | auditing   | 3      | 2025-01-15
        all    | integrity  | 2.9995 | 2025-01-15
        all    | integrity  | 4      | 2025-01-15
        all    | auditing   | 3      | 2025-01-15
        low    | integrity  | 2.9995 | 2025-01-15
        low    | integrity  | 3      | 2025-01-15
        low    | auditing   | 3      | 2025-01-15
        both   | integrity  | 3      | 2025-01-15
        both   | integrity  | 4      | 2025-01-15
        both   | auditing   | 2.9995 | 2025-01-15
        both   | auditing   | 3      | 2025-01-15
        half   | auditing   | 3      | 2025-01-15
        half   | auditing   | 4      | 2025-01-15
        """,
        **OFFICE,
    )


# A person rated good (Baik) twice, of middling potential under every pack: the best leadership
# training and 20 hours of others leave nothing open that nobody may have handed in.
BAIK = {
    "posts": """
        post  | class         | fields
        dinas | administrator | jalan
        """,
    "appointment": """
        person | post  | start_on   | end_on
        budi   | dinas | 2020-01-01 | -
        """,
    "appraisal": """
        person | year | predicate | appraised_on
        budi   | 2024 | good      | 2025-01-20
        budi   | 2025 | good      | 2026-01-20
        """,
    "feedback": """
        person | score | given_on
        budi   | 4     | 2026-01-20
        """,
    "assessment": """
        person | competency | level | assessed_on
        budi   | all        | 2.25  | 2025-01-15
        """,
    "potential": """
        person | aspect | score | assessed_on
        budi   | all    | 2     | 2025-01-15
        """,
    "education": """
        person | level    | field   | graduated_on
        budi   | bachelor | sejarah | 2000-07-01
        """,
    "training": """
        person | level  | hours | finished_on
        budi   | pkn_ii | 900   | 2015-12-31
        budi   | -      | 20    | 2026-01-31
        """,
    "rank_history": """
        person | rank | from_on
        budi   | IV/a | 2020-04-01
        """,
    "discipline": "person | level | sanctioned_on",
    "award": "person | kind | awarded_on",
    "assignment": "person | role | scope | started_on",
}


def test_one_person_rated_good_stands_in_three_rows_under_three_packs():
    # Ministry: the predicate alone, good is 80, and from 80 on it is above.
    expect_scores(
        shipped("pu-per-post"),
        """
        person | on         | performance | performance_level | potential_level | boxes
        budi   | 2026-06-30 | 80          | above             | medium          | 7
        """,
        **BAIK,
    )
    # City: the same 80, and above begins with 85.
    expect_scores(
        shipped("manado"),
        """
        person | on         | performance | performance_level | potential_level | boxes
        budi   | 2026-06-30 | 80          | meets             | medium          | 5
        """,
        **BAIK,
    )
    # National guideline, awards and teams taken as none: 0.6 * 80 + 0.1 * 85 (feedback of 4).
    award, team = (
        (f"{last}\n              none: 0\n              unrecorded: unknown",)
        + (f"{last}\n              none: 0\n              unrecorded: none",)
        for last in (
            "points: {international: 100, national: 85, satyalancana: 70, internal: 50}",
            "                member_internal: 50",
        )
    )
    expect_scores(
        shipped(KEPKA, award, team),
        """
        person | on         | performance | performance_level | potential_level | boxes
        budi   | 2026-06-30 | 56.5        | below             | medium          | 3
        """,
        **BAIK,
    )
    # As it is shipped, nobody knows of awards and teams: 56.5 to 86.5, and one of three boxes.
    expect_scores(
        shipped(KEPKA),
        """
        person | on         | performance | performance_level | potential_level | boxes
        budi   | 2026-06-30 | 56.5..86.5  | below..above      | medium          | 3 5 7
        """,
        **BAIK,
    )


def test_the_technical_share_goes_by_the_class_of_the_target_post():
    # National shares of the technical test: none for a JPT utama, 20, 30, 40 and 50 percent below.
    # ann has 100 of auditing, and of all else nothing on record: a talent score of 15.17 to 100.
    # bob was not tested: 0 to 100 of it. A post that asks for nothing technical can be any, too.
    expect_post_scores(
        shipped(KEPKA),
        """
        person | on         | post     | before     | technical | score
        ann    | 2026-06-30 | utama    | 15.17..100 | 100       | 15.17..100
        ann    | 2026-06-30 | madya    | 15.17..100 | 100       | 32.13..100
        ann    | 2026-06-30 | pratama  | 15.17..100 | 100       | 40.62..100
        ann    | 2026-06-30 | admin    | 15.17..100 | 100       | 49.1..100
        ann    | 2026-06-30 | pengawas | 15.17..100 | 100       | 57.58..100
        bob    | 2026-06-30 | pengawas | 15.17..100 | 0..100    | 7.58..100
        ann    | 2026-06-30 | silent   | 15.17..100 | 0..100    | 7.58..100
        """,
        posts="""
        post     | class
        utama    | jpt_utama
        madya    | jpt_madya
        pratama  | jpt_pratama
        admin    | administrator
        pengawas | pengawas
        silent   | pengawas
        """,
        post_requirement="""
        post     | competency | level
        utama    | auditing   | 5
        madya    | auditing   | 5
        pratama  | auditing   | 5
        admin    | auditing   | 5
        pengawas | auditing   | 5
        """,
        assessment="""
        person | competency | level | assessed_on
        ann    | auditing   | 5     | 2025-01-15
        """,
    )


def test_a_blend_of_known_scores_is_known_and_caps_what_exceeds_the_standard():
    # Talent 70 for everybody. A head's score has 30 percent of the technical one, a chief's none:
    # 0.7 * 70 + 0.3 * 60. Auditing of 5 where 4 is asked for is 125, and 120 is the most.
    eighty, sixty = (f"v{n}: {{kind: not_on_record, lowest: {n}, highest: {n}}}" for n in (80, 60))
    technical = """
        of: talent
        technical:
          measure: {kind: technical_match, cap: 120}
          shares: {head: 30, staff: 50}
          cite: law
        """
    expect_post_scores(
        drawn_pack(performance=eighty, potential=sixty, post_score=technical),
        """
        person | on         | post   | before | technical | score
        ann    | 2026-06-30 | office | 70     | 60        | 67
        ann    | 2026-06-30 | desk   | 70     | 75        | 72.5
        ann    | 2026-06-30 | helm   | 70     | 75        | 70
        bob    | 2026-06-30 | office | 70     | 100       | 79
        bob    | 2026-06-30 | desk   | 70     | 120       | 95
        """,
        posts="""
        post   | class
        office | head
        desk   | staff
        helm   | chief
        """,
        post_requirement="""
        post   | competency | level
        office | auditing   | 5
        desk   | auditing   | 4
        helm   | auditing   | 4
        """,
        assessment="""
        person | competency | level | assessed_on
        ann    | auditing   | 3     | 2025-01-15
        bob    | auditing   | 5     | 2025-01-15
        """,
    )


def test_a_score_of_components_looks_at_the_target_post_and_adds_up():
    # Ministry, post by post. budi's level of 3 is 100 for an administrator, whose posts ask for 3,
    # and 75 for a director's, which ask for 4. Six years in roads are experience for posts of
    # roads; the study of roads fits them and nothing else. For roads the parts are 40 * 100
    # (match), 25 * 80 (potential), 5 * 80 (bachelor), 5 * 100 (field), 5 * 50 to 100 (relevant
    # training, which no record holds), 5 * 100 (experience) and 15 * 100 (discipline) percent: 91.5
    # to 94.
    expect_post_scores(
        shipped("pu-per-post"),
        """
        person | on         | post  | penilaian_kompetensi | pengalaman | bidang_ilmu | score
        budi   | 2026-06-30 | jalan | 100                  | 100        | 100         | 91.5..94
        budi   | 2026-06-30 | air   | 100                  | 60         | 50          | 87..89.5
        budi   | 2026-06-30 | dir   | 75                   | 100        | 100         | 81.5..84
        """,
        posts="""
        post  | class         | fields
        jalan | administrator | jalan
        air   | administrator | air
        dir   | jpt_pratama   | jalan air
        """,
        appointment="""
        person | post  | start_on   | end_on
        budi   | jalan | 2020-01-01 | -
        """,
        assessment="""
        person | competency | level | assessed_on
        budi   | all        | 3     | 2025-01-15
        """,
        potential="""
        person | aspect | score | assessed_on
        budi   | all    | 4     | 2025-01-15
        """,
        education="""
        person | level    | field | graduated_on
        budi   | bachelor | jalan | 2000-07-01
        """,
        discipline="person | level | sanctioned_on",
    )


PLACES = """
    person | score    | performance | potential | places | with_ties
    ann    | 90       | 70          | 50        | 1      | 1
    bob    | 80       | 70          | 50        | 2..6   | 4..6
    cid    | 80       | 90          | 50        | 2..6   | 2..4
    dan    | 80       | 60..95      | 99        | 2..6   | 2..6
    gus    | 80       | 70          | 60        | 2..6   | 3..5
    eve    | 75..85   | 99          | 99        | 2..6   | 2..6
    fay    | 70       | 99          | 99        | 7      | 7
    """


def test_a_place_is_a_range_and_tie_breakers_order_equal_scores_that_are_known():
    # ann is ahead of all, and fay behind all. bob, cid, dan and gus share 80, with eve around them.
    # Performance puts cid before bob and gus; these two are equal in it, and potential puts gus
    # first. dan's performance is open, which leaves all of the places; eve's score is.
    drawn = rows(PLACES)
    ties = [_ends(drawn, "performance"), _ends(drawn, "potential")]
    for column, tie_breakers in (("places", []), ("with_ties", ties)):
        best, worst = rank_bands(*_ends(drawn, "score"), tie_breakers)
        wanted_best, wanted_worst = _ends(drawn, column)
        assert best.tolist() == wanted_best.tolist()
        assert worst.tolist() == wanted_worst.tolist()


def _ends(drawn: list[dict[str, str | None]], column: str) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper ends of a column of numbers and ranges."""
    parted = [(row[column] or "").partition("..") for row in drawn]
    low = [float(first) for first, _dots, _last in parted]
    return np.array(low), np.array([float(last or first) for first, _dots, last in parted])
