"""The look that all pictures share: warm paper and ink, one accent a stage, one type scale."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Literal, TypeAlias, get_args

from sojourn.errors import PictureError

Theme: TypeAlias = Literal["light", "dark", "web"]

FONT = "Lato, 'Helvetica Neue', Helvetica, Arial, sans-serif"
"""Ends in `sans-serif`, without which a renderer that lacks the others draws no text at all."""

TITLE, NUMBER, NAME, TEXT, SMALL = 27.0, 21.0, 16.0, 13.5, 12.0
"""The type scale, in pixels at the width a picture is laid out in."""

ACCENTS = ("#3E6FA3", "#3F8A9E", "#4F9C86", "#8FA650", "#DDA02C", "#D5733B", "#B5485B")
"""From cool to warm, as people do along their journey."""


@dataclass(frozen=True)
class Palette:
    """The five neutral colours of a theme, as hexadecimal literals."""

    paper: str
    card: str
    line: str
    ink: str
    muted: str


LIGHT = Palette("#FBF7F0", "#FFFDF8", "#E4DCCD", "#22211F", "#6F6A61")
DARK = Palette("#1B1A18", "#23211E", "#3A372F", "#F3EEE4", "#A79F92")
ROLES = tuple(field.name for field in fields(Palette))


def palette_for(theme: str) -> Palette:
    """The colours to draw with: literals, or for `web` variables that fall back on the light ones.

    The variables stand in attributes, not in styles, so that a page with a strict content
    security policy shows the light picture at least. Raises PictureError for an unknown theme.

    >>> palette_for("dark").ink, palette_for("web").ink
    ('#F3EEE4', 'var(--sj-ink, #22211F)')
    """
    if theme == "light":
        return LIGHT
    if theme == "dark":
        return DARK
    if theme == "web":
        return Palette(*(f"var(--sj-{role}, {getattr(LIGHT, role)})" for role in ROLES))
    known = get_args(Theme)
    near = get_close_matches(str(theme), known, 1)
    raise PictureError(
        f"There is no theme {theme!r}; themes are {', '.join(known)}.",
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )


def web_style() -> str:
    """The style sheet of the `web` theme: both palettes, chosen by the reader's setting.

    Every web picture carries it; a page whose policy forbids that can serve it as a file.
    """
    return (
        f".sj-picture{{{_variables(LIGHT)}}}"
        f"@media (prefers-color-scheme: dark){{.sj-picture{{{_variables(DARK)}}}}}"
    )


def _variables(palette: Palette) -> str:
    return "".join(f"--sj-{role}:{getattr(palette, role)};" for role in ROLES)


def stage_colors(count: int) -> list[str]:
    """One colour for each of `count` stages, the seven accents interpolated evenly.

    >>> stage_colors(3)
    ['#3E6FA3', '#8FA650', '#B5485B']
    """
    if count < 2:
        return [ACCENTS[0]] * count
    last = len(ACCENTS) - 1
    return [_between(i * last / (count - 1)) for i in range(count)]


def _between(position: float) -> str:
    low = min(int(position), len(ACCENTS) - 2)
    part = position - low
    pairs = zip(_channels(ACCENTS[low]), _channels(ACCENTS[low + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, from 1 (none) to 21; text needs 4.5.

    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0
    """
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (v / 255 for v in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
