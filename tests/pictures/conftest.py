"""A kit for looking at pictures: models and tables to draw, and a reader of what was drawn."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sojourn.core.table import Column, Table
from sojourn.pictures.text import width_of

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = [
    *["reached", "people", "seen", "entered", "passed_over"],
    *["moved_on", "restarted", "lapsed", "here", "stalled"],
]
STAGE_COLUMNS = [
    Column("stage", "text"),
    Column("name", "text"),
    *(Column(name, "integer", "journeys") for name in COUNTS),
    Column("conversion", "number", "share"),
    Column("moved_90d", "number", "share"),
    Column("days_to_move", "number", "days"),
]
NOTES = {"as_of": "2026-03-31T00:00:00.000000Z", "clock": "recorded", "touchpoints": 4321}


@dataclass(frozen=True)
class Stage:
    id: str
    name: str
    question: str = ""
    neck: bool = False


@dataclass(frozen=True)
class Model:
    stages: tuple[Stage, ...]
    id: str = "hourglass"
    name: str = "Marketing hourglass"
    shape: str = "hourglass"
    source: str = "John Jantsch"


@dataclass(frozen=True)
class Box:
    """Where a text stands: its letters' width by our measure, their height about."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.5 and down > 0.5


@dataclass
class Drawn:
    """A picture, read back from its SVG."""

    root: ET.Element
    boxes: list[Box] = field(default_factory=list)

    @property
    def size(self) -> tuple[float, float]:
        _, _, width, height = (float(part) for part in self.root.attrib["viewBox"].split())
        return width, height

    @property
    def texts(self) -> list[str]:
        return [box.text for box in self.boxes]

    @property
    def title(self) -> str:
        return self.root.findtext(f"{SVG}title") or ""

    @property
    def description(self) -> str:
        return self.root.findtext(f"{SVG}desc") or ""

    def overlapping(self) -> list[tuple[str, str]]:
        return [(a.text, b.text) for a, b in combinations(self.boxes, 2) if a.meets(b)]

    def outside(self) -> list[str]:
        """Texts that leave the canvas, and shapes of which a corner does."""
        width, height = self.size
        texts = [
            box.text
            for box in self.boxes
            if box.left < 0 or box.top < 0 or box.right > width or box.bottom > height
        ]
        shapes = [
            f"{x},{y}" for x, y in self.points() if not (-1 < x < width + 1 and -1 < y < height + 1)
        ]
        return texts + shapes

    def points(self) -> Iterator[tuple[float, float]]:
        """The corners of rectangles, the extremes of circles, the end points of paths."""
        for rect in self.root.iter(f"{SVG}rect"):
            x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
            yield x, y
            yield x + float(rect.attrib["width"]), y + float(rect.attrib["height"])
        for circle in self.root.iter(f"{SVG}circle"):
            x, y, r = (float(circle.attrib[key]) for key in ("cx", "cy", "r"))
            yield x - r, y - r
            yield x + r, y + r
        for path in self.root.iter(f"{SVG}path"):
            yield from path_points(path.attrib["d"])

    def filled(self, color: str) -> list[tuple[float, float, float, float]]:
        """The bounding boxes of the opaque paths of a colour."""
        found = []
        for path in self.root.iter(f"{SVG}path"):
            if path.get("fill") == color and path.get("opacity") is None:
                xs, ys = zip(*path_points(path.attrib["d"]), strict=True)
                found.append((min(xs), min(ys), max(xs), max(ys)))
        return found


def path_points(d: str) -> Iterator[tuple[float, float]]:
    """The end points of a path's pieces; control points are left out."""
    x = y = 0.0
    for command, rest in re.findall(r"([MLCQVHhZ])([^MLCQVHhZ]*)", d):
        numbers = [float(n) for n in rest.split()]
        if command == "V":
            y = numbers[-1]
        elif command == "H":
            x = numbers[-1]
        elif command == "h":
            x += numbers[-1]
        elif command != "Z":
            step = {"C": 6, "Q": 4}.get(command, 2)
            for i in range(step - 2, len(numbers), step):
                x, y = numbers[i], numbers[i + 1]
                yield x, y
            continue
        yield x, y


