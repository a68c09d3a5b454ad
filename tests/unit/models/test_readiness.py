from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE, Catalogue
from features.errors import CatalogueError, LabelError
from models.boosted import BoostingSettings
from models.readiness import ReadinessModel, ReadinessSettings, kept_apart
from tests.lib.labels import Labels, candidates, labels

PLAIN = ReadinessSettings(tells_uncertainty=False)
SETTINGS = replace(PLAIN, n_trees=30)


def fit(made: Labels, **others: Any) -> ReadinessModel:
    arguments: dict[str, Any] = {
        "groups": made.groups,
        "day": made.day,
        "settings": SETTINGS,
        **others,
    }
    return ReadinessModel.fit(made.X, made.y, **arguments)


@pytest.fixture(scope="module")
def made() -> Labels:
    return labels(1000, 7)


@pytest.fixture(scope="module")
def model(made) -> ReadinessModel:
    return fit(made)


def test_model_counts_its_labels(made, model):
    assert model.n_labels == 1000
    assert model.n_failures == int((made.y == 0).sum())
    assert model.n_calibration_failures >= 100
    assert 4 * (model.n_calibration_rows // 4) == model.n_calibration_rows


@pytest.mark.parametrize("failures", [40, 100, 900])
def test_kept_apart_are_the_rows_that_the_model_is_calibrated_on(made, failures):
    settings = replace(PLAIN, n_trees=2, kept_apart_failures=failures)
    kept = kept_apart(
        made.y.to_numpy(), made.groups.to_numpy(str), made.day.to_numpy("M8[D]"), settings
    )
    fitted = fit(made, settings=settings)
    assert kept.sum() == fitted.n_calibration_rows
    assert (made.y[kept] == 0).sum() == fitted.n_calibration_failures
    assert kept.tolist() == sorted(kept.tolist())  # the invented days ascend


def test_model_halves_are_fitted_on_the_earlier_groups_alone(made, model):
    # Other figures and outcomes among the rows kept apart: only the calibration may change.
    late = np.arange(1000) >= 1000 - model.n_calibration_rows
    X, y = made.X.copy(), made.y.copy()
    X.loc[late] = X.loc[late].to_numpy()[::-1]
    y[late] = y[late].to_numpy()[::-1]
    other = ReadinessModel.fit(X, y, groups=made.groups, day=made.day, settings=SETTINGS)
    assert other.n_calibration_rows == model.n_calibration_rows
    assert other.boosted.text == model.boosted.text
    assert other.scorecard.to_json() == model.scorecard.to_json()


def test_model_is_calibrated_on_the_rows_kept_apart(made):
    # Later, whoever lies above the median of the known log-odds succeeds, and nobody else: half.
    y = made.y.copy()
    y[500:] = (made.logit[500:] > np.median(made.logit[500:])).astype(int)
    model = fit(Labels(made.X, y, made.groups, made.day, made.logit))
    late = np.arange(1000) >= 1000 - model.n_calibration_rows
    assert late[:500].sum() == 0
    assert model.calibration.kind != "none"
    steeper = np.diff(model.calibration.logit(np.array([-0.5, 0.5])))
    assert steeper > 1.5
    assert model.probability(made.X[late]).mean() == pytest.approx(y[late].mean(), abs=0.02)


def test_model_blends_the_logits_of_both_halves_evenly(made, model):
    rows = made.X.to_numpy()
    blend = (model.scorecard.logit(rows) + model.boosted.logit(rows)) / 2
    expected = model.calibration.logit(blend)
    np.testing.assert_allclose(model.logit(made.X), expected, atol=1e-12)
    np.testing.assert_allclose(model.probability(made.X), 1 / (1 + np.exp(-expected)), atol=1e-12)


# The directions of the catalogue, and two of the other sign.
FALLING = {"step_rise": -1, "years_in_service": -1}
BOTH_WAYS = Catalogue(
    tuple(CATALOGUE.groups.values()),
    tuple(replace(f, direction=FALLING.get(f.name, f.direction)) for f in CATALOGUE),
)
DIRECTED = {f.name: f.direction for f in BOTH_WAYS if f.direction}


@pytest.fixture(scope="module")
def contradicted(made) -> ReadinessModel:
    """A model whose outcomes go against every direction of the catalogue, and hang on it."""
    frame = made.X[list(DIRECTED)]
    # Of many features alike each would say so little that one goes the right way by accident.
    loud = pd.Series({n: d if BOTH_WAYS[n].structural else 0.2 * d for n, d in DIRECTED.items()})
    against = -((frame - frame.mean()) / frame.std() * loud).sum(axis=1)
    draw = np.random.default_rng(8)
    y = pd.Series((draw.random(1000) < 1 / (1 + np.exp(-0.5 - 0.5 * against))).astype(int))
    turned = Labels(made.X, y, made.groups, made.day, against.to_numpy())
    return fit(turned, settings=replace(PLAIN, n_trees=60), catalogue=BOTH_WAYS)


@pytest.fixture(scope="module")
def agreed(made) -> ReadinessModel:
    """A model whose outcomes go as the directions of the catalogue say, in the main."""
    return fit(made, settings=replace(PLAIN, n_trees=60), catalogue=BOTH_WAYS)


@pytest.mark.parametrize("outcomes", ["contradicted", "agreed"])
@pytest.mark.parametrize("name", DIRECTED)
def test_model_never_moves_against_the_direction_of_a_feature(request, outcomes, name):
    # From far below what training saw to far above it: no step may go the wrong way.
    model = request.getfixturevalue(outcomes)
    people = candidates(40, 5)
    steps = np.sort(np.random.default_rng(3).uniform(-5, 20, 60))
    logits = [model.logit(people.assign(**{name: value})) for value in [-1e6, *steps, 1e6]]
    assert (DIRECTED[name] * np.diff(logits, axis=0) >= 0).all()


def test_model_gives_no_weight_to_features_that_the_data_contradict(contradicted, agreed):
    def weights(model: ReadinessModel) -> dict[str, float]:
        named = dict(zip(model.scorecard.features, model.scorecard.weights, strict=True))
        return {name: named[name] for name in DIRECTED if name in named}

    assert set(weights(contradicted).values()) == {0.0}
    assert weights(agreed)["share_fields_held"] > 0.1
    assert weights(agreed)["step_rise"] < -0.1


def test_model_finds_what_the_invented_outcomes_depend_on(model):
    # 0.73 is what the known log-odds themselves reach; 0.5 is chance.
    later = labels(3000, 99)
    score = pd.Series(model.probability(later.X)).rank()
    n_success = later.y.sum()
    pairs = n_success * (len(later.y) - n_success)
    auc = (score[later.y == 1].sum() - n_success * (n_success + 1) / 2) / pairs
    assert auc > 0.64


def test_model_ignores_the_order_of_rows_and_columns(made, model):
    order = np.random.default_rng(0).permutation(1000)
    X = made.X.iloc[order, ::-1]
    other = ReadinessModel.fit(
        X,
        made.y.iloc[order],
        groups=made.groups.iloc[order],
        day=made.day.iloc[order],
        settings=SETTINGS,
    )
    assert other.boosted.text == model.boosted.text
    assert other.scorecard.to_json() == model.scorecard.to_json()
    assert other.calibration == model.calibration


def test_model_scores_a_row_alone_as_in_a_batch(made, model):
    batch = model.probability(made.X)
    assert [model.probability(made.X.iloc[[i]])[0] for i in range(20)] == batch[:20].tolist()


def test_model_of_nobody_gives_nothing(made, model):
    assert model.probability(made.X.iloc[:0]).shape == (0,)


def test_model_may_be_called_calibrated_from_a_hundred_of_each_class_on(made, model):
    few = fit(labels(500, 7))
    assert few.n_calibration_rows - few.n_calibration_failures >= 100
    assert model.n_calibration_failures >= 100
    assert model.is_calibrated_claim
    against = replace(model, calibration=replace(model.calibration, misfit=6.0))
    assert against.has_enough_to_claim
    assert not against.is_calibrated_claim
    unchecked = replace(model, calibration=replace(model.calibration, misfit=None))
    assert unchecked.has_enough_to_claim
    assert not unchecked.is_calibrated_claim
    assert few.n_calibration_failures < 100
    assert not few.is_calibrated_claim


def test_model_without_a_hundred_successes_is_not_called_calibrated(made):
    y = made.y.copy()
    y[:] = 0
    y[::12] = 1
    assert fit(Labels(made.X, y, made.groups, made.day, made.logit)).n_failures > 900
    assert not fit(Labels(made.X, y, made.groups, made.day, made.logit)).is_calibrated_claim


def test_model_chooses_its_number_of_trees_when_none_is_given(made):
    settings = replace(PLAIN, n_trees=None, most_trees=40)
    first, again = fit(made, settings=settings), fit(made, settings=settings)
    assert 1 <= first.boosted.n_trees <= 40
    assert first.boosted.text == again.boosted.text


def test_model_takes_its_settings(made, model):
    other = fit(made, settings=replace(PLAIN, n_trees=30, boosting=BoostingSettings(seed=1)))
    assert other.boosted.text != model.boosted.text
    assert fit(made, settings=PLAIN).boosted.n_trees == ReadinessSettings().n_trees


def test_background_is_kept_whole_when_it_is_small(made, model):
    people = candidates(30, 2)
    background = model.with_background(people).background
    assert background is not None
    assert background.shape == (30, len(CATALOGUE.names))
    assert background[:, 1].tolist() != people["years_in_post"].tolist()
    np.testing.assert_array_equal(np.sort(background[:, 1]), np.sort(people["years_in_post"]))


def test_background_is_sampled_when_it_is_large(made):
    few = fit(made, settings=replace(PLAIN, n_trees=5, most_background=50))
    people = candidates(300, 2)
    first = few.with_background(people).background
    shuffled = few.with_background(people.iloc[::-1]).background
    assert first is not None
    assert first.shape == (50, len(CATALOGUE.names))
    np.testing.assert_array_equal(first, shuffled)


def test_background_may_be_given_when_fitting(made):
    background = fit(made, background=candidates(30, 2)).background
    assert background is not None
    assert len(background) == 30


def test_background_of_nobody_is_refused(model):
    with pytest.raises(LabelError, match="no candidate"):
        model.with_background(candidates(3, 2).iloc[:0])


def test_fit_refuses_fewer_than_thirty_failures(made):
    y = np.ones(1000, dtype=int)
    y[:29] = 0
    with pytest.raises(LabelError, match="29 failures among 1000 labels"):
        ReadinessModel.fit(made.X, y, groups=made.groups, day=made.day)


def test_fit_refuses_labels_without_a_success(made):
    with pytest.raises(LabelError, match="same outcome"):
        ReadinessModel.fit(made.X, np.zeros(1000), groups=made.groups, day=made.day)


def test_fit_refuses_an_earlier_part_of_one_class(made):
    # All failures lie in the last 30% of the groups.
    y = np.ones(1000, dtype=int)
    y[-40:] = 0
    with pytest.raises(LabelError, match="same outcome"):
        ReadinessModel.fit(made.X, y, groups=made.groups, day=made.day)


def test_fit_refuses_to_choose_trees_where_the_earlier_groups_have_one_class(made):
    # In the fit part the failures are all late: nothing could be learnt to judge them by.
    y = np.ones(1000, dtype=int)
    y[660:690] = 0
    settings = replace(PLAIN, n_trees=None)
    with pytest.raises(LabelError, match="same outcome"):
        ReadinessModel.fit(made.X, y, groups=made.groups, day=made.day, settings=settings)


def test_fit_refuses_a_single_group(made):
    with pytest.raises(LabelError, match="belong to one group"):
        ReadinessModel.fit(made.X, made.y, groups=["all"] * 1000, day=made.day)


def test_fit_refuses_other_outcomes(made):
    with pytest.raises(LabelError, match="neither 0 nor 1"):
        ReadinessModel.fit(made.X, made.y + 1, groups=made.groups, day=made.day)


def test_fit_refuses_different_lengths(made):
    with pytest.raises(LabelError, match="differ in length"):
        ReadinessModel.fit(made.X, made.y, groups=made.groups[:9], day=made.day)


@pytest.mark.parametrize("absent", ["groups", "day"])
def test_fit_refuses_a_label_without_group_or_day(made, absent):
    arguments: dict[str, Any] = {"groups": list(made.groups), "day": list(made.day)}
    arguments[absent][3] = None
    with pytest.raises(LabelError, match="no day or no group"):
        ReadinessModel.fit(made.X, made.y, **arguments)


def test_fit_refuses_a_protected_attribute_among_the_features(made):
    with pytest.raises(CatalogueError, match="does not know: sex"):
        ReadinessModel.fit(made.X.assign(sex=1.0), made.y, groups=made.groups, day=made.day)


def test_fit_takes_days_as_dates_or_timestamps(made, model):
    stamps = pd.to_datetime(made.day)
    assert fit(made, day=stamps).boosted.text == model.boosted.text
    moved = [day + timedelta(days=3650) for day in made.day]
    assert fit(made, day=moved).boosted.text == model.boosted.text
    assert moved[0] > date(2010, 1, 1)


def test_weights_that_are_all_alike_change_nothing(made, model):
    same = fit(made, weight=np.full(1000, 3.0))
    np.testing.assert_allclose(same.probability(made.X), model.probability(made.X), atol=1e-6)


def test_a_row_of_weight_nought_teaches_nothing(made):
    # A third of the outcomes are turned round; at weight 0 their turn is not heard.
    turned = np.arange(1000) % 3 == 0
    y = made.y.where(~turned, 1 - made.y)
    settings = replace(
        PLAIN, n_trees=30, kept_apart_failures=1000, boosting=BoostingSettings(row_share=1.0)
    )
    told = {"weight": np.where(turned, 0.0, 1.0), "settings": settings}
    deaf = fit(Labels(made.X, y, made.groups, made.day, made.logit), **told)
    right = fit(made, **told)
    np.testing.assert_allclose(deaf.logit(made.X), right.logit(made.X), atol=1e-6)


def test_weights_move_the_calibration_too(made, model):
    # Successes count double: in the mean, more of them are foreseen.
    double = fit(made, weight=1 + made.y.to_numpy())
    assert double.probability(made.X).mean() > model.probability(made.X).mean() + 0.05
    late = np.arange(1000) >= 1000 - double.n_calibration_rows
    y, weight = made.y[late].to_numpy(), 1 + made.y[late].to_numpy()
    expected = np.average(y, weights=weight)
    shown = np.average(double.probability(made.X[late]), weights=weight)
    assert shown == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("weight", "what"),
    [
        (np.zeros(1000), "all are 0"),
        (np.full(1000, -1.0), "below 0"),
        (np.full(1000, np.nan), "missing"),
        (np.ones(9), "differ in length"),
    ],
)
def test_fit_refuses_weights_that_are_none(made, weight, what):
    with pytest.raises(LabelError, match=what):
        fit(made, weight=weight)


