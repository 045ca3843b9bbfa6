"""Our scorer against PyTorch and ONNX Runtime: same weights, same tweets, same threads, one run.

    just bench-peers TWEETS.csv [--checkpoint DIR] [--threads 2] [--rounds 5] [--tweets-used 1600]
                                [--steps 20]

Each contender is a process of its own and stays open. In every round each scores all tweets once
and one tweet of 25 word pieces many times, one contender after the other, so that whatever else
the machine does falls on all of them; figures are each contender's best round, ratios are medians
over rounds. All begin with text: the peers with normalised text, which they cut into word pieces
with Hugging Face's tokenizers; our times include normalising and telling the language. Tweets for which
others would compute something else (not judged, or in parts or windows) are left out. Each peer runs in its best
configuration: batches of tweets of similar length, of 32 and of 64, of which the faster
counts; ONNX Runtime with its transformer fusions, and quantised with its own tool.

Training is measured in the same way: `--steps` steps a round of 32 tweets of similar length, with
dropout, clipping to a norm of 1 and AdamW, on both sides with word pieces that are ready. PyTorch
has its fused AdamW, and bf16 autocast.

Without --checkpoint a full-size model with random weights is made, whose speed is the same.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer_network import (
    comparable, export_apart, network, onnx_logits, rectangle, session, tokenizer, write_texts,
)

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "target" / "debug" / "examples"
OURS = EXAMPLES / "bench"
OUR_TRAINER = EXAMPLES / "bench_training"
BATCHES = (32, 64)
REPETITIONS = 60

OUR_CONTENDERS = {f"ours {precision}": precision for precision in ("f32", "bf16", "int8")}
OUR_TRAINING = {f"ours {precision}": precision for precision in ("f32", "bf16")}
TRAINING_PEERS = ("PyTorch f32", "PyTorch bf16 autocast")
PEERS = (
    "PyTorch f32",
    "PyTorch bf16 autocast",
    "PyTorch f32 compiled",
    "ONNX Runtime f32",
    "ONNX Runtime int8",
)


def main():
    arguments = parse()
    if arguments.serve:
        serve(arguments)
        return
    for package, example in (("scorer", "bench"), ("train", "bench_training")):
        subprocess.run(
            ["cargo", "build", "--quiet", "-p", package, "--example", example], cwd=ROOT, check=True
        )
    with tempfile.TemporaryDirectory() as scratch:
        compare(arguments, Path(scratch))


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tweets", type=Path, help="CSV file with a column text")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: random)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tweets-used", type=int, default=1600, help="tweets of a round")
    parser.add_argument("--steps", type=int, default=20, help="training steps of a round; 0: none")
    parser.add_argument("--only", default="", help="contenders whose names contain this")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def compare(arguments, scratch):
    checkpoint = arguments.checkpoint
    if checkpoint is None:
        checkpoint = scratch / "checkpoint"
        subprocess.run([OURS, "prepare", checkpoint, ROOT / "data" / "vocabulary"], check=True)
    tweets = scratch / "tweets.csv"
    with open(arguments.tweets, newline="", encoding="utf-8-sig") as source:
        rows = [row["text"] for row in csv.DictReader(source)][: arguments.tweets_used]
    write_texts(tweets, rows)
    pairs = comparable(OURS, checkpoint, tweets)
    write_texts(tweets, [tweet for tweet, _ in pairs])
    (scratch / "texts.json").write_text(json.dumps([text for _, text in pairs]), encoding="utf-8")

    if any(arguments.only in name for name in PEERS if name.startswith("ONNX Runtime")):
        export_apart(checkpoint, scratch)

    contenders = {}
    for name, precision in OUR_CONTENDERS.items():
        command = [OURS, "worker", checkpoint, tweets, precision, str(arguments.threads)]
        contenders[name] = lambda command=command: Contender(command)
    for name in PEERS:
        command = [sys.executable, __file__, tweets, "--serve", name, "--scratch", scratch]
        command += ["--checkpoint", checkpoint, "--threads", str(arguments.threads)]
        contenders[name] = lambda command=command: Contender(command)
    contenders = {
        name: start() for name, start in contenders.items() if arguments.only in name
    }

    logits = {name: contender.ask("logits")["logits"] for name, contender in contenders.items()}
    results = {name: [] for name in contenders}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name, contender in contenders.items():
            bulk = contender.ask("bulk")["tokens_per_second"]
            single = contender.ask(f"single {REPETITIONS}")
            results[name].append({"bulk": bulk, **single})
    report(arguments, contenders, results, logits)
    for contender in contenders.values():
        contender.close()
    if arguments.steps:
        compare_training(arguments, checkpoint, tweets, scratch)


def compare_training(arguments, checkpoint, tweets, scratch):
    contenders = {}
    threads = str(arguments.threads)
    for name, precision in OUR_TRAINING.items():
        command = [OUR_TRAINER, checkpoint, tweets, precision]
        contenders[name] = Contender(command, RAYON_NUM_THREADS=threads)
    for name in TRAINING_PEERS:
        command = [sys.executable, __file__, tweets, "--serve", f"training {name}"]
        command += ["--scratch", scratch, "--checkpoint", checkpoint, "--threads", threads]
        contenders[name] = Contender(command)
    results = {name: [] for name in contenders}
    for name, contender in contenders.items():
        contender.ask("training 3")
    for number in range(arguments.rounds):
        print(f"training, round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name, contender in contenders.items():
            answer = contender.ask(f"training {arguments.steps}")
            results[name].append(answer["tokens_per_second"])
    print(f"\nTraining, {arguments.steps} steps a round; ratios are medians over rounds\n")
    print("| | tokens/s | peak memory MB | " + " | ".join(f"× {name}" for name in TRAINING_PEERS) + " |")
    print("|---" * (3 + len(TRAINING_PEERS)) + "|")
    for name, rounds in results.items():
        memory = contenders[name].ask("memory")["memory_mb"]
        ratios = [
            statistics.median(a / b for a, b in zip(rounds, results[peer], strict=True))
            for peer in TRAINING_PEERS
        ]
        cells = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"| {name} | {max(rounds):.0f} | {memory:.0f} | {cells} |")
    for contender in contenders.values():
        contender.close()


def report(arguments, contenders, results, logits):
    tweets = len(next(iter(logits.values())))
    print(f"{tweets} tweets, {arguments.threads} threads, {arguments.rounds} rounds\n")
    print("| | tokens/s | one tweet p50 ms | p99 ms | peak memory MB | logits differ by |")
    print("|---|---|---|---|---|---|")
    reference = logits.get("PyTorch f32") or next(iter(logits.values()))
    for name, rounds in results.items():
        memory = contenders[name].ask("memory")["memory_mb"]
        pairs = zip(logits[name], reference, strict=True)
        difference = max(abs(ours - theirs) for ours, theirs in pairs)
        print(
            f"| {name} | {max(r['bulk'] for r in rounds):.0f} "
            f"| {min(r['p50_ms'] for r in rounds):.2f} | {min(r['p99_ms'] for r in rounds):.2f} "
            f"| {memory:.0f} | {difference:.1e} |"
        )
    print("\nRatios, median over rounds (bulk: ours / theirs; one tweet: our p50 / theirs)\n")
    peers = [name for name in results if not name.startswith("ours")]
    print("| | " + " | ".join(f"{peer}: bulk | one tweet" for peer in peers) + " |")
    print("|---" * (1 + 2 * len(peers)) + "|")
    for ours in (name for name in results if name.startswith("ours")):
        cells = []
        for peer in peers:
            pairs = list(zip(results[ours], results[peer], strict=True))
            cells.append(f"{statistics.median(a['bulk'] / b['bulk'] for a, b in pairs):.2f}")
            cells.append(f"{statistics.median(a['p50_ms'] / b['p50_ms'] for a, b in pairs):.2f}")
        print(f"| {ours} | " + " | ".join(cells) + " |")


class Contender:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command, **environment):
        command = [str(part) for part in command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.opened = json.loads(self.process.stdout.readline())

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# From here on: a peer's own process.


def serve(arguments):
    # Set before the libraries start their threads.
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
    with open(arguments.scratch / "texts.json", encoding="utf-8") as source:
        texts = json.load(source)
    cutter = tokenizer(arguments.checkpoint)

    def encode(texts):
        return [encoding.ids for encoding in cutter.encode_batch_fast(texts)]

    # More than the two pieces that frame every text.
    cut = [(text, ids) for text, ids in zip(texts, encode(texts), strict=True) if len(ids) > 2]
    texts, sequences = [text for text, _ in cut], [ids for _, ids in cut]
    single = texts[next(index for index, ids in enumerate(sequences) if len(ids) == 25)]
    tokens = sum(len(ids) for ids in sequences)
    if arguments.serve.startswith("training"):
        serve_training(arguments, sequences, by_length(sequences))
        return
    run = PEER_LOADERS[arguments.serve.split(" compiled")[0].split(" ")[0]](arguments)

    def score(text):
        return run(encode([text]))

    for _ in range(3):
        score(single)
    print(json.dumps({"ready": True}), flush=True)

    def bulk(size):
        sequences = encode(texts)
        order = by_length(sequences)
        logits = [0.0] * len(sequences)
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            for index, logit in zip(batch, run([sequences[i] for i in batch]), strict=True):
                logits[index] = float(logit)
        return logits

    for line in sys.stdin:
        request, _, count = line.strip().partition(" ")
        if request == "logits":
            answer = {"logits": bulk(BATCHES[0])}
        elif request == "bulk":
            answer = {"tokens_per_second": max(tokens / seconds(bulk, size) for size in BATCHES)}
        elif request == "single":
            times = sorted(1e3 * seconds(score, single) for _ in range(int(count)))
            answer = {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}
        elif request == "memory":
            answer = {"memory_mb": peak_memory()}
        print(json.dumps(answer), flush=True)


def by_length(sequences):
    return sorted(range(len(sequences)), key=lambda index: len(sequences[index]))


def peak_memory():
    with open("/proc/self/status", encoding="utf-8") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def serve_training(arguments, sequences, order):
    import itertools
    import random

    import torch

    torch.set_num_threads(arguments.threads)
    model = network(arguments.checkpoint).train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=3e-4,
        eps=1e-6,
        fused=True,
    )
    lower = arguments.serve.endswith("autocast")
    batches = [order[start : start + 32] for start in range(0, len(order), 32)]
    random.Random(1).shuffle(batches)
    batches = itertools.cycle(batches)
    print(json.dumps({"ready": True}), flush=True)

    def step():
        chosen = next(batches)
        texts = [sequences[index] for index in chosen]
        ids, mask = (torch.from_numpy(array) for array in rectangle(texts))
        labels = torch.tensor([float(index % 2 == 0) for index in chosen])
        with torch.autocast("cpu", torch.bfloat16, enabled=lower):
            logits = model(ids, mask)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return sum(len(ids) for ids in texts)

    for line in sys.stdin:
        request, _, count = line.strip().partition(" ")
        if request == "training":
            start = time.perf_counter()
            tokens = sum(step() for _ in range(int(count)))
            answer = {"tokens_per_second": tokens / (time.perf_counter() - start)}
        elif request == "memory":
            answer = {"memory_mb": peak_memory()}
        print(json.dumps(answer), flush=True)


def seconds(function, argument):
    start = time.perf_counter()
    function(argument)
    return time.perf_counter() - start


def load_pytorch(arguments):
    import torch

    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    model = network(arguments.checkpoint)
    if arguments.serve.endswith("compiled"):
        model = torch.compile(model, dynamic=True)
    lower = arguments.serve == "PyTorch bf16 autocast"

    def run(sequences):
        ids, mask = (torch.from_numpy(array) for array in rectangle(sequences))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=lower):
            return model(ids, mask).float().numpy()

    return run


def load_onnx_runtime(arguments):
    file = "int8.onnx" if arguments.serve == "ONNX Runtime int8" else "fused.onnx"
    opened = session(arguments.scratch / file, arguments.threads)

    return lambda sequences: onnx_logits(opened, sequences)


PEER_LOADERS = {"PyTorch": load_pytorch, "ONNX": load_onnx_runtime}

if __name__ == "__main__":
    main()
