"""The ways in which an attribute can be written: parts of it, numbers for it, texts that hold it.

The rule that must not break: everything in here is worked out of what is held about the same
person; a part that is not held has no coding.
"""

import base64
import hashlib
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from features.agencies.traces import bare_name

#: The shape of a NIP of which a floating-point number has spoilt the last digits.
NIP_BEGINNING = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d{8}$")
NIP_BETWEEN = (1.9e17, 2.1e17)
_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")
_DAY = re.compile(
    r"^(\d{4})-(\d{2})-(\d{2})$|^(\d{2})[-/](\d{2})[-/](\d{4})$|^(\d{4})(\d{2})(\d{2})$"
)
_BETWEEN = re.compile(r"[\W_]+")
_SHORTEST_FORM = 4
_RELATIONS = 8
#: Digests that are made into numbers, and how many of their hexadecimal digits are taken: from
#: six on, further digits change a number by less than the linter looks at.
_NUMBERED = ("md5", "sha1", "sha256")
_TAKEN = (4, 5, 13)
#: A NIP of which the first digits are cut off is a copy as long as sex and serial number are left;
#: and where seven digits are left, those behind them are less than the linter looks at.
_FIRST_DIGITS = range(1, 15)
#: What more people share than these, and than that share of all, tells nobody: `1001` where nobody
#: has a serial number but the first.
_MOST_SHARING, _MOST_SHARE = 2, 0.05
_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january february march april may june july august september october november december",
        "januari februari maret april mei juni juli agustus september oktober november desember",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mar apr mei jun jul agu sep okt nov des",
        "jan peb mrt apr mei jun jul ags sept okt nop des",
    )
)


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

    @property
    def only_number(self) -> bool:
        """Whether one relation is looked at only, that of a number but for zero point and unit."""
        return self.number and not (self.levels or self.ordered or self.same)

    @property
    def n_relations(self) -> int:
        """How many relations to a column are looked at, at most."""
        return 1 if self.only_number else _RELATIONS


@dataclass
class Texts:
    """Texts that hold an attribute of a person, for looking into cells; see `squeezed`.

    Parameters
    ----------
    attribute : str
    whole : dict of str to set of str
        Person to texts that a cell may contain.
    digests : dict of str to set of str
        Person to digests of which a cell may be a piece.
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
        *_numbered_digests(attribute, born.dt.strftime("%Y-%m-%d")),
        *_numbered_digests(attribute, born.dt.strftime("%Y%m%d")),
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
        Coding("nip", "digits backwards", _number(digits.str[::-1]), number=True),
        *_numbered_digests("nip", digits),
    ]
    found += [
        Coding("nip", f"last {18 - n} digits", _number(digits.str[n:]), number=True)
        for n in _FIRST_DIGITS
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
        *_numbered_digests("name", values),
        *_numbered_digests("name", folded),
        *_numbered_digests("name", values.str.upper()),
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
        whole = {value}
        if attribute == "name":
            bare = bare_name(value) or value
            whole |= {" ".join(reversed(form.split())) for form in (value, bare)} | {bare}
        if attribute == "birth_date":
            whole |= _written_days(value)
        if attribute == "nip":
            whole |= {value[:8], value[:14], value[8:], value[12:], value[14:]}
            whole |= _written_days(value[:8])
        forms = {squeezed(text) for text in whole | _encoded(attribute, value)}
        if attribute != "birth_date":
            forms |= _backwards(forms)
        forms = {form for form in forms if len(form) >= _SHORTEST_FORM}
        found.whole.setdefault(person_id, set()).update(forms)
        found.digests.setdefault(person_id, set()).update(map(squeezed, _digests(value)))
    _drop_shared(found.whole)
    return found


def squeezed(text: str) -> str:
    """Letters and digits of a text, in small letters: blanks and signs between them hide nothing.

    >>> squeezed("Budi_Mercusuar 1980-01.01")
    'budimercusuar19800101'
    """
    return _BETWEEN.sub("", text.casefold())


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
    year, in_year = f"{day.year}", f"{day:%j}"
    week = f"{day.isocalendar().year}W{day.isocalendar().week:02d}"
    found = {week, year + in_year}
    numbers = (f"{day.month:02d}", f"{day.month}")
    for written in (*numbers, *(names[day.month - 1] for names in _MONTHS)):
        for number in (f"{day.day:02d}", f"{day.day}"):
            found |= {number + written + year, written + number + year, year + written + number}
    found |= {f"{day:%d}{names[day.month - 1]}{day:%y}" for names in _MONTHS}
    return found


def _drop_shared(forms: dict[str, set[str]]) -> None:
    n_sharing = Counter(form for of_one in forms.values() for form in of_one)
    most = max(_MOST_SHARING, _MOST_SHARE * len(forms))
    shared = {form for form, n_people in n_sharing.items() if n_people > most}
    for of_one in forms.values():
        of_one -= shared


def _backwards(forms: set[str]) -> set[str]:
    return {form[::-1] for form in forms}


def _encoded(attribute: str, value: str) -> set[str]:
    """A text in other signs, which anybody can turn back."""
    written = {value, value.casefold(), value.upper()}
    if attribute == "birth_date":
        written |= {day for day in _written_days(value) if day.isdecimal()}
    found = {f"{int(value):x}"} if attribute == "nip" and value.isdecimal() else set()
    for text in written:
        raw = text.encode()
        found |= {base64.b64encode(raw).decode(), base64.b32encode(raw).decode(), raw.hex()}
    return found


def _digests(value: str) -> set[str]:
    """Digests of a text as anybody would take them, without a key."""
    found = set()
    for text in {value, value.casefold(), value.upper()}:
        for kind in _DIGESTS:
            digest = hashlib.new(kind, text.encode()).digest()
            found |= {digest.hex(), base64.b64encode(digest).decode().casefold()}
        found.add(f"{zlib.crc32(text.encode()):08x}")
    return found


def _numbered_digests(attribute: str, values: pd.Series) -> list[Coding]:
    """Digests as numbers: CRC-32, and the first hexadecimal digits of others."""
    there = values.dropna()
    texts = [str(text).encode() for text in there]
    numbers = {"crc": [float(zlib.crc32(text)) for text in texts]}
    for kind in _NUMBERED:
        digests = [hashlib.new(kind, text).hexdigest() for text in texts]
        for n_taken in _TAKEN:
            numbers[f"{kind} {n_taken}"] = [float(int(one[:n_taken], 16)) for one in digests]
        # A whole number of the machine is negative where its first bit is set.
        half, whole = 16.0 ** _TAKEN[-1] / 2, 16.0 ** _TAKEN[-1]
        longest = numbers[f"{kind} {_TAKEN[-1]}"]
        numbers[f"{kind} signed"] = [one - whole if one >= half else one for one in longest]
    return [
        Coding(attribute, "digest", pd.Series(one, there.index).reindex(values.index), number=True)
        for one in numbers.values()
    ]
