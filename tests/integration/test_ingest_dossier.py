"""An agency's exports as SIASN shapes them, in three formats, need a mapping file and no code."""

import json
from datetime import date
from pathlib import Path

import duckdb
import ibis
import pytest

from features.agencies.consistency import MAPPED_TABLES
from features.intake import ingest
from features.storage import Snapshot
from tests.lib.workbook import write_workbook

DAY_FIRST = '"%d-%m-%Y"'
MAPPING = f"""\
agency: probe
title: {{id: Uji, en: Probe}}
licence: invented
refuse_above: 0.5
sources:
  staff: {{file: data-utama.json, records: data.items}}
  appraisals: {{file: rw-skp22.json, records: data}}
  ranks: {{file: riwayat.xlsx, sheet: Golongan, missing_values: ["", "-"]}}
  trainings: {{file: riwayat.xlsx, sheet: Diklat}}
  units: {{file: ref-unor.csv, separator: ";"}}
  posts: {{file: posts.csv, separator: ";"}}
  careers: {{file: rw-jabatan.csv, separator: ";"}}
  vacancies: {{file: lowongan.csv, separator: ";"}}
  scores: {{file: wawancara.xlsx}}
tables:
  person: {{from: staff, columns: {{person_id: id}}}}
  unit: {{from: units, columns: {{unit_id: Id, name_of_unit: NamaUnor, short_name: CepatKode}}}}
  post:
    from: posts
    columns: {{post_id: id, title: nama, unit_id: unor, post_class: jenjang}}
  appointment:
    from: careers
    columns:
      appointment_id: id
      person_id: idPns
      post_id: post
      kind: {{column: jenisPenugasanId, map: {{D: definitive, PLT: acting, PJ: caretaker}}}}
      start_on: {{column: tmtJabatan, date: {DAY_FIRST}}}
      start_recorded_on: {{column: tanggalSk, date: {DAY_FIRST}}}
      end_on: {{column: selesai, date: {DAY_FIRST}}}
      end_reason: {{column: sebab, map: {{PENSIUN: retired, MUTASI: moved}}, case: upper}}
  appraisal:
    from: appraisals
    join: {{source: staff, on: {{nipNrpPenilai: nipBaru}}}}
    columns:
      appraisal_id: appraisals.id
      person_id: pnsDinilaiId
      year: tahun
      results: {{column: hasilKinerjaNilai, map: {{1: above, 2: meets, 3: below}}}}
      behaviour:
        column: perilakuKerja
        case: upper
        map: {{DIATAS ESPEKTASI: above, DI ATAS EKSPEKTASI: above, SESUAI EKSPEKTASI: meets}}
      predicate: {{column: KuadranKinerjaNilai,
                  map: {{1: very_good, 2: good, 3: needs_improvement, 4: poor, 5: very_poor}}}}
      appraiser_id: staff.id
      appraised_on: {{column: tahun, date: "%Y", day: last}}
  rank_history:
    from: ranks
    columns:
      rank_id: id
      person_id: idPns
      rank: golongan
      from_on: tmtGolongan
      recorded_on: skTanggal
  training:
    from: trainings
    columns:
      training_id: id
      person_id: idPns
      kind: {{constant: structural}}
      level: latihanStrukturalNama
      hours: jumlahJam
      started_on: tanggal
      finished_on: tanggalSelesai
  vacancy:
    from: vacancies
    columns:
      vacancy_id: id
      post_id: post
      route: {{constant: open_selection}}
      opened_on: dibuka
      decided_on: diputuskan
  interview_score:
    from: scores
    columns:
      vacancy_id: lowongan
      person_id: idPns
      assessor: penguji
      criterion: unsur
      score: nilai
      scored_on: tanggal
  protected_attribute:
    from: staff
    columns: {{person_id: id, attribute: {{constant: nip}}, value: {{column: nipBaru, form: nip}}}}
ladder:
  - {{post_class: Pengawas, title: {{id: Pengawas, en: Supervisor}}}}
  - {{post_class: Administrator, title: {{id: Administrator, en: Administrator}}}}
vacancies: {{classes: [Administrator]}}
label: {{months: 24, censored_by_reason: [died, retired]}}
pool: {{in_classes: [Pengawas], in_service: true}}
"""
ANN, BOB = "198001012005011001", "197905052003122002"
STAFF = [
    {"id": "P1", "nipBaru": ANN, "nama": "secret"},
    {"id": "P2", "nipBaru": f"'{BOB}", "nama": "secret"},
    {"id": "P3", "nipBaru": "198001012005010001"},
    "P4",
]
APPRAISALS = [
    {"id": "K1", "tahun": 2023, "pnsDinilaiId": "P2", "hasilKinerjaNilai": "1",
     "perilakuKerja": "Diatas Espektasi", "KuadranKinerjaNilai": "1", "nipNrpPenilai": ANN,
     "path": [{"dok_id": "872"}]},
    {"id": "K2", "tahun": 2023.0, "pnsDinilaiId": "P1", "hasilKinerjaNilai": 2,
     "perilakuKerja": None, "KuadranKinerjaNilai": 2, "nipNrpPenilai": None},
    {"id": "K3", "tahun": "2023", "pnsDinilaiId": "P1", "KuadranKinerjaNilai": "9"},
]  # fmt: skip
RANKS = [
    ["id", "idPns", "golongan", "tmtGolongan", "skTanggal"],
    ["G1", "P1", "III/d", date(2018, 4, 1), date(2018, 6, 30)],
    ["G2", "P2", "IV/a", date(2019, 4, 1), "-"],
    ["G3", "P2", "V/a", date(2020, 4, 1), None],
    [],
    ["G4", "P2", "IV/b", "soon", None],
]
TRAININGS = [
    ["id", "idPns", "latihanStrukturalNama", "jumlahJam", "tanggal", "tanggalSelesai"],
    [1, "P1", "PIM IV", 360, date(2016, 2, 1), date(2016, 5, 31)],
    [2, "P2", None, "many", date(2017, 2, 1), None],
    [3, "P2", None, 12.5, date(2018, 2, 1), None],
]
SCORES = [
    ["lowongan", "idPns", "penguji", "unsur", "nilai", "tanggal"],
    ["L1", "P1", "A", "gagasan", 82.5, date(2020, 3, 1)],
    ["L1", "P1", "B", "gagasan", 79, date(2020, 3, 1)],
    ["L9", "P1", "B", "gagasan", 79, date(2020, 3, 1)],
]
CSV = {
    "ref-unor": "Id;NamaUnor;CepatKode\nU1;Biro Umum;BU\n",
    "posts": "id;nama;unor;jenjang\nS1;Kasubbag;U1;Pengawas\nS2;Kabag;U1;Administrator\n",
    "rw-jabatan": "id;idPns;post;jenisPenugasanId;tmtJabatan;tanggalSk;selesai;sebab\n"
    "J1;P1;S1;D;01-02-2015;15-02-2015;31-03-2020;Mutasi\n"
    "J2;P1;S2;D;01-04-2020;01-04-2020;;\n"
    "J3;P2;S1;PLT;01-01-2016;01-01-2016;;\n"
    "J4;P2;S1;TT;01-01-2017;01-01-2017;;\n",
    "lowongan": "id;post;dibuka;diputuskan\nL1;S2;2020-01-15;2020-03-20\nL2;S2;2024-01-15;\n",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("probe")
    (folder / "data-utama.json").write_text(json.dumps({"code": 1, "data": {"items": STAFF}}))
    (folder / "rw-skp22.json").write_text(json.dumps({"data": APPRAISALS}))
    write_workbook(folder / "riwayat.xlsx", {"Golongan": RANKS, "Diklat": TRAININGS})
    write_workbook(folder / "wawancara.xlsx", {"Sheet1": SCORES})
    for name, text in CSV.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "probe.yaml").write_text(MAPPING)
    return ingest(folder / "probe.yaml", folder, folder / "home")


