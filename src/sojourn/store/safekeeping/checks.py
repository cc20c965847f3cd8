"""Whether nothing was lost: hashes, complete tables, numbers, the trail, the inbox."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from sojourn.core.table import Column, Table
from sojourn.errors import DatabaseFailed, SojournError, WorkspaceMissing
from sojourn.store import delta
from sojourn.store.database import SERVER, last_given
from sojourn.store.erasure import pending
from sojourn.store.log import LEFT_KEY, Log
from sojourn.store.safekeeping.archive import MANIFEST
from sojourn.store.safekeeping.restoring import damaged, opened, restore
from sojourn.store.trail import Trail

COLUMNS = (
    Column("check", "text"),
    Column("one_side", "integer"),
    Column("other_side", "integer"),
    Column("holds", "boolean"),
    Column("about", "text"),
)
LIVE = re.compile(r"live-.*-\d+-(\d+)[ab]*\.jsonl")
"""The file of an import of what was received: it names the last number in the inbox."""


class Check(NamedTuple):
    """An equality; `about` says where it does not hold."""

    what: str
    one: int
    other: int
    about: str = ""


def verify(place: Path) -> Table:
    """One row a check of a workspace's folder, or of a backup: it holds when both sides agree.

    A backup is unpacked into a temporary folder and checked as that, too.
    """
    if place.is_dir():
        return _table([*_folder(place)], place)
    with opened(place) as (packed, told):
        wrong = damaged(packed, told)
        extra = {*packed.namelist()} - {*told["files"], MANIFEST}
    checks = [
        Check("files as they were kept = files kept", len(told["files"]) - len(wrong),
              len(told["files"]), _listed(wrong)),
        Check("files that nobody kept", len(extra), 0, _listed(sorted(extra))),
    ]  # fmt: skip
    if not wrong:
        with tempfile.TemporaryDirectory(prefix="sojourn-") as folder:
            restore(place, Path(folder) / "workspace")
            checks += _folder(Path(folder) / "workspace")
    return _table(checks, place)


def _table(checks: list[Check], place: Path) -> Table:
    data = {
        "check": [each.what for each in checks],
        "one_side": [each.one for each in checks],
        "other_side": [each.other for each in checks],
        "holds": [each.one == each.other for each in checks],
        "about": [each.about for each in checks],
    }
    return Table.of("verify", COLUMNS, data, {"place": str(place)})


def _folder(root: Path) -> Iterator[Check]:
    tables = sorted(path.parent for path in root.glob("*/_delta_log"))
    if not tables and not (root / "sojourn.toml").is_file():
        raise WorkspaceMissing(f"There is no workspace in {root}.")
    found = [check for folder in tables for check in _complete(folder)]
    yield from found
    if all(check.one == check.other for check in found):
        yield from _numbers(Log(root))
        yield from _trail(root)
        yield from _inbox(root)
    for path in sorted((root / "server").glob("*.sqlite3")):
        yield _sound(path)
    yield Check("erasures that were cut off", int(pending(root)), 0)


def _complete(folder: Path) -> Iterator[Check]:
    """Whether a table's commits are all there, and the files of its newest version."""
    name = folder.name
    try:
        table = delta.open_table(folder)
    except SojournError as error:
        yield Check(f"{name}: it can be read", 0, 1, error.message)
        return
    if table is None:
        return
    version = int(table.version())
    log = folder / "_delta_log"
    there = {int(p.stem) for p in log.glob("*.json") if p.stem.isdigit()}
    kept = {int(p.name.partition(".")[0]) for p in log.glob("*.checkpoint*.parquet")}
    first = min([v for v in there if v == 0] or [*kept, 0])
    missing = sorted(set(range(first, version + 1)) - there - kept)
    yield Check(f"{name}: commits = versions", version + 1 - first - len(missing),
                version + 1 - first, _listed(missing))  # fmt: skip
    files, whole, rows, wrong = delta.files_of(table), 0, 0, []
    for file in files:
        try:
            rows += pq.read_metadata(folder / file.path).num_rows
            same = (folder / file.path).stat().st_size == file.size
        except (OSError, ValueError):
            same = False
        whole += same
        wrong += [] if same else [file.path]
    yield Check(f"{name}: files that are whole = files", whole, len(files), _listed(wrong))
    if not wrong and all(file.rows is not None for file in files):
        yield Check(f"{name}: rows = rows by its commits", rows, sum(f.rows for f in files))


def _numbers(log: Log) -> Iterator[Check]:
    """Whether each number of the log is there once, and each row of each import is, or was taken
    out by an erasure or when its time was over."""
    files = [str(file.path) for file in log.files()]
    if not files:
        return
    with duckdb.connect() as con:
        con.execute("SET memory_limit = '1GB'")
        con.read_parquet(files, hive_partitioning=False).create_view("log")
        rows, seqs, ids = con.sql(
            "select count(*), count(distinct seq), count(distinct event_id) from log"
        ).fetchall()[0]
        records = [r for r in log.imports() if r.first_seq is not None]
        con.execute("create temp table imports (first bigint, last bigint)")
        if records:
            ranges = [[r.first_seq, r.last_seq] for r in records]
            con.executemany("insert into imports values (?, ?)", ranges)
        [[placed]] = con.sql(
            "select count(*) from log asof join imports on log.seq >= imports.first "
            "where log.seq <= imports.last"
        ).fetchall()
    yield Check("log: rows = distinct numbers", rows, seqs)
    yield Check("log: rows = distinct event ids", rows, ids)
    yield Check("log: rows = rows within the numbers of an import", rows, placed)
    left = Counter[str]()
    for told in log.told(LEFT_KEY):
        left.update(json.loads(told))
    brought = sum(r.touchpoints + r.bots for r in records)
    gone = sum(left[r.id] for r in records)
    yield Check("log: rows + erased + expired = rows that imports brought", rows + gone, brought)


def _trail(root: Path) -> Iterator[Check]:
    """Whether the trail holds every row of the log that it covers."""
    trail = Trail(root)
    if trail.version < 0:
        return
    note, log = trail.note, Log(root)
    files = log.files()
    newer = sum(file.rows for file in files if file.max_seq > note.covered)
    if note.log_version == log.version():
        rows = sum(file.rows for file in files)
        yield Check("trail: people's + nobody's + bots' = rows of the log",
                    note.rows + note.nobody + note.bots, rows)  # fmt: skip
    else:
        yield Check("trail: rows of the log that it lacks and the next question adds", newer, newer)
    held = trail.held_rows
    yield Check("trail: rows = rows by its note", held, note.rows)


def _sound(path: Path) -> Check:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as con:
            [[told]] = con.execute("pragma integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        told = str(error)
    return Check(f"{path.name}: sound", int(told == "ok"), 1, "" if told == "ok" else told)


def _inbox(root: Path) -> Iterator[Check]:
    """Whether the inbox goes on where the log is: a number that is given twice is one call lost."""
    try:
        top = last_given(root, SERVER)
    except DatabaseFailed:
        return
    if top is None:
        return
    found = [LIVE.fullmatch(record.file) for record in Log(root).imports()]
    last = max((int(match[1]) for match in found if match), default=0)
    yield Check("inbox: last number in the log is one that it gave", min(last, top), last)


def _listed(names: list[str] | list[int]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(map(str, names[:3])) + more
