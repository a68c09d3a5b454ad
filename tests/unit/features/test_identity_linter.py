"""Every way to write down who somebody is gets caught; what only resembles it is reported."""

import base64
import hashlib
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from features.errors import ProtectedAttributeError
from features.identity_linter.lint import Lint, held_of, lint, require_no_copies
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES
from tests.lib.careers import drawn_record

AS_OF = datetime.fromisoformat("2024-05-15")
DAY = timedelta(days=1)
FEW, MANY = 36, 400
SYLLABLES = ("ba", "du", "ki", "lo", "me", "na", "po", "ri", "su", "te", "wa", "yo")


@cache
def people(n_people: int) -> pd.DataFrame:
    """Invented people: a row each, with everything that can be protected about them."""
    draw = np.random.default_rng(5)
    born = pd.Timestamp(1964, 1, 1) + pd.to_timedelta(
        np.sort(draw.choice(365 * 34, n_people, replace=False)), unit="D"
    )
    born = pd.Series(born).sample(frac=1, random_state=1, ignore_index=True)
    entered = born + pd.to_timedelta(draw.integers(22 * 366, 30 * 366, n_people), unit="D")
    sex = draw.permutation(np.repeat(["male", "female"], (n_people // 2, n_people - n_people // 2)))
    digit = np.where(sex == "male", "1", "2")
    serial = draw.integers(1, 999, n_people)
    words = ["".join(draw.choice(SYLLABLES, 3)) for _ in range(2 * n_people)]
    names = [f"{a} {b}".upper() for a, b in zip(words[::2], words[1::2], strict=True)]
    nips = [
        f"{b:%Y%m%d}{e:%Y%m}{d}{s:03d}"
        for b, e, d, s in zip(born, entered, digit, serial, strict=True)
    ]
    faiths = np.array(["islam", "kristen", "katolik", "hindu"])
    return pd.DataFrame(
        {
            "person_id": [f"p{n:04d}" for n in range(n_people)],
            "sex": sex,
            "birth_date": born.dt.strftime("%Y-%m-%d"),
            "religion": draw.permutation(np.resize(faiths, n_people)),
            "marital_status": draw.permutation(np.resize(["married", "single"], n_people)),
            "disability": draw.permutation(np.resize(["no"] * 7 + ["yes"], n_people)),
            "name": names,
            "nip": nips,
        }
    )


def held(rows: pd.DataFrame, *days: datetime) -> pd.DataFrame:
    long = rows.melt("person_id", var_name="attribute", value_name="value")
    on = pd.DataFrame({"on": pd.to_datetime(list(days or [AS_OF])).astype("datetime64[s]")})
    return long.merge(on, how="cross")


def frame(rows: pd.DataFrame, value: object, as_of: datetime = AS_OF) -> pd.DataFrame:
    """One list: everybody for one post, with one innocent column and one that may not be."""
    draw = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "person_id": rows["person_id"],
            "post_id": "head",
            "as_of": as_of,
            "years_in_post": draw.gamma(2.0, 2.0, len(rows)).round(2),
            "planted": value,
        }
    )


def born(p: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(p["birth_date"])


def days(p: pd.DataFrame) -> pd.Series:
    return (born(p) - pd.Timestamp(1970, 1, 1)).dt.days


def age(p: pd.DataFrame) -> pd.Series:
    return (AS_OF - born(p)).dt.days


def years(p: pd.DataFrame) -> pd.Series:
    had_it = (born(p).dt.month * 100 + born(p).dt.day) <= AS_OF.month * 100 + AS_OF.day
    return AS_OF.year - born(p).dt.year - (~had_it)


def is_male(p: pd.DataFrame) -> pd.Series:
    return p["sex"] == "male"


def noise(p: pd.DataFrame) -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 1, len(p))


def digest(kind: str, texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: hashlib.new(kind, text.encode()).hexdigest())


def in_groups(texts: pd.Series, size: int, sign: str) -> pd.Series:
    return texts.map(lambda text: sign.join(text[n : n + size] for n in range(0, len(text), size)))


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_base32(text: str) -> str:
    return base64.b32encode(text.encode()).decode()


def number_of(hexadecimal: str) -> int:
    return int(hexadecimal, 16)


def in_indonesian(day: pd.Timestamp, length: int | None = None) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:length]} {day.year}"


MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
Plant = Callable[[pd.DataFrame], object]
#: Caught among thirty-six people already.
OF_FEW: dict[str, tuple[str, Plant]] = {
    "sex as 0 and 1": ("sex", lambda p: is_male(p).astype(int)),
    "sex as 1 and 2": ("sex", lambda p: is_male(p).map({True: 1, False: 2})),
    "sex as a boolean": ("sex", is_male),
    "sex as odd numbers": ("sex", lambda p: is_male(p).map({True: -3.75, False: 12.5})),
    "sex as letters": ("sex", lambda p: is_male(p).map({True: "M", False: "F"})),
    "sex as words of another language": ("sex", lambda p: is_male(p).map({True: "L", False: "P"})),
    "sex as being there or missing": ("sex", lambda p: np.where(is_male(p), 1.0, np.nan)),
    "sex as a sign of noise": ("sex", lambda p: np.where(is_male(p), 1, -1) * (0.1 + noise(p))),
    "sex as the middle of three bands": (
        "sex",
        lambda p: np.where(is_male(p), noise(p), np.where(noise(p) < 0.5, -2.0, 2.0)),
    ),
    "birth date as a date": ("birth_date", born),
    "birth date as text": ("birth_date", lambda p: p["birth_date"]),
    "birth date as text, day first": ("birth_date", lambda p: born(p).dt.strftime("%d/%m/%Y")),
    "birth date in a sentence": ("birth_date", lambda p: "lahir " + p["birth_date"] + " di sana"),
    "days since 1970": ("birth_date", days),
    "days of a spreadsheet": ("birth_date", lambda p: days(p) + 25569),
    "seconds since 1970": ("birth_date", lambda p: days(p) * 86400.0),
    "birth date as eight digits": (
        "birth_date",
        lambda p: born(p).dt.strftime("%Y%m%d").astype(int),
    ),
    "birth date as eight digits, day first": (
        "birth_date",
        lambda p: born(p).dt.strftime("%d%m%Y").astype(int),
    ),
    "month and day": ("birth_date", lambda p: born(p).dt.month * 100 + born(p).dt.day),
    "day of the year": ("birth_date", lambda p: born(p).dt.day_of_year),
    "age in days": ("birth_date", age),
    "age in days, off by one at most": ("birth_date", lambda p: age(p) + np.resize([0, 1], len(p))),
    "age in years with a fraction": ("birth_date", lambda p: age(p) / 365.25),
    "age in years, one decimal": ("birth_date", lambda p: (age(p) / 365.25).round(1)),
    "age standardised": ("birth_date", lambda p: (age(p) - age(p).mean()) / age(p).std()),
    "logarithm of age": ("birth_date", lambda p: np.log(age(p))),
    "age in whole years": ("birth_date", years),
    "age in decades": ("birth_date", lambda p: years(p) // 10 * 10),
    "older than the middle": ("birth_date", lambda p: (age(p) > age(p).median()).astype(int)),
    "year of birth": ("birth_date", lambda p: born(p).dt.year),
    "days to retirement": ("birth_date", lambda p: 58 * 365.25 - age(p)),
    "rank by age": ("birth_date", lambda p: age(p).rank()),
    "sign of the zodiac, roughly": (
        "birth_date",
        lambda p: ((born(p).dt.day_of_year + 10) // 31 % 12).map(lambda n: "qwertyuiopas"[n]),
    ),
    "religion as codes": ("religion", lambda p: p["religion"].map(hash).rank(method="dense")),
    "marital status as 0 and 1": (
        "marital_status",
        lambda p: (p["marital_status"] == "married").astype(int),
    ),
    "NIP as it stands": ("nip", lambda p: p["nip"]),
    "NIP as a number": ("nip", lambda p: p["nip"].astype(float)),
    "NIP with blanks and a word": ("nip", lambda p: "NIP:" + p["nip"] + " "),
    "end of a NIP": ("nip", lambda p: "x" + p["nip"].str[8:]),
    "beginning of a NIP": ("nip", lambda p: p["nip"].str[:14]),
    "year and month of entry": ("nip", lambda p: p["nip"].str[8:14].astype(int)),
    "serial number": ("nip", lambda p: p["nip"].str[15:].astype(int)),
    "digest of a NIP": ("nip", lambda p: digest("sha256", p["nip"])),
    "name as it stands": ("name", lambda p: p["name"]),
    "name the other way round, in a sentence": (
        "name",
        lambda p: "usulan " + p["name"].str.split().str[::-1].str.join(", ").str.title(),
    ),
    "digest of a name": ("name", lambda p: digest("md5", p["name"].str.lower())),
    "beginning of a digest of a name": ("name", lambda p: digest("sha1", p["name"]).str[:10]),
    "checksum of a name": ("name", lambda p: p["name"].map(lambda t: zlib.crc32(t.encode()))),
    **{
        f"last {n} digits of a NIP as {kind}": (
            "nip",
            lambda p, n=n, as_kind=as_kind: p["nip"].str[-n:].map(as_kind),
        )
        for n in (4, 5, 6, 10, 14)
        for kind, as_kind in (("a number", float), ("text", str), ("text in a word", "x{}".format))
    },
    "NIP in groups of three, dashed": ("nip", lambda p: in_groups(p["nip"], 3, "-")),
    "NIP in groups of four": ("nip", lambda p: in_groups(p["nip"], 4, " ")),
    "NIP in groups of five, dotted": ("nip", lambda p: in_groups(p["nip"], 5, ".")),
    "NIP with a point behind each digit": ("nip", lambda p: in_groups(p["nip"], 1, ".")),
    "end of a NIP in groups": ("nip", lambda p: in_groups(p["nip"].str[8:], 2, "/")),
    "NIP backwards": ("nip", lambda p: p["nip"].str[::-1]),
    "NIP backwards as a number": ("nip", lambda p: p["nip"].str[::-1].astype(float)),
    "NIP backwards in a word": ("nip", lambda p: "x" + p["nip"].str[::-1]),
    "NIP in hexadecimal digits": ("nip", lambda p: p["nip"].map(lambda t: hex(int(t)))),
    "NIP in hexadecimal digits, bare": ("nip", lambda p: p["nip"].map(lambda t: f"{int(t):X}")),
    "NIP in base64": ("nip", lambda p: p["nip"].map(lambda t: base64.b64encode(t.encode()))),
    "NIP in base64 as text": ("nip", lambda p: p["nip"].map(in_base64)),
    "NIP in base32": ("nip", lambda p: p["nip"].map(in_base32)),
    "bytes of a NIP": ("nip", lambda p: p["nip"].map(lambda t: t.encode().hex())),
    **{
        f"{n} digits of {kind} of a NIP as {as_what}": (
            "nip",
            lambda p, kind=kind, n=n, turn=turn: digest(kind, p["nip"]).str[:n].map(turn),
        )
        for kind in ("md5", "sha1", "sha256")
        for n in (4, 6, 7, 8, 12, 15, 16)
        for as_what, turn in (("a number", number_of), ("text", "0x{}".format))
        # Four or five digits as text are any word.
        if n > 5 or turn is number_of
    },
    "digest of a NIP as a number with a sign": (
        "nip",
        lambda p: digest("sha256", p["nip"]).map(lambda t: np.int64(np.uint64(int(t[:16], 16)))),
    ),
    "digest of a NIP as an id": (
        "nip",
        lambda p: digest("md5", p["nip"]).map(lambda t: str(uuid.UUID(t))),
    ),
    "middle of a digest of a NIP": ("nip", lambda p: digest("sha256", p["nip"]).str[20:30]),
    "digest of a name as a number": (
        "name",
        lambda p: digest("sha256", p["name"].str.lower()).str[:8].map(number_of),
    ),
    "digest of a birth date": ("birth_date", lambda p: digest("sha256", p["birth_date"])),
    "digest of a birth date as a number": (
        "birth_date",
        lambda p: digest("md5", born(p).dt.strftime("%Y%m%d")).str[:8].map(number_of),
    ),
    **{
        f"birth date as {form}": ("birth_date", lambda p, form=form: born(p).dt.strftime(form))
        for form in (
            "%d %B %Y", "%d-%b-%Y", "%B %d, %Y", "%-d %b %Y", "%d%b%y", "%m/%d/%Y", "%-d/%-m/%Y",
            "%G-W%V-%u", "%Y-%j", "lahir %-d.%-m.%Y di sana",
        )
    },
    "birth date with an Indonesian month": ("birth_date", lambda p: born(p).map(in_indonesian)),
    "birth date with a short Indonesian month": (
        "birth_date",
        lambda p: born(p).map(lambda day: in_indonesian(day, 3)),
    ),
    "birth date in base64": ("birth_date", lambda p: p["birth_date"].map(in_base64)),
    "name without its blank": ("name", lambda p: p["name"].str.replace(" ", "")),
    "name with an underscore": ("name", lambda p: p["name"].str.lower().str.replace(" ", "_")),
    "name as of an address": (
        "name",
        lambda p: p["name"].str.lower().str.replace(" ", ".") + "@x.id",
    ),
    "name backwards": ("name", lambda p: p["name"].str[::-1]),
    "name backwards without its blank": (
        "name",
        lambda p: p["name"].str.replace(" ", "").str[::-1],
    ),
    "name in base64": ("name", lambda p: p["name"].map(in_base64)),
}  # fmt: skip
#: Parts that few people cannot tell from a coincidence.
OF_MANY: dict[str, tuple[str, Plant]] = {
    "month of birth": ("birth_date", lambda p: born(p).dt.month),
    "month of birth, shuffled": ("birth_date", lambda p: born(p).dt.month * 7 % 13),
    "quarter of birth": ("birth_date", lambda p: born(p).dt.quarter),
    "day of the month": ("birth_date", lambda p: born(p).dt.day),
    "odd or even day of birth": ("birth_date", lambda p: born(p).dt.day % 2),
    "weekday of birth": ("birth_date", lambda p: born(p).dt.day_name()),
    "year of the century": ("birth_date", lambda p: born(p).dt.year % 100),
    "decade of birth as a letter": (
        "birth_date",
        lambda p: (born(p).dt.year // 10).map({196: "q", 197: "b", 198: "x", 199: "a"}),
    ),
    "one religion or another": ("religion", lambda p: (p["religion"] == "islam").astype(int)),
    "disability of a few": ("disability", lambda p: (p["disability"] == "yes").astype(int)),
    "sex and a digit of noise": (
        "sex",
        lambda p: is_male(p).astype(int) + 2 * np.random.default_rng(2).integers(0, 5, len(p)),
    ),
    "first letter of a name": ("name", lambda p: p["name"].str[0]),
    "initials": ("name", lambda p: p["name"].str.split().map(lambda w: w[0][0] + w[1][0])),
    "initials as numbers": (
        "name",
        lambda p: p["name"].str.split().map(lambda w: ord(w[0][0]) * 100 + ord(w[1][0])),
    ),
    "parts of a name, without the rest": ("name", lambda p: p["name"].str.split().str[0]),
}
PLANTED = [
    *(pytest.param(FEW, *case, id=name) for name, case in OF_FEW.items()),
    *(pytest.param(MANY, *case, id=name) for name, case in OF_MANY.items()),
]


@pytest.mark.parametrize(("n_people", "attribute", "plant"), PLANTED)
def test_a_copy_is_caught_and_nothing_else_is(n_people: int, attribute: str, plant: Plant):
    rows = people(n_people)
    found = lint(frame(rows, plant(rows)), held(rows))
    assert {copy.column for copy in found.copies} == {"planted"}
    # A NIP tells the birth date too, and both may be named.
    assert attribute in {copy.attribute for copy in found.copies}


#: What catches a copy, taken away, and the copies that nothing else catches.
GUARDS: dict[str, tuple[str, object, list[str]]] = {
    "numbers of last digits": (
        "codings._FIRST_DIGITS",
        (),
        ["last 6 digits of a NIP as a number", "last 10 digits of a NIP as a number"],
    ),
    "texts squeezed": (
        "lint.squeezed",
        str.casefold,
        ["name with an underscore", "name as of an address", "end of a NIP in groups"],
    ),
    "other signs": (
        "codings._encoded",
        lambda *_: set(),
        [
            "NIP in hexadecimal digits", "NIP in base64 as text", "NIP in base32",
            "birth date in base64", "name in base64",
        ],
    ),
    "backwards": (
        "codings._backwards",
        lambda _: set(),
        ["NIP backwards in a word", "name backwards", "name backwards without its blank"],
    ),
    "digests as numbers": (
        "codings._numbered_digests",
        lambda *_: [],
        [
            "4 digits of md5 of a NIP as a number", "8 digits of sha256 of a NIP as a number",
            "16 digits of sha1 of a NIP as a number", "digest of a NIP as a number with a sign",
            "digest of a name as a number", "digest of a birth date as a number",
            "checksum of a name",
        ],
    ),
    "pieces of digests": (
        "lint._SHORTEST_PIECE",
        99,
        [
            "6 digits of md5 of a NIP as text", "16 digits of sha256 of a NIP as text",
            "middle of a digest of a NIP", "digest of a NIP as an id",
        ],
    ),
    "names of months": (
        "codings._MONTHS",
        (),
        [
            "birth date as %d %B %Y", "birth date as %d-%b-%Y", "birth date as %d%b%y",
            "birth date with an Indonesian month", "birth date with a short Indonesian month",
        ],
    ),
    "days as texts": (
        "codings._written_days",
        lambda _: set(),
        ["birth date as %G-W%V-%u", "birth date as %-d/%-m/%Y", "birth date as %m/%d/%Y"],
    ),
}  # fmt: skip
GUARDED = [
    pytest.param(where, instead, copy, id=f"{name}: {copy}")
    for name, (where, instead, copies) in GUARDS.items()
    for copy in copies
]


@pytest.mark.parametrize(("where", "instead", "copy"), GUARDED)
def test_without_its_guard_a_copy_passes(
    monkeypatch: pytest.MonkeyPatch, where: str, instead: object, copy: str
):
    rows = people(FEW)
    attribute, plant = OF_FEW[copy]
    monkeypatch.setattr(f"features.identity_linter.{where}", instead)
    found = lint(frame(rows, plant(rows)), held(rows))
    assert attribute not in {copy.attribute for copy in found.copies}


@pytest.mark.parametrize(
    "scrambled",
    [
        lambda p: (days(p) * 7919 + 31) % 100_003,
        lambda p: days(p).astype(int) ^ 0x2A5A,
        lambda p: digest("sha256", "a secret" + p["birth_date"]),
        lambda p: days(p).abs().astype(str).str[::-1].astype(float),
    ],
    ids=["affine, modulo a prime", "exclusive or", "a digest with a secret", "digits backwards"],
)
def test_a_scrambled_birth_date_is_caught_where_people_share_one(
    scrambled: Plant, monkeypatch: pytest.MonkeyPatch
):
    rows = people(MANY)
    # Seven pairs; among four hundred people born within 34 years there are six.
    nth = np.arange(MANY)
    nth[:14] = nth[:14] // 2 * 2
    shared = rows.assign(birth_date=rows["birth_date"].to_numpy()[nth])
    table, known = frame(shared, scrambled(shared)), held(shared)
    assert ("planted", "birth_date") in {(c.column, c.attribute) for c in lint(table, known).copies}
    # Nobody can tell it among people of whom no two were born on one day.
    alone = lint(frame(rows, scrambled(rows)), held(rows)).copies
    assert ("planted", "birth_date", "day") not in {(c.column, c.attribute, c.part) for c in alone}
    monkeypatch.setattr("features.identity_linter.relations._chance_of_pairs", lambda *_: 0.0)
    assert lint(table, known).copies == ()


def test_an_id_of_their_own_for_each_of_them_renames_nothing():
    rows = people(MANY)
    ids = np.random.default_rng(7).permutation(10_000)[:MANY]
    assert lint(frame(rows, ids.astype(float)), held(rows)).copies == ()
    assert lint(frame(rows, [f"id-{n}" for n in ids]), held(rows)).copies == ()


def test_honest_texts_with_numbers_and_dates_are_let_through():
    rows = people(MANY)
    draw = np.random.default_rng(11)
    day = pd.DatetimeIndex(pd.Timestamp(2001, 1, 1) + DAY * n for n in draw.integers(0, 8000, MANY))
    for texts in (
        [f"SK {n:06d}/{y}" for n, y in zip(draw.integers(0, 10**6, MANY), day.year, strict=True)],
        day.strftime("%d %B %Y"),
        day.strftime("%G-W%V-%u"),
        [draw.bytes(16).hex() for _ in rows.index],
        [base64.b64encode(draw.bytes(9)).decode() for _ in rows.index],
        [f"{a}_{b}" for a, b in draw.choice(SYLLABLES, (MANY, 2))],
    ):
        assert lint(frame(rows, texts), held(rows)).copies == ()


def test_the_refusal_names_columns_and_attributes_and_no_value():
    rows = people(FEW)
    record = recorded(rows)
    with pytest.raises(ProtectedAttributeError) as error:
        require_no_copies(record, frame(rows, is_male(rows).map({True: 8.25, False: 9.75})))
    assert "planted (sex: value)" in str(error.value)
    assert "years_in_post" not in str(error.value)
    for secret in ("8.25", "9.75", *rows["sex"], *rows["birth_date"], *rows["person_id"]):
        assert secret not in str(error.value).replace("planted (sex: value)", "")


def recorded(rows: pd.DataFrame):
    """A record that holds these people and nothing of their careers."""
    long = rows.drop(columns=["name", "nip"]).melt("person_id", var_name="attribute")
    lines = ["person | attribute | value | from_on"]
    lines += [f"{p} | {a} | {v} | -" for p, a, v in long.itertuples(index=False)]
    appointments = ["person | post | start_on | start_recorded_on | end_on | end_recorded_on"]
    appointments += [f"{p} | head | 2015-01-01 | - | - | -" for p in rows["person_id"]]
    posts = "post | unit | class | fields\nhead | ports | staff | cargo"
    return drawn_record(
        posts=posts, appointments="\n".join(appointments), protected="\n".join(lines)
    )


def test_what_is_held_is_what_the_record_knew_on_the_day():
    rows = people(FEW)
    found = held_of(recorded(rows), pd.Series([AS_OF, AS_OF]))
    wide = found.pivot(index="person_id", columns="attribute", values="value")
    expected = rows.set_index("person_id").drop(columns=["name", "nip"])
    pd.testing.assert_frame_equal(
        wide[expected.columns], expected, check_names=False, check_dtype=False
    )


def test_names_and_nips_are_compared_where_somebody_may_open_them():
    rows = people(FEW)
    record, planted = recorded(rows), frame(rows, digest("sha256", rows["nip"]))
    opened = rows.melt("person_id", ["nip", "name"], var_name="attribute", value_name="value")
    report = require_no_copies(record, planted).report
    assert {"nip", "name"} <= set(report.loc[report["finding"] == "not auditable", "attribute"])
    with pytest.raises(ProtectedAttributeError, match=r"planted \(nip: digest\)"):
        require_no_copies(record, planted, identities=opened)


def test_a_nip_is_known_by_its_shape_where_none_is_held():
    rows = people(FEW)
    parted = [in_groups(rows["nip"], size, sign) for size, sign in ((3, "-"), (4, " "), (6, "."))]
    for value in (rows["nip"], rows["nip"].astype(float), "id " + rows["nip"], *parted):
        with pytest.raises(ProtectedAttributeError, match=r"planted \(nip: digits\)"):
            require_no_copies(recorded(rows), frame(rows, value))


def test_an_id_that_is_a_nip_is_refused():
    rows = people(FEW)
    table = frame(rows.assign(person_id=rows["nip"]), 1.0)
    with pytest.raises(ProtectedAttributeError, match=r"person_id \(nip: digits\)"):
        require_no_copies(recorded(rows), table)


@pytest.mark.parametrize("attribute", ["religion", "birth_date"])
def test_what_is_not_held_is_not_auditable_and_never_inferred(attribute: str):
    rows = people(MANY)
    found = lint(frame(rows, OF_FEW["year of birth"][1](rows)), held(rows.drop(columns=attribute)))
    report = found.report
    assert attribute in set(report.loc[report["finding"] == "not auditable", "attribute"])
    assert attribute not in set(report.loc[report["finding"] != "not auditable", "attribute"])
    told = set(report["attribute"])
    assert told == set(PROTECTED_ATTRIBUTES)


def test_one_value_of_everybody_is_not_auditable():
    rows = people(MANY).assign(sex="male")
    report = lint(frame(rows, noise(rows)), held(rows)).report
    assert "sex" in set(report.loc[report["finding"] == "not auditable", "attribute"])


def the_proxy(found: Lint, attribute: str) -> pd.Series:
    rows = found.report[found.report["finding"] == "proxy"]
    rows = rows[(rows["column"] == "planted") & (rows["attribute"] == attribute)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_resemblance_is_reported_with_its_interval_and_refuses_nothing():
    rows = people(MANY)
    nearly = is_male(rows).astype(float)
    nearly.iloc[:8] = 1 - nearly.iloc[:8]
    found = lint(frame(rows, nearly), held(rows))
    assert found.copies == ()
    proxy = the_proxy(found, "sex")
    assert (proxy.finding, proxy.measure, proxy.n_people) == ("proxy", "AUC", MANY)
    assert 0.95 < proxy.low < proxy.value < 1
    assert proxy.value == pytest.approx(0.98)


def test_a_resemblance_to_age_is_a_rank_correlation():
    rows = people(MANY)
    found = lint(frame(rows, age(rows) + 3000 * noise(rows)), held(rows))
    assert found.copies == ()
    proxy = the_proxy(found, "birth_date")
    assert proxy.measure == "rank correlation"
    assert -1 < proxy.low < proxy.value < proxy.high < -0.9


def test_groups_that_are_too_small_have_no_figure():
    rows = people(MANY)
    few = np.where(np.arange(MANY) < 10, "yes", "no")
    report = lint(frame(rows, noise(rows)), held(rows.assign(disability=few))).report
    assert report.query("finding == 'proxy' and attribute == 'disability'").empty
    assert not report.query("finding == 'proxy' and attribute == 'sex'").empty


def test_a_coincidence_among_few_is_reported_and_not_refused():
    rows = people(FEW).iloc[:10].assign(sex=np.resize(["male", "female"], 10))
    found = lint(frame(rows, is_male(rows).astype(int)), held(rows))
    assert found.copies == ()
    assert not found.report.query("finding == 'coincidence' and attribute == 'sex'").empty


@pytest.mark.parametrize("n_people", [6, FEW, MANY])
def test_what_has_nothing_to_do_with_anybody_is_let_through(n_people: int):
    """Thirty honest columns of five kinds for each of four agencies."""
    rows = people(MANY).iloc[:n_people]
    for seed in range(4):
        draw = np.random.default_rng(seed)
        columns = {}
        for nth in range(6):
            columns[f"count_{nth}"] = draw.poisson(1.0, n_people).astype(float)
            columns[f"share_{nth}"] = draw.uniform(0, 1, n_people)
            columns[f"flag_{nth}"] = draw.integers(0, 2, n_people).astype(float)
            columns[f"rare_{nth}"] = (draw.uniform(0, 1, n_people) < 0.03).astype(float)
            columns[f"gaps_{nth}"] = np.where(draw.uniform(0, 1, n_people) < 0.4, np.nan, nth)
        table = frame(rows, 0.0).assign(**columns)
        assert lint(table, held(rows)).copies == ()


def test_service_since_the_entry_that_a_nip_tells_is_no_copy():
    """How long somebody has served is known from appointments, and is a feature."""
    rows = people(MANY)
    entered = pd.to_datetime(rows["nip"].str[8:14] + "01")
    found = lint(frame(rows, (AS_OF - entered).dt.days / 365.25), held(rows))
    assert found.copies == ()


def over_dates(rows: pd.DataFrame, value: Callable[[pd.DataFrame, datetime], object]):
    """Everybody on three dates for two posts, in no order."""
    dates = [AS_OF - DAY * 400, AS_OF - DAY * 200, AS_OF]
    parts = [
        frame(rows, value(rows, on), on).assign(post_id=post)
        for on in dates
        for post in ("head", "boss")
    ]
    return pd.concat(parts).sample(frac=1, random_state=4, ignore_index=True), held(rows, *dates)


def test_a_copy_that_changes_with_the_date_is_caught():
    def months_old(p: pd.DataFrame, on: datetime) -> pd.Series:
        return (on - born(p)).dt.days // 30

    found = lint(*over_dates(people(MANY), months_old))
    assert {(c.column, c.attribute) for c in found.copies} >= {("planted", "birth_date")}


def test_a_code_that_is_another_one_for_each_list_is_caught():
    table, known = over_dates(people(MANY), lambda p, on: is_male(p).astype(int))
    turned = (table["post_id"] == "boss") ^ (table["as_of"] == AS_OF)
    table["planted"] = (table["planted"] == 1) ^ turned
    found = lint(table, known)
    assert {(c.column, c.attribute) for c in found.copies} == {
        ("planted", "sex"),
        ("planted", "nip"),
    }


def test_a_copy_for_those_about_whom_something_is_held_is_caught():
    rows = people(MANY)
    known = held(rows)
    known = known[(known["attribute"] != "sex") | (known["person_id"] < "p0100")]
    found = lint(frame(rows, is_male(rows).astype(int)), known)
    assert {(c.column, c.attribute) for c in found.copies} >= {("planted", "sex")}


def test_a_value_counts_from_the_day_on_which_it_was_on_record():
    record = drawn_record(
        posts="post | unit | class\nhead | ports | head",
        appointments="person | post | start_on | end_on\nann | head | 2010-01-01 | -",
        protected="person | attribute | value | from_on\nann | religion | islam | 2020-01-01",
    )
    days = pd.Series([datetime.fromisoformat("2019-12-31"), datetime.fromisoformat("2020-01-01")])
    found = held_of(record, days)
    assert found["on"].tolist() == [datetime.fromisoformat("2020-01-01")]


def born_in_a_row(n_people: int, step: int) -> pd.DataFrame:
    """People born one after the other, `step` of them on each day."""
    days = [f"{AS_OF - DAY * (16_000 - nth // step):%Y-%m-%d}" for nth in range(n_people)]
    return people(MANY).iloc[:n_people].assign(birth_date=days)


def test_an_age_that_is_off_by_two_days_at_most_is_a_copy():
    rows = born_in_a_row(MANY, 1)
    jitter = np.random.default_rng(1).integers(0, 3, MANY)
    known = held(rows.drop(columns="nip"))
    found = lint(frame(rows, (age(rows) + jitter) / 365.25), known)
    assert ("planted", "birth_date", "day") in {
        (c.column, c.attribute, c.part) for c in found.copies
    }
    further = np.random.default_rng(1).integers(0, 200, MANY)
    assert lint(frame(rows, (age(rows) + further) / 365.25), known).copies == ()


def test_among_people_born_within_days_of_each_other_no_order_says_anything():
    rows = born_in_a_row(48, 24)
    assert lint(frame(rows, noise(rows)), held(rows.drop(columns="nip"))).copies == ()


def test_an_empty_table_has_nothing_to_refuse():
    rows = people(FEW)
    found = lint(frame(rows, 1.0).iloc[:0], held(rows))
    assert found.copies == ()
