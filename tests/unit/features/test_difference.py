"""What another pack would change, added up by hand; see tests.lib.boxed_agency."""

import pandas as pd
import pytest

from features.packs.declaration import Pack
from features.packs.library import Library
from features.policy import difference as room
from features.policy.difference import Difference, difference
from features.policy.eligibility import eligibility
from features.policy.scores import boxes_in
from features.policy.wording_packs import UNVERIFIED
from tests.lib.boxed_agency import ON, boxed_pack, kept, without_nine_box

A = boxed_pack()
RECORD = kept(
    post="""
        post_id | post_class
        clerk   | low
        chief   | high
        """,
    # On 2024-06-30: ann 3 years and a half, bob 2 and a half, cid 1 and a half; dan none at all.
    appointment="""
        person_id | post_id | start_on
        ann       | clerk   | 2021-01-01
        bob       | clerk   | 2022-01-01
        cid       | clerk   | 2023-01-01
        dan       | chief   | 2024-01-01
        """,
    # Performance: ann 48 + 40 = 88, bob 60 + 0, cid 36 + 20 = 56, dan 12 to 60.
    appraisal="""
        person_id | year | predicate         | appraised_on
        ann       | 2023 | good              | 2024-01-31
        bob       | 2023 | very_good         | 2024-01-31
        cid       | 2023 | needs_improvement | 2024-01-31
        """,
    award="""
        person_id | kind  | awarded_on
        ann       | medal | 2022-01-01
        cid       | cup   | 2022-01-01
        """,
    # Potential: ann 30 + 20 = 50, bob 20 + 20 = 40, cid 50 + 50 = 100, dan 30 + 20 = 50.
    education="""
        person_id | level     | graduated_on
        ann       | bachelor  | 2000-01-01
        bob       | diploma   | 2000-01-01
        cid       | doctorate | 2000-01-01
        dan       | bachelor  | 2000-01-01
        """,
    rank_history="""
        person_id | rank  | from_on
        ann       | III/a | 2015-01-01
        bob       | III/a | 2015-01-01
        cid       | IV/a  | 2015-01-01
        dan       | III/a | 2015-01-01
        """,
)
NAMES = ["ann", "bob", "cid", "dan"]
PEOPLE = pd.DataFrame({"person_id": NAMES})
POSTS = pd.DataFrame({"post_id": ["chief"], "post_class": ["high"]})
YEARS = ("years: 2\n", "years: 3\n")
HIGHER = (
    "      - {at_least: 80, level: above}\n      - {at_least: 60, below: 80, level: meets}",
    "      - {at_least: 90, level: above}\n      - {at_least: 60, below: 90, level: meets}",
)
GENEROUS = ("points: {best: 100, fair: 50}", "points: {best: 100, fair: 60}")


def compared(b: Pack, a: Pack = A, **asked) -> Difference:
    return difference(RECORD, a, b, PEOPLE, POSTS, ON, **asked)


def ruled(*changes: tuple[str, str], **asked) -> Difference:
    """What rules written otherwise would change; there are no boxes and scores."""
    return compared(without_nine_box(*changes), without_nine_box(), **asked)


def by_person(frame: pd.DataFrame, *columns: str) -> dict:
    rows = frame.astype(object).where(frame.notna(), None)
    return {row["person_id"]: tuple(row[c] for c in columns) for row in rows.to_dict("records")}


def boxes(found: Difference) -> dict:
    """Boxes under both packs."""
    masks = by_person(found.boxes.frame, "boxes_a", "boxes_b")
    return {who: tuple(boxes_in(mask) for mask in pair) for who, pair in masks.items()}


def table(frame: pd.DataFrame) -> list[tuple]:
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_nothing_changes_against_the_same_pack():
    found = compared(boxed_pack(("version: 1", "version: 2")))
    assert boxes(found) == {
        "ann": ((7,), (7,)), "bob": ((5,), (5,)), "cid": ((6,), (6,)), "dan": ((3, 5), (3, 5)),
    }  # fmt: skip
    assert not found.boxes.frame["is_changed"].any()
    assert found.boxes.changes.empty
    assert set(found.boxes.causes["people"]) == {0}
    assert found.eligibility.changes.empty
    assert found.eligibility.rules.empty
    # bob and cid are not met: no degree, and too short.
    assert found.ranks.counts == {"ranked": 1, "changed": 0, "only_a": 0, "only_b": 0}
    assert found.box_sentence("ann").en == "Remains box 7."
    assert found.status_sentence("ann", "chief").en == "Remains met."


