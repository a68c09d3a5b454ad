"""The frame: what goes in, what comes out, and what is left behind."""

from datetime import date
from functools import cache

import duckdb
import ibis
import pandas as pd
import pytest
from ibis import _

from features.agencies.mapping import parse_mapping
from features.assemble import FeatureQuery, feature_frame, strategic_frame
from features.catalogue import CATALOGUE, Feature
from features.errors import CatalogueError, DateError
from features.tables.record import Record
from tests.lib.careers import drawn_record, pairs
from tests.lib.small_agency import MAPPING

POSTS = """
    post  | unit  | class | fields
    clerk | ports | staff | cargo
    head  | ports | head  | cargo
    boss  | roads | chief | -
"""
CAREERS = """
    person | post  | start_on   | end_on
    ann    | clerk | 2010-01-01 | 2012-01-01
    ann    | head  | 2012-01-01 | -
    bob    | clerk | 2011-01-01 | -
    cid    | head  | 2011-06-01 | 2014-01-01
"""
ASKED = """
    person | post | as_of
    bob    | boss | 2013-01-01
    ann    | head | 2013-01-01
    ann    | boss | 2011-01-01
"""


@cache
def record() -> Record:
    return drawn_record(posts=POSTS, appointments=CAREERS)


@cache
def query() -> FeatureQuery:
    return FeatureQuery(record())


def test_columns_are_the_catalogue_in_its_order():
    frame = query().frame(pairs(ASKED))
    assert list(frame.columns) == CATALOGUE.names
    assert set(frame.dtypes.astype(str)) == {"float64"}


def test_rows_keep_the_order_and_the_index_of_the_pairs():
    asked = pairs(ASKED).set_index(pd.Index(["third", "first", "third"]))
    frame = query().frame(asked)
    assert frame.index.tolist() == ["third", "first", "third"]
    # bob and ann of 2013 have held one and two posts, ann of 2011 one.
    assert frame["n_appointments"].tolist() == [1, 2, 1]
    assert frame["post_step"].tolist() == [3, 2, 3]


def test_a_pair_may_be_asked_about_twice():
    asked = pairs(ASKED)
    frame = query().frame(pd.concat([asked, asked.iloc[[1]]]))
    assert frame.index.tolist() == [0, 1, 2, 1]
    pd.testing.assert_frame_equal(frame.iloc[[1]], frame.iloc[[3]], check_exact=True)


def test_no_pairs_make_a_frame_without_rows():
    frame = query().frame(pairs(ASKED).iloc[:0])
    assert frame.shape == (0, len(CATALOGUE.names))


def test_columns_beside_the_pair_are_not_looked_at():
    asked = pairs(ASKED)
    beside = asked.assign(step=7, start_on=pd.Timestamp("2030-01-01"))[
        ["start_on", "as_of", "step", "post_id", "person_id"]
    ]
    pd.testing.assert_frame_equal(query().frame(beside), query().frame(asked), check_exact=True)


def test_dates_may_be_written_as_dates():
    asked = pairs(ASKED)
    plain = asked.assign(as_of=[day.date() for day in asked["as_of"]])
    pd.testing.assert_frame_equal(query().frame(plain), query().frame(asked), check_exact=True)


def test_a_row_without_a_date_is_refused():
    with pytest.raises(DateError, match="a row without a date"):
        query().frame(pairs(ASKED + "    ann | boss | -"))


def test_a_date_with_a_time_of_day_is_refused():
    with pytest.raises(DateError, match="a date with a time of day"):
        query().frame(pairs(ASKED).assign(as_of=pd.Timestamp("2013-01-01 12:00")))


def test_a_person_nobody_heard_of_has_a_row_of_zeros_and_missing_values():
    row = query().frame(pairs("person | post | as_of\nzoe | head | 2013-01-01")).iloc[0]
    assert row["n_appointments"] == 0
    assert row["years_in_service"] == 0
    assert row["years_in_organisation"] == 0
    assert pd.isna(row["highest_step"])
    assert pd.isna(row["step_rise"])
    # What is known of the post does not hang on the person.
    assert row["post_step"] == 2
    assert row["n_incumbents"] == 2


def test_a_post_nobody_heard_of_leaves_the_match_missing_and_the_career_as_it_is():
    row = query().frame(pairs("person | post | as_of\nann | moon | 2013-01-01")).iloc[0]
    assert row["n_appointments"] == 2
    assert row[CATALOGUE.of_room("match")].isna().all()
    assert row[CATALOGUE.of_room("trajectory")].notna().any()


def test_one_question_asked_twice_is_answered_alike_to_the_last_bit():
    first = query().frame(pairs(ASKED))
    query().frame(pairs("person | post | as_of\ncid | head | 2020-01-01"))
    again = query().frame(pairs(ASKED))
    assert first.to_numpy().tobytes() == again.to_numpy().tobytes()
    anew = feature_frame(record(), pairs(ASKED))
    assert first.to_numpy().tobytes() == anew.to_numpy().tobytes()


def tables_of(record: Record) -> list[str]:
    return sorted(record.backend.list_tables() + record.backend.list_tables(database="temp.main"))


