"""Broken export files as agencies send them, made on the spot: one function a file.

Everybody in them is invented. Each file holds rows that are good, and says which; every other cell
that could belong to a person holds the word `SECRET`, so that a message that quotes one is found.
"""

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.lib.workbook import write_workbook

SECRET = "RAHASIA"
#: Reasons of rejected rows and how many there are; a file without any is read as it is.
Reasons = dict[str, int]
EMPTY = "is empty; a value is required"
FEWER, MORE = "has fewer fields than the header", "has more fields than the header"
NOT_VALID = "holds bytes that are not valid in the encoding of the file"
NO_DATE = "not a date in the format %Y-%m-%d"
NO_COLUMN = "not one column that the mapping reads is there"
MANGLED = "is a NIP that a spreadsheet has mangled into a number"
ROUNDED = "is a NIP whose last digits a spreadsheet has rounded to 000"


@dataclass(frozen=True)
class Broken:
    """A broken file and what must become of it.

    Parameters
    ----------
    write : callable
        Given the path, writes the file.
    name : str
        Of the file.
    holds : {"people", "nips", "terms"}
        People with an id, people with an id and a NIP, or appointments.
    says : str
        What the mapping says of it besides its name.
    good : tuple of str
        Ids of the rows that are good.
    refused : str, optional
        Piece of the message with which it is refused as a whole.
    reasons : dict of str to int
        Else: why rows are rejected, and how many.
    meanwhile : callable, optional
        Given the path, what happens to the file while it is read.
    """

    write: Callable[[Path], object]
    name: str
    holds: str = "people"
    says: str = ""
    good: tuple[str, ...] = ("ann", "bob", "cal")
    refused: str | None = None
    reasons: Reasons = field(default_factory=dict)
    meanwhile: Callable[[Path], object] | None = None

    @property
    def source(self) -> str:
        """The source of the small agency that the file stands for."""
        return "terms" if self.holds == "terms" else "people"


BROKEN: dict[str, Broken] = {}


Writer = Callable[[Path], object]


def broken(
    name: str = "people.csv",
    *,
    holds: str = "people",
    says: str = "",
    good: str = "ann bob cal",
    refused: str | None = None,
    reasons: Reasons | None = None,
    meanwhile: Callable[[Path], object] | None = None,
) -> Callable[[Writer], Writer]:
    """Enter a function that writes a file, with what must become of the file."""

    def _enter(write: Writer) -> Writer:
        BROKEN[getattr(write, "__name__", "")] = Broken(
            write, name, holds, says, tuple(good.split()), refused, reasons or {}, meanwhile
        )
        return write

    return _enter


PEOPLE = f"id,name\nann,{SECRET}\nbob,{SECRET}\ncal,{SECRET}\n"
TERMS = "id,person,post,kind,begun,ended,nr\n"
TERM = "ann,clerk,D"


def records(*more: object) -> list[object]:
    """The good people as objects, and something else behind the second."""
    ann, bob, cal = ({"id": person, "name": SECRET} for person in ("ann", "bob", "cal"))
    return [ann, bob, *more, cal]


def csv(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """The good people, and some lines behind the second of them."""
    header, ann, bob, cal = PEOPLE.splitlines()
    return (end.join([header, ann, bob, *lines, cal]) + end).encode(encoding)


def terms(*lines: str) -> bytes:
    """Appointments, numbered; each line is what stands behind id, person, post and kind."""
    rows = [f"t{n},{TERM},{line}" for n, line in enumerate(lines, start=1)]
    return (TERMS + "\n".join(rows) + "\n").encode()


def workbook(path: Path, *rows: list, patch: Callable[[str], str] | None = None) -> None:
    """A sheet with a header and the good people, and rows behind the second; patched as XML."""
    people = [[person, SECRET] for person in ("ann", "bob", "cal")]
    sheet = [["id", "name"], *people[:2], *rows, people[2]]
    write_workbook(path, {"Pegawai": sheet})
    if patch is not None:
        repack(path, "xl/worksheets/sheet1.xml", patch)


def repack(path: Path, member: str, patch: Callable[[str], str]) -> None:
    """Write one member of an archive otherwise."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[member] = patch(content[member].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in content.items():
            archive.writestr(name, written)


def cut_off(path: Path, share: float) -> None:
    """Leave only the first part of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


# CSV: cut off, and not in the encoding that it is said to be in


@broken(good="ann bob", reasons={FEWER: 1})
def csv_cut_off_within_a_row(path: Path) -> None:
    path.write_bytes(csv()[: -len(SECRET) - 2])


@broken(
    good="ann bob", reasons={"has text after a closing quote, or a quote that is not closed": 1}
)
def csv_cut_off_within_quotes(path: Path) -> None:
    path.write_bytes(csv().replace(b"cal,", b'cal,"')[:-4])


@broken(reasons={NOT_VALID: 1})
def csv_with_a_latin_row_declared_utf_8(path: Path) -> None:
    path.write_bytes(csv("dee,Zo\u00eb", encoding="latin-1"))


@broken(says="encoding: latin-1")
def csv_in_utf_8_declared_latin(path: Path) -> None:
    path.write_bytes(csv().replace(SECRET.encode(), "Zo\u00eb".encode()))


@broken()
def csv_with_a_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + csv())


