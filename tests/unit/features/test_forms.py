"""What a NIP can be, and what happens to a row whose cell is none."""

import ibis
import pytest

from features.agencies.columns import ColumnRule
from features.agencies.derivation import Derivation, derivation
from features.tables.schema import Column


def derived(cell: str | None) -> Derivation:
    text = ibis.null("string") if cell is None else ibis.literal(cell)
    rule = ColumnRule.model_validate({"column": "nip", "form": "nip"})
    return derivation(rule, Column("text", "Anything."), [text])


def judged(cell: str | None) -> tuple[str | None, str | None]:
    """The value of a cell, and why its row is rejected."""
    got = derived(cell)
    ((condition, reason),) = got.breaches
    return got.value.to_pyarrow().as_py(), reason if condition.to_pyarrow().as_py() else None


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
        "1.98001012005011e+17",
        "198001012005011001.0",
    ],
)
def test_what_cannot_be_a_nip_rejects_its_row(nip):
    assert judged(nip)[1] == "is not a possible NIP"


@pytest.mark.parametrize(
    "written", ["'198001012005011001", " 198001012005011001 ", "'198001012005011001'"]
)
def test_blanks_and_apostrophes_around_a_nip_are_cut_off(written):
    assert judged(written) == ("198001012005011001", None)


@pytest.mark.parametrize("nothing", [None, "'", " '' "])
def test_an_empty_cell_is_empty_and_no_wrong_nip(nothing):
    assert judged(nothing) == (None, None)
