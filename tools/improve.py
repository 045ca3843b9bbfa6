#!/usr/bin/env python3
"""Lets a model learn from reviewers' verdicts, and keeps the result only if nobody is worse off.

    just improve QUEUE.sqlite [--model DIR] [--output DIR] [--guard FILE] ...

1. Three tenths of the decided posts are put aside (near texts stay together); the model learns on from the
   others, and from as many of the bundled texts at random. What is written is the mean of the weights before and after, so that
   it forgets less (--base-share). Its threshold is then put where it flags as many of all bundled texts as the old
   model does: what it flags of the queue is what it has learned.
2. Old and new model score the posts put aside, the functional suite and the files of --guard, such as
   ordinary posts of one's own with a column `group`. The new one is worse for a language or a group where it
   flags more of the posts that do not support ISIS, and for a function of the suite where it gets more cases
   wrong, by more than chance allows.
3. Worse for none and better on the posts put aside, it is written to --output. Otherwise --output stays as it
   is, and the reasons are printed.

Of a checkpoint with several models the main one learns, from verdicts on posts in languages that the others do not
judge; the others stay as they are, on its new scale.

TRAIN and SCORE in the environment name the programs (target/debug/threat-train and threat-score).
"""

import argparse
import csv
import hashlib
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from compare import WRITTEN, WRITTEN_NEGATIVES

ROOT = Path(__file__).parent.parent
TRAIN = os.environ.get("TRAIN", "target/debug/threat-train")
SCORE = os.environ.get("SCORE", "target/debug/threat-score")
PUT_ASIDE = 3  # of ten
LEAST = 40  # decided posts, with some of each verdict
CHANCE = 0.05
EPOCHS, BASE_SHARE = 6, 0.75
MORE = 0.01  # of a group flagged that was not: worse, whatever chance says, from two posts on


def posts_of(queue):
    """The posts of a review queue: text, label (none before reviewers agree), language, near key."""
    if not Path(queue).is_file():
        sys.exit(f"error: {queue} is not a file: give the file of serve --review-db")
    try:
        with sqlite3.connect(f"file:{queue}?mode=ro", uri=True) as database:
            rows = database.execute(
                "SELECT text, CASE verdict WHEN 'supports' THEN 1 WHEN 'not' THEN 0 END, coalesce(lang, 'none'), near "
                "FROM items WHERE text <> '' ORDER BY number"
            ).fetchall()
    except sqlite3.DatabaseError as error:
        sys.exit(f"error: cannot read verdicts from {queue}: {error}: give the file of serve --review-db")
    return [{"text": t, "label": label, "lang": lang, "near": near} for t, label, lang, near in rows]


def others_of(model):
    """The folders of a checkpoint's models beside the main one, and the languages that they judge."""
    settings = lambda folder: json.loads((Path(folder) / "config.json").read_text())["threat_indicator"]
    folders = [Path(model) / other["folder"] for other in settings(model).get("others", [])]
    return folders, {lang for folder in folders for lang in settings(folder)["languages"]}


