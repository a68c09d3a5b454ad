"""Files of all kinds are read alike: every row in a table or in quarantine, every cell text."""

import json
import zipfile
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.agencies import cells, csv_lines, sheet_size, workbook
from features.agencies.mapping import load_mapping
from features.agencies.reading import Reading, read_exports
from features.errors import IntakeError
from tests.lib.broken_files import repack
from tests.lib.small_agency import changed_mapping, write_small
from tests.lib.workbook import write_workbook

# The names of units are free text, so whatever a cell became can be read there.
UNITS = "{unit_id: id, name_of_unit: name, short_name: {column: short, default: none}}"


@pytest.fixture
def read(tmp_path: Path):
    """Read the small agency with its units in another file; `source` is what the mapping says."""
    readings: list[Reading] = []

    def _read(source: str, **files: object) -> Reading:
        mapping = changed_mapping("{file: units.csv}", source).replace(
            "{unit_id: id, name_of_unit: name, short_name: short}", UNITS
        )
        path = write_small(tmp_path, mapping=mapping, units=None)
        for name, content in files.items():
            if isinstance(content, dict) and name == "xlsx":
                write_workbook(tmp_path / "units.xlsx", content)
            elif isinstance(content, bytes):
                (tmp_path / f"units.{name}").write_bytes(content)
            else:
                (tmp_path / f"units.{name}").write_text(json.dumps(content), encoding="utf-8")
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
    names = ("table", "column", "source", "row", "reason")
    kept = reading.quarantine.rows().filter(reading.quarantine.rows().source == "units")
    return [tuple(r[n] for n in names) for r in kept.order_by("row").to_pyarrow().to_pylist()]


def refusal(read, source: str, **files: object) -> str:
    with pytest.raises(IntakeError) as caught:
        read(source, **files)
    assert "units." in str(caught.value)
    return str(caught.value)


CSV, XLSX, JSON = "{file: units.csv}", "{file: units.xlsx}", "{file: units.json}"
HEADER = ["id", "name", "short"]


def sheet(*rows: list, header: list = HEADER) -> dict:
    return {"Units": [header, *rows]}


# CSV


