"""Careers as vectors: small graphs whose numbers can be worked out on the page."""

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from models import embedding
from models.careers import CareerRecord, day_numbers
from models.embedding import (
    GraphSpace,
    TransitionGraph,
    Visits,
    careers_left,
    cosines,
    decomposed,
    ppmi,
    unit,
    visits,
)
from tests.lib.moves import SPELLS, table

ROOT = Path(__file__).parents[3]
FOREVER = 1e12
# Two services of three steps each, alike in everything; nobody passes between them.
APART = pd.concat(
    table(f"""
        person_id | on         | organisation | step | sequence
        {n}1      | 2000-01-01 | {name}-low   | 1    | {n}0
        {n}1      | 2002-01-01 | {name}-mid   | 2    | {n}1
        {n}1      | 2004-01-01 | {name}-top   | 3    | {n}2
        {n}2      | 2000-01-01 | {name}-low   | 1    | {n}3
        {n}2      | 2002-01-01 | {name}-mid   | 2    | {n}4
        {n}3      | 2000-01-01 | {name}-low   | 1    | {n}5
        {n}3      | 2004-01-01 | {name}-top   | 3    | {n}6
    """)
    for n, name in ((1, "sea"), (2, "land"))
)
CHAIN = table("""
    person_id | on         | organisation | step | sequence
    1         | 2000-01-01 | A            | 1    | 0
    1         | 2001-01-01 | B            | 2    | 1
    1         | 2002-01-01 | C            | 3    | 2
""")


def past_of(spells, on="2010-01-01"):
    record = CareerRecord(spells)
    return record, record.before(int(day_numbers(pd.Series([pd.Timestamp(on)]))[0]))


def space_of(spells, on="2010-01-01", **options):
    record, past = past_of(spells, on)
    return record, TransitionGraph(**options).space(past)


def codes(record, *states):
    organisations, steps = zip(*states, strict=True)
    return record.codes(pd.Series(organisations), pd.Series(steps))


def vectors(spells, on="2010-01-01"):
    """Bytes of everything that a day knows: of all states, and of all careers."""
    record, past = past_of(spells, on)
    space = TransitionGraph(n_dimensions=4).space(past)
    made = visits(past)
    parts = (space.states, space.leaving, space.arriving, space.careers(made))
    return record.people(made.person), [part.tobytes() for part in parts]


# --- the graph


def test_counts_of_a_chain_are_its_moves_and_a_loop_at_every_state():
    _, past = past_of(CHAIN)
    _, counts = TransitionGraph(half_life=FOREVER, loop=0.25).counts(past)
    expected = [[0.25, 1, 0], [0, 0.25, 1], [0, 0, 0.25]]
    np.testing.assert_allclose(counts.toarray(), expected)


def test_ppmi_of_a_chain_by_hand():
    _, past = past_of(CHAIN)
    _, counts = TransitionGraph(half_life=FOREVER, loop=1.0).counts(past)
    got = ppmi(counts).toarray()
    # Five moves; rows 2, 2, 1 and columns 1, 2, 2. At an end 5 / 2, on the way 5 / 4.
    end, way = np.log(5 / 2), np.log(5 / 4)
    np.testing.assert_allclose(got, [[end, way, 0], [0, way, way], [0, 0, end]])


def test_ppmi_of_what_is_rarer_than_chance_is_nil():
    # Rows 10 and 2, columns 10 and 2, twelve in all: 1 / 12 is less than 2 / 12 * 10 / 12.
    got = ppmi(sparse.csr_array(np.array([[9.0, 1.0], [1.0, 1.0]]))).toarray()
    assert got[0, 1] == got[1, 0] == 0
    assert got[1, 1] == pytest.approx(np.log(12 / 4))
    assert got[0, 0] == pytest.approx(np.log(9 * 12 / 100))


def test_a_move_one_half_life_old_counts_half():
    _, past = past_of(CHAIN, on="2003-01-01")
    _, counts = TransitionGraph(half_life=365 / 365.25, loop=1.0).counts(past)
    # Begun 1096, 730 and 365 days before; a year of 365 days is the half-life.
    begun = 0.5 ** (np.array([1096, 730, 365]) / 365)
    expected = np.diag(begun) + np.diag(begun[1:], 1)
    np.testing.assert_allclose(counts.toarray(), expected)
    assert counts.toarray()[1, 2] == pytest.approx(0.5)


def test_posts_begun_on_one_day_are_one_state_the_most_senior():
    both = table("""
        person_id | on         | organisation | step | sequence
        1         | 2000-01-01 | A            | 1    | 0
        1         | 2001-01-01 | B            | 2    | 1
        1         | 2001-01-01 | C            | 3    | 2
    """)
    record, past = past_of(both)
    made = visits(past)
    assert record.states(made.organisation, made.step) == [("A", 1), ("C", 3)]


# --- vectors of states


