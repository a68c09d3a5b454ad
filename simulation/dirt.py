"""Dirt: errors as they stand in real exports, planted on purpose and written on a list.

The rule that must not break: every planted row is on the list, no row is planted twice, its place
does not tell it, and no file gets so many that an honest ingest would refuse it. A copy stands
behind its original.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation import chance
from simulation.identity import record_ids
from simulation.writing import Export

COLUMNS = ("kind", "file", "sheet", "row", "column", "record", "person_id")
#: Rows of a file for one planted error of each kind, where dirt is 1.
ROWS_PER_ERROR = 300
LEAST = 3
#: Share of the rows of a file that may be planted, all kinds together.
MOST_SHARE = 0.04
#: Days by which a late decree is late.
EARLIEST, LATEST = 400, 1000

Spoil = Callable[[Export, np.ndarray, "Plan", np.random.Generator], None]
Choose = Callable[[Export, "Plan"], np.ndarray]

_NO_SUCH_DAY = ("31-02-2019", "00-00-0000", "15-13-2017", "12-07-0219")


@dataclass(frozen=True)
class Plan:
    """One kind of error in one column of a file.

    Parameters
    ----------
    kind : str
    file, column : str
    others : tuple of str
        Further columns that belong to the error.
    sheet : str
    texts : tuple of str
        What wrong cells say, where that is the same everywhere.
    """

    kind: str
    file: str
    column: str
    others: tuple[str, ...] = ()
    sheet: str = ""
    texts: tuple[str, ...] = ()


#: Copies first: what is overwritten afterwards is neither a copy nor copied.
PLANS: tuple[Plan, ...] = (
    Plan("duplicate", "data-utama.csv", "id"),
    Plan("impossible_nip", "data-utama.csv", "nipBaru"),
    Plan("duplicate", "rw-jabatan.csv", "id"),
    Plan("unknown_code", "rw-jabatan.csv", "jenisPenugasanId", texts=("X", "DEF", "9")),
    Plan("impossible_date", "rw-jabatan.csv", "tmtJabatan", texts=_NO_SUCH_DAY),
    Plan("swapped_dates", "rw-jabatan.csv", "tmtJabatan", ("tmtSelesai",)),
    Plan("late_record", "rw-jabatan.csv", "tanggalSk", ("tmtJabatan", "tanggalInput")),
    Plan("duplicate", "rw-golongan.csv", "id"),
    Plan("unknown_code", "rw-golongan.csv", "golonganId", texts=("39", "51", "IIId")),
    Plan("impossible_date", "rw-golongan.csv", "tmtGolongan", texts=_NO_SUCH_DAY),
    Plan("late_record", "rw-golongan.csv", "skTanggal", ("tmtGolongan",)),
    Plan("duplicate", "rw-pendidikan.csv", "id"),
    Plan("near_duplicate", "rw-pendidikan.csv", "pendidikanNama"),
    Plan("unknown_code", "rw-pendidikan.csv", "tkPendidikanId", texts=("99", "S1")),
    Plan("impossible_date", "rw-pendidikan.csv", "tglLulus", texts=_NO_SUCH_DAY),
    Plan("duplicate", "rw-skp.csv", "id"),
    Plan("duplicate", "rw-skp22.csv", "id"),
    Plan("unknown_code", "rw-skp22.csv", "KuadranKinerjaNilai", texts=("0", "7", "BAIK")),
    Plan("unknown_code", "rw-skp22.csv", "hasilKinerjaNilai", texts=("4", "A")),
    Plan("duplicate", "rw-kursus.csv", "id"),
    Plan("near_duplicate", "rw-kursus.csv", "namaKursus"),
    Plan("impossible_date", "rw-kursus.csv", "tanggalKursus", texts=_NO_SUCH_DAY),
    Plan("swapped_dates", "rw-kursus.csv", "tanggalKursus", ("tanggalSelesaiKursus",)),
    Plan("swapped_dates", "rw-diklat.json", "tanggal", ("tanggalSelesai",)),
    Plan("impossible_date", "rw-hukdis.json", "hukumanTanggal", texts=_NO_SUCH_DAY),
    Plan("duplicate", "penilaian-kompetensi.xlsx", "id", sheet="Kompetensi"),
    Plan(
        "impossible_date",
        "penilaian-kompetensi.xlsx",
        "tanggalPenilaian",
        sheet="Kompetensi",
        texts=_NO_SUCH_DAY,
    ),
    Plan("disagreeing_box", "simata.csv", "nomorKotak"),
    Plan("duplicate", "simata.csv", "id"),
    Plan("swapped_dates", "penugasan.csv", "tmtMulai", ("tmtSelesai",)),
    Plan("duplicate", "umpan-balik.csv", "id"),
)
COPIES = ("duplicate", "near_duplicate")


def plant(exports: Sequence[Export], dirt: float, seed: int) -> tuple[list[Export], pd.DataFrame]:
    """Plant errors in files.

    Parameters
    ----------
    exports : sequence of Export
        The clean files; they are left as they are.
    dirt : float
        1: about one row in 300 for each kind, three at least where the file is large enough.

    Returns
    -------
    exports : list of Export
    planted : DataFrame
        Columns `COLUMNS`.
    """
    made, lists = [], [pd.DataFrame(columns=list(COLUMNS))]
    for export in exports:
        plans = [p for p in PLANS if (p.file, p.sheet) == (export.file, export.sheet)]
        plans = plans or [p for p in PLANS if p.file == export.file and not p.sheet]
        spoiled, planted = _spoiled(export, plans, dirt, seed)
        made.append(spoiled)
        lists += planted
    listed = pd.concat(lists, ignore_index=True)
    return made, listed.astype({"row": "int64"})


def errors_of(kinds: int, rows: int, dirt: float) -> int:
    """How many errors of each kind a file gets.

    >>> errors_of(4, 30_000, 1.0), errors_of(4, 400, 1.0), errors_of(4, 60, 1.0)
    (100, 3, 0)
    """
    if dirt == 0 or kinds == 0:
        return 0
    wanted = max(LEAST, round(rows * dirt / ROWS_PER_ERROR))
    return min(wanted, int(rows * MOST_SHARE) // kinds)


def _spoiled(
    export: Export, plans: Sequence[Plan], dirt: float, seed: int
) -> tuple[Export, list[pd.DataFrame]]:
    n, count = len(export), errors_of(len(plans), len(export), dirt)
    if count == 0:
        return export, []
    rng = chance.stream(seed, f"dirt {export.file} {export.sheet}")
    export = export.taken(np.arange(n))
    free = np.ones(n, dtype=bool)
    found = []
    copied = []
    for plan in plans:
        may = np.flatnonzero(free & _suits(export, plan)[:n])
        rows = np.sort(rng.choice(may, size=min(count, len(may)), replace=False))
        free[rows] = False
        if plan.kind in COPIES:
            copied.append((plan, rows))
        else:
            SPOILS[plan.kind](export, rows, plan, rng)
            found.append((plan, rows))
    originals = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for _plan, rows in copied)])
    order, places = _mixed_in(n, originals, rng)
    export = export.taken(order)
    found = [(plan, places[rows]) for plan, rows in found]
    first = n
    for plan, rows in copied:
        new = np.sort(places[first : first + len(rows)])
        first += len(rows)
        if plan.kind == "near_duplicate":
            _near(export, new, plan, seed)
        found.append((plan, new))
    return export, [_listed(export, plan, rows) for plan, rows in found]


def _mixed_in(
    n: int, originals: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a file with copies of some of them, each anywhere behind its original.

    Returns
    -------
    order : int, shape (n + copies,)
        Which row of the file stands at each place.
    places : int, shape (n + copies,)
        Where each row of the file came to stand, and then each copy.
    """
    behind = rng.integers(originals, n)
    is_copy = np.arange(n + len(originals)) >= n
    # Copies behind the same row stand in an order that is drawn too.
    among = np.concatenate([np.zeros(n), rng.random(len(originals))])
    follows = np.concatenate([np.arange(n), behind])
    standing = np.lexsort([among, is_copy, follows])
    places = np.empty(len(standing), dtype=np.int64)
    places[standing] = np.arange(len(standing))
    return np.concatenate([np.arange(n), originals])[standing], places


