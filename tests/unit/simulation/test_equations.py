"""The equations of success, chance, people, measurement and panels; knobs and presets."""

from dataclasses import fields, replace

import numpy as np
import pytest

from simulation import chance, measurement, people, structure, success
from simulation.errors import SimulationError
from simulation.knobs import Knobs
from simulation.panels import decide
from simulation.people import N_ABILITIES, People
from simulation.presets import PRESETS, preset
from simulation.vocabulary import (
    ADMINISTRATOR,
    CHANGE,
    CLASSES,
    MADYA,
    N_COMPETENCIES,
    PRATAMA,
    TECHNICAL,
)

DAY = 17_000
BIASES = {
    "panel_bias": 0.7,
    "rating_bias": 0.7,
    "coverage_bias": 0.7,
    "unequal_opportunity": 0.7,
    "hidden_panel_bias": 0.7,
}


def pairs(count: int, seed: int = 1, post_class: int | None = None) -> dict[str, np.ndarray]:
    """Pairs of any person and any post, well beyond what a ministry has."""
    rng = np.random.default_rng(seed)
    classes = rng.choice([MADYA, PRATAMA, ADMINISTRATOR], size=count)
    if post_class is not None:
        classes[:] = post_class
    posts = structure.draw_posts(rng, classes, 5)
    return {
        "abilities": rng.uniform(0.0, 6.0, (count, N_COMPETENCIES)),
        "conduct": rng.normal(size=count),
        "family_years": rng.uniform(0, 35, count),
        "units_served": rng.integers(1, 8, count),
        "motivation": rng.normal(size=count),
        "required": posts.required,
        "weight": posts.weight,
        "post_class": classes,
        "changing": posts.changing,
        "difficulty": posts.difficulty,
    }


def crowd(n: int = 3000, seed: int = 1) -> People:
    return people.stock(np.random.default_rng(seed), Knobs(), n, DAY, 20)


def recorded(
    knobs: Knobs, who: People, seed: int = 3
) -> tuple[measurement.YearRecords, measurement.Dossier]:
    """One year of records of people who all do equally well."""
    n = len(who)
    dossier = measurement.Dossier.empty(n)
    written = measurement.record_year(
        np.random.default_rng(seed),
        knobs,
        who,
        dossier,
        performance=np.zeros(n),
        leniency=np.zeros(n),
        unit_quality=np.zeros(n),
        year=2020,
        day=DAY + 180,
        present=np.ones(n, dtype=bool),
    )
    return written, dossier


def copied(who: People) -> People:
    return People(**{one.name: getattr(who, one.name).copy() for one in fields(who)})


# Success


def test_raising_an_ability_never_lowers_the_probability_of_success():
    drawn = pairs(100_000)
    rng = np.random.default_rng(2)
    before = success.effects(Knobs(), **drawn).probability
    raised = drawn["abilities"].copy()
    which = rng.integers(0, N_COMPETENCIES, len(raised))
    raised[np.arange(len(raised)), which] += rng.exponential(1.0, len(raised))
    after = success.effects(Knobs(), **{**drawn, "abilities": raised}).probability
    assert (after - before).min() >= -1e-12
    assert (after > before).mean() > 0.3


def test_surplus_beyond_half_a_level_adds_nothing_to_the_match():
    drawn = pairs(2000)
    gap = np.random.default_rng(2).uniform(0.5, 3.0, drawn["required"].shape)
    at = {**drawn, "abilities": drawn["required"] + gap}
    exactly = {**drawn, "abilities": drawn["required"] + 0.5}
    just_below = {**drawn, "abilities": drawn["required"] + 0.4}
    knobs = Knobs().changed(interaction_weight=0)
    found = success.effects(knobs, **at).logit
    assert found == pytest.approx(success.effects(knobs, **exactly).logit, abs=1e-12)
    assert (found > success.effects(knobs, **just_below).logit).all()


