"""How the numbers of everybody lay on a date: count, mean and spread of a measure, as known then.

The rule that must not break: a population is everybody of whom the record knew the number by the
date, never the candidates. What is added up over the days is exact, so that a thousand dates asked
at once and one by one give the same bits.
"""

import ibis
from ibis import _

from features.asof import AsOf
from features.exact import ratio

#: Spread of fewer numbers says nothing of a population.
FEWEST = 30


def moments(asof: AsOf, name: str, rows: ibis.Table, by: tuple[str, ...]) -> ibis.Table:
    """Sums of a whole-number measure over everybody, at each date of the spine.

    Parameters
    ----------
    asof : AsOf
    name : str
        What the table of daily sums is called while the question is answered.
    rows : ibis.Table
        `seen_on` and `gone_on` (see `AsOf.learnt`), `amount`, a whole number, and the columns `by`.
    by : tuple of str
        What a population belongs to; a row without one of them is in none.

    Returns
    -------
    ibis.Table
        `as_of`, `by`, `n`, `total` and `squares`.
    """
    daily = asof.shared(name, lambda: _daily(rows, by))
    known = asof.dates.join(daily, daily.on <= asof.dates.as_of)
    return known.group_by("as_of", *by).agg(
        n=_.n.sum().cast("int64"),
        total=_.total.sum().cast("int64"),
        squares=_.squares.sum().cast("int64"),
    )


def _daily(rows: ibis.Table, by: tuple[str, ...]) -> ibis.Table:
    """What each day added to the sums, and what corrections took off them."""
    rows = rows.filter(rows.amount.notnull(), *(rows[column].notnull() for column in by))
    came = rows.select(*by, "amount", on=rows.seen_on, sign=ibis.literal(1, "int64"))
    left = rows.filter(rows.gone_on.notnull())
    left = left.select(*by, "amount", on=left.gone_on, sign=ibis.literal(-1, "int64"))
    both = came.union(left)
    return both.group_by(*by, "on").agg(
        n=both.sign.sum().cast("int64"),
        total=(both.sign * both.amount).sum().cast("int64"),
        squares=(both.sign * both.amount * both.amount).sum().cast("int64"),
    )


def with_mean_and_variance(sums: ibis.Table) -> ibis.Table:
    """Add `mean` and `variance` of the measure to what `moments` returns."""
    mean = ratio(sums.total, sums.n)
    return sums.mutate(mean=mean, variance=ratio(sums.squares, sums.n) - mean * mean)