def _listed(export: Export, plan: Plan, rows: np.ndarray) -> pd.DataFrame:
    whose = next(
        (c for c in ("idPns", "pns", "pnsOrang", "pnsDinilaiId") if c in export.columns), ""
    )
    whose = whose or ("id" if export.file == "data-utama.csv" else "")
    return pd.DataFrame(
        {
            "kind": plan.kind,
            "file": export.file,
            "sheet": export.sheet,
            "row": rows + 1,
            "column": plan.column,
            "record": export.texts(export.record, rows),
            "person_id": export.texts(whose, rows) if whose else "",
        }
    )


def _suits(export: Export, plan: Plan) -> np.ndarray:
    """Where an error of the kind would be one."""
    filled = _filled(export, plan.column)
    for other in plan.others:
        filled &= _filled(export, other)
    if plan.kind == "swapped_dates":
        # Dates of one day cannot be swapped.
        first, last = (
            export.columns[c].to_numpy(zero_copy_only=False) for c in (plan.column, plan.others[0])
        )
        filled &= first != last
    if plan.kind == "late_record":
        # Nothing is on file before it was entered: the latest rows have no time to be late.
        since = _as_days(export.columns[plan.others[0]].to_pylist())
        filled &= since <= np.nanmax(since) - LATEST if filled.any() else False
    return filled


