"""`suksesi features` writes no frame that holds a copy of what is protected."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import ibis
import pandas as pd
import pytest

from features import strategic
from features.frames import Engine
from features.identity_linter import lint
from features.tables.record import Record
from tests.lib.agencies import MAPPING, write_harbour
from tests.lib.command import Done, succeeded, suksesi
from tests.lib.written import read_written, rewrite

AS_OF = "2020-01-01"
NAMED = """\
identity: {attributes: [nip, name]}

sources:
  known:
    sql: >
      SELECT staff_no, CASE WHEN substr(staff_no, 2)::INTEGER % 2 = 0 THEN 'male' ELSE 'female' END
        AS sex, 'Invented ' || staff_no || ' Person' AS called,
        '19' || (60 + substr(staff_no, 2)::INTEGER % 30) || '0112199001' ||
        (1 + substr(staff_no, 2)::INTEGER % 2) || lpad(substr(staff_no, 3), 3, '0') AS nip
      FROM staff
"""
PROTECTED = """\
tables:
  protected_attribute:
    - {from: known, columns: {person_id: staff_no, attribute: {constant: sex}, value: sex}}
    - {from: known, columns: {person_id: staff_no, attribute: {constant: name}, value: called}}
    - {from: known, columns: {person_id: staff_no, attribute: {constant: nip}, value: nip}}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A harbour authority that knows the sex, the name and the NIP of its people."""
    folder = tmp_path_factory.mktemp("harbour")
    path = write_harbour(folder)
    before, after = MAPPING.split("sources:\n")
    staff, rest = after.split("tables:\n")
    first, others = staff.split("\n", 1)
    named = NAMED.replace("sources:\n", f"sources:\n{first}\n")
    path.write_text(f"{before}{named}{others}{PROTECTED}{rest}", encoding="utf-8")
    taken = suksesi("ingest", path, "--exports", folder, home=folder / "home")
    succeeded(taken)
    return folder / "home"


def features(home: Path) -> Done:
    return suksesi("features", "--as-of", AS_OF, "--json", home=home)


def frame_of(home: Path) -> Path:
    return home / "features" / AS_OF


def plant(monkeypatch: pytest.MonkeyPatch, column: Callable[[Record], str]):
    """One more column in the frame."""
    honest = strategic.write_frame

    def write(record: Record, pairs: ibis.Table, folder: Path, engine: Engine) -> None:
        honest(record, pairs, folder, engine)
        rewrite(folder, f"*, {column(record)} AS planted")

    monkeypatch.setattr(strategic, "write_frame", write)


def sex_as_a_number(record: Record) -> str:
    rows = record.protected_table("protected_attribute").to_pandas()
    women = rows[(rows["attribute"] == "sex") & (rows["value"] == "female")]["person_id"]
    named = ", ".join(f"'{person}'" for person in women)
    return f"CASE WHEN person_id IN ({named}) THEN 0.5 ELSE 0.25 END"


def test_what_we_ship_passes_and_its_resemblances_are_written_down(home: Path):
    told = succeeded(features(home)).json
    report = pd.read_csv(told["linter"])
    compared = report[report["finding"] == "compared"]
    assert {"sex", "name", "nip"} <= set(compared["attribute"])
    assert set(told["not_auditable"]) == set(
        report.loc[report["finding"] == "not auditable", "attribute"]
    )
    assert {"religion", "ethnicity", "disability"} <= set(told["not_auditable"])
    proxies = report[report["finding"] == "proxy"]
    assert (proxies["low"] <= proxies["value"]).all()
    assert "Invented" not in json.dumps(told) + report.to_csv()


def test_without_the_key_names_are_not_auditable_and_the_frame_is_the_same(home: Path):
    succeeded(features(home))
    with_key = read_written(frame_of(home))
    done = suksesi(
        "features", "--as-of", AS_OF, "--json", home=home, SUKSESI_KEY_DIR=str(home.parent / "none")
    )
    assert {"name", "nip"} <= set(succeeded(done).json["not_auditable"])
    assert "NIPs and names are not compared" in done.err
    pd.testing.assert_frame_equal(with_key, read_written(frame_of(home)), check_exact=True)


def test_a_frame_with_a_copy_is_not_written(home: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.rmtree(frame_of(home), ignore_errors=True)
    plant(monkeypatch, sex_as_a_number)
    done = features(home)
    assert done.code == 1
    assert "planted (sex: value)" in done.err
    assert "0.25" not in done.err
    assert not frame_of(home).exists()


def test_the_linter_is_what_stops_it(home: Path, monkeypatch: pytest.MonkeyPatch):
    plant(monkeypatch, sex_as_a_number)
    passing = lint.lint

    def unguarded(record: Record, frame: pd.DataFrame, **_: object) -> lint.Lint:
        return passing(frame.drop(columns="planted"), lint.held_of(record, frame["as_of"]))

    monkeypatch.setattr(strategic, "require_no_copies", unguarded)
    succeeded(features(home))
    assert "planted" in read_written(frame_of(home))