def test_nothing_stays_behind_when_a_question_is_asked_often():
    asked, before = pairs(ASKED), tables_of(query_of_its_own()[0])
    for _time in range(50):
        query_of_its_own()[1].frame(asked)
    assert tables_of(query_of_its_own()[0]) == before


@cache
def query_of_its_own() -> tuple[Record, FeatureQuery]:
    its_own = drawn_record(posts=POSTS, appointments=CAREERS)
    return its_own, FeatureQuery(its_own)


def test_frames_made_one_by_one_leave_no_tables_behind():
    its_own = drawn_record(posts=POSTS, appointments=CAREERS)
    feature_frame(its_own, pairs(ASKED))
    once = tables_of(its_own)
    feature_frame(its_own, pairs(ASKED))
    assert tables_of(its_own) == once
    assert not [name for name in once if name.startswith("prepared")]


def planted(room: str = "planted", low: float = 0, high: float = 10) -> Feature:
    return Feature(
        "n_planted", "count", low, high, 0, "pace", room, "Uji", "Planted", ("appointment",)
    )


def answers(**columns: float):
    """A room that gives every pair the same values."""
    return lambda _asof, asked: asked.mutate(**{n: ibis.literal(v) for n, v in columns.items()})


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({}, "n_planted"),
        ({"n_planted": 1.0, "n_more": 1.0}, "n_more"),
        ({"n_other": 1.0}, "n_other, n_planted"),
    ],
    ids=["left out", "added", "another name"],
)
def test_a_room_that_differs_from_the_catalogue_is_refused(columns: dict, what: str):
    with pytest.raises(CatalogueError, match=f"differ from the catalogue: {what}"):
        query_with(answers(**columns))


def test_a_refused_room_leaves_no_tables_behind():
    before = tables_of(record())
    with pytest.raises(CatalogueError):
        query_with(answers(n_other=1.0))
    assert tables_of(record()) == before


def test_a_feature_whose_room_is_not_there_is_refused():
    with pytest.raises(CatalogueError, match="n_planted"):
        feature_frame(record(), pairs(ASKED), catalogue=CATALOGUE.with_features(planted("attic")))


@pytest.mark.parametrize("value", [-0.5, 10.5])
def test_a_value_outside_its_range_is_refused(value: float):
    with pytest.raises(CatalogueError, match="feature n_planted: a value outside its range"):
        query_with(answers(n_planted=value)).frame(pairs(ASKED))


@pytest.mark.parametrize("value", [0.0, 10.0])
def test_a_value_at_the_end_of_its_range_is_let_through(value: float):
    frame = query_with(answers(n_planted=value)).frame(pairs(ASKED))
    assert frame["n_planted"].tolist() == [value] * 3


def test_nothing_stays_behind_when_a_question_fails():
    # A person whose id is no number cannot be answered about.
    question = query_with(lambda _asof, asked: asked.mutate(n_planted=_.person_id.cast("int64")))
    before = tables_of(record())
    with pytest.raises(duckdb.ConversionException):
        question.frame(pairs("person | post | as_of\nann | head | 2013-01-01"))
    assert tables_of(record()) == before
    frame = question.frame(pairs("person | post | as_of\n7 | head | 2013-01-01"))
    assert frame["n_planted"].tolist() == [7]


def test_one_value_outside_its_range_is_enough():
    def some(_asof, asked):
        return asked.mutate(n_planted=ibis.ifelse(_.person_id == "ann", 11.0, 1.0))

    with pytest.raises(CatalogueError, match="feature n_planted"):
        query_with(some).frame(pairs(ASKED))


def query_with(room) -> FeatureQuery:
    """A question of one planted room and nothing else."""
    catalogue = CATALOGUE.with_features(planted())
    alone = type(catalogue)(tuple(catalogue.groups.values()), (catalogue["n_planted"],))
    return FeatureQuery(record(), catalogue=alone, rooms={"planted": room})


def test_the_strategic_frame_holds_everybody_rankable_for_every_strategic_post():
    text = MAPPING.replace("{post_class: low,", "{post_class: staff,")
    text = text.replace("{post_class: high,", "{post_class: chief,").replace(
        "ladder:", "ladder:\n  - {post_class: head, title: {id: Kepala, en: Head}}"
    )
    text = text.replace("classes: [high]", "classes: [chief, head]")
    frame = strategic_frame(record(), parse_mapping(text, "small.yaml"), date(2011, 6, 1))
    assert list(frame.columns) == ["person_id", "post_id", "as_of", *CATALOGUE.names]
    # cid's first appointment is recorded on the day itself, which is not before it.
    assert frame["post_id"].tolist() == ["boss", "boss", "head", "head"]
    assert frame["person_id"].tolist() == ["ann", "bob", "ann", "bob"]
    assert set(frame["as_of"]) == {pd.Timestamp("2011-06-01")}
    expected = query().frame(frame[["person_id", "post_id", "as_of"]])
    pd.testing.assert_frame_equal(frame[CATALOGUE.names], expected, check_exact=True)


def test_the_strategic_frame_of_a_day_before_everything_is_empty():
    text = MAPPING.replace("classes: [high]", "classes: [chief]").replace("high", "chief")
    frame = strategic_frame(record(), parse_mapping(text, "small.yaml"), date(2000, 1, 1))
    assert frame.shape == (0, 3 + len(CATALOGUE.names))
