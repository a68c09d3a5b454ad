"""Next moves of six people, and where the settings that tell them come from."""

import hashlib
import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from models.transitions import FactoredSettings
from tests.lib.careers import drawn_record
from training.moves import (
    ORGANISATIONS,
    SHOWN_WEIGHT,
    choices,
    closures_of,
    frozen_digests,
    frozen_file,
    move_figures,
    spells_of,
)

POSTS = """
    post  | unit  | class
    clerk | ports | staff
    other | docks | staff
    head  | ports | head
    head2 | docks | head
    chief | docks | chief
"""
# Ports became docks in 2005.
LINKS = "from | to | kind | on\nports | docks | rename | 2005-01-01"
CAREERS = """
    person | post  | start_on   | end_on
    ann    | clerk | 2000-01-01 | 2002-01-01
    ann    | head  | 2002-01-01 | -
    bob    | clerk | 2001-01-01 | 2003-01-01
    bob    | head  | 2003-01-01 | -
    cyd    | other | 2006-01-01 | 2008-01-01
    cyd    | head2 | 2008-01-01 | -
    dan    | clerk | 2004-01-01 | 2010-01-01
    dan    | head2 | 2010-01-01 | 2011-01-01
    dan    | chief | 2011-01-01 | -
"""


@pytest.fixture(scope="module")
def record():
    return drawn_record(posts=POSTS, appointments=CAREERS, links=LINKS)


@pytest.fixture(scope="module")
def figures(record):
    chosen = choices(record, "nobody", 2010, search=False)
    return {row.name: row for row in move_figures(record, chosen, 2010)}


def test_spells_by_short_name_keep_the_name_of_the_unit(record):
    spells = spells_of(record, "short_name")
    assert spells["organisation"].tolist()[:2] == ["ports", "ports"]
    assert spells["person_id"].tolist() == [
        "ann", "bob", "ann", "bob", "dan", "cyd", "cyd", "dan", "dan",
    ]  # fmt: skip
    assert spells["step"].tolist() == [1, 1, 2, 2, 1, 1, 2, 2, 3]


def test_spells_by_lineage_know_a_renaming_only_once_it_happened(record):
    spells = spells_of(record, "lineage")
    before = spells.loc[spells["on"] < "2005-01-01", "organisation"]
    after = spells.loc[spells["on"] >= "2005-01-01", "organisation"]
    assert set(before) == {"ports"}
    assert after.nunique() == 1


def test_spells_looked_back_on_from_one_day_go_by_the_line_known_on_it(record):
    two, one = (
        set(spells_of(record, "lineage", known_on=date(*day))["organisation"])
        for day in ((2004, 12, 31), (2005, 1, 1))
    )
    assert two == {"ports", "docks"}
    assert len(one) == 1


def test_an_agency_without_closed_units_has_no_closures(record):
    assert closures_of(record, "short_name").empty


def test_moves_and_destinations_are_counted_on_each_side_of_the_cut(figures):
    # Three moves before 2010; dan moves twice from then on, to two states that the others reach
    # only in part: head of ports, head of docks, chief of docks.
    assert figures["next_move.n_train"].value == 3
    assert figures["next_move.n_test"].value == 2
    assert figures["next_move.n_destinations"].value == 3


def test_popularity_tells_the_more_frequent_state_first(figures):
    # In the six years before 2010 head of docks was begun once, the other two states never. Dan
    # goes there first, and then to one of the two that are tied for second and third.
    assert figures["next_move.popularity.mrr"].value == pytest.approx((1 + (1 / 2 + 1 / 3) / 2) / 2)
    assert figures["next_move.popularity.hit1"].value == 0.5
    assert figures["next_move.popularity.hit5"].value == 1.0


def test_every_method_has_every_measure(figures):
    for table in ("next_move", "next_move_lineage"):
        for method in ("popularity", "markov1", "factored", "embedded"):
            for measure in ("mrr", "hit1", "hit5", "hit10", "perplexity"):
                row = figures[f"{table}.{method}.{measure}"]
                assert row.low <= row.value <= row.high, row.name


def test_a_difference_is_that_of_the_two_methods(figures):
    gain = figures["next_move.factored_over_markov1.mrr"].value
    factored, markov = (figures[f"next_move.{name}.mrr"].value for name in ("factored", "markov1"))
    assert gain == pytest.approx(factored - markov)


