"""The linter itself: a table and what is held about its people in, a report out, or a refusal.

The rule that must not break: a table that holds a copy does not leave, whatever the copy is called
and however it is coded; a message names columns and attributes and never a value.

A copy is a column that tells an attribute, or a part of it, exactly, or is told by it: by a code, a
threshold, a band, an order, a unit, a text or a digest. Refused is what would be a coincidence in
fewer than one of ten thousand honest tables (`CHANCE`, shared out among all comparisons); of two
equal groups about 35 people are enough. What few people share by accident is reported.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, log

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd

from features.agencies.traces import nips_in
from features.errors import ProtectedAttributeError
from features.identity_linter import codings
from features.identity_linter.codings import NIP_BEGINNING, NIP_BETWEEN, Coding, Texts, squeezed
from features.identity_linter.proxies import Resemblance, rank_correlation, separation
from features.identity_linter.relations import (
    Levels,
    banded,
    determines,
    follows,
    linear,
    may_be_linear,
)
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES, held_on
from features.tables.record import Record

#: Chance that an honest table is refused.
CHANCE = 1e-4
#: What holds by accident in more than one of twenty comparisons is not worth a line.
_WORTH_TELLING = log(0.05)
KEYS = ("person_id", "post_id", "as_of")
HELD = ("on", "person_id", "attribute", "value")
REPORT = ("column", "attribute", "finding", "measure", "value", "low", "high", "n_people")
_SHIFTS = 20
_LOOKED_THROUGH, _FEW = 256, 16
Holds = Callable[[str, set[str]], bool]
#: Six hexadecimal digits are of one in sixteen million.
_SHORTEST_PIECE = 6
_NAMED_DIGEST = re.compile(r"^(?:0x|(?:md5|sha1|sha256|sha512|nip)(?=[0-9a-f]{6,}$))")
_LONGEST_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Copy:
    """A column that holds an attribute or a part of it."""

    column: str
    attribute: str
    part: str


@dataclass(frozen=True)
class Lint:
    """What the linter found in a table.

    Parameters
    ----------
    copies : tuple of Copy
        What must not leave.
    report : DataFrame
        `column`, `attribute`, `finding` (copy, coincidence or proxy), `measure`, `value`, `low`,
        `high`, `n_people`; and a row for each attribute, `compared` or `not auditable`.
    """

    copies: tuple[Copy, ...]
    report: pd.DataFrame

    @property
    def not_auditable(self) -> tuple[str, ...]:
        """Attributes that are not held, or of which everybody has the same value."""
        rows = self.report[self.report["finding"] == "not auditable"]
        return tuple(rows["attribute"])


def require_no_copies(
    record: Record,
    frame: pd.DataFrame,
    *,
    where: str = "feature frame",
    identities: pd.DataFrame | None = None,
) -> Lint:
    """Refuse a table that holds an identifier, a protected attribute or a part of one.

    Parameters
    ----------
    record : Record
    frame : DataFrame
        `person_id`, `as_of`, maybe `post_id`, and the columns that are looked at.
    where : str
        What the table is called.
    identities : DataFrame, optional
        `person_id`, `attribute` and `value` of NIPs and names, for those who may open the identity
        store; without it what the record does not hold is not auditable.

    Returns
    -------
    Lint
        Without copies.

    Raises
    ------
    ProtectedAttributeError
        Naming each column and the attribute that it copies.
    """
    found = lint(frame, held_of(record, frame["as_of"], identities))
    if found.copies:
        named = "; ".join(f"{c.column} ({c.attribute}: {c.part})" for c in found.copies)
        raise ProtectedAttributeError(
            f"columns that copy a protected attribute: {named}",
            where=where,
            remedy="take the columns out; no copy leaves the protected side",
        )
    return found


def held_of(
    record: Record, days: pd.Series, identities: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What is held about everybody on some days: `on`, `person_id`, `attribute`, `value`."""
    dates = pd.to_datetime(days.drop_duplicates()).astype("datetime64[s]")
    asked = ibis.memtable({"on": list(dates.dt.date)}, schema={"on": "date"})
    parts = [
        record.backend.to_pyarrow(held_on(record, attribute, asked))
        .to_pandas()
        .assign(attribute=attribute)
        for attribute in PROTECTED_ATTRIBUTES
    ]
    held = pd.concat(parts, ignore_index=True)
    held["on"] = pd.to_datetime(held["on"]).astype("datetime64[s]")
    if identities is not None:
        known = identities.merge(pd.DataFrame({"on": dates}), how="cross")
        held = pd.concat([held, known], ignore_index=True)
    return held[list(HELD)]


