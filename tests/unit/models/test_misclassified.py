import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from features.errors import LabelError
from models.misclassified import LabelRates, regress

RATES = LabelRates(failure_shown=0.6, success_broken=0.06)
TRUE = np.array([0.4, 1.1, -0.7])


def shadows(n: int, rates: LabelRates, seed: int = 4) -> tuple[np.ndarray, ...]:
    """A design with an intercept, what happened, and what the label says of it."""
    draw = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), draw.normal(0, 1.3, (n, 2))])
    succeeds = draw.random(n) < expit(design @ TRUE)
    leaves = np.where(succeeds, rates.success_broken, rates.failure_shown)
    return design, succeeds, (draw.random(n) >= leaves).astype(int)


def test_perfect_labels_give_the_plain_regression():
    design, _succeeds, y = shadows(2000, LabelRates())
    told = regress(design, y, penalty=np.array([0.0, 1.0, 1.0]))
    plain = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(design[:, 1:], y)
    np.testing.assert_allclose(told, [plain.intercept_[0], *plain.coef_[0]], atol=1e-4)


def test_shadows_give_what_happened_and_a_plain_regression_does_not():
    design, succeeds, y = shadows(60_000, RATES)
    none = np.zeros(3)
    told = regress(design, y, penalty=none, rates=RATES)
    np.testing.assert_allclose(told, TRUE, atol=0.08)
    plain = regress(design, y, penalty=none)
    assert np.abs(plain[1:]).max() < 0.7 * np.abs(TRUE[1:]).max()
    assert abs(expit(design @ told).mean() - succeeds.mean()) < 0.01
    assert expit(design @ plain).mean() - succeeds.mean() > 0.1


def test_the_minimum_is_one():
    design, _succeeds, y = shadows(800, RATES)
    draw, penalty = np.random.default_rng(1), np.array([0.1, 2.0, 0.5])
    weight, offset = draw.uniform(0.5, 2, 800), draw.normal(0, 0.3, 800)
    options = {"penalty": penalty, "rates": RATES, "offset": offset, "weight": weight}

    def loss(theta: np.ndarray) -> float:
        q = RATES.shown(expit(offset + design @ theta))
        value = -(weight * np.where(y == 1, np.log(q), np.log(1 - q))).sum()
        return float(value + (penalty * theta**2).sum() / 2)

    told = regress(design, y, **options)
    for step in np.vstack([np.eye(3), -np.eye(3), draw.normal(0, 1, (20, 3))]):
        assert loss(told + 3e-4 * step) > loss(told)


def test_a_weight_of_two_is_the_row_twice_and_an_offset_is_a_known_term():
    design, _succeeds, y = shadows(500, RATES)
    penalty, twice = np.ones(3), np.concatenate([np.arange(500), np.arange(100)])
    weight = np.where(np.arange(500) < 100, 2.0, 1.0)
    one = regress(design, y, penalty=penalty, rates=RATES, weight=weight)
    other = regress(design[twice], y[twice], penalty=penalty, rates=RATES)
    np.testing.assert_allclose(one, other, atol=1e-5)
    given = regress(
        design[:, :2], y, penalty=np.zeros(2), rates=RATES, offset=one[2] * design[:, 2]
    )
    free = regress(design, y, penalty=np.array([0.0, 0.0, 0.0]), rates=RATES)
    held = regress(
        design[:, :2], y, penalty=np.zeros(2), rates=RATES, offset=free[2] * design[:, 2]
    )
    np.testing.assert_allclose(held, free[:2], atol=1e-4)
    assert not np.allclose(given, held, atol=1e-4)


def test_a_strong_penalty_leaves_the_offset_alone():
    design, _succeeds, y = shadows(500, RATES)
    told = regress(design, y, penalty=np.full(3, 1e9), rates=RATES, offset=design @ TRUE)
    np.testing.assert_allclose(told, 0, atol=1e-5)


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
def test_what_is_believed_after_the_label_is_by_the_rule_of_bayes(p: float):
    stays = p * 0.94 + (1 - p) * 0.4
    assert RATES.shown(np.array(p)) == pytest.approx(stays)
    after = RATES.believed(np.array([p, p]), np.array([1, 0]))
    np.testing.assert_allclose(after, [p * 0.94 / stays, p * 0.06 / (1 - stays)])


def test_on_average_belief_is_what_happened():
    design, succeeds, y = shadows(40_000, RATES)
    after = RATES.believed(expit(design @ TRUE), y)
    for says in (0, 1):
        assert after[y == says].mean() == pytest.approx(succeeds[y == says].mean(), abs=0.01)


def test_perfect_labels_are_believed():
    after = LabelRates().believed(np.array([0.3, 0.3]), np.array([1, 0]))
    assert after.tolist() == [1.0, 0.0]
    assert LabelRates().are_perfect
    assert not RATES.are_perfect


@pytest.mark.parametrize("rates", [(0.5, 0.5), (0.2, 0.4), (1.1, 0.0), (0.5, -0.1), (0.0, 0.0)])
def test_labels_that_would_say_nothing_are_refused(rates: tuple[float, float]):
    with pytest.raises(LabelError, match="say nothing of success"):
        LabelRates(*rates)
