"""Each bias is found at its set size, alone, and none where there is none."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from simulation import bias, regression
from simulation.bias import BIASES, Estimate, estimates, setting_rows
from simulation.knobs import Knobs
from simulation.sampler import sample

#: Fewer vacancies than the command draws, as many seeds.
SMALL: dict[str, Any] = {"vacancies": 160, "pool": 10, "stock": 3000}


@pytest.fixture(scope="module")
def rows():
    return bias.check(seeds=50, **SMALL)


def test_each_bias_is_found_at_its_size_and_the_others_are_not(rows):
    missed = [(row["name"], row["value"], row["low"], row["high"]) for row in rows if not row["ok"]]
    assert not missed
    names = {row["name"] for row in rows}
    assert len(rows) == len(names) == 30 + 5 + 5
    for knob in BIASES:
        assert {
            f"bias.{knob}.{knob}",
            f"bias.{knob}.coverage",
            f"bias.none.{knob}.rejected",
        } < names


def test_the_check_can_tell_the_set_size_from_half_as_much(rows):
    """Not by being so wide that it holds everything."""
    for row in rows:
        if row["bound"] == "holds 0.4":
            assert 0.2 < row["low"] < row["high"] < 0.6


def test_all_five_at_once_are_told_apart_for_women_and_for_minority_origin():
    sizes = dict(zip(BIASES, (0.3, 0.5, 0.7, 0.4, 0.6), strict=True))
    knobs = Knobs().changed(**sizes, origin_bias=0.5)
    found = estimates(sample(knobs, 12, 1200, 14, 12_000), knobs)
    assert [one.knob for one in found] == list(BIASES)
    for one in found:
        assert one.size == sizes[one.knob]
        assert one.origin_size == pytest.approx(0.5 * sizes[one.knob])
        assert abs(one.value - one.size) < 3 * one.error
        assert abs(one.origin_value - one.origin_size) < 3 * one.origin_error
        # Precise enough to see it: half of it would not do.
        assert one.size / 2 < one.value - one.error


def test_a_check_says_no_where_an_estimate_is_off():
    rng = np.random.default_rng(1)

    def found(knob: str, about: float, size: float, error: float = 0.1) -> list[list[Estimate]]:
        values = about + error * rng.normal(size=50)
        return [[Estimate(knob, value, error, size, 0, 1, 0)] for value in values]

    def verdicts(rows):
        return {row["name"]: row["ok"] for row in rows}

    assert verdicts(setting_rows("panel_bias", found("panel_bias", 0.4, 0.4))) == {
        "bias.panel_bias.panel_bias": True,
        "bias.panel_bias.coverage": True,
    }
    # A tenth of the size too small: seen in the mean though most intervals still hold the size.
    assert (
        verdicts(setting_rows("panel_bias", found("panel_bias", 0.34, 0.4)))[
            "bias.panel_bias.panel_bias"
        ]
        is False
    )
    # Intervals half as wide as they should be.
    narrow = [
        [Estimate("panel_bias", one[0].value, 0.05, 0.4, 0, 1, 0)]
        for one in found("panel_bias", 0.4, 0.4)
    ]
    assert verdicts(setting_rows("panel_bias", narrow))["bias.panel_bias.coverage"] is False
    assert (
        verdicts(setting_rows("none", found("rating_bias", 0.1, 0.0)))["bias.none.rating_bias"]
        is False
    )
    assert (
        verdicts(setting_rows("none", found("rating_bias", 0.15, 0.0)))[
            "bias.none.rating_bias.rejected"
        ]
        is False
    )


def test_a_group_that_is_not_there_has_no_estimate():
    value, error = bias.rating_bias(
        np.array([0.0, 1.0, 3.0, 2.0]),
        np.array([0.0, 1.0, 2.0, 3.0]),
        np.array([1.0, 0.0, 0.5, 0.0]),
        np.zeros((4, 1)),
    )
    assert np.isnan(value).all()
    assert np.isnan(error).all()


# The regressions, against others


def drawn_design(n: int = 4000) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.column_stack([np.ones(n), rng.normal(size=n), rng.random(n) < 0.3]).astype(float)


def test_logistic_and_poisson_agree_with_scikit_learn():
    design, rng = drawn_design(), np.random.default_rng(6)
    at = design @ np.array([-0.5, 0.8, -0.4])
    outcome = (rng.random(len(at)) < 1 / (1 + np.exp(-at))).astype(float)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(design[:, 1:], outcome)
    ours, error = regression.logistic(design, outcome)
    assert ours == pytest.approx([*reference.intercept_, *reference.coef_[0]], abs=1e-5)
    # The model holds, so that robust errors are those of the information.
    p = 1 / (1 + np.exp(-design @ ours))
    information = (design * (p * (1 - p))[:, None]).T @ design
    assert error == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=0.05)

    counts = rng.poisson(np.exp(at)).astype(float)
    counted = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(design[:, 1:], counts)
    ours, _ = regression.poisson(design, counts)
    assert ours == pytest.approx([counted.intercept_, *counted.coef_], abs=1e-5)


def test_conditional_logit_is_the_maximum_of_the_penalised_likelihood():
    rng = np.random.default_rng(7)
    design = rng.normal(size=(60 * 5, 2))
    vacancy = np.repeat(np.arange(60), 5)
    standing = (design @ np.array([1.0, -0.5])).reshape(60, 5) + rng.gumbel(size=(60, 5))
    chosen = np.zeros((60, 5), dtype=bool)
    chosen[np.arange(60), standing.argmax(axis=1)] = True

    def loss(coefficients: np.ndarray) -> float:
        at = (design @ coefficients).reshape(60, 5)
        share = np.exp(at) / np.exp(at).sum(axis=1, keepdims=True)
        x = design.reshape(60, 5, 2)
        away = x - (share[:, :, None] * x).sum(axis=1, keepdims=True)
        information = np.einsum("vi,vij,vik->jk", share, away, away)
        return -np.log(share[chosen]).sum() - 0.5 * np.linalg.slogdet(information)[1]

    ours, _ = regression.conditional_logit(design, chosen.ravel(), vacancy)
    assert ours == pytest.approx(minimize(loss, np.zeros(2), tol=1e-10).x, abs=1e-4)
    # Names of vacancies and the order of rows are nothing to it.
    order = rng.permutation(300)
    shuffled, _ = regression.conditional_logit(
        design[order], chosen.ravel()[order], 1000 - vacancy[order]
    )
    assert shuffled == pytest.approx(ours)


def test_errors_grow_where_rows_of_a_cluster_say_the_same():
    design = drawn_design(200)
    outcome = np.random.default_rng(8).normal(size=200)
    _, once = regression.least_squares(design, outcome, np.arange(200))
    tiled = np.tile(design, (4, 1)), np.tile(outcome, 4)
    _, clustered = regression.least_squares(*tiled, np.tile(np.arange(200), 4))
    _, pretended = regression.least_squares(*tiled, np.arange(800))
    assert clustered == pytest.approx(once)
    assert pretended == pytest.approx(once / 2, rel=0.01)