@pytest.mark.parametrize("characters", [1, 40, 10_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_with_an_empty_field_too_many_is_rejected_wherever_it_stands(
    read, monkeypatch, characters, end
):
    monkeypatch.setattr(csv_lines, "SIZE_ASIDE", characters)
    rows = ["id,name,short", "u1,one,", "u2,two,x,", 'u3,"three,', 'lines",', "u4,four,y"]
    rows += ["u5,five,", 'u6,"six', 'lines",,', "u7,seven,z", 'u8,"eight "",",z,', "u9,nine,"]
    # A quote inside a cell opens nothing.
    rows += ['u10,ten" pipe,', "u11,eleven,x,", 'u12,twelve" pipe,y']
    reading = read(CSV, csv="".join(row + end for row in rows).encode())
    names = units(reading)
    assert {key: name.split()[0] for key, name in names.items()} == {
        "u1": "one",
        "u3": "three,",
        "u4": "four",
        "u5": "five",
        "u7": "seven",
        "u9": "nine",
        "u10": 'ten"',
        "u12": 'twelve"',
    }
    too_many = "has more fields than the header"
    assert [(row, reason) for *_, row, reason in rejected(reading)] == [
        (2, too_many),
        (6, too_many),
        (8, too_many),
        (11, too_many),
    ]


# Workbooks


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Office & Port", "Office & Port"),
        (" cut ", "cut"),
        ("007", "007"),
        (3, "3"),
        (-3.0, "-3"),
        (2.5, "2.5"),
        (123456789012345, "123456789012345"),
        # A spreadsheet has lost the last digits of such a number: nobody may take it for whole.
        (198001012005011001, "1.98001012005011e+17"),
        (True, "true"),
        (False, "false"),
        (date(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02 03:04:05"),  # noqa: DTZ001
    ],
)
def test_cells_of_a_workbook_become_text(read, cell, text):
    assert units(read(XLSX, xlsx=sheet(["u1", cell]))) == {"u1": text}


def test_a_sheet_is_named_or_the_first(read):
    book = {"A": [HEADER, ["u1", "first"]], "B": [HEADER, ["u1", "second"]]}
    assert units(read(XLSX, xlsx=book)) == {"u1": "first"}
    assert units(read("{file: units.xlsx, sheet: B}", xlsx=book)) == {"u1": "second"}


def test_rows_of_a_sheet_are_numbered_without_header_and_blank_rows(read):
    book = {
        "A": [[], [None, *HEADER], [None, "u1", "one"], [], [None, " "], [None, "u2", None],
              [None, "u3", "-"], [None, "u4", "four"]]
    }  # fmt: skip
    reading = read("{file: units.xlsx, missing_values: ['-']}", xlsx=book)
    assert units(reading) == {"u1": "one", "u4": "four"}
    empty = "is empty; a value is required"
    assert rejected(reading) == [
        ("unit", "name_of_unit", "units", 2, empty),
        ("unit", "name_of_unit", "units", 3, empty),
    ]
    assert reading.sources["units"].read == 4


def test_a_cell_beyond_the_header_makes_its_row_malformed(read):
    reading = read(XLSX, xlsx=sheet(["u1", "one", "s"], ["u2", "two", "s", "stray"]))
    assert units(reading) == {"u1": "one"}
    assert rejected(reading) == [(None, None, "units", 2, "has more fields than the header")]
    assert (reading.sources["units"].read, reading.sources["units"].malformed) == (2, 1)
    (raw,) = reading.quarantine.rows().filter(lambda r: r.source == "units").to_pyarrow()["raw"]
    assert json.loads(raw.as_py()) == ["u2", "two", "s", "stray"]


def test_the_second_half_of_a_long_sheet_is_read(read, monkeypatch):
    monkeypatch.setattr("features.agencies.loading._ROWS_AT_ONCE", 7)
    found = units(read(XLSX, xlsx=sheet(*([f"u{n}", f"Unit {n}"] for n in range(1, 30)))))
    assert found == {f"u{n}": f"Unit {n}" for n in range(1, 30)}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b"id,name\n", "cannot be read as a workbook"),
        ({"A": []}, "the file is empty"),
        ({"A": [["id", "ID"]]}, "the header cannot name columns: 'id'"),
        ({"A": [["id", None, "name"]]}, "the header cannot name columns: ''"),
        ({"A": [["id", "__row"]]}, "the header cannot name columns: '__row'"),
    ],
)
def test_a_workbook_that_cannot_be_cut_into_rows_is_refused(read, content, found):
    assert found in refusal(read, XLSX, xlsx=content)


def test_an_absent_sheet_is_refused_with_those_that_exist(read):
    message = refusal(read, "{file: units.xlsx, sheet: Unit}", xlsx={"A": [HEADER], "B": [HEADER]})
    assert "no sheet 'Unit'" in message
    assert "one of: A, B" in message


def test_a_zip_that_is_no_workbook_is_refused(read, tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "secret")
    message = refusal(read, XLSX, xlsx=(tmp_path / "other.zip").read_bytes())
    assert "cannot be read as a workbook" in message


@pytest.mark.parametrize(
    ("owner", "limit", "found"),
    [
        (cells, "LARGEST_FILE", "Expected: at most 100 bytes"),
        (sheet_size, "LARGEST_UNPACKED", "unpacks to"),
        (sheet_size, "MOST_CELLS", "reaches over"),
        (workbook, "MOST_ROWS", "the sheet has 102 rows"),
    ],
)
def test_a_workbook_above_a_limit_is_refused(read, monkeypatch, owner, limit, found):
    monkeypatch.setattr(owner, limit, 100)
    rows = [[f"u{n}", "Unit"] for n in range(101)]
    assert found in refusal(read, XLSX, xlsx=sheet(*rows))


CELL = '<c r="A2" t="inlineStr"><is><t xml:space="preserve">u1</t></is></c>'


