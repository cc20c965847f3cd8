"""SVG text in, PNG or PDF out. Run as a program, it does so in a process of its own.

The renderer holds the interpreter lock for all of its work, which would stall every other
thread of a server. This file imports nothing of Sojourn, so that it starts at once.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import as_file, files

import vl_convert


def render(svg: str, form: str, scale: float) -> bytes:
    """Render SVG text as `png` or `pdf`; `scale` multiplies its width and height."""
    _fonts()
    if form == "pdf":
        return bytes(vl_convert.svg_to_pdf(svg, scale=scale))
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


@cache
def _fonts() -> None:
    with as_file(files("font_lato") / "files") as folder:
        vl_convert.register_font_directory(str(folder))


def main() -> None:
    """Render what comes on standard input: `render.py png|pdf SCALE < in.svg > out`."""
    form, scale = sys.argv[1], float(sys.argv[2])
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(render(svg, form, scale))


if __name__ == "__main__":
    main()
