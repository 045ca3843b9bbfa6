"""How often the interval of recall holds the truth, through the server, from the file of posts to the summary.

    cargo build -p serve && python3 tests/review/recall.py POSTS.csv --runs 100

POSTS has columns `text` and `label` (1 supports ISIS, 0 does not) and some posts of label 1 that the model misses. Each
run puts all posts into a new queue, in which the random share is drawn anew; a reviewer answers by the labels and stops
after --verdicts. Then the interval of recall that the summary gives is held against the share of all posts of label 1
that are flagged. It should hold that in 95 of 100 runs.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from review_queue import ReviewQueue


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("posts", type=Path)
    parser.add_argument("--checkpoint", default="checkpoints/threat-v2")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--verdicts", type=int, default=600)
    parser.add_argument("--random-share", type=float, default=0.5)
    options = parser.parse_args()
    with open(options.posts, newline="", encoding="utf-8") as file:
        rows = {row["text"]: row["label"] for row in csv.DictReader(file)}
    posts = [{"text": text} for text in rows]

    held, widths, undecided = 0, [], 0
    for number in range(1, options.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            flags = ["--checkpoint", Path(options.checkpoint).resolve(), "--random-share", options.random_share]
            flags += ["--second-reader", "0"]
            with ReviewQueue(Path(folder) / "queue.sqlite", *flags) as queue:
                bands = [result.get("band") for result in queue.add(posts)]
                flagged = [band in ("review", "priority_review") for band in bands]
                labels = [rows[post["text"]] == "1" for post, band in zip(posts, bands, strict=True)]
                # A text without anything to judge is not taken into the queue.
                supporting = [mark for mark, label, band in zip(flagged, labels, bands) if label and band]
                truth = sum(supporting) / len(supporting)
                queue.review(options.verdicts, lambda post: "supports" if rows[post["text"]] == "1" else "not")
                recall = queue.summary()["all"]["recall"]
        if recall is None:
            undecided += 1
            continue
        interval = recall["interval"]
        held += interval["lower"] <= truth <= interval["upper"]
        widths.append(interval["upper"] - interval["lower"])
        if number % 10 == 0:
            print(f"{number} runs: {held} of {len(widths)} intervals hold {truth:.3f}", flush=True)
    if not widths:
        sys.exit("error: no run gave an interval: more --verdicts, or a larger --random-share")
    print(
        f"{len(posts)} posts, {len(supporting)} of label 1, recall {truth:.3f}; {options.verdicts} verdicts each: "
        f"{held} of {len(widths)} intervals hold it, mean width {sum(widths) / len(widths):.3f}, {undecided} without one"
    )


if __name__ == "__main__":
    main()
