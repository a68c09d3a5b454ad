"""Traces of people in cells about something else: a NIP in a key, a name in the title of a course.

The rule that must not break: what stands in the place of a trace holds no digit of it, and two
cells that differed still differ where rows are told apart by them. What only looks alike, such as
the number of a decree, may be taken for a trace: its row stays.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from features.normalisation.folding import BETWEEN_DIGITS, plain

#: Stands in the place of somebody's own name.
NAME_REMOVED = "[nama dihapus]"
#: What stands in the place of a NIP: letters only, so that it is never taken for a number.
NIP_TOKEN = r"nip:[a-p]{16}"
N_DIGITS = 18
#: What the engine sorts cells out by, generously; the first reads cells of ASCII alone. Signs of
#: all scripts between digits are left to Python: classes of them make the engine 30 times slower.
MAY_HOLD_NIP_ASCII = rf"(?:[0-9][^0-9A-Za-z]*){{{N_DIGITS}}}"
MAY_HOLD_NIP = rf"(?:\p{{N}}\P{{N}}*){{{N_DIGITS}}}"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_SHAPE = re.compile(
    rf"(?:1{BETWEEN_DIGITS}9|2{BETWEEN_DIGITS}0)(?:{BETWEEN_DIGITS}[0-9]){{{N_DIGITS - 2}}}"
)
_NO_DIGIT = re.compile(r"[^0-9]+")
#: The usual ways to part a NIP: birth date, entry, sex, serial number.
_USUAL_GROUPS = (18,), (8, 6, 1, 3), (8, 6, 4)
#: In place of the month of entry, of somebody employed by contract.
_CONTRACT = 21
_AGES_AT_ENTRY = range(15, 66)
_FEWEST_WORDS = 2
#: Titles before a name and degrees behind it, without their points.
_WRITTEN_TITLES = "h hj hjh kh r rd rr tb prof dr drs dra drg drh ir apt ns tn ny sdr sdri bpk"
_WRITTEN_DEGREES = """
    sh se st sp ss sag sap sab sip sik sak shi shut sc skm skp skg sked skep sgz skom ssos spd spdi
    spdsd ssi ssn spsi spt spi stp strip str strak strkep sst sstp sikom sian shum smat sfarm sptk
    mm mh mt ma mp msi msc mhum mpd mpdi map mab mkes mpa mpp mph mba me mec meng med mkom mti msos
    mikom mip mak mag mhi mkm mkn mfarm mpsi mkep mse msp msm mstr mtr mtrip mma mmr mars
    phd dea dess ak ca cpa cfra qia crma apt ns amd amdkep amdkeb amak ama amg be bsc ba bba llm
    spa spb spog spm spjp sppd spkj span sprad
"""
_TITLES = frozenset(_WRITTEN_TITLES.split())
_DEGREES = frozenset(_WRITTEN_DEGREES.split())
#: Points and blanks part a degree into a few pieces, such as S. Tr. I. P.
_PIECES_OF_DEGREE = range(4, 0, -1)
_BESIDE_WORDS = r"[\W_]"
_NO_WORD = re.compile(rf"{_BESIDE_WORDS}+")

TokenOf = Callable[[str], str]


class WrittenNip(NamedTuple):
    """A NIP as it stands in a text: where, its digits, and whether it is a number of its own."""

    start: int
    end: int
    digits: str
    stands_alone: bool


def nips_in(text: str) -> Iterator[WrittenNip]:
    """What has the shape of a NIP in a text, parted or not, alone or within a longer number.

    Whatever signs part it, see `features.normalisation.folding.plain`.
    Born on a day that there is, entered in a month or by contract, a digit for the sex. Where it
    is parted in no usual way, or stands within a longer number, the age at entry is looked at too.

    >>> [nip.digits for nip in nips_in("a.n. 19800101 200501 1 001, SK 198013012005011001")]
    ['198001012005011001']
    """
    looked_through, places = plain(text)
    at = 0
    while (found := _SHAPE.search(looked_through, at)) is not None:
        digits = _NO_DIGIT.sub("", found[0])
        start, end = found.span()
        around = looked_through[max(start - 1, 0) : start] + looked_through[end : end + 1]
        stands_alone = _NO_DIGIT.sub("", around) == ""
        groups = tuple(len(group) for group in _NO_DIGIT.split(found[0]))
        is_usual = stands_alone and groups in _USUAL_GROUPS
        if _is_possible(digits, any_age=is_usual):
            yield WrittenNip(places[start], places[end], digits, stands_alone)
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

    Degrees stand behind a comma or are known, titles end with a point or are known. One that might
    be a word of the name, as Dea and Ma are, stays where a single word would be left.

    >>> bare_name("Dr. Ir. BUDI  Mercusuar, S.T., M.T."), bare_name("Budi")
    ('budi mercusuar', None)
    >>> bare_name("Hj Cici Pelabuhan SH M. Si"), bare_name("Putri Dea")
    ('cici pelabuhan', 'putri dea')
    """
    before_comma = unicodedata.normalize("NFKC", name).partition(",")[0]
    words = re.sub(r"\.(?=\S)", ". ", before_comma).casefold().split()
    while words and words[0].endswith(".") and _key(words[:1]) in _TITLES:
        del words[0]
    while len(words) > _FEWEST_WORDS and (words[0].endswith(".") or _key(words[:1]) in _TITLES):
        del words[0]
    while (n := _n_pieces_of_degree(words)) and len(words) - n >= _FEWEST_WORDS:
        del words[-n:]
    return " ".join(words) if len(words) >= _FEWEST_WORDS else None