class Kit:
    """What the tests of the pictures share."""

    Stage = Stage
    Model = Model

    @staticmethod
    def model(names: Sequence[str], neck: int = 0, **more: Any) -> Model:
        stages = tuple(
            Stage(f"s{i}", name, f"Why {name}?", i == neck) for i, name in enumerate(names)
        )
        return Model(stages, **more)

    @property
    def hourglass(self) -> Model:
        names = ["Know", "Like", "Trust", "Try", "Buy", "Repeat", "Refer"]
        return self.model(names, neck=4)

    @staticmethod
    def table(
        model: Model,
        reached: Sequence[int],
        notes: Mapping[str, Any] | None = None,
        **columns: Sequence[Any],
    ) -> Table:
        """A consistent `stages` table; `columns` replace what would be derived from `reached`."""
        after = [*reached[1:], 0]
        moved = after
        left = [a - b for a, b in zip(reached, after, strict=True)]
        lapsed = [n // 2 for n in left]
        here = [n - m for n, m in zip(left, lapsed, strict=True)]
        last = len(reached) - 1
        shares = [
            b / a if a and i < last else None
            for i, (a, b) in enumerate(zip(reached, after, strict=True))
        ]
        data: dict[str, Sequence[Any]] = {
            "stage": [stage.id for stage in model.stages],
            "name": [stage.name for stage in model.stages],
            "reached": reached,
            "people": reached,
            "seen": reached,
            "entered": reached,
            "passed_over": [0] * len(reached),
            "moved_on": moved,
            "restarted": [0] * len(reached),
            "lapsed": lapsed,
            "here": here,
            "stalled": [n // 3 for n in here],
            "conversion": shares,
            "moved_90d": shares,
            "days_to_move": [9.2 if m else None for m in moved],
        }
        return Table.of("stages", STAGE_COLUMNS, data | columns, NOTES | dict(notes or {}))

    @staticmethod
    def moves(rows: Sequence[tuple[str, str | None, str, int]]) -> Table:
        columns = [Column(c, "text") for c in ("from_stage", "to_stage", "kind")]
        columns += [Column("count", "integer"), Column("people", "integer")]
        names = [c.name for c in columns]
        data = {n: [(*row, row[3])[i] for row in rows] for i, n in enumerate(names)}
        return Table.of("moves", columns, data, NOTES)

    @staticmethod
    def flow(rows: Sequence[tuple[str, str, int]], notes: Mapping[str, Any] | None = None) -> Table:
        columns = [Column("from", "text"), Column("to", "text"), Column("count", "integer")]
        columns.append(Column("people", "integer"))
        names = [c.name for c in columns]
        data = {n: [(*row, row[2])[i] for row in rows] for i, n in enumerate(names)}
        return Table.of("flow", columns, data, NOTES | dict(notes or {}))

    @staticmethod
    def read(svg: str) -> Drawn:
        root = ET.fromstring(svg)  # noqa: S314 - our own pictures
        drawn = Drawn(root)
        for element in root.iter(f"{SVG}text"):
            drawn.boxes.append(_box(element))
        return drawn

    @staticmethod
    def pixels(png: bytes) -> list[list[tuple[int, ...]]]:
        return _decode(png)


def _box(element: ET.Element) -> Box:
    text, size = element.text or "", float(element.attrib["font-size"])
    wide = width_of(text, size, int(element.get("font-weight", 400)))
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[
        element.get("text-anchor", "start")
    ]
    return Box(text, left, y - 0.72 * size, left + wide, y + 0.2 * size)


def _decode(png: bytes) -> list[list[tuple[int, ...]]]:
    """The pixels of an 8-bit PNG without interlacing, row by row."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    depth = {2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at : at + 8])
        if name == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw, stride, rows = zlib.decompress(data), width * depth, []
    before = bytearray(stride)
    for i in range(height):
        start = i * (stride + 1)
        before = _unfilter(raw[start], raw[start + 1 : start + 1 + stride], before, depth)
        rows.append([tuple(before[j : j + depth]) for j in range(0, stride, depth)])
    return rows


def _unfilter(kind: int, line: bytes, above: bytearray, depth: int) -> bytearray:
    out = bytearray(len(line))
    for i, value in enumerate(line):
        a = out[i - depth] if i >= depth else 0
        b, c = above[i], above[i - depth] if i >= depth else 0
        near = min((a, b, c), key=lambda n: abs(a + b - c - n))
        guess = (0, a, b, (a + b) // 2, near)[kind]
        out[i] = (value + guess) & 255
    return out


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit()
