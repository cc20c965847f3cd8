"""Two columns of nodes and the ribbons between them: what happened, and what came next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, whole
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, Point, num
from sojourn.pictures.text import balance, count, fit, width_of
from sojourn.pictures.words import SIMULATED

GAP = 14.0
BAR = 7.0
ROOM = 260.0
"""The height that the bars have beyond what their labels need, in pixels."""
THINNEST = 0.4
"""A ribbon thinner than this is not drawn."""
TOLD = 40
"""So many of the most frequent pairs are in the text alternative."""
NOTHING = ("Nothing has followed anything yet.", "Bring touchpoints in:", "sojourn import FILE")


@dataclass(frozen=True)
class Ends:
    """What stands at one end of ribbons: its key, its name, what is said of it, its colour."""

    key: str
    name: str
    facts: tuple[str, ...]
    color: str


@dataclass(frozen=True)
class Ribbon:
    """So many went from one key to another."""

    start: str
    end: str
    count: int
    color: str
    opacity: float


@dataclass(frozen=True)
class Picture:
    """A flow with what stands around it; `ends` are those at the left and those at the right."""

    title: str
    block: str
    notes: Mapping[str, Any]
    headings: tuple[str, str]
    ends: tuple[list[Ends], list[Ends]]
    ribbons: list[Ribbon]
    small: str


@dataclass(frozen=True)
class Node:
    """An end whose label is laid out, and how many ribbons' counts meet there."""

    key: str
    color: str
    names: tuple[str, ...]
    beneath: tuple[str, ...]
    total: int

    @property
    def slot(self) -> float:
        """The height that the label needs, in pixels."""
        return 16.0 * len(self.names) + 15.0 * len(self.beneath)


@dataclass(frozen=True)
class Sankey:
    """Laid-out nodes in order, pixels a count, the height, and the width of the labels."""

    left: list[Node]
    right: list[Node]
    scale: float
    height: float
    labels: tuple[float, float]


