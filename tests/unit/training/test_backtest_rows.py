"""Rows that a backtest keeps: whole, of one record, and without anything protected."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from features.errors import AuditError
from features.tables.protected_attributes import PROTECTED_ATTRIBUTES
from tests.lib.backtested import made_of, rows
from training.backtest_rows import CANDIDATES, DECISIONS, MADE_OF, BacktestRows, latest


def test_what_is_kept_is_what_is_read(tmp_path: Path):
    kept = rows()
    folder = kept.write(tmp_path)
    found = latest(tmp_path, kept.made_of.snapshot)
    assert {path.name for path in folder.iterdir()} == {MADE_OF, CANDIDATES, DECISIONS}
    assert (found.made_of, found.digest) == (kept.made_of, kept.digest)
    pd.testing.assert_frame_equal(
        found.candidates, kept.candidates[found.candidates.columns], check_dtype=False
    )
    pd.testing.assert_frame_equal(
        found.decisions, kept.decisions[found.decisions.columns], check_dtype=False
    )


def test_the_same_rows_are_the_same_bytes_wherever_they_are_kept(tmp_path: Path):
    one, other = (rows().write(tmp_path / name) for name in ("one", "other"))
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


def test_nothing_protected_is_kept_also_where_a_caller_has_it(tmp_path: Path):
    told = rows()
    known = {"sex": "female", "birth_date": "1980-01-01", "name": "Nama", "age_band": "35-44"}
    told = BacktestRows(
        told.made_of, told.candidates.assign(**known), told.decisions.assign(**known)
    )
    told.write(tmp_path)
    found = latest(tmp_path, told.made_of.snapshot)
    columns = {*found.candidates, *found.decisions}
    assert not columns & {*PROTECTED_ATTRIBUTES, "age_band"}
    assert {"person_id", "score", "place", "is_appointed", "probability", "success"} <= columns


def test_the_latest_backtest_of_a_record_takes_the_place_of_the_one_before(tmp_path: Path):
    rows().write(tmp_path)
    newer = rows(first_year=2023)
    newer.write(tmp_path)
    assert latest(tmp_path, newer.made_of.snapshot).made_of.first_year == 2023
    assert newer.digest != rows().digest


def test_without_a_backtest_of_that_very_record_the_remedy_is_told(tmp_path: Path):
    rows().write(tmp_path)
    with pytest.raises(AuditError, match="no backtest of the snapshot.*run suksesi backtest first"):
        latest(tmp_path, "f" * 64)


@pytest.mark.parametrize("name", [CANDIDATES, DECISIONS])
def test_changed_rows_are_refused(tmp_path: Path, name: str):
    folder = rows().write(tmp_path)
    other = rows(shift=0.5, taken_off=0.5).write(tmp_path / "other")
    (folder / name).write_bytes((other / name).read_bytes())
    with pytest.raises(AuditError, match="were changed"):
        latest(tmp_path, made_of().snapshot)


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_rows_that_do_not_say_what_they_are_of_are_refused(tmp_path: Path, text: str):
    folder = rows().write(tmp_path)
    (folder / MADE_OF).write_text(text)
    with pytest.raises(AuditError, match="not whole"):
        latest(tmp_path, made_of().snapshot)


def test_rows_of_another_version_are_refused(tmp_path: Path):
    folder = rows().write(tmp_path)
    older = pd.read_parquet(folder / CANDIDATES).rename(columns={"origin_year": "year"})
    older.to_parquet(folder / CANDIDATES)
    told = json.loads((folder / MADE_OF).read_text())
    told["files"][CANDIDATES] = hashlib.sha256((folder / CANDIDATES).read_bytes()).hexdigest()
    (folder / MADE_OF).write_text(json.dumps(told))
    with pytest.raises(AuditError, match="of another version.*suksesi backtest"):
        latest(tmp_path, made_of().snapshot)


def test_the_digest_speaks_of_the_label_rule_too():
    told = rows()
    other = replace(told.made_of, label_rule="another", label={"months": 6})
    assert BacktestRows(other, told.candidates, told.decisions).digest != told.digest
