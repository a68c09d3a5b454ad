"""What a missing paper could do to an estimate: papers of others stand in, whole."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from models.missing_papers import (
    FEWEST_DONORS,
    MOST_DONORS,
    PAPERS,
    REGISTERS,
    STEP,
    features_of,
    on_record,
    spreads,
)
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.careers import drawn_record
from tests.lib.labels import candidates, labels


@pytest.fixture(scope="module")
def model() -> ReadinessModel:
    made = labels(600, 8)
    return ReadinessModel.fit(
        made.X,
        made.y,
        groups=made.groups,
        day=made.day,
        settings=ReadinessSettings(n_trees=60, tells_uncertainty=False),
    )


def used_kind(model: ReadinessModel) -> str:
    """A kind of paper that the booster splits on."""
    used = model.boosted.booster.feature_importance("split") > 0
    names = [name for name, is_used in zip(CATALOGUE.names, used, strict=True) if is_used]
    return max(PAPERS, key=lambda kind: len(set(features_of(kind, CATALOGUE)) & set(names)))


def pool(
    n: int, kind: str, *, same_step: int | None = None
) -> tuple[pd.DataFrame, list[str], dict[str, np.ndarray]]:
    """People of one step, of whom the first has no paper of the kind and the others have all."""
    X = candidates(n, 5)
    X[STEP] = 4.0
    if same_step is not None:
        X.loc[X.index[same_step + 1 :], STEP] = 3.0
    X.loc[X.index[0], features_of(kind, CATALOGUE)] = np.nan
    held = {one: np.ones(n, dtype=bool) for one in PAPERS}
    held[kind][0] = False
    return X, [f"p{place:04}" for place in range(n)], held


def test_estimates_are_those_with_the_whole_papers_of_others_of_the_same_step(model):
    kind = used_kind(model)
    X, ids, held = pool(80, kind, same_step=40)
    (got,) = spreads(model, X, ids, 0, held=held)
    assert (got.kind, got.reason) == (kind, "missing")
    assert got.n_donors == 40
    names = features_of(kind, CATALOGUE)
    told = []
    for donor in range(1, 41):
        one = X.iloc[[0]].copy()
        one[names] = X.iloc[[donor]][names].to_numpy()
        told.append(float(model.probability(one)[0]))
    wanted = np.quantile(told, [0.1, 0.5, 0.9])
    assert [got.low, got.median, got.high] == pytest.approx(wanted.tolist(), abs=1e-12)
    assert got.low is not None
    assert got.high is not None
    assert got.low < got.high


def test_too_few_donors_say_nothing(model):
    kind = used_kind(model)
    for n, is_told in ((FEWEST_DONORS - 1, False), (FEWEST_DONORS, True)):
        X, ids, held = pool(80, kind, same_step=n)
        (got,) = spreads(model, X, ids, 0, held=held)
        assert got.n_donors == n
        assert (got.low is not None) == (got.median is not None) == is_told


def test_who_has_no_row_stands_in_for_nobody_whatever_the_figures_say(model):
    kind = used_kind(model)
    X, ids, held = pool(80, kind)
    held[kind][:30] = False
    (got,) = spreads(model, X, ids, 0, held=held)
    assert got.n_donors == 50


def test_rows_tell_what_is_absent_and_missing_figures_do_not(model):
    kind = used_kind(model)
    X, ids, held = pool(80, kind)
    # All of the figures of the first are missing; once there is a row, no paper is.
    assert [one.kind for one in spreads(model, X, ids, 0, held=held)] == [kind]
    held[kind][0] = True
    assert spreads(model, X, ids, 0, held=held) == []
    # Figures of the second are there, as a count of nought is, and no row.
    held[kind][1] = False
    assert [one.kind for one in spreads(model, X, ids, 1, held=held)] == [kind]


def test_a_register_may_truly_hold_none_and_one_that_is_vouched_for_does(model):
    X, ids, held = pool(80, "training")
    (got,) = spreads(model, X, ids, 0, held=held)
    assert (got.kind, got.reason) == ("training", "register")
    assert spreads(model, X, ids, 0, held=held, vouched={"training"}) == []
    del held["training"]
    assert spreads(model, X, ids, 0, held=held) == [], "what the agency does not keep nobody lacks"


def test_the_order_of_rows_says_nothing_and_many_donors_are_thinned_out_evenly(model):
    kind = used_kind(model)
    X, ids, held = pool(MOST_DONORS * 2, kind)
    (got,) = spreads(model, X, ids, 0, held=held)
    assert got.n_donors == MOST_DONORS
    order = np.random.default_rng(1).permutation(len(ids))
    turned = [ids[place] for place in order]
    of_turned = {one: is_held[order] for one, is_held in held.items()}
    row = int(np.flatnonzero(order == 0)[0])
    assert spreads(model, X.iloc[order], turned, row, held=of_turned) == [got]


def test_a_feature_belongs_to_one_kind_of_paper_and_every_kind_has_some():
    told = {kind: features_of(kind, CATALOGUE) for kind in PAPERS}
    assert all(told.values())
    every = [name for names in told.values() for name in names]
    assert len(every) == len(set(every))
    assert "discipline" not in told, "a sanction is handed in by nobody"
    assert told.keys() > REGISTERS


def test_a_paper_is_on_record_once_it_is_known_and_its_day_has_come():
    day, before, later = date(2020, 1, 1), date(2019, 5, 1), date(2020, 5, 1)
    rows = [
        ("ann", before, before),
        ("bob", before, later),  # handed in later
        ("cid", later, before),  # announced
    ]
    training = [
        {
            "training_id": who,
            "person_id": who,
            "kind": "technical",
            "started_on": on,
            "started_recorded_on": known,
        }
        for who, on, known in rows
    ]
    feedback = [
        {
            "person_id": who,
            "subject": "kerja_sama",
            "rater": "peer",
            "sequence": 1,
            "score": 3.0,
            "given_on": on,
            "recorded_on": known,
        }
        for who, on, known in rows
    ]
    papers = {"training": training, "feedback": feedback, "award": []}
    record = drawn_record(
        posts="post | unit | class\np1 | ports | staff", people="ann bob cid dan", papers=papers
    )
    held = on_record(record, ["dan", "cid", "bob", "ann"], day)
    assert {kind: is_held.tolist() for kind, is_held in held.items()} == {
        "training": [False, False, False, True],
        "feedback": [False, False, False, True],
        "award": [False] * 4,
    }
    assert on_record(record, ["bob"], later)["feedback"].tolist() == [True]
