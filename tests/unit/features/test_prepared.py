"""A question that is remembered answers every record as one that was put together for it."""

from contextlib import closing
from datetime import date
from itertools import product

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from features import prepared
from features.agencies.rules import Label
from features.assemble import PAIR, ROOMS, FeatureQuery
from features.catalogue import CATALOGUE, Catalogue
from features.prepared import Prepared
from features.tables.record import Record, record_from_arrow
from features.tables.schema import OVERLAY
from tests.lib.careers import drawn_record
from tests.lib.papers import drawn_papers
from training.labels import Outcomes

PEOPLE, UNITS = ("ann", "bob", "cy", "dee", "eve"), ("u1", "u2")
POSTS = """
    post | unit | class | fields
    p1   | u1   | staff | cargo
    p2   | u1   | head  | law
    p3   | u2   | chief | bridges
"""
CAREERS = """
    person | post | start_on   | end_on
    ann    | p1   | 2001-01-01 | 2004-01-01
    ann    | p2   | 2004-01-01 | {end}
    bob    | p3   | 2003-01-01 | -
    cy     | p2   | 2002-01-01 | 2003-06-01
"""
LINKS = """
    from | to | kind   | on
    u1   | u2 | rename | {linked}
"""
DAYS = (date(2005, 6, 1), date(2007, 6, 1))
BLANKED_AFTER = date(2004, 6, 1)


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_REMEMBERED", {})


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """Records of the same tables, all of them kept, with other rows and another lineage."""
    made = {
        str(seed): drawn_record(
            posts=POSTS,
            appointments=CAREERS.format(end=f"200{seed + 3}-01-01"),
            links=LINKS.format(linked=f"200{seed + 3}-03-01"),
            people=" ".join(PEOPLE),
            papers=drawn_papers(seed, PEOPLE, ("p1", "p2", "p3"), UNITS),
        )
        for seed in (2, 3)
    }
    made["3, blanked"] = made["3"].blanked(ibis.literal(BLANKED_AFTER)).apart()
    return made


def asked() -> pd.DataFrame:
    return pd.DataFrame(product(PEOPLE, ("p1", "p2", "p3"), DAYS), columns=list(PAIR))


def frame(record: Record) -> pd.DataFrame:
    with closing(FeatureQuery(record)) as query:
        return query.frame(asked())


@pytest.fixture(scope="module")
def own(records) -> dict[str, tuple[pd.DataFrame, object]]:
    """Of each record the frame of a question that was put together for it, and that question."""
    told = {}
    for name, record in records.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared, "_REMEMBERED", {})
            made = frame(record)
            (question,) = prepared._REMEMBERED.values()
            told[name] = made, question
    return told


def test_no_room_looks_at_rows_while_it_is_put_together(own):
    (one, *others) = [question for _frame, question in own.values()]
    assert others == [one] * 2
    assert {f"@prepared@room_{room}" for room in ROOMS} <= {name for name, _sql in one.stages}
    assert "lineage_" not in repr(one).replace("lineage_id", "")


def test_a_remembered_question_answers_other_rows_as_one_of_their_own(records, own, monkeypatch):
    (_, record), *_ = records.items()
    key = ("features", record.shape)
    monkeypatch.setattr(prepared, "_REMEMBERED", {key: own["2"][1]})
    monkeypatch.setattr(Prepared, "_built", None)
    for name, record in records.items():
        pd.testing.assert_frame_equal(frame(record), own[name][0])
    assert not own["3"][0].equals(own["3, blanked"][0])
    assert not own["3"][0].equals(own["2"][0])


def test_what_has_no_name_or_is_a_view_is_put_together_anew(records):
    record, schema = records["2"], ibis.schema({"n": "int64"})
    for one, name in (
        (record, None),
        (record.blanked(ibis.literal(BLANKED_AFTER)), "some"),
        (record.replaced("post", record.table("post").limit(1)), "some"),
    ):
        Prepared(one, schema, lambda rows, _stage: rows, name).close()
        assert prepared._REMEMBERED == {}
    Prepared(record, schema, lambda rows, _stage: rows, "some").close()
    assert len(prepared._REMEMBERED) == 1


def test_rooms_of_ones_own_are_not_remembered(records):
    rooms, catalogue = {"ranks": ROOMS["ranks"]}, CATALOGUE
    few = Catalogue(
        tuple(catalogue.groups.values()), tuple(f for f in catalogue if f.room == "ranks")
    )
    with closing(FeatureQuery(records["2"], rooms=rooms, catalogue=few)):
        assert prepared._REMEMBERED == {}


def test_the_rule_of_a_label_is_part_of_the_name(records):
    record = records["3"]
    for months in (12, 36):
        known = Outcomes(record, Label(months=months)).known_on(date(2030, 1, 1))
        windows = (known["window_end_on"] - known["start_on"]).dt.days
        assert windows.max() == pytest.approx(months * 30.4, abs=3)
    assert len(prepared._REMEMBERED) == 2


def test_other_columns_or_tables_that_are_not_kept_make_another_shape(records):
    record = records["2"]
    assert record.shape == records["3"].shape is not None
    classes = tuple(record.class_of(name) for name in record.names)
    rows = {name: record.versions(name).to_pyarrow() for name in ("person", "post")}
    kept = {
        name: record_from_arrow(dict(part), classes)
        for name, part in (("both", rows.items()), ("one", list(rows.items())[:1]))
    }
    corrected = {**rows, "person": with_overlay(rows["person"])}
    shapes = [one.shape for one in kept.values()] + [record_from_arrow(corrected, classes).shape]
    assert len({*shapes, record.shape}) == 4


def with_overlay(rows: pa.Table) -> pa.Table:
    for name, kind in OVERLAY.items():
        rows = rows.append_column(name, pa.nulls(len(rows), ibis.dtype(kind).to_pyarrow()))
    return rows


@pytest.mark.parametrize(("most", "kept"), [(2, "bc"), (3, "abc"), (4, "abc")])
def test_so_many_are_remembered_and_the_oldest_goes(records, monkeypatch, most: int, kept: str):
    monkeypatch.setattr(prepared, "_MOST_REMEMBERED", most)
    schema = ibis.schema({"n": "int64"})
    for name in "abc":
        one = Prepared(records["2"], schema, lambda rows, _stage: rows, name)
        assert one.ask(pd.DataFrame({"n": [4]}))["n"].tolist() == [4]
        one.close()
    assert [repr(key)[:4] for key in prepared._REMEMBERED] == [f"('{name}'" for name in kept]
