"""A backup: one archive of all that a workspace is, consistent although others go on writing.

What was acknowledged is in the inbox or in the log, so the inbox is taken first and the log after
it: what moves meanwhile is in both, and counts once. The trail may be behind the log, never ahead.
Each table is taken as one version has it, whose files nobody changes; should a clean-up take one
of them away, the backup begins anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sojourn.errors import BackupFailed
from sojourn.store import delta
from sojourn.store.database import FOLDER, NOTE, dumped
from sojourn.store.durable import sync
from sojourn.store.erasure import pending
from sojourn.store.progress import Progress, say

FORMAT = 1
MANIFEST = "manifest.json"
TRIES = 3
BLOCK = 4_000_000
FIRST, LAST = ("trail",), ("log", "claims", "traits")
"""In which order tables are taken: the trail before what it is made of; dictionaries at the end."""

PASSING = (".lock", ".lock.json", ".serving", NOTE)
ENDINGS = (".new", "-wal", "-shm", "-journal", ".tmp")
FOLDERS = ("_staging", "spool", "_scatter")
"""What is not taken: locks, and what is on its way and is made again."""


@dataclass(frozen=True)
class Kept:
    """What a backup holds: its moment, how many files and bytes, each table's version."""

    file: str
    at: str
    files: int
    bytes: int
    tables: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {version}" for name, version in sorted(self.tables.items()))
        return (
            f"{self.file}: {self.files:,} files, {self.bytes:,} bytes, as of {self.at}\n"
            f"  versions of the tables: {told or 'none'}"
        )


def backup(root: Path, file: Path, progress: Progress | None = None) -> Kept:
    """Write all of a workspace into one archive, readable by its owner only.

    Others may go on reading and writing. Raises BackupFailed where it cannot be written, and
    while somebody is being erased, who would else be kept.
    """
    if pending(root):
        raise BackupFailed(
            "Somebody is being erased here.",
            hint="Finish that with `sojourn people erase --resume`, then make the backup.",
        )
    if file.resolve().is_relative_to(root.resolve()):
        raise BackupFailed(
            f"{file} lies in the workspace itself.", hint="Name a file elsewhere, best elsewhere."
        )
    making = file.with_name(f"{file.name}.new")
    try:
        for turn in range(TRIES):
            try:
                kept = _Archive(root, making, progress).made(file)
                break
            except FileNotFoundError:
                if turn == TRIES - 1 or not making.parent.is_dir():
                    raise
        os.replace(making, file)
        sync(file.parent)
    except OSError as error:
        raise BackupFailed(
            f"{file} could not be written: {error.strerror or error}.",
            hint="Make room, or name a file on another disk; nothing was left behind.",
        ) from error
    finally:
        making.unlink(missing_ok=True)
    return kept


class _Archive:
    """One try."""

    def __init__(self, root: Path, making: Path, progress: Progress | None) -> None:
        self.root, self.making, self.progress = root, making, progress
        self.files: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, int] = {}

    def made(self, file: Path) -> Kept:
        """Write it; what it holds."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        making = self.making
        handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as self.zip:
                self._databases()
                names = sorted(p.parent.name for p in self.root.glob("*/_delta_log"))
                middle = [n for n in names if n not in (*FIRST, *LAST, "dictionaries")]
                for name in (*FIRST, *LAST, *middle, "dictionaries"):
                    if name in names:
                        self._table(name)
                for path in self._others():
                    self._add(path, path.relative_to(self.root).as_posix())
                told = {"format": FORMAT, "at": now, "tables": self.tables, "files": self.files}
                self.zip.writestr(MANIFEST, json.dumps(told, indent=1))
            raw.flush()
            os.fsync(raw.fileno())
        total = sum(each["size"] for each in self.files.values())
        return Kept(str(file), now, len(self.files), total, self.tables)

    def _databases(self) -> None:
        """The server's databases as one moment has each, whoever writes to them."""
        with tempfile.TemporaryDirectory(prefix="sojourn-", dir=self.making.parent) as folder:
            for path in sorted((self.root / FOLDER).glob("*.sqlite3")):
                copy = Path(folder) / path.name
                with (
                    closing(sqlite3.connect(path, timeout=30)) as source,
                    closing(sqlite3.connect(copy)) as target,
                ):
                    source.backup(target, pages=4096)
                    target.execute("pragma journal_mode = delete")
                self._add(copy, path.relative_to(self.root).as_posix())
            for copy in dumped(self.root, Path(folder)):
                self._add(copy, f"{FOLDER}/{copy.name}")

    def _table(self, name: str) -> None:
        """A table as its newest version has it, with the commits up to that one."""
        say(self.progress, f"keeping {name}")
        folder = self.root / name
        table = delta.open_table(folder)
        if table is None:
            return
        version = int(table.version())
        self.tables[name] = version
        # Rows that a replay took out of the rejected ones are in its older versions.
        wanted = (
            sorted(folder.glob("*.parquet"))
            if name == "rejected"
            else [folder / each.path for each in delta.files_of(table)]
        )
        for path in [*wanted, *commits(folder, version)]:
            self._add(path, path.relative_to(self.root).as_posix())

    def _others(self) -> Iterator[Path]:
        """Everything that is neither a table nor a database, nor passing."""
        tables = {self.root / name for name in self.tables}
        for path in sorted(self.root.rglob("*")):
            inner = path.relative_to(self.root)
            if (
                path.is_file()
                and path.name not in PASSING
                and not path.name.endswith(ENDINGS)
                and path.suffix != ".sqlite3"
                and not {*inner.parts} & {*FOLDERS}
                and not any(path.is_relative_to(table) for table in tables)
            ):
                yield path

    def _add(self, path: Path, name: str) -> None:
        """Put a file into the archive, with its hash into the manifest."""
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(name, date_time=datetime.now(UTC).timetuple()[:6])
        entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
        with path.open("rb") as source, self.zip.open(entry, "w", force_zip64=True) as target:
            while block := source.read(BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}


def commits(folder: Path, version: int) -> list[Path]:
    """The files of a Delta log that a table needs up to a version."""
    found = []
    for path in sorted((folder / "_delta_log").iterdir()):
        number = path.name.partition(".")[0]
        if number.isdigit() and int(number) <= version and ".tmp" not in path.name:
            found.append(path)
    pointer = folder / "_delta_log" / "_last_checkpoint"
    if pointer.exists() and json.loads(pointer.read_text(encoding="utf-8"))["version"] <= version:
        found.append(pointer)
    return found


def manifest_of(packed: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """What an archive says that it holds; raises BackupFailed for what is none."""
    try:
        told: dict[str, Any] = json.loads(packed.read(MANIFEST))
        if told["format"] > FORMAT:
            raise BackupFailed(
                f"{file} was made by a newer Sojourn.", hint="Upgrade, then restore."
            )
        for name in told["files"]:
            pure = PurePosixPath(name)
            if pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in pure.parts[0]:
                raise BackupFailed(f"{file} would write outside of its folder: {name!r}.")
    except (KeyError, ValueError, TypeError, IndexError):
        raise BackupFailed(
            f"{file} is no backup of a workspace: it has no {MANIFEST}.",
            hint="Make one with `sojourn backup FILE`.",
        ) from None
    return told