@pytest.mark.parametrize("side", ["leaving", "arriving"])
def test_states_of_two_services_that_nobody_passes_between_are_at_right_angles(side):
    record, space = space_of(APART, half_life=FOREVER, loop=1.0)
    rows = getattr(space, side)
    names = [of for of, _ in record.states(*divmod(space.states, space.n_steps))]
    alike = cosines(rows, rows)
    services = np.array([name.split("-")[0] for name in names])
    same = services[:, None] == services[None]
    assert same.sum() == 18
    np.testing.assert_allclose(alike[~same], 0, atol=1e-9)
    # Within one, neighbours on the way are more alike than its ends.
    low, mid, top = (names.index(f"sea-{step}") for step in ("low", "mid", "top"))
    assert min(alike[low, mid], alike[mid, top]) > 0.15 > abs(alike[low, top])


def test_cosines_give_back_what_the_graph_holds():
    # With all dimensions kept, leaving times arriving is the matrix itself, scaled.
    _, past = past_of(APART)
    graph = TransitionGraph(loop=1.0)
    matrix = ppmi(graph.counts(past)[1])
    left, values, right = decomposed(matrix, 99)
    np.testing.assert_allclose(left * values @ right.T, matrix.toarray(), atol=1e-12)
    space = graph.space(past)
    root = np.sqrt(values)
    np.testing.assert_allclose(space.leaving, unit(left * root))
    np.testing.assert_allclose(space.arriving, unit(right * root))


def test_there_are_no_more_dimensions_than_states_or_than_asked_for():
    assert space_of(CHAIN, loop=1.0)[1].n_dimensions == 3
    # With a light loop the rows of B and C tell of C alone: two directions are all there are.
    assert space_of(CHAIN, loop=0.001)[1].n_dimensions == 2
    assert space_of(APART, loop=1.0)[1].n_dimensions == 6
    assert space_of(APART, n_dimensions=2)[1].n_dimensions == 2
    # A single state is what chance would have it: there is nothing to tell.
    record, alone = space_of(CHAIN.head(1))
    assert alone.n_dimensions == 0
    assert alone.destinations(*codes(record, ("A", 1))).shape == (1, 0)


@pytest.mark.parametrize("on", ["1999-01-01", "2000-01-01"])
def test_before_anything_is_on_record_there_are_no_vectors(on):
    record, past = past_of(SPELLS, on)
    space = TransitionGraph().space(past)
    assert (space.n_dimensions, len(visits(past))) == (0, 0)
    assert space.careers(visits(past)).shape == (0, 0)
    people = record.people_codes(pd.Series([1]))
    found = cosines(
        careers_left(space, past, people), space.destinations(*codes(record, ("Sea", 1)))
    )
    assert np.isnan(found).all()
    assert found.shape == (1, 1)


def test_every_vector_has_length_one_or_is_missing():
    record, past = past_of(SPELLS)
    space = TransitionGraph().space(past)
    made = space.careers(visits(past))
    for rows in (space.leaving, space.arriving, made):
        lengths = np.linalg.norm(rows, axis=1)
        assert (np.isnan(lengths) | (np.abs(lengths - 1) < 1e-12)).all()
        assert (~np.isnan(lengths)).any()


def test_a_state_never_seen_has_no_vector_and_never_zeros():
    record, space = space_of(SPELLS, "2004-06-01")
    asked = [("Air", 3), ("Sea", 3), ("Ice", 1), ("Sea", 9), ("Land", 2)]
    for rows in (
        space.departures(*codes(record, *asked)),
        space.destinations(*codes(record, *asked)),
    ):
        # Air 3 begins in 2005; nobody was ever in Sea 3; Ice and step 9 are unheard of.
        assert np.isnan(rows).all(axis=1).tolist() == [True, True, True, True, False]


# --- vectors of careers


def hand_made():
    """Three states, two of them with vectors along the axes."""
    leaving = np.array([[1.0, 0.0], [0.0, 1.0], [np.nan, np.nan]])
    return GraphSpace(1, np.array([0, 1, 2]), leaving, leaving, visit_half_life=8.0)


def career(states, ages, person=None):
    n = len(states)
    return Visits(
        np.zeros(n, int) if person is None else np.array(person),
        np.array(states),
        np.zeros(n, int),
        np.array(ages, float),
    )


def test_a_career_is_its_mean_state_and_its_last_one_in_equal_parts():
    first, both = hand_made().careers(career([0, 1], [9.0, 1.0]))
    assert first.tolist() == [1.0, 0.0]
    # One half-life older, the first state counts half: (0.5, 1), made of length 1, and (0, 1).
    mean = np.array([0.5, 1.0]) / np.sqrt(1.25)
    np.testing.assert_allclose(both, unit(mean + [0, 1]))


def test_a_career_does_not_change_while_nothing_happens():
    now, later = (hand_made().careers(career([0, 1], np.add([9, 1], years))) for years in (0, 20))
    np.testing.assert_allclose(now, later, atol=1e-15)


