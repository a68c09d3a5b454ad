"""Where the past that is learnt from ends."""

from datetime import date

import pandas as pd
import pytest

from features.errors import LeakageError
from training.splits import Origin, default_first_year, require_apart, within, yearly_origins


def days(*written: str) -> pd.Series:
    return pd.Series(pd.to_datetime(written))


def test_one_origin_a_year_with_decisions_from_the_first_year_on():
    found = list(yearly_origins(days("2012-09-04", "2009-12-31", "2010-01-01", "2010-07-01"), 2010))
    assert found == [
        Origin(date(2010, 1, 1), date(2011, 1, 1)),
        Origin(date(2012, 1, 1), date(2013, 1, 1)),
    ]


def test_no_origin_behind_the_last_decision():
    assert list(yearly_origins(days("2009-05-01"), 2010)) == []


def test_an_origin_tests_its_first_day_and_not_the_next_origins():
    asked = days("2009-12-31", "2010-01-01", "2010-12-31", "2011-01-01")
    origin = Origin(date(2010, 1, 1), date(2011, 1, 1))
    assert within(asked, origin).tolist() == [False, True, True, False]


def test_origins_share_no_day_and_lose_none():
    asked = days("2009-12-31", "2010-01-01", "2010-12-31", "2011-01-01", "2013-06-01")
    covered = pd.concat([within(asked, origin) for origin in yearly_origins(asked, 2010)], axis=1)
    assert covered.sum(axis=1).tolist() == [0, 1, 1, 1, 1]


def test_default_first_year_leaves_six_in_ten_decisions_before_it():
    asked = days(*[f"{2000 + year}-06-01" for year in range(10)])
    assert default_first_year(asked) == 2006
    assert default_first_year(asked[::-1]) == 2006


def decisions(**columns: list) -> pd.DataFrame:
    rows = pd.DataFrame(columns)
    return rows.assign(**{name: pd.to_datetime(rows[name]) for name in columns if "_on" in name})


CUT = Origin(date(2010, 1, 1), date(2011, 1, 1))
#: ann was appointed before the origin and is again after it.
LEARNT = decisions(
    person_id=["ann", "bob"],
    decided_on=["2007-03-01", "2008-03-01"],
    window_end_on=["2009-03-01", "2010-01-01"],
)
TESTED = decisions(person_id=["ann", "cid"], decided_on=["2010-05-01", "2010-06-01"])


def on_eves(rows: pd.DataFrame, days: int = 1) -> pd.DataFrame:
    return rows.assign(as_of=rows["decided_on"] - pd.Timedelta(days=days))


def test_one_person_may_stand_on_both_sides_on_the_eve_of_each_decision():
    require_apart(on_eves(LEARNT), on_eves(TESTED), CUT)


@pytest.mark.parametrize("days", [0, -30, 30])
@pytest.mark.parametrize("side", ["learnt", "tested"])
def test_a_snapshot_other_than_that_of_the_eve_is_refused(days: int, side: str):
    learnt = on_eves(LEARNT, days if side == "learnt" else 1)
    tested = on_eves(TESTED, days if side == "tested" else 1)
    with pytest.raises(LeakageError, match="2 decisions of 2 people with another snapshot"):
        require_apart(learnt, tested, CUT)


def test_a_day_is_never_torn_apart():
    tested = TESTED.assign(decided_on=pd.to_datetime(["2008-03-01", "2010-06-01"]))
    with pytest.raises(LeakageError, match="1 decisions are tested whose day is learnt from"):
        require_apart(on_eves(LEARNT), on_eves(tested), CUT)


def test_nothing_is_tested_that_lies_before_what_is_learnt_from():
    tested = TESTED.assign(decided_on=pd.to_datetime(["2007-12-01", "2010-06-01"]))
    with pytest.raises(LeakageError, match="lie before others"):
        require_apart(on_eves(LEARNT), on_eves(tested), CUT)


def test_an_outcome_that_was_not_known_at_the_origin_is_not_learnt_from():
    learnt = LEARNT.assign(window_end_on=pd.to_datetime(["2009-03-01", "2010-01-02"]))
    with pytest.raises(LeakageError, match="1 outcomes are learnt from that were not known yet"):
        require_apart(on_eves(learnt), on_eves(TESTED), CUT)
