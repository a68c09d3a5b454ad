"""Ranking: people in the order of their readiness, equal readiness sharing a position.

The rule that must not break: nothing but readiness decides a position. Where it is equal the order
of the rows is that of the identifiers, and the position is shared. Tie bands say which places
chance decides; they move nobody.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

EQUAL_WITHIN = 1e-12
#: Share of the bagged models that must put one person above another before they are told apart.
TOLD_APART = 0.8


def ranking(person_id: Sequence[str], readiness: Sequence[float]) -> pd.DataFrame:
    """People by readiness, the readiest first.

    Parameters
    ----------
    person_id : sequence of str, shape (n_people,)
        Those who may be ranked; the caller has left out whoever is not eligible.
    readiness : sequence of float, shape (n_people,)
        Probability of success.

    Returns
    -------
    DataFrame, one row a person, ordered
        `position`, from 1, shared by equal readiness, the next position then left free;
        `person_id`; `readiness`.

    Raises
    ------
    ValueError
        If a person appears twice, lengths differ, or a readiness is missing.

    Examples
    --------
    >>> ranking(["c", "b", "a"], [0.5, 0.9, 0.5]).values.tolist()
    [[1, 'b', 0.9], [2, 'a', 0.5], [2, 'c', 0.5]]
    """
    rows = pd.DataFrame({"person_id": list(person_id), "readiness": list(readiness)})
    if rows["person_id"].duplicated().any():
        raise ValueError("a person is ranked twice")
    if rows["readiness"].isna().any():
        raise ValueError("a person without an estimate cannot be ranked")
    rows = rows.sort_values("readiness", ascending=False, kind="stable", ignore_index=True)
    rows.insert(0, "position", _positions(rows["readiness"].tolist()))
    return rows.sort_values(["position", "person_id"], ignore_index=True)


def _positions(descending: list[float]) -> list[int]:
    """Positions of sorted figures; whoever is level with the first of a run shares its position."""
    positions: list[int] = []
    first = 0
    for place, figure in enumerate(descending):
        if descending[first] - figure > EQUAL_WITHIN:
            first = place
        positions.append(first + 1)
    return positions


def tie_bands(bagged: np.ndarray) -> np.ndarray:
    """Bands of people who cannot be told apart, numbered from 1 in the order of the list.

    A band is a stretch of the list; all its members are tied with its first, whom fewer than eight
    in ten bagged models put above them.

    Parameters
    ----------
    bagged : ndarray, shape (n_bags, n_people)
        What each bagged model says of each person, people in the order of the list.

    Returns
    -------
    ndarray of int, shape (n_people,)

    Examples
    --------
    Three in four models put the first above the second, and all put both above the third.

    >>> tie_bands(np.array([[3, 2, 1], [3, 2, 1], [3, 2, 1], [2, 3, 1]])).tolist()
    [1, 1, 2]
    """
    n_people = bagged.shape[1]
    bands, first, band = np.ones(n_people, dtype=int), 0, 1
    for place in range(1, n_people):
        if np.mean(bagged[:, first] > bagged[:, place]) >= TOLD_APART:
            first, band = place, band + 1
        bands[place] = band
    return bands
