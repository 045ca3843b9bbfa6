"""A text's score is the same to the last bit however it comes."""

import csv
import json
import subprocess

import pytest

from threat_indicator import Scorer


@pytest.mark.parametrize("precision", ["f32", "bf16", "int8"])
def test_neither_batch_nor_threads_nor_order_change_a_score(texts, precision):
    texts = texts[::12] + texts[-6:]
    alone = Scorer.load(precision=precision, threads=1)
    expected = alone.score(texts)
    assert [alone.score_one(text) for text in texts] == expected
    several = Scorer.load(precision=precision, threads=3)
    assert several.score(texts[::-1]) == expected[::-1]
    for size in (1, 7, len(texts)):
        pieces = [texts[at : at + size] for at in range(0, len(texts), size)]
        assert [verdict for piece in pieces for verdict in several.score(piece)] == expected


@pytest.mark.parametrize("precision", ["f32", "int8"])
def test_scores_are_those_of_the_program(texts, program, tmp_path, precision):
    scorer = Scorer.load(precision=precision, threads=2)
    model = scorer.model_info()["path"]
    flags = ["--checkpoint", model, "--precision", precision]
    source = tmp_path / "posts.csv"
    with open(source, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text"])
        writer.writerows([text] for text in texts)
    output = tmp_path / "scored.csv"
    subprocess.run([program, source, "--output", output, *flags], check=True, capture_output=True)
    with open(output, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = scorer.score(texts)
    assert len(rows) == len(verdicts) == len(texts)
    for row, verdict in zip(rows, verdicts):
        assert verdict.score == (float(row["score"]) if row["score"] else None)
        assert (verdict.label or "") == row["label"]
        assert verdict.band == row["band"]
        assert (verdict.reason or "") == row["reason"]
        assert (verdict.lang or "") == row["lang"]

    source = tmp_path / "posts.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    output = tmp_path / "scored.jsonl"
    subprocess.run([program, source, "--output", output, *flags], check=True, capture_output=True)
    with open(output, encoding="utf-8") as file:
        assert [json.loads(line)["score"] for line in file] == [verdict.score for verdict in verdicts]
