"""The examples in the docstrings."""

import doctest
import importlib

import pytest

MODULES = ["threat_indicator"] + [
    f"threat_indicator.{name}"
    for name in ("_added", "_scorer", "_texts", "_verdict", "pandas", "polars", "ray")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_do_what_they_say(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0 and found.failed == 0
