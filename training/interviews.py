"""Interviews of past vacancies: everybody whom a panel heard, with the score and their features.

The rule that must not break: a score or a choice counts from the day on which the record knew it,
and features are those of the eve of the choice.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from ibis import _

from features.assemble import FeatureQuery
from features.catalogue import CATALOGUE, Catalogue
from features.tables.record import Record
from models.interviewed import Interviewed, are_enough
from models.readiness import ReadinessSettings, kept_apart

ONE_DAY = pd.Timedelta(days=1)
APPOINTMENT = ["person_id", "post_id", "filled_on"]


@dataclass(frozen=True)
class PastInterviews:
    """Everybody interviewed, one row a vacancy and person.

    Parameters
    ----------
    pairs : DataFrame, shape (n_pairs, …)
        `vacancy_id`, `person_id`, `post_id`, `decided_on`, `filled_on`, `score`, `is_appointed`,
        and `known_on`, the day from which the record knew all of it.
    X : DataFrame, shape (n_pairs, n_features)
        As of the eve of each choice.
    """

    pairs: pd.DataFrame
    X: pd.DataFrame

    def known_on(
        self, day: date, labelled: pd.DataFrame, catalogue: Catalogue = CATALOGUE
    ) -> Interviewed:
        """What a model may learn from on a day.

        Parameters
        ----------
        day : date
        labelled : DataFrame
            Matured labels as known on that day: `person_id`, `post_id`, `start_on`, `success`,
            `weight` and `decided_on`, the day that names their group.
        """
        is_known = self.pairs["known_on"] <= pd.Timestamp(day)
        rows = with_outcomes(self.pairs[is_known], labelled)
        return Interviewed.checked(
            self.X[is_known],
            score=rows["score"],
            vacancy=rows["vacancy_id"],
            outcome=rows["outcome"],
            groups=rows["group"],
            weight=rows["weight"],
            catalogue=catalogue,
        )


def with_outcomes(pairs: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    """Interviews with the labels of those appointed.

    Returns
    -------
    DataFrame
        The rows of `pairs` with `outcome` (NaN where there is none), `group` (the day of the
        decision as a text, empty where there is none) and `weight`.
    """
    columns = ["person_id", "post_id", "start_on", "success", "weight", "decided_on"]
    labels = labelled[columns].rename(columns={"start_on": "filled_on", "decided_on": "day"})
    labels = labels.drop_duplicates(APPOINTMENT)
    rows = pairs.merge(labels, on=APPOINTMENT, how="left")
    told = rows["is_appointed"] & rows["success"].notna()
    return rows.assign(
        outcome=rows["success"].where(told).astype("float64"),
        group=rows["day"].dt.strftime("%Y-%m-%d").where(told, ""),
        weight=rows["weight"].where(told, 1.0).astype("float64"),
    )


def past_interviews(
    record: Record, as_of: date, query: FeatureQuery, labelled: pd.DataFrame
) -> PastInterviews | None:
    """Interviews as known on a date, with features; None where too little came of them to learn.

    Features of everybody interviewed take their time, so it is counted first.

    Parameters
    ----------
    labelled : DataFrame
        Matured labels as known on that date; see `PastInterviews.known_on`.
    """
    pairs = interviewed(record, as_of)
    if pairs.empty or not _is_enough(with_outcomes(pairs, labelled), labelled):
        return None
    asked = pairs[["person_id", "post_id"]].assign(as_of=pairs["decided_on"] - ONE_DAY)
    return PastInterviews(pairs, query.frame(asked).reset_index(drop=True))


def _is_enough(rows: pd.DataFrame, labelled: pd.DataFrame) -> bool:
    """Whether a model that keeps its latest groups apart finds outcomes enough in the others."""
    group = labelled["decided_on"].dt.strftime("%Y-%m-%d").to_numpy(str)
    days = labelled["decided_on"].to_numpy("M8[D]")
    success = labelled["success"].to_numpy(float)
    apart = np.unique(group[kept_apart(success, group, days, ReadinessSettings())])
    told = rows["outcome"].notna() & ~rows["group"].isin(apart)
    return are_enough(rows.loc[told, "outcome"].to_numpy())


def interviewed(record: Record, as_of: date) -> pd.DataFrame:
    """Who was interviewed for which vacancy, as known on a date.

    Returns
    -------
    DataFrame
        The columns of `PastInterviews.pairs`, by day of the choice, vacancy and person. `score` is
        the mean over assessors of each one's mean over criteria.
    """
    seen = record.table("candidacy").filter(_.interviewed == "yes", _.recorded_on <= as_of)
    scores = record.table("interview_score").filter(_.recorded_on <= as_of)
    of_assessor = scores.group_by("vacancy_id", "person_id", "assessor").agg(
        score=_.score.mean(), scored_known_on=_.recorded_on.max()
    )
    mean = of_assessor.group_by("vacancy_id", "person_id").agg(
        score=_.score.mean(), scored_known_on=_.scored_known_on.max()
    )
    vacancies = record.table("vacancy").select("vacancy_id", "post_id", "filled_on")
    rows = seen.inner_join(mean, ["vacancy_id", "person_id"]).inner_join(vacancies, "vacancy_id")
    frame = rows.select(
        "vacancy_id",
        "person_id",
        "post_id",
        "decided_on",
        "filled_on",
        "recorded_on",
        "scored_known_on",
        "score",
        is_appointed=rows.outcome == "appointed",
    ).to_pandas()
    days = ("decided_on", "filled_on", "recorded_on", "scored_known_on")
    frame = frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})
    frame = frame.assign(
        known_on=frame[["recorded_on", "scored_known_on"]].max(axis=1),
        score=frame["score"].astype("float64"),
        is_appointed=frame["is_appointed"].astype(bool),
    )
    frame = frame.drop(columns=["recorded_on", "scored_known_on"])
    return frame.sort_values(["decided_on", "vacancy_id", "person_id"], ignore_index=True)
