"""The `/v1` contract on real careers: the command line's answers, problems, and the document.

The document is kept in `tests/snapshots/openapi.json`. Where a change of the contract is meant,
renew it and read the difference: SUKSESI_RENEW_SNAPSHOTS=1 pytest tests/integration/test_api.py
"""

import json
import os
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import mlflow
import pytest
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from starlette.types import ASGIApp

from features.errors import ArtefactError, PersonNotFoundError
from features.settings import Settings
from models import artefact
from models.calibration import Calibration
from models.registry import Registry
from serving import answers
from serving.app import create_app
from serving.champion import DeskInService
from serving.recommend import Desk
from tests.lib.agencies import write_harbour
from tests.lib.client import ask, get
from tests.lib.command import demote, environment, succeeded, suksesi
from tests.lib.ministers import POST, TRAINED_AS_OF
from tests.lib.promoted import backtested

pytestmark = pytest.mark.xdist_group("ministers")

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "openapi.json"
PROBLEM = "application/problem+json"
ASKED = {"post": POST, "as_of": TRAINED_AS_OF}
SOMEBODY = "an-id-that-nobody-has"


def settings_of(home: Path) -> Settings:
    return Settings.from_environment(environment(home))


def app_on(home: Path, look_every_seconds: float = 3600) -> ASGIApp:
    in_service = DeskInService(settings_of(home), look_every_seconds=look_every_seconds)
    return create_app(in_service.desk)


@pytest.fixture(scope="module")
def app(ministers_home: Path) -> ASGIApp:
    return app_on(ministers_home)


@pytest.fixture(scope="module")
def first_person(app: ASGIApp) -> str:
    return get(app, "/v1/recommendation", **ASKED, top=1).json()["candidates"][0]["person_id"]


@pytest.fixture(scope="module")
def document(app: ASGIApp) -> dict:
    return get(app, "/v1/openapi.json").json()


@pytest.fixture
def own_home(ministers_home: Path, tmp_path: Path) -> Path:
    """A copy of the home that a test may change; the models' files stay where they are."""
    home = tmp_path / "home"
    shutil.copytree(ministers_home, home)
    return home


@pytest.fixture(scope="module")
def desk(ministers_home: Path) -> Desk:
    return DeskInService(settings_of(ministers_home)).desk()


# --- the same answers as the command line


def test_recommendation_is_that_of_the_command_line(app, ministers_home):
    arguments = (POST, "--as-of", TRAINED_AS_OF, "--top", "7", "--json")
    told = succeeded(suksesi("recommend", *arguments, home=ministers_home)).json
    got = get(app, "/v1/recommendation", **ASKED, top=7)
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert got.json() == told


def test_readiness_is_that_of_the_command_line(app, ministers_home, first_person):
    arguments = (first_person, POST, "--as-of", TRAINED_AS_OF, "--json")
    told = succeeded(suksesi("explain", *arguments, home=ministers_home)).json
    assert get(app, "/v1/readiness", **ASKED, person=first_person).json() == told


def test_a_bench_is_that_of_the_command_line(app, ministers_home):
    told = succeeded(
        suksesi("bench", POST, "--as-of", TRAINED_AS_OF, "--json", home=ministers_home)
    )
    assert get(app, "/v1/bench", **ASKED).json() == told.json


def test_ten_candidates_are_told_where_no_number_is_asked_for(app):
    assert len(get(app, "/v1/recommendation", **ASKED).json()["candidates"]) == 10


def test_posts_are_those_of_the_strategic_classes_by_title(app):
    posts = get(app, "/v1/posts").json()["posts"]
    assert {post["post_class"] for post in posts} == {"SoS"}
    assert [post["title"] for post in posts] == sorted(post["title"] for post in posts)
    assert len({post["post_id"] for post in posts}) == len(posts) > 50


def test_a_post_is_found_by_its_id_as_by_its_title(app):
    by_title = get(app, "/v1/recommendation", **ASKED).json()
    by_id = get(app, "/v1/recommendation", **{**ASKED, "post": by_title["post"]["post_id"]})
    assert by_id.json() == by_title


def test_looking_back_is_answered_on_request(app):
    asked = {**ASKED, "as_of": "2015-01-01"}
    answer = get(app, "/v1/recommendation", **asked, retrospective="true").json()
    assert answer["retrospective"] is True
    assert any("Looking back" in notice["en"] for notice in answer["notices"])


