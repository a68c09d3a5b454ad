"""Calibration against known truth: whether a probability is one, for everybody who might be named.

The rule that must not break: the truth is that of all candidates of a vacancy, never that of the
appointed, whom panels chose; and where selection is not identified no single number is judged.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import logit

from models.boosted import Boosted, BoostingSettings
from models.columns import Columns
from models.misclassified import regress
from models.odds_bounds import ODDS_RATIOS
from simulation import bounds
from simulation.knobs import Knobs
from simulation.observables import NAMES
from simulation.sampler import Sample
from training.figures import Figure, figure
from training.protocol.ranking import SHOWN, Judged, Tried, ranking_figures
from training.protocol.vacancies import HONEST, Drawn, Sizes, Targets, on_record

COVERAGE: Final = 0.9
BINS: Final = 15
#: What is written over where it is missing, to see whether missing is taken for nothing.
ASSESSED: Final = tuple(name for name in NAMES if name.startswith(("gap_", "deficit_")))


def calibration_figures(found: Tried, seed: int) -> list[Figure]:
    """Whether probabilities and sets hold for all candidates of the trial.

    Returns
    -------
    list of Figure
        Of models with so many labels: `ece_all_{labels}`, `ece_top5_{labels}` and
        `bias_top5_{labels}` (signed, of those shown); of the one with most: `coverage`,
        `coverage_{class}`, `coverage_{group}` of sets at 90 %, `missing_moves`, and what the model
        says of selection. Where selection is not identified: `bins_within_bounds` at the odds ratio
        of the truth, `odds_ratio`, and no coverage.
    """
    trial, rows = found.trial, []
    for count in found.models:
        rows += errors(found, count, seed)
    most = max(found.models)
    model, told = found.models[most], found.probability(most)
    rows.append(figure("missing_moves", _missing_moves(found, most)))
    for kind in ("recorded", "ignorable", "not identified"):
        says = float(model.selection_ == kind)
        rows.append(figure(f"says_{kind.replace(' ', '_')}", says, unit="yes/no"))
    if model.selection_ == "not identified":
        return [*rows, *_bounds(found, told)]
    return [*rows, *coverage(trial, *model.predict_set(found.table, COVERAGE))]


def errors(found: Judged, count: int, seed: int) -> list[Figure]:
    """How far probabilities of models with so many labels are from the truth."""
    trial, told = found.trial, found.probability(count)
    shown = bounds.ranked(found.order(count), trial, seed) < SHOWN
    return [
        figure(f"ece_all_{count}", bounds.calibration_error(told, trial.p)),
        figure(f"ece_top5_{count}", bounds.calibration_error(told[shown], trial.p[shown])),
        figure(f"bias_top5_{count}", float((told - trial.p)[shown].mean())),
    ]


def coverage(trial: Sample, may_fail: np.ndarray, may_succeed: np.ndarray) -> list[Figure]:
    """How often sets hold what would happen, of everybody and of each outcome and group."""
    covered = np.where(trial.succeeds, may_succeed, may_fail)
    of = {
        "coverage": np.ones(len(covered), dtype=bool),
        "coverage_success": trial.succeeds,
        "coverage_failure": ~trial.succeeds,
        "coverage_women": trial.woman == 1,
        "coverage_men": trial.woman == 0,
        "coverage_minority": trial.minority_origin == 1,
    }
    single = (may_fail != may_succeed).mean()
    return [
        *(figure(name, float(covered[rows].mean()), unit="share") for name, rows in of.items()),
        figure("sets_of_one", float(single), unit="share"),
    ]


def plain_figures(given: Drawn, sizes: Sizes, seed: int, threads: int = 1) -> list[Figure]:
    """A plain success model of the appointed, scores left out although they are recorded.

    Returns
    -------
    list of Figure
        `plain.ndcg5_share_{labels}`, `plain.ece_all_{labels}` and what else there is of models of
        each size, `plain.coverage…` of the largest, and `plain.says_ignorable`.
    """
    found = Tried(given, sizes, replace(HONEST, targets=_appointed_only), threads)
    rows = [*ranking_figures(found, seed), *calibration_figures(found, seed)]
    sized = tuple(f"_{count}" for count in found.models)
    return [
        replace(one, name=f"plain.{one.name}")
        for one in rows
        if one.name.endswith(sized) or one.name.startswith(("coverage", "says_"))
    ]


def _appointed_only(past: Sample, _knobs: Knobs) -> Targets:
    return Targets(past.is_appointed, past.label[past.is_appointed], None)


def _missing_moves(found: Tried, count: int) -> float:
    """How far the estimates of those never assessed move when gaps of nought are written in.

    A model that takes missing for nothing does not tell the two apart: 0.
    """
    bare = np.isnan(found.trial.x[:, [NAMES.index(name) for name in ASSESSED]]).all(axis=1)
    rows = found.trial.x[bare]
    written = rows.copy()
    for name in (*ASSESSED, "weighted_gap", "worst_critical_gap"):
        column = written[:, NAMES.index(name)]
        column[np.isnan(column)] = 0.0
    told, instead = (
        found.procedure.probability(found.models[count], found.procedure.on_record(x))
        for x in (rows, written)
    )
    return float(np.abs(told - instead).mean())


def _bounds(found: Tried, told: np.ndarray) -> list[Figure]:
    """Whether the truth of each bin lies inside the bounds, at the odds ratio that is true."""
    trial = found.trial
    appointed = _propensity(found.past, trial)
    true_ratio = odds_ratio(told, trial)
    listed = min((one for one in ODDS_RATIOS if one >= true_ratio), default=ODDS_RATIOS[-1])
    model = found.models[max(found.models)]
    (bound,) = (one for one in model.bounds(found.table, appointed) if one.odds_ratio == listed)
    order = np.argsort(told, kind="stable")
    inside = [
        bound.low[rows].mean() <= trial.p[rows].mean() <= bound.high[rows].mean()
        for rows in np.array_split(order, BINS)
    ]
    return [
        figure("bins_within_bounds", float(np.mean(inside)), unit="share"),
        figure("odds_ratio_true", true_ratio),
        figure("odds_ratio_listed", listed),
        figure("width_of_bounds", float((bound.high - bound.low).mean())),
    ]


def odds_ratio(told: np.ndarray, trial: Sample) -> float:
    """True odds of success of the appointed over those of others with the same estimate."""
    z = logit(np.clip(told, 1e-6, 1 - 1e-6))
    design = np.column_stack([np.ones(len(z)), z, z**2, trial.is_appointed])
    fitted = regress(design, trial.succeeds.astype(float), penalty=np.full(4, 1e-6))
    return float(np.exp(fitted[3]))


def _propensity(past: Sample, trial: Sample) -> np.ndarray:
    """How likely panels appoint somebody with such a record; for bounds, and it ranks nobody."""
    table = on_record(past.x)
    columns = Columns.fit(table)
    fitted = Boosted.fit(
        columns.matrix(table), past.is_appointed.astype(float),
        n_trees=100, settings=BoostingSettings(), catalogue=columns.catalogue,
    )  # fmt: skip
    z = fitted.logit(columns.matrix(on_record(trial.x)))
    return 1 / (1 + np.exp(-z))
