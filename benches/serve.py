"""Our server against FastAPI + ONNX Runtime int8: same weights, same tweets, same cores, one run.

    just bench-serve TWEETS.csv [--checkpoint DIR] [--seconds 10] [--rounds 3] [--connections 64]
                                [--threads 2] [--soak SECONDS]

All servers stay open on loopback. In every round each gets `--seconds` of load from the same
generator (crates/serve/examples/load.rs), one server after the other, so that whatever else the
machine does falls on all of them. The peer runs in three ways that people use, and the one with the
highest throughput counts. It is asked for less: it neither normalises the text nor explains, counts,
records or limits anything.

Inference alone is measured in the same rounds: the same scorer in a process without HTTP, on the
same tweets. HTTP overhead is the server's processor time for a request beyond that scorer's for a
tweet. Processor time leaves out the load generator, which shares the cores.

Then our server is asked for ten times what it can bear, and then again for what it can; with
`--soak` it is also loaded for that long, while its memory is watched. Linux only.

Without --checkpoint a full-size model with random weights is made, whose speed is the same.
"""

import argparse
import csv
import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from peer_network import export_apart
from peers import OURS, ROOT, Contender

BUILT = ROOT / "target" / "debug"
LOAD = BUILT / "examples" / "load"
SERVE = BUILT / "threat-serve"
PRECISIONS = ("int8", "f32")
# Whether it has a process for each thread, and whether its handler runs on the event loop.
PEERS = {
    "FastAPI, one process": (False, False),
    "FastAPI, a process a core": (True, False),
    "FastAPI, a process a core, on the event loop": (True, True),
}
# Aims: times the fastest peer's throughput; processor time of HTTP as a share of inference's.
THROUGHPUT, OVERHEAD = 3.5, 0.15
TICKS = os.sysconf("SC_CLK_TCK")


