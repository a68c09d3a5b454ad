"""Talent files: what a ministry keeps beside SIASN, as sheets and lists of its own.

The rule that must not break: nothing of interview scores is written where they are not handed over,
and what was not measured is an empty cell, never a nought.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from simulation import titles
from simulation.identity import joined
from simulation.registers import Agency, at, coded, of, years
from simulation.tables import NEVER
from simulation.vocabulary import (
    CLASSES,
    COMPETENCIES,
    FAMILIES,
    N_BEHAVIOURAL,
    N_COMPETENCIES,
    POTENTIAL,
    TECHNICAL,
)
from simulation.writing import Export, constant, days, decimals, whole, words

#: A panel's sheet has room for so many assessors.
MOST_ASSESSORS = 9
_OFFICIAL = (*range(N_BEHAVIOURAL), TECHNICAL)


def assessment(agency: Agency) -> tuple[Export, Export]:
    """Assessments: a sheet of competencies and one of potential, a row for each assessment."""
    measured = agency.tables["assessment"]
    person = of(measured, "person")
    first = {
        **agency.about(person, "assessment"),
        "tanggalPenilaian": days(of(measured, "day")),
        "metode": words(("Assessment Center", "CACT"), of(measured, "method")),
    }
    levels = {name: _scores(measured, f"k{k}") for k, name in enumerate(COMPETENCIES)}
    aspects = {name: _scores(measured, f"p{p}") for p, name in enumerate(POTENTIAL)}
    family = words(FAMILIES, of(measured, "family"))
    file = "penilaian-kompetensi.xlsx"
    return (
        Export(
            file,
            {**first, "rumpunTeknis": family, **levels},
            person,
            sheet="Kompetensi",
            numbers=frozenset(levels),
        ),
        Export(file, {**first, **aspects}, person, sheet="Potensi", numbers=frozenset(aspects)),
    )


def _scores(frame: pd.DataFrame, column: str) -> pa.StringArray:
    return decimals(frame[column].to_numpy(dtype=np.float64))


def target_posts(agency: Agency) -> tuple[Export, Export]:
    """The map of posts, and the standard of competencies, a row for each post."""
    post = agency.tables["post"]
    n = len(post)
    post_class, family, unit = (of(post, c) for c in ("post_class", "family", "unit"))
    places = {
        "idJabatan": agency.post_id,
        "namaJabatan": words(titles.TITLES, titles.official_title(post_class, family)),
        "unorId": agency.unit_id.take(unit),
        "jenisJabatanId": words(titles.KIND_OF_POST, post_class),
        "eselonId": words(titles.ECHELON, post_class),
        "jenjang": words([titles.LADDER_CODES.get(name) for name in CLASSES], post_class),
        "rumpunJabatan": words(titles.FAMILY_NAMES, family),
        "jabatanPerubahan": words(("Tidak", "Ya"), of(post, "changing")),
        "tmtHapus": days(of(post, "closed")),
    }
    standard = _standard(agency, n)
    file = "jabatan-target.xlsx"
    nobody = np.full(n, NEVER)
    return (
        Export(file, places, nobody, record="idJabatan", sheet="Jabatan"),
        Export(
            file,
            {"idJabatan": agency.post_id, "rumpunTeknis": words(FAMILIES, family), **standard},
            nobody,
            record="idJabatan",
            sheet="Standar",
            numbers=frozenset(standard) - {"kritis"},
        ),
    )


def _standard(agency: Agency, posts: int) -> dict[str, pa.StringArray]:
    """Level and weight of each competency, and which of them are critical, by name."""
    asked = agency.tables["post_requirement"]
    level = np.full((posts, N_COMPETENCIES), NEVER)
    weight = np.full((posts, N_COMPETENCIES), np.nan)
    critical = np.zeros((posts, N_COMPETENCIES), dtype=bool)
    post, competency = of(asked, "post"), of(asked, "competency")
    level[post, competency] = of(asked, "level")
    weight[post, competency] = asked["weight"].to_numpy(dtype=np.float64)
    critical[post, competency] = of(asked, "critical") == 1
    columns = {f"level_{COMPETENCIES[k]}": whole(level[:, k]) for k in _OFFICIAL}
    columns |= {f"bobot_{COMPETENCIES[k]}": decimals(weight[:, k], 4) for k in _OFFICIAL}
    named = [words((None, COMPETENCIES[k]), critical[:, k]) for k in _OFFICIAL]
    columns["kritis"] = joined(*named, separator=";", skips_nothing=True)
    return columns


def vacancies(agency: Agency) -> Export:
    """Vacancies, the way in which each was filled, and its days."""
    vacancy = agency.tables["vacancy"]
    n, opened = len(vacancy), of(vacancy, "opened")
    columns = {
        "idLowongan": agency.ids("vacancy", n),
        "idJabatan": at(agency.post_id, of(vacancy, "post")),
        "jalur": words(("KRS", "ROTASI", "SELEKSI TERBUKA"), of(vacancy, "route")),
        "nomorPengumuman": joined("PENG", whole(years(opened)), separator="/"),
        "tanggalDibuka": days(opened),
        "tanggalKeputusan": days(of(vacancy, "decided")),
        "tanggalPelantikan": days(of(vacancy, "filled")),
    }
    return Export("lowongan.csv", columns, np.full(n, NEVER), record="idLowongan")


def candidates(agency: Agency) -> Export:
    """Who was considered for which vacancy, and what became of it."""
    considered = agency.tables["candidacy"]
    person = of(considered, "person")
    vacancy = agency.ids("vacancy", len(agency.tables["vacancy"]))
    columns = {
        **agency.about(person, "candidacy"),
        "idLowongan": vacancy.take(of(considered, "vacancy")),
        "wawancara": words(("TIDAK", "YA"), of(considered, "interviewed")),
        "hasil": words(("TIDAK TERPILIH", "TERPILIH"), of(considered, "appointed")),
    }
    return Export("seleksi.csv", columns, person)


def panel(agency: Agency, *, is_recorded: bool) -> Export:
    """Interview scores: a row for each candidate, a column for each assessor."""
    given = agency.tables["interview_score"]
    if not is_recorded:
        given = given.iloc[:0]
    sheet = given.pivot(index=["vacancy", "person"], columns="assessor", values="score")
    vacancy, person = (
        sheet.index.get_level_values(level).to_numpy(dtype=np.int64) for level in (0, 1)
    )
    ids = agency.ids("vacancy", len(agency.tables["vacancy"]))
    scores = {
        f"asesor{a + 1}": decimals(sheet[a].to_numpy(dtype=np.float64))
        if a in sheet
        else constant(None, len(sheet))
        for a in range(MOST_ASSESSORS)
    }
    columns = {
        **agency.about(person, "panel"),
        "idLowongan": ids.take(vacancy),
        "kriteria": constant("wawancara", len(sheet)),
        **scores,
    }
    return Export("panel.xlsx", columns, person, sheet="Wawancara", numbers=frozenset(scores))


def source_boxes(agency: Agency) -> Export:
    """Boxes of SIMATA. CSV: a row for each person and year is too much for a workbook."""
    boxed = agency.tables["source_box"]
    person = of(boxed, "person")
    columns = {
        **agency.about(person, "simata"),
        "tahun": whole(of(boxed, "year")),
        "kinerja": words((None, "Di Bawah", "Sesuai", "Di Atas"), of(boxed, "performance")),
        "potensial": words((None, "Rendah", "Menengah", "Tinggi"), of(boxed, "potential")),
        "nomorKotak": whole(of(boxed, "box")),
    }
    return Export("simata.csv", columns, person)


def succession_groups(agency: Agency) -> Export:
    """Spells in a succession group (KRS)."""
    group = agency.tables["succession_group"]
    person = of(group, "person")
    columns = {
        **agency.about(person, "krs"),
        "lingkup": coded({"agency": "INSTANSI", "national": "NASIONAL"}, group["scope"]),
        "tmtMulai": days(of(group, "start")),
        "tmtSelesai": days(of(group, "end")),
    }
    return Export("krs.xlsx", columns, person, sheet="KRS")


def unit_results(agency: Agency) -> Export:
    """Results of units by year."""
    result = agency.tables["unit_result"]
    n = len(result)
    columns = {
        "id": agency.ids("unit result", n),
        "unorId": agency.unit_id.take(of(result, "unit")),
        "tahun": whole(of(result, "year")),
        "capaian": decimals(result["achieved"].to_numpy(dtype=np.float64)),
        "predikat": whole(of(result, "predicate")),
    }
    return Export(
        "kinerja-unit.xlsx",
        columns,
        np.full(n, NEVER),
        sheet="Kinerja",
        numbers=frozenset({"tahun", "capaian", "predikat"}),
    )


def feedback(agency: Agency) -> Export:
    """Feedback (360 degrees): the mean of colleagues, who are not told apart."""
    given = agency.tables["feedback"]
    person, n = of(given, "person"), len(given)
    columns = {
        **agency.about(person, "feedback"),
        "tahun": whole(of(given, "year")),
        "aspek": constant("BerAKHLAK", n),
        "penilai": constant("REKAN", n),
        "rerata": decimals(given["score"].to_numpy(dtype=np.float64)),
    }
    return Export("umpan-balik.csv", columns, person)


def assignments(agency: Agency) -> Export:
    """Work in teams, by decree."""
    given = agency.tables["assignment"]
    person, n, start = of(given, "person"), len(given), of(given, "start")
    number = pa.array(np.arange(1, n + 1)).cast(pa.string())
    columns = {
        **agency.about(person, "assignment"),
        "namaTim": joined("Tim Kerja", number, separator=" "),
        "peran": coded({"lead": "KETUA", "member": "ANGGOTA"}, given["role"]),
        "lingkup": coded(
            {"internal": "INTERNAL", "inter_agency": "LINTAS INSTANSI"}, given["scope"]
        ),
        "nomorSk": joined("SK-T", number, whole(years(start)), separator="/"),
        "tmtMulai": days(start),
        "tmtSelesai": days(of(given, "end")),
    }
    return Export("penugasan.csv", columns, person)
