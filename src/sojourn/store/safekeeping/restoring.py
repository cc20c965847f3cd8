"""A workspace made of a backup: all of it or nothing, and every byte as it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sojourn.errors import BackupFailed
from sojourn.store.durable import sync, sync_all
from sojourn.store.safekeeping.archive import BLOCK, Kept, manifest_of


def restore(file: Path, folder: Path) -> Kept:
    """Make the workspace of a backup in a folder that is not there yet, or is empty.

    Raises BackupFailed for an archive that is damaged, or a folder that holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupFailed(
            f"{folder} is not empty.", hint="Name a new folder; nothing is ever written over."
        )
    making = folder.with_name(f"{folder.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    try:
        with opened(file) as (packed, told):
            for name, kept in told["files"].items():
                _unpack(packed, name, kept, making / name, file)
        making.mkdir(parents=True, exist_ok=True)
        sync_all((p for p in making.rglob("*") if p.is_file()), making)
        if folder.exists():
            folder.rmdir()
        os.replace(making, folder)
        sync(folder.parent)
    except OSError as error:
        raise BackupFailed(
            f"{folder} could not be written: {error.strerror or error}.", hint="Make room."
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    size = sum(each["size"] for each in told["files"].values())
    return Kept(str(folder), told["at"], len(told["files"]), size, told["tables"])


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """An archive and its manifest; raises BackupFailed for a file that is none."""
    try:
        with zipfile.ZipFile(file) as packed:
            yield packed, manifest_of(packed, file)
    except FileNotFoundError:
        raise BackupFailed(f"There is no file {file}.") from None
    except zipfile.BadZipFile as error:
        raise BackupFailed(
            f"{file} is no backup, or is damaged: {error}.", hint="Take another one."
        ) from None


def damaged(packed: zipfile.ZipFile, told: dict[str, Any]) -> list[str]:
    """The files of an archive that are not as its manifest says, and those that it lacks."""
    wrong = []
    for name, kept in told["files"].items():
        try:
            digest, size = hashlib.sha256(), 0
            with packed.open(name) as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    size += len(block)
            if (digest.hexdigest(), size) != (kept["sha256"], kept["size"]):
                wrong.append(name)
        except (KeyError, zipfile.BadZipFile, EOFError, OSError):
            wrong.append(name)
    return wrong


def _unpack(
    packed: zipfile.ZipFile, name: str, kept: dict[str, Any], target: Path, file: Path
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        mode = (packed.getinfo(name).external_attr >> 16) & 0o777 or 0o644
        with packed.open(name) as source, target.open("wb") as out:
            while block := source.read(BLOCK):
                digest.update(block)
                out.write(block)
        target.chmod(mode)
    except (KeyError, zipfile.BadZipFile, EOFError):
        digest = hashlib.sha256(b"damaged")
    if digest.hexdigest() != kept["sha256"]:
        raise BackupFailed(
            f"{file} is damaged: {name} is not what was kept.",
            hint="Take another backup; nothing was written.",
        )
