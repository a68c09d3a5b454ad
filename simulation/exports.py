"""Exports: an agency's tables as the files that it would send.

The rule that must not break: the same tables, knobs and seed give the same bytes in every file, and
every planted error is on the list that is handed back; nothing in the files tells planted rows.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from simulation import registers, talent_files
from simulation.dirt import plant
from simulation.knobs import Knobs
from simulation.registers import Agency
from simulation.writing import Export, write_files

README = "BACA-SAYA.txt"
_SAYS = """\
DATA SIMULASI, BUKAN DATA ORANG.

Kementerian Simulasi tidak ada, dan tidak seorang pun di dalam berkas ini ada. Nama disusun dari
suku kata karangan dan berakhir dengan SIMULASI; nomor urut NIP antara 900 dan 999. Kesalahan di
dalam berkas disengaja.

SIMULATED DATA, NOT DATA OF PEOPLE.

There is no Kementerian Simulasi, and nobody in these files exists. Names are made of invented
syllables and end in SIMULASI; serials of NIPs lie between 900 and 999. Errors in the files are
deliberate.
"""


def write_exports(
    tables: Mapping[str, pd.DataFrame], knobs: Knobs, seed: int, folder: Path
) -> pd.DataFrame:
    """Write the export files of an agency.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As in `simulation.tables.COLUMNS`.
    knobs : Knobs
        `dirt` says how many errors are planted; without `interview_recorded` no score is written.
    seed : int
    folder : Path
        Made if it is not there.

    Returns
    -------
    DataFrame
        The planted errors: `kind`, `file`, `sheet`, `row` (from 1, without the header), `column`,
        `record` (the id of the record) and `person_id`, empty where there is none.
    """
    exports, planted = plant(export_files(tables, knobs, seed), knobs.dirt, seed)
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, exports)
    (folder / README).write_text(_SAYS, encoding="utf-8")
    return planted


def export_files(tables: Mapping[str, pd.DataFrame], knobs: Knobs, seed: int) -> list[Export]:
    """The files before anything is planted."""
    agency = Agency.of(tables, seed)
    return [
        registers.ref_unor(agency),
        registers.data_utama(agency),
        registers.rw_jabatan(agency),
        registers.rw_golongan(agency),
        registers.rw_pendidikan(agency),
        registers.rw_skp(agency),
        registers.rw_skp22(agency),
        registers.rw_kinerjaperiodik(agency),
        registers.rw_angkakredit(agency),
        registers.rw_masakerja(agency),
        registers.rw_kursus(agency),
        registers.rw_diklat(agency),
        registers.rw_hukdis(agency),
        registers.rw_penghargaan(agency),
        registers.rw_pemberhentian(agency),
        *talent_files.target_posts(agency),
        *talent_files.assessment(agency),
        talent_files.vacancies(agency),
        talent_files.candidates(agency),
        talent_files.panel(agency, is_recorded=knobs.interview_recorded),
        talent_files.source_boxes(agency),
        talent_files.succession_groups(agency),
        talent_files.unit_results(agency),
        talent_files.feedback(agency),
        talent_files.assignments(agency),
    ]
