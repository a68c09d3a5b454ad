"""Weights of labels, against a Kaplan-Meier that is worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from tests.unit.training.test_labels import PLAIN, outcomes, plain
from training.censoring import FEWEST_OF_CLASS, HEAVIEST, still_observed, weights

# Ten begin. Lost on day 5, 8 and 8, and 20; settled on day 5, 8, 12, and three at the end, day 30.
SETTLED = np.array([5, 5, 8, 8, 8, 12, 20, 30, 30, 30])
LOST = np.array([True, False, True, True, False, False, True, False, False, False])
# Day 5: who is settled on it comes first, so 1 of 9 is lost. Day 8: 2 of 7. Day 20: 1 of 4.
AFTER_5 = Fraction(8, 9)
AFTER_8 = AFTER_5 * Fraction(5, 7)
AFTER_20 = AFTER_8 * Fraction(3, 4)
ONE_CLASS = np.array(["head"] * 10)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(0, 1), (5, 1), (6, AFTER_5), (8, AFTER_5), (9, AFTER_8), (20, AFTER_8), (21, AFTER_20)],
)
def test_chance_of_being_observed_falls_behind_the_days_on_which_somebody_is_lost(day, expected):
    (found,) = still_observed(SETTLED, LOST, np.array([day]))
    assert found == pytest.approx(float(expected), rel=1e-12)


def test_a_label_weighs_one_over_the_chance_that_it_was_not_lost():
    found = weights(SETTLED, LOST, ONE_CLASS)
    expected = [1, 1 / AFTER_5, 1 / AFTER_8, *[1 / AFTER_20] * 3]
    assert found[~LOST] == pytest.approx([float(one) for one in expected], rel=1e-12)
    assert np.isnan(found[LOST]).all()


def test_labels_stand_for_all_who_began():
    assert np.nansum(weights(SETTLED, LOST, ONE_CLASS)) == pytest.approx(10, rel=1e-12)
    draw = np.random.default_rng(3)
    settled, lost = draw.integers(1, 700, 900), draw.random(900) < 0.3
    settled[:50], lost[:50] = 730, False
    assert np.nansum(weights(settled, lost, np.array(["head"] * 900))) == pytest.approx(900)


def test_where_nothing_is_lost_every_weight_is_one():
    found = weights(SETTLED, np.zeros(10, dtype=bool), ONE_CLASS)
    assert found.tolist() == [1.0] * 10
    assert weights(SETTLED[:0], LOST[:0], ONE_CLASS[:0]).tolist() == []


def test_no_label_weighs_more_than_ten():
    settled = np.append(np.arange(1, 31), [40])
    lost = np.append(np.ones(30, dtype=bool), [False])
    assert still_observed(settled, lost, np.array([40]))[0] < 1 / HEAVIEST
    assert weights(settled, lost, np.array(["head"] * 31))[-1] == HEAVIEST


@pytest.mark.parametrize(
    ("n", "has_its_own"), [(FEWEST_OF_CLASS - 1, False), (FEWEST_OF_CLASS, True)]
)
def test_a_class_has_a_curve_of_its_own_from_200_appointments_on(n, has_its_own):
    # Half of the heads are lost on the first day, and none of the clerks.
    settled = np.append(np.where(np.arange(n) % 2, 1, 730), [730] * n)
    lost = np.append(np.arange(n) % 2 == 1, np.zeros(n, dtype=bool))
    found = weights(settled, lost, np.array(["head"] * n + ["clerk"] * n))
    pooled = 2 * n / (2 * n - n // 2)
    assert found[0] == pytest.approx(n / (n - n // 2) if has_its_own else pooled)
    assert found[-1] == pytest.approx(1.0 if has_its_own else pooled)


CAREERS = """
    person  | post  | start_on   | end_on     | end_reason | kind
    gone    | clerk | 2010-01-01 | 2010-02-01 | died       | definitive
    fails   | clerk | 2010-01-01 | 2010-01-20 | moved      | definitive
    fails_2 | clerk | 2010-01-01 | 2010-06-01 | moved      | definitive
    stays   | clerk | 2010-01-01 | -          | -          | definitive
    acts    | clerk | 2010-01-01 | 2010-02-01 | died       | acting
    acts_2  | clerk | 2010-01-01 | -          | -          | acting
    open    | clerk | 2014-06-01 | 2014-07-01 | died       | definitive
    voided  | clerk | 2005-01-01 | 2005-02-01 | died       | definitive
    zoe     | chief | 1990-01-01 | 2005-09-01 | -          | definitive
"""


def test_weights_are_of_definitive_appointments_whose_window_is_over_and_was_not_taken_whole():
    rule = plain(censored_by_reason=("died",), censored_by_end_of=("chief",))
    rows = outcomes(CAREERS, label=rule).set_index("person_id")
    # Gone is one of four who were there on their 31st day; fails left before.
    expected = {"fails": 1.0, "fails_2": 4 / 3, "stays": 4 / 3, "zoe": 4 / 3}
    assert rows["weight"].dropna().to_dict() == pytest.approx(expected)


def test_without_reasons_that_excuse_nobody_is_lost():
    rows = outcomes(CAREERS, label=PLAIN)
    assert rows.loc[rows["state"] == "matured", "weight"].dropna().eq(1).all()