@pytest.mark.parametrize(
    ("asked", "notice"),
    [
        ({"post": "Prime Minister"}, "not of a strategic class"),
        ({"post": "Secretary of State for Industry"}, "does not exist on this date"),
        ({"as_of": "2030-01-01"}, "The newest fact on record is of 20"),
    ],
)
def test_what_to_bear_in_mind_is_said_where_it_applies(app, asked, notice):
    def notices(**parameters: str) -> list[str]:
        answer = get(app, "/v1/recommendation", **parameters).json()
        return [told["en"] for told in answer["notices"]]

    assert any(notice in told for told in notices(**{**ASKED, **asked}))
    assert not any(notice in told for told in notices(**ASKED))


# --- problems


def problem(app: ASGIApp, path: str, status: int, **parameters: str | int) -> str:
    """The detail of the problem that an app tells, after its form was checked."""
    got = get(app, path, **parameters)
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == PROBLEM
    assert set(got.json()) == {"type", "title", "status", "detail"}
    assert got.json()["status"] == status
    assert "Traceback" not in got.text
    return got.json()["detail"]


def test_404_for_a_post_nobody_heard_of(app):
    detail = problem(app, "/v1/recommendation", 404, **{**ASKED, "post": "Secretary for Fun"})
    assert "no post has that id or title" in detail


def test_404_for_a_title_that_means_several_posts_tells_their_ids(app):
    asked = {**ASKED, "as_of": "1985-01-01"}
    assert "several posts" in problem(app, "/v1/recommendation", 404, **asked)


def test_404_for_a_person_does_not_repeat_the_id(app):
    detail = problem(app, "/v1/readiness", 404, **ASKED, person=SOMEBODY)
    assert SOMEBODY not in detail
    assert "cannot be ranked" in detail


def test_409_before_the_label_cut_off(app, first_person):
    early = {**ASKED, "as_of": "2019-06-30"}
    for path, more in (("/v1/recommendation", {}), ("/v1/readiness", {"person": first_person})):
        detail = problem(app, path, 409, **early, **more)
        assert "retrospective" in detail
        assert first_person not in detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("as_of", "2019-13-45"),
        ("as_of", "yesterday"),
        # Pydantic would take these for seconds since 1970, or for midnight.
        ("as_of", "20190701"),
        ("as_of", "1561939200"),
        ("as_of", "2019-07-01T00:00:00"),
        ("as_of", ""),
        ("top", "0"),
        ("top", "-1"),
        ("top", "1001"),
        ("top", "many"),
        ("post", ""),
        ("retrospective", "perhaps"),
    ],
)
def test_422_names_the_parameter_and_does_not_repeat_its_value(app, name, value):
    detail = problem(app, "/v1/recommendation", 422, **{**ASKED, name: value})
    assert detail.startswith(f"Malformed: {name}.")
    assert value not in re.findall(r"[\w-]+", detail)


@pytest.mark.parametrize("day", ["1900-01-01", "1979-05-04", "2099-01-01", "9999-12-31"])
def test_422_for_a_date_that_the_record_says_nothing_of(app, day):
    asked = {**ASKED, "as_of": day, "retrospective": "true"}
    assert f"as of {day}" in problem(app, "/v1/recommendation", 422, **asked)


def test_422_tells_every_parameter_that_is_missing(app):
    assert problem(app, "/v1/readiness", 422).startswith("Malformed: as_of, person, post.")


def test_paths_that_do_not_exist_are_problems_too(app):
    for path in ("/", "/v1", "/v1/persons/" + SOMEBODY, "/docs", "/v1/posts/"):
        assert SOMEBODY not in problem(app, path, 404)
    got = ask(app, "POST", "/v1/posts")
    assert (got.status_code, got.headers["content-type"]) == (405, PROBLEM)
    assert got.headers["allow"] == "GET"


