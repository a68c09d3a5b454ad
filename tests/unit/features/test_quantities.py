"""Weights stay exact, and bands hold every number once or say which of them does not."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from features.packs.quantities import Band, Weight, fault_of

weight = TypeAdapter(Weight).validate_python
#: Every end that the drawn bands have, and a number on each side of it.
NUMBERS = [x / 2 for x in range(-1, 10)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("60", 60), ("12.5", Fraction(25, 2)), ("10/3", Fraction(10, 3)), ("0", 0), ("100", 100)],
)
def test_a_weight_is_what_is_written(written, meant):
    assert weight(written) == meant


@pytest.mark.parametrize(
    "written", ["", "ten", "1e2", "-1", "101", "1/0", "1.5/2", "1_0", " 5", "nan", "٣", None]
)
def test_a_weight_that_is_no_share_is_refused(written):
    with pytest.raises(ValidationError):
        weight(written)


def bands() -> st.SearchStrategy[list[Band]]:
    end = st.one_of(st.none(), st.integers(0, 4))
    ends = st.tuples(end, st.booleans(), end, st.booleans())

    def holds_something(drawn: tuple[int | None, bool, int | None, bool]) -> bool:
        low, holds_low, high, holds_high = drawn
        is_point = low == high and holds_low and holds_high
        return low is None or high is None or low < high or is_point

    def band(drawn: tuple[int | None, bool, int | None, bool]) -> Band:
        low, holds_low, high, holds_high = drawn
        lower, upper = "at_least" if holds_low else "above", "at_most" if holds_high else "below"
        return Band.model_validate({lower: low, upper: high})

    return st.lists(ends.filter(holds_something).map(band), min_size=1, max_size=4)


@given(bands())
def test_bands_without_fault_hold_every_number_once(drawn):
    times = [sum(band.holds(number) for band in drawn) for number in NUMBERS]
    assert (fault_of(drawn) is None) == (times == [1] * len(NUMBERS))


@pytest.mark.parametrize(
    "order", list(permutations([Band(at_least=80), Band(at_least=60, below=80), Band(below=60)]))
)
def test_bands_may_stand_in_any_order(order):
    assert fault_of(order) is None


def test_a_fault_names_the_band_above_the_seam():
    low, high = Band(below=60), Band(above=60)
    assert fault_of([low, high]) == (1, "gap")
    assert fault_of([high, low]) == (0, "gap")
    assert fault_of([Band(at_most=60), Band(at_least=60)]) == (1, "overlap")
    assert fault_of([Band(at_least=0)]) == (0, "open")
    assert fault_of([low, Band(at_least=60, at_most=100)]) == (1, "open")


def test_a_band_of_one_number_fills_a_hole():
    assert fault_of([Band(above=60), Band(at_least=60, at_most=60), Band(below=60)]) is None
