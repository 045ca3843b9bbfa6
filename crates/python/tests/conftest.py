"""What several tests need."""

import csv
import os
from pathlib import Path

import pytest

from threat_indicator import Scorer

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    """The package's model, on all cores."""
    return Scorer.load()


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Texts of the bundled sample, and some that are read in other ways."""
    with open(ROOT / "data/sample_tweets.csv", encoding="utf-8", newline="") as file:
        sample = [row["text"] for row in csv.DictReader(file)]
    others = [
        "Bonjour tout le monde, il fait beau aujourd'hui",
        "my cat sleeps on the warm radiator all day, il fait beau aujourd'hui mes amis",
        "https://example.org",
        "12345 !!!",
        "a very long day " * 400,
        "🙂 good morning 🙂",
    ]
    return sample + others


@pytest.fixture(scope="session")
def program() -> Path:
    """The program `score`, which the package's scores are held to."""
    named = os.environ.get("THREAT_SCORE_PROGRAM")
    built = [ROOT / "target" / profile / "threat-score" for profile in ("debug", "release")]
    for path in [Path(named)] if named else built:
        if path.is_file():
            return path
    if named:
        pytest.fail(f"THREAT_SCORE_PROGRAM: there is no file {named}")
    pytest.skip("the program `score` is not built: cargo build -p score")
