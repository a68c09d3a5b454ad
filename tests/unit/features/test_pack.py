"""A policy pack that is wrong says so by file and line, with what exists and the closest match."""

import re
from datetime import date
from fractions import Fraction

import pytest

from features.errors import PackError
from features.packs.library import Library
from features.packs.pack import load_pack, parse_pack
from features.packs.quantities import Band
from tests.lib.small_agency import line_of
from tests.lib.small_pack import PACK, changed_pack

KEPKA = Library().get("asn-kepka-411-2025")


def refusal(*changes: tuple[str, str]) -> tuple[str, str]:
    """What is said of the pack with some pieces written otherwise, and the text that it is."""
    text = changed_pack(*changes)
    with pytest.raises(PackError) as caught:
        parse_pack(text, "small.yaml")
    return str(caught.value), text


def test_pack_holds_what_the_file_says():
    pack = parse_pack(PACK, "small.yaml")
    assert (pack.name, pack.classes[-1], pack.default_route) == (
        "small@1",
        "chief",
        "open_selection",
    )
    assert pack.effective.first == date(2020, 1, 1)
    assert pack.rules[1].routes == ("succession_group", "lateral", "open_selection")
    assert (pack.rules[1].due, pack.rules[1].alternative) == ("list", None)
    assert pack.nine_box is not None
    match, rank, _view = pack.nine_box.potential.components[0].indicators
    assert match.weight == Fraction(100, 3)
    assert match.measure.model_dump() == {"kind": "job_person_match", "cap": None}
    assert rank.measure.model_dump() == {"kind": "rank", "points": {"II/a": 50, "IV/a": 100}}
    assert pack.text == PACK
    assert pack.digest != parse_pack(PACK + "# later\n", "small.yaml").digest


def test_pack_of_a_ladder_alone_is_whole():
    least = PACK[: PACK.index("equivalence:")]
    pack = parse_pack(least, "small.yaml")
    assert (pack.rules, pack.nine_box, pack.post_score, pack.ready) == ((), None, None, ())
    assert pack.required_levels("head") == {}
    assert pack.same_career(("head",)) == ("head",)


def test_rules_are_told_by_class_and_route_in_the_order_of_the_file():
    pack = parse_pack(PACK, "small.yaml")
    asked = {
        ("chief", "open_selection"): ["post_before", "match", "retirement"],
        ("chief", "lateral"): ["match", "retirement"],
        ("head", "lateral"): ["match", "rank"],
        ("staff", "lateral"): [],
    }
    assert {key: [rule.id for rule in pack.rules_for(*key)] for key in asked} == asked


