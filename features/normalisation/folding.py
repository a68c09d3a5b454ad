"""What two spellings of a value share, and what is no value but somebody's identity.

The rule that must not break: two texts that a person would call the same fold into one, so that it
is decided once. A text that looks like somebody's identity is never shown and never kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

#: What may part the digits of one number in a plain text: whatever is neither letter nor digit.
BETWEEN_DIGITS = r"[\W_]{0,6}"
#: A NIP has 18 digits, a NIK 16.
_IDENTITY_NUMBER = re.compile(rf"(?:[0-9]{BETWEEN_DIGITS}){{15,}}[0-9]")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"\s\s")
#: Accents, and signs that nobody sees, such as a soft hyphen.
_LEFT_OUT = frozenset({"Mn", "Me", "Cf"})
#: Where a letter is expected, these stand for an apostrophe; to Unicode some are letters.
_APOSTROPHES = frozenset("'’‘`´ʼʻʹ′")


class Plain(NamedTuple):
    """A plain text, and at which sign of the text itself each of its signs stands, and the end."""

    text: str
    places: Sequence[int]


def folded(text: str) -> str:
    """A text without differences of case and of blanks.

    >>> folded("  Ilmu   HUKUM ")
    'ilmu hukum'
    """
    return " ".join(text.casefold().split())


def worded(text: str) -> str:
    """The words of a text, folded, without what stands between them.

    >>> worded("S-1 Ilmu Hukum (Pidana)")
    's 1 ilmu hukum pidana'
    """
    return " ".join(_WORD.findall(folded(text)))


def plain(text: str) -> Plain:
    """A text as it is looked through for NIPs and names, whatever signs somebody wrote it with.

    Digits of every script are those from 0 to 9, letters are small and without accents, a run of
    blanks is one, and what nobody sees, such as a soft hyphen, is left out.

    >>> plain("１９\u00ad80\u3000 José").text
    '1980 jose'
    """
    if text.isascii() and not _BLANKS.search(text):
        return Plain(text.lower(), range(len(text) + 1))
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for one in _plain_sign(sign):
            if one != " " or signs[-1:] != [" "]:
                signs.append(one)
                places.append(place)
    return Plain("".join(signs), [*places, len(text)])


def looks_personal(text: str) -> bool:
    """Whether a text holds what looks like a NIP, a NIK or an e-mail address.

    >>> looks_personal("19800101 200501 1 001"), looks_personal("Diklat 2019, 40 JP")
    (True, False)
    """
    looked_through = plain(text).text
    return bool(_IDENTITY_NUMBER.search(looked_through) or _ADDRESS.search(looked_through))


class Reading:
    """Which words of a text say what it means, as its vocabulary tells.

    A title names a function, and after it the parts of the organisation where it is held: "Kepala
    Subbagian Keuangan Dinas Pendidikan". The first part in which anything says something decides.
    So the function comes before the organisation, and "Kepala Dinas Pendidikan", which names no
    function, is read by its organisation.

    Parameters
    ----------
    abbreviations : mapping of str to str
        Words, or words in a row, to what they stand for.
    part_begins : iterable of str
        Words, or words in a row, at which the next part of a text begins.
    says_nothing : iterable of str
        Words that are not read, such as grades, and ranks of heads. They decide nothing.

    Examples
    --------
    >>> read = Reading({"kasubbag": "kepala subbagian"}, ["subbagian", "dinas"],
    ...                ["kepala", "subbagian", "dinas"])
    >>> read.of("Kasubbag Keuangan Dinas Kesehatan"), read.of("Kepala Dinas Kesehatan")
    ('keuangan', 'kesehatan')
    """

    def __init__(
        self,
        abbreviations: Mapping[str, str],
        part_begins: Iterable[str],
        says_nothing: Iterable[str],
    ) -> None:
        self._long = {worded(short): worded(long) for short, long in abbreviations.items()}
        self._short = _any_of(self._long)
        self._begins = _any_of(worded(begin) for begin in part_begins)
        self._empty = frozenset(worded(word) for word in says_nothing)
        #: Whether anything is told: without it the whole text is read, as it stands.
        self.is_told = bool(self._short or self._begins or self._empty)

    def of(self, text: str) -> str:
        """The words that say what a text means; none if nothing of it says anything."""
        words = worded(text)
        if self._short is not None:
            words = self._short.sub(lambda found: self._long[found[0]], words)
        starts = [0]
        if self._begins is not None:
            starts += [found.start() for found in self._begins.finditer(words)]
        for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
            said = [word for word in words[start:end].split() if word not in self._empty]
            if said:
                return " ".join(said)
        return ""


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    if sign in _APOSTROPHES:
        return "'"
    apart = unicodedata.normalize("NFKD", sign)
    if len(apart) > 1 and any(one.isdigit() for one in apart):
        # A half or a day of a month is a sign of its own and no digits of a longer number.
        return sign
    small = unicodedata.normalize("NFKD", apart.casefold())
    kept = (one for one in small if unicodedata.category(one) not in _LEFT_OUT)
    return "".join(" " if one.isspace() else one for one in kept)


def _any_of(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Any of some words in a row; the longest first, so that no shorter one hides it."""
    ordered = sorted({phrase for phrase in phrases if phrase}, key=lambda one: (-len(one), one))
    if not ordered:
        return None
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, ordered))})(?!\S)")
