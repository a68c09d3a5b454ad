"""Careers as vectors: states near each other where people pass between the same places.

The rule that must not break: vectors rest on what `CareerRecord.before` shows of a day and on
nothing else, and what was never seen has no vector, which is a row of NaN and never zeros. They
serve the transition model and the search for similar careers; no feature and no readiness model
may import this module.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import svds

from models.careers import Past

#: Up to so many states the decomposition is exact and takes less time than an iteration.
MOST_DENSE_STATES = 512
#: Singular values below this share of the largest are rounding.
SMALLEST_SHARE = 1e-9
START_SEED = 0


@dataclass(frozen=True)
class Visits:
    """The states of careers, one after another, as codes of a `CareerRecord`.

    Attributes
    ----------
    person, organisation, step : ndarray of int, shape (n_visits,)
        Ordered by person, then by day.
    age : ndarray, shape (n_visits,), years
        How long before the day the state was begun.
    """

    person: np.ndarray
    organisation: np.ndarray
    step: np.ndarray
    age: np.ndarray

    def __len__(self) -> int:
        """How many visits."""
        return len(self.person)

    def place(self) -> np.ndarray:
        """The place of each visit in its career, 0 for the first, shape (n_visits,)."""
        rows = np.arange(len(self))
        is_first = np.r_[True, self.person[1:] != self.person[:-1]][: len(self)]
        return rows - np.maximum.accumulate(np.where(is_first, rows, 0))


class TrajectorySpace(Protocol):
    """Careers and states as vectors of one space, so that a cosine compares any two.

    Every vector has length 1 or is missing, a row of NaN.
    """

    @property
    def n_dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    def careers(self, visits: Visits) -> np.ndarray:
        """Each career up to and with each of its visits, shape (n_visits, n_dimensions)."""
        ...

    def destinations(self, organisation: np.ndarray, step: np.ndarray) -> np.ndarray:
        """States as places to come to, shape (n_states, n_dimensions)."""
        ...


class TrajectoryEncoder(Protocol):
    """Whatever makes vectors of careers: the transition graph here, or a sequence model.

    An encoder sees a `Past`, which holds what was on record strictly before its day. The same past
    must give the same vectors, byte for byte.
    """

    def space(self, past: Past) -> TrajectorySpace:
        """The space that the past spans."""
        ...


def visits(past: Past, people: np.ndarray | None = None) -> Visits:
    """The states of careers on record: of everybody, or of some people by their codes.

    Posts begun by one person on one day are one state: the most senior, else the one recorded
    first. Careers are put together from what was on record before the day; a post recorded later
    is not there, so the states around it follow one another.
    """
    begun = np.arange(len(past.spell_person))
    if people is not None:
        begun = np.flatnonzero(np.isin(past.spell_person, people))
    keys = (-past.spell_step, -past.spell_age, past.spell_person)
    order = begun[np.lexsort(tuple(key[begun] for key in keys))]
    person, age = past.spell_person[order], past.spell_age[order]
    is_next = (person[1:] != person[:-1]) | (age[1:] != age[:-1])
    kept = order[np.r_[True, is_next][: len(order)]]
    return Visits(
        past.spell_person[kept],
        past.spell_organisation[kept],
        past.spell_step[kept],
        past.spell_age[kept],
    )


def ppmi(counts: sparse.csr_array) -> sparse.csr_array:
    """Positive pointwise mutual information of a matrix of counts.

    Parameters
    ----------
    counts : sparse array, shape (n, m)
        None negative.

    Returns
    -------
    sparse array, shape (n, m)
        max(0, log(n_ij n / (n_i n_j))), in nats, with n_i and n_j the sums of row and column and n
        that of all.

    Source
    ------
    Church and Hanks, Word association norms, mutual information, and lexicography (1990); the
    positive part: Bullinaria and Levy, Extracting semantic representations (2007).

    Examples
    --------
    Half of all moves go along each of two paths that never meet: log 2 on either.

    >>> ppmi(sparse.csr_array(np.eye(2))).toarray().round(3).tolist()
    [[0.693, 0.0], [0.0, 0.693]]
    """
    cells = sparse.coo_array(counts)
    of_row, of_column = counts.sum(axis=1), counts.sum(axis=0)
    expected = of_row[cells.row] * of_column[cells.col] / counts.sum()
    positive = np.log(cells.data / expected).clip(0)
    informed = sparse.coo_array((positive, (cells.row, cells.col)), shape=counts.shape).tocsr()
    informed.eliminate_zeros()
    return informed


def decomposed(
    matrix: sparse.csr_array, n_dimensions: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The largest singular values of a square matrix, and their vectors.

    Returns
    -------
    left : ndarray, shape (n_states, n_found)
    values : ndarray, shape (n_found,)
        Falling. At most `n_dimensions`; fewer where the matrix has no more that differ from
        rounding.
    right : ndarray, shape (n_states, n_found)
        The sign of each pair is that which makes the largest number of the left one positive, the
        first of those within rounding of it.
    """
    n_states = matrix.shape[0]
    if n_states <= max(MOST_DENSE_STATES, n_dimensions):
        left, values, right = linalg.svd(matrix.toarray(), full_matrices=False)
    else:
        start = np.random.default_rng(START_SEED).standard_normal(n_states)
        left, values, right = svds(matrix, k=n_dimensions, v0=start)
        falling = np.argsort(-values, kind="stable")
        left, values, right = left[:, falling], values[falling], right[falling]
    n_found = min(n_dimensions, int((values > SMALLEST_SHARE * values.max(initial=0)).sum()))
    left, values, right = left[:, :n_found], values[:n_found], right[:n_found].T
    if n_found == 0:
        return left, values, right
    size = np.abs(left)
    largest = (size > size.max(axis=0) * (1 - 1e-6)).argmax(axis=0)
    signs = np.where(left[largest, np.arange(n_found)] < 0, -1.0, 1.0)
    return left * signs, values, right * signs


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors made of length 1; NaN where there is no direction, shape as given."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > SMALLEST_SHARE, lengths, np.nan)


