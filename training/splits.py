"""Splits in time: every test lies after everything that its model has seen.

The rule that must not break: an origin cuts between days, so a vacancy or a reshuffle is never
torn apart, and a label belongs to a training set only if it had matured at the origin. One person
may stand on both sides, each time as known on the eve of that decision and never later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from features.errors import LeakageError

ONE_DAY = pd.Timedelta(days=1)


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


def require_eves(rows: pd.DataFrame) -> None:
    """Refuse decisions whose snapshot is not that of their own eve.

    Parameters
    ----------
    rows : DataFrame
        `person_id`, `decided_on`, `as_of`.

    Raises
    ------
    LeakageError
        Telling how many decisions and people, and the first such day.

    Examples
    --------
    >>> rows = {"person_id": ["a"], "decided_on": ["2010-05-12"], "as_of": ["2010-05-12"]}
    >>> require_eves(pd.DataFrame(rows).astype({"decided_on": "M8[ns]", "as_of": "M8[ns]"}))
    Traceback (most recent call last):
    ...
    features.errors.LeakageError: decided on 2010-05-12: ...
    """
    off = rows[rows["as_of"] != rows["decided_on"] - ONE_DAY]
    if not off.empty:
        raise LeakageError(
            f"{len(off)} decisions of {off['person_id'].nunique()} people with another snapshot "
            "than that of their eve",
            where=f"decided on {off['decided_on'].min().date()}",
            expected="features as of the day before each decision",
            remedy="take the snapshots from training.cohorts.Decisions",
        )


def require_apart(learnt: pd.DataFrame, tested: pd.DataFrame, origin: Origin) -> None:
    """Refuse a split that lets what is tested into what is learnt from.

    Parameters
    ----------
    learnt, tested : DataFrame
        `person_id`, `decided_on`, `as_of`, and of `learnt` the `window_end_on` too. Decisions of
        one day are one group.
    origin : Origin

    Raises
    ------
    LeakageError
        If a group is torn apart, a decision that is tested is no later than one that is learnt
        from, an outcome was not known at the origin, or a snapshot is not that of its eve.
    """
    where = f"origin {origin.on}"
    is_torn = tested["decided_on"].isin(learnt["decided_on"])
    if is_torn.any():
        raise LeakageError(
            f"{int(is_torn.sum())} decisions are tested whose day is learnt from as well",
            where=where,
            expected="all decisions of a day on one side",
            remedy="split by time: training.splits.yearly_origins",
        )
    if (tested["decided_on"] <= learnt["decided_on"].max()).any():
        raise LeakageError(
            "decisions are tested that lie before others that are learnt from",
            where=where,
            expected="every tested decision later than every one learnt from",
            remedy="split by time: training.splits.yearly_origins",
        )
    is_open = learnt["window_end_on"] > pd.Timestamp(origin.on)
    if is_open.any():
        raise LeakageError(
            f"{int(is_open.sum())} outcomes are learnt from that were not known yet",
            where=where,
            expected="labels whose window had ended by the origin",
            remedy="read the outcomes with training.cohorts.Decisions.known_on",
        )
    require_eves(learnt)
    require_eves(tested)
