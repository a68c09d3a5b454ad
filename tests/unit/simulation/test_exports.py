"""Files of a simulated ministry: the fields of SIASN, the same bytes each time, nobody real."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from simulation.exports import README
from simulation.identity import day_texts, names, nips, person_ids, record_ids
from simulation.tables import NEVER
from simulation.vocabulary import COMPETENCIES, POTENTIAL
from tests.lib.simulated import SEED, SMALL, exported, small_tables

#: Names of fields as the web service of SIASN has them, mixed case included.
SIASN = {
    "data-utama.csv": "id nipBaru nama tglLahir agama jenisKelamin tmtCpns unorId jabatanNama "
    "golRuangAkhirId eselonId jenisKawinId statusPerkawinan kedudukanPnsId bupPensiun",
    "rw-jabatan.csv": "id idPns nipBaru jenisJabatan unorId eselonId jabatanFungsionalId "
    "jabatanFungsionalNama tmtJabatan nomorSk tanggalSk namaJabatan tmtPelantikan path "
    "jenisPenugasanId jenisMutasiId subJabatanId tmtMutasi",
    "rw-golongan.csv": "id idPns nipBaru golonganId golongan pangkat skNomor skTanggal tmtGolongan "
    "jenisKPId jenisKPNama path",
    "rw-pendidikan.csv": "id idPns pendidikanNama tkPendidikanId tkPendidikanNama tahunLulus "
    "tglLulus isPendidikanPertama nomorIjasah namaSekolah",
    "rw-skp.csv": "tahun nilaiSkp orientasiPelayanan integritas komitmen disiplin kerjasama "
    "inisiatifKerja nilaiPerilakuKerja nilaiPrestasiKerja jenisPeraturanKinerjaKd",
    "rw-skp22.csv": "id tahun hasilKinerja hasilKinerjaNilai perilakuKerja PerilakuKerjaNilai "
    "kuadranKinerja KuadranKinerjaNilai namaPenilai nipNrpPenilai pnsDinilaiId statusPenilai path",
    "rw-kinerjaperiodik.csv": "id tahun nip hasilKinerja hasilKinerjaNilai perilakuKerja "
    "perilakuKerjaNilai kuadranNilai kuadranKinerjaNilai koefisenId kriteria persentase periodikId "
    "periodikNama jabatan unorId unorNama instansiId pnsDinilaiId namaPenilai penilaiNipNrp "
    "statusPenilai",
    "rw-angkakredit.csv": "id pns nomorSk tanggalSk bulanMulaiPenailan tahunMulaiPenailan "
    "bulanSelesaiPenailan tahunSelesaiPenailan kreditUtamaBaru kreditPenunjangBaru kreditBaruTotal "
    "rwJabatan namaJabatan isAngkaKreditPertama isIntegrasi isKonversi Sumber",
    "rw-masakerja.csv": "pengalaman tanggalAwal tanggalSelesai dinilai tasaKerjaTahun "
    "masaKerjaBulan",
    "rw-kursus.csv": "id idPns jenisKursusId jenisKursusSertifikat namaKursus noSertipikat "
    "tahunKursus tanggalKursus tanggalSelesaiKursus jumlahJam jenisDiklatId institusiPenyelenggara",
    "rw-diklat.json": "id idPns latihanStrukturalId latihanStrukturalNama nomor tanggal tahun "
    "jumlahJam tanggalSelesai institusiPenyelenggara",
    "rw-hukdis.json": "id jenisHukumanNama jenisTingkatHukumanId pnsOrang skNomor skTanggal "
    "hukumanTanggal akhirHukumTanggal nomorPp keterangan",
    "rw-penghargaan.json": "id tahun skNomor skDate hargaId hargaNama pnsOrangId",
    "rw-pemberhentian.json": "id idPns skNomor skTanggal tmtPemberhentian",
    "ref-unor.json": "Id InstansiId DiatasanId EselonId NamaUnor NamaJabatan CepatKode IndukUnorId "
    "PemimpinPnsId JenisUnorId",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("exports")
    exported(made)
    return made


@pytest.fixture(scope="module")
def clean_folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("clean")
    exported(made, SMALL.changed(dirt=0.0))
    return made


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    exported(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in folder.iterdir()}
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_another_seed_gives_other_ids(folder, tmp_path):
    exported(tmp_path, seed=SEED + 1)
    assert _ids(folder).isdisjoint(_ids(tmp_path))


def _ids(folder: Path) -> set[str]:
    return {row["id"] for row in _rows(folder / "data-utama.csv")}


@pytest.mark.parametrize("name", SIASN)
def test_fields_are_those_of_siasn(folder, name):
    assert set(SIASN[name].split()) <= set(_rows(folder / name)[0])


def _rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".json":
        return json.loads(path.read_text())["data"]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_json_file_is_a_response_of_the_service(folder):
    assert json.loads((folder / "rw-diklat.json").read_text())["code"] == 1


def test_sheets_of_workbooks(folder):
    book = CalamineWorkbook.from_path(folder / "penilaian-kompetensi.xlsx")
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert set(COMPETENCIES) <= set(sheets["Kompetensi"][0])
    assert set(POTENTIAL) <= set(sheets["Potensi"][0])
    assert len(sheets["Potensi"]) == len(small_tables()["assessment"]) + 1
    posts = CalamineWorkbook.from_path(folder / "jabatan-target.xlsx")
    assert posts.sheet_names == ["Jabatan", "Standar"]


def test_nobody_can_be_taken_for_somebody(folder):
    people = _rows(folder / "data-utama.csv")
    assert all(p["nama"].endswith(" SIMULASI") for p in people)
    whole = [p["nipBaru"] for p in people if len(p["nipBaru"]) == 18]
    assert len(whole) > 0.9 * len(people)
    assert all(900 <= int(nip[15:]) <= 999 for nip in whole)
    assert {p["instansiKerjaNama"] for p in people} == {"Kementerian Simulasi"}
    assert "BUKAN DATA ORANG" in (folder / README).read_text()


def test_rating_codes_are_upside_down(folder):
    pairs = {(r["hasilKinerja"], r["hasilKinerjaNilai"]) for r in _rows(folder / "rw-skp22.csv")}
    assert pairs >= {("DIATAS ESPEKTASI", "1"), ("SESUAI EKSPEKTASI", "2")}


def test_years_stand_in_the_file_of_their_scheme(folder):
    assert max(int(r["tahun"]) for r in _rows(folder / "rw-skp.csv")) == 2021
    assert min(int(r["tahun"]) for r in _rows(folder / "rw-skp22.csv")) == 2022


def test_periodic_ratings_are_those_of_the_year(folder):
    yearly = {(r["pnsDinilaiId"], r["tahun"]): r for r in _rows(folder / "rw-skp22.csv")}
    periodic = _rows(folder / "rw-kinerjaperiodik.csv")
    assert {r["tahun"] for r in periodic} == {"2023"}
    assert {(r["kriteria"], r["persentase"]) for r in periodic} <= set(SHARES.items())
    agree = [
        r["kuadranKinerjaNilai"] == yearly[r["pnsDinilaiId"], r["tahun"]]["KuadranKinerjaNilai"]
        for r in periodic
        if (r["pnsDinilaiId"], r["tahun"]) in yearly
    ]
    # Codes are planted wrong in the yearly file.
    assert sum(agree) > 0.95 * len(periodic)


SHARES = {
    "SANGAT BAIK": "150",
    "BAIK": "100",
    "BUTUH PERBAIKAN": "75",
    "KURANG": "50",
    "SANGAT KURANG": "25",
}
CREDIT = {
    "PM": 3.75, "TR": 5.0, "MH": 12.5, "PY": 25.0, "PT": 12.5, "MU": 25.0, "MA": 37.5, "UT": 50.0,
}  # fmt: skip


def test_credit_is_that_of_the_level_times_the_share_of_the_predicate(clean_folder):
    posts = {r["id"]: r for r in _rows(clean_folder / "rw-jabatan.csv")}
    ratings = {
        (r["pnsDinilaiId"], r["tahun"]): r for r in _rows(clean_folder / "rw-kinerjaperiodik.csv")
    }
    credited = _rows(clean_folder / "rw-angkakredit.csv")
    assert credited
    for row in credited:
        post = posts[row["rwJabatan"]]
        rating = ratings.pop((row["pns"], row["tahunMulaiPenailan"]))
        share = int(rating["persentase"]) / 100
        assert float(row["kreditBaruTotal"]) == CREDIT[post["jenjang"]] * share
        assert (post["idPns"], post["namaJabatan"]) == (row["pns"], row["namaJabatan"])
        assert rating["jabatan"] == row["namaJabatan"]
    # Nobody else held a functional post at the end of the year.
    latest = {
        r["idPns"]: r["jenjang"]
        for r in sorted(posts.values(), key=lambda r: r["tmtJabatan"][6:] + r["tmtJabatan"][3:5])
        if r["jenisPenugasanId"] == "D"
    }
    assert not any(latest[person] for person, _year in ratings)


def test_one_in_twenty_has_earlier_service_that_ended_before_entry(clean_folder):
    people = {r["id"]: r for r in _rows(clean_folder / "data-utama.csv")}
    credited = _rows(clean_folder / "rw-masakerja.csv")
    assert 0 < len(credited) < 0.1 * len(people)
    for row in credited:
        person = people[row["idPns"]]
        days = [
            datetime.strptime(text, "%d-%m-%Y")  # noqa: DTZ007, a day
            for text in (
                person["tglLahir"],
                row["tanggalAwal"],
                row["tanggalSelesai"],
                person["tmtCpns"],
            )
        ]
        born, first, last, entered = days
        assert born + timedelta(days=17.9 * 365.25) < first < last < entered
        months = 12 * int(row["tasaKerjaTahun"]) + int(row["masaKerjaBulan"])
        assert abs((last - first).days / 30.4375 - months) < 0.1


def test_ends_of_definitive_appointments_are_nowhere(folder):
    rows = _rows(folder / "rw-jabatan.csv")
    assert not any(r["tmtSelesai"] for r in rows if r["jenisPenugasanId"] == "D")
    assert all(r["tmtSelesai"] for r in rows if r["jenisPenugasanId"] in ("PLT", "PLH"))


def test_penyetaraan_is_noted_in_2021(folder):
    noted = [
        r for r in _rows(folder / "rw-jabatan.csv") if r["keterangan"] == "PENYETARAAN JABATAN"
    ]
    assert noted
    assert {r["jenisMutasiId"] for r in noted} == {"MJ"}
    assert {r["tmtMutasi"][6:] for r in noted} == {"2021"}


def test_titles_are_free_text(folder):
    typed = {r["namaJabatan"] for r in _rows(folder / "rw-jabatan.csv")}
    assert any(t.startswith("Kasubdit") for t in typed) or any(
        t.startswith("Ka. Sie") for t in typed
    )
    assert any(t.isupper() for t in typed)


def test_scores_that_are_not_handed_over_are_nowhere(tmp_path):
    exported(tmp_path, SMALL.changed(interview_recorded=False))
    sheet = CalamineWorkbook.from_path(tmp_path / "panel.xlsx").get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1


def test_ids_differ_by_kind_and_number():
    ids = record_ids(SEED, "post", np.arange(20_000)).to_pylist()
    assert len(set(ids)) == 20_000
    assert set(ids).isdisjoint(person_ids(SEED, 20_000).to_pylist())
    assert record_ids(SEED, "post", np.zeros(0)).to_pylist() == []


def test_people_alike_have_serials_of_their_own():
    day = np.array([0, 0, 0])
    made = nips(day, day + 9000, np.array([1, 1, 0])).to_pylist()
    assert made == ["197001011994082900", "197001011994082901", "197001011994081900"]


def test_a_birthday_on_the_eve_of_the_epoch_is_a_day():
    assert day_texts(np.array([NEVER]), "%Y%m%d", never=None).to_pylist() == ["19691231"]


def test_names_hold_no_real_syllable_order():
    assert len(set(names(SEED, 500).to_pylist())) > 400