def size_refusal(path: Path, other: str) -> str | None:
    """Why a workbook is refused that has another cell in place of its first one; None if not."""
    write_workbook(path, {"A": [["id"], ["u1"]]})
    repack(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(CELL, other))
    try:
        sheet_size.require_readable_size(path)
    except IntakeError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "far",
    [
        '<c r="CV2"><v>1</v></c>',
        "<c r='CV2'><v>1</v></c>",
        '<c s="1" r="cv2"><f>A1</f><v>1</v></c>',
        '<x:c xmlns:x="urn:x" r="CV2"><x:v>1</x:v></x:c>',
        '<c r="CV2" t="inlineStr"><is><t>a</t></is></c>',
        '<c r="CU2"/><c><v>1</v></c>',
        "<c/>" * 99 + "<c><v>1</v></c>",
        '</row><row r="50"/><row r="3"><c r="D3"><v>1</v></c>',
        '</row><row r="49"/><row/><row r="3"><c r="D3"><v>1</v></c>',
        '<c r="A50"/><c r="D2"><v>1</v></c>',
        "<c><v>1</v></c>" * 4 + '</row><row r="50">' + "<c><v>1</v></c>" * 4,
    ],
)
def test_a_sheet_reaches_as_far_as_any_cell_says(tmp_path, monkeypatch, far):
    monkeypatch.setattr(sheet_size, "MOST_CELLS", 199)
    assert "reaches over 200 cells" in (size_refusal(tmp_path / "a.xlsx", far) or "")
    monkeypatch.setattr(sheet_size, "MOST_CELLS", 200)
    assert size_refusal(tmp_path / "a.xlsx", far) is None


@pytest.mark.parametrize(
    "nowhere",
    ['<c r="XFE2"/>', '<c r="A1048577"/>', '<c r="A0"/>', '<c r="A"/>', '<c r="2"/>', '<c r=""/>',
     '<c r="A-2"/>', '</row><row r="0">', '</row><row r="x">', '<c r="XFD2"/><c><v>1</v></c>',
     '</row><row r="1048576"/><row>'],
)  # fmt: skip
def test_a_place_that_no_sheet_has_is_refused(tmp_path, nowhere):
    message = size_refusal(tmp_path / "a.xlsx", nowhere) or ""
    assert "says that it stands where no sheet has a place" in message
    assert "behind row" in message


def test_a_dimension_beyond_every_sheet_is_refused_and_a_wide_one_is_not(tmp_path):
    path = tmp_path / "a.xlsx"
    for last, is_refused in (("XFD1048576", False), ("XFE4", True), ("", True)):
        write_workbook(path, {"A": [["id"], ["u1"]]})
        said = f'<dimension ref="A1:{last}"/><sheetData>'
        repack(path, "xl/worksheets/sheet1.xml", lambda x, s=said: x.replace("<sheetData>", s))
        with pytest.raises(IntakeError) if is_refused else nullcontext():
            sheet_size.require_readable_size(path)


