import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from features.catalogue import CATALOGUE, Catalogue
from models.matrix import matrix
from models.scorecard import Scorecard
from tests.lib.labels import labels

STRUCTURAL = [feature.name for feature in CATALOGUE if feature.structural]
STORED = ("low", "high", "mean", "scale", "weight", "missing_weight")


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    made = labels(400, 11)
    return matrix(made.X), made.y.to_numpy()


@pytest.fixture(scope="module")
def scorecard(data) -> Scorecard:
    return Scorecard.fit(*data, C=0.5)


def column(name: str) -> int:
    return CATALOGUE.names.index(name)


def directed(directions: dict[str, int]) -> Catalogue:
    """The catalogue with these directions and no others."""
    features = [replace(f, direction=directions.get(f.name, 0)) for f in CATALOGUE]
    return Catalogue(tuple(CATALOGUE.groups.values()), tuple(features))


def small(**directions: int) -> Catalogue:
    """A catalogue of these features alone, all of them structural."""
    features = [
        replace(CATALOGUE[name], direction=direction, structural=True)
        for name, direction in directions.items()
    ]
    return Catalogue(tuple(CATALOGUE.groups.values()), tuple(features))


def test_scorecard_uses_the_structural_features_and_no_others(scorecard):
    assert list(scorecard.features) == STRUCTURAL


def test_scorecard_equals_scikit_learn(data):
    # The same design by hand: values held between their quantiles and standardised, 0 where
    # missing, and two indicators, for only two structural features have values missing.
    X, y = data
    values = X[:, [column(name) for name in STRUCTURAL]]
    values = values.clip(*np.nanquantile(values, [0.01, 0.99], axis=0))
    standardised = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    missing = np.isnan(values)
    indicators = missing[:, missing.any(axis=0)].astype(float)
    assert indicators.shape[1] == 2
    design = np.hstack([np.where(missing, 0.0, standardised), indicators])
    reference = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(design, y)
    free = Scorecard.fit(X, y, C=0.5, catalogue=directed({}))
    np.testing.assert_allclose(free.logit(X), reference.decision_function(design), atol=1e-5)


def test_scorecard_spans_all_but_the_outermost_hundredths():
    # 0, 1, ... 100: one value in a hundred lies below 1, one above 99.
    X = np.arange(101.0)[:, None]
    fitted = Scorecard.fit(X, np.arange(101) % 2, C=1.0, catalogue=small(years_in_service=0))
    assert (fitted.lows.tolist(), fitted.highs.tolist()) == ([1.0], [99.0])
    assert fitted.means.tolist() == [50.0]


@pytest.mark.parametrize("name", STRUCTURAL)
def test_scorecard_of_a_value_beyond_the_training_rows_is_that_of_the_edge(data, scorecard, name):
    at = scorecard.features.index(name)
    low, high = scorecard.lows[at], scorecard.highs[at]
    rows = np.repeat(data[0][:1], 6, axis=0)
    rows[:, column(name)] = [-1e6, low - 1e-9, low, high, high + 1e-9, 1e6]
    logit = scorecard.logit(rows)
    assert logit[0] == logit[1] == logit[2]
    assert logit[3] == logit[4] == logit[5]
    assert (logit[2] != logit[3]) == (scorecard.weights[at] != 0)


def test_scorecard_takes_out_a_feature_that_goes_against_its_direction(data):
    # The outcomes fall with the step rise, and rise with the share of the fields held.
    X, y = data
    free = Scorecard.fit(X, y, C=0.5, catalogue=directed({}))
    names = ["step_rise", "share_fields_held"]
    falls, rises = (free.weights[free.features.index(name)] for name in names)
    assert falls < -0.1 < 0.1 < rises
    for directions in ({"step_rise": 1}, {"share_fields_held": -1}):
        (name,) = directions
        held = Scorecard.fit(X, y, C=0.5, catalogue=directed(directions))
        assert held.weights[held.features.index(name)] == 0.0
        assert np.count_nonzero(held.weights) == len(STRUCTURAL) - 1
    agreed = directed({"step_rise": -1, "share_fields_held": 1})
    assert Scorecard.fit(X, y, C=0.5, catalogue=agreed).to_json() == free.to_json()


def test_scorecard_fits_the_others_as_if_what_was_taken_out_were_not_there(data):
    X, y = data[0].copy(), data[1]
    held = Scorecard.fit(X, y, C=0.5, catalogue=directed({"step_rise": 1}))
    X[:, column("step_rise")] = 0.0
    without = Scorecard.fit(X, y, C=0.5, catalogue=directed({}))
    np.testing.assert_array_equal(held.weights, without.weights)
    assert held.intercept == without.intercept


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_scorecard_takes_out_one_feature_at_a_time_the_furthest_off_first(order):
    # What counts is how few years in service there are; the organisations are nearly their
    # opposite, and go a little against their direction only as long as the years are there.
    draw = np.random.default_rng(5)
    years = draw.normal(size=2000)
    organisations = 0.4 * draw.normal(size=2000) - years
    logit = -2.0 * years - 0.5 * organisations
    y = (draw.random(2000) < 1 / (1 + np.exp(-logit))).astype(int)
    X = np.column_stack([years, organisations])[:, order]
    names = np.array(["years_in_service", "n_organisations"])[order].tolist()
    free, held = (
        Scorecard.fit(X, y, C=1.0, catalogue=small(**dict.fromkeys(names, direction)))
        for direction in (0, 1)
    )
    of_years, of_organisations = free.weights[order]
    assert of_years < of_organisations < -0.05
    of_years, of_organisations = held.weights[order]
    assert of_years == 0.0
    assert of_organisations > 1.0


