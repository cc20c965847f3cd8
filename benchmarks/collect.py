"""`python -m benchmarks.collect [1m]`: how much the server takes in, and how soon a move is told.

Everything runs on this machine, the client too, so the server has what the client leaves. *Floor*
is the same server that reads and checks each post and keeps none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import machine
from benchmarks.places import place_of
from benchmarks.rows import as_table
from benchmarks.traffic import Traffic
from sojourn.server.collector import Collector
from sojourn.server.config import WORKSPACE, load
from sojourn.server.feed.table import there
from sojourn.server.inbox import Inbox
from sojourn.server.lifeline import die_with_parent
from sojourn.store.database import FEED, Database, opened
from sojourn.workspace import Workspace

SERVE = "from sojourn.cli.main import main; main()"
PEOPLE = 20_000
HALF_HEAD = ("", "touchpoints/s", "p50 ms", "p99 ms")
HEAD = ("", "connections", "touchpoints/s", "p50 ms", "p99 ms", "floor/s", "of the floor")
MINUTE = 60
ASKED_HEAD = ("asked every s", "answers", "stages p50 s", "p95 s", "behind p50 s", "p95 s")
FEED_HEAD = ("log", "touchpoints/s", "seconds", "to the feed p50 s", "p95 s", "max lag s")


class Answered(NamedTuple):
    """When an answer was asked for and came, and how many people it counts."""

    began: float
    came: float
    people: int


class NoSink:
    """Keeps nothing, at once."""

    async def keep(self, _: object) -> None:
        """Forget a post."""

    def stop(self) -> None:
        """There is nothing to write down."""


class Floor(Collector):
    """The collector without its inbox."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan" and not isinstance(self.keeper, NoSink):
            self.keeper.stop()
            self.keeper = NoSink()  # type: ignore[assignment]
        await super().__call__(scope, receive, send)


def floor() -> Floor:
    """What granian runs for the floor."""
    die_with_parent()
    root = Path(os.environ[WORKSPACE])
    return Floor(root, load(root, os.environ))


@contextmanager
def running(folder: Path, words: list[str], port: int) -> Iterator[int]:
    """A server on the workspace, until the block ends; its process."""
    env = {**os.environ, WORKSPACE: str(folder), "SOJOURN_FOLLOW": "*", "SOJOURN_PORT": str(port)}
    with (folder.parent / "serve.log").open("w") as out:
        process = subprocess.Popen([sys.executable, *words], env=env, stdout=out, stderr=out)  # noqa: S603
        try:
            wait_for(lambda: listens(port), 120)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(600)


def listens(port: int) -> bool:
    """Whether the server answers."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
    except (OSError, urllib.error.URLError):
        return False
    return True


def lag_of(port: int) -> float:
    """How old the oldest post is that is not in the log, in seconds."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as told:
            return float(json.load(told)["lag_seconds"])
    except urllib.error.HTTPError as not_ready:
        return float(json.load(not_ready).get("lag_seconds", 0.0))


def ready(port: int) -> bool:
    """Whether the worker has begun."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz")
    except (OSError, urllib.error.URLError):
        return False
    return True


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory(pid: int) -> float:
    """What a process and its children hold, in MiB."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20 + sum(memory(int(child)) for child in children)


class Feed:
    """Looks at the feed from outside: when was who first told?"""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def quiet(self) -> bool:
        """Whether the feed is as far as the log was when the server started."""
        if not there(self.folder):
            return False
        with self.opened() as tables:
            return bool(tables.execute("select min(whole) from runs where followed = 1").rows[0][0])

    def opened(self) -> closing[Database]:
        """The feed's tables."""
        return closing(opened(self.folder, FEED))


@dataclass
class Asker:
    """Asks the server how many people there are in which stage, again and again."""

    port: int
    key: str
    every: float
    answers: list[Answered] = field(default_factory=list)

    def ask(self) -> None:
        """Ask once, and note when that was answered and how many people were counted."""
        url = f"http://127.0.0.1:{self.port}/api/measures/stages"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.key}"})
        began = time.time()
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            people = json.load(answer)["notes"]["people"]
        self.answers.append(Answered(began, time.time(), people))

    async def go_on(self, stop: asyncio.Event) -> None:
        """Ask until it is time to stop."""
        while not stop.is_set():
            due = time.time() + self.every
            await asyncio.to_thread(self.ask)
            await asyncio.sleep(max(0.0, due - time.time()))

    def told(self, acknowledged: list[tuple[str, float]]) -> tuple[str, ...]:
        """What the answers took, and how long the newcomers that each lacks had waited then."""
        first, *rest = self.answers
        took, behind = [a.came - a.began for a in rest], list[float]()
        for answered in rest:
            missing = acknowledged[answered.people - first.people :][:1]
            behind += [max(0.0, answered.came - when) for _, when in missing]
        figures = [f"{n:.2f}" for each in (took, behind) for n in np.percentile(each, [50, 95])]
        return (f"{self.every:g}", str(len(rest)), *figures)


