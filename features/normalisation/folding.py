"""What two spellings of a value share, and what is no value but somebody's identity.

The rule that must not break: two texts that a person would call the same fold into one, so that it
is decided once. A text that looks like somebody's identity is never shown and never kept.
"""

import re
from collections.abc import Iterable, Mapping

#: A NIP has 18 digits, a NIK 16; people part them by blanks, points, dashes or quotes.
_IDENTITY_NUMBER = re.compile(r"(?:[0-9][\s.'’\-/]*){15,}[0-9]")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WORD = re.compile(r"[^\W_]+")


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


def looks_personal(text: str) -> bool:
    """Whether a text holds what looks like a NIP, a NIK or an e-mail address.

    >>> looks_personal("19800101 200501 1 001"), looks_personal("Diklat 2019, 40 JP")
    (True, False)
    """
    return bool(_IDENTITY_NUMBER.search(text) or _ADDRESS.search(text))


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


def _any_of(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Any of some words in a row; the longest first, so that no shorter one hides it."""
    ordered = sorted({phrase for phrase in phrases if phrase}, key=lambda one: (-len(one), one))
    if not ordered:
        return None
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, ordered))})(?!\S)")
