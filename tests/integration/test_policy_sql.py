"""The engine of policy packs against the same pack written by hand in SQL.

The rule that must not break: two implementations that share no line give the same answers to every
question about a small ministry whose exports have been read.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from benchmarks.__main__ import TOPICS
from benchmarks.policy import (
    PACK,
    boxes_by_sql,
    eligibility_by_sql,
    require_same_answers,
    require_same_boxes,
)
from features.packs.pack import load_pack
from features.packs.rules import ROUTES
from features.policy.eligibility import eligibility
from features.policy.scores import nine_box
from features.tables.record import Record
from tests.lib.simulated import ingested

#: The small ministry is simulated from 2017 to 2023; the end of March is a seam of the predicates.
DAYS = (date(2020, 3, 30), date(2020, 3, 31), date(2023, 12, 31))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return ingested(tmp_path_factory.mktemp("ministry"))[0].record()


@pytest.fixture(scope="module")
def people(record: Record) -> pd.DataFrame:
    """Everybody on every day, those who were never appointed too."""
    days = pd.DataFrame({"as_of": pd.to_datetime(pd.Series(DAYS))})
    return record.table("person").to_pandas().merge(days, how="cross")


def test_the_topic_can_be_asked_for():
    assert "policy" in TOPICS


def test_engine_and_sql_give_the_same_answers(record: Record, people: pd.DataFrame):
    posts = record.table("post")
    named = posts.filter(
        posts.post_class.isin(["jpt_madya", "jpt_pratama", "administrator", "pengawas"])
    )
    pairs = people.merge(named.select("post_id").to_pandas(), how="cross")
    pairs["route"] = np.resize(list(ROUTES), len(pairs))
    found = eligibility(record, load_pack(PACK), pairs)
    require_same_answers(found, eligibility_by_sql(record, pairs))


def test_engine_and_sql_give_the_same_boxes(record: Record, people: pd.DataFrame):
    found = nine_box(record, load_pack(PACK), people)
    require_same_boxes(found, boxes_by_sql(record, people))


def test_one_answer_that_differs_is_found(record: Record, people: pd.DataFrame):
    rows = boxes_by_sql(record, people)
    found = nine_box(record, load_pack(PACK), people)
    found.frame.iloc[3, 0] += 1e-6
    with pytest.raises(RuntimeError, match="differ in performance_low in 1 rows"):
        require_same_boxes(found, rows)