async def watched(tables: Database, stop: asyncio.Event) -> list[tuple[float, int]]:
    """The newest position, looked at every few milliseconds: since when it was which."""
    seen = [(time.time(), 0)]
    last_look = False
    while not last_look:
        last_look = stop.is_set()
        [[last]] = tables.execute("select coalesce(max(position), 0) from feed").rows
        if last != seen[-1][1]:
            seen.append((time.time(), last))
        await asyncio.sleep(0.02)
    return seen


def floods(folder: Path, people: list[str], seconds: float) -> list[tuple[str, ...]]:
    """Batches and single posts over one connection and 64, beside the floor."""
    key, port = new_key(folder), free_port()
    cases = [(100, 1), (100, 64), (1, 1), (1, 64)]
    granian = ["-m", "granian", "--interface", "asgi", "--factory", "--port", str(port),
               "--no-access-log", "--log-level", "warning", "benchmarks.collect:floor"]  # fmt: skip

    def measure() -> list[tuple[float, list[float]]]:
        return [
            asyncio.run(Traffic(port, key, size, people).flood(lines, seconds))
            for size, lines in cases
        ]

    with running(folder, granian, port):
        least = measure()
    with running(folder, ["-c", SERVE, "-w", str(folder), "serve", "--port", str(port)], port):
        found = measure()
    rows = []
    for (size, lines), (rate, took), (most, _) in zip(cases, found, least, strict=True):
        ms = np.percentile(took, [50, 99]) * 1000
        rows.append((f"posts of {size}", str(lines), f"{rate:,.0f}", f"{ms[0]:.1f}", f"{ms[1]:.1f}",
                     f"{most:,.0f}", f"{rate / most:.2f}"))  # fmt: skip
    return rows


def half_loads(folder: Path, people: list[str], seconds: float) -> list[tuple[str, ...]]:
    """How long a post takes at half of the load that must be borne."""
    key, port, rows = new_key(folder), free_port(), []
    with running(folder, ["-c", SERVE, "-w", str(folder), "serve", "--port", str(port)], port):
        wait_for(lambda: ready(port), 600)
        for size, a_second in ((100, 7_500), (1, 750)):
            traffic = Traffic(port, key, size, people)
            took = asyncio.run(traffic.paced(a_second, 16, seconds))
            ms = np.percentile(took, [50, 99]) * 1000
            rate = len(took) * size / seconds
            rows.append((f"posts of {size}", f"{rate:,.0f}", f"{ms[0]:.1f}", f"{ms[1]:.1f}"))
    return rows


def latency(
    folder: Path, size: str, people: list[str], a_second: int, seconds: float, asking: float = 0
) -> list[str]:
    """Tables: from acknowledgement to the feed, while touchpoints come in at a steady rate; with
    `asking` to `stages`, too, asked every so many seconds; and the memory minute by minute."""
    key, port = new_key(folder), free_port()
    serve = ["-c", SERVE, "-w", str(folder), "serve", "--port", str(port)]
    with running(folder, serve, port) as pid:
        feed = Feed(folder)
        wait_for(lambda: feed.quiet() and ready(port), 1_800)
        asker = Asker(port, read_key(folder) if asking else "", asking)
        steady = _steady(feed, asker, pid, key, people, a_second, seconds)
        acknowledged, seen, lag, held = asyncio.run(steady)
    with feed.opened() as tables:
        took = told_after(tables, acknowledged, seen)
    p50, p95 = np.percentile(took, [50, 95])
    row = (size, f"{a_second:,}", f"{seconds:.0f}", f"{p50:.2f}", f"{p95:.2f}", f"{lag:.1f}")
    told = [as_table(FEED_HEAD, [row])]
    if asking:
        told.append(as_table(ASKED_HEAD, [asker.told(acknowledged)]))
    return [*told, f"MiB, minute by minute: {', '.join(f'{each:,.0f}' for each in held)}"]


