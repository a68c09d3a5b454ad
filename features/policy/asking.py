"""Pairs of people and posts, taken apart before the record is asked, and answers put back together.

The rule that must not break: a person and date is asked about once, and so is a person against what
several posts ask for alike; a million pairs of ten thousand people cost ten thousand people.
"""

from collections.abc import Mapping
from functools import cached_property

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from features.policy.anniversaries import Expression
from features.policy.facts import KEYS, Facts
from features.policy.matching import Matching

_SPINE = pa.schema([("nr", pa.int64()), ("person_id", pa.string()), ("as_of", pa.date32())])
Columns = Mapping[str, Expression]


class Found:
    """Columns of one question, a row a distinct person (and profile), looked up by pair.

    Parameters
    ----------
    columns : dict of str to Array
        By name.
    row_of : ndarray of int64, shape (n_pairs,)
        The row of each pair; -1 where it has none.
    """

    def __init__(self, columns: dict[str, pa.ChunkedArray], row_of: np.ndarray) -> None:
        self._columns, self._row_of = columns, row_of

    def column(self, name: str) -> np.ndarray | None:
        """One column for every pair; dates as days, nothing as NaN or NaT."""
        if name not in self._columns:
            return None
        values = self._columns[name].to_numpy()
        if not len(values):
            return np.full(len(self._row_of), np.nan)
        taken = values[self._row_of]
        absent = self._row_of < 0
        if absent.any():
            blank = np.datetime64("NaT") if taken.dtype.kind == "M" else np.nan
            taken = np.where(absent, blank, taken)
        return taken

    def values(self, row: int) -> dict[str, object]:
        """All columns but the code for one pair, as Python values."""
        place = int(self._row_of[row])
        return {
            name: None if place < 0 else column[place].as_py()
            for name, column in self._columns.items()
            if name != "code"
        }


class Asked:
    """Pairs, taken apart into people with their dates, posts, and what posts ask for.

    Parameters
    ----------
    person_id, post_id, as_of : Series, shape (n_pairs,)
        A person may stand without a post.
    """

    def __init__(self, person_id: pd.Series, post_id: pd.Series, as_of: pd.Series) -> None:
        person, self._people = pd.factorize(person_id)
        day, self._days = pd.factorize(pd.to_datetime(as_of))
        self._post, self._posts = pd.factorize(post_id)
        key = person.astype("int64") * max(len(self._days), 1) + day
        self._of_pair, self._keys = pd.factorize(key)
        self._row_of_pair: dict[str, np.ndarray] = {}

    @cached_property
    def spine(self) -> ibis.Table:
        """`nr`, `person_id`, `as_of`, each person and date once."""
        n_days = max(len(self._days), 1)
        days = np.asarray(self._days)[self._keys % n_days].astype("datetime64[D]")
        people = np.asarray(self._people, dtype=object)[self._keys // n_days]
        columns = (np.arange(len(people)), people, days)
        arrays = [pa.array(c, field.type) for c, field in zip(columns, _SPINE, strict=True)]
        return ibis.memtable(pa.Table.from_arrays(arrays, schema=_SPINE))

    def beside_pairs(self, numbers: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Values of people and dates, known by `nr`, for each pair; None where there is none."""
        of_people = np.full(len(self._keys), None, dtype=object)
        of_people[numbers] = values
        return of_people[self._of_pair]

    def post_class(self, facts: Facts) -> pd.Series:
        """Class of the post of each pair.

        Raises
        ------
        ValueError
            If a post is not in the record.
        """
        posts = facts.posts.select("post_id", "post_class").to_pandas().set_index("post_id")
        classes = posts["post_class"].reindex(self._posts)
        if classes.isna().any():
            raise ValueError("a post that is not in the record")
        return pd.Series(classes.to_numpy()[self._post])

    def matching(self, facts: Facts) -> Matching:
        """Facts of these people against these posts."""
        return Matching(facts, [str(post) for post in self._posts], self._profiled)

    def _profiled(self, side: str, profiles: pd.DataFrame) -> ibis.Table:
        """The people, dates and profiles that occur among the pairs, numbered by `row`."""
        by_post = profiles.set_index("post_id")["profile"]
        of_post = by_post.reindex(self._posts).fillna(-1).to_numpy().astype("int64")
        # The last place is that of a pair without a post.
        profile = np.append(of_post, -1)[self._post]
        n_profiles = int(of_post.max(initial=0)) + 1
        has_one = profile >= 0
        row, keys = pd.factorize(self._of_pair[has_one] * n_profiles + profile[has_one])
        self._row_of_pair[side] = np.full(len(profile), -1, dtype="int64")
        self._row_of_pair[side][has_one] = row
        columns = {
            "row": np.arange(len(keys)),
            "nr": keys // n_profiles,
            "profile": keys % n_profiles,
        }
        return ibis.memtable(
            pa.table({name: pa.array(c, pa.int64()) for name, c in columns.items()})
        )

    def look_up(
        self,
        facts: Facts,
        matching: Matching,
        columns: Mapping[int, Columns],
        side: Mapping[int, str | None],
    ) -> dict[int, Found]:
        """Ask the record, and put the answers back beside the pairs.

        Parameters
        ----------
        columns : mapping of int to mapping of str to ibis.Value
            By number of the question, expressions over facts.
        side : mapping of int to str or None
            By number, the side of the post that the expressions read; None: people only.
        """
        people = facts.of_people()
        found: dict[int, Found] = {}
        for one in dict.fromkeys(side.values()):
            numbers = [number for number, other in side.items() if other == one]
            named = {
                f"column_{number}_{name}": value
                for number in numbers
                for name, value in columns[number].items()
            }
            if one is None:
                rows = people.select(*KEYS, **named).to_pyarrow()
                row_of = _places(rows["nr"].to_numpy(), len(self._keys))[self._of_pair]
            else:
                both = matching.of_side(one).join(people, list(KEYS))
                rows = both.select("row", **named).to_pyarrow()
                rows_asked = self._row_of_pair[one]
                n_rows = int(rows_asked.max(initial=-1)) + 1
                row_of = _places(rows["row"].to_numpy(), n_rows)[rows_asked]
            for number in numbers:
                prefix = f"column_{number}_"
                mine = {
                    name.removeprefix(prefix): rows[name]
                    for name in named
                    if name.startswith(prefix)
                }
                found[number] = Found(mine, row_of)
        return found


def _places(numbers: np.ndarray, n_numbers: int) -> np.ndarray:
    """Where each number from 0 on stands, -1 for one that is absent, and for the number -1."""
    places = np.full(n_numbers + 1, -1, dtype="int64")
    places[numbers] = np.arange(len(numbers))
    return places
