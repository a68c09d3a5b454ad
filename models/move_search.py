"""How well next states are told, and the choice of `FactoredSettings` by it.

Settings chosen before a day rest on nothing dated that day or later: the search sees a record cut
there, and judges every origin by moves that its exponents were not learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from models.careers import CareerRecord, destinations, positions
from models.transitions import PRIOR_EXPONENTS, Factored, FactoredSettings, likeliest_exponents

GRID: Mapping[str, Sequence[float]] = {
    "popularity_years": (0.1, 0.25, 0.5),
    "popularity_floor": (0.03, 0.1, 0.3),
    "popularity_half_life": (4.0, 8.0, 16.0),
    "size_half_life": (0.5, 1.0, 2.0),
    "transition_half_life": (8.0, 15.0, 30.0),
    "shrinkage": (5.0, 10.0, 20.0),
    "filled_days": (30, 60, 120),
    "ridge": (0.3, 1.0, 3.0),
    "embedding_weight": (0.25, 0.5, 1.0),
}


HITS = (1, 5, 10)


def placings(probabilities: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Where the true state stands among all, the likeliest first.

    Parameters
    ----------
    probabilities : ndarray, shape (n_moves, n_candidates)
    truth : ndarray of int, shape (n_moves,)
        Column of the state each move led to.

    Returns
    -------
    DataFrame, one row a move
        `mrr`, 1 / rank; `hit1`, `hit5`, `hit10`, whether it stands so high: expectations over a
        random order of the states tied with it.

    Examples
    --------
    Tied for second of three: half of 1/2 and half of 1/3.

    >>> evenly = np.array([[0.5, 0.25, 0.25]])
    >>> placings(evenly, np.array([1])).round(4).values.tolist()
    [[0.4167, 0.0, 1.0, 1.0]]
    """
    true = np.take_along_axis(probabilities, truth[:, None], axis=1)
    # Two products of the same factors may differ in the last digit.
    is_tied = np.isclose(probabilities, true, rtol=1e-9, atol=0)
    n_above = ((probabilities > true) & ~is_tied).sum(axis=1)
    n_tied = is_tied.sum(axis=1)
    # Sums of 1/rank: what lies between two of them is that of the tied.
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, probabilities.shape[1] + 1))])
    told = {"mrr": (harmonic[n_above + n_tied] - harmonic[n_above]) / n_tied}
    for k in HITS:
        told[f"hit{k}"] = np.clip(k - n_above, 0, n_tied) / n_tied
    return pd.DataFrame(told)


def move_metrics(probabilities: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """How well next states are told.

    Parameters
    ----------
    probabilities : ndarray, shape (n_moves, n_candidates)
        Rows summing to 1.
    truth : ndarray of int, shape (n_moves,)
        Column of the state each move led to.

    Returns
    -------
    dict
        `mrr`, mean of 1 / rank; `hit1`, `hit5`, `hit10`, share of moves ranked so high; and
        `perplexity`, the number of equally likely states that would be as hard to tell.

    Examples
    --------
    >>> evens = np.array([[0.5, 0.5], [0.5, 0.5]])
    >>> move_metrics(evens, np.array([0, 1]))["perplexity"]
    2.0
    """
    true = np.take_along_axis(probabilities, truth[:, None], axis=1)
    placed = placings(probabilities, truth)
    return {
        **{name: float(placed[name].mean()) for name in ("mrr", *(f"hit{k}" for k in HITS))},
        "perplexity": float(np.exp(-np.log(true).mean())),
    }


def rolling_origin_search(
    spells: pd.DataFrame,
    closures: pd.DataFrame | None,
    before: pd.Timestamp,
    *,
    n_origins: int = 5,
    years: int = 4,
    grid: Mapping[str, Sequence[float]] = GRID,
) -> tuple[FactoredSettings, dict[str, float]]:
    """Settings that make moves after each origin likeliest, one setting improved after another.

    Parameters
    ----------
    spells, closures : DataFrame
        As for `CareerRecord`; rows dated `before` or later are not looked at.
    before : Timestamp
        The end of the last test window.
    n_origins, years : int
        Origins `years` apart, each tested on the `years` that follow it.
    grid : mapping
        Values tried for each setting, in this order, from `FactoredSettings()` on. A value is taken
        where perplexity falls; a weight of the embedding only where `mrr` does not fall with it,
        because perplexity falls a little with anything that evens chances out.

    Returns
    -------
    settings : FactoredSettings
        Without exponents, and as they were where no origin has moves after it.
    metrics : dict
        `move_metrics` of the settings over the moves of all windows; empty where none has moves.
    """
    known_on = spells["known_on"] if "known_on" in spells else spells["on"]
    record = CareerRecord(spells[(spells["on"] < before) & (known_on < before)], closures)
    origins = [before - pd.DateOffset(years=years * n) for n in range(n_origins, 0, -1)]
    best = FactoredSettings()
    if record.moves.empty or record.moves["on"].max() < origins[0]:
        return best, {}
    best_metrics = _rolling_metrics(record, best, origins)
    for name, values in grid.items():
        for value in values:
            tried = replace(best, **{name: value})
            metrics = best_metrics if tried == best else _rolling_metrics(record, tried, origins)
            if _is_better(metrics, best_metrics, of=name):
                best, best_metrics = tried, metrics
    return best, best_metrics


def _is_better(metrics: Mapping[str, float], best: Mapping[str, float], *, of: str) -> bool:
    if of == "embedding_weight" and metrics["mrr"] < best["mrr"]:
        return False
    return metrics["perplexity"] < best["perplexity"]


def _rolling_metrics(
    record: CareerRecord, settings: FactoredSettings, origins: Sequence[pd.Timestamp]
) -> dict[str, float]:
    candidates = destinations(record.moves)
    truth = positions(record.moves, candidates)
    # Counts roll with each move's own day, so the factors are the same from every origin.
    counting = Factored(replace(settings, exponents=PRIOR_EXPONENTS))
    factors = counting.fit(record, candidates, origins[0]).log_factors(record.moves)
    given = counting.given_logits(record.moves)
    added = np.zeros(factors.shape[:2]) if given is None else given
    on, known_on = record.moves["on"].to_numpy(), record.moves["known_on"].to_numpy()
    chances = np.zeros(factors.shape[:2])
    for origin in origins:
        learned = known_on < origin.to_datetime64()
        exponents = likeliest_exponents(
            factors[learned], truth[learned], settings.ridge, added[learned]
        )
        logits = factors[~learned] @ exponents + added[~learned]
        chances[~learned] = np.exp(log_softmax(logits, axis=1))
    tested = on >= origins[0].to_datetime64()
    return move_metrics(chances[tested], truth[tested])
