"""The agency's own boxes beside ours, added up by hand; see tests.lib.boxed_agency."""

import pandas as pd
import pytest

from features.documents.written import Words
from features.packs.pack import parse_pack
from features.policy.rubric import values_of
from features.policy.source import AGREEMENTS, OTHERWISE, Agreement, agreement
from tests.lib.boxed_agency import ON, boxed_pack, kept, without_nine_box
from tests.lib.small_pack import PACK

PACK_OF = boxed_pack()
TABLES = {
    "post": "post_id | post_class\nclerk | low",
    "appointment": "person_id | post_id | start_on\nann | clerk | 2010-01-01",
    # Performance: ann 48 + 40 = 88, above. bob 60, meets. cid 24, below. dan 40 and 12 to 60.
    # gil 48 + 20 = 68, meets. hal likewise.
    "appraisal": """
        person_id | year | predicate | appraised_on
        ann       | 2023 | good      | 2024-01-31
        bob       | 2023 | very_good | 2024-01-31
        cid       | 2023 | poor      | 2024-01-31
        eve       | 2023 | good      | 2024-01-31
        fay       | 2023 | good      | 2024-01-31
        gil       | 2023 | good      | 2024-01-31
        hal       | 2023 | good      | 2024-01-31
        """,
    "award": """
        person_id | kind  | awarded_on
        ann       | medal | 2022-01-01
        dan       | medal | 2022-01-01
        gil       | cup   | 2022-01-01
        hal       | cup   | 2022-01-01
        """,
    # Potential: 30 + 20 = 50, medium, of all but ida, who has 50 and 10 to 50.
    "education": """
        person_id | level    | graduated_on
        ann       | bachelor | 2000-01-01
        bob       | bachelor | 2000-01-01
        cid       | bachelor | 2000-01-01
        dan       | bachelor | 2000-01-01
        eve       | bachelor | 2000-01-01
        fay       | bachelor | 2000-01-01
        gil       | bachelor | 2000-01-01
        hal       | bachelor | 2000-01-01
        """,
    "rank_history": """
        person_id | rank  | from_on
        ann       | III/a | 2015-01-01
        bob       | III/a | 2015-01-01
        cid       | III/a | 2015-01-01
        dan       | III/a | 2015-01-01
        eve       | III/a | 2015-01-01
        fay       | III/a | 2015-01-01
        gil       | III/a | 2015-01-01
        hal       | III/a | 2015-01-01
        ida       | IV/b  | 2015-01-01
        """,
    # The second box of gil is known too late, the third is of a day to come.
    "source_box": """
        person_id | year | performance | potential | box | boxed_on   | recorded_on
        ann       | 2023 | meets       | medium    | 5   | 2024-01-31 | 2024-01-31
        bob       | 2023 | above       | medium    | 7   | 2024-01-31 | 2024-01-31
        cid       | 2023 | above       | medium    | 7   | 2024-01-31 | 2024-01-31
        dan       | 2022 | below       | medium    | 3   | 2023-01-31 | 2023-01-31
        dan       | 2023 | meets       | medium    | 5   | 2024-01-31 | 2024-01-31
        eve       | 2022 | meets       | medium    | 5   | 2024-01-31 | 2024-01-31
        eve       | 2023 | below       | medium    | 3   | 2024-01-31 | 2024-01-31
        gil       | 2023 | meets       | medium    | 5   | 2024-01-31 | 2024-01-31
        gil       | 2022 | meets       | medium    | 5   | 2024-01-31 | 2024-01-31
        gil       | 2021 | above       | high      | 9   | 2024-06-01 | 2024-07-01
        gil       | 2024 | above       | high      | 9   | 2024-07-01 | 2024-01-31
        hal       | 2023 | above       | high      | 5   | 2024-01-31 | -
        ida       | 2023 | below       | low       | 1   | 2024-01-31 | 2024-01-31
        """,
}
RECORD = kept(**TABLES)
NAMES = ["ida", "ann", "bob", "cid", "dan", "eve", "fay", "gil", "hal"]
PEOPLE = pd.DataFrame({"person_id": NAMES})


@pytest.fixture(scope="module")
def found() -> Agreement:
    people = PEOPLE.set_axis(range(10, 19))
    return agreement(RECORD, PACK_OF, people, ON)


def told(found: Agreement, column: str) -> dict[str, object]:
    values = found.frame.set_index("person_id")[column]
    return {person: None if pd.isna(value) else value for person, value in values.items()}