@pytest.mark.parametrize("seed", range(5))
def test_scorecard_has_the_likeliest_weights_of_those_that_go_the_right_way(seed):
    # Bounds handed to an optimiser that knows them: slower, less exact, and the reference.
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(300, 2)) @ draw.normal(size=(2, 8))
    X = common + draw.normal(size=(300, 8))
    y = (draw.random(300) < 1 / (1 + np.exp(-X @ draw.normal(0, 0.4, 8)))).astype(int)
    directions = [1, 1, 1, -1, -1, -1, 0, 0]
    catalogue = small(**dict(zip(STRUCTURAL[:8], directions, strict=True)))
    fitted = Scorecard.fit(X, y, C=0.2, catalogue=catalogue)
    Z = (X.clip(fitted.lows, fitted.highs) - fitted.means) / fitted.scales

    def loss(theta: np.ndarray) -> float:
        z = Z @ theta[:8] + theta[8]
        return 0.2 * (np.logaddexp(0, z) - y * z).sum() + theta[:8] @ theta[:8] / 2

    bounds = {1: (0, None), -1: (None, 0), 0: (None, None)}
    reference = minimize(
        loss,
        np.zeros(9),
        method="L-BFGS-B",
        bounds=[*(bounds[direction] for direction in directions), (None, None)],
        options={"ftol": 1e-14, "gtol": 1e-8},
    )
    assert (fitted.weights == 0).any()
    np.testing.assert_allclose([*fitted.weights, fitted.intercept], reference.x, atol=1e-4)


def test_scorecard_without_a_weight_left_gives_the_base_rate():
    X = np.arange(100.0)[:, None]
    y = (X[:, 0] < 75).astype(int)
    fitted = Scorecard.fit(X, y, C=1.0, catalogue=small(n_organisations=1))
    assert fitted.weights.tolist() == [0.0]
    np.testing.assert_allclose(fitted.logit(X), np.log(75 / 25), atol=1e-9)


def test_scorecard_of_a_missing_value_uses_its_indicator_alone(data, scorecard):
    row = data[0][:1].copy()
    name = "mean_tenure_years"
    at = scorecard.features.index(name)
    row[0, column(name)] = scorecard.means[at]
    at_the_mean = scorecard.logit(row)[0]
    row[0, column(name)] = np.nan
    assert scorecard.missing_weights[at] < -0.1
    assert scorecard.logit(row)[0] - at_the_mean == pytest.approx(scorecard.missing_weights[at])


def test_scorecard_of_a_value_never_missing_in_training_adds_nothing_when_missing(data, scorecard):
    row = data[0][:1].copy()
    at = scorecard.features.index("step_rise")
    row[0, column("step_rise")] = np.nan
    assert scorecard.missing_weights[at] == 0.0
    assert scorecard.contributions(row)[0, at] == 0.0


@pytest.mark.parametrize("constant", [1 / 3, 0.0, np.nan])
def test_scorecard_gives_no_weight_to_a_column_that_never_varies(data, constant):
    X, y = data[0].copy(), data[1]
    X[:, column("step_rise")] = constant
    fitted = Scorecard.fit(X, y, C=0.5)
    at = fitted.features.index("step_rise")
    assert fitted.weights[at] == fitted.missing_weights[at] == 0.0
    edge = 0.0 if np.isnan(constant) else constant
    assert fitted.lows[at] == fitted.highs[at] == edge
    before = fitted.logit(X)
    X[:, column("step_rise")] = 5.0
    np.testing.assert_array_equal(fitted.logit(X), before)


def test_scorecard_reads_back_what_it_wrote(data, scorecard):
    text = scorecard.to_json()
    back = Scorecard.from_json(text)
    assert back.to_json() == text
    np.testing.assert_array_equal(back.lows, scorecard.lows)
    np.testing.assert_array_equal(back.highs, scorecard.highs)
    assert (back.lows < back.highs).all()
    for rows in (data[0], 100 * data[0]):
        np.testing.assert_array_equal(back.logit(rows), scorecard.logit(rows))


def test_scorecard_stores_plain_numbers(scorecard):
    document = json.loads(scorecard.to_json())
    assert set(document) == {"intercept", "features"}
    for row in document["features"]:
        assert set(row) == {"name", *STORED}
        assert all(type(row[key]) is float for key in row if key != "name")


def test_scorecard_scores_a_row_alone_as_in_a_batch(data, scorecard):
    X = data[0]
    alone = [scorecard.logit(X[i : i + 1])[0] for i in range(50)]
    assert alone == scorecard.logit(X)[:50].tolist()


def test_scorecard_never_lets_a_missing_value_flatter():
    # Whoever lacks the value has succeeded: left alone, the indicator would be positive.
    drawn = labels(400, seed=3)
    X = drawn.X.assign(years_in_class=np.where(drawn.y == 1, np.nan, 2.0))
    scorecard = Scorecard.fit(matrix(X), np.asarray(drawn.y), C=1.0)
    assert scorecard.missing_weights.max() <= 0
    assert scorecard.missing_weights[scorecard.features.index("years_in_class")] == 0
