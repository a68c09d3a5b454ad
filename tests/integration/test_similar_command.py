"""`suksesi similar` on real careers, against the files as published."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.lib.command import Done, succeeded, suksesi
from tests.lib.ministers import POST, TRAINED_AS_OF

pytestmark = pytest.mark.xdist_group("ministers")

STATEMENT = "Similarity of careers is no recommendation and enters no readiness estimate."


@pytest.fixture(scope="module")
def begun(ministers_exports: Path) -> pd.DataFrame:
    """Every appointment that began before the date, in the order of its days."""
    rows = pd.read_csv(ministers_exports / "appointment.csv")
    return rows[rows["start_date"] < TRAINED_AS_OF].sort_values("start_date")


@pytest.fixture(scope="module")
def person(begun: pd.DataFrame) -> str:
    """Somebody with a long career, the same each time."""
    return begun["person_id"].value_counts(sort=True).sort_index(kind="stable").idxmax()


def ask(home: Path, *arguments: str) -> Done:
    return suksesi("similar", *arguments, "--as-of", TRAINED_AS_OF, home=home)


@pytest.fixture(scope="module")
def alike(ministers_home: Path, person: str) -> dict:
    return succeeded(ask(ministers_home, person, "--top", "1000", "--json")).json


@pytest.fixture(scope="module")
def towards(ministers_home: Path) -> dict:
    return succeeded(ask(ministers_home, "--post", POST, "--top", "1000", "--json")).json


def test_everybody_else_with_a_career_by_then_stands_once(alike, begun, person):
    told = [career["person_id"] for career in alike["careers"]]
    assert len(told) == len(set(told)) == alike["n_compared"]
    assert set(told) <= set(begun["person_id"]) - {person}
    # A few went only to places that chance explains: they have no vector.
    assert len(told) > 0.95 * (begun["person_id"].nunique() - 1)
    found = [career["similarity"] for career in alike["careers"]]
    assert found == sorted(found, reverse=True)
    assert -1 <= found[-1] < found[0] <= 1


def test_places_and_days_are_those_of_the_published_careers(alike, begun):
    days = {name: set(rows["start_date"]) for name, rows in begun.groupby("person_id")}
    for career in alike["careers"]:
        of_person = sorted(days[career["person_id"]])
        stood = career["place"]["since"]
        assert stood in of_person
        after = of_person[of_person.index(stood) + 1 :]
        went = career["went_to"]
        assert (went["since"] if went else None) == (after[0] if after else None)


def test_whoever_went_to_the_post_last_is_not_on_the_way_to_it(towards):
    assert towards["post"]["title"] == POST
    for career in towards["careers"]:
        place = career["place"]
        assert (place["unit"], place["post_class"]) != (towards["post"]["unit"], "SoS")
        known = [value for value in (career["to_state"], career["to_holders"]) if value is not None]
        assert career["similarity"] == pytest.approx(sum(known) / len(known), abs=1e-8)
    # Former holders are left out of the mean that they are compared with.
    counts = {career["n_holders"] for career in towards["careers"]}
    assert counts == {max(counts), max(counts) - 1}


def test_answers_say_what_they_are_and_the_same_each_time(alike, towards, ministers_home, person):
    for answer in (alike, towards):
        assert answer["statement"]["en"] == STATEMENT
        assert answer["n_dimensions"] == 32 <= answer["n_states"]
        assert not {"probability", "eligibility", "readiness"} & set(json.dumps(answer).split('"'))
    again = ask(ministers_home, person, "--top", "1000", "--json")
    assert json.loads(again.out) == alike


@pytest.mark.parametrize(("language", "word"), [("en", "went to"), ("id", "lalu ke")])
def test_the_table_opens_with_the_sentence(ministers_home, person, language, word):
    done = succeeded(ask(ministers_home, person, "--top", "3", "--language", language))
    assert word in done.out
    if language == "en":
        assert done.out.startswith(f"{STATEMENT}\n")
    assert re.search(r"32 dim", done.out)


def test_the_table_of_a_post_shows_both_cosines(ministers_home):
    done = succeeded(ask(ministers_home, "--post", POST, "--top", "3"))
    assert done.out.startswith(f"{STATEMENT}\n")
    assert len(re.findall(r"0\.\d{3}", done.out)) == 9


@pytest.mark.parametrize("arguments", [(), ("somebody", "--post", POST)])
def test_a_person_or_a_post_is_asked_for_and_not_both(ministers_home, arguments):
    assert ask(ministers_home, *arguments).code == 2


def test_somebody_or_a_post_nobody_heard_of_is_refused_in_a_sentence(ministers_home, begun):
    nobody = ask(ministers_home, "nobody-at-all")
    assert nobody.code == 1
    assert "no post of that person had been recorded" in nobody.err
    assert "nobody-at-all" not in nobody.err
    assert ask(ministers_home, "--post", "Minister of Nothing At All").code == 1
    first = begun["start_date"].iloc[0]
    early = suksesi("similar", "nobody", "--as-of", first, home=ministers_home)
    assert (early.code, "nothing had been recorded by then" in early.err) == (1, True)
