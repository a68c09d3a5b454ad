from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import (
    KINDS,
    MOST_MISFIT,
    Calibration,
    choose,
    cross_fitted,
    fit,
    log_loss,
    misfit,
)


def outcomes(n: int, slope: float, intercept: float, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Logits, outcomes drawn with another slope and intercept, and groups of four."""
    draw = np.random.default_rng(seed)
    z = draw.normal(1.0, 1.0, n)
    y = (draw.random(n) < 1 / (1 + np.exp(-(slope * z + intercept)))).astype(int)
    return z, y, np.array([f"g{k // 4:04d}" for k in range(n)])


def fitted_platt(z: np.ndarray, y: np.ndarray) -> Calibration:
    """Platt scaling where it can be fitted."""
    fitted = fit("platt", z, y)
    assert fitted is not None
    return fitted


def test_no_calibration_returns_the_logit_as_it_is():
    z = np.array([-2.0, 0.0, 3.5])
    assert Calibration().logit(z).tolist() == z.tolist()


def test_platt_equals_an_unpenalised_logistic_regression_on_many_rows():
    z, y, _groups = outcomes(20_000, 0.5, -0.4)
    fitted = fitted_platt(z, y)
    reference = LogisticRegression(C=1e12, tol=1e-12).fit(z[:, None], y)
    # Platt's smoothed targets shift the fit by about one row in n.
    intercept, slope = fitted.coefficients
    assert slope == pytest.approx(reference.coef_[0, 0], abs=2e-3)
    assert intercept == pytest.approx(reference.intercept_[0], abs=2e-3)


def bent(n: int, curve, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Logits, outcomes drawn along a curve over them, and groups of four."""
    draw = np.random.default_rng(seed)
    z = draw.normal(0.5, 1.2, n)
    y = (draw.random(n) < expit(curve(z))).astype(int)
    return z, y, np.array([f"g{k // 4:05d}" for k in range(n)])


#: Of each kind, a curve of that kind, and its terms written out.
CURVES = {
    "quadratic": (
        lambda z: 0.3 + 0.9 * z + 0.1 * z**2,
        lambda z: np.column_stack([z, z**2]),
    ),
    "beta": (
        lambda z: 0.3 + 2.0 * np.log(expit(z)) - 0.4 * np.log(1 - expit(z)),
        lambda z: np.column_stack([np.log(expit(z)), -np.log(1 - expit(z))]),
    ),
}


@pytest.mark.parametrize("kind", CURVES)
def test_a_curve_equals_an_unpenalised_regression_on_its_terms(kind):
    curve, terms = CURVES[kind]
    z, y, groups = bent(9000, curve)
    fitted = fit(kind, z, y)
    assert fitted is not None
    reference = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000).fit(terms(z), y)
    expected = reference.decision_function(terms(z))
    np.testing.assert_allclose(fitted.logit(z), expected, atol=0.02)
    chosen = choose(z, y, groups)
    assert chosen.kind in {"quadratic", "beta"}, "a line is not enough here"
    line = fit("platt", z, y)
    assert line is not None
    away = np.abs(expit(curve(z)) - expit(chosen.logit(z))).mean()
    assert away < 0.6 * np.abs(expit(curve(z)) - expit(line.logit(z))).mean()


def test_a_spline_follows_what_no_other_kind_can_and_asks_for_many_rows():
    def curve(z: np.ndarray) -> np.ndarray:
        return 1.4 * np.tanh(1.5 * z) + 0.7 * z

    z, y, groups = bent(16_000, curve)
    chosen = choose(z, y, groups)
    assert chosen.kind == "spline"
    assert np.abs(expit(curve(z)) - expit(chosen.logit(z))).mean() < 0.02
    assert choose(z[:9000], y[:9000], groups[:9000]).kind != "spline"


