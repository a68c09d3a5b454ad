"""Career-trajectory features: how a person has moved through posts, classes and organisations.

Every feature here reads `AsOf`, never a table, so a fact recorded after the date cannot reach it.
Peers are everybody in service on the date, never the candidates only. Names, units and ranges are
in `features.catalogue`.
"""

import ibis
from ibis import _

from features.asof import DAYS_PER_YEAR, AsOf, days_between, years_between

KEYS = ("person_id", "as_of")
#: A pause of at most so many days between two posts does not break a spell: handovers take days.
BREAK_DAYS = 30
SHORT_POST_DAYS = 365


def trajectory(asof: AsOf) -> ibis.Table:
    """All trajectory features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a `person_id` and `as_of` of the spine
        The features that the catalogue lists for this room. Counts of somebody without any
        appointment are zero, everything else of theirs is missing.
    """
    parts = (
        _totals(asof),
        _present(asof),
        _moves(asof),
        _fields(asof),
        _memberships(asof),
    )
    rows = asof.spine
    for part in parts:
        rows = rows.left_join(part, list(KEYS)).drop(*[f"{key}_right" for key in KEYS])
    counts = ("n_appointments", "n_acting", "n_organisations", "n_fields", "n_moves")
    filled = {name: _[name].fill_null(0) for name in (*counts, "n_promotions")}
    in_post = _.current_step.notnull()
    span = _.years_since_first_post
    climbed = _.highest_step - _.first_step
    return rows.mutate(
        **filled,
        is_in_post=in_post.cast("int64"),
        years_in_service=_.years_in_service.fill_null(0.0),
        years_since_last_post=ibis.ifelse(in_post, 0.0, _.years_since_last_end),
        # Somebody in their first year has no yearly rate yet: it would be a step over an instant.
        steps_per_year=ibis.ifelse(span >= 1, climbed / span, None),
    ).drop("years_since_last_end", "first_step")


def spells(rows: ibis.Table, *, by: tuple[str, ...], pause_days: int = BREAK_DAYS) -> ibis.Table:
    """Unbroken stretches: rows of one group merged wherever they overlap or nearly touch.

    Parameters
    ----------
    rows : ibis.Table
        `start_on`, `until_on`, `is_open` and the columns `by`.
    by : tuple of str
        What a stretch belongs to.
    pause_days : int
        A pause of at most so many days does not break a stretch.

    Returns
    -------
    ibis.Table
        `by`, `start_on`, `until_on`, `is_open`. Two posts from 2010 to 2012 and from 2011 to 2013
        are one spell from 2010 to 2013.
    """
    rows = _with_reach(rows, by=by, pause_days=pause_days)
    so_far = ibis.window(group_by=list(by), order_by=["start_on", "until_on"], preceding=(None, 0))
    rows = rows.mutate(spell=(~_.goes_on).cast("int64").sum().over(so_far))
    merged = rows.group_by(*by, "spell").agg(
        start_on=_.start_on.min(), until_on=_.until_on.max(), is_open=_.is_open.any()
    )
    return merged.drop("spell")


def with_days_covered(
    rows: ibis.Table,
    *,
    by: tuple[str, ...],
    name: str,
    until: str = "until_on",
    pause_days: int = BREAK_DAYS,
) -> ibis.Table:
    """Each row with the days that it adds to what the earlier rows of its group cover.

    Their sum over a group is what its `spells` last together, overlaps counted once: in order of
    their starts, each row adds what it reaches beyond all earlier ones, and the pause before it
    where that breaks nothing. Whole days, so that they add up to the same number in any order.
    """
    rows = _with_reach(rows, by=by, until=until, pause_days=pause_days)
    since = ibis.ifelse(rows.goes_on, ibis.least(rows.reach, rows[until]), rows.start_on)
    return rows.mutate(**{name: rows[until].delta(since, unit="day")}).drop("reach", "goes_on")


def _with_reach(
    rows: ibis.Table,
    *,
    by: tuple[str, ...],
    until: str = "until_on",
    pause_days: int = BREAK_DAYS,
) -> ibis.Table:
    """Add `reach`, how far the earlier rows of a group last, and whether a row `goes_on` there."""
    earlier = ibis.window(group_by=list(by), order_by=["start_on", until], preceding=(None, 1))
    rows = rows.mutate(reach=rows[until].max().over(earlier))
    pause = rows.start_on.delta(rows.reach, unit="day")
    return rows.mutate(goes_on=(pause <= pause_days).fill_null(False))


