"""Forms that a cell may be asked to have, such as that of a NIP.

The rule that must not break: a form judges and never mends. What is cut off around a value is no
part of it; a digit that is missing stays missing, and the row is rejected.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

#: What spreadsheets and people put around a number so that it stays a text.
_AROUND = r"^[\s'’‘`]+|[\s'’‘`]+$"
LEAST_YEARS_AT_ENTRY = 17
EARLIEST_BIRTH, LATEST_ENTRY = 1900, 2100
#: Stands where the month of entry would, in the NIP of somebody employed by contract (PPPK).
CONTRACT_MARK = "21"
_NIP = rf"^[0-9]{{12}}(0[1-9]|1[0-2]|{CONTRACT_MARK})[12][0-9]{{3}}$"


@dataclass(frozen=True)
class Form:
    """A form of cells.

    Parameters
    ----------
    is_possible : callable
        Given texts, whether each can be meant; null counts as no.
    reason : str
        What a rejected row is told.
    """

    is_possible: Callable[[ir.StringValue], ir.BooleanValue]
    reason: str


def bare(text: ir.StringValue) -> ir.StringValue:
    """Texts without blanks and apostrophes around them; empty where nothing else is left."""
    cut = text.re_replace(_AROUND, "").nullif("")
    assert isinstance(cut, ir.StringValue)
    return cut


def _possible_nip(text: ir.StringValue) -> ir.BooleanValue:
    """Birth date, month of entry, sex and serial number, in 18 digits."""
    of_birth, of_entry = text.substr(0, 8), text.substr(8, 6)
    # Of a contract only the year of entry is told: its last day is the latest that can be meant.
    of_entry = of_entry.re_replace(f"{CONTRACT_MARK}$", "1231")
    of_entry = of_entry.re_replace("^([0-9]{6})$", r"\101")
    born, entered = _day(of_birth), _day(of_entry)
    of_age = born + ibis.interval(years=LEAST_YEARS_AT_ENTRY)
    possible = (
        text.re_search(_NIP)
        & (born >= ibis.date(EARLIEST_BIRTH, 1, 1))
        & (entered <= ibis.date(LATEST_ENTRY, 12, 31))
        & (of_age.cast("date") <= entered)
    )
    return possible.fill_null(ibis.literal(value=False))


def _day(digits: ir.StringValue) -> ir.DateValue:
    """The day that eight digits tell, empty where there is no such day."""
    day = digits.re_replace("^(.{4})(.{2})(.{2})$", r"\1-\2-\3").try_cast("date")
    assert isinstance(day, ir.DateValue)
    return day


FORMS = {"nip": Form(_possible_nip, "is not a possible NIP")}
