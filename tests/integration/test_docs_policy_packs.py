"""The reference of policy packs is true: its example is read, its lists are complete."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from features.documents.written import Written
from features.errors import PackError
from features.packs.declaration import Pack
from features.packs.library import Library
from features.packs.measures import Measure
from features.packs.pack import parse_pack
from features.packs.rules import Rule
from features.policy.commands_packs import app as pack_commands

GUIDE = (Path(__file__).parents[2] / "docs" / "policy-packs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)
(WORKED,) = [text for text in EXAMPLES if text.startswith("pack:")]


def models_in(annotation: Any) -> Iterator[type[Written]]:
    """Every model of the language that a piece of it is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Written):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for argument in get_args(annotation):
        yield from models_in(argument)


MODELS = tuple(dict.fromkeys(models_in(Pack)))
RULES, MEASURES = tuple(models_in(Rule)), tuple(models_in(Measure))


def rows(heading: str) -> dict[str, str]:
    """First cell and line of every row of the tables below a heading."""
    section = re.split(rf"^#+ {heading}\n", GUIDE, flags=re.M)[1]
    section = re.split(r"^###? ", section, flags=re.M)[0]
    return {cell: line for line, cell in re.findall(r"^(\| `(\w+)` \|.*)$", section, re.M)}


def kind_of(model: type[Written]) -> str:
    field = model.model_fields.get("rule") or model.model_fields["kind"]
    return str(get_args(field.annotation)[0])


def test_the_worked_pack_is_right_and_writes_every_section_out():
    pack = parse_pack(WORKED, "harbour-rules.yaml")
    assert pack.name == "harbour-rules@1"
    left_out = {"confirmation"}
    for name in set(Pack.model_fields) - left_out:
        assert re.search(rf"^{name}:", WORKED, re.M), name


def test_the_other_examples_fit_the_worked_pack():
    (confirmed,) = [text for text in EXAMPLES if text.startswith("status: confirmed")]
    text = WORKED.replace("status: reconstruction_unverified\n", confirmed)
    assert parse_pack(text, "harbour-rules.yaml").status == "confirmed"


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_explained(model: type[Written]):
    explained = GUIDE.replace(WORKED, "")
    for name, field in model.model_fields.items():
        key = field.alias or name
        assert re.search(rf"[`\s{{]{key}[`:]|^### {key}$", explained, re.M), key


@pytest.mark.parametrize("model", [m for m in RULES if "rule" in m.model_fields])
def test_every_kind_of_rule_is_described_with_its_keys(model: type[Written]):
    line = rows("rules")[kind_of(model)]
    shared = {"rule", "id", "classes", "routes", "due", "sentence", "settled_by", "cite"}
    for key in set(model.model_fields) - shared - {"alternative"}:
        assert f"`{key}`" in line or (kind_of(model) == "present" and "as `held`" in line), key
    assert [cell.strip() for cell in line.split("|")[3:5]] != ["", ""]


@pytest.mark.parametrize("model", [m for m in MEASURES if "kind" in m.model_fields])
def test_every_kind_of_measure_is_described_with_its_keys(model: type[Written]):
    line = rows("measures")[kind_of(model)]
    for name, field in model.model_fields.items():
        if name == "kind":
            continue
        assert f"`{name}`" in line, name
        for points in models_in(field.annotation):
            inner = set(points.model_fields) - {"at_least", "above", "below", "at_most", "points"}
            assert all(f"`{key}`" in line for key in inner)


def test_no_kind_is_described_that_does_not_exist():
    kinds = {kind_of(m) for m in RULES if "rule" in m.model_fields}
    shared = {"rule", "id", "classes", "routes", "due", "sentence", "settled_by", "cite"}
    assert set(rows("rules")) == kinds | shared | {"alternative"}
    measures = {kind_of(m) for m in MEASURES if "kind" in m.model_fields}
    assert set(rows("measures")) == measures | {"none"}


