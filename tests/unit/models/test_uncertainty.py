"""What estimates say of their own uncertainty, on invented people whose outcomes are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from features.catalogue import CATALOGUE
from features.errors import ArtefactError, LabelError
from models.matrix import matrix
from models.readiness import ReadinessModel, ReadinessSettings
from models.uncertainty import FEW, FLAGS, OLD, THIN, UNDECIDED, UNLIKE, WIDE, Doubts, Flag, widened
from tests.lib.labels import Labels, candidates, labels

SETTINGS = ReadinessSettings(n_trees=30, n_bags=5)


def fit(made: Labels, **others: Any) -> ReadinessModel:
    told: dict[str, Any] = {"groups": made.groups, "day": made.day, "settings": SETTINGS}
    told |= others
    return ReadinessModel.fit(made.X, made.y, **told)


def flagged(doubts: Doubts, flag: Flag) -> np.ndarray:
    return doubts.flags[:, FLAGS.index(flag)]


@pytest.fixture(scope="module")
def made() -> Labels:
    return labels(2000, 7)


@pytest.fixture(scope="module")
def model(made) -> ReadinessModel:
    return fit(made, background=candidates(400, 5))


@pytest.fixture(scope="module")
def later() -> Labels:
    return labels(3000, 99)


@pytest.fixture(scope="module")
def people(later) -> pd.DataFrame:
    """Whose evidence is neither thin nor old, and whose post is of a class with appointments."""
    return later.X.assign(requirement_coverage=0.9, years_since_assessment=1.0)


def test_every_interval_holds_its_estimate(model, people, later):
    doubts, p = model.doubts(people), model.probability(people)
    assert (doubts.low <= p).all()
    assert (p <= doubts.high).all()
    assert (doubts.low >= 0).all()
    assert (doubts.high <= 1).all()
    near = np.array_split(np.argsort(p), 8)
    known = expit(later.logit)
    held = [doubts.low[n].mean() <= known[n].mean() <= doubts.high[n].mean() for n in near]
    assert sum(held) >= 7


def test_sets_hold_the_outcome_nine_times_in_ten_within_each_outcome(model, people, later):
    doubts = model.doubts(people)
    for outcome, held in ((0, doubts.may_fail), (1, doubts.may_succeed)):
        of_outcome = held[later.y == outcome]
        # A hundred failures were kept apart: what they hold of others wavers by chance.
        assert 0.82 < of_outcome.mean() < 0.97


def hull(model: ReadinessModel, X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """From the lowest to the highest of the estimate, its Venn-Abers ends and the bags."""
    told = model.uncertainty
    assert told is not None
    assert told.bags is not None
    assert told.interval is not None
    rows = matrix(X)
    bagged = [expit(model.calibration.logit(one)) for one in told.bags.logits(rows)]
    ends = [*told.interval.interval(model.blend_logit(rows)), model.probability(X), *bagged]
    return np.min(ends, axis=0), np.max(ends, axis=0)


def test_ordinary_people_have_the_interval_of_calibration_rows_and_bags(model, people):
    doubts, (low, high) = model.doubts(people), hull(model, people)
    plain = ~flagged(doubts, UNLIKE)
    assert plain.mean() > 0.94
    np.testing.assert_array_equal(doubts.low[plain], low[plain])
    np.testing.assert_array_equal(doubts.high[plain], high[plain])


def test_unfamiliar_people_have_wider_intervals_never_narrower_ones(model, people):
    strange = people.assign(years_in_service=78.0, years_in_class=0.0)
    doubts, (low, high) = model.doubts(strange), hull(model, strange)
    assert flagged(doubts, UNLIKE).mean() > 0.95
    assert (doubts.low <= low).all()
    assert (doubts.high >= high).all()
    is_wider = doubts.high - doubts.low > 1.5 * (high - low)
    assert is_wider[flagged(doubts, UNLIKE)].mean() > 0.9


@pytest.mark.parametrize(
    ("flag", "column", "fine", "bad"),
    [
        (THIN, "requirement_coverage", 0.6, 0.59),
        (THIN, "requirement_coverage", 1.0, np.nan),
        (OLD, "years_since_assessment", 3.0, 3.01),
        (OLD, "years_since_assessment", 0.0, np.nan),
    ],
)
def test_thin_or_old_evidence_is_flagged_and_widens(model, people, flag, column, fine, bad):
    few = people.head(200)
    good, poor = (
        model.doubts(few.assign(**{column: fine})),
        model.doubts(few.assign(**{column: bad})),
    )
    assert not flagged(good, flag).any()
    assert flagged(poor, flag).all()
    assert poor.abstains.all()
    low, high = hull(model, few.assign(**{column: bad}))
    assert (poor.low <= low).all()
    assert (poor.high >= high).all()
    assert (poor.high - poor.low > 1.5 * (high - low)).mean() > 0.9


def test_what_an_agency_does_not_keep_is_nobody_s_gap(made, people):
    unkept = made.X.assign(requirement_coverage=np.nan, years_since_assessment=np.nan)
    bare = fit(replace(made, X=unkept), settings=replace(SETTINGS, n_bags=0))
    doubts = bare.doubts(people.assign(requirement_coverage=np.nan, years_since_assessment=np.nan))
    assert not flagged(doubts, THIN).any()
    assert not flagged(doubts, OLD).any()
    assert flagged(doubts, UNLIKE).mean() < 0.06


def test_a_class_with_few_appointments_is_flagged_and_one_never_seen_is_unfamiliar(made, people):
    # 25 appointments of the class 9, all among those learnt from; none of the class 8.
    steps = np.full(2000, 3.0)
    steps[:25] = 9.0
    known = fit(replace(made, X=made.X.assign(post_step=steps)))
    few = people.head(100)
    rare = known.doubts(few.assign(post_step=9.0))
    assert flagged(rare, FEW).all()
    common = known.doubts(few.assign(post_step=3.0))
    assert not flagged(common, FEW).any()
    for never in (8.0, np.nan):
        unseen = known.doubts(few.assign(post_step=never))
        assert flagged(unseen, UNLIKE).all()
        assert flagged(unseen, FEW).all()
        assert (unseen.column == CATALOGUE.names.index("post_step")).all()


def test_wide_intervals_and_undecided_sets_are_flagged(model, people):
    doubts = model.doubts(people)
    np.testing.assert_array_equal(flagged(doubts, WIDE), doubts.high - doubts.low > 0.25)
    may_fail, may_succeed = model.uncertainty.sets.sets(model.blend_logit(matrix(people)), 0.8)
    np.testing.assert_array_equal(flagged(doubts, UNDECIDED), may_fail & may_succeed)
    assert 0 < flagged(doubts, UNDECIDED).mean() < 1
    np.testing.assert_array_equal(doubts.abstains, doubts.flags.any(axis=1))
    one = int(np.argmax(doubts.flags.sum(axis=1)))
    assert {flag.name for flag in doubts.flags_of(one)} == {
        flag.name for flag, holds in zip(FLAGS, doubts.flags[one], strict=True) if holds
    }


def test_uncertainty_changes_no_estimate_and_no_order(made, model, people):
    plain = fit(made, settings=replace(SETTINGS, tells_uncertainty=False))
    np.testing.assert_array_equal(plain.probability(people), model.probability(people))
    with pytest.raises(ArtefactError, match="without its uncertainty"):
        plain.doubts(people)


def test_bands_of_a_list_go_by_the_bags(model, people):
    order = np.argsort(-model.probability(people), kind="stable")[::100]
    doubts, bands = model.shown(people.iloc[order])
    assert bands is not None
    assert bands[0] == 1
    assert set(np.diff(bands)) <= {0, 1}
    assert 1 < bands[-1] < len(order)
    assert len(doubts.low) == len(order)


def test_a_row_alone_is_doubted_as_in_a_list(model, people):
    batch = model.doubts(people.head(60))
    for n in range(0, 60, 5):
        one = model.doubts(people.iloc[[n]])
        for name in ("low", "high", "may_fail", "may_succeed", "column"):
            assert getattr(one, name)[0] == getattr(batch, name)[n]
        assert one.flags[0].tolist() == batch.flags[n].tolist()


def test_where_all_kept_apart_came_out_alike_nothing_is_shut_out(made):
    # Of groups kept apart nobody succeeded: the share is chosen, since no failures can be spared.
    y = made.y.copy()
    y[1400:] = 0
    alike = fit(
        replace(made, y=y),
        settings=replace(SETTINGS, n_bags=0, kept_apart_failures=10_000),
    )
    doubts = alike.doubts(made.X.head(50))
    assert doubts.may_fail.all()
    assert doubts.may_succeed.all()
    assert flagged(doubts, UNDECIDED).all()


@pytest.mark.parametrize("planted", [3.25, np.nan])
def test_a_feature_of_one_value_or_none_is_borne_and_another_value_flagged(made, people, planted):
    odd = fit(
        replace(made, X=made.X.assign(n_awards=planted)), settings=replace(SETTINGS, n_bags=0)
    )
    few = people.head(50)
    same, other = few.assign(n_awards=planted), few.assign(n_awards=60.0)
    assert np.isfinite(odd.probability(same)).all()
    assert np.isfinite(odd.probability(other)).all()
    assert flagged(odd.doubts(same), UNLIKE).mean() < 0.1
    assert flagged(odd.doubts(other), UNLIKE).all()
    assert (odd.doubts(other).column == CATALOGUE.names.index("n_awards")).all()


def test_fewer_labels_than_needed_and_one_class_are_refused_before_anything_is_told(made):
    with pytest.raises(LabelError, match="too few to learn from"):
        fit(labels(60, 7))
    with pytest.raises(LabelError, match="same outcome"):
        fit(replace(made, y=made.y * 0))


def test_widening_goes_both_ways_and_bears_ends_at_nought_and_one():
    low, high = widened(
        np.array([0.0, 0.4]), np.array([1.0, 0.6]), np.array([0.7, 0.5]), np.array([2.0, 1.0])
    )
    assert low.tolist() == [0.0, 0.4]
    assert high.tolist() == [1.0, 0.6]


def test_nobody_has_no_doubts(model, people):
    doubts, bands = model.shown(people.head(0))
    assert len(doubts.low) == len(doubts.abstains) == len(bands) == 0
