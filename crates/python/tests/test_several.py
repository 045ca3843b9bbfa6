"""A model folder that holds several models, each for languages of its own."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from threat_indicator import ModelError, Scorer, _scorer

FRENCH = "Bonjour tout le monde, il fait beau aujourd'hui"


@pytest.fixture()
def both(tmp_path) -> Path:
    """The package's model, and a copy of it that claims French."""
    shutil.copytree(_scorer.bundled(), tmp_path / "both", ignore=lambda folder, names: [
        name for name in names if (Path(folder) / name).is_dir()
    ])
    both = tmp_path / "both"
    config = json.loads((both / "config.json").read_text())
    ours = config["threat_indicator"]
    ours.pop("others", None)
    ours["languages"] = ["en"]
    (both / "config.json").write_text(json.dumps(config))
    shutil.copytree(both, tmp_path / "alone")
    shutil.copytree(both, both / "french")
    ours["others"] = [{"folder": "french", "weights_sha256": ours["weights_sha256"]}]
    (both / "config.json").write_text(json.dumps(config))
    del ours["others"]
    ours["languages"] = ["fr"]
    (both / "french" / "config.json").write_text(json.dumps(config))
    return both


def test_each_text_goes_to_the_model_of_its_language(both, texts):
    scorer, alone, french = Scorer(both), Scorer(both.parent / "alone"), Scorer(both / "french")
    info = scorer.model_info()
    assert info["languages"] == ["en", "fr"]
    assert [other["languages"] for other in info["others"]] == [["fr"]]
    weights = alone.model_info()["sha256"]
    assert info["sha256"] == hashlib.sha256(f"{weights}\n{weights}\n".encode()).hexdigest()
    assert _scorer.model_hash(both) == info["sha256"]

    told = scorer.score_one(FRENCH)
    assert told.lang == "fr" and told == french.score_one(FRENCH)
    assert alone.score_one(FRENCH).label is None
    pairs = list(zip(scorer.score(texts[:200]), alone.score(texts[:200])))
    assert all(ours == theirs for ours, theirs in pairs if ours.lang == "en")
    assert sum(ours.lang == "en" for ours, _ in pairs) > 100
    assert len(scorer.explain(FRENCH)) == len(FRENCH.split())


def test_a_model_that_is_missing_is_named(both):
    shutil.rmtree(both / "french")
    with pytest.raises(ModelError, match="french"):
        Scorer(both)
