from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from features.errors import ArtefactError
from models.attribution import LinearAttribution, TreeAttribution
from models.calibration import Calibration
from models.explain import Explainer, Explanation
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.labels import candidates, labels


@pytest.fixture(scope="module")
def model() -> ReadinessModel:
    made = labels(600, 8)
    fitted = ReadinessModel.fit(
        made.X,
        made.y,
        groups=made.groups,
        day=made.day,
        background=candidates(300, 3),
        settings=ReadinessSettings(n_trees=60, tells_uncertainty=False),
    )
    # A calibration that does something, or its term would not be put to the test.
    return replace(fitted, calibration=Calibration("platt", (0.25, 0.8)))


@pytest.fixture(scope="module")
def explainer(model) -> Explainer:
    return Explainer(model)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return candidates(100, 21)


@pytest.fixture(scope="module")
def explanations(explainer, people) -> list[Explanation]:
    return explainer.explain(people)


def test_explanation_adds_up_to_the_logit_of_the_probability_shown(model, people, explanations):
    for shown, explanation in zip(model.probability(people), explanations, strict=True):
        total = explanation.base + explanation.calibration_term + sum(explanation.groups.values())
        assert explanation.probability == shown
        assert total == pytest.approx(np.log(shown / (1 - shown)), abs=1e-6)
        assert total == pytest.approx(explanation.logit, abs=1e-9)


def test_explanation_of_values_beyond_the_training_rows_adds_up(model, explainer, people):
    far = people * 100
    for shown, explanation in zip(model.logit(far), explainer.explain(far), strict=True):
        total = explanation.base + explanation.calibration_term + sum(explanation.groups.values())
        assert total == pytest.approx(shown, abs=1e-9)


def test_explanation_starts_from_the_mean_candidate(model, explanations):
    mean = model.blend_logit(model.background).mean()
    assert {explanation.base for explanation in explanations} == {explanations[0].base}
    assert explanations[0].base == pytest.approx(mean, abs=1e-9)


def test_explanation_calibration_term_is_what_calibration_adds_to_the_base(explanations):
    base = explanations[0].base
    assert {explanation.calibration_term for explanation in explanations} == {
        explanations[0].calibration_term
    }
    assert explanations[0].calibration_term == pytest.approx(0.8 * base + 0.25 - base)


def test_groups_are_on_the_scale_that_is_shown(model, explainer, people, explanations):
    # Half the slope, half of what every reason moves the shown logit by.
    flatter = replace(model, calibration=Calibration("platt", (0.25, 0.4)))
    for got, told in zip(Explainer(flatter).explain(people), explanations, strict=True):
        for group, value in got.groups.items():
            assert value == pytest.approx(told.groups[group] / 2, abs=1e-12)


def test_along_a_curve_the_parts_still_make_the_whole(model, people):
    curve = Calibration("quadratic", (0.25, 0.8, 0.05), -4.0, 4.0)
    bent = replace(model, calibration=curve)
    for person, got in enumerate(Explainer(bent).explain(people)):
        expected = float(bent.logit(people)[person])
        assert got.base + got.calibration_term + sum(got.groups.values()) == pytest.approx(expected)


def test_explanation_sums_features_to_their_groups(explainer, people, explanations):
    by_feature = explainer.contributions(people)
    for group in CATALOGUE.groups:
        expected = by_feature[CATALOGUE.of_group(group)].sum(axis=1)
        np.testing.assert_allclose([e.groups[group] for e in explanations], expected, atol=1e-12)
    assert list(explanations[0].groups) == list(CATALOGUE.groups)


def test_contributions_are_those_of_each_half_on_the_scale_shown(model, explainer, people):
    # The blend is the mean of both logits, so its Shapley values are the mean of theirs.
    rows = people.to_numpy()
    trees = TreeAttribution(model.boosted.booster, model.background).contributions(rows)
    linear = LinearAttribution(model.scorecard, model.background).contributions(rows)
    got = explainer.contributions(people)
    assert list(got.columns) == CATALOGUE.names
    assert got.index.equals(people.index)
    expected = 0.8 * (trees + linear) / 2
    np.testing.assert_allclose(got.to_numpy(), expected, atol=1e-12)


def test_leading_feature_is_the_strongest_that_pulls_as_its_group(
    model, explainer, people, explanations
):
    by_feature = explainer.contributions(people)
    background = pd.DataFrame(model.background, columns=CATALOGUE.names)
    typical = background.median().where(background.isna().mean() <= 0.5)
    n_passed_by = 0
    for i, explanation in enumerate(explanations):
        for group, leading in explanation.leading.items():
            names = CATALOGUE.of_group(group)
            of_group = by_feature.iloc[i][names]
            pulling = of_group if explanation.groups[group] >= 0 else -of_group
            # A value that most have is named only where nothing else pulls that way.
            value, usual = people.iloc[i][names], typical[names]
            telling = pulling[(value != usual) & ~(value.isna() & usual.isna()) & (pulling > 0)]
            assert leading.name == (telling if len(telling) else pulling).idxmax()
            n_passed_by += leading.name != pulling.idxmax()
            assert leading.contribution == of_group[leading.name]
            assert leading.contribution * explanation.groups[group] >= 0
    assert n_passed_by > 0


def test_leading_feature_has_the_value_of_the_person(people, explanations):
    seen_missing = False
    for i, explanation in enumerate(explanations):
        for leading in explanation.leading.values():
            value = people.iloc[i][leading.name]
            assert leading.value is None if np.isnan(value) else leading.value == value
            seen_missing |= leading.value is None
    assert seen_missing


def test_leading_feature_has_the_median_of_the_background_as_typical(explanations):
    background = candidates(300, 3)
    for explanation in explanations:
        for leading in explanation.leading.values():
            column = background[leading.name]
            if column.isna().mean() > 0.5:
                assert leading.typical is None
            else:
                assert leading.typical == pytest.approx(column.median())


def test_typical_value_is_missing_where_most_of_the_background_has_none(model, people):
    background = candidates(300, 3)
    background.loc[: len(background) * 6 // 10, "years_in_fields"] = np.nan
    explained = Explainer(model.with_background(background)).explain(people)
    led = [e.leading[CATALOGUE["years_in_fields"].group] for e in explained]
    typical = [leading.typical for leading in led if leading.name == "years_in_fields"]
    assert typical
    assert set(typical) == {None}


def test_explanation_of_nobody_is_empty(explainer, people):
    assert explainer.explain(people.iloc[:0]) == []


def test_explanation_of_a_person_alone_is_that_in_a_batch(explainer, people, explanations):
    assert explainer.explain(people.iloc[[42]]) == [explanations[42]]


def test_explainer_leaves_out_groups_without_a_feature(explanations):
    assert all(CATALOGUE.of_group(name) for name in explanations[0].groups)


def test_model_without_a_background_cannot_be_explained():
    made = labels(300, 7)
    model = ReadinessModel.fit(
        made.X,
        made.y,
        groups=made.groups,
        day=made.day,
        settings=ReadinessSettings(n_trees=5, tells_uncertainty=False),
    )
    with pytest.raises(ArtefactError, match="no background of candidates"):
        Explainer(model)


def test_explanation_that_does_not_add_up_is_not_given(model, people):
    explainer = Explainer(model)
    explainer.base += 2e-6
    with pytest.raises(ArithmeticError, match="do not add up"):
        explainer.explain(people)
