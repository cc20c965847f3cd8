"""What stands beside the log: rejected rows, lists, documents, and the texts of the trail."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.claims import Alias
from sojourn.core.traces import GONE, Traces
from sojourn.store import delta, dictionaries, lists
from sojourn.store.durable import replace_text
from sojourn.store.erasure.job import Job
from sojourn.store.erasure.tables import purge
from sojourn.store.rejected import REJECTED_SCHEMA, Rejected
from sojourn.store.trail import FOLDER as TRAIL
from sojourn.store.trail import Trail

DOCUMENTS = ("*.toml", "*.yaml", "models/**/*.y*ml", "maps/**/*.y*ml", "lists/*.y*ml",
             "recipes/**/*.y*ml", "presets/**/*.y*ml", "plays/**/*.y*ml")  # fmt: skip
"""What people write by hand, in which an id or a verbatim may stand."""

SPLIT = re.compile(r"[,;|\t\"'\s]+")


def told_in(row: Mapping[str, Any], traces: Traces) -> bool:
    """Whether a rejected row carries an id of theirs: within a text, or alone in a field."""
    texts = [str(row.get(name) or "") for name in ("raw", "fields", "found")]
    if any(traces.within(text) for text in texts):
        return True
    try:
        fields = json.loads(row.get("fields") or "{}")
    except ValueError:
        fields = {}
    alone = {*leaves(fields), *SPLIT.split(str(row.get("raw") or ""))}
    return not traces.ids.isdisjoint(alone)


def leaves(value: Any) -> Iterator[str]:
    """Every text and number in a JSON value, as texts."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield str(value)


def leave_rejected(root: Path, job: Job) -> int:
    """Take their rows out of the rejected ones; how many went."""
    return renewed_rejected(root, lambda row: not told_in(row, job.traces))


def renewed_rejected(root: Path, keep: Callable[[dict[str, Any]], bool]) -> int:
    """Keep only some of the rejected rows, and no old version of them; how many went.

    The table is made anew, because its commits say between which texts each file lies.
    """
    rejected = Rejected(root)
    fresh, old = (rejected.path.with_name(f"rejected.{what}") for what in ("new", "old"))
    if old.exists() and fresh.exists() and not rejected.path.exists():
        fresh.rename(rejected.path)
    for rest in (fresh, old):
        shutil.rmtree(rest, ignore_errors=True)
    rows = [row for batch in rejected.batches() for row in batch.to_pylist()]
    kept = [row for row in rows if keep(row)]
    if not rejected.path.exists() or (len(kept) == len(rows) and not _remembered(rejected.path)):
        return 0
    table = pa.Table.from_pylist(kept, REJECTED_SCHEMA)
    fresh.mkdir()
    path = fresh / "part-0.parquet"
    if kept:
        pq.write_table(table, path, compression="zstd")
    delta.commit_plain(fresh, REJECTED_SCHEMA, [path] if kept else [])
    rejected.path.rename(old)
    fresh.rename(rejected.path)
    shutil.rmtree(old)
    return len(rows) - len(kept)


def _remembered(folder: Path) -> bool:
    """Whether old versions of a table are still there, in which anybody may be."""
    table = delta.open_table(folder)
    if table is None:
        return False
    current = {folder / file.path for file in delta.files_of(table)}
    return any(p not in current for p in folder.glob("*.parquet")) or table.version() > 0


def leave_lists(root: Path, job: Job) -> int:
    """Take them out of the fixed lists; from how many."""
    touched = 0
    for name in lists.names(root):
        path = root / lists.FOLDER / f"{name}.csv"
        if not path.is_file():
            continue
        known = lists.aliases(root, name)
        kept = [pair for pair in known if Alias(*pair) not in job.traces.aliases]
        if len(kept) < len(known):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([lists.HEADER, *kept])
            replace_text(path, text.getvalue())
            touched += 1
    return touched


def leave_documents(root: Path, job: Job) -> int:
    """Take their ids and what they wrote out of documents made by hand; of how many."""
    touched = 0
    for path in sorted({p for pattern in DOCUMENTS for p in root.glob(pattern)}):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        clean = job.traces.without(text)
        for said in job.texts:
            clean = _spread(said).sub(GONE, clean)
        if clean != text:
            replace_text(path, clean)
            touched += 1
    return touched


def _spread(said: str) -> re.Pattern[str]:
    """A text as YAML may have it: its lines broken anywhere, its quotes doubled or escaped."""
    words = (re.escape(word).replace("'", "'{1,2}").replace('"', r'\\?"') for word in said.split())
    return re.compile(r"[\s\\]+".join(words))


def leave_truth(root: Path, job: Job) -> int:
    """Take them out of what a simulation says of its people; how many rows went."""
    gone = 0
    for path in sorted(root.glob("truth/*.parquet")):
        table = pq.ParquetFile(path).read()
        names = [f.name for f in table.schema if f.type in (pa.string(), pa.large_string())]
        ids = pa.array(sorted(job.traces.ids), pa.string())
        mask = np.zeros(table.num_rows, bool)
        for name in names:
            mask |= np.asarray(pc.is_in(table[name].cast(pa.string()), ids))
        if mask.any():
            gone += int(mask.sum())
            fresh = path.with_name(f"{path.name}.new")
            pq.write_table(table.filter(pa.array(~mask)), fresh, compression="zstd")
            fresh.replace(path)
    return gone


def leave_dictionaries(root: Path, job: Job) -> int:
    """Take out of the dictionaries who they were, and every text that no row has any more."""
    return tidy_dictionaries(root, {f"{alias.kind}:{alias.id}" for alias in job.traces.aliases})


def tidy_dictionaries(root: Path, names: Collection[str] | None = None) -> int:
    """Take texts out of the dictionaries that no row of the trail has any more, of people only
    those named (None: all).

    The codes stay, so that nobody reads another text for one; how many texts went.
    """
    trail = Trail(root)
    used = _used(trail)
    gone, adds, count = [], [], 0
    table = delta.open_table(root / dictionaries.FOLDER)
    files = [] if table is None else delta.files_of(table)
    for column in sorted({delta.partition_of(file) for file in files}):
        texts = dictionaries.values(root, column).to_pylist()
        if column == dictionaries.PERSON and names is not None:
            drop = {code for code, text in enumerate(texts) if text in names}
        else:
            drop = set(range(len(texts))) - used.get(column, set(range(len(texts))))
        drop = {code for code in drop if not texts[code].startswith("erased:")}
        if not drop:
            continue
        count += len(drop)
        clean = [f"erased:{code}" if code in drop else text for code, text in enumerate(texts)]
        rows = pa.table({"code": pa.array(range(len(clean)), pa.int32()), "value": clean})
        adds.append(delta.write_file(root / dictionaries.FOLDER, ("column", column), rows)[0])
        gone += [file for file in files if delta.partition_of(file) == column]
    if adds:
        folder = root / dictionaries.FOLDER
        delta.commit(folder, dictionaries.SCHEMA, "column", adds, gone)
    purge(root / dictionaries.FOLDER)
    purge(root / TRAIL)
    return count


def _used(trail: Trail) -> dict[str, set[int]]:
    """The codes of each coded column that a row of the trail has."""
    columns = (*trail.note.coded, dictionaries.PERSON)
    used: dict[str, set[int]] = {column: set() for column in columns}
    for path in trail.paths:
        rows = pq.ParquetFile(trail.root / TRAIL / path).read([*used])
        for column, codes in used.items():
            codes.update(pc.unique(rows[column]).drop_null().to_pylist())
    return used
