import numpy as np
import pandas as pd
import pytest

from models.selection import Propensity
from tests.lib.labels import candidates


@pytest.fixture(scope="module")
def pools() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Many vacancies of five or fifteen people: whoever has most years in the fields is chosen."""
    sizes = [5, 15] * 100
    X = candidates(sum(sizes), 4)
    vacancy = pd.Series(np.repeat([f"vacancy-{k}" for k in range(200)], sizes))
    most = X["years_in_fields"].groupby(vacancy).transform("max")
    return X, X["years_in_fields"] == most, vacancy


@pytest.fixture(scope="module")
def propensity(pools) -> Propensity:
    X, is_appointed, vacancy = pools
    return Propensity.fit(X, is_appointed, vacancy=vacancy)


def test_propensity_learns_whom_past_panels_chose(propensity):
    later = candidates(200, 77)
    score = pd.Series(propensity.score(later)).rank()
    assert score.corr(later["years_in_fields"].rank()) > 0.7


def test_propensity_compares_people_within_their_vacancy_alone(pools, propensity):
    # Where one vacancy ends and the next begins is what counts, not what they are called.
    X, is_appointed, vacancy = pools
    in_one_pool = Propensity.fit(X, is_appointed, vacancy=pd.Series("one", index=vacancy.index))
    assert not np.array_equal(in_one_pool.score(X), propensity.score(X))
    named_again = vacancy.map(lambda name: int(name.removeprefix("vacancy-")) % 2)
    again = Propensity.fit(X, is_appointed, vacancy=named_again)
    np.testing.assert_array_equal(again.score(X), propensity.score(X))


def test_propensity_is_the_same_from_the_same_rows_and_seed(pools, propensity):
    X, is_appointed, vacancy = pools
    again = Propensity.fit(X.iloc[:, ::-1], is_appointed, vacancy=vacancy)
    np.testing.assert_array_equal(again.score(X), propensity.score(X))


def test_propensity_of_nobody_is_empty(propensity):
    assert propensity.score(candidates(3, 1).iloc[:0]).shape == (0,)
