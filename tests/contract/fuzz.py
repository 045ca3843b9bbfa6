"""Starts the server and lets schemathesis try everything that /openapi.json says of it.

    just contract [arguments of `st run`]

Verdicts and audit lines go to a folder that is thrown away.
"""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Path(__file__).with_name("schemathesis.toml")
SECONDS_TO_START = 60


def main():
    subprocess.run(["cargo", "build", "--quiet", "-p", "serve"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as scratch:
        command = [ROOT / "target" / "debug" / "serve", "--port", "0", "--log", "error"]
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
            fuzzer = [Path(sys.executable).with_name("st"), "--config-file", SETTINGS]
            fuzzer += ["run", f"{address}/openapi.json", *sys.argv[1:]]
            verdict = subprocess.run(fuzzer, cwd=scratch).returncode
            if server.poll() is not None:
                sys.exit("the server did not survive")
            sys.exit(verdict)
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


if __name__ == "__main__":
    main()
