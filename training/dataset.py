"""Training sets: matured labels with the features of their eve, proved free of leaks.

The rule that must not break: a training set exists only after the leak guard has passed it.
"""

import hashlib
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from datetime import date

import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import ROOMS, FeatureQuery, Room
from features.catalogue import CATALOGUE, Catalogue
from features.errors import LabelError
from features.leakage import require_no_protected_attribute, require_point_in_time
from features.tables.record import Record
from training.cohorts import Decisions, eligible, matured

#: Dates on which the guard computes every feature anew, spread over the training period.
GUARDED_DATES = 2
GUARDED_ROWS = 20
#: Strategic posts, those filled last, whose candidates make up the background.
RECENT_POSTS = 12


@dataclass(frozen=True)
class TrainingSet:
    """What a readiness model is fitted on.

    Parameters
    ----------
    X : DataFrame, shape (n_labels, n_features)
    y : Series, shape (n_labels,)
        1.0 success, 0.0 failure.
    day : Series of datetime64
        The day of each decision.
    reshuffle : Series of str
        The group that stays together: all decisions of one day.
    background : DataFrame, shape (n_candidates, n_features)
        Eligible candidates for strategic posts, against whom reasons are told.
    label_cutoff_on : date
        The date up to which outcomes were read.
    """

    X: pd.DataFrame
    y: pd.Series
    day: pd.Series
    reshuffle: pd.Series
    background: pd.DataFrame
    label_cutoff_on: date

    @property
    def digest(self) -> str:
        """SHA-256 of labels, days and features, 64 hexadecimal digits."""
        rows = self.X.assign(success=self.y.to_numpy(), day=self.day.to_numpy())
        return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()


def training_set(
    record: Record,
    mapping: Mapping,
    as_of: date,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Lookup[str, Room] = ROOMS,
) -> TrainingSet:
    """Everything that had matured by a date.

    Raises
    ------
    LeakageError, ProtectedAttributeError
        If a feature looks past its date, or listens to a protected attribute.
    LabelError
        If no label has matured.
    """
    everything = Decisions(record, mapping).known_on(as_of)
    rows = matured(everything)
    if rows.empty:
        raise LabelError(
            "no label has matured",
            where=f"as of {as_of}",
            expected=f"appointments at least {mapping.label.months} months old",
            remedy="train as of a later date",
        )
    guarded = _guarded(rows)
    require_point_in_time(record, guarded, catalogue=catalogue, rooms=rooms)
    require_no_protected_attribute(record, guarded, catalogue=catalogue, rooms=rooms)
    query = FeatureQuery(record, catalogue=catalogue, rooms=rooms)
    return TrainingSet(
        X=query.frame(rows),
        y=rows["success"],
        day=rows["start_on"],
        reshuffle=reshuffle(rows),
        background=query.frame(_background(record, mapping, everything, as_of)),
        label_cutoff_on=as_of,
    )


def reshuffle(rows: pd.DataFrame) -> pd.Series:
    """The day of decision as the name of a group."""
    return rows["start_on"].dt.strftime("%Y-%m-%d")


def _guarded(rows: pd.DataFrame) -> pd.DataFrame:
    """Some rows on a few dates: half-way and at the end, where most is known and could leak."""
    dates = rows["as_of"].drop_duplicates().sort_values()
    places = [int((len(dates) - 1) * (i + 1) / GUARDED_DATES) for i in range(GUARDED_DATES)]
    chosen = rows[rows["as_of"].isin(dates.iloc[places])]
    return chosen.groupby("as_of").head(GUARDED_ROWS)


def _background(record: Record, mapping: Mapping, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Everybody eligible on the date, for each of the strategic posts filled last."""
    people = eligible(record, mapping, pd.Series([pd.Timestamp(as_of)]))
    strategic = rows[rows["post_class"].isin(mapping.vacancies.classes)]
    recent = strategic.drop_duplicates("post_id", keep="last").tail(RECENT_POSTS)["post_id"]
    pairs = people.merge(recent, how="cross")
    return pairs.assign(as_of=pairs["on"])
