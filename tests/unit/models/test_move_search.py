import numpy as np
import pandas as pd
import pytest

from models import move_search
from models.careers import CareerRecord, destinations, positions
from models.move_search import GRID, move_metrics, placings, rolling_origin_search
from models.transitions import Factored, FactoredSettings
from tests.lib.moves import CLOSURES, SPELLS, table


def test_placings_are_expectations_over_the_order_of_the_tied():
    chances = np.array([[0.4, 0.2, 0.2, 0.2], [0.25] * 4, [0.1, 0.2, 0.3, 0.4]])
    got = placings(chances, np.array([2, 0, 3]))
    # Second to fourth, first to fourth, first.
    assert got["mrr"].tolist() == pytest.approx([13 / 36, 25 / 48, 1.0])
    assert got["hit1"].tolist() == [0.0, 0.25, 1.0]
    assert got["hit5"].tolist() == got["hit10"].tolist() == [1.0, 1.0, 1.0]


def test_placings_among_many_alike_count_a_hit_by_its_chance():
    got = placings(np.array([[2.0] * 4 + [1.0] * 8]), np.array([7])).iloc[0]
    assert (got["hit1"], got["hit5"], got["hit10"]) == (0.0, 1 / 8, 6 / 8)


def test_placings_see_a_tie_through_rounding():
    got = placings(np.array([[0.1 + 0.2, 0.3, 0.4]]), np.array([1])).iloc[0]
    assert got["mrr"] == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_move_metrics_by_hand():
    chances = np.array([[0.5, 0.25, 0.125, 0.125], [0.25, 0.5, 0.125, 0.125]])
    got = move_metrics(chances, np.array([0, 0]))
    assert got["mrr"] == pytest.approx((1 + 1 / 2) / 2)
    assert (got["hit1"], got["hit5"], got["hit10"]) == (0.5, 1.0, 1.0)
    assert got["perplexity"] == pytest.approx(8**0.5)


SMALL_GRID = {"shrinkage": (1.0, 10.0), "ridge": (1.0, 5.0)}


def test_search_looks_at_nothing_dated_on_the_day_or_later():
    day = pd.Timestamp.fromisoformat("2006-01-01")
    options = {"n_origins": 2, "years": 2, "grid": SMALL_GRID}
    later = table("""
        person_id | on         | organisation | step | sequence
        1         | 2006-01-01 | Ice          | 1    | 10
        2         | 2007-01-01 | Air          | 3    | 11
    """)
    closed = table("""
        organisation | closed_on
        Land         | 2006-01-01
    """)
    ours = rolling_origin_search(SPELLS[SPELLS["on"] < day], CLOSURES, day, **options)
    theirs = rolling_origin_search(
        pd.concat([SPELLS, later]), pd.concat([CLOSURES, closed]), day, **options
    )
    assert ours == theirs


def test_search_never_ends_worse_than_it_began():
    day = pd.Timestamp.fromisoformat("2007-01-01")
    options = {"n_origins": 2, "years": 2}
    _, plain = rolling_origin_search(SPELLS, None, day, grid={}, **options)
    chosen, best = rolling_origin_search(SPELLS, None, day, grid=SMALL_GRID, **options)
    assert best["perplexity"] < plain["perplexity"]
    assert chosen != FactoredSettings()


def test_search_without_a_move_to_judge_by_keeps_the_settings_it_began_with():
    day = pd.Timestamp.fromisoformat("2001-06-01")
    chosen, metrics = rolling_origin_search(SPELLS, None, day, grid=SMALL_GRID)
    assert chosen == FactoredSettings()
    assert metrics == {}


@pytest.mark.parametrize(
    ("mrr", "perplexity", "chosen"),
    [(0.31, 29.0, 0.5), (0.30, 29.0, 0.5), (0.29, 29.0, 0.0), (0.31, 30.0, 0.0)],
)
def test_the_embedding_gets_a_weight_only_where_neither_measure_suffers(
    monkeypatch, mrr, perplexity, chosen
):
    def measured(_record, settings, _origins):
        told = (mrr, perplexity) if settings.embedding_weight else (0.30, 30.0)
        return dict(zip(("mrr", "perplexity"), told, strict=True))

    monkeypatch.setattr(move_search, "_rolling_metrics", measured)
    day = pd.Timestamp.fromisoformat("2007-01-01")
    grid = {"embedding_weight": (0.5,)}
    found, _ = rolling_origin_search(SPELLS, None, day, n_origins=2, years=2, grid=grid)
    assert found.embedding_weight == chosen


def test_other_settings_are_chosen_by_perplexity_alone(monkeypatch):
    def measured(_record, settings, _origins):
        return {"mrr": -settings.ridge, "perplexity": 30.0 - settings.ridge}

    monkeypatch.setattr(move_search, "_rolling_metrics", measured)
    day = pd.Timestamp.fromisoformat("2007-01-01")
    grid = {"ridge": (0.3, 3.0)}
    found, _ = rolling_origin_search(SPELLS, None, day, n_origins=2, years=2, grid=grid)
    assert found.ridge == 3.0


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_settings_are_judged_as_the_model_that_has_them_would_tell(weight):
    record, origin = CareerRecord(SPELLS), pd.Timestamp.fromisoformat("2004-01-01")
    chosen, candidates = FactoredSettings(embedding_weight=weight), destinations(record.moves)
    tested = record.moves[record.moves["on"] >= origin]
    told = Factored(chosen).fit(record, candidates, origin).probabilities(tested)
    expected = move_metrics(told, positions(tested, candidates))
    assert move_search._rolling_metrics(record, chosen, [origin]) == pytest.approx(expected)


def test_the_weight_of_the_embedding_is_searched_last():
    assert list(GRID)[-1] == "embedding_weight"
    assert FactoredSettings().embedding_weight == 0
