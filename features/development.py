"""Development features: what a person learnt, studied and took part in beside the post.

Every feature here reads `AsOf`, never a table. A training without a known last day was finished on
some day of the year after its first, and until that is over it may be under way: what nobody knows
of it is missing, never nought. Hours that no certificate tells are missing: a training without
hours is not one of nought.
"""

from collections.abc import Callable
from typing import Any

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years
from features.exact import MILLI, milli, n_different, number_of

KEYS = ("no", "as_of")
YEAR_DAYS, RECENT_DAYS = 365, 1096
#: What no training lasts longer than: the longest for leaders take some five months.
LONGEST_DAYS = 365
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

    Notes
    -----
    A training without a known last day that began within `LONGEST_DAYS` may be under way and counts
    nothing; somebody who has no others has counts that are missing. One that began before was
    finished within that time of its first day: it counts, and hours and recency are missing where
    they depend on the day.
    """
    rows = asof.beside(*_training(asof), *_education(asof), _assignments(asof))
    none_is_told = {
        "training": ("n_trainings", "n_recent_trainings"),
        "assignment": ("n_assignments", "n_assignments_led", "n_assignments_beyond"),
    }
    counts = {}
    for table, names in none_is_told.items():
        has_none = _[f"n_{table}_rows"].isnull() if asof.holds(table) else ibis.literal(value=False)
        # Of somebody who has a row, a count that is missing is not known.
        counts |= {name: ibis.ifelse(has_none, 0, _[name]) for name in names}
    return rows.mutate(**counts).drop("n_training_rows", "n_assignment_rows")


def _training(asof: AsOf) -> tuple[ibis.Table, ibis.Table]:
    rows = asof.known_of_people("training")
    # Of one that ends on a day known ahead, the record says that it is not finished.
    rows = rows.filter(rows.finished_on.coalesce(rows.started_on) <= rows.as_of)
    # How long ago it was finished, at the most and at the least.
    most = days_between(rows.finished_on.coalesce(rows.started_on), rows.as_of)
    rows = rows.mutate(
        most=most, least=ibis.ifelse(rows.finished_on.isnull(), most - LONGEST_DAYS, most)
    )
    rows = rows.mutate(is_done=rows.least >= 0, amount=milli(rows.hours))
    level = number_of(rows.level, LEADERSHIP)
    is_technical, is_led = rows.kind == "technical", level.notnull()
    kinds = n_different(rows.filter(rows.is_done), KEYS, "kind", "n_training_kinds")

    def within(days: int, figure: Callable[[Any], Any], where: Any = True) -> Any:
        """A figure of the trainings finished so lately, missing if it depends on a day."""
        is_certain = rows.is_done & (rows.most <= days) & where
        may_be = rows.is_done & (rows.least <= days) & (rows.most > days) & where
        return ibis.ifelse(figure(may_be).fill_null(0) == 0, figure(is_certain), None)

    def hours(where: Any) -> Any:
        return rows.amount.sum(where=where)

    n_done = rows.is_done.sum().nullif(0)
    return kinds, rows.group_by(*KEYS).agg(
        n_training_rows=_.count(),
        n_trainings=n_done,
        n_recent_trainings=ibis.ifelse(
            n_done.notnull(), within(RECENT_DAYS, lambda where: where.sum()), None
        ),
        training_hours_1y=within(YEAR_DAYS, hours) / float(MILLI),
        training_hours_3y=within(RECENT_DAYS, hours) / float(MILLI),
        technical_hours_3y=within(RECENT_DAYS, hours, is_technical) / float(MILLI),
        leadership_training=level.max(where=rows.is_done),
        years_since_training=_since(rows, rows.is_done),
        years_since_leadership_training=_since(rows, rows.is_done & is_led),
    )


def _since(rows: Any, where: Any) -> Any:
    """Years since the newest training, missing where it may have been finished on several days."""
    most, least = rows.most.min(where=where), rows.least.min(where=where)
    return in_years(ibis.ifelse(most == least, most, None))


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
        n_assignment_rows=_.count(),
        n_assignments=_.count(),
        n_assignments_led=(rows.role == "lead").sum(),
        n_assignments_beyond=(rows.scope == "inter_agency").sum(),
    )
