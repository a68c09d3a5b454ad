"""The feature frame: every catalogued feature for pairs of a person and a post, as of dates.

The rule that must not break: training and serving both come through `feature_frame`; there is no
second way to compute a feature.
"""

from collections.abc import Callable, Collection
from collections.abc import Mapping as Lookup
from contextlib import closing
from datetime import date

import ibis
import pandas as pd

from features.agencies.mapping import Mapping
from features.asof import AsOf
from features.catalogue import CATALOGUE, LEAVE, Catalogue, Feature
from features.competency import competency
from features.conduct import conduct
from features.development import development
from features.dossier import dossier
from features.errors import CatalogueError, DateError
from features.gap import gap
from features.leave import leave
from features.match import match
from features.performance import performance
from features.policy.pool import rankable
from features.prepared import Prepared, Stage
from features.ranks import ranks
from features.tables.record import Record
from features.trajectory import trajectory

PAIR = ("person_id", "post_id", "as_of")
#: What rooms may key their rows by: the number of a pair, or that of a person and a date; the ids
#: that these stand for do as well.
KEYS = ("pair", "no", *PAIR)
#: Appointments times dates of one question; some 500 bytes each while it is answered.
CAREER_ROWS_AT_ONCE = 1_000_000
_ASKED = ibis.schema({"person_id": "string", "post_id": "string", "as_of": "date"})
Room = Callable[[AsOf, ibis.Table], ibis.Table]

#: The rooms that compute features. Each returns rows keyed by a person and date, or by a pair.
ROOMS: Lookup[str, Room] = {
    "trajectory": lambda asof, _pairs: trajectory(asof),
    "ranks": lambda asof, _pairs: ranks(asof),
    "competency": lambda asof, _pairs: competency(asof),
    "gap": gap,
    "conduct": lambda asof, _pairs: conduct(asof),
    "performance": lambda asof, _pairs: performance(asof),
    "development": lambda asof, _pairs: development(asof),
    "match": match,
    "dossier": lambda asof, _pairs: dossier(asof),
}
#: The rooms and the catalogue with the leave features, for whoever asks for them by name.
ROOMS_WITH_LEAVE: Lookup[str, Room] = {**ROOMS, "leave": lambda asof, _pairs: leave(asof)}
CATALOGUE_WITH_LEAVE = CATALOGUE.with_features(*LEAVE)


