#!/usr/bin/env python3
"""Trains one short recipe several times, and prints what it makes of posts that it has not learned from.

    python3 tools/compare.py labels  SETS FILES OUTPUT    what the accounts' posts are called
    python3 tools/compare.py sources SETS FILES OUTPUT    the sources of the world held out in turn

SETS is the folder of the public sets, FILES what data/prepare_figures.py made of them, OUTPUT where models and
scores are kept; what is there already is not made again. TRAIN and SCORE in the environment name the programs
(target/debug/threat-train and threat-score). Every model is judged by post: by the supporting posts of
tweets_validation.csv, against the same accounts' other posts and against sources that the model was not
trained on, both at the threshold that finds 85 % of the supporting posts.
"""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "data"))
from prepare_figures import HELD_OUT, OTHER_SCRIPTS, group, hashes, letters, read, some_of_each, write

TRAIN = os.environ.get("TRAIN", "target/debug/threat-train")
SCORE = os.environ.get("SCORE", "target/debug/threat-score")
RECALL = 0.85
WRITTEN = "data/stance_pairs.csv,data/feed_pairs.csv,data/contrast_pairs.csv"
WRITTEN_NEGATIVES = (
    "data/stance_negatives.csv,data/everyday_posts.csv,data/war_and_opposition.csv,data/ordinary_voices.csv"
)
RECIPE = (
    "--sample 16000 --epochs 1 --learning-rate 3e-4 --patience 0 --evaluations 1 --word-dropout 0.15 "
    "--validation-share 0.1 --threshold recall=0.85 --save-every 0"
).split()

# Sources by family: relatives are held out together.
FOLDS = {
    "hashtags and counter-terrorism accounts": ("tt_", "ttd_", "isis", "dhillon", "lasvegas", "twitter15"),
    "attacks, elections, brands of 2014-16": (
        "san_bernardino", "umpqua", "orlando", "clinton", "gop_", "trump_", "apple", "airline",
        "coachella", "selfdriving", "newyear", "political_social",
    ),
    "hadith, scripture, sermons": ("hadith", "quran", "sermon", "bible", "dua"),
    "news, arguments, abuse and contrast": (
        "mag_", "fa_kes", "gab", "implicit", "cad_", "crows", "madlibs", "mlma", "reddit", "stance_hof",
        "stormfront", "toxigen", "trac", "waseem", "semeval", "umass",
    ),
}


def train(name, output, sets, files, more):
    folder = output / name
    if not (folder / "model.safetensors").exists():
        command = [
            TRAIN, "--data", f"{sets}/tweets_train.csv,{WRITTEN}",
            "--negatives", f"{sets}/topical_negatives.csv,{files}/world_posts.csv,{WRITTEN_NEGATIVES}",
            "--exclude", f"{sets}/tweets_validation.csv", *RECIPE, *more, "--output", folder,
        ]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return folder


def score(checkpoint, file):
    """(row, score or None) of each row of a file."""
    output = checkpoint / f"scores-{file.name}"
    if not output.exists():
        command = [SCORE, "--checkpoint", checkpoint, "--input", file, "--output", output]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return [(row, float(row["score"]) if row["score"] else None) for row in read(output)]


def auc(positives, negatives):
    """The area under the ROC curve, ties counted half."""
    ranked = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    below, wins, at = 0, 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        ones = sum(label for _, label in ranked[at:end])
        zeros = end - at - ones
        wins += ones * (below + zeros / 2)
        below += zeros
        at = end
    return wins / (len(positives) * len(negatives))


def judge(name, checkpoint, sets, unseen):
    validation = sets / "tweets_validation.csv"
    letter = letters()
    found = list(zip(score(checkpoint, validation), hashes(validation), strict=True))
    supporting = [score for (row, score), sha in found if letter.get(sha) == "S" and score is not None]
    others = [
        score for (row, score), sha in found
        if row["label"] == "1" and letter.get(sha, "U") not in "SU" and score is not None
    ]
    threshold = sorted(supporting, reverse=True)[int(RECALL * len(supporting))]
    flagged = lambda scores: 100 * sum(s is not None and s >= threshold for s in scores) / len(scores)
    print(f"\n{name}: {len(supporting)} supporting posts, threshold {threshold:.3f}")
    print("| against | posts | not judged | AUC | flagged |\n|---|---:|---:|---:|---:|")
    groups = {"the same accounts' other posts": others}
    by_group = defaultdict(list)
    for row, value in score(checkpoint, unseen):
        by_group[row["group"]].append(value)
    groups.update(sorted(by_group.items()))
    for kind, scores in groups.items():
        judged = [value for value in scores if value is not None]
        area = f"{auc(supporting, judged):.3f}" if judged else "–"
        print(f"| {kind} | {len(scores)} | {len(scores) - len(judged)} | {area} | {flagged(scores):.1f} % |", flush=True)


def compare_labels(sets, files, output):
    unseen = files / "unseen_posts.csv"
    held_out = ["--hold-out-source", ",".join(HELD_OUT)]
    labels = ["--labels", "data/post_labels.csv", *held_out]
    run = lambda name, more: train(name, output, sets, files, more)
    show = lambda name, folder: judge(name, folder, sets, unseen)
    show("labels by account", run("account", held_out))
    show("by post, others negatives", run("post", labels))
    show("by post, others left out", run("left-out", [*labels, "--not-supporting", "leave-out"]))

    # As if half of the posts had not been read: left out, or called what a model of the read ones says of
    # them where it is sure (confident learning, Northcutt et al. 2021).
    rows = read("data/post_labels.csv")
    unread = lambda sha: int(sha[-1], 16) % 2 == 1
    half = output / "half.csv"
    write(half, [row | {"letter": "U" if unread(row["sha256"]) else row["letter"]} for row in rows])
    model = run("half", ["--labels", half, *held_out])
    show("half of the posts read, the others left out", model)
    training = sets / "tweets_train.csv"
    told = {}
    for (row, value), sha in zip(score(model, training), hashes(training), strict=True):
        if value is not None:
            told[sha] = "S" if value >= 0.8 else "N" if value <= 0.1 else "U"
    sure = output / "sure.csv"
    write(sure, [
        row | {"letter": told.get(row["sha256"], "U") if unread(row["sha256"]) else row["letter"]} for row in rows
    ])
    show("half read, the others as a model is sure of them", run("sure", ["--labels", sure, *held_out]))


def sources_in_turn(sets, files, output):
    world = read(sets / "world" / "world_negatives.csv")
    for number, (name, families) in enumerate(FOLDS.items()):
        held_out = sorted({row["source"] for row in world if row["source"].startswith(families)})
        rows = [row for row in world if row["source"] in held_out and row["lang"] not in OTHER_SCRIPTS]
        unseen = output / f"unseen-{number}.csv"
        write(unseen, [row | {"group": group(row)} for row in some_of_each(rows, 300, 17)])
        trained_on = {row["source"] for row in read(files / "world_posts.csv")}
        flags = ["--hold-out-source", ",".join(source for source in held_out if source in trained_on)]
        folder = train(f"turn-{number}", output, sets, files, ["--labels", "data/post_labels.csv", *flags])
        judge(f"held out: {name}", folder, sets, unseen)


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ("labels", "sources"):
        sys.exit(__doc__)
    sets, files, output = map(Path, sys.argv[2:])
    output.mkdir(parents=True, exist_ok=True)
    (compare_labels if sys.argv[1] == "labels" else sources_in_turn)(sets, files, output)


if __name__ == "__main__":
    main()
