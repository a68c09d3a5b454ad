"""How fresh the record of a career is, as of a date."""

import pandas as pd

from features.evidence import newest_facts
from tests.lib.careers import drawn_record

POSTS = """
    post  | unit  | class
    head  | ports | head
    chief | ports | chief
"""
RECORD = drawn_record(
    posts=POSTS,
    appointments="""
    person | post  | start_on   | start_recorded_on | end_on     | end_recorded_on
    ann    | head  | 2010-01-01 | 2010-02-01        | 2012-01-01 | 2014-03-01
    ann    | chief | 2011-01-01 | 2011-02-01        | -          | -
    bob    | head  | 2010-01-01 | 2010-01-05        | -          | -
    """,
    memberships="""
    person | body  | start_on   | end_on
    cid    | house | 2010-01-01 | -
    bob    | house | 2013-01-01 | -
    """,
)


def newest(*asked: tuple[str, str]) -> list[str | None]:
    """The day told for each person and date, in the order asked."""
    people = pd.DataFrame(asked, columns=["person_id", "on"], index=range(7, 7 + len(asked)))
    days = newest_facts(RECORD, people.assign(on=pd.to_datetime(people["on"])))
    assert days.index.equals(people.index)
    return [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in days]


def test_newest_fact_is_the_latest_start_or_end_on_record_by_the_date():
    asked = [("ann", "2014-03-01"), ("ann", "2014-02-28"), ("bob", "2014-03-01")]
    assert newest(*asked) == ["2014-03-01", "2011-02-01", "2010-01-05"]


def test_newest_fact_is_that_of_recording_and_not_of_happening():
    # Ann's first post began in January and ended in 2012: the record learnt of it later.
    assert newest(("ann", "2010-01-31"), ("ann", "2010-02-01"), ("ann", "2012-06-01")) == [
        None,
        "2010-02-01",
        "2011-02-01",
    ]


def test_a_seat_in_a_body_tells_nothing_new_about_a_career():
    assert newest(("cid", "2014-01-01"), ("bob", "2014-01-01")) == [None, "2010-01-05"]
