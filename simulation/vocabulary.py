"""The words of the simulated ministry: competencies, classes of posts, families of jobs, codes.

The rule that must not break: order is meaning. Columns of every latent and assessed array stand in
the order of `COMPETENCIES`, and a class's index is its place in `CLASSES`.
"""

from typing import Final

#: The nine behavioural competencies of PermenPANRB 38/2017 (eight managerial, one socio-cultural).
BEHAVIOURAL: Final = (
    "integritas",
    "kerja_sama",
    "komunikasi",
    "orientasi_pada_hasil",
    "pelayanan_publik",
    "pengembangan_diri_dan_orang_lain",
    "mengelola_perubahan",
    "pengambilan_keputusan",
    "perekat_bangsa",
)
#: Potential and emerging skills: no standard asks for them yet, and posts need them all the same.
EMERGING: Final = ("literasi_digital", "berpikir_analitis", "berpikir_kritis", "kolaborasi")
#: As a post asks for them: behavioural, emerging, and the technical one of the post's own family.
COMPETENCIES: Final = (*BEHAVIOURAL, *EMERGING, "teknis")
N_BEHAVIOURAL: Final = len(BEHAVIOURAL)
N_GENERAL: Final = len(BEHAVIOURAL) + len(EMERGING)
N_COMPETENCIES: Final = len(COMPETENCIES)
CHANGE: Final = COMPETENCIES.index("mengelola_perubahan")
DECISION: Final = COMPETENCIES.index("pengambilan_keputusan")
DIGITAL: Final = COMPETENCIES.index("literasi_digital")
ANALYTICAL: Final = COMPETENCIES.index("berpikir_analitis")
TECHNICAL: Final = COMPETENCIES.index("teknis")

#: The eight aspects of potential of PermenPANRB 20/2025 article 17.
POTENTIAL: Final = (
    "intelektual",
    "interpersonal",
    "kesadaran_diri",
    "berpikir_kritis_strategis",
    "menyelesaikan_masalah",
    "kecerdasan_emosional",
    "belajar_cepat",
    "motivasi_komitmen",
)

#: Job families (rumpun): a technical competency each.
FAMILIES: Final = (
    "kepegawaian",
    "keuangan",
    "perencanaan",
    "hukum",
    "teknologi_informasi",
    "teknik",
    "pelayanan",
    "pengawasan",
)
N_FAMILIES: Final = len(FAMILIES)

#: Classes of posts, the lowest first: the structural ladder and the functional ones (JF).
CLASSES: Final = (
    "pelaksana",
    "pemula",
    "terampil",
    "mahir",
    "penyelia",
    "ahli_pertama",
    "pengawas",
    "ahli_muda",
    "administrator",
    "ahli_madya",
    "jpt_pratama",
    "ahli_utama",
    "jpt_madya",
)
CLASS: Final = {name: place for place, name in enumerate(CLASSES)}
PELAKSANA: Final = CLASS["pelaksana"]
PENGAWAS: Final = CLASS["pengawas"]
ADMINISTRATOR: Final = CLASS["administrator"]
PRATAMA: Final = CLASS["jpt_pratama"]
MADYA: Final = CLASS["jpt_madya"]
#: Posts with one seat each, the highest first: the order in which a year fills them.
STRUCTURAL: Final = (MADYA, PRATAMA, ADMINISTRATOR, PENGAWAS)
#: Strategic posts: those that talent committees fill.
STRATEGIC: Final = (MADYA, PRATAMA, ADMINISTRATOR)
#: Level of competency that a class asks for, 1-5 (PermenPANRB 38/2017).
LEVEL: Final = (1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 5)
#: Classes that a post of the class is filled from by promotion.
FEEDERS: Final = {
    MADYA: (PRATAMA, CLASS["ahli_utama"]),
    PRATAMA: (ADMINISTRATOR, CLASS["ahli_madya"]),
    ADMINISTRATOR: (PENGAWAS, CLASS["ahli_muda"]),
    PENGAWAS: (PELAKSANA, CLASS["ahli_pertama"]),
}
#: Age of retirement (BUP) by class: 60 for JPT and Ahli Madya, 65 for Ahli Utama, 58 else.
RETIREMENT_AGE: Final = tuple(
    {"jpt_madya": 60, "jpt_pratama": 60, "ahli_madya": 60, "ahli_utama": 65}.get(name, 58)
    for name in CLASSES
)

EDUCATION: Final = ("sma", "d3", "s1", "s2", "s3")
RANKS: Final = tuple(
    f"{golongan}/{ruang}"
    for golongan, letters in (("I", "abcd"), ("II", "abcd"), ("III", "abcd"), ("IV", "abcde"))
    for ruang in letters
)
#: Lowest and highest rank that a class is held with, in the order of `CLASSES`.
LEAST_RANK: Final = (
    "II/a", "II/a", "II/c", "III/a", "III/c", "III/a", "III/b", "III/c", "III/d", "IV/a", "IV/b",
    "IV/d", "IV/c",
)  # fmt: skip
MOST_RANK: Final = (
    "III/d", "II/b", "II/d", "III/b", "III/d", "III/b", "III/d", "III/d", "IV/b", "IV/c", "IV/d",
    "IV/e", "IV/e",
)  # fmt: skip
#: Rank on entry by education: SLTA II/a, D3 II/c, S1 III/a, S2 III/b, S3 III/c.
ENTRY_RANK: Final = tuple(RANKS.index(rank) for rank in ("II/a", "II/c", "III/a", "III/b", "III/c"))

PREDICATES: Final = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
ROUTES: Final = ("succession_group", "lateral", "open_selection")
#: The six groups that the true effect on success is the sum of, beside the post's own difficulty.
REASON_GROUPS: Final = (
    "competency_match",
    "critical_gap",
    "conduct",
    "experience",
    "breadth",
    "interactions",
    "unrecorded",
)