def test_a_threshold_changes_boxes_by_itself():
    found = compared(boxed_pack(HIGHER))
    # 88 lies below 90.
    assert boxes(found)["ann"] == ((7,), (5,))
    changed = by_person(found.boxes.frame, "is_changed", "by_scores", "by_thresholds", "moved_by")
    unmoved = (False, False, False, None)
    assert changed == {
        "ann": (True, False, True, None), "bob": unmoved, "cid": unmoved, "dan": unmoved,
    }  # fmt: skip
    assert [(t.axis, t.level, t.a_told, t.b_told) for t in found.boxes.thresholds] == [
        ("performance", "meets", "≥ 60 < 80", "≥ 60 < 90"),
        ("performance", "above", "≥ 80", "≥ 90"),
    ]
    assert table(found.boxes.causes[["cause", "people"]]) == [
        ("scores", 0),
        ("thresholds", 1),
        ("together", 0),
    ]
    assert found.box_sentence("ann").en == (
        "From box 7 to box 5. Thresholds that differ: performance as expected: ≥ 60 < 80 becomes "
        "≥ 60 < 90; performance above expectation: ≥ 80 becomes ≥ 90."
    )


def test_points_change_boxes_by_themselves_and_the_indicator_is_named():
    found = compared(boxed_pack(GENEROUS))
    # A cup is 24 instead of 20 now: 36 + 24 = 60.
    assert boxes(found)["cid"] == ((6,), (8,))
    changed = by_person(found.boxes.frame, "is_changed", "by_scores", "by_thresholds", "moved_by")
    assert changed["cid"] == (True, True, False, "award")
    assert changed["ann"] == (False, False, False, None)
    assert found.boxes.thresholds == ()
    assert table(found.boxes.causes[["cause", "people"]]) == [
        ("scores", 1), ("thresholds", 0), ("together", 0), ("award", 1),
    ]  # fmt: skip
    low, high = found.boxes.moves["performance", "award"]
    assert low.tolist() == high.tolist() == pytest.approx([0, 0, 4, 0])
    assert found.box_sentence("cid").id == (
        "Dari kotak 6 menjadi kotak 8. Nilai yang paling berbeda: Penghargaan +4.00 (kinerja)."
    )


def test_points_and_thresholds_can_change_a_box_only_together():
    found = compared(
        boxed_pack(
            ("points: {best: 100, fair: 50}", "points: {best: 100, fair: 55}"),
            ("{at_least: 60, below: 80, level: meets}", "{at_least: 57, below: 80, level: meets}"),
            ("{below: 60, level: below}", "{below: 57, level: below}"),
        )
    )
    # cid: 36 + 22 = 58 lies below 60, and 56 below 57.
    assert boxes(found)["cid"] == ((6,), (8,))
    assert by_person(found.boxes.frame, "by_scores", "by_thresholds")["cid"] == (False, False)
    assert table(found.boxes.causes[["cause", "people"]]) == [
        ("scores", 0), ("thresholds", 0), ("together", 1), ("award", 1),
    ]  # fmt: skip
    told = found.box_sentence("cid").en
    assert "Award +2.00 (performance)" in told
    assert "performance as expected: ≥ 60 < 80 becomes ≥ 57 < 80" in told


def test_a_range_that_grows_is_told_from_its_least_to_its_most():
    found = compared(
        boxed_pack(
            ("poor: 40, very_poor: 20}", "poor: 40, very_poor: 0}"),
            ("{very_good: 100,", "{very_good: 140,"),
        )
    )
    # dan: 12 to 60 becomes 0 to 84.
    assert boxes(found)["dan"] == ((3, 5), (3, 5, 7))
    assert found.box_sentence("dan").en == (
        "From one of the boxes 3, 5 to one of the boxes 3, 5, 7. Scores that differ most: "
        "Predicate -12.00 / +24.00 (performance)."
    )


def test_other_numbers_of_the_boxes_are_told():
    swapped = boxed_pack(
        ("below: {low: 1, medium: 3, high: 6}", "below: {low: 1, medium: 2, high: 6}"),
        ("meets: {low: 2, medium: 5, high: 8}", "meets: {low: 3, medium: 5, high: 8}"),
    )
    found = compared(swapped)
    assert boxes(found)["dan"] == ((3, 5), (2, 5))
    assert found.boxes.is_renumbered
    assert found.boxes.thresholds == ()
    assert "boxes are numbered otherwise" in found.box_sentence("dan").en
    assert not compared(A).boxes.is_renumbered