def lint(frame: pd.DataFrame, held: pd.DataFrame, *, keys: Collection[str] = KEYS) -> Lint:
    """Compare each column of a table with what is held about its people.

    Parameters
    ----------
    frame : DataFrame
        `person_id`, `as_of`, maybe `post_id`, and the columns that are looked at.
    held : DataFrame
        `on`, `person_id`, `attribute`, `value`; who has two values of one is left out of it.
    keys : collection of str
        Columns that are not looked at.
    """
    frame = frame.reset_index(drop=True)
    columns = [name for name in frame.columns if name not in keys]
    held = held.drop_duplicates()
    held = held[held["person_id"].isin(frame["person_id"].unique())]
    told = {text.attribute: text for text in _texts(held)} if _has_texts(frame[columns]) else {}
    people, row_of = _people(frame)
    coded = _codings(people, held)
    n_relations = sum(coding.n_relations for coding in coded)
    share = log(CHANCE) - log(max(1, len(columns)) * max(1, n_relations))
    views = _views(frame)
    copies: list[Copy] = []
    rows: list[tuple] = []
    codes = [_Coded(coding, row_of, views) for coding in coded]
    for name in frame.columns.intersection(list(keys)):
        # An id that is a NIP: the mapping lacks a section `identity`.
        copies += _copied_texts(name, frame["person_id"], frame[name], {}, share)
    rows += [(c.column, c.attribute, "copy", c.part, None, None, None, None) for c in copies]
    for name in columns:
        column = _Column(frame[name], views)
        found, accidents = _copies_in(name, column, codes, share)
        found |= _copied_texts(name, frame["person_id"], frame[name], told, share)
        copies += found
        rows += [(c.column, c.attribute, "copy", c.part, None, None, None, None) for c in found]
        accidents = {c for c in accidents if (c.column, c.attribute) not in _named(found)}
        rows += [
            (c.column, c.attribute, "coincidence", c.part, None, None, None, None)
            for c in accidents
        ]
        rows += [
            (name, attribute, "proxy", r.measure, r.value, r.low, r.high, r.n_people)
            for attribute, r in _proxies(column, codes)
        ]
    compared: dict[str, int] = {}
    for code in codes:
        if code.coding.levels and code.varies:
            n_people = frame.loc[code.known, "person_id"].nunique()
            compared[code.coding.attribute] = max(n_people, compared.get(code.coding.attribute, 0))
    for attribute in PROTECTED_ATTRIBUTES:
        n_people = compared.get(attribute)
        finding = "not auditable" if n_people is None else "compared"
        rows.append((None, attribute, finding, None, None, None, None, n_people))
    report = pd.DataFrame(rows, columns=list(REPORT))
    report = report.sort_values(["finding", "attribute", "column", "measure"], ignore_index=True)
    return Lint(tuple(sorted(copies, key=lambda c: (c.column, c.attribute, c.part))), report)


