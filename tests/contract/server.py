"""The server, built and running, for as long as somebody asks it."""

import contextlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60


@contextlib.contextmanager
def running(*flags):
    """Gives its address and a folder that is thrown away, where verdicts and audit lines go."""
    subprocess.run(["cargo", "build", "--quiet", "-p", "serve"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [ROOT / "target" / "debug" / "threat-serve", "--port", "0", "--log", "error", *flags]
        command += ["--feedback-db", f"{scratch}/verdicts.sqlite"]
        command += ["--audit-log", f"{scratch}/audit.jsonl"]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            # "listening on http://…"; nothing if it could not start.
            line = server.stdout.readline()
            if not line:
                sys.exit(f"the server ended with status {server.wait()}")
            address = line.strip().rpartition(" ")[2]
            wait_until_ready(server, address)
            yield address, scratch
            if server.poll() is not None:
                sys.exit("the server did not survive")
        finally:
            server.terminate()
            server.wait()


def wait_until_ready(server, address):
    for _ in range(SECONDS_TO_START * 10):
        if server.poll() is not None:
            sys.exit(f"the server ended with status {server.returncode}")
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=1)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"the server is not ready after {SECONDS_TO_START} seconds")
