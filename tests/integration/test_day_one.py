"""Day one: an agency with a record, a policy pack, and no model, asked by command and over HTTP."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.types import ASGIApp

from features.settings import Settings
from models.registry import Registry
from serving.app import create_app
from serving.champion import DeskInService
from tests.integration.test_policy_commands import POLICY_MAPPING, pack_file
from tests.lib.client import get
from tests.lib.command import environment, succeeded, suksesi
from tests.lib.promoted import promote_invented
from tests.lib.small_agency import FILES, write_small

DAY = "2005-06-30"
ASKED = {"post": "chief", "as_of": DAY, "route": "open_selection"}
COMMAND = ("chief", "--as-of", DAY, "--route", "open_selection")
MAPPING = POLICY_MAPPING.replace(
    "  boxes: {file: boxes.csv}\n",
    "  boxes: {file: boxes.csv}\n  standard: {file: standard.csv}\n  tests: {file: tests.csv}\n",
).replace(
    "ladder:\n",
    """\
  post_requirement:
    from: standard
    columns: {post_id: post, competency: competency, level: level}
  assessment:
    from: tests
    columns:
      assessment_id: id
      person_id: person
      competency: competency
      level: level
      method: {column: how, map: {AC: assessment_centre}}
      assessed_on: on
ladder:
""",
)
#: Half of performance and half of potential. ann: 48 + 40 and 50, so 69; eve, whose rating is
#: missing: 12 to 60, + 40, and 50, so 51 to 75; bob and cid: 60 and 50, so 55, and cid is nearer to
#: what the post asks for; dee: 12 to 60 and 50, so 31 to 55. flo has a test alone, gus and hal
#: nothing.
PEOPLE = ("ann", "bob", "cid", "dee", "eve", "flo", "gus", "hal")
TABLES = {
    **FILES,
    "people": "\n".join(("id", *PEOPLE)),
    "terms": "\n".join(
        (
            "id,person,post,kind,begun,ended",
            *(f"t{n},{person},clerk,D,2001-01-01," for n, person in enumerate(PEOPLE)),
        )
    ),
    "ratings": "id,person,year,rating,on\nr1,ann,2004,good,2005-01-31\n"
    "r2,bob,2004,very_good,2005-01-31\nr3,cid,2004,very_good,2005-01-31",
    "medals": "person,kind,on\nann,medal,2004-06-01\neve,medal,2004-06-01",
    "schools": "id,person,level,on\n"
    + "\n".join(f"s{n},{n},bachelor,1999-07-01" for n in PEOPLE[:5]),
    "ranks": "id,person,rank,on\n" + "\n".join(f"k{n},{n},III/a,2003-04-01" for n in PEOPLE[:5]),
    "boxes": "person,year,performance,potential,box,on",
    "standard": "post,competency,level\nchief,integritas,4",
    "tests": "id,person,competency,level,how,on\na1,bob,integritas,2,AC,2005-01-31\n"
    "a2,cid,integritas,4,AC,2005-01-31\na3,flo,integritas,3,AC,2005-01-31",
}
IN_ORDER = ["ann", "eve", "cid", "bob", "dee", "flo", "gus", "hal"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that nobody has trained in."""
    folder = tmp_path_factory.mktemp("day-one")
    home, mapping = folder / "home", write_small(folder / "exports", mapping=MAPPING, **TABLES)
    succeeded(suksesi("policy", "add", pack_file(folder / "ours"), home=home))
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=home))
    return home


