"""The ways in which an attribute can be written: parts of it, numbers for it, texts that hold it.

The rule that must not break: everything in here is worked out of what is held about the same
person; a part that is not held has no coding.
"""

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

#: Eighteen digits: birth date, month of entry (21 for a contract), sex, serial number.
NIP_SHAPE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2]|21)[12]\d{3}(?!\d)"
)
#: The same where a floating-point number has spoilt the last digits.
NIP_BEGINNING = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d{8}$")
NIP_BETWEEN = (1.9e17, 2.1e17)
_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")
_DAY = re.compile(
    r"^(\d{4})-(\d{2})-(\d{2})$|^(\d{2})[-/](\d{2})[-/](\d{4})$|^(\d{4})(\d{2})(\d{2})$"
)
_SHORTEST_FORM = 4


@dataclass
class Coding:
    """One attribute of the people of some rows, in one of its ways.

    Parameters
    ----------
    attribute : str
        Whose coding it is.
    part : str
        Which, in words.
    values : Series
        One value a row; missing where it is not held.
    levels : bool
        Whether a column that tells it, or is told by it, is a copy.
    ordered : bool
        Whether a column that rises or falls along it is a copy.
    slack : float
        By how much it may be off along that order.
    number : bool
        Whether a column that equals it but for zero point and unit is a copy.
    same : bool
        Whether a column that equals it as it stands is a copy.
    """

    attribute: str
    part: str
    values: pd.Series
    levels: bool = False
    ordered: bool = False
    slack: float = 0.0
    number: bool = False
    same: bool = False


@dataclass
class Texts:
    """Texts that hold an attribute of a person, for looking into cells.

    Parameters
    ----------
    attribute : str
    whole : dict of str to set of str
        Person to texts that a cell may contain.
    digests : dict of str to set of str
        Person to digests that a cell may begin like.
    """

    attribute: str
    whole: dict[str, set[str]] = field(default_factory=dict)
    digests: dict[str, set[str]] = field(default_factory=dict)


def categories(attribute: str, values: pd.Series) -> list[Coding]:
    """The coding of an attribute that is one of a few words."""
    return [Coding(attribute, "value", values.str.casefold(), levels=True)]


def birth_date(values: pd.Series, on: pd.Series, attribute: str = "birth_date") -> list[Coding]:
    """The codings of birth dates.

    Parameters
    ----------
    values : Series of str
        Days written as YYYY-MM-DD, DD-MM-YYYY, DD/MM/YYYY or YYYYMMDD.
    on : Series of datetime64
        The date of each row, on which an age is counted.
    """
    born = as_days(values)
    days = (born - pd.Timestamp(1970, 1, 1)).dt.days.astype("float64")
    age = (on - born).dt.days.astype("float64")
    year, month, day = (getattr(born.dt, p).astype("float64") for p in ("year", "month", "day"))
    had_it = (on.dt.month * 100 + on.dt.day) >= month * 100 + day
    years = (on.dt.year - year - (~had_it)).where(born.notna())
    in_year = born.dt.day_of_year.astype("float64")

    def told(part: str, part_values: pd.Series) -> Coding:
        return Coding(attribute, part, part_values, levels=True, number=True)

    return [
        Coding(attribute, "day", days, True, True, 2.0, True),
        Coding(attribute, "age in days", age, True, True, 2.0, True),
        told("age in years", years),
        told("year", year),
        told("year of the century", year % 100),
        told("month", month),
        told("day of the month", day),
        told("year and month", year * 100 + month),
        told("month and day", month * 100 + day),
        told("day and month", day * 100 + month),
        Coding(attribute, "day of the year", in_year, True, True, 0.0, True),
        told("weekday", born.dt.day_of_week.astype("float64")),
        told("YYYYMMDD", (year * 100 + month) * 100 + day),
        told("DDMMYYYY", (day * 100 + month) * 10000 + year),
        told("YYMMDD", ((year % 100) * 100 + month) * 100 + day),
        told("DDMMYY", (day * 100 + month) * 100 + year % 100),
    ]


