"""What kind of file it is, by what is in it and not by its name."""

from __future__ import annotations

import os
import weakref
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sojourn.errors import ImportFailed
from sojourn.store.importers.columnar import arrow, frame, parquet
from sojourn.store.importers.delimited import Delimited
from sojourn.store.importers.guarding import guarded
from sojourn.store.importers.jsondocument import JsonDocument, is_document
from sojourn.store.importers.jsonlines import JsonLines
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.packed import OLE, ZIP, is_workbook, sheet_of, unpacked
from sojourn.store.importers.processlog import process_kind, process_log
from sojourn.store.importers.source import Source
from sojourn.store.importers.textfile import SAMPLE, TextFile, detect

KNOWN = "Sojourn reads CSV, TSV, JSON Lines, Parquet, Arrow (Feather), Excel and ODS files."
FOREIGN = (
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"%PDF", "a PDF document", KNOWN),
    (b"Obj\x01", "an Avro file", "Convert it to Parquet."),
    (b"ORC", "an ORC file", "Convert it to Parquet."),
    (b"FEA1", "a Feather file of version 1", "Write it again with a newer library."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it first."),
    (b"BZh", "compressed with bzip2", "Unpack it first."),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it first."),
    (b"\x89PNG", "a picture", KNOWN),
    (b"\xff\xd8\xff", "a picture", KNOWN),
    (b"GIF8", "a picture", KNOWN),
)
CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"


def open_source(source: Any, options: ImportOptions) -> Source:
    """The source behind a path or a frame, without the personal data that stays out.

    Raises ImportFailed when it is none that we know.
    """
    return guarded(_open(source, options), options)


def _open(source: Any, options: ImportOptions) -> Source:
    if not isinstance(source, (str, os.PathLike)):
        return frame(source)
    path = Path(source)
    head = _head(path)
    if options.sheet and not head.startswith((ZIP, OLE)):
        raise ImportFailed(f"{path} is no workbook: it has no sheet {options.sheet!r}.")
    if head.startswith(b"PAR1"):
        return parquet(path)
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return arrow(path, stream=not head.startswith(b"ARROW1"))
    kind = process_kind(path, head)
    if kind:
        return process_log(path, kind, options.columns.get("person"))
    if head.startswith((ZIP, OLE)):
        return _inside(path, options)
    for magic, what, hint in FOREIGN:
        if head.startswith(magic):
            raise ImportFailed(f"{path} is {what}.", hint=hint)
    file = detect(path, head, options.encoding)
    beginning, whole = file.beginning(65_536)
    kind = process_kind(path, beginning)
    if kind:
        return process_log(path, kind, options.columns.get("person"))
    _refuse_binary(path, beginning)
    start = beginning.lstrip()[:1]
    named = path.name.lower().removesuffix(".gz")
    if start in (b"{", b"[") and not named.endswith((".csv", ".tsv", ".tab")):
        if start == b"{" and is_document(beginning, whole=whole):
            return JsonDocument(file)
        return JsonLines(file, array=start == b"[")
    return Delimited(file, options.header)


def _inside(path: Path, options: ImportOptions) -> Source:
    """The source inside a workbook or an archive; what was put aside goes with it."""
    source: Source
    if is_workbook(path):
        spooled = sheet_of(path, options.sheet)
        source = Delimited(TextFile(spooled.path), options.header, delimiter=",")
        source.format, source.encoded = spooled.format, False
        source.notes += spooled.notes
    else:
        spooled = unpacked(path)
        source = _open(spooled.path, options)
        source.name = f"{path.name}: {source.name}"
    weakref.finalize(source, spooled.remove)
    return source


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise ImportFailed(f"{path} is a folder.", hint="Name the files in it, for example with *.")
    try:
        with path.open("rb") as raw:
            head = raw.read(SAMPLE)
    except FileNotFoundError:
        raise ImportFailed(f"There is no file {path}.", hint=_nearest(path)) from None
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}.") from None
    if not head:
        raise ImportFailed(f"{path} is empty; there is nothing to import.")
    return head


def _nearest(path: Path) -> str | None:
    folder = path.parent
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    near = get_close_matches(path.name, names, n=1)
    return f"Did you mean {folder / near[0]}?" if near else None


def _refuse_binary(path: Path, beginning: bytes) -> None:
    odd = sum(beginning.count(bytes([each])) for each in CONTROL)
    if odd > len(beginning) // 20 + 8:
        raise ImportFailed(f"{path} is a binary file, not text.", hint=KNOWN)
