"""Gap features: what a post asks for against what is known of a person's competencies.

Every feature here reads `AsOf`, never a table. A gap is level less requirement, so a shortfall is
below nought. What lies above the requirement counts up to one level and no further, and a
competency that was not measured takes no part: how much was measured is a feature of its own.
"""

import ibis

from features.asof import AsOf, days_between, in_years
from features.competency import codes, estimates
from features.exact import MICRO, micro, ratio

KEYS = ("pair",)
#: Surplus beyond so many levels is no better.
SURPLUS = 1.0
#: A shortfall from so many levels on is counted.
SHORT = 1.0
TECHNICAL = "teknis"
#: Weights are added up in whole parts of so many.
WEIGHT = 10_000.0


def gap(asof: AsOf, pairs: ibis.Table) -> ibis.Table:
    """All gap features of pairs of a person and a post.

    Parameters
    ----------
    asof : AsOf
        Its spine holds at least the people and dates of `pairs`.
    pairs : ibis.Table
        `person_id`, `post_id`, `as_of`.

    Returns
    -------
    ibis.Table, one row a pair (`pair`) of which the post has requirements
        The features that the catalogue lists for this room.
    """
    rows = asof.numbered(pairs).join(_standards(asof), "post_id")
    rows = rows.left_join(estimates(asof), ["no", "as_of", "code"])
    rows = rows.drop("no_right", "as_of_right", "code_right")
    short = rows.level - rows.required
    rows = rows.mutate(gap=micro(short), held=micro(ibis.ifelse(short > SURPLUS, SURPLUS, short)))
    is_known = rows.gap.notnull()
    weight = rows.weight.sum(where=is_known)
    deficit = ibis.ifelse(rows.gap < 0, rows.gap, 0)
    spread = micro(rows.variance) * rows.weight * rows.weight
    age = days_between(rows.newest_on, rows.as_of)
    whole = float(MICRO)
    return rows.group_by(*KEYS).agg(
        gap_weighted=ratio((rows.weight * rows.held).sum(where=is_known), weight) / whole,
        gap_deficit=ratio((rows.weight * deficit).sum(where=is_known), weight) / whole,
        gap_worst_critical=rows.gap.min(where=rows.is_critical == 1) / whole,
        gap_technical=rows.gap.min(where=rows.is_technical == 1) / whole,
        n_below_requirement=ibis.ifelse(
            is_known.any(), (rows.gap <= -int(SHORT * MICRO)).sum(where=is_known), None
        ),
        requirement_coverage=ratio(weight.fill_null(0), rows.weight.sum()),
        gap_uncertainty=(spread.sum(where=is_known) / whole).sqrt()
        / weight.nullif(0).cast("float64"),
        gap_evidence_years=in_years(ratio((rows.weight * age).sum(where=is_known), weight)),
    )


def _standards(asof: AsOf) -> ibis.Table:
    """What each post asks for; where the standard gives no weights, all count alike."""
    rows = asof.timeless("post_requirement").join(codes(asof), "competency")
    weight = (rows.weight.fill_null(1.0) * WEIGHT).round().cast("int64")
    return rows.select(
        "post_id",
        "code",
        required=rows.level.cast("float64"),
        weight=weight,
        is_critical=(rows.critical == "yes").fill_null(False).cast("int64"),
        is_technical=rows.competency.startswith(TECHNICAL).cast("int64"),
    )
