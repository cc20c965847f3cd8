"""Whole records from a stretch of delimited text, and those that no reader could trust cut out.

A quote opens a field only where a field begins, and what follows a closing quote must be a
delimiter or the end of the line. A record that breaks this is cut at the end of its first line
and replaced by a marker, so that one lost quote does not swallow the rows after it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints

MOST_RECORD = 64 << 20
"""Bytes of one record; a quote that is not closed within them never will be."""

MARKER = b"\x00" + uuid4().hex.encode()
QUOTE = ord('"')
NEWLINE = ord("\n")
RETURN = ord("\r")

UNCLOSED = "a quote is opened and never closed"
AFTER_QUOTE = "text follows a closing quote"


class Tidied(NamedTuple):
    """Text of whole records in which `cut[i]`, (reason, raw), stands where marker `i` does.

    `used` says how many bytes of the input went in; the rest begins a record that goes on.
    """

    text: bytes
    cut: list[tuple[str, bytes]]
    used: int


def tidy(data: bytes, delimiter: bytes, columns: int, *, final: bool) -> Tidied:
    """Cut `data`, which begins with a record, after its last whole one; `final` ends the file.

    >>> tidy(b'a,"b"x\\nc,d\\ne,', b",", 2, final=False).cut
    [('text follows a closing quote', b'a,"b"x')]
    """
    if QUOTE not in data:
        used = len(data) if final else data.rfind(b"\n") + 1
        return Tidied(data[:used], [], used)
    return _Cutter(data, delimiter, columns, final).run()


class _Cutter:
    def __init__(self, data: bytes, delimiter: bytes, columns: int, final: bool) -> None:
        self.data = data
        self.delimiter = delimiter[0]
        self.stop = re.compile(b"[" + re.escape(delimiter) + b"\r\n]")
        self.padding = delimiter * columns
        self.final = final
        self.letters = np.frombuffer(data, np.uint8)
        self.quotes: Ints = np.flatnonzero(self.letters == QUOTE)
        self.wrong: dict[int, Ints] = {}
        self.pieces: list[bytes] = []
        self.cut: list[tuple[str, bytes]] = []

    def _wrong(self, odd: int) -> Ints:
        """The quotes out of place when those of even (`odd` 0) or odd (1) number open fields."""
        if odd not in self.wrong:
            opening, closing = self.quotes[odd::2], self.quotes[1 - odd :: 2]
            after_edge = self._edge(self.letters[np.maximum(opening - 1, 0)])
            last = len(self.letters) - 1
            before_edge = self._edge(self.letters[np.minimum(closing + 1, last)])
            opens = np.flatnonzero(~after_edge) * 2 + odd
            closes = np.flatnonzero(~before_edge) * 2 + 1 - odd
            self.wrong[odd] = np.sort(np.concatenate([opens, closes]))
        return self.wrong[odd]

    def _edge(self, letters: NDArray[np.uint8]) -> Bools:
        found = letters == self.delimiter
        for letter in (NEWLINE, RETURN, QUOTE):
            found |= letters == letter
        return found

    def run(self) -> Tidied:
        """Go from one quote out of place to the next; between them all is well."""
        at = kept = 0
        while True:
            first = int(np.searchsorted(self.quotes, at))
            start = self._next_doubtful(first, at)
            if start is None:
                break
            end, reason = self._record(start)
            if reason is None and end > 0:
                at = end
                continue
            if reason is None or (reason == UNCLOSED and not self._hopeless(start)):
                return self._done(kept, start)
            line = self._line_end(start)
            if line < 0:
                return self._done(kept, start)
            self._cut_out(kept, start, line, reason)
            at = kept = line
        return self._done(kept, self._whole_until(at, first))

    def _next_doubtful(self, first: int, at: int) -> int | None:
        """Where the next record begins that has a quote out of place or left open."""
        wrong = self._wrong(first % 2)
        place = int(np.searchsorted(wrong, first))
        if place < len(wrong):
            return self._record_start(first, int(wrong[place]), at)
        if (len(self.quotes) - first) % 2:
            return self._record_start(first, len(self.quotes) - 1, at)
        return None

    def _record_start(self, first: int, quote: int, at: int) -> int:
        """The start of the record around a quote: the last line break outside of quotes."""
        for i in range(quote - (quote - first) % 2, first, -2):
            found = self.data.rfind(b"\n", int(self.quotes[i - 1]) + 1, int(self.quotes[i]))
            if found >= 0:
                return found + 1
        end = int(self.quotes[first]) if first < len(self.quotes) else len(self.data)
        return max(at, self.data.rfind(b"\n", at, end) + 1)

    def _record(self, start: int) -> tuple[int, str | None]:
        """Read one record field by field: its end (0: past the data), or what is wrong."""
        data, i = self.data, start
        while i < len(data):
            if data[i] == QUOTE:
                i = self._closing(i)
                if i < 0:
                    return 0, UNCLOSED
                if i == len(data):
                    break
                if data[i] not in (self.delimiter, NEWLINE, RETURN):
                    return 0, AFTER_QUOTE
            else:
                found = self.stop.search(data, i)
                if found is None:
                    break
                i = found.start()
            i += 1
            if data[i - 1] != self.delimiter:
                return i, None
        return (len(data) if self.final else 0), None

    def _closing(self, i: int) -> int:
        """The place after the quote that closes the one at `i`; -1 when there is none."""
        while True:
            i = self.data.find(b'"', i + 1)
            if i < 0:
                return -1
            if self.data[i + 1 : i + 2] != b'"':
                return i + 1
            i += 1

    def _hopeless(self, start: int) -> bool:
        return self.final or len(self.data) - start > MOST_RECORD

    def _line_end(self, start: int) -> int:
        found = self.data.find(b"\n", start)
        if found < 0:
            return len(self.data) if self._hopeless(start) else -1
        return found + 1

    def _cut_out(self, kept: int, start: int, line: int, reason: str) -> None:
        marker = MARKER + str(len(self.cut)).encode() + self.padding + b"\n"
        self.pieces += [self.data[kept:start], marker]
        self.cut.append((reason, self.data[start:line].rstrip(b"\r\n")))

    def _whole_until(self, at: int, first: int) -> int:
        if self.final:
            return len(self.data)
        last = int(self.quotes[-1]) if first < len(self.quotes) else at
        found = self.data.rfind(b"\n", max(last, at))
        return (
            found + 1
            if found >= 0
            else max(at, self._record_start(first, len(self.quotes) - 1, at))
        )

    def _done(self, kept: int, used: int) -> Tidied:
        last = self.data[kept:used]
        return Tidied(b"".join([*self.pieces, last]) if self.cut else last, self.cut, used)
