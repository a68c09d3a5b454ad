"""The order of day one, on drawn standings: what it must keep whatever is on record."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from features.policy.scores import rank_bands
from serving.day_one import BY_GAP, NO_ORDER_AT_ALL, NOTHING, SCORE, Standing, notices, ordered


def drawn(seed: int, n_people: int = 40) -> tuple[list[str], Standing]:
    """People of every kind: scores that are numbers or ranges, gaps, and nothing."""
    draw = np.random.default_rng(seed)
    low = draw.integers(0, 8, n_people) * 10.0
    high = low + draw.choice([0, 0, 10, 30], n_people)
    gap = np.where(draw.random(n_people) < 0.6, draw.integers(-3, 2, n_people) / 2, np.nan)
    basis = np.where(draw.random(n_people) < 0.6, SCORE, np.where(np.isnan(gap), NOTHING, BY_GAP))
    best, worst = rank_bands(low, high)
    hidden = basis != SCORE
    low[hidden] = high[hidden] = np.nan
    people = [f"p{number:02}" for number in draw.permutation(n_people)]
    return people, Standing(basis, low, high, best, worst, gap)


@pytest.fixture(params=range(20))
def listed(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, Standing]:
    """A list in order, and the standing of its people in that order."""
    people, those = drawn(request.param)
    rows = ordered(people, those)
    assert [people[row] for row in rows["row"]] == rows["person_id"].tolist()
    return rows, those.of(rows["row"].to_numpy())


def test_nobody_stands_before_whom_the_score_is_surely_higher_of(listed):
    _, those = listed
    scored = those.basis == SCORE
    low, high = those.low[scored], those.high[scored]
    assert not any((low[n + 1 :] > high[n]).any() for n in range(len(low)))


def test_scores_stand_before_gaps_and_gaps_before_nothing(listed):
    _, those = listed
    assert (np.diff(those.basis) >= 0).all()
    assert (np.diff(those.gap[those.basis == BY_GAP]) <= 0).all()


def test_bands_hold_whom_nothing_surely_parts_and_positions_only_ascend(listed):
    rows, those = listed
    assert rows["position"].iloc[0] == rows["tie_band"].iloc[0] == 1
    assert rows["position"].is_monotonic_increasing
    for _, band in rows.groupby("tie_band"):
        first, *_ = band.index
        assert len(set(those.basis[band.index])) == 1
        assert not (those.low[first] > those.high[band.index]).any()
    by_gap = those.basis == BY_GAP
    assert rows["tie_band"][by_gap].nunique() == len(set(those.gap[by_gap]))
    for before, after in pairwise(rows.index):
        is_shared = rows["position"][before] == rows["position"][after]
        gaps = those.gap[[before, after]]
        assert not is_shared or gaps[0] == gaps[1] or np.isnan(gaps).all()


def test_the_order_does_not_depend_on_that_of_the_record(listed):
    rows, those = listed
    mixed = np.random.default_rng(1).permutation(len(rows))
    again = ordered(rows["person_id"].iloc[mixed].tolist(), those.of(mixed))
    told = ["position", "tie_band", "person_id"]
    pd.testing.assert_frame_equal(again[told], rows[told])


def test_an_empty_list_and_one_without_any_order_are_told():
    nobody = drawn(1)[1].of(np.array([], dtype=int))
    assert ordered([], nobody).empty
    assert NO_ORDER_AT_ALL not in notices(nobody)
    some = drawn(1)[1]
    assert notices(some.of(some.basis == NOTHING))[-1] is NO_ORDER_AT_ALL
    assert NO_ORDER_AT_ALL not in notices(some)
