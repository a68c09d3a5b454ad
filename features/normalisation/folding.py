"""What two spellings of a value share, and what is no value but somebody's identity.

The rule that must not break: two texts that a person would call the same fold into one, so that it
is decided once. A text that looks like somebody's identity is never shown and never kept.
"""

import re

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
