"""The record of careers as moves, seen only up to the day before a day.

A move is the step from one state, an organisation and a step, to the next. Whatever predicts a
move that began on day D was recorded strictly before D: `CareerRecord.before` is the only door to
the counts, and what `moves` tells of a person comes from strictly earlier spells. Organisations are
opaque names, a higher step is more senior, and no protected attribute is ever read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import SuksesiError

DAYS_PER_YEAR = 365.25


def moves(spells: pd.DataFrame) -> pd.DataFrame:
    """Consecutive states of each person, with what was known of the person before.

    Posts begun by one person on one day are one state: the most senior, else the first in the file.

    Parameters
    ----------
    spells : DataFrame, one row a post begun
        `person_id`; `on`, the day; `organisation`; `step`, higher is more senior; `sequence`,
        order in the file; optionally `known_on`, the day it was recorded, else `on`.

    Returns
    -------
    DataFrame, one row a move, ordered by day and file
        `person_id`; `on`, the day the later post began; `from_organisation`, `from_step`,
        `to_organisation`, `to_step`; `from_known_on`, from when on the earlier state was on record,
        `known_on`, from when on both were; `has_held_higher`, a step above `from_step` earlier;
        `served`, a frozenset of the other organisations served earlier.

    Examples
    --------
    >>> career = pd.DataFrame({
    ...     "person_id": 1, "on": pd.to_datetime(["2001-01-01", "2003-01-01", "2004-01-01"]),
    ...     "organisation": ["A", "B", "A"], "step": [2, 1, 1], "sequence": [0, 1, 2]})
    >>> moves(career)[["from_organisation", "to_organisation", "has_held_higher"]].values.tolist()
    [['A', 'B', False], ['B', 'A', True]]
    """
    order = ["person_id", "on", "step", "sequence"]
    spells = spells.assign(known_on=_known_on(spells, "on"))
    ordered = spells.sort_values(order, ascending=[True, True, False, True])
    states = ordered.drop_duplicates(["person_id", "on"])
    left = states.groupby("person_id")[["organisation", "step", "known_on"]].shift()
    highest = states.groupby("person_id")["step"].cummax().groupby(states["person_id"]).shift()
    table = states.rename(columns={"organisation": "to_organisation", "step": "to_step"}).assign(
        from_organisation=left["organisation"],
        from_step=left["step"],
        from_known_on=left["known_on"],
        known_on=states["known_on"].where(states["known_on"] > left["known_on"], left["known_on"]),
        has_held_higher=highest > left["step"],
    )
    table = table[left["step"].notna()].astype({"from_step": int})
    table["served"] = _served_before(ordered, table)
    columns = ["person_id", "on", "from_organisation", "from_step", "to_organisation", "to_step"]
    in_order = table.sort_values(["on", "sequence"]).reset_index(drop=True)
    return in_order[[*columns, "from_known_on", "known_on", "has_held_higher", "served"]]


def _known_on(rows: pd.DataFrame, begun: str) -> pd.Series:
    """From which day on each row was on record: nothing is known before it happens."""
    known = rows.get("known_on", rows[begun])
    return known.where(known > rows[begun], rows[begun])


def _served_before(ordered: pd.DataFrame, table: pd.DataFrame) -> list[frozenset]:
    careers = {
        person_id: (career["on"].to_numpy(), career["organisation"].to_numpy())
        for person_id, career in ordered.groupby("person_id")
    }
    served = []
    asked = zip(table["person_id"], table["on"].to_numpy(), table["from_organisation"], strict=True)
    for person_id, on, left in asked:
        begun_on, organisations = careers[person_id]
        served.append(frozenset(organisations[begun_on < on]) - {left})
    return served


def standing(spells: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """Where everyone stands the day before `on`: `moves` whose destination is still to come."""
    known = spells[spells["on"] < on]
    next_post = known.drop_duplicates("person_id").assign(on=on, known_on=on)
    table = moves(pd.concat([known, next_post]))
    return table[table["on"] == on].drop(columns=["to_organisation", "to_step"])


def destinations(table: pd.DataFrame) -> pd.DataFrame:
    """The distinct states that moves led to, one row each: `organisation`, `step`."""
    states = table[["to_organisation", "to_step"]].drop_duplicates()
    states.columns = ["organisation", "step"]
    return states.sort_values(["organisation", "step"], ignore_index=True)


def positions(table: pd.DataFrame, candidates: pd.DataFrame) -> np.ndarray:
    """The row of `candidates` that each move led to, shape (n_moves,)."""
    rows = candidate_rows(table, candidates)
    n_elsewhere = int((rows < 0).sum())
    if n_elsewhere:
        raise SuksesiError(
            f"{n_elsewhere} moves lead to a state that is not a candidate",
            expected="every state moved to among the candidates",
            remedy="take the candidates from destinations() of all moves to be predicted",
        )
    return rows


def candidate_rows(table: pd.DataFrame, candidates: pd.DataFrame) -> np.ndarray:
    """The row of `candidates` that each move led to, -1 where there is none."""
    rows = pd.MultiIndex.from_frame(candidates[["organisation", "step"]])
    return rows.get_indexer(pd.MultiIndex.from_frame(table[["to_organisation", "to_step"]]))


@dataclass(frozen=True)
class Past:
    """What was on record strictly before a day, as codes and as ages in years before that day.

    The last code of each kind stands for every organisation, step or person never named.
    """

    n_organisations: int
    n_steps: int
    spell_person: np.ndarray
    spell_organisation: np.ndarray
    spell_step: np.ndarray
    spell_age: np.ndarray
    from_organisation: np.ndarray
    from_step: np.ndarray
    to_organisation: np.ndarray
    to_step: np.ndarray
    has_held_higher: np.ndarray
    move_age: np.ndarray
    closure_age: np.ndarray

    def starts(self, weights: np.ndarray) -> np.ndarray:
        """Weighted spells begun in each state, shape (n_organisations, n_steps)."""
        states = self.spell_organisation * self.n_steps + self.spell_step
        total = np.bincount(states, weights, self.n_organisations * self.n_steps)
        return total.reshape(self.n_organisations, self.n_steps)

    def life_years(self) -> np.ndarray:
        """Years since anyone first began in each organisation, 0 where nobody has."""
        years = np.zeros(self.n_organisations)
        np.maximum.at(years, self.spell_organisation, self.spell_age)
        return years

    def silence_years(self) -> np.ndarray:
        """Years since anyone last began in each organisation, infinite where nobody has."""
        years = np.full(self.n_organisations, np.inf)
        np.minimum.at(years, self.spell_organisation, self.spell_age)
        return years

    def is_closed(self) -> np.ndarray:
        """Which organisations closed with nobody beginning there since."""
        return np.isfinite(self.closure_age) & (self.closure_age <= self.silence_years())


class CareerRecord:
    """Spells and closures on record, to be seen only through the day before a day.

    Parameters
    ----------
    spells : DataFrame
        As for `moves`.
    closures : DataFrame, optional
        `organisation`; `closed_on`, its last day: it counts as closed from the day after, or from
        the day after `known_on`, where that is given and later.
    """

    def __init__(self, spells: pd.DataFrame, closures: pd.DataFrame | None = None) -> None:
        spells = spells.assign(known_on=_known_on(spells, "on"))
        spells = spells.sort_values(["known_on", "on", "sequence"])
        self.moves = moves(spells)
        if closures is None:
            closures = pd.DataFrame({"organisation": [], "closed_on": []})
        closures = closures.assign(known_on=_known_on(closures, "closed_on"))
        closures = closures.sort_values(["known_on", "closed_on"])
        names = [*spells["organisation"], *closures["organisation"]]
        self._organisations = pd.Index(names, dtype=object).unique()
        self._steps = pd.Index(np.sort(spells["step"].unique()))
        self._people = pd.Index(spells["person_id"], dtype=object).unique()
        self.n_organisations, self.n_steps = len(self._organisations) + 1, len(self._steps) + 1
        self._spell_person = self.people_codes(spells["person_id"])
        self._spell_day = day_numbers(spells["on"])
        self._spell_known = day_numbers(spells["known_on"])
        self._spells = self.codes(spells["organisation"], spells["step"])
        table = self.moves.sort_values("known_on", kind="stable")
        self._move_day = day_numbers(table["on"])
        self._move_known = day_numbers(table["known_on"])
        self._moves = (
            *self.codes(table["from_organisation"], table["from_step"]),
            *self.codes(table["to_organisation"], table["to_step"]),
            table["has_held_higher"].to_numpy(int),
        )
        self._closed = self._organisations.get_indexer(closures["organisation"])
        self._closure_day = day_numbers(closures["closed_on"])
        self._closure_known = day_numbers(closures["known_on"])

    def codes(self, organisations: pd.Series, steps: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Codes of organisations and of steps, the last one for a name not on record."""
        organisation = self._organisations.get_indexer(organisations)
        step = self._steps.get_indexer(steps)
        # The index answers -1 for a stranger, which is the last code.
        return organisation % self.n_organisations, step % self.n_steps

    def people_codes(self, people: pd.Series) -> np.ndarray:
        """Codes of people, the last one for somebody not on record."""
        return self._people.get_indexer(people) % (len(self._people) + 1)

    def people(self, codes: np.ndarray) -> list:
        """Ids of people on record by their codes."""
        return self._people[codes].tolist()

    def states(self, organisation: np.ndarray, step: np.ndarray) -> list[tuple]:
        """Organisations and steps on record by their codes."""
        of, at = self._organisations[organisation].tolist(), self._steps[step].tolist()
        return list(zip(of, at, strict=True))

    def before(self, day: int) -> Past:
        """What was on record strictly before a day, counted since 1970."""
        n_spells = np.searchsorted(self._spell_known, day)
        n_moves = np.searchsorted(self._move_known, day)
        n_closures = np.searchsorted(self._closure_known, day)
        closure_age = np.full(self.n_organisations, np.inf)
        closed_for = (day - self._closure_day[:n_closures]) / DAYS_PER_YEAR
        closure_age[self._closed[:n_closures]] = closed_for
        return Past(
            self.n_organisations,
            self.n_steps,
            self._spell_person[:n_spells],
            *(codes[:n_spells] for codes in self._spells),
            (day - self._spell_day[:n_spells]) / DAYS_PER_YEAR,
            *(codes[:n_moves] for codes in self._moves),
            (day - self._move_day[:n_moves]) / DAYS_PER_YEAR,
            closure_age,
        )


def day_numbers(dates: pd.Series) -> np.ndarray:
    """Days since 1970, shape (n_dates,)."""
    return dates.to_numpy("datetime64[D]").astype(np.int64)


def first_of_year(day: int) -> int:
    """The first day of a day's year, both counted since 1970.

    >>> first_of_year(364), first_of_year(365)
    (0, 365)
    """
    year = np.datetime64(day, "D").astype("datetime64[Y]")
    return int(year.astype("datetime64[D]").astype(np.int64))


def by_day(table: pd.DataFrame) -> Iterator[tuple[int, np.ndarray]]:
    """Each day on which moves began, and where its moves stand in the table."""
    days = day_numbers(table["on"])
    for day in np.unique(days):
        yield int(day), np.flatnonzero(days == day)
