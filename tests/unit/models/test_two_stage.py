import numpy as np
import pytest
from scipy.special import expit

from features.errors import LabelError
from models.boosted import BoostingSettings
from models.columns import Columns
from models.misclassified import LabelRates
from models.panel_score import Interviews, left_out, surprise
from models.two_stage import TwoStage
from tests.unit.models.test_classifier import interviews


def fitted(
    *, n_vacancies: int = 600, rates: LabelRates | None = None, seed: int = 3
) -> tuple[TwoStage, np.ndarray]:
    X, outcome, score, vacancy, _ = interviews(n_vacancies, seed)
    columns = Columns.fit(X, {"record": 1})
    heard = ~np.isnan(score)
    rows = columns.matrix(X)
    model = TwoStage.fit(
        Interviews(rows[heard], score[heard], vacancy[heard]),
        outcome[heard],
        settings=BoostingSettings(),
        most_trees=100,
        rates=rates,
        catalogue=columns.catalogue,
    )
    return model, rows


def test_the_curve_averages_over_all_surprises() -> None:
    model, _ = fitted()
    drawn = np.random.default_rng(1).normal(size=400_000)
    for score in (-1.0, 0.0, 2.0):
        by_hand = expit(model.intercept + model.slope * score + model.surprise * drawn).mean()
        assert model.curve(np.array([score]))[0] == pytest.approx(by_hand, abs=2e-3)


def test_order_is_that_of_the_expected_score() -> None:
    model, rows = fitted()
    order = np.argsort(model.score(rows), kind="stable")
    assert (np.diff(model.probability(rows)[order]) >= 0).all()


def test_panels_that_hear_nothing_new_are_seen() -> None:
    rng = np.random.default_rng(5)
    X, outcome, score, vacancy, _ = interviews(800)
    told = ~np.isnan(outcome)
    success = rng.random(told.sum()) < expit(X["record"].to_numpy()[told])
    outcome[told] = success
    columns = Columns.fit(X, {"record": 1})
    heard = ~np.isnan(score)
    rows = columns.matrix(X)[heard]
    model = TwoStage.fit(
        Interviews(rows, score[heard], vacancy[heard]),
        outcome[heard],
        settings=BoostingSettings(),
        most_trees=50,
        catalogue=columns.catalogue,
    )
    assert not model.panels_knew_more
    assert fitted(n_vacancies=800)[0].panels_knew_more


def test_a_lenient_panel_surprises_nobody() -> None:
    X, _, score, vacancy, _ = interviews(60)
    heard = ~np.isnan(score)
    rows = Columns.fit(X).matrix(X)[heard]
    plain = Interviews(rows, score[heard], vacancy[heard])
    kinder = Interviews(rows, score[heard] + 50.0 * (vacancy[heard] % 2), vacancy[heard])
    expected = np.zeros(heard.sum())
    np.testing.assert_allclose(surprise(plain, expected), surprise(kinder, expected), atol=1e-9)


def test_no_vacancy_helps_to_foretell_its_own_scores() -> None:
    X, _, score, vacancy, _ = interviews(60)
    heard = ~np.isnan(score)
    columns = Columns.fit(X)
    rows = columns.matrix(X)[heard]

    def expected(scores: np.ndarray) -> np.ndarray:
        heard_by = Interviews(rows, scores, vacancy[heard])
        settings, catalogue = BoostingSettings(), columns.catalogue
        # As many trees as there are steps: nothing is chosen, since the choice is of all together.
        return left_out(heard_by, most_trees=25, settings=settings, catalogue=catalogue).expected

    of_first = vacancy[heard] == 0
    before = expected(score[heard])
    after = expected(np.where(of_first, score[heard] + 500.0, score[heard]))
    np.testing.assert_array_equal(before[of_first], after[of_first])
    assert not np.allclose(before, after)


def test_stored_and_read_it_is_the_same() -> None:
    model, rows = fitted(rates=LabelRates(0.9, 0.02))
    read = TwoStage.from_json(model.to_json(), model.expected.text)
    np.testing.assert_array_equal(read.probability(rows), model.probability(rows))
    assert read.to_json() == model.to_json()


@pytest.mark.parametrize(("kept", "said"), [(99, "99 labels"), (0, "0 labels")])
def test_too_few_labels_are_refused(kept: int, said: str) -> None:
    X, outcome, score, vacancy, _ = interviews(200)
    heard = ~np.isnan(score)
    told = np.flatnonzero(~np.isnan(outcome))
    outcome[told[kept:]] = np.nan
    rows = Columns.fit(X).matrix(X)[heard]
    with pytest.raises(LabelError, match=said):
        TwoStage.fit(
            Interviews(rows, score[heard], vacancy[heard]),
            outcome[heard],
            settings=BoostingSettings(),
            catalogue=Columns.fit(X).catalogue,
        )


def test_scores_that_cannot_be_learnt_from_are_refused() -> None:
    X, _, score, vacancy, _ = interviews(200)
    heard = ~np.isnan(score)
    rows = Columns.fit(X).matrix(X)[heard]
    with pytest.raises(LabelError, match="no score"):
        Interviews(Columns.fit(X).matrix(X), score, vacancy)
    with pytest.raises(LabelError, match="all interview scores are the same"):
        Interviews(rows, np.ones(heard.sum()), vacancy[heard])
    with pytest.raises(LabelError, match="too few"):
        Interviews(rows[:50], score[heard][:50], vacancy[heard][:50])
