import numpy as np
import pandas as pd
import pytest

from features.errors import SuksesiError
from models.careers import (
    CareerRecord,
    by_day,
    candidate_rows,
    day_numbers,
    destinations,
    moves,
    positions,
    standing,
)
from tests.lib.moves import CLOSURES, SPELLS, table


def test_moves_keep_the_most_senior_of_posts_begun_on_one_day_then_the_first_in_the_file():
    spells = table("""
        person_id | on         | organisation | step | sequence
        1         | 2000-01-01 | Sea          | 1    | 0
        1         | 2001-01-01 | Land         | 1    | 1
        1         | 2001-01-01 | Air          | 2    | 3
        1         | 2001-01-01 | Sea          | 2    | 2
    """)
    got = moves(spells)
    assert got[["to_organisation", "to_step"]].values.tolist() == [["Sea", 2]]


def test_moves_tell_only_what_came_strictly_before():
    spells = table("""
        person_id | on         | organisation | step | sequence
        1         | 2000-01-01 | Sea          | 3    | 0
        1         | 2001-01-01 | Land         | 1    | 1
        1         | 2002-01-01 | Air          | 2    | 2
        1         | 2002-01-01 | Sky          | 1    | 3
        1         | 2003-01-01 | Land         | 3    | 4
    """)
    got = moves(spells)
    assert got["has_held_higher"].tolist() == [False, True, True]
    # Sky began on the day of the move to Air, so only the next move knows of it.
    assert got["served"].tolist() == [set(), {"Sea"}, {"Sea", "Land", "Sky"}]


def test_moves_are_ordered_by_day_then_file_and_need_two_spells():
    got = moves(SPELLS)
    assert got["person_id"].tolist() == [1, 2, 3, 1, 4]
    assert moves(SPELLS.head(1)).empty


def test_standing_knows_nothing_of_the_day_itself():
    got = (
        standing(SPELLS, pd.Timestamp.fromisoformat("2005-01-01"))
        .set_index("person_id")
        .sort_index()
    )
    assert got["from_organisation"].tolist() == ["Sea", "Land", "Land", "Sea"]
    assert got["from_step"].tolist() == [2, 2, 2, 1]
    assert got.loc[2, "served"] == {"Sea"}


def test_positions_refuse_a_state_that_is_no_candidate():
    made = moves(SPELLS)
    candidates = destinations(made)
    assert candidates.values.tolist() == [["Air", 3], ["Land", 2], ["Sea", 2]]
    assert positions(made, candidates).tolist() == [2, 1, 1, 0, 2]
    with pytest.raises(SuksesiError, match="1 moves lead to a state"):
        positions(made, candidates.iloc[1:])


def test_candidate_rows_mark_a_move_that_leads_elsewhere():
    made = moves(SPELLS)
    assert candidate_rows(made, destinations(made).iloc[1:]).tolist() == [1, 0, 0, -1, 1]


# --- the record, up to the day before


def day(on):
    return int(day_numbers(pd.Series([pd.Timestamp(on)]))[0])


def seen(on, spells=SPELLS, closures=CLOSURES):
    """The past that a day sees, and the codes of Sea, Land and Air, of steps 1, 2 and 3."""
    record = CareerRecord(spells, closures)
    codes = record.codes(pd.Series(["Sea", "Land", "Air"]), pd.Series([1, 2, 3]))
    return record.before(day(on)), *(code.tolist() for code in codes)


def test_day_numbers_count_from_1970():
    assert day_numbers(pd.Series(pd.to_datetime(["1970-01-01", "1972-03-01"]))).tolist() == [0, 790]


@pytest.mark.parametrize(
    ("on", "n_spells", "n_moves"), [("2004-01-01", 5, 2), ("2004-01-02", 7, 3)]
)
def test_record_shows_spells_and_moves_of_strictly_earlier_days(on, n_spells, n_moves):
    past, _, _ = seen(on)
    assert len(past.spell_age) == len(past.spell_step) == n_spells
    assert len(past.move_age) == len(past.to_step) == len(past.has_held_higher) == n_moves
    assert past.spell_age.min() > 0


def test_record_shows_what_was_recorded_late_from_then_on_at_its_own_age():
    # 3 began at Land in 2001; nobody knew before 2004-06-01.
    late = SPELLS.assign(known_on=SPELLS["on"])
    late.loc[late["sequence"] == 4, "known_on"] = pd.Timestamp("2004-06-01")
    closed = CLOSURES.assign(known_on=pd.Timestamp("2006-03-01"))
    before, (_, land, air), _ = seen("2004-06-01", late, closed)
    assert (before.spell_organisation == land).sum() == 2
    # The move that began from there is not on record either.
    assert len(before.move_age) == 2
    after, _, _ = seen("2004-06-02", late, closed)
    assert len(after.spell_age) == len(before.spell_age) + 1
    assert after.spell_age[-1] * 365.25 == pytest.approx(1248)
    assert after.move_age[-1] * 365.25 == pytest.approx(153)
    assert not seen("2006-03-01", late, closed)[0].is_closed()[air]
    assert seen("2006-03-02", late, closed)[0].is_closed()[air]
    # All that was seen in time stands as it stood.
    whole, _, _ = seen("2004-06-02")
    assert sorted(after.spell_age) == sorted(whole.spell_age)
    assert sorted(after.move_age) == sorted(whole.move_age)