@broken(refused="the header holds signs that are no text")
def utf_16_without_mark_declared_utf_8(path: Path) -> None:
    path.write_bytes(csv(encoding="utf-16-le"))


@broken(refused="the header")
def utf_16_with_mark_declared_utf_8(path: Path) -> None:
    path.write_bytes(csv(encoding="utf-16"))


@broken(says="encoding: utf-16", refused="not UTF-16 with a byte-order mark")
def utf_16_without_mark(path: Path) -> None:
    path.write_bytes(csv(encoding="utf-16-be"))


@broken(says="encoding: utf-16", refused="not UTF-16 with a byte-order mark")
def utf_8_declared_utf_16(path: Path) -> None:
    path.write_bytes(csv())


# CSV: what separates, ends and quotes


@broken(refused=NO_COLUMN)
def csv_with_semicolons_declared_commas(path: Path) -> None:
    path.write_bytes(csv().replace(b",", b";"))


@broken()
def csv_with_returns_only(path: Path) -> None:
    path.write_bytes(csv(end="\r"))


@broken(refused="cannot be cut into rows")
def csv_with_mixed_line_ends(path: Path) -> None:
    path.write_bytes(csv("dee,x\r"))


@broken(refused="a quote is opened and not closed")
def csv_with_an_open_quote(path: Path) -> None:
    path.write_bytes(csv(f'dee,"{SECRET}'))


@broken(reasons={MORE: 1, FEWER: 1})
def csv_with_ragged_rows(path: Path) -> None:
    path.write_bytes(csv("dee,x,y", "eve"))


@broken(reasons={"has text after a closing quote, or a quote that is not closed": 1})
def csv_with_text_behind_quotes(path: Path) -> None:
    path.write_bytes(csv('dee,"a"b'))


@broken()
def csv_with_blank_lines(path: Path) -> None:
    path.write_bytes(csv("", ""))


@broken(reasons={FEWER: 1})
def csv_that_ends_as_dos_did(path: Path) -> None:
    path.write_bytes(csv() + b"\x1a")


@broken(refused="a line is longer than 2,000,000 bytes")
def csv_of_one_line_of_30_megabytes(path: Path) -> None:
    path.write_bytes(csv().replace(b"\n", b";") + b"x" * 30_000_000)


@broken(reasons={"holds a NUL byte": 2})
def csv_with_nul_bytes(path: Path) -> None:
    path.write_bytes(csv("d\0ee,x", "eve,\0"))


# CSV: headers


@broken(refused="the file is empty")
def csv_without_anything(path: Path) -> None:
    path.write_bytes(b"")


@broken(good="", refused="is not in person.person_id")
def csv_of_a_header_only(path: Path) -> None:
    path.write_bytes(b"id,name\n")


@broken(refused="the header cannot name columns: 'id'")
def csv_with_a_header_twice(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b"id,Id"))


@broken(refused="the header cannot name columns: ''")
def csv_with_a_blank_header(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b"id, "))


@broken(refused=NO_COLUMN)
def csv_with_a_header_in_capitals(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b"ID,NAME"))


@broken()
def csv_with_blanks_around_headers(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b" id\t, name"))


