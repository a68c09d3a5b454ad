import time
import warnings

import lightgbm as lgb
import numpy as np
import pytest

from features.catalogue import CATALOGUE
from models.attribution import LinearAttribution, TreeAttribution
from models.boosted import Boosted, BoostingSettings
from models.matrix import matrix
from models.scorecard import Scorecard
from tests.lib.labels import candidates, labels
from tests.lib.shapley import shapley_values

with warnings.catch_warnings():
    # shap draws its colours while it is imported, in a way that matplotlib is about to drop.
    warnings.simplefilter("ignore")
    import shap


@pytest.fixture(scope="module")
def boosted() -> Boosted:
    made = labels(800, 3)
    return Boosted.fit(matrix(made.X), made.y.to_numpy(), n_trees=100, settings=BoostingSettings())


def small_data(n: int, seed: int, missing: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Four features, some values missing, outcomes that depend on all four together."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(n, 4))
    X[draw.random(X.shape) < missing] = np.nan
    seen = np.nan_to_num(X)
    score = seen[:, 0] + np.isnan(X[:, 1]) + seen[:, 2] * seen[:, 1] - np.abs(seen[:, 3])
    return X, (score + draw.normal(size=n) > -0.3).astype(int)


def small_booster(X: np.ndarray, y: np.ndarray, **parameters: object) -> lgb.Booster:
    settings = {"objective": "binary", "num_leaves": 8, "verbosity": -1, "num_threads": 1}
    return lgb.train({**settings, **parameters}, lgb.Dataset(X, y), 25)


def test_tree_attribution_of_one_split_is_the_difference_from_the_background():
    # One feature, split at 0: leaves of value l and r. Half of the background goes right.
    X = np.repeat([[-1.0], [1.0]], 50, axis=0)
    booster = lgb.train(
        {"objective": "regression", "num_leaves": 2, "verbosity": -1, "learning_rate": 1.0},
        lgb.Dataset(X, np.repeat([10.0, 20.0], 50)),
        1,
    )
    attribution = TreeAttribution(booster, np.array([[-1.0], [1.0]]))
    assert attribution.base == pytest.approx(15.0)
    np.testing.assert_allclose(attribution.contributions(np.array([[5.0], [-5.0]])), [[5], [-5]])


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        ({}, {"NaN"}),
        ({"zero_as_missing": True}, {"Zero"}),
        ({"use_missing": False}, {"None"}),
    ],
)
def test_tree_attribution_equals_shapley_values_by_definition(parameters, kinds):
    X, y = small_data(600, 1)
    X = np.round(X, 1)  # some values are exactly zero
    booster = small_booster(X, y, **parameters)
    assert missing_types(booster) == kinds
    people, background = np.round(small_data(20, 2)[0], 1), X[:25]
    expected = shapley_values(
        lambda rows: np.asarray(booster.predict(rows, raw_score=True)), people, background
    )
    got = TreeAttribution(booster, background).contributions(people)
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_tree_attribution_takes_missing_for_zero_where_training_saw_none_missing():
    X, y = small_data(600, 1, missing=0.0)
    booster = small_booster(X, y)
    assert missing_types(booster) == {"None"}
    people = np.array([[np.nan, 1.0, np.nan, -1.0]])
    attribution = TreeAttribution(booster, X[:20])
    np.testing.assert_allclose(
        attribution.contributions(people), attribution.contributions(np.nan_to_num(people))
    )


def missing_types(booster: lgb.Booster) -> set[str]:
    found: set[str] = set()

    def look(node: dict) -> None:
        if "split_feature" in node:
            found.add(node["missing_type"])
            look(node["left_child"])
            look(node["right_child"])

    for tree in booster.dump_model()["tree_info"]:
        look(tree["tree_structure"])
    return found


def test_tree_attribution_equals_shap():
    # shap keeps thresholds and weights in single precision: values that lie nowhere near a
    # threshold, and a tolerance of its own additivity error.
    X, y = small_data(1000, 4)
    booster = small_booster(X, y)
    people, background = small_data(200, 5)[0], X[:100]
    explainer = shap.TreeExplainer(booster, background, feature_perturbation="interventional")
    expected = explainer.shap_values(people)
    attribution = TreeAttribution(booster, background)
    np.testing.assert_allclose(attribution.contributions(people), expected, atol=1e-7)
    assert attribution.base == pytest.approx(explainer.expected_value, abs=1e-9)


