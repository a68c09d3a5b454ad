"""Which pack holds for an agency on a day, and whether the two speak of the same posts.

The rule that must not break: without a pack in force nothing is met: eligibility needs checking and
the policy lane is unknown, and both say why.
"""

from datetime import date
from itertools import pairwise

from features.agencies.mapping import Mapping
from features.errors import PackError
from features.packs.declaration import Pack
from features.packs.library import Library


def pack_for(mapping: Mapping, library: Library, on: date) -> Pack | None:
    """The pack of an agency that is in force on a day; None where there is none.

    Raises
    ------
    PackError
        If the mapping names a pack that does not exist, two that are in force on that day, or one
        that does not know a strategic class of the agency or has the ladder the other way round.
    """
    pack = library.in_force(mapping.policy, on) if mapping.policy else None
    if pack is not None:
        _require_same_ladder(mapping, pack)
    return pack


def require_packs_fit(mapping: Mapping, library: Library) -> None:
    """Refuse a mapping whose packs do not exist, overlap in time, or do not fit its ladder.

    Raises
    ------
    PackError
        For the first of them.
    """
    if not mapping.policy:
        return
    names = {library.get(name).pack for name in mapping.policy}
    packs = sorted(
        (pack for pack in library.packs if pack.pack in names), key=lambda p: p.effective.first
    )
    for one, other in pairwise(packs):
        last = one.effective.last
        if last is None or last >= other.effective.first:
            raise PackError(
                f"{one.name} and {other.name} are both in force on {other.effective.first}",
                where=f"`policy` of the mapping of {mapping.agency}",
                expected="one pack for a day",
                remedy="name one of them, or end the older one with `effective: {until: ...}`",
            )
    for pack in packs:
        _require_same_ladder(mapping, pack)


def require_pack(mapping: Mapping, library: Library, on: date) -> Pack:
    """The pack of an agency that is in force on a day.

    Raises
    ------
    PackError
        If there is none, or for the reasons of `pack_for`.
    """
    pack = pack_for(mapping, library, on)
    if pack is None:
        named = ", ".join(mapping.policy)
        raise PackError(
            "no policy pack is in force",
            where=f"agency {mapping.agency}, on {on}",
            expected=f"{named} in force on that day" if named else "a pack named in the mapping",
            remedy="choose another day, or put the pack that was in force then into the folder "
            "packs of SUKSESI_HOME and name it under `policy` in the mapping",
        )
    return pack


def _require_same_ladder(mapping: Mapping, pack: Pack) -> None:
    absent = [name for name in mapping.vacancies.classes if name not in pack.classes]
    if absent:
        raise PackError(
            f"does not know the class {absent[0]!r}, which is strategic for {mapping.agency}",
            where=pack.document.where(("ladder",)),
            expected=", ".join(mapping.vacancies.classes),
            remedy="use the same names in the ladder of the pack and of the mapping",
        )
    steps = mapping.steps
    shared = [name for name in pack.classes if name in steps]
    if shared != sorted(shared, key=steps.__getitem__):
        raise PackError(
            f"orders the classes otherwise than the mapping of {mapping.agency}",
            where=pack.document.where(("ladder",)),
            expected=", ".join(sorted(shared, key=steps.__getitem__)),
            remedy="put both ladders in one order, the lowest class first",
        )
