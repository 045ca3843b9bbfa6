"""Twenty reviewers at once on a queue of 10,000 posts, the server killed twice while they work.

    cargo build -p serve && python3 tests/review/load.py --seconds 600

Then holds the queue to what the reviewers saw: every verdict that was acknowledged is in the file, none twice; no post
was before more reviewers at once than it was drawn for; every post was shown to somebody in the end. Prints how long
"the next post" and verdicts took. Only Python's own library is needed.
"""

import argparse
import collections
import hashlib
import http.client
import json
import random
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from review_queue import ReviewQueue

WORDS = "rain sun city train coffee garden music match bread river morning letter bridge winter apple story".split()


def main():
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        run(options, Path(folder))


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=600, help="how long they read before all hurry to the end")
    parser.add_argument("--think", type=float, default=0.5, help="mean time for a post, in seconds")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--order", choices=["score", "learn", "random"], default="score")
    parser.add_argument("--most-p99-ms", type=float, default=50)
    return parser.parse_args()


def run(options, folder):
    names = [f"reviewer-{number}" for number in range(options.reviewers)]
    keys = folder / "keys"
    keys.write_text("".join(f"{name}:{hashlib.sha256(name.encode()).hexdigest()}\n" for name in names))
    queue = folder / "queue.sqlite"
    with Desk(queue, "--api-keys", keys, "--review-order", options.order) as desk:
        begin = time.monotonic()
        load(desk, names[0], options.posts)
        print(f"{options.posts} posts scored and queued in {time.monotonic() - begin:.0f} s")
        read(desk, names, options)
        check(desk, queue, options)


class Desk(ReviewQueue):
    """The server, and what reviewers saw of it."""

    def __init__(self, file, *flags):
        super().__init__(file, *flags)
        self.lock = threading.Lock()
        self.hurry, self.failures = threading.Event(), []
        self.acknowledged, self.shown = {}, collections.Counter()
        self.before = collections.defaultdict(set)  # who has a post before them
        self.holds = {}
        self.next_ms, self.verdict_ms = [], []


def load(desk, key, posts):
    draw = random.Random(7)
    texts = [" ".join(draw.choice(WORDS) for _ in range(draw.randint(5, 25))) for _ in range(posts)]
    results = desk.add([{"id": str(n), "text": text} for n, text in enumerate(texts)], key)
    assert all("item" in result for result in results), results


def read(desk, names, options):
    threads = [threading.Thread(target=reviewer, args=(desk, name, options)) for name in names]
    for thread in threads:
        thread.start()
    for number in range(options.kills):
        time.sleep(options.seconds / (options.kills + 1))
        desk.kill()
        print(f"killed after {len(desk.acknowledged)} verdicts")
        desk.start()
    time.sleep(options.seconds / (options.kills + 1))
    print(f"{len(desk.acknowledged)} verdicts in {options.seconds:.0f} s; now all hurry to the end")
    report(desk)
    desk.hurry.set()
    for thread in threads:
        thread.join()


def report(desk):
    for name, times in [("next post", desk.next_ms), ("verdict", desk.verdict_ms)]:
        times = sorted(times)
        p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
        print(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {times[-1]:.1f} ms, of {len(times)}")
    desk.p99 = sorted(desk.next_ms)[int(len(desk.next_ms) * 0.99)]


def reviewer(desk, name, options):
    draw = random.Random(name)
    connection = None
    while True:
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)
            if not one_post(desk, name, draw, connection, options):
                return
        except (OSError, http.client.HTTPException):
            # The server is gone; it comes back.
            connection = None
            time.sleep(0.1)


def one_post(desk, name, draw, connection, options):
    begin = time.monotonic()
    status, reply = desk.ask("GET", "/v1/review/next", key=name, connection=connection)
    took = 1000 * (time.monotonic() - begin)
    reply = json.loads(reply)
    if status != 200:
        desk.failures.append(f"next: {reply}")
        return False
    if reply["item"] is None:
        # What is left is before others.
        if reply["progress"]["open"] == 0 or desk.hurry.is_set():
            return False
        time.sleep(0.2)
        return True
    item = reply["item"]["item"]
    with desk.lock:
        if not desk.hurry.is_set():
            desk.next_ms.append(took)
        desk.shown[item] += 1
        # Whose verdict was kept and not acknowledged has another post before him now.
        desk.before[desk.holds.get(name)].discard(name)
        desk.holds[name] = item
        desk.before[item].add(name)
        if len(desk.before[item]) > 2:
            desk.failures.append(f"post {item} is before {desk.before[item]}")
        together = len(desk.before[item])
        if together == 2:
            desk.shown[("two", item)] += 1
    if not desk.hurry.is_set():
        time.sleep(draw.expovariate(1 / options.think))
    verdict = "supports" if item % 10 == 0 else "not"
    if draw.random() < 0.05:
        verdict = draw.choice(["supports", "not", "unsure"])
    with desk.lock:
        # From here on the server may give it to a third.
        desk.before[item].discard(name)
    begin = time.monotonic()
    path = f"/v1/review/items/{item}/verdict"
    status, reply = desk.ask("POST", path, {"verdict": verdict}, name, connection)
    took = 1000 * (time.monotonic() - begin)
    if status != 200:
        desk.failures.append(f"verdict: {reply}")
        return False
    with desk.lock:
        if not desk.hurry.is_set():
            desk.verdict_ms.append(took)
        desk.acknowledged[item, name] = verdict
    return True


def check(desk, queue, options):
    connection = sqlite3.connect(f"file:{queue}?mode=ro", uri=True)
    kept = {(item, who): verdict for item, who, verdict in connection.execute("SELECT item, reviewer, verdict FROM verdicts")}
    drawn_for_two = {item for (item,) in connection.execute("SELECT number FROM items WHERE readers = 2")}
    lost = [key for key, verdict in desk.acknowledged.items() if kept.get(key) != verdict]
    readings = collections.Counter(item for item, _ in kept)
    too_often = [item for item, count in readings.items() if count > (3 if item in drawn_for_two else 1)]
    together = [item for kind, item in (key for key in desk.shown if isinstance(key, tuple)) if item not in drawn_for_two]
    (unread,) = connection.execute("SELECT COUNT(*) FROM items WHERE verdict IS NULL AND open > 0 AND NOT EXISTS "
                                   "(SELECT 1 FROM verdicts WHERE item = number)").fetchone()
    (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
    print(f"{len(desk.acknowledged)} verdicts acknowledged, {len(kept)} kept, {len(lost)} lost; "
          f"{len(too_often)} posts read too often, {len(together)} before two at once without being drawn for two, "
          f"{unread} shown to nobody; file {sound}")
    failures = desk.failures + ([f"lost: {lost[:5]}"] if lost else [])
    failures += [f"read too often: {too_often[:5]}"] if too_often else []
    failures += [f"at once: {together[:5]}"] if together else []
    failures += [f"{unread} posts shown to nobody"] if unread else []
    failures += [] if sound == "ok" else [f"the file: {sound}"]
    if desk.p99 > options.most_p99_ms:
        failures.append(f"p99 of the next post is {desk.p99:.1f} ms, above {options.most_p99_ms:.0f} ms")
    if failures:
        sys.exit("\n".join(failures[:20]))


if __name__ == "__main__":
    main()
