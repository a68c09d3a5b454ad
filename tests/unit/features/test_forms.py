"""What a NIP can be, and what happens to a row whose cell is none."""

import ibis
import pytest

from features.agencies.columns import ColumnRule
from features.agencies.derivation import Derivation, derivation
from features.tables.schema import Column


def derived(cell: str | None, form: str = "nip") -> Derivation:
    text = ibis.null("string") if cell is None else ibis.literal(cell)
    rule = ColumnRule.model_validate({"column": "nip", "form": form})
    return derivation(rule, Column("text", "Anything."), [text])


def judged(cell: str | None, form: str = "nip") -> tuple[str | None, str | None]:
    """The value of a cell, and why its row is rejected."""
    got = derived(cell, form)
    reasons = [reason for condition, reason in got.breaches if condition.to_pyarrow().as_py()]
    return got.value.to_pyarrow().as_py(), reasons[0] if reasons else None


@pytest.mark.parametrize(
    "nip",
    [
        "198001012005011001",
        "198002292005122999",
        "200402292023022001",  # of age on the first of March, as the day does not recur
        "199001012007011001",  # 17 years to the day
        "199001012024211001",  # by contract
        "199012312007211001",  # by contract, in a year in which the age may have been reached
        "208001012100121001",
    ],
)
def test_a_possible_nip_stays_as_it_is(nip):
    assert judged(nip) == (nip, None)


@pytest.mark.parametrize(
    "nip",
    [
        "19800101200501100",  # a digit short
        "1980010120050110011",
        "198001012005011OO1",
        "198002302005011001",  # no such day
        "198013012005011001",
        "189901012005011001",
        "198001012005001001",  # no such month
        "198001012005131001",
        "198001012005221001",
        "198001012005010001",  # no such sex
        "198001012005013001",
        "199001022007011001",  # 17 tomorrow
        "199101012007211001",
        "208001012101011001",
        "19800101 200501 1 001",  # what stands inside is not mended
        "12e+17.5",
    ],
)
def test_what_cannot_be_a_nip_rejects_its_row(nip):
    assert judged(nip)[1] == "is not a possible NIP"


@pytest.mark.parametrize(
    ("nip", "reason"),
    [
        ("1.98E+17", "is a NIP that a spreadsheet has mangled into a number"),
        ("1,98E+17", "is a NIP that a spreadsheet has mangled into a number"),
        ("1.98001012005011e+17", "is a NIP that a spreadsheet has mangled into a number"),
        ("198001012005011001.0", "is a NIP that a spreadsheet has mangled into a number"),
        ("198.001.012.005.011.001", "is a NIP that a spreadsheet has mangled into a number"),
        ("198,001,012,005,011,001.00", "is a NIP that a spreadsheet has mangled into a number"),
        ("198001012005011000", "is a NIP whose last digits a spreadsheet has rounded to 000"),
    ],
)
def test_a_nip_that_a_spreadsheet_has_damaged_is_told_so(nip, reason):
    assert judged(nip)[1] == reason


@pytest.mark.parametrize(
    "written", ["'198001012005011001", " 198001012005011001 ", "'198001012005011001'"]
)
def test_blanks_and_apostrophes_around_a_nip_are_cut_off(written):
    assert judged(written) == ("198001012005011001", None)


@pytest.mark.parametrize("nothing", [None, "'", " '' "])
def test_an_empty_cell_is_empty_and_no_wrong_nip(nothing):
    assert judged(nothing) == (None, None)


@pytest.mark.parametrize("day", ["31-12-1999", "29-02-1968", "01-01-1900", "31-12-2100"])
def test_a_possible_day_stays_the_text_that_was_sent(day):
    assert judged(day, "day_first") == (day, None)


@pytest.mark.parametrize(
    "day",
    [
        "31-02-1975",
        "29-02-1975",
        "12-31-1999",
        "31-12-99",
        "1-2-1999",
        "1999-12-31",
        "31/12/1999",
        "31-12-1899",
        "01-01-2204",
        "31-12-1999 00:00",
        "-",
    ],
)
def test_what_is_no_day_rejects_its_row(day):
    why = "not a date in the format %d-%m-%Y from 1900 to 2100"
    assert judged(day, "day_first") == (day, why)


@pytest.mark.parametrize(
    "issued", ["A8ACA7397AEB3912E040640A040269BB", "8ae482a8-5e1b-4a5c-9c1f-0123456789ab"]
)
def test_an_id_of_a_registry_stays_as_it_is(issued):
    assert judged(issued, "uuid") == (issued, None)


@pytest.mark.parametrize(
    "word", ["JUMLAH", "id", "198001012005011001", "A8ACA7397AEB3912E040640A040269B", "g" * 32]
)
def test_what_is_no_id_rejects_its_row(word):
    assert judged(word, "uuid") == (word, "is not an id of 32 hexadecimal digits")


@pytest.mark.parametrize("form", ["day_first", "uuid"])
def test_an_empty_cell_has_no_wrong_form(form):
    assert judged(None, form) == (None, None)
