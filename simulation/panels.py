"""Panels: who is interviewed, what assessors write down, and whom they choose.

The rule that must not break: open bias acts on interview scores, hidden bias on the standing after
them, and neither anywhere else; exactly one candidate of a vacancy is appointed.
"""

from dataclasses import dataclass

import numpy as np

from simulation.knobs import Knobs

#: What interviews hear of how well somebody would do, beside the motivation on no record.
HEARD_FIT = 0.65
FINAL_NOISE = 0.5
DOCUMENT_WEIGHTS = {"gap": 0.9, "rating": 0.35, "seniority": 0.30, "education": 0.2, "course": 0.2}


@dataclass(frozen=True)
class Panel:
    """What panels did with pools. Arrays of shape (vacancies, pool) unless said otherwise.

    Attributes
    ----------
    documents : standing by documents alone, standardised within the pool
    is_interviewed : bool
    scores : float64, shape (vacancies, pool, assessors)
        Interview scores as given, NaN where nobody was interviewed.
    leniency : float64, shape (vacancies, assessors)
    open_bias : float64, shape (vacancies,)
        What this panel takes off the scores of those whom the bias rests on.
    heard : what an interview without bias and noise would have scored
    standing : what the choice was made by, before its noise; NaN where not interviewed
    chosen : int, shape (vacancies,)
        Place of the appointed person in the pool.
    """

    documents: np.ndarray
    is_interviewed: np.ndarray
    scores: np.ndarray
    leniency: np.ndarray
    open_bias: np.ndarray
    heard: np.ndarray
    standing: np.ndarray
    chosen: np.ndarray

    @property
    def mean_score(self) -> np.ndarray:
        """Mean interview score of each candidate."""
        return self.scores.mean(axis=2)


def decide(
    rng: np.random.Generator,
    knobs: Knobs,
    *,
    is_candidate: np.ndarray,
    papers: dict[str, np.ndarray],
    fit: np.ndarray,
    motivation: np.ndarray,
    burden: np.ndarray,
    same_school: np.ndarray,
) -> Panel:
    """Panels choose one candidate for each vacancy.

    Parameters
    ----------
    is_candidate : bool, shape (vacancies, pool)
        Places that are filled; at least one in each row.
    papers : dict of float64 arrays, shape (vacancies, pool)
        What documents show, by the names of `DOCUMENT_WEIGHTS`; NaN where they do not.
    fit : float64, shape (vacancies, pool)
        Logit of success without the unrecorded motivation.
    motivation, burden, same_school : shape (vacancies, pool)
    """
    documents = np.zeros(is_candidate.shape)
    for name, weight in DOCUMENT_WEIGHTS.items():
        documents += weight * standardised(papers[name], is_candidate)
    vacancies, pool = is_candidate.shape
    # No two panels are alike: in how well they read documents, and in how biased they are.
    skill = knobs.panel_skill * np.exp(knobs.panel_spread * rng.normal(size=vacancies))
    open_bias = knobs.panel_bias * (1 + knobs.panel_spread * rng.normal(size=vacancies))
    documents = skill[:, None] * documents
    noted = np.where(is_candidate, documents + 0.3 * rng.normal(size=(vacancies, pool)), -np.inf)
    is_interviewed = is_candidate & (_rank(noted) < knobs.interviewed)

    heard = HEARD_FIT * standardised(fit, is_candidate) + knobs.private_information * motivation
    leniency = knobs.assessor_leniency * rng.normal(size=(vacancies, knobs.assessors))
    noise = knobs.interview_noise * rng.normal(size=(vacancies, pool, knobs.assessors))
    scores = (heard - open_bias[:, None] * burden)[:, :, None] + leniency[:, None, :] + noise
    scores = np.where(is_interviewed[:, :, None], scores, np.nan)

    standing = documents + knobs.interview_weight * scores.mean(axis=2)
    standing = standing + knobs.network_weight * same_school - knobs.hidden_panel_bias * burden
    last = standing + FINAL_NOISE * rng.gumbel(size=(vacancies, pool))
    chosen = np.argmax(np.where(is_interviewed, last, -np.inf), axis=1)
    return Panel(documents, is_interviewed, scores, leniency, open_bias, heard, standing, chosen)


def standardised(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Values as seen within each pool: mean 0, spread 1; what is missing counts as the mean.

    >>> standardised(np.array([[1.0, 3.0, 9.0]]), np.array([[True, True, False]])).tolist()
    [[-1.0, 1.0, 0.0]]
    """
    known = counts & ~np.isnan(values)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / n
    away = np.where(known, values - mean, 0.0)
    spread = np.sqrt((away**2).sum(axis=1, keepdims=True) / n)
    return away / np.where(spread > 0, spread, 1.0)


def _rank(values: np.ndarray) -> np.ndarray:
    """Place of each value in its row, 0 the highest."""
    order = np.argsort(-values, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(values.shape[1])[None, :].repeat(len(values), 0), 1)
    return places
