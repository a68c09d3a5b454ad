import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.errors import LabelError
from models.labels import Labels as Checked
from models.matrix import matrix
from models.readiness import ReadinessSettings
from tests.lib.labels import Labels, labels
from training.search import Found, _folds, _loss, search


@pytest.fixture(scope="module")
def made() -> Labels:
    return labels(400, 7)


def found(made: Labels, trials: int) -> Found:
    return search(made.X, made.y, groups=made.groups, day=made.day, trials=trials)


def _checked(made: Labels) -> Checked:
    shuffled = np.random.default_rng(3).permutation(len(made.y))
    return Checked.checked(
        matrix(made.X.iloc[shuffled]),
        made.y.iloc[shuffled],
        made.groups.iloc[shuffled],
        made.day.iloc[shuffled],
    )


def test_the_defaults_are_the_first_trial(made: Labels) -> None:
    only = found(made, 1)
    assert only.settings == ReadinessSettings()
    assert only.log_loss == only.default_log_loss


def test_what_is_found_is_no_worse_and_the_same_each_time(made: Labels) -> None:
    first, second = found(made, 4), found(made, 4)
    assert first == second
    better = first.settings != ReadinessSettings()
    assert better == (first.log_loss < first.default_log_loss)
    # What is told of the settings is what they give.
    again = [
        _loss(early, late, first.settings, 1, CATALOGUE) for early, late in _folds(_checked(made))
    ]
    assert np.mean(again) == pytest.approx(first.log_loss)


def test_parts_are_judged_by_those_before_them(made: Labels) -> None:
    folds = list(_folds(_checked(made)))
    assert len(folds) == 3
    for early, late in folds:
        assert early.days.max() < late.days.min()
        assert not np.isin(early.groups, late.groups).any()
    assert sum(len(late) for _, late in folds) == 300


def test_too_few_labels_are_refused() -> None:
    few = labels(60, 3)
    with pytest.raises(LabelError):
        found(few, 1)
