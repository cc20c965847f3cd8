"""Every error that Sojourn raises for its users: the docstring is the default message.

Each has a `code` that never changes, so that programs and pages can tell errors apart,
and may carry a `hint`: the one thing to do next.
"""

from __future__ import annotations

from typing import ClassVar


class SojournError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConditionError(SojournError):
    """The condition cannot be read."""

    code = "condition"


class ModelError(SojournError):
    """The journey model is not valid."""

    code = "model"


class SettingsError(SojournError):
    """A setting of the workspace is not valid."""

    code = "settings"


class ImportFailed(SojournError):
    """The file could not be imported; the log is as it was."""

    code = "import"


class MappingNeeded(ImportFailed):
    """Nothing says who it was, when, or what happened."""

    code = "mapping-needed"


class AmbiguousTime(ImportFailed):
    """The times in this column can be read in more than one way."""

    code = "ambiguous-time"


class RecipeError(SojournError):
    """The recipe, preset or mapping is not valid."""

    code = "recipe"


class WorkspaceMissing(SojournError):
    """There is no workspace here."""

    code = "no-workspace"


class WorkspaceBusy(SojournError):
    """Somebody else is writing to this workspace."""

    code = "busy"


class WorkspaceDamaged(SojournError):
    """The workspace does not fit together."""

    code = "damaged"


class BackupFailed(SojournError):
    """The backup could not be made or read."""

    code = "backup"


class UnknownName(SojournError):
    """No such thing."""

    code = "unknown"


class QuestionError(SojournError):
    """The question cannot be asked like this."""

    code = "question"


class PictureError(SojournError):
    """The picture cannot be drawn."""

    code = "picture"


class EngineFailed(SojournError):
    """The engine could not answer."""

    code = "engine"


class DatabaseFailed(SojournError):
    """The server's database cannot be used now."""

    code = "database"


class MissingExtra(SojournError):
    """An optional part of Sojourn is not installed."""

    code = "missing-extra"


class MapError(SojournError):
    """The map is not valid."""

    code = "map"


class PlanError(SojournError):
    """The goal or annotation is not valid."""

    code = "plan"


class LinkError(SojournError):
    """The campaign link or its vocabulary is not valid."""

    code = "link"
