"""Who holds a post, and when age will have them leave it.

The rule that must not break: what leaves this room is the last day of service, never a birth date
or an age; where either is unknown, nobody knows when the post falls vacant.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from features.packs.declaration import Pack
from features.policy.anniversaries import anniversary
from features.policy.facts import Facts
from features.tables.core import Unit
from features.tables.record import Record
from features.tables.schema import known_by

#: Years ahead that posts are counted for.
HORIZONS = (1, 3, 5, 10)
BUCKETS = ("vacant", *(f"within_{n}" for n in HORIZONS), "later", "unknown")


def incumbents(record: Record, pack: Pack, as_of: date, classes: Sequence[str]) -> pd.DataFrame:
    """The posts of some classes, who holds them, and their last day of service.

    Parameters
    ----------
    record : Record
    pack : Pack
        Ages of retirement by class, and their exceptions.
    as_of : date
    classes : sequence of str
        Classes of posts. Posts of a unit that is closed, or not open yet, are left out, unless
        somebody holds them.

    Returns
    -------
    DataFrame, one row a post, by its id, shape (n_posts, 7)
        `post_id`, `title`, `post_class`; `person_id`, who holds it definitively, the newest of
        several, None for nobody; `last_day_of_service`, datetime64, by the age of the post that
        counts as the person's present one, NaT if unknown; `within_years`, the least of 1, 3, 5 and
        10 such that the day lies less than so many years ahead, or behind; missing for all others;
        `bucket`: one of `BUCKETS`.

    Examples
    --------
    A post whose holder serves up to 31 May 2028 is, as of 1 June 2027, within one year; as of 31
    May 2027 it is within three: the anniversary itself is not within the year.
    """
    posts = _posts(record, as_of, classes)
    facts = Facts(record, pack, _everybody(record, as_of))
    rows = posts.merge(_holders(facts, classes), how="left", on="post_id")
    rows = rows[rows["person_id"].notna() | rows["is_open"]].drop(columns="is_open")
    rows = rows.sort_values("post_id", ignore_index=True)
    last = pd.to_datetime(rows["last_day_of_service"]).astype("datetime64[s]")
    within = np.select([(last < end).to_numpy() for end in _horizons(as_of)], HORIZONS, default=0)
    is_vacant = rows["person_id"].isna().to_numpy()
    bucket = np.select(
        [is_vacant, last.isna().to_numpy(), within > 0],
        ["vacant", "unknown", np.char.add("within_", within.astype("str"))],
        default="later",
    )
    return rows.assign(
        person_id=rows["person_id"].astype(object).where(~is_vacant, None),
        last_day_of_service=last,
        within_years=pd.array(np.where(within > 0, within, -1), dtype="Int64"),
        bucket=bucket.astype(object),
    ).assign(within_years=lambda table: table["within_years"].mask(table["within_years"] < 0))


def vacancy_risk(posts: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """How many posts of each class fall vacant by retirement, and by when.

    Parameters
    ----------
    posts : DataFrame
        What `incumbents` gives.
    classes : sequence of str
        Classes to count, in the order of the table.

    Returns
    -------
    DataFrame, shape (n_classes, 8), under the classes
        `posts`, and of them `vacant`, `within_1`, `within_3`, `within_5`, `within_10`, each with
        those of the shorter times, `later` and `unknown`.
    """
    counts = pd.crosstab(posts["post_class"], posts["bucket"])
    counts = counts.reindex(index=list(classes), columns=list(BUCKETS), fill_value=0)
    within = [f"within_{n}" for n in HORIZONS]
    table = counts.assign(posts=counts.sum(axis=1), **counts[within].cumsum(axis=1))
    table = table[["posts", *BUCKETS]].astype("int64")
    return table.rename_axis(index="post_class", columns=None)


def _posts(record: Record, as_of: date, classes: Sequence[str]) -> pd.DataFrame:
    """Posts of some classes, and whether their unit is open on the day."""
    units = known_by(Unit, record.table("unit"), ibis.literal(as_of))
    has_opened = units.opened_on.isnull() | (units.opened_on <= as_of)
    is_closed = units.closed_on.notnull() & (units.closed_on < as_of)
    units = units.select("unit_id", is_open=has_opened & ~is_closed)
    posts = record.table("post").filter(_.post_class.isin(list(classes)))
    posts = posts.join(units, "unit_id")
    return posts.select("post_id", "title", "post_class", "is_open").to_pandas()


def _everybody(record: Record, as_of: date) -> ibis.Table:
    return record.table("person").select("person_id", as_of=ibis.literal(as_of, "date"))


def _holders(facts: Facts, classes: Sequence[str]) -> pd.DataFrame:
    """`post_id`, `person_id`, `last_day_of_service` of who holds a post; of several the newest."""
    held = facts.career.filter(
        (_.kind == "definitive") & _.is_open & _.post_class.isin(list(classes))
    )
    order = [ibis.desc("start_on"), "sequence", "person_id"]
    nth = ibis.row_number().over(group_by="post_id", order_by=order)
    held = held.mutate(nth=nth).filter(_.nth == 0).select("post_id", "person_id")
    if facts.pack.retirement is None:
        return held.mutate(last_day_of_service=ibis.null("date")).to_pandas()
    retires = f"{facts.retires()}_on"
    days = facts.of_people().select("person_id", last_day_of_service=retires)
    return held.left_join(days, "person_id").drop("person_id_right").to_pandas()


def _horizons(as_of: date) -> list[Any]:
    """The days by which each of the years ahead is over."""
    days = ibis.memtable({"day": [as_of]}).mutate(day=_.day.cast("date"))
    ends = days.select(**{f"in_{n}": anniversary(days.day, n) for n in HORIZONS}).to_pandas()
    return pd.to_datetime(ends.iloc[0]).to_list()
