"""Planted errors: as many as asked for, each on the list, each a real one."""

import numpy as np
import pandas as pd
import pytest

from simulation.dirt import COLUMNS, COPIES, MOST_SHARE, PLANS, errors_of, plant
from simulation.exports import export_files
from tests.lib.simulated import SEED, SMALL, small_tables


@pytest.fixture(scope="module")
def clean():
    return export_files(small_tables(), SMALL, SEED)


@pytest.fixture(scope="module")
def dirty(clean):
    return plant(clean, 1.0, SEED)


def test_without_dirt_nothing_changes(clean):
    exports, planted = plant(clean, 0.0, SEED)
    assert planted.empty
    assert list(planted.columns) == list(COLUMNS)
    assert all(a is b for a, b in zip(exports, clean, strict=True))


def test_every_kind_is_planted_three_times_at_least(dirty):
    _exports, planted = dirty
    counts = planted["kind"].value_counts()
    assert set(counts.index) == {plan.kind for plan in PLANS}
    assert counts.min() >= 3


def test_the_list_names_exactly_what_differs(clean, dirty):
    exports, planted = dirty
    for before, after in zip(clean, exports, strict=True):
        listed = _of(planted, after)
        copies = listed["kind"].isin(COPIES)
        # Without the copies the rows stand in the order in which they stood.
        kept = np.setdiff1d(np.arange(1, len(after) + 1), listed.loc[copies, "row"])
        assert len(kept) == len(before)
        changed = set()
        for name, cells in before.columns.items():
            now = after.columns[name].take(kept - 1).to_pylist()
            pairs = zip(kept.tolist(), cells.to_pylist(), now, strict=True)
            changed |= {row for row, old, new in pairs if old != new}
        assert changed == set(listed.loc[~copies, "row"])


def _of(planted, export):
    return planted[(planted["file"] == export.file) & (planted["sheet"] == export.sheet)]


def test_a_duplicate_is_a_row_further_up_once_more(clean, dirty):
    exports, planted = dirty
    for after in exports:
        listed = _of(planted, after)
        rows = list(zip(*(cells.to_pylist() for cells in after.columns.values()), strict=True))
        for row in listed.loc[listed["kind"] == "duplicate", "row"]:
            assert rows.index(rows[row - 1]) < row - 1


def test_the_place_of_a_copy_does_not_tell_it(dirty):
    exports, planted = dirty
    places, at_the_tail = [], 0
    for after in exports:
        listed = _of(planted, after)
        copies = listed.loc[listed["kind"].isin(COPIES), "row"]
        places += list(copies / len(after))
        at_the_tail += int((copies > len(after) - len(copies)).sum())
    assert at_the_tail < len(places) / 4
    assert min(places) < 0.5 < max(places)


def test_another_seed_puts_copies_elsewhere(clean, dirty):
    other = plant(clean, 1.0, SEED + 1)[1]
    assert set(other["row"]) != set(dirty[1]["row"])


def test_no_row_is_planted_twice(dirty):
    assert not dirty[1].duplicated(["file", "sheet", "row"]).any()


def test_a_copy_has_the_id_of_its_row_and_a_near_copy_one_of_its_own(clean, dirty):
    exports, planted = dirty
    for before, after in zip(clean, exports, strict=True):
        known = set(before.columns[before.record].to_pylist())
        listed = planted[(planted["file"] == after.file) & (planted["sheet"] == after.sheet)]
        assert set(listed.loc[listed["kind"] == "duplicate", "record"]) <= known
        assert known.isdisjoint(listed.loc[listed["kind"] == "near_duplicate", "record"])


@pytest.mark.parametrize("dirt", [1.0, 5.0])
def test_no_file_is_so_dirty_that_it_would_be_refused(clean, dirt):
    exports, planted = plant(clean, dirt, SEED)
    sizes = pd.Series({(e.file, e.sheet): len(e) for e in exports})
    counts = planted.groupby(["file", "sheet"]).size()
    assert (counts <= MOST_SHARE * sizes[counts.index]).all()


def test_more_dirt_is_more_errors(clean, dirty):
    assert len(plant(clean, 5.0, SEED)[1]) > len(dirty[1])


@pytest.mark.parametrize(("rows", "errors"), [(0, 0), (50, 0), (600, 3), (30_000, 100)])
def test_how_many_errors_a_file_gets(rows, errors):
    assert errors_of(4, rows, 1.0) == errors


def test_nothing_is_late_beyond_the_end_of_the_file(clean, dirty):
    def latest(exports):
        jabatan = next(e for e in exports if e.file == "rw-jabatan.csv")
        texts = [t for t in jabatan.columns["tanggalInput"].to_pylist() if t]
        return max(t[6:] + t[3:5] + t[:2] for t in texts)

    assert latest(dirty[0]) <= latest(clean)
