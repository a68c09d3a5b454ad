"""The reference of the mapping language is true: its example runs, its lists are complete."""

import re
from pathlib import Path

import duckdb
import pytest

from features.agencies.columns import ColumnRule
from features.agencies.consistency import MAPPED_TABLES, recorded_columns
from features.agencies.declaration import Identity
from features.agencies.mapping import Mapping
from features.agencies.rules import Backtest, GateRule, Label, Pool, Step, Vacancies
from features.agencies.sources import Part, Source
from features.competency import GENERAL
from features.conduct import LONG_SERVICE, VALUES
from features.development import LEADERSHIP
from features.gap import TECHNICAL
from features.intake import ingest
from features.storage import Snapshot
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES

GUIDE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("example")
    for name, kind, content in re.findall(r"`(\w+\.\w+)`:\n\n```(csv|yaml)\n(.*?)```", GUIDE, re.S):
        assert name.endswith(kind)
        (folder / name).write_text(content, encoding="utf-8")
    return ingest(folder / "harbour.yaml", folder, folder / "home", keys=folder / "keys")


def test_the_example_is_ingested_without_a_rejected_row(example: Snapshot):
    assert example.manifest["rejections"] == []
    counts = {name: count["accepted"] for name, count in example.manifest["tables"].items()}
    assert (counts["person"], counts["unit"], counts["post"], counts["appointment"]) == (2, 2, 3, 3)


def test_the_example_shows_what_the_guide_says(example: Snapshot):
    path = example.folder / "appointment.parquet"
    columns = "kind, start_on::VARCHAR, start_recorded_on::VARCHAR, end_on::VARCHAR"
    assert duckdb.execute(f"SELECT {columns} FROM '{path}' ORDER BY appointment_id").fetchall() == [
        ("definitive", "2001-02-03", "2001-02-10", "2004-05-14"),
        ("definitive", "2004-05-15", "2004-05-15", None),
        ("acting", "2003-01-01", "2003-12-31", "2003-12-31"),
    ]


def test_the_example_writes_every_section_out(example: Snapshot):
    text = example.mapping.text
    assert all(re.search(rf"^{name}:", text, re.M) for name in Mapping.model_fields)


@pytest.mark.parametrize(
    "model",
    [Mapping, Identity, Source, Part, ColumnRule, Step, Vacancies, Label, Pool, GateRule, Backtest],
)
def test_every_key_is_explained(model):
    for name, field in model.model_fields.items():
        assert re.search(rf"[`\s{{]{field.alias or name}[`:]", GUIDE), name


@pytest.mark.parametrize("name", MAPPED_TABLES)
def test_every_canonical_column_is_listed(name):
    table = MAPPED_TABLES[name]
    (line,) = re.findall(rf"^\| `{name}` \| (.*) \|$", GUIDE, re.M)
    listed = re.sub(r"\(.*?\)", "", line).split()
    assert [word.strip("*") for word in listed] == list(table.columns)
    fallen_back = {*recorded_columns(table), "sequence"}
    needed = [n for n, c in table.columns.items() if c.required and n not in fallen_back]
    assert [word.strip("*") for word in listed if word.startswith("**")] == needed


def test_every_protected_attribute_is_listed():
    assert ", ".join(PROTECTED_ATTRIBUTES) in " ".join(GUIDE.split())


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("`competency` of `assessment`, `post_requirement`", (*GENERAL, TECHNICAL)),
        ("`subject` of `feedback`", VALUES),
        ("`level` of `training`", LEADERSHIP),
        ("`kind` of `award`", (LONG_SERVICE,)),
    ],
)
def test_every_word_that_a_feature_knows_is_listed(column, words):
    (line,) = re.findall(rf"^\| {column} \| (.*) \|$", GUIDE, re.M)
    assert set(words) <= set(re.findall(r"\w+", line))
