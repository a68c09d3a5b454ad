"""Trainings with and without a last day, every expected number workable by hand."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from features.assemble import FeatureQuery
from features.catalogue import CATALOGUE
from features.tables.record import Record
from tests.lib.careers import drawn_record, pairs

ON = "2020-01-01"


def course(
    begun: str,
    ended: str | None = None,
    hours: float | None = 10.0,
    *,
    kind: str = "technical",
    level: str | None = None,
    begun_recorded: str | None = None,
    ended_recorded: str | None = None,
) -> dict:
    """A course of Ann's, recorded on its own days if no others are told."""
    return {
        "training_id": f"{begun} {ended} {hours} {kind} {level}",
        "person_id": "ann",
        "kind": kind,
        "hours": hours,
        "level": level,
        "started_on": day(begun),
        "started_recorded_on": day(begun_recorded or begun),
        "finished_on": day(ended),
        "finished_recorded_on": day(ended_recorded or ended),
    }


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def record_of(*courses: dict) -> Record:
    papers = {"training": list(courses)}
    posts = "post | unit | class\np1 | ports | staff"
    return drawn_record(posts=posts, people="ann bob", papers=papers)


def of_ann(record: Record, on: str = ON) -> pd.Series:
    asked = pairs(f"person | post | as_of\nann | p1 | {on}\nbob | p1 | {on}")
    frame = FeatureQuery(record).frame(asked)[CATALOGUE.of_room("development")]
    assert frame["n_trainings"][1] == frame["n_recent_trainings"][1] == 0, "bob has none"
    return frame.iloc[0]


def told(found: pd.Series, *names: str) -> list[float | None]:
    return [None if np.isnan(found[name]) else float(found[name]) for name in names]


HOURS = ("training_hours_1y", "training_hours_3y", "technical_hours_3y")


def test_a_training_without_a_last_day_counts_and_never_as_none():
    found = of_ann(record_of(course("2012-03-01")))
    assert found["n_trainings"] == found["n_training_kinds"] == 1
    # It was finished by March 2013, and so not within three years of the day.
    assert told(found, "n_recent_trainings", *HOURS) == [0, None, None, None]
    # On which day nobody knows.
    assert told(found, "years_since_training") == [None]


def test_what_began_within_a_year_may_be_under_way_and_is_neither_counted_nor_nought():
    under_way = course("2019-06-01", level="pka", hours=100.0)
    alone = of_ann(record_of(under_way))
    counts = ("n_trainings", "n_recent_trainings", "n_training_kinds", "leadership_training")
    assert told(alone, *counts) == [None] * 4
    assert told(alone, *HOURS, "years_since_training") == [None] * 4
    beside = of_ann(record_of(under_way, course("2019-03-01", "2019-03-05", hours=4.0)))
    assert told(beside, *counts, *HOURS) == [1, 1, 1, None, 4, 4, 4]
    assert beside["years_since_training"] == pytest.approx(302 / 365.25)
    # After 365 days it is over: on 1 June 2020, of one that began on 2 June 2019.
    assert told(of_ann(record_of(course("2019-06-02")), "2020-06-01"), "n_trainings") == [1]
    assert told(of_ann(record_of(course("2019-06-02")), "2020-05-31"), "n_trainings") == [None]


def test_hours_are_missing_where_they_depend_on_the_day():
    known = course("2019-03-01", "2019-03-05", hours=4.0)
    # Finished between June 2018 and June 2019: within three years, within one or not.
    found = of_ann(record_of(course("2018-06-01"), known))
    assert told(found, "n_trainings", "n_recent_trainings", *HOURS) == [2, 2, None, 14, 14]
    # Finished between June 2016 and June 2017: within three years or not, and not within one.
    found = of_ann(record_of(course("2016-06-01"), known))
    assert told(found, "n_trainings", "n_recent_trainings", *HOURS) == [2, None, 4, None, None]
    # And whatever its day, the newest is the one of March 2019.
    assert found["years_since_training"] == pytest.approx(302 / 365.25)


def test_three_years_are_1096_days_and_the_last_of_them_counts():
    def recent(begun: str, ended: str | None = None) -> list[float | None]:
        return told(of_ann(record_of(course(begun, ended))), "n_recent_trainings")

    assert recent("2016-12-01", "2016-12-31") == [1]
    assert recent("2016-12-01", "2016-12-30") == [0]
    # Finished by 31 December 2016 at the latest, or a day before.
    assert recent("2016-01-01") == [None]
    assert recent("2015-12-31") == [0]


def test_an_undated_training_leaves_alone_what_it_cannot_change():
    known = course("2019-06-01", "2019-06-05", kind="structural", level="pka")
    no_hours = course("2018-06-10", hours=None, kind="technical")
    found = of_ann(record_of(known, no_hours))
    # Nobody wrote down its hours, so it adds none to those that are told.
    assert told(found, *HOURS) == [10, 10, None]
    assert found["leadership_training"] == 3
    # From 5 June 2019 to 1 January 2020; the other one may be five days newer.
    assert told(found, "years_since_training") == [None]
    assert found["years_since_leadership_training"] == pytest.approx(210 / 365.25)


def test_of_leadership_trainings_an_undated_one_may_be_the_newest():
    dated = course("2015-01-01", "2015-06-01", level="pkp")
    found = of_ann(record_of(dated, course("2014-08-01", level="pka")))
    assert found["leadership_training"] == 3
    assert told(found, "years_since_leadership_training") == [None]
    found = of_ann(record_of(dated, course("2011-01-01", level="pka")))
    assert found["leadership_training"] == 3
    assert found["years_since_leadership_training"] == pytest.approx(1675 / 365.25)


def test_trainings_that_have_not_begun_or_are_known_to_end_later_do_not_count():
    announced = course("2020-02-01", begun_recorded="2019-11-01")
    lasting = course("2019-12-01", "2020-03-01", ended_recorded="2019-12-01")
    found = of_ann(record_of(announced, lasting))
    assert told(found, "n_trainings", "n_recent_trainings", *HOURS[:1]) == [0, 0, None]


def test_a_last_day_that_is_recorded_later_is_not_known_yet():
    record = record_of(course("2016-05-01", "2016-05-09", ended_recorded="2020-06-01"))
    before, after = of_ann(record), of_ann(record, "2020-07-01")
    # Some day of the year from May 2016: within three years of 2020 or not.
    assert told(before, "n_trainings", "n_recent_trainings") == [1, None]
    assert told(after, "n_trainings", "n_recent_trainings") == [1, 0]
    blanked = of_ann(record.blanked(ibis.literal(date.fromisoformat(ON))))
    pd.testing.assert_series_equal(before, blanked)
