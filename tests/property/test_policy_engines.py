"""Two engines read one pack: the one in service, and a slow one that walks row by row.

The rule that must not break: they agree on every answer and every range, for records with whatever
is missing, late or contradictory in them, and for packs of every kind of rule and measure.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.packs.rules import ROUTES
from features.policy.eligibility import eligibility
from features.policy.scores import boxes_in, nine_box, person_match, post_scores
from tests.lib import reference_policy
from tests.lib.policy_strategies import MEASURE_KINDS, RULE_KINDS, Case, cases, record_of

quick = settings(
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    # A case is a whole record: making it smaller takes longer than reading it.
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Scores are rounded to nine decimals, one engine before and one after they are added up.
CLOSE = 1e-6


def people_of(case: Case) -> list[str]:
    return [row["person_id"] for row in case.tables["person"]]


def posts_of(case: Case) -> list[str]:
    return [row["post_id"] for row in case.tables["post"]]


def pairs_of(case: Case) -> pd.DataFrame:
    """Everybody for every post on every day by every route."""
    rows = itertools.product(people_of(case), posts_of(case), case.days, ROUTES)
    return pd.DataFrame(rows, columns=["person_id", "post_id", "as_of", "route"])


def assert_same_answers(case: Case) -> None:
    pairs = pairs_of(case)
    got = eligibility(record_of(case.tables), case.pack, pairs)
    for row, (person, post, day, route) in enumerate(pairs.itertuples(index=False)):
        asked = (case.tables, case.pack, person, post, day, route)
        codes = {name: code for name, code in got.codes.iloc[row].items() if code >= 0}
        assert codes == reference_policy.answers(*asked), (person, post, day, route)
        assert got.status[row] == reference_policy.status(*asked), (person, post, day, route)


def assert_same_scores(case: Case) -> None:
    record = record_of(case.tables)
    people = pd.DataFrame(
        itertools.product(people_of(case), case.days), columns=["person_id", "as_of"]
    )
    got = nine_box(record, case.pack, people)
    for row, (person, day) in enumerate(people.itertuples(index=False)):
        wanted = reference_policy.axes(case.tables, case.pack, person, day)
        for name, (low, high) in wanted["indicators"].items():
            found = [ends[row] for ends in got.indicators[name]]
            assert found == pytest.approx([low, high], abs=CLOSE), (name, person, day)
        for axis in ("performance", "potential"):
            found = [got.frame[f"{axis}_{end}"].iloc[row] for end in ("low", "high")]
            assert found == pytest.approx(wanted[axis], abs=CLOSE), (axis, person, day)
        assert set(boxes_in(int(got.frame["boxes"].iloc[row]))) == wanted["boxes"], (person, day)
    assert_same_for_posts(case, record)


def assert_same_for_posts(case: Case, record) -> None:
    pairs = pairs_of(case).drop(columns="route").drop_duplicates(ignore_index=True)
    scores = post_scores(record, case.pack, pairs).frame
    match = person_match(record, case.pack, pairs)
    for row, asked in enumerate(pairs.itertuples(index=False)):
        arguments = (case.tables, case.pack, *asked)
        wanted = reference_policy.post_score(*arguments)
        found = [scores[f"score_{end}"].iloc[row] for end in ("low", "high")]
        assert found == pytest.approx(wanted, abs=CLOSE), asked
        measured = reference_policy.match(*arguments) or (np.nan, np.nan)
        found = [match[end].iloc[row] for end in ("low", "high")]
        assert found == pytest.approx(measured, abs=CLOSE, nan_ok=True), asked


@settings(quick, max_examples=8)
@given(case=cases(most_days=6))
def test_rules_of_every_kind_are_answered_as_the_slow_engine_does(case: Case):
    assert_same_answers(case)


@settings(quick, max_examples=8)
@given(case=cases(most_days=5))
def test_measures_of_every_kind_give_what_the_slow_engine_gives(case: Case):
    assert_same_scores(case)


@pytest.mark.parametrize("kind", RULE_KINDS)
@settings(quick, max_examples=2)
@given(data=st.data())
def test_each_kind_of_rule_alone_is_answered_alike(kind: str, data: st.DataObject):
    assert_same_answers(data.draw(cases(rule_kinds=(kind,), most_days=8)))


@pytest.mark.parametrize("kind", MEASURE_KINDS)
@settings(quick, max_examples=2)
@given(data=st.data())
def test_each_kind_of_measure_alone_gives_alike(kind: str, data: st.DataObject):
    assert_same_scores(data.draw(cases(measure_kinds=(kind,), most_days=4)))
