"""Posts as Segment's clients send them, as fast as they are taken or at a steady rate."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.synthetic import ROBOT, ROBOT_SHARE


@dataclass
class Traffic:
    """Posts of so many touchpoints over so many connections, as fast as they are taken."""

    port: int
    key: str
    size: int
    people: list[str]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    count: int = 0

    def post(self, probe: str | None = None) -> bytes:
        """One HTTP request."""
        calls = [self._call() for _ in range(self.size)]
        if probe is not None:
            calls[-1] |= {"userId": probe, "event": "Page Viewed"}
        if self.size == 1:
            route, body = "track", {"writeKey": self.key, **calls[0]}
        else:
            route, body = "batch", {"writeKey": self.key, "batch": calls}
        raw = json.dumps(body).encode()
        head = f"POST /v1/{route} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(raw)}\r\n\r\n"
        return head.encode() + raw

    def _call(self) -> dict[str, Any]:
        self.count += 1
        busy = self.rng.random() < ROBOT_SHARE
        user = ROBOT if busy else self.people[int(self.rng.integers(len(self.people)))]
        name = ("Product Viewed", "Page Viewed", "Order Completed", "Email Opened")[self.count % 4]
        return {"type": "track", "event": name, "userId": user,
                "messageId": f"{os.getpid()}-{time.time_ns()}-{self.count}",
                "properties": {"price": 12.5, "category": "shoes"}}  # fmt: skip

    async def flood(self, connections: int, seconds: float) -> tuple[float, list[float]]:
        """Touchpoints a second, and how long each post took."""
        took, until = list[float](), time.perf_counter() + seconds
        ready = [self.post() for _ in range(64)]

        async def one() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            number = 0
            while time.perf_counter() < until:
                started = time.perf_counter()
                await ask(reader, writer, ready[number % len(ready)])
                took.append(time.perf_counter() - started)
                number += 1
            writer.close()

        began = time.perf_counter()
        await asyncio.gather(*[one() for _ in range(connections)])
        return len(took) * self.size / (time.perf_counter() - began), took

    async def paced(self, a_second: int, lines: int, seconds: float) -> list[float]:
        """How long each post took, at so many touchpoints a second over some connections."""
        took, gap = list[float](), lines * self.size / a_second
        began = time.perf_counter()

        async def one(number: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            due = began + gap * number / lines
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                started = time.perf_counter()
                await ask(reader, writer, self.post())
                took.append(time.perf_counter() - started)
                due += gap
            writer.close()

        await asyncio.gather(*[one(number) for number in range(lines)])
        return took

    async def steady(self, a_second: int, seconds: float) -> list[tuple[str, float]]:
        """So many touchpoints a second, one newcomer a post; who was acknowledged when."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        told, began, gap = list[tuple[str, float]](), time.perf_counter(), self.size / a_second
        while (due := began + len(told) * gap) < began + seconds:
            probe = f"new-{os.getpid()}-{len(told)}"
            request = self.post(probe)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await ask(reader, writer, request)
            told.append((probe, time.time()))
        writer.close()
        return told


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """Send one request and read the answer; anything but 200 ends the benchmark."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(size)
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(head.decode())
