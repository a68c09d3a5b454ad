"""A second list of errors for exports of the simulated ministry, made without the first one.

Clean exports come in, and the errors of real HR offices are planted in them: slips of the keyboard,
spreadsheets that know better, two exports pasted into one. Beside them stand rows that look wrong
and are right. What must happen to each was written down from the guide and from what an officer
would expect, before anybody looked at how the intake works.

The rule that must not break: every row that differs from the clean export is on the list, no row is
on it twice, and never more than 4 % of the rows of a file are bad.
"""

import csv
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from python_calamine import load_workbook

from tests.lib.workbook import Cell, write_workbook

Must = Literal["rejected", "withheld", "kept"]
MUSTS: Final[tuple[Must, ...]] = ("rejected", "withheld", "kept")
Cells = dict[str, Any]
Value = Cell | Callable[[Cells], Any]

MOST_BAD: Final = 0.04

#: How reasons begin that an officer would take for an answer, by what is wrong.
DATE = ("not a date", "not between 1900")
EMPTY = ("is empty",)
KEY = ("repeats the key",)
MAP = ("is not in the map", "is none of")
NOBODY = ("is not in person.",)
NIP = ("is not a possible NIP",)
MANGLED = ("is a NIP that a spreadsheet", "is a NIP whose")
NUMBER = ("is not a number", "is not a whole number")
RANGE = ("is not between",)
#: The mapping makes ratings of scores: what is no number is told as being no rating.
NO_SCORE = (*NUMBER, "is none of")
BEFORE = ("is before",)
SPLIT = ("has fewer fields", "has more fields")
#: A line of another file, or one that slid: whatever is wrong with it first.
ANY = ("",)


@dataclass(frozen=True)
class Planted:
    """One row that is not as the ministry wrote it.

    Parameters
    ----------
    kind : str
    file, sheet : str
        `sheet` is empty where there is none.
    row : int
        From 1, without the header.
    must : {"rejected", "withheld", "kept"}
        What must become of the row; `withheld` rows are accepted without the cell.
    reasons : tuple of str
        How the reasons begin that fit the kind.
    marks : mapping of str to str
        Cells by which the row is known where a question of the mapping has reshaped it.
    seen : tuple of str and mapping of str to object, optional
        Canonical table and its id, and what the columns of that row hold.
    shown : str
        The kind of contradiction that tells the row.
    id : str
        Id of the record, of the person where the file is that of people.
    """

    kind: str
    file: str
    sheet: str
    row: int
    must: Must
    reasons: tuple[str, ...]
    marks: Mapping[str, str]
    id: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""


@dataclass
class _Row:
    cells: Cells
    raw: bytes | str | None = None
    note: dict[str, Any] | None = None


