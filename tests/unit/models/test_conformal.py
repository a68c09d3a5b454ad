import numpy as np
import pytest

from features.errors import LabelError
from models.conformal import LabelConditional


def drawn(n: int, seed: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and outcomes drawn from them; four in five succeed."""
    draw = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-draw.normal(1.6, 1.0, n)))
    return p, (draw.random(n) < p).astype(int)


def test_p_values_are_the_counts_of_the_definition():
    p, y = drawn(60)
    rows = LabelConditional.fit(p, y)
    failure, success = rows.p_values(np.append(p[:10], [0.0, 1.0]))
    for at, asked in enumerate(np.append(p[:10], [0.0, 1.0])):
        above = sum(1 for one in p[y == 0] if one >= asked)
        below = sum(1 for one in p[y == 1] if one <= asked)
        assert failure[at] == (above + 1) / ((y == 0).sum() + 1)
        assert success[at] == (below + 1) / ((y == 1).sum() + 1)


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_each_outcome_is_held_as_often_as_it_is_said(coverage: float):
    p, y = drawn(4000)
    may_fail, may_succeed = LabelConditional.fit(p[:2000], y[:2000]).sets(p[2000:], coverage)
    later = y[2000:]
    # Two thousand rows to judge by, some four hundred of them failures: four standard errors.
    for outcome, held in ((0, may_fail), (1, may_succeed)):
        of_outcome = held[later == outcome]
        away = 4 * np.sqrt(coverage * (1 - coverage) * (1 / len(of_outcome) + 1 / 400))
        assert abs(of_outcome.mean() - coverage) < away


def test_sets_over_all_rows_together_would_miss_the_rarer_outcome():
    p, y = drawn(4000)
    rows = LabelConditional.fit(p[:2000], y[:2000])
    fitting = np.sort(np.where(y[:2000] == 1, p[:2000], 1 - p[:2000]))
    asked, later = p[2000:], y[2000:]
    together = (np.searchsorted(fitting, 1 - asked, side="right") + 1) / 2001 > 0.1
    may_fail, _may_succeed = rows.sets(asked, 0.9)
    assert together[later == 0].mean() < 0.8
    assert may_fail[later == 0].mean() > 0.85


def test_likelier_success_is_never_further_from_the_successes():
    p, y = drawn(300)
    failure, success = LabelConditional.fit(p, y).p_values(np.linspace(0, 1, 101))
    assert (np.diff(success) >= 0).all()
    assert (np.diff(failure) <= 0).all()


@pytest.mark.parametrize("outcome", [0, 1])
def test_without_both_outcomes_there_are_no_sets(outcome: int):
    with pytest.raises(LabelError, match="same outcome"):
        LabelConditional.fit(np.array([0.2, 0.8]), np.full(2, outcome))


def test_a_row_of_weight_two_counts_as_two_rows():
    p, y = drawn(60)
    weight = np.tile([1.0, 2.0], 30)
    twice = np.repeat(np.arange(60), weight.astype(int))
    asked = np.linspace(0, 1, 21)
    one = LabelConditional.fit(p, y, weight).p_values(asked)
    other = LabelConditional.fit(p[twice], y[twice]).p_values(asked)
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_what_is_stored_gives_the_same_p_values():
    p, y = drawn(60)
    rows = LabelConditional.fit(p, y, np.linspace(0.5, 1.5, 60))
    again = LabelConditional.from_json(rows.to_json())
    assert again.to_json() == rows.to_json()
    np.testing.assert_array_equal(again.p_values(p), rows.p_values(p))
