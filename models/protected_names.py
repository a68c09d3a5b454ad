"""Names by which a column tells what law keeps out of a model, in both languages.

The rule that must not break: a column named so never enters a model that is fitted on a table of
somebody's own. The words stand in `protected_names.txt`. What hides under another name is found by
audits, not here.
"""

import re
from collections.abc import Sequence
from pathlib import Path

_WORDS = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split()
_REFUSED = re.compile(rf"(^|[^a-z])({'|'.join(_WORDS)})([^a-z]|$)")


def protected_names(columns: Sequence[str]) -> list[str]:
    """Which columns are named after a protected attribute.

    Examples
    --------
    >>> protected_names(["gap", "jenis_kelamin", "Age band", "assessment_years", "page"])
    ['jenis_kelamin', 'Age band']
    """
    return [one for one in columns if _REFUSED.search(one.lower())]