def test_a_sheet_that_is_no_xml_is_refused_whatever_its_file_is_called(read, tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", sheet(["u1", "one"]))
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, written in content.items():
            other = name.replace("sheet1.xml", "Sheet1.dat")
            cut = written[:-1] if other != name else written
            archive.writestr(other, cut.replace(b"sheet1.xml", b"sheet1.dat"))
    message = refusal(read, XLSX, xlsx=path.read_bytes())
    assert "cannot be read as a workbook (ExpatError)" in message


def test_the_last_place_of_all_is_one(tmp_path):
    assert size_refusal(tmp_path / "a.xlsx", '<c r="XFD1048576"/>') is None


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
@pytest.mark.parametrize(
    "other",
    [
        lambda xml: f"<!DOCTYPE a>{xml}",
        lambda xml: xml[:-1],
        lambda xml: f"<!--{' ' * 3_000_000}-->{xml}",
    ],
)
def test_a_workbook_of_what_is_no_plain_xml_is_refused(read, tmp_path, member, other):
    path = write_workbook(tmp_path / "book.xlsx", sheet(["u1", "one"]))
    repack(path, member, other)
    assert "cannot be read as a workbook (ExpatError)" in refusal(
        read, XLSX, xlsx=path.read_bytes()
    )


def test_what_else_lies_in_a_workbook_need_not_be_xml(read, tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", sheet(["u1", "one"]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG\r\n\x1a\n")
        archive.writestr("xl/drawings/vml1.vml", "<xml><br></xml>")
        archive.writestr("xl/drawings/drawing1.xml", "<a><row>3</row><c r='far'/></a>")
    assert units(read(XLSX, xlsx=path.read_bytes())) == {"u1": "one"}


# All of them


@pytest.mark.parametrize("n_columns", [9, 10])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl", "parquet"])
def test_columns_up_to_the_limit_are_read_and_one_more_is_refused(
    read, tmp_path, monkeypatch, kind, n_columns
):
    monkeypatch.setattr(cells, "MOST_COLUMNS", 9)
    header = [*HEADER, *(f"c{n}" for n in range(3, n_columns))]
    row = ["u1", "one", *("s" for _ in header[2:])]
    record = dict(zip(header, row, strict=True))
    # Fields of different objects count together.
    records = [dict(list(record.items())[:5]), {"id": "u1", **dict(list(record.items())[5:])}]
    pq.write_table(pa.table({name: [cell] for name, cell in record.items()}), tmp_path / "t")
    content = {
        "csv": f"{','.join(header)}\n{','.join(row)}\n".encode(),
        "xlsx": sheet(row, header=header),
        "json": records,
        "jsonl": "\n".join(map(json.dumps, records)).encode(),
        "parquet": (tmp_path / "t").read_bytes(),
    }[kind]
    source = f"{{file: units.{kind}}}"
    if n_columns > 9:
        assert "there are more than 9 columns" in refusal(read, source, **{kind: content})
    else:
        assert units(read(source, **{kind: content})) == {"u1": "one"}


@pytest.mark.parametrize("sign", cells.UNSEEN)
def test_a_sign_that_nobody_sees_is_taken_out_of_names_and_cells(read, sign):
    rows = [["u1", f" {sign} o{sign}n\u00e9 "], [f"{sign}u{sign}2", "two"], ["u3", sign]]
    header = [f"{sign}id", f" name{sign}", "short"]
    text = "\n".join(",".join([*row, "s"]) for row in rows)
    found = {"u1": "on\u00e9", "u2": "two"}
    book = sheet(*rows, [sign], header=header)
    for source, content in ((CSV, f"{','.join(header)}\n{text}".encode()), (XLSX, book)):
        reading = read(source, **{"csv" if source == CSV else "xlsx": content})
        assert units(reading) == found
        assert [row for *_, row, _reason in rejected(reading)] == [3]
    objects = [dict(zip(header, row, strict=False)) for row in rows]
    assert units(read("{file: units.json, fields: [short]}", json=objects)) == found


# JSON


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Office \u00e9", "Office \u00e9"),
        (" cut ", "cut"),
        ("007", "007"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (198001012005011001, "198001012005011001"),
        (True, "true"),
        (False, "false"),
        ({"b": [1, None, "x"], "a": {}}, '{"b":[1,null,"x"],"a":{}}'),
        ([], "[]"),
    ],
)
def test_values_of_json_become_text(read, cell, text):
    assert units(read(JSON, json=[{"id": "u1", "name": cell}, {"short": "s"}])) == {"u1": text}


@pytest.mark.parametrize(
    ("source", "document"),
    [
        (JSON, lambda rows: rows),
        ("{file: units.json, records: data}", lambda rows: {"code": 1, "data": rows}),
        ("{file: units.json, records: a.b}", lambda rows: {"a": {"b": rows}, "b": []}),
    ],
)
def test_records_lie_at_a_place_inside_the_document(read, source, document):
    rows = [{"id": "u1", "name": "one", "short": "s"}, {"id": "u2", "name": "two"}]
    assert units(read(source, json=document(rows))) == {"u1": "one", "u2": "two"}


