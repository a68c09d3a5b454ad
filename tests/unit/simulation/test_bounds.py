"""Bounds from knowing the truth down to drawing lots, and validities of single predictors."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from simulation import bounds, validity
from simulation.knobs import Knobs
from simulation.presets import preset
from simulation.rows import middle_95, resampled_sums, row
from simulation.sampler import Sample, sample

MODEST: dict[str, Any] = {"pairs": 24_000, "vacancies": 500, "pool": 20}
RANKINGS = bounds.RANKINGS


@pytest.fixture(scope="module")
def measured() -> dict[str, dict]:
    return {one["name"]: one for one in bounds.measure(Knobs(), 1, **MODEST)}


@pytest.fixture(scope="module")
def drawn() -> Sample:
    return sample(Knobs(), 2, 200, 12, 4000)


def shuffled(whole: Sample, seed: int = 1) -> tuple[Sample, np.ndarray]:
    """The same vacancies, their candidates in another order."""
    order = np.random.default_rng(seed).permutation(len(whole.p))
    order = order[np.argsort(whole.vacancy[order], kind="stable")]
    names = {one.name for one in fields(Sample)} - {"records"}
    return replace(whole, **{name: getattr(whole, name)[order] for name in names}), order


# The order of bounds


def test_bounds_stand_in_their_order(measured):
    for topic in ("ndcg5", "first_choice"):
        value = {name: measured[f"{topic}.{name}"]["value"] for name in RANKINGS}
        assert value["oracle"] > value["observable_bayes"] > value["panel"] > value["rating"]
        assert value["panel"] > value["weighted_gap"] > value["random"] < value["rating"]
        for name in RANKINGS:
            one = measured[f"{topic}.{name}"]
            assert one["low"] <= one["value"] <= one["high"]
    assert measured["ndcg5.oracle"]["value"] == 1
    # Gaps that no interval bridges.
    assert measured["ndcg5.observable_bayes"]["low"] > measured["ndcg5.panel"]["high"]
    assert measured["ndcg5.panel"]["low"] > measured["ndcg5.weighted_gap"]["high"]


def test_observable_bayes_lies_where_the_preset_promises(measured):
    one = measured["auc.observable_bayes"]
    assert 0.75 < one["low"] < one["value"] < one["high"] < 0.83


def test_drawing_lots_has_the_mean_of_the_pools(measured):
    found = sample(Knobs(), 8, 2000, 10, 4000)
    places = bounds.rankings(found, found.p, 3)["random"]
    chosen = found.p[places == 0]
    assert chosen.mean() == pytest.approx(found.p.mean(), abs=4 * chosen.std() / np.sqrt(2000))


def test_the_fit_error_says_how_far_a_fit_is_from_its_limit(measured):
    whole = measured["observable_bayes.ece"]["value"]
    assert 0 < measured["observable_bayes.ece_by_chance"]["value"] < whole < 0.03
    gain = measured["observable_bayes.doubling_gain"]
    assert gain["low"] < gain["value"] < gain["high"]
    assert gain["value"] > 0  # 24,000 pairs are too few, and it shows


def test_threads_and_repetition_change_nothing():
    found = sample(Knobs(), 4, 150, 30, 4000)
    first = bounds.fit(found.x, found.p, rounds=40)
    expected = first.predict(found.x)
    assert (
        bounds.fit(found.x, found.p, rounds=40, threads=2).predict(found.x, 2) == expected
    ).all()
    assert (bounds.fit(found.x, found.p, rounds=40).predict(found.x) == expected).all()
    assert (bounds.fit(found.x, found.p, rounds=40, seed=9).predict(found.x) != expected).any()
    assert ((expected > 0) & (expected < 1)).all()


def test_the_same_seed_gives_the_same_rows():
    small: dict[str, Any] = {"pairs": 6000, "vacancies": 60, "pool": 8, "rounds": 40}
    first = bounds.measure(Knobs(), 5, **small)
    assert bounds.measure(Knobs(), 5, threads=2, **small) == first
    assert bounds.measure(Knobs(), 6, **small) != first


def test_a_bound_is_checked_and_none_is_promised_of_what_is_not_there():
    small: dict[str, Any] = {"pairs": 3000, "vacancies": 40, "pool": 6, "rounds": 20}
    promised = {"ndcg5.oracle": ">= 1", "ndcg5.random": ">= 0.99"}
    rows = bounds.measure(Knobs(), 5, **small, promised=promised)
    verdicts = {one["name"]: one["ok"] for one in rows}
    assert verdicts["ndcg5.oracle"] is True
    assert verdicts["ndcg5.random"] is False
    assert verdicts["ndcg5.panel"] is None
    with pytest.raises(ValueError, match="do not exist"):
        bounds.measure(Knobs(), 5, **small, promised={"ndcg5.oracel": ">= 1"})


# Measures, against others


def test_ndcg_agrees_with_scikit_learn():
    rng = np.random.default_rng(3)
    p, score = rng.random((40, 12)), rng.random((40, 12))
    vacancy = np.repeat(np.arange(40), 12)
    places = bounds.places_by((score.ravel(),), vacancy)
    found = bounds.ndcg(places, p.ravel(), vacancy)
    assert found == pytest.approx([ndcg_score(p[[v]], score[[v]], k=5) for v in range(40)])


def test_auc_agrees_with_scikit_learn_with_ties_and_weights():
    rng = np.random.default_rng(3)
    score = rng.integers(0, 9, 500).astype(float)
    succeeds = rng.random(500) < score / 10
    weight = rng.integers(0, 4, 500).astype(float)
    assert bounds.auc(score, succeeds) == pytest.approx(roc_auc_score(succeeds, score))
    expected = roc_auc_score(succeeds, score, sample_weight=weight)
    assert bounds.auc(score, succeeds, weight) == pytest.approx(expected)


def test_calibration_error_sees_a_shift_and_a_slope():
    p = np.random.default_rng(1).random(30_000)
    assert bounds.calibration_error(p, p) == 0
    assert bounds.calibration_error(p + 0.02, p) == pytest.approx(0.02)
    assert bounds.calibration_error(0.5 + 0.8 * (p - 0.5), p) == pytest.approx(0.05, abs=0.002)


# Places


def test_the_order_of_rows_changes_no_place(drawn):
    other, order = shuffled(drawn)
    predicted = np.round(drawn.p, 1)  # many ties
    ours, theirs = bounds.rankings(drawn, predicted, 3), bounds.rankings(other, predicted[order], 3)
    for name in RANKINGS:
        assert (ours[name][order] == theirs[name]).all(), name


def test_ties_are_broken_by_lots_of_their_own_seed(drawn):
    nothing = np.zeros(len(drawn.p))
    first, second = (bounds.ranked(nothing, drawn, seed) for seed in (1, 2))
    assert (first != second).mean() > 0.7
    # Not by the order of rows: who stands first in the file is first as often as anybody.
    at_top = np.r_[True, np.diff(drawn.vacancy) > 0]
    assert (first[at_top] == 0).mean() == pytest.approx(1 / 12, abs=0.07)
    for places in (first, second):
        assert (np.sort(places.reshape(-1, 12), axis=1) == np.arange(12)).all()


def test_who_has_no_rating_neither_gains_nor_loses(drawn):
    score = np.where(np.arange(len(drawn.p)) % 3 == 0, np.nan, drawn.p)
    places = bounds.ranked(score, drawn, 1).reshape(-1, 12)
    unknown = np.isnan(score).reshape(-1, 12)
    assert places[unknown].mean() == pytest.approx(places[~unknown].mean(), abs=0.6)


def test_the_panel_ranks_the_appointed_then_the_interviewed_then_the_rest(drawn):
    places = bounds.panel_places(drawn, 1)
    assert (places[drawn.is_appointed] == 0).all()
    for vacancy in range(drawn.n_vacancies):
        rows = drawn.vacancy == vacancy
        met, place = drawn.is_interviewed[rows], places[rows]
        assert place[met].max() < place[~met].min()
        others = met & ~drawn.is_appointed[rows]
        assert (np.diff(drawn.standing[rows][others][np.argsort(place[others])]) <= 0).all()
        assert (np.diff(drawn.documents[rows][~met][np.argsort(place[~met])]) <= 0).all()


# Validities


def test_each_validity_on_the_realistic_preset_is_as_promised():
    found = sample(preset("realistic"), 2, 1600, 30)
    rows = validity.validity_rows(found, 1, validity.PROMISED)
    assert [one["name"].removeprefix("validity.") for one in rows] == [
        "interview", "weighted_gap", "technical", "potential", "rating", "feedback",
    ]  # fmt: skip
    missed = [one for one in rows if not one["ok"]]
    assert not missed
    for one in rows:
        assert one["low"] < one["value"] < one["high"] < one["low"] + 0.12


def test_validity_is_within_vacancies_and_of_those_on_record_only():
    rng = np.random.default_rng(4)
    vacancy = np.repeat(np.arange(400), 20)
    post = rng.normal(size=400)[vacancy]
    skill, noise = rng.normal(size=(2, 8000))
    latent = skill + 3 * post
    predictor = skill + noise - 5 * post  # across vacancies it looks as if skill did harm
    predictor[::3] = np.nan
    assert np.corrcoef(predictor[1::3], latent[1::3])[0, 1] < 0
    (found,) = validity.rows_of({"it": predictor}, latent, vacancy, 1)
    assert found["value"] == pytest.approx(np.sqrt(0.5), abs=0.02)
    (nothing,) = validity.rows_of({"it": noise}, latent, vacancy, 1)
    assert nothing["low"] < 0 < nothing["high"]


# Rows and intervals


def test_bounds_of_rows():
    assert row("a", 0.3, bound="0.2 to 0.45")["ok"] is True
    assert row("a", 0.46, bound="0.2 to 0.45")["ok"] is False
    assert row("a", 0.3, bound=">= 0.3")["ok"] is True
    assert row("a", 0.3, bound="<= 0.29")["ok"] is False
    assert row("a", 0.3, (0.35, 0.5), bound="holds 0.3")["ok"] is False
    assert row("a", 0.3, (0.25, 0.5), bound="holds 0.3")["ok"] is True
    assert row("a", float("nan"), bound=">= 0")["ok"] is False
    assert row("a", float("nan"))["value"] is None
    assert list(row("a", 1)) == ["name", "value", "low", "high", "unit", "bound", "ok"]


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(6)
    covered = 0
    for seed in range(200):
        values = rng.normal(0.0, 1.0, 80)
        low, high = middle_95(resampled_sums(values[:, None], seed, 500)[:, 0] / 80)
        covered += low < 0 < high
    assert 0.89 < covered / 200 < 0.99