# --- what is no outcome, no day, no number, or another row


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "bool", "object", "float32"])
def test_fit_takes_outcomes_of_any_type_of_number(made, model, dtype):
    y = made.y.astype(bool).astype("object") if dtype == "object" else made.y.astype(dtype)
    assert fit(Labels(made.X, y, made.groups, made.day, made.logit)).boosted.text == (
        model.boosted.text
    )


def test_fit_takes_figures_of_any_type_of_number(made, model):
    X = made.X.astype({"n_organisations": "Float64", "years_in_post": "Float64"})
    assert fit(Labels(X, made.y, made.groups, made.day, made.logit)).boosted.text == (
        model.boosted.text
    )
    is_short = made.X["share_short_posts"] > 0.5
    whole = made.X.assign(share_short_posts=is_short.astype(float))
    for dtype in ("bool", "boolean"):
        X = whole.assign(share_short_posts=is_short.astype(dtype))
        np.testing.assert_array_equal(model.probability(X), model.probability(whole))


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("y", "a", "outcomes are not numbers"),
        ("y", "1", "outcomes are not numbers"),
        ("y", 1j, "outcomes are not numbers"),
        ("y", None, "neither 0 nor 1"),
        ("y", pd.NA, "neither 0 nor 1"),
        ("day", "x", "days are none that can be read"),
        ("weight", "a", "weights are not numbers"),
    ],
)
def test_fit_refuses_one_value_of_another_kind(made, column, value, what):
    told: dict[str, Any] = {
        "y": list(made.y),
        "day": list(made.day),
        "weight": [1.0] * 1000,
        "groups": list(made.groups),
    }
    told[column][3] = value
    with pytest.raises(LabelError, match=what) as error:
        ReadinessModel.fit(made.X, told.pop("y"), **told, settings=SETTINGS)
    assert error.value.where == "labels"


