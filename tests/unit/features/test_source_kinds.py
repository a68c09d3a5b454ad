"""JSON lines, Parquet and responses of a service are read as CSV is: every row accounted for."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.agencies.mapping import load_mapping
from features.agencies.reading import Reading, read_exports
from features.errors import IntakeError, MappingError
from tests.lib.small_agency import changed_mapping, line_of, write_small

UNITS = "{unit_id: id, name_of_unit: name, short_name: {column: short, default: none}}"
LINES = "{file: units.jsonl}"
PARQUET = "{file: units.parquet}"
MORNING = datetime(2020, 1, 31, 8, 30, tzinfo=UTC)
NOT_UTF_8 = "holds bytes that are not valid in the encoding of the file"
RESPONSES = "{file: 'units/*.json', records: data}"


@pytest.fixture
def read(tmp_path: Path):
    """Read the small agency with its units from another source, as the mapping declares it."""
    readings: list[Reading] = []

    def _read(source: str, **files: bytes) -> Reading:
        mapping = changed_mapping("{file: units.csv}", source).replace(
            "{unit_id: id, name_of_unit: name, short_name: short}", UNITS
        )
        path = write_small(tmp_path, mapping=mapping, units=None)
        for name, content in files.items():
            (tmp_path / f"units.{name}").write_bytes(content)
        space = tmp_path / "space"
        space.mkdir(exist_ok=True)
        readings.append(read_exports(load_mapping(path), tmp_path, space))
        return readings[-1]

    yield _read
    for reading in readings:
        reading.close()


def units(reading: Reading) -> dict[str, str]:
    rows = reading.tables["unit"].select("unit_id", "name_of_unit").to_pyarrow().to_pylist()
    return {row["unit_id"]: row["name_of_unit"] for row in rows}


def rejected(reading: Reading) -> list[tuple]:
    rows = reading.quarantine.rows().order_by("row").to_pyarrow().to_pylist()
    return [(r["row"], r["reason"], r["raw"]) for r in rows if r["source"] == "units"]


def lines(*records: object) -> bytes:
    told = (r if isinstance(r, bytes) else json.dumps(r).encode() for r in records)
    return b"\n".join(told) + b"\n"


U1 = {"id": "u1", "name": "One", "short": "O"}
U2 = {"id": "u2", "name": "Two", "short": "T"}


# JSON lines


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson"])
def test_each_line_is_a_row(read, suffix):
    reading = read(f"{{file: units.{suffix}}}", **{suffix: lines(U1, U2)})
    assert units(reading) == {"u1": "One", "u2": "Two"}


def test_fields_of_all_lines_are_columns_and_an_absent_one_is_missing(read):
    reading = read(LINES, jsonl=lines({"id": "u1", "name": "One"}, U2))
    assert units(reading) == {"u1": "One", "u2": "Two"}


def test_values_become_text_as_in_json(read):
    reading = read(LINES, jsonl=lines({**U1, "name": 3.0}, {**U2, "name": {"a": [1, None]}}))
    assert units(reading) == {"u1": "3", "u2": '{"a":[1,null]}'}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'["u9", "Nine"]', "is not an object"),
        (b'"u9"', "is not an object"),
        (b'{"id": "u9", "na', "is not JSON: Unterminated string starting at"),
        (b'{"id": "u9"} {"id": "u8"}', "is not JSON: Extra data"),
        (b'{"id": "u9", "name": NaN}', "is not JSON: NaN and Infinity are no JSON"),
        (b'{"id": "u9", "name": "a", "name": "b"}', "names a field twice"),
        (b'{"id": "u9", "name": "\\ud83d", "short": "x"}', "holds half a character"),
        (b'{"id": "u9", "name": "\xe9"}', NOT_UTF_8),
        (b'{"id": "u9", "name": "a\\u0000"}', "holds a NUL byte"),
        (b"[" * 100_000, "is not JSON: it is nested too deeply"),
    ],
)  # fmt: skip
def test_a_malformed_line_is_quarantined_and_the_others_keep_their_numbers(read, line, reason):
    reading = read(LINES, jsonl=lines(U1, line, U2, {**U1, "name": None}))
    assert units(reading) == {"u1": "One", "u2": "Two"}
    ((row, why, _raw), later) = rejected(reading)
    assert (row, why) == (2, reason)
    assert later[0] == 4
    assert (reading.sources["units"].read, reading.sources["units"].malformed) == (4, 1)


def test_blank_lines_and_a_mark_are_left_out(read):
    content = b"\xef\xbb\xbf" + lines(U1, b"", b"  \r", U2)
    assert units(read(LINES, jsonl=content)) == {"u1": "One", "u2": "Two"}


def test_a_line_without_an_end_is_refused(read):
    with pytest.raises(IntakeError, match="line 2: a line is longer than 2,000,000 bytes"):
        read(LINES, jsonl=lines(U1, b'"' + b"x" * 2_100_000))


def test_no_lines_need_fields_in_the_mapping(read):
    with pytest.raises(IntakeError, match="holds no objects"):
        read(LINES, jsonl=b"\n")
    reading = read("{file: units.jsonl, fields: [id, name, short]}", jsonl=b"\n")
    assert reading.sources["units"].read == 0


def test_a_long_file_is_read_in_several_handfuls(read, monkeypatch):
    monkeypatch.setattr("features.agencies.loading._ROWS_AT_ONCE", 7)
    many = [{**U1, "id": f"n{n}"} if n % 10 else b"[]" for n in range(1, 101)]
    reading = read(LINES, jsonl=lines(*many, U1))
    assert len(units(reading)) == 91
    assert [row for row, _why, _raw in rejected(reading)] == list(range(10, 101, 10))


# Parquet


def parquet(tmp_path: Path, **columns: pa.Array | list) -> bytes:
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    return (tmp_path / "made.parquet").read_bytes()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (pa.array(["Office é"]), "Office é"),
        (pa.array([" cut "]), "cut"),
        (pa.array(["007"]).dictionary_encode(), "007"),
        (pa.array([3]), "3"),
        (pa.array([3.0]), "3"),
        (pa.array([2.5]), "2.5"),
        (pa.array([0.1], pa.float64()), "0.1"),
        (pa.array([198001012005011001]), "198001012005011001"),
        (pa.array([198001012005011001.0]), "1.98001012005011e+17"),
        (pa.array([True]), "true"),
        (pa.array([date(2020, 1, 31)]), "2020-01-31"),
        (pa.array([date(2020, 1, 31)]).cast(pa.timestamp("us")), "2020-01-31"),
        (pa.array([date(2020, 1, 31)]).cast(pa.timestamp("ns")), "2020-01-31"),
        (pa.array([MORNING]).cast(pa.timestamp("us")), "2020-01-31 08:30:00"),
        (
            pa.array([MORNING]),
            "2020-01-31 08:30:00+00:00",
        ),
        (pa.array([Decimal("12.50")]), "12.50"),
        (pa.array([[1, None]]), "[1,null]"),
        (pa.array([{"a": 1, "b": "x"}]), '{"a":1,"b":"x"}'),
    ],
)  # fmt: skip
def test_values_of_parquet_become_text(read, tmp_path, value, text):
    reading = read(PARQUET, parquet=parquet(tmp_path, id=["u1"], name=value, short=["O"]))
    assert units(reading) == {"u1": text}


def test_rows_of_parquet_are_numbered_and_missing_ones_empty(read, tmp_path):
    content = parquet(tmp_path, id=["u1", "u2", "u3"], name=["One", None, "a\0b"], short=["O"] * 3)
    reading = read(PARQUET, parquet=content)
    assert units(reading) == {"u1": "One"}
    assert [(row, why) for row, why, _raw in rejected(reading)] == [
        (2, "is empty; a value is required"),
        (3, "holds a NUL byte"),
    ]


def test_parquet_whose_columns_cannot_be_named_is_refused(read, tmp_path):
    with pytest.raises(IntakeError, match="the header cannot name columns: 'id'"):
        read(PARQUET, parquet=parquet(tmp_path, id=["u1"], ID=["u2"]))


# Responses of a service


def respond(folder: Path, **responses: object) -> None:
    (folder / "units").mkdir(exist_ok=True)
    for name, content in responses.items():
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / "units" / f"{name}.json").write_bytes(raw)


def test_each_response_gives_its_rows_in_order_of_names(read, tmp_path):
    respond(
        tmp_path,
        b={"code": 1, "data": [{**U1, "id": "u3"}]},
        a={"code": 1, "data": [U1, U2]},
        c={"code": 0, "data": "Data tidak ditemukan"},
        d={"code": 1, "data": []},
        e={"code": 1, "data": {**U1, "id": "u4"}},
    )
    (tmp_path / "units" / "notes.txt").write_text("no response")
    reading = read(RESPONSES)
    numbered = reading._backend.con.execute("SELECT id FROM numbered.units ORDER BY __row")
    assert [i for (i,) in numbered.fetchall()] == ["u1", "u2", "u3", "u4"]
    assert rejected(reading) == []
    count = reading.sources["units"]
    assert (count.file, count.read, count.malformed) == ("units/*.json", 4, 0)


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"code": 0, "message": "token"}, "the response has nothing at the place of its rows"),
        ([U2], "the response has nothing at the place of its rows"),
        ({"code": 0, "data": "Token habis"}, "the response tells an error in place of rows"),
        ({"code": 1, "data": None}, "the response tells an error in place of rows"),
        ({"code": 500, "data": []}, "the response tells an error"),
        ({"error": "denied", "data": []}, "the response tells an error"),
        (b"<html>Bad gateway</html>", "the response is not JSON: Expecting value"),
        (b"", "the response is not JSON: Expecting value"),
        (b'{"data": [', "the response is not JSON: Expecting value"),
        (b'{"data": "\xe9"}', "the response is not in UTF-8"),
        ({"code": 1, "data": ["u9"]}, "is not an object"),
    ],
)
def test_an_error_is_a_malformed_row_and_never_nothing(read, tmp_path, response, reason):
    respond(tmp_path, a={"data": [U1]}, b=response, c={"data": [U2]})
    reading = read(RESPONSES)
    assert units(reading) == {"u1": "One", "u2": "Two"}
    ((row, why, raw),) = rejected(reading)
    assert (row, why) == (2, reason)
    assert reason == "is not an object" or json.loads(raw)["file"] == "b.json"


def test_other_words_for_nothing_can_be_declared(read, tmp_path):
    respond(tmp_path, a={"data": [U1]}, b={"data": " kosong "})
    source = "{file: 'units/*.json', records: data, nothing_found: [Kosong]}"
    assert rejected(read(source)) == []


def test_nobody_with_any_row_needs_fields_in_the_mapping(read, tmp_path):
    respond(tmp_path, a={"data": "Data tidak ditemukan"})
    with pytest.raises(IntakeError, match="holds no objects"):
        read(RESPONSES)
    source = "{file: 'units/*.json', records: data, fields: [id, name, short]}"
    assert read(source).sources["units"].read == 0


def test_no_message_names_the_file_of_a_person(read, tmp_path):
    respond(tmp_path, a={"data": [U1]})
    (tmp_path / "units" / "198001012005011001.json").write_bytes(b" " * 20_000_001)
    with pytest.raises(IntakeError, match="response 1 has 20,000,001 bytes") as caught:
        read(RESPONSES)
    assert "1980" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{file: 'units/*.csv'}", "only JSON files can have"),
        ("{file: '*/units.json'}", "in the name of the files only"),
        ("{file: 'units/**.json'}", "in the name of the files only"),
        ("{file: units.json, nothing_found: [x]}", "belongs to a file name with *"),
        ("{file: units.jsonl, records: data}", "`records` belongs to JSON files"),
        ("{file: units.csv, fields: [id]}", "`fields` belongs to JSON and JSONL files"),
        ("{file: units.parquet, separator: ;}", "`separator` belongs to CSV files"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_line(tmp_path, source, found):
    mapping = changed_mapping("{file: units.csv}", source)
    with pytest.raises(MappingError) as caught:
        load_mapping(write_small(tmp_path, mapping=mapping))
    assert found in str(caught.value)
    assert f"line {line_of(mapping, 'units: {')}" in str(caught.value)


def test_no_file_of_the_name_is_refused(read):
    with pytest.raises(IntakeError, match=r"no export file is called 'units/\*.json'"):
        read(RESPONSES)
