"""YAML files that people edit and programs change: comments stay, nobody reads half a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sojourn.errors import SojournError
from sojourn.store.durable import replace_text

MOST_BYTES = 500_000


def parsed(text: str, origin: str, error: type[SojournError], most: int = MOST_BYTES) -> Any:
    """What a YAML text says; raises `error` for one that is too long, or is none."""
    if len(text.encode("utf-8", "replace")) > most:
        raise error(f"{origin}: has more than {most:,} bytes")
    try:
        return YAML().load(text)
    except (YAMLError, ValueError) as problem:
        said = " ".join(str(problem).split())
        raise error(f"{origin}: not YAML: {said[:300]}") from None


def read(path: Path, error: type[SojournError], most: int = MOST_BYTES) -> Any:
    """What a YAML file says; None where there is no file, or it is empty."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{path.name}: cannot be read: {problem}") from None
    return parsed(text, path.name, error, most)


def dumped(raw: Any, width: int = 100) -> str:
    """The YAML of a value; one that was read keeps its comments."""
    out, yaml = io.StringIO(), YAML()
    yaml.width = width
    yaml.dump(raw, out)
    return out.getvalue()


def write(path: Path, raw: Any, width: int = 100) -> None:
    """Write a value into a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, dumped(raw, width) if raw else "")
