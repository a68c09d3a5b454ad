"""Registers: what SIASN keeps on people, with the fields of its web service.

The rule that must not break: fields are named as SIASN names them, with its mixed case, and its
rating codes are upside down: 1 is above expectation.

Some fields are the ministry's own, which SIASN does not have: `asalWilayah` and `disabilitas` of
data-utama; of rw-jabatan `jenjang`, `tanggalInput` (day on which a row came into the file),
`tmtSelesai` (last day of a Plt or Plh) and `keterangan`; most of rw-pemberhentian, whose fields are
not published. Ends of definitive appointments stand nowhere. Typos in names are SIASN's own:
`Penailan`, `koefisenId`, `tasaKerjaTahun`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from simulation import chance, titles
from simulation.identity import joined, names, nips, person_ids, record_ids
from simulation.tables import NEVER
from simulation.vocabulary import (
    CLASS,
    EDUCATION,
    FAMILIES,
    N_GENERAL,
    RANKS,
    RETIREMENT_AGE,
)
from simulation.writing import Export, constant, days, decimals, known_days, whole, words

Columns = dict[str, pa.StringArray]

OLD_SCHEME_UNTIL = 2021
#: First year with periodic ratings, and of credit by conversion of the predicate.
PERIODIC_SINCE = 2023
_MAJORITY, _OTHERS = "Islam", ("Kristen", "Katolik", "Hindu", "Budha", "Konghucu")
_EXPECTATIONS = (None, "DIATAS ESPEKTASI", "SESUAI EKSPEKTASI", "DIBAWAH EKSPEKTASI")
_QUADRANTS = (None, "SANGAT BAIK", "BAIK", "BUTUH PERBAIKAN", "KURANG", "SANGAT KURANG")
#: Share of the credit of a year in per cent, by predicate.
_SHARES = (0, 150, 100, 75, 50, 25)
#: Share of people with credited earlier service, its months, and by how many days before entry and
#: how many years after birth it lay.
_CREDITED = 0.05
_LEAST_MONTHS, _MOST_MONTHS = 6, 96
_GAP, _WORKING_AGE = 90, 18
_DAYS_OF_MONTH = 365.25 / 12
#: Bands of the scheme until 2021: of a rating from below to above, of a predicate from the best.
_RATED = np.array([[51.0, 75.0], [76.0, 90.0], [91.0, 100.0]])
_PREDICATED = np.array([[91.0, 100.0], [76.0, 90.0], [61.0, 75.0], [51.0, 60.0], [0.0, 50.0]])
_BEHAVIOURS = (
    "orientasiPelayanan",
    "integritas",
    "komitmen",
    "disiplin",
    "kerjasama",
    "inisiatifKerja",
)
_LEAVING = {
    "retired": "PENSIUN BUP",
    "resigned": "ATAS PERMINTAAN SENDIRI",
    "died": "MENINGGAL DUNIA",
    "removed": "PEMBERHENTIAN TIDAK DENGAN HORMAT",
}
#: Days between a decree of dismissal and its first day.
_DECREE_BEFORE = {"retired": 30, "resigned": 14, "died": -10, "removed": 0}
_COURSES = {"PKP": ("2", "PKP / PIM IV"), "PKA": ("3", "PKA / PIM III"), "PKN II": ("4", "PKN II")}
_TOPICS = (
    "Integritas", "Kerja Sama Tim", "Komunikasi Efektif", "Orientasi pada Hasil",
    "Pelayanan Publik Prima", "Coaching dan Mentoring", "Manajemen Perubahan",
    "Pengambilan Keputusan", "Wawasan Kebangsaan", "Literasi Digital", "Berpikir Analitis",
    "Berpikir Kritis", "Kolaborasi",
)  # fmt: skip
_AWARDS = {
    "karya_satya_10": ("201", "Satyalancana Karya Satya 10 Tahun"),
    "karya_satya_20": ("202", "Satyalancana Karya Satya 20 Tahun"),
    "karya_satya_30": ("203", "Satyalancana Karya Satya 30 Tahun"),
    "prestasi": ("307", "Penghargaan Prestasi Kerja"),
}


@dataclass(frozen=True)
class Agency:
    """The tables of an agency, with the ids that its files know things by."""

    tables: Mapping[str, pd.DataFrame]
    seed: int
    person_id: pa.StringArray
    nip: pa.StringArray
    name: pa.StringArray
    unit_id: pa.StringArray
    unit_name: pa.StringArray
    post_id: pa.StringArray

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], seed: int) -> "Agency":
        """Issue the ids."""
        person, unit = tables["person"], tables["unit"]
        n = len(person)
        named = [
            titles.UNIT_NAMES[kind].format(f=titles.FAMILY_NAMES[family])
            + (" Wilayah" if remote else "")
            for kind, family, remote in zip(
                unit["kind"], unit["family"], unit["remote"], strict=True
            )
        ]
        return cls(
            tables=tables,
            seed=seed,
            person_id=person_ids(seed, n),
            nip=nips(of(person, "born"), of(person, "entered"), of(person, "woman")),
            name=names(seed, n),
            unit_id=record_ids(seed, "unit", np.arange(len(unit))),
            unit_name=pa.array(named, pa.string()),
            post_id=record_ids(seed, "post", np.arange(len(tables["post"]))),
        )

    def ids(self, kind: str, n: int) -> pa.StringArray:
        """Ids of the records of a file."""
        return record_ids(self.seed, kind, np.arange(n))

    def drawn(self, purpose: str, n: int, low: int, high: int) -> np.ndarray:
        """A whole number from `low` to below `high` for each record of a file."""
        if n == 0:
            return np.zeros(0, dtype=np.int64)
        drawn = chance.uniform(self.seed, purpose, np.arange(n))
        return low + (drawn * (high - low)).astype(np.int64)

    def about(self, person: np.ndarray, kind: str, *, whose: str = "idPns") -> Columns:
        """The first columns of a register: its own id, and whom it is about."""
        return {
            "id": self.ids(kind, len(person)),
            whose: self.person_id.take(person),
            "nipBaru": self.nip.take(person),
        }


def of(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of whole numbers."""
    return frame[name].to_numpy(dtype=np.int64)


