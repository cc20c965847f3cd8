"""The pictures of a map: taken in once, made small and plain, kept in `maps/images/`.

Whatever is brought is decoded and written anew, so nothing of a file but its picture is kept:
no program, no place where a photograph was taken.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from sojourn.errors import MapError
from sojourn.maps.keeping import FOLDER

IMAGES = "images"
TAKEN = ("PNG", "JPEG", "WEBP")
MOST_BYTES, MOST_PIXELS, SIDE = 10_000_000, 40_000_000, 1_000
NAMED = re.compile(r"[a-z0-9][a-z0-9-]{0,60}-[0-9a-f]{8}\.(png|jpeg)")


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: its file's name, its bytes, and its size in pixels."""

    name: str
    data: bytes
    width: int
    height: int

    @property
    def kind(self) -> str:
        """`png` or `jpeg`."""
        return self.name.rpartition(".")[2]


def taken(raw: bytes, name: str) -> Picture:
    """The picture in some bytes, at most 1,000 pixels wide or high; `name` is what its file was
    called. Raises MapError for what is no PNG, JPEG or WebP, or is too large.
    """
    if len(raw) > MOST_BYTES:
        raise MapError(f"{name[:80]!r} has more than {MOST_BYTES:,} bytes.")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(raw), formats=TAKEN) as found:
            warnings.simplefilter("ignore")
            if found.width * found.height > MOST_PIXELS:
                raise MapError(f"{name[:80]!r} has more than {MOST_PIXELS:,} pixels.")
            upright = ImageOps.exif_transpose(found) or found
            clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            small = upright.convert("RGBA" if clear else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError,
            SyntaxError) as error:  # fmt: skip
        raise MapError(
            f"{name[:80]!r} is no picture that can be read: {type(error).__name__}.",
            hint="A picture is a PNG, JPEG or WebP file.",
        ) from None
    small.thumbnail((SIDE, SIDE))
    small.info.clear()
    out, kind = io.BytesIO(), "png" if clear else "jpeg"
    small.save(out, kind.upper(), **({"optimize": True} if clear else {"quality": 82}))
    data = out.getvalue()
    stem = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:60] or "picture"
    digest = hashlib.sha256(data).hexdigest()[:8]
    return Picture(f"{stem}-{digest}.{kind}", data, small.width, small.height)


def keep(folder: Path, picture: Picture) -> None:
    """Write a picture beside the maps; the same again changes nothing."""
    place = folder / FOLDER / IMAGES
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / f".{picture.name}.new"
    fresh.write_bytes(picture.data)
    fresh.replace(place / picture.name)


def load(folder: Path, name: str) -> Picture | None:
    """A picture by its file's name; None where there is none, or the name is not one of ours."""
    if not NAMED.fullmatch(name):
        return None
    try:
        data = (folder / FOLDER / IMAGES / name).read_bytes()
        with Image.open(io.BytesIO(data), formats=TAKEN) as found:
            return Picture(name, data, found.width, found.height)
    except (OSError, ValueError, SyntaxError):
        return None
