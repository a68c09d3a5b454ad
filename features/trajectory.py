"""Career-trajectory features: how a person has moved through posts, classes and organisations.

Every feature here reads `AsOf`, never a table, so a fact recorded after the date cannot reach it.
Only a post of one's own is a rung: whoever acts in a higher one has neither risen to it nor, when
that ends, fallen from it. Peers are everybody in service on the date, never the candidates only.
Names, units and ranges are in `features.catalogue`.
"""

import ibis
from ibis import _

from features.asof import OWN, AsOf, days_between, in_years, years_between
from features.exact import MICRO, micro, n_different, ratio

KEYS = ("no", "as_of")
#: A pause of at most so many days between two posts does not break a spell: handovers take days.
BREAK_DAYS = 30
SHORT_POST_DAYS = 365
#: A post that was made another by a reform (penyetaraan): nobody rose, fell or moved.
EQUALISED = "reorganised"


def trajectory(asof: AsOf) -> ibis.Table:
    """All trajectory features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room. Counts of somebody without any
        appointment are zero, everything else of theirs is missing.
    """
    parts = (
        _totals(asof),
        _acting(asof),
        n_different(asof.held_of_people, KEYS, "lineage_id", "n_organisations"),
        _present(asof),
        _moves(asof),
        _fields(asof),
        _memberships(asof),
    )
    made_of = {
        "is_in_post": ("current_step",),
        "years_since_last_post": ("current_step", "years_since_last_end"),
        "steps_per_year": ("highest_step", "first_step", "years_since_first_step"),
    }
    rows = asof.beside(*parts, made_of=made_of)
    counts = (
        "n_appointments",
        "n_acting",
        "n_caretaker",
        "n_organisations",
        "n_fields",
        "n_moves",
        "n_promotions",
        "n_demotions",
        "n_equalisations",
    )
    filled = {name: _[name].fill_null(0) for name in counts}
    in_post = _.current_step.notnull()
    span = _.years_since_first_step
    climbed = _.highest_step - _.first_step
    return rows.mutate(
        **filled,
        is_in_post=in_post.cast("int64"),
        years_in_service=_.years_in_service.fill_null(0.0),
        years_acting=_.years_acting.fill_null(0.0),
        years_since_last_post=ibis.ifelse(in_post, 0.0, _.years_since_last_end),
        # Somebody in their first year has no yearly rate yet: it would be a step over an instant.
        steps_per_year=ibis.ifelse(span >= 1, climbed / span, None),
    ).drop("years_since_last_end", "first_step", "years_since_first_step")


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
    is_own = held.kind == OWN
    ended = is_own & ~held.is_open
    is_remote = held.remote == "yes"
    return held.group_by(*KEYS).agg(
        n_appointments=_.count(),
        n_remote_posts=is_remote.sum(),
        years_remote=in_years((days * is_remote.cast("int64")).sum()),
        highest_step=held.step.max(where=is_own),
        mean_tenure_years=in_years(days.sum(where=ended) / ended.sum().nullif(0)),
        share_short_posts=(ended & (days < SHORT_POST_DAYS)).sum() / ended.sum().nullif(0),
        years_in_service=in_years(held.days_covered.sum()),
        years_since_first_post=years_between(held.start_on, held.as_of).max(),
        years_since_last_end=years_between(held.until_on, held.as_of).min(),
    )


def _acting(asof: AsOf) -> ibis.Table:
    """Posts held for somebody else, or until there was somebody; pauses between them count not."""
    held = asof.held_of_people.filter(_.kind != OWN)
    held = with_days_covered(held, by=KEYS, name="days_acting", pause_days=0)
    return held.group_by(*KEYS).agg(
        n_acting=_.count(),
        n_caretaker=(_.kind == "caretaker").sum(),
        years_acting=in_years(_.days_acting.sum()),
    )


def _present(asof: AsOf) -> ibis.Table:
    """Present post and class of everybody in service, and where that puts each among peers."""
    held = asof.held_of_everybody
    in_service = asof.in_service
    in_class = held.join(in_service, [*KEYS, held.step == in_service.current_step])
    in_class = in_class.filter((in_class.kind == OWN) | ~in_class.has_own_post)
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
    held = asof.held_of_people.filter(_.kind == OWN)
    is_equalised = (held.end_reason == EQUALISED).fill_null(False)
    days = held.group_by(*KEYS, "start_on").agg(step=held.step.max(), ended=is_equalised.any())
    in_order = ibis.window(group_by=list(KEYS), order_by="start_on")
    days = days.mutate(previous=_.step.lag().over(in_order), equalised=_.ended.lag().over(in_order))
    moved = _.previous.notnull() & ~_.equalised
    rose = moved & (_.step > _.previous)
    return days.group_by(*KEYS).agg(
        n_moves=moved.sum(),
        n_promotions=rose.sum(),
        n_demotions=(moved & (_.step < _.previous)).sum(),
        n_equalisations=(_.previous.notnull() & _.equalised).sum(),
        lateral_share=(moved & (_.step == _.previous)).sum() / moved.sum().nullif(0),
        first_step=_.step.argmin(_.start_on),
        years_since_first_step=years_between(_.start_on, _.as_of).max(),
    )


def _fields(asof: AsOf) -> ibis.Table:
    """Fields worked in, and how evenly the years lie among them (Shannon entropy, in nats)."""
    worked = asof.held_of_people.join(asof.post_fields, "post_id")
    worked = with_days_covered(worked, by=(*KEYS, "field"), name="days")
    of_field = worked.group_by(*KEYS, "field").agg(days=worked.days.sum().cast("int64"))
    whole = ibis.window(group_by=list(KEYS))
    share = ratio(of_field.days, of_field.days.sum().over(whole))
    of_field = of_field.mutate(part=ibis.ifelse(share > 0, micro(-share * share.ln()), 0))
    return of_field.group_by(*KEYS).agg(
        n_fields=_.count(), field_entropy=_.part.sum() / float(MICRO)
    )


def _memberships(asof: AsOf) -> ibis.Table:
    rows = asof.memberships_of_people
    first = asof.held_of_people.group_by(*KEYS).agg(first_on=_.start_on.min())
    rows = rows.left_join(first, list(KEYS)).drop("no_right", "as_of_right")
    rows = rows.mutate(
        is_before=_.first_on.isnull() | (_.start_on < _.first_on),
        until_before=ibis.least(_.until_on, _.first_on.coalesce(_.until_on)),
    )
    rows = with_days_covered(rows, by=KEYS, name="days")
    by = (*KEYS, "is_before")
    rows = with_days_covered(rows, by=by, until="until_before", name="days_before")
    return rows.group_by(*KEYS).agg(
        years_as_member=in_years(_.days.sum()),
        years_member_before_office=in_years(_.days_before.sum(where=_.is_before)),
    )