@pytest.fixture(scope="module")
def trained(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same agency with a champion of 300 invented labels."""
    own = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(home, own)
    promote_invented(own, "small", date.fromisoformat(DAY), n_trees=10)
    return own


def in_service(home: Path) -> DeskInService:
    return DeskInService(Settings.from_environment(environment(home)))


def app_on(home: Path) -> ASGIApp:
    return create_app(in_service(home).desk)


@pytest.fixture(scope="module")
def app(home: Path) -> ASGIApp:
    return app_on(home)


@pytest.fixture(scope="module")
def answer(app: ASGIApp) -> dict[str, Any]:
    return get(app, "/v1/recommendation", **ASKED).json()


def keys(value: object) -> set[str]:
    """Every key anywhere in an answer."""
    if isinstance(value, dict):
        return {*value}.union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_the_list_is_in_the_order_of_the_policy_score_then_of_the_gap(answer: dict):
    assert answer["mode"] == "day_one"
    assert [one["person_id"] for one in answer["candidates"]] == IN_ORDER
    scores = {one["person_id"]: one["policy_lane"]["score"] for one in answer["candidates"]}
    assert scores["ann"] == {"low": 69, "high": 69}
    assert scores["bob"] == scores["cid"] == {"low": 55, "high": 55}
    by = {one["person_id"]: one["order"]["by"] for one in answer["candidates"]}
    assert by == {
        **dict.fromkeys(IN_ORDER[:5], "policy_score"),
        "flo": "weighted_gap",
        **dict.fromkeys(("gus", "hal"), "nothing"),
    }


def test_nobody_stands_before_whom_the_score_is_surely_higher_of(answer: dict):
    scored = [one for one in answer["candidates"] if one["order"]["by"] == "policy_score"]
    ends = [(one["policy_lane"]["score"]["low"], one["policy_lane"]["score"]["high"])
            for one in scored]  # fmt: skip
    assert all(high >= later for n, (_, high) in enumerate(ends) for later, _ in ends[n + 1 :])


def test_what_is_missing_is_a_range_and_not_nought(answer: dict):
    places = {one["person_id"]: one for one in answer["candidates"]}
    # Counted as nought, the rating that is missing would put eve behind bob.
    eve, bob = (places[person]["policy_lane"]["score"] for person in ("eve", "bob"))
    assert eve["low"] < bob["low"] < eve["high"]
    assert places["eve"]["position"] < places["bob"]["position"]
    # A test that somebody did badly in is more than none.
    assert places["flo"]["order"]["weighted_gap"] < 0
    assert places["gus"]["order"]["weighted_gap"] is None
    assert "Nothing on record to order by" in places["gus"]["order"]["sentence"]["en"]
    assert "Tidak ada catatan untuk mengurutkan" in places["gus"]["order"]["sentence"]["id"]


def test_positions_and_tie_bands_are_shared_by_equals(answer: dict):
    told = [(one["position"], one["tie_band"]) for one in answer["candidates"]]
    # Eve may be above ann. The gap parts cid and bob, whose scores are equal; dee may be equal to
    # them. Nothing parts gus and hal.
    assert told == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, 3), (7, 4), (7, 4)]


def test_nothing_is_estimated_and_the_reason_stands_beside_it(answer: dict):
    assert (answer["model"], answer["ready_now"]) == (None, None)
    assert not {"probability", "interval", "logit"} & keys(answer)
    for candidate in answer["candidates"]:
        assert candidate["readiness"] is None
        assert candidate["no_readiness"]["en"].startswith("No readiness is estimated")
        assert candidate["no_readiness"]["id"].startswith("Kesiapan tidak diperkirakan")
        assert candidate["eligibility"]["rules"]
        assert candidate["evidence"]["n_missing"] > 0
    told = " ".join(notice["en"] for notice in answer["notices"])
    assert "No readiness is estimated" in told
    assert "The order is by the policy score" in told


def test_readiness_of_one_person_is_answered_the_same_way(app: ASGIApp, answer: dict):
    told = get(app, "/v1/readiness", **ASKED, person="dee").json()
    listed = next(one for one in answer["candidates"] if one["person_id"] == "dee")
    assert told["candidate"] == {**listed, "position": None, "tie_band": None}
    assert told["mode"] == "day_one"
    assert "No readiness is estimated" in told["notices"][-1]["en"]


def test_the_command_gives_the_same_and_says_that_nothing_is_to_be_explained(
    home: Path, answer: dict
):
    assert succeeded(suksesi("recommend", *COMMAND, "--json", home=home)).json == answer
    said = succeeded(suksesi("recommend", *COMMAND, "--language", "id", home=home)).out
    assert "kesiapan tidak diperkirakan" in said
    assert "Tidak ada catatan untuk mengurutkan" in said
    one = succeeded(suksesi("explain", "dee", *COMMAND, home=home)).out
    assert "There is nothing to explain yet" in one
    assert "Has held a lower post" in one
    refused = suksesi("missing", "dee", "chief", "--as-of", DAY, home=home)
    assert (refused.code, refused.out) == (1, "")
    assert "no model has been promoted" in refused.err


def test_both_modes_are_of_one_schema_and_both_are_ready(home: Path, trained: Path, answer: dict):
    service = in_service(trained)
    app = create_app(service.desk)
    modelled = get(app, "/v1/recommendation", **ASKED).json()
    assert service.is_ready()
    assert in_service(home).is_ready()
    assert (modelled["mode"], set(modelled)) == ("model", set(answer))
    assert {one["order"]["by"] for one in modelled["candidates"]} == {"readiness"}
    first, other = modelled["candidates"][0], answer["candidates"][0]
    assert set(first) == set(other)
    assert first["no_readiness"] is None
    document = get(app, "/v1/openapi.json").json()
    content = document["paths"]["/v1/recommendation"]["get"]["responses"]["200"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    for told in (modelled, answer):
        Draft202012Validator(schema).validate(told)
    # The model has few labels, and every answer of it says so.
    told = modelled["notices"][-1]
    assert "trained on 300 outcomes, fewer than the 500" in told["en"]
    assert "300 hasil pengangkatan, kurang dari 500" in told["id"]


def test_a_champion_that_is_damaged_or_lost_is_never_replaced_by_day_one(
    trained: Path, tmp_path: Path
):
    own = tmp_path / "home"
    shutil.copytree(trained, own)
    folder = Registry(f"sqlite:///{own}/mlflow.db", own / "artefacts").champion().folder
    text = (folder / "scorecard.json").read_text()
    (folder / "scorecard.json").write_text("{}")
    try:
        refused = get(app_on(own), "/v1/recommendation", **ASKED)
        told = suksesi("recommend", *COMMAND, home=own)
    finally:
        (folder / "scorecard.json").write_text(text)
    assert (refused.status_code, told.code, told.out) == (503, 1, "")
    assert "not those that were registered" in refused.json()["detail"]
    # The whole store is gone, and the models are still there.
    (own / "mlflow.db").unlink()
    service = in_service(own)
    assert not service.is_ready()
    lost = get(create_app(service.desk), "/v1/recommendation", **ASKED)
    assert "the registry of models is gone" in lost.json()["detail"]
