import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from features.errors import CatalogueError, LabelError, ProtectedAttributeError
from models.misclassified import LabelRates
from models.readiness import ReadinessClassifier

FAMILIES = ("hukum", "kesehatan", "teknis")


def table(n: int = 600, seed: int = 7) -> tuple[pd.DataFrame, np.ndarray]:
    """Appointments of invented people: a gap, years, a family; a fifth of the gaps unknown."""
    rng = np.random.default_rng(seed)
    gap, years = rng.normal(size=n), rng.uniform(0, 20, n)
    family = rng.choice(FAMILIES, size=n)
    z = 1.5 * gap + 0.8 * (family == "hukum") + 0.3
    success = rng.random(n) < 1 / (1 + np.exp(-z))
    gap = np.where(rng.random(n) < 0.2, np.nan, gap)
    return pd.DataFrame({"gap": gap, "years": years, "family": family}), success.astype(int)


def test_it_keeps_the_contract_of_estimators() -> None:
    model = ReadinessClassifier(fewest_per_class=1, n_trees=5)
    state = np.random.get_state()
    results = check_estimator(model, on_skip=None)
    np.random.set_state(state)  # the checks draw from it
    skipped = {one["check_name"] for one in results if one["status"] == "skipped"}
    # Arrays of other libraries than numpy are not promised.
    assert skipped <= {"check_array_api_input"}


def test_numbers_and_categories_are_learnt_from() -> None:
    X, y = table()
    model = ReadinessClassifier(monotone={"gap": 1}).fit(X, y)
    better = X.assign(gap=X["gap"].fillna(0) + 1)
    told = model.predict_proba(X.assign(gap=X["gap"].fillna(0)))[:, 1]
    more = model.predict_proba(better)[:, 1]
    assert (more >= told).all()
    assert more.mean() > told.mean() + 0.05
    lawyers, engineers = (
        model.predict_proba(X.assign(family=one))[:, 1].mean() for one in ("hukum", "teknis")
    )
    assert lawyers > engineers + 0.02


def test_a_family_never_seen_is_missing_and_told() -> None:
    X, y = table()
    model = ReadinessClassifier().fit(X, y)
    strange, unknown = X.assign(family="kelautan"), X.assign(family=None)
    assert model.unseen(strange).all()
    assert not model.unseen(unknown).any()
    assert not model.unseen(X).any()
    np.testing.assert_array_equal(model.predict_proba(strange), model.predict_proba(unknown))


def test_missing_is_no_gap_of_nought() -> None:
    X, y = table()
    model = ReadinessClassifier().fit(X, y)
    missing, nought = (model.predict_proba(X.assign(gap=one))[:, 1] for one in (np.nan, 0.0))
    assert np.abs(missing - nought).max() > 0.02


@pytest.mark.parametrize("filled", [np.nan, 3.0])
def test_from_a_column_that_tells_nothing_nothing_is_learnt(filled: float) -> None:
    X, y = table()
    model = ReadinessClassifier().fit(X.assign(nothing=filled), y)
    told = model.predict_proba(X.assign(nothing=filled))[:, 1]
    assert np.ptp(told) > 0.3
    np.testing.assert_array_equal(told, model.predict_proba(X.assign(nothing=99.0))[:, 1])


def test_order_of_rows_changes_nothing() -> None:
    X, y = table(300)
    order = np.random.default_rng(3).permutation(len(X))
    first = ReadinessClassifier().fit(X, y).predict_proba(X)
    second = ReadinessClassifier().fit(X.iloc[order], y[order]).predict_proba(X)
    np.testing.assert_array_equal(first, second)
    with pytest.raises(LabelError, match="another order"):
        ReadinessClassifier().fit(X, pd.Series(y).iloc[order])


def test_titles_with_commas_and_numbers_of_any_type_are_taken() -> None:
    X, y = table()
    odd = X.assign(
        family=X["family"].map(lambda one: f'Kepala Biro "{one}", [umum]: satu'),
        years=[Decimal(str(round(one, 3))) for one in X["years"]],
    )
    told, plain = (ReadinessClassifier().fit(one, y).predict_proba(one)[:, 1] for one in (odd, X))
    # Names decide which columns a tree draws first, and nothing else.
    assert np.corrcoef(told, plain)[0, 1] > 0.99


@pytest.mark.parametrize("name", ["sex", "Usia", "tanggal_lahir"])
def test_protected_attributes_are_refused_by_name(name: str) -> None:
    X, y = table()
    with pytest.raises(ProtectedAttributeError, match=name):
        ReadinessClassifier().fit(X.assign(**{name: 1.0}), y)


def test_of_somebody_unknown_the_interval_shuts_out_nothing() -> None:
    X, y = table()
    model = ReadinessClassifier().fit(X, y)
    nobody = pd.DataFrame({"gap": [np.nan], "years": [np.nan], "family": [None]})
    for asked in (nobody, X.head(1).assign(family="kelautan")):
        low, high = model.predict_interval(asked)
        assert (low[0], high[0]) == (0.0, 1.0)
    low, high = model.predict_interval(X)
    assert (high - low).max() < 1


def test_too_few_labels_are_refused() -> None:
    X, y = table()
    few = np.flatnonzero(y == 0)[:29].tolist() + np.flatnonzero(y == 1).tolist()
    with pytest.raises(LabelError, match="29 labels of one class"):
        ReadinessClassifier().fit(X.iloc[few], y[few])