def without_names(text: str, names: Sequence[str]) -> str:
    """A text without somebody's names, with titles or without.

    Whatever the case, the accents and the apostrophes, and whatever stands between the words.

    >>> without_names("Sertifikat a.n. Budi   MERCUSUAR (2019)", ["Budi Mercusuar, S.T."])
    'Sertifikat a.n. [nama dihapus] (2019)'
    """
    for name in names:
        looked_through, places = plain(text)
        for found in reversed(list(_written(name).finditer(looked_through))):
            start, end = found.span()
            text = text[: places[start]] + NAME_REMOVED + text[places[end] :]
    return text


def identifies(text: str, names: Sequence[str]) -> bool:
    """Whether a text holds a NIP, or one of somebody's names."""
    return next(nips_in(text), None) is not None or without_names(text, names) != text


def searched_by(name: str) -> str:
    """The longest run of plain letters in a name: whatever text holds the name, holds it too.

    >>> searched_by("José Ma'ruf"), searched_by("Đỗ Lê")
    ('jose', 'le')
    """
    if name.casefold() != name.lower():
        # Small letters are others in Python and in the engine.
        return ""
    apart = unicodedata.normalize("NFD", name.lower())
    seen = "".join(one for one in apart if unicodedata.category(one) != "Mn")
    return max(re.findall(r"[a-z0-9]+", seen), key=len, default="")


@lru_cache(maxsize=1024)
def _written(name: str) -> re.Pattern[str]:
    """A name wherever it may stand in a plain text, with its titles rather than without."""
    forms = {plain(form).text for form in (name, bare_name(name) or name)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    written = "|".join(_form(form) for form in longest_first if _NO_WORD.sub("", form))
    # Of a name without a letter or a digit nothing is found.
    return re.compile(rf"(?<![^\W_])(?:{written or '(?!)'})(?![^\W_])")


def _form(form: str) -> str:
    """A name in an expression: signs within a word may be absent, between words one stands."""
    words = [[one for one in _NO_WORD.split(word) if one] for word in form.split()]
    within = (rf"{_BESIDE_WORDS}{{0,6}}".join(map(re.escape, word)) for word in words if word)
    last_point = r"\.?" if form.endswith(".") else ""
    return rf"{_BESIDE_WORDS}{{1,6}}".join(within) + last_point


def _n_pieces_of_degree(words: Sequence[str]) -> int:
    """How many of the last words are one degree: all but its last piece end with a point."""
    for n in _PIECES_OF_DEGREE:
        pieces = words[-n:]
        is_one = len(pieces) == n and all(piece.endswith(".") for piece in pieces[:-1])
        if is_one and _key(pieces) in _DEGREES:
            return n
    return 0


def _key(words: Sequence[str]) -> str:
    return _NO_WORD.sub("", "".join(words))


def _is_possible(digits: str, *, any_age: bool) -> bool:
    born_in, entered_in, entered = int(digits[:4]), int(digits[8:12]), int(digits[12:14])
    try:
        date(born_in, int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    is_entry = digits[8:10] in ("19", "20") and (1 <= entered <= 12 or entered == _CONTRACT)
    is_of_age = any_age or entered_in - born_in in _AGES_AT_ENTRY
    return is_entry and is_of_age and digits[14] in "12"
