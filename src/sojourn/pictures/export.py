"""Pictures as files: PNG and PDF, and SVG that any program can draw."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from typing import Literal, TypeAlias, get_args

from sojourn.errors import PictureError
from sojourn.pictures import render

Form: TypeAlias = Literal["svg", "png", "pdf"]

MOST_PIXELS = 100_000_000
PATIENCE = 120.0
"""Seconds after which a render is given up."""

_VARIABLE = re.compile(r'="var\(--sj-[a-z]+, (#[0-9A-Fa-f]{6})\)"')
_STYLE = re.compile(r"<style>[^<]*</style>")
_SIZE = re.compile(r'<svg [^>]*?width="(\d+)" height="(\d+)"')
_one_at_a_time = Lock()


def export(svg: str, form: Form, *, scale: float = 2) -> bytes:
    """Turn a picture into a file's bytes: `png`, `pdf`, or `svg` with literal colours.

    A PNG is `scale` times as wide and high as the picture says. Rendering happens in a process of
    its own, one at a time, so that a server's other threads go on; where none can be started it
    happens here. Raises PictureError for an unknown form, a size too large, or a failed render.
    """
    _check_form(form)
    literal = with_literal_colors(svg)
    if form == "svg":
        return literal.encode()
    _check_size(literal, scale if form == "png" else 1)
    with _one_at_a_time:
        done = _apart(literal, form, scale)
        return _here(literal, form, scale) if done is None else done


def save(svg: str, path: Path | str, *, scale: float = 2) -> Path:
    """Write a picture to a file in the form that its name ends in; returns the path.

    The file appears whole or not at all. Raises PictureError when it cannot be written.
    """
    path = Path(path)
    form = path.suffix.removeprefix(".").lower()
    _check_form(form, f"{path.name!r} ends in {path.suffix!r}" if path.suffix else "")
    content = export(
        svg, "png" if form == "png" else "pdf" if form == "pdf" else "svg", scale=scale
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise PictureError(
            f"The picture could not be written to {path}: {error.strerror}.",
            hint="Is the folder there, and may you write to it?",
        ) from error
    return path


def with_literal_colors(svg: str) -> str:
    """A `web` picture as a light one, for programs that know no variables; others unchanged.

    >>> with_literal_colors('<path fill="var(--sj-ink, #22211F)"/>')
    '<path fill="#22211F"/>'
    """
    return _STYLE.sub("", _VARIABLE.sub(r'="\1"', svg), count=1)


def _check_form(form: str, found: str = "") -> None:
    known = get_args(Form)
    if form in known:
        return
    near = get_close_matches(form, known, 1)
    what = found or (f"{form!r} is asked" if form else "the name has no ending")
    raise PictureError(
        f"A picture can be {', '.join(known)}; {what}.",
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )


def _check_size(svg: str, scale: float) -> None:
    size = _SIZE.search(svg)
    if size is None:
        raise PictureError("This is no picture of ours: its SVG states no width and height.")
    pixels = int(size[1]) * int(size[2]) * scale * scale
    if not 0 < pixels <= MOST_PIXELS:
        raise PictureError(
            f"A picture of {size[1]} by {size[2]} pixels, {scale:g} times enlarged, has "
            f"{pixels:,.0f} pixels; the most is {MOST_PIXELS:,} and the least is 1.",
            hint="Choose another scale or width.",
        )


def _apart(svg: str, form: str, scale: float) -> bytes | None:
    """Render in another process; None where that cannot be done."""
    if not sys.executable:
        return None
    command = [sys.executable, "-I", str(Path(render.__file__)), form, repr(float(scale))]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and no shell
            command, input=svg.encode(), capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PictureError(f"The picture took longer than {PATIENCE:g} seconds.") from error
    except OSError:
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


def _here(svg: str, form: str, scale: float) -> bytes:
    try:
        return render.render(svg, form, scale)
    except Exception as error:
        raise PictureError(f"The picture could not be drawn as {form}: {error}") from error
