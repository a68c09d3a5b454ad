"""A copy is caught as far as its digits carry it; rounding and codes that many share are let by."""

import zlib
from collections.abc import Callable
from math import inf

import numpy as np
import pandas as pd
import pytest

from features.identity_linter import relations
from features.identity_linter.lint import Lint, lint
from tests.unit.features.test_identity_linter import (
    FEW,
    MANY,
    age,
    born,
    frame,
    held,
    is_male,
    over_dates,
    people,
    the_proxy,
)

TWO_TO_32 = 2.0**32
Plant = Callable[[pd.DataFrame], object]


def draw() -> np.random.Generator:
    return np.random.default_rng(17)


def checksum(p: pd.DataFrame) -> pd.Series:
    return p["nip"].map(lambda nip: zlib.crc32(nip.encode())).astype(float)


def month_and_day(p: pd.DataFrame) -> pd.Series:
    return born(p).dt.month * 100.0 + born(p).dt.day


def middle(p: pd.DataFrame, start: int, stop: int) -> pd.Series:
    return p["nip"].str[start:stop].astype(float)


def copied(found: Lint) -> set[tuple[str, str]]:
    return {(copy.column, copy.attribute) for copy in found.copies}


CARRIED: dict[str, tuple[str, Plant]] = {
    "checksum in single precision": ("nip", lambda p: checksum(p).astype("float32")),
    "checksum as a share, in single precision": (
        "nip",
        lambda p: (checksum(p) / TWO_TO_32 + 1000.0).astype("float32"),
    ),
    "checksum as a share, six decimals": ("nip", lambda p: (checksum(p) / TWO_TO_32).round(6)),
    "checksum as a share on a large number": ("nip", lambda p: checksum(p) / TWO_TO_32 + 1e11),
    "checksum standardised": (
        "nip",
        lambda p: (checksum(p) - checksum(p).mean()) / checksum(p).std(),
    ),
    "month and day on a large number": ("birth_date", lambda p: month_and_day(p) + 1e14),
    "month and day in thousandths on a large number": (
        "birth_date",
        lambda p: month_and_day(p) / 1000.0 + 1e11,
    ),
    "month and day scaled, in single precision": (
        "birth_date",
        lambda p: (month_and_day(p) / 700.0 - 9.0).astype("float32"),
    ),
    "day of birth and month of entry": ("nip", lambda p: middle(p, 6, 14)),
    "digits 4 to 12 of a NIP, scaled": ("nip", lambda p: middle(p, 3, 12) / 1e9),
    "digits 8 to 17 of a NIP": ("nip", lambda p: middle(p, 7, 17)),
}


@pytest.mark.parametrize("n_people", [FEW, MANY])
@pytest.mark.parametrize(("attribute", "plant"), CARRIED.values(), ids=CARRIED.keys())
def test_a_copy_is_caught_as_far_as_its_digits_carry_it(
    n_people: int, attribute: str, plant: Plant
):
    rows = people(n_people)
    found = copied(lint(frame(rows, plant(rows)), held(rows)))
    assert ("planted", attribute) in found
    assert {column for column, _attribute in found} == {"planted"}


NEARLY_CONSTANT: dict[str, Plant] = {
    "sums of shares that were drawn": lambda p: draw().dirichlet(np.ones(5), len(p)).sum(axis=1),
    "sums of weights in any order": lambda p: np.array(
        [sum(draw().permutation([0.1, 0.2, 0.3, 0.15, 0.25])) for _ in range(len(p) - 1)] + [1.0]
    ),
    "one but for its last bits": lambda p: 1 + draw().integers(-2, 3, len(p)) * 2.0**-52,
    "a third but for its last bits": lambda p: 1 / 3 + draw().integers(-2, 3, len(p)) * 2.0**-54,
    "nothing but for rounding": lambda p: draw().normal(0, 1e-17, len(p)),
    "large numbers of a register": lambda p: 2e13 + draw().integers(0, 1000, len(p)),
    "moments of one second": lambda p: 1.7e18 + draw().integers(0, 9, len(p)) * 1e8,
    "large numbers in single precision": lambda p: (
        2**24 + draw().integers(0, 20, len(p)) * 2
    ).astype("float32"),
}


@pytest.mark.parametrize("n_people", [FEW, MANY])
@pytest.mark.parametrize("plant", NEARLY_CONSTANT.values(), ids=NEARLY_CONSTANT.keys())
def test_what_is_constant_but_for_its_last_digits_is_no_copy(n_people: int, plant: Plant):
    rows = people(n_people)
    assert lint(frame(rows, plant(rows)), held(rows)).copies == ()


def test_one_person_who_stands_out_twice_is_a_coincidence():
    """A serial number that one person has, and a sum that is off by one for the same person."""
    rows = people(MANY)
    nip = rows["nip"].str[:15] + "001"
    nip.iloc[7] = nip.iloc[7][:15] + "002"
    sums = draw().normal(0.0, 1e-9, MANY)
    sums[7] = 1.0
    assert lint(frame(rows, sums), held(rows.assign(nip=nip))).copies == ()


def off_by_days(p: pd.DataFrame) -> pd.Series:
    return age(p) + draw().uniform(-5, 5, len(p))


NEARLY_A_COPY: dict[str, Plant] = {
    "age, off by a year": lambda p: (age(p) + draw().normal(0, 365, len(p))) / 365.25,
    "age, off by days": off_by_days,
    "age, off by days, in years": lambda p: off_by_days(p) / 365.25,
    "age, off by days, in single precision": lambda p: off_by_days(p).astype("float32"),
    "days since an entry at twenty-four": lambda p: (
        age(p) - 24 * 365.25 - draw().integers(0, 300, len(p))
    ),
}


