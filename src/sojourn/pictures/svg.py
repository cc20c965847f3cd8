"""A canvas that writes SVG: every element, escape and id of every picture comes from here."""

from __future__ import annotations

import hashlib
import json
import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.text import fit, safe

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["start", "middle", "end"]

NARROWEST, WIDEST = 280, 8000
LAYOUT_WIDEST = 1200
"""Wider pictures are this layout, enlarged, so that text grows with the canvas."""


def num(value: float) -> str:
    """A coordinate with at most two decimals and no needless characters.

    >>> num(12.50), num(-0.001), num(3)
    ('12.5', '0', '3')
    """
    if not math.isfinite(value):
        raise ValueError(f"a coordinate must be finite, not {value}")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def digest(*parts: object) -> str:
    """A short id that only depends on the content of a picture."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return "sj" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]


class Canvas:
    """What has been drawn so far, in layout pixels.

    `width` is the width to lay out in; the picture itself is `asked` pixels wide. `ink`,
    `paper` and the other roles of the theme are in `colors`.
    """

    def __init__(self, asked: int, theme: str, uid: str) -> None:
        if not NARROWEST <= asked <= WIDEST:
            raise PictureError(
                f"A picture can be {NARROWEST} to {WIDEST:,} pixels wide, not {asked:,}.",
                hint="960 suits a page, 390 a phone, 1600 a slide.",
            )
        self.asked = asked
        self.width = float(min(asked, LAYOUT_WIDEST))
        self.theme = theme
        self.colors = look.palette_for(theme)
        self.uid = uid
        self._body: list[str] = []
        self._defs: list[str] = []

    @property
    def margin(self) -> float:
        """The empty border at the left and right."""
        return 20.0 if self.width < 560 else 40.0

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        size: float = look.TEXT,
        weight: int = 400,
        fill: str | None = None,
        anchor: Anchor = "start",
        within: float | None = None,
    ) -> None:
        """One line of text with its baseline at `y`, cut to `within` pixels when given."""
        shown = content if within is None else fit(content, within, size, weight)
        if not shown:
            return
        bold = f' font-weight="{weight}"' if weight != 400 else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._body.append(
            f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}"{bold}{side}'
            f' fill="{fill or self.colors.ink}">{safe(shown)}</text>'
        )

    def lines(
        self,
        x: float,
        y: float,
        contents: Iterable[str],
        *,
        leading: float = 16.0,
        size: float = look.SMALL,
        fill: str | None = None,
        anchor: Anchor = "start",
    ) -> float:
        """Lines of text below each other from baseline `y`; returns the next free baseline."""
        for content in contents:
            self.text(x, y, content, size=size, fill=fill or self.colors.muted, anchor=anchor)
            y += leading
        return y

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        stroke: str | None = None,
        radius: float = 0,
        opacity: float = 1,
    ) -> None:
        """A rectangle."""
        round_ = f' rx="{num(radius)}"' if radius else ""
        self._body.append(
            f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"{round_}'
            f' fill="{fill}"{_stroke(stroke, 1)}{_opacity(opacity)}/>'
        )

    def circle(
        self, x: float, y: float, r: float, *, fill: str = "none", stroke: str | None = None
    ) -> None:
        """A circle; its outline, if any, is 1.5 pixels wide."""
        line = _stroke(stroke, 1.5)
        self._body.append(f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" fill="{fill}"{line}/>')

    def path(
        self,
        d: str,
        *,
        fill: str = "none",
        stroke: str | None = None,
        thickness: float = 1.5,
        dashes: str | None = None,
        opacity: float = 1,
    ) -> None:
        """A path, from path data."""
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        line = _stroke(stroke, thickness) + (' stroke-linecap="round"' if stroke else "")
        self._body.append(f'<path d="{d}" fill="{fill}"{line}{dash}{_opacity(opacity)}/>')

    def image(
        self, x: float, y: float, width: float, height: float, kind: str, data: bytes, words: str
    ) -> None:
        """A picture (`png` or `jpeg` bytes) inside this one, with words for who cannot see it."""
        source = f"data:image/{kind};base64,{b64encode(data).decode()}"
        self._body.append(
            f'<image x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
            f' href="{source}" role="img" aria-label="{safe(words)}"/>'
        )

    def fade(self, color: str, start: Point, end: Point, opacity: float = 0.6) -> str:
        """A fill that fades from `color` at `start` to nothing at `end`."""
        name = f"{self.uid}-f{len(self._defs)}"
        (x1, y1), (x2, y2) = start, end
        self._defs.append(
            f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="{num(x1)}"'
            f' y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}">'
            f'<stop offset="0" stop-color="{color}" stop-opacity="{num(opacity)}"/>'
            f'<stop offset="1" stop-color="{color}" stop-opacity="0"/></linearGradient>'
        )
        return f"url(#{name})"

    def render(self, height: float, title: str, description: str) -> str:
        """The whole picture as SVG text, with its title and its text alternative."""
        zoom = self.asked / self.width
        style = f"<style>{look.web_style()}</style>" if self.theme == "web" else ""
        defs = f"<defs>{''.join(self._defs)}</defs>" if self._defs else ""
        box = f"0 0 {num(self.width)} {num(height)}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="sj-picture" width="{self.asked}"'
            f' height="{round(height * zoom)}" viewBox="{box}" role="img"'
            f' aria-labelledby="{self.uid}-title {self.uid}-desc" font-family="{look.FONT}">'
            f'<title id="{self.uid}-title">{safe(title)}</title>'
            f'<desc id="{self.uid}-desc">{safe(description)}</desc>{style}{defs}'
        )
        paper = (
            f'<rect width="{num(self.width)}" height="{num(height)}" fill="{self.colors.paper}"/>'
        )
        return "\n".join([head, paper, *self._body, "</svg>"]) + "\n"


def _stroke(color: str | None, thickness: float) -> str:
    return f' stroke="{color}" stroke-width="{num(thickness)}"' if color else ""


def _opacity(value: float) -> str:
    return f' opacity="{num(value)}"' if value < 1 else ""


def polygon(points: Sequence[Point]) -> str:
    """Path data of a closed shape with straight sides.

    >>> polygon([(0, 0), (1, 0), (0, 1)])
    'M0 0L1 0L0 1Z'
    """
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + "Z"


def polyline(points: Sequence[Point]) -> str:
    """Path data of an open line.

    >>> polyline([(0, 0), (1, 0)])
    'M0 0L1 0'
    """
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def cubic(start: Point, one: Point, two: Point, end: Point) -> str:
    """Path data of one cubic curve.

    >>> cubic((0, 0), (1, 0), (1, 1), (2, 1))
    'M0 0C1 0 1 1 2 1'
    """
    points = " ".join(f"{num(x)} {num(y)}" for x, y in (one, two, end))
    return f"M{num(start[0])} {num(start[1])}C{points}"
