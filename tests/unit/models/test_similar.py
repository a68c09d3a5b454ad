"""The search for similar careers, on careers drawn on the page."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import PersonNotFoundError
from models.careers import CareerRecord, day_numbers
from models.embedding import Visits
from models.similar import CareerSearch
from tests.lib.moves import table

# Two services. ann, bob and cyd walked the same way at sea, dan on land; eve has just begun at
# sea, and fay was at sea and went on land.
CAREERS = table("""
    person_id | on         | organisation | step | sequence
    1         | 2000-01-01 | Sea          | 1    | 0
    1         | 2003-01-01 | Sea          | 2    | 1
    1         | 2006-01-01 | Sea          | 3    | 2
    2         | 2001-01-01 | Sea          | 1    | 3
    2         | 2004-01-01 | Sea          | 2    | 4
    3         | 2002-01-01 | Sea          | 1    | 5
    3         | 2004-06-01 | Sea          | 2    | 6
    3         | 2007-01-01 | Sea          | 3    | 7
    4         | 2000-01-01 | Land         | 1    | 8
    4         | 2003-01-01 | Land         | 2    | 9
    5         | 2008-01-01 | Sea          | 1    | 10
    6         | 2001-01-01 | Sea          | 2    | 11
    6         | 2005-01-01 | Land         | 2    | 12
    4         | 2009-01-01 | Land         | 3    | 13
""")
NAMES = {1: "ann", 2: "bob", 3: "cyd", 4: "dan", 5: "eve", 6: "fay"}


def search(spells=CAREERS, on="2010-01-01", encoder=None):
    spells = spells.assign(person_id=spells["person_id"].map(lambda n: NAMES.get(n, f"p{n}")))
    day = int(day_numbers(pd.Series([pd.Timestamp(on)]))[0])
    return CareerSearch(CareerRecord(spells), day, encoder)


def told(found):
    return found.rows.set_index("person_id")


def test_careers_like_a_beginners_are_those_that_began_alike_and_where_they_went():
    rows = told(search().like_person("eve", 10))
    assert set(rows.index[:3]) == {"ann", "bob", "cyd"}
    assert rows["similarity"].tolist()[:3] == [1.0, 1.0, 1.0]
    # Equally alike: whose point is latest comes first.
    assert rows.index.tolist()[:3] == ["cyd", "bob", "ann"]
    for name, on in (("cyd", "2004-06-01"), ("bob", "2004-01-01"), ("ann", "2003-01-01")):
        row = rows.loc[name]
        assert (row["organisation"], row["step"]) == ("Sea", 1)
        assert (row["next_organisation"], row["next_step"]) == ("Sea", 2)
        assert row["next_on"] == pd.Timestamp(on)
    assert rows["similarity"].is_monotonic_decreasing


def test_somebody_is_never_like_themself_and_everybody_stands_once():
    found = search().like_person("ann", 10)
    assert "ann" not in set(found.rows["person_id"])
    assert not found.rows["person_id"].duplicated().any()
    assert found.n_compared == len(found.rows) == 5
    assert len(search().like_person("ann", 2).rows) == 2
    assert search().like_person("ann", 2).n_compared == 5


def test_what_was_not_on_record_by_the_day_did_not_happen():
    rows = told(search(on="2007-01-01").like_person("ann", 10))
    # cyd went to the top on that very day: bob and cyd have nothing further on record.
    assert rows.loc[["bob", "cyd"], "step"].tolist() == [2, 2]
    assert rows.loc[["bob", "cyd"], "next_organisation"].tolist() == [None, None]
    assert rows.loc[["bob", "cyd"], "next_on"].isna().all()
    assert "eve" not in rows.index
    after = told(search(on="2007-01-02").like_person("ann", 10))
    assert after.loc["cyd", "step"] == 3


def test_somebody_not_on_record_is_refused_without_being_named():
    for name in ("eve", "nobody"):
        with pytest.raises(PersonNotFoundError) as refused:
            search(on="2007-01-01").like_person(name, 10)
        assert name not in str(refused.value)


def test_careers_towards_a_post_are_those_on_the_way_to_it():
    found = search().like_post("Sea", 3, 10)
    rows = told(found)
    # ann and cyd are there already; bob stands where they came from.
    assert not {"ann", "cyd"} & set(rows.index)
    assert rows.index[0] == "bob"
    assert rows.loc["bob", "to_holders"] == pytest.approx(1.0, abs=0.01)
    assert rows.loc["dan", "to_holders"] < 0.2
    assert set(rows["n_holders"]) == {2}
    both = rows[["to_state", "to_holders"]].mean(axis=1)
    np.testing.assert_allclose(rows["similarity"], both, atol=1e-9)


class Axes:
    """An encoder of another kind: each career lies along the axis of its person's code."""

    def space(self, past):
        return self

    n_dimensions = 8

    def careers(self, visits: Visits):
        return np.eye(8)[visits.person]

    def destinations(self, organisation, step):
        return np.full((len(organisation), 8), np.nan)


