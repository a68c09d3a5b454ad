"""Titles and codes: what SIASN calls classes, ranks and studies, and how people misspell them.

The rule that must not break: codes are those of SIASN's reference lists, and a title says what its
code says, in whatever spelling.
"""

from typing import Final

import numpy as np

from simulation import chance
from simulation.vocabulary import CLASSES, FAMILIES, N_FAMILIES

MINISTRY: Final = "Kementerian Simulasi"
MINISTRY_ID: Final = "5A5A" * 8

#: Codes in the order of `CLASSES`.
ECHELON: Final = tuple(
    {"pengawas": "41", "administrator": "31", "jpt_pratama": "21", "jpt_madya": "11"}.get(n, "99")
    for n in CLASSES
)
ECHELON_NAMES: Final = {"41": "IV.a", "31": "III.a", "21": "II.a", "11": "I.a", "99": "NON"}
LADDER_CODES: Final = {
    "pemula": "PM",
    "terampil": "TR",
    "mahir": "MH",
    "penyelia": "PY",
    "ahli_pertama": "PT",
    "ahli_muda": "MU",
    "ahli_madya": "MA",
    "ahli_utama": "UT",
}
FUNCTIONAL: Final = tuple(name in LADDER_CODES for name in CLASSES)
#: Credit of a year (angka kredit) at a predicate of 100 %, 0 for what earns none.
CREDIT: Final = tuple(
    {
        "pemula": 3.75,
        "terampil": 5.0,
        "mahir": 12.5,
        "penyelia": 25.0,
        "ahli_pertama": 12.5,
        "ahli_muda": 25.0,
        "ahli_madya": 37.5,
        "ahli_utama": 50.0,
    }.get(name, 0.0)
    for name in CLASSES
)
#: 1 structural, 2 functional, 4 pelaksana.
KIND_OF_POST: Final = tuple(
    "4" if n == "pelaksana" else "2" if n in LADDER_CODES else "1" for n in CLASSES
)
KIND_OF_POST_NAMES: Final = {"1": "Jabatan Struktural", "2": "Jabatan Fungsional", "4": "Pelaksana"}

RANK_CODES: Final = tuple(
    f"{golongan}{ruang}"
    for golongan, letters in ((1, 4), (2, 4), (3, 4), (4, 5))
    for ruang in range(1, letters + 1)
)
RANK_TITLES: Final = (
    "Juru Muda", "Juru Muda Tk I", "Juru", "Juru Tk I",
    "Pengatur Muda", "Pengatur Muda Tk I", "Pengatur", "Pengatur Tk I",
    "Penata Muda", "Penata Muda Tk I", "Penata", "Penata Tk I",
    "Pembina", "Pembina Tk I", "Pembina Utama Muda", "Pembina Utama Madya", "Pembina Utama",
)  # fmt: skip

EDUCATION_CODES: Final = ("15", "30", "40", "45", "50")
EDUCATION_NAMES: Final = ("SLTA", "Diploma III", "S-1", "S-2", "S-3")
#: Names of courses of study by family; schools write them as they like.
STUDIES: Final = (
    ("Administrasi Negara", "ILMU ADMINISTRASI PUBLIK", "Manajemen SDM"),
    ("Akuntansi", "MANAJEMEN KEUANGAN", "Ilmu Ekonomi"),
    ("Perencanaan Wilayah", "EKONOMI PEMBANGUNAN", "Studi Pembangunan"),
    ("Ilmu Hukum", "HUKUM TATA NEGARA", "Hukum Administrasi"),
    ("Teknik Informatika", "SISTEM INFORMASI", "Ilmu Komputer"),
    ("Teknik Sipil", "TEKNIK LINGKUNGAN", "Arsitektur"),
    ("Ilmu Komunikasi", "KESEJAHTERAAN SOSIAL", "Sosiologi"),
    ("Auditing", "ADMINISTRASI FISKAL", "Perpajakan"),
)

FAMILY_NAMES: Final = tuple(name.replace("_", " ").title() for name in FAMILIES)
_SHORT = {
    "jpt_madya": ("Direktur Jenderal {f}", "DIRJEN {f}", "Dirjen. {f}"),
    "jpt_pratama": ("Direktur {f}", "DIREKTUR {f}", "Dir. {f}"),
    "administrator": ("Kepala Subdirektorat {f}", "KEPALA SUBDIREKTORAT {f}", "Kasubdit {f}"),
    "pengawas": ("Kepala Seksi {f}", "KEPALA SEKSI {f}", "Ka. Sie {f}"),
    "pelaksana": ("Pengadministrasi {f}", "PENGADMINISTRASI {f}", "Pengadm. {f}"),
    "ahli_pertama": ("Analis {f} Ahli Pertama", "ANALIS {f} AHLI PERTAMA", "Analis {f} Pertama"),
    "ahli_muda": ("Analis {f} Ahli Muda", "ANALIS {f} AHLI MUDA", "Analis {f} Muda"),
    "ahli_madya": ("Analis {f} Ahli Madya", "ANALIS {f} AHLI MADYA", "Analis {f} Madya"),
    "ahli_utama": ("Analis {f} Ahli Utama", "ANALIS {f} AHLI UTAMA", "Analis {f} Utama"),
    "pemula": ("Pranata {f} Pemula", "PRANATA {f} PEMULA", "Pranata {f} Pml."),
    "terampil": ("Pranata {f} Terampil", "PRANATA {f} TERAMPIL", "Pranata {f} Pelaksana"),
    "mahir": ("Pranata {f} Mahir", "PRANATA {f} MAHIR", "Pranata {f} Pelaksana Lanjutan"),
    "penyelia": ("Pranata {f} Penyelia", "PRANATA {f} PENYELIA", "pranata {f} penyelia"),
}
SPELLINGS: Final = 3
#: Every title: class, family, spelling, the official spelling first.
TITLES: Final = tuple(
    _SHORT[name][spelling].format(f=family.upper() if spelling == 1 else family)
    for name in CLASSES
    for family in FAMILY_NAMES
    for spelling in range(SPELLINGS)
)
UNIT_NAMES: Final = {
    "ditjen": "Direktorat Jenderal {f}",
    "direktorat": "Direktorat {f}",
    "subdirektorat": "Subdirektorat {f}",
    "seksi": "Seksi {f}",
}


def official_title(post_class: np.ndarray, family: np.ndarray) -> np.ndarray:
    """Places in `TITLES` of official titles."""
    return (post_class * N_FAMILIES + family) * SPELLINGS


def title_as_typed(
    seed: int, record: np.ndarray, post_class: np.ndarray, family: np.ndarray
) -> np.ndarray:
    """Places in `TITLES` of what was typed into a record: half of it official."""
    drawn = chance.uniform(seed, "spelling", record) if len(record) else np.zeros(0)
    spelling = np.maximum((drawn * 2 * SPELLINGS).astype(np.int64) - SPELLINGS, 0)
    return official_title(post_class, family) + spelling
