"""Careers as they are read from the record: posts begun and organisations closed.

The rule that must not break: every row carries the day from which it was known, so that whoever
counts can leave out what was not; and no protected attribute is ever read.
"""

from datetime import date

import ibis
import pandas as pd

from features.asof import AsOf
from features.tables.record import Record

#: What an organisation goes by: its short name, or the line that renaming and merging make of it.
ORGANISATIONS = ("short_name", "lineage")


def spells_of(record: Record, kind: str, *, known_on: date | None = None) -> pd.DataFrame:
    """Every post begun, with the organisation under the name that the table goes by.

    By lineage the name is that of the line as known on the day the post began, or on `known_on`
    where that is given: whoever looks back from one day sees organisations joined that were two.

    Returns
    -------
    DataFrame
        `person_id`, `on`, `known_on`, `organisation`, `step`, `sequence`.
    """
    begun = record.table("appointment").join(record.table("post"), "post_id")
    begun = begun.join(record.table("post_class"), "post_class")
    begun = begun.join(record.table("unit").select("unit_id", "short_name"), "unit_id")
    rows = begun.select(
        *("person_id", "start_on", "start_recorded_on", "unit_id", "short_name", "step", "sequence")
    )
    frame = rows.to_pandas()
    frame["on"] = pd.to_datetime(frame["start_on"])
    frame["known_on"] = pd.to_datetime(frame["start_recorded_on"])
    frame["organisation"] = (
        frame["short_name"] if kind == "short_name" else _lineage_on(record, frame, known_on)
    )
    columns = ["person_id", "on", "known_on", "organisation", "step", "sequence"]
    return frame[columns].sort_values(["on", "sequence"], ignore_index=True)


def closures_of(record: Record, kind: str) -> pd.DataFrame:
    """Closed organisations: `organisation`, `closed_on`, `known_on`."""
    units = record.table("unit").to_pandas()
    units = units[units["closed_on"].notna()]
    units = units.assign(
        closed_on=pd.to_datetime(units["closed_on"]),
        known_on=pd.to_datetime(units["closed_recorded_on"]),
    ).reset_index(drop=True)
    units["organisation"] = (
        units["short_name"]
        if kind == "short_name"
        else _lineage_on(record, units.assign(on=units["closed_on"]))
    )
    return units[["organisation", "closed_on", "known_on"]]


def lines_on(record: Record, days: pd.Series) -> pd.DataFrame:
    """The line of every unit, as known on each of some days: `on`, `unit_id`, `lineage_id`."""
    spine = ibis.memtable(pd.DataFrame({"as_of": days.drop_duplicates(), "person_id": ""}))
    known = AsOf(record, spine.mutate(as_of=spine.as_of.cast("date"))).lineage.to_pandas()
    known = known.assign(on=pd.to_datetime(known["as_of"]).astype(days.dtype))
    return known[["on", "unit_id", "lineage_id"]]


def _lineage_on(record: Record, rows: pd.DataFrame, known_on: date | None = None) -> pd.Series:
    """The line of each row's unit, as known on the row's day, or on one day for all of them."""
    days = rows[["unit_id", "on"]]
    if known_on is not None:
        days = days.assign(on=pd.Timestamp(known_on).as_unit("us"))
    merged = days.merge(lines_on(record, days["on"]), on=["unit_id", "on"], how="left")
    return merged["lineage_id"].set_axis(rows.index)
