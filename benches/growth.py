#!/usr/bin/env python3
"""Draws how our scorer's speed grows with threads, posts of a call and tokens of a post.

    python3 benches/growth.py CHECKPOINT PLOT.svg      # as `just bench` does

Prints the figures as a table, too. `bench growth` (crates/scorer/examples/bench.rs) measures them, in 8 bits.
"""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent / "target" / "debug" / "examples" / "bench"
TWEET = 25  # tokens, where posts grow in number
THREADS = (1, 2)
COLOURS = {1: "#b45309", 2: "#1d4ed8"}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 340, 230, 70, 40, 45, 60


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    checkpoint, plot = sys.argv[1:]
    measured = subprocess.run([BENCH, "growth", checkpoint], check=True, stdout=subprocess.PIPE, text=True)
    rows = [json.loads(line) for line in measured.stdout.splitlines()]
    by_posts = [row for row in rows if row["tokens"] == TWEET]
    by_tokens = [row for row in rows if row["tokens"] != TWEET]
    for title, key, chosen in (
        (f"posts a call, of {TWEET} tokens", "posts", by_posts),
        ("tokens a post, 1,000 posts a call", "tokens", by_tokens),
    ):
        print(f"| {title} | tokens/s, 1 thread | 2 threads | × |\n|---:|---:|---:|---:|")
        for value in sorted({row[key] for row in chosen}):
            one, two = (rate(chosen, key, value, threads) for threads in THREADS)
            print(f"| {value:,} | {one:,.0f} | {two:,.0f} | {two / one:.2f} |")
        print()
    Path(plot).write_text(drawn(by_posts, by_tokens), encoding="utf-8")


def rate(rows, key, value, threads):
    return next(
        row["tokens_per_second"] for row in rows if row[key] == value and row["threads"] == threads
    )


def drawn(by_posts, by_tokens):
    most = max(row["tokens_per_second"] for row in by_posts + by_tokens)
    step = 20_000
    top = (int(most / step) + 1) * step
    total = 2 * (LEFT + WIDTH) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {TOP + HEIGHT + BOTTOM}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{total}" height="{TOP + HEIGHT + BOTTOM}" fill="#fff"/>',
        panel(LEFT, by_posts, "posts", f"posts a call ({TWEET} tokens each)", top, step),
        panel(2 * LEFT + WIDTH, by_tokens, "tokens", "tokens a post (1,000 posts a call)", top, step),
        "</svg>\n",
    ]
    return "\n".join(parts)


def panel(left, rows, key, title, top, step):
    values = sorted({row[key] for row in rows})
    across = lambda at: left + WIDTH * at / (len(values) - 1)
    up = lambda rate: TOP + HEIGHT * (1 - rate / top)
    parts = []
    for line in range(0, top + 1, step):
        parts.append(f'<path d="M{left} {up(line):.1f}h{WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{up(line) + 4:.1f}" text-anchor="end">{line:,}</text>')
    for at, value in enumerate(values):
        parts.append(
            f'<text x="{across(at):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{value:,}</text>'
        )
    middle = left + WIDTH / 2
    parts.append(f'<text x="{middle}" y="{TOP + HEIGHT + 38}" text-anchor="middle">{title}</text>')
    for threads in THREADS:
        rates = [rate(rows, key, value, threads) for value in values]
        points = " ".join(f"{across(at):.1f},{up(it):.1f}" for at, it in enumerate(rates))
        colour = COLOURS[threads]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        name = f"{threads} thread{'s' * (threads > 1)}"
        parts.append(
            f'<text x="{left + WIDTH}" y="{up(max(rates[-2:])) - 8:.1f}" text-anchor="end" fill="{colour}">{name}</text>'
        )
    parts.append(f'<text x="{left}" y="{TOP - 14}">tokens per second</text>')
    return "\n".join(parts)


if __name__ == "__main__":
    main()