def test_one_pack_without_a_nine_box_leaves_nothing_to_compare():
    found = compared(without_nine_box(("version: 1", "version: 2")))
    assert found.boxes.without == ("boxed@2",)
    assert found.boxes.frame["is_changed"].all()
    assert found.boxes.frame["boxes_b"].isna().all()
    assert found.box_sentence("ann").en == "boxed@2 has no nine-box."
    assert found.ranks.without == ("boxed@2",)
    assert found.ranks.frame.empty
    assert found.ranks.counts == {"ranked": 0, "changed": 0, "only_a": 0, "only_b": 0}
    neither = compared(without_nine_box(), without_nine_box())
    assert not neither.boxes.frame["is_changed"].any()


def test_a_rule_that_asks_for_more_causes_a_worse_status():
    found = ruled(YEARS)
    # bob is not met either way: no degree. cid is not met either way, dan has never been a clerk.
    assert by_person(found.eligibility.frame, "status_a", "status_b", "is_changed") == {
        "ann": (0, 0, False), "bob": (2, 2, False), "cid": (2, 2, False), "dan": (2, 2, False),
    }  # fmt: skip
    assert table(found.eligibility.rules) == [("post_before", "met", "not met", 1, 0)]
    # By open selection no degree is asked for.
    open_to_all = ruled(YEARS, route_of={"chief": "open_selection"})
    assert by_person(open_to_all.eligibility.frame, "status_a", "status_b")["bob"] == (0, 2)
    assert table(open_to_all.eligibility.changes) == [("met", "not met", 1)]
    assert table(open_to_all.eligibility.rules) == [("post_before", "met", "not met", 1, 1)]
    assert open_to_all.status_sentence("bob", "chief").en == (
        "From met to not met. Answers that differ: post_before: met → not met."
    )
    assert open_to_all.status_sentence("bob", "chief").id == (
        "Dari memenuhi menjadi tidak memenuhi. Jawaban yang berbeda: post_before: memenuhi → tidak "
        "memenuhi."
    )


def test_a_rule_that_is_gone_causes_a_better_status_if_it_was_the_worst():
    found = ruled(("at_least: bachelor", "at_least: diploma"), YEARS)
    # bob: the degree no longer keeps bob out, and the years now do.
    assert by_person(found.eligibility.frame, "status_a", "status_b")["bob"] == (2, 2)
    rules = {(one[0], one[1], one[2]): one[3:] for one in table(found.eligibility.rules)}
    assert rules == {
        ("post_before", "met", "not met"): (1, 0),
        ("schooled", "not met", "met"): (1, 0),
    }
    better = ruled(("at_least: bachelor", "at_least: diploma"))
    assert by_person(better.eligibility.frame, "status_a", "status_b")["bob"] == (2, 0)
    assert table(better.eligibility.rules) == [("schooled", "not met", "met", 1, 1)]
    (row,) = [n for n, who in enumerate(NAMES) if who == "bob"]
    assert table(better.eligibility.answers_of(row)) == [("schooled", "not met", "met", True)]


def test_only_the_worst_answers_cause_a_change():
    royal = without_nine_box(
        YEARS, ("    id: minister", "    id: king"), ("    due: appointment\n", "")
    )
    anybody = {"chief": "open_selection"}
    found = compared(royal, without_nine_box(), route_of=anybody)
    # ann needs checking because of the king; bob is not met because of the years, king or not.
    assert by_person(found.eligibility.frame, "status_a", "status_b") == {
        "ann": (0, 1), "bob": (0, 2), "cid": (2, 2), "dan": (2, 2),
    }  # fmt: skip
    assert set(table(found.eligibility.rules)) == {
        ("post_before", "met", "not met", 1, 1),
        ("king", "not asked", "needs checking", 4, 1),
        ("minister", "needs checking", "not asked", 4, 0),
    }
    back = compared(without_nine_box(), royal, route_of=anybody)
    assert set(table(back.eligibility.rules)) == {
        ("post_before", "not met", "met", 1, 1),
        ("king", "needs checking", "not asked", 4, 1),
        ("minister", "not asked", "needs checking", 4, 0),
    }


def test_what_is_settled_later_does_not_count_until_it_is_due():
    found = ruled(("    due: appointment\n", ""))
    assert by_person(found.eligibility.frame, "status_a", "status_b")["ann"] == (0, 1)
    # The answer of the rule is the same: it counts now.
    assert found.eligibility.rules.empty
    assert table(found.eligibility.changes) == [("met", "needs checking", 1)]


