#!/usr/bin/env python3
"""How far `score --precision int8` and `auto` move scores from those of f32, and how many posts change band.

    python3 benches/precision.py SCORE CHECKPOINT FILE...

SCORE is the program, FILE what it reads, with a column `text`. Prints a table for each precision, by how near
to 0 or 1 a score is.
"""

import csv
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EDGES = [0.0, 0.01, 0.02, 0.05, 0.5, 0.95, 1.0]


def scores(program, checkpoint, file, precision, folder):
    output = Path(folder) / f"{precision}.csv"
    command = [program, "--checkpoint", checkpoint, "--input", file, "--output", output]
    started = time.perf_counter()
    subprocess.run([*command, "--precision", precision], check=True, capture_output=True)
    seconds = time.perf_counter() - started
    with open(output, newline="", encoding="utf-8") as rows:
        judged = [(float(row["score"]), row["band"]) for row in csv.DictReader(rows) if row["score"]]
    output.unlink()
    return judged, seconds


def logit(score):
    score = min(max(score, 1e-7), 1 - 1e-7)
    return math.log(score / (1 - score))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, checkpoint, *files = sys.argv[1:]
    found = {"f32": [], "int8": [], "auto": []}
    seconds = dict.fromkeys(found, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            for precision in found:
                judged, took = scores(program, checkpoint, file, precision, folder)
                found[precision] += judged
                seconds[precision] += took
    exact = found["f32"]
    print(f"{len(exact):,} posts judged; seconds:", {name: round(took, 1) for name, took in seconds.items()})
    for name in ("int8", "auto"):
        pairs = list(zip(exact, found[name], strict=True))
        again = sum(a[0] == b[0] for a, b in pairs)
        print(f"\n{name}: {sum(a[1] != b[1] for a, b in pairs)} posts in another band,", end=" ")
        print(f"{again:,} scores as in f32, greatest move {max(abs(a[0] - b[0]) for a, b in pairs):.4f}")
        print("| score | posts | greatest move | greatest move of its logit |\n|---|---:|---:|---:|")
        for low, high in zip(EDGES, EDGES[1:]):
            here = [(a[0], b[0]) for a, b in pairs if low <= b[0] < high or b[0] == high == 1]
            if here:
                move = max(abs(a - b) for a, b in here)
                moved = max(abs(logit(a) - logit(b)) for a, b in here)
                print(f"| {low} to {high} | {len(here):,} | {move:.4f} | {moved:.3f} |")


if __name__ == "__main__":
    main()
