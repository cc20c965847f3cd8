"""A file that holds one JSON object with a list in it, `{"reviews": [...]}`: its items as rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sojourn.errors import ImportFailed
from sojourn.store.importers.jsonarray import elements
from sojourn.store.importers.jsonlines import JsonLines
from sojourn.store.importers.textfile import TextFile

LARGEST = 256 << 20
"""Such a document is held in memory as a whole: larger ones are refused."""

SPACE = " \t\r\n"


class JsonDocument(JsonLines):
    """The items of the only list of objects in a JSON document, as a Source."""

    def __init__(self, file: TextFile) -> None:
        self._items: list[bytes] = []
        self._key = ""
        super().__init__(file, array=False)
        self.format = "JSON document"
        self.notes.append(f"The rows are the {len(self._items):,} items of {self._key!r}.")

    def _first_lines(self) -> bytes:
        self._key, self._items = items_of(_whole(self.file), self.file.path.name)
        return b"\n".join(self._items[:1000])

    def pieces(self) -> Iterator[bytes]:
        """All the items at once: they are in memory anyway."""
        self.done = self.total
        yield b"\n".join(self._items)


def is_document(beginning: bytes, *, whole: bool) -> bool:
    """Whether a text that begins with `{` is one object, not one a line.

    An object over several lines is; so is a single line in which everything beside one list of
    objects is plain, like a count or a token for the next page.

    >>> is_document(b'{"a": 1}\\n{"a": 2}\\n', whole=True)
    False
    >>> is_document(b'{"next": null, "reviews": [{"a": 1}]}', whole=True)
    True
    """
    first, _, others = beginning.lstrip().partition(b"\n")
    try:
        found = json.loads(first)
    except ValueError:
        return not first.rstrip().endswith(b"}") and bool(others.strip())
    if not whole or others.strip() or not isinstance(found, dict):
        return False
    plain = [not isinstance(value, (dict, list)) for value in found.values()]
    return len(lists_in(found)) == 1 and sum(plain) == len(plain) - 1


def lists_in(document: dict[str, Any]) -> list[str]:
    """The members of an object that are lists of objects."""
    return [
        key
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    ]


def items_of(text: str, name: str) -> tuple[str, list[bytes]]:
    """The only list of objects in a document: its name, and each item as it is written.

    >>> items_of('{"n": 1, "reviews": [{"stars": 5.0}]}', "a.json")
    ('reviews', [b'{"stars": 5.0}'])
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ImportFailed(
            f"{name} is no JSON: {told}.",
            hint="Mend it there, or write the objects one a line (JSON Lines).",
        ) from None
    if not isinstance(document, dict):
        raise ImportFailed(f"{name} holds no JSON object.")
    found = lists_in(document)
    if len(found) != 1:
        there = f"{len(found)} lists ({', '.join(found)})" if found else "no list"
        raise ImportFailed(
            f"{name} is one JSON object with {there} of objects; rows are looked for in one list.",
            hint="Write the objects one a line: `jq -c '.NAME[]' file.json > rows.jsonl`.",
        )
    key = found[0]
    return key, list(elements(_reader(dict(_members(text))[key]), name))


def _members(text: str) -> Iterator[tuple[str, str]]:
    """The names of an object that is known to be whole, and the text of each one's value."""
    decoder = json.JSONDecoder()
    at = _after(text, text.index("{") + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        start = _after(text, _after(text, at) + 1)
        _, at = decoder.raw_decode(text, start)
        yield key, text[start:at]
        at = _after(text, at)
        at = _after(text, at + 1) if text[at] == "," else at


def _after(text: str, at: int) -> int:
    """The place of the next letter that is no space."""
    while text[at] in SPACE:
        at += 1
    return at


def _reader(text: str) -> Callable[[int], bytes]:
    waiting = [text.encode()]
    return lambda _: waiting.pop() if waiting else b""


def _whole(file: TextFile) -> str:
    found: list[bytes] = []
    size = 0
    with file.open() as stretches:
        while data := stretches.read(8 << 20):
            size += len(data)
            if size > LARGEST:
                raise ImportFailed(
                    f"{file.path.name} is one JSON object of more than {LARGEST >> 20} MB.",
                    hint="Write its items one a line: `jq -c '.NAME[]' file.json > rows.jsonl`.",
                )
            found.append(data)
    return b"".join(found).decode("utf-8", "backslashreplace")
