"""What an ingest made of the second list of planted errors.

The rule that must not break: a bad row counts as found by its own place and for a reason of its
kind only; a row that refers to one that was rejected is no false alarm, if it names that one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from features.storage import Snapshot
from tests.lib.second_dirt import Planted

#: Questions of the mapping that reshape a sheet: their rows have numbers of their own.
RESHAPED: Final = {
    "penilaian": ("penilaian-kompetensi.xlsx", "Kompetensi"),
    "aspek_potensi": ("penilaian-kompetensi.xlsx", "Potensi"),
    "syarat_kompetensi": ("jabatan-target.xlsx", "Standar"),
    "nilai_wawancara": ("panel.xlsx", "Wawancara"),
    "berhenti_tanpa_orang": ("rw-pemberhentian.json", ""),
}
#: Columns that tell somebody's leaving: the file of leavers reaches the tables through the person.
_OF_LEAVING: Final = ("until_on", "until_recorded_on")
#: Tables that keep the ids of a file.
KEPT_IDS: Final = (
    ("rw-jabatan.csv", "appointment", "appointment_id"),
    ("rw-golongan.csv", "rank_history", "rank_id"),
    ("rw-pendidikan.csv", "education", "education_id"),
    ("rw-kursus.csv", "training", "training_id"),
    ("rw-diklat.json", "training", "training_id"),
    ("rw-skp.csv", "appraisal", "appraisal_id"),
    ("rw-skp22.csv", "appraisal", "appraisal_id"),
    ("ref-unor.json", "unit", "unit_id"),
    ("jabatan-target.xlsx", "post", "post_id"),
    ("lowongan.csv", "vacancy", "vacancy_id"),
)
_REFERRED: Final = ("data-utama.csv", "ref-unor.json", "jabatan-target.xlsx", "lowongan.csv")
Entry = tuple[str, int, str, dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """What became of the list, and of everything else.

    Parameters
    ----------
    reasons : dict
        For each planted row, by its place in the list, why it stands in quarantine.
    false_alarms : list of (source, row, reason)
        Rows in quarantine that nobody planted and that refer to no rejected one.
    followed : list of (source, row, reason)
        Rows that refer to a rejected one.
    quarantined : int
        Rows of a source in quarantine.
    """

    planted: list[Planted]
    reasons: dict[int, set[str]]
    false_alarms: list[tuple[str, int, str]]
    followed: list[tuple[str, int, str]]
    quarantined: int

    def missed(self) -> dict[str, list[str]]:
        """By file and kind of what must be rejected or withheld: what happened in place of it."""
        found = defaultdict(list)
        for nth, one in enumerate(self.planted):
            why = self.reasons.get(nth, set())
            told = any(reason.startswith(one.reasons) for reason in why)
            if one.must == "withheld":
                told = told and all("withheld" in reason for reason in why)
            if one.must != "kept" and not told:
                happened = "; ".join(sorted(why)) or "accepted"
                found[f"{one.file} {one.sheet} {one.kind}"].append(f"row {one.row}: {happened}")
        return dict(found)

    def recall(self) -> dict[str, float]:
        """By kind, the share of rows that were found for a reason of it."""
        kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        missed = {
            (one, line.split(":")[0]) for one, lines in self.missed().items() for line in lines
        }
        for one in self.planted:
            if one.must != "kept":
                place = (f"{one.file} {one.sheet} {one.kind}", f"row {one.row}")
                kinds[one.kind][0] += place not in missed
                kinds[one.kind][1] += 1
        return {kind: found / all_of for kind, (found, all_of) in sorted(kinds.items())}

    def trapped(self) -> dict[str, list[str]]:
        """Rows that are right and stand in quarantine."""
        found = defaultdict(list)
        for nth, why in self.reasons.items():
            one = self.planted[nth]
            if one.must == "kept":
                place = f"{one.file} {one.sheet} {one.kind}"
                found[place].append(f"row {one.row}: {'; '.join(sorted(why))}")
        return dict(found)


def judged(planted: list[Planted], snapshot: Snapshot) -> Judged:
    """Hold the quarantine of a snapshot against the list."""
    rejected = pd.read_parquet(snapshot.folder / "quarantine.parquet")
    places = {(one.file, one.sheet, one.row): nth for nth, one in enumerate(planted)}
    lost = {one.id for one in planted if one.must == "rejected" and one.file in _REFERRED}
    reasons: dict[int, set[str]] = defaultdict(set)
    others: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    rows = set()
    left = {
        one.marks["idPns"]: nth
        for nth, one in enumerate(planted)
        if "idPns" in one.marks and one.file == "rw-pemberhentian.json"
    }
    of = rejected[["table", "column", "source", "row", "reason", "raw"]]
    for table, column, source, row, reason, raw in of.itertuples(index=False):
        rows.add((source, row))
        origin = snapshot.mapping.sources[source]
        if table == "legal_status" and column in _OF_LEAVING:
            nth = left.get(json.loads(raw)["id"])
        elif origin.file is not None:
            nth = places.get((origin.file, origin.sheet or "", row))
        else:
            nth = _reshaped(planted, RESHAPED.get(source), json.loads(raw))
        if nth is None:
            others[source, row].append((source, row, reason, _cells(raw)))
        else:
            reasons[nth].add(reason)
    followed, false_alarms = [], []
    for entries in others.values():
        follows = all(_follows(reason, cells, lost) for _s, _r, reason, cells in entries)
        (followed if follows else false_alarms).append(entries[0][:3])
    return Judged(planted, dict(reasons), false_alarms, followed, len(rows))


def not_as_seen(planted: Iterable[Planted], folder: Path) -> list[str]:
    """Rows that were to be accepted and are absent from their table, or hold something else."""
    tables: dict[str, pd.DataFrame] = {}
    wrong = []
    for one in planted:
        if not one.seen:
            continue
        wanted = {c: v for c, v in one.seen.items() if c not in ("table", "id")}
        name = one.seen["table"]
        if name not in tables:
            table = pd.read_parquet(folder / f"{name}.parquet")
            tables[name] = table.set_index(table.columns[0])
        key = one.seen.get("id", one.id)
        if key not in tables[name].index:
            wrong.append(f"{one.file} {one.kind} row {one.row}: is not in {name}")
            continue
        row = tables[name].loc[key]
        for column, value in wanted.items():
            held = row[column]
            same = pd.isna(held) if value is None else held == value or str(held) == value
            if not same:
                wrong.append(f"{one.file} {one.kind} row {one.row}: {column} is {held!r}")
    return wrong


def lost_and_let_in(
    planted: list[Planted], clean: Mapping[str, set[str]], verdict: Judged, snapshot: Snapshot
) -> tuple[list[str], list[str]]:
    """Good rows that are in no table, and bad rows that are in one.

    Parameters
    ----------
    clean : mapping of file to set of str
        The ids of each file before anything was planted.
    """
    follow = _ids_of(verdict.followed, snapshot)
    lost, let_in = [], []
    for file, name, column in KEPT_IDS:
        accepted = set(pd.read_parquet(snapshot.folder / f"{name}.parquet")[column])
        mine = [one for one in planted if one.file == file and one.sheet in ("", "Jabatan")]
        kept = {one.id for one in mine if one.must != "rejected"}
        bad = {one.id for one in mine if one.must == "rejected"} - kept
        lost += [f"{file} {one}" for one in sorted((clean[file] | kept) - bad - accepted - follow)]
        let_in += [
            f"{file} {one.kind}" for one in mine if one.id in bad and one.id and one.id in accepted
        ]
    return lost, let_in


def _ids_of(followed: list[tuple[str, int, str]], snapshot: Snapshot) -> set[str]:
    rejected = pd.read_parquet(snapshot.folder / "quarantine.parquet")
    places = {(source, row) for source, row, _reason in followed}
    found = set()
    for source, row, raw in rejected[["source", "row", "raw"]].itertuples(index=False):
        if (source, row) in places:
            found |= {str(cell) for cell in _cells(raw).values()}
    return found


def _reshaped(
    planted: list[Planted], place: tuple[str, str] | None, raw: dict[str, Any]
) -> int | None:
    met = [
        nth
        for nth, one in enumerate(planted)
        if (one.file, one.sheet) == place
        and one.marks.items() <= {k: str(v) for k, v in raw.items()}.items()
    ]
    # Of a row and its copy it is the copy that is rejected.
    return min(met, key=lambda nth: planted[nth].must != "rejected") if met else None


def _cells(raw: str) -> dict[str, Any]:
    try:
        cells = json.loads(raw)
    except ValueError:
        return {}
    return cells if isinstance(cells, dict) else {}


def _follows(reason: str, cells: dict[str, Any], lost: set[str]) -> bool:
    """Whether a row is rejected for naming another one that was."""
    if not reason.startswith("is not in ") or reason.startswith("is not in the map"):
        return False
    return any(str(cell) in lost for cell in cells.values() if cell)
