"""Careers as moves, drawn on the page: three organisations, three steps, five moves.

The rule that must not break: everything here is invented.
"""

import pandas as pd

from tests.lib.careers import rows


def table(text: str) -> pd.DataFrame:
    """Spells, moves or closures written as a table on the page; columns ending in `on` are days."""
    frame = pd.DataFrame(rows(text))
    for column in frame:
        if column.endswith("on") and column != "organisation":
            frame[column] = pd.to_datetime(frame[column])
        elif column in {"person_id", "step", "sequence"}:
            frame[column] = frame[column].astype(int)
    return frame


SPELLS = table("""
    person_id | on         | organisation | step | sequence
    1         | 2000-01-01 | Sea          | 1    | 0
    1         | 2002-01-01 | Sea          | 2    | 1
    2         | 2000-01-01 | Sea          | 1    | 2
    2         | 2003-01-01 | Land         | 2    | 3
    3         | 2001-01-01 | Land         | 1    | 4
    3         | 2004-01-01 | Land         | 2    | 5
    1         | 2005-01-01 | Air          | 3    | 6
    4         | 2004-01-01 | Sea          | 1    | 7
    4         | 2006-01-01 | Sea          | 2    | 8
""")
CLOSURES = table("""
    organisation | closed_on
    Air          | 2005-06-30
""")
