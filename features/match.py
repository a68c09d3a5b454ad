"""Match features: what a person's career has to do with one post.

Every feature here reads `AsOf`, never a table. A post without recorded fields of work has no share
of them held: that stays missing.
"""

import ibis
from ibis import _

from features.asof import OWN, AsOf, days_between, in_years
from features.exact import ratio
from features.trajectory import with_days_covered

KEYS = ("pair",)


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
    ibis.Table, one row a pair (`pair`)
        The features that the catalogue lists for this room.
    """
    target = asof.posts.select("as_of", "post_id", post_lineage_id=_.lineage_id, post_step=_.step)
    pairs = asof.numbered(pairs).join(target, ["as_of", "post_id"])
    careers = asof.shared("careers_of_pairs", lambda: _careers(asof, pairs))
    parts = (
        _of_career(careers),
        _in_fields(asof, pairs, careers),
    )
    rows = pairs
    for part in parts:
        rows = rows.left_join(part, list(KEYS)).drop(*[f"{key}_right" for key in KEYS])
    rows = rows.left_join(_studied(asof, pairs), list(KEYS))
    rows = rows.drop(*[f"{key}_right" for key in KEYS])
    rows = rows.left_join(_incumbents(asof, target), ["as_of", "post_id"])
    rows = rows.drop("as_of_right", "post_id_right", "post_lineage_id", "person_id", "post_id")
    rows = rows.drop("no", "as_of")
    zeros = ("is_same_organisation", "years_in_organisation", "years_at_or_above_step")
    filled = {name: _[name].fill_null(0) for name in (*zeros, "has_held_post")}
    known_fields = _.n_post_fields.notnull()
    return rows.mutate(
        **filled,
        n_incumbents=_.n_incumbents.fill_null(0),
        share_fields_held=ibis.ifelse(
            known_fields, ratio(_.n_fields_held.fill_null(0), _.n_post_fields), None
        ),
        years_in_fields=ibis.ifelse(known_fields, _.years_in_fields.fill_null(0.0), None),
        step_rise=_.post_step - _.highest_step_held,
    ).drop("n_post_fields", "n_fields_held", "highest_step_held")


def _careers(asof: AsOf, pairs: ibis.Table) -> ibis.Table:
    """Each appointment of the pairs' people, with the post held under another name."""
    held = asof.held_of_people.select(
        "no",
        "as_of",
        "start_on",
        "until_on",
        "is_open",
        "kind",
        "lineage_id",
        "step",
        held_post_id=_.post_id,
    )
    return pairs.join(held, ["no", "as_of"])


def _of_career(careers: ibis.Table) -> ibis.Table:
    """Organisation, step and seat of each career against those of the post."""
    rows = careers.mutate(there=_.lineage_id == _.post_lineage_id, above=_.step >= _.post_step)
    rows = with_days_covered(rows, by=(*KEYS, "there"), name="days_there")
    rows = with_days_covered(rows, by=(*KEYS, "above"), name="days_above")
    return rows.group_by(*KEYS).agg(
        is_same_organisation=(_.there & _.is_open).any().cast("int64"),
        years_in_organisation=in_years(_.days_there.sum(where=_.there)),
        years_at_or_above_step=in_years(_.days_above.sum(where=_.above)),
        has_held_post=(_.held_post_id == _.post_id).any().cast("int64"),
        highest_step_held=_.step.max(where=_.kind == OWN),
    )


def _in_fields(asof: AsOf, pairs: ibis.Table, careers: ibis.Table) -> ibis.Table:
    wanted = asof.post_fields.group_by("post_id").agg(n_post_fields=_.field.nunique())
    fields = asof.post_fields
    held_fields = fields.select(held_post_id=_.post_id, field=_.field)
    # Computed before the next join: posts that share a field are many times as many as posts.
    worked = asof.shared("fields_of_careers", lambda: careers.join(held_fields, "held_post_id"))
    worked = worked.join(fields, ["post_id", "field"])
    worked = with_days_covered(worked, by=KEYS, name="days_in_fields")
    held = worked.group_by(*KEYS).agg(
        n_fields_held=_.field.nunique(), years_in_fields=in_years(_.days_in_fields.sum())
    )
    rows = pairs.select("pair", "post_id").join(wanted, "post_id").select("pair", "n_post_fields")
    return rows.left_join(held, list(KEYS)).drop(*[f"{key}_right" for key in KEYS])


def _studied(asof: AsOf, pairs: ibis.Table) -> ibis.Table:
    """Whether a field of study on record is one of the post's; missing if either is unknown."""
    studied = asof.known_of_people("education")
    studied = studied.filter(studied.field.notnull(), studied.graduated_on <= studied.as_of)
    studied = studied.select("no", "as_of", studied_field=studied.field).distinct()
    rows = pairs.select("pair", "no", "as_of", "post_id").join(asof.post_fields, "post_id")
    rows = rows.join(studied, ["no", "as_of"])
    return rows.group_by(*KEYS).agg(
        has_studied_field=(rows.field == rows.studied_field).any().cast("int64")
    )


def _incumbents(asof: AsOf, target: ibis.Table) -> ibis.Table:
    """Holders of posts of that class in that organisation, and how long those who left lasted.

    Whoever acts in a post, for a few months by law, is no holder of it.
    """
    held = asof.held_of_everybody.filter(_.kind == OWN)
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
    by_seat = by_seat.mutate(post_mean_tenure_years=in_years(ratio(_.days, _.n_ended)))
    rows = target.join(by_seat, ["as_of", "post_lineage_id", "post_step"])
    return rows.select("as_of", "post_id", "post_mean_tenure_years", "n_incumbents")