def test_posts_without_a_route_go_by_the_default_of_each_pack():
    found = ruled(("default_route: lateral", "default_route: open_selection"))
    assert table(found.routes) == [("chief", "high", "lateral", "open_selection")]
    # No degree is asked for by open selection: ann and bob are met.
    assert by_person(found.eligibility.frame, "status_b") == {
        "ann": (0,), "bob": (0,), "cid": (2,), "dan": (2,),
    }  # fmt: skip
    rules = {(one[0], one[1], one[2]): one[3:] for one in table(found.eligibility.rules)}
    assert rules[("schooled", "not met", "not asked")] == (1, 1)
    assert rules[("schooled", "met", "not asked")] == (3, 0)


def test_a_class_that_a_pack_does_not_know_needs_checking():
    found = ruled(
        ("- {post_class: high, title: {id: Tinggi, en: High}}",
         "- {post_class: top, title: {id: Tinggi, en: High}}"),
        ("    classes: [high]\n    of: [low]", "    classes: [top]\n    of: [low]"),
        ("    classes: [high]\n    routes", "    classes: [top]\n    routes"),
        ("    classes: [high]\n    due", "    classes: [top]\n    due"),
    )  # fmt: skip
    assert set(found.eligibility.frame["status_b"]) == {1}
    assert found.eligibility.changes["pairs"].sum() == 4


def test_places_are_those_among_people_who_are_not_not_met():
    anybody = {"chief": "open_selection"}
    # ann (88 + 50) / 2 = 69, bob (60 + 40) / 2 = 50; cid and dan are not met.
    found = compared(boxed_pack(YEARS), route_of=anybody)
    assert by_person(found.ranks.frame, "best_a", "worst_a", "best_b", "worst_b") == {
        "ann": (1, 1, 1, 1),
        "bob": (2, 2, None, None),
        "cid": (None, None, None, None),
        "dan": (None, None, None, None),
    }
    assert found.ranks.counts == {"ranked": 1, "changed": 0, "only_a": 1, "only_b": 0}
    assert found.rank_sentence("bob", "chief").en == (
        "Rank under boxed@1: 2; under boxed@1: not ranked."
    )


def test_a_place_changes_if_the_old_and_the_new_ones_do_not_overlap():
    anybody = {"chief": "open_selection"}
    all_in = boxed_pack(("years: 2\n", "years: 0\n"), ("of: [low]", "of: [low, high]"))
    # Performance 10 %: ann 8.8 + 45 = 53.8, bob 6 + 36 = 42, cid 5.6 + 90 = 95.6,
    # dan 1.2 to 6 + 45 = 46.2 to 51. In A: ann 69, bob 50, cid 78, dan 31 to 55.
    b = boxed_pack(
        ("years: 2\n", "years: 0\n"),
        ("of: [low]", "of: [low, high]"),
        ("talent: {performance: 50, potential: 50", "talent: {performance: 10, potential: 90"),
    )
    found = compared(b, all_in, route_of=anybody)
    columns = ("best_a", "worst_a", "best_b", "worst_b", "is_changed", "moved")
    assert by_person(found.ranks.frame, *columns) == {
        "ann": (2, 2, 2, 2, False, 0),
        "bob": (3, 4, 4, 4, False, 0.5),
        "cid": (1, 1, 1, 1, False, 0),
        "dan": (3, 4, 3, 3, False, -0.5),
    }
    # The other way round: ann 9 * 8.8 + 5 = 84.2, bob 58, cid 60.4, dan 15.8 to 59.
    c = boxed_pack(
        ("years: 2\n", "years: 0\n"),
        ("of: [low]", "of: [low, high]"),
        ("talent: {performance: 50, potential: 50", "talent: {performance: 90, potential: 10"),
    )
    found = compared(c, all_in, route_of=anybody)
    assert by_person(found.ranks.frame, *columns) == {
        "ann": (2, 2, 1, 1, True, -1),
        "bob": (3, 4, 3, 4, False, 0),
        "cid": (1, 1, 2, 2, True, 1),
        "dan": (3, 4, 3, 4, False, 0),
    }
    assert found.ranks.counts == {"ranked": 4, "changed": 2, "only_a": 0, "only_b": 0}
    assert found.ranks.movers(1)["person_id"].tolist() == ["ann"]
    assert found.ranks.movers(9)["person_id"].tolist() == ["ann", "cid"]


