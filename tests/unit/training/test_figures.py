"""Figures, the bounds they are held to, and their form on disk."""

import json

import pytest

from features.errors import SuksesiError
from training.figures import Figure, all_hold, as_json, figure, with_bounds, write


@pytest.mark.parametrize(
    ("bound", "value", "holds"),
    [
        (">= 0.25", 0.25, True),
        (">= 0.25", 0.2499, False),
        ("<= 30", 30.0, True),
        ("<= 30", 30.1, False),
        ("> 0", 0.0, False),
        ("> 0", 0.001, True),
        ("< -0.5", -0.5, False),
        ("< -0.5", -0.6, True),
    ],
)
def test_bound_of_a_value(bound, value, holds):
    assert figure("vacancies.readiness.mrr", value, bound=bound).ok is holds


def test_bound_of_a_difference_speaks_of_the_low_end_of_its_interval():
    name = "next_move.factored_over_markov1.mrr"
    assert figure(name, 0.04, (0.01, 0.07), bound="> 0").ok is True
    assert figure(name, 0.04, (-0.01, 0.07), bound="> 0").ok is False
    assert figure("next_move.factored.mrr", 0.04, (-0.01, 0.07), bound="> 0").ok is True


def test_bound_of_a_difference_without_an_interval_speaks_of_the_value():
    assert figure("a_over_b", 0.04, bound="> 0").ok is True


def test_without_bound_or_value_nothing_is_claimed():
    assert figure("speed.p50", 12.5).ok is None
    assert figure("speed.p50", None, bound="<= 30").ok is None


def test_with_bounds_checks_those_that_are_promised_and_leaves_the_others():
    rows = [
        figure("a.mrr", 0.3, (0.2, 0.4), unit="share"),
        figure("a_over_b.mrr", 0.1, (-0.1, 0.3)),
        figure("c", 7),
    ]
    got = with_bounds(rows, {"a.mrr": ">= 0.25", "a_over_b.mrr": "> 0"})
    assert got == [
        Figure("a.mrr", 0.3, 0.2, 0.4, "share", ">= 0.25", ok=True),
        Figure("a_over_b.mrr", 0.1, -0.1, 0.3, "", "> 0", ok=False),
        rows[2],
    ]
    assert not all_hold(got)
    assert all_hold([got[0], got[2]])


def test_bound_of_a_figure_that_does_not_exist_is_refused():
    with pytest.raises(SuksesiError, match="do not exist: a.mmr, b"):
        with_bounds([figure("a.mrr", 0.3)], {"b": "> 0", "a.mmr": ">= 0.25"})


def test_figures_are_written_as_a_list_of_rows(tmp_path):
    rows = [figure("a.mrr", 0.25, (0.2, 0.3), bound=">= 0.25"), figure("n", 3, unit="orang é")]
    path = write(rows, tmp_path / "new", "backtest")
    assert path == tmp_path / "new" / "figures" / "backtest.json"
    text = path.read_text(encoding="utf-8")
    assert text == as_json(rows)
    assert json.loads(text) == [
        {
            "name": "a.mrr",
            "value": 0.25,
            "low": 0.2,
            "high": 0.3,
            "unit": "",
            "bound": ">= 0.25",
            "ok": True,
        },
        {
            "name": "n",
            "value": 3,
            "low": None,
            "high": None,
            "unit": "orang é",
            "bound": None,
            "ok": None,
        },
    ]


def test_each_figure_is_one_line():
    assert len(as_json([figure("a", 1), figure("b", 2)]).splitlines()) == 4
    assert json.loads(as_json([])) == []