def test_a_visit_without_a_vector_counts_for_nothing():
    made = hand_made().careers(career([2, 0, 1, 2], [30.0, 9.0, 1.0, 0.5]))
    plain = hand_made().careers(career([0, 1], [9.0, 1.0]))
    assert np.isnan(made[0]).all()
    np.testing.assert_allclose(made[1:3], plain)
    # The last state is missing: the mean stands alone.
    np.testing.assert_allclose(made[3], unit(np.array([0.5, 1.0])))


def test_careers_of_several_people_are_kept_apart():
    one, other = career([0, 1], [9, 1]), career([1, 0, 1], [20, 12, 3])
    together = career([0, 1, 1, 0, 1], [9, 1, 20, 12, 3], [4, 4, 7, 7, 7])
    got = hand_made().careers(together)
    np.testing.assert_array_equal(got[:2], hand_made().careers(one))
    np.testing.assert_array_equal(got[2:], hand_made().careers(other))
    assert together.place().tolist() == [0, 1, 0, 1, 2]


def test_the_career_of_somebody_never_heard_of_is_missing():
    record, past = past_of(SPELLS)
    space = TransitionGraph().space(past)
    people = record.people_codes(pd.Series([2, 99, 1]))
    got = careers_left(space, past, people)
    made = visits(past)
    last = [np.flatnonzero(made.person == code)[-1] for code in people[[0, 2]]]
    np.testing.assert_allclose(got[[0, 2]], space.careers(made)[last])
    assert np.isnan(got[1]).all()


# --- the rules: strictly before, the same bytes


DAYS = st.dates(date(1999, 1, 1), date(2008, 1, 1))
ROW = st.tuples(
    st.integers(1, 6), DAYS, st.sampled_from(["Sea", "Land", "Air", "Ice"]), st.integers(0, 4)
)


@settings(max_examples=40, deadline=None)
@given(late=st.lists(st.tuples(ROW, st.integers(0, 900)), min_size=1, max_size=4))
def test_what_is_recorded_on_the_day_or_later_changes_no_vector(late):
    day = pd.Timestamp("2005-06-01")
    known = SPELLS.assign(known_on=SPELLS["on"])
    # They happened at any time, before a post on record as well; the file knew of them too late.
    added = pd.DataFrame(
        [
            {
                "person_id": person,
                "on": pd.Timestamp(on),
                "organisation": organisation,
                "step": step,
                "sequence": 100 + place,
                "known_on": day + pd.Timedelta(days=days),
            }
            for place, ((person, on, organisation, step), days) in enumerate(late)
        ]
    )
    spells = pd.concat([known, added], ignore_index=True)
    ours, theirs = vectors(known, day)[1], vectors(spells, day)[1]
    # Codes of states may move when a lower step is named; what they stand for does not.
    assert ours[1:] == theirs[1:]
    people = vectors(known, day)[0]
    assert people == vectors(spells, day)[0]


def test_what_is_recorded_the_day_before_is_seen():
    early, late = (vectors(SPELLS, on) for on in ("2005-01-01", "2005-01-02"))
    assert early != late


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(len(SPELLS))))
def test_the_order_of_rows_changes_no_byte(order):
    shuffled = SPELLS.iloc[order].reset_index(drop=True)
    assert vectors(shuffled) == vectors(SPELLS)


def test_a_row_that_is_there_twice_changes_no_byte():
    twice = pd.concat([SPELLS, SPELLS.iloc[[1, 4, 6]].assign(sequence=[50, 51, 52])])
    assert vectors(twice) == vectors(SPELLS)


def test_another_process_gives_the_same_bytes():
    script = (
        "import hashlib; from tests.unit.models.test_embedding import APART, vectors;"
        "print(hashlib.sha256(b''.join(vectors(APART)[1])).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(b"".join(vectors(APART)[1])).hexdigest()


# --- many states


def sparse_counts():
    chance = np.random.default_rng(7)
    counts = chance.poisson(0.3, (60, 60)) + np.eye(60)
    return ppmi(sparse.csr_array(counts.astype(float)))


def test_many_states_are_decomposed_by_iteration_to_the_same_vectors(monkeypatch):
    exact = decomposed(sparse_counts(), 8)
    monkeypatch.setattr(embedding, "MOST_DENSE_STATES", 10)
    iterated, again = decomposed(sparse_counts(), 8), decomposed(sparse_counts(), 8)
    for one, other, repeated in zip(exact, iterated, again, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-8)
        assert other.tobytes() == repeated.tobytes()
    left, values, _ = iterated
    assert (np.diff(values) <= 0).all()
    assert (left[np.abs(left).argmax(axis=0), np.arange(8)] > 0).all()


def test_signs_are_fixed_whatever_the_library_gives(monkeypatch):
    plain = decomposed(sparse_counts(), 8)
    svd = embedding.linalg.svd

    def turned(*arguments, **options):
        left, values, right = svd(*arguments, **options)
        return -left, values, -right

    monkeypatch.setattr(embedding.linalg, "svd", turned)
    for one, other in zip(plain, decomposed(sparse_counts(), 8), strict=True):
        np.testing.assert_array_equal(one, other)
