"""The files of an invented province, and the mapping that takes them in: nobody in it exists.

The rule that must not break: a seed gives the same rows, and what stands in `_people_by_hand` is
written out, not drawn: whoever checks a figure reads it here. Unlike every other agency of the
tests, its words are mixed from two languages, its people are known by a NIP in one system and by a
staff number in another, and one of its systems is a database.
"""

import csv
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.lib.database import execute
from tests.lib.workbook import Cell, write_workbook

Rows = list[dict[str, Cell]]

MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli"),
    *("Agustus", "September", "Oktober", "November", "Desember"),
)
LADDER = ("pelaksana", "pengawas", "administrator", "jpt_pratama")
CLASSES = dict(zip(LADDER, ("Pelaksana", "Eselon IV", "Eselon III", "Eselon II"), strict=True))
FIRST_DAY, LAST_DAY = date(2010, 1, 4), date(2026, 6, 1)
RETIRE_AT = 58

#: Work of a unit, what its posts are about, and what its people have studied.
WORK = (
    ("Kepegawaian", "Ilmu Pemerintahan"),
    ("Keuangan", "Akuntansi"),
    ("Perencanaan", "Ekonomi Pembangunan"),
    ("Hukum", "Ilmu Hukum"),
    ("Kesehatan", "Kesehatan Masyarakat"),
    ("Pertanian", "Agribisnis Pertanian"),
    ("Teknik", "Teknik Sipil"),
    ("Pengawasan", "Akuntansi"),
    ("Pelayanan", "Administrasi Publik"),
    ("Teknologi Informasi", "Teknik Informatika"),
)
COMPETENCIES = (
    *("Integritas", "Kerja Sama", "Komunikasi", "Orientasi pada Hasil", "Pelayanan Publik"),
    *("Pengembangan Diri dan Orang Lain", "Mengelola Perubahan", "Pengambilan Keputusan"),
    *("Perekat Bangsa", "Literasi Digital"),
)
ASPECTS = (
    *("Intelektual", "Interpersonal", "Kesadaran Diri", "Berpikir Kritis Strategis"),
    *("Menyelesaikan Masalah", "Kecerdasan Emosional", "Belajar Cepat", "Motivasi Komitmen"),
)
BERAKHLAK = (
    *("Berorientasi Pelayanan", "Akuntabel", "Kompeten", "Harmonis"),
    *("Loyal", "Adaptif", "Kolaboratif"),
)
COURSES = (
    "Diklat Teknis Penyusunan Anggaran",
    "Bimbingan Teknis Pengelolaan Keuangan",
    "Workshop Penyusunan SOP",
    "Sosialisasi Penilaian Kinerja",
    "Kursus Bahasa Inggris",
    "Seminar Kepemimpinan",
)
SYLLABLES = ("ba", "de", "gi", "jo", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "wi", "yu")
LEADERSHIP = {
    "pengawas": "Pelatihan Kepemimpinan Pengawas",
    "administrator": "Pelatihan Kepemimpinan Administrator",
    "jpt_pratama": "Pelatihan Kepemimpinan Nasional Tingkat II",
}