def test_null_and_an_absent_field_are_missing(read):
    rows = [{"id": "u1", "short": "s"}, {"id": "u2", "name": None}, {"id": "u3", "name": "-"},
            {"id": "u4", "name": "four"}]  # fmt: skip
    reading = read("{file: units.json, missing_values: ['-']}", json=rows)
    assert units(reading) == {"u4": "four"}
    empty = ("unit", "name_of_unit", "units", "is empty; a value is required")
    assert [(t, c, s, why) for t, c, s, _row, why in rejected(reading)] == [empty] * 3
    assert [row for _t, _c, _s, row, _why in rejected(reading)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ('["u2", "two"]', "is not an object"),
        ("null", "is not an object"),
        ('"secret"', "is not an object"),
        ('{"id": "u2", "name": "two", "name": "zwei"}', "names a field twice"),
        ('{"id": "u2", "name": {"a": 1, "a": 2}}', "names a field twice"),
        ('{"id": "u2", "name": "\\ud83d"}', "holds half a character"),
        ('{"id": "u2", "name": "a\\u0000b"}', "holds a NUL byte"),
    ],
)
def test_a_malformed_record_is_quarantined_and_the_others_keep_their_numbers(read, record, reason):
    good = '{"id": "u%d", "name": "\\ud83d\\ude00", "short": "s"}'
    text = f"[{good % 1},\n{record},\n{good % 3}, {{}}]"
    reading = read(JSON, json=text.encode())
    assert units(reading) == {"u1": "\U0001f600", "u3": "\U0001f600"}
    assert rejected(reading) == [
        (None, None, "units", 2, reason),
        ("unit", "unit_id", "units", 4, "is empty; a value is required"),
    ]
    assert (reading.sources["units"].read, reading.sources["units"].malformed) == (4, 1)


def test_a_malformed_record_is_kept_with_all_that_it_says(read):
    text = b'[{"id": "u1", "name": "one", "short": "s"}, {"id": "u2", "x": [{"id": 1, "id": 2}]}]'
    rows = read(JSON, json=text).quarantine.rows()
    (raw,) = rows.filter(rows.source == "units").to_pyarrow()["raw"].to_pylist()
    assert raw == '{"id":"u2","x":[{"id":1,"id":2}]}'


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"[]", "holds no objects"),
        (b"[1, 2]", "holds no objects"),
        (b'[{"id": "secret"},\n {"id": "x" "y"}]', "line 2, column 13: the file is not JSON"),
        (b'[{"id": NaN}]', "NaN and Infinity are no JSON"),
        (b'[{"id": ' + b"9" * 5000 + b"}]", "a number has too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"id": "\xe9"}]', "byte 10: the file is not in UTF-8"),
        (b'[{"id": 1, "Id": 2}]', "the header cannot name columns: 'id'"),
        (b'[{"id": 1}, {" id": 2}]', "the header cannot name columns: 'id'"),
        (b'[{"": 1}]', "the header cannot name columns: ''"),
        (b'{"data": [], "code": 1}', "there are some at: data"),
        (b"7", "the document is no list of records"),
    ],
)
def test_json_that_cannot_be_cut_into_rows_is_refused(read, content, found):
    message = refusal(read, JSON, json=content)
    assert found in message
    assert "secret" not in message


def test_a_mark_at_the_start_of_json_is_no_part_of_it(read):
    text = b'\xef\xbb\xbf[{"id": "u1", "name": "one", "short": null}]'
    assert units(read(JSON, json=text)) == {"u1": "one"}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("dat", "the document has no field 'dat'. Expected: one of: data, code"),
        ("data.rows", "the field 'data' has no field 'rows'. Expected: one of: items"),
        ("code.rows", "the field 'code' has no field 'rows'. Expected: one of: no field"),
        ("data", "the field 'data' is no list of records. Expected: a list; there are some at: it"),
    ],
)
def test_a_place_without_records_is_refused_with_what_is_there(read, place, found):
    document = {"data": {"items": [{"id": "u1"}]}, "code": 1}
    message = refusal(read, f"{{file: units.json, records: {place}}}", json=document)
    assert found in message


def test_a_list_may_be_empty_where_the_mapping_names_its_fields(read):
    reading = read(
        "{file: units.json, records: data, fields: [id, name, short]}", json={"data": []}
    )
    assert units(reading) == {}


def test_fields_that_are_named_are_columns_beside_those_found(read):
    source = "{file: units.json, fields: [name, short]}"
    assert units(read(source, json=[{"id": "u1", "name": "one"}])) == {"u1": "one"}


def test_json_above_the_limit_is_refused(read, monkeypatch):
    monkeypatch.setattr(cells, "LARGEST_FILE", 10)
    assert "Expected: at most 10 bytes" in refusal(read, JSON, json=[{"id": "u1", "name": "one"}])


@pytest.mark.parametrize("source", [XLSX, JSON])
def test_a_missing_file_is_refused_with_what_is_there(read, source):
    message = refusal(read, source)
    assert "is missing" in message
    assert "posts.csv" in message
