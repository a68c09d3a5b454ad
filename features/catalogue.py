"""The catalogue: every feature with its unit, range, direction, labels, reason group and source.

The rule that must not break: a feature that is not in here does not exist. The frame has exactly
these columns, in this order; a stored model names the version of the catalogue that it was made
with, and refuses another. The features themselves stand in `catalogue.csv`, one a line.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files

from features.errors import CatalogueError


@dataclass(frozen=True)
class ReasonGroup:
    """Features whose contributions are added up before anybody sees them."""

    name: str
    label_id: str
    label_en: str
    about_the_post: bool = False


@dataclass(frozen=True)
class Feature:
    """One feature.

    Parameters
    ----------
    name : str
    unit : str
        ``years``, ``count``, ``share``, ``steps``, ``yes/no``, ``percentile``, ``levels`` (of a
        competency), ``deviations`` (standard ones, from everybody), ``points`` (of a rating),
        ``expectation`` (-1 below, 0 as expected, 1 above), ``severity``, ``hours`` or ``nats``.
    low, high : float
        Range that every value lies in; a missing value is missing, never a number.
    direction : {1, -1, 0}
        1 where more may only raise readiness, -1 where more may only lower it, 0 where either.
    group : str
        Its reason group.
    room : str
        The module of `features` that computes it.
    label_id, label_en : str
        What a reader calls it.
    source : tuple of str
        The canonical tables behind it.
    structural : bool
        Whether it enters the linear half of the readiness model.
    absent_id, absent_en : str, optional
        What a missing value means where it is no gap in the record, such as *not in a post*.
    """

    name: str
    unit: str
    low: float
    high: float
    direction: int
    group: str
    room: str
    label_id: str
    label_en: str
    source: tuple[str, ...]
    structural: bool = False
    absent_id: str | None = None
    absent_en: str | None = None


class Catalogue:
    """An ordered set of features and the reason groups that they belong to."""

    def __init__(self, groups: tuple[ReasonGroup, ...], features: tuple[Feature, ...]) -> None:
        self.groups = {group.name: group for group in groups}
        self._features = {feature.name: feature for feature in features}
        if len(self._features) != len(features):
            raise CatalogueError("two features share a name", where="catalogue")
        for feature in features:
            if feature.group not in self.groups:
                raise CatalogueError(
                    f"reason group {feature.group!r} does not exist",
                    where=f"feature {feature.name}",
                    expected=f"one of {', '.join(self.groups)}",
                )
            if feature.direction not in (-1, 0, 1) or not feature.low < feature.high:
                raise CatalogueError(
                    "direction or range is not valid", where=f"feature {feature.name}"
                )

    def __iter__(self) -> Iterator[Feature]:
        """Features in order."""
        return iter(self._features.values())

    def __getitem__(self, name: str) -> Feature:
        """The feature of that name."""
        return self._features[name]

    def __contains__(self, name: str) -> bool:
        """Whether a feature of that name is catalogued."""
        return name in self._features

    @property
    def names(self) -> list[str]:
        """Names in order: the columns of the feature frame."""
        return list(self._features)

    def of_room(self, room: str) -> list[str]:
        """Names of the features that one module computes."""
        return [f.name for f in self if f.room == room]

    def of_group(self, group: str) -> list[str]:
        """Names of the features of one reason group."""
        return [f.name for f in self if f.group == group]

    @cached_property
    def version(self) -> str:
        """Digest of all that the catalogue says, 12 hexadecimal digits."""
        text = json.dumps(
            [[asdict(g) for g in self.groups.values()], [asdict(f) for f in self]], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def with_features(self, *features: Feature) -> "Catalogue":
        """The catalogue with some more features behind its own."""
        return Catalogue(tuple(self.groups.values()), (*self, *features))


GROUPS = (
    ReasonGroup("experience", "Pengalaman jabatan", "Experience in office"),
    ReasonGroup("pace", "Laju karier", "Pace of the career"),
    ReasonGroup("breadth", "Keluasan pengalaman", "Breadth and mobility"),
    ReasonGroup("prior", "Pengalaman sebelum jabatan", "Experience before office"),
    ReasonGroup("recency", "Kekinian", "Recency"),
    ReasonGroup("competency", "Kompetensi", "Competency"),
    ReasonGroup("gap", "Kesenjangan terhadap syarat jabatan", "Gap to what the post asks for"),
    ReasonGroup("potential", "Potensi", "Potential"),
    ReasonGroup("akhlak", "Perilaku (BerAKHLAK)", "Behaviour (BerAKHLAK)"),
    ReasonGroup("performance", "Kinerja", "Performance"),
    ReasonGroup("development", "Pengembangan diri", "Development"),
    ReasonGroup("education", "Pendidikan", "Education"),
    ReasonGroup("recognition", "Penghargaan", "Recognition"),
    ReasonGroup("discipline", "Disiplin", "Discipline"),
    ReasonGroup("match", "Kesesuaian dengan jabatan", "Match with the post"),
    ReasonGroup("evidence", "Kelengkapan bukti", "Evidence on record"),
    ReasonGroup("post", "Sifat jabatan", "Nature of the post", about_the_post=True),
)

#: Not in any frame unless they are asked for by name; see `features.leave`.
LEAVE = (
    Feature(
        "n_leaves",
        "count",
        0,
        500,
        0,
        "experience",
        "leave",
        "Jumlah cuti panjang",
        "Number of long leaves",
        ("legal_status",),
    ),
    Feature(
        "years_on_leave",
        "years",
        0,
        80,
        0,
        "experience",
        "leave",
        "Lama cuti",
        "Years on leave",
        ("legal_status",),
    ),
)


def _written() -> tuple[Feature, ...]:
    """The features of the file `catalogue.csv`, in its order."""
    text = files("features").joinpath("catalogue.csv").read_text(encoding="utf-8")
    return tuple(
        Feature(
            name=row["name"],
            unit=row["unit"],
            low=float(row["low"]),
            high=float(row["high"]),
            direction=int(row["direction"]),
            group=row["group"],
            room=row["room"],
            label_id=row["label_id"],
            label_en=row["label_en"],
            source=tuple(row["source"].split()),
            structural=row["structural"] == "yes",
            absent_id=row["absent_id"] or None,
            absent_en=row["absent_en"] or None,
        )
        for row in csv.DictReader(text.splitlines())
    )


CATALOGUE = Catalogue(GROUPS, _written())
