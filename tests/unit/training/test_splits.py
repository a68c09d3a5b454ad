"""Where the past that is learnt from ends."""

from datetime import date

import pandas as pd

from training.splits import Origin, default_first_year, within, yearly_origins


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
