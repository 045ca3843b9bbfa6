"""Threads, forks, other processes."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from threat_indicator import Scorer

PATIENCE = 30
"""Seconds after which a process is held to hang."""


def score_in_a_fork(scorer, texts):
    """The scores that a forked child computes with its parent's scorer."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of the test runner may run in the child.
        try:
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(scorer.score(texts), pipe)
        finally:
            os._exit(0)
    os.close(writer)
    timer = threading.Timer(PATIENCE, os.kill, (child, signal.SIGKILL))
    timer.start()
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    timer.cancel()
    os.waitpid(child, 0)
    assert answer, "the child hung, or died"
    return pickle.loads(answer)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_forked_child_scores_with_its_parent_s_scorer(texts, threads):
    scorer = Scorer.load(threads=threads)
    expected = scorer.score(texts[:40])
    assert score_in_a_fork(scorer, texts[:40]) == expected
    # One that was opened and never used, and the parent afterwards.
    assert score_in_a_fork(Scorer.load(threads=threads), texts[:40]) == expected
    assert scorer.score(texts[:40]) == expected


def test_a_child_forked_while_other_threads_score_scores_as_well(texts):
    scorer = Scorer.load(threads=2)
    expected = scorer.score(texts[:50])
    stop = threading.Event()

    def work():
        while not stop.is_set():
            scorer.score(texts[:100])

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(3):
            assert score_in_a_fork(scorer, texts[:50]) == expected
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def test_a_fork_of_a_fork_scores(texts):
    scorer = Scorer.load(threads=2)
    expected = scorer.score(texts[:20])

    class Grandchild:
        def score(self, texts):
            return score_in_a_fork(scorer, texts)

    assert score_in_a_fork(Grandchild(), texts[:20]) == expected


def test_a_child_that_drops_its_parent_s_scorer_ends():
    program = (
        "import os\n"
        "from threat_indicator import Scorer\n"
        "scorer = Scorer.load(threads=2)\n"
        "scorer.score(['the bus was late again'] * 50)\n"
        "if os.fork() == 0:\n"
        "    del scorer\n"
        "    raise SystemExit(0)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=PATIENCE)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes_shares_a_scorer_by_its_path(scorer, texts, method):
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        pieces = [texts[:50], texts[50:100]]
        answers = list(pool.map(scorer.score, pieces, timeout=2 * PATIENCE))
    assert answers == [scorer.score(piece) for piece in pieces]


def test_pickling_sends_the_path_and_opens_anew(scorer, texts, tmp_path):
    pickled = pickle.dumps(scorer)
    assert len(pickled) < 500
    again = pickle.loads(pickled)
    assert again.score(texts[:10]) == scorer.score(texts[:10])
    folder = Path(scorer.model_info()["path"])
    (tmp_path / "model").symlink_to(folder)
    elsewhere = os.getcwd()
    os.chdir(tmp_path)
    try:
        relative = Scorer.load("model", precision="int8", threads=1, max_bytes=50)
    finally:
        os.chdir(elsewhere)
    again = pickle.loads(pickle.dumps(relative))
    assert again.model_info() == relative.model_info()
    assert again.model_info()["max_bytes"] == 50


def test_one_thread_starts_none(texts):
    program = (
        "import os\n"
        "from threat_indicator import Scorer\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "scorer = Scorer.load(threads=1)\n"
        "scorer.score(['the bus was late again', 'soup and bread'] * 100)\n"
        "scorer.score_one('the bus was late again')\n"
        "assert len(os.listdir('/proc/self/task')) == before\n"
    )
    if not os.path.isdir("/proc/self/task"):
        pytest.skip("this system has no /proc")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=PATIENCE)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_share_a_scorer(texts, threads):
    scorer = Scorer.load(threads=threads)
    pieces = [texts[at : at + 20] for at in range(0, 160, 20)]
    expected = [scorer.score(piece) for piece in pieces]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(scorer.score, pieces * 2)) == expected * 2


def test_other_python_threads_run_while_it_computes(texts):
    scorer = Scorer.load(threads=1)
    longest, stop = 0.0, threading.Event()

    def watch():
        nonlocal longest
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    scorer.score(texts[:200])
    took = time.perf_counter() - start
    stop.set()
    watcher.join()
    # Held throughout, the lock would stop the watcher for as long as the call takes.
    assert longest < took / 2
