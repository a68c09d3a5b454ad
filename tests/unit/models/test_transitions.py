import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.careers import CareerRecord, day_numbers, destinations, moves
from models.embedding import TransitionGraph, careers_left, cosines
from models.transitions import (
    PRIOR_EXPONENTS,
    Factored,
    FactoredSettings,
    MarkovOne,
    Popularity,
    likeliest_exponents,
)
from tests.lib.moves import CLOSURES, SPELLS

LEARNED_BEFORE = pd.Timestamp("2006-01-01")
MODELS = [Popularity, MarkovOne, Factored]


def fitted(model, spells=SPELLS, closures=CLOSURES, candidates=None):
    record = CareerRecord(spells, closures)
    candidates = destinations(moves(SPELLS)) if candidates is None else candidates
    return model.fit(record, candidates, LEARNED_BEFORE)


def asked(on, organisation="Sea", step=1, *, has_held_higher=False, served=()):
    """One person about to move."""
    return pd.DataFrame(
        {
            "person_id": [9],
            "on": [pd.Timestamp(on)],
            "from_organisation": [organisation],
            "from_step": [step],
            "has_held_higher": [has_held_higher],
            "served": [frozenset(served)],
        }
    )


def by_state(model, move):
    """Chances of the first move asked, by (organisation, step)."""
    states = model.candidates.itertuples(index=False, name=None)
    return dict(zip(states, model.probabilities(move)[0], strict=True))


def log_factor(name, move, **options):
    """One log-factor of the only move asked, by (organisation, step)."""
    model = fitted(Factored(), **options)
    values = model.log_factors(move)[0, :, list(PRIOR_EXPONENTS).index(name)]
    states = model.candidates.itertuples(index=False, name=None)
    return dict(zip(states, values, strict=True))


# --- the rule: strictly before


@pytest.mark.parametrize("model", MODELS)
def test_probabilities_sum_to_one_and_are_never_nil(model):
    got = fitted(model()).probabilities(moves(SPELLS))
    assert got.shape == (5, 3)
    assert got.sum(axis=1) == pytest.approx(1.0)
    assert (got > 0).all()


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=20, deadline=None)
@given(
    days_late=st.integers(0, 2000),
    person_id=st.integers(1, 9),
    organisation=st.sampled_from(["Sea", "Land", "Air", "Ice"]),
    step=st.integers(0, 5),
)
def test_probabilities_never_change_when_later_rows_arrive(
    model, days_late, person_id, organisation, step
):
    day = pd.Timestamp("2006-01-01")
    late_on = day + pd.Timedelta(days=days_late)
    # Ice and step 4 are candidates that nobody had heard of on the day.
    candidates = pd.DataFrame(
        [("Air", 3), ("Ice", 2), ("Land", 2), ("Sea", 2), ("Sea", 4), ("Sea", 5)],
        columns=["organisation", "step"],
    )
    known = SPELLS[SPELLS["on"] < day]
    spell = {"person_id": person_id, "on": late_on, "organisation": organisation, "step": step}
    spells = pd.concat([known, pd.DataFrame([spell | {"sequence": 99}])])
    closure = {"organisation": organisation, "closed_on": late_on}
    closures = pd.concat([CLOSURES, pd.DataFrame([closure])])
    move = asked(day)
    before = fitted(model(), known, candidates=candidates).probabilities(move)
    after = fitted(model(), spells, closures, candidates=candidates).probabilities(move)
    assert before.tolist() == after.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_probabilities_never_change_when_a_step_is_named_later(model):
    # Steps 4 and 5 are both strangers on the day; the next day step 4 is one no more.
    candidates = pd.DataFrame(
        [("Sea", 2), ("Sea", 4), ("Sea", 5)], columns=["organisation", "step"]
    )
    known = SPELLS[SPELLS["on"] < "2006-01-01"]
    spell = {"person_id": 8, "on": pd.Timestamp("2006-01-02"), "organisation": "Sea", "step": 4}
    spells = pd.concat([known, pd.DataFrame([spell | {"sequence": 99}])])
    before, after = (
        fitted(model(), s, candidates=candidates).probabilities(asked("2006-01-01"))
        for s in (known, spells)
    )
    assert before.tolist() == after.tolist()


def test_probabilities_roll_on_with_what_began_the_day_before():
    began = {"person_id": 7, "on": pd.Timestamp("2007-12-31"), "organisation": "Land"}
    spells = pd.concat([SPELLS, pd.DataFrame([began | {"step": 2, "sequence": 9}])])
    move = asked("2008-01-01")
    without, with_it = (by_state(fitted(Popularity(), s), move) for s in (SPELLS, spells))
    assert with_it["Land", 2] > without["Land", 2]