def who(table: dict, axis: str, component: str, found: Agreement) -> set[str]:
    return set(found.frame["person_id"][table[axis, component]])


def test_a_box_agrees_is_possible_differs_contradicts_itself_or_is_absent(found: Agreement):
    assert told(found, "agreement") == {
        "ann": "differs",
        "bob": "differs",
        "cid": "differs",
        "dan": "possible",
        "eve": "contradictory",
        "fay": "absent",
        "gil": "same",
        "hal": "same",
        "ida": "differs",
    }
    assert found.counts.to_dict() == {
        "same": 2, "possible": 1, "differs": 4, "contradictory": 1, "absent": 1,
    }  # fmt: skip
    assert tuple(found.counts.index) == AGREEMENTS


def test_rows_keep_the_order_and_index_of_the_people(found: Agreement):
    assert found.frame["person_id"].tolist() == NAMES
    assert found.frame.index.tolist() == list(range(10, 19))


def test_the_newest_box_known_by_the_day_counts_and_is_kept_as_sent(found: Agreement):
    assert told(found, "source_box") == {
        "ann": 5, "bob": 7, "cid": 7, "dan": 5, "eve": None, "fay": None, "gil": 5, "hal": 5,
        "ida": 1,
    }  # fmt: skip
    assert told(found, "source_performance")["hal"] == "above"
    assert told(found, "source_potential")["hal"] == "high"
    assert told(found, "year")["gil"] == 2023
    assert told(found, "boxed_on")["gil"] == pd.Timestamp("2024-01-31")


def test_levels_that_do_not_give_the_box_are_told(found: Agreement):
    assert told(found, "fits") == {
        "ann": True, "bob": True, "cid": True, "dan": True, "eve": None, "fay": None, "gil": True,
        "hal": False, "ida": True,
    }  # fmt: skip
    sentence = found.explanation("hal")
    assert (
        "(above expectation, high) do not fit its box: in this pack they are box 9" in sentence.en
    )
    assert "tidak cocok dengan kotaknya: dalam paket ini tingkat itu kotak 9" in sentence.id
    assert "do not fit" not in found.explanation("ann").en


def test_the_axis_that_differs_is_named(found: Agreement):
    assert told(found, "performance") == {
        "ann": "differs", "bob": "differs", "cid": "differs", "dan": "possible", "eve": None,
        "fay": None, "gil": "same", "hal": "differs", "ida": "possible",
    }  # fmt: skip
    # ida: 50 and 10 to 50 is medium or high.
    assert told(found, "potential") == {
        "ann": "same", "bob": "same", "cid": "same", "dan": "same", "eve": None, "fay": None,
        "gil": "same", "hal": "differs", "ida": "differs",
    }  # fmt: skip


def test_a_component_explains_if_a_value_of_its_rubric_leads_there(found: Agreement):
    # ann, 88, meets from 60 below 80: 40 + 24 or 36, and 48 + 20. bob, 60, above from 80: 60 + 20
    # lies on the threshold, and no predicate gives more than 60. cid, 24: at most 60, or 24 + 40.
    assert who(found.explaining, "performance", "rating", found) == {"ann"}
    assert who(found.explaining, "performance", "honours", found) == {"ann", "bob"}
    # ida, low below 40: 50 + 10 at least without the education, and 0 + 10 with a lower rank.
    assert who(found.explaining, "potential", "schooling", found) == set()
    assert who(found.explaining, "potential", "standing", found) == {"ida"}


def test_what_is_missing_could_lead_there(found: Agreement):
    assert who(found.missing, "performance", "rating", found) == {"dan", "ida"}
    assert who(found.missing, "performance", "honours", found) == set()
    assert who(found.missing, "potential", "schooling", found) == set()


def test_causes_are_counted(found: Agreement):
    counted = {
        (row["axis"], row["cause"], row["kind"]): row["people"]
        for row in found.causes.to_dict("records")
    }
    assert counted["performance", "honours", "explains"] == 2
    assert counted["performance", "rating", "missing"] == 2
    # cid's; hal's box is the same, so that nothing is to be explained.
    assert counted["performance", OTHERWISE, "explains"] == 1
    assert counted["potential", OTHERWISE, "explains"] == 0


