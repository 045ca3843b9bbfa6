#!/usr/bin/env python3
"""Makes the files behind the figures (README.md) from the public sets, which are not part of the project.

    python3 data/prepare_figures.py FOLDER_OF_THE_SETS OUTPUT_FOLDER

The first folder holds tweets_train.csv, tweets_validation.csv, topical_negatives.csv,
world/world_negatives.csv and world/arabic_posts.csv. Written are world_posts.csv, world_part.csv, tweets_part.csv, unseen_posts.csv,
threshold_half.csv, judged_half.csv and accounts_validation.csv, and, for languages other than English, languages_taught.csv,
languages_validation.csv, languages_judged.csv, arabic_judged.csv,
arabic_taught.csv, arabic_300.csv and arabic_100.csv; the same each time. HASH_TEXTS in the environment names the program that
prints the hashes of texts (target/debug/examples/hash_texts, made by `cargo build -p train --examples`).
"""

import csv
import hashlib
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Written in scripts of which the model knows next to no word: there is nothing to learn from them.
OTHER_SCRIPTS = {"ar", "ur", "bn", "zh", "ja", "ru", "hi", "ta", "th", "fa"}

# Never learned from. Drawn by families of sources (seed 7), so that no relative is on the other side.
HELD_OUT = """
mag_debate_effects_forum mag_metooma mag_semeval2023t3_news mag_semeval2023t4_arguments
mag_wizards_of_wikipedia newyear_2014_15_ordinary orlando_2016_tweets_other orlando_2016_tweets_topical
quran_en_pickthall quran_es_quranjson quran_fr_quranjson quran_sv_quranjson quran_tr_quranjson
quran_translit_quranjson semeval2016_stance_ordinary semeval2016_stance_topical sermon_dorothyday
sermon_johnpiper stormfront_forum trac2020_youtube_en umass_geo_random_nonenglish
umass_geo_random_ordinary waseem_hovy_2013_15_ordinary
""".split()

# Hostile or stereotyped talk, and suites of sentences that differ in a group's name.
ABUSE_AND_CONTRAST = """
cad_reddit_2016_19 crows_pairs gab_hate_corpus implicit_hate_2015_17 madlibs_muslim
mag_offensive_language_tweets mag_redditbias mag_stereoset mag_stereotype_set mlma_en stormfront_forum
toxigen_prompts_muslim trac2020_youtube_en waseem_hovy_2013_15_ordinary
""".split()

ARABIC = "perpost_arabic_isis"  # labelled by post
FEW_ARABIC = (100, 300)  # what some such labels are worth

# Of these the model for many languages has no piece.
UNREAD = {"bn", "hi", "ja", "ta", "th", "zh"}

# In other languages than English, never learned from: the sources, and a half of each translation of the Quran.
JUDGED_LANGUAGES = """
dua_hisnul_muslim_ar hadith_ar_maliks_muwatta mlma_ar tt_isis_hashtags_2017_multi umass_geo_random_nonenglish
""".split()

TRAINING_ROWS = 250  # of a source, at most
FEWER_ROWS = 50
UNSEEN_ROWS = 400
OTHER_TWEETS = 7_000  # beside those that support, in tweets_part.csv
HASH_TEXTS = os.environ.get("HASH_TEXTS", "target/debug/examples/hash_texts")


def group(row):
    """The kind of people or texts that a row stands for."""
    english = row["lang"] == "en"
    language = "English" if english else "other languages"
    if row["source"] in ABUSE_AND_CONTRAST and english:
        return "contrast suites and abuse, English"
    if row["topic"] in ("ordinary", "religion"):
        return ("ordinary, " if row["topic"] == "ordinary" else "religious, ") + language
    if not english or "tweet" in row["source"] or row["source"].startswith(TWEETS):
        return f"topical tweets, {language}"
    return "news and arguments, English"


TWEETS = (
    "clinton_trump", "dhillon", "gop_debate", "lasvegas", "orlando", "political_social_media",
    "san_bernardino", "semeval2016", "tt_", "ttd_counterterror", "umass_geo", "umpqua",
)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows):,} rows", file=sys.stderr)


def some_of_each(rows, most, seed):
    """Up to so many rows of each source, at random, in the order of the sources."""
    sources = defaultdict(list)
    for row in rows:
        sources[row["source"]].append(row)
    chosen = random.Random(seed)
    return [
        row
        for source in sorted(sources)
        for row in chosen.sample(sources[source], min(most, len(sources[source])))
    ]


def letters():
    """The letter of each post, by the SHA-256 of its text."""
    return {row["sha256"]: row["letter"] for row in read(Path(__file__).parent / "post_labels.csv")}


def hashes(path):
    """The hash of each row of a file, by which its letter is found."""
    made = subprocess.run([HASH_TEXTS, path], check=True, capture_output=True, text=True)
    return made.stdout.splitlines()


