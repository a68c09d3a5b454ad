"""Identity: ids, names and NIPs of people who do not exist.

The rule that must not break: nobody can be taken for a real person. Names are made of invented
syllables and end in SIMULASI, and serials of NIPs lie between 900 and 999. Ids follow from seed and
number alone, so that a truth folder finds a person again without the exports.
"""

import binascii
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation import chance

FIRST_SERIAL, SERIALS = 900, 100
SURNAME = "SIMULASI"
_HEX = 32
_OPENINGS = ("BA", "DHE", "GAR", "KI", "LOM", "MI", "NUR", "PRA", "RO", "SU", "TE", "WI")
_MIDDLES = ("", "LA", "RE", "MI", "NO", "TU", "SA")
_ENDINGS = ("DAN", "JI", "KO", "LI", "MAN", "NA", "RA", "SIH", "TI", "WEN", "YO")
_FIRST_DAY, _LAST_DAY = "1900-01-01", "2150-12-31"


def record_ids(seed: int, kind: str, numbers: np.ndarray) -> pa.StringArray:
    """Ids of 32 hexadecimal digits, as SIASN has them.

    Parameters
    ----------
    kind : str
        What is numbered: one number is another id for a person than for a post.
    numbers : int, shape (n,)

    Examples
    --------
    >>> ids = record_ids(7, "person", np.array([3, 4, 3]))
    >>> ids[0] == ids[2], ids[0] == ids[1], len(ids[0].as_py())
    (True, False, 32)
    """
    numbers = np.asarray(numbers, dtype=np.int64)
    n = len(numbers)
    words = np.empty((n, 4), dtype=">u4")
    for place in range(4 if n else 0):
        words[:, place] = chance.uniform(seed, f"id {place} {kind}", numbers) * 2.0**32
    digits = binascii.hexlify(words.tobytes())
    offsets = np.arange(0, (n + 1) * _HEX, _HEX, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets.tobytes()), pa.py_buffer(digits))


def person_ids(seed: int, people: int) -> pa.StringArray:
    """The id of each person (idPns), in the order of the table `person`."""
    return record_ids(seed, "person", np.arange(people))


def names(seed: int, people: int) -> pa.StringArray:
    """Invented names, which say nothing of sex or origin.

    >>> names(7, 2)[0].as_py().endswith(" SIMULASI")
    True
    """
    rows = np.arange(people)
    words = []
    for word in ("first", "second"):
        parts = []
        for part, syllables in enumerate((_OPENINGS, _MIDDLES, _ENDINGS)):
            drawn = chance.uniform(seed, f"name {word} {part}", rows) if people else np.zeros(0)
            parts.append(pa.array(syllables).take((drawn * len(syllables)).astype(np.int64)))
        words.append(joined(*parts))
    return joined(*words, SURNAME, separator=" ")


def nips(born: np.ndarray, entered: np.ndarray, woman: np.ndarray) -> pa.StringArray:
    """NIPs of 18 digits: birth date, month of entry, sex, and a serial number from 900 on.

    >>> nips(np.array([3652, 3652]), np.array([12784, 12790]), np.array([1, 1])).to_pylist()
    ['198001012005012900', '198001012005012901']
    """
    months = np.asarray(entered, dtype="datetime64[D]").astype("datetime64[M]").astype(np.int64)
    alike = pd.DataFrame({"born": born, "months": months, "woman": woman})
    nth = alike.groupby(["born", "months", "woman"]).cumcount().to_numpy() % SERIALS
    return joined(
        day_texts(born, "%Y%m%d", never=None),
        day_texts(entered, "%Y%m", never=None),
        pa.array(("1", "2")).take(np.asarray(woman, dtype=np.int64)),
        pa.array([str(FIRST_SERIAL + serial) for serial in range(SERIALS)]).take(nth),
    )


def joined(
    *pieces: pa.StringArray | str, separator: str = "", skips_nothing: bool = False
) -> pa.StringArray:
    """Texts put together row by row; nothing makes the whole nothing, unless it is skipped.

    >>> joined("SK", pa.array(["1", None]), separator="/").to_pylist()
    ['SK/1', None]
    >>> one, other = pa.array(["a", None, None]), pa.array([None, None, "b"])
    >>> joined(one, other, separator="/", skips_nothing=True).to_pylist()
    ['a', None, 'b']
    """
    options = pc.JoinOptions(null_handling="skip" if skips_nothing else "emit_null")
    texts = [pa.scalar(piece) if isinstance(piece, str) else piece for piece in pieces]
    found = pc.call_function(
        "binary_join_element_wise", [*texts, pa.scalar(separator)], options=options
    )
    if not skips_nothing:
        return found
    # Arrow 25 leaves out rows in which there is nothing at all; they are put back as nothing.
    columns = [piece for piece in pieces if not isinstance(piece, str)]
    is_there = np.logical_or.reduce([piece.is_valid().to_numpy(False) for piece in columns])
    if len(found) == len(is_there):
        return found
    return found.take(pa.array(np.cumsum(is_there) - 1, mask=~is_there))


def day_texts(days: np.ndarray, form: str, never: int | None) -> pa.StringArray:
    """Days as texts, `never` as nothing.

    >>> day_texts(np.array([0, -1]), "%d-%m-%Y", never=-1).to_pylist()
    ['01-01-1970', None]
    """
    days = np.asarray(days, dtype=np.int64)
    first, calendar = _calendar(form)
    return calendar.take(pa.array(days - first, mask=None if never is None else days == never))


@cache
def _calendar(form: str) -> tuple[int, pa.StringArray]:
    """The texts of all days that a file can hold, and the first of them."""
    days = np.arange(_FIRST_DAY, _LAST_DAY, dtype="datetime64[D]")
    iso = np.datetime_as_string(days).tolist()
    pieces = {"%d": slice(8, 10), "%m": slice(5, 7), "%Y": slice(0, 4)}
    steps = [form[place : place + 2] for place in range(len(form)) if form[place] == "%"]
    between = form[2] if len(form) > 2 and form[2] != "%" else ""
    texts = [between.join(day[pieces[step]] for step in steps) for day in iso]
    return int(days[0].astype(np.int64)), pa.array(texts)
