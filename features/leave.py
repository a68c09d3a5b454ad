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
        `n_leaves` and `years_on_leave`; missing where the agency keeps no standing in service.
    """
    rows = asof.known_of_people("legal_status")
    rows = rows.filter(rows.status.lower().isin(LEAVE), rows.from_on <= rows.as_of)
    lasts = rows.until_on.isnull() | (rows.until_on > rows.as_of)
    until = ibis.ifelse(lasts, rows.as_of, rows.until_on)
    taken = rows.group_by(*KEYS).agg(
        n_leaves=_.count(), years_on_leave=in_years(days_between(rows.from_on, until).sum())
    )
    found = asof.beside(taken)
    if not asof.holds("legal_status"):
        return found
    return found.mutate(
        n_leaves=_.n_leaves.fill_null(0), years_on_leave=_.years_on_leave.fill_null(0.0)
    )
