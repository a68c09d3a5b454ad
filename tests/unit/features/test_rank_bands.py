"""Places by ranges of scores, against looking at every two people."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.policy.scores import rank_bands

Range = tuple[int, int]
ranges = st.tuples(st.integers(0, 3), st.integers(0, 2)).map(lambda r: (r[0], r[0] + r[1]))


def stands_before(one: list[Range], other: list[Range]) -> bool:
    """Whether one surely stands before the other: by the score, then by each tie breaker."""
    for mine, theirs in zip(one, other, strict=True):
        if mine[0] > theirs[1]:
            return True
        if not mine[0] == mine[1] == theirs[0] == theirs[1]:
            return False
    return False


@settings(max_examples=300, derandomize=True, database=None)
@given(people=st.lists(st.tuples(ranges, ranges, ranges), max_size=12))
def test_places_are_those_of_comparing_every_two(people: list[tuple[Range, Range, Range]]):
    ends = [np.array([[p[k][e] for p in people] for e in (0, 1)], dtype=float) for k in range(3)]
    best, worst = rank_bands(*ends[0], [(low, high) for low, high in ends[1:]])
    for place, mine in enumerate(people):
        before = sum(stands_before(list(other), list(mine)) for other in people)
        behind = sum(stands_before(list(mine), list(other)) for other in people)
        assert best[place] == 1 + before
        assert worst[place] == len(people) - behind


def test_a_thousand_ties_are_placed_by_the_tie_breaker():
    score = np.full(1000, 80.0)
    breaker = np.arange(1000.0)
    best, worst = rank_bands(score, score, [(breaker, breaker)])
    assert best.tolist() == worst.tolist() == list(range(1000, 0, -1))
