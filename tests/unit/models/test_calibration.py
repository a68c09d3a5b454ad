from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models.calibration import MOST_MISFIT, Calibration, choose, log_loss, misfit, platt


def outcomes(n: int, slope: float, intercept: float, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Logits, outcomes drawn with another slope and intercept, and groups of four."""
    draw = np.random.default_rng(seed)
    z = draw.normal(1.0, 1.0, n)
    y = (draw.random(n) < 1 / (1 + np.exp(-(slope * z + intercept)))).astype(int)
    return z, y, np.array([f"g{k // 4:04d}" for k in range(n)])


def fitted_platt(z: np.ndarray, y: np.ndarray) -> Calibration:
    """Platt scaling where it can be fitted."""
    fitted = platt(z, y)
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
    assert fitted.slope == pytest.approx(reference.coef_[0, 0], abs=2e-3)
    assert fitted.intercept == pytest.approx(reference.intercept_[0], abs=2e-3)


def test_platt_does_not_run_away_on_separable_rows():
    fitted = fitted_platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    assert 0 < fitted.slope < 5


def test_platt_is_refused_where_the_slope_would_turn_the_order_around():
    z, y, groups = outcomes(400, -1.0, 0.0)
    assert platt(z, y) is None
    chosen = choose(z, y, groups)
    assert (chosen.kind, chosen.slope, chosen.intercept) == ("none", 1.0, 0.0)
    assert chosen.is_contradicted, "logits that point the wrong way are no calibration"


@pytest.mark.parametrize("outcome", [0, 1])
def test_platt_is_refused_on_one_class(outcome):
    assert platt(np.array([0.1, 0.4, 0.9]), np.full(3, outcome)) is None


def test_platt_survives_extreme_logits():
    z = np.array([-800.0, -30.0, 0.0, 30.0, 900.0, 1.0, -1.0, 2.0])
    fitted = fitted_platt(z, np.array([0, 0, 1, 1, 1, 0, 1, 1]))
    assert np.isfinite(fitted.logit(z)).all()


def test_choose_takes_platt_where_the_logits_are_wrong():
    z, y, groups = outcomes(800, 0.4, -1.0)
    chosen = choose(z, y, groups)
    assert chosen.kind == "platt"
    assert replace(chosen, misfit=None) == platt(z, y)
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
    made = Calibration("platt", 0.1 + 0.2, -1e-9, 4.2)
    assert Calibration.from_json(made.to_json()) == made


def test_log_loss_of_a_certain_and_right_forecast_is_zero():
    assert log_loss(np.array([800.0, -800.0]), np.array([1, 0])) == 0.0