def test_tree_attribution_adds_up_to_the_logit(boosted):
    people, background = matrix(candidates(1200, 5)), matrix(candidates(500, 6))
    attribution = TreeAttribution(boosted.booster, background)
    total = attribution.base + attribution.contributions(people).sum(axis=1)
    assert np.abs(total - boosted.logit(people)).max() < 1e-9
    assert attribution.base == pytest.approx(boosted.logit(background).mean(), abs=1e-9)


def test_tree_attribution_gives_nothing_to_a_feature_that_no_tree_uses(boosted):
    unused = boosted.booster.feature_importance() == 0
    X = matrix(labels(800, 3).X)
    X[:, 0] = 0.0
    without = Boosted.fit(X, labels(800, 3).y.to_numpy(), n_trees=5, settings=BoostingSettings())
    unused = without.booster.feature_importance() == 0
    got = TreeAttribution(without.booster, X[:50]).contributions(matrix(candidates(20, 1)))
    assert unused[0]
    assert (got[:, unused] == 0.0).all()


def test_tree_attribution_of_trees_without_a_split_is_all_base():
    X = np.zeros((100, 3))
    booster = small_booster(X, np.tile([0, 1, 1, 1], 25))
    attribution = TreeAttribution(booster, X[:10])
    assert attribution.base == pytest.approx(np.log(3))
    np.testing.assert_array_equal(attribution.contributions(X[:4]), np.zeros((4, 3)))


def test_tree_attribution_of_a_row_alone_is_that_in_a_batch(boosted):
    people = matrix(candidates(1200, 5))
    attribution = TreeAttribution(boosted.booster, matrix(candidates(300, 6)))
    batch = attribution.contributions(people)
    for i in (0, 511, 512, 1199):
        np.testing.assert_array_equal(attribution.contributions(people[i : i + 1])[0], batch[i])


def test_tree_attribution_of_nobody_is_empty(boosted):
    attribution = TreeAttribution(boosted.booster, matrix(candidates(20, 6)))
    nobody = np.empty((0, len(CATALOGUE.names)))
    assert attribution.contributions(nobody).shape == nobody.shape


def test_tree_attribution_of_two_hundred_people_takes_under_twenty_milliseconds(boosted):
    people = matrix(candidates(200, 5))
    attribution = TreeAttribution(boosted.booster, matrix(candidates(2000, 6)))
    taken = []
    for _turn in range(9):
        start = time.process_time()
        attribution.contributions(people)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.020


def test_linear_attribution_equals_shapley_values_by_definition():
    # Only the first five structural features vary: 2^31 coalitions become 2^5.
    made = labels(400, 3)
    scorecard = Scorecard.fit(matrix(made.X), made.y.to_numpy(), C=0.5)
    at = scorecard.positions[:5]
    frame = np.zeros((40, len(CATALOGUE.names)))
    frame[:, at] = matrix(made.X)[:40, at]
    frame[::2, at] *= 10  # every other row lies beyond what the scorecard was fitted on

    def predict(rows: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(rows), len(CATALOGUE.names)))
        whole[:, at] = rows
        return scorecard.logit(whole)

    people, background = frame[:10], frame[10:]
    attribution = LinearAttribution(scorecard, background)
    got = attribution.contributions(people)
    expected = shapley_values(predict, people[:, at], background[:, at])
    assert np.isnan(people[:, at]).any()
    np.testing.assert_allclose(got[:, at], expected, atol=1e-12)
    np.testing.assert_allclose(np.delete(got, at, axis=1), 0.0, atol=1e-12)
    total = attribution.base + got.sum(axis=1)
    np.testing.assert_allclose(total, scorecard.logit(people), atol=1e-12)


def test_linear_attribution_of_a_value_beyond_the_training_rows_is_that_of_the_edge():
    made = labels(400, 3)
    scorecard = Scorecard.fit(matrix(made.X), made.y.to_numpy(), C=0.5)
    attribution = LinearAttribution(scorecard, matrix(candidates(100, 6)))
    beyond, edge = matrix(candidates(2, 5)), matrix(candidates(2, 5))
    beyond[:, scorecard.positions] = [[-1e6], [1e6]]
    edge[:, scorecard.positions] = [scorecard.lows, scorecard.highs]
    got = attribution.contributions(beyond)
    np.testing.assert_array_equal(got, attribution.contributions(edge))
    assert np.ptp(got, axis=0).max() > 0.1
    total = attribution.base + got.sum(axis=1)
    np.testing.assert_allclose(total, scorecard.logit(beyond), atol=1e-12)
