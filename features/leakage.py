"""The leak guard: proves by behaviour that a feature sees neither the future nor what is protected.

The rule that must not break: a frame computed on a record from which everything later was blanked
is the frame itself, to the last bit; so is a frame computed after the protected attributes were
dealt out anew. Blanked and dealt out are copies on connections of their own, so that no way around
the views finds what was taken away. Training runs this guard on its own rows, with its own rooms.
"""

from collections.abc import Mapping

import ibis
import pandas as pd
from ibis import _

from features.assemble import ROOMS, Room, feature_frame
from features.catalogue import CATALOGUE, Catalogue
from features.errors import LeakageError, ProtectedAttributeError
from features.tables.protected_attributes import ProtectedAttribute, attributes
from features.tables.record import Record


def require_point_in_time(
    record: Record,
    pairs: pd.DataFrame,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Mapping[str, Room] = ROOMS,
    frame: pd.DataFrame | None = None,
) -> None:
    """Refuse features that change when facts recorded after their date are blanked.

    All dates are asked together and then each alone on its blanked record, so that a feature that
    measures a row against rows of later dates is caught as well.

    Parameters
    ----------
    record : Record
    pairs : DataFrame
        `person_id`, `post_id`, `as_of`. Each distinct date costs a frame.
    frame : DataFrame, optional
        The features of the pairs, where they are known already.

    Raises
    ------
    LeakageError
        Naming the features that looked past the date, and the first such date.
    """
    whole = (
        feature_frame(record, pairs, catalogue=catalogue, rooms=rooms) if frame is None else frame
    )
    for on in pairs["as_of"].unique():
        is_on, day = pairs["as_of"] == on, pd.Timestamp(on).date()
        known = record.blanked(ibis.literal(day)).apart()
        blanked = feature_frame(known, pairs[is_on], catalogue=catalogue, rooms=rooms)
        leaking = _differing(whole[is_on], blanked)
        if leaking:
            raise LeakageError(
                f"features that change when later facts are blanked: {', '.join(leaking)}",
                where=f"as of {day}",
                remedy="read the record through features.asof.AsOf only",
            )


def require_no_protected_attribute(
    record: Record,
    pairs: pd.DataFrame,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Mapping[str, Room] = ROOMS,
    frame: pd.DataFrame | None = None,
) -> None:
    """Refuse features that change when protected attributes are dealt out to other people.

    Parameters
    ----------
    record, pairs, frame
        As for `require_point_in_time`.

    Raises
    ------
    ProtectedAttributeError
        Naming the features that listened.
    """
    before = (
        feature_frame(record, pairs, catalogue=catalogue, rooms=rooms) if frame is None else frame
    )
    emptied = record.replaced(ProtectedAttribute.name, attributes(record).filter(_.value.isnull()))
    dealt = record.replaced(ProtectedAttribute.name, _dealt_out_anew(record))
    listening: set[str] = set()
    for other in (emptied, dealt):
        after = feature_frame(other.apart(), pairs, catalogue=catalogue, rooms=rooms)
        listening.update(_differing(before, after))
    if listening:
        names = ", ".join(name for name in catalogue.names if name in listening)
        raise ProtectedAttributeError(
            f"features that listen to a protected attribute: {names}",
            where="feature frame",
            remedy="take the feature out; a protected attribute never enters a model",
        )


def _dealt_out_anew(record: Record) -> ibis.Table:
    """The protected table with each value moved to the row before of its attribute, in a ring."""
    rows = attributes(record)
    order = ["person_id", "from_on", "value"]
    around = ibis.window(group_by="attribute", order_by=order)
    moved = _.value.lead().over(around).coalesce(_.value.first().over(around))
    return rows.mutate(value=moved)


def _differing(one: pd.DataFrame, other: pd.DataFrame) -> list[str]:
    same = (one == other) | (one.isna() & other.isna())
    return [name for name in one.columns if not same[name].all()]