def test_a_former_holder_is_compared_with_the_others_only():
    left = pd.concat([CAREERS, CAREERS.tail(1).assign(person_id=1, step=1, sequence=20)])
    rows = told(search(left, encoder=Axes()).like_post("Sea", 3, 10))
    # Of ann and cyd, who held it, ann has gone on: her own career is not in the mean for her.
    assert rows.loc["ann", "n_holders"] == 1
    assert rows.loc["ann", "to_holders"] == 0.0
    assert rows.loc["bob", "n_holders"] == 2
    assert np.isnan(rows["to_state"]).all()
    assert (rows["similarity"] == rows["to_holders"]).all()


def test_the_only_holder_has_nobody_to_be_compared_with():
    left = pd.concat([CAREERS, CAREERS.tail(1).assign(step=2, sequence=20, person_id=4)])
    left.iloc[-1, left.columns.get_loc("on")] = pd.Timestamp("2009-06-01")
    rows = told(search(left).like_post("Land", 3, 10))
    assert rows.loc["dan", "n_holders"] == 0
    assert np.isnan(rows.loc["dan", "to_holders"])
    assert rows.loc["dan", "similarity"] == rows.loc["dan", "to_state"]
    assert rows.loc["bob", "n_holders"] == 1


def test_holders_count_as_they_stood_before_they_came():
    # What ann does after the post says nothing of the way to it.
    later = CAREERS.tail(1).assign(person_id=1, organisation="Land", step=2, sequence=20)
    plain = told(search(encoder=Axes()).like_post("Sea", 3, 10))
    after = told(search(pd.concat([CAREERS, later]), encoder=Axes()).like_post("Sea", 3, 10))
    assert after.loc["bob", "to_holders"] == plain.loc["bob", "to_holders"]
    assert after.loc["bob", "n_holders"] == plain.loc["bob", "n_holders"] == 2


def test_a_post_that_nothing_is_known_of_is_like_nobodys_career():
    found = search().like_post("Ice", 9, 10)
    assert found.rows.empty
    assert found.n_compared == 0


def test_the_answer_says_how_many_dimensions_there_were():
    found = search().like_person("ann", 1)
    assert found.n_states == 6
    assert found.n_dimensions == 5 <= found.n_states


def test_another_encoder_can_be_plugged_in():
    rows = told(search(encoder=Axes()).like_person("ann", 10))
    assert (rows["similarity"] == 0).all()


LATE = st.tuples(
    st.integers(1, 8),
    st.dates(date(1999, 1, 1), date(2012, 1, 1)),
    st.sampled_from(["Sea", "Land", "Ice"]),
    st.integers(1, 4),
)


@settings(max_examples=25, deadline=None)
@given(late=st.lists(LATE, min_size=1, max_size=3), order=st.permutations(range(len(CAREERS))))
def test_neither_what_is_recorded_later_nor_the_order_of_rows_changes_an_answer(late, order):
    known = CAREERS.assign(known_on=CAREERS["on"])
    added = pd.DataFrame(late, columns=["person_id", "on", "organisation", "step"])
    added = added.assign(
        on=pd.to_datetime(added["on"]),
        sequence=np.arange(50, 50 + len(late)),
        known_on=pd.Timestamp("2010-01-01"),
    )
    spells = pd.concat([known.iloc[order], added], ignore_index=True)
    for ask in (lambda s: s.like_person("ann", 9), lambda s: s.like_post("Sea", 3, 9)):
        ours, theirs = ask(search()), ask(search(spells))
        pd.testing.assert_frame_equal(ours.rows, theirs.rows)
        assert ours.n_states == theirs.n_states