@pytest.mark.parametrize("plant", NEARLY_A_COPY.values(), ids=NEARLY_A_COPY.keys())
def test_what_nearly_follows_an_age_is_a_proxy(plant: Plant):
    rows = people(MANY)
    found = lint(frame(rows, plant(rows)), held(rows))
    assert found.copies == ()
    assert the_proxy(found, "birth_date").value < -0.99


@pytest.mark.parametrize("plant", ["age, off by days", "age, off by days, in single precision"])
def test_a_loose_tolerance_would_refuse_what_is_no_copy(
    monkeypatch: pytest.MonkeyPatch, plant: str
):
    rows = people(MANY)
    monkeypatch.setattr("features.identity_linter.relations._RELATIVE_ERROR", 1e-3)
    found = lint(frame(rows, NEARLY_A_COPY[plant](rows)), held(rows))
    assert ("planted", "birth_date") in copied(found)


def test_digits_too_coarse_to_tell_an_age_make_no_line(monkeypatch: pytest.MonkeyPatch):
    ages = age(people(MANY)).to_numpy(dtype="float64")
    # The machine numbers there are eight days apart.
    on_a_large_number = ages + draw().uniform(-3, 3, MANY) + 2.0**55
    assert relations.linear(on_a_large_number, ages) == inf
    single = (ages + draw().uniform(-3, 3, MANY) + 2.0**26).astype("float32").astype("float64")
    assert relations.linear(single, ages) == inf
    monkeypatch.setattr("features.identity_linter.relations._FEWEST_STEPS", 1000)
    assert relations.linear(on_a_large_number, ages) < -100.0
    assert relations.linear(single, ages) < -100.0


def test_a_few_who_are_near_to_each_other_leave_it_open():
    few = np.arange(16.0)
    # Steps of single precision there are six tenths of what lies between two of them.
    shares = (1000.0 + few * 1e-4).astype("float32").astype("float64")
    assert relations.may_be_linear(shares, few, spread=1.0)
    assert not relations.may_be_linear(shares, few, spread=float(np.ptp(shares)))


def with_first_serial_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """As in most agencies: hardly anybody shares birth date, entry and sex with another."""
    return rows.assign(nip=rows["nip"].str[:15] + "001")


HONEST_CODES: dict[str, Plant] = {
    "one code of everybody": lambda p: ["K.1001"] * len(p),
    # Fewer than one of twenty share those digits, a month and a sex with the first number.
    "one code of everybody with a month": lambda p: ["K.03.1001"] * len(p),
    "codes with a number": lambda p: [f"31001-{n}" for n in draw().integers(1, 9, len(p))],
    "decrees": lambda p: [f"SK-1001/{year}" for year in draw().integers(2000, 2026, len(p))],
    "two classes": lambda p: draw().choice(["A1001", "B2001"], len(p)),
    # Three of four men are in one unit: a proxy, and a code all the same.
    "units of more men than women": lambda p: np.where(
        is_male(p) ^ (np.arange(len(p)) % 4 == 0), "unit 1001", "unit 2001"
    ),
}


@pytest.mark.parametrize("n_people", [FEW, MANY])
@pytest.mark.parametrize("plant", HONEST_CODES.values(), ids=HONEST_CODES.keys())
def test_a_code_that_looks_like_digits_that_many_share_is_no_copy(n_people: int, plant: Plant):
    rows = with_first_serial_numbers(people(n_people))
    assert lint(frame(rows, plant(rows)), held(rows)).copies == ()


def test_what_many_share_is_an_accident_of_theirs_even_if_it_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("features.identity_linter.codings._MOST_SHARE", 1.0)
    rows = with_first_serial_numbers(people(MANY))
    assert lint(frame(rows, ["K.1001"] * MANY), held(rows)).copies == ()


def in_a_word(p: pd.DataFrame, digits: pd.Series) -> pd.Series:
    """Behind letters that nobody shares, so that the cells alone tell nothing."""
    return pd.Series([f"{chr(97 + n % 26)}{n}x" for n in range(len(p))]) + digits


@pytest.mark.parametrize("start", [12, 14])
def test_the_end_of_a_nip_in_a_text_is_caught_where_people_differ(start: int):
    rows = people(MANY)
    planted = in_a_word(rows, rows["nip"].str[start:])
    assert ("planted", "nip", "text") in {
        (c.column, c.attribute, c.part) for c in lint(frame(rows, planted), held(rows)).copies
    }


def test_a_text_is_caught_where_each_shares_it_with_some():
    """Twelve serial numbers of each sex: one of twenty-four has the same end of a NIP."""
    rows = people(MANY)
    serial = pd.Series(np.arange(MANY) % 12 + 101).astype(str)
    rows = rows.assign(nip=rows["nip"].str[:15] + serial)
    planted = in_a_word(rows, rows["nip"].str[14:])
    assert ("planted", "nip") in copied(lint(frame(rows, planted), held(rows)))


def test_a_text_that_changes_with_the_date_is_caught():
    def dated(p: pd.DataFrame, on: object) -> pd.Series:
        return in_a_word(p, f"{on:%d%b}x" + p["nip"].str[14:])

    assert ("planted", "nip") in copied(lint(*over_dates(people(MANY), dated)))


def test_a_code_of_each_date_that_many_share_is_no_copy():
    def dated(p: pd.DataFrame, on: object) -> list[str]:
        return [f"SK 1001/{on:%Y}/{n}" for n in draw().integers(1, 9, len(p))]

    rows = with_first_serial_numbers(people(MANY))
    assert lint(*over_dates(rows, dated)).copies == ()
