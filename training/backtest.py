"""The backtest: what the models would have said, origin by origin, of what then happened.

The rule that must not break: at each origin a model knows what had been recorded by that day and
nothing else; readiness and propensity are measured side by side and never mixed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import PAIR, FeatureQuery
from features.catalogue import CATALOGUE
from features.errors import DateError, LabelError
from features.evidence import recorded_between
from features.settings import Settings
from features.storage import Snapshot, current_snapshot
from features.tables.record import Record
from models.interviewed import Interviewed
from models.labels import FEWEST_FAILURES
from models.readiness import CLAIM_FAILURES, CLAIM_SUCCESSES, ReadinessModel, ReadinessSettings
from models.selection import Propensity
from training.backtest_rows import BacktestRows, MadeOf, with_places
from training.cohorts import Decisions, Pools, matured, pools
from training.dataset import TrainingSet, reshuffle
from training.evaluate import (
    last_place,
    mean_with_interval,
    placing,
    probability_measures,
    share_of_first,
)
from training.figures import Figure, figure, with_bounds, write_text
from training.interviews import PastInterviews, past_interviews
from training.labels import in_words, rates
from training.moves import choices, frozen_file, move_figures
from training.optimism import not_measured, optimism_figures
from training.search import search_what_is_fitted
from training.splits import Origin, default_first_year, require_apart, within, yearly_origins
from training.tracking import log_backtest

POPULARITY_YEARS = 6
MEASURES = ("mrr", "hit5", "hit10")
BASELINES = ("popularity", "seniority", "random")
METHODS = ("propensity", "readiness", *BASELINES)
#: Pairs whose features are asked for at once, and candidates of a pool that propensity learns from.
PAIRS_AT_ONCE, MOST_IMITATED = 100_000, 400

Progress = Callable[[str], None]


def run(
    settings: Settings,
    say: Progress,
    *,
    first_year: int | None = None,
    as_of: date | None = None,
    search_moves: bool = False,
    trials: int = 0,
    readiness_only: bool = False,
    quick: bool = False,
    learnt: TrainingSet | None = None,
) -> list[Figure]:
    """All figures of the backtest of the snapshot in force, kept with its rows and in MLflow.

    Parameters
    ----------
    first_year : int, optional
        The first year that is tested; the mapping's, or one chosen by the data, if left out.
    as_of : date, optional
        Everything recorded later is blanked first: the backtest as it would have come out then.
    search_moves : bool
        Whether the settings of the career moves are chosen anew, on the years before only.
    trials : int
        Settings of readiness to try at each origin, on what was known by then; 0 takes the
        defaults, the only ones that a mapping's bounds are promised of.
    readiness_only : bool
        No career moves and no propensity: what a promotion and an audit ask for, sooner.
    quick : bool
        Readiness only, and one year only: the newest of which outcomes are known and before which
        there are failures enough to learn from; where there is no such year, the newest before
        which there are.
    learnt : TrainingSet, optional
        Of the same record: features that need not be computed again.

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
    last_on, readiness_only = _last_known(record, as_of), readiness_only or quick
    year = first_year or mapping.backtest.first_year or default_first_year(days)
    if quick:
        year = _quick_year(Decisions(record, mapping), last_on)
    last_year = year if quick else None
    if days.dt.year.max() < year:
        raise DateError(
            "no appointment begins from then on",
            where=f"first year {year}",
            expected=f"a year up to {days.dt.year.max()}",
        )
    figures = []
    if not readiness_only:
        figures += _move_figures(record, mapping, year, settings, say, search=search_moves)
    say("features of all decisions and pools")
    pools_from = date(year, 1, 1) if readiness_only else None
    given = evidence(record, mapping, last_on, pools_from=pools_from, learnt=learnt)
    tested = vacancy_rows(
        given,
        year,
        say,
        last_year=last_year,
        trials=trials,
        threads=settings.threads,
        with_propensity=not readiness_only,
    )
    figures += vacancy_figures(tested)
    figures.append(figure("readiness.settings_tried", trials, unit="settings"))
    if not readiness_only:
        say("the same labels, split at random")
        # Models of a random split are fitted with the defaults, which says nothing of others.
        figures += not_measured() if trials else split_figures(given, tested)
    # Bounds are promised of the whole record from the mapping's own first year on.
    if as_of is None and first_year is None and not readiness_only and trials == 0:
        figures = with_bounds(figures, mapping.backtest.bounds)
    made_of = _made_of(snapshot, (year, last_year), as_of, tested, trials)
    rows = BacktestRows(made_of, tested.candidates, tested.decisions)
    say("keeping rows, figures and plots")
    rows.write(settings.home)
    log_backtest(settings, rows, figures)
    return figures


