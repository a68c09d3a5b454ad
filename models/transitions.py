"""Career moves: which state, an organisation and a step, a person's next post is likely to be in.

The rule that must not break: a model sees of the record of careers what `CareerRecord.before` shows
of the day of a move, and nothing else. No protected attribute is ever read.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from models.careers import DAYS_PER_YEAR, CareerRecord, Past, by_day, candidate_rows, first_of_year
from models.embedding import (
    TrajectoryEncoder,
    TrajectorySpace,
    TransitionGraph,
    careers_left,
    cosines,
)

# Silence is told apart only between a week and a working life.
SHORTEST_SILENCE_YEARS, LONGEST_SILENCE_YEARS = 0.02, 40.0
# Before any move is seen: the product of the four chances as it stands, and a closed
# organisation all but impossible. Not quite, because a name may be used again.
PRIOR_EXPONENTS = {
    "popularity": 1.0,
    "rank": 1.0,
    "entry": 1.0,
    "stay": 1.0,
    "returned": 0.0,
    "closed": -4.0,
    "silence": 0.0,
    "just_filled": 0.0,
}


@dataclass(frozen=True)
class FactoredSettings:
    """What `Factored` does not learn: chosen on early years, then frozen as JSON.

    Attributes
    ----------
    popularity_half_life, size_half_life, transition_half_life : float, years
        How fast starts of a state, starts in an organisation and moves lose weight.
    popularity_years : float, years
        Years of expected starts added to those seen.
    popularity_floor : float, starts
        Starts credited to an organisation where nobody has begun yet.
    shrinkage : float, moves
        How many moves the broader chance counts for beside a narrower one.
    filled_days : int, days
        How long a state counts as just filled.
    ridge : float
        Pull of the exponents towards `PRIOR_EXPONENTS`.
    embedding_weight : float
        What a career's likeness to a candidate adds to the candidate's logit: weight x cosine.
        At 0 no career is embedded. It is 0 as long as no earlier years speak for another: who goes
        from where to where is in *entry*, *stay* and *returned* already.
    exponents : mapping, optional
        None while they are still to be learned by `Factored.fit`.
    """

    popularity_half_life: float = 8.0
    size_half_life: float = 1.0
    transition_half_life: float = 15.0
    popularity_years: float = 0.25
    popularity_floor: float = 0.1
    shrinkage: float = 10.0
    filled_days: int = 60
    ridge: float = 1.0
    embedding_weight: float = 0.0
    exponents: Mapping[str, float] | None = None

    def as_json(self) -> dict:
        """The settings as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, frozen: Mapping) -> Self:
        """The settings that `as_json` gave."""
        return cls(**frozen)


