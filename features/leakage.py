"""The leak guard: proves by behaviour that a feature sees neither the future nor what is protected.

The rule that must not break: a frame computed on a record from which everything later was blanked
is the frame itself, to the last bit; so is a frame computed after the protected attributes were
dealt out anew, or after everybody and everything got another name. All of these are copies on
connections of their own, so that no way around the views finds what was taken away. Training runs
this guard on its own rows, with its own rooms.
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

#: What a table of numbers made elsewhere could be looked up by.
NAMES = ("person.person_id", "unit.unit_id", "post.post_id")
#: Texts that tell the same.
TITLES = {"unit": ("name_of_unit", "short_name"), "post": ("title",)}
#: Before every name, so that an order by names stays what it was.
RENAMED = "renamed "


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
    measures a row against rows of later dates is caught as well. An appointment that has not begun
    is blanked even where it was announced: it is the decision that the features are there for.

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
        known = _begun_by(record.blanked(ibis.literal(day)), ibis.literal(day)).apart()
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


def require_no_names(
    record: Record,
    pairs: pd.DataFrame,
    *,
    catalogue: Catalogue = CATALOGUE,
    rooms: Mapping[str, Room] = ROOMS,
    frame: pd.DataFrame | None = None,
) -> None:
    """Refuse features that change when people, units and posts are called otherwise.

    A number that was worked out elsewhere and is looked up by a name, such as the mean outcome of a
    unit over all its appointments, tested and future ones too, stays as it is whatever is blanked.
    Under another name it is not found. What is worked out of the record does not care for names;
    classes of the ladder keep theirs, since an agency's own room may well ask for one.

    Parameters
    ----------
    record, pairs, frame
        As for `require_point_in_time`.

    Raises
    ------
    LeakageError
        Naming the features that know somebody or something by name.
    """
    before = (
        feature_frame(record, pairs, catalogue=catalogue, rooms=rooms) if frame is None else frame
    )
    asked = pairs.assign(person_id=RENAMED + pairs["person_id"], post_id=RENAMED + pairs["post_id"])
    renamed = _called_otherwise(record).apart()
    knowing = _differing(before, feature_frame(renamed, asked, catalogue=catalogue, rooms=rooms))
    if knowing:
        raise LeakageError(
            f"features that know people, units or posts by name: {', '.join(knowing)}",
            where="feature frame",
            expected="what can be worked out of the record as known on the date",
            remedy="compute it from features.asof.AsOf; look nothing up that was fitted elsewhere",
        )


def _begun_by(record: Record, on: ibis.Value) -> Record:
    """The record without appointments that begin later, announced ones included."""
    rows = record.versions("appointment")
    return record.replaced("appointment", rows.filter(rows.start_on <= on))


def _called_otherwise(record: Record) -> Record:
    """The record with another name for everybody and everything that has one."""
    for name in record.names:
        table = record.class_of(name)
        if not record.holds(name):
            continue
        named = [
            column
            for column, what in table.columns.items()
            if f"{name}.{column}" in NAMES or what.references in NAMES
        ]
        rows = attributes(record) if table.protected else record.versions(name)
        named += [column for column in TITLES.get(name, ()) if column in rows.columns]
        if named:
            renamed = {column: ibis.literal(RENAMED) + rows[column] for column in named}
            record = record.replaced(name, rows.mutate(**renamed))
    return record


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
