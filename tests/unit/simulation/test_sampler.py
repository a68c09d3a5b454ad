"""The vacancy sampler: deterministic, whole, and with the margins of the statistics."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from simulation import sampler
from simulation.knobs import Knobs
from simulation.observables import NAMES
from simulation.presets import preset
from simulation.sampler import Sample, sample

SMALL: dict[str, Any] = {"vacancies": 40, "pool": 9, "stock": 2500}
#: Predicates of the service as a whole, per cent, Sangat Baik to Sangat Kurang.
PREDICATES = (11.27, 88.46, 0.11, 0.06, 0.10)


@pytest.fixture(scope="module")
def drawn() -> Sample:
    return sample(Knobs(), seed=3, **SMALL)


def assert_equal(first: Sample, second: Sample) -> None:
    for one in fields(Sample):
        ours, theirs = getattr(first, one.name), getattr(second, one.name)
        if one.name == "records":
            assert ours.keys() == theirs.keys()
            for name in ours:
                np.testing.assert_array_equal(ours[name], theirs[name])
        else:
            np.testing.assert_array_equal(ours, theirs)


def test_the_same_seed_draws_the_same_vacancies_and_another_seed_others(drawn):
    assert_equal(sample(Knobs(), seed=3, **SMALL), drawn)
    other = sample(Knobs(), seed=4, **SMALL)
    assert (other.p != drawn.p).mean() > 0.99
    assert (other.succeeds != drawn.succeeds).mean() > 0.2
    # Other people with other records, and not the same ones with other luck alone.
    for name in ("woman", "performance", "results_before_rounding", "unit_quality"):
        assert (other.records[name] != drawn.records[name]).mean() > 0.3, name


def test_whole_chunks_stay_as_they_are_when_more_vacancies_are_asked_for(monkeypatch):
    monkeypatch.setattr(sampler, "CHUNK", 20)
    few = sample(Knobs(), 5, 20, 6, 1500)
    many = sample(Knobs(), 5, 40, 6, 1500)
    rows = slice(0, len(few.p))
    assert (many.p[rows] == few.p).all()
    assert (many.is_appointed[rows] == few.is_appointed).all()
    # Nobody is met again in another chunk.
    assert not set(many.person[rows]) & set(many.person[len(few.p) :])
    assert (np.unique(many.vacancy) == np.arange(40)).all()


def test_rows_of_a_vacancy_stand_together_and_have_one_appointment(drawn):
    assert (np.diff(drawn.vacancy) >= 0).all()
    assert drawn.n_vacancies == 40
    assert (np.bincount(drawn.vacancy) == 9).all()
    assert (np.bincount(drawn.vacancy, weights=drawn.is_appointed) == 1).all()
    assert drawn.is_interviewed[drawn.is_appointed].all()
    pairs = np.column_stack([drawn.vacancy, drawn.person])
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_pools_are_as_wide_as_the_knobs_say():
    knobs = Knobs().changed(pool_low=4, pool_high=11)
    sizes = np.bincount(sample(knobs, 3, 300, stock=2500).vacancy)
    assert (sizes.min(), sizes.max()) == (4, 11)


def test_the_truth_of_a_pair_hangs_together(drawn):
    assert drawn.x.shape == (len(drawn.p), len(NAMES))
    assert ((drawn.p > 0) & (drawn.p < 1)).all()
    assert (drawn.succeeds == (drawn.latent > 0)).all()
    assert np.isnan(drawn.label[~drawn.is_appointed]).all()
    assert np.isin(drawn.label[drawn.is_appointed], (0, 1)).all()
    assert (np.isnan(drawn.mean_score) == ~drawn.is_interviewed).all()


def test_a_bias_of_panels_leaves_people_records_and_truth_as_they_are(drawn):
    turned = Knobs().changed(panel_bias=0.8, hidden_panel_bias=0.8)
    biased = sample(turned, seed=3, **SMALL)
    for name in ("person", "x", "p", "latent", "succeeds", "is_interviewed", "heard", "documents"):
        np.testing.assert_array_equal(getattr(biased, name), getattr(drawn, name))
    for name, values in drawn.records.items():
        np.testing.assert_array_equal(biased.records[name], values)
    assert (biased.mean_score != drawn.mean_score)[drawn.is_interviewed].any()
    assert (biased.is_appointed != drawn.is_appointed).any()


def test_true_pools_are_as_good_for_women_as_for_men_on_the_preset_biased():
    found = sample(preset("biased"), 6, 1600, 30)
    woman = found.woman == 1
    people = np.unique(found.person[woman]).size
    off = found.p[woman].mean() - found.p[~woman].mean()
    # Less than four standard errors (of people, who apply several times), and 0.03 at most.
    assert abs(off) < min(4 * found.p.std() / np.sqrt(people), 0.03)
    assert 0.1 < woman.mean() < 0.35


def test_predicates_of_a_stock_have_the_margins_of_the_statistics():
    """Tolerances: 1 point for the two large shares, 0.06 for the three small ones.

    96,000 people: a share of 0.1 % has a standard error of 0.01 points, one of 11 % of 0.1.
    """
    counts = np.zeros(6)
    for seed in range(4):
        predicate = sample(Knobs(), seed, 2, 4).records["predicate"]
        counts += np.bincount(predicate, minlength=6)
    shares = 100 * counts[1:] / counts.sum()
    assert shares[:2] == pytest.approx(PREDICATES[:2], abs=1.0)
    assert shares[2:] == pytest.approx(PREDICATES[2:], abs=0.06)


def test_what_the_file_shows_of_outcomes_is_the_stated_shadow():
    rng = np.random.default_rng(1)
    succeeds = rng.random(200_000) < 0.6
    knobs = Knobs()
    label = sampler.shadow(rng, knobs, succeeds)
    assert 1 - label[~succeeds].mean() == pytest.approx(knobs.failure_shown, abs=0.01)
    assert 1 - label[succeeds].mean() == pytest.approx(knobs.success_broken, abs=0.01)


def test_values_within_a_class_are_standardised_and_classes_of_two_stay_at_zero():
    values = np.array([1.0, 2.0, 3.0, 10.0, 20.0])
    found = sampler.within_class(values, np.array([4, 4, 4, 1, 1]))
    root = np.sqrt(1.5)
    assert found == pytest.approx([-root, 0, root, 0, 0])
