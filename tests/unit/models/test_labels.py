import numpy as np

from models.labels import Labels


def days(*numbers: int) -> np.ndarray:
    return np.array([f"2020-01-{number:02d}" for number in numbers], dtype="datetime64[D]")


def kept(
    y: list[int], groups: str, day: np.ndarray, *, failures: int, share: float = 0.3
) -> list[bool]:
    """Which rows are kept apart; one letter a group, figures do not matter."""
    labels = Labels(np.zeros((len(y), 1)), np.array(y), np.array(list(groups)), day)
    return labels.kept_apart(failures, share).tolist()


def test_kept_apart_are_as_few_of_the_latest_groups_as_hold_the_failures_wanted():
    # Two failures wanted: the last two groups hold one each; three are left, 1.5 times two.
    got = kept([0, 0, 0, 0, 0], "abcde", days(1, 2, 3, 4, 5), failures=2)
    assert got == [False, False, False, True, True]


def test_kept_apart_falls_back_to_a_share_when_too_few_failures_would_be_left():
    # Two kept apart would leave two to fit on, fewer than three: the last 30% of ten groups.
    y = [0, 0, 1, 1, 1, 1, 1, 1, 0, 0]
    got = kept(y, "abcdefghij", days(*range(1, 11)), failures=2)
    assert got == [False] * 7 + [True] * 3


def test_kept_apart_falls_back_to_a_share_when_there_are_not_that_many_failures():
    got = kept([0, 1, 1, 1], "abcd", days(1, 2, 3, 4), failures=9)
    assert got == [False, False, False, True]


def test_kept_apart_never_parts_a_group():
    # Group a has a row on the latest day of all: all of it is late.
    got = kept([0] * 6, "abcdea", days(1, 2, 3, 4, 5, 9), failures=2)
    assert got == [True, False, False, False, False, True]


def test_kept_apart_does_not_depend_on_the_order_of_the_rows():
    got = kept([0] * 5, "edcba", days(5, 4, 3, 2, 1), failures=2)
    assert got == [True, True, False, False, False]


def test_kept_apart_leaves_at_least_one_group_to_fit_on():
    got = kept([0, 0], "ab", days(1, 2), failures=9, share=1.0)
    assert got == [False, True]
