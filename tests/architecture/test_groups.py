"""Tests that share something slow run on one worker, so that it is made once."""

import pytest

from tests.lib.by_file import ByFile


def test_tests_of_one_group_are_kept_together(request: pytest.FixtureRequest):
    # Pytest and pytest-xdist agree on groups through the names of tests; where their versions do
    # not fit, groups do nothing, in silence, and every worker makes everything anew.
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests run in one process, or without --dist loadgroup: no groups to keep")
    for item in request.session.items:
        for mark in item.iter_markers("xdist_group"):
            assert item.nodeid.endswith(f"@{mark.args[0]}")


def test_tests_of_one_file_are_kept_together_unless_they_name_a_group():
    scheduler = ByFile.__new__(ByFile)
    scopes = {
        "tests/unit/test_a.py::test_one": "tests/unit/test_a.py",
        "tests/unit/test_a.py::test_two[x::y-1]": "tests/unit/test_a.py",
        "tests/unit/test_b.py::test_one": "tests/unit/test_b.py",
        "models/labels.py::models.labels.Labels": "models/labels.py",
        "tests/unit/test_b.py::test_two[1]@ministers": "ministers",
    }
    assert {name: scheduler._split_scope(name) for name in scopes} == scopes