class FeatureQuery:
    """The features of one record, put together once and asked often.

    Parameters
    ----------
    record : Record
    catalogue : Catalogue
    rooms : mapping of str to Room

    Raises
    ------
    CatalogueError
        If a room leaves out a feature, adds one, or does not exist.
    """

    def __init__(
        self,
        record: Record,
        *,
        catalogue: Catalogue = CATALOGUE,
        rooms: Lookup[str, Room] = ROOMS,
    ) -> None:
        self._catalogue = catalogue
        self._n_appointments = int(record.table("appointment").count().to_pyarrow().as_py())
        is_shipped = rooms is ROOMS and catalogue is CATALOGUE
        self._prepared = Prepared(
            record,
            _ASKED,
            lambda asked, stage: all_features(record, asked, stage, catalogue, rooms),
            "features" if is_shipped else None,
        )

    def frame(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Every catalogued feature of each pair; see `feature_frame`."""
        keys = pairs.loc[:, list(PAIR)].assign(as_of=pd.to_datetime(pairs["as_of"]))
        _require_dates(keys["as_of"])
        rows = self._asked_in_parts(keys.drop_duplicates())
        rows = rows.assign(as_of=pd.to_datetime(rows["as_of"]).astype(keys["as_of"].dtype))
        frame = keys.merge(rows, how="left", on=list(PAIR), validate="many_to_one")
        frame = frame[self._catalogue.names].astype("float64").set_axis(pairs.index)
        _require_ranges(frame, self._catalogue)
        return frame

    def _asked_in_parts(self, keys: pd.DataFrame) -> pd.DataFrame:
        """Ask for so many dates at once that memory does not grow with their number.

        Peers are everybody in service on a date: each date costs a copy of all careers, and none
        has anything to do with another.
        """
        dates = keys["as_of"].drop_duplicates().sort_values()
        at_once = max(1, CAREER_ROWS_AT_ONCE // max(self._n_appointments, 1))
        if len(dates) <= at_once:
            return self._prepared.ask(keys)
        place = pd.Series(range(len(dates)), index=dates.to_numpy()) // at_once
        part = keys["as_of"].map(place)
        return pd.concat([self._prepared.ask(rows) for _part, rows in keys.groupby(part)])

    def close(self) -> None:
        """Take the question off the record's connection; it cannot be asked again."""
        self._prepared.close()


def feature_frame(
    record: Record,
    pairs: pd.DataFrame,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Lookup[str, Room] = ROOMS,
) -> pd.DataFrame:
    """Every catalogued feature of each pair.

    Parameters
    ----------
    record : Record
    pairs : DataFrame, shape (n_pairs, 3)
        `person_id`, `post_id`, `as_of`; one row a pair and date.

    Returns
    -------
    DataFrame, shape (n_pairs, n_features), float64
        Rows in the order of `pairs` and under its index; a missing value is NaN.

    Raises
    ------
    CatalogueError
        If a room leaves out a feature, adds one, or returns a value outside its range.
    DateError
        If a row has no date, or one with a time of day.
    """
    with closing(FeatureQuery(record, catalogue=catalogue, rooms=rooms)) as query:
        return query.frame(pairs)


def strategic_frame(record: Record, mapping: Mapping, on: date) -> pd.DataFrame:
    """Everybody who can be ranked on a date, for every post of the strategic classes.

    Returns
    -------
    DataFrame
        `person_id`, `post_id`, `as_of` and the catalogued features, ordered by post and person.
    """
    posts = record.table("post")
    posts = posts.filter(posts.post_class.isin(mapping.vacancies.classes))
    posts = posts.select("post_id").order_by("post_id").to_pandas()
    people = rankable(record, mapping.pool, [on]).rename(columns={"on": "as_of"})
    pairs = posts.merge(people, how="cross")[list(PAIR)]
    return pd.concat([pairs, feature_frame(record, pairs)], axis=1)


def all_features(
    record: Record,
    asked: ibis.Table,
    stage: Stage,
    catalogue: Catalogue,
    rooms: Lookup[str, Room],
    only: Collection[str] | None = None,
) -> ibis.Table:
    """The features of all rooms beside the pairs that were asked about.

    Where `only` some are wanted the others are null, and what they alone need is not computed.
    """
    _require_rooms(catalogue, rooms)
    asof = AsOf(record, asked, stage, only)
    rows = asof.numbered(asked)
    for room, compute in rooms.items():
        wanted = [feature for feature in catalogue if feature.room == room]
        names = [feature.name for feature in wanted]
        asked_for = [n for n in names if (only is None or n in only)]
        if not asked_for or not any(_is_kept(record, feature) for feature in wanted):
            rows = rows.mutate(**{name: ibis.null("float64") for name in names})
            continue
        part = compute(asof, asked)
        on = [key for key in KEYS if key in part.columns]
        _require_catalogued(room, set(part.columns) - set(on), set(names))
        numbers = part.select(*on, *(_number(part, name) for name in asked_for))
        part = stage(f"room_{room}", numbers)
        rows = rows.left_join(part, on).drop(*[f"{k}_right" for k in on])
        left_out = set(names) - set(asked_for)
        rows = rows.mutate(**{name: ibis.null("float64") for name in left_out})
    return rows.drop("pair", "no")


def kept_features(record: Record, catalogue: Catalogue = CATALOGUE) -> frozenset[str]:
    """Names of the features that are made of tables the agency keeps; the others are nobody's."""
    return frozenset(feature.name for feature in catalogue if _is_kept(record, feature))


def _is_kept(record: Record, feature: Feature) -> bool:
    """Whether the agency keeps all that a feature is made of; else it is missing for everybody."""
    return all(record.holds(table) for table in feature.source)


def _number(part: ibis.Table, name: str) -> ibis.Value:
    return part[name].cast("float64").name(name)


def _require_dates(days: pd.Series) -> None:
    if days.isna().any():
        raise DateError("a row without a date", where="pairs", expected="a date in every row")
    if (days != days.dt.normalize()).any():
        raise DateError("a date with a time of day", where="pairs", expected="whole days")


def _require_rooms(catalogue: Catalogue, rooms: Lookup[str, Room]) -> None:
    homeless = [feature.name for feature in catalogue if feature.room not in rooms]
    if homeless:
        raise CatalogueError(
            f"features of a room that does not exist: {', '.join(homeless)}",
            where="catalogue",
            expected=f"one of {', '.join(rooms)}",
        )


def _require_catalogued(room: str, got: set[str], wanted: set[str]) -> None:
    if got != wanted:
        raise CatalogueError(
            f"features that differ from the catalogue: {', '.join(sorted(got ^ wanted))}",
            where=f"room {room}",
            expected=", ".join(sorted(wanted)),
            remedy="add the feature to features.catalogue, or drop it from the room",
        )


def _require_ranges(frame: pd.DataFrame, catalogue: Catalogue) -> None:
    lowest, highest = frame.min(), frame.max()
    for feature in catalogue:
        if lowest[feature.name] < feature.low or highest[feature.name] > feature.high:
            raise CatalogueError(
                "a value outside its range",
                where=f"feature {feature.name}",
                expected=f"{feature.low} to {feature.high} {feature.unit}",
            )
