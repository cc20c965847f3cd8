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

    @property
    def fresh(self) -> list[str]:
        """The texts that are not yet in the table."""
        return self.values[self._kept :]


def load(root: Path, column: str) -> Dictionary:
    """A column's dictionary as the table holds it now."""
    return Dictionary(values(root, column).to_pylist())


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
    """Append every fresh text in one commit; a reader of an older trail is not disturbed."""
    adds = []
    for column, dictionary in sorted(dictionaries.items()):
        fresh = dictionary.fresh
        if not fresh:
            continue
        first = len(dictionary) - len(fresh)
        codes = pa.array(range(first, len(dictionary)), pa.int32())
        rows = pa.table({"code": codes, "value": pa.array(fresh, pa.string())})
        adds.append(delta.write_file(root / FOLDER, ("column", column), rows)[0])
    if adds:
        delta.commit(root / FOLDER, SCHEMA, "column", adds)
    for dictionary in dictionaries.values():
        dictionary._kept = len(dictionary)