def test_commands_that_are_named_exist_and_none_of_policy_is_left_out():
    policy = get_command(pack_commands)
    assert isinstance(policy, TyperGroup)
    named = set(re.findall(r"suksesi policy (\w+)", GUIDE))
    assert named <= set(policy.commands)
    assert set(policy.commands) - named == {"list"}


def test_a_pack_that_is_right_is_called_as_the_guide_says(tmp_path: Path):
    file = tmp_path / "harbour-rules.yaml"
    file.write_text(WORKED, encoding="utf-8")
    told = CliRunner().invoke(pack_commands, ["check", str(file)])
    assert told.exit_code == 0
    assert "well formed" in told.output
    assert "well formed" in GUIDE


def test_the_example_of_equal_classes_goes_the_way_that_is_told():
    (example,) = [text for text in EXAMPLES if text.startswith("equivalence:")]
    told = example.replace("ahli_madya", "Officer")
    told = told.replace("jpt_pratama", "Director").replace("administrator", "Director")
    old = re.search(r"^equivalence:\n(?:  .*\n)+", WORKED, re.M)
    assert old is not None
    text = WORKED.replace(old[0], told).replace("{Officer: 2, Director: 4}", "{Director: 4}")
    pack = parse_pack(text.replace("    exceptions: {Officer: {teamwork: 3}}\n", ""), "h.yaml")
    assert set(pack.required_levels("Officer").values()) == {4}
    assert set(pack.same_career(("Director",))) == {"Officer", "Director"}
    assert set(pack.same_career(("Officer",))) == {"Officer", "Director"}


def test_every_shipped_pack_is_listed():
    assert {pack.pack for pack in Library().packs} <= set(
        re.findall(r"^\| `([\w-]+)` \|", GUIDE, re.M)
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at_least: 80, category", "at_lest: 80, category", "unknown key 'at_lest'. Expected: "),
        ("classes: [Director]\n    routes", "classes: [Dircetor]\n    routes", "unknown class "),
        ("performance: 50, ", "performance: 45, ", "the weights add up to 95. Expected: 100"),
        ("weight: 70", "weight: 60", "its indicators weigh "),
        ("{below: 60, level", "{at_most: 60, level", "this band overlaps the band below it"),
        ("{at_least: 75, level", "{above: 75, level",
         "this band leaves numbers out between it and the band below it"),
        ("{below: 60, level", "{at_least: 0, below: 60, level",
         "this band ends, although no band lies beyond it"),
        ("level: meets", "level: above", "the levels do not rise with the score"),
        ("high: 9", "high: 8", "a box is missing or stands twice"),
        ("low: 4, medium: 7, high: 9", "low: 7, medium: 4, high: 9",
         "a higher level gives a lower box"),
        ("id: board", "id: discipline", "a second rule "),
        ("status: reconstruction_unverified", "status: confirmed",
         "a pack is confirmed by a named officer, and by nothing else"),
        ("rule: held", "rule: hold", " found using 'rule' does not match"),
        ("    years: 3\n", "    years: 3\n    years: 4\n", "says 'years' twice"),
        ("methods: [assessment_centre]", "methods: [assessment_centre", "not YAML"),
        ("probability_at_least: 0.7", "probability_at_least: 0,7", "unknown key '7'"),
        ("weight: 70", "weight: 70,5", "is no number and no fraction such as 10/3"),
        ("en: Has been an officer for 3 years.", "en: Has been, once, an officer.",
         "unknown key 'once'"),
        ("effective: {from: 2026-01-01}", "effective: {from: 01-01-2026}",
         "Input should be a valid date"),
        ("    years: 3\n", "\tyears: 3\n", "found character '\\t'"),
    ],
)  # fmt: skip
def test_the_guide_quotes_what_is_said_of_a_wrong_pack(old: str, new: str, message: str):
    assert WORKED.count(old) == 1
    with pytest.raises(PackError) as caught:
        parse_pack(WORKED.replace(old, new), "harbour-rules.yaml")
    assert message in str(caught.value)
    assert message in GUIDE.replace(WORKED, "")