def nip(values: pd.Series, on: pd.Series) -> list[Coding]:
    """The codings of NIPs, and of the birth date and the sex that they tell.

    How long somebody has served is known from appointments as well: of the month of entry its
    digits are a copy, and no quantity that follows from it.
    """
    digits = values.where(values.str.fullmatch(r"\d{18}", na=False))
    entry_year, entry_month = _number(digits.str[8:12]), _number(digits.str[12:14])
    entry = entry_year * 100 + entry_month
    found = birth_date(digits.str[:8], on, "nip")
    found += [
        Coding("nip", "sex digit", digits.str[14], levels=True),
        Coding("nip", "serial number", digits.str[15:], levels=True),
        Coding("nip", "serial number", _number(digits.str[15:]), number=True),
        Coding("nip", "year and month of entry", entry, same=True),
        Coding("nip", "year of entry", entry_year, same=True),
        Coding("nip", "month of entry", entry_month, same=True),
        Coding("nip", "digits", _number(digits), ordered=True, number=True),
        Coding("nip", "digest", _digest_numbers(digits), number=True),
    ]
    return found


def name(values: pd.Series) -> list[Coding]:
    """The codings of names: initials, words, length, and numbers that stand for them."""
    folded = values.str.casefold().str.strip()
    words = folded.str.split()
    return [
        Coding("name", "whole", folded, levels=True),
        Coding("name", "initials", words.map(_initials, na_action="ignore"), levels=True),
        Coding("name", "first letter", folded.str[:1], levels=True),
        Coding("name", "first word", words.str[0], levels=True),
        Coding("name", "last word", words.str[-1], levels=True),
        Coding("name", "length", folded.str.len().astype("float64"), levels=True),
        Coding("name", "digest", _digest_numbers(values), number=True),
        Coding("name", "digest", _digest_numbers(folded), number=True),
    ]


def texts(attribute: str, held: pd.DataFrame) -> Texts | None:
    """Texts in which cells may hold an attribute, for `birth_date`, `nip` and `name`.

    Parameters
    ----------
    held : DataFrame
        `person_id` and `value`.
    """
    if attribute not in ("birth_date", "nip", "name"):
        return None
    found = Texts(attribute)
    for person_id, value in held[["person_id", "value"]].dropna().itertuples(index=False):
        whole = {value.casefold().strip()}
        if attribute == "name":
            parts = value.split()
            whole |= {" ".join(reversed(parts)).casefold(), ", ".join(parts[::-1]).casefold()}
        if attribute == "birth_date":
            whole |= _written_days(value)
        if attribute == "nip":
            whole |= {value[:8], value[:14], value[8:]} | _written_days(value[:8])
        found.whole.setdefault(person_id, set()).update(
            text for text in whole if len(text) >= _SHORTEST_FORM
        )
        found.digests.setdefault(person_id, set()).update(_digests(value))
    return found


def as_days(written: pd.Series) -> pd.Series:
    """Days out of texts; what is no day is missing."""
    parts = written.str.extract(_DAY)
    year, month, day = (
        parts[a].fillna(parts[b]).fillna(parts[c]) for a, b, c in ((0, 5, 6), (1, 4, 7), (2, 3, 8))
    )
    return pd.to_datetime(year + "-" + month + "-" + day, format="%Y-%m-%d", errors="coerce")


def _number(digits: pd.Series) -> pd.Series:
    return pd.to_numeric(digits, errors="coerce").astype("float64")


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words)


def _written_days(value: str) -> set[str]:
    parts = _DAY.match(value)
    if parts is None:
        return set()
    a, b, c, f, e, d, g, h, i = parts.groups()
    try:
        day = date(int(a or d or g), int(b or e or h), int(c or f or i))
    except ValueError:
        return set()
    forms = ("%Y%m%d", "%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d%m%Y")
    return {day.strftime(form) for form in forms}


def _digests(value: str) -> set[str]:
    """Digests of a text as anybody would take them, without a key."""
    found = set()
    for text in {value, value.casefold(), value.upper()}:
        for kind in _DIGESTS:
            digest = hashlib.new(kind, text.encode()).digest()
            found |= {digest.hex(), base64.b64encode(digest).decode().casefold()}
        found.add(f"{zlib.crc32(text.encode()):08x}")
    return found


def _digest_numbers(values: pd.Series) -> pd.Series:
    """A digest as a number: what the first 32 bits of CRC-32 make of a text."""
    taken = values.map(lambda text: float(zlib.crc32(text.encode())), na_action="ignore")
    return pd.to_numeric(taken, errors="coerce").astype(np.float64)
