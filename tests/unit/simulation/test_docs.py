"""What the document of the simulated ministry says is what the code holds."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from simulation.bias import BIASES
from simulation.knobs import Knobs
from simulation.ministry import EXPORTS, TRUTH, write_ministry
from simulation.presets import PRESETS, preset
from simulation.vocabulary import REASON_GROUPS

TEXT = (Path(__file__).parents[3] / "docs" / "simulation.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """All rows of the tables below a heading, without their heads."""
    (part,) = re.findall(rf"^##+ {heading}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (.*) \|$", part, re.MULTILINE)
    heads = re.findall(r"^\| (.*) \|\n\|[-|]+\|$", part, re.MULTILINE)
    return [row.split(" | ") for row in rows if row not in heads]


def written(value: Any) -> str:
    """A value as the document writes it."""
    return ("no", "yes")[value] if isinstance(value, bool) else f"{value:.7g}"


def test_every_knob_stands_with_its_default_its_range_and_its_meaning():
    said = [
        [
            f"`{one.name}`",
            written(one.default),
            f"{written(one.metadata['low'])} to {written(one.metadata['high'])}",
            one.metadata["meaning"],
        ]
        for one in fields(Knobs)
    ]
    assert table("Knobs") == said


def test_every_preset_stands_with_what_it_turns_and_what_it_promises():
    said = [
        [
            f"`{name}`",
            one.meaning,
            ", ".join(f"{knob}={written(value)}" for knob, value in one.values.items()) or "none",
            ", ".join(one.promised) or "none",
        ]
        for name, one in PRESETS.items()
    ]
    assert table("Presets") == said


def test_every_bias_and_every_reason_group_has_its_row():
    assert [row[0] for row in table("The five biases") if len(row) == 3][:5] == [
        f"`{knob}`" for knob in BIASES
    ]
    groups = [row[0].replace(" ", "_") for row in table("The equations") if len(row) == 2]
    assert groups == [*REASON_GROUPS, "the_post"]


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("told") / "ministry"
    write_ministry(preset("tiny", years=3), 7, folder)
    return folder


@pytest.mark.parametrize(("heading", "room"), [("Exports", EXPORTS), ("The truth folder", TRUTH)])
def test_every_file_is_named(ministry: Path, heading: str, room: str):
    found = {re.sub(r"^\d{4}-", "YEAR-", one.name) for one in (ministry / room).iterdir()}
    assert {row[0].strip("`") for row in table(heading)} == found