@broken(refused="the first row holds values and no names of columns")
def csv_without_a_header(path: Path) -> None:
    path.write_bytes(f"198001012005011001,{SECRET}\n198001012005011002,{SECRET}\n".encode())


@broken(refused=NO_COLUMN)
def csv_without_a_header_that_could_be_one(path: Path) -> None:
    path.write_text(f"{SECRET},ann\n{SECRET},bob\n{SECRET},cal\n", encoding="utf-8")


@broken(refused=NO_COLUMN)
def csv_with_a_title_above_the_header(path: Path) -> None:
    path.write_bytes(b"Data Pegawai,\n".replace(b",", b"") + csv())


@broken()
def csv_with_a_header_of_several_lines(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b'id,"name\nof the person"'))


@broken(refused="the header cannot name columns")
def csv_with_a_separator_behind_the_header(path: Path) -> None:
    path.write_bytes(csv().replace(b"id,name", b"id,name,"))


@broken()
def csv_with_a_separator_behind_every_row(path: Path) -> None:
    path.write_bytes(csv().replace(SECRET.encode(), SECRET.encode() + b","))


@broken(refused="the first line is blank")
def csv_with_a_blank_line_above_the_header(path: Path) -> None:
    path.write_bytes(b"\n" + csv())


@broken(good="ann bob cal dee")
def csv_with_a_mark_in_its_middle(path: Path) -> None:
    path.write_bytes(csv("\ufeffdee,x"))