@dataclass(frozen=True)
class TransitionGraph:
    """The encoder that comes with the program: the graph of who went from where to where.

    States are pairs of organisation and step. The weighted graph has an edge for every move from
    one state of a career to the next, and a loop for every state begun, so that a state that nobody
    has left yet is there too and resembles itself. Each row of the graph's positive pointwise
    mutual information says where people go from a state more than chance would have it, each column
    where they come from; a truncated singular value decomposition, the square root of the values on
    either side, makes a vector of the row (*leaving*) and of the column (*arriving*).

    A career is the sum of two vectors of length 1: the mean of the leaving vectors of the states
    visited, older ones counting less, and the leaving vector of the last; made of length 1 again.
    A destination is its arriving vector.

    Parameters
    ----------
    n_dimensions : int
        At most: there are no more than states, nor than the rank of the graph. A short record has
        fewer, and they are not made up: numbers that are 0 in every vector change no cosine, and
        would only look like more. `TrajectorySpace.n_dimensions` says how many there are.
    half_life : float, years
        After which a move, and a loop, count half.
    loop : float, moves
        What a state begun counts for on the way from the state to itself.
    visit_half_life : float, years
        After which a visit counts half in the mean of a career.

    Source
    ------
    Levy and Goldberg, Neural word embedding as implicit matrix factorization (2014): shifted PPMI
    and its decomposition do what skip-gram embeddings do, without chance.
    """

    n_dimensions: int = 32
    half_life: float = 15.0
    loop: float = 0.1
    visit_half_life: float = 8.0

    def counts(self, past: Past) -> tuple[np.ndarray, sparse.csr_array]:
        """The graph of a past.

        Returns
        -------
        states : ndarray of int, shape (n_states,)
            Codes of the states that anybody has begun in, organisation * n_steps + step, rising.
        counts : sparse array, shape (n_states, n_states), moves
            From the state of the row to that of the column, loops on the diagonal.
        """
        begun = visits(past)
        codes = begun.organisation * past.n_steps + begun.step
        states, at = np.unique(codes, return_inverse=True)
        goes_on = np.flatnonzero(begun.place()[1:] > 0)
        weights = 0.5 ** (begun.age / self.half_life)
        rows, columns = np.r_[at[goes_on], at], np.r_[at[goes_on + 1], at]
        moved = np.r_[weights[goes_on + 1], self.loop * weights]
        shape = (len(states), len(states))
        counts = sparse.csr_array((moved, (rows, columns)), shape=shape)
        counts.sum_duplicates()
        return states, counts

    def space(self, past: Past) -> "GraphSpace":
        """States that anybody has begun in before the day, as vectors."""
        states, counts = self.counts(past)
        left, values, right = decomposed(ppmi(counts), self.n_dimensions)
        root = np.sqrt(values)
        return GraphSpace(
            past.n_steps, states, unit(left * root), unit(right * root), self.visit_half_life
        )


