"""Days on the calendar as rules count them: anniversaries, months, and how long is long enough.

The rule that must not break: a year is over when its last day is. Whoever began on 1 March 2024 has
two years on 1 March 2026; where the day of the month does not exist, the next day is the
anniversary: whoever was born on 29 February completes a year on 1 March.
"""

from typing import Any

import ibis

#: An Ibis expression, or one that is still to be bound to its table.
Expression = Any


def shifted(day: Expression, days: Expression | int) -> Expression:
    """A day so many days later; earlier, where `days` is negative."""
    step = ibis.interval(days=days) if isinstance(days, int) else days.as_interval("D")
    return (day + step).cast("date")


def months_later(day: Expression, months: int) -> Expression:
    """The same day of the month so many months later, or the day after the end of that month.

    31 January and one month is 1 March (there is no 31 February).
    """
    later = (day + ibis.interval(months=months)).cast("date")
    return ibis.ifelse(later.day() == day.day(), later, shifted(later, 1))


def months_before(day: Expression, months: int) -> Expression:
    """The last day from which so many months end on a day or before it.

    One month before 30 April is 30 March: from 31 March, it would be 1 May.
    """
    earlier = months_later(day, -months) if months else day
    fits = months_later(earlier, months) <= day
    return ibis.ifelse(fits, earlier, shifted(earlier, -1))


def anniversary(day: Expression, years: int) -> Expression:
    """The same day so many years later; of 29 February, 1 March where there is none."""
    return months_later(day, 12 * years)


def first_of_next_month(day: Expression) -> Expression:
    """The first day of the month after that of a day."""
    return (day.truncate("M") + ibis.interval(months=1)).cast("date")


def fulfilled_on(days: Expression, end: Expression, years: int) -> Expression:
    """The day on which so many years are full, if what is counted goes on without a break.

    Parameters
    ----------
    days : ibis.Column of integer
        Days counted so far.
    end : ibis.Column of date
        The day after the last one counted.
    years : int
        Days of several stretches are taken as if they lay together before `end`.
    """
    return anniversary(shifted(end, -days), years)


def whole_years(days: Expression, end: Expression) -> Expression:
    """Full years among the days counted, as `fulfilled_on` counts them.

    730 days up to 1 March 2026 are two years; up to 1 March 2025, with a leap day, they are one.
    """
    start = shifted(end, -days)
    years = end.year() - start.year()
    # The anniversary of 29 February in a year without one is 1 March, as (month, day) order has it.
    is_over = (end.month() > start.month()) | (
        (end.month() == start.month()) & (end.day() >= start.day())
    )
    return (years - ibis.ifelse(is_over, 0, 1)).cast("int64")
