"""Every feature says what it is, and where it comes from."""

import dataclasses

import pytest

from features.agencies.consistency import SNAPSHOT_TABLES
from features.assemble import ROOMS
from features.catalogue import CATALOGUE, Catalogue, Feature, ReasonGroup
from features.errors import CatalogueError

UNITS = (
    *("years", "count", "share", "steps", "yes/no", "percentile", "levels", "deviations"),
    *("points", "expectation", "severity", "hours", "nats"),
)
TABLES = {table.name: table for table in SNAPSHOT_TABLES}
each_feature = pytest.mark.parametrize("feature", list(CATALOGUE), ids=lambda f: f.name)


@each_feature
def test_a_feature_has_a_unit_and_a_range_that_fits_it(feature: Feature):
    assert feature.unit in UNITS
    assert feature.low < feature.high
    if feature.unit in ("share", "yes/no", "percentile"):
        assert (feature.low, feature.high) == (0, 1)
    if feature.unit in ("years", "count"):
        assert feature.low == 0


@each_feature
def test_a_feature_has_a_label_in_both_languages(feature: Feature):
    assert feature.label_id.strip()
    assert feature.label_en.strip()
    assert feature.label_id != feature.label_en


@each_feature
def test_a_feature_belongs_to_a_reason_group(feature: Feature):
    assert feature.group in CATALOGUE.groups
    assert feature.name in CATALOGUE.of_group(feature.group)


@each_feature
def test_a_feature_comes_from_canonical_tables_that_are_not_protected(feature: Feature):
    assert feature.source
    for name in feature.source:
        assert name in TABLES
        assert not TABLES[name].protected


@each_feature
def test_a_feature_is_computed_by_a_room_that_exists(feature: Feature):
    assert feature.room in ROOMS
    assert feature.name in CATALOGUE.of_room(feature.room)


def test_every_room_and_every_group_has_features():
    assert all(CATALOGUE.of_room(room) for room in ROOMS)
    assert all(CATALOGUE.of_group(group) for group in CATALOGUE.groups)


def test_labels_tell_features_apart():
    for language in ("label_id", "label_en"):
        labels = [getattr(feature, language) for feature in CATALOGUE]
        assert len(set(labels)) == len(labels)


GROUP = ReasonGroup("pace", "Laju", "Pace")
FEATURE = Feature(
    "n_moves", "count", 0, 500, 0, "pace", "trajectory", "Perpindahan", "Moves", ("appointment",)
)
SMALL = Catalogue((GROUP,), (FEATURE,))
OTHERWISE = {
    "name": "n_turns",
    "unit": "years",
    "low": -1,
    "high": 501,
    "direction": 1,
    "room": "match",
    "label_id": "Pindah",
    "label_en": "Turns",
    "source": ("appointment", "post"),
    "structural": True,
    "absent_id": "Tidak pernah pindah",
    "absent_en": "Never moved",
}


@pytest.mark.parametrize("field", OTHERWISE)
def test_the_version_changes_when_anything_of_a_feature_changes(field: str):
    changed = dataclasses.replace(FEATURE, **{field: OTHERWISE[field]})
    assert Catalogue((GROUP,), (changed,)).version != SMALL.version


def test_every_field_of_a_feature_is_changed_above():
    fields = {field.name for field in dataclasses.fields(Feature)}
    assert fields == {*OTHERWISE, "group"}


@pytest.mark.parametrize(
    "changed",
    [
        ReasonGroup("pace", "Laju karier", "Pace"),
        ReasonGroup("pace", "Laju", "Speed"),
        ReasonGroup("pace", "Laju", "Pace", about_the_post=True),
    ],
)
def test_the_version_changes_when_a_group_changes(changed: ReasonGroup):
    assert Catalogue((changed,), (FEATURE,)).version != SMALL.version


def test_the_version_changes_with_the_order_and_the_group_of_a_feature():
    other = ReasonGroup("breadth", "Keluasan", "Breadth")
    second = dataclasses.replace(FEATURE, name="n_turns")
    both = Catalogue((GROUP,), (FEATURE, second)).version
    assert Catalogue((GROUP,), (second, FEATURE)).version != both
    moved = dataclasses.replace(FEATURE, group="breadth")
    groups = (GROUP, other)
    assert Catalogue(groups, (moved,)).version != Catalogue(groups, (FEATURE,)).version


def test_the_version_is_the_same_for_the_same_catalogue():
    again = Catalogue((ReasonGroup("pace", "Laju", "Pace"),), (dataclasses.replace(FEATURE),))
    assert again.version == SMALL.version
    assert len(SMALL.version) == 12


def test_more_features_come_behind_and_leave_the_catalogue_as_it_was():
    second = dataclasses.replace(FEATURE, name="n_turns")
    assert SMALL.with_features(second).names == ["n_moves", "n_turns"]
    assert SMALL.names == ["n_moves"]


@pytest.mark.parametrize(
    ("features", "what"),
    [
        ((FEATURE, FEATURE), "two features share a name"),
        ((dataclasses.replace(FEATURE, group="luck"),), "reason group 'luck' does not exist"),
        ((dataclasses.replace(FEATURE, direction=2),), "direction or range is not valid"),
        ((dataclasses.replace(FEATURE, low=500),), "direction or range is not valid"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(features: tuple, what: str):
    with pytest.raises(CatalogueError, match=what):
        Catalogue((GROUP,), features)
