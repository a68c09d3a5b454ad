"""Who is unlike all that was learnt from: by a value, a combination, an order, a gap, a name."""

import numpy as np
import pytest

from features.errors import LabelError
from models.unfamiliar import Unfamiliar

LEVEL, YEARS, SERVICE, ABSENT, FAMILY = range(5)


def people(n: int, seed: int) -> np.ndarray:
    """Level and rating go together, nobody is longer in a class than in service; three families."""
    draw = np.random.default_rng(seed)
    ability = draw.normal(size=n)
    service = draw.uniform(5, 35, n)
    rows = np.column_stack(
        [
            ability + 0.1 * draw.normal(size=n),
            service * draw.uniform(0.1, 1.0, n),
            service,
            np.full(n, np.nan),
            draw.integers(0, 3, n),
            ability + 0.1 * draw.normal(size=n),
            *draw.normal(size=(4, n)),
        ]
    )
    # The assessment of one in three is missing as a whole.
    rows[draw.random(n) < 1 / 3, 6:9] = np.nan
    return rows


@pytest.fixture(scope="module")
def fitted() -> Unfamiliar:
    return Unfamiliar.fit(people(1500, 1), people(1500, 2), categories=[FAMILY])


@pytest.fixture(scope="module")
def others() -> np.ndarray:
    return people(2000, 3)


def test_two_familiar_people_in_a_hundred_raise_an_alarm_at_most(fitted, others):
    assert 0.005 < fitted.judge(others).is_unfamiliar.mean() < 0.02 + 3 * (0.02 / 2000) ** 0.5


@pytest.mark.parametrize(
    ("column", "planted"),
    [
        (7, lambda rows: 20.0),  # a scale of its own
        (YEARS, lambda rows: rows[:, SERVICE] + 4),  # an order broken
        (ABSENT, lambda rows: 0.0),  # what nobody has
        (SERVICE, lambda rows: np.nan),  # missing where it never was
        (FAMILY, lambda rows: 7.0),  # never seen
        (FAMILY, lambda rows: 1.5),  # never seen, between two that were
        (FAMILY, lambda rows: np.nan),
    ],
)
def test_what_never_was_is_caught_and_named(fitted, others, column, planted):
    rows = others.copy()
    rows[:, column] = planted(rows)
    found = fitted.judge(rows)
    assert found.is_unfamiliar.mean() > 0.95
    assert (found.column == column).mean() > 0.9


def test_two_ordinary_values_that_never_went_together_are_caught(fitted, others):
    rows = others.copy()
    rows[:, LEVEL], rows[:, 5] = 1.5, -1.5
    assert fitted.judge(rows).is_unfamiliar.mean() > 0.95
    rows[:, 5] = 1.5
    assert fitted.judge(rows).is_unfamiliar.mean() < 0.1


def test_a_block_of_gaps_is_familiar_and_a_gap_within_it_is_not(fitted, others):
    rows = others.copy()
    rows[:, 6:9] = np.nan
    assert fitted.judge(rows).is_unfamiliar.mean() < 0.04
    rows[:, 6:9] = [0.1, np.nan, 0.1]
    assert fitted.judge(rows).is_unfamiliar.mean() > 0.95


def test_comparable_are_the_rows_of_the_same_category(fitted, others):
    rows = others[:4].copy()
    rows[:, FAMILY] = [0, 1, 2, 9]
    known = people(1500, 1)[:, FAMILY]
    expected = [(known == family).sum() for family in (0, 1, 2, 9)]
    assert fitted.judge(rows).n_comparable.tolist() == expected
    plain = Unfamiliar.fit(people(200, 1)[:, 5:], people(200, 2)[:, 5:])
    assert plain.judge(others[:3, 5:]).n_comparable.tolist() == [200] * 3


def test_a_value_that_candidates_often_have_is_familiar_though_no_one_learnt_from_had_it():
    learnt, kept_apart = people(1000, 1), people(1000, 2)
    learnt[:, 9], kept_apart[:, 9] = 0.0, np.arange(1000) % 5 == 0
    fitted = Unfamiliar.fit(learnt, kept_apart, categories=[FAMILY])
    rows = people(1000, 3)
    rows[:, 9] = 1.0
    assert fitted.judge(rows).is_unfamiliar.mean() < 0.1
    rows[:, 9], rows[:, 7] = 0.0, 5.0
    assert fitted.judge(rows).is_unfamiliar.mean() > 0.95


def test_a_row_alone_is_judged_as_in_a_batch(fitted, others):
    batch = fitted.judge(others).score
    assert [fitted.judge(others[[n]]).score[0] for n in range(60)] == batch[:60].tolist()


def test_what_is_stored_judges_alike(fitted, others):
    text = fitted.to_json()
    again = Unfamiliar.from_json(text)
    assert again.to_json() == text
    for name in ("score", "column", "n_comparable"):
        expected = getattr(fitted.judge(others), name)
        np.testing.assert_array_equal(getattr(again.judge(others), name), expected)


def test_small_tables_and_constant_columns_are_borne():
    learnt = np.ones((12, 3))
    found = Unfamiliar.fit(learnt, learnt[:2]).judge(np.array([[1.0, 1, 1], [1, 5, 1]]))
    assert found.is_unfamiliar.tolist() == [False, True]
    assert found.column.tolist() == [-1, 1]


@pytest.mark.parametrize(("n", "m"), [(0, 5), (5, 0)])
def test_nothing_is_familiar_without_rows(n, m):
    with pytest.raises(LabelError, match="rows kept apart"):
        Unfamiliar.fit(people(n, 1), people(m, 2))
