"""Leave features: breaks in service that the record tells of. Off by default.

The rule that must not break: no frame has them unless they were asked for by name. Leave for a
birth or without pay tells who bears and raises children before it tells anything else.

Every feature here reads `AsOf`, never a table.
"""

import ibis
from ibis import _

from features.asof import AsOf, days_between, in_years

KEYS = ("no", "as_of")
#: Standings that are leave: without pay (CLTN), for a birth, for great reasons.
LEAVE = ("cltn", "unpaid_leave", "maternity_leave", "long_leave")


def leave(asof: AsOf) -> ibis.Table:
    """The leave features of the people of the spine.

    Returns
    -------
    ibis.Table, one row a person (`no`) and `as_of` of the spine
        `n_leaves` and `years_on_leave`; missing where the agency keeps no standing in service, and
        on a date by which it has recorded no leave of anybody: such a record tells of none.
    """
    taken = _taken(asof.known_of_people("legal_status"))
    lasts = taken.until_on.isnull() | (taken.until_on > taken.as_of)
    until = ibis.ifelse(lasts, taken.as_of, taken.until_on)
    found = asof.beside(
        taken.group_by(*KEYS).agg(
            n_leaves=_.count(), years_on_leave=in_years(days_between(taken.from_on, until).sum())
        )
    )
    if not asof.holds("legal_status"):
        return found
    kept = _taken(asof.known_of_everybody("legal_status")).group_by("as_of").agg(n_kept=_.count())
    found = found.left_join(kept, "as_of").drop("as_of_right")
    has_none = _.n_leaves.isnull() & _.n_kept.notnull()
    found = found.mutate(
        n_leaves=ibis.ifelse(has_none, 0, _.n_leaves),
        years_on_leave=ibis.ifelse(has_none, 0.0, _.years_on_leave),
    )
    return found.drop("n_kept")


def _taken(rows: ibis.Table) -> ibis.Table:
    """Standings that are leave, and have begun."""
    return rows.filter(rows.status.lower().isin(LEAVE), rows.from_on <= rows.as_of)