def part_of_tweets(path):
    """All tweets that support by their own words, and some of the others."""
    letter = letters()
    rows = list(zip(read(path), hashes(path), strict=True))
    supporting = {at for at, (_, sha) in enumerate(rows) if letter.get(sha) == "S"}
    others = [at for at in range(len(rows)) if at not in supporting]
    chosen = supporting | set(random.Random(19).sample(others, OTHER_TWEETS))
    return [rows[at][0] for at in sorted(chosen)]


def group_of_languages(row):
    """The same of a row in another language than English."""
    kinds = {"ordinary": "ordinary", "religion": "scripture and prayers"}
    return f"{kinds.get(row['topic'], 'about ISIS')}, {'Arabic' if row['lang'] == 'ar' else 'other languages'}"


def number_of(text, below):
    """A number that goes with a text: the same each time, and in no order."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:3], "big") % below


def is_in_other_half(text):
    return hashlib.sha256(text.encode()).digest()[1] % 2 == 1


def triples(text):
    words = text.split()
    return {tuple(words[at:at + 3]) for at in range(max(1, len(words) - 2))}


def far_from(rows, others):
    """The rows without those that share half of their runs of three words with one of the others."""
    places = defaultdict(set)
    runs = [triples(row["text"]) for row in others]
    for at, of in enumerate(runs):
        for run in of:
            places[run].add(at)

    def is_far(row):
        own = triples(row["text"])
        near = {at for run in own for at in places[run]}
        return all(2 * len(own & runs[at]) < len(own | runs[at]) for at in near)

    return [row for row in rows if is_far(row)]


def of_languages(world, arabic):
    """What is taught, what thresholds are chosen on, and what judges, in languages other than English."""
    foreign = [row for row in world if row["lang"] != "en"]
    held_out = lambda row: (
        row["source"] in JUDGED_LANGUAGES or (row["source"].startswith("quran_") and is_in_other_half(row["text"]))
    )
    judged = [row for row in foreign if held_out(row)]
    arabic_judged = [row for row in arabic if number_of(row["text"], 10) < 3]
    readable = [row for row in foreign if row["lang"] not in UNREAD]
    others = [row for row in readable if not held_out(row)] + [row for row in arabic if row not in arabic_judged]
    others = far_from(others, judged + arabic_judged)
    # Of the written texts, whole pairs; their languages are in the names of the pairs and sources.
    written = read(Path(__file__).parent / "language_pairs.csv") + read(Path(__file__).parent / "language_voices.csv")
    name = lambda row: row.get("pair") or row["text"]
    validation = [row for row in others if number_of(row["text"][::-1], 100) < 15]
    taught = far_from([row for row in others if row not in validation], validation)
    chosen = [row for row in written if number_of(name(row), 100) < 15]
    plain = lambda rows: [{"text": row["text"], "label": row["label"]} for row in rows]
    return taught, plain(validation + chosen), judged, arabic_judged


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sets, output = Path(sys.argv[1]), Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    world = read(sets / "world" / "world_negatives.csv")
    readable = [row for row in world if row["lang"] not in OTHER_SCRIPTS]
    world_posts = some_of_each(readable, TRAINING_ROWS, 11)
    write(output / "world_posts.csv", world_posts)
    write(output / "world_part.csv", some_of_each(readable, FEWER_ROWS, 23))

    taught, validation, judged, arabic_judged = of_languages(world, read(sets / "world" / "arabic_posts.csv"))
    write(output / "languages_taught.csv", taught)
    by_post = [row for row in taught if row["source"] == ARABIC]
    write(output / "arabic_taught.csv", by_post)
    for count in FEW_ARABIC:
        write(output / f"arabic_{count}.csv", random.Random(29).sample(by_post, count))
    write(output / "languages_validation.csv", validation)
    write(output / "languages_judged.csv", [row | {"group": group_of_languages(row)} for row in judged])
    write(output / "arabic_judged.csv", arabic_judged)

    # The English model has learned some posts in other languages.
    learned = {row["text"] for row in world_posts if row["source"] not in HELD_OUT}
    unseen = [row for row in judged if row["text"] not in learned]
    unseen += [row for row in world if row["source"] in HELD_OUT and row["lang"] == "en"]
    unseen = some_of_each(unseen, UNSEEN_ROWS, 13)
    write(output / "unseen_posts.csv", [row | {"group": group(row)} for row in unseen])

    write(output / "tweets_part.csv", part_of_tweets(sets / "tweets_train.csv"))

    validation = read(sets / "tweets_validation.csv")
    write(output / "accounts_validation.csv", [row for row in validation if row["label"] == "1"])
    even = lambda row: hashlib.sha256(row["text"].encode()).digest()[-1] % 2 == 0
    write(output / "threshold_half.csv", [row for row in validation if even(row)])
    write(output / "judged_half.csv", [row for row in validation if not even(row)])


if __name__ == "__main__":
    main()
