"""The workspace's dictionaries: one code for each text of a coded column, given once, for ever.

The Delta table `dictionaries/` has `column, code, value`, partitioned by column and append only,
so a code read yesterday means the same today. People are the column `person`, whose values carry
their kind (`user:42`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.bucket import NO_CODE, Codes
from sojourn.store import delta

PERSON = "person"
FOLDER = "dictionaries"

SCHEMA = pa.schema([("column", pa.string()), ("code", pa.int32()), ("value", pa.string())])


class Dictionary:
    """One column's codes; `encode` gives new texts the next codes."""

    def __init__(self, values: Sequence[str] = ()) -> None:
        self.values = list(values)
        self._codes = {value: code for code, value in enumerate(self.values)}
        self._kept = len(self.values)
        self._kinds: set[str] = set()
        self._looked = 0
        self.version = -1

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, value: object) -> bool:
        return value in self._codes

    def encode(self, texts: Iterable[str | None]) -> Codes:
        """The code of each text, -1 for none.

        >>> Dictionary(["a"]).encode(["b", None, "a", "b"]).tolist()
        [1, -1, 0, 1]
        """
        codes = self._codes
        out = []
        for text in texts:
            if text is None:
                out.append(NO_CODE)
                continue
            code = codes.get(text)
            if code is None:
                code = codes[text] = len(self.values)
                self.values.append(text)
            out.append(code)
        return np.array(out, np.int32)

    def find(self, texts: Iterable[str]) -> Codes:
        """The code of each text, -1 for one that has none; nothing is added."""
        return np.array([self._codes.get(text, NO_CODE) for text in texts], np.int32)

    def kinds(self) -> set[str]:
        """The kinds of ids among the texts of people: `user` of `user:42`."""
        upto = len(self.values)
        self._kinds |= {text.partition(":")[0] for text in self.values[self._looked : upto]}
        self._looked = upto
        return self._kinds

    @property
    def fresh(self) -> list[str]:
        """The texts that are not yet in the table."""
        return self.values[self._kept :]


class Kept:
    """The dictionaries as one writer left them, read again only when somebody else wrote."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._kept: dict[str, Dictionary] = {}

    def load(self, coded: Iterable[str]) -> dict[str, Dictionary]:
        """People, and these columns."""
        version = table_version(self.root)
        if any(dictionary.version != version for dictionary in self._kept.values()):
            self._kept.clear()
        for column in (PERSON, *coded):
            if column not in self._kept:
                self._kept[column] = load(self.root, column)
        return {column: self._kept[column] for column in (PERSON, *coded)}

    def names(self) -> Dictionary | None:
        """Everybody, where they are in memory as the table has them."""
        found = self._kept.get(PERSON)
        return found if found and found.version == table_version(self.root) else None

    def forget(self) -> None:
        """Read everything again next time."""
        self._kept.clear()


def table_version(root: Path) -> int:
    """The version of the table; -1 while there is none."""
    table = delta.open_table(root / FOLDER)
    return -1 if table is None else int(table.version())


def load(root: Path, column: str) -> Dictionary:
    """A column's dictionary as the table holds it now."""
    version = table_version(root)
    found = Dictionary(values(root, column).to_pylist())
    found.version = version
    return found


def values(root: Path, column: str, count: int | None = None) -> pa.StringArray:
    """A column's texts in order of their codes, the first `count` of them."""
    table = delta.open_table(root / FOLDER)
    if table is None:
        return pa.array([], pa.string())
    prefix = f"column={column}/"
    paths = [
        str(root / FOLDER / f.path) for f in delta.files_of(table) if f.path.startswith(prefix)
    ]
    if not paths:
        return pa.array([], pa.string())
    found = pa.concat_tables([pq.ParquetFile(p).read(["code", "value"]) for p in paths])
    order = pc.sort_indices(found["code"])
    texts = found["value"].take(order).combine_chunks()
    return texts if count is None else texts[:count]


def save(root: Path, dictionaries: dict[str, Dictionary]) -> None:
    """Append every fresh text in one commit; a reader of an older trail is not disturbed.

    A new file takes along those of its column that are not twice as large, so there are few.
    """
    table = delta.open_table(root / FOLDER)
    files = [] if table is None else delta.files_of(table)
    adds, gone = [], list[delta.DataFile]()
    for column, dictionary in sorted(dictionaries.items()):
        fresh = dictionary.fresh
        if not fresh:
            continue
        first = len(dictionary) - len(fresh)
        codes = pa.array(range(first, len(dictionary)), pa.int32())
        rows = [pa.table({"code": codes, "value": pa.array(fresh, pa.string())})]
        mine = (file for file in files if delta.partition_of(file) == column)
        for file in delta.taken_along(mine, len(fresh)):
            rows.append(pq.ParquetFile(root / FOLDER / file.path).read(["code", "value"]))
            gone.append(file)
        adds.append(delta.write_file(root / FOLDER, ("column", column), pa.concat_tables(rows))[0])
    version = -1 if table is None else int(table.version())
    if adds:
        version = delta.commit(root / FOLDER, SCHEMA, "column", adds, gone)
    for dictionary in dictionaries.values():
        dictionary._kept, dictionary.version = len(dictionary), version