def coded(codes: Mapping[str, str], values: pd.Series) -> pa.StringArray:
    """Words of the tables as codes of a file."""
    return pa.array(values.map(codes).to_numpy(dtype=object), pa.string())


def years(day: np.ndarray) -> np.ndarray:
    """The year of each day."""
    return np.asarray(day, dtype="datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def _decree(prefix: str, numbers: np.ndarray, year: np.ndarray) -> pa.StringArray:
    number = pa.array(np.asarray(numbers) + 1).cast(pa.string())
    return joined(prefix, number, whole(year), separator="/")


def data_utama(agency: Agency) -> Export:
    """The master data of everybody, as of the export."""
    person = agency.tables["person"]
    n = len(person)
    rows = np.arange(n)
    minority = of(person, "minority_religion")
    religion = np.where(minority == 1, 1 + agency.drawn("agama", n, 0, len(_OTHERS)), 0)
    married, woman = of(person, "married"), of(person, "woman")
    rank = _last(agency.tables["rank_history"], "rank", n)
    post = _last_post(agency, n)
    held = post >= 0
    posts = agency.tables["post"]
    post_class, family = (np.where(held, of(posts, c)[post], 0) for c in ("post_class", "family"))
    unit = np.where(held, of(posts, "unit")[post], NEVER)
    no_class = np.where(held, post_class, NEVER)
    gone = (person["left_reason"] != "").to_numpy()
    entered = of(person, "entered")
    education = of(person, "education")
    age = np.asarray(RETIREMENT_AGE)[post_class]
    columns = {
        "id": agency.person_id,
        "nipBaru": agency.nip,
        "nipLama": constant(None, n),
        "nama": agency.name,
        "gelarDepan": constant(None, n),
        "gelarBelakang": constant(None, n),
        "tempatLahir": constant("Kota Simulasi", n),
        "tglLahir": known_days(of(person, "born")),
        "agama": words((_MAJORITY, *_OTHERS), religion),
        "agamaId": words(("1", "2", "3", "4", "5", "6"), religion),
        "jenisKelamin": words(("M", "F"), woman),
        "jenisPegawaiId": constant("11", n),
        "kedudukanPnsId": words(("01", "99"), gone),
        "kedudukanPnsNama": words(("Aktif", "Tidak Aktif"), gone),
        "statusPegawai": constant("PNS", n),
        "tkPendidikanTerakhirId": words(titles.EDUCATION_CODES, education),
        "tkPendidikanTerakhir": words(titles.EDUCATION_NAMES, education),
        "tmtPns": known_days(entered + 365),
        "tmtCpns": known_days(entered),
        "bupPensiun": whole(age),
        "instansiIndukId": constant(titles.MINISTRY_ID, n),
        "instansiKerjaId": constant(titles.MINISTRY_ID, n),
        "instansiKerjaNama": constant(titles.MINISTRY, n),
        "unorId": at(agency.unit_id, unit),
        "unorNama": at(agency.unit_name, unit),
        "jenisJabatanId": words(titles.KIND_OF_POST, no_class),
        "jabatanNama": words(
            titles.TITLES,
            np.where(held, titles.title_as_typed(agency.seed, rows, post_class, family), NEVER),
        ),
        "golRuangAkhirId": words(titles.RANK_CODES, rank),
        "golRuangAkhir": words(RANKS, rank),
        "eselonId": words(titles.ECHELON, no_class),
        "jenisKawinId": words(("3", "1"), married),
        "statusPerkawinan": words(("Belum Kawin", "Menikah"), married),
        "asalWilayah": words(("WILAYAH INTI", "WILAYAH LUAR"), of(person, "minority_origin")),
        "disabilitas": words(("Tidak", "Ya"), of(person, "disabled")),
    }
    return Export("data-utama.csv", columns, rows)


def at(texts: pa.StringArray, places: np.ndarray) -> pa.StringArray:
    """Texts by their places, nothing at negative ones."""
    return texts.take(pa.array(places, mask=places < 0))


def _last(frame: pd.DataFrame, column: str, people: int) -> np.ndarray:
    """The latest value of each person, `NEVER` where there is none."""
    latest = np.full(people, NEVER)
    ordered = frame.sort_values("start", kind="stable")
    latest[of(ordered, "person")] = of(ordered, column)
    return latest


def _last_post(agency: Agency, people: int) -> np.ndarray:
    held = agency.tables["appointment"]
    return _last(held[held["kind"] == "definitive"], "post", people)


def rw_jabatan(agency: Agency) -> Export:
    """Posts held: starts only, but for Plt and Plh, whose last day `tmtSelesai` is kept."""
    held = agency.tables["appointment"]
    held = held.sort_values(["person", "start"], kind="stable")
    posts = agency.tables["post"]
    person, post, n = of(held, "person"), of(held, "post"), len(held)
    rows = np.arange(n)
    post_class, family, unit = (of(posts, c)[post] for c in ("post_class", "family", "unit"))
    is_seat = of(posts, "is_seat")[post] == 1
    is_functional = ~is_seat & np.asarray(titles.FUNCTIONAL)[post_class]
    is_definitive = (held["kind"] == "definitive").to_numpy()
    start = of(held, "start")
    typed = titles.title_as_typed(agency.seed, rows, post_class, family)
    official = titles.official_title(post_class, family)
    columns = {
        **agency.about(person, "rw-jabatan"),
        "jenisJabatan": words(titles.KIND_OF_POST, post_class),
        "instansiKerjaId": constant(titles.MINISTRY_ID, n),
        "instansiKerjaNama": constant(titles.MINISTRY, n),
        "satuanKerjaId": constant(titles.MINISTRY_ID, n),
        "unorId": agency.unit_id.take(unit),
        "unorNama": agency.unit_name.take(unit),
        "eselon": words([titles.ECHELON_NAMES[c] for c in titles.ECHELON], post_class),
        "eselonId": words(titles.ECHELON, post_class),
        "jenjang": words([titles.LADDER_CODES.get(c) for c in CLASS], post_class),
        "jabatanStrukturalId": at(agency.post_id, np.where(is_seat, post, NEVER)),
        "jabatanFungsionalId": at(agency.post_id, np.where(is_functional, post, NEVER)),
        "jabatanFungsionalNama": words(titles.TITLES, np.where(is_functional, official, NEVER)),
        "jabatanFungsionalUmumId": at(
            agency.post_id, np.where(is_seat | is_functional, NEVER, post)
        ),
        "tmtJabatan": known_days(start),
        "nomorSk": _decree("SK-J", rows, years(start)),
        "tanggalSk": known_days(of(held, "decree")),
        "namaJabatan": words(titles.TITLES, typed),
        "tmtPelantikan": days(np.where(is_seat, start, NEVER)),
        "jenisPenugasanId": coded({"definitive": "D", "plt": "PLT", "plh": "PLH"}, held["kind"]),
        "jenisMutasiId": words(("MJ", "MU"), _is_unit_move(person, post_class, is_definitive)),
        "subJabatanId": constant(None, n),
        "tmtMutasi": known_days(start),
        "tmtSelesai": days(np.where(is_definitive, NEVER, of(held, "end"))),
        "keterangan": words(
            (None, "PENYETARAAN JABATAN", "PEMBEBASAN DARI JABATAN"), _because(held, is_definitive)
        ),
        "tanggalInput": known_days(of(held, "recorded")),
        "path": constant(None, n),
    }
    return Export("rw-jabatan.csv", columns, person)


def _is_unit_move(
    person: np.ndarray, post_class: np.ndarray, is_definitive: np.ndarray
) -> np.ndarray:
    """1 where somebody moves to another unit within the class, else 0."""
    moves = np.zeros(len(person), dtype=np.int64)
    rows = np.flatnonzero(is_definitive)
    same = (person[rows][1:] == person[rows][:-1]) & (post_class[rows][1:] == post_class[rows][:-1])
    moves[rows[1:]] = same
    return moves


def _because(held: pd.DataFrame, is_definitive: np.ndarray) -> np.ndarray:
    """What is noted beside an appointment, of the end of the one before it."""
    noted = np.zeros(len(held), dtype=np.int64)
    rows = np.flatnonzero(is_definitive)
    person, reason = of(held, "person")[rows], held["reason"].to_numpy(dtype=object)[rows]
    same = person[1:] == person[:-1]
    noted[rows[1:]] = np.where(
        same & (reason[:-1] == "reorganised"), 1, np.where(same & (reason[:-1] == "removed"), 2, 0)
    )
    return noted


def rw_golongan(agency: Agency) -> Export:
    """Ranks; the decree comes up to two months before or after the day from which it counts."""
    ranks = agency.tables["rank_history"].sort_values(["person", "start"], kind="stable")
    person, rank, start = (of(ranks, c) for c in ("person", "rank", "start"))
    n = len(ranks)
    columns = {
        **agency.about(person, "rw-golongan"),
        "golonganId": words(titles.RANK_CODES, rank),
        "golongan": words(RANKS, rank),
        "pangkat": words(titles.RANK_TITLES, rank),
        "skNomor": _decree("SK-G", np.arange(n), years(start)),
        "skTanggal": known_days(start + agency.drawn("rank decree", n, -60, 60)),
        "tmtGolongan": known_days(start),
        "jenisKPId": constant("101", n),
        "jenisKPNama": constant("Reguler", n),
        "path": constant(None, n),
    }
    return Export("rw-golongan.csv", columns, person)


def rw_pendidikan(agency: Agency) -> Export:
    """The highest education of everybody, finished before entry."""
    person = agency.tables["person"]
    n = len(person)
    education, field = of(person, "education"), of(person, "field")
    studies = [study for family in titles.STUDIES for study in family]
    study = field * len(titles.STUDIES[0]) + agency.drawn("study", n, 0, len(titles.STUDIES[0]))
    done = of(person, "entered") - agency.drawn("graduation", n, 60, 900)
    school = joined("Sekolah Simulasi", whole(of(person, "school") + 1), separator=" ")
    columns = {
        **agency.about(np.arange(n), "rw-pendidikan"),
        "pendidikanNama": words(studies, study),
        "tkPendidikanId": words(titles.EDUCATION_CODES, education),
        "tkPendidikanNama": words(titles.EDUCATION_NAMES, education),
        "tahunLulus": whole(years(done)),
        "tglLulus": known_days(done),
        "isPendidikanPertama": constant("1", n),
        "nomorIjasah": _decree("IJ", np.arange(n), years(done)),
        "namaSekolah": school,
        "gelarDepan": constant(None, n),
        "gelarBelakang": constant(None, n),
        "path": constant(None, n),
    }
    assert len(EDUCATION) == len(titles.EDUCATION_CODES)
    return Export("rw-pendidikan.csv", columns, np.arange(n))


def rw_skp(agency: Agency) -> Export:
    """Appraisals until 2021: scores of 0 to 100 for work and for behaviour."""
    rated = agency.tables["appraisal"]
    rated = rated[rated["year"] <= OLD_SCHEME_UNTIL]
    person, n = of(rated, "person"), len(rated)
    # A score says what the predicate says; within its band it says how nearly.
    score = rated["score"].to_numpy(dtype=np.float64)
    score = _in_band(_PREDICATED, of(rated, "predicate"), score)
    behaviour = _in_band(_RATED, of(rated, "behaviour"), score)
    results = _in_band(_RATED, of(rated, "results"), (score - 0.4 * behaviour) / 0.6)
    behaved = decimals(behaviour)
    columns = {
        **agency.about(person, "rw-skp", whose="pns"),
        "tahun": whole(of(rated, "year")),
        "nilaiSkp": decimals(results),
        **dict.fromkeys(_BEHAVIOURS, behaved),
        "nilaiPerilakuKerja": behaved,
        "nilaiPrestasiKerja": decimals(score),
        "jenisPeraturanKinerjaKd": constant("PP46", n),
        "penilaiNipNrp": at(agency.nip, of(rated, "appraiser")),
        "penilaiNama": at(agency.name, of(rated, "appraiser")),
        "path": constant(None, n),
    }  # fmt: skip
    return Export("rw-skp.csv", columns, person)


def _in_band(bands: np.ndarray, code: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The score nearest to a wanted one in the band of each code, codes from 1."""
    low, high = bands[code - 1].T
    return np.clip(wanted, low, high)


def rw_skp22(agency: Agency) -> Export:
    """Appraisals from 2022 on: two ratings, 1 above to 3 below, and the quadrant."""
    rated = agency.tables["appraisal"]
    rated = rated[rated["year"] > OLD_SCHEME_UNTIL]
    person, n = of(rated, "person"), len(rated)
    results, behaviour = 4 - of(rated, "results"), 4 - of(rated, "behaviour")
    quadrant = of(rated, "predicate")
    columns = {
        "id": agency.ids("rw-skp22", n),
        "tahun": whole(of(rated, "year")),
        "hasilKinerja": words(_EXPECTATIONS, results),
        "hasilKinerjaNilai": whole(results),
        "perilakuKerja": words(_EXPECTATIONS, behaviour),
        "PerilakuKerjaNilai": whole(behaviour),
        "kuadranKinerja": words(_QUADRANTS, quadrant),
        "KuadranKinerjaNilai": whole(quadrant),
        "namaPenilai": at(agency.name, of(rated, "appraiser")),
        "nipNrpPenilai": at(agency.nip, of(rated, "appraiser")),
        "penilaiUnorNm": constant(None, n),
        "pnsDinilaiId": agency.person_id.take(person),
        "statusPenilai": constant("ASN", n),
        "path": constant(None, n),
    }
    return Export("rw-skp22.csv", columns, person)


def rw_kinerjaperiodik(agency: Agency) -> Export:
    """Ratings of the yearly period from 2023 on, with the share of credit that they are worth."""
    rated = _rated_since(agency)
    person, n = of(rated, "person"), len(rated)
    results, behaviour = 4 - of(rated, "results"), 4 - of(rated, "behaviour")
    quadrant = of(rated, "predicate")
    _record, post, title = _post_of_year(agency, person, of(rated, "year"))
    units = of(agency.tables["post"], "unit")
    unit = np.where(post >= 0, units[post], NEVER)
    columns = {
        "id": agency.ids("rw-kinerjaperiodik", n),
        "tahun": whole(of(rated, "year")),
        "nip": agency.nip.take(person),
        "hasilKinerja": words(_EXPECTATIONS, results),
        "hasilKinerjaNilai": whole(results),
        "perilakuKerja": words(_EXPECTATIONS, behaviour),
        "perilakuKerjaNilai": whole(behaviour),
        "kuadranNilai": words(_QUADRANTS, quadrant),
        "kuadranKinerjaNilai": whole(quadrant),
        "koefisenId": whole(quadrant),
        "kriteria": words(_QUADRANTS, quadrant),
        "persentase": whole(np.asarray(_SHARES)[quadrant]),
        "periodikId": constant("1", n),
        "periodikNama": constant("TAHUNAN", n),
        "jabatan": words(titles.TITLES, title),
        "unorId": at(agency.unit_id, unit),
        "unorNama": at(agency.unit_name, unit),
        "instansiId": constant(titles.MINISTRY_ID, n),
        "pnsDinilaiId": agency.person_id.take(person),
        "namaPenilai": at(agency.name, of(rated, "appraiser")),
        "penilaiNipNrp": at(agency.nip, of(rated, "appraiser")),
        "statusPenilai": constant("ASN", n),
    }
    return Export("rw-kinerjaperiodik.csv", columns, person)


def rw_angkakredit(agency: Agency) -> Export:
    """Credit of functional officials from 2023 on: by level and the share of the predicate."""
    rated = _rated_since(agency)
    record, post, title = _post_of_year(agency, of(rated, "person"), of(rated, "year"))
    classes = of(agency.tables["post"], "post_class")
    full = np.where(post >= 0, np.asarray(titles.CREDIT)[classes[post]], 0.0)
    earns = full > 0
    rated, record, title, full = rated[earns], record[earns], title[earns], full[earns]
    person, year, n = of(rated, "person"), of(rated, "year"), len(rated)
    credit = decimals(full * np.asarray(_SHARES)[of(rated, "predicate")] / 100, 4)
    columns = {
        "id": agency.ids("rw-angkakredit", n),
        "pns": agency.person_id.take(person),
        "nomorSk": _decree("PAK", np.arange(n), year),
        "tanggalSk": known_days(_last_days(year)),
        "bulanMulaiPenailan": constant("1", n),
        "tahunMulaiPenailan": whole(year),
        "bulanSelesaiPenailan": constant("12", n),
        "tahunSelesaiPenailan": whole(year),
        "kreditUtamaBaru": credit,
        "kreditPenunjangBaru": constant("0", n),
        "kreditBaruTotal": credit,
        "rwJabatan": record_ids(agency.seed, "rw-jabatan", record),
        "namaJabatan": words(titles.TITLES, title),
        # Credit of before 2023 is not simulated; all of it since is converted from predicates.
        "isAngkaKreditPertama": constant("0", n),
        "isIntegrasi": constant("0", n),
        "isKonversi": constant("1", n),
        "Sumber": constant("SIASN", n),
    }
    return Export("rw-angkakredit.csv", columns, person)


def _rated_since(agency: Agency) -> pd.DataFrame:
    """Appraisals of the years that have periodic ratings."""
    rated = agency.tables["appraisal"]
    return rated[rated["year"] >= PERIODIC_SINCE]


def _last_days(year: np.ndarray) -> np.ndarray:
    """The last day of each year."""
    following = (np.asarray(year) - 1969).astype("datetime64[Y]")
    return following.astype("datetime64[D]").astype(np.int64) - 1


def _post_of_year(
    agency: Agency, person: np.ndarray, year: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last definitive post held in a year: row of rw-jabatan, post, and title as typed there.

    `NEVER` in all three where somebody held none in the year.
    """
    held = agency.tables["appointment"].sort_values(["person", "start"], kind="stable")
    rows = np.flatnonzero((held["kind"] == "definitive").to_numpy())
    if len(rows) == 0:
        nothing = np.full(len(person), NEVER)
        return nothing, nothing, nothing
    whose, start, end, post = (of(held, c)[rows] for c in ("person", "start", "end", "post"))
    last_day = _last_days(year)
    # One ascending number for person and day; days before 1970 are negative.
    earliest = min(int(start.min()), 0)
    span = max(int(start.max()), int(last_day.max(initial=0))) - earliest + 1
    began = whose * span + start - earliest
    nth = np.searchsorted(began, person * span + last_day - earliest, side="right") - 1
    first_day = _last_days(np.asarray(year) - 1) + 1
    is_held = (nth >= 0) & (whose[nth] == person)
    is_held &= (end[nth] == NEVER) | (end[nth] >= first_day)
    posts = agency.tables["post"]
    post_class, family = (of(posts, c)[post[nth]] for c in ("post_class", "family"))
    title = titles.title_as_typed(agency.seed, rows[nth], post_class, family)
    record, post, title = (np.where(is_held, c, NEVER) for c in (rows[nth], post[nth], title))
    return record, post, title


def rw_masakerja(agency: Agency) -> Export:
    """Service before entry that is credited, of one in twenty who were old enough for any."""
    person = agency.tables["person"]
    born, entered = of(person, "born"), of(person, "entered")
    until = entered - agency.drawn("earlier service ended", len(person), 1, _GAP)
    room = (until - born) / _DAYS_OF_MONTH - 12 * _WORKING_AGE
    drawn = agency.drawn("earlier service", len(person), 0, round(1 / _CREDITED))
    has = np.flatnonzero((drawn == 0) & (room >= _LEAST_MONTHS))
    n = len(has)
    most = np.minimum(room[has], _MOST_MONTHS).astype(np.int64)
    share = agency.drawn("earlier service months", len(person), 0, 1000)[has] / 1000
    months = _LEAST_MONTHS + (share * (most - _LEAST_MONTHS + 1)).astype(np.int64)
    columns = {
        **agency.about(has, "rw-masakerja"),
        "pengalaman": constant("Instansi Simulasi", n),
        "tanggalAwal": known_days(until[has] - np.round(months * _DAYS_OF_MONTH).astype(np.int64)),
        "tanggalSelesai": known_days(until[has]),
        "dinilai": constant("1", n),
        "tasaKerjaTahun": whole(months // 12),
        "masaKerjaBulan": whole(months % 12),
        "path": constant(None, n),
    }
    return Export("rw-masakerja.csv", columns, has)


def rw_kursus(agency: Agency) -> Export:
    """Training other than for leadership; topics as somebody typed them."""
    attended = agency.tables["training"]
    attended = attended[attended["course"] == ""]
    person, subject, n = of(attended, "person"), of(attended, "subject"), len(attended)
    topics = [
        f"{kind} {topic}"
        for topic in (*_TOPICS, *(f"Teknis {name}" for name in titles.FAMILY_NAMES))
        for kind in ("Pelatihan", "PELATIHAN", "Bimtek")
    ]
    assert len(topics) == 3 * (N_GENERAL + len(FAMILIES))
    start, finish = of(attended, "start"), of(attended, "finish")
    is_technical = subject >= N_GENERAL
    columns = {
        **agency.about(person, "rw-kursus"),
        "jenisKursusId": whole(subject + 1),
        "jenisKursusSertifikat": constant("S", n),
        "namaKursus": words(topics, 3 * subject + agency.drawn("topic", n, 0, 3)),
        "noSertipikat": _decree("SERT", np.arange(n), years(start)),
        "tahunKursus": whole(years(start)),
        "tanggalKursus": known_days(start),
        "tanggalSelesaiKursus": days(finish),
        "jumlahJam": whole(of(attended, "hours")),
        "jenisDiklatId": words(("5", "3"), is_technical),
        "institusiPenyelenggara": constant("Pusdiklat Simulasi", n),
        "path": constant(None, n),
    }
    return Export("rw-kursus.csv", columns, person)


def rw_diklat(agency: Agency) -> Export:
    """Leadership training."""
    attended = agency.tables["training"]
    attended = attended[attended["course"] != ""]
    person, n = of(attended, "person"), len(attended)
    start = of(attended, "start")
    columns = {
        **agency.about(person, "rw-diklat"),
        "latihanStrukturalId": coded({k: c for k, (c, _n) in _COURSES.items()}, attended["course"]),
        "latihanStrukturalNama": coded(
            {k: name for k, (_c, name) in _COURSES.items()}, attended["course"]
        ),
        "nomor": _decree("STTPL", np.arange(n), years(start)),
        "tanggal": known_days(start),
        "tahun": whole(years(start)),
        "jumlahJam": whole(of(attended, "hours")),
        "tanggalSelesai": days(of(attended, "finish")),
        "institusiPenyelenggara": constant("Pusdiklat Simulasi", n),
        "path": constant(None, n),
    }
    return Export("rw-diklat.json", columns, person)


def rw_hukdis(agency: Agency) -> Export:
    """Sanctions."""
    given = agency.tables["discipline"]
    person, n, day = of(given, "person"), len(given), of(given, "day")
    gravity = of(given, "gravity") - 1
    columns = {
        **agency.about(person, "rw-hukdis", whose="pnsOrang"),
        "jenisHukumanNama": words(
            ("Teguran tertulis", "Pemotongan tunjangan kinerja", "Penurunan jabatan"), gravity
        ),
        "jenisTingkatHukumanId": words(("R", "S", "B"), gravity),
        "skNomor": _decree("SK-H", np.arange(n), years(day)),
        "skTanggal": known_days(day),
        "hukumanTanggal": known_days(day),
        "akhirHukumTanggal": days(of(given, "until")),
        "nomorPp": constant("94 Tahun 2021", n),
        "keterangan": constant(None, n),
        "path": constant(None, n),
    }
    return Export("rw-hukdis.json", columns, person)


def rw_penghargaan(agency: Agency) -> Export:
    """Awards."""
    given = agency.tables["award"]
    person, n, day = of(given, "person"), len(given), of(given, "day")
    columns = {
        **agency.about(person, "rw-penghargaan", whose="pnsOrangId"),
        "tahun": whole(years(day)),
        "skNomor": _decree("SK-P", np.arange(n), years(day)),
        "skDate": known_days(day),
        "hargaId": coded({k: code for k, (code, _n) in _AWARDS.items()}, given["kind"]),
        "hargaNama": coded({k: name for k, (_c, name) in _AWARDS.items()}, given["kind"]),
        "path": constant(None, n),
    }
    return Export("rw-penghargaan.json", columns, person)


def rw_pemberhentian(agency: Agency) -> Export:
    """Who left the service: the first day out of it, and why."""
    person = agency.tables["person"]
    left = np.flatnonzero((person["left_reason"] != "").to_numpy())
    gone = person.iloc[left]
    before = gone["left_reason"].map(_DECREE_BEFORE).to_numpy(dtype=np.int64)
    out, n = of(gone, "left") + 1, len(gone)
    columns = {
        **agency.about(left, "rw-pemberhentian"),
        "jenisPemberhentianNama": coded(_LEAVING, gone["left_reason"]),
        "skNomor": _decree("SK-B", np.arange(n), years(out)),
        "skTanggal": known_days(out - before),
        "tmtPemberhentian": known_days(out),
        "path": constant(None, n),
    }
    return Export("rw-pemberhentian.json", columns, left)


def ref_unor(agency: Agency) -> Export:
    """The tree of units, under SIASN's capital letters."""
    unit = agency.tables["unit"]
    n = len(unit)
    level = unit["kind"].map({"ditjen": 0, "direktorat": 1, "subdirektorat": 2, "seksi": 3})
    columns = {
        "Id": agency.unit_id,
        "InstansiId": constant(titles.MINISTRY_ID, n),
        "DiatasanId": at(agency.unit_id, of(unit, "parent")),
        "EselonId": words(("11", "21", "31", "41"), level.to_numpy()),
        "NamaUnor": agency.unit_name,
        "NamaJabatan": joined("Kepala", agency.unit_name, separator=" "),
        "CepatKode": whole(10_000 + np.arange(n)),
        "IndukUnorId": constant(titles.MINISTRY_ID, n),
        "PemimpinPnsId": constant(None, n),
        "JenisUnorId": words(("1", "2"), of(unit, "remote")),
    }
    return Export("ref-unor.json", columns, np.full(n, NEVER), record="Id")
