"""Traces of people in cells about something else: a NIP in a key, a name in the title of a course.

The rule that must not break: what stands in the place of a trace holds no digit of it, and two
cells that differed still differ where rows are told apart by them. What only looks alike, such as
the number of a decree, may be taken for a trace: its row stays.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

#: Stands in the place of somebody's own name.
NAME_REMOVED = "[nama dihapus]"
#: What stands in the place of a NIP: letters only, so that it is never taken for a number.
NIP_TOKEN = r"nip:[a-p]{16}"
N_DIGITS = 18
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
#: Between the digits of a NIP; the engine takes none of the first three for a blank.
_SIGNS = "\u00a0\u2007\u202f" + r"\s.,'’‘`/_-"
_APART = rf"[{_SIGNS}]{{0,3}}"
#: Whatever may hold a NIP, in an expression that Python and the engine read alike.
MAY_HOLD_NIP = rf"(?:1{_APART}9|2{_APART}0)(?:{_APART}[0-9]){{16}}"
_SHAPE = re.compile(MAY_HOLD_NIP)
_NO_DIGIT = re.compile(r"[^0-9]+")
#: The usual ways to part a NIP: birth date, entry, sex, serial number.
_USUAL_GROUPS = (18,), (8, 6, 1, 3), (8, 6, 4)
#: In place of the month of entry, of somebody employed by contract.
_CONTRACT = 21
_AGES_AT_ENTRY = range(15, 66)
_FEWEST_WORDS = 2
#: Degrees stand behind a comma, titles before a name end with a point.
_TITLES = re.compile(r"^(?:\w+\.\s*)+")

TokenOf = Callable[[str], str]


class WrittenNip(NamedTuple):
    """A NIP as it stands in a text: where, its digits, and whether it is a number of its own."""

    start: int
    end: int
    digits: str
    stands_alone: bool


def nips_in(text: str) -> Iterator[WrittenNip]:
    """What has the shape of a NIP in a text, parted or not, alone or within a longer number.

    Born on a day that there is, entered in a month or by contract, a digit for the sex. Where it
    is parted in no usual way, or stands within a longer number, the age at entry is looked at too.

    >>> [nip.digits for nip in nips_in("a.n. 19800101 200501 1 001, SK 198013012005011001")]
    ['198001012005011001']
    """
    at = 0
    while (found := _SHAPE.search(text, at)) is not None:
        digits = _NO_DIGIT.sub("", found[0])
        start, end = found.span()
        around = text[max(start - 1, 0) : start] + text[end : end + 1]
        stands_alone = _NO_DIGIT.sub("", around) == ""
        groups = tuple(len(group) for group in _NO_DIGIT.split(found[0]))
        is_usual = stands_alone and groups in _USUAL_GROUPS
        if _is_possible(digits, any_age=is_usual):
            yield WrittenNip(start, end, digits, stands_alone)
            at = end
        else:
            at = start + 1


def without_nips(text: str, token_of: TokenOf, *, as_written: bool = False) -> str:
    """A text with something else in the place of each NIP.

    Parameters
    ----------
    text : str
    token_of : callable
        Given a NIP, what stands in its place.
    as_written : bool
        Whether a NIP that is parted is another one than the same digits in a row. Where rows are
        told apart by a cell, two of them must not become one.
    """
    found = list(nips_in(text))
    places = [0, *(place for nip in found for place in (nip.start, nip.end)), len(text)]
    kept = [text[start:end] for start, end in list(pairwise(places))[::2]]
    told = [token_of(text[n.start : n.end] if as_written else n.digits) for n in found]
    return "".join(piece for pair in zip(kept, [*told, ""], strict=True) for piece in pair)


def token(digest: str) -> str:
    """What stands in the place of a NIP whose keyed digest is given in hexadecimal digits.

    >>> token("0123456789abcdef" * 4)
    'nip:abcdefghijklmnop'
    """
    return f"nip:{digest[:16].translate(_LETTERS)}"


def bare_name(name: str) -> str | None:
    """A name without titles and degrees, in small letters; None for a single word.

    >>> bare_name("Dr. Ir. BUDI  Mercusuar, S.T., M.T."), bare_name("Budi")
    ('budi mercusuar', None)
    """
    words = _TITLES.sub("", name.partition(",")[0].strip()).casefold().split()
    return " ".join(words) if len(words) >= _FEWEST_WORDS else None


def without_names(text: str, names: Sequence[str]) -> str:
    """A text without somebody's names, whatever the case and the blanks, with titles or without.

    >>> without_names("Sertifikat a.n. Budi   MERCUSUAR (2019)", ["Budi Mercusuar, S.T."])
    'Sertifikat a.n. [nama dihapus] (2019)'
    """
    for name in names:
        text = _written(name).sub(NAME_REMOVED, text)
    return text


@lru_cache(maxsize=1024)
def _written(name: str) -> re.Pattern[str]:
    """A name wherever it may stand, with its titles rather than without."""
    forms = {name, bare_name(name) or name}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    written = "|".join(r"\s+".join(map(re.escape, form.split())) for form in longest_first)
    return re.compile(rf"(?<!\w)(?:{written})(?!\w)", re.IGNORECASE)


def _is_possible(digits: str, *, any_age: bool) -> bool:
    born_in, entered_in, entered = int(digits[:4]), int(digits[8:12]), int(digits[12:14])
    try:
        date(born_in, int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    is_entry = digits[8:10] in ("19", "20") and (1 <= entered <= 12 or entered == _CONTRACT)
    is_of_age = any_age or entered_in - born_in in _AGES_AT_ENTRY
    return is_entry and is_of_age and digits[14] in "12"
