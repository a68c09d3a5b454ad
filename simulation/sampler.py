"""Vacancy sampler: any number of labelled vacancies with fresh people, by the agency's equations.

The rule that must not break: nothing here is an equation of its own. People, records, panels and
outcomes come from the rooms that the whole agency comes from; only the calendar is left out.
"""

from dataclasses import dataclass

import numpy as np

from simulation import chance, measurement, people, structure, success
from simulation.applying import OTHERS_APPLY, inclination
from simulation.days import new_year
from simulation.knobs import Knobs
from simulation.observables import assessed_for_post, observables, official_gap
from simulation.panels import decide
from simulation.people import People
from simulation.structure import Posts
from simulation.vocabulary import FEEDERS, STRATEGIC

WARM_UP_YEARS = 4
YEARS_AFTER_DRIFT = 2
UNITS = 60
#: Of strategic posts, the share of each class, as in `STRATEGIC`.
MIX = (0.03, 0.15, 0.82)
CHUNK = 400
STOCK = 24_000


@dataclass(frozen=True)
class Sample:
    """Vacancies with their pools, one row a pair of a vacancy and a candidate.

    Attributes
    ----------
    vacancy : int, shape (m,)
        Counted from 0; rows of a vacancy stand together.
    person : int64, shape (m,)
        Key of the candidate; somebody may stand for several posts of a chunk.
    x : float32, shape (m, n_observables)
        In the order of `observables.NAMES`.
    groups : float64, shape (m, n_reason_groups)
    p : float64, shape (m,)
        True probability of success if appointed.
    latent : float64, shape (m,)
        Latent performance, see `success.latent_performance`.
    succeeds : bool, shape (m,)
        The potential outcome: `latent` above 0.
    weighted_gap, rating : float64, shape (m,)
        Baselines; NaN where the record has nothing.
    woman, minority_origin : int8, shape (m,)
    same_school : bool, shape (m,)
        Whether the candidate went to the school of the head of the panel.
    is_interviewed, is_appointed : bool, shape (m,)
    mean_score, heard, documents, standing : float64, shape (m,)
        What the panel wrote, heard, read, and chose by; NaN where nobody was interviewed.
    mean_leniency : float64, shape (m,)
        Of the assessors of the vacancy.
    label : float64, shape (m,)
        What the file shows of the appointed within 24 months: 1, 0; NaN of the others.
    records : dict of arrays over people, not pairs
        The last year before the vacancies, in which bias in ratings, coverage and opportunity is
        looked for: `woman`, `minority_origin`, `post_class`, `performance` (standardised within
        the class), `leniency` of the appraiser, `results_before_rounding`, `results`,
        `behaviour`, `predicate`, `is_assessed`, `unit_quality`, `courses`.
    """

    vacancy: np.ndarray
    person: np.ndarray
    x: np.ndarray
    groups: np.ndarray
    p: np.ndarray
    latent: np.ndarray
    succeeds: np.ndarray
    weighted_gap: np.ndarray
    rating: np.ndarray
    woman: np.ndarray
    minority_origin: np.ndarray
    same_school: np.ndarray
    is_interviewed: np.ndarray
    is_appointed: np.ndarray
    mean_score: np.ndarray
    heard: np.ndarray
    documents: np.ndarray
    standing: np.ndarray
    mean_leniency: np.ndarray
    label: np.ndarray
    records: dict[str, np.ndarray]

    @property
    def n_vacancies(self) -> int:
        """How many vacancies."""
        return int(self.vacancy[-1]) + 1


def sample(
    knobs: Knobs,
    seed: int,
    vacancies: int,
    pool: int | None = None,
    stock: int = STOCK,
    year: int | None = None,
) -> Sample:
    """Draw vacancies.

    Parameters
    ----------
    vacancies : int
        How many.
    pool : int, optional
        Candidates of each; between `pool_low` and `pool_high` by chance if left out.
    stock : int
        People in service from whom the pools of one chunk of vacancies come.
    year : int, optional
        Of the vacancies; the file behind them is of the four years before. Two years after a drift
        if left out, so that the file has seen both regimes.

    Returns
    -------
    Sample
        The same for the same arguments.

    Examples
    --------
    >>> drawn = sample(Knobs(), seed=7, vacancies=3, pool=4, stock=1000)
    >>> drawn.vacancy.tolist(), int(drawn.is_appointed.sum())
    ([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], 3)
    """
    rng = chance.stream(seed, "sampler")
    parts = []
    for first in range(0, vacancies, CHUNK):
        count = min(CHUNK, vacancies - first)
        parts.append(_chunk(rng, knobs, seed, first, count, pool, stock, year))
    return _joined(parts)


