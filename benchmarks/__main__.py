"""`python -m benchmarks 1m 10m [100m] [--only NAME]`: measure, and print a table a size."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from benchmarks import machine
from benchmarks.places import Place, place_of
from benchmarks.rows import HEAD, PEER_HEAD, as_table
from benchmarks.suite import Suite

ONE_REPETITION = 100_000_000
"""From so many rows on everything is run once."""


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="+", metavar="SIZE", help="rows, like 1m, 10m or 100m")
    parser.add_argument("--only", default="", metavar="NAME", help="rows whose name holds this")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    parser.add_argument("--peers-10m", action="store_true", help="peers above 1m, too: minutes")
    parser.add_argument("--repetitions", type=int, help="3; 1 for 100m")
    return parser.parse_args(words)


def has_peers(place: Place, asked: argparse.Namespace) -> bool:
    """Whether the peers are run on this size."""
    small = place.rows <= 1_000_000
    return not asked.no_peers and (small or (asked.peers_10m and place.rows <= 10_000_000))


def tables(size: str, asked: argparse.Namespace) -> Iterator[str]:
    """The tables of one size, each as soon as it is measured."""
    place, before = place_of(size), machine.load()
    repetitions = asked.repetitions or (1 if place.rows >= ONE_REPETITION else 3)
    begin = time.perf_counter()
    place.make()
    made = time.perf_counter() - begin
    suite = Suite(place, size, repetitions, asked.only, lambda line: print(line, file=sys.stderr))
    rows = list(suite.rows())
    peers = list(suite.peer_rows(rows)) if has_peers(place, asked) else []
    yield f"## {place.rows:,} touchpoints"
    yield (
        f"Load {before} at the start and {machine.load()} at the end; medians of {repetitions}; "
        f"the log was made in {made:.0f} s."
    )
    yield as_table(HEAD, [row.cells for row in rows])
    if peers:
        yield as_table(PEER_HEAD, [row.cells for row in peers])


def main(words: Sequence[str]) -> None:
    """Print the tables."""
    asked = arguments(words)
    for line in machine.described(["python", "-m", "benchmarks", *words]):
        print(line)
    for size in asked.sizes:
        for table in tables(size, asked):
            print(f"\n{table}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
