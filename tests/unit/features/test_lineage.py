"""Which units are one organisation, and from which day."""

from datetime import date

import ibis
import pyarrow as pa

from features.lineage import BEFORE_EVERYTHING, dated_lineage, lineage_as_of
from tests.lib.careers import drawn_record

POSTS = """
    post | unit | class
    p    | a    | staff
    q    | b    | staff
    r    | c    | staff
"""


def line(links: str, unit: str, on: str) -> str:
    """The line that a unit belongs to on a day."""
    frame = dated_lineage(drawn_record(posts=POSTS, links=links)).to_pandas()
    frame = frame[frame["unit_id"] == unit].sort_values("change")
    is_known = [str(day)[:10] <= on for day in frame["from_on"]]
    return frame[is_known]["lineage_id"].iloc[-1]


RENAMED = "from | to | kind | on\na | b | rename | 2010-01-01\nb | c | rename | 2012-01-01"


def test_a_renamed_unit_goes_on_under_the_line_of_its_predecessor():
    assert line(RENAMED, "b", "2011-01-01") == "a"
    assert line(RENAMED, "c", "2012-01-01") == "a"


def test_a_link_counts_from_its_day():
    assert line(RENAMED, "b", "2009-12-31") == "b"
    assert line(RENAMED, "c", "2011-12-31") == "c"


def test_two_units_that_merge_are_one_line():
    merged = "from | to | kind | on\na | c | merger | 2010-01-01\nb | c | merger | 2010-01-01"
    assert {line(merged, unit, "2010-01-01") for unit in "abc"} == {"a"}
    assert line(merged, "b", "2009-12-31") == "b"


def test_a_demerger_or_a_transfer_starts_something_new():
    parted = "from | to | kind | on\na | b | demerger | 2010-01-01\na | c | transfer | 2010-01-01"
    assert [line(parted, unit, "2020-01-01") for unit in "abc"] == ["a", "b", "c"]


def test_a_link_recorded_late_counts_from_the_day_it_was_known():
    late = "from | to | kind | on | recorded_on\na | b | rename | 2010-01-01 | 2013-01-01"
    assert line(late, "b", "2012-12-31") == "b"
    assert line(late, "b", "2013-01-01") == "a"


def test_every_unit_is_a_line_from_before_everything():
    frame = dated_lineage(drawn_record(posts=POSTS)).to_pandas()
    assert [str(day)[:10] for day in frame["from_on"]] == [str(BEFORE_EVERYTHING)] * 3
    assert frame["lineage_id"].tolist() == frame["unit_id"].tolist()


def test_a_link_that_a_correction_took_back_joins_until_then():
    record = drawn_record(
        posts="post | unit | class\np | ports | head\nq | roads | head\nr | rails | head",
        links="""
            from  | to    | kind   | on
            ports | roads | rename | 2001-01-01
            roads | rails | merger | 2003-01-01
        """,
    )
    links = record.table("unit_link").to_pyarrow()
    ends = [date(2005, 1, 1) if on.year == 2001 else None for on in links["linked_on"].to_pylist()]
    links = links.append_column("superseded_on", pa.array(ends, pa.date32()))
    links = links.append_column("correction", pa.array([None, None], pa.int64()))
    corrected = record.replaced("unit_link", ibis.memtable(links))

    def lines(on: date) -> dict[str, str]:
        dates = ibis.memtable(pa.table({"as_of": pa.array([on], pa.date32())}))
        found = lineage_as_of(dated_lineage(corrected), dates).to_pyarrow().to_pylist()
        return {row["unit_id"]: row["lineage_id"] for row in found}

    for day in (date(2000, 6, 1), date(2002, 1, 1), date(2004, 12, 31)):
        dates = ibis.memtable(pa.table({"as_of": pa.array([day], pa.date32())}))
        found = lineage_as_of(dated_lineage(record), dates).to_pyarrow().to_pylist()
        assert lines(day) == {row["unit_id"]: row["lineage_id"] for row in found}
    now = lines(date(2005, 1, 1))
    assert now["roads"] == now["rails"] != now["ports"]
