"""How often one supporting statement among quiet sentences is found, by the length of the text.

    python benches/long_texts.py [CHECKPOINT] [--texts 300]

The statements are those of `data/functional_suite.csv` that should be flagged and are, by themselves; the quiet
sentences are the posts of label 0 in `data/sample_tweets.csv` that are not. A text is a statement at a place among
quiet sentences that chance chooses, or quiet sentences alone; it is read at once up to 128 word pieces (as
BERT's word pieces are counted, to within a few), and in windows beyond. All texts are scored by `score`.
"""

import argparse
import csv
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED = 7
# Word pieces of the text, from and below.
LENGTHS = ((20, 40), (40, 60), (60, 90), (90, 120), (140, 200), (300, 400), (900, 1100))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", nargs="?", default="checkpoints/threat-v2")
    parser.add_argument("--texts", type=int, default=300, help="of each kind and length")
    arguments = parser.parse_args()
    checkpoint = (ROOT / arguments.checkpoint).resolve()
    pieces = json.loads((checkpoint / "tokenizer.json").read_text())["model"]["vocab"]
    statements = flagged(checkpoint, column("functional_suite.csv", "expected", "1"), True)
    quiet = flagged(checkpoint, column("sample_tweets.csv", "label", "0"), False)
    print(f"{len(statements)} statements, {len(quiet)} quiet sentences")
    chance = random.Random(SEED)
    kinds = {}
    for least, most in LENGTHS:
        for statement in (True, False):
            kinds[least, most, statement] = [
                joined(chance, pieces, statements if statement else None, quiet, least, most)
                for _ in range(arguments.texts)
            ]
    verdicts = iter(scored(checkpoint, [text for texts in kinds.values() for text in texts]))
    found = {kind: sum(next(verdicts) for _ in texts) for kind, texts in kinds.items()}
    print("| word pieces | with one statement: flagged | quiet sentences alone: flagged |\n|---|---:|---:|")
    for least, most in LENGTHS:
        with_one, without = (found[least, most, kind] / arguments.texts for kind in (True, False))
        print(f"| {least} to {most} | {with_one:.0%} | {without:.1%} |")


def column(name, label, value):
    with (ROOT / "data" / name).open(newline="", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file) if row[label] == value]


def flagged(checkpoint, texts, whether):
    return [text for text, is_it in zip(texts, scored(checkpoint, texts)) if is_it == whether]


def joined(chance, pieces, statements, quiet, least, most):
    """Quiet sentences, and perhaps a statement among them, of as many word pieces as asked for."""
    while True:
        parts, length = [], 0
        if statements:
            parts.append(chance.choice(statements))
        while length < least:
            length = count(pieces, ". ".join(parts))
            if length < least:
                parts.append(chance.choice(quiet))
        if length < most:
            first, *others = parts
            others.insert(chance.randrange(len(others) + 1), first)
            return ". ".join(others)


def count(pieces, text):
    """Word pieces of a text, the longest first, with the two that frame it."""
    total = 2
    for word in re.findall(r"\w+|[^\w\s]", text.lower()):
        prefix = ""
        while word:
            ends = range(len(word), 0, -1)
            end = next((end for end in ends if prefix + word[:end] in pieces), len(word))
            total, word, prefix = total + 1, word[end:], "##"
    return total


def scored(checkpoint, texts):
    """Whether each text is flagged."""
    with tempfile.TemporaryDirectory() as folder:
        rows, out = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        command = ["cargo", "run", "--quiet", "-p", "score", "--", "--checkpoint", checkpoint]
        subprocess.run([*command, "--input", rows, "--output", out], cwd=ROOT, check=True, capture_output=True)
        return [json.loads(line)["label"] == "pro_isis" for line in out.read_text().splitlines()]


if __name__ == "__main__":
    main()
