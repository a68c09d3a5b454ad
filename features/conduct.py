"""Conduct features: how people behave, what they were honoured and what they were punished for.

Every feature here reads `AsOf`, never a table. Behaviour and discipline stand apart: a bad mark is
no sanction. No sanction on record means that none is on record.
"""

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.exact import mean_of, milli, number_of, ratio, within
from features.moments import FEWEST, moments, with_mean_and_variance

KEYS = ("no", "as_of")
#: The seven values of BerAKHLAK, and the mean of them where only that is sent.
VALUES = (
    "berakhlak",
    "berorientasi_pelayanan",
    "akuntabel",
    "kompeten",
    "harmonis",
    "loyal",
    "adaptif",
    "kolaboratif",
)
RATERS = ("superior", "peer", "subordinate")
RECENT_DAYS = 1096
FURTHEST = 5.0
SEVERITY = {"light": 1, "medium": 2, "heavy": 3}
#: Awards for long service tell age and nothing else.
LONG_SERVICE = "satyalancana_karya_satya"


def conduct(asof: AsOf) -> ibis.Table:
    """All conduct features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room.
    """
    akhlak = [f"akhlak_{rater}" for rater in RATERS]
    made_of = {"akhlak_mean": akhlak}
    rows = asof.beside(_feedback(asof), _discipline(asof), _awards(asof), made_of=made_of)
    none_is_told = {"discipline": ("n_sanctions",), "award": ("n_awards",)}
    counts = {
        name: _[name].fill_null(0) if asof.holds(table) else ibis.null("int64")
        for table, names in none_is_told.items()
        for name in names
    }
    if asof.holds("discipline"):
        counts["is_under_sanction"] = ibis.ifelse(_.n_sanctions.isnull(), 0, _.is_under_sanction)
    return rows.mutate(**counts, akhlak_mean=mean_of([_[name] for name in akhlak]))


def _feedback(asof: AsOf) -> ibis.Table:
    """Ratings of values by where the rater stands, against what everybody gets from there."""
    rows = asof.known_of_people("feedback")
    of_values = rows.subject.lower().replace(" ", "_").isin(VALUES)
    rows = rows.filter(of_values, rows.given_on <= rows.as_of)
    newest_on = rows.given_on.max()
    recent = days_between(rows.given_on, rows.as_of) <= RECENT_DAYS
    given = rows.group_by(*KEYS, "rater").agg(
        total=milli(rows.score).sum(where=recent), n_given=recent.sum(), newest_on=newest_on
    )
    everybody = asof.learnt("feedback", "given_on")
    everybody = everybody.filter(everybody.subject.lower().replace(" ", "_").isin(VALUES))
    everybody = everybody.mutate(amount=milli(everybody.score))
    lay = moments(asof, "feedback_daily", everybody, ("rater",)).filter(_.n >= FEWEST)
    lay = with_mean_and_variance(lay).select("as_of", "rater", "mean", "variance")
    given = given.left_join(lay, ["as_of", "rater"]).drop("as_of_right", "rater_right")
    score = (ratio(given.total, given.n_given) - given["mean"]) / given.variance.sqrt().nullif(0.0)
    given = given.mutate(standing=within(score, -FURTHEST, FURTHEST))
    of_raters = {f"akhlak_{r}": _.standing.max(where=_.rater == r) for r in RATERS}
    return given.group_by(*KEYS).agg(
        **of_raters,
        n_akhlak_ratings=_.n_given.sum(),
        years_since_akhlak=in_years(days_between(_.newest_on.max(), _.as_of.max())),
    )


def _discipline(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_people("discipline")
    rows = rows.filter(rows.sanctioned_on <= rows.as_of)
    lasts = (rows.until_on >= rows.as_of).any().fill_null(False)
    # Of a sanction without an end nobody knows whether it lasts.
    is_told = rows.until_on.notnull().all()
    severity = number_of(rows.level, SEVERITY)
    newest_on = rows.sanctioned_on.max()
    return rows.group_by(*KEYS).agg(
        n_sanctions=_.count(),
        worst_sanction=severity.max(),
        is_under_sanction=ibis.cases((lasts, 1), (is_told, 0), else_=None),
        years_since_sanction=in_years(days_between(newest_on, rows.as_of.max())),
    )


def _awards(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_people("award")
    rows = rows.filter(rows.awarded_on <= rows.as_of, ~rows.kind.startswith(LONG_SERVICE))
    newest_on = rows.awarded_on.max()
    return rows.group_by(*KEYS).agg(
        n_awards=_.count(),
        years_since_award=in_years(days_between(newest_on, rows.as_of.max())),
    )