def test_the_weight_of_the_embedding_is_told_and_what_a_weight_would_do(record, figures):
    assert figures["next_move.embedding_weight"].value == 0
    gain = figures["next_move.embedded_over_factored.mrr"].value
    embedded, factored = (figures[f"next_move.{n}.mrr"].value for n in ("embedded", "factored"))
    assert gain == pytest.approx(embedded - factored)
    surprise = "next_move.{}.perplexity"
    assert figures[surprise.format("embedded")].value != figures[surprise.format("factored")].value
    # The other way round where the choice has a weight: what there would be without.
    chosen = choices(record, "nobody", 2010, search=False)
    weighed = {
        kind: replace(choice, settings=FactoredSettings(embedding_weight=SHOWN_WEIGHT))
        for kind, choice in chosen.items()
    }
    told = {row.name: row for row in move_figures(record, weighed, 2010)}
    assert told["next_move.embedding_weight"].value == SHOWN_WEIGHT
    for measure in ("mrr", "perplexity"):
        for ours, theirs in (("factored", "embedded"), ("not_embedded", "factored")):
            got = told[f"next_move.{ours}.{measure}"].value
            assert got == figures[f"next_move.{theirs}.{measure}"].value
    assert told["next_move.factored_over_not_embedded.mrr"].value == pytest.approx(gain)


def test_perplexity_has_its_interval_in_states(figures):
    row = figures["next_move.popularity.perplexity"]
    assert row.unit == "states"
    assert 1 <= row.low <= row.value <= row.high


def test_nothing_to_be_told_leaves_the_counts(record):
    chosen = choices(record, "nobody", 2030, search=False)
    names = [row.name for row in move_figures(record, chosen, 2030)]
    assert names == [
        f"{table}.{count}"
        for table in ("next_move", "next_move_lineage")
        for count in ("n_train", "n_test", "n_destinations", "embedding_weight")
    ]


def test_settings_of_an_agency_without_a_frozen_choice_are_the_models_own(record):
    chosen = choices(record, "nobody", 2010, search=False)
    assert {choice.origin for choice in chosen.values()} == {"default"}
    assert all(choice.settings == FactoredSettings() for choice in chosen.values())


def test_frozen_settings_are_read_and_told_with_their_digest(record):
    path = frozen_file("uk_ministers")
    chosen = choices(record, "uk_ministers", 2010, search=False)
    text = path.read_bytes()
    for kind in ORGANISATIONS:
        assert chosen[kind].origin == "frozen"
        assert chosen[kind].digest == hashlib.sha256(text).hexdigest()
        assert chosen[kind].settings == FactoredSettings.from_json(json.loads(text)[kind])
        assert json.loads(text)[kind].keys() == FactoredSettings().as_json().keys()
    assert frozen_digests()[path.name] == chosen["lineage"].digest


def test_a_frozen_choice_that_has_seen_the_tested_years_is_passed_by(record):
    assert json.loads(frozen_file("uk_ministers").read_text())["before_year"] == 2010
    origins = [
        {choice.origin for choice in choices(record, "uk_ministers", year, search=False).values()}
        for year in (2009, 2010, 2015)
    ]
    assert origins == [{"searched"}, {"frozen"}, {"frozen"}]


def test_a_search_passes_by_what_is_frozen_and_sees_nothing_of_the_test_years():
    career = "person | post | start_on | end_on\n" + "\n".join(
        f"p{i} | {post} | {year}-0{1 + i % 9}-01 | -"
        for i in range(12)
        for post, year in (("clerk", 1990 + i), ("head", 1992 + i))
    )
    later = career + "\np1 | chief | 2012-01-01 | -\np2 | head2 | 2012-01-01 | -"
    found = [
        choices(drawn_record(posts=POSTS, appointments=drawn), "uk_ministers", 2010, search=True)
        for drawn in (career, later)
    ]
    assert {choice.origin for choice in found[0].values()} == {"searched"}
    assert found[0]["lineage"].text == found[1]["lineage"].text


def test_a_move_from_a_post_that_nobody_had_recorded_is_not_told_in_hindsight():
    header, *lines = CAREERS.strip().splitlines()
    lines = [f"{line} | {'2010-06-01' if '2004-01-01' in line else '-'}" for line in lines]
    late = "\n".join([f"{header} | start_recorded_on", *lines])
    found = drawn_record(posts=POSTS, appointments=late, links=LINKS)
    told = move_figures(found, choices(found, "nobody", 2010, search=False), 2010)
    counts = {row.name: row.value for row in told}
    # dan's move of 2010 led from a post recorded later in that year; that of 2011 did not.
    assert (counts["next_move.n_train"], counts["next_move.n_test"]) == (3, 1)


def test_digest_is_that_of_the_text(record):
    choice = choices(record, "nobody", 2010, search=False)["lineage"]
    assert choice.digest == hashlib.sha256(choice.text.encode()).hexdigest()
    assert set(json.loads(choice.text)) == {"before_year", *ORGANISATIONS}


def test_closures_carry_the_day(record):
    columns = ["organisation", "closed_on", "known_on"]
    assert list(closures_of(record, "lineage").columns) == columns
    assert pd.api.types.is_datetime64_any_dtype(closures_of(record, "lineage")["closed_on"])
