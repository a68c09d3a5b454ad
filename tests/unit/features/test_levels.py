"""Levels and boxes of ranges of scores, at the thresholds and beside them."""

import numpy as np
import pytest

from features.packs.declaration import PERFORMANCE, POTENTIAL, NineBox
from features.packs.pack import parse_pack
from features.policy.levels import possible_boxes, possible_levels
from features.policy.scores import boxes_in
from tests.lib.small_pack import PACK


def section() -> NineBox:
    found = parse_pack(PACK, "small.yaml").nine_box
    assert found is not None
    return found


SECTION = section()


def of_performance(low: float, high: float) -> list[str]:
    found = possible_levels(SECTION.performance, PERFORMANCE, np.array([low]), np.array([high]))
    return [level for level, is_so in zip(PERFORMANCE, found[0], strict=True) if is_so]


def of_potential(low: float, high: float) -> list[str]:
    found = possible_levels(SECTION.potential, POTENTIAL, np.array([low]), np.array([high]))
    return [level for level, is_so in zip(POTENTIAL, found[0], strict=True) if is_so]


@pytest.mark.parametrize(
    ("low", "high", "levels"),
    [
        (59.99, 59.99, ["below"]),
        (60, 60, ["meets"]),
        (79.99, 79.99, ["meets"]),
        (80, 80, ["above"]),
        (59.99, 60, ["below", "meets"]),
        (60, 79.99, ["meets"]),
        (60, 80, ["meets", "above"]),
        (0, 100, ["below", "meets", "above"]),
        # Sums of fractions end somewhere near the threshold, and are on it.
        (79.9999999999, 79.9999999999, ["above"]),
        (59.9999999999, 79.99, ["meets"]),
    ],
)
def test_a_threshold_that_is_held_belongs_to_the_upper_level(low, high, levels: list):
    assert of_performance(low, high) == levels


@pytest.mark.parametrize(
    ("low", "high", "levels"),
    [
        (40, 40, ["low"]),
        (40.01, 40.01, ["medium"]),
        (70, 70, ["medium"]),
        (70.01, 70.01, ["high"]),
        (40, 40.01, ["low", "medium"]),
        (40.01, 70, ["medium"]),
        (70, 70.01, ["medium", "high"]),
        (70.0000000001, 70.0000000001, ["medium"]),
    ],
)
def test_a_threshold_that_is_not_held_belongs_to_the_lower_level(low, high, levels: list):
    assert of_potential(low, high) == levels


def test_boxes_are_all_pairs_of_possible_levels():
    performance = np.array([[True, True, False], [False, False, True], [False, True, False]])
    potential = np.array([[False, True, True], [True, True, True], [False, True, False]])
    masks = possible_boxes(SECTION, performance, potential)
    assert [boxes_in(mask) for mask in masks] == [(3, 5, 6, 8), (4, 7, 9), (5,)]
