"""What a backtest lets its models see at an origin, and up to which day outcomes are read."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.agencies.mapping import Mapping, parse_mapping
from features.errors import LabelError
from features.tables.record import Record
from models.readiness import ReadinessModel
from models.selection import Propensity
from tests.lib.careers import drawn_record
from tests.lib.small_agency import MAPPING as SMALL
from training import backtest
from training.backtest import Evidence, evidence
from training.cohorts import matured
from training.dataset import TrainingSet
from training.splits import Origin, within, yearly_origins

RULES = """\
ladder:
  - {post_class: staff, title: {id: Staf, en: Staff}}
  - {post_class: head, title: {id: Kepala, en: Head}}
vacancies: {classes: [head], decided_days_before: 31}
label: {months: 12}
pool: {member_of: [council]}
"""
COUNCIL = """\
  membership:
    from: people
    columns: {membership_id: id, person_id: id, body: {constant: council}, start_on: id}
"""
POSTS = "post | unit | class\nclerk | ports | staff\nhead | ports | head\nboss | roads | head"
# At the origin, 2010-01-01: p1 was chosen for a post that begins on that very day, p2's window ends
# on it, p3's a day later, p4 may not be ranked, p5 stands in.
CAREERS = """
    person | post  | start_on   | end_on     | kind
    p0     | clerk | 2000-01-01 | -          | definitive
    p1     | clerk | 2000-01-01 | -          | definitive
    p2     | clerk | 2000-01-01 | -          | definitive
    p3     | clerk | 2000-01-01 | -          | definitive
    p4     | clerk | 2000-01-01 | -          | definitive
    p5     | clerk | 2000-01-01 | -          | definitive
    p0     | head  | 2007-01-01 | 2007-06-01 | definitive
    p1     | head  | 2010-01-01 | -          | definitive
    p2     | boss  | 2009-01-01 | -          | definitive
    p3     | head  | 2009-01-02 | -          | definitive
    p4     | head  | 2006-01-01 | 2006-03-01 | definitive
    p5     | boss  | 2008-01-01 | 2008-02-01 | acting
    p0     | boss  | 2012-01-01 | -          | definitive
