"""Where pages ask: the question goes to a process that keeps the workspace open.

A page's thread waits for the answer without holding the interpreter, so collecting goes on.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from sojourn.errors import SojournError
from sojourn.server.studio import answering
from sojourn.server.studio.answering import Refusal
from sojourn.server.studio.remembering import Memory, state

Answer = TypeVar("Answer")

log = logging.getLogger("sojourn.pages")

PROCESSES = 2
"""One long question leaves room for the quick ones."""

LOOK = 30.0
"""So many seconds pass between two looks for answers that are due to be made anew."""


@dataclass
class _Room:
    """A process that answers, and how many questions it has."""

    pool: ProcessPoolExecutor
    asked: int = 0


_lock = threading.Lock()
_rooms: list[_Room] = []
_memory = Memory()
_keepers: list[threading.Thread] = []


class Refused(SojournError):
    """The question cannot be answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, hint=refusal.hint)
        self.kind = refusal.code


def folder() -> Path:
    """The workspace's folder."""
    return Path(settings.SOJOURN_WORKSPACE)


def ask(
    function: Callable[..., Answer], *args: Any, keep: bool = True, older: bool = True
) -> Answer:
    """What `function(workspace, *args)` gives; `keep` remembers it until something changes.

    One that takes long may be an `older` one, which is made anew meanwhile. The function is a
    plain one of `answers/`, its arguments are hashable. Raises Refused for an error of ours.
    """
    root = folder()
    if not keep:
        return _told(_make(root, function, args))
    if not settings.SOJOURN_INLINE:
        _keep_new()
    key = (root, function, args)
    return _told(_memory.get(key, state(root), lambda: _make(*key), older=older))


def _told(found: Any) -> Any:
    if isinstance(found, Refusal):
        raise Refused(found)
    return found


def _make(root: Path, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    if settings.SOJOURN_INLINE:
        return answering.answer(root, function, args)
    return _in_process(root, function, args)


def do(function: Callable[..., Answer], *args: Any) -> Answer:
    """As `ask`, for what changes something or must be seen as it is now."""
    return ask(function, *args, keep=False)


def _in_process(root: Path, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    for last in (False, True):
        room = _enter()
        try:
            return room.pool.submit(answering.answer, root, function, args).result()
        except BrokenProcessPool:
            _drop(room)
            if last:
                raise
        finally:
            with _lock:
                room.asked -= 1
    return None


def _keep_new() -> None:
    """See to it that somebody keeps the answers new that are asked for."""
    with _lock:
        if not _keepers:
            _keepers.append(threading.Thread(target=_keep, daemon=True))
            _keepers[0].start()


def _keep() -> None:
    while True:
        time.sleep(LOOK)
        try:
            _memory.refresh(state(folder()), lambda key: _make(*key))
        except Exception:
            log.exception("answers could not be made anew")


def _enter() -> _Room:
    """The process with the fewest questions; of several the oldest, as it remembers the most."""
    with _lock:
        free = min(_rooms, key=lambda room: room.asked, default=None)
        if free is None or (free.asked and len(_rooms) < PROCESSES):
            context = multiprocessing.get_context("spawn")
            free = _Room(ProcessPoolExecutor(1, mp_context=context, initializer=answering.begin))
            _rooms.append(free)
        free.asked += 1
        return free


def _drop(room: _Room) -> None:
    with _lock:
        if room in _rooms:
            _rooms.remove(room)
    room.pool.shutdown(wait=False, cancel_futures=True)
