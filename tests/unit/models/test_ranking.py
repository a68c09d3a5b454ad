import pytest

from models.ranking import ranking


def test_ranking_puts_the_readiest_first():
    got = ranking(["a", "b", "c"], [0.2, 0.9, 0.5])
    assert got["person_id"].tolist() == ["b", "c", "a"]
    assert got["position"].tolist() == [1, 2, 3]
    assert got["readiness"].tolist() == [0.9, 0.5, 0.2]


def test_ranking_shares_a_position_and_leaves_the_next_free():
    got = ranking(["d", "c", "b", "a"], [0.5, 0.9, 0.5, 0.1])
    assert got["person_id"].tolist() == ["c", "b", "d", "a"]
    assert got["position"].tolist() == [1, 2, 2, 4]


def test_ranking_does_not_depend_on_the_order_of_the_rows():
    forwards = ranking(["a", "b", "c"], [0.5, 0.5 + 1e-13, 0.5])
    backwards = ranking(["c", "b", "a"], [0.5, 0.5 + 1e-13, 0.5])
    assert forwards["person_id"].tolist() == backwards["person_id"].tolist() == ["a", "b", "c"]
    assert forwards["position"].tolist() == [1, 1, 1]


def test_ranking_tells_apart_what_differs_by_more_than_rounding():
    assert ranking(["a", "b"], [0.5, 0.5 + 1e-11])["position"].tolist() == [1, 2]


def test_ranking_does_not_let_a_tie_creep_along_a_chain():
    # Each is level with its neighbour, but the third is not level with the first.
    step = 0.8e-12
    got = ranking(["a", "b", "c"], [0.5, 0.5 - step, 0.5 - 2 * step])
    assert got["position"].tolist() == [1, 1, 3]


def test_ranking_of_nobody_is_empty():
    assert len(ranking([], [])) == 0


def test_ranking_refuses_a_person_twice():
    with pytest.raises(ValueError, match="ranked twice"):
        ranking(["a", "a"], [0.1, 0.2])


def test_ranking_refuses_a_missing_estimate():
    with pytest.raises(ValueError, match="without an estimate"):
        ranking(["a", "b"], [0.1, float("nan")])


def test_ranking_refuses_different_lengths():
    with pytest.raises(ValueError, match="same length"):
        ranking(["a", "b"], [0.1])
