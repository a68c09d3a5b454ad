"""`dates` and `policy risk` on a small agency: what is told, and how a question is refused."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from features.errors import (
    DateError,
    PackError,
    PersonNotFoundError,
    PostNotFoundError,
    SuksesiError,
)
from features.intake import ingest
from features.policy import vacancies
from features.policy.commands_dates import dates_app, risk
from features.settings import Settings
from tests.lib.small_agency import changed_mapping, write_small

PACK = """\
pack: harbour
version: 1
title: {id: Pelabuhan, en: Harbour}
status: reconstruction_unverified
effective: {from: 2005-01-01}
citations: {law: {text: Law 1, grade: recalled}}
ladder:
  steps:
    - {post_class: low, title: {id: Rendah, en: Low}}
    - {post_class: high, title: {id: Tinggi, en: High}}
  cite: law
rules:
  - rule: held
    id: been_low
    classes: [high]
    of: [low]
    years: 5
    sentence: {id: Pernah di jenjang rendah., en: Has been low.}
    settled_by: {id: Keputusan., en: The decree.}
    cite: law
  - rule: age
    id: age
    classes: [high]
    at_most: 56
    reading: undecided
    sentence: {id: Paling tinggi 56 tahun., en: Is at most 56.}
    settled_by: {id: Data., en: The data.}
    cite: law
