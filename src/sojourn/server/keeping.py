"""Keeping what was received: one thread writes down all that waits in one synced commit."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from pathlib import Path

from sojourn.server.inbox import Inbox, Received


class Full(Exception):
    """So much waits to be written down that clients are asked to come back later."""


class Keeper:
    """Writes posts into the inbox; `keep` returns when a post is on the disk for good."""

    def __init__(self, root: Path, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._inbox = Inbox(root)
        self._waiting: deque[tuple[Received, asyncio.Future[None]]] = deque()
        self._bytes = 0
        self._stopping = False
        self._news = threading.Condition()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="inbox")
        self._thread.start()

    async def keep(self, post: Received) -> None:
        """Keep one post. Raises Full when too much waits, DatabaseFailed when it can't."""
        done: asyncio.Future[None] = self._loop.create_future()
        with self._news:
            if self._stopping or self._bytes + len(post.body) > self.most_bytes:
                raise Full
            self._bytes += len(post.body)
            self._waiting.append((post, done))
            self._news.notify()
        await done

    def stop(self) -> None:
        """Write down what waits, and end."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join()
        self._inbox.close()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._stopping)
                taken = [*self._waiting]
                self._waiting.clear()
                self._bytes = 0
            if not taken:
                return
            failure = self._put([post for post, _ in taken])
            self._loop.call_soon_threadsafe(_tell, [done for _, done in taken], failure)

    def _put(self, posts: list[Received]) -> Exception | None:
        try:
            self._inbox.put(posts)
        except Exception as error:
            return error
        return None


def _tell(waiting: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)