def rows(snapshot: Snapshot, table: str, columns: str) -> list[tuple]:
    path = snapshot.folder / f"{table}.parquet"
    return duckdb.execute(f"SELECT {columns} FROM '{path}' ORDER BY ALL").fetchall()


def test_the_tables_hold_what_the_exports_say(snapshot: Snapshot):
    columns = "appraisal_id, year, results, behaviour, predicate, appraiser_id, recorded_on::TEXT"
    assert rows(snapshot, "appraisal", columns) == [
        ("K1", 2023, "above", "above", "very_good", "P1", "2023-12-31"),
        ("K2", 2023, "meets", None, "good", None, "2023-12-31"),
    ]
    assert rows(snapshot, "rank_history", "rank_id, rank, from_on::TEXT, recorded_on::TEXT") == [
        ("G1", "III/d", "2018-04-01", "2018-06-30"),
        ("G2", "IV/a", "2019-04-01", "2019-04-01"),
    ]
    columns = "training_id, level, hours, finished_on::TEXT, finished_recorded_on::TEXT"
    assert rows(snapshot, "training", columns) == [
        ("1", "PIM IV", 360.0, "2016-05-31", "2016-05-31"),
        ("3", None, 12.5, None, None),
    ]
    assert rows(snapshot, "interview_score", "assessor, score") == [("A", 82.5), ("B", 79.0)]
    assert rows(snapshot, "vacancy", "vacancy_id, decided_on::TEXT, filled_on") == [
        ("L1", "2020-03-20", None),
        ("L2", None, None),
    ]
    columns = "appointment_id, end_on::TEXT, end_reason"
    assert rows(snapshot, "appointment", columns) == [
        ("J1", "2020-03-31", "moved"), ("J2", None, None), ("J3", None, None),
    ]  # fmt: skip
    assert rows(snapshot, "protected_attribute", "person_id, value") == [("P1", ANN), ("P2", BOB)]