@broken()
def csv_with_two_marks(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" * 2 + csv())


@broken("terms.csv", holds="terms", good="t1 t2 t3")
def csv_with_unseen_signs_in_ids(path: Path) -> None:
    ids = ("an\u200bn", "\u200eann\u200f", "a\u00adnn \u2060")
    rows = [f"t{n},{ann},clerk,D,200{n}-01-01,,{n}\n" for n, ann in enumerate(ids, start=1)]
    path.write_text(TERMS + "".join(rows), encoding="utf-8")


@broken(reasons={EMPTY: 1})
def csv_with_an_id_of_unseen_signs_only(path: Path) -> None:
    path.write_bytes(csv("\u200b \u200d,x"))


@broken(refused="there are more than 2,000 columns")
def csv_of_3000_columns(path: Path) -> None:
    header, *lines = csv().decode().splitlines()
    more = ",".join(f"c{n}" for n in range(3_000))
    path.write_text("\n".join([f"{header},{more}", *(f"{li}{',' * 3_000}" for li in lines)]))


# Other things under the name of CSV


@broken(name="people.xls", refused=NO_COLUMN)
def html_saved_as_xls(path: Path) -> None:
    rows = "\n".join(f"<tr><td>{person}</td></tr>" for person in ("ann", "bob", "cal"))
    path.write_text(f"<html><body><table>\n{rows}\n</table></body></html>\n", encoding="utf-8")


@broken(refused=NO_COLUMN)
def html_saved_as_csv(path: Path) -> None:
    html_saved_as_xls(path)


@broken(refused="the header")
def parquet_saved_as_csv(path: Path) -> None:
    pq.write_table(pa.table({"id": ["ann", "bob", "cal"]}), path)


@broken(refused="the header")
def workbook_saved_as_csv(path: Path) -> None:
    workbook(path)


@broken(refused="the header")
def packed_csv(path: Path) -> None:
    path.write_bytes(gzip.compress(csv(), mtime=0))


# Workbooks

XLSX = "people.xlsx"


@broken(XLSX, refused="cannot be read as a workbook")
def workbook_cut_off(path: Path) -> None:
    workbook(path)
    cut_off(path, 0.6)


@broken(XLSX, refused="cannot be read as a workbook")
def workbook_damaged_inside(path: Path) -> None:
    workbook(path)
    content = bytearray(path.read_bytes())
    place = content.find(b"xl/worksheets/sheet1.xml") + 40
    content[place : place + 60] = bytes(60)
    path.write_bytes(content)


@broken(XLSX, refused=NO_COLUMN)
def workbook_with_a_merged_title(path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>'
    people = [["Data Pegawai", None], ["id", "name"], ["ann", SECRET], ["bob", SECRET]]
    write_workbook(path, {"Pegawai": people})
    repack(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</worksheet>", merged))


@broken(XLSX)
def workbook_of_formulas_with_their_values(path: Path) -> None:
    plain = '<is><t xml:space="preserve">cal</t></is>'
    formula = '<c r="A4" t="str"><f>LOWER("CAL")</f><v>cal</v>'
    workbook(path, patch=lambda xml: xml.replace(f'<c r="A4" t="inlineStr">{plain}', formula))


@broken(XLSX, reasons={EMPTY: 1})
def workbook_of_a_formula_without_its_value(path: Path) -> None:
    formula = '<row r="9"><c r="A9"><f>LOWER("DEE")</f></c><c r="B9"><v>1</v></c></row></sheetData>'
    workbook(path, patch=lambda xml: xml.replace("</sheetData>", formula))


@broken(XLSX, reasons={EMPTY: 2})
def workbook_with_error_cells(path: Path) -> None:
    workbook(path, ["#N/A", SECRET], ["#REF!", SECRET])


@broken(XLSX, reasons={MORE: 1})
def workbook_with_a_remark_beside_the_table(path: Path) -> None:
    workbook(path, ["dee", SECRET, "see letter"])


@broken(XLSX)
def workbook_with_blank_rows_and_coloured_cells(path: Path) -> None:
    coloured = '<row r="900"><c r="Z900" s="1"/></row></sheetData>'
    workbook(path, [None], patch=lambda xml: xml.replace("</sheetData>", coloured))


@broken(XLSX, refused="unpacks to")
def workbook_that_unpacks_to_a_gigabyte(path: Path) -> None:
    workbook(path)
    piece = b" " * 10_000_000
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as member,
    ):
        for _nth in range(105):
            member.write(piece)


@broken(XLSX, refused="cannot be read as a workbook")
def workbook_that_lies_about_its_size(path: Path) -> None:
    bomb = b"<worksheet><sheetData>" + b" " * 50_000_000
    workbook(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", bomb)
    size = len(bomb).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))


@broken(XLSX, refused="a sheet of the workbook reaches over")
def workbook_with_a_cell_in_the_farthest_corner(path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    workbook(path, patch=lambda xml: xml.replace("</sheetData>", far))


@broken(XLSX, refused="a sheet of the workbook reaches over")
def workbook_with_a_far_cell_that_does_not_say_where(path: Path) -> None:
    far = f'<row>{"<c><v>1</v></c>" * 16_000}</row><row r="1048576"></row></sheetData>'
    workbook(path, patch=lambda xml: xml.replace("</sheetData>", far))


FAR = '<row r="4"><c r="XFD1048576"'


@broken(XLSX, refused="a sheet of the workbook reaches over")
def workbook_with_a_far_cell_in_a_near_row(path: Path) -> None:
    workbook(path, ["dee", "x"], patch=lambda xml: xml.replace('<row r="4"><c r="A4"', FAR))


@broken(XLSX, refused="a sheet of the workbook reaches over")
def workbook_with_a_far_cell_in_single_quotes(path: Path) -> None:
    far = FAR.replace('"', "'")
    workbook(path, ["dee", "x"], patch=lambda xml: xml.replace('<row r="4"><c r="A4"', far))


@broken(XLSX, refused="a sheet of the workbook reaches over")
def workbook_with_a_far_cell_in_a_file_of_another_name(path: Path) -> None:
    workbook_with_a_far_cell_in_a_near_row(path)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in content.items():
            other = name.replace("sheet1.xml", "sheet1.dat")
            archive.writestr(other, written.replace(b"sheet1.xml", b"sheet1.dat"))


NO_PLACE = "says that it stands where no sheet has a place"


@broken(XLSX, refused=NO_PLACE)
def workbook_with_a_cell_behind_the_last_column(path: Path) -> None:
    workbook(path, ["dee", "x"], patch=lambda xml: xml.replace('r="A4"', 'r="ZZZZZ4"'))


@broken(XLSX, refused=NO_PLACE)
def workbook_with_a_cell_below_the_last_row(path: Path) -> None:
    workbook(path, ["dee", "x"], patch=lambda xml: xml.replace('r="A4"', 'r="A1048577"'))


@broken(XLSX, refused=NO_PLACE)
def workbook_with_a_row_below_the_last_row(path: Path) -> None:
    far = '<row r="9000000"><c'
    workbook(path, ["dee", "x"], patch=lambda xml: xml.replace('<row r="4"><c r="A4"', far))


@broken(XLSX, refused="there are more than 2,000 columns")
def workbook_of_3000_columns(path: Path) -> None:
    write_workbook(path, {"A": [["id", *(f"c{n}" for n in range(3_000))], ["ann"]]})


@broken("terms.xlsx", holds="terms", good="t1")
def workbook_with_unseen_signs_in_ids(path: Path) -> None:
    row = ["t1", "an\u200bn\ufeff", "clerk", "D", date(2001, 1, 1), None, 1]
    write_workbook(path, {"A": [TERMS.strip().split(","), row, ["\u200b"]]})


@broken(XLSX, refused="cannot be read as a workbook")
def workbook_with_a_password(path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le") + bytes(2000))


@broken(XLSX, refused="cannot be read as a workbook")
def old_workbook_under_the_new_name(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"\x09\x08\x10\x00" * 400)


@broken(XLSX, refused="cannot be read as a workbook")
def csv_under_the_name_of_a_workbook(path: Path) -> None:
    path.write_bytes(csv())


@broken(XLSX, refused="the file is empty")
def workbook_without_a_filled_cell(path: Path) -> None:
    write_workbook(path, {"Pegawai": []})


@broken(XLSX, says="sheet: Pegawai", refused="the workbook has no sheet 'Pegawai'")
def workbook_with_another_sheet(path: Path) -> None:
    write_workbook(path, {"Sheet1": [["id"], ["ann"], ["bob"], ["cal"]]})


# What spreadsheets do to numbers and dates

NIPS = "id,nip\nann,198001012005011001\nbob,198001012005011002\ncal,198001012005011003\n"


@broken(holds="nips", reasons={MANGLED: 2})
def nips_as_powers_of_ten(path: Path) -> None:
    path.write_text(NIPS + 'dee,1.98E+17\neve,"1,98E+17"\n', encoding="utf-8")


@broken(holds="nips", reasons={ROUNDED: 1})
def nips_with_rounded_last_digits(path: Path) -> None:
    path.write_text(NIPS + "dee,198001012005011000\n", encoding="utf-8")


@broken(holds="nips", reasons={MANGLED: 1})
def nips_with_separators(path: Path) -> None:
    path.write_text(NIPS + 'dee,"198,001,012,005,011,001"\n', encoding="utf-8")


@broken(XLSX, holds="nips", reasons={MANGLED: 2})
def nips_as_numbers_in_a_workbook(path: Path) -> None:
    good = [line.split(",") for line in NIPS.splitlines()]
    bad = [["dee", 198001012005011001], ["eve", 1.98e17]]
    write_workbook(path, {"Pegawai": [*good, *bad]})


@broken("terms.csv", holds="terms", good="t1", reasons={NO_DATE: 4})
def dates_in_mixed_formats(path: Path) -> None:
    path.write_bytes(
        terms("2001-01-01,,1", "02/01/2001,,2", "1 Januari 2001,,3", "2001-13-01,,4", "36892,,5")
    )


@broken("terms.xlsx", holds="terms", good="t1", reasons={NO_DATE: 1})
def dates_as_bare_numbers_in_a_workbook(path: Path) -> None:
    rows = [["t1", *TERM.split(","), date(2001, 1, 1), None, 1]]
    rows.append(["t2", *TERM.split(","), 36892, None, 2])
    write_workbook(path, {"A": [TERMS.strip().split(","), *rows]})


@broken("terms.csv", holds="terms", good="t1 t2", reasons={"is not a whole number": 4})
def numbers_with_separators(path: Path) -> None:
    path.write_bytes(
        terms(
            "2001-01-01,,1000", "2002-01-01,,7.0", '2003-01-01,,"1,000"', "2004-01-01,,1.000",
            '2005-01-01,,"7,5"', "2006-01-01,,1 000",
        )
    )  # fmt: skip


@broken("terms.csv", holds="terms", good="t1", reasons={"is not in person.person_id": 1})
def ids_without_their_leading_zeros(path: Path) -> None:
    path.write_text(f"{TERMS}t1,007,clerk,D,2001-01-01,,1\nt2,7,clerk,D,2001-01-01,,2\n")


# JSON

JSON = "people.json"


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


@broken(JSON, refused="the file is not JSON")
def json_cut_off(path: Path) -> None:
    write_json(path, records())
    cut_off(path, 0.7)


@broken(JSON, refused="the file is not JSON: Extra data")
def json_with_something_behind(path: Path) -> None:
    path.write_text(json.dumps(records()) + "\n<!-- generated -->\n", encoding="utf-8")


@broken(JSON, refused="NaN and Infinity are no JSON")
def json_with_nan(path: Path) -> None:
    write_json(path, records({"id": "dee", "name": float("nan")}))


@broken(JSON, refused="nested too deeply")
def json_nested_too_deeply(path: Path) -> None:
    deep = "[" * 200_000 + "]" * 200_000
    path.write_text(json.dumps(records({"id": "dee", "name": 0})).replace("0", deep))


@broken(JSON, refused="a number has too many digits")
def json_with_a_number_of_5000_digits(path: Path) -> None:
    path.write_text(json.dumps(records({"id": "dee", "name": 0})).replace("0", "1" * 5000))


@broken(JSON, reasons={"names a field twice": 1})
def json_with_a_key_twice(path: Path) -> None:
    twice = json.dumps(records({"id": "dee", "x": 0})).replace('"x"', '"id"')
    path.write_text(twice, encoding="utf-8")


@broken(JSON, reasons={"holds half a character": 1, "is not an object": 3})
def json_with_half_characters_and_things_that_are_no_objects(path: Path) -> None:
    write_json(path, records({"id": "dee", "name": "\ud83d"}, None, "eve", ["fay"]))


@broken(JSON, refused="the header holds signs that are no text")
def json_with_half_a_character_in_a_key(path: Path) -> None:
    write_json(path, records({"id": "dee", "\ud83d": "x"}))


@broken(JSON, refused="the document is no list of records")
def json_of_one_object(path: Path) -> None:
    write_json(path, {"data": records()})


@broken(JSON, refused="the file is not in UTF-8")
def json_in_latin(path: Path) -> None:
    path.write_bytes('[{"id": "ann", "name": "Zo\u00eb"}]'.encode("latin-1"))


@broken(JSON, refused="there are more than 2,000 columns")
def json_with_an_object_of_20000_fields(path: Path) -> None:
    write_json(path, records({f"k{n}": SECRET for n in range(20_000)}))


# JSON lines

LINES = "people.jsonl"


def json_lines(*more: str) -> bytes:
    """The good people a line each, and other lines behind the second."""
    ann, bob, cal = (json.dumps(record) for record in records())
    return "\n".join([ann, bob, *more, cal]).encode() + b"\n"


@broken(LINES, good="ann bob", reasons={"is not JSON: Unterminated string starting at": 1})
def json_lines_cut_off(path: Path) -> None:
    path.write_bytes(json_lines()[:-6])


@broken(LINES)
def json_lines_with_empty_ones(path: Path) -> None:
    path.write_bytes(json_lines("", "  ", ""))


@broken(LINES, reasons={"is not an object": 2, "is not JSON: Expecting value": 1})
def json_lines_with_other_things(path: Path) -> None:
    path.write_bytes(json_lines('["dee", "x"]', "null", "not json"))


@broken(LINES, refused="it holds no objects")
def json_lines_that_are_one_list(path: Path) -> None:
    path.write_text(json.dumps(records(), indent=2).replace("{", "[").replace("}", "]"))


@broken(LINES, refused="a line is longer than 2,000,000 bytes")
def json_lines_without_line_ends(path: Path) -> None:
    path.write_bytes(json_lines().replace(b"\n", b" ") * 50_000)


@broken(LINES, refused="there are more than 2,000 columns")
def json_lines_with_an_object_of_20000_fields(path: Path) -> None:
    path.write_bytes(json_lines(json.dumps({f"k{n}": SECRET for n in range(20_000)})))


@broken(LINES, good="ann bob cal dee")
def json_lines_with_a_mark_in_their_middle(path: Path) -> None:
    path.write_bytes(json_lines('\ufeff{"id": "d\u200cee"}'))


# Parquet

PARQUET = "people.parquet"


def write_parquet(path: Path, **columns: list) -> None:
    pq.write_table(pa.table({"id": ["ann", "bob", "cal"], **columns}), path)


@broken(PARQUET, refused="cannot be read as Parquet")
def parquet_cut_off(path: Path) -> None:
    write_parquet(path, name=[SECRET] * 3)
    cut_off(path, 0.5)


@broken(PARQUET, refused="cannot be read as Parquet")
def parquet_damaged_inside(path: Path) -> None:
    write_parquet(path, name=[f"{SECRET}{n}" for n in range(3)])
    content = bytearray(path.read_bytes())
    content[10:60] = b"\xff" * 50
    path.write_bytes(content)


@broken(PARQUET)
def parquet_with_nested_columns(path: Path) -> None:
    write_parquet(path, name=[{"first": SECRET, "titles": ["dr", None]}] * 3, tags=[["a"]] * 3)


@broken(PARQUET, refused="cannot be read as Parquet")
def csv_under_the_name_of_parquet(path: Path) -> None:
    path.write_bytes(csv())


# Responses of a service, one file a person

MANY = "people/*.json"
OF_DATA = "records: data, fields: [id, name]"


def respond(path: Path, *responses: bytes) -> None:
    """A response for each good person, and others behind the second."""
    path.parent.mkdir()
    ann, bob, cal = ({"code": 1, "data": [record]} for record in records())
    good = [json.dumps(response).encode() for response in (ann, bob, cal)]
    for nth, content in enumerate([*good[:2], *responses, good[2]]):
        (path.parent / f"{nth}.json").write_bytes(content)


@broken(
    MANY,
    says=OF_DATA,
    reasons={
        "the response is not JSON: Expecting value": 2,
        "the response tells an error in place of rows": 1,
        "the response has nothing at the place of its rows": 1,
    },
)
def responses_with_errors_among_them(path: Path) -> None:
    respond(
        path,
        b"",
        b"<html>Bad gateway</html>",
        b'{"code": 0, "data": "Token kedaluwarsa"}',
        b'{"code": 0, "message": "x"}',
        b'{"code": 1, "data": "Data tidak ditemukan"}',
    )


@broken(MANY, says=OF_DATA, refused="response 3 has")
def responses_of_which_one_is_everything(path: Path) -> None:
    respond(path, b" " * 21_000_000)


@broken(MANY, says=OF_DATA, refused="there are more than 2,000 columns")
def responses_of_which_one_has_20000_fields(path: Path) -> None:
    respond(path, json.dumps({"data": [{f"k{n}": SECRET for n in range(20_000)}]}).encode())


@broken(MANY, says=OF_DATA, refused="response 2 is no file")
def responses_with_a_pipe_among_them(path: Path) -> None:
    respond(path)
    os.mkfifo(path.parent / "0b.json")


@broken(MANY, says=OF_DATA, refused="response 1 is no file")
def responses_with_a_link_that_leads_to_itself(path: Path) -> None:
    respond(path)
    (path.parent / "0.json").unlink()
    (path.parent / "0.json").symlink_to(path.parent / "0.json")


# Files that are none, or do not hold still


@broken(refused="is no file")
def folder_in_place_of_a_file(path: Path) -> None:
    path.mkdir()


@broken(refused="is no file")
def pipe_in_place_of_a_file(path: Path) -> None:
    os.mkfifo(path)


@broken(refused="is missing")
def link_that_leads_to_itself(path: Path) -> None:
    path.symlink_to(path)


@broken(refused="cannot be read (PermissionError)")
def file_that_may_not_be_read(path: Path) -> None:
    path.write_bytes(csv())
    path.chmod(0)


@broken(refused="cannot be read (OSError)")
def file_on_a_bad_disk(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def grow(path: Path) -> None:
    """Another row arrives."""
    with path.open("ab") as file:
        file.write(b"dee,x\n")


@broken(refused="the file changed while it was read", meanwhile=grow)
def file_that_grows(path: Path) -> None:
    path.write_bytes(csv())


@broken(refused="the file vanished while it was read", meanwhile=Path.unlink)
def file_that_vanishes(path: Path) -> None:
    path.write_bytes(csv())


@broken(PARQUET, refused="the file vanished while it was read", meanwhile=Path.unlink)
def parquet_that_vanishes(path: Path) -> None:
    write_parquet(path)


@broken(XLSX, refused="the file vanished while it was read", meanwhile=Path.unlink)
def workbook_that_vanishes(path: Path) -> None:
    workbook(path)
