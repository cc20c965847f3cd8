"""Text files as UTF-8, whatever their encoding and compression, a stretch at a time."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from charset_normalizer import from_bytes

from sojourn.errors import ImportFailed

GZIP = b"\x1f\x8b"
SAMPLE = 1 << 20
MOST_LINES = 2000
UTF8 = "utf-8"
NUL = "\x00"
WESTERN = "cp1252"
BOMS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OLD = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp437", "cp850", "mac_roman", "latin_1")


class NotUtf8(Exception):
    """Bytes that are no UTF-8, in a file whose beginning was plain ASCII."""


@dataclass(frozen=True)
class TextFile:
    """A text file and how to read it; `sure` is False while its beginning is plain ASCII.

    `bom` is how many bytes at the beginning only name the encoding.
    """

    path: Path
    encoding: str = UTF8
    gzipped: bool = False
    bom: int = 0
    sure: bool = True

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size

    def open(self) -> Stretches:
        """Read it from the beginning."""
        return Stretches(self)

    def hashed(self) -> str:
        """The SHA-256 of the bytes on disk."""
        return sha256_of(self.path)

    def beginning(self, size: int = SAMPLE) -> tuple[bytes, bool]:
        """The first bytes as UTF-8, and whether they are all there are."""
        with self.open() as stretches:
            return stretches.read(size), not stretches.read(1)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


class Stretches:
    """An open text file: UTF-8 stretches, the bytes read so far and, at the end, their hash."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._raw = _Hashing(file.path.open("rb"))
        self._bytes: Any = self._raw
        if file.gzipped:
            self._bytes = gzip.GzipFile(fileobj=self._raw)
        self._bytes.read(file.bom)
        self._decoder = None if file.encoding == UTF8 else decoder(file.encoding)

    def read(self, size: int) -> bytes:
        """The next bytes, as UTF-8 unless the file is UTF-8 already; b"" at the end."""
        while True:
            try:
                data: bytes = self._bytes.read(size)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ImportFailed(f"{self._file.path} is damaged: {error}") from None
            if self._decoder is None:
                return data
            try:
                text = self._decoder.decode(data, final=not data).encode(UTF8, "backslashreplace")
            except UnicodeDecodeError as error:
                raise ImportFailed(
                    f"{self._file.path} is not {self._file.encoding} throughout: {error.reason} "
                    f"near byte {self._raw.done:,}."
                ) from None
            if text or not data:
                return text

    @property
    def done(self) -> int:
        """Bytes of the file on disk that were read."""
        return self._raw.done

    def mark(self) -> str:
        """The hash of the bytes that were read so far."""
        return self._raw.hash.copy().hexdigest()

    @property
    def sha256(self) -> str:
        """The hash of the bytes read, which is the file's once all were read."""
        while self._raw.read(SAMPLE):
            pass
        return self._raw.hash.hexdigest()

    def __enter__(self) -> Stretches:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._raw.close()


class _Hashing(io.RawIOBase):
    """A file that counts and hashes what is read of it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.done = 0
        self.hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.done += len(data)
        self.hash.update(data)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


def detect(path: Path, head: bytes, asked: str | None = None) -> TextFile:
    """The encoding of a text file by its beginning, `head` (as on disk).

    A byte order mark decides; else what is valid UTF-8 is UTF-8; else the encoding of the older
    kind that fits the letters best.
    """
    gzipped = head.startswith(GZIP)
    if gzipped:
        head = _unzipped(path, head)
    file = TextFile(path, gzipped=gzipped)
    if asked is not None:
        return replace(file, encoding=_known(asked), bom=_bom(head, _known(asked)))
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return replace(file, encoding=encoding, bom=len(mark))
    if wide := _without_mark(head):
        return replace(file, encoding=wide)
    if head.isascii():
        return replace(file, sure=len(head) < SAMPLE)
    if is_utf8(head):
        return file
    found = _Lines()
    found.add(head.split(b"\n"))
    return replace(file, encoding=found.encoding)


def is_utf8(data: bytes) -> bool:
    """Whether bytes, perhaps cut inside a letter, are UTF-8."""
    try:
        codecs.getincrementaldecoder(UTF8)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _is_meant_as_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8, or would be but for half letters that some programs write."""
    try:
        line.decode(UTF8, "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(text: bytes, *, sure: bool = True) -> bytes:
    """The same bytes when they are UTF-8; else those that are not written out after a NUL.

    Unless it is `sure` that the file is UTF-8, that raises NotUtf8.
    """
    if text.isascii():
        return text
    try:
        text.decode(UTF8)
    except UnicodeDecodeError:
        if not sure:
            raise NotUtf8 from None
        return text.decode(UTF8, "sojourn-marked").encode()
    return text


def old_encoding(lines: Sequence[bytes]) -> str:
    """The one-byte encoding that fits best; Western European when in doubt."""
    found = from_bytes(b"\n".join(lines)[:65_536], cp_isolation=[*OLD])
    best = found.best()
    for match in found:
        if best and WESTERN in match.could_be_from_charset and match.chaos <= best.chaos + 0.02:
            return WESTERN
    return best.encoding if best else WESTERN


@dataclass
class _Lines:
    """Lines with other letters than ASCII, and whether they are UTF-8."""

    proper: int = 0
    broken: int = 0
    seen: list[bytes] = field(default_factory=list)

    def add(self, lines: Sequence[bytes]) -> None:
        odd = [line for line in lines if not line.isascii()]
        good = sum(map(_is_meant_as_utf8, odd))
        self.proper += good
        self.broken += len(odd) - good
        self.seen += odd[: MOST_LINES - len(self.seen)]

    @property
    def encoding(self) -> str:
        """UTF-8, with a few broken lines perhaps, when more lines are proper UTF-8 than not."""
        return UTF8 if self.proper > self.broken else old_encoding(self.seen)


def whole_encoding(file: TextFile) -> str:
    """The encoding of a file that began as ASCII, by all of its lines."""
    found = _Lines()
    rest = b""
    with replace(file, encoding=UTF8).open() as stretches:
        while data := stretches.read(8 << 20):
            *lines, rest = (rest + data).split(b"\n")
            found.add(lines)
    found.add([rest])
    return found.encoding


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """A decoder; the few letters that cp1252 leaves open are read as in latin-1."""
    errors = "sojourn-latin" if encoding == WESTERN else "strict"
    return codecs.getincrementaldecoder(encoding)(errors)


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _as_marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(f"{NUL}\\x{byte:02x}" for byte in bad), error.end


codecs.register_error("sojourn-latin", _as_latin)
codecs.register_error("sojourn-marked", _as_marked)


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise ImportFailed(f"There is no encoding {encoding!r}.") from None
    return {"utf-8-sig": UTF8, "iso8859-1": WESTERN, "utf-16": "utf-16-le"}.get(name, name)


def _bom(head: bytes, encoding: str) -> int:
    return next((len(m) for m, name in BOMS if name == encoding and head.startswith(m)), 0)


def _without_mark(head: bytes) -> str | None:
    """UTF-16 that does not say so: nearly every second byte is 0."""
    half = max(1, len(head) // 2)
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if len(head) >= 4 and even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _unzipped(path: Path, head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, SAMPLE)
    except zlib.error as error:
        raise ImportFailed(f"{path} is a damaged gzip file: {error}") from None