def _quick_year(decisions: Decisions, last_on: date) -> int:
    """The year that a quick backtest tries; the newest one where none will do."""
    known = decisions.known_on(last_on)
    with_outcome = set(matured(known)["decided_on"].dt.year)
    years = sorted(set(known["decided_on"].dt.year), reverse=True)
    for year in years:
        # Who knows too few failures at the start of a year knows no more of them a year earlier.
        if not _may_be_learnt(decisions, year):
            break
        if year in with_outcome:
            return year
    return years[0]


def _may_be_learnt(decisions: Decisions, year: int) -> bool:
    known = matured(decisions.known_on(date(year, 1, 1)))
    return int((known["success"] == 0).sum()) >= FEWEST_FAILURES


def _made_of(
    snapshot: Snapshot,
    years: tuple[int, int | None],
    as_of: date | None,
    tested: "Tested",
    trials: int,
) -> MadeOf:
    mapping = snapshot.mapping
    return MadeOf(
        agency=mapping.agency,
        snapshot=snapshot.digest,
        mapping=mapping.digest,
        catalogue=CATALOGUE.version,
        label_rule=in_words(mapping.label),
        label=mapping.label.model_dump(mode="json"),
        first_year=years[0],
        last_year=years[1],
        as_of=None if as_of is None else as_of.isoformat(),
        n_vacancies=tested.n_vacancies,
        trials=trials,
    )


def _move_figures(
    record: Record, mapping: Mapping, year: int, settings: Settings, say: Progress, *, search: bool
) -> list[Figure]:
    chosen = choices(record, mapping.agency, year, search=search)
    for kind, choice in chosen.items():
        say(f"career moves by {kind}: settings {choice.origin}, digest {choice.digest}")
    if search:
        kept = write_text(chosen["short_name"].text, settings.home, "career_moves_settings")
        say(f"to freeze them, copy {kept} to {frozen_file(mapping.agency)}")
    return move_figures(record, chosen, year)


