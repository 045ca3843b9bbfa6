#!/usr/bin/env python3
"""`score` beside a program with ONNX Runtime: a CSV file of 100,000 tweets in, one with scores out; and one text, cold.

    just bench-programs TWEETS.csv [--checkpoint DIR] [--count 100000] [--rounds 3] [--threads 2]

Both programs are started anew in every round, one after the other, and their whole time counts. ONNX Runtime's
(this file with --peer) reads the file, cuts the texts with Hugging Face's tokenizers, scores them in 8 bits in
batches of 64 of like length, and writes the file; its texts are normalised already, ours are not. Tweets
for which it would compute something else than `score` are left out, and the rest repeated. `--precision auto` is
what `score` does unless told otherwise.

Then each program scores one text and ends: with everything in memory (warm), and after the system was told to
drop what it holds of files (cold; needs root). Memory is the peak of the whole program with one text, of `score`
with one thread and with more.
"""

import argparse
import csv
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onnx_rows import in_order_of_length
from peer_network import (
    comparable, export_apart, network, onnx_logits, rectangle, session, tokenizer, write_texts,
)

ROOT = Path(__file__).resolve().parent.parent
SCORE = ROOT / "target" / "debug" / "threat-score"
OURS = ROOT / "target" / "debug" / "examples" / "bench"
REPETITIONS = 5


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tweets", type=Path, help="CSV file with a column text")
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoints" / "threat-v2")
    parser.add_argument("--count", type=int, default=100_000, help="tweets; the file's are repeated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.peer:
        peer(arguments)
        return
    for build in (["-p", "score"], ["-p", "scorer", "--example", "bench"]):
        subprocess.run(["cargo", "build", "--quiet", *build], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as scratch:
        compare(arguments, Path(scratch))


def compare(arguments, scratch):
    export_apart(arguments.checkpoint, scratch)
    pairs = comparable(OURS, arguments.checkpoint, arguments.tweets)
    for name, count in (("many", arguments.count), ("one", 1)):
        chosen = list(itertools.islice(itertools.cycle(pairs), count))
        write_texts(scratch / f"{name}-raw.csv", [raw for raw, _ in chosen])
        write_texts(scratch / f"{name}-normal.csv", [normal for _, normal in chosen])

    def ours(file, threads, precision):
        return [
            SCORE, "--checkpoint", arguments.checkpoint, "--precision", precision, "--threads", threads,
            "--input", scratch / f"{file}-raw.csv", "--output", scratch / "out.csv",
        ]

    def theirs(file, threads, library):
        return [
            sys.executable, __file__, scratch / f"{file}-normal.csv", "--peer", library, "--threads", threads,
            "--checkpoint", arguments.checkpoint, "--scratch", scratch, "--output", scratch / "out.csv",
        ]

    threads = arguments.threads
    programs = {
        f"score --precision {precision}": ours("many", threads, precision)
        for precision in ("auto", "int8")
    }
    programs["ONNX Runtime int8"] = theirs("many", threads, "onnx")
    results = {name: [] for name in programs}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name, command in programs.items():
            results[name].append(run(command)[0])
    peer_seconds = results["ONNX Runtime int8"]
    print(f"{arguments.count:,} tweets of a CSV file, {threads} threads; ratios are medians over rounds\n")
    print("| | seconds | tweets/s | × ONNX Runtime int8 |\n|---|---|---|---|")
    for name, seconds in results.items():
        ratio = statistics.median(b / a for a, b in zip(seconds, peer_seconds, strict=True))
        best = min(seconds)
        print(f"| {name} | {best:.2f} | {arguments.count / best:,.0f} | {ratio:.2f} |")

    print("\nOne text, from the program's start to its end; medians\n")
    print("| | warm ms | cold ms | peak memory MB |\n|---|---|---|---|")
    singles = {
        f"score, {count} thread{'s' * (count > 1)}": ours("one", count, "auto") for count in (1, 2, 4)
    }
    singles["ONNX Runtime int8"] = theirs("one", threads, "onnx")
    singles["PyTorch f32"] = theirs("one", threads, "torch")
    for name, command in singles.items():
        run(command)
        warm = [run(command) for _ in range(REPETITIONS)]
        cold = [run(command) for _ in range(REPETITIONS) if drop_caches()]
        of = lambda runs: f"{1e3 * statistics.median(run[0] for run in runs):.0f}" if runs else "–"
        print(f"| {name} | {of(warm)} | {of(cold)} | {max(run[1] for run in warm):.0f} |")


# A process counts the memory of the one that started it as its own peak, so a small one starts them.
STARTER = """
import os, resource, sys, time
started = time.perf_counter()
status = os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])
seconds = time.perf_counter() - started
print(status, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def run(command):
    """Seconds of a program, and its peak memory in MB."""
    started = [sys.executable, "-c", STARTER, *(str(part) for part in command)]
    ended = subprocess.run(started, capture_output=True, text=True, check=True)
    status, seconds, memory = ended.stdout.splitlines()[-1].split()
    if status != "0":
        raise SystemExit(ended.stderr)
    return float(seconds), float(memory)


def drop_caches():
    """Tells the system to forget what it holds of files; false where that is not allowed."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True


# From here on: the peer's own process.


def peer(arguments):
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    with open(arguments.tweets, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pieces = [it.ids for it in tokenizer(arguments.checkpoint).encode_batch_fast([row["text"] for row in rows])]
    if arguments.peer == "onnx":
        opened = session(arguments.scratch / "int8.onnx", arguments.threads)
        logits_of = lambda batch: onnx_logits(opened, batch)
    else:
        import torch

        torch.set_num_threads(arguments.threads)
        opened = network(arguments.checkpoint)

        def logits_of(batch):
            with torch.inference_mode():
                return opened(*(torch.from_numpy(it) for it in rectangle(batch))).numpy()

    for row, logit in zip(rows, in_order_of_length(pieces, logits_of), strict=True):
        row["score"] = logit
    with open(arguments.output, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
