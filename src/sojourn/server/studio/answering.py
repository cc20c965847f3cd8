"""The process that answers: it keeps the workspace open; it knows nothing of Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sojourn import shelf
from sojourn.core.model import Model
from sojourn.errors import SojournError
from sojourn.server.lifeline import die_with_parent
from sojourn.workspace import Workspace


@dataclass(frozen=True)
class Refusal:
    """What an answer's function complained of."""

    code: str
    message: str
    hint: str | None


class OwnModels(Workspace):
    """A workspace whose journeys are asked for by name only: an address never opens a file."""

    def model(self, model: str | Path | Mapping[str, Any] | Model) -> Model:
        """A model of the workspace, or a built-in one; raises UnknownName."""
        if isinstance(model, str) and model not in self.models():
            raise shelf.unknown(self.folder, model)
        return super().model(model)


_workspaces: dict[Path, Workspace] = {}


def begin() -> None:
    """What the process does first: its end is its parent's."""
    die_with_parent()


def answer(root: Path, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What `function(workspace, *args)` gives, or a Refusal where it raised an error of ours."""
    workspace = _workspaces.get(root)
    if workspace is None:
        workspace = _workspaces[root] = OwnModels(root)
        workspace.keep_at_hand()
    try:
        return function(workspace, *args)
    except SojournError as error:
        return Refusal(error.code, error.message, error.hint)
