from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.catalogue import CATALOGUE
from features.errors import CatalogueError
from models.matrix import matrix
from tests.lib.labels import candidates


def frame(**columns: Any) -> pd.DataFrame:
    """Two rows of zeros in every feature, except for the columns named."""
    return pd.DataFrame({**{name: [0.0, 0.0] for name in CATALOGUE.names}, **columns})


def test_matrix_has_the_columns_in_catalogue_order():
    people = candidates(5, 1)
    shuffled = people[CATALOGUE.names[::-1]]
    np.testing.assert_array_equal(matrix(shuffled), people.to_numpy())


def test_matrix_leaves_missing_missing():
    got = matrix(frame(years_in_post=[np.nan, 2.0]))
    column = got[:, CATALOGUE.names.index("years_in_post")]
    assert np.isnan(column[0])
    assert column[1] == 2.0


def test_matrix_reads_a_nullable_column():
    values = pd.array([None, 3], dtype="Int64")
    got = matrix(frame(n_moves=values))[:, CATALOGUE.names.index("n_moves")]
    assert np.isnan(got[0])
    assert got[1] == 3.0


def test_matrix_takes_constant_and_empty_columns():
    got = matrix(frame(n_moves=[np.nan, np.nan]))
    assert got.shape == (2, len(CATALOGUE.names))


def test_matrix_of_nobody_has_no_rows():
    assert matrix(frame().iloc[:0]).shape == (0, len(CATALOGUE.names))


def test_matrix_does_not_share_memory_with_the_frame():
    people = frame()
    matrix(people)[:] = 9.0
    assert (people.to_numpy() == 0.0).all()


@pytest.mark.parametrize("name", ["sex", "political_background", "nip", "shoe_size"])
def test_matrix_refuses_what_the_catalogue_does_not_know(name):
    with pytest.raises(CatalogueError, match=f"does not know: {name}"):
        matrix(frame(**{name: [1.0, 0.0]}))


def test_matrix_refuses_an_absent_feature():
    with pytest.raises(CatalogueError, match="features are absent: n_moves, post_step"):
        matrix(frame().drop(columns=["post_step", "n_moves"]))


def test_matrix_refuses_a_feature_in_two_columns():
    people = frame()
    twice = pd.concat([people, people[["n_moves"]]], axis=1)
    with pytest.raises(CatalogueError, match="two columns"):
        matrix(twice)


def test_matrix_refuses_text():
    with pytest.raises(CatalogueError, match="feature n_moves: values are not numbers"):
        matrix(frame(n_moves=["1", "2"]))


def test_matrix_refuses_an_infinite_value_without_telling_it():
    with pytest.raises(CatalogueError, match="feature n_moves: a value is infinite") as refused:
        matrix(frame(n_moves=[1.0, -np.inf]))
    assert "-inf" not in str(refused.value)
