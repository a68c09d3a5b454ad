import numpy as np
import pytest

from simulation.presets import preset
from simulation.sampler import sample
from training.protocol.challengers import Challengers, Told
from training.protocol.vacancies import part


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    knobs = preset("tiny")
    drawn = sample(knobs, 5, 200, 10, stock=2000)
    is_past = drawn.vacancy < 160
    past, trial = part(drawn, is_past), part(drawn, ~is_past)
    found = Challengers(past, trial, knobs)
    assert found.trial.n_vacancies == 40
    return found.told()


def test_each_orders_everybody_and_none_says_more_than_one(told: dict[str, Told]) -> None:
    assert len(told) == 9
    for one in told.values():
        assert one.order.shape == (400,)
        assert np.isfinite(one.order).all()
        if one.probability is not None:
            assert ((one.probability >= 0) & (one.probability <= 1)).all()


def test_a_staircase_has_few_steps_and_the_order_of_its_blend(told: dict[str, Told]) -> None:
    stairs = told["blend_isotonic"].order
    assert len(np.unique(stairs)) < 60
    assert len(np.unique(told["blend"].order)) > 200


def test_ranking_by_grades_says_no_probability(told: dict[str, Told]) -> None:
    assert told["lambdarank"].probability is None
    assert told["two_stage_and_lambdarank"].probability is None


def test_imitation_speaks_of_choices_not_of_success(told: dict[str, Told]) -> None:
    imitated, success = told["imitation"].probability, told["two_stage"].probability
    assert imitated is not None
    assert success is not None
    # One in ten is appointed; far more would succeed.
    assert imitated.mean() < 0.2 < success.mean()