def sums(pairs: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
    """How much leaves each key, and how much comes to it."""
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for (start, end), number in pairs.items():
        out[start] += number
        into[end] += number
    return out, into


def draw_picture(canvas: Canvas, picture: Picture) -> str:
    """Draw a whole flow as SVG text; without ribbons, what to do about that."""
    people = picture.notes.get("people")
    beneath = about(picture.notes, picture.block, None if people is None else whole(people, 0))
    simulated = bool(picture.notes.get("simulated"))
    y = header(canvas, picture.title, beneath, simulated)
    if not picture.ribbons:
        wide = min(canvas.width - 2 * canvas.margin, 380.0)
        y = notice(canvas, canvas.margin, y + 20, wide, NOTHING) + 34
        height = footer(canvas, y, [SIMULATED if simulated else "People move on in time."])
        return canvas.render(height, picture.title, f"{picture.title}. {'. '.join(NOTHING)}.")
    sankey = plan_sankey(canvas, picture)
    _headings(canvas, picture, sankey, y + 12)
    _draw(canvas, sankey, picture.ribbons, y + 26)
    thin = sum(r.count * sankey.scale < THINNEST for r in picture.ribbons)
    small = f"{count(thin, 'rarer step')} too thin to draw." if thin else ""
    words = ["Height: how often, to scale.", picture.small, small, SIMULATED if simulated else ""]
    height = footer(canvas, y + sankey.height + 62, words)
    return canvas.render(height, picture.title, _describe(picture, beneath, simulated))


def plan_sankey(canvas: Canvas, picture: Picture) -> Sankey:
    """Lay the labels out, and find the scale at which both columns fit."""
    room = canvas.width - 2 * canvas.margin
    labels = (0.27 * room, 0.19 * room) if room > 600 else (0.33 * room, 0.3 * room)
    out, into = sums({(r.start, r.end): r.count for r in picture.ribbons})
    sides = [
        [_node(end, total[end.key], label) for end in ends]
        for ends, total, label in zip(picture.ends, (out, into), labels, strict=True)
    ]
    height = ROOM + max(sum(node.slot + GAP for node in side) for side in sides)
    low, high = 0.0, height / sum(out.values())
    for _ in range(50):
        middle = (low + high) / 2
        needed = (sum(max(n.slot, n.total * middle) + GAP for n in side) for side in sides)
        low, high = (middle, high) if max(needed) <= height else (low, middle)
    return Sankey(sides[0], sides[1], low, height, labels)


def _node(end: Ends, total: int, width: float) -> Node:
    joined = ", ".join(end.facts)
    facts = [joined] if width_of(joined, look.SMALL) <= width else end.facts
    beneath = tuple(fit(text, width, look.SMALL) for text in facts)
    return Node(end.key, end.color, tuple(balance(end.name, width, look.TEXT, 700)), beneath, total)


def _headings(canvas: Canvas, picture: Picture, sankey: Sankey, y: float) -> None:
    left, right = canvas.margin + sankey.labels[0], canvas.width - canvas.margin - sankey.labels[1]
    small, muted = look.SMALL, canvas.colors.muted
    canvas.text(left, y, picture.headings[0], size=small, fill=muted, anchor="end")
    canvas.text(right, y, picture.headings[1], size=small, fill=muted)


def _draw(canvas: Canvas, sankey: Sankey, ribbons: Sequence[Ribbon], top: float) -> None:
    x1 = canvas.margin + sankey.labels[0] + 10
    x2 = canvas.width - canvas.margin - sankey.labels[1] - 10 - BAR
    starts = _column(sankey, sankey.left, top)
    ends = _column(sankey, sankey.right, top)
    by_end = {node.key: i for i, node in enumerate(sankey.right)}
    by_start = {node.key: i for i, node in enumerate(sankey.left)}
    y1 = _offsets(sorted(ribbons, key=lambda r: by_end[r.end]), "start", starts, sankey.scale)
    y2 = _offsets(sorted(ribbons, key=lambda r: by_start[r.start]), "end", ends, sankey.scale)
    for ribbon in sorted(ribbons, key=lambda r: (r.opacity, -r.count, r.start, r.end)):
        high = ribbon.count * sankey.scale
        if high >= THINNEST:
            d = _swoop((x1 + BAR, y1[ribbon]), (x2, y2[ribbon]), high)
            canvas.path(d, fill=ribbon.color, opacity=ribbon.opacity)
    for node in sankey.left:
        _bar(canvas, node, (x1, starts[node.key]), node.total * sankey.scale, left=True)
    for node in sankey.right:
        _bar(canvas, node, (x2, ends[node.key]), node.total * sankey.scale, left=False)


def _column(sankey: Sankey, nodes: Sequence[Node], top: float) -> dict[str, float]:
    """Where each node's bar begins; what is left of the height is shared out between them."""
    slots = [max(node.slot, node.total * sankey.scale) for node in nodes]
    gap = (sankey.height - sum(slots)) / len(nodes)
    places, y = {}, top + gap / 2
    for node, slot in zip(nodes, slots, strict=True):
        places[node.key] = y + (slot - node.total * sankey.scale) / 2
        y += slot + gap
    return places


def _offsets(
    ribbons: Sequence[Ribbon], end: str, places: Mapping[str, float], scale: float
) -> dict[Ribbon, float]:
    """Where each ribbon, in this order, leaves or meets its node."""
    free, found = dict(places), {}
    for ribbon in ribbons:
        key = ribbon.start if end == "start" else ribbon.end
        found[ribbon] = free[key]
        free[key] += ribbon.count * scale
    return found


def _swoop(start: Point, end: Point, high: float) -> str:
    (x1, y1), (x2, y2) = start, end
    half = num((x1 + x2) / 2)
    return (
        f"M{num(x1)} {num(y1)}C{half} {num(y1)} {half} {num(y2)} {num(x2)} {num(y2)}"
        f"V{num(y2 + high)}C{half} {num(y2 + high)} {half} {num(y1 + high)}"
        f" {num(x1)} {num(y1 + high)}Z"
    )


def _bar(canvas: Canvas, node: Node, place: Point, high: float, *, left: bool) -> None:
    x, y = place
    canvas.rect(x, y, BAR, max(high, 1.5), fill=node.color, radius=min(2.0, high / 2))
    edge = x - 10 if left else x + BAR + 10
    text = y + high / 2 - node.slot / 2 + 12.5
    for name in node.names:
        canvas.text(edge, text, name, weight=700, anchor="end" if left else "start")
        text += 16
    canvas.lines(edge, text, node.beneath, leading=15, anchor="end" if left else "start")


def _describe(picture: Picture, beneath: Sequence[str], simulated: bool) -> str:
    names = {end.key: end.name for side in picture.ends for end in side}
    ordered = sorted(picture.ribbons, key=lambda r: (-r.count, r.start, r.end))
    told = [f"{names[r.start]}, then {names[r.end]}: {r.count:,}" for r in ordered[:TOLD]]
    if len(ordered) > TOLD:
        told.append(f"and {count(len(ordered) - TOLD, 'rarer pair')}")
    opening = [picture.title, ", ".join(beneath), "Simulated data" if simulated else ""]
    return ". ".join([*(text for text in opening if text), "; ".join(told)]) + "."