def _totals(asof: AsOf) -> ibis.Table:
    held = with_days_covered(asof.held_of_people, by=KEYS, name="days_covered")
    days = days_between(held.start_on, held.until_on)
    ended = ~held.is_open
    return held.group_by(*KEYS).agg(
        n_appointments=_.count(),
        n_acting=(held.kind != "definitive").sum(),
        n_organisations=held.lineage_id.nunique(),
        highest_step=held.step.max(),
        mean_tenure_years=days.sum(where=ended) / ended.sum().nullif(0) / DAYS_PER_YEAR,
        share_short_posts=(ended & (days < SHORT_POST_DAYS)).sum() / ended.sum().nullif(0),
        years_in_service=held.days_covered.sum() / DAYS_PER_YEAR,
        years_since_first_post=years_between(held.start_on, held.as_of).max(),
        years_since_last_end=years_between(held.until_on, held.as_of).min(),
    )


def _present(asof: AsOf) -> ibis.Table:
    """Present post and class of everybody in service, and where that puts each among peers."""
    held = asof.held_of_everybody
    in_service = held.filter(_.is_open).group_by(*KEYS).agg(current_step=_.step.max())
    in_class = held.join(in_service, [*KEYS, held.step == in_service.current_step])
    in_class = _with_reach(in_class, by=KEYS)
    present = in_class.group_by(*KEYS, "current_step").agg(
        # Whoever is in service is in the last stretch, and that began where no row went on.
        years_in_class=years_between(in_class.start_on, in_class.as_of).min(where=~_.goes_on),
        years_in_post=years_between(in_class.start_on, in_class.as_of).min(where=_.is_open),
    )
    peers = ibis.window(group_by=["as_of", "current_step"])
    order = ibis.window(group_by=["as_of", "current_step"], order_by="years_in_class")
    present = present.mutate(n_peers=_.count().over(peers), place=ibis.percent_rank().over(order))
    present = present.mutate(pace_percentile=ibis.ifelse(_.n_peers > 1, _.place, None))
    columns = ("current_step", "years_in_class", "years_in_post", "pace_percentile")
    return present.select(*KEYS, *columns)


def _moves(asof: AsOf) -> ibis.Table:
    """Moves between consecutive days of appointment, the most senior post standing for a day."""
    held = asof.held_of_people
    days = held.group_by(*KEYS, "start_on").agg(step=held.step.max())
    in_order = ibis.window(group_by=list(KEYS), order_by="start_on")
    days = days.mutate(previous=_.step.lag().over(in_order))
    moved = _.previous.notnull()
    return days.group_by(*KEYS).agg(
        n_moves=moved.sum(),
        n_promotions=(_.step > _.previous).sum(),
        lateral_share=(_.step == _.previous).sum() / moved.sum().nullif(0),
        first_step=_.step.argmin(_.start_on),
    )


def _fields(asof: AsOf) -> ibis.Table:
    worked = asof.held_of_people.join(asof.post_fields, "post_id")
    return worked.group_by(*KEYS).agg(n_fields=_.field.nunique())


def _memberships(asof: AsOf) -> ibis.Table:
    rows = asof.memberships_of_people
    first = asof.held_of_people.group_by(*KEYS).agg(first_on=_.start_on.min())
    rows = rows.left_join(first, list(KEYS)).drop("person_id_right", "as_of_right")
    rows = rows.mutate(
        is_before=_.first_on.isnull() | (_.start_on < _.first_on),
        until_before=ibis.least(_.until_on, _.first_on.coalesce(_.until_on)),
    )
    rows = with_days_covered(rows, by=KEYS, name="days")
    by = (*KEYS, "is_before")
    rows = with_days_covered(rows, by=by, until="until_before", name="days_before")
    return rows.group_by(*KEYS).agg(
        years_as_member=_.days.sum() / DAYS_PER_YEAR,
        years_member_before_office=_.days_before.sum(where=_.is_before) / DAYS_PER_YEAR,
    )
