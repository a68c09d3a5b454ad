"""Horizon: whether people became ready as often as the model had said, within one, two, five years.

The rule that must not break: the model sees what files show and days of decisions; who the test
people are, and all their later years, it has never seen. The truth enters as the talent board's
decision only: on 1 January a board finds somebody ready for the next class.

A ministry is let run for some years before its record counts, so that files are as full as they
get; then twelve years are learnt from, and people who were left out are followed for five more.
All years lie before the reorganisation of 2021.
"""

from datetime import date
from typing import Final

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.bands import BANDS, band_of, band_probabilities
from models.hazards import HazardSettings
from models.horizon import CENSORED, READY, YEARS, FollowUps, Horizon, HorizonSettings
from simulation.agency import Agency, simulate
from simulation.days import month_after
from simulation.knobs import Knobs
from simulation.vocabulary import FEEDERS, RETIREMENT_AGE
from training.figures import Figure, figure
from training.horizons import (
    calibration_error,
    closing_a_year,
    follow_ups,
    whole_years,
    years_ahead,
)

#: First simulated year, those that are learnt from, those whose people are foretold, the last one.
BEGINS, LEARNT, FORETOLD, ENDS = 1998, range(2002, 2014), (2014, 2016), 2021
#: The year in which as many people are in service as are to be learnt from.
MIDWAY: Final = 2008
#: How many times as large the whole ministry is at first.
TIMES: Final = 5
HORIZONS: Final = (1, 2, 5)
BINS: Final = 15
BOUND: Final = "<= 0.02"
#: Within-one-band agreement that is aimed at has no bound: it is limited by what files show.
GAP: Final = "gap"
CLOCKS: Final = ("class_years", "family_years", "service_years", "assessment_years")
COLUMNS: Final = (
    GAP,
    "worst_critical_gap",
    "coverage",
    "assessment_years",
    "by_centre",
    "gap_teknis",
    "deficit_teknis",
    "gap_mengelola_perubahan",
    "gap_literasi_digital",
    "gap_berpikir_analitis",
    "gap_pengambilan_keputusan",
    "potential_mean",
    "results_mean",
    "behaviour_mean",
    "years_above",
    "feedback",
    "hours",
    "course",
    "awards",
    "assignments",
    "sanctioned",
    "education",
    "field_fits",
    "service_years",
    "class_years",
    "family_years",
    "units_served",
    "rank",
    "level",
    "post_level",
    "changing",
    "post_family",
)
SETTINGS: Final = HazardSettings(learning_rate=0.15, most_trees=160, folds=3)
LEAVING: Final = HazardSettings(
    learning_rate=0.1, most_trees=60, leaves=4, min_leaf_rows=200, folds=3
)
_NEVER: Final = np.datetime64("NaT", "D")


def horizon_figures(knobs: Knobs, seed: int) -> list[Figure]:
    """How far the chance of becoming ready is from what happened, over people not learnt from.

    Parameters
    ----------
    knobs : Knobs
        Of the preset; learnt from are as many people as an agency of its size has in service, and
        those who came and went.
    seed : int

    Returns
    -------
    list of Figure
        `horizon.cif_ece_1`, `_2` and `_5`: expected calibration error of the cumulative incidence,
        15 bins of equal mass, bound; `horizon.cif_bias_…`: mean chance less the share that became
        ready; `horizon.chance_ece_…`: what the error would be if every chance were true, since
        outcomes are few; `horizon.naive_ece_…`: of a classifier for each horizon that leaves out
        whoever was not watched to the end of it; `horizon.within_one_band`, `horizon.same_band`:
        share of people whose band is that of what happened; `horizon.people`, all who are learnt
        from, and `horizon.foretold`, all who are foretold.
    """
    agency = simulate(
        knobs.changed(people=TIMES * knobs.people, first_year=BEGINS, years=ENDS - BEGINS + 1),
        seed,
        papers_of=(*LEARNT, *FORETOLD),
    )
    rows = _followed(agency)
    cut = date(FORETOLD[0], 1, 1)
    until = pd.Timestamp(cut)
    before = rows[rows["as_of"] < until]
    people = np.sort(before["person_id"].unique())
    boards = agency.truth["hazards"]
    share = knobs.people / (boards["year"] == MIDWAY).sum()
    dealt = np.random.default_rng(seed).permutation(people)[: round(share * len(people))]
    is_learnt = rows["person_id"].isin(dealt)
    learnt = rows[is_learnt & (rows["as_of"] < until)]
    told = rows[~is_learnt & (rows["as_of"] >= until) & ~(rows["ready_on"] <= rows["as_of"])]
    record = follow_ups(learnt, list(COLUMNS), cut)
    settings = HorizonSettings(
        GAP, closing_a_year(learnt, GAP), CLOCKS, ready=SETTINGS, leaving=LEAVING
    )
    model = Horizon.fit(record, settings)
    figures = _judged(model, record, told)
    figures.append(figure("horizon.people", len(dealt), unit="people"))
    return [*figures, figure("horizon.foretold", told["person_id"].nunique(), unit="people")]


