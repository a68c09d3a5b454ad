"""Follow-ups: what became of people within five years of a day, as a record tells it.

The rule that must not break: nobody is left out for having been watched too short a time, and
nothing that was recorded after the last day watched is looked at. Retirement is no event: whoever
reaches the age is watched for the whole years before it, as known beforehand.
"""

from datetime import date

import numpy as np
import pandas as pd

from models.horizon import CENSORED, LEFT, READY, YEARS, FollowUps

DAYS_PER_YEAR = 365.25
#: What `follow_ups` asks of each row beside its features.
ASKED = ("person_id", "as_of", "ready_on", "left_on", "retires_on")


def follow_ups(rows: pd.DataFrame, features: list[str], known_until: date) -> FollowUps:
    """What became of people who were not ready on a day.

    Parameters
    ----------
    rows : DataFrame
        `person_id`, `as_of`, `ready_on` (the first day on which the event of the class was seen,
        after `as_of`), `left_on` (when the person left, or moved where the class is no longer the
        next one), `retires_on` (last day of service by age); NaT where none; and the features.
        `closed`, where it is there: see `models.horizon.FollowUps`. Whoever was ready in such a
        year has shown that the rule was not what held them back: it counts up to the year before.
    features : list of str
        Columns to learn from.
    known_until : date
        Last day of the record: events after it have not been seen.

    Returns
    -------
    FollowUps
        Rows on whose day or before it the event was seen are not among them: those are ready.

    Examples
    --------
    >>> day = pd.Timestamp
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "as_of": day("2020-01-01"),
    ...     "ready_on": [day("2021-06-01"), pd.NaT], "left_on": pd.NaT, "retires_on": pd.NaT,
    ...     "gap": [0.5, 1.0]})
    >>> found = follow_ups(rows, ["gap"], date(2022, 12, 31))
    >>> found.years.tolist(), found.outcome.tolist()
    ([2, 2], [1, 0])
    """
    as_of = _days(rows["as_of"])
    ready, left = (
        years_ahead(as_of, _days(rows["ready_on"])),
        years_ahead(as_of, _days(rows["left_on"])),
    )
    is_first = ~(_days(rows["left_on"]) < _days(rows["ready_on"]))
    ends = np.fmin(
        _days(rows["retires_on"]).astype("datetime64[D]"), np.datetime64(known_until, "D")
    )
    watched = np.clip(whole_years(as_of, ends), 0, YEARS)
    is_ready = (ready <= watched) & is_first
    is_left = (left <= watched) & ~is_ready & ~(ready < left)
    outcome = np.select([is_ready, is_left], [READY, LEFT], default=CENSORED)
    years = np.select([is_ready, is_left], [ready, left], default=watched)
    closed = None
    if "closed" in rows:
        closed = np.where(is_ready, np.fmin(rows["closed"], years - 1), rows["closed"])
    is_open = ~(ready < 1)
    chosen = rows[is_open]
    return FollowUps(
        X=chosen[features].reset_index(drop=True),
        person=chosen["person_id"].to_numpy(),
        years=years[is_open].astype(np.int64),
        outcome=outcome[is_open],
        closed=None if closed is None else closed[is_open].astype(np.int64),
    )


def years_ahead(as_of: np.ndarray, day: np.ndarray) -> np.ndarray:
    """In which year ahead a day lies, 1 for the first; NaN for no day, 0 for one not ahead.

    A year ahead ends with its anniversary: 1 January 2021 is in the first year from 1 January 2020.

    >>> days = np.array(["2020-12-31", "2021-01-01", "2021-01-02", "NaT"], dtype="datetime64[D]")
    >>> years_ahead(np.full(4, np.datetime64("2020-01-01")), days).tolist()
    [1.0, 1.0, 2.0, nan]
    """
    is_none = np.isnat(day)
    held = np.where(is_none, as_of, day)
    whole = whole_years(as_of, held)
    found = np.where(held > _anniversary(as_of, whole), whole + 1, whole)
    return np.where(is_none, np.nan, np.maximum(found, 0))


def whole_years(as_of: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Whole years from a day up to another; many where there is no other.

    >>> ends = np.array(["2021-12-31", "2022-01-01", "NaT"], dtype="datetime64[D]")
    >>> whole_years(np.full(3, np.datetime64("2020-01-01")), ends).tolist()
    [1, 2, 99]
    """
    is_none = np.isnat(until)
    held = np.where(is_none, as_of, until)
    years = held.astype("datetime64[Y]").astype(int) - as_of.astype("datetime64[Y]").astype(int)
    return np.where(is_none, 99, years - (_anniversary(as_of, years) > held))


def closing_a_year(rows: pd.DataFrame, gap: str) -> float:
    """Levels by which a gap closes in a year, from the first to the last time it was measured.

    All that closed over all years between, of those measured at another value the last time:
    whoever shows the same number may simply not have been measured anew.

    Parameters
    ----------
    rows : DataFrame
        `person_id`, `as_of` and the gap, positive where short of what is asked.

    Returns
    -------
    float
        0 where nobody's gap was measured anew.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "a"], "gap": [1.0, 0.8],
    ...     "as_of": pd.to_datetime(["2020-01-01", "2022-01-01"])})
    >>> round(closing_a_year(rows, "gap"), 2)
    0.1
    """
    held = rows.dropna(subset=[gap]).sort_values(["person_id", "as_of"])
    first = held.groupby("person_id", sort=False).first()
    last = held.groupby("person_id", sort=False).last()
    years = (last["as_of"] - first["as_of"]).dt.days / DAYS_PER_YEAR
    anew = (years > 0) & (last[gap] != first[gap])
    if not anew.any():
        return 0.0
    closed = (first[gap] - last[gap])[anew].sum() / years[anew].sum()
    return round(float(closed), 6)


def calibration_error(chance: np.ndarray, happened: np.ndarray, bins: int) -> float:
    """Expected calibration error: mean distance of chance and share, over bins of equal mass.

    Parameters
    ----------
    chance : ndarray, shape (n,)
    happened : ndarray of bool, shape (n,)
    bins : int

    Examples
    --------
    >>> happened = np.array([0, 1, 1, 1])
    >>> round(calibration_error(np.array([0.2, 0.2, 0.8, 0.8]), happened, bins=2), 3)
    0.25
    """
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    off = [len(one) * abs(chance[one].mean() - happened[one].mean()) for one in parts if len(one)]
    return float(sum(off) / len(chance))


def _anniversary(as_of: np.ndarray, years: np.ndarray) -> np.ndarray:
    """The same day so many years later; of 29 February, 1 March where there is none."""
    month = as_of.astype("datetime64[M]")
    later = (month + 12 * np.asarray(years, dtype=np.int64)).astype("datetime64[D]")
    return later + (as_of - month.astype("datetime64[D]"))


def _days(column: pd.Series) -> np.ndarray:
    return pd.to_datetime(column).to_numpy().astype("datetime64[D]")
