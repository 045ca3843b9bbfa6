#!/usr/bin/env python3
"""What verdicts teach: reviews a feed of a new kind by each order, lets the model learn, and judges it.

    python3 tools/simulate_review.py MODEL SETS FILES OUTPUT

SETS is the folder of the public sets, FILES what data/prepare_figures.py made of them, OUTPUT where models are
kept; what is there already is not made again. The feed: posts of accounts that the model has not learned from
(accounts_validation.csv, labelled by post) and topical tweets of sources that it has not (unseen_posts.csv). Half
of it is never reviewed, and judged by. Of the other half a reader answers by the label, every twentieth time
wrongly; a tenth of what is read is drawn at random, as the queue does. What has learned gets the threshold at which it flags as many
posts of the queue as before, as `just improve` does. TRAIN, SCORE and HASH_TEXTS in the
environment name the programs.
"""

import hashlib
import math
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "data"), str(Path(__file__).parent)]
from compare import auc
from improve import flag_as_many, flagged, learn, scores, write
from prepare_figures import hashes, letters, read

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


def logit(row):
    score = min(max(float(row["score"]), 1e-6), 1 - 1e-6)
    return math.log(score / (1 - score))


def reviewed(pool, order, threshold, count):
    """The first posts that a queue of this order shows, with verdicts."""
    dice = random.Random(SEED)
    at = math.log(threshold / (1 - threshold))
    keys = {
        "score": lambda row: -logit(row),
        "learn": lambda row: abs(logit(row) - at),
        "random": lambda row: dice.random(),
    }
    queue = sorted(pool, key=keys[order])
    drawn = dice.sample(pool, round(count * RANDOM_SHARE))
    chosen = {id(row): row for row in drawn}
    for row in queue:
        if len(chosen) == count:
            break
        chosen.setdefault(id(row), row)
    verdict = lambda row: int(row["label"]) ^ (dice.random() < WRONG)
    return [{"text": row["text"], "label": verdict(row)} for row in chosen.values()]


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    model, _, files, output = map(Path, sys.argv[1:])
    output.mkdir(parents=True, exist_ok=True)
    # The other half than that by which the recipe of improve.py was chosen.
    half = lambda row: hashlib.sha256(row["text"].encode()).digest()[0] % 2 == 0
    posts = feed(files)
    write(output / "judged.csv", [row for row in posts if half(row)], ("text", "label"))
    write(output / "pool.csv", [row for row in posts if not half(row)], ("text", "label"))
    pool = [row for row in scores(model, output / "pool.csv", output) if row["score"]]
    highest = max((float(row["score"]) for row in pool if not flagged(row)), default=0.5)

    def judge(name, folder, verdicts):
        rows = scores(folder, output / "judged.csv", output)
        of_label = lambda label: [row for row in rows if row["label"] == label]
        share = lambda rows: 100 * sum(map(flagged, rows)) / len(rows)
        area = auc(*[[float(row["score"]) for row in of_label(label) if row["score"]] for label in "10"])
        supporting = sum(row["label"] for row in verdicts)
        print(f"| {name} | {len(verdicts)} | {supporting} | {share(of_label('1')):.1f} % | "
              f"{share(of_label('0')):.1f} % | {area:.3f} |", flush=True)

    print("| order | verdicts | of them support | found | false alarms | ROC AUC |\n|---|---:|---:|---:|---:|---:|")
    judge("none: the model as it is", model, [])
    for order in ("score", "learn", "random"):
        for count in VERDICTS:
            verdicts = reviewed(pool, order, highest, count)
            folder = output / f"{order}-{count}"
            if not (folder / "model.safetensors").exists():
                write(output / "verdicts.csv", verdicts, ("text", "label"))
                learn(model, output / "verdicts.csv", folder, exclude=output / "judged.csv")
                flag_as_many(model, folder, output / "pool.csv", output)
            judge(order, folder, verdicts)


if __name__ == "__main__":
    main()