"""
SEATS = "person | body | start_on | end_on\n" + "\n".join(
    f"p{n} | council | 1999-01-01 | -" for n in (0, 1, 2, 3, 5)
)
ORIGIN = Origin(date(2010, 1, 1), date(2011, 1, 1))


def mapping() -> Mapping:
    files = SMALL[: SMALL.index("ladder:")] + COUNCIL
    return parse_mapping(files + RULES, "small.yaml")


@cache
def record(careers: str = CAREERS) -> Record:
    return drawn_record(posts=POSTS, appointments=careers, memberships=SEATS)


@cache
def given() -> Evidence:
    return evidence(record(), mapping(), date(2014, 1, 1))


def test_readiness_learns_from_outcomes_known_at_the_origin_of_people_who_could_be_ranked(
    monkeypatch,
):
    seen = {}
    monkeypatch.setattr(ReadinessModel, "fit", lambda X, y, **rest: seen.update(X=X, y=y, **rest))
    _model, base_rate = backtest._readiness_at(given(), ORIGIN)
    learnt = given().known_on(ORIGIN.on)
    learnt = learnt[learnt["decided_on"].isin(seen["day"]) & (learnt["post_class"] == "head")]
    # Clerks of 2000 could not be ranked then: nothing had been recorded of them.
    assert learnt["person_id"].tolist() == ["p0", "p2"]
    assert seen["y"].tolist() == [0.0, 1.0]
    assert base_rate == 0.5
    assert seen["day"].tolist() == [pd.Timestamp("2006-12-02"), pd.Timestamp("2008-12-02")]
    assert list(seen["groups"]) == ["2006-12-02", "2008-12-02"]
    expected = given().decision_features.loc[learnt["appointment_id"]]
    pd.testing.assert_frame_equal(seen["X"], expected.reset_index(drop=True))


def test_propensity_learns_from_choices_that_had_taken_effect(monkeypatch):
    seen = {}
    monkeypatch.setattr(Propensity, "fit", lambda X, y, **rest: seen.update(X=X, y=y, **rest))
    features = backtest._PoolFeatures(given(), ORIGIN.on, with_past=True)
    backtest._propensity_at(features, ORIGIN, 1)
    vacancies = given().pools.vacancies.set_index("vacancy_id").loc[sorted(set(seen["vacancy"]))]
    # p1 was chosen a month before the origin and begins on it: nobody knows it yet.
    assert sorted(vacancies["person_id"]) == ["p0", "p2", "p3", "p4"]
    assert len(seen["X"]) == len(seen["y"])


def test_an_origin_that_cannot_be_learnt_at_is_named():
    with pytest.raises(LabelError, match="origin 2010-01-01: .*too few.*--from-year"):
        backtest._readiness_at(given(), ORIGIN)


def test_tested_are_decisions_of_the_year_by_the_day_of_choice():
    class Sure:
        def probability(self, X: pd.DataFrame) -> np.ndarray:
            return np.full(len(X), 0.75)

    sure: Any = Sure()
    told = backtest._predictions(given(), Origin(date(2009, 1, 1), date(2010, 1, 1)), sure, 0.5)
    # p1's post begins in 2010 and was filled in December; p2 was chosen in 2008.
    assert told["day"].tolist() == [pd.Timestamp("2009-12-02")]
    assert told["success"].tolist() == [1.0]


def test_outcomes_are_read_up_to_the_newest_fact_and_not_up_to_what_is_announced():
    announced = CAREERS + "    p3 | boss | 2040-01-01 | - | definitive\n"
    header, *lines = announced.strip().splitlines()
    lines = [f"{line} | {'2013-05-01' if '2040' in line else '-'}" for line in lines]
    known = "\n".join([f"{header} | start_recorded_on", *lines])
    assert backtest._last_known(record(known), None) == date(2013, 5, 1)
    assert backtest._last_known(record(known), date(2011, 1, 1)) == date(2011, 1, 1)
    assert backtest._last_known(record(known), date(2030, 1, 1)) == date(2013, 5, 1)
    # Whoever began in 2012 may still leave: neither success nor failure is known in May 2013.
    states = evidence(record(known), mapping(), date(2012, 12, 31)).decisions.set_index("start_on")
    assert states.loc[pd.Timestamp("2012-01-01"), "state"] == "immature"


@pytest.mark.parametrize("at_once", [1, 3, 100_000])
def test_features_of_pools_are_the_same_however_many_are_asked_for_at_once(at_once, monkeypatch):
    monkeypatch.setattr(backtest, "PAIRS_AT_ONCE", at_once)
    candidates = given().pools.candidates
    features = backtest._PoolFeatures(given(), date(2008, 1, 1), with_past=True)
    whole = given().features(candidates)
    for origin in yearly_origins(given().decisions["decided_on"], 2008):
        inside = within(candidates["on"], origin)
        pd.testing.assert_frame_equal(features.of(origin), whole[inside])
    rows, X = features.past(Origin(date(2014, 1, 1), date(2015, 1, 1)))
    pd.testing.assert_frame_equal(X, whole)
    pd.testing.assert_frame_equal(rows, candidates)


def test_propensity_learns_from_some_of_a_large_pool_and_from_who_was_appointed():
    sizes = {"small": 400, "large": 2500}
    pools = [
        pd.DataFrame({"vacancy_id": name, "is_appointed": np.arange(size) == size - 1})
        for name, size in sizes.items()
    ]
    rows = pd.concat(pools, ignore_index=True)
    kept = (
        rows[backtest._is_sampled(rows)].groupby("vacancy_id")["is_appointed"].agg(["size", "sum"])
    )
    assert kept.loc["small"].tolist() == [400, 1]
    assert kept.loc["large"].tolist() == [358, 1]


def test_features_that_training_has_computed_are_taken_and_the_others_asked_for():
    rows = matured(given().decisions)
    true = given().features(rows)
    learnt: Any = TrainingSet(
        X=(true + 1).iloc[:2].reset_index(drop=True),
        y=rows["success"].iloc[:2],
        weight=rows["weight"].iloc[:2],
        day=rows["decided_on"].iloc[:2],
        reshuffle=rows["decided_on"].iloc[:2],
        background=true,
        label_cutoff_on=date(2014, 1, 1),
        pairs=rows[["person_id", "post_id", "as_of"]].iloc[:2],
    )
    found = backtest._features_of(rows, given().features, learnt)
    pd.testing.assert_frame_equal(found, pd.concat([(true + 1).iloc[:2], true.iloc[2:]]))


def test_features_of_a_decision_that_counts_no_more_are_asked_for():
    rows = given().decisions.head(4)
    assert not rows["appointment_id"].isin(given().decision_features.index).all()
    pd.testing.assert_frame_equal(given().features_of(rows), given().features(rows))


@pytest.mark.parametrize(
    ("failures", "year"),
    [
        ({2021: 10, 2022: 40, 2023: 50, 2024: 60}, 2022),  # outcomes of 2022 are the newest known
        ({2021: 10, 2022: 20, 2023: 30, 2024: 60}, 2024),  # too few before 2022: places alone
        ({2021: 1, 2022: 2, 2023: 3, 2024: 4}, 2024),  # fitting says what is missing
    ],
)
def test_a_quick_backtest_tries_the_newest_year_that_can_be_tried(failures, year):
    class Told:
        def known_on(self, as_of: date) -> pd.DataFrame:
            n = 100 if as_of.year > 2024 else failures[as_of.year]
            known = pd.DataFrame({"decided_on": pd.Timestamp("2020-05-01"), "success": [0.0] * n})
            newer = {"decided_on": pd.to_datetime(["2022-03-01", "2023-03-01", "2024-03-01"])}
            rows = pd.concat([known, pd.DataFrame(newer)], ignore_index=True)
            is_known = rows["decided_on"] < "2023-01-01"
            state = np.where(is_known, "matured", "immature")
            return rows.assign(state=state, kind="definitive", is_rankable=True)

    told: Any = Told()
    assert backtest._quick_year(told, date(2025, 6, 30)) == year
