import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from features.errors import LabelError
from models.venn_abers import VennAbers


def by_hand(score: np.ndarray, y: np.ndarray, asked: float) -> tuple[float, float]:
    """The two isotonic fits of the definition, each with the person asked about added."""
    ends = []
    for outcome in (0, 1):
        fitted = IsotonicRegression().fit(np.append(score, asked), np.append(y, outcome))
        ends.append(float(fitted.predict([asked])[0]))
    return ends[0], ends[1]


@pytest.mark.parametrize("decimals", [1, 9])
@pytest.mark.parametrize("n", [1, 2, 40])
def test_the_staircases_are_those_of_the_definition(n: int, decimals: int):
    draw = np.random.default_rng(n)
    score = np.round(draw.normal(0, 1, n), decimals)
    y = (draw.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    asked = np.concatenate([score, draw.normal(0, 1.5, 60), [-9.0, 9.0]])
    low, high = VennAbers.fit(score, y).interval(asked)
    expected = np.array([by_hand(score, y, one) for one in asked])
    np.testing.assert_allclose(low, expected[:, 0], atol=1e-9)
    np.testing.assert_allclose(high, expected[:, 1], atol=1e-9)


def test_the_order_of_the_rows_changes_nothing():
    draw = np.random.default_rng(2)
    score, y = draw.normal(0, 1, 200), draw.integers(0, 2, 200)
    order = draw.permutation(200)
    asked = np.linspace(-3, 3, 50)
    one, other = VennAbers.fit(score, y), VennAbers.fit(score[order], y[order])
    for end, same in zip(one.interval(asked), other.interval(asked), strict=True):
        np.testing.assert_array_equal(end, same)


def test_more_rows_make_the_interval_narrower():
    draw = np.random.default_rng(3)
    asked, widths = np.linspace(-1.5, 1.5, 40), []
    for n in (100, 400, 1600):
        score = draw.normal(0, 1, n)
        y = draw.random(n) < 1 / (1 + np.exp(-score))
        low, high = VennAbers.fit(score, y).interval(asked)
        assert (low <= high).all()
        widths.append(float((high - low).mean()))
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_the_interval_holds_the_share_of_successes_near_a_score():
    draw = np.random.default_rng(4)
    score = draw.normal(0, 1, 3000)
    truth = 1 / (1 + np.exp(-(0.5 * score - 0.3)))
    y = draw.random(3000) < truth
    low, high = VennAbers.fit(score[:1500], y[:1500]).interval(score[1500:])
    # Of rows never seen, in ten bins: the ends enclose what came of them, but for chance.
    later = np.argsort(score[1500:])
    for rows in np.array_split(later, 10):
        chance = 2 * np.sqrt(0.25 / len(rows))
        assert low[rows].mean() - chance <= y[1500:][rows].mean() <= high[rows].mean() + chance


def test_without_rows_there_is_no_interval():
    with pytest.raises(LabelError, match="kept apart"):
        VennAbers.fit(np.array([]), np.array([]))


def test_a_row_of_weight_two_counts_as_two_rows_and_one_of_nought_as_none():
    draw = np.random.default_rng(5)
    score, y = draw.normal(0, 1, 60), draw.integers(0, 2, 60)
    weight = np.tile([0.0, 1.0, 2.0], 20)
    told = np.repeat(np.arange(60), weight.astype(int))
    asked = np.append(score, np.linspace(-3, 3, 30))
    one = VennAbers.fit(score, y, weight).interval(asked)
    other = VennAbers.fit(score[told], y[told]).interval(asked)
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_what_is_stored_gives_the_same_intervals():
    draw = np.random.default_rng(6)
    score, y = draw.normal(0, 1, 50), draw.integers(0, 2, 50)
    fitted = VennAbers.fit(score, y)
    again = VennAbers.from_json(fitted.to_json())
    assert again.to_json() == fitted.to_json()
    asked = np.append(score, [-9.0, 0.123, 9.0])
    np.testing.assert_array_equal(again.interval(asked), fitted.interval(asked))
