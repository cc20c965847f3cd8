"""Personal data that stays out: hashed or dropped before anything else sees a row.

What is left of a file behind a Guarded source holds none of it, whatever becomes of a row: a
touchpoint, a person's trait, or a rejected row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.blocked import is_blocked
from sojourn.core.contacts import EMAIL, PHONE, hashed, names_no_phone
from sojourn.errors import ImportFailed
from sojourn.store.importers.ids import PREFIX, kind_of, looked_up
from sojourn.store.importers.mapping import PERSON, folded, map_columns, synonyms
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.source import Block, Broken, Source
from sojourn.store.importers.textfile import as_utf8
from sojourn.store.importers.texts import as_text
from sojourn.store.importers.times import is_text
from sojourn.store.rejected import ID_COLUMN

ADDRESS = re.compile(r"[\w.+%'!#$*^{}~|-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
"""An e-mail address somewhere in a text, also in the address of a page."""

Own: TypeAlias = Sequence[tuple[str, str]]
"""The ids of a row as they are written there, each with what stands in its place."""

SHORTEST = 5
"""A shorter id is only replaced in its own column: it would be found in every text."""

LIKELY = "phone, likely"
PHONES = re.compile("phone|telefon|mobile|cellular|fax")
"""Columns that are called like this may hold numbers beside those that tell people apart."""

WITHHELD = "(not kept: this row could not be taken apart, and may hold personal data)"
SAMPLE_ROWS = 1000


def guarded(source: Source, options: ImportOptions) -> Source:
    """The source without the personal data that the options keep out."""
    if not (options.hash or options.drop):
        return source
    return cast(Source, Guarded(source, options))


class Guarded:
    """A Source whose rows are cleaned as soon as they are parsed."""

    def __init__(self, inner: Source, options: ImportOptions) -> None:
        self.inner = inner
        self._json = hasattr(inner, "paths")
        block = inner.sample()
        names = [*getattr(inner, "paths", block.table.schema.names)]
        self.cleaner = Cleaner(options, names, block.table)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """That of the source inside: recipes ask what kind of file it is."""
        return type(self.inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("inner", "cleaner", "_json"):
            super().__setattr__(name, value)
        else:
            setattr(self.inner, name, value)

    def sample(self) -> Block:
        """The first rows."""
        if self._json:
            return self.parse(cast(Any, self.inner)._head).head(SAMPLE_ROWS)
        return self.cleaner.block(self.inner.sample())

    def parse(self, piece: Any) -> Block:
        """The rows of one piece."""
        if not self._json:
            return self.cleaner.block(self.inner.parse(piece))
        lines = as_utf8(piece, sure=cast(Any, self.inner).file.sure).split(b"\n")
        clean = b"\n".join(self.cleaner.line(line) for line in lines)
        return self.inner.parse(clean)


class Cleaner:
    """Takes personal data out of values; `names` are the file's columns.

    Rejected rows that come `again` have lost some columns already.
    """

    def __init__(self, options: ImportOptions, names: Collection[str], sample: pa.Table) -> None:
        self.options = options
        self.again = ID_COLUMN in names
        self.kinds = self._hashed(names, sample)
        self.dropped = self._dropped(names)
        self.addresses = EMAIL in options.hash

    def _hashed(self, names: Collection[str], sample: pa.Table) -> dict[str, str]:
        """Which columns are hashed, with the kind of id that they hold."""
        options, found = self.options, dict[str, str]()
        for key, column in options.columns.items():
            kind = options.person_kind if key == PERSON else kind_of(key)
            if kind in options.hash and column.startswith("=") and column not in names:
                raise ImportFailed(f"--hash {kind}: the constant {column[1:]!r} cannot be hashed.")
        try:
            mapped = map_columns(sample, options)
        except ImportFailed:
            mapped = ()
        for each in mapped:
            if each.column and kind_of(each.field) in options.hash:
                found[each.column] = kind_of(each.field)
        for kind in options.hash:
            called = {folded(kind), *synonyms().get(f"{PREFIX}{kind}", ())}
            for name in names:
                if called & {folded(name), folded(name.rpartition(".")[2])}:
                    found[name] = kind
            if kind not in found.values() and kind != EMAIL and not self.again:
                raise ImportFailed(
                    f"--hash {kind}: no column holds it. The columns are: {', '.join(names)}.",
                    hint=f"Say which with `--alias {kind}=COLUMN`.",
                )
        return found

    def _dropped(self, names: Collection[str]) -> set[str]:
        found = set()
        for said in self.options.drop:
            alike = [n for n in names if n == said or folded(n) == folded(said)]
            inside = [n for n in names if n.startswith(f"{said}.")]
            if not alike and not inside and not self.again:
                raise ImportFailed(
                    f"--drop {said}: there is no such column. There are: {', '.join(names)}."
                )
            found.update([*alike, *inside, *([said] if inside else [])])
        return found

    # One value

    def value(self, kind: str, text: str) -> str | None:
        """An id's keyed hash; what names nobody stays, for it says nothing of anybody."""
        if kind == LIKELY:
            return text if names_no_phone(text) else self.value(PHONE, text)
        plain = self.options.contacts.normal(kind, text.strip())
        if not plain or is_blocked(plain, self.options.blocked):
            return plain or None
        if kind == PHONE and names_no_phone(plain):
            return None
        return hashed(self.options.secret, kind, plain)

    def text(self, text: str, own: Own = ()) -> str:
        """A text with a hash in the place of each e-mail address, and of the row's `own` ids."""
        for raw, clean in own:
            text = text.replace(raw, clean)
        if not self.addresses:
            return text
        return ADDRESS.sub(lambda match: self._address(match[0]), text)

    def _address(self, found: str) -> str:
        return self.value(EMAIL, unquote(found).strip("'")) or ""

    # JSON

    def line(self, line: bytes) -> bytes:
        """A line of JSON, clean; one that is no object is not kept."""
        if not line.strip():
            return line
        try:
            found = json.loads(line)
        except ValueError:
            return json.dumps(WITHHELD).encode()
        if not isinstance(found, dict):
            return json.dumps(WITHHELD).encode()
        return json.dumps(self.whole(found), ensure_ascii=False).encode()

    def whole(self, found: dict[str, Any]) -> Any:
        """A row's fields, clean."""
        return self.tree(found, "", list(self._own(found, "")))

    def _own(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """The ids of a row as they are written, and what they become."""
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._own(inner, _below(path, key))
        elif isinstance(value, list):
            for inner in value:
                yield from self._own(inner, path)
        elif value is not None and (kind := self._kind_of(path)):
            yield from self._told(kind, str(value))

    def _told(self, kind: str, raw: str) -> Iterator[tuple[str, str]]:
        if len(raw.strip()) >= SHORTEST and not is_blocked(raw, self.options.blocked):
            yield raw.strip(), self.value(kind, raw) or ""

    def tree(self, value: Any, path: str, own: Own) -> Any:
        """A JSON value, clean; `path` is its dotted name, `own` the ids of its row."""
        if isinstance(value, dict):
            return {
                self.text(key, own): self.tree(inner, _below(path, key), own)
                for key, inner in value.items()
                if _below(path, key) not in self.dropped
            }
        if isinstance(value, list):
            return [self.tree(inner, path, own) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        kind = self._kind_of(path)
        if kind:
            return self.value(kind, str(value))
        return self.text(value, own) if isinstance(value, str) else value

    def _kind_of(self, path: str) -> str | None:
        if path in self.kinds:
            return self.kinds[path]
        leaf = folded(path.rpartition(".")[2])
        for kind in self.options.hash:
            if leaf == folded(kind) or leaf in synonyms().get(f"{PREFIX}{kind}", ()):
                return kind
        return LIKELY if PHONE in self.options.hash and PHONES.search(leaf) else None

    # Tables

    def block(self, block: Block) -> Block:
        """A block whose table and broken rows are clean."""
        kept = [name for name in block.table.schema.names if name not in self.dropped]
        own = self._own_of_rows(block.table.select(kept))
        columns = {name: self._column(name, block.table.column(name), own) for name in kept}
        table = pa.table(columns) if columns else block.table.select([])
        return Block(table, block.rows, block.records, [self._broken(b) for b in block.broken])

    def _broken(self, one: Broken) -> Broken:
        fields = one.fields
        clean = self.whole(dict(fields)) if isinstance(fields, Mapping) else None
        raw = None if one.raw is None else WITHHELD
        return one._replace(raw=raw, fields=clean, found=None)

    def _own_of_rows(self, table: pa.Table) -> dict[int, list[tuple[str, str]]]:
        """By row, its ids as they are written, and what they become."""
        found: dict[int, list[tuple[str, str]]] = {}
        for name in table.schema.names:
            kind = self._kind_of(name)
            if kind and not pa.types.is_nested(table.schema.field(name).type):
                for row, raw in enumerate(table.column(name).to_pylist()):
                    if raw is not None:
                        found.setdefault(row, []).extend(self._told(kind, str(raw)))
        return found

    def _column(self, name: str, column: Any, own: Mapping[int, Own]) -> Any:
        array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        kind = self._kind_of(name)
        if pa.types.is_nested(array.type):
            if name == "aliases":
                return pa.array([self._aliases(row) for row in array.to_pylist()], array.type)
            rows = enumerate(array.to_pylist())
            return pa.array([self.tree(v, name, own.get(i, ())) for i, v in rows], array.type)
        if kind:
            texts = array.cast(pa.string()) if pa.types.is_dictionary(array.type) else array
            return looked_up(as_text(texts), lambda text: self.value(kind, text))
        coded = pa.types.is_dictionary(array.type)
        if not (coded or is_text(array.type)):
            return array
        texts = array.cast(pa.string()) if coded else array
        changed = {}
        for row, ids in own.items():
            text = texts[row].as_py()
            if text and any(raw in text for raw, _ in ids):
                changed[row] = self.text(text, ids)
        if changed:
            rows = enumerate(texts.to_pylist())
            texts = pa.array([changed.get(i, text) for i, text in rows], pa.string())
        some = pc.any(pc.match_substring_regex(texts, "@|%40").fill_null(False)).as_py()
        if self.addresses and some:
            return looked_up(texts, self.text)
        return texts if changed else array

    def _aliases(self, row: Iterable[Mapping[str, str]] | None) -> Any:
        if row is None:
            return None
        return [
            {**a, "id": self.value(a["kind"], a["id"])} if a["kind"] in self.options.hash else a
            for a in row
        ]


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