@pytest.mark.parametrize(
    ("old", "new", "found", "closest"),
    [
        ("effective:", "efective:", "unknown key 'efective'", "effective"),
        ("cite: habit\n  - rule: retirement", "citee: habit\n  - rule: retirement",
         "unknown key 'citee'", "cite"),
        ("    of: [head]", "    off: [head]", "unknown key 'off'", "of"),
        ("    at_least: III/b", "    at_lest: III/b", "unknown key 'at_lest'", "at_least"),
        ("within_years: 1", "within_year: 1", "unknown key 'within_year'", "within_years"),
        ("lowest: 0", "lowset: 0", "unknown key 'lowset'", "lowest"),
        ("very_poor: 20", "very_por: 20", "unknown key 'very_por'", "very_poor"),
        ("{above: 3, points: 100}", "{abve: 3, points: 100}", "unknown key 'abve'", "above"),
        ("{chief: 30}", "{cheif: 30}", "unknown class 'cheif'", "chief"),
        ("    of: [head]", "    of: [haed]", "unknown class 'haed'", "head"),
        ("classes: [chief, head]", "classes: [chief, haed]", "unknown class 'haed'", "head"),
        ("{head: [expert]}", "{head: [exprt]}", "unknown class 'exprt'", "expert"),
        ("{staff: [expert]}", "{staf: [expert]}", "unknown class 'staf'", "staff"),
        ("{head: 3, chief: 4}", "{head: 3, chif: 4}", "unknown class 'chif'", "chief"),
        ("{head: {teamwork: 2}}", "{haed: {teamwork: 2}}", "unknown class 'haed'", "head"),
        ("{head: 58, chief: 61}", "{haed: 58, chief: 61}", "unknown class 'haed'", "head"),
        ("{classes: [expert], age", "{classes: [exprt], age", "unknown class 'exprt'", "expert"),
        ("{classes: [head], event", "{classes: [haed], event", "unknown class 'haed'", "head"),
        ("{teamwork: 2}", "{temwork: 2}", "unknown competency 'temwork'", "teamwork"),
        ("at_least: fit", "at_least: fitt", "unknown category 'fitt'", "fit"),
        ("{medal: high}", "{medal: hihg}", "unknown category 'hihg'", "high"),
        ("{medal: high}", "{medal: high}, other: hgh", "unknown category 'hgh'", "high"),
        ("at_least: III/b", "at_least: III/bb", "unknown rank 'III/bb'", "III/b"),
        ("II/a: 50", "IIa: 50", "unknown rank 'IIa'", "II/a"),
        ("    cite: habit\n  - rule: retirement", "    cite: habbit\n  - rule: retirement",
         "unknown citation 'habbit'", "habit"),
        ("shares: {chief: 30}\n    cite: habit", "shares: {chief: 30}\n    cite: lwa",
         "unknown citation 'lwa'", "law"),
    ],
)  # fmt: skip
def test_unknown_names_are_refused_with_line_and_closest_match(old, new, found, closest):
    message, text = refusal((old, new))
    assert found in message
    assert f"perhaps {closest!r} was meant" in message
    name = found.rsplit("'", 2)[1]
    place = re.search(rf"\b{re.escape(name)}(?!\w)", text)
    assert place is not None
    line = text[: place.start()].count("\n") + 1
    assert message.startswith(f"small.yaml, line {line}: ")


