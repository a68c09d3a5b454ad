"""`suksesi simulate` and `suksesi protocol` as somebody at a terminal runs them."""

from pathlib import Path

import pytest

from simulation import bounds, report
from simulation.agency import simulate
from simulation.presets import PRESETS, preset
from tests.lib.command import succeeded, suksesi

SMALL = ("simulate", "--preset", "tiny", "--people", "300")


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_same_bytes_another_seed_others(tmp_path: Path):
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        done = succeeded(suksesi(*SMALL, "--seed", seed, "--out", tmp_path / name, home=tmp_path))
        assert "none of whom exists" in done.out
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a").keys() == files(tmp_path / "c").keys()
    assert files(tmp_path / "a") != files(tmp_path / "c")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = suksesi(*SMALL, "--out", out, home=tmp_path)
    assert done.code == 1
    assert "is not empty" in done.err
    assert "--out" in done.err
    assert "Traceback" not in done.err
    assert files(out) == {"mine.txt": b"mine"}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--set", "panel_bias=9"), ("knob panel_bias", "0 to 3")),
        (("--set", "panel_bias=much"), ("knob panel_bias", "a number")),
        (("--set", "panel_bias"), ("NAME=VALUE",)),
        (("--set", "panelbias=1"), ("is no knob", "panel_bias")),
        (("--set", "drift_rating=1"), ("knob drift_year", "while something drifts")),
        (("--set", "pool_low=100"), ("knob pool_low", "is above pool_high")),
        (("--people", "20"), ("knob people", "200 to 1000000")),
        (("--preset", "realistc"), ("no such preset", "did you mean realistic")),
        (
            ("--preset", "ignorable", "--set", "private_information=1"),
            ("contradicts what the preset ignorable promises",),
        ),
        (
            ("--preset", "unrecorded", "--set", "interview_recorded=yes"),
            ("contradicts what the preset unrecorded promises",),
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    asked: tuple[str, ...], says: tuple[str, ...], tmp_path: Path
):
    done = suksesi("simulate", *asked, "--out", tmp_path / "out", home=tmp_path)
    assert done.code == 1
    assert done.err.startswith("suksesi: ")
    assert "To mend it: " in done.err
    for one in says:
        assert one in done.err
    assert not (tmp_path / "out").exists()


def test_nothing_asked_for_is_wrong_usage(tmp_path: Path):
    assert suksesi("simulate", home=tmp_path).code == 2


def test_knobs_and_presets_are_listed(tmp_path: Path):
    found = succeeded(suksesi("simulate", "--knobs", "--json", home=tmp_path)).json
    assert set(found["presets"]) == set(PRESETS)
    assert found["knobs"]["panel_bias"]["high"] == 3
    assert all(one["meaning"] for one in found["knobs"].values())


def test_the_report_has_every_row_and_bounds_for_the_realistic_preset_only():
    agency = simulate(preset("realistic", people=1500), 7)
    rows = report.report_rows(agency, pairs=12_000, vacancies=300)
    names = [one["name"] for one in rows]
    assert len(names) == len(set(names))
    for ranking in bounds.RANKINGS:
        assert f"ndcg5.{ranking}" in names
    begins = {name.partition(".")[0] for name in names}
    assert {"ndcg5", "auc", "validity", "margins", "labels"} <= begins
    by_name = {one["name"]: one for one in rows}
    assert by_name["auc.observable_bayes"]["bound"] == "0.75 to 0.83"
    order = [one for one in rows if "_over_" in one["name"]]
    assert len(order) == 5
    assert all(one["ok"] for one in order)
    hard = simulate(preset("hard", people=400), 7)
    others = report.report_rows(hard, pairs=6000, vacancies=100)
    assert {one["bound"] for one in others} == {None}


def test_the_report_reads_labels_from_the_truth_that_was_written(tmp_path: Path):
    asked = ("--preset", "tiny", "--report", "--pairs", "6000", "--json", "--out", tmp_path / "m")
    done = suksesi("simulate", *asked, home=tmp_path / "home")
    assert done.code == 0, done.err
    assert any(one["name"] == "labels.default.agreement" for one in done.json)
    assert (tmp_path / "home" / "figures" / "simulation.json").is_file()


def test_protocol_tells_recall_of_planted_dirt_over_seeds(tmp_path: Path):
    asked = ("--preset", "tiny", "--people", "500", "--seeds", "2", "--only", "intake", "--json")
    rows = succeeded(suksesi("protocol", *asked, home=tmp_path)).json
    by_name = {one["name"]: one for one in rows}
    for kind in ("duplicate", "impossible_nip", "unknown_code", "impossible_date"):
        found = by_name[f"tiny.intake.{kind}.recall"]
        assert (found["value"], found["bound"], found["ok"]) == (1.0, ">= 0.99", True)
    assert by_name["tiny.intake.false_alarms"]["value"] == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [(("--only", "weather"), "no topic 'weather'"), (("--preset", "x"), "no such preset")],
)
def test_protocol_refuses_what_it_does_not_know(asked: tuple[str, ...], says: str, tmp_path: Path):
    done = suksesi("protocol", *asked, home=tmp_path)
    assert done.code == 1
    assert says in done.err
