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

_EXPONENT = r"^[0-9]([.,][0-9]+)?[eE][+]?[0-9]{1,2}$"
_GROUPED = r"^[0-9]{1,3}([., ][0-9]{3}){3,}([.,]0*)?$"
_DECIMALS = r"^[0-9]{15,18}[.,]0*$"
_ROUNDED = r"^[0-9]{15}000$"
_DAY_FIRST = r"^[0-9]{2}-[0-9]{2}-[0-9]{4}$"
_HEXADECIMAL = "[0-9A-Fa-f]"
_UUID = (
    rf"^({_HEXADECIMAL}{{32}}|{_HEXADECIMAL}{{8}}(-{_HEXADECIMAL}{{4}}){{3}}-{_HEXADECIMAL}{{12}})$"
)


@dataclass(frozen=True)
class Form:
    """A form of cells.

    Parameters
    ----------
    is_possible : callable
        Given texts, whether each can be meant; null counts as no.
    reason : str
        What a rejected row is told.
    known_faults : tuple of (callable, str)
        Given texts, whether each shows a fault of which the cause can be told, and what a row is
        told then in place of `reason`.
    """

    is_possible: Callable[[ir.StringValue], ir.BooleanValue]
    reason: str
    known_faults: tuple[tuple[Callable[[ir.StringValue], ir.BooleanValue], str], ...] = ()

    def breaches(self, text: ir.StringValue) -> tuple[tuple[ir.BooleanValue, str], ...]:
        """Conditions that a row meets whose text has not the form, each with the reason to give."""
        faults = tuple((text.notnull() & shows(text), why) for shows, why in self.known_faults)
        return (*faults, (text.notnull() & ~self.is_possible(text), self.reason))


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


def _mangled_nip(text: ir.StringValue) -> ir.BooleanValue:
    """A number that a spreadsheet made of a NIP: an exponent, signs between digits, decimals."""
    return text.re_search(_EXPONENT) | text.re_search(_GROUPED) | text.re_search(_DECIMALS)


def _rounded_nip(text: ir.StringValue) -> ir.BooleanValue:
    """A spreadsheet keeps 15 digits of a number; no serial number is 000."""
    return text.re_search(_ROUNDED)


def _possible_day(text: ir.StringValue) -> ir.BooleanValue:
    """A day of the years that are believed, its own number first."""
    day = _day(text.re_replace("^(..)-(..)-(....)$", r"\3\2\1"))
    believed = day.between(ibis.date(EARLIEST_BIRTH, 1, 1), ibis.date(LATEST_ENTRY, 12, 31))
    return (text.re_search(_DAY_FIRST) & believed).fill_null(ibis.literal(value=False))


def _uuid(text: ir.StringValue) -> ir.BooleanValue:
    """An id as registries issue them; no name of a column and no word for a total is one."""
    return text.re_search(_UUID)


FORMS = {
    "nip": Form(
        _possible_nip,
        "is not a possible NIP",
        (
            (_mangled_nip, "is a NIP that a spreadsheet has mangled into a number"),
            (_rounded_nip, "is a NIP whose last digits a spreadsheet has rounded to 000"),
        ),
    ),
    # For dates that stay the texts that were sent, such as those of birth.
    "day_first": Form(_possible_day, "not a date in the format %d-%m-%Y from 1900 to 2100"),
    "uuid": Form(_uuid, "is not an id of 32 hexadecimal digits"),
}
