"""The journey models at hand: the built-in ones and those in a workspace's folder `models/`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sojourn.core.model import Model, model_from_mapping, model_from_yaml
from sojourn.errors import ModelError, UnknownName

BUILT_IN = ("social", "hourglass", "sales", "experience", "circle")
MODELS = "models"
"""The folder of a workspace's own models."""


def known(folder: Path) -> list[str]:
    """The ids of the models that can be asked: the built-in ones, then the workspace's own."""
    own = sorted(path.stem for path in (folder / MODELS).glob("*.y*ml"))
    return [*BUILT_IN, *(name for name in own if name not in BUILT_IN)]


LONGEST_NAME = 80
"""No model has a longer name: a file's may have 255 bytes on most disks."""

_parsed = lru_cache(maxsize=64)(model_from_yaml)
"""Reading a model takes 40 ms, and every question asks for one."""


def model(folder: Path, asked: str | Path | Mapping[str, Any] | Model, zone: str) -> Model:
    """A model by its id or file, or from a mapping."""
    if isinstance(asked, Model):
        return asked
    if isinstance(asked, Mapping):
        return model_from_mapping(asked, zone=zone)
    yaml, origin = text(folder, asked)
    found = _parsed(yaml, origin=origin, zone=zone)
    if str(asked) in known(folder) and found.id != str(asked):
        raise ModelError(
            f"{origin}: id: found {found.id!r}, expected {str(asked)!r}, as the file is named.",
            hint=f"Write `id: {asked}` in it, or rename the file.",
        )
    return found


def text(folder: Path, asked: str | Path) -> tuple[str, str]:
    """The YAML of a model, and the name of its file."""
    path = Path(asked)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return _read(path), path.name
    for suffix in (".yaml", ".yml"):
        own = folder / MODELS / f"{asked}{suffix}"
        if len(own.name) <= LONGEST_NAME and own.is_file():
            return _read(own), own.name
    if str(asked) in BUILT_IN:
        name = f"{asked}.yaml"
        return (files("sojourn") / "models" / name).read_text(encoding="utf-8"), name
    raise unknown(folder, str(asked))


def unknown(folder: Path, asked: str) -> UnknownName:
    """What is said of a model that there is not, with the nearest that there is."""
    names, shown = known(folder), asked[:LONGEST_NAME]
    close = get_close_matches(shown, names, 1)
    hint = f"Known: {', '.join(names)}."
    return UnknownName(
        f"There is no journey model {shown!r}.",
        hint=f"Did you mean {close[0]!r}? {hint}" if close else hint,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The model {path} cannot be read: {error}") from None
