"""Familiarity: whether people unlike all that a model has learnt from are told apart from others.

The rule that must not break: cases are planted in rows of vacancies that nothing was fitted on and
no limit was set on, and every way of telling people apart may raise as many false alarms.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from sklearn.ensemble import IsolationForest

from models.unfamiliar import FALSE_ALARMS, Unfamiliar
from simulation import chance
from simulation.knobs import Knobs
from simulation.observables import DEFICITS, GAPS, PLACE
from simulation.sampler import Sample, sample
from simulation.vocabulary import POTENTIAL
from training.figures import Figure, figure

VACANCIES: Final = 1200
#: Shares of the vacancies that are learnt from, and that limits are set on; the rest is judged.
LEARNT, LIMITED = 0.5, 0.25
CAUGHT, ALARMS = ">= 0.9", "<= 0.02"
TREES: Final = 200
#: Points to a level, where levels of 1 to 5 are told out of 100.
POINTS: Final = 20.0

#: A matrix in the order of `simulation.observables`, one row a pair; NaN where missing.
Rows = np.ndarray
Plant = Callable[[Rows, np.random.Generator], Rows]
Alarm = Callable[[Rows], np.ndarray]


def familiarity_figures(knobs: Knobs, seed: int) -> list[Figure]:
    """Share of planted cases that are caught, case by case, and of false alarms.

    Parameters
    ----------
    knobs : Knobs
    seed : int

    Returns
    -------
    list of Figure
        `familiarity.{kind}.{case}.caught`; their mean `familiarity.{kind}.caught`; the mean of
        those `familiarity.caught`; and `familiarity.false_alarms`. The means under
        `familiarity.appointed_only` are of what was learnt from those appointed instead of all
        interviewed, those under `familiarity.isolation_forest` of scikit-learn's forest.
    """
    drawn = sample(knobs, seed, VACANCIES)
    rng = chance.stream(seed, "familiarity")
    part = rng.random(drawn.n_vacancies)[drawn.vacancy]
    rows = drawn.x.astype(np.float64)
    of_family = rows[:, PLACE["post_family"]]
    is_new = of_family == rng.choice(np.unique(of_family))
    judged = (part >= LEARNT + LIMITED) & ~is_new
    cases = {"new_family": {"posts": rows[(part >= LEARNT + LIMITED) & is_new]}}
    for kind, plants in PLANTS.items():
        cases[kind] = {name: plant(rows[judged], rng) for name, plant in plants.items()}
    figures = []
    for name, alarm in _alarms(drawn, rows, part, is_new, seed).items():
        is_ours = name == "familiarity"
        figures += _caught(name, alarm, cases, is_ours=is_ours)
        alarms = float(alarm(rows[judged]).mean())
        figures.append(figure(f"{name}.false_alarms", alarms, bound=ALARMS if is_ours else None))
    return figures


def _alarms(
    drawn: Sample, rows: Rows, part: np.ndarray, is_new: np.ndarray, seed: int
) -> Mapping[str, Alarm]:
    """Ways to tell who is unfamiliar, fitted on earlier vacancies without the new family."""
    learnt = (part < LEARNT) & ~is_new
    interviewed, appointed = learnt & drawn.is_interviewed, learnt & drawn.is_appointed
    limited = rows[(part >= LEARNT) & (part < LEARNT + LIMITED) & ~is_new]
    names = (PLACE["post_family"],)
    alarms: dict[str, Alarm] = {}
    for name, of in (("familiarity", interviewed), ("familiarity.appointed_only", appointed)):
        fitted = Unfamiliar.fit(rows[of], limited, categories=names)
        alarms[name] = lambda X, fitted=fitted: fitted.judge(X).is_unfamiliar
    alarms["familiarity.isolation_forest"] = _isolation_forest(rows[interviewed], limited, seed)
    return alarms


def _isolation_forest(X: Rows, limited: Rows, seed: int) -> Alarm:
    """scikit-learn's forest on the same rows, the mean in the place of what is missing."""
    means = np.nanmean(X, axis=0)

    def filled(rows: Rows) -> Rows:
        return np.where(np.isnan(rows), means, rows)

    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(filled(X))
    limit = np.quantile(-forest.score_samples(filled(limited)), 1 - FALSE_ALARMS)
    return lambda rows: -forest.score_samples(filled(rows)) > limit