@dataclass(frozen=True)
class GraphSpace:
    """What a `TransitionGraph` made of a past.

    Attributes
    ----------
    n_steps : int
        Of the past: a state's code is organisation * n_steps + step.
    states : ndarray of int, shape (n_states,)
        Codes of the states that have been begun in, rising.
    leaving, arriving : ndarray, shape (n_states, n_dimensions)
        Of length 1, or NaN where nothing tells a state from chance, or where the dimensions kept
        hold nothing of it.
    visit_half_life : float, years
    """

    n_steps: int
    states: np.ndarray
    leaving: np.ndarray
    arriving: np.ndarray
    visit_half_life: float

    @property
    def n_dimensions(self) -> int:
        """How many numbers a vector has."""
        return self.leaving.shape[1]

    def departures(self, organisation: np.ndarray, step: np.ndarray) -> np.ndarray:
        """States as places to leave, shape (n_states, n_dimensions)."""
        return self._looked_up(self.leaving, organisation, step)

    def destinations(self, organisation: np.ndarray, step: np.ndarray) -> np.ndarray:
        """States as places to come to, shape (n_states, n_dimensions)."""
        return self._looked_up(self.arriving, organisation, step)

    def careers(self, visits: Visits) -> np.ndarray:
        """Each career up to and with each of its visits, shape (n_visits, n_dimensions).

        A visit without a vector counts for nothing; if it is the last, the mean stands alone.
        """
        known = np.nan_to_num(self.departures(visits.organisation, visits.step))
        total, place = known.copy(), visits.place()
        for nth in range(1, place.max(initial=0) + 1):
            (now,) = np.nonzero(place == nth)
            years = visits.age[now - 1] - visits.age[now]
            total[now] += 0.5 ** (years / self.visit_half_life)[:, None] * total[now - 1]
        # The mean has the direction of the sum.
        return unit(np.nan_to_num(unit(total)) + known)

    def _looked_up(
        self, vectors: np.ndarray, organisation: np.ndarray, step: np.ndarray
    ) -> np.ndarray:
        codes = np.asarray(organisation) * self.n_steps + np.asarray(step)
        found = np.searchsorted(self.states, codes)
        found = np.minimum(found, max(len(self.states) - 1, 0))
        rows = np.full((len(codes), self.n_dimensions), np.nan)
        if len(self.states):
            is_known = self.states[found] == codes
            rows[is_known] = vectors[found[is_known]]
        return rows


def careers_left(space: TrajectorySpace, past: Past, people: np.ndarray) -> np.ndarray:
    """The whole career on record of each person, by code; NaN for who has none.

    Returns
    -------
    ndarray, shape (n_people, n_dimensions)
    """
    made = visits(past, people)
    of_each = space.careers(made)
    rows = np.full((len(people), space.n_dimensions), np.nan)
    last = np.searchsorted(made.person, people, side="right") - 1
    (is_there,) = np.nonzero((last >= 0) & (made.person[last] == people)) if len(made) else ([],)
    rows[is_there] = of_each[last[is_there]]
    return rows


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Cosine of each of our vectors with each of theirs, NaN where either is missing.

    Parameters
    ----------
    ours : ndarray, shape (n, n_dimensions)
    theirs : ndarray, shape (m, n_dimensions)
        All of length 1 or NaN.

    Returns
    -------
    ndarray, shape (n, m)
        From -1 to 1.
    """
    if ours.shape[1] == 0:
        return np.full((len(ours), len(theirs)), np.nan)
    return (ours @ theirs.T).clip(-1, 1)
