"""Lets schemathesis try everything that /openapi.json says of the server.

    just contract [arguments of `st run`]
"""

import subprocess
import sys
from pathlib import Path

from server import running

SETTINGS = Path(__file__).with_name("schemathesis.toml")


def main():
    with running() as (address, scratch):
        fuzzer = [Path(sys.executable).with_name("st"), "--config-file", SETTINGS]
        fuzzer += ["run", f"{address}/openapi.json", *sys.argv[1:]]
        verdict = subprocess.run(fuzzer, cwd=scratch).returncode
    sys.exit(verdict)


if __name__ == "__main__":
    main()
