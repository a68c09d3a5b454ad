"""Sums that come out the same in any order: fixed-point numbers and what is made of them.

The rule that must not break: what is added up over rows is a whole number. Fractions added in
another order, by another number of threads or by another engine, differ in their last digits, and a
frame must be equal to the last bit however it was computed. A fraction is therefore made whole
first (thousandths, millionths), added up, and divided once.
"""

from collections.abc import Mapping
from typing import Any

import ibis

MILLI = 1_000
MICRO = 1_000_000


def milli(value: Any) -> Any:
    """A number in whole thousandths."""
    return (value * float(MILLI)).round().cast("int64")


def micro(value: Any) -> Any:
    """A number in whole millionths."""
    return (value * float(MICRO)).round().cast("int64")


def ratio(above: Any, below: Any) -> Any:
    """A quotient of two whole numbers; missing where there is nothing to divide by."""
    return above.cast("float64") / below.cast("float64").nullif(0.0)


def within(value: Any, low: float, high: float) -> Any:
    """A number held within a range; missing stays missing, which `least` alone would lose."""
    held = ibis.greatest(ibis.least(value, high), low)
    return ibis.ifelse(value.isnull(), None, held)


def mean_of(values: list[Any]) -> Any:
    """The mean of the columns of a row that are not missing; missing where all are."""
    n_known = sum(
        (v.notnull().cast("int64") for v in values[1:]), values[0].notnull().cast("int64")
    )
    total = sum((v.fill_null(0.0) for v in values[1:]), values[0].fill_null(0.0))
    return ratio(total, n_known)


def n_different(rows: ibis.Table, by: tuple[str, ...], column: str, name: str) -> ibis.Table:
    """How many different values of a column each group has, missing ones left out.

    Grouped twice: engines count the different values of a million small groups many times slower.
    """
    once = rows.filter(rows[column].notnull()).select(*by, column).distinct()
    return once.group_by(*by).agg(**{name: once.count()})


def number_of(text: Any, numbers: Mapping[str, float]) -> Any:
    """The number that stands for a text; missing where none does."""
    return ibis.cases(*((text == name, number) for name, number in numbers.items()), else_=None)
