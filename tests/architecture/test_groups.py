"""Tests that share something slow run on one worker, so that it is made once."""

import pytest


def test_tests_of_one_group_are_kept_together(request: pytest.FixtureRequest):
    # Pytest and pytest-xdist agree on groups through the names of tests; where their versions do
    # not fit, groups do nothing, in silence, and every worker makes everything anew.
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("tests run in one process, or without --dist loadgroup: no groups to keep")
    for item in request.session.items:
        for mark in item.iter_markers("xdist_group"):
            assert item.nodeid.endswith(f"@{mark.args[0]}")
