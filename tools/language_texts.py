#!/usr/bin/env python3
"""Writes sentences and frequent words in the languages that a base for many languages is to know.

    python3 tools/language_texts.py FOLDER

Sentences are the translations of a game (Wesnoth: talk and tales of war, in German, Spanish, French, Indonesian, Italian, Russian, Turkish
and a little Arabic) and collections of sayings, out of Debian's packages (fetched with `apt-get download`, unpacked with `dpkg-deb`, not
installed); words are the most frequent of each language by `wordfreq`. FOLDER/sentences.txt is for `train distill`, it and words.txt
are for tools/reduce_pieces.py; negatives.csv has some of the sentences, none of which supports anybody, for `train --negatives`. The texts stay under the licences of their packages and are no part of the project.
Needs tools/requirements-teacher.txt.
"""

import csv
import gettext
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import wordfreq

GAME = "wesnoth-1.16"
PACKAGES = [f"{GAME}-{part}" for part in ("data", "httt", "low", "trow", "utbs")]
PACKAGES += [f"fortunes-{language}" for language in ("de", "es", "it", "ru")]
LANGUAGES = ["ar", "de", "es", "fr", "id", "it", "ru", "tr"]
MOST = 20_000  # sentences of a language
NEGATIVES = 700
WORDS = {
    "ar": 25_000, "de": 16_000, "en": 20_000, "es": 16_000, "fr": 16_000, "id": 12_000, "it": 6_000, "ru": 16_000, "tr": 16_000,
    "ur": 8_000,
}
WORDS_A_LINE = 20
SHORTEST, LONGEST = 16, 400  # letters


def pieces_of(text, chosen):
    """A text in pieces of one or two sentences."""
    sentences = re.split(r"(?<=[.!?؟…])\s+", " ".join(text.split()))
    while sentences:
        count = chosen.choice([1, 1, 2])
        piece, sentences = " ".join(sentences[:count]), sentences[count:]
        if SHORTEST <= len(piece) <= LONGEST:
            yield piece


def translations(root):
    """Language and text of each translated message."""
    for path in sorted(root.rglob("*.mo")):
        # Also `es` of `es_AR`, but not `sr@latin`.
        found = re.fullmatch(r"([a-z]{2})(_[A-Z]{2})?", path.parent.parent.name)
        if found and found[1] in LANGUAGES:
            with open(path, "rb") as file:
                messages = gettext.GNUTranslations(file)._catalog
            for original, text in messages.items():
                if original and isinstance(text, str):
                    yield found[1], re.sub(r"<[^>]+>|\[[^\]]*\]", " ", text)


def sayings(root):
    """Language and text of each saying; those that are not UTF-8 are there as UTF-8 once more."""
    for path in sorted((root / "usr/share/games/fortunes").rglob("*")):
        if path.is_file() and path.suffix not in (".dat", ".u8"):
            utf8 = path.with_name(path.name + ".u8")
            try:
                text = (utf8 if utf8.exists() else path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            language = path.parent.name if path.parent.name in LANGUAGES else "it"
            for saying in re.split(r"^%.*$", text, flags=re.MULTILINE):
                yield language, saying


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    output = Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    chosen = random.Random(1)
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=work, check=True)
        for package in sorted(Path(work).glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, f"{work}/unpacked"], check=True)
        root = Path(work) / "unpacked"
        sentences = defaultdict(dict)
        for read in (translations, sayings):
            for language, text in read(root):
                sentences[language].update(dict.fromkeys(pieces_of(text, chosen)))
    with (
        open(output / "sentences.txt", "w", encoding="utf-8") as file,
        open(output / "negatives.csv", "w", newline="", encoding="utf-8") as table,
    ):
        negatives = csv.writer(table, lineterminator="\n")
        negatives.writerow(["text", "label", "source"])
        for language, found in sorted(sentences.items()):
            some = chosen.sample(list(found), min(MOST, len(found)))
            file.writelines(f"{sentence}\n" for sentence in some)
            negatives.writerows([sentence, 0, f"sentences_{language}"] for sentence in some[:NEGATIVES])
            print(f"{language}: {len(some):,} sentences", flush=True)
    with open(output / "words.txt", "w", encoding="utf-8") as file:
        for language, count in WORDS.items():
            # The large list where there is one.
            lists = [kind for kind in ("large", "small") if language in wordfreq.available_languages(kind)]
            words = wordfreq.top_n_list(language, count, wordlist=lists[0])
            file.writelines(" ".join(words[at:at + WORDS_A_LINE]) + "\n" for at in range(0, len(words), WORDS_A_LINE))


if __name__ == "__main__":
    main()