def test_a_spline_is_straight_beyond_its_outermost_knots():
    z, y, _groups = bent(12_000, lambda z: 2 * np.tanh(z) + 0.5 * z)
    fitted = fit("spline", z, y)
    assert fitted is not None
    for edge, outwards in ((fitted.knots[0], -1), (fitted.knots[-1], 1)):
        steps = np.diff(fitted.logit(edge + outwards * np.linspace(0, 20, 9)), n=2)
        np.testing.assert_allclose(steps, 0, atol=1e-9)
    inside = np.linspace(fitted.knots[0], fitted.knots[-1], 9)
    assert np.abs(np.diff(fitted.logit(inside), n=2)).max() > 0.01


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_curve_goes_on_straight_beyond_the_rows_and_meets_there(kind):
    z, y, _groups = bent(3000, lambda z: 0.2 + z + 0.15 * z**2)
    fitted = fit(kind, z, y)
    assert fitted is not None
    for edge in (z.min(), z.max()):
        around = fitted.logit(edge + np.array([-1e-6, 0.0, 1e-6]))
        assert np.ptp(around) < 1e-4
    np.testing.assert_allclose(np.diff(fitted.logit(z.max() + np.arange(5.0)), n=2), 0, atol=1e-9)
    np.testing.assert_allclose(np.diff(fitted.logit(z.min() - np.arange(5.0)), n=2), 0, atol=1e-9)


def test_a_parabola_that_turns_is_not_offered():
    z, y, _groups = bent(3000, lambda z: 1.5 - z**2)
    assert fit("quadratic", z, y) is None
    falling = bent(3000, lambda z: -z)
    assert [fit(kind, *falling[:2]) for kind in KINDS[1:]] == [None] * 4


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(10, 400),
    slope=st.floats(-1, 3),
    bend=st.floats(-0.5, 0.5),
    kind=st.sampled_from(KINDS),
)
def test_no_calibration_changes_an_order(seed, n, slope, bend, kind):
    z, y, _groups = bent(n, lambda z: slope * z + bend * z**2, seed)
    fitted = fit(kind, z, y)
    if fitted is not None:
        asked = np.sort(np.concatenate([z, np.linspace(z.min() - 5, z.max() + 5, 200)]))
        assert (np.diff(fitted.logit(asked)) >= 0).all()
        assert np.diff(fitted.logit(np.array([z.min() - 5, z.max() + 5]))) > 0


@pytest.mark.parametrize("seed", range(6))
def test_what_is_chosen_is_never_worse_on_groups_left_out(seed):
    z, y, groups = outcomes(300, [0.3, 1.0, 2.0][seed % 3], [-0.5, 0.0][seed % 2], seed)
    chosen = choose(z, y, groups)
    loss = log_loss(z, y)
    if chosen.kind != "none":
        left_out = cross_fitted(chosen.kind, z, y, groups)
        assert left_out is not None
        loss = log_loss(left_out, y)
    for kind in KINDS[1:4]:
        other = cross_fitted(kind, z, y, groups)
        assert other is None or loss <= log_loss(other, y)
    assert loss <= log_loss(z, y)


def test_cross_fitted_has_not_seen_the_group_that_it_judges():
    z, y, groups = outcomes(400, 0.5, -0.4)
    own = groups == groups[0]
    before = cross_fitted("platt", z, y, groups)
    after = cross_fitted("platt", z, np.where(own, 1 - y, y), groups)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(before[own], after[own])
    assert (before[~own] != after[~own]).any()


def test_platt_does_not_run_away_on_separable_rows():
    fitted = fitted_platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    assert 0 < fitted.coefficients[1] < 5


def test_platt_is_refused_where_the_slope_would_turn_the_order_around():
    z, y, groups = outcomes(400, -1.0, 0.0)
    assert fit("platt", z, y) is None
    chosen = choose(z, y, groups)
    assert chosen.kind == "none"
    assert chosen.is_contradicted, "logits that point the wrong way are no calibration"


@pytest.mark.parametrize("outcome", [0, 1])
def test_platt_is_refused_on_one_class(outcome):
    assert fit("platt", np.array([0.1, 0.4, 0.9]), np.full(3, outcome)) is None


def test_platt_survives_extreme_logits():
    z = np.array([-800.0, -30.0, 0.0, 30.0, 900.0, 1.0, -1.0, 2.0])
    fitted = fitted_platt(z, np.array([0, 0, 1, 1, 1, 0, 1, 1]))
    assert np.isfinite(fitted.logit(z)).all()


def test_choose_takes_a_curve_where_the_logits_are_wrong():
    z, y, groups = outcomes(800, 0.4, -1.0)
    chosen = choose(z, y, groups)
    assert chosen.kind in {"platt", "quadratic", "beta"}
    assert replace(chosen, misfit=None) == fit(chosen.kind, z, y)
    assert not chosen.is_contradicted
    assert log_loss(chosen.logit(z), y) < log_loss(z, y)


