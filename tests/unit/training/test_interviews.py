from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.assemble import FeatureQuery
from features.tables.record import Record
from tests.lib.careers import drawn_record
from training import interviews
from training.interviews import interviewed, past_interviews, with_outcomes

POSTS = """
post  | unit | class
clerk | a    | staff
head  | a    | head
"""
CAREERS = """
person | post  | start_on   | end_on
ann    | clerk | 2000-01-01 | -
bob    | clerk | 2000-01-01 | -
cy     | clerk | 2000-01-01 | -
ann    | head  | 2010-03-01 | -
"""


def score(person: str, assessor: str, points: float, on: str = "2010-01-20") -> dict[str, Any]:
    given = {"vacancy_id": "v1", "person_id": person, "assessor": assessor, "criterion": "vision"}
    return {**given, "score": points, "scored_on": on, "recorded_on": on}


def record(*more: dict[str, Any]) -> Record:
    days = {"opened_on": "2009-12-01", "decided_on": "2010-02-01", "filled_on": "2010-03-01"}
    vacancy = {"vacancy_id": "v1", "post_id": "head", "route": "open_selection", **days}
    vacancy |= {f"{name}_recorded_on": day for name, day in [
        ("opened", "2009-12-01"), ("decided", "2010-02-01"), ("filled", "2010-03-01")]}  # fmt: skip
    candidacies = [
        {
            "vacancy_id": "v1",
            "person_id": person,
            "interviewed": heard,
            "outcome": outcome,
            "decided_on": "2010-02-01",
            "recorded_on": "2010-02-03",
        }
        for person, heard, outcome in (
            ("ann", "yes", "appointed"),
            ("bob", "yes", "not_appointed"),
            ("cy", "no", "not_appointed"),
        )
    ]
    scores = [score("ann", "1", 80), score("ann", "2", 60), score("bob", "1", 75), *more]
    papers = {"vacancy": [vacancy], "candidacy": candidacies, "interview_score": scores}
    return drawn_record(posts=POSTS, appointments=CAREERS, papers=papers)


LABELS = pd.DataFrame(
    {
        "person_id": ["ann", "ann"],
        "post_id": ["clerk", "head"],
        "start_on": pd.to_datetime(["2000-01-01", "2010-03-01"]),
        "success": [1.0, 0.0],
        "weight": [1.0, 1.25],
        "decided_on": pd.to_datetime(["2000-01-01", "2010-02-28"]),
    }
)


def test_those_heard_are_told_with_the_mean_of_their_scores() -> None:
    rows = interviewed(record(), date(2012, 1, 1))
    assert rows["person_id"].tolist() == ["ann", "bob"]
    assert rows["score"].tolist() == [70.0, 75.0]
    assert rows["is_appointed"].tolist() == [True, False]
    assert rows["known_on"].dt.strftime("%Y-%m-%d").tolist() == ["2010-02-03"] * 2


def test_an_assessor_who_scores_two_criteria_counts_once() -> None:
    more = {**score("bob", "1", 65), "criterion": "integrity"}
    rows = interviewed(record(more, score("bob", "2", 90)), date(2012, 1, 1))
    assert rows.set_index("person_id")["score"]["bob"] == pytest.approx((70 + 90) / 2)


def test_nothing_is_known_before_it_was_recorded() -> None:
    assert interviewed(record(), date(2010, 2, 2)).empty
    late = score("bob", "2", 15, on="2011-06-01")
    before, after = (interviewed(record(late), date(year, 1, 1)) for year in (2011, 2012))
    assert before.set_index("person_id")["score"]["bob"] == 75.0
    assert after.set_index("person_id")["score"]["bob"] == 45.0
    assert after["known_on"].max() == pd.Timestamp("2011-06-01")


def test_an_outcome_is_that_of_the_appointment_which_filled_the_vacancy() -> None:
    rows = with_outcomes(interviewed(record(), date(2012, 1, 1)), LABELS)
    assert rows["outcome"].tolist()[0] == 0.0
    assert np.isnan(rows["outcome"].tolist()[1])
    assert rows["group"].tolist() == ["2010-02-28", ""]
    assert rows["weight"].tolist() == [1.25, 1.0]


def test_features_are_asked_for_only_where_there_is_enough_to_learn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = FeatureQuery(record())
    assert past_interviews(record(), date(2013, 1, 1), query, LABELS) is None
    monkeypatch.setattr(interviews, "are_enough", lambda _y: True)
    past = past_interviews(record(), date(2013, 1, 1), query, LABELS)
    assert past is not None
    # On the eve of the choice ann was a clerk, for ten years.
    assert past.X["years_in_post"].round(1).tolist() == [10.1, 10.1]
    known = past.known_on(date(2013, 1, 1), LABELS)
    assert sorted(known.score) == [70.0, 75.0]
    assert np.isnan(known.outcome).sum() == 1
    assert len(past.known_on(date(2010, 2, 2), LABELS).score) == 0
