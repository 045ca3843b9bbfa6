"""A text's score is the same to the last bit however it comes."""

import csv
import json
import subprocess

import pytest

from threat_indicator import Scorer


@pytest.mark.parametrize("precision", ["auto", "f32", "bf16", "int8"])
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


@pytest.mark.parametrize("precision", ["auto", "f32", "int8"])
def test_scores_are_those_of_the_program(texts, program, tmp_path, precision):
    texts = texts[::4] + texts[-6:]
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
        assert ("" if verdict.truncated is None else str(verdict.truncated).lower()) == row["truncated"]

    source = tmp_path / "posts.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    output = tmp_path / "scored.jsonl"
    subprocess.run([program, source, "--output", output, *flags], check=True, capture_output=True)
    with open(output, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    fields = ["score", "label", "band", "reason", "lang", "truncated"]
    assert [tuple(row[field] for field in fields) for row in rows] == [verdict[:6] for verdict in verdicts]


def test_the_default_is_that_of_the_program(texts, scorer, program, tmp_path):
    texts = texts[::4] + texts[-6:]
    source = tmp_path / "posts.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    model = scorer.model_info()["path"]
    command = [program, source, "--checkpoint", model]
    ran = subprocess.run(command, check=True, capture_output=True)
    scores = [json.loads(line)["score"] for line in ran.stdout.splitlines()]
    assert scores == [verdict.score for verdict in scorer.score(texts)]


def test_what_the_program_cannot_read_has_an_error(program, scorer, tmp_path):
    source = tmp_path / "posts.jsonl"
    source.write_text('{"text": "the bus was late again"}\n{"text": 7}\n{"text": null}\n')
    command = [program, source, "--checkpoint", scorer.model_info()["path"]]
    ran = subprocess.run(command, check=True, capture_output=True)
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    verdicts = scorer.score(["the bus was late again", 7, None])
    assert [row["reason"] for row in rows] == [None, "unreadable", "no_text"]
    # The package tells a missing text from an empty one, which files cannot.
    assert [verdict.reason for verdict in verdicts] == [None, "invalid_text", "null"]
    assert [row["band"] for row in rows] == [verdict.band for verdict in verdicts]


def test_a_text_of_too_many_windows_says_that_its_end_was_not_read(program, tmp_path):
    scorer = Scorer.load(precision="int8")
    text = "the bus was late again, " + "a, " * 30_000
    assert len(text) < 100_000
    source = tmp_path / "posts.jsonl"
    source.write_text(json.dumps({"text": text}) + "\n")
    command = [program, source, "--precision", "int8", "--checkpoint", scorer.model_info()["path"]]
    ran = subprocess.run(command, check=True, capture_output=True)
    row = json.loads(ran.stdout)
    verdict = scorer.score_one(text)
    assert verdict.truncated is row["truncated"] is True
    assert verdict.score == row["score"]
