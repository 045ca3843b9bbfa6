"""The package in the hands of a plugin manager, and its functions by themselves."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Optional

import pytest
from osprey.engine.executor.execution_context import ExecutionContext, ExpectedUdfException
from osprey.worker.adaptor.plugin_manager import OSPREY_ADAPTOR, loaded
from threat_indicator import ModelError, Scorer

from threat_indicator_osprey import ThreatBand, ThreatScore
from threat_indicator_osprey.model import scorer

POST = "the bus was late again this morning"

UNJUDGED = [
    "God morgon, vädret är mycket fint idag igen",
    "https://example.org",
    "12345 !!!",
    "",
]


def call(function, text):
    """What a rule gets that calls a function."""
    arguments = function.get_arguments_type()({"text": text})
    return function().execute(ExecutionContext(), arguments)


def test_osprey_finds_the_functions_by_the_entry_point():
    (found,) = [entry for entry in entry_points(group=OSPREY_ADAPTOR) if "threat" in entry.name]
    assert found.value == "threat_indicator_osprey.register"
    (udfs,) = loaded().hook.register_udfs()
    assert udfs == [ThreatScore, ThreatBand]


def test_the_types_are_ones_that_rules_are_checked_by():
    assert ThreatScore.get_arguments_type().items() == {"text": str}
    assert ThreatScore.get_rvalue_type() is float
    assert ThreatBand.get_arguments_type().items() == {"text": Optional[str]}
    assert ThreatBand.get_rvalue_type() is str
    assert ThreatScore.__doc__ and ThreatBand.__doc__  # Osprey shows them to those who write rules


def test_a_score_is_that_of_the_package():
    expected = Scorer.load(threads=1).score_one(POST)
    assert call(ThreatScore, POST) == expected.score
    assert call(ThreatBand, POST) == expected.band == "none"


@pytest.mark.parametrize("text", [*UNJUDGED, None, "half a pair \ud83d"])
def test_what_is_not_judged_has_no_score_that_a_rule_could_compare(text):
    assert call(ThreatBand, text) == "not_judged"
    with pytest.raises(ExpectedUdfException):
        call(ThreatScore, text)


def test_a_missing_model_stops_the_worker_when_it_starts(monkeypatch, tmp_path):
    monkeypatch.setenv("THREAT_CHECKPOINT", str(tmp_path / "nowhere"))
    scorer.cache_clear()
    try:
        with pytest.raises(ModelError, match="nowhere"):
            loaded().hook.register_udfs()
    finally:
        scorer.cache_clear()


def test_the_settings_are_those_of_the_programs(monkeypatch):
    monkeypatch.setenv("THREAT_PRECISION", "int8")
    scorer.cache_clear()
    try:
        info = scorer().model_info()
        assert (info["precision"], info["threads"]) == ("int8", 1)
    finally:
        scorer.cache_clear()