def _judged(model: Horizon, record: FollowUps, told: pd.DataFrame) -> list[Figure]:
    as_of, ready_on = _days(told["as_of"]), _days(told["ready_on"])
    is_first = ~(_days(told["left_on"]) < ready_on)
    happened = np.where(is_first, years_ahead(as_of, ready_on), np.nan)
    # Boards meet on 1 January: in a year that retirement cuts short none is left.
    boards = whole_years(as_of, _days(told["retires_on"])).astype(np.float64)
    found = model.incidence(told, boards)
    rng = np.random.default_rng(0)
    rows = []
    for years in HORIZONS:
        chance, is_ready = found.ready[:, years - 1], happened <= years
        if_true = np.mean(
            [calibration_error(chance, rng.random(len(chance)) < chance, BINS) for _n in range(10)]
        )
        naive = calibration_error(_naive(record, told, years), is_ready, BINS)
        rows += [
            figure(f"horizon.cif_ece_{years}", _off(chance, is_ready), bound=BOUND),
            figure(f"horizon.cif_bias_{years}", float(chance.mean() - is_ready.mean())),
            figure(f"horizon.chance_ece_{years}", float(if_true)),
            figure(f"horizon.naive_ece_{years}", naive),
        ]
    bands = band_of(band_probabilities(found.ready, np.zeros(len(told), dtype=bool)))
    truth = np.select([happened <= 2, happened <= YEARS], [1, 2], default=len(BANDS) - 1)
    off = np.abs(bands - truth)
    rows.append(figure("horizon.within_one_band", float((off <= 1).mean())))
    return [*rows, figure("horizon.same_band", float((off == 0).mean()))]


def _off(chance: np.ndarray, happened: np.ndarray) -> float:
    return calibration_error(chance, happened, BINS)


def _naive(record: FollowUps, told: pd.DataFrame, years: int) -> np.ndarray:
    """A classifier of *ready within so many years*, of those watched to the end of them alone."""
    is_over = (record.outcome != CENSORED) | (record.years >= years)
    y = (record.outcome == READY) & (record.years <= years)
    parameters = {
        "objective": "binary",
        "num_leaves": SETTINGS.leaves,
        "learning_rate": SETTINGS.learning_rate,
        "min_data_in_leaf": SETTINGS.min_leaf_rows,
        "lambda_l2": SETTINGS.leaf_l2,
        "seed": SETTINGS.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    columns = list(COLUMNS)
    data = lgb.Dataset(record.X.loc[is_over, columns].to_numpy(), label=y[is_over].astype(int))
    grown = lgb.train(parameters, data, num_boost_round=100)
    return np.asarray(grown.predict(told[columns].to_numpy()))


def _followed(agency: Agency) -> pd.DataFrame:
    """Files of people on 1 January of each year, and the days on which something became of them."""
    n, years = len(agency.people), np.arange(BEGINS, ENDS + 1)
    days = np.array([np.datetime64(f"{year}-01-01") for year in years])
    is_ready, target = np.zeros((n, len(years)), bool), np.full((n, len(years)), -1, dtype="int8")
    boards = agency.truth["hazards"]
    boards = boards[boards["is_ready"] == 1]
    is_ready[boards["person"], boards["year"] - BEGINS] = True
    above = _next_class()
    for year, state in agency.states.items():
        target[: len(state["post_class"]), year - BEGINS] = above[state["post_class"]]
    left = _as_days(agency.people["left"].to_numpy())
    born = agency.tables["person"]["born"].to_numpy()
    ages = np.asarray(RETIREMENT_AGE)
    rows = []
    for year, papers in agency.papers.items():
        at, who = year - BEGINS, papers["person"].to_numpy()
        later = slice(at + 1, None)
        in_service = ~(left[who][:, None] < days[later])
        has_moved = in_service & (target[who, later] != target[who, at][:, None])
        held = agency.states[year]["post_class"][who]
        retires = month_after(born[who], ages[held])
        retires_on = _as_days(retires) - np.timedelta64(1, "D")
        leaves = np.where(agency.people["left"].to_numpy()[who] >= retires - 1, _NEVER, left[who])
        found = _first(is_ready[who, later] & ~has_moved, days[later])
        rows.append(
            papers[[name for name in COLUMNS if name in papers]].assign(
                person_id=who,
                as_of=pd.Timestamp(year, 1, 1),
                gap=-papers["weighted_gap"],
                potential_mean=papers.filter(like="potential_").mean(axis=1),
                ready_on=np.where(is_ready[who, at], days[at], found),
                left_on=np.fmin(leaves, _first(has_moved, days[later])),
                retires_on=retires_on,
            )
        )
    return pd.concat(rows, ignore_index=True)


def _next_class() -> np.ndarray:
    """For each class the one that it feeds, -1 for none."""
    above = np.full(len(RETIREMENT_AGE), -1, dtype="int8")
    for target, feeders in FEEDERS.items():
        above[list(feeders)] = target
    return above


def _first(has_happened: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The first day of each row on which it had; NaT for none."""
    first = days[has_happened.argmax(axis=1)]
    return np.where(has_happened.any(axis=1), first, _NEVER)


def _as_days(numbers: np.ndarray) -> np.ndarray:
    days = np.asarray(numbers, dtype=np.int64).astype("datetime64[D]")
    return np.where(numbers < 0, _NEVER, days)


def _days(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")
