"""The packs that an installation knows: those that come with it, and those of the agency.

The rule that must not break: of one pack at most one version is in force on a day.
"""

import itertools
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from features.documents.refusal import read_text
from features.errors import PackError
from features.packs.pack import Pack, load_pack, parse_pack

SHIPPED = Path(__file__).parent


class Library:
    """Packs by name, read when they are first asked for.

    Parameters
    ----------
    home : Path, optional
        `SUKSESI_HOME`; packs of the agency lie in its folder ``packs``.

    Examples
    --------
    >>> Library().get("uk-ministers").name
    'uk-ministers@1'
    """

    def __init__(self, home: Path | None = None) -> None:
        self._folders = [SHIPPED, *([home / "packs"] if home is not None else [])]

    def with_pack(self, pack: Pack) -> tuple[Pack, ...]:
        """All packs, and one that is about to be kept, in place of the same version of the agency.

        Raises
        ------
        PackError
            If it does not go with the others; messages name it as it names itself.
        """
        folder = self._folders[-1]
        kept = folder / f"{pack.name}.yaml"
        files = [f for f in self._files() if f != kept]
        return _checked([*map(_load, files), pack])

    def _files(self) -> list[Path]:
        return [path for folder in self._folders for path in sorted(folder.glob("*.yaml"))]

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """All packs, by name and version.

        Raises
        ------
        PackError
            If a file is wrong, or two versions of one pack are in force on one day.
        """
        return _checked([_load(path) for path in self._files()])

    def get(self, name: str) -> Pack:
        """A pack by ``id@version``, or the newest version by ``id``.

        Raises
        ------
        PackError
            If there is none.
        """
        found = [pack for pack in self.packs if name in (pack.name, pack.pack)]
        if not found:
            raise PackError(
                f"no policy pack {name!r}",
                expected=f"one of {', '.join(pack.name for pack in self.packs)}",
                remedy="put its file into the folder packs of SUKSESI_HOME",
            )
        return found[-1]

    def in_force(self, names: Iterable[str], on: date) -> Pack | None:
        """The pack in force on a day, of some names; None where none is.

        Raises
        ------
        PackError
            If one of the names is unknown, or two of the packs are in force on that day.
        """
        wanted = {self.get(name).pack for name in names}
        found = [p for p in self.packs if p.pack in wanted and p.is_in_force(on)]
        if len(found) > 1:
            raise PackError(
                f"{found[0].name} and {found[1].name} are both in force",
                where=f"on {on}",
                expected="one pack for a day",
                remedy="end one of them, see `effective` in docs/policy-packs.md",
            )
        return found[0] if found else None


def _checked(packs: list[Pack]) -> tuple[Pack, ...]:
    """Packs in order, of which no two are in each other's way."""
    # The order is stable: of two files of one version the later one is named as the second.
    packs = sorted(packs, key=lambda p: (p.pack, p.version))
    for one, other in itertools.pairwise(packs):
        _refuse_same_version(one, other)
    for one, other in _neighbours(packs):
        _refuse_overlap(one, other)
    return tuple(packs)


def _load(path: Path) -> Pack:
    """A pack; messages name one of the agency with its folder."""
    if path.parent == SHIPPED:
        return load_pack(path)
    text = read_text(path, "policy pack", PackError)
    return parse_pack(text, f"{path.parent.name}/{path.name}")


def _neighbours(packs: list[Pack]) -> list[tuple[Pack, Pack]]:
    """Versions of one pack, each with the one that follows it in time."""
    order = sorted(packs, key=lambda p: (p.pack, p.effective.first, p.version))
    return [(one, other) for one, other in itertools.pairwise(order) if one.pack == other.pack]


def _refuse_same_version(one: Pack, other: Pack) -> None:
    if one.name == other.name:
        raise PackError(
            f"a second file of {one.name}, after {one.document.name}",
            where=other.document.where(("version",)),
            expected="a number of its own for every version, and a name of its own for every pack",
        )


def _refuse_overlap(one: Pack, other: Pack) -> None:
    last = one.effective.last
    if last is None or last >= other.effective.first:
        eve = other.effective.first - timedelta(days=1)
        raise PackError(
            f"begins on {other.effective.first}, while {one.name} is in force",
            where=other.document.where(("effective", "from")),
            expected=f"`until: {eve}` or earlier in the older version",
            remedy=f"add {one.name} again with `until: {eve}` first, then the newer version",
        )
