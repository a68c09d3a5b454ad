"""Days: the calendar that a civil service lives by, counted from 1970-01-01.

The rule that must not break: days are whole numbers here and become dates only where they are
written down.
"""

from datetime import date

import numpy as np


def new_year(year: int) -> int:
    """The day of 1 January, counted from 1970-01-01.

    >>> new_year(1970)
    0
    """
    return (date(year, 1, 1) - date(1970, 1, 1)).days


def month_after(born: np.ndarray, age: np.ndarray) -> np.ndarray:
    """First day of the month after the birthday of an age."""
    months = born.astype("datetime64[D]").astype("datetime64[M]") + 12 * age + 1
    return months.astype("datetime64[D]").astype(np.int64)


def first_of_month(days: np.ndarray) -> np.ndarray:
    """The first day of the next month: decrees of functional posts and moves take effect then."""
    months = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]") + 1
    return months.astype("datetime64[D]").astype(np.int64)


def inauguration(days: np.ndarray) -> np.ndarray:
    """The next first or fifteenth: people are sworn in together (pelantikan)."""
    days = np.asarray(days)
    first = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    first = first.astype(np.int64)
    until_middle = np.where(days <= first + 14, first + 14, first_of_month(days))
    return np.where(days == first, first, until_middle)
