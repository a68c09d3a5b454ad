"""Splits in time: every test lies after everything that its model has seen.

The rule that must not break: an origin cuts between days, so a vacancy or a reshuffle is never
torn apart, and a label belongs to a training set only if it had matured at the origin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class Origin:
    """One cut: labels known at `on` may be learnt from; decisions in `[on, until)` are tested."""

    on: date
    until: date


def yearly_origins(days: pd.Series, first_year: int) -> Iterator[Origin]:
    """One origin a calendar year from `first_year` on, for the years with decisions.

    >>> days = pd.Series(pd.to_datetime(["2009-05-01", "2010-05-12", "2012-09-04"]))
    >>> [origin.on.year for origin in yearly_origins(days, 2010)]
    [2010, 2012]
    """
    years = sorted(set(days.dt.year))
    for year in years:
        if year >= first_year:
            yield Origin(date(year, 1, 1), date(year + 1, 1, 1))


def within(days: pd.Series, origin: Origin) -> pd.Series:
    """Which days lie in the test period of an origin."""
    return (days >= pd.Timestamp(origin.on)) & (days < pd.Timestamp(origin.until))


def default_first_year(days: pd.Series) -> int:
    """The year by which six in ten decisions lie before it: the default start of a backtest."""
    return int(days.sort_values().iloc[int(len(days) * 0.6)].year)
