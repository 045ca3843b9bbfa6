"""Spark, on a small cluster of two executors on this machine: `just test-spark`.

`THREAT_SPARK_ROWS` is the number of rows of the big table, 20,000 by default, which is scored three times:
with Spark, with Spark while an executor is killed, and without.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="PySpark is not installed")
pytestmark = pytest.mark.spark

import pyarrow
import pyarrow.parquet
from pyspark.errors import PythonException
from pyspark.sql import SparkSession, functions

import threat_indicator.spark
from threat_indicator import ModelError, Scorer, Verdict

ROWS = int(os.environ.get("THREAT_SPARK_ROWS", "20000"))
MASTER = os.environ.get("THREAT_SPARK_MASTER", "local-cluster[2,1,1024]")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    # The workers run this Python, with this package.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    import pyspark

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    folder = tmp_path_factory.mktemp("spark")
    os.environ["SPARK_WORKER_DIR"] = str(folder / "work")
    session = (
        SparkSession.builder.master(MASTER)
        .appName("threat-indicator")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.local.dir", str(folder / "local"))
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.executor.memory", "1g")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.files.maxPartitionBytes", str(1 << 20))
        # Rows of 1 MB come ten thousand a batch otherwise.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def row(number: int, texts: list[str]) -> bytes | None:
    """A row's text in bytes: some are no text."""
    faults = {
        3: None,
        7: b"",
        11: b"half a pair \xed\xa0\xbd here",
        13: b"\xff\xfe\x00 no text at all",
        17: b"https://example.org",
    }
    if number % 1_000 == 399:
        return b"a long word " * 90_000
    if number % 100 in faults:
        return faults[number % 100]
    # Few texts, with a number each: the scorer has work, and the rows differ.
    return f"{texts[number % len(texts)]} {number}".encode()


