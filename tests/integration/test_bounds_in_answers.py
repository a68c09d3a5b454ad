"""Bounds beside every estimate where selection is not identified, and beside no other."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import logit
from starlette.types import ASGIApp

from features.settings import Settings
from models.odds_bounds import ODDS_RATIOS_SHOWN
from models.panel_stage import PanelStage
from serving.app import create_app
from serving.champion import DeskInService
from serving.recommend import Desk
from tests.integration.test_day_one import ASKED, COMMAND, DAY, MAPPING, TABLES
from tests.integration.test_policy_commands import pack_file
from tests.lib.client import get
from tests.lib.command import environment, succeeded, suksesi
from tests.lib.promoted import promote_invented
from tests.lib.small_agency import write_small

STAGE = PanelStage(
    centre=0.0,
    scale=1.0,
    intercept=0.8,
    of_expected=0.5,
    of_record=0.5,
    of_surprise=0.4,
    surprise_error=0.1,
    n_trees=10,
    n_interviewed=400,
    n_vacancies=80,
    n_labels=120,
    n_failures=40,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small agency with a champion of invented labels; nobody vouches for its panels."""
    folder = tmp_path_factory.mktemp("bounded")
    home, mapping = folder / "home", write_small(folder / "exports", mapping=MAPPING, **TABLES)
    succeeded(suksesi("policy", "add", pack_file(folder / "ours"), home=home))
    succeeded(suksesi("ingest", mapping, "--exports", mapping.parent, home=home))
    promote_invented(home, "small", date.fromisoformat(DAY), n_trees=10)
    return home


@pytest.fixture(scope="module")
def desk(home: Path) -> Desk:
    return DeskInService(Settings.from_environment(environment(home))).desk()


@pytest.fixture(scope="module")
def app(desk: Desk) -> ASGIApp:
    return create_app(lambda: desk)


@pytest.fixture(scope="module")
def answer(app: ASGIApp) -> dict[str, Any]:
    return get(app, "/v1/recommendation", **ASKED).json()


def test_every_estimate_of_a_list_has_bounds_that_hold_it_and_its_interval(answer: dict[str, Any]):
    assert answer["model"]["selection"] == "not identified"
    told = [one["readiness"] for one in answer["candidates"]]
    assert len(told) == 8
    for readiness in told:
        bounds = readiness["bounds"]
        assert [one["odds_ratio"] for one in bounds] == list(ODDS_RATIOS_SHOWN)
        ends = [readiness["interval"], *bounds]
        for narrow, wide in zip(ends, ends[1:], strict=False):
            assert wide["low"] < narrow["low"] <= readiness["probability"]
            assert readiness["probability"] <= narrow["high"] < wide["high"]


def test_bounds_are_the_ends_of_the_interval_so_many_times_the_odds_away(answer: dict[str, Any]):
    for one in answer["candidates"]:
        interval = one["readiness"]["interval"]
        for bound in one["readiness"]["bounds"]:
            steps = (
                logit(bound["high"]) - logit(interval["high"]),
                logit(interval["low"]) - logit(bound["low"]),
            )
            np.testing.assert_allclose(steps, np.log(bound["odds_ratio"]), rtol=1e-6)


def test_one_person_has_the_bounds_of_the_list(app: ASGIApp, answer: dict[str, Any]):
    first = answer["candidates"][0]
    alone = get(app, "/v1/readiness", **ASKED, person=first["person_id"]).json()
    assert alone["candidate"]["readiness"]["bounds"] == first["readiness"]["bounds"]
    assert alone["model"] == answer["model"]


def test_it_is_said_in_both_languages_that_the_ratio_is_assumed(answer: dict[str, Any]):
    said = answer["model"]["bounds_statement"]
    assert "a factor of at most 2, 4 or 8 from" in said["en"]
    assert "cannot be learnt from any data" in said["en"]
    assert "2, 4 atau 8 kali" in said["id"]
    assert "asumsi" in said["id"]


@pytest.mark.parametrize("why", ["recorded", "ignorable"])
def test_where_selection_is_identified_there_are_no_bounds(desk: Desk, home: Path, why: str):
    stored = desk.artefact
    assert stored is not None
    if why == "recorded":
        stored = replace(stored, model=replace(stored.model, panel=STAGE))
    else:
        stored = replace(stored, facts=replace(stored.facts, is_ignorable=True))
    told = Desk(desk.snapshot, stored, home).recommendation("chief", date.fromisoformat(DAY))
    assert told.model is not None
    assert (told.model.selection, told.model.bounds_statement) == (why, None)
    assert len(told.candidates) == 8
    for one in told.candidates:
        assert one.readiness is not None
        assert one.readiness.bounds is None


def test_a_model_without_intervals_has_bounds_around_the_probability(desk: Desk, home: Path):
    assert desk.artefact is not None
    bare = replace(desk.artefact, model=replace(desk.artefact.model, uncertainty=None))
    told = Desk(desk.snapshot, bare, home).recommendation("chief", date.fromisoformat(DAY))
    first = told.candidates[0]
    assert first.readiness is not None
    assert first.readiness.interval is None
    assert first.readiness.bounds is not None
    for bound in first.readiness.bounds:
        step = logit(bound.high) - first.readiness.logit
        assert step == pytest.approx(np.log(bound.odds_ratio))


def test_the_command_shows_the_widest_beside_each_estimate_and_the_sentence_beneath(
    home: Path, answer: dict[str, Any]
):
    out = succeeded(suksesi("recommend", *COMMAND, home=home)).out
    widest = answer["candidates"][0]["readiness"]["bounds"][-1]
    low, high = (f"{widest[end]:.2f}".removeprefix("0") for end in ("low", "high"))
    first = next(line for line in out.splitlines() if line.startswith("  1. "))
    assert f") [{low}-{high}], " in first
    beneath = out.splitlines()[-1]
    assert beneath.startswith("[low-high]: bounds at an odds ratio of 8. The bounds hold if")
    assert answer["model"]["selection_statement"]["en"] in out


def test_explain_lists_the_bounds_of_every_ratio(home: Path, answer: dict[str, Any]):
    first = answer["candidates"][0]
    asked = (first["person_id"], *COMMAND, "--language", "id")
    out = succeeded(suksesi("explain", *asked, home=home)).out
    assert "[rendah-tinggi]: batas pada rasio peluang 8. Batas kesiapan berlaku bila" in out
    rows = [line.replace("│", " ").split() for line in out.splitlines()]
    for bound in first["readiness"]["bounds"]:
        row = [f"{bound['odds_ratio']:g}", f"{bound['low']:.3f}", f"{bound['high']:.3f}"]
        assert row in rows


def test_what_a_missing_paper_could_do_is_told_with_the_same_bounds(
    home: Path, answer: dict[str, Any]
):
    first = answer["candidates"][0]
    asked = (first["person_id"], "chief", "--as-of", DAY)
    told = succeeded(suksesi("missing", *asked, "--json", home=home)).json["readiness"]
    assert told["bounds"] == first["readiness"]["bounds"]
    out = succeeded(suksesi("missing", *asked, home=home)).out
    assert "at an odds ratio of 8\n" in out
    assert answer["model"]["bounds_statement"]["en"] in out
