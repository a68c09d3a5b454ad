"""`bench` on a small agency: who is on it, what is told beside, and how a question is refused."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from features.errors import DateError, PackError, PostNotFoundError
from features.intake import ingest
from features.settings import Settings
from serving.commands_bench import app as bench_app
from tests.integration.test_policy_dates import BORN, FILES, NAMED, ingested
from tests.lib.small_agency import write_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("bench"), NAMED)


@pytest.fixture(scope="module")
def answer(home: Path) -> dict:
    return json.loads(told(home, "chief", "--as-of", "2006-07-01", "--json"))


def run(home: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.registered_commands += bench_app.registered_commands
    settings = Settings.from_environment({"SUKSESI_HOME": str(home)})
    done = CliRunner().invoke(app, list(arguments), obj=settings)
    assert not any(day in done.output for day in BORN)
    return done


def told(home: Path, *arguments: str) -> str:
    done = run(home, *arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_bench_tells_each_day_with_its_band(answer: dict):
    found = {one["person_id"]: one for one in answer["people"]}
    # Clerks since March 2003 have their five years in March 2008; ann, who is chief, had four.
    assert found["bob"]["first_on"] == "2008-03-01"
    assert found["bob"]["band"] == "1-2"
    assert found["bob"]["waits_for"] == "been_low"
    assert found["bob"]["last_day_of_service"] == "2022-02-28"
    assert answer["route"] == "open_selection"
    counts = {**answer["n_by_band"], **answer["n_others"]}
    assert sum(counts.values()) == answer["n_pool"]
    assert "no promise" in answer["notices"][0]["en"]


def test_the_default_event_is_told_with_a_notice(answer: dict):
    event = answer["ready_event"]
    assert event["event"] == "probability_and_requirements"
    assert event["probability_at_least"] == 0.7
    assert "assumed" in event["notice"]["en"]


def test_an_unknown_day_of_retirement_is_told_of(answer: dict):
    (eve,) = [one for one in answer["people"] if one["person_id"] == "eve"]
    assert eve["last_day_of_service"] is None
    assert "age" in eve["to_settle"]
    assert any("of 1 people below is not known" in one["en"] for one in answer["notices"])


def test_a_bench_tells_what_else_to_bear_in_mind(home: Path, answer: dict):
    told = " ".join(one["en"] for one in answer["notices"])
    assert "A person decides" in told
    assert "newest fact on record is of 2005-03-01" in told
    refused = run(home, "chief", "--as-of", "2035-07-01").exception
    assert isinstance(refused, DateError)
    assert "at most ten years later" in str(refused)


def test_without_a_model_there_are_no_chances_and_the_bench_says_so(home: Path, answer: dict):
    assert answer["horizon"] is None
    assert "no model was put in service" in answer["no_horizon"]["en"]
    assert all(one["chances"] is None for one in answer["people"])
    assert "no model was put in service" in told(home, "chief", "--as-of", "2006-07-01")


@pytest.mark.parametrize(("language", "word"), [("en", "first day"), ("id", "hari pertama")])
def test_a_bench_is_told_in_both_languages(home: Path, language: str, word: str):
    shown = told(home, "chief", "--as-of", "2006-07-01", "--language", language)
    assert word in shown
    assert "bob" in shown
    assert "2008-03-01" in shown


def test_what_cannot_be_answered_is_refused(home: Path, tmp_path: Path):
    assert isinstance(run(home, "nobody", "--as-of", "2006-07-01").exception, PostNotFoundError)
    mapping = NAMED.replace("policy: harbour\n", "")
    exports = tmp_path / "exports"
    ingest(write_small(exports, mapping=mapping, **FILES), exports, tmp_path / "home")
    done = run(tmp_path / "home", "chief", "--as-of", "2006-07-01")
    assert isinstance(done.exception, PackError)
