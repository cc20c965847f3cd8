"""How soon people move on: a panel a stage, the share gone by each day, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, Point, digest, polygon, polyline
from sojourn.pictures.text import clean, count, finite, percent, width_of
from sojourn.pictures.theme import ACCENTS, Theme, stage_colors

NEEDED = ("stage", "name", "entered", "moved_90d", "longest_days")
POINTS = ("stage", "days", "moved", "moved_low", "moved_high", "lapsed")
LONGEST = 365.0
TICKS = (1, 7, 30, 90, 365)
MOST_BLOCKS = 6
PLOT, HEAD, FOOT, GUTTER, SCALE = 132.0, 48.0, 34.0, 36.0, 10.5
FEWEST_PIXELS = 240.0
LAPSES = "5 4"
EMPTY = ("Nobody has entered a stage yet.", "There is nothing to watch.")


@dataclass(frozen=True)
class Line:
    """One curve of a panel: where it rises, to what, and until which day it was watched."""

    steps: Sequence[dict[str, Any]]
    longest: float
    entered: int
    within: float | None


@dataclass(frozen=True)
class Panel:
    """One stage: its name, its colour, and a line a block."""

    name: str
    color: str
    lines: dict[str, Line]
    p: float | None


def leaving(summary: Table, *, points: Table, theme: Theme = "light", width: int = 960) -> str:
    """A `curve` table and its points as SVG text: a panel a stage.

    Of one block both ways of leaving are drawn, with intervals; of several, moving on alone, a
    line each (the six largest). Days are on a square-root scale. Raises PictureError for another
    kind of table.
    """
    blocks, panels = _panels(summary, points)
    rows = [summary.rows, points.rows]
    canvas = Canvas(width, theme, digest("leaving", rows, dict(summary.notes), width, theme))
    several = len(blocks) > 1
    title = "How soon people move on"
    block = "" if several else next(iter(blocks), "")
    beneath = about(summary.notes, block, summary.notes.get("people"))
    y = header(canvas, title, beneath, bool(summary.notes.get("simulated"))) + 10
    shown = list(blocks)[:MOST_BLOCKS]
    if any(line.entered for panel in panels for line in panel.lines.values()):
        y = _legend(canvas, y + 4, shown if several else [])
        y = _grid(canvas, panels, shown, several, y + 6)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 4, _small_print(len(blocks), several))
    said = " ".join([f"{title}.", *(_sentence(panel, shown, several) for panel in panels)])
    return canvas.render(y, title, said)


def _panels(summary: Table, points: Table) -> tuple[list[str], list[Panel]]:
    """The blocks, the largest first, and a panel a stage."""
    for table, needed in ((summary, NEEDED), (points, POINTS)):
        names = [column.name for column in table.columns]
        if missing := [name for name in needed if name not in names]:
            raise PictureError(
                f"This picture needs the column {missing[0]!r}, which a {table.kind} table lacks.",
                hint=f"It has {', '.join(names)}.",
            )
    by = summary.columns[0].name
    by = "" if by == "stage" else by
    steps: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for point in points.rows:
        steps.setdefault((_block(point, by), point["stage"]), []).append(point)
    sizes: dict[str, int] = {}
    stages: dict[str, dict[str, Line]] = {}
    titles: dict[str, str] = {}
    tests: dict[str, float | None] = {}
    for row in summary.rows:
        block, stage = _block(row, by), row["stage"]
        sizes[block] = sizes.get(block, 0) + row["entered"]
        titles[stage], tests[stage] = clean(row["name"] or stage), finite(row.get("p_corrected"))
        longest = min(finite(row["longest_days"]) or 0.0, LONGEST)
        line = Line(
            steps.get((block, stage), []), longest, row["entered"], finite(row["moved_90d"])
        )
        stages.setdefault(stage, {})[block] = line
    colors = stage_colors(len(stages))
    panels = [
        Panel(titles[stage], color, lines, tests[stage])
        for (stage, lines), color in zip(stages.items(), colors, strict=True)
    ]
    return sorted(sizes, key=lambda block: -sizes[block]), panels


def _block(row: dict[str, Any], by: str) -> str:
    return f"{clean(by)}: {clean(row[by])}" if by else ""


def _grid(
    canvas: Canvas, panels: list[Panel], blocks: list[str], several: bool, top: float
) -> float:
    room = canvas.width - 2 * canvas.margin
    across = max(1, min(len(panels), int((room + GUTTER) // (FEWEST_PIXELS + GUTTER))))
    wide = (room - GUTTER * (across - 1)) / across
    high = HEAD + PLOT + FOOT
    for number, panel in enumerate(panels):
        down, over = divmod(number, across)
        left = canvas.margin + over * (wide + GUTTER)
        _panel(canvas, panel, blocks, several, (left, top + down * high), wide)
    return top + math.ceil(len(panels) / across) * high


def _panel(
    canvas: Canvas,
    panel: Panel,
    blocks: list[str],
    several: bool,
    corner: Point,
    wide: float,
) -> None:
    left, top = corner
    muted = canvas.colors.muted
    entered = sum(line.entered for line in panel.lines.values())
    canvas.text(left, top + 16, panel.name, size=look.NAME, weight=700, within=wide)
    lines = [panel.lines[block] for block in blocks if block in panel.lines]
    told = count(entered, "stay")
    if not several and lines and lines[0].within is not None:
        told = f"{percent(lines[0].within)} moved on within 90 days · {told}"
    elif panel.p is not None:
        told += f" · p {panel.p:.2f}" if panel.p >= 0.005 else " · p under 0.01"
    canvas.text(left, top + 34, told, size=look.SMALL, fill=muted, within=wide)
    frame = (left + 30, top + HEAD, wide - 34)
    _axes(canvas, frame)
    for number, line in enumerate(lines):
        if not line.entered:
            continue
        color = _color(number, panel, several)
        if not several:
            _line(canvas, frame, line, "lapsed", muted, LAPSES)
        _line(canvas, frame, line, "moved", color, None)


def _color(number: int, panel: Panel, several: bool) -> str:
    return ACCENTS[(number * 3) % len(ACCENTS)] if several else panel.color


def _axes(canvas: Canvas, frame: tuple[float, float, float]) -> None:
    left, top, wide = frame
    muted, line = canvas.colors.muted, canvas.colors.line
    for share in (0.0, 0.5, 1.0):
        y = _place(frame, 0, share)[1]
        canvas.path(polyline([(left, y), (left + wide, y)]), stroke=line, thickness=1)
        canvas.text(left - 6, y + 4, percent(share), size=SCALE, fill=muted, anchor="end")
    for day in TICKS:
        x = _place(frame, day, 0)[0]
        canvas.path(polyline([(x, top + PLOT), (x, top + PLOT + 4)]), stroke=line, thickness=1)
        text = f"{day} days" if day == TICKS[-1] else str(day)
        anchor: Any = "end" if day == TICKS[-1] else "middle"
        canvas.text(x, top + PLOT + 16, text, size=SCALE, fill=muted, anchor=anchor)


def _place(frame: tuple[float, float, float], days: float, share: float) -> Point:
    left, top, wide = frame
    across = math.sqrt(min(max(days, 0.0), LONGEST) / LONGEST)
    return left + wide * across, top + PLOT * (1 - share)


def _line(
    canvas: Canvas,
    frame: tuple[float, float, float],
    line: Line,
    way: str,
    color: str,
    dashes: str | None,
) -> None:
    """A step curve, with its band behind it."""
    steps = _thinned(frame, line, way)
    if any(low < high for _, _, low, high in steps):
        upper = _stairs(frame, [(day, high) for day, _, _, high in steps])
        lower = _stairs(frame, [(day, low) for day, _, low, _ in steps])
        canvas.path(polygon([*upper, *reversed(lower)]), fill=color, opacity=0.18)
    stairs = _stairs(frame, [(day, share) for day, share, _, _ in steps])
    canvas.path(polyline(stairs), stroke=color, thickness=2, dashes=dashes)


def _thinned(
    frame: tuple[float, float, float], line: Line, way: str
) -> list[tuple[float, float, float, float]]:
    """Day, share, low and high: the last step of each pixel, from 0 to where watching ends."""
    found = [(0.0, 0.0, 0.0, 0.0)]
    pixel = -1
    for step in line.steps:
        if step["days"] > LONGEST:
            break
        share = step[way]
        low, high = finite(step.get(f"{way}_low")), finite(step.get(f"{way}_high"))
        told = (step["days"], share, share if low is None else low, share if high is None else high)
        here = int(_place(frame, step["days"], 0)[0])
        if here == pixel:
            found[-1] = told
        else:
            found.append(told)
        pixel = here
    return [*found, (max(line.longest, found[-1][0]), *found[-1][1:])]


def _stairs(frame: tuple[float, float, float], steps: Sequence[tuple[float, float]]) -> list[Point]:
    found: list[Point] = []
    for day, share in steps:
        x, y = _place(frame, day, share)
        if found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return found


def _legend(canvas: Canvas, y: float, blocks: list[str]) -> float:
    """What the lines are: the two ways of leaving, or the blocks."""
    muted, x = canvas.colors.muted, canvas.margin
    keys: list[tuple[str, str, str | None]]
    if blocks:
        keys = [(name, ACCENTS[(i * 3) % len(ACCENTS)], None) for i, name in enumerate(blocks)]
    else:
        keys = [
            ("moved on (or began again)", ACCENTS[1], None),
            ("lapsed", muted, LAPSES),
        ]
    for name, color, dashes in keys:
        wide = 30 + width_of(name, look.SMALL)
        if x > canvas.margin and x + wide > canvas.width - canvas.margin:
            x, y = canvas.margin, y + 20
        canvas.path(
            polyline([(x, y - 4), (x + 22, y - 4)]), stroke=color, dashes=dashes, thickness=2
        )
        within = canvas.width - canvas.margin - x - 30
        canvas.text(x + 30, y, name, size=look.SMALL, fill=muted, within=within)
        x += wide + 22
    return y + 14


def _small_print(blocks: int, several: bool) -> list[str]:
    found = [
        "Days since entering the stage, on a square-root scale.",
        "Bands are 95% intervals; who is still here counts as long as watched.",
    ]
    if several:
        found.append("Lines show moving on; p is of the log-rank test, corrected.")
    if blocks > MOST_BLOCKS:
        found.append(f"The {MOST_BLOCKS} largest of {blocks:,} blocks are drawn.")
    return found


def _sentence(panel: Panel, blocks: list[str], several: bool) -> str:
    told = []
    for block in blocks:
        line = panel.lines.get(block)
        if line is not None and line.within is not None:
            name = f"{block}, " if several else ""
            told.append(f"{name}{percent(line.within)} of {count(line.entered, 'stay')}")
    words = "; ".join(told) or "nobody entered"
    return f"{panel.name}: moved on within 90 days {words}." if told else f"{panel.name}: {words}."
