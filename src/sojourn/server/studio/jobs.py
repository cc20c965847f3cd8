"""Work that takes longer than a page: begun by a click, watched by the page until it is done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sojourn.server.studio import desk
from sojourn.server.studio.answering import Refusal
from sojourn.server.studio.desk import Refused

log = logging.getLogger("sojourn.studio")
MOST = 200
"""How many finished jobs are remembered."""


@dataclass
class Job:
    """One piece of work: what came of it, or what went wrong."""

    done: bool = False
    answer: Any = None
    problem: Refused | None = None


_jobs: dict[str, Job] = {}
_lock = threading.Lock()


def begin(token: str, function: Callable[..., Any], *args: Any) -> Job:
    """Begin a job; the same token twice is the same job."""
    with _lock:
        if token in _jobs:
            return _jobs[token]
        while len(_jobs) >= MOST:
            _jobs.pop(next(iter(_jobs)))
        job = _jobs[token] = Job()
    threading.Thread(target=_run, args=(job, function, args), daemon=True).start()
    return job


def find(token: str) -> Job | None:
    """The job of a token."""
    return _jobs.get(token)


def _run(job: Job, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        job.answer = desk.do(function, *args)
    except Refused as error:
        job.problem = error
    except Exception:
        log.exception("a job failed")
        job.problem = Refused(
            Refusal("failed", "It failed, and the reason was written down.", None)
        )
    finally:
        job.done = True
