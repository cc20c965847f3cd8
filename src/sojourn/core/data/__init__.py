"""The data files of the core and the one way to read them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


@cache
def load(name: str) -> Any:
    """The content of one of the package's YAML files, read once.

    >>> sorted(load("blocked.yaml"))
    ['patterns', 'values']
    """
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
