"""Intake: whether errors that were planted in exports were found, and nothing else was called one.

The rule that must not break: a planted error counts as found by its own row and for a reason of its
kind only. Where a question of the mapping has reshaped a file, the id of the record stands for the
row.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from features.agencies.sources import Source
from features.identity.store import Identities
from features.storage import Snapshot
from training.figures import Figure, figure

PLANTED: Final = "planted.parquet"
#: Kinds of errors that no row may get past the intake with.
STRUCTURAL: Final = ("duplicate", "impossible_nip", "unknown_code", "impossible_date")
RECALL: Final = ">= 0.99"
#: How the reasons begin for which an error of each kind is rejected.
REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "duplicate": ("repeats the key",),
    "impossible_nip": ("is not a possible NIP", "is a NIP that a spreadsheet", "is a NIP whose"),
    "unknown_code": ("is not in the map", "is none of"),
    "impossible_date": ("not a date", "not between"),
    "swapped_dates": ("is before",),
}
#: Kinds that are accepted by design: to reject one of them is a false alarm.
ACCEPTED: Final = ("late_record", "disagreeing_box", "near_duplicate")
#: A row that is rejected for this was right and refers to one that was not.
_FOLLOWS, _NO_CODE = "is not in ", "is not in the map"
_BOX = {
    ("below", "low"): 1,
    ("meets", "low"): 2,
    ("below", "medium"): 3,
    ("above", "low"): 4,
    ("meets", "medium"): 5,
    ("below", "high"): 6,
    ("above", "medium"): 7,
    ("meets", "high"): 8,
    ("above", "high"): 9,
}
#: A decree so many days after the day from which it counts is late.
LATE_DAYS: Final = 365


def intake_figures(truth: Path, snapshot: Snapshot, identities: Identities) -> list[Figure]:
    """How many of the planted errors the intake found, by kind.

    Parameters
    ----------
    truth : Path
        Folder with the list of planted errors, `planted.parquet`.
    snapshot : Snapshot
        What the exports became.
    identities : Identities
        Who the people of the snapshot are: the truth knows them by the ids of the exports.

    Returns
    -------
    list of Figure
        For each kind `intake.<kind>.planted`; for what is to be rejected `intake.<kind>.recall`,
        bound for what is structural, and `intake.<kind>.other_reason`, rows rejected for reasons of
        other kinds only; for what is accepted `intake.<kind>.shown`, the share that can be seen in
        the tables; `intake.false_alarms`, rows in quarantine that nobody planted or that are
        accepted by design; `intake.followed`, rows that refer to a rejected one.
    """
    planted = pd.read_parquet(truth / PLANTED)
    rejected = pd.read_parquet(snapshot.folder / "quarantine.parquet")
    judgement = judged(planted, rejected, snapshot.mapping.sources)
    issued = planted["person_id"].map(identities.person_ids(set(planted["person_id"].dropna())))
    shown = _shown(planted.assign(person_id=issued), snapshot.folder)
    of_rows = planted.assign(found=judgement.found, other=judgement.other_reason)
    rows = []
    for kind, of_kind in of_rows.groupby("kind", sort=True):
        rows.append(figure(f"intake.{kind}.planted", len(of_kind), unit="rows"))
        if kind not in ACCEPTED:
            bound = RECALL if kind in STRUCTURAL else None
            recall, other = float(of_kind["found"].mean()), int(of_kind["other"].sum())
            rows.append(figure(f"intake.{kind}.recall", recall, bound=bound))
            rows.append(figure(f"intake.{kind}.other_reason", other, unit="rows"))
        if kind in shown:
            rows.append(figure(f"intake.{kind}.shown", shown[str(kind)]))
    rows.append(figure("intake.false_alarms", judgement.false_alarms, unit="rows", bound="<= 0"))
    rows.append(figure("intake.followed", judgement.followed, unit="rows"))
    return rows


@dataclass(frozen=True)
class Judgement:
    """What became of planted errors, and what else was rejected.

    Parameters
    ----------
    found : list of bool
        Whether each planted error was rejected for a reason of its kind.
    other_reason : list of bool
        Whether it was rejected, and for reasons of other kinds only.
    false_alarms : int
        Rows of a source in quarantine that were not planted, or are accepted by design.
    followed : int
        Of such rows those that are there for referring to a rejected row only; no false alarms.
    """

    found: list[bool]
    other_reason: list[bool]
    false_alarms: int
    followed: int


def judged(
    planted: pd.DataFrame, rejected: pd.DataFrame, sources: Mapping[str, Source]
) -> Judgement:
    """Whether each planted error was found; and what else was rejected.

    Parameters
    ----------
    planted : DataFrame
        `kind`, `file`, `sheet`, `row`, `record`.
    rejected : DataFrame
        The quarantine.
    sources : mapping of str to Source
        Of the mapping file.

    Returns
    -------
    Judgement
    """
    kinds = planted["kind"].tolist()
    places = _places(planted)
    records = {record: nth for nth, record in enumerate(planted["record"]) if record}
    found, rejected_at_all = [False] * len(planted), [False] * len(planted)
    others: dict[tuple[str, int], set[str]] = {}
    for source, row, reason, raw in rejected[["source", "row", "reason", "raw"]].itertuples(
        index=False
    ):
        origin = sources[source]
        if origin.file is not None:
            met = places.get((origin.file, origin.sheet or "", row), [])
        else:
            # Other cells of a question may hold the id of a person, planted for another error.
            record = json.loads(raw).get("id")
            met = [records[record]] if record in records else []
        met = [nth for nth in met if kinds[nth] not in ACCEPTED]
        for nth in met:
            rejected_at_all[nth] = True
            found[nth] |= reason.startswith(REASONS[kinds[nth]])
        if not met:
            others.setdefault((source, row), set()).add(reason)
    followed = sum(all(_follows(why) for why in whys) for whys in others.values())
    other = [at_all and not right for at_all, right in zip(rejected_at_all, found, strict=True)]
    return Judgement(found, other, len(others) - followed, followed)


def _follows(reason: str) -> bool:
    """Whether a row is rejected for what another row is; an unknown code is its own."""
    return reason.startswith(_FOLLOWS) and not reason.startswith(_NO_CODE)


def _places(planted: pd.DataFrame) -> dict[tuple[str, str, int], list[int]]:
    places: dict[tuple[str, str, int], list[int]] = {}
    for nth, place in enumerate(planted[["file", "sheet", "row"]].itertuples(index=False)):
        places.setdefault(tuple(place), []).append(nth)
    return places


def _shown(planted: pd.DataFrame, folder: Path) -> dict[str, float]:
    """Shares of errors that are accepted and can be seen in the canonical tables by who looks."""
    shown = {}
    boxes = planted[planted["kind"] == "disagreeing_box"]
    if len(boxes):
        stored = pd.read_parquet(folder / "source_box.parquet")
        levels = zip(stored["performance"], stored["potential"], strict=True)
        wrong = stored[[_BOX[pair] for pair in levels] != stored["box"]]
        shown["disagreeing_box"] = float(boxes["person_id"].isin(wrong["person_id"]).mean())
    near = planted[planted["kind"] == "near_duplicate"]
    if len(near):
        alike = _alike(folder, "education", "field") | _alike(folder, "training", "title")
        shown["near_duplicate"] = float(near["record"].isin(alike).mean())
    late = planted[(planted["kind"] == "late_record") & (planted["file"] == "rw-jabatan.csv")]
    if len(late):
        stored = pd.read_parquet(folder / "appointment.parquet")
        lag = pd.to_datetime(stored["start_recorded_on"]) - pd.to_datetime(stored["start_on"])
        found = set(stored.loc[lag.dt.days >= LATE_DAYS, "appointment_id"])
        shown["late_record"] = float(late["record"].isin(found).mean())
    return shown


def _alike(folder: Path, table: str, spelt: str) -> set[str]:
    """Ids of rows of a table that differ from another one in their id and a spelling at most."""
    stored = pd.read_parquet(folder / f"{table}.parquet")
    rest = [name for name in stored if name not in (f"{table}_id", spelt)]
    return set(stored.loc[stored.duplicated(rest, keep=False), f"{table}_id"])