def test_one_class_is_refused() -> None:
    X, y = table()
    with pytest.raises(LabelError, match="one class"):
        ReadinessClassifier().fit(X[y == 1], y[y == 1])


def test_an_unknown_outcome_is_refused_without_interviews() -> None:
    X, y = table()
    with pytest.raises(LabelError, match="not known"):
        ReadinessClassifier().fit(X, np.where(np.arange(len(y)) == 3, np.nan, y))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda X: X.drop(columns="gap"), "eature names|absent"),
        (lambda X: X.assign(rank=40), "unseen|unknown"),
        (lambda X: X[["years", "gap", "family"]], "order"),
        (lambda X: X.assign(gap=np.inf), "infinite"),
        (lambda X: X.assign(gap="much"), "not numbers"),
    ],
)
def test_another_table_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    X, y = table()
    model = ReadinessClassifier().fit(X, y)
    with pytest.raises(ValueError, match=said):
        model.predict_proba(change(X))


def test_a_direction_for_no_number_is_refused() -> None:
    X, y = table()
    with pytest.raises(CatalogueError, match="direction"):
        ReadinessClassifier(monotone={"family": 1}).fit(X, y)


def interviews(
    n_vacancies: int = 900, seed: int = 3
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pools of six, of whom three are heard and the best heard is appointed; truth is known."""
    rng = np.random.default_rng(seed)
    n = 6 * n_vacancies
    vacancy = np.repeat(np.arange(n_vacancies), 6)
    record, hidden = rng.normal(size=n), rng.normal(size=n)
    p = 1 / (1 + np.exp(-(record + hidden - 0.5)))
    leniency = rng.normal(size=n_vacancies)[vacancy]
    heard = 10 * (record + hidden) + leniency + rng.normal(size=n)
    place = pd.Series(record).groupby(vacancy).rank(ascending=False)
    score = np.where(place <= 3, heard, np.nan)
    appointed = pd.Series(np.nan_to_num(score, nan=-1e9)).groupby(vacancy).rank(ascending=False)
    outcome = np.where(appointed == 1, rng.random(n) < p, np.nan)
    return pd.DataFrame({"record": record, "noise": rng.normal(size=n)}), outcome, score, vacancy, p


def test_interviews_of_all_tell_of_those_not_appointed() -> None:
    X, outcome, score, vacancy, p = interviews()
    X_new, _, _, _, p_new = interviews(seed=4)
    model = ReadinessClassifier(monotone={"record": 1})
    two = clone(model).fit(X, outcome, groups=vacancy, panel_score=score)
    appointed = ~np.isnan(outcome)
    one = clone(model).fit(X[appointed], outcome[appointed])
    assert two.selection_ == "recorded"
    assert one.selection_ == "not identified"
    away = two.predict_proba(X_new)[:, 1].mean() - p_new.mean()
    away_of_one = one.predict_proba(X_new)[:, 1].mean() - p_new.mean()
    assert abs(away) < 0.06
    assert away_of_one > 0.12
    may_fail, may_succeed = two.predict_set(X_new)
    happened = np.random.default_rng(5).random(len(p_new)) < p_new
    for outcome_of, covered in ((happened, may_succeed), (~happened, may_fail)):
        assert 0.86 < covered[outcome_of].mean() < 0.95
    assert two.model_.panels_knew_more


def test_interviews_without_vacancies_are_refused() -> None:
    X, outcome, score, _, _ = interviews(60)
    with pytest.raises(LabelError, match="without vacancies"):
        ReadinessClassifier().fit(X, outcome, panel_score=score)


def test_an_outcome_without_a_score_is_refused() -> None:
    X, outcome, score, vacancy, _ = interviews(60)
    outcome[np.flatnonzero(np.isnan(score))[0]] = 1
    with pytest.raises(LabelError, match="no interview score"):
        ReadinessClassifier().fit(X, outcome, groups=vacancy, panel_score=score)


def test_an_interval_holds_the_estimate() -> None:
    X, y = table(1500)
    model = ReadinessClassifier().fit(X, y)
    low, high = model.predict_interval(X)
    told = model.predict_proba(X)[:, 1]
    assert ((low <= told) & (told <= high)).all()
    assert 0 < (high - low).mean() < 0.4


def test_rates_correct_what_the_label_hides() -> None:
    rng = np.random.default_rng(11)
    gap = rng.normal(size=20_000)
    p = 1 / (1 + np.exp(-gap))
    success = rng.random(len(p)) < p
    stays = np.where(success, True, rng.random(len(p)) < 0.4)
    X = pd.DataFrame({"gap": gap})
    plain = ReadinessClassifier().fit(X, stays).predict_proba(X)[:, 1]
    corrected = ReadinessClassifier(rates=LabelRates(failure_shown=0.6)).fit(X, stays)
    assert plain.mean() - p.mean() > 0.15
    assert abs(corrected.predict_proba(X)[:, 1] - p).mean() < 0.04
    order = np.argsort(corrected.decision_function(X))
    assert (np.diff(corrected.predict_proba(X)[order, 1]) >= -1e-12).all()


PROGRAM = """
from tests.unit.models.test_classifier import interviews
from models.readiness import ReadinessClassifier
import hashlib
X, outcome, score, vacancy, _ = interviews(200)
model = ReadinessClassifier(num_threads=2, most_trees=50)
model.fit(X, outcome, groups=vacancy, panel_score=score)
text = model.model_.to_json() + model.model_.expected.text
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_another_process_makes_the_same_model() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told[0] == told[1]
    assert len(told[0].strip()) == 64
