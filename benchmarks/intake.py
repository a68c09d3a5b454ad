"""The intake on a large agency: a million rows of posts held, as the registry exports them.

The file has the 12 columns of `rw-jabatan` that a mapping reads, and everybody in it is invented.
Time and memory are those of the whole process of `suksesi ingest`, imports and report included,
with the memory that an ingest takes if nobody says otherwise. Beside it stands the bare engine: the
same file read with `read_csv` and written as Parquet by a process of its own, which checks nothing,
numbers nothing and keeps no row that fits badly. The rule that must not break: a time counts only
where every row was accepted.
"""

import json
import os
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from benchmarks.main_job import run_alone, run_command
from training.figures import Figure, figure

MILLION = 1_000_000
LITTLE = 512
#: Ten times the rows: what memory does between them is what it does with the file.
SMALL, LARGE = 200_000, 2_000_000
PEOPLE_PER_ROW, UNITS, POSTS = 6, 5_000, 20_000
FILES = ("data-utama", "ref-unor", "jabatan", "rw-jabatan")
BARE = (
    "import duckdb, sys; duckdb.execute(f\"COPY (SELECT * FROM read_csv('{sys.argv[1]}', "
    "all_varchar = true)) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\")"
)
READ = (
    "import sys, pathlib; from features.agencies.engine import Means; from features.intake "
    "import ingest; mapping, exports, home = map(pathlib.Path, sys.argv[1:4]); "
    "ingest(mapping, exports, home, means=Means(int(sys.argv[4])))"
)
MAPPING = """\
agency: registry
title: {id: Registri, en: Registry}
licence: invented
simulated: true
sources:
  people: {file: data-utama.csv}
  units: {file: ref-unor.csv}
  posts: {file: jabatan.csv}
  held: {file: rw-jabatan.csv}
tables:
  person: {from: people, columns: {person_id: id}}
  unit: {from: units, columns: {unit_id: id, name_of_unit: nama, short_name: singkatan}}
  post: {from: posts, columns: {post_id: id, title: nama, unit_id: unor, post_class: kelas}}
  appointment:
    from: held
    columns:
      appointment_id: id
      person_id: idPns
      post_id: jabatanId
      kind: {column: jenisPenugasan, map: {Definitif: definitive, Plt: acting}}
      start_on: {column: tmtJabatan, date: "%d-%m-%Y"}
      start_recorded_on: {column: tanggalSk, date: "%d-%m-%Y"}
ladder:
  - {post_class: low, title: {id: Rendah, en: Low}}
  - {post_class: high, title: {id: Tinggi, en: High}}
vacancies: {classes: [high]}
"""


def measure(space: Path) -> list[Figure]:
    """All figures of the intake.

    Parameters
    ----------
    space : Path
        An empty folder.

    Raises
    ------
    RuntimeError
        If a row was not accepted.
    """
    peaks = {}
    for n_rows in (SMALL, MILLION, LARGE):
        write_registry(space / str(n_rows), n_rows)
        seconds, peaks[n_rows] = _ingested(space / str(n_rows), n_rows)
        if n_rows == MILLION:
            million = seconds
            again, peak_again = _ingested(space / str(n_rows), n_rows)
            size = (space / str(n_rows) / "rw-jabatan.csv").stat().st_size / 1e9
            bare, bare_peak = _bare(space / str(n_rows))
    in_little = _read_in_little(space / str(LARGE))
    name = "intake.million_rows"
    return [
        figure(f"{name}.file", size, unit="GB"),
        figure(f"{name}.seconds", million, unit="s", bound="<= 60"),
        figure(f"{name}.peak_memory", peaks[MILLION], unit="GB", bound="<= 2"),
        figure(f"{name}.seconds_of_read_csv", bare, unit="s"),
        figure(f"{name}.ratio_to_read_csv", million / bare, unit="ratio"),
        figure(f"{name}.peak_memory_of_read_csv", bare_peak, unit="GB"),
        figure(f"{name}.seconds_unchanged", again, unit="s"),
        figure(f"{name}.peak_memory_unchanged", peak_again, unit="GB"),
        figure("intake.200k_rows.peak_memory", peaks[SMALL], unit="GB"),
        figure("intake.2m_rows.peak_memory", peaks[LARGE], unit="GB", bound="<= 2"),
        figure(
            "intake.2m_rows_in_512mb.peak_memory_of_reading", in_little, unit="GB", bound="<= 1.2"
        ),
        # Ten times the rows; a file held in memory would grow ten times too.
        figure("intake.memory_growth", peaks[LARGE] / peaks[SMALL], unit="ratio", bound="<= 3"),
    ]