def test_exponents_are_not_learned_from_moves_begun_on_the_cut_or_later():
    later = SPELLS.assign(organisation=SPELLS["organisation"].where(SPELLS["sequence"] != 8, "Air"))
    candidates = pd.DataFrame(
        [("Air", 2), ("Air", 3), ("Land", 2), ("Sea", 2)], columns=["organisation", "step"]
    )
    ours, theirs = (fitted(Factored(), s, candidates=candidates) for s in (SPELLS, later))
    assert ours.exponents == theirs.exponents


# --- the references


def test_popularity_counts_starts_of_the_last_six_years():
    # On 2006-06-01: Sea 2 began in 2002 and 2006, Land 2 in 2003 and 2004, Air 3 in 2005.
    got = by_state(fitted(Popularity()), asked("2006-06-01"))
    assert got["Sea", 2] == pytest.approx(2.05 / 5.15)
    assert got["Air", 3] == pytest.approx(1.05 / 5.15)
    # On 2008-06-01 the start of 2002 is too old.
    assert by_state(fitted(Popularity()), asked("2008-06-01"))["Sea", 2] == pytest.approx(
        1.05 / 4.15
    )


def test_markov_adds_moves_from_the_same_state_to_five_moves_of_popularity():
    # From Sea 1, before 2006: one move to Sea 2, one to Land 2. Popularity 1, 2 and 1 starts.
    got = by_state(fitted(MarkovOne()), asked("2006-01-01"))
    assert got["Sea", 2] == pytest.approx((1 + 5 * 1.05 / 4.15) / 7)
    assert got["Land", 2] == pytest.approx((1 + 5 * 2.05 / 4.15) / 7)


@pytest.mark.parametrize("state", [("Ice", 1), ("Sea", 8), ("Land", 2)])
def test_markov_from_a_state_never_left_is_popularity(state):
    move = asked("2006-01-01", *state)
    markov, popularity = fitted(MarkovOne()), fitted(Popularity())
    assert markov.probabilities(move) == pytest.approx(popularity.probabilities(move))


# --- the factors


def test_popularity_factor_is_starts_a_year_the_organisation_has_lived():
    # Practically no decay. Sea is six years old with four starts, one of them at step 2; of the
    # candidates' steps, step 2 has three starts and step 3 one.
    frozen = FactoredSettings(popularity_half_life=1e9, exponents=PRIOR_EXPONENTS)
    model = fitted(Factored(frozen))
    got = np.exp(model.log_factors(asked("2006-01-01"))[0, :, 0])
    years = 2192 / 365.25 + 0.25
    share = (3 + 0.5) / (3 + 1 + 1)
    expected = (1 + 0.25 * share * (4 + 0.1) / years) / years
    assert got[2] == pytest.approx(expected, rel=1e-6)


def test_rank_factor_shrinks_the_step_reached_towards_those_more_like_the_move():
    frozen = FactoredSettings(transition_half_life=1e12, shrinkage=2.0, exponents=PRIOR_EXPONENTS)
    got = np.exp(fitted(Factored(frozen)).log_factors(asked("2006-01-01"))[0, :, 1])
    # Before 2006 three moves reached step 2 and one step 3; candidates have those two steps.
    anyone = (3 + 0.5) / (4 + 1)
    from_step = (3 + 2 * anyone) / (3 + 2)
    held_no_higher = (3 + 2 * from_step) / (3 + 2)
    from_sea = (2 + 2 * held_no_higher) / (2 + 2)
    assert got.tolist() == pytest.approx([1 - from_sea, from_sea, from_sea])


def test_entry_factor_is_where_those_who_come_to_a_state_come_from():
    spells = SPELLS.assign(step=SPELLS["step"].where(SPELLS["sequence"] != 2, 2))
    # Person 2 now comes to Land 2 from step 2: it is entered from there more than Sea 2 is.
    low, high = (log_factor("entry", asked("2006-01-01", "Sea", s), spells=spells) for s in (1, 2))
    assert high["Land", 2] > 0 > high["Sea", 2]
    assert low["Sea", 2] > 0 > low["Land", 2]


def test_stay_factor_is_the_chance_of_staying_over_the_share_of_starts():
    frozen = FactoredSettings(
        transition_half_life=1e12, size_half_life=1e12, shrinkage=2.0, exponents=PRIOR_EXPONENTS
    )
    column = list(PRIOR_EXPONENTS).index("stay")
    got = np.exp(fitted(Factored(frozen)).log_factors(asked("2006-01-01"))[0, :, column])
    # Up from any step 2 of 4 stayed, up from step 1 two of 3; Air, closed, has no share left.
    up = (2 + 1) / (4 + 5)
    up_from_one = (2 + 2 * up) / (3 + 2)
    share = (4 + 0.1) / (4 + 3 + 0.1 * 4)
    left = (1 - up_from_one) / (1 - share)
    assert got.tolist() == pytest.approx([left, left, up_from_one / share])


