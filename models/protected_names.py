"""Names by which a column tells what law keeps out of a model, in both languages.

The rule that must not break: a column named so never enters a model that is fitted on a table of
somebody's own. What hides under another name is found by audits, not here.
"""

import re
from collections.abc import Sequence

_REFUSED = re.compile(
    r"(^|[^a-z])(age|ages|aged|old|born|birth|birthday|birthdate|birthyear|birthplace|dateofbirth|dob|"
    r"sex|gender|woman|women|man|men|female|male|religion|political|race|colour|ethnicity|origin|"
    r"marital|married|disability|disabled|nip|name|retirement|retires|bup|"
    r"kelamin|wanita|perempuan|pria|usia|umur|lahir|agama|suku|ras|asal|kawin|nikah|"
    r"disabilitas|difabel|nama|pensiun)([^a-z]|$)"
)


def protected_names(columns: Sequence[str]) -> list[str]:
    """Which columns are named after a protected attribute.

    Examples
    --------
    >>> protected_names(["gap", "jenis_kelamin", "Age band", "assessment_years", "page"])
    ['jenis_kelamin', 'Age band']
    """
    return [one for one in columns if _REFUSED.search(one.lower())]