def main():
    arguments = parse()
    # The overload has thousands of connections.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for package, what in (
        ("scorer", ["--example", "bench"]),
        ("serve", ["--bin", "threat-serve", "--example", "load"]),
    ):
        subprocess.run(["cargo", "build", "--quiet", "-p", package, *what], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as scratch:
        measure(arguments, Path(scratch))


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tweets", type=Path, help="CSV file with a column text")
    parser.add_argument("--checkpoint", type=Path, help="checkpoint folder (default: random)")
    parser.add_argument("--seconds", type=int, default=10, help="load of each server in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2, help="of each scorer")
    parser.add_argument("--tweets-used", type=int, default=2000)
    parser.add_argument("--soak", type=int, default=0, metavar="SECONDS", help="and watch memory")
    return parser.parse_args()


def measure(arguments, scratch):
    checkpoint = arguments.checkpoint
    if checkpoint is None:
        checkpoint = scratch / "checkpoint"
        subprocess.run([OURS, "prepare", checkpoint, ROOT / "data" / "vocabulary"], check=True)
    checkpoint = checkpoint.resolve()
    tweets = take_tweets(arguments, scratch)
    export_apart(checkpoint, scratch)

    scorers, servers = {}, {}
    try:
        for precision in PRECISIONS:
            command = [OURS, "worker", checkpoint, tweets, precision, str(arguments.threads)]
            scorers[precision] = Contender(command)
            servers[f"ours {precision}"] = our_server(
                checkpoint, tweets, precision, arguments.threads, scratch
            )
        for name, shape in PEERS.items():
            servers[name] = peer_server(checkpoint, scratch, arguments.threads, *shape)
        results, alone = rounds(arguments, scorers, servers, tweets)
        report(arguments, servers, results, alone)
        for name in [name for name in servers if name != "ours int8"]:
            servers.pop(name).stop()
        ours, capacity = servers["ours int8"], best(results["ours int8"])["rate"]
        overload(arguments, ours, tweets, capacity)
        if arguments.soak:
            soak(arguments, ours, tweets)
    finally:
        for server in servers.values():
            server.stop()
        for scorer in scorers.values():
            scorer.process.kill()


def take_tweets(arguments, scratch):
    target = scratch / "tweets.csv"
    with open(arguments.tweets, newline="", encoding="utf-8-sig") as source:
        # A text of which nothing is left to score would be a 422 and no work: what is left has words
        # besides handles and links, whole or cut.
        marks = re.compile(r"https?\S*|@\w+|\\u[0-9a-fA-F]{4}|\\n")
        texts = (row["text"] for row in csv.DictReader(source))
        rows = [text for text in texts if re.search(r"[^\W_]{3}", marks.sub(" ", text))]
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((number, text) for number, text in enumerate(rows[: arguments.tweets_used], 1))
    return target


def rounds(arguments, scorers, servers, tweets):
    results = {name: [] for name in servers}
    alone = {name: [] for name in scorers}
    for server in servers.values():
        # Every process of a server has then seen its first requests.
        load(server, tweets, arguments.connections, 2)
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        for name, server in servers.items():
            results[name].append(load(server, tweets, arguments.connections, arguments.seconds))
        for name, scorer in scorers.items():
            bulk = scorer.ask("bulk")
            alone[name].append({
                "rate": bulk["tokens_per_second"] / bulk["tokens_per_text"],
                "processor": bulk["tokens_per_text"] / bulk["tokens_per_processor_second"],
            })
    return results, alone


def load(server, tweets, connections, seconds, rate=None):
    """Loads a server and says what it bore and what that cost it."""
    command = [LOAD, "--json", "--address", server.address, "--texts", tweets]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    if rate:
        command += ["--rate", str(rate)]
    busy = server.processor_seconds()
    answer = json.loads(subprocess.check_output([str(part) for part in command]))
    busy = server.processor_seconds() - busy
    statuses = answer["statuses"]
    done = statuses.get("200", {"requests": 0, "p50_ms": float("nan"), "p99_ms": float("nan")})
    return {
        "rate": done["requests"] / answer["seconds"],
        "p50": done["p50_ms"],
        "p99": done["p99_ms"],
        "requests": sum(row["requests"] for row in statuses.values()),
        "errors": sum(row["requests"] for status, row in statuses.items() if status != "200"),
        "processor": busy / max(1, done["requests"]),
        "statuses": statuses,
        "seconds": answer["seconds"],
    }


def best(of):
    return max(of, key=lambda result: result["rate"])


def report(arguments, servers, results, alone):
    print(
        f"{arguments.connections} connections, {arguments.rounds} rounds of {arguments.seconds} s, "
        f"{os.cpu_count()} cores\n"
    )
    print("| best round | requests/s | p50 ms | p99 ms | errors | resident MB | processor ms a request |")
    print("|---|---|---|---|---|---|---|")
    for name, of in results.items():
        top = best(of)
        print(
            f"| {name} | {top['rate']:.0f} | {top['p50']:.1f} | {top['p99']:.1f} "
            f"| {sum(result['errors'] for result in of)} | {servers[name].resident_mb():.0f} "
            f"| {1e3 * top['processor']:.2f} |"
        )
    for name, of in alone.items():
        top = best(of)
        print(f"| {name} without HTTP | {top['rate']:.0f} | | | | | {1e3 * top['processor']:.2f} |")

    peer = max(PEERS, key=lambda name: statistics.median(result["rate"] for result in results[name]))
    print(f"\nAgainst the fastest peer ({peer}), medians over rounds\n")
    print("| | throughput | p50 | p99 | our p99 / its p50 | HTTP beyond inference |")
    print("|---|---|---|---|---|---|")
    for precision in PRECISIONS:
        ours = results[f"ours {precision}"]
        pairs = list(zip(ours, results[peer], strict=True))
        ratio = lambda mine, its: statistics.median(a[mine] / b[its] for a, b in pairs)
        overhead = statistics.median(
            a["processor"] / b["processor"] - 1 for a, b in zip(ours, alone[precision], strict=True)
        )
        print(
            f"| ours {precision} | × {ratio('rate', 'rate'):.2f} | × {ratio('p50', 'p50'):.2f} "
            f"| × {ratio('p99', 'p99'):.2f} | {ratio('p99', 'p50'):.2f} | {overhead:+.1%} |"
        )
        if precision == "int8":
            checked = [
                (f"throughput ≥ {THROUGHPUT} × the peer's", ratio("rate", "rate") >= THROUGHPUT),
                ("p99 ≤ the peer's p50", ratio("p99", "p50") <= 1),
                (f"HTTP under {OVERHEAD:.0%} beyond inference", overhead < OVERHEAD),
                ("no errors", not any(result["errors"] for result in ours)),
            ]
    print()
    targets(checked)


def overload(arguments, server, tweets, capacity):
    """Ten times what it can bear, and then what it can."""
    before = load(server, tweets, arguments.connections, arguments.seconds)
    # More connections than the queue has places, or none would ever be refused.
    flood = load(server, tweets, 2048, arguments.seconds, rate=10 * capacity)
    start = time.perf_counter()
    server.score("recovered")
    first = 1e3 * (time.perf_counter() - start)
    after = load(server, tweets, arguments.connections, arguments.seconds)
    offered = flood["requests"] / flood["seconds"]
    print(f"\nOverload: {10 * capacity:.0f} requests/s wanted, {offered:.0f} sent, 2048 connections\n")
    print("| status | requests | p50 ms | p99 ms |")
    print("|---|---|---|---|")
    for status, row in sorted(flood["statuses"].items()):
        print(f"| {status} | {row['requests']} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} |")
    print(f"\nThe first request afterwards took {first:.0f} ms; requests/s {before['rate']:.0f} before, "
          f"{flood['rate']:.0f} accepted meanwhile, {after['rate']:.0f} afterwards.\n")
    targets([
        ("only 200 and 429", set(flood["statuses"]) <= {"200", "429"}),
        ("p99 of the accepted within the deadline", flood["p99"] <= server.deadline_ms),
        ("recovers: 90 % of the throughput at once", after["rate"] >= 0.9 * before["rate"]),
    ])


def soak(arguments, server, tweets):
    """A long load; memory is read every second."""
    samples, stop = [], threading.Event()

    def watch():
        while not stop.wait(1):
            samples.append(server.resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result = load(server, tweets, arguments.connections, arguments.soak)
    finally:
        stop.set()
        watcher.join()
    quarter = max(1, len(samples) // 4)
    early, late = statistics.mean(samples[:quarter]), statistics.mean(samples[-quarter:])
    print(f"\nSoak: {result['requests']} requests in {result['seconds']:.0f} s, "
          f"{result['errors']} errors, p99 {result['p99']:.1f} ms; resident {early:.1f} MB in the first "
          f"quarter, {late:.1f} MB in the last, {max(samples):.1f} MB at most.\n")
    targets([
        ("no errors", result["errors"] == 0),
        ("memory flat: the last quarter within 2 % of the first", late <= 1.02 * early),
    ])


def targets(checked):
    for name, met in checked:
        print(f"- {'met' if met else 'MISSED'}: {name}")


class Server:
    """A server's process, with those that it started."""

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.deadline_ms = 10_000
        self.wait()

    def wait(self):
        probe = f"http://{self.address}/healthz"
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"{self.process.args[0]} ended with {self.process.returncode}")
            try:
                urllib.request.urlopen(probe, timeout=1).read()
                self.score("ready")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit(f"{self.address} did not come up")

    def score(self, text):
        body = json.dumps({"text": text}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{self.address}/v1/score", body, headers)
        return json.loads(urllib.request.urlopen(request, timeout=60).read())

    def processes(self):
        """The process and its children, which uvicorn's workers are."""
        family = [self.process.pid]
        for parent in family:
            with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as children:
                family += map(int, children.read().split())
        return family

    def processor_seconds(self):
        ticks = 0
        for process in self.processes():
            with open(f"/proc/{process}/stat", encoding="utf-8") as stat:
                fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def resident_mb(self):
        total = 0
        for process in self.processes():
            with open(f"/proc/{process}/status", encoding="utf-8") as status:
                resident = next((line for line in status if line.startswith("VmRSS:")), "VmRSS: 0")
            total += int(resident.split()[1])
        return total / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def our_server(checkpoint, tweets, precision, threads, scratch):
    command = [SERVE, "--checkpoint", checkpoint, "--tweets", tweets, "--port", "0"]
    command += ["--precision", precision, "--threads", str(threads), "--lame-duck-ms", "0"]
    # The log is on, as in production; it goes to a file.
    with open(scratch / f"{precision}.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=log, text=True, cwd=scratch
        )
    line = process.stdout.readline()
    if not line:
        log = (scratch / f"{precision}.log").read_text(encoding="utf-8").splitlines()
        raise SystemExit(log[-1] if log else "our server did not start")
    return Server(process, line.strip().rpartition("//")[2])


def peer_server(checkpoint, scratch, threads, many, inline):
    processes, threads = (threads, 1) if many else (1, threads)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = dict(
        os.environ,
        PEER_CHECKPOINT=str(checkpoint),
        PEER_ONNX=str(scratch / "int8.onnx"),
        PEER_THREADS=str(threads),
        PEER_INLINE="1" if inline else "",
    )
    command = [sys.executable, "-m", "uvicorn", "fastapi_peer:app", "--app-dir", ROOT / "benches"]
    command += ["--host", "127.0.0.1", "--port", port, "--workers", processes]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen([str(part) for part in command], env=environment)
    return Server(process, f"127.0.0.1:{port}")


if __name__ == "__main__":
    main()
