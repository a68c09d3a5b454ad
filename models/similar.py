"""The search for similar careers: whose way was like this one, and where did they go next.

The rule that must not break: likeness of careers is told to people who look for examples; it ranks
nobody for a post, recommends nobody and enters no estimate. Everything rests on what was on record
strictly before the day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import PersonNotFoundError
from models.careers import DAYS_PER_YEAR, CareerRecord
from models.embedding import (
    TrajectoryEncoder,
    TrajectorySpace,
    TransitionGraph,
    Visits,
    cosines,
    unit,
    visits,
)

#: Digits of a cosine that tell two careers apart; what is below is rounding.
DIGITS = 9


@dataclass(frozen=True)
class Alike:
    """What was found, the most alike first, and how it was compared.

    Attributes
    ----------
    rows : DataFrame
        As the method that gave it says.
    n_dimensions : int
        Of the vectors; fewer than the encoder was asked for where there are fewer states.
    n_states : int
        States that anybody had begun in.
    n_compared : int
        Careers that were compared.
    """

    rows: pd.DataFrame
    n_dimensions: int
    n_states: int
    n_compared: int


class CareerSearch:
    """All careers as of the day before a day, as vectors, ready to be compared.

    Parameters
    ----------
    record : CareerRecord
    day : int
        Since 1970, as `CareerRecord.before` takes it.
    encoder : TrajectoryEncoder, optional
        Another one than the transition graph.
    """

    def __init__(
        self, record: CareerRecord, day: int, encoder: TrajectoryEncoder | None = None
    ) -> None:
        past = record.before(day)
        self._record, self._day = record, day
        self._visits: Visits = visits(past)
        self._space: TrajectorySpace = (encoder or TransitionGraph()).space(past)
        self._vectors = self._space.careers(self._visits)
        person = self._visits.person
        self._goes_on = np.r_[person[1:] == person[:-1], False][: len(person)]
        self._n_states = len({*zip(self._visits.organisation, self._visits.step, strict=True)})

    def like_person(self, person_id: str, top: int) -> Alike:
        """Careers of others that, at some point, were most like this person's career today.

        Each career is compared at every point of it, and stands once, at the point where it is most
        alike, the latest of equal ones. What came next is therefore known of those who went on.

        Parameters
        ----------
        person_id : str
        top : int
            How many careers.

        Returns
        -------
        Alike
            With `person_id`, `similarity`, a cosine; `organisation`, `step` and `on`, the state at
            the point compared and the day it was begun; `next_organisation`, `next_step` and
            `next_on`, where the person went from there, None and NaT where nothing further was on
            record. Of equally similar ones the one whose point is latest comes first, then by id.

        Raises
        ------
        PersonNotFoundError
            If no post of the person was on record before the day.
        """
        code = self._record.people_codes(pd.Series([person_id]))[0]
        own = self._visits.person == code
        if not own.any():
            raise PersonNotFoundError(
                "no post of that person had been recorded before the date", where="person"
            )
        (asked,) = self._vectors[np.flatnonzero(own)[-1:]]
        similarity = cosines(asked[None], self._vectors)[0].round(DIGITS)
        others = np.flatnonzero(~own & ~np.isnan(similarity))
        frame = self._told(others).assign(similarity=similarity[others])
        best = frame.sort_values(["similarity", "on"], ascending=False, kind="stable")
        return self._alike(best.drop_duplicates("person_id"), top)

    def like_post(self, organisation: object, step: int, top: int) -> Alike:
        """Careers that are most like those that led to a state.

        A career is compared with the state as a place to come to, and with the mean career of those
        who held it, each as it stood before they came; a former holder is compared with the others.
        Whoever went there last is left out.

        Parameters
        ----------
        organisation, step
            The state of the post.
        top : int
            How many people.

        Returns
        -------
        Alike
            With `person_id`; `to_state` and `to_holders`, cosines, NaN where there is nothing to
            compare with; `similarity`, the mean of those that are known; `n_holders`, whose careers
            the mean is of; `organisation`, `step` and `on`, the person's last state.
        """
        of, at = self._record.codes(pd.Series([organisation]), pd.Series([step]))
        is_there = (self._visits.organisation == of) & (self._visits.step == at)
        last = np.flatnonzero(~self._goes_on & ~is_there)
        to_state = cosines(self._vectors[last], self._space.destinations(of, at))[:, 0]
        before = self._before_arrival(is_there)
        holders = self._visits.person[before]
        is_other = self._visits.person[last][:, None] != holders[None]
        means = unit(is_other.astype(float) @ self._vectors[before])
        n_holders = is_other.sum(axis=1)
        to_holders = (self._vectors[last] * means).sum(axis=1).clip(-1, 1)
        both = np.stack([to_state, to_holders], axis=1).round(DIGITS)
        known = ~np.isnan(both)
        total = np.where(known, both, 0).sum(axis=1)
        frame = self._told(last).assign(
            to_state=both[:, 0],
            to_holders=both[:, 1],
            n_holders=n_holders,
            similarity=(total / np.where(known.any(axis=1), known.sum(axis=1), np.nan)).round(
                DIGITS
            ),
        )
        columns = ["next_organisation", "next_step", "next_on"]
        return self._alike(frame[known.any(axis=1)].drop(columns=columns), top)

    def _before_arrival(self, is_there: np.ndarray) -> np.ndarray:
        """The visit before each holder's first arrival in a state, where it has a vector."""
        arrived = np.flatnonzero(is_there)
        _, first = np.unique(self._visits.person[arrived], return_index=True)
        arrived = arrived[first]
        came = arrived[self._visits.place()[arrived] > 0] - 1
        return came[~np.isnan(self._vectors[came]).any(axis=1)]

    def _alike(self, frame: pd.DataFrame, top: int) -> Alike:
        by = ["similarity", "on", "person_id"]
        best = frame.sort_values(by, ascending=[False, False, True], ignore_index=True)
        return Alike(best.head(top), self._space.n_dimensions, self._n_states, len(frame))

    def _told(self, rows: np.ndarray) -> pd.DataFrame:
        """Visits by their rows, and what followed each, in names and days."""
        goes_on = self._goes_on[rows]
        after = np.where(goes_on, rows + 1, rows)
        here, there = self._names(rows), self._names(after)
        moved = [state if on else (None, None) for state, on in zip(there, goes_on, strict=True)]
        return pd.DataFrame(
            {
                "person_id": self._record.people(self._visits.person[rows]),
                "organisation": [organisation for organisation, _ in here],
                "step": [step for _, step in here],
                "on": self._days(rows),
                "next_organisation": pd.Series([of for of, _ in moved], dtype=object),
                "next_step": pd.Series([at for _, at in moved], dtype=object),
                "next_on": pd.Series(self._days(after)).where(goes_on),
            }
        )

    def _names(self, rows: np.ndarray) -> list[tuple]:
        return self._record.states(self._visits.organisation[rows], self._visits.step[rows])

    def _days(self, rows: np.ndarray) -> np.ndarray:
        begun = self._day - np.rint(self._visits.age[rows] * DAYS_PER_YEAR).astype(np.int64)
        return begun.astype("datetime64[D]").astype("datetime64[s]")