def write_registry(folder: Path, n_rows: int) -> None:
    """Write mapping and files of a registry with so many posts held."""
    folder.mkdir()
    (folder / "registry.yaml").write_text(MAPPING, encoding="utf-8")
    people = n_rows // PEOPLE_PER_ROW + 1
    questions = (
        f"SELECT md5('p' || n) AS id, 'Warga Simulasi ' || n AS nama FROM range({people}) AS r(n)",
        "SELECT md5('u' || n) AS id, 'Bagian Urusan ' || n AS nama, 'BU' || n AS singkatan "
        f"FROM range({UNITS}) AS r(n)",
        "SELECT md5('j' || n) AS id, 'Kepala Seksi Pelayanan ' || n AS nama, "
        f"md5('u' || n % {UNITS}) AS unor, if(n % 20 = 0, 'high', 'low') AS kelas "
        f"FROM range({POSTS}) AS r(n)",
        "SELECT md5('r' || n) AS id, md5('p' || n // 6) AS \"idPns\", "
        "(1960 + n // 6 % 40) || '0101' || (1985 + n // 6 % 30) || '011' || (900 + n % 100) "
        'AS "nipBaru", (1 + n % 3)::VARCHAR AS "jenisJabatan", '
        f"md5('u' || n % {UNITS}) AS \"unorId\", 'Bagian Urusan ' || n % {UNITS} AS \"unorNama\", "
        f"md5('j' || n % {POSTS}) AS \"jabatanId\", "
        f"'Kepala Seksi Pelayanan ' || n % {POSTS} AS \"namaJabatan\", "
        "strftime(day, '%d-%m-%Y') AS \"tmtJabatan\", 'SK-' || n || '/KEP/' || year(day) "
        'AS "nomorSk", strftime(day - 10, \'%d-%m-%Y\') AS "tanggalSk", '
        "if(n % 9 = 0, 'Plt', 'Definitif') AS \"jenisPenugasan\" "
        f"FROM (SELECT n, DATE '1990-02-01' + (n * 7919 % 12000)::INTEGER AS day "
        f"FROM range({n_rows}) AS r(n))",
    )
    with duckdb.connect() as engine:
        for name, question in zip(FILES, questions, strict=True):
            engine.execute(f"COPY ({question}) TO '{folder}/{name}.csv' (HEADER)")


def _ingested(folder: Path, n_rows: int) -> tuple[float, float]:
    """Seconds and GB of one ingest, in which every row was accepted."""
    home = folder / "home"
    environ = {**os.environ, "SUKSESI_HOME": str(home)}
    command = ["ingest", str(folder / "registry.yaml"), "--exports", str(folder)]
    seconds, peak = run_alone(command, environ)
    snapshots = home / "snapshots"
    snapshot = snapshots / (snapshots / "current").read_text(encoding="utf-8")
    accepted = pq.read_metadata(snapshot / "appointment.parquet").num_rows
    if accepted != n_rows:
        manifest = json.loads((snapshot / "manifest.json").read_bytes())
        raise RuntimeError(f"{accepted} of {n_rows} rows accepted: {manifest['rejections'][:3]}")
    return seconds, peak


def _read_in_little(folder: Path) -> float:
    """GB of an ingest that may take less memory, without the report that the command makes."""
    arguments = [str(folder / "registry.yaml"), str(folder), str(folder / "little"), str(LITTLE)]
    _seconds, peak = run_command([sys.executable, "-c", READ, *arguments], dict(os.environ))
    return peak


def _bare(folder: Path) -> tuple[float, float]:
    """Seconds and GB of the bare engine on the same file."""
    arguments = [str(folder / "rw-jabatan.csv"), str(folder / "bare.parquet")]
    return run_command([sys.executable, "-c", BARE, *arguments], dict(os.environ))