def test_stay_factor_never_takes_two_unknown_organisations_for_one():
    candidates = pd.DataFrame([("Ice", 2), ("Sea", 2)], columns=["organisation", "step"])
    got = log_factor("stay", asked("2006-01-01", "Fire"), candidates=candidates)
    assert got["Ice", 2] == got["Sea", 2]


def test_returned_factor_marks_organisations_served_before():
    got = log_factor("returned", asked("2006-01-01", served=["Land"]))
    assert got == {("Air", 3): 0, ("Land", 2): 1, ("Sea", 2): 0}


@pytest.mark.parametrize(
    ("on", "is_closed"), [("2005-06-30", 0.0), ("2005-07-01", 1.0), ("2030-01-01", 1.0)]
)
def test_closed_factor_counts_from_the_day_after(on, is_closed):
    assert log_factor("closed", asked(on))["Air", 3] == is_closed


def test_closed_factor_forgets_a_closure_once_the_name_is_used_again():
    began = {"person_id": 7, "on": pd.Timestamp("2007-01-01"), "organisation": "Air"}
    spells = pd.concat([SPELLS, pd.DataFrame([began | {"step": 3, "sequence": 9}])])
    # On the first day of the new life nobody knows of it yet.
    assert log_factor("closed", asked("2007-01-01"), spells=spells)["Air", 3] == 1
    assert log_factor("closed", asked("2007-01-02"), spells=spells)["Air", 3] == 0


def test_silence_factor_is_years_since_anyone_began_between_a_week_and_a_working_life():
    candidates = pd.DataFrame(
        [("Ice", 2), ("Land", 2), ("Sea", 2)], columns=["organisation", "step"]
    )
    got = log_factor("silence", asked("2006-01-02"), candidates=candidates)
    assert got["Ice", 2] == pytest.approx(np.log(40))
    assert got["Land", 2] == pytest.approx(np.log(732 / 365.25))
    assert got["Sea", 2] == pytest.approx(np.log(0.02))


def test_just_filled_factor_grows_with_the_step_for_sixty_days():
    candidates = pd.DataFrame(
        [("Air", 3), ("Land", 1), ("Land", 2), ("Sea", 2)], columns=["organisation", "step"]
    )
    after_air, after_land, long_after = (
        log_factor("just_filled", asked(on), candidates=candidates)
        for on in ("2005-03-02", "2004-01-02", "2005-03-03")
    )
    assert after_air == {("Air", 3): 1, ("Land", 1): 0, ("Land", 2): 0, ("Sea", 2): 0}
    assert after_land == {("Air", 3): 0, ("Land", 1): 0, ("Land", 2): 0.25, ("Sea", 2): 0}
    assert set(long_after.values()) == {0}


def test_exponents_grow_on_a_factor_that_tells_and_stay_at_the_prior_without_moves():
    n_factors = len(PRIOR_EXPONENTS)
    factors = np.zeros((20, 2, n_factors))
    factors[:, 1, -1] = 1.0
    truth = np.array([1] * 15 + [0] * 5)
    # Three to one: without a ridge the exponent of a 0-or-1 factor is the log of the odds.
    got = likeliest_exponents(factors, truth, ridge=1e-9)
    assert got[-1] == pytest.approx(np.log(3), abs=1e-3)
    # With one: the moves expected, 20 / (1 + exp(-x)), and the pull, 2 x, balance the 15 made.
    pulled = likeliest_exponents(factors, truth, ridge=1.0)[-1]
    assert 20 / (1 + np.exp(-pulled)) + 2 * pulled == pytest.approx(15, abs=1e-3)
    nobody = likeliest_exponents(factors[:0], truth[:0], ridge=1.0)
    assert nobody.tolist() == list(PRIOR_EXPONENTS.values())


def test_factored_with_frozen_exponents_learns_nothing():
    learned = fitted(Factored())
    assert learned.exponents != PRIOR_EXPONENTS
    doubled = {name: 2 * exponent for name, exponent in learned.exponents.items()}
    written = json.dumps(FactoredSettings(exponents=doubled).as_json())
    frozen = fitted(Factored(FactoredSettings.from_json(json.loads(written))))
    move = asked("2006-01-01")
    squared = learned.probabilities(move) ** 2
    assert frozen.probabilities(move) == pytest.approx(squared / squared.sum())


@pytest.mark.parametrize("model", MODELS)
def test_models_work_before_anything_is_on_record(model):
    got = fitted(model(), closures=None).probabilities(asked("1990-01-01", "Ice", 7))
    assert got.sum() == pytest.approx(1.0)
    assert (got > 0).all()