MAPPING = """\
agency: provinsi_contoh
title: {id: Pemerintah Provinsi Contoh, en: Government of the Province of Contoh}
licence: internal
refuse_above: 0.05

identity: {attributes: [nip, name]}

sources:
  pegawai: {file: data_pegawai.xlsx, sheet: Pegawai, missing_values: ["", "-"]}
  seats: {file: data_pegawai.xlsx, sheet: Posts and units}
  riwayat: {file: data_pegawai.xlsx, sheet: Riwayat jabatan, missing_values: ["", sekarang]}
  penilaian: {database: kinerja_prov, table: kinerja.v_predikat, key: id_penilaian}
  training_file: {file: trainings.jsonl}
  asesmen: {file: asesmen.parquet}
  standar: {file: standar_kompetensi.parquet}
  umpan_balik: {file: umpan_balik.csv, separator: ";", encoding: latin-1}
  penghargaan: {file: penghargaan.csv, separator: ";", encoding: latin-1}
  hukuman: {file: hukuman.csv, separator: ";", encoding: latin-1}
  opd:
    sql: SELECT DISTINCT "Unit code" AS kode, "Unit name" AS nama, "Remote" AS terpencil FROM seats
  # The database knows people by their NIP alone, appraisers too.
  penilai: {sql: 'SELECT "NIP" AS nip_atasan, "ID Pegawai" AS id_atasan FROM pegawai'}
  umpan_balik_angka:
    sql: SELECT * EXCLUDE (Nilai), replace(Nilai, ',', '.') AS nilai_angka FROM umpan_balik
  # The level is asked of leadership trainings alone, so that no other course waits for one.
  courses:
    sql: >-
      SELECT *, CASE WHEN courseName LIKE 'Pelatihan Kepemimpinan%' THEN courseName END
      AS leadership FROM training_file
  potensi: {sql: SELECT * FROM asesmen WHERE jenis = 'potensi'}
  kompetensi: {sql: SELECT * FROM asesmen WHERE jenis = 'kompetensi'}

tables:
  person:
    from: pegawai
    columns: {person_id: ID Pegawai}
  unit:
    from: opd
    columns:
      unit_id: kode
      name_of_unit: nama
      short_name: kode
      remote: {column: terpencil, map: {Y: yes, N: no}}
  post:
    from: seats
    columns:
      post_id: Post code
      title: Post title
      unit_id: Unit code
      post_class:
        column: Echelon
        map:
          Pelaksana: pelaksana
          Eselon IV: pengawas
          Eselon III: administrator
          Eselon II: jpt_pratama
  post_field:
    from: seats
    columns:
      post_id: Post code
      field: {column: Post title, normalise: job_family}
  appointment:
    from: riwayat
    columns:
      appointment_id: No. SK
      sequence: Urut
      person_id: ID Pegawai
      post_id: Kode Jabatan
      kind:
        column: Status
        case: upper
        map: {DEFINITIF: definitive, PLT: acting, PLH: acting, PJ: caretaker}
      start_on: {column: TMT}
      start_recorded_on: {column: Tanggal SK, date: "%d %B %Y"}
      end_on: {column: Selesai, contradiction: withhold}
      end_reason:
        column: Alasan
        map:
          mutasi: moved
          promosi: promoted
          pensiun: retired
          dibebaskan: removed
          selesai: ended
  rank_history:
    from: pegawai
    columns: {rank_id: No. SK Pangkat, person_id: ID Pegawai, rank: Gol., from_on: TMT Gol.}
  education:
    from: pegawai
    columns:
      education_id: No. Ijazah
      person_id: ID Pegawai
      level:
        column: Pendidikan
        map: {SLTA: primary_secondary, D3: diploma, S1: bachelor, S2: master, S3: doctorate}
      field: {column: Jurusan, normalise: study_field}
      graduated_on: Lulus
  training:
    from: courses
    columns:
      training_id: id
      person_id: employee
      kind: {column: courseName, normalise: course_kind}
      title: courseName
      hours: hours
      level: {column: leadership, normalise: leadership_level}
      started_on: {column: begins, date: "%d/%m/%Y"}
      finished_on: {column: ends, date: "%d/%m/%Y", day: last}
  appraisal:
    from: penilaian
    join:
      - {source: pegawai, on: {nip: NIP}}
      - {source: penilai, on: {nip_penilai: nip_atasan}}
    columns:
      appraisal_id: id_penilaian
      person_id: ID Pegawai
      year: tahun
      results:
        column: hasil_kerja
        map: {Di atas ekspektasi: above, Sesuai ekspektasi: meets, Di bawah ekspektasi: below}
      behaviour:
        column: perilaku
        map: {Di atas ekspektasi: above, Sesuai ekspektasi: meets, Di bawah ekspektasi: below}
      predicate:
        column: predikat
        map:
          Sangat Baik: very_good
          Baik: good
          Butuh Perbaikan: needs_improvement
          Kurang: poor
          Sangat Kurang: very_poor
      appraiser_id: id_atasan
      appraised_on: tanggal
  assessment:
    from: kompetensi
    columns:
      assessment_id: {columns: [no_sertifikat, unsur], separator: "/"}
      person_id: pegawai
      competency:
        column: unsur
        map:
          Integritas: integritas
          Kerja Sama: kerja_sama
          Komunikasi: komunikasi
          Orientasi pada Hasil: orientasi_pada_hasil
          Pelayanan Publik: pelayanan_publik
          Pengembangan Diri dan Orang Lain: pengembangan_diri_dan_orang_lain
          Mengelola Perubahan: mengelola_perubahan
          Pengambilan Keputusan: pengambilan_keputusan
          Perekat Bangsa: perekat_bangsa
          Literasi Digital: literasi_digital
          Teknis Pengairan: teknis_pengairan
      level: nilai
      method: {column: metode, map: {AC: assessment_centre, CACT: cact}}
      assessed_on: tanggal
  potential:
    from: potensi
    columns:
      person_id: pegawai
      aspect:
        column: unsur
        map:
          Intelektual: intelektual
          Interpersonal: interpersonal
          Kesadaran Diri: kesadaran_diri
          Berpikir Kritis Strategis: berpikir_kritis_strategis
          Menyelesaikan Masalah: menyelesaikan_masalah
          Kecerdasan Emosional: kecerdasan_emosional
          Belajar Cepat: belajar_cepat
          Motivasi Komitmen: motivasi_komitmen
      score: nilai
      assessed_on: tanggal
  post_requirement:
    from: standar
    columns:
      post_id: kode_jabatan
      competency:
        column: kompetensi
        map:
          Integritas: integritas
          Komunikasi: komunikasi
          Mengelola Perubahan: mengelola_perubahan
          Pengambilan Keputusan: pengambilan_keputusan
          Teknis Pengairan: teknis_pengairan
      level: tingkat
      critical: {column: mutlak, map: {"true": yes, "false": no}}
  feedback:
    from: umpan_balik_angka
    columns:
      person_id: Pegawai
      subject: Nilai dasar
      rater: {column: Penilai, map: {Atasan: superior, Rekan: peer, Bawahan: subordinate}}
      sequence: Nomor
      score: nilai_angka
      given_on: {column: Tanggal, date: "%d %B %Y"}
  award:
    from: penghargaan
    columns:
      person_id: Pegawai
      kind:
        column: Penghargaan
        map:
          Satyalancana Karya Satya X Tahun: satyalancana_karya_satya_10
          Pegawai Teladan: pegawai_teladan
          Inovator Pelayanan: inovator_pelayanan
      awarded_on: {column: Tanggal, date: "%d-%m-%Y"}
  discipline:
    from: hukuman
    columns:
      person_id: Pegawai
      level: {column: Tingkat, map: {Ringan: light, Sedang: medium, Berat: heavy}}
      sanctioned_on: {column: Mulai, date: "%d-%m-%Y"}
      until_on: {column: Sampai, date: "%d-%m-%Y"}
  protected_attribute:
    - from: pegawai
      columns:
        person_id: ID Pegawai
        attribute: {constant: nip}
        value: {column: NIP, form: nip}
    - from: pegawai
      columns: {person_id: ID Pegawai, attribute: {constant: name}, value: Nama Lengkap}
    - from: pegawai
      columns: {person_id: ID Pegawai, attribute: {constant: birth_date}, value: Tanggal Lahir}
    - from: pegawai
      columns:
        person_id: ID Pegawai
        attribute: {constant: sex}
        value: {column: Jenis Kelamin, map: {Laki-laki: male, Perempuan: female}}
    - from: pegawai
      columns: {person_id: ID Pegawai, attribute: {constant: religion}, value: Agama}

ladder:
  - {post_class: pelaksana, title: {id: Pelaksana, en: Staff}}
  - {post_class: pengawas, title: {id: Pengawas, en: Supervisor}}
  - {post_class: administrator, title: {id: Administrator, en: Administrator}}
  - {post_class: jpt_pratama, title: {id: JPT pratama, en: "Senior executive, first tier"}}

policy: [asn-kepka-411-2025]

vacancies: {classes: [administrator, jpt_pratama], decided_days_before: 31}

label: {months: 24, gap_days: 30, censored_by_reason: [retired]}

pool: {in_classes: [pengawas, administrator], in_service: true}
"""


