"""`python -m threat_indicator score`."""

import csv
import json
import subprocess
import sys

import pyarrow
import pytest
from pyarrow import parquet

from threat_indicator.__main__ import main

TEXTS = ["the bus was late again", "", "soup, bread and \"tea\"\nfor dinner", "https://example.org"]


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "label"])
        writer.writeheader()
        writer.writerows({"id": at, "text": text, "label": 0} for at, text in enumerate(TEXTS))
    return path


def test_csv_keeps_its_columns_and_gets_seven_more(posts, tmp_path, scorer):
    output = tmp_path / "scored.csv"
    assert main(["score", str(posts), "--output", str(output)]) == 0
    with open(output, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = scorer.score(TEXTS)
    assert [row["text"] for row in rows] == TEXTS
    assert [row["label"] for row in rows] == ["0"] * 4
    assert [row["threat_label"] for row in rows] == [verdict.label or "" for verdict in verdicts]
    assert [row["score"] for row in rows] == [
        "" if verdict.score is None else str(verdict.score) for verdict in verdicts
    ]
    assert [row["error"] for row in rows] == ["", "no_text", "", "no_text"]
    assert [row["truncated"] for row in rows] == ["false", "", "false", ""]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts.csv", "scored.csv"]


def test_json_lines_come_out_as_json_lines(tmp_path, scorer, capsys):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "the bus was late again", "n": [1]}\n\n{"text": "\\ud83d"}\n{"n": 2}\n')
    assert main(["score", str(path)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["score"] == scorer.score_one("the bus was late again").score
    assert rows[0]["n"] == [1]
    assert [row["error"] for row in rows] == [None, "invalid_text", "null"]


def test_parquet_comes_out_as_parquet_with_all_columns(tmp_path, scorer):
    path, output = tmp_path / "posts.parquet", tmp_path / "scored.parquet"
    texts = [*TEXTS, None] * 500  # more than one batch
    table = pyarrow.table({"id": range(len(texts)), "text": texts, "label": [[0]] * len(texts)})
    parquet.write_table(table, path)
    assert main(["score", str(path), "--output", str(output)]) == 0
    scored = parquet.read_table(output)
    assert scored.select(["id", "text", "label"]).equals(table)
    verdicts = scorer.score(texts)
    assert scored["score"].to_pylist() == [verdict.score for verdict in verdicts]
    assert scored["threat_label"].to_pylist() == [verdict.label for verdict in verdicts]
    assert scored["error"].to_pylist()[:5] == [None, "no_text", None, "no_text", "null"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posts.parquet", "scored.parquet"]


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ({"body": ["hello"]}, [], "there is no column 'text'; there are: 'body'"),
        ({"text": [1]}, [], "int64"),
        (None, [], "posts.parquet"),
        ({"text": ["hello"]}, ["--output", "-"], "--output"),
    ],
)
def test_a_mistake_in_parquet_is_said_in_a_line_and_leaves_nothing(
    tmp_path, capsys, content, arguments, said
):
    path, output = tmp_path / "posts.parquet", tmp_path / "scored.parquet"
    if content is None:
        path.write_bytes(b"PAR1 and no more")
    else:
        parquet.write_table(pyarrow.table(content), path)
    assert main(["score", str(path), "--output", str(output), *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["posts.parquet"]


def test_parquet_that_is_missing_or_cut_short_is_said_in_a_line(tmp_path, capsys):
    path, output = tmp_path / "posts.parquet", tmp_path / "scored.parquet"
    assert main(["score", str(path), "--output", str(output)]) == 1
    missing = capsys.readouterr().err
    parquet.write_table(pyarrow.table({"text": ["hello"] * 5000}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + b"\xff" * 40 + whole[80:])
    assert main(["score", str(path), "--output", str(output)]) == 1
    damaged = capsys.readouterr().err
    for line in (missing, damaged):
        assert "posts.parquet" in line and "None" not in line and line.count("\n") == 1
    assert not output.exists()


def test_a_pipe_is_read_and_written(posts):
    ran = subprocess.run(
        [sys.executable, "-m", "threat_indicator", "score", "-"],
        input=posts.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert len(list(csv.DictReader(ran.stdout.decode().splitlines(keepends=True)))) == 4


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("id,body\n1,hello\n", [], "there is no column 'text'; there are: 'id', 'body'"),
        ("text\na,b\n", [], "line 2: the row has not as many fields as the header"),
        ("text\nhello\n", ["--checkpoint", "nowhere"], "nowhere"),
        ("text\nhello\n", ["--threads", "0"], "at least one"),
        ("text\nhello\n", ["--output", "nowhere/scored.csv"], "nowhere"),
    ],
)
def test_a_mistake_is_said_in_a_line_and_leaves_nothing(tmp_path, capsys, content, arguments, said):
    path = tmp_path / "posts.csv"
    path.write_text(content)
    output = tmp_path / "scored.csv"
    assert main(["score", str(path), "--output", str(output), *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["posts.csv"]


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path, capsys):
    assert main(["score", str(tmp_path / "nowhere.csv")]) == 1
    assert "nowhere.csv" in capsys.readouterr().err
    path = tmp_path / "latin.csv"
    path.write_bytes(b"text\nsch\xf6n\n")
    assert main(["score", str(path)]) == 1
    assert "it is not UTF-8" in capsys.readouterr().err
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "a"}\n[]\n')
    assert main(["score", str(path)]) == 1
    assert "line 2: expected a JSON object" in capsys.readouterr().err