def written(folder: Path, texts: list[str], count: int) -> Path:
    """A table in four files, as another program may have written it."""
    short = [text for text in texts if len(text) < 60]
    for part in range(4):
        numbers = range(part * count // 4, (part + 1) * count // 4)
        column = pyarrow.array([row(number, short) for number in numbers], pyarrow.binary())
        rows = pyarrow.table(
            {
                "id": pyarrow.array(numbers, pyarrow.int64()),
                "text": column.view(pyarrow.string()),
                "label": pyarrow.array([number % 2 for number in numbers], pyarrow.int32()),
            }
        )
        pyarrow.parquet.write_table(rows, folder / f"{part}.parquet", row_group_size=500)
    return folder


def without_spark(table: Path, precision: str) -> dict[int, Verdict]:
    """What the package says of a table by itself."""
    rows = pyarrow.parquet.read_table(table)
    verdicts = Scorer.load(precision=precision).score(rows["text"])
    return dict(zip(rows["id"].to_pylist(), verdicts))


@pytest.fixture(scope="module")
def table(tmp_path_factory, texts) -> Path:
    """Some posts."""
    return written(tmp_path_factory.mktemp("posts"), texts, 400)


@pytest.fixture(scope="module")
def expected(table) -> dict[int, Verdict]:
    """Their verdicts."""
    return without_spark(table, "auto")


@pytest.fixture(scope="module")
def big_table(tmp_path_factory, texts) -> Path:
    """Many posts."""
    return written(tmp_path_factory.mktemp("many"), texts, ROWS)


@pytest.fixture(scope="module")
def big_expected(big_table) -> dict[int, Verdict]:
    """Their verdicts, in 8 bits."""
    return without_spark(big_table, "int8")


def verdicts(frame) -> dict[int, Verdict]:
    """The rows of a scored frame by their ids, each once."""
    rows = frame.select("id", *Verdict._fields).collect()
    by_id = {row["id"]: Verdict(*row[1:]) for row in rows}
    assert len(by_id) == len(rows), "an id came twice"
    return by_id


def test_every_row_has_the_verdict_that_it_has_without_spark(spark, table, expected):
    scored = threat_indicator.spark.score(spark.read.parquet(str(table)), keep=["id"])
    assert scored.columns == ["id", *Verdict._fields]
    assert verdicts(scored) == expected


def test_the_same_of_many_rows(spark, big_table, big_expected):
    posts = spark.read.parquet(str(big_table))
    found = verdicts(threat_indicator.spark.score(posts, keep=["id"], precision="int8"))
    assert found == big_expected
    errors = {verdict.error for verdict in found.values()}
    assert errors == {None, "null", "no_text", "too_long", "invalid_text"}


def test_the_scores_of_many_rows_are_those_of_the_program(
    big_table, big_expected, program, scorer, tmp_path
):
    source, output = tmp_path / "posts.jsonl", tmp_path / "scored.jsonl"
    rows = pyarrow.parquet.read_table(big_table)
    texts = rows["text"].cast(pyarrow.binary()).to_pylist()
    with open(source, "w", encoding="utf-8") as file:
        for number, text in zip(rows["id"].to_pylist(), texts):
            if big_expected[number].error is None:
                file.write(json.dumps({"id": number, "text": text.decode()}) + "\n")
    flags = ["--precision", "int8", "--checkpoint", scorer.model_info()["path"]]
    subprocess.run([program, source, "--output", output, *flags], check=True, capture_output=True)
    with open(output, encoding="utf-8") as file:
        scored = {row["id"]: row for row in map(json.loads, file)}
    fields = [field for field in Verdict._fields if field != "error"]
    expected = {
        number: verdict[:-1] for number, verdict in big_expected.items() if verdict.error is None
    }
    assert {
        number: tuple(row[field] for field in fields) for number, row in scored.items()
    } == expected
    assert len(expected) > ROWS * 0.9


def test_a_process_opens_the_model_once(spark, table):
    def opened(batches):
        from threat_indicator import _process

        for _ in batches:
            columns = [[os.getpid()], [_process.opened.count("bf16")]]
            yield pyarrow.RecordBatch.from_arrays(
                [pyarrow.array(column, pyarrow.int64()) for column in columns], ["process", "opened"]
            )

    posts = spark.read.parquet(str(table)).limit(200).repartition(8)
    for _ in range(3):
        threat_indicator.spark.score(posts, keep=["id"], precision="bf16").collect()
    rows = posts.mapInArrow(opened, "process long, opened long").collect()
    by_process = {row["process"]: row["opened"] for row in rows}
    assert max(by_process.values()) == 1, by_process


def test_all_columns_are_kept_and_none_is_overwritten(spark, table):
    posts = spark.read.parquet(str(table)).limit(20)
    scored = threat_indicator.spark.score(posts)
    assert scored.columns == [
        *("id", "text", "label", "score", "threat_label", *Verdict._fields[2:])
    ]
    assert scored.schema["label"] == posts.schema["label"]
    assert scored.count() == 20
    # Spark takes names that differ in case for one.
    scored = threat_indicator.spark.score(posts.withColumnRenamed("label", "Label"), keep=["Label"])
    assert [name for name in scored.columns if name.lower().endswith("label")] == ["Label", "threat_label"]


def test_columns_of_all_kinds_pass_through(spark):
    posts = spark.sql(
        "select 'the bus was late again' as `the.text`, timestamp'2020-01-02 03:04:05' as time, "
        "map('a', 1) as map, array(struct(1 as x)) as list, cast(1.5 as decimal(10, 2)) as decimal, "
        "date'2020-01-02' as day, binary('b') as bytes, cast(null as int) as nothing"
    )
    scored = threat_indicator.spark.score(posts, text="the.text")
    found = scored.drop(*Verdict._fields).collect()
    assert found == posts.collect()
    assert scored.select("label").collect()[0][0] == "not_pro_isis"


def test_what_is_wrong_with_a_job_is_said_before_any_work(spark, table, tmp_path):
    posts = spark.read.parquet(str(table))
    with pytest.raises(ValueError, match="no column 'body'; there are: 'id', 'text', 'label'"):
        threat_indicator.spark.score(posts, text="body")
    with pytest.raises(ValueError, match="keep: there is no column 'author'"):
        threat_indicator.spark.score(posts, keep=["author"])
    with pytest.raises(TypeError, match="'id' is of type bigint, expected string"):
        threat_indicator.spark.score(posts, text="id")
    with pytest.raises(ModelError, match="nowhere"):
        threat_indicator.spark.score(posts, checkpoint=tmp_path / "nowhere")
    twice = posts.select("id", "text", "text")
    with pytest.raises(ValueError, match="two columns are called 'text'"):
        threat_indicator.spark.score(twice)
    with pytest.raises(ValueError, match="auto, f32, bf16 or int8"):
        threat_indicator.spark.score(posts, precision="f8")


def test_a_worker_with_another_model_refuses(spark, table, monkeypatch):
    posts = spark.read.parquet(str(table)).limit(10)
    monkeypatch.setattr(threat_indicator.spark, "model_hash", lambda path: "0" * 64)
    with pytest.raises(PythonException, match="install the same version everywhere"):
        threat_indicator.spark.score(posts).collect()


def test_a_stream_has_the_verdicts_of_the_table(spark, table, expected, tmp_path):
    schema = spark.read.parquet(str(table)).schema
    posts = spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).parquet(str(table))
    scored = threat_indicator.spark.score(posts, keep=["id"])
    output = str(tmp_path / "scored")

    def run():
        query = (
            scored.writeStream.format("parquet")
            .option("path", output)
            .option("checkpointLocation", str(tmp_path / "progress"))
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()

    run()
    run()  # goes on where it ended: nothing is scored twice
    assert verdicts(spark.read.parquet(output)) == expected


def test_an_executor_that_is_killed_loses_and_doubles_nothing(
    spark, big_table, big_expected, tmp_path
):
    posts = spark.read.parquet(str(big_table)).repartition(16, "id")
    output = tmp_path / "scored"
    victims = executors()
    assert len(victims) == 2
    killed = []

    def kill():
        # Only after a task has committed its file.
        while not [*output.glob("_temporary/*/task_*"), *output.glob("part-*")]:
            time.sleep(0.05)
        os.kill(victims[0], signal.SIGKILL)
        killed.append(victims[0])

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    scored = threat_indicator.spark.score(posts, keep=["id"], precision="int8")
    scored.write.parquet(str(output))
    killer.join(5)
    assert killed and victims[0] not in executors()
    assert verdicts(spark.read.parquet(str(output))) == big_expected


def executors() -> list[int]:
    """The processes of this cluster's executors: children of our own."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and descends(int(folder.name), os.getpid()):
            found.append(int(folder.name))
    return sorted(found)


def descends(process: int, ancestor: int) -> bool:
    """Whether a process was started by another, over however many steps."""
    while process > 1:
        if process == ancestor:
            return True
        try:
            status = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            return False
        process = int(status.rpartition(")")[2].split()[1])
    return False