retirement: {age_of_class: {low: 58, high: 60}, cite: law}
"""
NAMED = changed_mapping("vacancies:", "policy: harbour\nvacancies:").replace(
    "  appointment:\n",
    "  protected_attribute:\n    from: people\n    columns:\n      person_id: id\n"
    "      attribute: {constant: birth_date}\n      value: born\n  appointment:\n",
)
FILES = {
    "people": "id,born\nann,1950-02-28\nbob,1964-02-29\ncid,\ndan,1950-02-28\neve,",
    "posts": "id,name,unit,class\nclerk,Clerk,u1,low\nclerk2,Clerk,u1,low\n"
    "pilot,Pilot,u1,low\nchief,Chief,u1,high",
    "terms": """
        id,person,post,kind,begun,ended
        t1,ann,clerk,D,2001-01-01,2004-12-31
        t2,ann,chief,D,2005-01-01,
        t3,bob,clerk2,D,2003-03-01,
        t4,dan,pilot,D,2005-03-01,
        t5,eve,pilot,D,2003-03-01,
    """,
}
BORN = ("1950-02-28", "1964-02-29")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("dates"), NAMED)


def ingested(folder: Path, mapping: str) -> Path:
    home = folder / "home"
    (home / "packs").mkdir(parents=True)
    (home / "packs" / "harbour.yaml").write_text(PACK, encoding="utf-8")
    ingest(write_small(folder / "exports", mapping=mapping, **FILES), folder / "exports", home)
    return home


def run(home: Path, *arguments: str) -> Result:
    """A command as it is composed: `dates` by itself, `risk` beside others."""
    app = typer.Typer()
    app.registered_commands += dates_app.registered_commands
    app.command()(risk)
    settings = Settings.from_environment({"SUKSESI_HOME": str(home)})
    return CliRunner().invoke(app, list(arguments), obj=settings)


def told(home: Path, *arguments: str) -> str:
    done = run(home, *arguments)
    assert done.exit_code == 0, done.output
    assert not any(day in done.output for day in BORN)
    return done.stdout


def refused(home: Path, *arguments: str) -> SuksesiError:
    done = run(home, *arguments)
    assert isinstance(done.exception, SuksesiError), done.output
    return done.exception


def test_dates_tell_the_window_of_a_person(home: Path):
    answer = json.loads(told(home, "dates", "bob", "chief", "--as-of", "2007-01-01", "--json"))
    rules = {one["rule"]: one for one in answer.pop("rules")}
    assert answer.pop("unverified")["en"].startswith("This policy pack is a reconstruction")
    assert answer == {
        "person_id": "bob",
        "post": {"post_id": "chief", "title": "Chief", "post_class": "high"},
        "as_of": "2007-01-01",
        "route": "open_selection",
        "pack": "harbour@1",
        "first_on": "2008-03-01",
        "closes_on": "2020-02-29",
        "closes_at_latest_on": "2021-02-28",
        "first_rule": "been_low",
        "closes_rule": "age",
        "closes_at_latest_rule": "age",
        "is_open": False,
        "never": False,
        "state_rules": [],
        "blocking_rules": [],
        "open_questions": [],
    }
    assert rules["been_low"] == {
        "rule": "been_low",
        "sentence": {"id": "Pernah di jenjang rendah.", "en": "Has been low."},
        "status": "not met",
        "due": "list",
        "first_on": "2008-03-01",
        "last_on": None,
        "at_earliest_on": None,
        "at_latest_on": None,
        "moved_by": {"id": "Pengangkatan dalam jabatan: Rendah.", "en": "An appointment to: Low."},
    }
    assert (rules["age"]["status"], rules["age"]["last_on"]) == ("met", "2020-02-29")


@pytest.mark.parametrize(
    ("person", "day", "english", "indonesian"),
    [
        ("bob", "2007-01-01", "opens on 2008-03-01, when been_low is met",
         "terbuka pada 2008-03-01, saat been_low terpenuhi"),
        ("bob", "2010-01-01", "open\ncloses after 2020-02-29: age",
         "terbuka\ntertutup setelah 2020-02-29: age"),
        ("bob", "2020-06-01", "surely open up to 2020-02-29, by another reading up to 2021-02-28",
         "pasti terbuka sampai 2020-02-29, menurut cara baca lain sampai 2021-02-28"),
        ("bob", "2021-03-01", "closed after 2021-02-28: age", "tertutup setelah 2021-02-28: age"),
        ("ann", "2006-01-01", "does not open by time alone, not met: been_low",
         "tidak terbuka oleh waktu saja, tidak memenuhi: been_low"),
        ("dan", "2007-01-01",
         "does not open: age closes it after 2007-02-27, been_low is met on 2010-03-01 only",
         "age menutupnya setelah 2007-02-27, been_low baru terpenuhi pada 2010-03-01"),
        ("cid", "2006-01-01", "open if these are settled: been_low, age",
         "terbuka jika ini selesai diperiksa: been_low, age"),
        ("eve", "2007-01-01",
         "opens on 2008-03-01, when been_low is met, if these are settled: age",
         "terpenuhi, jika ini selesai diperiksa: age"),
    ],
)  # fmt: skip
def test_dates_are_told_in_either_language(home: Path, person, day, english, indonesian):
    question = ("dates", person, "Chief", "--as-of", day, "--route", "lateral")
    assert english in told(home, *question)
    assert indonesian in told(home, *question, "--language", "id")
    assert "reconstruction" in told(home, *question)


def test_the_route_is_that_of_the_open_vacancy(home: Path, monkeypatch: pytest.MonkeyPatch):
    spells = {"chief": (("lateral", date(2007, 1, 1), date(2008, 1, 1)),)}
    monkeypatch.setattr(vacancies, "vacancies_of", lambda _record: spells)
    question = ("dates", "bob", "chief", "--json", "--as-of")
    routes = [json.loads(told(home, *question, d))["route"] for d in ("2007-06-01", "2008-01-01")]
    assert routes == ["lateral", "open_selection"]
    asked = json.loads(told(home, *question, "2007-06-01", "--route", "succession_group"))
    assert asked["route"] == "succession_group"


def test_a_post_of_which_no_rule_speaks_says_so(home: Path):
    assert "no rule speaks of posts" in told(home, "dates", "bob", "clerk", "--as-of", "2010-01-01")


def test_risk_counts_posts_by_class_and_lists_those_of_the_next_years(home: Path):
    # bob is 58 by the end of February 2022, dan in February 2008; ann is 60 in February 2010.
    day = ("--as-of", "2009-03-01")
    answer = json.loads(told(home, "risk", *day, "--class", "low", "--class", "high", "--json"))
    assert answer["pack"] == "harbour@1"
    soon = {"within_1": 1, "within_3": 1, "within_5": 1, "within_10": 1, "unknown": 0}
    assert answer["classes"] == [
        {"post_class": "low", "posts": 3, "vacant": 1, **soon, "later": 1},
        {"post_class": "high", "posts": 1, "vacant": 0, **soon, "later": 0},
    ]
    assert [(p["post_id"], p["person_id"], p["last_day_of_service"]) for p in answer["posts"]] == [
        ("pilot", "dan", "2008-02-29"), ("chief", "ann", "2010-02-28"),
        ("clerk2", "bob", "2022-02-28"), ("clerk", None, None),
    ]  # fmt: skip
    assert [p["within_years"] for p in answer["posts"]] == [1, 1, None, None]
    text = told(home, "risk", *day, "--within", "1")
    assert "2010-02-28" in text and "Chief" in text
    assert "UNVERIFIED: This policy pack" in text
    assert "within" in text and "1 year" in text
    # The strategic classes of the mapping, where none is named.
    assert "low" not in text
    assert "2010-02-28" not in told(home, "risk", "--as-of", "2007-03-01", "--within", "1")


def test_who_and_what_nobody_knows_is_refused(home: Path):
    day = ("--as-of", "2010-01-01")
    assert isinstance(refused(home, "dates", "zoe", "chief", *day), PersonNotFoundError)
    assert isinstance(refused(home, "dates", "bob", "Captain", *day), PostNotFoundError)
    several = refused(home, "dates", "bob", "Clerk", *day)
    assert isinstance(several, PostNotFoundError)
    assert "clerk (Harbour Office); clerk2 (Harbour Office)" in str(several)
    far = refused(home, "risk", "--as-of", "2030-01-01")
    assert isinstance(far, DateError)
    assert "at most ten years later" in str(far)
    assert run(home, "risk", *day, "--class", "middle").exit_code == 2


def test_without_a_pack_in_force_it_is_said_what_to_do(home: Path, tmp_path: Path):
    early = refused(home, "dates", "ann", "chief", "--as-of", "2004-12-31")
    assert isinstance(early, PackError)
    assert "harbour in force on that day" in str(early)
    other = ingested(tmp_path, NAMED.replace("policy: harbour\n", ""))
    unnamed = refused(other, "risk", "--as-of", "2010-01-01")
    assert isinstance(unnamed, PackError)
    assert "a pack named in the mapping" in str(unnamed)
    assert "`policy`" in str(unnamed)
