"""What is older than its period leaves the workspace, with every old file that held it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.retention import KINDS, before
from sojourn.core.table import Column, Table, iso
from sojourn.core.touchpoint import TIME
from sojourn.store.build import Rules, build
from sojourn.store.database import SERVER, existing
from sojourn.store.erasure.beside import renewed_rejected, tidy_dictionaries
from sojourn.store.erasure.tables import purge
from sojourn.store.importers.staging import STORED
from sojourn.store.importers.undo import written
from sojourn.store.lock import WriterLock
from sojourn.store.log import LEFT_KEY, Log, LogFile
from sojourn.store.rejected import Rejected

PATIENCE = 10.0
"""For how many seconds another writer is waited for."""

COLUMNS = (
    Column("kind", "text"),
    Column("kept_for", "text"),
    Column("older_than", "time"),
    Column("goes", "integer"),
    Column("what", "text"),
)


def retain(
    root: Path, rules: Rules, periods: Mapping[str, str], now: datetime, *, dry_run: bool = True
) -> Table:
    """Let go of what is older than its period; with `dry_run` only tell how much it is.

    `now` is the workspace's present; of the inbox it is the clock's. One row a kind.
    """
    counts: dict[str, int] = {}
    cuts = {kind: before(_now(kind, now), period) for kind, period in periods.items()}
    if dry_run:
        counts = {kind: _GOING[kind](root, cut) for kind, cut in cuts.items()}
    elif cuts:
        with WriterLock(root, timeout=PATIENCE):
            counts = {kind: _LEAVING[kind](root, cut) for kind, cut in cuts.items()}
            if counts.get("touchpoints") or counts.get("texts"):
                build(root, rules, whole=True)
                tidy_dictionaries(root)
    kinds = [kind for kind in KINDS if kind in cuts]
    data = {
        "kind": kinds,
        "kept_for": [periods[kind] for kind in kinds],
        "older_than": [cuts[kind] for kind in kinds],
        "goes": [counts[kind] for kind in kinds],
        "what": [KINDS[kind] for kind in kinds],
    }
    notes = {"as_of": iso(now), "dry_run": dry_run}
    if not kinds:
        notes["remarks"] = ["No period is set: everything is kept. See [retention] in the guide."]
    return Table.of("retain", COLUMNS, data, notes)


def _now(kind: str, now: datetime) -> datetime:
    return datetime.now(UTC) if kind in ("inbox", "rejected") else now


def _older(file: LogFile, cut: datetime) -> bool:
    """Whether a file of the log may hold rows from before a moment."""
    return file.month <= f"{cut:%Y-%m}"


def _old(table: pa.Table, cut: datetime) -> np.ndarray:
    return np.asarray(pc.less(table["ts"], pa.scalar(cut, TIME)))


def _old_touchpoints(root: Path, cut: datetime) -> int:
    files = [file for file in Log(root).files() if _older(file, cut)]
    return sum(int(_old(pq.read_table(f.path, columns=["ts"]), cut).sum()) for f in files)


def _old_texts(root: Path, cut: datetime) -> int:
    found = 0
    for file in Log(root).files():
        if _older(file, cut):
            table = pq.read_table(file.path, columns=["ts", "text"], partitioning=None)
            found += int((_old(table, cut) & np.asarray(table["text"].is_valid())).sum())
    return found


def _old_rejected(root: Path, cut: datetime) -> int:
    rows = (row for batch in Rejected(root).batches(["at"]) for row in batch.to_pylist())
    return sum(row["at"] < cut for row in rows)


def _old_posts(root: Path, cut: datetime) -> int:
    return _inbox(root, cut, "select count(*) from inbox where received_at < ?")


def _inbox(root: Path, cut: datetime, query: str) -> int:
    tables = existing(root, SERVER)
    if tables is None:
        return 0
    with closing(tables):
        done = tables.execute(query, (int(cut.timestamp() * 1e6),))
        return int(done.rows[0][0]) if done.rows else done.changed


def _leave_touchpoints(root: Path, cut: datetime) -> int:
    log = Log(root)
    touched, adds, went = [], [], [np.zeros(0, np.int64)]
    for file in log.files():
        if not _older(file, cut):
            continue
        table = pq.ParquetFile(file.path).read()
        old = _old(table, cut)
        if not old.any():
            continue
        touched.append(file)
        went.append(np.asarray(table["seq"].filter(pa.array(old))))
        if not old.all():
            adds.append(written(log, table.filter(pa.array(~old)), file.month))
    gone = np.concatenate(went)
    if touched:
        log.swap(adds, touched, {LEFT_KEY: json.dumps(log.by_import(gone))})
    purge(log.path)
    return len(gone)


def _leave_texts(root: Path, cut: datetime) -> int:
    log = Log(root)
    touched, adds, count = [], [], 0
    for file in log.files():
        if not _older(file, cut):
            continue
        table = pq.ParquetFile(file.path).read().select(STORED.names).cast(STORED)
        told = _old(table, cut) & np.asarray(table["text"].is_valid())
        if told.any():
            count += int(told.sum())
            text = pc.if_else(pa.array(told), pa.scalar(None, pa.string()), table["text"])
            table = table.set_column(STORED.get_field_index("text"), STORED.field("text"), text)
            touched.append(file)
            adds.append(written(log, table, file.month))
    if touched:
        log.swap(adds, touched, {"sojourn.texts": f"{count} are over"})
    purge(log.path)
    return count


def _leave_rejected(root: Path, cut: datetime) -> int:
    return renewed_rejected(root, lambda row: row["at"] >= cut)


def _leave_posts(root: Path, cut: datetime) -> int:
    return _inbox(root, cut, "delete from inbox where received_at < ?")


Leave = Callable[[Path, datetime], int]
_GOING: Mapping[str, Leave] = {
    "touchpoints": _old_touchpoints,
    "texts": _old_texts,
    "rejected": _old_rejected,
    "inbox": _old_posts,
}
_LEAVING: Mapping[str, Leave] = {
    "touchpoints": _leave_touchpoints,
    "texts": _leave_texts,
    "rejected": _leave_rejected,
    "inbox": _leave_posts,
}
