#!/usr/bin/env python3
"""Drops the pieces of a Unigram vocabulary that a corpus does not use, with their rows of the embedding table.

    python3 tools/reduce_pieces.py BASE OUTPUT LEAST SCRIPTS FILE...

BASE is a folder as tools/decode_e5.py writes it, FILE a CSV with a column `text` or a text file with one text per line (.zst: packed).
A piece stays if it is used LEAST times or more, if it is special, or if it is a single letter, so that nothing that could be
spelled before becomes unknown: all this of pieces whose letters are of SCRIPTS, names of scripts as Unicode has them in the names of their
letters, joined by commas (LATIN,ARABIC,CYRILLIC). Letters of other scripts become unknown. HASH_TEXTS in the environment names the program that normalises texts
(target/debug/examples/hash_texts). Needs tools/requirements-teacher.txt and, for packed
files, the program zstd.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

HASH_TEXTS = os.environ.get("HASH_TEXTS", "target/debug/examples/hash_texts")
TABLE = "embeddings.word_embeddings.weight"
WORD = "▁"
AT_ONCE = 10_000


def normalised(path, work):
    """The texts of a file as the model reads them."""
    if path.suffix == ".zst":
        unpacked = work / path.stem
        with open(unpacked, "wb") as file:
            subprocess.run(["zstd", "-dc", path], stdout=file, check=True)
        path = unpacked
    if path.suffix == ".txt":
        table = work / f"{path.stem}.csv"
        with open(path, encoding="utf-8") as lines, open(table, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text"])
            writer.writerows([line.rstrip("\n")] for line in lines)
        path = table
    made = subprocess.run([HASH_TEXTS, "--texts", path], check=True, capture_output=True, text=True).stdout
    return [text for line in made.split("\n") if (text := line.partition("\t")[2])]


def is_of(scripts, piece):
    """True if all letters of a piece are of these scripts; marks and digits are of any."""
    return all(unicodedata.name(letter, "").startswith(scripts) for letter in piece if letter.isalpha())


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    base, output, least = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    scripts = tuple(f"{script} " for script in sys.argv[4].split(","))
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    used = Counter()
    with tempfile.TemporaryDirectory() as work:
        for path in map(Path, sys.argv[5:]):
            texts = normalised(path, Path(work))
            for start in range(0, len(texts), AT_ONCE):
                for encoding in tokenizer.encode_batch_fast(texts[start:start + AT_ONCE], add_special_tokens=False):
                    used.update(encoding.ids)
            print(f"{path}: {len(texts):,} texts, {len(used):,} pieces used so far", flush=True)

    record = json.loads(tokenizer.to_str())
    pieces = record["model"]["vocab"]
    special = {token for token, _ in pieces if token.startswith("<") and token.endswith(">")}
    kept = [
        number for number, (piece, _) in enumerate(pieces)
        if piece in special or (is_of(scripts, piece) and (used[number] >= least or len(piece.removeprefix(WORD)) <= 1))
    ]
    total = sum(used.values())
    covered = sum(used[number] for number in kept)
    record["model"]["vocab"] = [pieces[number] for number in kept]
    place = {number: at for at, number in enumerate(kept)}
    record["model"]["unk_id"] = place[record["model"]["unk_id"]]
    for token in record["added_tokens"]:
        token["id"] = place[token["id"]]
    for token in (record["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [place[number] for number in token["ids"]]

    output.mkdir(parents=True, exist_ok=True)
    (output / "tokenizer.json").write_text(json.dumps(record, ensure_ascii=False))
    tensors = load_file(base / "model.safetensors")
    tensors[TABLE] = tensors[TABLE][kept]
    save_file(tensors, output / "model.safetensors")
    config = json.loads((base / "config.json").read_text())
    config["vocab_size"] = len(kept)
    config["pad_token_id"] = place[config["pad_token_id"]]
    (output / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    print(f"{output}: {len(kept):,} of {len(pieces):,} pieces, which are {100 * covered / total:.2f} % of those used")


if __name__ == "__main__":
    main()
