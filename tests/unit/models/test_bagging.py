"""Bagged blends: draws of whole groups, the same whatever works at them, read back as written."""

import numpy as np
import pytest

from models.bagging import Bags, _drawn
from models.boosted import BoostingSettings
from models.labels import Labels
from models.matrix import matrix
from models.ranking import tie_bands
from tests.lib.labels import labels


def checked(n: int) -> Labels:
    made = labels(n, 7)
    return Labels.checked(matrix(made.X), made.y, made.groups, made.day)


def fit(known: Labels, n_bags: int, num_threads: int = 1, seed: int = 20) -> Bags:
    return Bags.fit(
        known,
        n_bags,
        scorecard_c=0.05,
        n_trees=12,
        boosting=BoostingSettings(seed=seed),
        num_threads=num_threads,
    )


@pytest.fixture(scope="module")
def known() -> Labels:
    return checked(400)


@pytest.fixture(scope="module")
def bags(known) -> Bags:
    return fit(known, 4)


def test_groups_are_drawn_as_a_whole_and_as_many_as_there_are(known):
    drawn = _drawn(known, 20, 0)
    sizes = dict(zip(*np.unique(known.groups, return_counts=True), strict=True))
    names, first, kept = np.unique(drawn.groups, return_index=True, return_counts=True)
    assert [sizes[name] for name in names] == kept.tolist()
    assert 0.5 < len(names) / len(sizes) < 0.75
    assert drawn.weight is not None
    for name in names:
        assert len(np.unique(drawn.weight[drawn.groups == name])) == 1
    times = drawn.weight[first] / drawn.weight.min()
    np.testing.assert_allclose(times, np.round(times), atol=1e-9)
    assert times.sum() == pytest.approx(len(sizes))


def test_weights_of_labels_count_in_a_draw(known):
    heavy = Labels(known.X, known.y, known.groups, known.days, 1.0 + (known.y == 0))
    drawn = _drawn(heavy, 20, 0)
    plain = _drawn(known, 20, 0)
    assert drawn.weight is not None
    assert plain.weight is not None
    ratio = drawn.weight / plain.weight
    assert ratio[drawn.y == 0].mean() == pytest.approx(2 * ratio[drawn.y == 1].mean())


def test_a_draw_of_one_outcome_is_drawn_again():
    # One group in four holds all failures: often it is not drawn.
    y = np.repeat([0.0, 1, 1, 1], 5)
    few = Labels(np.zeros((20, 2)), y, np.repeat(["a", "b", "c", "d"], 5), np.full(20, "2001"))
    assert all(len(np.unique(_drawn(few, 20, number).y)) == 2 for number in range(30))


def test_threads_change_nothing_and_the_seed_does(known, bags):
    again = fit(known, 4, num_threads=3)
    assert again.boosters_text() == bags.boosters_text()
    assert again.scorecards_json() == bags.scorecards_json()
    assert fit(known, 4, seed=21).boosters_text() != bags.boosters_text()


def test_bags_differ_from_each_other_and_the_first_are_those_of_fewer(known, bags):
    rows = known.X[:50]
    logits = bags.logits(rows)
    assert logits.shape == (4, 50)
    assert (np.std(logits, axis=0) > 0).all()
    np.testing.assert_array_equal(fit(known, 2).logits(rows), logits[:2])


def test_bags_are_read_back_as_they_were_written(known, bags):
    again = Bags.from_texts(bags.boosters_text(), bags.scorecards_json())
    assert len(again) == 4
    assert again.boosters_text() == bags.boosters_text()
    assert again.scorecards_json() == bags.scorecards_json()
    np.testing.assert_array_equal(again.logits(known.X), bags.logits(known.X))


def test_a_band_ends_where_eight_in_ten_models_tell_its_first_apart():
    # Of ten models so many put the first above the one at each place.
    above = [10, 7, 8, 2, 8]
    bagged = np.array([[0.0] + [-1.0 if n < k else 1.0 for k in above[1:]] for n in range(10)])
    assert tie_bands(bagged[:, :2]).tolist() == [1, 1]
    assert tie_bands(bagged[:, [0, 2]]).tolist() == [1, 2]
    assert tie_bands(np.array([[5.0, 4.0, 3.0, 3.0]] * 20)).tolist() == [1, 2, 3, 3]


def test_bands_are_stretches_whose_members_are_tied_with_the_first():
    draw = np.random.default_rng(5)
    means = np.sort(draw.normal(size=40))[::-1]
    bagged = means + draw.normal(scale=0.6, size=(20, 40))
    bands = tie_bands(bagged)
    assert (np.diff(bands) >= 0).all()
    assert bands[0] == 1
    assert 3 < bands[-1] < 40
    for band in range(1, bands[-1] + 1):
        first, *others = np.flatnonzero(bands == band)
        for other in others:
            assert (bagged[:, first] > bagged[:, other]).mean() < 0.8
        if band < bands[-1]:
            after = np.flatnonzero(bands == band + 1)[0]
            assert (bagged[:, first] > bagged[:, after]).mean() >= 0.8
    # What stands below changes nothing above.
    np.testing.assert_array_equal(tie_bands(bagged[:, :15]), bands[:15])


def test_bands_of_nobody_and_of_one():
    assert tie_bands(np.empty((20, 0))).tolist() == []
    assert tie_bands(np.empty((20, 1))).tolist() == [1]