def test_fit_refuses_numbers_for_days(made):
    with pytest.raises(LabelError, match=r"days are none.*Expected: dates.*To mend it"):
        fit(made, day=np.arange(1000))


def test_fit_refuses_outcomes_in_columns(made):
    with pytest.raises(LabelError, match="outcomes are not numbers"):
        ReadinessModel.fit(
            made.X, made.y.to_numpy()[:, None], groups=made.groups, day=made.day, settings=SETTINGS
        )


@pytest.mark.parametrize("value", ["1.5", 1.5j])
def test_fit_refuses_a_column_that_holds_something_else_than_numbers(made, value):
    column = made.X["years_in_post"].astype("object" if isinstance(value, str) else complex)
    column[3] = value
    with pytest.raises(CatalogueError, match=r"years_in_post: values are not.*To mend it: convert"):
        fit(Labels(made.X.assign(years_in_post=column), made.y, made.groups, made.day, made.logit))


@pytest.mark.parametrize("name", ["y", "groups", "day", "weight"])
def test_fit_refuses_a_column_whose_index_says_that_it_means_other_rows(made, name):
    told: dict[str, Any] = {
        "y": made.y,
        "groups": made.groups,
        "day": made.day,
        "weight": pd.Series(1.0, index=made.X.index),
    }
    # The very values of each row, in another order.
    told[name] = told[name].iloc[::-1]
    with pytest.raises(LabelError, match=r"labels: the index of the \w+ is not that of the"):
        ReadinessModel.fit(made.X, told.pop("y"), **told, settings=SETTINGS)
