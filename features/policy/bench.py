"""The bench of a post: who cannot be appointed yet, and can from a day within five years.

The rule that must not break: the first day of everybody on a bench lies inside the band that they
stand in, and nobody is on it who will have retired by then, or whom no passing of time makes
eligible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ibis
import numpy as np
import pandas as pd

from features.packs.declaration import Pack
from features.packs.rules import Route
from features.policy.anniversaries import anniversary
from features.policy.outlook import outlook
from features.tables.record import Record

#: Years by which each band of a bench has ended, the nearest first.
BENCH_BANDS: Final[Mapping[str, int]] = {"1-2": 2, "3-5": 5}
#: Why somebody of the pool is not on a bench.
NOW, BEYOND, BLOCKED, RETIRED, NO_RULE = (
    "eligible_now",
    "beyond",
    "not_by_time",
    "retires_before",
    "no_rule",
)
REASONS: Final = (NOW, BEYOND, BLOCKED, RETIRED, NO_RULE)


@dataclass(frozen=True)
class Bench:
    """Who will be eligible for a post, and from when.

    Parameters
    ----------
    people : DataFrame, the earliest first
        `person_id`; `band`, of `BENCH_BANDS`; `first_on`, the first day with every rule met that
        time moves; `first_rule`, what it waits for; `closes_on`, the last day on which all rules
        are surely met, NaT for none; `last_day_of_service` by age, NaT where it is not known;
        `to_settle`, names of rules that no day settles, and that a document has to.
    others : dict of str to int
        How many people of the pool are not on it, by the reason, of `REASONS`.
    pool : DataFrame, shape (n_people, 9)
        Everybody who was looked at, in their order: `person_id`, `first_on`,
        `last_day_of_service` and the rest of `features.policy.outlook.outlook`.
    """

    people: pd.DataFrame
    others: dict[str, int]
    pool: pd.DataFrame


def bench(
    record: Record, pack: Pack, people: pd.Series, post_id: str, on: date, route: Route
) -> Bench:
    """The bench of one post as of a day.

    Parameters
    ----------
    record : Record
    pack : Pack
    people : Series of str
        Ids of those who are looked at: the pool of the day.
    post_id : str
    on : date
    route : str
        How the post would be filled.

    Returns
    -------
    Bench

    Examples
    --------
    Of whoever has been a head since 1 March 2025, where a chief must have been one for two years,
    the first day is 1 March 2027: on 1 July 2025 that is in the band 1-2.
    """
    pairs = pd.DataFrame({"person_id": people.to_numpy()}).assign(
        post_id=post_id, as_of=pd.Timestamp(on), route=route
    )
    known, found = outlook(record, pack, pairs)
    found = found.assign(**{name: known[name] for name in ("last_day_of_service", "to_settle")})
    where = _placed(found, on)
    is_on = np.isin(where, list(BENCH_BANDS))
    chosen = found[is_on].assign(band=where[is_on]).sort_values(["first_on", "person_id"])
    kept = ["person_id", "band", "first_on", "first_rule", "closes_on"]
    others = {reason: int((where == reason).sum()) for reason in REASONS}
    columns = [*kept, "last_day_of_service", "to_settle"]
    pool = pd.concat([pairs[["person_id"]], known], axis=1)
    return Bench(chosen[columns].reset_index(drop=True), others, pool)


def _placed(found: pd.DataFrame, on: date) -> np.ndarray:
    """The band of each person's first day, or why there is none."""
    first = found["first_on"]
    no_rule = first.isna() & ~found["never"]
    is_blocked = found["never"] | (found["blocking_rules"].str.len() > 0)
    leaves_before = found["last_day_of_service"] < first
    is_now = first <= pd.Timestamp(on)
    chosen = [no_rule, is_blocked, leaves_before, is_now]
    reasons = [NO_RULE, BLOCKED, RETIRED, NOW]
    for band, day in ends_of_bands(on).items():
        chosen.append(first <= pd.Timestamp(day))
        reasons.append(band)
    return np.select([one.to_numpy() for one in chosen], reasons, default=BEYOND)


def ends_of_bands(on: date) -> dict[str, Any]:
    """The last day of each band, from a day on: its second and its fifth anniversary.

    >>> {band: str(day)[:10] for band, day in ends_of_bands(date(2026, 7, 1)).items()}
    {'1-2': '2028-07-01', '3-5': '2031-07-01'}
    """
    day = ibis.memtable({"day": [on]}).mutate(day=ibis._.day.cast("date"))
    ends = day.select(**{name: anniversary(day.day, n) for name, n in BENCH_BANDS.items()})
    return {str(name): column.iloc[0] for name, column in ends.to_pandas().items()}
