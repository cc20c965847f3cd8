"""`python -m benchmarks.beside [10m]`: what rows that lie beside the trail's buckets cost a reader.

The same questions on the same log: with 50,000 newer rows beside the buckets, and once the
buckets have taken these in. *First* is the first question to a trail, *again* the next one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import sojourn
from benchmarks import machine
from benchmarks.places import place_of
from benchmarks.rows import as_table
from benchmarks.synthetic import ROBOT, ROBOT_SHARE
from sojourn.journey import Journey
from sojourn.store import build

ROWS, REPETITIONS, BAR = 50_000, 5, 1.35
HEAD = ("", "in the buckets s", "beside s", "times", "bar", "")
ASKED: dict[str, Callable[[Journey], Any]] = {
    "stages": Journey.stages,
    "flow": Journey.flow,
    "retention": Journey.retention,
}


def newer(folder: Path) -> pa.Table:
    """Touchpoints of people of the log, later than all of it."""
    trail, rng = sojourn.open(folder).trail(), np.random.default_rng(3)
    people = trail.shown_people().to_pylist()
    who = rng.integers(len(people), size=ROWS)
    busy = rng.random(ROWS) < ROBOT_SHARE
    names = np.array(["Page Viewed", "Product Viewed", "Email Opened", "Order Completed"])
    return pa.table({
        "user_id": [ROBOT if b else people[i] for b, i in zip(busy, who, strict=True)],
        "ts": pa.array(trail.recorded + np.arange(ROWS) * 1_000, pa.timestamp("us", tz="UTC")),
        "name": names[rng.integers(4, size=ROWS)],
    })  # fmt: skip


def seconds(folder: Path, ask: Callable[[Journey], Any]) -> tuple[float, float]:
    """The medians of the first and the second question to a trail opened anew."""
    took = []
    for _ in range(REPETITIONS):
        shop, times = sojourn.open(folder), [time.perf_counter()]
        for _ in range(2):
            ask(shop.journey("hourglass"))
            times.append(time.perf_counter())
        took.append(np.diff(times))
    first, again = np.median(took, axis=0)
    return float(first), float(again)


def main(words: list[str]) -> None:
    """Print the table."""
    place = place_of(words[0] if words else "10m")
    place.make()
    for line in machine.described(["python", "-m", "benchmarks.beside", *words]):
        print(line)
    with tempfile.TemporaryDirectory(dir=place.folder) as scratch:
        folder = Path(scratch) / "workspace"
        sojourn.open(folder).add(place.parquet)
        sojourn.open(folder).add(newer(folder))
        beside = {name: seconds(folder, ask) for name, ask in ASKED.items()}
        build.FOLD_SHARE = sys.maxsize
        while sojourn.open(folder).fold(8):
            pass
        inside = {name: seconds(folder, ask) for name, ask in ASKED.items()}
        shutil.rmtree(folder)
    rows = []
    for name in ASKED:
        for place_, when in enumerate(("first", "again")):
            one, other = inside[name][place_], beside[name][place_]
            told = "pass" if other <= BAR * one else "short"
            rows.append((f"{name}, {when}", f"{one:.2f}", f"{other:.2f}", f"{other / one:.2f}",
                         f"{BAR}", told))  # fmt: skip
    print(as_table(HEAD, rows))
    print(f"Load {machine.load()} at the end.")


if __name__ == "__main__":
    main(sys.argv[1:])
