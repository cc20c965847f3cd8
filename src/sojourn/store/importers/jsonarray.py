"""The elements of one long JSON array, without holding all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from sojourn.errors import ImportFailed

STRETCH = 4 << 20
MOST_ELEMENT = 64 << 20
SPACE = " \t\r\n"


def elements(read: Callable[[int], bytes], name: str, *, partial: bool = False) -> Iterator[bytes]:
    """Each element as JSON text on one line; `partial` allows the end to be missing.

    Raises ImportFailed where the array is broken: after that no element can be trusted.

    >>> pieces = iter([b'[{"a": 1},', b' {"a":\\n 2}]', b""])
    >>> list(elements(lambda size: next(pieces), "a.json"))
    [b'{"a": 1}', b'{"a":  2}']
    """
    text = _Text(read)
    if text.next_letter() != "[":
        raise ImportFailed(f"{name} is no JSON array.")
    text.at += 1
    decoder = json.JSONDecoder()
    while True:
        letter = text.next_letter()
        if letter == "]":
            return
        if letter == ",":
            text.at += 1
            text.next_letter()
        try:
            found = text.element(decoder)
        except ValueError as error:
            if partial:
                return
            raise ImportFailed(
                f"{name} is broken at letter {text.before + text.at:,}: {error}.",
                hint="Mend it there, or write the objects one a line (JSON Lines).",
            ) from None
        yield found.replace("\r", " ").replace("\n", " ").encode()


class _Text:
    """What was read of the text and not yet used."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._bytes = b""
        self.text = ""
        self.at = 0
        self.before = 0

    def more(self) -> bool:
        """Read on; False at the end."""
        data = self._read(max(STRETCH, len(self.text)))
        if not data:
            return False
        whole = self._bytes + data
        keep = _cut(whole)
        self._bytes = whole[keep:]
        self.before += self.at
        self.text = self.text[self.at :] + whole[:keep].decode("utf-8", "backslashreplace")
        self.at = 0
        return True

    def next_letter(self) -> str:
        """The next letter that is no space; "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in SPACE:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def element(self, decoder: json.JSONDecoder) -> str:
        """The text of the next element."""
        while True:
            try:
                _, end = decoder.raw_decode(self.text, self.at)
            except ValueError:
                if len(self.text) - self.at > MOST_ELEMENT or not self.more():
                    raise
                continue
            if end == len(self.text) and self.more():
                continue
            found = self.text[self.at : end]
            self.at = end
            return found


def _cut(data: bytes) -> int:
    """Where the last letter ends that is there as a whole."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) if back >= length else len(data) - back
        if byte < 0x80:
            break
    return len(data)
