"""The worker: brings what waits in the inbox into the log, in order and once.

It takes posts apart, writes their messages into a spool file and imports that with the `segment`
preset; then it lets go of the posts. Killed anywhere it does the same again from the same spool:
touchpoints that are in the log already are known by their ids, and nothing is counted twice.
"""

from __future__ import annotations

import gc
import logging
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from sojourn.core.calls import Refused
from sojourn.errors import DatabaseFailed, ImportFailed, RecipeError, SojournError, WorkspaceBusy
from sojourn.server import config as configuration
from sojourn.server.apart import Apart, taken_apart
from sojourn.server.feed.following import Following
from sojourn.server.inbox import Inbox, taken
from sojourn.store.held import Held
from sojourn.store.importers import ImportOptions
from sojourn.store.importers.withheld import texts_in
from sojourn.store.log import ImportRecord
from sojourn.store.recipes.choosing import How
from sojourn.store.recipes.replaying import LIVE, SEGMENT
from sojourn.store.suppressed import suppressed
from sojourn.workspace import Workspace

SPOOL = "spool"
MOST_BYTES = 16_000_000
"""So much of the inbox is brought into the log at once."""

LOOK = 0.1
SLOWEST = 30.0
DAY = 86_400.0
TIDY = 3.0
"""Seconds between two times that a bucket of the trail takes in what lies beside it."""

MACHINE = (duckdb.IOException, duckdb.OutOfMemoryException)

MOST_AGREED = 200_000
"""Of so many people it is remembered what they agreed to."""

log = logging.getLogger("sojourn.worker")