def test_the_worst_critical_gap_is_not_made_up_for_by_another_strength():
    drawn = pairs(5, post_class=PRATAMA)
    drawn["weight"] = np.full_like(drawn["weight"], 0.5 / 12)
    drawn["weight"][:, [CHANGE, TECHNICAL]] = 0.25
    drawn["abilities"] = drawn["required"].copy()
    drawn["abilities"][:, CHANGE] -= 2.0
    drawn["abilities"][:, TECHNICAL] += 3.0
    knobs = Knobs()
    critical = success.effects(knobs, **drawn).of("critical_gap")
    assert critical == pytest.approx(-2.0 * knobs.critical_weight * knobs.steepness)


def test_the_smooth_minimum_rises_in_both_and_stays_below_the_lesser():
    rng = np.random.default_rng(4)
    first, second = rng.uniform(-2, 1.2, (2, 10_000))
    step = rng.exponential(0.3, 10_000)
    found = success.smooth_minimum(first, second)
    assert (found <= np.minimum(first, second) + 1e-12).all()
    # Never further below than half of log 2.
    assert (found >= np.minimum(first, second) - 0.5 * np.log(2) - 1e-12).all()
    assert found == pytest.approx(success.smooth_minimum(second, first))
    assert (success.smooth_minimum(first + step, second) >= found).all()
    assert (success.smooth_minimum(first, second + step) >= found).all()
    # One strength is worth little where the other is weak.
    strong, weak = np.array(1.0), np.array(-2.0)
    gained = success.smooth_minimum(strong + 1, weak) - success.smooth_minimum(strong, weak)
    assert gained < 0.01


def test_experience_is_best_at_twelve_years():
    years = np.arange(0, 40, 0.5)
    drawn = {name: values.repeat(len(years), axis=0) for name, values in pairs(1).items()}
    drawn["family_years"] = years
    found = success.effects(Knobs(), **drawn).of("experience")
    assert years[np.argmax(found)] == success.BEST_EXPERIENCE == 12
    assert (np.diff(found[years <= 12]) >= 0).all()
    assert (np.diff(found[years >= 12]) <= 0).all()
    # And the harm of too much has an end.
    assert found.min() == pytest.approx(-Knobs().experience_weight * Knobs().steepness)


def test_breadth_counts_from_administrator_upwards_only():
    narrow, broad = np.full(50, 1), np.full(50, 5)
    for post_class, counts in ((ADMINISTRATOR, True), (CLASSES.index("pengawas"), False)):
        drawn = pairs(50, post_class=post_class)
        first = success.effects(Knobs(), **{**drawn, "units_served": narrow}).probability
        second = success.effects(Knobs(), **{**drawn, "units_served": broad}).probability
        assert (second > first).all() == counts
        assert (second == first).all() != counts


def test_groups_add_up_to_the_logit_and_a_weight_of_zero_takes_its_group_away():
    drawn = pairs(500)
    whole = success.effects(Knobs(), **drawn)
    assert whole.logit == pytest.approx(whole.base + whole.groups.sum(axis=1))
    weights = {
        "fit_weight": "competency_match",
        "critical_weight": "critical_gap",
        "conduct_weight": "conduct",
        "experience_weight": "experience",
        "breadth_weight": "breadth",
        "interaction_weight": "interactions",
        "unrecorded_weight": "unrecorded",
    }
    for knob, group in weights.items():
        without = success.effects(Knobs().changed(**{knob: 0}), **drawn)
        assert (without.of(group) == 0).all()
        assert without.logit + whole.of(group) == pytest.approx(whole.logit)