def test_moves_tell_from_when_on_they_were_on_record():
    late = SPELLS.assign(known_on=SPELLS["on"] - pd.Timedelta(days=30))
    late.loc[late["sequence"] == 4, "known_on"] = pd.Timestamp("2004-06-01")
    of_three = moves(late)[lambda table: table["person_id"] == 3].iloc[0]
    assert of_three["from_known_on"] == of_three["known_on"] == pd.Timestamp("2004-06-01")
    # What is announced is known when it happens, and no earlier.
    others = moves(late)[lambda table: table["person_id"] != 3]
    assert (others["known_on"] == others["on"]).all()


def test_record_gives_ages_in_years_before_the_day():
    past, _, _ = seen("2003-01-02")
    # Two spells of 2000-01-01, one of 2001, 2002 and 2003, the last of them the day before.
    days = [1097, 1097, 731, 366, 1]
    np.testing.assert_allclose(past.spell_age * 365.25, days)
    np.testing.assert_allclose(past.move_age * 365.25, [366, 1])


def test_record_tells_moves_by_the_codes_of_their_states():
    past, (sea, land, _), (one, two, _) = seen("2003-01-02")
    assert past.from_organisation.tolist() == [sea, sea]
    assert past.to_organisation.tolist() == [sea, land]
    assert (past.from_step.tolist(), past.to_step.tolist()) == ([one, one], [two, two])


def test_record_codes_a_name_it_does_not_know_as_the_last():
    record = CareerRecord(SPELLS)
    organisation, step = record.codes(pd.Series(["Ice", "Sea"]), pd.Series([7, 3]))
    assert organisation.tolist() == [record.n_organisations - 1, 0] == [3, 0]
    assert step.tolist() == [record.n_steps - 1, 2] == [3, 2]


def test_past_adds_up_weighted_starts_of_each_state():
    past, (sea, land, air), (one, two, _) = seen("2004-01-02")
    starts = past.starts(np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]))
    # In order of day and file: Sea 1, Sea 1, Land 1, Sea 2, Land 2, Land 2, Sea 1.
    assert starts[[sea, land, air], one].tolist() == [67.0, 4.0, 0.0]
    assert starts[[sea, land, air], two].tolist() == [8.0, 48.0, 0.0]
    assert starts.sum() == 127.0


def test_past_tells_years_since_the_first_and_since_the_last_start():
    past, (sea, land, air), _ = seen("2003-01-02")
    of_each = [sea, land, air]
    assert (past.life_years() * 365.25)[of_each].round(6).tolist() == [1097, 731, 0]
    assert (past.silence_years() * 365.25)[of_each].round(6).tolist() == [366, 1, np.inf]


@pytest.mark.parametrize(("on", "is_closed"), [("2005-06-30", False), ("2005-07-01", True)])
def test_past_knows_a_closure_from_the_day_after(on, is_closed):
    past, (_, _, air), _ = seen(on)
    assert past.is_closed()[air] == is_closed


@pytest.mark.parametrize(("begun_on", "is_closed"), [("2005-06-30", True), ("2005-07-01", False)])
def test_past_forgets_a_closure_once_somebody_began_there_after_it(begun_on, is_closed):
    began = {"person_id": 7, "on": pd.Timestamp(begun_on), "organisation": "Air"}
    spells = pd.concat([SPELLS, pd.DataFrame([began | {"step": 3, "sequence": 9}])])
    past, (_, _, air), _ = seen("2006-01-01", spells)
    assert past.is_closed()[air] == is_closed


def test_past_takes_no_organisation_for_closed_because_nobody_began_there():
    past, _, _ = seen("2001-01-01")
    assert past.silence_years()[-1] == np.inf
    assert not past.is_closed().any()


def test_record_of_a_closure_alone_knows_the_name():
    closed = table("""
        organisation | closed_on
        Ice          | 2001-06-30
    """)
    record = CareerRecord(SPELLS, closed)
    ice = record.codes(pd.Series(["Ice"]), pd.Series([1]))[0][0]
    assert ice < record.n_organisations - 1
    assert record.before(day("2001-07-01")).is_closed()[ice]


def test_by_day_gives_each_day_once_with_its_rows():
    unordered = moves(SPELLS).iloc[[4, 0, 3]]
    twice = pd.concat([unordered, unordered.iloc[[1]]])
    got = [(number, rows.tolist()) for number, rows in by_day(twice)]
    assert got == [(day("2002-01-01"), [1, 3]), (day("2005-01-01"), [2]), (day("2006-01-01"), [0])]
