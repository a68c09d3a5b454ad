"""Labels of careers drawn by chance: as slow counting has them, and deaf to whatever came later."""

from datetime import date, timedelta
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest

from features import prepared
from features.agencies.rules import LabelRule
from features.tables.record import Record
from tests.lib.careers import LADDER, drawn_record
from tests.lib.reference_labels import Tables, labels_of
from training.labels import COMPONENTS, Outcomes

UNITS = ("ports", "roads", "rails")
POSTS = {
    f"{unit}_{place}": (unit, post_class)
    for unit in UNITS
    for place, post_class in enumerate(("staff", "staff", "head", "head"))
} | {"top": ("ports", "chief")}
PREDICATES = ("very_good", "good", "good", "needs_improvement", "poor")
LAGS = (-20, 0, 0, 30, 400, 1500)
#: Asks for everything, of windows short enough to close.
EVERYTHING = LabelRule(
    months=14,
    promotion_after_months=4,
    censored_by_reason=("reorganised", "retired"),
    failed_by_reason=("removed",),
    failed_by_sanction=("medium", "heavy"),
    unit_result_of=("head", "chief"),
    failed_by_rating=("needs_improvement", "poor"),
)
#: Of whole windows that are taken by whoever leaves at the top.
TAKEN = LabelRule(months=6, promotion_after_months=3, censored_by_end_of=("chief",))
CUT_OFFS = (date(2008, 5, 31), date(2010, 3, 15))


def drawn(seed: int, n_people: int = 90) -> Tables:
    """Careers of some people, one post after the other, and what is on file beside them."""
    draw = np.random.default_rng(seed)

    def one(values):
        return values[int(draw.integers(len(values)))]

    def recorded(day: date) -> date:
        return day + timedelta(days=one(LAGS))

    tables: Tables = {name: [] for name in ("appointment", "discipline", "appraisal")}
    for n in range(n_people):
        person, day = f"p{n:02}", date(2001, 1, 1) + timedelta(days=int(draw.integers(1500)))
        for _nth in range(int(draw.integers(2, 7))):
            post = "top" if n < 6 and draw.random() < 0.3 else one([*POSTS][:-1])
            end = day + timedelta(days=one((5, 60, 90, 130, 200, 420, 430, 700)))
            is_last = draw.random() < 0.1
            tables["appointment"].append(
                {
                    "appointment_id": f"{len(tables['appointment'])}",
                    "person_id": person,
                    "post": post,
                    "unit": POSTS[post][0],
                    "post_class": POSTS[post][1],
                    "step": LADDER.index(POSTS[post][1]) + 1,
                    "kind": one(("definitive",) * 5 + ("acting",)),
                    "start_on": day,
                    "start_recorded_on": recorded(day),
                    "end_on": None if is_last else end,
                    "end_recorded_on": None if is_last else recorded(end),
                    "end_reason": None
                    if is_last
                    else one(
                        (None, "moved", "moved", "promoted", "retired", "reorganised", "removed")
                    ),
                }
            )
            if draw.random() < 0.12:
                on = day + timedelta(days=int(draw.integers(-30, 500)))
                sanction = {"person_id": person, "level": one(("light", "medium", "heavy"))}
                told = {"sanctioned_on": on, "sanctioned_recorded_on": recorded(on)}
                tables["discipline"].append(sanction | told)
            day = end + timedelta(days=one((-40, 0, 1, 1, 1, 30, 31, 90)))
        tables["appraisal"] += [
            {"person_id": person} | _year(year, one(PREDICATES), "appraised_on", recorded)
            for year in range(2001, 2011)
            if draw.random() < 0.6
        ]
    for place, row in enumerate(tables["appraisal"]):
        row["appraisal_id"] = f"{place}"
    tables["unit_result"] = [
        {"unit_id": unit} | _year(year, one(PREDICATES), "resulted_on", recorded)
        for unit in UNITS
        for year in range(2001, 2011)
        if draw.random() < 0.8
    ]
    return tables


def _year(year: int, predicate: str, happened: str, recorded) -> dict:
    on = date(year, 12, 31)
    return {"year": year, "predicate": predicate, happened: on, "recorded_on": recorded(on)}


@cache
def tables(seed: int = 5) -> Tables:
    return drawn(seed)


@cache
def record(seed: int = 5) -> Record:
    columns = (
        *("person", "post", "kind", "start_on", "start_recorded_on", "end_on"),
        *("end_recorded_on", "end_reason"),
    )
    lines = [
        " | ".join(str(row[name] or "-") for name in columns)
        for row in ({**row, "person": row["person_id"]} for row in tables(seed)["appointment"])
    ]
    return drawn_record(
        posts="\n".join(
            ["post | unit | class", *(f"{p} | {u} | {c}" for p, (u, c) in POSTS.items())]
        ),
        appointments="\n".join([" | ".join(columns), *lines]),
        papers={name: rows for name, rows in tables(seed).items() if name != "appointment"},
    )


@cache
def outcomes(rule: LabelRule) -> Outcomes:
    return Outcomes(record(), rule)


@pytest.mark.parametrize("rule", [EVERYTHING, TAKEN], ids=["everything", "taken"])
@pytest.mark.parametrize("as_of", CUT_OFFS, ids=str)
def test_labels_agree_with_slow_counting(rule: LabelRule, as_of: date):
    found = outcomes(rule).known_on(as_of).set_index("appointment_id")
    expected = labels_of(tables(), rule, as_of)
    told = {
        name: (
            row["state"],
            None if pd.isna(row["success"]) else row["success"],
            None if pd.isna(row["settled_on"]) else row["settled_on"].date(),
        )
        for name, row in found.iterrows()
    }
    assert told == expected
    assert {one[:2] for one in expected.values()} == {
        *(("immature", None), ("censored", None)),
        *(("matured", 0.0), ("matured", 1.0)),
    }


def test_blanking_what_was_recorded_after_the_cut_off_changes_no_label():
    (as_of, _), later = CUT_OFFS, date(2014, 1, 1)
    told = outcomes(EVERYTHING).known_on(as_of)
    blanked = Outcomes(record().blanked(ibis.literal(as_of)), EVERYTHING)
    pd.testing.assert_frame_equal(told, blanked.known_on(as_of))
    # Each component goes both ways, and would have been another in time: much was cut off.
    in_time = outcomes(EVERYTHING).known_on(later).set_index("appointment_id")
    in_time = in_time.loc[told["appointment_id"]].reset_index()
    for name in COMPONENTS:
        assert set(told[name].dropna()) == {False, True}, name
        assert not told[name].equals(in_time[name]), name
    assert told["weight"].max() > 1


def test_a_question_of_labels_is_put_together_without_looking_at_rows(monkeypatch):
    questions = []
    for seed in (5, 6):
        monkeypatch.setattr(prepared, "_REMEMBERED", {})
        Outcomes(record(seed), EVERYTHING)
        questions += prepared._REMEMBERED.values()
    assert len(questions) == 2
    assert questions[0] == questions[1]
