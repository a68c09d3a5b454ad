"""Interviews in a readiness model, on invented people of the shipped catalogue."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from features.errors import LabelError
from models import artefact
from models.boosted import Boosted, BoostingSettings, joined
from models.explain import Explainer
from models.interviewed import Interviewed
from models.matrix import matrix
from models.misclassified import LabelRates
from models.panel_stage import FEW_TREES, MOST_TREES, PanelStage, refitted
from models.readiness import ReadinessModel, ReadinessSettings
from tests.lib.labels import Labels, candidates, known_logit, labels

SETTINGS = ReadinessSettings(n_trees=30, n_bags=3)
PER_VACANCY = 4


def heard(n_labels: int, *, seed: int = 7, tells: float = 1.0) -> tuple[Labels, Interviewed]:
    """Labels of people appointed by panels that heard what no record says, and all they heard.

    Of four people the one heard best is appointed; `tells` is how much of it matters for success.
    """
    X = candidates(PER_VACANCY * n_labels, seed)
    draw = np.random.default_rng([seed, 5])
    hidden = draw.normal(size=len(X))
    z = known_logit(X) - 0.8
    score = 10 * (z + hidden) + draw.normal(size=len(X))
    vacancy = np.repeat(np.arange(n_labels), PER_VACANCY)
    best = pd.Series(score).groupby(vacancy).rank(ascending=False).to_numpy() == 1
    made = labels(n_labels, seed)
    y = draw.random(len(X)) < expit(z + tells * hidden)
    outcome = pd.Series(np.where(best, y, np.nan))
    groups = pd.Series(np.where(best, np.repeat(made.groups.to_numpy(), PER_VACANCY), ""))
    interviewed = Interviewed.checked(
        X,
        score=pd.Series(score),
        vacancy=pd.Series(vacancy.astype(str)),
        outcome=outcome,
        groups=groups,
        weight=pd.Series(1.0, index=X.index),
    )
    told = replace(
        made,
        X=X[best].reset_index(drop=True),
        y=pd.Series(y[best].astype(int)),
        logit=z[best],
    )
    return told, interviewed


def fit(made: Labels, interviews: Interviewed | None, **others: Any) -> ReadinessModel:
    given: dict[str, Any] = {"groups": made.groups, "day": made.day, "settings": SETTINGS, **others}
    return ReadinessModel.fit(made.X, made.y, interviews=interviews, **given)


@pytest.fixture(scope="module")
def made() -> tuple[Labels, Interviewed]:
    return heard(700)


@pytest.fixture(scope="module")
def model(made: tuple[Labels, Interviewed]) -> ReadinessModel:
    return fit(*made, background=candidates(300, 9))


def test_interviews_tell_of_those_who_were_not_appointed(
    made: tuple[Labels, Interviewed], model: ReadinessModel
) -> None:
    X = candidates(4000, 11)
    # Over everybody's hidden part, a standard normal.
    true = expit((known_logit(X) - 0.8) / np.sqrt(1 + np.pi / 8))
    plain = fit(made[0], None)
    assert plain.panel is None
    assert model.panel is not None
    assert model.panel.panels_knew_more
    assert plain.probability(X).mean() - true.mean() > 0.1
    assert abs(model.probability(X).mean() - true.mean()) < 0.05
    by_model, by_plain = (np.corrcoef(logit(true), one.logit(X))[0, 1] for one in (model, plain))
    assert by_model > by_plain


def test_panels_that_hear_nothing_that_matters_are_seen() -> None:
    found = fit(*heard(700, tells=0.0)).panel
    assert found is not None
    assert not found.panels_knew_more


def test_too_few_outcomes_of_interviewed_people_leave_the_halves_as_they_are() -> None:
    made, interviews = heard(90)
    more = labels(400, 8)
    both = replace(
        made,
        X=pd.concat([more.X, made.X], ignore_index=True),
        y=pd.concat([more.y, made.y], ignore_index=True),
        groups=pd.concat([more.groups + "-a", made.groups], ignore_index=True),
        day=pd.concat([more.day, made.day], ignore_index=True),
    )
    with_them, without = fit(both, interviews), fit(both, None)
    assert with_them.panel is None
    assert with_them.boosted.text == without.boosted.text
    assert with_them.scorecard.to_json() == without.scorecard.to_json()


def test_rows_kept_apart_change_neither_halves_nor_stage(
    made: tuple[Labels, Interviewed],
) -> None:
    labelled, interviews = made
    # By share of the groups, so that other outcomes keep the same rows apart.
    settings = replace(SETTINGS, kept_apart_failures=10**6, tells_uncertainty=False)
    same = fit(labelled, interviews, settings=settings)
    late = labelled.groups.iloc[-same.n_calibration_rows :].unique()
    is_late = np.isin(interviews.groups, late)
    turned = np.where(is_late, 1 - interviews.outcome, interviews.outcome)
    y = labelled.y.where(~labelled.groups.isin(late), 1 - labelled.y)
    other = fit(replace(labelled, y=y), replace(interviews, outcome=turned), settings=settings)
    assert is_late.sum() > 100
    assert other.panel == same.panel
    assert other.boosted.text == same.boosted.text
    assert other.calibration.misfit != same.calibration.misfit


def test_few_outcomes_do_not_flatten_what_interviews_tell() -> None:
    draw = np.random.default_rng(4)
    expected, surprise = draw.normal(size=(2, 150))
    y = (draw.random(150) < expit(0.5 + expected + surprise)).astype(float)
    empty = PanelStage(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 25, 150, 150, 150, int((y == 0).sum()))

    def fitted(times: int) -> PanelStage:
        return refitted(
            empty,
            np.tile(y, times),
            expected=np.tile(expected, times),
            record_logit=np.zeros(150 * times),
            surprise=np.tile(surprise, times),
        )

    once, often = fitted(1), fitted(20)
    assert once.of_expected == pytest.approx(often.of_expected, rel=0.005)
    assert once.of_surprise == pytest.approx(often.of_surprise, rel=0.005)


def test_more_trees_are_grown_where_all_of_a_few_are_wanted() -> None:
    slow = replace(SETTINGS, boosting=BoostingSettings(learning_rate=0.01), tells_uncertainty=False)
    found = fit(*heard(300), settings=slow).panel
    assert found is not None
    assert FEW_TREES < found.n_trees <= MOST_TREES


def test_a_score_of_ones_own_is_never_asked_for(
    made: tuple[Labels, Interviewed], model: ReadinessModel
) -> None:
    # The order is a sum of trees and of a scorecard on features of the catalogue, and nothing else.
    X = candidates(50, 3)
    rows = matrix(X)
    halves = (model.scorecard.logit(rows) + model.boosted.logit(rows)) / 2
    np.testing.assert_allclose(model.logit(X), halves)


def test_bagged_models_differ_in_what_panels_tell(model: ReadinessModel) -> None:
    assert model.uncertainty is not None
    assert model.uncertainty.bags is not None
    bags = model.uncertainty.bags.logits(matrix(candidates(200, 3)))
    assert bags.std(axis=0).mean() > 0.02
    np.testing.assert_allclose(
        bags.mean(axis=0).mean(), model.logit(candidates(200, 3)).mean(), atol=0.3
    )


def test_sets_speak_of_everybody(model: ReadinessModel) -> None:
    X = candidates(3000, 12)
    true = expit((known_logit(X) - 0.8) / np.sqrt(1 + np.pi / 8))
    happens = np.random.default_rng(2).random(len(X)) < true
    doubts = model.doubts(X)
    for outcome, held in ((happens, doubts.may_succeed), (~happens, doubts.may_fail)):
        assert 0.87 < held[outcome].mean() < 0.93


def test_order_of_rows_does_not_matter(made: tuple[Labels, Interviewed]) -> None:
    _, interviews = made
    names = candidates(1, 1).columns
    order = np.random.default_rng(4).permutation(len(interviews.score))
    columns = {
        "score": pd.Series(interviews.score),
        "vacancy": pd.Series(interviews.vacancy),
        "outcome": pd.Series(interviews.outcome),
        "groups": pd.Series(interviews.groups),
        "weight": pd.Series(interviews.weight),
    }
    frame = pd.DataFrame(interviews.X, columns=names)
    shuffled = {name: one.iloc[order] for name, one in columns.items()}
    again = Interviewed.checked(frame.iloc[order], **shuffled)
    np.testing.assert_array_equal(again.X, interviews.X)
    np.testing.assert_array_equal(again.outcome, interviews.outcome)


def test_outcomes_other_than_known_ones_are_refused() -> None:
    X = candidates(3, 1)
    ones = pd.Series(1.0, index=X.index)
    texts = pd.Series("a", index=X.index)
    with pytest.raises(LabelError, match="neither 0 nor 1"):
        Interviewed.checked(
            X, score=ones, vacancy=texts, outcome=ones * 2, groups=texts, weight=ones
        )


def test_joined_boosters_are_their_weighted_sum() -> None:
    made = labels(300, 7)
    rows = matrix(made.X)
    grown: dict[str, Any] = {"n_trees": 8, "settings": BoostingSettings()}
    first = Boosted.fit(rows, made.y.to_numpy(), **grown)
    second = Boosted.fit(rows, 40 + 5 * made.logit, objective="regression", **grown)
    both = joined(((first, 0.3), (second, 2.0)))
    assert both.n_trees == 16
    np.testing.assert_allclose(
        both.logit(rows), 0.3 * first.logit(rows) + 2 * second.logit(rows), rtol=1e-12
    )
    assert Boosted(both.text).text == both.text
    with pytest.raises(ValueError, match="wrong way"):
        joined(((first, -1.0), (second, 1.0)))


def test_an_averaged_surprise_flattens_as_it_should() -> None:
    drawn = np.random.default_rng(1).normal(size=400_000)
    for line in (-2.0, 0.0, 1.5):
        by_hand = expit(line + 1.3 * drawn).mean()
        assert expit(line / np.sqrt(1 + np.pi * 1.3**2 / 8)) == pytest.approx(by_hand, abs=0.01)


def test_stored_and_read_a_stage_is_the_same(model: ReadinessModel) -> None:
    assert model.panel is not None
    assert PanelStage.from_json(model.panel.to_json()) == model.panel


def test_a_stored_model_keeps_its_interviews(model: ReadinessModel, tmp_path: Path) -> None:
    facts = artefact.Facts("x", "a" * 64, "b" * 64, date(2020, 1, 1), date(2020, 1, 1), "rule")
    digest = artefact.save(model, tmp_path / "model", facts)
    read = artefact.load(tmp_path / "model", digest).model
    X = candidates(50, 4)
    assert read.panel == model.panel
    np.testing.assert_array_equal(read.probability(X), model.probability(X))
    assert read.selection(is_vouched_for=False) == "recorded"


@pytest.mark.parametrize(("vouched", "said"), [(True, "ignorable"), (False, "not identified")])
def test_without_interviews_it_is_said_whether_panels_are_vouched_for(
    made: tuple[Labels, Interviewed], vouched: bool, said: str
) -> None:
    plain = fit(made[0], None, settings=replace(SETTINGS, tells_uncertainty=False))
    assert plain.selection(is_vouched_for=vouched) == said


def test_reasons_still_add_up(model: ReadinessModel) -> None:
    X = candidates(20, 5)
    for told, z in zip(Explainer(model).explain(X), model.logit(X), strict=True):
        assert told.base + sum(told.groups.values()) + told.calibration_term == pytest.approx(z)


def test_an_interval_is_not_that_of_those_whom_panels_chose(model: ReadinessModel) -> None:
    X = candidates(2000, 13)
    true = expit((known_logit(X) - 0.8) / np.sqrt(1 + np.pi / 8))
    doubts, told = model.doubts(X), model.probability(X)
    assert ((doubts.low <= told) & (told <= doubts.high)).all()
    # As many truths lie below an interval as above, near enough.
    below, above = (true < doubts.low).mean(), (true > doubts.high).mean()
    assert abs(below - above) < 0.5


def test_labels_that_are_shadows_do_not_contradict_a_stage_that_knows_it() -> None:
    made, interviews = heard(1200)
    hides = np.random.default_rng(8).random(len(interviews.outcome)) < 0.4
    shown = np.where(interviews.outcome == 0, np.where(hides, 1.0, 0.0), interviews.outcome)
    known = fit(made, replace(interviews, outcome=shown), rates=LabelRates(failure_shown=0.6))
    assert known.panel is not None
    assert known.calibration.misfit is not None
    assert not known.calibration.is_contradicted