class _Coded:
    """A coding, cut down to the views of the table."""

    def __init__(
        self,
        coding: Coding,
        row_of: npt.NDArray[np.intp],
        views: list[npt.NDArray[np.intp]],
    ) -> None:
        self.coding = coding
        self._values, self._row_of, self._views = coding.values.to_numpy(), row_of, views
        self.known = ~pd.isna(self._values)[row_of]
        self.whose = hash(self.known.tobytes())
        self.is_number = coding.values.dtype.kind == "f"

    def numbers_of(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Of a coding that is a number, that of some rows."""
        return self._values[self._row_of[rows]].astype("float64")

    @cached_property
    def codes(self) -> npt.NDArray[np.intp]:
        """Codes of all rows; -1 where nothing is held."""
        values = self._values
        known = ~pd.isna(values)
        codes = np.full(len(values), -1, dtype=np.intp)
        codes[known] = Levels.of(_sortable(values[known])).codes
        return codes[self._row_of]

    @cached_property
    def varies(self) -> bool:
        return bool(self.codes.max(initial=-1) > 0)

    @cached_property
    def levels(self) -> list[Levels]:
        """Of each view, of those about whom it is held."""
        return [Levels.of_codes(self.codes[rows[self.known[rows]]]) for rows in self._views]


class _Column:
    """A column, cut down to the views of the table."""

    def __init__(self, values: pd.Series, views: list[npt.NDArray[np.intp]]) -> None:
        self.values = _plain(values)
        self.there = ~pd.isna(self.values)
        self.views = views
        self._levels_of: dict[tuple[int | None, int, bool], Levels] = {}

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64] | None:
        return self.values if self.values.dtype.kind == "f" else None

    @cached_property
    def spread(self) -> float:
        """From the least number to the largest."""
        there = self.values[self.there]
        return float(np.ptp(there)) if len(there) else 0.0

    @cached_property
    def levels(self) -> npt.NDArray[np.intp]:
        """Codes of all rows; a missing value is a level of its own."""
        codes, _levels = pd.factorize(self.values, use_na_sentinel=True)
        return codes + 1

    def levels_of(self, rows: npt.NDArray[np.intp], which: tuple[int | None, int, bool]) -> Levels:
        """Levels of some rows, which a view, those about whom is known and missing ones tell."""
        if which not in self._levels_of:
            self._levels_of[which] = Levels.of_codes(self.levels[rows])
        return self._levels_of[which]


def _copies_in(
    name: str, column: _Column, codes: list[_Coded], share: float
) -> tuple[set[Copy], set[Copy]]:
    """Copies of a column, and exact relations that may be a coincidence."""
    copies, accidents = set(), set()
    for code in codes:
        copy = Copy(name, code.coding.attribute, code.coding.part)
        for nth, rows in enumerate(column.views):
            chance = _chance(column, code, rows, nth)
            if chance <= share and (nth == 0 or isfinite(_chance(column, code, None, None))):
                copies.add(copy)
                break
            if nth == 0 and share < chance < _WORTH_TELLING:
                accidents.add(copy)
    return copies, accidents


def _chance(
    column: _Column, code: _Coded, rows: npt.NDArray[np.intp] | None, nth: int | None
) -> float:
    """Log of the least chance of the relations that hold; infinite where none does."""
    rows = np.arange(len(column.values)) if rows is None else rows
    rows = rows[code.known[rows]]
    if len(rows) < 2:
        return inf
    coding, least = code.coding, inf
    there = column.there[rows]
    is_open = coding.number and _may_be_linear(column, code, rows)
    if coding.only_number and not is_open:
        return inf
    if coding.levels or coding.ordered:
        attribute = code.levels[nth] if nth is not None else Levels.of_codes(code.codes[rows])
        if attribute.n_levels < 2:
            return inf
        if coding.levels:
            least = _tells(column.levels_of(rows, (nth, code.whose, True)), attribute)
    if not there.all():
        rows = rows[there]
        if len(rows) < 2:
            return least
        if coding.levels or coding.ordered:
            attribute = Levels.of_codes(code.codes[rows])
        if coding.levels:
            least = min(least, _tells(column.levels_of(rows, (nth, code.whose, False)), attribute))
    numbers = None if column.numbers is None else column.numbers[rows]
    along = code.numbers_of(rows) if code.is_number else None
    if numbers is not None and coding.levels and along is None:
        least = min(least, banded(attribute, numbers))
    if along is None:
        return least
    if coding.ordered:
        everybody = column.levels_of(rows, (nth, code.whose, bool(there.all())))
        least = min(least, banded(everybody, along))
        if numbers is not None:
            least = min(least, follows(numbers, along))
            if coding.slack:
                least = min(least, follows(numbers, along, coding.slack))
    if numbers is not None and is_open:
        least = min(least, linear(numbers, along))
    if numbers is not None and coding.same and np.array_equal(numbers, along):
        least = min(least, -Levels.of(along).log_ways)
    return least


def _may_be_linear(column: _Column, code: _Coded, rows: npt.NDArray[np.intp]) -> bool:
    """Whether a few people leave it open; nearly every column is told by them to be no copy."""
    if column.numbers is None:
        return False
    few = rows[:_LOOKED_THROUGH]
    few = few[column.there[few]][:_FEW]
    return may_be_linear(column.numbers[few], code.numbers_of(few), column.spread)


def _tells(one: Levels, other: Levels) -> float:
    return min(determines(one, other), determines(other, one))


def _copied_texts(
    name: str, people: pd.Series, values: pd.Series, told: dict[str, Texts], share: float
) -> set[Copy]:
    """Texts, numbers and digests in cells that belong to the person of the row."""
    is_text = values.dtype.kind not in "fiubmM"
    if values.dtype.kind in "mM":
        return set()
    if not is_text:
        values = values[values.between(*NIP_BETWEEN)]
    cells = pd.DataFrame({"person_id": people[values.index], "cell": values})
    cells = cells.dropna().drop_duplicates(ignore_index=True)
    if cells.empty:
        return set()
    cells = cells.assign(cell=_written(cells["cell"]))
    found = set()
    has_shape = _holds_nip if is_text else NIP_BEGINNING.search
    if any(has_shape(cell) for cell in cells["cell"]):
        found.add(Copy(name, "nip", "digits"))
    if not is_text:
        return found
    cells = cells.assign(cell=cells["cell"].map(squeezed))
    for attribute, texts in told.items():
        for part, forms, holds in (
            ("text", texts.whole, _contains),
            ("digest", texts.digests, _is_piece),
        ):
            if _told_by_own(cells, forms, holds) <= share:
                found.add(Copy(name, attribute, part))
    return found


def _told_by_own(cells: pd.DataFrame, forms: dict[str, set[str]], holds: Holds) -> float:
    """Log of the chance that so many people have cells that hold what is held about them.

    What to expect by accident is seen by holding the cells of each against what is held about
    another, be it the same or not: of people who share a form a cell tells no more than of others.
    """
    cells_of: dict[str, list[str]] = {}
    for person, cell in zip(cells["person_id"], cells["cell"], strict=True):
        if forms.get(person):
            cells_of.setdefault(person, []).append(cell)
    owners = list(cells_of)
    own = _n_told(cells_of, owners, forms, holds)
    if own == 0 or len(owners) < 2:
        return inf
    apart = max(1, len(owners) // (_SHIFTS + 1))
    shifts = [nth * apart % len(owners) for nth in range(1, _SHIFTS + 1)]
    shifts = [shift for shift in shifts if shift]
    accidents = sum(
        _n_told(cells_of, owners[shift:] + owners[:shift], forms, holds) for shift in shifts
    )
    expected = (accidents + 1) / len(shifts)
    # Half a second to load, and rarely asked.
    from scipy.stats import poisson

    return float(poisson.logsf(own - 1, expected))


def _n_told(
    cells_of: dict[str, list[str]], others: list[str], forms: dict[str, set[str]], holds: Holds
) -> int:
    """How many have a cell that holds what is held about the one who stands for them."""
    return sum(
        any(holds(cell, forms[other]) for cell in cells)
        for cells, other in zip(cells_of.values(), others, strict=True)
    )


def _contains(cell: str, forms: set[str]) -> bool:
    return any(form in cell for form in forms)


def _is_piece(cell: str, forms: set[str]) -> bool:
    """Whether a cell is a piece of a digest, be it named before: `0x`, `sha256:`."""
    bare = _NAMED_DIGEST.sub("", cell)
    return len(bare) >= _SHORTEST_PIECE and any(bare in form for form in forms)


def _holds_nip(cell: str) -> bool:
    return any(nip.stands_alone for nip in nips_in(cell))


def _proxies(column: _Column, codes: list[_Coded]) -> Iterator[tuple[str, Resemblance]]:
    if column.numbers is None:
        return
    rows = column.views[0] if len(column.views) == 1 else column.views[1]
    rows = rows[column.there[rows]]
    for code in codes:
        known = rows[code.known[rows]]
        values = column.numbers[known]
        found = None
        if len(known) < 2:
            continue
        if code.coding.part == "value":
            found = separation(values, Levels.of(code.codes[known]))
        elif code.coding.attribute == "birth_date" and code.coding.part == "day":
            found = rank_correlation(values, code.numbers_of(known))
        if found is not None:
            yield code.coding.attribute, found


def _has_texts(columns: pd.DataFrame) -> bool:
    return any(dtype.kind not in "fiubmM" for dtype in columns.dtypes)


def _people(frame: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """`person_id` and `on` of the table, each pair once; and which of them each row is about."""
    on = pd.to_datetime(frame["as_of"]).astype("datetime64[s]")
    rows = pd.DataFrame({"person_id": frame["person_id"], "on": on})
    people = rows.drop_duplicates(ignore_index=True)
    numbers = rows.groupby(["person_id", "on"], sort=False).ngroup().to_numpy()
    return people, numbers


def _codings(people: pd.DataFrame, held: pd.DataFrame) -> list[Coding]:
    """Every coding of what is held, of each person and date."""
    on = people["on"]
    found: list[Coding] = []
    for attribute in PROTECTED_ATTRIBUTES:
        rows = held[held["attribute"] == attribute]
        one = rows[~rows.duplicated(["on", "person_id"], keep=False)]
        values = people.merge(one, how="left", on=["person_id", "on"])["value"].astype("str")
        if not values.notna().any():
            continue
        if attribute == "birth_date":
            found += codings.birth_date(values, on)
        elif attribute == "nip":
            found += codings.nip(values, on)
        elif attribute == "name":
            found += codings.name(values)
        else:
            found += codings.categories(attribute, values)
    return found


def _texts(held: pd.DataFrame) -> Iterator[Texts]:
    for attribute, rows in held.groupby("attribute"):
        known = rows[["person_id", "value"]].drop_duplicates()
        found = codings.texts(str(attribute), known)
        if found is not None:
            yield found


def _views(frame: pd.DataFrame) -> list[npt.NDArray[np.intp]]:
    """The largest list of one post and date, and one row of everybody: each person once."""
    if frame.empty:
        return [np.empty(0, dtype=np.intp)]
    places = frame
    together = [name for name in ("post_id", "as_of") if name in frame.columns]
    sizes = places.groupby(together, sort=True)["person_id"].nunique()
    largest = sizes.idxmax()
    wanted = largest if isinstance(largest, tuple) else (largest,)
    is_in = np.ones(len(places), dtype=bool)
    for key, value in zip(together, wanted, strict=True):
        is_in &= (places[key] == value).to_numpy()
    one_list = places[is_in].drop_duplicates("person_id").index.to_numpy()
    everybody = places.drop_duplicates("person_id").index.to_numpy()
    return [one_list] if np.array_equal(one_list, everybody) else [one_list, everybody]


def _plain(values: pd.Series) -> npt.NDArray:
    """Numbers as floats, days as numbers of seconds, all else as texts."""
    kind = values.dtype.kind
    if kind in "iub":
        return values.to_numpy(dtype="float64")
    if kind == "f":
        return values.to_numpy(dtype="float64", na_value=np.nan)
    if kind == "M":
        moments = pd.to_datetime(values).dt.tz_localize(None) - pd.Timestamp(1970, 1, 1)
        return moments.dt.total_seconds().to_numpy()
    if kind == "m":
        return values.dt.total_seconds().to_numpy()
    texts = _written(values)
    numbers = pd.to_numeric(texts, errors="coerce")
    if texts.notna().any() and numbers[texts.notna()].notna().all():
        return numbers.to_numpy(dtype="float64", na_value=np.nan)
    days = codings.as_days(texts.astype("str"))
    if texts.notna().any() and days[texts.notna()].notna().all():
        return (days - pd.Timestamp(1970, 1, 1)).dt.total_seconds().to_numpy()
    return texts.to_numpy(dtype=object)


def _written(values: pd.Series) -> pd.Series:
    """Cells as texts, small letters, one blank where there are many."""
    whole = values.dtype.kind == "f"

    def text(cell: object) -> str:
        if whole and float(str(cell)).is_integer():
            return str(int(float(str(cell))))
        return _LONGEST_BLANKS.sub(" ", str(cell)).casefold().strip()

    cells = pd.Series(values.to_numpy(), dtype=object)
    return cells.map(text, na_action="ignore").where(cells.notna(), None)


def _sortable(values: npt.NDArray) -> npt.NDArray:
    return values if values.dtype.kind == "f" else values.astype(str)


def _named(found: set[Copy]) -> set[tuple[str, str]]:
    return {(copy.column, copy.attribute) for copy in found}