@dataclass
class Person:
    """Somebody invented: what they are like, and where they are at a moment of the careers."""

    number: str
    name: str
    nip: str
    born: date
    sex: str
    religion: str
    quality: float
    studied: str
    seat: str = ""
    since: date = FIRST_DAY
    terms: Rows = field(default_factory=list)


@dataclass
class Province:
    """All rows of all files, before they are written."""

    people: list[Person] = field(default_factory=list)
    pegawai: Rows = field(default_factory=list)
    seats: Rows = field(default_factory=list)
    riwayat: Rows = field(default_factory=list)
    penilaian: Rows = field(default_factory=list)
    courses: list[str] = field(default_factory=list)
    asesmen: Rows = field(default_factory=list)
    standar: Rows = field(default_factory=list)
    umpan_balik: Rows = field(default_factory=list)
    penghargaan: Rows = field(default_factory=list)
    hukuman: Rows = field(default_factory=list)


def in_words(day: date) -> str:
    """A day as a decree writes it: 5 Agustus 2019."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def province(seed: int = 2026) -> Province:
    """All rows: careers by lot, people by hand, and what is wrong on purpose."""
    lot = random.Random(seed)
    made = Province()
    _seats(made)
    made.people += _careers(made, lot)
    for person in made.people:
        _dossier(made, person, lot)
    _people_by_hand(made)
    for n, row in enumerate(made.riwayat, start=1):
        row |= {"Urut": n, "No. SK": f"821.2/{n:05}"}
    for n, row in enumerate(made.pegawai, start=1):
        row |= {"No. SK Pangkat": f"823/{n:05}", "No. Ijazah": f"IJZ-{n:05}"}
    _wrong_rows(made)
    return made


def _seats(made: Province) -> None:
    grades = ((3, 1), (2, 2), (1, 5), (0, 12))
    for n, (work, _) in enumerate(WORK * 2, start=1):
        unit, name = f"OPD-{n:02}", f"{'Dinas' if n <= len(WORK) else 'Balai'} {work}"
        for step, seats in grades:
            for place in range(1, seats + 1):
                title = ("Pengelola", "Kepala Seksi", "Kepala Bidang", "Kepala Dinas")[step]
                _seat(made, f"J{n:02}{step}{place:02}", f"{title} {work}", unit, name, step, n > 14)


def _seat(
    made: Province, code: str, title: str, unit: str, name: str, step: int, remote: bool
) -> None:
    made.seats.append(
        {
            "Post code": code,
            "Post title": title,
            "Echelon": CLASSES[LADDER[step]],
            "Unit code": unit,
            "Unit name": name,
            "Remote": "Y" if remote else "N",
        }
    )
    asked = ("Integritas", "Komunikasi", "Mengelola Perubahan", "Pengambilan Keputusan")
    if step >= 2 and unit[-2:].isdigit():
        _asked_for(made, code, dict.fromkeys(asked, step + 1), must={"Integritas"})


def _asked_for(made: Province, post: str, levels: dict[str, int], must: set[str]) -> None:
    for name, level in levels.items():
        made.standar.append(
            {"kode_jabatan": post, "kompetensi": name, "tingkat": level, "mutlak": name in must}
        )


def _person(number: int, born: date, entered: date, lot: random.Random) -> Person:
    sex = lot.choice(("Laki-laki", "Perempuan"))
    digit = 1 if sex == "Laki-laki" else 2
    return Person(
        f"PC{number:04}",
        _name(lot),
        f"{born:%Y%m%d}{entered:%Y%m}{digit}{number % 999 + 1:03}",
        born,
        sex,
        lot.choice(("Islam", "Kristen", "Katolik", "Hindu")),
        lot.gauss(0, 1),
        lot.choice(WORK)[1],
    )


def _name(lot: random.Random) -> str:
    """A name of nobody: syllables by lot."""
    words = ("".join(lot.choices(SYLLABLES, k=lot.randint(2, 4))) for _ in range(2))
    return " ".join(word.title() for word in words)


def _careers(made: Province, lot: random.Random) -> list[Person]:
    """Twice a year some leave their seats, the sooner the weaker, and others rise into them."""
    code = {str(row["Post code"]): LADDER.index(class_of(row)) for row in made.seats}
    holder: dict[str, Person] = {}
    people: list[Person] = []

    def enter(seat: str, on: date, years: int) -> None:
        born = date(on.year - years, lot.randint(1, 12), lot.randint(1, 28))
        person = _person(len(people) + 1, born, date(born.year + 24, 3, 1), lot)
        people.append(person)
        take(person, seat, on)

    def leave(person: Person, on: date, reason: str) -> None:
        del holder[person.seat]
        person.terms[-1] |= {"Selesai": on - timedelta(days=1), "Alasan": reason}
        person.seat = ""

    def take(person: Person, seat: str, on: date) -> None:
        person.seat, person.since, holder[seat] = seat, on, person
        person.terms.append(_term(person.number, seat, on))

    def free(step: int) -> list[str]:
        return [seat for seat in code if code[seat] == step and seat not in holder]

    def able_to_rise(step: int, on: date) -> list[Person]:
        found = [holder[seat] for seat in code if code[seat] == step and seat in holder]
        return [person for person in found if (on - person.since).days > 400]

    for seat, step in code.items():
        if step or lot.random() < 0.6:
            enter(seat, FIRST_DAY, 28 + 5 * step + lot.randrange(8))
    on = date(2010, 7, 1)
    while on <= LAST_DAY:
        for seat, person in [(seat, holder[seat]) for seat in code if seat in holder]:
            if (on - person.born).days > RETIRE_AT * 365.25:
                leave(person, on, "pensiun")
            elif code[seat] > 1 and lot.random() < 1 / (1 + math.exp(1.1 + 1.6 * person.quality)):
                leave(person, on, "dibebaskan")
                if free(0):
                    take(person, lot.choice(free(0)), on)
        for step in (3, 2, 1):
            for seat in free(step):
                able = able_to_rise(step - 1, on)
                if able and lot.random() < 0.9:
                    chosen = max(able, key=lambda p: p.quality + lot.gauss(0, 1.2))
                    leave(chosen, on, "promosi")
                    take(chosen, seat, on)
                elif able:
                    stand_in = lot.choice(able)
                    ends = on + timedelta(days=150)
                    status = lot.choice(("Plt", "Plh", "Pj"))
                    row = _term(stand_in.number, seat, on, status)
                    stand_in.terms.insert(-1, row | {"Selesai": ends, "Alasan": "selesai"})
        for seat in free(0):
            if lot.random() < 0.1:
                enter(seat, on, 24 + lot.randrange(6))
        on = date(on.year + (on.month == 7), 1 if on.month == 7 else 7, 1)
    made.riwayat += [row for person in people for row in person.terms]
    return people


def class_of(row: dict[str, Cell]) -> str:
    return {title: name for name, title in CLASSES.items()}[str(row["Echelon"])]


def _term(number: str, seat: str, on: date, status: str = "Definitif") -> dict[str, Cell]:
    return {
        "Urut": None,
        "No. SK": None,
        "ID Pegawai": number,
        "Kode Jabatan": seat,
        "Status": status,
        "TMT": on,
        "Tanggal SK": in_words(on - timedelta(days=14)),
        "Selesai": "sekarang",
        "Alasan": None,
    }


def _of_staff(person: Person, **others: Cell) -> dict[str, Cell]:
    return {
        "ID Pegawai": person.number,
        "NIP": person.nip,
        "Nama Lengkap": person.name,
        "Tanggal Lahir": person.born,
        "Jenis Kelamin": person.sex,
        "Agama": person.religion,
        "Gol.": "III/a",
        "TMT Gol.": date(2020, 4, 1),
        "No. SK Pangkat": None,
        "Pendidikan": "S1",
        "Jurusan": person.studied,
        "No. Ijazah": None,
        "Lulus": date(person.born.year + 23, 8, 30),
        **others,
    }


def _level_in_words(better_than_most: float) -> str:
    if better_than_most > 0.7:
        return "Di atas ekspektasi"
    return "Sesuai ekspektasi" if better_than_most > -1.2 else "Di bawah ekspektasi"


def _dossier(made: Province, person: Person, lot: random.Random) -> None:
    """What the province keeps on somebody beside the career."""
    step = LADDER.index(class_of(next(s for s in made.seats if s["Post code"] == _seat_of(person))))
    rank = ("III/a", "III/c", "IV/a", "IV/c")[step]
    since = date(2017 + lot.randrange(8), lot.choice((4, 10)), 1)
    school = lot.choices(("SLTA", "D3", "S1", "S2"), (1, 1, 5, 2 + step))[0]
    staff = _of_staff(person, **{"Gol.": rank, "TMT Gol.": since, "Pendidikan": school})
    made.pegawai.append(staff)
    lasts = person.seat != ""
    for year in range(2020, 2026) if lasts else ():
        strength = person.quality + lot.gauss(0, 0.8)
        words = ("Sangat Baik", "Baik", "Butuh Perbaikan")
        predicate = words[(strength < 0.6) + (strength < -1.2)]
        if lot.random() < 0.95:
            rated = _rating(person.nip, year, predicate, lot.choice(made.pegawai)["NIP"])
            rated["hasil_kerja"] = _level_in_words(strength + lot.gauss(0, 0.3))
            rated["perilaku"] = _level_in_words(person.quality + lot.gauss(0, 0.8))
            made.penilaian.append(rated)
    for course in lot.sample(COURSES, lot.randrange(4)):
        begins = date(2018, 1, 8) + timedelta(days=lot.randrange(3000))
        _course(made, person.number, course, lot.choice((8, 16, 24, 40)), begins, lot.randrange(5))
    if step and lot.random() < 0.7:
        _course(made, person.number, LEADERSHIP[LADDER[step]], 800, date(2019, 2, 4), 90)
    if lasts and (step or lot.random() < 0.4):
        on = date(2023, 8, 1) + timedelta(days=lot.randrange(900))
        way = lot.choice(("AC", "CACT"))
        for name in COMPETENCIES:
            level = min(5.0, max(0.5, 2.0 + 0.6 * step + 0.5 * person.quality + lot.gauss(0, 0.5)))
            _assessed(made, person.number, "kompetensi", name, round(2 * level) / 2, way, on)
        for name in ASPECTS:
            score = 60 + 8 * person.quality + lot.gauss(0, 8)
            _assessed(made, person.number, "potensi", name, round(score, 1), way, on)
        for rater in ("Atasan", "Rekan", "Bawahan") if step else ():
            given = on + timedelta(days=30)
            for name in BERAKHLAK:
                score = min(5.0, max(1.0, 4 + 0.4 * person.quality + lot.gauss(0, 0.4)))
                _rated_by_others(made, person.number, rater, name, score, given)
    if lot.random() < 0.1:
        _award(made, person.number, "Inovator Pelayanan", date(2024, 8, 17))
    if lot.random() < 0.1:
        _sanction(made, person.number, "Ringan", date(2022, 3, 1), date(2022, 9, 1))


def _seat_of(person: Person) -> Cell:
    return person.terms[-1]["Kode Jabatan"]


def _rating(nip: str, year: int, predicate: str, rated_by: Cell) -> dict[str, Cell]:
    return {
        "nip": nip,
        "tahun": year,
        "predikat": predicate,
        "hasil_kerja": "Sesuai ekspektasi",
        "perilaku": "Sesuai ekspektasi",
        "tanggal": date(year + 1, 1, 20),
        "nip_penilai": rated_by,
    }


def _course(
    made: Province, number: str, name: str, hours: Cell, begins: date, days: int | None
) -> None:
    ends = None if days is None else f"{begins + timedelta(days=days):%d/%m/%Y}"
    row = {
        "id": f"T{len(made.courses) + 1:05}",
        "employee": number,
        "courseName": name,
        "hours": hours,
        "begins": f"{begins:%d/%m/%Y}",
        "ends": ends,
    }
    made.courses.append(json.dumps(row))


def _assessed(
    made: Province, number: str, kind: str, name: str, value: float, way: str, on: date
) -> None:
    made.asesmen.append(
        {
            "no_sertifikat": 10_000 + int(number[2:]),
            "pegawai": number,
            "jenis": kind,
            "unsur": name,
            "nilai": value,
            "metode": way,
            "tanggal": on,
        }
    )


def _rated_by_others(
    made: Province, number: str, rater: str, name: str, score: float, on: date
) -> None:
    made.umpan_balik.append(
        {
            "Nomor": str(len(made.umpan_balik) + 1),
            "Pegawai": number,
            "Nilai dasar": name,
            "Penilai": rater,
            "Nilai": f"{score:.2f}".replace(".", ","),
            "Tanggal": in_words(on),
        }
    )


def _award(made: Province, number: str, name: str, on: date) -> None:
    made.penghargaan.append(
        {"Pegawai": number, "Penghargaan": name, "Tanggal": f"{on:%d-%m-%Y}", "Kota": "Kotabarú"}
    )


def _sanction(made: Province, number: str, level: str, begins: date, ends: date) -> None:
    made.hukuman.append(
        {
            "Pegawai": number,
            "Tingkat": level,
            "Mulai": f"{begins:%d-%m-%Y}",
            "Sampai": f"{ends:%d-%m-%Y}",
        }
    )


GOVERNOR = "196001011985031001"
#: The row of staff whose NIP a spreadsheet has spoilt; the database has it as it is.
MANGLED = 5
#: Predicates of 2019, the year of the trial: nobody else was rated for it. By staff number, with
#: the seat that each has held since 2015; the first of them has a longer career.
RATED_2019 = {
    "PC9001": ("Sangat Baik", "UJI-P1"),
    "PC9002": ("Baik", "UJI-P2"),
    "PC9003": ("Baik", "UJI-P3"),
    "PC9004": ("Butuh Perbaikan", "UJI-P4"),
    "PC9005": ("Baik", "JAUH-P2"),
    "PC9006": ("Baik", "JAUH-P3"),
}
NAMES_BY_HAND = ("Bade Gijo", "Kula Meninu", "Poru Satewi", "Yuba Deji", "Lame Nipo", "Ruka Sajo")


def nip_by_hand(number: str) -> str:
    """The NIP of somebody of `RATED_2019`."""
    return f"19800515200503{1 + int(number[-1]) % 2}{900 + int(number[-1]):03}"


def _people_by_hand(made: Province) -> None:
    """Six people and a post of whom every row is written out."""
    uji, jauh = ("OPD-UJI", "Badan Uji", 1, False), ("OPD-JAUH", "Balai Jauh", 1, True)
    for place in range(1, 5):
        _seat(made, f"UJI-P{place}", "Kepala Seksi Perencanaan", *uji)
    for place in range(1, 4):
        _seat(made, f"JAUH-P{place}", "Kepala Seksi Hukum", *jauh)
    _seat(made, "UJI-S1", "Pengelola Keuangan", *uji[:2], 0, False)
    _seat(made, "JAUH-A1", "Kepala Bidang Teknik Pengairan", *jauh[:2], 2, True)
    _asked_for(made, "JAUH-A1", {"Teknis Pengairan": 3}, must={"Teknis Pengairan"})
    for number, (predicate, seat) in RATED_2019.items():
        n = int(number[-1])
        person = Person(
            number, NAMES_BY_HAND[n - 1], nip_by_hand(number), date(1980, 5, 15),
            "Perempuan" if n % 2 else "Laki-laki", "Islam", 0.0, "Teknik Sipil",
        )  # fmt: skip
        others: dict[str, Cell] = {"Gol.": "III/d", "Pendidikan": "S2"} if n in (1, 3) else {}
        made.people.append(person)
        made.pegawai.append(_of_staff(person, **others))
        made.penilaian.append(_rating(person.nip, 2019, predicate, GOVERNOR))
        if n > 1:
            made.riwayat.append(_term(number, seat, date(2015, 1, 1)))

    def held(
        seat: str, begins: date, ends: date | None, why: str, status: str = "Definitif"
    ) -> None:
        row = _term("PC9001", seat, begins, status)
        made.riwayat.append(row | ({"Selesai": ends, "Alasan": why} if ends else {}))

    held("UJI-S1", date(2010, 3, 1), date(2014, 2, 28), "promosi")
    held("JAUH-P1", date(2014, 3, 1), date(2018, 2, 28), "mutasi")
    held("UJI-P1", date(2018, 3, 1), None, "")
    held("JAUH-P1", date(2021, 1, 1), date(2021, 6, 30), "selesai", "plt")
    _course(made, "PC9001", "Pelatihan Kepemimpinan Pengawas", 800, date(2019, 2, 4), 90)
    _course(made, "PC9001", "Diklat Teknis Penyusunan Anggaran", 40, date(2024, 5, 6), 4)
    _course(made, "PC9001", "Bimbingan Teknis Penyusunan SKP", 16, date(2025, 11, 19), 1)
    _course(made, "PC9001", "Workshop Penyusunan SOP", 8.5, date(2026, 2, 5), 0)
    _course(made, "PC9001", "Kursus Bahasa Inggris", 60, date(2026, 5, 4), None)
    _award(made, "PC9001", "Satyalancana Karya Satya X Tahun", date(2020, 8, 17))
    _award(made, "PC9001", "Pegawai Teladan", date(2022, 8, 17))
    _sanction(made, "PC9002", "Ringan", date(2021, 6, 30), date(2021, 12, 30))
    for number, level in (("PC9001", 3.5), ("PC9002", 1.5)):
        on = date(2025, 3, 3)
        _assessed(made, number, "kompetensi", "Teknis Pengairan", level, "AC", on)
    _rated_by_others(made, "PC9001", "Atasan", "Akuntabel", 4.5, date(2026, 1, 5))
    _rated_by_others(made, "PC9001", "Rekan", "Loyal", 4.25, date(2026, 1, 5))


def _wrong_rows(made: Province) -> None:
    """Rows that no table may take, each for one reason; and two that are taken in part."""
    one = dict(made.pegawai[10])
    made.pegawai.append(
        one | {"ID Pegawai": None, "NIP": None, "No. SK Pangkat": "823/X", "No. Ijazah": "IJZ-X"}
    )
    made.pegawai[MANGLED]["NIP"] = "1.98E+17"

    def term(**others: Cell) -> None:
        number = len(made.riwayat) + 1
        row = _term("PC9004", "UJI-P4", date(2012, 1, 2))
        made.riwayat.append(row | {"Urut": number, "No. SK": f"821.2/{number:05}"} | others)

    term(**{"Kode Jabatan": "TIDAK-ADA"})
    term(**{"Tanggal SK": "31 Pebruari 2012"})
    term(Status="Magang")
    term(Selesai=date(2011, 1, 1))
    made.penilaian.append(_rating(nip_by_hand("PC9004"), 2018, "Tidak dinilai", GOVERNOR))
    made.penilaian.append(_rating("197001011995031999", 2022, "Baik", GOVERNOR))
    made.courses.append(made.courses[0])
    _course(made, "PC9004", "Diklat Teknis Penyusunan Anggaran", "40 JP", date(2024, 5, 6), 4)
    _course(made, "PC9004", "Zxqv wkjh", 4, date(2024, 5, 6), 4)
    made.courses.append('{"id": "T99999", "employee": "PC9004", "courseNa')
    _assessed(made, "PC9004", "kompetensi", "Integritas", 7.0, "AC", date(2024, 2, 1))
    _rated_by_others(made, "PC9004", "Tetangga", "Loyal", 4.0, date(2024, 2, 1))
    _sanction(made, "PC9777", "Berat", date(2021, 2, 1), date(2022, 2, 1))


# -- writing -----------------------------------------------------------------------------------

Order = Callable[[Sequence], list]


def write_files(made: Province, folder: Path, order: Order = list) -> Path:
    """Write every file and the mapping, rows in the order that `order` gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {
        "Pegawai": made.pegawai,
        "Posts and units": made.seats,
        "Riwayat jabatan": made.riwayat,
    }
    table = {name: [list(rows[0]), *_cells(order(rows))] for name, rows in sheets.items()}
    write_workbook(folder / "data_pegawai.xlsx", table)
    text = "".join(f"{line}\n" for line in order(made.courses))
    (folder / "trainings.jsonl").write_text(text, encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(order(made.asesmen)), folder / "asesmen.parquet")
    pq.write_table(pa.Table.from_pylist(order(made.standar)), folder / "standar_kompetensi.parquet")
    for name in ("umpan_balik", "penghargaan", "hukuman"):
        rows = getattr(made, name)
        with (folder / f"{name}.csv").open("w", encoding="latin-1", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(order(rows))
    mapping = folder / "provinsi_contoh.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


def _cells(rows: Rows) -> Iterator[list[Cell]]:
    return (list(row.values()) for row in rows)


def fill_database(made: Province, address: str, order: Order = list) -> None:
    """Make the schema of the rating system anew: ratings, appraisers, and the view over both."""
    raters = sorted({str(row["nip_penilai"]) for row in made.penilaian})
    number = {nip: n for n, nip in enumerate(raters, start=1)}
    rows = list(enumerate(made.penilaian, start=1))
    ratings = ", ".join(
        f"({n}, '{row['nip']}', {row['tahun']}, '{row['hasil_kerja']}', '{row['perilaku']}', "
        f"'{row['predikat']}', DATE '{row['tanggal']}', {number[str(row['nip_penilai'])]})"
        for n, row in order(rows)
    )
    execute(
        address,
        "DROP SCHEMA IF EXISTS kinerja CASCADE",
        "CREATE SCHEMA kinerja",
        "CREATE TABLE kinerja.pejabat_penilai (id int PRIMARY KEY, nip char(18))",
        "CREATE TABLE kinerja.penilaian (id int PRIMARY KEY, nip char(18), tahun smallint, "
        "hasil text, perilaku text, predikat text, tanggal timestamp, penilai int)",
        "INSERT INTO kinerja.pejabat_penilai VALUES "
        + ", ".join(f"({n}, '{nip}')" for n, nip in enumerate(raters, start=1)),
        f"INSERT INTO kinerja.penilaian VALUES {ratings}",
        "CREATE VIEW kinerja.v_predikat AS SELECT p.id AS id_penilaian, p.nip, p.tahun, "
        "p.hasil AS hasil_kerja, p.perilaku, p.predikat, p.tanggal, a.nip AS nip_penilai "
        "FROM kinerja.penilaian p LEFT JOIN kinerja.pejabat_penilai a ON a.id = p.penilai",
    )
