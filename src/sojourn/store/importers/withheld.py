"""What comes in of somebody who was erased: counted, and not stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.bucket import Bools
from sojourn.core.claims import Alias
from sojourn.core.suppression import Suppressed
from sojourn.store.importers.dedupe import Changes, rewritten
from sojourn.store.importers.stage import Stage
from sojourn.store.importers.staging import STORED
from sojourn.store.importers.told import CLAIMS, TRAITS, files_of
from sojourn.store.suppressed import suppressed

IDS = ("seq", "ts", "user_id", "device_id", "aliases")
FOREVER = 1 << 62


def withhold(
    root: Path, stage: Stage, keep: Bools, staged: Sequence[Path]
) -> tuple[Bools, list[Path], int, int]:
    """Take out of what was staged all that is of somebody erased.

    Gives which rows stay, the files that still have any, how many touchpoints and how many
    people rows were withheld. Rejected rows that carry an id of theirs are not kept either.
    """
    gone = suppressed(root)
    if not gone:
        return keep, list(staged), 0, 0
    dropped = [np.zeros(0, np.int64)]
    left = []
    for path in staged:
        mine = _theirs(path, gone)
        dropped.append(mine)
        none = np.zeros(0, np.int64)
        kept = rewritten(path, Changes(mine, none, none, pa.array([], pa.string())))
        if kept is not None:
            _nameless(kept, gone)
            left.append(kept)
    seqs = np.sort(np.concatenate(dropped))
    keep = keep.copy()
    keep[seqs - stage.first_seq] = False
    for path in sorted(stage.folder.glob("rejected-*.parquet")):
        without_rejected(path, gone)
    return keep, left, len(seqs), _withhold_told(stage.folder, gone)


def _theirs(path: Path, gone: Suppressed) -> np.ndarray:
    """The rows of a staged file that are of somebody erased, by seq."""
    table = pq.read_table(path, columns=list(IDS), partitioning=None)
    ts = table["ts"].cast(pa.int64()).to_pylist()
    texts = [table[name].cast(pa.string()).to_pylist() for name in ("user_id", "device_id")]
    found = [
        seq
        for seq, at, user, device, aliases in zip(
            table["seq"].to_pylist(), ts, *texts, table["aliases"].to_pylist(), strict=True
        )
        if gone.withheld(user, device, _pairs(aliases), at)
    ]
    return np.array(sorted(found), np.int64)


def _pairs(aliases: Sequence[Mapping[str, str]] | None) -> list[tuple[str, str]]:
    return [Alias(a["kind"], a["id"]) for a in aliases or () if a["id"]]


def _nameless(path: Path, gone: Suppressed) -> None:
    """Take ids of somebody erased out of the rows of others."""
    table = pq.read_table(path, partitioning=None)
    ts = table["ts"].cast(pa.int64()).to_pylist()
    lists = table["aliases"].to_pylist()
    referred = table["referred_by"].cast(pa.string()).to_pylist()
    new = [
        [a for a in each if not gone.holds(Alias(a["kind"], a["id"]), at)] or None if each else each
        for each, at in zip(lists, ts, strict=True)
    ]
    brought = [None if text and gone.among([text]) else text for text in referred]
    if new == lists and brought == referred:
        return
    for name, values in (("aliases", new), ("referred_by", brought)):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, STORED.field(name), pa.array(values, STORED.field(name).type))
    pq.write_table(table.cast(STORED), path, compression="zstd")


def _withhold_told(folder: Path, gone: Suppressed) -> int:
    """Take people rows of somebody erased out of what was written down; how many."""
    rows: set[int] = set()
    for path in files_of(folder, CLAIMS):
        table = pq.read_table(path)
        times = table["ts"].cast(pa.int64()).to_pylist()
        listed = table["aliases"].to_pylist()
        for row, at, aliases in zip(table["row"].to_pylist(), times, listed, strict=True):
            if gone.withheld(None, None, _pairs(aliases), FOREVER if at is None else at):
                rows.add(row)
    if rows:
        numbers = pa.array(sorted(rows), pa.int64())
        for path in (*files_of(folder, CLAIMS), *files_of(folder, TRAITS)):
            table = pq.read_table(path)
            pq.write_table(table.filter(pc.invert(pc.is_in(table["row"], numbers))), path)
    return len(rows)


def without_rejected(path: Path, gone: Suppressed) -> None:
    """Leave rows of somebody erased out of a file of rejected rows."""
    table = pq.read_table(path)
    mine = [gone.among(texts_in(row)) for row in table.select(["raw", "fields"]).to_pylist()]
    if any(mine):
        pq.write_table(table.filter(pc.invert(pa.array(mine))), path, compression="zstd")


def texts_in(row: Mapping[str, Any]) -> Iterator[str]:
    """What stands in the fields of a rejected row, or between the marks of its text."""
    try:
        waiting: list[Any] = [json.loads(row.get("fields") or "{}")]
    except ValueError:
        waiting = [row["fields"]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif value is not None:
            yield str(value).strip()
            yield str(value).strip().lower()
    for mark in ",;|\t":
        for part in str(row.get("raw") or "").split(mark):
            yield part.strip().strip("\"'")