CHANGED = [
    (YEARS,),
    (("    due: appointment\n", ""),),
    (("at_least: bachelor", "at_least: master"),),
    (("id: schooled", "id: degree"),),
    (("routes: [lateral]", "routes: [lateral, open_selection]"),),
    (("default_route: lateral", "default_route: succession_group"),),
    (("of: [low]", "of: [low]\n    or_equal: true"),),
    (
        ("rules:\n", "equivalence:\n"
         "  competency_levels: {equals: {}, cite: law}\n"
         "  careers: {equals: {high: [low]}, cite: law}\n"
         "rules:\n"),
        ("of: [low]", "of: [high]\n    or_equal: true"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGED)
@pytest.mark.parametrize("route", [None, "open_selection"])
def test_rules_asked_once_for_both_packs_answer_as_if_asked_twice(changes, route: str | None):
    a, b = without_nine_box(), without_nine_box(*changes)
    found = compared(b, a, route_of={} if route is None else {"chief": route})
    names = found.renamed
    for pack, answered in ((a, found.eligibility.a), (b, found.eligibility.b)):
        pairs = PEOPLE.assign(
            post_id="chief", as_of=pd.Timestamp(ON), route=route or pack.default_route
        )
        asked = eligibility(RECORD, pack, pairs)
        assert answered.by_rule.tolist() == asked.by_rule.tolist()
        assert answered.status.tolist() == asked.status.tolist()
        # A rule that only has another name goes by that of A.
        assert set(answered.codes) == {names.get(one, one) for one in asked.codes}


def test_equal_tables_of_careers_are_needed_to_ask_once():
    def pack(equal: str) -> Pack:
        return without_nine_box(
            ("rules:\n", "equivalence:\n"
             "  competency_levels: {equals: {}, cite: law}\n"
             f"  careers: {{equals: {equal}, cite: law}}\nrules:\n"),
            ("of: [low]", "of: [high]\n    or_equal: true"),
        )  # fmt: skip

    anybody = {"chief": "open_selection"}
    found = compared(pack("{high: [low]}"), pack("{}"), route_of=anybody)
    assert table(found.eligibility.changes) == [("not met", "met", 2)]


def test_what_both_packs_ask_alike_is_asked_once(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, ...]] = []

    def spied(record, pack, pairs):
        asked.append(tuple(rule.id for rule in pack.rules))
        return eligibility(record, pack, pairs)

    monkeypatch.setattr(room, "eligibility", spied)
    ruled(YEARS)
    assert asked == [("post_before", "schooled", "minister"), ("post_before",)]
    asked.clear()
    ruled(("Is a bachelor.", "Holds a degree."))
    assert asked == [("post_before", "schooled", "minister")]


def test_unconfirmed_packs_are_told_as_such():
    officer = (
        "status: reconstruction_unverified",
        "status: confirmed\n"
        "confirmation: {officer: Officer, office: Office, letter: 1, on: 2024-01-01}",
    )
    confirmed = without_nine_box(officer)
    assert ruled().notice == UNVERIFIED
    assert ruled(officer).notice == UNVERIFIED
    assert compared(without_nine_box(), confirmed).notice == UNVERIFIED
    assert compared(confirmed, confirmed).notice is None


@pytest.mark.parametrize("method", ["box_sentence", "status_sentence", "rank_sentence"])
def test_nobody_else_is_explained(method: str):
    found = compared(A)
    posts = () if method == "box_sentence" else ("chief",)
    with pytest.raises(KeyError):
        getattr(found, method)("zoe", *posts)


def test_a_comparison_of_nobody_is_empty():
    found = difference(RECORD, A, boxed_pack(YEARS, GENEROUS), PEOPLE.iloc[:0], POSTS, ON)
    assert found.boxes.changes.empty
    assert found.eligibility.changes.empty
    assert found.ranks.movers(3).empty


@pytest.mark.parametrize("name", ["asn-kepka-411-2025", "manado", "pu-per-post"])
def test_scores_at_their_own_thresholds_are_their_own_boxes(name: str):
    # What is possible here and what is possible for the engine are told in two ways.
    pack = Library().get(name)
    found = difference(RECORD, pack, pack, PEOPLE, POSTS.iloc[:0], ON)
    assert not found.boxes.frame[["is_changed", "by_scores", "by_thresholds"]].to_numpy().any()