def test_without_a_champion_ministers_are_listed_without_an_order_and_that_is_said(own_home):
    # No pack gives them scores, and no post of theirs asks for competencies.
    demote(own_home)
    answer = get(app_on(own_home), "/v1/recommendation", **ASKED, top=5).json()
    assert (answer["mode"], answer["model"], answer["ready_now"]) == ("day_one", None, None)
    assert "this list has no order" in answer["notices"][-1]["en"]
    for candidate in answer["candidates"]:
        assert (candidate["position"], candidate["tie_band"]) == (1, 1)
        assert candidate["order"]["by"] == "nothing"
        assert candidate["readiness"] is None


def test_503_without_a_snapshot(own_home):
    shutil.rmtree(own_home / "snapshots")
    assert "no snapshot yet" in problem(app_on(own_home), "/v1/recommendation", 503, **ASKED)


def test_503_when_a_file_of_the_snapshot_was_damaged(own_home):
    path = next((own_home / "snapshots").glob("*/appointment.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    assert "was changed" in problem(app_on(own_home), "/v1/recommendation", 503, **ASKED)
    done = suksesi("recommend", POST, "--as-of", TRAINED_AS_OF, home=own_home)
    assert (done.code, done.out) == (1, "")
    assert "was changed" in done.err


def test_503_when_a_pack_of_the_agency_is_wrong_and_well_again_once_it_is_mended(own_home):
    app = app_on(own_home, look_every_seconds=0)
    assert get(app, "/v1/recommendation", **ASKED).status_code == 200
    (own_home / "packs").mkdir()
    path = own_home / "packs" / "ours.yaml"
    path.write_text("pack: ours\nversion: one\n")
    told = problem(app, "/v1/recommendation", 503, **ASKED)
    assert str(own_home) not in told
    assert "ours.yaml" not in told
    done = suksesi("recommend", POST, "--as-of", TRAINED_AS_OF, home=own_home)
    assert (done.code, done.out) == (1, "")
    assert "ours.yaml, line 1" in done.err
    path.unlink()
    assert get(app, "/v1/recommendation", **ASKED).status_code == 200


def test_each_route_has_its_own_answer_and_an_unknown_one_is_refused(app):
    for route in ("succession_group", "lateral", "open_selection"):
        answer = get(app, "/v1/recommendation", **ASKED, route=route, top=1).json()
        assert answer["route"] == route
    detail = problem(app, "/v1/recommendation", 422, **ASKED, route="by_the_back_door")
    assert detail.startswith("Malformed: route. It is one of succession_group")


def test_503_when_the_files_of_the_model_were_damaged(own_home, tmp_path):
    registry = Registry(settings_of(own_home).tracking_uri, own_home / "artefacts")
    version = registry.champion()
    broken = tmp_path / "broken"
    shutil.copytree(version.folder, broken)
    (broken / "scorecard.json").write_text("{}")
    with pytest.raises(ArtefactError) as refused:
        artefact.load(broken)

    def desk() -> Desk:
        raise refused.value

    assert "files of the stored model" in problem(create_app(desk), "/v1/posts", 503)


def test_503_when_the_files_of_the_model_are_not_there(own_home, tmp_path):
    # As when a home was moved: the registry names the place where they were.
    hidden = Registry(settings_of(own_home).tracking_uri, tmp_path).champion().folder
    aside = hidden.rename(hidden.with_name("aside"))
    try:
        detail = problem(app_on(own_home), "/v1/posts", 503)
        told = suksesi("recommend", POST, "--as-of", TRAINED_AS_OF, home=own_home)
        looked_over = suksesi("doctor", home=own_home)
    finally:
        aside.rename(hidden)
    assert "not where they were stored" in detail
    assert "/" not in detail, "a path of the server is shown to whoever asks"
    assert (told.code, looked_over.code) == (1, 1)
    assert f"{hidden}: the files of version 1 are not where they were stored" in told.err
    assert "MEND champion: the files of version 1" in looked_over.out


def test_503_when_the_record_is_of_another_agency_than_the_champion(own_home, tmp_path):
    mapping = write_harbour(tmp_path / "harbour", n_people=20)
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=own_home))
    assert "'uk_ministers'" in problem(app_on(own_home), "/v1/posts", 503)
    done = suksesi("recommend", POST, "--as-of", TRAINED_AS_OF, home=own_home)
    assert (done.code, done.out) == (1, "")


# --- a promotion and an ingest while the service runs


