"""What a missing paper could do to an estimate: papers of others stand in, whole."""

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from models.missing_papers import (
    FEWEST_DONORS,
    MOST_DONORS,
    PAPERS,
    STEP,
    features_of,
    spreads,
    telling,
)
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.labels import candidates, labels


@pytest.fixture(scope="module")
def model() -> ReadinessModel:
    made = labels(600, 8)
    return ReadinessModel.fit(
        made.X, made.y, groups=made.groups, day=made.day, settings=ReadinessSettings(n_trees=60)
    )


def used_kind(model: ReadinessModel) -> str:
    """A kind of paper that the booster splits on."""
    used = model.boosted.booster.feature_importance("split") > 0
    names = [name for name, is_used in zip(CATALOGUE.names, used, strict=True) if is_used]
    kinds = [kind for kind in PAPERS if telling(kind, CATALOGUE)]
    return max(kinds, key=lambda kind: len(set(features_of(kind, CATALOGUE)) & set(names)))


def pool(n: int, kind: str, *, same_step: int | None = None) -> tuple[pd.DataFrame, list[str]]:
    """People of one step, of whom the first has no paper of the kind."""
    X = candidates(n, 5)
    X[STEP] = 4.0
    if same_step is not None:
        X.loc[X.index[same_step + 1 :], STEP] = 3.0
    X.loc[X.index[0], features_of(kind, CATALOGUE)] = np.nan
    return X, [f"p{place:04}" for place in range(n)]


def test_estimates_are_those_with_the_whole_papers_of_others_of_the_same_step(model):
    kind = used_kind(model)
    X, ids = pool(80, kind, same_step=40)
    (got,) = spreads(model, X, ids, 0)
    assert got.kind == kind
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
        X, ids = pool(80, kind, same_step=n)
        (got,) = spreads(model, X, ids, 0)
        assert got.n_donors == n
        assert (got.low is not None) == (got.median is not None) == is_told


def test_who_has_no_such_paper_stands_in_for_nobody(model):
    kind = used_kind(model)
    X, ids = pool(80, kind)
    X.loc[X.index[:30], telling(kind, CATALOGUE)] = np.nan
    (got,) = spreads(model, X, ids, 0)
    assert got.n_donors == 50


def test_a_paper_of_which_anything_is_there_is_not_missing(model):
    kind = used_kind(model)
    X, ids = pool(80, kind)
    assert spreads(model, X, ids, 1) == []
    X.loc[X.index[0], telling(kind, CATALOGUE)[0]] = 0.5
    assert spreads(model, X, ids, 0) == []


def test_the_order_of_rows_says_nothing_and_many_donors_are_thinned_out_evenly(model):
    kind = used_kind(model)
    X, ids = pool(MOST_DONORS * 2, kind)
    (got,) = spreads(model, X, ids, 0)
    assert got.n_donors == MOST_DONORS
    order = np.random.default_rng(1).permutation(len(ids))
    turned = [ids[place] for place in order]
    assert spreads(model, X.iloc[order], turned, int(np.flatnonzero(order == 0)[0])) == [got]


def test_the_record_about_a_paper_and_reasons_to_have_none_do_not_tell_that_it_is_missing():
    assert "n_competencies_measured" in features_of("assessment", CATALOGUE)
    assert "n_competencies_measured" not in telling("assessment", CATALOGUE)
    assert "years_since_award" not in telling("award", CATALOGUE)
    told = [name for kind in PAPERS for name in features_of(kind, CATALOGUE)]
    assert len(told) == len(set(told)), "a feature belongs to one kind of paper"
