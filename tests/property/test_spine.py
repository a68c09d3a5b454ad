"""A question about a thousand dates is a thousand questions about one date."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from features.assemble import FeatureQuery
from features.intake import ingest
from features.tables.record import Record
from tests.lib.agencies import write_harbour

N_DATES = 1000
N_PEOPLE = 60
PEOPLE_A_DATE = 4


def spine(record: Record) -> pd.DataFrame:
    """A thousand dates, nine days apart, and on each some people for a post, all in their turn."""
    people = sorted(record.table("person").to_pandas()["person_id"])
    posts = sorted(record.table("post").to_pandas()["post_id"])
    rows = [
        (
            people[(PEOPLE_A_DATE * n + place) % len(people)],
            posts[n % len(posts)],
            date(1998, 3, 1) + timedelta(days=9 * n),
        )
        for n in range(N_DATES)
        for place in range(PEOPLE_A_DATE)
    ]
    return pd.DataFrame(rows, columns=["person_id", "post_id", "as_of"])


def test_a_thousand_dates_at_once_equal_a_thousand_dates_one_by_one(tmp_path: Path):
    mapping = write_harbour(tmp_path / "exports", n_people=N_PEOPLE)
    record = ingest(mapping, tmp_path / "exports", tmp_path / "home").record()
    # Small questions are answered sooner by one thread than by several.
    record.backend.raw_sql("SET threads = 1")
    query, pairs = FeatureQuery(record), spine(record)
    assert pairs["as_of"].nunique() == N_DATES

    at_once = query.frame(pairs)
    one_by_one = pd.concat([query.frame(rows) for _day, rows in pairs.groupby("as_of")])

    assert one_by_one.index.equals(at_once.index)
    assert one_by_one.to_numpy().tobytes() == at_once.to_numpy().tobytes()
    # Every feature says something of somebody, and most of them change over a thousand dates.
    assert at_once.drop(columns=NOBODY).notna().any().all()
    assert (at_once.drop(columns=NOBODY).nunique() > 1).all()


#: The harbour has no memberships.
NOBODY = ["years_as_member", "years_member_before_office"]