def test_factored_ignores_earlier_moves_to_states_that_are_no_candidates():
    candidates = pd.DataFrame([("Sea", 2), ("Land", 2)], columns=["organisation", "step"])
    got = fitted(Factored(), candidates=candidates).probabilities(asked("2006-01-01"))
    assert got.sum() == pytest.approx(1.0)


# --- the embedding as one more component


def day_of(on):
    return int(day_numbers(pd.Series([pd.Timestamp(on)]))[0])


class Forbidden:
    """An encoder that nobody may ask."""

    def space(self, past):
        raise AssertionError("a career was embedded")


def weighed(weight, spells=SPELLS, encoder=None, **options):
    return fitted(Factored(FactoredSettings(embedding_weight=weight), encoder), spells, **options)


def test_without_a_weight_no_career_is_embedded_and_nothing_changes():
    plain, nil = fitted(Factored()), weighed(0.0, encoder=Forbidden())
    table = moves(SPELLS)
    assert nil.exponents == plain.exponents
    assert nil.probabilities(table).tobytes() == plain.probabilities(table).tobytes()
    with pytest.raises(AssertionError, match="was embedded"):
        weighed(0.5, encoder=Forbidden())


def test_likeness_is_the_cosine_of_the_career_as_of_the_day_and_the_state_as_of_the_year():
    model = weighed(0.5)
    move = moves(SPELLS).tail(1).assign(on=pd.Timestamp("2005-03-01"))
    record = model.record
    space = TransitionGraph().space(record.before(day_of("2005-01-01")))
    people = record.people_codes(move["person_id"])
    career = careers_left(space, record.before(day_of("2005-03-01")), people)
    states = record.codes(model.candidates["organisation"], model.candidates["step"])
    expected = cosines(career, space.destinations(*states))
    # Air 3 began on the first day of the year: it has a vector from the next year on.
    assert np.isnan(expected).tolist() == [[True, False, False]]
    expected[0, 0] = expected[0, 1:].mean()
    np.testing.assert_array_equal(model.likeness(move), expected)


def test_the_weight_times_the_cosine_is_added_to_the_logit():
    frozen = FactoredSettings(exponents=PRIOR_EXPONENTS)
    table = moves(SPELLS).tail(2)
    plain = fitted(Factored(frozen))
    model = plain.weighing(2.0)
    assert model.exponents == plain.exponents
    got = plain.probabilities(table) * np.exp(2.0 * model.likeness(table))
    np.testing.assert_allclose(model.probabilities(table), got / got.sum(axis=1, keepdims=True))
    assert np.ptp(model.likeness(table)) > 0


def test_another_weight_is_learned_for_as_if_it_had_been_there_from_the_start():
    other, from_start = fitted(Factored()).weighing(1.5), weighed(1.5)
    assert other.exponents == from_start.exponents != fitted(Factored()).exponents
    table = moves(SPELLS)
    assert other.probabilities(table).tobytes() == from_start.probabilities(table).tobytes()


def test_a_state_or_career_without_a_vector_is_spoken_neither_for_nor_against():
    candidates = pd.DataFrame(
        [("Air", 3), ("Ice", 2), ("Land", 2), ("Sea", 2)], columns=["organisation", "step"]
    )
    model = weighed(1.0, candidates=candidates)
    known = moves(SPELLS).tail(1)
    (likeness,) = model.likeness(known)
    # Ice was never heard of: it stands where the others do on average.
    assert likeness[1] == pytest.approx(likeness[[0, 2, 3]].mean())
    # Nobody knows person 9: all candidates stand alike.
    assert np.ptp(model.likeness(asked("2006-01-01"))) == 0


@settings(max_examples=20, deadline=None)
@given(
    days_late=st.integers(0, 900),
    on=st.dates(date(1999, 1, 1), date(2008, 1, 1)),
    person_id=st.integers(1, 9),
    organisation=st.sampled_from(["Sea", "Land", "Air", "Ice"]),
    step=st.integers(0, 5),
)
def test_likeness_never_changes_when_rows_are_recorded_later(
    days_late, on, person_id, organisation, step
):
    day = pd.Timestamp.fromisoformat("2005-06-01")
    known = SPELLS.assign(known_on=SPELLS["on"])
    spell = {"person_id": person_id, "on": pd.Timestamp(on), "organisation": organisation}
    late = {"step": step, "sequence": 99, "known_on": day + pd.Timedelta(days=days_late)}
    spells = pd.concat([known, pd.DataFrame([spell | late])], ignore_index=True)
    move = moves(SPELLS).tail(1).assign(person_id=2, on=day)
    candidates = destinations(moves(SPELLS))
    without, with_it = (
        Factored().fit(CareerRecord(s), candidates, day).likeness(move) for s in (known, spells)
    )
    assert without.tobytes() == with_it.tobytes()
    assert np.ptp(without) > 0
