"""Writes the texts of this folder again with other names of the group.

    python3 data/name_variants.py > data/name_variants.csv

A model must not go by which name stands in a text, nor by how it is spelled. So each pair of
stance_pairs.csv is written again with 8 other names, the same for both sides, each text of
sample_tweets.csv that names the group with 4, and each of stance_negatives.csv that does with one.
Nothing but the name changes. A text that is there already or near a case of the functional suite,
by the rule of the README, is left out, if need be on one side of a pair only. Always gives the
same file.
"""

import csv
import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
SEED = 7
VARIANTS_OF_A_PAIR = 8
VARIANTS_OF_A_SAMPLE = 4
# Share of names that are spelled as people spell them who want to get past a filter.
ALTERED = 0.35

NAMES = [
    "ISIS", "isis", "IS", "ISIL", "Daesh", "daesh", "Islamic State", "the Islamic State",
    "the islamic state", "the caliphate", "the Caliphate", "the khilafah", "khilafah", "Khilafah",
    "dawlah", "Dawlah", "the dawla", "the State", "Dawlat al Islam", "#ISIS", "#IslamicState",
    "#khilafah",
]
NAME = re.compile(
    r"(?<![\w#@])(?:"
    r"(?i:#?(?:the )?(?:islamic ?state|caliphate|khilafah|dawlat al islam|dawlah?)"
    r"|#?(?:isis|isil|daesh))"
    r"|IS|the State"
    r")(?![\w'’])"
)
# The goddess, the river and the band are written so, the group hardly ever.
GODDESS = re.compile(r"\bIsis\b")
LOOK_ALIKES = {
    "a": "4@", "b": "8", "e": "3", "g": "9", "h": "#", "i": "1!|", "l": "1|", "o": "0", "s": "5$",
    "t": "7",
}


def altered(name, rng):
    """The name with look-alikes for letters, or with its letters parted."""
    article = "the " if name.startswith("the ") else ""
    word = name.removeprefix("the ").lstrip("#")
    kind = rng.choice(["look-alikes", "look-alikes", "cut", "spelled out"])
    if kind == "look-alikes":
        share = rng.choice([0.3, 0.6, 1.0])
        letters = (
            rng.choice(LOOK_ALIKES[c.lower()])
            if c.lower() in LOOK_ALIKES and rng.random() < share
            else c
            for c in word
        )
        return article + "".join(letters)
    if kind == "cut":
        cuts = sorted(rng.sample(range(1, len(word)), min(len(word) - 1, rng.choice([1, 1, 2]))))
        return article + rng.choice("-.*_|").join(
            word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)])
        )
    return article + rng.choice(" .-*").join(word.replace(" ", ""))


def any_name(rng):
    name = rng.choice(NAMES)
    return altered(name, rng) if rng.random() < ALTERED else name


def renamed(text, name):
    """The text with `name` for the first name in it; None if it has none."""
    found = NAME.search(text)
    if not found:
        return None
    before = text[: found.start()]
    if re.search(r"\b(the|an?)\s$", before, re.IGNORECASE):
        name = name.removeprefix("the ")
    if found.group(0)[0].isupper() and found.start() == 0:
        name = name[0].upper() + name[1:]
    return before + name + text[found.end() :]


def read(name):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def runs_of_three(text):
    """The runs of three words of a text, a name counting as one word."""
    words = re.findall(r"[^\W_]+", NAME.sub(" nameofthegroup ", text.lower()))
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}


def pair_variants(rng):
    sides = {}
    for row in read("stance_pairs.csv"):
        if NAME.search(row["text"]):
            sides.setdefault((row["pair"], row["label"]), []).append(row["text"])
    for pair in sorted({pair for pair, _ in sides}):
        if (pair, "0") not in sides or (pair, "1") not in sides:
            continue
        for _ in range(VARIANTS_OF_A_PAIR):
            name = any_name(rng)
            for label in "01":
                yield renamed(rng.choice(sides[pair, label]), name), label, pair, "pairs"


def other_variants(file, variants, rng):
    for row in read(f"{file}.csv"):
        if GODDESS.search(row["text"]):
            continue
        for _ in range(variants):
            if text := renamed(row["text"], any_name(rng)):
                yield text, row.get("label"), row.get("author", ""), file.split("_")[0]


def main():
    rng = random.Random(SEED)
    suite = [runs_of_three(row["text"]) for row in read("functional_suite.csv")]

    def near_a_case(text):
        runs = runs_of_three(text)
        return any(runs and len(runs & case) * 5 >= len(runs | case) for case in suite if case)

    others = ("stance_pairs", "sample_tweets", "stance_negatives", "functional_suite")
    taken = {row["text"] for file in others for row in read(f"{file}.csv")}
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["text", "label", "author", "source"])
    for text, label, author, source in [
        *pair_variants(rng),
        *other_variants("sample_tweets", VARIANTS_OF_A_SAMPLE, rng),
        *other_variants("stance_negatives", 1, rng),
    ]:
        if text not in taken and not near_a_case(text):
            taken.add(text)
            out.writerow([text, label, author, f"renamed_{source}"])


if __name__ == "__main__":
    main()
