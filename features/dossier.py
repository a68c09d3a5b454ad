"""Dossier features: what of a person's papers is on record, and how fresh it is.

Every feature here reads `AsOf`, never a table. They tell of the record and not of the person: what
an agency does not keep is nobody's gap.
"""

from functools import reduce

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.competency import estimates, newest_scores

KEYS = ("no", "as_of")
#: Papers that a complete dossier holds, and the day that tells when one came in.
PAPERS = {
    "rank_history": "recorded_on",
    "education": "recorded_on",
    "training": "started_recorded_on",
    "appraisal": "recorded_on",
    "assessment": "recorded_on",
    "potential": "recorded_on",
    "feedback": "recorded_on",
}
#: A rating, an assessment and a potential older than this no longer describe anybody.
VALID_DAYS = 1096
AGEING = {"appraisal": "appraised_on", "assessment": "assessed_on", "potential": "assessed_on"}


def dossier(asof: AsOf) -> ibis.Table:
    """All features about the record of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room.
    """
    kept = [name for name in PAPERS if asof.holds(name)]
    rows = asof.spine.select(*KEYS)
    for name in kept:
        rows = rows.left_join(_paper(asof, name), list(KEYS))
        rows = rows.drop(*[f"{key}_right" for key in KEYS])
    if not kept:
        nothing = ("share_papers_held", "share_papers_valid", "years_since_paper")
        return rows.mutate(**{name: ibis.null("float64") for name in nothing})
    held = _count([_[f"{name}_on"].notnull() for name in kept])
    ageing = [name for name in kept if name in AGEING]
    valid = _count([_is_valid(name) for name in ageing]) if ageing else None
    newest = ibis.greatest(_[f"{kept[0]}_on"], *(_[f"{name}_on"] for name in kept))
    rows = rows.mutate(
        share_papers_held=held / len(kept),
        share_papers_valid=ibis.null("float64") if valid is None else valid / len(ageing),
        years_since_paper=in_years(days_between(newest, _.as_of)),
    )
    return rows.select(*KEYS, "share_papers_held", "share_papers_valid", "years_since_paper")


def _paper(asof: AsOf, name: str) -> ibis.Table:
    rows = _papers(asof, name)
    found = {f"{name}_on": rows.came_on.max()}
    if name in AGEING:
        found[f"{name}_newest_on"] = rows.newest_on.max()
    return rows.group_by(*KEYS).agg(**found)


def _papers(asof: AsOf, name: str) -> ibis.Table:
    """The papers of one kind that had come in by then: `came_on`, and `newest_on` if they age."""
    if name == "assessment":
        return estimates(asof)
    if name == "potential":
        return newest_scores(asof)
    rows = asof.known_of_people(name)
    if name not in AGEING:
        return rows.select(*KEYS, came_on=rows[PAPERS[name]])
    happened = rows[AGEING[name]]
    return rows.filter(happened <= rows.as_of).select(
        *KEYS, came_on=rows[PAPERS[name]], newest_on=happened
    )


def _is_valid(name: str) -> ibis.Deferred:
    age = _.as_of.delta(_[f"{name}_newest_on"], unit="day")
    return (age <= VALID_DAYS).fill_null(False)


def _count(conditions: list) -> ibis.Deferred:
    return reduce(lambda one, other: one + other, [c.cast("int64") for c in conditions])