async def _steady(
    feed: Feed, asker: Asker, pid: int, key: str, people: list[str], a_second: int, seconds: float
) -> tuple[list[tuple[str, float]], list[tuple[float, int]], float, list[float]]:
    stop, lags, held = asyncio.Event(), [0.0], [memory(pid)]

    async def look() -> None:
        began = time.monotonic()
        while not stop.is_set():
            lags.append(await asyncio.to_thread(lag_of, asker.port))
            if time.monotonic() - began > MINUTE * len(held):
                held.append(memory(pid))
            await asyncio.sleep(1)

    if asker.every:
        asker.ask()
    with feed.opened() as tables:
        beside = [watched(tables, stop), look(), *([asker.go_on(stop)] if asker.every else [])]
        watching, *others = [asyncio.ensure_future(each) for each in beside]
        acknowledged = await Traffic(asker.port, key, 100, people).steady(a_second, seconds)
        until = time.monotonic() + 60
        query = "select 1 from feed where shown = ?"
        while not tables.execute(query, (acknowledged[-1][0],)).rows:
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
        stop.set()
        await asyncio.gather(*others)
        return acknowledged, await watching, max(lags), [*held, memory(pid)]


def told_after(
    tables: Database, acknowledged: list[tuple[str, float]], seen: list[tuple[float, int]]
) -> list[float]:
    """How many seconds after its acknowledgement each newcomer's first row could be read."""
    query = "select shown, min(position) from feed where shown like ? group by shown"
    places = dict(tables.execute(query, ("new-%",)).rows)
    moments, upto = np.array([at for at, _ in seen]), np.array([last for _, last in seen])
    missing = [name for name, _ in acknowledged if name not in places]
    if missing:
        print(
            f"{len(missing)} of {len(acknowledged)} were not told within a minute", file=sys.stderr
        )
    found = [(places[name], when) for name, when in acknowledged if name in places]
    return [float(moments[np.searchsorted(upto, place)] - when) for place, when in found]


def new_key(folder: Path) -> str:
    """A write key for this run."""
    inbox = Inbox(folder)
    key = inbox.add_key(f"bench-{time.time_ns()}")
    inbox.close()
    return key


def read_key(folder: Path) -> str:
    """A key of the API for this run."""
    words = [sys.executable, "-c", SERVE, "-w", str(folder), "apikeys", "add", str(time.time_ns())]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[-1]  # noqa: S603


def main(words: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m benchmarks.collect", description=__doc__)
    parser.add_argument("size", nargs="?", default="1m", help="rows of the log, like 1m or 10m")
    parser.add_argument("--seconds", type=float, default=10, help="how long each flood goes on")
    parser.add_argument("--minutes", type=float, default=10, help="how long the steady rate is")
    parser.add_argument("--rate", type=int, default=1_000, help="touchpoints a second")
    parser.add_argument("--asking", type=float, default=0, metavar="SECONDS",
                        help="ask for stages every so many seconds meanwhile")  # fmt: skip
    parser.add_argument("--only", choices=("feed", "half", "floods"), help="one of the tables")
    asked = parser.parse_args(words)
    for line in machine.described(["python", "-m", "benchmarks.collect", *words]):
        print(line)
    place = place_of(asked.size)
    place.make()
    with tempfile.TemporaryDirectory(dir=place.folder) as scratch:
        folder = Path(scratch) / "workspace"
        workspace = Workspace(folder)
        workspace.add(place.parquet)
        workspace.configure(clock="live")
        people = workspace.trail().shown_people()[:PEOPLE].to_pylist()
        print(f"Load {machine.load()} at the start.")
        if asked.only in (None, "feed"):
            told = (asked.rate, asked.minutes * 60, asked.asking)
            print("\n".join(latency(folder, asked.size, people, *told)), flush=True)
        if asked.only in (None, "half"):
            print(as_table(HALF_HEAD, half_loads(folder, people, asked.seconds)), flush=True)
        if asked.only in (None, "floods"):
            print(as_table(HEAD, floods(folder, people, asked.seconds)))
        print(f"Load {machine.load()} at the end.")


if __name__ == "__main__":
    main(sys.argv[1:])