@pytest.mark.parametrize(
    ("person", "says"),
    [
        (
            "ann",
            Words(
                id="Kotak menurut instansi pada 31 Januari 2024: 5; paket ini memberi kotak 7. "
                "Sumbu kinerja: instansi mencatat sesuai ekspektasi, paket ini memberi di atas "
                "ekspektasi; yang masing-masing dapat menjelaskannya: Penilaian, Kehormatan.",
                en="The agency's own box of 31 January 2024 is 5; this pack gives box 7. Axis "
                "performance: the agency has as expected, this pack gives above expectation; each "
                "of these could explain it alone: Rating, Honours.",
            ),
        ),
        (
            "cid",
            Words(
                id="Kotak menurut instansi pada 31 Januari 2024: 7; paket ini memberi kotak 3. "
                "Sumbu kinerja: instansi mencatat di atas ekspektasi, paket ini memberi di bawah "
                "ekspektasi; tidak satu komponen pun menjelaskannya sendiri: batas atau bobot "
                "berbeda.",
                en="The agency's own box of 31 January 2024 is 7; this pack gives box 3. Axis "
                "performance: the agency has above expectation, this pack gives below expectation; "
                "no component explains it alone: thresholds or weights differ.",
            ),
        ),
        (
            "dan",
            Words(
                id="Kotak menurut instansi pada 31 Januari 2024: 5; paket ini memberi salah satu "
                "dari kotak 3, 5, 7. Sumbu kinerja: instansi mencatat sesuai ekspektasi, yang juga "
                "mungkin menurut paket ini; belum tercatat: Penilaian.",
                en="The agency's own box of 31 January 2024 is 5; this pack gives one of the boxes "
                "3, 5, 7. Axis performance: the agency has as expected, which is possible under "
                "this pack as well; not on record: Rating.",
            ),
        ),
        (
            "eve",
            Words(
                id="Instansi mencatat dua penempatan yang berbeda pada hari yang sama; paket ini "
                "memberi kotak 3.",
                en="The agency has two placements of one day that differ; this pack gives box 3.",
            ),
        ),
        (
            "fay",
            Words(
                id="Instansi tidak memiliki kotak yang tercatat; paket ini memberi kotak 3.",
                en="No box of the agency is on record; this pack gives box 3.",
            ),
        ),
        (
            "gil",
            Words(
                id="Kotak menurut instansi pada 31 Januari 2024: 5; paket ini memberi kotak 5.",
                en="The agency's own box of 31 January 2024 is 5; this pack gives box 5.",
            ),
        ),
    ],
)
def test_a_sentence_tells_both_sides(found: Agreement, person: str, says: Words):
    assert found.explanation(person) == says


def test_nobody_else_is_explained(found: Agreement):
    with pytest.raises(KeyError):
        found.explanation("zoe")


def test_without_a_register_every_box_is_absent():
    record = kept(**{name: text for name, text in TABLES.items() if name != "source_box"})
    counts = agreement(record, PACK_OF, PEOPLE, ON).counts
    assert counts["absent"] == len(PEOPLE)


def test_a_pack_without_nine_box_is_refused():
    with pytest.raises(ValueError, match="boxed@1 has no nine-box"):
        agreement(RECORD, without_nine_box(), PEOPLE, ON)


def test_nobody_is_compared_with_nobody():
    assert agreement(RECORD, PACK_OF, PEOPLE.iloc[:0], ON).counts.sum() == 0


def test_values_of_a_component_are_all_sums_of_its_rubrics():
    section = PACK_OF.nine_box
    assert section is not None
    rating, honours = section.performance.components
    assert values_of(rating, None) == [(n, n) for n in (12, 24, 36, 48, 60)]
    assert values_of(honours, None) == [(0, 0), (20, 20), (40, 40)]
    # Nothing gives 60 points, which is more than a cup gives.
    prized = boxed_pack(("unrecorded: none", "none: 60\n              unrecorded: none"))
    assert prized.nine_box is not None
    assert values_of(prized.nine_box.performance.components[1], None) == [(24, 24), (40, 40)]
    small = parse_pack(PACK, "small.yaml")
    assert small.nine_box is not None
    # 20 % of 90 or 0, and of 100 or 50.
    assert values_of(small.nine_box.performance.components[1], small.competencies) == [
        (10, 10), (20, 20), (28, 28), (38, 38),
    ]  # fmt: skip
    # A third of a match without a cap, up to 400 %, of a rank, 0, 50 or 100, and of 0 to 100.
    (whole,) = values_of(small.nine_box.potential.components[0], small.competencies)
    assert whole == pytest.approx((0, 200))
