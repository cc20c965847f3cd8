"""What pages remember of answers: the newest, or one that is being made anew where that is slow.

An answer belongs to what was written (settings, models, maps, plans) and to a version of the log.
What was written is always followed at once. A log to which touchpoints come every second would
make every page wait for every number: an answer that takes long is shown as it was (every page
says as of when), and made anew beside.
"""

from __future__ import annotations

import os
import threading
import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sojourn.plan import ANNOTATIONS, GOALS
from sojourn.settings import FILE
from sojourn.store import suppressed
from sojourn.tagging import LINKS, VOCABULARY

MOST = 400
"""How many answers are remembered."""

FRESH = 60
"""For how many seconds an answer about the present holds, where nothing new has arrived."""

SLOW = 0.3
"""Seconds: an answer that takes longer may be shown as it was, while it is made anew."""

OLDEST = 900.0
"""Seconds: no answer is shown that is older than this and than ten times what it took."""

WATCHED = 86_400.0
"""Seconds: what was asked within the last day is kept new by itself."""

EASE = 20
"""An answer is made anew by itself no oftener than after so many times what it takes."""

FOLDERS = ("models", "maps", "lists")
TABLES = ("costs", "traits", "claims")
FILES = (FILE, GOALS, ANNOTATIONS, VOCABULARY, LINKS)


@dataclass(frozen=True)
class State:
    """What an answer depends on: what was written, and the versions of what came in."""

    written: tuple[Any, ...]
    came: tuple[Any, ...]


def state(root: Path) -> State:
    """The state of a workspace now; no table is opened for it."""
    files = [suppressed.path_of(root), *(root / name for name in (*FILES, *FOLDERS))]
    texts = [root / name for name in FOLDERS[:2]]
    files += [path for folder in texts if folder.is_dir() for path in folder.rglob("*.yaml")]
    changed = sorted((str(p), p.stat().st_mtime_ns) for p in files if p.exists())
    written = (*changed, *(_version(root / name) for name in TABLES))
    minute = int(time.time() // FRESH) if _is_live(root) else 0
    return State(written, (_version(root / "trail"), _version(root / "log"), minute))


def _is_live(root: Path) -> bool:
    try:
        return tomllib.loads((root / FILE).read_text(encoding="utf-8")).get("clock") == "live"
    except (OSError, ValueError):
        return False


def _version(table: Path) -> str:
    """The newest commit of a Delta table, by the names of its files."""
    try:
        names = os.listdir(table / "_delta_log")
    except OSError:
        return ""
    return max((name for name in names if name[:20].isdigit()), default="")


@dataclass
class Kept:
    """An answer with the state that it belongs to, what it took, and when it was made and used."""

    state: State
    answer: Any
    took: float
    made: float
    used: float = field(default_factory=time.monotonic)

    def will_do(self, now: State) -> bool:
        """Whether it may be shown although the log has moved on, as a living one does."""
        age = time.monotonic() - self.made
        return (
            now.came[-1] != 0
            and self.state.written == now.written
            and self.took > SLOW
            and age < max(OLDEST, 10 * self.took)
        )

    def is_due(self, now: State, moment: float) -> bool:
        """Whether it is to be made anew by itself."""
        return (
            self.state != now
            and self.took > SLOW
            and moment - self.used < WATCHED
            and moment - self.made > max(FRESH, EASE * self.took)
        )


class Memory:
    """The newest answers, the least used forgotten first; shared by threads.

    Who asks what is being made already waits for that, and does not have it made twice.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[Any, Kept] = OrderedDict()
        self._making: dict[Any, Future[Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, now: State, make: Callable[[], Any], *, older: bool = True) -> Any:
        """The answer under a key; where it may be an `older` one, that is given where it will do,
        and made anew beside."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                known.used = time.monotonic()
                self._kept.move_to_end(key)
                if known.state == now:
                    return known.answer
            past = known if older and known is not None and known.will_do(now) else None
            making, mine = self._begun(key, now)
        if past is not None:
            if mine:
                told = (key, now, make, making)
                threading.Thread(target=self._make, args=told, daemon=True).start()
            return past.answer
        if mine:
            self._make(key, now, make, making)
        return making.result()

    def refresh(self, now: State, make: Callable[[Any], Any]) -> int:
        """Make anew, one after the other, what is due; how many answers that were."""
        moment = time.monotonic()
        with self._lock:
            due = [key for key, kept in self._kept.items() if kept.is_due(now, moment)]
        for key in due:
            with self._lock:
                making, mine = self._begun(key, now)
            if mine:
                self._make(key, now, partial(make, key), making)
        return len(due)

    def _begun(self, key: Any, now: State) -> tuple[Future[Any], bool]:
        """What is being made of a key in a state, and whether whoever asks is to make it."""
        begun = self._making.get((key, now))
        if begun is not None:
            return begun, False
        fresh = self._making[key, now] = Future[Any]()
        return fresh, True

    def _make(self, key: Any, now: State, make: Callable[[], Any], making: Future[Any]) -> None:
        begun = time.monotonic()
        try:
            answer = make()
        except BaseException as error:
            with self._lock:
                del self._making[key, now]
            making.set_exception(error)
            return
        ended = time.monotonic()
        with self._lock:
            del self._making[key, now]
            used = self._kept[key].used if key in self._kept else ended
            self._kept[key] = Kept(now, answer, ended - begun, ended, used)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        making.set_result(answer)
