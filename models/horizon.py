"""Horizon: when somebody will be ready for a class of posts, or gone, year by year.

A person is ready in a year, leaves in it for another reason, is retired by age, or nothing happens
and the next year begins. Two hazards are learnt, of being ready and of leaving; retirement is known
beforehand and is put in as it is.

The rule that must not break: whoever was watched for three years only adds three years, and is
never left out for the two that nobody saw. Age is in no column: leaving is learnt without it, and
retirement comes as a number of years that the date engine has worked out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from features.errors import ArtefactError, CatalogueError, LabelError, ProtectedAttributeError
from models.hazards import Hazard, HazardSettings
from models.protected_names import protected_names

#: Years that are looked ahead.
YEARS: Final = 5
#: How a follow-up ended.
CENSORED, READY, LEFT = 0, 1, 2
YEAR_AHEAD, PROJECTED_GAP = "year_ahead", "projected_gap"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class FollowUps:
    """People as they were on a day, and what became of them within some years.

    Parameters
    ----------
    X : DataFrame, shape (n, n_columns)
        What the record showed on the day; NaN where it does not say.
    person : ndarray, shape (n,)
        Whose; somebody may have been looked at on several days.
    years : ndarray of int, shape (n,)
        Whole years watched, 0 to `YEARS`; with an event, the year in which it happened.
    outcome : ndarray of int, shape (n,)
        `READY` or `LEFT` in the last year watched, or `CENSORED` after it.
    closed : ndarray of int, shape (n,), optional
        Whole years ahead in which a rule that only time moves keeps the person from being ready:
        nothing is learnt of being ready from them. None where nothing is known of rules.

    Examples
    --------
    Watched for two years without an event: two rows of the model. Ready in the third: three.
    """

    X: pd.DataFrame
    person: np.ndarray
    years: np.ndarray
    outcome: np.ndarray
    closed: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse what is no follow-up; years and outcomes are kept as whole numbers.

        Raises
        ------
        LabelError
            If lengths differ, nobody is named for a row, an outcome is none of the three, years
            are no whole numbers or cannot be, or somebody was ready in a closed one.
        CatalogueError
            If columns share a name, or hold anything but finite numbers and what is missing.
        """
        if not len(self.X) == len(self.person) == len(self.years) == len(self.outcome):
            raise LabelError(
                "columns, people, years and outcomes differ in length",
                where="follow-ups",
                expected="one of each for every row",
            )
        if pd.isna(np.asarray(self.person, dtype=object)).any():
            raise LabelError(
                "a row is nobody's",
                where="follow-ups",
                expected="the person whose years they are, in each row",
            )
        _numbers(self.X, "follow-ups")
        object.__setattr__(self, "person", np.asarray(self.person))
        outcome, years = _whole(self.outcome, "outcomes"), _whole(self.years, "years watched")
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "years", years)
        if not np.isin(self.outcome, (CENSORED, READY, LEFT)).all():
            raise LabelError(
                "an outcome is none that there is",
                where="follow-ups",
                expected=f"{CENSORED} for censored, {READY} for ready, {LEFT} for left",
            )
        has_event = self.outcome != CENSORED
        if ((self.years < has_event) | (self.years > YEARS)).any():
            raise LabelError(
                "years watched that cannot be",
                where="follow-ups",
                expected=f"0 to {YEARS}, and 1 at least where something happened",
            )
        if self.closed is None:
            return
        closed = _whole(self.closed, "closed years")
        object.__setattr__(self, "closed", closed)
        if len(closed) != len(years):
            raise LabelError(
                "closed years differ in length from the rows",
                where="follow-ups",
                expected="one number for every row",
            )
        if (closed >= years)[outcome == READY].any():
            raise LabelError(
                "ready in a year that was closed", where="follow-ups", expected="closed before it"
            )

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Place of the person and year ahead, from 1 on, of each year of a person.

        Examples
        --------
        >>> two = FollowUps(pd.DataFrame({"gap": [1.0, 0.5]}), np.array(["a", "b"]),
        ...                 np.array([2, 1]), np.array([CENSORED, READY]))
        >>> place, year = two.rows()
        >>> place.tolist(), year.tolist()
        ([0, 0, 1], [1, 2, 1])
        """
        place = np.repeat(np.arange(len(self.years)), self.years)
        first = np.repeat(np.cumsum(self.years) - self.years, self.years)
        return place, np.arange(len(place)) - first + 1


@dataclass(frozen=True)
class HorizonSettings:
    """What a horizon is fitted with.

    Parameters
    ----------
    gap : str, optional
        Column of how far somebody is from what is asked, in levels, positive where short of it. It
        is put in as it will be in the year ahead: less `closing_a_year` for each year.
    closing_a_year : float
        Levels by which a gap closes in a year, from the record.
    clocks : tuple of str
        Columns that grow by one a year by themselves, such as years in class.
    ready_directions : mapping of str to {-1, 1}
        Columns of which more can only lower, or raise, the chance of being ready. Of the projected
        gap, more never raises it.
    ready, leaving : HazardSettings
    """

    gap: str | None = None
    closing_a_year: float = 0.0
    clocks: tuple[str, ...] = ()
    ready_directions: Mapping[str, int] | None = None
    ready: HazardSettings = HazardSettings()
    leaving: HazardSettings = HazardSettings(leaves=4, min_leaf_rows=200, most_trees=200)


@dataclass(frozen=True, eq=False)
class Incidence:
    """What will have happened by the end of each year ahead; the four add up to 1.

    Parameters
    ----------
    ready, left, retired, waiting : ndarray, shape (n, YEARS)
        Chance of having become ready, of having left first, of having been retired first, and of
        none of them. NaN for whom the day of retirement is not known.
    """

    ready: np.ndarray
    left: np.ndarray
    retired: np.ndarray
    waiting: np.ndarray


def incidence_of(
    ready: np.ndarray, leaving: np.ndarray, years_to_retirement: np.ndarray
) -> Incidence:
    """Cumulative incidence of two competing hazards, cut off by a retirement that is known.

    Parameters
    ----------
    ready, leaving : ndarray, shape (n, YEARS)
        Hazards of each year.
    years_to_retirement : ndarray, shape (n,)
        From the day on, parts of years included; infinite where none is ahead, NaN where it is not
        known. Of a year that retirement cuts short its share counts.

    Source
    ------
    Discrete-time competing risks, as in Suresh, Severn and Ghosh (2022), BMC Medical Research
    Methodology 22:207: CIF(t) = sum of S(s - 1) h(s) over s up to t.

    Examples
    --------
    >>> half = np.full((1, 5), 0.5)
    >>> found = incidence_of(half, np.zeros((1, 5)), np.array([2.0]))
    >>> found.ready.tolist(), found.retired[0, 2]
    ([[0.5, 0.75, 0.75, 0.75, 0.75]], np.float64(0.25))
    """
    shape = ready.shape
    told = {name: np.zeros(shape) for name in ("ready", "left", "retired", "waiting")}
    waiting = np.ones(shape[0])
    sums = {name: np.zeros(shape[0]) for name in ("ready", "left", "retired")}
    for year in range(shape[1]):
        share = np.clip(years_to_retirement - year, 0.0, 1.0)
        either = np.minimum(ready[:, year] + leaving[:, year], 1.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            of_ready = np.where(
                either > 0, ready[:, year] / (ready[:, year] + leaving[:, year]), 0.0
            )
        happens = waiting * (1.0 - (1.0 - either) ** share)
        sums["ready"] += happens * of_ready
        sums["left"] += happens * (1.0 - of_ready)
        waiting = waiting - happens
        retires = np.where(share < 1.0, waiting, 0.0)
        sums["retired"] += retires
        waiting = waiting - retires
        for name, so_far in sums.items():
            told[name][:, year] = so_far
        told["waiting"][:, year] = waiting
    is_unknown = np.isnan(years_to_retirement)
    for values in told.values():
        values[is_unknown] = np.nan
    return Incidence(**told)


@dataclass(frozen=True)
class Horizon:
    """Two hazards over the years ahead of somebody who is not ready yet.

    Parameters
    ----------
    columns : tuple of str
        What `incidence` has to be given.
    settings : HorizonSettings
        Of the fit; trees are not grown again.
    ready, leaving : Hazard
    """

    columns: tuple[str, ...]
    settings: HorizonSettings
    ready: Hazard
    leaving: Hazard

    @classmethod
    def fit(cls, follow_ups: FollowUps, settings: HorizonSettings) -> "Horizon":
        """Learn both hazards from what became of people.

        The order of the rows does not matter: the same rows and seed give the same bytes.

        Parameters
        ----------
        follow_ups : FollowUps
            Of people who were not ready on the day. Years after the day of retirement must not be
            among those watched: they are nobody's.
        settings : HorizonSettings

        Raises
        ------
        ProtectedAttributeError
            If a column is called like an age, a birth date or another protected attribute.
        CatalogueError
            If the settings name a column that is not there, or a column has the name of one that
            is made here.
        LabelError
            If there are too few events, or events of too few people.
        """
        columns = tuple(map(str, follow_ups.X.columns))
        refuse_protected(columns)
        _require_named(columns, settings)
        follow_ups = _in_own_order(follow_ups)
        place, year = follow_ups.rows()
        names, X = _designed(follow_ups.X, place, year, settings)
        happens_now = year == follow_ups.years[place]
        outcome, people = follow_ups.outcome[place], follow_ups.person[place]
        closed = follow_ups.closed
        can_be = np.ones(len(year), bool) if closed is None else year > closed[place]
        more = dict(settings.ready_directions or {})
        if settings.gap is not None:
            more[PROJECTED_GAP] = -1
        return cls(
            columns=columns,
            settings=settings,
            ready=Hazard.fit(
                X[can_be],
                (happens_now & (outcome == READY))[can_be].astype(int),
                people[can_be],
                names,
                directions=more,
                settings=settings.ready,
                what="being ready",
            ),
            leaving=Hazard.fit(
                X,
                (happens_now & (outcome == LEFT)).astype(int),
                people,
                names,
                directions={},
                settings=settings.leaving,
                what="leaving",
            ),
        )

    def hazards(
        self, X: pd.DataFrame, closed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The chance of being ready, and of leaving, in each year ahead; shapes (n, YEARS)."""
        names = list(map(str, X.columns))
        absent = [name for name in self.columns if name not in names]
        if absent:
            raise CatalogueError(
                f"columns are absent: {', '.join(absent)}",
                where="horizon",
                expected=f"the columns {', '.join(self.columns)}",
                remedy="make the table as that of the follow-ups was made",
            )
        n, asked = len(X), X.set_axis(names, axis=1)
        asked = asked.loc[:, [name in self.columns for name in names]]
        _require_once(asked, "horizon")
        place, year = np.repeat(np.arange(n), YEARS), np.tile(np.arange(1, YEARS + 1), n)
        _names, rows = _designed(asked[list(self.columns)], place, year, self.settings)
        ready = self.ready(rows).reshape(n, YEARS)
        if closed is not None:
            shut = _whole(closed, "closed years")
            if len(shut) != n:
                raise LabelError(
                    "closed years differ in length from the people",
                    where="horizon",
                    expected="one number for every person",
                )
            ready[np.arange(1, YEARS + 1) <= shut[:, None]] = 0.0
        return ready, self.leaving(rows).reshape(n, YEARS)

    def incidence(
        self, X: pd.DataFrame, years_to_retirement: np.ndarray, closed: np.ndarray | None = None
    ) -> Incidence:
        """What will have happened by the end of each year ahead.

        Parameters
        ----------
        X : DataFrame, shape (n, n_columns)
            `columns` among others; NaN where the record does not say.
        years_to_retirement : ndarray, shape (n,)
            See `incidence_of`.
        closed : ndarray of int, shape (n,), optional
            See `FollowUps`: nobody becomes ready in those years.

        Raises
        ------
        CatalogueError
            If columns are absent, share a name, or hold anything but finite numbers and what is
            missing; or years to retirement are no numbers, or not as many as there are people.
        """
        is_flat = getattr(years_to_retirement, "ndim", 1) == 1
        ends = pd.Series(years_to_retirement if is_flat else [])
        if len(ends) != len(X) or not pd.api.types.is_numeric_dtype(ends.dtype):
            raise CatalogueError(
                "years to retirement are no numbers, or not one for each person",
                where="horizon",
                expected="one number a person, infinite where none is ahead, missing if not known",
                remedy="work them out with features.policy.dates.years_until",
            )
        return incidence_of(
            *self.hazards(X, closed), ends.to_numpy(dtype=np.float64, na_value=np.nan)
        )

    def to_text(self) -> str:
        """The horizon as JSON, keys sorted: plain text, the same bytes in every process."""
        settings = self.settings
        document = {
            "format": FORMAT,
            "columns": list(self.columns),
            "gap": settings.gap,
            "closing_a_year": settings.closing_a_year,
            "clocks": list(settings.clocks),
            "ready": json.loads(self.ready.to_text()),
            "leaving": json.loads(self.leaving.to_text()),
        }
        return json.dumps(document, sort_keys=True, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Horizon":
        """The horizon that `to_text` wrote.

        Raises
        ------
        ArtefactError
            If it is of another format.
        """
        document = json.loads(text)
        if document.get("format") != FORMAT:
            raise ArtefactError(
                f"is of format {document.get('format')}",
                where="horizon",
                expected=f"format {FORMAT}",
                remedy="train again",
            )
        settings = HorizonSettings(
            document["gap"], document["closing_a_year"], tuple(document["clocks"])
        )
        ready, leaving = (Hazard.from_text(json.dumps(document[n])) for n in ("ready", "leaving"))
        return cls(tuple(document["columns"]), settings, ready, leaving)


def refuse_protected(columns: Sequence[str]) -> None:
    """Refuse columns that are called like what must not be learnt from.

    Raises
    ------
    ProtectedAttributeError

    Examples
    --------
    >>> refuse_protected(["years_in_class", "assessment_years", "manager_posts"])
    >>> refuse_protected(["age_band"])
    Traceback (most recent call last):
    ...
    features.errors.ProtectedAttributeError: horizon: columns that tell what ... out: age_band. ...
    """
    told = protected_names(columns)
    if told:
        raise ProtectedAttributeError(
            f"columns that tell what must stay out: {', '.join(told)}",
            where="horizon",
            expected="nothing protected; retirement is given as a number of years, apart",
            remedy="take the columns out",
        )


def _designed(
    X: pd.DataFrame, place: np.ndarray, year: np.ndarray, settings: HorizonSettings
) -> tuple[list[str], np.ndarray]:
    """Columns of years of people: as they will be in the year, as far as that is known today."""
    values = _numbers(X, "horizon")[place]
    names = list(map(str, X.columns))
    for clock in settings.clocks:
        values[:, names.index(clock)] += year
    if settings.gap is not None:
        at = names.index(settings.gap)
        values[:, at] -= settings.closing_a_year * year
        names[at] = PROJECTED_GAP
    return [*names, YEAR_AHEAD], np.column_stack([values, year])


def _in_own_order(told: FollowUps) -> FollowUps:
    """Rows by person, figures, years and outcome: the order of the caller's is forgotten."""
    try:
        person = np.unique(told.person, return_inverse=True)[1].reshape(-1)
    except TypeError as error:
        raise LabelError(
            "people are named by numbers and by texts",
            where="follow-ups",
            expected="names of one kind",
        ) from error
    figures = _numbers(told.X, "follow-ups")
    shut = () if told.closed is None else (told.closed,)
    order = np.lexsort((*shut, told.outcome, told.years, *figures.T[::-1], person))
    columns = (told.person, told.years, told.outcome, *shut)
    return FollowUps(told.X.iloc[order], *(column[order] for column in columns))


def _require_named(columns: Sequence[str], settings: HorizonSettings) -> None:
    """Refuse settings that speak of other columns, and columns called as those made here."""
    made = [name for name in (YEAR_AHEAD, PROJECTED_GAP) if name in columns]
    if made:
        raise CatalogueError(
            f"a column is called as one that is made of the others: {', '.join(made)}",
            where="horizon",
            remedy="give it another name",
        )
    gap = () if settings.gap is None else (settings.gap,)
    named = (*gap, *settings.clocks, *(settings.ready_directions or {}))
    unknown = sorted({name for name in named if name not in columns})
    if unknown:
        raise CatalogueError(
            f"the table has no column {', '.join(unknown)}",
            where="settings of the horizon",
            expected=f"of: {', '.join(columns)}",
        )


def _require_once(X: pd.DataFrame, where: str) -> None:
    names = list(map(str, X.columns))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogueError(
            f"two columns share a name: {', '.join(twice)}",
            where=where,
            expected="a name for each column",
            remedy="rename or drop one of them",
        )


def _numbers(X: pd.DataFrame, where: str) -> np.ndarray:
    """A table as float64, missing as NaN; refused where a column holds anything but that."""
    _require_once(X, where)
    found = []
    for name, column in X.items():
        is_number = pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all()
        if not is_number or pd.api.types.is_complex_dtype(column.dtype):
            raise CatalogueError(
                "values are not numbers",
                where=f"{where}, column {name}",
                expected="numbers or truth values, missing as NaN",
                remedy="convert the column, for example with pandas.to_numeric",
            )
        values = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(values).any():
            raise CatalogueError(
                "a value is infinite",
                where=f"{where}, column {name}",
                expected="a finite number, or missing",
            )
        found.append(values)
    return np.column_stack(found) if found else np.empty((len(X), 0))


def _whole(values: np.ndarray, what: str) -> np.ndarray:
    """Whole numbers as int64."""
    column = pd.Series(np.asarray(values))
    is_number = pd.api.types.is_numeric_dtype(column.dtype)
    if is_number and (column.astype("float64") % 1 == 0).all():
        return column.to_numpy(dtype=np.int64)
    raise LabelError(f"{what} are no whole numbers", where="follow-ups", expected="0, 1, 2 and on")