def test_potential_outcomes_are_the_same_in_any_order_and_come_true_as_often_as_they_should():
    rng = np.random.default_rng(5)
    person, post = rng.integers(0, 5000, 60_000), rng.integers(0, 5000, 60_000)
    logit = rng.normal(size=60_000)
    found = success.happens(9, person, post, 2020, logit)
    order = rng.permutation(60_000)
    again = success.happens(9, person[order], post[order], 2020, logit[order])
    assert (again == found[order]).all()
    assert success.happens(9, person[7:8], post[7:8], 2020, logit[7:8])[0] == found[7]
    # Other years, seeds and partners have luck of their own.
    for other in (
        success.happens(9, person, post, 2021, logit),
        success.happens(8, person, post, 2020, logit),
        success.happens(9, post, person, 2020, logit),
    ):
        assert 0.2 < (other != found).mean() < 0.6
    p = 1 / (1 + np.exp(-logit))
    for rows in np.array_split(np.argsort(p), 5):
        off = found[rows].mean() - p[rows].mean()
        assert abs(off) < 4 * np.sqrt((p * (1 - p))[rows].mean() / len(rows))


def test_success_is_latent_performance_above_zero():
    keys = np.arange(1000), np.arange(1000) % 7
    logit = np.linspace(-3, 3, 1000)
    latent = success.latent_performance(3, *keys, 2019, logit)
    assert ((latent > 0) == success.happens(3, *keys, 2019, logit)).all()
    # Logistic luck: its standard deviation is pi over the root of three.
    assert np.std(latent - logit) == pytest.approx(np.pi / np.sqrt(3), rel=0.08)


# Chance


def test_keyed_draws_are_even_and_differ_by_key_purpose_and_seed():
    keys = np.arange(200_000)
    drawn = chance.uniform(1, "a", keys, 4)
    assert ((drawn > 0) & (drawn < 1)).all()
    counts = np.histogram(drawn, bins=20, range=(0, 1))[0]
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 45  # chi-square of 19, one in a thousand
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01
    for other in (
        chance.uniform(2, "a", keys, 4),
        chance.uniform(1, "b", keys, 4),
        chance.uniform(1, "a", keys, 5),
        chance.uniform(1, "a", 4, keys),
    ):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.01
    normal = chance.normal(1, "a", keys)
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.01)


def test_streams_of_other_purposes_are_not_shifted():
    first = chance.stream(3, "panels").normal(size=4)
    chance.stream(3, "dirt").normal(size=99)
    assert (chance.stream(3, "panels").normal(size=4) == first).all()
    assert (chance.stream(3, "dirt").normal(size=4) != first).all()


# People and what is recorded of them


def test_protected_attributes_change_nothing_in_what_people_can_do():
    who = crowd()
    flipped = copied(who)
    for name in ("woman", "minority_origin", "minority_religion", "disabled", "married"):
        setattr(flipped, name, 1 - getattr(who, name))
    assert (flipped.abilities(DAY) == who.abilities(DAY)).all()


def probability_after_a_year(knobs: Knobs, who: People) -> np.ndarray:
    """Success in one post after a year of records and training."""
    recorded(knobs, who)
    n = len(who)
    posts = structure.draw_posts(np.random.default_rng(0), np.full(1, ADMINISTRATOR), 1)
    row = np.zeros(n, dtype=int)
    return success.effects(
        knobs,
        abilities=people.for_post(who.abilities(DAY + 365), np.arange(n), posts.family[row]),
        conduct=who.conduct,
        family_years=who.family_years[np.arange(n), posts.family[row]],
        units_served=who.units_served,
        motivation=success.motivation(1, who.key, posts.key[row]),
        required=posts.required[row],
        weight=posts.weight[row],
        post_class=posts.post_class[row],
        changing=posts.changing[row],
        difficulty=posts.difficulty[row],
    ).probability


def test_without_bias_nothing_on_record_and_no_probability_depends_on_sex_or_origin():
    who = crowd()
    flipped = copied(who)
    flipped.woman, flipped.minority_origin = 1 - who.woman, 1 - who.minority_origin
    knobs = Knobs()
    first, second = recorded(knobs, copied(who)), recorded(knobs, copied(flipped))
    for ours, theirs in zip(first, second, strict=True):
        for one in fields(ours):
            np.testing.assert_array_equal(getattr(ours, one.name), getattr(theirs, one.name))
    p = probability_after_a_year(knobs, copied(who))
    assert (probability_after_a_year(knobs, copied(flipped)) == p).all()
    # Unequal opportunity is the one bias that takes something off what people can do.
    unequal = Knobs().changed(unequal_opportunity=1.0)
    assert (probability_after_a_year(unequal, copied(who)) != p).any()


