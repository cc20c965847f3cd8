"""Written for good: what was handed to the disk before anything that relies on it is said."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file, or what a folder says of the files in it, is on the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        return  # Windows opens no folder; what is in it is safe there without.
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(files: Iterable[Path], top: Path) -> None:
    """Wait for files and for every folder between them and `top`, which is one of these."""
    folders: set[Path] = {top}
    for file in files:
        sync(file)
        folders |= {folder for folder in file.parents if folder.is_relative_to(top)}
    for folder in sorted(folders, reverse=True):
        sync(folder)


def replace_text(path: Path, text: str) -> None:
    """Write a file anew, so that whoever reads it finds all of the old or all of the new text."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, path)
    with suppress(OSError):
        sync(path.parent)
