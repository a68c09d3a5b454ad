import numpy as np
import pytest
from scipy.special import expit, logit

from models.odds_bounds import ODDS_RATIOS, odds_bounds


def test_bounds_widen_with_the_ratio_and_hold_the_estimate() -> None:
    told = np.array([0.05, 0.4, 0.9])
    found = odds_bounds(told, 0.03)
    assert [one.odds_ratio for one in found] == list(ODDS_RATIOS)
    for narrow, wide in zip(found, found[1:], strict=False):
        assert (wide.low < narrow.low).all()
        assert (wide.high > narrow.high).all()
    np.testing.assert_allclose(found[0].low, told)
    np.testing.assert_allclose(found[0].high, told)


def test_who_is_surely_appointed_is_known() -> None:
    (found,) = odds_bounds(np.array([0.7]), 1.0, [8.0])
    assert found.low[0] == pytest.approx(0.7)
    assert found.high[0] == pytest.approx(0.7)


def test_bounds_by_hand() -> None:
    (found,) = odds_bounds(np.array([0.6]), 0.25, [2.0])
    low = 0.25 * 0.6 + 0.75 * expit(logit(0.6) - np.log(2))
    assert found.low[0] == pytest.approx(low)


def test_a_ratio_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        odds_bounds(np.array([0.5]), 0.1, [0.5])


def test_what_labels_leave_open_is_inside_the_bounds() -> None:
    told, ends = np.array([0.6]), (np.array([0.5]), np.array([0.7]))
    plain, wide = (odds_bounds(told, 0.1, [2.0], interval=one)[0] for one in (None, ends))
    assert wide.low[0] < plain.low[0]
    assert wide.high[0] > plain.high[0]
    (ratio_of_one,) = odds_bounds(told, 0.1, [1.0], interval=ends)
    assert (ratio_of_one.low[0], ratio_of_one.high[0]) == (pytest.approx(0.5), pytest.approx(0.7))


@pytest.mark.parametrize(("told", "appointed"), [(1.7, 0.1), (0.5, 2.0), (np.nan, 0.1)])
def test_what_is_no_probability_is_refused(told: float, appointed: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        odds_bounds(np.array([told]), appointed, [2.0])
