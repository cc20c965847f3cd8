"""The process that answers: it keeps the workspace open and remembers what it worked out.

It knows nothing of Django. An answer is remembered under the function, its arguments and the
state of the workspace, so a new touchpoint, setting or model makes a new answer.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sojourn.errors import SojournError
from sojourn.plan import ANNOTATIONS, GOALS
from sojourn.server.lifeline import die_with_parent
from sojourn.settings import FILE
from sojourn.store.trail import Trail
from sojourn.tagging import LINKS, VOCABULARY
from sojourn.workspace import Workspace

MOST = 400
"""How many answers are remembered."""

FRESH = 60
"""For how many seconds an answer about the present holds, where nothing new has arrived."""

FOLDERS = ("models", "maps", "lists", "costs", "traits", "claims")
FILES = (FILE, GOALS, ANNOTATIONS, VOCABULARY, LINKS)


@dataclass(frozen=True)
class Refusal:
    """What an answer's function complained of."""

    code: str
    message: str
    hint: str | None


class Memory:
    """The newest answers, the least used forgotten first."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        """The answer under a key, made when it is not there."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = make()
        self._kept[key] = found
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return found


_memory = Memory()
_workspaces: dict[Path, Workspace] = {}


def begin() -> None:
    """What the process does first: its end is its parent's."""
    die_with_parent()


def answer(root: Path, function: Callable[..., Any], args: tuple[Any, ...], keep: bool) -> Any:
    """What `function(workspace, *args)` gives, or a Refusal where it raised an error of ours."""
    workspace = _workspaces.setdefault(root, Workspace(root))

    def make() -> Any:
        return function(workspace, *args)

    try:
        if not keep:
            return make()
        key = (root, f"{function.__module__}.{function.__qualname__}", args, state(root, workspace))
        return _memory.get(key, make)
    except SojournError as error:
        return Refusal(error.code, error.message, error.hint)


def state(root: Path, workspace: Workspace) -> tuple[Any, ...]:
    """What an answer depends on: the log's and the trail's version, the files beside them."""
    files = [root / name for name in (*FILES, *FOLDERS)]
    texts = [root / name for name in FOLDERS[:2]]
    files += [path for folder in texts if folder.is_dir() for path in folder.rglob("*.yaml")]
    changed = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files if path.exists()))
    live = workspace.exists and workspace.settings.clock == "live"
    minute = int(time.time() // FRESH) if live else 0
    version = workspace.trail().version if workspace.exists else -1
    return version, Trail(root).version, changed, minute
