"""Our package in Spark and Ray beside ONNX Runtime in Spark and Ray: same posts, same model, one run.

    just bench-scale TWEETS.csv [--rows 50000] [--rounds 3] [--only NAME] [--checkpoint DIR]

Every contender is started anew in every round, one after the other; it scores some posts first, so that its
workers are up and their models open, and then all of them, to nowhere (Spark's `noop` sink; Ray's blocks are
counted). Figures are the median of the rounds. A worker is a process of one thread. ONNX Runtime computes the same
network in 8 bits, with its transformer fusions, from text that is normalised already; ours normalises. Spark gets
`mapInArrow`, the fastest way into Python, on both sides.

`outside` is the share of a job's core-seconds that is not the scorer's: those of the driver, the executors and
the Python workers together, less those that the scorer takes for the same posts by itself.

The last lines say on paper what a billion posts take on 100 cores, at the rate of one core of two that work.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = 16
WARM_UP = 256
CORES = 100
POSTS = 1_000_000_000

OURS = {"ours auto": "auto"}
ENGINES = {"Spark": (1, 2), "Ray": (1, 2)}


def main():
    arguments = parse()
    if arguments.contender:
        print(json.dumps(measured(arguments)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        compare(arguments, Path(scratch))


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tweets", type=Path, help="CSV file with a column text")
    parser.add_argument("--rows", type=int, default=50_000, help="posts; the file's are repeated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="contenders whose names contain this")
    parser.add_argument("--checkpoint", type=Path, help="the package's own by default")
    parser.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def compare(arguments, scratch):
    from threat_indicator import Scorer

    info = Scorer.load(arguments.checkpoint, threads=1).model_info()
    write_posts(arguments, scratch)
    names = [*OURS, "ONNX Runtime int8"]
    contenders = [
        (engine, name, workers)
        for engine, counts in ENGINES.items()
        for name in names
        for workers in counts
        if arguments.only in f"{engine}, {name}, {workers}"
    ]
    if any(name not in OURS for _, name, _ in contenders):
        command = [sys.executable, HERE / "peer_network.py", info["path"], scratch]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = {contender: [] for contender in contenders}
    alone = {name: [] for name in OURS}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name in alone:
            if any(contender[1] == name for contender in contenders):
                alone[name].append(run(info, scratch, "alone", name, 1))
        for contender in contenders:
            results[contender].append(run(info, scratch, *contender))
    report(arguments, results, alone, info)


def write_posts(arguments, scratch):
    """The posts in as many files as balance two workers, raw and normalised."""
    import pyarrow
    import pyarrow.parquet
    from threat_indicator import normalise

    with open(arguments.tweets, newline="", encoding="utf-8-sig") as source:
        texts = [row["text"] for row in csv.DictReader(source)]
    texts = list(islice(cycle(texts), arguments.rows))
    posts = scratch / "posts"
    posts.mkdir()
    for part in range(FILES):
        rows = range(part, len(texts), FILES)
        table = pyarrow.table(
            {
                "id": pyarrow.array(rows, pyarrow.int64()),
                "text": [texts[row] for row in rows],
                "normalised": [normalise(texts[row]) for row in rows],
            }
        )
        pyarrow.parquet.write_table(table, posts / f"{part}.parquet")


def run(info, scratch, engine, name, workers):
    """One contender's figures, in processes that end with it."""
    command = [sys.executable, __file__, scratch / "posts", "--scratch", scratch]
    command += ["--checkpoint", info["path"], "--contender", engine, name, str(workers)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{engine}, {name}, {workers}: failed\n{ran.stderr[-3000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def measured(arguments):
    engine, name, workers = arguments.contender
    measure = {"alone": alone_in_a_process, "Spark": in_spark, "Ray": in_ray}[engine]
    return measure(arguments, name, int(workers))


def alone_in_a_process(arguments, name, _):
    """The scorer by itself: core-seconds for the same posts."""
    import pyarrow.parquet
    from threat_indicator import Scorer

    texts = pyarrow.parquet.read_table(arguments.tweets)["text"].to_pylist()
    scorer = Scorer.load(arguments.checkpoint, OURS[name], threads=1)
    scorer.score_columns(texts[:WARM_UP])
    before, start = time.process_time(), time.perf_counter()
    scorer.score_columns(texts)
    return {
        "rows": len(texts),
        "seconds": time.perf_counter() - start,
        "core_seconds": time.process_time() - before,
    }


def in_spark(arguments, name, workers):
    os.environ["PYTHONPATH"] = str(HERE)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    import pyspark
    from pyspark.sql import SparkSession

    import onnx_rows
    import threat_indicator.spark

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["SPARK_WORKER_DIR"] = str(arguments.scratch / "work")
    spark = (
        SparkSession.builder.master(f"local-cluster[{workers},1,1024]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executor.memory", "1g")
        .config("spark.executorEnv.PYTHONPATH", str(HERE))
        .config("spark.local.dir", str(arguments.scratch / "local"))
        .config("spark.sql.warehouse.dir", str(arguments.scratch / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    # Files are read as they lie: a task each.
    spark.conf.set("spark.sql.files.openCostInBytes", str(128 << 20))
    posts = spark.read.parquet(str(arguments.tweets))
    if name in OURS:
        def score(frame):
            return threat_indicator.spark.score(
                frame, keep=["id"], checkpoint=arguments.checkpoint, precision=OURS[name]
            )
    else:
        network = str(arguments.scratch / "int8.onnx")
        work = onnx_rows.spark_batches(str(arguments.checkpoint), network)
        def score(frame):
            return frame.select("id", "normalised").mapInArrow(work, "id long, logit double")

    # As many tasks as there are slots, so that every worker is up.
    score(posts.limit(WARM_UP * workers).repartition(workers)).collect()
    before, start = core_seconds(), time.perf_counter()
    score(posts).write.format("noop").mode("overwrite").save()
    seconds = time.perf_counter() - start
    figures = {"rows": posts.count(), "seconds": seconds, "core_seconds": core_seconds() - before}
    spark.stop()
    return figures


def in_ray(arguments, name, workers):
    os.environ["PYTHONPATH"] = str(HERE)
    import ray

    import onnx_rows
    import threat_indicator.ray

    # The tasks that feed the actors need a core, too.
    ray.init(
        num_cpus=workers + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    if name in OURS:
        actor = threat_indicator.ray.Score
        settings = {
            "keep": ["id"], "checkpoint": str(arguments.checkpoint), "precision": OURS[name]
        }
    else:
        actor = onnx_rows.RayRows
        network = str(arguments.scratch / "int8.onnx")
        settings = {"checkpoint": str(arguments.checkpoint), "network": network}

    def score(posts):
        scored = posts.map_batches(
            actor,
            fn_constructor_kwargs=settings,
            concurrency=workers,
            batch_size=1024,
            batch_format="pyarrow",
        )
        return sum(block.num_rows for block in scored.iter_batches(batch_format="pyarrow"))

    # Actors end with their job: their start is a part of each, and is taken off by one of few posts.
    # A block for each file, so that blocks are not too few for the actors.
    posts = ray.data.read_parquet(str(arguments.tweets), override_num_blocks=FILES)
    few = posts.limit(WARM_UP * workers).materialize()
    posts = posts.materialize()
    score(few)
    start = time.perf_counter()
    score(few)
    few_seconds = time.perf_counter() - start
    start = time.perf_counter()
    rows = score(posts)
    seconds = time.perf_counter() - start - few_seconds
    ray.shutdown()
    return {"rows": rows, "seconds": seconds}


def core_seconds():
    """Of this process and all that it has started."""
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(folder.name)
        parents[process] = int(fields[1])
        # Its own, and those of its children that have ended.
        ticks[process] = sum(map(int, fields[11:15]))
    total = 0
    for process in ticks:
        ancestor = process
        while ancestor > 1 and ancestor != os.getpid():
            ancestor = parents.get(ancestor, 0)
        if ancestor == os.getpid():
            total += ticks[process]
    return total / os.sysconf("SC_CLK_TCK")


def report(arguments, results, alone, info):
    def rate(figures):
        return statistics.median(it["rows"] / it["seconds"] for it in figures)

    print(f"{arguments.rows} posts, {arguments.rounds} rounds, model {info['sha256'][:12]}")
    print("| engine | scorer | posts/s, one worker | two | ratio | outside |")
    print("|---|---|---:|---:|---:|---:|")
    rates = {contender: rate(figures) for contender, figures in results.items()}
    for engine, name in dict.fromkeys((engine, name) for engine, name, _ in results):
        one, two = (rates.get((engine, name, workers)) for workers in (1, 2))
        figures = [f"{it:.0f}" if it else "" for it in (one, two)]
        figures.append(f"{two / one:.2f}" if one and two else "")
        share = ""
        if alone.get(name) and (engine, name, 1) in results and engine == "Spark":
            pairs = zip(results[engine, name, 1], alone[name])
            outside = [1 - by["core_seconds"] / job["core_seconds"] for job, by in pairs]
            share = f"{100 * statistics.median(outside):.1f} %"
        print(f"| {engine} | {name} | {' | '.join(figures)} | {share} |")
    for engine in ENGINES:
        theirs = rates.get((engine, "ONNX Runtime int8", 2))
        for name in OURS:
            ours = rates.get((engine, name, 2))
            if ours and theirs:
                print(f"{engine}, two workers: {name} scores {ours / theirs:.1f} times as many")
    for name in OURS:
        two = rates.get(("Spark", name, 2))
        if two:
            core_hours = POSTS / (two / 2) / 3600
            print(
                f"on paper: {POSTS:,} posts with {name} in Spark take {core_hours:,.0f} core-hours, "
                f"{core_hours / CORES:.1f} hours on {CORES} cores"
            )


if __name__ == "__main__":
    main()
