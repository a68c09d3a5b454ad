"""Match features: what a person's career has to do with one post.

Every feature here reads `AsOf`, never a table. A post without recorded fields of work has no share
of them held: that stays missing.
"""

import ibis
from ibis import _

from features.asof import DAYS_PER_YEAR, AsOf, days_between
from features.trajectory import with_days_covered

KEYS = ("person_id", "post_id", "as_of")


def match(asof: AsOf, pairs: ibis.Table) -> ibis.Table:
    """All match features of pairs of a person and a post.

    Parameters
    ----------
    asof : AsOf
        Its spine holds at least the people and dates of `pairs`.
    pairs : ibis.Table
        `person_id`, `post_id`, `as_of`.

    Returns
    -------
    ibis.Table, one row a pair
        The features that the catalogue lists for this room.
    """
    target = asof.posts.select("as_of", "post_id", post_lineage_id=_.lineage_id, post_step=_.step)
    pairs = pairs.join(target, ["as_of", "post_id"])
    careers = pairs.join(_career(asof), ["person_id", "as_of"])
    parts = (
        _of_career(careers),
        _in_fields(asof, pairs, careers),
    )
    rows = pairs
    for part in parts:
        rows = rows.left_join(part, list(KEYS)).drop(*[f"{key}_right" for key in KEYS])
    rows = rows.left_join(_incumbents(asof, target), ["as_of", "post_id"])
    rows = rows.drop("as_of_right", "post_id_right", "post_lineage_id")
    zeros = ("is_same_organisation", "years_in_organisation", "years_at_or_above_step")
    filled = {name: _[name].fill_null(0) for name in (*zeros, "has_held_post")}
    known_fields = _.n_post_fields.notnull()
    return rows.mutate(
        **filled,
        n_incumbents=_.n_incumbents.fill_null(0),
        share_fields_held=ibis.ifelse(
            known_fields, _.n_fields_held.fill_null(0) / _.n_post_fields, None
        ),
        years_in_fields=ibis.ifelse(known_fields, _.years_in_fields.fill_null(0.0), None),
        step_rise=_.post_step - _.highest_step_held,
    ).drop("n_post_fields", "n_fields_held", "highest_step_held")


def _career(asof: AsOf) -> ibis.Table:
    """What the pairs need of each appointment, with the post held under another name."""
    return asof.held_of_people.select(
        "person_id",
        "as_of",
        "start_on",
        "until_on",
        "is_open",
        "lineage_id",
        "step",
        held_post_id=_.post_id,
    )


def _of_career(careers: ibis.Table) -> ibis.Table:
    """Organisation, step and seat of each career against those of the post."""
    rows = careers.mutate(there=_.lineage_id == _.post_lineage_id, above=_.step >= _.post_step)
    rows = with_days_covered(rows, by=(*KEYS, "there"), name="days_there")
    rows = with_days_covered(rows, by=(*KEYS, "above"), name="days_above")
    return rows.group_by(*KEYS).agg(
        is_same_organisation=(_.there & _.is_open).any().cast("int64"),
        years_in_organisation=_.days_there.sum(where=_.there) / DAYS_PER_YEAR,
        years_at_or_above_step=_.days_above.sum(where=_.above) / DAYS_PER_YEAR,
        has_held_post=(_.held_post_id == _.post_id).any().cast("int64"),
        highest_step_held=_.step.max(),
    )


def _in_fields(asof: AsOf, pairs: ibis.Table, careers: ibis.Table) -> ibis.Table:
    wanted = asof.post_fields.group_by("post_id").agg(n_post_fields=_.field.nunique())
    fields = asof.post_fields
    held_fields = fields.select(held_post_id=_.post_id, field=_.field)
    # Pairs of a post held and a post wanted that share a field: small, and free of people.
    shared = held_fields.join(fields, "field").select("held_post_id", "post_id", "field")
    worked = careers.join(shared, ["held_post_id", "post_id"])
    worked = with_days_covered(worked, by=KEYS, name="days_in_fields")
    held = worked.group_by(*KEYS).agg(
        n_fields_held=_.field.nunique(), years_in_fields=_.days_in_fields.sum() / DAYS_PER_YEAR
    )
    rows = pairs.select(*KEYS).join(wanted, "post_id")
    return rows.left_join(held, list(KEYS)).drop(*[f"{key}_right" for key in KEYS])


def _incumbents(asof: AsOf, target: ibis.Table) -> ibis.Table:
    """Holders of posts of that class in that organisation, and how long those who left lasted."""
    held = asof.held_of_everybody
    seats = target.select("as_of", "post_lineage_id", "post_step").distinct()
    same = held.join(
        seats,
        [
            held.as_of == seats.as_of,
            held.lineage_id == seats.post_lineage_id,
            held.step == seats.post_step,
        ],
    )
    by_seat = same.group_by("as_of", "post_lineage_id", "post_step").agg(
        days=days_between(_.start_on, _.until_on).sum(where=~_.is_open),
        n_ended=(~_.is_open).sum(),
        n_incumbents=_.person_id.nunique(),
    )
    by_seat = by_seat.mutate(post_mean_tenure_years=_.days / _.n_ended.nullif(0) / DAYS_PER_YEAR)
    rows = target.join(by_seat, ["as_of", "post_lineage_id", "post_step"])
    return rows.select("as_of", "post_id", "post_mean_tenure_years", "n_incumbents")
