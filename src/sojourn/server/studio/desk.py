"""Where pages ask: the question goes to a process that keeps the workspace open.

A page's thread waits for the answer without holding the interpreter, so collecting goes on.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from sojourn.errors import SojournError
from sojourn.server.studio import answering
from sojourn.server.studio.answering import Refusal

Answer = TypeVar("Answer")

PROCESSES = 2
"""One long question leaves room for the quick ones."""

_lock = threading.Lock()
_pool: list[ProcessPoolExecutor] = []


class Refused(SojournError):
    """The question cannot be answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, hint=refusal.hint)
        self.kind = refusal.code


def folder() -> Path:
    """The workspace's folder."""
    return Path(settings.SOJOURN_WORKSPACE)


def ask(function: Callable[..., Answer], *args: Any, keep: bool = True) -> Answer:
    """What `function(workspace, *args)` gives; `keep` remembers it until something changes.

    The function is a plain one of `answers/`, its arguments are hashable. Raises Refused for an
    error of ours.
    """
    if settings.SOJOURN_INLINE:
        found = answering.answer(folder(), function, args, keep)
    else:
        found = _in_process(function, args, keep)
    if isinstance(found, Refusal):
        raise Refused(found)
    return found


def do(function: Callable[..., Answer], *args: Any) -> Answer:
    """As `ask`, for what changes something or must be seen as it is now."""
    return ask(function, *args, keep=False)


def _in_process(function: Callable[..., Any], args: tuple[Any, ...], keep: bool) -> Any:
    for last in (False, True):
        pool = _open_pool()
        try:
            return pool.submit(answering.answer, folder(), function, args, keep).result()
        except BrokenProcessPool:
            _drop(pool)
            if last:
                raise
    return None


def _open_pool() -> ProcessPoolExecutor:
    with _lock:
        if not _pool:
            context = multiprocessing.get_context("spawn")
            _pool.append(
                ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=answering.begin)
            )
        return _pool[0]


def _drop(pool: ProcessPoolExecutor) -> None:
    with _lock:
        if pool in _pool:
            _pool.remove(pool)
    pool.shutdown(wait=False, cancel_futures=True)
