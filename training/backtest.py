"""The backtest: what the models would have said, origin by origin, of what then happened.

The rule that must not break: at each origin a model knows what had been recorded by that day and
nothing else; readiness and propensity are measured side by side and never mixed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import FeatureQuery
from features.errors import DateError, LabelError
from features.evidence import recorded_between
from features.settings import Settings
from features.storage import current_snapshot
from features.tables.record import Record
from models.readiness import CLAIM_FAILURES, CLAIM_SUCCESSES, ReadinessModel, ReadinessSettings
from models.selection import Propensity
from training.cohorts import Decisions, Pools, matured, pools
from training.dataset import reshuffle
from training.evaluate import (
    last_place,
    mean_with_interval,
    placing,
    probability_measures,
    share_of_first,
)
from training.figures import Figure, figure, with_bounds, write_text
from training.moves import choices, frozen_file, move_figures
from training.optimism import optimism_figures
from training.splits import Origin, default_first_year, require_apart, within, yearly_origins

POPULARITY_YEARS = 6
MEASURES = ("mrr", "hit5", "hit10")
BASELINES = ("popularity", "seniority", "random")
METHODS = ("propensity", "readiness", *BASELINES)

Progress = Callable[[str], None]


def run(
    settings: Settings,
    say: Progress,
    *,
    first_year: int | None = None,
    as_of: date | None = None,
    search: bool = False,
) -> list[Figure]:
    """All figures of the backtest of the snapshot in force.

    Parameters
    ----------
    first_year : int, optional
        The first year that is tested; the mapping's, or one chosen by the data, if left out.
    as_of : date, optional
        Everything recorded later is blanked first: the backtest as it would have come out then.
    search : bool
        Whether the settings of the career moves are chosen anew, on the years before only.

    Raises
    ------
    DateError
        If nothing happened from the first year on.
    """
    snapshot = current_snapshot(settings.home)
    record, mapping = snapshot.record(), snapshot.mapping
    if as_of is not None:
        record = record.blanked(ibis.literal(as_of))
    days = pd.to_datetime(record.table("appointment").start_on.to_pandas())
    year = first_year or mapping.backtest.first_year or default_first_year(days)
    if days.dt.year.max() < year:
        raise DateError(
            "no appointment begins from then on",
            where=f"first year {year}",
            expected=f"a year up to {days.dt.year.max()}",
        )
    chosen = choices(record, mapping.agency, year, search=search)
    for kind, choice in chosen.items():
        say(f"career moves by {kind}: settings {choice.origin}, digest {choice.digest}")
    found = chosen["short_name"]
    if search:
        kept = write_text(found.text, settings.home, "career_moves_settings")
        say(f"to freeze them, copy {kept} to {frozen_file(mapping.agency)}")
    say("features of all decisions and pools")
    given = evidence(record, mapping, _last_known(record, as_of))
    figures = [
        *move_figures(record, chosen, year),
        *vacancy_figures(given, year, say, threads=settings.threads),
    ]
    # Bounds are promised of the whole record from the mapping's own first year on.
    is_whole = as_of is None and first_year is None
    return with_bounds(figures, mapping.backtest.bounds) if is_whole else figures


@dataclass(frozen=True)
class Evidence:
    """Everything that the origins share: decisions, pools and their features.

    Features are as of each decision's eve, so one frame serves every origin; outcomes are not, and
    are read anew at each.
    """

    mapping: Mapping
    known_on: Callable[[date], pd.DataFrame]
    decisions: pd.DataFrame
    decision_features: pd.DataFrame
    pools: Pools
    pool_features: pd.DataFrame


def _last_known(record: Record, as_of: date | None) -> date:
    """The day up to which outcomes are read.

    What is announced for later is known and has not happened: nobody has stayed in a post until
    then.
    """
    recorded = recorded_between(record)
    newest = recorded[1] if recorded else date.min
    return newest if as_of is None else min(newest, as_of)


def evidence(record: Record, mapping: Mapping, last_on: date) -> Evidence:
    """Collect all decisions of the record up to a day, and compute their features once."""
    known_on = Decisions(record, mapping).known_on
    decisions = known_on(last_on)
    filled = pools(record, mapping, decisions)
    query = FeatureQuery(record)
    return Evidence(
        mapping=mapping,
        known_on=known_on,
        decisions=decisions,
        decision_features=query.frame(decisions),
        pools=filled,
        pool_features=query.frame(filled.candidates),
    )


def vacancy_figures(
    given: Evidence, first_year: int, say: Progress, *, threads: int = 1
) -> list[Figure]:
    """Where the person really appointed stood in the pool, and how good readiness was.

    Returns
    -------
    list of Figure
        ``vacancies.*`` and ``readiness.*``; see the method guide for each.
    """
    placings, predictions = [], []
    for origin in yearly_origins(given.decisions["decided_on"], first_year):
        say(f"origin {origin.on}")
        readiness, base_rate = _readiness_at(given, origin)
        propensity = _propensity_at(given, origin, threads)
        placings.append(_placings(given, origin, readiness, propensity))
        predictions.append(_predictions(given, origin, readiness, base_rate))
    predicted = pd.concat(predictions, ignore_index=True)
    say("the same labels, split at random")
    return [
        *_ranking_figures(pd.concat(placings, ignore_index=True)),
        *_readiness_figures(predicted),
        *_optimism_figures(given, predicted),
    ]


def _optimism_figures(given: Evidence, predicted: pd.DataFrame) -> list[Figure]:
    labels = matured(given.decisions)
    features = given.decision_features.set_axis(given.decisions["appointment_id"])
    return optimism_figures(predicted, labels, features.loc[labels["appointment_id"]])


def _readiness_at(given: Evidence, origin: Origin) -> tuple[ReadinessModel, float]:
    known = matured(given.known_on(origin.on))
    rows = given.decisions.set_index("appointment_id", drop=False)
    tested = rows[within(rows["decided_on"], origin)]
    require_apart(rows.loc[known["appointment_id"]], tested, origin)
    features = given.decision_features.set_axis(given.decisions["appointment_id"])
    X = features.loc[known["appointment_id"]].reset_index(drop=True)
    try:
        model = ReadinessModel.fit(
            X,
            known["success"],
            groups=reshuffle(known),
            day=known["decided_on"],
            settings=ReadinessSettings(tells_uncertainty=False),
        )
    except LabelError as error:
        raise LabelError(
            f"readiness cannot be learnt: {error.what}",
            where=f"origin {origin.on}",
            expected=error.expected,
            remedy="begin in a later year (--from-year), or with a longer record",
        ) from error
    return model, float(known["success"].mean())


def _propensity_at(given: Evidence, origin: Origin, threads: int) -> Propensity | None:
    """Propensity as it could be known by then; None where no choice is there to imitate."""
    # Known is who was chosen only once the choice took effect, not on the day that it was made.
    lead = pd.Timedelta(days=given.mapping.vacancies.decided_days_before - 1)
    past = (given.pools.candidates["on"] + lead < pd.Timestamp(origin.on)).to_numpy()
    rows = given.pools.candidates[past]
    if not rows["is_appointed"].any():
        return None
    return Propensity.fit(
        given.pool_features[past],
        rows["is_appointed"],
        vacancy=rows["vacancy_id"],
        num_threads=threads,
    )


def _placings(
    given: Evidence, origin: Origin, readiness: ReadinessModel, propensity: Propensity | None
) -> pd.DataFrame:
    """One row a vacancy and method: the placing of the person appointed."""
    vacancies = given.pools.vacancies[within(given.pools.vacancies["on"], origin)]
    inside = within(given.pools.candidates["on"], origin).to_numpy()
    candidates, X = given.pools.candidates[inside], given.pool_features[inside]
    if candidates.empty:
        scores = pd.DataFrame(columns=[*METHODS])
    else:
        scores = pd.DataFrame(
            {
                "propensity": propensity.score(X) if propensity else np.zeros(len(X)),
                "readiness": readiness.logit(X),
                "popularity": _recent_starts(given.decisions, candidates),
                "seniority": _seniority(X),
                # One number for all: the measures then are those of a random order.
                "random": np.zeros(len(X)),
            },
            index=candidates.index,
        )
    of_vacancy = candidates.groupby("vacancy_id").groups
    in_post = X["is_in_post"].set_axis(candidates.index)
    rows = []
    for vacancy in vacancies.itertuples():
        members = of_vacancy.get(vacancy.vacancy_id, pd.Index([]))
        is_target = candidates.loc[members, "is_appointed"].to_numpy(dtype=bool)
        for method in METHODS:
            place = (
                placing(scores.loc[members, method].to_numpy(), is_target)
                if is_target.any()
                else last_place(len(members))
            )
            score = scores.loc[members, method].to_numpy()
            rows.append(
                {
                    "method": method,
                    "day": vacancy.on,
                    "reachable": bool(is_target.any()),
                    "first10_in_post": share_of_first(score, in_post.loc[members].to_numpy()),
                    **place,
                }
            )
    return pd.DataFrame(rows)


def _recent_starts(decisions: pd.DataFrame, candidates: pd.DataFrame) -> np.ndarray:
    """How many appointments each candidate began in the years before the vacancy."""
    starts = candidates[["person_id", "on"]].reset_index()
    starts = starts.merge(decisions[["person_id", "start_on"]], on="person_id")
    oldest = starts["on"] - pd.DateOffset(years=POPULARITY_YEARS)
    recent = starts[(starts["start_on"] < starts["on"]) & (starts["start_on"] >= oldest)]
    return recent.groupby("index").size().reindex(candidates.index, fill_value=0).to_numpy()


def _seniority(X: pd.DataFrame) -> np.ndarray:
    """Highest class ever held, then years in service."""
    return np.asarray(X["highest_step"].fillna(0) * 1000 + X["years_in_service"])


def _predictions(
    given: Evidence, origin: Origin, readiness: ReadinessModel, base_rate: float
) -> pd.DataFrame:
    """Predicted and known success of the decisions of one test period, rankable people only."""
    inside = within(given.decisions["decided_on"], origin)
    inside &= (given.decisions["state"] == "matured") & (given.decisions["kind"] == "definitive")
    inside &= given.decisions["is_rankable"]
    rows, X = given.decisions[inside], given.decision_features[inside.to_numpy()]
    return pd.DataFrame(
        {
            "appointment_id": rows["appointment_id"].to_numpy(),
            "success": rows["success"].to_numpy(),
            "probability": readiness.probability(X) if len(X) else [],
            "base_rate": base_rate,
            "origin": origin.on.year,
            "day": rows["decided_on"].to_numpy(),
            "is_strategic": rows["post_class"].isin(given.mapping.vacancies.classes).to_numpy(),
        }
    )


def _ranking_figures(rows: pd.DataFrame) -> list[Figure]:
    # Without any vacancy the rows have no columns.
    reachable = rows if rows.empty else rows[rows["reachable"]]
    n, n_reachable = len(rows) // len(METHODS), len(reachable) // len(METHODS)
    figures = [
        figure("vacancies.n", n, unit="vacancies"),
        figure("vacancies.unreachable", n - n_reachable, unit="vacancies"),
    ]
    for prefix, part in (("vacancies", rows), ("vacancies.reachable", reachable)):
        if part.empty:
            continue
        for method in METHODS:
            placed = part[part["method"] == method]
            for measure in MEASURES:
                value, interval = mean_with_interval(placed[measure], placed["day"])
                figures.append(figure(f"{prefix}.{method}.{measure}", value, interval))
            if prefix == "vacancies":
                placed = placed[placed["first10_in_post"].notna()]
                share = mean_with_interval(placed["first10_in_post"], placed["day"])
                figures.append(figure(f"{prefix}.{method}.first10_in_post", *share))
        figures += list(_gains(part, prefix))
    return figures


def _gains(rows: pd.DataFrame, prefix: str) -> Iterator[Figure]:
    """By how much propensity beats each baseline, vacancy by vacancy."""
    of_method = {name: part.reset_index(drop=True) for name, part in rows.groupby("method")}
    for baseline in BASELINES:
        gain = of_method["propensity"]["mrr"] - of_method[baseline]["mrr"]
        value, interval = mean_with_interval(gain, of_method[baseline]["day"])
        name = f"{prefix}.propensity_over_{baseline}.mrr"
        yield figure(name, value, interval)


def _readiness_figures(rows: pd.DataFrame) -> list[Figure]:
    figures = []
    for prefix, part in (
        ("readiness", rows),
        ("readiness.strategic", rows[rows["is_strategic"]].reset_index(drop=True)),
    ):
        n_failures = int((part["success"] == 0).sum())
        figures.append(figure(f"{prefix}.n", len(part), unit="appointments"))
        figures.append(figure(f"{prefix}.n_failures", n_failures, unit="appointments"))
        measured = probability_measures(part)
        if measured:
            base = measured.log_loss_base_rate
            figures += [
                figure(f"{prefix}.success_rate", *measured.success_rate),
                figure(f"{prefix}.mean_probability", measured.mean_probability),
                figure(f"{prefix}.log_loss", *measured.log_loss),
                figure(f"{prefix}.log_loss_base_rate", base),
                figure(f"{prefix}.log_loss_gain", *measured.log_loss_gain),
                figure(f"{prefix}.auc", *measured.auc),
                figure(f"{prefix}.auc_within_origin", *measured.auc_within_origin),
                figure(f"{prefix}.calibration_slope", *measured.calibration_slope),
                figure(f"{prefix}.calibration_in_the_large", *measured.calibration_in_the_large),
            ]
        n_successes = len(part) - n_failures
        is_enough = n_failures >= CLAIM_FAILURES and n_successes >= CLAIM_SUCCESSES
        claim = float(is_enough and measured is not None and measured.is_compatible_with_calibrated)
        figures.append(figure(f"{prefix}.may_be_called_calibrated", claim, unit="yes/no"))
    return figures
