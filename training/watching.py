"""People watched year by year: when each was ready for a class of posts, as a record tells it.

The rule that must not break: what is seen of somebody on a day is what the record knew on that day,
and who was ready is told by the event of the policy pack, never by who was chosen, unless the pack
says that appointments are the event. Today's rules judge past days: it is today's question.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from ibis import _

from features.agencies.mapping import Mapping
from features.assemble import FeatureQuery
from features.errors import LabelError
from features.evidence import recorded_between, require_recorded
from features.packs.declaration import Pack
from features.policy.outlook import outlook, years_closed
from features.policy.pool import rankable
from features.policy.ready_events import (
    ReadyEvent,
    first_ready,
    is_reached,
    ready_event,
    written_spells,
)
from features.tables.record import Record
from models.class_horizons import (
    CLOCKS,
    SHORTFALL,
    ClassHorizon,
    ClassHorizons,
    columns_of,
    directions,
    names,
)
from models.hazards import FEWEST_EVENTS, HazardSettings
from models.horizon import LEFT, READY, YEARS, Horizon, HorizonSettings
from models.readiness import ReadinessModel
from training.horizons import calibration_error, closing_a_year, follow_ups, whole_years

#: Years that are looked back; follow-ups begin on the same day of each.
YEARS_BACK: Final = 10
#: People who are followed for a class, drawn among all of the pool.
MOST_PEOPLE: Final = 4000
#: Posts of a class, those filled last; each person is followed for one of them.
POSTS: Final = 5
SEED: Final = 20
HORIZONS: Final = (1, 2, 5)
BINS: Final = 5
READY_SETTINGS: Final = HazardSettings(learning_rate=0.1, most_trees=200, folds=3, seed=SEED)
LEAVING_SETTINGS: Final = HazardSettings(
    learning_rate=0.1, most_trees=60, leaves=4, min_leaf_rows=200, folds=3, seed=SEED
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Watching:
    """Who is watched: a record, the pack in force on the day of training, and a fitted model.

    Parameters
    ----------
    record : Record
    mapping : Mapping
    pack : Pack
    model : ReadinessModel
        Of which probabilities of past days are asked, as if it had been there.
    query : FeatureQuery
        Of the same record.
    as_of : date
        The day of training: nothing later has been seen.
    of_ready, of_leaving : HazardSettings
    """

    record: Record
    mapping: Mapping
    pack: Pack
    model: ReadinessModel
    query: FeatureQuery
    as_of: date
    of_ready: HazardSettings = READY_SETTINGS
    of_leaving: HazardSettings = LEAVING_SETTINGS

    @cached_property
    def _recorded(self) -> tuple[date, date]:
        between = recorded_between(self.record)
        newest = require_recorded(between, self.as_of)
        return (newest, newest) if between is None else between

    @property
    def until(self) -> date:
        """The last day that is looked at: what happened behind the record's end nobody has seen."""
        return min(self.as_of, self._recorded[1])

    def horizons(self, say: Progress) -> ClassHorizons:
        """A horizon for each strategic class that enough people became ready for."""
        pool = self.pool()
        found, without = {}, {}
        for name in self.mapping.vacancies.classes:
            say(f"horizon of {name}")
            try:
                found[name] = self._horizon(name, pool)
            except LabelError as error:
                without[name] = f"{error.where}: {error.what}"
        return ClassHorizons(found, without)

    def _horizon(self, post_class: str, pool: pd.DataFrame) -> ClassHorizon:
        event = ready_event(self.pack, post_class)
        rows = self.rows(post_class, event, pool)
        columns = [n for n in names(self.model.catalogue) if rows[n].notna().any()]
        record = follow_ups(rows, columns, self.until)
        told = rows[~(rows["ready_on"] <= rows["as_of"])]
        ready = told.loc[record.outcome == READY, ["person_id", "ready_on"]]
        return ClassHorizon(
            horizon=self._fitted(rows, columns, self.until),
            event=event.kind,
            probability_at_least=event.probability_at_least,
            pack=self.pack.name,
            route=self.pack.default_route,
            n_people=rows["person_id"].nunique(),
            n_ready=len(ready.drop_duplicates()),
            n_left=told.loc[record.outcome == LEFT, "person_id"].nunique(),
            measured=self._measured(rows, columns),
        )

    def _fitted(self, rows: pd.DataFrame, columns: list[str], until: date) -> Horizon:
        has_gap, found = SHORTFALL in columns, directions(self.model.catalogue)
        settings = HorizonSettings(
            gap=SHORTFALL if has_gap else None,
            closing_a_year=closing_a_year(rows, SHORTFALL) if has_gap else 0.0,
            clocks=tuple(name for name in CLOCKS if name in columns),
            ready_directions={n: d for n, d in found.items() if n in columns},
            ready=self.of_ready,
            leaving=self.of_leaving,
        )
        return Horizon.fit(follow_ups(rows, columns, until), settings)

    def _measured(self, rows: pd.DataFrame, columns: list[str]) -> dict[str, float]:
        """What a horizon learnt up to five years before is worth on the days since.

        Empty where too little had happened by then. Of each day only so many years are judged as
        were watched since, which is known beforehand from the day itself.
        """
        cut = (pd.DatetimeIndex([self.until]) - pd.DateOffset(years=YEARS)).date[0]
        is_early = rows["as_of"] < pd.Timestamp(cut)
        early = rows[is_early]
        if early.empty:
            return {}
        told_then = [name for name in columns if early[name].notna().any()]
        try:
            model = self._fitted(early, told_then, cut)
        except LabelError:
            return {}
        told = rows[~is_early & ~(rows["ready_on"] <= rows["as_of"])]
        as_of = told["as_of"].to_numpy().astype("datetime64[D]")
        watched = whole_years(as_of, np.full(len(told), np.datetime64(self.until, "D")))
        chance = model.incidence(told, told["years_to_end"].to_numpy(), _closed(told)).ready
        record = follow_ups(told, columns, self.until)
        is_ready = record.outcome == READY
        found = {}
        for years in HORIZONS:
            # Whose end of service is not known has no chance.
            judged = (watched >= years) & ~np.isnan(chance[:, years - 1])
            if not judged.any():
                continue
            happened = (is_ready & (record.years <= years))[judged]
            foretold = chance[judged, years - 1]
            found[f"cif_ece_{years}"] = calibration_error(foretold, happened, BINS)
            found[f"ready_share_{years}"] = float(happened.mean())
            found[f"chance_mean_{years}"] = float(foretold.mean())
        return {name: round(value, 6) for name, value in found.items()}

    def rows(self, post_class: str, event: ReadyEvent, pool: pd.DataFrame) -> pd.DataFrame:
        """People of the pool on each day, for one post of a class, and when they were ready.

        Parameters
        ----------
        post_class : str
        event : ReadyEvent
        pool : DataFrame
            `on`, `person_id`: who could be ranked on each day.

        Returns
        -------
        DataFrame
            `person_id`, `post_id`, `as_of`, `ready_on`, `left_on`, `retires_on` (or the last day
            that rules of age allow, where the event asks for rules), `years_to_end`, `closed` where
            rules count, and what a horizon sees; see `training.horizons.follow_ups`.

        Raises
        ------
        LabelError
            If there is no such post, or nearly nobody became ready.
        """
        pairs = self._pairs(post_class, pool)
        known, _windows = outlook(self.record, self.pack, pairs)
        X = self.query.frame(pairs)
        probability = self.model.probability(X)
        ends_on, years, closed = known["last_day_of_service"], known["years_of_service"], None
        if event.kind == "probability_and_requirements":
            # What the mapping's gate says rests on protected attributes: nothing is learnt from it.
            status = known["status"].to_numpy()
            is_ready = is_reached(status, probability, event.probability_at_least)
            days = pairs.loc[is_ready, ["person_id", "as_of"]]
            spells = days.assign(from_on=days["as_of"], until_on=days["as_of"])
            ends_on, years = known["ends_on"], known["looks_to_end"]
            closed = years_closed(known["first_on"], pairs["as_of"])
        else:
            spells = written_spells(self.record, event.kind, post_class, self.until)
        ready_on = first_ready(pairs, spells)
        n_became = int((ready_on > pairs["as_of"]).groupby(pairs["person_id"]).any().sum())
        if n_became < FEWEST_EVENTS:
            raise LabelError(
                f"{n_became} people have become ready within {YEARS_BACK} years",
                where=post_class,
                expected=f"{FEWEST_EVENTS} at least",
                remedy="take in a longer record, or do without a horizon of this class",
            )
        left_on = _left_on(pairs, pool)
        # Whose end of service is not known may have been retired: no leaving is learnt from them.
        is_unknown = years.isna()
        last_seen = left_on - pd.Timedelta(days=1)
        watched = pairs.assign(
            ready_on=ready_on,
            left_on=left_on.mask(is_unknown),
            retires_on=ends_on.mask(is_unknown, last_seen),
            years_to_end=years,
        )
        if closed is not None:
            watched["closed"] = closed
        logit, n_to_settle = self.model.logit(X), known["n_to_settle"].to_numpy()
        rows = pd.concat([watched, columns_of(X, logit, n_to_settle)], axis=1)
        # On the last day one sees who is ready; nobody has been watched since.
        return rows[rows["as_of"] < pd.Timestamp(self.until)].reset_index(drop=True)

    def pool(self) -> pd.DataFrame:
        """Who could be ranked on the last day and on the same day of years before it."""
        last = pd.DatetimeIndex([self.until])
        days = [(last - pd.DateOffset(years=n)).date[0] for n in range(YEARS_BACK + 1)]
        begins = self._recorded[0]
        held = [day for day in days if day >= begins]
        pool = rankable(self.record, self.mapping.pool, held)
        people = np.sort(pool["person_id"].unique())
        drawn = np.random.default_rng(SEED).permutation(people)[:MOST_PEOPLE]
        return pool[pool["person_id"].isin(drawn)].reset_index(drop=True)

    def _pairs(self, post_class: str, pool: pd.DataFrame) -> pd.DataFrame:
        """Each person with the one post that they are followed for, on each day."""
        posts = self._posts(post_class)
        people = np.sort(pool["person_id"].unique())
        dealt = np.random.default_rng(SEED + 1).integers(len(posts), size=len(people))
        of_person = dict(zip(people, posts.to_numpy()[dealt], strict=True))
        return pd.DataFrame(
            {
                "person_id": pool["person_id"],
                "post_id": pool["person_id"].map(of_person),
                "as_of": pool["on"],
                "route": self.pack.default_route,
            }
        )

    def _posts(self, post_class: str) -> pd.Series:
        """Ids of the posts of a class that were filled last, else of any."""
        held = self.record.table("appointment").filter(_.start_recorded_on <= self.until)
        filled = held.group_by("post_id").agg(newest_on=_.start_on.max())
        posts = self.record.table("post").filter(_.post_class == post_class).select("post_id")
        rows = posts.left_join(filled, "post_id").select("post_id", "newest_on").to_pandas()
        if rows.empty:
            raise LabelError("there is no post of the class", where=post_class)
        rows = rows.assign(newest_on=pd.to_datetime(rows["newest_on"]))
        order = rows.sort_values(["newest_on", "post_id"], na_position="first")
        return order["post_id"].tail(POSTS).reset_index(drop=True)


def _left_on(pairs: pd.DataFrame, pool: pd.DataFrame) -> pd.Series:
    """The first later day on which the person could not be ranked; NaT for none."""
    days = np.sort(pool["on"].unique())
    people, person = np.unique(pool["person_id"], return_inverse=True)
    is_there = np.zeros((len(people), len(days)), dtype=bool)
    is_there[person, np.searchsorted(days, pool["on"].to_numpy())] = True
    row = np.searchsorted(people, pairs["person_id"].to_numpy())
    day = np.searchsorted(days, pairs["as_of"].to_numpy())
    is_gone = ~is_there[row] & (np.arange(len(days)) > day[:, None])
    first = days[is_gone.argmax(axis=1)]
    found = np.where(is_gone.any(axis=1), first, np.datetime64("NaT"))
    return pd.Series(found, index=pairs.index).astype("datetime64[s]")


def _closed(rows: pd.DataFrame) -> np.ndarray | None:
    return rows["closed"].to_numpy(dtype=np.int64) if "closed" in rows else None