class _Sheet:
    """Rows of a file or of a sheet, of which each may be planted once."""

    def __init__(self, file: str, sheet: str, columns: Sequence[str], rows: list[Cells], seed: int):
        self.file, self.sheet, self.columns = file, sheet, list(columns)
        self.rows = [_Row(cells) for cells in rows]
        self.chance = random.Random(f"{seed}/{file}/{sheet}")
        self.key = self.columns[0]
        self._order = list(self.rows)
        self.chance.shuffle(self._order)

    def clean(self, fits: Callable[[Cells], bool] = lambda _cells: True) -> Iterator[_Row]:
        """Rows that are as they were, in an order of chance."""
        return (row for row in self._order if row.note is None and fits(row.cells))

    def take(self, times: int, fits: Callable[[Cells], bool]) -> list[_Row]:
        found = [row for row, _ in zip(self.clean(fits), range(times), strict=False)]
        if len(found) < times:
            raise ValueError(f"{self.file} has no {times} rows for this")
        return found

    def note(self, row: _Row, kind: str, must: Must, reasons: tuple[str, ...], **more: Any) -> None:
        marks = more.pop("marks", None) or {self.key: str(row.cells.get(self.key) or "")}
        record = str(row.cells.get(self.key) or "")
        row.note = {
            "kind": kind,
            "must": must,
            "reasons": reasons,
            "marks": marks,
            "id": record,
            **more,
        }

    def change(
        self,
        kind: str,
        column: str,
        value: Value,
        must: Must = "rejected",
        reasons: tuple[str, ...] = (),
        *,
        times: int = 2,
        fits: Callable[[Cells], bool] = lambda _cells: True,
        marks: Callable[[Cells], dict[str, str]] | None = None,
        seen: Callable[[Cells], dict[str, Any]] | None = None,
        shown: str = "",
        also: Mapping[str, Value] | None = None,
    ) -> None:
        """Give cells of some rows another value."""
        for row in self.take(times, fits):
            before = dict(row.cells)
            for name, new in {column: value, **(also or {})}.items():
                if name not in self.columns:
                    raise KeyError(name)
                row.cells[name] = new(before) if callable(new) else new
            self.note(
                row,
                kind,
                must,
                reasons,
                marks=marks(before) if marks else None,
                seen=seen(row.cells) if seen else {},
                shown=shown,
            )

    def line(
        self,
        kind: str,
        write: Callable[[Cells], bytes | str],
        reasons: tuple[str, ...],
        *,
        times: int = 2,
        fits: Callable[[Cells], bool] = lambda _cells: True,
    ) -> None:
        """Write some rows in another way."""
        for row in self.take(times, fits):
            row.raw = write(row.cells)
            self.note(row, kind, "rejected", reasons)

    def insert(
        self,
        kind: str,
        cells: Cells,
        must: Must,
        reasons: tuple[str, ...] = (),
        *,
        raw: bytes | str | None = None,
        last: bool = False,
        **more: Any,
    ) -> None:
        """A row that was not there, somewhere behind the first third, or at the end."""
        row = _Row({name: cells.get(name) for name in self.columns}, raw)
        self.note(row, kind, must, reasons, **more)
        place = len(self.rows)
        if not last:
            place = self.chance.randint(place // 3, place)
        self.rows.insert(place, row)

    def again(
        self,
        kind: str,
        times: int = 2,
        fits: Callable[[Cells], bool] = lambda _cells: True,
        marks: Callable[[Cells], dict[str, str]] | None = None,
        **changes: Value,
    ) -> None:
        """Repeat rows behind themselves, as they are or with other cells."""
        for row in self.take(times, fits):
            copy = dict(row.cells)
            for name, new in changes.items():
                copy[name] = new(row.cells) if callable(new) else new
            again = _Row(copy)
            self.note(again, kind, "rejected", KEY, marks=marks(row.cells) if marks else None)
            # The first one stays as it is: that it is kept is part of what is asked for.
            self.note(row, f"{kind}_first", "kept", ())
            place = next(nth for nth, one in enumerate(self.rows) if one is row)
            self.rows.insert(self.chance.randint(place + 1, len(self.rows)), again)

    def planted(self) -> list[Planted]:
        found = []
        for nth, row in enumerate(self.rows, start=1):
            if row.note is not None:
                found.append(Planted(file=self.file, sheet=self.sheet, row=nth, **row.note))
        bad = sum(one.must == "rejected" for one in found)
        if bad > MOST_BAD * len(self.rows):
            raise ValueError(f"{bad} of {len(self.rows)} rows of {self.file} {self.sheet} are bad")
        return found


def _quoted(values: Sequence[Any], separator: str = ",") -> str:
    cells = ("" if v in (None, "") else str(v) for v in values)
    return separator.join('"' + c.replace('"', '""') + '"' if c else "" for c in cells)


def _read_csv(path: Path, seed: int) -> _Sheet:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        cells = [dict(row) for row in rows]
        return _Sheet(path.name, "", list(rows.fieldnames or ()), cells, seed)


def _write_csv(folder: Path, sheet: _Sheet, *, end: str = "\n", mark: bool = False) -> None:
    lines = [_quoted(sheet.columns).encode()]
    for row in sheet.rows:
        if row.raw is None:
            lines.append(_quoted([row.cells.get(c) for c in sheet.columns]).encode())
        else:
            lines.append(row.raw if isinstance(row.raw, bytes) else row.raw.encode())
    body = end.encode().join(lines) + end.encode()
    (folder / sheet.file).write_bytes((b"\xef\xbb\xbf" if mark else b"") + body)


def _read_json(path: Path, seed: int) -> _Sheet:
    rows = json.loads(path.read_bytes())["data"]
    return _Sheet(path.name, "", list(rows[0]), rows, seed)


def _write_json(folder: Path, sheet: _Sheet) -> None:
    rows = (
        row.raw.decode()
        if isinstance(row.raw, bytes)
        else row.raw or json.dumps(row.cells, ensure_ascii=False, separators=(",", ":"))
        for row in sheet.rows
    )
    body = '{"code":1,"data":[\n' + ",\n".join(rows) + "\n]}\n"
    (folder / sheet.file).write_text(body, encoding="utf-8")


def _read_book(path: Path, seed: int) -> dict[str, _Sheet]:
    book = load_workbook(str(path))
    sheets = {}
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python()
        columns = [str(cell) for cell in header]
        cells = [dict(zip(columns, map(_cell, row), strict=True)) for row in rows]
        sheets[name] = _Sheet(path.name, name, columns, cells, seed)
    return sheets


def _cell(value: Any) -> Cell:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def _write_book(folder: Path, sheets: Mapping[str, _Sheet]) -> None:
    written = {
        name: [
            sheet.columns,
            *(
                [*(row.cells.get(c) for c in sheet.columns), *row.cells.get("", [])]
                for row in sheet.rows
            ),
        ]
        for name, sheet in sheets.items()
    }
    write_workbook(folder / next(iter(sheets.values())).file, written)


def _day(text: str) -> tuple[str, str, str]:
    day, month, year = text.split("-")
    return day, month, year


def _two_digits(text: str) -> str:
    day, month, year = _day(text)
    return f"{day}-{month}-{year[2:]}"


def _iso(text: str) -> str:
    return "-".join(reversed(_day(text)))


def _invented(sheet: _Sheet) -> str:
    return f"{sheet.chance.getrandbits(128):032x}"


_MONTHS = "Januari,Februari,Maret,April,Mei,Juni,Juli,Agustus,September,Oktober,November,Desember"


def _in_words(text: str) -> str:
    day, month, year = _day(text)
    return f"{int(day)} {_MONTHS.split(',')[int(month) - 1]} {year}"


def _later(text: str, years: int) -> str:
    day, month, year = _day(text)
    return f"{min(int(day), 28):02d}-{month}-{int(year) + years}"


def _dates(sheet: _Sheet, column: str, *, fits: Callable[[Cells], bool] | None = None) -> None:
    """Slips in one date column: each alone makes the row unusable."""
    filled = fits or (lambda c: bool(c[column]))
    slips: dict[str, Value] = {
        "impossible_day": lambda c: "31-02-" + c[column][6:],
        "no_leap_year": "29-02-2015",
        "month_13": lambda c: f"{c[column][:2]}-13-{c[column][6:]}",
        "day_00": "00-00-0000",
        "two_digit_year": lambda c: _two_digits(c[column]),
        "iso_date": lambda c: _iso(c[column]),
        "slashed_date": lambda c: c[column].replace("-", "/"),
        "date_in_words": lambda c: _in_words(c[column]),
        "year_2204": lambda c: c[column][:6] + "2204",
        "year_0201": lambda c: c[column][:6] + "0201",
        "serial_day": "43831",
        "date_text": "tidak ada",
    }
    for kind, value in slips.items():
        sheet.change(kind, column, value, "rejected", DATE, fits=filled)


def _people(people: _Sheet) -> None:
    """Master data: NIPs, names, birth dates, and lines that are nobody."""

    def own(cells: Cells) -> str:
        return cells["nipBaru"]

    bad: dict[str, tuple[Value, tuple[str, ...]]] = {
        "nip_month_13": (lambda c: own(c)[:4] + "13" + own(c)[6:], NIP),
        "nip_day_32": (lambda c: own(c)[:6] + "32" + own(c)[8:], NIP),
        "nip_29_february_1975": (lambda c: "19750229" + own(c)[8:], NIP),
        "nip_of_17_digits": (lambda c: own(c)[:-1], NIP),
        "nip_of_19_digits": (lambda c: own(c) + "0", NIP),
        "nip_with_letter_o": (lambda c: own(c).replace("0", "O", 1), NIP),
        "nip_with_letter_l": (lambda c: own(c).replace("1", "l", 1), NIP),
        "nip_in_exponent": (lambda c: f"{own(c)[0]}.{own(c)[1:3]}E+17", MANGLED),
        "nip_with_decimal": (lambda c: own(c) + ".0", MANGLED),
        "nip_with_thousands": (
            lambda c: ".".join(own(c)[i : i + 3] for i in range(0, 18, 3)),
            MANGLED,
        ),
        "nip_rounded": (lambda c: own(c)[:15] + "000", (*MANGLED, *NIP)),
        "nip_sex_3": (lambda c: own(c)[:14] + "3" + own(c)[15:], NIP),
        "nip_entry_as_child": (
            lambda c: own(c)[:8] + f"{int(own(c)[:4]) + 9}01" + own(c)[14:],
            NIP,
        ),
        "nip_of_old_kind": ("060077814", NIP),
        "nip_empty": ("", EMPTY),
        "nip_null": ("NULL", NIP),
        "nip_dash": ("-", NIP),
    }
    for kind, (value, reasons) in bad.items():
        people.change(kind, "nipBaru", value, "rejected", reasons)
    people.change("sex_in_words", "jenisKelamin", "Perempuan", "rejected", MAP)
    people.change("unknown_code", "jenisKawinId", "7", "rejected", MAP)
    people.change("birth_date_impossible", "tglLahir", "31-02-1975", "rejected", DATE)
    people.change(
        "birth_date_two_digits", "tglLahir", lambda c: _two_digits(c["tglLahir"]), "rejected", DATE
    )
    people.change(
        "birth_date_2204", "tglLahir", lambda c: c["tglLahir"][:6] + "2204", "rejected", DATE
    )
    people.change("entry_date_impossible", "tmtCpns", "30-02-1999", "rejected", DATE)
    people.again("duplicate_exact", times=3)
    people.again("duplicate_other_content", jabatanNama="Analis", gelarBelakang="S.E.")
    people.line("too_few_fields", lambda c: _quoted([*c.values()][:20]), SPLIT, times=1)
    nobody = {
        "nama": "TANPA NOMOR SIMULASI",
        "nipBaru": "198001012005011990",
        "tglLahir": "01-01-1980",
        "jenisKelamin": "M",
        "tmtCpns": "01-01-2005",
    }
    people.insert("person_without_id", nobody, "rejected", EMPTY)
    people.insert("header_again", {c: c for c in people.columns}, "rejected", ANY)
    people.insert("empty_cells_only", {}, "rejected", EMPTY)
    people.insert(
        "total_row", {"id": "JUMLAH", "nama": str(len(people.rows))}, "rejected", ANY, last=True
    )

    def kept(kind: str, column: str, value: Value, times: int = 2, **more: Any) -> None:
        people.change(kind, column, value, "kept", times=times, **more)

    kept("nip_of_pppk", "nipBaru", lambda c: own(c)[:12] + "21" + own(c)[14:])
    kept("nip_with_apostrophe", "nipBaru", lambda c: "'" + own(c))
    kept("nip_among_blanks", "nipBaru", lambda c: f" {own(c)}\t")
    kept("nip_among_hard_blanks", "nipBaru", lambda c: f"\u00a0{own(c)}\u00a0")
    kept(
        "born_on_29_february",
        "tglLahir",
        "29-02-1968",
        also={"nipBaru": lambda c: "19680229" + own(c)[8:]},
        fits=lambda c: "1985" < own(c)[8:12] < "2026",
    )
    kept("one_name", "nama", "Wendaru")
    kept("name_with_apostrophe", "nama", "SITI NUR'AINI SIMULASI")
    kept("name_with_accents", "nama", "RENÉ ÅSTRÖM-NÚÑEZ SIMULASI")
    kept("name_in_mojibake", "nama", "RENÃ‰ SIMULASI")
    kept("name_null", "nama", "NULL SIMULASI")
    kept("name_with_separators", "nama", 'ADI, S.E.; "BUNG" SIMULASI')
    kept("same_name_as_another", "nama", "BUDI SIMULASI", times=3)
    kept(
        "capitals_where_case_is_free",
        "disabilitas",
        "TIDAK",
        fits=lambda c: c["disabilitas"] == "Tidak",
    )
    kept("code_among_blanks", "jenisKelamin", lambda c: f" {c['jenisKelamin']} ")


def _appointments(rows: _Sheet, people: _Sheet) -> None:
    def definitive(cells: Cells) -> bool:
        return cells["jenisPenugasanId"] == "D"

    def ends(cells: Cells) -> bool:
        return bool(cells["tmtSelesai"])

    def structural(cells: Cells) -> bool:
        return bool(cells["jabatanStrukturalId"])

    _dates(rows, "tmtJabatan", fits=definitive)
    rows.change("entry_day_impossible", "tanggalInput", "31-06-2019", "rejected", DATE)
    rows.change("nobodys_id", "idPns", lambda _c: _invented(rows), "rejected", NOBODY)
    rows.change(
        "id_in_capitals",
        "idPns",
        lambda c: c["idPns"].upper(),
        "rejected",
        NOBODY,
        fits=lambda c: c["idPns"].upper() != c["idPns"],
    )
    rows.change("nip_for_id", "idPns", lambda c: c["nipBaru"], "rejected", NOBODY)
    rows.change(
        "no_posts_id",
        "jabatanStrukturalId",
        lambda _c: _invented(rows),
        "rejected",
        ("is not in post.",),
        fits=structural,
    )
    rows.change("post_empty", "jabatanStrukturalId", "", "rejected", EMPTY, fits=structural)
    rows.change("person_empty", "idPns", "", "rejected", EMPTY)
    rows.change("start_empty", "tmtJabatan", "", "rejected", EMPTY)
    rows.change("unknown_code", "jenisPenugasanId", "X", "rejected", MAP, fits=definitive)
    rows.change("code_in_other_case", "jenisPenugasanId", "d", "rejected", MAP, fits=definitive)
    rows.change("code_in_words", "jenisPenugasanId", "DEFINITIF", "rejected", MAP, fits=definitive)
    rows.change(
        "swapped_dates",
        "tmtJabatan",
        lambda c: c["tmtSelesai"],
        "rejected",
        BEFORE,
        times=2,
        fits=lambda c: ends(c) and c["tmtSelesai"] != c["tmtJabatan"],
        also={"tmtSelesai": lambda c: c["tmtJabatan"]},
    )
    rows.change("end_of_acting_impossible", "tmtSelesai", "31-11-2020", "rejected", DATE, fits=ends)
    rows.again("duplicate_exact", times=3)
    rows.again(
        "duplicate_other_content",
        times=3,
        namaJabatan="Analis Lain",
        tmtJabatan=lambda c: _later(c["tmtJabatan"], 1),
    )
    rows.line("shifted_right", lambda c: _quoted(["", *[*c.values()][:-1]]), ANY)
    rows.line("shifted_left", lambda c: _quoted([*[*c.values()][1:], ""]), ANY)
    rows.line("comma_too_many", lambda c: _quoted([*c.values()]) + ",", SPLIT)
    rows.line("comma_too_few", lambda c: _quoted([*c.values()][:-1]), SPLIT)
    rows.line("semicolons", lambda c: _quoted([*c.values()], ";"), SPLIT)
    rows.line(
        "quotes_not_doubled",
        lambda c: _quoted([*c.values()]).replace(c["nomorSk"], 'SK "cepat" 1', 1),
        ("has text after a closing quote",),
    )
    rows.line(
        "nul_byte",
        lambda c: _quoted([*c.values()]).replace("SK-J", "SK\0J", 1),
        ("holds a NUL byte",),
    )
    rows.line(
        "latin_1_byte",
        lambda c: _quoted([*c.values()]).encode().replace(b"SK-J", b"SK\xe9J", 1),
        ("holds bytes that are not valid",),
    )
    header = _quoted(rows.columns)
    rows.insert("header_again", {}, "rejected", ANY, raw=header)
    rows.insert("header_again_with_mark", {}, "rejected", ANY, raw="\ufeff" + header)
    rows.insert("title_line", {}, "rejected", SPLIT, raw="DAFTAR RIWAYAT JABATAN")
    rows.insert("total_row", {}, "rejected", SPLIT, raw=f"JUMLAH,,{len(rows.rows)}", last=True)

    title = {
        "title_with_separators": 'Kepala Bidang "A", Seksi 1; Sub 2 | 3\t4',
        "title_with_accents": "Penata Laksana Çağrı Ünal",
        "title_of_3000_letters": "Analis " * 430,
        "title_with_line_break": "Analis\nKebijakan",
        "title_like_a_formula": "=Kepala Bagian",
        "title_like_an_error": "#N/A",
    }
    for kind, text in title.items():
        rows.change(kind, "namaJabatan", text, "kept", seen=_found("appointment"))
    rows.change(
        "id_among_blanks", "idPns", lambda c: f"  {c['idPns']} ", "kept", seen=_found("appointment")
    )
    rows.change(
        "id_with_hard_blank",
        "idPns",
        lambda c: c["idPns"] + "\u00a0",
        "kept",
        seen=_found("appointment"),
    )
    for kind, start in (
        ("start_on_31_december", "31-12-2015"),
        ("start_on_1_january", "01-01-2016"),
        ("start_on_29_february", "29-02-2016"),
    ):
        rows.change(
            kind,
            "tmtJabatan",
            start,
            "kept",
            fits=definitive,
            also={"tanggalInput": start, "tanggalSk": start, "tmtPelantikan": start},
            seen=_found("appointment", start_on=_iso(start)),
        )
    rows.change(
        "one_day_in_post",
        "tmtSelesai",
        lambda c: c["tmtJabatan"],
        "kept",
        fits=ends,
        seen=lambda c: {"table": "appointment", "end_on": _iso(c["tmtJabatan"])},
    )
    # Somebody stands in for the post of somebody else, and keeps the own one.
    for one, other in zip(
        rows.take(4, definitive)[::2], rows.take(4, definitive)[1::2], strict=True
    ):
        start = other.cells["tmtJabatan"]
        cells = {
            **one.cells,
            "id": _invented(rows),
            "idPns": other.cells["idPns"],
            "nipBaru": other.cells["nipBaru"],
            "jenisPenugasanId": "PLT",
            "tmtJabatan": start,
            "tmtSelesai": _later(start, 1),
            "keterangan": "",
        }
        rows.insert(
            "two_posts_at_once",
            cells,
            "kept",
            marks=None,
            seen={"table": "appointment", "kind": "acting", "start_on": _iso(start)},
        )
    gone = people.take(2, lambda c: c["kedudukanPnsNama"] == "Tidak Aktif")
    for person, post in zip(gone, rows.take(2, definitive), strict=True):
        cells = {
            **post.cells,
            "id": _invented(rows),
            "idPns": person.cells["id"],
            "jenisPenugasanId": "PLT",
            "tmtJabatan": "30-12-2025",
            "tmtSelesai": "31-12-2025",
            "tanggalInput": "31-12-2025",
            "keterangan": "",
        }
        rows.insert(
            "post_after_service",
            cells,
            "kept",
            shown="appointment_after_service",
            seen={"table": "appointment"},
        )


def _found(table: str, **columns: Any) -> Callable[[Cells], dict[str, Any]]:
    return lambda _c: {"table": table, **columns}


def _ranks(rows: _Sheet) -> None:
    _dates(rows, "tmtGolongan")
    rows.change("decree_day_impossible", "skTanggal", "31-04-2012", "rejected", DATE)
    rows.change("unknown_code", "golonganId", "35", "rejected", MAP)
    rows.change("name_for_code", "golonganId", lambda c: c["golongan"], "rejected", MAP)
    rows.change("code_empty", "golonganId", "", "rejected", EMPTY)
    rows.change("code_not_available", "golonganId", "N/A", "rejected", MAP)
    rows.change(
        "code_with_decimal", "golonganId", lambda c: c["golonganId"] + ".0", "rejected", MAP
    )
    rows.change("date_dash", "tmtGolongan", "-", "rejected", DATE)
    rows.change(
        "date_with_blank_inside",
        "tmtGolongan",
        lambda c: c["tmtGolongan"][:3] + " " + c["tmtGolongan"][3:],
        "rejected",
        DATE,
    )
    rows.change("date_with_letter_o", "tmtGolongan", "O1-04-2O16", "rejected", DATE)
    rows.change("nobodys_id", "idPns", lambda _c: _invented(rows), "rejected", NOBODY)
    rows.again("duplicate_exact", times=3)
    rows.again(
        "duplicate_other_content",
        times=3,
        golonganId=lambda c: "11" if c["golonganId"] != "11" else "12",
    )
    rows.change(
        "code_with_trailing_blank",
        "golonganId",
        lambda c: c["golonganId"] + " ",
        "kept",
        seen=lambda c: {"table": "rank_history", "rank": c["golongan"]},
    )
    rows.change(
        "date_among_blanks",
        "tmtGolongan",
        lambda c: f" {c['tmtGolongan']} ",
        "kept",
        seen=lambda c: {"table": "rank_history", "from_on": _iso(c["tmtGolongan"].strip())},
    )
    for kind, day in (
        ("rank_on_29_february", "29-02-2012"),
        ("rank_on_31_december", "31-12-2014"),
        ("rank_on_1_january", "01-01-2015"),
    ):
        rows.change(
            kind,
            "tmtGolongan",
            day,
            "kept",
            also={"skTanggal": day},
            seen=_found("rank_history", from_on=_iso(day)),
        )
    # The guide knows no check of a decree against the day of birth.
    rows.change(
        "decree_before_birth",
        "tmtGolongan",
        "01-04-1931",
        "kept",
        seen=_found("rank_history", from_on="1931-04-01"),
    )
    before: dict[str, str] = {}
    falling = []
    for row in rows.rows:
        person, day = (
            row.cells["idPns"],
            "".join(
                reversed(
                    _day(row.cells["tmtGolongan"].strip()) if row.note is None else ("", "", "")
                )
            ),
        )
        if row.note is not None:
            before[person] = "9"
        elif before.get(person, "9") < day and len(before) > 40 and len(falling) < 2:
            falling.append(row)
            before[person] = "9"
        elif row.cells["golonganId"] > "12":
            before[person] = max(day, before.get(person, ""))
    for row in falling:
        row.cells["golonganId"] = "11"
        rows.note(
            row,
            "rank_falls",
            "kept",
            (),
            shown="rank_falls",
            seen={"table": "rank_history", "rank": "I/a"},
        )


def _education(rows: _Sheet) -> None:
    rows.change("unknown_code", "tkPendidikanId", "99", "rejected", MAP)
    rows.change("leading_zero_lost", "tkPendidikanId", "5", "rejected", MAP)
    rows.change("name_for_code", "tkPendidikanId", "S1", "rejected", MAP)
    rows.change("code_null", "tkPendidikanId", "NULL", "rejected", MAP)
    rows.change("code_empty", "tkPendidikanId", "", "rejected", EMPTY)
    rows.change("year_only", "tglLulus", lambda c: c["tahunLulus"], "rejected", DATE)
    rows.change("impossible_day", "tglLulus", "31-09-2001", "rejected", DATE)
    rows.change("american_date", "tglLulus", "09-28-2001", "rejected", DATE)
    rows.change("date_empty", "tglLulus", "", "rejected", EMPTY)
    rows.change("nobodys_id", "idPns", lambda _c: _invented(rows), "rejected", NOBODY)
    rows.again("duplicate_exact")
    rows.again("duplicate_other_content", namaSekolah="Sekolah Lain")
    rows.change(
        "nip_in_free_text",
        "pendidikanNama",
        lambda c: f"Hukum {c['nipBaru']}",
        "withheld",
        ("looks like a NIP",),
        seen=_found("education", field=None),
    )
    rows.change(
        "e_mail_in_free_text",
        "pendidikanNama",
        "kepeg@kemensim.go.id",
        "withheld",
        ("looks like a NIP",),
        seen=_found("education", field=None),
    )
    rows.change(
        "unknown_free_text",
        "pendidikanNama",
        "Xyzzyk Wqrtplu",
        "kept",
        seen=_found("education", field=None),
    )
    rows.change(
        "school_null", "namaSekolah", "NULL", "kept", seen=_found("education", school="NULL")
    )
    rows.change(
        "school_with_quotes",
        "namaSekolah",
        'Sekolah "Bintang", Kota A',
        "kept",
        seen=_found("education", school='Sekolah "Bintang", Kota A'),
    )
    rows.change(
        "graduated_on_29_february",
        "tglLulus",
        "29-02-1992",
        "kept",
        seen=_found("education", graduated_on="1992-02-29"),
    )
    for row in rows.take(2, lambda c: c["tkPendidikanId"] in ("40", "45")):
        cells = {
            **row.cells,
            "id": _invented(rows),
            "tkPendidikanId": "18",
            "tglLulus": _later(row.cells["tglLulus"], 3),
        }
        rows.insert(
            "education_falls",
            cells,
            "kept",
            shown="education_falls",
            seen={"table": "education", "level": "primary_secondary"},
        )


def _courses(rows: _Sheet) -> None:
    def ends(cells: Cells) -> bool:
        return cells["tanggalKursus"] != cells["tanggalSelesaiKursus"]

    _dates(rows, "tanggalKursus")
    rows.change(
        "swapped_dates",
        "tanggalKursus",
        lambda c: c["tanggalSelesaiKursus"],
        "rejected",
        BEFORE,
        times=4,
        fits=ends,
        also={"tanggalSelesaiKursus": lambda c: c["tanggalKursus"]},
    )
    for kind, hours in (
        ("decimal_comma", "12,5"),
        ("thousands_point", "1.000.000"),
        ("thousands_comma", "1,000"),
        ("unit_in_number", "24 JP"),
        ("number_in_words", "delapan"),
        ("number_null", "NULL"),
        ("number_letter_o", "4O"),
        ("range_for_number", "8-10"),
        ("number_nan", "NaN"),
        ("number_infinite", "inf"),
    ):
        rows.change(kind, "jumlahJam", hours, "rejected", (*NUMBER, *RANGE))
    rows.change("number_negative", "jumlahJam", "-8", "rejected", RANGE)
    rows.change("number_too_large", "jumlahJam", "20000", "rejected", RANGE)
    rows.change("unknown_code", "jenisDiklatId", "26", "rejected", MAP)
    rows.change("code_with_decimal", "jenisDiklatId", "5.0", "rejected", MAP)
    rows.change("nobodys_id", "idPns", lambda _c: _invented(rows), "rejected", NOBODY)
    rows.again("duplicate_exact", times=3)
    rows.again("duplicate_other_content", times=3, jumlahJam="99")
    rows.change(
        "no_code_and_unknown_name",
        "jenisDiklatId",
        "",
        "rejected",
        ("waits for a person",),
        also={"namaKursus": "Qwrtz Plmokn Vbxz"},
    )
    rows.change("course_of_no_hours", "jumlahJam", "0", "kept", seen=_found("training", hours=0.0))
    rows.change(
        "hours_with_exponent", "jumlahJam", "2.4e1", "kept", seen=_found("training", hours=24.0)
    )
    rows.change("hours_empty", "jumlahJam", "", "kept", seen=_found("training", hours=None))
    rows.change(
        "course_that_lasts",
        "tanggalSelesaiKursus",
        "",
        "kept",
        seen=_found("training", finished_on=None),
    )
    rows.change(
        "course_of_one_day",
        "tanggalSelesaiKursus",
        lambda c: c["tanggalKursus"],
        "kept",
        seen=lambda c: {"table": "training", "finished_on": _iso(c["tanggalKursus"])},
    )
    rows.change(
        "over_the_new_year",
        "tanggalKursus",
        "31-12-2018",
        "kept",
        also={"tanggalSelesaiKursus": "01-01-2019"},
        seen=_found("training", started_on="2018-12-31", finished_on="2019-01-01"),
    )
    for kind, title in (
        ("title_with_line_break", "Pelatihan\nKepemimpinan"),
        ("title_with_separators", 'Bimtek "SPIP", lanjutan; tahap 2'),
        ("title_like_a_number", "1984"),
        ("title_like_a_date", "17-08-1945"),
        ("title_of_3000_letters", ("Pelatihan " * 300).strip()),
        ("title_with_accents", "Café Littéraire – Überblick ✓ 培训"),
        ("title_in_mojibake", "Pelatihan â€œPrimaâ€\u009d"),
        ("title_like_a_formula", "+Pelatihan"),
    ):
        rows.change(kind, "namaKursus", title, "kept", seen=_found("training", title=title))
    for row in rows.take(2, lambda _c: True):
        cells = {
            **row.cells,
            "id": _invented(rows),
            "tanggalKursus": "02-02-2020",
            "tanggalSelesaiKursus": "03-02-2020",
        }
        rows.insert(
            "same_title_twice",
            cells,
            "kept",
            seen={"table": "training", "title": row.cells["namaKursus"]},
        )


def _appraisals(old: _Sheet, new: _Sheet, people: _Sheet) -> None:
    for column in ("nilaiPrestasiKerja", "nilaiSkp", "nilaiPerilakuKerja"):
        old.change(
            f"decimal_comma_{column}",
            column,
            lambda c, n=column: c[n].replace(".", ","),
            "rejected",
            NO_SCORE,
            fits=lambda c, n=column: "." in c[n],
        )
        old.change(f"words_for_number_{column}", column, "Baik", "rejected", NO_SCORE)
        old.change(f"not_a_number_{column}", column, "NaN", "rejected", NO_SCORE)
        old.change(f"canonical_word_{column}", column, "good", "rejected", NO_SCORE)
    old.change("predicate_empty", "nilaiPrestasiKerja", "", "rejected", EMPTY)
    old.change("year_two_digits", "tahun", lambda c: c["tahun"][2:], "rejected", (*DATE, *RANGE))
    old.change(
        "year_with_decimal", "tahun", lambda c: c["tahun"] + ".5", "rejected", (*NUMBER, *DATE)
    )
    old.change("year_2204", "tahun", "2204", "rejected", (*DATE, *RANGE))
    old.change("year_span", "tahun", "2014/2015", "rejected", (*NUMBER, *DATE))
    old.change("nobodys_id", "pns", lambda _c: _invented(old), "rejected", NOBODY)
    old.again("duplicate_exact", times=3)
    old.again("duplicate_other_content", times=3, nilaiPrestasiKerja="60", nilaiSkp="60")
    old.change(
        "appraised_before_entry",
        "tahun",
        "1955",
        "kept",
        shown="appraisal_before_entry",
        seen=_found("appraisal", year=1955),
    )
    old.change(
        "appraiser_from_elsewhere",
        "penilaiNipNrp",
        "196001011985031990",
        "kept",
        seen=_found("appraisal", appraiser_id=None),
    )
    new.change("unknown_code", "KuadranKinerjaNilai", "6", "rejected", MAP)
    new.change("words_for_code", "KuadranKinerjaNilai", "BAIK", "rejected", MAP)
    new.change("code_with_decimal", "hasilKinerjaNilai", "2.0", "rejected", MAP)
    new.change("rating_zero", "hasilKinerjaNilai", "0", "rejected", MAP)
    new.change("code_empty", "KuadranKinerjaNilai", "", "rejected", EMPTY)
    new.change("year_empty", "tahun", "", "rejected", EMPTY)
    new.change("year_in_words", "tahun", "dua ribu", "rejected", (*NUMBER, *DATE))
    new.change("nobodys_id", "pnsDinilaiId", lambda _c: _invented(new), "rejected", NOBODY)
    new.again("duplicate_exact", times=3)
    new.again("duplicate_other_content", times=3, KuadranKinerjaNilai="5")
    new.change(
        "ratings_missing", "hasilKinerjaNilai", "", "kept", seen=_found("appraisal", results=None)
    )
    new.change(
        "predicate_differs",
        "hasilKinerjaNilai",
        "1",
        "kept",
        also={"PerilakuKerjaNilai": "1", "KuadranKinerjaNilai": "5"},
        shown="predicate_differs_from_ratings",
        seen=_found("appraisal", predicate="very_poor"),
    )
    untouched = {r.cells["id"]: r.cells["nipBaru"] for r in people.clean()}
    new.change(
        "own_appraiser",
        "nipNrpPenilai",
        lambda c: untouched[c["pnsDinilaiId"]],
        "kept",
        fits=lambda c: c["pnsDinilaiId"] in untouched,
        shown="appraised_by_oneself",
        seen=_found("appraisal"),
    )


def _assessments(book: Mapping[str, _Sheet]) -> None:
    rows, potential = book["Kompetensi"], book["Potensi"]

    def level(
        kind: str, value: Value, must: Must, reasons: tuple[str, ...] = (), **more: Any
    ) -> None:
        rows.change(
            kind,
            "integritas",
            value,
            must,
            reasons,
            fits=lambda c: bool(c["integritas"]),
            marks=lambda c: {"id": c["id"], "kompetensi": "integritas"},
            **more,
        )

    level("level_6", 6, "rejected", RANGE)
    level("level_below_0", -1, "rejected", RANGE)
    level("level_in_words", "empat", "rejected", NUMBER)
    level("level_with_comma", "3,5", "rejected", NUMBER)
    level("level_dash", "-", "rejected", NUMBER)
    level("level_true", True, "rejected", NUMBER)
    level("level_not_available", "N/A", "rejected", NUMBER)
    level("level_35", 35, "rejected", RANGE)
    rows.change("date_cell", "tanggalPenilaian", 43831, "rejected", DATE)
    rows.change("impossible_day", "tanggalPenilaian", "31-02-2020", "rejected", DATE)
    rows.change("unknown_code", "metode", "Kuesioner", "rejected", MAP)
    rows.change(
        "code_in_other_case",
        "metode",
        "cact",
        "rejected",
        MAP,
        fits=lambda c: c["metode"] == "CACT",
    )
    rows.change("nobodys_id", "idPns", lambda _c: _invented(rows), "rejected", NOBODY)
    rows.change("date_error", "tanggalPenilaian", "#REF!", "rejected", EMPTY)
    rows.again("duplicate_exact")
    level(
        "level_as_text",
        lambda c: f"{c['integritas']}",
        "kept",
        seen=lambda c: {
            "table": "assessment",
            "id": f"{c['id']}/integritas",
            "level": float(c["integritas"]),
        },
    )
    level(
        "level_0",
        0,
        "kept",
        seen=lambda c: {"table": "assessment", "id": f"{c['id']}/integritas", "level": 0.0},
    )
    # An error is an empty cell: the other competencies of the row stay.
    level(
        "level_error",
        "#N/A",
        "kept",
        seen=lambda c: {"table": "assessment", "id": f"{c['id']}/kerja_sama"},
    )
    potential.change(
        "score_in_words",
        "intelektual",
        "Tinggi",
        "rejected",
        NUMBER,
        fits=lambda c: bool(c["intelektual"]),
        marks=lambda c: {"id": c["id"], "aspek": "intelektual"},
    )
    potential.change(
        "score_with_comma",
        "intelektual",
        "2,5",
        "rejected",
        NUMBER,
        fits=lambda c: bool(c["intelektual"]),
        marks=lambda c: {"id": c["id"], "aspek": "intelektual"},
    )
    potential.again("duplicate_exact")


def _posts(book: Mapping[str, _Sheet]) -> None:
    posts, standards = book["Jabatan"], book["Standar"]
    some = next(posts.clean()).cells

    def post(kind: str, must: Must, reasons: tuple[str, ...] = (), **cells: Any) -> None:
        for _ in range(2):
            made = {**some, "idJabatan": _invented(posts), **cells}
            kept = {"table": "post", "title": made["namaJabatan"]}
            posts.insert(kind, made, must, reasons, seen=kept if must == "kept" else {})

    post("unknown_code", "rejected", MAP, eselonId="77", jenjang=None)
    post("unknown_grade", "rejected", MAP, eselonId="99", jenjang="ZZ")
    post("code_empty", "rejected", EMPTY, eselonId=None, jenjang=None)
    post("no_units_id", "rejected", ("is not in unit.",), unorId="f" * 32)
    post("unit_error", "rejected", EMPTY, unorId="#N/A")
    post("title_empty", "rejected", EMPTY, namaJabatan=None)
    posts.insert(
        "total_row",
        {"idJabatan": "JUMLAH", "namaJabatan": len(posts.rows)},
        "rejected",
        ANY,
        last=True,
    )
    posts.again("duplicate_exact")
    posts.again("duplicate_other_content", namaJabatan="Jabatan Lain")
    post("title_with_separators", "kept", namaJabatan='Kepala "A"; B, C & <D>')
    post("title_of_3000_letters", "kept", namaJabatan=("Analis " * 430).strip())
    post("title_with_line_break", "kept", namaJabatan="Analis\nMuda")
    post("same_title_twice", "kept", namaJabatan="Analis Kembar")
    post("code_as_number", "kept", eselonId=31, jenjang=None, namaJabatan="Kepala Angka")

    def standard(
        kind: str,
        column: str,
        value: Cell,
        reasons: tuple[str, ...],
    ) -> None:
        standards.change(
            kind,
            column,
            value,
            "rejected",
            reasons,
            fits=lambda c: bool(c["level_integritas"]),
            marks=lambda c: {"idJabatan": c["idJabatan"], "kompetensi": "integritas"},
        )

    standard("level_6", "level_integritas", 6, RANGE)
    standard("level_0", "level_integritas", 0, RANGE)
    standard("level_in_words", "level_integritas", "empat", NUMBER)
    standard("level_in_roman", "level_integritas", "IV", NUMBER)
    standard("level_of_halves", "level_integritas", 2.5, NUMBER)
    standard("weight_with_comma", "bobot_integritas", "0,35", NUMBER)
    standard("weight_in_per_cent", "bobot_integritas", "35%", NUMBER)
    standards.again("duplicate_exact")


def _units(rows: _Sheet) -> None:
    some = rows.rows[-1].cells

    def made(**cells: Any) -> Cells:
        return {**some, "Id": _invented(rows), **cells}

    rows.insert("id_null", made(Id=None), "rejected", EMPTY)
    rows.insert("name_empty", made(NamaUnor=""), "rejected", EMPTY)
    rows.insert("record_is_text", {}, "rejected", ("is not an object",), raw='"Subbagian Umum"')
    rows.insert("record_is_null", {}, "rejected", ("is not an object",), raw="null")
    rows.again("duplicate_exact", times=1)
    rows.again("duplicate_other_content", times=1, NamaUnor="Unit Lain")
    rows.insert(
        "name_with_escapes",
        made(NamaUnor='Unit "A" \\ B / C & D\u00e9'),
        "kept",
        seen={"table": "unit", "name_of_unit": 'Unit "A" \\ B / C & D\u00e9'},
    )
    rows.insert(
        "number_for_text",
        made(CepatKode=10999),
        "kept",
        seen={"table": "unit", "short_name": "10999"},
    )


def _json_registers(trainings: _Sheet, sanctions: _Sheet, awards: _Sheet, exits: _Sheet) -> None:
    trainings.change("hours_with_unit", "jumlahJam", "900 JP", "rejected", NUMBER, times=1)
    trainings.change(
        "swapped_dates",
        "tanggal",
        lambda c: c["tanggalSelesai"],
        "rejected",
        BEFORE,
        times=1,
        also={"tanggalSelesai": lambda c: c["tanggal"]},
    )
    trainings.again("duplicate_exact", times=1)
    trainings.change(
        "numbers_for_texts",
        "latihanStrukturalId",
        lambda c: int(c["latihanStrukturalId"]),
        "kept",
        also={"jumlahJam": lambda c: int(c["jumlahJam"])},
        seen=lambda c: {"table": "training", "hours": float(c["jumlahJam"]), "kind": "structural"},
    )
    trainings.change(
        "list_in_a_cell",
        "path",
        lambda _c: [{"dok_id": "1", "dok_uri": "/a"}],
        "kept",
        seen=_found("training"),
    )
    sanctions.change("unknown_code", "jenisTingkatHukumanId", "X", "rejected", MAP, times=1)
    sanctions.change(
        "swapped_dates",
        "hukumanTanggal",
        lambda c: c["akhirHukumTanggal"],
        "rejected",
        BEFORE,
        times=1,
        fits=lambda c: bool(c["akhirHukumTanggal"]),
        also={"akhirHukumTanggal": lambda c: c["hukumanTanggal"]},
    )
    for kind, value, reasons in (
        ("impossible_day", "31-02-2020", DATE),
        ("date_null", None, EMPTY),
        ("date_empty", "", EMPTY),
        ("date_of_zeros", "00-00-0000", DATE),
        ("date_in_iso", "2020-02-03T00:00:00Z", DATE),
        ("date_as_number", 1580688000, DATE),
        ("date_as_object", {"tgl": "03-02-2020"}, DATE),
        ("date_false", False, DATE),
    ):
        awards.change(kind, "skDate", lambda _c, v=value: v, "rejected", reasons)
    awards.change("nobodys_id", "pnsOrangId", lambda _c: _invented(awards), "rejected", NOBODY)
    awards.change("id_in_a_list", "pnsOrangId", lambda c: [c["pnsOrangId"]], "rejected", NOBODY)

    def text(cells: Cells) -> str:
        return json.dumps(cells, ensure_ascii=False)

    awards.line(
        "half_character",
        lambda c: text(c).replace("SK-P", "SK\\ud800P"),
        ("holds half a character",),
    )
    awards.line(
        "field_twice",
        lambda c: text(c)[:-1] + f', "skDate": "{c["skDate"]}"}}',
        ("names a field twice",),
    )
    awards.line("record_is_a_list", lambda c: json.dumps(list(c.values())), ("is not an object",))
    awards.line("record_is_a_number", lambda _c: "7", ("is not an object",))
    awards.again("duplicate_exact", times=3)
    awards.change("other_award", "hargaId", "999", "kept")
    awards.change("number_for_text", "hargaId", lambda c: int(c["hargaId"]), "kept")
    awards.line(
        "field_absent", lambda c: text({k: v for k, v in c.items() if k != "skDate"}), EMPTY
    )

    # The register of leavers becomes the last day of service of the person, where it is told.
    def whose(cells: Cells) -> dict[str, str]:
        return {"id": cells["id"], "idPns": cells["idPns"]}

    for kind, column, value in (
        ("impossible_day", "tmtPemberhentian", "31-02-2020"),
        ("two_digit_year", "tmtPemberhentian", lambda c: _two_digits(c["tmtPemberhentian"])),
        ("iso_date", "tmtPemberhentian", lambda c: _iso(c["tmtPemberhentian"])),
        ("decree_day_impossible", "skTanggal", "31-02-2020"),
        ("date_empty", "tmtPemberhentian", None),
    ):
        exits.change(kind, column, value, "rejected", (*DATE, *EMPTY), marks=whose)
    exits.change("nobodys_id", "idPns", lambda _c: _invented(exits), "rejected", NOBODY)
    # A day of leaving says the same twice; nothing of it is lost by either row.
    for row in exits.take(2, lambda _c: True):
        exits.insert("told_twice", {**row.cells, "id": _invented(exits)}, "kept")


def _talent(
    vacancies: _Sheet, candidates: _Sheet, panel: _Sheet, boxes: _Sheet, groups: _Sheet
) -> None:
    some = next(vacancies.clean(lambda c: bool(c["tanggalKeputusan"]))).cells

    def made(**cells: Any) -> Cells:
        return {**some, "idLowongan": _invented(vacancies), **cells}

    vacancies.insert("unknown_code", made(jalur="TUNJUK LANGSUNG"), "rejected", MAP)
    vacancies.insert("no_posts_id", made(idJabatan="0" * 32), "rejected", ("is not in post.",))
    vacancies.insert("impossible_day", made(tanggalDibuka="31-02-2020"), "rejected", DATE)
    vacancies.insert(
        "swapped_dates",
        made(tanggalDibuka=some["tanggalKeputusan"], tanggalKeputusan=some["tanggalDibuka"]),
        "rejected",
        BEFORE,
    )
    vacancies.again("duplicate_exact", times=1)
    vacancies.again("duplicate_other_content", times=1, nomorPengumuman="PENG/LAIN")
    candidates.change(
        "no_vacancys_id",
        "idLowongan",
        lambda _c: _invented(candidates),
        "rejected",
        ("is not in vacancy.", "is empty"),
    )
    candidates.change("nobodys_id", "idPns", lambda _c: _invented(candidates), "rejected", NOBODY)
    candidates.change("unknown_code", "hasil", "LULUS", "rejected", MAP)
    candidates.change("code_in_other_case", "wawancara", "Ya", "rejected", MAP)
    candidates.change("code_empty", "hasil", "", "rejected", EMPTY)
    candidates.again("duplicate_exact", times=3)
    candidates.change("code_among_blanks", "hasil", lambda c: f" {c['hasil']}  ", "kept")

    def marks(cells: Cells) -> dict[str, str]:
        return {"idPns": cells["idPns"], "idLowongan": cells["idLowongan"], "asesor": "1"}

    for kind, value in (
        ("score_with_comma", "75,5"),
        ("score_in_words", "tujuh"),
        ("score_dash", "-"),
        ("score_true", False),
    ):
        panel.change(kind, "asesor1", value, "rejected", NUMBER, marks=marks)
    panel.change(
        "nobodys_id",
        "idPns",
        lambda _c: _invented(panel),
        "rejected",
        NOBODY,
        marks=lambda c: {"idLowongan": c["idLowongan"], "kriteria": c["kriteria"]},
    )
    panel.again("duplicate_exact", marks=lambda c: {k: c[k] for k in ("idPns", "idLowongan")})
    boxes.change("box_10", "nomorKotak", "10", "rejected", RANGE)
    boxes.change("box_0", "nomorKotak", "0", "rejected", RANGE)
    boxes.change("box_in_roman", "nomorKotak", "VIII", "rejected", NUMBER)
    boxes.change("box_of_halves", "nomorKotak", "7.5", "rejected", NUMBER)
    boxes.change("unknown_code", "kinerja", "Sangat Baik", "rejected", MAP)
    boxes.change("code_null", "potensial", "null", "rejected", MAP)
    boxes.change("year_of_five_digits", "tahun", "20144", "rejected", (*RANGE, *DATE))
    boxes.change("nobodys_id", "idPns", lambda _c: _invented(boxes), "rejected", NOBODY)
    boxes.again("duplicate_exact", times=3)
    boxes.again(
        "duplicate_other_content", times=3, nomorKotak="9", kinerja="Di Atas", potensial="Tinggi"
    )
    boxes.change("capitals_where_case_is_free", "kinerja", lambda c: c["kinerja"].upper(), "kept")
    boxes.change("box_with_decimal_nought", "nomorKotak", lambda c: c["nomorKotak"] + ".0", "kept")
    groups.change("serial_day", "tmtMulai", 43831, "rejected", DATE)
    groups.change("date_error", "tmtMulai", "#VALUE!", "rejected", EMPTY)
    groups.change(
        "swapped_dates",
        "tmtMulai",
        lambda c: c["tmtSelesai"],
        "rejected",
        BEFORE,
        also={"tmtSelesai": lambda c: c["tmtMulai"]},
    )
    groups.change("unknown_code", "lingkup", "DAERAH", "rejected", MAP)
    groups.change(
        "year_2204", "tmtSelesai", lambda c: c["tmtSelesai"][:6] + "2204", "rejected", DATE
    )
    groups.again("duplicate_exact")
    for row in groups.take(2, lambda _c: True):
        row.cells[""] = ["lihat SK"]
        groups.note(row, "cell_beyond_the_header", "rejected", SPLIT)


def _work(results: _Sheet, feedback: _Sheet, teams: _Sheet) -> None:
    results.change("per_cent_sign", "capaian", "98,5%", "rejected", NUMBER)
    results.change("unknown_code", "predikat", 6, "rejected", MAP)
    results.change("year_2204", "tahun", 2204, "rejected", (*RANGE, *DATE))
    results.change(
        "no_units_id", "unorId", lambda _c: _invented(results), "rejected", ("is not in unit.",)
    )
    results.change("code_error", "predikat", "#DIV/0!", "rejected", EMPTY)
    results.again("duplicate_other_content", predikat=5, id=lambda _c: _invented(results))
    results.change(
        "numbers_as_texts",
        "tahun",
        lambda c: str(c["tahun"]),
        "kept",
        also={"capaian": lambda c: str(c["capaian"])},
    )
    feedback.change(
        "decimal_comma",
        "rerata",
        lambda c: c["rerata"].replace(".", ","),
        "rejected",
        NUMBER,
        fits=lambda c: "." in c["rerata"],
        times=4,
    )
    feedback.change("unknown_code", "penilai", "TETANGGA", "rejected", MAP)
    feedback.change("number_empty", "rerata", "", "rejected", EMPTY)
    feedback.change("number_with_two_points", "rerata", "4.2.1", "rejected", NUMBER)
    feedback.change("nobodys_id", "idPns", lambda _c: _invented(feedback), "rejected", NOBODY)
    feedback.again("duplicate_exact", times=3)

    def ends(cells: Cells) -> bool:
        return bool(cells["tmtSelesai"]) and cells["tmtSelesai"] != cells["tmtMulai"]

    _dates(teams, "tmtMulai")
    teams.change(
        "swapped_dates",
        "tmtMulai",
        lambda c: c["tmtSelesai"],
        "rejected",
        BEFORE,
        times=4,
        fits=ends,
        also={"tmtSelesai": lambda c: c["tmtMulai"]},
    )
    teams.change("end_dash", "tmtSelesai", "-", "rejected", DATE)
    teams.change("unknown_code", "peran", "WAKIL", "rejected", MAP)
    teams.change("code_in_other_case", "lingkup", "Internal", "rejected", MAP)
    teams.again("duplicate_exact", times=3)
    for kind, title in (
        ("title_with_line_break", "Tim\nCepat"),
        ("title_with_comma", "Tim A, B"),
        ("title_with_quotes", 'Tim "Cepat" Tanggap'),
        ("title_accents", "Tim Été"),
    ):
        teams.change(kind, "namaTim", title, "kept")
    teams.change("one_day_in_team", "tmtSelesai", lambda c: c["tmtMulai"], "kept")


def plant(clean: Path, dirty: Path, seed: int) -> list[Planted]:
    """Plant the second list in clean exports.

    Parameters
    ----------
    clean : Path
        Folder of exports of the simulated ministry without errors; it is only read.
    dirty : Path
        Folder for the same files with the errors; made if it is not there.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    list of Planted
    """
    shutil.copytree(clean, dirty, dirs_exist_ok=True)
    text = {path.stem: _read_csv(path, seed) for path in sorted(clean.glob("*.csv"))}
    told = {path.stem: _read_json(path, seed) for path in sorted(clean.glob("*.json"))}
    books = {path.stem: _read_book(path, seed) for path in sorted(clean.glob("*.xlsx"))}
    people = text["data-utama"]
    _people(people)
    _appointments(text["rw-jabatan"], people)
    _ranks(text["rw-golongan"])
    _education(text["rw-pendidikan"])
    _courses(text["rw-kursus"])
    _appraisals(text["rw-skp"], text["rw-skp22"], people)
    _assessments(books["penilaian-kompetensi"])
    _posts(books["jabatan-target"])
    _units(told["ref-unor"])
    _json_registers(
        told["rw-diklat"], told["rw-hukdis"], told["rw-penghargaan"], told["rw-pemberhentian"]
    )
    _talent(
        text["lowongan"],
        text["seleksi"],
        books["panel"]["Wawancara"],
        text["simata"],
        books["krs"]["KRS"],
    )
    _work(books["kinerja-unit"]["Kinerja"], text["umpan-balik"], text["penugasan"])
    for name, sheet in text.items():
        # As spreadsheets save: line ends of Windows round breaks of one sign inside of cells, and a
        # mark in front of the file. Neither is an error.
        end = "\r\n" if name == "penugasan" else "\n"
        _write_csv(dirty, sheet, end=end, mark=name == "umpan-balik")
    for sheet in told.values():
        _write_json(dirty, sheet)
    for book in books.values():
        _write_book(dirty, book)
    sheets = [*text.values(), *told.values(), *(s for b in books.values() for s in b.values())]
    return [one for sheet in sheets for one in sheet.planted()]
