"""Rank features: the rank a person holds, since when, and where that puts them among peers.

Every feature here reads `AsOf`, never a table. Peers are everybody in service on the date who holds
the same rank.
"""

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.exact import number_of

KEYS = ("no", "as_of")
#: The lowest first; only the fourth has a fifth step.
RANKS = tuple(
    f"{level}/{step}"
    for level in ("I", "II", "III", "IV")
    for step in "abcde"[: 4 + (level == "IV")]
)


def ranks(asof: AsOf) -> ibis.Table:
    """All rank features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room.
    """
    newest = asof.shared("ranks_of_everybody", lambda: _newest(asof))
    serving = newest.join(asof.in_service, list(KEYS)).select(*KEYS, "rank_step", "years_in_rank")
    peers = ibis.window(group_by=["as_of", "rank_step"])
    order = ibis.window(group_by=["as_of", "rank_step"], order_by="years_in_rank")
    serving = serving.mutate(n_peers=_.count().over(peers), place=ibis.percent_rank().over(order))
    serving = serving.select(*KEYS, rank_pace_percentile=ibis.ifelse(_.n_peers > 1, _.place, None))
    return asof.beside(newest, serving)


def _newest(asof: AsOf) -> ibis.Table:
    """The rank of everybody on each date; of two from one day the higher."""
    rows = asof.known_of_everybody("rank_history")
    rows = rows.filter(rows.from_on <= rows.as_of)
    step = number_of(rows["rank"], {rank: n for n, rank in enumerate(RANKS, start=1)})
    place = days_between(ibis.date(1900, 1, 1), rows.from_on) * 100 + step
    return rows.group_by(*KEYS).agg(
        rank_step=step.argmax(place),
        years_in_rank=in_years(days_between(rows.from_on.max(), rows.as_of.max())),
    )