class MoveModel(ABC):
    """Scores every candidate state for every move, from the past of the move's own day."""

    def fit(self, record: CareerRecord, candidates: pd.DataFrame, before: pd.Timestamp) -> Self:
        """Learn from the moves begun before a day.

        Parameters
        ----------
        record : CareerRecord
            May reach beyond `before`: counts roll on with each move predicted, parameters do not.
        candidates : DataFrame, shape (n_candidates, 2)
            As `destinations` gives them: the columns of `probabilities`.
        before : Timestamp
            Moves that were not on record before it are not learned from.
        """
        self.record, self.candidates = record, candidates
        named = record.codes(candidates["organisation"], candidates["step"])
        self._organisation, self._step = named
        # By value: two steps never named on record have one code, and may get their own later.
        _, first, self._at_step = np.unique(
            candidates["step"], return_index=True, return_inverse=True
        )
        self._distinct_step = self._step[first]
        self._learn(record.moves[record.moves["known_on"] < before])
        return self

    def probabilities(self, table: pd.DataFrame) -> np.ndarray:
        """Chance of each next state, shape (n_moves, n_candidates), rows summing to 1."""
        scores = np.zeros((len(table), len(self.candidates)))
        for day, rows in by_day(table):
            scores[rows] = self._scores(self.record.before(day), table.iloc[rows])
        return scores / scores.sum(axis=1, keepdims=True)

    def _learn(self, table: pd.DataFrame) -> None:  # noqa: B027
        """The counting models have no parameters to learn."""

    @abstractmethod
    def _scores(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        """Positive weights of the candidates for moves begun on one day, in any unit."""


class Popularity(MoveModel):
    """Spells begun in a state in the last years, whoever moves: the plainest reference."""

    years, floor = 6.0, 0.05

    def _scores(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        starts = past.starts((past.spell_age <= self.years).astype(float))
        return np.tile(starts[self._organisation, self._step] + self.floor, (len(table), 1))


class MarkovOne(Popularity):
    """Moves seen from the very same state, backed off to popularity."""

    backoff_moves = 5.0

    def _scores(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        popularity = super()._scores(past, table)
        popularity = popularity / popularity.sum(axis=1, keepdims=True)
        organisation, step = self.record.codes(table["from_organisation"], table["from_step"])
        alike = _same(organisation, past.from_organisation) * _same(step, past.from_step)
        reached = _same(past.to_organisation, self._organisation) * _same(past.to_step, self._step)
        return alike @ reached + self.backoff_moves * popularity


class Factored(MoveModel):
    """A product of eight named factors, each raised to an exponent of its own.

    P(o', g' | o, g) is proportional to the product of

    - popularity: starts of (o', g') a year that o' has lived, old ones counting less;
    - rank: P(g' | g), shrunk on to those who held higher before, and on to those leaving o;
    - entry: P(g | g'), of those who come to (o', g') over those who come to g' anywhere;
    - stay: chance of staying by g and by up, level or down, over the share of o; or of leaving;
    - returned: o' is one of the organisations served before;
    - closed: o' closed and nobody has begun there since;
    - silence: years since anyone began in o';
    - just_filled: someone began in (o', g') lately; tells most at the top, where seats are single.

    Parameters
    ----------
    settings : FactoredSettings
        With `exponents` set nothing is learned.
    encoder : TrajectoryEncoder, optional
        What makes vectors of careers where `embedding_weight` is not 0.

    Source
    ------
    A conditional logit over log-factors: McFadden, Conditional logit analysis of qualitative
    choice behavior (1974). Exponents have a ridge towards `PRIOR_EXPONENTS`.
    """

    def __init__(
        self,
        settings: FactoredSettings | None = None,
        encoder: TrajectoryEncoder | None = None,
    ) -> None:
        self.settings = settings or FactoredSettings()
        self.exponents = dict(self.settings.exponents or PRIOR_EXPONENTS)
        self._encoder = encoder or TransitionGraph()
        self._spaces: dict[int, TrajectorySpace] = {}

    def log_factors(self, table: pd.DataFrame) -> np.ndarray:
        """Logarithm of each factor, shape (n_moves, n_candidates, n_factors)."""
        factors = np.zeros((len(table), len(self.candidates), len(PRIOR_EXPONENTS)))
        for day, rows in by_day(table):
            factors[rows] = self._log_factors(self.record.before(day), table.iloc[rows])
        return factors

    def likeness(self, table: pd.DataFrame) -> np.ndarray:
        """Cosine of each career with each candidate, shape (n_moves, n_candidates).

        States are embedded as of the first day of a move's year, careers as of the move's own day.
        A candidate without a vector stands where the others do on average, so that nothing speaks
        for it or against it; so do all where the career has none.
        """
        likeness = np.zeros((len(table), len(self.candidates)))
        for day, rows in by_day(table):
            likeness[rows] = self._likeness(self.record.before(day), day, table.iloc[rows])
        return likeness

    def _learn(self, table: pd.DataFrame) -> None:
        self._spaces = {}
        if self.settings.exponents is None:
            rows = candidate_rows(table, self.candidates)
            table, truth = table[rows >= 0], rows[rows >= 0]
            self._learned_from = table, truth, self.log_factors(table)
            self._learn_exponents()

    def _learn_exponents(self) -> None:
        table, truth, factors = self._learned_from
        given = self.given_logits(table)
        learned = likeliest_exponents(factors, truth, self.settings.ridge, given)
        self.exponents = dict(zip(PRIOR_EXPONENTS, learned.tolist(), strict=True))

    def weighing(self, embedding_weight: float) -> Self:
        """The fitted model with another weight of the embedding, exponents learned anew for it."""
        other = copy(self)
        other.settings = replace(self.settings, embedding_weight=embedding_weight)
        if other.settings.exponents is None:
            # What was counted of the moves to learn from is the same whatever the weight.
            other._learn_exponents()
        return other

    def given_logits(self, table: pd.DataFrame) -> np.ndarray | None:
        """What is added to the logits and not learned, None where nothing is."""
        weight = self.settings.embedding_weight
        return None if weight == 0 else weight * self.likeness(table)

    def _likeness(self, past: Past, day: int, table: pd.DataFrame) -> np.ndarray:
        year = first_of_year(day)
        if year not in self._spaces:
            self._spaces[year] = self._encoder.space(self.record.before(year))
        space = self._spaces[year]
        left = careers_left(space, past, self.record.people_codes(table["person_id"]))
        found = cosines(left, space.destinations(self._organisation, self._step))
        is_known = ~np.isnan(found)
        average = np.where(is_known, found, 0).sum(axis=1) / is_known.sum(axis=1).clip(min=1)
        return np.where(is_known, found, average[:, None])

    def _scores(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        exponents = np.array([self.exponents[name] for name in PRIOR_EXPONENTS])
        logits = self._log_factors(past, table) @ exponents
        given = self.given_logits(table)
        if given is not None:
            logits += given
        return np.exp(logits - logits.max(axis=1, keepdims=True))

    def _log_factors(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        silence = past.silence_years().clip(SHORTEST_SILENCE_YEARS, LONGEST_SILENCE_YEARS)
        names = self.candidates["organisation"].tolist()
        returned = [[name in served for name in names] for served in table["served"]]
        factor = {
            "popularity": np.log(self._starts_a_year(past)),
            "rank": np.log(self._step_chances(past, table)),
            "entry": np.log(self._entry_ratio(past, table)),
            "stay": np.log(self._stay_ratio(past, table)),
            "returned": np.array(returned),
            "closed": past.is_closed()[self._organisation],
            "silence": np.log(silence)[self._organisation],
            "just_filled": self._just_filled(past),
        }
        shape = (len(table), len(self.candidates))
        return np.stack([np.broadcast_to(factor[name], shape) for name in PRIOR_EXPONENTS], axis=2)

    def _starts_a_year(self, past: Past) -> np.ndarray:
        """Starts of each candidate a year, a young organisation's few years counted as few."""
        half_life, added = self.settings.popularity_half_life, self.settings.popularity_years
        starts = past.starts(0.5 ** (past.spell_age / half_life))
        longest = half_life / np.log(2)
        years = (longest * (1 - np.exp(-past.life_years() / longest)))[self._organisation] + added
        of_step = starts.sum(axis=0)[self._distinct_step]
        step_share = _shrunk(of_step, 1 / len(of_step), 1.0)[self._at_step]
        begun = starts.sum(axis=1)[self._organisation] + self.settings.popularity_floor
        return (starts[self._organisation, self._step] + added * step_share * begun / years) / years

    def _step_chances(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        """Chance of each candidate's step, from all moves down to those most like this one."""
        organisation, step = self.record.codes(table["from_organisation"], table["from_step"])
        reached = _same(past.to_step, self._distinct_step) * self._weights(past)[:, None]
        chances = _shrunk(reached.sum(axis=0), 1 / len(self._distinct_step), 1.0)
        alike = np.ones((len(table), len(reached)))
        for asked, seen in (
            (step, past.from_step),
            (table["has_held_higher"].to_numpy(int), past.has_held_higher),
            (organisation, past.from_organisation),
        ):
            alike *= _same(asked, seen)
            chances = _shrunk(alike @ reached, chances, self.settings.shrinkage)
        return chances[:, self._at_step]

    def _entry_ratio(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        """Chance that a candidate is entered from the step left, over that of its step anywhere."""
        shrinkage, n_steps = self.settings.shrinkage, past.n_steps
        shape = (past.n_organisations, n_steps, n_steps)
        codes = np.ravel_multi_index((past.to_organisation, past.to_step, past.from_step), shape)
        here = np.bincount(codes, self._weights(past), np.prod(shape)).reshape(shape)
        anywhere = here.sum(axis=0)
        # The steps of the candidates are given; those on record may grow after the move's day.
        step_share = _shrunk(anywhere.sum(axis=0), 1 / len(self._distinct_step), 1.0)
        usual = _shrunk(anywhere, step_share, shrinkage)
        ratio = _shrunk(here, usual, shrinkage) / usual
        _, step = self.record.codes(table["from_organisation"], table["from_step"])
        return ratio[self._organisation[None], self._step[None], step[:, None]]

    def _stay_ratio(self, past: Past, table: pd.DataFrame) -> np.ndarray:
        """Chance of staying over the organisation's share of starts; of leaving over the rest."""
        settings = self.settings
        direction = np.sign(past.to_step - past.from_step) + 1
        weights, stayed = self._weights(past), past.from_organisation == past.to_organisation
        made, kept = np.zeros((2, past.n_steps, 3))
        np.add.at(made, (past.from_step, direction), weights)
        np.add.at(kept, (past.from_step, direction), weights * stayed)
        any_step = (kept.sum(axis=0) + 1) / (made.sum(axis=0) + 5)
        stay = (kept + settings.shrinkage * any_step) / (made + settings.shrinkage)

        starts = past.starts(0.5 ** (past.spell_age / settings.size_half_life)).sum(axis=1)
        starts[past.is_closed()] = 0.0
        n_open = self.candidates["organisation"].nunique() + 1
        share = (starts + settings.popularity_floor) / (
            starts.sum() + settings.popularity_floor * n_open
        )
        organisation, step = self.record.codes(table["from_organisation"], table["from_step"])
        from_step, to_step = table["from_step"].to_numpy(), self.candidates["step"].to_numpy()
        stay = stay[step[:, None], np.sign(to_step[None] - from_step[:, None]) + 1]
        share = share[organisation][:, None]
        # By name: two organisations never named on record have one code.
        is_same = _same(
            table["from_organisation"].to_numpy(), self.candidates["organisation"].to_numpy()
        )
        return np.where(is_same, stay / share, (1 - stay) / (1 - share))

    def _just_filled(self, past: Past) -> np.ndarray:
        """From 0 at the lowest step to 1 at the top where someone began lately, else 0."""
        lately = past.spell_age <= self.settings.filled_days / DAYS_PER_YEAR
        is_filled = past.starts(lately.astype(float))[self._organisation, self._step] > 0
        step = self.candidates["step"].to_numpy()
        return is_filled * ((step - step.min()) / max(np.ptp(step), 1)) ** 2

    def _weights(self, past: Past) -> np.ndarray:
        return 0.5 ** (past.move_age / self.settings.transition_half_life)


def _same(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """1 where a row's label is a column's, else 0, shape (n_rows, n_columns)."""
    return (rows[:, None] == columns[None]).astype(float)


def _shrunk(counts: np.ndarray, broader: np.ndarray | float, weight: float) -> np.ndarray:
    """Chances along the last axis: (n_ij + weight * broader_j) / (n_i + weight)."""
    return (counts + weight * broader) / (counts.sum(axis=-1, keepdims=True) + weight)


def likeliest_exponents(
    log_factors: np.ndarray, truth: np.ndarray, ridge: float, given: np.ndarray | None = None
) -> np.ndarray:
    """Exponents under which the moves made are likeliest, held near `PRIOR_EXPONENTS`.

    Parameters
    ----------
    log_factors : ndarray, shape (n_moves, n_candidates, n_factors)
    truth : ndarray of int, shape (n_moves,)
        Column of the state each move led to.
    ridge : float
        Weight of the squared distance to the prior exponents.
    given : ndarray, shape (n_moves, n_candidates), optional
        What is added to the logits whatever the exponents are.
    """
    prior = np.array(list(PRIOR_EXPONENTS.values()))
    made = log_factors[np.arange(len(truth)), truth]

    def loss(exponents: np.ndarray) -> tuple[float, np.ndarray]:
        logits = log_factors @ exponents
        if given is not None:
            logits += given
        log_total = logsumexp(logits, axis=1)
        expected = np.tensordot(np.exp(logits - log_total[:, None]), log_factors, axes=2)
        apart = exponents - prior
        value = log_total.sum() - (made @ exponents).sum() + ridge * apart @ apart
        return value, expected - made.sum(axis=0) + 2 * ridge * apart

    return minimize(loss, prior, jac=True, method="L-BFGS-B").x
