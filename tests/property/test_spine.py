"""A question about a thousand dates is a thousand questions about one date."""

from datetime import date, timedelta

import pandas as pd
import pytest

from features.assemble import FeatureQuery
from features.catalogue import CATALOGUE
from features.intake import ingest
from features.tables.record import Record
from tests.lib.agencies import write_harbour

N_DATES = 1000
#: Every other date is asked about alone, in parts: so that a failure says which half it is in.
N_PARTS, ALONE = 4, (0, 2)
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


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[FeatureQuery, pd.DataFrame]:
    """The question, and what it is asked about."""
    folder = tmp_path_factory.mktemp("spine")
    mapping = write_harbour(folder / "exports", n_people=N_PEOPLE)
    record = ingest(mapping, folder / "exports", folder / "home").record()
    # Small questions are answered sooner by one thread than by several.
    record.backend.raw_sql("SET threads = 1")
    return FeatureQuery(record), spine(record)


@pytest.fixture(scope="module")
def at_once(asked: tuple[FeatureQuery, pd.DataFrame]) -> pd.DataFrame:
    """The answer to all dates together."""
    query, pairs = asked
    assert pairs["as_of"].nunique() == N_DATES
    return query.frame(pairs)


@pytest.mark.parametrize("part", ALONE)
def test_a_thousand_dates_at_once_equal_the_same_dates_one_by_one(asked, at_once, part: int):
    query, pairs = asked
    days = sorted(pairs["as_of"].unique())[part::N_PARTS]
    assert len(days) == N_DATES / N_PARTS
    of_part = pairs[pairs["as_of"].isin(days)]

    one_by_one = pd.concat([query.frame(rows) for _day, rows in of_part.groupby("as_of")])

    expected = at_once.loc[of_part.index]
    assert one_by_one.index.equals(expected.index)
    assert one_by_one.to_numpy().tobytes() == expected.to_numpy().tobytes()


def test_every_feature_says_something_and_changes_over_a_thousand_dates(at_once):
    said = at_once.drop(columns=NOBODY)
    assert said.notna().any().all()
    assert (said.nunique() > 1).all()


#: The harbour has no memberships and no papers, tells of no reform and no remote unit, and has no
#: caretakers.
NOBODY = [
    f.name
    for f in CATALOGUE
    if f.room not in ("trajectory", "match")
    or f.name in ("years_as_member", "years_member_before_office", "has_studied_field")
    or f.name in ("n_remote_posts", "years_remote", "n_equalisations", "n_caretaker")
]