def test_every_other_row_is_in_quarantine_with_its_place_and_reason(snapshot: Snapshot):
    columns = '"table", "column", source, "row", reason'
    assert rows(snapshot, "quarantine", columns) == [
        ("appointment", "kind", "careers", 4, "is not in the map"),
        ("appraisal", "predicate", "appraisals", 3, "is not in the map"),
        ("interview_score", "vacancy_id", "scores", 3, "is not in vacancy.vacancy_id"),
        ("protected_attribute", "value", "staff", 3, "is not a possible NIP"),
        ("rank_history", "from_on", "ranks", 4, "not a date in the format %Y-%m-%d"),
        ("rank_history", "rank", "ranks", 3, f"is none of: {', '.join(_ranks())}"),
        ("training", "hours", "trainings", 2, "is not a number"),
        (None, None, "staff", 4, "is not an object"),
    ]


def _ranks() -> tuple[str, ...]:
    return MAPPED_TABLES["rank_history"].columns["rank"].one_of


def test_sources_and_tables_are_counted_in_the_manifest(snapshot: Snapshot):
    counts = {n: (c["read"], c["malformed"]) for n, c in snapshot.manifest["sources"].items()}
    assert counts["staff"] == (4, 1)
    assert counts["ranks"] == (4, 0)
    assert counts["careers"] == (4, 0)
    training = snapshot.manifest["tables"]["training"]
    assert (training["read"], training["accepted"], training["rejected"]) == (3, 2, 1)


def test_tables_that_were_not_mapped_are_stored_nowhere_and_read_as_empty(snapshot: Snapshot):
    assert not (snapshot.folder / "award.parquet").exists()
    assert "award" not in snapshot.manifest["tables"]
    record = snapshot.record()
    assert record.table("award").count().to_pyarrow().as_py() == 0
    assert record.table("training").count().to_pyarrow().as_py() == 2


def test_nothing_of_a_dossier_is_known_before_it_was_recorded(snapshot: Snapshot):
    known = snapshot.record().blanked(ibis.date(2018, 6, 29))
    assert known.table("rank_history").count().to_pyarrow().as_py() == 0
    assert known.table("training").count().to_pyarrow().as_py() == 2
    assert known.table("appraisal").count().to_pyarrow().as_py() == 0
    assert known.table("vacancy").count().to_pyarrow().as_py() == 0


def test_the_same_exports_give_the_same_snapshot(snapshot: Snapshot, tmp_path: Path):
    folder = snapshot.folder.parents[2]
    assert ingest(folder / "probe.yaml", folder, tmp_path).digest == snapshot.digest