def test_choose_leaves_right_logits_alone():
    # At logits of ln 3 and -ln 3 three of four succeed and one of four, in every group.
    z = np.log(3) * np.tile([1, 1, 1, 1, -1, -1, -1, -1], 50)
    y = np.tile([1, 1, 1, 0, 1, 0, 0, 0], 50)
    groups = np.array([f"g{k // 8}" for k in range(400)])
    assert choose(z, y, groups).kind == "none"


def test_choose_judges_on_groups_left_out():
    # One group holds all that Platt would learn from: left out, it is predicted badly; seen, well.
    z = np.concatenate([np.zeros(32), np.tile([1.0, 1.0, -1.0, -1.0], 8)])
    y = np.concatenate([np.tile([0, 0, 1, 1], 8), np.tile([1, 1, 0, 0], 8)])
    together = np.array(["a"] * 32 + ["b"] * 32)
    apart = np.array([f"g{k // 4:02d}" for k in range(64)])
    assert choose(z, y, apart).kind == "platt"
    assert choose(z, y, together).kind == "none"


def test_choose_leaves_a_single_group_alone():
    z, y, _groups = outcomes(100, 0.4, -1.0)
    assert choose(z, y, np.full(100, "only")).kind == "none"


def test_choose_leaves_alone_what_a_fold_cannot_fit():
    # Without group b there is no failure to learn from.
    z, y = np.array([2.0, 2.0, -2.0, 1.0]), np.array([1, 1, 0, 1])
    assert choose(z, y, np.array(["a", "a", "b", "b"])).kind == "none"


def told(z: np.ndarray, y: np.ndarray, groups: np.ndarray) -> float:
    """The misfit of rows of which it can be told."""
    value = misfit(z, y, groups)
    assert value is not None
    return value


def test_misfit_is_nought_where_the_line_through_the_rows_is_theirs():
    # At logits of ln 3 and -ln 3 three of four succeed and one of four, in every group.
    z = np.log(3) * np.tile([1, 1, 1, 1, -1, -1, -1, -1], 50)
    y = np.tile([1, 1, 1, 0, 1, 0, 0, 0], 50)
    draw = np.random.default_rng(3)
    assert told(z, y, draw.integers(0, 40, 400)) < 0.5
    assert told(z + 1, y, draw.integers(0, 40, 400)) > MOST_MISFIT
    assert told(2 * z, y, draw.integers(0, 40, 400)) > MOST_MISFIT


def test_misfit_contradicts_right_logits_as_often_as_it_is_said_to():
    draw = np.random.default_rng(8)
    contradicted = []
    for _ in range(400):
        z = draw.normal(0.5, 1.0, 600)
        y = (draw.random(600) < expit(z)).astype(int)
        contradicted.append(told(z, y, draw.integers(0, 60, 600)) > MOST_MISFIT)
    # One in twenty, three standard errors to each side and a little for few groups.
    assert 0.02 < np.mean(contradicted) < 0.10


def test_misfit_takes_rows_of_a_group_as_one_event():
    # The luck of a day moves all of its rows: copies of a row are no new evidence.
    draw = np.random.default_rng(9)
    z = draw.normal(0.5, 1.0, 60)
    y = (draw.random(60) < expit(z - 0.4)).astype(int)
    groups = np.arange(60)
    once, often = told(z, y, groups), told(z.repeat(20), y.repeat(20), groups.repeat(20))
    assert often == pytest.approx(once, rel=0.2)
    assert told(z.repeat(20), y.repeat(20), np.arange(1200)) > 5 * often


def test_misfit_of_one_class_or_hardly_any_groups_is_not_told():
    z, y, groups = outcomes(100, 0.4, -1.0)
    assert misfit(z, np.ones(100, dtype=int), groups) is None
    assert misfit(z, y, np.tile([*"abcdefghi"], 12)[:100]) is None
    assert misfit(z, y, np.tile([*"abcdefghij"], 10)) is not None


def test_calibration_on_a_single_day_is_chosen_and_not_checked():
    z, y, _groups = outcomes(300, 1.0, 0.0)
    chosen = choose(z, y, np.full(300, "a day"))
    assert not chosen.is_checked
    assert not chosen.is_contradicted


def test_calibration_reads_back_what_it_wrote():
    made = Calibration("spline", (0.1 + 0.2, -1e-9), -3.0, 2.5, (-1.0, 0.5), 4.2)
    assert Calibration.from_json(made.to_json()) == made


def test_log_loss_of_a_certain_and_right_forecast_is_zero():
    assert log_loss(np.array([800.0, -800.0]), np.array([1, 0])) == 0.0
