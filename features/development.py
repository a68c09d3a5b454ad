"""Development features: what a person learnt, studied and took part in beside the post.

Every feature here reads `AsOf`, never a table. Only training that was finished, and known to be,
counts. Hours that no certificate tells are missing: a training without hours is not one of nought.
"""

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.exact import MILLI, milli, n_different, number_of

KEYS = ("no", "as_of")
YEAR_DAYS, RECENT_DAYS = 365, 1096
#: Leadership training, the lowest first; names of before 2015 beside those of today.
LEADERSHIP = {
    "sepada": 1,
    "pim_iv": 2,
    "pkp": 2,
    "pim_iii": 3,
    "pka": 3,
    "pim_ii": 4,
    "pkn_ii": 4,
    "pim_i": 5,
    "pkn_i": 5,
}
EDUCATION = ("primary_secondary", "diploma", "bachelor", "master", "doctorate")


def development(asof: AsOf) -> ibis.Table:
    """All development features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        The features that the catalogue lists for this room. Where an agency keeps a table, whoever
        has no row of it has a count of nought *on record*.
    """
    rows = asof.beside(*_training(asof), *_education(asof), _assignments(asof))
    none_is_told = {
        "training": ("n_trainings", "n_recent_trainings"),
        "assignment": ("n_assignments", "n_assignments_led", "n_assignments_beyond"),
    }
    counts = {
        name: _[name].fill_null(0) if asof.holds(table) else ibis.null("int64")
        for table, names in none_is_told.items()
        for name in names
    }
    return rows.mutate(**counts)


def _training(asof: AsOf) -> tuple[ibis.Table, ibis.Table]:
    rows = asof.known_of_people("training")
    rows = rows.filter(rows.finished_on <= rows.as_of)
    days = days_between(rows.finished_on, rows.as_of)
    level = number_of(rows.level, LEADERSHIP)
    hours, recent = milli(rows.hours), days <= RECENT_DAYS
    kinds = n_different(rows, KEYS, "kind", "n_training_kinds")
    return kinds, rows.group_by(*KEYS).agg(
        n_trainings=_.count(),
        n_recent_trainings=recent.sum(),
        training_hours_1y=hours.sum(where=days <= YEAR_DAYS) / float(MILLI),
        training_hours_3y=hours.sum(where=recent) / float(MILLI),
        technical_hours_3y=hours.sum(where=recent & (rows.kind == "technical")) / float(MILLI),
        leadership_training=level.max(),
        years_since_training=in_years(days.min()),
        years_since_leadership_training=in_years(days.min(where=level.notnull())),
    )


def _education(asof: AsOf) -> tuple[ibis.Table, ibis.Table]:
    rows = asof.known_of_people("education")
    rows = rows.filter(rows.graduated_on <= rows.as_of)
    level = number_of(rows.level, {name: step for step, name in enumerate(EDUCATION, start=1)})
    fields = n_different(rows, KEYS, "field", "n_study_fields")
    return fields, rows.group_by(*KEYS).agg(education_level=level.max())


def _assignments(asof: AsOf) -> ibis.Table:
    rows = asof.known_of_people("assignment")
    rows = rows.filter(rows.started_on <= rows.as_of)
    return rows.group_by(*KEYS).agg(
        n_assignments=_.count(),
        n_assignments_led=(rows.role == "lead").sum(),
        n_assignments_beyond=(rows.scope == "inter_agency").sum(),
    )