def _chunk(
    rng: np.random.Generator,
    knobs: Knobs,
    seed: int,
    first: int,
    count: int,
    pool: int | None,
    stock: int,
    year: int | None,
) -> Sample:
    """Vacancies over one stock of people, who meet nobody of another chunk."""
    if year is None:
        drift = knobs.drift_year
        year = drift + YEARS_AFTER_DRIFT if drift else knobs.first_year + WARM_UP_YEARS
    day = new_year(year)
    key = 10_000_000 * (1 + first // CHUNK)
    crowd = people.stock(rng, knobs, stock, new_year(year - WARM_UP_YEARS), UNITS, key)
    quality = structure.unit_quality(rng, UNITS)
    dossier, records = _warmed_up(rng, knobs, crowd, quality, year, seed)

    post_class = rng.choice(STRATEGIC, size=count, p=MIX)
    posts = structure.draw_posts(rng, post_class, UNITS, key)
    who, is_candidate = _pools(rng, knobs, crowd, posts, pool)
    pair_who = who[is_candidate]
    pair_which = np.broadcast_to(np.arange(count)[:, None], who.shape)[is_candidate]

    required = structure.required_in(posts, knobs, year)
    abilities = crowd.abilities(day)
    keys = crowd.key[pair_who], posts.key[pair_which]
    motivation = success.motivation(seed, *keys)
    found = success.effects(
        knobs,
        abilities=people.for_post(abilities, pair_who, posts.family[pair_which]),
        conduct=crowd.conduct[pair_who],
        family_years=crowd.family_years[pair_who, posts.family[pair_which]],
        units_served=crowd.units_served[pair_who],
        motivation=motivation,
        required=required[pair_which],
        weight=posts.weight[pair_which],
        post_class=posts.post_class[pair_which],
        changing=posts.changing[pair_which],
        difficulty=posts.difficulty[pair_which],
    )
    logit = found.logit
    latent = success.latent_performance(seed, *keys, year, logit)
    succeeds = latent > 0
    head_count = np.bincount(crowd.unit, minlength=UNITS)
    x = observables(crowd, dossier, posts, pair_who, pair_which, day, head_count)
    levels = assessed_for_post(dossier, pair_who, posts.family[pair_which])
    gap, _ = official_gap(levels, posts.required[pair_which], posts.official_weight[pair_which])
    rating = rating_of(dossier)[pair_who]

    def spread(values: np.ndarray) -> np.ndarray:
        grid = np.full(who.shape, np.nan)
        grid[is_candidate] = values
        return grid

    head_school = rng.integers(0, people.SCHOOLS, count)
    same_school = crowd.school[pair_who] == head_school[pair_which]
    burden = crowd.woman + knobs.origin_bias * crowd.minority_origin
    panel = decide(
        rng,
        knobs,
        is_candidate=is_candidate,
        papers={
            "gap": spread(gap),
            "rating": spread(rating),
            "seniority": spread(crowd.service_years(day)[pair_who]),
            "education": spread(crowd.education[pair_who]),
            "course": spread(dossier.course[pair_who]),
        },
        fit=spread(logit - found.of("unrecorded")),
        motivation=np.nan_to_num(spread(motivation)),
        burden=np.nan_to_num(spread(burden[pair_who])),
        same_school=np.nan_to_num(spread(same_school)),
    )
    # Where a recommender is followed, the smallest weighted gap of those interviewed is taken.
    advised = np.where(panel.is_interviewed, np.nan_to_num(spread(gap), nan=-1e9), -np.inf)
    is_followed = rng.random(count) < knobs.followed_share
    chosen = np.where(is_followed, advised.argmax(axis=1), panel.chosen)
    appointed = np.zeros(who.shape, dtype=bool)
    appointed[np.arange(count), chosen] = True
    is_appointed = appointed[is_candidate]
    return Sample(
        vacancy=first + pair_which,
        person=crowd.key[pair_who],
        x=x,
        groups=found.groups,
        p=found.probability,
        latent=latent,
        succeeds=succeeds,
        weighted_gap=gap,
        rating=rating,
        woman=crowd.woman[pair_who],
        minority_origin=crowd.minority_origin[pair_who],
        same_school=same_school,
        is_interviewed=panel.is_interviewed[is_candidate],
        is_appointed=is_appointed,
        mean_score=panel.mean_score[is_candidate],
        heard=panel.heard[is_candidate],
        documents=panel.documents[is_candidate],
        standing=panel.standing[is_candidate],
        mean_leniency=panel.leniency.mean(axis=1)[pair_which],
        label=np.where(is_appointed, shadow(rng, knobs, succeeds), np.nan),
        records=records,
    )


def shadow(rng: np.random.Generator, knobs: Knobs, succeeds: np.ndarray) -> np.ndarray:
    """What the file shows within 24 months of those appointed: most failures leave, few others."""
    leaves = np.where(succeeds, knobs.success_broken, knobs.failure_shown)
    return (rng.random(len(succeeds)) >= leaves).astype(np.float64)


def rating_of(dossier: measurement.Dossier) -> np.ndarray:
    """Mean of both ratings over the kept years; NaN where there is none."""
    both = np.concatenate([dossier.results, dossier.behaviour], axis=1)
    known = ~np.isnan(both)
    counted = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    return np.where(known, both, 0.0).sum(axis=1) / counted


def performance_of(
    crowd: People, common: Posts, knobs: Knobs, seed: int, day: int, luck: np.ndarray, year: int
) -> np.ndarray:
    """Performance in the common post of everybody's class and family, standardised by class."""
    rows = crowd.post_class * len(np.unique(common.family)) + crowd.family
    required = structure.required_in(common, knobs, year)
    found = success.effects(
        knobs,
        abilities=people.for_post(crowd.abilities(day), np.arange(len(crowd)), crowd.family),
        conduct=crowd.conduct,
        family_years=crowd.family_years[np.arange(len(crowd)), crowd.family],
        units_served=crowd.units_served,
        motivation=success.motivation(seed, crowd.key, common.key[rows]),
        required=required[rows],
        weight=common.weight[rows],
        post_class=crowd.post_class,
        changing=common.changing[rows],
        difficulty=common.difficulty[rows],
    )
    return within_class(found.logit + luck, crowd.post_class)


def within_class(values: np.ndarray, post_class: np.ndarray) -> np.ndarray:
    """Values standardised among those of the same class; classes of one or two stay at 0."""
    size = np.maximum(np.bincount(post_class), 1)
    mean = np.bincount(post_class, weights=values) / size
    away = values - mean[post_class]
    spread = np.sqrt(np.bincount(post_class, weights=away**2) / size)
    safe = np.where((spread > 0) & (size > 2), spread, np.inf)
    return away / safe[post_class]


def _warmed_up(
    rng: np.random.Generator,
    knobs: Knobs,
    crowd: People,
    quality: np.ndarray,
    year: int,
    seed: int,
) -> tuple[measurement.Dossier, dict[str, np.ndarray]]:
    """A file of four years, and the last year's records with the truth beside them."""
    n = len(crowd)
    dossier = measurement.Dossier.empty(n)
    measurement.first_years(dossier, crowd, rng)
    common = structure.plain_posts(chance.stream(seed, "common posts"), -1000)
    appraiser = crowd.key[0] + crowd.unit * 6 + rng.integers(0, 6, n)
    leniency = chance.normal(seed, "leniency", appraiser)
    present = np.ones(n, dtype=bool)
    for past in range(year - WARM_UP_YEARS, year):
        start = new_year(past)
        performance = performance_of(
            crowd, common, knobs, seed, start, 0.8 * rng.normal(size=n), past
        )
        written = measurement.record_year(
            rng,
            knobs,
            crowd,
            dossier,
            performance=performance,
            leniency=leniency,
            unit_quality=quality[crowd.unit],
            year=past,
            day=start + 180,
            present=present,
        )
        crowd.learn()
    is_assessed = np.zeros(n, dtype=bool)
    is_assessed[written.assessed] = True
    records = {
        "woman": crowd.woman,
        "minority_origin": crowd.minority_origin,
        "performance": performance,
        "leniency": leniency,
        "results_before_rounding": written.results_before_rounding,
        "results": written.results,
        "behaviour": written.behaviour,
        "predicate": written.predicate,
        "is_assessed": is_assessed,
        "unit_quality": quality[crowd.unit],
        "post_class": crowd.post_class,
        "courses": np.bincount(written.trained_who, minlength=n),
    }
    return dossier, records


def _pools(
    rng: np.random.Generator, knobs: Knobs, crowd: People, posts: Posts, pool: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of each post, of the classes that feed it; fewer women where they hold back."""
    count = len(posts)
    size = np.full(count, pool) if pool else pool_sizes(rng, knobs, count)
    who = np.zeros((count, size.max()), dtype=np.int64)
    is_candidate = np.arange(size.max())[None, :] < size[:, None]
    for post_class, feeders in FEEDERS.items():
        rows = np.flatnonzero(posts.post_class == post_class)
        may = np.flatnonzero(np.isin(crowd.post_class, feeders))
        if len(rows) == 0:
            continue
        held = crowd.post_class[may]
        inclined = np.log(inclination(knobs, crowd.woman[may], held, post_class))
        strange = crowd.family[may][None, :] != posts.family[rows][:, None]
        keys = rng.gumbel(size=(len(rows), len(may))) + inclined + np.log(OTHERS_APPLY) * strange
        width = min(size.max(), len(may))
        best = np.argpartition(-keys, width - 1, axis=1)[:, :width]
        who[rows, :width] = may[best]
        is_candidate[rows, width:] = False
    return who, is_candidate


def pool_sizes(rng: np.random.Generator, knobs: Knobs, count: int) -> np.ndarray:
    """How many candidates vacancies have: most have few, some have many."""
    low, high = knobs.pool_low, knobs.pool_high
    return np.round(low * (high / low) ** rng.random(count)).astype(np.int64)


def _joined(parts: list[Sample]) -> Sample:
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Sample.__dataclass_fields__
        if name != "records"
    }
    records = {
        name: np.concatenate([part.records[name] for part in parts]) for name in parts[0].records
    }
    return Sample(**arrays, records=records)
