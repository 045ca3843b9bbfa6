#!/usr/bin/env python3
"""What verdicts teach: reviews a feed of a new kind by each order, lets the model learn, and judges it.

    python3 tools/simulate_review.py MODEL FILES OUTPUT

FILES is what data/prepare_figures.py made of the public sets, OUTPUT where models are
kept; what is there already is not made again. The feed: posts of accounts that the model has not learned from
(accounts_validation.csv, labelled by post) and topical tweets of sources that it has not (unseen_posts.csv). Half
of it is never reviewed, and judged by. The other half goes into a queue of the server, where a reader answers by the label, every twentieth
time wrongly; a tenth of what is read is drawn at random. What has learned gets the threshold at which it flags as many
of the bundled texts as before, as in `just improve`. TRAIN, SCORE, SERVE and HASH_TEXTS in the
environment name the programs.
"""

import hashlib
import random
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "data"), str(Path(__file__).parent)]
from compare import auc
from improve import bundled, flag_as_many, flagged, learn, scores, write
from prepare_figures import hashes, letters, read
from review_queue import ReviewQueue

VERDICTS = (100, 300, 1000)
WRONG, RANDOM_SHARE, SEED = 0.05, 0.1, 29


def feed(files):
    accounts, letter = files / "accounts_validation.csv", letters()
    posts = [
        {"text": row["text"], "label": int(letter[sha] == "S")}
        for row, sha in zip(read(accounts), hashes(accounts), strict=True) if letter.get(sha, "U") != "U"
    ]
    topical = [row for row in read(files / "unseen_posts.csv") if row["group"] == "topical tweets, English"]
    return posts + [{"text": row["text"], "label": 0} for row in topical]


def reviewed(model, pool, order, count):
    """The first posts that a queue in this order shows, with verdicts."""
    labels = {row["text"]: row["label"] == "1" for row in pool}
    dice, given = random.Random(SEED), {}

    def answer(post):
        given[post["text"]] = labels[post["text"]] ^ (dice.random() < WRONG)
        return "supports" if given[post["text"]] else "not"

    with tempfile.TemporaryDirectory() as folder:
        flags = ["--checkpoint", model.resolve(), "--review-order", order, "--random-share", RANDOM_SHARE]
        with ReviewQueue(Path(folder) / "queue.sqlite", *flags, "--second-reader", 0) as queue:
            queue.add([{"text": text} for text in labels])
            queue.review(count, answer)
    return [{"text": text, "label": int(verdict)} for text, verdict in given.items()]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    model, files, output = map(Path, sys.argv[1:])
    output.mkdir(parents=True, exist_ok=True)
    # The other half than that by which the recipe of improve.py was chosen.
    half = lambda row: hashlib.sha256(row["text"].encode()).digest()[0] % 2 == 0
    posts = feed(files)
    write(output / "judged.csv", [row for row in posts if half(row)], ("text", "label"))
    write(output / "pool.csv", [row for row in posts if not half(row)], ("text", "label"))
    pool = read(output / "pool.csv")
    write(output / "bundled.csv", bundled(), ("text",))

    def judge(name, folder, verdicts):
        rows = scores(folder, output / "judged.csv", output)
        of_label = lambda label: [row for row in rows if row["label"] == label]
        share = lambda rows: 100 * sum(map(flagged, rows)) / len(rows)
        area = auc(*[[float(row["score"]) for row in of_label(label) if row["score"]] for label in "10"])
        supporting = sum(row["label"] == "1" for row in verdicts)
        print(f"| {name} | {len(verdicts)} | {supporting} | {share(of_label('1')):.1f} % | "
              f"{share(of_label('0')):.1f} % | {area:.3f} |", flush=True)

    print("| order | verdicts | of them support | found | false alarms | ROC AUC |\n|---|---:|---:|---:|---:|---:|")
    judge("none: the model as it is", model, [])
    for order in ("score", "learn", "random"):
        for count in VERDICTS:
            folder = output / f"{order}-{count}"
            verdicts = folder.with_suffix(".csv")
            if not (folder / "model.safetensors").exists():
                write(verdicts, reviewed(model, pool, order, count), ("text", "label"))
                learn(model, verdicts, folder, exclude=output / "judged.csv")
                flag_as_many(model, folder, output / "bundled.csv", output)
            judge(order, folder, read(verdicts))


if __name__ == "__main__":
    main()
