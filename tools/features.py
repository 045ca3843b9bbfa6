#!/usr/bin/env python3
"""Checks that every program uses each library with the features that the whole workspace uses.

    python3 tools/features.py

Otherwise `cargo run -p score` would compile again what `cargo test` has built, and what hangs on it. Where they
differ, add the feature to crates/workspace-hack.
"""

import subprocess
import sys
from collections import defaultdict

PROGRAMS = ("train", "eval", "score", "serve")


def libraries(*selection):
    """The feature sets of each library; several where build scripts use it differently."""
    command = ["cargo", "tree", "--locked", *selection, "--prefix", "none", "--no-dedupe", "-f", "{p}|{f}"]
    found = defaultdict(set)
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, features = line.replace(" (*)", "").partition("|")
        if "(/" not in name:  # a crate of our own
            found[name.replace(" (proc-macro)", "")].add(frozenset(filter(None, features.split(","))))
    return found


def main():
    everything = libraries("--workspace", "-e", "normal,build,dev")
    wrong = 0
    for program in PROGRAMS:
        for name, sets in sorted(libraries("-p", program, "-e", "normal,build").items()):
            if not sets <= everything[name]:
                wrong += 1
                lacking = min((whole - part for part in sets for whole in everything[name]), key=len)
                lacking = set.union(*(set(whole) for whole in everything[name])) - set.union(*map(set, sets)) or lacking
                print(f"{program}: {name} lacks {', '.join(sorted(lacking))}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
