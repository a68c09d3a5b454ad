import numpy as np
import pytest

from features.errors import SettingsError, SuksesiError
from features.packs.library import Library
from simulation.observables import NAMES, PLACE
from simulation.presets import preset
from simulation.sampler import sample
from training.figures import figure
from training.protocol.policy_score import SHARES, policy_score
from training.protocol.promises import PROMISES
from training.protocol.run import FULL, TOPICS, TOPICS_OF, over_seeds, run
from training.protocol.vacancies import MONOTONE, Sizes, drawn, first_vacancies, part


def row(**values: float) -> np.ndarray:
    """Somebody with the highest levels and everything on record, but for what is said."""
    told = dict.fromkeys(NAMES, 0.0)
    told |= {name: 5.0 for name in NAMES if name.startswith("potential_")}
    told |= {"post_level": 4.0, "education": 4.0, "field_fits": 1.0, "course": 1.0}
    told |= {"family_years": 6.0} | values
    return np.array([[told[name] for name in NAMES]], dtype=np.float32)


def test_shares_of_the_policy_score_are_those_of_the_pack() -> None:
    (pack,) = (one for one in Library(None).packs if one.pack == "pu-per-post")
    assert pack.nine_box is not None
    components = pack.nine_box.potential.components
    shares = {
        indicator.indicator: float(indicator.weight)
        for component in components
        for indicator in component.indicators
    }
    assert shares == SHARES


def test_policy_scores_by_hand() -> None:
    assert policy_score(row())[0] == pytest.approx(100.0)
    # A level short of four in every competency: 75 of 100, at a share of 40.
    gaps = {name: -1.0 for name in NAMES if name.startswith("gap_")}
    assert policy_score(row(**gaps))[0] == pytest.approx(90.0)
    assert policy_score(row(sanctioned=1.0))[0] == pytest.approx(92.5)
    assert policy_score(row(family_years=1.0))[0] == pytest.approx(98.0)


def test_what_is_not_on_record_lowers_no_policy_score() -> None:
    unknown = {name: np.nan for name in NAMES if name.startswith(("gap_", "potential_"))}
    assert policy_score(row(**unknown))[0] == pytest.approx(100.0)


def test_directions_speak_of_observables() -> None:
    assert set(MONOTONE) <= set(NAMES)
    assert MONOTONE["sanctioned"] == -1
    assert "service_years" not in MONOTONE
    assert "rank" in PLACE


def test_the_trial_shares_nobody_with_the_past() -> None:
    sizes = Sizes(labels=(30,), trial=40, pairs=3000, rounds=10)
    given = drawn(preset("tiny"), 7, sizes)
    assert given.trial.n_vacancies == 40
    assert not np.isin(given.trial.person, given.past.person).any()
    few = first_vacancies(given.past, 30)
    assert few.n_vacancies == 30
    assert few.is_appointed.sum() == 30


def test_a_part_counts_vacancies_anew() -> None:
    whole = sample(preset("tiny"), 3, 4, 5, stock=1000)
    rest = part(whole, whole.vacancy >= 2)
    assert rest.vacancy.tolist() == [0] * 5 + [1] * 5
    np.testing.assert_array_equal(rest.p, whole.p[10:])


def test_a_promise_speaks_of_the_mean_and_is_missed_where_nothing_was_measured() -> None:
    rows = [[figure("share", 0.9)], [figure("share", 0.98)]]
    (held,) = over_seeds("tiny", rows, {"share": ">= 0.94"})
    assert (held.ok, held.low, held.high) == (True, 0.9, 0.98)
    assert over_seeds("tiny", rows, {"share": ">= 0.95"})[0].ok is False
    (nothing,) = over_seeds("tiny", [[figure("share", None)]], {"share": ">= 0"})
    assert nothing.ok is False


def test_every_promise_is_of_a_preset_that_is_measured() -> None:
    assert set(PROMISES) == {*FULL, "tiny"}
    assert {topic for topics in TOPICS_OF.values() for topic in topics} <= set(TOPICS)


def test_no_such_topic_and_no_such_preset() -> None:
    with pytest.raises(SettingsError, match="no topic 'luck'"):
        run("tiny", 1, None, "luck", print)
    with pytest.raises(SuksesiError, match="no such preset"):
        run("tinny", 1, None, "ranking", print)
