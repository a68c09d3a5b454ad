import numpy as np
import pytest

from features.catalogue import CATALOGUE
from models.boosted import LEAVES, Boosted, BoostingSettings, best_n_trees
from models.matrix import matrix
from tests.lib.labels import candidates, labels

SETTINGS = BoostingSettings()


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    made = labels(600, 11)
    return matrix(made.X), made.y.to_numpy()


@pytest.fixture(scope="module")
def boosted(data) -> Boosted:
    return Boosted.fit(*data, n_trees=60, settings=SETTINGS)


def test_boosted_has_small_trees_on_the_features_of_the_catalogue(boosted):
    dump = boosted.booster.dump_model()
    assert boosted.n_trees == 60
    assert dump["feature_names"] == CATALOGUE.names
    assert max(tree["num_leaves"] for tree in dump["tree_info"]) <= LEAVES == 8


@pytest.mark.parametrize("feature", [f.name for f in CATALOGUE if f.direction == 1])
def test_boosted_never_falls_where_the_catalogue_says_it_may_only_rise(boosted, feature):
    at = CATALOGUE.names.index(feature)
    people = matrix(candidates(200, 5))
    lower, higher = people.copy(), people.copy()
    draw = np.random.default_rng(3)
    ends = np.sort(draw.uniform(0, 12, size=(2, 200)), axis=0)
    lower[:, at], higher[:, at] = ends
    assert (boosted.logit(higher) >= boosted.logit(lower)).all()


def test_boosted_rises_against_the_data_only_if_the_direction_lets_it(data):
    # More years in the field, and every outcome worse: the constraint wins, and nothing is learnt.
    X, at = data[0].copy(), CATALOGUE.names.index("years_in_fields")
    y = (X[:, at] < 7).astype(int)
    others = [i for i in range(X.shape[1]) if i != at]
    X[:, others] = 0.0
    fitted = Boosted.fit(X, y, n_trees=20, settings=SETTINGS)
    assert np.ptp(fitted.logit(X)) == 0.0
    turned = Boosted.fit(X, 1 - y, n_trees=20, settings=SETTINGS)
    assert np.ptp(turned.logit(X)) > 1.0


def test_boosted_reads_back_what_it_wrote(boosted, data):
    back = Boosted(boosted.text)
    np.testing.assert_array_equal(back.logit(data[0]), boosted.logit(data[0]))
    assert back.booster.model_to_string() == boosted.text


def test_boosted_returns_log_odds(boosted, data):
    p = np.asarray(boosted.booster.predict(data[0]))
    np.testing.assert_allclose(boosted.logit(data[0]), np.log(p / (1 - p)), atol=1e-9)


def test_boosted_tells_missing_from_zero(data):
    # Failure wherever the value is missing, success wherever it is zero: nothing else to learn.
    X, y = np.zeros_like(data[0]), data[1]
    X[y == 0, CATALOGUE.names.index("years_in_post")] = np.nan
    logit = Boosted.fit(X, y, n_trees=20, settings=SETTINGS).logit(X)
    assert logit[y == 1].min() > logit[y == 0].max() + 1.0


def test_boosted_text_does_not_depend_on_the_number_of_threads(data, boosted):
    assert Boosted.fit(*data, n_trees=60, settings=SETTINGS, num_threads=2).text == boosted.text


def test_boosted_text_depends_on_the_seed(data, boosted):
    other = Boosted.fit(*data, n_trees=60, settings=BoostingSettings(seed=21))
    assert other.text != boosted.text


def test_boosted_without_anything_to_learn_from_gives_the_base_rate(data):
    X, y = np.full_like(data[0], np.nan), data[1]
    rate = y.mean()
    logit = Boosted.fit(X, y, n_trees=5, settings=SETTINGS).logit(X)
    np.testing.assert_allclose(logit, np.log(rate / (1 - rate)), atol=1e-6)


def test_boosted_of_nobody_gives_nothing(boosted):
    assert boosted.logit(np.empty((0, len(CATALOGUE.names)))).shape == (0,)


def test_best_n_trees_is_the_number_with_the_least_held_out_loss(data):
    X, y = data
    held_out = np.arange(len(y)) >= 400
    best = best_n_trees(X, y, held_out, most=80, settings=SETTINGS)
    losses = []
    for n in range(1, 81):
        logit = Boosted.fit(X[~held_out], y[~held_out], n_trees=n, settings=SETTINGS).logit(
            X[held_out]
        )
        losses.append(np.mean(np.logaddexp(0, logit) - y[held_out] * logit))
    assert 1 < best <= 80
    assert losses[best - 1] == pytest.approx(min(losses), abs=1e-9)