@pytest.fixture
def home_of_two(own_home: Path, ministers_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A home with a second version: the same model under another day of training."""
    registry = Registry(settings_of(own_home).tracking_uri, tmp_path / "artefacts")
    stored = artefact.load(registry.champion().folder)
    folder = tmp_path / "second" / "readiness"
    facts = replace(stored.facts, label_rule="a second version")
    artefact.save(stored.model, folder, facts)
    state = random.getstate()  # MLflow names runs from it.
    with mlflow.start_run(experiment_id=registry.experiment("second")):
        registry.register(folder)
    # Backtests of the copied store stay where those of the original lie.
    of_copy = Registry(settings_of(own_home).tracking_uri, ministers_home / "artefacts")
    backtested(of_copy, facts.snapshot_digest, facts.label_rule)
    random.setstate(state)
    yield own_home


def rule_shown(app: ASGIApp) -> str:
    return get(app, "/v1/recommendation", **ASKED, top=1).json()["model"]["label_rule"]


def test_a_promotion_is_noticed_while_the_service_runs(home_of_two):
    watchful, patient = app_on(home_of_two, 0), app_on(home_of_two, 3600)
    before = rule_shown(watchful)
    assert before == rule_shown(patient) != "a second version"
    succeeded(suksesi("promote", "2", home=home_of_two))
    assert rule_shown(watchful) == "a second version"
    assert rule_shown(patient) == before


def test_an_ingest_is_noticed_while_the_service_runs(own_home, tmp_path):
    app = app_on(own_home, 0)
    assert get(app, "/v1/posts").status_code == 200
    mapping = write_harbour(tmp_path / "harbour", n_people=20)
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=own_home))
    assert get(app, "/v1/posts").status_code == 503


def test_a_service_becomes_ready_by_being_asked_whether_it_is(own_home):
    snapshots = (own_home / "snapshots").rename(own_home / "aside")
    in_service = DeskInService(settings_of(own_home))
    assert not in_service.is_ready()
    snapshots.rename(own_home / "snapshots")
    assert in_service.is_ready()


# --- the document


def test_document_is_the_one_that_was_agreed(document):
    # The version of the project is no part of the contract.
    found = {**document, "info": {**document["info"], "version": ""}}
    if os.environ.get("SUKSESI_RENEW_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    assert found == json.loads(SNAPSHOT.read_text(encoding="utf-8")), (
        "the contract differs from tests/snapshots/openapi.json; if that is meant, renew it: "
        "SUKSESI_RENEW_SNAPSHOTS=1 pytest tests/integration/test_api.py"
    )


def test_document_is_openapi_3_1_with_what_a_client_needs(document):
    assert document["openapi"].startswith("3.1.")
    expected = {"/v1/posts", "/v1/recommendation", "/v1/readiness", "/v1/bench"}
    assert set(document["paths"]) == expected
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 4
    for operation in operations:
        assert operation["summary"]
        assert set(operation["responses"]) == {"200", "404", "409", "422", "503"}
        for status, told in operation["responses"].items():
            assert told["description"]
            assert list(told["content"]) == ["application/json" if status == "200" else PROBLEM]
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "query", "an id in a path would become a label of metrics"
            assert parameter["schema"]
            assert parameter["description"]


def test_document_says_what_a_parameter_must_look_like(document):
    parameters = document["paths"]["/v1/recommendation"]["get"]["parameters"]
    schema = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert (schema["as_of"]["type"], schema["as_of"]["format"]) == ("string", "date")
    assert (schema["top"]["minimum"], schema["top"]["maximum"]) == (1, 1000)
    assert schema["post"]["minLength"] == 1
    required = {parameter["name"]: parameter["required"] for parameter in parameters}
    assert required == {
        **dict.fromkeys(("post", "as_of"), True),
        **dict.fromkeys(("top", "route", "retrospective"), False),
    }


def schema_of(document: dict, path: str, status: int, kind: str) -> Validator:
    """A validator of one answer; in OpenAPI 3.1 every schema is one of JSON Schema 2020-12."""
    content = document["paths"][path]["get"]["responses"][str(status)]["content"]
    schema = {**content[kind]["schema"], "components": document["components"]}
    Draft202012Validator.check_schema(schema)
    for component in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(component)
    return Draft202012Validator(schema)


def test_answers_are_what_the_document_says(app, document, first_person):
    for path, more in (
        ("/v1/posts", {}),
        ("/v1/recommendation", ASKED),
        ("/v1/readiness", {**ASKED, "person": first_person}),
    ):
        answer = get(app, path, **more).json()
        validator = schema_of(document, path, 200, "application/json")
        validator.validate(answer)
        assert not validator.is_valid({}), "the schema would let anything pass"


def test_problems_are_what_the_document_says(app, document):
    answer = get(app, "/v1/recommendation", **{**ASKED, "post": "Secretary for Fun"}).json()
    validator = schema_of(document, "/v1/recommendation", 404, PROBLEM)
    validator.validate(answer)
    assert not validator.is_valid({})


# --- the desk behind it


def test_pool_without_anybody_is_an_empty_list_and_nobody_is_found_in_it(desk):
    nobody = desk.snapshot.mapping.pool.model_copy(update={"member_of": ("No Such House",)})
    mapping = desk.snapshot.mapping.model_copy(update={"pool": nobody})
    empty = Desk(replace(desk.snapshot, mapping=mapping), desk.artefact)
    as_of = date.fromisoformat(TRAINED_AS_OF)
    listed = empty.recommendation(POST, as_of)
    assert (listed.n_rankable, listed.n_turned_away, listed.candidates) == (0, 0, ())
    with pytest.raises(PersonNotFoundError):
        empty.readiness(SOMEBODY, POST, as_of)


def test_frames_of_posts_that_are_not_strategic_do_not_pile_up(desk, monkeypatch):
    monkeypatch.setattr("serving.recommend.KEPT_OTHERS", 2)
    as_of = date.fromisoformat("2019-09-01")
    strategic = {post.post_id for post in desk.posts().posts}
    posts = desk._record.table("post").post_id.to_pandas()
    first, *later = posts[~posts.isin(strategic)][:4]
    before = desk.recommendation(first, as_of, top=3)
    for post in later:
        desk.recommendation(post, as_of, top=1)
    desk.recommendation(POST, as_of, top=1)
    kept = set(desk._pools[as_of].features)
    assert kept == strategic | set(later[-2:])
    # One that was thrown out is computed anew, and is the same.
    assert desk.recommendation(first, as_of, top=3) == before


@pytest.mark.parametrize(
    ("failures", "misfit", "kind", "words"),
    [
        (99, 1.0, "platt", "only 99 failures"),
        (100, None, "none", "too few days"),
        (100, 6.0, "platt", "contradict it"),
        (100, 5.9, "platt", "is calibrated on 300 earlier appointments kept apart, 100 of which"),
        (100, 5.9, "none", "nothing had to be adjusted"),
    ],
)
def test_what_is_said_of_calibration(desk, failures, misfit, kind, words):
    model = desk.artefact.model
    counts = replace(model.counts, n_calibration_rows=300, n_calibration_failures=failures)
    calibration = Calibration(kind, misfit=misfit)
    artefact = replace(desk.artefact, model=replace(model, counts=counts, calibration=calibration))
    told = answers.question(
        *(desk.snapshot, artefact, desk.posts().posts[0], date.fromisoformat(TRAINED_AS_OF)),
        route="open_selection",
        pack=None,
        retrospective=False,
        notices=(),
    ).model
    assert told is not None
    assert words in told.statement.en
    assert told.is_calibrated == ("may not be" not in told.statement.en)
    assert ("tidak boleh" in told.statement.id) != told.is_calibrated


def test_sentences_are_in_the_language_that_they_are_said_to_be_in(desk):
    listed = desk.recommendation(POST, date.fromisoformat("2019-01-01"), retrospective=True)
    texts = [
        *listed.notices,
        listed.model.statement,
        *(rule.sentence for one in listed.candidates for rule in one.eligibility.rules),
        *(reason.sentence for one in listed.candidates for reason in one.readiness.reasons),
    ]
    assert len(texts) > 20
    for text in texts:
        assert set(text.id.lower().replace(".", " ").split()) & {
            *("yang", "dan", "tidak", "ini", "pada", "dari", "orang", "paling", "jabatan", "atas"),
        }, text.id
        assert set(text.en.lower().replace(".", " ").split()) & {
            *("the", "a", "is", "of", "this", "for", "most", "no"),
        }, text.en
