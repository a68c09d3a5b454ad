"""Measures against hand-computed cases, brute force and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from training import evaluate
from training.evaluate import (
    SEED,
    last_place,
    mean_with_interval,
    placing,
    probability_measures,
    share_of_first,
)

FEW = 150


@pytest.fixture
def few_resamples(monkeypatch):
    """Brute force copies row by row; that is slow."""
    monkeypatch.setattr(evaluate, "N_RESAMPLES", FEW)


def placed(scores: list[float], target: int) -> dict[str, float]:
    return placing(np.array(scores), np.arange(len(scores)) == target)


def test_the_best_score_comes_first():
    assert placed([0.1, 0.9, 0.5], 1) == {"mrr": 1.0, "hit5": 1.0, "hit10": 1.0}
    assert placed([0.1, 0.9, 0.5], 0)["mrr"] == pytest.approx(1 / 3)


def test_all_tied_are_a_random_order():
    # Four alike: place 1, 2, 3 or 4, each as likely.
    assert placed([0.5] * 4, 2)["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_ties_behind_a_leader_share_the_places_that_are_left():
    # One ahead, three tied: place 2, 3 or 4.
    assert placed([0.9, 0.5, 0.5, 0.5], 1)["mrr"] == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 3)


def test_a_hit_within_ties_counts_by_its_chance():
    # Eight tied: five of the eight places are among the first five.
    assert placed([0.0] * 8, 0)["hit5"] == pytest.approx(5 / 8)
    assert placed([0.0] * 8, 0)["hit10"] == 1.0
    # Four ahead, four tied: place 5 to 8.
    assert placed([1.0] * 4 + [0.0] * 4, 7)["hit5"] == pytest.approx(1 / 4)


def test_placing_equals_the_mean_over_all_orders_of_the_tied():
    draw = np.random.default_rng(3)
    scores = draw.integers(0, 4, 12).astype(float)
    got = placed(scores.tolist(), 5)
    places = []
    for _ in range(4000):
        # Sorted by score; among equals by a fresh draw.
        order = np.lexsort((draw.random(12), -scores))
        places.append(int(np.flatnonzero(order == 5)[0]) + 1)
    simulated = np.array(places)
    assert got["mrr"] == pytest.approx((1 / simulated).mean(), abs=0.01)
    assert got["hit5"] == pytest.approx((simulated <= 5).mean(), abs=0.03)


def test_last_place_of_an_empty_pool_is_no_place():
    assert last_place(0) == {"mrr": 0.0, "hit5": 0.0, "hit10": 0.0}


def test_last_place_is_behind_everybody():
    assert last_place(5) == {"mrr": 1 / 6, "hit5": 0.0, "hit10": 1.0}
    assert last_place(10) == {"mrr": 1 / 11, "hit5": 0.0, "hit10": 0.0}


def brute_force(rows: pd.DataFrame, measure) -> tuple[float, float]:
    """Percentiles of a measure over resamples of whole days, rows copied one by one."""
    of_day = [part for _day, part in rows.groupby("day")]
    draw = np.random.default_rng(SEED)
    counts = draw.multinomial(len(of_day), np.full(len(of_day), 1 / len(of_day)), size=FEW)
    measured = []
    for drawn in counts:
        copies = [of_day[i] for i, count in enumerate(drawn) for _ in range(count)]
        measured.append(measure(pd.concat(copies)))
    low, high = np.nanpercentile(measured, [2.5, 97.5])
    return low, high


def test_share_of_the_first_counts_the_tied_by_their_chance():
    has = np.array([1.0, 0.0, 1.0, 0.0])
    assert share_of_first(np.array([4.0, 3.0, 2.0, 1.0]), has, k=1) == 1.0
    assert share_of_first(np.array([4.0, 3.0, 2.0, 1.0]), has, k=3) == pytest.approx(2 / 3)
    assert share_of_first(np.zeros(4), has, k=1) == 0.5
    assert share_of_first(np.array([9.0, 0.0, 0.0, 0.0]), has, k=2) == pytest.approx(
        (1 + 1 / 3) / 2
    )
    assert share_of_first(np.zeros(4), has, k=10) == 0.5
    assert np.isnan(share_of_first(np.zeros(0), np.zeros(0)))


def test_interval_of_a_mean_is_a_bootstrap_over_whole_days(few_resamples):
    draw = np.random.default_rng(11)
    rows = pd.DataFrame({"day": draw.integers(0, 6, 25), "value": draw.normal(size=25)})
    mean, interval = mean_with_interval(rows["value"], rows["day"])
    assert mean == pytest.approx(rows["value"].mean())
    assert interval == pytest.approx(brute_force(rows, lambda drawn: drawn["value"].mean()))


def test_interval_does_not_shrink_when_rows_of_a_day_are_copied():
    # A reshuffle of 40 rows is one event: copies are no new evidence.
    values = pd.Series([0.1, 0.4, 0.9, 0.3, 0.7])
    days = pd.Series(range(5))
    once = mean_with_interval(values, days)[1]
    often = mean_with_interval(values.repeat(40), days.repeat(40))[1]
    assert often == pytest.approx(once)


def test_interval_of_one_day_has_no_width():
    mean, (low, high) = mean_with_interval(pd.Series([0.0, 1.0]), pd.Series([7, 7]))
    assert (mean, low, high) == (0.5, 0.5, 0.5)


def test_interval_does_not_depend_on_the_order_of_the_rows():
    rows = pd.DataFrame({"value": [0.1, 0.4, 0.9, 0.3, 0.7], "day": [2, 1, 2, 3, 1]})
    turned = rows.iloc[::-1]
    assert mean_with_interval(turned["value"], turned["day"])[1] == pytest.approx(
        mean_with_interval(rows["value"], rows["day"])[1]
    )


def predictions(seed: int, n_rows: int = 40, n_days: int = 7) -> pd.DataFrame:
    """Invented predictions, many of them tied, under an index that is not their order."""
    draw = np.random.default_rng(seed)
    probability = draw.integers(1, 8, n_rows) / 8
    return pd.DataFrame(
        {
            "success": (draw.random(n_rows) < probability).astype(float),
            "probability": probability,
            "base_rate": 0.7,
            "origin": draw.integers(0, 2, n_rows),
            "day": pd.Timestamp("2010-01-01")
            + pd.to_timedelta(draw.integers(0, n_days, n_rows), unit="D"),
        },
        index=draw.permutation(n_rows),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_auc_interval_equals_scikit_learn_on_replicated_rows(few_resamples, seed):
    rows = predictions(seed, n_rows=24, n_days=5)

    def auc(drawn: pd.DataFrame) -> float:
        if drawn["success"].nunique() < 2:
            return np.nan
        return float(roc_auc_score(drawn["success"], drawn["probability"]))

    got = probability_measures(rows)
    turned = probability_measures(rows.iloc[::-1])
    assert got is not None
    assert turned is not None
    assert turned.auc[1] == pytest.approx(got.auc[1])
    assert got.auc[0] == pytest.approx(auc(rows))
    assert got.auc[1] == pytest.approx(brute_force(rows, auc))


def test_auc_within_origin_compares_nobody_across_models(few_resamples):
    rows = predictions(6, n_rows=60)

    def auc(drawn: pd.DataFrame) -> float:
        won, pairs = 0.0, 0
        for _origin, part in drawn.groupby("origin"):
            n = (part["success"] == 1).sum() * (part["success"] == 0).sum()
            if n:
                won += n * roc_auc_score(part["success"], part["probability"])
                pairs += n
        return won / pairs if pairs else np.nan

    got = probability_measures(rows)
    assert got is not None
    assert got.auc_within_origin[0] == pytest.approx(auc(rows))
    assert got.auc_within_origin[1] == pytest.approx(brute_force(rows, auc))
    assert got.auc_within_origin[0] != pytest.approx(got.auc[0])


def test_auc_within_origin_is_not_told_where_no_origin_has_both_outcomes():
    rows = predictions(6).assign(origin=lambda f: f["success"])
    got = probability_measures(rows)
    assert got is not None
    assert np.isnan(got.auc_within_origin[0])
    assert np.isfinite(got.auc[0])


def test_calibration_slope_is_that_of_a_logistic_regression(few_resamples):
    rows = predictions(7, n_rows=200, n_days=20)
    rows["probability"] = rows["probability"].clip(0.05, 0.95)

    def slope(drawn: pd.DataFrame) -> float:
        shown = logit(drawn[["probability"]].to_numpy())
        line = LogisticRegression(C=1e9, tol=1e-10).fit(shown, drawn["success"])
        return float(line.coef_[0, 0])

    got = probability_measures(rows)
    assert got is not None
    assert got.calibration_slope[0] == pytest.approx(slope(rows), abs=1e-3)
    assert got.calibration_slope[1] == pytest.approx(brute_force(rows, slope), abs=5e-3)


def test_calibration_in_the_large_is_how_far_the_mean_is_off():
    rows = predictions(8)
    got = probability_measures(rows)
    assert got is not None
    expected = rows["probability"].mean() - rows["success"].mean()
    assert got.calibration_in_the_large[0] == pytest.approx(expected)


def test_calibrated_is_compatible_with_right_probabilities_only(few_resamples):
    draw = np.random.default_rng(9)
    shown = draw.uniform(0.2, 0.95, 1500)
    rows = pd.DataFrame(
        {
            "success": (draw.random(1500) < shown).astype(float),
            "probability": shown,
            "base_rate": 0.5,
            "origin": 0,
            "day": draw.integers(0, 150, 1500),
        }
    )

    def is_compatible(probability: np.ndarray) -> bool:
        got = probability_measures(rows.assign(probability=probability))
        assert got is not None
        return got.is_compatible_with_calibrated

    assert is_compatible(shown)
    assert not is_compatible(expit(logit(shown) + 0.5)), "all of them too high"
    # As good in the large, but twice as far apart as they should be.
    apart = 2 * (logit(shown) - logit(shown).mean()) + logit(shown).mean()
    assert not is_compatible(expit(apart))


def test_log_loss_is_that_of_scikit_learn_and_the_gain_is_over_the_base_rate():
    rows = predictions(3)
    rows["probability"] = rows["probability"].clip(0.05, 0.95)
    got = probability_measures(rows)
    assert got is not None
    loss = log_loss(rows["success"], rows["probability"])
    base = log_loss(rows["success"], rows["base_rate"])
    assert got.log_loss[0] == pytest.approx(loss)
    assert got.log_loss_base_rate == pytest.approx(base)
    assert got.log_loss_gain[0] == pytest.approx(base - loss)
    assert (got.n, got.n_failures) == (40, int((rows["success"] == 0).sum()))


def test_log_loss_gain_keeps_rows_and_days_together(few_resamples):
    rows = predictions(4)
    rows["probability"] = rows["probability"].clip(0.05, 0.95)
    got = probability_measures(rows)
    assert got is not None

    def gain(drawn: pd.DataFrame) -> float:
        of_row = {0.0: np.log1p(-drawn["probability"]), 1.0: np.log(drawn["probability"])}
        base = {0.0: np.log(0.3), 1.0: np.log(0.7)}
        success = drawn["success"]
        told = np.where(success == 1, of_row[1.0], of_row[0.0])
        return float((told - np.where(success == 1, base[1.0], base[0.0])).mean())

    assert got.log_loss_gain[1] == pytest.approx(brute_force(rows, gain))


def test_log_loss_of_a_certain_miss_stays_finite():
    rows = pd.DataFrame(
        {
            "success": [0.0, 1.0],
            "probability": [1.0, 1.0],
            "base_rate": 0.5,
            "origin": 0,
            "day": [1, 2],
        }
    )
    got = probability_measures(rows)
    assert got is not None
    assert np.isfinite(got.log_loss[0])


def test_one_outcome_only_has_no_measure():
    rows = predictions(5).assign(success=1.0)
    assert probability_measures(rows) is None


@pytest.mark.parametrize("n_events", [7, evaluate.MOST_KEPT + 1])
def test_draws_of_so_many_events_are_the_same_each_time_and_nobody_changes_them(n_events: int):
    first, again = evaluate.draws(n_events), evaluate.draws(n_events)
    assert first.shape == (evaluate.N_RESAMPLES, n_events)
    assert (first == again).all()
    assert (first is again) is (n_events <= evaluate.MOST_KEPT)
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 9
    assert first.std() > 0