@pytest.mark.parametrize(
    ("old", "new", "found", "line_with"),
    [
        # Weights.
        ("weight: 40", "weight: 30", "'more' weighs 30, its indicators weigh 40", "weight: 30"),
        ("            weight: 60\n", "            weight: 59.5\n",
         "'main' weighs 60, its indicators weigh 59.5 together", "weight: 60"),
        ("        weight: 100\n", "        weight: 99\n", "weigh 100 together", "weight: 99"),
        ("years: [70, 30]", "years: [70, 20]", "add up to 90. Expected: 100", "[70, 20]"),
        ("performance: 45,", "performance: 40,", "add up to 95. Expected: 100", "performance: 40"),
        ("weight: 100/3\n            cite: habit\n            measure: {kind: n",
         "weight: 33.3\n            cite: habit\n            measure: {kind: n",
         "indicators weigh 2999/30", "weight: 100\n"),
        ("performance: 45,", "performance: 44.9,", "add up to 99.9. Expected: 100", "44.9"),
        ("performance: 45,", "performance: 1e999999999,", "is no number", "1e9"),
        ("performance: 45,", "performance: 10/0,", "is no number", "10/0"),
        ("performance: 45,", "performance: -5,", "is no number", "-5"),
        ("performance: 45,", "performance: 105,", "less than or equal to 100", "105"),
        # Bands.
        ("below: 80, level: meets", "at_most: 80, level: meets", "overlaps",
         "{at_least: 80, level"),
        ("{at_least: 80, level: above}", "{above: 80, level: above}", "leaves numbers out",
         "{above: 80"),
        ("{below: 60, level: below}", "{below: 50, level: below}", "leaves numbers out", "meets}"),
        ("{below: 60, level: below}", "{below: 70, level: below}", "overlaps", "level: meets"),
        ("{below: 60, level: below}", "{at_least: 0, below: 60, level: below}",
         "no band lies beyond", "at_least: 0,"),
        ("{at_least: 80, level: above}", "{at_least: 80, at_most: 100, level: above}",
         "no band lies beyond", "at_most: 100"),
        ("{at_most: 3, points: 50}", "{at_most: 2, points: 50}", "leaves numbers out",
         "at_most: 2"),
        ("{below: 80, category: unfit", "{below: 79, category: unfit", "leaves numbers out",
         "at_least: 80, category"),
        ("{at_least: 60, below", "{at_least: 60, above: 60, below", "two lower ends", "above: 60"),
        ("{below: 60, level", "{below: 60, at_most: 60, level", "two upper ends", "at_most: 60"),
        ("{at_least: 60, below: 80", "{at_least: 80, below: 60", "wrong way round", "below: 60, "),
        ("{at_least: 60, below: 80", "{at_least: 80, below: 80", "wrong way round",
         "80, below: 80"),
        ("level: meets}", "level: below}", "levels do not rise with the score",
         "bands:\n      - {at_least: 80, level: above}"),
        ("level: medium}", "level: middling}", "levels do not rise",
         "bands:\n      - {above: 70"),
        ("{at_least: 80, level: above}\n", "{at_least: 80, level: above}\n      - {level: x}\n",
         "overlaps", "{level: x}"),
        ("      - {at_least: 60, below: 80, level: meets}\n      - {below: 60, level: below}\n",
         "      - {below: 80, level: below}\n", "from low to high: below, meets, above",
         "bands:\n      - {at_least: 80, level: above}"),
        # Names that stand twice, and sections that need each other.
        ("- rule: rank\n    id: rank", "- rule: rank\n    id: match",
         "second rule 'match' for head by succession_group", "id: match\n    classes: [head]"),
        ("post_class: expert", "post_class: staff", "class 'staff' stands twice", "{id: Ahli"),
        ("competency: teamwork", "competency: integrity", "'integrity' stands twice", "Kerja sama"),
        ("indicator: feedback", "indicator: award", "'award' stands twice",
         "indicator: award\n            title: {id: Umpan"),
        ("component: more", "component: main", "'main' stands twice",
         "component: main\n        title: {id: Penguat"),
        ("component: person", "component: main", "component 'main' stands twice",
         "component: main\n        title: {id: Orang"),
        ("indicator: match", "indicator: award", "indicator 'award' stands twice",
         "indicator: award\n            title: {id: Kecocokan"),
        ("category: unfit", "category: fit", "'fit' stands twice", "Tidak cocok"),
        ("ready:\n", "ready:\n  - {classes: [head], event: board_decision, cite: law}\n",
         "'head' stands twice", "probability_and_requirements"),
        ("retirement:\n  age_of_class: {head: 58, chief: 61}\n"
         "  exceptions: [{classes: [expert], age: 65, cite: law}]\n  cite: law\n", "",
         "asks for retirement, and the pack has no such section", "rule: retirement"),
        ("  of: talent\n", "  of: components\n", "`of: components`, and only then", "of: comp"),
        ("  of: talent\n", "  of: components\n  components: [{component: own,"
         " title: {id: A, en: A}, weight: 100, cite: law, indicators:"
         " [{indicator: technical, title: {id: T, en: T},"
         " weight: 100, cite: law, measure: {kind: not_on_record, lowest: 0, highest: 1}}]}]\n",
         "'technical' is the name of the technical result", "indicator: technical"),
        # Levels of competencies.
        ("{head: 3, chief: 4}", "{head: 3, chief: 5}", "level 5 is none of the dictionary's",
         "chief: 5"),
        ("{teamwork: 2}", "{teamwork: 5}", "level 5 is none of", "teamwork: 5"),
        ("highest_level: 4", "lowest_level: 4\n  highest_level: 4", "not below the highest",
         "lowest"),
        # Boxes.
        ("high: 9}", "high: 8}", "missing or stands twice", "boxes:"),
        ("below: {low: 1, medium: 3, high: 6}", "below: {low: 3, medium: 1, high: 6}",
         "a higher level gives a lower box", "boxes:"),
        ("low: 1, medium: 3, high: 6}\n    meets: {low: 2, medium: 5, high: 8}",
         "low: 2, medium: 5, high: 8}\n    meets: {low: 1, medium: 3, high: 6}",
         "a higher level gives a lower box", "boxes:"),
        ("{low: 2, medium: 5, high: 8}", "{low: 2, medium: 5, high: 10}", "less than or equal to 9",
         "high: 10"),
        # Dates and confirmation.
        ("until: 2029-12-31", "until: 2019-12-31", "the last day is before the first", "2019-12"),
        ("status: reconstruction_unverified", "status: confirmed", "confirmed by a named officer",
         "status: confirmed"),
        ("status: reconstruction_unverified\n",
         "status: reconstruction_unverified\nconfirmation: {officer: A, office: B, letter: C,"
         " on: 2026-01-05}\n", "confirmed by a named officer", "status:"),
        ("pack: small", "pack: Small Pack", "should match pattern", "pack: Small"),
        # What a rule or a number may not lack.
        ("    sentence: {id: Belum pensiun., en: Has not retired.}\n"
         "    settled_by: {id: Keputusan., en: The decree.}\n    cite: law\n",
         "    sentence: {id: Belum pensiun., en: Has not retired.}\n"
         "    settled_by: {id: Keputusan., en: The decree.}\n", "cite: Field required",
         "rule: retirement"),
        ("    settled_by: {id: Laporan., en: The report.}\n", "", "settled_by: Field required",
         "rule: job_person_match"),
        ("  talent: {performance: 45, potential: 55, cite: law}",
         "  talent: {performance: 45, potential: 55}", "cite: Field required", "talent: {"),
        ("law: {text: Law 1, grade: verified}", "law: {text: Law 1}", "grade: Field required",
         "Law 1"),
        ("grade: verified", "grade: certain", "found 'certain'", "certain"),
        ("kind: feedback", "kind: feedbak", "tag 'feedbak'",
         "measure:\n              kind: feedbak"),
        ("rule: rank", "rule: rnk", "tag 'rnk'", "rule: rnk"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(old, new, found, line_with):
    message, text = refusal((old, new))
    assert found in message
    line = text[: text.index(line_with)].count("\n") + 1
    assert message.startswith(f"small.yaml, line {line}: ")


def test_several_errors_are_told_by_their_lines():
    message, text = refusal(("version: 1", "version: one"), ("days: 14", "days: soon"))
    assert message.startswith("small.yaml, line 2: version: ")
    assert f"(and 1 more, at line {line_of(text, 'days: soon')})" in message


def test_a_key_that_stands_twice_is_refused():
    message, text = refusal(("    years: 2\n", "    years: 2\n    years: 9\n"))
    assert message == f"small.yaml, line {line_of(text, 'years: 9')}: says 'years' twice."


def test_a_confirmed_pack_names_its_officer():
    signed = "confirmation: {officer: Ann, office: Bureau, letter: 7/2026, on: 2026-01-05}\n"
    confirmed = ("status: reconstruction_unverified\n", f"status: confirmed\n{signed}")
    pack = parse_pack(changed_pack(confirmed), "small.yaml")
    assert pack.confirmation is not None
    assert (pack.confirmation.officer, pack.confirmation.on) == ("Ann", date(2026, 1, 5))


def test_a_score_of_components_needs_no_nine_box():
    text = PACK[: PACK.index("nine_box:")] + (
        "post_score:\n"
        "  of: components\n"
        "  components:\n"
        "    - component: one\n"
        "      title: {id: Satu, en: One}\n"
        "      weight: 100\n"
        "      cite: law\n"
        "      indicators:\n"
        "        - indicator: view\n"
        "          title: {id: Pandangan, en: View}\n"
        "          weight: 100\n"
        "          cite: law\n"
        "          measure: {kind: not_on_record, lowest: 0, highest: 100}\n"
        "  cite: law\n"
    )
    text = text.replace("  - rule: retirement\n", "  - rule: document\n")
    assert parse_pack(text, "small.yaml").nine_box is None
    for score in ("{of: talent, cite: law}", "{of: talent, tie_breakers: [talent], cite: law}"):
        with pytest.raises(PackError, match="speaks of the nine-box"):
            parse_pack(text[: text.index("post_score:")] + f"post_score: {score}\n", "small.yaml")
    with pytest.raises(PackError, match="speaks of the nine-box"):
        parse_pack(text + "  tie_breakers: [potential]\n", "small.yaml")


@pytest.mark.parametrize("section", ["competencies", "assessment"])
@pytest.mark.parametrize("needing", ["rule", "measure", "technical"])
def test_what_is_computed_from_assessments_needs_both_sections(section, needing):
    head, rules, rest = PACK.partition("rules:\n")
    start = head.index(f"{section}:\n")
    end = head.index("assessment:\n") if section == "competencies" else len(head)
    head = head[:start] + head[end:]
    if needing != "rule":
        rules, rest = "", rest[rest.index("nine_box:") :]
        rest = rest[: rest.index("retirement:\n")]
    if needing == "technical":
        rest = rest.replace(
            "{kind: job_person_match, cap: null}",
            "{kind: education, points: {"
            "primary_secondary: 0, diploma: 0, bachelor: 0, master: 0, doctorate: 0}}",
        )
    with pytest.raises(
        PackError, match="needs the sections `assessment` and `competencies`"
    ) as caught:
        parse_pack(head + rules + rest, "small.yaml")
    marks = {"rule": "- rule: job_", "measure": "measure: {kind: job_", "technical": "technical:\n"}
    line = (head + rules + rest).partition(marks[needing])[0].count("\n") + 1
    assert str(caught.value).startswith(f"small.yaml, line {line}: ")


def test_a_file_that_is_absent_or_no_text_is_refused(tmp_path):
    with pytest.raises(PackError, match=r"no such policy pack file\. To mend it: check the path"):
        load_pack(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PackError, match="a UTF-8 text file"):
        load_pack(tmp_path / "bytes.yaml")


def test_ahli_madya_has_the_level_of_a_pratama_and_the_career_of_an_administrator():
    assert set(KEPKA.required_levels("ahli_madya").values()) == {4}
    assert KEPKA.required_levels("ahli_madya") == KEPKA.required_levels("jpt_pratama")
    assert set(KEPKA.required_levels("administrator").values()) == {3}
    assert KEPKA.same_career(("administrator",)) == ("administrator", "ahli_madya")
    assert KEPKA.same_career(("ahli_madya",)) == ("ahli_madya", "administrator")
    assert "ahli_madya" not in KEPKA.same_career(("jpt_pratama",))


@pytest.mark.parametrize(
    ("post_class", "levels"),
    [
        ("head", {"integrity": 3, "teamwork": 2}),
        ("expert", {"integrity": 3, "teamwork": 2}),
        ("chief", {"integrity": 4, "teamwork": 4}),
        ("staff", {}),
    ],
)
def test_required_levels_are_of_the_class_or_of_the_one_that_it_equals(post_class, levels):
    assert parse_pack(PACK, "small.yaml").required_levels(post_class) == levels


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (59.99, "below"),
        (60, "meets"),
        (79.99, "meets"),
        (80, "above"),
        (0, "below"),
        (130, "above"),
    ],
)
def test_a_threshold_belongs_to_the_level_above_it(score, level):
    assert KEPKA.nine_box is not None
    bands = KEPKA.nine_box.performance.bands
    assert [band.level for band in bands if band.holds(score)] == [level]


@pytest.mark.parametrize(("score", "is_held"), [(69.99, False), (70, False), (70.01, True)])
def test_a_band_above_a_number_does_not_hold_it(score, is_held):
    assert Band(above=70).holds(score) == is_held
    assert Band(at_most=70).holds(score) != is_held


def test_ready_is_told_by_class():
    pack = parse_pack(PACK, "small.yaml")
    ready = pack.ready_for("head")
    assert ready is not None
    assert (ready.within_months, ready.probability_at_least) == (24, 0.6)
    assert pack.ready_for("chief") is None
