"""The text of a condition, and errors that point into it."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.errors import ConditionError


@dataclass(frozen=True)
class Source:
    """A condition as it was written, and where (`stages[2].evidence`)."""

    text: str
    where: str = ""

    def error(self, at: int, message: str, hint: str | None = None) -> ConditionError:
        """An error about what begins at the character `at`, counted from 0.

        >>> print(Source("a\\nb = ", "restart").error(2, "here"))
        restart: line 2, column 1: here
        """
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        prefix = f"{self.where}: " if self.where else ""
        return ConditionError(f"{prefix}line {line}, column {column}: {message}", hint=hint)


def shown(text: str, limit: int = 60) -> str:
    """A piece of a condition in an error: printable and not too long.

    >>> shown("two\\nlines"), shown("x" * 80, 10)
    ('two\\\\nlines', 'xxxxxxx...')
    """
    cut = text if len(text) <= limit else f"{text[: limit - 3]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
