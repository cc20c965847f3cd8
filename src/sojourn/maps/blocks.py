"""What a map's cells are made of: text laid out line by line, with the marks beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sojourn.maps.filled import Entry, FilledCell
from sojourn.maps.images import Picture
from sojourn.pictures.facts import FEW
from sojourn.pictures.svg import Canvas, polygon
from sojourn.pictures.text import count, percent, wrap

BODY, SMALL, LEADING, TIGHT, GAP, PAD = 12.5, 11.0, 16.0, 14.0, 8.0, 10.0
LINES = {"pain": 4, "quote": 3, "chance": 3, "chip": 2, "content": 2, "measure": 3, "gap": 2}
TEXT_LINES = 12
PER_BODY = 1.0
HIGHEST = 170.0
"""So many pixels is a picture in a cell high at most."""

MARK = 14.0
"""The room to the left of an entry that has a mark."""


@dataclass(frozen=True)
class Block:
    """An entry laid out for a width: its lines, its small print, and how high it is."""

    entry: Entry
    lines: tuple[str, ...]
    small: tuple[str, ...]
    picture: Picture | None = None
    wide: float = 0.0
    high: float = 0.0

    @property
    def height(self) -> float:
        """In pixels, without the gap beneath."""
        return LEADING * len(self.lines) + TIGHT * len(self.small) + self.high


def blocks(
    cell: FilledCell, width: float, images: Mapping[str, Picture] | None = None
) -> list[Block]:
    """The entries of a cell, and who looks after it, laid out for a width."""
    made = [_block(entry, width, (images or {}).get(entry.key)) for entry in cell.entries]
    for label, text in (("Owner", cell.owner), ("Note", cell.note)):
        if text:
            small = tuple(wrap(f"{label}: {text}", width - 2 * PAD, SMALL, 400, 3))
            made.append(Block(Entry("text", ""), (), small))
    return made


def _block(entry: Entry, width: float, picture: Picture | None = None) -> Block:
    if entry.kind == "image" and picture is not None:
        wide = width - 2 * PAD
        high = min(HIGHEST, wide * picture.height / picture.width)
        words = tuple(wrap(entry.text, wide, SMALL, 400, 2))
        return Block(entry, (), words, picture, high * picture.width / picture.height, high + 6)
    room = width - 2 * PAD - (MARK if marked(entry) else 0)
    text = f"“{entry.text}”" if entry.kind == "quote" else entry.text
    weight = 700 if entry.kind in ("chip", "measure") else 400
    lines = wrap(text, room, BODY, weight, LINES.get(entry.kind, TEXT_LINES))
    small = wrap(beneath(entry), room, SMALL, 400, 2) if beneath(entry) else []
    return Block(entry, tuple(lines), tuple(small))


def marked(entry: Entry) -> bool:
    """Whether an entry has a mark at its left."""
    return entry.kind in ("chip", "quote", "pain", "chance", "gap", "content")


def beneath(entry: Entry) -> str:
    """The small print of an entry: people, how and on what, how that was before."""
    if entry.kind != "chip" and entry.kind != "content":
        told = [entry.detail, "agreed" if entry.accepted else ""]
    else:
        people = "" if entry.people is None else count(entry.people, "person", "people")
        told = [people, trend(entry), entry.detail, entry.device]
    return " · ".join(text for text in told if text)


def trend(entry: Entry) -> str:
    """How many more or fewer than in the period before; few are counted, not divided.

    >>> trend(Entry("chip", "A", people=150, before=100)), trend(Entry("chip", "A", people=3,
    ...                                                                before=2))
    ('+50%', 'was 2')
    """
    if entry.before is None or entry.people is None or entry.before == entry.people:
        return ""
    if entry.before < FEW or entry.people < FEW:
        return f"was {entry.before:,}"
    change = entry.people / entry.before - 1
    return f"{'+' if change > 0 else '-'}{percent(abs(change))}"


def height_of(made: list[Block]) -> float:
    """How high a cell has to be."""
    return sum(b.height for b in made) + GAP * max(0, len(made) - 1) + 2 * PAD if made else 0.0


def draw(canvas: Canvas, made: list[Block], x: float, y: float, color: str) -> None:
    """Draw a cell's blocks from its upper left corner."""
    y += PAD
    for block in made:
        entry = block.entry
        if block.picture is not None:
            image = block.picture
            canvas.image(x + PAD, y, block.wide, block.high - 6, image.kind, image.data, entry.text)
            y += block.high
        left = x + PAD + (MARK if marked(entry) else 0)
        if marked(entry):
            _mark(canvas, block, x + PAD, y, color)
        for line in block.lines:
            weight = 700 if entry.kind in ("chip", "measure") else 400
            fill = canvas.colors.muted if entry.kind == "gap" else canvas.colors.ink
            canvas.text(left, y + 12, line, size=BODY, weight=weight, fill=fill)
            y += LEADING
        y = canvas.lines(left, y + 10, block.small, leading=TIGHT, size=SMALL) - 10
        y += GAP


def _mark(canvas: Canvas, block: Block, x: float, y: float, color: str) -> None:
    """A star for a moment of truth, a dot for theirs, a ring for ours; a sign, a triangle."""
    entry, middle = block.entry, y + 7.5
    if entry.kind in ("quote", "pain", "chance"):
        canvas.rect(x, y + 1, 3, block.height - 2, fill=_tone(canvas, entry, color), radius=1.5)
    elif entry.kind == "gap":
        shape = [(x, middle + 4.5), (x + 9, middle + 4.5), (x + 4.5, middle - 4)]
        canvas.path(polygon(shape), stroke=canvas.colors.muted, thickness=1.2)
    elif entry.moment:
        canvas.path(star(x + 4.5, middle, 6), fill=color, stroke=canvas.colors.ink, thickness=0.8)
    elif entry.business:
        canvas.circle(x + 4.5, middle, 3.6, stroke=color)
    else:
        canvas.circle(x + 4.5, middle, 4, fill=color)


def _tone(canvas: Canvas, entry: Entry, color: str) -> str:
    if entry.kind == "quote" and entry.mean is not None:
        return "#B5485B" if entry.mean < 0 else "#4F9C86" if entry.mean > 0 else canvas.colors.muted
    return "#B5485B" if entry.kind == "pain" else "#4F9C86" if entry.kind == "chance" else color


def star(x: float, y: float, r: float) -> str:
    """Path data of a five-pointed star around a point."""
    ups = ((0.0, -1.0), (0.225, -0.309), (0.951, -0.309), (0.363, 0.118), (0.588, 0.809))
    downs = ((0.0, 0.382), (-0.588, 0.809), (-0.363, 0.118), (-0.951, -0.309), (-0.225, -0.309))
    return polygon([(x + r * dx, y + r * dy) for dx, dy in (*ups, *downs)])