def main_of(model, work):
    """A checkpoint's main model by itself: a copy without the others, where there are any."""
    config = json.loads((Path(model) / "config.json").read_text())
    if not config["threat_indicator"].pop("others", None):
        return Path(model)
    copy = Path(work) / "main"
    copy.mkdir()
    for file in Path(model).iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    (copy / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    return copy


def is_put_aside(row):
    return int(hashlib.sha256(row["near"].encode()).hexdigest(), 16) % 10 < PUT_ASIDE


def write(path, rows, columns=("text", "label", "lang")):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def bundled():
    """The texts that come with the project to learn from."""
    for name in f"data/sample_tweets.csv,{WRITTEN},{WRITTEN_NEGATIVES}".split(","):
        with open(ROOT / name, newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)


def learn(model, learned, output, epochs=EPOCHS, base_share=BASE_SHARE, exclude=None):
    """Trains `model` on from a file of verdicts, and from as many of the bundled texts, as train does by itself."""
    rule = json.loads((Path(model) / "training.json").read_text())
    rule = (rule.get("calibration") or rule["hyperparameters"])["threshold"]
    command = [
        TRAIN, "--base", model, "--verdicts", learned, "--epochs", str(epochs), "--base-share", str(base_share),
        "--learning-rate", "1e-4", "--word-dropout", "0.15", "--patience", "0",
        "--evaluations", "1", "--validation-share", "0.1", "--save-every", "0", "--threshold", rule,
        "--storage", "f16", "--overwrite", "--output", output,
    ]
    if exclude:
        command += ["--exclude", exclude]
    subprocess.run(list(map(str, command)), check=True)


def scores(model, path, work):
    """The rows of a file with what a model says of each."""
    output = Path(work) / f"scored-{Path(path).stem}-{Path(model).name}.csv"
    command = [SCORE, "--checkpoint", model, "--input", path, "--output", output]
    done = subprocess.run(list(map(str, command)), stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip())
    with open(output, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    output.unlink()
    return rows


def flag_as_many(model, candidate, path, work):
    """Puts the candidate's bands where they hold as many posts of a file as the model's."""
    old, new = [scores(folder, path, work) for folder in (model, candidate)]
    ranked = sorted((float(row["score"]) for row in new if row["score"]), reverse=True)
    file = candidate / "calibration.json"
    calibration = json.loads(file.read_text())

    def start(bands):
        count = sum(row.get("threat_band", row["band"]) in bands for row in old)
        if not ranked:
            return None
        return ranked[min(count, len(ranked)) - 1] if count else min(1.0, math.nextafter(ranked[0], 2.0))

    review, priority = start(("review", "priority_review")), start(("priority_review",))
    if review is not None:
        calibration["threshold"] = calibration["bands"]["review"] = review
        calibration["bands"]["priority_review"] = max(review, priority or calibration["bands"]["priority_review"])
        file.write_text(json.dumps(calibration, indent=2) + "\n")
    # The posts by band that the training kept were counted by its own threshold: drift has nothing to compare with
    # until `train calibrate` counts anew. The card's figures are of that threshold, too.
    record = json.loads((candidate / "training.json").read_text())
    record.pop("reference", None)
    (candidate / "training.json").write_text(json.dumps(record, indent=2) + "\n")
    card = candidate / "README.md"
    card.write_text(card.read_text() + "\nThe threshold was moved after this card was written, to where as many of the bundled texts "
                    "are flagged as by the model before: `calibration.json` has it.\n")


def at_least(successes, trials):
    """The chance of so many heads or more in fair tosses: McNemar's exact test, one-sided."""
    return sum(math.comb(trials, k) for k in range(successes, trials + 1)) / 2**trials


def compare(old, new, group, label):
    """By group: posts, mistakes that only the new model makes, mistakes that only the old one makes."""
    told = defaultdict(lambda: [0, 0, 0])
    for before, after in zip(old, new, strict=True):
        count = told[group(before)]
        count[0] += 1
        truth = label(before) == "1"
        wrong = [flagged(row) != truth for row in (before, after)]
        count[1] += wrong[1] and not wrong[0]
        count[2] += wrong[0] and not wrong[1]
    return dict(told)


def flagged(row):
    """Whether a row of `score` is flagged; its columns give way to those of the file."""
    return row.get("threat_label", row["label"]) == "pro_isis"


def worse(count):
    posts, only_new, only_old = count
    more = only_new - only_old
    return more > 0 and (at_least(only_new, only_new + only_old) <= CHANCE or more >= max(2, MORE * posts))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("verdicts", help="the file of serve --review-db")
    parser.add_argument("--model", default="checkpoints/threat-v2", help="the model to improve [%(default)s]")
    parser.add_argument("--output", default="checkpoints/improved", help="the improved model [%(default)s]")
    parser.add_argument("--guard", action="append", default=[], metavar="FILE",
                        help="labelled posts that must not fare worse: CSV with text,label,group; repeatable")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes over verdicts and bundled texts [%(default)s]")
    parser.add_argument("--base-share", type=float, default=BASE_SHARE, metavar="SHARE",
                        help="share of the old model's weights in the new one's [%(default)s]")
    arguments = parser.parse_args()

    output = Path(arguments.output)
    if output.exists() and not all((output / name).is_file() for name in ("model.safetensors", "training.json")):
        sys.exit(f"error: {output} is there and is no checkpoint: name another --output")
    for guard in arguments.guard:
        try:
            with open(guard, newline="", encoding="utf-8") as file:
                columns = csv.DictReader(file).fieldnames or []
        except OSError as error:
            sys.exit(f"error: --guard {guard}: {error.strerror}")
        if not {"text", "label"} <= set(columns):
            sys.exit(f"error: --guard {guard}: it needs the columns text and label")

    posts = posts_of(arguments.verdicts)
    others, theirs = others_of(arguments.model)
    rows = [row for row in posts if row["label"] is not None and row["lang"] not in theirs]
    if others:
        print(f"only the main model learns: not from posts in {', '.join(sorted(theirs))}")
    aside = [row for row in rows if is_put_aside(row)]
    learned = [row for row in rows if not is_put_aside(row)]
    for name, some in [("to learn from", learned), ("to judge by", aside)]:
        supporting = sum(row["label"] for row in some)
        print(f"{len(some)} verdicts {name}: {supporting} support, {len(some) - supporting} do not")
        if len(rows) < LEAST or supporting in (0, len(some)):
            sys.exit(f"error: too few verdicts: {LEAST} posts are the least, some of each kind on both sides")

    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        write(work / "learned.csv", learned)
        write(work / "aside.csv", aside)
        candidate = Path(f"{arguments.output}.candidate")
        main_model = main_of(arguments.model, work)
        learn(main_model, work / "learned.csv", candidate, arguments.epochs, arguments.base_share,
              work / "aside.csv")
        write(work / "bundled.csv", bundled(), ("text",))
        flag_as_many(main_model, candidate, work / "bundled.csv", work)
        if others:
            command = [TRAIN, "combine", "--checkpoint", candidate, "--output", candidate]
            for other in others:
                command += ["--with", other]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        reasons, better = judge(arguments, candidate, work)
    if reasons or not better:
        shutil.rmtree(candidate)
        for reason in reasons or ["it is no better on the verdicts put aside"]:
            print(f"not promoted: {reason}")
        sys.exit(1)
    former = Path(f"{output}.former")
    if output.exists():
        output.rename(former)
    candidate.rename(output)
    shutil.rmtree(former, ignore_errors=True)
    print(f"promoted: {output}. Look at it with eval --checkpoint {output} --against {arguments.model}, and serve "
          f"it with serve --checkpoint {output}")


def judge(arguments, candidate, work):
    """Why the candidate is worse for somebody, and whether it is better on the posts put aside."""
    both = lambda path: [scores(model, path, work) for model in (arguments.model, candidate)]
    reasons, better = [], False
    say = lambda what, posts, only_new, only_old: print(
        f"| {what} | {posts} | {only_new} | {only_old} |", flush=True
    )
    print("\n| group | posts | wrong only now | wrong only before |\n|---|---:|---:|---:|")

    old, new = both(work / "aside.csv")
    [total] = compare(old, new, lambda row: "all", lambda row: row["label"]).values()
    say("verdicts put aside", *total)
    better = total[1] < total[2]

    def hold(pairs, kind, group, label):
        for name, count in sorted(compare(*pairs, group, label).items()):
            say(f"{kind} {name}", *count)
            if worse(count):
                reasons.append(f"worse for {kind} {name}: {count[1]} newly wrong, {count[2]} newly right")

    negative = lambda pair: [list(side) for side in zip(*[
        (a, b) for a, b in zip(*pair, strict=True) if a["label"] == "0"
    ])] or [[], []]
    hold(negative((old, new)), "language", lambda row: row["lang"], lambda row: row["label"])
    hold(both(ROOT / "data" / "functional_suite.csv"), "function", lambda row: row["function"], lambda row: row["expected"])
    for file in arguments.guard:
        hold(negative(both(file)), "group", lambda row: row.get("group") or Path(file).stem, lambda row: row["label"])
    return reasons, better


if __name__ == "__main__":
    main()
