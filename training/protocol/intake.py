"""Intake: whether errors that were planted in exports were found, and nothing else was called one.

The rule that must not break: a planted error counts as found by its own row only. Where a question
of the mapping has reshaped a file, the id of the record stands for the row.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from features.agencies.sources import Source
from features.storage import Snapshot
from training.figures import Figure, figure

PLANTED: Final = "planted.parquet"
#: Kinds of errors that no row may get past the intake with.
STRUCTURAL: Final = ("duplicate", "impossible_nip", "unknown_code", "impossible_date")
RECALL: Final = ">= 0.99"
#: A row that is rejected for this was right and refers to one that was not.
_FOLLOWS = "is not in "
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


def intake_figures(truth: Path, snapshot: Snapshot) -> list[Figure]:
    """How many of the planted errors the intake found, by kind.

    Parameters
    ----------
    truth : Path
        Folder with the list of planted errors, `planted.parquet`.
    snapshot : Snapshot
        What the exports became.

    Returns
    -------
    list of Figure
        For each kind `intake.<kind>.planted` and `intake.<kind>.recall`, bound for what is
        structural; `intake.<kind>.shown` for what is accepted and can be seen in the tables;
        `intake.false_alarms`, rows in quarantine that nobody planted; `intake.followed`, rows that
        refer to a rejected one.
    """
    planted = pd.read_parquet(truth / PLANTED)
    rejected = pd.read_parquet(snapshot.folder / "quarantine.parquet")
    found, alarms, followed = judged(planted, rejected, snapshot.mapping.sources)
    shown = _shown(planted, snapshot.folder)
    rows = []
    for kind, of_kind in planted.assign(found=found).groupby("kind", sort=True):
        bound = RECALL if kind in STRUCTURAL else None
        rows.append(figure(f"intake.{kind}.planted", len(of_kind), unit="rows"))
        recall = float(of_kind["found"].mean())
        rows.append(figure(f"intake.{kind}.recall", recall, bound=bound))
        if kind in shown:
            rows.append(figure(f"intake.{kind}.shown", shown[str(kind)]))
    rows.append(figure("intake.false_alarms", alarms, unit="rows", bound="<= 0"))
    rows.append(figure("intake.followed", followed, unit="rows"))
    return rows


def judged(
    planted: pd.DataFrame, rejected: pd.DataFrame, sources: Mapping[str, Source]
) -> tuple[list[bool], int, int]:
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
    found : list of bool
    false_alarms : int
        Rows of a source in quarantine that were not planted.
    followed : int
        Of rows that were not planted those that are there for referring to a rejected row only.
    """
    places = _places(planted)
    records = {record: nth for nth, record in enumerate(planted["record"]) if record}
    found = [False] * len(planted)
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
        for nth in met:
            found[nth] = True
        if not met:
            others.setdefault((source, row), set()).add(reason)
    followed = sum(all(why.startswith(_FOLLOWS) for why in whys) for whys in others.values())
    return found, len(others) - followed, followed


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
    late = planted[(planted["kind"] == "late_record") & (planted["file"] == "rw-jabatan.csv")]
    if len(late):
        stored = pd.read_parquet(folder / "appointment.parquet")
        lag = pd.to_datetime(stored["start_recorded_on"]) - pd.to_datetime(stored["start_on"])
        found = set(stored.loc[lag.dt.days >= LATE_DAYS, "appointment_id"])
        shown["late_record"] = float(late["record"].isin(found).mean())
    return shown