def _caught(
    name: str, alarm: Alarm, cases: Mapping[str, Mapping[str, Rows]], *, is_ours: bool
) -> list[Figure]:
    """Shares caught: of each case where the way is ours, of each kind, and in all."""
    figures, kinds = [], []
    for kind, of_kind in cases.items():
        shares = {case: float(alarm(rows).mean()) for case, rows in of_kind.items()}
        if is_ours and len(shares) > 1:
            figures += [figure(f"{name}.{kind}.{k}.caught", v) for k, v in shares.items()]
        kinds.append(float(np.mean(list(shares.values()))))
        figures.append(figure(f"{name}.{kind}.caught", kinds[-1]))
    bound = CAUGHT if is_ours else None
    return [*figures, figure(f"{name}.caught", float(np.mean(kinds)), bound=bound)]


def _with(rows: Rows, **columns: np.ndarray | float) -> Rows:
    told = rows.copy()
    for name, values in columns.items():
        told[:, PLACE[name]] = values
    return told


def _of(rows: Rows, name: str) -> np.ndarray:
    return rows[:, PLACE[name]]


def _known(rows: Rows, name: str) -> Rows:
    return rows[~np.isnan(_of(rows, name))]


def _best_without_service(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Assessed at the highest levels anywhere, on the first day of service."""
    told = _with(_known(rows, "weighted_gap"), service_years=0, class_years=0, family_years=0)
    for name in (*GAPS, *DEFICITS, "weighted_gap", "worst_critical_gap"):
        told[:, PLACE[name]] = np.nanmax(rows[:, PLACE[name]])
    return told


def _longer_in_class(rows: Rows, rng: np.random.Generator) -> Rows:
    """Longer in the class than in service, both figures ordinary ones."""
    service, more = rng.uniform(6, 12, len(rows)), rng.uniform(5, 12, len(rows))
    years = np.minimum(_of(rows, "family_years"), service)
    return _with(rows, service_years=service, class_years=service + more, family_years=years)


def _longer_in_family(rows: Rows, rng: np.random.Generator) -> Rows:
    """Longer in the family of the post than in service."""
    years = _of(rows, "service_years") + rng.uniform(5, 12, len(rows))
    return _with(rows, family_years=np.minimum(years, np.nanmax(_of(rows, "family_years"))))


def _rank_of_another_class(rows: Rows, _rng: np.random.Generator) -> Rows:
    """The highest rank in the lower classes, the lowest in the higher ones."""
    rank = _of(rows, "rank")
    is_low = _of(rows, "level") <= np.median(_of(rows, "level"))
    return _with(rows, rank=np.where(is_low, rank.max(), rank.min()))


def _above_in_no_year(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Rated above expectation every year, and above it in no year."""
    return _with(rows, results_mean=3, behaviour_mean=3, years_above=0)


def _levels_of_100(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Assessed levels told out of 100, requirements out of 5."""
    told = _known(rows, "weighted_gap").copy()
    asked = _of(told, "post_level")
    for name in GAPS:
        told[:, PLACE[name]] = (_of(told, name) + asked) * POINTS - asked
    return told


def _potential_of_100(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Aspects of potential told out of 100."""
    told = _known(rows, f"potential_{POTENTIAL[0]}").copy()
    for name in POTENTIAL:
        told[:, PLACE[f"potential_{name}"]] *= POINTS
    return told


def _doubled_ratings(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Ratings of results and behaviour doubled."""
    told = _known(rows, "results_mean")
    doubled = {name: 2 * _of(told, name) for name in ("results_mean", "behaviour_mean")}
    return _with(told, **doubled)


def _doubled_feedback(rows: Rows, _rng: np.random.Generator) -> Rows:
    """Feedback of colleagues doubled."""
    told = _known(rows, "feedback")
    return _with(told, feedback=2 * _of(told, "feedback"))


PLANTS: Final[Mapping[str, Mapping[str, Plant]]] = {
    "impossible": {
        "best_without_service": _best_without_service,
        "longer_in_class": _longer_in_class,
        "longer_in_family": _longer_in_family,
        "rank_of_another_class": _rank_of_another_class,
        "above_in_no_year": _above_in_no_year,
    },
    "shifted": {
        "levels_of_100": _levels_of_100,
        "potential_of_100": _potential_of_100,
        "doubled_ratings": _doubled_ratings,
        "doubled_feedback": _doubled_feedback,
    },
}
