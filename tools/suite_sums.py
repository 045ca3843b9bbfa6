#!/usr/bin/env python3
"""Sums the functional suite of other languages, whose functions are named `ar_news_report` and so on, by language and by function.

    python3 tools/suite_sums.py REPORT.json

REPORT.json is what `eval --suite data/functional_suite_languages.csv --output FOLDER` wrote. Prints two tables in Markdown.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path


def cell(sums, expected):
    passed, cases = sums[expected]
    return f"{passed} of {cases}" if cases else ""


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    functions = json.loads(Path(sys.argv[1]).read_text())["suite"]["functions"]
    languages, kinds = (defaultdict(lambda: {0: [0, 0], 1: [0, 0]}) for _ in range(2))
    for function in functions:
        language, kind = function["function"].split("_", 1)
        for sums in (languages[language], kinds[kind.replace("_", " ")]):
            sums[function["expected"]][0] += function["passed"]
            sums[function["expected"]][1] += function["cases"]
    for title, table in (("language", languages), ("function", kinds)):
        print(f"| {title} | rightly left alone | rightly flagged |\n|---|---:|---:|")
        for name, sums in sorted(table.items()):
            print(f"| {name} | {cell(sums, 0)} | {cell(sums, 1)} |")
        print()


if __name__ == "__main__":
    main()