def _as_days(texts: Sequence[str | None]) -> np.ndarray:
    """Days as numbers; NaN where there is none, or a text that is planted already."""
    days = pd.to_datetime(pd.Series(texts, dtype="str"), format="%d-%m-%Y", errors="coerce")
    # In days from the start: the year 219, planted already, has no nanoseconds.
    numbers = days.to_numpy().astype("datetime64[D]").astype(np.float64)
    return np.where(days.isna(), np.nan, numbers)


def _filled(export: Export, column: str) -> np.ndarray:
    return export.columns[column].is_valid().to_numpy(zero_copy_only=False).copy()


def _near(export: Export, rows: np.ndarray, plan: Plan, seed: int) -> None:
    """A copy with an id of its own and another spelling: entered twice, by two people."""
    fresh = record_ids(seed, f"again {export.file}", rows).to_pylist()
    export.overwrite(export.record, rows, fresh)
    export.overwrite(plan.column, rows, [t.swapcase() for t in export.texts(plan.column, rows)])


def _wrong_texts(export: Export, rows: np.ndarray, plan: Plan, rng: np.random.Generator) -> None:
    offset = int(rng.integers(len(plan.texts)))
    texts = [plan.texts[(offset + nth) % len(plan.texts)] for nth in range(len(rows))]
    export.overwrite(plan.column, rows, texts)


def _impossible_nips(
    export: Export, rows: np.ndarray, plan: Plan, _rng: np.random.Generator
) -> None:
    broken = (_month_13, _entered_before_birth, _digit_lost, _sex_3, _through_a_spreadsheet)
    nips = export.texts(plan.column, rows)
    export.overwrite(
        plan.column, rows, [broken[i % len(broken)](nip) for i, nip in enumerate(nips)]
    )


def _month_13(nip: str) -> str:
    return nip[:4] + "13" + nip[6:]


def _entered_before_birth(nip: str) -> str:
    return nip[:8] + str(int(nip[:4]) - 3) + nip[12:]


def _digit_lost(nip: str) -> str:
    return nip[:17]


def _sex_3(nip: str) -> str:
    return nip[:14] + "3" + nip[15:]


def _through_a_spreadsheet(nip: str) -> str:
    return f"{nip[0]}.{nip[1:3]}E+17"


def _swapped(export: Export, rows: np.ndarray, plan: Plan, _rng: np.random.Generator) -> None:
    first, last = export.texts(plan.column, rows), export.texts(plan.others[0], rows)
    export.overwrite(plan.column, rows, last)
    export.overwrite(plan.others[0], rows, first)


def _late(export: Export, rows: np.ndarray, plan: Plan, rng: np.random.Generator) -> None:
    """A decree one to three years after the day from which it counts, entered on its day."""
    since, *entered = plan.others
    days = [np.datetime64("-".join(t.split("-")[::-1])) for t in export.texts(since, rows)]
    late = rng.integers(EARLIEST, LATEST, len(rows))
    texts = [
        "-".join(str(day + int(delay)).split("-")[::-1])
        for day, delay in zip(days, late, strict=True)
    ]
    for column in (plan.column, *entered):
        export.overwrite(column, rows, texts)


def _other_box(export: Export, rows: np.ndarray, plan: Plan, rng: np.random.Generator) -> None:
    boxes = np.array([int(text) for text in export.texts(plan.column, rows)])
    other = (boxes - 1 + rng.integers(1, 9, len(rows))) % 9 + 1
    export.overwrite(plan.column, rows, [str(box) for box in other])


SPOILS: dict[str, Spoil] = {
    "unknown_code": _wrong_texts,
    "impossible_date": _wrong_texts,
    "impossible_nip": _impossible_nips,
    "swapped_dates": _swapped,
    "late_record": _late,
    "disagreeing_box": _other_box,
}
