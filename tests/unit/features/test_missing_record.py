"""What a missing document could do is what the engine does once it is there."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from features.packs.declaration import Axis, NineBox
from features.packs.library import Library
from features.packs.measures import Component, Indicator
from features.packs.pack import Pack
from features.policy.handed_in import vouched_registers
from features.policy.missing_record import MissingRecord, missing_record
from features.policy.scores import AXES, boxes_in, nine_box
from features.policy.wording_missing import told_of_document, told_of_kind
from tests.lib.boxed_agency import ON as BOXED_ON
from tests.lib.boxed_agency import boxed_pack, kept, without_nine_box
from tests.lib.handed_in import (
    DOSSIERS,
    ON,
    appraisal,
    documents,
    level,
    record_with,
    together,
)

PACKS = [Library().get(name) for name in ("asn-kepka-411-2025", "manado")]
HANDED_IN = ("missing", "register")


def people(n: int) -> pd.DataFrame:
    return pd.DataFrame({"person_id": [f"p{place}" for place in range(n)]})


NAMES = list(DOSSIERS)


@cache
def everybody(place: int) -> MissingRecord:
    """A person of each dossier under one of the packs: p0 the first, and so on."""
    return told_of(PACKS[place], *DOSSIERS.values())


def told_of(pack: Pack, *dossiers: dict, without: tuple[str, ...] = ()) -> MissingRecord:
    record = record_with(list(dossiers), without=without)
    return missing_record(record, pack, people(len(dossiers)), ON)


@pytest.mark.parametrize("place", range(len(PACKS)), ids=lambda place: PACKS[place].pack)
@pytest.mark.parametrize("name", DOSSIERS)
def test_every_outcome_is_what_the_engine_gives_with_the_document(place: int, name: str):
    pack, dossier, told = PACKS[place], DOSSIERS[name], everybody(place)
    person = NAMES.index(name)
    now = told.scores.frame.iloc[person]
    rows = told.of_person(f"p{person}").query("reason in @HANDED_IN").to_dict("records")
    assert len(rows) >= 3
    papers = {row["kind"]: documents(pack, dossier, row["kind"]) for row in rows}
    # One record holds a copy of the person for every paper of every kind.
    copies = [together(dossier, paper) for of_kind in papers.values() for paper in of_kind]
    asked = people(len(copies)).assign(as_of=pd.Timestamp(ON))
    frame = nine_box(record_with(copies), pack, asked).frame
    first = 0
    for row in rows:
        kind = row["kind"]
        got = frame.iloc[first : first + len(papers[kind])]
        first += len(got)
        outcomes = told.outcomes(kind, row["reason"], np.array([person]))
        is_possible = outcomes.boxes[0] > 0
        assert is_possible.sum() == len(got) == row["n_outcomes"], kind
        for axis in AXES:
            for end, ends in (("low", outcomes.low), ("high", outcomes.high)):
                np.testing.assert_allclose(
                    got[f"{axis}_{end}"], ends[axis][0][is_possible], atol=1e-6, err_msg=kind
                )
            before = now[f"{axis}_high"] - now[f"{axis}_low"]
            left = (got[f"{axis}_high"] - got[f"{axis}_low"]).to_numpy()
            assert row[f"surely_{axis}"] == pytest.approx((before - left).min(), abs=1e-6)
            assert (before - left <= row[f"width_{axis}"] + 1e-6).all(), kind
            assert (left <= before + 1e-9).all(), "a document never widens a range"
        boxes = got["boxes"].to_numpy()
        assert boxes.tolist() == outcomes.boxes[0][is_possible].tolist(), kind
        assert row["n_changed"] == (boxes != now["boxes"]).sum()
        assert row["n_settled"] == got["box"].notna().sum()


def reasons_of(told: MissingRecord, person: str = "p0") -> dict[str, str]:
    rows = told.of_person(person)
    return dict(zip(rows["kind"], rows["reason"], strict=True))


def test_papers_out_of_date_by_the_pack_are_missing_like_those_that_never_were():
    for place in range(len(PACKS)):
        reasons = reasons_of(everybody(place), f"p{NAMES.index('stale')}")
        assert {"feedback", "potential", "assessment"} <= reasons.keys()
        assert "appraisal" not in reasons
        assert {reasons[kind] for kind in ("feedback", "potential", "assessment")} == {"missing"}


def test_what_the_agency_does_not_keep_is_named_apart_and_nobody_can_hand_it_in():
    pack = PACKS[0]
    without = ("feedback", "potential", "award", "discipline")
    found = told_of(pack, DOSSIERS["nothing"], without=without)
    reasons = reasons_of(found)
    assert {kind for kind, reason in reasons.items() if reason == "not_kept"} == set(without)
    rows = found.of_person("p0").set_index("kind")
    assert (rows.loc[list(without), ["n_outcomes", "n_changed", "n_settled"]] == 0).all(axis=None)
    # Ten, fifteen, fifteen and twenty-five hundredths of an axis stay open all the same.
    widths = rows["width_performance"] + rows["width_potential"]
    assert widths[["feedback", "award", "discipline", "potential"]].tolist() == [6, 15, 15, 25]
    assert rows.loc["assessment", "reason"] == "missing"
    by_kind = found.by_kind().set_index("kind")
    assert by_kind.loc["potential", ["people", "moves", "may_settle"]].tolist() == [1, 0, 0]


def test_a_register_is_vouched_for_where_every_measure_of_it_does():
    """The boxed pack says so of awards; Manado asks for hours and levels of training."""
    boxed, manado = boxed_pack().nine_box, PACKS[1].nine_box
    assert boxed is not None
    assert manado is not None
    assert vouched_registers(boxed) == {"award"}
    assert vouched_registers(manado) == set()
    assert vouched_registers(vouching(manado, "training_hours")) == set()
    assert vouched_registers(vouching(manado, "training_hours", "leadership_training")) == {
        "training"
    }


def vouching(section: NineBox, *kinds: str) -> NineBox:
    """The same with measures of some kinds that take their register for complete."""

    def indicator_of(one: Indicator) -> Indicator:
        measure = one.measure.model_copy(update={"unrecorded": "none"})
        return one.model_copy(update={"measure": measure}) if measure.kind in kinds else one

    def component_of(one: Component) -> Component:
        return one.model_copy(update={"indicators": tuple(map(indicator_of, one.indicators))})

    axes = {name: getattr(section, name) for name in AXES}
    changed: dict[str, Axis] = {
        str(name): axis.model_copy(update={"components": tuple(map(component_of, axis.components))})
        for name, axis in axes.items()
    }
    return section.model_copy(update=changed)


def test_what_is_on_record_and_contradicts_itself_is_no_missing_document():
    pack = PACKS[0]
    twice = [appraisal(2025, "good"), {**appraisal(2025, "poor"), "appraisal_id": "again"}]
    reasons = reasons_of(told_of(pack, {"appraisal": twice}))
    assert reasons["appraisal"] == "unclear"
    unended = [{"level": "light", "sanctioned_on": ON, "until_on": None}]
    assert reasons_of(told_of(pack, {"discipline": unended}))["discipline"] == "unclear"


def test_levels_that_contradict_each_other_stay_open_when_the_others_are_measured():
    pack = PACKS[0]
    one, *others = pack.required_levels("administrator")
    twofold = [level(one, 1.0), {**level(one, 2.0), "assessment_id": "again"}]
    told = told_of(pack, {"assessment": twofold})
    (row,) = told.of_person("p0").query("kind == 'assessment'").to_dict("records")
    outcomes = told.outcomes("assessment", "missing", np.array([0]))
    assert pack.competencies is not None
    lowest = float(pack.competencies.lowest_level)
    measured = [*twofold, *(level(name, lowest) for name in others)]
    (after,) = nine_box(
        record_with([{"assessment": measured}]), pack, people(1).assign(as_of=pd.Timestamp(ON))
    ).frame.to_dict("records")
    assert outcomes.low["potential"][0, 0] == pytest.approx(after["potential_low"])
    assert outcomes.high["potential"][0, 0] == pytest.approx(after["potential_high"])
    assert 0 < row["surely_potential"] < row["width_potential"]


def test_without_a_post_no_paper_of_the_person_says_how_they_fit_it():
    told = missing_record(record_with([{}]), PACKS[0], pd.DataFrame({"person_id": ["nobody"]}), ON)
    rows = told.of_person("nobody").set_index("kind")["reason"]
    assert rows["assessment"] == "post"
    assert rows["appointment"] == "post"
    assert rows["potential"] == "missing"


def test_a_judgement_that_the_pack_leaves_open_is_no_document():
    rows = everybody(1).of_person("p2").set_index("kind")
    assert rows.loc["judgement", "reason"] == "judgement"
    assert rows.loc["judgement", "width_potential"] == 3
    assert rows.loc["judgement", "n_outcomes"] == 0


def test_the_order_of_people_and_the_size_of_steps_say_nothing(monkeypatch):
    told, asked = everybody(0), people(len(DOSSIERS))
    monkeypatch.setattr("features.policy.missing_record.AT_ONCE", 1)
    record = record_with(list(DOSSIERS.values()))
    turned = missing_record(record, PACKS[0], asked.iloc[::-1], ON)
    for person in asked["person_id"]:
        one, other = (
            found.of_person(person).drop(columns="row").reset_index(drop=True)
            for found in (told, turned)
        )
        pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(told.by_kind(), turned.by_kind())
    assert told.worst(9) == turned.worst(9)


def test_documents_stand_by_how_often_they_change_the_box_and_people_by_their_first():
    told, shares = everybody(0), {}
    for person in told.people["person_id"]:
        rows = told.of_person(person)
        share = (rows["n_changed"] / rows["n_outcomes"].clip(lower=1)).tolist()
        assert share == sorted(share, reverse=True)
        shares[person] = share[0]
    assert shares[told.worst(1)[0]] == max(shares.values()) > 0


def test_kinds_count_whom_they_move_and_whom_they_settle():
    """All but one paper: five outcomes of the predicate, each of which settles the box."""
    pack = boxed_pack()
    drawn = {
        "post": "post_id | post_class\n s | low",
        "appointment": "person_id | post_id | start_on\n ann | s | 2020-01-01\n"
        "bob | s | 2020-01-01",
        "appraisal": "appraisal_id | person_id | year | predicate | appraised_on\n"
        "a | bob | 2023 | good | 2024-01-10",
        "award": "person_id | kind | awarded_on\n bob | cup | 2023-01-10",
        "education": "education_id | person_id | level | graduated_on\n"
        "e | ann | master | 2010-01-01\n f | bob | master | 2010-01-01",
        "rank_history": "rank_id | person_id | rank | from_on\n"
        "r | ann | IV/a | 2020-01-01\n s | bob | IV/a | 2020-01-01",
    }
    told = missing_record(
        kept(**drawn), pack, pd.DataFrame({"person_id": ["ann", "bob"]}), BOXED_ON
    )
    assert told.of_person("bob").empty
    (row,) = told.of_person("ann").to_dict("records")
    # Performance: 12, 24, 36, 48 or 60 of the predicate and nothing of awards; potential 90.
    assert (row["kind"], row["reason"], row["n_outcomes"]) == ("appraisal", "missing", 5)
    assert (row["width_performance"], row["surely_performance"]) == (48, 48)
    outcomes = told.outcomes("appraisal", "missing", np.array([0]))
    assert sorted(outcomes.low["performance"][0]) == [12, 24, 36, 48, 60]
    assert [boxes_in(int(mask)) for mask in sorted(outcomes.boxes[0])] == [(6,)] * 4 + [(8,)]
    assert (row["n_changed"], row["n_settled"]) == (5, 5)
    (kind,) = told.by_kind().to_dict("records")
    counts = ("people", "moves", "moves_surely", "may_settle", "settles", "width")
    assert [kind[name] for name in counts] == [1, 1, 1, 1, 1, 48]


def test_a_pack_without_a_nine_box_and_a_person_nobody_asked_about_are_refused():
    with pytest.raises(ValueError, match="no nine-box"):
        missing_record(record_with([{}]), without_nine_box(), people(1), ON)
    with pytest.raises(KeyError):
        everybody(0).of_person("p9")


def test_sentences_are_whole_in_both_languages():
    found = told_of(PACKS[1], *DOSSIERS.values(), without=("feedback",))
    assert {"missing", "register", "not_kept"} <= set(found.frame["reason"])
    told = [told_of_document(row) for _n, row in found.frame.iterrows()]
    told += [told_of_kind(row) for _n, row in found.by_kind().iterrows()]
    for words in told:
        for text in (words.id, words.en):
            assert text.endswith(".")
            assert "{" not in text
    assert any("nobody can hand it in" in words.en for words in told)
    assert any("tidak seorang pun dapat menyerahkannya" in words.id for words in told)
