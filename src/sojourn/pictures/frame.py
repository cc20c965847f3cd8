"""What stands around every picture: its title above, its legend and small print below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sojourn.pictures import theme as look
from sojourn.pictures.svg import Canvas, polygon
from sojourn.pictures.text import width_of, wrap

SIMULATED = "Simulated data"
BADGE = 118.0
PALE = 0.38
"""The opacity of what got further without a stage."""
SHADE, SHADED = "#14130F", 0.24
"""Laid over a stage's colour once for those still here, twice for those who stall."""


@dataclass(frozen=True)
class Key:
    """One mark of the legend and what it means."""

    mark: Literal["solid", "pale", "here", "stalled", "fade", "loop"]
    words: str


def header(canvas: Canvas, title: str, beneath: Sequence[str], simulated: bool) -> float:
    """Draw the title and the line beneath it; returns where the picture can begin."""
    x, y, room = canvas.margin, canvas.margin + 12, canvas.width - 2 * canvas.margin
    small = canvas.width < 560
    size = 21.0 if small else look.TITLE
    beside = BADGE + 16 if simulated and not small else 0
    for line in wrap(title, room - beside, size, 700, 3 if small else 2):
        canvas.text(x, y, line, size=size, weight=700)
        y += size * 1.2
    y += 25 - size * 1.2
    for line in _joined(beneath, room):
        canvas.text(x, y, line, size=look.TEXT, fill=canvas.colors.muted, within=room)
        y += 18
    if simulated and small:
        badge(canvas, x + BADGE, y - 6)
        y += 36
    elif simulated:
        badge(canvas, canvas.width - x, canvas.margin - 10)
    return y


def badge(canvas: Canvas, right: float, top: float) -> None:
    """Say that the data is not real."""
    card, line = canvas.colors.card, canvas.colors.muted
    canvas.rect(right - BADGE, top, BADGE, 26, fill=card, stroke=line, radius=13)
    canvas.text(right - BADGE / 2, top + 17, SIMULATED, size=12.5, weight=700, anchor="middle")


def _joined(parts: Sequence[str], width: float) -> list[str]:
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width_of(longer, look.TEXT) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def legend(canvas: Canvas, y: float, keys: Sequence[Key], color: str) -> float:
    """Draw the legend's marks in a row that wraps; returns the next free baseline."""
    left, x = canvas.margin, canvas.margin
    for key in keys:
        wide = 30 + width_of(key.words, look.SMALL)
        if x > left and x + wide > canvas.width - canvas.margin:
            x, y = left, y + 20
        _mark(canvas, key.mark, x, y - 4, color)
        within = canvas.width - canvas.margin - x - 30
        canvas.text(x + 30, y, key.words, size=look.SMALL, fill=canvas.colors.muted, within=within)
        x += wide + 22
    return y + 22 if keys else y


def _mark(canvas: Canvas, mark: str, x: float, y: float, color: str) -> None:
    if mark in ("solid", "pale"):
        canvas.rect(x, y - 6, 22, 12, fill=color, radius=2, opacity=1 if mark == "solid" else PALE)
    elif mark in ("here", "stalled"):
        canvas.rect(x, y - 6, 22, 12, fill=color, radius=2)
        for _ in range(1 if mark == "here" else 2):
            canvas.rect(x, y - 6, 22, 12, fill=SHADE, radius=2, opacity=SHADED)
    elif mark == "fade":
        fill = canvas.fade(color, (x, y), (x + 22, y), 0.75)
        canvas.path(polygon([(x, y - 5), (x + 22, y - 1), (x + 22, y + 1), (x, y + 5)]), fill=fill)
    else:
        canvas.path(f"M{x} {y}h22", stroke=canvas.colors.muted, thickness=2, dashes="0.1 5")


def footer(canvas: Canvas, y: float, sentences: Sequence[str]) -> float:
    """Draw the small print; returns the height of the whole picture."""
    room = canvas.width - 2 * canvas.margin
    for line in wrap(" ".join(s for s in sentences if s), room, look.SMALL):
        canvas.text(canvas.margin, y, line, size=look.SMALL, fill=canvas.colors.muted)
        y += 17
    return y + canvas.margin - 17


def notice(canvas: Canvas, x: float, y: float, width: float, texts: Sequence[str]) -> float:
    """Draw a card with a message, every second line of it bold; returns where it ends."""
    lines = [
        (line, 400 if i % 2 else 700)
        for i, text in enumerate(texts)
        for line in wrap(text, width - 40, look.TEXT, 400 if i % 2 else 700)
    ]
    height = 28 + 21 * len(lines)
    canvas.rect(x, y, width, height, fill=canvas.colors.card, stroke=canvas.colors.line, radius=10)
    for i, (line, weight) in enumerate(lines):
        fill = canvas.colors.ink if weight == 700 else canvas.colors.muted
        canvas.text(x + 20, y + 32 + 21 * i, line, weight=weight, fill=fill)
    return y + height
