"""Training sets: matured labels with the features of their eve, proved free of leaks.

The rule that must not break: a training set exists only after the leak guard has passed it.
"""

import hashlib
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.agencies.mapping import Mapping
from features.assemble import PAIR, ROOMS, FeatureQuery, Room
from features.catalogue import CATALOGUE, Catalogue
from features.errors import LabelError
from features.identity_linter.lint import require_no_copies
from features.leakage import (
    require_no_names,
    require_no_protected_attribute,
    require_point_in_time,
)
from features.tables.record import Record
from models.interviewed import Interviewed
from training.cohorts import Decisions, eligible, matured
from training.interviews import PastInterviews, past_interviews
from training.plausibility import require_plausible
from training.splits import require_eves

#: Dates on which the guard computes every feature anew: of as many equal parts of the training
#: period those on which most was decided.
GUARDED_DATES = 3
#: Of each: everybody who could be ranked, up to so many people, for the posts filled last.
GUARDED_PEOPLE = 500
GUARDED_POSTS = 2
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
    weight : Series, shape (n_labels,)
        How many appointments each label stands for, those of lost outcome among them; at least 1.
    background : DataFrame, shape (n_candidates, n_features)
        Eligible candidates for strategic posts, against whom reasons are told.
    label_cutoff_on : date
        The date up to which outcomes were read.
    pairs : DataFrame, shape (n_labels, 3)
        The person, the post and the eve that each row of `X` is of.
    past : PastInterviews, optional
        Everybody interviewed for past vacancies; None where no score is on record.
    interviewed : Interviewed, optional
        The same with the outcomes of those appointed, as a model takes them.
    """

    X: pd.DataFrame
    y: pd.Series
    day: pd.Series
    reshuffle: pd.Series
    weight: pd.Series
    background: pd.DataFrame
    label_cutoff_on: date
    pairs: pd.DataFrame
    past: PastInterviews | None = None
    interviewed: Interviewed | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of labels, days, weights, features and interviews, 64 hexadecimal digits."""
        rows = self.X.assign(
            success=self.y.to_numpy(), day=self.day.to_numpy(), weight=self.weight.to_numpy()
        )
        told = rows.to_csv(index=False)
        if self.past is not None:
            told += pd.concat([self.past.pairs, self.past.X], axis=1).to_csv(index=False)
        return hashlib.sha256(told.encode()).hexdigest()


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
        If a feature looks past its date, knows somebody or something by name, tells the outcome
        too well, listens to a protected attribute, or copies one.
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
    require_eves(rows)
    guarded = _guarded(record, mapping, rows)
    query = FeatureQuery(record, catalogue=catalogue, rooms=rooms)
    looked_at = {"catalogue": catalogue, "rooms": rooms, "frame": query.frame(guarded)}
    require_point_in_time(record, guarded, **looked_at)
    require_no_names(record, guarded, **looked_at)
    require_no_protected_attribute(record, guarded, **looked_at)
    require_no_copies(record, pd.concat([guarded, looked_at["frame"]], axis=1))
    X = query.frame(rows)
    require_plausible(X, rows["success"])
    past = past_interviews(record, as_of, query, rows)
    return TrainingSet(
        X=X,
        y=rows["success"],
        day=rows["decided_on"],
        reshuffle=reshuffle(rows),
        weight=rows["weight"],
        background=query.frame(_background(record, mapping, everything, as_of)),
        label_cutoff_on=as_of,
        pairs=rows[list(PAIR)],
        past=past,
        interviewed=None if past is None else past.known_on(as_of, rows, catalogue),
    )


def reshuffle(rows: pd.DataFrame) -> pd.Series:
    """The day of decision as the name of a group."""
    return rows["decided_on"].dt.strftime("%Y-%m-%d")


def _guarded(record: Record, mapping: Mapping, rows: pd.DataFrame) -> pd.DataFrame:
    """What the guard looks at: on a few dates, what is learnt from and who might have been asked.

    Whoever leaks for a few people only should meet them, so whole pools are taken: rows cost little
    beside a date.
    """
    parts = np.array_split(rows["as_of"].sort_values().to_numpy(), GUARDED_DATES)
    eves = sorted({pd.Series(part).mode().iloc[0] for part in parts if len(part)})
    guarded = [rows.loc[rows["as_of"].isin(eves), list(PAIR)]]
    for eve in eves:
        people = _spread(eligible(record, mapping, pd.Series([eve])), GUARDED_PEOPLE)
        posts = rows.loc[rows["as_of"] <= eve, "post_id"].drop_duplicates(keep="last")
        pairs = people[["person_id"]].merge(posts.tail(GUARDED_POSTS), how="cross")
        guarded.append(pairs.assign(as_of=eve))
    return pd.concat(guarded, ignore_index=True).drop_duplicates(ignore_index=True)


def _spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, evenly spread."""
    return rows.iloc[:: max(1, -(-len(rows) // most))]


def _background(record: Record, mapping: Mapping, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Everybody eligible on the date, for each of the strategic posts filled last."""
    people = eligible(record, mapping, pd.Series([pd.Timestamp(as_of)]))
    strategic = rows[rows["post_class"].isin(mapping.vacancies.classes)]
    recent = strategic.drop_duplicates("post_id", keep="last").tail(RECENT_POSTS)["post_id"]
    pairs = people.merge(recent, how="cross")
    return pairs.assign(as_of=pairs["on"])