class Worker:
    """Brings one workspace's inbox into its log."""

    def __init__(self, root: Path, config: configuration.Config) -> None:
        self.workspace = Workspace(root)
        self.workspace.remember(Held())
        self.config = config
        self.inbox = Inbox(root)
        self.spool = self.inbox.folder / SPOOL
        self.spool.mkdir(exist_ok=True)
        self.watched = Inbox(root)
        self.following = Following(self.workspace, config.follow, self.watched.alive)
        self.stopping = False
        self._bringing: int | None = None
        self._next_look = 0.0
        self._next_retain = 0.0
        self._next_tidy = 0.0
        self._agreed: dict[tuple[str, Any], dict[str, bool]] = {}
        self._problem = ""
        self._news = threading.Event()
        self._ended = threading.Event()
        self._failed: BaseException | None = None

    def stop(self, *_: int | FrameType | None) -> None:
        """End when the inbox is empty."""
        self.stopping = True

    def close(self) -> None:
        """Let go of the files."""
        self.inbox.close()
        self.watched.close()
        self.following.close()

    def run(self) -> None:
        """Work until it is told to stop and nothing waits.

        While the next posts are brought in, another thread tells what the last ones changed.
        """
        self._prepare()
        teller = threading.Thread(target=self._keep_telling, name="feed")
        teller.start()
        try:
            self._keep_working()
        finally:
            self._ended.set()
            self._news.set()
            teller.join()
        self._raise()

    def _prepare(self) -> None:
        """Read what is remembered, of which the garbage collector then need not think again."""
        try:
            self.workspace.prepare()
        except (SojournError, OSError, duckdb.Error) as error:
            log.warning("not prepared: %s", error)
        gc.collect()
        gc.freeze()

    def _keep_working(self) -> None:
        pause = self.config.pause
        while True:
            started = time.monotonic()
            try:
                took = self.round()
                self.retain()
                self._raise()
                self.inbox.alive(self._problem)
                self.tidy()
                pause = self.config.pause
            except (SojournError, OSError, duckdb.Error) as error:
                took = 0
                log.warning("waiting: %s", error)
                with suppress(DatabaseFailed):
                    self.inbox.alive(str(error))
                pause = min(SLOWEST, pause * 2)
                if self.stopping and not isinstance(error, WorkspaceBusy):
                    return
                time.sleep(min(pause, 1.0) if self.stopping else pause)
                continue
            if self.stopping and not took:
                return
            self._rest(LOOK if not took else max(LOOK, pause - (time.monotonic() - started)))

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _keep_telling(self) -> None:
        """Tell what there is to tell until the work has ended, and once more."""
        try:
            while not self._ended.is_set():
                self.tell()
                self._news.wait(LOOK)
                self._news.clear()
            self.tell()
        except BaseException as error:
            self._failed = error
            raise

    def tell(self) -> str:
        """Bring the feed of moves up to the log and the clock; what held it up, or nothing."""
        if time.monotonic() < self._next_look:
            return self._problem
        self._next_look = math.inf
        problem = ""
        try:
            waiting = (self._bringing, self.watched.waiting().since)
            self.following.look(min((at for at in waiting if at is not None), default=None))
        except (SojournError, OSError, pa.ArrowException) as error:
            problem = f"the feed waits: {error}"
            log.warning(problem)
        self._problem = problem
        after = time.monotonic() + (SLOWEST if problem else self.config.pause)
        self._next_look = min(self._next_look, after)
        return problem

    def tidy(self) -> None:
        """Put in order what many pieces leave behind, every few seconds."""
        if time.monotonic() > self._next_tidy:
            self.workspace.tidy()
            self._next_tidy = time.monotonic() + TIDY

    def retain(self) -> None:
        """Let go of what is older than its period, once a day."""
        if time.monotonic() < self._next_retain:
            return
        self._next_retain = time.monotonic() + DAY
        if self.workspace.exists and self.workspace.settings.retention:
            gone = self.workspace.retain(dry_run=False)
            log.info("older than their periods: %s", dict(zip(
                gone.column("kind"), gone.column("goes"), strict=True)))  # fmt: skip

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(min(LOOK, seconds))

    def round(self) -> int:
        """Bring the oldest posts into the log; how many they were."""
        if not self.inbox.mine():
            raise taken(self.workspace.folder)
        posts = self.inbox.first(MOST_BYTES, self._left_off())
        if not posts:
            self._clear()
            posts = self.inbox.first(MOST_BYTES)
        if not posts:
            self._catch_up()
            return 0
        name = f"{posts[0].position}-{posts[-1].position}"
        (self.spool / f"{name}.begun").touch()
        self._bringing = min(post.received_at for post in posts)
        apart = taken_apart(posts, self.config.call_bytes, self._agreed)
        for source, messages in sorted(apart.messages.items()):
            self._bring_in(f"{LIVE}{source}-{name}", source, messages, apart)
        gone = suppressed(self.workspace.folder)
        for source, refused in sorted(apart.refused.items()):
            rows = [row for row in refused if not gone or not gone.among(texts_in(row))]
            record = ImportRecord(f"{LIVE}{source}-{name}", source, source, datetime.now(UTC))
            if rows:
                self.workspace.rejected.refuse(rows, record)
        self.inbox.forget(posts[-1].position)
        self._remember(apart)
        self._clear()
        if apart.messages and self.workspace.log.exists():
            self.workspace.refresh()
        self._is_in()
        return len(posts)

    def _catch_up(self) -> None:
        """Bring the trail up to the log where that failed after a piece had come in."""
        if self._bringing is not None:
            if self.workspace.log.exists():
                self.workspace.refresh()
            self._is_in()

    def _is_in(self) -> None:
        """Everything taken from the inbox is in the trail: there may be something to tell."""
        self._bringing = None
        self._next_look = 0.0
        self._news.set()

    def _remember(self, apart: Apart) -> None:
        """What was said of consent is in the traits now, and need not be said again."""
        if len(self._agreed) > MOST_AGREED:
            self._agreed.clear()
        self._agreed |= apart.agreed.items()

    def _left_off(self) -> int | None:
        """The last position of what was begun and not ended, which is done again as it was."""
        begun = [int(path.stem.partition("-")[2]) for path in self.spool.glob("*.begun")]
        return max(begun, default=None)

    def _clear(self) -> None:
        for path in self.spool.iterdir():
            path.unlink()

    def _bring_in(self, name: str, source: str, messages: Sequence[bytes], apart: Apart) -> None:
        """Import messages; those that no import takes are refused, and hold up nobody else."""
        path = self.spool / f"{name}.jsonl"
        path.write_bytes(b"".join(message + b"\n" for message in messages))
        now = self.workspace.settings
        options = ImportOptions(source=source, tz=now.zone, actors=now.names, blocked=now.blocked)
        try:
            self.workspace.add_with(path, options, how=How(preset=SEGMENT), refresh=False)
        except (ImportFailed, RecipeError, duckdb.Error, pa.ArrowException) as error:
            if of_the_machine(error):
                raise
            if len(messages) == 1:
                reason = f"this could not be read: {error}"[:300]
                apart.refuse(source, Refused(reason), messages[0], datetime.now(UTC))
                return
            half = len(messages) // 2
            for part, those in (("a", messages[:half]), ("b", messages[half:])):
                self._bring_in(f"{name}{part}", source, those, apart)


def of_the_machine(error: BaseException | None) -> bool:
    """Whether a disk or the memory failed, which is no fault of what was sent: it waits."""
    while error is not None:
        if isinstance(error, (OSError, MemoryError, DeltaError, *MACHINE)):
            return True
        error = error.__cause__
    return False


def begun(root: Path, config: configuration.Config) -> Worker | None:
    """The worker, once its database is there; None when it is told to stop before that."""
    while True:
        try:
            return Worker(root, config)
        except DatabaseFailed as error:
            log.warning("waiting: %s", error)
        if signal.sigtimedwait([signal.SIGTERM], 1.0):
            return None


def main() -> None:
    """`python -m sojourn.server.worker FOLDER`: what `sojourn serve` starts."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s")
    root = Path(sys.argv[1])
    worker = begun(root, configuration.load(root, os.environ))
    if worker is not None:
        signal.signal(signal.SIGTERM, worker.stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        worker.run()


if __name__ == "__main__":
    main()
