"""Workbooks and zip archives: what is inside is put aside as a text file and read as such."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sojourn.errors import ImportFailed

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
MOST_MEMORY = 3 << 30
"""Bytes that the reader of a workbook may take."""

MOST_UNPACKED = 2 << 30
"""Bytes that a workbook may have when it is unpacked; a sheet has a million rows at most."""

MOST_ARCHIVED = 256 << 30
MOST_SQUEEZED = 1000
"""A text is never a thousand times smaller when it is packed; what is, is a trap."""

SMALL = 64 << 20
BOOK = "xl/workbook.xml"
READER = Path(__file__).with_name("sheetreader.py")
AS_CSV = "Save the sheet as CSV and import that."


@dataclass
class Spooled:
    """A file that was put aside in a folder of its own, and what is to be said of it."""

    path: Path
    folder: Path
    format: str = ""
    notes: list[str] = field(default_factory=list)

    def remove(self) -> None:
        """Let go of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def is_workbook(path: Path) -> bool:
    """Whether a zip or OLE file is a workbook; raises ImportFailed for a damaged one."""
    with path.open("rb") as raw:
        if raw.read(4) == OLE:
            return True
    names = {info.filename for info in _members(path)}
    return bool(names & {BOOK, "xl/workbook.bin", "content.xml"})


def sheet_of(path: Path, sheet: str | None) -> Spooled:
    """One sheet of a workbook as CSV; raises ImportFailed when it cannot be read."""
    with path.open("rb") as raw:
        zipped = raw.read(4) == ZIP
    notes = _checked(path) if zipped else []
    folder = Path(tempfile.mkdtemp(prefix="sojourn-"))
    spooled = Spooled(folder / path.name, folder, notes=notes)
    try:
        told = _read(path, spooled.path, sheet)
        if not spooled.path.exists() or not spooled.path.stat().st_size:
            raise ImportFailed(f"{path} has no rows in the sheet {told['sheet']!r}.")
    except BaseException:
        spooled.remove()
        raise
    spooled.format = f"workbook, sheet {told['sheet']!r}"
    spooled.notes += _notes(told)
    return spooled


def _notes(told: dict[str, Any]) -> list[str]:
    notes = []
    if told["others"]:
        names = ", ".join(map(repr, told["others"]))
        notes.append(f"Other sheets were not read: {names}. Name one with `--sheet NAME`.")
    if told["long"]:
        notes.append(
            f"{told['long']:,} numbers have 16 digits or more. A spreadsheet keeps 15: if they are "
            "ids, their ends are lost. Export them as text from where they come from."
        )
    return notes


def _read(path: Path, out: Path, sheet: str | None) -> dict[str, Any]:
    command = [sys.executable, str(READER), str(path), str(out), sheet or "", str(MOST_MEMORY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ImportFailed(
            f"{path} is damaged, or takes more than {MOST_MEMORY >> 30} GB of memory to read.",
            hint=AS_CSV,
        )
    told: dict[str, Any] = json.loads(done.stdout)
    if "unknown" in told:
        raise ImportFailed(
            f"{path} has no sheet {sheet!r}.", hint=f"Its sheets are: {told['unknown']}."
        )
    if "error" in told:
        raise ImportFailed(f"{path} cannot be read as a workbook: {told['error']}.", hint=AS_CSV)
    return told


def _members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise ImportFailed(f"{path} is a damaged zip file: {error}.") from None


def _checked(path: Path) -> list[str]:
    """Refuse a workbook that unpacks to more than it may; what is to be said of it."""
    size = sum(info.file_size for info in _members(path))
    if size > MOST_UNPACKED:
        raise ImportFailed(
            f"{path} unpacks to {size / 2**30:.1f} GB; a workbook may have "
            f"{MOST_UNPACKED >> 30} GB.",
            hint=AS_CSV,
        )
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            book = archive.read(BOOK) if BOOK in archive.namelist() else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ImportFailed(f"{path} is a damaged workbook: {error}.") from None
    if broken:
        raise ImportFailed(f"{path} is a damaged workbook: {broken} is not what it should be.")
    if b'date1904="1"' in book or b'date1904="true"' in book:
        return [
            "This workbook counts its days from 1904. Real dates are right; days that are plain "
            "numbers need `--time-format excel-1904`."
        ]
    return []


def unpacked(path: Path) -> Spooled:
    """The only file in a zip archive; raises ImportFailed for none or several."""
    files = [info for info in _members(path) if not info.is_dir() and _is_wanted(info.filename)]
    if len(files) != 1:
        names = ", ".join(info.filename for info in files[:8])
        raise ImportFailed(
            f"{path} holds {len(files)} files{': ' if files else ''}{names}.",
            hint="Unpack it, and import the files in it.",
        )
    (info,) = files
    if info.file_size > MOST_ARCHIVED or (
        info.file_size > SMALL and info.file_size > MOST_SQUEEZED * info.compress_size
    ):
        raise ImportFailed(
            f"{info.filename} in {path} says it has {info.file_size:,} bytes, packed into "
            f"{info.compress_size:,}: that is no text.",
            hint="Unpack it yourself if you trust it.",
        )
    folder = Path(tempfile.mkdtemp(prefix="sojourn-"))
    spooled = Spooled(folder / PurePosixPath(info.filename.replace("\\", "/")).name, folder)
    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open(info) as packed,
            spooled.path.open("wb") as out,
        ):
            shutil.copyfileobj(packed, out, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        spooled.remove()
        raise ImportFailed(f"{path} is damaged or locked: {error}.") from None
    except BaseException:
        spooled.remove()
        raise
    return spooled


def _is_wanted(name: str) -> bool:
    """Whether a file in an archive is more than what a Mac adds to each."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" not in parts and not parts[-1].startswith(".")
