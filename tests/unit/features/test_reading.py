"""Every row of an export ends in a canonical table or in quarantine, with a reason."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from features.agencies.columns import ColumnRule
from features.agencies.derivation import derivation
from features.agencies.mapping import load_mapping
from features.agencies.reading import Reading, read_exports
from features.errors import IntakeError, MappingError
from features.tables.schema import Column
from tests.lib.small_agency import FILES, MAPPING, changed_mapping, line_of, write_small

TERMS = FILES["terms"].rstrip()


@pytest.fixture
def read(tmp_path: Path):
    """Read the small agency, with changed files or another mapping."""
    readings: list[Reading] = []

    def _read(mapping: str = MAPPING, **changed: str | bytes | None) -> Reading:
        exports = tmp_path / "exports"
        path = write_small(exports, mapping=mapping, **changed)
        space = tmp_path / "space"
        space.mkdir(exist_ok=True)
        readings.append(read_exports(load_mapping(path), exports, space))
        return readings[-1]

    yield _read
    for reading in readings:
        reading.close()


def rows(reading: Reading, table: str, *columns: str) -> list[tuple]:
    """Accepted rows of a table as tuples, in order of its key."""
    accepted = reading.tables[table].order_by(*reading.tables[table].columns[:1])
    frame = accepted.select(*columns).to_pyarrow()
    return [tuple(row.values()) for row in frame.to_pylist()]


def rejected(reading: Reading) -> list[tuple]:
    """Rejected rows: table, column, source, row, reason."""
    names = ("table", "column", "source", "row", "reason")
    kept = reading.quarantine.rows().order_by("source", "row", "table")
    return [tuple(row[n] for n in names) for row in kept.to_pyarrow().to_pylist()]


def test_rows_become_canonical(read):
    reading = read()
    assert rows(reading, "appointment", "appointment_id", "kind", "start_on", "end_on") == [
        ("t1", "definitive", date(2001, 1, 1), date(2004, 12, 31)),
        ("t2", "definitive", date(2005, 1, 1), None),
        ("t3", "acting", date(2005, 2, 1), date(2005, 6, 30)),
    ]
    assert rejected(reading) == []


def test_the_ladder_becomes_the_post_classes(read):
    assert rows(read(), "post_class", "post_class", "step", "title_en") == [
        ("high", 2, "High"),
        ("low", 1, "Low"),
    ]


def test_tables_that_are_not_mapped_are_empty(read):
    reading = read()
    assert rows(reading, "membership", "membership_id") == []
    assert reading.counts["membership"].read == 0


def test_recorded_dates_fall_back_on_event_dates(read):
    assert rows(read(), "appointment", "start_recorded_on", "end_recorded_on") == [
        (date(2001, 1, 1), date(2004, 12, 31)),
        (date(2005, 1, 1), None),
        (date(2005, 2, 1), date(2005, 6, 30)),
    ]


def test_an_empty_recorded_cell_falls_back_too(read):
    mapping = changed_mapping("end_on: ended", "end_on: ended\n      start_recorded_on: known")
    terms = """
        id,person,post,kind,begun,ended,known
        t1,ann,clerk,D,2001-01-01,,2001-03-01
        t2,bob,chief,D,2002-01-01,,
        """
    assert rows(read(mapping, terms=terms), "appointment", "start_recorded_on") == [
        (date(2001, 3, 1),),
        (date(2002, 1, 1),),
    ]


def test_a_sequence_is_the_row_of_the_source(read):
    assert rows(read(), "appointment", "appointment_id", "sequence") == [
        ("t1", 1), ("t2", 2), ("t3", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("t9,eve,clerk,D,2006-01-01,", ("person_id", "is not in person.person_id")),
        ("t9,bob,cook,D,2006-01-01,", ("post_id", "is not in post.post_id")),
        ("t9,bob,clerk,X,2006-01-01,", ("kind", "is not in the map")),
        ("t9,bob,clerk,,2006-01-01,", ("kind", "is empty; a value is required")),
        ("t9,bob,clerk,D,01/02/2006,", ("start_on", "not a date in the format %Y-%m-%d")),
        ("t9,bob,clerk,D,2006-02-30,", ("start_on", "not a date in the format %Y-%m-%d")),
        ("t9,bob,clerk,D,2006-02-01,soon", ("end_on", "not a date in the format %Y-%m-%d")),
        ("t9,bob,clerk,D,0206-02-01,", ("start_on", "not between 1900 and 2100")),
        ("t9,bob,clerk,D,,", ("start_on", "is empty; a value is required")),
        ("t9,bob,clerk,D,2006-02-01,2006-01-31", ("end_on", "is before start_on")),
        ("t1,bob,clerk,D,2006-02-01,", ("appointment_id", "repeats the key (appointment_id)")),
    ],
)
def test_a_bad_row_is_quarantined_and_the_good_ones_stay(read, line, reason):
    reading = read(terms=f"{TERMS}\n{line}")
    assert rejected(reading) == [("appointment", reason[0], "terms", 4, reason[1])]
    assert [i for (i,) in rows(reading, "appointment", "appointment_id")] == ["t1", "t2", "t3"]
    count = reading.counts["appointment"]
    assert (count.read, count.accepted, count.rejected) == (4, 3, 1)


def test_rows_that_refer_to_a_rejected_row_are_rejected_too(read):
    posts = "id,name,unit,class\nclerk,Clerk,u1,low\nchief,Chief,u1,middle"
    assert rejected(read(posts=posts)) == [
        ("post", "post_class", "posts", 2, "is not in post_class.post_class"),
        ("appointment", "post_id", "terms", 2, "is not in post.post_id"),
    ]


def test_a_rejected_row_takes_no_key_from_a_good_one(read):
    terms = """
        id,person,post,kind,begun,ended
        t1,ann,clerk,D,2004-01-01,2001-12-31
        t1,ann,clerk,D,2001-01-01,2004-12-31
        """
    reading = read(terms=terms)
    assert rows(reading, "appointment", "start_on") == [(date(2001, 1, 1),)]
    assert rejected(reading) == [("appointment", "end_on", "terms", 1, "is before start_on")]


WITHHOLDING = changed_mapping("end_on: ended", "end_on: {column: ended, contradiction: withhold}")


def test_a_withheld_end_leaves_the_row_and_its_raw_value_in_quarantine(read):
    reading = read(WITHHOLDING, terms=f"{TERMS}\nt9,bob,clerk,D,2006-02-01,2006-01-31")
    assert rows(reading, "appointment", "appointment_id", "start_on", "end_on", "end_recorded_on")[
        -1
    ] == ("t9", date(2006, 2, 1), None, None)
    reason = "is before start_on; withheld, the row stays"
    assert rejected(reading) == [("appointment", "end_on", "terms", 4, reason)]
    counts = reading.counts["appointment"]
    assert (counts.read, counts.accepted, counts.rejected, counts.withheld) == (4, 4, 0, 1)


def test_a_row_that_is_rejected_for_something_else_is_in_quarantine_once(read):
    reading = read(WITHHOLDING, terms=f"{TERMS}\nt9,eve,clerk,D,2006-02-01,2006-01-31")
    assert rejected(reading) == [
        ("appointment", "person_id", "terms", 4, "is not in person.person_id")
    ]
    assert reading.counts["appointment"].withheld == 0


WITH_REASON = WITHHOLDING.replace(
    "contradiction: withhold}", "contradiction: withhold}\n      end_reason: why"
)
TERMS_WITH_REASON = """
    id,person,post,kind,begun,ended,why
    t1,ann,clerk,D,2001-01-01,2004-12-31,promoted
    t2,ann,chief,D,2005-01-01,2004-01-01,died
    t3,bob,clerk,A,2005-02-01,2005-06-30,bored
    """


def test_a_reason_is_part_of_the_end_and_withheld_with_it(read):
    reading = read(WITH_REASON, terms=TERMS_WITH_REASON)
    assert rows(reading, "appointment", "appointment_id", "end_on", "end_reason") == [
        ("t1", date(2004, 12, 31), "promoted"),
        ("t2", None, None),
    ]
    assert [(r[1], r[3]) for r in rejected(reading)] == [("end_on", 2), ("end_reason", 3)]


def test_of_rows_with_one_key_the_first_stays(read):
    reading = read(terms=TERMS.replace("t3,bob", "t1,bob"))
    assert ("t1", "ann") in rows(reading, "appointment", "appointment_id", "person_id")
    assert [r[3] for r in rejected(reading)] == [3]


def test_the_raw_row_is_kept_in_quarantine(read):
    reading = read(terms=f"{TERMS}\nt9,eve,clerk,D,2006-01-01,")
    (raw,) = reading.quarantine.rows().to_pyarrow()["raw"].to_pylist()
    assert json.loads(raw) == {
        "id": "t9", "person": "eve", "post": "clerk", "kind": "D", "begun": "2006-01-01",
        "ended": None,
    }  # fmt: skip


def test_rejections_are_counted_by_reason(read):
    bad = "\nt8,eve,clerk,D,2006-01-01,\nt9,eva,clerk,D,2006-01-01,"
    assert read(terms=TERMS + bad).quarantine.rejections() == [
        {
            "table": "appointment",
            "column": "person_id",
            "source": "terms",
            "reason": "is not in person.person_id",
            "rows": 2,
        }
    ]


def test_blanks_around_cells_mean_nothing(read):
    reading = read(people="id \n ann\nbob\t", terms=TERMS.replace("t3,bob", "t3, bob "))
    assert rejected(reading) == []


def test_missing_values_are_empty(read):
    mapping = changed_mapping("{file: terms.csv}", "{file: terms.csv, missing_values: [NULL, '-']}")
    terms = TERMS.replace("2005-01-01,", "2005-01-01,NULL").replace("2005-06-30", "-")
    assert rows(read(mapping, terms=terms), "appointment", "end_on")[1:] == [(None,), (None,)]


# Dates


@pytest.mark.parametrize(
    ("pattern", "written", "on"),
    [
        ("%d %B %Y", "31 Desember 2009", date(2009, 12, 31)),
        ("%d %B %Y", "1 MEI 2010", date(2010, 5, 1)),
        ("%d %B %Y", "17 agustus 2010", date(2010, 8, 17)),
        ("%d %B %Y", "17 August 2010", date(2010, 8, 17)),
        ("%d-%b-%Y", "02-Agt-2010", date(2010, 8, 2)),
        ("%d-%b-%Y", "02-Okt-2010", date(2010, 10, 2)),
        ("%d-%b-%Y", "02-Dec-2010", date(2010, 12, 2)),
    ],
)
def test_months_may_be_named_in_either_language(read, pattern, written, on):
    mapping = changed_mapping("start_on: begun", f"start_on: {{column: begun, date: '{pattern}'}}")
    terms = f"id,person,post,kind,begun,ended\nt1,ann,clerk,D,{written},"
    assert rows(read(mapping, terms=terms), "appointment", "start_on") == [(on,)]


def test_formats_of_a_date_are_tried_in_order(read):
    mapping = changed_mapping(
        "start_on: begun", "start_on: {column: begun, date: ['%d/%m/%Y', '%Y']}"
    )
    terms = "id,person,post,kind,begun,ended\nt1,ann,clerk,D,03/02/2001,\nt2,ann,clerk,D,2001,"
    assert rows(read(mapping, terms=terms), "appointment", "start_on", "start_recorded_on") == [
        (date(2001, 2, 3), date(2001, 2, 3)),
        # Of a year alone nobody can have known it before the year was over.
        (date(2001, 1, 1), date(2001, 12, 31)),
    ]


def test_a_month_or_year_can_stand_for_its_last_day(read):
    mapping = changed_mapping(
        "end_on: ended", "end_on: {column: ended, date: ['%Y-%m', '%Y'], day: last}"
    )
    terms = "id,person,post,kind,begun,ended\nt1,ann,clerk,D,2000-01-01,2004-02\n"
    terms += "t2,ann,clerk,D,2004-06-01,2004"
    assert rows(read(mapping, terms=terms), "appointment", "end_on", "end_recorded_on") == [
        (date(2004, 2, 29), date(2004, 2, 29)),
        (date(2004, 12, 31), date(2004, 12, 31)),
    ]


# Columns


def test_columns_constants_cases_and_defaults(read):
    mapping = changed_mapping(
        "name_of_unit: name, short_name: short",
        "name_of_unit: {columns: [name, place], separator: ', '}, "
        "short_name: {column: short, case: lower, default: none}",
    )
    units = "id,name,place,short\nu1,Office,Port,HO\nu2,Yard,,\nu3,,,X"
    reading = read(mapping, units=units)
    assert rows(reading, "unit", "name_of_unit", "short_name") == [
        ("Office, Port", "ho"),
        ("Yard", "none"),
    ]
    assert rejected(reading) == [
        ("unit", "name_of_unit", "units", 3, "is empty; a value is required")
    ]


def test_a_default_stands_for_what_the_map_lacks(read):
    mapping = changed_mapping("A: acting}", "A: acting}, default: caretaker")
    terms = TERMS.replace("clerk,A", "clerk,Q").replace("chief,D", "chief,")
    kinds = rows(read(mapping, terms=terms), "appointment", "kind")
    assert kinds == [("definitive",), ("caretaker",), ("caretaker",)]


def test_numbers_are_read_as_numbers(read):
    mapping = changed_mapping("      post_id: post\n", "      post_id: post\n      sequence: nr\n")
    terms = """
        id,person,post,kind,begun,ended,nr
        t1,ann,clerk,D,2001-01-01,,7
        t2,ann,clerk,D,2001-01-01,,many
        """
    reading = read(mapping, terms=terms)
    assert rows(reading, "appointment", "sequence") == [(7,)]
    assert rejected(reading) == [("appointment", "sequence", "terms", 2, "is not a whole number")]


@pytest.mark.parametrize(
    ("kind", "found", "value", "reason"),
    [
        ("number", "1.5", 1.5, None),
        ("number", "-1.5e3", -1500.0, None),
        ("number", "much", None, "is not a number"),
        ("number", "12,5", None, "is not a number"),
        ("number", "nan", None, "is not a number"),
        ("number", "inf", None, "is not a number"),
        ("number", "1e999", None, "is not a number"),
        ("number", "1_000", None, "is not a number"),
        ("integer", "-12", -12, None),
        ("integer", "2020.0", 2020, None),
        ("integer", "1.5", None, "is not a whole number"),
        ("integer", "1e3", None, "is not a whole number"),
        ("integer", "99999999999999999999", None, "is not a whole number"),
        ("boolean", "True", True, None),
        ("boolean", "0", False, None),
        ("boolean", "yes", None, "is none of true, 1, false, 0"),
    ],
)
def test_other_types_of_columns(kind, found, value, reason):
    rule = ColumnRule.model_validate({"constant": found})
    got = derivation(rule, Column(kind, "Anything."), [])
    ((condition, why),) = got.breaches
    assert got.value.to_pyarrow().as_py() == value
    assert condition.to_pyarrow().as_py() == (reason is not None)
    assert reason in (why, None)


# Parts, joins, questions

TWO_PARTS = MAPPING.replace(
    "    from: people\n    columns: {person_id: id}\n",
    "    - {from: people, columns: {person_id: id}}\n"
    "    - {from: guests, columns: {person_id: guest}}\n",
).replace("  units: {file", "  guests: {file: guests.csv}\n  units: {file")


def test_a_table_can_have_several_parts(read):
    reading = read(TWO_PARTS, guests="guest\ncal\nbob\ndee")
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",), ("cal",), ("dee",)]
    # bob is in both files: the row of the first part stays, the row number is that of its source.
    assert rejected(reading) == [
        ("person", "person_id", "guests", 2, "repeats the key (person_id)")
    ]
    assert reading.counts["person"].read == 5


JOINED = MAPPING.replace(
    "    from: terms\n",
    "    from: terms\n    join: {source: kinds, on: {id: term}}\n",
).replace("  units: {file", "  kinds: {file: kinds.csv}\n  units: {file")
JOINED = JOINED.replace("kind: {column: kind, map", "kind: {column: KIND, map")


def test_a_join_adds_columns_and_no_rows(read):
    mapping = JOINED.replace("KIND", "status").replace("{D:", "{x: caretaker, D:")
    reading = read(mapping, kinds="term,status\nt1,D\nt2,x\nt9,A")
    assert rows(reading, "appointment", "appointment_id", "kind") == [
        ("t1", "definitive"), ("t2", "caretaker"),
    ]  # fmt: skip
    assert rejected(reading) == [
        ("appointment", "kind", "terms", 3, "is empty; a value is required")
    ]


def test_a_row_with_several_partners_is_rejected(read):
    reading = read(JOINED.replace("KIND", "status"), kinds="term,status\nt1,D\nt1,A\nt2,D\nt3,D")
    assert rejected(reading) == [("appointment", None, "terms", 1, "matches several rows of kinds")]
    assert reading.counts["appointment"].read == 3


def test_a_join_compares_with_sources_before_it_only(read):
    mapping = JOINED.replace("{id: term}", "{kinds.term: term}").replace("KIND", "status")
    with pytest.raises(MappingError, match="unknown column of terms 'kinds.term'"):
        read(mapping, kinds="term,status\nt1,D")


def test_a_bare_name_is_that_of_the_main_source(read):
    kinds = "term,kind\nt1,A\nt2,A\nt3,A"
    bare = read(JOINED.replace("KIND", "kind"), kinds=kinds)
    assert rows(bare, "appointment", "kind")[0] == ("definitive",)
    qualified = read(JOINED.replace("KIND", "kinds.kind"), kinds=kinds)
    assert rows(qualified, "appointment", "kind")[0] == ("acting",)


def test_a_name_in_two_joined_sources_is_refused(read):
    mapping = JOINED.replace("KIND", "status").replace(
        "{source: kinds, on: {id: term}}",
        "[{source: kinds, on: {id: term}}, {source: more, on: {id: term}}]",
    )
    mapping = mapping.replace("  units: {file", "  more: {file: more.csv}\n  units: {file")
    with pytest.raises(MappingError, match="stands in several sources: kinds, more"):
        read(mapping, kinds="term,status", more="term,status")


@pytest.mark.parametrize(
    ("old", "new", "line_with", "found"),
    [
        ("KIND", "statsu", "statsu", "unknown column of terms and kinds 'statsu'"),
        ("KIND", "kinds.statsu", "statsu", "unknown column of terms and kinds 'kinds.statsu'"),
        ("{id: term}", "{id: trem}", "trem", "unknown column of kinds 'trem'"),
        ("{id: term}", "{di: term}", "di: term", "unknown column of terms 'di'"),
    ],
)
def test_unknown_source_columns_are_refused_with_their_line(read, old, new, line_with, found):
    mapping = JOINED.replace(old, new).replace("KIND", "status")
    with pytest.raises(MappingError) as caught:
        read(mapping, kinds="term,status\nt1,D")
    line = line_of(mapping, line_with)
    assert str(caught.value).startswith(f"small.yaml, line {line}: {found}")


def with_question(sql: str) -> str:
    mapping = MAPPING.replace("tables:", f"  question: {{sql: {sql!r}}}\ntables:", 1)
    return mapping.replace("from: people", "from: question")


def test_a_question_is_a_source(read):
    reading = read(
        with_question("SELECT upper(id) AS id FROM people UNION ALL SELECT id FROM people")
    )
    assert rows(reading, "person", "person_id") == [("ANN",), ("BOB",), ("ann",), ("bob",)]
    assert reading.sources["question"].read == 4


def test_a_question_may_end_like_a_statement_and_use_what_sql_has(read):
    sql = (
        "WITH named AS (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM main.people) "
        "SELECT string_agg(id, '+' ORDER BY nth) AS id FROM named WHERE id IS NOT NULL ;"
    )
    assert rows(read(with_question(sql)), "person", "person_id") == [("ann+bob",)]


def test_a_question_gives_text(read):
    reading = read(with_question("SELECT DATE '2001-02-03' AS id UNION ALL SELECT NULL"))
    assert rows(reading, "person", "person_id") == [("2001-02-03",)]


def test_rows_of_a_question_are_numbered_in_the_order_of_their_values(read):
    reading = read(with_question("SELECT unnest(['bob', 'ann', 'ann']) AS id"))
    assert rejected(reading) == [
        ("person", "person_id", "question", 2, "repeats the key (person_id)")
    ]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT idd FROM people", "idd"),
        ("SELECT id FROM peopel", "peopel"),
        ("SELEC id FROM people", "is refused"),
        ("SELECT 1 AS id; DROP TABLE people", "is refused"),
        ("SELECT content AS id FROM read_text(''/etc/hostname'')", "read_text() is no source"),
        ("SELECT column0 AS id FROM ''/etc/some.csv''", "disabled"),
        ("SELECT id FROM query(''SELECT id FROM numbered.people'')", "query() is no source"),
        ("SELECT id FROM memory.main.people", "memory"),
        ("SELECT id FROM people USING SAMPLE 1", "a sample gives"),
        ("SELECT CURRENT_DATE AS id", "current_date gives another answer"),
        ("SELECT id FROM people WHERE id < localtimestamp::VARCHAR", "localtimestamp gives"),
        ("SELECT id FROM units2", "units2"),
        ("SELECT 1 AS id); DELETE FROM numbered.people; SELECT * FROM (SELECT 1", "syntax error"),
        ("DELETE FROM people", "not one SELECT"),
        ("", "not one SELECT"),
        ("SELECT id FROM numbered.people", "numbered"),
        ("SELECT table_name AS id FROM information_schema.tables", "information_schema"),
        ("SELECT random() AS id", "random gives another answer each time"),
        ("SELECT id || now() AS id FROM (SELECT id FROM people)", "now gives another answer"),
    ],
)
def test_a_wrong_question_is_refused_with_its_line(read, sql, found):
    mapping = with_question("PLACE").replace("'PLACE'", f"'{sql}'")
    with pytest.raises(MappingError) as caught:
        read(mapping)
    assert f"line {line_of(mapping, 'question: {')}: the SQL of source question" in str(
        caught.value
    )
    assert found in str(caught.value)


def test_a_question_that_fails_on_a_value_does_not_show_it(read):
    with pytest.raises(MappingError) as caught:
        read(with_question("SELECT CAST(id AS INTEGER) AS id FROM people"))
    assert "TRY_CAST leaves such a cell empty" in str(caught.value)
    assert "ann" not in str(caught.value).replace("cannot", "")


def test_a_question_sees_only_the_sources_above_it(read):
    mapping = MAPPING.replace("sources:", "sources:\n  early: {sql: SELECT id FROM people}", 1)
    with pytest.raises(MappingError, match="people"):
        read(mapping)


def test_a_row_that_gets_lost_is_a_bug_that_shows(read, monkeypatch):
    monkeypatch.setattr(Reading, "_quarantine", lambda _self, _table, _bad: 0)
    with pytest.raises(AssertionError, match="appointment: 4 read, 3 [+] 0 found again"):
        read(terms=f"{TERMS}\nt9,eve,clerk,D,2006-01-01,")


# Files


def test_a_missing_file_is_refused_with_what_is_there(read):
    with pytest.raises(IntakeError) as caught:
        read(units=None)
    assert "'units.csv' is missing" in str(caught.value)
    assert "posts.csv" in str(caught.value)
    assert f"line {line_of(MAPPING, 'units: {')}" in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path):
    path = write_small(tmp_path)
    with pytest.raises(IntakeError, match="no such folder"):
        read_exports(load_mapping(path), tmp_path / "elsewhere", tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b"id,ID\n1,2\n", "the header cannot name columns: 'id'"),
        (b"id,\n1,2\n", "the header cannot name columns: ''"),
        (b'id\n"ann\nbob\n', "a quote is opened and not closed"),
        (b'id,x\nann,"1\nbob,"2"\ncal,3\n', "a quote is opened and not closed"),
        (b"id,x\r\nann,1\nbob,2\r\n", "cannot be cut into rows"),
    ],
)
def test_a_file_that_cannot_be_cut_into_rows_is_refused(read, content, found):
    with pytest.raises(IntakeError, match="people.csv") as caught:
        read(people=content)
    assert found in str(caught.value)
    assert "ann" not in str(caught.value).replace("cannot", "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"cal", "has fewer fields than the header"),
        (b"cal,1,2", "has more fields than the header"),
        (b"cal,1,", "has more fields than the header"),
        (b"cal,1,,", "has more fields than the header"),
        (b"ann,1,", "has more fields than the header"),
        (b'cal,"1"2', "has text after a closing quote, or a quote that is not closed"),
        (b"cal,\xe9", "holds bytes that are not valid in the encoding of the file"),
        (b"c\x00al,1", "holds a NUL byte"),
    ],
)
def test_a_malformed_line_is_quarantined_and_the_others_keep_their_numbers(read, line, reason):
    reading = read(people=b"id,x\nann,1\n" + line + b"\nbob,2\n,3\n")
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",)]
    assert rejected(reading) == [
        (None, None, "people", 2, reason),
        ("person", "person_id", "people", 4, "is empty; a value is required"),
    ]
    assert (reading.sources["people"].read, reading.sources["people"].malformed) == (4, 1)
    assert reading.counts["person"].read == 3


def test_a_separator_at_the_end_of_every_line_moves_no_cell(read):
    reading = read(people=b"id,x\nann,1,\nbob,2,\n")
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",)]
    assert reading.sources["people"].malformed == 0


def test_every_line_of_a_long_dirty_file_is_accounted_for(read):
    # Long enough that the engine reads it in several pieces.
    lines = [f'p{i},"a, {i}"' if i % 1000 else f"p{i}" for i in range(1, 60_001)]
    content = "\n".join(["id,x", "ann,1", "bob,1", *lines]).encode()
    reading = read(people=content)
    count = reading.sources["people"]
    assert (count.read, count.malformed) == (60_002, 60)
    assert [r[3] for r in rejected(reading)] == [2 + 1000 * n for n in range(1, 61)]
    assert reading.counts["person"].accepted == 60_002 - 60


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "latin-1"), ("utf-16", "utf-16")],
)
def test_encodings(read, encoding, declared):
    reading = read(in_encoding(declared), people="id\nann\nbob\nzoë\n".encode(encoding))
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",), ("zoë",)]


@pytest.mark.parametrize(("mark", "ends"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_both_byte_orders_are_read(read, mark, ends):
    people = mark + 'id\r\nann\r\n"bob"\r\nzoë\r\n'.encode(ends)
    reading = read(in_encoding("utf-16"), people=people)
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",), ("zoë",)]
    assert reading.sources["people"].sha256 == hashlib.sha256(people).hexdigest()


@pytest.mark.parametrize("people", ["id\nann\n".encode("utf-16-be"), b"\xff\xfei\x00d\x00\x00\xd8"])
def test_what_is_no_utf_16_is_refused(read, people):
    with pytest.raises(IntakeError, match="people.csv: the file is not UTF-16"):
        read(in_encoding("utf-16"), people=people)


def test_curly_quotes_of_windows_are_read_and_bytes_that_it_does_not_have_refused(read):
    people = "id,x\nann,\u201ca\u201d\nbob,\u20ac 3\nzo\u00eb,\u2013\n".encode("cp1252")
    reading = read(in_encoding("cp1252"), people=people)
    assert rows(reading, "person", "person_id") == [("ann",), ("bob",), ("zoë",)]
    assert reading.sources["people"].malformed == 0
    with pytest.raises(IntakeError, match="people.csv: the file is not Windows-1252"):
        read(in_encoding("cp1252"), people=b"id,x\nann,\x81\n")


def in_encoding(declared: str) -> str:
    return changed_mapping("{file: people.csv}", f"{{file: people.csv, encoding: {declared}}}")


@pytest.mark.parametrize(("size", "end"), [(2_100_000, b"\r"), (40_000_000, b"\n")])
def test_a_line_too_long_for_the_engine_is_refused_and_not_lost(read, size, end):
    people = end.join([b"id,x", b"ann,1", b"bob," + b"y" * size, b"cal,1", b""])
    with pytest.raises(IntakeError, match="line 3: a line is longer than 2,000,000 bytes"):
        read(people=people)


def test_many_lines_may_be_longer_together(read):
    people = b"\r".join([b"id,x", *(b"p%d,%s" % (n, b"y" * 1000) for n in range(2500))])
    assert read(people=people).counts["person"].accepted == 2500


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("separator", [";", "\\t", "|"])
def test_separators_and_line_ends(read, separator, end):
    mapping = changed_mapping(
        "{file: people.csv}", f'{{file: people.csv, separator: "{separator}"}}'
    )
    sign = separator.encode().decode("unicode_escape").encode()
    people = end.join([b"id" + sign + b"x", b"ann" + sign + b"1,2", b'"bob"' + sign, b""])
    assert rows(read(mapping, people=people), "person", "person_id") == [("ann",), ("bob",)]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_breaks(read):
    units = b'id,name,short\nu1,"Office ""A"",\nPort",HO\n'
    assert rows(read(units=units), "unit", "name_of_unit") == [('Office "A",\nPort',)]


def test_odd_column_names_are_only_names(read):
    mapping = changed_mapping("person_id: id", 'person_id: "it\'s a \\"name\\".x"')
    people = b'"it\'s a ""name"".x",row\nann,1\nbob,2\n'
    assert rows(read(mapping, people=people), "person", "person_id") == [("ann",), ("bob",)]


def test_progress_is_told(tmp_path):
    told = []
    path = write_small(tmp_path)
    reading = read_exports(load_mapping(path), tmp_path, tmp_path, lambda *a: told.append(a))
    reading.close()
    assert [what for what, _, _ in told][:2] == ["file people.csv", "file units.csv"]
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert {total for _, _, total in told} == {len(told)}
