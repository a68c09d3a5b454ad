"""The catalogue: every feature with its unit, range, direction, labels, reason group and source.

The rule that must not break: a feature that is not in here does not exist. The frame has exactly
these columns, in this order; a stored model names the version of the catalogue that it was made
with, and refuses another.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

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
        ``years``, ``count``, ``share``, ``steps``, ``yes/no`` or ``percentile``.
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

    @property
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
    ReasonGroup("match", "Kesesuaian dengan jabatan", "Match with the post"),
    ReasonGroup("post", "Sifat jabatan", "Nature of the post", about_the_post=True),
)

_CAREER = ("appointment", "post", "post_class")
_UNITS = ("appointment", "post", "unit", "unit_link")
_FIELDS = ("appointment", "post_field")


def _trajectory() -> tuple[Feature, ...]:
    years, count, room = "years", "count", "trajectory"
    return (
        Feature(
            "is_in_post",
            "yes/no",
            0,
            1,
            1,
            "recency",
            room,
            "Sedang menjabat",
            "Holds a post",
            _CAREER,
            structural=True,
        ),
        Feature(
            "years_in_post",
            years,
            0,
            80,
            0,
            "experience",
            room,
            "Lama di jabatan sekarang",
            "Years in the present post",
            _CAREER,
            absent_id="tidak sedang menjabat",
            absent_en="not in a post",
        ),
        Feature(
            "years_in_class",
            years,
            0,
            80,
            0,
            "pace",
            room,
            "Lama di jenjang sekarang",
            "Years in the present class",
            _CAREER,
            structural=True,
            absent_id="tidak sedang menjabat",
            absent_en="not in a post",
        ),
        Feature(
            "pace_percentile",
            "percentile",
            0,
            1,
            0,
            "pace",
            room,
            "Lama di jenjang dibanding rekan sejenjang",
            "Time in class against peers in the same class",
            _CAREER,
            absent_id="tidak sedang menjabat",
            absent_en="not in a post",
        ),
        Feature(
            "current_step",
            "steps",
            1,
            99,
            0,
            "experience",
            room,
            "Jenjang sekarang",
            "Present step on the ladder",
            _CAREER,
            absent_id="tidak sedang menjabat",
            absent_en="not in a post",
        ),
        Feature(
            "highest_step",
            "steps",
            1,
            99,
            0,
            "experience",
            room,
            "Jenjang tertinggi",
            "Highest step ever held",
            _CAREER,
            structural=True,
            absent_id="belum pernah menjabat",
            absent_en="no post yet",
        ),
        Feature(
            "years_in_service",
            years,
            0,
            80,
            0,
            "experience",
            room,
            "Lama menjabat seluruhnya",
            "Years in any post",
            _CAREER,
            structural=True,
        ),
        Feature(
            "n_appointments",
            count,
            0,
            500,
            0,
            "experience",
            room,
            "Jumlah pengangkatan",
            "Number of appointments",
            _CAREER,
        ),
        Feature(
            "n_acting",
            count,
            0,
            500,
            0,
            "experience",
            room,
            "Jumlah jabatan Plt/Plh",
            "Number of acting posts",
            _CAREER,
        ),
        Feature(
            "mean_tenure_years",
            years,
            0,
            80,
            0,
            "experience",
            room,
            "Rata-rata lama jabatan yang sudah selesai",
            "Mean length of finished posts",
            _CAREER,
            structural=True,
            absent_id="belum ada jabatan yang selesai",
            absent_en="no finished post",
        ),
        Feature(
            "share_short_posts",
            "share",
            0,
            1,
            0,
            "experience",
            room,
            "Bagian jabatan yang kurang dari setahun",
            "Share of finished posts under a year",
            _CAREER,
            structural=True,
            absent_id="belum ada jabatan yang selesai",
            absent_en="no finished post",
        ),
        Feature(
            "years_since_first_post",
            years,
            0,
            80,
            0,
            "pace",
            room,
            "Lama sejak jabatan pertama",
            "Years since the first post",
            _CAREER,
            absent_id="belum pernah menjabat",
            absent_en="no post yet",
        ),
        Feature(
            "steps_per_year",
            "steps",
            -99,
            99,
            0,
            "pace",
            room,
            "Kenaikan jenjang per tahun",
            "Steps climbed a year",
            _CAREER,
            structural=True,
            absent_id="belum setahun menjabat",
            absent_en="less than a year since the first post",
        ),
        Feature(
            "n_promotions",
            count,
            0,
            500,
            0,
            "pace",
            room,
            "Jumlah promosi",
            "Number of promotions",
            _CAREER,
        ),
        Feature(
            "lateral_share",
            "share",
            0,
            1,
            0,
            "breadth",
            room,
            "Bagian mutasi setingkat",
            "Share of moves at the same step",
            _CAREER,
            absent_id="belum pernah berpindah",
            absent_en="no move yet",
        ),
        Feature(
            "n_organisations",
            count,
            0,
            500,
            1,
            "breadth",
            room,
            "Jumlah organisasi",
            "Number of organisations served",
            _UNITS,
            structural=True,
        ),
        Feature(
            "n_fields",
            count,
            0,
            500,
            1,
            "breadth",
            room,
            "Jumlah bidang",
            "Number of fields of work",
            _FIELDS,
            structural=True,
        ),
        Feature(
            "n_moves",
            count,
            0,
            500,
            0,
            "breadth",
            room,
            "Jumlah perpindahan",
            "Number of moves",
            _CAREER,
        ),
        Feature(
            "years_since_last_post",
            years,
            0,
            80,
            -1,
            "recency",
            room,
            "Lama sejak jabatan terakhir",
            "Years since the last post ended",
            _CAREER,
            structural=True,
            absent_id="belum pernah menjabat",
            absent_en="no post yet",
        ),
        Feature(
            "years_as_member",
            years,
            0,
            80,
            0,
            "prior",
            room,
            "Lama sebagai anggota lembaga",
            "Years as a member of a body",
            ("membership",),
            structural=True,
        ),
        Feature(
            "years_member_before_office",
            years,
            0,
            80,
            0,
            "prior",
            room,
            "Lama sebagai anggota sebelum jabatan pertama",
            "Years as a member before the first post",
            ("membership", "appointment"),
        ),
    )


def _match() -> tuple[Feature, ...]:
    room = "match"
    return (
        Feature(
            "is_same_organisation",
            "yes/no",
            0,
            1,
            0,
            "match",
            room,
            "Sedang menjabat di organisasi itu",
            "Holds a post in that organisation",
            _UNITS,
            structural=True,
        ),
        Feature(
            "years_in_organisation",
            "years",
            0,
            80,
            1,
            "match",
            room,
            "Lama di organisasi itu",
            "Years in that organisation",
            _UNITS,
            structural=True,
        ),
        Feature(
            "share_fields_held",
            "share",
            0,
            1,
            1,
            "match",
            room,
            "Bagian bidang jabatan yang pernah dikerjakan",
            "Share of the post’s fields worked in before",
            _FIELDS,
            structural=True,
            absent_id="bidang jabatan tidak tercatat",
            absent_en="no fields recorded for the post",
        ),
        Feature(
            "years_in_fields",
            "years",
            0,
            80,
            1,
            "match",
            room,
            "Lama di bidang jabatan itu",
            "Years in the post’s fields",
            _FIELDS,
            absent_id="bidang jabatan tidak tercatat",
            absent_en="no fields recorded for the post",
        ),
        Feature(
            "has_held_post",
            "yes/no",
            0,
            1,
            0,
            "match",
            room,
            "Sedang atau pernah memegang jabatan itu",
            "Holds that post or has held it",
            _CAREER,
        ),
        Feature(
            "step_rise",
            "steps",
            -99,
            99,
            0,
            "match",
            room,
            "Kenaikan dari jenjang tertinggi",
            "Rise above the highest step held",
            _CAREER,
            structural=True,
            absent_id="belum pernah menjabat",
            absent_en="no post yet",
        ),
        Feature(
            "years_at_or_above_step",
            "years",
            0,
            80,
            0,
            "match",
            room,
            "Lama di jenjang itu atau di atasnya",
            "Years at that step or above",
            _CAREER,
        ),
        Feature(
            "post_step",
            "steps",
            1,
            99,
            0,
            "post",
            room,
            "Jenjang jabatan",
            "Step of the post",
            ("post", "post_class"),
            structural=True,
        ),
        Feature(
            "post_mean_tenure_years",
            "years",
            0,
            80,
            0,
            "post",
            room,
            "Rata-rata lama pemegang sebelumnya",
            "Mean tenure of earlier incumbents",
            _CAREER,
            structural=True,
            absent_id="belum ada pemegang sebelumnya",
            absent_en="no earlier incumbent has left",
        ),
        Feature(
            "n_incumbents",
            "count",
            0,
            5000,
            0,
            "post",
            room,
            "Jumlah orang yang pernah memegang jabatan sejenjang di sana",
            "People who have held posts of that class there",
            _CAREER,
        ),
    )


CATALOGUE = Catalogue(GROUPS, (*_trajectory(), *_match()))