@dataclass(frozen=True)
class Evidence:
    """What the origins share: decisions with their features, and pools.

    Features are as of each decision's eve, so one frame serves every origin; outcomes are not, and
    are read anew at each. Those of pools are many, and are asked for as origins need them; those of
    decisions stand under the ids of the appointments that are learnt from on the last day.
    """

    mapping: Mapping
    known_on: Callable[[date], pd.DataFrame]
    decisions: pd.DataFrame
    decision_features: pd.DataFrame
    pools: Pools
    features: Callable[[pd.DataFrame], pd.DataFrame]
    past: PastInterviews | None = None

    def interviewed_on(self, day: date, known: pd.DataFrame) -> Interviewed | None:
        """Interviews and their outcomes as known on a day; None where no score is on record."""
        return None if self.past is None else self.past.known_on(day, known)

    def features_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Features of decisions, under the index of the rows.

        One that counted at an origin and no longer does on the last day (its end was recorded late)
        is asked for.
        """
        is_there = rows["appointment_id"].isin(self.decision_features.index)
        taken = self.decision_features.loc[rows.loc[is_there, "appointment_id"]]
        taken = taken.set_axis(rows.index[is_there])
        if is_there.all():
            return taken
        return pd.concat([taken, self.features(rows[~is_there])]).loc[rows.index]


@dataclass(frozen=True)
class Tested:
    """What the tested years gave, row by row.

    Parameters
    ----------
    placings : DataFrame, one row a vacancy and method
    candidates, decisions : DataFrame
        As `training.backtest_rows.BacktestRows` has them.
    """

    placings: pd.DataFrame
    candidates: pd.DataFrame
    decisions: pd.DataFrame

    @property
    def n_vacancies(self) -> int:
        """Vacancies of the tested years, those with an empty pool too."""
        if self.placings.empty:
            return 0
        return int((self.placings["method"] == "readiness").sum())


def _last_known(record: Record, as_of: date | None) -> date:
    """The day up to which outcomes are read.

    What is announced for later is known and has not happened: nobody has stayed in a post until
    then.
    """
    recorded = recorded_between(record)
    newest = recorded[1] if recorded else date.min
    return newest if as_of is None else min(newest, as_of)


def evidence(
    record: Record,
    mapping: Mapping,
    last_on: date,
    *,
    pools_from: date | None = None,
    learnt: TrainingSet | None = None,
) -> Evidence:
    """Collect all decisions of the record up to a day, with features where they are learnt from.

    Parameters
    ----------
    pools_from : date, optional
        Pools of earlier vacancies are not made; only propensity learns from them.
    learnt : TrainingSet, optional
        Of the same record: features that need not be computed again.
    """
    known_on = Decisions(record, mapping).known_on
    decisions = known_on(last_on)
    query = FeatureQuery(record)
    known = matured(decisions)
    features = _features_of(known, query.frame, learnt)
    if learnt is not None and learnt.label_cutoff_on >= last_on:
        past = learnt.past
    else:
        past = past_interviews(record, last_on, query, known)
    filled = decisions
    if pools_from is not None:
        filled = decisions[decisions["decided_on"] >= pd.Timestamp(pools_from)]
    return Evidence(
        mapping=mapping,
        known_on=known_on,
        decisions=decisions,
        decision_features=features.set_axis(known["appointment_id"]),
        pools=pools(record, mapping, filled),
        features=query.frame,
        past=past,
    )


def _features_of(
    rows: pd.DataFrame, ask: Callable[[pd.DataFrame], pd.DataFrame], learnt: TrainingSet | None
) -> pd.DataFrame:
    """Features of decisions: those of a training set on the same record, the others asked for."""
    if learnt is None:
        return ask(rows)
    known = learnt.X.set_axis(pd.MultiIndex.from_frame(learnt.pairs))
    known = known[~known.index.duplicated()]
    wanted = pd.MultiIndex.from_frame(rows[list(PAIR)])
    is_there = wanted.isin(known.index)
    taken = known.loc[wanted[is_there]].set_axis(rows.index[is_there])
    return pd.concat([taken, ask(rows[~is_there])]).loc[rows.index]


class _PoolFeatures:
    """Features of the pools of one origin after another, in as much memory as a few of them take.

    Of each pool some candidates are kept for the propensity of later origins: the person appointed
    and others evenly spread, which is what a choice among many can be learnt from as well.
    """

    def __init__(self, given: Evidence, first_on: date, *, with_past: bool) -> None:
        self._given, self._candidates = given, given.pools.candidates
        self._is_kept = _is_sampled(self._candidates) & with_past
        past = self._candidates[(self._candidates["on"] < pd.Timestamp(first_on)) & self._is_kept]
        self._past = [frame for _rows, frame in self._in_parts(past)]
        self._ahead = pd.DataFrame(columns=CATALOGUE.names)

    def of(self, origin: Origin) -> pd.DataFrame:
        """Features of the candidates of an origin, under their index."""
        rows = self._candidates[within(self._candidates["on"], origin)]
        if not rows.index.isin(self._ahead.index).all():
            later = self._candidates[self._candidates["on"] >= pd.Timestamp(origin.on)]
            year = later["on"].dt.year
            rows_until = year.map(year.value_counts().sort_index().cumsum())
            self._ahead = self._given.features(
                later[(rows_until <= PAIRS_AT_ONCE) | (year == origin.on.year)]
            )
        X = self._ahead.loc[rows.index]
        self._past.append(X[self._is_kept.loc[rows.index]])
        return X

    def past(self, origin: Origin) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows and features of choices that had taken effect by an origin."""
        # Known is who was chosen only once the choice took effect, not on the day that it was made.
        lead = pd.Timedelta(days=self._given.mapping.vacancies.decided_days_before - 1)
        X = pd.concat(self._past) if self._past else self._ahead.iloc[:0]
        rows = self._candidates.loc[X.index]
        is_past = rows["on"] + lead < pd.Timestamp(origin.on)
        return rows[is_past], X[is_past]

    def _in_parts(self, rows: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        """Whole days of candidates, so many at once, with their features."""
        part = np.arange(len(rows)) // PAIRS_AT_ONCE
        first_of_day = pd.Series(part, index=rows.index).groupby(rows["on"]).transform("first")
        for _part, some in rows.groupby(first_of_day):
            yield some, self._given.features(some)


def _is_sampled(candidates: pd.DataFrame) -> pd.Series:
    """The person appointed and evenly spread others of each pool; all of a small one."""
    of_vacancy = candidates.groupby("vacancy_id")["vacancy_id"]
    size, place = of_vacancy.transform("size"), of_vacancy.cumcount()
    step = np.ceil(size / MOST_IMITATED)
    return (place % step == 0) | candidates["is_appointed"]


def vacancy_rows(
    given: Evidence,
    first_year: int,
    say: Progress,
    *,
    last_year: int | None = None,
    trials: int = 0,
    threads: int = 1,
    with_propensity: bool = True,
) -> Tested:
    """What was said at each origin of the vacancies and decisions of its year.

    With `trials`, the settings of readiness are searched for at each origin, as `train` does.

    Raises
    ------
    DateError
        If nothing was decided in those years.
    """
    placings, candidates, decisions = [], [], []
    features: _PoolFeatures | None = None
    origins = yearly_origins(given.decisions["decided_on"], first_year)
    for origin in origins:
        if last_year is not None and origin.on.year > last_year:
            break
        say(f"origin {origin.on}")
        features = features or _PoolFeatures(given, origin.on, with_past=with_propensity)
        readiness, base_rate = _readiness_at(given, origin, trials, threads)
        propensity = _propensity_at(features, origin, threads) if with_propensity else None
        X = features.of(origin)
        methods = METHODS if with_propensity else METHODS[1:]
        scored = _scored(given, origin, X, readiness, propensity)
        placings.append(_placings(given, origin, X, scored, methods))
        candidates.append(scored)
        decisions.append(_predictions(given, origin, readiness, base_rate))
    if not placings:
        raise DateError(
            "nothing was decided in the years to be tested",
            where=f"{first_year} to {last_year or 'the newest'}",
            expected="years with decisions, the first no later than the last",
        )
    return Tested(
        *(pd.concat(rows, ignore_index=True) for rows in (placings, candidates, decisions))
    )


def vacancy_figures(tested: Tested) -> list[Figure]:
    """Where the person really appointed stood in the pool, and how good readiness was.

    Returns
    -------
    list of Figure
        ``vacancies.*`` and ``readiness.*``; see the method guide for each.
    """
    return [*_ranking_figures(tested.placings), *_readiness_figures(tested.decisions)]


def split_figures(given: Evidence, tested: Tested) -> list[Figure]:
    """How much a random split of the same labels would flatter."""
    labels = matured(given.decisions)
    return optimism_figures(tested.decisions, labels, given.features_of(labels))


def _readiness_at(
    given: Evidence, origin: Origin, trials: int = 0, threads: int = 1
) -> tuple[ReadinessModel, float]:
    known = matured(given.known_on(origin.on))
    rows = given.decisions.set_index("appointment_id", drop=False)
    tested = rows[within(rows["decided_on"], origin)]
    require_apart(rows.loc[known["appointment_id"]], tested, origin)
    X = given.features_of(known)
    labels: dict[str, Any] = {
        "groups": reshuffle(known),
        "day": known["decided_on"],
        "weight": known["weight"],
    }
    settings = ReadinessSettings(tells_uncertainty=False)
    try:
        if trials:
            settings = search_what_is_fitted(
                X, known["success"], **labels, trials=trials, default=settings, num_threads=threads
            ).settings
        model = ReadinessModel.fit(
            X,
            known["success"],
            **labels,
            interviews=given.interviewed_on(origin.on, known),
            rates=rates(given.mapping.label),
            settings=settings,
        )
    except LabelError as error:
        raise LabelError(
            f"readiness cannot be learnt: {error.what}",
            where=f"origin {origin.on}",
            expected=error.expected,
            remedy="begin in a later year (--from-year), or with a longer record",
        ) from error
    return model, float(known["success"].mean())


def _propensity_at(features: _PoolFeatures, origin: Origin, threads: int) -> Propensity | None:
    """Propensity as it could be known by then; None where no choice is there to imitate."""
    rows, X = features.past(origin)
    if not rows["is_appointed"].any():
        return None
    return Propensity.fit(X, rows["is_appointed"], vacancy=rows["vacancy_id"], num_threads=threads)


def _scored(
    given: Evidence,
    origin: Origin,
    X: pd.DataFrame,
    readiness: ReadinessModel,
    propensity: Propensity | None,
) -> pd.DataFrame:
    """The candidates of an origin with the score of each method, that of readiness as `score`."""
    candidates = given.pools.candidates.loc[X.index]
    scores: dict[str, object] = dict.fromkeys(METHODS, 0.0)
    if len(candidates):
        scores |= {
            "propensity": propensity.score(X) if propensity else 0.0,
            "readiness": readiness.logit(X),
            "popularity": _recent_starts(given.decisions, candidates),
            "seniority": _seniority(X),
            # One number for all: the measures then are those of a random order.
            "random": 0.0,
        }
    candidates = candidates.assign(**scores, origin_year=origin.on.year)
    return with_places(candidates.assign(score=candidates["readiness"]))


def _placings(
    given: Evidence,
    origin: Origin,
    X: pd.DataFrame,
    scored: pd.DataFrame,
    methods: Sequence[str] = METHODS,
) -> pd.DataFrame:
    """One row a vacancy and method: the placing of the person appointed."""
    vacancies = given.pools.vacancies[within(given.pools.vacancies["on"], origin)]
    of_vacancy = scored.groupby("vacancy_id").groups
    in_post = X["is_in_post"]
    rows = []
    for vacancy in vacancies.itertuples():
        members = of_vacancy.get(vacancy.vacancy_id, pd.Index([]))
        is_target = scored.loc[members, "is_appointed"].to_numpy(dtype=bool)
        for method in methods:
            score = scored.loc[members, method].to_numpy(dtype=float)
            place = placing(score, is_target) if is_target.any() else last_place(len(members))
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
    rows = given.decisions[inside]
    X = given.features_of(rows)
    return pd.DataFrame(
        {
            "appointment_id": rows["appointment_id"].to_numpy(),
            "person_id": rows["person_id"].to_numpy(),
            "post_class": rows["post_class"].to_numpy(),
            "success": rows["success"].to_numpy(),
            "probability": readiness.probability(X) if len(X) else [],
            "base_rate": base_rate,
            "origin": origin.on.year,
            "origin_year": origin.on.year,
            "day": rows["decided_on"].to_numpy(),
            "is_strategic": rows["post_class"].isin(given.mapping.vacancies.classes).to_numpy(),
        }
    )


def _ranking_figures(rows: pd.DataFrame) -> list[Figure]:
    # Without any vacancy the rows have no columns.
    methods = () if rows.empty else tuple(dict.fromkeys(rows["method"]))
    reachable = rows if rows.empty else rows[rows["reachable"]]
    n, n_reachable = (len(part) // max(len(methods), 1) for part in (rows, reachable))
    figures = [
        figure("vacancies.n", n, unit="vacancies"),
        figure("vacancies.unreachable", n - n_reachable, unit="vacancies"),
    ]
    for prefix, part in (("vacancies", rows), ("vacancies.reachable", reachable)):
        if part.empty:
            continue
        for method in methods:
            placed = part[part["method"] == method]
            for measure in MEASURES:
                value, interval = mean_with_interval(placed[measure], placed["day"])
                figures.append(figure(f"{prefix}.{method}.{measure}", value, interval))
            if prefix == "vacancies":
                placed = placed[placed["first10_in_post"].notna()]
                share = mean_with_interval(placed["first10_in_post"], placed["day"])
                figures.append(figure(f"{prefix}.{method}.first10_in_post", *share))
        if "propensity" in methods:
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