@pytest.mark.parametrize(
    ("knob", "truth"),
    [
        ("rating_bias", "results_before_rounding"),
        ("coverage_bias", "assessment_odds"),
        ("unequal_opportunity", "training_rate"),
    ],
)
def test_each_bias_of_the_record_is_in_its_own_equation_only(knob, truth):
    who = crowd()
    fair, _ = recorded(Knobs(), copied(who))
    turned, _ = recorded(Knobs().changed(**{knob: 0.7}), copied(who))
    for one in ("results_before_rounding", "assessment_odds", "training_rate"):
        before, after = getattr(fair, one), getattr(turned, one)
        off = np.log(before / after) if one == "training_rate" else before - after
        expected = 0.7 * who.woman if one == truth else np.zeros(len(who))
        assert off == pytest.approx(expected, abs=1e-9)


def test_origin_bears_its_share_of_a_bias():
    who = crowd()
    fair, _ = recorded(Knobs(), copied(who))
    turned, _ = recorded(Knobs().changed(rating_bias=0.6, origin_bias=0.5), copied(who))
    off = fair.results_before_rounding - turned.results_before_rounding
    assert off == pytest.approx(0.6 * (who.woman + 0.5 * who.minority_origin), abs=1e-9)


# Panels


def panel(knobs: Knobs, burden: np.ndarray, seed: int = 7):
    rng = np.random.default_rng(11)
    shape = burden.shape
    documents = ("gap", "rating", "seniority", "education", "course")
    return decide(
        np.random.default_rng(seed),
        knobs,
        is_candidate=np.ones(shape, dtype=bool),
        papers={name: rng.normal(size=shape) for name in documents},
        fit=rng.normal(size=shape),
        motivation=rng.normal(size=shape),
        burden=burden,
        same_school=(rng.random(shape) < 0.1).astype(float),
    )


def test_open_bias_is_in_scores_and_hidden_bias_in_the_standing_and_neither_anywhere_else():
    burden = (np.random.default_rng(3).random((80, 12)) < 0.4).astype(float)
    fair = panel(Knobs(), burden)
    opened = panel(Knobs().changed(panel_bias=0.5), burden)
    taken_off = opened.open_bias[:, None] * burden
    hidden = panel(Knobs().changed(hidden_panel_bias=0.5), burden)
    met = fair.is_interviewed
    for one in (opened, hidden):
        for name in ("documents", "is_interviewed", "heard", "leniency"):
            assert (getattr(one, name) == getattr(fair, name)).all()
    assert (fair.mean_score - opened.mean_score)[met] == pytest.approx(taken_off[met])
    assert opened.open_bias.mean() == pytest.approx(0.5, abs=0.06)
    assert opened.open_bias.std() == pytest.approx(0.15, abs=0.05)
    assert (fair.open_bias == 0).all()
    assert (hidden.mean_score == fair.mean_score)[met].all()
    assert (fair.standing - hidden.standing)[met] == pytest.approx(0.5 * burden[met])
    # No bias of a knob at 0: who bears the burden changes nothing at all.
    assert (panel(Knobs(), 1 - burden).chosen == fair.chosen).all()


def test_a_panel_appoints_one_of_those_it_interviewed():
    found = panel(Knobs().changed(interviewed=3), np.zeros((60, 12)))
    assert (found.is_interviewed.sum(axis=1) == 3).all()
    assert found.is_interviewed[np.arange(60), found.chosen].all()
    assert np.isnan(found.mean_score[~found.is_interviewed]).all()


