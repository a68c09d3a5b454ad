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
        _organisations(asof),
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
    earlier = ibis.window(group_by=list(by), order_by=["start_on", "until_on"], preceding=(None, 1))
    rows = rows.mutate(reach=_.until_on.max().over(earlier))
    pause = _.start_on.delta(_.reach, unit="day")
    rows = rows.mutate(is_new=(_.reach.isnull() | (pause > pause_days)).cast("int64"))
    so_far = ibis.window(group_by=list(by), order_by=["start_on", "until_on"], preceding=(None, 0))
    rows = rows.mutate(spell=_.is_new.sum().over(so_far))
    merged = rows.group_by(*by, "spell").agg(
        start_on=_.start_on.min(), until_on=_.until_on.max(), is_open=_.is_open.any()
    )
    return merged.drop("spell")


def years_covered(rows: ibis.Table, *, by: tuple[str, ...], name: str) -> ibis.Table:
    """Years that the rows of each group cover together, overlaps counted once."""
    merged = spells(rows, by=by)
    days = days_between(merged.start_on, merged.until_on)
    return merged.group_by(*by).agg(**{name: days.sum() / DAYS_PER_YEAR})


def _totals(asof: AsOf) -> ibis.Table:
    held = asof.held_of_people
    days = days_between(held.start_on, held.until_on)
    ended = ~held.is_open
    totals = held.group_by(*KEYS).agg(
        n_appointments=_.count(),
        n_acting=(held.kind != "definitive").sum(),
        highest_step=held.step.max(),
        mean_tenure_years=days.sum(where=ended) / ended.sum().nullif(0) / DAYS_PER_YEAR,
        share_short_posts=(ended & (days < SHORT_POST_DAYS)).sum() / ended.sum().nullif(0),
        years_since_first_post=years_between(held.start_on, held.as_of).max(),
        years_since_last_end=years_between(held.until_on, held.as_of).min(),
    )
    covered = years_covered(held, by=KEYS, name="years_in_service")
    return totals.join(covered, list(KEYS))


def _present(asof: AsOf) -> ibis.Table:
    """Present post and class of everybody in service, and where that puts each among peers."""
    by_class = spells(asof.held_of_everybody, by=(*KEYS, "step")).filter(_.is_open)
    present = by_class.group_by(*KEYS).agg(
        current_step=by_class.step.max(),
        class_start_on=by_class.start_on.argmax(by_class.step),
    )
    present = present.mutate(years_in_class=years_between(_.class_start_on, _.as_of))
    peers = ibis.window(group_by=["as_of", "current_step"])
    order = ibis.window(group_by=["as_of", "current_step"], order_by="years_in_class")
    present = present.mutate(n_peers=_.count().over(peers), place=ibis.percent_rank().over(order))
    present = present.mutate(pace_percentile=ibis.ifelse(_.n_peers > 1, _.place, None))
    open_posts = asof.held_of_people.filter(_.is_open)
    in_post = open_posts.group_by(*KEYS, "step").agg(post_start_on=_.start_on.max())
    in_post = in_post.group_by(*KEYS).agg(post_start_on=_.post_start_on.argmax(_.step))
    in_post = in_post.mutate(years_in_post=years_between(_.post_start_on, _.as_of))
    columns = ("current_step", "years_in_class", "pace_percentile")
    return in_post.drop("post_start_on").join(present.select(*KEYS, *columns), list(KEYS))


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


def _organisations(asof: AsOf) -> ibis.Table:
    return asof.held_of_people.group_by(*KEYS).agg(n_organisations=_.lineage_id.nunique())


def _fields(asof: AsOf) -> ibis.Table:
    worked = asof.held_of_people.join(asof.post_fields, "post_id")
    return worked.group_by(*KEYS).agg(n_fields=_.field.nunique())


def _memberships(asof: AsOf) -> ibis.Table:
    rows = asof.memberships_of_people
    years = years_covered(rows, by=KEYS, name="years_as_member")
    first = asof.held_of_people.group_by(*KEYS).agg(first_on=_.start_on.min())
    rows = rows.left_join(first, list(KEYS)).drop("person_id_right", "as_of_right")
    before = rows.filter(_.first_on.isnull() | (_.start_on < _.first_on))
    before = before.mutate(until_on=ibis.least(_.until_on, _.first_on.coalesce(_.until_on)))
    earlier = years_covered(before, by=KEYS, name="years_member_before_office")
    return years.left_join(earlier, list(KEYS)).drop("person_id_right", "as_of_right")