def test_the_choice_goes_by_the_standing_with_noise_of_the_stated_scale():
    found = panel(Knobs(), np.zeros((20_000, 4)), seed=8)
    scaled = np.where(found.is_interviewed, found.standing, -np.inf) / 0.5
    share = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    best = np.argmax(share, axis=1)
    chosen = (found.chosen == best).mean()
    assert chosen == pytest.approx(share.max(axis=1).mean(), abs=0.01)


# Knobs and presets


@pytest.mark.parametrize("one", fields(Knobs), ids=lambda one: one.name)
def test_every_knob_refuses_what_is_beyond_its_range(one):
    low, high = one.metadata["low"], one.metadata["high"]
    assert low <= one.default <= high
    assert one.metadata["meaning"]
    if isinstance(one.default, bool):
        with pytest.raises(
            SimulationError, match=f"knob {one.name}: cannot be read. Expected: yes"
        ):
            Knobs().changed(**{one.name: 2})
        return
    away = 1 if isinstance(one.default, int) else 0.001
    for beyond in (low - away, high + away):
        with pytest.raises(SimulationError) as refused:
            Knobs().changed(**{one.name: beyond})
        assert str(refused.value) == (
            f"knob {one.name}: is {beyond}. Expected: {low} to {high}. "
            "To mend it: turn it into that range."
        )
    with pytest.raises(SimulationError, match="cannot be read"):
        Knobs().changed(**{one.name: "much"})
    with pytest.raises(SimulationError, match="cannot be read"):
        Knobs().changed(**{one.name: float("nan")})


def test_knobs_that_contradict_each_other_are_refused():
    for values, what in (
        ({"pool_low": 30, "pool_high": 20}, "is above pool_high"),
        ({"drift_rating": 0.5}, "is 0 while something drifts"),
        ({"drift_year": 1999}, "lies outside the simulated years"),
        ({"origin_bias": 0.5}, "share of biases that are all 0"),
        ({"panel_prejudice": 0.5}, "is no knob"),
    ):
        with pytest.raises(SimulationError, match=what):
            Knobs().changed(**values)


def test_texts_of_a_command_line_become_knobs():
    found = Knobs().changed(people="900", steepness="0.5", interview_recorded="no")
    assert (found.people, found.steepness, found.interview_recorded) == (900, 0.5, False)
    for wrong in ({"people": "9.5"}, {"interview_recorded": "perhaps"}):
        with pytest.raises(SimulationError, match="cannot be read"):
            Knobs().changed(**wrong)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_its_promised_knobs_cannot_be_turned(name):
    found = PRESETS[name]
    knobs = preset(name)
    for one, value in found.values.items():
        assert getattr(knobs, one) == value
    for one in found.promised:
        now = getattr(knobs, one)
        other = (not now) if isinstance(now, bool) else now + 0.25
        with pytest.raises(SimulationError, match=f"contradicts what the preset {name} promises"):
            preset(name, **{one: other})
        assert getattr(preset(name, **{one: now}), one) == now
    assert preset(name, dirt=0.5).dirt == 0.5


def test_presets_are_what_their_names_say():
    assert preset("realistic") == Knobs()
    assert not any(getattr(preset("realistic"), bias) for bias in BIASES)
    assert preset("ignorable").private_information == 0
    assert preset("confounded").interview_recorded
    unrecorded = preset("unrecorded")
    assert replace(unrecorded, interview_recorded=True) == preset("confounded")
    assert {bias for bias in BIASES if getattr(preset("biased"), bias)} == {
        "panel_bias",
        "hidden_panel_bias",
    }
    assert {bias for bias in BIASES if getattr(preset("label_biased"), bias)} == {"rating_bias"}
    assert preset("drift").drift_year == 2021
    with pytest.raises(SimulationError, match="did you mean realistic"):
        preset("realistik")


def test_ability_arrays_have_a_column_for_each_competency_and_family():
    assert crowd(50).abilities(DAY).shape == (50, N_ABILITIES)
